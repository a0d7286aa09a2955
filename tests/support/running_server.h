// A server for tests, with a route for each kind of answer.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/time.h"
#include "http/await.h"
#include "http/problem.h"
#include "http/server.h"
#include "support/http_client.h"

namespace wattback::test_support {

using http::AccessRecord;
using http::AnswerStream;
using http::Body;
using http::Limits;
using http::Method;
using http::Request;
using http::RequestBody;
using http::Response;
using http::Route;
using http::Server;
using http::Task;

inline constexpr std::size_t big_bytes = std::size_t{32} << 20U;
inline const Instant fixture_now = *parse_instant("2026-11-24T10:33:00.123Z");

// The strings of an AccessRecord, kept.
struct Recorded {
  std::string method;
  std::string route;
  int status = 0;
  std::uint64_t body_bytes = 0;
  std::string request_id;
  std::string remote_address;
  std::string log;
  bool complete = false;
};

class RunningServer {
 public:
  explicit RunningServer(Limits limits = {}, unsigned threads = 1) {
    auto server =
        http::start_server({.threads = threads,
                            .limits = limits,
                            .clock = [] { return fixture_now; },
                            .routes = routes(),
                            .handler = [this](Request& request) { return handle(request); },
                            .stream_handler =
                                [this](Request& request, RequestBody& body, AnswerStream& answer) {
                                  return handle_lines(request, body, answer);
                                },
                            .observer = [this](const AccessRecord& r) { observe(r); }});
    check(server.has_value());
    server_ = *std::move(server);
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  ~RunningServer() {
    release_slow();
    server_->stop();
  }

  Server& server() { return *server_; }
  http::ServerMetrics metrics() const { return server_->metrics(); }
  HttpClient connect(int receive_buffer_bytes = 0) const {
    return HttpClient(server_->port(), receive_buffer_bytes);
  }
  // On a connection of its own. Status 0 when there was no answer.
  Answer ask(std::string_view request) const { return connect().ask(request).value_or(Answer{}); }

  std::vector<Recorded> records() const {
    const std::scoped_lock lock(mutex_);
    return records_;
  }
  // Of the nth answer, which may be read a little before it is recorded.
  Recorded record(std::size_t n) const {
    const bool is_there = eventually([&](const auto&) { return records().size() > n; });
    return is_there ? records()[n] : Recorded{};
  }

  bool slow_waits(std::size_t count) const {  // come to, in GET /slow
    return eventually([&](const auto&) {
      const std::scoped_lock lock(mutex_);
      return slow_.size() == count;
    });
  }

  void forget_records() const {
    const std::scoped_lock lock(mutex_);
    records_ = {};
  }

  // Lets what waits in GET /slow answer, and what comes later at once.
  void release_slow() {
    std::vector<std::move_only_function<void(int)>> waiting;
    {
      const std::scoped_lock lock(mutex_);
      is_slow_released_ = true;
      waiting = std::move(slow_);
      slow_.clear();
    }
    for (auto& resume : waiting) {
      resume(0);
    }
  }

  std::size_t pieces() const { return pieces_; }  // of bodies, handed to POST /lines
  std::size_t piece_bytes_max() const { return piece_bytes_max_; }

  // Whether the server's figures come to be such within a client's patience.
  template <class Condition>
  bool eventually(Condition holds) const {
    const auto end = std::chrono::steady_clock::now() + HttpClient::patience;
    while (std::chrono::steady_clock::now() < end) {
      if (holds(server_->metrics())) {
        return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  }

 private:
  enum RouteId : std::uint8_t { hello, echo, item, throws, big, slow, shared, empty, bad, lines };

  static std::vector<Route> routes() {
    return {{Method::get, "/hello", Body::whole},      {Method::post, "/echo", Body::whole},
            {Method::get, "/items/{id}", Body::whole}, {Method::get, "/throws", Body::whole},
            {Method::get, "/big", Body::whole},        {Method::get, "/slow", Body::whole},
            {Method::get, "/shared", Body::whole},     {Method::get, "/empty", Body::whole},
            {Method::get, "/bad", Body::whole},        {Method::post, "/lines", Body::streamed}};
  }

  static Response text(std::string body) {
    return {.content_type = "text/plain", .body = std::move(body)};
  }

  Task<Response> handle(Request& request) {
    switch (static_cast<RouteId>(request.route)) {
      case hello:
        co_return text("hello\n");
      case echo:
        co_return text(std::move(request.body));
      case item:
        co_return text(*request.parameters.find("id"));
      case throws:
        throw std::runtime_error("secret of the operator");
      case big:
        co_return text(std::string(big_bytes, 'b'));
      case slow:
        co_await wait_until_released();
        co_return text("slow\n");
      case shared:
        co_return Response{.content_type = "text/plain", .body = shared_};
      case empty:
        co_return Response{.status = 204};
      case bad:
        co_return Response{.headers = {{"X-Name", "a\r\nb: c"}}};
      case lines:
        break;
    }
    throw std::logic_error("no such route");
  }

  Task<void> wait_until_released() {
    std::move_only_function<void(std::move_only_function<void(int)>)> start = [this](auto resume) {
      {
        const std::scoped_lock lock(mutex_);
        if (!is_slow_released_) {
          slow_.push_back(std::move(resume));
          return;
        }
      }
      resume(0);
    };
    co_await http::wait_for<int>(std::move(start));
  }

  // Answers each line with its length. ?refuse answers at once, ?throw begins and throws, ?stop
  // does not read to the end, ?repeat=N answers each line so many times.
  Task<std::optional<Response>> handle_lines(Request& request, RequestBody& body,
                                             AnswerStream& answer) {
    if (request.query.find("refuse") != nullptr) {
      co_return http::to_response(http::problem_of(Error{ErrorCode::forbidden, "refused", {}, {}}),
                                  request);
    }
    if (request.query.find("throw_first") != nullptr) {
      throw std::runtime_error("secret of the operator");
    }
    const auto* repeat = request.query.find("repeat");
    const int times = repeat == nullptr ? 1 : std::stoi(*repeat);
    bool has_begun = false;
    std::string unfinished;
    for (;;) {
      auto piece = co_await body.read();
      if (!piece && !has_begun) {
        co_return http::to_response(http::problem_of(piece.error()), request);
      }
      if (!has_begun) {
        answer.begin({.content_type = "application/x-ndjson"});
        has_begun = true;
      }
      if (!piece || piece->empty() || request.query.find("stop") != nullptr) {
        const std::string_view last = piece ? "end\n" : "fault\n";
        co_await answer.write(last);
        co_return std::nullopt;
      }
      ++pieces_;
      piece_bytes_max_ = std::max<std::size_t>(piece_bytes_max_, piece->size());
      unfinished += *piece;
      std::string lengths;
      for (std::size_t end = unfinished.find('\n'); end != std::string::npos;
           end = unfinished.find('\n')) {
        for (int i = 0; i < times; ++i) {
          lengths += std::to_string(end) + "\n";
        }
        unfinished.erase(0, end + 1);
      }
      const bool is_read = co_await answer.write(lengths);
      if (!is_read) {
        co_return std::nullopt;
      }
      if (request.query.find("throw") != nullptr) {
        throw std::runtime_error("secret of the operator");
      }
    }
  }

  void observe(const AccessRecord& r) {
    const std::scoped_lock lock(mutex_);
    records_.push_back({std::string(r.method), std::string(r.route), r.status, r.body_bytes,
                        std::string(r.request_id), std::string(r.remote_address),
                        std::string(r.log), r.complete});
  }

  mutable std::mutex mutex_;
  mutable std::vector<Recorded> records_;
  std::vector<std::move_only_function<void(int)>> slow_;
  bool is_slow_released_ = false;
  std::atomic<std::size_t> pieces_ = 0;
  std::atomic<std::size_t> piece_bytes_max_ = 0;
  std::shared_ptr<const std::string> shared_ = std::make_shared<const std::string>("shared\n");
  std::unique_ptr<Server> server_;
};

}  // namespace wattback::test_support
