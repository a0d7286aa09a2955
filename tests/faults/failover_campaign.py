#!/usr/bin/env python3
"""Step-downs and kills of the primary of three mongods under load; what was promised held against what is there.

    failover_campaign.py [--dose ci|night] [--seed N] [--faults N]

The members take TLS and passwords only. Of three faults one kills the primary, which is started again afterwards; of
ten step-downs the first has nobody take over for a while. A fault counts when 32 requests or more were in flight as it
was made, and one of these was in doubt after it. A write that was sent after it must be acknowledged within 15 s, and
/readyz answers all the while: 503 where the store is away for long.
"""

import asyncio
import collections
import http.client
import random
import sys
import threading
import time

import books
import campaign
import history
import judge
from journal import Journal
from load import Load, settle
from population import Population, sign_in
from replica_set import GuardedSet
from service import Broken, Service
from wire import Connection

IN_FLIGHT_MIN, CONNECTIONS = 32, 96
BACK_MAX_S = 15
BEFORE_S, AFTER_S = (0.2, 0.6), 0.1
TRIES = 24  # for each fault that counts: every other meets nothing but commits, which are repeated
AWAY_S = 4  # how long who stepped down does not come back
# Another takes over sooner than /readyz says that there is none; in every so many step-downs nobody may for a while.
FROZEN, FROZEN_S = 10, 4
SETTINGS = {"ci": {"electionTimeoutMillis": 2000}, "night": {}}
# With a primary that is killed by day one of the others stands still for a while, so that nobody can be elected for
# longer than /readyz waits. By night the members take longer than that to miss the primary.
STANDS_STILL_S = {"ci": 4, "night": 0}
MAKES = ("redeem", "adjust", "move_stock")  # what can't be acknowledged anew without a write

# /readyz waits for the store for 2.5 s; a write may need longer than that while a look does not.
READY_MAX_S, READY_SLACK_S = 2.5, 1
AWAY_SEEN_S = 6
PROBE_PAUSE_S = 0.05

Probe = collections.namedtuple("Probe", "start end status")


class Prober(threading.Thread):
    """Asks /readyz again and again, in a thread of its own."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.probes, self.goes_on = port, [], True

    def run(self):
        """The last one begins after it was told to stop."""
        is_last = False
        while not is_last:
            is_last, start = not self.goes_on, time.monotonic()
            self.probes.append(Probe(start, *self.ask()))
            time.sleep(PROBE_PAUSE_S)

    def ask(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10 * READY_MAX_S)
        try:
            connection.request("GET", "/readyz")
            status = connection.getresponse().status
        except OSError:
            status = None
        finally:
            connection.close()
        return time.monotonic(), status

    def stop(self):
        self.goes_on = False
        self.join()


def find_untimely(probes, gone, back):
    """What is wrong with what /readyz said, of a store that was away from `gone` and took a write again at `back`."""
    for probe in probes:
        if probe.status not in (200, 503):
            yield f"/readyz said {probe.status}"
        if probe.end - probe.start > READY_MAX_S + READY_SLACK_S:
            yield f"/readyz took {probe.end - probe.start:.1f} s"
        if probe.status == 503 and probe.end < gone:
            yield f"/readyz said 503 {gone - probe.end:.1f} s before anything happened"
    said = [probe.status for probe in probes if gone < probe.end and probe.start < back]
    if back - gone > AWAY_SEEN_S and 503 not in said:
        yield f"/readyz never said 503, of a store that took no write for {back - gone:.1f} s"
    if probes[-1].status != 200:
        yield f"/readyz says {probes[-1].status}, of a store that is back"


async def patiently(ask):
    """What `ask` gives once it is not answered by an error any more: an election may come at any time."""
    until = time.monotonic() + BACK_MAX_S
    while True:
        try:
            return await ask()
        except Broken:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.2)


class Watched(Journal):
    """Sees what a fault met, how many of these writes it left in doubt, and when one that was sent after it is first
    acknowledged."""

    met = doubtful = 0
    gone = made = back = None  # moments

    def begin(self):
        """Right before the fault."""
        self.met, self.doubtful, self.made = len(self.in_flight), 0, None
        self.gone = time.monotonic_ns()

    def end(self):
        """Right after it: until then some may still be done as if nothing were."""
        self.back, self.made = None, time.monotonic_ns()

    def answer(self, attempt, answer):
        super().answer(attempt, answer)
        name, gone, made = attempt.operation.name, self.gone, self.made  # another thread sets them
        self.doubtful += bool(gone and attempt.start <= gone and attempt.answer is None and name not in history.READS)
        if made and not self.back and attempt.done and attempt.start > made and \
                name in MAKES and not answer.replayed:  # fmt: skip
            self.back = attempt.end

    @property
    def counts(self):
        return self.met >= IN_FLIGHT_MIN and self.doubtful > 0


class Failovers:
    def __init__(self, options, make_set=GuardedSet):
        self.options, self.make_set = options, make_set
        self.tally = campaign.Tally("faults", "landed", "step_downs", "kills", "in_doubt", "applied", "absent",
                                    "unready_step_downs", "unready_kills", "slowest_s", "slowest_ready_s")
        self.chance = random.Random(options.seed)

    async def run(self, folder):
        self.members = await asyncio.to_thread(self.make_set, **SETTINGS[self.options.dose])
        service = None
        try:
            service = await asyncio.to_thread(Service, folder, self.members.address)
            server = service.serve()
            admin = await patiently(lambda: sign_in(Connection(server.port)))
            kills = self.options.count // 3
            faults = ["kills"] * kills + ["step_downs"] * (self.options.count - kills)
            for name in self.chance.sample(faults, len(faults)):
                await self.land(name, service, server, admin)
            server.end()
        finally:
            if service:
                service.close()
            await asyncio.to_thread(self.members.end)
        return self.missing()

    def missing(self):
        """Of what is in doubt little was applied, of one fault in two to five something: by day there may be none."""
        happens = ("landed", "step_downs", "kills", "in_doubt", "absent", "unready_step_downs", "unready_kills",
                   "acknowledged", "refused")
        by_night = ("applied",) if self.options.dose == "night" else ()
        return self.tally.never_happened(*happens, *by_night)

    async def land(self, name, service, server, admin):
        """Faults of this name until one counts, each under a load of its own: of a history that goes on over several
        there may be no telling whether an order explains it."""
        for _ in range(TRIES):
            if await self.try_one(name, service, server, admin):
                self.tally.landed += 1
                self.tally.count(name)
                return
        raise Broken(f"of {TRIES} {name} none met {IN_FLIGHT_MIN} requests in flight and left something in doubt")

    async def try_one(self, name, service, server, admin):
        """Whether it counts."""
        population = await patiently(lambda: Population.found(Connection(server.port), admin))
        journal = Watched(service.folder / f"journal-{self.tally.faults}.jsonl")
        load = Load([server.port], population, journal, random.Random(self.chance.random()),
                    CONNECTIONS)
        happened = await self.strike(name, server, journal)
        await load.stop()
        self.tally.in_doubt += journal.doubtful
        await asyncio.to_thread(self.members.wait_until_whole)
        await self.examine(server, population, journal)
        self.tally.documents += await asyncio.to_thread(service.audit)
        return happened and journal.counts

    async def strike(self, name, server, journal):
        """Whether it happened."""
        prober = Prober(server.port)
        prober.start()
        await asyncio.sleep(self.chance.uniform(*BEFORE_S))
        primary = await asyncio.to_thread(self.members.find_primary)
        happened = await asyncio.to_thread(self.do, name, primary, journal)
        await self.wait_until_back(name, journal)
        await asyncio.sleep(AFTER_S)
        await self.see_readiness(name, prober, journal)
        self.tally.faults += 1
        if name == "kills":
            await asyncio.to_thread(self.members.start, primary)
            await asyncio.to_thread(self.members.wait_until_whole)
        return happened

    def do(self, name, primary, journal):
        if name == "step_downs":
            if self.tally.step_downs % FROZEN == 0:
                self.members.freeze([port for port in self.members.ports if port != primary], FROZEN_S)
            return self.members.step_down(primary, AWAY_S, journal)
        journal.begin()
        self.members.kill(primary)
        journal.end()
        self.members.stand_still(next(port for port in self.members.ports if port != primary),
                                 STANDS_STILL_S[self.options.dose])
        return True

    async def wait_until_back(self, name, journal):
        while ((journal.back or time.monotonic_ns()) - journal.gone) / 1e9 <= BACK_MAX_S:
            if journal.back:
                self.tally.slowest_s = max(self.tally.slowest_s, (journal.back - journal.gone) / 1e9)
                return
            await asyncio.sleep(0.02)
        raise Broken(f"no write was acknowledged within {BACK_MAX_S} s: {name}")

    async def see_readiness(self, name, prober, journal):
        await asyncio.to_thread(prober.stop)
        faults = list(find_untimely(prober.probes, journal.gone / 1e9, journal.back / 1e9))
        campaign.refuse(faults, "what /readyz said")
        self.tally.count(f"unready_{name}", any(probe.status == 503 for probe in prober.probes))
        self.tally.slowest_ready_s = max(self.tally.slowest_ready_s,
                                         *(probe.end - probe.start for probe in prober.probes))

    async def examine(self, server, population, journal):
        before = await patiently(lambda: books.read(server.port, population))
        campaign.refuse(judge.keeps_its_rules(before) + judge.keeps_its_word(before, journal), "after the fault")
        asked = await settle([server.port], journal, population)
        self.tally.settle(judge.settlement(before, journal, asked))
        after = await patiently(lambda: books.read(server.port, population))
        campaign.refuse(judge.keeps_its_rules(after) + judge.keeps_its_word(after, journal), "after all was settled")
        path = journal.path.with_suffix(".history")
        history.write(journal, path)
        await asyncio.to_thread(history.check, path)
        self.tally.histories += 1
        self.tally.add(journal)
        journal.close()


def main():
    dose = campaign.Dose("faults", embedded=None, mongo=(3, 300), own="three mongods with TLS and SCRAM")
    options = campaign.read_options("Has the primary of a replica set step down, or kills it.", dose)
    failovers = Failovers(options)
    return campaign.run("fail-overs", options, failovers.tally, failovers.run)


if __name__ == "__main__":
    sys.exit(main())
