#include "importers/csv_record.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "importers/input_fixture.h"
#include "importers/limits.h"

namespace wattback::importers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A record a line: its line, then its fields between bars or the code of its fault.
std::vector<std::string> records(std::string_view bytes, char delimiter = ',') {
  auto input = make_input(bytes);
  CsvReader reader(input, delimiter);
  std::vector<std::string> lines;
  for (auto record = reader.next(); record && *record; record = reader.next()) {
    auto text = std::to_string((*record)->line);
    if ((*record)->fault) {
      text += " " + std::string(to_text((*record)->fault->code));
    } else {
      for (const auto& field : (*record)->fields) {
        text += "|" + field;
      }
    }
    lines.push_back(text);
  }
  return lines;
}

TEST(CsvRecord, HasFieldsBetweenDelimiters) {
  EXPECT_THAT(records("a,b\nc,,\n"), ElementsAre("1|a|b", "2|c||"));
  EXPECT_THAT(records("a;b,c\r\n", ';'), ElementsAre("1|a|b,c"));
  EXPECT_THAT(records("a\tb", '\t'), ElementsAre("1|a|b"));
}

TEST(CsvRecord, PassesOverBlankLines) {
  EXPECT_THAT(records("\r\n \na\n\n\t\nb\n\n"), ElementsAre("3|a", "6|b"));
  EXPECT_THAT(records("\n\n"), IsEmpty());
}

TEST(CsvRecord, MayQuoteItsFields) {
  EXPECT_THAT(records(R"("a,b","c""d","")"), ElementsAre("1|a,b|c\"d|"));
  EXPECT_THAT(records("\"\"\"\",x"), ElementsAre("1|\"|x"));
  EXPECT_THAT(records("\"a\r\nb\n\",c\nd,e"), ElementsAre("1|a\nb\n|c", "4|d|e"));
}

TEST(CsvRecord, IsRejectedForAQuoteOutOfPlace) {
  EXPECT_THAT(records("a\"b,c\nd"), ElementsAre("1 bad_quoting", "2|d"));
  EXPECT_THAT(records("\"a\"b,c\nd"), ElementsAre("1 bad_quoting", "2|d"));
}

TEST(CsvRecord, LosesOneLineToAQuoteThatIsNeverClosed) {
  EXPECT_THAT(records("\"a,b\nc,d\ne,f\n"), ElementsAre("1 bad_quoting", "2|c|d", "3|e|f"));
  EXPECT_THAT(records("a,\"5\nb,\"6\nc\n"), ElementsAre("1 bad_quoting", "2 bad_quoting", "3|c"));
  const std::string filler(30'000, 'x');
  EXPECT_THAT(records("\"a\n" + filler + "\n" + filler + "\n" + filler + "\nb"),
              ElementsAre("1 bad_quoting", "2 too_long", "3 too_long", "4 too_long", "5|b"));
}

TEST(CsvRecord, IsBoundedInItsLinesAndFields) {
  const std::string most(csv_field_bytes_max, 'x');
  EXPECT_THAT(records("a," + most + "\n"), ElementsAre("1|a|" + most));
  EXPECT_THAT(records("a," + most + "x\nb"), ElementsAre("1 too_long", "2|b"));
  EXPECT_THAT(records(std::string(record_bytes_max + 1, ',') + "\nb"),
              ElementsAre("1 too_long", "2|b"));
}

TEST(CsvRecord, ManyLinesInOneQuoteAreReadInLinearTime) {
  const auto lines = records("\"" + std::string(60'000, '\n') + "\",x\ny");
  EXPECT_THAT(lines, ElementsAre("1 too_long", "60002|y"));
}

TEST(CsvRecord, IsRejectedWhereItIsNotUtf8) {
  EXPECT_THAT(records("a\xFF,b\nc\xC3\xA9"), ElementsAre("1 not_utf8", "2|c\xC3\xA9"));
  EXPECT_THAT(records("\"a\nb\xFF\nc"), ElementsAre("1 bad_quoting", "2 not_utf8", "3|c"));
}

}  // namespace
}  // namespace wattback::importers
