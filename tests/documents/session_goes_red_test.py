#!/usr/bin/env python3
"""session_test.py finds what a document gets wrong, and leaves nothing running."""

import contextlib
import io
import os
import re
import tempfile
import time
import unittest
import unittest.mock
from pathlib import Path

import session_test

PROGRAM = Path(os.environ["WATTBACK_PROGRAM"]).resolve()

# Who the session's own process has started. One of its threads may end between the listing and the reading.
CHILDREN = "cat /proc/$PPID/task/*/children 2>/dev/null || true"
BEGIN = """```console
$ wattback programme create --name Street --time-zone UTC | head -n 1
name            Street
$ wattback serve
Wattback serves http://127.0.0.1:8080/
"""


def is_running(process):
    try:
        return "\tZ" not in re.search(r"^State:.*", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)[0]
    except FileNotFoundError:
        return False


class SessionTest(unittest.TestCase):
    def run_document(self, text):
        """(whether it is right, what was said of it)"""
        with tempfile.TemporaryDirectory(prefix="wattback-") as folder:
            document = Path(folder) / "document.md"
            document.write_text(text, encoding="utf-8")
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                right = session_test.run_session(document, PROGRAM)
            return right, said.getvalue()

    def expect_red(self, text, says):
        right, said = self.run_document(text)
        self.assertFalse(right, said)
        self.assertIn(says, said)
        return said

    def test_what_is_right_passes(self):
        right, said = self.run_document(BEGIN + "$ A=1\n$ echo $A \\\n>   2; true\n1 2\n"
                                        "$ curl -s http://127.0.0.1:8080/livez\n{\"status\":\"ok\"}\n```\n")
        self.assertTrue(right, said)

    def test_a_document_without_commands(self):
        self.expect_red("```\n$ true\n```\n", "0 commands")

    def test_another_output(self):
        self.expect_red("```console\n$ echo 1\n2\n```\n", "document.md:2: echo 1")

    def test_an_output_that_is_missing(self):
        self.expect_red("```console\n$ true\nthis\n```\n", "this")

    def test_a_command_that_fails(self):
        self.expect_red("```console\n$ false\n$ cd /nowhere 2>/dev/null\n```\n", "2 faults")

    def test_what_is_no_bash(self):
        self.expect_red("```console\n$ echo (\n$ true\n```\n", "1 faults")

    def test_a_command_that_ends_bash(self):
        self.expect_red("```console\n$ exit 0\n$ true\n```\n", "bash ended")

    def test_a_command_that_takes_too_long(self):
        before, session_test.SECONDS_MAX = session_test.SECONDS_MAX, 1
        try:
            self.expect_red("```console\n$ sleep 60\n```\n", "1 s were over")
        finally:
            session_test.SECONDS_MAX = before

    def test_a_server_without_a_store(self):
        self.expect_red("```console\n$ wattback serve\nWattback serves http://127.0.0.1:8080/\n```\n", "did not start")

    def test_a_server_that_is_not_there_at_the_end(self):
        self.expect_red(BEGIN + f"$ for process in $({CHILDREN}); do\n"
                        "> [ $process = $$ ] || kill -9 $process; done\n```\n", "did not end as it should")

    def test_a_session_that_is_not_on_mongodb(self):
        """What it calls wattback is given the store; the program by its own path is not."""
        with tempfile.TemporaryDirectory(prefix="wattback-") as folder:
            address = Path(folder) / "address"
            address.write_text("mongodb://127.0.0.1:1/?replicaSet=tests\n1\n", encoding="utf-8")
            with unittest.mock.patch.dict(os.environ, {"WATTBACK_TEST_MONGO": str(address)}):
                said = self.expect_red("```console\n$ wattback config show | grep -c '/session_.* flag --store'\n1\n"
                                       f"$ {PROGRAM} programme create --name Street --time-zone UTC | head -n 1\n"
                                       "name            Street\n```\n", "it left a file")
        self.assertIn("1 faults", said)

    def test_nothing_is_left_running(self):
        said = self.expect_red(BEGIN + f"$ sleep 3600 & echo $!\n$ {CHILDREN}\n```\n", "2 faults")
        processes = [int(word) for line in re.findall(r"found\n(.*)\n", said) for word in line.split()]
        self.assertGreaterEqual(len(processes), 3, said)  # sleep, bash and the server
        deadline = time.monotonic() + 10
        while any(is_running(process) for process in processes) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual([process for process in processes if is_running(process)], [])


if __name__ == "__main__":
    unittest.main()
