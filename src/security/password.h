// Passwords, hashed with Argon2id (RFC 9106) by libsodium, in its encoded form.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace wattback::security {

// In characters, as the API counts them.
inline constexpr std::size_t password_min = 8;
inline constexpr std::size_t password_max = 1024;

// What one hash costs. The default is libsodium's "interactive": about 0.1 s and 64 MiB.
struct HashCost {
  unsigned long long operations = 2;
  std::size_t memory_bytes = 64UL * 1024 * 1024;
};

// `invalid` for a password too short or too long. Throws std::bad_alloc when the memory can't be
// had.
Result<std::string> hash_password(std::string_view password, const HashCost& cost);

// Whether the password gives this hash. An empty hash never matches. Throws std::bad_alloc when the
// memory can't be had.
bool verify_password(std::string_view password, const std::string& hash);

// A password made by chance, to be shown once: 20 letters and digits, about 116 bits.
std::string generate_password();

}  // namespace wattback::security
