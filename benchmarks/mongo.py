#!/usr/bin/env python3
"""How fast the product is on MongoDB, beside what the driver and Beast alone give here.

The figures of embedded.py on a replica set of one, and besides:

  single             the same server, but its committer commits each command alone, with 64 connections
  two_servers        two servers of the one programme, with 32 connections each
  two_servers_usage  the same of posts

single_ratio and single256_ratio are the product's redemptions with 64 and 256 connections by those of
`single`; two_servers_ratio and two_servers_usage_ratio are what two servers did in all by what one did in
the same rounds, their p50_ms and p99_ms those of the slower. The limit is mongo_limit, on a programme of
the same size in a database of its own. What a request takes of the processor, of the servers and of mongod,
is told besides.

audit_, large_file_mib and start_large_ms are as in embedded.py, of the database that was imported into: it has no
file, so its size is that of its documents and indexes as MongoDB counts them, and what of it is in mongod's memory
stays there.
"""

import sys

import measures
from load import Importing, Load, share
from measures import figures_of, limit, measure, measure_catalog, measure_large, measure_open, medians, ratio
from programme import CONNECTIONS, MANY_CONNECTIONS, Product, Programme, Server, tell
from replica_set import ReplicaSet, processor_s

IMPORT_GUESS_PER_S = 10_000


class Watched:
    """Something measured, that notes what it takes of the processor."""

    def __init__(self, name, measured, **processes):
        self.name, self.measured, self.processes = name, measured, processes
        self.done, self.spent_s = 0, dict.fromkeys(processes, 0)

    def run(self, seconds):
        before = {name: processor_s(process) for name, process in self.processes.items()}
        taken = self.measured(seconds)
        self.done += taken["per_s"] * seconds
        for name, process in self.processes.items():
            self.spent_s[name] += processor_s(process) - before[name]
        return taken

    def tell(self, per_s):
        spent = " and ".join(f"{1000 * spent / self.done:.3f} ms of {name}" for name, spent in self.spent_s.items())
        tell(f"{self.name}: {per_s:,.0f} a second, each {spent}")


def measure_watched(seconds, *watched):
    """All in the same rounds."""
    taken = medians(seconds, *(each.run for each in watched))
    for each, figures in zip(watched, taken):
        each.tell(figures["per_s"])
    return taken


def measure_redemptions(seconds, bare, single, usual, many, two):
    bare, single, usual, many, two = measure_watched(seconds, bare, single, usual, many, two)
    return (figures_of("redemptions", usual, bare) | figures_of("redemptions256", many, bare)
            | figures_of("single", single) | figures_of("two_servers", two)
            | {"single_ratio": ratio(usual, single), "single256_ratio": ratio(many, single),
               "two_servers_ratio": ratio(two, usual)})  # fmt: skip


def measure_posts(seconds, bare, usual, two):
    bare, usual, two = measure_watched(seconds, bare, usual, two)
    return (figures_of("usage_post", usual, bare) | figures_of("two_servers_usage", two)
            | {"two_servers_usage_ratio": ratio(two, usual)})  # fmt: skip


def measure_served(options, made, replica_set, bare):
    with made.serve() as server, made.serve("second.log") as second:
        figures = {"rss_mib": server.rss_mib(), "start_ms": server.start_ms}
        load = Load(made)

        def in_groups_of_one(seconds):
            """By a server that is there for its turn alone: what it leaves undone would hold up the next."""
            with Server([options.limits / "groups_of_one", replica_set.address("programme")],
                        made.product.environment, made.folder / "single.log") as single:
                return load.run(single.port, "redemptions", seconds)

        def bare_loop(kind):
            return Watched(f"the bare loop's {kind}", limit(options, "mongo_limit", kind, bare),
                           mongod=replica_set.process)

        def served(name, kind, connections=CONNECTIONS):
            return Watched(name, load.of(server.port, kind, connections), server=server.process,
                           mongod=replica_set.process)

        def both_served(name, kind):
            loads = Load(made, 1), Load(made, 2)
            return Watched(name, share(loads, (server.port, second.port), kind), server=server.process,
                           second=second.process, mongod=replica_set.process)

        figures |= measure_redemptions(
            options.seconds, bare_loop("redemptions"),
            Watched("redemptions in groups of one", in_groups_of_one, mongod=replica_set.process),
            served("redemptions", "redemptions"),
            served("redemptions of 256 at once", "redemptions", MANY_CONNECTIONS),
            both_served("redemptions of two servers", "redemptions"))
        figures |= measure_posts(options.seconds, bare_loop("usage"), served("posts", "usage"),
                                 both_served("posts of two servers", "usage"))
        figures |= measure_open(options, load, server.port, figures, redemptions="redemptions", usage_post="usage")
        figures |= measure_catalog(load, server.port, options)
        figures["rss_load_mib"] = server.peak_rss_mib()
        return figures


def start_ms(product, store, log):
    with product.serve(store, log) as server:
        return server.start_ms


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
        figures |= measure(options.seconds, limit(options, "mongo_limit", "import", bare),
                           **{"import": importing.run})
        product.audit(made.store)
        return figures | measure_large(product, importing, options.file_mib, lambda: replica_set.size_mib("import"),
                                       lambda: start_ms(product, importing.store, folder / "large.log"))
    finally:
        replica_set.end()


def show(figures):
    measures.print_table(figures)
    print(f"\nredemptions in groups of one: {figures['single_per_s']:,} a second; the product does "
          f"{figures['single_ratio']:.1f} times that, and {figures['single256_ratio']:.1f} of 256 at once\n"
          f"two servers: {figures['two_servers_per_s']:,} redemptions a second, {figures['two_servers_ratio']:.2f} of "
          f"what one does, and {figures['two_servers_usage_per_s']:,} posts, "
          f"{figures['two_servers_usage_ratio']:.2f}")
    measures.print_large(figures)


def main():
    parser = measures.parser_of("mongo", "How fast the product is on MongoDB beside its limits",
                                "--mongod", "--open-loop")
    parser.add_argument("--file-mib", type=int, default=512, help="of the large store, documents and indexes (512)")
    return measures.run(measures.parse_measured(parser), measure_all, show)


if __name__ == "__main__":
    sys.exit(main())
