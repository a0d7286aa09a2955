"""A copy of an embedded store that is in use, and putting it back, as docs/operating.md says."""

import os
import sqlite3
import stat
import unittest

from server import ServerTest


class Copies(ServerTest):
    def setUp(self):
        super().setUp()
        self.file, self.copy = self.data / "wattback.db", self.folder / "copy.db"

    def emails(self):
        return {user["email"] for user in self.run_json("users", "list")["data"]}

    def make_copy(self):
        before = os.umask(0o077)
        try:
            store = sqlite3.connect(self.file)
            store.execute("VACUUM INTO ?", (str(self.copy),))
            store.close()
        finally:
            os.umask(before)

    def crash_with_more(self):
        """The log beside the store holds what came after the copy."""
        self.add_member("late@example.org")
        self.server.kill()
        self.leave()
        self.assertGreater(self.beside("-wal").stat().st_size, 0)

    def beside(self, suffix):
        return self.file.with_name(self.file.name + suffix)

    def test_a_copy_is_put_back(self):
        self.add_member()
        self.serve()
        self.make_copy()
        self.assertEqual(stat.S_IMODE(self.copy.stat().st_mode), 0o600)
        self.assertTrue(self.run_json("audit", "--store", f"file:{self.copy}")["ok"])
        there = self.emails()
        self.crash_with_more()
        for suffix in ("", "-wal", "-shm"):
            self.beside(suffix).rename(self.beside(suffix + ".before"))
        self.copy.rename(self.file)
        self.audit()
        self.assertTrue(self.run_json("migrate", "verify")["ok"])
        self.assertEqual(self.emails(), there)
        self.serve()
        self.assertEqual(self.ask("GET", "/readyz").status, 200)


if __name__ == "__main__":
    unittest.main()
