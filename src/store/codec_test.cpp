#include "store/codec.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wattback::store {
namespace {

using namespace std::string_literals;

// A type with a member of every form a field can have, on the collections that have them.
enum class Status : std::uint8_t { active, suspended };
enum class Role : std::uint8_t { user, admin };

struct Member {
  UserId id;
  std::string name;
  std::string email;
  Digest email_digest{};
  std::string password;
  Points total_points;
  Role role = Role::user;
  Status status = Status::active;
  std::optional<TimeZone> time_zone;
  Points points_owed;
  Nanopoints points_carry;
  std::int64_t ledger_seq = 0;
  Digest ledger_head{};
  Instant created_at;
  Instant updated_at;
  std::int64_t edition = 1;
  std::int64_t version = 1;

  bool operator==(const Member&) const = default;
};

struct Reading {
  UsageId id;
  UserId user;
  MeterId meter;
  Instant date;
  Seconds duration{};
  Day day;
  Energy energy;
  EnergyType type = EnergyType::renewable;
  Points points_earned;
  std::optional<std::int64_t> quality;
  Instant as_of;
  std::optional<ImportId> import;
  std::int64_t rules_version = 1;
  std::int64_t revision = 1;
  Instant created_at;
  std::int64_t version = 1;

  bool operator==(const Reading&) const = default;
};

}  // namespace
}  // namespace wattback::store

template <>
struct wattback::EnumNames<wattback::store::Status> {
  static constexpr std::array rows{std::pair{store::Status::active, "active"},
                                   std::pair{store::Status::suspended, "suspended"}};
};

template <>
struct wattback::EnumNames<wattback::store::Role> {
  static constexpr std::array rows{std::pair{store::Role::user, "User"},
                                   std::pair{store::Role::admin, "Admin"}};
};

namespace wattback::store {
namespace {

// The fields in another order than the schema's, which is the one of the document.
const Codec<Member>& members() {
  static const Codec<Member> codec({"users"}, {
                                                  field<&Member::version>("version"),
                                                  field<&Member::id>("user_id"),
                                                  field<&Member::name>("name"),
                                                  field<&Member::email>("email"),
                                                  field<&Member::email_digest>("email_digest"),
                                                  field<&Member::password>("password"),
                                                  field<&Member::total_points>("total_points"),
                                                  field<&Member::role>("role"),
                                                  field<&Member::status>("status"),
                                                  field<&Member::time_zone>("time_zone"),
                                                  field<&Member::points_owed>("points_owed"),
                                                  field<&Member::points_carry>("points_carry"),
                                                  field<&Member::ledger_seq>("ledger_seq"),
                                                  field<&Member::ledger_head>("ledger_head"),
                                                  field<&Member::created_at>("created_at"),
                                                  field<&Member::updated_at>("updated_at"),
                                                  field<&Member::edition>("edition"),
                                              });
  return codec;
}

const Codec<Reading>& readings() {
  static const Codec<Reading> codec({"energy_usage"},
                                    {
                                        field<&Reading::id>("usage_id"),
                                        field<&Reading::user>("user_id"),
                                        field<&Reading::meter>("meter_id"),
                                        field<&Reading::date>("date"),
                                        field<&Reading::duration>("duration"),
                                        field<&Reading::day>("day"),
                                        field<&Reading::energy>("energy_consumed"),
                                        field<&Reading::type>("energy_type"),
                                        field<&Reading::points_earned>("points_earned"),
                                        field<&Reading::quality>("quality"),
                                        field<&Reading::as_of>("as_of"),
                                        field<&Reading::import>("import_id"),
                                        field<&Reading::rules_version>("rules_version"),
                                        field<&Reading::revision>("revision"),
                                        field<&Reading::created_at>("created_at"),
                                        field<&Reading::version>("version"),
                                    });
  return codec;
}

Member some_member() {
  return {.id = {Uuid{{1}}},
          .name = "Ada",
          .email = "ada@example.org",
          .email_digest = sha256("ada@example.org"),
          .password = "",
          .total_points = {120},
          .role = Role::admin,
          .status = Status::suspended,
          .time_zone = *TimeZone::find("Europe/Lisbon"),
          .points_owed = {0},
          .points_carry = {999'999'999},
          .ledger_seq = 4,
          .ledger_head = sha256("entry"),
          .created_at = *parse_instant("2026-01-02T03:04:05.678Z"),
          .updated_at = *parse_instant("2026-02-02T03:04:05Z"),
          .edition = 2,
          .version = 9};
}

Reading some_reading() {
  return {.id = {Uuid{{2}}},
          .user = {Uuid{{1}}},
          .meter = {Uuid{{3}}},
          .date = *parse_instant("2026-01-02T03:00:00Z"),
          .duration = Seconds(3'600),
          .day = make_day(2026, 1, 2),
          .energy = Energy{78'001},
          .type = EnergyType::non_renewable,
          .points_earned = {-3},
          .quality = 8,
          .as_of = *parse_instant("2026-01-03T00:00:00Z"),
          .import = ImportId{Uuid{{4}}},
          .rules_version = 1,
          .revision = 2,
          .created_at = *parse_instant("2026-01-03T00:00:01Z"),
          .version = 2};
}

Value at(const CollectionSchema& schema, const Document& document, std::string_view field) {
  return document.values.at(schema.position(field));
}

TEST(Codec, WhatIsEncodedDecodesToItself) {
  EXPECT_EQ(members().decode(members().encode(some_member())), some_member());
  EXPECT_EQ(readings().decode(readings().encode(some_reading())), some_reading());
  EXPECT_EQ(find_fault(members().schema(), members().encode(some_member())), std::nullopt);
  EXPECT_EQ(find_fault(readings().schema(), readings().encode(some_reading())), std::nullopt);
}

TEST(Codec, WritesEachFormAsTheSchemaHasIt) {
  const auto member = members().encode(some_member());
  const auto& users = members().schema();
  EXPECT_EQ(members().collection().name, "users");
  EXPECT_EQ(at(users, member, "user_id"), Value{Uuid{{1}}});
  EXPECT_EQ(at(users, member, "role"), Value{"Admin"s});
  EXPECT_EQ(at(users, member, "time_zone"), Value{"Europe/Lisbon"s});
  EXPECT_EQ(at(users, member, "total_points"), Value{std::int64_t{120}});
  EXPECT_EQ(at(users, member, "points_carry"), Value{std::int64_t{999'999'999}});
  EXPECT_EQ(std::get<Bytes>(at(users, member, "email_digest")).size(), 32U);

  const auto reading = readings().encode(some_reading());
  const auto& usage = readings().schema();
  EXPECT_EQ(at(usage, reading, "energy_consumed"), Value{0.078001}) << "kWh";
  EXPECT_EQ(at(usage, reading, "energy_type"), Value{"Non-Renewable"s});
  EXPECT_EQ(at(usage, reading, "duration"), Value{std::int64_t{3'600}});
  EXPECT_EQ(at(usage, reading, "import_id"), Value{Uuid{{4}}});
}

TEST(Codec, WhatIsNotThereIsAbsent) {
  auto member = some_member();
  member.time_zone = std::nullopt;
  EXPECT_TRUE(is_absent(at(members().schema(), members().encode(member), "time_zone")));
  EXPECT_EQ(members().decode(members().encode(member)), member);

  auto reading = some_reading();
  reading.quality = std::nullopt;
  reading.import = std::nullopt;
  EXPECT_TRUE(is_absent(at(readings().schema(), readings().encode(reading), "import_id")));
  EXPECT_EQ(readings().decode(readings().encode(reading)), reading);
}

template <class T>
std::string refusal_of(const Codec<T>& codec, Document document, std::string_view field,
                       Value value) {
  document.values.at(codec.schema().position(field)) = std::move(value);
  try {
    codec.decode(document);
  } catch (const CorruptDocument& corrupt) {
    return corrupt.what();
  }
  return "decoded";
}

// Whatever stands in a store, reading it must not end the program.
TEST(Codec, RefusesWhatItCouldNotHaveWritten) {
  const auto member = [](std::string_view name, Value value) {
    return refusal_of(members(), members().encode(some_member()), name, std::move(value));
  };
  const std::string ada = "users[primary 01000000-0000-0000-0000-000000000000]: ";
  EXPECT_EQ(member("name", std::int64_t{1}), ada + "name has the wrong type");
  EXPECT_EQ(member("user_id", Value{}), "users[primary absent]: user_id has the wrong type");
  EXPECT_EQ(member("total_points", 1.0), ada + "total_points has the wrong type");
  EXPECT_EQ(member("role", "Owner"s), ada + "role is corrupt: an unknown word: Owner");
  EXPECT_EQ(member("time_zone", "Mars"s),
            ada + "time_zone is corrupt: 'Mars' is no time zone such as Europe/Lisbon");
  EXPECT_EQ(member("email_digest", Bytes(31)),
            ada + "email_digest is corrupt: a digest of another length");

  for (const double kwh : {1e300, -1e300, std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::quiet_NaN(), 0.0000005, 0.1 + 0.2}) {
    EXPECT_EQ(refusal_of(readings(), readings().encode(some_reading()), "energy_consumed", kwh),
              "energy_usage[primary 02000000-0000-0000-0000-000000000000]: energy_consumed is "
              "corrupt: an energy that is no count of milliwatt-hours")
        << kwh;
  }
}

TEST(CodecDeathTest, MustNameEveryFieldOnceAndNoOther) {
  using Programme = std::pair<std::string, std::string>;
  EXPECT_DEATH(Codec<Programme>({"users"}, {field<&Programme::first>("name")}),
               "a condition does not hold");
  EXPECT_DEATH(members().decode(Document{}), "a condition does not hold");
}

}  // namespace
}  // namespace wattback::store
