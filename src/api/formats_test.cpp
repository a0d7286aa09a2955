#include "api/formats.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace wattback::api {
namespace {

namespace json = boost::json;

std::string fault_of(std::string_view schema, std::string_view text) {
  return find_text_fault(json::parse(schema).as_object(), text).value_or("");
}

TEST(Formats, AreAsserted) {
  struct Case {
    std::string_view format;
    std::string_view text;
    bool holds;
  };
  const std::vector<Case> cases{
      {"date", "2026-02-28", true},
      {"date", "2026-02-29", false},
      {"date", "2028-02-29", true},
      {"date", "2026-2-28", false},
      {"date", "2026-11-24T10:30:00Z", false},
      {"date", "", false},
      {"date-time", "2026-11-24T10:30:00Z", true},
      {"date-time", "2026-11-24t10:30:00.123+05:45", true},
      {"date-time", "2026-11-24T10:30:00", false},
      {"date-time", "2026-11-24T10:30Z", false},
      {"date-time", "2026-11-24T10:30+01:00", false},
      {"date-time", "2026-11-24 10:30:00Z", false},
      {"date-time", "2026-11-24T25:30:00Z", false},
      {"date-time", "2026-11-24", false},
      {"date-time", "", false},
      {"uuid", "01a20d78-c1a3-7586-8b6e-903e7818f0bd", true},
      {"uuid", "01A20D78-C1A3-7586-8B6E-903E7818F0BD", true},
      {"uuid", "01a20d78c1a375868b6e903e7818f0bd", false},
      {"uuid", "01a20d78-c1a3-7586-8b6e-903e7818f0bg", false},
      {"uuid", "me", false},
      {"email", "rosa@example.org", true},
      {"email", "r\xC3\xB3sa@example.org", true},
      {"email", "rosa", false},
      {"email", "@example.org", false},
      {"email", "rosa@", false},
      {"email", "rosa@home@example.org", false},
      {"email", "ro sa@example.org", false},
      {"uri", "anything", true},
      {"uri-reference", "anything", true},
      {"int64", "anything", true},
  };
  for (const auto& [format, text, holds] : cases) {
    const auto schema = json::serialize(json::object{{"format", format}});
    EXPECT_EQ(fault_of(schema, text).empty(), holds) << format << " '" << text << "'";
    EXPECT_TRUE(is_known_format(format));
  }
  EXPECT_FALSE(is_known_format("ipv4"));
}

TEST(Formats, SayWhatIsWrong) {
  EXPECT_EQ(fault_of(R"({"format": "uuid", "minLength": 36})", "x"), "must be a UUID");
  EXPECT_EQ(fault_of(R"({"minLength": 1})", ""), "must not be empty");
  EXPECT_EQ(fault_of(R"({"minLength": 8})", "seven77"), "must have at least 8 characters");
  EXPECT_EQ(fault_of(R"({"maxLength": 2})", "abc"), "must have at most 2 characters");
}

TEST(Formats, CountCharactersNotBytes) {
  EXPECT_EQ(fault_of(R"({"maxLength": 4})", "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8C\x9E"), "");
  EXPECT_EQ(fault_of(R"({"maxLength": 2, "minLength": 2})", "\xE2\x82\xAC\xE2\x82\xAC"), "");
  EXPECT_EQ(fault_of(R"({"minLength": 3})", std::string_view("\0\0\0", 3)), "");
}

TEST(Formats, AreFoundWherever) {
  const auto schema = json::parse(R"({
    "properties": {"days": {"items": {"anyOf": [{"type": "string", "format": "date"},
                                                {"type": "null"}]}}},
    "allOf": [{"properties": {"id": {"type": ["string", "null"], "format": "uuid"}}}]})")
                          .as_object();
  const auto holds = [&](std::string_view value) {
    return holds_texts(schema, json::parse(value));
  };
  EXPECT_TRUE(holds(R"({"days": ["2026-06-01", null], "id": null, "more": "x"})"));
  EXPECT_FALSE(holds(R"({"days": ["2026-06-01", "x"]})"));
  EXPECT_FALSE(holds(R"({"id": "x"})"));
  EXPECT_TRUE(holds(R"({"days": [1], "id": 1})")) << "types are judged elsewhere";
}

}  // namespace
}  // namespace wattback::api
