#!/usr/bin/env python3
"""A server for which the system has no thread left: at each thread it starts, for that one alone and from there on. It
ends by itself and says so in one line; where it is ending anyway, it ends as ever.
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

from workload import DONE, IN_MEMORY, STEPS, UNAVAILABLE, Place, read_options

SAYS = "no thread could be started"
ENDS_WITHIN_S, HUNG = 30, "hung"
SERVES = re.compile(r"http://127\.0\.0\.1:\d+/")


class Serving:
    """A server under strace that ends by itself, or is ended once it serves; or that hangs."""

    def __init__(self, place, *options):
        trace = place.folder / "trace"
        command = ("strace", "-f", "-q", "-o", str(trace), "-e", "trace=mmap,clone3", *options,
                   *place.command(("serve", "--port", "0")))  # fmt: skip
        with subprocess.Popen(command, cwd=place.folder, env=place.environment(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, start_new_session=True) as process:  # fmt: skip
            patience = threading.Timer(ENDS_WITHIN_S, os.killpg, (process.pid, signal.SIGKILL))
            patience.start()
            self.served = SERVES.search(process.stdout.readline()) is not None
            if self.served:
                os.killpg(process.pid, signal.SIGTERM)
            _, self.errors = process.communicate()
            patience.cancel()
        self.code = HUNG if process.returncode == -signal.SIGKILL else process.returncode
        self.lines = trace.read_text(encoding="utf-8", errors="replace").splitlines()

    def calls(self, call, what):
        """Which of these calls of its first thread are of this kind."""
        first = self.lines[0].split()[0]
        made = [line for line in self.lines if line.startswith(first) and f" {call}(" in line]
        return [number for number, line in enumerate(made, 1) if what in line]

    def fault(self):
        if not any("(INJECTED)" in line for line in self.lines):
            return "no call failed"
        if self.served:
            return None if self.code == DONE and not self.errors else "did not end in order"
        is_clear = SAYS in self.errors and len(self.errors.splitlines()) == 1
        return None if self.code == UNAVAILABLE and is_clear else "did not say why it ended"


def main():
    read_options("Leaves a server without a thread, at each that it starts; by night no more than by day.")
    faults, ended = [], Counter()
    with tempfile.TemporaryDirectory(prefix="wattback-threads-", dir=IN_MEMORY) as root:
        place = Place(Path(root) / "place")
        place.prepare()
        place.run(STEPS[0])
        undisturbed = Serving(place)
        injections = [f"mmap:error=ENOMEM:when={number}" for number in undisturbed.calls("mmap", "MAP_STACK")]
        injections += [f"clone3:error=EAGAIN:when={number}+" for number in undisturbed.calls("clone3", "CLONE_THREAD")]
        for injection in injections:
            serving = Serving(place, "-e", f"inject={injection}")
            ended["while it started" if not serving.served else "when it was told to"] += 1
            if fault := serving.fault():
                faults.append(f"{injection}: {fault}: {serving.code}: {serving.errors}")
    print(f"{len(injections)} times no thread could be started; it ended {dict(ended)}", *faults, sep="\n")
    return 1 if faults or len(ended) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
