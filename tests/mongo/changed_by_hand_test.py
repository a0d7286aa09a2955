#!/usr/bin/env python3
"""Validators and indexes that somebody changed in mongosh: told by `migrate verify`, put back by the next command."""

import unittest

from bson import Int64
from bson.binary import Binary
from store_by_hand import HandTest
from wattback import DONE, FAILED, StoreTest


def as_a_shell_writes(part):
    """Its numbers are of 32 bits where they fit, or else doubles."""
    if isinstance(part, dict):
        return {name: as_a_shell_writes(each) for name, each in part.items()}
    if isinstance(part, list):
        return [as_a_shell_writes(each) for each in part]
    if isinstance(part, Int64):
        return int(part) if abs(part) < 2**31 else float(part)
    return part


class ChangedByHand(HandTest):
    made = False

    def setUp(self):
        if self.made:
            StoreTest.setUp(self)
        else:
            super().setUp()
            self.add_member()
            self.run_json("rewards", "create", "--name", "Kettle", "--points-required", 400, "--stock", 20)
            type(self).made = True
        self.good = self.options()
        self.addCleanup(self.put_back)

    def put_back(self):
        options = self.good
        self.here.command("collMod", "users", validator=options["validator"], validationLevel=options["validationLevel"],
                          validationAction=options["validationAction"])

    def options(self):
        (info,) = self.here.list_collections(filter={"name": "users"})
        return info["options"]

    def change(self, **options):
        self.here.command("collMod", "users", **options)

    def faults(self, exit_code=FAILED):
        return self.run_json("migrate", "verify", exit_code=exit_code)["faults"]

    def expect_put_back(self, *command):
        self.run_json(*command)
        self.assertEqual(self.options(), self.good)
        self.assertEqual(self.faults(DONE), [])

    # -- validators

    def test_no_validator(self):
        self.change(validator={})
        self.assertIn("users.email is missing", self.faults())
        self.expect_put_back("migrate", "up")

    def test_a_validator_that_is_looser(self):
        del self.good["validator"]["$jsonSchema"]["properties"]["total_points"]["minimum"]
        looser = self.good["validator"]
        self.good = self.options()
        self.change(validator=looser)
        self.assertEqual(self.faults(), ["users.total_points is declared otherwise"])
        self.expect_put_back("users", "list")

    def test_a_validator_that_is_off(self):
        self.change(validationLevel="off")
        self.assertEqual(self.faults(), ["users is not held to its validator (level off, action error)"])
        self.expect_put_back("migrate", "up")

    def test_a_validator_that_only_warns(self):
        self.change(validationAction="warn")
        self.assertEqual(self.faults(), ["users is not held to its validator (level strict, action warn)"])
        self.expect_put_back("users", "list")

    def test_rules_beside_the_schema(self):
        self.change(validator=self.good["validator"] | {"name": {"$ne": "Ada"}})
        self.assertEqual(self.faults(), ["users is held to other rules than the schema's"])
        self.expect_put_back("users", "list")

    def test_other_fields_required(self):
        other = self.options()["validator"]
        other["$jsonSchema"]["required"].remove("email")
        self.change(validator=other)
        self.assertEqual(self.faults(), ["users is held to other rules than the schema's"])
        self.expect_put_back("users", "list")

    def test_a_field_declared_of_no_schema(self):
        other = self.options()["validator"]
        other["$jsonSchema"]["properties"]["colour"] = {"bsonType": "string"}
        self.change(validator=other)
        self.assertEqual(self.faults(), ["users.colour is declared, and of no schema"])
        self.expect_put_back("users", "list")

    def test_the_same_as_a_shell_writes_it(self):
        written = as_a_shell_writes(self.good["validator"])
        written["$jsonSchema"]["properties"]["email"]["description"] = "How one signs in."
        self.change(validator=written)
        self.assertEqual(self.faults(DONE), [])
        self.run_json("users", "list")
        self.assertEqual(self.options()["validator"], written)

    def test_another_type_is_refused(self):
        other = self.options()["validator"]
        other["$jsonSchema"]["properties"]["total_points"]["bsonType"] = "decimal"
        self.change(validator=other)
        self.refuse(FAILED, "users", "list", says="users.total_points is of another type there")
        self.assertEqual(self.options()["validator"], other)

    # -- indexes

    def test_an_index_that_is_missing(self):
        self.here.users.drop_index("email")
        self.assertEqual(self.faults(), ["the index email of users is missing"])
        self.expect_put_back("users", "list")

    def test_an_index_of_the_same_name_with_another_key(self):
        self.here.users.drop_index("email")
        self.here.users.create_index("status", name="email")
        try:
            self.assertEqual(self.faults(), ["the index email of users is another"])
            for command in (("users", "list"), ("migrate", "up")):
                self.refuse(FAILED, *command, says="an index of users is in the way of the schema's")
                self.refuse(FAILED, *command, says="drop it, and the next command makes the schema's")
        finally:
            self.here.users.drop_index("email")
        self.expect_put_back("users", "list")

    def test_an_index_of_the_same_key_with_another_name(self):
        self.here.users.drop_index("email")
        self.here.users.create_index("email_digest", name="by_email", unique=True)
        try:
            self.refuse(FAILED, "users", "list", says="an index of users is in the way of the schema's")
        finally:
            self.here.users.drop_index("by_email")
        self.expect_put_back("users", "list")

    def test_indexes_of_no_schema(self):
        """What is unique among them refuses what the schema allows; the others are nobody's harm."""
        self.here.users.create_index("created_at", name="age")
        self.here.users.create_index("name", name="one_of_each", unique=True)
        try:
            self.assertEqual(self.faults(), ["the index one_of_each of users is unique, and of no schema"])
        finally:
            self.here.users.drop_index("one_of_each")
        self.assertEqual(self.faults(DONE), [])
        self.here.users.drop_index("age")

    # -- documents

    def test_a_field_of_no_schema(self):
        good = self.here.rewards.find_one()
        id = Binary(bytes(range(16)), 4)
        stray = good | {"_id": id, "reward_id": id, "name_folded": "stray", "colour": "red"}
        self.here.command(
            "insert", "rewards", documents=[stray], bypassDocumentValidation=True)
        try:
            self.assertEqual(len(self.run_json("rewards", "list")["data"]), 2)
            self.assertEqual(self.faults(), ["rewards: 1 document has a field 'colour', which is of no schema"])
        finally:
            self.here.rewards.delete_one({"_id": id})


if __name__ == "__main__":
    unittest.main()
