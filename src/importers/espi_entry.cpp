#include "importers/espi_entry.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "importers/limits.h"

namespace wattback::importers {
namespace {

constexpr std::string_view atom_space = "http://www.w3.org/2005/Atom";
constexpr std::string_view espi_space = "http://naesb.org/espi";
constexpr std::string_view xml_space = "http://www.w3.org/XML/1998/namespace";
constexpr std::size_t name_bytes_max = 64;
constexpr std::string_view reading_path = "a:content/e:IntervalBlock/e:IntervalReading";

// An element's name as it stands in a path.
std::string step_of(const XmlName& name) {
  if (name.local.size() > name_bytes_max) {
    return "?";
  }
  if (name.space == atom_space) {
    return "a:" + std::string(name.local);
  }
  if (name.space == espi_space) {
    return "e:" + std::string(name.local);
  }
  return "?";
}

std::optional<std::string_view> attribute(std::span<const XmlAttribute> attributes,
                                          std::string_view local, std::string_view space = {}) {
  for (const auto& [name, value] : attributes) {
    if (name.local == local && name.space == space) {
      return value;
    }
  }
  return std::nullopt;
}

std::optional<LinkRelation> relation_of(std::string_view text) {
  if (text == "self") {
    return LinkRelation::self;
  }
  if (text == "up") {
    return LinkRelation::up;
  }
  if (text == "related") {
    return LinkRelation::related;
  }
  return std::nullopt;
}

EspiKind kind_of(std::string_view path) {
  if (path == "a:content/e:UsagePoint") {
    return EspiKind::usage_point;
  }
  if (path == "a:content/e:MeterReading") {
    return EspiKind::meter_reading;
  }
  if (path == "a:content/e:ReadingType") {
    return EspiKind::reading_type;
  }
  if (path == "a:content/e:IntervalBlock") {
    return EspiKind::interval_block;
  }
  return EspiKind::other;
}

Checked<Instant> read_start_seconds(std::string_view text) {
  const auto seconds = read_integer(text);
  if (!seconds) {
    return reject(
        RejectionCode::bad_time,
        fmt::format("the start {} is no whole number of seconds since 1970", quoted(text)));
  }
  if (*seconds < text_seconds_min || *seconds > text_seconds_max) {
    return reject(RejectionCode::bad_time,
                  fmt::format("the start {} is not in the years 1 to 9999 of UTC", quoted(text)));
  }
  return Instant(Seconds(*seconds));
}

void trim(std::string& text) {
  constexpr std::string_view blanks = " \t\r\n";
  text.erase(text.find_last_not_of(blanks) + 1);
  text.erase(0, text.find_first_not_of(blanks));
}

}  // namespace

// Where the text of an element goes: into the entry or into the reading.
struct EspiReader::Place {
  std::string_view path;
  std::optional<std::string> EspiEntry::* of_entry = nullptr;
  std::optional<std::string> Draft::* of_reading = nullptr;
};

Result<void> EspiReader::read() {
  return parse_xml(input_, XmlEvents{.on_start =
                                         [this](auto line, const auto& name, auto attributes) {
                                           return on_start(line, name, attributes);
                                         },
                                     .on_text = [this](auto text) { return on_text(text); },
                                     .on_end = [this] { return on_end(); },
                                     .on_pause = on_pause_});
}

Result<void> EspiReader::on_start(std::int64_t line, const XmlName& name,
                                  std::span<const XmlAttribute> attributes) {
  line_ = line;
  const auto step = step_of(name);
  const auto depth = lengths_.size();
  lengths_.push_back(path_.size());
  if (entry_depth_ > 0) {
    path_ += path_.empty() ? step : "/" + step;
    return begin_element(line, attributes);
  }
  if (depth == 0 && step != "a:feed" && step != "a:entry") {
    return input_.fault(line, fmt::format("is no Green Button file: its root is {}, no Atom feed",
                                          quoted(name.local)));
  }
  if (depth <= 1 && step == "a:entry") {
    entry_depth_ = lengths_.size();
    entry_ = EspiEntry{.line = line};
  } else if (depth == 0) {
    base_ = attribute(attributes, "base", xml_space).value_or("");
  } else if (depth == 1 && step == "a:link" && base_.empty() &&
             attribute(attributes, "rel") == "self") {
    base_ = attribute(attributes, "href").value_or("");
  }
  return {};
}

Result<void> EspiReader::begin_element(std::int64_t line,
                                       std::span<const XmlAttribute> attributes) {
  if (text_ != nullptr) {
    *text_ = "<";  // an element inside a text: whatever is read, it is not that text
    text_ = nullptr;
  }
  if (path_ == "a:link") {
    return add_link(attributes);
  }
  if (const auto kind = kind_of(path_); kind != EspiKind::other) {
    entry_.kind = kind;
    return {};
  }
  if (path_ == reading_path) {
    draft_ = Draft{.line = line};
    return {};
  }
  begin_text();
  return {};
}

void EspiReader::begin_text() {
  static constexpr std::array places{
      Place{.path = "a:id", .of_entry = &EspiEntry::id},
      Place{.path = "a:title", .of_entry = &EspiEntry::title},
      Place{.path = "a:updated", .of_entry = &EspiEntry::updated},
      Place{.path = "a:content/e:UsagePoint/e:ServiceCategory/e:kind",
            .of_entry = &EspiEntry::service_kind},
      Place{.path = "a:content/e:ReadingType/e:uom", .of_entry = &EspiEntry::uom},
      Place{.path = "a:content/e:ReadingType/e:commodity", .of_entry = &EspiEntry::commodity},
      Place{.path = "a:content/e:ReadingType/e:flowDirection",
            .of_entry = &EspiEntry::flow_direction},
      Place{.path = "a:content/e:ReadingType/e:accumulationBehaviour",
            .of_entry = &EspiEntry::accumulation_behaviour},
      Place{.path = "a:content/e:ReadingType/e:powerOfTenMultiplier",
            .of_entry = &EspiEntry::multiplier},
      Place{.path = "a:content/e:IntervalBlock/e:IntervalReading/e:timePeriod/e:start",
            .of_reading = &Draft::start},
      Place{.path = "a:content/e:IntervalBlock/e:IntervalReading/e:timePeriod/e:duration",
            .of_reading = &Draft::duration},
      Place{.path = "a:content/e:IntervalBlock/e:IntervalReading/e:value",
            .of_reading = &Draft::value},
      Place{.path = "a:content/e:IntervalBlock/e:IntervalReading/e:ReadingQuality/e:quality",
            .of_reading = &Draft::quality},
  };
  for (const auto& place : places) {
    if (place.path != path_) {
      continue;
    }
    auto& text = place.of_entry != nullptr ? entry_.*place.of_entry : draft_.*place.of_reading;
    if (!text) {
      text.emplace();
      text_ = &text;
    } else if (place.of_entry == nullptr) {
      draft_.has_repetition = draft_.has_repetition || place.of_reading != &Draft::quality;
    } else {
      entry_.has_repetition = entry_.has_repetition || path_.starts_with("a:content");
    }
    return;
  }
}

Result<void> EspiReader::add_link(std::span<const XmlAttribute> attributes) {
  const auto relation = relation_of(attribute(attributes, "rel").value_or(""));
  const auto href = attribute(attributes, "href");
  if (!relation || !href || href->empty()) {
    return {};
  }
  if (entry_.links.size() == espi_entry_links_max || href->size() > xml_text_bytes_max) {
    return input_.fault(line_,
                        fmt::format("an entry has more than {} links, or one longer than {} bytes",
                                    espi_entry_links_max, xml_text_bytes_max),
                        ErrorCode::limit_exceeded);
  }
  entry_.links.push_back({*relation, std::string(*href)});
  return {};
}

Result<void> EspiReader::on_text(std::string_view text) {
  if (text_ == nullptr) {
    return {};
  }
  if ((*text_)->size() + text.size() > xml_text_bytes_max) {
    return input_.fault(line_, fmt::format("a text is longer than {} bytes", xml_text_bytes_max),
                        ErrorCode::limit_exceeded);
  }
  (*text_)->append(text);
  return {};
}

Result<void> EspiReader::on_end() {
  if (text_ != nullptr) {
    trim(**text_);
    text_ = nullptr;
  }
  Result<void> done;
  if (entry_depth_ > 0 && path_ == reading_path) {
    done = end_reading();
  }
  if (entry_depth_ == lengths_.size()) {
    entry_depth_ = 0;
    done = on_entry_(std::move(entry_));
  }
  path_.resize(lengths_.back());
  lengths_.pop_back();
  return done;
}

Result<void> EspiReader::end_reading() {
  if (keep_ == KeepReadings::no) {
    return {};
  }
  if (entry_.readings.size() == espi_entry_readings_max) {
    return input_.fault(draft_.line,
                        fmt::format("an entry has more than {} readings", espi_entry_readings_max),
                        ErrorCode::limit_exceeded);
  }
  entry_.readings.push_back({draft_.line, read_draft(draft_)});
  return {};
}

Checked<EspiReading> EspiReader::read_draft(const Draft& draft) {
  if (draft.has_repetition) {
    return reject(RejectionCode::duplicate_field, "has its start, duration or value twice");
  }
  if (!draft.start || !draft.duration || !draft.value) {
    return reject(RejectionCode::missing_field,
                  fmt::format("has no {}", !draft.start      ? "start"
                                           : !draft.duration ? "duration"
                                                             : "value"));
  }
  const auto start = read_start_seconds(*draft.start);
  if (!start) {
    return std::unexpected(start.error());
  }
  const auto duration = read_duration(*draft.duration);
  if (!duration) {
    return std::unexpected(duration.error());
  }
  if (*duration > interval_max) {
    return reject(
        RejectionCode::too_long,
        fmt::format("lasts {} seconds: longer than 25 hours, a billing period", duration->count()));
  }
  const auto value = read_integer(*draft.value);
  if (!value) {
    return reject(RejectionCode::bad_energy,
                  fmt::format("the value {} is no whole number", quoted(*draft.value)));
  }
  EspiReading reading{
      .start = *start, .duration = *duration, .value = *value, .quality = std::nullopt};
  if (draft.quality) {
    const auto quality = read_quality(*draft.quality);
    if (!quality) {
      return std::unexpected(quality.error());
    }
    reading.quality = *quality;
  }
  return reading;
}

}  // namespace wattback::importers
