#!/usr/bin/env python3
"""What tools/coverage.py makes of an export, and that it goes red."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import coverage

ROOT = Path("/project")


def export(path, lines, branches=()):
    """A file of src as lcov writes it; a branch is (line, how often it was taken)."""
    text = [f"SF:{ROOT}/src/{path}"]
    text += [f"DA:{number},{count}" for number, count in lines.items()]
    text += [f"BRDA:{line},0,{place},{count}" for place, (line, count) in enumerate(branches)]
    return "\n".join([*text, "end_of_record", ""])


class CoverageTest(unittest.TestCase):
    def report(self, *exports, explained=()):
        said, unexplained = coverage.report(coverage.read_lcov("".join(exports), ROOT), set(explained))
        return "\n".join(said), unexplained

    def test_folders_are_added_up(self):
        said, unexplained = self.report(export("points/a.cpp", {1: 1, 2: 5}, [(1, 2), (1, 0)]), export("points/b.h", {1: 1, 9: 3}),
                                        export("cli/a.cpp", {1: 0, 2: 0}, [(2, "-")]))
        self.assertRegex(said, r"points +4 of +4 +100\.0 % +1 of +2 +50\.0 %")
        self.assertRegex(said, r"cli +0 of +2 +0\.0 % +0 of +1 +0\.0 %")
        self.assertRegex(said, r"all +4 of +6 +66\.7 % +1 of +3 +33\.3 %")
        self.assertIn("Every folder of the domain, the committer and the stores is at 95 %", said)
        self.assertEqual(unexplained, [])

    def test_a_held_folder_below_is_red_with_its_lines(self):
        for folder in ("points", "commit", "store", "store/mongo"):
            said, unexplained = self.report(export(f"{folder}/a.cpp", {1: 1, 2: 0, 3: 0, 7: 0, 8: 2, 9: 0}),
                                            export(f"{folder}/b.cpp", {1: 1}))
            self.assertIn(f"{folder} is below 95 % of its lines. These did not run:\n  {folder}/a.cpp: 2-7, 9", said)
            self.assertNotIn("b.cpp", said)
            self.assertEqual(unexplained, [folder])

    def test_it_may_be_explained(self):
        explained = coverage.explained_folders("# Coverage\n\n## points\n\nWhy.\n\n### users\n## two words\n")
        self.assertEqual(explained, {"points"})
        _, unexplained = self.report(export("points/a.cpp", {1: 0}), export("users/a.cpp", {1: 0}), explained=explained)
        self.assertEqual(unexplained, ["users"])

    def test_95_percent_is_enough(self):
        lines = {number: 1 for number in range(1, 21)}
        self.assertEqual(self.report(export("users/a.cpp", lines | {1: 0}))[1], [])
        self.assertEqual(self.report(export("users/a.cpp", lines | {1: 0, 2: 0}))[1], ["users"])

    def test_a_file_exported_twice_ran_where_either_ran(self):
        said, _ = self.report(export("users/a.h", {1: 1, 2: 0}), export("users/a.h", {1: 0, 2: 1}))
        self.assertRegex(said, r"users +2 of +2 ")

    def test_tests_and_what_is_not_ours_are_not_counted(self):
        files = coverage.read_lcov(export("users/a_test.cpp", {1: 0}) + export("importers/feed_fixture.h", {1: 0})
                                   + export("store/sqlite/test_file.h", {1: 0}) + "SF:/usr/include/vector\nDA:1,0\nend_of_record\n",
                                   ROOT)
        self.assertEqual(files, {})

    def test_an_export_of_nothing_is_red(self):
        with tempfile.NamedTemporaryFile("w", suffix=".lcov") as file:
            finished = subprocess.run([sys.executable, coverage.__file__, file.name], capture_output=True, text=True, check=False)
        self.assertEqual(finished.returncode, 1)
        self.assertIn("nothing of src was counted", finished.stderr)


if __name__ == "__main__":
    unittest.main()
