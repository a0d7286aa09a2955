// Cursors: a text as a client sends it; the same bytes as the values that a cursor of a list holds;
// and cursors made of them.
#include "forms/cursor.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/base64url.h"
#include "base/text.h"
#include "base/uuid.h"
#include "fuzz/target.h"

namespace wattback::fuzz {
namespace {

using forms::CursorShape;
using store::FieldType;

constexpr std::string_view list = "a list";

// The order of every index there is.
const std::vector<CursorShape>& shapes() {
  static const auto shapes = [] {
    std::vector<CursorShape> found;
    for (const auto& collection : store::product_schema().collections) {
      const auto add = [&](const store::IndexSchema& index) {
        const auto shape = forms::shape_of(store::Collection{collection.name}, index.name);
        if (std::ranges::find(found, shape) == found.end()) {
          found.push_back(shape);
        }
      };
      add(collection.primary);
      std::ranges::for_each(collection.indexes, add);
    }
    return found;
  }();
  return shapes;
}

void try_text(std::string_view text, const CursorShape& shape) {
  if (const auto cursor = forms::parse_cursor(text, shape, list)) {
    require_round_trip(forms::to_text(*cursor, shape, list) == text, "a cursor has one text", text);
  }
}

// Takes bytes for values, zeros where there are none left.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : left_(bytes) {}

  std::uint64_t number() {
    std::uint64_t number = 0;
    const auto size = std::min(left_.size(), sizeof number);
    std::memcpy(&number, left_.data(), size);
    left_.remove_prefix(size);
    return number;
  }

  std::string text() {
    constexpr std::size_t most = 16;
    const auto size = std::min<std::size_t>(number() % most, left_.size());
    const std::string text(left_.substr(0, size));
    left_.remove_prefix(size);
    return is_utf8(text) ? text : std::string();
  }

 private:
  std::string_view left_;
};

store::Value value_of(Bytes& bytes, FieldType type) {
  constexpr std::uint64_t days_of_some_years = 100'000;
  switch (type) {
    case FieldType::int64:
      return static_cast<std::int64_t>(bytes.number());
    case FieldType::time:
      return Instant(Milliseconds(static_cast<std::int64_t>(bytes.number())));
    case FieldType::string:
      return bytes.text();
    case FieldType::day:
      return make_day(2000, 1, 1) + std::chrono::days(bytes.number() % days_of_some_years);
    case FieldType::uuid: {
      Uuid uuid;
      std::ranges::generate(uuid.bytes, [&] { return static_cast<std::uint8_t>(bytes.number()); });
      return uuid;
    }
    default:
      return {};
  }
}

void try_cursor(std::string_view bytes, const CursorShape& shape) {
  Bytes rest(bytes);
  store::Cursor cursor;
  for (const auto type : shape) {
    cursor.push_back(value_of(rest, type));
  }
  const auto text = forms::to_text(cursor, shape, list);
  require(forms::parse_cursor(text, shape, list) == cursor, "a cursor is read as written", text);
}

}  // namespace

void try_input(std::string_view bytes) {
  static const auto mark = parse_base64url(forms::to_text({}, {}, list)).value().substr(0, 6);
  const auto text = to_base64url(mark + std::string(bytes));
  for (const auto& shape : shapes()) {
    try_text(bytes, shape);
    try_text(text, shape);
    try_cursor(bytes, shape);
  }
}

}  // namespace wattback::fuzz
