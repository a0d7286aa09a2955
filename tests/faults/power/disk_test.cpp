// What the disk itself does, without a store.
#include "faults/power/disk.h"

#include <gtest/gtest.h>

#include <set>

namespace wattback::power {
namespace {

constexpr int cuts = 400;

std::set<std::string> contents_after_cuts(const Disk& disk, const std::string& name) {
  Chance chance(1);
  std::set<std::string> seen;
  for (int i = 0; i < cuts; ++i) {
    const auto wreck = disk.cut(chance);
    const auto found = wreck.files.find(name);
    seen.insert(found == wreck.files.end() ? "no file" : found->second);
  }
  return seen;
}

TEST(Disk, KeepsWhatWasSynced) {
  Disk disk;
  const auto file = disk.make("a");
  disk.write(file, 0, "one");
  disk.sync(file);
  disk.sync_names();
  EXPECT_EQ(contents_after_cuts(disk, "a"), std::set<std::string>{"one"});
}

TEST(Disk, MayLoseOrKeepWhatWasNotSynced) {
  Disk disk(Files{{"a", "old"}});
  const auto file = disk.find("a").value();
  disk.write(file, 0, "new");
  disk.truncate(file, 1);
  const auto seen = contents_after_cuts(disk, "a");
  for (const char* contents : {"old", "new", "n", "o"}) {
    EXPECT_TRUE(seen.contains(contents)) << contents;
  }
}

TEST(Disk, MayLoseAFileWhoseFolderWasNotSynced) {
  Disk disk;
  const auto file = disk.make("a");
  disk.write(file, 0, "one");
  disk.sync(file);
  EXPECT_EQ(contents_after_cuts(disk, "a"), (std::set<std::string>{"one", "no file"}));
}

TEST(Disk, MayBringBackAFileThatWasRemovedOrMadeAnew) {
  Disk disk(Files{{"a", "old"}});
  disk.remove("a");
  EXPECT_EQ(contents_after_cuts(disk, "a"), (std::set<std::string>{"old", "no file"}));
  const auto file = disk.make("a");
  disk.write(file, 0, "new");
  disk.sync(file);
  EXPECT_EQ(contents_after_cuts(disk, "a"), (std::set<std::string>{"old", "no file", "new"}));
}

// Sectors are of 512 bytes from the start of the file, and only those of the write are touched.
TEST(Disk, TearsWritesBetweenSectors) {
  Disk disk(Files{{"a", std::string(2000, 'o')}});
  const auto file = disk.find("a").value();
  disk.write(file, 500, std::string(1000, 'n'));  // 12, 512 and 476 bytes of three sectors
  bool some = false;
  bool garbage = false;
  for (const auto& contents : contents_after_cuts(disk, "a")) {
    EXPECT_EQ(contents.size(), 2000U);
    EXPECT_EQ(contents.substr(0, 500), std::string(500, 'o'));
    EXPECT_EQ(contents.substr(1500), std::string(500, 'o'));
    some |= contents.substr(500, 12) != contents.substr(1488, 12);
    garbage |= contents.find_first_not_of("on") != std::string::npos;
  }
  EXPECT_TRUE(some);
  EXPECT_TRUE(garbage);
}

TEST(Disk, ThatLiesLosesWhatWasSynced) {
  Disk contents({{"a", "old"}}, Honesty::forgets_contents);
  const auto file = contents.find("a").value();
  contents.write(file, 0, "new");
  contents.sync(file);
  EXPECT_TRUE(contents_after_cuts(contents, "a").contains("old"));
  Disk names({}, Honesty::forgets_names);
  names.sync(names.make("a"));
  names.sync_names();
  EXPECT_TRUE(contents_after_cuts(names, "a").contains("no file"));
}

}  // namespace
}  // namespace wattback::power
