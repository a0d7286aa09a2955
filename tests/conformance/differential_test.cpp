// Random sequences of operations, given to the memory store and to the store under test: every
// answer must be the same, refusals with their reasons and keys included.
#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include "conformance/conformance.h"
#include "store/memory/memory_store.h"

namespace wattback::store::conformance {
namespace {

constexpr int operations_count = 3000;
constexpr std::uint64_t ids_count = 30;

class Differential : public Conformance {
 protected:
  Differential() { model->apply_schema(test_schema()); }

  std::uint64_t upto(std::uint64_t max) { return random() % (max + 1); }
  std::int64_t integer(std::uint64_t max) { return static_cast<std::int64_t>(upto(max)); }
  bool one_in(std::uint64_t chances) { return upto(chances - 1) == 0; }
  template <class T>
  const T& one_of(const std::vector<T>& choices) {
    return choices.at(upto(choices.size() - 1));
  }

  Member random_member(std::uint64_t id);
  Document random_sample(std::int64_t id);
  Document random_document(Collection collection);
  Document spoil(Collection collection, Document document);
  std::optional<Change> random_change();
  Query random_query();
  std::optional<Bound> random_bound(const IndexSchema& index, Collection collection,
                                    std::size_t position);
  Key random_key(Collection collection);

  void commit_both();
  void get_both();
  void read_both();
  void snapshot_both();
  void compare_everything();

  std::unique_ptr<Store> model = make_memory_store();
  std::uint64_t seed = choose_seed();
  std::mt19937_64 random{seed};
  std::map<std::string, int> seen;  // what the run met, by its description up to the colon
  int pages_beyond_the_first = 0;
  struct Snapshots {
    std::unique_ptr<Snapshot> model;
    std::unique_ptr<Snapshot> tested;
  };
  std::deque<Snapshots> snapshots;
};
INSTANTIATE_TEST_SUITE_P(conformance, Differential, testing::ValuesIn(stores_under_test()),
                         name_of);

Member Differential::random_member(std::uint64_t id) {
  Member member{.id = id,
                .team = one_of<std::string>({"red", "blue", "redder", ""}),
                .points = integer(5),
                .joined = integer(6) - 3};
  if (!one_in(3)) {
    member.email = "e" + std::to_string(upto(20));
  }
  if (one_in(2)) {
    member.badge = integer(6);
  }
  return member;
}

Document Differential::random_sample(std::int64_t id) {
  const auto maybe = [&](Value value) { return one_in(4) ? Value{} : std::move(value); };
  return make_document(
      samples,
      {{"sample_id", id},
       {"flag", maybe(one_in(2))},
       {"number", maybe(one_of<std::int64_t>({-1, 0, 1, INT64_MAX, INT64_MIN}))},
       {"weight", maybe(one_of<double>({-1e308, -0.0, 0.0, 0.1, 1.0, 5e-324}))},
       {"label", maybe(one_of<std::string>({"", "a", "B", "é", "🏠", std::string("a\0b", 3)}))},
       {"token", maybe(uuid(one_of<std::uint64_t>({0, 1, 255, 256, UINT64_MAX})))},
       {"moment", maybe(Instant(Milliseconds(integer(4) - 2)))},
       {"day", maybe(make_day(1970, 1, 1) + std::chrono::days(integer(4) - 2))},
       {"data", maybe(one_of<Bytes>({{}, {0}, {0, 0}, {255}, {127}, {128}}))},
       {"counts", maybe(one_of<Integers>({{}, {{"one", 1}}, {{"a b", -1}, {"two", 2}}}))},
       {"version", std::int64_t{1}}});
}

Document Differential::random_document(Collection collection) {
  if (collection == members) {
    return to_document(random_member(upto(ids_count)));
  }
  if (collection == samples) {
    return random_sample(integer(ids_count));
  }
  return entry(upto(5), integer(50), "x");
}

Document Differential::spoil(Collection collection, Document document) {
  const auto& schema = test_schema().collection(collection);
  const auto& field = schema.fields.at(1 + upto(schema.fields.size() - 2));
  return with(collection, std::move(document), field.name, Bytes{1, 2});
}

Key Differential::random_key(Collection collection) {
  const auto& schema = test_schema().collection(collection);
  const auto document = random_document(collection);
  auto keys = unique_keys(schema, document);
  keys.push_back(primary_key(schema, document));
  return one_of(keys);
}

// On what stands, most of the time: else on what is gone, or was never there.
std::optional<Change> Differential::random_change() {
  const auto collection = one_of<Collection>({members, members, samples, entries});
  const auto& schema = test_schema().collection(collection);
  const auto whole = random_document(collection);
  auto after = one_in(60) ? spoil(collection, whole) : whole;
  if (!schema.version || one_in(3)) {
    return Insert{collection, after};
  }
  const auto key = primary_key(schema, after);
  auto before = model->get(collection, std::span(&key, 1)).at(0);
  if (!before) {
    return one_in(3) ? std::optional<Change>(Remove{collection, whole}) : std::nullopt;
  }
  if (one_in(15)) {
    before = with(collection, *before, "version", version_of(schema, *before) + 1);
  }
  if (one_in(3)) {
    return Remove{collection, *before};
  }
  after = with(collection, after, "version", version_of(schema, *before) + 1);
  return Replace{collection, *before, after};
}

const Document& document_in(const Change& change) {
  if (const auto* insertion = std::get_if<Insert>(&change)) {
    return insertion->document;
  }
  const auto* replacement = std::get_if<Replace>(&change);
  return replacement != nullptr ? replacement->before : std::get<Remove>(change).before;
}

void Differential::commit_both() {
  ChangeSet changes;
  std::vector<Key> changed;
  for (auto count = 1 + upto(4); count > 0; --count) {
    const auto change = random_change();
    if (!change) {
      continue;
    }
    const auto collection = std::visit([](const auto& kind) { return kind.collection; }, *change);
    auto key = primary_key(test_schema().collection(collection), document_in(*change));
    if (std::ranges::find(changed, key) == changed.end()) {
      changed.push_back(std::move(key));
      changes.changes.push_back(*change);
    }
  }
  const auto expected = describe(model->commit(changes));
  ASSERT_EQ(describe(store().commit(changes)), expected);
  ++seen[expected.substr(0, expected.find(':'))];
}

void Differential::get_both() {
  const auto collection = one_of<Collection>({members, samples, entries});
  std::vector<Key> keys;
  for (auto count = upto(6); count > 0; --count) {
    keys.push_back(random_key(collection));
  }
  ASSERT_EQ(store().get(collection, keys), model->get(collection, keys));
}

std::optional<Bound> Differential::random_bound(const IndexSchema& index, Collection collection,
                                                std::size_t position) {
  if (one_in(2)) {
    return std::nullopt;
  }
  return Bound{.value = values_at(random_document(collection), index.order).at(position),
               .inclusive = one_in(2)};
}

Query Differential::random_query() {
  const auto collection = one_of<Collection>({members, members, samples, entries});
  const auto& schema = test_schema().collection(collection);
  const auto choice = upto(schema.indexes.size());
  const auto& index = choice == 0 ? schema.primary : schema.indexes.at(choice - 1);
  const auto prefix = upto(index.order.size());
  auto equals = values_at(random_document(collection), index.order);
  equals.resize(prefix);
  Query query{.collection = collection, .index = index.name, .equals = std::move(equals)};
  if (prefix < index.order.size()) {
    query.from = random_bound(index, collection, prefix);
    query.to = random_bound(index, collection, prefix);
  }
  query.order = one_in(2) ? Order::ascending : Order::descending;
  query.limit = 1 + upto(7);
  return query;
}

// Page by page, sometimes with a commit between two pages.
void Differential::read_both() {
  auto query = random_query();
  int pages = 0;
  do {
    const auto expected = model->find(query);
    const auto page = store().find(query);
    ASSERT_EQ(page.documents, expected.documents);
    ASSERT_EQ(page.next, expected.next);
    query.after = page.next;
    pages_beyond_the_first += pages > 0 && !page.documents.empty() ? 1 : 0;
    if (one_in(5)) {
      ASSERT_NO_FATAL_FAILURE(commit_both());
    }
  } while (!query.after.empty() && ++pages < 50);
}

void Differential::snapshot_both() {
  if (snapshots.size() < 3) {
    snapshots.push_back({.model = model->snapshot(), .tested = store().snapshot()});
    return;
  }
  const auto held = std::move(snapshots.front());
  snapshots.pop_front();
  for (int i = 0; i < 3; ++i) {
    const auto query = random_query();
    ASSERT_EQ(scan_all(*held.tested, query), scan_all(*held.model, query));
  }
  const std::vector keys{random_key(members), random_key(members)};
  ASSERT_EQ(held.tested->get(members, keys), held.model->get(members, keys));
}

void Differential::compare_everything() {
  const auto all_tested = store().snapshot();
  const auto all_expected = model->snapshot();
  for (const auto collection : {members, samples, entries}) {
    ASSERT_EQ(scan_all(*all_tested, {.collection = collection}),
              scan_all(*all_expected, {.collection = collection}));
  }
}

TEST_P(Differential, AnswersAsTheMemoryStoreDoes) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  for (int i = 0; i < operations_count; ++i) {
    SCOPED_TRACE(testing::Message() << "operation " << i);
    const auto kind = upto(9);
    if (kind < 5) {
      commit_both();
    } else if (kind < 6) {
      get_both();
    } else if (kind < 9) {
      read_both();
    } else {
      snapshot_both();
    }
    ASSERT_FALSE(HasFatalFailure());
  }
  compare_everything();
  EXPECT_GT(seen["committed"], 0);
  EXPECT_GT(seen["conflict"], 0);
  EXPECT_GT(seen["already_exists"], 0);
  EXPECT_GT(seen["invalid"], 0);
  EXPECT_GT(pages_beyond_the_first, 0);
}

}  // namespace
}  // namespace wattback::store::conformance
