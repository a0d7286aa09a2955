"""Bringing a store of an older schema up: what is said, what is refused, and what a kill leaves."""

import hashlib
import signal
import sqlite3
import time
from pathlib import Path

from migrations import NEWEST, Killed, Migrating
from server import ServerTest
from wattback import CONFLICT, DONE, FAILED, INVALID, StoreTest

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


class OlderStore(Migrating, StoreTest):
    """A store file as an earlier program left it."""

    def load(self, version):
        self.data.mkdir(exist_ok=True)
        self.file = self.data / "wattback.db"
        for suffix in ("", "-wal", "-shm"):
            Path(str(self.file) + suffix).unlink(missing_ok=True)
        with self.sql() as store:
            store.executescript((FIXTURES / f"schema-{version}.sql").read_text(encoding="utf-8"))
            store.execute("PRAGMA journal_mode = WAL")
        store.close()

    def sql(self):
        return sqlite3.connect(self.file, timeout=30)

    def rows(self, query, *values):
        store = self.sql()
        try:
            return store.execute(query, values).fetchall()
        finally:
            store.close()

    def multiply(self, many):
        """As many redemptions more, of the first one's member and reward. The ledger knows nothing of them."""
        store = self.sql()
        names = [row[1] for row in store.execute("PRAGMA table_info(redemptions)")]
        first = dict(zip(names, store.execute("SELECT * FROM redemptions").fetchone()))
        self.ids = [hashlib.sha256(b"%d" % number).digest()[:16] for number in range(many)]
        marks = ", ".join("?" for _ in names)
        with store:
            store.executemany(f"INSERT INTO redemptions VALUES ({marks})",
                              ([id if name == "redemption_id" else 1 if name == "version" else first[name]
                                for name in names] for id in self.ids))
        store.close()

    def redemptions(self):
        names = [row[1] for row in self.rows("PRAGMA table_info(redemptions)")]
        kept = [name for name in names if name not in ("reward_name", "version")]
        rows = self.rows(f"SELECT version, {', '.join(kept)} FROM redemptions ORDER BY redemption_id")
        return [(row[1:], row[0]) for row in rows]

    def changed(self):
        if not any(row[1] == "reward_name" for row in self.rows("PRAGMA table_info(redemptions)")):
            return 0
        return self.rows("SELECT count(*) FROM redemptions WHERE reward_name IS NOT NULL")[0][0]

    def record(self):
        if not self.rows("SELECT 1 FROM sqlite_master WHERE name = 'schema_history'"):
            return 0, 0
        found = self.rows("SELECT runs, changed FROM schema_history WHERE number = ?", NEWEST)
        return found[0] if found else (0, 0)

    def misnamed(self):
        return self.rows("SELECT count(*) FROM redemptions r JOIN rewards w USING (reward_id) "
                         "WHERE r.reward_name IS NOT w.name")[0][0]


class MigrateTest(OlderStore):
    def test_each_earlier_version_comes_up_and_is_whole(self):
        for version in (1, 2):
            with self.subTest(version=version):
                self.load(version)
                before = self.redemptions()
                done = self.run_json("migrate", "up")
                self.assertEqual(done["schema_version"], NEWEST)
                self.assertEqual([each["number"] for each in done["done"]], list(range(version + 1, NEWEST + 1)))
                self.expect_migrated(before)
                self.audit()
                status = self.run_json("migrate", "status")
                self.assertEqual([each["status"] for each in status["data"]],
                                 ["adopted"] * version + ["migrated"] * (NEWEST - version))
                self.assertEqual(status["pending"], 0)
                self.assertEqual(self.run_json("migrate", "up")["done"], [])
                listed = self.run_json("redemptions", "list", "--user", "tom@example.org")["data"]
                self.assertEqual({each["reward_name"] for each in listed}, {"LED bulbs", "Electric kettle"})

    def test_a_history_reads_right_after_a_rename(self):
        self.load(2)
        self.run_json("migrate", "up")
        self.run_json("rewards", "edit", "--name", "Electric kettle", "--new-name", "Samovar")
        self.run_json("redemptions", "create", "--user", "rosa@example.org", "--reward", "Samovar", "--key", "s1")
        listed = self.run_json("redemptions", "list", "--user", "rosa@example.org")["data"]
        self.assertEqual([each["reward_name"] for each in listed], ["Samovar", "Electric kettle", "LED bulbs"])
        self.audit()

    def test_every_command_refuses_an_older_store_saying_what_to_run(self):
        self.load(2)
        before = self.file.read_bytes()
        for verb in (("users", "list"), ("audit",), ("serve", "--port", "0"),
                     ("users", "create", "--email", "x@example.org", "--name", "X")):
            finished = self.refuse(FAILED, *verb, says=f"run: wattback migrate up --data-dir {self.data}\n")
            self.assertIn("has schema version 2, and this program needs version 3", finished.stderr)
            self.assertEqual(len(finished.stderr.splitlines()), 1)
        self.run_json("migrate", "status")
        self.run_json("migrate", "plan")
        self.assertEqual(self.rows("PRAGMA user_version"), [(2,)])
        self.assertEqual(self.file.read_bytes(), before)

    def test_what_it_says_to_run_can_be_pasted(self):
        self.data = self.folder / "Rosa's data"
        file = self.write("address", f"file:{self.data}/wattback.db\n")
        self.expect_told("--data-dir", self.data)
        self.expect_told("--store", f"file:{self.data}/wattback.db")
        self.expect_told(WATTBACK_DATA_DIR=str(self.data))
        self.expect_told(WATTBACK_STORE=f"file:{self.data}/wattback.db")
        line = self.expect_told(WATTBACK_STORE_FILE=str(file), WATTBACK_DATA_DIR="elsewhere")
        self.assertEqual(line, f"WATTBACK_STORE_FILE={file} wattback migrate up\n")

    def test_a_newer_store_is_refused_by_all(self):
        self.add_member()
        self.file = self.data / "wattback.db"
        store = self.sql()
        store.execute("PRAGMA user_version = 999")
        store.close()
        for verb in (("users", "list"), ("serve", "--port", "0"), ("serve", "--port", "0", "--migrate"),
                     ("migrate", "up"), ("migrate", "status"), ("migrate", "plan"), ("migrate", "verify")):
            self.refuse(FAILED, *verb, says="has schema version 999, and this program knows up to version 3; "
                                            "use a newer wattback")

    def test_a_new_store_is_at_the_newest_at_once(self):
        self.add_member()
        status = self.run_json("migrate", "status")
        self.assertEqual([each["status"] for each in status["data"]], ["made"] * NEWEST)
        self.assertTrue(self.run_json("migrate", "verify")["ok"])

    def test_one_step_at_a_time(self):
        self.load(1)
        plan = self.run_json("migrate", "plan")["data"]
        self.assertEqual([each["name"] for each in plan], ["sign_in", "reward_names"])
        self.assertIn("redemptions.reward_name, then required", plan[1]["adds"])
        self.assertEqual(self.run_json("migrate", "up", "--to", "2")["schema_version"], 2)
        self.assertTrue(self.run_json("migrate", "verify")["ok"])
        self.assertIn("this program needs schema version 3: wattback migrate up", self.run_any("migrate", "verify").stdout)
        self.refuse(FAILED, "users", "list", says="has schema version 2")
        self.assertEqual(self.run_json("migrate", "up")["schema_version"], 3)
        self.audit()
        for to in ("0", str(NEWEST + 1), "x"):
            self.refuse(INVALID, "migrate", "up", "--to", to, says="--to")

    def test_verify_names_what_differs(self):
        self.load(2)
        self.run_json("migrate", "up")
        store = self.sql()
        with store:
            store.execute("DROP INDEX redemptions_by_user_id")
            store.execute("ALTER TABLE rewards RENAME COLUMN description TO about")
            store.execute("UPDATE schema_history SET checksum = zeroblob(32) WHERE number = 1")
        store.close()
        faults = self.run_json("migrate", "verify", exit_code=FAILED)["faults"]
        self.assertTrue(any("redemptions_by_user_id is missing" in fault for fault in faults), faults)
        self.assertTrue(any("rewards.description is missing" in fault for fault in faults), faults)
        self.assertTrue(any("migration 1 (base) was another" in fault for fault in faults), faults)
        self.load(2)
        self.run_json("migrate", "up")
        store = self.sql()
        with store:
            store.execute("UPDATE redemptions SET reward_name = NULL")
        store.close()
        finished = self.run_any("migrate", "verify")
        self.assertEqual(finished.returncode, FAILED)
        self.assertIn("reward_name", finished.stdout)

    def test_verify_names_what_somebody_else_made(self):
        """What refuses or does more than the schema says; an index or a view beside it is nobody's harm."""
        self.load(2)
        self.run_json("migrate", "up")
        store = self.sql()
        with store:
            store.execute("CREATE INDEX mine ON users (created_at)")
            store.execute("CREATE VIEW ours AS SELECT * FROM users")
        self.assertTrue(self.run_json("migrate", "verify")["ok"])
        with store:
            store.execute("create unique index one_of_each on users (name)")
            store.execute("create trigger quiet after insert on users begin delete from users; end")
        store.close()
        self.assertEqual(self.run_json("migrate", "verify", exit_code=FAILED)["faults"],
                         ["the index one_of_each is unique, and of no schema", "the trigger quiet is of no schema"])


class KilledTest(Killed, OlderStore):
    def test_two_at_once_migrate_once(self):
        self.load(2)
        self.multiply(5_000)
        before = self.redemptions()
        both = [self.start("migrate", "up", "--json") for _ in range(2)]
        answers = [self.finish(process)[0] for process in both]
        self.assertEqual(sorted(len(answer["done"]) for answer in answers), [0, 1])
        self.assertEqual([answer["schema_version"] for answer in answers], [NEWEST] * 2)
        self.assertEqual(self.record(), (1, len(before)))
        self.expect_migrated(before)


class ServeWhileMigratingTest(OlderStore, ServerTest):
    def setUp(self):
        StoreTest.setUp(self)

    def hold(self):
        """Somebody else's lease on the migration, which keeps the server from beginning."""
        self.run_json("migrate", "up")
        store = self.sql()
        with store:
            store.execute("UPDATE schema_history SET status = 'running', finished_at = NULL, owner = 'another', "
                          "lease_until = ?, pass = 0, position = NULL WHERE number = 3", (self.in_ms(3600),))
        store.close()

    @staticmethod
    def in_ms(seconds):
        return int((time.time() + seconds) * 1000)

    def test_503_with_progress_and_then_it_serves(self):
        self.load(2)
        self.hold()
        self.refuse(FAILED, "serve", "--port", "0", says="migrate up")
        self.serve("--migrate")
        self.assertEqual(self.ask("GET", "/livez").status, 200)
        self.assertEqual(self.ask("GET", "/metrics").status, 200)
        for path in ("/readyz", "/api/v1/rewards", "/api/v1/users/me"):
            answer = self.ask("GET", path)
            self.assertEqual(answer.status, 503, answer.body)
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
            self.assertGreater(int(answer.headers["Retry-After"]), 0)
            problem = answer.json()
            self.assertEqual(problem["code"], "unavailable")
            self.assertIn("the store is being migrated: ", problem["detail"])
        self.assertEqual(self.ask("POST", "/api/v1/sessions", {"email": "a@example.org", "password": "x"}).status, 503)
        store = self.sql()
        with store:
            store.execute("UPDATE schema_history SET lease_until = ? WHERE number = 3", (self.in_ms(-1),))
        store.close()
        self.assertIn("serves", self.server.stdout.readline())
        self.assertEqual(self.ask("GET", "/readyz").status, 200)
        ada = self.sign_in()
        self.assertEqual(self.ask("GET", "/api/v1/redemptions?status=pending", bearer=ada).status, 200)
        code, _, err = self.end()
        self.assertEqual(code, DONE, err)
        self.assertTrue(self.run_json("migrate", "verify")["ok"])

    def test_a_store_that_is_served_is_not_migrated_beside_its_server(self):
        """Were it one of before, it would go on writing redemptions without what the newer schema wants of them."""
        self.load(2)
        self.hold()
        self.serve("--migrate")  # as one of before, it knows nothing of the migration's end
        before = self.record()
        self.refuse(CONFLICT, "migrate", "up", says=f"is served, by process {self.server.pid}; end it first")
        self.assertEqual(self.record(), before)
        self.server.send_signal(signal.SIGTERM)
        self.server.communicate(timeout=30)
        store = self.sql()
        with store:
            store.execute("UPDATE schema_history SET lease_until = ? WHERE number = 3", (self.in_ms(-1),))
        store.close()
        self.run_json("migrate", "up")

    def test_no_server_begins_while_the_store_is_migrated(self):
        self.load(2)
        self.hold()
        migrating = self.start("migrate", "up")
        self.assertIn("another is at work", migrating.stderr.readline())
        self.refuse(CONFLICT, "serve", "--port", "0", "--migrate", says="is being migrated by another process")

    def test_it_can_be_ended_while_it_migrates(self):
        self.load(2)
        self.hold()
        self.serve("--migrate")
        self.server.send_signal(signal.SIGTERM)
        self.server.communicate(timeout=30)
        self.assertEqual(self.server.returncode, DONE)

    def test_a_store_up_to_date_is_served_at_once(self):
        self.load(2)
        self.run_json("migrate", "up")
        self.serve("--migrate")
        self.assertEqual(self.ask("GET", "/readyz").status, 200)


if __name__ == "__main__":
    import unittest

    unittest.main()
