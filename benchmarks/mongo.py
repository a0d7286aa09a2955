#!/usr/bin/env python3
"""How fast the product is on MongoDB, beside what the driver and Beast alone give here.

The figures of embedded.py on a replica set of one, and of redemptions besides:

  single          the same server, but its committer commits each command alone, with 64 connections
  redemptions256  with 256 connections

single_ratio and single256_ratio are the product's redemptions with 64 and 256 connections by those of
`single`. The limit is mongo_limit, on a programme of the same size in a database of its own. What a
request takes of the processor, of the server and of mongod, is told besides.
"""

import argparse
import sys
from pathlib import Path

import programme
from programme import (CONNECTIONS, Importing, Load, Product, Programme, Server, figures_of, limit, measure,
                       measure_catalog, medians, tell)  # fmt: skip
from replica_set import ReplicaSet, processor_s

MANY_CONNECTIONS = 256
IMPORT_GUESS_PER_S = 10_000


class Watched:
    """Something measured, that notes what it takes of the processor."""

    def __init__(self, name, per_second, **processes):
        self.name, self.measured, self.processes = name, per_second, processes
        self.done, self.spent_s = 0, dict.fromkeys(processes, 0)

    def per_second(self, seconds):
        before = {name: processor_s(process) for name, process in self.processes.items()}
        per_s = self.measured(seconds)
        self.done += per_s * seconds
        for name, process in self.processes.items():
            self.spent_s[name] += processor_s(process) - before[name]
        return per_s

    def tell(self, per_s):
        spent = " and ".join(f"{1000 * spent / self.done:.3f} ms of {name}" for name, spent in self.spent_s.items())
        tell(f"{self.name}: {per_s:,.0f} a second, each {spent}")


def measure_watched(seconds, *watched):
    """All in the same rounds."""
    figures = medians(seconds, *(each.per_second for each in watched))
    for each, per_s in zip(watched, figures):
        each.tell(per_s)
    return figures


def measure_redemptions(seconds, bare, single, usual, many):
    limit_per_s, single, usual, many = measure_watched(seconds, bare, single, usual, many)
    return figures_of("redemptions", usual, limit_per_s) | {
        "single_per_s": round(single), "single_ratio": round(usual / single, 3),
        "redemptions256_per_s": round(many), "single256_ratio": round(many / single, 3),
        "redemptions256_ratio": round(many / limit_per_s, 3)}  # fmt: skip


def measure_served(options, made, replica_set, bare):
    server = made.serve()
    try:
        figures = {"rss_mib": server.rss_mib(), "start_ms": server.start_ms}
        load = Load(made)

        def in_groups_of_one(seconds):
            """By a server that is there for its turn alone: what it leaves undone would hold up the next."""
            single = Server([options.limits / "groups_of_one", replica_set.address("programme")],
                            made.product.environment, made.folder / "single.log")
            try:
                return load.run(single.port, "redemptions", seconds, CONNECTIONS)[1]
            finally:
                single.end()

        def bare_loop(kind):
            return Watched(f"the bare loop's {kind}", limit(options, "mongo_limit", kind, bare),
                           mongod=replica_set.process)

        def served(name, kind, connections=CONNECTIONS):
            return Watched(name, load.per_second(server.port, kind, connections), server=server.process,
                           mongod=replica_set.process)

        figures |= measure_redemptions(
            options.seconds, bare_loop("redemptions"),
            Watched("redemptions in groups of one", in_groups_of_one, mongod=replica_set.process),
            served("redemptions", "redemptions"),
            served("redemptions of 256 at once", "redemptions", MANY_CONNECTIONS))
        limit_per_s, per_s = measure_watched(options.seconds, bare_loop("usage"), served("posts", "usage"))
        figures |= figures_of("usage_post", per_s, limit_per_s)
        figures |= measure_catalog(load, server.port, options)
        figures["rss_load_mib"] = server.rss_mib()
        return figures
    finally:
        server.end()


def measure_all(options, folder):
    replica_set = ReplicaSet(options.mongod, folder)
    try:
        tell(f"makes a programme of {options.members:,} members")
        product = Product(options.program)
        made = Programme(product, folder, options, replica_set.store("programme"))
        for database in ("limit", "import"):
            made.make(replica_set.store(database))
        bare = replica_set.address("limit")
        figures = measure_served(options, made, replica_set, bare)
        importing = Importing(made, replica_set.store("import"), IMPORT_GUESS_PER_S)
        figures |= measure("import", options.seconds, limit(options, "mongo_limit", "import", bare),
                           importing.per_second)
        product.audit(made.store)
        return figures
    finally:
        replica_set.end()


def show(figures):
    programme.print_table(figures)
    print(f"\nredemptions of 256 at once: {figures['redemptions256_per_s']:,} a second, "
          f"{figures['redemptions256_ratio']:.2f} of the limit\n"
          f"in groups of one: {figures['single_per_s']:,} a second; the product does "
          f"{figures['single_ratio']:.1f} and {figures['single256_ratio']:.1f} times that")


def main():
    parser = programme.parser_of("mongo", "How fast the product is on MongoDB beside its limits")
    parser.add_argument("--mongod", type=Path, required=True, help=argparse.SUPPRESS)
    return programme.run(programme.parse_measured(parser), measure_all, show)


if __name__ == "__main__":
    sys.exit(main())
