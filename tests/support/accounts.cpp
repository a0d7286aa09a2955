#include "support/accounts.h"

#include "base/check.h"

namespace wattback::test_support {
namespace {

constexpr std::string_view accounts_json = R"({
  "name": "users",
  "description": "Members with a balance.",
  "primary_key": ["user_id"],
  "fields": [
    {"name": "user_id", "type": "uuid", "description": "Who."},
    {"name": "email", "type": "string", "length_max": 100, "description": "Unique."},
    {"name": "balance", "type": "int64", "min": 0, "description": "The sum of the moves."},
    {"name": "version", "type": "int64", "min": 1, "description": "The optimistic lock."}
  ],
  "indexes": [{"name": "email", "fields": ["email"], "unique": true}]
})";

constexpr std::string_view moves_json = R"({
  "name": "moves",
  "description": "What made the balances. Never changed.",
  "primary_key": ["user_id", "number"],
  "fields": [
    {"name": "user_id", "type": "uuid", "description": "Whose."},
    {"name": "number", "type": "int64", "min": 1, "description": "What the caller calls it."},
    {"name": "points", "type": "int64", "description": "By how much."},
    {"name": "balance", "type": "int64", "description": "After it."},
    {"name": "note", "type": "string", "length_max": 10000, "description": "Any text."}
  ],
  "indexes": [],
  "shard_by": "user_id"
})";

}  // namespace

const store::Schema& accounts_schema() {
  static const store::Schema schema{
      .version = 1,
      .collections = {store::parse_collection(accounts_json), store::parse_collection(moves_json)}};
  return schema;
}

const store::CollectionSchema& accounts_described() {
  return accounts_schema().collection(accounts);
}

const store::CollectionSchema& moves_described() { return accounts_schema().collection(moves); }

UserId user_number(int number) {
  UserId user;
  for (std::size_t i = 0; i < 4; ++i) {
    user.uuid.bytes.at(i) =
        static_cast<std::uint8_t>(static_cast<unsigned>(number) >> (24 - 8 * i));
  }
  return user;
}

store::Key account_key(const UserId& user) {
  return {.collection = accounts, .values = {user.uuid}};
}

store::Key email_key(const std::string& email) {
  return {.collection = accounts, .index = "email", .values = {email}};
}

store::Key move_key(const UserId& user, std::int64_t number) {
  return {.collection = moves, .values = {user.uuid, number}, .shard = user.uuid};
}

store::Document to_document(const Account& account) {
  return {{account.user.uuid, account.email, account.balance, account.version}};
}

Account to_account(const store::Document& document) {
  return {.user = {std::get<Uuid>(document.values.at(0))},
          .email = std::get<std::string>(document.values.at(1)),
          .balance = std::get<std::int64_t>(document.values.at(2)),
          .version = std::get<std::int64_t>(document.values.at(3))};
}

std::optional<Account> find_account(store::Store& store, const UserId& user) {
  const auto key = account_key(user);
  const auto found = store.get(accounts, std::span(&key, 1));
  return found.front() ? std::optional(to_account(*found.front())) : std::nullopt;
}

std::optional<Account> find_account(commit::Workspace& workspace, const store::Key& key) {
  const auto* document = workspace.find(key);
  return document != nullptr ? std::optional(to_account(*document)) : std::nullopt;
}

std::size_t count_moves(store::Store& store, const UserId& user) {
  const auto page =
      store.find({.collection = moves, .equals = {user.uuid}, .limit = store::page_documents_max});
  check(page.next.empty());
  return page.documents.size();
}

store::Document move_document(const UserId& user, std::int64_t number, std::int64_t points,
                              std::int64_t balance, const std::string& note) {
  return {{user.uuid, number, points, balance, note}};
}

void open_elsewhere(store::Store& store, const UserId& user, const std::string& email) {
  const store::ChangeSet changes{
      {store::Insert{accounts, to_document({.user = user, .email = email})}}};
  check(store.commit(changes).has_value());
}

void add_elsewhere(store::Store& store, const UserId& user, std::int64_t points) {
  const auto before = find_account(store, user);
  check(before.has_value());
  auto after = *before;
  after.balance += points;
  ++after.version;
  const store::ChangeSet changes{
      {store::Replace{accounts, to_document(*before), to_document(after)}}};
  check(store.commit(changes).has_value());
}

Result<Open::Reply> Open::decide(commit::Workspace& workspace) const {
  if (const auto own = find_account(workspace, account_key(user))) {
    return own->balance;
  }
  if (workspace.find(email_key(email)) != nullptr) {
    return fail(ErrorCode::already_exists, "the email is taken");
  }
  workspace.insert(accounts_described(), to_document({.user = user, .email = email}));
  return 0;
}

Result<ChangeEmail::Reply> ChangeEmail::decide(commit::Workspace& workspace) const {
  auto account = find_account(workspace, account_key(user));
  if (!account) {
    return fail(ErrorCode::not_found, "no such user");
  }
  if (account->email == email) {
    return email;
  }
  if (workspace.find(email_key(email)) != nullptr) {
    return fail(ErrorCode::already_exists, "the email is taken");
  }
  account->email = email;
  workspace.replace(accounts_described(), to_document(*account));
  return email;
}

Result<Move::Reply> Move::decide(commit::Workspace& workspace) const {
  auto account = find_account(workspace, account_key(user));
  if (!account) {
    return fail(ErrorCode::not_found, "no such user");
  }
  if (const auto* own = workspace.find(move_key(user, number))) {
    return std::get<std::int64_t>(own->values.at(3));
  }
  if (account->balance + points < 0) {
    return fail(ErrorCode::insufficient_points, "the balance does not reach");
  }
  account->balance += points;
  workspace.replace(accounts_described(), to_document(*account));
  workspace.insert(moves_described(), move_document(user, number, points, account->balance, note));
  return account->balance;
}

}  // namespace wattback::test_support
