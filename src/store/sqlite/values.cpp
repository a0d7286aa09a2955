#include "store/sqlite/values.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/check.h"
#include "store/document.h"

namespace wattback::store::sqlite {
namespace {

namespace json = boost::json;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

int bind_blob(sqlite3_stmt* statement, int position, const void* data, std::size_t size) {
  if (size == 0) {  // a null pointer would bind NULL
    return sqlite3_bind_zeroblob(statement, position, 0);
  }
  return sqlite3_bind_blob64(statement, position, data, size, SQLITE_STATIC);
}

std::string json_of(const Integers& integers) {
  json::object object;
  for (const auto& [name, integer] : integers) {
    object[name] = integer;
  }
  return json::serialize(object);
}

[[noreturn]] void corrupt(const FieldSchema& field) {
  throw CorruptDocument("the store holds a value in '" + field.name + "' that is none of its type");
}

Integers parse_integers(const std::string& text, const FieldSchema& field) {
  boost::system::error_code error;
  const auto parsed = json::parse(text, error);
  if (error || !parsed.is_object()) {
    corrupt(field);
  }
  Integers integers;
  for (const auto& [name, value] : parsed.get_object()) {
    if (!value.is_int64()) {
      corrupt(field);
    }
    integers.emplace(name, value.get_int64());
  }
  return integers;
}

Bytes column_bytes(sqlite3_stmt* statement, int column) {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  return {data, data + size};
}

Uuid column_uuid(sqlite3_stmt* statement, int column, const FieldSchema& field) {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, column));
  Uuid uuid;
  if (static_cast<std::size_t>(sqlite3_column_bytes(statement, column)) != uuid.bytes.size()) {
    corrupt(field);
  }
  std::copy_n(data, uuid.bytes.size(), uuid.bytes.begin());
  return uuid;
}

}  // namespace

int bind_value(sqlite3_stmt* statement, int position, const Value& value) {
  return std::visit(
      Overloaded{
          [&](std::monostate) { return sqlite3_bind_null(statement, position); },
          [&](bool boolean) { return sqlite3_bind_int(statement, position, boolean ? 1 : 0); },
          [&](std::int64_t integer) { return sqlite3_bind_int64(statement, position, integer); },
          [&](double real) { return sqlite3_bind_double(statement, position, real); },
          [&](const std::string& text) {
            return sqlite3_bind_text64(statement, position, text.data(), text.size(), SQLITE_STATIC,
                                       SQLITE_UTF8);
          },
          [&](const Uuid& uuid) {
            return bind_blob(statement, position, uuid.bytes.data(), uuid.bytes.size());
          },
          [&](Instant instant) {
            return sqlite3_bind_int64(statement, position, instant.time_since_epoch().count());
          },
          [&](Day day) {
            return sqlite3_bind_int64(statement, position, day.time_since_epoch().count());
          },
          [&](const Bytes& bytes) {
            return bind_blob(statement, position, bytes.data(), bytes.size());
          },
          [&](const Integers& integers) {
            const auto text = json_of(integers);
            return sqlite3_bind_text64(statement, position, text.data(), text.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8);
          },
      },
      value);
}

Value column_value(sqlite3_stmt* statement, int column, const FieldSchema& field) {
  if (sqlite3_column_type(statement, column) == SQLITE_NULL) {
    return {};
  }
  switch (field.type) {
    case FieldType::boolean:
      return sqlite3_column_int(statement, column) != 0;
    case FieldType::int64:
      return std::int64_t{sqlite3_column_int64(statement, column)};
    case FieldType::real:
      return sqlite3_column_double(statement, column);
    case FieldType::string:
      return column_text(statement, column);
    case FieldType::uuid:
      return column_uuid(statement, column, field);
    case FieldType::time:
      return Instant(Milliseconds(sqlite3_column_int64(statement, column)));
    case FieldType::day:
      return Day(std::chrono::days(sqlite3_column_int(statement, column)));
    case FieldType::bytes:
      return column_bytes(statement, column);
    case FieldType::integers:
      return parse_integers(column_text(statement, column), field);
  }
  check(false);
  return {};
}

std::string column_text(sqlite3_stmt* statement, int column) {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  if (data == nullptr) {
    return {};
  }
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

}  // namespace wattback::store::sqlite
