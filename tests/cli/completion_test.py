#!/usr/bin/env python3
"""Each shell offers what the command line takes, wherever it is asked, with its script as it is installed."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import shells

PROGRAM = Path(os.environ["WATTBACK_PROGRAM"]).resolve()
FOLDER = "a folder"
FILES = {"readings.csv", "rules.json", FOLDER}
INSTALLED = {"bash": "share/bash-completion/completions/wattback", "zsh": "share/zsh/site-functions/_wattback",
             "fish": "share/fish/vendor_completions.d/wattback.fish"}


def run(*arguments, **more):
    return subprocess.run([str(part) for part in arguments], capture_output=True, text=True, check=True, timeout=120,
                          **more).stdout


class CommandLine:
    """The command line, as `man --json` tells it."""

    def __init__(self):
        commands = json.loads(run(PROGRAM, "man", "--json"))["commands"]
        self.commands = {command["command"]: command for command in commands}

    def options(self, command):
        return [*self.commands[command]["options"], *self.commands[command]["inherited"]]

    def names(self, command):
        return {name for option in self.options(command) for name in option["names"]}


def values(option):
    if option["value"] == "FILE":
        return FILES
    return {FOLDER} if option["value"] == "FOLDER" else set(option["words"])


def questions(line):
    """(what is typed, what is to be offered)"""
    for name, command in line.commands.items():
        verbs = set(command["verbs"])
        argument = values(command["arguments"][0]) if command["arguments"] else set()
        yield f"{name} ", verbs | argument
        for letter in {word[0] for word in verbs | argument}:
            yield f"{name} {letter}", {word for word in verbs | argument if word.startswith(letter)}
        yield f"{name} --", {option for option in line.names(name) if option.startswith("--")}
        for option in line.options(name) if verbs else command["options"]:
            for spelling in option["names"] if option["value"] else ():
                yield f"{name} {spelling} ", values(option)
                for word in option["words"]:
                    yield f"{name} {spelling} {word[0]}", {other for other in option["words"] if other[0] == word[0]}
        for spelling in sorted(name for option in line.options(name) if option["value"] for name in option["names"])[:1]:
            yield f"{name} --json {spelling} x ", verbs | argument


# What is typed, and what is to be offered, or whose verbs: options before, between and behind, and values that look
# like verbs.
BY_HAND = (
    ("wattback --data-dir users ", "wattback"),
    ("wattback --data-dir users rewards ", "wattback rewards"),
    ("wattback --json users ", "wattback users"),
    ("wattback users --json ", "wattback users"),
    ("wattback users --data-dir create ", "wattback users"),
    ("wattback users create --name rewards --role ", {"User", "Admin"}),
    ("wattback --data-dir /x users --yes create --email a@example.org --role A", {"Admin"}),
    ("wattback usage import readings.csv --format ", {"auto", "green-button", "csv", "ndjson"}),
    ("wattback usage import readings.csv --format g", {"green-button"}),
    ("wattback usage import --unit kwh r", {"readings.csv", "rules.json"}),
    ("wattback rules show --version ", set()),
    ("wattback completion ", {"bash", "zsh", "fish"}),
    ("wattback usage record --start 2026-11-24T10:00:00Z --energy-type N", {"Non-Renewable"}),
)


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.line = CommandLine()
        cls.place = tempfile.TemporaryDirectory(prefix="wattback-")
        cls.addClassCleanup(cls.place.cleanup)
        cls.prefix = Path(cls.place.name) / "prefix"
        run("cmake", "--install", PROGRAM.parent.parent, "--prefix", cls.prefix)
        cls.folder = Path(cls.place.name) / "work"
        cls.folder.mkdir()
        (cls.folder / FOLDER).mkdir()
        for name in FILES - {FOLDER}:
            (cls.folder / name).touch()

    def start(self, shell):
        if shutil.which(shell) is None:
            self.fail(f"there is no {shell}; tools/setup.sh test installs it")
        started = {"bash": shells.bash, "zsh": shells.zsh, "fish": shells.Fish}[shell](
            self.prefix / INSTALLED[shell], self.folder)
        self.addCleanup(started.close)
        return started

    def hold(self, shell, lines):
        """Whether the shell offers what it should, beside a trailing / of a folder and = of an option."""
        faults = []
        count = 0
        for line, wanted in lines:
            count += 1
            if isinstance(wanted, str):
                wanted = set(self.line.commands[wanted]["verbs"])
            offered = {word.rstrip("/=") for word in shell.offered(line)}
            if not wanted and line.endswith(" "):
                offered = {word for word in offered if not word.startswith("-")}  # zsh tells of options, then
            if offered != wanted:
                faults.append(f"{line!r}: too few {sorted(wanted - offered)}, too many {sorted(offered - wanted)}")
        self.assertEqual(faults[:20], [])
        return count

    def test_bash(self):
        shell = self.start("bash")
        self.assertGreater(self.hold(shell, questions(self.line)), 400)
        self.hold(shell, BY_HAND)

    def test_zsh(self):
        shell = self.start("zsh")
        self.assertGreater(self.hold(shell, questions(self.line)), 400)
        self.hold(shell, BY_HAND)

    def test_fish(self):
        shell = self.start("fish")
        self.assertGreater(self.hold(shell, questions(self.line)), 400)
        self.hold(shell, BY_HAND)

    def test_in_the_middle_of_a_line(self):
        for name in ("bash", "zsh"):
            shell = self.start(name)
            self.assertEqual(shell.offered("wattback users cr", " --email a@example.org"), {"create"}, name)
            self.assertEqual(shell.offered("wattback users create --role ", "  --name Rosa"), {"User", "Admin"}, name)
            self.assertEqual(shell.offered("wattback --data-dir ", "  users list"), {FOLDER}, name)
        bash = self.start("bash")
        self.assertEqual(bash.offered("wattback users create --role ", " --name Rosa"), {"User", "Admin"})
        self.assertEqual(bash.offered("wattback us", "ers"), {"users", "usage"})

    def test_a_value_behind_an_equals_sign(self):
        for name in INSTALLED:
            offered = self.start(name).offered("wattback users create --role=A")
            self.assertEqual({word.removeprefix("--role=") for word in offered}, {"Admin"}, name)

    def test_what_is_installed_is_what_is_printed(self):
        for name, path in INSTALLED.items():
            self.assertEqual((self.prefix / path).read_text(encoding="utf-8"), run(PROGRAM, "completion", name))
        self.assertEqual((self.prefix / "share/man/man1/wattback.1").read_text(encoding="utf-8"), run(PROGRAM, "man"))
        self.assertEqual(run(self.prefix / "bin/wattback", "version"), run(PROGRAM, "version"))

    def test_shellcheck_has_nothing_to_say(self):
        run("shellcheck", "--shell=bash", self.prefix / INSTALLED["bash"])


if __name__ == "__main__":
    unittest.main()
