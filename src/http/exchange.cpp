#include "http/exchange.h"

#include <utility>

#include "base/check.h"
#include "http/message.h"

namespace wattback::http {

Exchange::Exchange(Service& shared, Wire& connection)
    : service(shared),
      wire(connection),
      limits(shared.options.limits),
      parser(limits),
      body_pace(limits.body_time_max, limits.progress_bytes),
      in_flight(shared.counters.requests_in_flight),
      body_bytes(shared.counters.body_bytes_held) {}

bool Exchange::keeps_alive() const {
  return parser.is_done() && parser.head().keeps_alive && !service.is_draining;
}

Task<std::expected<void, BodyFault>> Exchange::read_body(std::string& body) {
  const auto before = body.size();
  while (!parser.is_done()) {
    const auto used = parser.put_body(wire.input().view(), body);
    if (!used) {
      co_return std::unexpected(used.error());
    }
    wire.input().consume(*used);
    if (body.size() > before) {
      body_pace.passed(body.size() - before);
      break;
    }
    if (parser.is_done()) {
      break;
    }
    if (std::exchange(parser.head().expects_continue, false)) {
      Pace pace(limits.write_time_max, limits.progress_bytes);
      const std::string_view nothing;
      co_await wire.send(continue_head, nothing, pace);
    }
    const auto received = co_await wire.receive(body_pace, limits.body_piece_bytes_max);
    if (received == Io::timed_out) {
      ++service.counters.connections_timed_out;
      co_return std::unexpected(BodyFault::too_slow);
    }
    if (received == Io::closed) {
      co_return std::unexpected(BodyFault::disconnected);
    }
  }
  co_return std::expected<void, BodyFault>();
}

Task<std::expected<std::string, BodyFault>> StreamedBody::read() {
  if (fault_) {
    co_return std::unexpected(*fault_);
  }
  std::string piece;
  const auto outcome = co_await exchange_.read_body(piece);
  if (!outcome) {
    fault_ = outcome.error();
  }
  if (fault_ && piece.empty()) {
    co_return std::unexpected(*fault_);
  }
  co_return piece;  // what came before a fault is good
}

StreamedAnswer::StreamedAnswer(Exchange& exchange)
    : exchange_(exchange),
      pace_(exchange.limits.write_time_max, exchange.limits.progress_bytes),
      is_chunked_(exchange.parser.head().is_http_1_1) {}

void StreamedAnswer::begin(Response head) {
  check(!has_begun());
  check(text_of(head.body).empty());
  exchange_.status = head.status;
  exchange_.log = std::move(head.log);
  const bool may_keep_alive = is_chunked_ && exchange_.parser.head().keeps_alive;
  const bool ends = !may_keep_alive || exchange_.service.is_draining;
  unsent_.back() +=
      format_head(head, {.now = exchange_.service.options.clock(),
                         .request_id = exchange_.request.request_id,
                         .framing = is_chunked_ ? Framing::chunks : Framing::end_of_connection,
                         .connection_word = ends ? std::string_view("close") : std::string_view()});
}

Task<bool> StreamedAnswer::write(std::string_view text) {
  check(has_begun());
  if (!is_broken_ && !exchange_.is_head()) {
    exchange_.sent_bytes += text.size();
    if (is_chunked_) {
      append_chunk(unsent_.back(), text);
    } else {
      unsent_.back() += text;
    }
  }
  co_return co_await send_down_to(exchange_.limits.unsent_answer_bytes_max);
}

Task<void> StreamedAnswer::finish() {
  check(has_begun());
  if (is_chunked_ && !exchange_.is_head()) {
    unsent_.back() += last_chunk;
  }
  exchange_.is_complete = co_await send_down_to(0);
}

Task<bool> StreamedAnswer::send_down_to(std::size_t unsent_max) {
  while (!is_broken_ && !unsent_.empty()) {
    const auto sent = exchange_.wire.send_some(unsent_.view(), {});
    if (!sent) {
      is_broken_ = true;
      break;
    }
    unsent_.consume(*sent);
    pace_.passed(*sent);
    if (*sent > 0) {
      continue;
    }
    if (unsent_.size() <= unsent_max) {
      break;
    }
    const auto waited = co_await exchange_.wire.wait_to_send(pace_);
    if (waited == Io::timed_out) {
      ++exchange_.service.counters.connections_timed_out;
    }
    is_broken_ = waited != Io::ok;
  }
  co_return !is_broken_;
}

}  // namespace wattback::http
