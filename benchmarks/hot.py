#!/usr/bin/env python3
"""Whether it matters which rewards members want, on the embedded store.

Redemptions of 1,000 rewards, 64 connections, all three in the same rounds:

  uniform     each reward in turn
  zipf        the nth reward with a weight of n^-2: three of five are of the first
  one_reward  all of one

zipf_ratio and one_reward_ratio are theirs by those of uniform, which is the limit here. The load is wrk,
as in embedded.py; p50_ms and p99_ms are its own count.
"""

import sys

import measures
from load import Load
from measures import figures_of, medians
from programme import Product, Programme, tell

REWARDS = 1000
ZIPF = "2"


def measure_all(options, folder):
    tell(f"makes a programme of {options.members:,} members and {REWARDS:,} rewards")
    product = Product(options.program)
    made = Programme(product, folder, options, ("--data-dir", folder / "data"), rewards=REWARDS)
    first = made.environment["REWARDS"].split()[0]
    loads = {"uniform": Load(made), "zipf": Load(made, ZIPF=ZIPF), "one_reward": Load(made, REWARDS=first)}
    with made.serve() as server:
        taken = medians(options.seconds, *(load.of(server.port, "redemptions") for load in loads.values()))
    product.audit(made.store)
    figures = {}
    for name, each in zip(loads, taken):
        tell(f"{name}: {each['per_s']:,.0f} a second of {taken[0]['per_s']:,.0f}")
        figures |= figures_of(name, each, None if each is taken[0] else taken[0])
    return figures


def show(figures):
    measures.print_rows(figures, ("uniform", "zipf", "one_reward"))


def main():
    parser = measures.parser_of("hot", "Redemptions of a few rewards beside those of all")
    return measures.run(measures.parse_measured(parser), measure_all, show)


if __name__ == "__main__":
    sys.exit(main())
