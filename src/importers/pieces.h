// Cuts the records of an input into the pieces that are committed.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "importers/commands.h"
#include "importers/reading_record.h"
#include "importers/run.h"
#include "programme/programme.h"
#include "store/store.h"

namespace wattback::importers {

// The member a record names, as it names them; empty where it names none.
std::string named_user(const Reading& reading);

// Where in the input a record stands, and of a reading when it starts.
struct Origin {
  std::int64_t line = 0;
  std::optional<Instant> start;
};

// A piece, and where its readings stood in the input.
struct Piece {
  RecordPiece command;
  std::vector<Origin> origins;  // of its readings, in order
};

// Which records of an input are taken, counted from 0 in the order the runner takes them.
struct Positions {
  std::int64_t first = 0;
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
};

// Takes the records of one input in turn and hands on its pieces in order. Who and what a record
// names is looked up here, once each.
class PieceCutter {
 public:
  // A false from either function ends the work; take() then answers `stop`.
  using PieceSink = std::function<bool(Piece)>;

  PieceCutter(store::Store& store, const ImportOptions& options, const Import& import,
              Positions positions, Clock clock, PieceSink pieces,
              std::function<void(const RejectedRecord&)> rejected);

  bool take_window(std::vector<Record> window);
  std::int64_t position() const { return position_; }

 private:
  struct Item {
    std::string user;   // as it is named; empty where the options name the member, or nothing does
    std::string meter;  // the same
    Record record;
  };
  struct Member {
    UserId user_id;
    TimeZone zone;
  };
  struct Source {
    meters::MeterReference meter;
    TimeZone zone;  // of its local days, near enough to count them
  };

  using SourceName = std::pair<UserId, std::string>;  // the member, and what names the meter

  std::vector<Item> sorted_items(std::vector<Record> window) const;
  bool take_item(const Item& item);
  bool reject(const Origin& origin, RejectionCode code, const std::string& reason);
  bool add_reading(const Reading& reading, const Member& member, const Source& source);
  bool hand_on();
  bool hand_on_whole_days_before(Day next);
  void look_up(std::span<const Item> items);
  void look_up_members(std::span<const Item> items);
  void look_up_meters(std::span<const Item> items);
  std::optional<store::Key> member_key(const Reading& reading) const;
  const Source& source_of(const Item& item, const Member& member);

  store::Store* store_;
  const ImportOptions* options_;
  Import import_;
  Positions positions_;
  Clock clock_;
  PieceSink pieces_;
  std::function<void(const RejectedRecord&)> rejected_;
  TimeZone programme_zone_ = TimeZone::utc();
  std::int64_t position_ = 0;  // of the next record
  Piece piece_;
  std::set<Day> days_;
  std::size_t day_begins_ = 0;            // which reading of the piece begins its last day,
  std::int64_t rejected_before_day_ = 0;  // and the rejected records before that
  std::map<std::string, std::optional<Member>> members_;
  std::map<SourceName, Source> sources_;
};

}  // namespace wattback::importers
