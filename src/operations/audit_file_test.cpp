#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "operations/audit.h"
#include "store/sqlite/sqlite_store.h"
#include "support/programme_in_use.h"

namespace wattback::operations {
namespace {

using test_support::ProgrammeInUse;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

// The embedded store refuses most of what can be corrupted; so by hand, with its foreign keys and
// constraints switched off.
class AuditOfFile : public testing::Test {
 protected:
  AuditOfFile() {
    std::string path = std::filesystem::temp_directory_path() / "wattback-corrupt-XXXXXX";
    check(mkdtemp(path.data()) != nullptr);
    folder_ = path;
    const auto store = open(store::IfMissing::create);
    const ProgrammeInUse programme(*store);
  }
  ~AuditOfFile() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::vector<std::string> audited_after(const std::string& sql) {
    const auto command = fmt::format(
        "sqlite3 '{}' \"PRAGMA foreign_keys=OFF; PRAGMA ignore_check_constraints=ON; {};\"",
        file().string(), sql);
    EXPECT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT: sqlite3's own
    const auto store = open(store::IfMissing::refuse);
    std::vector<std::string> lines;
    audit(*store, {.on_break = [&](const Break& found) { lines.push_back(to_text(found)); }});
    return lines;
  }

 private:
  std::filesystem::path file() const { return folder_ / "wattback.db"; }
  std::unique_ptr<store::Store> open(store::IfMissing if_missing) const {
    auto store = store::make_sqlite_store({.path = file(), .if_missing = if_missing});
    store->apply_schema(store::product_schema());
    return store;
  }

  std::filesystem::path folder_;
};

TEST_F(AuditOfFile, NamesAMissingReward) {
  EXPECT_THAT(audited_after("DELETE FROM rewards WHERE name = 'Kettle'"),
              UnorderedElementsAre(HasSubstr("I8 stock_movements["), HasSubstr("I8 redemptions[")));
}

TEST_F(AuditOfFile, NamesAMissingMember) {
  EXPECT_THAT(audited_after("DELETE FROM users WHERE name = 'Ben'"),
              UnorderedElementsAre(HasSubstr("I8 meters["), HasSubstr("I8 adjustments["),
                                   HasSubstr("I8 redemptions["), HasSubstr("I8 points_ledger["),
                                   HasSubstr("I8 usage_daily["), HasSubstr("I8 energy_usage[")));
}

TEST_F(AuditOfFile, NamesANegativeInventory) {
  EXPECT_THAT(audited_after("UPDATE rewards SET inventory = -1 WHERE name = 'Lamp'"),
              ElementsAre(AllOf(HasSubstr("I8 rewards["),
                                HasSubstr("rewards.inventory: -1 is out of range"))));
}

TEST_F(AuditOfFile, NamesAnEnergyThatIsNoCountOfMilliwattHours) {
  const auto lines = audited_after(
      "UPDATE energy_usage SET energy_consumed = energy_consumed + 0.00000031 "
      "WHERE usage_id = (SELECT min(usage_id) FROM energy_usage)");
  EXPECT_THAT(lines, Contains(AllOf(HasSubstr("is no document of ours: energy_usage[primary "),
                                    HasSubstr("energy_consumed is corrupt"))));
  EXPECT_THAT(lines, Each(Not(HasSubstr("I2 "))));
}

TEST_F(AuditOfFile, GoesOnAfterADocumentThatCannotBeRead) {
  EXPECT_THAT(audited_after("UPDATE imports SET counts = 'none'; "
                            "UPDATE users SET total_points = total_points + 1 WHERE name = 'Ana'"),
              UnorderedElementsAre(
                  AllOf(HasSubstr("I8 imports: what follows"), HasSubstr(": imports[primary ")),
                  HasSubstr("I1 users[")));
}

}  // namespace
}  // namespace wattback::operations
