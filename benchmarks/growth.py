#!/usr/bin/env python3
"""Whether the embedded store is as fast when there is more in it.

Members: redemptions and usage posts of a programme of few members beside those of one of many, in the same
rounds. Each of the few is signed in, and 100,000 drawn from the many, so that hardly a member asks twice in a
round, as if all of them asked. redemptions_members_ratio and usage_post_members_ratio are the rate with many by the rate with few;
redemptions_members_limit_ratio and so on the same of sqlite_limit, for as many members on copies of the files.

Rows of the ledger: two more programmes of few members take in readings of days, each of which makes an
entry: 31 days of as many members as it takes, or 1,000 days. Those members ask for

  statement    the newest 20 entries
  month        the energy and points of the last 31 days
  redemptions  as ever

statement_rows_times and so on say how many times as long a request takes with many rows as with few. The
energy of a day is drawn with a seed. The load is wrk with 64 connections.
"""

import argparse
import random
import sys
import time
from collections import namedtuple
from datetime import datetime, timedelta, timezone

import measures
from load import Load
from measures import figures_of, limit, medians
from programme import Failed, Product, Programme, copy_of, email_of, tell

Sizes = namedtuple("Sizes", "members many_members rows many_rows")
SIZES = {"ci": Sizes(10_000, 100_000, 100_000, 1_000_000), "night": Sizes(10_000, 1_000_000, 100_000, 10_000_000)}
SIGNED_IN_MAX = 100_000  # more than one round asks
SEED = 1
FEW_DAYS, MANY_DAYS = 31, 1000  # of a member
AFTER_THE_LAST = datetime(2024, 1, 1, tzinfo=timezone.utc)
MONTH = "from=2023-12-01&to=2023-12-31"
LINES_A_FILE = 1_000_000
MEMBERS_KINDS = {"redemptions": "redemptions", "usage_post": "usage"}
ROWS_KINDS = {"statement": "statement", "month": "month", "redemptions": "redemptions"}


def write_days(path, members, days):
    """Of these members one after the other, each from the first day to the last."""
    drawn = random.Random(f"{SEED} {members}")
    starts = [f"{AFTER_THE_LAST - timedelta(days=day):%Y-%m-%dT00:00:00Z}" for day in range(days, 0, -1)]
    with path.open("w", encoding="utf-8") as file:
        file.write("user,start,duration,energy_consumed,energy_type\n")
        for member in members:
            file.writelines(f"{email_of(member)},{start},86400,{drawn.randint(500, 20_000) / 1000},Renewable\n"
                            for start in starts)


def members_of(rows, days):
    return -(-rows // days)


class Growth:
    """Programmes of one size and another, each in a folder of its own."""

    def __init__(self, options, folder):
        self.options, self.folder, self.product = options, folder, Product(options.program)

    def make(self, name, members, signed_in):
        began, folder = time.monotonic(), self.folder / name
        options = argparse.Namespace(members=members, points=self.options.points)
        made = Programme(self.product, folder, options, ("--data-dir", folder / "data"), signed_in=signed_in)
        tell(f"{name}: {members:,} members, {len(signed_in):,} signed in, after {time.monotonic() - began:.0f} s")
        return made

    def with_members(self, name, members):
        drawn = random.Random(SEED).sample(range(members), min(members, SIGNED_IN_MAX))
        return self.make(name, members, drawn)

    def with_rows(self, name, rows, days, asking):
        members = range(members_of(rows, days))
        made = self.make(name, self.options.members, random.Random(SEED).sample(members, asking))
        began, at_once = time.monotonic(), max(1, LINES_A_FILE // days)
        for first in range(0, len(members), at_once):
            self.take_in(made, members[first:first + at_once], days)
        size_mib = (made.folder / "data" / "wattback.db").stat().st_size / 2**20
        tell(f"{name}: {len(members) * days:,} days of {len(members):,} members after "
             f"{time.monotonic() - began:.0f} s, {size_mib:,.0f} MiB")
        return made

    def take_in(self, made, members, days):
        path = made.folder / "days.csv"
        write_days(path, members, days)
        told = self.product.run("usage", "import", path, "--meter", "days", store=made.store)
        if told["accepted"] != len(members) * days:
            raise Failed(f"days: {told}")
        path.unlink()

    def bare(self, made, kind):
        """The limit, on a copy of the store as the programme stands."""
        copy = copy_of(made.folder / "data", f"limit-{kind}") / "wattback.db"
        return limit(self.options, "sqlite_limit", kind, copy, len(made.signed_in))

    def compare(self, of_what, few, many, kinds, limits=()):
        """Each kind of request, in the same rounds: the figures, and by kind how many a second of few and of many,
        and of the limit of each."""
        figures, rates = {}, {}
        with few.serve() as server_of_few, many.serve() as server_of_many:
            of_few, of_many = Load(few, MONTH=MONTH), Load(many, MONTH=MONTH)
            for name, kind in kinds.items():
                bare = [self.bare(made, kind) for made in (few, many)] if kind in limits else []
                taken = medians(self.options.seconds, of_few.of(server_of_few.port, kind),
                                of_many.of(server_of_many.port, kind), *bare)
                for size, each, of_limit in zip(("few", "many"), taken, taken[2:] or (None, None)):
                    figures |= figures_of(f"{size}_{of_what}_{name}", each, of_limit)
                rates[name] = [each["per_s"] for each in taken]
                tell(f"{name}: {rates[name][0]:,.0f} a second with few {of_what}, {rates[name][1]:,.0f} with many")
        for made in (few, many):
            self.product.audit(made.store)
        return figures, rates


def by_members(growth, sizes):
    figures, rates = growth.compare("members", growth.with_members("few_members", sizes.members),
                                    growth.with_members("many_members", sizes.many_members), MEMBERS_KINDS,
                                    MEMBERS_KINDS.values())
    for name, (few, many, few_limit, many_limit) in rates.items():
        figures |= {f"{name}_members_ratio": round(many / few, 3),
                    f"{name}_members_limit_ratio": round(many_limit / few_limit, 3)}
    return figures


def by_rows(growth, sizes):
    sides = ("few_rows", sizes.rows, FEW_DAYS), ("many_rows", sizes.many_rows, MANY_DAYS)
    asking = min(members_of(rows, days) for _, rows, days in sides)  # as many of each
    figures, rates = growth.compare("rows", *(growth.with_rows(*side, asking) for side in sides), ROWS_KINDS)
    return figures | {f"{name}_rows_times": round(few / many, 3) for name, (few, many) in rates.items()}


def measure_all(options, folder):
    growth = Growth(options, folder)
    sizes = Sizes(*(getattr(options, size) for size in Sizes._fields))
    return by_members(growth, sizes) | by_rows(growth, sizes)


def show(figures):
    measures.print_rows(figures, [name.removesuffix("_per_s") for name in figures if name.endswith("_per_s")])
    print()
    for name, figure in figures.items():
        if name.endswith(("_members_ratio", "_members_limit_ratio", "_rows_times")):
            print(f"{name:32} {figure:.2f}")


def main():
    parser = measures.parser_of("growth", "How fast the product is when there is more in its store")
    parser.add_argument("--dose", choices=SIZES, default="ci", help="night: 1,000,000 members, 10,000,000 rows")
    for size in Sizes._fields[1:]:
        parser.add_argument(f"--{size.replace('_', '-')}", type=int, help=f"instead of {getattr(SIZES['ci'], size):,}")
    options = measures.parse_measured(parser)
    for size in Sizes._fields[1:]:
        setattr(options, size, getattr(options, size) or getattr(SIZES[options.dose], size))
    if max(members_of(options.rows, FEW_DAYS), members_of(options.many_rows, MANY_DAYS)) > options.members:
        parser.error(f"{options.members:,} members can't have so many rows")
    return measures.run(options, measure_all, show)


if __name__ == "__main__":
    sys.exit(main())
