"""Between a program and a mongod: passes on all that both say, and strikes where it is told to.

Of the wire protocol (mongodb.com/docs/manual/reference/mongodb-wire-protocol) it reads as much as it takes to see
which command a message is, and of which transaction. What it does not understand it passes on.
"""

import asyncio
import math
import struct
import threading

from replica_set import mongod

OP_MSG = 2013
HEADER = struct.Struct("<iiii")  # length, number, number of what is answered, kind
NAME = 26  # where the name of the command stands: behind header, flags, kind and size of the section, type


def command_of(message):
    """The name of the command; empty of what is no command."""
    if len(message) <= NAME or HEADER.unpack_from(message)[3] != OP_MSG or message[20] != 0:
        return ""
    return message[NAME:message.index(b"\0", NAME)].decode()


def transaction_of(message):
    """Its session and number; None of what is in no transaction."""
    if b"\x08autocommit\0\0" not in message:
        return None
    session, number = (message.index(name) + len(name) for name in (b"\x03lsid\0", b"\x12txnNumber\0"))
    return message[session:session + struct.unpack_from("<i", message, session)[0]], message[number:number + 8]


def database_of(message):
    at = message.index(b"\x02$db\0") + len(b"\x02$db\0")
    return message[at + 4:message.index(b"\0", at + 4)].decode()


def answer_to(message, document):
    body = struct.pack("<i", 0) + b"\0" + mongod.encode(document)
    return HEADER.pack(HEADER.size + len(body), 0, HEADER.unpack_from(message)[1], OP_MSG) + body


async def read_message(reader):
    """The bytes; empty at the end."""
    try:
        head = await reader.readexactly(HEADER.size)
        return head + await reader.readexactly(HEADER.unpack(head)[0] - HEADER.size)
    except (asyncio.IncompleteReadError, OSError):
        return b""


class Strike:
    """Of the transactions that a program begins from now on, the one of that number is struck, or all from that on."""

    def __init__(self, transaction=0, for_good=False):
        self.wanted, self.for_good = transaction, for_good
        self.transactions = []  # in the order of their first commands
        self.struck = 0

    def is_due(self, transaction):
        if transaction not in self.transactions:
            self.transactions.append(transaction)
        number = self.transactions.index(transaction)
        return number == self.wanted or (self.for_good and number > self.wanted)

    async def meet(self, command, link, message):
        """Before a command of that transaction is passed on; true: it is not to be."""
        raise NotImplementedError


class Cut(Strike):
    """Cuts the connection at the commit, so many times or, of infinitely many, whenever one comes: before it has gone
    anywhere (`lost`), as soon as it is sent on (`sent`), or instead of passing on its answer (`answered`)."""

    WAYS = ("answered", "sent", "lost")

    def __init__(self, way, times, transaction=0):
        super().__init__(transaction, for_good=times == math.inf)
        self.way, self.times = way, times

    async def meet(self, command, link, message):
        if command != "commitTransaction" or self.struck >= self.times:
            return False
        self.struck += 1
        if self.way == "answered":
            link.muted.add(HEADER.unpack_from(message)[1])
            return False
        if self.way == "sent":
            await link.pass_on(message)
        link.close()
        return True


class Link:
    """One connection of the program, and that to mongod which stands for it."""

    def __init__(self, program, server):
        self.program, self.server = program, server  # the writers
        self.muted = set()  # numbers of messages whose answers cut the connection

    async def pass_on(self, message):
        self.server.write(message)
        await self.server.drain()

    def close(self):
        self.program.close()
        self.server.close()


class Proxy:
    """In a thread of its own, so that it goes on whatever its campaign waits for."""

    def __init__(self, behind):
        self.behind, self.port = behind, mongod.free_port()
        self.strikes = {}  # by database
        self.databases = {}  # of transactions, by their first commands
        self.commands = set()  # that were sent in transactions
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self.serve, "127.0.0.1", self.port), self.loop).result()

    def end(self):
        asyncio.run_coroutine_threadsafe(self.close(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def close(self):
        self.server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def serve(self, reader, writer):
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self.behind)
        except OSError:
            writer.close()
            return
        link = Link(writer, to_server)
        answers = asyncio.ensure_future(self.pass_answers(from_server, link))
        try:
            while message := await read_message(reader):
                if not await self.strike(link, message):
                    await link.pass_on(message)
        except OSError:
            pass  # one of them went
        finally:
            link.close()
            await answers

    async def strike(self, link, message):
        transaction = transaction_of(message)
        if transaction is None:
            return False
        command = command_of(message)
        self.commands.add(command)
        database = self.databases.setdefault(transaction, database_of(message))  # commits are sent to `admin`
        strike = self.strikes.get(database)
        return strike is not None and strike.is_due(transaction) and await strike.meet(command, link, message)

    async def pass_answers(self, reader, link):
        try:
            while message := await read_message(reader):
                if HEADER.unpack_from(message)[2] in link.muted:
                    break
                link.program.write(message)
                await link.program.drain()
        except OSError:
            pass
        finally:
            link.close()
