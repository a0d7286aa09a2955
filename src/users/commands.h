#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commit/command.h"
#include "users/user.h"

namespace wattback::users {

// Makes a user. The id is made with the command, so that a repeat of the same command finds its own
// user; another user with that email is `already_exists`.
struct CreateUser {
  using Reply = User;

  UserId user;
  std::string name;
  std::string email;
  Role role = Role::user;
  std::optional<TimeZone> time_zone;
  std::string password;  // already hashed; empty: none yet
  Instant now;

  std::vector<store::Key> keys() const { return {key(user), email_key(email_digest(email))}; }
  Result<User> decide(commit::Workspace& workspace) const;
};

// Changes what is given; what is absent stays. `precondition_failed` when an edition is expected
// and another stands, unless what is asked for stands already. Where the user would cease to be an
// active administrator, another one must be named who is, or it is `last_administrator`.
struct EditUser {
  using Reply = User;

  UserId user;
  std::optional<std::string> name;
  std::optional<std::string> email;
  std::optional<Role> role;
  std::optional<Status> status;
  std::optional<TimeZone> time_zone;
  bool takes_programme_zone = false;    // gives up its own, and `time_zone` is absent
  std::optional<std::string> password;  // already hashed
  std::optional<std::int64_t> expected_edition;
  std::optional<UserId> other_administrator;  // see find_other_administrator
  Instant now;

  // Whether it may take a user's being an administrator away.
  bool may_end_administration() const { return role == Role::user || status == Status::suspended; }

  std::vector<store::Key> keys() const;
  Result<User> decide(commit::Workspace& workspace) const;
};

}  // namespace wattback::users
