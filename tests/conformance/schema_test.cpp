// Applying a schema, and what is there when a durable store is opened again.
#include "conformance/conformance.h"

namespace wattback::store::conformance {
namespace {

using testing::ElementsAre;

class Schemas : public Conformance {
 protected:
  bool durable() { return store().capabilities().durable; }
};
INSTANTIATE_TEST_SUITE_P(conformance, Schemas, testing::ValuesIn(stores_under_test()), name_of);

TEST_P(Schemas, ApplyAgainWithoutEffect) {
  const Member one{.id = 1, .email = "one"};
  commit({insert(one)});
  store().apply_schema(test_schema());
  store().apply_schema(test_schema());
  EXPECT_THAT(all_of(members), ElementsAre(to_document(one)));
  EXPECT_EQ(refusal_of({insert({.id = 2, .email = "one"})}).reason,
            Refusal::Reason::already_exists);
}

TEST_P(Schemas, RefuseToApplyAnOlderOne) {
  auto newer = test_schema();
  newer.version += 1;
  auto fresh = under_test().make();
  fresh->apply_schema(newer);
  EXPECT_THROW(fresh->apply_schema(test_schema()), StoreUnusable);
  fresh->apply_schema(newer);
  if (durable()) {
    fresh.reset();
    EXPECT_THROW(under_test().reopen()->apply_schema(test_schema()), StoreUnusable);
  }
}

TEST_P(Schemas, AddWhatIsNew) {
  auto older = test_schema();
  older.version -= 1;
  std::erase_if(older.collections,
                [](const CollectionSchema& collection) { return collection.name == "children"; });
  const auto fresh = under_test().make();
  fresh->apply_schema(older);
  ASSERT_TRUE(fresh->commit({{insert({.id = 1})}}));
  fresh->apply_schema(test_schema());
  const auto child =
      make_document(children, {{"child_id", std::int64_t{1}}, {"member_id", uuid(1)}});
  ASSERT_TRUE(fresh->commit({{Insert{children, child}}}));
  EXPECT_THAT(read_pages(*fresh, {.collection = members, .limit = 5}).documents,
              ElementsAre(to_document({.id = 1})));
}

TEST_P(Schemas, KeepWhatWasCommittedOverAReopening) {
  if (!durable()) {
    GTEST_SKIP() << "this store says it is not durable";
  }
  const Member one{.id = 1, .email = "one", .points = 5};
  const Member two{.id = 2, .points = 4};
  commit({insert({.id = 1, .email = "old"}), insert(two), insert({.id = 3})});
  commit({replace({.id = 1, .email = "old"}, {.id = 1, .email = "one", .points = 5, .version = 2}),
          remove({.id = 3}), Insert{entries, entry(1, 1, "a")}});
  const auto expected = to_document({.id = 1, .email = "one", .points = 5, .version = 2});
  reopen();
  EXPECT_THAT(all_of(members), ElementsAre(expected, to_document(two)));
  EXPECT_THAT(all_of(entries), ElementsAre(entry(1, 1, "a")));
  EXPECT_EQ(get(email_key("one")), expected);
  EXPECT_EQ(refusal_of({insert({.id = 9, .email = "one"})}).reason,
            Refusal::Reason::already_exists);
  EXPECT_EQ(refusal_of({remove(one)}).reason, Refusal::Reason::conflict);
  commit({insert({.id = 9, .email = "nine"})});
  reopen();
  EXPECT_EQ(all_of(members).size(), 3U);
}

TEST_P(Schemas, KeepNothingOfARefusedSetOverAReopening) {
  if (!durable()) {
    GTEST_SKIP() << "this store says it is not durable";
  }
  commit({insert({.id = 1})});
  refusal_of({insert({.id = 2}), insert({.id = 1})});
  reopen();
  EXPECT_THAT(all_of(members), ElementsAre(to_document({.id = 1})));
}

TEST_P(Schemas, ShowOneOpeningWhatAnotherCommits) {
  if (!store().capabilities().shared) {
    GTEST_SKIP() << "this store says it is not shared";
  }
  const auto other = under_test().reopen();
  other->apply_schema(test_schema());
  const Member one{.id = 1, .email = "one"};
  commit({insert(one)});
  EXPECT_THAT(read_pages(*other, {.collection = members, .limit = 5}).documents,
              ElementsAre(to_document(one)));
  ASSERT_TRUE(other->commit({{replace(one, next_version(one))}}));
  EXPECT_EQ(get(email_key("one")), to_document(next_version(one)));
  EXPECT_EQ(refusal_of({remove(one)}).reason, Refusal::Reason::conflict);
}

// A document that keeps the rules; all its UUIDs are one, so what it refers to can be made too.
Document document_of(const CollectionSchema& collection) {
  Document document;
  for (const auto& field : collection.fields) {
    const auto value = [&]() -> Value {
      switch (field.type) {
        case FieldType::boolean:
          return true;
        case FieldType::int64:
          return field.min.value_or(1);
        case FieldType::real:
          return 0.5;
        case FieldType::string:
          return field.words.empty() ? "x" : field.words.front();
        case FieldType::uuid:
          return uuid(1);
        case FieldType::time:
          return Instant(Milliseconds(1));
        case FieldType::day:
          return make_day(2026, 11, 24);
        case FieldType::bytes:
          return Bytes(field.length.value_or(1), 7);
        case FieldType::integers:
          return Integers{{field.keys.front(), 1}};
      }
      return {};
    };
    document.values.push_back(value());
  }
  return document;
}

TEST_P(Schemas, OfTheProductAreTaken) {
  const auto& product = product_schema();
  const auto fresh = under_test().make();
  fresh->apply_schema(product);
  fresh->apply_schema(product);
  ChangeSet changes;
  for (const auto& collection : product.collections) {
    changes.changes.emplace_back(Insert{{collection.name}, document_of(collection)});
  }
  const auto result = fresh->commit(changes);
  ASSERT_TRUE(result) << result.error().detail;
  for (const auto& collection : product.collections) {
    SCOPED_TRACE(collection.name);
    const auto document = document_of(collection);
    auto keys = unique_keys(collection, document);
    keys.push_back(primary_key(collection, document));
    EXPECT_THAT(fresh->get({collection.name}, keys), testing::Each(std::optional(document)));
    for (const auto& index : collection.indexes) {
      const Query query{.collection = {collection.name}, .index = index.name, .limit = 5};
      EXPECT_THAT(fresh->find(query).documents, ElementsAre(document));
    }
  }
}

}  // namespace
}  // namespace wattback::store::conformance
