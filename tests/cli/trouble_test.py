"""What an operator meets on a bad day: one clear line each, nothing half written."""

import concurrent.futures
import contextlib
import datetime
import json
import os
import re
import sqlite3
import subprocess
import tempfile
import unittest
from pathlib import Path

from wattback import DONE, FAILED, INVALID, NOT_FOUND, PROGRAM, SECONDS_MAX, UNAVAILABLE, StoreTest


class Trouble(StoreTest):
    def one_line(self, finished):
        self.assertEqual(len(finished.stderr.strip().splitlines()), 1, finished.stderr)

    def test_a_folder_that_can_not_be_made(self):
        self.data = self.write("file", "in the way") / "data"
        self.one_line(self.refuse(FAILED, "users", "create", "--email", "a@example.org", "--name", "A", says=str(self.data)))

    def test_a_file_for_a_folder(self):
        self.data = self.write("file", "in the way")
        for verb in (("users", "list"), ("users", "create", "--email", "a@example.org", "--name", "A")):
            self.one_line(self.refuse(FAILED, *verb, says="is no folder"))

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to mount a file system")
    def test_what_can_only_be_read(self):
        self.add_member()
        create = f"{PROGRAM} users create --email b@example.org --name B --data-dir"
        finished = self.run_apart(f"""
            mkdir there && mount -t tmpfs -o ro tmpfs there || exit
            {create} there
            mount --bind data data && mount -o remount,bind,ro data || exit
            {create} data
        """)
        there, data = finished.stderr.strip().splitlines()
        self.assertIn("there can't be written: Read-only file system", there)
        self.assertIn("wattback.db: can not be written (SQLite 8: attempt to write a readonly database)", data)

    def test_not_a_wattback_file(self):
        self.data.mkdir()
        store = self.data / "wattback.db"
        for content in (b"certainly no database, but long enough to be read as one" * 20, None):
            store.unlink(missing_ok=True)
            if content is None:
                with sqlite3.connect(store) as other:
                    other.execute("CREATE TABLE songs (title TEXT)")
                other.close()
            else:
                store.write_bytes(content)
            before = store.read_bytes()
            for verb in (("users", "list"), ("users", "create", "--email", "a@example.org", "--name", "A")):
                self.one_line(self.refuse(FAILED, *verb, says=str(store)))
            self.assertEqual(store.read_bytes(), before)

    def test_a_store_of_a_newer_program(self):
        self.add_member()
        with sqlite3.connect(self.data / "wattback.db") as store:
            store.execute("PRAGMA user_version = 999")
        store.close()
        self.one_line(self.refuse(FAILED, "users", "list", says="999"))

    def test_another_process_holds_the_file(self):
        self.add_member()
        other = sqlite3.connect(self.data / "wattback.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        create = ("users", "create", "--email", "b@example.org", "--name", "B")
        self.one_line(self.refuse(UNAVAILABLE, *create, says="is locked by another process"))
        self.assertIn("is locked", self.run_json(*create, exit_code=UNAVAILABLE)["error"]["reason"])
        self.assertEqual(len(self.run_json("users", "list")["data"]), 1)
        other.execute("ROLLBACK")
        other.close()
        self.add_member("b@example.org")

    def test_what_may_have_been_done_is_repeated_under_its_key(self):
        self.add_member()
        self.run_json("rewards", "create", "--name", "Kettle", "--points-required", "50", "--stock", "3")
        verbs = (("points", "adjust", "--user", "rosa@example.org", "--points", "60", "--reason", "goodwill"),
                 ("rewards", "stock", "--name", "Kettle", "--delta", "5", "--reason", "delivery"))
        given = (*verbs[0], "--key", "given")
        with concurrent.futures.ThreadPoolExecutor() as pool, \
                contextlib.closing(sqlite3.connect(self.data / "wattback.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            *told, of_given = pool.map(lambda verb: self.refuse(UNAVAILABLE, *verb, says="is locked").stderr,
                                       (*verbs, given))
            other.execute("ROLLBACK")
        self.assertNotIn("--key", of_given)
        for verb, text in zip(verbs, told):
            key = re.search(r"repeat it with --key (\S+),", text)[1]
            self.assertFalse(self.run_json(*verb, "--key", key)["replayed"])
            self.assertTrue(self.run_json(*verb, "--key", key)["replayed"])
        self.assertEqual(self.points(), 60)

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to mount a small file system")
    def test_a_full_disk(self):
        start = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
        rows = (f"{(start + datetime.timedelta(hours=hour)).isoformat()},0.5" for hour in range(15_000))
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("start,value\n" + "\n".join(rows) + "\n")
            file.flush()
            finished = self.fill_up_and_go_on(file.name)
        self.assertIn(f"exit {UNAVAILABLE}", finished.stdout, finished.stderr)
        self.assertIn("full", finished.stdout)
        self.assertIn("ok: ", finished.stdout)
        self.assertRegex(finished.stdout, r"accepted +15000\n")

    def fill_up_and_go_on(self, file):
        """Imports on a disk of 2 MiB, audits once there is room, and imports again."""
        take = f"{PROGRAM} usage import {file} --user a@example.org --energy-type Renewable --data-dir d"
        script = f"""
            mount -t tmpfs -o size=2m tmpfs {self.folder} && cd {self.folder} || exit
            {PROGRAM} users create --email a@example.org --name A --data-dir d
            {take} 2>&1; echo "exit $?"
            mount -o remount,size=64m {self.folder}
            {PROGRAM} audit --data-dir d
            {take}
        """
        return self.run_apart(script)

    def run_apart(self, script):
        """Runs it in the test's folder, in a namespace of mounts of its own."""
        # Where the root is no mount (in a chroot) its propagation can't be changed, and nobody else sees it.
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
        propagation = "private" if any(mount.split()[4] == "/" for mount in mounts) else "unchanged"
        return subprocess.run(["unshare", "--mount", "--propagation", propagation, "bash", "-c", script],
                              cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=SECONDS_MAX, check=False)

    def test_bad_usage(self):
        for arguments in ((), ("nonsense",), ("users", "create"), ("users", "list", "--limit", "0")):
            self.assertEqual(self.run_any(*arguments).returncode, INVALID)
        self.refuse(INVALID, "users", "create", "--email", "a@example.org", "--name", "A", "--time-zone", "Mars/Olympus",
                    says="Mars/Olympus")
        self.refuse(NOT_FOUND, "usage", "import", "missing.csv", "--user", "a@example.org", says="missing.csv")

    def test_what_is_refused_makes_no_store(self):
        self.refuse(INVALID, "programme", "create", "--name", "", "--time-zone", "UTC", says="name")
        self.refuse(INVALID, "users", "create", "--email", "a@example.org", "--name", "", says="name")
        self.refuse(INVALID, "users", "create", "--email", "a@example.org", "--name", "A", "--store", "",
                    says="flag --store gives nothing")
        self.assertEqual(list(self.folder.rglob("*.db")), [])

    def test_the_version_is_told_as_other_programs_do(self):
        self.assertRegex(self.run_any("--version").stdout, r"^wattback \d+\.\d+\.\d+$")

    def test_settings_and_where_they_come_from(self):
        self.write("wattback.toml", "password_operations = 3\n")
        rows = {row["setting"]: row for row in self.run_json("config", "show")["data"]}
        self.assertEqual(rows["data_dir"]["origin"], "flag --data-dir")
        self.assertEqual(rows["password_memory_kib"]["origin"], "environment WATTBACK_PASSWORD_MEMORY_KIB")
        self.assertEqual(rows["password_operations"]["origin"], "environment WATTBACK_PASSWORD_OPERATIONS")
        self.write("wattback.toml", 'data_dri = "x"\n')
        self.refuse(INVALID, "config", "show", says="did you mean data_dir?")

    def store_shown(self, *flags, **environment):
        """The store that `config show` tells, and from where, without the test's own folder."""
        environment = {name: value for name, value in self.environment().items() if name != "WATTBACK_STORE"} | environment
        finished = subprocess.run([PROGRAM, "config", "show", "--json", *flags], cwd=self.folder, env=environment, capture_output=True,
                                  text=True, timeout=SECONDS_MAX, check=False)
        self.assertEqual(finished.returncode, DONE, finished.stderr)
        shown = {row["setting"]: row for row in json.loads(finished.stdout)["data"]}["store"]
        return shown["value"], shown["origin"]

    def test_a_folder_named_by_a_flag_goes_before_a_store_named_elsewhere(self):
        file, address = self.write("settings", 'store = "file:there.db"\n'), self.write("address", "file:there.db\n")
        mine = ("file:mine/wattback.db", "flag --data-dir")
        for elsewhere in ({"WATTBACK_STORE": "file:there.db"}, {"WATTBACK_STORE_FILE": str(address)}, {"WATTBACK_CONFIG": str(file)},
                          {"WATTBACK_STORE": "file:there.db", "WATTBACK_STORE_FILE": str(address)}):
            self.assertEqual(self.store_shown("--data-dir", "mine", **elsewhere), mine)
        self.assertEqual(self.store_shown(WATTBACK_DATA_DIR="mine", WATTBACK_CONFIG=str(file)),
                         ("file:mine/wattback.db", "environment WATTBACK_DATA_DIR"))
        # Of one place, the store.
        self.assertEqual(self.store_shown(WATTBACK_DATA_DIR="mine", WATTBACK_STORE="file:there.db"),
                         ("file:there.db", "environment WATTBACK_STORE"))
        self.assertEqual(self.store_shown(), ("file:./wattback-data/wattback.db", "default"))

    def test_a_file_of_settings_that_is_not_there(self):
        for path, why in ((self.folder / "nofile", "No such file or directory"), (self.folder, "Is a directory")):
            finished = self.run_any("config", "show", env=self.environment() | {"WATTBACK_CONFIG": str(path)})
            self.assertEqual(finished.returncode, INVALID)
            self.one_line(finished)
            self.assertIn(f"{path} (environment WATTBACK_CONFIG) can't be read: {why}", finished.stderr)

    def test_what_is_no_whole_number(self):
        for number in ("5.5", "x"):
            self.refuse(INVALID, "rewards", "create", "--name", "A", "--stock", "1", "--points-required", number,
                        says=f"--points-required: '{number}' is no whole number")
            self.refuse(INVALID, "points", "explain", "--user", "a@example.org", "--entry", number,
                        says=f"--entry: '{number}' is no whole number")

    def test_two_flags_that_name_two_stores_are_refused(self):
        for store in ("file:z", "mongodb://db/x"):
            finished = subprocess.run([PROGRAM, "users", "list", "--store", store, "--data-dir", "q"], cwd=self.folder, env=self.environment(),
                                      capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
            self.assertEqual(finished.returncode, INVALID)
            self.assertIn(f"--store {store} and --data-dir q name two stores", finished.stderr)
        self.assertEqual(self.store_shown("--store", "file:q/wattback.db", "--data-dir", "./q"), ("file:q/wattback.db", "flag --store"))

    def test_two_settings_of_one_place_that_give_the_store_are_named(self):
        self.write("wattback.toml", 'store = "file:a"\nstore_file = "b"\n')
        environment = {name: value for name, value in self.environment().items() if name != "WATTBACK_STORE"}
        finished = subprocess.run([PROGRAM, "users", "list"], cwd=self.folder, env=environment, capture_output=True, text=True,
                                  timeout=SECONDS_MAX, check=False)
        self.assertEqual(finished.returncode, INVALID)
        self.assertIn("store (file ./wattback.toml) and store_file (file ./wattback.toml) both give the store", finished.stderr)

    def test_a_password_in_an_address_is_refused_and_not_repeated(self):
        address = "mongodb://me:hunter2@db/x"
        for words in (("users", "list", "--store", address), ("users", "list", "--stor", address), ("users", "list", f"--stor={address}"),
                      ("users", address), (address,), ("users", "list", "--store", "file:x", "--store", address)):
            finished = self.run_any(*words)
            self.assertEqual(finished.returncode, INVALID)
            self.assertNotIn("hunter2", finished.stdout + finished.stderr)

    def test_a_secret_given_twice_is_not_shown(self):
        option = "tlsCertificateKeyFilePassword"
        environment = self.environment() | {"WATTBACK_STORE": f"mongodb://db/x?{option}=hunter1&{option}=hunter2"}
        finished = self.run_any("config", "show", env=environment)
        self.assertEqual(finished.returncode, DONE, finished.stderr)
        self.assertIn(f"mongodb://db/x?{option}=***&{option}=***", finished.stdout)
        self.assertNotIn("hunter", finished.stdout + finished.stderr)


if __name__ == "__main__":
    unittest.main()
