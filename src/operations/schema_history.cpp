#include "operations/schema_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <iterator>
#include <stdexcept>

#include "base/check.h"
#include "base/json.h"
#include "store/read.h"

namespace wattback::operations {
namespace {

namespace json = boost::json;

// Only the history, at a version the store has already: to read it, or to make it in a store that
// is older than it.
store::Schema history_schema(std::int64_t version) {
  return {.version = version, .collections = {history_codec().schema()}};
}

std::string text_of(const store::Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return std::to_string(*number);
  }
  if (const auto* day = std::get_if<Day>(&value)) {
    return to_text(*day);
  }
  if (const auto* uuid = std::get_if<Uuid>(&value)) {
    return to_text(*uuid);
  }
  return std::get<std::string>(value);
}

template <class T>
store::Value present(const std::optional<T>& value) {
  if (!value) {
    throw store::CorruptDocument("schema_history.position names no place");
  }
  return *value;
}

store::Value parse_value(store::FieldType type, const std::string& text) {
  switch (type) {
    case store::FieldType::int64: {
      std::int64_t number = 0;
      const auto* end = text.data() + text.size();
      const auto [stopped, error] = std::from_chars(text.data(), end, number);
      return present(error == std::errc() && stopped == end ? std::optional(number) : std::nullopt);
    }
    case store::FieldType::day:
      return present(parse_day(text));
    case store::FieldType::uuid:
      return present(parse_uuid(text));
    case store::FieldType::string:
      return text;
    case store::FieldType::boolean:
    case store::FieldType::real:
    case store::FieldType::time:
    case store::FieldType::bytes:
    case store::FieldType::integers:
      break;  // of no primary key
  }
  check(false);
  return {};
}

const Migration* find_migration(const Migrations& migrations, std::int64_t number) {
  const auto found = std::ranges::find(migrations.list(), number, &Migration::number);
  return found == migrations.list().end() ? nullptr : &*found;
}

void hold_to_code(const MigrationRecord& record, const Migrations& migrations,
                  std::vector<std::string>& faults) {
  const auto* migration = find_migration(migrations, record.number);
  const auto who = fmt::format("migration {} ({})", record.number, record.name);
  if (migration == nullptr) {
    faults.push_back(who + " is not one of this program");
  } else if (migration->name != record.name) {
    faults.push_back(fmt::format("{} is called {} by this program", who, migration->name));
  } else if (migrations.checksum(*migration) != record.checksum) {
    faults.push_back(who + " was another than this program's: its checksum differs");
  }
  if (record.status == MigrationStatus::running) {
    faults.push_back(who + " is not finished");
  }
}

void hold_documents(store::Store& store, const store::Schema& schema,
                    std::vector<std::string>& faults) {
  constexpr std::size_t faults_max = 100;
  for (const auto& collection : schema.collections) {
    store::Query query{.collection = {collection.name}, .limit = store::page_documents_max};
    do {
      auto page = store.find(query);
      for (const auto& document : page.documents) {
        if (auto fault = store::find_fault(collection, document)) {
          faults.push_back(to_text(store::primary_key(collection, document)) + ": " + *fault);
        }
        if (faults.size() == faults_max) {
          faults.push_back("and perhaps more: what follows was not looked at");
          return;
        }
      }
      query.after = std::move(page.next);
    } while (!query.after.empty());
  }
}

}  // namespace

const store::Codec<MigrationRecord>& history_codec() {
  static const store::Codec<MigrationRecord> codec(
      history_collection, {store::field<&MigrationRecord::number>("number"),
                           store::field<&MigrationRecord::name>("name"),
                           store::field<&MigrationRecord::checksum>("checksum"),
                           store::field<&MigrationRecord::status>("status"),
                           store::field<&MigrationRecord::owner>("owner"),
                           store::field<&MigrationRecord::lease_until>("lease_until"),
                           store::field<&MigrationRecord::pass>("pass"),
                           store::field<&MigrationRecord::position>("position"),
                           store::field<&MigrationRecord::documents>("documents"),
                           store::field<&MigrationRecord::changed>("changed"),
                           store::field<&MigrationRecord::runs>("runs"),
                           store::field<&MigrationRecord::started_at>("started_at"),
                           store::field<&MigrationRecord::finished_at>("finished_at"),
                           store::field<&MigrationRecord::duration_ms>("duration_ms"),
                           store::field<&MigrationRecord::version>("version")});
  return codec;
}

store::Key history_key(std::int64_t number) {
  return {.collection = history_collection, .values = {number}};
}

std::string position_text(const store::CollectionSchema& collection, const store::Cursor& place) {
  check(place.size() == collection.primary.order.size());
  json::array texts;
  for (const auto& value : place) {
    texts.emplace_back(text_of(value));
  }
  return to_json_text(texts);
}

store::Cursor parse_position(const store::CollectionSchema& collection, std::string_view text) {
  boost::system::error_code error;
  const auto parsed = json::parse(text, error);
  const auto* texts = parsed.if_array();
  if (error || texts == nullptr || texts->size() != collection.primary.order.size() ||
      !std::ranges::all_of(*texts, &json::value::is_string)) {
    throw store::CorruptDocument("schema_history.position is no place of " + collection.name);
  }
  store::Cursor place;
  for (std::size_t i = 0; i < texts->size(); ++i) {
    const auto& field = collection.fields[collection.primary.order[i]];
    place.push_back(parse_value(field.type, std::string((*texts)[i].get_string())));
  }
  return place;
}

bool SchemaState::is_newer_than(const Migrations& migrations) const {
  return version.value_or(0) > migrations.newest() ||
         (!history.empty() && history.back().number > migrations.newest());
}

std::vector<const Migration*> SchemaState::pending(const Migrations& migrations) const {
  std::vector<const Migration*> pending;
  for (const auto& migration : migrations.list()) {
    const auto record = std::ranges::find(history, migration.number, &MigrationRecord::number);
    const bool is_done =
        history.empty() ? migration.number <= version.value_or(0)
                        : record != history.end() && record->status != MigrationStatus::running;
    if (!is_done) {
      pending.push_back(&migration);
    }
  }
  return pending;
}

const MigrationRecord* SchemaState::running() const {
  const auto found = std::ranges::find(history, MigrationStatus::running, &MigrationRecord::status);
  return found == history.end() ? nullptr : &*found;
}

std::int64_t SchemaState::reached(const Migrations& migrations) const {
  const auto waiting = pending(migrations);
  return waiting.empty() ? version.value_or(0) : waiting.front()->number - 1;
}

SchemaState read_state(store::Store& store, const Migrations& migrations) {
  SchemaState state{.version = store.schema_version(), .history = {}};
  if (!state.version || *state.version > migrations.newest()) {
    return state;
  }
  // A migration that leads to the history makes it before the store has the version it came with.
  const auto schema = history_schema(*state.version);
  if (*state.version < schema.collections.front().since &&
      !store.find_schema_faults(schema).empty()) {
    return state;
  }
  use_history(store, migrations);
  store::for_each<MigrationRecord>(
      store, history_codec(), {.collection = history_collection},
      [&](const MigrationRecord& record) { state.history.push_back(record); });
  return state;
}

void use_history(store::Store& store, const Migrations& migrations) {
  while (true) {
    const auto version = store.schema_version().value_or(0);
    check(version > 0);
    try {
      store.apply_schema(history_schema(version));
      return;
    } catch (const store::StoreUnusable&) {
      // Another process that migrates has raised it meanwhile, or it is truly of no use.
      if (store.schema_version() == version || version >= migrations.newest()) {
        throw;
      }
    }
  }
}

std::optional<MigrationRecord> find_record(store::Store& store, std::int64_t number) {
  return store::fetch(store, history_codec(), history_key(number));
}

// All at once: a store that has some of them would have to be migrated.
void record_all(store::Store& store, const Migrations& migrations, std::int64_t number,
                MigrationStatus status, const std::string& owner, Instant now) {
  while (true) {
    store::ChangeSet missing;
    for (const auto& migration : migrations.list()) {
      if (migration.number > number || find_record(store, migration.number)) {
        continue;
      }
      const MigrationRecord record{.number = migration.number,
                                   .name = migration.name,
                                   .checksum = migrations.checksum(migration),
                                   .status = status,
                                   .owner = owner,
                                   .started_at = now,
                                   .finished_at = now};
      missing.changes.emplace_back(
          store::Insert{history_collection, history_codec().encode(record)});
    }
    const auto result = store.commit(missing);
    if (result) {
      return;
    }
    // Another process may have been first with some of them.
    if (result.error().reason == store::Refusal::Reason::invalid) {
      throw std::runtime_error("the migrations can't be recorded: " + result.error().detail);
    }
  }
}

void refuse_newer(const SchemaState& state, const Migrations& migrations,
                  const std::string& where) {
  if (state.is_newer_than(migrations)) {
    const auto recorded = state.history.empty() ? 0 : state.history.back().number;
    throw store::StoreUnusable(fmt::format(
        "{}: has schema version {}, and this program knows up to version {}; use a newer wattback",
        where, std::max(state.version.value_or(0), recorded), migrations.newest()));
  }
}

void prepare_store(store::Store& store, const Migrations& migrations, const Preparing& preparing) {
  const auto state = read_state(store, migrations);
  refuse_newer(state, migrations, preparing.where);
  if (state.version && !state.pending(migrations).empty()) {
    throw store::StoreUnusable(fmt::format(
        "{}: has schema version {}, and this program needs version {}; {}", preparing.where,
        state.reached(migrations), migrations.newest(), preparing.remedy));
  }
  store.apply_schema(migrations.schema());
  if (state.history.empty()) {
    record_all(store, migrations, migrations.newest(), MigrationStatus::made, preparing.owner,
               preparing.now);
  }
}

std::vector<std::string> verify_schema(store::Store& store, const Migrations& migrations) {
  const auto state = read_state(store, migrations);
  std::vector<std::string> faults;
  for (const auto& record : state.history) {
    hold_to_code(record, migrations, faults);
  }
  if (state.running() != nullptr) {
    return faults;  // what it is making of the store is neither the one nor the other
  }
  const auto reached = state.reached(migrations);
  const auto schema = migrations.schema_at(reached);
  if (!state.history.empty() && static_cast<std::int64_t>(state.history.size()) < reached) {
    faults.emplace_back("schema_history lacks a migration");
  }
  const auto differences = store.find_schema_faults(schema);
  faults.insert(faults.end(), differences.begin(), differences.end());
  std::ranges::move(store.find_sharding_faults(schema), std::back_inserter(faults));
  if (differences.empty()) {
    store.apply_schema(schema);
    hold_documents(store, schema, faults);
  }
  return faults;
}

}  // namespace wattback::operations
