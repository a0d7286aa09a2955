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

  audit           documents a second, of `wattback audit`, of the store with what was imported and of the same
                  store grown to a file of 1 GiB by more of it
  start_large_ms  how long a server is not ready on that file, of which nothing is in the system's memory

Then redemptions and posts are asked for once more at 0.7 of that rate, each at its moment however fast the
server answers (open_loop): the open_ figures. How long they took is counted from that moment.
"""

import os
import sys

import measures
from load import Importing, Load
from measures import limit, measure, measure_catalog, measure_large, measure_open
from programme import MANY_CONNECTIONS, Product, Programme, copy_of, tell

IMPORT_GUESS_PER_S = 30_000


def forget(path):
    """What the system has of the file in its memory."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)  # what is not written yet would stay
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


def start_ms(product, store, data):
    forget(data / "wattback.db")
    with product.serve(store, data / "server.log") as server:
        return server.start_ms


def file_mib(data):
    return (data / "wattback.db").stat().st_size / 2**20


def measure_all(options, folder):
    tell(f"makes a programme of {options.members:,} members")
    product, data = Product(options.program), folder / "data"
    made = Programme(product, folder, options, ("--data-dir", data))
    bare = copy_of(data, "limit") / "wattback.db"
    filled = copy_of(data, "import")
    importing = Importing(made, ("--data-dir", filled), IMPORT_GUESS_PER_S)

    with made.serve() as server:
        figures = {"rss_mib": server.rss_mib(), "start_ms": server.start_ms}
        load = Load(made)
        figures |= measure(options.seconds, limit(options, "sqlite_limit", "redemptions", bare),
                           redemptions=load.of(server.port, "redemptions"),
                           redemptions256=load.of(server.port, "redemptions", MANY_CONNECTIONS))
        figures |= measure(options.seconds, limit(options, "sqlite_limit", "usage", bare),
                           usage_post=load.of(server.port, "usage"))
        figures |= measure_open(options, load, server.port, figures, redemptions="redemptions", usage_post="usage")
        figures |= measure_catalog(load, server.port, options)
        figures["rss_load_mib"] = server.peak_rss_mib()
    figures |= measure(options.seconds, limit(options, "sqlite_limit", "import", bare), **{"import": importing.run})
    product.audit(made.store)
    return figures | measure_large(product, importing, options.file_mib, lambda: file_mib(filled),
                                   lambda: start_ms(product, importing.store, filled))


def show(figures):
    measures.print_table(figures)
    measures.print_large(figures)


def main():
    parser = measures.parser_of("embedded", "How fast the product is beside its limits", "--open-loop")
    parser.add_argument("--file-mib", type=int, default=1024, help="of the large store (1,024)")
    return measures.run(measures.parse_measured(parser), measure_all, show)


if __name__ == "__main__":
    sys.exit(main())
