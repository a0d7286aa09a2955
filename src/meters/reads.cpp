#include "meters/reads.h"

#include <fmt/format.h>

#include "base/sha256.h"
#include "base/text.h"

namespace wattback::meters {
namespace {

std::optional<Meter> find_by_identifier(store::Store& store, const UserId& user,
                                        std::string_view identifier) {
  auto page = store::list(
      store, codec(),
      {.collection = collection,
       .index = index_identifier,
       .equals = {user.uuid, store::ValueForm<Digest>::to(identifier_digest(identifier))},
       .limit = 1});
  return page.items.empty() ? std::nullopt : std::optional(std::move(page.items.front()));
}

// The first bytes of a text, whole characters of them and no blank last.
std::string cut(std::string text, std::size_t bytes_max) {
  text.resize(std::min(text.size(), bytes_max));
  while (!text.empty() && (!is_utf8(text) || text.ends_with(' '))) {
    text.pop_back();
  }
  return text;
}

// A label that no other meter has, since it ends with part of the identifier's digest.
std::string label_beside(const std::string& label, std::string_view identifier) {
  constexpr std::size_t digits = 8;
  const auto suffix = fmt::format(" ({})", to_hex(identifier_digest(identifier)).substr(0, digits));
  return cut(label, label_max - suffix.size()) + suffix;
}

// How a meter without a label is called.
std::string label_of(store::Store& store, const UserId& user, const std::string& identifier) {
  const bool fits = identifier.size() <= label_max;
  return fits && !find_by_label(store, user, identifier) ? identifier
                                                         : label_beside(identifier, identifier);
}

}  // namespace

store::Listing<Meter> list(store::Store& store, const UserId& user, std::size_t limit,
                           store::Cursor after) {
  return store::list(store, codec(),
                     {.collection = collection,
                      .index = index_label,
                      .equals = {user.uuid},
                      .limit = limit,
                      .after = std::move(after)});
}

std::optional<Meter> find(store::Store& store, const UserId& user, const MeterId& id) {
  auto meter = store::fetch(store, codec(), key(user, id));
  return meter && meter->user_id == user ? meter : std::nullopt;
}

std::optional<Meter> find_by_label(store::Store& store, const UserId& user,
                                   std::string_view label) {
  return store::fetch(store, codec(), label_key(user, label));
}

MeterReference reference_to(const Meter& meter) {
  return {.meter_id = meter.meter_id, .label = meter.label, .identifier = meter.identifier};
}

MeterReference draft(store::Store& store, const UserId& user, std::string_view label,
                     const std::optional<std::string>& identifier) {
  if (label == default_label && !identifier) {
    return new_reference(user, label, identifier);
  }
  auto reference = new_reference(user, label, identifier);
  reference.meters_held = list(store, user, meters_max, {}).items.size();
  return reference;
}

MeterReference resolve(store::Store& store, const UserId& user,
                       const std::optional<std::string>& label,
                       const std::optional<std::string>& identifier) {
  if (identifier) {
    if (const auto meter = find_by_identifier(store, user, *identifier)) {
      return reference_to(*meter);
    }
  }
  if (identifier && !label) {
    return draft(store, user, label_of(store, user, *identifier), identifier);
  }
  const std::string wanted = label.value_or(std::string(default_label));
  if (const auto meter = find_by_label(store, user, wanted); meter && !identifier) {
    return reference_to(*meter);
  }
  return draft(store, user, wanted, identifier);
}

MeterReference resolve_titled(store::Store& store, const UserId& user,
                              const std::optional<std::string>& title,
                              const std::optional<std::string>& identifier) {
  auto reference = resolve(store, user, title, identifier);
  if (title && identifier && reference.label == *title) {
    const auto holder = find_by_label(store, user, *title);
    if (holder && holder->identifier && *holder->identifier != *identifier) {
      reference.label = label_beside(*title, *identifier);
    }
  }
  return reference;
}

}  // namespace wattback::meters
