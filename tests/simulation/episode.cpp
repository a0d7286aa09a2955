#include "simulation/episode.h"

#include <fmt/format.h>

#include <array>
#include <memory>

#include "earning/commands.h"
#include "operations/audit.h"
#include "simulation/chance.h"
#include "simulation/final_state.h"
#include "simulation/model_show.h"
#include "simulation/server.h"
#include "simulation/translate.h"
#include "simulation/workload.h"

namespace wattback::simulation {
namespace {

constexpr std::size_t server_count = 2;

Weather draw_weather(Chance& chance) {
  constexpr std::array<std::int64_t, 4> levels{0, 10, 60, 200};
  const auto draw = [&] { return levels.at(chance.index_of(levels.size())); };
  return {.refused = draw(),
          .unavailable = draw() / 4,
          .unknown_before = draw() / 2,
          .unknown_after = draw(),
          .beside_commit = draw() * 2,
          .load_unavailable = draw() / 20,
          .beside_load = draw() / 4,
          .ahead = draw() * 3};
}

ServerOptions draw_options(Chance& chance, bool keep_answers) {
  constexpr std::array<std::size_t, 4> groups{2, 8, 32, 256};
  constexpr std::array<std::size_t, 3> queues{24, 100, 8192};
  constexpr std::array<std::size_t, 3> changes{64, 150, 10'000};
  constexpr std::array<int, 3> attempts{2, 4, 12};
  return {.queue_max = queues.at(chance.index_of(queues.size())),
          .group_max = groups.at(chance.index_of(groups.size())),
          .commit_changes_max = changes.at(chance.index_of(changes.size())),
          .attempts_max = attempts.at(chance.index_of(attempts.size())),
          .seed = chance.seed(),
          .keep_answers = keep_answers};
}

WorkloadOptions draw_workload(Chance& chance) {
  return {.members = chance.between(3, 14),
          .rewards = chance.between(2, 6),
          .rules_versions = chance.between(2, 8),
          .restating_percent = chance.between(30, 90)};
}

// The first rules: 10 points a renewable kWh or odder ones.
model::Rules draw_rules(Chance& chance) {
  constexpr std::array<std::int64_t, 4> rates{10'000, 10'000, 777, 123'457};
  model::Rules rules{.effective_day = make_day(1970, 1, 1),
                     .renewable_rate = rates.at(chance.index_of(rates.size())),
                     .non_renewable_rate = chance.percent(50) ? 0 : 1'001,
                     .daily_cap = std::nullopt};
  if (chance.percent(40)) {
    rules.daily_cap = chance.between(5, 200);
  }
  return rules;
}

class Episode {
 public:
  Episode(Backend& backend, const EpisodeOptions& options, Tally& tally)
      : backend_(&backend),
        options_(options),
        chance_(options.seed),
        judge_(model_, tally),
        workload_(model_, draw_workload(chance_), chance_.seed()) {
    start_programme();
    for (std::size_t server = 0; server < server_count; ++server) {
      servers_.at(server) = make_server(server);
    }
    meet();
  }

  EpisodeResult run() {
    while (sent_ < options_.commands && !judge_.failure()) {
      step();
    }
    settle();
    EpisodeResult result{.failure = judge_.failure(), .answers = {}, .documents = {}};
    if (!result.failure) {
      compare(result);
    }
    return result;
  }

 private:
  void start_programme() {
    const auto rules = draw_rules(chance_);
    model_.start("Europe/Berlin", rules);
    auto& store = backend_->store_of(0);
    commit::Workspace workspace(store, store::product_schema());
    workspace.begin();
    const auto made = earning::StartProgramme{.name = "simulated",
                                              .time_zone = TimeZone::find("Europe/Berlin").value(),
                                              .terms = terms_of(rules),
                                              .actor = operator_actor,
                                              .now = rules.created_at}
                          .decide(workspace);
    check(made.has_value());
    workspace.keep();
    check(store.commit(workspace.take_changes()).has_value());
  }

  std::unique_ptr<Server> make_server(std::size_t server) {
    const auto options = draw_options(chance_, options_.keep_answers);
    const auto weather = draw_weather(chance_);
    return std::make_unique<Server>(
        backend_->store_of(server), judge_, options, weather, now_,
        [this](OperationNumber operation) { unsettled_.push_back(operation); });
  }

  // The second server writes while the first is at work, never the other way around.
  void meet() { servers_.at(0)->set_other(servers_.at(1).get()); }

  void step() {
    if (chance_.per_mille(15)) {
      restart(chance_.index_of(server_count));
    }
    for (auto count = chance_.percent(50) ? chance_.between(0, 3) : chance_.between(0, 40);
         count > 0; --count) {
      send(chance_.percent(65) ? 0 : 1);
    }
    while (!unsettled_.empty() && chance_.percent(40)) {
      send_again();
    }
    for (std::size_t server = 0; server < server_count; ++server) {
      for (auto count = chance_.below(4); count > 0; --count) {
        servers_.at(server)->work();
      }
    }
    now_ += Milliseconds(chance_.percent(80) ? chance_.below(20) : chance_.below(800));
  }

  void choose_pace() {
    workload_.let_hours_pass(
        std::ranges::none_of(servers_, [](const auto& server) { return server->is_publishing(); }));
  }

  void send(std::size_t server) {
    ++sent_;
    choose_pace();
    const auto operation =
        judge_.add(workload_.next(server == 0 ? Asked::first_server : Asked::second_server));
    submit(server, operation);
  }

  void submit(std::size_t server, OperationNumber operation) {
    const auto& command = judge_.operation(operation).command;
    judge_.tally().count(std::string("sent: ") + model::command_names.at(command.index()));
    servers_.at(server)->submit(operation);
  }

  // One that was not answered for good, as its client would: the same key, the time it is now.
  void send_again() {
    const auto position = chance_.index_of(unsettled_.size());
    const auto operation = unsettled_[position];
    unsettled_.erase(unsettled_.begin() + static_cast<std::ptrdiff_t>(position));
    auto& command = judge_.operation(operation).command;
    choose_pace();
    workload_.pass_time();
    workload_.refresh(command);
    judge_.tally().count("sent again after unavailable or overloaded");
    const bool first_only = std::holds_alternative<model::EditProgramme>(command);
    submit(first_only || chance_.percent(60) ? 0 : 1, operation);
  }

  // The process dies, perhaps in the middle of a commit: what it had not answered it never will.
  void restart(std::size_t server) {
    judge_.tally().count("restart");
    auto& dying = *servers_.at(server);
    if (chance_.percent(60)) {
      const Weather last{.unknown_before = 500, .unknown_after = 500};
      dying.set_weather(last);
      dying.work();
    }
    dying.lose_store();
    drain(server);
    keep_answers(server);
    servers_.at(server).reset();
    backend_->restart(server);
    servers_.at(server) = make_server(server);
    meet();
  }

  void drain(std::size_t server) {
    while (servers_.at(server)->waiting() > 0 && !judge_.failure()) {
      if (!servers_.at(server)->work()) {
        now_ += Milliseconds(50);
      }
    }
  }

  // The weather clears up, and every client gets its answer.
  void settle() {
    for (std::size_t server = 0; server < server_count; ++server) {
      servers_.at(server)->set_weather({});
      drain(server);
    }
    while (!unsettled_.empty() && !judge_.failure()) {
      send_again();
      drain(0);
      drain(1);
    }
    for (std::size_t server = 0; server < server_count; ++server) {
      if (judge_.failure()) {
        servers_.at(server)->lose_store();  // nothing may wait when it goes
        while (servers_.at(server)->waiting() > 0) {
          servers_.at(server)->work();
          now_ += Milliseconds(50);
        }
      }
      keep_answers(server);
      servers_.at(server).reset();
      backend_->restart(server);
    }
  }

  void keep_answers(std::size_t server) {
    for (const auto& answer : servers_.at(server)->answers()) {
      answers_.push_back(fmt::format("server {}: {}", server, answer));
    }
  }

  void compare(EpisodeResult& result) {
    auto& store = backend_->store_of(0);
    const auto differences = find_differences(store, model_);
    for (const auto& difference : differences) {
      result.failure = result.failure.value_or("the store is not as the model has it:");
      *result.failure += "\n  " + difference;
    }
    const auto report = operations::audit(store, {.on_break = [&](const operations::Break& found) {
                                            result.failure =
                                                result.failure.value_or("the audit finds broken:");
                                            *result.failure += "\n  " + operations::to_text(found);
                                          }});
    judge_.tally().count("documents audited", report.checked);
    for (const auto& [id, user] : model_.users()) {
      judge_.tally().count("members owing in the end", user.owed > 0 ? 1 : 0);
    }
    for (const auto& [name, entry] : model_.ledger()) {
      judge_.tally().count("ledger: " + entry.kind);
      judge_.tally().count("ledger: entries that make or repay owed points",
                           entry.owed != 0 ? 1 : 0);
    }
    if (options_.keep_answers) {
      result.answers = std::move(answers_);
      result.documents = all_documents(store);
    }
  }

  Backend* backend_;
  EpisodeOptions options_;
  Chance chance_;
  model::Model model_;
  Judge judge_;
  Workload workload_;
  commit::SteadyTime now_{std::chrono::hours(1)};
  std::array<std::unique_ptr<Server>, server_count> servers_;
  std::vector<OperationNumber> unsettled_;
  std::vector<std::string> answers_;
  std::size_t sent_ = 0;
};

}  // namespace

EpisodeResult run_episode(Backend& backend, const EpisodeOptions& options, Tally& tally) {
  return Episode(backend, options, tally).run();
}

}  // namespace wattback::simulation
