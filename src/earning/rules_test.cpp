#include "earning/rules.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace wattback::earning {
namespace {

EarningRules make_rules(std::int64_t renewable, std::int64_t non_renewable,
                        std::optional<Points> cap = std::nullopt) {
  return {.rates = {{"Renewable", renewable}, {"Non-Renewable", non_renewable}}, .daily_cap = cap};
}

EarningRules make_version(std::int64_t version, Day effective_day) {
  return {.rules_version = version, .effective_day = effective_day};
}

DayEnergy kwh(std::int64_t renewable, std::int64_t non_renewable) {
  return {{renewable * 1'000'000}, {non_renewable * 1'000'000}};
}

TEST(Award, IsTheSumOverTypesOfEnergyTimesRate) {
  const auto rules = make_rules(10'000, 500);
  EXPECT_EQ(award(rules, kwh(0, 0)), Nanopoints{0});
  EXPECT_EQ(award(rules, kwh(3, 0)), Nanopoints{30 * nanopoints_per_point});
  EXPECT_EQ(award(rules, kwh(3, 1)), Nanopoints{30'500'000'000});
  EXPECT_EQ(award(rules, {Energy{1}, Energy{1}}), Nanopoints{10'500});
}

TEST(Award, OfATypeWithoutARateIsNothing) {
  const EarningRules rules{.rates = {{"Renewable", 1000}}};
  EXPECT_EQ(award(rules, kwh(0, 5)), Nanopoints{0});
  EXPECT_EQ(award(EarningRules{}, kwh(5, 5)), Nanopoints{0});
}

TEST(Award, StopsAtTheCapExactly) {
  const auto rules = make_rules(10'000, 10'000, Points{50});
  const auto cap = Nanopoints{50 * nanopoints_per_point};
  EXPECT_EQ(award(rules, {Energy{4'999'999}, Energy{0}}), cap - Nanopoints{10'000});
  EXPECT_EQ(award(rules, kwh(5, 0)), cap);
  EXPECT_EQ(award(rules, {Energy{5'000'000}, Energy{1}}), cap);
  EXPECT_EQ(award(rules, kwh(1000, 1000)), cap);
  EXPECT_EQ(award(make_rules(10'000, 0, Points{0}), kwh(5, 0)), Nanopoints{0});
}

TEST(Award, FitsAtTheLargestDayAndRate) {
  const DayEnergy most{day_energy_max, day_energy_max};
  const auto rules = make_rules(rate_max, rate_max);
  EXPECT_EQ(award(rules, most), Nanopoints{8'000'000'000'000'000'000});
  EXPECT_LT(award(rules, most).count, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(award(make_rules(rate_max, rate_max, daily_cap_max), most),
            Nanopoints{1'000'000'000'000'000'000});
}

TEST(AwardDeathTest, OfMoreThanADayHoldsIsAFault) {
  const DayEnergy too_much{day_energy_max + Energy{1}, Energy{0}};
  EXPECT_DEATH(award(make_rules(1, 1), too_much), "");
}

TEST(Terms, HoldTheirBounds) {
  const auto is_allowed = [](const RuleTerms& terms) { return check_terms(terms).has_value(); };
  EXPECT_TRUE(is_allowed(default_terms()));
  EXPECT_TRUE(is_allowed({}));
  EXPECT_TRUE(is_allowed({.rates = {{"Renewable", rate_max}}, .daily_cap = daily_cap_max}));
  EXPECT_TRUE(is_allowed({.rates = {{"Renewable", 0}}, .daily_cap = Points{0}}));
  EXPECT_FALSE(is_allowed({.rates = {{"Renewable", rate_max + 1}}}));
  EXPECT_FALSE(is_allowed({.rates = {{"Renewable", -1}}}));
  EXPECT_FALSE(is_allowed({.rates = {{"renewable", 1}}}));
  EXPECT_FALSE(is_allowed({.rates = {{"Nuclear", 1}}}));
  EXPECT_FALSE(is_allowed({.daily_cap = daily_cap_max + Points{1}}));
  EXPECT_FALSE(is_allowed({.daily_cap = Points{-1}}));
}

TEST(InForce, IsTheLatestVersionEffectiveByThatDay) {
  const std::array versions{make_version(1, make_day(1970, 1, 1)),
                            make_version(2, make_day(2026, 6, 10)),
                            make_version(3, make_day(2026, 6, 5))};
  const auto version_on = [&](Day day) { return in_force(versions, day).rules_version; };
  EXPECT_EQ(version_on(make_day(1950, 1, 1)), 1);
  EXPECT_EQ(version_on(make_day(2026, 6, 4)), 1);
  EXPECT_EQ(version_on(make_day(2026, 6, 5)), 3);
  EXPECT_EQ(version_on(make_day(2026, 6, 9)), 3);
  EXPECT_EQ(version_on(make_day(2026, 6, 10)), 2);
  EXPECT_EQ(version_on(make_day(2100, 1, 1)), 2);
}

TEST(InForce, IsTheLaterVersionOnEqualDaysInWhateverOrderTheyStand) {
  const std::array versions{make_version(3, make_day(2026, 6, 5)),
                            make_version(1, make_day(1970, 1, 1)),
                            make_version(2, make_day(2026, 6, 5))};
  EXPECT_EQ(in_force(versions, make_day(2026, 6, 5)).rules_version, 3);
  EXPECT_EQ(in_force(versions, make_day(2026, 6, 4)).rules_version, 1);
}

}  // namespace
}  // namespace wattback::earning
