#!/usr/bin/env python3
"""A call fails while a server accepts connections (KINDS): those that come when it works again are answered.

strace counts calls a thread: what fails once fails once in each thread that accepts. Memory is wanting while some
hundred connections come, and stay; then the server may end, as whoever started it sees, but it must not go on and be
deaf. As it depends on where memory is wanting first, that is tried with several servers. Each of their threads has had
some before: where a thread is given none when it first asks jemalloc itself breaks down.
"""

import asyncio
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from failing_calls import FailingCalls, run_service_test  # noqa: E402
from population import sign_in  # noqa: E402
from wire import Connection  # noqa: E402


@dataclass
class Kind:
    """A call that fails, in strace's words, how many connections come from then on, and to how many servers."""

    call: str
    more: int = 3
    servers: int = 1
    may_end: bool = False


KINDS = {
    "no descriptor": Kind("accept,accept4:error=EMFILE:when=1"),
    "no memory of the system's": Kind("accept,accept4:error=ENOMEM:when=1"),
    "no memory to watch it": Kind("epoll_ctl:error=ENOMEM:when=1"),
    "no room to watch it": Kind("epoll_ctl:error=ENOSPC:when=1"),
    "no memory": Kind("mmap:error=ENOMEM", more=300, servers=5, may_end=True),
}
WARM, REQUESTS = 64, 20  # connections, and requests of each, after which each thread has worked
COME_MAX = 600  # until a call fails
PAUSE_S = 0.005
LATER, ANSWER_MAX_S = 8, 5
LOG_END = 200


async def is_answered(connection, token):
    try:
        answer = await asyncio.wait_for(connection.ask("GET", "rewards", token), ANSWER_MAX_S)
    except TimeoutError:
        answer = None
    return answer is not None and answer.status == 200


async def use(port, token):
    async def work(connection):
        for _ in range(REQUESTS):
            await is_answered(connection, token)
        connection.close()

    await asyncio.gather(*(work(Connection(port)) for _ in range(WARM)))


async def come(port, failing, more):
    """Connections that stay: until a call has failed, and so many more. Gives them."""
    come, left = [], None
    while left != 0 and len(come) < COME_MAX + more:
        come.append(Connection(port))
        try:
            await asyncio.wait_for(come[-1].open(), ANSWER_MAX_S)
        except OSError:  # TimeoutError is one
            break
        await asyncio.sleep(PAUSE_S)
        if left is None and failing.count():
            left = more
        elif left is not None:
            left -= 1
    return come


@dataclass
class Round:
    """One server while this call failed, and after."""

    failed: int = 0
    ended: bool = False
    fault: str | None = None

    async def see(self, server, token, kind, trace):
        with FailingCalls(trace, server.process.pid, [kind.call]) as failing:
            connections = await come(server.port, failing, kind.more)
        for connection in connections:
            connection.close()
        self.failed, self.ended = failing.count(), not server.runs
        if not self.ended:
            answered = await count_answered(server.port, token)
            if answered < LATER:
                self.fault = f"of {LATER} connections that came later {answered} were answered"
        elif not kind.may_end or server.process.returncode == -signal.SIGSEGV:
            said = server.log.read_text(encoding="utf-8")[-LOG_END:]
            self.fault = f"the server ended with {server.process.returncode}: {said}"


async def count_answered(port, token):
    later = [Connection(port) for _ in range(LATER)]
    answered = await asyncio.gather(*(is_answered(connection, token) for connection in later))
    for connection in later:
        connection.close()
    return sum(answered)


async def try_one(service, kind, trace):
    server = service.serve()
    connection = Connection(server.port)
    token = await sign_in(connection)
    connection.close()
    await use(server.port, token)
    tried = Round()
    await tried.see(server, token, kind, trace)
    if server.runs and not tried.fault:
        server.end()
    else:
        server.kill()
    return tried


async def try_some(service, name, kind):
    """What is wrong with the first server of which anything is; or with them all."""
    rounds = []
    while len(rounds) < kind.servers and not (rounds and rounds[-1].fault):
        rounds.append(await try_one(service, kind, service.folder / f"trace-{name}-{len(rounds)}"))
    print(f"{name}: {sum(each.failed for each in rounds)} calls failed of {len(rounds)} servers, "
          f"of which {sum(each.ended for each in rounds)} ended", flush=True)
    if rounds[-1].fault:
        return [rounds[-1].fault]
    went_on = any(each.failed and not each.ended for each in rounds)
    return [] if went_on else ["never happened: a server that went on after a call had failed"]


async def find_faults(service):
    return [f"{name}, {kind.call}: {fault}" for name, kind in KINDS.items()
            for fault in await try_some(service, name, kind)]


if __name__ == "__main__":
    sys.exit(run_service_test("Has calls fail while connections are accepted", find_faults))
