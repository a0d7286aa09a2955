#!/usr/bin/env python3
"""The disk below a server gets full under load, and has room again.

    full_disk_campaign.py [--dose ci|night] [--seed N] [--disks N]

The store is on a file system of its own (small_disk.py). While it is full, what changes something must be answered
503, and what reads goes on; with room again the same server goes on, what was in doubt is settled, and all that was
promised is there. Histories are not checked: thousands of requests that may have happened have too many orders. The
judge holds each effect to what was answered of it. The disk is full for new members each time; the store is new every
`SEASON` disks, so that reading all of it after each stays cheap.
"""

import asyncio
import os
import random
import shutil
import subprocess
import sys
import time

import books
import campaign
import judge
from journal import Journal
from load import Load, settle
from population import Population, sign_in
from service import Broken, Service
from small_disk import go_apart, mount
from wire import Connection

READS = ("balance", "stock")
ROOM_KIB = 1 << 20
LEFT_KIB = (0, 512)  # on the disk that is about to get full
FULL_WITHIN_S, FULL_S, AFTER_S = 60, 1, 0.5
SEASON = 20


class WhileFull(Journal):
    """Counts what is answered while the disk is full: from the first 503 until there is room."""

    def __init__(self, path):
        super().__init__(path)
        self.is_full = self.may_be_full = False
        self.turned_away = self.read = 0
        self.faults = []

    def answer(self, attempt, answer):
        super().answer(attempt, answer)
        reads = attempt.operation.name in READS
        status = None if answer is None else answer.status
        self.is_full = self.is_full or (self.may_be_full and status == 503 and not reads)
        self.turned_away += self.is_full and status == 503 and not reads
        self.read += self.is_full and status == 200 and reads
        if status is None or (status >= 500 and (reads or status != 503)):
            self.faults.append(f"{attempt.operation.key}: {status} {answer and answer.body}")


class Disks:
    def __init__(self, options):
        self.options = options
        self.tally = campaign.Tally("disks", "turned_away", "read", "applied", "absent")
        self.chance = random.Random(options.seed)

    async def run(self, folder):
        while self.tally.disks < self.options.count:
            place = folder / f"season-{self.tally.disks // SEASON}"
            self.data = place / "data"
            self.data.mkdir(parents=True)
            mount(self.data, ROOM_KIB)
            try:
                await self.live(Service(place), min(self.options.count - self.tally.disks, SEASON))
            finally:
                subprocess.run(["umount", "--lazy", self.data], check=True)
            shutil.rmtree(place)
            if self.tally.disks < self.options.count:
                print(f"  {self.tally}", flush=True)
        return self.missing()

    def missing(self):
        """Of what is answered 503 about one a disk was applied: a few disks may have none."""
        by_night = ("applied",) if self.options.dose == "night" else ()
        return (self.tally.never_happened("turned_away", "read", "acknowledged", "refused", "absent", *by_night)
                + self.tally.too_few("disks", self.options.count))

    async def live(self, service, disks):
        try:
            server = service.serve()
            connection = Connection(server.port)
            admin = await sign_in(connection)
            connection.close()
            for number in range(disks):
                connection = Connection(server.port)
                population = await Population.found(connection, admin)
                connection.close()
                journal = WhileFull(service.folder / f"journal-{number}.jsonl")
                await self.fill(server, population, journal)
                await self.examine(server, population, journal)
                self.tally.documents += await asyncio.to_thread(service.audit)
                self.tally.disks += 1
            server.end()
        finally:
            service.close()

    def size(self, kib):
        mount(self.data, kib, "remount")

    async def fill(self, server, population, journal):
        load = Load([server.port], population, journal, random.Random(self.chance.random()))
        room = os.statvfs(self.data)
        used_kib = (room.f_blocks - room.f_bfree) * room.f_frsize // 1024
        journal.may_be_full = True
        self.size(used_kib + 1024 + self.chance.randint(*LEFT_KIB))
        until = time.monotonic() + FULL_WITHIN_S
        while not journal.is_full and time.monotonic() < until:
            await asyncio.sleep(0.02)
        await asyncio.sleep(FULL_S)
        turned_away, read = journal.turned_away, journal.read
        self.size(ROOM_KIB)
        await asyncio.sleep(AFTER_S)
        await load.stop()
        campaign.refuse(journal.faults, "while the disk was full")
        if not turned_away or not read:
            raise Broken(f"while the disk was full {turned_away} were turned away and {read} read")
        self.tally.turned_away += turned_away
        self.tally.read += read

    async def examine(self, server, population, journal):
        before = await books.read(server.port, population)
        campaign.refuse(judge.keeps_its_rules(before) + judge.keeps_its_word(before, journal), "with room again")
        asked = await settle([server.port], journal, population)
        self.tally.settle(judge.settlement(before, journal, asked))
        after = await books.read(server.port, population)
        campaign.refuse(judge.keeps_its_rules(after) + judge.keeps_its_word(after, journal), "after all was settled")
        self.tally.add(journal)
        journal.close()


def main():
    go_apart(__file__)
    dose = campaign.Dose("disks", embedded=(3, 100), mongo=None)
    options = campaign.read_options("Fills the disk below a server under load.", dose)
    disks = Disks(options)
    return campaign.run("full disks", options, disks.tally, disks.run)


if __name__ == "__main__":
    sys.exit(main())
