#!/usr/bin/env python3
"""Plants a bug in a copy of the project, and sees that the tests go red: of each patch here, a mistake
someone could make, it says which test caught it.

    plant.py --turn     one patch, by the number of commits; so is it without arguments
    plant.py --all      all of them; so is it with --dose night, or WATTBACK_DOSE=night
    plant.py NAME...    these

A patch begins with a sentence that says the mistake, and a line for each test that should see it:

    tests: [mongo] PROGRAM [FILTER]     of GoogleTest; `mongo` where it needs the real server
    check: NAME                         of ctest, that tries the program itself or a fuzzer

The first of them that goes red ends it. Where none does, all tests of the core have their turn; where they
stay green too, the bug survives and the run fails. So it does where a patch no longer applies, or its copy
no longer compiles, and where the tests are red without it. All that is made is in build/planted.
"""

import argparse
import fcntl
import filecmp
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
PLACE = ROOT / "build/planted"
COPY = PLACE / "copy"
BUILD = COPY / "build/debug"
MONGOD = ROOT / "build/mongod/mongod"
MONGOD_ADDRESS = PLACE / "mongod.address"
NOT_CORE = "^(lint|tsan|shipped|documents|server|mongo|proved)$"
HANGS_AFTER = 10  # times as long as without the bug,
HANGS_AFTER_MIN_S = 120
CORE_MAX_S = 3600
OF_MONGO = "*OnMongo*:*/mongo*"
FETCHED = ("mongod", "venv-mongo", "go")  # below build/, that checks work with


class Fault(Exception):
    """Why this patch, or all of it, proves nothing."""


@dataclass(frozen=True)
class Tests:
    program: str
    filter: str = "*"
    mongo: bool = False

    def __str__(self):
        return self.program + ("" if self.filter == "*" else " " + self.filter)

    def arguments(self):
        exclusions = "" if self.mongo else (":" if "-" in self.filter else "-") + OF_MONGO
        return [f"--gtest_filter={self.filter}{exclusions}", "--gtest_fail_fast", "--gtest_color=no"]


@dataclass(frozen=True)
class Check:
    name: str

    @property
    def program(self):
        fuzzed = self.name.removeprefix("proved: fuzz ")
        return "wattback" if fuzzed == self.name else f"{fuzzed}_fuzz"

    @property
    def mongo(self):
        return self.name.startswith("mongo: ")

    def __str__(self):
        return self.name


@dataclass(frozen=True)
class Patch:
    path: Path
    mistake: str
    tests: tuple

    @property
    def name(self):
        return self.path.stem


def read_patch(path):
    head = path.read_text(encoding="utf-8").partition("\ndiff --git ")[0].splitlines()
    tests = []
    for line in head[1:]:
        words = line.split()
        if not words:
            continue
        if words[0] == "check:" and len(words) > 1:
            tests.append(Check(" ".join(words[1:])))
            continue
        mongo = words[1:2] == ["mongo"]
        named = words[2:] if mongo else words[1:]
        if words[0] != "tests:" or len(named) not in (1, 2):
            raise Fault(f"{path.name}: '{line}' names no tests")
        tests.append(Tests(*named, mongo=mongo))
    if not head or not head[0].endswith(".") or not tests:
        raise Fault(f"{path.name}: does not begin with the mistake and the tests")
    return Patch(path, head[0], tuple(tests))


def read_patches():
    patches = [read_patch(path) for path in sorted(HERE.glob("*.patch"))]
    if not patches:
        raise Fault(f"there are no patches in {HERE}")
    return patches


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def choose(patches, arguments):
    if arguments.names:
        by_name = {patch.name: patch for patch in patches}
        unknown = [name for name in arguments.names if name not in by_name]
        if unknown:
            raise Fault(f"there is no patch {', '.join(unknown)}")
        return [by_name[name] for name in arguments.names]
    if arguments.all or (not arguments.turn and arguments.dose == "night"):
        return patches
    return [patches[int(git("rev-list", "--count", "HEAD")) % len(patches)]]


def restore():
    """Makes the copy as the project is; what is the same keeps its time, so it is not built again."""
    wanted = set(git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")) - {""}
    wanted = {path for path in wanted if (ROOT / path).is_file()}
    for path in wanted:
        copied = COPY / path
        if not copied.is_file() or not filecmp.cmp(ROOT / path, copied, shallow=False):
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, copied)
    for folder, folders, files in os.walk(COPY):
        if Path(folder) == COPY and "build" in folders:
            folders.remove("build")
        for name in files:
            path = Path(folder, name)
            if str(path.relative_to(COPY)) not in wanted:
                path.unlink()


def apply(patch, *options):
    # Not as a part of the project's own repository, whose paths it would take them for.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(PLACE)}
    done = subprocess.run(["git", "apply", "-p1", *options, patch.path], cwd=COPY, env=environment,
                          capture_output=True, text=True)  # fmt: skip
    if done.returncode != 0:
        raise Fault("no longer applies: " + done.stderr.strip())


def run(command, log, time_max=None, **options):
    """Its exit status; None when it was still running after time_max, and was ended."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   start_new_session=True, **options)  # fmt: skip
        try:
            return process.wait(time_max)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def build(targets, log):
    # What was compiled for the project itself serves the copy.
    environment = {**os.environ, "CCACHE_NOHASHDIR": "1", "CCACHE_BASEDIR": str(ROOT)}
    if not (BUILD / "build.ninja").is_file():
        if run(["cmake", "--preset", "debug"], log, cwd=COPY, env=environment) != 0:
            raise Fault(f"can't be configured: see {log}")
    jobs = str(os.cpu_count() or 1)
    command = ["cmake", "--build", BUILD, "--parallel", jobs, "--target", *sorted(targets)]
    if run(command, log, cwd=COPY, env=environment) != 0:
        raise Fault(f"does not compile: see {log}")


def program_of(tests):
    for path in [BUILD / "src" / tests.program, *BUILD.glob(f"tests/**/{tests.program}")]:
        if path.is_file():
            return path
    raise Fault(f"there is no test program {tests.program}")


def find_red(log):
    """The first test that failed, or else the one at work when the program ended."""
    text = log.read_text(encoding="utf-8", errors="replace")
    of_python = re.search(r"^(?:FAIL|ERROR): (\S+)", text, re.MULTILINE)
    if of_python:
        return of_python[1]
    failed = re.search(r"^\[  FAILED  \] (\S+?),? ", text, re.MULTILINE)
    if failed:
        return failed[1]
    begun = re.findall(r"^\[ RUN      \] (\S+)", text, re.MULTILINE)
    return begun[-1] if begun else "the program as a whole"


class Planting:
    def __init__(self):
        self.green_s = {}  # how long tests take without a bug
        self.core_is_built = False
        self.ending = ExitStack()

    def test(self, tests, log):
        """What went red, or nothing."""
        log.unlink(missing_ok=True)
        begun = time.monotonic()
        time_max = max(HANGS_AFTER_MIN_S, HANGS_AFTER * self.green_s.get(tests, CORE_MAX_S))
        is_check = isinstance(tests, Check)
        status = (self.run_check if is_check else self.run_program)(tests, log, time_max)
        self.green_s.setdefault(tests, time.monotonic() - begun)
        said = log.read_text(encoding="utf-8", errors="replace")
        if (status == 0 and "[  PASSED  ] 0 tests." in said) or "No tests were found!!!" in said:
            raise Fault(f"there are no tests {tests}")
        if status == 0:
            return None
        name = tests.name if is_check else tests.program
        return f"{name}: {find_red(log)}" + (", which hangs" if status is None else "")

    def run_program(self, tests, log, time_max):
        environment = dict(os.environ)
        if tests.mongo:
            self.start_mongod()
            environment["WATTBACK_TEST_MONGO"] = str(MONGOD_ADDRESS)
        program = program_of(tests)
        return run([program, *tests.arguments()], log, time_max, cwd=program.parent, env=environment)

    def run_check(self, check, log, time_max):
        for name in FETCHED:
            if (ROOT / "build" / name).exists() and not (COPY / "build" / name).exists():
                (COPY / "build" / name).symlink_to(ROOT / "build" / name)
        command = ["ctest", "--test-dir", BUILD, "--output-on-failure", "--no-tests=error",
                   "-R", f"^{re.escape(check.name)}$"]  # fmt: skip
        return run(command, log, time_max, cwd=COPY)

    def start_mongod(self):
        if MONGOD_ADDRESS.is_file():
            return
        tool = [sys.executable, ROOT / "tests/mongo/mongod.py"]
        if subprocess.run([*tool, "start", MONGOD, MONGOD_ADDRESS], check=False).returncode != 0:
            raise Fault("mongod does not start")
        self.ending.callback(subprocess.run, [*tool, "stop", MONGOD_ADDRESS], check=False)

    def see_green(self, patches):
        restore()
        selection = sorted({tests for patch in patches for tests in patch.tests}, key=str)
        build({tests.program for tests in selection}, PLACE / "logs/unpatched.build.log")
        for tests in selection:
            log = PLACE / f"logs/unpatched.{re.sub(r'[^a-z0-9_]+', '_', str(tests))}.log"
            if red := self.test(tests, log):
                raise Fault(f"red without any bug: {red}; see {log}")

    def plant(self, patch):
        """What caught it; nothing where it survives."""
        restore()
        apply(patch)
        log = PLACE / f"logs/{patch.name}.log"
        built = PLACE / f"logs/{patch.name}.build.log"
        built.unlink(missing_ok=True)
        build({tests.program for tests in patch.tests}, built)
        for tests in patch.tests:
            if red := self.test(tests, log):
                return red
        return self.try_core(patch, log, built)

    def try_core(self, patch, log, built):
        build({"all"}, built)
        red = self.core(log, "--stop-on-failure")
        if not red:
            return None
        alone = ("-R", "^" + re.escape(red) + "$")
        if not self.core(log, *alone):
            raise Fault(f"red and then green with the bug: {red}; see {log}")
        restore()
        build({"all"}, built)
        if self.core(log, *alone):
            raise Fault(f"red without the bug: {red}; see {log}")
        return f"{red}, which the patch does not name"

    def core(self, log, *options):
        log.unlink(missing_ok=True)
        command = ["ctest", "--test-dir", BUILD, "--parallel", str(os.cpu_count() or 1), "--no-tests=error",
                   "--output-on-failure", "--timeout", "600", "-LE", NOT_CORE, *options]  # fmt: skip
        if run(command, log, CORE_MAX_S, cwd=COPY) == 0:
            return None
        text = log.read_text(encoding="utf-8", errors="replace")
        failed = re.search(r"^The following tests FAILED:\n\s*\d+ - (.+?) \(\w[^()]*\)$", text, re.MULTILINE)
        return failed[1] if failed else "the core"


def is_possible(patch):
    if MONGOD.exists() or not any(tests.mongo for tests in patch.tests):
        return True
    if os.environ.get("CI") == "true":
        raise Fault(f"{patch.name}: there is no {MONGOD}; tools/setup.sh installs it")
    print(f"{patch.name}: NOT TRIED: there is no {MONGOD}; ./test mongo installs it")
    return False


def say(name, outcome, begun):
    print(f"{name:32} {outcome}  ({time.monotonic() - begun:.0f} s)", flush=True)


def plant_all(patches, chosen):
    faults = 0
    restore()
    for patch in patches:  # all of them, each time: that one no longer applies is not left for the night
        try:
            apply(patch, "--check")
        except Fault as fault:
            print(f"{patch.name:32} {fault}")
            faults += 1
    chosen = [patch for patch in chosen if is_possible(patch)]
    planting = Planting()
    with planting.ending:
        planting.see_green(chosen)
        for patch in chosen:
            begun = time.monotonic()
            try:
                red = planting.plant(patch)
            except Fault as fault:
                red = None
                say(patch.name, f"PROVES NOTHING: {fault}", begun)
            else:
                say(patch.name, f"caught by {red}" if red else f"SURVIVES: {patch.mistake}", begun)
            faults += 0 if red else 1
        restore()
    print(f"planted bugs: {len(chosen)} of {len(patches)} planted, {faults} faults")
    return 1 if faults else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--turn", action="store_true")
    parser.add_argument("--dose", choices=("ci", "night"), default=os.environ.get("WATTBACK_DOSE", "ci"))
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one at a time
        try:
            patches = read_patches()
            return plant_all(patches, choose(patches, arguments))
        except Fault as fault:
            print(f"planted bugs: {fault}", file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
