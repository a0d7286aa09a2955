// Writing BSON, and reading what a server answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/mongo/handle.h"

namespace wattback::store::mongo {

// A document that grows. Texts may hold any bytes; the names of fields hold no NUL.
class Bson {
 public:
  Bson() : bson_(bson_new()) {}

  Bson& text(std::string_view name, std::string_view text);
  Bson& int32(std::string_view name, std::int32_t integer);
  Bson& int64(std::string_view name, std::int64_t integer);
  Bson& real(std::string_view name, double real);
  Bson& boolean(std::string_view name, bool boolean);
  Bson& date(std::string_view name, std::int64_t milliseconds);
  Bson& bytes(std::string_view name, bson_subtype_t subtype, const std::uint8_t* bytes,
              std::size_t size);
  Bson& null(std::string_view name);
  Bson& max_key(std::string_view name);
  Bson& document(std::string_view name, const Bson& document);
  Bson& array(std::string_view name, const Bson& items);  // items are named "0", "1", ...

  const bson_t* get() const { return bson_.get(); }
  bson_t* get() { return bson_.get(); }
  bool empty() const { return bson_empty(get()); }
  std::size_t size() const { return bson_->len; }  // in bytes
  std::string json() const;                        // for tests and messages

 private:
  BsonHandle bson_;
};

// The items of an array, one after the other.
class BsonArray {
 public:
  std::string next_name() { return std::to_string(count_++); }
  void add(const Bson& item) { items_.document(next_name(), item); }
  void add_text(std::string_view text) { items_.text(next_name(), text); }

  Bson& items() { return items_; }
  const Bson& items() const { return items_; }
  std::size_t count() const { return count_; }

 private:
  Bson items_;
  std::size_t count_ = 0;
};

// A field of an answer, by its path ("a.b"); nothing where it is missing or of another type.
std::optional<std::int64_t> integer_at(const bson_t* document, const char* path);
std::optional<std::string> text_at(const bson_t* document, const char* path);
bool is_true_at(const bson_t* document, const char* path);

// An answer the caller of libmongoc has to provide, filled or not.
class Reply {
 public:
  Reply() { bson_init(&bson_); }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply() { bson_destroy(&bson_); }

  // For the next call, which writes it anew.
  bson_t* fill() {
    bson_destroy(&bson_);
    return &bson_;
  }
  const bson_t* get() const { return &bson_; }

 private:
  bson_t bson_{};
};

}  // namespace wattback::store::mongo
