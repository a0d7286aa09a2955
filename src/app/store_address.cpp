#include "app/store_address.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <ranges>
#include <vector>

namespace wattback::app {
namespace {

constexpr std::string_view file_scheme = "file:";
constexpr std::array<std::string_view, 2> mongo_schemes{"mongodb://", "mongodb+srv://"};
constexpr std::string_view hidden = "***";

// In the name of each option that is, or may hold, a secret, in letters of either case. A name with
// an escape may be any.
constexpr std::array<std::string_view, 3> secret_words{"password", "properties", "%"};

std::size_t scheme_size(std::string_view text) {
  for (const auto scheme : mongo_schemes) {
    if (text.starts_with(scheme)) {
      return scheme.size();
    }
  }
  return 0;
}

// The user and the password, between the scheme and the last "@": a password that is not written
// as it should be may hold one itself.
std::string_view user_of(std::string_view text) {
  const auto begin = scheme_size(text);
  const auto end = text.rfind('@');
  return end == std::string_view::npos || end < begin ? std::string_view()
                                                      : text.substr(begin, end - begin);
}

bool is_secret_name(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char letter) { return std::tolower(letter); });
  return std::ranges::any_of(secret_words,
                             [&](std::string_view word) { return lower.contains(word); });
}

struct Span {
  std::size_t begin = 0;
  std::size_t size = 0;
};

// Where the values of secret options stand, in their order. One may be given more than once.
std::vector<Span> secret_values(std::string_view text) {
  std::vector<Span> values;
  const auto first = text.find('?');
  for (auto separator = first == std::string_view::npos ? text.find('&') : first;
       separator != std::string_view::npos;) {
    const auto begin = separator + 1;
    separator = text.find('&', begin);
    const auto option = text.substr(begin, separator - begin);
    const auto equals = option.find('=');
    if (equals != std::string_view::npos && is_secret_name(option.substr(0, equals))) {
      values.push_back({.begin = begin + equals + 1, .size = option.size() - equals - 1});
    }
  }
  return values;
}

}  // namespace

std::optional<StoreAddress> parse_store_address(std::string_view text) {
  if (text.starts_with(file_scheme) && text.size() > file_scheme.size()) {
    return EmbeddedStore{.path = text.substr(file_scheme.size())};
  }
  if (scheme_size(text) > 0) {
    return MongoStore{.address = std::string(text)};
  }
  return std::nullopt;
}

bool holds_secret(std::string_view text) {
  return scheme_size(text) > 0 &&
         (user_of(text).find(':') != std::string_view::npos || !secret_values(text).empty());
}

std::string without_secrets(std::string_view text) {
  std::string shown(text);
  if (scheme_size(text) == 0) {
    return shown;
  }
  if (const auto user = user_of(text); !user.empty()) {
    shown.replace(scheme_size(text), user.size(), hidden);
  }
  const auto values = secret_values(shown);
  for (const auto& [begin, size] : std::views::reverse(values)) {
    shown.replace(begin, size, hidden);
  }
  return shown;
}

}  // namespace wattback::app
