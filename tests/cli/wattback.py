"""Runs the built program as its users do: WATTBACK_PROGRAM names it, each test has a store of its own.

It is the embedded one, or a database of the mongod whose address file (tests/mongo/mongod.py) WATTBACK_TEST_MONGO
names.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "mongo"))
import mongod  # noqa: E402

PROGRAM = Path(os.environ["WATTBACK_PROGRAM"]).resolve()
EXAMPLES = Path(__file__).resolve().parent.parent.parent / "docs" / "examples"
SECONDS_MAX = 120
MONGO = os.environ.get("WATTBACK_TEST_MONGO")
STORE_NAMES = {"WATTBACK_STORE", "WATTBACK_STORE_FILE"}

# Exit codes.
DONE, FAILED, INVALID, NOT_FOUND, REFUSED, CONFLICT, UNAVAILABLE = range(7)


class StoreTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wattback-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.data = self.folder / "data"
        self.store_named = self.name_store() if MONGO else {}

    def name_store(self):
        """What the environment says of it."""
        server, options = Path(MONGO).read_text(encoding="utf-8").splitlines()[0].split("?")
        port, database = int(server.rstrip("/").rpartition(":")[2]), f"test_{uuid.uuid4().hex[:12]}"
        self.addCleanup(mongod.ask, port, {"dropDatabase": 1, "$db": database})
        return {"WATTBACK_STORE": f"{server}{database}?{options}"}

    def environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WATTBACK_")}
        return kept | self.store_named | {"WATTBACK_PASSWORD_MEMORY_KIB": "8", "WATTBACK_PASSWORD_OPERATIONS": "1"}

    def command(self, *arguments, env=None):
        """With the test's folder, unless a store is named that lies elsewhere: the flag would go before it."""
        words = [str(argument) for argument in arguments]
        elsewhere = "--store" in words or STORE_NAMES & (self.environment() if env is None else env).keys()
        return [PROGRAM, *words, *(() if elsewhere else ("--data-dir", str(self.data)))]

    def run_any(self, *arguments, text="", **more):
        """The finished process, whatever it says."""
        more.setdefault("env", self.environment())
        return subprocess.run(self.command(*arguments, env=more["env"]), input=text, capture_output=True, text=True, cwd=self.folder,
                              timeout=SECONDS_MAX, check=False, **more)

    def run_json(self, *arguments, exit_code=DONE, text=""):
        """What it says with --json: one object on the last line."""
        finished = self.run_any(*arguments, "--json", text=text)
        self.assertEqual(finished.returncode, exit_code, finished.stderr)
        return json.loads(finished.stdout.splitlines()[-1])

    def refuse(self, exit_code, *arguments, says, text=""):
        """It fails with this exit code and one line on stderr that says this."""
        finished = self.run_any(*arguments, text=text)
        self.assertEqual(finished.returncode, exit_code, finished.stdout + finished.stderr)
        self.assertIn(says, finished.stderr)
        return finished

    def add_member(self, email="rosa@example.org", *more):
        return self.run_json("users", "create", "--email", email, "--name", "Rosa", *more)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def points(self, email="rosa@example.org"):
        return self.run_json("points", "show", "--user", email)["total_points"]

    def audit(self):
        report = self.run_json("audit")
        self.assertTrue(report["ok"])
        self.assertGreater(report["checked"], 0)
        return report
