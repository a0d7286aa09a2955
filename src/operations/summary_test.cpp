#include "operations/summary.h"

#include <gtest/gtest.h>

#include <tuple>

#include "store/layers/layer.h"
#include "store/memory/memory_store.h"
#include "store/read.h"
#include "support/programme_in_use.h"
#include "usage/reading.h"
#include "users/reads.h"

namespace wattback::operations {
namespace {

using test_support::ProgrammeInUse;

TEST(Summary, ThereIsNoneWithoutAProgramme) {
  const auto store = store::make_memory_store();
  store->apply_schema(store::product_schema());
  const auto summary = summarise(*store);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, ErrorCode::not_found);
}

TEST(Summary, SumsWhatTheDocumentsSay) {
  const auto store = store::make_memory_store();
  const ProgrammeInUse programme(*store);
  const auto summary = summarise(*store);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->programme.name, "Riverside");
  EXPECT_EQ(summary->members, (UserCounts{.active = 2, .suspended = 1}));
  EXPECT_EQ(summary->administrators, (UserCounts{.active = 1, .suspended = 0}));
  EXPECT_EQ(summary->points_outstanding, users::find(*store, programme.ana)->total_points);
  EXPECT_EQ(summary->points_owed, users::find(*store, programme.ben)->points_owed);
  EXPECT_EQ(summary->pending_redemptions, 2) << "a kettle each";
  EXPECT_EQ(summary->pending_points, Points{800});

  Energy renewable;
  Energy non_renewable;
  std::int64_t readings = 0;
  store::for_each<usage::Reading>(
      *store, usage::codec(), {.collection = usage::collection},
      [&](const usage::Reading& reading) {
        (reading.energy_type == EnergyType::renewable ? renewable : non_renewable) +=
            reading.energy_consumed;
        ++readings;
      });
  EXPECT_EQ(summary->renewable, renewable);
  EXPECT_EQ(summary->non_renewable, non_renewable);
  EXPECT_EQ(summary->readings, readings);
  EXPECT_GT(non_renewable, Energy{0});
}

// Whose snapshots are old as soon as they are there.
class ShortLived final : public store::Layer {
 public:
  ShortLived() : Layer(store::make_memory_store()) { Layer::apply_schema(store::product_schema()); }

  store::Capabilities capabilities() const override {
    auto capabilities = Layer::capabilities();
    capabilities.snapshot_lasts = lasts;
    return capabilities;
  }
  std::unique_ptr<store::Snapshot> snapshot() override {
    ++snapshots;
    return Layer::snapshot();
  }

  std::optional<Seconds> lasts;
  int snapshots = 0;
};

TEST(Summary, GoesOnWhereASnapshotEnds) {
  ShortLived store;
  const ProgrammeInUse programme(store);
  const auto sums = [](const ProgrammeSummary& of) {
    return std::tuple(of.members, of.administrators, of.points_outstanding, of.points_owed,
                      of.pending_redemptions, of.pending_points, of.renewable, of.non_renewable,
                      of.readings);
  };
  const auto at_once = summarise(store);
  EXPECT_EQ(store.snapshots, 1);
  store.lasts = Seconds(0);
  const auto piece_by_piece = summarise(store);
  EXPECT_GT(store.snapshots, 10);
  EXPECT_EQ(sums(*piece_by_piece), sums(*at_once));
}

}  // namespace
}  // namespace wattback::operations
