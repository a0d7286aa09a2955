#include "earning/commands.h"

#include <gtest/gtest.h>

#include "commit/workspace.h"
#include "store/memory/memory_store.h"

namespace wattback::earning {
namespace {

const Instant now{make_day(2026, 5, 4).time_since_epoch()};

// A programme at the newest version of its rules, and what a command makes of it.
class Commands : public testing::Test {
 protected:
  Commands() { store_->apply_schema(store::product_schema()); }

  void start_at_version(std::int64_t version) {
    const programme::Programme programme{.programme_id = programme::programme_id(),
                                         .name = "Sun and wind",
                                         .time_zone = TimeZone::utc(),
                                         .rules_version = version};
    const auto document = programme::codec().encode(programme);
    ASSERT_TRUE(store_->commit({{store::Insert{programme::collection, document}}}).has_value());
  }

  template <class Command>
  Error refusal_of(const Command& command) {
    commit::Workspace workspace(*store_, store::product_schema());
    const auto reply = commit::decide_on(workspace, command);
    EXPECT_TRUE(workspace.take_changes().changes.empty());
    return reply ? Error{} : reply.error();
  }

 private:
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
};

TEST_F(Commands, StartNoProgrammeWithoutAName) {
  const auto error = refusal_of(StartProgramme{.name = " ", .now = now});
  EXPECT_EQ(error.code, ErrorCode::invalid);
  EXPECT_EQ(error.fields.front().pointer, "name");
}

TEST_F(Commands, StartNoProgrammeOnTermsThatCanNotBe) {
  auto terms = default_terms();
  terms.daily_cap = Points{-1};
  const auto error = refusal_of(StartProgramme{.name = "Sun", .terms = terms, .now = now});
  EXPECT_EQ(error.code, ErrorCode::invalid);
  EXPECT_EQ(error.fields.front().pointer, "daily_cap");
}

TEST_F(Commands, PublishNoMoreVersionsThanAProgrammeMayHave) {
  start_at_version(rules_versions_max);
  const auto error = refusal_of(PublishRules{.follows = rules_versions_max,
                                             .effective_day = make_day(2027, 1, 1),
                                             .terms = default_terms(),
                                             .now = now});
  EXPECT_EQ(error.code, ErrorCode::limit_exceeded);
  EXPECT_EQ(error.detail, "a programme has at most 1000 versions of its rules");
}

}  // namespace
}  // namespace wattback::earning
