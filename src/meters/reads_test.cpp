#include "meters/reads.h"

#include <gmock/gmock.h>

#include <memory>

#include "meters/commands.h"
#include "store/memory/memory_store.h"
#include "users/user.h"

namespace wattback::meters {
namespace {

using testing::ElementsAre;

class MetersTest : public testing::Test {
 protected:
  MetersTest() { store_->apply_schema(store::product_schema()); }

  MeterId add(const UserId& user, const std::string& label) {
    const Meter meter{.meter_id = new_reference(user, label, std::nullopt).meter_id,
                      .user_id = user,
                      .label = label,
                      .time_zone = std::nullopt};
    EXPECT_TRUE(store_->commit({{store::Insert{collection, codec().encode(meter)}}}).has_value());
    return meter.meter_id;
  }

  Result<Meter> make(const MeterReference& reference) {
    commit::Workspace workspace(*store_, store::product_schema());
    const auto found = store_->get(users::collection, std::vector{users::key(ada)});
    if (!found.front()) {
      workspace.insert(users::codec(), {.user_id = ada, .name = "Ada", .email = "a@example.org"});
      workspace.keep();
    }
    auto made = commit::decide_on(workspace, CreateMeter{.user = ada, .meter = reference});
    EXPECT_TRUE(store_->commit(workspace.take_changes()));
    return made;
  }

  // All pages, with a bar between them.
  std::vector<std::string> labels(const UserId& user, std::size_t limit) {
    std::vector<std::string> labels;
    store::Cursor after;
    do {
      auto page = list(*store_, user, limit, after);
      for (const auto& meter : page.items) {
        labels.push_back(meter.label);
      }
      labels.emplace_back("|");
      after = std::move(page.next);
    } while (!after.empty());
    return labels;
  }

  store::Store& store() { return *store_; }

  const UserId ada{make_uuid_v8({1})};
  const UserId grace{make_uuid_v8({2})};

 private:
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
};

TEST_F(MetersTest, AMembersMetersPageByLabel) {
  for (const auto* label : {"roof", "attic", "cellar"}) {
    add(ada, label);
  }
  add(grace, "barn");
  EXPECT_THAT(labels(ada, 2), ElementsAre("attic", "cellar", "|", "roof", "|"));
  EXPECT_THAT(labels(ada, 3), ElementsAre("attic", "cellar", "roof", "|"));
  EXPECT_THAT(labels(grace, 1), ElementsAre("barn", "|"));
}

TEST_F(MetersTest, AMeterIsFoundByItsOwnMemberAlone) {
  const auto roof = add(ada, "roof");
  EXPECT_EQ(find(store(), ada, roof)->label, "roof");
  EXPECT_FALSE(find(store(), grace, roof));
  EXPECT_FALSE(find(store(), ada, MeterId{make_uuid_v8({3})}));
}

TEST_F(MetersTest, AMemberHasNoMoreThanTheMost) {
  for (std::size_t i = 0; i < meters_max; ++i) {
    EXPECT_TRUE(make(draft(store(), ada, std::to_string(i), std::nullopt)));
  }
  const auto refused = make(draft(store(), ada, "one more", std::nullopt));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
  EXPECT_FALSE(make(resolve(store(), ada, "another", "urn:1")));
  EXPECT_TRUE(make(resolve(store(), ada, "0", std::nullopt))) << "one that is there";
  EXPECT_TRUE(make(draft(store(), ada, "1", std::nullopt))) << "made again";
  EXPECT_EQ(list(store(), ada, store::page_documents_max, {}).items.size(), meters_max);
  EXPECT_TRUE(make(resolve(store(), ada, std::nullopt, std::nullopt))) << "the default one";
}

TEST_F(MetersTest, AMeterWithoutALabelIsCalledByItsIdentifier) {
  const std::string long_one(identifier_max, 'x');
  EXPECT_EQ(make(resolve(store(), ada, std::nullopt, "urn:1"))->label, "urn:1");
  EXPECT_EQ(make(resolve(store(), ada, std::nullopt, long_one))->label.size(), label_max);
  add(ada, "urn:2");
  const auto beside = make(resolve(store(), ada, std::nullopt, "urn:2"));
  EXPECT_THAT(beside->label, testing::MatchesRegex("urn:2 \\([0-9a-f]{8}\\)"));
  const auto again = resolve(store(), ada, std::nullopt, "urn:2");
  EXPECT_EQ(again.meter_id, beside->meter_id);
  EXPECT_EQ(again.label, beside->label);
}

TEST_F(MetersTest, ATitleOfAnotherDeviceIsNoLabelOfThisOne) {
  const auto first = make(resolve_titled(store(), ada, "Electric", "urn:1"));
  const auto second = make(resolve_titled(store(), ada, "Electric", "urn:2"));
  EXPECT_EQ(first->label, "Electric");
  EXPECT_THAT(second->label, testing::MatchesRegex("Electric \\([0-9a-f]{8}\\)"));
  EXPECT_EQ(resolve_titled(store(), ada, "Electric", "urn:2").meter_id, second->meter_id);
  add(ada, "Roof");  // it may be the same device
  EXPECT_EQ(make(resolve_titled(store(), ada, "Roof", "urn:3")).error().code,
            ErrorCode::already_exists);
}

}  // namespace
}  // namespace wattback::meters
