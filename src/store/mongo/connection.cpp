#include "store/mongo/connection.h"

#include <fmt/format.h>

#include "base/check.h"
#include "store/mongo/limits.h"
#include "store/store.h"

namespace wattback::store::mongo {
namespace {

// libmongoc would write what goes wrong to the streams of the program.
void say_nothing(mongoc_log_level_t /*level*/, const char* /*domain*/, const char* /*message*/,
                 void* /*context*/) {}

// libmongoc is made ready once, and cleaned up when the program ends.
class Library {
 public:
  Library() {
    mongoc_log_set_handler(say_nothing, nullptr);  // first: getting ready may say something, too
    mongoc_init();
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() { mongoc_cleanup(); }
};

void add_session(Bson& options, mongoc_client_session_t* session) {
  bson_error_t error;
  if (session != nullptr) {
    check(mongoc_client_session_append(session, options.get(), &error));
  }
}

}  // namespace

void prepare_library() { static const Library library; }

Connection::~Connection() { mongoc_client_pool_push(clients_.pool_.get(), client_); }

const std::string& Connection::database() const { return clients_.address().database(); }

SessionHandle Connection::start_session(Sight sight) const {
  const SessionOptionsHandle options(mongoc_session_opts_new());
  mongoc_session_opts_set_causal_consistency(options.get(), sight == Sight::latest);
  mongoc_session_opts_set_snapshot(options.get(), sight == Sight::one_moment);
  bson_error_t error{};
  SessionHandle session(mongoc_client_start_session(client_, options.get(), &error));
  if (!session) {
    raise(Failure::of(error), Moment::statement);
  }
  if (const auto seen = clients_.seen_.load(); sight == Sight::latest && seen != 0) {
    mongoc_client_session_advance_operation_time(
        session.get(), static_cast<std::uint32_t>(seen >> 32U), static_cast<std::uint32_t>(seen));
  }
  return session;
}

void Connection::note(const mongoc_client_session_t* session) const {
  std::uint32_t seconds = 0;
  std::uint32_t increment = 0;
  mongoc_client_session_get_operation_time(session, &seconds, &increment);
  const auto time = std::uint64_t{seconds} << 32U | increment;
  auto seen = clients_.seen_.load();
  while (seen < time && !clients_.seen_.compare_exchange_weak(seen, time)) {
  }
}

std::optional<Failure> Connection::run(const Bson& command, Reply& reply,
                                       mongoc_client_session_t* session) const {
  return run_on(database().c_str(), command, reply, session);
}

std::optional<Failure> Connection::run_on(const char* database, const Bson& command, Reply& reply,
                                          mongoc_client_session_t* session) const {
  Bson options;
  add_session(options, session);
  bson_error_t error{};
  if (mongoc_client_command_with_opts(client_, database, command.get(), nullptr, options.get(),
                                      reply.fill(), &error)) {
    return std::nullopt;
  }
  return Failure::of(error, reply.get());
}

void Connection::raise(const Failure& failure, Moment moment) const {
  throw_failure(clients_.address().text(), failure, moment);
}

void Connection::refuse(std::string_view why) const {
  throw StoreUnusable(fmt::format("{}: {}", clients_.address().text(), why));
}

void Connection::put_off(std::string_view why) const {
  throw StoreUnavailable(fmt::format("{}: {}", clients_.address().text(), why));
}

Clients::Clients(const Address& address) : address_(address) {
  prepare_library();
  bson_error_t error{};
  pool_.reset(mongoc_client_pool_new_with_error(address_.uri(), &error));
  if (!pool_) {
    const auto fault = fault_of_lookup(error);
    const auto line = fmt::format("{}: {}", address_.text(), fault.text);
    if (fault.meaning == Meaning::unavailable) {
      throw StoreUnavailable(line);
    }
    throw StoreUnusable(line);
  }
  check(mongoc_client_pool_set_error_api(pool_.get(), MONGOC_ERROR_API_VERSION_2));
  mongoc_client_pool_max_size(pool_.get(), clients_max);
}

Connection Clients::lend() {
  auto* client = mongoc_client_pool_pop(pool_.get());
  if (client == nullptr) {
    throw StoreUnavailable(
        fmt::format("{}: all {} connections are busy", address_.text(), clients_max));
  }
  return {*this, client};
}

Cursor::Cursor(const Connection& connection, const std::string& collection, const Bson& filter,
               Bson options, mongoc_client_session_t* session)
    : connection_(connection) {
  if (session == nullptr) {
    own_ = connection.start_session(Sight::latest);
  }
  add_session(options, session != nullptr ? session : own_.get());
  const CollectionHandle handle(mongoc_client_get_collection(
      connection.client(), connection.database().c_str(), collection.c_str()));
  if (session != nullptr) {  // which has a read concern of its own
    const ReadConcernHandle none(mongoc_read_concern_new());
    mongoc_collection_set_read_concern(handle.get(), none.get());
  }
  cursor_.reset(
      mongoc_collection_find_with_opts(handle.get(), filter.get(), options.get(), nullptr));
}

Cursor::~Cursor() {
  if (own_) {
    connection_.note(own_.get());
  }
}

const bson_t* Cursor::next(Moment moment) {
  const bson_t* document = nullptr;
  if (mongoc_cursor_next(cursor_.get(), &document)) {
    return document;
  }
  bson_error_t error{};
  const bson_t* reply = nullptr;
  if (mongoc_cursor_error_document(cursor_.get(), &error, &reply)) {
    connection_.raise(Failure::of(error, reply), moment);
  }
  return nullptr;
}

}  // namespace wattback::store::mongo
