"""A short run of ./bench, as its tests start it. WATTBACK_PROGRAM, WATTBACK_LIMITS and WATTBACK_OPEN_LOOP name what was
built."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ASKED = ("redemptions", "redemptions256", "catalog", "usage_post")  # over HTTP
MEASURED = ("import", *ASKED)
FIGURES = {f"{name}_{what}" for name in MEASURED for what in ("per_s", "limit_per_s", "ratio")}
FIGURES |= {f"{name}_{what}" for name in ASKED for what in ("p50_ms", "p99_ms")}
OPEN = ("redemptions", "usage_post")
MAY_BE_NONE = {f"open_{name}_{what}" for name in OPEN for what in ("dropped", "refused")}
FIGURES |= MAY_BE_NONE | {f"open_{name}_{what}" for name in OPEN
                          for what in ("asked_per_s", "per_s", "p50_ms", "p99_ms")}
FIGURES |= {"rss_mib", "rss_load_mib", "start_ms"}


class BenchTest(unittest.TestCase):
    def run_bench(self, script, *arguments):
        with tempfile.TemporaryDirectory(prefix="wattback-") as folder:
            return subprocess.run([sys.executable, HERE / script, "--program", os.environ["WATTBACK_PROGRAM"],
                                   "--limits", os.environ["WATTBACK_LIMITS"], "--folder", folder, *arguments],
                                  capture_output=True, text=True, check=False, timeout=570)

    def figures_of(self, script, *arguments):
        """Of a run of two seconds, each greater than 0."""
        finished = self.run_bench(script, "--json", "--seconds", "2", "--members", "200", *arguments)
        self.assertEqual(finished.returncode, 0, finished.stderr)
        figures = json.loads(finished.stdout.splitlines()[-1])
        for name, figure in figures.items():
            if name not in MAY_BE_NONE:
                self.assertGreater(figure, 0, name)
        for name in MEASURED:
            self.assert_ratio(figures, f"{name}_ratio", f"{name}_per_s", f"{name}_limit_per_s")
        for name in OPEN:
            self.assert_open(figures, name)
        for name in ASKED:
            self.assertLessEqual(figures[f"{name}_p50_ms"], figures[f"{name}_p99_ms"], name)
        return figures

    def assert_ratio(self, figures, ratio, upper, lower):
        quotient = figures[upper] / figures[lower]
        rounding = quotient * (0.5 / figures[upper] + 0.5 / figures[lower])  # these two are whole
        self.assertAlmostEqual(figures[ratio], quotient, delta=0.001 + 1.1 * rounding)

    def assert_open(self, figures, name):
        asked = figures[f"open_{name}_asked_per_s"]
        self.assertAlmostEqual(asked, 0.7 * figures[f"{name}_per_s"], delta=1)
        self.assertLessEqual(figures[f"open_{name}_per_s"], 1.01 * asked)
        self.assertEqual(figures[f"open_{name}_refused"], 0)
        self.assertLess(figures[f"open_{name}_dropped"], 2 * asked)  # in two seconds
        self.assertLessEqual(figures[f"open_{name}_p50_ms"], figures[f"open_{name}_p99_ms"])
