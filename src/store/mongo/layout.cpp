#include "store/mongo/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/check.h"
#include "base/sha256.h"

namespace wattback::store::mongo {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

bool orders(const IndexSchema& index, std::size_t position) {
  return std::ranges::find(index.fields, position) != index.fields.end();
}

bool is_ordered(const CollectionSchema& collection, std::size_t position) {
  return orders(collection.primary, position) ||
         std::ranges::any_of(collection.indexes,
                             [&](const IndexSchema& index) { return orders(index, position); });
}

Form form_of(const CollectionSchema& collection, std::size_t position) {
  const auto& field = collection.fields[position];
  return field.type == FieldType::bytes && !field.length && is_ordered(collection, position)
             ? Form::hexadecimal
             : Form::natural;
}

bool may_lack_a_field(const CollectionSchema& collection, const IndexSchema& index) {
  return std::ranges::any_of(index.fields, [&](std::size_t position) {
    return collection.fields[position].may_be_absent();
  });
}

std::optional<unsigned> digit_of(char character) {
  if (character >= '0' && character <= '9') {
    return static_cast<unsigned>(character - '0');
  }
  if (character >= 'a' && character <= 'f') {
    return static_cast<unsigned>(character - 'a') + 10;
  }
  return std::nullopt;
}

std::optional<Bytes> from_hexadecimal(std::string_view text) {
  if (text.size() % 2 != 0) {
    return std::nullopt;
  }
  Bytes bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = digit_of(text[i]);
    const auto low = digit_of(text[i + 1]);
    if (!high || !low) {
      return std::nullopt;
    }
    bytes.push_back(static_cast<std::uint8_t>(*high * 16 + *low));
  }
  return bytes;
}

std::optional<Bytes> bytes_at(const bson_iter_t& at, bson_subtype_t wanted) {
  bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
  std::uint32_t size = 0;
  const std::uint8_t* bytes = nullptr;
  bson_iter_binary(&at, &subtype, &size, &bytes);
  if (subtype != wanted) {
    return std::nullopt;
  }
  return size == 0 ? Bytes() : Bytes(bytes, bytes + size);
}

std::optional<Uuid> uuid_at(const bson_iter_t& at) {
  const auto bytes = bytes_at(at, BSON_SUBTYPE_UUID);
  Uuid uuid;
  if (!bytes || bytes->size() != uuid.bytes.size()) {
    return std::nullopt;
  }
  std::ranges::copy(*bytes, uuid.bytes.begin());
  return uuid;
}

std::optional<Day> day_at(const bson_iter_t& at) {
  const Milliseconds since_epoch(bson_iter_date_time(&at));
  const auto days = std::chrono::floor<std::chrono::days>(since_epoch);
  return days == since_epoch ? std::optional(Day(days)) : std::nullopt;
}

std::optional<Integers> integers_at(const bson_iter_t& at) {
  bson_iter_t each;
  if (!bson_iter_recurse(&at, &each)) {
    return std::nullopt;
  }
  Integers integers;
  while (bson_iter_next(&each)) {
    if (!BSON_ITER_HOLDS_INT64(&each)) {
      return std::nullopt;
    }
    integers.emplace(std::string(bson_iter_key(&each), bson_iter_key_len(&each)),
                     bson_iter_int64(&each));
  }
  return integers;
}

std::string string_at(const bson_iter_t& at) {
  std::uint32_t size = 0;
  const char* text = bson_iter_utf8(&at, &size);
  return {text, size};
}

bson_type_t type_of(FieldType type, Form form) {
  switch (type) {
    case FieldType::boolean:
      return BSON_TYPE_BOOL;
    case FieldType::int64:
      return BSON_TYPE_INT64;
    case FieldType::real:
      return BSON_TYPE_DOUBLE;
    case FieldType::string:
      return BSON_TYPE_UTF8;
    case FieldType::uuid:
      return BSON_TYPE_BINARY;
    case FieldType::bytes:
      return form == Form::hexadecimal ? BSON_TYPE_UTF8 : BSON_TYPE_BINARY;
    case FieldType::time:
    case FieldType::day:
      return BSON_TYPE_DATE_TIME;
    case FieldType::integers:
      return BSON_TYPE_DOCUMENT;
  }
  check(false);
  return BSON_TYPE_EOD;
}

template <class T>
Value or_absent(std::optional<T> value) {
  return value ? Value(*std::move(value)) : Value{};
}

// Of the right BSON type; absent where its content is none of ours.
Value value_at(const bson_iter_t& at, FieldType type, Form form) {
  switch (type) {
    case FieldType::boolean:
      return bson_iter_bool(&at);
    case FieldType::int64:
      return std::int64_t{bson_iter_int64(&at)};
    case FieldType::real:
      return bson_iter_double(&at);
    case FieldType::string:
      return string_at(at);
    case FieldType::uuid:
      return or_absent(uuid_at(at));
    case FieldType::bytes:
      return or_absent(form == Form::hexadecimal ? from_hexadecimal(string_at(at))
                                                 : bytes_at(at, BSON_SUBTYPE_BINARY));
    case FieldType::time:
      return Instant(Milliseconds(bson_iter_date_time(&at)));
    case FieldType::day:
      return or_absent(day_at(at));
    case FieldType::integers:
      return or_absent(integers_at(at));
  }
  check(false);
  return {};
}

}  // namespace

Layout::Layout(const CollectionSchema& schema) : collection_(&schema) {
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const bool in_id = has_key_in_id() && orders(schema.primary, i);
    fields_.push_back(
        {.path = (in_id ? "_id." : "") + schema.fields[i].name, .form = form_of(schema, i)});
  }
}

std::optional<std::size_t> Layout::shard_beside_key() const {
  const auto shard = collection_->shard_by;
  return shard && !orders(collection_->primary, *shard) ? shard : std::nullopt;
}

std::vector<StoredIndex> Layout::stored_indexes() const {
  std::vector<StoredIndex> stored;
  for (const auto& index : collection_->indexes) {
    const bool partial = index.unique && may_lack_a_field(*collection_, index);
    stored.push_back({.name = index.name,
                      .fields = index.unique ? index.fields : index.order,
                      .unique = index.unique,
                      .partial = partial});
    if (partial) {
      stored.push_back({.name = index.name + "_all", .fields = index.order});
    }
  }
  return stored;
}

const std::vector<std::size_t>& Layout::walk(const IndexSchema& index) const {
  return index.unique && !may_lack_a_field(*collection_, index) ? index.fields : index.order;
}

void Layout::add_value(Bson& bson, std::string_view name, std::size_t position,
                       const Value& value) const {
  std::visit(Overloaded{
                 [&](std::monostate) { bson.null(name); },
                 [&](bool boolean) { bson.boolean(name, boolean); },
                 [&](std::int64_t integer) { bson.int64(name, integer); },
                 [&](double real) { bson.real(name, real); },
                 [&](const std::string& text) { bson.text(name, text); },
                 [&](const Uuid& uuid) {
                   bson.bytes(name, BSON_SUBTYPE_UUID, uuid.bytes.data(), uuid.bytes.size());
                 },
                 [&](Instant instant) { bson.date(name, instant.time_since_epoch().count()); },
                 [&](Day day) { bson.date(name, Milliseconds(day.time_since_epoch()).count()); },
                 [&](const Bytes& bytes) {
                   if (fields_[position].form == Form::hexadecimal) {
                     bson.text(name, to_hex(bytes));
                   } else {
                     bson.bytes(name, BSON_SUBTYPE_BINARY, bytes.data(), bytes.size());
                   }
                 },
                 [&](const Integers& integers) {
                   Bson document;
                   for (const auto& [key, integer] : integers) {
                     document.int64(key, integer);
                   }
                   bson.document(name, document);
                 },
             },
             value);
}

void Layout::add_id(Bson& bson, std::string_view name, std::span<const Value> key) const {
  const auto& positions = collection_->primary.fields;
  check(key.size() == positions.size());
  if (!has_key_in_id()) {
    add_value(bson, name, positions.front(), key.front());
    return;
  }
  Bson id;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    add_value(id, collection_->fields[positions[i]].name, positions[i], key[i]);
  }
  bson.document(name, id);
}

Bson Layout::to_bson(const Document& document) const {
  Bson bson;
  add_id(bson, "_id", values_at(document, collection_->primary.fields));
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (!is_absent(document.values[i]) && fields_[i].path == collection_->fields[i].name) {
      add_value(bson, fields_[i].path, i, document.values[i]);
    }
  }
  return bson;
}

Bson Layout::update_of(const Document& before, const Document& after) const {
  Bson set;
  Bson unset;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const auto& value = after.values[i];
    if (value == before.values[i]) {
      continue;
    }
    check(!orders(collection_->primary, i));
    if (is_absent(value)) {
      unset.text(fields_[i].path, "");
    } else {
      add_value(set, fields_[i].path, i, value);
    }
  }
  Bson update;
  if (!set.empty()) {
    update.document("$set", set);
  }
  if (!unset.empty()) {
    update.document("$unset", unset);
  }
  return update;
}

void Layout::corrupt(std::string_view what) const {
  throw CorruptDocument(
      fmt::format("the store holds a document in '{}' with {}", collection_->name, what));
}

Value Layout::to_value(const bson_iter_t& at, std::size_t position) const {
  const auto& field = collection_->fields[position];
  const auto form = fields_[position].form;
  auto value =
      bson_iter_type(&at) == type_of(field.type, form) ? value_at(at, field.type, form) : Value{};
  if (is_absent(value)) {
    corrupt(fmt::format("a value in '{}' that is none of its type", field.name));
  }
  return value;
}

// They mostly come in the schema's order.
std::optional<std::size_t> Layout::find_field(std::string_view name, std::size_t expected) const {
  const auto& fields = collection_->fields;
  for (std::size_t i = expected; i < fields.size(); ++i) {
    if (fields[i].name == name) {
      return i;
    }
  }
  for (std::size_t i = 0; i < expected; ++i) {
    if (fields[i].name == name) {
      return i;
    }
  }
  return std::nullopt;
}

std::vector<Value> Layout::key_of(const bson_t* bson) const {
  const auto& positions = collection_->primary.fields;
  bson_iter_t at;
  if (!bson_iter_init_find(&at, bson, "_id")) {
    corrupt("no _id");
  }
  if (!has_key_in_id()) {
    return {to_value(at, positions.front())};
  }
  bson_iter_t part;
  if (!BSON_ITER_HOLDS_DOCUMENT(&at) || !bson_iter_recurse(&at, &part)) {
    corrupt("an _id that is no document");
  }
  std::vector<Value> key;
  while (bson_iter_next(&part)) {
    if (key.size() == positions.size() ||
        bson_iter_key(&part) != collection_->fields[positions[key.size()]].name) {
      corrupt("an _id of other fields");
    }
    key.push_back(to_value(part, positions[key.size()]));
  }
  if (key.size() != positions.size()) {
    corrupt("an _id of other fields");
  }
  return key;
}

// As far as its key can be read.
std::string Layout::name_of(const bson_t* bson) const {
  try {
    return to_text(Key{.collection = {collection_->name}, .values = key_of(bson)});
  } catch (const CorruptDocument&) {
    return collection_->name;
  }
}

Document Layout::to_document(const bson_t* bson) const {
  try {
    return read_document(bson);
  } catch (const CorruptDocument& corrupt) {
    throw CorruptDocument(fmt::format("{}: {}", name_of(bson), corrupt.what()));
  }
}

Document Layout::read_document(const bson_t* bson) const {
  Document document{std::vector<Value>(fields_.size())};
  bson_iter_t at;
  check(bson_iter_init(&at, bson));
  std::size_t expected = 0;
  while (bson_iter_next(&at)) {
    const std::string_view name(bson_iter_key(&at), bson_iter_key_len(&at));
    if (name == "_id") {
      continue;
    }
    if (const auto position = find_field(name, expected)) {
      document.values[*position] = to_value(at, *position);
      expected = *position + 1;
    }
  }
  auto key = key_of(bson);
  const auto& positions = collection_->primary.fields;
  if (!has_key_in_id()) {
    if (document.values[positions.front()] != key.front()) {
      corrupt("an _id that is not its key");
    }
    return document;
  }
  for (std::size_t i = 0; i < positions.size(); ++i) {
    document.values[positions[i]] = std::move(key[i]);
  }
  return document;
}

Bson Layout::unknown_of(const bson_t* bson) const {
  Bson unknown;
  bson_iter_t at;
  check(bson_iter_init(&at, bson));
  while (bson_iter_next(&at)) {
    const std::string_view name(bson_iter_key(&at), bson_iter_key_len(&at));
    if (name != "_id" && !find_field(name, 0)) {
      check(bson_append_iter(unknown.get(), nullptr, 0, &at));
    }
  }
  return unknown;
}

Layouts::Layouts(const Schema& schema) : schema_(schema) {
  for (const auto& collection : schema_.collections) {
    layouts_.emplace_back(collection);
  }
}

const Layout& Layouts::at(Collection collection) const {
  const auto found = std::ranges::find_if(
      layouts_, [&](const Layout& layout) { return layout.collection().name == collection.name; });
  check(found != layouts_.end());
  return *found;
}

}  // namespace wattback::store::mongo
