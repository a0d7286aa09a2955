#include "importers/espi_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "importers/limits.h"
#include "importers/links.h"

namespace wattback::importers {
namespace {

// Codes of ESPI (espiDerived.xsd).
constexpr std::string_view uom_watt_hours = "72";
constexpr std::string_view flow_forward = "1";
constexpr std::string_view accumulation_delta = "4";
constexpr std::string_view service_electricity = "0";

std::size_t bytes_of(const EspiEntry& entry) {
  std::size_t bytes = sizeof(EspiEntry);
  for (const auto& link : entry.links) {
    bytes += sizeof(EspiLink) + link.href.size();
  }
  for (const auto* text : {&entry.id, &entry.title, &entry.updated}) {
    bytes += *text ? (*text)->size() : 0;
  }
  return bytes;
}

// Whether an optional field is absent or has one of the values that are understood.
bool is_any(const std::optional<std::string>& text,
            std::initializer_list<std::string_view> accepted) {
  return !text || std::ranges::find(accepted, *text) != accepted.end();
}

std::optional<Fault> fault_of_type(const EspiEntry& type) {
  if (type.has_repetition) {
    return Fault{RejectionCode::duplicate_field, "its ReadingType has a field twice"};
  }
  if (!type.uom) {
    return Fault{RejectionCode::not_watt_hours, "its ReadingType has no uom, so no unit of energy"};
  }
  if (type.uom != uom_watt_hours) {
    return Fault{RejectionCode::not_watt_hours,
                 fmt::format("its uom is {}, not watt-hours (72)", quoted(*type.uom))};
  }
  if (!is_any(type.commodity, {"0", "1", "2"})) {  // none, electricity (secondary, primary metered)
    return Fault{RejectionCode::not_electricity,
                 fmt::format("its commodity is {}, not electricity (1)", quoted(*type.commodity))};
  }
  if (!is_any(type.flow_direction, {flow_forward})) {
    return Fault{RejectionCode::not_forward, fmt::format("its flowDirection is {}, not forward (1)",
                                                         quoted(*type.flow_direction))};
  }
  if (!is_any(type.accumulation_behaviour, {accumulation_delta})) {
    return Fault{RejectionCode::not_delta,
                 fmt::format("its accumulationBehaviour is {}, not delta (4)",
                             quoted(*type.accumulation_behaviour))};
  }
  return std::nullopt;
}

Checked<int> exponent_of_type(const EspiEntry& type) {
  if (!type.multiplier) {
    return 0;
  }
  const auto exponent = read_integer(*type.multiplier);
  if (!exponent || *exponent > espi_multiplier_max || *exponent < -espi_multiplier_max) {
    return reject(RejectionCode::bad_multiplier,
                  fmt::format("its powerOfTenMultiplier {} is no whole number from -{} to {}",
                              quoted(*type.multiplier), espi_multiplier_max, espi_multiplier_max));
  }
  return static_cast<int>(*exponent);
}

// A title as a meter's label: one line that leaves room for a number after it.
std::string label_text(std::string_view title) {
  constexpr std::size_t room = 8;
  std::string label;
  for (const char c : title) {
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == 0x7F;
    if (!blank) {
      label.push_back(c);
    } else if (!label.empty() && label.back() != ' ') {
      label.push_back(' ');
    }
  }
  label.resize(std::min(label.size(), meter_label_bytes_max - room));
  while (!is_utf8(label) || label.ends_with(' ')) {
    label.pop_back();
  }
  return label;
}

std::optional<std::string> identifier_of(const EspiEntry& entry) {
  if (entry.id && !entry.id->empty()) {
    return entry.id;
  }
  const auto self = std::ranges::find(entry.links, LinkRelation::self, &EspiLink::relation);
  return self == entry.links.end() ? std::nullopt : std::optional(self->href);
}

}  // namespace

void LinkTable::put(const std::string& key, std::size_t position) {
  const auto [found, is_new] = positions_.try_emplace(key, position);
  if (!is_new && found->second != position) {
    found->second = std::nullopt;
  }
}

std::optional<std::size_t> LinkTable::find(std::string_view key) const {
  const auto found = positions_.find(std::string(key));
  return found == positions_.end() ? std::nullopt : found->second;
}

std::optional<std::size_t> LinkTable::find_ancestor(std::string_view key) const {
  constexpr int generations_max = 4;
  for (int i = 0; i < generations_max && !key.empty(); ++i) {
    key = parent_key(key);
    if (const auto found = find(key)) {
      return found;
    }
  }
  return std::nullopt;
}

bool EspiIndex::add(EspiEntry&& entry) {
  for (const auto& link : entry.links) {
    const auto authority = authority_of(link.href);
    if (authority_.empty()) {
      authority_ = authority;
    }
    has_authorities_ = has_authorities_ || (!authority.empty() && authority != authority_);
  }
  const auto keep = [&](Entries& entries) {
    bytes_ += bytes_of(entry);
    entries.list.push_back(std::move(entry));
  };
  switch (entry.kind) {
    case EspiKind::other:
      break;
    case EspiKind::usage_point:
      keep(usage_points_);
      break;
    case EspiKind::meter_reading:
      keep(meter_readings_);
      break;
    case EspiKind::reading_type:
      keep(types_);
      break;
    case EspiKind::interval_block:
      has_block_ = true;
      break;
  }
  return bytes_ <= espi_index_bytes_max;
}

std::vector<std::string> EspiIndex::keys(const EspiEntry& entry, LinkRelation relation) const {
  std::vector<std::string> keys;
  for (const auto& link : entry.links) {
    if (link.relation == relation) {
      keys.push_back(link_key(link.href, base_, authority_));
    }
  }
  return keys;
}

void EspiIndex::index(Entries& entries) const {
  for (std::size_t i = 0; i < entries.list.size(); ++i) {
    const auto put_all = [&](LinkTable& table, LinkRelation relation) {
      for (const auto& key : keys(entries.list[i], relation)) {
        table.put(key, i);
      }
    };
    put_all(entries.by_self, LinkRelation::self);
    put_all(entries.by_up, LinkRelation::up);
    put_all(entries.by_related, LinkRelation::related);
  }
}

Checked<void> EspiIndex::link(std::string_view base) {
  base_ = base;
  if (has_authorities_) {
    authority_.clear();
  }
  if (!has_block_) {
    return reject(RejectionCode::missing_field, "holds no IntervalBlock, so no readings");
  }
  if (types_.list.empty()) {
    return reject(RejectionCode::no_reading_type, "holds no ReadingType, so no unit of energy");
  }
  if (meter_readings_.list.empty()) {
    return reject(RejectionCode::no_reading_type,
                  "holds no MeterReading, so nothing says which ReadingType its readings have");
  }
  index(usage_points_);
  index(meter_readings_);
  index(types_);
  for (const auto& meter_reading : meter_readings_.list) {
    channels_.push_back(make_channel(meter_reading));
  }
  if (std::ranges::all_of(channels_, [](const auto& each) { return each.fault.has_value(); })) {
    fault_line_ = channels_.front().line;
    return reject(channels_.front().fault->code,
                  "none of its readings can be taken: " + channels_.front().fault->reason);
  }
  return {};
}

// A MeterReading is related to its ReadingType, or to the collection that holds it alone; or the
// ReadingType to it.
const EspiEntry* EspiIndex::find_type(const EspiEntry& meter_reading) const {
  for (const auto& key : keys(meter_reading, LinkRelation::related)) {
    if (const auto found = types_.by_self.find(key)) {
      return &types_.list[*found];
    }
    if (const auto found = types_.by_up.find(key)) {
      return &types_.list[*found];
    }
  }
  for (const auto& key : keys(meter_reading, LinkRelation::self)) {
    if (const auto found = types_.by_related.find(key)) {
      return &types_.list[*found];
    }
  }
  return nullptr;
}

// A MeterReading lies below its UsagePoint ("up" is the collection the UsagePoint is related to),
// or is related to it.
const EspiEntry* EspiIndex::find_usage_point(const EspiEntry& meter_reading) const {
  const auto& points = usage_points_;
  for (const auto& key : keys(meter_reading, LinkRelation::up)) {
    for (const auto found : {points.by_related.find(key), points.by_self.find(key),
                             points.by_self.find_ancestor(key)}) {
      if (found) {
        return &points.list[*found];
      }
    }
  }
  for (const auto& key : keys(meter_reading, LinkRelation::related)) {
    if (const auto found = points.by_self.find(key)) {
      return &points.list[*found];
    }
  }
  for (const auto& key : keys(meter_reading, LinkRelation::self)) {
    for (const auto found : {points.by_related.find(key), points.by_self.find_ancestor(key)}) {
      if (found) {
        return &points.list[*found];
      }
    }
  }
  return nullptr;
}

EspiChannel EspiIndex::make_channel(const EspiEntry& meter_reading) {
  EspiChannel channel{.line = meter_reading.line};
  const auto* point = find_usage_point(meter_reading);
  const auto& source = point != nullptr ? *point : meter_reading;
  channel.label = label_of(source);
  channel.identifier = identifier_of(source);
  const auto refuse = [&](std::int64_t line, Fault fault) {
    channel.line = line;
    channel.fault = std::move(fault);
    return channel;
  };
  const auto* type = find_type(meter_reading);
  if (type == nullptr) {
    return refuse(meter_reading.line, {RejectionCode::no_reading_type,
                                       "no link leads from its MeterReading to one ReadingType"});
  }
  if (auto fault = fault_of_type(*type)) {
    return refuse(type->line, *std::move(fault));
  }
  const auto exponent = exponent_of_type(*type);
  if (!exponent) {
    return refuse(type->line, exponent.error());
  }
  channel.exponent = *exponent;
  if (!is_any(source.service_kind, {service_electricity})) {
    return refuse(source.line, {RejectionCode::not_electricity,
                                fmt::format("its usage point's service is {}, not electricity (0)",
                                            quoted(*source.service_kind))});
  }
  if (channel.identifier) {
    if (const auto read = read_meter_identifier(*channel.identifier); !read) {
      return refuse(source.line, read.error());
    }
  }
  return channel;
}

std::optional<std::string> EspiIndex::label_of(const EspiEntry& entry) {
  if (const auto known = labels_.find(&entry); known != labels_.end()) {
    return known->second;
  }
  std::optional<std::string> label;
  if (const auto text = label_text(entry.title.value_or("")); read_meter_label(text)) {
    label = text;
    auto& number = label_numbers_.try_emplace(text, 1).first->second;
    while (!labels_used_.insert(*label).second) {
      label = fmt::format("{} ({})", text, ++number);
    }
  }
  labels_.emplace(&entry, label);
  return label;
}

// An IntervalBlock lies below its MeterReading ("up" is the collection the MeterReading is related
// to), or one of them is related to the other.
const EspiChannel* EspiIndex::find(const EspiEntry& block) const {
  const auto& readings = meter_readings_;
  for (const auto& key : keys(block, LinkRelation::up)) {
    for (const auto found : {readings.by_related.find(key), readings.by_self.find(key),
                             readings.by_self.find_ancestor(key)}) {
      if (found) {
        return &channels_[*found];
      }
    }
  }
  for (const auto& key : keys(block, LinkRelation::related)) {
    if (const auto found = readings.by_self.find(key)) {
      return &channels_[*found];
    }
  }
  for (const auto& key : keys(block, LinkRelation::self)) {
    for (const auto found : {readings.by_related.find(key), readings.by_self.find_ancestor(key)}) {
      if (found) {
        return &channels_[*found];
      }
    }
  }
  return nullptr;
}

}  // namespace wattback::importers
