#include "importers/ndjson.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "importers/fields.h"
#include "importers/json_line.h"
#include "importers/limits.h"
#include "importers/lines.h"

namespace wattback::importers {
namespace {

constexpr int kilowatt_hour_exponent = 3;

// What a line holds beside the reading until all of its fields are known.
struct Draft {
  Reading reading;
  bool has_start = false;
  bool has_energy = false;
  std::optional<std::string> user_field;  // which of the three names the member
  std::optional<Seconds> duration;
  std::optional<Instant> end;
};

template <class T, class U>
Checked<void> store(Checked<T> value, U& into) {
  if (!value) {
    return std::unexpected(std::move(value.error()));
  }
  into = *std::move(value);
  return {};
}

Checked<void> read_user_field(const JsonField& field, Draft& draft) {
  if (draft.user_field) {
    return reject(RejectionCode::bad_user, fmt::format("names its member twice, by {} and {}",
                                                       *draft.user_field, field.name));
  }
  draft.user_field = field.name;
  return field.name == "user_id" ? store(read_user_id(field.text), draft.reading.user_id)
                                 : store(read_email(field.text), draft.reading.user);
}

Checked<void> read_start_field(const JsonField& field, Draft& draft) {
  draft.has_start = true;
  return store(read_start(field.text), draft.reading.start);
}

Checked<void> read_energy_field(const JsonField& field, Draft& draft) {
  draft.has_energy = true;
  return store(read_energy(field.text, kilowatt_hour_exponent), draft.reading.energy);
}

struct KnownField {
  std::string_view name;
  JsonKind kind;
  Checked<void> (*read)(const JsonField&, Draft&);
};

constexpr std::array known_fields{
    KnownField{"user_id", JsonKind::string, read_user_field},
    KnownField{"email", JsonKind::string, read_user_field},
    KnownField{"user", JsonKind::string, read_user_field},
    KnownField{"meter", JsonKind::string,
               [](const JsonField& field, Draft& draft) {
                 return store(read_meter_label(field.text), draft.reading.meter);
               }},
    KnownField{"meter_identifier", JsonKind::string,
               [](const JsonField& field, Draft& draft) {
                 return store(read_meter_identifier(field.text), draft.reading.meter_identifier);
               }},
    KnownField{"start", JsonKind::string, read_start_field},
    KnownField{"duration", JsonKind::number,
               [](const JsonField& field, Draft& draft) {
                 return store(read_duration(field.text), draft.duration);
               }},
    KnownField{"end", JsonKind::string,
               [](const JsonField& field, Draft& draft) {
                 return store(read_instant(RejectionCode::bad_interval, field.text), draft.end);
               }},
    KnownField{"energy_consumed", JsonKind::number, read_energy_field},
    KnownField{"energy_type", JsonKind::string,
               [](const JsonField& field, Draft& draft) {
                 return store(read_energy_type(field.text), draft.reading.energy_type);
               }},
    KnownField{"quality", JsonKind::number,
               [](const JsonField& field, Draft& draft) {
                 return store(read_quality(field.text), draft.reading.quality);
               }},
    KnownField{"as_of", JsonKind::string,
               [](const JsonField& field, Draft& draft) {
                 return store(read_instant(RejectionCode::bad_as_of, field.text),
                              draft.reading.as_of);
               }},
};

Checked<void> read_field(const JsonField& field, Draft& draft) {
  for (const auto& known : known_fields) {
    if (known.name != field.name) {
      continue;
    }
    if (known.kind != field.kind) {
      return reject(RejectionCode::wrong_type,
                    fmt::format("{} is no {}", field.name,
                                known.kind == JsonKind::string ? "string" : "number"));
    }
    return known.read(field, draft);
  }
  return reject(RejectionCode::unknown_field,
                fmt::format("has a field {} that nobody knows", quoted(field.name)));
}

Checked<Seconds> read_length(const Draft& draft) {
  if (draft.duration && draft.end) {
    return reject(RejectionCode::bad_interval, "has both a duration and an end");
  }
  if (draft.duration) {
    return *draft.duration;
  }
  if (draft.end) {
    return interval_between(draft.reading.start, *draft.end);
  }
  return reject(RejectionCode::missing_field, "has neither a duration nor an end");
}

Checked<Reading> read_line(std::string_view text) {
  const auto fields = read_json_object(text);
  if (!fields) {
    return std::unexpected(fields.error());
  }
  Draft draft;
  for (const auto& field : *fields) {
    if (auto read = read_field(field, draft); !read) {
      return std::unexpected(std::move(read.error()));
    }
  }
  if (!draft.has_start) {
    return reject(RejectionCode::missing_field, "has no start");
  }
  if (!draft.has_energy) {
    return reject(RejectionCode::missing_field, "has no energy_consumed");
  }
  auto length = read_length(draft);
  if (!length) {
    return std::unexpected(std::move(length.error()));
  }
  draft.reading.duration = *length;
  return std::move(draft.reading);
}

Rejection too_long(std::int64_t record, std::int64_t line) {
  return {.record = record,
          .line = line,
          .code = RejectionCode::too_long,
          .reason = fmt::format("is longer than {} bytes", record_bytes_max)};
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t") == text.npos; }

}  // namespace

Record parse_ndjson_line(std::int64_t record, std::int64_t line, std::string_view text) {
  if (text.size() > record_bytes_max) {
    return too_long(record, line);
  }
  auto reading = read_line(text);
  if (!reading) {
    auto& fault = reading.error();
    return Rejection{
        .record = record, .line = line, .code = fault.code, .reason = std::move(fault.reason)};
  }
  reading->record = record;
  reading->line = line;
  return *std::move(reading);
}

Result<void> parse_ndjson(Input& input, const RecordSink& sink) {
  input.rewind();
  LineReader lines(input);
  std::int64_t records = 0;
  for (;;) {
    const auto line = lines.next();
    if (!line) {
      return std::unexpected(line.error());
    }
    if (!*line) {
      return {};
    }
    if (is_blank((*line)->text)) {
      continue;
    }
    ++records;
    const auto number = (*line)->number;
    const auto flow = sink((*line)->too_long ? too_long(records, number)
                                             : parse_ndjson_line(records, number, (*line)->text));
    if (flow == Flow::stop) {
      return {};
    }
  }
}

}  // namespace wattback::importers
