#include "store/value.h"

#include <fmt/format.h>

#include <functional>
#include <string_view>

#include "base/sha256.h"

namespace wattback::store {
namespace {

constexpr std::size_t scalar_bytes = 8;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

std::size_t combine(std::size_t seed, std::size_t hash) {
  return seed ^ (hash + 0x9e3779b97f4a7c15ULL + (seed << 6U) + (seed >> 2U));
}

}  // namespace

std::size_t hash_value(const Value& value) {
  const auto hash =
      std::visit(Overloaded{
                     [](std::monostate) -> std::size_t { return 0; },
                     [](bool boolean) { return std::hash<bool>{}(boolean); },
                     [](std::int64_t integer) { return std::hash<std::int64_t>{}(integer); },
                     [](double real) { return std::hash<double>{}(real); },
                     [](const std::string& text) { return std::hash<std::string>{}(text); },
                     [](const Uuid& uuid) { return std::hash<Uuid>{}(uuid); },
                     [](Instant instant) {
                       return std::hash<std::int64_t>{}(instant.time_since_epoch().count());
                     },
                     [](Day day) {
                       return std::hash<int>{}(static_cast<int>(day.time_since_epoch().count()));
                     },
                     [](const Bytes& bytes) {
                       return std::hash<std::string_view>{}(
                           {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
                     },
                     [](const Integers& integers) {
                       std::size_t seed = 0;
                       for (const auto& [name, integer] : integers) {
                         seed = combine(combine(seed, std::hash<std::string>{}(name)),
                                        std::hash<std::int64_t>{}(integer));
                       }
                       return seed;
                     },
                 },
                 value);
  return combine(value.index(), hash);
}

std::size_t bytes_of(const Value& value) {
  return std::visit(Overloaded{
                        [](const std::string& text) { return text.size(); },
                        [](const Bytes& bytes) { return bytes.size(); },
                        [](const Uuid& uuid) { return uuid.bytes.size(); },
                        [](const Integers& integers) {
                          std::size_t size = 0;
                          for (const auto& [name, integer] : integers) {
                            size += name.size() + scalar_bytes;
                          }
                          return size;
                        },
                        [](const auto&) { return scalar_bytes; },
                    },
                    value);
}

std::string to_text(const Value& value) {
  return std::visit(Overloaded{
                        [](std::monostate) { return std::string("absent"); },
                        [](bool boolean) { return std::string(boolean ? "true" : "false"); },
                        [](std::int64_t integer) { return std::to_string(integer); },
                        [](double real) { return fmt::format("{}", real); },
                        [](const std::string& text) { return text; },
                        [](const Uuid& uuid) { return wattback::to_text(uuid); },
                        [](Instant instant) { return wattback::to_text(instant); },
                        [](Day day) { return wattback::to_text(day); },
                        [](const Bytes& bytes) { return to_hex(bytes); },
                        [](const Integers& integers) {
                          std::string text = "{";
                          for (const auto& [name, integer] : integers) {
                            text +=
                                fmt::format("{}{}: {}", text.size() > 1 ? ", " : "", name, integer);
                          }
                          return text + "}";
                        },
                    },
                    value);
}

}  // namespace wattback::store
