#!/usr/bin/env python3
"""Runs fuzz targets, each from its kept corpus: fuzz.py [--dose ci|night] [--seed N] TARGET...

Says for each what it saw, and the seed that gives the same inputs again. Fails for an input on which something
does not hold, which is left in a file; for a corpus that is empty, or of which nothing is read, written and read again;
and for a run that tried nothing but that corpus or learnt nothing from it. WATTBACK_FUZZERS names the folder the targets were built in.
"""

import argparse
import dataclasses
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FUZZERS = Path(os.environ.get("WATTBACK_FUZZERS", Path(__file__).resolve().parents[2] / "build/debug/tests/fuzz"))
CORPUS = Path(__file__).resolve().parent / "corpus"
SECONDS = {"ci": 5, "night": 600}
OVERTIME_SECONDS = 120  # to read the corpus and to end
INPUT_SECONDS_MAX = 10
INPUT_BYTES_MAX = 4096
MEMORY_MIB_MAX = 2048

# "#1234  DONE   cov: 345 ft: 678 corp: 90/1234b ..."
SEEN = re.compile(r"^#\d+\s+(INITED|DONE)\s+cov: (\d+) ft: (\d+) corp: (\d+)/", re.MULTILINE)
PROGRESS = re.compile(r"#\d+\s|\s*NEW_FUNC|INFO:")
SAID_LINES_MAX = 60
EXECUTED = re.compile(r"^stat::number_of_executed_units:\s+(\d+)", re.MULTILINE)
ROUND_TRIPS = re.compile(r"^stat::round_trips:\s+([1-9]\d*)", re.MULTILINE)  # said by target.cpp


class Fault(Exception):
    """What makes a run of a target a failure."""


@dataclasses.dataclass
class Saw:
    executions: int
    places: int  # of the code
    features: int  # places, how often each was passed, and what was compared there
    corpus: int  # inputs that each showed something new
    kept: int

    def __str__(self):
        return (f"{self.executions} executions, {self.features} features in {self.places} places, "
                f"corpus {self.corpus} from {self.kept} kept")


def read_output(output, kept):
    """What a run saw, of what libFuzzer says at its end."""
    executed = EXECUTED.search(output)
    seen = [match for match in SEEN.finditer(output) if match[1] == "DONE"]
    if not executed or not seen:
        raise Fault("libFuzzer did not say what it did")
    places, features, corpus = map(int, seen[-1].groups()[1:])
    saw = Saw(int(executed[1]), places, features, corpus, kept)
    if saw.executions <= kept + 1:  # it begins with an empty input
        raise Fault(f"nothing but the kept corpus was executed ({saw})")
    if saw.features == 0:
        raise Fault(f"the code told nothing of where it has been ({saw})")
    return saw


def artifact_in(folder):
    return next(iter(sorted(folder.iterdir())), None)


def run_target(name, seconds, seed, corpus=None, fuzzers=None):
    """Fuzzes one target; what it saw, or a Fault."""
    corpus, program = corpus or CORPUS / name, (fuzzers or FUZZERS) / f"{name}_fuzz"
    kept = sum(1 for path in corpus.iterdir() if path.is_file()) if corpus.is_dir() else 0
    if kept == 0:
        raise Fault(f"the corpus {corpus} is empty")
    broken = Path(tempfile.mkdtemp(prefix=f"wattback-fuzz-{name}-"))
    with tempfile.TemporaryDirectory(prefix="wattback-fuzz-") as found:
        command = [program, f"-max_total_time={seconds}", f"-seed={seed}", f"-timeout={INPUT_SECONDS_MAX}",
                   f"-max_len={INPUT_BYTES_MAX}", f"-rss_limit_mb={MEMORY_MIB_MAX}", "-print_final_stats=1",
                   f"-artifact_prefix={broken}/", found, corpus]  # fmt: skip
        finished = subprocess.run(command, capture_output=True, check=False, timeout=seconds + OVERTIME_SECONDS)
    output = finished.stderr.decode(errors="replace")
    artifact = artifact_in(broken)
    if artifact is None:
        broken.rmdir()
    if finished.returncode != 0:
        said = "\n  ".join([line for line in output.splitlines() if not PROGRESS.match(line)][:SAID_LINES_MAX])
        again = f"again: {program} {artifact}" if artifact else f"again: --seed {seed}"
        raise Fault(f"exit status {finished.returncode}\n  {said}\n{name}: {again}")
    saw = read_output(output, kept)
    if count_round_trips(program, corpus) == 0:
        raise Fault(f"nothing of the kept corpus was read, written and read again ({saw})")
    return saw


def count_round_trips(program, corpus):
    """Those of the kept corpus alone. What is found by chance tells little of what is kept."""
    finished = subprocess.run([program, "-runs=0", corpus], capture_output=True, check=False, timeout=OVERTIME_SECONDS)
    said = ROUND_TRIPS.search(finished.stderr.decode(errors="replace"))
    return int(said[1]) if said else 0


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="+", metavar="TARGET")
    parser.add_argument("--dose", choices=SECONDS, default=os.environ.get("WATTBACK_DOSE", "ci"))
    parser.add_argument("--seconds", type=int, help="in place of what the dose says")
    parser.add_argument("--seed", type=int, help="1 or more", default=os.environ.get("WATTBACK_SEED"))
    options = parser.parse_args(arguments)
    seconds = options.seconds or SECONDS[options.dose]
    seed = options.seed or random.SystemRandom().randrange(1, 1 << 31)
    status = 0
    for name in options.targets:
        print(f"fuzz {name}: seed {seed}, {seconds} s", flush=True)
        try:
            print(f"fuzz {name}: {run_target(name, seconds, seed)}", flush=True)
        except Fault as fault:
            print(f"fuzz {name}: BROKEN: {fault}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
