#!/usr/bin/env python3
"""A client that a stranger generates from the contract does a day's work with it."""

import datetime
import importlib
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from contract import CONTRACT
from seeded import SeededServerTest
from wattback import EXAMPLES


def generate(folder):
    finished = subprocess.run([Path(sys.executable).parent / "openapi-generator-cli", "generate", "-g", "python",
                               "-i", CONTRACT, "-o", folder, "--package-name", "wattback_client"],
                              capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise RuntimeError(finished.stdout + finished.stderr)
    sys.path.insert(0, folder)
    return importlib.import_module("wattback_client")


class ClientTest(SeededServerTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="wattback-")
        cls.addClassCleanup(folder.cleanup)
        cls.client = generate(folder.name)

    def setUp(self):
        super().setUp()
        self.serve()

    def enter(self, email, password):
        """The client of somebody who signed in, by its parts."""
        configuration = self.client.Configuration(host=self.url.rstrip("/"))
        client = self.client.ApiClient(configuration)
        signed_in = self.client.SignInApi(client).create_session(self.client.SignIn(email=email, password=password))
        configuration.access_token = signed_in.token
        return client

    def test_the_session_of_the_readme(self):
        made = self.client
        admin = self.enter("ada@example.org", "a long secret")
        rosa_id = made.UsersApi(admin).create_user(made.NewUser(
            email="rosa@example.org", name="Rosa", password="seven sunny roofs")).user_id
        meters = made.MetersApi(admin)
        meters.create_meter(str(rosa_id), made.NewMeter(label="roof"))

        # The README's file: three days, whose points are 57.266 kWh times 10.
        taken_in = made.ImportsApi(admin).create_import(
            (EXAMPLES / "green-button.xml").read_text(encoding="utf-8"), user_id=rosa_id, meter="roof",
            energy_type=made.EnergyType.RENEWABLE, _content_type="application/atom+xml")
        self.assertEqual((taken_in.accepted, taken_in.energy_kwh, taken_in.points), (72, 57.266, 572))
        roof = meters.list_meters(str(rosa_id)).data[0]
        self.assertEqual((roof.label, roof.cadence, roof.time_zone), ("roof", "3600s", "Europe/Lisbon"))
        recorded = made.UsageApi(admin).record_usage(str(rosa_id), made.NewReading(
            meter="roof", start=datetime.datetime(2026, 6, 5, 10, tzinfo=datetime.timezone.utc), duration=3600,
            energy_consumed=2.413, energy_type=made.EnergyType.RENEWABLE))
        self.assertEqual((recorded.outcome, recorded.points, recorded.total_points), ("accepted", 24, 596))

        rewards = made.RewardsApi(admin)
        bulbs = rewards.create_reward(made.NewReward(name="LED bulbs", points_required=400, stock=19))
        moved = rewards.move_stock("delivery-1", bulbs.reward_id, made.NewStockMovement(
            delta=1, reason_code="delivery"))
        self.assertEqual(moved.delta, 1)

        rosa = self.enter("rosa@example.org", "seven sunny roofs")
        points = made.PointsApi(rosa)
        self.assertEqual(points.get_points("me").total_points, 596)
        self.assertEqual([(reward.name, reward.inventory, reward.points_missing)
                          for reward in made.RewardsApi(rosa).list_rewards(user_id="me").data], [("LED bulbs", 20, 0)])
        redeemed = made.RedemptionsApi(rosa).create_redemption("rosa-1", "me", made.NewRedemption(
            reward_id=bulbs.reward_id, expected_points=400))
        self.assertEqual((redeemed.status, redeemed.points_redeemed, redeemed.total_points), ("pending", 400, 196))
        with self.assertRaises(made.exceptions.ConflictException) as refusal:
            made.RedemptionsApi(rosa).create_redemption("rosa-2", "me", made.NewRedemption(reward_id=bulbs.reward_id))
        self.assertEqual(refusal.exception.data.code, "insufficient_points")
        with self.assertRaises(made.exceptions.ForbiddenException):
            made.UsersApi(rosa).list_users()

        handed_out = made.RedemptionsApi(admin)
        self.assertEqual([pending.redemption_id for pending in handed_out.list_pending_redemptions("pending").data],
                         [redeemed.redemption_id])
        fulfilled = handed_out.fulfil_redemption(str(rosa_id), redeemed.redemption_id)
        self.assertEqual((fulfilled.status, fulfilled.total_points), ("fulfilled", 196))

        entries = points.list_statement("me").data
        self.assertEqual([(entry.seq, entry.kind, entry.points, entry.balance) for entry in entries], [
            (5, "redeemed", -400, 196), (4, "earned", 24, 596), (3, "earned", 195, 572), (2, "earned", 134, 377),
            (1, "earned", 243, 243)])
        self.assertEqual(points.explain_day("me", datetime.date(2026, 6, 2)).arithmetic,
                         "13.404 kWh Renewable x 10 + 0 kWh Non-Renewable x 0 = 134.04 points")
        made.SignInApi(rosa).end_session("current")
        with self.assertRaises(made.exceptions.UnauthorizedException):
            points.get_points("me")
        self.audit()


if __name__ == "__main__":
    unittest.main()
