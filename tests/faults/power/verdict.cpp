#include "faults/power/verdict.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <vector>

#include "base/check.h"
#include "operations/audit.h"
#include "operations/migration.h"
#include "operations/schema_history.h"
#include "programme/programme.h"
#include "simulation/final_state.h"
#include "store/sqlite/sqlite_store.h"

namespace wattback::power {
namespace {

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};

std::string joined(const std::vector<std::string>& lines) {
  constexpr std::size_t lines_max = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(lines.size(), lines_max); ++i) {
    text += "\n  " + lines[i];
  }
  return lines.size() > lines_max ? fmt::format("{}\n  and {} more", text, lines.size() - lines_max)
                                  : text;
}

std::unique_ptr<store::Store> open(const std::filesystem::path& folder) {
  constexpr std::int64_t cache_kib = 4096;
  auto store = store::make_sqlite_store({.path = folder / store_name,
                                         .if_missing = store::IfMissing::create,
                                         .cache_kib = cache_kib});
  operations::prepare_store(*store, operations::product_migrations(),
                            {.owner = "the judge", .now = {}, .where = "the wreck", .remedy = ""});
  return store;
}

bool has_programme(store::Store& store) {
  const auto key = programme::key();
  return store.get(key.collection, std::span(&key, 1)).front().has_value();
}

// What the programme should hold if the group under way is in.
std::vector<std::string> differences_with_group(store::Store& store, const Promise& promise) {
  promise.model->begin_trial();
  promise.judge->settle(promise.under_way);
  auto differences = simulation::find_differences(store, *promise.model);
  promise.model->end_trial();
  return differences;
}

Verdict compare(store::Store& store, const Promise& promise) {
  if (!has_programme(store)) {
    // Nobody has been told that there is one.
    return {.failure = promise.has_begun ? std::optional("the programme is gone") : std::nullopt};
  }
  const auto without = simulation::find_differences(store, *promise.model);
  if (without.empty()) {
    return {.under_way = promise.is_anything_under_way() ? UnderWay::absent : UnderWay::nothing};
  }
  if (!promise.is_anything_under_way()) {
    return {.failure = "the store is not as it was acknowledged:" + joined(without)};
  }
  const auto with = differences_with_group(store, promise);
  if (!with.empty()) {
    return {.failure = "the store is as acknowledged neither without what was under way:" +
                       joined(without) + "\nnor with it:" + joined(with)};
  }
  return {.under_way = UnderWay::there};
}

std::optional<std::string> find_breaks(store::Store& store) {
  std::vector<std::string> breaks;
  operations::audit(store, {.on_break = [&](const operations::Break& found) {
                      breaks.push_back(operations::to_text(found));
                    }});
  return breaks.empty() ? std::nullopt : std::optional("the audit finds broken:" + joined(breaks));
}

}  // namespace

bool Promise::is_anything_under_way() const {
  return std::ranges::any_of(under_way.decisions,
                             [](const auto& decision) { return decision.wrote; });
}

Verdict judge_store(const std::filesystem::path& folder, const Promise& promise) {
  Verdict verdict;
  try {
    const auto store = open(folder);
    verdict = compare(*store, promise);
    if (!verdict.failure) {
      verdict.failure = find_breaks(*store);
    }
  } catch (const std::exception& error) {
    verdict.failure = fmt::format("the store can't be used: {}", error.what());
  }
  if (!verdict.failure) {
    verdict.failure = find_damage(folder / store_name);
  }
  return verdict;
}

std::optional<std::string> find_damage(const std::filesystem::path& file) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE, "unix");
  const std::unique_ptr<sqlite3, CloseDatabase> database(raw);
  if (code != SQLITE_OK) {
    return fmt::format("SQLite can't open the file: {}", sqlite3_errmsg(raw));
  }
  std::vector<std::string> lines;
  const auto keep = [](void* kept, int columns, char** values, char** /*names*/) {
    std::string line;
    for (int i = 0; i < columns; ++i) {
      line += std::string(i == 0 ? "" : " ") + (values[i] == nullptr ? "NULL" : values[i]);
    }
    if (line != "ok") {
      static_cast<std::vector<std::string>*>(kept)->push_back(std::move(line));
    }
    return 0;
  };
  for (const char* pragma : {"PRAGMA integrity_check", "PRAGMA foreign_key_check"}) {
    if (sqlite3_exec(raw, pragma, keep, &lines, nullptr) != SQLITE_OK) {
      lines.emplace_back(sqlite3_errmsg(raw));
    }
  }
  return lines.empty() ? std::nullopt : std::optional("SQLite finds damaged:" + joined(lines));
}

void write_files(const std::filesystem::path& folder, const Files& files) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  for (const auto& [name, bytes] : files) {
    std::ofstream file(folder / name, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    check(file.flush().good());
  }
}

}  // namespace wattback::power
