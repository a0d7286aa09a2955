#include "cli/inputs.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

#include "cli/hidden_input.h"
#include "rewards/reads.h"
#include "users/reads.h"

namespace wattback::cli {

Result<users::User> user_by_email(Session& session, const std::string& email) {
  auto user = users::find_by_email(session.store(), email);
  if (!user) {
    return fail(ErrorCode::not_found, fmt::format("there is no user with email {}", email));
  }
  return std::move(*user);
}

Result<rewards::Reward> reward_by_name(Session& session, const std::string& name) {
  auto reward = rewards::find_by_name(session.store(), name);
  if (!reward) {
    return fail(ErrorCode::not_found, fmt::format("there is no reward named '{}'", name));
  }
  return std::move(*reward);
}

Result<std::optional<TimeZone>> parse_zone(const std::optional<std::string>& name) {
  if (!name) {
    return std::nullopt;
  }
  const auto zone = TimeZone::find(*name);
  if (!zone) {
    return fail_field("--time-zone", zone.error().detail);
  }
  return *zone;
}

Result<Day> parse_day_option(std::string_view option, const std::string& text) {
  const auto day = parse_day(text);
  if (!day) {
    return fail_field(std::string(option), fmt::format("'{}' is no day such as 2026-11-24", text));
  }
  return *day;
}

Result<std::optional<Day>> parse_day_option(std::string_view option,
                                            const std::optional<std::string>& text) {
  if (!text) {
    return std::nullopt;
  }
  const auto day = parse_day_option(option, *text);
  if (!day) {
    return std::unexpected(day.error());
  }
  return *day;
}

Result<Uuid> parse_id_option(std::string_view option, const std::string& text) {
  const auto id = parse_uuid(text);
  if (!id) {
    return fail_field(std::string(option), fmt::format("'{}' is no UUID", text));
  }
  return *id;
}

Result<std::ifstream> open_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    const auto why = errno;
    return fail(why == ENOENT ? ErrorCode::not_found : ErrorCode::invalid,
                fmt::format("{} can't be read: {}", path, std::generic_category().message(why)));
  }
  return file;
}

Result<std::string> read_secret(const Environment& environment, const std::string& path) {
  std::string line;
  if (path == "-" && environment.in_is_terminal) {
    const HiddenInput hidden;
    *environment.err << "Password: " << std::flush;
    std::getline(*environment.in, line);
  } else if (path == "-") {
    std::getline(*environment.in, line);
  } else {
    auto file = open_file(path);
    if (!file) {
      return std::unexpected(file.error());
    }
    std::getline(*file, line);
  }
  if (line.ends_with('\r')) {
    line.pop_back();
  }
  return line;
}

Result<IdempotencyKey> key_or_random(const std::optional<std::string>& given, Instant now) {
  if (given) {
    return parse_idempotency_key(*given);
  }
  return IdempotencyKey{to_text(make_uuid_v7(now))};
}

Error with_key(Error error, const std::optional<std::string>& given, const IdempotencyKey& key) {
  const bool may_be_done =
      error.code == ErrorCode::unavailable || error.code == ErrorCode::internal;
  if (may_be_done && !given) {
    error.detail += fmt::format("; repeat it with --key {}, since it may have been done", key.text);
  }
  return error;
}

}  // namespace wattback::cli
