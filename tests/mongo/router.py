"""A stand-in for mongos, which can't be had here: the program takes it for the router of a sharded cluster.

It says `isdbgrid`, shards collections as mongos would (in its own memory alone: all documents stay on the mongod
behind it), gives transactions their recovery token, and records every command. It routes nothing.
"""

import threading

import bson
from stand_in import StandIn, command_of, failure, message_of

ILLEGAL_OPERATION, ALREADY_INITIALIZED, INVALID_OPTIONS = 20, 23, 72

# Of hello's answer, what only a member of a replica set says.
OF_A_MEMBER = ("setName", "setVersion", "hosts", "primary", "me", "electionId", "secondary", "lastWrite", "passives",
               "arbiters", "tags")  # fmt: skip


def is_prefix(key, index):
    """Whether the index may be unique on a collection sharded by this key: by its names, or `_id` (which is unique on
    a shard only). As ShardKeyPattern::isIndexUniquenessCompatible of mongodb/mongo (isUniqueIndexCompatible in 5.0)."""
    names = list(index)
    return names[0] == "_id" or names[: len(key)] == list(key)


class Router(StandIn):
    def __init__(self, client):
        self.enabled, self.sharded = set(), {}  # databases; keys by full names
        self.unsplittable = set()
        self.lock = threading.Lock()
        super().__init__(client)

    def introduce(self, said):
        return {field: value for field, value in said.items() if field not in OF_A_MEMBER} | {"msg": "isdbgrid"}

    def pass_on(self, command, message, number, behind):
        if "recoveryToken" in command:
            command = {field: value for field, value in command.items() if field != "recoveryToken"}
            message = message_of(command, 0, number)
        answer = super().pass_on(command, message, number, behind)
        if answer and command.get("autocommit") is False:
            answer = message_of(command_of(answer) | {"recoveryToken": {"recoveryShardId": "one"}}, number)
        return answer

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
