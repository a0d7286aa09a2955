"""Recomputes awards from what `points explain --json` says, and from nothing else."""

import unittest

from wattback import EXAMPLES, StoreTest

POINT = 10**9  # nanopoints


def award(rules, renewable_mwh, non_renewable_mwh):
    rates = rules["rates_milli"]
    exact = renewable_mwh * rates.get("Renewable", 0) + non_renewable_mwh * rates.get("Non-Renewable", 0)
    return exact if rules["daily_cap"] is None else min(exact, rules["daily_cap"] * POINT)


class Explain(StoreTest):
    def setUp(self):
        super().setUp()
        rules = self.write("rules.json", '{"points_per_kwh": {"Renewable": 7.125, "Non-Renewable": 0.5}, "daily_cap": 150}')
        self.run_json("programme", "create", "--name", "Ours", "--time-zone", "Europe/Lisbon", "--rules", rules)
        self.add_member()
        self.run_json("usage", "import", EXAMPLES / "green-button.xml", "--user", "rosa@example.org", "--energy-type",
                      "Renewable")
        self.run_json("usage", "import", EXAMPLES / "grid.csv", "--user", "rosa@example.org", "--meter", "grid")

    def explain(self, *what):
        return self.run_json("points", "explain", "--user", "rosa@example.org", *what)

    def check_day(self, day):
        sums = {"Renewable": 0, "Non-Renewable": 0}
        for reading in day["readings"]:
            sums[reading["energy_type"]] += reading["energy_mwh"]
        self.assertEqual((sums["Renewable"], sums["Non-Renewable"]), (day["renewable_mwh"], day["non_renewable_mwh"]))
        self.assertEqual(award(day["rules"], *sums.values()), day["award_nanopoints"])
        self.assertEqual(sum(reading["points_earned"] for reading in day["readings"]), day["points_earned"])
        for entry in day["entries"]:
            points, carry = divmod(entry["carry_before_nanopoints"] + entry["day_award_change_nanopoints"], POINT)
            self.assertEqual((points, carry), (entry["points"], entry["carry_nanopoints"]))
            told = self.explain("--entry", entry["seq"])
            self.assertEqual({name: told[name] for name in ("rounding", "carry_before_nanopoints")},
                             {name: entry[name] for name in ("rounding", "carry_before_nanopoints")})
        self.assertEqual(sum(entry["day_award_change_nanopoints"] for entry in day["entries"]), day["award_nanopoints"])
        self.assertEqual(sum(entry["points"] for entry in day["entries"]), day["points_earned"])

    def test_days(self):
        for day in ("2026-06-01", "2026-06-02", "2026-06-03"):
            self.check_day(self.explain("--day", day))

    def test_a_reading_leads_to_its_day(self):
        reading = self.run_json("usage", "list", "--user", "rosa@example.org")["data"][5]
        day = self.explain("--reading", reading["usage_id"])
        self.assertEqual((day["day"], day["explained_usage_id"]), (reading["day"], reading["usage_id"]))
        self.check_day(day)

    def test_people_read_kilowatt_hours_and_points(self):
        said = self.run_any("points", "explain", "--user", "rosa@example.org", "--day", "2026-06-01").stdout
        day = self.explain("--day", "2026-06-01")
        for line in (f"award points       {day['award_nanopoints'] / POINT:g}\n",
                     f"renewable kWh      {day['renewable_mwh'] / 10**6:g}\n",
                     "points per kWh Non-Renewable 0.5, Renewable 7.125"):
            self.assertIn(line, said)

    def test_entries_follow_from_one_another(self):
        entries = self.run_json("points", "show", "--user", "rosa@example.org")["entries"]
        self.assertGreaterEqual(entries, 4)
        carry = balance = 0
        for seq in range(1, entries + 1):
            entry = self.explain("--entry", seq)
            self.assertEqual(award(entry["rules"], entry["day_renewable_mwh"], entry["day_non_renewable_mwh"]),
                             entry["day_award_nanopoints"])
            self.assertEqual(entry["carry_before_nanopoints"], carry)
            points, carry = divmod(carry + entry["day_award_change_nanopoints"], POINT)
            balance += points
            self.assertEqual((points, carry), (entry["points"] - entry["owed"], entry["carry_nanopoints"]))
            self.assertEqual(entry["balance"], balance)
        self.assertEqual(self.points(), balance)

    def test_an_entry_says_when_its_day_was_changed_later(self):
        stated = ("usage", "record", "--user", "rosa@example.org", "--energy-type", "Renewable", "--meter", "yard",
                  "--start", "2026-07-01T10:00:00Z")
        self.run_json(*stated, "--energy", "1", "--as-of", "2026-07-02T00:00:00Z")
        seq = self.run_json("points", "show", "--user", "rosa@example.org")["entries"]
        self.assertEqual(self.explain("--entry", seq)["readings_are"], "as they stand now")
        self.run_json(*stated, "--energy", "2", "--as-of", "2026-07-03T00:00:00Z")
        entry = self.explain("--entry", seq)
        self.assertIn("readings taken in or corrected since changed", entry["readings_are"])
        self.assertEqual((entry["day_renewable_mwh"], entry["readings"][0]["energy_mwh"]), (1_000_000, 2_000_000))
        shown = self.run_any("points", "explain", "--user", "rosa@example.org", "--entry", seq).stdout
        self.assertRegex(shown, "readings are +as they stand now; readings taken in or corrected since changed")

    def test_an_entry_says_so_where_what_came_later_earned_nothing(self):
        at = ("usage", "record", "--user", "rosa@example.org", "--meter", "barn", "--energy-type", "Renewable", "--start")
        self.run_json(*at, "2026-07-05T10:00:00Z", "--energy", "100")  # which the daily cap cuts off
        seq = self.run_json("points", "show", "--user", "rosa@example.org")["entries"]
        self.assertEqual(self.explain("--entry", seq)["readings_are"], "as they stand now")
        self.run_json(*at, "2026-07-05T11:00:00Z", "--energy", "1")
        self.assertEqual(self.run_json("points", "show", "--user", "rosa@example.org")["entries"], seq)
        self.assertEqual(self.explain("--entry", seq)["readings_are"],
                         "as they stand now; readings taken in or corrected since changed the energies of the day")


if __name__ == "__main__":
    unittest.main()
