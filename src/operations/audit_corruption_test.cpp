// A healthy store corrupted by hand, one thing at a time: the audit names it, and nothing else but
// what follows from it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operations/audit.h"
#include "store/memory/memory_store.h"
#include "store/read.h"
#include "support/programme_in_use.h"

namespace wattback::operations {
namespace {

using test_support::at;
using test_support::ImportDocument;
using test_support::numbered;
using test_support::ProgrammeInUse;
using testing::HasSubstr;

// The store of a programme in use, and how a corruption reaches into it.
class Corruption {
 public:
  Corruption() : store_(store::make_memory_store()), programme_(*store_) {}

  const ProgrammeInUse& programme() const { return programme_; }

  template <class T>
  T get(const store::Codec<T>& codec, const store::Key& key) {
    return store::fetch(*store_, codec, key).value();
  }

  // All documents of a collection that pass.
  template <class T>
  std::vector<T> all(const store::Codec<T>& codec, const std::function<bool(const T&)>& passes) {
    std::vector<T> found;
    store::for_each<T>(*store_, codec, {.collection = codec.collection()}, [&](const T& value) {
      if (passes(value)) {
        found.push_back(value);
      }
    });
    return found;
  }

  void insert(store::Collection collection, store::Document document) {
    const auto done = store_->commit(
        {{store::Insert{.collection = collection, .document = std::move(document)}}});
    ASSERT_TRUE(done) << done.error().detail;
  }
  template <class T>
  void insert(const store::Codec<T>& codec, const T& value) {
    insert(codec.collection(), codec.encode(value));
  }

  void remove(const store::Key& key) {
    const auto document = store_->get(key.collection, std::span(&key, 1)).front();
    ASSERT_TRUE(document.has_value());
    ASSERT_TRUE(
        store_->commit({{store::Remove{.collection = key.collection, .before = *document}}}));
  }

  // Whatever it was becomes what `change` makes of it.
  template <class T>
  void change(const store::Codec<T>& codec, const store::Key& key,
              const std::function<void(T&)>& change) {
    auto value = get(codec, key);
    remove(key);
    change(value);
    insert(codec, value);
  }
  void change_user(const UserId& user, const std::function<void(users::User&)>& change) {
    this->change(users::codec(), users::key(user), change);
  }
  void change_entry(std::int64_t seq, const std::function<void(points::Entry&)>& change) {
    this->change(points::ledger_codec(), points::entry_key(programme_.ana, seq), change);
  }

  // A reading of ana's standing meter, on a day by rule 1 below the cap.
  usage::Reading reading() { return get(usage::codec(), usage::key(programme_.ana, reading_id())); }
  void change_reading(const std::function<void(usage::Reading&)>& change) {
    this->change(usage::codec(), usage::key(programme_.ana, reading_id()), change);
  }
  void change_day(const std::function<void(usage::UsageDaily&)>& change) {
    this->change(usage::daily_codec(), usage::daily_key(programme_.ana, reading().day), change);
  }

  // The first redemption of ana's with this status.
  redemptions::Redemption redemption(redemptions::Status status) {
    return all<redemptions::Redemption>(redemptions::codec(),
                                        [&](const auto& redemption) {
                                          return redemption.user_id == programme_.ana &&
                                                 redemption.status == status;
                                        })
        .front();
  }
  void change_redemption(redemptions::Status status,
                         const std::function<void(redemptions::Redemption&)>& change) {
    this->change(redemptions::codec(), redemptions::key(redemption(status).redemption_id), change);
  }
  points::Adjustment adjustment() {
    return all<points::Adjustment>(
               points::adjustments_codec(),
               [&](const auto& adjustment) { return adjustment.user_id == programme_.ana; })
        .front();
  }
  rewards::StockMovement movement() {
    return all<rewards::StockMovement>(
               rewards::movements_codec(),
               [&](const auto& movement) { return movement.reward_id == programme_.lamp; })
        .front();
  }
  std::int64_t last_seq() { return get(users::codec(), users::key(programme_.ana)).ledger_seq; }
  meters::Meter meter(const char* label) {
    return get(meters::codec(), meters::label_key(programme_.ana, label));
  }
  void change_import(const std::function<void(store::Integers&)>& change) {
    const store::Key key{.collection = {"imports"}, .values = {programme_.file.uuid}};
    auto document = *store_->get(key.collection, std::span(&key, 1)).front();
    remove(key);
    const auto counts = store::product_schema().collection({"imports"}).position("counts");
    change(std::get<store::Integers>(document.values[counts]));
    insert(key.collection, document);
  }

  std::vector<std::string> audited() {
    std::vector<std::string> lines;
    const auto report =
        audit(*store_, {.on_break = [&](const Break& found) { lines.push_back(to_text(found)); }});
    EXPECT_EQ(report.broken, lines.size());
    return lines;
  }

 private:
  UsageId reading_id() const {
    return derive_usage_id(programme_.ana,
                           meters::new_reference(programme_.ana, "default", std::nullopt).meter_id,
                           at("2026-03-08T09:00:00Z"), "Renewable");
  }

  std::unique_ptr<store::Store> store_;
  ProgrammeInUse programme_;
};

struct Case {
  const char* name;
  void (*corrupt)(Corruption&);
  std::vector<std::string> expected;  // a part of each line
  std::vector<std::string> follow;    // of any number more, each has one of these parts
};

void PrintTo(const Case& corruption, std::ostream* out) {  // NOLINT: the name gtest calls
  *out << corruption.name;
}

class AuditCorruption : public testing::TestWithParam<Case> {};

TEST_P(AuditCorruption, IsNamed) {
  Corruption corruption;
  GetParam().corrupt(corruption);
  auto lines = corruption.audited();
  for (const auto& part : GetParam().follow) {
    EXPECT_NE(std::erase_if(lines, [&](const auto& line) { return line.contains(part); }), 0U)
        << part;
  }
  std::vector<testing::Matcher<std::string>> expected;
  for (const auto& part : GetParam().expected) {
    expected.emplace_back(HasSubstr(part));
  }
  EXPECT_THAT(lines, testing::UnorderedElementsAreArray(expected));
}

const std::vector<Case> balance_and_ledger{
    {"BalanceOffByOne",
     [](Corruption& c) {
       c.change_user(c.programme().ana, [](auto& user) { ++user.total_points.count; });
     },
     {"I1 users["}},
    {"OwedOffByOne",
     [](Corruption& c) {
       c.change_user(c.programme().ben, [](auto& user) { --user.points_owed.count; });
     },
     {"I1 users["}},
    {"BalanceAndOwedBothPositive",
     [](Corruption& c) {
       c.change_user(c.programme().ana, [](auto& user) { user.points_owed = Points{3}; });
     },
     {"points_owed is 3", "are both above 0"}},
    {"EntryMissing",
     [](Corruption& c) { c.remove(points::entry_key(c.programme().ana, 2)); },
     {"3]: entry 2 before it is missing", "I2 points_ledger[", "I1 users[",
      "points_earned of its readings", "its readings award"}},
    {"LastEntryMissing",
     [](Corruption& c) { c.remove(points::entry_key(c.programme().ana, c.last_seq())); },
     {"I1 users[", "ledger_seq is 15, its last entry is 14", "ledger_head is", "I4 adjustments["}},
    {"HashChanged",
     [](Corruption& c) { c.change_entry(c.last_seq(), [](auto& entry) { entry.hash[5] ^= 1U; }); },
     {"hash is not that of its values", "ledger_head is"}},
    {"EntryBalanceChanged",
     [](Corruption& c) { c.change_entry(2, [](auto& entry) { ++entry.balance.count; }); },
     {"2]: balance is 371, expected 370", "2]: hash is not", "3]: balance is"}},
    {"EntryCarryChanged",
     [](Corruption& c) { c.change_entry(2, [](auto& entry) { --entry.carry.count; }); },
     {"2]: carry is", "2]: hash is not", "3]: carry is"}},
    {"EntryOwedChanged",
     [](Corruption& c) { c.change_entry(2, [](auto& entry) { ++entry.owed.count; }); },
     {"2]: points and owed are 148 and 1, expected", "2]: carry is", "2]: hash is not", "I1 users[",
      "points_earned of its readings", "its readings award"}},
    {"HeadMismatch",
     [](Corruption& c) {
       c.change_user(c.programme().ana, [](auto& user) { user.ledger_head[0] ^= 1U; });
     },
     {"I2 users["}},
    {"LedgerSeqOffByOne",
     [](Corruption& c) { c.change_user(c.programme().ana, [](auto& user) { ++user.ledger_seq; }); },
     {"I2 users["}},
    {"CarryOfMember",
     [](Corruption& c) {
       c.change_user(c.programme().ana, [](auto& user) { ++user.points_carry.count; });
     },
     {"I2 users[", "I6 users["}},
};

const std::vector<Case> stock_and_effects{
    {"InventoryOffByOne",
     [](Corruption& c) {
       c.change<rewards::Reward>(rewards::codec(), rewards::key(c.programme().lamp),
                                 [](auto& reward) { ++reward.inventory; });
     },
     {"I3 rewards["}},
    {"MovementMissing",
     [](Corruption& c) { c.remove(rewards::movement_key(c.movement().movement_id)); },
     {"I3 rewards["}},
    {"RedemptionWithoutEntry",
     [](Corruption& c) {
       c.change_redemption(redemptions::Status::pending,
                           [](auto& redemption) { redemption.seq += 900; });
     },
     {"I4 points_ledger[", "I4 redemptions["}},
    {"RedemptionMissing",
     [](Corruption& c) {
       c.remove(redemptions::key(c.redemption(redemptions::Status::pending).redemption_id));
     },
     {"I4 points_ledger[", "I3 rewards["}},
    {"RefundedTwice",
     [](Corruption& c) {
       c.change_entry(c.last_seq(), [&](auto& entry) {
         const auto cancelled = c.redemption(redemptions::Status::cancelled);
         entry.kind = points::EntryKind::refunded;
         entry.cause = cancelled.redemption_id.uuid;
       });
     },
     {"I4 points_ledger[", "I2 points_ledger[", "I4 adjustments["}},
    {"CancelledWithoutRefund",
     [](Corruption& c) {
       c.change_redemption(redemptions::Status::cancelled,
                           [](auto& redemption) { redemption.refund_seq = std::nullopt; });
     },
     {"I4 redemptions[", "I4 points_ledger["}},
    {"FulfilledBecomesCancelled",
     [](Corruption& c) {
       c.change_redemption(redemptions::Status::fulfilled, [](auto& redemption) {
         redemption.status = redemptions::Status::cancelled;
       });
     },
     {"I4 redemptions[", "I3 rewards["}},
    {"RedemptionPriceChanged",
     [](Corruption& c) {
       c.change_redemption(redemptions::Status::pending,
                           [](auto& redemption) { ++redemption.points_redeemed.count; });
     },
     {"I4 points_ledger["}},
    {"AdjustmentWithoutEntry",
     [](Corruption& c) {
       c.insert(points::adjustments_codec(),
                points::Adjustment{.adjustment_id = points::adjustment_id(c.programme().dan, {"x"}),
                                   .user_id = c.programme().dan,
                                   .points = Points{5},
                                   .reason_code = "goodwill",
                                   .seq = 1,
                                   .fingerprint = points::adjustment_fingerprint(
                                       points::operation_adjust, Points{5}, "goodwill"),
                                   .created_at = c.programme().now});
     },
     {"I4 adjustments["}},
};

const std::vector<Case> identity{
    {"AdjustmentPointsChanged",
     [](Corruption& c) {
       c.change<points::Adjustment>(points::adjustments_codec(),
                                    points::adjustment_key(c.adjustment().adjustment_id),
                                    [](auto& adjustment) { ++adjustment.points.count; });
     },
     {"I5 adjustments[", "I4 points_ledger["}},
    {"RedemptionOfAnotherReward",
     [](Corruption& c) {
       c.change_redemption(redemptions::Status::pending,
                           [&](auto& redemption) { redemption.reward_id = c.programme().lamp; });
     },
     {"I5 redemptions[", "I3 rewards[", "I3 rewards["}},
    {"MovementDeltaChanged",
     [](Corruption& c) {
       c.change<rewards::StockMovement>(rewards::movements_codec(),
                                        rewards::movement_key(c.movement().movement_id),
                                        [](auto& movement) { ++movement.delta; });
     },
     {"I5 stock_movements[", "I3 rewards["}},
    {"ReadingTwice",
     [](Corruption& c) {
       auto copy = c.reading();
       copy.usage_id = numbered<UsageId>(99);
       copy.energy_consumed = Energy{0};
       copy.points_earned = Points{0};
       c.insert(usage::codec(), copy);
     },
     {"I5 energy_usage[", "I7 usage_daily["}},
    {"RedemptionTwice",
     [](Corruption& c) {
       auto copy = c.redemption(redemptions::Status::pending);
       copy.redemption_id = numbered<RedemptionId>(99);
       c.insert(redemptions::codec(), copy);
     },
     {"I5 redemptions[", "I4 redemptions[", "I3 rewards["}},
    {"CadenceChanged",
     [](Corruption& c) {
       c.change<meters::Meter>(meters::codec(),
                               meters::key(c.programme().ana, c.meter("roof").meter_id),
                               [](auto& meter) { meter.phase = Seconds(900); });
     },
     std::vector<std::string>(20, "I5 energy_usage[")},
    {"MeterIdentifierChanged",
     [](Corruption& c) {
       c.change<meters::Meter>(meters::codec(),
                               meters::key(c.programme().ana, c.meter("roof").meter_id),
                               [](auto& meter) { meter.identifier = "GRID-78"; });
     },
     {"I5 meters[", "I8 meters["}},
    {"ImportMiscounted",
     [](Corruption& c) { c.change_import([](auto& counts) { ++counts["read"]; }); },
     {"I5 imports["}},
    {"ImportOfFewerValues",
     [](Corruption& c) {
       c.change_import([](auto& counts) {
         --counts["accepted"];
         ++counts["rejected"];
       });
     },
     {"I5 imports["}},
};

const std::vector<Case> awards_and_days{
    {"PointsEarnedChanged",
     [](Corruption& c) { c.change_reading([](auto& reading) { ++reading.points_earned.count; }); },
     {"I7 usage_daily[", "I6 users["}},
    {"EnergyChangedByOneMilliwattHour",
     [](Corruption& c) {
       c.change_reading([](auto& reading) { ++reading.energy_consumed.milliwatt_hours; });
     },
     {"I7 usage_daily[", "I6 usage_daily[", "I6 users["}},
    {"ReadingMissing",
     [](Corruption& c) { c.remove(usage::key(c.programme().ana, c.reading().usage_id)); },
     {"renewable is", "readings is 34, expected 33", "points_earned is", "I6 usage_daily[",
      "points_earned of its readings", "its readings award"}},
    {"AwardChanged",
     [](Corruption& c) { c.change_day([](auto& daily) { ++daily.award.count; }); },
     {"I6 usage_daily[", "I6 points_ledger["}},
    {"DayEnergyChanged",
     [](Corruption& c) { c.change_day([](auto& daily) { ++daily.renewable.milliwatt_hours; }); },
     {"I7 usage_daily["}},
    {"DayPointsChanged",
     [](Corruption& c) { c.change_day([](auto& daily) { --daily.points_earned.count; }); },
     {"I7 usage_daily["}},
    {"DayMissing",
     [](Corruption& c) { c.remove(usage::daily_key(c.programme().ana, c.reading().day)); },
     {"I7 usage_daily["}},
    {"DayOfNoReadings",
     [](Corruption& c) {
       c.insert(usage::daily_codec(),
                usage::UsageDaily{
                    .user_id = c.programme().dan, .day = make_day(2026, 3, 1), .readings = 1});
     },
     {"I7 usage_daily["}},
    {"ReadingMovedToAnotherDay",
     [](Corruption& c) {
       c.change_reading([](auto& reading) { reading.day += std::chrono::days(30); });
     },
     {"I7 energy_usage["}},
    {"RuleOfAReadingChanged",
     [](Corruption& c) { c.change_reading([](auto& reading) { reading.rules_version = 2; }); },
     {"I6 energy_usage["}},
    {"RuleChangedUnderAwardedDays",
     [](Corruption& c) {
       c.change<earning::EarningRules>(earning::codec(), earning::key(2),
                                       [](auto& rules) { ++rules.rates["Renewable"]; });
     },
     {},
     {"I2 points_ledger[", "I6 usage_daily[", "I6 users["}},
};

const std::vector<Case> references{
    {"MemberMissing",
     [](Corruption& c) { c.remove(users::key(c.programme().ben)); },
     {"I8 meters[", "I8 adjustments[", "I8 redemptions[", "I8 points_ledger[", "I8 usage_daily[",
      "I8 energy_usage["}},
    {"MeterMissing",
     [](Corruption& c) { c.remove(meters::key(c.programme().ana, c.meter("roof").meter_id)); },
     {"; 19 more have it"}},
    {"RewardMissing",
     [](Corruption& c) { c.remove(rewards::key(c.programme().kettle)); },
     {"I8 stock_movements[", "I8 redemptions["}},
    {"ImportMissing",
     [](Corruption& c) {
       c.remove({.collection = {"imports"}, .values = {c.programme().file.uuid}});
     },
     {"; 19 more have it", "I8 points_ledger[", "I8 points_ledger["}},
    {"ImportOfAnotherTime",
     [](Corruption& c) {
       c.remove({.collection = {"imports"}, .values = {c.programme().file.uuid}});
       c.insert({"imports"}, ImportDocument{.import_id = c.programme().file,
                                            .user = c.programme().ana,
                                            .accepted = 20,
                                            .first = at("2026-03-12T00:00:00Z"),
                                            .last = at("2026-03-12T18:00:00Z")}
                                 .document());
     },
     {"I8 energy_usage["}},
    {"ImportOfAnotherMember",
     [](Corruption& c) {
       c.change_reading([&](auto& reading) { reading.import_id = c.programme().file; });
     },
     {"I8 energy_usage[", "I5 imports["}},
    {"RuleMissing",
     [](Corruption& c) { c.remove(earning::key(2)); },
     {"I8 programme["},
     {"rules_version 2 is not in earning_rules", "I6 usage_daily[", "I6 users["}},
    {"EmailDigestMismatch",
     [](Corruption& c) {
       c.change_user(c.programme().ana, [](auto& user) { user.email = "eva@example.org"; });
     },
     {"I8 users["}},
    {"FoldedNameMismatch",
     [](Corruption& c) {
       c.change<rewards::Reward>(rewards::codec(), rewards::key(c.programme().lamp),
                                 [](auto& reward) { reward.name = "Lamb"; });
     },
     {"I8 rewards["}},
    {"UnknownTimeZone",
     [](Corruption& c) {
       auto user = users::codec().encode(c.get(users::codec(), users::key(c.programme().dan)));
       c.remove(users::key(c.programme().dan));
       user.values[users::codec().schema().position("time_zone")] = std::string("Mars/Olympus");
       c.insert(users::collection, user);
     },
     {"I8 users["}},
    {"SessionOfNobody",
     [](Corruption& c) {
       c.change<access::Session>(access::sessions_codec(), access::key(c.programme().session),
                                 [](auto& session) { session.user_id = numbered<UserId>(99); });
     },
     {"I8 sessions["}},
    {"SessionOverBeforeItBegan",
     [](Corruption& c) {
       c.change<access::Session>(access::sessions_codec(), access::key(c.programme().session),
                                 [](auto& session) { session.expires_at = session.created_at; });
     },
     {"I8 sessions["}},
    {"TokenMadeByNobody",
     [](Corruption& c) {
       c.change<access::Token>(
           access::tokens_codec(), access::key(c.programme().token),
           [](auto& token) { token.created_by = Actor{numbered<UserId>(99).uuid}; });
     },
     {"I8 tokens["}},
    {"TokenOverBeforeItBegan",
     [](Corruption& c) {
       c.change<access::Token>(access::tokens_codec(), access::key(c.programme().token),
                               [](auto& token) { token.expires_at = token.created_at; });
     },
     {"I8 tokens["}},
    {"CauseLeadsNowhere",
     [](Corruption& c) {
       c.change_entry(1, [](auto& entry) { entry.cause = numbered<UsageId>(98).uuid; });
     },
     {"1]: hash is not", "1]: cause"}},
};

const auto name_of_case = [](const auto& info) { return std::string(info.param.name); };

INSTANTIATE_TEST_SUITE_P(Ledger, AuditCorruption, testing::ValuesIn(balance_and_ledger),
                         name_of_case);
INSTANTIATE_TEST_SUITE_P(Effects, AuditCorruption, testing::ValuesIn(stock_and_effects),
                         name_of_case);
INSTANTIATE_TEST_SUITE_P(Identity, AuditCorruption, testing::ValuesIn(identity), name_of_case);
INSTANTIATE_TEST_SUITE_P(Awards, AuditCorruption, testing::ValuesIn(awards_and_days), name_of_case);
INSTANTIATE_TEST_SUITE_P(References, AuditCorruption, testing::ValuesIn(references), name_of_case);

}  // namespace
}  // namespace wattback::operations
