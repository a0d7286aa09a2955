// Where an input is cut.
#include "importers/pieces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "earning/commands.h"
#include "store/memory/memory_store.h"
#include "users/commands.h"

namespace wattback::importers {
namespace {

using testing::ElementsAre;

constexpr Seconds hour{3600};
const Instant midnight = *parse_instant("2026-03-01T00:00:00Z");
const UserId user{Uuid{1}};

class Pieces : public testing::Test {
 protected:
  Pieces() {
    store_->apply_schema(store::product_schema());
    commit::Workspace workspace(*store_, store::product_schema());
    const earning::StartProgramme start{.name = "Riverside",
                                        .time_zone = TimeZone::utc(),
                                        .terms = {.rates = {{"Renewable", 10'000}}},
                                        .actor = Actor{Uuid{}},
                                        .now = midnight};
    EXPECT_TRUE(commit::decide_on(workspace, start));
    const users::CreateUser create{
        .user = user, .name = "Ana", .email = "ana@example.org", .now = midnight};
    EXPECT_TRUE(commit::decide_on(workspace, create));
    EXPECT_TRUE(store_->commit(workspace.take_changes()));
  }

  // Readings one after the other, of a meter.
  void add_readings(std::int64_t first, int count, Seconds cadence, const std::string& meter = {}) {
    for (int i = 0; i < count; ++i) {
      Reading reading{.record = next_record(),
                      .start = midnight + (first + i) * cadence,
                      .duration = cadence,
                      .energy = {1},
                      .energy_type = EnergyType::renewable};
      if (!meter.empty()) {
        reading.meter = meter;
      }
      window_.emplace_back(std::move(reading));
    }
  }

  // One that is refused where it stands among the readings: it says no energy type.
  void add_untyped(std::int64_t hours) {
    window_.emplace_back(Reading{.record = next_record(),
                                 .start = midnight + hours * hour,
                                 .duration = hour,
                                 .energy = {1}});
  }

  void cut() {
    const ImportOptions options{.user = user};
    PieceCutter cutter(
        *store_, options, Import{}, Positions{}, [] { return midnight; },
        [this](Piece piece) {
          pieces_.push_back(std::move(piece));
          return true;
        },
        {});
    EXPECT_TRUE(cutter.take_window(window_));
  }

  // Readings of each piece.
  std::vector<std::size_t> sizes() const {
    std::vector<std::size_t> sizes;
    for (const auto& piece : pieces_) {
      sizes.push_back(piece.origins.size());
      EXPECT_EQ(piece.command.record->readings.size(), piece.origins.size());
    }
    return sizes;
  }

  const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  std::int64_t next_record() const { return static_cast<std::int64_t>(window_.size()) + 1; }

  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  std::vector<Record> window_;
  std::vector<Piece> pieces_;
};

TEST_F(Pieces, HoldWholeDaysOfHours) {
  add_readings(0, 24 * 5, hour);
  cut();
  EXPECT_THAT(sizes(), ElementsAre(48, 48, 24));
}

TEST_F(Pieces, BeginWhereTheInputDoes) {
  add_readings(20, 24 * 3, hour);
  cut();
  EXPECT_THAT(sizes(), ElementsAre(4 + 24 + 24, 20));
}

TEST_F(Pieces, CutADayThatFillsOneAlone) {
  add_readings(0, 96 * 2, Seconds(900));
  cut();
  EXPECT_THAT(sizes(), ElementsAre(57, 39, 57, 39));
}

TEST_F(Pieces, AreOfOneMeterEach) {
  add_readings(0, 24, hour, "roof");
  add_readings(0, 24, hour, "cellar");
  cut();
  EXPECT_THAT(sizes(), ElementsAre(24, 24));
}

TEST_F(Pieces, ContinueFromOneAnotherWhateverIsRefusedAmongThem) {
  add_readings(0, 24 * 5, hour);
  for (const std::int64_t hours : {0, 30, 47, 48, 48, 49, 119}) {
    add_untyped(hours);
  }
  cut();
  EXPECT_THAT(sizes(), ElementsAre(48, 48, 24));
  std::vector<std::int64_t> rejected;
  std::int64_t position = 0;
  for (const auto& piece : pieces()) {
    EXPECT_EQ(piece.command.from, position);
    position += piece.command.records();
    rejected.push_back(piece.command.rejected);
  }
  EXPECT_EQ(position, 24 * 5 + 7);
  // Each stands after the reading of its hour, so with it.
  EXPECT_THAT(rejected, ElementsAre(3, 3, 1));
}

}  // namespace
}  // namespace wattback::importers
