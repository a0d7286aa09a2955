#!/usr/bin/env python3
"""./run as a stranger starts it: a programme to try, served; what is there left as it is, or copied and migrated."""

import re
import signal
import subprocess
import threading
import unittest
from pathlib import Path

from migrate_test import OlderStore
from migrations import NEWEST
from server import ServerTest
from wattback import StoreTest

RUN = Path(__file__).resolve().parent.parent.parent / "run"
STARTED_MAX_S = 300


class RunTest(OlderStore, ServerTest):
    def setUp(self):
        StoreTest.setUp(self)  # without a programme

    def start_run(self, *arguments, **environment):
        """What it says until it serves, on a free port."""
        self.log = self.folder / "log"
        with self.log.open("w", encoding="utf-8") as log:
            self.server = subprocess.Popen([RUN, "--data-dir", self.data, "--port", "0", *arguments], cwd=self.folder,
                                           env=self.environment() | environment, stdout=subprocess.PIPE, stderr=log,
                                           text=True)
        self.addCleanup(self.leave)
        patience = threading.Timer(STARTED_MAX_S, self.server.kill)
        self.addCleanup(patience.cancel)
        patience.start()
        said = ""
        for line in self.server.stdout:
            said += line
            if found := re.search(r"http://127\.0\.0\.1:([1-9]\d*)/", line):
                self.url = found[0]
                patience.cancel()
                return said
        self.fail(said + self.log.read_text(encoding="utf-8"))

    def interrupt(self):
        self.server.send_signal(signal.SIGINT)
        out, _ = self.server.communicate(timeout=STARTED_MAX_S)
        self.assertEqual(self.server.returncode, 0, out + self.log.read_text(encoding="utf-8"))

    def summary(self, token):
        answer = self.ask("GET", "/api/v1/programme/summary", bearer=token).json()
        answer.pop("as_of")
        return answer

    def test_a_programme_to_try_and_the_same_the_next_time(self):
        said = self.start_run()
        password = re.search(r" password: (\S+) ", said)[1]
        email = re.search(r'"email": "([^"]+)"', said)[1]
        self.assertEqual(self.ask("GET", "/readyz").status, 200)
        token = self.sign_in(email, password)
        summary = self.summary(token)
        self.assertGreater(summary["points_outstanding"], 0)
        self.interrupt()
        self.audit()

        again = self.start_run()
        self.assertNotIn(password, again)
        self.assertEqual(self.summary(token), summary)
        self.interrupt()
        self.assertEqual(list(self.data.glob("*before*")), [])

    def test_an_older_store_is_copied_aside_and_migrated(self):
        self.load(2)
        before = self.redemptions()
        self.start_run()
        copy = self.data / f"wattback.db.before-schema-{NEWEST}"
        self.assertIn(f"copied it to {copy}", self.log.read_text(encoding="utf-8"))
        self.assertEqual(copy.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.ask("GET", "/readyz").status, 200)
        self.interrupt()
        self.assertEqual(self.rows("PRAGMA user_version"), [(NEWEST,)])
        self.expect_migrated(before)

        self.file = copy
        self.assertEqual(self.rows("PRAGMA user_version"), [(2,)])
        self.assertEqual(self.redemptions(), before)

    def test_a_store_that_is_named_elsewhere_is_left_alone(self):
        there = self.folder / "there.db"
        for elsewhere, origin in (({"WATTBACK_STORE": f"file:{there}"}, "environment WATTBACK_STORE"),
                                  ({"WATTBACK_STORE_FILE": str(self.write("address", f"file:{there}\n"))},
                                   f"file {self.folder}/address"),
                                  ({"WATTBACK_CONFIG": str(self.write("settings", f'store = "file:{there}"\n'))},
                                   f"file {self.folder}/settings")):
            with self.subTest(origin):
                self.data = self.folder / f"data of {len(list(self.folder.iterdir()))}"
                said = self.start_run(**elsewhere)
                self.assertEqual(self.ask("GET", "/readyz").status, 200)
                self.interrupt()
                told = f"run: {origin} names another store; run keeps its own, in {self.data}"
                self.assertIn(told, self.log.read_text(encoding="utf-8").splitlines())
                self.assertIn(" users list --data-dir ", said)
                self.assertTrue((self.data / "wattback.db").exists())
                self.assertFalse(there.exists())
                self.audit()

    def test_an_older_store_is_migrated_and_not_the_one_named_elsewhere(self):
        self.load(2)
        there = self.folder / "there.db"
        self.file.rename(there)
        self.load(2)
        self.start_run(WATTBACK_STORE=f"file:{there}")
        self.interrupt()
        self.assertEqual(self.rows("PRAGMA user_version"), [(NEWEST,)])
        self.file = there
        self.assertEqual(self.rows("PRAGMA user_version"), [(2,)])

    def test_what_it_does_not_know_is_refused(self):
        finished = subprocess.run([RUN, "--datadir", self.data], cwd=self.folder, env=self.environment(), check=False,
                                  capture_output=True, text=True, timeout=STARTED_MAX_S)  # fmt: skip
        self.assertEqual(finished.returncode, 2)
        self.assertIn("there is no option --datadir", finished.stderr)
        self.assertFalse(self.data.exists())


if __name__ == "__main__":
    unittest.main()
