#!/usr/bin/env python3
"""Makes system calls of the program fail, one at a time, by strace.

A programme is set up by the command line (workload.py). In each step each call that opens, reads, writes, syncs, cuts,
maps, locks, renames or removes a file fails once. The command must end by itself with a documented exit code and, where it
failed, one line; the store must be whole and its audit hold at once; the same command, given again, must succeed; and
then the store must hold, table by table, what it holds at that point of a run that nothing disturbed, which is as good
as finishing it.

In CI 200 calls spread over all steps and kinds, by night (WATTBACK_DOSE=night) all. WATTBACK_CALL="STEP SYSCALL ERROR
NUMBER" does one again. strace counts calls a thread: a number may be met by two threads of a command, so once each.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from workload import CONFLICT, DONE, IN_MEMORY, NIGHT, STEPS, find_fault, run_undisturbed

ERRORS = {
    "openat": ("EIO", "EMFILE", "ENOMEM", "ENOSPC"),
    "pread64": ("EIO",),
    "pwrite64": ("EIO", "ENOSPC"),
    "read": ("EIO",),
    "write": ("EIO", "ENOSPC"),
    "fdatasync": ("EIO", "ENOSPC"),
    "fsync": ("EIO",),
    "ftruncate": ("EIO",),
    "mmap": ("ENOMEM",),
    "mkdir": ("EIO", "ENOSPC"),
    "unlink": ("EIO",),
    "rename": ("EIO",),
    "fcntl": ("EIO",),
}
CALLS_IN_CI = 200
HUNG = "hung"
# Calls of these must have failed, or the run was worth nothing.
HUNTED = ("openat", "pread64", "pwrite64", "write", "fdatasync", "ftruncate", "mmap", "unlink", "fcntl")

LINE = re.compile(r"^(\d+) +(\w+)\((.*)$")


def strace(*options):
    return ("strace", "-f", "-q", *options)


# The first thing that main does (store::forget_driver_counters). What comes before is the loader, the allocator and the
# constructors of libraries.
MAIN = 'unlink("/dev/shm/mongoc-'


def calls_of(place, step, trace):
    """{(syscall, number): what it was} of the calls since main has begun; of those numbers that no thread met before."""
    finished = place.run(step, before=strace("-o", str(trace), "-e", "trace=" + ",".join(ERRORS)))
    assert finished.returncode == DONE, f"{step} under strace: {finished.stderr}"
    counts, before, found, is_main = Counter(), set(), {}, False
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        match = LINE.match(line)
        if not match:
            continue  # resumed, or the end of a thread
        thread, syscall, rest = match.groups()
        is_main = is_main or MAIN in line
        counts[thread, syscall] += 1
        call = syscall, counts[thread, syscall]
        if not is_main:
            before.add(call)
        elif call not in before:
            found.setdefault(call, rest)
    assert is_main, f"no {MAIN} in the calls of {step}"
    return found


# Calls whose failure was once told as something else: the folder of time zones, the head of the store, and a thread's
# stack.
ALWAYS = {"openat": re.compile(r'/usr/share/zoneinfo/Europe"'), "read": re.compile(r'"SQLite format 3'),
          "mmap": re.compile("MAP_STACK")}  # fmt: skip


def that_must_not_miss(targets, what):
    return [(number, syscall, error, count) for number, syscall, error, count in targets if syscall in ALWAYS
            and error == ERRORS[syscall][0] and ALWAYS[syscall].search(what[number, syscall, count])]  # fmt: skip


def choose(targets, what):
    """All by night; else some of each step and kind of call, as evenly as it goes, and those that must not miss."""
    if NIGHT or len(targets) <= CALLS_IN_CI:
        return targets
    groups = defaultdict(list)
    for target in targets:
        groups[target[0], target[1]].append(target)
    chosen, share = [], 1
    while len(chosen) < CALLS_IN_CI:
        chosen = [group[i * len(group) // min(share, len(group))] for group in groups.values()
                  for i in range(min(share, len(group)))]  # fmt: skip
        share += 1
    return [chosen[i * len(chosen) // CALLS_IN_CI] for i in range(CALLS_IN_CI)] + that_must_not_miss(targets, what)


class Campaign:
    def __init__(self, root):
        self.root = root
        self.places, self.documents = run_undisturbed(root)
        self.what = {}
        self.outcomes = Counter()
        self.met = Counter()
        self.said = Counter()

    def targets(self):
        """(step, syscall, error, number), all there are."""
        found = []
        for number, step in enumerate(STEPS):
            place = self.places[number].copy_to(self.root / "traced")
            for (syscall, count), rest in calls_of(place, step, self.root / "trace").items():
                self.what[number, syscall, count] = rest[:100]
                found += [(number, syscall, error, count) for error in ERRORS[syscall]]
        return found

    def disturb(self, target):
        """None, or what went wrong."""
        number, syscall, error, count = target
        step = STEPS[number]
        folder = self.root / f"disturbed-{number}-{syscall}-{error}-{count}"
        trace = self.root / f"{folder.name}.trace"
        place = self.places[number].copy_to(folder)
        inject = f"inject={syscall}:error={error}:when={count}"
        try:
            finished = place.run(step, before=strace("-o", str(trace), "-e", f"trace={syscall}", "-e", inject))
            fault = find_fault(finished) or self.look(place, number, finished)
            happened = trace.read_text(encoding="utf-8", errors="replace").count("(INJECTED)")
        except subprocess.TimeoutExpired:
            fault, happened = HUNG, 1
        trace.unlink(missing_ok=True)
        self.met[syscall] += happened > 0
        if fault is None:
            self.outcomes[f"exit {finished.returncode}" if happened else "a call that did not come again"] += 1
            said = f"exit {finished.returncode}: {finished.stderr.strip()}".replace(str(folder), "")
            self.said[f"{syscall} {error}: {said}"] += happened > 0
            shutil.rmtree(folder)
            return None
        return (f"WATTBACK_CALL='{number} {syscall} {error} {count}' ({' '.join(step)}: {self.what.get((number, syscall, count))}"
                f"):\n    {fault}")  # fmt: skip

    def look(self, place, number, finished):
        """What is wrong with the store then, or after the command has been given again."""
        if number > 0:
            audit = place.run(("audit",))
            if audit.returncode != DONE or place.damage():
                return f"broken after exit {finished.returncode}: {audit.stdout}{audit.stderr}{place.damage()}"
        again = place.run(STEPS[number])
        # Of the commands without a key: it was done, whatever became of telling so.
        is_taken = again.returncode == CONFLICT and "already" in again.stderr
        if again.returncode != DONE and not is_taken:
            return f"after exit {finished.returncode} ({finished.stderr.strip()}) again: {again.returncode}: {again.stderr}"
        held, expected = place.documents(), self.documents[number + 1]
        for table, rows in expected.items():
            if held.get(table) != rows:
                return f"after exit {finished.returncode}: {table} holds\n    {held.get(table)}\n  and not\n    {rows}"
        return None


def main():
    with tempfile.TemporaryDirectory(prefix="wattback-calls-", dir=IN_MEMORY) as root:
        campaign = Campaign(Path(root))
        if one := os.environ.get("WATTBACK_CALL"):
            number, syscall, error, count = one.split()
            targets = chosen = [(int(number), syscall, error, int(count))]
            unmet = []
        else:
            targets = campaign.targets()
            chosen = choose(targets, campaign.what)
            known = {syscall for _, syscall, _, _ in that_must_not_miss(targets, campaign.what)}
            unmet = [f"a {syscall} of {ALWAYS[syscall].pattern}" for syscall in ALWAYS.keys() - known]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(pool.map(campaign.disturb, chosen))
        # The machine may have been busy with something else: what hangs by itself hangs again.
        faults = [fault for target, told in zip(chosen, found) if told
                  for fault in [campaign.disturb(target) if told.endswith(HUNG) else told] if fault]  # fmt: skip
        print(f"{len(chosen)} of {len(targets)} calls failed once, over {len(STEPS)} commands")
        for counts in (campaign.met, campaign.outcomes, campaign.said):
            for what, times in sorted(counts.items()):
                print(f"  {times:6} {what}")
        print("\n".join(faults))
        if not one:
            unmet += [syscall for syscall in HUNTED if not campaign.met[syscall]]
        if unmet:
            print(f"never happened: {', '.join(unmet)}")
        return 1 if faults or unmet else 0


if __name__ == "__main__":
    sys.exit(main())
