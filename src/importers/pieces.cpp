#include "importers/pieces.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "meters/reads.h"
#include "store/read.h"
#include "users/reads.h"

namespace wattback::importers {
namespace {

// Beyond this many members or meters the look-ups of the earliest are forgotten.
constexpr std::size_t lookups_max = 100'000;

// What tells one meter of a member from another in an input.
std::string named_meter(const Reading& reading) {
  return reading.meter_identifier.value_or("") + '\n' + reading.meter.value_or("");
}

usage::ReadingInput input_of(const Reading& reading, EnergyType type, Instant as_of) {
  return {.interval = {.start = reading.start, .duration = reading.duration},
          .energy = reading.energy,
          .type = type,
          .quality = reading.quality,
          .as_of = reading.as_of.value_or(as_of)};
}

}  // namespace

std::string named_user(const Reading& reading) {
  return reading.user_id ? to_text(*reading.user_id) : reading.user.value_or("");
}

PieceCutter::PieceCutter(store::Store& store, const ImportOptions& options, const Import& import,
                         Positions positions, Clock clock, PieceSink pieces,
                         std::function<void(const RejectedRecord&)> rejected)
    : store_(&store),
      options_(&options),
      import_(import),
      positions_(positions),
      clock_(std::move(clock)),
      pieces_(std::move(pieces)),
      rejected_(std::move(rejected)) {
  const auto programme = store::fetch(store, programme::codec(), programme::key());
  check(programme.has_value());
  programme_zone_ = programme->time_zone;
  piece_.command.import = import_.import_id;
}

bool PieceCutter::take_window(std::vector<Record> window) {
  const auto items = sorted_items(std::move(window));
  const auto count = std::ssize(items);
  const auto first = std::clamp<std::int64_t>(positions_.first - position_, 0, count);
  const auto end = std::clamp<std::int64_t>(positions_.end - position_, first, count);
  const std::span taken(items.begin() + first, items.begin() + end);
  position_ += count;
  look_up(taken);
  return std::ranges::all_of(taken, [this](const Item& item) { return take_item(item); }) &&
         hand_on();
}

// Records that are no readings first, then by member, meter and start; otherwise in file order.
std::vector<PieceCutter::Item> PieceCutter::sorted_items(std::vector<Record> window) const {
  std::vector<Item> items;
  items.reserve(window.size());
  for (auto& record : window) {
    Item item;
    if (const auto* reading = std::get_if<Reading>(&record)) {
      item.user = options_->user ? "" : named_user(*reading);
      item.meter = options_->meter ? "" : named_meter(*reading);
    }
    item.record = std::move(record);
    items.push_back(std::move(item));
  }
  std::ranges::sort(items, {}, [](const Item& item) {
    const auto* reading = std::get_if<Reading>(&item.record);
    const auto record = std::visit([](const auto& any) { return any.record; }, item.record);
    return std::tuple(reading != nullptr, std::string_view(item.user), std::string_view(item.meter),
                      reading != nullptr ? reading->start : Instant{}, record);
  });
  return items;
}

bool PieceCutter::take_item(const Item& item) {
  if (const auto* rejection = std::get_if<Rejection>(&item.record)) {
    return reject({.line = rejection->line, .start = rejection->start}, rejection->code,
                  rejection->reason);
  }
  const auto& reading = std::get<Reading>(item.record);
  const auto& member = members_.at(item.user);
  if (!member) {
    return reject(
        {.line = reading.line, .start = reading.start}, RejectionCode::bad_user,
        item.user.empty() ? "names no user" : fmt::format("there is no user '{}'", item.user));
  }
  if (!reading.energy_type && !options_->energy_type) {
    return reject({.line = reading.line, .start = reading.start}, RejectionCode::bad_energy_type,
                  "says no energy type");
  }
  return add_reading(reading, *member, source_of(item, *member));
}

bool PieceCutter::reject(const Origin& origin, RejectionCode code, const std::string& reason) {
  if (rejected_) {
    rejected_({.line = origin.line,
               .start = origin.start,
               .code = to_text(code),
               .reason = reason,
               .usage_id = {}});
  }
  ++piece_.command.rejected;
  return true;
}

bool PieceCutter::add_reading(const Reading& reading, const Member& member, const Source& source) {
  const auto day = source.zone.day_of(reading.start);
  const auto& record = piece_.command.record;
  if (record) {
    const bool other_meter =
        record->user != member.user_id || record->meter.meter_id != source.meter.meter_id;
    // One day more than counted: a meter's own zone may cut them differently.
    const auto days = days_.size() + (days_.contains(day) ? 0 : 1) + 1;
    const bool full =
        usage::documents_written(record->readings.size() + 1, days) > commit::command_documents_max;
    if (other_meter ? !hand_on() : full && !hand_on_whole_days_before(day)) {
      return false;
    }
  }
  if (!piece_.command.record) {
    piece_.command.record = usage::RecordReadings{.user = member.user_id,
                                                  .meter = source.meter,
                                                  .readings = {},
                                                  .import_id = import_.import_id,
                                                  .actor = options_->actor,
                                                  .now = clock_()};
  }
  const auto type = reading.energy_type ? *reading.energy_type : *options_->energy_type;
  piece_.command.record->readings.push_back(input_of(reading, type, import_.as_of));
  if (days_.insert(day).second) {
    day_begins_ = piece_.origins.size();
    rejected_before_day_ = piece_.command.rejected;
  }
  piece_.origins.push_back({.line = reading.line, .start = reading.start});
  return true;
}

// Each piece that has a part of a day writes an entry of its own for it, so only a day that fills a
// piece alone is cut.
bool PieceCutter::hand_on_whole_days_before(Day next) {
  if (day_begins_ == 0 || !days_.contains(next)) {
    return hand_on();
  }
  const auto begins = static_cast<std::ptrdiff_t>(day_begins_);
  auto& readings = piece_.command.record->readings;
  Piece rest;
  rest.command = {.import = piece_.command.import,
                  .from = std::nullopt,
                  .rejected = piece_.command.rejected - rejected_before_day_,
                  .record = piece_.command.record};
  rest.command.record->readings.assign(readings.begin() + begins, readings.end());
  rest.origins.assign(piece_.origins.begin() + begins, piece_.origins.end());
  const auto last_day = *days_.rbegin();

  readings.resize(day_begins_);
  piece_.origins.resize(day_begins_);
  piece_.command.rejected = rejected_before_day_;
  const bool taken = hand_on();
  piece_ = std::move(rest);
  days_ = {last_day};
  day_begins_ = 0;
  rejected_before_day_ = 0;
  return taken;
}

// Hands on what has gathered, as one piece that continues where the last ended.
bool PieceCutter::hand_on() {
  if (piece_.command.records() == 0) {
    return true;
  }
  if (!options_->key) {
    piece_.command.from = import_.progress;
    import_.progress += piece_.command.records();
  }
  Piece next;
  next.command.import = import_.import_id;
  days_.clear();
  return pieces_(std::exchange(piece_, std::move(next)));
}

// Asks for the members and meters of a window together: each alone is a way to the store and back.
void PieceCutter::look_up(std::span<const Item> items) {
  look_up_members(items);
  look_up_meters(items);
}

void PieceCutter::look_up_members(std::span<const Item> items) {
  if (members_.size() >= lookups_max) {
    members_.clear();
  }
  std::vector<std::string> names;
  std::vector<store::Key> keys;
  for (const auto& item : items) {
    const auto* reading = std::get_if<Reading>(&item.record);
    if (reading == nullptr || !members_.try_emplace(item.user).second) {
      continue;
    }
    if (auto key = member_key(*reading)) {
      names.push_back(item.user);
      keys.push_back(*std::move(key));
    }
  }
  const auto users = store::fetch_all(*store_, users::codec(), keys);
  for (std::size_t i = 0; i < users.size(); ++i) {
    if (const auto& user = users[i]) {
      members_[names[i]] =
          Member{.user_id = user->user_id, .zone = user->time_zone.value_or(programme_zone_)};
    }
  }
}

std::optional<store::Key> PieceCutter::member_key(const Reading& reading) const {
  if (options_->user) {
    return users::key(*options_->user);
  }
  if (reading.user_id) {
    return users::key(*reading.user_id);
  }
  return reading.user ? std::optional(users::email_key(users::email_digest(*reading.user)))
                      : std::nullopt;
}

// Those that go by their label. One with an identifier is looked for by itself, in source_of.
void PieceCutter::look_up_meters(std::span<const Item> items) {
  if (sources_.size() >= lookups_max) {
    sources_.clear();
  }
  struct Asked {
    SourceName name;
    std::string label;
    TimeZone zone;  // of the member
  };
  std::vector<Asked> asked;
  std::vector<store::Key> keys;
  std::set<SourceName> names;
  for (const auto& item : items) {
    const auto* reading = std::get_if<Reading>(&item.record);
    const auto* member = reading == nullptr ? nullptr : &members_.at(item.user);
    if (member == nullptr || !*member || (reading->meter_identifier && !options_->meter)) {
      continue;
    }
    SourceName name((*member)->user_id, item.meter);
    if (sources_.contains(name) || !names.insert(name).second) {
      continue;
    }
    const auto& given = options_->meter ? options_->meter : reading->meter;
    auto label = given.value_or(std::string(meters::default_label));
    keys.push_back(meters::label_key(name.first, label));
    asked.push_back({.name = std::move(name), .label = std::move(label), .zone = (*member)->zone});
  }
  const auto found = store::fetch_all(*store_, meters::codec(), keys);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& [name, label, zone] = asked[i];
    if (const auto& meter = found[i]) {
      sources_.emplace(name, Source{.meter = meters::reference_to(*meter),
                                    .zone = meter->time_zone.value_or(zone)});
    } else {
      sources_.emplace(
          name,
          Source{.meter = meters::draft(*store_, name.first, label, std::nullopt), .zone = zone});
    }
  }
}

const PieceCutter::Source& PieceCutter::source_of(const Item& item, const Member& member) {
  const auto& reading = std::get<Reading>(item.record);
  const SourceName name(member.user_id, item.meter);
  if (const auto known = sources_.find(name); known != sources_.end()) {
    return known->second;
  }
  const auto label = options_->meter ? options_->meter : reading.meter;
  const auto identifier = options_->meter ? std::nullopt : reading.meter_identifier;
  const bool titled = options_->format == Format::green_button && !options_->meter;
  auto reference = titled ? meters::resolve_titled(*store_, member.user_id, label, identifier)
                          : meters::resolve(*store_, member.user_id, label, identifier);
  const auto meter =
      store::fetch(*store_, meters::codec(), meters::key(member.user_id, reference.meter_id));
  const auto zone = meter && meter->time_zone ? *meter->time_zone : member.zone;
  return sources_.emplace(name, Source{.meter = std::move(reference), .zone = zone}).first->second;
}

}  // namespace wattback::importers
