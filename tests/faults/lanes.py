"""Requests that are disturbed one at a time, on a server and a database of their own; several lanes at once, on one
mongod behind a proxy.

Whatever happens between the server and MongoDB, a request is answered with its outcome, or with a 503 after which
the same request gives it; and it has one effect.
"""

import asyncio
import itertools
import sys
import time

import campaign
from kinds import KINDS, Programme
from population import sign_in
from proxy import Proxy
from replica_set import ReplicaSet
from service import ROOT, Broken, Service
from wire import Connection

sys.path.insert(0, str(ROOT / "tests" / "scenarios"))
import unknown_commits_test  # noqa: E402

TRANSACTION_S = 60  # as MongoDB has it: longer than a commit is repeated
SETTLE_MAX_S = 100  # what is asked again; longer than MongoDB keeps a transaction that nobody ends
SETTLE_PAUSE_S = 0.1
SEASON = 60  # requests on one programme, so that its lists stay on a page


def check_kinds():
    """There is a case of every kind of command that src has."""
    known = {name.partition(",")[0] for name in KINDS}
    if known != unknown_commits_test.find_kinds():
        raise Broken(f"kinds of commands that are not here, or not in src: "
                     f"{known ^ unknown_commits_test.find_kinds()}")


class Lane:
    databases = itertools.count()

    def __init__(self, folder, mongod):
        self.folder, self.mongod, self.proxy = folder, mongod, mongod.proxy
        self.service = self.programme = self.database = None
        self.done = 0  # requests of this season

    async def renew(self):
        """Another programme."""
        self.leave()
        self.done, self.database = 0, f"programme_{next(self.databases)}"
        folder = self.folder / self.database
        folder.mkdir()
        address = self.mongod.address.replace("/?", f"/{self.database}?")
        self.service = await asyncio.to_thread(Service, folder, address)
        server = await asyncio.to_thread(self.service.serve)
        self.programme = Programme(server.port, await sign_in(Connection(server.port)), self.service)

    async def audit(self):
        return await asyncio.to_thread(self.service.audit)

    def database_of(self, case):
        return case.by.database if case.by else self.database

    def strike(self, case, strike):
        self.proxy.strikes[self.database_of(case)] = strike

    def heal(self, case):
        self.proxy.strikes.pop(self.database_of(case), None)

    def leave(self):
        if self.service:
            self.service.close()


class Tally(campaign.Tally):
    """Of requests one at a time: was it not acknowledged, its effect was there or was not."""

    def __init__(self, *names):
        super().__init__(*names, "unavailable", "applied", "absent", "slowest_s")

    def take(self, hold):
        self.acknowledged += not hold.was_unavailable
        self.unavailable += hold.was_unavailable
        self.applied += hold.was_unavailable and hold.was_applied
        self.absent += hold.was_unavailable and not hold.was_applied
        self.slowest_s = max(self.slowest_s, hold.seconds)


class Hold:
    """A case of a kind, held to what is promised while `disturb` is at work."""

    def __init__(self, kind, case, connection):
        self.kind, self.case, self.connection = kind, case, case.by or connection
        self.seconds, self.was_unavailable, self.was_applied = 0.0, False, False

    async def run(self, disturb, heal):
        before = await self.case.look()
        if before == self.case.done:
            raise Broken(f"{self.kind}: was done before it was asked for: {before}")
        disturb()
        began = time.monotonic()
        answer = await self.ask()
        self.seconds = time.monotonic() - began
        heal()
        self.was_unavailable = answer.status == 503
        if self.was_unavailable:
            answer = await self.settle(before)
        if answer is not None:
            await self.see(answer)
            await self.repeat(answer)

    async def ask(self):
        answer = await self.connection.ask(*self.case.request)
        if answer is None:
            raise Broken(f"{self.kind}: the request was not answered")
        return answer

    async def settle(self, before):
        """The answer of the same request, asked again until it is not 503 any more. Of one that would be another
        there is none where it was done."""
        until = time.monotonic() + SETTLE_MAX_S
        while True:
            found = await self.case.look()
            self.was_applied = found != before
            if self.case.repeated is None and self.was_applied:
                await self.is_done("after 503")
                return None
            answer = await self.ask()
            if answer.status != 503:
                break
            if time.monotonic() > until:
                raise Broken(f"{self.kind}: still 503 after {SETTLE_MAX_S} s: {answer.body}")
            await asyncio.sleep(SETTLE_PAUSE_S)
        if self.case.same and answer.replayed != (found == self.case.done):
            raise Broken(f"{self.kind}: was {found}, of {before} and {self.case.done}; its answer, replayed: "
                         f"{answer.replayed}")
        return answer

    async def see(self, answer):
        allowed = {*self.case.statuses, *([self.case.repeated] if self.was_unavailable else [])}
        if answer.status not in allowed:
            raise Broken(f"{self.kind}: answered {answer.status}, and not {allowed}: {answer.body}")
        for name, value in ({} if self.was_unavailable else self.case.says).items():
            if answer.content[name] != value:
                raise Broken(f"{self.kind}: did {value}, of {name}, and answered {answer.body}")
        await self.is_done("after its answer")

    async def is_done(self, when):
        found = await self.case.look()
        if found != self.case.done:
            raise Broken(f"{self.kind}: {found} is there {when}; once done it is {self.case.done}")

    async def repeat(self, first):
        if self.case.repeated is None:
            return
        answer = await self.ask()
        if answer.status != self.case.repeated:
            raise Broken(f"{self.kind}: repeated, it is answered {answer.status}: {answer.body}")
        if self.case.same and (not answer.replayed or answer.body != first.body):
            raise Broken(f"{self.kind}: was answered {first.body}, and repeated {answer.body}")
        await self.is_done("after it was repeated")


async def run_lanes(count, folder, cells, work):
    """Each of the cells by `work(lane, cell)`, on so many lanes. Gives how many documents were audited, and which
    commands transactions had."""
    mongod = await asyncio.to_thread(ReplicaSet, transaction_s=TRANSACTION_S, make_proxy=Proxy)
    lanes, left, documents = [Lane(folder, mongod) for _ in range(count)], list(reversed(cells)), []

    async def go(lane):
        while left:
            cell = left.pop()
            if lane.service is None or lane.done == SEASON:
                await lane.renew()
            await work(lane, cell)
            lane.done += 1
            if not left or lane.done == SEASON:
                documents.append(await lane.audit())

    tasks = [asyncio.ensure_future(go(lane)) for lane in lanes]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for lane in lanes:
            lane.leave()
        mongod.end()
    return sum(documents), mongod.proxy.commands
