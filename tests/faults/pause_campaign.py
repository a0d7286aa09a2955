#!/usr/bin/env python3
"""Two servers on one MongoDB under load; one is paused in the middle, and resumed when the other has gone on.

    pause_campaign.py [--dose ci|night] [--seed N] [--pauses N] --store mongodb://...

What the paused server was asked is asked of the other meanwhile, with the same key: when it wakes it goes on
with what it was at. Some of its clients hang up instead, and ask again when all is over: nobody knows whether what
they asked for came to pass. Nothing acknowledged may be lost, and nothing done twice. A pause counts when 32 requests
or more were in flight, 16 or more of them writes that wait for the paused server and were not hung up on, and the
other did something acknowledged meanwhile: it can't where all members or rewards are in a transaction of the paused
one.
"""

import asyncio
import random
import sys
import time

import books
import campaign
import history
import judge
from journal import Journal
from load import Load, perform, settle
from population import Population, sign_in
from service import Broken, Service
from wire import Connection

IN_FLIGHT_MIN = 32  # of both servers
WAITING_MIN = 16  # for the paused one
BEFORE_S, AFTER_S = (0.2, 0.8), 0.4
PAUSES_S = ((0.3, 2), (5, 7))  # in turn; in the longer MongoDB ends the transaction of the paused server
TRIES = 4  # for each pause that counts
HANG_UP = 3  # every such one of those who wait
QUIET_MAX_S = 120  # until what the paused server was asked is over: MongoDB may keep it waiting
TAKERS = 16  # connections that ask the other server again


def take_over(port, operations, population, journal):
    """Tasks that ask this server for what another was asked."""
    left = list(operations)

    async def work(process):
        connection = Connection(port)
        while left:
            await perform(process, connection, left.pop(), journal, population)
        connection.close()

    return [asyncio.create_task(work(1000 + number)) for number in range(TAKERS)]


def wait_until_quiet(server):
    """Until it is at nothing any more of those who hung up, but at what it is asked here."""
    until = time.monotonic() + QUIET_MAX_S
    while server.measure("wattback_http_requests_in_flight") > 1 or server.measure("wattback_committer_waiting") > 0:
        if time.monotonic() > until:
            raise Broken(f"what was hung up on is not over after {QUIET_MAX_S} s")
        time.sleep(0.05)


class Pauses:
    def __init__(self, options):
        self.options = options
        self.tally = campaign.Tally("pauses", "landed", "taken_over", "replayed", "hung_up", "applied", "absent")
        self.chance = random.Random(options.seed)

    async def run(self, folder):
        service = Service(folder, campaign.store_address(self.options.store, "pauses"))
        try:
            servers = [service.serve(), service.serve()]
            admin = await sign_in(Connection(servers[0].port))
            while self.tally.landed < self.options.count and self.tally.pauses < TRIES * self.options.count:
                population = await Population.found(Connection(servers[0].port), admin)
                journal = Journal(folder / f"journal-{self.tally.pauses}.jsonl")
                await self.pause_one(servers, population, journal)
                await self.examine([server.port for server in servers], population, journal)
                self.tally.pauses += 1
                self.tally.documents += await asyncio.to_thread(service.audit)
            for server in servers:
                server.end()
        finally:
            service.close()
        return self.missing()

    def missing(self):
        happens = ("taken_over", "replayed", "hung_up", "applied", "absent", "acknowledged", "refused")
        return self.tally.never_happened(*happens) + self.tally.too_few("landed", self.options.count)

    async def pause_one(self, servers, population, journal):
        load = Load([server.port for server in servers], population, journal, random.Random(self.chance.random()))
        paused = self.chance.randrange(2)
        await asyncio.sleep(self.chance.uniform(*BEFORE_S))
        servers[paused].pause()
        in_flight = len(journal.in_flight)
        waiting = [attempt for attempt in journal.in_flight
                   if attempt.process % 2 == paused and attempt.operation.name not in history.READS]
        left, waiting = waiting[::HANG_UP], [each for place, each in enumerate(waiting) if place % HANG_UP]
        for attempt in left:
            load.hang_up(attempt.process)
        operations = [attempt.operation for attempt in waiting]
        acknowledged = journal.acknowledged
        takers = take_over(servers[1 - paused].port, operations, population, journal)
        await asyncio.sleep(self.chance.uniform(*PAUSES_S[self.tally.pauses % 2]))
        self.tally.landed += (in_flight >= IN_FLIGHT_MIN and len(waiting) >= WAITING_MIN
                              and journal.acknowledged > acknowledged)
        servers[paused].resume()
        await asyncio.sleep(AFTER_S)
        await load.stop()
        await asyncio.gather(*takers)
        await asyncio.to_thread(wait_until_quiet, servers[paused])
        self.tally.hung_up += sum(attempt.answer is None for attempt in left)
        for operation in operations:
            answers = [attempt.answer for attempt in journal.attempts[operation.key] if attempt.done]
            self.tally.taken_over += len(answers) > 1
            self.tally.replayed += any(answer.replayed for answer in answers)

    async def examine(self, ports, population, journal):
        before = await books.read(ports[0], population)
        campaign.refuse(judge.keeps_its_rules(before) + judge.keeps_its_word(before, journal), "after the pause")
        asked = await settle(ports, journal, population)
        self.tally.settle(judge.settlement(before, journal, asked))
        for port in ports:
            after = await books.read(port, population)
            campaign.refuse(judge.keeps_its_rules(after) + judge.keeps_its_word(after, journal),
                            f"after all was settled, as port {port} says")
        path = journal.path.with_suffix(".history")
        history.write(journal, path)
        await asyncio.to_thread(history.check, path)
        self.tally.histories += 1
        self.tally.add(journal)
        journal.close()


def main():
    dose = campaign.Dose("pauses", embedded=None, mongo=(3, 100))
    options = campaign.read_options("Pauses one of two servers.", dose)
    pauses = Pauses(options)
    return campaign.run("pause campaign", options, pauses.tally, pauses.run)


if __name__ == "__main__":
    sys.exit(main())
