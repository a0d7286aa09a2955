// Many readings at once: an import whose sender names it, each line answered.
#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <stop_token>

#include "api/authority.h"
#include "api/handlers.h"
#include "api/spool.h"
#include "forms/forms.h"
#include "http/limits.h"
#include "importers/reads.h"
#include "importers/run.h"

namespace wattback::api {
namespace {

constexpr std::size_t gathered_bytes_max = std::size_t{1} << 20U;

// Answers on their way from the import's thread, which decides lines, to the connection's, which
// sends them.
class Lines {
 public:
  struct Gathered {
    std::string text;
    bool is_last = false;
    std::optional<http::Problem> failure;  // of the import, or of whoever did not read in time
    bool is_repeat = false;                // the bulk was sent before
  };

  // The import waits for its reader at most `patience` in all, and not once `stopping`.
  Lines(std::chrono::nanoseconds patience, std::stop_token stopping)
      : patience_(patience), stopping_(std::move(stopping)) {}

  // The import's side. Waits while too much has gathered.
  void begin(bool is_repeat) {
    const std::lock_guard lock(mutex_);
    gathered_.is_repeat = is_repeat;
  }
  void add(const json::object& line) {
    std::unique_lock lock(mutex_);
    if (!is_given_up_ && !wait_for_room(lock)) {
      is_given_up_ = true;
    }
    if (is_given_up_) {
      return;
    }
    gathered_.text += to_json_text(line);
    gathered_.text += '\n';
    wake();
  }
  void end(std::optional<http::Problem> failure) noexcept {
    const std::lock_guard lock(mutex_);
    gathered_.failure = std::move(failure);
    if (is_given_up_ && !gathered_.failure) {
      gathered_.failure = http::problem_of(
          408, "timeout",
          "all lines were decided, but the answer was not read in time and is incomplete; send the "
          "same again for the rest of it");
    }
    gathered_.is_last = true;
    wake();
  }

  // The connection's side: resumes with what has gathered, at least a line or the end.
  http::Task<Gathered> next() {
    std::move_only_function<void(std::move_only_function<void(Gathered)>)> wait =
        [this](std::move_only_function<void(Gathered)> ready) {
          const std::lock_guard lock(mutex_);
          ready_ = std::move(ready);
          wake();
        };
    return http::wait_for<Gathered>(std::move(wait));
  }

 private:
  bool wait_for_room(std::unique_lock<std::mutex>& lock) {
    const auto began = std::chrono::steady_clock::now();
    const bool has_room = room_.wait_for(
        lock, stopping_, patience_, [this] { return gathered_.text.size() < gathered_bytes_max; });
    patience_ -= std::chrono::steady_clock::now() - began;
    return has_room;
  }

  // Who waits for an end that can't be told would wait for ever: without memory the process ends.
  void wake() noexcept {
    if (ready_ && (!gathered_.text.empty() || gathered_.is_last)) {
      auto taken = std::exchange(gathered_,
                                 {.is_last = gathered_.is_last, .is_repeat = gathered_.is_repeat});
      std::exchange(ready_, nullptr)(std::move(taken));
      room_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any room_;
  std::chrono::nanoseconds patience_;
  const std::stop_token stopping_;
  Gathered gathered_;
  bool is_given_up_ = false;  // lines are left out from here on
  std::move_only_function<void(Gathered)> ready_;
};

json::value id_or_null(const UsageId& id) {
  return id == UsageId{} ? json::value(nullptr) : json::value(wattback::to_text(id));
}

importers::ImportObserver answering(Lines& lines) {
  return {
      .rejected =
          [&lines](const importers::RejectedRecord& record) {
            lines.add({{"line", record.line},
                       {"usage_id", id_or_null(record.usage_id)},
                       {"outcome", "rejected"},
                       {"points", 0},
                       {"error", json::object{{"code", record.code}, {"detail", record.reason}}}});
          },
      .taken =
          [&lines](const importers::TakenRecord& record) {
            lines.add({{"line", record.line},
                       {"usage_id", wattback::to_text(record.reply.usage_id)},
                       {"outcome", wattback::to_text(record.reply.outcome)},
                       {"points", record.reply.points.count}});
          }};
}

json::object summary_of(const importers::ImportResult& result, bool dry_run) {
  auto form = forms::form_of(result.counts);
  form["import_id"] = wattback::to_text(result.import.import_id);
  form["as_of"] = wattback::to_text(result.import.as_of);
  form["repeated"] = result.repeated;
  form["dry_run"] = dry_run;
  return {{"summary", std::move(form)}};
}

// The last line, where the rest could not be decided.
json::object failure_of(const Call& call, const http::Problem& problem) {
  const auto response = http::to_response(problem, call.request());
  return {{"problem", json::parse(http::text_of(response.body))}};
}

// Decides the lines; what kept it from that, if something did.
std::optional<http::Problem> decide_all(const Call& call, const Spool& spool,
                                        Lines& lines) noexcept {
  const bool dry_run = call.parameters().boolean("dry_run");
  auto& resources = call.resources();
  Error failure;
  try {
    if (const auto admitted = admit_still(call); !admitted) {
      return http::problem_of(admitted.error());
    }
    const importers::ImportOptions options{.format = importers::Format::ndjson,
                                           .actor = call.actor(),
                                           .key = call.idempotency_key(),
                                           .stop = resources.stopping.get_token(),
                                           .dry_records_max = dry_run_readings_max};
    const auto observer = answering(lines);
    const auto before =
        importers::find(call.store(), importers::bulk_id(options.actor, *options.key));
    lines.begin(before.has_value() && !dry_run);
    // It is not packed: no more of it than was sent.
    auto input = spool.open(static_cast<std::int64_t>(http::Limits().streamed_body_bytes_max));
    const auto result =
        !input ? Result<importers::ImportResult>(std::unexpected(input.error()))
        : dry_run
            ? importers::dry_run_import(call.store(), resources.clock, *input, options, observer)
            : importers::run_import(call.store(), resources.committer, resources.clock, *input,
                                    options, observer);
    if (result) {
      lines.add(summary_of(*result, dry_run));
      return std::nullopt;
    }
    failure = result.error();
  } catch (const store::StoreUnavailable& unavailable) {
    failure = {.code = ErrorCode::unavailable,
               .detail = "the store can't be reached",
               .fields = {},
               .log = unavailable.what()};
  } catch (...) {
    return http::problem_of(std::current_exception());
  }
  return http::problem_of(failure);
}

// All of it on the import's thread. What belongs to the connection is not touched after the end was
// told.
http::Task<void> decide(const Call& call, const Spool& spool, std::shared_ptr<Lines> lines) {
  lines->end(decide_all(call, spool, *lines));
  co_return;
}

http::Response head_of(bool is_repeat) {
  http::Response head{.content_type = "application/x-ndjson"};
  head.headers.push_back({"Cache-Control", "no-store"});
  if (is_repeat) {
    head.headers.push_back({"Idempotency-Replayed", "true"});
  }
  return head;
}

// Sends what is decided until all is. A bulk that failed before its first line is a problem of its
// own status.
http::Task<std::expected<std::optional<Answer>, http::Problem>> send(const Call& call, Lines& lines,
                                                                     http::AnswerStream& stream) {
  bool has_begun = false;
  while (true) {
    auto gathered = co_await lines.next();
    if (gathered.failure && !has_begun && gathered.text.empty()) {
      co_return std::unexpected(*std::move(gathered.failure));
    }
    if (!std::exchange(has_begun, true)) {
      stream.begin(head_of(gathered.is_repeat));
    }
    if (gathered.failure) {
      gathered.text += to_json_text(failure_of(call, *gathered.failure)) + "\n";
    }
    co_await stream.write(gathered.text);  // once the client has gone, what comes is dropped
    if (gathered.is_last) {
      co_return std::nullopt;
    }
  }
}

// Of lines that nobody sends any more.
http::Task<void> wait_for_end(Lines& lines) {
  for (bool is_over = false; !is_over;) {
    try {
      is_over = (co_await lines.next()).is_last;
    } catch (const std::bad_alloc&) {
      is_over = false;
    }
  }
}

}  // namespace

http::Task<std::expected<std::optional<Answer>, http::Problem>> record_usage_bulk(
    Call& call, http::RequestBody& body, http::AnswerStream& stream) {
  const Places::Place place(call.resources().import_places);
  if (!place.is_free()) {
    co_return std::unexpected(http::problem_of(too_many_imports()));
  }
  const auto spool = co_await spool_body(call, body);
  if (!spool) {
    co_return std::unexpected(spool.error());
  }
  auto& resources = call.resources();
  const auto lines =
      std::make_shared<Lines>(resources.bulk_reader_time_max, resources.stopping.get_token());
  resources.imports.start(decide(call, *spool, lines));
  std::exception_ptr thrown;
  try {
    co_return co_await send(call, *lines, stream);
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await wait_for_end(*lines);  // who decides them works with the call
  std::rethrow_exception(thrown);
}

}  // namespace wattback::api
