// A command is a value that says what someone wants done, which documents it will touch, and
// decides, purely, on a workspace. `decide` may run several times: each time on documents read
// anew, each time from the command alone. It recognises its own effect when it is there already.
//
//   struct Redeem {
//     using Reply = Redemption;
//     ... ids, amounts and `Instant now`, all fixed when the command is made
//     std::vector<store::Key> keys() const;          // the member's users document first
//     Result<Redemption> decide(Workspace&) const;
//   };
//
// A command that is a piece of bulk work adds `static constexpr auto lane = commit::Lane::bulk;`.
#pragma once

#include <concepts>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "commit/workspace.h"

namespace wattback::commit {

// Bulk pieces take at most half of a group and of the queue, so they never hold up single commands.
enum class Lane : std::uint8_t { single, bulk };

template <class C>
concept Command = requires(const C& command, Workspace& workspace) {
  typename C::Reply;
  { command.keys() } -> std::same_as<std::vector<store::Key>>;
  { command.decide(workspace) } -> std::same_as<Result<typename C::Reply>>;
};

template <Command C>
constexpr Lane lane_of() {
  if constexpr (requires { C::lane; }) {
    return C::lane;
  } else {
    return Lane::single;
  }
}

// Decides one command on a workspace of the caller's own, which keeps what it did: for a dry run,
// whose workspace is never committed. `unavailable` where another wrote between two of its reads.
template <Command C>
Result<typename C::Reply> decide_on(Workspace& workspace, const C& command) {
  workspace.load(command.keys());
  workspace.begin();
  try {
    auto reply = command.decide(workspace);
    if (reply) {
      workspace.keep();
    } else {
      workspace.discard();
    }
    return reply;
  } catch (const TornRead& torn) {
    workspace.discard();
    auto torn_read =
        fail(ErrorCode::unavailable, "another process is writing what this reads; try again");
    torn_read.error().log = torn.what();
    return torn_read;
  }
}

}  // namespace wattback::commit
