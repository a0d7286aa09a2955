"""A small programme by the command line, a step a command, and what the store holds after each."""

import argparse
import errno
import json
import os
import random
import shutil
import sqlite3
import subprocess
from pathlib import Path

PROGRAM = Path(os.environ["WATTBACK_PROGRAM"]).resolve()
SECONDS_MAX = 240  # of a lock that could not be given back SQLite sleeps ten seconds at each try
# Where a disk that is busy with something else does not matter; None: nowhere.
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
DOSES = ("ci", "night")

# Exit codes, as README has them.
DONE, FAILED, INVALID, NOT_FOUND, REFUSED, CONFLICT, UNAVAILABLE = range(7)

ROSA, BEN = "rosa@example.org", "ben@example.org"
AS_OF = "2026-03-20T08:00:00Z"
STEPS = (
    ("programme", "create", "--name", "Sun and wind", "--time-zone", "Europe/Berlin"),
    ("users", "create", "--email", ROSA, "--name", "Rosa"),
    ("users", "create", "--email", BEN, "--name", "Ben"),
    ("rewards", "create", "--name", "Kettle", "--points-required", "50", "--stock", "3"),
    ("usage", "import", "readings.csv", "--user", ROSA, "--energy-type", "Renewable", "--as-of", AS_OF),
    ("usage", "record", "--user", ROSA, "--start", "2026-03-12T10:00:00Z", "--energy", "1.5", "--energy-type",
     "Renewable", "--as-of", AS_OF),
    ("points", "adjust", "--user", BEN, "--points", "60", "--reason", "goodwill", "--key", "adjustment-1"),
    ("redemptions", "create", "--user", ROSA, "--reward", "Kettle", "--key", "redemption-1"),
    ("redemptions", "create", "--user", BEN, "--reward", "Kettle", "--key", "redemption-2"),
    ("redemptions", "cancel", "THE REDEMPTION OF BEN"),
    ("rewards", "stock", "--name", "Kettle", "--delta", "5", "--reason", "delivery", "--key", "delivery-1"),
    ("points", "statement", "--user", ROSA),
    ("programme", "summary"),
    ("audit",),
)  # fmt: skip

READINGS = "start,value\n" + "".join(f"2026-03-{10 + hour // 24}T{hour % 24:02}:00:00Z,0.5\n" for hour in range(48))

NO_SUCH_FILE = os.strerror(errno.ENOENT)  # which is no reason: nothing fails with it here
REASONS = [os.strerror(number) for number in (errno.EIO, errno.EMFILE, errno.ENOMEM, errno.ENOSPC)]

# A store that is damaged is told so, in the product's words or SQLite's (src/store/sqlite/errors.cpp).
DAMAGE = ("corrupt", "is damaged", "malformed", "is not a SQLite database", "is not a database",
          "its tables are not those of a store")
OUR_FAULT = "a fault of the programme"

# What two undisturbed runs do not have in common either: ids and what follows from them, and times.
UNLIKE = {"user_id", "usage_id", "meter_id", "reward_id", "redemption_id", "adjustment_id", "movement_id", "import_id",
          "cause", "hash", "ledger_head", "fingerprint", "created_at", "updated_at", "redemption_date", "owner", "started_at",
          "finished_at", "duration_ms", "lease_until"}  # fmt: skip


def read_options(description, is_drawn=False):
    """What a test here is started with; `seed` is there where something is drawn by chance."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--dose", choices=DOSES, default=os.environ.get("WATTBACK_DOSE", DOSES[0]))
    if is_drawn:
        parser.add_argument("--seed", type=int,
                            default=os.environ.get("WATTBACK_SEED", random.SystemRandom().randrange(1 << 32)))
    options = parser.parse_args()
    if options.dose not in DOSES:  # of the environment, which argparse takes as it is
        parser.error(f"WATTBACK_DOSE is {options.dose}, not one of {', '.join(DOSES)}")
    return options


class Place:
    """A folder with a store in it, and with what the steps read."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.store = self.folder / "data" / "wattback.db"

    def prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "readings.csv").write_text(READINGS, encoding="utf-8")

    def copy_to(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        return Place(folder)

    def fill_in(self, step):
        """The step with what only the store knows."""
        return tuple(self.redemption_of(BEN) if word == "THE REDEMPTION OF BEN" else word for word in step)

    def command(self, step):
        return [str(PROGRAM), *self.fill_in(step), "--data-dir", "data"]

    @staticmethod
    def environment():
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WATTBACK_")}
        return kept | {"WATTBACK_PASSWORD_MEMORY_KIB": "8", "WATTBACK_PASSWORD_OPERATIONS": "1"}

    def run(self, step, before=()):
        """The finished process, whatever it says; `before` goes before the command."""
        return subprocess.run([*before, *self.command(step)], cwd=self.folder, env=self.environment(), capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=SECONDS_MAX, check=False)  # fmt: skip

    def query(self, sql):
        with sqlite3.connect(self.store) as database:
            rows = database.execute(sql).fetchall()
        database.close()
        return rows

    def redemption_of(self, email):
        finished = self.run(("redemptions", "list", "--user", email, "--json"))
        return json.loads(finished.stdout)["data"][0]["redemption_id"]

    def documents(self):
        """All that the store holds, read without a line of ours: table by table, without what differs anyway."""
        held = {}
        for (table,) in self.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"):
            columns = [row[1] for row in self.query(f"PRAGMA table_info({table})") if row[1] not in UNLIKE]
            if columns:
                held[table] = sorted(map(repr, self.query(f"SELECT {', '.join(columns)} FROM {table}")))
        return held

    def damage(self):
        return [row[0] for row in self.query("PRAGMA integrity_check") if row[0] != "ok"]


def forget_dead_counters():
    """A test that was killed leaves its driver's counters, of which the next process with its number warns."""
    for counters in Path("/dev/shm").glob("mongoc-*"):
        if not Path("/proc", counters.name.removeprefix("mongoc-")).exists():
            counters.unlink(missing_ok=True)


def run_undisturbed(root):
    """The place before each step and after the last, and the documents in each."""
    forget_dead_counters()
    places = []
    place = Place(root / "undisturbed")
    place.prepare()
    for number, step in enumerate(STEPS):
        places.append(place.copy_to(root / f"before-{number}"))
        finished = place.run(step)
        assert finished.returncode == DONE, f"{step}: exit {finished.returncode}: {finished.stderr}"
    places.append(place)
    return places, [held.documents() if held.store.exists() else None for held in places]


def find_fault(finished):
    """What is wrong with how a command ended that was disturbed; None if nothing is."""
    errors = finished.stderr.strip()
    if finished.returncode not in (DONE, FAILED, INVALID, NOT_FOUND, REFUSED, CONFLICT, UNAVAILABLE):
        return f"ended with {finished.returncode}: {errors}"
    for word in ("terminate called", "Sanitizer", "runtime error", "check failed", "Assertion"):
        if word in errors:
            return f"broke down: {errors}"
    if finished.returncode != DONE and len(errors.splitlines()) != 1:
        return f"exit {finished.returncode} without one clear line: {errors!r}"
    # Nothing is wrong with what was asked, so it must not be told so, unless with the system's reason.
    if finished.returncode not in (DONE, FAILED, UNAVAILABLE) and not any(map(errors.endswith, REASONS)):
        return f"blames who asked: exit {finished.returncode}: {errors}"
    if blames_what_is_stored(errors):
        return f"blames what is stored: {errors}"
    if OUR_FAULT in errors:
        return f"blames the programme: {errors}"
    if NO_SUCH_FILE in errors:
        return f"names what is not the reason: {errors}"
    return None


def blames_what_is_stored(errors):
    """Whether a failed call is told as a store that is broken, which it is not."""
    return any(words in errors for words in DAMAGE)


def find_harm(place, number, finished, documents):
    """What is wrong with the store after this step was disturbed, or with it once the step was given again."""
    if number > 0:
        audit = place.run(("audit",))
        if audit.returncode != DONE or place.damage():
            return f"broken after exit {finished.returncode}: {audit.stdout}{audit.stderr}{place.damage()}"
    again = place.run(STEPS[number])
    # Of the commands without a key: it was done, whatever became of telling so.
    is_taken = again.returncode == CONFLICT and "already" in again.stderr
    if again.returncode != DONE and not is_taken:
        return f"after exit {finished.returncode} ({finished.stderr.strip()}) again: {again.returncode}: {again.stderr}"
    held, expected = place.documents(), documents[number + 1]
    for table, rows in expected.items():
        if held.get(table) != rows:
            return f"after exit {finished.returncode}: {table} holds\n    {held.get(table)}\n  and not\n    {rows}"
    return None
