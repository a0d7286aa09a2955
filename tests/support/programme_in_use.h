// A programme as it stands after some weeks of real commands: meters of several cadences and zones,
// two versions of the rules, restatements, an import withdrawn, adjustments, owed balances,
// redemptions in every state, stock moved, sessions and tokens. Whoever includes it links the
// domain.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "access/commands.h"
#include "commit/committer.h"
#include "earning/commands.h"
#include "meters/commands.h"
#include "points/commands.h"
#include "redemptions/commands.h"
#include "rewards/commands.h"
#include "usage/commands.h"
#include "users/commands.h"

namespace wattback::test_support {

inline Instant at(const char* text) { return *parse_instant(text); }

template <class I>
I numbered(std::uint8_t number) {
  return I{Uuid{{0x01, 0x92, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, number}}};
}

// An import's document, as its runner would leave it.
struct ImportDocument {
  ImportId import_id;
  std::optional<UserId> user;
  std::int64_t accepted = 0;
  Instant first;
  Instant last;
  bool withdrawn = false;

  store::Document document() const {
    using namespace std::string_literals;
    return {{import_id.uuid, Uuid{}, user ? store::Value{user->uuid} : store::Value{},
             store::Bytes(32, 7), withdrawn ? "withdrawn"s : "done"s, last, accepted,
             store::Integers{{"read", accepted}, {"accepted", accepted}}, first, last,
             withdrawn ? store::Value{"mistake"s} : store::Value{}, last, std::int64_t{1}}};
  }
};

struct PutImport {
  using Reply = bool;
  ImportDocument import;

  std::vector<store::Key> keys() const { return {}; }
  Result<bool> decide(commit::Workspace& workspace) const {
    const auto& schema = store::product_schema().collection({"imports"});
    const auto document = import.document();
    if (workspace.find(store::primary_key(schema, document)) == nullptr) {
      workspace.insert(schema, document);
    } else {
      workspace.replace(schema, document);
    }
    return true;
  }
};

class ProgrammeInUse {
 public:
  const UserId ana = numbered<UserId>(1);  // earned, spent, withdrew; two zones of meters
  const UserId ben = numbered<UserId>(2);  // spent, then was restated: owes
  const UserId cat = numbered<UserId>(3);  // an administrator
  const UserId dan = numbered<UserId>(4);  // suspended, nothing else
  const RewardId kettle = numbered<RewardId>(11);
  const RewardId lamp = numbered<RewardId>(12);
  const ImportId file = numbered<ImportId>(21);       // ana's, stands
  const ImportId withdrawn = numbered<ImportId>(22);  // ana's, withdrawn
  const SessionId session = numbered<SessionId>(31);  // ana's
  const TokenId token = numbered<TokenId>(41);        // made by cat
  const Actor actor{cat.uuid};

  explicit ProgrammeInUse(store::Store& store) : committer_(store, store::product_schema()) {
    store.apply_schema(store::product_schema());
    start();
    record_ana();
    spend();
    record_ben();
    sign_in();
  }

  // Runs a command to its answer, which must be a success.
  template <commit::Command C>
  C::Reply run(C command) {
    std::optional<Result<typename C::Reply>> answer;
    committer_.submit<C>(std::move(command),
                         [&](Result<typename C::Reply> reply) { answer = std::move(reply); });
    while (committer_.waiting() > 0) {
      committer_.work();
    }
    EXPECT_TRUE(answer->has_value()) << answer->error().detail;
    return **answer;
  }

  // `count` readings, one after the other, of a meter of a member.
  usage::RecordReadings readings(const UserId& user, const char* label, const char* start,
                                 Seconds cadence, int count, std::int64_t milliwatt_hours,
                                 EnergyType type = EnergyType::renewable) const {
    usage::RecordReadings record{.user = user,
                                 .meter = meters::new_reference(user, label, std::nullopt),
                                 .actor = actor,
                                 .now = now};
    for (int i = 0; i < count; ++i) {
      record.readings.push_back(
          {.interval = {.start = at(start) + i * cadence, .duration = cadence},
           .energy = {milliwatt_hours + i},
           .type = type});
    }
    return record;
  }

  // The same with another energy each, stated later.
  static usage::RecordReadings restated(usage::RecordReadings record, std::int64_t milliwatt_hours,
                                        Instant as_of) {
    for (auto& reading : record.readings) {
      reading.energy = {milliwatt_hours};
      reading.as_of = as_of;
    }
    record.now = as_of;
    return record;
  }

  Instant now = at("2026-03-20T12:00:00Z");

 private:
  static constexpr Seconds hour{3600};

  void start() {
    run(earning::StartProgramme{
        .name = "Riverside",
        .time_zone = *TimeZone::find("Europe/Lisbon"),
        .terms = {.rates = {{"Renewable", 10'000}, {"Non-Renewable", 1'250}},
                  .daily_cap = Points{300}},
        .actor = actor,
        .now = at("2026-01-01T00:00:00Z")});
    run(earning::PublishRules{.follows = 1,
                              .effective_day = make_day(2026, 3, 10),
                              .terms = {.rates = {{"Renewable", 12'345}, {"Non-Renewable", 0}},
                                        .daily_cap = std::nullopt},
                              .actor = actor,
                              .now = at("2026-03-01T00:00:00Z")});
    const auto create = [&](const UserId& user, const char* name, users::Role role) {
      run(users::CreateUser{.user = user,
                            .name = name,
                            .email = std::string(name) + "@Example.org",
                            .role = role,
                            .now = at("2026-01-02T00:00:00Z")});
    };
    create(ana, "Ana", users::Role::user);
    create(ben, "Ben", users::Role::user);
    create(cat, "Cat", users::Role::admin);
    create(dan, "Dan", users::Role::user);
    run(users::EditUser{
        .user = ben, .time_zone = TimeZone::find("Asia/Kolkata").value(), .now = now});
    run(users::EditUser{.user = dan, .status = users::Status::suspended, .now = now});
    run(rewards::CreateReward{.reward = kettle,
                              .name = "Kettle",
                              .points_required = Points{400},
                              .stock = 5,
                              .actor = actor,
                              .now = now});
    run(rewards::CreateReward{
        .reward = lamp, .name = "Lamp", .points_required = Points{25}, .actor = actor, .now = now});
    move_stock(3, "delivery", "s1");
    move_stock(-1, "broken", "s2");
  }

  void move_stock(std::int64_t delta, const char* reason, const char* key) {
    run(rewards::MoveStock{.reward = lamp,
                           .delta = delta,
                           .reason_code = reason,
                           .key = {key},
                           .actor = actor,
                           .now = now});
  }

  // Across the change of the rules, over midnight in two zones, with a day cut short by the cap.
  void record_ana() {
    run(readings(ana, "default", "2026-03-08T06:00:00Z", hour, 30, 1'234'567));
    run(readings(ana, "default", "2026-03-09T12:00:00Z", hour, 30, 1'500'001));
    run(readings(ana, "grid", "2026-03-09T00:00:00Z", hour * 24, 3, 9'000'000,
                 EnergyType::non_renewable));
    run(users::EditUser{
        .user = ana, .time_zone = TimeZone::find("America/New_York").value(), .now = now});
    run(readings(ana, "cabin", "2026-03-09T00:00:00Z", Seconds(900), 50, 50'000));
    run(restated(readings(ana, "default", "2026-03-09T12:00:00Z", hour, 4, 0), 2'000'000,
                 now + std::chrono::hours(1)));

    auto meter = readings(ana, "roof", "2026-03-12T00:00:00Z", hour, 20, 700'000);
    meter.meter = meters::new_reference(ana, "roof", "GRID-77");
    meter.import_id = file;
    put_import({file, ana, 20, meter.readings.front().interval.start,
                meter.readings.back().interval.start});
    run(meter);
    auto mistaken = readings(ana, "default", "2026-03-13T00:00:00Z", hour, 6, 5'000'000);
    mistaken.import_id = withdrawn;
    put_import({withdrawn, ana, 6, mistaken.readings.front().interval.start,
                mistaken.readings.back().interval.start});
    std::vector<UsageId> ids;
    for (const auto& reading : run(mistaken).readings) {
      ids.push_back(reading.usage_id);
    }
    put_import({withdrawn, ana, 6, mistaken.readings.front().interval.start,
                mistaken.readings.back().interval.start, true});
    run(usage::WithdrawReadings{
        .user = ana, .readings = ids, .import_id = withdrawn, .actor = actor, .now = now});
  }

  void put_import(const ImportDocument& import) { run(PutImport{import}); }

  void redeem(const UserId& user, const RewardId& reward, const char* key) {
    last_redemption_ =
        run(redemptions::Redeem{
                .user = user, .reward = reward, .key = {key}, .actor = actor, .now = now})
            .redemption.redemption_id;
  }

  void adjust(const UserId& user, std::int64_t points, const char* key) {
    run(points::AdjustPoints{.user = user,
                             .points = {points},
                             .reason_code = "goodwill",
                             .key = {key},
                             .actor = actor,
                             .now = now});
  }

  void spend() {
    redeem(ana, kettle, "a1");
    redeem(ana, lamp, "a2");
    run(redemptions::FulfilRedemption{.user = ana, .redemption = last_redemption_});
    redeem(ana, lamp, "a3");
    run(redemptions::CancelRedemption{
        .user = ana, .redemption = last_redemption_, .actor = actor, .now = now});
    adjust(ana, 40, "j1");
    adjust(ana, -15, "j2");
  }

  // Spends what is then taken back, has some of it written off, some repaid, and owes the rest.
  void record_ben() {
    const auto record = readings(ben, "default", "2026-03-14T18:30:00Z", hour, 24, 2'000'000);
    run(record);
    redeem(ben, kettle, "b1");
    redeem(ben, lamp, "b2");
    const auto to_cancel = last_redemption_;
    run(restated(record, 100'000, now + std::chrono::hours(1)));
    run(points::WriteOffPoints{.user = ben,
                               .points = {7},
                               .reason_code = "goodwill",
                               .key = {"w1"},
                               .actor = actor,
                               .now = now});
    run(redemptions::CancelRedemption{
        .user = ben, .redemption = to_cancel, .actor = actor, .now = now});
    adjust(ben, 10, "j3");
    run(readings(ben, "default", "2026-03-16T18:30:00Z", hour, 24, 50'000));
  }

  void sign_in() {
    run(users::EditUser{.user = ana, .password = "a hash", .now = now});
    users::User verified;
    verified.password = "a hash";
    const auto start = [&](const SessionId& id) {
      const auto made = security::make_bearer(security::BearerKind::session, id.uuid);
      run(access::StartSession{.bearer = made.bearer,
                               .user = ana,
                               .password = access::password_digest(verified),
                               .device = "telephone",
                               .now = now});
    };
    start(session);
    start(numbered<SessionId>(32));
    run(access::EndSession{.session = numbered<SessionId>(32), .user = ana, .now = now});
    const auto create = [&](const TokenId& id, const Actor& maker) {
      const auto made = security::make_bearer(security::BearerKind::token, id.uuid);
      run(access::CreateToken{.bearer = made.bearer,
                              .name = "meter gateway",
                              .expires_at = now + std::chrono::hours(24),
                              .actor = maker,
                              .now = now});
    };
    create(token, actor);
    create(numbered<TokenId>(42), operator_actor);
    run(access::RevokeToken{.token = numbered<TokenId>(42), .now = now});
  }

  commit::Committer committer_;
  RedemptionId last_redemption_;
};

}  // namespace wattback::test_support
