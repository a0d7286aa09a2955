// What the verbs read from their options.
#pragma once

#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/ids.h"
#include "base/time.h"
#include "cli/environment.h"
#include "rewards/reward.h"
#include "users/user.h"

namespace wattback::cli {

// The user with this email; `not_found` naming it.
Result<users::User> user_by_email(Session& session, const std::string& email);
// The reward with this name; `not_found` naming it.
Result<rewards::Reward> reward_by_name(Session& session, const std::string& name);

Result<std::optional<TimeZone>> parse_zone(const std::optional<std::string>& name);
Result<Day> parse_day_option(std::string_view option, const std::string& text);
Result<std::optional<Day>> parse_day_option(std::string_view option,
                                            const std::optional<std::string>& text);
Result<Uuid> parse_id_option(std::string_view option, const std::string& text);

// A file to read; `not_found` or `invalid` naming it.
Result<std::ifstream> open_file(const std::string& path);

// A file's first line, as a secret is kept in one: without its line end. "-" is standard input:
// on a terminal it is asked for, and not seen while it is typed.
Result<std::string> read_secret(const Environment& environment, const std::string& path);

// The idempotency key given, or one made by chance where a command line gives none.
Result<IdempotencyKey> key_or_random(const std::optional<std::string>& given, Instant now);

// Tells whom nothing was given by the key to repeat with, where the command may have been done.
Error with_key(Error error, const std::optional<std::string>& given, const IdempotencyKey& key);

}  // namespace wattback::cli
