// Clients that are slow, many or gone, and that others are served beside them.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "api/resources.h"
#include "support/process.h"
#include "support/service_fixture.h"

namespace wattback::api {
namespace {

using std::chrono::milliseconds;
using test_support::HttpClient;
using testing::HasSubstr;

constexpr int small_buffer = 4096;  // of a client's socket, so that little waits there unread

// A bulk whose answer is more than all buffers on its way hold.
constexpr int many_lines = 60'000;

std::string many_bad_lines() {
  std::string lines;
  for (int i = 0; i < many_lines; ++i) {
    lines += "{}\n";
  }
  return lines;
}

std::string post_bulk(const std::string& bearer, std::string_view key, std::string_view lines) {
  return fmt::format(
      "POST /api/v1/usage:bulk HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n"
      "Content-Type: application/x-ndjson\r\nIdempotency-Key: {}\r\nContent-Length: {}\r\n\r\n{}",
      bearer, key, lines.size(), lines);
}

class Stalled : public ServiceFixture {
 protected:
  explicit Stalled(http::Limits limits = {},
                   milliseconds bulk_reader_time_max = std::chrono::minutes(10))
      : ServiceFixture(
            ServiceOptions{.limits = limits, .bulk_reader_time_max = bulk_reader_time_max}) {}

  static http::Limits limits(milliseconds write_time_max) {
    return {.write_time_max = write_time_max,
            .drain_time_max = milliseconds(100),
            .unsent_answer_bytes_max = std::size_t{64} << 10U};
  }

  // As many bulks as imports run at once, none of whose answers is read.
  std::vector<HttpClient> stall_all_imports() {
    const auto bearer = token();
    std::vector<HttpClient> clients;
    for (std::size_t i = 0; i < imports_at_once_max; ++i) {
      clients.emplace_back(service->port(), small_buffer);
      EXPECT_TRUE(clients.back().send(post_bulk(bearer, fmt::format("stalled-{}", i), lines)));
      EXPECT_THAT(clients.back().some(), HasSubstr("200 OK"));
    }
    return clients;
  }

  const std::string lines = many_bad_lines();
};

class CutWhenStalled : public Stalled {
 protected:
  CutWhenStalled() : Stalled(limits(milliseconds(200))) {}
};

TEST_F(CutWhenStalled, AnImportGoesOnWithoutItsReader) {
  const auto clients = stall_all_imports();
  HttpClient client(service->port());
  const auto answer = client.ask(post_bulk(token(), "prompt", "{}\n"));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, HasSubstr(R"("summary")"));
}

class KeptThoughStalled : public Stalled {
 protected:
  KeptThoughStalled() : Stalled(limits(std::chrono::minutes(10))) {}
};

TEST_F(KeptThoughStalled, UploadsArriveWhileAllImportsWait) {
  const auto clients = stall_all_imports();
  HttpClient client(service->port());
  const auto invited = client.ask(
      fmt::format("POST /api/v1/usage:bulk HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n"
                  "Content-Type: application/x-ndjson\r\nIdempotency-Key: waits\r\n"
                  "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n",
                  token()));
  ASSERT_TRUE(invited);
  EXPECT_EQ(invited->status, 100);
}

TEST_F(KeptThoughStalled, OneMoreThanMayWaitIsTurnedAway) {
  auto clients = stall_all_imports();
  const auto head = fmt::format(
      "POST /api/v1/usage:bulk HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n"
      "Content-Type: application/x-ndjson\r\nIdempotency-Key: waits\r\n"
      "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n",
      token());
  while (std::ssize(clients) < imports_held_max) {
    clients.emplace_back(service->port(), small_buffer);
    const auto invited = clients.back().ask(head);
    ASSERT_TRUE(invited);
    ASSERT_EQ(invited->status, 100);
  }
  const auto refused = HttpClient(service->port()).ask(head);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(code(*refused), "overloaded");
}

TEST_F(KeptThoughStalled, TheServerStopsAllTheSame) {
  const auto clients = stall_all_imports();
  const auto began = std::chrono::steady_clock::now();
  service->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, HttpClient::patience);
}

class LeftBehind : public Stalled {
 protected:
  LeftBehind() : Stalled(limits(std::chrono::minutes(10)), milliseconds(200)) {}
};

// The lines alone, whose ends are single: a chunk may end within a line, and what was read may
// begin within a chunk.
std::string without_chunk_sizes(std::string_view chunks) {
  constexpr std::string_view line_end = "\r\n";
  std::string lines;
  while (!chunks.empty()) {
    const auto part = chunks.substr(0, chunks.find(line_end));
    if (part.find_first_not_of("0123456789abcdef") != std::string_view::npos) {  // no size
      lines += part;
    }
    chunks.remove_prefix(std::min(part.size() + line_end.size(), chunks.size()));
  }
  return lines;
}

TEST_F(LeftBehind, ALateReaderIsToldWhatIsMissing) {
  auto clients = stall_all_imports();
  HttpClient prompt(service->port());
  ASSERT_TRUE(prompt.ask(post_bulk(token(), "prompt", "{}\n"))) << "the others are past waiting";
  std::string rest;
  for (std::string more = clients.front().some(); !more.empty(); more = clients.front().some()) {
    rest += more;
    if (rest.ends_with("\r\n0\r\n\r\n")) {
      break;
    }
  }
  EXPECT_LT(std::ranges::count(rest, '\n') / 3, many_lines);
  rest = without_chunk_sizes(rest);
  const auto last = rest.rfind(R"({"problem")");
  ASSERT_NE(last, std::string::npos)
      << rest.substr(rest.size() - std::min<std::size_t>(rest.size(), 500));
  EXPECT_THAT(rest.substr(last), HasSubstr(R"("code":"timeout")"));
  EXPECT_EQ(rest.find(R"("summary")"), std::string::npos);
}

// The clients that are to be kept out, by what they do.
struct Crowd {
  int silent = 0;        // never send a byte
  int slow_headers = 0;  // send half a header
  int slow_bodies = 0;   // send half a body
  int slow_readers = 0;  // ask for much and read nothing
};

class Besieged : public ServiceFixture {
 protected:
  static constexpr milliseconds slow_most{700};

  Besieged()
      : ServiceFixture(ServiceOptions{.limits = {.header_time_max = slow_most,
                                                 .body_time_max = slow_most,
                                                 .write_time_max = slow_most,
                                                 .idle_time_max = slow_most}}) {
    test_support::allow_descriptors();
  }

  std::vector<HttpClient> assemble(const Crowd& crowd) {
    std::string many_requests;
    for (int i = 0; i < 200; ++i) {
      many_requests += test_support::get("/api/v1/openapi.json");
    }
    std::vector<HttpClient> clients;
    const auto add = [&](int count, std::string_view bytes) {
      for (int i = 0; i < count; ++i) {
        clients.emplace_back(service->port(), small_buffer);
        clients.back().send(bytes);
      }
    };
    add(crowd.slow_readers, many_requests);
    add(crowd.slow_bodies,
        "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Content-Length: 1000\r\n\r\n{\"email\":");
    add(crowd.slow_headers, "GET /api/v1/me HTTP/1.1\r\nHost: ");
    add(crowd.silent, "");
    return clients;
  }

  // Reads and writes, each on a connection of its own, while the crowd comes and until they have
  // been answered some times more. Returns how many were not answered as they should.
  int count_unserved(const Crowd& crowd) {
    std::atomic<bool> is_over = false;
    std::atomic<int> answered = 0;
    std::atomic<int> unserved = 0;
    std::jthread good([&] {
      const auto body =
          fmt::format(R"({{"email": "ana@example.org", "password": "{}"}})", password);
      while (!is_over) {
        unserved += get("/api/v1/me", bearer).status == 200 ? 0 : 1;
        unserved += post("/api/v1/sessions", "", body).status == 201 ? 0 : 1;
        ++answered;
      }
    });
    const auto clients = assemble(crowd);
    const auto end = std::chrono::steady_clock::now() + HttpClient::patience;
    for (const int before = answered;
         answered < before + 10 && std::chrono::steady_clock::now() < end;) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    is_over = true;
    good.join();
    EXPECT_TRUE(is_rid_of(crowd, clients.size()));
    return unserved;
  }

  // Whether the server, by itself, comes to hold nothing of a crowd that stays.
  bool is_rid_of(const Crowd& crowd, std::size_t count) {
    const auto is_quiet = [&] {
      return gauge("connections_open") == 1 && gauge("requests_in_flight") == 1 &&
             gauge("body_bytes_held") == 0;
    };
    const auto end = std::chrono::steady_clock::now() + HttpClient::patience;
    while (!is_quiet()) {
      if (std::chrono::steady_clock::now() > end) {
        return false;
      }
      std::this_thread::sleep_for(milliseconds(20));
    }
    // The slow bodies and readers were cut for their slowness; the rest may have been evicted.
    EXPECT_GE(gauge("connections_timed_out_total") + gauge("connections_evicted_total"), count);
    EXPECT_GE(gauge("connections_timed_out_total"), crowd.slow_bodies + crowd.slow_readers);
    return true;
  }

  std::size_t gauge(const std::string& name) {
    const auto text = get("/metrics").body;
    const auto line = "\nwattback_http_" + name + " ";
    const auto at = text.find(line);
    return at == std::string::npos ? 0 : std::stoul(text.substr(at + line.size()));
  }

  const std::string bearer = session_of(programme.ben);
};

TEST_F(Besieged, ServesOthersAndHoldsNothingOfThemAfterwards) {
  constexpr Crowd crowd{.silent = 800, .slow_headers = 780, .slow_bodies = 400, .slow_readers = 20};
  EXPECT_EQ(count_unserved(crowd), 0);
  const auto before = test_support::allocated_bytes();
  EXPECT_EQ(count_unserved(crowd), 0);
  EXPECT_LE(test_support::allocated_bytes(), before + (std::size_t{1} << 20U));
}

}  // namespace
}  // namespace wattback::api
