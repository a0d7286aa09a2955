#!/usr/bin/env python3
"""/metrics of a server that has been at work, held to Prometheus' own rules by promtool."""

import subprocess
import unittest

from contract import ROOT
from seeded import SeededServerTest

PROMTOOL = ROOT / "build" / "contract" / "bin" / "promtool"


def check(metrics):
    return subprocess.run([PROMTOOL, "check", "metrics"], input=metrics, capture_output=True, text=True, check=False)


class MetricsTest(SeededServerTest):
    def setUp(self):
        super().setUp()
        self.serve()

    def test_after_some_work(self):
        self.seed()
        self.assertEqual(self.ask("GET", "/api/v1/me").status, 401)
        self.assertEqual(self.ask("GET", "/nowhere").status, 404)
        metrics = self.ask("GET", "/metrics").body
        finished = check(metrics)
        self.assertEqual((finished.returncode, finished.stdout + finished.stderr), (0, ""), metrics)
        self.assertRegex(metrics, r'(?m)^wattback_http_requests_total\{.*route="/api/v1/me".*\} 1$')

    def test_promtool_bites(self):
        self.assertNotEqual(check("# TYPE requests counter\nrequests 1\n").returncode, 0)


if __name__ == "__main__":
    unittest.main()
