// The open connections, those that wait for their next request in the order they began to.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

namespace wattback::http {

class Connection;

class Registry {
 public:
  using Place = std::list<std::shared_ptr<Connection>>::iterator;

  explicit Registry(std::size_t connections_max) : connections_max_(connections_max) {}

  struct Admission {
    bool is_admitted = false;
    std::shared_ptr<Connection> evicted;  // no longer counted; the caller ends it
  };
  Admission admit(const std::shared_ptr<Connection>& connection);

  void begin_waiting(Connection& connection);
  bool end_waiting(Connection& connection);  // false when it was evicted meanwhile
  void leave(Connection& connection);

  std::vector<std::shared_ptr<Connection>> all() const;
  std::vector<std::shared_ptr<Connection>> forget_all();  // none of which leaves any more
  bool wait_until_empty(std::chrono::milliseconds time_max) const;

 private:
  std::size_t connections_max_;
  mutable std::mutex mutex_;
  mutable std::condition_variable emptied_;
  std::list<std::shared_ptr<Connection>> waiting_;  // the longest first
  std::list<std::shared_ptr<Connection>> busy_;
  std::list<std::shared_ptr<Connection>> evicted_;
};

}  // namespace wattback::http
