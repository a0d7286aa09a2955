#!/usr/bin/env python3
"""Runs the commands of a document's ```console blocks, as one session, and compares what they print.

  session_test.py DOCUMENT...     WATTBACK_PROGRAM names the program

Ids and times are masked on both sides.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MASKS = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)


def masked(text):
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return text


def commands_of(document):
    """(line number, command, expected output) in order."""
    found, inside = [], False
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```console"
        elif inside and line.startswith("$ "):
            found.append((number, line[2:], []))
        elif inside:
            found[-1][2].append(line + "\n")
    return [(number, command, "".join(output)) for number, command, output in found]


def run_session(document, program):
    faults = 0
    commands = commands_of(document)
    environment = os.environ | {"WATTBACK_PASSWORD_MEMORY_KIB": "8", "WATTBACK_PASSWORD_OPERATIONS": "1"}
    with tempfile.TemporaryDirectory(prefix="wattback-") as folder:
        (Path(folder) / "docs").symlink_to(ROOT / "docs")
        bin_folder = Path(folder) / "bin"
        bin_folder.mkdir()
        (bin_folder / "wattback").symlink_to(program)
        environment["PATH"] = f"{bin_folder}:{environment['PATH']}"
        for number, command, expected in commands:
            done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True,
                                  timeout=120, check=False)
            said = done.stdout + done.stderr
            if masked(said) != masked(expected):
                faults += 1
                print(f"{document.name}:{number}: {command}\n--- expected\n{expected}--- found\n{said}")
    print(f"{document.name}: {len(commands)} commands, {faults} with another output")
    return faults == 0 and bool(commands)


def main(names):
    program = Path(os.environ["WATTBACK_PROGRAM"]).resolve()
    return 0 if names and all([run_session(ROOT / name, program) for name in names]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
