#include "operations/migrator.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <utility>

#include "base/check.h"
#include "store/patience.h"
#include "store/read.h"

namespace wattback::operations {
namespace {

constexpr Milliseconds poll_interval{200};  // of another process's progress
// Of what the store can't settle: the pauses between tries, and from which on it is worth telling.
constexpr Milliseconds pause_min{20};
constexpr Milliseconds pause_max{500};
constexpr Milliseconds told_pause{320};
constexpr Milliseconds rivals_max{5'000};  // others who write, in a store that is no server

// Earlier versions had none, but their migrations are recorded, too.
store::Schema with_history(store::Schema schema) {
  const auto& history = history_codec().schema();
  if (std::ranges::find(schema.collections, history.name, &store::CollectionSchema::name) ==
      schema.collections.end()) {
    schema.collections.push_back(history);
  }
  return schema;
}

enum class Ending : std::uint8_t { done, stopped, lost };

// One migration, as far as this process gets with it.
class Run {
 public:
  Run(store::Store& store, const Migrations& migrations, const Migration& migration,
      const MigratorOptions& options)
      : store_(store),
        migration_(migration),
        options_(options),
        schema_(with_history(migrations.schema_at(migration.number))),
        checksum_(migrations.checksum(migration)) {}

  // Whether it is ours to do: false when another process has done it.
  bool claim() {
    auto patience = make_patience();
    auto pause = pause_min;
    while (true) {
      const auto found = find_record(store_, migration_.number);
      if (found && found->status != MigrationStatus::running) {
        return false;
      }
      if (found && found->checksum != checksum_) {
        throw std::runtime_error(fmt::format(
            "migration {} was begun by a program that has another of that number; go on with that "
            "program",
            migration_.number));
      }
      const auto now = options_.now();
      if (found && found->owner != options_.owner && found->lease_until > now) {
        options_.on_wait(*found);
        if (options_.should_stop()) {
          stopped_ = true;
          return false;
        }
        options_.sleep(poll_interval);
        continue;
      }
      if (take(found, now)) {
        return true;
      }
      if (find_record(store_, migration_.number) != found) {
        patience.renew();  // another was first
        continue;
      }
      record_ = found.value_or(record_of_none());
      if (!wait(patience, pause, "its record is kept by another")) {
        stopped_ = true;
        return false;
      }
    }
  }

  bool stopped() const { return stopped_; }
  const MigrationRecord& record() const { return record_; }

  Ending run() {
    auto ending = insist([&] { return expand(); });
    while (ending == Ending::done &&
           record_.pass < static_cast<std::int64_t>(migration_.up.size())) {
      if (options_.should_stop()) {
        return stop();
      }
      ending = run_piece(migration_.up[static_cast<std::size_t>(record_.pass)]);
      if (ending == Ending::done) {
        options_.on_progress(record_);
      }
    }
    if (ending == Ending::done) {
      ending = insist([&] {
        store_.apply_schema(schema_);
        return true;
      });
    }
    return ending == Ending::done ? insist([&] { return finish(); }) : ending;
  }

 private:
  bool expand() {
    try {
      store_.apply_schema(store::expanded_from(schema_, migration_.number - 1));
    } catch (const store::StoreUnusable&) {
      if (record_.runs == 1) {  // it has not begun, and older programs can go on
        [[maybe_unused]] const auto taken_back =
            store_.commit({{store::Remove{history_collection, history_codec().encode(record_)}}});
      }
      throw;
    }
    return true;
  }

  bool take(const std::optional<MigrationRecord>& found, Instant now) {
    MigrationRecord mine = found.value_or(MigrationRecord{.number = migration_.number,
                                                          .name = migration_.name,
                                                          .checksum = checksum_,
                                                          .started_at = now,
                                                          .version = 0});
    mine.owner = options_.owner;
    mine.lease_until = now + options_.lease;
    ++mine.runs;
    ++mine.version;
    const auto& codec = history_codec();
    const auto change = found
                            ? store::Change(store::Replace{history_collection, codec.encode(*found),
                                                           codec.encode(mine)})
                            : store::Change(store::Insert{history_collection, codec.encode(mine)});
    if (!record(change, mine)) {
      return false;
    }
    record_ = mine;
    worked_since_ = now;
    return true;
  }

  // Whether it came to be the record.
  bool record(const store::Change& change, const MigrationRecord& mine) {
    try {
      const auto result = store_.commit({{change}});
      if (!result && result.error().reason == store::Refusal::Reason::invalid) {
        throw std::runtime_error("the migration can't be recorded: " + result.error().detail);
      }
      return result.has_value();
    } catch (const store::CommitUnknown&) {
      return find_record(store_, migration_.number) == mine;
    }
  }

  MigrationRecord record_of_none() const {
    return {.number = migration_.number, .name = migration_.name, .checksum = checksum_};
  }

  bool finish() {
    auto next = record_;
    next.status = MigrationStatus::migrated;
    next.lease_until.reset();
    next.finished_at = options_.now();
    return commit(next, {});
  }

  // Gives the lease back: another need not wait.
  Ending stop() {
    auto next = record_;
    next.lease_until = options_.now();
    return commit(next, {}) ? Ending::stopped : Ending::lost;
  }

  // Where a document of the piece was changed since it was read, it is read again.
  Ending run_piece(const Pass& pass) {
    return insist([&] {
      auto next = record_;
      const auto changes = read_piece(pass, next);
      return commit(next, changes);
    });
  }

  bool is_remote() const { return store_.capabilities().remote; }

  store::Patience make_patience() const {
    return store::Patience(
        std::max(store::unsettled_max_of(store_), rivals_max),
        {.now = [this] { return options_.now().time_since_epoch(); }, .sleep = options_.sleep});
  }

  // Tries what answers whether it happened, until it does. Lost: the record is another's by now.
  Ending insist(const std::function<bool()>& attempt) {
    auto patience = make_patience();
    auto pause = pause_min;
    while (true) {
      std::string why = "others write what it reads, or what a killed process wrote is still kept";
      try {
        if (attempt()) {
          return Ending::done;
        }
        if (!is_ours()) {
          return Ending::lost;
        }
      } catch (const store::StoreUnavailable& error) {
        if (!is_remote()) {
          throw;
        }
        why = error.what();
      }
      if (!wait(patience, pause, why)) {
        return stop();
      }
      if (!keep_lease()) {
        return Ending::lost;
      }
    }
  }

  bool is_ours() const { return find_record(store_, migration_.number) == record_; }

  // False: to be stopped.
  bool wait(store::Patience& patience, Milliseconds& pause, const std::string& why) {
    if (pause >= told_pause) {
      options_.on_unsettled(record_, why);
      if (options_.should_stop()) {
        return false;
      }
    }
    if (!patience.wait(pause)) {
      throw store::StoreUnavailable(
          fmt::format("migration {}: {}; try again when less is going on", migration_.number, why));
    }
    pause = std::min(2 * pause, pause_max);
    return true;
  }

  // While it waits. False: another has taken it.
  bool keep_lease() {
    if (record_.lease_until && options_.now() + options_.lease / 2 < *record_.lease_until) {
      return true;
    }
    try {
      return commit(record_, {}) || is_ours();
    } catch (const store::StoreUnavailable&) {
      return true;  // nor can it be taken
    }
  }

  // The next documents, as changes; moves the record on to where they end.
  std::vector<store::Change> read_piece(const Pass& pass, MigrationRecord& next) {
    const auto& collection = schema_.collection(pass.collection);
    auto page =
        store_.find({.collection = pass.collection,
                     .limit = piece_size(),
                     .after = record_.position ? parse_position(collection, *record_.position)
                                               : store::Cursor{}});
    cut_by_size(collection, page);
    const auto rewritten = pass.rewrite(store_, schema_, page.documents);
    check(rewritten.size() == page.documents.size());
    std::vector<store::Change> changes;
    for (std::size_t i = 0; i < rewritten.size(); ++i) {
      if (rewritten[i]) {
        auto after = *rewritten[i];
        auto& version = after.values[*collection.version];
        version = std::get<std::int64_t>(version) + 1;
        changes.emplace_back(store::Replace{pass.collection, page.documents[i], std::move(after)});
      }
    }
    next.documents += static_cast<std::int64_t>(page.documents.size());
    next.changed += static_cast<std::int64_t>(changes.size());
    next.position.reset();
    if (page.next.empty()) {
      ++next.pass;
    } else {
      next.position = position_text(collection, page.next);
    }
    return changes;
  }

  std::size_t piece_size() const {
    const auto changes_max = store_.capabilities().commit_changes_max - 1;  // one is the record
    return std::min({options_.piece_documents, changes_max, store::page_documents_max});
  }

  // What is rewritten may grow; half of what a commit takes leaves it room.
  void cut_by_size(const store::CollectionSchema& collection, store::Page& page) const {
    const auto bytes_max = store_.capabilities().commit_bytes_max / 2;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < page.documents.size(); ++i) {
      bytes += bytes_of(page.documents[i]);
      if (i > 0 && bytes > bytes_max) {
        page.documents.resize(i);
        page.next = values_at(page.documents.back(), collection.primary.order);
        return;
      }
    }
  }

  // With the record as it is after them. False: somebody else changed one of them, or the record.
  bool commit(MigrationRecord next, std::vector<store::Change> changes) {
    const auto now = options_.now();
    if (next.status == MigrationStatus::running && next.lease_until == record_.lease_until) {
      next.lease_until = now + options_.lease;
    }
    next.duration_ms += std::max<std::int64_t>(0, (now - worked_since_).count());
    ++next.version;
    const auto& codec = history_codec();
    changes.insert(changes.begin(),
                   store::Replace{history_collection, codec.encode(record_), codec.encode(next)});
    if (!commit_for_certain({std::move(changes)}, next)) {
      return false;
    }
    record_ = std::move(next);
    worked_since_ = now;
    return true;
  }

  // A commit whose fate is unknown has happened when the record says so.
  bool commit_for_certain(const store::ChangeSet& changes, const MigrationRecord& next) {
    try {
      const auto result = store_.commit(changes);
      if (!result && result.error().reason != store::Refusal::Reason::conflict) {
        throw std::runtime_error(
            fmt::format("migration {}: {}", migration_.number, result.error().detail));
      }
      return result.has_value();
    } catch (const store::CommitUnknown&) {
      return find_record(store_, migration_.number) == next;
    }
  }

  store::Store& store_;
  const Migration& migration_;
  const MigratorOptions& options_;
  const store::Schema schema_;
  const Digest checksum_;
  MigrationRecord record_;
  Instant worked_since_;
  bool stopped_ = false;
};

// False: to be stopped.
bool run_to_end(store::Store& store, const Migrations& migrations, const Migration& migration,
                const MigratorOptions& options, Migrated& migrated) {
  Run run(store, migrations, migration, options);
  while (run.claim()) {
    switch (run.run()) {
      case Ending::done:
        migrated.done.push_back(run.record());
        return true;
      case Ending::stopped:
        return false;
      case Ending::lost:
        use_history(store, migrations);
        break;
    }
  }
  return !run.stopped();
}

}  // namespace

Migrated migrate_up(store::Store& store, const Migrations& migrations,
                    const MigratorOptions& options) {
  const auto to = options.to.value_or(migrations.newest());
  check(to >= 1 && to <= migrations.newest());
  const auto state = read_state(store, migrations);
  refuse_newer(state, migrations, options.where);
  Migrated migrated;
  if (state.version) {
    const auto reached = state.reached(migrations);
    for (const auto* migration : state.pending(migrations)) {
      if (migration->number > to) {
        break;
      }
      use_history(store, migrations);
      if (state.history.empty()) {
        record_all(store, migrations, reached, MigrationStatus::adopted, options.owner,
                   options.now());
      }
      if (!run_to_end(store, migrations, *migration, options, migrated)) {
        migrated.stopped = true;
        return migrated;
      }
    }
  }
  if (!state.version || to == migrations.newest()) {
    prepare_store(store, migrations,
                  {.owner = options.owner, .now = options.now(), .where = options.where});
  }
  return migrated;
}

}  // namespace wattback::operations
