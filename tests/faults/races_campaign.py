#!/usr/bin/env python3
"""Two hundred redemptions at once of what is enough for seven: exactly seven are made, whoever asks.

    races_campaign.py [--dose ci|night] [--seed N] [--rounds N] [--store mongodb://...]

Each round races for one balance and for one stock. On an embedded store over HTTP from 64 connections, and
every tenth round by the command line, 8 processes at a time beside the server; on MongoDB from two servers.
No request may be answered by 5xx, some must be refused, and they must have been under way together.
"""

import asyncio
import json
import random
import sys

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


async def redeem_by_process(process, service, population, operation, journal):
    """As `perform`, by the command line."""
    attempt = journal.send(process, operation)
    member = next(each for each in population.members if each.user_id == operation.arguments["member"])
    reward = next(each for each in population.rewards if each.reward_id == operation.arguments["reward"])
    started = await asyncio.create_subprocess_exec(
        service.program, "redemptions", "create", "--user", f"{member.name}@example.org", "--reward", reward.name,
        "--key", operation.request[4], "--json", "--data-dir", service.folder / "data", env=service.environment(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
    said = json.loads((await started.communicate())[0])
    body = said.get("error", said)
    answer = Answer(ANSWERS.get(started.returncode, 500), body.pop("replayed", False), json.dumps(body))
    journal.answer(attempt, answer)
    return answer


class Races:
    def __init__(self, options):
        self.options, self.tally = options, campaign.Tally("rounds", "by_processes", "races", "made", "together")
        self.tally.together = WANTED  # the fewest of any race that were under way at one moment
        self.chance = random.Random(options.seed)

    async def run(self, folder):
        service = Service(folder, campaign.store_address(self.options.store, "races"))
        try:
            servers = [service.serve() for _ in range(2 if self.options.store else 1)]
            self.ports = [server.port for server in servers]
            admin = await sign_in(Connection(self.ports[0]))
            for number in range(1, self.options.count + 1):
                by_processes = not self.options.store and number % BY_PROCESSES == 0
                await self.race(service, admin, by_processes, members=1, points=PRICE * ENOUGH_FOR + 29,
                                stock=WANTED)
                await self.race(service, admin, by_processes, members=8, points=PRICE * WANTED,
                                stock=ENOUGH_FOR)
                self.tally.rounds += 1
                self.tally.by_processes += by_processes
            self.tally.documents += service.audit()
            for server in servers:
                server.end()
        finally:
            service.close()
        return self.tally.never_happened("races", "acknowledged", "refused")

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
        together = []

        async def ask(process):
            own = Connection(self.ports[process % len(self.ports)])
            while waiting:
                operation = waiting.pop()
                if by_processes:
                    answer = await redeem_by_process(process, service, population, operation, journal)
                else:
                    answer = await perform(process, own, operation, journal)
                together.append(len(journal.in_flight) + 1)
                if answer is None or answer.status not in (201, 409):
                    raise Broken(f"{operation.key}: {answer and (answer.status, answer.body)}")
            own.close()

        await asyncio.gather(*map(ask, range(PROCESSES if by_processes else CONNECTIONS)))
        await self.examine(population, journal, max(together))

    async def examine(self, population, journal, together):
        made = sum(any(attempt.done for attempt in attempts) for _, attempts in journal.operations("redeem"))
        if made != ENOUGH_FOR:
            raise Broken(f"{made} of {WANTED} redemptions were made; there was enough for {ENOUGH_FOR}")
        if together < 2:
            raise Broken("the requests went one after the other")
        read = await books.read(self.ports[0], population)
        campaign.refuse(judge.keeps_its_rules(read) + judge.keeps_its_word(read, journal), "after a race")
        journal.close()
        path = journal.path.with_suffix(".history")
        history.write(journal, path)
        history.check(path)
        self.tally.histories += 1
        self.tally.races += 1
        self.tally.made += made
        self.tally.together = min(self.tally.together, together)
        self.tally.add(journal)


def main():
    dose = campaign.Dose("rounds", embedded=(10, 100), mongo=(10, 100))
    options = campaign.read_options("Races for a balance and for a stock.", dose)
    races = Races(options)
    return campaign.run("races", options, races.tally, races.run)


if __name__ == "__main__":
    sys.exit(main())
