#include "store/sqlite/writes.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/check.h"
#include "store/sqlite/limits.h"
#include "store/sqlite/reads.h"
#include "store/sqlite/statements.h"

namespace wattback::store::sqlite {
namespace {

// A change with the table it is of; `before` is null for an insertion, `after` for a removal.
struct Edit {
  Collection name;
  const Table* table;
  const Document* before;
  const Document* after;
  std::size_t rank = 0;   // its turn,
  std::size_t place = 0;  // then by its place in the set

  const Document& document() const { return after != nullptr ? *after : *before; }

  Key key() const {
    auto key = primary_key(table->collection, document());
    key.collection = name;
    return key;
  }
};

// Removals first, referring collections before referred ones; then, the other way round, each
// collection's replacements, which may free a unique field, before its insertions.
Edit edit_of(const Tables& tables, const Change& change) {
  const auto collection = std::visit([](const auto& each) { return each.collection; }, change);
  Edit edit{
      .name = collection, .table = &tables.at(collection), .before = nullptr, .after = nullptr};
  const auto position = tables.position(collection);
  if (const auto* insertion = std::get_if<Insert>(&change)) {
    edit.after = &insertion->document;
    edit.rank = tables.all().size() + 2 * position + 1;
  } else if (const auto* replacement = std::get_if<Replace>(&change)) {
    edit.before = &replacement->before;
    edit.after = &replacement->after;
    edit.rank = tables.all().size() + 2 * position;
  } else {
    edit.before = &std::get<Remove>(change).before;
    edit.rank = tables.all().size() - 1 - position;
  }
  return edit;
}

std::vector<Edit> edits_of(const Tables& tables, const ChangeSet& changes) {
  std::vector<Edit> edits;
  edits.reserve(changes.changes.size());
  for (const auto& change : changes.changes) {
    edits.push_back(edit_of(tables, change));
    edits.back().place = edits.size();
  }
  std::ranges::sort(edits, {}, [](const Edit& edit) { return std::pair(edit.rank, edit.place); });
  return edits;
}

// What the caller owes us; see Replace and Remove.
void check_edit(const Edit& edit) {
  const auto& collection = edit.table->collection;
  if (edit.before == nullptr) {
    return;
  }
  check(edit.before->values.size() == collection.fields.size());
  if (edit.after == nullptr) {
    return;
  }
  check(collection.version.has_value());
  check(version_of(collection, *edit.before) != version_of(collection, *edit.after));
  check(primary_key(collection, *edit.before) == primary_key(collection, *edit.after));
  check(!collection.shard_by ||
        edit.before->values[*collection.shard_by] == edit.after->values[*collection.shard_by]);
}

std::optional<std::string> fault_in(const CollectionSchema& collection, const Document& document) {
  if (auto fault = find_fault(collection, document)) {
    return fault;
  }
  if (const auto size = bytes_of(document); size > document_bytes_max) {
    return fmt::format("{}: a document of {} bytes, more than {}", collection.name, size,
                       document_bytes_max);
  }
  return std::nullopt;
}

// Adds a key at fault; the refusal keeps the first detail.
void name(Refusal& refusal, Key key, const std::string& detail) {
  if (refusal.detail.empty()) {
    refusal.detail = detail;
  }
  refusal.keys.push_back(std::move(key));
}

std::optional<Refusal> unless_empty(Refusal refusal) {
  return refusal.keys.empty() ? std::nullopt : std::optional(std::move(refusal));
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
  const auto& collection = edit.table->collection;
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
  // Writing an indexed field costs a search of its index or of what it refers to, changed or not.
  const auto& table = *edit.table;
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < table.collection.fields.size(); ++i) {
    const bool same = table.indexed[i] && edit.before->values[i] == edit.after->values[i];
    if (!table.in_key[i] && !same) {
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
      const auto& collection = edit.table->collection;
      const auto stored = find(edit.key());
      if (!stored || (collection.version &&
                      version_of(collection, *stored) != version_of(collection, *edit.before))) {
        name(refusal, edit.key(), to_text(edit.key()) + " changed since it was read");
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
      for (const auto& key : keys_taken_by(edit)) {
        const auto holder = find(key);
        const bool held = holder && !leaving.contains(primary_key(edit.table->collection, *holder));
        const bool again = !claimed.insert(key).second;
        if ((held || again) && named.insert(key).second) {
          name(refusal, key, to_text(key) + " is taken");
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
        name(refusal, edit.key(), to_text(edit.key()) + *fault);
      }
    }
    return unless_empty(std::move(refusal));
  }

 private:
  std::optional<Document> find(const Key& key) {
    return get(connection_, tables_.at(key.collection), {&key, 1}).front();
  }

  static std::vector<Key> keys_taken_by(const Edit& edit) {
    if (edit.after == nullptr) {
      return {};
    }
    auto keys = unique_keys(edit.table->collection, *edit.after);
    for (auto& key : keys) {
      key.collection = edit.name;
    }
    if (edit.before == nullptr) {
      keys.push_back(edit.key());
    }
    return keys;
  }

  std::optional<std::string> fault_of_references(const Edit& edit) {
    const auto& fields = edit.table->collection.fields;
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
    const auto& id = edit.before->values[edit.table->collection.primary.fields.front()];
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

// Whether it gives up or takes a unique value, so that its order among others counts.
bool changes_unique(const Edit& edit) {
  const auto& collection = edit.table->collection;
  return edit.before != nullptr && edit.after != nullptr &&
         unique_keys(collection, *edit.before) != unique_keys(collection, *edit.after);
}

// Makes the changes of a set that was judged, so that their order does not count: references are
// looked at in the end, and all that leaves goes first. Answers what the table refuses
// nevertheless.
std::optional<Refusal> apply_judged(Connection& connection, const std::vector<Edit>& edits) {
  connection.execute("PRAGMA defer_foreign_keys = ON");  // until the transaction ends
  Refusal refusal{.reason = Refusal::Reason::invalid};
  const auto note = [&](const Edit& edit, std::optional<Meaning> meaning) {
    if (meaning || connection.changes() == 0) {
      name(refusal, edit.key(), to_text(edit.key()) + " breaks a constraint of its table");
    }
  };
  for (const auto& edit : edits) {
    if (edit.after == nullptr || changes_unique(edit)) {
      note(edit, remove(connection, edit));
    }
  }
  for (const auto& edit : edits) {
    if (edit.after != nullptr) {
      note(edit, changes_unique(edit) ? insert(connection, edit) : run(connection, edit));
    }
  }
  return unless_empty(std::move(refusal));
}

}  // namespace

std::optional<Refusal> find_invalid(const Tables& tables, const ChangeSet& changes) {
  Refusal refusal{.reason = Refusal::Reason::invalid};
  if (changes.changes.size() > commit_changes_max) {
    refusal.detail =
        fmt::format("{} changes, more than {}", changes.changes.size(), commit_changes_max);
    return refusal;
  }
  std::size_t size = 0;
  for (const auto& change : changes.changes) {
    const auto edit = edit_of(tables, change);
    if (edit.after != nullptr) {
      if (const auto fault = fault_in(edit.table->collection, *edit.after)) {
        // What lacks fields has no key to name.
        if (edit.after->values.size() == edit.table->collection.fields.size()) {
          name(refusal, edit.key(), *fault);
        }
        refusal.detail = refusal.detail.empty() ? *fault : refusal.detail;
        continue;
      }
      size += bytes_of(*edit.after);
    }
    check_edit(edit);
  }
  if (refusal.detail.empty() && size > commit_bytes_max) {
    refusal.detail = fmt::format("changes of {} bytes, more than {}", size, commit_bytes_max);
  }
  return refusal.detail.empty() ? std::nullopt : std::optional(refusal);
}

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
