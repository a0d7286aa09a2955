"""The life of a programme: each thing the program does to members, readings, points and rewards."""

import contextlib
import datetime
import json
import re
import time
import urllib.request

from store_by_hand import HandTest
from wattback import EXAMPLES, StoreTest

FRESH_S = 1.0  # how late a server may show what another process did to the catalog
NDJSON = "application/x-ndjson"
CSV = "start,kwh\n2026-01-05T10:00:00Z,50\n2026-01-05T11:00:00Z,3\n"


def in_seconds(seconds):
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class LifeTest(HandTest):
    """It is lived once, before the first test of a class; each looks at what came of it."""

    steps = None  # each operation, in turn, with what a class keeps of it
    lived = None  # the operations of the contract that were done

    def setUp(self):
        if self.steps is not None:
            StoreTest.setUp(self)
            return
        type(self).steps, type(self).lived = [], set()
        with self.step("the programme"):
            super().setUp()
        self.live()

    @contextlib.contextmanager
    def step(self, name):
        yield
        self.steps.append((name, None))

    def run_step(self, *words, name=None, **more):
        with self.step(name or " ".join(map(str, words[:2]))):
            return self.run_json(*words, **more)

    def do(self, method, path, status, body=None, name=None, **headers):
        with self.step(name or f"{method} {path}"):
            answer = self.ask(method, f"/api/v1/{path}", body, bearer=self.ada, **headers)
        self.assertEqual(answer.status, status, f"{path}: {answer.body}")
        if status < 300:
            self.note_lived(method, path)
        return answer.json()

    def note_lived(self, method, path):
        path = f"/api/v1/{path.partition('?')[0]}"
        fitting = [template for template, item in self.paths.items()
                   if method.lower() in item and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)]
        closest = min(fitting, key=lambda template: template.count("{"))  # /usage/daily is no /usage/{usage_id}
        self.lived.add(self.paths[closest][method.lower()]["operationId"])

    def operations_of(self, tags):
        return {operation["operationId"] for item in self.paths.values() for operation in item.values()
                if isinstance(operation, dict) and tags & set(operation["tags"])}

    # -- the life of a programme

    def live(self):
        self.run_step("migrate", "up")
        rosa, otto = self.add_members()
        self.import_readings()
        self.serve_members(rosa, otto)
        self.owe()
        self.withdraw()
        self.assertTrue(self.run_step("audit", name="audit")["ok"])
        self.assertTrue(self.run_step("migrate", "verify")["ok"])

    def add_members(self):
        members = [self.run_step("users", "create", "--email", f"{name}@example.org", "--name", name)["user_id"]
                   for name in ("rosa", "otto")]
        self.run_step("users", "import", self.write("users.csv", "email,name\nrosa@example.org,rosa\nida@example.org,ida\n"))
        self.run_step("meters", "create", "--user", "rosa@example.org", "--label", "car", "--identifier", "urn:car")
        self.run_step("usage", "record", "--user", "rosa@example.org", "--meter", "car", "--energy", 2,
                      "--start", "2026-01-04T10:00:00Z", "--energy-type", "Renewable")
        self.run_step("points", "adjust", "--user", "rosa@example.org", "--points", 900, "--reason", "goodwill")
        self.run_step("rewards", "create", "--name", "Kettle", "--points-required", 400, "--stock", 20)
        return members

    def import_readings(self):
        self.run_step("usage", "import", EXAMPLES / "green-button.xml", "--user", "rosa@example.org", "--meter", "roof",
                      "--energy-type", "Renewable")
        self.run_step("usage", "import", EXAMPLES / "grid.csv", "--user", "rosa@example.org", "--meter", "grid")
        import_csv = ("usage", "import", self.write("r.csv", CSV), "--user", "otto@example.org", "--meter", "roof",
                      "--interval", 3600, "--energy-type", "Renewable")
        self.run_step(*import_csv, "--dry-run", name="a dry run")
        self.import_id = self.run_step(*import_csv)["import_id"]

    def serve_members(self, rosa, otto):
        self.serve()
        with self.step("signing in"):
            self.ada = self.sign_in()
        type(self).paths = self.ask("GET", "/api/v1/openapi.json").json()["paths"]
        one = {"start": "2026-01-05T12:00:00Z", "duration": 3600, "energy_consumed": 1.5, "energy_type": "Renewable"}
        mine, bulk = f"users/{rosa}", {"Idempotency_Key": "b1", "Content_Type": NDJSON}
        reading = self.do("POST", f"{mine}/usage", 201, one | {"meter": "car"})["usage_id"]
        self.do("POST", f"{mine}/usage", 200, one | {"meter": "car", "energy_consumed": 2.5, "as_of": in_seconds(60)},
                name="a restatement")
        lines = [one | {"user_id": otto, "meter": "barn"}, one | {"user_id": rosa, "meter": "barn"},
                 one | {"user_id": rosa, "meter_identifier": "urn:car", "as_of": in_seconds(120)}]
        with self.step("a bulk of two members"):
            self.bulk_id = self.send_lines(lines, bulk)
        self.note_lived("POST", "usage:bulk")
        file = one | {"start": "2026-01-07T12:00:00Z"}
        for more, status in (("&dry_run=true", 200), ("", 201)):
            taken_in = self.do("POST", f"imports?user_id={rosa}&meter=file{more}", status, file, Content_Type=NDJSON)
        self.do("GET", f"imports/{taken_in['import_id']}", 200)
        self.do("POST", f"imports/{taken_in['import_id']}/withdraw", 200, {"reason_code": "wrong-file"})
        for path in ("meters", "usage", "usage?limit=2", f"usage/{reading}", "usage/daily", "usage/monthly", "points",
                     "usage?from=2026-01-05T00:00:00Z&before=2026-01-06T00:00:00Z", "points/statement",
                     "points/statement?limit=1", "points/explain/entry/1", f"points/explain/reading/{reading}",
                     "points/explain/day/2026-01-05"):
            self.page(f"{mine}/{path}")
        meter = self.do("GET", f"{mine}/meters", 200)["data"][0]
        self.do("GET", f"{mine}/meters/{meter['meter_id']}", 200)
        self.do("PATCH", f"{mine}/meters/{meter['meter_id']}", 200, {"label": "shed"})
        self.do("POST", f"{mine}/meters", 201, {"label": "attic"})
        given = self.do("POST", f"{mine}/points/adjustments", 201, {"points": 5, "reason_code": "goodwill"},
                        Idempotency_Key="a1")
        for path in ("points/adjustments", f"points/adjustments/{given['adjustment_id']}"):
            self.do("GET", f"{mine}/{path}", 200)
        self.do("GET", "usage/report?from=2026-01-05&to=2026-01-06", 200, name="usage report")
        self.do("GET", "programme/summary", 200, name="programme summary")
        self.do("GET", "imports", 200)
        for number, end in enumerate(("cancel", "fulfil")):
            redeemed = self.run_step("redemptions", "create", "--user", "rosa@example.org", "--reward", "Kettle",
                                     "--key", f"k{number}")
            self.run_step("redemptions", end, redeemed["redemption_id"])
        self.redeem(mine)
        self.edit_the_catalog()

    def redeem(self, mine):
        kettle = self.do("GET", "rewards", 200)["data"][0]["reward_id"]
        for end in ("cancel", "fulfil"):
            redeemed = self.do("POST", f"{mine}/redemptions", 201, {"reward_id": kettle}, Idempotency_Key=end)
            self.page("redemptions?status=pending")
            self.do("POST", f"{mine}/redemptions/{redeemed['redemption_id']}/{end}", 200)
        for path in (f"{mine}/redemptions", f"{mine}/redemptions/{redeemed['redemption_id']}",
                     f"rewards/{kettle}/redemptions"):
            self.page(path)
        self.kettle = kettle

    def owe(self):
        """One who spent what was earned by a mistake."""
        emil = f"users/{self.run_step('users', 'create', '--email', 'emil@example.org', '--name', 'emil')['user_id']}"
        reading = {"meter": "roof", "start": "2026-01-05T12:00:00Z", "duration": 3600, "energy_consumed": 50,
                   "energy_type": "Renewable"}
        self.do("POST", f"{emil}/usage", 201, reading)
        self.do("POST", f"{emil}/redemptions", 201, {"reward_id": self.kettle}, Idempotency_Key="e1")
        self.do("POST", f"{emil}/usage", 200, reading | {"energy_consumed": 0, "as_of": in_seconds(60)})
        self.do("POST", f"{emil}/points/write-offs", 201, {"points": 10, "reason_code": "meter-fault"},
                Idempotency_Key="w1")

    def send_lines(self, lines, headers):
        request = urllib.request.Request(f"{self.url}api/v1/usage:bulk", method="POST",
                                         data="".join(json.dumps(line) + "\n" for line in lines).encode())
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        request.add_header("Authorization", f"Bearer {self.ada}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            told = [json.loads(line) for line in answer.read().splitlines()]
        self.assertEqual({line.get("outcome") for line in told[:-1]}, {"accepted", "restated"}, told)
        return told[-1]["summary"]["import_id"]

    def page(self, path):
        """A list and what follows its first page."""
        answer = self.do("GET", path, 200)
        if answer.get("page", {}).get("has_more"):
            self.do("GET", f"{path}{'&' if '?' in path else '?'}cursor={answer['page']['next_cursor']}", 200)

    def edit_the_catalog(self):
        """By another process: the server hears of it, though it does not listen."""
        self.do("GET", "rewards", 200)
        self.run_step("rewards", "edit", "--name", "Kettle", "--points-required", 410)
        edited = time.monotonic()
        while self.do("GET", "rewards", 200)["data"][0]["points_required"] != 410:
            self.assertLess(time.monotonic() - edited, FRESH_S)
            time.sleep(0.05)

    def withdraw(self):
        for name, taken_in in (("a withdrawal", self.import_id), ("withdrawal for everyone", self.bulk_id)):
            done = self.run_step("usage", "withdraw", taken_in, "--reason", "wrong-file", "--yes", name=name)
            self.assertGreater(done["restated"], 0)
