#include "store/mongo/bson.h"

#include "base/check.h"

namespace wattback::store::mongo {
namespace {

bool find(const bson_t* document, const char* path, bson_iter_t& found) {
  bson_iter_t whole;
  return bson_iter_init(&whole, document) && bson_iter_find_descendant(&whole, path, &found);
}

}  // namespace

Bson& Bson::text(std::string_view name, std::string_view text) {
  check(bson_append_utf8(get(), name.data(), static_cast<int>(name.size()), text.data(),
                         static_cast<int>(text.size())));
  return *this;
}

Bson& Bson::int32(std::string_view name, std::int32_t integer) {
  check(bson_append_int32(get(), name.data(), static_cast<int>(name.size()), integer));
  return *this;
}

Bson& Bson::int64(std::string_view name, std::int64_t integer) {
  check(bson_append_int64(get(), name.data(), static_cast<int>(name.size()), integer));
  return *this;
}

Bson& Bson::real(std::string_view name, double real) {
  check(bson_append_double(get(), name.data(), static_cast<int>(name.size()), real));
  return *this;
}

Bson& Bson::boolean(std::string_view name, bool boolean) {
  check(bson_append_bool(get(), name.data(), static_cast<int>(name.size()), boolean));
  return *this;
}

Bson& Bson::date(std::string_view name, std::int64_t milliseconds) {
  check(bson_append_date_time(get(), name.data(), static_cast<int>(name.size()), milliseconds));
  return *this;
}

Bson& Bson::bytes(std::string_view name, bson_subtype_t subtype, const std::uint8_t* bytes,
                  std::size_t size) {
  constexpr std::uint8_t nothing = 0;  // libbson takes no null pointer
  check(bson_append_binary(get(), name.data(), static_cast<int>(name.size()), subtype,
                           size == 0 ? &nothing : bytes, static_cast<std::uint32_t>(size)));
  return *this;
}

Bson& Bson::null(std::string_view name) {
  check(bson_append_null(get(), name.data(), static_cast<int>(name.size())));
  return *this;
}

Bson& Bson::max_key(std::string_view name) {
  check(bson_append_maxkey(get(), name.data(), static_cast<int>(name.size())));
  return *this;
}

Bson& Bson::document(std::string_view name, const Bson& document) {
  check(bson_append_document(get(), name.data(), static_cast<int>(name.size()), document.get()));
  return *this;
}

Bson& Bson::array(std::string_view name, const Bson& items) {
  check(bson_append_array(get(), name.data(), static_cast<int>(name.size()), items.get()));
  return *this;
}

std::string Bson::json() const {
  const Handle<char, bson_free> text(bson_as_relaxed_extended_json(get(), nullptr));
  return text.get();
}

std::optional<std::int64_t> integer_at(const bson_t* document, const char* path) {
  bson_iter_t found;
  if (find(document, path, found) && BSON_ITER_HOLDS_NUMBER(&found)) {
    return bson_iter_as_int64(&found);
  }
  return std::nullopt;
}

std::optional<std::string> text_at(const bson_t* document, const char* path) {
  bson_iter_t found;
  if (find(document, path, found) && BSON_ITER_HOLDS_UTF8(&found)) {
    std::uint32_t size = 0;
    const char* text = bson_iter_utf8(&found, &size);
    return std::string(text, size);
  }
  return std::nullopt;
}

bool is_true_at(const bson_t* document, const char* path) {
  bson_iter_t found;
  return find(document, path, found) && BSON_ITER_HOLDS_BOOL(&found) && bson_iter_bool(&found);
}

}  // namespace wattback::store::mongo
