"""Many connections that keep a server busy, each with a request in flight, until a fault ends them."""

import asyncio
import time

from wire import Connection

CONNECTIONS = 96
SETTLE_MAX_S = 240  # MongoDB keeps what a killed server was writing from others for a minute, and half
SETTLE_PAUSE_S = 0.1


async def perform(process, connection, operation, journal, population=None, settles=False):
    """Sends it, between two notes; the answer, or None."""
    attempt = journal.send(process, operation, settles)
    answer = await connection.ask(*operation.request)
    journal.answer(attempt, answer)
    if answer is not None and population is not None:
        population.learn(operation, answer)
    return answer


class Load:
    """Starts at once; each connection ends when it gets no answer, and all when they are told to."""

    def __init__(self, ports, population, journal, chance, connections=CONNECTIONS):
        self.population, self.journal, self.chance = population, journal, chance
        self.goes_on = True
        self.at_next_answer = None  # called once
        self.connections = [Connection(ports[process % len(ports)]) for process in range(connections)]
        self.workers = [asyncio.create_task(self.work(*each)) for each in enumerate(self.connections)]

    async def work(self, process, connection):
        while self.goes_on:
            operation = self.population.choose(self.chance)
            if await perform(process, connection, operation, self.journal, self.population) is None:
                break
            if self.at_next_answer is not None:
                self.at_next_answer()
                self.at_next_answer = None
        connection.close()

    def hang_up(self, process):
        """This one sends nothing any more."""
        self.connections[process].hang_up()

    async def ended(self):
        await asyncio.gather(*self.workers)

    async def stop(self):
        self.goes_on = False
        await self.ended()


async def settle(ports, journal, population, connections=32):
    """Sends what is in doubt again, with its key, until there is an answer or time is up. Gives what was in doubt."""
    waiting, until = journal.in_doubt(), time.monotonic() + SETTLE_MAX_S

    async def work(process, connection):
        while waiting:
            operation = waiting.pop()
            answer = None
            while (answer is None or answer.uncertain) and time.monotonic() < until:
                answer = await perform(process, connection, operation, journal, population, settles=True)
                if answer is None or answer.uncertain:
                    await asyncio.sleep(SETTLE_PAUSE_S)
        connection.close()

    asked = list(waiting)
    await asyncio.gather(*(work(process, Connection(ports[process % len(ports)])) for process in range(connections)))
    return asked
