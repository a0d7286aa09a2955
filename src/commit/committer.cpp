#include "commit/committer.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <new>
#include <ranges>
#include <unordered_set>

#include "base/check.h"
#include "base/time.h"
#include "store/edit.h"

namespace wattback::commit {
namespace {

// While a group is in flight the next one is decided in batches, each of which reads: of this part
// of it at least.
constexpr std::size_t batch_part = 4;

// After a conflict others, of whom we see nothing else, get their turn between so many groups.
constexpr int turns_after_conflict = 16;
constexpr std::chrono::milliseconds turn_max{200};

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
std::deque<std::unique_ptr<Pending>> take_from(std::deque<std::unique_ptr<Pending>>& all,
                                               std::size_t position) {
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(position);
  std::deque<std::unique_ptr<Pending>> taken(std::make_move_iterator(first),
                                             std::make_move_iterator(all.end()));
  all.resize(position);
  return taken;
}

// Moves those that satisfy the predicate out of `all`, both in their order.
template <class Container, class Predicate>
Container take_out(Container& all, Predicate predicate) {
  Container taken;
  Container rest;
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
  check(options_.bulk_max >= 1 && options_.bulk_alone_max >= options_.bulk_max);
  check(options_.queue_max >= 2);
  check(options_.attempts_max >= 1);
  check(capabilities_.commit_changes_max >= command_documents_max);
}

Committer::~Committer() { check(waiting() == 0); }

void Committer::enqueue(std::unique_ptr<Pending> pending) {
  std::unique_ptr<Pending> turned_away;
  bool wakes = false;
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
      const auto now = options_.now();
      pending->submitted = now;
      auto& queue = queue_of(*pending);
      queue.push_back(std::move(pending));
      wakes = is_worth_deciding(now);
    }
  }
  if (turned_away) {
    turned_away->deliver();
  } else if (wakes) {
    to_decide_.notify_one();
  }
}

bool Committer::is_full_for(Lane lane) const {
  if (ready() + deferred_.size() + open_size_ >= options_.queue_max) {
    return true;
  }
  const auto deferred_bulk =
      std::ranges::count(deferred_, Lane::bulk, [](const auto& pending) { return pending->lane; });
  return lane == Lane::bulk &&
         bulk_.size() + static_cast<std::size_t>(deferred_bulk) >= options_.queue_max / 2;
}

Committer::Group& Committer::queue_of(const Pending& pending) {
  return pending.lane == Lane::bulk ? bulk_ : singles_;
}

bool Committer::decide() {
  Group batch;
  std::shared_ptr<const store::ChangeSet> below;
  {
    const std::lock_guard lock(mutex_);
    const auto now = options_.now();
    admit_due(now);
    if (!may_decide(now)) {
      return false;
    }
    batch = take_batch(now);
    open_size_ += batch.size();
    below = in_flight_;
    is_deciding_ = true;
  }
  decide_batch(std::move(batch), std::move(below));
  {
    const std::lock_guard lock(mutex_);
    is_deciding_ = false;
    open_size_ = open_ ? open_->group.size() : 0;
    if (open_size_ == 0) {
      open_.reset();
    }
  }
  to_commit_.notify_all();
  return true;
}

bool Committer::commit() {
  std::unique_ptr<Open> open;  // outlives the lock
  std::shared_ptr<Doubt> doubt;
  {
    const std::lock_guard lock(mutex_);
    if (is_deciding_ || is_committing_ || !open_) {
      return false;
    }
    open = std::move(open_);
    in_flight_ = std::make_shared<const store::ChangeSet>(open->workspace.take_changes());
    // While there is memory: it is needed most where there is none.
    doubt = std::make_shared<Doubt>(in_flight_);
    in_flight_size_ = std::exchange(open_size_, 0);
    are_singles_in_flight_ = open->has_singles;
    is_committing_ = true;
  }
  to_decide_.notify_all();
  settle(open->workspace, std::move(open->group), doubt);
  std::shared_ptr<const store::ChangeSet> settled;  // does, too
  {
    const std::lock_guard lock(mutex_);
    settled = std::move(in_flight_);
    in_flight_size_ = 0;
    are_singles_in_flight_ = false;
    is_committing_ = false;
    is_failing_ = false;
  }
  to_decide_.notify_all();
  to_commit_.notify_all();
  return true;
}

bool Committer::work() {
  bool worked = false;
  for (bool left_over = true; left_over;) {
    const bool decided = decide();
    const bool committed = commit();
    worked = worked || decided || committed;
    const std::lock_guard lock(mutex_);
    left_over = !again_.empty();
  }
  return worked;
}

bool Committer::wait_to_decide() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto now = options_.now();
    admit_due(now);
    if (is_done()) {
      return false;
    }
    if (is_worth_deciding(now)) {
      return true;
    }
    auto next = is_others_turn(now) && !is_committing_ ? next_turn_ : SteadyTime::max();
    for (const auto& pending : deferred_) {
      next = std::min(next, pending->due);
    }
    if (next == SteadyTime::max()) {
      to_decide_.wait(lock);
    } else {
      to_decide_.wait_until(lock, next);
    }
  }
}

bool Committer::wait_to_commit() {
  std::unique_lock lock(mutex_);
  to_commit_.wait(lock, [&] { return (!is_deciding_ && open_) || is_done(); });
  return open_ != nullptr;
}

void Committer::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  to_decide_.notify_all();
  to_commit_.notify_all();
}

CommitterMetrics Committer::metrics() const {
  const std::lock_guard lock(mutex_);
  return metrics_;
}

std::size_t Committer::waiting() const {
  const std::lock_guard lock(mutex_);
  return ready() + deferred_.size() + open_size_;
}

std::size_t Committer::ready() const { return again_.size() + singles_.size() + bulk_.size(); }

bool Committer::singles_come() const {
  return !singles_.empty() || are_singles_in_flight_ || (open_ && open_->has_singles);
}

std::size_t Committer::bulk_room() const {
  const auto most = singles_come() ? options_.bulk_max : options_.bulk_alone_max;
  const auto bulk_max = std::clamp<std::size_t>(group_limit_ / 2, 1, most);
  return bulk_max - std::min(bulk_max, open_ ? open_->bulk : 0);
}

// Of what is ready, what the open group has room for as far as lanes go.
std::size_t Committer::admissible() const {
  return !again_.empty() ? again_.size() : singles_.size() + std::min(bulk_.size(), bulk_room());
}

const Pending& Committer::next() const {
  return *(!again_.empty() ? again_ : !singles_.empty() ? singles_ : bulk_).front();
}

// Whether a batch may be taken.
bool Committer::may_decide(SteadyTime now) const {
  return !is_deciding_ && !is_failing_ && admissible() > 0 && !is_others_turn(now) &&
         !(open_ && (open_->is_full || open_size_ >= group_limit_ || next().alone));
}

// While a group is in flight there is time for more to come; when none is, what is open goes first.
bool Committer::is_worth_deciding(SteadyTime now) const {
  if (!may_decide(now)) {
    return false;
  }
  const auto least = std::min(in_flight_size_, group_limit_) / batch_part;
  return is_committing_ ? !again_.empty() || admissible() >= least : !open_;
}

// Two who commit one group after another without a pause would leave nothing to each other but
// conflicts. What a failed commit left does not wait.
bool Committer::is_others_turn(SteadyTime now) const {
  return turns_ > 0 && again_.empty() && (is_committing_ || now < next_turn_);
}

// Whether all that was ever submitted has been answered.
bool Committer::is_done() const {
  return closed_ && ready() == 0 && deferred_.empty() && open_size_ == 0 && !is_deciding_ &&
         !is_committing_;
}

// Deferred commands that are due go before those that came after them; before all, one that goes
// alone, which a group that is open would keep from its turn for ever.
void Committer::admit_due(SteadyTime now) {
  const auto is_due = [&](const Pending& pending) { return pending.due <= now; };
  if (std::ranges::none_of(deferred_, is_due, [](const auto& p) -> const Pending& { return *p; })) {
    return;
  }
  auto due = take_out(deferred_, is_due);
  for (auto pending = due.rbegin(); pending != due.rend(); ++pending) {
    ((*pending)->alone ? again_ : queue_of(**pending)).push_front(std::move(*pending));
  }
}

// What a failed commit left goes before all else.
Committer::Group Committer::take_batch(SteadyTime now) {
  Group batch;
  const auto room = group_limit_ - open_size_;
  const auto ends = [&] {
    return batch.size() >= room || (!batch.empty() && batch.front()->alone);
  };
  const auto take = [&](Group& queue, std::size_t count) {
    for (; count > 0 && !queue.empty() && !ends(); --count) {
      if (queue.front()->alone && !batch.empty()) {
        return;
      }
      queue.front()->taken = now;
      batch.push_back(std::move(queue.front()));
      queue.pop_front();
    }
  };
  if (!again_.empty()) {
    take(again_, room);
    return batch;
  }
  const auto bulk = bulk_room();  // beside the singles that are ready
  take(singles_, room);
  take(bulk_, bulk);
  return batch;
}

// Adds to the open group all of the batch that can be decided now.
void Committer::decide_batch(Group batch, std::shared_ptr<const store::ChangeSet> below) {
  Group torn;
  try {
    answer_what_is_in(batch);
    put_off_held(batch);
    if (batch.empty()) {
      return;
    }
    if (!open_) {
      open_ = std::make_unique<Open>(*store_, *schema_, std::move(below));
    }
    std::vector<store::Key> keys;
    for (const auto& pending : batch) {
      std::ranges::move(pending->keys(), std::back_inserter(keys));
    }
    open_->workspace.begin_batch();
    open_->workspace.load(keys);
    decide_in_turn(batch, torn);
  } catch (const store::StoreUnavailable& error) {
    count(&CommitterMetrics::unavailables);
    forget_limit();
    answer_all(batch, unavailable(error.what()));
  } catch (const std::bad_alloc& error) {
    answer_all(batch, unavailable(error.what()));
  } catch (const std::exception& error) {
    // A command that cannot say its keys, or a document the store cannot read.
    decide_alone(std::move(batch), error.what());
  }
  if (!torn.empty()) {
    defer(std::move(torn), "documents changed while they were read");
  }
}

// Of a batch those whose commit, of unknown fate, did happen.
void Committer::answer_what_is_in(Group& batch) {
  for (const auto& pending : batch) {
    auto* doubt = pending->in_doubt.get();
    if (doubt != nullptr && !doubt->happened) {
      doubt->happened = has_happened(*store_, *schema_, *doubt->changes, doubt->written_over);
    }
  }
  // Nothing is asked for from here on: where memory is short none of them may be lost.
  const auto is_in = [](const auto& pending) {
    return pending->in_doubt && pending->in_doubt->happened.value();
  };
  auto done = batch | std::views::filter(is_in);
  if (!done.empty()) {
    count_settled(done);
    answer_those(batch, is_in);
  }
  for (const auto& pending : batch) {
    pending->in_doubt.reset();
  }
}

// Puts off what names a held key until that was tried, by the command that goes alone. What has
// waited for too long is answered, and at the end whatever would wait.
void Committer::put_off_held(Group& batch) {
  const auto now = options_.now();
  if (!holds_any(now)) {
    return;
  }
  std::vector<std::vector<store::Key>> names;
  names.reserve(batch.size());
  for (const auto& pending : batch) {
    names.push_back(pending->alone ? std::vector<store::Key>() : pending->keys());
  }
  bool ends = false;
  const auto waits = [&](const auto& pending) { return pending->due > now; };
  const auto is_spent = [&](const auto& pending) {
    return waits(pending) && (ends || now - pending->submitted >= options_.patience);
  };
  {
    const std::lock_guard lock(mutex_);
    ends = closed_;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      batch[i]->due = held_until(names[i], now);
      if (is_spent(batch[i])) {
        batch[i]->refuse(unavailable("another commit stands in its way"));
      }
    }
    deferred_.reserve(deferred_.size() + batch.size());
    // Nothing is asked for from here on: where memory is short none of them may be lost.
    for (auto& pending : batch) {
      pending->is_put_off = waits(pending);
      if (pending->is_put_off && !is_spent(pending)) {
        put_off(std::move(pending));
      }
    }
  }
  std::erase(batch, nullptr);
  answer_those(batch, is_spent);
}

// What a group touched stands in nobody's way any more; those who were put off for it go on.
void Committer::release(const Group& group) {
  const std::lock_guard lock(mutex_);
  bool released = false;
  if (!held_.empty()) {
    for (const auto& pending : group) {
      for (const auto& key : pending->touched) {
        released = held_.erase(key) > 0 || released;
      }
    }
  }
  if (released) {
    for (const auto& pending : deferred_) {
      pending->due = pending->is_put_off ? SteadyTime() : pending->due;
    }
  }
}

bool Committer::holds_any(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(held_, [&](const auto& each) { return each.second <= now; });
  return !held_.empty();
}

// Until when the last of them is held; `now` where none is.
SteadyTime Committer::held_until(const std::vector<store::Key>& keys, SteadyTime now) const {
  auto until = now;
  for (const auto& key : keys) {
    const auto found = held_.find(key);
    until = std::max(until, found == held_.end() ? now : found->second);
  }
  return until;
}

// Moves out of the batch what it has decided; what does not fit the commit goes back.
void Committer::decide_in_turn(Group& batch, Group& torn) {
  auto& workspace = open_->workspace;
  for (; !batch.empty(); batch.pop_front()) {
    auto& pending = batch.front();
    const bool others_wrote = workspace.change_count() > 0;
    workspace.begin();
    const bool accepted = decide_one(workspace, *pending);
    pending->touched = workspace.take_touched();
    if (accepted && others_wrote && !fits(workspace)) {
      workspace.discard();
      open_->is_full = true;
      put_back(std::exchange(batch, {}));
      return;
    }
    open_->is_full = pending->alone;
    if (pending->lane == Lane::bulk) {
      ++open_->bulk;
    } else {
      open_->has_singles = true;
    }
    (pending->torn ? torn : open_->group).push_back(std::move(pending));
    if (accepted) {
      workspace.keep();
    } else {
      workspace.discard();
    }
  }
}

// Whether it is accepted. A rule that throws fails its own command; a store that cannot be reached
// fails the batch, and so does memory that is too short to refuse one.
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
  } catch (const std::bad_alloc& error) {
    pending.refuse(unavailable(error.what()));
  } catch (const TimeZoneUnread& error) {
    pending.refuse(unavailable(error.what()));
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

// Commits what is in flight, and answers its group or says what becomes of it. It ends the process
// as put_back() does.
void Committer::settle(const Workspace& workspace, Group group,
                       const std::shared_ptr<Doubt>& doubt) noexcept {
  store::CommitResult result;
  try {
    if (workspace.is_overtaken()) {
      void_open();
      decide_again(std::move(group));
      return;
    }
    result = commit_in_flight();
  } catch (const store::CommitUnknown& unknown) {
    release(group);
    handle_unknown(std::move(group), doubt, unknown.what());
    return;
  } catch (const store::StoreUnavailable& error) {
    stop_deciding();
    count(&CommitterMetrics::unavailables);
    forget_limit();
    release(group);
    answer_all(group, unavailable(error.what()));  // now: who decides may wait for the same store
    void_open();
    return;
  } catch (const std::bad_alloc& error) {  // before the commit or after it
    handle_unknown(std::move(group), doubt, error.what());
    return;
  } catch (const std::exception& error) {  // a broken store
    void_open();
    decide_alone(std::move(group), error.what());
    return;
  }
  if (result) {
    release(group);
    count_settled(group);
    answer(group);
  } else {
    void_open();
    handle_refusal(result.error(), group);
  }
}

void Committer::count_settled(auto& group) {
  const std::lock_guard lock(mutex_);
  group_limit_ = std::min(options_.group_max, group_limit_ * 2);
  metrics_.group_size.observe(static_cast<double>(std::ranges::distance(group)));
  for (const auto& pending : group) {
    metrics_.wait_seconds.observe(seconds_between(pending->submitted, pending->taken));
  }
}

store::CommitResult Committer::commit_in_flight() {
  if (in_flight_->changes.empty()) {
    return {};
  }
  const auto begun = options_.now();
  auto result = store_->commit(*in_flight_);
  const auto ended = options_.now();
  const std::lock_guard lock(mutex_);
  metrics_.commit_seconds.observe(seconds_between(begun, ended));
  if (!result && result.error().reason == store::Refusal::Reason::conflict) {
    turns_ = turns_after_conflict;
  } else if (result && turns_ > 0) {
    --turns_;
    // Who lost decides anew, and commits. A commit that took a fail-over says nothing of how long.
    next_turn_ = ended + std::min<SteadyTime::duration>(2 * (ended - begun), turn_max);
  }
  return result;
}

// What is in flight has failed: nothing more is decided on it.
void Committer::stop_deciding() {
  const std::lock_guard lock(mutex_);
  is_failing_ = true;
}

// And what was decided on it goes back.
void Committer::void_open() {
  stop_deciding();
  std::unique_ptr<Open> open;
  {
    std::unique_lock lock(mutex_);
    to_commit_.wait(lock, [&] { return !is_deciding_; });
    open = std::move(open_);
    open_size_ = 0;
  }
  if (open) {
    put_back(std::move(open->group));
  }
}

// It is looked for when its turn comes again.
void Committer::handle_unknown(Group group, const std::shared_ptr<Doubt>& doubt,
                               std::string_view why) {
  void_open();
  count(&CommitterMetrics::unknowns);
  for (const auto& pending : group) {
    if (std::exchange(pending->was_in_doubt, true)) {
      doubt->written_over = WrittenOver::may_not_be;
    }
    pending->in_doubt = doubt;
  }
  defer(std::move(group), why);
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
      decide_alone(std::move(group), describe(refusal));
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
    hold(std::move(group), describe(refusal));
    return;
  }
  if (waits.empty()) {
    const auto half = group.size() / 2;
    put_back(take_from(group, half));
    const std::lock_guard lock(mutex_);
    group_limit_ = half;
  }
  decide_again(std::move(group));
  if (!waits.empty()) {
    release(waits);
    defer(std::move(waits), describe(refusal));
  }
}

// One that was refused by itself, and nobody says what for. What it writes is held until it was
// tried again, alone: whatever stands there may stand for long, and would cost each group that
// meets it a conflict for each of its halves.
void Committer::hold(Group group, std::string_view why) {
  group.front()->goes_alone = true;
  const auto due = defer(std::move(group), why);
  if (due) {
    const std::lock_guard lock(mutex_);
    for (const auto& change : in_flight_->changes) {
      const auto& collection = schema_->collection(store::collection_of(change));
      held_[store::edit_of(change, collection).key()] = *due + options_.backoff_max;
    }
  }
}

void Committer::decide_again(Group group) {
  const std::lock_guard lock(mutex_);
  std::ranges::move(group | std::views::reverse, std::front_inserter(again_));
}

// Each in a group of its own, so that only the one at fault fails.
void Committer::decide_alone(Group group, std::string_view why) {
  if (group.size() == 1) {
    answer_all(group, internal(std::string(why)));
    return;
  }
  for (const auto& pending : group) {
    pending->alone = true;
  }
  decide_again(std::move(group));
}

// To where they came from, before all that waits. Without the memory for that the process ends
// rather than forget a command.
void Committer::put_back(Group group) noexcept {
  const std::lock_guard lock(mutex_);
  for (auto& pending : group | std::views::reverse) {
    (again_.empty() ? queue_of(*pending) : again_).push_front(std::move(pending));
  }
}

// Commands deferred together come back together. When; nothing where none is left.
std::optional<SteadyTime> Committer::defer(Group group, std::string_view why) {
  for (const auto& pending : group) {
    ++pending->attempts;
    pending->alone = std::exchange(pending->goes_alone, false);
    pending->is_put_off = false;
  }
  const auto now = options_.now();
  Group spent = take_out(group, [&](const Pending& pending) {
    return pending.attempts >= options_.attempts_max ||
           now - pending.submitted >= options_.patience;
  });
  answer_all(spent, unavailable(std::string(why)));
  if (group.empty()) {
    return std::nullopt;
  }
  const auto oldest =
      std::ranges::max_element(group, {}, [](const auto& p) { return p->attempts; });
  const std::lock_guard lock(mutex_);
  const auto due = now + backoff((*oldest)->attempts);
  for (auto& pending : group) {
    pending->due = due;
    put_off(std::move(pending));
  }
  return due;
}

// Among the others in the order they came, in which those that are due at the same time go on.
void Committer::put_off(std::unique_ptr<Pending> pending) {
  ++metrics_.deferrals;
  const auto place = std::ranges::upper_bound(deferred_, pending->submitted, {},
                                              [](const auto& other) { return other->submitted; });
  deferred_.insert(place, std::move(pending));
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

// Each group waits for a store that is away: few, not many.
void Committer::forget_limit() {
  const std::lock_guard lock(mutex_);
  group_limit_ = options_.group_max;
}

void Committer::answer(Group& group) {
  count(&CommitterMetrics::commands, group.size());
  for (auto& pending : group) {
    pending->deliver();
  }
  group.clear();
}

void Committer::answer_those(Group& batch, auto predicate) {
  count(&CommitterMetrics::commands,
        static_cast<std::uint64_t>(std::ranges::count_if(batch, predicate)));
  for (const auto& pending : batch | std::views::filter(predicate)) {
    pending->deliver();
  }
  std::erase_if(batch, predicate);
}

// Who is told that a commit of unknown fate is not to be waited for may ask again, and make just
// what it would have left: to the others of its group it is undone.
void Committer::answer_all(Group& group, const Error& error) {
  for (auto& pending : group) {
    if (pending->in_doubt && !pending->in_doubt->happened) {
      pending->in_doubt->happened = false;
    }
    pending->refuse(error);
  }
  answer(group);
}

void Committer::count(std::uint64_t CommitterMetrics::* metric, std::uint64_t times) {
  const std::lock_guard lock(mutex_);
  metrics_.*metric += times;
}

WorkingThreads::WorkingThreads(Committer& committer)
    : committer_(&committer), decides_([this] {
        while (committer_->wait_to_decide()) {
          committer_->decide();
        }
      }) {
  try {
    commits_ = std::thread([this] {
      while (committer_->wait_to_commit()) {
        committer_->commit();
      }
    });
  } catch (...) {  // the system has no more threads
    committer_->close();
    decides_.join();
    throw;
  }
}

WorkingThreads::~WorkingThreads() {
  committer_->close();
  decides_.join();
  commits_.join();
}

}  // namespace wattback::commit
