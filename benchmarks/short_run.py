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


def taken_of(*names):
    """The figures of what wrk asks for."""
    return {f"{name}_{what}" for name in names for what in ("per_s", "p50_ms", "p99_ms")}


ASKED = ("redemptions", "redemptions256", "catalog", "usage_post")  # over HTTP
MEASURED = ("import", *ASKED)
OPEN = ("open_redemptions", "open_usage_post")
MAY_BE_NONE = {f"{name}_{what}" for name in OPEN for what in ("dropped", "refused")}
FIGURES = taken_of(*ASKED, *OPEN) | MAY_BE_NONE | {f"{name}_asked_per_s" for name in OPEN}
FIGURES |= {f"{name}_{what}" for name in MEASURED for what in ("per_s", "limit_per_s", "ratio")}
FIGURES |= {"rss_mib", "rss_load_mib", "start_ms"}
FIGURES |= {"audit_documents_per_s", "audit_documents", "audit_peak_mib", "audit_small_documents", "audit_small_peak_mib",
            "large_file_mib", "start_large_ms"}
FILE_MIB = 16  # of the large store


class BenchTest(unittest.TestCase):
    def run_bench(self, script, *arguments):
        with tempfile.TemporaryDirectory(prefix="wattback-") as folder:
            return subprocess.run([sys.executable, HERE / script, "--program", os.environ["WATTBACK_PROGRAM"],
                                   "--limits", os.environ["WATTBACK_LIMITS"], "--folder", folder, *arguments],
                                  capture_output=True, text=True, check=False, timeout=570)

    def figures_of(self, script, *arguments):
        """Each greater than 0, and none of a half slower than one of a hundred."""
        finished = self.run_bench(script, "--json", *arguments)
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.said = finished.stderr
        figures = json.loads(finished.stdout.splitlines()[-1])
        for name, figure in figures.items():
            if name not in MAY_BE_NONE:
                self.assertGreater(figure, 0, name)
            if name.endswith("_p50_ms"):
                self.assertLessEqual(figure, figures[name.replace("_p50_", "_p99_")], name)
        return figures

    def usual_figures_of(self, script, *arguments):
        """Those that are of every store."""
        figures = self.figures_of(script, "--seconds", "1", "--members", "200", "--file-mib", str(FILE_MIB),
                                  "--open-loop", os.environ["WATTBACK_OPEN_LOOP"], *arguments)
        self.assertGreaterEqual(figures["large_file_mib"], FILE_MIB)
        self.assertGreater(figures["audit_documents"], figures["audit_small_documents"])
        for name in MEASURED:
            self.assert_ratio(figures, f"{name}_ratio", f"{name}_per_s", f"{name}_limit_per_s")
        for name in OPEN:
            asked = figures[f"{name}_asked_per_s"]
            self.assertAlmostEqual(asked, 0.7 * figures[f"{name.removeprefix('open_')}_per_s"], delta=1)
            self.assertLessEqual(figures[f"{name}_per_s"], 1.01 * asked + 1)
            self.assertEqual(figures[f"{name}_refused"], 0, self.said)
            self.assertLess(figures[f"{name}_dropped"], asked, self.said)
        return figures

    def assert_ratio(self, figures, ratio, upper, lower):
        quotient = figures[upper] / figures[lower]
        rounding = quotient * (0.5 / figures[upper] + 0.5 / figures[lower])  # these two are whole
        self.assertAlmostEqual(figures[ratio], quotient, delta=0.001 + 1.1 * rounding)
