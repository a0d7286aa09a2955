// The handlers, a file a resource: each answers the operation of the contract that has its name (a
// user is got and edited in the same way as oneself).
#pragma once

#include <expected>
#include <optional>

#include "api/call.h"
#include "http/problem.h"
#include "http/stream.h"

namespace wattback::api {

// meta.cpp
Result<Answer> get_home_page(Call& call);
Result<Answer> get_liveness(Call& call);
Result<Answer> get_readiness(Call& call);
Result<Answer> get_metrics(Call& call);
Result<Answer> get_openapi(Call& call);

// sign_in.cpp; the first is for handlers that are given a new password
http::Task<Result<std::string>> hash_password(Call& call, std::string password);
http::Task<Result<Answer>> create_session(Call& call);
http::Task<Result<Answer>> change_password(Call& call);
http::Task<Result<Answer>> set_password(Call& call);
Result<Answer> list_sessions(Call& call);
Result<Answer> get_session(Call& call);
http::Task<Result<Answer>> end_session(Call& call);

// tokens.cpp
Result<Answer> list_tokens(Call& call);
http::Task<Result<Answer>> create_token(Call& call);
Result<Answer> get_token(Call& call);
http::Task<Result<Answer>> revoke_token(Call& call);

// users.cpp
Result<Answer> list_users(Call& call);
http::Task<Result<Answer>> create_user(Call& call);
Result<Answer> get_user(Call& call);
http::Task<Result<Answer>> edit_user(Call& call);

// meters.cpp
Result<Answer> list_meters(Call& call);
http::Task<Result<Answer>> create_meter(Call& call);
Result<Answer> get_meter(Call& call);
http::Task<Result<Answer>> relabel_meter(Call& call);

// usage.cpp
Result<Answer> list_usage(Call& call);
http::Task<Result<Answer>> record_usage(Call& call);
Result<Answer> list_daily_usage(Call& call);
Result<Answer> list_monthly_usage(Call& call);
Result<Answer> get_usage(Call& call);
Result<Answer> report_usage(Call& call);

// bulk.cpp
http::Task<std::expected<std::optional<Answer>, http::Problem>> record_usage_bulk(
    Call& call, http::RequestBody& body, http::AnswerStream& stream);

// points.cpp
Result<Answer> get_points(Call& call);
Result<Answer> list_statement(Call& call);
Result<Answer> explain_day(Call& call);
Result<Answer> explain_reading(Call& call);
Result<Answer> explain_entry(Call& call);
Result<Answer> list_adjustments(Call& call);
http::Task<Result<Answer>> adjust_points(Call& call);
Result<Answer> get_adjustment(Call& call);
http::Task<Result<Answer>> write_off_points(Call& call);

// earning_rules.cpp
Result<Answer> list_earning_rules(Call& call);
http::Task<Result<Answer>> publish_earning_rules(Call& call);
Result<Answer> get_earning_rules(Call& call);

// rewards.cpp
Result<Answer> list_rewards(Call& call);
http::Task<Result<Answer>> create_reward(Call& call);
Result<Answer> get_reward(Call& call);
http::Task<Result<Answer>> edit_reward(Call& call);
Result<Answer> list_stock_movements(Call& call);
http::Task<Result<Answer>> move_stock(Call& call);
Result<Answer> get_stock_movement(Call& call);

// redemptions.cpp
Result<Answer> list_reward_redemptions(Call& call);
Result<Answer> list_pending_redemptions(Call& call);
Result<Answer> list_redemptions(Call& call);
http::Task<Result<Answer>> create_redemption(Call& call);
Result<Answer> get_redemption(Call& call);
http::Task<Result<Answer>> cancel_redemption(Call& call);
http::Task<Result<Answer>> fulfil_redemption(Call& call);

// imports.cpp
http::Task<std::expected<std::optional<Answer>, http::Problem>> create_import(
    Call& call, http::RequestBody& body, http::AnswerStream& stream);
Result<Answer> list_imports(Call& call);
Result<Answer> get_import(Call& call);
http::Task<Result<Answer>> withdraw_import(Call& call);

// programme.cpp
Result<Answer> get_programme(Call& call);
http::Task<Result<Answer>> edit_programme(Call& call);
Result<Answer> get_programme_summary(Call& call);

}  // namespace wattback::api
