// demo: create.
#include <fmt/format.h>

#include <deque>
#include <future>

#include "cli/common_options.h"
#include "cli/demo_data.h"
#include "cli/inputs.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "earning/commands.h"
#include "meters/meter.h"
#include "redemptions/commands.h"
#include "rewards/commands.h"
#include "usage/commands.h"
#include "users/commands.h"

namespace wattback::cli {
namespace {

using std::chrono::days;

constexpr const char* admin_email = "admin@example.org";
constexpr std::size_t in_flight_max = 128;

// Makes the demonstration, command by command, with the readings many at a time.
class Demo {
 public:
  Demo(const Invocation& invocation, Session& session)
      : invocation_(&invocation),
        committer_(&session.committer()),
        now_(invocation.environment.now()),
        bar_(invocation.environment, "two years of readings") {}

  Result<Answer> make() {
    for (const auto step : {&Demo::start, &Demo::make_administrator, &Demo::make_rewards,
                            &Demo::make_members, &Demo::record_usage, &Demo::redeem_some}) {
      if (const auto made = (this->*step)(); !made) {
        return std::unexpected(made.error());
      }
    }
    return answer();
  }

 private:
  template <commit::Command C>
  Result<void> run(C command) {
    const auto reply = committer_->run(std::move(command));
    return reply ? Result<void>{} : std::unexpected(reply.error());
  }

  Result<void> start() {
    return run(earning::StartProgramme{.name = "Wattback demonstration",
                                       .time_zone = TimeZone::utc(),
                                       .actor = operator_actor,
                                       .now = now_});
  }

  Result<void> make_administrator() {
    password_ = security::generate_password();
    const auto hash = security::hash_password(
        password_, invocation_->environment.hash_cost(invocation_->settings));
    if (!hash) {
      return std::unexpected(hash.error());
    }
    return run(users::CreateUser{.user = {make_uuid_v7(now_)},
                                 .name = "Administrator",
                                 .email = admin_email,
                                 .role = users::Role::admin,
                                 .password = *hash,
                                 .now = now_});
  }

  Result<void> make_rewards() {
    for (const auto& reward : demo_rewards()) {
      const RewardId id{make_uuid_v7(now_)};
      rewards_.push_back(id);
      const auto made = run(rewards::CreateReward{.reward = id,
                                                  .name = reward.name,
                                                  .description = reward.description,
                                                  .points_required = reward.points_required,
                                                  .stock = reward.stock,
                                                  .actor = operator_actor,
                                                  .now = now_});
      if (!made) {
        return made;
      }
    }
    return {};
  }

  Result<void> make_members() {
    for (const auto& member : demo_members()) {
      const UserId id{make_uuid_v7(now_)};
      members_.push_back(id);
      const auto made = run(users::CreateUser{
          .user = id, .name = member.name, .email = member.email, .password = "", .now = now_});
      if (!made) {
        return made;
      }
    }
    return {};
  }

  Result<void> record_usage() {
    const auto today = Day(std::chrono::floor<days>(now_).time_since_epoch());
    for (int i = demo_days; i >= 0; --i) {
      for (std::size_t member = 0; member < members_.size(); ++member) {
        for (const auto type : {EnergyType::renewable, EnergyType::non_renewable}) {
          if (const auto sent = send(member, type, today - days(i)); !sent) {
            return sent;
          }
        }
      }
      bar_.show(demo_days - i, demo_days);
    }
    while (!flying_.empty()) {
      if (auto landed = land(); !landed) {
        return landed;
      }
    }
    return {};
  }

  Result<void> send(std::size_t member, EnergyType type, Day day) {
    auto readings = demo_readings(demo_members()[member], type, day, now_);
    if (readings.empty()) {
      return {};
    }
    if (flying_.size() >= in_flight_max) {
      if (auto landed = land(); !landed) {
        return landed;
      }
    }
    const bool solar = type == EnergyType::renewable;
    const auto& user = members_[member];
    auto promise = std::make_shared<std::promise<Result<usage::RecordReply>>>();
    flying_.push_back(promise->get_future());
    committer_->submit<usage::RecordReadings>(
        {.user = user,
         .meter = meters::new_reference(user, solar ? "solar" : "grid", std::nullopt),
         .readings = std::move(readings),
         .import_id = std::nullopt,
         .actor = operator_actor,
         .now = now_},
        [promise](Result<usage::RecordReply> reply) { promise->set_value(std::move(reply)); });
    return {};
  }

  Result<void> land() {
    const auto reply = flying_.front().get();
    flying_.pop_front();
    if (!reply) {
      return std::unexpected(reply.error());
    }
    readings_ += static_cast<std::int64_t>(reply->readings.size());
    return {};
  }

  // Every member buys a little something, so that there is something to fulfil.
  Result<void> redeem_some() {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const auto redeemed = run(redemptions::Redeem{.user = members_[i],
                                                    .reward = rewards_[i % 4],
                                                    .key = {"demo-1"},
                                                    .expected_points = std::nullopt,
                                                    .actor = operator_actor,
                                                    .now = now_});
      if (!redeemed) {
        return redeemed;
      }
    }
    return {};
  }

  Answer answer() const {
    return {
        .data = json::object{{"administrator", admin_email},
                             {"password", password_},
                             {"members", members_.size()},
                             {"rewards", rewards_.size()},
                             {"readings", readings_}},
        .text = fmt::format("Made a demonstration programme: {} members, {} readings, {} "
                            "rewards.\nAdministrator: {}  password: {}  (shown this once)\n",
                            members_.size(), readings_, rewards_.size(), admin_email, password_)};
  }

  const Invocation* invocation_;
  commit::Committer* committer_;
  Instant now_;
  ProgressBar bar_;
  std::string password_;
  std::vector<RewardId> rewards_;
  std::vector<UserId> members_;
  std::deque<std::future<Result<usage::RecordReply>>> flying_;
  std::int64_t readings_ = 0;
};

Result<Answer> create(const Invocation& invocation, const NoOptions& /*options*/) {
  const auto session = invocation.open(Opening::create);
  return Demo(invocation, *session).make();
}

}  // namespace

void add_demo(Verbs& verbs) {
  auto* group = verbs.group("demo", "A programme to look around in");
  verbs.add<NoOptions>(group, "create", "Make a demonstration programme in an empty store",
                       declare_none, create);
}

}  // namespace wattback::cli
