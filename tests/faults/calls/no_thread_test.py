#!/usr/bin/env python3
"""A server for which the system has no thread left while it starts: each of its threads can't be started once. It ends
by itself and says so, in one line; what it is needed for may not be waited for.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

from workload import IN_MEMORY, STEPS, UNAVAILABLE, Place

SAYS = "no thread could be started"
ENDS_WITHIN_S, HUNG = 30, "hung"
SERVES = re.compile(r"http://127\.0\.0\.1:\d+/")


def serve(place, *options):
    """Its exit code and what it said, when it has ended by itself, or has been ended once it served; or HUNG."""
    command = ("strace", "-f", "-q", "-o", str(place.folder / "trace"), "-e", "trace=mmap", *options,
               *place.command(("serve", "--port", "0")))  # fmt: skip
    with subprocess.Popen(command, cwd=place.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          start_new_session=True) as process:  # fmt: skip
        patience = threading.Timer(ENDS_WITHIN_S, os.killpg, (process.pid, signal.SIGKILL))
        patience.start()
        if SERVES.search(process.stdout.readline()):
            os.killpg(process.pid, signal.SIGTERM)
        _, errors = process.communicate()
        patience.cancel()
        return HUNG if process.returncode == -signal.SIGKILL else process.returncode, errors


def find_stacks(place):
    """Which maps of the first thread are stacks of others."""
    serve(place)
    lines = (place.folder / "trace").read_text(encoding="utf-8", errors="replace").splitlines()
    first, maps, stacks = lines[0].split()[0], 0, []
    for line in lines:
        if line.startswith(first) and " mmap(" in line:
            maps += 1
            stacks += [maps] * ("MAP_STACK" in line)
    return stacks


def main():
    faults, ended = [], Counter()
    with tempfile.TemporaryDirectory(prefix="wattback-threads-", dir=IN_MEMORY) as root:
        place = Place(Path(root) / "place")
        place.prepare()
        place.run(STEPS[0])
        stacks = find_stacks(place)
        for number in stacks:
            code, errors = serve(place, "-e", f"inject=mmap:error=ENOMEM:when={number}")
            ended[code] += 1
            if code not in (0, UNAVAILABLE) or code and (SAYS not in errors or len(errors.splitlines()) != 1):
                faults.append(f"map {number}: {code}: {errors}")
    print(f"{len(stacks)} threads that could not be started; how the server ended: {dict(ended)}", *faults, sep="\n")
    return 1 if faults or ended[UNAVAILABLE] < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
