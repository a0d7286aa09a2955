#include "importers/ndjson.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "importers/input_fixture.h"
#include "importers/json_line.h"
#include "importers/limits.h"

namespace wattback::importers {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

std::vector<std::string> parse(std::string_view text) {
  auto input = make_input(text);
  return lines_of([&](const RecordSink& sink) { return parse_ndjson(input, sink); });
}

std::string reason_of(std::string_view line) {
  const auto record = parse_ndjson_line(1, 1, line);
  const auto* rejection = std::get_if<Rejection>(&record);
  return rejection == nullptr ? "" : rejection->reason;
}

// A line with these fields beside the required ones.
std::string line_with(const std::string& more) {
  return R"({"start":"2026-01-01T00:00:00Z","duration":60,"energy_consumed":1)" + more + "}";
}

TEST(Ndjson, ReadsEveryField) {
  EXPECT_THAT(
      parse(R"({"email":"ada@example.org","meter":"roof","meter_identifier":"PT1","start":)"
            R"("2026-01-01T01:00:00+01:00","duration":3600,"energy_consumed":1.25,"energy_type":)"
            R"("Renewable","quality":7,"as_of":"2026-01-02T00:00:00.5Z"})"
            "\n"
            R"({"energy_consumed":2,"end":"2026-01-01T00:30:00Z","start":"2026-01-01T00:00:00Z",)"
            R"("user":"b@x"})"
            "\n" +
            line_with(R"(,"user_id":"01234567-89ab-8def-8123-456789abcdef")")),
      ElementsAre("1@1 2026-01-01T00:00:00Z 3600s 1.25 kWh user=ada@example.org meter=roof "
                  "identifier=PT1 type=Renewable quality=7 as_of=2026-01-02T00:00:00.500Z",
                  "2@2 2026-01-01T00:00:00Z 1800s 2 kWh user=b@x",
                  "3@3 2026-01-01T00:00:00Z 60s 1 kWh "
                  "user_id=01234567-89ab-8def-8123-456789abcdef"));
}

TEST(Ndjson, ReadsEnergyFromItsDecimalText) {
  const auto energy = [](const std::string& number) {
    return parse(R"({"start":"2026-01-01T00:00:00Z","duration":60,"energy_consumed":)" + number +
                 "}")
        .front();
  };
  // A double can't tell this from the tie below it, which rounds to even: to nothing.
  EXPECT_THAT(energy("0.00000050000000000000000000000000000001"), EndsWith(" 0.000001 kWh"));
  EXPECT_THAT(energy("0.0000005"), EndsWith(" 0 kWh"));
  EXPECT_THAT(energy("0.0000015"), EndsWith(" 0.000002 kWh"));
  EXPECT_THAT(energy("0.028999999999999998"), EndsWith(" 0.029 kWh"));
  EXPECT_THAT(energy("1125899906.842623"), EndsWith(" 1125899906.842623 kWh"));
  EXPECT_THAT(energy("1e3"), EndsWith(" 1000 kWh"));
  EXPECT_THAT(energy("-0.5"), EndsWith(" -0.5 kWh"));
  EXPECT_EQ(energy("1e99"), "1@1 bad_energy");
  EXPECT_EQ(energy("123456789012345678901234567890"), "1@1 bad_energy");
}

TEST(Ndjson, PassesOverBlankLinesAByteOrderMarkAndCarriageReturns) {
  EXPECT_THAT(
      parse("\xEF\xBB\xBF" + line_with("") + "\r\n\r\n  \n" + line_with("") + "\n"),
      ElementsAre("1@1 2026-01-01T00:00:00Z 60s 1 kWh", "2@4 2026-01-01T00:00:00Z 60s 1 kWh"));
}

TEST(Ndjson, RejectsALineWithItsNumberAndReason) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"start", "not_json"},
      {"[]", "not_json"},
      {"1", "not_json"},
      {line_with("") + " x", "not_json"},
      {line_with("") + line_with(""), "not_json"},
      {line_with(",}"), "not_json"},
      {R"({"start":"2026-01-01T00:00:00Z",)", "not_json"},
      {line_with(R"(,"quality":01)"), "not_json"},
      {line_with(R"(,"meter":"\ud800")"), "not_json"},
      {line_with(",\"meter\":\"\xFF\""), "not_utf8"},
      {line_with(",\"meter\":\"\xED\xA0\x80\""), "not_utf8"},
      {line_with(R"(,"colour":"red")"), "unknown_field"},
      {line_with(R"(,"Meter":"roof")"), "unknown_field"},
      {line_with(R"(,"extra":{"meter":"roof"})"), "unknown_field"},
      {line_with(R"(,"duration":60)"), "duplicate_field"},
      {line_with(R"(,"dur\u0061tion":60)"), "duplicate_field"},
      {line_with(R"(,"meter":5)"), "wrong_type"},
      {line_with(R"(,"meter":null)"), "wrong_type"},
      {line_with(R"(,"meter":["roof"])"), "wrong_type"},
      {line_with(R"(,"quality":"7")"), "wrong_type"},
      {line_with(R"(,"quality":true)"), "wrong_type"},
      {R"({"start":"2026-01-01T00:00:00Z","duration":60,"energy_consumed":"1"})", "wrong_type"},
      {R"({"start":1767225600,"duration":60,"energy_consumed":1})", "wrong_type"},
      {"{}", "missing_field"},
      {R"({"duration":60,"energy_consumed":1})", "missing_field"},
      {R"({"start":"2026-01-01T00:00:00Z","energy_consumed":1})", "missing_field"},
      {R"({"start":"2026-01-01T00:00:00Z","duration":60})", "missing_field"},
      {line_with(R"(,"end":"2026-01-01T00:01:00Z")"), "bad_interval"},
      {R"({"start":"2026-01-01T00:00:00Z","duration":60.0,"energy_consumed":1})", "bad_interval"},
      {R"({"start":"2026-01-01T00:00:00Z","duration":6e1,"energy_consumed":1})", "bad_interval"},
      {R"({"start":"2026-01-01T00:00:00Z","duration":0,"energy_consumed":1})", "bad_interval"},
      {R"({"start":"2026-01-01T00:00:00Z","duration":99999999999,"energy_consumed":1})",
       "bad_interval"},
      {R"({"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:00:00Z","energy_consumed":1})",
       "bad_interval"},
      {R"({"start":"2026-01-01T00:00:00","duration":60,"energy_consumed":1})", "bad_time"},
      {R"({"start":"2026-01-01","duration":60,"energy_consumed":1})", "bad_time"},
      {line_with(R"(,"quality":7.0)"), "bad_quality"},
      {line_with(R"(,"quality":7e0)"), "bad_quality"},
      {line_with(R"(,"quality":256)"), "bad_quality"},
      {line_with(R"(,"energy_type":"renewable")"), "bad_energy_type"},
      {line_with(R"(,"as_of":"soon")"), "bad_as_of"},
      {line_with(R"(,"user_id":"ada")"), "bad_user"},
      {line_with(R"(,"user":"")"), "bad_user"},
      {line_with(R"(,"user":"a@x","email":"a@x")"), "bad_user"},
      {line_with(R"(,"meter":"a\u0000b")"), "bad_meter"},
      {line_with(R"(,"meter":")" + std::string(65, 'a') + "\""), "bad_meter"},
      {line_with(R"(,"meter_identifier":")" + std::string(257, 'a') + "\""), "bad_meter"},
      {line_with(R"(,"meter":")" + std::string(record_bytes_max, 'a') + "\""), "too_long"},
  };
  for (const auto& [line, code] : cases) {
    EXPECT_THAT(parse(line + "\n" + line_with("")),
                ElementsAre("1@1 " + code, "2@2 2026-01-01T00:00:00Z 60s 1 kWh"))
        << line.substr(0, 200);
  }
}

TEST(Ndjson, SaysWhyInASentence) {
  EXPECT_EQ(reason_of("{,}"), "is not JSON (syntax error) at byte 2");
  EXPECT_EQ(reason_of(line_with(R"(,"colour":1)")), "has a field 'colour' that nobody knows");
  EXPECT_EQ(reason_of(line_with(R"(,"duration":60)")), "has 'duration' twice");
  EXPECT_EQ(reason_of(line_with(R"(,"meter":5)")), "meter is no string");
  EXPECT_EQ(reason_of(line_with(R"(,"user_id":"01234567-89ab-8def-8123-456789abcdef","user":"a")")),
            "names its member twice, by user_id and user");
}

TEST(Ndjson, BoundsHowDeepALineNests) {
  const auto nested = [](std::size_t depth) {
    return line_with(R"(,"x":)" + std::string(depth, '[') + std::string(depth, ']'));
  };
  EXPECT_THAT(reason_of(nested(json_depth_max - 1)), HasSubstr("nobody knows"));
  EXPECT_THAT(reason_of(nested(json_depth_max)), HasSubstr("is nested too deep"));
  EXPECT_THAT(reason_of(nested(30'000)), HasSubstr("too deep"));
}

TEST(Ndjson, EndsWhenTheSinkSaysStop) {
  auto input = make_input(line_with("") + "\nx\n" + line_with(""));
  int seen = 0;
  EXPECT_TRUE(parse_ndjson(input, [&](Record&&) { return ++seen == 2 ? Flow::stop : Flow::more; }));
  EXPECT_EQ(seen, 2);
}

TEST(JsonLine, KeepsFieldsInOrderWithTheTextOfStringsAndNumbers) {
  const auto fields = read_json_object(
      R"( {"a":"x\n\u00e9","b":-1.50e+3,"c":{"a":[1,{"b":"y"}]},"d":[],"e":true,"f":null} )");
  ASSERT_TRUE(fields);
  std::vector<std::string> texts;
  for (const auto& field : *fields) {
    texts.push_back(field.name + "=" + field.text);
  }
  EXPECT_THAT(texts, ElementsAre("a=x\n\xC3\xA9", "b=-1.50e+3", "c=", "d=", "e=", "f="));
  EXPECT_EQ((*fields)[2].kind, JsonKind::object);
  EXPECT_EQ((*fields)[3].kind, JsonKind::array);
  EXPECT_EQ((*fields)[4].kind, JsonKind::boolean);
  EXPECT_EQ((*fields)[5].kind, JsonKind::null);
}

}  // namespace
}  // namespace wattback::importers
