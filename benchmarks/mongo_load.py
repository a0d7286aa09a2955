#!/usr/bin/env python3
"""The initial load on MongoDB: members, rewards and readings taken in, killed in the middle and resumed.

  users     rows a second of `wattback users import`, each with an opening balance
  readings  readings a second of `wattback usage import`, a day of hours of one member after another

Every thousand lines a bad one follows, which must be set aside with its reason. Members and readings are
taken in at a terminal and killed (SIGKILL) when the progress bar says half; the same command takes in what
is left, and an audit holds all of it. The rates are of the first half. The limits are mongo_limit inserting
the same documents, many at once, into the same collections. A process that needs more than 512 MiB fails
the whole.
"""

import argparse
import csv
import json
import os
import pty
import re
import statistics
import subprocess
import sys
import time
from datetime import timedelta

import measures
from measures import ROUNDS, limit
from programme import FIRST_HOUR, Failed, Product, email_of, memory_mib, tell
from replica_set import ReplicaSet

SIZES = {"ci": (1_000_000, 1_000_000), "night": (1_000_000, 10_000_000)}  # members, readings
REWARDS = 1000
BAD_EVERY = 1000
HOURS_A_DAY = 24
HALF = 50  # percent
LIMIT_S = 20
MIB_MAX = 512
SOME_REJECTED = 1  # what the program exits with


def write_table(path, header, count, row, bad):
    with path.open("w", encoding="utf-8") as file:
        file.write(header + "\n")
        for number in range(count):
            file.write(row(number) + "\n")
            if number % BAD_EVERY == BAD_EVERY - 1:
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
        terminal, theirs = pty.openpty()
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        try:
            self.watch(terminal, percent_max)
        finally:
            os.close(terminal)
        self.told = self.process.stdout.read().decode()
        self.process.wait()
        self.seconds = time.monotonic() - began

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
        """What the command says that takes in all, or what is left."""
        run = self.at_terminal(self.words(what, file))
        if run.process.returncode != SOME_REJECTED:
            raise Failed(f"{what} import exited with {run.process.returncode}: {run.told}")
        said = json.loads(run.told.splitlines()[-1])
        tell(f"{what}: done after {run.seconds:.1f} s: {json.dumps(said)}")
        self.hold_bad_lines(what, said, count)
        return said

    def load_users(self, count):
        file = write_members(self.folder / "members.csv", count)
        seconds = self.load_half("users", file)
        said = self.load_all("users", file, count)
        hold("users", said["created"] + said["unchanged"] == count and said["unchanged"] > 0)
        return said["unchanged"] / seconds

    def load_rewards(self):
        said = self.load_all("rewards", write_rewards(self.folder / "rewards.csv", REWARDS), REWARDS)
        hold("rewards", said["created"] == REWARDS)

    def load_readings(self, count):
        file = write_readings(self.folder / "readings.csv", count, self.options.members)
        seconds = self.load_half("usage", file)
        taken = self.product.run("imports", "list", store=self.store)["data"][0]["progress"]
        said = self.load_all("usage", file, count)
        hold("readings", said["resumed"] and said["accepted"] == count)
        return taken / seconds


def measure_all(options, folder):
    replica_set = ReplicaSet(options.mongod, folder, options.transaction_seconds)
    try:
        tell(f"loads {options.members:,} members and {options.readings:,} readings")
        store = replica_set.store("load")
        loading = Loading(options, folder, store)
        loading.product.run("programme", "create", "--name", "The bench", "--time-zone", "UTC", store=store)
        users_per_s = loading.load_users(options.members)
        loading.load_rewards()
        readings_per_s = loading.load_readings(options.readings)
        loading.product.audit(store)
        figures = {"peak_mib": round(loading.peak_mib, 1)}
        for name, kind, per_s in (("users", "users", users_per_s), ("readings", "import", readings_per_s)):
            bare = limit(options, "mongo_limit", kind, replica_set.address("load"))
            rounds = [bare(max(1, options.limit_seconds // ROUNDS))["per_s"] for _ in range(ROUNDS)]
            tell(f"{name}: {per_s:,.0f} a second; the limit: {', '.join(f'{round_:,.0f}' for round_ in rounds)}")
            figures |= measures.figures_of(name, {"per_s": per_s}, {"per_s": statistics.median(rounds)})
        return figures
    finally:
        replica_set.end()


def show(figures):
    measures.print_rows(figures, ("users", "readings"))
    print(f"\n{figures['peak_mib']} MiB at most")


def main():
    parser = measures.parser_of("mongo-load", "The initial load on MongoDB beside bare inserts", "--mongod")
    parser.add_argument("--dose", choices=SIZES, default="ci", help="night: 10,000,000 readings")
    parser.add_argument("--members", type=int, help="instead of 1,000,000")
    parser.add_argument("--readings", type=int, help="instead of 1,000,000")
    parser.add_argument("--limit-seconds", type=int, default=LIMIT_S, help=argparse.SUPPRESS)
    parser.add_argument("--transaction-seconds", type=int, default=60, help=argparse.SUPPRESS)
    options = parser.parse_args()
    members, readings = SIZES[options.dose]
    options.members, options.readings = options.members or members, options.readings or readings
    return measures.run(options, measure_all, show)


if __name__ == "__main__":
    sys.exit(main())
