#!/usr/bin/env python3
"""What the program writes into MongoDB, read and put to the test by pymongo.

The documents are those of the database design document and of schema/*.json, and MongoDB itself refuses others: all
but what a validator can't see, such as the length of bytes, or an `_id` that is not the key. The program refuses those.
"""

import copy
import datetime
import unittest

from bson import Decimal128, Int64
from bson.binary import Binary
from pymongo.errors import DuplicateKeyError, WriteError
from store_by_hand import SCHEMA, TYPES, HandTest, bson_type, declared_indexes, key_fields
from wattback import EXAMPLES, FAILED, StoreTest

# Sections 3.1.1 to 3.1.4 of the database design document, each type as MongoDB has it.
DESIGN = {
    "users": {"user_id": "binary 4", "name": "string", "email": "string", "password": "string", "total_points": "long",
              "role": "string", "created_at": "date", "updated_at": "date"},
    "energy_usage": {"usage_id": "binary 4", "user_id": "binary 4", "date": "date", "energy_consumed": "double",
                     "energy_type": "string", "points_earned": "long", "created_at": "date"},
    "rewards": {"reward_id": "binary 4", "name": "string", "description": "string", "points_required": "long",
                "inventory": "long", "created_at": "date", "updated_at": "date"},
    "redemptions": {"redemption_id": "binary 4", "user_id": "binary 4", "reward_id": "binary 4",
                    "redemption_date": "date", "points_redeemed": "long"},
}  # fmt: skip

# Section 4.1: the fields an index begins with. An email is looked up by its digest, which is what is unique.
DESIGN_INDEXES = {
    "users": (["email_digest"], ["total_points"]),
    "energy_usage": (["user_id"], ["date", "user_id"]),
    "rewards": (["points_required"],),
    "redemptions": (["user_id"], ["reward_id"]),
}

DOCUMENT_VALIDATION_FAILURE = 121
WRONG = {"bool": "yes", "long": 1.5, "double": Int64(1), "string": Int64(1), "binary 4": "an id", "binary 0": "bytes",
         "date": "2026-01-01", "object": Int64(1)}  # fmt: skip


def put(**fields):
    """Gives fields other values, by paths with __ for a dot."""

    def change(document):
        for path, value in fields.items():
            *way, last = path.split("__")
            for step in way:
                document = document[step]
            document[last] = value

    return change


def drop(field):
    return lambda document: document.pop(field)


def rename(field, other):
    return lambda document: document.__setitem__(other, document.pop(field))


def long(number):
    return Int64(number)


def date(text):
    return datetime.datetime.fromisoformat(text)


def edit(field, function):
    return lambda document: document.__setitem__(field, function(document[field]))


# Documents that are good but for one thing: collection, what is wrong, how.
BAD = (
    ("programme", "a name that is too long", put(name="n" * 201)),
    ("programme", "no time zone", drop("time_zone")),
    ("programme", "self-reporting as a number", put(self_reporting=1)),
    ("programme", "rules before the first", put(rules_version=long(0))),
    ("users", "a balance below nothing", put(total_points=long(-1))),
    ("users", "a balance of 32 bits", put(total_points=5)),
    ("users", "a balance with a fraction", put(total_points=5.5)),
    ("users", "a balance as a decimal", put(total_points=Decimal128("5"))),
    ("users", "a role nobody knows", put(role="Owner")),
    ("users", "a role in small letters", put(role="admin")),
    ("users", "an email that is too long", put(email="e" * 255)),
    ("users", "an id as text", edit("user_id", str)),
    ("users", "an _id as text", edit("_id", str)),
    ("users", "an absent time zone as null", put(time_zone=None)),
    ("users", "a field nobody knows", put(nickname="Ro")),
    ("users", "a field that is spelt otherwise", rename("created_at", "createdAt")),
    ("users", "a carry of a whole point", put(points_carry=long(1_000_000_000))),
    ("users", "no status", drop("status")),
    ("users", "several names", edit("name", lambda name: [name])),
    ("meters", "a cadence of more than a day", put(cadence=long(90_001))),
    ("meters", "a phase before the interval", put(phase=long(-1))),
    ("meters", "an empty label's field as null", put(label=None)),
    ("imports", "a status nobody knows", put(status="paused")),
    ("imports", "counts of something else", put(counts__guessed=long(1))),
    ("imports", "a count of 32 bits", put(counts__read=1)),
    ("imports", "progress backwards", put(progress=long(-1))),
    ("earning_rules", "a rate of no energy type", put(rates__Solar=long(1))),
    ("earning_rules", "a rate with a fraction", put(rates__Renewable=0.5)),
    ("earning_rules", "an _id below the first version", put(_id=long(0))),
    ("energy_usage", "energy below nothing", put(energy_consumed=-0.5)),
    ("energy_usage", "energy that is no number", put(energy_consumed=float("nan"))),
    ("energy_usage", "energy as a whole number", put(energy_consumed=long(3))),
    ("energy_usage", "energy as text", put(energy_consumed="3.5")),
    ("energy_usage", "an energy type nobody knows", put(energy_type="Solar")),
    ("energy_usage", "a date as text", put(date="2026-01-05T10:00:00Z")),
    ("energy_usage", "a date in milliseconds", put(date=long(1_767_600_000_000))),
    ("energy_usage", "an interval of nothing", put(duration=long(0))),
    ("energy_usage", "an interval of more than a day", put(duration=long(90_001))),
    ("energy_usage", "a quality beyond a byte", put(quality=long(256))),
    ("energy_usage", "nobody's", drop("user_id")),
    ("usage_daily", "an _id of another field", put(_id__month=date("2026-01-01"))),
    ("usage_daily", "an _id that lacks a field", lambda document: document["_id"].pop("day")),
    ("usage_daily", "a key outside _id", lambda document: document.update(day=document["_id"]["day"])),
    ("usage_daily", "an award below nothing", put(award=long(-1))),
    ("rewards", "a reward for nothing", put(points_required=long(0))),
    ("rewards", "less than nothing in stock", put(inventory=long(-1))),
    ("rewards", "no description", drop("description")),
    ("rewards", "a description that is too long", put(description="d" * 4001)),
    ("redemptions", "a status nobody knows", put(status="lost")),
    ("redemptions", "points given for a reward", put(points_redeemed=long(-400))),
    ("redemptions", "a fingerprint as text", put(fingerprint="0" * 64)),
    ("redemptions", "no reward", drop("reward_id")),
    ("points_ledger", "an _id that is no document", lambda document: document.update(_id=document["_id"]["seq"])),
    ("points_ledger", "a seq before the first", put(_id__seq=long(0))),
    ("points_ledger", "a kind nobody knows", put(kind="stolen")),
    ("points_ledger", "a balance below nothing", put(balance=long(-1))),
    ("points_ledger", "no hash", drop("hash")),
    ("adjustments", "points as text", put(points="5")),
    ("adjustments", "a reason that is too long", put(reason_code="r" * 65)),
    ("adjustments", "nobody's doing", drop("actor")),
    ("stock_movements", "half a unit", put(delta=0.5)),
    ("stock_movements", "no reason", drop("reason_code")),
    ("sessions", "a digest as text", put(secret_digest="0" * 64)),
    ("sessions", "no end", drop("expires_at")),
    ("tokens", "a name that is too long", put(name="n" * 201)),
    ("tokens", "a revocation as truth", put(revoked_at=True)),
    ("schema_history", "a status nobody knows", put(status="skipped")),
    ("schema_history", "a duration below nothing", put(duration_ms=long(-1))),
)  # fmt: skip

# Good but for a value that another document has: collection, its index, a new one for the key and that.
TAKEN = (
    ("users", "email", "user_id", {"email_digest": bytes(32)}),
    ("meters", "label", "meter_id", {"label": "another"}),
    ("rewards", "name", "reward_id", {"name_folded": "another"}),
)

ANOTHER_ID = Binary(bytes(range(16)), 4)


class Documents(HandTest):
    made = False  # the programme, which all tests look at

    def setUp(self):
        if self.made:
            StoreTest.setUp(self)
        else:
            super().setUp()
            self.make_programme()
            type(self).made = True

    def make_programme(self):
        self.add_member()
        self.run_json("usage", "import", EXAMPLES / "green-button.xml", "--user", "rosa@example.org", "--meter", "roof",
                      "--energy-type", "Renewable")
        self.run_json("usage", "import", EXAMPLES / "grid.csv", "--user", "rosa@example.org", "--meter", "grid")
        self.run_json("usage", "record", "--user", "rosa@example.org", "--start", "2026-01-05T10:00:00Z", "--energy",
                      "50.05", "--energy-type", "Renewable")
        self.run_json("meters", "create", "--user", "rosa@example.org", "--label", "car", "--identifier", "urn:car")
        self.run_json("points", "adjust", "--user", "rosa@example.org", "--points", 900, "--reason", "goodwill",
                      "--key", "g1")
        self.run_json("rewards", "create", "--name", "Kettle", "--points-required", 400, "--stock", 20,
                      "--description", "Boils.")
        self.run_json("rewards", "stock", "--name", "Kettle", "--delta", -1, "--reason", "breakage", "--key", "b1")
        redemptions = [self.run_json("redemptions", "create", "--user", "rosa@example.org", "--reward", "Kettle",
                                     "--key", key)["redemption_id"] for key in ("k1", "k2", "k3")]
        self.run_json("redemptions", "fulfil", redemptions[1])
        self.run_json("redemptions", "cancel", redemptions[2])
        self.run_json("tokens", "create", "--name", "Meter data hub")
        self.serve()
        self.sign_in()
        self.end()
        self.audit()

    # -- what stands there

    def test_each_field_of_the_database_design_has_its_name_and_type(self):
        for collection, fields in DESIGN.items():
            documents = list(self.here[collection].find())
            self.assertTrue(documents, collection)
            for document in documents:
                found = {name: bson_type(document[name]) for name in fields if name in document}
                self.assertEqual(found, fields, collection)

    def test_each_document_is_as_its_schema_says(self):
        for collection, schema in SCHEMA.items():
            inside = key_fields(collection)
            fields = {field["name"]: field for field in schema["fields"] if field["name"] not in inside}
            documents = list(self.here[collection].find())
            self.assertTrue(documents, collection)
            for document in documents:
                given = set(document) - {"_id"}
                self.assertLessEqual(given, set(fields), collection)
                self.assertLessEqual({n for n, f in fields.items() if not f.get("optional")}, given, collection)
                for name in given:
                    self.assertEqual(bson_type(document[name]), TYPES[fields[name]["type"]], f"{collection}.{name}")

    def test_the_id_is_the_key(self):
        for collection, schema in SCHEMA.items():
            key, types = schema["primary_key"], {field["name"]: field["type"] for field in schema["fields"]}
            for document in self.here[collection].find():
                if len(key) == 1:
                    self.assertEqual(document["_id"], document[key[0]], collection)
                    self.assertEqual(bson_type(document["_id"]), TYPES[types[key[0]]])
                else:
                    self.assertEqual(list(document["_id"]), key, collection)
                    self.assertEqual([bson_type(part) for part in document["_id"].values()],
                                     [TYPES[types[name]] for name in key])

    def test_the_programme_is_there_in_all_its_states(self):
        self.assertEqual(set(self.here.energy_usage.distinct("energy_type")), {"Renewable", "Non-Renewable"})
        self.assertEqual(set(self.here.redemptions.distinct("status")), {"pending", "fulfilled", "cancelled"})
        self.assertEqual(set(self.here.users.distinct("role")), {"User", "Admin"})
        self.assertEqual(set(self.here.points_ledger.distinct("kind")), {"earned", "adjusted", "redeemed", "refunded"})

    # -- what may stand there

    def test_collections_refuse_whatever_is_bad(self):
        options = {info["name"]: info["options"] for info in self.here.list_collections()}
        self.assertEqual(set(options), {*SCHEMA, "store_schema"})
        for collection in SCHEMA:
            self.assertEqual((options[collection]["validationLevel"], options[collection]["validationAction"]),
                             ("strict", "error"), collection)

    def refuse_document(self, collection, good, bad):
        """Refused by the validator, and the good one it was made from taken in its place."""
        documents = self.here[collection]
        self.assertNotEqual(bad, good, "nothing is wrong with it")
        documents.delete_one({"_id": good["_id"]})
        try:
            with self.assertRaises(WriteError) as refused:
                documents.insert_one(bad)
                documents.delete_one({"_id": bad["_id"]})
            self.assertEqual(refused.exception.code, DOCUMENT_VALIDATION_FAILURE)
        finally:
            documents.insert_one(good)

    def test_documents_that_are_bad_in_one_way_are_refused(self):
        self.assertGreaterEqual(len(BAD), 40)
        for collection, fault, change in BAD:
            with self.subTest(collection, fault=fault):
                good = self.here[collection].find_one()
                bad = copy.deepcopy(good)
                change(bad)
                self.refuse_document(collection, good, bad)

    def test_every_field_must_be_there_and_of_its_type(self):
        tried = 0
        for collection, schema in SCHEMA.items():
            good = self.here[collection].find_one()
            for field in schema["fields"]:
                inside = field["name"] in key_fields(collection)
                wrong, lacking = copy.deepcopy(good), copy.deepcopy(good)
                (wrong["_id"] if inside else wrong)[field["name"]] = WRONG[TYPES[field["type"]]]
                with self.subTest(collection, wrong_type=field["name"]):
                    self.refuse_document(collection, good, wrong)
                if not field.get("optional"):
                    (lacking["_id"] if inside else lacking).pop(field["name"])
                    with self.subTest(collection, missing=field["name"]):
                        self.refuse_document(collection, good, lacking)
                tried += 1
        self.assertGreater(tried, 150)

    def test_an_update_is_held_to_the_same(self):
        for change in ({"$set": {"total_points": Int64(-1)}}, {"$unset": {"email": ""}}, {"$inc": {"edition": 0.5}}):
            with self.assertRaises(WriteError) as refused:
                self.here.users.update_one({}, change)
            self.assertEqual(refused.exception.code, DOCUMENT_VALIDATION_FAILURE)

    def test_what_is_unique_is_taken_once(self):
        for collection, index, key, others in TAKEN:
            with self.subTest(collection, index=index):
                twin = self.here[collection].find_one() | {"_id": ANOTHER_ID, key: ANOTHER_ID}
                with self.assertRaises(DuplicateKeyError) as refused:
                    self.here[collection].insert_one(twin)
                self.assertIn(f"index: {index} ", str(refused.exception))
                self.here[collection].insert_one(twin | others)
                self.here[collection].delete_one({"_id": ANOTHER_ID})

    def test_a_key_is_taken_once(self):
        for collection in SCHEMA:
            with self.assertRaises(DuplicateKeyError):
                self.here[collection].insert_one(self.here[collection].find_one())

    # -- what no validator can see

    def test_the_program_refuses_what_no_validator_sees(self):
        good = self.here.rewards.find_one()
        with_short_id = Binary(good["_id"][:8], 4)
        for fault, bad, says in (
            ("an id of another key", good | {"_id": ANOTHER_ID}, "an _id that is not its key"),
            ("an id of eight bytes", good | {"_id": with_short_id, "reward_id": with_short_id}, "'reward_id'"),
            ("an id of another subtype", good | {"reward_id": bytes(good["_id"])}, "'reward_id'"),
        ):
            with self.subTest(fault):
                self.here.rewards.delete_one({"_id": good["_id"]})
                self.here.rewards.insert_one(bad)
                try:
                    self.refuse(FAILED, "rewards", "list", says=says)
                finally:
                    self.here.rewards.delete_one({"_id": bad["_id"]})
                    self.here.rewards.insert_one(good)

    # -- indexes

    def test_exactly_the_declared_indexes_exist(self):
        for collection in SCHEMA:
            found = {name: ([field for field, _ in index["key"]], index.get("unique", False))
                     for name, index in self.here[collection].index_information().items()}
            self.assertEqual(found, declared_indexes(collection), collection)

    def test_the_indexes_of_the_database_design_are_among_them(self):
        for collection, indexes in DESIGN_INDEXES.items():
            found = [[field for field, _ in index["key"]]
                     for index in self.here[collection].index_information().values()]
            for fields in indexes:
                self.assertTrue(any(key[:len(fields)] == fields for key in found), f"{collection}: {fields}")
        self.assertTrue(self.here.users.index_information()["email"]["unique"])


if __name__ == "__main__":
    unittest.main()
