#include "security/password.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <new>

#include "base/check.h"

namespace wattback::security {

Result<std::string> hash_password(std::string_view password, const HashCost& cost) {
  if (password.size() < password_min || password.size() > password_max) {
    return fail_field("password",
                      fmt::format("must be {} to {} bytes long", password_min, password_max));
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
  if (hash.empty()) {
    return false;
  }
  check(sodium_init() >= 0);
  errno = 0;
  if (crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0) {
    return true;
  }
  if (errno == ENOMEM) {  // and not EINVAL, which says that it was compared
    throw std::bad_alloc();
  }
  return false;
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
