#!/usr/bin/env python3
"""A short run of ./bench embedded gives every figure."""

import os
import unittest

from short_run import FIGURES, BenchTest


class EmbeddedTest(BenchTest):
    def test_a_second_gives_every_figure(self):
        self.assertEqual(set(self.usual_figures_of("embedded.py")), FIGURES)

    def test_a_refused_request_fails_it_in_its_own_words(self):
        finished = self.run_bench("embedded.py", "--seconds", "1", "--members", "20", "--points", "30",
                                  "--open-loop", os.environ["WATTBACK_OPEN_LOOP"])
        self.assertEqual(finished.returncode, 1, finished.stdout)
        self.assertIn("insufficient_points", finished.stderr)


if __name__ == "__main__":
    unittest.main()
