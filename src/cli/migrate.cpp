// migrate: status, plan, up, verify.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "cli/common_options.h"
#include "cli/progress.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "operations/migrator.h"

namespace wattback::cli {
namespace {

using operations::Migration;
using operations::MigrationRecord;
using operations::Migrations;
using operations::MigrationStatus;
using operations::product_migrations;
using operations::SchemaState;

SchemaState state_of(const UnpreparedStore& opened) {
  auto state = operations::read_state(*opened.store, product_migrations());
  operations::refuse_newer(state, product_migrations(), opened.name);
  return state;
}

json::object form_of(const MigrationRecord& record) {
  return {{"number", record.number},
          {"name", record.name},
          {"status", to_text(record.status)},
          {"finished_at", record.finished_at ? json::value(to_text(*record.finished_at)) : nullptr},
          {"duration_ms", record.duration_ms},
          {"documents", record.documents},
          {"changed", record.changed},
          {"runs", record.runs},
          {"owner", record.owner}};
}

json::object form_of_pending(const Migration& migration) {
  json::object form{{"number", migration.number}, {"name", migration.name}, {"status", "pending"}};
  for (const auto* name : {"finished_at", "duration_ms", "documents", "changed", "runs", "owner"}) {
    form[name] = nullptr;
  }
  return form;
}

// Of a store older than the history nothing but its version is known.
json::object form_of_unrecorded(const Migration& migration) {
  auto form = form_of_pending(migration);
  form["status"] = "unrecorded";
  return form;
}

json::object form_of(const Migration& migration, const SchemaState& state) {
  const auto record = std::ranges::find(state.history, migration.number, &MigrationRecord::number);
  if (record != state.history.end()) {
    return form_of(*record);
  }
  return migration.number <= state.reached(product_migrations()) ? form_of_unrecorded(migration)
                                                                 : form_of_pending(migration);
}

Result<Answer> status(const Invocation& invocation, const NoOptions& /*options*/) {
  const auto opened = invocation.environment.open_unprepared(invocation.settings);
  const auto state = state_of(opened);
  json::array data;
  for (const auto& migration : product_migrations().list()) {
    data.push_back(form_of(migration, state));
  }
  const auto pending = state.pending(product_migrations()).size();
  const json::object list{{"data", std::move(data)},
                          {"schema_version", state.reached(product_migrations())},
                          {"newest", product_migrations().newest()},
                          {"pending", pending}};
  return Answer{.data = list,
                .text = render(list) + (pending == 0 ? std::string("up to date\n")
                                                     : fmt::format("{} to be done\n", pending))};
}

std::string describe(const Migration& migration) {
  auto text =
      fmt::format("{}  {}\n   {}\n", migration.number, migration.name, migration.description);
  for (const auto& addition : product_migrations().additions(migration.number)) {
    text += fmt::format("   adds {}\n", addition);
  }
  for (const auto& pass : migration.up) {
    text += fmt::format("   goes over {}: {}\n", pass.collection.name, pass.name);
  }
  return text;
}

json::object plan_form(const Migration& migration) {
  json::array additions;
  for (const auto& addition : product_migrations().additions(migration.number)) {
    additions.push_back(json::value(addition));
  }
  json::array passes;
  for (const auto& pass : migration.up) {
    passes.push_back(json::object{{"collection", pass.collection.name}, {"name", pass.name}});
  }
  return {{"number", migration.number},
          {"name", migration.name},
          {"description", migration.description},
          {"adds", std::move(additions)},
          {"passes", std::move(passes)}};
}

Result<Answer> plan(const Invocation& invocation, const NoOptions& /*options*/) {
  const auto opened = invocation.environment.open_unprepared(invocation.settings);
  json::array data;
  std::string text;
  for (const auto* migration : state_of(opened).pending(product_migrations())) {
    data.push_back(plan_form(*migration));
    text += describe(*migration);
  }
  json::array sharding;
  for (const auto& fault : opened.store->find_sharding_faults(product_migrations().schema())) {
    sharding.push_back(json::value(fault));
    text += fmt::format("shard  {}\n", fault);
  }
  return Answer{.data = json::object{{"data", std::move(data)}, {"sharding", std::move(sharding)}},
                .text = text.empty() ? "nothing to do\n" : text};
}

struct UpOptions {
  std::optional<std::int64_t> to;
};

void declare_up(CLI::App& verb, UpOptions& options) {
  verb.add_option("--to", options.to, "Up to this number only")
      ->check(within(1, product_migrations().newest()));
}

// A line that is written over, on a terminal; what waits is said elsewhere too, once.
class Line {
 public:
  explicit Line(const Environment& environment)
      : environment_(environment), waiting_(environment) {}

  void at_work(const MigrationRecord& record) const {
    if (environment_.err_is_terminal) {
      *environment_.err << fmt::format("\r\x1b[K{} {}: {} documents", record.number, record.name,
                                       record.documents)
                        << std::flush;
    }
  }

  void wait(const MigrationRecord& record) {
    if (environment_.err_is_terminal || waits_for_ != record.owner) {
      *environment_.err << fmt::format("{}{} is at work on {} {}: {} documents{}",
                                       environment_.err_is_terminal ? "\r\x1b[K" : "", record.owner,
                                       record.number, record.name, record.documents,
                                       environment_.err_is_terminal ? "" : "\n")
                        << std::flush;
    }
    waits_for_ = record.owner;
  }

  void be_unsettled(const MigrationRecord& record, const std::string& why) {
    waiting_.tell(fmt::format("{} {}", record.number, record.name), why);
  }

  void clear() const {
    if (environment_.err_is_terminal) {
      *environment_.err << "\r\x1b[K" << std::flush;
    }
  }

 private:
  const Environment& environment_;
  std::string waits_for_;
  WaitingLine waiting_;
};

Result<Answer> up(const Invocation& invocation, const UpOptions& options) {
  const auto opened = invocation.environment.open_unprepared(invocation.settings);
  std::shared_ptr<void> alone;
  if (!state_of(opened).pending(product_migrations()).empty()) {
    auto kept_out = opened.keep_servers_out();
    if (!kept_out) {
      return std::unexpected(std::move(kept_out.error()));
    }
    alone = *std::move(kept_out);
  }
  Line line(invocation.environment);
  const auto migrated = operations::migrate_up(
      *opened.store, product_migrations(),
      {.now = invocation.environment.now,
       .owner = opened.owner,
       .where = opened.name,
       .to = options.to,
       .sleep = [](Milliseconds time) { std::this_thread::sleep_for(time); },
       .should_stop = [] { return false; },
       .on_progress = [&](const MigrationRecord& record) { line.at_work(record); },
       .on_wait = [&](const MigrationRecord& record) { line.wait(record); },
       .on_unsettled = [&](const MigrationRecord& record,
                           const std::string& why) { line.be_unsettled(record, why); }});
  line.clear();
  json::array done;
  std::string text;
  for (const auto& record : migrated.done) {
    done.push_back(form_of(record));
    text += fmt::format("{} {}: {} documents, {} changed, {:.1f} s{}\n", record.number, record.name,
                        record.documents, record.changed,
                        static_cast<double>(record.duration_ms) / 1000,
                        record.runs > 1 ? fmt::format(", in {} runs", record.runs) : "");
  }
  const auto version =
      operations::read_state(*opened.store, product_migrations()).reached(product_migrations());
  json::array sharded;
  if (version == product_migrations().newest()) {
    for (const auto& name : opened.store->shard(product_migrations().schema())) {
      sharded.push_back(json::value(name));
      text += fmt::format("{} sharded\n", name);
    }
  }
  return Answer{.data = json::object{{"done", std::move(done)},
                                     {"schema_version", version},
                                     {"sharded", std::move(sharded)}},
                .text = text + fmt::format("schema version {}\n", version)};
}

Result<Answer> verify(const Invocation& invocation, const NoOptions& /*options*/) {
  const auto opened = invocation.environment.open_unprepared(invocation.settings);
  const auto version = state_of(opened).reached(product_migrations());
  const auto faults = operations::verify_schema(*opened.store, product_migrations());
  json::array data;
  std::string text;
  for (const auto& fault : faults) {
    data.push_back(json::value(fault));
    text += fault + "\n";
  }
  if (faults.empty()) {
    text = fmt::format("ok: the store is what schema version {} says\n", version);
  }
  if (version < product_migrations().newest()) {
    text += fmt::format("this program needs schema version {}: wattback migrate up\n",
                        product_migrations().newest());
  }
  return Answer{.data = json::object{{"ok", faults.empty()},
                                     {"schema_version", version},
                                     {"newest", product_migrations().newest()},
                                     {"faults", std::move(data)}},
                .text = text,
                .exit_code = faults.empty() ? 0 : 1};
}

}  // namespace

void add_migrate(Verbs& verbs) {
  auto* group = verbs.group("migrate", "The schema of the store, and bringing it up to date");
  verbs.add<NoOptions>(group, "status", "What was done, and what is to be done", declare_none,
                       status);
  verbs.add<NoOptions>(group, "plan", "What `up` would do", declare_none, plan);
  verbs.add<UpOptions>(group, "up", "Bring the store up; cut off, it goes on when run again",
                       declare_up, up);
  verbs.add<NoOptions>(group, "verify", "Hold the store to its schema; exit 1 if it differs",
                       declare_none, verify);
}

}  // namespace wattback::cli
