#!/usr/bin/env python3
"""References between collections (section 3.2 of the database design document) on MongoDB, which checks none: pymongo
looks at them after each operation of the server that changes something and after each initial load, and
`wattback audit` finds one that leads nowhere."""

import contextlib
import unittest

from bson.binary import Binary
from store_by_hand import SCHEMA, HandTest, key_fields
from wattback import FAILED

SECRET, OTHER_SECRET = "a long secret", "another long secret"
NDJSON = {"Content_Type": "application/x-ndjson"}


def references():
    """(collection, where its documents have the key, the collection that it is a key of)"""
    for collection, schema in SCHEMA.items():
        inside = key_fields(collection)
        for field in schema["fields"]:
            if target := field.get("references"):
                yield collection, f"_id.{field['name']}" if field["name"] in inside else field["name"], target


# Those of the database design document.
DESIGN = {("energy_usage", "user_id", "users"), ("redemptions", "user_id", "users"), ("redemptions", "reward_id", "rewards")}
NOBODY = Binary(bytes(16), 4)

# The fields that name an entry of the member's ledger.
ENTRIES = (("redemptions", "seq"), ("redemptions", "refund_seq"), ("adjustments", "seq"))


class References(HandTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.database.client.drop_database, self.database.name)
        self.serve()
        self.admin = self.sign_in()
        paths = self.ask("GET", "/api/v1/openapi.json").json()["paths"]
        self.operations = {operation["operationId"]: (method.upper(), path) for path, item in paths.items()
                           for method, operation in item.items() if method in ("post", "put", "patch", "delete")}
        self.done = set()

    def find_broken(self):
        broken = []
        for collection, field, target in references():
            keys = set(self.here[collection].distinct(field))
            if not keys <= set(self.here[target].distinct("_id")):
                broken.append((collection, field, target))
        entries = {tuple(entry["_id"].values()) for entry in self.here.points_ledger.find(projection=["_id"])}
        for collection, field in ENTRIES:
            named = {(each["user_id"], each[field]) for each in self.here[collection].find() if field in each}
            if not named <= entries:
                broken.append((collection, field, "points_ledger"))
        return broken

    def do(self, operation, body=None, bearer=None, query="", **more):
        """The operation, and references as they stand after it. A word in small letters goes into the path."""
        method, path = self.operations[operation]
        ids = {name: value for name, value in more.items() if f"{{{name}}}" in path}
        headers = {name: value for name, value in more.items() if name not in ids}
        answer = self.ask(method, path.format(**ids) + query, body, bearer or self.admin, **headers)
        self.assertIn(answer.status, (200, 201, 204), f"{operation}: {answer.body}")
        self.assertEqual(self.find_broken(), [], operation)
        self.done.add(operation)
        return answer.json() if answer.body and "ndjson" not in answer.headers["Content-Type"] else None

    def etag(self, path, bearer=None):
        return self.ask("GET", f"/api/v1/{path}", bearer=bearer or self.admin).headers["ETag"]

    @staticmethod
    def reading(hour, energy=50, **more):
        return {"start": f"2026-01-05T{hour:02}:00:00Z", "duration": 3600, "energy_consumed": energy,
                "energy_type": "Renewable"} | more

    def sign_in_and_out(self):
        self.rosa = self.do("create_user", {"email": "rosa@example.org", "name": "Rosa"})["user_id"]
        self.do("set_password", {"new_password": SECRET}, user_id=self.rosa)
        token = self.do("create_session", {"email": "rosa@example.org", "password": SECRET})["token"]
        self.do("edit_me", {"time_zone": "Atlantic/Azores"}, token, If_Match=self.etag("me", token))
        self.do("change_password", {"current_password": SECRET, "new_password": OTHER_SECRET}, token)
        token = self.sign_in("rosa@example.org", OTHER_SECRET)
        self.do("end_session", bearer=token, session_id="current")
        self.do("revoke_token", token_id=self.do("create_token", {"name": "Meter data hub"})["token_id"])

    def change_the_programme(self):
        self.do("edit_programme", {"self_reporting": True}, If_Match=self.etag("programme"))
        self.do("publish_earning_rules", {"follows": 1, "effective_day": "2099-01-01",
                                          "points_per_kwh": {"Renewable": 7, "Non-Renewable": 0}})
        lamp = self.do("create_reward", {"name": "Lamp", "points_required": 100, "stock": 20})["reward_id"]
        self.do("edit_reward", {"name": "Desk lamp"}, reward_id=lamp, If_Match=self.etag(f"rewards/{lamp}"))
        self.do("move_stock", {"delta": 12, "reason_code": "delivery"}, reward_id=lamp, Idempotency_Key="s1")
        return lamp

    def record(self):
        meter = self.do("create_meter", {"label": "roof"}, user_id=self.rosa)["meter_id"]
        self.do("relabel_meter", {"label": "south roof"}, user_id=self.rosa, meter_id=meter)
        self.do("record_usage", self.reading(10, meter="south roof", as_of="2026-01-06T00:00:00Z"), user_id=self.rosa)
        self.do("record_usage_bulk", self.reading(11, email="rosa@example.org"), Idempotency_Key="b1", **NDJSON)
        taken_in = self.do("create_import", self.reading(12), query=f"?user_id={self.rosa}&meter=file", **NDJSON)
        self.do("withdraw_import", {"reason_code": "wrong-file"}, import_id=taken_in["import_id"])

    def redeem(self, reward, key):
        return self.do("create_redemption", {"reward_id": reward}, user_id=self.rosa, Idempotency_Key=key)["redemption_id"]

    def spend(self, reward):
        self.do("adjust_points", {"points": 50, "reason_code": "goodwill"}, user_id=self.rosa, Idempotency_Key="a1")
        self.do("fulfil_redemption", user_id=self.rosa, redemption_id=self.redeem(reward, "k1"))
        self.do("cancel_redemption", user_id=self.rosa, redemption_id=self.redeem(reward, "k2"))
        for key in range(9):
            self.redeem(reward, f"all-{key}")
        self.do("record_usage", self.reading(10, 0, meter="south roof", as_of="2026-02-01T00:00:00Z"), user_id=self.rosa)
        self.do("write_off_points", {"points": 1, "reason_code": "meter-fault"}, user_id=self.rosa, Idempotency_Key="w1")

    def take_in(self):
        """The initial load, which only the command line has."""
        users = self.write("users.csv", "name,email,opening_points\nBen,ben@example.org,70\nEva,eva@example.org,\n")
        rewards = self.write("rewards.csv", "name,points_required,opening_stock\nKettle,40,5\n")
        for load, path in (("users", users), ("rewards", rewards)):
            self.run_json(load, "import", path)
            self.assertEqual(self.find_broken(), [], f"{load} import")
        self.assertEqual(self.here.adjustments.count_documents({"points": 70}), 1)
        self.assertEqual(self.here.stock_movements.count_documents({"delta": 5}), 1)

    def test_references_hold_after_every_operation(self):
        self.sign_in_and_out()
        reward = self.change_the_programme()
        self.record()
        self.spend(reward)
        self.take_in()
        self.do("edit_user", {"status": "suspended"}, user_id=self.rosa, If_Match=self.etag(f"users/{self.rosa}"))
        self.assertEqual(set(self.operations) - self.done, set(), "operations that were not tried")
        unseen = [(collection, field) for collection, field, _ in references()
                  if not self.here[collection].distinct(field)]
        self.assertEqual(unseen, [], "references of no document")
        self.assertEqual(DESIGN - set(references()), set())
        self.audit()
        self.lose_what_is_referred_to()
        self.audit_what_leads_nowhere()
        self.audit()

    def lose_what_is_referred_to(self):
        """That a reference to nothing would have been seen."""
        for target in {target for *_, target in references()}:
            lost = list(self.here[target].find())
            self.here[target].delete_many({})
            self.assertEqual([broken for broken in self.find_broken() if broken[2] == target],
                             [reference for reference in references() if reference[2] == target])
            self.here[target].insert_many(lost)

    def audit_what_leads_nowhere(self):
        with contextlib.ExitStack() as stack:
            for collection, path, _ in references():
                stack.enter_context(self.broken(collection, path))
            finished = self.run_any("audit")
        self.assertEqual(finished.returncode, FAILED, finished.stdout + finished.stderr)
        for collection, path, target in references():
            field = path.removeprefix("_id.")
            line = rf"(?m)^I8 {collection}\[.*\]: {field} {NOBODY.as_uuid()} is not in {target}"
            self.assertRegex(finished.stdout, line)

    @contextlib.contextmanager
    def broken(self, collection, path):
        """One document that refers to nobody."""
        documents = self.here[collection]
        good = documents.find_one({path: {"$exists": True}})
        bad = good | ({"_id": good["_id"] | {path[4:]: NOBODY}} if path.startswith("_id.") else {path: NOBODY})
        documents.delete_one({"_id": good["_id"]})
        documents.insert_one(bad)
        try:
            yield
        finally:
            documents.delete_one({"_id": bad["_id"]})
            documents.insert_one(good)


if __name__ == "__main__":
    unittest.main()
