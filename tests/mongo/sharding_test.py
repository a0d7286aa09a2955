#!/usr/bin/env python3
"""The program before a stand-in for mongos (router.py): what it asks there, and how it shards its collections.

Every command on a collection that is to be sharded is held to what MongoDB allows on one (shard_rules.py), and must
name the member, but for the programme-wide reads and scans. No mongos was asked: a real one may know better.
"""

import contextlib
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from bson import Int64
from bson.binary import Binary
from programme_life import LifeTest, in_seconds
from pymongo.errors import OperationFailure
from router import Router
from shard_rules import SHARD_PATHS, collection_of, faults_of, is_programme_wide
from stand_in import UNAUTHORIZED, failure, hold_documented
from store_by_hand import HandTest, ServerTest, read_schema
from wattback import DONE, FAILED, UNAVAILABLE, StoreTest

VERSION = read_schema("schema")["version"]
WRITE_CONFLICT = 112
ORDER_S = 0.1  # between requests that are to be decided in order
KEYS = {name: {path: "hashed"} for name, path in SHARD_PATHS.items()}

# The parts of the contract that are about what is sharded.
SHARDED_TAGS = {"meters", "usage", "points", "imports", "redemptions"}

# What goes over all members' documents, and over all their readings of some days: the step, and the collection.
SCANS = {(step, name) for step in ("audit", "migrate verify") for name in SHARD_PATHS}
SCANS.add(("programme summary", "usage_daily"))
BY_DATE = {(step, "energy_usage") for step in ("usage report", "withdrawal for everyone")}


def key_of(command):
    return {name: value for name, value in command.items() if name not in ("lsid", "$db", "$clusterTime", "txnNumber")}


ONE, OTHER = Binary(bytes([1] * 16), 4), Binary(bytes([2] * 16), 4)
DOCUMENT = {"_id": ONE, "user_id": OTHER}
READING = {"_id": ONE, "user_id": OTHER, "version": Int64(2)}
SET = {"$set": {"version": Int64(2)}}
DAY = {"_id": {"user_id": ONE, "day": Int64(5)}}
IN_ONE = {"autocommit": False, "txnNumber": Int64(1)}
FIRST = IN_ONE | {"startTransaction": True, "readConcern": {"level": "snapshot"}}
MAJORITY = {"readConcern": {"level": "majority"}}


def find(collection, query, **more):
    return {"find": collection, "filter": query} | MAJORITY | more


def update(query, operators, collection="energy_usage", **more):
    return {"update": collection, "updates": [{"q": query, "u": operators} | more]} | IN_ONE


GOOD = (
    find("energy_usage", {"user_id": ONE, "date": {"$gte": 1}}),
    find("energy_usage", {"_id": {"$in": [ONE, OTHER]}, "user_id": {"$in": [ONE, OTHER]}}),
    find("meters", {"$or": [{"user_id": ONE, "label": "a"}, {"user_id": OTHER, "label": "b"}]}),
    find("usage_daily", {"_id": DAY["_id"]}),
    find("usage_daily", {"_id": {"$gte": DAY["_id"]}, "_id.user_id": ONE}),
    {"insert": "points_ledger", "documents": [DAY]} | FIRST,
    update(DOCUMENT, SET),
    update(DOCUMENT, SET | {"$unset": {"meter_id": ""}}),
    update({"_id": DAY["_id"]}, SET, collection="usage_daily"),
    {"delete": "meters", "deletes": [{"q": DOCUMENT, "limit": 1}]} | IN_ONE,
    {"createIndexes": "meters", "indexes": [{"key": {"user_id": 1, "label": 1}, "unique": True}]},
    {"commitTransaction": 1, "writeConcern": {"w": "majority"}} | IN_ONE,
)

# Finds that go to every shard.
WIDE = (
    find("energy_usage", {"_id": ONE}),
    find("energy_usage", {"_id": {"$in": [ONE]}}),
    find("energy_usage", {"user_id": {"$gt": ONE}}),
    find("energy_usage", {"user_id": {"$in": []}}),
    find("energy_usage", {"user_id": {"$in": [ONE], "$gt": ONE}}),
    find("meters", {"$or": [{"user_id": ONE}, {"label": "b"}]}),
    find("usage_daily", {"_id": {"$in": [DAY["_id"]]}}),
    find("usage_daily", {"_id": {"$gte": DAY["_id"]}}),
    find("usage_daily", {"user_id": ONE}),
)

BAD = (
    ("does not name the member", update({"_id": ONE}, SET)),
    ("does not name the member", {"delete": "usage_daily", "deletes": [{"q": {"_id": {"$gt": ONE}}, "limit": 1}]}),
    ("does not name the document", update({"user_id": OTHER}, SET)),
    ("does not name the document", update({"_id": {"$in": [ONE]}, "user_id": OTHER}, SET)),
    ("changes several", update(DOCUMENT, SET, multi=True)),
    ("makes one", update(DOCUMENT, SET, upsert=True)),
    ("removes several", {"delete": "meters", "deletes": [{"q": DOCUMENT, "limit": 0}]} | IN_ONE),
    ("does more than set", update(DOCUMENT, READING)),
    ("does more than set", update(DOCUMENT, {})),
    ("does more than set", update(DOCUMENT, [SET])),
    ("does more than set", update(DOCUMENT, SET | {"$inc": {"points": 1}})),
    ("changes the member", update(DOCUMENT, {"$set": {"user_id": ONE}})),
    ("changes the member", update({"_id": DAY["_id"]}, {"$set": {"_id.user_id": ONE}}, collection="usage_daily")),
    ("changes the member", update({"_id": DAY["_id"]}, {"$set": {"_id": DAY["_id"]}}, collection="usage_daily")),
    ("changes the key", update(DOCUMENT, {"$unset": {"_id": ""}})),
    ("of no member", {"insert": "energy_usage", "documents": [READING, {"_id": ONE}]} | IN_ONE),
    ("begins with label", {"createIndexes": "meters", "indexes": [{"key": {"label": 1}, "unique": True}]}),
    ("a count", {"count": "energy_usage", "query": DOCUMENT}),
    ("a aggregate", {"aggregate": "energy_usage", "pipeline": []} | MAJORITY),
    ("a findAndModify", {"findAndModify": "meters", "query": DOCUMENT}),
    ("a create in a transaction", {"create": "rewards"} | IN_ONE),
    ("a createIndexes in a transaction", {"createIndexes": "meters", "indexes": []} | IN_ONE),
    ("it reads with majority", find("users", {}) | IN_ONE),
    ("it reads with None", {"insert": "users", "documents": []} | IN_ONE | {"startTransaction": True}),
    ("it reads with local", find("users", {}) | {"readConcern": {"level": "local"}}),
    ("ends it without one", {"commitTransaction": 1} | IN_ONE),
    ("a concern of its own", {"insert": "users", "documents": [], "writeConcern": {"w": "majority"}} | IN_ONE),
)  # fmt: skip


# Programme-wide reads that nothing calls for, each with its step.
NOT_WIDE = (
    ("programme summary", find("energy_usage", {}, sort={"_id": 1})),
    ("usage report", find("usage_daily", {}, sort={"date": 1})),
    ("usage report", find("energy_usage", {}, sort={"_id": 1})),
    ("GET users/me/usage", find("energy_usage", {}, sort={"date": 1})),
    ("audit", find("meters", {"_id": ONE})),
)


def faults_of_wide(step, command):
    """Of a programme-wide find: it is none of those there are, or does not walk."""
    pair, sort = (step, command["find"]), command.get("sort")
    if pair not in SCANS | BY_DATE:
        yield "it names no member"
    if not sort:  # a document is asked for with its member
        yield "it does not walk"
    elif pair in BY_DATE and next(iter(sort)) != "date":
        yield "it does not go by the date"


class Rules(unittest.TestCase):
    def test_they_find_what_is_wrong(self):
        for says, command in BAD:
            with self.subTest(says, command=command):
                self.assertIn(says, "; ".join(faults_of(command)))

    def test_they_find_what_goes_everywhere(self):
        for command in WIDE:
            with self.subTest(command=command):
                self.assertTrue(is_programme_wide("find", command))

    def test_they_find_what_goes_everywhere_for_nothing(self):
        for step, command in NOT_WIDE:
            with self.subTest(step, command=command):
                self.assertTrue(list(faults_of_wide(step, command)))

    def test_they_find_nothing_else(self):
        for command in GOOD:
            with self.subTest(command=command):
                self.assertEqual(faults_of(command), [])
                self.assertFalse(is_programme_wide(next(iter(command)), command))


class OnARouter(HandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.router = Router(cls.database.client)
        cls.addClassCleanup(cls.router.close)
        cls.addClassCleanup(hold_documented, cls.router)

    def environment(self):
        # So that the driver takes one router for those of a cluster, as it takes several.
        store = self.router.address(self.database.name) + "&directConnection=false"
        return super().environment() | {"WATTBACK_STORE": store}


class Commands(OnARouter, LifeTest):
    @contextlib.contextmanager
    def step(self, name):
        before = len(self.router.seen)
        with super().step(name):
            yield
        self.steps[-1] = (name, [command for _, command in self.router.seen[before:]])

    # -- its commits in trouble

    def live(self):
        super().live()
        otto = f"users/{self.do('GET', 'users?email=otto@example.org', 200)['data'][0]['user_id']}"
        reading = {"meter": "barn", "start": "2026-01-08T12:00:00Z", "duration": 3600, "energy_consumed": 1.5,
                   "energy_type": "Renewable"}
        self.once("commitTransaction", 1, self.fail_commit)
        self.do("POST", f"{otto}/usage", 201, reading, name="a commit that fails")
        self.once("update", "energy_usage", self.outrun)
        self.do("POST", f"{otto}/usage", 200, reading | {"energy_consumed": 2.5, "as_of": in_seconds(60)},
                name="a write conflict")
        self.once("insert", "meters", self.take_label)
        self.do("POST", f"{otto}/meters", 409, {"label": "balcony"}, name="a label that is taken meanwhile")
        self.here.meters.delete_one({"_id": ONE})  # its id is not what the label gives
        self.exchange_labels(otto)
        self.assertTrue(self.run_step("audit", name="audit")["ok"])

    def once(self, verb, about, do):
        """Before the router passes such a command on; what `do` returns is the answer in its place."""
        def meet(command):
            if command.get(verb) != about:
                return None
            self.router.on = lambda command: None
            return do(command)

        self.router.on = meet

    def fail_commit(self, command):
        """As a commit does that lost to another."""
        self.database.client.admin.command("killSessions", [command["lsid"]])
        return failure(WRITE_CONFLICT, "another commit came first") | {"errorLabels": ["TransientTransactionError"]}

    def outrun(self, command):
        """Somebody else changes the document after the transaction looked at it."""
        self.here.energy_usage.update_one(command["updates"][0]["q"], {"$inc": {"version": Int64(1)}})

    def take_label(self, command):
        self.here.meters.insert_one(command["documents"][0] | {"_id": ONE, "meter_id": ONE})

    def exchange_labels(self, member):
        """In one group, which forms while another is being committed and the next is decided."""
        first, second = (self.do("POST", f"{member}/meters", 201, {"label": label})["meter_id"] for label in ("a", "b"))
        committing, go_on = threading.Event(), threading.Event()

        def hold(_):
            committing.set()
            go_on.wait()

        def ask(method, path, body, **headers):
            time.sleep(ORDER_S)
            return pool.submit(self.ask, method, f"/api/v1/{member}/{path}", body, self.ada, **headers)

        self.once("commitTransaction", 1, hold)
        with self.step("an exchange of labels"), ThreadPoolExecutor() as pool:
            asked = [ask("POST", "points/adjustments", {"points": 1, "reason_code": "goodwill"}, Idempotency_Key="x1")]
            committing.wait()
            asked += [ask("POST", "points/adjustments", {"points": 1, "reason_code": "goodwill"}, Idempotency_Key="x2")]
            asked += [ask("PATCH", f"meters/{meter}", {"label": label})
                      for meter, label in ((second, "c"), (first, "b"), (second, "a"))]
            time.sleep(ORDER_S)
            go_on.set()
            answers = [each.result() for each in asked]
        self.assertEqual([answer.status for answer in answers], [201, 201, 200, 200, 200])
        labels = [self.do("GET", f"{member}/meters/{meter}", 200)["label"] for meter in (first, second)]
        self.assertEqual(labels, ["b", "a"])

    # -- what was seen of it

    def sent(self):
        """Each command on a collection that is sharded, with the step it was of."""
        for name, commands in self.steps:
            for command in commands:
                if collection_of(next(iter(command)), command) in SHARD_PATHS:
                    yield name, command

    def test_every_operation_was_lived(self):
        self.assertEqual(self.operations_of(SHARDED_TAGS) - self.lived, set(), "operations that were not tried")

    def test_every_command_is_legal_on_a_sharded_cluster(self):
        for name, commands in self.steps:
            for command in commands:
                self.assertEqual(faults_of(command), [], f"{name}: {key_of(command)}")

    def test_every_command_names_the_member_but_the_programme_wide_reads(self):
        wide = set()
        for step, command in self.sent():
            if is_programme_wide(next(iter(command)), command):
                wide.add((step, command["find"]))
                self.assertEqual(list(faults_of_wide(step, command)), [], f"{step}: {key_of(command)}")
        self.assertEqual(wide, SCANS | BY_DATE)

    def test_all_kinds_were_seen(self):
        seen = {}
        for _, command in self.sent():
            name = next(iter(command))
            transaction = "autocommit" in command
            seen.setdefault(collection_of(name, command), set()).add((name, transaction))
        for collection in SHARD_PATHS:
            wanted = {("find", False), ("insert", True), ("createIndexes", False), ("create", False)}
            if collection != "points_ledger":  # of which nothing changes
                wanted |= {("find", True), ("update", True)}
            if collection == "meters":  # removed and inserted, where labels are exchanged
                wanted |= {("delete", True)}
            self.assertLessEqual(wanted, seen[collection], collection)
        names = {next(iter(command)) for _, commands in self.steps for command in commands}
        self.assertLessEqual({"commitTransaction", "shardCollection", "enableSharding"}, names)

    def test_why_a_commit_failed_was_looked_up(self):
        """Behind the transaction, in one moment."""
        looked = {(name, command["find"]) for name, command in self.sent()
                  if "find" in command and command.get("readConcern", {}).get("level") == "snapshot"
                  and "autocommit" not in command}
        self.assertLessEqual({("a commit that fails", "energy_usage"), ("a commit that fails", "usage_daily"),
                              ("a commit that fails", "points_ledger"), ("a write conflict", "energy_usage"),
                              ("a label that is taken meanwhile", "meters")}, looked)

    def test_a_transaction_keeps_its_recovery_token(self):
        ends = [command for _, commands in self.steps for command in commands if "commitTransaction" in command]
        self.assertTrue(ends)
        for command in ends:
            self.assertEqual(command["recoveryToken"], {"recoveryShardId": "one"})

    def test_no_change_stream_is_opened(self):
        self.assertEqual([command for _, commands in self.steps for command in commands if "aggregate" in command], [])


class Sharding(OnARouter):
    """`wattback migrate` on a store that was made on the replica set, and lies behind a router from now on."""

    made = False

    def setUp(self):
        if self.made:
            StoreTest.setUp(self)
        else:
            self.store = self.database.address
            super().setUp()
            self.add_member()
            self.run_json("usage", "record", "--user", "rosa@example.org", "--start", "2026-01-05T10:00:00Z",
                          "--energy", "50", "--energy-type", "Renewable")
            type(self).made = True
        self.store = self.router.address(self.database.name)
        self.unshard()
        self.begin()

    def unshard(self):
        self.router.on = lambda command: None
        self.router.more = {}
        for state in (self.router.enabled, self.router.sharded, self.router.unsplittable):
            state.clear()
        for name, (path,) in KEYS.items():
            with contextlib.suppress(OperationFailure):  # where it is not there
                self.here[name].drop_index(f"{path}_hashed")

    def environment(self):
        return super().environment() | {"WATTBACK_STORE": self.store}

    def begin(self):
        del self.router.seen[:]

    def name(self, collection):
        return f"{self.database.name}.{collection}"

    def sharded(self):
        return {full.split(".", 1)[1]: key for full, key in self.router.sharded.items()}

    def asked(self, *names):
        """What was asked of the router, by its names."""
        return [command for _, command in self.router.seen if next(iter(command)) in names]

    def verify(self, exit_code):
        return self.run_json("migrate", "verify", exit_code=exit_code)["faults"]

    def test_up_shards_what_the_schema_shards(self):
        before = {name: list(self.here[name].find()) for name in SHARD_PATHS}
        unsharded = [f"{name} is not sharded by user_id" for name in SHARD_PATHS]
        self.assertEqual(self.verify(FAILED), unsharded)
        self.assertEqual(self.run_json("migrate", "plan"), {"data": [], "sharding": unsharded})
        self.assertIn("shard  meters is not sharded by user_id\n", self.run_any("migrate", "plan").stdout)
        self.assertEqual(self.asked("enableSharding", "shardCollection", "createIndexes"), [])

        done = self.run_json("migrate", "up")
        self.assertEqual(done["sharded"], list(SHARD_PATHS))
        self.assertEqual(self.sharded(), KEYS)
        order = [(next(iter(command)), next(iter(command.values())), command["$db"])
                 for command in self.asked("enableSharding", "shardCollection", "createIndexes")]
        expected = [("enableSharding", self.database.name, "admin")]
        for name in SHARD_PATHS:
            expected += [("createIndexes", name, self.database.name), ("shardCollection", self.name(name), "admin")]
        self.assertEqual(order, expected)

        self.begin()
        self.assertEqual(self.run_any("migrate", "up").stdout, f"schema version {VERSION}\n")
        self.assertEqual(self.run_json("migrate", "up")["sharded"], [])
        self.assertEqual(self.run_json("migrate", "plan"), {"data": [], "sharding": []})
        self.assertEqual(self.verify(DONE), [])
        self.assertEqual(self.asked("enableSharding", "shardCollection", "createIndexes"), [])
        self.assertEqual({name: list(self.here[name].find()) for name in SHARD_PATHS}, before)
        self.assertTrue(self.run_json("audit")["ok"])

    def test_cut_off_it_goes_on(self):
        cut = self.name("usage_daily")
        self.router.on = lambda command: Router.cut if command.get("shardCollection") == cut else None
        self.refuse(UNAVAILABLE, "migrate", "up", says="can't be reached")
        there = [name for name in SHARD_PATHS if name in self.sharded()]
        self.assertEqual(len(there), list(SHARD_PATHS).index("usage_daily"))
        self.router.on = lambda command: None
        self.begin()
        self.assertEqual(self.run_json("migrate", "up")["sharded"], [name for name in SHARD_PATHS if name not in there])
        self.assertEqual(self.sharded(), KEYS)
        self.assertEqual(len(self.asked("shardCollection")), len(SHARD_PATHS) - len(there))

    def test_what_others_have_sharded_meanwhile_is_as_good(self):
        def lose(command):
            """The router does it, and says that it could not."""
            if "shardCollection" not in command:
                return None
            self.router.shard(command["shardCollection"], command["key"])
            return failure(117, "another operation is at work")

        self.router.on = lose
        self.assertEqual(self.run_json("migrate", "up")["sharded"], list(SHARD_PATHS))
        self.assertEqual(self.sharded(), KEYS)
        self.router.on = lambda command: failure(117, "busy") if "shardCollection" in command else None
        self.router.sharded.pop(self.name("meters"))
        self.refuse(UNAVAILABLE, "migrate", "up", says="busy")

    def test_another_key_is_refused(self):
        self.router.sharded[self.name("points_ledger")] = {"_id": 1}
        self.refuse(FAILED, "migrate", "up", says='points_ledger is sharded by { "_id" : 1 }, not by '
                    '{ "_id.user_id" : "hashed" }; nothing was done')
        self.assertEqual(self.asked("enableSharding", "shardCollection", "createIndexes"), [])
        self.assertIn('points_ledger is sharded by { "_id" : 1 }, not by { "_id.user_id" : "hashed" }',
                      self.verify(FAILED))

    def test_another_key_that_comes_meanwhile_is_refused(self):
        def be_late(command):
            if "shardCollection" in command:
                self.router.sharded[command["shardCollection"]] = {"label": 1}
            return None

        self.router.on = be_late
        self.refuse(FAILED, "migrate", "up", says='meters is sharded by { "label" : 1 }, not by { "user_id" : "hashed" } since a moment ago')
        self.assertEqual(self.sharded(), {"meters": {"label": 1}})

    def test_what_is_listed_unsharded_is_sharded(self):
        self.router.unsplittable.add(self.name("meters"))
        self.assertEqual(self.run_json("migrate", "up")["sharded"], list(SHARD_PATHS))

    def test_privileges(self):
        for lacking in ("find", "enableSharding", "shardCollection"):
            self.router.on = (lambda command, name=lacking: failure(UNAUTHORIZED, "not allowed")
                              if name in command and command["$db"] in ("config", "admin") else None)
            self.refuse(FAILED, "migrate", "up", says="grant find on config.collections and enableSharding")
            self.assertEqual(self.sharded(), {})
        self.assertTrue(self.run_json("audit")["ok"])  # for every day none of it is needed
        self.run_json("users", "list")

    def test_a_server_before_5_0_is_refused(self):
        self.router.more = {"maxWireVersion": 9}  # of 4.4
        self.refuse(FAILED, "users", "list", says="the server is too old; use MongoDB 5.0 or later")

    def test_a_server_shards_nothing(self):
        self.serve("--migrate")
        self.assertEqual(ServerTest.ask(self, "GET", "/readyz").status, 200)
        self.assertEqual([database for database, _ in self.router.seen if database == "config"], [])
        self.assertEqual(self.sharded(), {})


if __name__ == "__main__":
    unittest.main()
