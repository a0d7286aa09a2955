#!/usr/bin/env python3
"""The manual page is well-formed, tells of every command and option, and its examples work in their order."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(os.environ["WATTBACK_PROGRAM"]).resolve()
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES",
            "SEE ALSO"]
OF_A_VERSION = 'missing date, using "": TH'  # the page has no day of its own


def run(*command, text=None, **more):
    return subprocess.run([str(part) for part in command], input=text, capture_output=True, text=True, timeout=120,
                          check=False, **more)


def faults_of_form(page):
    linted = run("mandoc", "-T", "lint", "-W", "warning", text=page).stdout
    yield from (line for line in linted.splitlines() if OF_A_VERSION not in line)
    if found := re.findall(r'^\.SH "?([^"\n]+)', page, re.MULTILINE):
        if found != SECTIONS:
            yield f"sections {found}"


def faults_of_text(shown, manual):
    """What a reader would miss."""
    words = set(shown.split())
    for command in manual["commands"]:
        if " ".join(command["command"].split()) not in shown:
            yield f"nothing of {command['command']}"
        for option in command["options"]:
            for name in option["names"]:
                if name not in words and name + "," not in words:
                    yield f"nothing of {command['command']} {name}"
    for setting in manual["settings"]:
        if setting["variable"] not in words:
            yield f"nothing of {setting['variable']}"
    for code in manual["exit_codes"]:
        if code["meaning"] not in " ".join(shown.split()):
            yield f"nothing of exit code {code['code']}"


def faults_of_examples(manual):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WATTBACK_")}
    with tempfile.TemporaryDirectory(prefix="wattback-") as folder:
        (Path(folder) / "docs").symlink_to(ROOT / "docs")
        (Path(folder) / "wattback").symlink_to(PROGRAM)
        for example in manual["examples"]:
            done = run("bash", "-ec", example["command"], cwd=folder,
                       env=environment | {"PATH": f"{folder}:{os.environ['PATH']}"})
            if done.returncode != 0 or not done.stdout:
                yield f"{example['command']}: {done.returncode}\n{done.stdout}{done.stderr}"


def main():
    page = run(PROGRAM, "man").stdout
    manual = json.loads(run(PROGRAM, "man", "--json").stdout)
    shown = run("mandoc", "-T", "ascii", "-O", "width=200", text=page).stdout
    shown = re.sub(".\b", "", shown)
    faults = [*faults_of_form(page), *faults_of_text(shown, manual), *faults_of_examples(manual)]
    print("\n".join(faults))
    print(f"{len(page.splitlines())} lines, {len(manual['examples'])} examples, {len(faults)} faults")
    return 0 if manual["examples"] and not faults else 1


if __name__ == "__main__":
    sys.exit(main())
