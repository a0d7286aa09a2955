#include "cli/rules_file.h"

#include <fmt/format.h>

#include <iterator>
#include <optional>

#include "base/decimal.h"
#include "base/json.h"
#include "cli/inputs.h"

namespace wattback::cli {
namespace {

constexpr int rate_scale = 3;  // thousandths of a point
constexpr std::size_t file_bytes_max = 64UL * 1024;

Result<std::int64_t> parse_rate(const std::string& type, const std::optional<std::string>& number) {
  if (!number) {
    return fail_field("points_per_kwh", fmt::format("the rate of {} must be a number", type));
  }
  const auto rate = parse_decimal(*number, rate_scale, Rounding::refuse);
  if (!rate) {
    return fail_field("points_per_kwh",
                      fmt::format("the rate of {}: {}", type, rate.error().detail));
  }
  return *rate;
}

Result<earning::RuleTerms> parse_terms(const JsonDocument& document) {
  earning::RuleTerms terms;
  for (const auto& [name, value] : document.value.as_object()) {
    if (name == "points_per_kwh" && value.is_object()) {
      const auto parent = json_pointer("", name);
      for (const auto& [type, ignored] : value.as_object()) {
        const auto rate = parse_rate(type, document.number_text(json_pointer(parent, type)));
        if (!rate) {
          return std::unexpected(rate.error());
        }
        terms.rates[type] = *rate;
      }
    } else if (name == "daily_cap" && value.is_int64()) {
      terms.daily_cap = Points{value.as_int64()};
    } else if (name != "daily_cap" || !value.is_null()) {
      return fail_field(std::string(name),
                        "is not expected here; the file has points_per_kwh and daily_cap");
    }
  }
  if (const auto checked = earning::check_terms(terms); !checked) {
    return std::unexpected(checked.error());
  }
  return terms;
}

}  // namespace

Result<earning::RuleTerms> read_rules_file(const std::string& path) {
  auto file = open_file(path);
  if (!file) {
    return std::unexpected(file.error());
  }
  const std::string text{std::istreambuf_iterator<char>(*file), {}};
  if (text.size() > file_bytes_max) {
    return fail(ErrorCode::invalid, fmt::format("{} is too long", path));
  }
  const auto document = parse_json(text);
  if (!document) {
    return fail(ErrorCode::invalid, fmt::format("{} {} at byte {}", path, document.error().detail,
                                                document.error().offset + 1));
  }
  if (!document->value.is_object()) {
    return fail(ErrorCode::invalid, fmt::format("{} is no JSON object", path));
  }
  return parse_terms(*document);
}

}  // namespace wattback::cli
