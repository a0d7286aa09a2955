// A scenario's programme as it is served: the server on a port of its own, the people who are
// signed in there, and what they ask.
#pragma once

#include <boost/json.hpp>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/service.h"
#include "commit/committer.h"
#include "scenarios/runner/world.h"
#include "support/http_client.h"

namespace wattback::scenarios {

namespace json = boost::json;

struct Request {
  std::string method;
  std::string path;    // with its query
  std::string bearer;  // of who asks
  std::string body;
  std::map<std::string, std::string> headers;
  // Whether a success tells of something made (201, otherwise 200).
  bool (*is_made)(const json::value& body) = [](const json::value&) { return false; };
};

struct Reply {
  json::value body;
  std::string text;  // the body as it came
  std::string etag;
  std::string next;  // the path of the list's next page, if there is one
  bool replayed = false;
};

class Site {
 public:
  // Serves the world's store by the world's clock. The world must outlive it.
  explicit Site(World& world);
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;
  ~Site();

  World& world() const { return *world_; }

  // Over one connection. A refusal is the problem's code. Throws what is
  // answered with a status that does not belong to it.
  Result<Reply> ask(const Request& request);

  Result<Reply> get(const std::string& bearer, const std::string& path);
  Result<Reply> post(const std::string& bearer, const std::string& path, const json::object& body);
  // The same with a key; 201, whether it is the first time or a repeat.
  Result<Reply> post_keyed(const Step& step, const std::string& bearer, const std::string& path,
                           const json::object& body);
  // On the edition the step names, as its ETag was last seen, or on the one that stands.
  Result<Reply> edit(const Step& step, const std::string& path, const json::object& body);

  // All of a list, from page to page.
  Result<json::array> list(const std::string& bearer, const std::string& path);

  const std::string& administrator() const { return administrator_; }
  const std::string& integrator() const { return integrator_; }
  // The member's own, or the administrator's where the member has none: who isn't there or is
  // suspended is not signed in.
  const std::string& bearer_of(const std::string& user) const;
  std::string path_of(const std::string& user) const;

  // What a person signs in with.
  static constexpr std::string_view password = "seven sunny roofs";
  void welcome(const std::string& user, const std::string& email);  // signs in
  void change(const std::string& user, const json::value& form);    // after an edit
  void renew_sessions();                                            // all, by the clock of now

  // Holds the committer and fills its queue, until it is released.
  void fill_queue();
  void release_queue();

 private:
  struct Person {
    std::string email;
    std::string bearer;  // empty: not signed in
  };

  std::string sign_in(const std::string& email);
  test_support::Answer exchange(const std::string& bytes);

  World* world_;
  commit::Committer committer_;
  commit::WorkingThreads thread_;
  std::unique_ptr<api::Service> service_;
  std::optional<test_support::HttpClient> client_;
  std::string administrator_;
  std::string integrator_;
  std::map<std::string, Person> people_;
  std::map<std::string, std::map<std::int64_t, std::string>> etags_;  // by path and edition
  std::optional<std::promise<void>> held_;
};

// A member of a body, where the step gives the option.
void put_text(json::object& body, std::string_view member, const Step& step,
              std::string_view option);
void put_number(json::object& body, std::string_view member, const Step& step,
                std::string_view option);
json::value to_number(const std::string& text);  // throws Malformed for text that is none

// "?name=value&..." of the options the step gives.
class Query {
 public:
  Query& add(std::string_view name, const std::optional<std::string>& value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Values of answers, as they stand in scenarios; "none" for null.
std::string text_of(const json::value& value);
std::string text_of(const json::object& object, std::string_view member);
Energy energy_of(const json::value& kwh);
std::string kwh_text(const json::value& kwh);
std::string nanopoints_text(const json::value& nanopoints);

}  // namespace wattback::scenarios
