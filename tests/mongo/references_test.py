#!/usr/bin/env python3
"""Section 3.2 of the database design document on MongoDB, which checks no references: each leads to a document after
everything the program does, and `wattback audit` finds one that does not.
"""

import contextlib
import unittest

from bson.binary import Binary
from programme_life import LifeTest
from store_by_hand import SCHEMA, key_fields
from wattback import FAILED

NOBODY = Binary(bytes(16), 4)

# By collection and the path of the field: the collection it leads to.
REFERENCES = {
    (name, ("_id." if field["name"] in key_fields(name) else "") + field["name"]): field["references"]
    for name, of in SCHEMA.items() for field in of["fields"] if "references" in field
}  # fmt: skip

# Section 3.2.
DESIGN = {("energy_usage", "user_id"): "users", ("redemptions", "user_id"): "users",
          ("redemptions", "reward_id"): "rewards"}  # fmt: skip


def at(document, path):
    for step in path.split("."):
        document = document.get(step, {})
    return document or None


class References(LifeTest):
    @contextlib.contextmanager
    def step(self, name):
        with super().step(name):
            yield
        self.steps[-1] = (name, self.look(name))

    def look(self, name):
        """The references that lead somewhere, all of them."""
        documents = {collection: list(self.here[collection].find()) for collection in SCHEMA}
        ids = {collection: {document["_id"] for document in documents[collection]}
               for collection in set(REFERENCES.values())}
        seen = set()
        for (collection, path), to in REFERENCES.items():
            for document in documents[collection]:
                if (reference := at(document, path)) is not None:
                    self.assertIn(reference, ids[to], f"after {name}: {collection}.{path}")
                    seen.add((collection, path))
        return seen

    def test_those_of_the_database_design_are_among_them(self):
        self.assertEqual(DESIGN | REFERENCES, REFERENCES)

    def test_they_hold_after_every_operation(self):
        self.assertGreater(len(self.steps), 40)
        self.assertEqual(set().union(*(seen for _, seen in self.steps)), set(REFERENCES))

    def test_the_audit_finds_each_that_leads_nowhere(self):
        self.audit()
        with contextlib.ExitStack() as stack:
            for collection, path in REFERENCES:
                stack.enter_context(self.broken(collection, path))
            finished = self.run_any("audit")
        self.assertEqual(finished.returncode, FAILED, finished.stdout + finished.stderr)
        for (collection, path), to in REFERENCES.items():
            field = path.removeprefix("_id.")
            line = rf"(?m)^I8 {collection}\[.*\]: {field} {NOBODY.as_uuid()} is not in {to}"
            self.assertRegex(finished.stdout, line)
        self.audit()

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
