#!/usr/bin/env python3
"""The include map goes red for each way to break it, and only then."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import check_includes


class IncludeMapTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for header in ["base/time.h", "store/store.h", "store/memory/memory_store.h",
                       "store/sqlite/sqlite_store.h", "commit/command.h", "commit/workspace.h",
                       "commit/committer.h", "users/user.h", "points/ledger.h", "rewards/reward.h",
                       "redemptions/redemption.h", "app/serve.h", "cli/cli.h"]:
            self.write(f"src/{header}", "#pragma once\n")
        self.write("tests/support/accounts.h", "#pragma once\n")
        self.write("tests/simulation/model.h", "#pragma once\n")
        self.write("tests/simulation/workload.h", "#pragma once\n")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def faults(self):
        return check_includes.check_tree(self.root)

    def check(self, path, include, *, allowed):
        with self.subTest(path=path, include=include):
            self.write(path, f"// first line\n#include {include}\n")
            faults = self.faults()
            (self.root / path).unlink()
            if allowed:
                self.assertEqual(faults, [])
            else:
                self.assertEqual(len(faults), 1, faults)
                self.assertTrue(faults[0].startswith(f"{path}:2: "), faults[0])

    def test_a_clean_tree_is_green(self):
        self.assertEqual(self.faults(), [])

    def test_what_the_map_allows_is_green(self):
        for path, include in [
            ("src/points/a.cpp", '"points/ledger.h"'),
            ("src/points/a.cpp", '"base/time.h"'),
            ("src/points/a.cpp", '"users/user.h"'),
            ("src/points/a.cpp", '"commit/command.h"'),
            ("src/points/a.cpp", '"commit/workspace.h"'),
            ("src/points/a.cpp", "<vector>"),
            ("src/redemptions/a.h", '"rewards/reward.h"'),
            ("src/store/memory/a.cpp", '"store/store.h"'),
            ("src/cli/a.cpp", '"commit/committer.h"'),
            ("src/app/a.cpp", '"store/sqlite/sqlite_store.h"'),
        ]:
            self.check(path, include, allowed=True)

    def test_a_source_includes_its_own_header_first(self):
        self.check("src/points/ledger.cpp", '"points/ledger.h"', allowed=True)
        self.check("tests/support/accounts.cpp", '"support/accounts.h"', allowed=True)
        self.check("src/points/ledger.cpp", '<vector>', allowed=False)
        self.check("src/points/ledger.cpp", '"base/time.h"', allowed=False)
        self.check("tests/support/accounts.cpp", '<vector>', allowed=False)
        self.write("src/points/ledger.cpp", "// nothing\n")
        self.assertEqual(len(self.faults()), 1)

    def test_a_forbidden_include_is_red(self):
        for path, include in [
            ("src/base/a.cpp", '"store/store.h"'),
            ("src/points/a.cpp", '"rewards/reward.h"'),
            ("src/points/a.h", '"rewards/reward.h"'),
            ("src/users/a.cpp", '"points/ledger.h"'),
            ("src/points/a.cpp", '"commit/committer.h"'),
            ("src/points/a.cpp", '"store/memory/memory_store.h"'),
            ("src/store/a.cpp", '"store/memory/memory_store.h"'),
            ("src/commit/a.cpp", '"users/user.h"'),
            ("src/cli/a.cpp", '"store/sqlite/sqlite_store.h"'),
            ("src/cli/a.cpp", '"app/serve.h"'),
            ("src/points/a.cpp", '<rewards/reward.h>'),
            ("tests/faults/a.cpp", '"app/serve.h"'),
        ]:
            self.check(path, include, allowed=False)

    def test_fuzz_targets_may_see_the_settings(self):
        self.write("src/app/configuration.h", "#pragma once\n")
        self.check("tests/fuzz/a.cpp", '"app/configuration.h"', allowed=True)
        self.check("tests/fuzz/a.cpp", '"app/serve.h"', allowed=False)
        self.check("tests/faults/a.cpp", '"app/configuration.h"', allowed=False)

    def test_a_spelling_does_not_hide_it(self):
        self.write("src/points/a.cpp", '  #  include   "rewards/reward.h"  // why\n')
        self.assertEqual(self.faults(), ["src/points/a.cpp:1: points may not include rewards/reward.h"])

    def test_an_include_that_leads_nowhere_is_red(self):
        self.check("src/points/a.cpp", '"ledger.h"', allowed=False)
        self.check("src/points/a.cpp", '"../rewards/reward.h"', allowed=False)

    def test_a_folder_off_the_map_is_red(self):
        self.write("src/helpers/a.h", "#pragma once\n")
        self.assertEqual(self.faults(), ["src/helpers/a.h:1: the folder helpers is not on the map"])

    def test_a_library_stays_in_its_folders(self):
        for include, home, elsewhere in [
            ("<sqlite3.h>", "store/sqlite", "store/memory"),
            ("<mongoc/mongoc.h>", "store/mongo", "store/sqlite"),
            ("<boost/beast/http.hpp>", "http", "api"),
            ("<expat.h>", "importers", "usage"),
            ("<CLI/CLI.hpp>", "cli", "app"),
            ("<toml++/toml.h>", "app", "cli"),
            ("<sodium.h>", "security", "users"),
            ("<sodium.h>", "base", "commit"),
        ]:
            self.check(f"src/{home}/a.cpp", include, allowed=True)
            self.check(f"src/{elsewhere}/a.cpp", include, allowed=False)

    def test_a_unit_test_may_use_real_stores_and_nothing_else_more(self):
        self.check("src/points/a_test.cpp", '"store/memory/memory_store.h"', allowed=True)
        self.check("src/points/a_test.cpp", '"commit/committer.h"', allowed=True)
        self.check("src/points/a_test.cpp", '"support/accounts.h"', allowed=True)
        self.check("src/points/a.cpp", '"support/accounts.h"', allowed=False)
        self.check("src/points/a_test.cpp", '"redemptions/redemption.h"', allowed=False)
        self.check("src/points/a_test.cpp", '"simulation/model.h"', allowed=False)

    def test_a_model_sees_base_and_itself(self):
        self.check("tests/simulation/model_test.cpp", '"base/time.h"', allowed=True)
        self.check("tests/simulation/model_test.cpp", '"simulation/model.h"', allowed=True)
        self.check("tests/simulation/model_usage.cpp", '"model.h"', allowed=True)
        self.check("tests/simulation/model_usage.cpp", '"points/ledger.h"', allowed=False)
        self.check("tests/simulation/model_usage.cpp", '"simulation/workload.h"', allowed=False)
        self.check("tests/simulation/model_usage.cpp", '"support/accounts.h"', allowed=False)
        self.check("tests/simulation/server.cpp", '"points/ledger.h"', allowed=True)

    def test_a_declared_dependency_is_held_to_the_map(self):
        def declared(text):
            self.write("src/CMakeLists.txt", text)
            return self.faults()

        self.assertEqual(declared("wattback_folder(points DEPENDS users commit store base)"), [])
        self.assertEqual(declared("wattback_folder(points DEPENDS base TEST_DEPENDS store_memory)"), [])
        self.assertEqual(declared("wattback_folder(base PRIVATE PkgConfig::sodium)"), [])
        self.assertEqual(declared("# wattback_folder(points DEPENDS rewards)"), [])
        self.assertEqual(declared("# first\nwattback_folder(points DEPENDS base\n  rewards)"),
                         ["src/CMakeLists.txt:2: points may not depend on rewards"])
        self.assertEqual(declared("wattback_folder(points PRIVATE rewards)"),
                         ["src/CMakeLists.txt:1: points may not depend on rewards"])
        self.assertEqual(declared("wattback_folder(points DEPENDS store_memory)"),
                         ["src/CMakeLists.txt:1: points may not depend on store/memory"])
        self.assertEqual(declared("wattback_folder(points TEST_DEPENDS redemptions)"),
                         ["src/CMakeLists.txt:1: points may not depend on redemptions"])
        self.assertEqual(declared("wattback_folder(helpers DEPENDS base)"),
                         ["src/CMakeLists.txt:1: the folder helpers is not on the map"])

    def test_the_map_has_no_cycle(self):
        def reach(folder, path):
            self.assertNotIn(folder, path, " -> ".join([*path, folder]))
            for may in check_includes.MAP[folder]:
                reach(check_includes.folder_of(may) if may.endswith(".h") else may, [*path, folder])

        for folder in check_includes.MAP:
            reach(folder, [])


if __name__ == "__main__":
    unittest.main()
