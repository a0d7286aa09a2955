// Which handler answers an operation of the contract, and who may call it.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "api/call.h"
#include "http/problem.h"
#include "http/stream.h"

namespace wattback::api {

// May block for as long as its reads of the store take (Reads).
using ReadHandler = Result<Answer> (*)(Call&);
using WriteHandler = http::Task<Result<Answer>> (*)(Call&);

// Reads its body as it comes, and answers through the stream (then with nothing) or at once. Runs
// on the connection's own thread, and so must not block.
using StreamHandler = http::Task<std::expected<std::optional<Answer>, http::Problem>> (*)(
    Call&, http::RequestBody&, http::AnswerStream&);

// What a route asks of the store before it waits for the committer.
enum class Reads : std::uint8_t {
  none,   // answered while the store is not ready, too
  few,    // documents, so that a connection's own thread asks a store that is in this process
  many,   // always on a pool's thread
  probe,  // one, waited for a moment: beside all others, which may wait for the store for long
};

struct Route {
  std::string_view operation;
  std::span<const CallerKind> callers;
  std::variant<ReadHandler, WriteHandler, StreamHandler> handler;
  Reads reads = Reads::few;
};

std::span<const Route> routes();

}  // namespace wattback::api
