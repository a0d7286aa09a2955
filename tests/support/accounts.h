// Members with a balance and the moves that made it: a schema and commands small enough to see
// through, for what is tested without the domain.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "commit/command.h"
#include "store/store.h"

namespace wattback::test_support {

inline constexpr store::Collection accounts{"users"};  // so that they guard the moves
inline constexpr store::Collection moves{"moves"};

const store::Schema& accounts_schema();
const store::CollectionSchema& accounts_described();
const store::CollectionSchema& moves_described();

UserId user_number(int number);

store::Key account_key(const UserId& user);
store::Key email_key(const std::string& email);
store::Key move_key(const UserId& user, std::int64_t number);

struct Account {
  UserId user;
  std::string email;
  std::int64_t balance = 0;
  std::int64_t version = 1;

  bool operator==(const Account&) const = default;
};

store::Document to_document(const Account& account);
Account to_account(const store::Document& document);
std::optional<Account> find_account(store::Store& store, const UserId& user);
std::optional<Account> find_account(commit::Workspace& workspace, const store::Key& key);
std::size_t count_moves(store::Store& store, const UserId& user);

// A move is a document (user, number) with its points and the balance after it.
store::Document move_document(const UserId& user, std::int64_t number, std::int64_t points,
                              std::int64_t balance, const std::string& note = "");

// As another process would: begins an account, or adds to its balance, in the store.
void open_elsewhere(store::Store& store, const UserId& user, const std::string& email);
void add_elsewhere(store::Store& store, const UserId& user, std::int64_t points);

struct Open {
  using Reply = std::int64_t;  // the balance
  UserId user;
  std::string email;

  std::vector<store::Key> keys() const { return {account_key(user), email_key(email)}; }
  Result<Reply> decide(commit::Workspace& workspace) const;
};

struct ChangeEmail {
  using Reply = std::string;  // the email
  UserId user;
  std::string email;

  std::vector<store::Key> keys() const { return {account_key(user), email_key(email)}; }
  Result<Reply> decide(commit::Workspace& workspace) const;
};

// Once for each number, however often it is asked for.
struct Move {
  using Reply = std::int64_t;  // the balance after it
  UserId user;
  std::int64_t number = 1;
  std::int64_t points = 1;
  std::string note;

  std::vector<store::Key> keys() const { return {account_key(user), move_key(user, number)}; }
  Result<Reply> decide(commit::Workspace& workspace) const;
};

struct BulkMove : Move {
  static constexpr auto lane = commit::Lane::bulk;
};

// Whatever a test wants decided.
struct Rule {
  using Reply = std::int64_t;
  std::function<Result<Reply>(commit::Workspace&)> rule;
  std::vector<store::Key> wanted;

  std::vector<store::Key> keys() const { return wanted; }
  Result<Reply> decide(commit::Workspace& workspace) const { return rule(workspace); }
};

}  // namespace wattback::test_support
