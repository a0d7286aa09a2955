#!/usr/bin/env python3
"""A migration on MongoDB that is killed, or begun by two at once: by the command line, or by servers as they start."""

import datetime
import getpass
import hashlib
import re
import socket
import time
import unittest

from bson import Int64
from bson.binary import Binary
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from store_by_hand import HandTest  # noqa: I001
from migrations import MANY, NEWEST, Killed, Migrating
from wattback import FAILED


# How each begins, as it was released (tests/migrations pins them too).
CHECKSUMS = {1: "d32219c99b7602b6", 2: "8aa9006a639e1c0c", 3: "279c23749dbfbdef"}
PROGRESS = re.compile(r"the store is being migrated: 3 \(reward_names\), (\d+) documents so far(, by another process)?")

GROWS_MIN = 3  # numbers that are seen to follow each other


def now():
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


class OlderOnMongo(HandTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.database.client.drop_database, self.database.name)
        self.raw = self.here.get_collection("redemptions", CodecOptions(document_class=RawBSONDocument))

    def load(self, version):
        """The newest store, taken back by hand: a redemption had no name then, and a migration no history."""
        self.assertEqual((version, NEWEST), (2, 3))
        self.add_member()
        self.run_json("points", "adjust", "--user", "rosa@example.org", "--points", 900, "--reason", "goodwill")
        for name in ("Kettle", "Bulb"):
            self.run_json("rewards", "create", "--name", name, "--points-required", 100, "--stock", 20)
            self.run_json("redemptions", "create", "--user", "rosa@example.org", "--reward", name, "--key", name)
        (collection,) = self.here.list_collections(filter={"name": "redemptions"})
        validator = collection["options"]["validator"]
        del validator["$jsonSchema"]["properties"]["reward_name"]
        validator["$jsonSchema"]["required"].remove("reward_name")
        self.here.command("collMod", "redemptions", validator=validator)
        self.here.redemptions.update_many({}, {"$unset": {"reward_name": ""}})
        self.here.drop_collection("schema_history")
        self.here.store_schema.update_one({}, {"$set": {"version": Int64(version)}})

    def multiply(self, many):
        first = self.here.redemptions.find_one()

        def another(number):
            id = Binary(hashlib.sha256(b"%d" % number).digest()[:16], 4)
            return first | {"_id": id, "redemption_id": id, "version": Int64(1)}

        for begin in range(0, many, 10_000):
            self.here.redemptions.insert_many([another(n) for n in range(begin, min(begin + 10_000, many))], ordered=False)

    def redemptions(self):
        kept = self.raw.find(projection={"reward_name": 0, "version": 0}).sort("_id")
        versions = self.raw.find(projection=["version"]).sort("_id")
        return [(each.raw, version["version"]) for each, version in zip(kept, versions, strict=True)]

    def changed(self):
        return self.here.redemptions.count_documents({"reward_name": {"$exists": True}})

    def misnamed(self):
        names = {reward["_id"]: reward["name"] for reward in self.here.rewards.find()}
        self.assertEqual(set(self.here.redemptions.distinct("reward_id")), set(names))
        return sum(self.here.redemptions.count_documents({"reward_id": id, "reward_name": {"$ne": name}})
                   for id, name in names.items())

    def record(self):
        found = self.here.schema_history.find_one({"_id": NEWEST}) or {"runs": 0, "changed": 0}
        return found["runs"], found["changed"]


class KilledOnMongo(Killed, OlderOnMongo):
    kills = (MANY // 2,)

    def test_two_servers_that_start_at_once_migrate_once(self):
        self.load(2)
        self.multiply(10_000)
        before, began = self.redemptions(), now()
        servers = [self.another_server("--migrate") for _ in range(2)]
        for server in servers:
            self.assertEqual(server.ask("GET", "/readyz").status, 503, "it was done before both had begun")
        self.watch_progress(servers, len(before))
        for server in servers:
            self.assertIn("serves", server.server.stdout.readline())
            self.assertEqual(server.ask("GET", "/readyz").status, 200)
        self.assertEqual(self.record(), (1, len(before)))
        self.expect_recorded(began, servers)
        self.expect_migrated(before)

    @staticmethod
    def is_ready(server, told):
        """It notes what is told instead, where that is new."""
        answer = server.ask("GET", "/readyz")
        if answer.status == 503 and (detail := answer.json()["detail"]) != told[-1]:
            told.append(detail)
        return answer.status == 200

    def watch_progress(self, servers, count):
        """Until both are ready, who works says how far it is, and who waits how far the other is."""
        told = [["the store is being migrated: it begins"] for _ in servers]
        waiting = list(zip(servers, told))
        while waiting:
            waiting = [each for each in waiting if not self.is_ready(*each)]
        found = [[PROGRESS.fullmatch(detail) for detail in said[1:]] for said in told]
        self.assertTrue(all(map(all, found)), told)
        numbers = [[int(each[1]) for each in said] for said in found]
        self.assertEqual(numbers, [sorted(set(said)) for said in numbers], "it told of as many again, or of fewer")
        self.assertGreaterEqual(max(map(len, numbers)), GROWS_MIN, told)
        self.assertLessEqual(max(map(max, filter(None, numbers))), count)
        self.assertEqual({each[2] is not None for said in found for each in said}, {False, True}, told)

    def expect_recorded(self, began, servers):
        history = {each["_id"]: each for each in self.here.schema_history.find()}
        self.assertEqual({number: each["checksum"].hex()[:16] for number, each in history.items()}, CHECKSUMS)
        self.assertEqual({len(each["checksum"]) for each in history.values()}, {32})
        done = history[NEWEST]
        owner = re.fullmatch(r"(.+)@(.+), process (\d+), [0-9a-f]{8}", done["owner"])
        self.assertTrue(owner, done["owner"])
        self.assertEqual(owner.groups()[:2], (getpass.getuser(), socket.gethostname()))
        self.assertIn(int(owner[3]), [server.server.pid for server in servers])
        self.assertEqual(done["status"], "migrated")
        millisecond = datetime.timedelta(milliseconds=1)  # which times are cut to
        self.assertTrue(began - millisecond <= done["started_at"] < done["finished_at"] <= now(), done)
        self.assertEqual(done["duration_ms"], (done["finished_at"] - done["started_at"]) // millisecond)


class Told(Migrating, OlderOnMongo):
    def load(self, version):
        self.database.client.drop_database(self.database.name)
        super().load(version)

    def test_what_it_says_to_run_can_be_pasted(self):
        address = self.database.address + "&socketTimeoutMS=60000&appName=Rosa's"
        file = self.write("address", address + "\n")
        self.expect_told("--store", address)
        self.expect_told(WATTBACK_STORE=address)
        self.expect_told(WATTBACK_STORE_FILE=str(file))

    def test_a_newer_one_is_refused(self):
        self.load(2)
        self.here.store_schema.update_one({}, {"$set": {"version": Int64(999)}})
        for verb in (("serve", "--port", "0"), ("serve", "--port", "0", "--migrate"), ("migrate", "up")):
            self.refuse(FAILED, *verb, says="has schema version 999, and this program knows up to version 3; "
                                            "use a newer wattback")


class Kept(Migrating, OlderOnMongo):
    """What transactions of others keep from a migration: those of a killed process stay open for a minute or more."""

    HELD_S = 15  # longer than a lease, and than an answer is waited for here

    def environment(self):
        return super().environment() | {"WATTBACK_STORE": self.database.address + "&socketTimeoutMS=5000"}

    def hold(self, runs):
        began = time.monotonic()
        while time.monotonic() < began + self.HELD_S:
            self.assertEqual([run.poll() for run in runs], [None] * len(runs), "it did not wait")
            time.sleep(0.1)

    def expect_one_run(self, runs, before):
        """All ended well, one of them did it, and no other took its lease; what they said."""
        ends = [self.finish(run) for run in runs]
        self.assertEqual(sum(len(up["done"]) for up, _ in ends), 1)
        self.assertEqual(self.record(), (1, len(before)))
        self.expect_migrated(before)
        said = "".join(err for _, err in ends)
        self.assertIn("3 reward_names waits: ", said)
        return said

    def test_a_transaction_that_only_reads(self):
        self.load(2)
        self.multiply(2_000)
        before = self.redemptions()
        with self.database.client.start_session() as session, session.start_transaction():
            self.here.redemptions.find_one(session=session)
            runs = [self.start("migrate", "up", "--json") for _ in range(2)]
            self.hold(runs)
            session.abort_transaction()
        self.assertIn("transactions use redemptions", self.expect_one_run(runs, before))

    def test_a_transaction_that_writes(self):
        """What the migration comes to later, so that it has begun."""
        self.load(2)
        self.multiply(30_000)
        before = self.redemptions()
        run = self.start("migrate", "up", "--json")
        while self.record()[1] == 0:
            self.assertIsNone(run.poll())
            time.sleep(0.01)
        with self.database.client.start_session() as session, session.start_transaction():
            last = self.here.redemptions.find_one(sort=[("_id", -1)], session=session)
            self.here.redemptions.update_one({"_id": last["_id"]}, {"$inc": {"version": 1}}, session=session)
            another = self.start("migrate", "up", "--json")
            self.hold([run, another])
            self.assertGreater(self.record()[1], 0)
            session.abort_transaction()
        self.assertIn("others write what it reads", self.expect_one_run([run, another], before))


if __name__ == "__main__":
    unittest.main()
