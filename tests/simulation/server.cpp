#include "simulation/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <stdexcept>

#include "programme/programme.h"
#include "simulation/model_show.h"
#include "simulation/translate.h"

namespace wattback::simulation {

using test_support::Fault;

// Tells the server of the commits that really happened.
class Server::ObservedStore final : public store::Store {
 public:
  ObservedStore(store::Store& below, Server& server) : below_(&below), server_(&server) {}

  std::vector<std::optional<store::Document>> get(store::Collection collection,
                                                  std::span<const store::Key> keys) override {
    return below_->get(collection, keys);
  }
  store::Page find(const store::Query& query) override { return below_->find(query); }
  store::CommitResult commit(const store::ChangeSet& changes) override {
    auto result = below_->commit(changes);
    if (result) {
      server_->committed();
      if (server_->is_told_) {
        server_->decide_ahead();
      }
    } else {
      server_->judge_->tally().count("fault: a conflict with the other server");
      server_->forget();
    }
    return result;
  }
  void apply_schema(const store::Schema& schema) override { below_->apply_schema(schema); }
  std::optional<std::int64_t> schema_version() override { return below_->schema_version(); }
  std::vector<std::string> find_schema_faults(const store::Schema& schema) override {
    return below_->find_schema_faults(schema);
  }
  std::vector<std::string> find_sharding_faults(const store::Schema& schema) override {
    return below_->find_sharding_faults(schema);
  }
  std::vector<std::string> shard(const store::Schema& schema) override {
    return below_->shard(schema);
  }
  std::unique_ptr<store::Snapshot> snapshot() override { return below_->snapshot(); }
  std::uint64_t revision(store::Collection collection) override {
    return below_->revision(collection);
  }
  store::Capabilities capabilities() const override { return below_->capabilities(); }

 private:
  store::Store* below_;
  Server* server_;
};

// A command of the product that leaves in the trace what it decided.
template <commit::Command C>
struct Server::Traced {
  using Reply = model::Facts;
  static constexpr auto lane = commit::lane_of<C>();

  C command;
  OperationNumber operation;
  Server* server;

  std::vector<store::Key> keys() const { return command.keys(); }

  Result<Reply> decide(commit::Workspace& workspace) const {
    const auto written_before = workspace.change_count();
    auto reply = command.decide(workspace);
    if (server->drop_void(operation)) {
      server->judge_->tally().count("a group that another's write overtook");
    }
    auto& decisions = server->add_to_open().decisions;
    if (server->judge_->operation(operation).spoilt) {
      decisions.push_back({operation, std::unexpected(ErrorCode::internal), false});
      throw std::runtime_error("spoilt");
    }
    if (!reply) {
      decisions.push_back({operation, std::unexpected(reply.error().code), false});
      return std::unexpected(reply.error());
    }
    Reply facts = to_model(*reply);
    // One that no longer fits the commit will be decided again, in the next.
    const bool fits =
        written_before == 0 || workspace.change_count() <= server->options_.commit_changes_max;
    if (fits) {
      const bool wrote = workspace.written() > 0;
      decisions.push_back({operation, facts, wrote, wrote ? zone_read(workspace) : std::nullopt});
    } else {
      server->judge_->tally().count("a command too many for one commit");
    }
    return facts;
  }

  // The programme's zone, which a reading may fix its meter by. Nothing is loaded to tell it.
  std::optional<std::string> zone_read(commit::Workspace& workspace) const {
    if constexpr (std::same_as<C, usage::RecordReadings> ||
                  std::same_as<C, importers::RecordPiece>) {
      const auto loaded = keys();
      if (std::ranges::find(loaded, programme::key()) != loaded.end()) {
        const auto programme = workspace.get(programme::codec(), programme::key());
        return std::string(programme.value().time_zone.name());
      }
    }
    return std::nullopt;
  }
};

Server::Server(store::Store& store, Judge& judge, const ServerOptions& options,
               const Weather& weather, const commit::SteadyTime& now, Unsettled unsettled)
    : judge_(&judge),
      options_(options),
      weather_(weather),
      unsettled_(std::move(unsettled)),
      chance_(options.seed),
      observed_(std::make_unique<ObservedStore>(store, *this)),
      faulty_(std::make_unique<test_support::FaultyStore>(*observed_)) {
  auto capabilities = store.capabilities();
  capabilities.commit_changes_max = options.commit_changes_max;
  faulty_->set_capabilities(capabilities);
  faulty_->set_plan([this](const store::ChangeSet& changes) { return plan(changes); });
  faulty_->set_before_get([this](std::span<const store::Key>) { before_get(); });
  committer_ = std::make_unique<commit::Committer>(
      *faulty_, store::product_schema(),
      commit::CommitterOptions{.queue_max = options.queue_max,
                               .group_max = options.group_max,
                               .attempts_max = options.attempts_max,
                               .seed = options.seed,
                               .now = [&now] { return now; }});
}

void Server::submit(OperationNumber operation) {
  judge_->submit(operation);
  publications_ += is_publication(operation) ? 1 : 0;
  std::visit(
      [&](const auto& command) {
        using C = decltype(to_product(command));
        committer_->submit<Traced<C>>(
            {to_product(command), operation, this},
            [this, operation](Result<model::Facts> answer) { delivered(operation, answer); });
      },
      judge_->operation(operation).command);
}

// What comes over a commit. What does not happen is forgotten here; what does, in `committed`.
Fault Server::plan(const store::ChangeSet& changes) {
  take_open();
  is_told_ = true;
  if (is_lost_) {
    forget();
    return test_support::unavailable();
  }
  decide_ahead();
  auto roll = chance_.below(1000);
  const auto falls_on = [&roll](std::int64_t per_mille) {
    roll -= per_mille;
    return roll < 0;
  };
  if (falls_on(weather_.refused)) {
    forget();
    return draw_refusal(changes);
  }
  if (falls_on(weather_.unavailable)) {
    judge_->tally().count("fault: commit unavailable");
    forget();
    return test_support::unavailable();
  }
  if (falls_on(weather_.unknown_before)) {
    judge_->tally().count("fault: commit unknown, did not happen");
    for (const auto& decision : in_flight_.decisions) {
      undone_.insert_or_assign(decision.operation, decision);
    }
    forget();
    return test_support::unknown_before();
  }
  if (falls_on(weather_.unknown_after)) {
    judge_->tally().count("fault: commit unknown, happened");
    is_told_ = false;
    return test_support::unknown_after();
  }
  if (falls_on(weather_.beside_commit) && other_ != nullptr && other_->waiting() > 0) {
    judge_->foresee(in_flight_);
    const auto before = judge_->changes();
    other_->work();
    if (judge_->changes() == before) {
      in_flight_.before.clear();
    } else {
      judge_->tally().count("fault: the other server wrote before a commit");
    }
  }
  return {};
}

Fault Server::draw_refusal(const store::ChangeSet& changes) {
  const auto keys = test_support::keys_of(store::product_schema(), changes);
  std::vector<store::Key> at_fault;
  if (chance_.percent(80)) {
    for (auto count = chance_.between(1, 3); count > 0; --count) {
      at_fault.push_back(chance_.pick(keys));
    }
  } else if (chance_.percent(50)) {
    at_fault.push_back(users::key({make_uuid_v8({1, 2, 3})}));  // that nobody touched
  }
  judge_->tally().count(at_fault.empty() ? "fault: a refusal that names no key"
                                         : "fault: a refusal that names keys");
  const auto reason = chance_.percent(70) ? store::Refusal::Reason::conflict
                                          : store::Refusal::Reason::already_exists;
  return test_support::refused(reason, std::move(at_fault));
}

void Server::before_get() {
  if (is_lost_) {
    throw store::StoreUnavailable("lost");
  }
  const auto roll = chance_.below(1000);
  if (roll < weather_.load_unavailable) {
    judge_->tally().count("fault: load unavailable");
    throw store::StoreUnavailable("injected: unavailable");
  }
  if (roll < weather_.load_unavailable + weather_.beside_load && other_ != nullptr &&
      other_->waiting() > 0) {
    const auto before = judge_->changes();
    other_->work();
    if (judge_->changes() != before) {
      judge_->tally().count("fault: the other server wrote before a load");
      open_.mixed = true;
    }
  }
}

// The next group, while this one is being committed.
void Server::decide_ahead() {
  if (!chance_.per_mille(weather_.ahead)) {
    return;
  }
  const auto before = judge_->changes();
  if (committer_->decide()) {
    judge_->tally().count("a group decided while another was committed");
  }
  if (judge_->changes() != before) {
    in_flight_.mixed = true;
  }
}

// The trace of the group being decided. What another server wrote since it was begun makes it
// mixed.
Trace& Server::add_to_open() {
  if (open_.decisions.empty()) {
    known_changes_ = judge_->changes();
  } else if (judge_->changes() != known_changes_) {
    open_.mixed = true;
  }
  return open_;
}

// What is decided again, or answered without a commit, makes void what was decided with it. Whether
// something was.
bool Server::drop_void(OperationNumber operation) {
  untold_.erase(operation);
  undone_.erase(operation);
  const bool is_void =
      std::ranges::find(open_.decisions, operation, &Decision::operation) != open_.decisions.end();
  if (is_void) {
    open_.clear();
  }
  return is_void;
}

void Server::take_open() {
  if (judge_->changes() != known_changes_) {
    open_.mixed = true;
  }
  in_flight_ = std::exchange(open_, {});
}

// The commit has not happened, so what was decided on it is void too.
void Server::forget() {
  in_flight_.clear();
  open_.clear();
}

void Server::committed() {
  if (judge_->changes() != known_changes_) {
    open_.mixed = true;
  }
  judge_->settle(in_flight_);
  known_changes_ = judge_->changes();
  if (is_told_) {
    for (const auto& decision : in_flight_.decisions) {
      expected_.push_back({decision.operation, decision.answer});
    }
  } else {
    open_.clear();  // decided again, since nobody tells that this has happened
    for (const auto& decision : in_flight_.decisions) {
      untold_.insert_or_assign(decision.operation, decision.answer);
    }
  }
  in_flight_.clear();
}

bool Server::is_publication(OperationNumber operation) const {
  return std::holds_alternative<model::PublishRules>(judge_->operation(operation).command);
}

void Server::delivered(OperationNumber operation, const Result<model::Facts>& answer) {
  publications_ -= is_publication(operation) ? 1 : 0;
  const model::Answer told = answer ? model::Answer(*answer) : std::unexpected(answer.error().code);
  if (options_.keep_answers) {
    answers_.push_back(fmt::format("{} {}", operation, model::to_text(told)));
  }
  if (!told && told.error() == ErrorCode::overloaded) {
    judge_->tally().count("answered: overloaded");
    unsettled_(operation);
    return;
  }
  if (!told && told.error() == ErrorCode::unavailable) {
    judge_->tally().count("answered: unavailable");
    drop_void(operation);
    unsettled_(operation);
    return;
  }
  if (const auto untold = untold_.find(operation); untold != untold_.end()) {
    judge_->tally().count("answered as decided before an unknown commit");
    judge_->deliver({operation, untold->second}, operation, told);
    untold_.erase(untold);
    return;
  }
  if (const auto undone = undone_.find(operation); undone != undone_.end()) {
    judge_->deliver_undone(undone->second, told);
    undone_.erase(undone);
    return;
  }
  if (expected_.empty() && !open_.decisions.empty()) {  // its group had nothing to commit
    take_open();
    for (const auto& decision : in_flight_.decisions) {
      if (decision.wrote) {
        judge_->fail(fmt::format("operation {} was answered before its group was in", operation));
      }
    }
    is_told_ = true;
    committed();
  }
  if (expected_.empty()) {
    judge_->fail(fmt::format("operation {} was answered {} without being decided", operation,
                             model::to_text(told)));
    return;
  }
  judge_->deliver(expected_.front(), operation, told);
  expected_.pop_front();
}

}  // namespace wattback::simulation
