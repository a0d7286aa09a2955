// What the tests of this folder share: a directory that goes with its test, and documents of the
// product's schema.
#pragma once

#include <stdlib.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/sha256.h"
#include "store/document.h"
#include "store/sqlite/sqlite_store.h"
#include "store/store.h"

namespace wattback::store::sqlite {

class TestDirectory {
 public:
  TestDirectory() {
    auto pattern = (std::filesystem::temp_directory_path() / "wattback-sqlite-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw std::runtime_error("no temporary directory");
    }
    path_ = pattern;
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory() { std::filesystem::remove_all(path_); }

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// No file of this process may grow beyond it, as long as it stands.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uintmax_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    auto limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

inline std::string read_file(const std::filesystem::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline SqliteOptions options_of(const std::filesystem::path& path) {
  return {.path = path, .if_missing = IfMissing::create, .cache_kib = 4096};
}

inline std::unique_ptr<Store> open_store(const SqliteOptions& options,
                                         const Schema& schema = product_schema()) {
  auto store = make_sqlite_store(options);
  store->apply_schema(schema);
  return store;
}

// What a function throws, as text.
template <class Exception, class Function>
std::string message_of(Function&& function) {
  try {
    std::forward<Function>(function)();
  } catch (const Exception& exception) {
    return exception.what();
  }
  return "nothing was thrown";
}

inline Uuid uuid_of(std::string_view collection, std::uint64_t number) {
  const auto digest = sha256(std::string(collection) + std::to_string(number));
  Uuid uuid;
  std::copy_n(digest.begin(), uuid.bytes.size(), uuid.bytes.begin());
  return uuid;
}

inline constexpr std::uint64_t referred_count = 40;

inline Value value_of(const CollectionSchema& collection, std::size_t position,
                      std::uint64_t number) {
  const auto& field = collection.fields[position];
  const auto series = static_cast<std::int64_t>(number / referred_count);
  switch (field.type) {
    case FieldType::boolean:
      return number % 2 == 0;
    case FieldType::int64: {
      const auto value = field.min.value_or(0) + series;
      return field.max ? std::min(value, *field.max) : value;
    }
    case FieldType::real:
      return 0.25 * static_cast<double>(number);
    case FieldType::string:
      return field.words.empty() ? "text " + std::to_string(number)
                                 : field.words[number % field.words.size()];
    case FieldType::uuid:
      return field.references.empty() ? uuid_of(collection.name, number)
                                      : uuid_of(field.references, number % referred_count);
    case FieldType::time:
      return Instant(Milliseconds(1'700'000'000'000 + 60'000 * series));
    case FieldType::day:
      return make_day(2026, 1, 1) + std::chrono::days(series);
    case FieldType::bytes: {
      const auto digest = sha256(std::to_string(number));
      return Bytes(digest.begin(), digest.end());
    }
    case FieldType::integers:
      return Integers{{field.keys.front(), series}};
  }
  return {};
}

// Valid, another for each number, and referring to documents with numbers below referred_count.
inline Document document_of(Collection collection, std::uint64_t number) {
  const auto& schema = product_schema().collection(collection);
  Document document;
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const bool counted = schema.primary.fields == std::vector{i};
    const bool integer = schema.fields[i].type == FieldType::int64;
    document.values.push_back(counted && integer ? Value(static_cast<std::int64_t>(number + 1))
                                                 : value_of(schema, i, number));
  }
  return document;
}

inline Document with(Collection collection, Document document, std::string_view field,
                     Value value) {
  document.values[product_schema().collection(collection).position(field)] = std::move(value);
  return document;
}

inline Document next_version(Collection collection, const Document& document) {
  const auto& schema = product_schema().collection(collection);
  return with(collection, document, "version", version_of(schema, document) + 1);
}

inline Key key_of(Collection collection, const Document& document) {
  return primary_key(product_schema().collection(collection), document);
}

inline std::optional<Document> get(Store& store, const Key& key) {
  return store.get(key.collection, {&key, 1}).front();
}

// `count` documents of each collection, in as many commits as they need.
inline void fill(Store& store, std::uint64_t count) {
  for (const auto& collection : product_schema().collections) {
    ChangeSet changes;
    for (std::uint64_t i = 0; i < count; ++i) {
      changes.changes.emplace_back(Insert{{collection.name}, document_of({collection.name}, i)});
    }
    const auto result = store.commit(changes);
    if (!result) {
      throw std::runtime_error(result.error().detail);
    }
  }
}

}  // namespace wattback::store::sqlite
