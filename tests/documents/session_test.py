#!/usr/bin/env python3
"""Runs the commands of a document's ```console blocks, as one session, and compares what they print.

  session_test.py DOCUMENT...     WATTBACK_PROGRAM names the program; WATTBACK_TEST_MONGO the address file of
                                  tests/mongo/mongod.py, for the same session on MongoDB: each command is
                                  given --store then

A command begins with "$ " and goes on after "> ". All run in one bash, so that a variable set by one is
there for the next; each must succeed. `wattback serve` stands for another terminal: the server runs until
the document ends, on a free port, which takes the place of the address that the document shows. What
differs each time is masked on both sides: ids, times, the secrets of tokens, digests and cursors.
"""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS_MAX = 120  # of a command, and of the server's end
SHOWN_ADDRESS = "http://127.0.0.1:8080"
MASKS = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<digest>"),
    (re.compile(r"_[0-9a-f]{64}\b"), "_<secret>"),
    (re.compile(r'(cursor=|"next_cursor": ?")[A-Za-z0-9_-]+'), r"\1<cursor>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)


class Broken(Exception):
    """The session can't go on."""


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
            found.append((number, [line[2:]], []))
        elif inside and line.startswith("> ") and not found[-1][2]:
            found[-1][1].append(line[2:])
        elif inside:
            found[-1][2].append(line + "\n")
    return [(number, "\n".join(command), "".join(output)) for number, command, output in found]


def store_of_session():
    """The address of a new database of MongoDB, or none."""
    if "WATTBACK_TEST_MONGO" not in os.environ:
        return None
    server, options = Path(os.environ["WATTBACK_TEST_MONGO"]).read_text(encoding="utf-8").splitlines()[0].split("?")
    return f"{server}session_{uuid.uuid4().hex[:12]}?{options}"


def name_program(path, program, store):
    """What the session calls wattback: the program, to which it says --store where there is one."""
    if store is None:
        path.symlink_to(program)
        return
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(str(program))} "$@" --store {shlex.quote(store)}\n',
                    encoding="utf-8")
    path.chmod(0o755)


class Shell:
    """One bash, in a process group of its own, which ends with it."""

    def __init__(self, folder, environment):
        self.process = subprocess.Popen(["bash", "--noprofile", "--norc"], cwd=folder, env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, start_new_session=True)

    def run(self, command):
        """Its exit status, and all that it said."""
        mark = uuid.uuid4().hex
        self.process.stdin.write(f"eval {shlex.quote(command)} </dev/null\nprintf '\\n{mark} %d\\n' $?\n")
        self.process.stdin.flush()
        timer = threading.Timer(SECONDS_MAX, self.kill)
        timer.start()
        said = []
        for line in self.process.stdout:
            if line.startswith(mark):
                timer.cancel()
                return int(line.split()[1]), "".join(said)[:-1]
            said.append(line)
        timer.cancel()
        raise Broken(f"bash ended, or {SECONDS_MAX} s were over:\n" + "".join(said))

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def close(self):
        self.kill()
        self.process.communicate()


class Server:
    """`wattback serve`, as in another terminal."""

    def __init__(self, folder, environment):
        self.log = Path(folder) / "server.log"
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(["wattback", "serve", "--port", "0"], cwd=folder, env=environment,
                                            stdout=subprocess.PIPE, stderr=log, text=True)
        self.said = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", self.said)
        if not found:
            self.close()
            raise Broken("the server did not start: " + self.log.read_text(encoding="utf-8"))
        self.address = found[0]

    def end(self):
        """Whether it ended as it should."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.communicate(timeout=SECONDS_MAX)
        return self.process.returncode == 0

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class Session:
    """A folder, a bash, and a server once a command asks for one."""

    def __init__(self, program, stack):
        self.stack = stack
        self.folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="wattback-"))
        (Path(self.folder) / "docs").symlink_to(ROOT / "docs")
        bin_folder = Path(self.folder) / "bin"
        bin_folder.mkdir()
        self.store = store_of_session()
        name_program(bin_folder / "wattback", program, self.store)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WATTBACK_")}
        self.environment = kept | {"PATH": f"{bin_folder}:{os.environ['PATH']}",
                                   "WATTBACK_PASSWORD_MEMORY_KIB": "8", "WATTBACK_PASSWORD_OPERATIONS": "1"}
        self.shell = Shell(self.folder, self.environment)
        stack.callback(self.shell.close)
        self.server = None

    def has_file(self):
        return any(Path(self.folder).glob("wattback-data/*.db"))

    def run(self, command):
        if command == "wattback serve":
            self.server = Server(self.folder, self.environment)
            self.stack.callback(self.server.close)
            status, said = 0, self.server.said
        elif self.server:
            status, said = self.shell.run(command.replace(SHOWN_ADDRESS, self.server.address))
        else:
            status, said = self.shell.run(command)
        if said and not said.endswith("\n"):
            said += "\n"
        return status, said.replace(self.server.address, SHOWN_ADDRESS) if self.server else said


def faults_of(commands, program):
    """What went otherwise than the document says."""
    with contextlib.ExitStack() as stack:
        session = Session(program, stack)
        for number, command, expected in commands:
            try:
                status, said = session.run(command)
            except Broken as broken:
                yield f"{number}: {command}\n{broken}"
                return
            if status != 0:
                yield f"{number}: {command}\n--- failed with {status}\n{said}"
            elif masked(said) != masked(expected):
                yield f"{number}: {command}\n--- expected\n{expected}--- found\n{said}"
        if session.store and session.has_file():
            yield "the session was not on MongoDB: it left a file"
        if session.server and not session.server.end():
            yield "the server did not end as it should\n" + session.server.log.read_text(encoding="utf-8")


def run_session(document, program):
    commands = commands_of(document)
    faults = list(faults_of(commands, program))
    for fault in faults:
        print(f"{document.name}:{fault}")
    print(f"{document.name}: {len(commands)} commands, {len(faults)} faults")
    return bool(commands) and not faults


def main(names):
    program = Path(os.environ["WATTBACK_PROGRAM"]).resolve()
    return 0 if names and all([run_session(ROOT / name, program) for name in names]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
