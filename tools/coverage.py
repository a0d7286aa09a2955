#!/usr/bin/env python3
"""Says how much of src ran, by folder: coverage.py FILE, what `llvm-cov export -format=lcov` wrote.

Domain, committer and stores are held to 95 % of their lines: of a folder below, the lines that did not run are listed,
and docs/coverage.md says why, under a heading with the folder's name. Exits 1 where it does not.
"""

import argparse
import dataclasses
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHY = ROOT / "docs" / "coverage.md"
HELD_PERCENT = 95
DOMAIN = ["programme", "users", "meters", "usage", "earning", "points", "rewards", "redemptions"]
HELD = re.compile(rf"({'|'.join(DOMAIN)}|commit|store(/.*)?)$")
NOT_COUNTED = re.compile(r"_test\.cpp$|_fixture\.h$|/test_\w+\.h$")  # tests, beside what they test


@dataclasses.dataclass
class File:
    lines: dict = dataclasses.field(default_factory=lambda: defaultdict(int))  # number to how often it ran
    branches: dict = dataclasses.field(default_factory=lambda: defaultdict(int))  # place to how often it was taken

    def missed_ranges(self):
        """Lines that did not run, those next to each other as one: "12-14". What is no code lies between none."""
        ranges, numbers = [], sorted(self.lines)
        for position, number in enumerate(numbers):
            if self.lines[number]:
                continue
            if ranges and position and ranges[-1][1] == numbers[position - 1]:
                ranges[-1][1] = number
            else:
                ranges.append([number, number])
        return [str(first) if first == last else f"{first}-{last}" for first, last in ranges]


def read_lcov(text, root=ROOT):
    """The files of src in an export, by their path below src. One that is exported twice is added up."""
    files, file = defaultdict(File), None
    for line in text.splitlines():
        word, _, rest = line.partition(":")
        if word == "SF":
            path = Path(rest)
            inside = path.is_relative_to(root / "src") and not NOT_COUNTED.search(rest)
            file = files[path.relative_to(root / "src").as_posix()] if inside else None
        elif word == "DA" and file:
            number, count = map(int, rest.split(",")[:2])
            file.lines[number] += count
        elif word == "BRDA" and file:
            place, _, count = rest.rpartition(",")
            file.branches[place] += 0 if count == "-" else int(count)
    return dict(files)


@dataclasses.dataclass
class Share:
    """How many of some ran."""

    ran: int = 0
    all: int = 0

    def add(self, counts):
        self.ran += sum(1 for count in counts if count)
        self.all += len(counts)

    @property
    def percent(self):
        return 100 * self.ran / self.all if self.all else 100.0

    def __str__(self):
        return f"{self.ran:6} of {self.all:6} {self.percent:6.1f} %"


def shares_by_folder(files):
    """(lines, branches) of each folder, and of all under ""."""
    shares = defaultdict(lambda: (Share(), Share()))
    for path, file in files.items():
        for folder in (path.rpartition("/")[0] or ".", ""):
            lines, branches = shares[folder]
            lines.add(file.lines.values())
            branches.add(file.branches.values())
    return shares


def low_folders(shares):
    return sorted(folder for folder, (lines, _) in shares.items() if HELD.match(folder) and lines.percent < HELD_PERCENT)


def explained_folders(text):
    return set(re.findall(r"^## (\S+)$", text, re.MULTILINE))


def report(files, explained):
    """What is said, in lines, and the folders that are neither held nor explained."""
    shares = shares_by_folder(files)
    said = [f"{'folder of src':<16} {'lines that ran':>25} {'branches taken':>25}"]
    for folder in [*sorted(folder for folder in shares if folder), ""]:
        lines, branches = shares[folder]
        said.append(f"{folder or 'all':<16} {str(lines):>25} {str(branches):>25}")
    low = low_folders(shares)
    for folder in low:
        said.append(f"\n{folder} is below {HELD_PERCENT} % of its lines. These did not run:")
        for path in sorted(path for path in files if path.rpartition("/")[0] == folder):
            if ranges := files[path].missed_ranges():
                said.append(f"  {path}: {', '.join(ranges)}")
    if not low:
        said.append(f"\nEvery folder of the domain, the committer and the stores is at {HELD_PERCENT} % of its lines.")
    return said, [folder for folder in low if folder not in explained]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    files = read_lcov(parser.parse_args().file.read_text(encoding="utf-8"))
    if not files:
        print("coverage: nothing of src was counted", file=sys.stderr)
        return 1
    said, unexplained = report(files, explained_folders(WHY.read_text(encoding="utf-8") if WHY.exists() else ""))
    print("\n".join(said))
    for folder in unexplained:
        print(f"coverage: {folder} is below {HELD_PERCENT} %, and {WHY.relative_to(ROOT)} does not say why", file=sys.stderr)
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
