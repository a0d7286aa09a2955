#include "importers/format.h"

#include <gmock/gmock.h>

#include <string>

#include "importers/input_fixture.h"

namespace wattback::importers {
namespace {

using ::testing::ElementsAre;

TEST(Format, IsKnownByTheFirstBytes) {
  using namespace std::string_literals;
  const std::vector<std::pair<std::string, Format>> cases{
      {"<?xml version=\"1.0\"?><feed/>", Format::green_button},
      {"\xEF\xBB\xBF\r\n <feed/>", Format::green_button},
      {"\xFF\xFE<\0f\0"s, Format::green_button},
      {"\xFE\xFF\0<\0f"s, Format::green_button},
      {"{\"start\":1}", Format::ndjson},
      {"\xEF\xBB\xBF\n\n{\"start\":1}", Format::ndjson},
      {"start,value\n", Format::csv},
      {"\"start\",value\n", Format::csv},
      {"[1]", Format::csv},
      {"", Format::csv},
      {"\n\n", Format::csv},
  };
  for (const auto& [text, format] : cases) {
    auto input = make_input(text);
    EXPECT_EQ(detect_format(input), format) << text;
    EXPECT_EQ(input.progress().done, 0);
  }
}

TEST(Format, ChoosesTheParser) {
  auto input = make_input("start,duration,kwh\n2026-01-01T00:00Z,60,1\n");
  EXPECT_THAT(lines_of([&](const RecordSink& sink) {
                return parse_readings(Format::csv, input, {}, sink);
              }),
              ElementsAre("1@2 2026-01-01T00:00:00Z 60s 1 kWh"));
  EXPECT_THAT(lines_of([&](const RecordSink& sink) {
                return parse_readings(Format::ndjson, input, {}, sink);
              }),
              ElementsAre("1@1 not_json", "2@2 not_json"));
  EXPECT_THAT(lines_of([&](const RecordSink& sink) {
                return parse_readings(Format::green_button, input, {}, sink);
              }),
              ElementsAre("error: file, line 1: is not XML: syntax error"));
}

TEST(Format, HasNames) {
  EXPECT_EQ(from_text<Format>("green-button"), Format::green_button);
  EXPECT_EQ(to_text(Format::csv), "csv");
  EXPECT_EQ(from_text<EnergyUnit>("mwh"), EnergyUnit::megawatt_hours);
}

}  // namespace
}  // namespace wattback::importers
