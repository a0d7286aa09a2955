// A small schema that has every type of field, every kind of key and index and every rule, and
// documents of it.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "store/store.h"

namespace wattback::store::conformance {

inline constexpr Collection members{"members"};    // unique and ordinary indexes; a version
inline constexpr Collection entries{"entries"};    // a key of two fields, a shard, no version
inline constexpr Collection readings{"readings"};  // a shard that is not in the key
inline constexpr Collection samples{"samples"};    // an optional field and an index for each type
inline constexpr Collection rules{"rules"};        // a field for each rule
inline constexpr Collection blobs{"blobs"};        // documents as large as they get
inline constexpr Collection children{"children"};  // refers to members

const Schema& test_schema();

// A UUID that orders as its number does.
Uuid uuid(std::uint64_t number);

// A document with these fields; the others are absent.
using Fields = std::initializer_list<std::pair<std::string_view, Value>>;
Document make_document(Collection collection, Fields fields);

// The same document with one field changed.
Document with(Collection collection, Document document, std::string_view field, Value value);

struct Member {
  std::uint64_t id = 0;
  std::optional<std::string> email = std::nullopt;  // unique
  std::string team = "red";
  std::optional<std::int64_t> badge = std::nullopt;  // unique within the team
  std::int64_t points = 0;
  std::int64_t joined = 0;  // milliseconds of 1970
  std::int64_t version = 1;
};

Document to_document(const Member& member);
Member next_version(Member member);

Insert insert(const Member& member);
Replace replace(const Member& before, const Member& after);
Remove remove(const Member& member);

Key member_key(std::uint64_t id);
Key email_key(std::string email);
Key badge_key(std::string team, std::int64_t badge);

Document entry(std::uint64_t member, std::int64_t seq, std::string text);
Key entry_key(std::uint64_t member, std::int64_t seq);

// Of exactly so many bytes in all.
Document blob(std::int64_t id, std::size_t bytes, std::int64_t version = 1);

}  // namespace wattback::store::conformance
