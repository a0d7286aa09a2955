#include "support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace wattback::test_support {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  return lower;
}

std::size_t number(std::string_view text, int base = 10) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

}  // namespace

std::string Answer::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

HttpClient::HttpClient(std::uint16_t port, int receive_buffer_bytes)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer_bytes > 0) {
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  }
  const timeval limit{.tv_sec = std::chrono::seconds(patience).count(), .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(std::exchange(socket_, -1));
  }
}

HttpClient::HttpClient(HttpClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}

HttpClient::~HttpClient() {
  if (socket_ >= 0) {
    close(socket_);
  }
}

bool HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void HttpClient::finish_sending() { shutdown(socket_, SHUT_WR); }

void HttpClient::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(std::exchange(socket_, -1));
}

std::optional<Answer> HttpClient::answer(Expect expect) {
  const auto first = line();
  if (!first || !first->starts_with("HTTP/1.1 ")) {
    return std::nullopt;
  }
  Answer answer{.status = static_cast<int>(number(std::string_view(*first).substr(9, 3))),
                .headers = {},
                .body = {}};
  for (;;) {
    const auto field = line();
    if (!field) {
      return std::nullopt;
    }
    if (field->empty()) {
      break;
    }
    const auto colon = field->find(':');
    answer.headers[lower_case(field->substr(0, colon))] = field->substr(colon + 2);
  }
  if (expect == Expect::head_only || answer.status < 200 || answer.status == 204 ||
      answer.status == 304) {
    return answer;
  }
  if (answer.header("transfer-encoding") == "chunked") {
    return read_chunks(answer.body) ? std::optional(answer) : std::nullopt;
  }
  if (!answer.headers.contains("content-length")) {
    while (fill()) {
    }
    answer.body = std::exchange(received_, {});
    return answer;
  }
  const auto length = number(answer.header("content-length"));
  while (received_.size() < length) {
    if (!fill()) {
      return std::nullopt;
    }
  }
  answer.body = received_.substr(0, length);
  received_.erase(0, length);
  return answer;
}

std::optional<Answer> HttpClient::ask(std::string_view request, Expect expect) {
  send(request);  // a server that refuses may have answered before it has all
  return answer(expect);
}

std::string HttpClient::some() {
  if (received_.empty()) {
    fill();
  }
  return std::exchange(received_, {});
}

bool HttpClient::is_at_end() { return received_.empty() && !fill(); }

bool HttpClient::fill() {
  std::array<char, 65536> buffer{};
  const auto count = recv(socket_, buffer.data(), buffer.size(), 0);
  if (count <= 0) {
    return false;
  }
  received_.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

std::optional<std::string> HttpClient::line() {
  for (;;) {
    if (const auto end = received_.find("\r\n"); end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 2);
      return line;
    }
    if (!fill()) {
      return std::nullopt;
    }
  }
}

bool HttpClient::read_chunks(std::string& body) {
  for (;;) {
    const auto size_line = line();
    if (!size_line) {
      return false;
    }
    const auto size = number(*size_line, 16);
    while (received_.size() < size + 2) {
      if (!fill()) {
        return false;
      }
    }
    body += received_.substr(0, size);
    received_.erase(0, size + 2);
    if (size == 0) {
      return true;
    }
  }
}

std::string get(std::string_view path, std::string_view more_headers) {
  return std::string("GET ")
      .append(path)
      .append(" HTTP/1.1\r\nHost: localhost\r\n")
      .append(more_headers)
      .append("\r\n");
}

std::string post(std::string_view path, std::string_view body, std::string_view more_headers) {
  return std::string("POST ")
      .append(path)
      .append(" HTTP/1.1\r\nHost: localhost\r\nContent-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\n")
      .append(more_headers)
      .append("\r\n")
      .append(body);
}

}  // namespace wattback::test_support
