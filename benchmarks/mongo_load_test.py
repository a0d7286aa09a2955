#!/usr/bin/env python3
"""An initial load of 10^4 members and 10^5 readings: killed in the middle, resumed, its bad lines set aside, in no more
memory than it may have; so it is the program as shipped that is tried."""

import argparse
import contextlib
import io
import json
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import measures
import mongo_load
from short_run import BenchTest

FIGURES = {f"{name}_{what}" for name in ("users", "users_rest", "readings", "readings_rest")
           for what in ("per_s", "limit_per_s", "ratio")}
FIGURES |= {"peak_mib"}


class MongoLoadTest(BenchTest):
    def test_a_load_that_is_killed_goes_on(self):
        finished = self.run_bench("mongo_load.py", "--json", "--mongod", os.environ["WATTBACK_MONGOD"],
                                  "--members", "10000", "--readings", "100000", "--limit-seconds", "1",
                                  "--transaction-seconds", "5")
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertEqual(set(json.loads(finished.stdout.splitlines()[-1])), FIGURES)
        self.assertIn("users: 10 bad lines set aside", finished.stderr)
        self.assertIn("usage: 100 bad lines set aside", finished.stderr)


class MemoryTest(unittest.TestCase):
    """The loading alone, on an embedded store."""

    def load_rewards(self, mib_max):
        """What the bench exits with and says, and how much memory it saw."""
        seen, said = [], io.StringIO()

        def load(options, folder):
            store = "--data-dir", folder / "data"
            loading = mongo_load.Loading(options, folder, store)
            loading.product.run("programme", "create", "--name", "The bench", "--time-zone", "UTC", store=store)
            try:
                loading.load_rewards()
            finally:
                seen.append(loading.peak_mib)
            return {}

        with tempfile.TemporaryDirectory(prefix="wattback-") as folder, contextlib.redirect_stderr(said), \
                mock.patch.object(mongo_load, "MIB_MAX", mib_max):
            options = argparse.Namespace(program=Path(os.environ["WATTBACK_PROGRAM"]), folder=Path(folder), json=False)
            status = measures.run(options, load, lambda figures: None)
        return status, said.getvalue(), seen[0]

    def test_too_much_memory_fails_the_whole(self):
        status, said, mib = self.load_rewards(1)
        self.assertEqual(status, 1)
        self.assertGreater(mib, 1)
        self.assertIn(f"FAILED: rewards import: {mib:.0f} MiB, more than 1", said)

    def test_what_it_may_have_does_not(self):
        status, said, mib = self.load_rewards(mongo_load.MIB_MAX)
        self.assertEqual(status, 0, said)
        self.assertGreater(mib, 1)


if __name__ == "__main__":
    unittest.main()
