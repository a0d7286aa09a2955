"""Every list of the command line, page by page, and what a command line that can't be read is told."""

import json
import re
import unittest
from concurrent.futures import ThreadPoolExecutor

from wattback import INVALID, StoreTest

ROSA = ("--user", "rosa@example.org")
GROUPS_WITHOUT_LISTS = {"programme", "audit", "migrate", "config", "demo", "serve", "completion", "man",
                        "version"}

# A list, and how many it has at least after fill().
LISTS = {
    ("users", "list"): 3,
    ("meters", "list", *ROSA): 3,
    ("usage", "list", *ROSA): 3,
    ("usage", "list", "--energy-type", "Renewable", *ROSA): 3,
    ("usage", "daily", *ROSA): 3,
    ("usage", "monthly", *ROSA): 3,
    ("imports", "list"): 2,
    ("rules", "list"): 3,
    ("points", "statement", *ROSA): 5,
    ("points", "statement", "--all", *ROSA): 5,
    ("points", "adjustments", *ROSA): 3,
    ("rewards", "list"): 3,
    ("rewards", "list", "--affordable", *ROSA): 3,
    ("rewards", "movements", "--name", "Lamp"): 3,
    ("redemptions", "list", *ROSA): 3,
    ("redemptions", "list", "--reward", "Lamp"): 3,
    ("redemptions", "list", "--pending"): 3,
    ("tokens", "list"): 3,
}


class Lists(StoreTest):
    def fill(self):
        for name in ("rosa", "otto", "emil"):
            self.add_member(f"{name}@example.org")
        for label in ("roof", "attic", "shed"):
            self.run_json("meters", "create", *ROSA, "--label", label)
        for month in ("01", "02", "03"):
            self.run_json("usage", "record", *ROSA, "--energy-type", "Renewable", "--start",
                          f"2026-{month}-05T10:00:00Z", "--energy", "1", "--meter", "roof")
        for day in ("06", "07"):
            readings = self.write(f"{day}.csv", f"start,end,kwh\n2026-04-{day}T10:00Z,2026-04-{day}T11:00Z,1\n")
            self.run_json("usage", "import", readings, *ROSA, "--meter", "shed", "--energy-type", "Renewable")
        rules = self.write("rules.json", '{"points_per_kwh": {"Renewable": 1}}')
        for version, day in ((1, "2200-01-01"), (2, "2200-02-01")):
            self.run_json("rules", "publish", "--rules", rules, "--follows", version, "--effective-day", day)
        for points in (100, 200, 300):
            self.run_json("points", "adjust", *ROSA, "--points", points, "--reason", "gift")
        for price, name in enumerate(("Lamp", "Kettle", "Fan"), 1):
            self.run_json("rewards", "create", "--name", name, "--points-required", price, "--stock", 9)
        for key in "abc":
            self.run_json("rewards", "stock", "--name", "Lamp", "--delta", 1, "--reason", "delivery", "--key", key)
            self.run_json("redemptions", "create", *ROSA, "--reward", "Lamp", "--key", key)
            self.run_json("tokens", "create", "--name", key)

    def page(self, *arguments):
        """What it answers, and the options it says to go on with."""
        finished = self.run_any(*arguments, "--json")
        answer = json.loads(finished.stdout.splitlines()[-1])
        going_on = re.fullmatch(r"\(there is more; (--cursor) (\S+) goes on\)\n|", finished.stderr)
        self.assertTrue(going_on, finished.stderr)
        self.assertEqual(answer["has_more"], answer["next_cursor"] is not None)
        self.assertEqual(answer["next_cursor"], going_on[2])
        return answer["data"], [word for word in going_on.groups() if word]

    def test_pages_of_any_size_make_up_the_list(self):
        self.fill()
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.walk, LISTS, LISTS.values()))

    def walk(self, verb, least):
        everything, more = self.page(*verb)
        self.assertEqual(more, [])
        self.assertGreaterEqual(len(everything), least, verb)
        pages, more = self.page(*verb, "--limit", 1)
        while more:
            # The order of options and the size of a page are nothing to a cursor.
            rows, more = self.page(*verb[:2], "--limit", 2, *more, *verb[2:])
            self.assertLessEqual(len(rows), 2)
            pages += rows
        self.assertEqual(pages, everything, verb)

    def test_no_list_is_without_pages(self):
        verbs = set()
        for group in self.words_of():
            if group not in GROUPS_WITHOUT_LISTS:
                verbs |= {(group, verb) for verb in self.words_of(group)
                          if "--cursor" in self.run_any(group, verb, "--help").stdout}
        self.assertEqual(verbs, {verb[:2] for verb in LISTS})

    def words_of(self, *group):
        shown = self.run_any(*group, "--help").stdout.partition("Subcommands:\n")[2]
        words = re.findall(r"^  (\S+)", shown, re.MULTILINE)
        self.assertTrue(words)
        return words

    def test_a_cursor_is_of_its_list_and_filters_alone(self):
        for name in ("rosa", "otto"):
            self.add_member(f"{name}@example.org")
            for points in (1, 2):
                self.run_json("points", "adjust", "--user", f"{name}@example.org", "--points", points,
                              "--reason", "gift")
        statement = ("points", "statement", *ROSA)
        _, more = self.page(*statement, "--limit", 1)
        for verb in (("points", "statement", "--user", "otto@example.org"), (*statement, "--all"),
                     ("points", "adjustments", *ROSA), ("users", "list")):
            self.refuse(INVALID, *verb, *more, says="--cursor: is not one of this list and its filters")
        for cursor in ("", "x", more[1][:-1], more[1] + "A"):
            self.refuse(INVALID, *statement, "--cursor", cursor, says="--cursor")

    def test_a_range_ends_after_it_begins(self):
        self.add_member()
        for verb in (("report",), ("daily", *ROSA), ("monthly", *ROSA)):
            self.refuse(INVALID, "usage", *verb, "--from", "2026-01-02", "--to", "2026-01-01",
                        says="--to: must be from --from on")
            self.run_json("usage", *verb, "--from", "2026-01-01", "--to", "2026-01-01")
        self.refuse(INVALID, "usage", "list", *ROSA, "--from", "2026-01-02T00:00:00Z", "--before",
                    "2026-01-01T00:00:00Z", says="--before: must not be before --from")


class Misread(StoreTest):
    def test_a_word_that_names_nothing_is_told_what_does(self):
        for words, says in ((("usrs",), "'wattback' needs one of programme, users, meters"),
                            (("usrs",), "it has no 'usrs'"),
                            (("users", "lst"), "'wattback users' needs one of create, show, list"),
                            (("users", "lst"), "it has no 'lst'"),
                            (("users",), "'wattback users' needs one of create, show, list"),
                            ((), "'wattback' needs one of programme, users, meters"),
                            (("users", "list", "--lmit", "3"), "--lmit"),
                            (("users", "list", "--limit", "0"), "--limit: Value 0 not in range"),
                            (("users", "create", "--email", "a@example.org"), "--name is required"),
                            (("users", "edit", "--user", "a@example.org", "--role", "user"), "'user' is none of User, Admin"),
                            (("usage", "list", *ROSA, "--energy-type", "Solar"), "'Solar' is none of Renewable, Non-Renewable"),
                            (("programme", "set", "--self-reporting", "1"), "'1' is none of true, false"),
                            (("users", "create", "--mail", "a"), "'wattback users create' does not take '--mail a'")):
            told = self.refuse(INVALID, *words, says=says)
            self.assertTrue(told.stderr.startswith("wattback: "), told.stderr)
            self.assertEqual(told.stdout, "")
            self.assertRegex(told.stderr.splitlines()[-1], "^wattback.* --help says more$")

    def test_json_tells_it_as_any_fault(self):
        for words in (("usrs",), ("users", "list", "--limit", "0"), ("users", "create")):
            error = self.run_json(*words, exit_code=INVALID)["error"]
            self.assertEqual(error["code"], "invalid")
            self.assertTrue(error["detail"])
        self.assertFalse(self.data.exists())


if __name__ == "__main__":
    unittest.main()
