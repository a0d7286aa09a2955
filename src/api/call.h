// One request of an operation of the contract, on its way through its handler, and the handler's
// answer.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "access/reads.h"
#include "api/contract.h"
#include "api/resources.h"
#include "base/json.h"
#include "commit/committer.h"
#include "forms/cursor.h"
#include "http/await.h"
#include "http/request.h"
#include "http/response.h"
#include "store/read.h"

namespace wattback::api {

namespace json = boost::json;
using forms::CursorShape;
using forms::shape_of;

struct Answer {
  int status = 200;
  json::value data;                   // null: the answer has no body of its own
  std::optional<http::Response> raw;  // instead of data: bytes that are no JSON of a handler's
  std::string location;               // of what was made
  std::string etag;                   // quoted
  std::string next;                   // the cursor of the next page
  bool replayed = false;              // an effect that was there already
};

Answer created(std::string location, json::object data);
Answer edited(json::object data, std::int64_t edition, std::int64_t version);  // with its ETag
inline Answer done() { return {.status = 204}; }

// The members of a body that its schema has passed: of the types the schema says.
class Fields {
 public:
  explicit Fields(const JsonDocument& document);

  std::string text(std::string_view name) const { return find_text(name).value(); }
  std::int64_t integer(std::string_view name) const { return find_integer(name).value(); }
  std::optional<std::string> find_text(std::string_view name) const;
  std::optional<std::int64_t> find_integer(std::string_view name) const;  // null too is none
  std::optional<bool> find_boolean(std::string_view name) const;
  std::optional<Instant> find_time(std::string_view name) const;
  std::string number(std::string_view name) const;  // as written
  Result<std::optional<TimeZone>> find_zone(std::string_view name) const;
  bool is_null(std::string_view name) const;  // stated to be none

 private:
  const json::value* find(std::string_view name) const;

  const JsonDocument* document_;
};

class Call {
 public:
  Call(Resources& resources, const Operation& operation, const http::Request& request)
      : resources_(&resources), operation_(&operation), request_(&request) {}

  store::Store& store() const { return resources_->store; }
  Resources& resources() const { return *resources_; }
  const Operation& operation() const { return *operation_; }
  const http::Request& request() const { return *request_; }
  Instant now() const { return request_->arrived; }

  // Who calls, and for a signed-in user the user.
  const access::Caller& caller() const { return caller_.value(); }
  bool is_admin() const;
  bool is_token() const;
  const access::SignedIn& signed_in() const;
  const users::User& user() const { return signed_in().user; }
  Actor actor() const;

  // The user that the path names; of an operation without one, the caller.
  const users::User& member() const { return member_ ? *member_ : user(); }

  const Parameters& parameters() const { return parameters_; }
  const JsonDocument& body() const { return body_; }
  const std::string& media_type() const { return media_type_; }  // of a streamed body
  Uuid id(std::string_view parameter) const;
  IdempotencyKey idempotency_key() const;
  std::int64_t expected_edition() const;  // of If-Match

  std::size_t limit() const;
  Result<store::Cursor> cursor(const CursorShape& shape) const;
  std::string list_name() const;  // of the list and its filters

  // Runs a command; resumes with its answer.
  template <commit::Command C>
  http::Task<Result<typename C::Reply>> run(C command) const {
    using Reply = Result<typename C::Reply>;
    std::move_only_function<void(std::move_only_function<void(Reply)>)> submit =
        [resources = resources_,
         command = std::move(command)](std::move_only_function<void(Reply)> done) mutable {
          resources->committer.submit<C>(
              std::move(command),
              [done = std::move(done), one = Outstanding::One(resources->commands)](
                  Reply reply) mutable { std::exchange(done, nullptr)(std::move(reply)); });
        };
    return http::wait_for<Reply>(std::move(submit));
  }

  // A page of a list as its answer; `form` gives an item's.
  template <class T, class Form>
  Answer page(const store::Listing<T>& listing, const CursorShape& shape, Form form) const {
    json::array data;
    data.reserve(listing.items.size());
    for (const auto& item : listing.items) {
      data.push_back(form(item));
    }
    return page(std::move(data), listing.next, shape);
  }

  // A page of a list, from where the request says on, as its answer: `read` takes the most there
  // may be and where to begin.
  template <class Read, class Form>
  Result<Answer> list(const CursorShape& shape, Read read, Form form) const {
    auto after = cursor(shape);
    if (!after) {
      return std::unexpected(std::move(after.error()));
    }
    return page(read(limit(), *std::move(after)), shape, form);
  }

  // What the server fills in before the handler runs.
  void set_caller(access::Caller caller) { caller_ = std::move(caller); }
  void set_member(users::User member) { member_ = std::move(member); }
  void set_parameters(Parameters parameters) { parameters_ = std::move(parameters); }
  void set_body(JsonDocument body) { body_ = std::move(body); }
  void set_media_type(std::string media_type) { media_type_ = std::move(media_type); }

 private:
  Answer page(json::array data, const store::Cursor& next, const CursorShape& shape) const;

  Resources* resources_;
  const Operation* operation_;
  const http::Request* request_;
  std::optional<access::Caller> caller_;
  std::optional<users::User> member_;
  Parameters parameters_;
  JsonDocument body_;
  std::string media_type_;
};

}  // namespace wattback::api
