// Tokens: what an integrator shows to record and read usage, and nothing else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "security/bearer.h"
#include "store/codec.h"

namespace wattback {
using TokenId = Id<struct TokenTag>;
}

namespace wattback::access {

struct Token {
  TokenId token_id;
  std::string name;
  Digest secret_digest{};
  Actor created_by;
  Instant created_at;
  std::optional<Instant> expires_at;  // absent: never by itself
  std::optional<Instant> revoked_at;
  std::int64_t version = 1;
};

inline constexpr store::Collection tokens_collection{"tokens"};
inline constexpr std::string_view index_created_at = "created_at";
inline constexpr std::size_t token_name_max = 200;
inline constexpr std::size_t tokens_max = 200;  // that hold

const store::Codec<Token>& tokens_codec();
store::Key key(const TokenId& id);

bool holds(const Token& token, Instant now);

}  // namespace wattback::access
