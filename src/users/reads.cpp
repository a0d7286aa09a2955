#include "users/reads.h"

namespace wattback::users {

std::optional<User> find(store::Store& store, const UserId& id) {
  return store::fetch(store, codec(), key(id));
}

std::optional<User> find_by_email(store::Store& store, std::string_view email) {
  return store::fetch(store, codec(), email_key(email_digest(email)));
}

store::Listing<User> list_by_points(store::Store& store, std::size_t limit, store::Cursor after) {
  return store::list(store, codec(),
                     {.collection = collection,
                      .index = index_total_points,
                      .order = store::Order::descending,
                      .limit = limit,
                      .after = std::move(after)});
}

}  // namespace wattback::users
