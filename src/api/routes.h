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

// Runs on a pool's thread, where it may block for as long as a read of the store takes.
using ReadHandler = Result<Answer> (*)(Call&);
using WriteHandler = http::Task<Result<Answer>> (*)(Call&);

// Reads its body as it comes, and answers through the stream (then with nothing) or at once. Runs
// on the connection's own thread, and so must not block.
using StreamHandler = http::Task<std::expected<std::optional<Answer>, http::Problem>> (*)(
    Call&, http::RequestBody&, http::AnswerStream&);

struct Route {
  std::string_view operation;
  std::span<const CallerKind> callers;
  std::variant<ReadHandler, WriteHandler, StreamHandler> handler;
  bool asks_store = true;
};

std::span<const Route> routes();

}  // namespace wattback::api
