#include <fmt/format.h>

#include "api/handlers.h"
#include "base/decimal.h"
#include "earning/commands.h"
#include "earning/reads.h"
#include "forms/forms.h"

namespace wattback::api {
namespace {

constexpr int rate_scale = 3;  // thousandths of a point

json::object form_of(const earning::EarningRules& rules) { return forms::form_of(rules); }

Result<earning::RuleTerms> parse_terms(const Call& call) {
  const Fields body(call.body());
  earning::RuleTerms terms;
  for (const auto& [type, ignored] : call.body().value.at("points_per_kwh").as_object()) {
    const auto pointer = json_pointer("/points_per_kwh", type);
    const auto rate =
        parse_decimal(call.body().number_text(pointer).value(), rate_scale, Rounding::refuse);
    if (!rate) {
      return fail_field(pointer, rate.error().detail);
    }
    terms.rates[type] = *rate;
  }
  if (const auto cap = body.find_integer("daily_cap")) {
    terms.daily_cap = Points{*cap};
  }
  return terms;
}

}  // namespace

Result<Answer> list_earning_rules(Call& call) {
  static const auto shape = shape_of(earning::collection, store::primary_index);
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return earning::list(call.store(), limit, std::move(after));
  };
  return call.list(shape, read, form_of);
}

http::Task<Result<Answer>> publish_earning_rules(Call& call) {
  const Fields body(call.body());
  auto terms = parse_terms(call);
  if (!terms) {
    co_return std::unexpected(terms.error());
  }
  earning::PublishRules publish{.follows = body.integer("follows"),
                                .effective_day = parse_day(body.text("effective_day")).value(),
                                .terms = *std::move(terms),
                                .actor = call.actor(),
                                .now = call.now()};
  const auto rules = co_await call.run(std::move(publish));
  if (!rules) {
    co_return std::unexpected(rules.error());
  }
  co_return created(fmt::format("/api/v1/earning-rules/{}", rules->rules_version), form_of(*rules));
}

Result<Answer> get_earning_rules(Call& call) {
  const auto rules = earning::find(call.store(), call.parameters().integer("rules_version"));
  if (!rules) {
    return fail(ErrorCode::not_found, "there is no such version of the earning rules");
  }
  return Answer{.data = form_of(*rules)};
}

}  // namespace wattback::api
