#!/usr/bin/env python3
"""kill -9 of the server at random moments under load, and what it promised held against what is there.

    kill_campaign.py [--dose ci|night] [--seed N] [--kills N] [--store mongodb://...]

Every other kill comes at any moment, those between with the first answer after one, when more of the same
group was committed and is being answered. A kill counts when 32 requests or more were in flight and at least
one of them stayed without an answer; after some, the next server is killed too, while it starts.

The members and rewards are new every few kills and the store is new every `SEASON` kills, so that reading all
of it after each stays cheap; before a store is left everything in it is read once more.
"""

import asyncio
import random
import shutil
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
from service import Broken, Service
from wire import Connection

IN_FLIGHT_MIN = 32
SEASON = 50
STUMBLES, STUMBLE_MAX_S = 0.2, 0.2  # how often the next server is killed too, while it starts
TRIES = 2  # for each kill that counts
GENERATION = 3  # kills with the same members
LIFE_S = (0.1, 0.7)  # how long the server lives under load


class Kills:
    def __init__(self, options):
        self.options = options
        self.tally = campaign.Tally("kills", "landed", "stumbled", "applied", "absent", "slowest_s")
        self.chance = random.Random(options.seed)
        self.generations = []  # of this season: (population, journal)

    async def run(self, folder):
        season, count = 0, self.options.count
        while self.tally.landed < count and self.tally.kills < TRIES * count:
            place = folder / f"season-{season}"
            place.mkdir()
            service = Service(place, campaign.store_address(self.options.store, season))
            try:
                await self.live_season(service, min(count - self.tally.landed, SEASON))
            finally:
                service.close()
            shutil.rmtree(place)
            season += 1
            if self.tally.landed < count:
                print(f"  {self.tally}", flush=True)
        return (self.tally.never_happened("acknowledged", "refused", "applied", "absent")
                + self.tally.too_few("landed", count))

    async def live_season(self, service, kills):
        self.generations = []
        server = service.serve()
        connection = Connection(server.port)
        admin = await sign_in(connection)
        for number in range(kills):
            if number % GENERATION == 0:
                connection = Connection(server.port)
                population = await Population.found(connection, admin)
                connection.close()
                journal = Journal(service.folder / f"journal-{len(self.generations)}.jsonl")
                self.generations.append((population, journal))
            server = await self.live(service, server, population, journal)
        await self.leave(service, server)

    async def live(self, service, server, population, journal):
        """One life of the server: load, kill, another one, and what is there now. Gives the next server."""
        load = Load([server.port], population, journal, random.Random(self.chance.random()))
        in_flight = []

        def kill():
            in_flight.append(len(journal.in_flight))
            server.process.kill()

        def kill_with_an_answer():
            load.at_next_answer = kill

        timer = threading.Timer(self.chance.uniform(*LIFE_S), (kill, kill_with_an_answer)[self.tally.kills % 2])
        timer.start()
        await load.ended()
        if not in_flight and not server.runs:
            raise Broken(f"the server ended by itself: {server.log.read_text(encoding='utf-8')[-2000:]}")
        timer.join()
        server.kill()
        self.tally.kills += 1
        in_doubt = len(journal.in_doubt())
        self.tally.landed += in_flight[0] >= IN_FLIGHT_MIN and in_doubt > 0

        if self.chance.random() < STUMBLES:
            self.stumble(service)
        server = service.serve()
        await self.examine(server, population, journal)
        self.tally.documents += await asyncio.to_thread(service.audit)
        return server

    def stumble(self, service):
        """A server that is killed while it starts."""
        with (service.folder / "log-stumbled").open("w", encoding="utf-8") as log:
            starting = service.start("serve", "--port", "0", stderr=log)
        time.sleep(self.chance.uniform(0, STUMBLE_MAX_S))
        starting.kill()
        starting.communicate()
        self.tally.stumbled += 1

    async def examine(self, server, population, journal):
        before = await books.read(server.port, population)
        campaign.refuse(judge.keeps_its_rules(before), "the books after the kill")
        campaign.refuse(judge.keeps_its_word(before, journal), "what was promised, after the kill")
        began = time.monotonic()
        asked = await settle([server.port], journal, population)
        self.tally.slowest_s = max(self.tally.slowest_s, time.monotonic() - began)
        self.tally.settle(judge.settlement(before, journal, asked))
        after = await books.read(server.port, population)
        campaign.refuse(judge.keeps_its_rules(after), "the books after all was settled")
        campaign.refuse(judge.keeps_its_word(after, journal), "what was promised, after all was settled")

    async def leave(self, service, server):
        for number, (population, journal) in enumerate(self.generations):
            last = await books.read(server.port, population)
            campaign.refuse(judge.keeps_its_rules(last) + judge.keeps_its_word(last, journal), "before it was left")
            path = service.folder / f"history-{number}.jsonl"
            history.write(journal, path)
            await asyncio.to_thread(history.check, path)
            self.tally.histories += 1
            self.tally.add(journal)
            journal.close()
        server.end()


def main():
    dose = campaign.Dose("kills", embedded=(30, 10_000), mongo=(8, 1000))
    options = campaign.read_options("Kills the server under load.", dose)
    kills = Kills(options)
    return campaign.run("kill campaign", options, kills.tally, kills.run)


if __name__ == "__main__":
    sys.exit(main())
