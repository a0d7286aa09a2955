#include "store/mongo/watch.h"

#include <system_error>
#include <utility>

#include "base/check.h"
#include "store/mongo/limits.h"
#include "store/store.h"

namespace wattback::store::mongo {
namespace {

// The id of a session, of `lsid`.
std::string session_at(const bson_t* document, const char* path) {
  bson_iter_t whole;
  bson_iter_t found;
  if (!bson_iter_init(&whole, document) || !bson_iter_find_descendant(&whole, path, &found) ||
      !BSON_ITER_HOLDS_BINARY(&found)) {
    return {};
  }
  bson_subtype_t subtype = BSON_SUBTYPE_UUID;
  std::uint32_t size = 0;
  const std::uint8_t* bytes = nullptr;
  bson_iter_binary(&found, &subtype, &size, &bytes);
  return {reinterpret_cast<const char*>(bytes), size};
}

// Of the events of these collections no more than whose they are.
Bson pipeline_of(const std::set<std::string, std::less<>>& names) {
  BsonArray listed;
  for (const auto& name : names) {
    listed.add_text(name);
  }
  Bson in;
  Bson filter;
  Bson match;
  Bson shown;
  Bson project;
  BsonArray stages;
  in.array("$in", listed.items());
  filter.document("ns.coll", in);
  stages.add(match.document("$match", filter));
  shown.int32("ns", 1).int32("lsid", 1);
  stages.add(project.document("$project", shown));
  Bson pipeline;
  pipeline.array("pipeline", stages.items());
  return pipeline;
}

}  // namespace

Watch::~Watch() {
  thread_.request_stop();
  heard_.notify_all();
}

bool Watch::is_alive(std::string_view name) const {
  return streamed_.contains(name) && Steady::now() - last_heard_ < stream_lost_after;
}

void Watch::follow(Collection collection) {
  std::unique_lock lock(mutex_);
  if (is_alive(collection.name)) {
    return;
  }
  if (deployment_ == Deployment::replica_set && !wanted_.contains(collection.name) && start()) {
    wanted_.emplace(collection.name);
    heard_.wait_for(lock, stream_start_wait_max, [&] { return is_alive(collection.name); });
  }
  if (const auto now = Steady::now();
      !is_alive(collection.name) && now - last_moved_ >= revision_fallback) {
    last_moved_ = now;
    revisions_.count_unknown();
  }
}

bool Watch::start() {
  if (thread_.joinable()) {
    return true;
  }
  try {
    thread_ = std::jthread([this](const std::stop_token& stop) { listen(stop); });
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

void Watch::leave_out(const mongoc_client_session_t* session) {
  auto id = session_at(mongoc_client_session_get_lsid(session), "id");
  const std::scoped_lock lock(mutex_);
  if (!in_doubt_.contains(id)) {
    own_.insert(std::move(id));
  }
}

void Watch::take_in(const mongoc_client_session_t* session) {
  auto id = session_at(mongoc_client_session_get_lsid(session), "id");
  const std::scoped_lock lock(mutex_);
  own_.erase(id);
  in_doubt_.insert(std::move(id));
}

void Watch::listen(const std::stop_token& stop) {
  Heard heard;
  while (!stop.stop_requested()) {
    Names names;
    {
      const std::scoped_lock lock(mutex_);
      names = wanted_;
    }
    try {
      const auto connection = clients_.lend();
      heard = hear(connection, names, heard, stop);
    } catch (const StoreUnavailable&) {
      heard = {};  // as when there is no stream
    }
    if (!heard.token) {
      std::unique_lock lock(mutex_);
      streamed_.clear();
      heard_.wait_for(lock, stop, stream_lost_after, [] { return false; });
    }
  }
}

bool Watch::still(const Names& names, const std::stop_token& stop) {
  const std::scoped_lock lock(mutex_);
  return wanted_ == names && !stop.stop_requested();
}

// Until other collections are wanted too, or it fails: then what was heard is nothing.
Watch::Heard Watch::hear(const Connection& connection, const Names& names, const Heard& heard,
                         const std::stop_token& stop) {
  Bson options;
  options.int64("maxAwaitTimeMS", stream_wait.count());
  if (heard.token) {
    check(bson_append_document(options.get(), "resumeAfter", -1, heard.token.get()));
  }
  const DatabaseHandle database(
      mongoc_client_get_database(connection.client(), connection.database().c_str()));
  const ChangeStreamHandle stream(
      mongoc_database_watch(database.get(), pipeline_of(names).get(), options.get()));
  bool begun = false;
  while (still(names, stop)) {
    const bson_t* event = nullptr;
    const bool found = mongoc_change_stream_next(stream.get(), &event);
    if (!found && mongoc_change_stream_error_document(stream.get(), nullptr, &event)) {
      return {};
    }
    const std::scoped_lock lock(mutex_);
    if (!std::exchange(begun, true)) {
      begin(names, heard);
    }
    last_heard_ = Steady::now();
    if (found) {
      take(event);
    }
  }
  if (!begun) {
    return {};
  }
  const auto* token = mongoc_change_stream_get_resume_token(stream.get());
  return {.names = names, .token = BsonHandle(token != nullptr ? bson_copy(token) : nullptr)};
}

// What changed before is known of those alone that were heard of without a gap.
void Watch::begin(const Names& names, const Heard& heard) {
  for (const auto& name : names) {
    if (!heard.names.contains(name)) {
      revisions_.count({name});
    }
  }
  streamed_ = names;
  last_heard_ = Steady::now();
  heard_.notify_all();
}

void Watch::take(const bson_t* event) {
  if (const auto name = text_at(event, "ns.coll");
      name && !own_.contains(session_at(event, "lsid.id"))) {
    revisions_.count({*name});
  }
}

}  // namespace wattback::store::mongo
