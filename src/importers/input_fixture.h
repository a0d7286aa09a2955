// For tests: inputs made of text, and records read back as short lines.
#pragma once

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "importers/input.h"
#include "importers/reading_record.h"

namespace wattback::importers {

// An input of these bytes, spooled from a descriptor as standard input is.
inline Input make_input(std::string_view bytes) {
  const int descriptor = ::memfd_create("input", MFD_CLOEXEC);
  check(descriptor >= 0);
  for (std::string_view rest = bytes; !rest.empty();) {
    const auto count = ::write(descriptor, rest.data(), rest.size());
    check(count > 0);
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  check(::lseek(descriptor, 0, SEEK_SET) == 0);
  auto input = Input::spool(descriptor, "file");
  ::close(descriptor);
  check(input.has_value());
  return *std::move(input);
}

// "1@2 2026-01-01T00:00:00Z 3600s 0.5 kWh" is record 1 on line 2, then what else a reading has;
// "2@3 bad_time" is a rejection.
inline std::string to_line(const Record& record) {
  if (const auto* rejection = std::get_if<Rejection>(&record)) {
    return fmt::format("{}@{} {}", rejection->record, rejection->line, to_text(rejection->code));
  }
  const auto& reading = std::get<Reading>(record);
  auto line =
      fmt::format("{}@{} {} {}s {} kWh", reading.record, reading.line, to_text(reading.start),
                  reading.duration.count(), to_text(reading.energy));
  const auto add = [&](std::string_view name, const std::string& value) {
    line += fmt::format(" {}={}", name, value);
  };
  if (reading.user_id) {
    add("user_id", to_text(*reading.user_id));
  }
  if (reading.user) {
    add("user", *reading.user);
  }
  if (reading.meter) {
    add("meter", *reading.meter);
  }
  if (reading.meter_identifier) {
    add("identifier", *reading.meter_identifier);
  }
  if (reading.energy_type) {
    add("type", std::string(to_text(*reading.energy_type)));
  }
  if (reading.quality) {
    add("quality", std::to_string(*reading.quality));
  }
  if (reading.as_of) {
    add("as_of", to_text(*reading.as_of));
  }
  return line;
}

// The records that `parse` hands its sink, one line each; last, where it fails, its error.
template <class Parse>
std::vector<std::string> lines_of(const Parse& parse) {
  std::vector<std::string> lines;
  const Result<void> done = parse([&](Record&& record) {
    lines.push_back(to_line(record));
    return Flow::more;
  });
  if (!done) {
    lines.push_back("error: " + done.error().detail);
  }
  return lines;
}

// The reasons of the rejections that `parse` hands its sink.
template <class Parse>
std::vector<std::string> reasons_of(const Parse& parse) {
  std::vector<std::string> reasons;
  check(parse([&](Record&& record) {
          if (const auto* rejection = std::get_if<Rejection>(&record)) {
            reasons.push_back(rejection->reason);
          }
          return Flow::more;
        }).has_value());
  return reasons;
}

}  // namespace wattback::importers
