#!/usr/bin/env python3
"""Makes system calls of the program fail, one at a time, by strace.

A programme is set up by the command line (workload.py). In each step each call that opens, looks at, reads, writes, syncs,
cuts, maps, locks, renames, closes or removes a file fails once. The command must end by itself with a documented exit code and, where it
failed, one line; the store must be whole and its audit hold at once; the same command, given again, must succeed; and
then the store must hold, table by table, what it holds at that point of a run that nothing disturbed, which is as good
as finishing it.

    system_calls_test.py [--dose ci|night]

By day 200 calls spread over all steps and kinds, each with one of the errors it may have, in turn, and those that must
not miss (ALWAYS); by night all calls with all their errors. WATTBACK_CALL="STEP SYSCALL ERROR NUMBER" does one again.
strace counts calls a thread: a number may be met by two threads of a command, so once each; and another run may do
without it. Where fewer than 95 of 100 really failed the run was worth too little, and fails.
"""

import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from workload import DONE, IN_MEMORY, READINGS, STEPS, find_fault, find_harm, read_options, run_undisturbed

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
    "newfstatat": ("EIO",),
    "lseek": ("EIO",),
    "close": ("EIO",),
    "fchown": ("EPERM",),
}
CALLS_IN_CI = 200
HUNG = "hung"
# Calls of these must have failed, or the run was worth nothing.
HUNTED = ("openat", "pread64", "pwrite64", "write", "fdatasync", "ftruncate", "mmap", "unlink", "fcntl", "newfstatat",
          "lseek", "close")  # fmt: skip
MET_MIN_PERCENT = 95  # of all that were chosen

LINE = re.compile(r"^(\d+) +(\w+)\((.*)$")


def strace(*options):
    return ("strace", "-f", "-q", *options)


# The first thing that main does (store::forget_driver_counters). What comes before is the loader, the allocator and the
# constructors of libraries.
MAIN = 'unlink("/dev/shm/mongoc-'


def calls_of(place, step, trace):
    """{(syscall, number): what it was} of the calls since main has begun; of those numbers that no thread met before,
    for by its number in its thread's order a call is made to fail. And how many others there are."""
    finished = place.run(step, before=strace("-o", str(trace), "-e", "trace=" + ",".join(ERRORS)))
    assert finished.returncode == DONE, f"{step} under strace: {finished.stderr}"
    counts, before, found, others, is_main = Counter(), set(), {}, set(), False
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
        else:
            others.add(call)
    assert is_main, f"no {MAIN} in the calls of {step}"
    return found, len(others)


# Calls whose failure was once told as something else, or ended the program: the folder of time zones, one of the zones,
# the head of the store, a file to take in, and a thread's stack.
ALWAYS = {"openat": re.compile(r'/usr/share/zoneinfo/Europe"'), "read": re.compile(r'"SQLite format 3'),
          "lseek": re.compile("SEEK_SET"), "mmap": re.compile("MAP_STACK"),
          "newfstatat": re.compile(rf'/usr/share/zoneinfo/UTC"|, "", .*st_size={len(READINGS)},')}  # fmt: skip


def must_not_miss(call, what):
    _, syscall, _ = call
    return syscall in ALWAYS and ALWAYS[syscall].search(what[call]) is not None


def spread(calls):
    """So many that there are some of each step and kind of call, as evenly as it goes."""
    groups = defaultdict(list)
    for call in calls:
        groups[call[:2]].append(call)
    chosen, share = [], 1
    while len(chosen) < CALLS_IN_CI:
        chosen = [group[i * len(group) // min(share, len(group))] for group in groups.values()
                  for i in range(min(share, len(group)))]  # fmt: skip
        share += 1
    return [chosen[i * len(chosen) // CALLS_IN_CI] for i in range(CALLS_IN_CI)]


def choose(what, dose):
    """(call, error) of all by night; else of some, and of those that must not miss."""
    calls = list(what)
    if dose == "night" or len(calls) <= CALLS_IN_CI:
        return [(call, error) for call in calls for error in ERRORS[call[1]]]
    turns = {syscall: itertools.cycle(errors) for syscall, errors in ERRORS.items()}
    chosen = [(call, next(turns[call[1]])) for call in spread(calls)]
    always = [(call, ERRORS[call[1]][0]) for call in calls if must_not_miss(call, what)]
    return list(dict.fromkeys(chosen + always))


def never_happened(met, chosen):
    """Which kinds of calls never failed, of those that were met (call, error); and whether too few of the chosen did."""
    kinds = {syscall for (_, syscall, _), _ in met}
    enough = len(met) * 100 >= len(chosen) * MET_MIN_PERCENT
    return ([syscall for syscall in HUNTED if syscall not in kinds]
            + ([] if enough else [f"{MET_MIN_PERCENT} % of what was to fail: {len(met)} of {len(chosen)}"]))


class Campaign:
    def __init__(self, root):
        self.root = root
        self.places, self.documents = run_undisturbed(root)
        self.what = {}  # each call there is, (step, syscall, number), and its arguments
        self.left_out = 0
        self.outcomes = Counter()
        self.met = set()  # of the targets, those that really failed
        self.said = Counter()

    def find_calls(self):
        for number, step in enumerate(STEPS):
            place = self.places[number].copy_to(self.root / "traced")
            found, others = calls_of(place, step, self.root / "trace")
            self.left_out += others
            for (syscall, count), rest in found.items():
                self.what[number, syscall, count] = rest[:100]

    def disturb(self, target):
        """None, or what went wrong."""
        (number, syscall, count), error = target
        step = STEPS[number]
        folder = self.root / f"disturbed-{number}-{syscall}-{error}-{count}"
        trace = self.root / f"{folder.name}.trace"
        place = self.places[number].copy_to(folder)
        inject = f"inject={syscall}:error={error}:when={count}"
        try:
            finished = place.run(step, before=strace("-o", str(trace), "-e", f"trace={syscall}", "-e", inject))
            fault = find_fault(finished) or find_harm(place, number, finished, self.documents)
        except subprocess.TimeoutExpired:
            fault = HUNG
        happened = "(INJECTED)" in trace.read_text(encoding="utf-8", errors="replace")
        trace.unlink()
        if happened:
            self.met.add(target)
        if fault is None:
            self.outcomes[f"exit {finished.returncode}" if happened else "a call that did not come again"] += 1
            said = f"exit {finished.returncode}: {finished.stderr.strip()}".replace(str(folder), "")
            self.said[f"{syscall} {error}: {said}"] += happened
            shutil.rmtree(folder)
            return None
        return (f"WATTBACK_CALL='{number} {syscall} {error} {count}' ({' '.join(step)}: {self.what.get((number, syscall, count))}"
                f"):\n    {fault}")  # fmt: skip


def main():
    options = read_options("Makes system calls of each command fail, one at a time.")
    with tempfile.TemporaryDirectory(prefix="wattback-calls-", dir=IN_MEMORY) as root:
        campaign = Campaign(Path(root))
        if one := os.environ.get("WATTBACK_CALL"):
            number, syscall, error, count = one.split()
            chosen = [((int(number), syscall, int(count)), error)]
            unmet = []
        else:
            campaign.find_calls()
            chosen = choose(campaign.what, options.dose)
            known = {call[1] for call in campaign.what if must_not_miss(call, campaign.what)}
            unmet = [f"a {syscall} of {ALWAYS[syscall].pattern}" for syscall in ALWAYS.keys() - known]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(pool.map(campaign.disturb, chosen))
        # The machine may have been busy with something else: what hangs by itself hangs again.
        faults = [fault for target, told in zip(chosen, found) if told
                  for fault in [campaign.disturb(target) if told.endswith(HUNG) else told] if fault]  # fmt: skip
        print(f"{len({call for call, _ in chosen})} of {len(campaign.what)} calls of {len(STEPS)} commands were to fail, "
              f"{len(chosen)} times in all, each time once; {len(campaign.met)} times one did; {campaign.left_out} were left "
              "out, of threads that share a number with one before main")
        kinds = Counter(syscall for (_, syscall, _), _ in campaign.met)
        for counts in (kinds, campaign.outcomes, campaign.said):
            for what, times in sorted(counts.items()):
                print(f"  {times:6} {what}")
        print("\n".join(faults))
        if not one:
            unmet += never_happened(campaign.met, chosen)
        if unmet:
            print(f"never happened: {', '.join(unmet)}")
        return 1 if faults or unmet else 0


if __name__ == "__main__":
    sys.exit(main())
