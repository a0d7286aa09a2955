#!/usr/bin/env python3
"""A campaign of pauses fails when an effect of the paused server is lost or doubled, and when what it hunts never
happens. The server is on an embedded store, and never really paused."""

import functools
import unittest
from unittest import mock

import pause_campaign
from campaign_case import DOUBLE_AN_ADJUSTMENT, LOSE_AN_ADJUSTMENT, CampaignTest, alter, missing, options_of
from load import Load
from pause_campaign import Pauses, wait_until_quiet
from service import Broken, Service


class OneServer(Service):
    """In place of two, one that goes on."""

    def serve(self):
        server = self.servers[0] if self.servers else super().serve()
        server.pause = server.resume = lambda: None
        return server


class PausesTest(CampaignTest):
    def setUp(self):
        super().setUp()
        for name, value in {"Service": OneServer, "PAUSES_S": ((0.2, 0.4),) * 2}.items():
            patch = mock.patch.object(pause_campaign, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def alter_once_quiet(self, statements):
        def alter_when_quiet(server):
            wait_until_quiet(server)
            alter(self.place / "data", *statements)
        return mock.patch.object(pause_campaign, "wait_until_quiet", alter_when_quiet)

    def test_an_effect_that_is_doubled(self):
        with self.alter_once_quiet(DOUBLE_AN_ADJUSTMENT):
            self.refuse("after the pause(?s:.*)adjusted .* should be one entry", Pauses(options_of(1)))

    def test_an_effect_that_is_lost(self):
        with self.alter_once_quiet(LOSE_AN_ADJUSTMENT):
            self.refuse("after the pause(?s:.*)was acknowledged as .* and is not there", Pauses(options_of(1)))

    def test_clients_that_never_hang_up(self):
        with mock.patch.object(Load, "hang_up", lambda *_: None):
            self.refuse_without(Pauses(options_of(1)), "hung_up", "applied", "absent")

    def test_few_requests_in_flight(self):
        with mock.patch.multiple(pause_campaign, WAITING_MIN=0, Load=functools.partial(Load, connections=28)):
            self.refuse_without(Pauses(options_of(1)), "landed")

    def test_enough_requests_in_flight(self):
        pauses = Pauses(options_of(1))
        with mock.patch.multiple(pause_campaign, WAITING_MIN=0, Load=functools.partial(Load, connections=64)):
            self.run_campaign(pauses)
        self.assertEqual(pauses.tally.landed, 1)

    def test_no_pause_is_a_failure(self):
        self.refuse_without(Pauses(options_of(0)), "taken_over", "replayed", "hung_up", "applied", "absent",
                            "acknowledged", "refused", "landed")

    def test_what_never_happened(self):
        self.assertEqual(missing(Pauses(options_of(3))), [])
        self.assertEqual(missing(Pauses(options_of(3)), applied=0), ["applied"])
        self.assertEqual(missing(Pauses(options_of(3)), absent=0), ["absent"])
        self.assertEqual(missing(Pauses(options_of(3)), landed=2), ["landed 3 times"])

    def test_a_server_that_never_has_done_with_those_who_hung_up(self):
        for busy in ((2, 0), (1, 1)):
            with mock.patch.object(pause_campaign, "QUIET_MAX_S", 0.1), self.assertRaisesRegex(Broken, "is not over"):
                wait_until_quiet(mock.Mock(measure=lambda metric, busy=busy: busy["waiting" in metric]))


if __name__ == "__main__":
    unittest.main()
