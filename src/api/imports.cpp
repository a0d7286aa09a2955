#include <fmt/format.h>

#include <iterator>
#include <map>

#include "api/authority.h"
#include "api/handlers.h"
#include "api/spool.h"
#include "forms/forms.h"
#include "importers/reads.h"
#include "importers/run.h"
#include "importers/withdraw.h"
#include "users/reads.h"

namespace wattback::api {
namespace {

constexpr std::size_t rejections_max = 100;  // shown: the first of them

// The first of the rejected records in the order of the input, whatever the order they come in.
class FirstRejections {
 public:
  void take(const importers::RejectedRecord& record) {
    reasons_.emplace(record.line, importers::told_reason(record));
    if (reasons_.size() > rejections_max) {
      reasons_.erase(std::prev(reasons_.end()));
    }
  }

  json::array form() const {
    json::array rows;
    for (const auto& [line, reason] : reasons_) {
      rows.push_back(json::object{{"line", line}, {"reason", reason}});
    }
    return rows;
  }

 private:
  std::multimap<std::int64_t, std::string> reasons_;  // by line; those of one as they came
};

// The format a media type states; nothing for one that leaves it open (application/gzip).
std::optional<importers::Format> format_of(std::string_view media_type) {
  if (media_type == "text/csv") {
    return importers::Format::csv;
  }
  if (media_type == "application/x-ndjson") {
    return importers::Format::ndjson;
  }
  if (media_type == "application/atom+xml") {
    return importers::Format::green_button;
  }
  return std::nullopt;
}

Result<importers::ImportOptions> options_of(const Call& call) {
  const auto& given = call.parameters();
  importers::ImportOptions options{.format = format_of(call.media_type()),
                                   .actor = call.actor(),
                                   .stop = call.resources().stopping.get_token(),
                                   .dry_records_max = dry_run_readings_max};
  if (const auto user = given.find_text("user_id")) {
    options.user = UserId{parse_uuid(*user).value()};
  }
  if (const auto meter = given.find_text("meter")) {
    options.meter = std::string(*meter);
  }
  if (const auto type = given.find_text("energy_type")) {
    options.energy_type = from_text<EnergyType>(*type);
  }
  if (const auto name = given.find_text("time_zone")) {
    const auto zone = TimeZone::find(*name);
    if (!zone) {
      return fail_field("time_zone", zone.error().detail);
    }
    options.zone = *zone;
  }
  if (const auto unit = given.find_text("unit")) {
    options.unit = from_text<importers::EnergyUnit>(*unit).value();
  }
  if (const auto interval = given.find_integer("interval")) {
    options.interval = Seconds(*interval);
  }
  if (const auto as_of = given.find_text("as_of")) {
    options.as_of = parse_instant(*as_of).value();
  }
  return options;
}

struct Imported {
  importers::ImportResult result;
  FirstRejections rejections;
};

http::Task<Result<Imported>> import(const Call& call, const importers::ImportOptions& options,
                                    const Spool& spool) {
  if (const auto admitted = admit_still(call); !admitted) {
    co_return std::unexpected(admitted.error());
  }
  auto input = spool.open();
  if (!input) {
    co_return std::unexpected(input.error());
  }
  Imported imported;
  const importers::ImportObserver observer{
      .rejected = [&imported](const importers::RejectedRecord& record) {
        imported.rejections.take(record);
      }};
  auto& committer = call.resources().committer;
  const auto& clock = call.resources().clock;
  auto result =
      call.parameters().boolean("dry_run")
          ? importers::dry_run_import(call.store(), clock, *input, options, observer)
          : importers::run_import(call.store(), committer, clock, *input, options, observer);
  if (!result) {
    co_return std::unexpected(result.error());
  }
  imported.result = *std::move(result);
  co_return imported;
}

Answer answer_of(const Call& call, const Imported& imported) {
  const auto& result = imported.result;
  const auto id = wattback::to_text(result.import.import_id);
  const bool dry_run = call.parameters().boolean("dry_run");
  auto form = forms::form_of(result.counts);
  form["import_id"] = id;
  form["repeated"] = result.repeated;
  form["resumed"] = result.resumed;
  form["dry_run"] = dry_run;
  form["rejections"] = imported.rejections.form();
  if (dry_run || result.repeated) {
    return {.data = std::move(form)};
  }
  return created("/api/v1/imports/" + id, std::move(form));
}

http::Task<Result<importers::Withdrawal>> withdraw(const Call& call, std::string reason) {
  co_return importers::withdraw_import(call.store(), call.resources().committer,
                                       call.resources().clock, ImportId{call.id("import_id")},
                                       reason, call.actor(), call.resources().stopping.get_token());
}

}  // namespace

Result<Answer> list_imports(Call& call) {
  static const auto shape = shape_of(importers::collection, importers::index_created_at);
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return importers::list(call.store(), limit, std::move(after));
  };
  return call.list(shape, read,
                   [](const importers::Import& import) { return forms::form_of(import); });
}

http::Task<std::expected<std::optional<Answer>, http::Problem>> create_import(
    Call& call, http::RequestBody& body, http::AnswerStream& /*stream*/) {
  const auto options = options_of(call);
  if (!options) {
    co_return std::unexpected(http::problem_of(options.error()));
  }
  const Places::Place place(call.resources().import_places);
  if (!place.is_free()) {
    co_return std::unexpected(http::problem_of(too_many_imports()));
  }
  const auto spool = co_await spool_body(call, body);
  if (!spool) {
    co_return std::unexpected(spool.error());
  }
  auto importing = import(call, *options, *spool);
  auto imported = co_await call.resources().imports.run(std::move(importing));
  if (!imported) {
    co_return std::unexpected(http::problem_of(imported.error()));
  }
  co_return answer_of(call, *imported);
}

Result<Answer> get_import(Call& call) {
  const auto import = importers::find(call.store(), ImportId{call.id("import_id")});
  if (!import) {
    return fail(ErrorCode::not_found, "there is no such import");
  }
  return Answer{.data = forms::form_of(*import)};
}

http::Task<Result<Answer>> withdraw_import(Call& call) {
  auto task = withdraw(call, Fields(call.body()).text("reason_code"));
  const auto withdrawal = co_await call.resources().withdrawals.run(std::move(task));
  if (!withdrawal) {
    co_return std::unexpected(withdrawal.error());
  }
  co_return Answer{.data =
                       json::object{{"import_id", wattback::to_text(withdrawal->import.import_id)},
                                    {"status", wattback::to_text(withdrawal->import.status)},
                                    {"restated", withdrawal->restated},
                                    {"energy_kwh", forms::kwh(withdrawal->energy_change)},
                                    {"points", withdrawal->points.count}}};
}

}  // namespace wattback::api
