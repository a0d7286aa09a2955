#pragma once

#include <optional>
#include <string_view>

#include "store/read.h"
#include "users/user.h"

namespace wattback::users {

std::optional<User> find(store::Store& store, const UserId& id);
std::optional<User> find_by_email(store::Store& store, std::string_view email);

// Highest balance first.
store::Listing<User> list_by_points(store::Store& store, std::size_t limit, store::Cursor after);

// An active administrator beside this user, for an EditUser that ends this one's being one. Reads
// on through the users until it meets one, lowest balance first: for the rare edit alone.
std::optional<UserId> find_other_administrator(store::Store& store, const UserId& user);

}  // namespace wattback::users
