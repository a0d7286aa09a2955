#!/usr/bin/env python3
"""The connection to MongoDB breaks at a commit of each kind of command: what was asked for is done once, and told.

    proxy_campaign.py [--dose ci|night] [--seed N] [--cuts N]    (and one of each kind beyond them)

A proxy cuts it before the commit has gone anywhere, right behind it, or instead of its answer; once, five times, or
at every commit until the server gives up: what has never gone anywhere is then answered 503. By night all of that for
every kind.
"""

import itertools
import math
import random
import sys

import campaign
import lanes
from kinds import KINDS
from proxy import Cut
from service import Broken

LANES = 6
TIMES = {"once": 1, "five_times": 5, "to_the_end": math.inf}
EVERYTHING = 10 * len(Cut.WAYS) * len(KINDS)  # as `choose` orders it
GIVES_UP_MIN_S = 14  # after that long a commit is given up (commit_repeats_max)


def choose(count, chance):
    """Of every ten one to the end, which takes half a minute, and three five times; each of them of every kind before
    one comes again, and in every way before it comes in the same."""
    orders = {times: itertools.cycle(in_every_way(chance, first=Cut.WAYS.index("lost"))) for times in TIMES}
    turns = ("to_the_end", "five_times", "once", "once", "five_times", "once", "once", "five_times", "once", "once")
    for number in range(count):
        times = turns[number % len(turns)]
        yield *next(orders[times]), times


def in_every_way(chance, first):
    kinds = chance.sample(list(KINDS), len(KINDS))
    return [(kind, Cut.WAYS[(first + number + turn) % len(Cut.WAYS)])
            for turn in range(len(Cut.WAYS)) for number, kind in enumerate(kinds)]


class Cuts:
    def __init__(self, options):
        self.options, self.chance = options, random.Random(options.seed)
        self.tally = lanes.Tally("cut", *Cut.WAYS, *TIMES, "kinds")
        self.kinds = set()

    async def run(self, folder):
        lanes.check_kinds()
        cells = list(choose(self.options.count, self.chance))
        chosen = {kind for kind, _, _ in cells}
        cells += [(kind, self.chance.choice(Cut.WAYS), "once") for kind in KINDS if kind not in chosen]
        cells.sort(key=lambda cell: -TIMES[cell[2]])  # the longest first
        self.tally.documents, _ = await lanes.run_lanes(LANES, folder, cells, self.cut)
        self.tally.kinds = len(self.kinds)
        missing = self.tally.never_happened("cut", *Cut.WAYS, *TIMES, "acknowledged", "absent")
        return missing + [f"a cut of {kind}" for kind in KINDS.keys() - self.kinds]

    async def cut(self, lane, cell):
        kind, way, times = cell
        case = await KINDS[kind](lane.programme)
        strike = Cut(way, TIMES[times], case.commit)
        hold = lanes.Hold(f"{kind}, {way}, {times}", case, lane.programme.connection)
        await hold.run(lambda: lane.strike(case, strike), lambda: lane.heal(case))
        self.count(hold, strike, cell)

    def count(self, hold, strike, cell):
        kind, way, times = cell
        to_the_end = (strike.struck > 1 and hold.seconds >= GIVES_UP_MIN_S
                      and (hold.was_unavailable or way != "lost"))
        if not (to_the_end if times == "to_the_end" else strike.struck == TIMES[times]):
            raise Broken(f"{hold.kind}: it was over after {strike.struck} cuts and {hold.seconds:.1f} s")
        self.kinds.add(kind)
        self.tally.cut += 1
        for name in (way, times):
            self.tally.count(name)
        self.tally.take(hold)


def main():
    dose = campaign.Dose("cuts", embedded=None, mongo=(20, EVERYTHING), own="a mongod behind a proxy")
    options = campaign.read_options("Cuts the connection to MongoDB at commits.", dose)
    cuts = Cuts(options)
    return campaign.run("cut commits", options, cuts.tally, cuts.run)


if __name__ == "__main__":
    sys.exit(main())
