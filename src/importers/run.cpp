#include "importers/run.h"

#include <fmt/format.h>

#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "base/check.h"
#include "importers/commands.h"
#include "importers/limits.h"
#include "importers/pieces.h"
#include "importers/retelling.h"
#include "importers/windows.h"
#include "programme/programme.h"
#include "store/patience.h"
#include "store/read.h"
#include "users/reads.h"

namespace wattback::importers {
namespace {

void tell(const Piece& piece, const RecordPiece::Reply& reply, const ImportObserver& observer) {
  for (std::size_t i = 0; i < reply.readings.size(); ++i) {
    const auto& reading = reply.readings[i];
    if (!reading.error) {
      observer.taken({.line = piece.origins[i].line, .reply = reading});
    } else {
      observer.rejected({.line = piece.origins[i].line,
                         .start = piece.origins[i].start,
                         .code = to_text(reading.error->code),
                         .reason = reading.error->detail,
                         .usage_id = reading.usage_id});
    }
  }
}

// Counts what a run decides, and tells the run's own observer, which may have empty places.
class Tally {
 public:
  explicit Tally(const ImportObserver& told)
      : observer_{.progress = told.progress,
                  .rejected =
                      [counts = counts_, &told](const RejectedRecord& record) {
                        ++counts->read;
                        ++counts->rejected;
                        if (told.rejected) {
                          told.rejected(record);
                        }
                      },
                  .taken =
                      [counts = counts_, &told](const TakenRecord& record) {
                        ++counts->read;
                        count(*counts, record.reply);
                        if (told.taken) {
                          told.taken(record);
                        }
                      },
                  .waits = told.waits} {}

  const Counts& counts() const { return *counts_; }
  const ImportObserver& observer() const { return observer_; }

 private:
  std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
  ImportObserver observer_;
};

// Where pieces and the import they belong to are decided: through a committer, or on a workspace
// that is thrown away.
class Taker {
 public:
  Taker() = default;
  Taker(const Taker&) = delete;
  Taker& operator=(const Taker&) = delete;
  virtual ~Taker() = default;

  virtual Result<Import> start(const StartImport& command) = 0;
  virtual Result<void> take(Piece piece) = 0;
  virtual Result<Import> finish(const FinishImport& command) = 0;
};

class CommittingTaker final : public Taker {
 public:
  CommittingTaker(store::Store& store, commit::Committer& committer, const ImportOptions& options,
                  const ImportObserver& observer)
      : store_(&store),
        committer_(&committer),
        patience_(options.unsettled_max),
        observer_(&observer),
        retelling_(store, observer, options.as_of_called) {}

  // Nothing may be left in flight that would answer into what is gone.
  ~CommittingTaker() override { wait_for_all(); }

  Result<Import> start(const StartImport& command) override { return committer_->run(command); }

  Result<void> take(Piece piece) override {
    const auto records = piece.command.records();
    while (flying_.size() >= pieces_in_flight_max ||
           (!flying_.empty() && records_flying_ + records > records_in_flight_max)) {
      if (auto landed = land_first(); !landed) {
        return landed;
      }
    }
    launch(std::move(piece));
    return {};
  }

  Result<Import> finish(const FinishImport& command) override {
    while (!flying_.empty()) {
      if (const auto landed = land_first(); !landed) {
        return std::unexpected(landed.error());
      }
    }
    return committer_->run(command);
  }

 private:
  static constexpr int tries_max = 20;  // of one piece that is turned away or out of turn

  struct Flight {
    Piece piece;
    std::future<Result<RecordPiece::Reply>> answer;
    int tries = 0;
  };

  void launch(Piece piece, int tries = 0) {
    records_flying_ += piece.command.records();
    auto promise = std::make_shared<std::promise<Result<RecordPiece::Reply>>>();
    auto answer = promise->get_future();
    committer_->submit<RecordPiece>(piece.command, [promise](Result<RecordPiece::Reply> reply) {
      promise->set_value(std::move(reply));
    });
    flying_.push_back({.piece = std::move(piece), .answer = std::move(answer), .tries = tries});
  }

  Result<void> land_first() {
    auto flight = std::move(flying_.front());
    flying_.pop_front();
    records_flying_ -= flight.piece.command.records();
    const auto reply = flight.answer.get();
    if (reply) {
      patience_.renew();
      forget_tries();
      return tell_of(flight.piece, *reply);
    }
    if (reply.error().code == ErrorCode::unavailable && patience_.wait()) {
      if (observer_->waits && patience_.is_told()) {
        observer_->waits(reply.error());
      }
      flight.tries = 0;
      forget_tries();
      return relaunch_from(std::move(flight));
    }
    const bool out_of_turn = reply.error().code == ErrorCode::conflict;
    const bool turned_away = reply.error().code == ErrorCode::overloaded;
    if ((out_of_turn || turned_away) && flight.tries + 1 < tries_max) {
      return relaunch_from(std::move(flight));
    }
    if (out_of_turn) {
      return fail(ErrorCode::unavailable,
                  "others write what is imported, again and again; " + std::string(sent_again));
    }
    return std::unexpected(reply.error());
  }

  // The answer of one that was in already says nothing of its readings: its commit happened, and
  // was told as one of which nobody knew.
  Result<void> tell_of(const Piece& piece, const RecordPiece::Reply& reply) {
    if (reply.already_in) {
      return retelling_.tell_again(piece);
    }
    tell(piece, reply, *observer_);
    return {};
  }

  // Those behind a piece that went in did not fail by themselves.
  void forget_tries() {
    for (auto& later : flying_) {
      later.tries = 0;
    }
  }

  // A piece before this one was put off, or the queue was full: all that was in flight is waited
  // for, and what did not go in is sent again in its order.
  Result<void> relaunch_from(Flight first) {
    wait_for_all();
    std::deque<Flight> again;
    again.push_back(std::move(first));
    for (auto& flight : std::exchange(flying_, {})) {
      if (const auto reply = flight.answer.get(); !reply) {
        again.push_back(std::move(flight));
      } else if (const auto told = tell_of(flight.piece, *reply); !told) {
        return told;
      }
    }
    records_flying_ = 0;
    std::this_thread::sleep_for(again.front().tries == 0 ? Milliseconds(0) : Milliseconds(20));
    const auto import = store::fetch(*store_, codec(), key(again.front().piece.command.import));
    if (!import || import->status == ImportStatus::withdrawn) {
      return fail(ErrorCode::conflict, "the import was withdrawn while it ran");
    }
    for (auto& flight : again) {
      launch(std::move(flight.piece), flight.tries + 1);
    }
    return {};
  }

  void wait_for_all() {
    for (auto& flight : flying_) {
      flight.answer.wait();
    }
  }

  store::Store* store_;
  commit::Committer* committer_;
  store::Patience patience_;
  const ImportObserver* observer_;
  Retelling retelling_;
  std::deque<Flight> flying_;
  std::int64_t records_flying_ = 0;
};

class DryTaker final : public Taker {
 public:
  DryTaker(store::Store& store, std::optional<std::int64_t> records_max,
           const ImportObserver& observer)
      : workspace_(store, store::product_schema()),
        records_max_(records_max),
        observer_(&observer) {}

  Result<Import> start(const StartImport& command) override {
    return commit::decide_on(workspace_, command);
  }

  Result<void> take(Piece piece) override {
    records_ += piece.command.records();
    if (records_max_ && records_ > *records_max_) {
      return fail(ErrorCode::limit_exceeded,
                  fmt::format("a dry run here is of at most {} readings", *records_max_));
    }
    workspace_.begin_batch();
    const auto reply = commit::decide_on(workspace_, piece.command);
    if (!reply) {
      return std::unexpected(reply.error());
    }
    tell(piece, *reply, *observer_);
    return {};
  }

  Result<Import> finish(const FinishImport& command) override {
    return commit::decide_on(workspace_, command);
  }

 private:
  commit::Workspace workspace_;  // which holds all that would be written
  std::optional<std::int64_t> records_max_;
  std::int64_t records_ = 0;
  const ImportObserver* observer_;
};

// The options with what they leave open filled in, so that they say all a fingerprint must cover.
Result<ImportOptions> complete(store::Store& store, Input& input, ImportOptions options) {
  const auto programme = store::fetch(store, programme::codec(), programme::key());
  if (!programme) {
    return fail(ErrorCode::not_found, "there is no programme yet");
  }
  if (options.user) {
    const auto user = users::find(store, *options.user);
    if (!user) {
      return fail(ErrorCode::not_found, "there is no such user");
    }
    options.zone = options.zone ? options.zone : user->time_zone;
  }
  if (!options.key) {  // a bulk has no local times
    options.zone = options.zone.value_or(programme->time_zone);
  }
  if (!options.format) {
    const auto detected = detect_format(input);
    if (!detected) {
      return std::unexpected(detected.error());
    }
    options.format = *detected;
  }
  return options;
}

Fingerprint fingerprint(const Digest& input, const ImportOptions& options) {
  Sha256 hash;
  hash.add_part("wattback/import/1");
  hash.add_part(input);
  hash.add_part(options.user ? to_text(*options.user) : "");
  hash.add_part(options.meter.value_or(""));
  hash.add_part(options.energy_type ? to_text(*options.energy_type) : "");
  hash.add_part(options.zone ? options.zone->name() : "");
  hash.add_part(options.as_of ? to_text(*options.as_of) : "");
  hash.add_part(to_text(*options.format));
  hash.add_part(to_text(options.unit));
  hash.add_integer(options.interval ? options.interval->count() : 0);
  return hash.finish();
}

// What makes an input refused as a whole, seen in its first window: nothing says the energy type or
// the member of any reading. Never guessed.
Result<void> check_first_window(const Input& input, const std::vector<Record>& window,
                                const ImportOptions& options) {
  bool any = false;
  bool any_type = options.energy_type.has_value();
  bool any_user = options.user.has_value();
  for (const auto& record : window) {
    if (const auto* reading = std::get_if<Reading>(&record)) {
      any = true;
      any_type = any_type || reading->energy_type.has_value();
      any_user = any_user || reading->user.has_value() || reading->user_id.has_value();
    }
  }
  if (any && !any_type) {
    return fail_field("energy_type",
                      fmt::format("{} says none that is known; say whether all of it "
                                  "is Renewable or Non-Renewable",
                                  input.name()));
  }
  if (any && !any_user) {
    return fail_field("user_id",
                      fmt::format("{} names none; say whose readings they are", input.name()));
  }
  return {};
}

// How an input calls a reading's meter; empty where it says nothing of it.
std::string called_meter(const Reading& reading) {
  auto label = reading.meter.value_or("");
  if (!reading.meter_identifier) {
    return label;
  }
  return label.empty() ? *reading.meter_identifier
                       : fmt::format("{} ({})", label, *reading.meter_identifier);
}

// One label for several meters of a member would make them one, where the second's readings are
// repeats of the first's. Reads the whole input, and rewinds.
Result<void> check_one_meter(Input& input, const ImportOptions& options) {
  std::map<std::string, std::string> meters;  // the first of each member
  std::optional<Error> fault;
  const auto parsed =
      parse_readings(*options.format, input, parse_options(options), [&](Record&& record) {
        const auto* reading = std::get_if<Reading>(&record);
        const auto meter = reading != nullptr ? called_meter(*reading) : std::string();
        if (meter.empty()) {
          return Flow::more;
        }
        const auto first = meters.emplace(options.user ? "" : named_user(*reading), meter).first;
        if (first->second != meter) {
          fault =
              fail_field("meter", fmt::format("{} holds readings of several meters, '{}' and '{}', "
                                              "which one label would make one; leave it out, or "
                                              "send a file for each",
                                              input.name(), first->second, meter))
                  .error();
        } else if (meters.size() > one_label_members_max) {
          fault = fail(ErrorCode::limit_exceeded,
                       fmt::format("one label is for the meters of at most {} members",
                                   one_label_members_max))
                      .error();
        }
        return fault ? Flow::stop : Flow::more;
      });
  if (fault) {
    return std::unexpected(*fault);
  }
  if (!parsed) {
    return parsed;
  }
  input.rewind();
  return {};
}

// What a repeated import would have done anew: nothing, each reading being there.
Counts counts_of_repeat(const Counts& first) {
  return {.read = first.read,
          .duplicates = first.accepted + first.duplicates + first.restated,
          .superseded = first.superseded,
          .rejected = first.rejected};
}

// One run over the input.
class Run {
 public:
  Run(store::Store& store, Clock clock, Input& input, const ImportOptions& options,
      const ImportObserver& observer, Taker& taker, const Counts& decided)
      : store_(&store),
        clock_(std::move(clock)),
        input_(&input),
        options_(&options),
        observer_(&observer),
        taker_(&taker),
        decided_(&decided) {}

  Result<ImportResult> go(const Digest& digest) {
    fingerprint_ = fingerprint(digest, *options_);
    id_ = options_->key ? bulk_id(options_->actor, *options_->key) : import_id(fingerprint_);
    const auto there = store::fetch(*store_, codec(), key(id_));
    const bool retold = there && !options_->key && there->status != ImportStatus::withdrawn &&
                        there->counts.rejected > 0 && observer_->rejected;
    if (retold) {
      Retelling retelling(*store_, *observer_, options_->as_of_called);
      if (const auto told = retelling.tell_again(*input_, *options_, *there, clock_); !told) {
        return std::unexpected(told.error());
      }
    }
    if (there && there->status == ImportStatus::done && !options_->key) {
      return ImportResult{.import = *there,
                          .counts = counts_of_repeat(there->counts),
                          .repeated = true,
                          .resumed = false};
    }
    const bool was_begun = there && there->progress > 0;
    if (options_->meter) {
      if (const auto one = check_one_meter(*input_, *options_); !one) {
        return std::unexpected(one.error());
      }
    }
    const auto parsed = parse_windows(*input_, *options_, [this](std::vector<Record> window) {
      take_window(std::move(window));
      return !failure_.has_value();
    });
    if (!failure_ && !parsed) {
      failure_ = parsed.error();
    }
    if (failure_) {
      return std::unexpected(*failure_);
    }
    const bool is_bulk = options_->key.has_value();
    auto finished = taker_->finish(
        {.import = id_, .records = is_bulk ? std::nullopt : std::optional(cutter_->position())});
    if (!finished) {
      return std::unexpected(finished.error());
    }
    return ImportResult{.import = *finished,
                        .counts = is_bulk ? *decided_ : finished->counts,
                        .repeated = is_bulk && was_begun,
                        .resumed = !is_bulk && was_begun};
  }

 private:
  void take_window(std::vector<Record> window) {
    if (!cutter_ && !start(window)) {
      return;
    }
    const bool taken = cutter_->take_window(std::move(window));
    check(taken == !failure_.has_value());
    if (observer_->progress) {
      observer_->progress(input_->progress());
    }
  }

  // The import begins with the first window, so that an input refused as a whole leaves no trace.
  bool start(const std::vector<Record>& window) {
    if (const auto checked = check_first_window(*input_, window, *options_); !checked) {
      failure_ = checked.error();
      return false;
    }
    const auto now = clock_();
    auto begun = taker_->start({.import = id_,
                                .actor = options_->actor,
                                .user = options_->user,
                                .fingerprint = fingerprint_,
                                .as_of = options_->as_of.value_or(now),
                                .now = now,
                                .as_of_called = options_->as_of_called});
    if (!begun) {
      failure_ = begun.error();
      return false;
    }
    cutter_.emplace(
        *store_, *options_, *begun, Positions{.first = options_->key ? 0 : begun->progress}, clock_,
        [this](Piece piece) {
          if (options_->stop.stop_requested()) {
            failure_ = stopped();
          } else if (const auto taken = taker_->take(std::move(piece)); !taken) {
            failure_ = taken.error();
          }
          return !failure_.has_value();
        },
        observer_->rejected);
    return true;
  }

  store::Store* store_;
  Clock clock_;
  Input* input_;
  const ImportOptions* options_;
  const ImportObserver* observer_;
  Taker* taker_;
  const Counts* decided_;  // by this run so far
  Fingerprint fingerprint_{};
  ImportId id_;
  std::optional<PieceCutter> cutter_;
  std::optional<Error> failure_;
};

Result<ImportResult> run(store::Store& store, const Clock& clock, Input& input,
                         const ImportOptions& options, const Tally& tally, Taker& taker) {
  input.heed(options.stop);
  const auto digest = input.digest();
  if (!digest) {
    return std::unexpected(digest.error());
  }
  if (options.as_of && *options.as_of > clock() + usage::ahead_max) {
    return fail_field("as_of", "is in the future");
  }
  const auto completed = complete(store, input, options);
  if (!completed) {
    return std::unexpected(completed.error());
  }
  return Run(store, clock, input, *completed, tally.observer(), taker, tally.counts()).go(*digest);
}

}  // namespace

std::string told_reason(const RejectedRecord& rejected) {
  return rejected.start
             ? fmt::format("the reading of {}: {}", to_text(*rejected.start), rejected.reason)
             : rejected.reason;
}

Result<ImportResult> run_import(store::Store& store, commit::Committer& committer,
                                const Clock& clock, Input& input, const ImportOptions& options,
                                const ImportObserver& observer) {
  const Tally tally(observer);
  CommittingTaker taker(store, committer, options, tally.observer());
  return run(store, clock, input, options, tally, taker);
}

Result<ImportResult> dry_run_import(store::Store& store, const Clock& clock, Input& input,
                                    const ImportOptions& options, const ImportObserver& observer) {
  const Tally tally(observer);
  DryTaker taker(store, options.dry_records_max, tally.observer());
  return run(store, clock, input, options, tally, taker);
}

}  // namespace wattback::importers
