// The promises of the server that hold for every resource, asked over the wire.
#include "api/service.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <sstream>
#include <vector>

#include "access/tries.h"
#include "operations/audit.h"
#include "points/reads.h"
#include "support/service_fixture.h"

namespace wattback::api {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Served : public ServiceOnStores {
 protected:
  std::string admin = session_of(programme.cat);
  std::string ana = session_of(programme.ana);
  const std::string ana_path = "/api/v1/users/" + to_text(programme.ana);
  const std::string lamp_path = "/api/v1/rewards/" + to_text(programme.lamp);

  test_support::Answer redeem(const std::string& key, const RewardId& reward,
                              const std::string& bearer) {
    return post("/api/v1/users/me/redemptions", bearer,
                fmt::format(R"({{"reward_id": "{}"}})", to_text(reward)),
                {{"Idempotency-Key", key}});
  }
  test_support::Answer patch(const std::string& path, const std::string& body,
                             std::map<std::string, std::string> headers = {}) {
    return ask({.method = "PATCH",
                .path = path,
                .bearer = admin,
                .body = body,
                .headers = std::move(headers)});
  }
};

INSTANTIATE_TEST_SUITE_P(service, Served, Served::stores(), Served::name_of);

TEST_P(Served, SignsInAndOutWithAPassword) {
  const auto answer =
      post("/api/v1/sessions", "",
           fmt::format(R"({{"email": "ANA@example.ORG", "password": "{}"}})", password));
  ASSERT_EQ(answer.status, 201) << answer.body;
  const auto session = parse(answer);
  EXPECT_EQ(session.at("user").at("name"), "Ana");
  EXPECT_EQ(answer.header("location"),
            "/api/v1/me/sessions/" + std::string(session.at("session_id").as_string()));
  const std::string bearer(session.at("token").as_string());
  EXPECT_EQ(get("/api/v1/me", bearer).status, 200);
  EXPECT_EQ(
      ask({.method = "DELETE", .path = "/api/v1/me/sessions/current", .bearer = bearer}).status,
      204);
  EXPECT_EQ(get("/api/v1/me", bearer).status, 401);
}

TEST_P(Served, AnswersAWrongPasswordAsAnUnknownEmail) {
  const auto wrong =
      post("/api/v1/sessions", "", R"({"email": "ana@example.org", "password": "no"})");
  const auto unknown =
      post("/api/v1/sessions", "", R"({"email": "nobody@example.org", "password": "no"})");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.header("www-authenticate"), "Bearer");
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(parse(wrong).at("detail"), parse(unknown).at("detail"));
}

TEST_P(Served, OneSessionMoreThanTheMostEndsTheOldest) {
  std::vector<std::string> bearers;
  for (std::size_t i = 0; i <= access::sessions_max; ++i) {
    const auto session =
        parse(post("/api/v1/sessions", "",
                   fmt::format(R"({{"email": "ben@example.org", "password": "{}"}})", password)));
    bearers.emplace_back(session.at("token").as_string());
    now += std::chrono::seconds(1);
  }
  EXPECT_EQ(get("/api/v1/me", bearers.at(0)).status, 401);
  EXPECT_EQ(get("/api/v1/me", bearers.at(1)).status, 200);
}

TEST_P(Served, GuessingPasswordsIsSlow) {
  for (const auto* email : {"ana@example.org", "nobody@example.org"}) {
    const auto sign_in = [&](const std::string& tried) {
      return post("/api/v1/sessions", "",
                  fmt::format(R"({{"email": "{}", "password": "{}"}})", email, tried));
    };
    for (int i = 0; i < access::Tries::tries_max; ++i) {
      EXPECT_EQ(sign_in("a guess").status, 401);
    }
    now += std::chrono::minutes(1);
    const auto refused = sign_in(password);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(code(refused), "too_many_tries");
    EXPECT_EQ(refused.header("retry-after"), "840");
  }
  const auto change =
      ask({.method = "PUT",
           .path = "/api/v1/me/password",
           .bearer = ana,
           .body = R"({"current_password": "a guess", "new_password": "another one"})"});
  EXPECT_EQ(change.status, 429) << change.body;
  EXPECT_EQ(get("/api/v1/me", ana).status, 200);
}

TEST_P(Served, AWrongCurrentPasswordIsAFaultOfTheRequest) {
  const auto refused =
      ask({.method = "PUT",
           .path = "/api/v1/me/password",
           .bearer = ana,
           .body = R"({"current_password": "a guess", "new_password": "another one"})"});
  EXPECT_EQ(refused.status, 400) << refused.body;
  EXPECT_THAT(refused.body, HasSubstr("/current_password"));
  EXPECT_EQ(get("/api/v1/me", ana).status, 200);
}

TEST_P(Served, ASuspensionHoldsFromTheNextRequestOn) {
  EXPECT_EQ(get("/api/v1/me", ana).status, 200);
  const auto etag = get(ana_path, admin).header("etag");
  EXPECT_EQ(patch(ana_path, R"({"status": "suspended"})", {{"If-Match", etag}}).status, 200);
  EXPECT_EQ(get("/api/v1/me", ana).status, 401);
}

TEST_P(Served, SomebodyStaysAnAdministrator) {
  const auto edit = [&](const std::string& path, const std::string& body) {
    return patch(path, body, {{"If-Match", get(path, admin).header("etag")}});
  };
  const auto cat_path = "/api/v1/users/" + to_text(programme.cat);
  for (const auto* body : {R"({"role": "User"})", R"({"status": "suspended"})"}) {
    const auto refused = edit(cat_path, body);
    EXPECT_EQ(refused.status, 409) << refused.body;
    EXPECT_EQ(code(refused), "last_administrator");
  }
  EXPECT_EQ(edit(ana_path, R"({"role": "Admin"})").status, 200);
  EXPECT_EQ(edit(cat_path, R"({"role": "User"})").status, 200);
  EXPECT_EQ(get(ana_path, admin).status, 404) << "no administrator any more";
}

TEST_P(Served, ANewPasswordEndsTheSessions) {
  EXPECT_EQ(ask({.method = "PUT",
                 .path = ana_path + "/password",
                 .bearer = admin,
                 .body = R"({"new_password": "set by an administrator"})"})
                .status,
            204);
  EXPECT_EQ(get("/api/v1/me", ana).status, 401);
}

TEST_P(Served, RedeemsOnceAKey) {
  const auto first = redeem("r1", programme.lamp, ana);
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(first.header("idempotency-replayed"), "");
  post(ana_path + "/points/adjustments", admin, R"({"points": 7, "reason_code": "goodwill"})",
       {{"Idempotency-Key", "between"}});
  const auto again = redeem("r1", programme.lamp, ana);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.header("idempotency-replayed"), "true");
  EXPECT_EQ(again.body, first.body) << "as the first did, whatever happened since";
  const auto other = redeem("r1", programme.kettle, ana);
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(code(other), "key_reused");
  const auto found = get(first.header("location"), ana);
  EXPECT_EQ(found.status, 200);
}

TEST_P(Served, WantsAKeyForAnEffect) {
  const auto answer = post("/api/v1/users/me/redemptions", ana,
                           fmt::format(R"({{"reward_id": "{}"}})", to_text(programme.lamp)));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(parse(answer).at("errors").at(0).at("pointer"), "Idempotency-Key");
}

TEST_P(Served, EditsOnlyTheEditionThatWasSeen) {
  const auto etag = get(lamp_path, admin).header("etag");
  EXPECT_THAT(etag, StartsWith("\""));
  EXPECT_EQ(patch(lamp_path, R"({"points_required": 30})").status, 428);
  ASSERT_EQ(redeem("stock-moves", programme.lamp, ana).status, 201);
  const auto edited = patch(lamp_path, R"({"points_required": 30})", {{"If-Match", etag}});
  EXPECT_EQ(edited.status, 200) << "stock moved, the edition did not: " << edited.body;
  const auto late = patch(lamp_path, R"({"points_required": 35})", {{"If-Match", etag}});
  EXPECT_EQ(late.status, 412);
  EXPECT_EQ(code(late), "precondition_failed");
  EXPECT_EQ(parse(get(lamp_path, ana)).at("points_required"), 30);
}

TEST_P(Served, SaysNotModifiedToWhoHasItAlready) {
  for (const auto* path :
       {"/api/v1/rewards", "/api/v1/programme", "/api/v1/me", "/api/v1/openapi.json"}) {
    const auto first = get(path, ana);
    ASSERT_EQ(first.status, 200) << first.body;
    const auto etag = first.header("etag");
    ASSERT_NE(etag, "") << path;
    const auto again = get(path, ana, {{"If-None-Match", "\"x\", W/" + etag}});
    EXPECT_EQ(again.status, 304) << path;
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(get(path, ana, {{"If-None-Match", "\"x\""}}).status, 200) << path;
  }
}

TEST_P(Served, AChangeIsAnsweredWhateverTheClientHas) {
  const auto etag = get(lamp_path, admin).header("etag");
  const auto edited =
      patch(lamp_path, R"({"points_required": 30})", {{"If-Match", etag}, {"If-None-Match", "*"}});
  EXPECT_EQ(edited.status, 200);
  EXPECT_EQ(parse(edited).at("points_required"), 30);
}

TEST_P(Served, ARangeEndsAfterItBegins) {
  for (const auto* list : {"daily", "monthly"}) {
    const auto path = fmt::format("{}/usage/{}?from=2026-01-02&to=2026-01-01", ana_path, list);
    EXPECT_EQ(get(path, admin).status, 400) << list;
  }
}

TEST_P(Served, PagesToTheEndOfAList) {
  std::vector<std::int64_t> seqs;
  auto path = ana_path + "/points/statement?include_zero=true&limit=2";
  while (!path.empty()) {
    const auto answer = get(path, ana);
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto page = parse(answer);
    for (const auto& entry : page.at("data").as_array()) {
      seqs.push_back(entry.at("seq").as_int64());
    }
    const auto link = answer.header("link");
    EXPECT_EQ(link.empty(), !page.at("page").at("has_more").as_bool());
    path = link.empty() ? "" : link.substr(1, link.find('>') - 1);
  }
  const auto entries =
      points::statement(*store, programme.ana, 1000, {}, points::ZeroEntries::show);
  EXPECT_EQ(seqs.size(), entries.items.size());
  EXPECT_TRUE(std::ranges::is_sorted(seqs, std::greater()));
}

TEST_P(Served, RefusesACursorOfAnotherList) {
  const auto page = parse(get(ana_path + "/points/statement?limit=1", ana));
  const std::string cursor(page.at("page").at("next_cursor").as_string());
  for (const auto& path :
       {ana_path + "/points/statement?include_zero=true&limit=1&cursor=" + cursor,
        ana_path + "/points/statement?cursor=" + cursor.substr(1),
        ana_path + "/points/statement?cursor=AAAA", "/api/v1/rewards?cursor=" + cursor}) {
    const auto answer = get(path, ana);
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_EQ(parse(answer).at("errors").at(0).at("pointer"), "cursor");
  }
}

TEST_P(Served, NamesWhatIsWrongWithABody) {
  const auto unknown =
      post("/api/v1/rewards", admin, R"({"name": "Fan", "points_required": 10, "colour": "red"})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(parse(unknown).at("errors").at(0).at("pointer"), "/colour");
  const auto fraction =
      post("/api/v1/rewards", admin, R"({"name": "Fan", "points_required": 10.0})");
  EXPECT_EQ(parse(fraction).at("errors").at(0).at("pointer"), "/points_required");
  const auto twice =
      post("/api/v1/rewards", admin, R"({"name": "Fan", "name": "F", "points_required": 10})");
  EXPECT_EQ(parse(twice).at("errors").at(0).at("pointer"), "/name");
  const auto taken = post("/api/v1/rewards", admin, R"({"name": "LAMP", "points_required": 10})");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(code(taken), "already_exists");
}

TEST_P(Served, NobodySetsAFieldThatIsNotTheirs) {
  for (const auto* body :
       {R"({"role": "Admin"})", R"({"total_points": 1000})", R"({"status": "active"})"}) {
    const auto answer = ask({.method = "PATCH",
                             .path = "/api/v1/me",
                             .bearer = ana,
                             .body = body,
                             .headers = {{"If-Match", get("/api/v1/me", ana).header("etag")}}});
    EXPECT_EQ(answer.status, 400) << body;
  }
}

TEST_P(Served, RecordsAReadingOnce) {
  const auto* reading = R"({"start": "2026-03-19T10:00:00Z", "duration": 3600, "meter": "south",
                            "energy_consumed": 2.5, "energy_type": "Renewable"})";
  const auto first = post(ana_path + "/usage", ana, reading);
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(parse(first).at("outcome"), "accepted");
  EXPECT_EQ(get(first.header("location"), ana).status, 200);
  now += std::chrono::seconds(1);
  const auto again = post(ana_path + "/usage", token(), reading);
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(parse(again).at("outcome"), "duplicate");
  EXPECT_FALSE(parse(again).as_object().contains("total_points")) << "not told to a token";
}

TEST_P(Served, MembersRecordOnlyWhereTheProgrammeSaysSo) {
  ASSERT_TRUE(committer.run(programme::EditProgramme{.self_reporting = false}).has_value());
  const auto answer = post(ana_path + "/usage", ana,
                           R"({"start": "2026-03-19T10:00:00Z", "duration": 3600,
                               "energy_consumed": 2.5, "energy_type": "Renewable"})");
  EXPECT_EQ(answer.status, 403);
}

TEST_P(Served, TakesABulkLineByLine) {
  const auto bulk = fmt::format(
      R"({{"user_id":"{0}","meter":"south","start":"2026-03-19T10:00:00Z","duration":3600,"energy_consumed":2,"energy_type":"Renewable"}}
{{"email":"nobody@example.org","start":"2026-03-19T10:00:00Z","duration":3600,"energy_consumed":2,"energy_type":"Renewable"}}

{{"user_id":"{0}","meter":"south","start":"2026-03-19T11:00:00Z","duration":3600,"energy_consumed":1,"energy_type":"Renewable"}}
)",
      to_text(programme.ana));
  const std::map<std::string, std::string> headers{{"Idempotency-Key", "monday"},
                                                   {"Content-Type", "application/x-ndjson"}};
  const auto lines_of = [](const test_support::Answer& answer) {
    std::map<std::int64_t, std::string> outcomes;
    boost::json::value summary;
    std::istringstream text(answer.body);
    for (std::string line; std::getline(text, line);) {
      const auto value = boost::json::parse(line);
      if (const auto* found = value.as_object().if_contains("summary")) {
        summary = *found;
      } else {
        outcomes[value.at("line").as_int64()] = value.at("outcome").as_string();
      }
    }
    return std::pair(outcomes, summary);
  };
  const auto first = post("/api/v1/usage:bulk", token(), bulk, headers);
  ASSERT_EQ(first.status, 200) << first.body;
  const auto [outcomes, summary] = lines_of(first);
  EXPECT_THAT(outcomes, testing::ElementsAre(std::pair(1, "accepted"), std::pair(2, "rejected"),
                                             std::pair(4, "accepted")));
  EXPECT_EQ(summary.at("read"), 3);
  EXPECT_EQ(summary.at("energy_kwh"), 3);
  EXPECT_EQ(summary.at("repeated"), false);
}

TEST_P(Served, ABulkSentAgainDecidesWhatWasRejectedBefore) {
  const auto bearer = token();
  const std::map<std::string, std::string> headers{{"Idempotency-Key", "monday"},
                                                   {"Content-Type", "application/x-ndjson"}};
  const std::string bulk =
      R"({"email":"late@example.org","start":"2026-03-19T10:00:00Z","duration":3600,"energy_consumed":2,"energy_type":"Renewable"}
{"email":"ana@example.org","meter":"south","start":"2026-03-19T10:00:00Z","duration":3600,"energy_consumed":2,"energy_type":"Renewable"})";
  const auto first = post("/api/v1/usage:bulk", bearer, bulk, headers);
  EXPECT_THAT(first.body, HasSubstr(R"("accepted":1,"duplicates":0)"));
  post("/api/v1/users", admin, R"({"email": "late@example.org", "name": "Late"})");
  now += std::chrono::hours(1);
  const auto again = post("/api/v1/usage:bulk", bearer, bulk, headers);
  EXPECT_EQ(again.header("idempotency-replayed"), "true");
  EXPECT_THAT(again.body, HasSubstr(R"("accepted":1,"duplicates":1)"));
  EXPECT_THAT(again.body, HasSubstr(R"("repeated":true)"));
  const auto other = post("/api/v1/usage:bulk", bearer, bulk + "\n\n ", headers);
  EXPECT_EQ(other.status, 422) << other.body;
  EXPECT_EQ(code(other), "key_reused");
}

TEST_P(Served, TakesAFileInOnce) {
  const std::string file =
      "start,kwh,energy_type\n2026-03-18T10:00:00Z,1.5,Renewable\n2026-03-18T11:00:00Z,x,"
      "Renewable\n"
      "2026-03-18T12:00:00Z,2.5,Renewable\n";
  const auto path = "/api/v1/imports?meter=csv&interval=3600&user_id=" + to_text(programme.ana);
  const auto first = post(path, admin, file, {{"Content-Type", "text/csv"}});
  ASSERT_EQ(first.status, 201) << first.body;
  const auto result = parse(first);
  EXPECT_EQ(result.at("accepted"), 2);
  EXPECT_EQ(result.at("rejected"), 1);
  EXPECT_EQ(result.at("rejections").at(0).at("line"), 3);
  EXPECT_EQ(get(first.header("location"), admin).status, 200);
  const auto again = post(path, admin, file, {{"Content-Type", "text/csv"}});
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(parse(again).at("repeated"), true);
}

TEST_P(Served, TellsTheFirstRejectedRecordsInTheOrderOfTheFile) {
  // Of two meters, which are taken in one after the other; and of more than are told.
  std::string file = "start,kwh,energy_type,meter\n2026-03-18T10:00:00Z,x,Renewable,b\n";
  for (int i = 0; i < 150; ++i) {
    file += fmt::format("2026-03-18T10:00:00Z,-1,Renewable,{}\n", i % 2 == 0 ? "b" : "a");
  }
  const auto path = "/api/v1/imports?interval=3600&user_id=" + to_text(programme.ana);
  const auto answer = post(path, admin, file, {{"Content-Type", "text/csv"}});
  const auto result = parse(answer);
  EXPECT_EQ(result.at("rejected"), 151) << answer.body;
  const auto& rejections = result.at("rejections").as_array();
  ASSERT_EQ(rejections.size(), 100U);
  for (std::size_t i = 0; i < rejections.size(); ++i) {
    EXPECT_EQ(rejections[i].at("line"), i + 2);
  }
  const auto reason = std::string(rejections[1].at("reason").as_string());
  EXPECT_TRUE(reason.starts_with("the reading of 2026-03-18T10:00:00Z: ")) << reason;
}

TEST_P(Served, NamesTheParameterThatAnImportLacks) {
  const auto answer = post("/api/v1/imports?energy_type=Renewable&interval=3600", admin,
                           "start,kwh\n2026-03-18T10:00:00Z,1\n", {{"Content-Type", "text/csv"}});
  EXPECT_EQ(answer.status, 400) << answer.body;
  EXPECT_EQ(parse(answer).at("errors").at(0).at("pointer"), "user_id");
}

TEST_P(Served, ABulkGoesOnUnderItsKeyWhereTheProgrammeHasAnotherZoneMeanwhile) {
  const auto bulk = fmt::format(
      R"({{"user_id":"{}","meter":"south","start":"2026-03-19T10:00:00Z","duration":3600,"energy_consumed":2,"energy_type":"Renewable"}})",
      to_text(programme.ana));
  const std::map<std::string, std::string> headers{{"Idempotency-Key", "monday"},
                                                   {"Content-Type", "application/x-ndjson"}};
  EXPECT_EQ(post("/api/v1/usage:bulk", admin, bulk, headers).status, 200);
  const auto etag = get("/api/v1/programme", admin).header("etag");
  ASSERT_EQ(
      patch("/api/v1/programme", R"({"time_zone": "Africa/Cairo"})", {{"If-Match", etag}}).status,
      200);
  const auto again = post("/api/v1/usage:bulk", admin, bulk, headers);
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.header("idempotency-replayed"), "true");
}

TEST_P(Served, ADryRunWritesNothing) {
  const auto points = [&] { return get(ana_path + "/points", ana).body; };
  const auto before = points();
  const auto bulk = fmt::format(
      R"({{"user_id":"{}","meter":"south","start":"2026-03-19T10:00:00Z","duration":3600,"energy_consumed":2,"energy_type":"Renewable"}})",
      to_text(programme.ana));
  const std::map<std::string, std::string> headers{{"Idempotency-Key", "monday"},
                                                   {"Content-Type", "application/x-ndjson"}};
  const auto tried = post("/api/v1/usage:bulk?dry_run=true", admin, bulk, headers);
  EXPECT_THAT(tried.body, HasSubstr(R"("dry_run":true)"));
  EXPECT_THAT(tried.body, HasSubstr(R"("accepted":1,"duplicates":0)"));
  const std::string file = "start,kwh,energy_type\n2026-03-18T10:00:00Z,1.5,Renewable\n";
  const auto path = "/api/v1/imports?meter=csv&interval=3600&user_id=" + to_text(programme.ana);
  const auto looked = post(path + "&dry_run=true", admin, file, {{"Content-Type", "text/csv"}});
  EXPECT_EQ(looked.status, 200) << looked.body;
  EXPECT_EQ(parse(looked).at("accepted"), 1);
  EXPECT_EQ(points(), before);
  const auto sent = post("/api/v1/usage:bulk", admin, bulk, headers);
  EXPECT_THAT(sent.body, HasSubstr(R"("accepted":1,"duplicates":0)"));
  EXPECT_EQ(post(path, admin, file, {{"Content-Type", "text/csv"}}).status, 201);
  EXPECT_NE(points(), before);
}

TEST_P(Served, SaysWhatIsWrongWithAFileWithoutNamingOurs) {
  const auto answer = post("/api/v1/imports?user_id=" + to_text(programme.ana), admin, "<data/>",
                           {{"Content-Type", "application/atom+xml"}});
  EXPECT_EQ(answer.status, 400) << answer.body;
  EXPECT_THAT(std::string(parse(answer).at("detail").as_string()),
              StartsWith("the body, line 1: "));
}

TEST_P(Served, RefusesAMediaTypeThatIsNotOfTheOperation) {
  EXPECT_EQ(post("/api/v1/imports", admin, "x", {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(post("/api/v1/rewards", admin, "{}", {{"Content-Type", "text/plain"}}).status, 415);
}

TEST_P(Served, ShowsEveryChangeOfTheCatalogAtOnce) {
  const auto lamp = [&] { return parse(get("/api/v1/rewards", ana)).at("data").at(0); };
  const auto before = lamp();
  const auto etag = get("/api/v1/rewards", ana).header("etag");
  EXPECT_EQ(before, lamp());
  ASSERT_EQ(redeem("one-unit-less", programme.lamp, ana).status, 201);
  EXPECT_EQ(lamp().at("inventory").as_int64(), before.at("inventory").as_int64() - 1);
  EXPECT_NE(get("/api/v1/rewards", ana).header("etag"), etag);
  const auto edition = get(lamp_path, admin).header("etag");
  ASSERT_EQ(patch(lamp_path, R"({"points_required": 9})", {{"If-Match", edition}}).status, 200);
  EXPECT_EQ(lamp().at("points_required").as_int64(), 9);
}

TEST_P(Served, ShowsTheCatalogWithWhatIsMissing) {
  const auto catalog = parse(get("/api/v1/rewards?user_id=me", ana));
  const auto balance = parse(get(ana_path + "/points", ana)).at("total_points").as_int64();
  for (const auto& reward : catalog.at("data").as_array()) {
    const auto missing =
        std::max<std::int64_t>(0, reward.at("points_required").as_int64() - balance);
    EXPECT_EQ(reward.at("points_missing"), missing);
  }
  EXPECT_EQ(get("/api/v1/rewards?affordable=true", ana).status, 400);
  EXPECT_EQ(get("/api/v1/rewards?archived_too=true", ana).status, 403);
  EXPECT_EQ(get("/api/v1/rewards?user_id=" + to_text(programme.ben), ana).status, 404);
}

TEST_P(Served, SumsTheProgrammeUpOnceAMinute) {
  const auto members = [&] {
    const auto summary = parse(get("/api/v1/programme/summary", admin));
    return std::pair(summary.at("members").as_int64(),
                     std::string(summary.at("as_of").as_string()));
  };
  const auto [before, as_of] = members();
  EXPECT_EQ(as_of, to_text(now));
  programme.run(users::CreateUser{.user = test_support::numbered<UserId>(200),
                                  .name = "Eva",
                                  .email = "eva@example.org",
                                  .time_zone = std::nullopt,
                                  .password = "",
                                  .now = now});
  now += std::chrono::seconds(59);
  EXPECT_EQ(members(), std::pair(before, as_of));
  now += std::chrono::seconds(1);
  EXPECT_EQ(members(), std::pair(before + 1, to_text(now)));
}

TEST_P(Served, SaysHowItIs) {
  EXPECT_EQ(get("/livez").status, 200);
  EXPECT_EQ(get("/readyz").status, 200);
  const auto page = get("/");
  EXPECT_THAT(page.header("content-type"), StartsWith("text/html"));
  EXPECT_THAT(page.body, HasSubstr("/api/v1/openapi.json"));
  const auto metrics = get("/metrics");
  EXPECT_THAT(metrics.body,
              HasSubstr("wattback_http_requests_total{method=\"GET\",route=\"/livez\""));
  EXPECT_THAT(metrics.body, HasSubstr("wattback_committer_commands_total"));
}

TEST_P(Served, LeavesNothingBehindThatTheAuditMinds) {
  ASSERT_EQ(redeem("r1", programme.lamp, ana).status, 201);
  const auto report = operations::audit(*store, {.on_break = [](const operations::Break& found) {
    ADD_FAILURE() << operations::to_text(found);
  }});
  EXPECT_TRUE(report.ok());
}

}  // namespace
}  // namespace wattback::api
