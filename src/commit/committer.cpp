#include "commit/committer.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <unordered_set>

#include "base/check.h"

namespace wattback::commit {
namespace {

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
  check(options_.group_max >= 2 && options_.queue_max >= 2 && options_.attempts_max >= 1);
  check(capabilities_.commit_changes_max >= command_documents_max);
}

Committer::~Committer() { check(waiting() == 0); }

void Committer::enqueue(std::unique_ptr<Pending> pending) {
  {
    const std::lock_guard lock(mutex_);
    const auto waiting = singles_.size() + bulk_.size() + deferred_.size();
    const bool is_bulk = pending->lane == Lane::bulk;
    const bool full =
        waiting >= options_.queue_max || (is_bulk && bulk_.size() >= options_.queue_max / 2);
    if (closed_) {
      pending->refuse(unavailable("submitted while shutting down"));
    } else if (full) {
      ++metrics_.overloads;
      pending->refuse({.code = ErrorCode::overloaded,
                       .detail = "too much waits already; try again shortly",
                       .fields = {},
                       .log = {}});
    } else {
      pending->submitted = options_.now();
      queue_of(*pending).push_back(std::move(pending));
    }
  }
  if (pending) {
    pending->deliver();
  } else {
    arrived_.notify_one();
  }
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
  last_group_ = group.size();
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
  // A moment more makes a larger group, and so fewer commits, when the last one was larger.
  const auto enough = [&] {
    return closed_ || singles_.size() + bulk_.size() >= std::min(last_group_, group_limit_);
  };
  arrived_.wait_for(lock, options_.wait_max, enough);
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
  const auto take_from = [&](std::deque<std::unique_ptr<Pending>>& queue, std::size_t count) {
    for (; count > 0 && !queue.empty() && group.size() < group_limit_; --count) {
      group.push_back(std::move(queue.front()));
      queue.pop_front();
    }
  };
  take_from(singles_, group_limit_);
  take_from(bulk_, std::max<std::size_t>(1, group_limit_ / 2));
  if (!group.empty()) {
    metrics_.group_size.observe(static_cast<double>(group.size()));
    for (const auto& pending : group) {
      metrics_.wait_seconds.observe(seconds_between(pending->submitted, now));
    }
  }
  return group;
}

void Committer::settle(Group group) {
  while (!group.empty()) {
    try {
      Workspace workspace(*store_, *schema_);
      decide_group(workspace, group);
      if (commit_group(workspace, group)) {
        group_limit_ = std::min(options_.group_max, group_limit_ * 2);
        answer(group);
        return;
      }
    } catch (const store::CommitUnknown& unknown) {
      {
        const std::lock_guard lock(mutex_);
        ++metrics_.unknowns;
      }
      for (auto& pending : group) {
        defer(std::move(pending), unknown.what());
      }
      return;
    } catch (const store::StoreUnavailable& error) {
      {
        const std::lock_guard lock(mutex_);
        ++metrics_.unavailables;
      }
      answer_all(group, unavailable(error.what()));
      return;
    } catch (const std::exception& error) {
      // The store itself broke its contract; no command of the group is known to be at fault.
      answer_all(group, internal(error.what()));
      return;
    }
  }
}

void Committer::decide_group(Workspace& workspace, Group& group) {
  std::vector<store::Key> keys;
  for (const auto& pending : group) {
    std::ranges::move(pending->keys(), std::back_inserter(keys));
  }
  workspace.load(keys);
  for (std::size_t i = 0; i < group.size(); ++i) {
    const bool fits =
        workspace.change_count() + command_documents_max <= capabilities_.commit_changes_max &&
        workspace.change_bytes() <= capabilities_.commit_bytes_max / 2;
    if (!fits) {
      Group rest(std::make_move_iterator(group.begin() + static_cast<std::ptrdiff_t>(i)),
                 std::make_move_iterator(group.end()));
      group.resize(i);
      put_back(std::move(rest));
      return;
    }
    decide_one(workspace, *group[i]);
  }
}

// A rule that throws fails its own command; a store that throws fails the group.
void Committer::decide_one(Workspace& workspace, Pending& pending) {
  workspace.begin();
  bool accepted = false;
  try {
    accepted = pending.decide(workspace);
    if (accepted && workspace.written() > command_documents_max) {
      pending.refuse(internal(fmt::format("a command wrote {} documents", workspace.written())));
      accepted = false;
    }
  } catch (const store::StoreUnavailable&) {
    throw;
  } catch (const std::exception& error) {
    pending.refuse(internal(error.what()));
  }
  if (accepted) {
    workspace.keep();
  } else {
    workspace.discard();
  }
  pending.touched = workspace.take_touched();
}

// Whether the group is in. When it is not, `group` is what is to be decided again at once.
bool Committer::commit_group(const Workspace& workspace, Group& group) {
  const auto changes = workspace.changes();
  if (changes.changes.empty()) {
    return true;
  }
  const auto begun = options_.now();
  const auto result = store_->commit(changes);
  {
    const std::lock_guard lock(mutex_);
    metrics_.commit_seconds.observe(seconds_between(begun, options_.now()));
    if (!result) {
      ++(result.error().reason == store::Refusal::Reason::invalid ? metrics_.invalids
                                                                  : metrics_.conflicts);
    }
  }
  if (result) {
    return true;
  }
  if (result.error().reason == store::Refusal::Reason::invalid) {
    handle_invalid(result.error(), group);
  } else {
    handle_refusal(result.error(), group);
  }
  return false;
}

// Those that touched a key at fault wait; the others are decided again now. When no key is named,
// or none that a command touched, the group is halved until the one at fault stands alone.
void Committer::handle_refusal(const store::Refusal& refusal, Group& group) {
  const std::unordered_set<store::Key, store::KeyHash> at_fault(refusal.keys.begin(),
                                                                refusal.keys.end());
  Group waits = take_out(group, [&](const Pending& pending) {
    return std::ranges::any_of(pending.touched,
                               [&](const auto& key) { return at_fault.contains(key); });
  });
  if (waits.empty() && group.size() == 1) {
    waits.swap(group);
  } else if (waits.empty()) {
    const auto half = group.size() / 2;
    group_limit_ = half;
    put_back(Group(std::make_move_iterator(group.begin() + static_cast<std::ptrdiff_t>(half)),
                   std::make_move_iterator(group.end())));
    group.resize(half);
  }
  for (auto& pending : waits) {
    defer(std::move(pending), describe(refusal));
  }
}

// Each is decided again alone, so that only the one at fault fails.
void Committer::handle_invalid(const store::Refusal& refusal, Group& group) {
  if (group.size() == 1) {
    answer_all(group, internal(describe(refusal)));
    return;
  }
  Group members;
  members.swap(group);
  for (auto& pending : members) {
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

void Committer::defer(std::unique_ptr<Pending> pending, std::string_view why) {
  ++pending->attempts;
  if (pending->attempts >= options_.attempts_max) {
    Group alone;
    alone.push_back(std::move(pending));
    answer_all(alone, unavailable(std::string(why)));
    return;
  }
  // Twice as long each time, up to the most, less up to half of it by chance.
  const auto shift = std::min(pending->attempts - 1, 20);
  const auto longest =
      std::min(options_.backoff_max, options_.backoff_min * (std::int64_t{1} << shift));
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(longest).count();
  std::uniform_int_distribution<std::int64_t> chance(whole / 2, whole);
  pending->due = options_.now() + std::chrono::microseconds(chance(jitter_));
  const std::lock_guard lock(mutex_);
  ++metrics_.deferrals;
  deferred_.push_back(std::move(pending));
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
