#include "base/uuid.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_set>

namespace wattback {
namespace {

constexpr std::string_view text = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";  // RFC 9562, A.6

int version_of(const Uuid& uuid) { return uuid.bytes[6] >> 4U; }
int variant_of(const Uuid& uuid) { return uuid.bytes[8] >> 6U; }

TEST(Uuid, ReadsAndWritesItsText) {
  const auto uuid = parse_uuid(text);
  ASSERT_TRUE(uuid.has_value());
  EXPECT_EQ(uuid->bytes[0], 0x01);
  EXPECT_EQ(uuid->bytes[15], 0x8F);
  EXPECT_EQ(to_text(*uuid), text);
  EXPECT_EQ(parse_uuid("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), uuid);
  EXPECT_EQ(to_text(Uuid{}), "00000000-0000-0000-0000-000000000000");
}

TEST(Uuid, RefusesAnyOtherText) {
  for (const auto* other :
       {"", "017f22e279b07cc398c4dc0c0c07398f", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f ",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e2-79b0-7cc3-98c4_dc0c0c07398f",
        "017f22e-279b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07-98f"}) {
    EXPECT_EQ(parse_uuid(other), std::nullopt) << other;
  }
}

TEST(Uuid, AnyBytesReadBack) {
  std::mt19937_64 random(20'260'105);
  for (int i = 0; i < 1'000; ++i) {
    Uuid uuid;
    for (auto& byte : uuid.bytes) {
      byte = static_cast<std::uint8_t>(random());
    }
    EXPECT_EQ(parse_uuid(to_text(uuid)), uuid);
  }
}

TEST(Uuid, OrdersAsItsTextDoes) {
  std::mt19937_64 random(20'260'106);
  const auto any = [&] {
    Uuid uuid;
    for (auto& byte : uuid.bytes) {
      byte = static_cast<std::uint8_t>(random());
    }
    return uuid;
  };
  for (int i = 0; i < 1'000; ++i) {
    const auto a = any();
    const auto b = any();
    EXPECT_EQ(a < b, to_text(a) < to_text(b));
  }
}

// RFC 9562, 5.7: 48 bits of milliseconds, version 7, variant 0b10, the rest random.
TEST(Uuid, VersionSevenLeadsWithTheTime) {
  const Instant now{Milliseconds{0x017F22E279B0}};  // the RFC's example
  const auto uuid = make_uuid_v7(now);
  EXPECT_EQ(to_text(uuid).substr(0, 13), text.substr(0, 13));
  EXPECT_EQ(version_of(uuid), 7);
  EXPECT_EQ(variant_of(uuid), 0b10);
}

TEST(Uuid, VersionSevenIsOrderedByTimeAndNeverRepeats) {
  std::unordered_set<Uuid> seen;
  const Instant start{Milliseconds{1'700'000'000'000}};
  Uuid before;
  for (int i = 0; i < 1'000; ++i) {
    const auto uuid = make_uuid_v7(start + Milliseconds(i));
    EXPECT_GT(uuid, before);
    EXPECT_TRUE(seen.insert(uuid).second);
    EXPECT_TRUE(seen.insert(make_uuid_v7(start)).second);
    before = uuid;
  }
}

// RFC 9562, 5.8: all bits are ours but version 8 and variant 0b10.
TEST(Uuid, VersionEightKeepsTheOtherBits) {
  std::array<std::uint8_t, 16> ones{};
  ones.fill(0xFF);
  EXPECT_EQ(to_text(make_uuid_v8(ones)), "ffffffff-ffff-8fff-bfff-ffffffffffff");
  EXPECT_EQ(to_text(make_uuid_v8({})), "00000000-0000-8000-8000-000000000000");
}

}  // namespace
}  // namespace wattback
