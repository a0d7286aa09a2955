#include "meters/reads.h"

namespace wattback::meters {
namespace {

MeterReference reference_to(const Meter& meter) {
  return {.meter_id = meter.meter_id, .label = meter.label, .identifier = meter.identifier};
}

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

MeterReference draft(store::Store& store, const UserId& user, std::string_view label,
                     const std::optional<std::string>& identifier) {
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
  const std::string wanted = label.value_or(std::string(default_label));
  if (const auto meter = find_by_label(store, user, wanted); meter && !identifier) {
    return reference_to(*meter);
  }
  return draft(store, user, wanted, identifier);
}

}  // namespace wattback::meters
