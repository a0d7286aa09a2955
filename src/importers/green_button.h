// Readings as Green Button "Download My Data": NAESB ESPI in an Atom feed. Electricity delivered
// (flowDirection forward), in watt-hours, by interval (accumulationBehaviour delta); other readings
// are rejected with the reason, and a feed without any of these is refused.
//
// The input is read twice, so entries and elements may come in any order: first what links say,
// then the readings in the order of the file. A reading's meter is its usage point: the identifier
// is that entry's id (or self link), the label its title, or where it has none of the identifier
// (meters::resolve_titled). Its as_of is when the IntervalBlock's
// entry was `updated`. The value is integer * 10^powerOfTenMultiplier Wh.
#pragma once

#include "importers/input.h"
#include "importers/reading_record.h"

namespace wattback::importers {

// An Error where the file is no XML, no Atom feed, has a DOCTYPE, no IntervalBlock, no unit of
// energy, nothing that can be taken, or exceeds a limit. It is found before the sink is called.
Result<void> parse_green_button(Input& input, const RecordSink& sink);

}  // namespace wattback::importers
