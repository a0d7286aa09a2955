#include "operations/audit_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wattback::operations {
namespace {

constexpr std::uint64_t progress_every = 1024;  // documents

// What text and calendars can hold: the years 0 to 9999.
constexpr std::chrono::days first_day = Day(std::chrono::year(0) / 1 / 1).time_since_epoch();
constexpr std::chrono::days last_day = Day(std::chrono::year(9999) / 12 / 31).time_since_epoch();

bool is_in_calendar(const store::Value& value) {
  if (const auto* day = std::get_if<Day>(&value)) {
    return day->time_since_epoch() >= first_day && day->time_since_epoch() <= last_day;
  }
  if (const auto* instant = std::get_if<Instant>(&value)) {
    return instant->time_since_epoch() >= first_day && instant->time_since_epoch() <= last_day;
  }
  return true;
}

}  // namespace

std::string to_text(const Break& found) {
  return fmt::format("{} {}: {}", wattback::to_text(found.invariant), found.document, found.detail);
}

Findings::Findings(BreakSink on_break, ProgressSink on_progress)
    : on_break_(std::move(on_break)), on_progress_(std::move(on_progress)) {}

void Findings::count_document() {
  ++checked_;
  if (on_progress_ && checked_ % progress_every == 0) {
    on_progress_(checked_);
  }
}

void Findings::report(Invariant invariant, std::string document, std::string detail) {
  ++broken_;
  if (on_break_) {
    on_break_(
        {.invariant = invariant, .document = std::move(document), .detail = std::move(detail)});
  }
}

void Findings::note_open_days(std::size_t days) { open_days_max_ = std::max(open_days_max_, days); }

void Dangling::note(std::string_view field, const store::Value& value, std::string_view referred,
                    const store::Key& document) {
  const auto text = fmt::format("{} {} is not in {}", field, store::to_text(value), referred);
  const auto [seen, is_new] = seen_.try_emplace(text);
  if (is_new) {
    seen->second.first = name_of(document);
  } else {
    ++seen->second.more;
  }
}

void Dangling::report_to(Findings& findings) {
  for (auto& [text, seen] : seen_) {
    findings.report(Invariant::references, std::move(seen.first),
                    seen.more == 0 ? text : fmt::format("{}; {} more have it", text, seen.more));
  }
  seen_.clear();
}

std::string name_of(const store::Key& key) {
  std::string values;
  for (const auto& value : key.values) {
    values += (values.empty() ? "" : " ") + store::to_text(value);
  }
  return fmt::format("{}[{}]", key.collection.name, values);
}

std::string name_of(const store::CollectionSchema& collection, const store::Document& document) {
  return name_of(store::primary_key(collection, document));
}

std::optional<std::string> find_corruption(const store::CollectionSchema& collection,
                                           const store::Document& document) {
  if (auto fault = store::find_fault(collection, document)) {
    return fault;
  }
  for (std::size_t i = 0; i < document.values.size(); ++i) {
    if (!is_in_calendar(document.values[i])) {
      return fmt::format("{}.{}: is no time of a calendar", collection.name,
                         collection.fields[i].name);
    }
  }
  return std::nullopt;
}

}  // namespace wattback::operations
