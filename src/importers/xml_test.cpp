#include "importers/xml.h"

#include <gmock/gmock.h>

#include <stdexcept>
#include <string>

#include "importers/input_fixture.h"
#include "importers/limits.h"

namespace wattback::importers {
namespace {

using ::testing::HasSubstr;

// What the events of a document say, or its error.
std::string events_of(std::string_view bytes) {
  auto input = make_input(bytes);
  std::string said;
  const auto done = parse_xml(
      input, XmlEvents{.on_start = [&](std::int64_t line, const XmlName& name,
                                       std::span<const XmlAttribute> attributes) -> Result<void> {
                         said += fmt::format("<{{{}}}{}@{}", name.space, name.local, line);
                         for (const auto& each : attributes) {
                           said += fmt::format(" {{{}}}{}={}", each.name.space, each.name.local,
                                               each.value);
                         }
                         said += ">";
                         return {};
                       },
                       .on_text = [&](std::string_view text) -> Result<void> {
                         said += text;
                         return {};
                       },
                       .on_end = [&]() -> Result<void> {
                         said += "</>";
                         return {};
                       },
                       .on_pause = [] { return Flow::more; }});
  return done ? said : "error: " + done.error().detail;
}

TEST(Xml, NamesAreNamespacesWhateverThePrefix) {
  EXPECT_EQ(events_of("<a xmlns='urn:x'><b/></a>"), "<{urn:x}a@1><{urn:x}b@1></></>");
  EXPECT_EQ(events_of("<p:a xmlns:p='urn:x'>\n<b p:c='1' d='2'>t&lt;</b></p:a>"),
            "<{urn:x}a@1>\n<{}b@2 {urn:x}c=1 {}d=2>t<</></>");
}

TEST(Xml, MayBeInOtherEncodings) {
  EXPECT_EQ(events_of("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>"),
            "<{}a@1>\xC3\xA9</>");
  using namespace std::string_literals;
  EXPECT_EQ(events_of("\xFF\xFE<\0a\0/\0>\0"s), "<{}a@1></>");
  EXPECT_THAT(events_of("<?xml version='1.0' encoding='EBCDIC-X'?><a/>"),
              HasSubstr("unknown encoding"));
}

TEST(Xml, IsRefusedWithTheLineWhereItIsNotWellFormed) {
  EXPECT_EQ(events_of(""), "error: file, line 1: is not XML: no element found");
  EXPECT_EQ(events_of("<a>\n<b>\n</a>"), "error: file, line 3: is not XML: mismatched tag");
  EXPECT_EQ(events_of("<a>\n<b>"), "error: file, line 2: is not XML: no element found");
  EXPECT_THAT(events_of("<a>\n\xFF</a>"), HasSubstr("line 2: is not XML"));
  EXPECT_THAT(events_of("<a/><b/>"), HasSubstr("junk after document element"));
  EXPECT_THAT(events_of("<p:a/>"), HasSubstr("unbound prefix"));
  EXPECT_THAT(events_of("<a>&nbsp;</a>"), HasSubstr("undefined entity"));
}

TEST(Xml, ADoctypeIsRefusedBeforeAnythingInItIsRead) {
  const std::string laughs =
      "<?xml version='1.0'?>\n<!DOCTYPE lolz [\n<!ENTITY lol 'lol'>\n"
      "<!ENTITY lol2 '&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;'>\n"
      "<!ENTITY lol3 '&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;'>\n"
      "]>\n<lolz>&lol3;</lolz>";
  for (const auto& document :
       {laughs, std::string("<!DOCTYPE a><a/>"),
        std::string("<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a/>"),
        std::string("<!DOCTYPE a [<!ENTITY f SYSTEM 'file:///etc/hostname'>]><a>&f;</a>"),
        std::string("<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/hostname'>%p;]><a/>")}) {
    EXPECT_THAT(events_of(document), HasSubstr("has a DOCTYPE, which is not accepted")) << document;
  }
}

TEST(Xml, IsBoundedInDepth) {
  const auto nested = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) {
      text += "<a>";
    }
    for (std::size_t i = 0; i < depth; ++i) {
      text += "</a>";
    }
    return text;
  };
  EXPECT_THAT(events_of(nested(xml_depth_max)), HasSubstr("</>"));
  EXPECT_EQ(events_of(nested(xml_depth_max + 1)),
            "error: file, line 1: elements are nested deeper than 32");
  EXPECT_THAT(events_of(nested(200'000)), HasSubstr("nested deeper"));
}

TEST(Xml, IsBoundedInItsTagsAndComments) {
  const auto size = static_cast<std::size_t>(xml_token_bytes_max);
  const std::string most(2 * size, 'x');
  EXPECT_THAT(events_of("<a><b c='" + most + "'/></a>"), HasSubstr("longer than 1048576 bytes"));
  EXPECT_THAT(events_of("<a><!--" + most + "--></a>"), HasSubstr("longer than 1048576 bytes"));
  EXPECT_THAT(events_of("<!--" + most + "--><a/>"), HasSubstr("longer than 1048576 bytes"));
  EXPECT_THAT(events_of("<a><?p " + most + "?></a>"), HasSubstr("longer than 1048576 bytes"));
  EXPECT_EQ(events_of("<a><!--" + most.substr(0, size / 2) + "--></a>"), "<{}a@1></>");
  EXPECT_EQ(events_of("<a>" + most + "</a>").size(), most.size() + 10);  // text comes in pieces
  std::string comments;
  for (int i = 0; i < 40; ++i) {
    comments += "<!--" + most.substr(0, 100'000) + "-->\n";
  }
  EXPECT_EQ(events_of(comments + "<a/>"), "<{}a@41></>");
}

XmlEvents quiet_events() {
  return {.on_start = [](auto, const auto&, auto) -> Result<void> { return {}; },
          .on_text = [](auto) -> Result<void> { return {}; },
          .on_end = []() -> Result<void> { return {}; },
          .on_pause = [] { return Flow::more; }};
}

TEST(Xml, EndsWithTheErrorAnEventAnswers) {
  auto input = make_input("<a><b/></a>");
  auto events = quiet_events();
  int ends = 0;
  events.on_end = [&]() -> Result<void> {
    ++ends;
    return fail(ErrorCode::limit_exceeded, "enough");
  };
  const auto done = parse_xml(input, events);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().detail, "enough");
  EXPECT_EQ(ends, 1);
}

TEST(Xml, AnExceptionOfAnEventComesThrough) {
  auto input = make_input("<a><b/></a>");
  auto events = quiet_events();
  events.on_start = [](auto, const auto&, auto) -> Result<void> {
    throw std::runtime_error("the store is gone");
  };
  EXPECT_THROW({ const auto done = parse_xml(input, events); }, std::runtime_error);
}

TEST(Xml, PausesBetweenPiecesAndStopsWhereToldTo) {
  auto input = make_input("<a>" + std::string(1'000'000, ' ') + "</b>");  // its fault is never seen
  auto events = quiet_events();
  int pauses = 0;
  events.on_pause = [&] { return ++pauses == 3 ? Flow::stop : Flow::more; };
  EXPECT_TRUE(parse_xml(input, events));
  EXPECT_EQ(pauses, 3);
}

}  // namespace
}  // namespace wattback::importers
