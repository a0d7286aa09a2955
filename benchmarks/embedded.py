#!/usr/bin/env python3
"""How fast the product is on its embedded store, beside what SQLite and Beast alone give here.

Makes a programme of members who are signed in and have points to spend, then measures in turn, each as
the median of some rounds of the limit and of the product, one after the other:

  import          readings a second, of `wattback usage import` of one file of a month of hours a member
  redemptions     POST /users/me/redemptions, every request with a new key, the members in turn
  redemptions256  the same with 256 connections, in the same rounds
  usage_post      POST /users/{user_id}/usage of one reading with a usage token, the members in turn
  catalog         GET /rewards by signed-in members

The load is wrk with 64 connections. p50_ms and p99_ms are how long half of the requests took at most, and
99 of 100, by wrk's own count. The limits are sqlite_limit and beast_limit, on a copy of the same store and
with the bytes of the product's own answer. A request that is refused fails the whole.

Then redemptions and posts are asked for once more at 0.7 of that rate, each at its moment however fast the
server answers (open_loop): the open_ figures. How long they took is counted from that moment.
"""

import sqlite3
import sys

import measures
from load import Importing, Load
from measures import limit, measure, measure_catalog, measure_open
from programme import MANY_CONNECTIONS, Product, Programme, tell

IMPORT_GUESS_PER_S = 30_000


def copy_of(data, name):
    """A data folder of its own, as the programme stands."""
    copy = data.parent / name
    copy.mkdir()
    source = sqlite3.connect(data / "wattback.db")
    target = sqlite3.connect(copy / "wattback.db")
    target.execute("PRAGMA journal_mode = WAL")
    source.backup(target)
    target.close()
    source.close()
    return copy


def measure_all(options, folder):
    tell(f"makes a programme of {options.members:,} members")
    product, data = Product(options.program), folder / "data"
    made = Programme(product, folder, options, ("--data-dir", data))
    bare = copy_of(data, "limit") / "wattback.db"
    importing = Importing(made, ("--data-dir", copy_of(data, "import")), IMPORT_GUESS_PER_S)

    server = made.serve()
    try:
        figures = {"rss_mib": server.rss_mib(), "start_ms": server.start_ms}
        load = Load(made)
        figures |= measure(options.seconds, limit(options, "sqlite_limit", "redemptions", bare),
                           redemptions=load.of(server.port, "redemptions"),
                           redemptions256=load.of(server.port, "redemptions", MANY_CONNECTIONS))
        figures |= measure(options.seconds, limit(options, "sqlite_limit", "usage", bare),
                           usage_post=load.of(server.port, "usage"))
        figures |= measure_open(options, load, server.port, figures, redemptions="redemptions", usage_post="usage")
        figures |= measure_catalog(load, server.port, options)
        figures["rss_load_mib"] = server.rss_mib()
    finally:
        server.end()
    figures |= measure(options.seconds, limit(options, "sqlite_limit", "import", bare), **{"import": importing.run})
    product.audit(made.store)
    return figures


def main():
    parser = measures.parser_of("embedded", "How fast the product is beside its limits", "--open-loop")
    return measures.run(measures.parse_measured(parser), measure_all, measures.print_table)


if __name__ == "__main__":
    sys.exit(main())
