// Hears of what other processes change, for Store::revision: a change stream
// (https://www.mongodb.com/docs/manual/changeStreams/) over the collections that were asked for, in
// a thread of its own. While there is no stream, the revisions move by themselves, often enough; so
// on a sharded cluster always, whose streams wait for the shard where least is going on.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "store/mongo/connection.h"
#include "store/mongo/server.h"
#include "store/revisions.h"

namespace wattback::store::mongo {

class Watch {
 public:
  Watch(Clients& clients, Revisions& revisions, Deployment deployment)
      : clients_(clients), revisions_(revisions), deployment_(deployment) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

  // From now on counts the collection's changes. Call it before each look at its revision.
  void follow(Collection collection);

  // What this session commits is counted by who commits, not by us; or, where that one can't say
  // when it happened, by us too, for good: the session may be used again before we hear of it.
  void leave_out(const mongoc_client_session_t* session);
  void take_in(const mongoc_client_session_t* session);

 private:
  using Steady = std::chrono::steady_clock;
  using Names = std::set<std::string, std::less<>>;

  // What was heard of up to where, for a stream that goes on from there.
  struct Heard {
    Names names;
    BsonHandle token;
  };

  bool start();  // not where the system has no thread left: then all is as without a stream
  void listen(const std::stop_token& stop);
  Heard hear(const Connection& connection, const Names& names, const Heard& heard,
             const std::stop_token& stop);
  void begin(const Names& names, const Heard& heard);  // under the lock
  void take(const bson_t* event);                      // the same
  bool is_alive(std::string_view name) const;          // under the lock
  bool still(const Names& names, const std::stop_token& stop);

  Clients& clients_;
  Revisions& revisions_;
  const Deployment deployment_;
  std::mutex mutex_;
  std::condition_variable_any heard_;
  Names wanted_;
  Names streamed_;             // by the stream that is open
  std::set<std::string> own_;  // sessions, by their ids
  std::set<std::string> in_doubt_;
  Steady::time_point last_heard_;
  Steady::time_point last_moved_;
  std::jthread thread_;  // from the first collection on
};

}  // namespace wattback::store::mongo
