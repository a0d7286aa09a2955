#include "programme/commands.h"

#include <utility>

#include "api/handlers.h"
#include "forms/forms.h"

namespace wattback::api {
namespace {

Answer answer_of(const programme::Programme& programme) {
  return edited(forms::form_of(programme), programme.edition, programme.version);
}

}  // namespace

Result<Answer> get_programme(Call& call) {
  const auto programme = store::fetch(call.store(), programme::codec(), programme::key());
  if (!programme) {
    return fail(ErrorCode::not_found, "there is no programme yet");
  }
  return answer_of(*programme);
}

http::Task<Result<Answer>> edit_programme(Call& call) {
  const Fields body(call.body());
  const auto zone = body.find_zone("time_zone");
  if (!zone) {
    co_return std::unexpected(zone.error());
  }
  programme::EditProgramme edit{.name = body.find_text("name"),
                                .time_zone = *zone,
                                .self_reporting = body.find_boolean("self_reporting"),
                                .expected_edition = call.expected_edition()};
  const auto programme = co_await call.run(std::move(edit));
  co_return programme ? Result<Answer>(answer_of(*programme)) : std::unexpected(programme.error());
}

Result<Answer> get_programme_summary(Call& call) {
  const auto last = call.resources().summary.find_or_read(call.store(), call.now());
  if (!last) {
    return std::unexpected(last.error());
  }
  auto data = forms::form_of(last->summary);
  data["as_of"] = to_text(last->as_of);
  return Answer{.data = std::move(data)};
}

}  // namespace wattback::api
