#!/usr/bin/env python3
"""g++, which compiles what is shipped, on what changed in the last 30 commits and in the working tree.

The rest of ./test is built by clang; what only g++ refuses or warns of would first be seen by whoever
builds the release. Reads build/release/compile_commands.json (cmake --preset release), and leaves the
objects to ccache, so a release built later takes them from there.
"""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from tidy import ROOT, changed_files, is_test, source_of

BUILD = ROOT / "build" / "release"


def objects():
    """What the build makes of each source, by the source."""
    commands = json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8"))
    made = {}
    for entry in commands:
        words = shlex.split(entry["command"])
        made[Path(entry["file"])] = words[words.index("-o") + 1]
    return made


def main():
    made = objects()
    changed = {source_of(name) for name in changed_files()}
    targets = sorted(made[source] for source in changed & made.keys() if not is_test(source))
    if targets:
        command = ["cmake", "--build", BUILD, "--parallel", str(os.cpu_count()), "--target", *targets, "--", "-k", "0",
                   "--quiet"]  # fmt: skip
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            return 1
    print(f"{len(targets)} sources compiled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
