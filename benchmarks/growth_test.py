#!/usr/bin/env python3
"""A short run of ./bench growth gives every figure."""

import unittest

from short_run import BenchTest, taken_of

MEMBERS = ("redemptions", "usage_post")
ROWS = ("statement", "month", "redemptions")


class GrowthTest(BenchTest):
    def test_a_second_gives_every_figure(self):
        figures = self.figures_of("growth.py", "--seconds", "1", "--members", "100", "--many-members", "300",
                                  "--rows", "310", "--many-rows", "5000")
        names = [(size, name) for size in ("few_members", "many_members") for name in MEMBERS]
        names += [(size, name) for size in ("few_rows", "many_rows") for name in ROWS]
        limits = {f"{size}_members_{name}_{part}" for size in ("few", "many") for name in MEMBERS
                  for part in ("limit_per_s", "ratio")}
        self.assertEqual(set(figures), taken_of(*(f"{size}_{name}" for size, name in names)) | limits
                         | {f"{name}_members_{part}" for name in MEMBERS for part in ("ratio", "limit_ratio")}
                         | {f"{name}_rows_times" for name in ROWS})
        for name in MEMBERS:
            for ratio, rate in (("ratio", "per_s"), ("limit_ratio", "limit_per_s")):
                self.assert_ratio(figures, f"{name}_members_{ratio}", f"many_members_{name}_{rate}",
                                  f"few_members_{name}_{rate}")
        for name in ROWS:
            self.assert_ratio(figures, f"{name}_rows_times", f"few_rows_{name}_per_s", f"many_rows_{name}_per_s")

    def test_more_rows_than_the_members_can_have_are_refused(self):
        finished = self.run_bench("growth.py", "--members", "10", "--rows", "311")
        self.assertEqual(finished.returncode, 2, finished.stdout)
        self.assertIn("10 members can't have so many rows", finished.stderr)


if __name__ == "__main__":
    unittest.main()
