#!/usr/bin/env python3
"""The driver of the fuzz targets fails when it should, and says how to see the same again."""

import contextlib
import io
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import fuzz


class FuzzTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wattback-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.corpus = self.folder / "corpus"

    def keep(self, target, *inputs):
        (self.corpus / target).mkdir(parents=True, exist_ok=True)
        for number, text in enumerate(inputs):
            (self.corpus / target / f"input-{number}").write_text(text, encoding="utf-8")

    def stand_in(self, target, script):
        """A program in the place of a target."""
        program = self.folder / f"{target}_fuzz"
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)

    def run_driver(self, *arguments, fuzzers=None):
        said = io.StringIO()
        with (mock.patch.object(fuzz, "CORPUS", self.corpus),
              mock.patch.object(fuzz, "FUZZERS", fuzzers or fuzz.FUZZERS),
              contextlib.redirect_stdout(said), contextlib.redirect_stderr(said)):  # fmt: skip
            status = fuzz.main(arguments)
        return status, said.getvalue()

    def test_a_planted_fault_is_found_and_can_be_seen_again(self):
        self.keep("planted", "7", "12", "a")
        with mock.patch.dict(os.environ, {"TMPDIR": str(self.folder)}), \
                mock.patch.object(tempfile, "tempdir", str(self.folder)):  # fmt: skip
            status, said = self.run_driver("--seconds", "60", "--seed", "3", "planted")
        self.assertEqual(status, 1, said)
        self.assertIn("fuzz planted: seed 3", said)
        self.assertIn("does not hold: a number is read again", said)
        program, artifact = re.search(r"again: (\S+) (\S+)$", said, re.MULTILINE).groups()
        self.assertTrue(Path(artifact).read_bytes().startswith(b"-"))
        again = subprocess.run([program, artifact], capture_output=True, check=False)
        self.assertNotEqual(again.returncode, 0)
        self.assertIn(b"does not hold: a number is read again", again.stderr)

    def test_a_sound_target_says_what_it_saw(self):
        self.keep("cursor", "WyJh", "[null]")
        status, said = self.run_driver("--seconds", "1", "cursor")
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r"fuzz cursor: seed [1-9]\d*, 1 s\n"
                               r"fuzz cursor: \d+ executions, [1-9]\d* features in [1-9]\d* places, corpus [1-9]\d* from 2 kept")

    def test_a_corpus_of_what_is_refused(self):
        """As one is whose operations have other names now."""
        self.keep("json_body", "noSuchOperation\n{}", "createUser\nnot JSON")
        status, said = self.run_driver("--seconds", "1", "json_body")
        self.assertEqual(status, 1, said)
        self.assertIn("nothing of the kept corpus was read, written and read again", said)

    def test_an_empty_corpus(self):
        self.keep("planted")
        for target in ("planted", "nothing"):
            status, said = self.run_driver("--seconds", "1", target)
            self.assertEqual(status, 1)
            self.assertIn(f"the corpus {self.corpus / target} is empty", said)

    def test_a_target_that_tries_nothing(self):
        self.keep("idle", "1", "2")
        done = "#3 DONE cov: 4 ft: 5 corp: 2/2b exec/s: 0 rss: 30Mb"
        for script, fault in ((f'echo "{done}\nstat::number_of_executed_units: 3" >&2', "nothing but the kept corpus"),
                              ("exit 0", "did not say what it did"),
                              (f'echo "{done.replace("ft: 5", "ft: 0")}\nstat::number_of_executed_units: 30" >&2', "told nothing"),
                              (f'echo "{done}\nstat::number_of_executed_units: 30" >&2', "nothing of the kept corpus was read"),
                              ("echo out of memory >&2; exit 71", "exit status 71")):  # fmt: skip
            self.stand_in("idle", script)
            status, said = self.run_driver("--seconds", "1", "idle", fuzzers=self.folder)
            self.assertEqual(status, 1, said)
            self.assertIn(fault, said)

    def test_every_target_has_a_corpus(self):
        sources = {path.name.removesuffix("_fuzz.cpp") for path in Path(fuzz.__file__).parent.glob("*_fuzz.cpp")}
        kept = {path.name for path in Path(fuzz.__file__).parent.joinpath("corpus").iterdir()}
        self.assertEqual(sources - {"planted"}, kept)


if __name__ == "__main__":
    unittest.main()
