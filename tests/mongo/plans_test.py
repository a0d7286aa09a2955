#!/usr/bin/env python3
"""How MongoDB serves the program's own queries where much is stored.

The documents are put there by pymongo. Then the server does all it can list or look up, under MongoDB's profiler,
and each query it was seen to make is explained: no form of a query stands here twice.
"""

import datetime
import hashlib
import json
import unittest

from bson import Int64
from bson.binary import Binary
from store_by_hand import SCHEMA, HandTest, declared_indexes

MEMBERS = 100
PROFILE_BYTES = 16 << 20
EXAMINED_MAX = 1.1  # keys or documents, for each that is returned
START = datetime.datetime(2026, 1, 1)
HOUR = datetime.timedelta(hours=1)

# Section 4.1 of the database design document, each by the name it has here.
DESIGN_INDEXES = {("users", "email"), ("users", "total_points"), ("energy_usage", "user_id"), ("energy_usage", "date"),
                  ("rewards", "points_required"), ("redemptions", "user_id"), ("redemptions", "reward_id")}  # fmt: skip


def some_id(*of):
    """The same for the same."""
    return Binary(hashlib.md5(repr(of).encode()).digest(), 4)


def digest(*of):
    return hashlib.sha256(repr(of).encode()).digest()


MEMBER_IDS = [some_id("users", i) for i in range(MEMBERS)]
REWARD_IDS = [some_id("rewards", i) for i in range(MEMBERS)]


# The i-th document of a collection: what differs from the one that the program made.
def user(i):
    return {"user_id": some_id("users", i), "email_digest": digest("email", i), "total_points": Int64(i % 5000)}


def reading(i):
    start = START + HOUR * (i // MEMBERS)
    return {"usage_id": some_id("usage", i), "user_id": MEMBER_IDS[i % MEMBERS], "date": start,
            "day": start.replace(hour=0)}


def reward(i):
    return {"reward_id": some_id("rewards", i), "name": f"Reward {i}", "name_folded": f"reward {i}",
            "points_required": Int64(1 + i % 5000)}


def redemption(i):
    return {"redemption_id": some_id("redemptions", i), "user_id": MEMBER_IDS[i % MEMBERS],
            "reward_id": REWARD_IDS[(i // MEMBERS) % MEMBERS], "redemption_date": START + HOUR * (i // 500),
            "status": ("pending", "fulfilled", "cancelled")[i % 3]}


def meter(i):
    return {"meter_id": some_id("meters", i), "user_id": MEMBER_IDS[i % MEMBERS], "label": f"meter {i}",
            "identifier": f"urn:{i}", "identifier_digest": hashlib.sha256(f"urn:{i}".encode()).digest()}


def take_in(i):
    return {"import_id": some_id("imports", i), "created_at": START + HOUR * (i // 50)}


def adjustment(i):
    return {"adjustment_id": some_id("adjustments", i), "user_id": MEMBER_IDS[i % MEMBERS],
            "created_at": START + HOUR * (i // 500)}


def movement(i):
    return {"movement_id": some_id("movements", i), "reward_id": REWARD_IDS[i % MEMBERS],
            "created_at": START + HOUR * (i // 500)}


def session(i):
    return {"session_id": some_id("sessions", i), "user_id": MEMBER_IDS[i % MEMBERS],
            "created_at": START + HOUR * (i // 500)}


def token(i):
    return {"token_id": some_id("tokens", i), "created_at": START + HOUR * (i // 50)}


MANY = 100_000  # of each
MAKERS = {"users": user, "energy_usage": reading, "rewards": reward, "redemptions": redemption, "meters": meter,
          "imports": take_in, "adjustments": adjustment, "stock_movements": movement, "sessions": session,
          "tokens": token}  # fmt: skip

# Of a query as it was sent, what asks; the rest is about sessions and times.
ASKING = ("find", "filter", "sort", "limit", "projection", "hint")


def stages(plan):
    """The names of a plan's stages, and the index they all go along."""
    names, indexes = [plan["stage"]], {plan[name] for name in ["indexName"] if name in plan}
    for below in (*filter(None, [plan.get("inputStage")]), *plan.get("inputStages", ())):
        more, index = stages(below)
        names += more
        indexes |= {index} - {None}
    assert len(indexes) <= 1, plan
    return names, next(iter(indexes), None)


def values_listed(query, index):
    """By the list that the index is walked along, or the alternatives. Another list is only held against what was
    found."""
    if "$or" in query["filter"]:
        return len(query["filter"]["$or"])
    fields, _ = declared_indexes(query["find"])[index]
    listed = query["filter"].get(fields[0])
    return len(listed["$in"]) if isinstance(listed, dict) and "$in" in listed else 0


class Plans(HandTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.queries = cls.uses = None

    def setUp(self):
        if self.queries is not None:
            return
        super().setUp()
        self.make_programme()
        self.fill()
        self.here.create_collection("system.profile", capped=True, size=PROFILE_BYTES)
        self.here.command("profile", 2)
        try:
            self.do_everything()
        finally:
            self.here.command("profile", 0)
        type(self).queries = self.queries_seen()
        type(self).uses = self.uses_seen()

    def make_programme(self):
        """One document of each kind."""
        self.run_json("users", "create", "--email", "rosa@example.org", "--name", "Rosa")
        readings = self.write("readings.csv", "start,kwh\n2026-01-05T10:00:00Z,50\n2026-01-05T11:00:00Z,3\n")
        self.run_json("usage", "import", readings, "--user", "rosa@example.org", "--meter", "roof", "--interval", 3600,
                      "--energy-type", "Renewable")
        self.run_json("points", "adjust", "--user", "rosa@example.org", "--points", 900, "--reason", "goodwill")
        self.run_json("rewards", "create", "--name", "Kettle", "--points-required", 400, "--stock", 20)
        self.run_json("redemptions", "create", "--user", "rosa@example.org", "--reward", "Kettle", "--key", "k1")
        self.run_json("tokens", "create", "--name", "Meter data hub")
        self.serve()
        self.sign_in()

    def fill(self):
        for collection, make in MAKERS.items():
            key, good = SCHEMA[collection]["primary_key"][0], self.here[collection].find_one()
            documents = (good | (other := make(i)) | {"_id": other[key]} for i in range(MANY))
            self.here[collection].insert_many(documents, ordered=False)

    # -- what the server is asked

    def get(self, path, pages=3):
        """The first pages of a list."""
        path += ("&" if "?" in path else "?") + "limit=50"
        cursor = ""
        for _ in range(pages):
            answer = self.ask("GET", f"/api/v1/{path}{cursor}", bearer=self.ada)
            self.assertEqual(answer.status, 200, answer.body)
            page = answer.json().get("page", {})
            if not page.get("has_more"):
                return
            cursor = f"&cursor={page['next_cursor']}"

    def do(self, method, path, body, status, **headers):
        answer = self.ask(method, f"/api/v1/{path}", body, bearer=self.ada, **headers)
        self.assertEqual(answer.status, status, f"{path}: {answer.body}")
        return answer

    def do_everything(self):
        self.ada = self.sign_in()
        rosa = self.ask("GET", "/api/v1/users?email=rosa@example.org", bearer=self.ada).json()["data"][0]["user_id"]
        member, reward = MEMBER_IDS[7].as_uuid(), REWARD_IDS[7].as_uuid()
        reading = {"start": "2026-01-05T12:00:00Z", "duration": 3600, "energy_consumed": 1, "energy_type": "Renewable"}
        for path in ("users", f"users/{member}/meters", f"users/{member}/usage", f"users/{member}/redemptions",
                     f"users/{member}/usage?from=2026-01-10T00:00:00Z&before=2026-01-20T00:00:00Z",
                     f"users/{member}/points/adjustments", "rewards", "rewards?in_stock=true&archived_too=true",
                     f"rewards?user_id={rosa}&affordable=true", f"rewards/{reward}/stock-movements",
                     f"rewards/{reward}/redemptions", "redemptions?status=pending", "imports", "me/sessions", "tokens",
                     f"users/{rosa}/usage/daily", f"users/{rosa}/points/statement"):
            self.get(path)
        self.do("GET", "usage/report?from=2026-01-10&to=2026-01-12", None, 200)
        self.do("POST", f"users/{rosa}/usage", reading | {"meter": "roof"}, 201)
        self.do("POST", "usage:bulk", reading | {"user_id": rosa, "meter_identifier": "urn:7"}, 200,
                Content_Type="application/x-ndjson", Idempotency_Key="b1")
        self.import_what_is_of_many(reading)
        hours = self.write("hours.csv", "start,kwh\n" + "".join(
            f"2026-02-{day:02}T{hour:02}:00:00Z,1\n" for day in (1, 2) for hour in range(24)))
        for _ in range(2):  # what is there already is looked for by its keys
            self.run_json("usage", "import", hours, "--user", "rosa@example.org", "--meter", "roof", "--interval", 3600,
                          "--energy-type", "Renewable")
        self.do("POST", "rewards", {"name": "kettle", "points_required": 1, "stock": 1}, 409)
        self.do("POST", f"rewards/{reward}/stock-movements", {"delta": 1, "reason_code": "delivery"}, 201,
                Idempotency_Key="s1")
        self.do("POST", "tokens", {"name": "Old gateway"}, 422)
        self.run_json("rewards", "show", "--name", "Kettle")
        self.do("POST", "users", {"email": "bea@example.org", "name": "Bea", "role": "Admin"}, 201)

    def import_what_is_of_many(self, reading):
        """Looked for at once: members by their emails, and meters of several members by their labels."""
        lines = [json.dumps(reading | {"user_id": str(MEMBER_IDS[i].as_uuid()), "meter": f"meter {i}"}) for i in (1, 2, 3)]
        self.run_json("usage", "import", self.write("many.ndjson", "\n".join(lines) + "\n"))
        self.run_json("users", "import", self.write("users.csv", "email,name\nrosa@example.org,Rosa\nivo@example.org,Ivo\n"))

    # -- what was seen of it

    def queries_seen(self):
        """Each once, in order."""
        seen = self.here["system.profile"].find({"command.find": {"$in": list(SCHEMA)}})
        asked = ({name: query["command"][name] for name in ASKING if name in query["command"]} for query in seen)
        return list({repr(query): query for query in asked}.values())

    def writes_seen(self):
        return list(self.here["system.profile"].find({"op": {"$in": ["update", "remove"]}}))

    def uses_seen(self):
        """How often each index was used since it stands."""
        return {(name, use["name"]): use["accesses"]["ops"]
                for name in SCHEMA for use in self.here[name].aggregate([{"$indexStats": {}}])}

    def explained(self):
        for query in self.queries:
            explained = self.here.command("explain", query, verbosity="executionStats")
            yield query, *stages(explained["queryPlanner"]["winningPlan"]), explained["executionStats"]

    def test_the_operations_use_every_index(self):
        unused = [of for of, count in self.uses.items() if count == 0]
        self.assertEqual(unused, [])
        declared = {(name, index) for name in SCHEMA for index in declared_indexes(name)}
        self.assertEqual(set(self.uses), declared)

    def test_every_query_finds_what_it_returns_along_an_index(self):
        served = {}
        for query, names, index, run in self.explained():
            with self.subTest(query=query):
                self.assertTrue({"IXSCAN", "IDHACK"} & set(names), names)
                self.assertNotIn("SORT", names)
                returned = run["nReturned"]
                enough = EXAMINED_MAX * returned or 1  # to find that there is none
                # From one value of several to the next MongoDB looks at the key between them.
                self.assertLessEqual(run["totalKeysExamined"], enough + values_listed(query, index or "_id_"))
                self.assertLessEqual(run["totalDocsExamined"], enough)
                # Only a key is asked for by its index: a document of a sharded collection, with its shard.
                self.assertEqual(query.get("hint", {"_id": 1}), {"_id": 1})
                if not values_listed(query, index or "_id_") and "hint" not in query:
                    served[query["find"], index] = max(returned, served.get((query["find"], index), 0))
        declared = {(name, index) for name in SCHEMA for index in declared_indexes(name) if index != "_id_"}
        self.assertLessEqual(DESIGN_INDEXES, declared)
        self.assertEqual({of for of in declared if served.get(of, 0) == 0}, set())
        alternatives = [query for query in self.queries if "$or" in query["filter"]]
        self.assertEqual({query["find"] for query in alternatives if len(query["filter"]["$or"]) > 1}, {"meters"})

    def test_every_write_goes_by_the_key(self):
        writes = self.writes_seen()
        self.assertTrue(writes)
        for write in writes:
            with self.subTest(collection=write["ns"], write=write["command"]):
                self.assertIn(write["planSummary"], ("IDHACK", "IXSCAN { _id: 1 }"))


if __name__ == "__main__":
    unittest.main()
