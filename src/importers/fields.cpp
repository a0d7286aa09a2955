#include "importers/fields.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/text.h"
#include "base/uuid.h"
#include "importers/limits.h"

namespace wattback::importers {
namespace {

constexpr std::size_t quoted_bytes_max = 40;

Checked<std::string> read_name(RejectionCode code, std::string_view field, std::string_view text,
                               std::size_t max) {
  auto parsed = parse_text(field, text, max);
  if (!parsed) {
    return reject(code, parsed.error().detail);
  }
  return *std::move(parsed);
}

}  // namespace

std::unexpected<Fault> reject(RejectionCode code, std::string reason) {
  return std::unexpected(Fault{code, std::move(reason)});
}

std::string quoted(std::string_view text) {
  return fmt::format("'{}'", excerpt(text, quoted_bytes_max));
}

Checked<UserId> read_user_id(std::string_view text) {
  const auto uuid = parse_uuid(text);
  if (!uuid) {
    return reject(RejectionCode::bad_user, quoted(text) + " is no user_id (a UUID)");
  }
  return UserId{*uuid};
}

Checked<std::string> read_email(std::string_view text) {
  return read_name(RejectionCode::bad_user, "user", text, email_bytes_max);
}

Checked<std::string> read_meter_label(std::string_view text) {
  return read_name(RejectionCode::bad_meter, "meter", text, meter_label_bytes_max);
}

Checked<std::string> read_meter_identifier(std::string_view text) {
  return read_name(RejectionCode::bad_meter, "meter_identifier", text, meter_identifier_bytes_max);
}

Checked<std::int64_t> read_integer(std::string_view text) {
  const auto refused = [&] {
    return reject(RejectionCode::wrong_type, quoted(text) + " is no whole number");
  };
  std::string_view digits = text;
  if (digits.starts_with('+')) {
    digits.remove_prefix(1);
    if (digits.starts_with('-')) {
      return refused();
    }
  }
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (code != std::errc{} || end != digits.data() + digits.size()) {
    return refused();
  }
  return value;
}

Checked<Seconds> read_duration(std::string_view text) {
  constexpr std::int64_t seconds_max = std::int64_t{1} << 32U;
  const auto seconds = read_integer(text);
  if (!seconds || *seconds < 1 || *seconds > seconds_max) {
    return reject(RejectionCode::bad_interval,
                  "the duration " + quoted(text) + " is no whole number of seconds of 1 or more");
  }
  return Seconds(*seconds);
}

Checked<Energy> read_energy(std::string_view text, int exponent) {
  const auto energy = parse_energy(text, exponent);
  if (!energy) {
    const bool comma = text.find(',') != std::string_view::npos;
    return reject(RejectionCode::bad_energy,
                  fmt::format("the energy {} is {}{}", quoted(text), energy.error().detail,
                              comma ? "; write a point before its decimals" : ""));
  }
  return *energy;
}

Checked<EnergyType> read_energy_type(std::string_view text) {
  const auto type = from_text<EnergyType>(text);
  if (!type) {
    return reject(RejectionCode::bad_energy_type,
                  quoted(text) + " is no energy type: Renewable or Non-Renewable");
  }
  return *type;
}

Checked<std::int64_t> read_quality(std::string_view text) {
  const auto quality = read_integer(text);
  if (!quality || *quality < 0 || *quality > quality_max) {
    return reject(
        RejectionCode::bad_quality,
        fmt::format("the quality {} is no whole number from 0 to {}", quoted(text), quality_max));
  }
  return *quality;
}

Checked<Instant> read_instant(RejectionCode code, std::string_view text) {
  const auto parsed = parse_time(text);
  if (!parsed) {
    return reject(code, quoted(text) + " is no time such as 2026-11-24T10:30:00Z");
  }
  const auto* instant = std::get_if<Instant>(&*parsed);
  if (instant == nullptr) {
    return reject(code, quoted(text) + " lacks its offset from UTC, such as Z or +01:00");
  }
  return *instant;
}

Checked<Instant> read_start(std::string_view text) {
  const auto instant = read_instant(RejectionCode::bad_time, text);
  if (!instant) {
    return instant;
  }
  return whole_second(*instant, text);
}

bool has_text(Instant instant) {
  const auto seconds = std::chrono::floor<Seconds>(instant).time_since_epoch().count();
  return seconds >= text_seconds_min && seconds <= text_seconds_max;
}

Checked<Instant> whole_second(Instant start, std::string_view text) {
  if (std::chrono::floor<Seconds>(start) != start) {
    return reject(RejectionCode::bad_time, quoted(text) + " is no whole second");
  }
  if (!has_text(start)) {
    return reject(RejectionCode::bad_time, quoted(text) + " is not in the years 1 to 9999 of UTC");
  }
  return start;
}

Checked<Seconds> interval_between(Instant start, Instant end) {
  if (!has_text(end)) {
    return reject(RejectionCode::bad_interval, "does not end in the years 1 to 9999 of UTC");
  }
  if (end <= start) {
    return reject(RejectionCode::bad_interval, fmt::format("ends at {}, not after its start at {}",
                                                           to_text(end), to_text(start)));
  }
  const auto length = std::chrono::floor<Seconds>(end - start);
  if (length != end - start) {
    return reject(RejectionCode::bad_interval,
                  fmt::format("lasts no whole number of seconds, until {}", to_text(end)));
  }
  return length;
}

}  // namespace wattback::importers
