#include <fmt/format.h>

#include "api/handlers.h"
#include "forms/forms.h"
#include "meters/reads.h"
#include "programme/programme.h"
#include "usage/commands.h"
#include "usage/reads.h"

namespace wattback::api {
namespace {

constexpr int report_days_max = 366;

json::object form_of(const usage::Reading& reading) {
  auto form = forms::form_of(reading);
  form["rules_version"] = reading.rules_version;
  form["created_at"] = wattback::to_text(reading.created_at);
  return form;
}

std::optional<Instant> find_instant(const Call& call, std::string_view parameter) {
  const auto text = call.parameters().find_text(parameter);
  return text ? std::optional<Instant>(parse_instant(*text).value()) : std::nullopt;
}

std::optional<Day> find_day(const Call& call, std::string_view parameter) {
  const auto text = call.parameters().find_text(parameter);
  return text ? parse_day(*text) : std::nullopt;
}

Result<usage::DayRange> find_range(const Call& call) {
  const usage::DayRange range{.first = find_day(call, "from"), .last = find_day(call, "to")};
  if (range.first && range.last && *range.last < *range.first) {
    return fail_field("to", "must be from `from` on");
  }
  return range;
}

Result<usage::ReadingInput> parse_reading(const Fields& body) {
  const auto start = body.find_time("start").value();
  const auto energy = parse_energy(body.number("energy_consumed"));
  if (!energy) {
    return fail_field("energy_consumed", energy.error().detail);
  }
  auto duration = std::chrono::milliseconds(0);
  if (const auto end = body.find_time("end")) {
    duration = *end - start;
  } else {
    duration = Seconds(body.integer("duration"));
  }
  const auto seconds = std::chrono::floor<Seconds>(duration);
  if (seconds != duration || seconds <= Seconds(0)) {
    return fail_field("end", "must be a whole number of seconds after start");
  }
  return usage::ReadingInput{.interval = {.start = start, .duration = seconds},
                             .energy = *energy,
                             .type = from_text<EnergyType>(body.text("energy_type")).value(),
                             .quality = body.find_integer("quality"),
                             .as_of = body.find_time("as_of")};
}

// Members record only where the programme says so.
Result<void> check_may_record(const Call& call) {
  if (call.is_token() || call.is_admin()) {
    return {};
  }
  const auto programme = store::fetch(call.store(), programme::codec(), programme::key());
  if (programme && programme->self_reporting) {
    return {};
  }
  return fail(ErrorCode::forbidden, "members do not record usage themselves in this programme");
}

Result<usage::RecordReadings> record_of(const Call& call) {
  if (auto may = check_may_record(call); !may) {
    return std::unexpected(std::move(may.error()));
  }
  const Fields body(call.body());
  auto reading = parse_reading(body);
  if (!reading) {
    return std::unexpected(std::move(reading.error()));
  }
  const auto user = call.member().user_id;
  return usage::RecordReadings{.user = user,
                               .meter = meters::resolve(call.store(), user, body.find_text("meter"),
                                                        body.find_text("meter_identifier")),
                               .readings = {*std::move(reading)},
                               .actor = call.actor(),
                               .now = call.now()};
}

Answer answer_of(const Call& call, const usage::RecordReply& reply) {
  const auto& reading = reply.readings.front();
  const auto id = wattback::to_text(reading.usage_id);
  json::object form{{"usage_id", id},
                    {"outcome", wattback::to_text(reading.outcome)},
                    {"points", reading.points.count}};
  if (!call.is_token()) {
    form["total_points"] = reply.total_points.count;
    form["points_owed"] = reply.points_owed.count;
  }
  if (reading.outcome != usage::Outcome::accepted) {
    return {.data = std::move(form)};
  }
  return created(
      fmt::format("/api/v1/users/{}/usage/{}", wattback::to_text(call.member().user_id), id),
      std::move(form));
}

}  // namespace

Result<Answer> list_usage(Call& call) {
  static const auto shape = shape_of(usage::collection, usage::index_user);
  usage::ReadingFilter filter{.from = find_instant(call, "from"),
                              .before = find_instant(call, "before")};
  if (const auto type = call.parameters().find_text("energy_type")) {
    filter.type = from_text<EnergyType>(*type);
  }
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return usage::list(call.store(), call.member().user_id, filter, limit, std::move(after));
  };
  return call.list(shape, read, form_of);
}

http::Task<Result<Answer>> record_usage(Call& call) {
  auto record = record_of(call);
  if (!record) {
    co_return std::unexpected(record.error());
  }
  const auto reply = co_await call.run(*std::move(record));
  if (!reply) {
    co_return std::unexpected(reply.error());
  }
  if (const auto& error = reply->readings.front().error) {
    co_return std::unexpected(*error);
  }
  co_return answer_of(call, *reply);
}

Result<Answer> list_daily_usage(Call& call) {
  static const auto shape = shape_of(usage::daily_collection, store::primary_index);
  const auto range = find_range(call);
  if (!range) {
    return std::unexpected(range.error());
  }
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return usage::list_days(call.store(), call.member().user_id, *range, limit, std::move(after));
  };
  return call.list(shape, read, [](const usage::UsageDaily& day) { return forms::form_of(day); });
}

Result<Answer> list_monthly_usage(Call& call) {
  static const CursorShape shape{store::FieldType::day};
  const auto range = find_range(call);
  if (!range) {
    return std::unexpected(range.error());
  }
  const auto read = [&](std::size_t limit, const store::Cursor& after) {
    return usage::list_months(call.store(), call.member().user_id, *range, limit, after);
  };
  return call.list(shape, read,
                   [](const usage::UsageMonthly& month) { return forms::form_of(month); });
}

Result<Answer> get_usage(Call& call) {
  const auto reading =
      usage::find(call.store(), call.member().user_id, UsageId{call.id("usage_id")});
  if (!reading) {
    return fail(ErrorCode::not_found, "there is no such reading");
  }
  return Answer{.data = form_of(*reading)};
}

Result<Answer> report_usage(Call& call) {
  const auto first = find_day(call, "from").value();
  const auto last = find_day(call, "to").value();
  if (last < first || last - first >= std::chrono::days(report_days_max)) {
    return fail_field(
        "to", fmt::format("must be from `from` on, {} days in all at most", report_days_max));
  }
  json::array days;
  usage::report(call.store(), first, last,
                [&](const usage::ReportDay& day) { days.push_back(forms::form_of(day)); });
  return Answer{.data = json::object{{"data", std::move(days)}}};
}

}  // namespace wattback::api
