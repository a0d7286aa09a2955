#!/usr/bin/env python3
"""The initial load on MongoDB: members, rewards and readings taken in, killed in the middle and resumed.

  users     rows a second of `wattback users import`, each with an opening balance
  readings  readings a second of `wattback usage import`, a day of hours of one member after another

Every thousand lines a bad one follows, which must be set aside with its reason. Members and readings are
taken in at a terminal and killed (SIGKILL) when the progress bar says half; the same command takes in what
is left, and an audit holds all of it. The rates are of the first half, from an empty database on, and as
users_rest and readings_rest of what the second command takes in, once it has passed what the killed one had
begun and MongoDB kept from it.

The limits are mongo_limit inserting the same documents, many at once, into a database that grows as the
product's: as many as the product took in, in turn with it, one half after the other; readings of as many
hours of a member. A process that needs more than 512 MiB fails the whole.
"""

import argparse
import csv
import json
import os
import pty
import re
import subprocess
import sys
import time
from datetime import timedelta

import measures
from measures import limit
from programme import FIRST_HOUR, Failed, Product, email_of, memory_mib, tell
from replica_set import ReplicaSet

SIZES = {"ci": (1_000_000, 1_000_000), "night": (1_000_000, 10_000_000)}  # members, readings
REWARDS = 1000
BAD_EVERY = 1000
HOURS_A_DAY = 24
HALF, REST, LATE = 50, 55, 90  # percent: when it is killed; from when on and until when the rest is timed
DAYS_AT_ONCE = 1  # of a member
LIMIT_FIRST_S = 2
MIB_MAX = 512
SOME_REJECTED = 1  # what the program exits with


def write_table(path, header, count, row, bad=None):
    with path.open("w", encoding="utf-8") as file:
        file.write(header + "\n")
        for number in range(count):
            file.write(row(number) + "\n")
            if bad and number % BAD_EVERY == BAD_EVERY - 1:
                file.write(bad + "\n")
    return path


def write_members(path, count):
    return write_table(path, "email,name,opening_points", count,
                       lambda number: f"{email_of(number)},Member {number},100", "no email,Nobody,100")


def write_rewards(path, count):
    return write_table(path, "name,description,points_required,opening_stock", count,
                       lambda number: f"Reward {number},What it is,{number + 1},1000", "Nothing,Free,none,1000")


def write_readings(path, count, members):
    def row(number):
        turn, hour = divmod(number, HOURS_A_DAY)
        day, member = divmod(turn, members)
        start = FIRST_HOUR + timedelta(days=day, hours=hour)
        return f"{email_of(member)},{start:%Y-%m-%dT%H:%M:%SZ},3600,0.5,Renewable"

    return write_table(path, "user,start,duration,energy_consumed,energy_type", count, row,
                       f"{email_of(0)},yesterday,3600,0.5,Renewable")


class AtTerminal:
    """A command whose progress bar is watched, until it ends or comes so far and is killed."""

    def __init__(self, command, environment, percent_max=None):
        began = time.monotonic()
        self.percent, self.peak_mib, self.killed = 0, 0, False
        self.passed = None  # when it was seen at REST or behind, and at how many percent
        terminal, theirs = pty.openpty()
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        try:
            self.watch(terminal, percent_max)
        finally:
            os.close(terminal)
        self.told = self.process.stdout.read().decode()
        self.process.wait()
        self.ended = time.monotonic()
        self.seconds = self.ended - began

    def watch(self, terminal, percent_max):
        shown = ""
        while True:
            try:
                read = os.read(terminal, 1 << 16)
            except OSError:  # nobody has the other end any more
                return
            shown = (shown + read.decode(errors="replace"))[-200:]
            self.peak_mib = max(self.peak_mib, memory_mib(self.process, "VmHWM"))
            if found := re.findall(r"(\d+)%", shown):
                self.percent = int(found[-1])
                if self.percent >= REST and not self.passed:
                    self.passed = time.monotonic(), self.percent
            if percent_max and self.percent >= percent_max and not self.killed:
                self.process.kill()
                self.killed = True


def hold(what, holds):
    if not holds:
        raise Failed(f"{what} don't add up after the import")


class Loading:
    def __init__(self, options, folder, store):
        self.options, self.folder, self.store = options, folder, store
        self.product = Product(options.program)
        self.errors = folder / "errors.csv"
        self.peak_mib = 0

    def at_terminal(self, words, percent_max=None):
        command = [str(word) for word in (self.product.program, *words, *self.store, "--json")]
        run = AtTerminal(command, self.product.environment, percent_max)
        self.peak_mib = max(self.peak_mib, run.peak_mib)
        if self.peak_mib > MIB_MAX:
            raise Failed(f"{words[0]} import: {self.peak_mib:.0f} MiB, more than {MIB_MAX}")
        return run

    def hold_bad_lines(self, what, said, count):
        """Each was set aside where it stood, with a reason."""
        with self.errors.open(encoding="utf-8") as file:
            rejected = list(csv.DictReader(file))
        bad = [number * (BAD_EVERY + 1) + 1 for number in range(1, count // BAD_EVERY + 1)]
        hold(what, sorted(int(row["line"]) for row in rejected) == bad and said["rejected"] == len(bad)
             and all(row["reason"] for row in rejected))
        tell(f"{what}: {len(bad):,} bad lines set aside; the first: {rejected[0]['reason']}")

    def words(self, what, file):
        return what, "import", file, "--errors", self.errors

    def load_half(self, what, file):
        """How long it took until it was killed."""
        run = self.at_terminal(self.words(what, file), HALF)
        if not run.killed:
            raise Failed(f"{what} import ended before its progress bar said half: {run.told}")
        tell(f"{what}: killed after {run.seconds:.1f} s, at {run.percent} %")
        self.errors.unlink(missing_ok=True)
        return run.seconds

    def load_all(self, what, file, count):
        """What the command says that takes in all, or what is left; and what was seen of it."""
        run = self.at_terminal(self.words(what, file))
        if run.process.returncode != SOME_REJECTED:
            raise Failed(f"{what} import exited with {run.process.returncode}: {run.told}")
        said = json.loads(run.told.splitlines()[-1])
        tell(f"{what}: done after {run.seconds:.1f} s: {json.dumps(said)}")
        self.hold_bad_lines(what, said, count)
        return said, run

    def load_rest(self, what, file, count):
        """What the command says, and how many it took in a second once it had passed what the killed one had begun."""
        said, run = self.load_all(what, file, count)
        if not run.passed or run.passed[1] > LATE:
            raise Failed(f"{what} import: too fast to be timed; try more lines")
        when, percent = run.passed
        return said, count * (100 - percent) / 100 / (run.ended - when)

    def load_users(self, count, between):
        """How many a second until it was killed, and of the rest. Between the two something else is done."""
        file = write_members(self.folder / "members.csv", count)
        seconds = self.load_half("users", file)
        between()
        said, rest_per_s = self.load_rest("users", file, count)
        hold("users", said["created"] + said["unchanged"] == count and said["unchanged"] > 0)
        return said["unchanged"] / seconds, rest_per_s

    def load_rewards(self):
        said, _ = self.load_all("rewards", write_rewards(self.folder / "rewards.csv", REWARDS), REWARDS)
        hold("rewards", said["created"] == REWARDS)

    def load_readings(self, count, between):
        """As load_users."""
        file = write_readings(self.folder / "readings.csv", count, self.options.members)
        seconds = self.load_half("usage", file)
        taken = self.product.run("imports", "list", store=self.store)["data"][0]["progress"]
        between()
        said, rest_per_s = self.load_rest("usage", file, count)
        hold("readings", said["resumed"] and said["accepted"] == count)
        return taken / seconds, rest_per_s


class Twin:
    """The database that the limit fills."""

    def __init__(self, loading, replica_set):
        self.loading, self.options = loading, loading.options
        self.store, self.address = replica_set.store("twin"), replica_set.address("twin")
        run = loading.product.run
        run("programme", "create", "--name", "The limit", "--time-zone", "UTC", store=self.store)
        run("rewards", "create", "--name", "Reward", "--points-required", 1, "--stock", 1, store=self.store)
        self.add_members(1)

    def add_members(self, count):
        """Each with a meter and a reading, for the limit to read of."""
        folder, run = self.loading.folder, self.loading.product.run
        run("users", "import", write_table(folder / "twin.csv", "email,name", count,
                                           lambda number: f"{email_of(number)},Member {number}"), store=self.store)
        run("usage", "import", write_table(folder / "twin.csv", "user,start,duration,energy_consumed,energy_type", count,
                                           lambda number: f"{email_of(number)},{FIRST_HOUR:%Y-%m-%dT%H:%M:%SZ},3600,0.5,"
                                           "Renewable"), store=self.store)

    def insert(self, kind, count, *more):
        """How many a second until there are so many more."""
        bare = limit(self.options, "mongo_limit", kind, self.address, *more)
        done, spent_s, seconds = 0, 0, self.options.limit_seconds
        while done < count:
            per_s = bare(seconds)["per_s"]
            done, spent_s = done + per_s * seconds, spent_s + seconds
            seconds = max(1, round((count - done) / per_s))
        return done / spent_s


def measure_halves(name, load, count, insert_half):
    """The product and its limit in turn."""
    bare = []
    taken = load(count, lambda: bare.append(insert_half()))
    bare.append(insert_half())
    figures = {}
    for part, per_s, bare_per_s in zip((name, f"{name}_rest"), taken, bare):
        tell(f"{part}: {per_s:,.0f} a second; the limit: {bare_per_s:,.0f}")
        figures |= measures.figures_of(part, {"per_s": per_s}, {"per_s": bare_per_s})
    return figures


def measure_all(options, folder):
    replica_set = ReplicaSet(options.mongod, folder, options.transaction_seconds)
    try:
        tell(f"loads {options.members:,} members and {options.readings:,} readings")
        store = replica_set.store("load")
        loading = Loading(options, folder, store)
        loading.product.run("programme", "create", "--name", "The bench", "--time-zone", "UTC", store=store)
        loading.load_rewards()
        twin = Twin(loading, replica_set)
        figures = measure_halves("users", loading.load_users, options.members,
                                 lambda: twin.insert("users", options.members // 2))
        twin.add_members(min(options.members, options.readings // (HOURS_A_DAY * DAYS_AT_ONCE)))
        figures |= measure_halves("readings", loading.load_readings, options.readings,
                                  lambda: twin.insert("import", options.readings // 2, DAYS_AT_ONCE))
        loading.product.audit(store)
        return figures | {"peak_mib": round(loading.peak_mib, 1)}
    finally:
        replica_set.end()


def show(figures):
    measures.print_rows(figures, ("users", "users_rest", "readings", "readings_rest"))
    print(f"\n{figures['peak_mib']} MiB at most")


def main():
    parser = measures.parser_of("mongo-load", "The initial load on MongoDB beside bare inserts", "--mongod")
    parser.add_argument("--dose", choices=SIZES, default="ci", help="night: 10,000,000 readings")
    parser.add_argument("--members", type=int, help="instead of 1,000,000")
    parser.add_argument("--readings", type=int, help="instead of 1,000,000")
    parser.add_argument("--limit-seconds", type=int, default=LIMIT_FIRST_S, help=argparse.SUPPRESS)
    parser.add_argument("--transaction-seconds", type=int, default=60, help=argparse.SUPPRESS)
    options = parser.parse_args()
    members, readings = SIZES[options.dose]
    options.members, options.readings = options.members or members, options.readings or readings
    return measures.run(options, measure_all, show)


if __name__ == "__main__":
    sys.exit(main())
