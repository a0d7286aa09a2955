#include "conformance/test_schema.h"

#include "base/check.h"

namespace wattback::store::conformance {
namespace {

constexpr std::string_view members_json = R"({
  "name": "members", "description": "Unique and ordinary indexes.",
  "primary_key": ["member_id"],
  "fields": [
    {"name": "member_id", "type": "uuid"},
    {"name": "email", "type": "string", "length_max": 40, "optional": true},
    {"name": "team", "type": "string", "length_max": 10},
    {"name": "badge", "type": "int64", "optional": true},
    {"name": "points", "type": "int64", "min": 0},
    {"name": "joined", "type": "time"},
    {"name": "version", "type": "int64", "min": 1}
  ],
  "indexes": [
    {"name": "email", "fields": ["email"], "unique": true},
    {"name": "badge", "fields": ["team", "badge"], "unique": true},
    {"name": "points", "fields": ["points"], "spread": 4},
    {"name": "team", "fields": ["team", "points", "joined"]}
  ]
})";

constexpr std::string_view entries_json = R"({
  "name": "entries", "description": "A key of two fields, immutable.",
  "primary_key": ["member_id", "seq"], "shard_by": "member_id",
  "fields": [
    {"name": "member_id", "type": "uuid"},
    {"name": "seq", "type": "int64"},
    {"name": "text", "type": "string", "length_max": 100}
  ],
  "indexes": []
})";

constexpr std::string_view readings_json = R"({
  "name": "readings", "description": "A shard that is not in the key.",
  "primary_key": ["reading_id"], "shard_by": "member_id",
  "fields": [
    {"name": "reading_id", "type": "uuid"},
    {"name": "member_id", "type": "uuid"},
    {"name": "label", "type": "string", "length_max": 20},
    {"name": "version", "type": "int64", "min": 1}
  ],
  "indexes": [{"name": "label", "fields": ["member_id", "label"], "unique": true}]
})";

constexpr std::string_view samples_json = R"({
  "name": "samples", "description": "All types, each optional and each with an index.",
  "primary_key": ["sample_id"],
  "fields": [
    {"name": "sample_id", "type": "int64"},
    {"name": "flag", "type": "boolean", "optional": true},
    {"name": "number", "type": "int64", "optional": true},
    {"name": "weight", "type": "real", "optional": true},
    {"name": "label", "type": "string", "length_max": 200, "optional": true},
    {"name": "token", "type": "uuid", "optional": true},
    {"name": "moment", "type": "time", "optional": true},
    {"name": "day", "type": "day", "optional": true},
    {"name": "data", "type": "bytes", "length_max": 300, "optional": true},
    {"name": "counts", "type": "integers", "keys": ["one", "two", "a b"], "optional": true},
    {"name": "version", "type": "int64", "min": 1}
  ],
  "indexes": [
    {"name": "flag", "fields": ["flag"]},
    {"name": "number", "fields": ["number"]},
    {"name": "weight", "fields": ["weight"]},
    {"name": "label", "fields": ["label"]},
    {"name": "token", "fields": ["token"]},
    {"name": "moment", "fields": ["moment"]},
    {"name": "day", "fields": ["day"]},
    {"name": "data", "fields": ["data"]}
  ]
})";

constexpr std::string_view rules_json = R"({
  "name": "rules", "description": "A field for each rule.",
  "primary_key": ["rule_id"],
  "fields": [
    {"name": "rule_id", "type": "int64"},
    {"name": "ranged", "type": "int64", "min": -5, "max": 5},
    {"name": "ranged_real", "type": "real", "min": 0, "max": 10},
    {"name": "word", "type": "string", "enum": ["yes", "no"]},
    {"name": "short_text", "type": "string", "length_max": 4},
    {"name": "short_bytes", "type": "bytes", "length_max": 4},
    {"name": "fixed_bytes", "type": "bytes", "length": 4},
    {"name": "counts", "type": "integers", "keys": ["known"]},
    {"name": "flag", "type": "boolean"},
    {"name": "token", "type": "uuid"},
    {"name": "moment", "type": "time"},
    {"name": "day", "type": "day"},
    {"name": "version", "type": "int64", "min": 1}
  ],
  "indexes": []
})";

constexpr std::string_view blobs_json = R"({
  "name": "blobs", "description": "Documents as large as they get.",
  "primary_key": ["blob_id"],
  "fields": [
    {"name": "blob_id", "type": "int64"},
    {"name": "content", "type": "bytes"},
    {"name": "version", "type": "int64", "min": 1}
  ],
  "indexes": []
})";

constexpr std::string_view children_json = R"({
  "name": "children", "description": "Refers to members.",
  "primary_key": ["child_id"],
  "fields": [
    {"name": "child_id", "type": "int64"},
    {"name": "member_id", "type": "uuid", "references": "members"}
  ],
  "indexes": []
})";

Schema parse_test_schema() {
  Schema schema{.version = 7};
  for (const auto text : {members_json, entries_json, readings_json, samples_json, rules_json,
                          blobs_json, children_json}) {
    schema.collections.push_back(parse_collection(text));
  }
  return schema;
}

template <class T>
Value optional_value(const std::optional<T>& value) {
  return value ? Value(*value) : Value{};
}

}  // namespace

const Schema& test_schema() {
  static const Schema schema = parse_test_schema();
  return schema;
}

Uuid uuid(std::uint64_t number) {
  Uuid uuid;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    uuid.bytes.at(15 - i) = static_cast<std::uint8_t>(number >> (8 * i));
  }
  return uuid;
}

Document make_document(Collection collection, Fields fields) {
  const auto& schema = test_schema().collection(collection);
  Document document{std::vector<Value>(schema.fields.size())};
  for (const auto& [name, value] : fields) {
    document.values.at(schema.position(name)) = value;
  }
  return document;
}

Document with(Collection collection, Document document, std::string_view field, Value value) {
  document.values.at(test_schema().collection(collection).position(field)) = std::move(value);
  return document;
}

Document to_document(const Member& member) {
  return make_document(members, {{"member_id", uuid(member.id)},
                                 {"email", optional_value(member.email)},
                                 {"team", member.team},
                                 {"badge", optional_value(member.badge)},
                                 {"points", member.points},
                                 {"joined", Instant(Milliseconds(member.joined))},
                                 {"version", member.version}});
}

Member next_version(Member member) {
  member.version += 1;
  return member;
}

Insert insert(const Member& member) {
  return {.collection = members, .document = to_document(member)};
}

Replace replace(const Member& before, const Member& after) {
  return {.collection = members, .before = to_document(before), .after = to_document(after)};
}

Remove remove(const Member& member) {
  return {.collection = members, .before = to_document(member)};
}

Key member_key(std::uint64_t id) { return {.collection = members, .values = {uuid(id)}}; }

Key email_key(std::string email) {
  return {.collection = members, .index = "email", .values = {std::move(email)}};
}

Key badge_key(std::string team, std::int64_t badge) {
  return {.collection = members, .index = "badge", .values = {std::move(team), badge}};
}

Document entry(std::uint64_t member, std::int64_t seq, std::string text) {
  return make_document(entries,
                       {{"member_id", uuid(member)}, {"seq", seq}, {"text", std::move(text)}});
}

Key entry_key(std::uint64_t member, std::int64_t seq) {
  return {.collection = entries, .values = {uuid(member), seq}, .shard = uuid(member)};
}

Document blob(std::int64_t id, std::size_t bytes, std::int64_t version) {
  auto document =
      make_document(blobs, {{"blob_id", id}, {"content", Bytes{}}, {"version", version}});
  check(bytes >= bytes_of(document));
  document = with(blobs, document, "content", Bytes(bytes - bytes_of(document), 0xAB));
  check(bytes_of(document) == bytes);
  return document;
}

}  // namespace wattback::store::conformance
