// What a client shows with every request to say who it is (RFC 6750): an id and a secret, opaque to
// the client. Only the SHA-256 of the secret is kept, so nobody who reads the store can use it. The
// secret is 256 random bits, so a plain digest is enough: there is nothing to guess.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/enum_names.h"
#include "base/sha256.h"
#include "base/uuid.h"

namespace wattback::security {

enum class BearerKind : std::uint8_t { session, token };

struct Bearer {
  BearerKind kind = BearerKind::session;
  Uuid id;
  Digest secret_digest{};

  bool operator==(const Bearer&) const = default;
};

// A fresh one and its text, which is shown once and kept nowhere: `wbs_` (a session's) or `wbt_` (a
// token's), the id, `_` and the secret as 64 hex digits.
struct NewBearer {
  Bearer bearer;
  std::string text;
};
NewBearer make_bearer(BearerKind kind, const Uuid& id);

// That text only; nothing for any other.
std::optional<Bearer> parse_bearer(std::string_view text);

// Compares in a time that does not depend on where they differ.
bool same_digest(const Digest& left, const Digest& right);

}  // namespace wattback::security

template <>
struct wattback::EnumNames<wattback::security::BearerKind> {
  static constexpr std::array rows{std::pair{wattback::security::BearerKind::session, "wbs"},
                                   std::pair{wattback::security::BearerKind::token, "wbt"}};
};
