#include "importers/initial_load.h"

#include <fmt/format.h>

#include <array>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/decimal.h"
#include "base/text.h"
#include "importers/table.h"
#include "points/commands.h"
#include "rewards/commands.h"
#include "rewards/reads.h"
#include "users/commands.h"
#include "users/reads.h"

namespace wattback::importers {
namespace {

constexpr std::size_t batch_rows = 256;
constexpr const char* opening = "opening";  // the key and the reason of what is made once

// Decides commands through the committer, or for a dry run on a workspace that is thrown away.
class Decider {
 public:
  Decider(store::Store& store, commit::Committer& committer, LoadMode mode)
      : committer_(&committer) {
    if (mode == LoadMode::dry_run) {
      workspace_ = std::make_unique<commit::Workspace>(store, store::product_schema());
    }
  }

  template <commit::Command C>
  std::future<Result<typename C::Reply>> decide(C command) {
    auto promise = std::make_shared<std::promise<Result<typename C::Reply>>>();
    auto answer = promise->get_future();
    if (!workspace_) {
      committer_->submit<C>(std::move(command), [promise](Result<typename C::Reply> reply) {
        promise->set_value(std::move(reply));
      });
      return answer;
    }
    promise->set_value(commit::decide_on(*workspace_, command));
    return answer;
  }

 private:
  commit::Committer* committer_;
  std::unique_ptr<commit::Workspace> workspace_;
};

Result<std::int64_t> integer_field(const TableRow& row, std::string_view column,
                                   std::int64_t fallback) {
  const auto text = row.field(column);
  if (!text) {
    return fallback;
  }
  const auto value = parse_decimal(*text, 0, Rounding::refuse);
  if (!value) {
    return fail_field(std::string(column), fmt::format("'{}' is no whole number", *text));
  }
  return *value;
}

// What a row asks for, in two steps: first the user or reward itself, then what it opens with.
template <class Main, class Opening>
struct Asked {
  std::future<Result<Main>> main;
  std::optional<std::int64_t> edition_before;  // of what was there
  std::int64_t opening = 0;
  std::future<Result<Opening>> opened;
  std::int64_t line = 0;
};

// Takes rows in batches; `Kind` says what a row means.
template <class Kind>
class Loader {
 public:
  Loader(Kind kind, const ImportObserver& observer)
      : kind_(std::move(kind)), observer_(&observer) {}

  Result<LoadCounts> load(Input& input) {
    const auto format = detect_format(input);
    if (!format) {
      return std::unexpected(format.error());
    }
    const auto read = read_table(*format, input, Kind::columns, [&](TableRow row) {
      rows_.push_back(std::move(row));
      if (rows_.size() == batch_rows) {
        take_batch();
        if (observer_->progress) {
          observer_->progress(input.progress());
        }
      }
    });
    if (!read) {
      return std::unexpected(read.error());
    }
    take_batch();
    if (failure_) {
      return std::unexpected(*failure_);
    }
    return counts_;
  }

 private:
  using AskedRow = Asked<typename Kind::Main, typename Kind::Opening>;

  void take_batch() {
    if (failure_) {
      rows_.clear();
      return;
    }
    std::vector<AskedRow> asked;
    for (const auto& row : std::exchange(rows_, {})) {
      ++counts_.read;
      auto one =
          row.fault ? Result<AskedRow>(fail(ErrorCode::invalid, *row.fault)) : kind_.ask(row);
      if (!one) {
        reject(row.line, one.error());
        continue;
      }
      one->line = row.line;
      asked.push_back(std::move(*one));
    }
    std::vector<std::pair<AskedRow*, typename Kind::Main>> made;
    for (auto& row : asked) {
      auto main = row.main.get();
      if (!main) {
        reject(row.line, main.error());
        continue;
      }
      if (row.opening != 0) {
        row.opened = kind_.open(*main, row.opening);
      }
      made.emplace_back(&row, std::move(*main));
    }
    for (auto& [row, main] : made) {
      if (row->opened.valid()) {
        if (const auto opened = row->opened.get(); !opened) {
          reject(row->line, opened.error());
          continue;
        }
      }
      count(*row, main.edition);
    }
  }

  void count(const AskedRow& row, std::int64_t edition) {
    if (!row.edition_before) {
      ++counts_.created;
    } else if (*row.edition_before != edition) {
      ++counts_.changed;
    } else {
      ++counts_.unchanged;
    }
  }

  void reject(std::int64_t line, const Error& error) {
    if (error.code == ErrorCode::unavailable || error.code == ErrorCode::overloaded ||
        error.code == ErrorCode::internal) {
      failure_ = error;
      return;
    }
    ++counts_.rejected;
    if (observer_->rejected) {
      observer_->rejected({.line = line, .reason = error.detail});
    }
  }

  Kind kind_;
  const ImportObserver* observer_;
  std::vector<TableRow> rows_;
  LoadCounts counts_;
  std::optional<Error> failure_;
};

struct Context {
  store::Store* store;
  Decider decider;
  Clock clock;
  Actor actor;
};

class UserRows {
 public:
  using Main = users::User;
  using Opening = points::AdjustmentReply;
  static constexpr std::array<std::string_view, 5> columns{"email", "name", "role", "time_zone",
                                                           "opening_points"};

  explicit UserRows(Context& context) : context_(&context) {}

  Result<Asked<Main, Opening>> ask(const TableRow& row) {
    const auto email = users::parse_email(row.field("email").value_or(""));
    if (!email) {
      return std::unexpected(email.error());
    }
    const auto role = users::parse_role(row.field("role").value_or("User"));
    if (!role) {
      return std::unexpected(role.error());
    }
    std::optional<TimeZone> zone;
    if (const auto named = row.field("time_zone")) {
      const auto found = TimeZone::find(*named);
      if (!found) {
        return fail_field("time_zone", found.error().detail);
      }
      zone = *found;
    }
    const auto points = integer_field(row, "opening_points", 0);
    if (!points) {
      return std::unexpected(points.error());
    }
    Asked<Main, Opening> asked{.opening = *points};
    const auto now = context_->clock();
    const auto name = row.field("name");
    if (const auto there = users::find_by_email(*context_->store, *email)) {
      asked.edition_before = there->edition;
      users::EditUser edit{.user = there->user_id, .name = name, .time_zone = zone, .now = now};
      if (row.field("role")) {
        edit.role = *role;
      }
      asked.main = context_->decider.decide(std::move(edit));
      return asked;
    }
    asked.main = context_->decider.decide(users::CreateUser{.user = {make_uuid_v7(now)},
                                                            .name = name.value_or(""),
                                                            .email = *email,
                                                            .role = *role,
                                                            .time_zone = zone,
                                                            .password = "",
                                                            .now = now});
    return asked;
  }

  std::future<Result<Opening>> open(const Main& user, std::int64_t points) {
    return context_->decider.decide(points::AdjustPoints{.user = user.user_id,
                                                         .points = Points{points},
                                                         .reason_code = opening,
                                                         .key = {opening},
                                                         .actor = context_->actor,
                                                         .now = context_->clock()});
  }

 private:
  Context* context_;
};

class RewardRows {
 public:
  using Main = rewards::Reward;
  using Opening = rewards::StockReply;
  static constexpr std::array<std::string_view, 4> columns{"name", "description", "points_required",
                                                           "opening_stock"};

  explicit RewardRows(Context& context) : context_(&context) {}

  Result<Asked<Main, Opening>> ask(const TableRow& row) {
    const auto name = row.field("name").value_or("");
    const auto price = integer_field(row, "points_required", 0);
    if (!price) {
      return std::unexpected(price.error());
    }
    const auto stock = integer_field(row, "opening_stock", 0);
    if (!stock) {
      return std::unexpected(stock.error());
    }
    if (!is_utf8(name)) {
      return fail_field("name", "is not UTF-8");
    }
    Asked<Main, Opening> asked{.opening = *stock};
    const auto now = context_->clock();
    if (const auto there = rewards::find_by_name(*context_->store, name)) {
      asked.edition_before = there->edition;
      rewards::EditReward edit{
          .reward = there->reward_id, .description = row.field("description"), .now = now};
      if (row.field("points_required")) {
        edit.points_required = Points{*price};
      }
      asked.main = context_->decider.decide(std::move(edit));
      return asked;
    }
    asked.main = context_->decider.decide(
        rewards::CreateReward{.reward = rewards::imported_reward_id(name),
                              .name = name,
                              .description = row.field("description").value_or(""),
                              .points_required = Points{*price},
                              .stock = 0,
                              .actor = context_->actor,
                              .now = now});
    return asked;
  }

  std::future<Result<Opening>> open(const Main& reward, std::int64_t units) {
    return context_->decider.decide(rewards::MoveStock{.reward = reward.reward_id,
                                                       .delta = units,
                                                       .reason_code = opening,
                                                       .key = {opening},
                                                       .actor = context_->actor,
                                                       .now = context_->clock()});
  }

 private:
  Context* context_;
};

}  // namespace

Result<LoadCounts> load_users(store::Store& store, commit::Committer& committer, const Clock& clock,
                              Input& input, const Actor& actor, LoadMode mode,
                              const ImportObserver& observer) {
  Context context{&store, Decider(store, committer, mode), clock, actor};
  return Loader(UserRows(context), observer).load(input);
}

Result<LoadCounts> load_rewards(store::Store& store, commit::Committer& committer,
                                const Clock& clock, Input& input, const Actor& actor, LoadMode mode,
                                const ImportObserver& observer) {
  Context context{&store, Decider(store, committer, mode), clock, actor};
  return Loader(RewardRows(context), observer).load(input);
}

}  // namespace wattback::importers
