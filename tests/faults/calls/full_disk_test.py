#!/usr/bin/env python3
"""Runs a programme (workload.py) on disks that are too small, each a little larger than the last.

Where a command meets the full disk it must end by itself with a documented exit code and one line that says so. Once there
is room the store is whole and its audit holds, the same command succeeds when given again, and in the end the store holds,
table by table, what it holds on a disk with room.

The disks are of tmpfs, mounted where nobody else sees them, which only root may do. In CI 25 sizes, by night
(WATTBACK_DOSE=night) one each 4 KiB.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from workload import CONFLICT, DONE, NIGHT, STEPS, Place, find_fault, run_undisturbed

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from small_disk import go_apart, mount  # noqa: E402

PAGE_KIB = 4
ROOM_KIB = 64 * 1024
SIZES_IN_CI = 25


def need_kib(places):
    """What the store takes at most, log included, in a run with room."""
    return 2 * max(held.store.stat().st_size for held in places if held.store.exists()) // 1024


class Disk:
    def __init__(self, folder, kib, expected):
        self.place = Place(folder)
        self.kib = kib
        self.expected = expected
        self.tally = Counter()

    def run(self):
        """None, or what went wrong."""
        self.place.folder.mkdir()
        mount(self.place.folder, self.kib)
        try:
            self.place.prepare()
            is_full = True
            for number, step in enumerate(STEPS):
                finished = self.place.run(step)
                if finished.returncode == DONE:
                    continue
                if not is_full:
                    return f"{step} with room: exit {finished.returncode}: {finished.stderr}"
                if fault := self.look(number, finished):
                    return f"{' '.join(step)}: {fault}"
                is_full = False
            self.tally["disks with room for all" if is_full else "disks that were full"] += 1
            return None if self.place.documents() == self.expected else "the store is another than on a disk with room"
        finally:
            subprocess.run(["umount", self.place.folder], check=True)

    def look(self, number, finished):
        if fault := find_fault(finished):
            return fault
        if "full" not in finished.stderr and "No space left" not in finished.stderr:
            return f"does not say that the disk is full: exit {finished.returncode}: {finished.stderr}"
        self.tally[f"exit {finished.returncode}: {finished.stderr.strip()}".replace(str(self.place.folder), "")] += 1
        if number > 0:
            show = self.place.run(("programme", "show"))
            self.tally["reads that went on" if show.returncode == DONE else "reads that the full disk stopped"] += 1
            if fault := find_fault(show):
                return fault
        mount(self.place.folder, ROOM_KIB, "remount")
        if number > 0:
            audit = self.place.run(("audit",))
            if audit.returncode != DONE or self.place.damage():
                return f"broken: {audit.stdout}{audit.stderr}{self.place.damage()}"
        again = self.place.run(STEPS[number])
        if again.returncode not in (DONE, CONFLICT) or (again.returncode == CONFLICT and "already" not in again.stderr):
            return f"with room again: {again.returncode}: {again.stderr}"
        return None


def run(root):
    places, documents = run_undisturbed(root)
    most = need_kib(places)
    sizes = list(range(2 * PAGE_KIB, most + PAGE_KIB, PAGE_KIB))
    if not NIGHT:
        sizes = [sizes[i * (len(sizes) - 1) // (SIZES_IN_CI - 1)] for i in range(SIZES_IN_CI)]
    tally, faults = Counter(), []
    for kib in sizes:
        disk = Disk(root / f"disk-{kib}", kib, documents[-1])
        if fault := disk.run():
            faults.append(f"a disk of {kib} KiB: {fault}")
        tally += disk.tally
    print(f"{len(sizes)} disks of {sizes[0]} to {sizes[-1]} KiB")
    for what, times in sorted(tally.items()):
        print(f"  {times:6} {what}")
    print("\n".join(faults))
    unmet = [what for what in ("disks that were full", "disks with room for all", "reads that went on") if not tally[what]]
    if unmet:
        print(f"never happened: {', '.join(unmet)}")
    return 1 if faults or unmet else 0


def main():
    go_apart(__file__)
    with tempfile.TemporaryDirectory(prefix="wattback-full-") as root:
        return run(Path(root))


if __name__ == "__main__":
    sys.exit(main())
