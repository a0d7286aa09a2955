// Every type of value comes back as it went in and orders as store::Value does; every rule of the
// schema is kept.
#include <algorithm>
#include <limits>

#include "conformance/conformance.h"

namespace wattback::store::conformance {
namespace {

class Values : public Conformance {
 protected:
  // Stores a sample for each value and reads them back by key and along the field's index.
  void round_trip(std::string_view field, std::vector<Value> values) {
    const auto& collection = test_schema().collection(samples);
    const auto position = collection.position(field);
    values.emplace_back();  // absent
    std::vector<Change> changes;
    std::vector<Document> documents;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto id = static_cast<std::int64_t>(values.size() - i);
      documents.push_back(make_document(
          samples, {{"sample_id", id}, {field, values[i]}, {"version", std::int64_t{1}}}));
      changes.emplace_back(Insert{samples, documents.back()});
    }
    commit(std::move(changes));
    for (const auto& document : documents) {
      EXPECT_EQ(get(primary_key(collection, document)), document);
    }
    if (std::ranges::find(collection.indexes, field, &IndexSchema::name) ==
        collection.indexes.end()) {
      return;
    }
    std::ranges::sort(documents, {}, [&](const Document& document) {
      return std::pair(document.values.at(position), document.values.at(0));
    });
    Query query{.collection = samples, .index = field, .limit = 2};
    EXPECT_EQ(read_pages(store(), query).documents, documents);
    query.order = Order::descending;
    std::ranges::reverse(documents);
    EXPECT_EQ(read_pages(store(), query).documents, documents);
    for (const auto& document : documents) {
      query.equals = {document.values.at(position)};
      EXPECT_THAT(read_pages(store(), query).documents, testing::Contains(document));
    }
  }
};
INSTANTIATE_TEST_SUITE_P(conformance, Values, testing::ValuesIn(stores_under_test()), name_of);

TEST_P(Values, Booleans) { round_trip("flag", {true, false, true}); }

TEST_P(Values, IntegersToTheirEdges) {
  using Limits = std::numeric_limits<std::int64_t>;
  constexpr auto exact_in_a_double = std::int64_t{1} << 53U;
  round_trip("number", {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}, Limits::max(),
                        Limits::min(), Limits::max() - 1, exact_in_a_double + 1, exact_in_a_double,
                        -exact_in_a_double - 1, std::int64_t{1} << 32U});
}

TEST_P(Values, RealsToTheirEdges) {
  using Limits = std::numeric_limits<double>;
  round_trip("weight",
             {0.0, -0.0, 1.0, 3.0, 0.1, 0.1 + 0.2, 1e308, -1e308, Limits::max(), Limits::lowest(),
              Limits::min(), Limits::denorm_min(), -Limits::denorm_min(), 1e-300,
              9007199254740993.0, 9223372036854775807.0, 123456.789012});
}

TEST_P(Values, TextsOrderedByTheirBytes) {
  round_trip("label", {"",
                       " ",
                       "a",
                       "B",
                       "b",
                       "aa",
                       "A",
                       "é",
                       "e\u0301",
                       "ß",
                       "\uFFFD",
                       "𝄞",
                       "🏠",
                       "1",
                       "1.0",
                       "01",
                       "null",
                       "'",
                       "\"",
                       "\\",
                       "%",
                       "_",
                       "line\nline",
                       "\r\n",
                       "\t",
                       std::string("nul\0within", 10),
                       std::string("nul\0", 4),
                       "nul",
                       std::string(1, '\0'),
                       std::string(200, 'x')});
}

TEST_P(Values, UuidsOrderedByTheirBytes) {
  Uuid high;
  high.bytes.fill(0xFF);
  Uuid top = uuid(0);
  top.bytes[0] = 0x80;
  Uuid low_top = uuid(0);
  low_top.bytes[0] = 0x7F;
  round_trip("token", {uuid(0), uuid(1), uuid(0x100), uuid(0xFF), high, top, low_top, uuid(1)});
}

TEST_P(Values, TimesBeforeAndAfterTheEpoch) {
  const auto at = [](std::string_view text) { return parse_instant(text).value(); };
  round_trip("moment", {Instant(Milliseconds(0)), Instant(Milliseconds(-1)),
                        Instant(Milliseconds(1)), at("2026-11-24T10:33:00.123Z"),
                        at("1969-12-31T23:59:59.999Z"), at("0001-01-01T00:00:00Z"),
                        at("9999-12-31T23:59:59.999Z"), at("2026-11-24T10:33:00.124Z")});
}

TEST_P(Values, Days) {
  round_trip("day", {make_day(1970, 1, 1), make_day(1969, 12, 31), make_day(2026, 11, 24),
                     make_day(2026, 2, 28), make_day(2024, 2, 29), make_day(1, 1, 1),
                     make_day(9999, 12, 31)});
}

TEST_P(Values, BytesOrderedByTheirBytes) {
  round_trip("data", {Bytes{}, Bytes{0}, Bytes{0, 0}, Bytes{1}, Bytes{0x7F}, Bytes{0x80},
                      Bytes{0xFF}, Bytes{0xFF, 0}, Bytes{1, 2, 3}, Bytes(300, 0xFE)});
}

TEST_P(Values, SmallDocumentsOfIntegers) {
  using Limits = std::numeric_limits<std::int64_t>;
  round_trip("counts", {Integers{}, Integers{{"one", 0}}, Integers{{"one", 1}, {"two", -1}},
                        Integers{{"a b", Limits::max()}, {"two", Limits::min()}},
                        Integers{{"a b", (std::int64_t{1} << 53U) + 1}, {"one", 2}, {"two", 3}}});
}

TEST_P(Values, OfAllTypesInOneDocument) {
  const auto sample = make_document(samples, {{"sample_id", std::int64_t{1}},
                                              {"flag", true},
                                              {"number", std::int64_t{-7}},
                                              {"weight", 2.0},
                                              {"label", "7"},
                                              {"token", uuid(7)},
                                              {"moment", Instant(Milliseconds(7))},
                                              {"day", make_day(2026, 1, 7)},
                                              {"data", Bytes{7}},
                                              {"counts", Integers{{"one", 7}}},
                                              {"version", std::int64_t{1}}});
  commit({Insert{samples, sample}});
  EXPECT_THAT(all_of(samples), testing::ElementsAre(sample));
  const auto bare =
      make_document(samples, {{"sample_id", std::int64_t{1}}, {"version", std::int64_t{2}}});
  commit({Replace{samples, sample, bare}});
  EXPECT_THAT(all_of(samples), testing::ElementsAre(bare));
}

class Rules : public Conformance {
 protected:
  static Document valid() {
    return make_document(rules, {{"rule_id", std::int64_t{1}},
                                 {"ranged", std::int64_t{0}},
                                 {"ranged_real", 5.0},
                                 {"word", "yes"},
                                 {"short_text", "text"},
                                 {"short_bytes", Bytes{1, 2, 3, 4}},
                                 {"fixed_bytes", Bytes{1, 2, 3, 4}},
                                 {"counts", Integers{{"known", 1}}},
                                 {"flag", true},
                                 {"token", uuid(1)},
                                 {"moment", Instant(Milliseconds(1))},
                                 {"day", make_day(2026, 1, 1)},
                                 {"version", std::int64_t{1}}});
  }

  void accepts(std::string_view field, Value value) {
    const auto document = with(rules, valid(), field, std::move(value));
    commit({Insert{rules, document}});
    commit({Remove{rules, document}});
  }

  // Whether it is inserted or replaces a document that keeps the rules.
  void refuses(std::string_view field, const Value& value) {
    SCOPED_TRACE(std::string(field) + " = " + to_text(value));
    const auto bad = with(rules, valid(), field, value);
    expect_invalid({Insert{rules, bad}}, field);
    EXPECT_TRUE(all_of(rules).empty());
    commit({Insert{rules, valid()}});
    if (field != "version") {
      expect_invalid({Replace{rules, valid(), with(rules, bad, "version", std::int64_t{2})}},
                     field);
    }
    EXPECT_THAT(all_of(rules), testing::ElementsAre(valid()));
    commit({Remove{rules, valid()}});
  }

 private:
  void expect_invalid(std::vector<Change> changes, std::string_view field) {
    const auto refusal = refusal_of(std::move(changes));
    EXPECT_EQ(refusal.reason, Refusal::Reason::invalid);
    EXPECT_THAT(refusal.detail, testing::HasSubstr("rules." + std::string(field)));
  }
};
INSTANTIATE_TEST_SUITE_P(conformance, Rules, testing::ValuesIn(stores_under_test()), name_of);

TEST_P(Rules, OfTypes) {
  const std::vector<Value> one_of_each{true,
                                       std::int64_t{1},
                                       1.0,
                                       "text",
                                       uuid(1),
                                       Instant(Milliseconds(1)),
                                       make_day(2026, 1, 1),
                                       Bytes{1, 2, 3, 4},
                                       Integers{{"known", 1}}};
  const auto document = valid();
  for (const auto& field : test_schema().collection(rules).fields) {
    const auto& right = document.values.at(test_schema().collection(rules).position(field.name));
    for (const auto& value : one_of_each) {
      if (field.name != "rule_id" && value.index() != right.index()) {
        refuses(field.name, value);
      }
    }
  }
}

TEST_P(Rules, OfRequiredFields) {
  for (const auto& field : test_schema().collection(rules).fields) {
    if (field.name != "rule_id") {
      refuses(field.name, Value{});
    }
  }
}

TEST_P(Rules, OfRanges) {
  accepts("ranged", std::int64_t{-5});
  accepts("ranged", std::int64_t{5});
  refuses("ranged", std::int64_t{-6});
  refuses("ranged", std::int64_t{6});
  refuses("ranged", std::numeric_limits<std::int64_t>::min());
  accepts("ranged_real", 0.0);
  accepts("ranged_real", 10.0);
  refuses("ranged_real", -std::numeric_limits<double>::denorm_min());
  refuses("ranged_real", 10.000001);
  refuses("version", std::int64_t{0});
}

TEST_P(Rules, OfFiniteNumbers) {
  using Limits = std::numeric_limits<double>;
  for (const auto real : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
    refuses("ranged_real", real);
    const auto sample = make_document(
        samples, {{"sample_id", std::int64_t{1}}, {"weight", real}, {"version", std::int64_t{1}}});
    EXPECT_EQ(refusal_of({Insert{samples, sample}}).reason, Refusal::Reason::invalid);
  }
}

TEST_P(Rules, OfWords) {
  accepts("word", "no");
  refuses("word", "No");
  refuses("word", "maybe");
  refuses("word", "");
}

TEST_P(Rules, OfLengths) {
  accepts("short_text", "");
  accepts("short_text", "𝄞");  // four bytes
  refuses("short_text", "seven");
  refuses("short_text", "ééé");  // six bytes
  accepts("short_bytes", Bytes{});
  refuses("short_bytes", Bytes{1, 2, 3, 4, 5});
  refuses("fixed_bytes", Bytes{1, 2, 3});
  refuses("fixed_bytes", Bytes{1, 2, 3, 4, 5});
  refuses("fixed_bytes", Bytes{});
}

TEST_P(Rules, OfUtf8) {
  refuses("short_text", "\xC3");
  refuses("short_text", "\xFF");
  refuses("short_text", "\xED\xA0\x80");  // a surrogate
}

TEST_P(Rules, OfKeysOfIntegers) {
  accepts("counts", Integers{});
  refuses("counts", Integers{{"unknown", 1}});
  refuses("counts", Integers{{"known", 1}, {"other", 1}});
}

TEST_P(Rules, OfTheNumberOfFields) {
  auto short_of_one = valid();
  short_of_one.values.pop_back();
  EXPECT_EQ(refusal_of({Insert{rules, short_of_one}}).reason, Refusal::Reason::invalid);
  auto one_more = valid();
  one_more.values.emplace_back();
  EXPECT_EQ(refusal_of({Insert{rules, one_more}}).reason, Refusal::Reason::invalid);
}

}  // namespace
}  // namespace wattback::store::conformance
