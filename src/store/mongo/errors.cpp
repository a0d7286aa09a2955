#include "store/mongo/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "store/store.h"

namespace wattback::store::mongo {
namespace {

using enum Meaning;

struct Row {
  std::int64_t code;  // of a server: src/mongo/base/error_codes.yml
  Meaning opening;
  Meaning statement;
  std::string_view text;
};

constexpr std::string_view refused_sign_in =
    "the user or its password is refused; one that was made in admin needs authSource=admin in the "
    "address";

// What no row names is unavailable. What a user may do can be taken and given back while a server
// runs, so only at the opening is it of no use to try again.
constexpr std::array rows{
    Row{11000, unusable, taken, "a key is taken"},
    Row{112, unavailable, rivalled, "another commit changes the same documents"},
    Row{121, unusable, forbidden, "a document breaks the validator"},
    Row{10334, unusable, forbidden, "a document is too large"},
    Row{17280, unusable, forbidden, "a key is too large"},
    Row{257, unusable, forbidden, "a transaction is too large"},
    Row{13, unusable, unavailable,
        "the user lacks a privilege; grant the role readWrite on the database"},
    Row{18, unusable, unavailable, refused_sign_in},
    Row{8000, unusable, unavailable,
        "Atlas refuses it; look at its access list and database users"},
    Row{20, unusable, unusable,
        "neither a replica set nor a sharded cluster of them; start mongod with --replSet"},
    Row{59, unusable, unusable, "it does not know a command; use MongoDB 5.0 or later"},
    Row{85, unusable, unusable, "an index of the same name or fields differs"},
    Row{86, unusable, unusable, "an index of the same name differs"},
    Row{246, unavailable, unavailable, "a snapshot is not at hand"},
    Row{239, unavailable, unavailable, "a snapshot is too old"},
    Row{251, unavailable, unavailable, "the transaction has ended"},
    Row{14031, unavailable, unavailable, "the disk is full"},
    Row{50, unavailable, unavailable, "it took too long"},
    Row{262, unavailable, unavailable, "it took too long"},
    Row{24, unavailable, unavailable, "a lock took too long"},
};

Fault fault_of_server(const Failure& failure, Moment moment) {
  const auto* row = std::ranges::find(rows, failure.code, &Row::code);
  if (row == rows.end()) {
    return {.meaning = unavailable, .text = "failed"};
  }
  return {.meaning = moment == Moment::opening ? row->opening : row->statement,
          .text = std::string(row->text)};
}

// Whatever ends a sign-in libmongoc calls a failed one, a connection that broke meanwhile too: a
// server that steps down or goes cuts them.
bool is_refused_sign_in(const Failure& failure) {
  return failure.domain == MONGOC_ERROR_CLIENT &&
         failure.code == MONGOC_ERROR_CLIENT_AUTHENTICATE &&
         !failure.message.starts_with("Failed to send ");
}

// What libmongoc says itself: mostly that nobody answers.
Fault fault_of_driver(const Failure& failure, Moment moment) {
  if (is_refused_sign_in(failure)) {
    return {.meaning = moment == Moment::opening ? unusable : unavailable,
            .text = std::string(refused_sign_in)};
  }
  return {.meaning = unavailable, .text = "can't be reached"};
}

// Without the command, which the server quotes where it is not allowed: it may hold what is
// personal.
std::string_view without_command(std::string_view message) {
  return message.substr(0, message.find(" to execute command"));
}

}  // namespace

Failure Failure::of(const bson_error_t& error, const bson_t* reply) {
  return {.domain = error.domain,
          .code = static_cast<std::int64_t>(error.code),
          .message = error.message,
          .is_transient =
              reply != nullptr && mongoc_error_has_label(reply, "TransientTransactionError"),
          .is_commit_unknown =
              reply != nullptr && mongoc_error_has_label(reply, "UnknownTransactionCommitResult")};
}

Fault fault_of(const Failure& failure, Moment moment) {
  auto fault = failure.domain == MONGOC_ERROR_SERVER || failure.domain == MONGOC_ERROR_WRITE_CONCERN
                   ? fault_of_server(failure, moment)
                   : fault_of_driver(failure, moment);
  // libmongoc repeats a commit once without a word, so that whatever ends it may have followed one
  // that happened: the labels alone say that nothing did.
  if (moment == Moment::commit) {
    const bool is_undone = failure.is_transient && !failure.is_commit_unknown;
    fault.meaning = !is_undone ? unknown : fault.meaning == rivalled ? rivalled : unavailable;
  }
  return fault;
}

Fault fault_of_lookup(const bson_error_t& error) {
  const std::string_view message = error.message;
  if (message.starts_with("libresolv unavailable")) {
    return {.meaning = unusable,
            .text =
                "MongoDB's driver was built without mongodb+srv:// here; use a mongodb:// "
                "address that lists the hosts"};
  }
  return {.meaning = error.domain == MONGOC_ERROR_STREAM ? unavailable : unusable,
          .text = std::string(message)};
}

void throw_failure(const std::string& address, const Failure& failure, Moment moment) {
  const auto fault = fault_of(failure, moment);
  const auto line = fmt::format("{}: {} (MongoDB {}: {})", address, fault.text, failure.code,
                                without_command(failure.message));
  switch (fault.meaning) {
    case unusable:
      throw StoreUnusable(line);
    case unknown:
      throw CommitUnknown(line);
    case unavailable:
    case rivalled:
    case taken:
    case forbidden:
      break;
  }
  throw StoreUnavailable(line);
}

}  // namespace wattback::store::mongo
