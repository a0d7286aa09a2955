#include "scenarios/http/http_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/http/actions.h"
#include "scenarios/runner/service_driver.h"

namespace wattback::scenarios {
namespace {

constexpr std::array beside{
    Exception{"now", "the clock is the server's own"},
    Exception{"programme", "an operator starts the programme on the command line"},
    Exception{"store", "what goes wrong below the server"},
    Exception{"queue", "what goes wrong within the server"},
};

constexpr std::array not_over_http{
    Exception{"a_plain_conflict_in_a_series",
              "several readings in one request are a bulk, which restates as of its receipt"},
    Exception{"last_administrator", "who asks is an administrator too, and so another one"},
    Exception{
        "more_than_a_reading_holds",
        "the contract bounds the energy of a reading, so it is `invalid` before it is decided"},
    Exception{"no_version_before_the_first",
              "the contract bounds the version followed, so 0 is `invalid` before it is decided"},
    Exception{"readings_of_nobody", "a member there is not is `not_found`, not an empty list"},
};

HttpActions all_actions() {
  HttpActions actions;
  add_programme_requests(actions);
  add_user_requests(actions);
  add_meter_requests(actions);
  add_usage_requests(actions);
  add_usage_reading_requests(actions);
  add_import_requests(actions);
  add_point_requests(actions);
  add_reward_requests(actions);
  add_redemption_requests(actions);
  return actions;
}

Actions all_actions_beside() {
  Actions actions;
  add_programme_actions(actions);
  add_world_actions(actions);
  return actions;
}

class HttpDriver final : public Driver {
 public:
  explicit HttpDriver(store::Store& store) : world_(store), site_(world_) {}

  Answer perform(const Step& step) override {
    return world_.after(
        step, is_beside(step.verb) ? perform_beside(step) : actions_.at(step.verb)(site_, step));
  }

  std::vector<Fact> member(const std::string& user) override {
    const auto points = site_.get(site_.administrator(), site_.path_of(user) + "/points");
    if (!points) {
      return {};
    }
    return {{"balance", text_of(points->body.at("total_points"))},
            {"owed", text_of(points->body.at("points_owed"))},
            {"carry", nanopoints_text(points->body.at("carry_nanopoints"))},
            {"entries", text_of(points->body.at("entries"))}};
  }

  std::vector<Fact> reward(const std::string& name) override {
    const auto path = "/api/v1/rewards/" + to_text(world_.reward(name));
    const auto reward = site_.get(site_.administrator(), path);
    const auto movements = site_.list(site_.administrator(), path + "/stock-movements");
    if (!reward || !movements) {
      return {};
    }
    std::int64_t stocked = 0;
    for (const auto& movement : *movements) {
      stocked += movement.at("delta").as_int64();
    }
    return {{"stock", text_of(reward->body.at("inventory"))}, {"stocked", std::to_string(stocked)}};
  }

  std::optional<std::string> find_break() override {
    site_.release_queue();
    return scenarios::find_break(world_);
  }

 private:
  static bool is_beside(std::string_view verb) {
    return std::ranges::find(beside, verb, &Exception::name) != beside.end();
  }

  Answer perform_beside(const Step& step) {
    if (step.verb == "queue") {
      step.value("state") == "full" ? site_.fill_queue() : site_.release_queue();
      return {};
    }
    auto answer = beside_.at(step.verb)(world_, step);
    if (step.verb == "now") {
      site_.renew_sessions();  // they end in time
    }
    return answer;
  }

  World world_;
  Site site_;
  const HttpActions actions_ = all_actions();
  const Actions beside_ = all_actions_beside();
};

}  // namespace

std::span<const Exception> verbs_beside_http() { return beside; }
std::span<const Exception> scenarios_not_over_http() { return not_over_http; }

std::vector<std::string_view> verbs_over_http() {
  std::vector<std::string_view> verbs;
  for (const auto& [verb, action] : all_actions()) {
    verbs.push_back(verb);
  }
  return verbs;
}

std::unique_ptr<Driver> make_http_driver(store::Store& store) {
  return std::make_unique<HttpDriver>(store);
}

}  // namespace wattback::scenarios
