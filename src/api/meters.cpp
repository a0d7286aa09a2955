#include "meters/commands.h"

#include "api/handlers.h"
#include "forms/forms.h"
#include "meters/reads.h"

namespace wattback::api {
namespace {

json::object form_of(const meters::Meter& meter) { return forms::form_of(meter); }

}  // namespace

Result<Answer> list_meters(Call& call) {
  static const auto shape = shape_of(meters::collection, meters::index_label);
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return meters::list(call.store(), call.member().user_id, limit, std::move(after));
  };
  return call.list(shape, read, form_of);
}

http::Task<Result<Answer>> create_meter(Call& call) {
  const Fields body(call.body());
  const auto user = call.member().user_id;
  meters::CreateMeter create{
      .user = user,
      .meter = meters::draft(call.store(), user, body.text("label"), body.find_text("identifier"))};
  const auto meter = co_await call.run(std::move(create));
  if (!meter) {
    co_return std::unexpected(meter.error());
  }
  co_return created(
      "/api/v1/users/" + wattback::to_text(user) + "/meters/" + wattback::to_text(meter->meter_id),
      form_of(*meter));
}

Result<Answer> get_meter(Call& call) {
  const auto meter =
      meters::find(call.store(), call.member().user_id, MeterId{call.id("meter_id")});
  if (!meter) {
    return fail(ErrorCode::not_found, "there is no such meter");
  }
  return Answer{.data = form_of(*meter)};
}

http::Task<Result<Answer>> relabel_meter(Call& call) {
  meters::RelabelMeter relabel{.user = call.member().user_id,
                               .meter = MeterId{call.id("meter_id")},
                               .label = Fields(call.body()).text("label")};
  const auto meter = co_await call.run(std::move(relabel));
  co_return meter ? Result<Answer>(Answer{.data = form_of(*meter)})
                  : std::unexpected(meter.error());
}

}  // namespace wattback::api
