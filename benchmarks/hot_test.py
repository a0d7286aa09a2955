#!/usr/bin/env python3
"""A short run of ./bench hot gives every figure."""

import unittest

from short_run import BenchTest, taken_of

LOADS = ("uniform", "zipf", "one_reward")


class HotTest(BenchTest):
    def test_a_second_gives_every_figure(self):
        figures = self.figures_of("hot.py", "--seconds", "1", "--members", "200")
        self.assertEqual(set(figures), taken_of(*LOADS) | {
            f"{name}_{what}" for name in LOADS[1:] for what in ("limit_per_s", "ratio")})
        for name in LOADS[1:]:
            self.assertEqual(figures[f"{name}_limit_per_s"], figures["uniform_per_s"])
            self.assert_ratio(figures, f"{name}_ratio", f"{name}_per_s", "uniform_per_s")


if __name__ == "__main__":
    unittest.main()
