// A programme without members on a store that fails as it is told to, for tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "commit/committer.h"
#include "earning/commands.h"
#include "store/memory/memory_store.h"
#include "support/faulty_store.h"

namespace wattback::test_support {

class FaultyProgramme : public testing::Test {
 protected:
  static inline const Instant now = *parse_instant("2026-03-05T00:00:00Z");
  static inline const Actor actor{Uuid{}};

  FaultyProgramme() {
    below_->apply_schema(store::product_schema());
    EXPECT_TRUE(committer_.run(earning::StartProgramme{.name = "Riverside",
                                                       .time_zone = TimeZone::utc(),
                                                       .terms = {.rates = {{"Renewable", 10'000}}},
                                                       .actor = actor,
                                                       .now = now}));
  }

  store::Store& below() { return *below_; }
  FaultyStore& faulty() { return faulty_; }
  commit::Committer& committer() { return committer_; }

 private:
  std::unique_ptr<store::Store> below_ = store::make_memory_store();
  FaultyStore faulty_{*below_};
  commit::Committer committer_{faulty_, store::product_schema()};
  commit::WorkingThreads thread_{committer_};
};

}  // namespace wattback::test_support
