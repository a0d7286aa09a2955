#include "operations/audit_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "operations/audit_stream.h"
#include "programme/programme.h"

namespace wattback::operations {
namespace {

// All documents of a small collection that decode.
template <class T>
std::vector<T> load_all(Findings& findings, store::Snapshot& snapshot,
                        const store::Codec<T>& codec) {
  std::vector<T> values;
  DocumentStream documents(snapshot, {.collection = codec.collection()});
  try {
    while (documents.head() != nullptr) {
      const auto document = documents.take();
      findings.count_document();
      if (auto value = try_decode(codec, document)) {
        values.push_back(std::move(*value));
      } else {
        findings.report(Invariant::references, name_of(codec.schema(), document), value.error());
      }
    }
  } catch (const Unreadable& unreadable) {
    findings.report(Invariant::references, std::string(codec.collection().name), unreadable.what());
  }
  return values;
}

void audit_versions(Findings& findings, const std::vector<earning::EarningRules>& versions) {
  std::int64_t expected = 1;
  for (const auto& rules : versions) {
    const auto name = name_of(earning::key(rules.rules_version));
    if (rules.rules_version != expected) {
      findings.report(Invariant::references, name,
                      fmt::format("follows version {}, which is missing", rules.rules_version - 1));
    }
    expected = rules.rules_version + 1;
    if (const auto checked =
            earning::check_terms({.rates = rules.rates, .daily_cap = rules.daily_cap});
        !checked) {
      findings.report(Invariant::references, name, checked.error().detail);
    }
  }
}

}  // namespace

RuleBook::RuleBook(std::vector<earning::EarningRules> versions) : versions_(std::move(versions)) {}

const earning::EarningRules* RuleBook::version(std::int64_t version) const {
  const auto found =
      std::ranges::lower_bound(versions_, version, {}, &earning::EarningRules::rules_version);
  return found != versions_.end() && found->rules_version == version ? &*found : nullptr;
}

const earning::EarningRules* RuleBook::in_force(Day day) const {
  return version(1) == nullptr ? nullptr : &earning::in_force(versions_, day);
}

Wide RuleBook::award(const earning::EarningRules& rules, const WideEnergy& energy) {
  const Wide sum = energy.renewable * rules.rate(EnergyType::renewable) +
                   energy.non_renewable * rules.rate(EnergyType::non_renewable);
  return rules.daily_cap ? std::min(sum, Wide{rules.daily_cap->count} * nanopoints_per_point) : sum;
}

RuleBook load_rules(store::Snapshot& snapshot) {
  Findings silent({}, {});
  return RuleBook(load_all(silent, snapshot, earning::codec()));
}

void audit_programme(Findings& findings, store::Snapshot& snapshot) {
  const auto programmes = load_all(findings, snapshot, programme::codec());
  const auto versions = load_all(findings, snapshot, earning::codec());
  audit_versions(findings, versions);
  for (const auto& programme : programmes) {
    const auto name =
        name_of({.collection = programme::collection, .values = {programme.programme_id.uuid}});
    if (programme.programme_id != programme::programme_id()) {
      findings.report(Invariant::references, name,
                      fmt::format("programme_id is not {}, that of the one programme of a store",
                                  wattback::to_text(programme::programme_id())));
    }
    const auto newest = versions.empty() ? 0 : versions.back().rules_version;
    if (programme.rules_version != newest) {
      findings.report(Invariant::references, name,
                      fmt::format("rules_version is {}, the newest in earning_rules is {}",
                                  programme.rules_version, newest));
    }
  }
  if (programmes.empty() && !versions.empty()) {
    findings.report(Invariant::references, name_of(programme::key()), "is missing");
  }
}

}  // namespace wattback::operations
