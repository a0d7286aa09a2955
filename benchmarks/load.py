"""The load on the product: on its server as fast as it answers (wrk) or at a rate (vegeta), and imports of months of
readings."""

import concurrent.futures
import itertools
import json
import re
import time
from datetime import timedelta

from programme import ANSWERS_MAX_S, CONNECTIONS, FIRST_HOUR, HERE, Failed, output_of, write_readings

HOURS_A_MONTH = 720
HOURS_APART = 8000


class Load:
    """Requests to a port. Each run goes on with hours where the last ended, and has keys of its own."""

    rounds = itertools.count(1)

    def __init__(self, programme, place=0, **environment):
        """Loads on the same programme have places of their own, and so no reading in common."""
        self.programme, self.hour = programme, int(FIRST_HOUR.timestamp() / 3600) + 1 + place * HOURS_APART
        self.environment = programme.environment | environment

    def ask(self, command, kind, *more):
        """What is told by a program that makes the requests."""
        return output_of([*command, kind, self.programme.sessions, f"round{next(self.rounds)}-", self.hour, *more],
                         env=self.environment)

    def note(self, kind, requests):
        if kind == "usage":
            self.hour += requests // len(self.programme.signed_in) + 2

    def wrk(self, port, kind, seconds, connections, *more):
        return self.ask(["wrk", f"-c{connections}", "-t1", f"-d{seconds}s", "--timeout", f"{ANSWERS_MAX_S}s",
                         "-s", HERE / "load.lua", f"http://127.0.0.1:{port}/", "--"], kind, *more)

    def run(self, port, kind, seconds, connections=CONNECTIONS):
        """How many requests a second, and how long they took."""
        told = json.loads(self.wrk(port, kind, seconds, connections).splitlines()[-1])
        self.note(kind, told["requests"])
        if told["requests"] == 0 and seconds < ANSWERS_MAX_S:  # what the last run left undone was done first
            return self.run(port, kind, 2 * seconds, connections)
        if told["refused"] or told["broken"] or not told["requests"]:
            why = self.wrk(port, kind, 1, connections, "explain")
            why = re.search(r"^answered .*", why, re.M)
            raise Failed(f"{kind}: of {told['requests']} requests {told['refused']} were refused and {told['broken']} "
                         f"broken off{'; one ' + why[0] if why else ''}")
        return {"per_s": told["requests"] / told["seconds"], "p50_ms": told["p50_ms"], "p99_ms": told["p99_ms"]}

    def run_open(self, program, port, kind, per_s, seconds):
        """What the open loop (open_loop/main.go) tells of requests at this rate, each at its moment."""
        told = json.loads(self.ask([program, f"http://127.0.0.1:{port}/"], kind, per_s, seconds))
        self.note(kind, told["asked"])
        return told

    def of(self, port, kind, connections=CONNECTIONS):
        """As something to measure."""
        return lambda seconds: self.run(port, kind, seconds, connections)


def share(loads, ports, kind):
    """As something to measure: the connections shared by these ports, asked at the same time, each with its load."""
    def run(seconds):
        with concurrent.futures.ThreadPoolExecutor(len(ports)) as pool:
            taken = list(pool.map(lambda load, port: load.run(port, kind, seconds, CONNECTIONS // len(ports)),
                                  loads, ports))
        return {"per_s": sum(each["per_s"] for each in taken)} | {
            part: max(each[part] for each in taken) for part in ("p50_ms", "p99_ms")}

    return run


class Importing:
    """Months of members, one file a run, each of other members."""

    def __init__(self, programme, store, guess_per_s):
        self.programme, self.store, self.next, self.months = programme, store, 0, 0
        self.guess_per_s = guess_per_s  # how long a file to make for a time; then what the last run did

    def run(self, seconds):
        members = min(max(1, int(seconds * self.guess_per_s / HOURS_A_MONTH)), self.programme.members)
        if self.next + members > self.programme.members:
            self.next, self.months = 0, self.months + 1
        path = self.programme.folder / "import.csv"
        write_readings(path, range(self.next, self.next + members),
                       FIRST_HOUR + timedelta(days=1, hours=self.months * HOURS_A_MONTH), HOURS_A_MONTH)
        self.next += members
        began = time.monotonic()
        told = self.programme.product.run("usage", "import", path, store=self.store)
        elapsed = time.monotonic() - began
        if told["accepted"] != members * HOURS_A_MONTH:
            raise Failed(f"import: {told}")
        self.guess_per_s = told["accepted"] / elapsed
        return {"per_s": self.guess_per_s, "done": told["accepted"]}
