// What the readings of a Green Button feed mean: the links from IntervalBlock to MeterReading, and
// on to ReadingType and UsagePoint, whatever the order of the entries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "importers/espi_entry.h"

namespace wattback::importers {

// What a MeterReading's values are, and of which meter.
struct EspiChannel {
  std::int64_t line = 0;                  // of the entry at fault, if one is
  std::optional<Fault> fault;             // why none of its readings can be taken
  int exponent = 0;                       // its values are 10^this Wh
  std::optional<std::string> label;       // the usage point's title, unique within the feed
  std::optional<std::string> identifier;  // the usage point's id, or its self link
};

// Entries of one kind by the keys of their links. What leads to two of them leads to none.
class LinkTable {
 public:
  void put(const std::string& key, std::size_t position);
  std::optional<std::size_t> find(std::string_view key) const;
  std::optional<std::size_t> find_ancestor(std::string_view key) const;

 private:
  std::unordered_map<std::string, std::optional<std::size_t>> positions_;
};

class EspiIndex {
 public:
  // Takes an entry of any kind; false where all that is kept exceeds espi_index_bytes_max.
  bool add(EspiEntry&& entry);

  // After the last entry: follows the links, relative ones from `base`. A fault is about the whole
  // feed, at fault_line(): it has no readings, no unit of energy, or nothing that can be taken.
  Checked<void> link(std::string_view base);
  std::int64_t fault_line() const { return fault_line_; }

  // The channel the links of an IntervalBlock lead to, or nullptr.
  const EspiChannel* find(const EspiEntry& block) const;

 private:
  struct Entries {
    std::vector<EspiEntry> list;
    LinkTable by_self;
    LinkTable by_up;
    LinkTable by_related;
  };

  std::vector<std::string> keys(const EspiEntry& entry, LinkRelation relation) const;
  void index(Entries& entries) const;
  const EspiEntry* find_type(const EspiEntry& meter_reading) const;
  const EspiEntry* find_usage_point(const EspiEntry& meter_reading) const;
  EspiChannel make_channel(const EspiEntry& meter_reading);
  std::optional<std::string> label_of(const EspiEntry& entry);

  Entries usage_points_;
  Entries meter_readings_;
  Entries types_;
  std::vector<EspiChannel> channels_;  // one a meter reading
  std::size_t bytes_ = 0;
  bool has_block_ = false;
  std::string base_;
  std::string authority_;         // the one that links of the feed name, where they name one
  bool has_authorities_ = false;  // they name several
  std::int64_t fault_line_ = 1;
  std::unordered_map<const EspiEntry*, std::optional<std::string>> labels_;
  std::unordered_set<std::string> labels_used_;
  std::unordered_map<std::string, int> label_numbers_;  // the last one behind each title
};

}  // namespace wattback::importers
