#!/usr/bin/env python3
"""Runs each command of a programme (workload.py) on disks that are too small, each a little larger than the last.

    full_disk_test.py [--dose ci|night] [--seed N]

The store is as it was before the command, and all but so much of the disk is taken. The command must end by itself with a
documented exit code and one line that says that the disk is full; `programme show` says the programme, or that too. Once
there is room the store is whole and its audit holds, the same command succeeds when given again, and then the store holds,
table by table, what it holds on a disk with room. Each command that changes something must have met a full disk.

The disks are of tmpfs, mounted where nobody else sees them, which only root may do. By night one each 4 KiB, until the
command has room; by day some, by chance.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from workload import DONE, STEPS, Place, find_fault, find_harm, read_options, run_undisturbed

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from small_disk import go_apart, mount  # noqa: E402

PAGE_KIB, LEFT_MAX_KIB = 4, 1024
ROOM_KIB = 64 * 1024
READING = (("points", "statement"), ("programme", "summary"), ("audit",))
# What is left by day, at least and less than: too little for SQLite's index of the log, which also who reads makes; and
# enough for that, not for all of the log. The first command, which makes the tables, needs more.
LEFT_KIB = ((0, 32), (32, 48))
LEFT_AT_FIRST_KIB = ((0, 172), (172, 196), (196, 212))


class Disk:
    """A disk with so much left, for one step."""

    def __init__(self, folder, number, left_kib, documents):
        self.place = Place(folder)
        self.number, self.left_kib, self.documents = number, left_kib, documents
        self.is_full = False
        self.tally = Counter()

    def run(self, before):
        """None, or what went wrong; `before` is the place as it was before the step."""
        self.place.folder.mkdir()
        mount(self.place.folder, ROOM_KIB)
        try:
            shutil.copytree(before.folder, self.place.folder, dirs_exist_ok=True)
            step = self.place.fill_in(STEPS[self.number])
            mount(self.place.folder, self.used_kib() + self.left_kib, "remount")
            finished = self.place.run(step)
            self.is_full = finished.returncode != DONE
            fault = self.look(finished) if self.is_full else None
            mount(self.place.folder, ROOM_KIB, "remount")
            return fault or find_harm(self.place, self.number, finished, self.documents)
        finally:
            subprocess.run(["umount", self.place.folder], check=True)

    def used_kib(self):
        disk = os.statvfs(self.place.folder)
        return (disk.f_blocks - disk.f_bfree) * disk.f_frsize // 1024

    def look(self, finished):
        if fault := find_fault(finished):
            return fault
        if not says_full(finished):
            return f"does not say that the disk is full: exit {finished.returncode}: {finished.stderr}"
        self.tally[f"exit {finished.returncode}: {finished.stderr.strip()}".replace(str(self.place.folder), "")] += 1
        if self.number == 0:
            return None
        show = self.place.run(("programme", "show"))
        self.tally["reads that went on" if show.returncode == DONE else "reads that the full disk stopped"] += 1
        if fault := find_fault(show):
            return f"programme show: {fault}"
        return None if show.returncode == DONE or says_full(show) else f"programme show: {show.stderr}"


def says_full(finished):
    return "full" in finished.stderr or "No space left" in finished.stderr


def changes_something(step):
    return not any(step[:len(words)] == words for words in READING)


def left_kib(number, options, chance):
    """How much the disks of a step have left; by night the last of them has room."""
    if options.dose == "night":
        return range(0, LEFT_MAX_KIB, PAGE_KIB)
    ranges = LEFT_AT_FIRST_KIB if number == 0 else LEFT_KIB if changes_something(STEPS[number]) else LEFT_KIB[:1]
    return [chance.randrange(*each, PAGE_KIB) for each in ranges]


def run(root, options):
    places, documents = run_undisturbed(root)
    chance = random.Random(options.seed)
    tally, faults, disks, unmet = Counter(), [], 0, []
    for number, step in enumerate(STEPS):
        full = 0
        for left in left_kib(number, options, chance):
            disk = Disk(root / f"disk-{number}-{left}", number, left, documents)
            if fault := disk.run(places[number]):
                faults.append(f"{' '.join(step[:2])} with {left} KiB left: {fault}")
            tally += disk.tally
            disks += 1
            full += disk.is_full
            if not disk.is_full:
                break
        tally["disks that were full"] += full
        if not full and changes_something(step):
            unmet.append(f"a full disk at {' '.join(step)}")
        if disk.is_full and options.dose == "night":
            unmet.append(f"room at {' '.join(step)}")
    print(f"seed {options.seed}: {disks} disks at {len(STEPS)} commands")
    for what, times in sorted(tally.items()):
        print(f"  {times:6} {what}")
    print("\n".join(faults))
    unmet += [what for what in ("reads that went on", "reads that the full disk stopped") if not tally[what]]
    if unmet:
        print(f"never happened: {', '.join(unmet)}")
    return 1 if faults or unmet else 0


def main():
    options = read_options("Runs each command on disks that are too small.", is_drawn=True)
    go_apart(__file__)
    with tempfile.TemporaryDirectory(prefix="wattback-full-") as root:
        return run(Path(root), options)


if __name__ == "__main__":
    sys.exit(main())
