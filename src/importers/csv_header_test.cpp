#include "importers/csv_header.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "importers/limits.h"

namespace wattback::importers {
namespace {

using ::testing::HasSubstr;

std::expected<CsvHeader, std::string> read(const std::vector<std::string>& names,
                                           EnergyUnit unit = EnergyUnit::kilowatt_hours) {
  return read_header(names, unit);
}

TEST(CsvHeader, KnowsManyNamesForAColumn) {
  const std::vector<std::pair<Column, std::vector<std::string>>> cases{
      {Column::start,
       {"start", "date", "timestamp", "time", "datetime", "Start Time", "INTERVAL_START"}},
      {Column::end, {"end", "End Time", "interval_end"}},
      {Column::duration, {"Duration"}},
      {Column::energy,
       {"value", "kwh", "kWh", "energy_consumed", "Consumption", "energy", "USAGE", "Wh", "MWh",
        "Usage (kWh)", "energy_consumed_kwh", "value [wh]"}},
      {Column::energy_type, {"energy_type", "Type", "Energy-Type"}},
      {Column::user_id, {"user_id"}},
      {Column::user, {"user", " Email "}},
      {Column::meter, {"Meter"}},
      {Column::meter_identifier, {"meter_identifier"}},
      {Column::quality, {"quality"}},
      {Column::as_of, {"as_of", "As of"}},
  };
  for (const auto& [column, names] : cases) {
    for (const auto& name : names) {
      std::vector<std::string> all{"unknown", name};
      if (column != Column::start) {
        all.emplace_back("start");
      }
      if (column != Column::energy) {
        all.emplace_back("value");
      }
      const auto header = read(all);
      ASSERT_TRUE(header) << name << ": " << header.error();
      EXPECT_EQ(header->position(column), 1U) << name;
      EXPECT_EQ(header->width, all.size());
    }
  }
}

TEST(CsvHeader, PassesOverColumnsNobodyKnows) {
  const std::vector<std::string> names{"notes", "start", "notes", "value", "usage_id"};
  const auto header = read(names);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->width, 5U);
  EXPECT_EQ(known_columns(names), 2U);
}

TEST(CsvHeader, TakesTheUnitFromTheColumnOrElseTheOption) {
  EXPECT_EQ(read({"start", "value"})->energy_exponent, 3);
  EXPECT_EQ(read({"start", "value"}, EnergyUnit::watt_hours)->energy_exponent, 0);
  EXPECT_EQ(read({"start", "value"}, EnergyUnit::megawatt_hours)->energy_exponent, 6);
  EXPECT_EQ(read({"start", "wh"})->energy_exponent, 0);
  EXPECT_EQ(read({"start", "kWh"}, EnergyUnit::watt_hours)->energy_exponent, 3);
  EXPECT_EQ(read({"start", "MWh"})->energy_exponent, 6);
  EXPECT_EQ(read({"start", "Usage (Wh)"})->energy_exponent, 0);
}

TEST(CsvHeader, IsRefusedWhereItLacksAColumnOrIsAmbiguous) {
  EXPECT_THAT(read({"value"}).error(), HasSubstr("no column for the start"));
  EXPECT_THAT(read({"start"}).error(), HasSubstr("no column for the energy"));
  EXPECT_EQ(read({"start", "kWh", "Value"}).error(),
            "the header is ambiguous: 'kWh' and 'Value' mean the same");
  EXPECT_THAT(read({"start", "wh", "kwh"}).error(), HasSubstr("ambiguous"));
  EXPECT_THAT(read({"date", "time", "kwh"}).error(), HasSubstr("'date' and 'time'"));
  EXPECT_EQ(read({"start", "kwh", "email", "user_id"}).error(),
            "the header is ambiguous: 'user_id' and 'email' both name the member");
}

TEST(CsvHeader, IsRefusedWhereEachRowWouldSayItsUnit) {
  for (const auto* name : {"unit", "Units", "UOM"}) {
    EXPECT_THAT(read({"start", "kwh", name}).error(),
                HasSubstr("a column of units, '" + std::string(name)));
  }
}

TEST(CsvHeader, IsBounded) {
  std::vector<std::string> names(csv_columns_max - 2, "note");
  names.emplace_back("start");
  names.emplace_back("value");
  EXPECT_TRUE(read(names));
  names.emplace_back("one more");
  EXPECT_THAT(read(names).error(), HasSubstr("more than 256 columns"));
}

}  // namespace
}  // namespace wattback::importers
