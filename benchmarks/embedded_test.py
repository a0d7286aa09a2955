#!/usr/bin/env python3
"""A short run of ./bench embedded gives every figure."""

import os
import unittest

from short_run import FIGURES, BenchTest


LARGE = {"audit_documents_per_s", "audit_documents", "audit_peak_mib", "audit_small_documents", "audit_small_peak_mib",
         "large_file_mib", "start_large_ms"}
FILE_MIB = 16


class EmbeddedTest(BenchTest):
    def test_a_second_gives_every_figure(self):
        figures = self.usual_figures_of("embedded.py", "--file-mib", str(FILE_MIB))
        self.assertEqual(set(figures), FIGURES | LARGE)
        self.assertGreaterEqual(figures["large_file_mib"], FILE_MIB)
        self.assertGreater(figures["audit_documents"], figures["audit_small_documents"])

    def test_a_refused_request_fails_it_in_its_own_words(self):
        finished = self.run_bench("embedded.py", "--seconds", "1", "--members", "20", "--points", "30",
                                  "--open-loop", os.environ["WATTBACK_OPEN_LOOP"])
        self.assertEqual(finished.returncode, 1, finished.stdout)
        self.assertIn("insufficient_points", finished.stderr)


if __name__ == "__main__":
    unittest.main()
