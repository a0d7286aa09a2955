#include "api/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <system_error>
#include <thread>

#include "api/authority.h"
#include "api/metrics.h"
#include "api/routes.h"
#include "http/problem.h"
#include "http/target.h"

namespace wattback::api {
namespace {

// A route of the table and its operation of the contract.
struct Bound {
  const Route* route = nullptr;
  const Operation* operation = nullptr;
};

// Every operation has its route and every route its operation, and both say who may call it.
std::vector<Bound> bind(const Contract& contract) {
  std::vector<Bound> bound;
  for (const auto& operation : contract.operations()) {
    const auto route = std::ranges::find(routes(), operation.operation_id, &Route::operation);
    if (route == routes().end()) {
      throw std::logic_error(operation.operation_id + " has no route");
    }
    if (!std::ranges::is_permutation(route->callers, operation.callers)) {
      throw std::logic_error(operation.operation_id + ": route and contract differ in its callers");
    }
    bound.push_back({.route = &*route, .operation = &operation});
  }
  if (bound.size() != routes().size()) {
    throw std::logic_error("a route has no operation in the contract");
  }
  return bound;
}

bool matches(std::string_view if_none_match, std::string_view etag) {
  return if_none_match == "*" || if_none_match.contains(etag);
}

// RFC 8288: the same list from where this page ended.
std::string next_link(const http::Request& request, std::string_view cursor) {
  auto target = request.path + "?";
  for (const auto& [name, value] : request.query) {
    if (name != "cursor") {
      target += fmt::format("{}={}&", http::percent_encode(name), http::percent_encode(value));
    }
  }
  return fmt::format("<{}cursor={}>; rel=\"next\"", target, cursor);
}

http::Response response_of(const Call& call, Answer answer) {
  http::Response response =
      answer.raw ? *std::move(answer.raw) : http::Response{.status = answer.status};
  const auto header = [&response](std::string name, std::string value) {
    response.headers.push_back({std::move(name), std::move(value)});
  };
  if (!answer.location.empty()) {
    header("Location", std::move(answer.location));
  }
  if (answer.replayed) {
    header("Idempotency-Replayed", "true");
  }
  if (!answer.next.empty()) {
    header("Link", next_link(call.request(), answer.next));
  }
  header("Cache-Control", answer.etag.empty() ? "no-store" : "no-cache");
  if (!answer.etag.empty()) {
    header("ETag", answer.etag);
    const auto* known = call.request().headers.find("if-none-match");
    const bool is_read = call.operation().method == http::Method::get;  // or HEAD, served as one
    if (known != nullptr && is_read && response.status == 200 && matches(*known, answer.etag)) {
      response.status = 304;
      response.content_type.clear();
      response.body = std::string();
      return response;
    }
  }
  if (!answer.data.is_null()) {
    response.content_type = "application/json";
    response.body = to_json_text(answer.data);
  }
  return response;
}

// Domain errors name fields; clients read pointers into the body they sent.
Error with_pointers(Error error, const Contract& contract, const Operation& operation) {
  for (auto& field : error.fields) {
    if (contract.body_has_member(operation, field.pointer)) {
      field.pointer = json_pointer("", field.pointer);
    }
  }
  return error;
}

Error unavailable_error(const store::StoreUnavailable& why) {
  return {.code = ErrorCode::unavailable,
          .detail = "the store can't be reached",
          .fields = {},
          .log = why.what()};
}

http::Response refusal(const http::Problem& problem, const http::Request& request) {
  auto response = http::to_response(problem, request);
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

class HttpService final : public Service {
 public:
  HttpService(store::Store& store, commit::Committer& committer, ServiceOptions options)
      : options_(std::move(options)),
        contract_(contract_text()),
        bound_(bind(contract_)),
        resources_{
            .store = store,
            .committer = committer,
            .clock = options_.clock,
            .hash_cost = options_.hash_cost,
            .decoy =
                security::hash_password(security::generate_password(), options_.hash_cost).value(),
            .metrics =
                [this] {
                  started_.wait();  // the first request may come before the server is known here
                  return metrics_text(server_->metrics(), *committer_, store_figures());
                },
            .contract_bytes = std::make_shared<const std::string>(contract_text()),
            .contract_etag = fmt::format("\"{}\"", to_hex(sha256(contract_text()))),
            .bulk_reader_time_max = options_.bulk_reader_time_max},
        committer_(&committer),
        workers_(options_.workers) {}

  HttpService(const HttpService&) = delete;
  HttpService& operator=(const HttpService&) = delete;
  ~HttpService() override { stop(); }

  Result<void> start() {
    http::ServerOptions options{.address = options_.address,
                                .port = options_.port,
                                .threads = options_.io_threads,
                                .limits = options_.limits,
                                .clock = options_.clock,
                                .observer = options_.observer};
    for (const auto& [route, operation] : bound_) {
      options.routes.push_back(
          {.method = operation->method, .path = operation->path, .body = operation->body});
    }
    const bool remote = resources_.store.capabilities().remote;
    options.handler = [this, remote](http::Request& request) {
      const auto reads = bound_[request.route].route->reads;
      const bool may_wait = reads == Reads::many || (remote && reads != Reads::none);
      auto& pool = reads == Reads::probe ? probes_ : workers_;
      return may_wait ? pool.run(serve(request)) : serve(request);
    };
    options.stream_handler = [this](http::Request& request, http::RequestBody& body,
                                    http::AnswerStream& stream) {
      return serve_stream(request, body, stream);
    };
    auto server = http::start_server(std::move(options));
    if (!server) {
      return std::unexpected(server.error());
    }
    server_ = *std::move(server);
    started_.count_down();
    return {};
  }

  std::uint16_t port() const override { return server_->port(); }

  void stop() override {
    if (server_) {
      std::jthread ending;
      try {
        ending =
            std::jthread([this](const std::stop_token& is_drained) { end_long_work(is_drained); });
      } catch (const std::system_error&) {  // the system has no thread left: then it ends at once
        resources_.stopping.request_stop();
      }
      server_->stop();
    }
    resources_.stopping.request_stop();
    workers_.join();  // first: what waits for the others is resumed here
    probes_.join();
    resources_.hashing.join();
    resources_.spooling.join();
    resources_.imports.join();
    resources_.withdrawals.join();
    resources_.commands.wait_for_all();
  }

 private:
  // What takes long is told to end halfway through the drain, in time to be answered.
  void end_long_work(const std::stop_token& is_drained) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, is_drained, options_.limits.drain_time_max / 2, [] { return false; });
    resources_.stopping.request_stop();
  }

  store::StoreFigures store_figures() const {
    return options_.store_meters ? options_.store_meters->read() : store::StoreFigures();
  }

  http::Task<http::Response> serve(http::Request& request) {
    const auto& bound = bound_[request.route];
    Call call(resources_, *bound.operation, request);
    auto response = co_await answer(call, *bound.route);
    if (options_.checks_answers) {
      if (auto fault = contract_.find_answer_fault(*bound.operation, response)) {
        const Error broken{.code = ErrorCode::internal, .log = "breaks the contract: " + *fault};
        co_return refusal(http::problem_of(broken), request);
      }
    }
    co_return response;
  }

  http::Task<http::Response> answer(Call& call, const Route& route) {
    Result<Answer> answer;
    try {
      if (const auto problem = prepare(call, route)) {
        co_return refusal(*problem, call.request());
      }
      if (const auto* read = std::get_if<ReadHandler>(&route.handler)) {
        answer = (*read)(call);
      } else {
        auto writing = std::get<WriteHandler>(route.handler)(call);
        answer = co_await std::move(writing);
      }
    } catch (const store::StoreUnavailable& unavailable) {
      answer = std::unexpected(unavailable_error(unavailable));
    }
    if (!answer) {
      const auto error = with_pointers(std::move(answer.error()), contract_, call.operation());
      co_return refusal(http::problem_of(error), call.request());
    }
    co_return response_of(call, *std::move(answer));
  }

  // On the connection's own thread, since its body is read there.
  http::Task<std::optional<http::Response>> serve_stream(http::Request& request,
                                                         http::RequestBody& body,
                                                         http::AnswerStream& stream) {
    const auto& bound = bound_[request.route];
    Call call(resources_, *bound.operation, request);
    auto preparing = prepare_on_pool(call, *bound.route);
    const auto problem = co_await workers_.run(std::move(preparing));
    if (problem) {
      co_return refusal(*problem, request);
    }
    std::expected<std::optional<Answer>, http::Problem> answer;
    try {
      auto handling = std::get<StreamHandler>(bound.route->handler)(call, body, stream);
      answer = co_await std::move(handling);
    } catch (const store::StoreUnavailable& unavailable) {
      answer = std::unexpected(http::problem_of(unavailable_error(unavailable)));
    }
    if (!answer) {
      co_return refusal(answer.error(), request);
    }
    if (!*answer) {
      co_return std::nullopt;
    }
    co_return response_of(call, **std::move(answer));
  }

  http::Task<std::optional<http::Problem>> prepare_on_pool(Call& call, const Route& route) {
    try {
      co_return prepare(call, route);
    } catch (const store::StoreUnavailable& unavailable) {
      co_return http::problem_of(unavailable_error(unavailable));
    }
  }

  std::optional<http::Problem> prepare(Call& call, const Route& route) {
    if (route.reads != Reads::none && options_.not_ready) {
      if (auto why = options_.not_ready()) {
        return http::problem_of({.code = ErrorCode::unavailable, .detail = *std::move(why)});
      }
    }
    if (const auto admitted = admit(call, route.callers); !admitted) {
      return http::problem_of(admitted.error());
    }
    auto parameters = contract_.check_parameters(call.operation(), call.request());
    if (!parameters) {
      return std::move(parameters.error());
    }
    call.set_parameters(*std::move(parameters));
    if (call.operation().path.contains("{user_id}")) {
      if (const auto found = find_member(call); !found) {
        return http::problem_of(found.error());
      }
    }
    if (call.operation().body == http::Body::streamed) {
      auto media_type = contract_.check_media_type(call.operation(), call.request());
      if (!media_type) {
        return std::move(media_type.error());
      }
      call.set_media_type(*std::move(media_type));
      return std::nullopt;
    }
    auto body = contract_.check_body(call.operation(), call.request());
    if (!body) {
      return std::move(body.error());
    }
    call.set_body(*std::move(body));
    return std::nullopt;
  }

  const ServiceOptions options_;
  const Contract contract_;
  const std::vector<Bound> bound_;
  Resources resources_;
  commit::Committer* committer_;
  std::latch started_{1};
  http::Pool workers_;
  http::Pool probes_{probes_at_once_max};
  std::unique_ptr<http::Server> server_;  // ends first
};

}  // namespace

Result<std::unique_ptr<Service>> start_service(store::Store& store, commit::Committer& committer,
                                               ServiceOptions options) {
  auto service = std::make_unique<HttpService>(store, committer, std::move(options));
  if (auto started = service->start(); !started) {
    return std::unexpected(std::move(started.error()));
  }
  return service;
}

}  // namespace wattback::api
