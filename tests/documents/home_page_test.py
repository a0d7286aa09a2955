#!/usr/bin/env python3
"""The commands of the server's page work as printed, in their order, on a programme like the demonstration.

  home_page_test.py     WATTBACK_PROGRAM names the program
"""

import contextlib
import html
import os
import re
import sys
from pathlib import Path

import session_test

PASSWORD = "a bright morning"
BEGIN = (
    "wattback programme create --name Street --time-zone UTC",
    f"echo {PASSWORD} > password",
    "wattback users create --email admin@example.org --name Administrator --role Admin --password-file password",
    "wattback users create --email household1@example.org --name 'Household 1'",
    "wattback usage record --user household1@example.org --start 2026-06-01T09:00:00Z --duration 3600 --energy 60"
    " --energy-type Renewable",
    "wattback rewards create --name 'LED bulbs' --points-required 400 --stock 20",
    "wattback serve",
)
AT_THE_END = (
    ("wattback points show --user household1@example.org", "total points  224"),
    ("wattback tokens list", "My gateway"),
    ("wattback audit", "ok:"),
)


def commands_of(page):
    """Each <pre>, as one who copies it would paste it."""
    blocks = re.findall(r"<pre>(.*?)</pre>", page, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]*>", "", block)).replace("PASSWORD", PASSWORD) for block in blocks]


def main():
    program = Path(os.environ["WATTBACK_PROGRAM"]).resolve()
    with contextlib.ExitStack() as stack:
        session = session_test.Session(program, stack)
        for command in BEGIN:
            status, said = session.run(command)
            if status != 0:
                sys.exit(f"{command}\n{said}")
        _, page = session.run(f"curl -s {session_test.SHOWN_ADDRESS}/")
        commands = commands_of(page)
        faults = 0
        for command, wanted in [(command, "") for command in commands] + list(AT_THE_END):
            status, said = session.run(command)
            if status != 0 or "urn:wattback:problem" in said or wanted not in said:
                faults += 1
                print(f"{command}\n--- {status}\n{said}")
        print(f"the page: {len(commands)} blocks, {faults} faults")
        return 0 if commands and faults == 0 and session.server.end() else 1


if __name__ == "__main__":
    sys.exit(main())
