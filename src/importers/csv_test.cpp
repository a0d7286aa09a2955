#include "importers/csv.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "importers/input_fixture.h"
#include "importers/limits.h"

namespace wattback::importers {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ParseOptions in_zone(std::string_view name) {
  ParseOptions options;
  options.zone = *TimeZone::find(name);
  return options;
}

std::vector<std::string> parse(std::string_view text, const ParseOptions& options = {}) {
  auto input = make_input(text);
  return lines_of([&](const RecordSink& sink) { return parse_csv(input, options, sink); });
}

std::vector<std::string> reasons(std::string_view text, const ParseOptions& options = {}) {
  auto input = make_input(text);
  return reasons_of([&](const RecordSink& sink) { return parse_csv(input, options, sink); });
}

TEST(Csv, ReadsEveryColumn) {
  EXPECT_THAT(
      parse("start,end,energy_consumed,energy_type,user,meter,meter_identifier,quality,as_of\n"
            "2026-01-01T00:00:00Z,2026-01-01T00:30:00Z,0.5,Renewable,ada@example.org,roof,PT0002,7,"
            "2026-01-02T00:00:00+01:00\n"
            "2026-01-01 00:30:00+00:00,2026-01-01T01:00Z, 0.25 ,Non-Renewable,,,,,\n"),
      ElementsAre("1@2 2026-01-01T00:00:00Z 1800s 0.5 kWh user=ada@example.org meter=roof "
                  "identifier=PT0002 type=Renewable quality=7 as_of=2026-01-01T23:00:00Z",
                  "2@3 2026-01-01T00:30:00Z 1800s 0.25 kWh type=Non-Renewable"));
  EXPECT_THAT(parse("user_id,start,duration,kwh\n"
                    "01234567-89ab-8def-8123-456789abcdef,2026-01-01T00:00Z,60,1\n"),
              ElementsAre("1@2 2026-01-01T00:00:00Z 60s 1 kWh "
                          "user_id=01234567-89ab-8def-8123-456789abcdef"));
}

TEST(Csv, ReadsByteOrderMarksLineEndsAndQuotedLines) {
  EXPECT_THAT(
      parse("\xEF\xBB\xBFstart,duration,value,notes\r\n"
            "2026-01-01T00:00Z,60,1,\"a\r\nb, \"\"c\"\"\"\r\n"
            "\r\n"
            "2026-01-01T00:01Z,60,2,\"d\"\r\n"),
      ElementsAre("1@2 2026-01-01T00:00:00Z 60s 1 kWh", "2@5 2026-01-01T00:01:00Z 60s 2 kWh"));
}

TEST(Csv, FindsItsDelimiterInTheHeader) {
  for (const auto* text : {"start,duration,value\n2026-01-01T00:00Z,60,1\n",
                           "start;duration;value\n2026-01-01T00:00Z;60;1\n",
                           "start\tduration\tvalue\n2026-01-01T00:00Z\t60\t1\n",
                           "start;\"a,b,c\";duration;value\n2026-01-01T00:00Z;;60;1\n"}) {
    EXPECT_THAT(parse(text), ElementsAre("1@2 2026-01-01T00:00:00Z 60s 1 kWh")) << text;
  }
}

TEST(Csv, RoundsEnergyOnceAndHalfToEven) {
  EXPECT_THAT(parse("start,duration,value\n"
                    "2026-01-01T00:00Z,60,0.028999999999999998\n"
                    "2026-01-01T00:01Z,60,0.0000005\n"
                    "2026-01-01T00:02Z,60,0.0000015\n"
                    "2026-01-01T00:03Z,60,1.5e-3\n"
                    "2026-01-01T00:04Z,60,-0.25\n"),
              ElementsAre(EndsWith(" 0.029 kWh"), EndsWith(" 0 kWh"), EndsWith(" 0.000002 kWh"),
                          EndsWith(" 0.0015 kWh"), EndsWith(" -0.25 kWh")));
}

TEST(Csv, TakesItsUnitFromTheOptionOrTheColumn) {
  ParseOptions options;
  options.unit = EnergyUnit::megawatt_hours;
  EXPECT_THAT(parse("start,duration,value\n2026-01-01T00:00Z,60,0.0015\n", options),
              ElementsAre(EndsWith(" 1.5 kWh")));
  EXPECT_THAT(parse("start,duration,wh\n2026-01-01T00:00Z,60,1500\n", options),
              ElementsAre(EndsWith(" 1.5 kWh")));
}

TEST(Csv, RejectsALineWithItsNumberAndReason) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"2026-01-01T00:00Z,,60,1,,,", "1@2 wrong_field_count"},
      {"2026-01-01T00:00Z,,60,1,,,,,,", "1@2 wrong_field_count"},
      {",,60,1,,,,", "1@2 missing_field"},
      {"2026-01-01T00:00Z,,60,,,,,", "1@2 missing_field"},
      {"yesterday,,60,1,,,,", "1@2 bad_time"},
      {"2026-02-30T00:00Z,,60,1,,,,", "1@2 bad_time"},
      {"2026-01-01T00:00:00.500Z,,60,1,,,,", "1@2 bad_time"},
      {"2026-01-01T00:00,,60,1,,,,", "1@2 no_time_zone"},
      {"2026-01-01,,60,1,,,,", "1@2 no_time_zone"},
      {"2026-01-01T00:00Z,2026-01-01T01:00,,1,,,,", "1@2 no_time_zone"},
      {"2026-01-01T00:00Z,2026-01-02,,1,,,,", "1@2 no_time_zone"},
      {"2026-01-01T00:00Z,2026-01-01T00:00Z,,1,,,,", "1@2 bad_interval"},
      {"2026-01-01T00:00Z,2025-01-01T00:00Z,,1,,,,", "1@2 bad_interval"},
      {"2026-01-01T00:00Z,2026-01-01T00:00:01.5Z,,1,,,,", "1@2 bad_interval"},
      {"2026-01-01T00:00Z,later,,1,,,,", "1@2 bad_interval"},
      {"2026-01-01T00:00Z,2026-01-01T01:00Z,60,1,,,,", "1@2 bad_interval"},
      {"2026-01-01T00:00Z,,0,1,,,,", "1@2 bad_interval"},
      {"2026-01-01T00:00Z,,1.5,1,,,,", "1@2 bad_interval"},
      {"2026-01-01T00:00Z,,PT1H,1,,,,", "1@2 bad_interval"},
      {"2026-01-01T00:00Z,,,1,,,,", "1@2 no_interval"},
      {"2026-01-01T00:00Z,,60,much,,,,", "1@2 bad_energy"},
      {"2026-01-01T00:00Z,,60,NaN,,,,", "1@2 bad_energy"},
      {"2026-01-01T00:00Z,,60,1e60,,,,", "1@2 bad_energy"},
      {"2026-01-01T00:00Z,,60,\"1,5\",,,,", "1@2 bad_energy"},
      {"2026-01-01T00:00Z,,60,1,Solar,,,", "1@2 bad_energy_type"},
      {"2026-01-01T00:00Z,,60,1,,\"a\nb\",,", "1@2 bad_user"},
      {"2026-01-01T00:00Z,,60,1,," + std::string(255, 'a') + ",,", "1@2 bad_user"},
      {"2026-01-01T00:00Z,,60,1,,," + std::string(65, 'a') + ",", "1@2 bad_meter"},
      {"2026-01-01T00:00Z,,60,1,,,,256", "1@2 bad_quality"},
      {"2026-01-01T00:00Z,,60,1,,,,-1", "1@2 bad_quality"},
      {"2026-01-01T00:00Z,,60,1,,,,7.5", "1@2 bad_quality"},
      {"\"2026-01-01T00:00Z,,60,1,,,,", "1@2 bad_quoting"},
      {"2026-01-01T00:00Z,,60,1,,,,\xFF", "1@2 not_utf8"},
      {"2026-01-01T00:00Z,,60," + std::string(5000, '1') + ",,,,", "1@2 too_long"},
      {std::string(70'000, 'x') + ",,60,1,,,,", "1@2 too_long"},
  };
  for (const auto& [row, expected] : cases) {
    const auto lines = parse("start,end,duration,value,energy_type,user,meter,quality\n" + row +
                             "\n" + "2026-01-01T00:00Z,,60,1,,,,\n");
    EXPECT_THAT(lines, ElementsAre(expected, EndsWith(" 2026-01-01T00:00:00Z 60s 1 kWh"))) << row;
  }
  EXPECT_THAT(parse("start,duration,value,user_id\n2026-01-01T00:00Z,60,1,ada\n"),
              ElementsAre("1@2 bad_user"));
  EXPECT_THAT(parse("start,duration,value,as_of\n2026-01-01T00:00Z,60,1,2026-01-01T00:00\n"),
              ElementsAre("1@2 bad_as_of"));
  EXPECT_THAT(parse("start,duration,value,meter_identifier\n2026-01-01T00:00Z,60,1," +
                    std::string(257, 'a') + "\n"),
              ElementsAre("1@2 bad_meter"));
}

TEST(Csv, SaysWhyInASentence) {
  EXPECT_THAT(reasons("start,duration,value\n"
                      "2026-01-01T00:00Z,60\n"
                      "noon,60,1\n"
                      "no\xC2\x81on,60,1\n"
                      "2026-01-01T00:00Z,60,\"1,5\"\n"
                      "2026-01-01T00:00,60,1\n"),
              ElementsAre("has 2 fields where the header has 3",
                          "'noon' is no time such as 2026-11-24T10:30:00Z",
                          "'no?on' is no time such as 2026-11-24T10:30:00Z",
                          "the energy '1,5' is not a decimal number; write a point before its "
                          "decimals",
                          "has a time without an offset from UTC, and no time zone was given"));
}

TEST(Csv, RefusesAFileWithoutAUsableHeader) {
  const auto error_of = [](std::string_view text) {
    const auto lines = parse(text);
    EXPECT_THAT(lines, SizeIs(1));
    return lines.front();
  };
  EXPECT_EQ(error_of(""), "error: file, line 1: the file is empty");
  EXPECT_EQ(error_of("\n\r\n"), "error: file, line 1: the file is empty");
  EXPECT_THAT(error_of("2026-01-01,1\n2026-01-02,2\n"), HasSubstr("line 1: the header names no"));
  EXPECT_THAT(error_of("\nstart,value,kwh\n"), HasSubstr("file, line 2: the header is ambiguous"));
  EXPECT_THAT(error_of("start,val\"ue\n"), HasSubstr("the header has a quote"));
  EXPECT_THAT(error_of(std::string("\xFF\xFEs\0t\0", 6)), HasSubstr("the header is not UTF-8"));
  EXPECT_THAT(error_of("start,value" + std::string(300, ',')), HasSubstr("more than 256 columns"));
  EXPECT_THAT(error_of(std::string(record_bytes_max + 1, 'x')), HasSubstr("the header is longer"));
}

TEST(Csv, HeaderAloneHoldsNoRecords) { EXPECT_THAT(parse("start,value\n"), IsEmpty()); }

TEST(Csv, InfersTheIntervalFromTheSmallestGapOfAMeter) {
  EXPECT_THAT(parse("start,value,meter\n"
                    "2026-01-01T00:30Z,1,a\n"
                    "2026-01-01T00:00Z,1,b\n"
                    "2026-01-01T02:30Z,1,a\n"
                    "2026-01-01T00:15Z,1,b\n"
                    "2026-01-01T03:30Z,1,a\n"
                    "2026-01-01T03:30Z,2,a\n"
                    "2026-01-01T00:00Z,1,lone\n"),
              ElementsAre("1@2 2026-01-01T00:30:00Z 3600s 1 kWh meter=a",
                          "2@3 2026-01-01T00:00:00Z 900s 1 kWh meter=b",
                          "3@4 2026-01-01T02:30:00Z 3600s 1 kWh meter=a",
                          "4@5 2026-01-01T00:15:00Z 900s 1 kWh meter=b",
                          "5@6 2026-01-01T03:30:00Z 3600s 1 kWh meter=a",
                          "6@7 2026-01-01T03:30:00Z 3600s 2 kWh meter=a", "7@8 no_interval"));
}

TEST(Csv, MetersWithLongNamesAreToldApart) {
  const std::string user = std::string(60, 'u') + "@" + std::string(60, 'e');
  const auto row = [&](std::string_view time, char last) {
    return fmt::format("2026-01-01T{}Z,1,{},{}{}\n", time, user, std::string(200, 'm'), last);
  };
  EXPECT_THAT(parse("start,value,user,meter_identifier\n" + row("00:00", 'a') + row("00:00", 'b') +
                    row("00:15", 'b') + row("01:00", 'a')),
              ElementsAre(HasSubstr(" 3600s "), HasSubstr(" 900s "), HasSubstr(" 900s "),
                          HasSubstr(" 3600s ")));
}

TEST(Csv, AGapOfHoursIsNoInterval) {
  EXPECT_THAT(parse("start,value\n2026-01-01T00:00Z,1\n2026-01-01T03:00Z,1\n"),
              ElementsAre("1@2 no_interval", "2@3 no_interval"));
  EXPECT_THAT(parse("start,value\n2026-01-01T06:00Z,1\n2026-01-02T06:00Z,1\n"),
              Each(HasSubstr(" 86400s ")));
}

TEST(Csv, InfersFromDescendingRowsAndFromTheFirstThousandOnly) {
  std::string text = "start,value\n";
  Instant start{Seconds(1'767'225'600)};
  for (int i = 0; i < 1200; ++i) {
    text += to_text(start) + ",1\n";
    start -= i < 1100 ? Seconds(3600) : Seconds(60);
  }
  EXPECT_THAT(parse(text), AllOf(SizeIs(1200), Each(HasSubstr(" 3600s "))));
}

TEST(Csv, AnOptionGivesTheInterval) {
  ParseOptions options;
  options.interval = Seconds(900);
  EXPECT_THAT(
      parse("start,duration,value\n2026-01-01T00:00Z,,1\n2026-01-01T01:00Z,60,1\n", options),
      ElementsAre(HasSubstr(" 900s "), HasSubstr(" 60s ")));
}

TEST(Csv, ADateIsTheLocalDay) {
  EXPECT_THAT(
      parse("date,kwh\n2026-03-28,1\n2026-03-29,1\n2026-03-30,1\n2026-10-25,1\n",
            in_zone("Europe/Lisbon")),
      ElementsAre("1@2 2026-03-28T00:00:00Z 86400s 1 kWh", "2@3 2026-03-29T00:00:00Z 82800s 1 kWh",
                  "3@4 2026-03-29T23:00:00Z 86400s 1 kWh",
                  "4@5 2026-10-24T23:00:00Z 90000s 1 kWh"));
  // Midnight itself is skipped there.
  EXPECT_THAT(parse("date,kwh\n2018-11-04,1\n", in_zone("America/Sao_Paulo")),
              ElementsAre("1@2 2018-11-04T03:00:00Z 82800s 1 kWh"));
  EXPECT_THAT(parse("date,kwh\n2011-12-30,1\n", in_zone("Pacific/Apia")),
              ElementsAre("1@2 nonexistent_time"));
  EXPECT_THAT(parse("start,end,kwh\n2026-03-29,2026-03-30,1\n2026-03-29,2026-03-29,1\n",
                    in_zone("Europe/Lisbon")),
              ElementsAre("1@2 2026-03-29T00:00:00Z 82800s 1 kWh", "2@3 bad_interval"));
}

TEST(Csv, LocalMidnightsAreDays) {
  EXPECT_THAT(parse("start,kwh\n2026-03-28 00:00,1\n2026-03-29 00:00,1\n2026-03-30 00:00,1\n",
                    in_zone("Europe/Lisbon")),
              ElementsAre(HasSubstr(" 86400s "), HasSubstr(" 82800s "), HasSubstr(" 86400s ")));
  const auto* with_offsets =
      "start,kwh\n2026-10-24T00:00+01:00,1\n2026-10-25T00:00+01:00,1\n2026-10-26T00:00Z,1\n";
  EXPECT_THAT(parse(with_offsets, in_zone("Europe/Lisbon")),
              ElementsAre(HasSubstr(" 86400s "), HasSubstr(" 90000s "), HasSubstr(" 86400s ")));
  EXPECT_THAT(parse(with_offsets), Each(HasSubstr(" 86400s ")));  // no zone, so no local day
  // Weeks are no days, whatever hour they begin at.
  EXPECT_THAT(parse("start,kwh\n2026-01-01T00:00Z,1\n2026-01-08T00:00Z,1\n", in_zone("UTC")),
              Each(HasSubstr(" 604800s ")));
}

TEST(Csv, RefusesALocalTimeOfAYearThatCannotBeWritten) {
  const auto* rows =
      "start,end,duration,kwh\n"
      "9999-12-31T23:30,,60,1\n"
      "9999-12-31T12:00,9999-12-31T23:30,,1\n"
      "9999-12-31T15:00,,60,1\n"
      "9999-12-31,,60,1\n";
  EXPECT_THAT(parse(rows, in_zone("America/Los_Angeles")),
              ElementsAre("1@2 bad_time", "2@3 bad_interval", "3@4 9999-12-31T23:00:00Z 60s 1 kWh",
                          "4@5 9999-12-31T08:00:00Z 60s 1 kWh"));
  EXPECT_THAT(reasons(rows, in_zone("America/Los_Angeles")),
              ElementsAre("'9999-12-31T23:30:00' is not in the years 1 to 9999 of UTC",
                          "does not end in the years 1 to 9999 of UTC"));
  EXPECT_THAT(reasons("start,duration,kwh\n0001-01-01T00:00,60,1\n0001-01-01,60,1\n",
                      in_zone("Europe/Athens")),
              ElementsAre("'0001-01-01T00:00:00' is not in the years 1 to 9999 of UTC",
                          "'0001-01-01' is not in the years 1 to 9999 of UTC"));
}

TEST(Csv, ALaterRowThatBreaksTheDaysIsRejected) {
  std::string text = "start,kwh\n";
  Instant start{Seconds(1'767'225'600)};
  for (int i = 0; i < csv_inference_rows_max; ++i) {
    text += to_text(start) + ",1\n";
    start += Seconds(86400);
  }
  text += to_text(start + Seconds(3600)) + ",1\n";
  const auto lines = parse(text, in_zone("UTC"));
  ASSERT_THAT(lines, SizeIs(csv_inference_rows_max + 1));
  EXPECT_EQ(lines.back(), "1001@1002 no_interval");
}

TEST(Csv, AnAmbiguousTimeGoesByTheOrderOfTheFile) {
  EXPECT_THAT(
      parse("start,kwh\n"
            "2026-10-25 00:30,1\n"
            "2026-10-25 01:00,2\n"
            "2026-10-25 01:30,3\n"
            "2026-10-25 01:00,4\n"
            "2026-10-25 01:30,5\n"
            "2026-10-25 02:00,6\n",
            in_zone("Europe/Lisbon")),
      ElementsAre("1@2 2026-10-24T23:30:00Z 1800s 1 kWh", "2@3 2026-10-25T00:00:00Z 1800s 2 kWh",
                  "3@4 2026-10-25T00:30:00Z 1800s 3 kWh", "4@5 2026-10-25T01:00:00Z 1800s 4 kWh",
                  "5@6 2026-10-25T01:30:00Z 1800s 5 kWh", "6@7 2026-10-25T02:00:00Z 1800s 6 kWh"));
}

TEST(Csv, AnAmbiguousTimeIsTheLaterFirstInADescendingFile) {
  EXPECT_THAT(
      parse("start,kwh\n"
            "2026-10-25 02:00,6\n"
            "2026-10-25 01:00,4\n"
            "2026-10-25 01:00,2\n"
            "2026-10-25 00:00,1\n",
            in_zone("Europe/Lisbon")),
      ElementsAre("1@2 2026-10-25T02:00:00Z 3600s 6 kWh", "2@3 2026-10-25T01:00:00Z 3600s 4 kWh",
                  "3@4 2026-10-25T00:00:00Z 3600s 2 kWh", "4@5 2026-10-24T23:00:00Z 3600s 1 kWh"));
}

TEST(Csv, AnAmbiguousTimeIsToldApartByUserMeterAndType) {
  EXPECT_THAT(parse("start,duration,kwh,user,meter,type\n"
                    "2026-10-25 01:00,60,1,a@x,,Renewable\n"
                    "2026-10-25 01:00,60,1,b@x,,Renewable\n"
                    "2026-10-25 01:00,60,1,a@x,roof,Renewable\n"
                    "2026-10-25 01:00,60,1,a@x,,Non-Renewable\n"
                    "2026-10-25 01:00,60,1,a@x,,Renewable\n",
                    in_zone("Europe/Lisbon")),
              ElementsAre(HasSubstr("T00:00:00Z"), HasSubstr("T00:00:00Z"), HasSubstr("T00:00:00Z"),
                          HasSubstr("T00:00:00Z"), HasSubstr("T01:00:00Z")));
}

TEST(Csv, ARejectedRowStillCountsInTheOrder) {
  EXPECT_THAT(parse("start,duration,kwh\n2026-10-25 01:00,60,x\n2026-10-25 01:00,60,1\n",
                    in_zone("Europe/Lisbon")),
              ElementsAre("1@2 bad_energy", "2@3 2026-10-25T01:00:00Z 60s 1 kWh"));
}

TEST(Csv, ATimeTheClockSkipsIsRejected) {
  EXPECT_THAT(parse("start,duration,kwh\n2026-03-29 01:00,3600,1\n2026-03-29 02:00,3600,1\n",
                    in_zone("Europe/Lisbon")),
              ElementsAre("1@2 nonexistent_time", "2@3 2026-03-29T01:00:00Z 3600s 1 kWh"));
  EXPECT_THAT(
      reasons("start,end,kwh\n2026-03-29 00:00,2026-03-29 01:30,1\n", in_zone("Europe/Lisbon")),
      ElementsAre("2026-03-29T01:30:00 does not exist in Europe/Lisbon: the clock skips it"));
}

TEST(Csv, LocalEndsFollowTheClockThroughARepeatedHour) {
  EXPECT_THAT(parse("start,end,kwh\n"
                    "2026-10-25 00:30,2026-10-25 01:00,1\n"
                    "2026-10-25 01:00,2026-10-25 01:30,2\n"
                    "2026-10-25 01:30,2026-10-25 01:00,3\n"
                    "2026-10-25 01:00,2026-10-25 01:30,4\n"
                    "2026-10-25 01:30,2026-10-25 02:00,5\n"
                    "2026-10-25 00:00,2026-10-25 02:00,6\n",
                    in_zone("Europe/Lisbon")),
              ElementsAre(HasSubstr("23:30:00Z 1800s"), HasSubstr("00:00:00Z 1800s"),
                          HasSubstr("00:30:00Z 1800s"), HasSubstr("01:00:00Z 1800s"),
                          HasSubstr("01:30:00Z 1800s"), HasSubstr("23:00:00Z 10800s")));
  EXPECT_THAT(
      parse("start,end,kwh\n"
            "2026-10-25 01:00,2026-10-25 02:00,1\n"
            "2026-10-25 01:00,2026-10-25 02:00,2\n",
            in_zone("Europe/Lisbon")),
      ElementsAre("1@2 2026-10-25T00:00:00Z 3600s 1 kWh", "2@3 2026-10-25T01:00:00Z 3600s 2 kWh"));
}

TEST(Csv, AmbiguousTimesAreBounded) {
  std::string text = "start,duration,kwh,meter\n";
  for (std::size_t i = 0; i <= csv_ambiguous_times_max; ++i) {
    text += "2026-10-25 01:00,60,1," + std::to_string(i) + "\n";
  }
  EXPECT_THAT(parse(text, in_zone("Europe/Lisbon")),
              ElementsAre(HasSubstr("file, line 100002: more than 100000 local times")));
}

TEST(Csv, MetersWithoutAnIntervalAreBounded) {
  std::string text = "start,kwh,meter\n";
  for (std::size_t i = 0; i <= csv_series_max; ++i) {
    text += "2026-10-25T01:00Z,1," + std::to_string(i) + "\n";
  }
  EXPECT_THAT(parse(text), ElementsAre(HasSubstr("line 100002: more than 100000 meters")));
}

TEST(Csv, EndsWhenTheSinkSaysStop) {
  auto input =
      make_input("start,duration,kwh\n2026-01-01T00:00Z,60,1\nx\n2026-01-01T00:01Z,60,1\n");
  int seen = 0;
  const auto done =
      parse_csv(input, {}, [&](Record&&) { return ++seen == 2 ? Flow::stop : Flow::more; });
  EXPECT_TRUE(done);
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace wattback::importers
