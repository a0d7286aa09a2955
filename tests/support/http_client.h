// A client that sends exactly the bytes it is told to, over a blocking socket on 127.0.0.1.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace wattback::test_support {

struct Answer {
  int status = 0;
  std::map<std::string, std::string, std::less<>> headers;  // names in lower case
  std::string body;                                         // without its chunks

  std::string header(std::string_view name) const;  // empty where it is missing
};

// Whatever takes longer than patience ends as if the server had closed.
class HttpClient {
 public:
  static constexpr auto patience = std::chrono::seconds(20);

  // `receive_buffer_bytes` of the socket, where a slow reader needs a small one.
  explicit HttpClient(std::uint16_t port, int receive_buffer_bytes = 0);
  HttpClient(HttpClient&& other) noexcept;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  HttpClient& operator=(HttpClient&&) = delete;
  ~HttpClient();

  bool is_connected() const { return socket_ >= 0; }
  bool send(std::string_view bytes);  // false when the server has closed
  void finish_sending();
  void reset();  // ends the connection at once, unread bytes or not

  // The next answer, interim ones (100) too; nothing when the connection ends before one is whole.
  enum class Expect : std::uint8_t { body, head_only };
  std::optional<Answer> answer(Expect expect = Expect::body);
  std::optional<Answer> ask(std::string_view request, Expect expect = Expect::body);

  std::string some();  // bytes as they come; empty at the end
  bool is_at_end();    // waits for the server to close; false when it sends instead

 private:
  bool fill();
  std::optional<std::string> line();
  bool read_chunks(std::string& body);

  int socket_ = -1;
  std::string received_;
};

// Requests of HTTP/1.1, with more header lines where given ("Name: value\r\n").
std::string get(std::string_view path, std::string_view more_headers = {});
std::string post(std::string_view path, std::string_view body, std::string_view more_headers = {});

}  // namespace wattback::test_support
