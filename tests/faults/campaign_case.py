"""What the tests have in common that show a campaign go red."""

import argparse
import contextlib
import io
import sqlite3
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import campaign


def options_of(count, dose="ci", store=None):
    return argparse.Namespace(seed=1, dose=dose, store=store, count=count)


def missing(made, **seen):
    """What never happened, as the campaign says, where all did but what is given here."""
    vars(made.tally).update(dict.fromkeys(vars(made.tally), made.options.count) | seen)
    return made.missing()


def alter(data, *statements):
    """Behind the program's back, in an embedded store."""
    with contextlib.closing(sqlite3.connect(data / "wattback.db", timeout=10)) as store, store:
        for statement in statements:
            store.execute(statement)


LOSE_AN_ADJUSTMENT = ["""DELETE FROM adjustments WHERE adjustment_id IN
    (SELECT adjustment_id FROM adjustments ORDER BY created_at LIMIT 1)"""]
DOUBLE_AN_ADJUSTMENT = ["CREATE TEMP TABLE twin AS SELECT * FROM adjustments ORDER BY created_at LIMIT 1",
                        "UPDATE twin SET adjustment_id = randomblob(16)", "INSERT INTO adjustments SELECT * FROM twin"]


class CampaignTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wattback-faults-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_campaign(self, made):
        """Its status, and what it said."""
        said = io.StringIO()
        with mock.patch.object(campaign, "tempfile", mock.Mock(mkdtemp=self.make_folder)), \
                contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):  # fmt: skip
            status = campaign.run("a campaign", made.options, made.tally, made.run)
        return status, said.getvalue()

    def make_folder(self, prefix):
        self.place = Path(tempfile.mkdtemp(prefix=prefix, dir=self.folder))
        return str(self.place)

    def refuse(self, says, made):
        """It goes red, says this, and how to see it again."""
        status, said = self.run_campaign(made)
        self.assertEqual(status, 1, said)
        self.assertRegex(said, says)
        self.assertIn("again: --seed 1", said)

    def refuse_without(self, made, *names):
        """Started so that nothing happens, it says that each of these never did."""
        status, said = self.run_campaign(made)
        self.assertEqual(status, 1, said)
        for name in names:
            self.assertIn(f"never happened: {name}; again: --seed 1", said)
