// Bodies of the API under its contract. The first line names the operation; the body follows.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <cmath>

#include "api/contract.h"
#include "api/contract_reader.h"
#include "base/text.h"
#include "fuzz/target.h"

namespace wattback::fuzz {
namespace {

namespace json = boost::json;

const api::Contract& contract() {
  static const api::Contract contract{api::contract_text()};
  return contract;
}

double double_of(const json::value& number) { return number.to_number<double>(); }

// Boost.JSON reads a double to within some units in its last place.
bool same_number(const json::value& a, const json::value& b) {
  if (!a.is_double() && !b.is_double()) {
    return a == b;
  }
  constexpr double precision = 1e-14;
  constexpr double smallest = 1e-290;
  const auto difference = std::abs(double_of(a) - double_of(b));
  return difference <= smallest || difference <= precision * std::abs(double_of(a));
}

// 1.0 is written as people write it, "1", and so is another kind of number when it is read again.
bool same(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) {
    return same_number(a, b);
  }
  if (a.is_array() && b.is_array()) {
    return std::ranges::equal(a.get_array(), b.get_array(), same);
  }
  if (a.is_object() && b.is_object()) {
    return std::ranges::equal(a.get_object(), b.get_object(), [](const auto& x, const auto& y) {
      return x.key() == y.key() && same(x.value(), y.value());
    });
  }
  return a == b;
}

// Near the largest double, what is read again may be beyond it.
bool is_moderate(const json::value& value) {
  constexpr double largest = 1e300;
  if (const auto* array = value.if_array()) {
    return std::ranges::all_of(*array, is_moderate);
  }
  if (const auto* object = value.if_object()) {
    return std::ranges::all_of(*object, [](const auto& each) { return is_moderate(each.value()); });
  }
  return !value.is_double() || std::abs(value.get_double()) < largest;
}

JsonDocument require_read_again(const JsonDocument& document) {
  for (const auto& [pointer, text] : document.numbers) {
    require(document.number_text(pointer) == text, "a number keeps its text", text);
  }
  const auto written = to_json_text(document.value);
  auto again = parse_json(written);
  require(again.has_value(), "what was written is JSON", written);
  require(same(document.value, again->value), "what was read is read again", written);
  return *std::move(again);
}

void try_item(const api::Operation& operation, const JsonDocument& item) {
  const auto taken = contract().check_item(operation, item);
  const auto again = contract().check_item(operation, require_read_again(item));
  require(taken.has_value() == again.has_value(), "the contract judges both alike",
          to_json_text(item.value));
}

std::expected<JsonDocument, http::Problem> check_body(const api::Operation& operation,
                                                      std::string_view body) {
  http::Request request;
  request.headers.add("content-type", operation.media_types.front());
  request.body = body;
  return contract().check_body(operation, request);
}

void require_told(const http::Problem& problem) {
  require(problem.status == 400, "a body is refused as such", problem.detail);
  require(is_utf8(problem.detail) && !problem.detail.empty(), "a refusal says why", problem.detail);
  for (const auto& error : problem.errors) {
    require(error.pointer.empty() || error.pointer.starts_with('/'), "a fault has its place",
            error.pointer);
    require(is_utf8(error.pointer) && is_utf8(error.detail), "a fault can be told", error.detail);
  }
}

void try_body(const api::Operation& operation, std::string_view body) {
  const auto taken = check_body(operation, body);
  if (!taken) {
    require_told(taken.error());
    return;
  }
  if (!body.empty() && is_moderate(taken->value)) {
    const auto written = to_json_text(require_read_again(*taken).value);
    require_round_trip(check_body(operation, written).has_value(), "the contract takes it again",
                       written);
  }
}

}  // namespace

void try_input(std::string_view bytes) {
  const auto line_end = bytes.find('\n');
  const auto* operation = contract().find(bytes.substr(0, line_end));
  if (operation == nullptr || !operation->has_body || line_end == std::string_view::npos) {
    return;
  }
  const auto body = bytes.substr(line_end + 1);
  if (operation->body == http::Body::whole) {
    try_body(*operation, body);
  }
  if (const auto document = parse_json(body);
      document && is_moderate(document->value) && operation->parts->item != nullptr) {
    try_item(*operation, *document);
  }
}

}  // namespace wattback::fuzz
