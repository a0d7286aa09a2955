// Members and administrators. The version of this document guards every document keyed by the
// member.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/points.h"
#include "base/time.h"
#include "store/codec.h"

namespace wattback::users {

enum class Role : std::uint8_t { user, admin };
enum class Status : std::uint8_t { active, suspended };

struct User {
  UserId user_id;
  std::string name;
  std::string email;      // as given
  Digest email_digest{};  // of its folded form
  std::string password;   // Argon2id, encoded; empty: none set, nobody can sign in with it
  Points total_points;
  Role role = Role::user;
  Status status = Status::active;
  std::optional<TimeZone> time_zone;  // absent: the programme's
  Points points_owed;
  Nanopoints points_carry;  // 0 to 10^9-1
  std::int64_t ledger_seq = 0;
  Digest ledger_head{};
  Instant created_at;
  Instant updated_at;
  std::int64_t edition = 1;
  std::int64_t version = 1;
};

inline constexpr store::Collection collection{"users"};
inline constexpr std::string_view index_email = "email";
inline constexpr std::string_view index_total_points = "total_points";
inline constexpr std::size_t name_max = 200;
inline constexpr std::size_t email_max = 254;  // RFC 5321, 4.5.3.1.3

// Whether the user is an active administrator.
inline bool administers(const User& user) {
  return user.role == Role::admin && user.status == Status::active;
}

const store::Codec<User>& codec();
store::Key key(const UserId& id);
store::Key email_key(const Digest& email_digest);

// An email address as people type it: one @, something on either side, no blanks. `invalid`
// otherwise.
Result<std::string> parse_email(std::string_view text);

// What makes an address unique: SHA-256 of its folded form.
Digest email_digest(std::string_view email);

// The role or status of a word, `invalid` naming the field otherwise.
Result<Role> parse_role(std::string_view text);

}  // namespace wattback::users

template <>
struct wattback::EnumNames<wattback::users::Role> {
  static constexpr std::array rows{std::pair{wattback::users::Role::user, "User"},
                                   std::pair{wattback::users::Role::admin, "Admin"}};
};

template <>
struct wattback::EnumNames<wattback::users::Status> {
  static constexpr std::array rows{std::pair{wattback::users::Status::active, "active"},
                                   std::pair{wattback::users::Status::suspended, "suspended"}};
};
