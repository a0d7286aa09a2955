#!/usr/bin/env python3
"""What plant.py takes for a patch, for a test that went red, and for a bug that survives."""

import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import plant
from plant import Check, Fault, Patch, Tests

DIFF = "diff --git a/src/a.cpp b/src/a.cpp\n--- a/src/a.cpp\n+++ b/src/a.cpp\n@@ -1,1 +1,1 @@\n-one\n+two\n"
SAW_IT = Tests("points_test")


class InAFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, path, text):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file


class Patches(InAFolder):
    def read(self, head):
        return plant.read_patch(self.write("a.patch", head + "\n" + DIFF))

    def test_say_the_mistake_and_the_tests(self):
        patch = self.read("Two is written.\n\ntests: points_test\ntests: mongo conformance */mongo\n")
        self.assertEqual((patch.name, patch.mistake), ("a", "Two is written."))
        self.assertEqual(patch.tests, (Tests("points_test"), Tests("conformance", "*/mongo", mongo=True)))

    def test_may_name_a_check(self):
        patch = self.read("Two is written.\n\ncheck: mongo: two servers\ncheck: cli: migrate\ncheck: proved: fuzz csv\n")
        self.assertEqual(patch.tests, (Check("mongo: two servers"), Check("cli: migrate"), Check("proved: fuzz csv")))
        self.assertEqual([(check.program, check.mongo) for check in patch.tests],
                         [("wattback", True), ("wattback", False), ("csv_fuzz", False)])  # fmt: skip

    def test_that_do_not_are_refused(self):
        for head in ["", "Two is written.\n", "tests: points_test\n", "Two is written.\nMore of it.\n",
                     "Two is written.\n\ntests:\n", "Two is written.\n\ncheck:\n", "Two is written.\n\ntests: a b c\n"]:  # fmt: skip
            with self.subTest(head=head), self.assertRaises(Fault):
                self.read(head)

    def test_of_the_project_are_as_they_should_be(self):
        patches = plant.read_patches()
        self.assertGreaterEqual(len(patches), 25)
        self.assertEqual(len({patch.mistake for patch in patches}), len(patches))

    def test_apply_to_the_copy_or_are_faults(self):
        patch = Patch(self.write("a.patch", "Two is written.\n\n" + DIFF), "", ())
        copied = self.write("copy/src/a.cpp", "one\n")
        with mock.patch.multiple(plant, PLACE=self.folder, COPY=self.folder / "copy"):
            plant.apply(patch)
            self.assertEqual(copied.read_text(encoding="utf-8"), "two\n")
            with self.assertRaises(Fault):
                plant.apply(patch)


class TestPrograms(InAFolder):
    def test_leave_out_what_needs_a_server(self):
        self.assertEqual(SAW_IT.arguments()[0], "--gtest_filter=*-*OnMongo*:*/mongo*")
        self.assertEqual(Tests("a", "-b*").arguments()[0], "--gtest_filter=-b*:*OnMongo*:*/mongo*")
        self.assertEqual(Tests("a", "*/mongo", mongo=True).arguments()[0], "--gtest_filter=*/mongo")

    def test_name_what_went_red(self):
        for text, name in [
            ("[ RUN      ] A.B\n[  FAILED  ] A.B (3 ms)\n[  FAILED  ] 1 test, listed below:\n", "A.B"),
            ("[ RUN      ] X/A.B/c\n[  FAILED  ] X/A.B/c, where GetParam() = c (3 ms)\n", "X/A.B/c"),
            ("[ RUN      ] A.B\n[       OK ] A.B (3 ms)\n[ RUN      ] A.C\nAborted\n", "A.C"),
            ("FAIL: test_a (__main__.A)\n", "test_a"),
            ("Aborted\n", "the program as a whole"),
        ]:
            with self.subTest(name=name):
                self.assertEqual(plant.find_red(self.write("log", text)), name)


class Bugs(unittest.TestCase):
    """Planted with nothing built: `went_red` says what each run of tests finds."""

    def plant(self, *, went_red, core=None, again=True, core_without=None):
        """`core` is what goes red with the bug, once more where it is `again`."""
        planting = plant.Planting()
        built = []
        cores = iter([core, core if again else None, core_without])
        with mock.patch.multiple(plant, restore=mock.DEFAULT, apply=mock.DEFAULT,
                                 build=lambda targets, log: built.append(targets)), \
                mock.patch.object(planting, "test", side_effect=[went_red]), \
                mock.patch.object(planting, "core", side_effect=lambda *_: next(cores)):  # fmt: skip
            return planting.plant(Patch(Path("a.patch"), "Two is written.", (SAW_IT,))), built

    def test_are_caught_by_the_tests_they_name(self):
        self.assertEqual(self.plant(went_red="points_test: A.B"), ("points_test: A.B", [{"points_test"}]))

    def test_are_caught_by_any_other(self):
        caught, built = self.plant(went_red=None, core="users: A.C")
        self.assertEqual(caught, "users: A.C, which the patch does not name")
        self.assertIn({"all"}, built)

    def test_survive_where_all_stays_green(self):
        self.assertIsNone(self.plant(went_red=None)[0])

    def test_are_not_caught_by_what_is_red_anyway(self):
        with self.assertRaises(Fault):
            self.plant(went_red=None, core="users: A.C", core_without="users: A.C")

    def test_are_not_caught_by_what_is_red_once(self):
        with self.assertRaises(Fault):
            self.plant(went_red=None, core="users: A.C", again=False)


if __name__ == "__main__":
    unittest.main()
