#include "base/text.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "base/check.h"

namespace wattback {
namespace {

const utf8proc_uint8_t* as_utf8(std::string_view text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

struct Free {
  void operator()(utf8proc_uint8_t* text) const { std::free(text); }  // utf8proc allocates so
};

bool has_control(std::string_view text) {
  while (!text.empty()) {
    utf8proc_int32_t point = 0;
    const auto size =
        utf8proc_iterate(as_utf8(text), static_cast<utf8proc_ssize_t>(text.size()), &point);
    check(size > 0);
    if (utf8proc_category(point) == UTF8PROC_CATEGORY_CC) {
      return true;
    }
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return false;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    utf8proc_int32_t point = 0;
    const auto size =
        utf8proc_iterate(as_utf8(text), static_cast<utf8proc_ssize_t>(text.size()), &point);
    if (size <= 0) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

std::string fold(std::string_view text) {
  utf8proc_uint8_t* folded = nullptr;
  constexpr auto options = static_cast<utf8proc_option_t>(
      UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  const auto size =
      utf8proc_map(as_utf8(text), static_cast<utf8proc_ssize_t>(text.size()), &folded, options);
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(folded);
  check(size >= 0);
  return {reinterpret_cast<const char*>(folded), static_cast<std::size_t>(size)};
}

Result<std::string> parse_text(std::string_view field, std::string_view text, std::size_t max) {
  if (text.empty()) {
    return fail_field(std::string(field), "must not be empty");
  }
  if (text.size() > max) {
    return fail_field(std::string(field), fmt::format("must not be longer than {} bytes", max));
  }
  if (!is_utf8(text)) {
    return fail_field(std::string(field), "is not UTF-8");
  }
  if (has_control(text)) {
    return fail_field(std::string(field), "must not hold control characters");
  }
  if (text.front() == ' ' || text.back() == ' ') {
    return fail_field(std::string(field), "must not begin or end with a blank");
  }
  return std::string(text);
}

}  // namespace wattback
