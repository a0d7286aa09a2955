#!/usr/bin/env python3
"""What the first command makes is there after a power cut: each folder and file is followed by a sync of the folder it
lies in.

tests/faults/power takes for granted that SQLite syncs the folder of a journal or log that it has made; here it is seen.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

from workload import DONE, STEPS, Place

MADE = re.compile(r'(?:mkdir|mkdirat)\((?:AT_FDCWD\S*, )?"([^"]+)".*= 0')
OPENED = re.compile(r'openat\(AT_FDCWD\S*, "([^"]+)", \S*O_CREAT\S*.* = (\d+)')
REMOVED = re.compile(r'unlink\("([^"]+)"\) += 0')
SYNCED = re.compile(r"(?:fsync|fdatasync)\(\d+<([^>]+)>\) += 0")
PASSING = ("-journal", "-shm")  # files that nobody misses


def find_unsynced(lines, folder):
    """(paths made and not synced since, how many syncs of folders there were)."""
    there, unsynced, syncs = set(), set(), 0
    for line in lines:
        if (made := MADE.search(line)) or (made := OPENED.search(line)):
            path = os.path.normpath(os.path.join(folder, made[1]))
            if path.startswith(str(folder)) and path not in there and not path.endswith(PASSING):
                there.add(path)
                unsynced.add(path)
        elif removed := REMOVED.search(line):
            there.discard(removed[1])
        elif synced := SYNCED.search(line):
            syncs += os.path.isdir(synced[1])
            unsynced = {path for path in unsynced if os.path.dirname(path) != synced[1]}
    return unsynced, syncs


def main():
    with tempfile.TemporaryDirectory(prefix="wattback-names-") as root:
        place = Place(Path(root).resolve() / "deep")
        place.prepare()
        trace = Path(root) / "trace"
        strace = ("strace", "-f", "-y", "-q", "-o", str(trace), "-e", "trace=mkdir,mkdirat,openat,unlink,fsync,fdatasync",
                  "-E", "ASAN_OPTIONS=detect_leaks=0")  # fmt: skip
        finished = place.run(STEPS[0], before=strace)
        assert finished.returncode == DONE, finished.stderr
        unsynced, syncs = find_unsynced(trace.read_text(encoding="utf-8", errors="replace").splitlines(), place.folder)
    print(f"{syncs} syncs of folders; not followed by one: {', '.join(sorted(unsynced)) or 'nothing'}")
    return 1 if unsynced or not syncs else 0


if __name__ == "__main__":
    sys.exit(main())
