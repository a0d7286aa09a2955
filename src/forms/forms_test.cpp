#include "forms/forms.h"

#include <gtest/gtest.h>

namespace wattback::forms {
namespace {

// Of a large programme over years, or of a file sent with the wrong unit.
TEST(Forms, ASumOfEnergyMayBeBeyondTheLargestReading) {
  const Energy sum{energy_max.milliwatt_hours + 1};
  EXPECT_EQ(form_of(importers::Counts{.energy = sum}).at("energy_kwh"), 1'125'899'906.842625);
  EXPECT_EQ(kwh(Energy{} - sum), -1'125'899'906.842625);
}

}  // namespace
}  // namespace wattback::forms
