// What an audit has seen and found so far, and how it names a document.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "operations/audit.h"
#include "store/document.h"

namespace wattback::operations {

// Sums of what a corrupt store may hold do not overflow it.
using Wide = __int128;

class Findings {
 public:
  using BreakSink = std::function<void(const Break&)>;
  using ProgressSink = std::function<void(std::uint64_t checked)>;

  Findings(BreakSink on_break, ProgressSink on_progress);

  void count_document();
  void report(Invariant invariant, std::string document, std::string detail);
  void note_open_days(std::size_t days);

  std::uint64_t checked() const { return checked_; }
  std::uint64_t broken() const { return broken_; }
  std::size_t open_days_max() const { return open_days_max_; }

 private:
  BreakSink on_break_;
  ProgressSink on_progress_;
  std::uint64_t checked_ = 0;
  std::uint64_t broken_ = 0;
  std::size_t open_days_max_ = 0;
};

// References of one collection to documents that are not there, told in one line each, however many
// documents have it.
class Dangling {
 public:
  void note(std::string_view field, const store::Value& value, std::string_view referred,
            const store::Key& document);
  void report_to(Findings& findings);

 private:
  struct Seen {
    std::string first;  // the document
    std::uint64_t more = 0;
  };
  std::map<std::string, Seen> seen_;  // by what is said of it
};

std::string name_of(const store::Key& key);  // by its primary key: points_ledger[0192... 7]
std::string name_of(const store::CollectionSchema& collection, const store::Document& document);

// What makes a document none of ours, as a sentence; such a one is not looked at further. Beyond
// the schema: times no calendar has.
std::optional<std::string> find_corruption(const store::CollectionSchema& collection,
                                           const store::Document& document);

}  // namespace wattback::operations
