// Clients of libmongoc, one a thread at a time, and what is asked over one.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "store/mongo/address.h"
#include "store/mongo/bson.h"
#include "store/mongo/errors.h"
#include "store/mongo/handle.h"

namespace wattback::store::mongo {

class Clients;

// What reads of a session see, outside a transaction: what a majority has at the time, and nothing
// older than any of these clients has seen or written, or all at the moment of the first.
enum class Sight : std::uint8_t { latest, one_moment };

// A client on loan. The clients must outlive it.
class Connection {
 public:
  Connection(Clients& clients, mongoc_client_t* client) : clients_(clients), client_(client) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  mongoc_client_t* client() const { return client_; }
  const std::string& database() const;

  SessionHandle start_session(Sight sight) const;
  // What was done in it has been seen, or written for good: no session of these clients that starts
  // from now on sees less. Just after a fail-over a majority is known to have less.
  void note(const mongoc_client_session_t* session) const;

  // Runs a command on the database, in the session where there is one; what failed, or nothing.
  // What a write did not do stands in the reply alone.
  std::optional<Failure> run(const Bson& command, Reply& reply,
                             mongoc_client_session_t* session = nullptr) const;
  std::optional<Failure> run_on(const char* database, const Bson& command, Reply& reply,
                                mongoc_client_session_t* session = nullptr) const;

  [[noreturn]] void raise(const Failure& failure, Moment moment) const;
  [[noreturn]] void refuse(std::string_view why) const;   // StoreUnusable
  [[noreturn]] void put_off(std::string_view why) const;  // StoreUnavailable

 private:
  Clients& clients_;
  mongoc_client_t* client_;
};

class Clients {
 public:
  explicit Clients(const Address& address);
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  // Throws StoreUnavailable when all are lent for longer than client_wait_max.
  Connection lend();

  const Address& address() const { return address_; }

 private:
  friend class Connection;

  Address address_;
  PoolHandle pool_;
  std::atomic<std::uint64_t> seen_ = 0;  // the newest operation time, as MongoDB's timestamps go
};

// The documents of a find, one after the other; in a session of its own where none is given.
class Cursor {
 public:
  Cursor(const Connection& connection, const std::string& collection, const Bson& filter,
         Bson options, mongoc_client_session_t* session = nullptr);
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  ~Cursor();

  // The next one, until the one after it is asked for; null after the last.
  const bson_t* next(Moment moment = Moment::statement);

 private:
  const Connection& connection_;
  SessionHandle own_;
  CursorHandle cursor_;
};

}  // namespace wattback::store::mongo
