#include "users/commands.h"

#include <fmt/format.h>

#include "base/text.h"

namespace wattback::users {
namespace {

std::unexpected<Error> email_taken(const std::string& email) {
  return std::unexpected(
      Error{.code = ErrorCode::already_exists,
            .detail = fmt::format("there is a user with email {} already", email),
            .fields = {{"email", "already_exists", "is taken"}},
            .log = {}});
}

Result<void> check_texts(const std::optional<std::string>& name,
                         const std::optional<std::string>& email) {
  if (name) {
    if (const auto parsed = parse_text("name", *name, name_max); !parsed) {
      return std::unexpected(parsed.error());
    }
  }
  if (email) {
    if (const auto parsed = parse_email(*email); !parsed) {
      return std::unexpected(parsed.error());
    }
  }
  return {};
}

// What the edit makes of a user, apart from its counters.
User edited(const EditUser& edit, User user) {
  user.name = edit.name.value_or(user.name);
  if (edit.email) {
    user.email = *edit.email;
    user.email_digest = email_digest(*edit.email);
  }
  user.role = edit.role.value_or(user.role);
  user.status = edit.status.value_or(user.status);
  if (edit.time_zone || edit.takes_programme_zone) {
    user.time_zone = edit.time_zone;
  }
  user.password = edit.password.value_or(user.password);
  return user;
}

// Writes the administrator who remains, so that no other edit takes this one away as well.
Result<void> keep_another(const EditUser& edit, commit::Workspace& workspace) {
  const auto other = edit.other_administrator && *edit.other_administrator != edit.user
                         ? workspace.get(codec(), key(*edit.other_administrator))
                         : std::nullopt;
  if (!other || !administers(*other)) {
    return fail(ErrorCode::last_administrator,
                "nobody else is an active administrator; make somebody one first");
  }
  workspace.replace(codec(), *other);
  return {};
}

}  // namespace

Result<User> CreateUser::decide(commit::Workspace& workspace) const {
  if (auto own = workspace.get(codec(), key(user))) {
    return *own;
  }
  if (const auto checked = check_texts(name, email); !checked) {
    return std::unexpected(checked.error());
  }
  if (workspace.find(email_key(email_digest(email))) != nullptr) {
    return email_taken(email);
  }
  User created{.user_id = user,
               .name = name,
               .email = email,
               .email_digest = email_digest(email),
               .password = password,
               .role = role,
               .time_zone = time_zone,
               .created_at = now,
               .updated_at = now};
  workspace.insert(codec(), created);
  return created;
}

std::vector<store::Key> EditUser::keys() const {
  std::vector<store::Key> keys{key(user)};
  if (email) {
    keys.push_back(email_key(email_digest(*email)));
  }
  if (other_administrator) {
    keys.push_back(key(*other_administrator));
  }
  return keys;
}

Result<User> EditUser::decide(commit::Workspace& workspace) const {
  const auto before = workspace.get(codec(), key(user));
  if (!before) {
    return fail(ErrorCode::not_found, "there is no such user");
  }
  if (const auto checked = check_texts(name, email); !checked) {
    return std::unexpected(checked.error());
  }
  auto after = edited(*this, *before);
  if (codec().encode(after) == codec().encode(*before)) {
    return *before;
  }
  if (expected_edition && *expected_edition != before->edition) {
    return fail(ErrorCode::precondition_failed, "the user was edited since");
  }
  if (administers(*before) && !administers(after)) {
    if (const auto kept = keep_another(*this, workspace); !kept) {
      return std::unexpected(kept.error());
    }
  }
  if (after.email_digest != before->email_digest) {
    if (workspace.find(email_key(after.email_digest)) != nullptr) {
      return email_taken(after.email);
    }
  }
  after.updated_at = now;
  ++after.edition;
  workspace.replace(codec(), after);
  return after;
}

}  // namespace wattback::users
