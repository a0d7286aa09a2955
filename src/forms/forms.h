// The JSON forms of the domain's values, as the command line prints and the server answers them.
#pragma once

#include <boost/json.hpp>

#include "access/token.h"
#include "earning/rules.h"
#include "importers/import.h"
#include "meters/meter.h"
#include "operations/summary.h"
#include "points/adjustment.h"
#include "points/ledger.h"
#include "programme/programme.h"
#include "redemptions/redemption.h"
#include "rewards/reward.h"
#include "usage/reads.h"
#include "users/user.h"

namespace wattback::forms {

namespace json = boost::json;

json::object form_of(const programme::Programme& programme);
json::object form_of(const operations::ProgrammeSummary& summary);
json::object form_of(const users::User& user);
json::object form_of(const meters::Meter& meter);
json::object form_of(const earning::EarningRules& rules);
json::object form_of(const points::Entry& entry);
json::object form_of(const points::Adjustment& adjustment);
json::object form_of(const rewards::Reward& reward);
json::object form_of(const rewards::StockMovement& movement);
json::object form_of(const redemptions::Redemption& redemption);
json::object form_of(const usage::Reading& reading);
json::object form_of(const usage::UsageDaily& daily);
json::object form_of(const usage::UsageMonthly& monthly);
json::object form_of(const usage::ReportDay& day);
json::object form_of(const importers::Import& import);
json::object form_of(const access::Token& token);
json::object form_of(const importers::Counts& counts);

// kWh as a number whose text is exact.
json::value kwh(Energy energy);

}  // namespace wattback::forms
