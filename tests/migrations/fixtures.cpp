#include "migrations/fixtures.h"

#include <boost/json.hpp>
#include <fstream>
#include <stdexcept>

namespace wattback::migrations {
namespace {

namespace json = boost::json;

store::Bytes parse_bytes(const std::string& hex) {
  store::Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

store::Value parse_value(store::FieldType type, const json::value& value) {
  switch (type) {
    case store::FieldType::boolean:
      return value.as_bool();
    case store::FieldType::int64:
      return value.as_int64();
    case store::FieldType::real:
      return value.to_number<double>();
    case store::FieldType::string:
      return std::string(value.as_string());
    case store::FieldType::uuid:
      return parse_uuid(value.as_string()).value();
    case store::FieldType::time:
      return Instant(Milliseconds(value.as_int64()));
    case store::FieldType::day:
      return Day(std::chrono::days(value.as_int64()));
    case store::FieldType::bytes:
      return parse_bytes(std::string(value.as_string()));
    case store::FieldType::integers: {
      store::Integers integers;
      for (const auto& [name, number] : value.as_object()) {
        integers.emplace(name, number.as_int64());
      }
      return integers;
    }
  }
  throw std::logic_error("a type without a form");
}

store::Document parse_document(const store::CollectionSchema& collection,
                               const json::object& fields) {
  store::Document document{std::vector<store::Value>(collection.fields.size())};
  for (const auto& [name, value] : fields) {
    const auto position = collection.position(name);
    document.values[position] = parse_value(collection.fields[position].type, value);
  }
  return document;
}

}  // namespace

void load_fixture(store::Store& store, const store::Schema& schema, const std::string& name) {
  std::ifstream file(std::string(FIXTURES) + "/" + name);
  if (!file) {
    throw std::runtime_error(name + " can't be read");
  }
  store::ChangeSet changes;
  for (std::string line; std::getline(file, line);) {
    const auto parsed = json::parse(line);
    const std::string named(parsed.at("collection").as_string());
    for (const auto& collection : schema.collections) {
      if (collection.name == named) {
        changes.changes.emplace_back(store::Insert{
            {collection.name}, parse_document(collection, parsed.at("document").as_object())});
      }
    }
  }
  const auto result = store.commit(changes);
  if (!result) {
    throw std::runtime_error(name + ": " + result.error().detail);
  }
}

}  // namespace wattback::migrations
