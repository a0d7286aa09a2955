#!/usr/bin/env python3
"""An initial load of 10^4 members and 10^5 readings: killed in the middle, resumed, its bad lines set aside, in no more
memory than it may have; so it is the program as shipped that is tried."""

import json
import os
import unittest

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


if __name__ == "__main__":
    unittest.main()
