#include "points/ledger.h"

#include <gmock/gmock.h>

#include "base/sha256.h"
#include "points/reads.h"
#include "store/memory/memory_store.h"

namespace wattback::points {
namespace {

using testing::ElementsAre;

constexpr std::int64_t billion = nanopoints_per_point;

Uuid filled(std::uint8_t byte) {
  Uuid uuid;
  uuid.bytes.fill(byte);
  return uuid;
}

users::User member(Points balance, Points owed) {
  return {.user_id = UserId{filled(0x11)},
          .name = "Ada",
          .email = "ada@example.org",
          .total_points = balance,
          .points_owed = owed};
}

TEST(RoundAward, CarriesTheRest) {
  const auto rounded = round_award(Nanopoints{400'000'000}, Nanopoints{2'700'000'000});
  EXPECT_EQ(rounded.points, Points{3});
  EXPECT_EQ(rounded.carry, Nanopoints{100'000'000});
}

TEST(RoundAward, OfNothingIsNothing) {
  const auto rounded = round_award(Nanopoints{billion - 1}, Nanopoints{0});
  EXPECT_EQ(rounded.points, Points{0});
  EXPECT_EQ(rounded.carry, Nanopoints{billion - 1});
}

TEST(RoundAward, GoesDownSoThatTheCarryIsNeverNegative) {
  struct Case {
    std::int64_t carry;
    std::int64_t change;
    std::int64_t points;
    std::int64_t rest;
  };
  for (const auto& [carry, change, points, rest] : {
           Case{0, -1, -1, billion - 1},
           Case{1, -1, 0, 0},
           Case{0, -billion, -1, 0},
           Case{0, -billion - 1, -2, billion - 1},
           Case{billion - 1, -billion, -1, billion - 1},
           Case{billion - 1, 1, 1, 0},
           Case{500'000'000, -2'700'000'000, -3, 800'000'000},
       }) {
    const auto rounded = round_award(Nanopoints{carry}, Nanopoints{change});
    EXPECT_EQ(rounded.points, Points{points}) << carry << " " << change;
    EXPECT_EQ(rounded.carry, Nanopoints{rest}) << carry << " " << change;
    EXPECT_EQ(rounded.points.count * billion + rounded.carry.count, carry + change);
  }
}

TEST(RoundAward, FitsTheLargestAwardEitherWay) {
  const Nanopoints most{8'000'000'000'000'000'000};
  const auto up = round_award(Nanopoints{billion - 1}, most);
  EXPECT_EQ(up.points, Points{8'000'000'000});
  EXPECT_EQ(up.carry, Nanopoints{billion - 1});
  const auto down = round_award(Nanopoints{0}, Nanopoints{-most.count});
  EXPECT_EQ(down.points, Points{-8'000'000'000});
  EXPECT_EQ(down.carry, Nanopoints{0});
}

TEST(RoundAward, SplitsAsItPleases) {
  Nanopoints carry;
  Points points;
  for (const auto change : {700'000'000, 700'000'000, -1'500'000'000, 2'000'000'001, -1}) {
    const auto rounded = round_award(carry, Nanopoints{change});
    points += rounded.points;
    carry = rounded.carry;
  }
  const auto at_once = round_award({}, Nanopoints{1'900'000'000});
  EXPECT_EQ(points, at_once.points);
  EXPECT_EQ(carry, at_once.carry);
}

TEST(Move, ARiseRepaysWhatIsOwedFirst) {
  const auto moved = [](Points balance, Points owed, Points change) {
    const auto movement = move(member(balance, owed), change);
    return std::pair(movement.points.count, movement.owed.count);
  };
  EXPECT_EQ(moved(Points{5}, Points{0}, Points{3}), std::pair(3L, 0L));
  EXPECT_EQ(moved(Points{0}, Points{5}, Points{3}), std::pair(0L, -3L));
  EXPECT_EQ(moved(Points{0}, Points{5}, Points{5}), std::pair(0L, -5L));
  EXPECT_EQ(moved(Points{0}, Points{5}, Points{8}), std::pair(3L, -5L));
  EXPECT_EQ(moved(Points{0}, Points{5}, Points{0}), std::pair(0L, 0L));
}

TEST(Move, AFallBeyondTheBalanceIsOwed) {
  const auto moved = [](Points balance, Points owed, Points change) {
    const auto movement = move(member(balance, owed), change);
    return std::pair(movement.points.count, movement.owed.count);
  };
  EXPECT_EQ(moved(Points{5}, Points{0}, Points{-3}), std::pair(-3L, 0L));
  EXPECT_EQ(moved(Points{5}, Points{0}, Points{-5}), std::pair(-5L, 0L));
  EXPECT_EQ(moved(Points{5}, Points{0}, Points{-8}), std::pair(-5L, 3L));
  EXPECT_EQ(moved(Points{0}, Points{4}, Points{-8}), std::pair(0L, 8L));
}

// These digests were computed from the encoding's description by another program. They stand in
// members' ledgers: if this test fails, the encoding has changed and needs another name.
Entry award_entry() {
  return {.user_id = UserId{filled(0x11)},
          .seq = 1,
          .kind = EntryKind::earned,
          .points = Points{12},
          .owed = Points{0},
          .balance = Points{12},
          .carry = Nanopoints{500'000'000},
          .cause = filled(0x22),
          .day = make_day(2026, 5, 1),
          .day_renewable = Energy{1'250'000},
          .day_non_renewable = Energy{3'000'000},
          .day_award = Nanopoints{12'500'000'000},
          .day_award_change = Nanopoints{12'500'000'000},
          .rules_version = 1,
          .created_at = *parse_instant("2026-06-01T12:00:00.123Z")};
}

Entry adjustment_entry() {
  return {.user_id = UserId{filled(0x11)},
          .seq = 2,
          .kind = EntryKind::adjusted,
          .points = Points{-7},
          .owed = Points{2},
          .balance = Points{5},
          .carry = Nanopoints{500'000'000},
          .cause = filled(0x22),
          .reason_code = "goodwill",
          .actor = Actor{filled(0x33)},
          .created_at = *parse_instant("2026-06-01T12:00:01.123Z")};
}

TEST(EntryHash, IsPinned) {
  const auto first = entry_hash(award_entry(), {});
  EXPECT_EQ(to_hex(first), "cdaa3ca1a0efdb541c1c0b93f5413307ecea7af3b30fe4356b4ec5fc132d15c0");
  EXPECT_EQ(to_hex(entry_hash(adjustment_entry(), first)),
            "b8df7d3122928550c4470563ff98fb15fd0c621dd10f848701b14a4bde7cbf45");
}

TEST(EntryHash, CoversEveryFieldAndTheHashBefore) {
  const auto base = award_entry();
  std::vector<Entry> others(17, base);
  others[0].user_id = UserId{filled(0x12)};
  others[1].seq = 3;
  others[2].kind = EntryKind::restated;
  others[3].points = Points{13};
  others[4].owed = Points{1};
  others[5].balance = Points{13};
  others[6].carry = Nanopoints{1};
  others[7].cause = filled(0x23);
  others[8].day = make_day(2026, 5, 2);
  others[9].day_renewable = Energy{1};
  others[10].day_non_renewable = Energy{1};
  others[11].day_award = Nanopoints{1};
  others[12].day_award_change = std::nullopt;
  others[13].rules_version = 2;
  others[14].reason_code = "goodwill";
  others[15].actor = Actor{filled(0x33)};
  others[16].created_at += Milliseconds(1);
  const auto hash = entry_hash(base, {});
  for (std::size_t i = 0; i < others.size(); ++i) {
    EXPECT_NE(entry_hash(others[i], {}), hash) << "change " << i;
  }
  EXPECT_NE(entry_hash(base, hash), hash);
}

TEST(EntryHash, TellsAbsentFromZero) {
  auto zero = adjustment_entry();
  zero.day_award = Nanopoints{0};
  EXPECT_NE(entry_hash(zero, {}), entry_hash(adjustment_entry(), {}));
}

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() {
    store_->apply_schema(store::product_schema());
    commit::Workspace workspace(*store_, store::product_schema());
    workspace.begin();
    workspace.insert(users::codec(), user_);
    keep(workspace);
  }

  void keep(commit::Workspace& workspace) {
    workspace.keep();
    ASSERT_TRUE(store_->commit(workspace.take_changes()).has_value());
  }

  store::Store& store() { return *store_; }
  users::User& user() { return user_; }

 private:
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  users::User user_ = member(Points{0}, Points{0});
};

TEST_F(LedgerTest, AppendChainsEntriesAndMovesTheMember) {
  commit::Workspace workspace(store(), store::product_schema());
  workspace.begin();
  const auto first = append(workspace, user(), {.points = Points{10}});
  user().points_carry = Nanopoints{7};
  const auto second = append(workspace, user(), {.points = Points{-10}, .owed = Points{4}});
  EXPECT_EQ(first.seq, 1);
  EXPECT_EQ(first.balance, Points{10});
  EXPECT_EQ(first.hash, entry_hash(first, Digest{}));
  EXPECT_EQ(second.seq, 2);
  EXPECT_EQ(second.balance, Points{0});
  EXPECT_EQ(second.carry, Nanopoints{7});
  EXPECT_EQ(second.hash, entry_hash(second, first.hash));
  EXPECT_EQ(user().total_points, Points{0});
  EXPECT_EQ(user().points_owed, Points{4});
  EXPECT_EQ(user().ledger_seq, 2);
  EXPECT_EQ(user().ledger_head, second.hash);
  keep(workspace);
  EXPECT_EQ(find_entry(store(), user().user_id, 2)->hash, second.hash);
}

TEST_F(LedgerTest, AppendRefusesABalanceBesideADebt) {
  commit::Workspace workspace(store(), store::product_schema());
  workspace.begin();
  EXPECT_DEATH(append(workspace, user(), {.points = Points{1}, .owed = Points{1}}), "");
  EXPECT_DEATH(append(workspace, user(), {.points = Points{-1}}), "");
  EXPECT_DEATH(append(workspace, user(), {.owed = Points{-1}}), "");
}

TEST_F(LedgerTest, AStatementPagesOverEntriesThatMovedNoPoints) {
  commit::Workspace workspace(store(), store::product_schema());
  workspace.begin();
  for (std::int64_t i = 1; i <= 30; ++i) {
    append(workspace, user(), {.points = Points{i % 10 == 0 ? i : 0}});
  }
  keep(workspace);
  std::vector<std::int64_t> seqs;
  store::Cursor after;
  do {
    auto page = statement(store(), user().user_id, 2, after, ZeroEntries::leave_out);
    for (const auto& entry : page.items) {
      seqs.push_back(entry.seq);
    }
    after = std::move(page.next);
  } while (!after.empty());
  EXPECT_THAT(seqs, ElementsAre(30, 20, 10));
  EXPECT_EQ(statement(store(), user().user_id, 100, {}, ZeroEntries::show).items.size(), 30U);
}

}  // namespace
}  // namespace wattback::points
