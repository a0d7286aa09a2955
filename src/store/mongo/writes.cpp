#include "store/mongo/writes.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/check.h"
#include "store/mongo/edits.h"
#include "store/mongo/limits.h"
#include "store/mongo/reads.h"

namespace wattback::store::mongo {
namespace {

using Steady = std::chrono::steady_clock;
using KeySet = std::unordered_set<Key, KeyHash>;

// What ended a transaction: of a statement, with its edit and, where a key is taken, the key.
struct Stop {
  Failure failure;
  const Edit* edit = nullptr;
  std::optional<Key> taken = std::nullopt;
};

// Judges a set by what stands in the database.
class Judgement {
 public:
  Judgement(const Source& source, const Layouts& layouts, const std::vector<Edit>& edits)
      : source_(source), groups_(by_collection(layouts, edits)) {}

  std::optional<Refusal> find_conflicts() const {
    Refusal refusal{.reason = Refusal::Reason::conflict};
    for (const auto& group : groups_) {
      std::vector<Key> keys;
      for (const auto* edit : group.edits) {
        if (edit->before != nullptr) {
          keys.push_back(edit->key());
        }
      }
      std::unordered_map<Key, std::optional<std::int64_t>, KeyHash> versions;
      for (auto& standing : get_versions(source_, *group.layout, keys)) {
        versions.emplace(
            Key{.collection = {group.layout->collection().name}, .values = std::move(standing.key)},
            standing.version);
      }
      for (const auto* edit : group.edits) {
        if (edit->before == nullptr) {
          continue;
        }
        const auto found = versions.find(edit->key());
        const auto& collection = *edit->collection;
        const bool stands =
            found != versions.end() &&
            (!collection.version || found->second == version_of(collection, *edit->before));
        if (!stands) {
          name_fault(refusal, edit->key(), to_text(edit->key()) + " changed since it was read");
        }
      }
    }
    return unless_empty(std::move(refusal));
  }

  // A key is taken when a document that stays has it, or another of the set.
  std::optional<Refusal> find_taken() const {
    Refusal refusal{.reason = Refusal::Reason::already_exists};
    for (const auto& group : groups_) {
      std::vector<Key> keys;
      KeySet leaving;
      for (const auto* edit : group.edits) {
        std::ranges::move(edit->keys_taken(), std::back_inserter(keys));
        if (edit->before != nullptr) {
          leaving.insert(edit->key());
        }
      }
      const auto holders = get(source_, *group.layout, keys);
      KeySet claimed;
      KeySet named;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const bool held =
            holders[i] && !leaving.contains(primary_key(group.layout->collection(), *holders[i]));
        const bool again = !claimed.insert(keys[i]).second;
        if ((held || again) && named.insert(keys[i]).second) {
          name_fault(refusal, keys[i], to_text(keys[i]) + " is taken");
        }
      }
    }
    return unless_empty(std::move(refusal));
  }

 private:
  Source source_;
  std::vector<Group> groups_;
};

// The key MongoDB says is taken, of what the edit would have written.
std::optional<Key> taken_key(const bson_t* reply, const Edit& edit) {
  bson_iter_t whole;
  bson_iter_t pattern;
  bson_iter_t field;
  if (edit.after == nullptr || !bson_iter_init(&whole, reply) ||
      !bson_iter_find_descendant(&whole, "writeErrors.0.keyPattern", &pattern) ||
      !bson_iter_recurse(&pattern, &field)) {
    return std::nullopt;
  }
  std::vector<std::string> paths;
  while (bson_iter_next(&field)) {
    paths.emplace_back(bson_iter_key(&field));
  }
  if (paths == std::vector<std::string>{"_id"}) {
    return edit.key();
  }
  for (const auto& index : edit.collection->indexes) {
    const auto same = std::ranges::equal(paths, index.fields, {}, {}, [&](std::size_t position) {
      return edit.layout->field(position).path;
    });
    if (index.unique && same) {
      return Key{.collection = edit.name,
                 .index = index.name,
                 .values = values_at(*edit.after, index.fields)};
    }
  }
  return std::nullopt;
}

// Makes the changes of a set inside a transaction.
class Writing {
 public:
  Writing(const Connection& connection, mongoc_client_session_t* session, const Layouts& layouts,
          const std::vector<Edit>& edits)
      : connection_(connection), session_(session), layouts_(layouts), edits_(edits) {
    note_given_up();
  }

  // What stopped it, or nothing.
  std::optional<Stop> run() {
    for (const auto& group : by_collection(layouts_, edits_)) {
      if (auto stop = run(group)) {
        return stop;
      }
    }
    return std::nullopt;
  }

 private:
  // The unique values that replacements give up.
  void note_given_up() {
    for (const auto& edit : edits_) {
      if (edit.changes_unique()) {
        const auto kept = unique_keys(*edit.collection, *edit.after);
        for (auto& key : unique_keys(*edit.collection, *edit.before)) {
          if (std::ranges::find(kept, key) == kept.end()) {
            given_up_.insert(std::move(key));
          }
        }
      }
    }
  }

  // Whether it takes what another replacement gives up. MongoDB looks at unique values statement by
  // statement; so such a document is removed with those that leave, and inserted with the new ones.
  bool is_written_anew(const Edit& edit) const {
    return edit.changes_unique() &&
           std::ranges::any_of(unique_keys(*edit.collection, *edit.after),
                               [&](const Key& key) { return given_up_.contains(key); });
  }

  std::optional<Stop> run(const Group& group) {
    std::vector<const Edit*> removals;
    std::vector<const Edit*> replacements;
    std::vector<const Edit*> insertions;
    std::vector<Key> written_anew;
    for (const auto* edit : group.edits) {
      const bool anew = is_written_anew(*edit);
      if (anew) {
        written_anew.push_back(edit->key());
      }
      if (edit->after == nullptr || anew) {
        removals.push_back(edit);
      }
      if (edit->before == nullptr || anew) {
        insertions.push_back(edit);
      }
      if (edit->before != nullptr && edit->after != nullptr && !anew) {
        replacements.push_back(edit);
      }
    }
    const auto kept =
        get_beside({.connection = connection_, .session = session_}, *group.layout, written_anew);
    auto stop = run("delete", "deletes", removals, [](const Edit& edit) {
      Bson statement;
      add_filter(statement, edit);
      statement.int32("limit", 1);
      return statement;
    });
    if (!stop) {
      stop = run("update", "updates", replacements, [](const Edit& edit) {
        Bson statement;
        add_filter(statement, edit);
        statement.document("u", edit.layout->update_of(*edit.before, *edit.after));
        return statement;
      });
    }
    if (!stop) {
      stop = run("insert", "documents", insertions, [&](const Edit& edit) {
        auto document = edit.layout->to_bson(*edit.after);
        const auto beside = std::ranges::find(kept, edit.key().values, &Beside::key);
        if (beside != kept.end()) {
          check(bson_concat(document.get(), beside->fields.get()));
        }
        return document;
      });
    }
    return stop;
  }

  static void add_filter(Bson& statement, const Edit& edit) {
    Bson filter;
    edit.layout->add_id(filter, "_id", edit.key().values);
    if (const auto shard = edit.layout->shard_beside_key()) {
      edit.layout->add_value(filter, edit.layout->field(*shard).path, *shard,
                             edit.before->values[*shard]);
      Bson hint;  // not by an index that begins with the shard
      statement.document("hint", hint.int32("_id", 1));
    }
    statement.document("q", filter);
  }

  // In as few commands as the limits allow.
  std::optional<Stop> run(std::string_view verb, std::string_view list,
                          std::span<const Edit* const> edits,
                          const std::function<Bson(const Edit&)>& statement_of) {
    while (!edits.empty()) {
      BsonArray statements;
      while (statements.count() < edits.size() && statements.items().size() < command_bytes_max) {
        statements.add(statement_of(*edits[statements.count()]));
      }
      const auto now = edits.first(statements.count());
      edits = edits.subspan(now.size());
      Bson command;
      command.text(verb, now.front()->collection->name)
          .array(list, statements.items())
          .boolean("ordered", true);
      if (auto stop = run(command, now)) {
        return stop;
      }
    }
    return std::nullopt;
  }

  std::optional<Stop> run(const Bson& command, std::span<const Edit* const> edits) {
    Reply reply;
    if (auto failure = connection_.run(command, reply, session_)) {
      return Stop{.failure = std::move(*failure)};
    }
    if (const auto code = integer_at(reply.get(), "writeErrors.0.code")) {
      const auto index = integer_at(reply.get(), "writeErrors.0.index").value_or(0);
      const auto* edit = edits[static_cast<std::size_t>(index)];
      return Stop{.failure = {.domain = MONGOC_ERROR_SERVER,
                              .code = *code,
                              .message = text_at(reply.get(), "writeErrors.0.errmsg").value_or("")},
                  .edit = edit,
                  .taken = taken_key(reply.get(), *edit)};
    }
    // The documents were there, at this moment of the transaction.
    check(integer_at(reply.get(), "n") == static_cast<std::int64_t>(edits.size()));
    return std::nullopt;
  }

  const Connection& connection_;
  mongoc_client_session_t* session_;
  const Layouts& layouts_;
  const std::vector<Edit>& edits_;
  KeySet given_up_;
};

void start(const Connection& connection, mongoc_client_session_t* session) {
  const TransactionOptionsHandle options(mongoc_transaction_opts_new());
  const ReadConcernHandle read(mongoc_read_concern_new());
  mongoc_read_concern_set_level(read.get(), MONGOC_READ_CONCERN_LEVEL_SNAPSHOT);
  mongoc_transaction_opts_set_read_concern(options.get(), read.get());
  const WriteConcernHandle write(mongoc_write_concern_new());
  mongoc_write_concern_set_wmajority(write.get(), 0);
  mongoc_transaction_opts_set_write_concern(options.get(), write.get());
  mongoc_transaction_opts_set_max_commit_time_ms(options.get(), commit_time_max.count());
  bson_error_t error{};
  if (!mongoc_client_session_start_transaction(session, options.get(), &error)) {
    connection.raise(Failure::of(error), Moment::statement);
  }
}

// Commits, again and again while it is not known whether it happened and there is time: the commit
// alone, which MongoDB does once however often it is asked.
std::optional<Stop> finish(mongoc_client_session_t* session, Milliseconds repeats_max) {
  const auto patience = Steady::now() + repeats_max;
  auto pause = commit_pause_min;
  Reply reply;
  while (true) {
    bson_error_t error{};
    if (mongoc_client_session_commit_transaction(session, reply.fill(), &error)) {
      return std::nullopt;
    }
    auto failure = Failure::of(error, reply.get());
    if (!failure.is_commit_unknown || Steady::now() + pause > patience) {
      return Stop{.failure = std::move(failure)};
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, commit_pause_max);
  }
}

// A commit of unknown fate may have left the transaction open, and its documents kept from others
// until MongoDB ends it after a minute.
void end(const Connection& connection, mongoc_client_session_t* session) {
  BsonArray sessions;
  check(bson_append_document(sessions.items().get(), sessions.next_name().c_str(), -1,
                             mongoc_client_session_get_lsid(session)));
  Bson command;
  Reply reply;
  connection.run(command.array("killSessions", sessions.items()), reply);
}

// Why a key was taken, or a rival came first. The rival may not have committed yet; then what it
// changes is not to be seen for a while.
Refusal explain(const Connection& connection, const Layouts& layouts,
                const std::vector<Edit>& edits, const Stop& stop, RivalPatience& rivals) {
  const auto patience = Steady::now() + rivals.wait();
  do {
    const auto session = connection.start_session(Sight::one_moment);
    const Judgement judgement({.connection = connection, .session = session.get()}, layouts, edits);
    if (auto refusal = judgement.find_conflicts()) {
      return std::move(*refusal);
    }
    if (auto refusal = judgement.find_taken()) {
      return std::move(*refusal);
    }
    std::this_thread::sleep_for(rival_pause);
  } while (Steady::now() < patience);
  if (stop.taken) {
    return {.reason = Refusal::Reason::already_exists,
            .keys = {*stop.taken},
            .detail = to_text(*stop.taken) + " is taken"};
  }
  rivals.note_in_vain();
  return {.reason = Refusal::Reason::conflict,
          .keys = {},
          .detail = "another commit changes the same documents"};
}

}  // namespace

Milliseconds RivalPatience::wait() const {
  return Steady::now() < short_until_.load() ? rival_wait_min : rival_wait_max;
}

void RivalPatience::note_in_vain() { short_until_ = Steady::now() + rival_stands; }

CommitResult commit(const Connection& connection, mongoc_client_session_t* session,
                    const Layouts& layouts, const ChangeSet& changes, Milliseconds repeats_max,
                    RivalPatience& rivals) {
  const auto edits = edits_of(layouts, changes);
  start(connection, session);
  auto moment = Moment::statement;
  if (auto refusal = Judgement({.connection = connection, .session = session}, layouts, edits)
                         .find_conflicts()) {
    return std::unexpected(std::move(*refusal));  // the session aborts when it goes
  }
  auto stop = Writing(connection, session, layouts, edits).run();
  if (!stop) {
    moment = Moment::commit;
    stop = finish(session, repeats_max);
  }
  if (!stop) {
    return {};
  }
  if (mongoc_client_session_in_transaction(session)) {
    mongoc_client_session_abort_transaction(session, nullptr);
  }
  switch (const auto fault = fault_of(stop->failure, moment); fault.meaning) {
    case Meaning::forbidden:
      return std::unexpected(Refusal{
          .reason = Refusal::Reason::invalid,
          .keys = stop->edit != nullptr ? std::vector{stop->edit->key()} : std::vector<Key>(),
          .detail = fmt::format("{}: {}", fault.text, stop->failure.message)});
    case Meaning::taken:
    case Meaning::rivalled:
      return std::unexpected(explain(connection, layouts, edits, *stop, rivals));
    case Meaning::unknown:
      end(connection, session);
      break;
    case Meaning::unavailable:
    case Meaning::unusable:
      break;
  }
  connection.raise(stop->failure, moment);
}

}  // namespace wattback::store::mongo
