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

// A database of one machine, or of several with the same on each.
TEST_P(Schemas, HaveNothingToShardHere) {
  EXPECT_THAT(store().find_sharding_faults(test_schema()), testing::IsEmpty());
  EXPECT_THAT(store().shard(test_schema()), testing::IsEmpty());
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

// A schema in three versions: the second adds an optional field, a required one, an index and a
// collection; the third requires what the second left optional.
Schema growing_schema() {
  return {.version = 3,
          .collections = {parse_collection(R"({
    "name": "members", "description": "It grows.", "primary_key": ["member_id"],
    "fields": [
      {"name": "member_id", "type": "uuid"},
      {"name": "nickname", "type": "string", "length_max": 10, "since": 2},
      {"name": "token", "type": "uuid", "since": 2, "required_since": 3},
      {"name": "points", "type": "int64", "min": 0},
      {"name": "level", "type": "int64", "min": 1, "since": 2, "optional": true},
      {"name": "version", "type": "int64", "min": 1}
    ],
    "indexes": [{"name": "level", "fields": ["level"], "since": 2},
                {"name": "nickname", "fields": ["nickname"], "unique": true, "since": 2}]
  })"),
                          parse_collection(R"({
    "name": "children", "description": "New.", "primary_key": ["child_id"], "since": 2,
    "fields": [{"name": "child_id", "type": "int64"},
               {"name": "member_id", "type": "uuid", "references": "members"}],
    "indexes": []
  })")}};
}

Document grown(std::uint64_t id, Value nickname, Value token, std::int64_t version) {
  return {{uuid(id), std::move(nickname), std::move(token), std::int64_t{5}, Value{}, version}};
}

class GrowingSchemas : public Schemas {
 protected:
  GrowingSchemas() : store_(under_test().make()) {
    store_->apply_schema(as_of(growing_schema(), 1));
    const Document old{{uuid(1), std::int64_t{5}, std::int64_t{1}}};
    EXPECT_TRUE(store_->commit({{Insert{members, old}}}));
  }

  Store& growing() { return *store_; }
  void expand() { store_->apply_schema(expanded_from(as_of(growing_schema(), 2), 1)); }
  CommitResult replace(const Document& before, const Document& after) {
    return store_->commit({{Replace{members, before, after}}});
  }

 private:
  std::unique_ptr<Store> store_;
};
INSTANTIATE_TEST_SUITE_P(conformance, GrowingSchemas, testing::ValuesIn(stores_under_test()),
                         name_of);

TEST_P(GrowingSchemas, AddFieldsThatOldDocumentsReadWithout) {
  expand();
  expand();
  const auto old = grown(1, {}, {}, 1);
  EXPECT_THAT(read_pages(growing(), {.collection = members, .limit = 5}).documents,
              ElementsAre(old));
  EXPECT_THAT(
      read_pages(growing(), {.collection = members, .index = "level", .limit = 5}).documents,
      ElementsAre(old));
  EXPECT_THAT(scan_all(*growing().snapshot(), {.collection = members}), ElementsAre(old));
  // While it is expanded, both forms may be written.
  const auto other = grown(2, "two", uuid(2), 1);
  ASSERT_TRUE(growing().commit({{Insert{members, grown(3, {}, {}, 1)}, Insert{members, other}}}));
  ASSERT_TRUE(replace(old, grown(1, "one", {}, 2)));
  const Key by_name{.collection = members, .index = "nickname", .values = {std::string("one")}};
  EXPECT_EQ(growing().get(members, std::span(&by_name, 1)).at(0), grown(1, "one", {}, 2));
  EXPECT_EQ(replace(other, grown(2, "one", uuid(2), 2)).error().reason,
            Refusal::Reason::already_exists);
  const auto child =
      make_document(children, {{"child_id", std::int64_t{1}}, {"member_id", uuid(1)}});
  EXPECT_TRUE(growing().commit({{Insert{children, child}}}));
}

TEST_P(GrowingSchemas, RequireWhatIsRequiredLater) {
  expand();
  ASSERT_TRUE(replace(grown(1, {}, {}, 1), grown(1, "one", {}, 2)));
  growing().apply_schema(as_of(growing_schema(), 2));
  growing().apply_schema(as_of(growing_schema(), 2));
  EXPECT_EQ(growing().commit({{Insert{members, grown(2, {}, {}, 1)}}}).error().reason,
            Refusal::Reason::invalid);
  ASSERT_TRUE(growing().commit({{Insert{members, grown(2, "two", {}, 1)}}}));
  growing().apply_schema(growing_schema());
  EXPECT_EQ(growing().commit({{Insert{members, grown(3, "three", {}, 1)}}}).error().reason,
            Refusal::Reason::invalid);
  // One that was never filled in reads without it, and can be mended or removed.
  const auto lacking = grown(1, "one", {}, 2);
  EXPECT_THAT(read_pages(growing(), {.collection = members, .limit = 1}).documents,
              ElementsAre(lacking, grown(2, "two", {}, 1)));
  EXPECT_EQ(replace(lacking, grown(1, "uno", {}, 3)).error().reason, Refusal::Reason::invalid);
  ASSERT_TRUE(replace(lacking, grown(1, "one", uuid(9), 3)));
  ASSERT_TRUE(growing().commit({{Remove{members, grown(2, "two", {}, 1)}}}));
}

TEST_P(GrowingSchemas, GoBackToOptionalWithinAVersion) {
  growing().apply_schema(as_of(growing_schema(), 2));
  expand();
  EXPECT_TRUE(growing().commit({{Insert{members, grown(2, {}, {}, 1)}}}));
}

TEST_P(GrowingSchemas, LeaveAloneWhatASchemaDoesNotName) {
  const Schema part{.version = 1, .collections = {schema().collection(samples)}};
  growing().apply_schema(part);
  growing().apply_schema(as_of(growing_schema(), 1));
  EXPECT_EQ(read_pages(growing(), {.collection = members, .limit = 5}).documents.size(), 1U);
}

// A server of an older release goes on while another process expands the store.
TEST_P(GrowingSchemas, KeepWhatAnOlderOneDoesNotName) {
  if (!growing().capabilities().shared) {
    GTEST_SKIP() << "this store says it is not shared";
  }
  const auto older = under_test().reopen();
  older->apply_schema(as_of(growing_schema(), 1));
  expand();
  const Document newer{
      {uuid(2), "two", uuid(7), std::int64_t{5}, std::int64_t{3}, std::int64_t{1}}};
  ASSERT_TRUE(growing().commit({{Insert{members, newer}}}));

  const Document seen{{uuid(2), std::int64_t{5}, std::int64_t{1}}};
  const Key key{.collection = members, .values = {uuid(2)}};
  EXPECT_EQ(older->get(members, std::span(&key, 1)).at(0), seen);
  EXPECT_THAT(scan_all(*older->snapshot(), {.collection = members}), testing::Contains(seen));
  const Document written{{uuid(2), std::int64_t{6}, std::int64_t{2}}};
  ASSERT_TRUE(older->commit({{Replace{members, seen, written}}}));
  EXPECT_THAT(read_pages(*older, {.collection = members, .limit = 5}).documents,
              testing::Contains(written));

  const Document kept{{uuid(2), "two", uuid(7), std::int64_t{6}, std::int64_t{3}, std::int64_t{2}}};
  EXPECT_EQ(growing().get(members, std::span(&key, 1)).at(0), kept);
  ASSERT_TRUE(older->commit({{Remove{members, written}}}));
  EXPECT_EQ(growing().get(members, std::span(&key, 1)).at(0), std::nullopt);
}

TEST_P(GrowingSchemas, LetReplacementsTakeAwayWhatIsOptional) {
  const Document with_level = {
      {uuid(2), "two", uuid(7), std::int64_t{5}, std::int64_t{3}, std::int64_t{1}}};
  growing().apply_schema(growing_schema());
  ASSERT_TRUE(growing().commit({{Insert{members, with_level}}}));
  auto without = with_level;
  without.values[4] = {};
  without.values[5] = std::int64_t{2};
  ASSERT_TRUE(replace(with_level, without));
  const Key key{.collection = members, .values = {uuid(2)}};
  EXPECT_EQ(growing().get(members, std::span(&key, 1)).at(0), without);
}

TEST_P(GrowingSchemas, TellTheirVersion) {
  EXPECT_EQ(under_test().make()->schema_version(), std::nullopt);
  EXPECT_EQ(growing().schema_version(), 1);
  expand();
  EXPECT_EQ(growing().schema_version(), 2);
  EXPECT_THROW(growing().apply_schema(as_of(growing_schema(), 1)), StoreUnusable);
  EXPECT_EQ(growing().schema_version(), 2);
}

TEST_P(GrowingSchemas, TellWhatTheyLack) {
  EXPECT_THAT(growing().find_schema_faults(as_of(growing_schema(), 1)), testing::IsEmpty());
  const auto faults = growing().find_schema_faults(as_of(growing_schema(), 2));
  for (const auto* name : {"nickname", "token", "level", "children"}) {
    EXPECT_THAT(faults, testing::Contains(testing::HasSubstr(name)));
  }
  EXPECT_EQ(growing().schema_version(), 1);
  expand();
  growing().apply_schema(as_of(growing_schema(), 2));
  EXPECT_THAT(growing().find_schema_faults(as_of(growing_schema(), 2)), testing::IsEmpty());
  EXPECT_THAT(growing().find_schema_faults(growing_schema()), testing::Not(testing::IsEmpty()));
}

TEST_P(GrowingSchemas, AreKeptOverAReopening) {
  if (!durable()) {
    GTEST_SKIP() << "this store says it is not durable";
  }
  const auto fresh = under_test().make();
  fresh->apply_schema(as_of(growing_schema(), 1));
  fresh->apply_schema(as_of(growing_schema(), 2));
  ASSERT_TRUE(fresh->commit({{Insert{members, grown(2, "two", uuid(1), 1)}}}));
  auto again = under_test().reopen();
  EXPECT_EQ(again->schema_version(), 2);
  EXPECT_THAT(again->find_schema_faults(as_of(growing_schema(), 2)), testing::IsEmpty());
  again->apply_schema(growing_schema());
  EXPECT_THAT(read_pages(*again, {.collection = members, .limit = 5}).documents,
              ElementsAre(grown(2, "two", uuid(1), 1)));
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
