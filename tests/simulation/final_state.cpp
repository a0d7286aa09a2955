#include "simulation/final_state.h"

#include <fmt/format.h>

#include <set>

#include "earning/rules.h"
#include "importers/import.h"
#include "meters/meter.h"
#include "points/adjustment.h"
#include "points/ledger.h"
#include "programme/programme.h"
#include "redemptions/redemption.h"
#include "rewards/reward.h"
#include "simulation/model_show.h"
#include "simulation/translate.h"
#include "usage/reading.h"
#include "users/user.h"

namespace wattback::simulation {
namespace {

using model::show;

// Holds the documents of one collection against one of the model's tables.
template <class Name, class Facts>
class Comparison {
 public:
  Comparison(std::string_view what, const std::map<Name, Facts>& expected,
             std::vector<std::string>& differences)
      : what_(what), expected_(&expected), differences_(&differences) {}

  void see(const Name& name, const Facts& facts) {
    seen_.insert(name);
    const auto found = expected_->find(name);
    if (found == expected_->end()) {
      report(name, "should not be there", facts, nullptr);
    } else if (facts != found->second) {
      report(name, "differs", facts, &found->second);
    }
  }

  void finish() {
    for (const auto& [name, facts] : *expected_) {
      if (!seen_.contains(name)) {
        differences_->push_back(fmt::format("{} {} is missing", what_, show(name)));
      }
    }
  }

 private:
  void report(const Name& name, std::string_view why, const Facts& facts, const Facts* expected) {
    differences_->push_back(fmt::format("{} {} {}: {}", what_, show(name), why, show(facts)));
    if (expected != nullptr) {
      differences_->back() += "\n  expected " + show(*expected);
    }
  }

  std::string what_;
  const std::map<Name, Facts>* expected_;
  std::vector<std::string>* differences_;
  std::set<Name> seen_;
};

class Finder {
 public:
  Finder(store::Store& store, const model::Model& model)
      : snapshot_(store.snapshot()), model_(&model) {}

  std::vector<std::string> find() {
    compare_people();
    compare_usage();
    compare_ledger();
    compare_catalog();
    compare_redemptions();
    return std::move(differences_);
  }

 private:
  // Scans a collection and holds each document, by the name that `name_of` gives it, to a table.
  template <class T, class Name, class Facts, class NameOf>
  void compare(const store::Codec<T>& codec, const std::map<Name, Facts>& expected,
               NameOf name_of) {
    Comparison<Name, Facts> comparison(codec.collection().name, expected, differences_);
    scan(codec, [&](const T& value) {
      if constexpr (requires { to_model(value); }) {
        comparison.see(name_of(value), to_model(value));
      } else {
        comparison.see(name_of(value), to_model(value, cause_of(value)));
      }
    });
    comparison.finish();
  }

  template <class T, class Sink>
  void scan(const store::Codec<T>& codec, Sink sink) {
    snapshot_->scan({.collection = codec.collection()}, [&](const store::Document& document) {
      sink(codec.decode(document));
      return true;
    });
  }

  void compare_people() {
    compare(users::codec(), model_->users(), [](const users::User& user) { return user.user_id; });
    compare(meters::codec(), model_->meters(),
            [](const meters::Meter& meter) { return meter.meter_id; });
    const std::map<std::int64_t, model::Programme> programme{{1, model_->programme()}};
    compare(programme::codec(), programme, [](const auto&) { return std::int64_t{1}; });
    compare(earning::codec(), model_->rules(),
            [](const earning::EarningRules& rules) { return rules.rules_version; });
    compare(importers::codec(), model_->imports(),
            [](const importers::Import& import) { return import.import_id; });
  }

  void compare_usage() {
    compare(usage::codec(), model_->readings(), [this](const usage::Reading& reading) {
      const auto derived = derive_usage_id(reading.user_id, reading.meter_id, reading.date,
                                           to_text(reading.energy_type));
      if (derived != reading.usage_id) {
        differences_.push_back("a reading's id is not derived: " + show(reading.usage_id));
      }
      causes_.emplace(reading.usage_id.uuid, "reading");
      return name_of(reading);
    });
    compare(usage::daily_codec(), model_->days(), [](const usage::UsageDaily& daily) {
      return model::MemberDay{daily.user_id, daily.day};
    });
  }

  // By id, which the product derives from member and key.
  void compare_redemptions() {
    std::map<RedemptionId, model::Redemption> expected;
    for (const auto& [name, redemption] : model_->redemptions()) {
      expected.emplace(redemptions::redemption_id(name.first, {name.second}), redemption);
    }
    compare(redemptions::codec(), expected,
            [](const redemptions::Redemption& redemption) { return redemption.redemption_id; });
  }

  void compare_ledger() {
    std::map<AdjustmentId, model::Adjustment> adjustments;
    for (const auto& [name, adjustment] : model_->adjustments()) {
      const auto id = points::adjustment_id(name.first, {name.second});
      adjustments.emplace(id, adjustment);
      causes_.emplace(id.uuid, "adjustment " + name.second);
    }
    compare(points::adjustments_codec(), adjustments,
            [](const points::Adjustment& adjustment) { return adjustment.adjustment_id; });
    for (const auto& [name, redemption] : model_->redemptions()) {
      causes_.emplace(redemptions::redemption_id(name.first, {name.second}).uuid,
                      "redemption " + name.second);
    }
    for (const auto& [import, facts] : model_->imports()) {
      causes_.emplace(import.uuid, "import " + show(import));
    }
    compare(points::ledger_codec(), model_->ledger(),
            [](const points::Entry& entry) { return model::EntryName{entry.user_id, entry.seq}; });
  }

  std::string cause_of(const points::Entry& entry) const {
    const auto found = causes_.find(entry.cause);
    return found == causes_.end() ? "nothing known" : found->second;
  }

  void compare_catalog() {
    compare(rewards::codec(), model_->rewards(),
            [](const rewards::Reward& reward) { return reward.reward_id; });
    std::map<MovementId, model::Movement> movements;
    for (const auto& [name, movement] : model_->movements()) {
      movements.emplace(rewards::movement_id(name.first, {name.second}), movement);
    }
    compare(rewards::movements_codec(), movements,
            [](const rewards::StockMovement& movement) { return movement.movement_id; });
  }

  std::unique_ptr<store::Snapshot> snapshot_;
  const model::Model* model_;
  std::map<Uuid, std::string> causes_;
  std::vector<std::string> differences_;
};

}  // namespace

std::vector<std::string> find_differences(store::Store& store, const model::Model& model) {
  return Finder(store, model).find();
}

std::vector<std::string> all_documents(store::Store& store) {
  std::vector<std::string> documents;
  const auto snapshot = store.snapshot();
  for (const auto& collection : store::product_schema().collections) {
    snapshot->scan({.collection = store::Collection{collection.name}},
                   [&](const store::Document& document) {
                     auto text = collection.name;
                     for (const auto& value : document.values) {
                       text += " " + store::to_text(value);
                     }
                     documents.push_back(std::move(text));
                     return true;
                   });
  }
  return documents;
}

}  // namespace wattback::simulation
