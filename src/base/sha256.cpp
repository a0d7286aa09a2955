#include "base/sha256.h"

#include <sodium.h>

#include "base/check.h"

namespace wattback {

struct Sha256::State {
  crypto_hash_sha256_state sodium;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { crypto_hash_sha256_init(&state_->sodium); }

Sha256::Sha256(const Sha256& begun) : state_(std::make_unique<State>(*begun.state_)) {}

Sha256::~Sha256() = default;

void Sha256::add_bytes(std::span<const std::uint8_t> bytes) {
  crypto_hash_sha256_update(&state_->sodium, bytes.data(), bytes.size());
}

void Sha256::add_bytes(std::string_view bytes) {
  add_bytes(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

void Sha256::add_part(std::string_view part) {
  add_integer(static_cast<std::int64_t>(part.size()));
  add_bytes(part);
}

void Sha256::add_part(std::span<const std::uint8_t> part) {
  add_integer(static_cast<std::int64_t>(part.size()));
  add_bytes(part);
}

void Sha256::add_integer(std::int64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  auto rest = static_cast<std::uint64_t>(value);
  for (auto& byte : bytes) {
    byte = static_cast<std::uint8_t>(rest & 0xFFU);
    rest >>= 8U;
  }
  add_bytes(bytes);
}

Digest Sha256::finish() {
  Digest digest;
  static_assert(std::tuple_size_v<Digest> == crypto_hash_sha256_BYTES);
  crypto_hash_sha256_final(&state_->sodium, digest.data());
  return digest;
}

Digest sha256(std::string_view bytes) {
  Sha256 hash;
  hash.add_bytes(bytes);
  return hash.finish();
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    text.push_back(digits[byte >> 4U]);
    text.push_back(digits[byte & 0x0FU]);
  }
  return text;
}

}  // namespace wattback
