#include "meters/commands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "store/layers/layer.h"
#include "store/memory/memory_store.h"
#include "users/commands.h"

namespace wattback::meters {
namespace {

// As a database that asks for a document only where its shard lies.
class ByShard final : public store::Layer {
 public:
  ByShard() : Layer(store::make_memory_store()) { Layer::apply_schema(store::product_schema()); }

  std::vector<std::optional<store::Document>> get(store::Collection collection,
                                                  std::span<const store::Key> keys) override {
    auto found = Layer::get(collection, keys);
    const auto shard_by = store::product_schema().collection(collection).shard_by;
    const auto lies_there = [&](const store::Document& document) {
      return !shard_by || std::ranges::any_of(keys, [&](const store::Key& key) {
        return key.shard == document.values.at(*shard_by);
      });
    };
    for (auto& document : found) {
      if (document && !lies_there(*document)) {
        document.reset();
      }
    }
    return found;
  }
};

class OthersMeters : public testing::Test {
 protected:
  OthersMeters() {
    for (const auto& user : {ana, ben}) {
      commit(users::CreateUser{.user = user,
                               .name = "A member",
                               .email = to_text(user.uuid).substr(0, 8) + "@example.org",
                               .time_zone = std::nullopt,
                               .password = "",
                               .now = now});
    }
    commit(CreateMeter{.user = ana, .meter = reference});
  }

  template <commit::Command C>
  void commit(const C& command) {
    commit::Workspace workspace(store, store::product_schema());
    EXPECT_TRUE(commit::decide_on(workspace, command));
    EXPECT_TRUE(store.commit(workspace.take_changes()));
  }

  Result<Meter> decide(commit::Workspace& workspace, const RelabelMeter& command) {
    workspace.begin();
    auto meter = command.decide(workspace);
    meter ? workspace.keep() : workspace.discard();
    return meter;
  }

  const UserId ana{make_uuid_v8({1})};
  const UserId ben{make_uuid_v8({2})};
  const Instant now = *parse_instant("2026-06-01T12:00:00Z");
  const MeterReference reference = new_reference(ana, "roof", std::nullopt);
  const RelabelMeter by_ben{.user = ben, .meter = reference.meter_id, .label = "mine"};
  const RelabelMeter by_ana{.user = ana, .meter = reference.meter_id, .label = "shed"};
  ByShard store;
};

// Nobody's readings go to a device that is called otherwise by now, but those that name none.
TEST_F(OthersMeters, AreNotWhatAFirstLabelThatWasGivenUpLeadsTo) {
  const MeterReference standard = new_reference(ana, default_label, std::nullopt);
  commit(CreateMeter{.user = ana, .meter = standard});
  commit(by_ana);
  commit(RelabelMeter{.user = ana, .meter = standard.meter_id, .label = "house"});
  commit::Workspace workspace(store, store::product_schema());
  for (const auto& given_up : {reference, standard}) {
    const auto refused = commit::decide_on(workspace, CreateMeter{.user = ana, .meter = given_up});
    EXPECT_EQ(refused.error().code, ErrorCode::already_exists);
  }
  const auto refused = find_or_draft(workspace, ana, reference);
  EXPECT_EQ(refused.error().detail,
            "'roof' was the first label of the member's meter 'shed', and no other can begin with "
            "it; choose another one");
  EXPECT_EQ(find_or_draft(workspace, ana, standard)->meter.label, "house");
  auto found_before = reference;
  found_before.is_draft = false;
  EXPECT_EQ(find_or_draft(workspace, ana, found_before)->meter.label, "shed");
}

// Who asks for another's meter is told that there is none, and the member's own request, decided in
// the same group, is not.
TEST_F(OthersMeters, AreNotMissingToTheirOwnMember) {
  for (const bool at_once : {true, false}) {
    commit::Workspace workspace(store, store::product_schema());
    auto keys = by_ben.keys();
    if (at_once) {
      std::ranges::copy(by_ana.keys(), std::back_inserter(keys));
    }
    workspace.load(keys);
    EXPECT_EQ(decide(workspace, by_ben).error().code, ErrorCode::not_found);
    EXPECT_EQ(decide(workspace, by_ana)->label, "shed");
    EXPECT_EQ(decide(workspace, by_ben).error().code, ErrorCode::not_found);
  }
}

}  // namespace
}  // namespace wattback::meters
