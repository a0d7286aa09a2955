#include <fmt/format.h>

#include "scenarios/http/actions.h"
#include "scenarios/runner/values.h"

namespace wattback::scenarios {
namespace {

Answer adjust(Site& site, const Step& step, std::string_view list, Points points) {
  const json::object body{{"points", points.count},
                          {"reason_code", step.find("reason").value_or("goodwill")}};
  const auto reply =
      site.post_keyed(step, site.administrator(),
                      fmt::format("{}/points/{}", site.path_of(step.value("user")), list), body);
  if (!reply) {
    return refused(reply);
  }
  Answer answer{.words = {"adjusted"},
                .facts = {{"after", text_of(reply->body.at("total_points"))}}};
  if (reply->replayed) {
    answer.words.emplace_back("replayed");
  }
  return answer;
}

Answer grant(Site& site, const Step& step) {
  return adjust(site, step, "adjustments", to_points(step.value("points")));
}

Answer take(Site& site, const Step& step) {
  return adjust(site, step, "adjustments", -to_points(step.value("points")));
}

Answer write_off(Site& site, const Step& step) {
  return adjust(site, step, "write-offs", to_points(step.value("points")));
}

Result<json::array> list_own(Site& site, const Step& step, std::string_view list) {
  const auto& user = step.value("user");
  return site.list(site.bearer_of(user), fmt::format("{}/points/{}", site.path_of(user), list));
}

Answer list_adjustments(Site& site, const Step& step) {
  return rows_of(list_own(site, step, "adjustments"), [](const json::object& adjustment) {
    return text_of(adjustment, "points") + " " + text_of(adjustment, "reason_code");
  });
}

Answer show_balance(Site&, const Step&) { return {}; }

Answer statement(Site& site, const Step& step) {
  const auto* list = step.has("all") ? "statement?include_zero=true" : "statement";
  return rows_of(list_own(site, step, list), [](const json::object& entry) {
    const auto owed = text_of(entry, "owed");
    return fmt::format("{} {}{}", text_of(entry, "kind"), text_of(entry, "points"),
                       owed == "0" ? "" : " owed " + owed);
  });
}

template <class Text>
std::string text_or_none(const json::object& form, std::string_view member, Text text) {
  const auto* value = form.if_contains(member);
  return value == nullptr ? "none" : text(*value);
}

std::string energy_text(const json::value& milliwatt_hours) {
  return to_text(Energy{milliwatt_hours.as_int64()});
}

Answer show_entry(Site& site, const Step& step) {
  const auto& user = step.value("user");
  const auto reply =
      site.get(site.bearer_of(user),
               fmt::format("{}/points/explain/entry/{}", site.path_of(user), step.value("seq")));
  if (!reply) {
    return refused(reply);
  }
  const auto& entry = reply->body.as_object();
  const auto rules = text_or_none(entry, "rules", [](const json::value& version) {
    return text_of(version.at("rules_version"));
  });
  return {.words = {text_of(entry, "kind")},
          .facts = {{"points", text_of(entry, "points")},
                    {"owed_change", text_of(entry, "owed")},
                    {"after", text_of(entry, "balance")},
                    {"carry_before", nanopoints_text(entry.at("carry_before_nanopoints"))},
                    {"carry_after", nanopoints_text(entry.at("carry_nanopoints"))},
                    {"day", text_of(entry, "day")},
                    {"renewable", text_or_none(entry, "day_renewable_mwh", energy_text)},
                    {"non_renewable", text_or_none(entry, "day_non_renewable_mwh", energy_text)},
                    {"award", text_or_none(entry, "day_award_nanopoints", nanopoints_text)},
                    {"change", text_or_none(entry, "day_award_change_nanopoints", nanopoints_text)},
                    {"rules", rules},
                    {"reason", text_of(entry, "reason_code")}}};
}

}  // namespace

void add_point_requests(HttpActions& actions) {
  actions["grant"] = grant;
  actions["take"] = take;
  actions["write-off"] = write_off;
  actions["adjustments"] = list_adjustments;
  actions["show balance"] = show_balance;
  actions["statement"] = statement;
  actions["entry"] = show_entry;
}

}  // namespace wattback::scenarios
