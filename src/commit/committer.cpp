#include "commit/committer.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <unordered_set>

#include "base/check.h"

namespace wattback::commit {
namespace {

constexpr int commit_parts = 4;  // one of which a group waits for more

double seconds_between(SteadyTime from, SteadyTime to) {
  return std::chrono::duration<double>(to - from).count();
}

Error unavailable(std::string log) {
  return {.code = ErrorCode::unavailable,
          .detail = "the store could not settle this now; try again",
          .fields = {},
          .log = std::move(log)};
}

Error internal(std::string log) {
  return {.code = ErrorCode::internal,
          .detail = "a fault of the programme; the operator's log says more",
          .fields = {},
          .log = std::move(log)};
}

// Moves the commands from the given position on out of `all`.
std::vector<std::unique_ptr<Pending>> take_from(std::vector<std::unique_ptr<Pending>>& all,
                                                std::size_t position) {
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(position);
  std::vector<std::unique_ptr<Pending>> taken(std::make_move_iterator(first),
                                              std::make_move_iterator(all.end()));
  all.resize(position);
  return taken;
}

// Moves those that satisfy the predicate out of `all`, both in their order.
template <class Predicate>
std::vector<std::unique_ptr<Pending>> take_out(std::vector<std::unique_ptr<Pending>>& all,
                                               Predicate predicate) {
  std::vector<std::unique_ptr<Pending>> taken;
  std::vector<std::unique_ptr<Pending>> rest;
  for (auto& pending : all) {
    (predicate(*pending) ? taken : rest).push_back(std::move(pending));
  }
  all = std::move(rest);
  return taken;
}

std::string describe(const store::Refusal& refusal) {
  std::string text = refusal.detail;
  for (const auto& key : refusal.keys) {
    text += " " + store::to_text(key);
  }
  return text;
}

}  // namespace

Committer::Committer(store::Store& store, const store::Schema& schema, CommitterOptions options)
    : store_(&store),
      schema_(&schema),
      options_(std::move(options)),
      capabilities_(store.capabilities()),
      group_limit_(options_.group_max),
      jitter_(static_cast<std::minstd_rand::result_type>(options_.seed)) {
  check(options_.group_max >= 1);
  check(options_.bulk_max >= 1);
  check(options_.queue_max >= 2);
  check(options_.attempts_max >= 1);
  check(capabilities_.commit_changes_max >= command_documents_max);
}

Committer::~Committer() { check(waiting() == 0); }

void Committer::enqueue(std::unique_ptr<Pending> pending) {
  std::unique_ptr<Pending> turned_away;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      pending->refuse(unavailable("submitted while shutting down"));
      turned_away = std::move(pending);
    } else if (is_full_for(pending->lane)) {
      ++metrics_.overloads;
      pending->refuse({.code = ErrorCode::overloaded,
                       .detail = "too much waits already; try again shortly",
                       .fields = {},
                       .log = {}});
      turned_away = std::move(pending);
    } else {
      pending->submitted = options_.now();
      auto& queue = queue_of(*pending);
      queue.push_back(std::move(pending));
    }
  }
  if (turned_away) {
    turned_away->deliver();
  } else {
    arrived_.notify_one();
  }
}

bool Committer::is_full_for(Lane lane) const {
  if (singles_.size() + bulk_.size() + deferred_.size() >= options_.queue_max) {
    return true;
  }
  const auto deferred_bulk =
      std::ranges::count(deferred_, Lane::bulk, [](const auto& pending) { return pending->lane; });
  return lane == Lane::bulk &&
         bulk_.size() + static_cast<std::size_t>(deferred_bulk) >= options_.queue_max / 2;
}

std::deque<std::unique_ptr<Pending>>& Committer::queue_of(const Pending& pending) {
  return pending.lane == Lane::bulk ? bulk_ : singles_;
}

bool Committer::work() {
  Group group;
  {
    const std::lock_guard lock(mutex_);
    const auto now = options_.now();
    admit_due(now);
    group = take_group(now);
  }
  if (group.empty()) {
    return false;
  }
  settle(std::move(group));
  return true;
}

bool Committer::wait_for_work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    admit_due(options_.now());
    if (!singles_.empty() || !bulk_.empty()) {
      break;
    }
    if (deferred_.empty()) {
      if (closed_) {
        return false;
      }
      arrived_.wait(lock);
    } else {
      const auto next =
          std::ranges::min_element(deferred_, {}, [](const auto& p) { return p->due; });
      arrived_.wait_until(lock, (*next)->due);
    }
  }
  // A moment more makes a larger group, and so fewer commits. Without it clients that each wait for
  // an answer fall into two halves, one on the way while the other is committed.
  const auto enough = [&] {
    return closed_ || singles_.size() + bulk_.size() >= std::min(expected_, group_limit_);
  };
  arrived_.wait_for(lock, std::min(options_.wait_max, last_commit_ / commit_parts), enough);
  return true;
}

void Committer::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  arrived_.notify_all();
}

CommitterMetrics Committer::metrics() const {
  const std::lock_guard lock(mutex_);
  return metrics_;
}

std::size_t Committer::waiting() const {
  const std::lock_guard lock(mutex_);
  return singles_.size() + bulk_.size() + deferred_.size();
}

// Deferred commands that are due go before those that came after them.
void Committer::admit_due(SteadyTime now) {
  auto due = take_out(deferred_, [&](const Pending& pending) { return pending.due <= now; });
  for (auto pending = due.rbegin(); pending != due.rend(); ++pending) {
    queue_of(**pending).push_front(std::move(*pending));
  }
}

Committer::Group Committer::take_group(SteadyTime now) {
  Group group;
  const auto take = [&](std::deque<std::unique_ptr<Pending>>& queue, std::size_t count) {
    for (; count > 0 && !queue.empty() && group.size() < group_limit_; --count) {
      queue.front()->taken = now;
      group.push_back(std::move(queue.front()));
      queue.pop_front();
    }
  };
  take(singles_, group_limit_);
  take(bulk_, std::clamp<std::size_t>(group_limit_ / 2, 1, options_.bulk_max));
  return group;
}

void Committer::settle(Group group) {
  while (!group.empty()) {
    if (attempt(group)) {
      answer(group);
    }
  }
}

// Whether the group is in, to be answered as decided. When it is not, `group` is what is to be
// decided again at once; the others have been answered, deferred or put back.
bool Committer::attempt(Group& group) {
  try {
    Workspace workspace(*store_, *schema_);
    decide_group(workspace, group);
    if (group.empty()) {
      return false;
    }
    const auto result = commit(workspace);
    if (!result) {
      handle_refusal(result.error(), group);
      return false;
    }
    group_limit_ = std::min(options_.group_max, group_limit_ * 2);
    const std::lock_guard lock(mutex_);
    expected_ = singles_.size() + bulk_.size() + group.size();
    metrics_.group_size.observe(static_cast<double>(group.size()));
    for (const auto& pending : group) {
      metrics_.wait_seconds.observe(seconds_between(pending->submitted, pending->taken));
    }
    return true;
  } catch (const store::CommitUnknown& unknown) {
    count(&CommitterMetrics::unknowns);
    defer(std::exchange(group, {}), unknown.what());
  } catch (const store::StoreUnavailable& error) {
    count(&CommitterMetrics::unavailables);
    answer_all(group, unavailable(error.what()));
    group_limit_ = options_.group_max;  // each group waits for a store that is away: few, not many
  } catch (const std::exception& error) {
    // A command that cannot say its keys, a document the store cannot read, or a broken store.
    settle_alone(group, error.what());
  }
  return false;
}

// Decides as many as fit one commit, and puts the others back.
void Committer::decide_group(Workspace& workspace, Group& group) {
  std::vector<store::Key> keys;
  for (const auto& pending : group) {
    std::ranges::move(pending->keys(), std::back_inserter(keys));
  }
  workspace.load(keys);
  decide_in_turn(workspace, group);
  Group torn = take_out(group, [](const Pending& pending) { return pending.torn; });
  if (!torn.empty()) {
    defer(std::move(torn), "documents changed while they were read");
  }
}

void Committer::decide_in_turn(Workspace& workspace, Group& group) {
  for (std::size_t i = 0; i < group.size(); ++i) {
    const bool others_wrote = workspace.change_count() > 0;
    workspace.begin();
    const bool accepted = decide_one(workspace, *group[i]);
    group[i]->touched = workspace.take_touched();
    if (accepted && others_wrote && !fits(workspace)) {
      workspace.discard();
      put_back(take_from(group, i));
      return;
    }
    if (accepted) {
      workspace.keep();
    } else {
      workspace.discard();
    }
  }
}

// Whether it is accepted. A rule that throws fails its own command; a store that cannot be reached
// fails the group.
bool Committer::decide_one(Workspace& workspace, Pending& pending) {
  pending.torn = false;
  try {
    if (!pending.decide(workspace)) {
      return false;
    }
    if (workspace.written() <= command_documents_max) {
      return true;
    }
    pending.refuse(internal(fmt::format("a command wrote {} documents", workspace.written())));
  } catch (const store::StoreUnavailable&) {
    throw;
  } catch (const TornRead&) {
    pending.torn = true;
  } catch (const std::exception& error) {
    pending.refuse(internal(error.what()));
  }
  return false;
}

// Stores count bytes each in their own way; half leaves room for the difference.
bool Committer::fits(const Workspace& workspace) const {
  return workspace.change_count() <= capabilities_.commit_changes_max &&
         workspace.change_bytes() <= capabilities_.commit_bytes_max / 2;
}

store::CommitResult Committer::commit(Workspace& workspace) {
  const auto changes = workspace.take_changes();
  if (changes.changes.empty()) {
    return {};
  }
  const auto begun = options_.now();
  auto result = store_->commit(changes);
  const auto ended = options_.now();
  last_commit_ = std::chrono::duration_cast<std::chrono::microseconds>(ended - begun);
  const std::lock_guard lock(mutex_);
  metrics_.commit_seconds.observe(seconds_between(begun, ended));
  return result;
}

void Committer::handle_refusal(const store::Refusal& refusal, Group& group) {
  switch (refusal.reason) {
    case store::Refusal::Reason::conflict:
    case store::Refusal::Reason::already_exists:
      count(&CommitterMetrics::conflicts);
      handle_conflict(refusal, group);
      return;
    case store::Refusal::Reason::invalid:
      count(&CommitterMetrics::invalids);
      settle_alone(group, describe(refusal));
      return;
  }
}

// Those that touched a key at fault wait; the others are decided again now. When no key is named,
// or none that a command touched, the group is halved until the one at fault stands alone.
void Committer::handle_conflict(const store::Refusal& refusal, Group& group) {
  const std::unordered_set<store::Key, store::KeyHash> at_fault(refusal.keys.begin(),
                                                                refusal.keys.end());
  Group waits = take_out(group, [&](const Pending& pending) {
    return std::ranges::any_of(pending.touched,
                               [&](const auto& key) { return at_fault.contains(key); });
  });
  if (waits.empty() && group.size() == 1) {
    waits.swap(group);
  } else if (waits.empty()) {
    group_limit_ = group.size() / 2;
    put_back(take_from(group, group_limit_));
  }
  if (!waits.empty()) {
    defer(std::move(waits), describe(refusal));
  }
}

// Each is decided again alone, so that only the one at fault fails.
void Committer::settle_alone(Group& group, std::string_view why) {
  if (group.size() == 1) {
    answer_all(group, internal(std::string(why)));
    return;
  }
  for (auto& pending : std::exchange(group, {})) {
    Group alone;
    alone.push_back(std::move(pending));
    settle(std::move(alone));
  }
}

void Committer::put_back(Group group) {
  const std::lock_guard lock(mutex_);
  for (auto pending = group.rbegin(); pending != group.rend(); ++pending) {
    queue_of(**pending).push_front(std::move(*pending));
  }
}

// Commands deferred together come back together, in their order.
void Committer::defer(Group group, std::string_view why) {
  for (const auto& pending : group) {
    ++pending->attempts;
  }
  Group spent = take_out(
      group, [&](const Pending& pending) { return pending.attempts >= options_.attempts_max; });
  answer_all(spent, unavailable(std::string(why)));
  if (group.empty()) {
    return;
  }
  const auto oldest =
      std::ranges::max_element(group, {}, [](const auto& p) { return p->attempts; });
  const auto due = options_.now() + backoff((*oldest)->attempts);
  const std::lock_guard lock(mutex_);
  metrics_.deferrals += group.size();
  for (auto& pending : group) {
    pending->due = due;
    deferred_.push_back(std::move(pending));
  }
}

// Twice as long each time up to the most; by chance half of that at least.
std::chrono::microseconds Committer::backoff(int attempts) {
  const std::chrono::microseconds most = options_.backoff_max;
  const std::chrono::microseconds doubled =
      options_.backoff_min * (std::int64_t{1} << std::min(attempts, 20));
  const auto longest = std::min(most, doubled).count();
  std::uniform_int_distribution<std::int64_t> chance(longest / 2, longest);
  return std::chrono::microseconds(chance(jitter_));
}

void Committer::answer(Group& group) {
  {
    const std::lock_guard lock(mutex_);
    metrics_.commands += group.size();
  }
  for (auto& pending : group) {
    pending->deliver();
  }
  group.clear();
}

void Committer::answer_all(Group& group, const Error& error) {
  for (auto& pending : group) {
    pending->refuse(error);
  }
  answer(group);
}

void Committer::count(std::uint64_t CommitterMetrics::* metric) {
  const std::lock_guard lock(mutex_);
  ++(metrics_.*metric);
}

WorkingThread::WorkingThread(Committer& committer)
    : committer_(&committer), thread_([this] {
        while (committer_->wait_for_work()) {
          committer_->work();
        }
      }) {}

WorkingThread::~WorkingThread() {
  committer_->close();
  thread_.join();
}

}  // namespace wattback::commit
