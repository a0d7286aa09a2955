"""A database of a test's own on the real mongod, for the program and for pymongo, which has none of our code.

WATTBACK_TEST_MONGO names the address file of mongod.py.
"""

import datetime
import json
import os
import sys
import uuid
from pathlib import Path

import bson
import pymongo
from bson.binary import Binary

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "cli"))
from server import ServerTest  # noqa: E402


def read_schema(name):
    return json.loads((ROOT / "schema" / f"{name}.json").read_text(encoding="utf-8"))


SCHEMA = {name: read_schema(name) for name in read_schema("schema")["collections"]}


class Database:
    def __init__(self):
        file = Path(os.environ["WATTBACK_TEST_MONGO"])
        server, options = file.read_text(encoding="utf-8").splitlines()[0].split("?")
        self.name = f"test_{uuid.uuid4().hex[:12]}"
        self.address = f"{server}{self.name}?{options}"
        self.client = pymongo.MongoClient(self.address, serverSelectionTimeoutMS=10_000)
        self.here = self.client[self.name]

    def drop(self):
        self.client.drop_database(self.name)
        self.client.close()


class HandTest(ServerTest):
    """One database a class, for the program and its server."""

    @classmethod
    def setUpClass(cls):
        cls.database = Database()
        cls.addClassCleanup(cls.database.drop)
        cls.here = cls.database.here

    def name_store(self):
        return {"WATTBACK_STORE": self.database.address}

    def another_server(self, *arguments):
        """A server of its own, asked as ServerTest asks its one."""
        other = ServerTest()
        other.folder, other.data, other.environment = self.folder, self.data, self.environment
        self.addCleanup(other.doCleanups)
        other.serve(*arguments)
        return other


NAMES = {bool: "bool", bson.Int64: "long", int: "int", float: "double", str: "string", bytes: "binary 0",
         datetime.datetime: "date", dict: "object", list: "array", type(None): "null"}  # fmt: skip


def bson_type(value):
    """As MongoDB's $type names it; a binary by its subtype."""
    return f"binary {value.subtype}" if isinstance(value, Binary) else NAMES[type(value)]


# What the types of schema/*.json are in MongoDB.
TYPES = {"boolean": "bool", "int64": "long", "real": "double", "string": "string", "uuid": "binary 4",
         "bytes": "binary 0", "time": "date", "day": "date", "integers": "object"}  # fmt: skip


def key_fields(collection):
    """The fields that stand in `_id` alone: those of a key of several."""
    key = SCHEMA[collection]["primary_key"]
    return key if len(key) > 1 else []


def declared_indexes(collection):
    """Each index's name: its fields in order, and whether it is unique."""
    indexes = {"_id_": (["_id"], False)}
    for index in SCHEMA[collection]["indexes"]:
        unique = index.get("unique", False)
        rest = [] if unique else [f for f in SCHEMA[collection]["primary_key"] if f not in index["fields"]]
        indexes[index["name"]] = (index["fields"] + rest, unique)
    return indexes
