#include "security/bearer.h"

#include <fmt/format.h>
#include <sodium.h>

#include "base/check.h"

namespace wattback::security {
namespace {

constexpr std::size_t kind_length = 3;
constexpr std::size_t id_length = 36;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t secret_length = 2 * secret_bytes;

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

NewBearer make_bearer(BearerKind kind, const Uuid& id) {
  check(sodium_init() >= 0);
  std::array<std::uint8_t, secret_bytes> secret{};
  randombytes_buf(secret.data(), secret.size());
  const auto text = to_hex(secret);
  return {.bearer = {.kind = kind, .id = id, .secret_digest = sha256(text)},
          .text = fmt::format("{}_{}_{}", to_text(kind), to_text(id), text)};
}

std::optional<Bearer> parse_bearer(std::string_view text) {
  if (text.size() != kind_length + 1 + id_length + 1 + secret_length || text[kind_length] != '_' ||
      text[kind_length + 1 + id_length] != '_') {
    return std::nullopt;
  }
  const auto kind = from_text<BearerKind>(text.substr(0, kind_length));
  const auto id = parse_uuid(text.substr(kind_length + 1, id_length));
  const auto secret = text.substr(text.size() - secret_length);
  if (!kind || !id || !is_lower_hex(secret)) {
    return std::nullopt;
  }
  return Bearer{.kind = *kind, .id = *id, .secret_digest = sha256(secret)};
}

bool same_digest(const Digest& left, const Digest& right) {
  return sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace wattback::security
