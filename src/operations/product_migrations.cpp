// The product's migrations. A new one goes to the end, with the next version in schema/schema.json;
// docs/migrations.md says how. One that was released stays as it is.
#include <unordered_map>

#include "base/check.h"
#include "operations/migration.h"
#include "redemptions/redemption.h"
#include "rewards/reward.h"

namespace wattback::operations {
namespace {

using Rewritten = std::vector<std::optional<store::Document>>;

// The names rewards have, by id.
class RewardNames {
 public:
  RewardNames(store::Store& store, const store::Schema& schema, std::vector<store::Key> keys) {
    const auto name = schema.collection(rewards::collection).position("name");
    const auto found = store.get(rewards::collection, keys);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (found[i]) {
        names_.emplace(std::move(keys[i]), found[i]->values[name]);
      }
    }
  }

  // A reward that is gone is the audit's to report; its redemption still needs some name.
  store::Value at(const store::Key& key) const {
    const auto found = names_.find(key);
    return found == names_.end() ? store::Value(std::string("?")) : found->second;
  }

 private:
  std::unordered_map<store::Key, store::Value, store::KeyHash> names_;
};

Rewritten name_rewards(store::Store& store, const store::Schema& schema,
                       std::span<const store::Document> redemptions) {
  const auto& collection = schema.collection(redemptions::collection);
  const auto name = collection.position("reward_name");
  const auto id = collection.position("reward_id");
  std::vector<store::Key> keys;
  for (const auto& redemption : redemptions) {
    keys.push_back({.collection = rewards::collection, .values = {redemption.values[id]}});
  }
  const RewardNames names(store, schema, keys);
  Rewritten rewritten;
  for (std::size_t i = 0; i < redemptions.size(); ++i) {
    auto& each = rewritten.emplace_back();
    if (store::is_absent(redemptions[i].values[name])) {
      each = redemptions[i];
      each->values[name] = names.at(keys[i]);
    }
  }
  return rewritten;
}

std::vector<Migration> list() {
  return {
      {.number = 1, .name = "base", .description = "The collections a programme began with."},
      {.number = 2,
       .name = "sign_in",
       .description = "Sessions of members and administrators, tokens of integrators."},
      {.number = 3,
       .name = "reward_names",
       .description = "A redemption keeps the reward's name as it was, so that a history reads "
                      "right after a reward is renamed; those made before get the name it has now. "
                      "Migrations are recorded in schema_history.",
       .up = {{.name = "name the reward of each redemption",
               .collection = redemptions::collection,
               .rewrite = name_rewards}}},
  };
}

}  // namespace

const Migrations& product_migrations() {
  static const Migrations migrations(store::product_schema(), list());
  return migrations;
}

}  // namespace wattback::operations
