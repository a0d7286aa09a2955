#!/usr/bin/env python3
"""A campaign of kills fails when something acknowledged is lost, and when what it hunts never happens."""

import contextlib
import shutil
import sqlite3
import unittest
from unittest import mock

import kill_campaign
import service
from campaign_case import CampaignTest, options_of
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


class KillsTest(CampaignTest):
    def test_no_kill_is_a_failure(self):
        self.refuse_without(kill_campaign.Kills(options_of(0)), "landed", "acknowledged", "refused", "applied",
                            "absent")

    def test_a_service_that_forgets(self):
        found, services = Population.found, []

        async def found_and_kept(*arguments):
            population = await found(*arguments)
            services[0].keep()
            return population

        def forgetful(*arguments):
            services.append(ForgetfulService(*arguments))
            return services[0]

        with mock.patch.object(kill_campaign, "Service", forgetful), \
                mock.patch.object(Population, "found", found_and_kept):  # fmt: skip
            self.refuse("what was promised, after the kill(?s:.*)was acknowledged as .* and is not there",
                        kill_campaign.Kills(options_of(2)))


if __name__ == "__main__":
    unittest.main()
