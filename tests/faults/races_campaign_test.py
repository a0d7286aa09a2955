#!/usr/bin/env python3
"""A campaign of races fails when one too many is sold, or too few, when the requests were not under way together, and
when a server never sold or two never met."""

import os
import subprocess
import unittest

import races_campaign
from campaign_case import CampaignTest, missing, options_of
from journal import Journal, Operation
from races_campaign import CONNECTIONS, ENOUGH_FOR, WANTED, Races, find_faults
from service import Broken
from wire import Answer

MONGO = "mongodb://"


class GenerousRaces(Races):
    """There is one more in stock than is raced for."""

    async def race(self, *arguments, stock, **more):
        await super().race(*arguments, stock=stock + (stock == ENOUGH_FOR), **more)


class LonelyRaces(Races):
    """What is counted is one of the requests, as if they had been sent one after the other."""

    async def redeem_over_http(self, *arguments):
        await super().redeem_over_http(*arguments)
        return 1


class RacesTest(CampaignTest):
    def test_eight_of_seven(self):
        self.refuse(f"8 of {WANTED} redemptions were made; there was enough for 7", GenerousRaces(options_of(1)))

    def test_one_after_the_other(self):
        self.refuse(f"1 of them were under way together, and not {CONNECTIONS}", LonelyRaces(options_of(1)))

    def test_no_race_is_a_failure(self):
        self.refuse_without(Races(options_of(0)), "races", "acknowledged", "refused", "by_first", "by_processes",
                            "by_process")

    def test_who_never_sold(self):
        self.assertEqual(missing(Races(options_of(10)), by_second=0, conflicts=0), [])
        self.assertEqual(missing(Races(options_of(10)), by_process=0), ["by_process"])
        self.assertEqual(missing(Races(options_of(10, store=MONGO)), by_first=0), ["by_first"])
        self.assertEqual(missing(Races(options_of(10, store=MONGO)), by_second=0), ["by_second"])

    def test_two_servers_that_never_met(self):
        self.assertEqual(missing(Races(options_of(10, store=MONGO)), by_processes=0), [])
        self.assertEqual(missing(Races(options_of(10, store=MONGO)), conflicts=0), ["conflicts"])

    def faults(self, made, together=CONNECTIONS, wanted=CONNECTIONS):
        """With a race of which so many were made."""
        journal = Journal(self.folder / "journal")
        self.addCleanup(journal.close)
        for number in range(WANTED):
            attempt = journal.send(1, Operation("redeem", f"r{number}", {}, ()))
            journal.answer(attempt, Answer(201 if number < made else 409, False, '{"code": "out_of_stock"}'))
        return list(find_faults(journal, together, wanted))

    def test_how_many_are_made(self):
        self.assertEqual(self.faults(7), [])
        for made in (6, 8, 0, WANTED):
            self.assertEqual(self.faults(made), [f"{made} of {WANTED} redemptions were made; there was enough for 7"])

    def test_how_many_are_under_way(self):
        self.assertEqual(self.faults(7, 63), ["63 of them were under way together, and not 64"])
        self.assertEqual(self.faults(7, 7, 8), ["7 of them were under way together, and not 8"])

    def test_an_answer_that_no_client_should_get(self):
        for answer in (None, Answer(503, False, "{}"), Answer(404, False, "{}")):
            with self.assertRaisesRegex(Broken, "the key"):
                races_campaign.must_sell_or_refuse(Operation("redeem", "the key", {}, ()), answer)

    def test_a_process_that_is_over_runs_no_more(self):
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
            self.assertTrue(races_campaign.is_running(process.pid))
            process.stdin.close()
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it stays there, as one that is over
            self.assertFalse(races_campaign.is_running(process.pid))


if __name__ == "__main__":
    unittest.main()
