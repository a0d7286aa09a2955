#include "importers/links.h"

#include <algorithm>
#include <vector>

namespace wattback::importers {
namespace {

struct Parts {
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;   // with its slash in front, where it has one
  std::string_view query;  // with its "?"
};

bool is_scheme(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

Parts split(std::string_view link) {
  Parts parts;
  link = link.substr(0, link.find('#'));
  const auto colon = link.find(':');
  if (colon != std::string_view::npos && is_scheme(link.substr(0, colon))) {
    parts.scheme = link.substr(0, colon);
    link.remove_prefix(colon + 1);
  }
  if (link.starts_with("//")) {
    link.remove_prefix(2);
    const auto end = std::min(link.find_first_of("/?"), link.size());
    parts.authority = link.substr(0, end);
    link.remove_prefix(end);
  }
  const auto mark = std::min(link.find('?'), link.size());
  parts.path = link.substr(0, mark);
  parts.query = link.substr(mark);
  return parts;
}

// The segments of a path without "." and "..", each with a slash in front; none at the end.
std::string normalise(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const auto segment = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (segment == "..") {
      if (!segments.empty()) {
        segments.pop_back();
      }
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
  }
  std::string text;
  for (const auto segment : segments) {
    text += '/';
    text += segment;
  }
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

}  // namespace

std::string authority_of(std::string_view link) { return lower(split(link).authority); }

std::string link_key(std::string_view link, std::string_view base, std::string_view authority) {
  const auto parts = split(link);
  if (!parts.scheme.empty() && parts.authority.empty()) {  // urn:uuid:... has no path to resolve
    return lower(parts.scheme) + ":" + std::string(parts.path);
  }
  std::string host = lower(parts.authority);
  std::string path(parts.path);
  if (host.empty()) {
    const auto from = split(base);
    host = from.authority.empty() ? lower(authority) : lower(from.authority);
    if (!path.starts_with('/')) {
      const auto slash = from.path.rfind('/');
      path =
          std::string(from.path.substr(0, slash == std::string_view::npos ? 0 : slash + 1)) + path;
    }
  }
  return "//" + host + normalise(path) + std::string(parts.query);
}

std::string_view parent_key(std::string_view key) {
  const auto slash = key.rfind('/');
  return slash == std::string_view::npos || slash < 2 ? std::string_view{} : key.substr(0, slash);
}

}  // namespace wattback::importers
