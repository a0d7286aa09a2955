#include "importers/initial_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/decimal.h"
#include "base/sha256.h"
#include "base/text.h"
#include "importers/limits.h"
#include "importers/table.h"
#include "points/commands.h"
#include "rewards/commands.h"
#include "store/patience.h"
#include "users/commands.h"
#include "users/reads.h"

namespace wattback::importers {
namespace {

constexpr std::size_t batch_rows = 256;
constexpr const char* opening = "opening";  // the key and the reason of what is made once
static_assert(opening == opening_key);

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

Result<std::int64_t> count_field(const TableRow& row, std::string_view column,
                                 std::int64_t fallback) {
  const auto text = row.field(column);
  if (!text) {
    return fallback;
  }
  const auto value = parse_decimal(*text, 0, Rounding::refuse);
  if (!value) {
    return fail_field(std::string(column), fmt::format("'{}' is no whole number", *text));
  }
  if (*value < 0) {
    return fail_field(std::string(column), "must be 0 or more");
  }
  return *value;
}

// The store's own words for an opening that was made before with another amount are of keys.
std::optional<Error> refuse_reopening(commit::Workspace& workspace,
                                      const points::AdjustPoints& asked) {
  const auto done =
      workspace.get(points::adjustments_codec(),
                    points::adjustment_key(points::adjustment_id(asked.user, asked.key)));
  if (!done || done->points == asked.points) {
    return std::nullopt;
  }
  return fail(ErrorCode::conflict,
              fmt::format("an opening balance of {} points was given before and can't be changed "
                          "to {}; adjust the points instead",
                          done->points.count, asked.points.count))
      .error();
}

std::optional<Error> refuse_reopening(commit::Workspace& workspace,
                                      const rewards::MoveStock& asked) {
  const auto done =
      workspace.get(rewards::movements_codec(),
                    rewards::movement_key(rewards::movement_id(asked.reward, asked.key)));
  if (!done || done->delta == asked.delta) {
    return std::nullopt;
  }
  return fail(ErrorCode::conflict,
              fmt::format("an opening stock of {} units was given before and can't be changed to "
                          "{}; move the stock instead",
                          done->delta, asked.delta))
      .error();
}

// A row as one command: the user or reward is made or changed and opens with what it has, or
// nothing is done.
template <class Create, class Edit, class Open>
struct TakeRow {
  using Reply = Create::Reply;

  std::variant<Create, Edit> main;
  std::optional<Open> opening;

  std::vector<store::Key> keys() const {
    auto keys = std::visit([](const auto& command) { return command.keys(); }, main);
    if (opening) {
      std::ranges::move(opening->keys(), std::back_inserter(keys));
    }
    return keys;
  }

  Result<Reply> decide(commit::Workspace& workspace) const {
    auto made = std::visit([&](const auto& command) { return command.decide(workspace); }, main);
    if (!made || !opening) {
      return made;
    }
    if (auto refusal = refuse_reopening(workspace, *opening)) {
      return std::unexpected(*std::move(refusal));
    }
    if (auto opened = opening->decide(workspace); !opened) {
      opened.error().detail = "the opening is refused: " + opened.error().detail;
      return std::unexpected(std::move(opened.error()));
    }
    return made;
  }
};

// What a row asks for, and what was there.
template <class Command>
struct Asked {
  Command command;
  std::optional<std::int64_t> edition_before;  // absent: nothing was there
  bool opens = false;                          // with what it was not given before
};

// Takes rows in batches, and reads what is there of one while the one before is committed: since a
// file names each user or reward once, that changes none of it. A row that asks of others too waits
// for all before it. `Kind` says what a row means.
template <class Kind>
class Loader {
 public:
  Loader(Kind kind, store::Patience patience, const ImportObserver& observer)
      : kind_(std::move(kind)), patience_(std::move(patience)), observer_(&observer) {}

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
    if (read) {
      take_batch();
    }
    settle(0);
    if (!read) {
      return std::unexpected(read.error());
    }
    if (failure_) {
      return std::unexpected(*failure_);
    }
    return counts_;
  }

 private:
  using AskedRow = Asked<typename Kind::Command>;
  using Reply = Kind::Command::Reply;

  struct Decided {
    std::int64_t line = 0;
    std::optional<std::int64_t> edition_before;
    bool opens = false;
    std::optional<Error> refusal;  // of what can't be asked
    std::optional<typename Kind::Command> command;
    std::future<Result<Reply>> answer;
  };

  void take_batch() {
    const auto rows = std::exchange(rows_, {});
    if (failure_) {
      return;
    }
    kind_.look_up(rows);
    for (const auto& row : rows) {
      ++counts_.read;
      if (kind_.asks_of_others(row)) {
        settle(0);
      }
      auto asked = ask(row);
      auto& one = deciding_.emplace_back();
      one.line = row.line;
      if (!asked) {
        one.refusal = std::move(asked.error());
        continue;
      }
      one.edition_before = asked->edition_before;
      one.opens = asked->opens;
      one.answer = kind_.decide(asked->command);
      one.command = std::move(asked->command);
    }
    settle(rows.size());
  }

  // All but the last so many.
  void settle(std::size_t left) {
    while (deciding_.size() > left) {
      auto row = std::move(deciding_.front());
      deciding_.pop_front();
      if (row.refusal) {
        reject(row.line, *row.refusal);
      } else if (const auto reply = settled(row)) {
        count(row, reply->edition);
      } else {
        reject(row.line, reply.error());
      }
    }
  }

  Result<Reply> settled(Decided& row) {
    auto reply = row.answer.get();
    while (!reply && reply.error().code == ErrorCode::unavailable && patience_.wait()) {
      if (observer_->waits && patience_.is_told()) {
        observer_->waits(reply.error());
      }
      reply = kind_.decide(*row.command).get();
    }
    if (reply) {
      patience_.renew();
    }
    return reply;
  }

  // One file says one thing of a user or reward: of two rows, each run would undo the other's.
  Result<AskedRow> ask(const TableRow& row) {
    if (row.fault) {
      return fail(ErrorCode::invalid, *row.fault);
    }
    const auto name = kind_.name_of(row);
    if (!name) {
      return std::unexpected(name.error());
    }
    if (lines_.size() >= load_rows_max) {
      return fail(ErrorCode::limit_exceeded,
                  fmt::format("a file has at most {} rows", load_rows_max));
    }
    const auto [first, is_first] = lines_.try_emplace(*name, row.line);
    if (!is_first) {
      return fail(ErrorCode::invalid,
                  fmt::format("line {} has this {} already", first->second, Kind::columns.front()));
    }
    return kind_.ask(row);
  }

  void count(const Decided& row, std::int64_t edition) {
    if (!row.edition_before) {
      ++counts_.created;
    } else if (*row.edition_before != edition || row.opens) {
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
  store::Patience patience_;
  const ImportObserver* observer_;
  std::vector<TableRow> rows_;
  std::deque<Decided> deciding_;          // what was asked for and is not settled, in its order
  std::map<Digest, std::int64_t> lines_;  // by what their rows name
  LoadCounts counts_;
  std::optional<Error> failure_;
};

struct Context {
  store::Store* store;
  Decider decider;
  Clock clock;
  Actor actor;
  std::unique_ptr<commit::Workspace> seen = nullptr;  // what is there of the batch
};

// Reads what is there of a batch, each by one of `keys`, and how it opened: as few reads as can be.
template <class T>
void see(Context& context, const store::Codec<T>& codec, const std::vector<store::Key>& keys,
         const std::function<store::Key(const T&)>& opening_of) {
  context.seen = std::make_unique<commit::Workspace>(*context.store, store::product_schema());
  context.seen->load(keys);
  std::vector<store::Key> openings;
  for (const auto& key : keys) {
    if (const auto there = context.seen->get(codec, key)) {
      openings.push_back(opening_of(*there));
    }
  }
  context.seen->load(openings);
}

class UserRows {
 public:
  using Command = TakeRow<users::CreateUser, users::EditUser, points::AdjustPoints>;
  static constexpr std::array<std::string_view, 5> columns{"email", "name", "role", "time_zone",
                                                           "opening_points"};

  explicit UserRows(Context& context) : context_(&context) {}

  static Result<Digest> name_of(const TableRow& row) {
    const auto email = users::parse_email(row.field("email").value_or(""));
    if (!email) {
      return std::unexpected(email.error());
    }
    return users::email_digest(*email);
  }

  void look_up(const std::vector<TableRow>& rows) {
    std::vector<store::Key> keys;
    for (const auto& row : rows) {
      if (const auto digest = name_of(row)) {
        keys.push_back(users::email_key(*digest));
      }
    }
    see<users::User>(*context_, users::codec(), keys,
                     [](const users::User& user) { return opening_key(user.user_id); });
  }

  // Whether it may end an administration, which not the last may.
  bool asks_of_others(const TableRow& row) const {
    const auto digest = name_of(row);
    const auto there =
        digest ? context_->seen->get(users::codec(), users::email_key(*digest)) : std::nullopt;
    return there && users::administers(*there);
  }

  Result<Asked<Command>> ask(const TableRow& row) {
    const auto email = users::parse_email(row.field("email").value_or(""));
    check(email.has_value());
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
    const auto points = count_field(row, "opening_points", 0);
    if (!points) {
      return std::unexpected(points.error());
    }
    const auto now = context_->clock();
    const auto name = row.field("name");
    if (const auto there =
            context_->seen->get(users::codec(), users::email_key(users::email_digest(*email)))) {
      users::EditUser edit{.user = there->user_id, .name = name, .time_zone = zone, .now = now};
      if (row.field("role")) {
        edit.role = *role;
      }
      if (edit.may_end_administration() && users::administers(*there)) {
        edit.other_administrator =
            users::find_other_administrator(*context_->store, there->user_id);
      }
      return asked(std::move(edit), there->user_id, there->edition, *points);
    }
    const UserId user{make_uuid_v7(now)};
    return asked(users::CreateUser{.user = user,
                                   .name = name.value_or(""),
                                   .email = *email,
                                   .role = *role,
                                   .time_zone = zone,
                                   .password = "",
                                   .now = now},
                 user, std::nullopt, *points);
  }

  std::future<Result<users::User>> decide(Command command) {
    return context_->decider.decide(std::move(command));
  }

 private:
  Asked<Command> asked(std::variant<users::CreateUser, users::EditUser> main, const UserId& user,
                       std::optional<std::int64_t> edition_before, std::int64_t points) {
    Asked<Command> asked{.command = {.main = std::move(main), .opening = std::nullopt},
                         .edition_before = edition_before};
    if (points != 0) {
      asked.command.opening = points::AdjustPoints{.user = user,
                                                   .points = Points{points},
                                                   .reason_code = opening,
                                                   .key = {opening},
                                                   .actor = context_->actor,
                                                   .now = context_->clock()};
      asked.opens = edition_before && context_->seen->find(opening_key(user)) == nullptr;
    }
    return asked;
  }

  static store::Key opening_key(const UserId& user) {
    return points::adjustment_key(points::adjustment_id(user, {opening}));
  }

  Context* context_;
};

class RewardRows {
 public:
  using Command = TakeRow<rewards::CreateReward, rewards::EditReward, rewards::MoveStock>;
  static constexpr std::array<std::string_view, 4> columns{"name", "description", "points_required",
                                                           "opening_stock"};

  explicit RewardRows(Context& context) : context_(&context) {}

  static Result<Digest> name_of(const TableRow& row) {
    const auto name = row.field("name").value_or("");
    if (name.empty() || !is_utf8(name)) {
      return fail_field("name", "is missing or not UTF-8");
    }
    return sha256(fold(name));
  }

  void look_up(const std::vector<TableRow>& rows) {
    std::vector<store::Key> keys;
    for (const auto& row : rows) {
      if (name_of(row)) {
        keys.push_back(rewards::name_key(row.field("name").value_or("")));
      }
    }
    see<rewards::Reward>(*context_, rewards::codec(), keys, [](const rewards::Reward& reward) {
      return opening_key(reward.reward_id);
    });
  }

  static bool asks_of_others(const TableRow& /*row*/) { return false; }

  Result<Asked<Command>> ask(const TableRow& row) {
    const auto name = row.field("name").value_or("");
    const auto price = count_field(row, "points_required", 0);
    if (!price) {
      return std::unexpected(price.error());
    }
    const auto stock = count_field(row, "opening_stock", 0);
    if (!stock) {
      return std::unexpected(stock.error());
    }
    const auto now = context_->clock();
    if (const auto there = context_->seen->get(rewards::codec(), rewards::name_key(name))) {
      rewards::EditReward edit{
          .reward = there->reward_id, .description = row.field("description"), .now = now};
      if (row.field("points_required")) {
        edit.points_required = Points{*price};
      }
      return asked(std::move(edit), there->reward_id, there->edition, *stock);
    }
    const auto reward = rewards::imported_reward_id(name);
    return asked(rewards::CreateReward{.reward = reward,
                                       .name = name,
                                       .description = row.field("description").value_or(""),
                                       .points_required = Points{*price},
                                       .stock = 0,
                                       .actor = context_->actor,
                                       .now = now},
                 reward, std::nullopt, *stock);
  }

  std::future<Result<rewards::Reward>> decide(Command command) {
    return context_->decider.decide(std::move(command));
  }

 private:
  Asked<Command> asked(std::variant<rewards::CreateReward, rewards::EditReward> main,
                       const RewardId& reward, std::optional<std::int64_t> edition_before,
                       std::int64_t units) {
    Asked<Command> asked{.command = {.main = std::move(main), .opening = std::nullopt},
                         .edition_before = edition_before};
    if (units != 0) {
      asked.command.opening = rewards::MoveStock{.reward = reward,
                                                 .delta = units,
                                                 .reason_code = opening,
                                                 .key = {opening},
                                                 .actor = context_->actor,
                                                 .now = context_->clock()};
      asked.opens = edition_before && context_->seen->find(opening_key(reward)) == nullptr;
    }
    return asked;
  }

  static store::Key opening_key(const RewardId& reward) {
    return rewards::movement_key(rewards::movement_id(reward, {opening}));
  }

  Context* context_;
};

}  // namespace

Result<LoadCounts> load_users(store::Store& store, commit::Committer& committer, const Clock& clock,
                              Input& input, const Actor& actor, LoadMode mode,
                              const ImportObserver& observer) {
  Context context{&store, Decider(store, committer, mode), clock, actor};
  return Loader(UserRows(context), store::Patience(store::unsettled_max_of(store)), observer)
      .load(input);
}

Result<LoadCounts> load_rewards(store::Store& store, commit::Committer& committer,
                                const Clock& clock, Input& input, const Actor& actor, LoadMode mode,
                                const ImportObserver& observer) {
  Context context{&store, Decider(store, committer, mode), clock, actor};
  return Loader(RewardRows(context), store::Patience(store::unsettled_max_of(store)), observer)
      .load(input);
}

}  // namespace wattback::importers
