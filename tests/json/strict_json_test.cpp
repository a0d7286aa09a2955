// Walks documents.txt.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <charconv>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/enum_names.h"
#include "base/json.h"

namespace wattback {

template <>
struct EnumNames<JsonFault> {
  static constexpr std::array rows{std::pair{JsonFault::not_json, "not_json"},
                                   std::pair{JsonFault::not_utf8, "not_utf8"},
                                   std::pair{JsonFault::byte_order_mark, "byte_order_mark"},
                                   std::pair{JsonFault::duplicate_key, "duplicate_key"},
                                   std::pair{JsonFault::too_deep, "too_deep"},
                                   std::pair{JsonFault::number_range, "number_range"}};
};

namespace {

struct Case {
  std::string verdict;
  std::string group;
  std::string document;
  int line = 0;
};

std::size_t number(std::string_view text, int base) {
  std::size_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  EXPECT_TRUE(code == std::errc{} && end == text.data() + text.size()) << text;
  return value;
}

std::string unescape(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const auto open = std::min(text.find('<'), text.size());
    bytes += text.substr(0, open);
    text.remove_prefix(open);
    if (text.empty()) {
      break;
    }
    const auto close = text.find('>');
    const auto inner = text.substr(1, close - 1);
    const auto star = std::min(inner.find('*'), inner.size());
    const auto count = star == inner.size() ? 1 : number(inner.substr(star + 1), 10);
    bytes.append(count, static_cast<char>(number(inner.substr(0, star), 16)));
    text.remove_prefix(close + 1);
  }
  return bytes;
}

std::vector<Case> read_cases() {
  std::ifstream file(WATTBACK_JSON_DOCUMENTS);
  EXPECT_TRUE(file) << WATTBACK_JSON_DOCUMENTS;
  std::vector<Case> cases;
  std::string text;
  for (int line = 1; std::getline(file, text); ++line) {
    if (text.empty() || text.starts_with('#')) {
      continue;
    }
    const auto first = text.find(' ');
    const auto second = text.find(' ', first + 1);
    cases.push_back({.verdict = text.substr(0, first),
                     .group = text.substr(first + 1, second - first - 1),
                     .document = unescape(std::string_view(text).substr(second + 1)),
                     .line = line});
  }
  return cases;
}

TEST(StrictJson, MakesOfEachDocumentWhatItMust) {
  std::map<std::string, int> counts;
  for (const auto& [verdict, group, document, line] : read_cases()) {
    SCOPED_TRACE(fmt::format("documents.txt:{}: {}", line, group));
    ++counts[verdict];
    const auto parsed = parse_json(document);
    if (!parsed) {
      EXPECT_LE(parsed.error().offset, document.size());
      EXPECT_FALSE(parsed.error().detail.empty());
    }
    if (verdict == "either") {
      continue;
    }
    if (verdict == "valid") {
      EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().detail);
      continue;
    }
    ASSERT_TRUE(from_text<JsonFault>(verdict)) << verdict;
    EXPECT_FALSE(parsed);
    EXPECT_EQ(parsed ? "" : to_text(parsed.error().fault), verdict);
  }
  EXPECT_GE(counts["valid"], 100);
  for (const auto& [fault, name] : EnumNames<JsonFault>::rows) {
    EXPECT_GT(counts[name], 0) << name;
  }
}

// Cut anywhere, a document is refused or, rarely, another document; nothing breaks.
TEST(StrictJson, BearsADocumentCutShort) {
  for (const auto& [verdict, group, document, line] : read_cases()) {
    if (document.size() > 1000) {
      continue;
    }
    for (std::size_t length = 0; length < document.size(); ++length) {
      const auto parsed = parse_json(std::string_view(document).substr(0, length));
      EXPECT_TRUE(parsed || parsed.error().offset <= length) << line;
    }
  }
}

}  // namespace
}  // namespace wattback
