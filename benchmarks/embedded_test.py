#!/usr/bin/env python3
"""A short run of ./bench embedded gives every figure. WATTBACK_PROGRAM and WATTBACK_LIMITS name what was built."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

EMBEDDED = Path(__file__).resolve().parent / "embedded.py"
MEASURED = ("import", "redemptions", "catalog", "usage_post")
OTHERS = ("rss_mib", "rss_load_mib", "start_ms")


class EmbeddedTest(unittest.TestCase):
    def run_bench(self, *arguments):
        with tempfile.TemporaryDirectory(prefix="wattback-") as folder:
            return subprocess.run([sys.executable, EMBEDDED, "--program", os.environ["WATTBACK_PROGRAM"], "--limits",
                                   os.environ["WATTBACK_LIMITS"], "--folder", folder, *arguments],
                                  capture_output=True, text=True, check=False, timeout=300)

    def test_two_seconds_give_every_figure(self):
        finished = self.run_bench("--json", "--seconds", "2", "--members", "200")
        self.assertEqual(finished.returncode, 0, finished.stderr)
        figures = json.loads(finished.stdout.splitlines()[-1])
        self.assertEqual(set(figures), {f"{name}_{what}" for name in MEASURED
                                        for what in ("per_s", "limit_per_s", "ratio")} | set(OTHERS))
        for name, figure in figures.items():
            self.assertGreater(figure, 0, name)
        for name in MEASURED:
            self.assertAlmostEqual(figures[f"{name}_ratio"], figures[f"{name}_per_s"] / figures[f"{name}_limit_per_s"],
                                   delta=0.01)

    def test_a_refused_request_fails_it_in_its_own_words(self):
        finished = self.run_bench("--seconds", "1", "--members", "20", "--points", "30")
        self.assertEqual(finished.returncode, 1, finished.stdout)
        self.assertIn("insufficient_points", finished.stderr)


if __name__ == "__main__":
    unittest.main()
