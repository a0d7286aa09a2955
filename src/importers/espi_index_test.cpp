// The links between the entries of a Green Button feed, and the limits on what is kept of them.
#include "importers/espi_index.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "importers/feed_fixture.h"
#include "importers/green_button.h"
#include "importers/input_fixture.h"
#include "importers/limits.h"

namespace wattback::importers {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

std::vector<std::string> parse(std::string_view text) {
  auto input = make_input(text);
  return lines_of([&](const RecordSink& sink) { return parse_green_button(input, sink); });
}

std::string one_reading() { return interval_reading("1767225600", "3600", "500"); }

std::string point_with(const std::string& links) {
  return entry("<id>urn:uuid:point-1</id>" + links, "<espi:UsagePoint/>");
}
std::string meter_reading_with(const std::string& links) {
  return entry(links, "<espi:MeterReading/>");
}
std::string type_with(const std::string& links) {
  return entry(links, espi("ReadingType", espi("uom", "72")));
}
std::string block_with(const std::string& links) {
  return entry(links, espi("IntervalBlock", one_reading()));
}

constexpr std::string_view taken = "0.5 kWh identifier=urn:uuid:point-1";

TEST(EspiIndex, FollowsLinksInEveryFormUtilitiesWrite) {
  const auto point = point_with(link("self", "/espi/UsagePoint/1") +
                                link("related", "/espi/UsagePoint/1/MeterReading"));
  const auto meter = meter_reading_with(link("self", "/espi/UsagePoint/1/MeterReading/1") +
                                        link("up", "/espi/UsagePoint/1/MeterReading") +
                                        link("related", "/espi/ReadingType/1"));
  const auto type =
      type_with(link("self", "/espi/ReadingType/1") + link("up", "/espi/ReadingType"));
  const auto block_entry =
      block_with(link("self", "/espi/UsagePoint/1/MeterReading/1/IntervalBlock/1") +
                 link("up", "/espi/UsagePoint/1/MeterReading/1/IntervalBlock"));
  const auto expect_taken = [](std::initializer_list<std::string> entries) {
    EXPECT_THAT(parse(make_feed(entries)), ElementsAre(EndsWith(taken)));
  };
  // The collection lies below the meter reading, which need not name it.
  expect_taken({point, meter, type, block_entry});
  // The meter reading names each block, or a block names its meter reading.
  expect_taken({point,
                meter_reading_with(link("self", "MR/1") + link("related", "IB/9") +
                                   link("related", "/espi/UsagePoint/1") +
                                   link("related", "/espi/ReadingType/1")),
                type, block_with(link("self", "IB/9"))});
  expect_taken({point, meter, type,
                block_with(link("self", "IB/9") + link("up", "IB") +
                           link("related", "/espi/UsagePoint/1/MeterReading/1"))});
  expect_taken({point, meter, type, block_with(link("up", "/espi/UsagePoint/1/MeterReading/1"))});
  // By its own place alone.
  expect_taken({point, meter, type,
                block_with(link("self", "/espi/UsagePoint/1/MeterReading/1/IntervalBlock/1"))});
  // The reading type names the meter reading, or the meter reading the collection that holds it.
  const auto bare = meter_reading_with(link("self", "/espi/UsagePoint/1/MeterReading/1"));
  expect_taken(
      {point, bare, type_with(link("related", "/espi/UsagePoint/1/MeterReading/1")), block_entry});
  expect_taken({point,
                meter_reading_with(link("self", "/espi/UsagePoint/1/MeterReading/1") +
                                   link("related", "/espi/ReadingType")),
                type, block_entry});
}

TEST(EspiIndex, MatchesAbsoluteAndRelativeLinks) {
  const auto point = point_with(link("self", "https://Example.org/espi/UsagePoint/1") +
                                link("related", "/espi/UsagePoint/1/MeterReading"));
  const auto meter = meter_reading_with(
      link("self", "UsagePoint/1/MeterReading/1") + link("up", "UsagePoint/1/MeterReading/") +
      link("related", "https://example.org/espi/UsagePoint/1/MeterReading/1/IntervalBlock") +
      link("related", "/espi/ReadingType/1"));
  const auto type = type_with(link("self", "http://example.org/espi/x/../ReadingType/1"));
  const auto block_entry = block_with(link("up", "UsagePoint/1/MeterReading/1/IntervalBlock"));
  // Relative to the feed's own link, wherever it stands.
  const auto self = link("self", "https://example.org/espi/Subscription");
  EXPECT_THAT(parse(make_feed({self, point, meter, type, block_entry})),
              ElementsAre(EndsWith(taken)));
  EXPECT_THAT(parse(make_feed({block_entry, type, meter, point, self})),
              ElementsAre(EndsWith(taken)));
  // Where that names no authority, the one that the other links agree on.
  EXPECT_THAT(
      parse(make_feed({link("self", "/espi/Subscription"), point, meter, type, block_entry})),
      ElementsAre(EndsWith(taken)));
  // xml:base goes before the feed's own link.
  auto based =
      make_feed({link("self", "https://elsewhere.org/a/b"), point, meter, type, block_entry});
  based.replace(based.find("<feed"), 5, "<feed xml:base='https://example.org/espi/'");
  EXPECT_THAT(parse(based), ElementsAre(EndsWith(taken)));
}

TEST(EspiIndex, TellsTwoAuthoritiesApart) {
  const auto meter = [](const std::string& host, const std::string& type) {
    return entry("<id>" + host + "</id>" + link("self", "https://" + host + "/MeterReading/1") +
                     link("related", "https://" + host + "/ReadingType/" + type),
                 "<espi:MeterReading/>");
  };
  const auto type = [](const std::string& href, const std::string& multiplier) {
    return entry(link("self", href),
                 espi("ReadingType", espi("uom", "72") + espi("powerOfTenMultiplier", multiplier)));
  };
  EXPECT_THAT(
      parse(make_feed({meter("a.org", "1"), meter("b.org", "1"),
                       type("https://b.org/ReadingType/1", "3"),
                       type("https://a.org/ReadingType/1", "0"),
                       block_with(link("up", "https://a.org/MeterReading/1")),
                       block_with(link("up", "https://b.org/MeterReading/1"))})),
      ElementsAre(EndsWith("0.5 kWh identifier=a.org"), EndsWith("500 kWh identifier=b.org")));
}

TEST(EspiIndex, RejectsReadingsWhoseLinksLeadNowhereOrToTwo) {
  EXPECT_THAT(parse(make_feed({usage_point(1), meter_reading(1), watt_hours(),
                               block(2, one_reading()), block_with(""), block(1, one_reading())})),
              ElementsAre("1@6 no_reading_type", "2@7 no_reading_type", HasSubstr("3@8 2026")));
  EXPECT_THAT(parse(make_feed(
                  {usage_point(1), meter_reading(1, 9), watt_hours(), block(1, one_reading())})),
              ElementsAre(HasSubstr("line 4: none of its readings can be taken: no link leads from "
                                    "its MeterReading to one ReadingType")));
  const auto shared = link("related", "IB") + link("related", "ReadingType/1");
  EXPECT_THAT(parse(make_feed({meter_reading_with(link("self", "MR/1") + shared),
                               meter_reading_with(link("self", "MR/2") + shared), watt_hours(),
                               block_with(link("up", "IB"))})),
              ElementsAre("1@6 no_reading_type"));
}

TEST(EspiIndex, UsagePointsBecomeMetersWithLabelsOfTheirOwn) {
  const std::string longest(100, 'x');
  EXPECT_THAT(
      parse(make_feed({usage_point(1, "<title>Home</title>"), usage_point(2, "<title>Home</title>"),
                       usage_point(3, "<title> Solar\n roof </title>"), usage_point(4, "<title/>"),
                       usage_point(5, "<title>" + longest + "</title>"), meter_reading(1),
                       meter_reading(2), meter_reading(3), meter_reading(4), meter_reading(5),
                       watt_hours(), block(1, one_reading()), block(2, one_reading()),
                       block(3, one_reading()), block(4, one_reading()), block(5, one_reading()),
                       block(1, one_reading())})),
      ElementsAre(EndsWith("meter=Home identifier=urn:uuid:point-1"),
                  EndsWith("meter=Home (2) identifier=urn:uuid:point-2"),
                  EndsWith("meter=Solar roof identifier=urn:uuid:point-3"),
                  EndsWith("kWh identifier=urn:uuid:point-4"),
                  EndsWith("meter=" + longest.substr(0, 56) + " identifier=urn:uuid:point-5"),
                  EndsWith("meter=Home identifier=urn:uuid:point-1")));
}

TEST(EspiIndex, AMeterWithoutAnIdGoesByItsLink) {
  EXPECT_THAT(parse(make_feed({entry(link("self", "UsagePoint/1"), "<espi:UsagePoint/>"),
                               meter_reading(1), watt_hours(), block(1, one_reading())})),
              ElementsAre(EndsWith("identifier=UsagePoint/1")));
  EXPECT_THAT(parse(make_feed(
                  {entry("<id>" + std::string(257, 'x') + "</id>" + link("self", "UsagePoint/1"),
                         "<espi:UsagePoint/>"),
                   meter_reading(1), watt_hours(), block(1, one_reading())})),
              ElementsAre(HasSubstr("none of its readings can be taken: meter_identifier: must not "
                                    "be longer than 256 bytes")));
}

TEST(EspiIndex, IsBounded) {
  const std::string href(xml_text_bytes_max, 'x');
  EXPECT_THAT(parse(make_feed({point_with(link("self", href + "x"))})),
              ElementsAre(HasSubstr("line 3: an entry has more than 1000 links, or one longer")));
  std::string many;
  for (std::size_t i = 0; i <= espi_entry_links_max; ++i) {
    many += link("related", "x");
  }
  EXPECT_THAT(parse(make_feed({point_with(many)})), ElementsAre(HasSubstr("more than 1000 links")));
  EXPECT_THAT(parse(make_feed({entry("<title>" + href + "x</title>", "")})),
              ElementsAre(HasSubstr("a text is longer than 4096 bytes")));
  std::string points;
  for (std::size_t i = 0; i <= espi_index_bytes_max / xml_text_bytes_max; ++i) {
    points += point_with(link("self", href));
  }
  EXPECT_THAT(parse(make_feed({points})), ElementsAre(HasSubstr("33554432 bytes of links")));
}

TEST(EspiIndex, BoundsTheReadingsOfAnEntry) {
  std::string readings;
  for (std::size_t i = 0; i <= espi_entry_readings_max; ++i) {
    readings += "<espi:IntervalReading/>";
  }
  EXPECT_THAT(
      parse(make_feed({usage_point(1), meter_reading(1), watt_hours(), block(1, readings)})),
      ElementsAre(HasSubstr("an entry has more than 200000 readings")));
}

}  // namespace
}  // namespace wattback::importers
