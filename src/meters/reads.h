#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "meters/meter.h"
#include "store/read.h"

namespace wattback::meters {

// By label.
store::Listing<Meter> list(store::Store& store, const UserId& user, std::size_t limit,
                           store::Cursor after);
std::optional<Meter> find(store::Store& store, const UserId& user, const MeterId& id);
std::optional<Meter> find_by_label(store::Store& store, const UserId& user, std::string_view label);

MeterReference reference_to(const Meter& meter);

// How a command should name a meter that is to be made.
MeterReference draft(store::Store& store, const UserId& user, std::string_view label,
                     const std::optional<std::string>& identifier);

// How a command should name the meter that a source calls by this identifier, or else by this
// label, or else the member's default one: the meter that is there, or how it is made. One that has
// an identifier and no label is labelled by the identifier, in a form no other meter has.
MeterReference resolve(store::Store& store, const UserId& user,
                       const std::optional<std::string>& label,
                       const std::optional<std::string>& identifier);

// The same of a source that gives its meters titles, not labels: where the title is the label of
// another meter with an identifier, which is another device, part of the identifier's digest tells
// them apart.
MeterReference resolve_titled(store::Store& store, const UserId& user,
                              const std::optional<std::string>& title,
                              const std::optional<std::string>& identifier);

}  // namespace wattback::meters
