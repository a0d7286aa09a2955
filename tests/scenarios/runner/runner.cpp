#include "scenarios/runner/runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "scenarios/runner/vocabulary.h"

namespace wattback::scenarios {
namespace {

using Mismatch = std::optional<std::string>;

std::optional<std::string> find_fact(const std::vector<Fact>& facts, std::string_view name) {
  const auto found = std::ranges::find(facts, name, &Fact::name);
  return found == facts.end() ? std::nullopt : std::optional(found->value);
}

std::string text_of(const std::vector<std::string>& parts) {
  return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ", "));
}

Mismatch compare_outcome(const Expectation& expected, const Answer& answer) {
  if (answer.error) {
    const auto found = std::string(to_text(answer.error->code));
    if (expected.words == std::vector{found}) {
      return std::nullopt;
    }
    return fmt::format("expected {}, found {} ({})",
                       expected.words.empty() ? "success" : text_of(expected.words), found,
                       answer.error->detail);
  }
  auto wanted = expected.words;
  auto found = answer.words;
  std::ranges::sort(wanted);
  std::ranges::sort(found);
  if (wanted.empty() || wanted == found) {
    return std::nullopt;
  }
  return fmt::format("expected {}, found {}", text_of(expected.words),
                     answer.words.empty() ? "success" : text_of(answer.words));
}

// The fact as the answer holds it, or else as the member or reward stands.
std::string look_up(const Fact& fact, const Answer& answer, Driver& driver) {
  auto found = find_fact(answer.facts, fact.name);
  if (!found && holds(member_facts, fact.name) && !answer.user.empty()) {
    found = find_fact(driver.member(answer.user), fact.name);
  }
  if (!found && holds(reward_facts, fact.name) && !answer.reward.empty()) {
    found = find_fact(driver.reward(answer.reward), fact.name);
  }
  return found.value_or("nothing");
}

Mismatch compare(const Expectation& expected, const Answer& answer, Driver& driver) {
  if (auto mismatch = compare_outcome(expected, answer)) {
    return mismatch;
  }
  if (expected.rows && *expected.rows != answer.rows) {
    return fmt::format("expected {}, found {}", text_of(*expected.rows), text_of(answer.rows));
  }
  for (const auto& fact : expected.facts) {
    if (const auto found = look_up(fact, answer, driver); found != fact.value) {
      return fmt::format("expected {} {}, found {}", fact.name, fact.value, found);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> run_scenario(const Scenario& scenario, Driver& driver) {
  for (const auto& step : scenario.steps) {
    Mismatch mismatch;
    try {
      mismatch = compare(step.expected, driver.perform(step), driver);
    } catch (const std::exception& thrown) {
      mismatch = thrown.what();
    }
    if (mismatch) {
      return fmt::format("{}:{}: {}\n  {}", scenario.file, step.line, *mismatch, step.text);
    }
  }
  if (const auto broken = driver.find_break()) {
    return fmt::format("{}: at its end {}", scenario.file, *broken);
  }
  return std::nullopt;
}

}  // namespace wattback::scenarios
