#include "store/sqlite/statements.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace wattback::store::sqlite {
namespace {

std::string quote_text(std::string_view text) {
  check(text.find('\'') == std::string_view::npos);
  return fmt::format("'{}'", text);
}

template <class Items, class ToText>
std::string joined(const Items& items, std::string_view separator, ToText to_text) {
  std::string text;
  for (const auto& item : items) {
    text += (text.empty() ? "" : std::string(separator)) + to_text(item);
  }
  return text;
}

std::string columns_at(const CollectionSchema& collection,
                       const std::vector<std::size_t>& positions) {
  return joined(positions, ", ",
                [&](std::size_t position) { return quote(collection.fields[position].name); });
}

std::string all_columns(const CollectionSchema& collection) {
  return joined(collection.fields, ", ", [](const auto& field) { return quote(field.name); });
}

std::string equal_at(const CollectionSchema& collection, const std::vector<std::size_t>& positions,
                     std::string_view separator) {
  return joined(positions, separator, [&](std::size_t position) {
    return quote(collection.fields[position].name) + " = ?";
  });
}

std::string column_type(FieldType type) {
  switch (type) {
    case FieldType::boolean:
    case FieldType::int64:
    case FieldType::time:
    case FieldType::day:
      return "INTEGER";
    case FieldType::real:
      return "REAL";
    case FieldType::string:
    case FieldType::integers:
      return "TEXT";
    case FieldType::uuid:
    case FieldType::bytes:
      return "BLOB";
  }
  check(false);
  return {};
}

// The conditions on a present value; SQLite takes a CHECK that is NULL, of an absent one, as held.
std::vector<std::string> column_conditions(const FieldSchema& field) {
  const auto name = quote(field.name);
  std::vector<std::string> conditions;
  if (field.min) {
    conditions.push_back(fmt::format("{} >= {}", name, *field.min));
  }
  if (field.max) {
    conditions.push_back(fmt::format("{} <= {}", name, *field.max));
  }
  if (field.type == FieldType::boolean) {
    conditions.push_back(name + " IN (0, 1)");
  }
  if (field.type == FieldType::uuid) {
    conditions.push_back(fmt::format("length({}) = 16", name));
  }
  if (!field.words.empty()) {
    conditions.push_back(fmt::format("{} IN ({})", name, joined(field.words, ", ", quote_text)));
  }
  // Of a TEXT, length counts characters; our limits count bytes.
  const auto length = field.type == FieldType::string
                          ? fmt::format("length(CAST({} AS BLOB))", name)
                          : fmt::format("length({})", name);
  if (field.length) {
    conditions.push_back(fmt::format("{} = {}", length, *field.length));
  }
  if (field.length_max > 0) {
    conditions.push_back(fmt::format("{} <= {}", length, field.length_max));
  }
  return conditions;
}

std::string referred_column(const Schema& schema, const FieldSchema& field) {
  const auto& referred = schema.collection({field.references});
  check(referred.primary.fields.size() == 1);
  return fmt::format("{} ({})", quote(referred.name),
                     columns_at(referred, referred.primary.fields));
}

std::string readable(const FieldSchema& field) {
  auto name = quote(field.name);
  const auto hex = fmt::format("lower(hex({}))", name);
  const auto if_present = [&](const std::string& text) {  // hex is text for an absent value too
    return field.may_be_absent() ? fmt::format("CASE WHEN {} IS NOT NULL THEN {} END", name, text)
                                 : text;
  };
  switch (field.type) {
    case FieldType::uuid:
      return if_present(fmt::format(
          "substr({0}, 1, 8) || '-' || substr({0}, 9, 4) || '-' || substr({0}, 13, 4) || '-' || "
          "substr({0}, 17, 4) || '-' || substr({0}, 21)",
          hex));
    case FieldType::bytes:
      return if_present(hex);
    case FieldType::time:
      return fmt::format(
          "replace(strftime('%Y-%m-%dT%H:%M:%fZ', {} / 1000.0, 'unixepoch'), '.000Z', 'Z')", name);
    case FieldType::day:
      return fmt::format("date({} * 86400, 'unixepoch')", name);
    case FieldType::boolean:
    case FieldType::int64:
    case FieldType::real:
    case FieldType::string:
    case FieldType::integers:
      break;
  }
  return name;
}

}  // namespace

std::string quote(std::string_view name) {
  check(name.find('"') == std::string_view::npos);
  return fmt::format("\"{}\"", name);
}

std::string column_definition(const Schema& schema, const FieldSchema& field) {
  auto text = quote(field.name) + " " + column_type(field.type);
  // What became required later was filled in by a migration; the column, added without a value,
  // can't say so, but find_fault holds every document to it.
  if (!field.may_be_absent()) {
    text += " NOT NULL";
  }
  const auto conditions = column_conditions(field);
  if (!conditions.empty()) {
    text += " CHECK (" + joined(conditions, " AND ", [](const auto& each) { return each; }) + ")";
  }
  if (!field.references.empty()) {
    text += " REFERENCES " + referred_column(schema, field);
  }
  return text + ",";
}

std::string create_table(const Schema& schema, const CollectionSchema& collection) {
  std::string text = fmt::format("CREATE TABLE {} (\n", quote(collection.name));
  for (const auto& field : collection.fields) {
    text += "  " + column_definition(schema, field) + "\n";
  }
  // The rows lie in the order of the primary key, which leads with what is read together.
  return text + fmt::format("  PRIMARY KEY ({})\n) STRICT, WITHOUT ROWID",
                            columns_at(collection, collection.primary.fields));
}

std::string index_name(const CollectionSchema& collection, const IndexSchema& index) {
  return fmt::format("{}_by_{}", collection.name, index.name);
}

std::string create_index(const CollectionSchema& collection, const IndexSchema& index) {
  return fmt::format("CREATE {}INDEX {} ON {} ({})", index.unique ? "UNIQUE " : "",
                     quote(index_name(collection, index)), quote(collection.name),
                     columns_at(collection, index.unique ? index.fields : index.order));
}

std::string view_name(const CollectionSchema& collection) { return collection.name + "_readable"; }

std::string create_view(const CollectionSchema& collection) {
  const auto columns = joined(collection.fields, ",\n", [](const auto& field) {
    return fmt::format("  {} AS {}", readable(field), quote(field.name));
  });
  return fmt::format("CREATE VIEW {} AS SELECT\n{}\nFROM {}", quote(view_name(collection)), columns,
                     quote(collection.name));
}

std::string select_all(const CollectionSchema& collection) {
  return fmt::format("SELECT {} FROM {}", all_columns(collection), quote(collection.name));
}

std::string select_by(const CollectionSchema& collection, const IndexSchema& index) {
  return select_all(collection) + " WHERE " + equal_at(collection, index.fields, " AND ");
}

std::string select_referring(const CollectionSchema& collection, const FieldSchema& field) {
  return fmt::format("SELECT 1 FROM {} WHERE {} = ? LIMIT 1", quote(collection.name),
                     quote(field.name));
}

std::string insert_into(const CollectionSchema& collection) {
  return fmt::format("INSERT INTO {} ({}) VALUES ({})", quote(collection.name),
                     all_columns(collection),
                     joined(collection.fields, ", ", [](const auto&) { return "?"; }));
}

Update::Update(const CollectionSchema& collection) {
  if (!collection.version) {
    return;
  }
  head_ = fmt::format("UPDATE {} SET ", quote(collection.name));
  for (const auto& field : collection.fields) {
    assignments_.push_back(quote(field.name) + " = ?");
  }
  tail_ = fmt::format(" WHERE {} AND {}", equal_at(collection, collection.primary.fields, " AND "),
                      assignments_[*collection.version]);
}

std::string Update::at(const std::vector<std::size_t>& positions) const {
  check(!positions.empty());
  std::string text = head_;
  for (const auto position : positions) {
    text += text.size() == head_.size() ? "" : ", ";
    text += assignments_.at(position);
  }
  return text + tail_;
}

std::string delete_from(const CollectionSchema& collection) {
  auto positions = collection.primary.fields;
  if (collection.version) {
    positions.push_back(*collection.version);
  }
  return fmt::format("DELETE FROM {} WHERE {}", quote(collection.name),
                     equal_at(collection, positions, " AND "));
}

}  // namespace wattback::store::sqlite
