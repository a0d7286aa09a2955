#!/usr/bin/env python3
"""A short run of ./bench mongo gives every figure. WATTBACK_MONGOD names the server's program."""

import os
import unittest

from short_run import FIGURES, BenchTest, taken_of

MORE = taken_of("single", "two_servers", "two_servers_usage")
MORE |= {"single_ratio", "single256_ratio", "two_servers_ratio", "two_servers_usage_ratio"}


class MongoTest(BenchTest):
    def test_a_second_gives_every_figure(self):
        figures = self.usual_figures_of("mongo.py", "--mongod", os.environ["WATTBACK_MONGOD"])
        self.assertEqual(set(figures), FIGURES | MORE)
        for ratio, upper, lower in (("single_ratio", "redemptions_per_s", "single_per_s"),
                                    ("single256_ratio", "redemptions256_per_s", "single_per_s"),
                                    ("two_servers_ratio", "two_servers_per_s", "redemptions_per_s"),
                                    ("two_servers_usage_ratio", "two_servers_usage_per_s", "usage_post_per_s")):
            self.assert_ratio(figures, ratio, upper, lower)


if __name__ == "__main__":
    unittest.main()
