// points: show, statement, explain, adjust, write-off, adjustments.
#include <fmt/format.h>

#include "cli/common_options.h"
#include "cli/forms.h"
#include "cli/inputs.h"
#include "cli/paging.h"
#include "cli/verbs.h"
#include "forms/explain.h"
#include "points/commands.h"
#include "points/reads.h"
#include "usage/explain.h"
#include "usage/reads.h"

namespace wattback::cli {
namespace {

struct UserOptions {
  std::string user;
};

void declare_show(CLI::App& verb, UserOptions& options) { declare_user(verb, options.user); }

Result<Answer> show(const Invocation& invocation, const UserOptions& options) {
  const auto session = invocation.open();
  const auto user = user_by_email(*session, options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  return Answer{.data = json::object{{"email", user->email},
                                     {"total_points", user->total_points.count},
                                     {"points_owed", user->points_owed.count},
                                     {"carry_nanopoints", user->points_carry.count},
                                     {"entries", user->ledger_seq}}};
}

struct StatementOptions {
  std::string user;
  bool all = false;
  PageOptions page = {};
};

void declare_statement(CLI::App& verb, StatementOptions& options) {
  declare_user(verb, options.user);
  verb.add_flag("--all", options.all, "Entries that moved no points as well");
  declare_page(verb, options.page);
}

Result<Answer> statement(const Invocation& invocation, const StatementOptions& options) {
  static const auto shape = shape_of(points::ledger_collection, store::primary_index);
  const auto session = invocation.open();
  const auto user = user_by_email(*session, options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  const auto zero_entries =
      options.all ? points::ZeroEntries::show : points::ZeroEntries::leave_out;
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return points::statement(session->store(), user->user_id, limit, std::move(after),
                             zero_entries);
  };
  return list_page(invocation, options.page, shape, read);
}

struct ExplainOptions {
  std::string user;
  std::optional<std::string> day;
  std::optional<std::string> reading;
  std::optional<std::int64_t> entry;
};

void declare_explain(CLI::App& verb, ExplainOptions& options) {
  declare_user(verb, options.user);
  auto* what = verb.add_option_group("what", "What to explain");
  what->add_option("--day", options.day, "A local day such as 2026-11-24");
  what->add_option("--reading", options.reading, "A reading's usage_id: explains its day");
  what->add_option("--entry", options.entry, "A ledger entry's seq");
  what->require_option(1);
}

Result<Answer> answer_of(const Result<usage::DayExplanation>& day) {
  if (!day) {
    return std::unexpected(day.error());
  }
  return Answer{.data = forms::explain_form(*day)};
}

Result<Answer> explain_reading(Session& session, const UserId& user, const std::string& text) {
  const auto id = parse_id_option("--reading", text);
  if (!id) {
    return std::unexpected(id.error());
  }
  const auto reading = usage::find(session.store(), user, {*id});
  if (!reading) {
    return fail(ErrorCode::not_found, "the member has no reading " + text);
  }
  auto answer = answer_of(usage::explain_day(session.store(), user, reading->day));
  if (answer) {
    answer->data.as_object()["explained_usage_id"] = text;
  }
  return answer;
}

Result<Answer> explain(const Invocation& invocation, const ExplainOptions& options) {
  const auto day = parse_day_option("--day", options.day);
  if (!day) {
    return std::unexpected(day.error());
  }
  const auto session = invocation.open();
  const auto user = user_by_email(*session, options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  if (*day) {
    return answer_of(usage::explain_day(session->store(), user->user_id, **day));
  }
  if (options.reading) {
    return explain_reading(*session, user->user_id, *options.reading);
  }
  const auto entry = usage::explain_entry(session->store(), user->user_id, *options.entry);
  if (!entry) {
    return std::unexpected(entry.error());
  }
  return Answer{.data = forms::explain_form(*entry)};
}

struct AdjustOptions {
  std::string user;
  std::int64_t points = 0;
  std::string reason;
  std::optional<std::string> key;
};

void declare_change(CLI::App& verb, AdjustOptions& options, const std::string& points) {
  declare_user(verb, options.user);
  verb.add_option("--points", options.points, points)->required();
  verb.add_option("--reason", options.reason, "A code such as goodwill")->required();
  verb.add_option("--key", options.key, "Idempotency key: repeated, it changes nothing again");
}

void declare_adjust(CLI::App& verb, AdjustOptions& options) {
  declare_change(verb, options, "How many; negative takes them");
}

void declare_write_off(CLI::App& verb, AdjustOptions& options) {
  declare_change(verb, options, "How many of those that are owed");
}

// Runs AdjustPoints or WriteOffPoints, which are asked for alike.
template <class Command>
Result<Answer> run_adjustment(const Invocation& invocation, const AdjustOptions& options) {
  const auto now = invocation.environment.now();
  const auto key = key_or_random(options.key, now);
  if (!key) {
    return std::unexpected(key.error());
  }
  const auto session = invocation.open();
  const auto user = user_by_email(*session, options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  const auto reply = session->committer().run(Command{.user = user->user_id,
                                                      .points = Points{options.points},
                                                      .reason_code = options.reason,
                                                      .key = *key,
                                                      .actor = operator_actor,
                                                      .now = now});
  if (!reply) {
    return std::unexpected(with_key(reply.error(), options.key, *key));
  }
  auto form = form_of(reply->adjustment);
  form["total_points"] = reply->total_points.count;
  form["points_owed"] = reply->points_owed.count;
  form["replayed"] = reply->replayed;
  return Answer{.data = std::move(form)};
}

struct AdjustmentsOptions {
  std::string user;
  PageOptions page = {};
};

void declare_adjustments(CLI::App& verb, AdjustmentsOptions& options) {
  declare_user(verb, options.user);
  declare_page(verb, options.page);
}

Result<Answer> adjustments(const Invocation& invocation, const AdjustmentsOptions& options) {
  static const auto shape = shape_of(points::adjustments_collection, "user_id");
  const auto session = invocation.open();
  const auto user = user_by_email(*session, options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return points::list_adjustments(session->store(), user->user_id, limit, std::move(after));
  };
  return list_page(invocation, options.page, shape, read);
}

}  // namespace

void add_points(Verbs& verbs) {
  auto* group = verbs.group("points", "Balances and where they come from");
  verbs.add<UserOptions>(group, "show", "A member's balance", declare_show, show);
  verbs.add<StatementOptions>(group, "statement", "A member's ledger, newest first",
                              declare_statement, statement);
  verbs.add<ExplainOptions>(group, "explain", "Why points are what they are", declare_explain,
                            explain);
  verbs.add<AdjustOptions>(group, "adjust", "Give or take points, with a reason", declare_adjust,
                           run_adjustment<points::AdjustPoints>);
  verbs.add<AdjustOptions>(group, "write-off", "Give up points a member owes, with a reason",
                           declare_write_off, run_adjustment<points::WriteOffPoints>);
  verbs.add<AdjustmentsOptions>(group, "adjustments", "A member's adjustments, newest first",
                                declare_adjustments, adjustments);
}

}  // namespace wattback::cli
