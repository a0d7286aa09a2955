// XML read as events, in bounded memory. Names are a namespace and a local name, whatever the
// prefixes. A DOCTYPE is refused, so there are no entities to expand and nothing is ever fetched.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "importers/input.h"
#include "importers/reading_record.h"

namespace wattback::importers {

struct XmlName {
  std::string_view space;  // the namespace's URI, empty for none
  std::string_view local;

  bool operator==(const XmlName&) const = default;
};

struct XmlAttribute {
  XmlName name;
  std::string_view value;
};

// An event that answers an error ends the parse with it.
struct XmlEvents {
  std::function<Result<void>(std::int64_t line, const XmlName&, std::span<const XmlAttribute>)>
      on_start;
  std::function<Result<void>(std::string_view text)> on_text;  // maybe a piece of it
  std::function<Result<void>()> on_end;
  // Between pieces of the input, outside the XML library: the place to hand results on.
  std::function<Result<Flow>()> on_pause;
};

// Reads the input from its start. Text that is not well formed, a DOCTYPE, an encoding other than
// UTF-8, UTF-16, ISO-8859-1 and US-ASCII, and what exceeds xml_depth_max or xml_token_bytes_max are
// errors that name the line.
Result<void> parse_xml(Input& input, const XmlEvents& events);

}  // namespace wattback::importers
