#!/usr/bin/env python3
"""Two hundred redemptions of what is enough for seven, many at once: exactly seven are made, whoever asks.

    races_campaign.py [--dose ci|night] [--seed N] [--rounds N] [--store mongodb://...]

Each round races for one balance and for one stock. On an embedded store over HTTP from 64 connections, and
every tenth round by the command line, 8 processes at a time beside the server; on MongoDB from two servers.
No request may be answered by 5xx, and some must be refused. Of each race 64 requests must have been under way
together: the servers stand still until so many are sent, so that none is answered before. Of one by processes 8
must have run together. Over a run each server must have sold, and two must have come into conflict.
"""

import asyncio
import json
import random
import sys
from pathlib import Path

import books
import campaign
import history
import judge
from journal import Journal
from load import perform
from population import Population, sign_in
from service import Broken, Service
from wire import Answer, Connection

WANTED, ENOUGH_FOR = 200, 7
CONNECTIONS, PROCESSES = 64, 8
PRICE = 30
BY_PROCESSES = 10  # the last of so many rounds
ANSWERS = {0: 201, 4: 409}  # exit codes as the statuses they stand for


async def redeem_by_process(process, service, population, operation, journal, note_start):
    """As `perform`, by the command line."""
    attempt = journal.send(process, operation)
    member = next(each for each in population.members if each.user_id == operation.arguments["member"])
    reward = next(each for each in population.rewards if each.reward_id == operation.arguments["reward"])
    started = await asyncio.create_subprocess_exec(
        *service.command("redemptions", "create", "--user", f"{member.name}@example.org", "--reward", reward.name,
                         "--key", operation.request[4], "--json"),
        env=service.environment(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
    note_start(started.pid)
    said = json.loads((await started.communicate())[0])
    body = said.get("error", said)
    answer = Answer(ANSWERS.get(started.returncode, 500), body.pop("replayed", False), json.dumps(body))
    journal.answer(attempt, answer)
    return answer


def is_running(process):
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def find_faults(journal, together, wanted):
    """What is wrong with a race, in words."""
    made = sum(any(attempt.done for attempt in attempts) for _, attempts in journal.operations("redeem"))
    if made != ENOUGH_FOR:
        yield f"{made} of {WANTED} redemptions were made; there was enough for {ENOUGH_FOR}"
    if together < wanted:
        yield f"{together} of them were under way together, and not {wanted}"


def must_sell_or_refuse(operation, answer):
    if answer is None or answer.status not in (201, 409):
        raise Broken(f"{operation.key}: {answer and (answer.status, answer.body)}")


class Races:
    def __init__(self, options):
        self.options = options
        self.tally = campaign.Tally("rounds", "by_processes", "races", "made", "by_first", "by_second", "by_process",
                                    "conflicts", "together")
        self.tally.together = WANTED  # the fewest of any race over HTTP that were under way at one moment
        self.chance = random.Random(options.seed)

    async def run(self, folder):
        service = Service(folder, campaign.store_address(self.options.store, "races"))
        try:
            await self.live(service)
        finally:
            service.close()
        return self.missing()

    def missing(self):
        of_two = ("by_second", "conflicts") if self.options.store else ("by_processes", "by_process")
        return self.tally.never_happened("races", "acknowledged", "refused", "by_first", *of_two)

    async def live(self, service):
        self.servers = [service.serve() for _ in range(2 if self.options.store else 1)]
        self.ports = [server.port for server in self.servers]
        admin = await sign_in(Connection(self.ports[0]))
        for number in range(1, self.options.count + 1):
            by_processes = not self.options.store and number % BY_PROCESSES == 0
            await self.race(service, admin, by_processes, members=1, points=PRICE * ENOUGH_FOR + 29, stock=WANTED)
            await self.race(service, admin, by_processes, members=8, points=PRICE * WANTED, stock=ENOUGH_FOR)
            self.tally.rounds += 1
            self.tally.by_processes += by_processes
        self.tally.documents += await asyncio.to_thread(service.audit)
        self.tally.conflicts = sum(server.measure("wattback_committer_conflicts_total") for server in self.servers)
        for server in self.servers:
            server.end()

    async def race(self, service, admin, by_processes, members, points, stock):
        connection = Connection(self.ports[0])  # one of the last race may be closed for having nothing to do
        population = await Population.found(connection, admin, members, [PRICE])
        journal = Journal(service.folder / f"journal-{self.tally.races}.jsonl")
        reward, = population.rewards
        for operation in [*(population.adjustment(member, points) for member in population.members),
                          population.movement(reward, stock)]:
            await perform(0, connection, operation, journal)
        connection.close()
        waiting = [population.redemption(self.chance.choice(population.members), reward) for _ in range(WANTED)]
        redeem = self.redeem_by_processes if by_processes else self.redeem_over_http
        together = await redeem(service, population, waiting, journal)
        campaign.refuse(list(find_faults(journal, together, PROCESSES if by_processes else CONNECTIONS)), "a race")
        await self.examine(population, journal)
        self.count(journal, by_processes)
        if not by_processes:
            self.tally.together = min(self.tally.together, together)

    async def redeem_over_http(self, _, population, waiting, journal):
        """How many were sent before any was answered."""
        connections = [Connection(self.ports[process % len(self.ports)]) for process in range(CONNECTIONS)]
        await asyncio.gather(*(connection.open() for connection in connections))

        async def work(process, connection):
            while waiting:
                operation = waiting.pop()
                must_sell_or_refuse(operation, await perform(process, connection, operation, journal))
            connection.close()

        for server in self.servers:
            server.pause()
        working = [asyncio.create_task(work(*each)) for each in enumerate(connections)]
        await asyncio.sleep(0)
        together = len(journal.in_flight)
        for server in self.chance.sample(self.servers, len(self.servers)):
            server.resume()
        await asyncio.gather(*working)
        return together

    async def redeem_by_processes(self, service, population, waiting, journal):
        """How many ran at one moment."""
        started, together = [], []

        def note_start(process):
            started.append(process)
            together.append(sum(map(is_running, started[-PROCESSES:])))

        async def work(process):
            while waiting:
                operation = waiting.pop()
                answer = await redeem_by_process(process, service, population, operation, journal, note_start)
                must_sell_or_refuse(operation, answer)

        await asyncio.gather(*map(work, range(PROCESSES)))
        return max(together)

    async def examine(self, population, journal):
        read = await books.read(self.ports[0], population)
        campaign.refuse(judge.keeps_its_rules(read) + judge.keeps_its_word(read, journal), "after a race")
        journal.close()
        path = journal.path.with_suffix(".history")
        history.write(journal, path)
        history.check(path)
        self.tally.histories += 1

    def count(self, journal, by_processes):
        self.tally.races += 1
        self.tally.add(journal)
        for _, attempts in journal.operations("redeem"):
            for attempt in attempts:
                if attempt.done:
                    self.tally.made += 1
                    server = ("by_first", "by_second")[attempt.process % len(self.ports)]
                    self.tally.count("by_process" if by_processes else server)


def main():
    dose = campaign.Dose("rounds", embedded=(10, 100), mongo=(10, 100))
    options = campaign.read_options("Races for a balance and for a stock.", dose)
    races = Races(options)
    return campaign.run("races", options, races.tally, races.run)


if __name__ == "__main__":
    sys.exit(main())
