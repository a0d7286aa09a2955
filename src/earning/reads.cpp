#include "earning/reads.h"

namespace wattback::earning {

std::vector<EarningRules> list(store::Store& store) {
  std::vector<EarningRules> versions;
  store::for_each<EarningRules>(store, codec(), {.collection = collection},
                                [&](const EarningRules& rules) { versions.push_back(rules); });
  return versions;
}

std::optional<EarningRules> find(store::Store& store, std::int64_t rules_version) {
  return store::fetch(store, codec(), key(rules_version));
}

}  // namespace wattback::earning
