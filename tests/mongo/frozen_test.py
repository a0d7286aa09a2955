#!/usr/bin/env python3
"""Databases as earlier programs left them (tests/fixtures/schema-N.mongodb.ndjson): today's takes each as it stands, or
brings it up, and finds it whole.

  frozen_test.py            WATTBACK_PROGRAM names the program, WATTBACK_TEST_MONGO the address file of mongod.py
  frozen_test.py --write    freezes one that the program makes now; of a version that was released never again

A line is a collection, with its options and indexes as MongoDB lists them, or a document, in extended JSON.
"""

import sys
import unittest

from bson import json_util
from store_by_hand import ROOT, SCHEMA, HandTest, declared_indexes, read_schema
from wattback import StoreTest

NEWEST = read_schema("schema")["version"]
FIXTURES = ROOT / "tests" / "fixtures"
FROZEN = {3}  # versions
PASSWORD = "a long secret"  # Ada's, by whom each was made
# What only a migration has that is under way, or was done on documents.
OF_MIGRATIONS = {("schema_history", name) for name in ("lease_until", "position")}


def file_of(version):
    return FIXTURES / f"schema-{version}.mongodb.ndjson"


def freeze(here):
    """The lines of a database."""
    collections = sorted(here.list_collections(), key=lambda each: each["name"])
    for each in collections:
        indexes = sorted(here[each["name"]].list_indexes(), key=lambda index: index["name"])
        yield {"collection": each["name"], "options": each["options"],
               "indexes": [index.to_dict() for index in indexes]}
    for each in collections:
        for document in here[each["name"]].find(sort=[("_id", 1)]):
            yield {"in": each["name"], "document": document}


def to_text(line):
    return json_util.dumps(line, json_options=json_util.CANONICAL_JSON_OPTIONS)


def thaw(here, lines):
    """Into an empty database; each document is held to the validator that was frozen with it."""
    for line in lines:
        if "document" in line:
            here[line["in"]].insert_one(line["document"])
            continue
        here.create_collection(line["collection"], **line["options"])
        indexes = [index for index in line["indexes"] if index["name"] != "_id_"]
        if indexes:
            here.command("createIndexes", line["collection"], indexes=indexes)


def read(version):
    lines = file_of(version).read_text(encoding="utf-8").splitlines()
    return [json_util.loads(line, json_options=json_util.CANONICAL_JSON_OPTIONS) for line in lines]


class Frozen(HandTest):
    def setUp(self):
        StoreTest.setUp(self)
        self.addCleanup(self.database.client.drop_database, self.database.name)

    def test_each_is_taken_and_whole(self):
        for version in FROZEN:
            with self.subTest(version=version):
                self.database.client.drop_database(self.database.name)
                thaw(self.here, read(version))
                self.take(version)

    def take(self, version):
        lines = [to_text(line) for line in freeze(self.here)]
        self.assertEqual(lines, file_of(version).read_text(encoding="utf-8").splitlines(), "it is not there as it was")
        status = self.run_json("migrate", "status")
        self.assertEqual((status["schema_version"], status["pending"]), (version, NEWEST - version))
        up = self.run_json("migrate", "up")
        self.assertEqual([each["number"] for each in up["done"]], list(range(version + 1, NEWEST + 1)))
        self.assertEqual(self.run_json("migrate", "verify")["faults"], [])
        audited = SCHEMA.keys() - {"schema_history"}
        self.assertEqual(self.audit()["checked"], sum(self.here[name].count_documents({}) for name in audited))
        if version == NEWEST:
            self.assertEqual([to_text(line) for line in freeze(self.here)], lines, "it was changed")
        self.serve()
        session = self.sign_in(password=PASSWORD)
        emil = self.ask("GET", "/api/v1/users?email=emil@example.org", bearer=session).json()["data"][0]
        self.assertEqual((emil["name"], emil["total_points"], emil["points_owed"]), ("Emil", 0, 390))
        self.leave()

    def test_all_is_there(self):
        """That the newest has a document of every collection, and of every field one that has it."""
        lines = read(NEWEST)
        documents = {name: [line["document"] for line in lines if line.get("in") == name] for name in SCHEMA}
        missing = {(name, field["name"]) for name, schema in SCHEMA.items() for field in schema["fields"]
                   if not any(field["name"] in document or field["name"] in dict_of(document["_id"])
                              for document in documents[name])}
        self.assertEqual(missing, OF_MIGRATIONS)
        indexes = {line["collection"]: {index["name"] for index in line["indexes"]}
                   for line in lines if "indexes" in line}
        self.assertEqual({name: indexes[name] for name in SCHEMA},
                         {name: set(declared_indexes(name)) for name in SCHEMA})


def dict_of(id):
    return id if isinstance(id, dict) else {}


class Writer(HandTest):
    """Makes what is frozen."""

    def test_write(self):
        self.serve()
        self.admin = self.sign_in()
        self.make()
        self.end()
        self.audit()
        file_of(NEWEST).write_text("".join(to_text(line) + "\n" for line in freeze(self.here)), encoding="utf-8")

    def do(self, method, path, body=None, bearer=None, **headers):
        answer = self.ask(method, f"/api/v1/{path}", body, bearer or self.admin, **headers)
        self.assertIn(answer.status, (200, 201, 204), f"{path}: {answer.body}")
        return answer.json() if answer.body else None

    @staticmethod
    def reading(hour, energy, **more):
        return {"start": f"2026-01-05T{hour:02}:00:00Z", "duration": 3600, "energy_consumed": energy,
                "energy_type": "Renewable"} | more

    def make(self):
        self.do("POST", "earning-rules", {"follows": 1, "effective_day": "2199-01-01", "daily_cap": 150,
                                          "points_per_kwh": {"Renewable": 7, "Non-Renewable": 0}})
        rosa, emil = (self.do("POST", "users", {
            "email": f"{name.lower()}@example.org", "name": name, "password": PASSWORD,
            "time_zone": "Atlantic/Azores"})["user_id"] for name in ("Rosa", "Emil"))
        self.do("POST", f"users/{rosa}/meters", {"label": "car", "identifier": "urn:car"})
        self.do("POST", f"users/{rosa}/meters", {"label": "roof"})
        self.do("POST", f"users/{rosa}/usage", self.reading(10, 2.413, meter="roof", quality=0))
        self.do("POST", f"users/{rosa}/usage", self.reading(11, 1, meter="car", energy_type="Non-Renewable"))
        _, wrong = (self.do("POST", f"imports?user_id={rosa}&meter=file", self.reading(hour, 3),
                            Content_Type="application/x-ndjson")["import_id"] for hour in (12, 13))
        self.do("POST", f"imports/{wrong}/withdraw", {"reason_code": "wrong-file"})
        self.redeem(rosa, emil)
        self.do("POST", "tokens", {"name": "Meter data hub", "expires_at": "2199-01-01T00:00:00Z"})
        revoked = self.do("POST", "tokens", {"name": "Old hub"})["token_id"]
        self.do("DELETE", f"tokens/{revoked}")
        session = self.sign_in("rosa@example.org", PASSWORD)
        self.do("DELETE", "me/sessions/current", bearer=session)

    def redeem(self, rosa, emil):
        kettle = self.do("POST", "rewards", {"name": "Kettle", "description": "Boils", "points_required": 400,
                                             "stock": 20})["reward_id"]
        self.do("POST", f"rewards/{kettle}/stock-movements", {"delta": 12, "reason_code": "delivery"},
                Idempotency_Key="s1")
        self.do("POST", f"users/{rosa}/points/adjustments", {"points": 900, "reason_code": "goodwill"},
                Idempotency_Key="a1")
        for end in ("cancel", "fulfil"):
            redeemed = self.do("POST", f"users/{rosa}/redemptions", {"reward_id": kettle}, Idempotency_Key=end)
            self.do("POST", f"users/{rosa}/redemptions/{redeemed['redemption_id']}/{end}")
        # One who spent what was earned by a mistake.
        self.do("POST", f"users/{emil}/usage", self.reading(10, 40, meter="roof", as_of="2026-01-06T00:00:00Z"))
        self.do("POST", f"users/{emil}/redemptions", {"reward_id": kettle}, Idempotency_Key="e1")
        self.do("POST", f"users/{emil}/usage", self.reading(10, 0, meter="roof", as_of="2026-01-07T00:00:00Z"))
        self.do("POST", f"users/{emil}/points/write-offs", {"points": 10, "reason_code": "meter-fault"},
                Idempotency_Key="w1")


def load_tests(loader, tests, pattern):
    """All but what writes."""
    return loader.loadTestsFromTestCase(Frozen)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        unittest.main(defaultTest="Writer", argv=sys.argv[:1])
    else:
        unittest.main()
