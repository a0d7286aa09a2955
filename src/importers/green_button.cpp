#include "importers/green_button.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "importers/espi_entry.h"
#include "importers/espi_index.h"
#include "importers/limits.h"

namespace wattback::importers {
namespace {

Result<EspiIndex> read_index(Input& input) {
  EspiIndex index;
  EspiReader reader(
      input, KeepReadings::no,
      [&](EspiEntry&& entry) -> Result<void> {
        const auto line = entry.line;
        if (!index.add(std::move(entry))) {
          return input.fault(
              line, fmt::format("more than {} bytes of links between meters", espi_index_bytes_max),
              ErrorCode::limit_exceeded);
        }
        return {};
      },
      [] { return Flow::more; });
  if (const auto read = reader.read(); !read) {
    return std::unexpected(read.error());
  }
  if (const auto linked = index.link(reader.base()); !linked) {
    return input.fault(index.fault_line(), linked.error().reason);
  }
  return index;
}

// An entry's time of update. Atom allows more decimals than milliseconds have: they are left out.
Checked<std::optional<Instant>> read_updated(const EspiEntry& entry) {
  if (!entry.updated) {
    return std::nullopt;
  }
  constexpr std::size_t decimals = 3;
  std::string text = *entry.updated;
  if (const auto point = text.find('.'); point != std::string::npos) {
    const auto end = std::min(text.find_first_not_of("0123456789", point + 1), text.size());
    if (end - point > decimals + 1) {
      text.erase(point + 1 + decimals, end - point - 1 - decimals);
    }
  }
  const auto instant = read_instant(RejectionCode::bad_as_of, text);
  if (!instant) {
    return std::unexpected(instant.error());
  }
  return *instant;
}

// What all readings of an IntervalBlock's entry have in common.
struct Block {
  const EspiChannel* channel = nullptr;
  Checked<std::optional<Instant>> as_of;
};

Checked<Reading> make_reading(const Block& block, const EspiReadingLine& source) {
  if (block.channel == nullptr) {
    return reject(RejectionCode::no_reading_type,
                  "no link leads from its IntervalBlock to one MeterReading");
  }
  if (block.channel->fault) {
    return std::unexpected(*block.channel->fault);
  }
  if (!block.as_of) {
    return std::unexpected(block.as_of.error());
  }
  if (!source.reading) {
    return std::unexpected(source.reading.error());
  }
  const auto energy = read_energy(std::to_string(source.reading->value), block.channel->exponent);
  if (!energy) {
    return std::unexpected(energy.error());
  }
  return Reading{.meter = block.channel->label,
                 .meter_identifier = block.channel->identifier,
                 .start = source.reading->start,
                 .duration = source.reading->duration,
                 .energy = *energy,
                 .quality = source.reading->quality,
                 .as_of = *block.as_of};
}

// Gives the readings of entries to a sink, counting them over the feed.
class Giver {
 public:
  Giver(const EspiIndex& index, const RecordSink& sink) : index_(index), sink_(sink) {}

  Flow give(const EspiEntry& entry) {
    const Block block{.channel = index_.find(entry), .as_of = read_updated(entry)};
    for (const auto& source : entry.readings) {
      if (sink_(make_record(block, source)) == Flow::stop) {
        return Flow::stop;
      }
    }
    return Flow::more;
  }

 private:
  Record make_record(const Block& block, const EspiReadingLine& source) {
    auto reading = make_reading(block, source);
    ++records_;
    if (!reading) {
      return Rejection{
          .record = records_,
          .line = source.line,
          .start = source.reading ? std::optional(source.reading->start) : std::nullopt,
          .code = reading.error().code,
          .reason = std::move(reading.error().reason)};
    }
    reading->record = records_;
    reading->line = source.line;
    return *std::move(reading);
  }

  const EspiIndex& index_;
  const RecordSink& sink_;
  std::int64_t records_ = 0;
};

}  // namespace

Result<void> parse_green_button(Input& input, const RecordSink& sink) {
  const auto index = read_index(input);
  if (!index) {
    return std::unexpected(index.error());
  }
  Giver giver(*index, sink);
  std::vector<EspiEntry> blocks;  // complete, not yet given
  EspiReader reader(
      input, KeepReadings::yes,
      [&](EspiEntry&& entry) -> Result<void> {
        if (!entry.readings.empty()) {
          blocks.push_back(std::move(entry));
        }
        return {};
      },
      [&]() -> Result<Flow> {
        for (const auto& block : std::exchange(blocks, {})) {
          if (giver.give(block) == Flow::stop) {
            return Flow::stop;
          }
        }
        return Flow::more;
      });
  return reader.read();
}

}  // namespace wattback::importers
