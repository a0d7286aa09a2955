// The words of an enumeration, as they stand in documents, on the wire and on the command line.
// An enumeration specialises EnumNames with one row a value:
//   template <> struct EnumNames<Role> {
//     static constexpr std::array rows{std::pair{Role::user, "User"}, std::pair{Role::admin,
//     "Admin"}};
//   };
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace wattback {

template <class E>
struct EnumNames;

template <class E>
concept NamedEnum = requires { EnumNames<E>::rows; };

template <NamedEnum E>
constexpr std::string_view to_text(E value) {
  for (const auto& [candidate, name] : EnumNames<E>::rows) {
    if (candidate == value) {
      return name;
    }
  }
  check(false);
  return {};
}

template <NamedEnum E>
constexpr std::optional<E> from_text(std::string_view text) {
  for (const auto& [value, name] : EnumNames<E>::rows) {
    if (text == name) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace wattback
