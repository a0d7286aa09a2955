// The server itself: its page, its health, its metrics, its contract.
#include "api/handlers.h"
#include "api/home_page.h"

namespace wattback::api {
namespace {

Answer raw(std::string_view content_type, http::ResponseBody body) {
  return {.raw =
              http::Response{.content_type = std::string(content_type), .body = std::move(body)}};
}

}  // namespace

Result<Answer> get_home_page(Call& /*call*/) {
  return raw("text/html; charset=utf-8", std::string(home_page()));
}

Result<Answer> get_liveness(Call& /*call*/) {
  return Answer{.data = json::object{{"status", "ok"}}};
}

Result<Answer> get_readiness(Call& call) {
  if (!call.resources().readiness.is_answered(call.store())) {
    return fail(ErrorCode::unavailable, "the store takes too long to answer");
  }
  return Answer{.data = json::object{{"status", "ok"}}};
}

Result<Answer> get_metrics(Call& call) {
  return raw("text/plain; version=0.0.4; charset=utf-8", call.resources().metrics());
}

Result<Answer> get_openapi(Call& call) {
  auto answer = raw("application/json", call.resources().contract_bytes);
  answer.etag = call.resources().contract_etag;
  return answer;
}

}  // namespace wattback::api
