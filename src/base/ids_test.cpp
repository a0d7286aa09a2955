#include "base/ids.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <unordered_set>
#include <vector>

namespace wattback {
namespace {

const UserId alice{*parse_uuid("018f0000-0000-7000-8000-00000000a11c")};
const UserId bob{*parse_uuid("018f0000-0000-7000-8000-000000000b0b")};
const MeterId solar{*parse_uuid("018f0000-0000-8000-8000-000000000001")};
const MeterId grid{*parse_uuid("018f0000-0000-8000-8000-000000000002")};
const Instant noon = *parse_instant("2026-06-01T12:00:00Z");

Uuid derive(std::string_view operation, const UserId& member,
            std::initializer_list<std::string_view> parts) {
  return derive_uuid(operation, member, std::vector<std::string_view>(parts));
}

std::string lead(const Uuid& uuid, std::size_t bytes) {
  return to_hex(std::span(uuid.bytes).first(bytes));
}

bool is_version_eight(const Uuid& uuid) {
  return uuid.bytes[6] >> 4U == 8 && uuid.bytes[8] >> 6U == 0b10;
}

TEST(DerivedId, TheSameCauseGivesTheSameId) {
  EXPECT_EQ(derive("redeem", alice, {"k1"}), derive("redeem", alice, {"k1"}));
  EXPECT_TRUE(is_version_eight(derive("redeem", alice, {"k1"})));
}

// Written into stores for ever: a change of the derivation must not go unseen.
TEST(DerivedId, StaysWhatItWas) {
  EXPECT_EQ(to_text(derive("redeem", alice, {"k1"})), "a05b8a1a-d02a-8072-a71f-30842216f418");
  EXPECT_EQ(to_text(derive_uuid("reward", std::vector<std::string_view>{"kettle"})),
            "568ba170-61d1-8742-ab9a-2de4c2606e96");
  EXPECT_EQ(to_text(derive_usage_id(alice, solar, noon, "Renewable")),
            "a05b8a1a-913f-86a1-b5d1-02fda70ec2f3");
}

TEST(DerivedId, AnyPartChangedGivesAnotherId) {
  const std::vector<Uuid> ids{
      derive("redeem", alice, {"k1"}),
      derive("redeem", alice, {"k2"}),
      derive("redeem", bob, {"k1"}),
      derive("adjust", alice, {"k1"}),
      derive("redeem", alice, {"k1", ""}),
      derive("redeem", alice, {"k", "1"}),
      derive("redeem", alice, {}),
      derive_uuid("redeem", std::vector<std::string_view>{"k1"}),
      derive("redeemk1", alice, {}),
  };
  const std::unordered_set<Uuid> distinct(ids.begin(), ids.end());
  EXPECT_EQ(distinct.size(), ids.size());
}

TEST(DerivedId, AMembersIdsLieTogether) {
  EXPECT_EQ(lead(derive("redeem", alice, {"k1"}), 6), lead(derive("adjust", alice, {"k9"}), 6));
  EXPECT_NE(lead(derive("redeem", alice, {"k1"}), 6), lead(derive("redeem", bob, {"k1"}), 6));
  EXPECT_EQ(lead(derive("redeem", alice, {"k1"}), 4),
            lead(derive_usage_id(alice, solar, noon, "Renewable").uuid, 4))
      << "its readings too";
}

TEST(UsageId, AnyPartChangedGivesAnotherId) {
  const std::vector<UsageId> ids{
      derive_usage_id(alice, solar, noon, "Renewable"),
      derive_usage_id(bob, solar, noon, "Renewable"),
      derive_usage_id(alice, grid, noon, "Renewable"),
      derive_usage_id(alice, solar, noon + Seconds(1), "Renewable"),
      derive_usage_id(alice, solar, noon + Milliseconds(1), "Renewable"),
      derive_usage_id(alice, solar, noon, "Non-Renewable"),
  };
  const std::unordered_set<UsageId> distinct(ids.begin(), ids.end());
  EXPECT_EQ(distinct.size(), ids.size());
  EXPECT_EQ(ids.front(), derive_usage_id(alice, solar, noon, "Renewable"));
}

TEST(UsageId, OneMetersIdsAreTheSameMadeTogether) {
  const UsageIds ids(alice, solar);
  for (const auto start : {noon, noon + Seconds(1), noon}) {
    EXPECT_EQ(ids.at(start, "Renewable"), derive_usage_id(alice, solar, start, "Renewable"));
  }
}

TEST(UsageId, IsAVersionEightThatLeadsWithMemberAndMeter) {
  const auto id = derive_usage_id(alice, solar, noon, "Renewable").uuid;
  EXPECT_TRUE(is_version_eight(id));
  EXPECT_EQ(
      lead(id, 6),
      lead(derive_usage_id(alice, solar, noon + std::chrono::days(900), "Renewable").uuid, 6));
  EXPECT_NE(lead(id, 6), lead(derive_usage_id(alice, grid, noon, "Renewable").uuid, 6));
}

TEST(UsageId, OneMetersReadingsLieInOrderOfTime) {
  const auto seconds_2000 =
      parse_instant("2000-01-01T00:00:00Z")->time_since_epoch().count() / 1000;
  constexpr std::uint64_t century = 100ULL * 366 * 86'400;
  std::mt19937_64 random(20'260'107);
  const auto any_start = [&] {
    return Instant(Seconds(seconds_2000 + static_cast<std::int64_t>(random() % century)));
  };
  const auto id_at = [](Instant start, std::string_view type) {
    return derive_usage_id(alice, solar, start, type);
  };
  for (int i = 0; i < 20'000; ++i) {
    const auto a = any_start();
    const auto b = i % 2 == 0 ? a + Seconds(1 + random() % 7'200) : any_start();
    if (a != b) {
      EXPECT_EQ(id_at(a, "Renewable") < id_at(b, "Non-Renewable"), a < b)
          << to_text(a) << " and " << to_text(b);
    }
  }
}

TEST(IdempotencyKey, IsPrintableAsciiWithoutBlanks) {
  for (const auto& text : {std::string("k"), std::string("!~"), std::string(255, 'k')}) {
    const auto key = parse_idempotency_key(text);
    ASSERT_TRUE(key.has_value()) << text;
    EXPECT_EQ(key->text, text);
  }
  for (const auto& text : {std::string(), std::string("a b"), std::string("a\tb"), std::string("é"),
                           std::string("a\x7F"), std::string("a\0", 2), std::string(256, 'k'),
                           std::string("opening")}) {
    const auto key = parse_idempotency_key(text);
    ASSERT_FALSE(key.has_value()) << text;
    EXPECT_EQ(key.error().code, ErrorCode::invalid);
    EXPECT_EQ(key.error().fields.front().pointer, "idempotency_key");
  }
}

TEST(Actor, NobodySignedInIsTheNilUuid) { EXPECT_EQ(operator_actor.uuid, Uuid{}); }

}  // namespace
}  // namespace wattback
