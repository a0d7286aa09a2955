#include "cli/rules_file.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "base/decimal.h"
#include "cli/render.h"

namespace wattback::cli {
namespace {

constexpr int rate_scale = 3;  // thousandths of a point
constexpr std::size_t file_bytes_max = 64UL * 1024;

Result<std::int64_t> parse_rate(const std::string& type, const json::value& value) {
  if (!value.is_number()) {
    return fail_field("points_per_kwh", fmt::format("the rate of {} must be a number", type));
  }
  const auto rate = parse_decimal(to_json_text(value), rate_scale, Rounding::refuse);
  if (!rate) {
    return fail_field("points_per_kwh",
                      fmt::format("the rate of {}: {}", type, rate.error().detail));
  }
  return *rate;
}

Result<earning::RuleTerms> parse_terms(const json::object& object) {
  earning::RuleTerms terms;
  for (const auto& [name, value] : object) {
    if (name == "points_per_kwh" && value.is_object()) {
      for (const auto& [type, rate_value] : value.as_object()) {
        const auto rate = parse_rate(type, rate_value);
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
  std::ifstream file(path);
  if (!file) {
    return fail(ErrorCode::invalid, fmt::format("{} can't be read", path));
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.size() > file_bytes_max) {
    return fail(ErrorCode::invalid, fmt::format("{} is too long", path));
  }
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  if (error || !value.is_object()) {
    return fail(ErrorCode::invalid, fmt::format("{} is no JSON object", path));
  }
  return parse_terms(value.as_object());
}

}  // namespace wattback::cli
