// Commands decided one by one, each on a workspace of its own, in a store with one member. Whoever
// includes it links `users`.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "commit/command.h"
#include "store/memory/memory_store.h"
#include "users/commands.h"

namespace wattback::test_support {

class CommandsFixture : public testing::Test {
 protected:
  CommandsFixture() {
    store_->apply_schema(store::product_schema());
    EXPECT_TRUE(run(users::CreateUser{.user = ada,
                                      .name = "Ada",
                                      .email = "ada@example.org",
                                      .time_zone = std::nullopt,
                                      .password = "",
                                      .now = now}));
  }

  template <commit::Command C>
  Result<typename C::Reply> run(const C& command) {
    commit::Workspace workspace(*store_, store::product_schema());
    auto reply = commit::decide_on(workspace, command);
    EXPECT_TRUE(store_->commit(workspace.take_changes()).has_value());
    return reply;
  }

  // What has read the member and nothing else yet.
  commit::Workspace& workspace_of_member() {
    const auto member = users::key(ada);
    workspace_.emplace(*store_, store::product_schema()).load({&member, 1});
    return *workspace_;
  }

  store::Store& store() { return *store_; }

  const UserId ada{make_uuid_v8({1})};
  const Instant now = *parse_instant("2026-06-01T12:00:00Z");

 private:
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  std::optional<commit::Workspace> workspace_;
};

}  // namespace wattback::test_support
