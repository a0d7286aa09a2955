#include "importers/withdraw.h"

#include <map>

#include "importers/commands.h"
#include "store/read.h"
#include "usage/commands.h"
#include "usage/reads.h"

namespace wattback::importers {
namespace {

// Each reading may have a day of its own.
constexpr std::size_t batch_readings = 20;
static_assert(usage::documents_written(batch_readings, batch_readings) <=
              commit::command_documents_max);
constexpr std::size_t open_batches_max = 1000;

// Gathers an import's readings by member and has them withdrawn.
class Withdrawing {
 public:
  Withdrawing(commit::Committer& committer, const Clock& clock, const Import& import, Actor actor)
      : committer_(&committer), clock_(&clock), actor_(actor) {
    result_.import = import;
  }

  Result<void> take(const usage::Reading& reading) {
    auto& batch = batches_[reading.user_id];
    batch.push_back(reading.usage_id);
    if (batch.size() < batch_readings && batches_.size() <= open_batches_max) {
      return {};
    }
    const auto user = reading.user_id;
    return batch.size() >= batch_readings ? submit(user) : submit_all();
  }

  Result<Withdrawal> finish() {
    if (const auto submitted = submit_all(); !submitted) {
      return std::unexpected(submitted.error());
    }
    return result_;
  }

 private:
  Result<void> submit(const UserId& user) {
    const auto reply =
        committer_->run(usage::WithdrawReadings{.user = user,
                                                .readings = std::move(batches_.at(user)),
                                                .import_id = result_.import.import_id,
                                                .actor = actor_,
                                                .now = (*clock_)()});
    batches_.erase(user);
    if (!reply) {
      return std::unexpected(reply.error());
    }
    result_.restated += reply->restated;
    result_.energy_change += reply->energy_change;
    result_.points += reply->points;
    return {};
  }

  Result<void> submit_all() {
    while (!batches_.empty()) {
      if (auto submitted = submit(batches_.begin()->first); !submitted) {
        return submitted;
      }
    }
    return {};
  }

  commit::Committer* committer_;
  const Clock* clock_;
  Actor actor_;
  Withdrawal result_;
  std::map<UserId, std::vector<UsageId>> batches_;
};

// The readings among which the import's lie: of its member, or of all where it named none.
store::Query readings_near(const Import& import) {
  store::Query query{.collection = usage::collection,
                     .index = usage::index_date,
                     .from = store::Bound{.value = *import.first_date},
                     .to = store::Bound{.value = *import.last_date},
                     .limit = store::page_documents_max};
  if (import.user_id) {
    query.index = usage::index_user;
    query.equals = {import.user_id->uuid};
  }
  return query;
}

}  // namespace

Result<Withdrawal> withdraw_import(store::Store& store, commit::Committer& committer,
                                   const Clock& clock, const ImportId& import,
                                   const std::string& reason_code, const Actor& actor,
                                   const std::stop_token& stop) {
  const auto withdrawn =
      committer.run(WithdrawImport{.import = import, .reason_code = reason_code});
  if (!withdrawn) {
    return std::unexpected(withdrawn.error());
  }
  Withdrawing withdrawing(committer, clock, *withdrawn, actor);
  if (!withdrawn->first_date) {
    return withdrawing.finish();
  }
  auto query = readings_near(*withdrawn);
  do {
    auto page = store::list(store, usage::codec(), query);
    for (const auto& reading : page.items) {
      if (stop.stop_requested()) {
        return fail(ErrorCode::unavailable,
                    "the server is stopping; the same withdrawal again goes on from here");
      }
      if (reading.import_id != import || reading.energy_consumed == Energy{0}) {
        continue;
      }
      if (const auto taken = withdrawing.take(reading); !taken) {
        return std::unexpected(taken.error());
      }
    }
    query.after = std::move(page.next);
  } while (!query.after.empty());
  return withdrawing.finish();
}

}  // namespace wattback::importers
