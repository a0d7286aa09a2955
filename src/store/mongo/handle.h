// Owners of libmongoc's C objects.
#pragma once

#include <mongoc/mongoc.h>

#include <memory>

namespace wattback::store::mongo {

template <auto Function>
struct Destroy {
  template <class T>
  void operator()(T* object) const {
    Function(object);
  }
};

template <class T, auto Function>
using Handle = std::unique_ptr<T, Destroy<Function>>;

struct DestroyBson {  // as a template argument bson_t loses its alignment
  void operator()(bson_t* bson) const { bson_destroy(bson); }
};
using BsonHandle = std::unique_ptr<bson_t, DestroyBson>;
using UriHandle = Handle<mongoc_uri_t, mongoc_uri_destroy>;
using ClientHandle = Handle<mongoc_client_t, mongoc_client_destroy>;
using PoolHandle = Handle<mongoc_client_pool_t, mongoc_client_pool_destroy>;
using DatabaseHandle = Handle<mongoc_database_t, mongoc_database_destroy>;
using CollectionHandle = Handle<mongoc_collection_t, mongoc_collection_destroy>;
using CursorHandle = Handle<mongoc_cursor_t, mongoc_cursor_destroy>;
using SessionHandle = Handle<mongoc_client_session_t, mongoc_client_session_destroy>;
using SessionOptionsHandle = Handle<mongoc_session_opt_t, mongoc_session_opts_destroy>;
using TransactionOptionsHandle = Handle<mongoc_transaction_opt_t, mongoc_transaction_opts_destroy>;
using ReadConcernHandle = Handle<mongoc_read_concern_t, mongoc_read_concern_destroy>;
using WriteConcernHandle = Handle<mongoc_write_concern_t, mongoc_write_concern_destroy>;
using ReadPreferenceHandle = Handle<mongoc_read_prefs_t, mongoc_read_prefs_destroy>;
using ChangeStreamHandle = Handle<mongoc_change_stream_t, mongoc_change_stream_destroy>;

}  // namespace wattback::store::mongo
