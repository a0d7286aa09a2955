// What MongoDB gives on this machine: plain commands of its driver that write the documents the
// programme writes, into collections it made, and nothing else of it. Redemptions and posts go in
// transactions; the readings of an import and the members of an initial load are inserted, many at
// once.
//   mongo_limit redemptions|usage|import|users ADDRESS SECONDS [DAYS]    prints how many a second
// DAYS, a month if not given, are how many of a member an import has at once.
#include <mongoc/mongoc.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

using Blob = std::string;

constexpr int redemptions_a_transaction = 128;
constexpr int posts_a_transaction = 512;  // more is not faster
constexpr std::int64_t readings_a_batch = 2880;
constexpr int users_a_batch = 1000;
constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t hours_a_day = 24;
constexpr std::int64_t days_a_month = 30;
constexpr std::int64_t days_max = readings_a_batch / hours_a_day;
constexpr std::int64_t points_of_a_reading = 5;             // of half a kWh
constexpr std::int64_t award_of_a_reading = 5'000'000'000;  // nanopoints
constexpr std::int64_t opening_points = 100;

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "mongo_limit: %s\n", why);
  std::exit(1);
}

void expect(bool condition, const bson_error_t& error) {
  if (!condition) {
    give_up(error.message);
  }
}

// A document; its fields are added in order.
class Doc {
 public:
  Doc() = default;
  Doc(const Doc&) = delete;
  Doc& operator=(const Doc&) = delete;
  ~Doc() { bson_destroy(&bson_); }

  Doc& id(const char* name, const Blob& bytes) { return binary(name, BSON_SUBTYPE_UUID, bytes); }
  Doc& bytes(const char* name, const Blob& bytes) {
    return binary(name, BSON_SUBTYPE_BINARY, bytes);
  }
  Doc& integer(const char* name, std::int64_t value) {
    BSON_APPEND_INT64(&bson_, name, value);
    return *this;
  }
  Doc& real(const char* name, double value) {
    BSON_APPEND_DOUBLE(&bson_, name, value);
    return *this;
  }
  Doc& boolean(const char* name, bool value) {
    BSON_APPEND_BOOL(&bson_, name, value);
    return *this;
  }
  Doc& text(const char* name, const std::string& value) {
    BSON_APPEND_UTF8(&bson_, name, value.c_str());
    return *this;
  }
  Doc& date(const char* name, std::int64_t milliseconds) {
    BSON_APPEND_DATE_TIME(&bson_, name, milliseconds);
    return *this;
  }
  Doc& document(const char* name, const Doc& value) {
    BSON_APPEND_DOCUMENT(&bson_, name, &value.bson_);
    return *this;
  }
  Doc& array(const char* name, const Doc& value) {
    BSON_APPEND_ARRAY(&bson_, name, &value.bson_);
    return *this;
  }
  const bson_t* get() const { return &bson_; }
  bson_t* get() { return &bson_; }

 private:
  Doc& binary(const char* name, bson_subtype_t subtype, const Blob& bytes) {
    BSON_APPEND_BINARY(&bson_, name, subtype, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                       static_cast<std::uint32_t>(bytes.size()));
    return *this;
  }

  bson_t bson_ = BSON_INITIALIZER;
};

// What one command writes into a collection.
class Batch {
 public:
  void add(const Doc& item) { items_.document(std::to_string(count_++).c_str(), item); }
  const Doc& items() const { return items_; }

 private:
  Doc items_;
  int count_ = 0;
};

using Batches = std::map<std::string, Batch>;  // by collection

// Statements of the transaction begun, or each document by itself, in whatever order.
enum class As : std::uint8_t { transaction, documents };

class Database {
 public:
  explicit Database(const char* address) {
    mongoc_init();
    bson_error_t error;
    uri_ = mongoc_uri_new_with_error(address, &error);
    expect(uri_ != nullptr, error);
    client_ = mongoc_client_new_from_uri(uri_);
    session_ = mongoc_client_start_session(client_, nullptr, &error);
    expect(session_ != nullptr, error);
    auto* reads = mongoc_read_concern_new();
    mongoc_read_concern_set_level(reads, MONGOC_READ_CONCERN_LEVEL_SNAPSHOT);
    mongoc_transaction_opts_set_read_concern(options_, reads);
    mongoc_read_concern_destroy(reads);
    auto* writes = mongoc_write_concern_new();
    mongoc_write_concern_set_wmajority(writes, 0);
    mongoc_transaction_opts_set_write_concern(options_, writes);
    mongoc_write_concern_append(writes, alone_.get());
    mongoc_write_concern_destroy(writes);
    expect(mongoc_client_session_append(session_, in_transaction_.get(), &error), error);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() {
    mongoc_transaction_opts_destroy(options_);
    mongoc_client_session_destroy(session_);
    mongoc_client_destroy(client_);
    mongoc_uri_destroy(uri_);
    mongoc_cleanup();
  }

  void begin() {
    bson_error_t error;
    expect(mongoc_client_session_start_transaction(session_, options_, &error), error);
  }
  void commit() {
    bson_error_t error;
    expect(mongoc_client_session_commit_transaction(session_, nullptr, &error), error);
  }
  void insert(const Batches& batches, As as) { write("insert", "documents", batches, as); }
  void update(const Batches& batches, As as) { write("update", "updates", batches, as); }

  // Each document of a collection, to a function.
  template <class Take>
  void read(const char* name, Take take, const Doc& options = {}) {
    auto* collection = mongoc_client_get_collection(client_, mongoc_uri_get_database(uri_), name);
    const Doc all;
    auto* cursor = mongoc_collection_find_with_opts(collection, all.get(), options.get(), nullptr);
    const bson_t* found = nullptr;
    while (mongoc_cursor_next(cursor, &found)) {
      take(found);
    }
    bson_error_t error;
    expect(!mongoc_cursor_error(cursor, &error), error);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(collection);
  }

 private:
  void write(const char* verb, const char* list, const Batches& batches, As as) {
    for (const auto& [collection, batch] : batches) {
      Doc command;
      command.text(verb, collection)
          .array(list, batch.items())
          .boolean("ordered", as == As::transaction);
      bson_t reply;
      bson_error_t error;
      expect(mongoc_client_write_command_with_opts(
                 client_, mongoc_uri_get_database(uri_), command.get(),
                 as == As::transaction ? in_transaction_.get() : alone_.get(), &reply, &error),
             error);
      if (bson_has_field(&reply, "writeErrors")) {
        give_up(bson_as_relaxed_extended_json(&reply, nullptr));
      }
      bson_destroy(&reply);
    }
  }

  mongoc_uri_t* uri_ = nullptr;
  mongoc_client_t* client_ = nullptr;
  mongoc_client_session_t* session_ = nullptr;
  mongoc_transaction_opt_t* options_ = mongoc_transaction_opts_new();
  Doc in_transaction_;
  Doc alone_;
};

bson_iter_t field_of(const bson_t* document, const char* name) {
  bson_iter_t field;
  if (!bson_iter_init_find(&field, document, name)) {
    give_up(name);
  }
  return field;
}

Blob blob_at(const bson_t* document, const char* name) {
  const auto field = field_of(document, name);
  std::uint32_t size = 0;
  const std::uint8_t* bytes = nullptr;
  bson_iter_binary(&field, nullptr, &size, &bytes);
  return {reinterpret_cast<const char*>(bytes), size};
}

std::int64_t integer_at(const bson_t* document, const char* name) {
  const auto field = field_of(document, name);
  return bson_iter_as_int64(&field);
}

std::int64_t milliseconds_at(const bson_t* document, const char* name) {
  const auto field = field_of(document, name);
  return bson_iter_date_time(&field);
}

std::string text_at(const bson_t* document, const char* name) {
  const auto field = field_of(document, name);
  return bson_iter_utf8(&field, nullptr);
}

struct Member {
  Blob id;
  Blob meter;
  Blob head;  // the first bytes of the ids of what is the member's
  std::int64_t balance = 0;
  std::int64_t seq = 0;
  std::int64_t version = 0;
  std::int64_t day = 0;       // the last with readings,
  std::int64_t readings = 0;  // and how many it has
};

struct Reward {
  Blob id;
  std::string name;
};

class Limit {
 public:
  Limit(Database& database, std::int64_t days) : database_(database), days_(days) {
    for (auto& byte : noise_) {
      byte = static_cast<char>(random_());
    }
    std::unordered_map<Blob, Blob> meters;
    database.read("meters", [&](const bson_t* meter) {
      meters.emplace(blob_at(meter, "user_id"), blob_at(meter, "meter_id"));
    });
    database.read("users", [&](const bson_t* user) {
      const auto id = blob_at(user, "user_id");
      if (const auto meter = meters.find(id); meter != meters.end()) {
        members_.push_back({.id = id,
                            .meter = meter->second,
                            .head = id.substr(10),
                            .balance = integer_at(user, "total_points"),
                            .seq = integer_at(user, "ledger_seq"),
                            .version = integer_at(user, "version")});
      }
    });
    std::ranges::shuffle(members_, random_);
    database.read("rewards", [&](const bson_t* reward) {
      rewards_.push_back({.id = blob_at(reward, "reward_id"), .name = text_at(reward, "name")});
    });
    Doc newest;
    newest.document("sort", Doc().integer("date", -1)).integer("limit", 1);
    database.read(
        "energy_usage",
        [&](const bson_t* reading) { next_hour_ = milliseconds_at(reading, "date") / hour_ms + 1; },
        newest);
    if (members_.empty() || rewards_.empty()) {
      give_up("the store has no members with meters, or no rewards");
    }
  }

  // One batch; they answer how much it was.
  int redemptions();
  int usage();
  int import();
  int users();

 private:
  // Bytes no index has seen, without the cost of making them.
  Blob noise(std::size_t size) {
    const auto at = random_() % (noise_.size() - size);
    return {noise_.data() + at, size};
  }
  Blob new_id() { return noise(8) + noise(8); }

  // As the product's members have them: rising with time (RFC 9562, version 7), so that each goes
  // to the end of what is there.
  Blob new_member_id() {
    Blob id;
    for (int shift = 40; shift >= 0; shift -= 8) {
      id.push_back(static_cast<char>(now_ >> shift));
    }
    return id + noise(10);
  }
  Blob id_of(const Member& member) { return member.head + noise(5) + noise(5); }
  Blob usage_id(const Member& member, std::int64_t hour) {
    Blob id = member.head;
    for (int shift = 24; shift >= 0; shift -= 8) {
      id.push_back(static_cast<char>(hour >> shift));
    }
    return id + noise(6);
  }
  // In turn; each turn comes so many hours after the last.
  Member& next_member(std::int64_t hours_a_turn = 1) {
    if (next_ == members_.size()) {
      next_ = 0;
      next_hour_ += hours_a_turn;
    }
    return members_[next_++];
  }

  void earn(Member& member, std::int64_t day, std::int64_t readings);
  void insert_redemption(const Member& member, const Reward& reward, std::int64_t cost);
  void insert_reading(const Member& member, std::int64_t hour, const Blob& import_id);
  void insert_entry(const Member& member, const char* kind, std::int64_t points, const Blob& cause,
                    std::int64_t readings = 0);
  void insert_user(const Member& user);
  void insert_day(const Member& member);
  void update_day(const Member& member);
  void update_member(Member& member);
  void update_reward(const Reward& reward, std::int64_t taken);
  void send(As as);

  Database& database_;
  std::int64_t days_;
  std::minstd_rand random_{std::random_device{}()};
  std::array<char, 1 << 16> noise_{};
  std::vector<Member> members_;
  std::vector<Reward> rewards_;
  std::size_t next_ = 0;
  std::int64_t next_hour_ = 0;
  std::int64_t now_ = 1'795'000'000'000;
  Batches inserts_;
  Batches updates_;
};

void Limit::send(As as) {
  if (as == As::transaction) {
    database_.begin();
  }
  database_.insert(inserts_, as);
  database_.update(updates_, as);
  if (as == As::transaction) {
    database_.commit();
  }
  inserts_.clear();
  updates_.clear();
}

void Limit::insert_entry(const Member& member, const char* kind, std::int64_t points,
                         const Blob& cause, std::int64_t readings) {
  Doc entry;
  entry.document("_id", Doc().id("user_id", member.id).integer("seq", member.seq))
      .text("kind", kind)
      .integer("points", points)
      .integer("owed", 0)
      .integer("balance", member.balance)
      .integer("carry", 0)
      .id("cause", cause);
  if (readings > 0) {
    entry.date("day", member.day * hours_a_day * hour_ms)
        .real("day_renewable", 0.5 * static_cast<double>(member.readings))
        .real("day_non_renewable", 0)
        .integer("day_award", member.readings * award_of_a_reading)
        .integer("day_award_change", readings * award_of_a_reading)
        .integer("rules_version", 1);
  }
  entry.id("actor", member.id).date("created_at", now_).bytes("hash", noise(32));
  inserts_["points_ledger"].add(entry);
}

void Limit::update_member(Member& member) {
  Doc fields;
  fields.integer("total_points", member.balance)
      .integer("ledger_seq", member.seq)
      .bytes("ledger_head", noise(32))
      .integer("version", ++member.version);
  updates_["users"].add(Doc()
                            .document("q", Doc().id("_id", member.id))
                            .document("u", Doc().document("$set", fields)));
}

void Limit::update_reward(const Reward& reward, std::int64_t taken) {
  updates_["rewards"].add(
      Doc()
          .document("q", Doc().id("_id", reward.id))
          .document("u", Doc().document("$inc",
                                        Doc().integer("inventory", -taken).integer("version", 1))));
}

void Limit::insert_redemption(const Member& member, const Reward& reward, std::int64_t cost) {
  const auto id = id_of(member);
  Doc redemption;
  redemption.id("_id", id)
      .id("redemption_id", id)
      .id("user_id", member.id)
      .id("reward_id", reward.id)
      .text("reward_name", reward.name)
      .date("redemption_date", now_)
      .integer("points_redeemed", cost)
      .text("status", "pending")
      .bytes("fingerprint", noise(32))
      .integer("seq", member.seq)
      .integer("version", 1);
  inserts_["redemptions"].add(redemption);
  insert_entry(member, "redeemed", -cost, id);
}

int Limit::redemptions() {
  std::vector<std::int64_t> taken(rewards_.size());
  for (int i = 0; i < redemptions_a_transaction; ++i) {
    auto& member = next_member();
    const auto reward = random_() % rewards_.size();
    const auto cost = static_cast<std::int64_t>(reward) + 1;
    ++now_;
    ++taken[reward];
    ++member.seq;
    member.balance -= cost;
    insert_redemption(member, rewards_[reward], cost);
    update_member(member);
  }
  for (std::size_t reward = 0; reward < rewards_.size(); ++reward) {
    if (taken[reward] > 0) {
      update_reward(rewards_[reward], taken[reward]);
    }
  }
  send(As::transaction);
  return redemptions_a_transaction;
}

// So many readings of half a kWh on one day, and the entry of what they award.
void Limit::earn(Member& member, std::int64_t day, std::int64_t readings) {
  ++member.seq;
  member.balance += readings * points_of_a_reading;
  member.readings = member.day == day ? member.readings + readings : readings;
  member.day = day;
  insert_entry(member, "earned", readings * points_of_a_reading, new_id(), readings);
}

void Limit::insert_reading(const Member& member, std::int64_t hour, const Blob& import_id) {
  const auto id = usage_id(member, hour);
  Doc reading;
  reading.id("_id", id)
      .id("usage_id", id)
      .id("user_id", member.id)
      .id("meter_id", member.meter)
      .date("date", hour * hour_ms)
      .integer("duration", hour_ms / 1000)
      .date("day", hour / hours_a_day * hours_a_day * hour_ms)
      .real("energy_consumed", 0.5)
      .text("energy_type", "Renewable")
      .integer("points_earned", points_of_a_reading)
      .date("as_of", now_);
  if (!import_id.empty()) {
    reading.id("import_id", import_id);
  }
  reading.integer("rules_version", 1)
      .integer("revision", 1)
      .date("created_at", now_)
      .integer("version", 1);
  inserts_["energy_usage"].add(reading);
}

void add_day(Doc& document, const Member& member) {
  document.real("renewable", 0.5 * static_cast<double>(member.readings))
      .real("non_renewable", 0)
      .integer("readings", member.readings)
      .integer("award", member.readings * award_of_a_reading)
      .integer("points_earned", member.readings * points_of_a_reading)
      .integer("rules_version", 1)
      .integer("version", member.readings);
}

void add_day_key(Doc& document, const Member& member) {
  document.document("_id",
                    Doc().id("user_id", member.id).date("day", member.day * hours_a_day * hour_ms));
}

void Limit::insert_day(const Member& member) {
  Doc day;
  add_day_key(day, member);
  add_day(day, member);
  inserts_["usage_daily"].add(day);
}

void Limit::update_day(const Member& member) {
  Doc key;
  Doc fields;
  add_day_key(key, member);
  add_day(fields, member);
  updates_["usage_daily"].add(Doc()
                                  .document("q", key)
                                  .document("u", Doc().document("$set", fields))
                                  .boolean("upsert", true));
}

int Limit::usage() {
  for (int i = 0; i < posts_a_transaction; ++i) {
    auto& member = next_member();
    ++now_;
    insert_reading(member, next_hour_, {});
    earn(member, next_hour_ / hours_a_day, 1);
    update_day(member);
    update_member(member);
  }
  send(As::transaction);
  return posts_a_transaction;
}

int Limit::import() {
  const auto import_id = new_id();
  const auto members = readings_a_batch / (days_ * hours_a_day);
  for (std::int64_t i = 0; i < members; ++i) {
    auto& member = next_member(days_ * hours_a_day);
    const auto first = next_hour_ / hours_a_day + 1;
    for (auto day = first; day < first + days_; ++day) {
      for (std::int64_t hour = 0; hour < hours_a_day; ++hour) {
        insert_reading(member, day * hours_a_day + hour, import_id);
      }
      earn(member, day, hours_a_day);
      insert_day(member);
    }
    update_member(member);
  }
  send(As::documents);
  return static_cast<int>(members * days_ * hours_a_day);
}

void Limit::insert_user(const Member& user) {
  Doc document;
  document.id("_id", user.id)
      .id("user_id", user.id)
      .text("name", "A member of the limit")
      .text("email", "member" + std::to_string(now_) + "@example.org")
      .bytes("email_digest", new_id() + new_id())
      .text("password", "")
      .integer("total_points", user.balance)
      .text("role", "User")
      .text("status", "active")
      .integer("points_owed", 0)
      .integer("points_carry", 0)
      .integer("ledger_seq", user.seq)
      .bytes("ledger_head", noise(32))
      .date("created_at", now_)
      .date("updated_at", now_)
      .integer("edition", 1)
      .integer("version", 1);
  inserts_["users"].add(document);
}

int Limit::users() {
  for (int i = 0; i < users_a_batch; ++i) {
    ++now_;
    const Member user{.id = new_member_id(), .balance = opening_points, .seq = 1};
    const auto adjustment = new_id();
    insert_user(user);
    insert_entry(user, "adjusted", opening_points, adjustment);
    Doc document;
    document.id("_id", adjustment)
        .id("adjustment_id", adjustment)
        .id("user_id", user.id)
        .integer("points", opening_points)
        .text("reason_code", "opening_balance")
        .id("actor", user.id)
        .integer("seq", 1)
        .bytes("fingerprint", noise(32))
        .date("created_at", now_);
    inserts_["adjustments"].add(document);
  }
  send(As::documents);
  return users_a_batch;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc == 4 || argc == 5 ? argv[1] : "";
  const auto days = argc == 5 ? std::stoll(argv[4]) : days_a_month;
  const auto step = kind == "redemptions" ? &Limit::redemptions
                    : kind == "usage"     ? &Limit::usage
                    : kind == "import"    ? &Limit::import
                    : kind == "users"     ? &Limit::users
                                          : nullptr;
  if (step == nullptr || days < 1 || days > days_max) {
    give_up("usage: mongo_limit redemptions|usage|import|users ADDRESS SECONDS [DAYS]");
  }
  Database database(argv[2]);
  Limit limit(database, days);
  const std::chrono::duration<double> wanted(std::stod(argv[3]));
  const auto began = std::chrono::steady_clock::now();
  std::chrono::duration<double> elapsed{};
  std::int64_t done = 0;
  while (elapsed < wanted) {
    done += (limit.*step)();
    elapsed = std::chrono::steady_clock::now() - began;
  }
  std::printf("%.0f\n", static_cast<double>(done) / elapsed.count());
}
