#!/usr/bin/env python3
"""clang-tidy on what changed: in the last 30 commits and in the working tree.

  tools/tidy.py [FILE...]     (default: what changed)

Reads build/tidy/compile_commands.json (cmake --preset tidy). A header is checked with its own source
file or, where it has none, alone, by the source the build makes for it. What passed is remembered by
its content and that of all it includes, beside ccache's memory, so a second run checks only what
differs, in another checkout too.
"""

import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "tidy"
TIDY = "clang-tidy-22"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wattback" / "tidy"
COMMITS = 30
# Of a test these find nothing worth their time.
NOT_FOR_TESTS = "-clang-analyzer-*,-bugprone-throwing-static-initialization"


def lines_of(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()


def changed_files():
    names = set(lines_of("git", "log", f"-{COMMITS}", "--name-only", "--format="))
    names |= set(lines_of("git", "diff", "--name-only", "HEAD"))
    names |= set(lines_of("git", "ls-files", "--others", "--exclude-standard"))
    return sorted(name for name in names
                  if name.startswith(("src/", "tests/")) and name.endswith((".h", ".cpp")) and (ROOT / name).is_file())


def is_test(path):
    return path.name.endswith("_test.cpp") or (ROOT / "tests") in path.parents


def source_of(name):
    """The source to check for a file: itself, a header's own, or the one that includes it alone."""
    own = (ROOT / name).with_suffix(".cpp")
    if own.is_file():
        return own
    alone = name.removeprefix("src/").translate(str.maketrans("/.-", "___"))
    return BUILD / "headers" / f"{alone}.cpp"


def inputs_of(command):
    """All files of ours a compile command reads."""
    words = shlex.split(command)
    if Path(words[0]).name == "ccache":
        words = words[1:]
    for option in ("-o", "-MT", "-MF"):
        if option in words:
            at = words.index(option)
            del words[at:at + 2]
    words = [word for word in words if word not in ("-c", "-MD")]
    rule = subprocess.run([*words, "-MM"], cwd=BUILD, check=True, capture_output=True, text=True).stdout
    return sorted(rule.partition(":")[2].replace("\\\n", " ").split())


def settings_of(source):
    """The .clang-tidy files that speak for a source."""
    inside = source.is_relative_to(ROOT)
    return [path for folder in source.parents if inside and folder.is_relative_to(ROOT)
            and (path := folder / ".clang-tidy").is_file()]


def portable(path):
    """A path as it reads in any checkout."""
    return os.path.relpath(BUILD / path, ROOT)


class Checker:
    def __init__(self):
        commands = json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8"))
        self.commands = {Path(entry["file"]): entry["command"] for entry in commands}
        version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
        self.salt = version + NOT_FOR_TESTS.encode()
        self.passed = CACHE
        self.passed.mkdir(parents=True, exist_ok=True)

    def fingerprint(self, source):
        content = hashlib.sha256(self.salt)
        for path in settings_of(source):
            content.update(path.read_bytes())
        for path in inputs_of(self.commands[source]):
            content.update(portable(path).encode() + hashlib.sha256((BUILD / path).read_bytes()).digest())
        return content.hexdigest()

    def check(self, source):
        """What clang-tidy says of a source; empty when it is content."""
        try:
            stamp = self.passed / self.fingerprint(source)
        except subprocess.CalledProcessError as error:
            return error.stderr
        if stamp.exists():
            return ""
        command = [TIDY, "-p", BUILD, "--quiet", source]
        if is_test(source):
            command.insert(1, f"--checks={NOT_FOR_TESTS}")
        result = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        if result.returncode == 0:
            stamp.touch()
            return ""
        return result.stdout + result.stderr


def main(names):
    checker = Checker()
    sources = sorted({source_of(name) for name in names or changed_files()} & checker.commands.keys())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = [fault for fault in pool.map(checker.check, sources) if fault]
    for fault in faults:
        print(fault)
    print(f"{len(sources)} sources checked, {len(faults)} with faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
