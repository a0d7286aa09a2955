#include "app/store_address.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace wattback::app {
namespace {

constexpr std::string_view file_scheme = "file:";
constexpr std::array<std::string_view, 2> mongo_schemes{"mongodb://", "mongodb+srv://"};
constexpr std::string_view hidden = "***";

// Options of a connection string that are, or may hold, a secret. Their letters' case is free.
constexpr std::array<std::string_view, 3> secret_options{
    "tlscertificatekeyfilepassword=", "sslclientcertificatekeypassword=",
    "authmechanismproperties="};

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

// Where the value of a secret option stands.
struct Span {
  std::size_t begin = 0;
  std::size_t size = 0;
};

std::optional<Span> find_secret_option(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char letter) { return std::tolower(letter); });
  for (const auto option : secret_options) {
    if (const auto found = lower.find(option); found != std::string::npos) {
      const auto begin = found + option.size();
      const auto end = std::min(text.find('&', begin), text.size());
      if (text.substr(begin, end - begin) != hidden) {
        return Span{.begin = begin, .size = end - begin};
      }
    }
  }
  return std::nullopt;
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
  return scheme_size(text) > 0 && (user_of(text).find(':') != std::string_view::npos ||
                                   find_secret_option(text).has_value());
}

std::string without_secrets(std::string_view text) {
  std::string shown(text);
  if (scheme_size(text) == 0) {
    return shown;
  }
  if (const auto user = user_of(text); !user.empty()) {
    shown.replace(scheme_size(text), user.size(), hidden);
  }
  while (const auto secret = find_secret_option(shown)) {
    shown.replace(secret->begin, secret->size, hidden);
  }
  return shown;
}

}  // namespace wattback::app
