#!/usr/bin/env python3
"""The program before a stand-in for a member of a replica set (stand_in.py): what it asks there, and how it does where
the member is too old, or has no change stream for it.
"""

import threading
import time
import unittest

from bson import Int64
from documented import too_new, undocumented
from stand_in import UNAUTHORIZED, Member, failure, hold_documented
from store_by_hand import HandTest
from wattback import DONE, FAILED, StoreTest

FRESH_S = 1.0  # how late a server may show what another did to the catalog

UNDOCUMENTED = (
    ("find.let", {"find": "users", "filter": {}, "let": {"a": 1}}),
    ("find: $where", {"find": "users", "filter": {"$or": [{"name": "a"}, {"$where": "true"}]}}),
    ("aggregate: $setWindowFields", {"aggregate": "users", "pipeline": [{"$match": {}}, {"$setWindowFields": {}}]}),
    ("aggregate: $changeStream.showExpandedEvents",
     {"aggregate": 1, "pipeline": [{"$changeStream": {"showExpandedEvents": True}}]}),
    ("collMod.changeStreamPreAndPostImages", {"collMod": "users", "changeStreamPreAndPostImages": {"enabled": True}}),
    ("createIndexes.indexes.hidden", {"createIndexes": "users", "indexes": [{"key": {"name": 1}, "hidden": True}]}),
    ("create.clusteredIndex", {"create": "users", "clusteredIndex": {"key": {"_id": 1}, "unique": True}}),
    ("update.updates.sort", {"update": "users", "updates": [{"q": {}, "u": {"$set": {}}, "sort": {"name": 1}}]}),
    ("update: $inc", {"update": "users", "updates": [{"q": {}, "u": {"$inc": {"points": 1}}}]}),
    ("bulkWrite", {"bulkWrite": 1, "ops": []}),
)  # fmt: skip


class Manual(unittest.TestCase):
    def test_what_is_not_listed_is_found(self):
        for says, command in UNDOCUMENTED:
            with self.subTest(says):
                self.assertEqual(list(undocumented(command)), [says])

    def test_all_that_is_listed_is_in_the_oldest_release(self):
        self.assertEqual(too_new(), {})


class OnAMember(HandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member = Member(cls.database.client)
        cls.addClassCleanup(cls.member.close)
        cls.addClassCleanup(hold_documented, cls.member)

    def name_store(self):
        return {"WATTBACK_STORE": self.member.address(self.database.name)}

    def asked(self):
        return [next(iter(command)) for _, command in self.member.seen]


class TooOld(OnAMember):
    def setUp(self):
        StoreTest.setUp(self)

    def test_a_server_before_5_0_is_refused(self):
        self.member.more = {"maxWireVersion": 9}  # of 4.4
        create = ("programme", "create", "--name", "Sunny Street", "--time-zone", "UTC")
        for words in (create, ("users", "list"), ("serve", "--port", 0)):
            self.refuse(FAILED, *words, says="the server is too old; use MongoDB 5.0 or later")
        self.assertEqual(self.database.client[self.database.name].list_collection_names(), [])
        self.member.more = {"maxWireVersion": 13}  # of 5.0
        self.run_json(*create, exit_code=DONE)


class Listening(OnAMember):
    def setUp(self):
        super().setUp()
        self.run_json("rewards", "create", "--name", "Kettle", "--points-required", 10, "--stock", 5)

    def show(self, points):
        """Seconds until the server shows it, of a change made by another."""
        self.here.rewards.update_one({"name": "Kettle"}, {"$set": {"points_required": Int64(points)}})
        began = time.monotonic()
        while self.ask("GET", "/api/v1/rewards", bearer=self.ada).json()["data"][0]["points_required"] != points:
            self.assertLess(time.monotonic() - began, FRESH_S, f"not {points} yet")
            time.sleep(0.01)

    def test_without_a_change_stream_the_catalog_is_fresh_within_a_second(self):
        self.here.command("collMod", "rewards", validator={})
        self.run_json("migrate", "up")
        self.serve()
        self.ada = self.sign_in()
        self.show(20)
        self.assertIn("aggregate", self.asked())
        self.assertIn("getMore", self.asked())

        failed, refused = threading.Event(), []

        def be_deaf(command):
            if command.get("collection") != "$cmd.aggregate" and "aggregate" not in command:
                return None
            refused.append(command)
            failed.set()
            return failure(UNAUTHORIZED, "not allowed")

        self.member.on = be_deaf
        self.assertTrue(failed.wait(FRESH_S), "there was no stream")
        for points in (30, 40, 50):
            self.show(points)
        self.assertTrue(any("aggregate" in command for command in refused), "it was not tried again")


if __name__ == "__main__":
    unittest.main()
