// usage: record, list, daily, monthly, report, withdraw (import is in usage_import.cpp).
#include <fmt/format.h>

#include "cli/common_options.h"
#include "cli/forms.h"
#include "cli/inputs.h"
#include "cli/paging.h"
#include "cli/usage_import.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "importers/withdraw.h"
#include "meters/reads.h"
#include "usage/commands.h"
#include "usage/reads.h"

namespace wattback::cli {
namespace {

struct RecordOptions {
  std::string user;
  std::optional<std::string> meter;
  std::string start;
  std::int64_t duration = 3600;
  std::string energy;
  std::string energy_type;
  std::optional<std::string> as_of;
};

void declare_record(CLI::App& verb, RecordOptions& options) {
  declare_user(verb, options.user);
  verb.add_option("--meter", options.meter, "The meter's label; 'default' if not given");
  verb.add_option("--start", options.start, "Start of the interval, such as 2026-11-24T10:00:00Z")
      ->required();
  verb.add_option("--duration", options.duration, "Its length in seconds")->capture_default_str();
  verb.add_option("--energy", options.energy, "kWh")->required();
  verb.add_option("--energy-type", options.energy_type, "What made the energy")
      ->required()
      ->check(one_of(words_of<EnergyType>()));
  verb.add_option("--as-of", options.as_of, "When the value was made; stated, it may restate");
}

Result<usage::ReadingInput> parse_reading(const RecordOptions& options) {
  const auto start = parse_instant(options.start);
  if (!start) {
    return fail_field("--start", start.error().detail);
  }
  const auto energy = parse_energy(options.energy);
  if (!energy) {
    return fail_field("--energy", energy.error().detail);
  }
  usage::ReadingInput input{.interval = {.start = *start, .duration = Seconds(options.duration)},
                            .energy = *energy,
                            .type = from_text<EnergyType>(options.energy_type).value()};
  if (options.as_of) {
    const auto as_of = parse_instant(*options.as_of);
    if (!as_of) {
      return fail_field("--as-of", as_of.error().detail);
    }
    input.as_of = *as_of;
  }
  return input;
}

Result<Answer> record(const Invocation& invocation, const RecordOptions& options) {
  const auto input = parse_reading(options);
  if (!input) {
    return std::unexpected(input.error());
  }
  const auto session = invocation.open();
  const auto user = user_by_email(*session, options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  const auto reply = session->committer().run(usage::RecordReadings{
      .user = user->user_id,
      .meter = meters::resolve(session->store(), user->user_id, options.meter, std::nullopt),
      .readings = {*input},
      .import_id = std::nullopt,
      .actor = operator_actor,
      .now = invocation.environment.now()});
  if (!reply) {
    return std::unexpected(reply.error());
  }
  const auto& reading = reply->readings.front();
  if (reading.error) {
    return std::unexpected(*reading.error);
  }
  return Answer{.data = json::object{{"usage_id", to_text(reading.usage_id)},
                                     {"outcome", to_text(reading.outcome)},
                                     {"points", reading.points.count},
                                     {"total_points", reply->total_points.count},
                                     {"points_owed", reply->points_owed.count}}};
}

struct ListOptions {
  std::string user;
  std::optional<std::string> from;
  std::optional<std::string> before;
  std::optional<std::string> energy_type;
  PageOptions page = {};
};

void declare_list(CLI::App& verb, ListOptions& options) {
  declare_user(verb, options.user);
  verb.add_option("--from", options.from, "Readings that start at this instant or later");
  verb.add_option("--before", options.before, "Readings that start before this instant");
  verb.add_option("--energy-type", options.energy_type, "Only of this type")
      ->check(one_of(words_of<EnergyType>()));
  declare_page(verb, options.page);
}

Result<std::optional<Instant>> parse_instant_option(std::string_view option,
                                                    const std::optional<std::string>& text) {
  if (!text) {
    return std::nullopt;
  }
  const auto instant = parse_instant(*text);
  if (!instant) {
    return fail_field(std::string(option), instant.error().detail);
  }
  return *instant;
}

Result<Answer> list(const Invocation& invocation, const ListOptions& options) {
  static const auto shape = shape_of(usage::collection, usage::index_user);
  const auto from = parse_instant_option("--from", options.from);
  const auto before = parse_instant_option("--before", options.before);
  if (!from || !before) {
    return std::unexpected(from ? before.error() : from.error());
  }
  if (*from && *before && **before < **from) {
    return fail_field("--before", "must not be before --from");
  }
  usage::ReadingFilter filter{.from = *from, .before = *before, .type = std::nullopt};
  if (options.energy_type) {
    filter.type = from_text<EnergyType>(*options.energy_type);
  }
  const auto session = invocation.open();
  const auto user = user_by_email(*session, options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return usage::list(session->store(), user->user_id, filter, limit, std::move(after));
  };
  return list_page(invocation, options.page, shape, read);
}

struct DaysOptions {
  std::string user;
  std::optional<std::string> from;
  std::optional<std::string> to;
  PageOptions page = {.limit = limit_max};
};

void declare_days(CLI::App& verb, DaysOptions& options) {
  declare_user(verb, options.user);
  verb.add_option("--from", options.from, "The first day");
  verb.add_option("--to", options.to, "The last day");
  declare_page(verb, options.page);
}

Result<usage::DayRange> parse_range(const std::optional<std::string>& from,
                                    const std::optional<std::string>& to) {
  const auto first = parse_day_option("--from", from);
  const auto last = parse_day_option("--to", to);
  if (!first || !last) {
    return std::unexpected(first ? last.error() : first.error());
  }
  if (*first && *last && **last < **first) {
    return fail_field("--to", "must be from --from on");
  }
  return usage::DayRange{.first = *first, .last = *last};
}

Result<Answer> daily(const Invocation& invocation, const DaysOptions& options) {
  static const auto shape = shape_of(usage::daily_collection, store::primary_index);
  const auto range = parse_range(options.from, options.to);
  if (!range) {
    return std::unexpected(range.error());
  }
  const auto session = invocation.open();
  const auto user = user_by_email(*session, options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return usage::list_days(session->store(), user->user_id, *range, limit, std::move(after));
  };
  return list_page(invocation, options.page, shape, read);
}

Result<Answer> monthly(const Invocation& invocation, const DaysOptions& options) {
  static const CursorShape shape{store::FieldType::day};
  const auto range = parse_range(options.from, options.to);
  if (!range) {
    return std::unexpected(range.error());
  }
  const auto session = invocation.open();
  const auto user = user_by_email(*session, options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  const auto read = [&](std::size_t limit, const store::Cursor& after) {
    return usage::list_months(session->store(), user->user_id, *range, limit, after);
  };
  return list_page(invocation, options.page, shape, read);
}

struct ReportOptions {
  std::string from;
  std::string to;
};

void declare_report(CLI::App& verb, ReportOptions& options) {
  verb.add_option("--from", options.from, "The first day")->required();
  verb.add_option("--to", options.to, "The last day")->required();
}

// Streams the days to the terminal; with --json they are one object, as everywhere.
Result<Answer> report(const Invocation& invocation, const ReportOptions& options) {
  const auto range = parse_range(options.from, options.to);
  if (!range) {
    return std::unexpected(range.error());
  }
  const auto session = invocation.open();
  json::array days;
  auto& out = *invocation.environment.out;
  if (!invocation.json) {
    out << "day         renewable kWh  non-renewable kWh  readings  members  points\n";
  }
  usage::report(session->store(), *range->first, *range->last, [&](const usage::ReportDay& day) {
    if (invocation.json) {
      days.push_back(form_of(day));
    } else {
      out << fmt::format("{}  {:>13}  {:>17}  {:>8}  {:>7}  {:>6}\n", to_text(day.day),
                         to_text(day.renewable), to_text(day.non_renewable), day.readings,
                         day.members, day.points_earned.count);
    }
  });
  return Answer{.data = json::object{{"data", std::move(days)}}, .text = ""};
}

struct WithdrawOptions {
  std::string import;
  std::string reason;
};

void declare_withdraw(CLI::App& verb, WithdrawOptions& options) {
  verb.add_option("import", options.import, "The import's id")->required();
  verb.add_option("--reason", options.reason, "A code such as wrong-file")->required();
}

Result<Answer> withdraw(const Invocation& invocation, const WithdrawOptions& options) {
  const auto id = parse_id_option("import", options.import);
  if (!id) {
    return std::unexpected(id.error());
  }
  const auto session = invocation.open();
  const auto agreed = invocation.confirm("Restate all readings of import " + options.import +
                                         " to 0 and take their points back?");
  if (!agreed) {
    return std::unexpected(agreed.error());
  }
  const auto withdrawal =
      importers::withdraw_import(session->store(), session->committer(), invocation.environment.now,
                                 {*id}, options.reason, operator_actor);
  if (!withdrawal) {
    return std::unexpected(withdrawal.error());
  }
  return Answer{.data = json::object{{"import_id", options.import},
                                     {"status", to_text(withdrawal->import.status)},
                                     {"restated", withdrawal->restated},
                                     {"energy_kwh", kwh(withdrawal->energy_change)},
                                     {"points", withdrawal->points.count}}};
}

}  // namespace

void add_usage(Verbs& verbs) {
  auto* group = verbs.group("usage", "Readings of energy");
  verbs.add<RecordOptions>(group, "record", "Record one reading", declare_record, record);
  add_usage_import(verbs, group);
  verbs.add<ListOptions>(group, "list", "A member's readings by start", declare_list, list);
  verbs.add<DaysOptions>(group, "daily", "A member's energy and points a day", declare_days, daily);
  verbs.add<DaysOptions>(group, "monthly", "A member's energy and points a month", declare_days,
                         monthly);
  verbs.add<ReportOptions>(group, "report", "Energy and points a day over the whole programme",
                           declare_report, report);
  verbs.add<WithdrawOptions>(group, "withdraw", "Take back all that an import recorded",
                             declare_withdraw, withdraw);
}

}  // namespace wattback::cli
