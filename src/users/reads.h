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

}  // namespace wattback::users
