"""A server whose programme has something of everything the contract speaks of."""

import sys

from contract import ROOT

sys.path.insert(0, str(ROOT / "tests" / "cli"))

from server import ServerTest  # noqa: E402


class SeededServerTest(ServerTest):
    """After `seed`, `ids` has by parameter a thing that is there, and `own_ids` by operation what it
    is given instead, because it makes the thing unfit for others or needs one in a certain state."""

    def make(self, path, body, status=201, **headers):
        answer = self.ask("POST", "/api/v1/" + path, body, self.admin, **headers)
        self.assertEqual(answer.status, status, answer.body)
        return answer.json()

    @staticmethod
    def credentials(name):
        return {"email": f"{name}@example.org", "password": f"{name}'s long secret"}

    def make_user(self, name, role="User"):
        return self.make("users", self.credentials(name) | {"name": name.capitalize(), "role": role})["user_id"]

    def record(self, user_id, energy, as_of, status=201):
        return self.make(f"users/{user_id}/usage", {
            "meter": "roof", "start": "2026-06-02T10:00:00Z", "duration": 3600, "energy_consumed": energy,
            "energy_type": "Renewable", "as_of": as_of}, status)

    def take_in(self, user_id, day):
        reading = f'{{"user_id": "{user_id}", "meter": "import", "start": "{day}T10:00:00Z", "duration": 3600, ' \
                  '"energy_consumed": 3, "energy_type": "Renewable"}'
        path = self.write(f"{day}.ndjson", reading + "\n")
        return self.run_json("usage", "import", path)["import_id"]

    def redeem(self, user_id, reward_id, key):
        return self.make(f"users/{user_id}/redemptions", {"reward_id": reward_id},
                         Idempotency_Key=key)["redemption_id"]

    def seed(self):
        self.admin = self.sign_in()
        rosa = self.make_user("rosa")
        other = self.make_user("other")
        self.make_user("leaver")
        self.make_user("manager", "Admin")
        bulbs = self.make("rewards", {"name": "LED bulbs", "points_required": 1, "stock": 100000})["reward_id"]
        kettle = self.make("rewards", {"name": "Kettle", "points_required": 500, "stock": 3})["reward_id"]
        usage = self.record(rosa, 2.413, "2026-06-03T06:00:00Z")["usage_id"]
        gift = self.make(f"users/{rosa}/points/adjustments", {"points": 100000, "reason_code": "goodwill"},
                         Idempotency_Key="gift")
        movement = self.make(f"rewards/{bulbs}/stock-movements", {"delta": 12, "reason_code": "delivery"},
                             Idempotency_Key="delivery")
        meters = self.ask("GET", f"/api/v1/users/{rosa}/meters", bearer=self.admin).json()["data"]
        self.ids = {
            "user_id": rosa, "reward_id": bulbs, "usage_id": usage, "meter_id": meters[0]["meter_id"],
            "adjustment_id": gift["adjustment_id"], "movement_id": movement["movement_id"],
            "redemption_id": self.redeem(rosa, bulbs, "kept"), "import_id": self.take_in(rosa, "2026-06-03"),
            "token_id": self.make("tokens", {"name": "kept"})["token_id"],
            "session_id": "current", "seq": 1, "day": "2026-06-02", "rules_version": 1,
        }
        self.own_ids = {
            "edit_user": {"user_id": other},
            "set_password": {"user_id": other},
            "edit_reward": {"reward_id": kettle},
            "cancel_redemption": {"redemption_id": self.redeem(rosa, bulbs, "cancelled")},
            "fulfil_redemption": {"redemption_id": self.redeem(rosa, bulbs, "fulfilled")},
            "withdraw_import": {"import_id": self.take_in(other, "2026-06-04")},
            "revoke_token": {"token_id": self.make("tokens", {"name": "revoked"})["token_id"]},
            "write_off_points": {"user_id": self.make_debtor()},
        }

    def make_debtor(self):
        """One who owes 100,000 points: they were earned by a mistake, and spent."""
        debtor = self.make_user("debtor")
        dear = self.make("rewards", {"name": "Solar roof", "points_required": 100000, "stock": 1})["reward_id"]
        self.record(debtor, 10000, "2026-06-03T06:00:00Z")
        self.redeem(debtor, dear, "spent")
        restated = self.record(debtor, 0, "2026-06-04T06:00:00Z", status=200)
        self.assertEqual(restated["points_owed"], 100000)
        return debtor
