// What SQLite gives on this machine: plain statements that write the documents the programme
// writes, into tables it made, with its pragmas and nothing else of it.
//   sqlite_limit redemptions|usage|import FILE SECONDS [MEMBERS]    prints how many a second
#include <sqlite3.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Blob = std::string;

constexpr int redemptions_a_transaction = 64;
constexpr int posts_a_transaction = 1024;  // more is not faster
constexpr int members_a_transaction = 8;   // of an import: 5,760 readings; more is not faster
constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t hours_a_day = 24;
constexpr std::int64_t days_a_month = 30;
constexpr std::int64_t award_of_half_a_kwh = 5'000'000'000;  // nanopoints

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "sqlite_limit: %s\n", why);
  std::exit(1);
}

class Database {
 public:
  explicit Database(const char* path) {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    expect(sqlite3_open_v2(path, &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) ==
           SQLITE_OK);
    run("PRAGMA cache_size = -53248");
    run("PRAGMA synchronous = FULL");
    run("PRAGMA foreign_keys = ON");
    run("PRAGMA wal_autocheckpoint = 16384");
  }

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { sqlite3_close(handle_); }

  void run(const char* sql) {
    expect(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    expect(sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) ==
           SQLITE_OK);
    return statement;
  }
  void expect(bool condition) {
    if (!condition) {
      give_up(sqlite3_errmsg(handle_));
    }
  }

 private:
  sqlite3* handle_ = nullptr;
};

class Statement {
 public:
  Statement(Database& database, const char* sql)
      : database_(database), statement_(database.prepare(sql)) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  template <class... Values>
  void run(const Values&... values) {
    int position = 0;
    (bind(++position, values), ...);
    database_.expect(sqlite3_step(statement_) == SQLITE_DONE);
    sqlite3_reset(statement_);
  }
  void set(int position, std::int64_t value) { bind(position, value); }
  bool step() { return sqlite3_step(statement_) == SQLITE_ROW; }
  std::int64_t integer(int column) { return sqlite3_column_int64(statement_, column); }
  Blob blob(int column) {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  void bind(int position, std::int64_t value) { sqlite3_bind_int64(statement_, position, value); }
  void bind(int position, double value) { sqlite3_bind_double(statement_, position, value); }
  void bind(int position, const char* value) {
    sqlite3_bind_text(statement_, position, value, -1, SQLITE_STATIC);
  }
  void bind(int position, const Blob& value) {
    sqlite3_bind_blob64(statement_, position, value.data(), value.size(), SQLITE_STATIC);
  }

  Database& database_;
  sqlite3_stmt* statement_;
};

struct Member {
  Blob id;
  Blob meter;
  Blob head;  // the first bytes of the ids of what is the member's
  std::int64_t balance = 0;
  std::int64_t seq = 0;
};

struct Reward {
  Blob id;
  std::string name;
};

class Limit {
 public:
  Limit(Database& database, std::int64_t members_max) : database_(database) {
    for (auto& byte : noise_) {
      byte = static_cast<char>(random_());
    }
    Statement select(database,
                     "SELECT user_id, meter_id, total_points, ledger_seq FROM users "
                     "JOIN meters USING (user_id) ORDER BY random() LIMIT ?");
    select.set(1, members_max);
    while (select.step()) {
      members_.push_back({.id = select.blob(0),
                          .meter = select.blob(1),
                          .head = select.blob(0).substr(10),
                          .balance = select.integer(2),
                          .seq = select.integer(3)});
    }
    Statement rewards(database, "SELECT reward_id, name FROM rewards ORDER BY points_required");
    while (rewards.step()) {
      rewards_.push_back({.id = rewards.blob(0), .name = rewards.blob(1)});
    }
    Statement last(database, "SELECT max(date) / 3600000 FROM energy_usage");
    last.step();
    next_hour_ = last.integer(0) + 1;
    if (members_.empty() || rewards_.empty()) {
      give_up("the store has no members or no rewards");
    }
  }

  // One transaction each; they answer how much it was.
  int redemptions();
  int usage();
  int import();

  void begin() { database_.run("BEGIN IMMEDIATE"); }
  void commit() { database_.run("COMMIT"); }

 private:
  // Bytes no index has seen, without the cost of making them.
  Blob noise(std::size_t size) {
    const auto at = random_() % (noise_.size() - size);
    return {noise_.data() + at, size};
  }
  Blob id_of(const Member& member) { return member.head + noise(5) + noise(5); }
  Blob usage_id(const Member& member, std::int64_t hour) {
    Blob id = member.head;
    for (int shift = 24; shift >= 0; shift -= 8) {
      id.push_back(static_cast<char>(hour >> shift));
    }
    return id + noise(6);
  }
  Member& next_member() {
    if (next_ == members_.size()) {
      next_ = 0;
      ++next_hour_;
    }
    return members_[next_++];
  }
  void add_reading(const Member& member, std::int64_t hour, const Blob& import_id);
  void add_entry(Member& member, std::int64_t points, std::int64_t day, std::int64_t readings);

  Database& database_;
  std::minstd_rand random_{std::random_device{}()};
  std::array<char, 1 << 16> noise_{};
  std::vector<Member> members_;
  std::vector<Reward> rewards_;
  std::size_t next_ = 0;
  std::int64_t next_hour_ = 0;
  std::int64_t now_ = 1'795'000'000'000;

  Statement insert_redemption_{
      database_,
      "INSERT INTO redemptions (redemption_id, user_id, reward_id, reward_name, redemption_date, "
      "points_redeemed, status, fingerprint, seq, version) "
      "VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, ?, 1)"};
  Statement insert_spent_{database_,
                          "INSERT INTO points_ledger VALUES (?, ?, 'redeemed', ?, 0, ?, 0, "
                          "?, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ?, ?, ?)"};
  Statement insert_earned_{database_,
                           "INSERT INTO points_ledger VALUES (?, ?, 'earned', ?, 0, ?, 0, "
                           "?, ?, ?, 0.0, ?, ?, 1, NULL, ?, ?, ?)"};
  Statement update_user_{database_,
                         "UPDATE users SET total_points = ?, ledger_seq = ?, "
                         "ledger_head = ?, version = version + 1 WHERE user_id = ?"};
  Statement update_reward_{database_,
                           "UPDATE rewards SET inventory = inventory - ?, "
                           "version = version + 1 WHERE reward_id = ?"};
  Statement insert_reading_{
      database_,
      "INSERT INTO energy_usage VALUES (?, ?, ?, ?, 3600, ?, 0.5, 'Renewable', 5, NULL, "
      "?, nullif(?, x''), 1, 1, ?, 1)"};
  Statement upsert_day_{database_,
                        "INSERT INTO usage_daily VALUES (?, ?, ?, 0.0, ?, ?, ?, 1, 1) ON "
                        "CONFLICT DO UPDATE SET renewable = renewable + 0.5, readings = "
                        "readings + 1, award = award + excluded.award, points_earned = "
                        "points_earned + 5, version = version + 1"};
  Statement insert_import_{database_,
                           "INSERT INTO imports VALUES (?, ?, NULL, ?, 'running', ?, 0, "
                           "'{}', ?, ?, NULL, ?, 1)"};
};

int Limit::redemptions() {
  std::vector<std::int64_t> taken(rewards_.size());
  for (int i = 0; i < redemptions_a_transaction; ++i) {
    auto& member = next_member();
    const auto reward = random_() % rewards_.size();
    const auto cost = static_cast<std::int64_t>(reward) + 1;
    const auto id = id_of(member);
    const auto hash = noise(32);
    ++now_;
    ++taken[reward];
    ++member.seq;
    member.balance -= cost;
    insert_redemption_.run(id, member.id, rewards_[reward].id, rewards_[reward].name.c_str(), now_,
                           cost, noise(32), member.seq);
    insert_spent_.run(member.id, member.seq, -cost, member.balance, id, member.id, now_, hash);
    update_user_.run(member.balance, member.seq, hash, member.id);
  }
  for (std::size_t reward = 0; reward < rewards_.size(); ++reward) {
    if (taken[reward] > 0) {
      update_reward_.run(taken[reward], rewards_[reward].id);
    }
  }
  return redemptions_a_transaction;
}

void Limit::add_reading(const Member& member, std::int64_t hour, const Blob& import_id) {
  insert_reading_.run(usage_id(member, hour), member.id, member.meter, hour * hour_ms,
                      hour / hours_a_day, now_, import_id, now_);
}

// Of so many readings of half a kWh on one day, and what they change of it.
void Limit::add_entry(Member& member, std::int64_t points, std::int64_t day,
                      std::int64_t readings) {
  const auto award = readings * award_of_half_a_kwh;
  ++member.seq;
  member.balance += points;
  upsert_day_.run(member.id, day, 0.5 * static_cast<double>(readings), readings, award, points);
  insert_earned_.run(member.id, member.seq, points, member.balance, noise(16), day,
                     0.5 * static_cast<double>(readings), award, award, member.id, now_, noise(32));
}

int Limit::usage() {
  for (int i = 0; i < posts_a_transaction; ++i) {
    auto& member = next_member();
    ++now_;
    add_reading(member, next_hour_, {});
    add_entry(member, 5, next_hour_ / hours_a_day, 1);
    update_user_.run(member.balance, member.seq, noise(32), member.id);
  }
  return posts_a_transaction;
}

int Limit::import() {
  const auto import_id = noise(8) + noise(8);
  const auto first = (next_hour_ / hours_a_day + 1) * hours_a_day;
  insert_import_.run(import_id, import_id, noise(32), now_, first, first, now_);
  for (int i = 0; i < members_a_transaction; ++i) {
    auto& member = next_member();
    for (std::int64_t hour = 0; hour < days_a_month * hours_a_day; ++hour) {
      add_reading(member, first + hour, import_id);
      if (hour % hours_a_day == hours_a_day - 1) {
        add_entry(member, 5 * hours_a_day, (first + hour) / hours_a_day, hours_a_day);
      }
    }
    update_user_.run(member.balance, member.seq, noise(32), member.id);
  }
  return static_cast<int>(members_a_transaction * days_a_month * hours_a_day);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc == 4 || argc == 5 ? argv[1] : "";
  const auto step = kind == "redemptions" ? &Limit::redemptions
                    : kind == "usage"     ? &Limit::usage
                    : kind == "import"    ? &Limit::import
                                          : nullptr;
  if (step == nullptr) {
    give_up("usage: sqlite_limit redemptions|usage|import FILE SECONDS [MEMBERS]");
  }
  Database database(argv[2]);
  constexpr std::int64_t all = -1;
  Limit limit(database, argc == 5 ? std::stoll(argv[4]) : all);
  const std::chrono::duration<double> wanted(std::stod(argv[3]));
  const auto began = std::chrono::steady_clock::now();
  std::chrono::duration<double> elapsed{};
  std::int64_t done = 0;
  while (elapsed < wanted) {
    limit.begin();
    done += (limit.*step)();
    limit.commit();
    elapsed = std::chrono::steady_clock::now() - began;
  }
  std::printf("%.0f\n", static_cast<double>(done) / elapsed.count());
}
