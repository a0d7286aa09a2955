#include "importers/lines.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "importers/input_fixture.h"
#include "importers/limits.h"

namespace wattback::importers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> texts(std::string_view bytes) {
  auto input = make_input(bytes);
  LineReader reader(input);
  std::vector<std::string> lines;
  for (auto line = reader.next(); line && *line; line = reader.next()) {
    EXPECT_EQ((*line)->number, static_cast<std::int64_t>(lines.size()) + 1);
    lines.push_back((*line)->text + ((*line)->too_long ? "..." : ""));
  }
  return lines;
}

TEST(Lines, EndWithLineFeedCarriageReturnOrTheFile) {
  EXPECT_THAT(texts(""), IsEmpty());
  EXPECT_THAT(texts("\n"), ElementsAre(""));
  EXPECT_THAT(texts("a"), ElementsAre("a"));
  EXPECT_THAT(texts("a\nb\n"), ElementsAre("a", "b"));
  EXPECT_THAT(texts("a\r\n\r\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(texts("a\rb\n"), ElementsAre("a\rb"));
}

TEST(Lines, LoseAByteOrderMarkAtTheBeginningOnly) {
  EXPECT_THAT(texts("\xEF\xBB\xBFstart\n\xEF\xBB\xBFx"), ElementsAre("start", "\xEF\xBB\xBFx"));
}

TEST(Lines, CrossTheChunksTheyAreReadIn) {
  std::string bytes;
  for (int i = 0; i < 50'000; ++i) {
    bytes += std::to_string(i) + "\r\n";
  }
  const auto lines = texts(bytes);
  ASSERT_EQ(lines.size(), 50'000U);
  EXPECT_EQ(lines[49'999], "49999");
  EXPECT_EQ(lines[12'345], "12345");
}

TEST(Lines, AreCutAtTheirLimit) {
  const std::string most(record_bytes_max, 'x');
  EXPECT_THAT(texts(most + "\r\nb"), ElementsAre(most + "...", "b"));  // the CR is one too many
  EXPECT_THAT(texts(most + "\nb"), ElementsAre(most, "b"));
  EXPECT_THAT(texts(most + most + most + "\nb\n"), ElementsAre(most + "...", "b"));
}

TEST(Lines, AreGivenAgainWhenUnread) {
  auto input = make_input("a\nb\nc\n");
  LineReader reader(input);
  auto a = reader.next();
  auto b = reader.next();
  reader.unread(*std::move(*b));
  reader.unread(*std::move(*a));
  for (const auto* text : {"a", "b", "c"}) {
    const auto line = reader.next();
    ASSERT_TRUE(line && *line);
    EXPECT_EQ((*line)->text, text);
  }
  const auto end = reader.next();
  EXPECT_TRUE(end && !*end);
}

}  // namespace
}  // namespace wattback::importers
