#include "scenarios/http/site.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <thread>

#include "base/json.h"
#include "http/target.h"
#include "programme/commands.h"
#include "scenarios/runner/values.h"
#include "users/commands.h"

namespace wattback::scenarios {
namespace {

constexpr const char* administrators_email = "the.administrator@example.org";
constexpr security::HashCost cheap{.operations = 1, .memory_bytes = 8UL * 1024};
constexpr int page_size = 2;  // so that lists of a few rows have several pages

// The status of each refusal, as clients are told of it.
constexpr std::array statuses{
    std::pair{ErrorCode::invalid, 400},
    std::pair{ErrorCode::unauthenticated, 401},
    std::pair{ErrorCode::forbidden, 403},
    std::pair{ErrorCode::not_found, 404},
    std::pair{ErrorCode::already_exists, 409},
    std::pair{ErrorCode::conflict, 409},
    std::pair{ErrorCode::key_reused, 422},
    std::pair{ErrorCode::precondition_failed, 412},
    std::pair{ErrorCode::insufficient_points, 409},
    std::pair{ErrorCode::out_of_stock, 409},
    std::pair{ErrorCode::limit_exceeded, 422},
    std::pair{ErrorCode::overloaded, 503},
    std::pair{ErrorCode::unavailable, 503},
    std::pair{ErrorCode::internal, 500},
};

// A store that fails is given up at once, a full queue is a short one.
commit::CommitterOptions committer_options() {
  return {.queue_max = World::queue_max,
          .backoff_min = Milliseconds(1),
          .backoff_max = Milliseconds(1)};
}

api::ServiceOptions service_options(const World& world) {
  return {.workers = 2,
          .clock = [&world] { return world.now(); },
          .hash_cost = cheap,
          .checks_answers = true};
}

[[noreturn]] void refuse(const Request& request, const test_support::Answer& answer,
                         std::string_view why) {
  throw std::runtime_error(fmt::format("{} {}: {}: {} {}", request.method, request.path, why,
                                       answer.status, answer.body));
}

Error error_of(const Request& request, const test_support::Answer& answer) {
  if (answer.header("content-type") != "application/problem+json") {
    refuse(request, answer, "a refusal that is no problem");
  }
  const auto problem = json::parse(answer.body);
  for (const auto& [code, status] : statuses) {
    if (problem.at("code").as_string() == to_text(code)) {
      if (answer.status != status || problem.at("status").as_int64() != status) {
        refuse(request, answer, fmt::format("a refusal whose status should be {}", status));
      }
      const auto* detail = problem.as_object().if_contains("detail");
      return {.code = code, .detail = detail == nullptr ? "" : text_of(*detail)};
    }
  }
  refuse(request, answer, "a refusal no scenario expects");
}

bool something(const json::value&) { return true; }

// RFC 8288
std::string next_of(const test_support::Answer& answer) {
  const auto link = answer.header("link");
  const auto end = link.find(">; rel=\"next\"");
  return end == std::string::npos ? std::string() : link.substr(1, end - 1);
}

}  // namespace

Site::Site(World& world)
    : world_(&world),
      committer_(world.store(), store::product_schema(), committer_options()),
      thread_(committer_),
      service_(api::start_service(world.store(), committer_, service_options(world)).value()) {
  world
      .run(users::CreateUser{
          .user = UserId{make_uuid_v7(world.now())},
          .name = "Administrator",
          .email = administrators_email,
          .role = users::Role::admin,
          .password = security::hash_password(std::string(password), cheap).value(),
          .now = world.now()})
      .value();
  administrator_ = sign_in(administrators_email);
  const auto token = ask({.method = "POST",
                          .path = "/api/v1/tokens",
                          .bearer = administrator_,
                          .body = R"({"name": "gateway"})",
                          .is_made = something});
  integrator_ = text_of(token.value().body.at("token"));
}

Site::~Site() {
  release_queue();
  service_->stop();
}

test_support::Answer Site::exchange(const std::string& bytes) {
  if (!client_) {
    client_.emplace(service_->port());
  }
  const auto answer = client_->ask(bytes);
  if (!answer) {
    throw std::runtime_error("the server ended the connection: " + bytes);
  }
  if (answer->header("connection") == "close") {
    client_.reset();
  }
  return *answer;
}

Result<Reply> Site::ask(const Request& request) {
  auto bytes = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n", request.method, request.path);
  auto headers = request.headers;
  if (!request.bearer.empty()) {
    headers["Authorization"] = "Bearer " + request.bearer;
  }
  if (!request.body.empty()) {
    headers.try_emplace("Content-Type", "application/json");
    headers["Content-Length"] = std::to_string(request.body.size());
  } else if (request.method == "POST") {
    headers["Content-Length"] = "0";
  }
  for (const auto& [name, value] : headers) {
    bytes += fmt::format("{}: {}\r\n", name, value);
  }
  const auto answer = exchange(bytes + "\r\n" + request.body);
  if (answer.status >= 400) {
    return std::unexpected(error_of(request, answer));
  }
  Reply reply{.text = answer.body,
              .etag = answer.header("etag"),
              .next = next_of(answer),
              .replayed = answer.header("idempotency-replayed") == "true"};
  if (answer.header("content-type") == "application/json") {
    reply.body = json::parse(answer.body);
  }
  if (answer.status != (request.is_made(reply.body) ? 201 : 200)) {
    refuse(request, answer, "a success of another status");
  }
  return reply;
}

Result<Reply> Site::get(const std::string& bearer, const std::string& path) {
  return ask({.method = "GET", .path = path, .bearer = bearer});
}

Result<Reply> Site::post(const std::string& bearer, const std::string& path,
                         const json::object& body) {
  return ask({.method = "POST",
              .path = path,
              .bearer = bearer,
              .body = to_json_text(body),
              .is_made = something});
}

Result<Reply> Site::post_keyed(const Step& step, const std::string& bearer, const std::string& path,
                               const json::object& body) {
  return ask({.method = "POST",
              .path = path,
              .bearer = bearer,
              .body = to_json_text(body),
              .headers = {{"Idempotency-Key", world_->key_of(step).text}},
              .is_made = something});
}

Result<Reply> Site::edit(const Step& step, const std::string& path, const json::object& body) {
  const auto standing = get(administrator_, path);
  if (!standing) {
    return standing;
  }
  const auto edition = standing->body.at("edition").as_int64();
  etags_[path][edition] = standing->etag;
  const auto named = read_option(step, "edition", to_integer).value_or(edition);
  const auto etag = etags_[path].find(named);
  if (etag == etags_[path].end()) {
    throw Malformed(fmt::format("nobody has seen the edition {}", named));
  }
  return ask({.method = "PATCH",
              .path = path,
              .bearer = administrator_,
              .body = to_json_text(body),
              .headers = {{"If-Match", etag->second}}});
}

Result<json::array> Site::list(const std::string& bearer, const std::string& path) {
  json::array all;
  auto page = fmt::format("{}{}limit={}", path, path.contains('?') ? '&' : '?', page_size);
  while (!page.empty()) {
    const auto reply = get(bearer, page);
    if (!reply) {
      return std::unexpected(reply.error());
    }
    for (const auto& item : reply->body.at("data").as_array()) {
      all.push_back(item);
    }
    if (reply->body.at("page").at("has_more").as_bool() == reply->next.empty()) {
      throw std::runtime_error(page + ": its Link and has_more differ");
    }
    page = reply->next;
  }
  return all;
}

const std::string& Site::bearer_of(const std::string& user) const {
  const auto found = people_.find(user);
  const bool signed_in = found != people_.end() && !found->second.bearer.empty();
  return signed_in ? found->second.bearer : administrator_;
}

std::string Site::path_of(const std::string& user) const {
  return "/api/v1/users/" + to_text(world_->user(user));
}

std::string Site::sign_in(const std::string& email) {
  const auto session =
      post("", "/api/v1/sessions", {{"email", email}, {"password", password}}).value();
  return text_of(session.body.at("token"));
}

void Site::welcome(const std::string& user, const std::string& email) {
  people_[user] = {.email = email, .bearer = sign_in(email)};
}

void Site::change(const std::string& user, const json::value& form) {
  auto& person = people_.at(user);
  person.email = text_of(form.at("email"));
  if (form.at("status").as_string() != "active") {
    person.bearer.clear();
  } else if (person.bearer.empty()) {
    person.bearer = sign_in(person.email);
  }
}

void Site::renew_sessions() {
  administrator_ = sign_in(administrators_email);
  for (auto& [name, person] : people_) {
    if (!person.bearer.empty()) {
      person.bearer = sign_in(person.email);
    }
  }
}

void Site::fill_queue() {
  std::promise<void> taken;
  auto is_taken = taken.get_future();
  const std::shared_future<void> released = held_.emplace().get_future();
  committer_.submit<programme::EditProgramme>(
      programme::EditProgramme{},
      [taken = std::move(taken), released](const Result<programme::Programme>&) mutable {
        taken.set_value();
        released.wait();
      });
  is_taken.wait();
  while (committer_.waiting() < World::queue_max) {
    committer_.submit<programme::EditProgramme>(programme::EditProgramme{},
                                                [](const Result<programme::Programme>&) {});
  }
}

void Site::release_queue() {
  if (held_) {
    held_->set_value();
    held_.reset();
  }
  while (committer_.waiting() > 0) {
    std::this_thread::sleep_for(Milliseconds(1));
  }
}

json::value to_number(const std::string& text) {
  auto document = parse_json(text);
  if (!document || !document->value.is_number()) {
    throw Malformed(fmt::format("'{}' is no number", text));
  }
  return std::move(document->value);
}

void put_text(json::object& body, std::string_view member, const Step& step,
              std::string_view option) {
  if (const auto text = step.find(option)) {
    body[member] = *text;
  }
}

void put_number(json::object& body, std::string_view member, const Step& step,
                std::string_view option) {
  if (const auto text = step.find(option)) {
    body[member] = to_number(*text);
  }
}

Query& Query::add(std::string_view name, const std::optional<std::string>& value) {
  if (value) {
    text_ += fmt::format("{}{}={}", text_.empty() ? '?' : '&', name, http::percent_encode(*value));
  }
  return *this;
}

std::string text_of(const json::value& value) {
  if (value.is_null()) {
    return "none";
  }
  const auto* text = value.if_string();
  return text != nullptr ? std::string(*text) : to_json_text(value);
}

std::string text_of(const json::object& object, std::string_view member) {
  const auto* value = object.if_contains(member);
  return value == nullptr ? "none" : text_of(*value);
}

Energy energy_of(const json::value& kwh) {
  constexpr double milliwatt_hours = 1e6;  // in a kWh
  return {std::llround(kwh.to_number<double>() * milliwatt_hours)};
}

std::string kwh_text(const json::value& kwh) { return to_text(energy_of(kwh)); }

std::string nanopoints_text(const json::value& nanopoints) {
  return nanopoints.is_null() ? "none" : to_text(Nanopoints{nanopoints.as_int64()});
}

}  // namespace wattback::scenarios
