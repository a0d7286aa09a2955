#include "earning/commands.h"

#include <fmt/format.h>

#include "base/text.h"

namespace wattback::earning {
namespace {

using std::chrono::days;

// Version 1 is in force for all days; no reading is older than this one.
Day first_day() { return make_day(1970, 1, 1); }

// A rule list read at time t serves days up to UTC date(t) + 1, so a later version starts after
// that.
Day earliest_effective_day(Instant now) {
  const auto utc_date = std::chrono::floor<days>(now).time_since_epoch();
  return Day(utc_date) + days(2);
}

// The programme and its rules are read one after the other: a version it names but that is not
// there was published in between.
void fit(bool condition) {
  if (!condition) {
    throw commit::TornRead("the programme does not fit its rules");
  }
}

bool same_content(const EarningRules& rules, Day effective_day, const RuleTerms& terms) {
  return rules.effective_day == effective_day &&
         RuleTerms{.rates = rules.rates, .daily_cap = rules.daily_cap} == terms;
}

}  // namespace

Result<programme::Programme> StartProgramme::decide(commit::Workspace& workspace) const {
  if (auto there = workspace.get(programme::codec(), programme::key())) {
    if (there->created_at == now) {
      return *there;
    }
    return fail(ErrorCode::already_exists,
                fmt::format("there is a programme already, '{}'; its name and time zone can be "
                            "changed (wattback programme set)",
                            there->name));
  }
  if (const auto parsed = parse_text("name", name, programme::name_max); !parsed) {
    return std::unexpected(parsed.error());
  }
  if (const auto checked = check_terms(terms); !checked) {
    return std::unexpected(checked.error());
  }
  programme::Programme made{.programme_id = programme::programme_id(),
                            .name = name,
                            .time_zone = time_zone,
                            .self_reporting = false,
                            .rules_version = 1,
                            .created_at = now};
  workspace.insert(programme::codec(), made);
  workspace.insert(codec(), EarningRules{.rules_version = 1,
                                         .effective_day = first_day(),
                                         .rates = terms.rates,
                                         .daily_cap = terms.daily_cap,
                                         .created_at = now,
                                         .created_by = actor});
  return made;
}

Result<EarningRules> PublishRules::decide(commit::Workspace& workspace) const {
  auto programme = workspace.get(programme::codec(), programme::key());
  if (!programme) {
    return fail(ErrorCode::not_found, "there is no programme yet");
  }
  if (const auto checked = check_terms(terms); !checked) {
    return std::unexpected(checked.error());
  }
  if (follows < 1 || follows > programme->rules_version) {
    return fail(ErrorCode::conflict,
                fmt::format("there is no version {} to follow; the newest is {}", follows,
                            programme->rules_version));
  }
  if (follows < programme->rules_version) {
    const auto there = workspace.get(codec(), key(follows + 1));
    fit(there.has_value());
    if (same_content(*there, effective_day, terms)) {
      return *there;
    }
    return fail(ErrorCode::conflict,
                fmt::format("version {} was published already, with other content", follows + 1));
  }
  if (effective_day < earliest_effective_day(now)) {
    return fail_field("effective_day",
                      fmt::format("must be {} or later", to_text(earliest_effective_day(now))));
  }
  if (follows + 1 > rules_versions_max) {
    return fail(
        ErrorCode::limit_exceeded,
        fmt::format("a programme has at most {} versions of its rules", rules_versions_max));
  }
  EarningRules published{.rules_version = follows + 1,
                         .effective_day = effective_day,
                         .rates = terms.rates,
                         .daily_cap = terms.daily_cap,
                         .created_at = now,
                         .created_by = actor};
  workspace.insert(codec(), published);
  programme->rules_version = published.rules_version;
  workspace.replace(programme::codec(), *programme);
  return published;
}

std::vector<EarningRules> load_versions(commit::Workspace& workspace,
                                        const programme::Programme& programme) {
  std::vector<EarningRules> versions;
  for (std::int64_t version = 1; version <= programme.rules_version; ++version) {
    auto rules = workspace.get(codec(), key(version));
    fit(rules.has_value());
    versions.push_back(std::move(*rules));
  }
  return versions;
}

}  // namespace wattback::earning
