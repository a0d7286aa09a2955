"""A stand-in for mongos, which can't be had here: it speaks MongoDB's wire protocol to the program and passes what it
is told on to a real mongod of a replica set, so the program takes it for the router of a sharded cluster.

It says `isdbgrid`, shards collections as mongos would (in its own memory alone: all documents stay on that mongod),
gives transactions their recovery token, and records every command. It routes nothing.
"""

import contextlib
import socket
import struct
import threading

import bson
from bson.codec_options import CodecOptions
from mongod import free_port

OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
CODEC = CodecOptions(tz_aware=False)
UNAUTHORIZED, ILLEGAL_OPERATION, ALREADY_INITIALIZED, INVALID_OPTIONS = 13, 20, 23, 72

# Of hello's answer, what only a member of a replica set says; and what would have the driver wait on the connection.
OF_A_MEMBER = ("setName", "setVersion", "hosts", "primary", "me", "electionId", "secondary", "lastWrite", "passives",
               "arbiters", "tags", "topologyVersion")  # fmt: skip


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


def is_prefix(key, index):
    """Whether the index may be unique on a collection sharded by this key: by its names, or `_id` (which is unique on
    a shard only). As ShardKeyPattern::isIndexUniquenessCompatible of mongodb/mongo (isUniqueIndexCompatible in 5.0)."""
    names = list(index)
    return names[0] == "_id" or names[: len(key)] == list(key)


class Router:
    """`on` may answer a command in its place: given the command, an answer, None for the usual one, or `cut`."""

    cut = object()  # closes the connection instead of an answer

    def __init__(self, client):
        self.client = client  # pymongo's, on the mongod
        self.mongod = client.address
        self.seen = []  # of each command: the database, and itself
        self.enabled, self.sharded = set(), {}  # databases; keys by full names
        self.unsplittable = set()
        self.on = lambda command: None
        self.more = {}  # that it says of itself
        self.lock = threading.Lock()
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
        if "recoveryToken" in command:
            command = {field: value for field, value in command.items() if field != "recoveryToken"}
            message = message_of(command, 0, number)
        behind.sendall(message)
        answer = read_message(behind)
        if answer and command.get("autocommit") is False:
            answer = message_of(command_of(answer) | {"recoveryToken": {"recoveryShardId": "one"}}, number)
        return answer

    def hello(self, message, behind, form, number):
        behind.sendall(message)
        answer = read_message(behind)
        said = bson.decode(answer[36:], CODEC) if form is reply_of else command_of(answer)
        own = {field: value for field, value in said.items() if field not in OF_A_MEMBER}
        return form(own | {"msg": "isdbgrid"} | self.more, number)

    # -- what mongos does itself

    def own_answer(self, name, command):
        if name == "enableSharding":
            self.enabled.add(command[name])
            return {"ok": 1.0}
        if name == "shardCollection":
            with self.lock:
                return self.shard(command[name], command["key"])
        if name == "find" and (command["$db"], command[name]) == ("config", "collections"):
            wanted = set(command["filter"]["_id"]["$in"])
            listed = [{"_id": full, "key": self.sharded[full], "unique": False} for full in wanted & set(self.sharded)]
            listed += [{"_id": full, "key": {"_id": 1}, "unsplittable": True} for full in wanted & self.unsplittable]
            return {"cursor": {"id": bson.Int64(0), "ns": "config.collections", "firstBatch": listed}, "ok": 1.0}
        return None

    def shard(self, full, key):
        """https://www.mongodb.com/docs/manual/reference/command/shardCollection/"""
        database, name = full.split(".", 1)
        collection = self.client[database][name]
        if database not in self.enabled:
            return failure(ILLEGAL_OPERATION, f"sharding not enabled for db {database}")
        if full in self.sharded:
            same = self.sharded[full] == key
            return {"ok": 1.0} if same else failure(ALREADY_INITIALIZED, f"sharding already enabled for {full}")
        indexes = list(collection.list_indexes())
        for index in indexes:
            if index.get("unique") and not is_prefix(key, index["key"]):
                return failure(INVALID_OPTIONS, f"can't shard {full} with unique index on {dict(index['key'])}")
        if not any(dict(index["key"]) == key for index in indexes):
            if collection.find_one():
                return failure(INVALID_OPTIONS, f"create an index on {key} before sharding {full}")
            collection.create_index(list(key.items()))
        self.sharded[full] = key
        return {"collectionsharded": full, "ok": 1.0}


def failure(code, message):
    return {"ok": 0.0, "errmsg": message, "code": code, "codeName": "", "errorLabels": []}
