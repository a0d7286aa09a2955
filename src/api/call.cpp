#include "api/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/decimal.h"
#include "http/target.h"

namespace wattback::api {

Answer created(std::string location, json::object data) {
  return {.status = 201, .data = std::move(data), .location = std::move(location)};
}

Answer edited(json::object data, std::int64_t edition, std::int64_t version) {
  return {.data = std::move(data), .etag = fmt::format("\"{}.{}\"", edition, version)};
}

Fields::Fields(const JsonDocument& document) : document_(&document) {}

const json::value* Fields::find(std::string_view name) const {
  const auto* value = document_->value.as_object().if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool Fields::is_null(std::string_view name) const {
  const auto* value = document_->value.as_object().if_contains(name);
  return value != nullptr && value->is_null();
}

std::optional<std::string> Fields::find_text(std::string_view name) const {
  const auto* value = find(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value->as_string());
}

std::optional<std::int64_t> Fields::find_integer(std::string_view name) const {
  const auto* value = find(name);
  return value == nullptr ? std::nullopt : std::optional<std::int64_t>(value->as_int64());
}

std::optional<bool> Fields::find_boolean(std::string_view name) const {
  const auto* value = find(name);
  return value == nullptr ? std::nullopt : std::optional<bool>(value->as_bool());
}

std::optional<Instant> Fields::find_time(std::string_view name) const {
  const auto text = find_text(name);
  return text ? std::optional<Instant>(parse_instant(*text).value()) : std::nullopt;
}

std::string Fields::number(std::string_view name) const {
  return document_->number_text(json_pointer("", name)).value();
}

Result<std::optional<TimeZone>> Fields::find_zone(std::string_view name) const {
  const auto text = find_text(name);
  if (!text) {
    return std::optional<TimeZone>();
  }
  auto zone = TimeZone::find(*text);
  if (!zone) {
    return fail_field(std::string(name), zone.error().detail);
  }
  return std::optional<TimeZone>(*std::move(zone));
}

bool Call::is_admin() const {
  const auto* signed_in = caller_ ? std::get_if<access::SignedIn>(&*caller_) : nullptr;
  return signed_in != nullptr && signed_in->user.role == users::Role::admin;
}

bool Call::is_token() const { return caller_ && std::holds_alternative<access::Token>(*caller_); }

const access::SignedIn& Call::signed_in() const {
  return std::get<access::SignedIn>(caller_.value());
}

Actor Call::actor() const {
  if (is_token()) {
    return {std::get<access::Token>(*caller_).token_id.uuid};
  }
  return {user().user_id.uuid};
}

Uuid Call::id(std::string_view parameter) const {
  return parse_uuid(parameters_.text(parameter)).value();
}

IdempotencyKey Call::idempotency_key() const {
  return parse_idempotency_key(parameters_.text("Idempotency-Key")).value();
}

// "EDITION.VERSION", as edited() gave it. One beyond what is counted is of no edition.
std::int64_t Call::expected_edition() const {
  const auto text = parameters_.text("If-Match");
  const auto edition = parse_decimal(text.substr(1, text.find('.') - 1), 0, Rounding::refuse);
  return edition.value_or(0);
}

std::size_t Call::limit() const { return static_cast<std::size_t>(parameters_.integer("limit")); }

Result<store::Cursor> Call::cursor(const CursorShape& shape) const {
  const auto text = parameters_.find_text("cursor");
  if (!text) {
    return store::Cursor();
  }
  auto cursor = forms::parse_cursor(*text, shape, list_name());
  if (!cursor) {
    return fail_field("cursor", "is not one of this list and its filters");
  }
  return *std::move(cursor);
}

std::string Call::list_name() const {
  std::vector<std::string> filters;
  for (const auto& [parameter, value] : request_->query) {
    if (parameter != "cursor" && parameter != "limit") {
      filters.push_back(fmt::format("{}={}", parameter, value));
    }
  }
  std::ranges::sort(filters);
  return fmt::format("{}?{}", request_->path, fmt::join(filters, "&"));
}

Answer Call::page(json::array data, const store::Cursor& next, const CursorShape& shape) const {
  const bool has_more = !next.empty();
  auto cursor = has_more ? forms::to_text(next, shape, list_name()) : std::string();
  json::object page{{"next_cursor", has_more ? json::value(cursor) : json::value(nullptr)},
                    {"has_more", has_more}};
  return {.data = json::object{{"data", std::move(data)}, {"page", std::move(page)}},
          .next = std::move(cursor)};
}

}  // namespace wattback::api
