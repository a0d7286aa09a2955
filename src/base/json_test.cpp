#include "base/json.h"

#include <gmock/gmock.h>

#include <string>

#include "base/energy.h"

namespace wattback {
namespace {

using testing::HasSubstr;

JsonError error_of(std::string_view text, std::size_t depth_max = json_depth_max) {
  const auto parsed = parse_json(text, depth_max);
  EXPECT_FALSE(parsed) << text;
  return parsed ? JsonError{} : parsed.error();
}

TEST(Json, IsReadAsBoostsValues) {
  const auto document = parse_json(R"({"a":[1,true,null,"x\n"],"b":{}})");
  ASSERT_TRUE(document);
  const auto& a = document->value.at("a").as_array();
  EXPECT_EQ(a.at(0).as_int64(), 1);
  EXPECT_TRUE(a.at(1).as_bool());
  EXPECT_TRUE(a.at(2).is_null());
  EXPECT_EQ(a.at(3).as_string(), "x\n");
  EXPECT_TRUE(document->value.at("b").as_object().empty());
  EXPECT_TRUE(document->numbers.empty());
}

TEST(Json, KeepsTheTextOfNumbers) {
  const auto document =
      parse_json(R"({"energy":1.2500,"list":[0.1,2,[3e2]],"whole":7,"large":18446744073709551615,)"
                 R"("larger":123456789012345678901,"a/b":{"~":0.5},"text":"1.5"})");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->number_text("/energy"), "1.2500");
  EXPECT_EQ(document->number_text("/list/0"), "0.1");
  EXPECT_EQ(document->number_text("/list/1"), "2");
  EXPECT_EQ(document->number_text("/list/2/0"), "3e2");
  EXPECT_EQ(document->number_text("/whole"), "7");
  EXPECT_EQ(document->number_text("/large"), "18446744073709551615");
  EXPECT_EQ(document->number_text("/larger"), "123456789012345678901");
  EXPECT_EQ(document->number_text("/a~1b/~0"), "0.5");
  EXPECT_FALSE(document->number_text("/text"));
  EXPECT_FALSE(document->number_text("/nowhere"));
  EXPECT_FALSE(document->number_text("/list"));
  EXPECT_EQ(parse_json("0.25")->number_text(""), "0.25");
}

TEST(Json, KeepsTheTextOfANumberThatIsLong) {
  const std::string digits(5000, '7');
  EXPECT_EQ(parse_json("[0." + digits + "]")->number_text("/0"), "0." + digits);
}

// No double lies between the text and the energy: these differ in what a double would make of them.
TEST(Json, LosesNothingOfEnergy) {
  const auto energy = [](const std::string& text) {
    return parse_energy(*parse_json(text)->number_text(""))->milliwatt_hours;
  };
  EXPECT_EQ(energy("0.0000005"), 0);
  EXPECT_EQ(energy("0.00000050000000000000000000001"), 1);
  EXPECT_EQ(energy("0.0000015"), 2);
  EXPECT_EQ(energy("1000000000.000001"), 1'000'000'000'000'001);
  EXPECT_EQ(energy("-0"), 0);
}

TEST(Json, TellsHowANumberWasWritten) {
  const auto document = parse_json("[1,1.0,1e2,9223372036854775808,-9223372036854775809]");
  ASSERT_TRUE(document);
  const auto& list = document->value.as_array();
  EXPECT_TRUE(list[0].is_int64());
  EXPECT_TRUE(list[1].is_double());
  EXPECT_TRUE(list[2].is_double());
  EXPECT_TRUE(list[3].is_uint64());
  EXPECT_TRUE(list[4].is_double());
  EXPECT_FALSE(is_integer_text(*document->number_text("/1")));
  EXPECT_FALSE(is_integer_text(*document->number_text("/2")));
  EXPECT_TRUE(is_integer_text(*document->number_text("/3")));
  EXPECT_TRUE(is_integer_text(*document->number_text("/4")));
}

TEST(Json, PointsAtAKeyGivenTwice) {
  const auto error = error_of(R"({"list":[0,{"a/b":1,"c":2,"a/b":3}]})");
  EXPECT_EQ(error.fault, JsonFault::duplicate_key);
  EXPECT_EQ(error.pointer, "/list/1/a~1b");
  EXPECT_EQ(error_of(R"({"a":1,"a":2})").pointer, "/a");
  EXPECT_EQ(error_of(R"({"":1,"":2})").pointer, "/");
}

TEST(Json, PointsAtWhatIsWrong) {
  EXPECT_EQ(error_of(R"({"a":{"b":[1,x]}})").pointer, "/a/b/1");
  EXPECT_EQ(error_of(R"({"a":{"b":[1,x]}})").offset, 13U);
  EXPECT_EQ(error_of(R"({"a":1,"b":nul})").pointer, "/b");
  EXPECT_EQ(error_of(R"({"a":1,)").pointer, "");
  EXPECT_EQ(error_of(R"({"a":1} 2)").offset, 8U);
  EXPECT_EQ(error_of("[1e400]").pointer, "/0");
  EXPECT_EQ(error_of("{\"a\":\"\xFF\"}").pointer, "/a");
  EXPECT_EQ(error_of("[[[1]]]", 2).pointer, "/0/0");
}

TEST(Json, NestsSoDeep) {
  EXPECT_TRUE(parse_json("[[1]]", 2));
  EXPECT_EQ(error_of("[[[1]]]", 2).fault, JsonFault::too_deep);
  const std::string open(json_depth_max, '[');
  const std::string close(json_depth_max, ']');
  EXPECT_TRUE(parse_json(open + close));
  EXPECT_EQ(error_of("[" + open + close + "]").fault, JsonFault::too_deep);
}

TEST(Json, SaysWhatIsWrongToClients) {
  const auto error = to_error(error_of(R"({"a":{"b":1,"b":2}})"));
  EXPECT_EQ(error.code, ErrorCode::invalid);
  EXPECT_EQ(error.detail, "/a/b is given twice");
  ASSERT_EQ(error.fields.size(), 1U);
  EXPECT_EQ(error.fields[0].pointer, "/a/b");
  EXPECT_EQ(error.fields[0].code, "duplicate_key");
  EXPECT_THAT(error.fields[0].detail, HasSubstr("at byte"));
  EXPECT_EQ(to_error(error_of("[")).detail, "/0 is not JSON (incomplete JSON)");
  EXPECT_EQ(to_error(error_of("1 2")).detail, "the document is not JSON (extra data)");
}

}  // namespace
}  // namespace wattback
