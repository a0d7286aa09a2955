#include "importers/green_button.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "importers/feed_fixture.h"
#include "importers/input_fixture.h"

namespace wattback::importers {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<std::string> parse(std::string_view text) {
  auto input = make_input(text);
  return lines_of([&](const RecordSink& sink) { return parse_green_button(input, sink); });
}

std::vector<std::string> reasons(std::string_view text) {
  auto input = make_input(text);
  return reasons_of([&](const RecordSink& sink) { return parse_green_button(input, sink); });
}

// 2026-01-01T00:00:00Z and the hour after it.
constexpr std::string_view midnight = "1767225600";
constexpr std::string_view one_oclock = "1767229200";

std::string hour(std::string_view value = "500") {
  return interval_reading(midnight, "3600", value);
}

// A feed of one usage point with this in its only IntervalBlock.
std::string feed_of(const std::string& readings, const std::string& type_fields) {
  return make_feed(
      {usage_point(1), meter_reading(1), reading_type(type_fields), block(1, readings)});
}

std::string feed_of(const std::string& readings) { return feed_of(readings, espi("uom", "72")); }

TEST(GreenButton, ReadsMeterTimeEnergyQualityAndAsOf) {
  EXPECT_THAT(
      parse(make_feed({usage_point(1, "<title>Front meter</title>"), meter_reading(1),
                       reading_type(espi("accumulationBehaviour", "4") + espi("commodity", "1") +
                                    espi("flowDirection", "1") + espi("kind", "12") +
                                    espi("powerOfTenMultiplier", "0") + espi("uom", "72")),
                       block(1,
                             espi("interval", espi("duration", "7200") + espi("start", midnight)) +
                                 interval_reading(midnight, "3600", "500",
                                                  espi("ReadingQuality", espi("quality", "8"))) +
                                 interval_reading(one_oclock, "3600", "750", espi("cost", "9")),
                             "<updated>2026-01-02T00:00:00Z</updated>")})),
      ElementsAre("1@6 2026-01-01T00:00:00Z 3600s 0.5 kWh meter=Front meter "
                  "identifier=urn:uuid:point-1 quality=8 as_of=2026-01-02T00:00:00Z",
                  "2@6 2026-01-01T01:00:00Z 3600s 0.75 kWh meter=Front meter "
                  "identifier=urn:uuid:point-1 as_of=2026-01-02T00:00:00Z"));
}

TEST(GreenButton, TakesEntriesInAnyOrder) {
  std::vector<std::string> entries{usage_point(1), meter_reading(1), watt_hours(),
                                   block(1, hour())};
  std::ranges::sort(entries);
  int orders = 0;
  do {
    EXPECT_THAT(parse(make_feed({entries[0], entries[1], entries[2], entries[3]})),
                ElementsAre(EndsWith(" 0.5 kWh identifier=urn:uuid:point-1")));
    ++orders;
  } while (std::ranges::next_permutation(entries).found);
  EXPECT_EQ(orders, 24);
}

TEST(GreenButton, TakesElementsInAnyOrder) {
  const auto reversed = fmt::format(
      "<entry><content><espi:IntervalBlock><espi:IntervalReading><espi:value>500</espi:value>"
      "<espi:ReadingQuality><espi:quality>7</espi:quality></espi:ReadingQuality>"
      "<espi:timePeriod><espi:start> {} </espi:start><espi:duration>\n3600\n</espi:duration>"
      "</espi:timePeriod></espi:IntervalReading></espi:IntervalBlock></content>"
      "<updated>2026-01-02T00:00:00Z</updated>{}</entry>",
      midnight, link("up", "UsagePoint/1/MeterReading/1/IntervalBlock"));
  EXPECT_THAT(parse(make_feed({reversed, usage_point(1), meter_reading(1), watt_hours()})),
              ElementsAre("1@3 2026-01-01T00:00:00Z 3600s 0.5 kWh identifier=urn:uuid:point-1 "
                          "quality=7 as_of=2026-01-02T00:00:00Z"));
}

TEST(GreenButton, GoesByNamespacesNotPrefixes) {
  const auto text =
      "<x:feed xmlns:x='http://www.w3.org/2005/Atom'>"
      "<x:entry><x:link rel='self' href='MR/1'/><x:link rel='related' href='RT/1'/>"
      "<x:content><MeterReading xmlns='http://naesb.org/espi'/></x:content></x:entry>"
      "<x:entry><x:link rel='self' href='RT/1'/><x:content>"
      "<y:ReadingType xmlns:y='http://naesb.org/espi'><y:uom>72</y:uom><uom>99</uom>"
      "<z:uom xmlns:z='urn:other'>99</z:uom></y:ReadingType></x:content></x:entry>"
      "<x:entry><x:link rel='up' href='MR/1'/><x:content>"
      "<IntervalBlock xmlns='http://naesb.org/espi'><IntervalReading><value>1</value><timePeriod>"
      "<start>0</start><duration>900</duration></timePeriod></IntervalReading></IntervalBlock>"
      "</x:content></x:entry></x:feed>";
  EXPECT_THAT(parse(text), ElementsAre("1@1 1970-01-01T00:00:00Z 900s 0.001 kWh identifier=MR/1"));
  EXPECT_THAT(parse("<feed xmlns='http://naesb.org/espi'/>"),
              ElementsAre(HasSubstr("line 1: is no Green Button file: its root is 'feed'")));
}

TEST(GreenButton, ScalesByThePowerOfTenHalfToEven) {
  const auto energy = [](const std::string& multiplier, const std::string& value) {
    return parse(feed_of(hour(value), espi("uom", "72") + espi("powerOfTenMultiplier", multiplier)))
        .front();
  };
  EXPECT_THAT(energy("3", "2"), HasSubstr(" 2 kWh "));
  EXPECT_THAT(energy("-3", "2"), HasSubstr(" 0.000002 kWh "));
  EXPECT_THAT(energy("-4", "25"), HasSubstr(" 0.000002 kWh "));
  EXPECT_THAT(energy("-4", "35"), HasSubstr(" 0.000004 kWh "));
  EXPECT_THAT(energy("6", "-1"), HasSubstr(" -1000 kWh "));
  EXPECT_THAT(energy("12", "999999"), HasSubstr("bad_energy"));
}

TEST(GreenButton, ReadsDescendingReadingsInTheirOrder) {
  EXPECT_THAT(
      parse(feed_of(interval_reading(one_oclock, "3600", "2") + hour("1"))),
      ElementsAre(HasSubstr("1@6 2026-01-01T01:00:00Z"), HasSubstr("2@6 2026-01-01T00:00:00Z")));
}

TEST(GreenButton, RefusesAFeedWhoseOnlyReadingsCannotBeTaken) {
  const auto error_of = [](const std::string& type_fields) {
    const auto lines = parse(feed_of(hour(), type_fields));
    EXPECT_THAT(lines, SizeIs(1));
    return lines.front();
  };
  const std::string uom = espi("uom", "72");
  EXPECT_EQ(error_of(espi("uom", "169")),
            "error: file, line 5: none of its readings can be taken: its uom is '169', not "
            "watt-hours (72)");
  EXPECT_THAT(error_of(espi("flowDirection", "1")), HasSubstr("has no uom, so no unit of energy"));
  EXPECT_THAT(error_of(espi("uom", "")), HasSubstr("its uom is ''"));
  EXPECT_THAT(error_of(uom + uom), HasSubstr("has a field twice"));
  EXPECT_THAT(error_of(uom + espi("commodity", "7")), HasSubstr("commodity is '7', not electric"));
  for (const auto* flow : {"0", "4", "19", "20", "forward", ""}) {
    EXPECT_THAT(error_of(uom + espi("flowDirection", flow)), HasSubstr("not forward (1)"));
  }
  for (const auto* accumulation : {"0", "1", "2", "3", "9", "12"}) {
    EXPECT_THAT(error_of(uom + espi("accumulationBehaviour", accumulation)),
                HasSubstr("not delta (4)"));
  }
  for (const auto* multiplier : {"13", "-13", "1.5", "", "kilo", "99999999999999999999"}) {
    EXPECT_THAT(error_of(uom + espi("powerOfTenMultiplier", multiplier)),
                HasSubstr("is no whole number from -12 to 12"));
  }
  EXPECT_THAT(
      parse(make_feed({usage_point(1, "", "1"), meter_reading(1), watt_hours(), block(1, hour())})),
      ElementsAre(HasSubstr("line 3: none of its readings can be taken: its usage point's "
                            "service is '1', not electricity (0)")));
}

TEST(GreenButton, CountsWhatCannotBeTakenBesideWhatCan) {
  const auto gas = reading_type(espi("uom", "72") + espi("commodity", "7"), 2);
  const auto reverse = reading_type(espi("uom", "72") + espi("flowDirection", "19"), 3);
  const auto registers = reading_type(espi("uom", "72") + espi("accumulationBehaviour", "3"), 4);
  EXPECT_THAT(
      parse(make_feed({usage_point(1), usage_point(2), usage_point(3), usage_point(4),
                       meter_reading(1), meter_reading(2, 2), meter_reading(3, 3),
                       meter_reading(4, 4), watt_hours(), gas, reverse, registers, block(2, hour()),
                       block(3, hour()), block(4, hour()), block(1, hour())})),
      ElementsAre("1@15 not_electricity", "2@16 not_forward", "3@17 not_delta",
                  "4@18 2026-01-01T00:00:00Z 3600s 0.5 kWh identifier=urn:uuid:point-1"));
}

TEST(GreenButton, RejectsAReadingWithItsLineAndReason) {
  const auto period = time_period(midnight, "3600");
  const std::vector<std::pair<std::string, std::string>> cases{
      {espi("IntervalReading", espi("value", "1")), "missing_field"},
      {espi("IntervalReading", period), "missing_field"},
      {espi("IntervalReading", espi("timePeriod", espi("start", midnight)) + espi("value", "1")),
       "missing_field"},
      {espi("IntervalReading", espi("timePeriod", espi("duration", "60")) + espi("value", "1")),
       "missing_field"},
      {interval_reading("", "3600", "1"), "bad_time"},
      {interval_reading("1767225600.5", "3600", "1"), "bad_time"},
      {interval_reading("2026-01-01T00:00:00Z", "3600", "1"), "bad_time"},
      {interval_reading("999999999999999", "3600", "1"), "bad_time"},
      {interval_reading("-999999999999999", "3600", "1"), "bad_time"},
      {interval_reading("253402300800", "3600", "1"), "bad_time"},  // the year 10000
      {interval_reading("-62135596801", "3600", "1"), "bad_time"},  // the year 0
      {interval_reading(midnight, "", "1"), "bad_interval"},
      {interval_reading(midnight, "0", "1"), "bad_interval"},
      {interval_reading(midnight, "-3600", "1"), "bad_interval"},
      {interval_reading(midnight, "3600.0", "1"), "bad_interval"},
      {interval_reading(midnight, "90001", "1"), "too_long"},
      {interval_reading(midnight, "2592000", "1"), "too_long"},
      {interval_reading(midnight, "3600", ""), "bad_energy"},
      {interval_reading(midnight, "3600", "1.5"), "bad_energy"},
      {interval_reading(midnight, "3600", "1e3"), "bad_energy"},
      {interval_reading(midnight, "3600", "1<b/>5"), "bad_energy"},
      {interval_reading(midnight, "3600", "99999999999999999999"), "bad_energy"},
      {interval_reading(midnight, "3600", "9223372036854775807"), "bad_energy"},
      {interval_reading(midnight, "3600", "1", espi("value", "2")), "duplicate_field"},
      {interval_reading(midnight, "3600", "1", period), "duplicate_field"},
      {interval_reading(midnight, "3600", "1", espi("ReadingQuality", espi("quality", "good"))),
       "bad_quality"},
      {interval_reading(midnight, "3600", "1", espi("ReadingQuality", espi("quality", "256"))),
       "bad_quality"},
  };
  for (const auto& [reading, code] : cases) {
    EXPECT_THAT(parse(feed_of(reading + "\n" + hour())),
                ElementsAre("1@6 " + code, HasSubstr("2@7 2026-01-01T00:00:00Z 3600s 0.5 kWh")))
        << reading;
  }
  EXPECT_THAT(reasons(feed_of(interval_reading(midnight, "2592000", "1"))),
              ElementsAre("lasts 2592000 seconds: longer than 25 hours, a billing period"));
}

TEST(GreenButton, TakesAStartOfAYearThatCanBeWritten) {
  EXPECT_THAT(
      parse(feed_of(interval_reading("-62135596800", "3600", "1") +
                    interval_reading("253402300799", "3600", "1"))),
      ElementsAre(HasSubstr(" 0001-01-01T00:00:00Z "), HasSubstr(" 9999-12-31T23:59:59Z ")));
  EXPECT_THAT(reasons(feed_of(interval_reading("-253402300799", "3600", "1"))),
              ElementsAre("the start '-253402300799' is not in the years 1 to 9999 of UTC"));
}

TEST(GreenButton, TakesAReadingOfTheLongestDay) {
  EXPECT_THAT(parse(feed_of(interval_reading(midnight, "90000", "1"))),
              ElementsAre(HasSubstr(" 90000s ")));
}

TEST(GreenButton, KeepsTheFirstOfSeveralQualities) {
  EXPECT_THAT(parse(feed_of(interval_reading(midnight, "3600", "1",
                                             espi("ReadingQuality", espi("quality", "14")) +
                                                 espi("ReadingQuality", espi("quality", "8"))))),
              ElementsAre(EndsWith(" quality=14")));
}

TEST(GreenButton, TakesUpdatedAsTheTimeOfAsOf) {
  const auto as_of = [](const std::string& updated) {
    return parse(make_feed({usage_point(1), meter_reading(1), watt_hours(),
                            block(1, hour(), "<updated>" + updated + "</updated>")}))
        .front();
  };
  EXPECT_THAT(as_of("2026-01-02T03:04:05.123456789+01:00"),
              EndsWith(" as_of=2026-01-02T02:04:05.123Z"));
  EXPECT_THAT(as_of("2026-01-02T03:04:05.5Z"), EndsWith(" as_of=2026-01-02T03:04:05.500Z"));
  EXPECT_EQ(as_of("2026-01-02T03:04:05"), "1@6 bad_as_of");
  EXPECT_EQ(as_of(""), "1@6 bad_as_of");
}

TEST(GreenButton, SeveralBlocksMayShareAnEntry) {
  EXPECT_THAT(parse(make_feed(
                  {usage_point(1), meter_reading(1), watt_hours(),
                   entry(link("up", "UsagePoint/1/MeterReading/1/IntervalBlock"),
                         espi("IntervalBlock", hour("1")) + espi("IntervalBlock", hour("2")))})),
              ElementsAre(HasSubstr(" 0.001 kWh "), HasSubstr(" 0.002 kWh ")));
}

TEST(GreenButton, StreamsManyBlocks) {
  std::string entries;
  for (int day = 0; day < 400; ++day) {
    std::string readings;
    for (int i = 0; i < 24; ++i) {
      readings +=
          interval_reading(std::to_string(1'767'225'600 + day * 86'400 + i * 3600), "3600", "1000");
    }
    entries += block(1, readings) + "\n";
  }
  auto input =
      make_input(make_feed({usage_point(1), meter_reading(1), watt_hours(), std::move(entries)}));
  Energy sum;
  std::int64_t count = 0;
  const auto done = parse_green_button(input, [&](Record&& record) {
    sum += std::get<Reading>(record).energy;
    EXPECT_EQ(std::get<Reading>(record).record, ++count);
    return Flow::more;
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(count, 9600);
  EXPECT_EQ(to_text(sum), "9600");
}

TEST(GreenButton, EndsWhenTheSinkSaysStop) {
  auto input = make_input(feed_of(hour("1") + hour("2") + hour("3")));
  int seen = 0;
  EXPECT_TRUE(
      parse_green_button(input, [&](Record&&) { return ++seen == 2 ? Flow::stop : Flow::more; }));
  EXPECT_EQ(seen, 2);
}

TEST(GreenButton, AFaultOfTheWholeFileComesBeforeAnyReading) {
  const auto whole = feed_of(hour());
  const auto cut = parse(whole.substr(0, whole.size() - 10));
  EXPECT_THAT(cut, ElementsAre(HasSubstr("is not XML: ")));
  EXPECT_THAT(parse("start,value\n"), ElementsAre(HasSubstr("line 1: is not XML")));
  EXPECT_THAT(parse(make_feed({})), ElementsAre(HasSubstr("holds no IntervalBlock")));
  EXPECT_THAT(parse(make_feed({usage_point(1), meter_reading(1), block(1, hour())})),
              ElementsAre(HasSubstr("holds no ReadingType, so no unit of energy")));
  EXPECT_THAT(parse(make_feed({usage_point(1), watt_hours(), block(1, hour())})),
              ElementsAre(HasSubstr("holds no MeterReading")));
  EXPECT_THAT(parse("<!DOCTYPE feed [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>" +
                    whole.substr(whole.find("<feed"))),
              ElementsAre(HasSubstr("line 1: has a DOCTYPE")));
}

}  // namespace
}  // namespace wattback::importers
