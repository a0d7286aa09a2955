#!/usr/bin/env python3
"""MongoDB answers a command of a transaction with an error, by its fail point failCommand: what was asked for is
done once, and told.

    failcommand_campaign.py [--dose ci|night] [--seed N] [--failures N]

Each command that a transaction of the program has, with each code after which a command may be repeated
(github.com/mongodb/specifications, source/retryable-reads, retryable-writes and transactions), each label, a
broken connection, and a commit that no majority confirms. A proxy sees the command coming and has it fail.
"""

import asyncio
import itertools
import random
import struct
import sys

import campaign
import lanes
from kinds import KINDS
from proxy import Strike
from service import Broken

LANES = 1  # a mongod has one such fail point
CODES = (6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436)
NO_SUCH_TRANSACTION, WRITE_CONFLICT = 251, 112
TRANSIENT, UNKNOWN = "TransientTransactionError", "UnknownTransactionCommitResult"

# Kinds whose transaction has the command; most have the other three.
OF_A_DELETION = ["access::StartSession, which ends the oldest"]
OF_A_CHANGE = ["redemptions::Redeem", "redemptions::CancelRedemption", "points::AdjustPoints",
               "points::WriteOffPoints", "rewards::MoveStock"]


def ways_of(command):
    """As failCommand is told, and how often it strikes: at a commit until the driver's own repeat is not enough."""
    times = 3 if command == "commitTransaction" else 1
    yield {"closeConnection": True}, times
    for code in CODES:
        yield {"errorCode": code}, times
    for code in (NO_SUCH_TRANSACTION, WRITE_CONFLICT):
        yield {"errorCode": code, "errorLabels": [TRANSIENT]}, 1
    if command == "commitTransaction":
        for code in CODES:
            yield {"errorCode": code, "errorLabels": [UNKNOWN]}, times
        for code in (64, 91):
            yield {"writeConcernError": {"code": code, "errmsg": "not on a majority"}}, times


COMMANDS = {"find": OF_A_CHANGE, "insert": OF_A_CHANGE, "update": OF_A_CHANGE, "delete": OF_A_DELETION,
            "commitTransaction": list(KINDS), "abortTransaction": OF_A_CHANGE}


def count_in(answer):
    """How often a fail point has struck, as mongod says when it is turned off."""
    name = b"count\0"
    if name not in answer:
        raise Broken(f"the fail point: {answer}")
    at = answer.index(name)
    form = {0x10: "<i", 0x12: "<q", 0x01: "<d"}[answer[at - 1]]
    return int(struct.unpack_from(form, answer, at + len(name))[0])


class Failure(Strike):
    """Has the command fail from when it first comes; an abort comes only where an update failed before it."""

    def __init__(self, mongod, command, way, times, transaction=0):
        super().__init__(transaction)
        self.mongod = mongod
        commands = ["update", command] if command == "abortTransaction" else [command]
        self.first = commands[0]
        self.wanted_times = times + len(commands) - 1
        self.point = {"configureFailPoint": "failCommand", "mode": {"times": self.wanted_times},
                      "data": {"failCommands": commands} | way}
        self.is_set = False

    async def meet(self, command, link, message):
        if command == self.first and not self.is_set:
            self.is_set = True
            await asyncio.to_thread(self.mongod.ask, self.point)
        return False

    def end(self):
        """How often it struck, of all there were on this mongod."""
        return count_in(self.mongod.ask({"configureFailPoint": "failCommand", "mode": "off"}))


def choose(count, chance):
    """The commands in turn, each in every way before it comes in the same."""
    orders = {}
    for command in COMMANDS:
        ways = list(ways_of(command))
        orders[command] = itertools.cycle(chance.sample(ways, len(ways)))
    for command in itertools.islice(itertools.cycle(COMMANDS), count):
        yield command, *next(orders[command]), chance.choice(COMMANDS[command])


class Failures:
    def __init__(self, options):
        self.options, self.chance = options, random.Random(options.seed)
        self.tally = lanes.Tally(*COMMANDS, "struck")
        self.struck = 0  # how often all fail points have, as mongod counts
        self.met = set()  # commands with the ways they failed in

    async def run(self, folder):
        cells = list(choose(self.options.count, self.chance))
        self.tally.documents, commands = await lanes.run_lanes(LANES, folder, cells, self.fail)
        if strange := commands - COMMANDS.keys():
            raise Broken(f"commands of a transaction that are never failed: {strange}")
        return self.tally.never_happened(*COMMANDS, "acknowledged", "absent") + self.never_met()

    def never_met(self):
        """By day there are fewer failures than ways."""
        ways = ((command, str(way)) for command in COMMANDS for way, _ in ways_of(command))
        return [f"{command}: {way}" for command, way in ways
                if self.options.dose == "night" and (command, way) not in self.met]

    async def fail(self, lane, cell):
        command, way, times, kind = cell
        case = await KINDS[kind](lane.programme)
        failure = Failure(lane.mongod, command, way, times, case.commit)
        hold = lanes.Hold(f"{kind}, {command}: {way}, {times} times", case, lane.programme.connection)
        struck = []

        def heal():
            lane.heal(case)
            struck.append(failure.end() - self.struck)
        await hold.run(lambda: lane.strike(case, failure), heal)
        self.struck += struck[0]
        self.count(hold, failure, struck[0], command, way)

    def count(self, hold, failure, struck, command, way):
        if struck != failure.wanted_times:
            raise Broken(f"{hold.kind}: struck {struck} times, and not {failure.wanted_times}")
        if hold.was_unavailable and command == "commitTransaction" and TRANSIENT not in way.get("errorLabels", ()):
            raise Broken(f"{hold.kind}: was answered 503; the commit could be repeated")
        self.tally.count(command)
        self.met.add((command, str(way)))
        self.tally.struck += struck
        self.tally.take(hold)


def main():
    dose = campaign.Dose("failures", embedded=None, mongo=(24, 3000), own="a mongod with fail points")
    options = campaign.read_options("Has MongoDB fail the commands of transactions.", dose)
    failures = Failures(options)
    return campaign.run("failCommand", options, failures.tally, failures.run)


if __name__ == "__main__":
    sys.exit(main())
