#include "http/target.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace wattback::http {
namespace {

constexpr std::size_t shown_max = 64;  // bytes of a client's text in a message

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  const auto lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') {
    return static_cast<unsigned>(lower - 'a') + 10U;
  }
  return std::nullopt;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool is_visible_ascii(char c) { return c > 0x20 && c < 0x7f; }

bool starts_with_ignoring_case(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::ranges::equal(text.substr(0, lower.size()), lower,
                            [](char a, char b) { return static_cast<char>(a | 0x20) == b; });
}

// Without "http://host" where it begins so; what then stands for the root is "/".
std::string_view without_authority(std::string_view text) {
  for (const std::string_view scheme : {"http:", "https:"}) {
    if (starts_with_ignoring_case(text, scheme) && text.substr(scheme.size()).starts_with("//")) {
      const auto rest = text.substr(scheme.size() + 2);
      const auto start = rest.find_first_of("/?");
      return start == rest.npos ? "/" : rest.substr(start);
    }
  }
  return text;
}

std::optional<std::string> form_decode(std::string_view text) {
  std::string blanks(text);
  std::ranges::replace(blanks, '+', ' ');
  return percent_decode(blanks);
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  if (!std::ranges::all_of(text, is_visible_ascii) || text.find('#') != text.npos) {
    return fail(ErrorCode::invalid, "the target has bytes that must be percent-encoded");
  }
  text = without_authority(text);
  if (!text.starts_with('/')) {
    return fail(ErrorCode::invalid, "the target must be a path that begins with /");
  }
  const auto mark = text.find('?');
  return Target{.text = text,
                .path = text.substr(0, mark),
                .query = mark == text.npos ? std::string_view{} : text.substr(mark + 1)};
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
      if (!low) {
        return std::nullopt;
      }
      c = static_cast<char>(*high * 16U + *low);
      i += 2;
    }
    if (is_control(c)) {
      return std::nullopt;
    }
    decoded.push_back(c);
  }
  return is_utf8(decoded) ? std::optional(std::move(decoded)) : std::nullopt;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool is_unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                               (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                               c == '~';
    if (is_unreserved) {
      encoded += c;
    } else {
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::optional<std::vector<std::string>> path_segments(std::string_view path) {
  if (!path.starts_with('/')) {
    return std::nullopt;
  }
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    auto segment = percent_decode(path.substr(0, end));
    if (!segment) {
      return std::nullopt;
    }
    segments.push_back(*std::move(segment));
    path.remove_prefix(end);
  }
  return segments;
}

Result<NamedValues> parse_query(std::string_view query, std::size_t parameters_max) {
  NamedValues parameters;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) {
      continue;
    }
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = form_decode(pair.substr(0, equals));
    auto value = form_decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) {
      return fail_field(excerpt(pair.substr(0, equals), shown_max),
                        "has a broken escape, or what is no text");
    }
    if (parameters.find(*name) != nullptr) {
      return fail_field(excerpt(*name, shown_max), "is given twice");
    }
    if (parameters.size() == parameters_max) {
      return fail(ErrorCode::invalid, fmt::format("has more than {} parameters", parameters_max));
    }
    parameters.add(*std::move(name), *std::move(value));
  }
  return parameters;
}

}  // namespace wattback::http
