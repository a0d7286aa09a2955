"""A stand-in for a server of MongoDB: it speaks MongoDB's wire protocol to the program, records every command, and
passes it on to a real mongod of a replica set, or answers in its place. As a member of that set here; as a router of a
sharded cluster in router.py.
"""

import contextlib
import socket
import struct
import threading

import bson
from bson.codec_options import CodecOptions
from documented import undocumented
from mongod import free_port

OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
CODEC = CodecOptions(tz_aware=False)
UNAUTHORIZED = 13


def read_message(connection):
    """Header and body, or nothing at the end."""
    data = b""
    while len(data) < 4 or len(data) < struct.unpack_from("<i", data)[0]:
        wanted = (struct.unpack_from("<i", data)[0] if len(data) >= 4 else 16) - len(data)
        part = connection.recv(wanted)
        if not part:
            return None
        data += part
    return data


def command_of(message):
    """The command of a message, its lists put together."""
    operation = struct.unpack_from("<i", message, 12)[0]
    if operation == OP_QUERY:
        end = message.index(b"\0", 20)
        return bson.decode(message[end + 9 :], CODEC)
    assert operation == OP_MSG, operation
    command, lists, at = {}, {}, 20
    while at < len(message):
        kind, size = message[at], struct.unpack_from("<i", message, at + 1)[0]
        section = message[at + 1 : at + 1 + size]
        if kind == 0:
            command = bson.decode(section, CODEC)
        else:
            end = section.index(b"\0", 4)
            lists[section[4:end].decode()] = bson.decode_all(section[end + 1 :], CODEC)
        at += 1 + size
    return command | lists


def message_of(document, to, number=0):
    body = struct.pack("<i", 0) + b"\0" + bson.encode(document)
    return struct.pack("<iiii", 16 + len(body), number, to, OP_MSG) + body


def reply_of(document, to):
    body = struct.pack("<iqii", 8, 0, 0, 1) + bson.encode(document)
    return struct.pack("<iiii", 16 + len(body), 0, to, OP_REPLY) + body


class StandIn:
    """`on` may answer a command in its place: given the command, an answer, None for the usual one, or `cut`."""

    cut = object()  # closes the connection instead of an answer

    def __init__(self, client):
        self.client = client  # pymongo's, on the mongod
        self.mongod = client.address
        self.seen = []  # of each command but hello: the database, and itself
        self.strange = {}  # what is documented nowhere, of all that was asked
        self.on = lambda command: None
        self.more = {}  # that it says of itself beside
        self.port = free_port()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.connections = set()
        threading.Thread(target=self.listen, daemon=True).start()

    def address(self, database):
        return f"mongodb://127.0.0.1:{self.port}/{database}?serverSelectionTimeoutMS=2000"

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in list(self.connections):
            self.end(connection)

    def end(self, connection):
        self.connections.discard(connection)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    def listen(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        behind = socket.create_connection(self.mongod)
        behind.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections |= {connection, behind}
        try:
            while message := read_message(connection):
                answer = self.answer(message, behind)
                if answer is None:
                    break
                connection.sendall(answer)
        except OSError:
            pass  # the program went, or the test ends
        finally:
            self.end(connection)
            self.end(behind)

    def answer(self, message, behind):
        """The bytes to answer with; None ends the connection."""
        number, operation = struct.unpack_from("<i", message, 4)[0], struct.unpack_from("<i", message, 12)[0]
        command = command_of(message)
        name = next(iter(command))
        self.strange.update(dict.fromkeys(undocumented(command)))
        if name.lower() in ("hello", "ismaster"):
            return self.hello(message, behind, reply_of if operation == OP_QUERY else message_of, number)
        self.seen.append((command["$db"], command))
        answer = self.on(command)
        if answer is None:
            answer = self.own_answer(name, command)
        if answer is self.cut:
            return None
        if answer is not None:
            return message_of(answer, number)
        return self.pass_on(command, message, number, behind)

    def pass_on(self, command, message, number, behind):
        behind.sendall(message)
        return read_message(behind)

    def own_answer(self, name, command):
        """What it does itself; None for all that the mongod does."""

    def hello(self, message, behind, form, number):
        behind.sendall(message)
        answer = read_message(behind)
        said = bson.decode(answer[36:], CODEC) if form is reply_of else command_of(answer)
        said.pop("topologyVersion", None)  # by which the driver would wait on the connection
        return form(self.introduce(said) | self.more, number)


class Member(StandIn):
    """The primary of the set, which has this one member."""

    def address(self, database):
        return super().address(database) + "&replicaSet=tests"

    def introduce(self, said):
        here = f"127.0.0.1:{self.port}"
        return said | {"hosts": [here], "primary": here, "me": here}


def failure(code, message):
    return {"ok": 0.0, "errmsg": message, "code": code, "codeName": "", "errorLabels": []}


def hold_documented(stand_in):
    assert not stand_in.strange, f"no manual has {list(stand_in.strange)}"
