#include "api/routes.h"

#include <array>

#include "api/handlers.h"

namespace wattback::api {
namespace {

using enum CallerKind;

constexpr std::array anybody{anyone};
constexpr std::array users{member, admin};  // a member only where it is about that member
constexpr std::array admins{admin};
constexpr std::array integrators{usage_token, admin};
constexpr std::array all{usage_token, member, admin};

const std::array table{
    Route{"get_home_page", anybody, get_home_page, Reads::none},
    Route{"get_liveness", anybody, get_liveness, Reads::none},
    Route{"get_readiness", anybody, get_readiness, Reads::probe},
    Route{"get_metrics", anybody, get_metrics, Reads::none},
    Route{"get_openapi", anybody, get_openapi, Reads::none},
    Route{"create_session", anybody, create_session},
    Route{"get_me", users, get_user},
    Route{"edit_me", users, edit_user},
    Route{"change_password", users, change_password},
    Route{"list_sessions", users, list_sessions},
    Route{"get_session", users, get_session},
    Route{"end_session", users, end_session},
    Route{"list_tokens", admins, list_tokens},
    Route{"create_token", admins, create_token},
    Route{"get_token", admins, get_token},
    Route{"revoke_token", admins, revoke_token},
    Route{"list_users", admins, list_users},
    Route{"create_user", admins, create_user},
    Route{"get_user", users, get_user},
    Route{"edit_user", admins, edit_user, Reads::many},
    Route{"set_password", admins, set_password},
    Route{"list_meters", users, list_meters},
    Route{"create_meter", users, create_meter},
    Route{"get_meter", users, get_meter},
    Route{"relabel_meter", users, relabel_meter},
    Route{"list_usage", all, list_usage},
    Route{"record_usage", all, record_usage},
    Route{"list_daily_usage", all, list_daily_usage},
    Route{"list_monthly_usage", all, list_monthly_usage, Reads::many},
    Route{"get_usage", all, get_usage},
    Route{"record_usage_bulk", integrators, record_usage_bulk},
    Route{"report_usage", admins, report_usage, Reads::many},
    Route{"get_points", users, get_points},
    Route{"list_statement", users, list_statement},
    Route{"explain_day", users, explain_day, Reads::many},
    Route{"explain_reading", users, explain_reading, Reads::many},
    Route{"explain_entry", users, explain_entry, Reads::many},
    Route{"list_adjustments", users, list_adjustments},
    Route{"adjust_points", admins, adjust_points},
    Route{"get_adjustment", users, get_adjustment},
    Route{"write_off_points", admins, write_off_points},
    Route{"list_earning_rules", users, list_earning_rules},
    Route{"publish_earning_rules", admins, publish_earning_rules},
    Route{"get_earning_rules", users, get_earning_rules},
    Route{"list_rewards", users, list_rewards},
    Route{"create_reward", admins, create_reward},
    Route{"get_reward", users, get_reward},
    Route{"edit_reward", admins, edit_reward},
    Route{"list_stock_movements", admins, list_stock_movements},
    Route{"move_stock", admins, move_stock},
    Route{"get_stock_movement", admins, get_stock_movement},
    Route{"list_reward_redemptions", admins, list_reward_redemptions},
    Route{"list_pending_redemptions", admins, list_pending_redemptions},
    Route{"list_redemptions", users, list_redemptions},
    Route{"create_redemption", users, create_redemption},
    Route{"get_redemption", users, get_redemption},
    Route{"cancel_redemption", users, cancel_redemption},
    Route{"fulfil_redemption", admins, fulfil_redemption},
    Route{"list_imports", admins, list_imports},
    Route{"create_import", admins, create_import},
    Route{"get_import", admins, get_import},
    Route{"withdraw_import", admins, withdraw_import},
    Route{"get_programme", users, get_programme},
    Route{"edit_programme", admins, edit_programme},
    Route{"get_programme_summary", admins, get_programme_summary, Reads::many},
};

}  // namespace

std::span<const Route> routes() { return table; }

}  // namespace wattback::api
