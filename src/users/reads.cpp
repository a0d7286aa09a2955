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

std::optional<UserId> find_other_administrator(store::Store& store, const UserId& user) {
  store::Query query{
      .collection = collection, .index = index_total_points, .limit = store::page_documents_max};
  do {
    auto page = store::list(store, codec(), query);
    for (const auto& other : page.items) {
      if (other.user_id != user && administers(other)) {
        return other.user_id;
      }
    }
    query.after = std::move(page.next);
  } while (!query.after.empty());
  return std::nullopt;
}

}  // namespace wattback::users
