#include "http/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <limits>
#include <new>
#include <utility>

#include "base/uuid.h"
#include "http/exchange.h"
#include "http/message.h"
#include "http/target.h"

namespace wattback::http {
namespace {

constexpr std::size_t receive_bytes_max = std::size_t{16} << 10U;  // of headers, at once

bool is_request_id(std::string_view text, std::size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_sendable(const Response& response) {
  const auto is_clean = [](std::string_view text) {
    return std::ranges::none_of(text, [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return byte < 0x20 || byte == 0x7f;
    });
  };
  return response.status >= 200 && response.status <= 599 && is_clean(response.content_type) &&
         std::ranges::all_of(response.headers, [&](const NamedValue& header) {
           return is_clean(header.name) && is_clean(header.value);
         });
}

bool has_no_body(int status) { return status == 204 || status == 304; }

// `why` is for the log alone.
Problem internal_problem(std::string why) {
  return problem_of(fail(ErrorCode::internal, std::move(why)).error());
}

}  // namespace

Connection::Connection(Service& service, boost::asio::ip::tcp::socket socket,
                       std::string remote_address)
    : service_(service),
      limits_(service.options.limits),
      remote_address_(std::move(remote_address)),
      wire_(std::make_shared<Wire>(std::move(socket))) {}

void Connection::start() {
  boost::asio::co_spawn(
      wire_->executor(), [self = shared_from_this()] { return self->run(); },
      boost::asio::detached);
}

void Connection::refuse_unread() {
  const auto now = service_.options.clock();
  const auto request_id = to_text(make_uuid_v7(now));
  const auto response = to_response(
      problem_of(Error{ErrorCode::overloaded, "too many connections", {}, {}}), "", request_id);
  const auto body = text_of(response.body);
  const auto head = format_head(response, {.now = now,
                                           .request_id = request_id,
                                           .framing = Framing::length,
                                           .content_length = body.size(),
                                           .connection_word = "close"});
  if (wire_->send_some(head, body)) {
    wire_->finish_sending();
  }
  wire_->close();
}

void Connection::evict() {
  boost::asio::post(wire_->executor(), [self = shared_from_this()] { self->wire_->interrupt(); });
}

void Connection::drain() {
  boost::asio::post(wire_->executor(), [self = shared_from_this()] {
    if (self->is_between_requests_) {
      self->wire_->interrupt();
    }
  });
}

void Connection::cut() { wire_->close(); }

Task<void> Connection::run() {
  try {
    auto next = Next::request;
    while (next == Next::request) {
      next = co_await serve_one();
    }
    if (next == Next::linger) {
      co_await linger();
    }
  } catch (...) {
    // Out of memory, or an observer that threw: this connection ends, the others go on.
    wire_->interrupt();
  }
  wire_->close();
  --service_.counters.connections_open;
  service_.registry.leave(*this);
}

Task<Connection::Next> Connection::serve_one() {
  Exchange exchange(service_, *wire_);
  const auto head = co_await read_head(exchange);
  if (head == Head::none || !service_.registry.end_waiting(*this)) {
    co_return Next::close;
  }
  exchange.in_flight.add(1);
  exchange.began = std::chrono::steady_clock::now();
  identify(exchange);
  if (!exchange.refused) {
    exchange.refused = prepare(exchange);
  }
  if (exchange.refused) {
    co_await refuse(exchange, *exchange.refused);
  } else if (service_.options.routes[*exchange.route].body == Body::streamed) {
    co_await serve_streamed(exchange);
  } else {
    co_await serve_whole(exchange);
  }
  record(exchange);
  service_.registry.begin_waiting(*this);
  if (!exchange.is_complete) {
    co_return Next::close;
  }
  co_return exchange.keeps_alive() ? Next::request : Next::linger;
}

Task<Connection::Head> Connection::read_head(Exchange& exchange) {
  auto& parser = exchange.parser;
  Pace idle(limits_.idle_time_max, limits_.header_bytes_max);
  Pace header(limits_.header_time_max, limits_.header_bytes_max);
  for (;;) {
    const auto used = parser.put_head(wire_->input().view());
    if (!used) {
      exchange.refused = used.error();
      co_return Head::refused;
    }
    wire_->input().consume(*used);
    if (parser.is_head_done()) {
      co_return Head::complete;
    }
    is_between_requests_ = !parser.has_begun();
    if (is_between_requests_ && service_.is_draining) {
      co_return Head::none;
    }
    auto& pace = parser.has_begun() ? header : idle;
    const auto received = co_await wire_->receive(pace, receive_bytes_max);
    if (received == Io::ok) {
      is_between_requests_ = false;
      continue;
    }
    if (received == Io::timed_out) {
      ++service_.counters.connections_timed_out;
      if (parser.has_begun()) {
        exchange.refused = problem_of(408, "timeout", "the header did not arrive in time");
        co_return Head::refused;
      }
    }
    co_return Head::none;
  }
}

void Connection::identify(Exchange& exchange) const {
  auto& request = exchange.request;
  request.arrived = service_.options.clock();
  request.remote_address = remote_address_;
  const auto* given = exchange.parser.head().headers.find("x-request-id");
  request.request_id = given != nullptr && is_request_id(*given, limits_.request_id_bytes_max)
                           ? *given
                           : to_text(make_uuid_v7(request.arrived));
  if (exchange.parser.head().method == to_text(Method::head)) {
    request.method = Method::head;  // also where it is refused: no body goes with it
  }
}

std::optional<Problem> Connection::prepare(Exchange& exchange) const {
  auto& head = exchange.parser.head();
  auto& request = exchange.request;
  const auto target = parse_target(head.target);
  if (!target) {
    return problem_of(target.error());
  }
  request.target = target->text;
  request.path = target->path;
  const auto method = from_text<Method>(head.method);
  auto outcome = service_.router.match(method, target->path);
  if (auto* bad = std::get_if<Router::BadPath>(&outcome)) {
    return problem_of(Error{ErrorCode::invalid, std::move(bad->detail), {}, {}});
  }
  if (std::holds_alternative<Router::NotFound>(outcome)) {
    return problem_of(Error{ErrorCode::not_found, "there is no such path", {}, {}});
  }
  if (const auto* other = std::get_if<Router::MethodNotAllowed>(&outcome)) {
    auto problem = problem_of(405, "method_not_allowed", "this path takes " + other->allow);
    problem.headers.push_back({"Allow", other->allow});
    return problem;
  }
  auto& match = std::get<Router::Match>(outcome);
  exchange.route = match.route;
  auto query = parse_query(target->query, limits_.query_parameters_max);
  if (!query) {
    return problem_of(query.error());
  }
  const bool is_streamed = service_.options.routes[match.route].body == Body::streamed;
  if (is_streamed && !head.is_chunked && !head.content_length) {
    return problem_of(411, "length_required",
                      "this route takes a body with a Content-Length, or chunked");
  }
  const auto body_max = is_streamed ? limits_.streamed_body_bytes_max : limits_.body_bytes_max;
  if (head.content_length.value_or(0) > body_max) {
    return problem_of(413, "body_too_large",
                      fmt::format("this route takes at most {} bytes", body_max));
  }
  exchange.parser.limit_body(body_max);
  request.method = method.value_or(Method::get);
  request.route = match.route;
  request.parameters = std::move(match.parameters);
  request.query = *std::move(query);
  request.headers = std::move(head.headers);
  return std::nullopt;
}

Task<std::optional<Problem>> Connection::read_whole_body(Exchange& exchange) {
  auto& body = exchange.request.body;
  while (!exchange.parser.is_done()) {
    const auto before = body.size();
    const auto outcome = co_await exchange.read_body(body);
    if (!outcome) {
      co_return problem_of(outcome.error());
    }
    if (exchange.body_bytes.add(body.size() - before) > limits_.bodies_bytes_max) {
      const Error error{ErrorCode::overloaded, "too many bodies arrive at once", {}, {}};
      co_return problem_of(error);
    }
  }
  co_return std::nullopt;
}

Task<void> Connection::serve_whole(Exchange& exchange) {
  if (const auto problem = co_await read_whole_body(exchange)) {
    co_await refuse(exchange, *problem);
    co_return;
  }
  std::optional<Response> response;
  std::exception_ptr thrown;
  try {
    response = co_await service_.options.handler(exchange.request);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) {
    const auto problem = problem_of(thrown);
    co_await refuse(exchange, problem);
    co_return;
  }
  co_await respond(exchange, *std::move(response));
}

Task<void> Connection::serve_streamed(Exchange& exchange) {
  StreamedBody body(exchange);
  StreamedAnswer answer(exchange);
  std::optional<Response> response;
  std::exception_ptr thrown;
  try {
    response = co_await service_.options.stream_handler(exchange.request, body, answer);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown && answer.has_begun()) {
    exchange.log = problem_of(thrown).log;  // the client sees an answer without its end
    co_return;
  }
  if (thrown || (!response && !answer.has_begun())) {
    const auto problem = thrown ? problem_of(thrown) : internal_problem("no answer was given");
    co_await refuse(exchange, problem);
    co_return;
  }
  if (answer.has_begun()) {
    co_await answer.finish();
    co_return;
  }
  co_await respond(exchange, *std::move(response));
}

Task<void> Connection::refuse(Exchange& exchange, const Problem& problem) {
  auto response = to_response(problem, exchange.request.path, exchange.request.request_id);
  co_await respond(exchange, std::move(response));
}

Task<void> Connection::respond(Exchange& exchange, Response response) {
  if (!is_sendable(response)) {
    response = to_response(internal_problem("the handler's answer can't be sent: its status or a "
                                            "control character in a field"),
                           exchange.request);
  }
  const auto body = has_no_body(response.status) ? std::string_view() : text_of(response.body);
  const auto& head = exchange.parser.head();
  std::string_view connection_word;
  if (!exchange.keeps_alive()) {
    connection_word = "close";
  } else if (!head.is_http_1_1) {
    connection_word = "keep-alive";
  }
  const auto lines = format_head(
      response, {.now = service_.options.clock(),
                 .request_id = exchange.request.request_id,
                 .framing = has_no_body(response.status) ? Framing::none : Framing::length,
                 .content_length = body.size(),
                 .connection_word = connection_word});
  const auto sent_body = exchange.is_head() ? std::string_view() : body;
  exchange.status = response.status;
  exchange.sent_bytes = sent_body.size();
  exchange.log = std::move(response.log);
  Pace pace(limits_.write_time_max, limits_.progress_bytes);
  const auto sent = co_await wire_->send(lines, sent_body, pace);
  if (sent == Io::timed_out) {
    ++service_.counters.connections_timed_out;
  }
  exchange.is_complete = sent == Io::ok;
}

void Connection::record(const Exchange& exchange) const {
  const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - exchange.began);
  service_.counters.count_answer(exchange.route, exchange.status, duration);
  if (!service_.options.observer) {
    return;
  }
  const auto& request = exchange.request;
  service_.options.observer(
      {.arrived = request.arrived,
       .method = exchange.parser.head().method,
       .route = exchange.route ? service_.options.routes[*exchange.route].path : std::string_view(),
       .status = exchange.status,
       .body_bytes = exchange.sent_bytes,
       .duration = duration,
       .request_id = request.request_id,
       .remote_address = request.remote_address,
       .log = exchange.log,
       .complete = exchange.is_complete});
}

// A socket closed with unread input resets the connection, and the answer may be lost with it
// (RFC 9112, 9.6). So what still comes is read and dropped, for a while.
Task<void> Connection::linger() {
  wire_->finish_sending();
  const auto end = std::chrono::steady_clock::now() + limits_.linger_time_max;
  Pace pace(limits_.linger_time_max, std::numeric_limits<std::size_t>::max());
  auto received = Io::ok;
  while (received == Io::ok && std::chrono::steady_clock::now() < end) {
    wire_->input().consume(wire_->input().size());
    received = co_await wire_->receive(pace, receive_bytes_max);
  }
}

}  // namespace wattback::http
