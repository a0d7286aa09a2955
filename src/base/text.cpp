#include "base/text.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
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

// The character a text begins with, and its size in bytes; no size where there is no UTF-8.
struct Character {
  utf8proc_int32_t point = 0;
  std::size_t size = 0;
};

Character first_character(std::string_view text) {
  Character character;
  const auto size =
      utf8proc_iterate(as_utf8(text), static_cast<utf8proc_ssize_t>(text.size()), &character.point);
  character.size = size > 0 ? static_cast<std::size_t>(size) : 0;
  return character;
}

bool is_control(const Character& character) {
  const auto category = utf8proc_category(character.point);
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

bool is_blank(const Character& character) {
  return utf8proc_category(character.point) == UTF8PROC_CATEGORY_ZS;
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// Of ASCII alone, without control characters: most texts are.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// What is wrong with a text that is UTF-8 and not empty; empty when nothing is.
std::string_view fault_in(std::string_view text) {
  constexpr std::string_view blank_at_an_end = "must not begin or end with a blank";
  if (is_plain(text)) {
    return text.front() == ' ' || text.back() == ' ' ? blank_at_an_end : "";
  }
  const bool blank_at_start = is_blank(first_character(text));
  bool blank_at_end = false;
  for (auto rest = text; !rest.empty();) {
    const auto character = first_character(rest);
    if (is_control(character)) {
      return "must not hold control characters";
    }
    blank_at_end = is_blank(character);
    rest.remove_prefix(character.size);
  }
  if (blank_at_start || blank_at_end) {
    return blank_at_an_end;
  }
  return fold(text).empty() ? "must not be empty" : "";
}

}  // namespace

bool is_utf8(std::string_view text) {
  text.remove_prefix(
      static_cast<std::size_t>(std::ranges::find_if_not(text, is_ascii) - text.begin()));
  while (!text.empty()) {
    const auto size = first_character(text).size;
    if (size == 0) {
      return false;
    }
    text.remove_prefix(size);
  }
  return true;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

bool has_control_characters(std::string_view text) {
  while (!text.empty()) {
    const auto character = first_character(text);
    const bool may_stand =
        character.point == '\t' || character.point == '\n' || character.point == '\r';
    if (is_control(character) && !may_stand) {
      return true;
    }
    text.remove_prefix(character.size);
  }
  return false;
}

std::string fold(std::string_view text) {
  utf8proc_uint8_t* folded = nullptr;
  // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): an enumeration of flags
  constexpr auto options = static_cast<utf8proc_option_t>(
      UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  const auto size =
      utf8proc_map(as_utf8(text), static_cast<utf8proc_ssize_t>(text.size()), &folded, options);
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(folded);
  check(size >= 0);
  std::string form(reinterpret_cast<const char*>(folded), static_cast<std::size_t>(size));
  const auto repeated =
      std::ranges::unique(form, [](char a, char b) { return a == ' ' && b == ' '; });
  form.erase(repeated.begin(), repeated.end());
  return form;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    utf8proc_int32_t point = 0;
    const auto size =
        utf8proc_iterate(as_utf8(text), static_cast<utf8proc_ssize_t>(text.size()), &point);
    if (size <= 0) {
      return width + text.size();
    }
    width += static_cast<std::size_t>(std::max(0, utf8proc_charwidth(point)));
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return width;
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
  if (const auto fault = fault_in(text); !fault.empty()) {
    return fail_field(std::string(field), std::string(fault));
  }
  return std::string(text);
}

std::string excerpt(std::string_view text, std::size_t max) {
  std::string shown;
  while (!text.empty()) {
    const auto character = first_character(text);
    const auto size = std::max<std::size_t>(character.size, 1);
    if (shown.size() + size > max) {
      return shown + "...";
    }
    if (character.size == 0 || is_control(character)) {
      shown.push_back('?');
    } else {
      shown.append(text.substr(0, size));
    }
    text.remove_prefix(size);
  }
  return shown;
}

Result<std::string> parse_code(std::string_view field, std::string_view text) {
  const bool well_formed =
      !text.empty() && text.size() <= code_max && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
      });
  if (!well_formed) {
    return fail_field(std::string(field),
                      "must be a code such as goodwill: 1 to 64 of a-z, 0-9, '-', '_' and '.'");
  }
  return std::string(text);
}

}  // namespace wattback
