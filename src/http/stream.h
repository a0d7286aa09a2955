// What a handler of a route with Body::streamed reads from and writes to.
//
// A client that sends its whole body before it reads an answer is served as long as the answer fits
// what the system's sockets and unsent_answer_bytes_max hold; beyond that, writing waits for it to
// read, and after write_time_max it is cut.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "http/request.h"
#include "http/response.h"

namespace wattback::http {

enum class BodyFault : std::uint8_t {
  too_large,     // beyond streamed_body_bytes_max: 413
  too_slow,      // did not arrive in time: 408
  malformed,     // not what its Transfer-Encoding says: 400
  disconnected,  // the client has gone; nobody reads an answer
};

// Hides Beast from handlers.
class RequestBody {
 public:
  virtual ~RequestBody() = default;

  // What has arrived, at least a byte; empty at the end. Nothing is read from the socket between
  // calls, so a slow handler slows its client. After a fault every call gives it again.
  virtual Task<std::expected<std::string, BodyFault>> read() = 0;
};

class AnswerStream {
 public:
  virtual ~AnswerStream() = default;

  // The answer's status and fields; its body must be empty. Once, before the first write().
  virtual void begin(Response head) = 0;

  // Sends some of the body, or keeps it while little waits unsent. False when the client has gone
  // or is too slow: nothing more will reach it. The text must live until the call has returned.
  virtual Task<bool> write(std::string_view text) = 0;
};

}  // namespace wattback::http
