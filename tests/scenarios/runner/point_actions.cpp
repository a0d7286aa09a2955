#include <fmt/format.h>

#include "points/commands.h"
#include "points/reads.h"
#include "scenarios/runner/service_driver.h"
#include "scenarios/runner/values.h"
#include "usage/explain.h"

namespace wattback::scenarios {
namespace {

constexpr std::size_t rows_max = 200;

template <class Command>
Answer adjust(World& world, const Step& step, Points points) {
  const auto reply = world.run(Command{.user = world.user(step.value("user")),
                                       .points = points,
                                       .reason_code = step.find("reason").value_or("goodwill"),
                                       .key = world.key_of(step),
                                       .now = world.now()});
  if (!reply) {
    return refused(reply);
  }
  Answer answer{.words = {"adjusted"}, .facts = {{"after", to_text(reply->total_points)}}};
  if (reply->replayed) {
    answer.words.emplace_back("replayed");
  }
  return answer;
}

Answer grant(World& world, const Step& step) {
  return adjust<points::AdjustPoints>(world, step, to_points(step.value("points")));
}

Answer take(World& world, const Step& step) {
  return adjust<points::AdjustPoints>(world, step, -to_points(step.value("points")));
}

Answer write_off(World& world, const Step& step) {
  return adjust<points::WriteOffPoints>(world, step, to_points(step.value("points")));
}

Answer list_adjustments(World& world, const Step& step) {
  Answer answer;
  const auto user = world.user(step.value("user"));
  for (const auto& adjustment : points::list_adjustments(world.store(), user, rows_max, {}).items) {
    answer.rows.push_back(fmt::format("{} {}", adjustment.points.count, adjustment.reason_code));
  }
  return answer;
}

Answer show_balance(World&, const Step&) { return {}; }

Answer statement(World& world, const Step& step) {
  const auto zero_entries =
      step.has("all") ? points::ZeroEntries::show : points::ZeroEntries::leave_out;
  Answer answer;
  for (const auto& entry :
       points::statement(world.store(), world.user(step.value("user")), rows_max, {}, zero_entries)
           .items) {
    const auto owed = entry.owed == Points{0} ? "" : fmt::format(" owed {}", entry.owed.count);
    answer.rows.push_back(fmt::format("{} {}{}", to_text(entry.kind), entry.points.count, owed));
  }
  return answer;
}

template <class T>
std::string text_or_none(const std::optional<T>& value) {
  return value ? to_text(*value) : "none";
}

Answer show_entry(World& world, const Step& step) {
  const auto explained = usage::explain_entry(world.store(), world.user(step.value("user")),
                                              to_integer(step.value("seq")));
  if (!explained) {
    return refused(explained);
  }
  const auto& entry = explained->entry;
  const auto rules = entry.rules_version ? std::to_string(*entry.rules_version) : "none";
  return {.words = {std::string(to_text(entry.kind))},
          .facts = {{"points", to_text(entry.points)},
                    {"owed_change", to_text(entry.owed)},
                    {"after", to_text(entry.balance)},
                    {"carry_before", to_text(explained->carry_before)},
                    {"carry_after", to_text(entry.carry)},
                    {"day", text_or_none(entry.day)},
                    {"renewable", text_or_none(entry.day_renewable)},
                    {"non_renewable", text_or_none(entry.day_non_renewable)},
                    {"award", text_or_none(entry.day_award)},
                    {"change", text_or_none(entry.day_award_change)},
                    {"rules", rules},
                    {"reason", entry.reason_code.value_or("none")}}};
}

}  // namespace

void add_point_actions(Actions& actions) {
  actions["grant"] = grant;
  actions["take"] = take;
  actions["write-off"] = write_off;
  actions["adjustments"] = list_adjustments;
  actions["show balance"] = show_balance;
  actions["statement"] = statement;
  actions["entry"] = show_entry;
}

}  // namespace wattback::scenarios
