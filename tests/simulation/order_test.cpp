// Any order, batching, splitting or repetition of the same readings, each stating its as_of, of
// meters already fixed, ends in the same readings, days, carry and balance less owed: those that
// are worked out here from the readings alone.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>
#include <vector>

#include "commit/committer.h"
#include "earning/commands.h"
#include "simulation/chance.h"
#include "simulation/model.h"
#include "simulation/run_seed.h"
#include "simulation/translate.h"
#include "store/memory/memory_store.h"
#include "store/read.h"

namespace wattback::simulation {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr std::int64_t nanopoints = 1'000'000'000;
constexpr std::string_view zone_name = "Europe/Berlin";

const UserId member{make_uuid_v8({7})};
const Instant created = Instant(make_day(2026, 3, 20).time_since_epoch());
const Instant recorded = created + days(14);
const Day second_rules_from = make_day(2026, 3, 30);

TimeZone zone() { return TimeZone::find(zone_name).value(); }

struct PlannedMeter {
  model::MeterName name;
  std::int64_t cadence = 0;  // 0: the local day
};

// A quarter of an hour, an hour that starts at half past, and the local day.
std::vector<PlannedMeter> planned_meters() {
  std::vector<PlannedMeter> meters;
  for (const std::int64_t cadence : {900, 3600, 0}) {
    const auto label = fmt::format("every {} s", cadence);
    const auto reference = meters::new_reference(member, label, std::nullopt);
    meters.push_back({.name = {.meter = reference.meter_id, .label = label, .identifier = ""},
                      .cadence = cadence});
  }
  return meters;
}

// The interval that starts so many days and slots after the 27th of March; the clocks change on the
// 29th.
void set_interval(model::Value& value, std::int64_t cadence, std::int64_t day, std::int64_t slot) {
  const auto local_day = make_day(2026, 3, 27) + days(day);
  value.start = zone().start_of(local_day);
  if (cadence == 0) {
    value.seconds =
        std::chrono::floor<Seconds>(zone().start_of(local_day + days(1)) - value.start).count();
    return;
  }
  value.start += Seconds(slot * cadence + (cadence == 3600 ? 1800 : 0));
  value.seconds = cadence;
}

struct Statement {  // what a source says of one interval of one meter
  std::size_t meter = 0;
  model::Value value;
};

Statement draw_statement(Chance& chance, const std::vector<PlannedMeter>& meters) {
  Statement drawn{.meter = chance.index_of(meters.size())};
  auto& value = drawn.value;
  set_interval(value, meters[drawn.meter].cadence, chance.below(6), chance.below(3));
  value.mwh = chance.percent(15) ? 0 : chance.below(chance.percent(50) ? 500 : 9'000'000);
  value.type = chance.percent(70) ? EnergyType::renewable : EnergyType::non_renewable;
  value.as_of = created + hours(chance.below(12));
  value.quality = (value.mwh + value.as_of->time_since_epoch().count() / 3'600'000) % 256;
  return drawn;
}

model::Rules rules_from(Day day, std::int64_t rate, std::optional<std::int64_t> cap) {
  return {.effective_day = day,
          .renewable_rate = rate,
          .non_renewable_rate = 333,
          .daily_cap = cap,
          .created_at = created};
}

using ReadingEnd = std::tuple<std::int64_t, std::int64_t, Instant>;                 // mWh, quality
using DayEnd = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>;  // see below

// What must not depend on order.
struct Ending {
  std::map<model::ReadingName, ReadingEnd> readings;
  std::map<Day, DayEnd> days;  // renewable, non-renewable, readings, award
  std::int64_t carry = 0;
  std::int64_t net = 0;  // balance less owed, and what was taken meanwhile

  bool operator==(const Ending&) const = default;
};

class Household {
 public:
  Household(const model::Rules& first, const model::Rules& second,
            const std::vector<PlannedMeter>& meters)
      : meters_(&meters), store_(store::make_memory_store()) {
    store_->apply_schema(store::product_schema());
    committer_.emplace(*store_, store::product_schema(), commit::CommitterOptions{.seed = 1});
    expect(earning::StartProgramme{.name = "any",
                                   .time_zone = zone(),
                                   .terms = terms_of(first),
                                   .actor = operator_actor,
                                   .now = created});
    expect(to_product(model::PublishRules{.follows = 1, .rules = second}));
    expect(to_product(model::CreateUser{.user = member,
                                        .name = "Rosa",
                                        .email = "rosa@example.org",
                                        .zone = std::string(zone_name),
                                        .now = created}));
  }

  // Sends them as one command a meter; they are decided when `work` is called.
  void send(std::span<const Statement> statements) {
    for (std::size_t meter = 0; meter < meters_->size(); ++meter) {
      model::Record record{
          .user = member, .meter = (*meters_)[meter].name, .values = {}, .now = recorded};
      for (const auto& statement : statements) {
        if (statement.meter == meter) {
          record.values.push_back(statement.value);
        }
      }
      if (!record.values.empty()) {
        submit(to_product(record));
      }
    }
  }

  // Takes all there is, so that what a later restatement takes back is owed.
  void take_balance() {
    work();
    const auto balance = user().total_points;
    if (balance > Points{0}) {
      taken_ += balance.count;
      submit(points::AdjustPoints{.user = member,
                                  .points = -balance,
                                  .reason_code = "taken",
                                  .key = {fmt::format("key-{}", taken_)},
                                  .actor = operator_actor,
                                  .now = recorded});
    }
  }

  void work() {
    while (committer_->waiting() > 0) {
      committer_->work();
    }
  }

  bool has_owed() const { return user().points_owed > Points{0}; }

  Ending ending() {
    work();
    Ending ending;
    store::for_each<usage::Reading>(*store_, usage::codec(), {.collection = usage::collection},
                                    [&](const usage::Reading& reading) {
                                      ending.readings[name_of(reading)] = {
                                          reading.energy_consumed.milliwatt_hours,
                                          reading.quality.value_or(-1), reading.as_of};
                                    });
    store::for_each<usage::UsageDaily>(
        *store_, usage::daily_codec(), {.collection = usage::daily_collection},
        [&](const usage::UsageDaily& daily) {
          ending.days[daily.day] = {daily.renewable.milliwatt_hours,
                                    daily.non_renewable.milliwatt_hours, daily.readings,
                                    daily.award.count};
        });
    const auto end = user();
    ending.carry = end.points_carry.count;
    ending.net = end.total_points.count - end.points_owed.count + taken_;
    return ending;
  }

 private:
  template <commit::Command C>
  void submit(C command) {
    committer_->submit<C>(std::move(command), [](const Result<typename C::Reply>& answer) {
      ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    });
  }

  template <commit::Command C>
  void expect(C command) {
    submit(std::move(command));
    work();
  }

  users::User user() const {
    return store::fetch(*store_, users::codec(), users::key(member)).value();
  }

  const std::vector<PlannedMeter>* meters_;
  std::unique_ptr<store::Store> store_;
  std::optional<commit::Committer> committer_;
  std::int64_t taken_ = 0;
};

// A set of statements, and what is to come of them.
class ReadingSet {
 public:
  explicit ReadingSet(std::uint64_t seed)
      : chance_(seed),
        meters_(planned_meters()),
        first_(rules_from(make_day(1970, 1, 1), 10'000, std::nullopt)),
        second_(rules_from(second_rules_from, chance_.between(1, 200'000), chance_.below(40))) {
    for (std::size_t meter = 0; meter < meters_.size(); ++meter) {
      Statement fixing{.meter = meter};
      set_interval(fixing.value, meters_[meter].cadence, 0, 0);
      fixing.value.mwh = 1'000'001;
      fixing.value.as_of = created;
      fixing_.push_back(fixing);
    }
    constexpr int statements = 120;
    for (int i = 0; i < statements; ++i) {
      statements_.push_back(draw_statement(chance_, meters_));
    }
  }

  // Some order, some of them again, cut somehow.
  Ending end_somehow(bool& owed) {
    auto statements = statements_;
    for (auto again = chance_.below(40); again > 0; --again) {
      statements.push_back(chance_.pick(statements_));
    }
    for (std::size_t i = statements.size(); i > 1; --i) {
      std::swap(statements[i - 1], statements[chance_.index_of(i)]);
    }
    Household household(first_, second_, meters_);
    household.send(fixing_);
    household.work();
    std::span<const Statement> rest(statements);
    while (!rest.empty()) {
      const auto most = static_cast<std::int64_t>(std::min<std::size_t>(rest.size(), 18));
      const auto count = static_cast<std::size_t>(chance_.between(1, most));
      household.send(rest.first(count));
      rest = rest.subspan(count);
      if (chance_.percent(10)) {
        household.take_balance();
      }
      if (chance_.percent(50)) {
        household.work();
      }
      owed = owed || household.has_owed();
    }
    return household.ending();
  }

  // The newest statement of each reading stands, at one age that of the least energy.
  Ending expected() const {
    Ending ending;
    for (const auto& statements : {fixing_, statements_}) {
      for (const auto& statement : statements) {
        add(ending, statement);
      }
    }
    for (const auto& [name, end] : ending.readings) {
      auto& [renewable, non_renewable, readings, award] = ending.days[zone().day_of(name.start)];
      (name.type == EnergyType::renewable ? renewable : non_renewable) += std::get<0>(end);
      ++readings;
    }
    model::Wide exact = 0;
    for (auto& [day, totals] : ending.days) {
      auto& [renewable, non_renewable, readings, award] = totals;
      const auto& rules = day < second_rules_from ? first_ : second_;
      model::Wide sum = model::Wide{renewable} * rules.renewable_rate +
                        model::Wide{non_renewable} * rules.non_renewable_rate;
      if (rules.daily_cap) {
        sum = std::min(sum, model::Wide{*rules.daily_cap} * nanopoints);
      }
      award = static_cast<std::int64_t>(sum);
      exact += sum;
    }
    ending.net = static_cast<std::int64_t>(exact / nanopoints);
    ending.carry = static_cast<std::int64_t>(exact % nanopoints);
    return ending;
  }

 private:
  void add(Ending& ending, const Statement& statement) const {
    const auto& value = statement.value;
    const model::ReadingName name{member, meters_[statement.meter].name.meter, value.start,
                                  value.type};
    const auto [found, is_new] = ending.readings.try_emplace(
        name, ReadingEnd{value.mwh, value.quality, value.as_of.value()});
    auto& [mwh, quality, as_of] = found->second;
    if (!is_new && std::tuple(*value.as_of, -value.mwh) > std::tuple(as_of, -mwh)) {
      found->second = {value.mwh, value.quality, *value.as_of};
    }
  }

  Chance chance_;
  std::vector<PlannedMeter> meters_;
  model::Rules first_;
  model::Rules second_;
  std::vector<Statement> fixing_;
  std::vector<Statement> statements_;
};

TEST(Simulation, OrderOfReadingsNeverMatters) {
  constexpr int orders = 12;
  int orders_owing = 0;
  int orders_alike = 0;
  for (const auto seed : draw_seeds(8 * dose())) {
    tell_seed("orders", seed);
    ReadingSet set(seed);
    const auto expected = set.expected();
    for (int order = 0; order < orders; ++order) {
      bool owed = false;
      const auto ending = set.end_somehow(owed);
      orders_owing += owed ? 1 : 0;
      ASSERT_EQ(ending.readings, expected.readings) << "WATTBACK_SEED=" << seed;
      ASSERT_EQ(ending.days, expected.days) << "WATTBACK_SEED=" << seed;
      ASSERT_EQ(ending.carry, expected.carry) << "WATTBACK_SEED=" << seed;
      ASSERT_EQ(ending.net, expected.net) << "WATTBACK_SEED=" << seed;
      ++orders_alike;
    }
  }
  fmt::print("orders: {} alike, {} of them made the member owe meanwhile\n", orders_alike,
             orders_owing);
  EXPECT_GT(orders_owing, 0) << "no order made the member owe";
}

}  // namespace
}  // namespace wattback::simulation
