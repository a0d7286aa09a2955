#!/usr/bin/env python3
"""One read fails of the thread that moves the write-ahead log of a server under load: it moves the log again the next
time it is long, nobody is turned away meanwhile, and the server's log says what failed.

strace finds the thread by what it writes to the store's file, which nobody else does, and has one of its reads of the
log fail. That the log was moved, all of it, is seen by its beginning anew.
"""

import asyncio
import datetime
import random
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from failing_calls import FailingCalls, happens, run_service_test  # noqa: E402
from failing_server_test import find_log_faults, told  # noqa: E402
from population import FIRST_HOUR, Population, sign_in, written  # noqa: E402
from service import Broken  # noqa: E402
from wire import Connection  # noqa: E402

LOG_MAX_MIB = 2 * 64  # twice what it has when its moving begins (SqliteOptions::log_pages)
MIB = 1 << 20
WITHIN_S = 60  # half a second or two where nothing else is done
FAILS = "pread64:error=EIO:when=5"
BEGINNINGS = 2  # of the log, after the failure
NAMES = re.compile("disk I/O error|Input/output error")
# Readings of so many hours that those of a bulk change many pages.
WRITERS, BULK, HOURS, METERS = 3, 500, 8000, 4


class Log:
    def __init__(self, path):
        self.path = path

    @property
    def mib(self):
        return self.path.stat().st_size / MIB

    @property
    def beginnings(self):
        """How often it began anew (sqlite.org/fileformat2.html#walformat: the checkpoint sequence number)."""
        with self.path.open("rb") as file:
            return int.from_bytes(file.read(16)[12:], "big")

    async def begins(self, times):
        """Whether it began so often from now on, before it was too long."""
        enough = self.beginnings + times
        await happens(lambda: self.beginnings >= enough or self.mib > LOG_MAX_MIB, WITHIN_S)
        return self.beginnings >= enough


class Writers:
    """Send bulks of readings until they are told to end."""

    def __init__(self, port, population):
        self.port, self.population, self.chance = port, population, random.Random(1)
        self.goes_on, self.faults = True, []
        self.workers = [asyncio.create_task(self.work(number)) for number in range(WRITERS)]

    async def work(self, number):
        connection, sent = Connection(self.port), 0
        while self.goes_on and not self.faults:
            lines = [self.reading() for _ in range(BULK)]
            answer = await connection.ask("POST", "usage:bulk", self.population.admin, lines, f"bulk-{number}-{sent}")
            if answer is None or not answer.done:
                self.faults.append(f"a bulk: {told(answer)}")
            sent += 1
        connection.close()

    def reading(self):
        member, meter = self.chance.choice(self.population.members), self.chance.randrange(METERS)
        start = written(FIRST_HOUR - datetime.timedelta(hours=self.chance.randrange(HOURS)))
        return {"user_id": member.user_id, "meter": f"meter-{meter}", "start": start, "duration": 3600,
                "energy_consumed": self.chance.randint(1, 1_000_000) / 1_000_000, "energy_type": "Renewable"}

    async def end(self):
        self.goes_on = False
        await asyncio.gather(*self.workers)


async def find_mover(server, store, trace):
    """The number of the thread."""
    with FailingCalls(trace, server.process.pid, ["pwrite64"], [store]) as watched:
        if not await happens(watched.lines, WITHIN_S):
            raise Broken(f"within {WITHIN_S} s nothing of the log was moved")
        return watched.lines()[0].split()[0]


async def find_faults(folder, log, server):
    """What is wrong after one read of the thread failed."""
    mover = await find_mover(server, log.path.with_name("wattback.db"), folder / "trace-of-all")
    if not await log.begins(1):
        raise Broken(f"before any read failed the log had {log.mib:.0f} MiB and did not begin anew")
    with FailingCalls(folder / "trace", server.process.pid, [FAILS], [log.path], mover) as failing:
        if not await happens(failing.count, WITHIN_S):
            raise Broken(f"within {WITHIN_S} s no read of the log failed")
    is_moved = await log.begins(BEGINNINGS)
    print(f"{failing.count()} reads failed; after that the log had {log.mib:.0f} MiB")
    if not is_moved:
        yield f"the log is not moved any more: it has {log.mib:.0f} MiB"
    for fault in find_untold(server):
        yield fault


def find_untold(server):
    is_told = NAMES.search(server.log.read_text(encoding="utf-8"))
    return find_log_faults(server) + ([] if is_told else ["the server's log does not say that a read failed"])


async def use(service):
    server = service.serve()
    connection = Connection(server.port)
    population = await Population.found(connection, await sign_in(connection))
    connection.close()
    writers = Writers(server.port, population)
    try:
        log = Log(service.folder / "data" / "wattback.db-wal")
        faults = [fault async for fault in find_faults(service.folder, log, server)]
    finally:
        await writers.end()
    server.end()
    service.audit()
    return writers.faults + faults


if __name__ == "__main__":
    sys.exit(run_service_test("Has one read fail of the thread that moves the log", use))
