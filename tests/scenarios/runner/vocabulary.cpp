#include "scenarios/runner/vocabulary.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace wattback::scenarios {
namespace {

constexpr std::string_view outcomes = "accepted duplicate restated superseded";
constexpr std::string_view counts =
    "read accepted duplicates restated superseded rejected kwh points";

// clang-format off
constexpr auto table = std::to_array<Verb>({
    // The clock moves on by a second after every action.
    {.name = "now", .positions = "time"},

    {.name = "programme", .options = "name zone renewable non_renewable cap", .facts = "edition"},
    {.name = "edit programme", .options = "name zone edition", .facts = "edition"},
    {.name = "publish", .positions = "day", .options = "follows renewable non_renewable cap",
     .facts = "version"},
    {.name = "rules", .rows = true},

    {.name = "user", .positions = "user", .options = "email name zone role", .facts = "edition"},
    {.name = "edit user", .positions = "user", .options = "email name zone role status edition",
     .facts = "edition"},
    {.name = "show user", .positions = "user", .facts = "name email role status zone edition"},
    {.name = "find user", .positions = "email", .facts = "user"},
    {.name = "users", .rows = true},

    {.name = "meter", .positions = "user label", .options = "identifier"},
    {.name = "relabel", .positions = "user label new_label"},
    {.name = "show meter", .positions = "user label", .facts = "zone cadence phase identifier"},
    {.name = "meters", .positions = "user", .rows = true},

    // `series` records several readings in one command; each row is an outcome and its points.
    {.name = "read", .positions = "user start duration energy",
     .options = "type meter identifier as_of quality", .words = outcomes, .facts = "points kwh"},
    {.name = "series", .positions = "user start duration energies",
     .options = "type meter identifier as_of quality", .rows = true},
    {.name = "show reading", .positions = "user start", .options = "type meter",
     .facts = "kwh points day quality as_of revision rules"},
    {.name = "readings", .positions = "user", .options = "from before type", .rows = true},
    {.name = "show day", .positions = "user day",
     .facts = "renewable non_renewable readings award points rules"},
    {.name = "explain", .positions = "user day",
     .facts = "renewable non_renewable readings award points rules renewable_rate "
              "non_renewable_rate cap"},
    {.name = "days", .positions = "user", .options = "from to", .rows = true},
    {.name = "months", .positions = "user", .rows = true},
    {.name = "report", .positions = "first last", .rows = true},

    // Several users, with commas between them, make an input that names a user in each line.
    {.name = "import", .positions = "import users start duration energies",
     .options = "type meter as_of", .words = "done repeated", .facts = counts},
    {.name = "withdraw", .positions = "import", .options = "reason", .facts = "restated kwh points"},
    {.name = "show import", .positions = "import", .facts = "status reason as_of"},

    // `after` is the balance the answer tells of, `balance` the one that stands.
    {.name = "grant", .positions = "user points", .options = "key reason",
     .words = "adjusted replayed", .facts = "after"},
    {.name = "take", .positions = "user points", .options = "key reason",
     .words = "adjusted replayed", .facts = "after"},
    {.name = "write-off", .positions = "user points", .options = "key reason",
     .words = "adjusted replayed", .facts = "after"},
    {.name = "adjustments", .positions = "user", .rows = true},
    {.name = "show balance", .positions = "user"},
    {.name = "statement", .positions = "user", .flags = "all", .rows = true},
    {.name = "entry", .positions = "user seq",
     .words = "earned restated redeemed refunded adjusted",
     .facts = "points owed_change after carry_before carry_after day award change rules reason "
              "renewable non_renewable"},

    {.name = "reward", .positions = "reward", .options = "costs stock name description",
     .facts = "edition"},
    {.name = "edit reward", .positions = "reward",
     .options = "name costs status description edition", .facts = "edition"},
    {.name = "show reward", .positions = "reward", .facts = "name costs status edition"},
    {.name = "stock", .positions = "reward delta", .options = "key reason",
     .words = "moved replayed"},
    {.name = "movements", .positions = "reward", .rows = true},
    // `for` a member shows what the balance lacks of each.
    {.name = "catalog", .options = "affordable for", .flags = "in_stock archived", .rows = true},

    {.name = "redeem", .positions = "user reward", .options = "key price",
     .words = "pending fulfilled cancelled replayed", .facts = "cost after"},
    {.name = "cancel", .positions = "redemption", .options = "of",
     .words = "pending fulfilled cancelled", .facts = "cost after"},
    {.name = "fulfil", .positions = "redemption", .options = "of",
     .words = "pending fulfilled cancelled", .facts = "cost after"},
    {.name = "history", .positions = "user", .rows = true},
    {.name = "redemptions of", .positions = "reward", .rows = true},
    {.name = "pending", .rows = true},

    // What only a driver beside the store can do. The store is, until it is `well` again:
    // `unavailable`, `refusing` every document; or, once: `conflicting`, `forgetful` of its answer.
    {.name = "store", .positions = "state"},
    {.name = "queue", .positions = "state"},  // `full`, or `empty` again
});
// clang-format on

}  // namespace

std::span<const Verb> verbs() { return table; }

const Verb* find_verb(std::string_view name) {
  const auto* const found = std::ranges::find(table, name, &Verb::name);
  return found == table.end() ? nullptr : found;
}

std::vector<std::string_view> split(std::string_view words) {
  std::vector<std::string_view> parts;
  while (true) {
    words.remove_prefix(std::min(words.find_first_not_of(' '), words.size()));
    if (words.empty()) {
      return parts;
    }
    parts.push_back(words.substr(0, words.find(' ')));
    words.remove_prefix(parts.back().size());
  }
}

bool holds(std::string_view words, std::string_view word) {
  const auto all = split(words);
  return std::ranges::find(all, word) != all.end();
}

std::string facts_of(const Verb& verb) {
  std::string facts(verb.facts);
  const bool redemption = holds(verb.positions, "redemption");
  if (redemption || holds(verb.positions, "user")) {
    facts.append(" ").append(member_facts);
  }
  if (redemption || holds(verb.positions, "reward")) {
    facts.append(" ").append(reward_facts);
  }
  return facts;
}

bool is_error_code(std::string_view word) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
    if (to_text(static_cast<ErrorCode>(i)) == word) {
      return true;
    }
  }
  return false;
}

}  // namespace wattback::scenarios
