// One request and its answer, while a connection works on them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "http/byte_queue.h"
#include "http/connection.h"
#include "http/request_parser.h"
#include "http/stream.h"
#include "http/wire.h"

namespace wattback::http {

// A share of something counted, given back when it ends.
class Held {
 public:
  explicit Held(std::atomic<std::uint64_t>& total) : total_(total) {}
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { total_ -= count_; }

  std::uint64_t add(std::uint64_t count) {  // the new total
    count_ += count;
    return total_ += count;
  }

 private:
  std::atomic<std::uint64_t>& total_;
  std::uint64_t count_ = 0;
};

struct Exchange {
  Exchange(Service& shared, Wire& connection);

  // At least a byte more of the body, appended, unless it has ended.
  Task<std::expected<void, BodyFault>> read_body(std::string& body);

  bool is_head() const { return request.method == Method::head; }
  bool keeps_alive() const;  // whether another request may follow it

  Service& service;
  Wire& wire;
  const Limits& limits;
  RequestParser parser;
  Request request;
  std::optional<std::size_t> route;
  std::optional<Problem> refused;  // what was wrong with its head
  SteadyTime began;                // when its head was complete
  Pace body_pace;
  Held in_flight;
  Held body_bytes;

  // Of the answer.
  int status = 0;
  std::uint64_t sent_bytes = 0;
  std::string log;
  bool is_complete = false;  // all of it was sent
};

class StreamedBody final : public RequestBody {
 public:
  explicit StreamedBody(Exchange& exchange) : exchange_(exchange) {}

  Task<std::expected<std::string, BodyFault>> read() override;

 private:
  Exchange& exchange_;
  std::optional<BodyFault> fault_;
};

class StreamedAnswer final : public AnswerStream {
 public:
  explicit StreamedAnswer(Exchange& exchange);

  void begin(Response head) override;
  Task<bool> write(std::string_view text) override;
  Task<void> finish();  // the end of the body, and all that waits unsent

  bool has_begun() const { return exchange_.status != 0; }

 private:
  Task<bool> send_down_to(std::size_t unsent_max);

  Exchange& exchange_;
  ByteQueue unsent_;
  Pace pace_;
  bool is_chunked_;
  bool is_broken_ = false;
};

}  // namespace wattback::http
