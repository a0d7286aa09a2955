#!/usr/bin/env python3
"""System calls of a server fail for a while, under load.

    failing_server_test.py [--dose ci|night] [--seed N] [--stretches N]

strace attaches itself to a server that is in use, has calls of one kind fail (KINDS), all of them or each so many of a
thread, and lets go again. Meanwhile what changes something must be done, refused for its own reason or answered 503;
what nobody changes must be read as it is, where the calls that fail have nothing to do with it, and else as it is or
not at all (503); and a right password is never told to be wrong. Then the same server must go on by itself, what was
in doubt is settled, and after a clean restart all that was promised is there and the audit holds. Without memory a
request may stay unanswered, and the server may end: then another goes on.

Histories are not checked: hundreds of requests that may have happened have too many orders. The judge holds each effect
to what was answered of it. Each stretch has a store and a server of its own, and what broke in one does not keep the
others from being tried.
"""

import asyncio
import contextlib
import json
import random
import re
import shutil
import signal
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import books  # noqa: E402
import campaign  # noqa: E402
import judge  # noqa: E402
from journal import Journal  # noqa: E402
from load import Load, perform, settle  # noqa: E402
from population import SECRET, Population, sign_in  # noqa: E402
from service import Broken, Service  # noqa: E402
from wire import Connection  # noqa: E402
from failing_calls import FailingCalls, happens  # noqa: E402
from workload import blames_what_is_stored  # noqa: E402

ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STORE = ("wattback.db", "wattback.db-wal")


@dataclass
class Kind:
    """Calls and what they answer, in strace's words; of which files of the store, or of all that there are."""

    injections: tuple
    files: tuple = ()
    stops_reads: bool = False
    may_end: bool = False  # the server, and before it a connection


KINDS = {
    "reading": Kind(("pread64:error=EIO",), STORE, stops_reads=True),
    "syncing": Kind(("fdatasync:error=EIO",), STORE),
    "writing": Kind(("pwrite64:error=EIO",), STORE),
    # brk answers where the memory ends now; what it answers is believed, an error too.
    "memory": Kind(("mmap:error=ENOMEM", "mprotect:error=ENOMEM", "brk:retval=0"), stops_reads=True, may_end=True),
    "descriptors": Kind(("openat:error=EMFILE",), stops_reads=True),
}
SHARES = (1, 2, 3, 10, 50)  # each so many of a thread's calls fail; of a new kind all
SETTLING_S = 0.5  # of a population that is left alone afterwards
BEFORE_S, FAILING_S, SOME_S = 0.5, 1, 2  # FAILING_S from the first 503; SOME_S where a command may get through
FIRST_503_MAX_S = 30  # a commit of unknown fate is tried twelve times
GOES_ON_MAX_S = 30
PAUSE_S = 0.1  # after what was not done; each of these is in doubt until it is settled
READERS = 4
LOG_END = 200
READS = ("balance", "stock")


class WhileFailing(Journal):
    """Counts what is answered while calls fail, and notes what must not be."""

    def __init__(self, path):
        super().__init__(path)
        self.is_failing, self.kind = False, None
        self.turned_away = 0
        self.faults = []

    def answer(self, attempt, answer):
        super().answer(attempt, answer)
        reads = attempt.operation.name in READS
        may_be_turned_away = self.is_failing and (self.kind.stops_reads or not reads)
        if answer is None and self.is_failing and self.kind.may_end:
            return
        if answer is None or (answer.uncertain and not (answer.status == 503 and may_be_turned_away)):
            self.faults.append(f"{attempt.operation.name}: {told(answer)}")
        self.turned_away += answer is not None and answer.status == 503 and not reads


class SteadyLoad(Load):
    """Goes on whatever is answered. A bulk that is turned away costs its connection, as its body was not read."""

    async def work(self, process, connection):
        while self.goes_on:
            operation = self.population.choose(self.chance)
            answer = await perform(process, connection, operation, self.journal, self.population)
            if answer is None or (answer.uncertain and operation.name == "bulk"):
                connection.close()
            if answer is None or answer.uncertain:
                await asyncio.sleep(PAUSE_S)
        connection.close()


class Readers:
    """Read over and over what nobody changes, and sign in who does nothing else."""

    def __init__(self, port, still, journal):
        self.port, self.still, self.journal = port, still, journal
        self.read = self.signed_in = 0
        self.goes_on = True
        self.known = {}
        self.workers = []

    async def begin(self):
        connection = Connection(self.port)
        members = [f"users/{member.user_id}" for member in self.still.members]
        paths = [f"{member}/{what}" for member in members
                 for what in ("points", "points/statement?limit=200", "usage?limit=200", "redemptions?limit=200")]
        for path in (*paths, *(f"rewards/{reward.reward_id}" for reward in self.still.rewards)):
            self.known[path] = await books.get(connection, path, self.still.admin)
        connection.close()
        self.workers = [asyncio.create_task(work(Connection(self.port)))
                        for work in (*[self.read_on] * READERS, self.sign_in_again)]

    async def read_on(self, connection):
        while self.goes_on:
            for path, known in self.known.items():
                answer = await connection.ask("GET", path, self.still.admin)
                if answer is not None and answer.status == 200:
                    self.expect(answer.content == known, f"GET {path} is {answer.body} and was {known}")
                    self.read += self.journal.is_failing and self.journal.turned_away > 0
                else:
                    may_stop = self.is_turned_away(answer) and self.journal.kind.stops_reads
                    self.expect(may_stop, f"GET {path}: {told(answer)}")
                    await asyncio.sleep(PAUSE_S)
        connection.close()

    async def sign_in_again(self, connection):
        credentials = {"email": f"{self.still.members[0].name}@example.org", "password": SECRET}
        while self.goes_on:
            answer = await connection.ask("POST", "sessions", None, credentials)
            is_signed_in = answer is not None and answer.status == 201
            self.expect(is_signed_in or self.is_turned_away(answer), f"the right password: {told(answer)}")
            self.signed_in += is_signed_in
            if not is_signed_in:
                await asyncio.sleep(PAUSE_S)
        connection.close()

    def is_turned_away(self, answer):
        return self.journal.is_failing and (self.journal.kind.may_end if answer is None else answer.status == 503)

    def expect(self, holds, fault):
        if not holds:
            self.journal.faults.append(fault)

    async def end(self):
        self.goes_on = False
        await asyncio.gather(*self.workers)


def named(share):
    return "all" if share == 1 else f"one in {share}"


def told(answer):
    return "no answer" if answer is None else f"{answer.status} {answer.body}"


def failing_calls(server, kind, share, place):
    calls = [f"{call}:when=1+{share}" for call in kind.injections]
    files = [place / "data" / name for name in kind.files]
    return FailingCalls(place / "trace", server.process.pid, calls, files)


class Stretches:
    def __init__(self, options):
        self.options = options
        self.tally = campaign.Tally("stretches", "calls", "turned_away", "read", "signed_in", "applied", "absent")
        self.chance = random.Random(options.seed)
        self.unmet = []

    async def run(self, folder):
        broken = []
        for number in range(self.options.count):
            name = list(KINDS)[number % len(KINDS)]
            share = 1 if number < len(KINDS) else self.chance.choice(SHARES)
            place = folder / f"stretch-{number}-{name}"
            place.mkdir()
            try:
                await self.live(place, name, share)
                shutil.rmtree(place)
            except Broken as fault:
                broken.append(f"{place.name}, {named(share)} {', '.join(KINDS[name].injections)}: {fault}")
            self.tally.stretches += 1
        campaign.refuse(broken, "stretches")
        return self.missing()

    def missing(self):
        """Of what was in doubt little was applied: a few stretches may have none."""
        hunted = "turned_away", "read", "signed_in", "acknowledged", "refused", "absent"
        by_night = ("applied",) if self.options.dose == "night" else ()
        return (self.unmet + self.tally.never_happened(*hunted, *by_night)
                + self.tally.too_few("stretches", self.options.count))

    async def live(self, place, name, share):
        service = Service(place)
        try:
            server = service.serve()
            connection = Connection(server.port)
            admin = await sign_in(connection)
            still, population = [await Population.found(connection, admin) for _ in range(2)]
            connection.close()
            await self.leave_alone(server, still, place)
            failing = failing_calls(server, KINDS[name], share, place)
            with contextlib.closing(WhileFailing(place / "journal.jsonl")) as journal:
                await self.fail(server, still, population, journal, failing, name, share)
                campaign.refuse(summed(journal.faults + find_log_faults(server)), "while calls failed, or after")
                if not server.runs:
                    server = service.serve()
                await self.examine(service, server, population, journal)
        finally:
            service.close()

    async def leave_alone(self, server, still, place):
        """What they have afterwards is read again and again, and must stay what it is."""
        journal = Journal(place / "journal-before.jsonl")
        load = Load([server.port], still, journal, random.Random(self.chance.random()))
        await asyncio.sleep(SETTLING_S)
        await load.stop()
        journal.close()

    async def fail(self, server, still, population, journal, failing, name, share):
        readers = Readers(server.port, still, journal)
        await readers.begin()
        load = SteadyLoad([server.port], population, journal, random.Random(self.chance.random()))
        await asyncio.sleep(BEFORE_S)
        journal.is_failing, journal.kind = True, KINDS[name]
        with failing:
            if share == 1:
                await happens(lambda: journal.turned_away or journal.faults or not server.runs, FIRST_503_MAX_S)
                await asyncio.sleep(FAILING_S)
            else:
                await asyncio.sleep(SOME_S)
            waiting = set(journal.in_flight)
        # What waits now may yet be turned away for what failed before.
        await happens(lambda: not waiting & journal.in_flight, GOES_ON_MAX_S)
        journal.is_failing = not server.runs
        acknowledged = journal.acknowledged
        goes_on = await happens(lambda: journal.acknowledged > acknowledged or not server.runs, GOES_ON_MAX_S)
        await load.stop()
        await readers.end()
        if not server.runs and (not KINDS[name].may_end or server.process.returncode == -signal.SIGSEGV):
            log = server.log.read_text(encoding="utf-8")
            journal.faults.insert(0, f"the server ended by itself: {log[-LOG_END:]}")
        elif server.runs and not goes_on:
            journal.faults.insert(0, f"nothing was done within {GOES_ON_MAX_S} s after the calls had failed")
        self.note(name, share, failing.count(), journal, readers)

    def note(self, name, share, calls, journal, readers):
        print(f"  {name}, {named(share)}: {calls} calls failed; {journal.turned_away} turned away, "
              f"{readers.read} read, {readers.signed_in} signed in", flush=True)
        hunted = {"calls that failed": calls}
        if share == 1 and not KINDS[name].may_end:  # else a command may have got through each time
            hunted["a 503"] = journal.turned_away
        if share == 1 and not KINDS[name].stops_reads:
            hunted["a read beside a 503"] = readers.read
        self.unmet += [f"{what}, {name}" for what, count in hunted.items() if not count]
        self.tally.calls += calls
        self.tally.turned_away += journal.turned_away
        self.tally.read += readers.read
        self.tally.signed_in += readers.signed_in

    async def examine(self, service, server, population, journal):
        """What the same server says, and another after it has ended in order."""
        await books_hold(server, population, journal, "as the same server says")
        server.end()
        server = service.serve()
        before = await books_hold(server, population, journal, "after a restart")
        asked = await settle([server.port], journal, population)
        self.tally.settle(judge.settlement(before, journal, asked))
        await books_hold(server, population, journal, "after all was settled")
        self.tally.add(journal)
        server.end()
        self.tally.documents += await asyncio.to_thread(service.audit)


async def books_hold(server, population, journal, when):
    read = await books.read(server.port, population)
    campaign.refuse(judge.keeps_its_rules(read) + judge.keeps_its_word(read, journal), when)
    return read


def find_log_faults(server):
    """A failed call told as a damaged store is as wrong to the operator as it is to a client."""
    lines = server.log.read_text(encoding="utf-8").splitlines()
    told_errors = [json.loads(line).get("log", "") if line.startswith("{") else line for line in lines]
    return [f"the log: {error}" for error in told_errors if blames_what_is_stored(error)]


def summed(faults):
    """Each once, whichever id it is about, and how often."""
    counts = Counter(ID.sub("ID", fault.partition(',"instance"')[0]) for fault in faults)
    return [f"{times} times {fault}" for fault, times in counts.items()]


def main():
    dose = campaign.Dose("stretches", embedded=(len(KINDS) + 1, 100), mongo=None)
    options = campaign.read_options("Has system calls of a server fail under load.", dose)
    stretches = Stretches(options)
    return campaign.run("failing calls", options, stretches.tally, stretches.run)


if __name__ == "__main__":
    sys.exit(main())
