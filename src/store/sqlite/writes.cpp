#include "store/sqlite/writes.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/check.h"
#include "store/edit.h"
#include "store/sqlite/reads.h"
#include "store/sqlite/statements.h"

namespace wattback::store::sqlite {
namespace {

// An edit with its table and its turn.
struct Edit : store::Edit {
  const Table* table = nullptr;
  std::size_t rank = 0;   // its turn,
  std::size_t place = 0;  // then by its place in the set
};

// Removals first, referring collections before referred ones; then, the other way round, each
// collection's replacements, which may free a unique field, before its insertions.
std::size_t rank_of(const Tables& tables, const Edit& edit) {
  const auto position = tables.position(edit.name);
  if (edit.after == nullptr) {
    return tables.all().size() - 1 - position;
  }
  return tables.all().size() + 2 * position + (edit.before == nullptr ? 1 : 0);
}

std::vector<Edit> edits_of(const Tables& tables, const ChangeSet& changes) {
  std::vector<Edit> edits;
  edits.reserve(changes.changes.size());
  for (const auto& change : changes.changes) {
    const auto& table = tables.at(collection_of(change));
    edits.push_back({edit_of(change, table.collection), &table});
    edits.back().rank = rank_of(tables, edits.back());
    edits.back().place = edits.size();
  }
  std::ranges::sort(edits, {}, [](const Edit& edit) { return std::pair(edit.rank, edit.place); });
  return edits;
}

// Runs it. What a constraint that did not hold means; nothing when it is done. Throws on anything
// else.
std::optional<Meaning> finish(const Connection& connection, Statement& statement) {
  const int code = statement.try_step();
  if (code == SQLITE_DONE) {
    return std::nullopt;
  }
  const auto meaning = fault_of(code, Moment::statement).meaning;
  switch (meaning) {
    case Meaning::taken:
    case Meaning::unreferred:
    case Meaning::forbidden:
      return meaning;
    case Meaning::unavailable:
    case Meaning::unusable:
    case Meaning::unknown:
    case Meaning::ours:
      break;
  }
  connection.raise(code);
}

void bind_key_and_version(Statement& statement, std::size_t next, const Edit& edit) {
  const auto& collection = *edit.collection;
  for (const auto position : collection.primary.fields) {
    statement.bind(next++, edit.before->values[position]);
  }
  if (collection.version) {
    statement.bind(next, edit.before->values[*collection.version]);
  }
}

std::optional<Meaning> insert(Connection& connection, const Edit& edit) {
  auto statement = connection.prepare(edit.table->insert);
  statement.bind(edit.after->values);
  return finish(connection, statement);
}

std::optional<Meaning> replace(Connection& connection, const Edit& edit) {
  // Writing a field costs its conditions and a search of its indexes, changed or not.
  const auto& table = *edit.table;
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < table.collection.fields.size(); ++i) {
    if (i == table.collection.version || edit.before->values[i] != edit.after->values[i]) {
      positions.push_back(i);
    }
  }
  auto statement = connection.prepare(table.update.at(positions));
  std::size_t next = 0;
  for (const auto position : positions) {
    statement.bind(next++, edit.after->values[position]);
  }
  bind_key_and_version(statement, next, edit);
  return finish(connection, statement);
}

std::optional<Meaning> remove(Connection& connection, const Edit& edit) {
  auto statement = connection.prepare(edit.table->remove);
  bind_key_and_version(statement, 0, edit);
  return finish(connection, statement);
}

std::optional<Meaning> run(Connection& connection, const Edit& edit) {
  if (edit.before == nullptr) {
    return insert(connection, edit);
  }
  return edit.after == nullptr ? remove(connection, edit) : replace(connection, edit);
}

// Judges a set by what stands before it and what would stand after it, whatever its order.
class Judgement {
 public:
  Judgement(Connection& connection, const Tables& tables, const std::vector<Edit>& edits)
      : connection_(connection), tables_(tables), edits_(edits) {}

  std::optional<Refusal> find_conflicts() {
    Refusal refusal{.reason = Refusal::Reason::conflict};
    for (const auto& edit : edits_) {
      if (edit.before == nullptr) {
        continue;
      }
      const auto& collection = *edit.collection;
      const auto stored = find(edit.key());
      if (!stored || (collection.version &&
                      version_of(collection, *stored) != version_of(collection, *edit.before))) {
        name_fault(refusal, edit.key(), to_text(edit.key()) + " changed since it was read");
      }
    }
    return unless_empty(std::move(refusal));
  }

  // A key is taken when a document that stays has it, or another of the set. After find_conflicts.
  std::optional<Refusal> find_taken() {
    std::unordered_set<Key, KeyHash> leaving;
    for (const auto& edit : edits_) {
      if (edit.before != nullptr) {
        leaving.insert(edit.key());
      }
    }
    Refusal refusal{.reason = Refusal::Reason::already_exists};
    std::unordered_set<Key, KeyHash> claimed;
    std::unordered_set<Key, KeyHash> named;
    for (const auto& edit : edits_) {
      for (const auto& key : edit.keys_taken()) {
        const auto holder = find(key);
        const bool held = holder && !leaving.contains(primary_key(*edit.collection, *holder));
        const bool again = !claimed.insert(key).second;
        if ((held || again) && named.insert(key).second) {
          name_fault(refusal, key, to_text(key) + " is taken");
        }
      }
    }
    return unless_empty(std::move(refusal));
  }

  // After the changes were made.
  std::optional<Refusal> find_unreferred() {
    Refusal refusal{.reason = Refusal::Reason::invalid};
    for (const auto& edit : edits_) {
      const auto fault = edit.after != nullptr ? fault_of_references(edit) : fault_of_removal(edit);
      if (fault) {
        name_fault(refusal, edit.key(), to_text(edit.key()) + *fault);
      }
    }
    return unless_empty(std::move(refusal));
  }

 private:
  std::optional<Document> find(const Key& key) {
    return get(connection_, tables_.at(key.collection), {&key, 1}).front();
  }

  std::optional<std::string> fault_of_references(const Edit& edit) {
    const auto& fields = edit.collection->fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const auto& value = edit.after->values[i];
      const Collection referred{fields[i].references};
      if (!referred.name.empty() && !is_absent(value) &&
          !find({.collection = referred, .values = {value}})) {
        return fmt::format(": its {} refers to no document of {}", fields[i].name, referred.name);
      }
    }
    return std::nullopt;
  }

  std::optional<std::string> fault_of_removal(const Edit& edit) {
    const auto& id = edit.before->values[edit.collection->primary.fields.front()];
    for (const auto& table : tables_.all()) {
      for (const auto& field : table.collection.fields) {
        if (field.references != edit.name.name) {
          continue;
        }
        auto statement = connection_.prepare(select_referring(table.collection, field));
        statement.bind(0, id);
        if (statement.step()) {
          return fmt::format(" is referred to by {} of a document of {}", field.name,
                             table.collection.name);
        }
      }
    }
    return std::nullopt;
  }

  Connection& connection_;
  const Tables& tables_;
  const std::vector<Edit>& edits_;
};

// Makes the changes of a set that was judged, so that their order does not count: references are
// looked at in the end, and all that leaves goes first. Answers what the table refuses
// nevertheless.
std::optional<Refusal> apply_judged(Connection& connection, const std::vector<Edit>& edits) {
  connection.execute("PRAGMA defer_foreign_keys = ON");  // until the transaction ends
  Refusal refusal{.reason = Refusal::Reason::invalid};
  const auto note = [&](const Edit& edit, std::optional<Meaning> meaning) {
    if (meaning || connection.changes() == 0) {
      name_fault(refusal, edit.key(), to_text(edit.key()) + " breaks a constraint of its table");
    }
  };
  for (const auto& edit : edits) {
    if (edit.after == nullptr || edit.changes_unique()) {
      note(edit, remove(connection, edit));
    }
  }
  for (const auto& edit : edits) {
    if (edit.after != nullptr) {
      note(edit, edit.changes_unique() ? insert(connection, edit) : run(connection, edit));
    }
  }
  return unless_empty(std::move(refusal));
}

}  // namespace

bool try_apply(Connection& connection, const Tables& tables, const ChangeSet& changes) {
  const auto edits = edits_of(tables, changes);
  return std::ranges::all_of(
      edits, [&](const Edit& edit) { return !run(connection, edit) && connection.changes() == 1; });
}

std::optional<Refusal> apply_or_refuse(Connection& connection, const Tables& tables,
                                       const ChangeSet& changes) {
  const auto edits = edits_of(tables, changes);
  Judgement judgement(connection, tables, edits);
  if (auto refusal = judgement.find_conflicts()) {
    return refusal;
  }
  if (auto refusal = judgement.find_taken()) {
    return refusal;
  }
  if (auto refusal = apply_judged(connection, edits)) {
    return refusal;
  }
  if (!connection.has_broken_references()) {
    return std::nullopt;
  }
  return judgement.find_unreferred().value_or(
      Refusal{.reason = Refusal::Reason::invalid, .detail = "a reference is broken"});
}

}  // namespace wattback::store::sqlite
