#include "http/registry.h"

#include "http/connection.h"

namespace wattback::http {

Registry::Admission Registry::admit(const std::shared_ptr<Connection>& connection) {
  const std::scoped_lock lock(mutex_);
  Admission admission{.is_admitted = true, .evicted = nullptr};
  if (waiting_.size() + busy_.size() >= connections_max_) {
    if (waiting_.empty()) {
      return {};
    }
    const auto longest = waiting_.begin();
    (*longest)->status = Connection::Status::evicted;
    admission.evicted = *longest;
    evicted_.splice(evicted_.end(), waiting_, longest);
  }
  connection->status = Connection::Status::waiting;
  connection->place = waiting_.insert(waiting_.end(), connection);
  return admission;
}

void Registry::begin_waiting(Connection& connection) {
  const std::scoped_lock lock(mutex_);
  if (connection.status == Connection::Status::busy) {
    connection.status = Connection::Status::waiting;
    waiting_.splice(waiting_.end(), busy_, connection.place);
  }
}

bool Registry::end_waiting(Connection& connection) {
  const std::scoped_lock lock(mutex_);
  if (connection.status != Connection::Status::waiting) {
    return false;
  }
  connection.status = Connection::Status::busy;
  busy_.splice(busy_.end(), waiting_, connection.place);
  return true;
}

void Registry::leave(Connection& connection) {
  const std::scoped_lock lock(mutex_);
  switch (connection.status) {
    case Connection::Status::waiting:
      waiting_.erase(connection.place);
      break;
    case Connection::Status::busy:
      busy_.erase(connection.place);
      break;
    case Connection::Status::evicted:
      evicted_.erase(connection.place);
      break;
  }
  if (waiting_.empty() && busy_.empty() && evicted_.empty()) {
    emptied_.notify_all();
  }
}

std::vector<std::shared_ptr<Connection>> Registry::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<Connection>> all(waiting_.begin(), waiting_.end());
  all.insert(all.end(), busy_.begin(), busy_.end());
  all.insert(all.end(), evicted_.begin(), evicted_.end());
  return all;
}

std::vector<std::shared_ptr<Connection>> Registry::forget_all() {
  auto forgotten = all();
  const std::scoped_lock lock(mutex_);
  waiting_.clear();
  busy_.clear();
  evicted_.clear();
  return forgotten;
}

bool Registry::wait_until_empty(std::chrono::milliseconds time_max) const {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(
      lock, time_max, [this] { return waiting_.empty() && busy_.empty() && evicted_.empty(); });
}

}  // namespace wattback::http
