// How a verb is performed by requests. Each file of actions adds those of its part.
#pragma once

#include <map>
#include <string_view>

#include "scenarios/http/site.h"
#include "scenarios/runner/driver.h"

namespace wattback::scenarios {

using HttpAction = Answer (*)(Site&, const Step&);
using HttpActions = std::map<std::string_view, HttpAction>;

void add_programme_requests(HttpActions& actions);
void add_user_requests(HttpActions& actions);
void add_meter_requests(HttpActions& actions);
void add_usage_requests(HttpActions& actions);
void add_usage_reading_requests(HttpActions& actions);
void add_import_requests(HttpActions& actions);
void add_point_requests(HttpActions& actions);
void add_reward_requests(HttpActions& actions);
void add_redemption_requests(HttpActions& actions);

// Rows of a list, one an item.
template <class Row>
Answer rows_of(const Result<json::array>& list, Row row) {
  if (!list) {
    return refused(list);
  }
  Answer answer;
  for (const auto& item : *list) {
    answer.rows.push_back(row(item.as_object()));
  }
  return answer;
}

// The edition of what was made or edited.
inline Answer edition_of(const Result<Reply>& reply) {
  return reply ? Answer{.facts = {{"edition", text_of(reply->body.at("edition"))}}}
               : refused(reply);
}

}  // namespace wattback::scenarios
