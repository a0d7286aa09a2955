#include "security/password.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <new>
#include <optional>
#include <system_error>

#include "base/check.h"
#include "base/text.h"

namespace wattback::security {
namespace {

constexpr std::size_t digest_bytes = 32;
constexpr std::size_t kib = 1024;

// What an encoded hash holds: "$argon2id$v=19$m=KIB,t=OPERATIONS,p=1$SALT$DIGEST". libsodium
// verifies one as well, but takes a lack of memory for a wrong password.
struct Encoded {
  HashCost cost;
  std::array<unsigned char, crypto_pwhash_SALTBYTES> salt{};
  std::array<unsigned char, digest_bytes> digest{};
};

// What the text begins with, and is then without.
bool take(std::string_view& text, std::string_view expected) {
  const bool begins = text.starts_with(expected);
  text.remove_prefix(begins ? expected.size() : 0);
  return begins;
}

template <class Integer>
bool take_number(std::string_view& text, Integer& number) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return fault == std::errc();
}

template <std::size_t Size>
bool take_bytes(std::string_view& text, std::array<unsigned char, Size>& bytes) {
  std::size_t size = 0;
  const char* end = nullptr;
  const bool decoded =
      sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end,
                        sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return decoded && size == Size;
}

std::optional<Encoded> decode(std::string_view text) {
  Encoded encoded;
  std::size_t memory_kib = 0;
  const bool decoded = take(text, "$argon2id$v=19$m=") && take_number(text, memory_kib) &&
                       take(text, ",t=") && take_number(text, encoded.cost.operations) &&
                       take(text, ",p=1$") && take_bytes(text, encoded.salt) && take(text, "$") &&
                       take_bytes(text, encoded.digest) && text.empty();
  encoded.cost.memory_bytes = memory_kib * kib;
  return decoded ? std::optional(encoded) : std::nullopt;
}

}  // namespace

Result<std::string> hash_password(std::string_view password, const HashCost& cost) {
  const auto characters = count_characters(password);
  if (characters < password_min || characters > password_max) {
    return fail_field("password",
                      fmt::format("must have {} to {} characters", password_min, password_max));
  }
  check(sodium_init() >= 0);
  std::array<char, crypto_pwhash_STRBYTES> encoded{};
  if (crypto_pwhash_str_alg(encoded.data(), password.data(), password.size(), cost.operations,
                            cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::bad_alloc();
  }
  return std::string(encoded.data());
}

bool verify_password(std::string_view password, const std::string& hash) {
  const auto encoded = decode(hash);
  if (!encoded) {
    return false;
  }
  check(sodium_init() >= 0);
  std::array<unsigned char, digest_bytes> digest{};
  errno = 0;
  if (crypto_pwhash(digest.data(), digest.size(), password.data(), password.size(),
                    encoded->salt.data(), encoded->cost.operations, encoded->cost.memory_bytes,
                    crypto_pwhash_ALG_ARGON2ID13) != 0) {
    if (errno == EINVAL || errno == EFBIG) {  // a cost that none of our hashes has
      return false;
    }
    throw std::bad_alloc();
  }
  return sodium_memcmp(digest.data(), encoded->digest.data(), digest.size()) == 0;
}

std::string generate_password() {
  // Without those that look alike: 0 O 1 l I.
  constexpr std::string_view letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  constexpr std::size_t length = 20;
  check(sodium_init() >= 0);
  std::string password;
  for (std::size_t i = 0; i < length; ++i) {
    password.push_back(letters[randombytes_uniform(static_cast<std::uint32_t>(letters.size()))]);
  }
  return password;
}

}  // namespace wattback::security
