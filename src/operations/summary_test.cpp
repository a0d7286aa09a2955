#include "operations/summary.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace wattback::operations
