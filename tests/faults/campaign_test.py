#!/usr/bin/env python3
"""A campaign fails when something acknowledged is lost, and when what it hunts never happens."""

import argparse
import contextlib
import io
import shutil
import sqlite3
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import campaign
import kill_campaign
import service
from population import Population


class ForgetfulService(service.Service):
    """Its store falls back to what it was when its members were made, whenever a server starts again."""

    kept = None

    def keep(self):
        self.kept = self.folder / "kept.db"
        with contextlib.closing(sqlite3.connect(self.folder / "data" / "wattback.db")) as store, \
                contextlib.closing(sqlite3.connect(self.kept)) as copy:  # fmt: skip
            store.backup(copy)

    def serve(self):
        if self.kept:
            for path in (self.folder / "data").glob("wattback.db*"):
                path.unlink()
            shutil.copy(self.kept, self.folder / "data" / "wattback.db")
        return super().serve()


class CampaignTest(unittest.TestCase):
    def run_kills(self, count):
        options = argparse.Namespace(seed=1, dose="ci", store=None, count=count)
        kills = kill_campaign.Kills(options)
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = campaign.run("kills", options, kills.tally, kills.run)
        return status, said.getvalue()

    def test_no_kill_is_a_failure(self):
        status, said = self.run_kills(0)
        self.assertEqual(status, 1)
        for what in ("landed", "acknowledged", "refused", "applied", "absent"):
            self.assertIn(f"never happened: {what}; again: --seed 1", said)

    def test_a_service_that_forgets(self):
        found, services = Population.found, []

        async def found_and_kept(*arguments):
            population = await found(*arguments)
            services[0].keep()
            return population

        def forgetful(*arguments):
            services.append(ForgetfulService(*arguments))
            return services[0]

        with tempfile.TemporaryDirectory(prefix="wattback-faults-") as folder, \
                mock.patch.object(tempfile, "mkdtemp", lambda prefix: self.make(Path(folder) / prefix)), \
                mock.patch.object(kill_campaign, "Service", forgetful), \
                mock.patch.object(Population, "found", found_and_kept):  # fmt: skip
            status, said = self.run_kills(2)
        self.assertEqual(status, 1)
        self.assertIn("what was promised, after the kill", said)
        self.assertRegex(said, "was acknowledged as .* and is not there")
        self.assertIn("again: --seed 1", said)

    @staticmethod
    def make(path):
        path.mkdir()
        return str(path)


if __name__ == "__main__":
    unittest.main()
