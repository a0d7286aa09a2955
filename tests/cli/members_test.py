"""Members, points, rewards and redemptions from the command line."""

import concurrent.futures
import os
import pty
import signal
import subprocess
import termios
import unittest

from wattback import CONFLICT, DONE, INVALID, NOT_FOUND, REFUSED, SECONDS_MAX, StoreTest

RECORD = ("usage", "record", "--user", "rosa@example.org", "--energy-type", "Renewable")


class Members(StoreTest):
    def test_users_create_makes_the_store_and_the_programme(self):
        password = self.write("password", "correct horse battery\n")
        made = self.run_json("users", "create", "--email", "boss@example.org", "--name", "Boss", "--role", "Admin",
                             "--password-file", password)
        self.assertEqual(made["role"], "Admin")
        self.assertTrue(made["has_password"])
        self.assertEqual(self.run_json("programme", "show")["rules_version"], 1)

    def test_reads_on_an_empty_directory_say_so(self):
        for verb in (("users", "list"), ("audit",), ("programme", "show"), ("rewards", "list")):
            self.refuse(NOT_FOUND, *verb, says="no")
        self.assertFalse(self.data.exists())

    def test_somebody_stays_an_administrator(self):
        for name in ("ada", "bea"):
            self.run_json("users", "create", "--email", f"{name}@example.org", "--name", name, "--role", "Admin")
        self.run_json("users", "edit", "--user", "ada@example.org", "--role", "User")
        for verb in (("edit", "--role", "User"), ("suspend",)):
            self.refuse(REFUSED, "users", verb[0], "--user", "bea@example.org", *verb[1:], says="administrator")
        self.assertEqual(self.run_json("users", "show", "--user", "bea@example.org")["role"], "Admin")

    def test_a_zone_of_ones_own_can_be_given_up(self):
        self.add_member("rosa@example.org", "--time-zone", "Asia/Tokyo")
        edit = ("users", "edit", "--user", "rosa@example.org")
        self.assertEqual(self.run_json(*edit, "--name", "Rosa M")["time_zone"], "Asia/Tokyo")
        self.refuse(INVALID, *edit, "--time-zone", "Asia/Tokyo", "--programme-time-zone", says="excludes")
        self.assertIsNone(self.run_json(*edit, "--programme-time-zone")["time_zone"])

    def test_an_email_is_unique_however_it_is_written(self):
        self.add_member()
        self.refuse(CONFLICT, "users", "create", "--email", "ROSA@Example.org", "--name", "Other", says="already")

    def test_a_password_comes_from_a_file_or_standard_input(self):
        self.add_member()
        changed = self.run_json("users", "set-password", "--user", "rosa@example.org", "--password-file", "-",
                                text="long enough\n")
        self.assertTrue(changed["has_password"])
        self.refuse(INVALID, "users", "set-password", "--user", "rosa@example.org", "--password-file", "-",
                    says="8 to 1024", text="short\n")
        self.refuse(INVALID, "users", "set-password", "--user", "rosa@example.org", "--password-file", "-",
                    says="must have 8 to 1024 characters", text="\u20ac" * 7 + "\n")  # of 21 bytes

    def at_a_terminal(self, *arguments):
        """The program, and its side of a terminal, once it has asked for a password."""
        ours, its = pty.openpty()
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, its)
        running = subprocess.Popen(self.command(*arguments), env=self.environment(), cwd=self.folder, stdin=its, stdout=subprocess.PIPE,
                                   stderr=its, text=True)
        self.addCleanup(running.stdout.close)
        said = b""
        while b"Password: " not in said:
            said += os.read(ours, 1000)
        return running, ours, its

    def test_a_password_typed_at_a_terminal_is_not_seen(self):
        self.add_member()
        set_password = ("users", "set-password", "--user", "rosa@example.org", "--password-file", "-")
        running, ours, its = self.at_a_terminal(*set_password)
        self.assertFalse(termios.tcgetattr(its)[3] & termios.ECHO)
        os.write(ours, b"a long secret\n")
        said, _ = running.communicate(timeout=SECONDS_MAX)
        self.assertEqual(running.returncode, DONE, said)
        self.assertRegex(said, "has password +true")
        self.assertEqual(os.read(ours, 1000), b"\r\n")
        self.assertTrue(termios.tcgetattr(its)[3] & termios.ECHO)
        for way in (signal.SIGINT, signal.SIGTERM):
            running, ours, its = self.at_a_terminal(*set_password)
            self.assertFalse(termios.tcgetattr(its)[3] & termios.ECHO)
            running.send_signal(way)
            running.wait(timeout=SECONDS_MAX)
            self.assertEqual(running.returncode, -way)
            self.assertTrue(termios.tcgetattr(its)[3] & termios.ECHO)

    def test_users_are_listed_highest_balance_first(self):
        for name, points in (("a", 5), ("b", 50), ("c", 20)):
            self.add_member(f"{name}@example.org")
            self.run_json("points", "adjust", "--user", f"{name}@example.org", "--points", points, "--reason", "gift")
        listed = self.run_json("users", "list")["data"]
        self.assertEqual([user["email"][0] for user in listed], ["b", "c", "a"])

    def test_a_reading_earns_points_and_a_redemption_spends_them(self):
        self.add_member()
        recorded = self.run_json(*RECORD, "--start", "2026-01-05T10:00:00Z", "--energy", "50.05")
        self.assertEqual((recorded["outcome"], recorded["points"], recorded["total_points"]), ("accepted", 500, 500))
        self.run_json("rewards", "create", "--name", "Kettle", "--points-required", 500, "--stock", 1)
        redeem = ("redemptions", "create", "--user", "rosa@example.org", "--reward", "kettle", "--key", "k1")
        first = self.run_json(*redeem)
        self.assertEqual((first["points_redeemed"], first["total_points"], first["replayed"]), (500, 0, False))
        again = self.run_json(*redeem)
        self.assertEqual((again["redemption_id"], again["replayed"]), (first["redemption_id"], True))
        self.refuse(REFUSED, *redeem[:-1], "k2", says="is left")
        cancelled = self.run_json("redemptions", "cancel", first["redemption_id"])
        self.assertEqual((cancelled["status"], cancelled["total_points"]), ("cancelled", 500))
        self.refuse(CONFLICT, "redemptions", "fulfil", first["redemption_id"], says="cancelled")
        self.audit()

    def test_a_plain_reading_of_another_value_is_a_conflict(self):
        self.add_member()
        start = ("--start", "2026-01-05T10:00:00Z")
        self.run_json(*RECORD, *start, "--energy", "1")
        self.assertEqual(self.run_json(*RECORD, *start, "--energy", "1")["outcome"], "duplicate")
        self.refuse(CONFLICT, *RECORD, *start, "--energy", "2", says="as_of")
        self.assertEqual(self.points(), 10)

    def test_what_is_owed_can_be_written_off(self):
        self.add_member()
        stated = (*RECORD, "--start", "2026-01-05T10:00:00Z")
        self.run_json(*stated, "--energy", "10", "--as-of", "2026-01-06T00:00:00Z")
        self.run_json("rewards", "create", "--name", "Bulb", "--points-required", 100, "--stock", 1)
        self.run_json("redemptions", "create", "--user", "rosa@example.org", "--reward", "Bulb", "--key", "k")
        lowered = self.run_json(*stated, "--energy", "4", "--as-of", "2026-01-07T00:00:00Z")
        self.assertEqual((lowered["outcome"], lowered["total_points"], lowered["points_owed"]), ("restated", 0, 60))
        write_off = ("points", "write-off", "--user", "rosa@example.org", "--reason", "goodwill", "--key", "w", "--points")
        off = self.run_json(*write_off, 50)
        self.assertEqual((off["total_points"], off["points_owed"], off["replayed"]), (0, 10, False))
        self.run_json("points", "adjust", "--user", "rosa@example.org", "--points", 30, "--reason", "gift")
        again = self.run_json(*write_off, 50)
        self.assertEqual((again["total_points"], again["points_owed"], again["replayed"]), (0, 0, True))
        reused = self.run_json(*write_off, 60, exit_code=CONFLICT)
        self.assertEqual(reused["error"]["code"], "key_reused")
        listed = self.run_json("points", "adjustments", "--user", "rosa@example.org")["data"]
        self.assertEqual([(row["kind"], row["points"]) for row in listed][:2], [("adjustment", 30), ("write_off", 50)])
        self.audit()

    def test_stock_moves_once_a_key(self):
        self.run_json("rewards", "create", "--name", "Lamp", "--points-required", 1, "--stock", 3)
        stock = ("rewards", "stock", "--name", "Lamp", "--reason", "delivery", "--key", "k", "--delta")
        self.assertFalse(self.run_json(*stock, 2)["replayed"])
        self.assertTrue(self.run_json(*stock, 2)["replayed"])
        self.refuse(CONFLICT, *stock, 3, says="was used for another movement")
        self.assertEqual(self.run_json("rewards", "show", "--name", "Lamp")["inventory"], 5)

    def test_a_token_is_shown_once_listed_and_revoked(self):
        self.add_member()
        made = self.run_json("tokens", "create", "--name", "meter gateway", "--expires", "2099-01-01")
        self.assertRegex(made["token"], f"^wbt_{made['token_id']}_[0-9a-f]{{64}}$")
        self.refuse(INVALID, "tokens", "create", "--name", "late", "--expires", "2020-01-01", says="expires_at")
        self.refuse(NOT_FOUND, "tokens", "revoke", "00000000-0000-7000-8000-000000000000", says="no such token")
        revoked = self.run_json("tokens", "revoke", made["token_id"])
        self.assertEqual(self.run_json("tokens", "revoke", made["token_id"]), revoked)
        self.assertEqual(self.run_json("tokens", "list")["data"], [revoked])
        self.assertIsNotNone(revoked["revoked_at"])
        self.assertNotIn(made["token"].rpartition("_")[2].encode(), (self.data / "wattback.db").read_bytes())

    def test_eight_processes_sell_exactly_the_stock(self):
        self.run_json("rewards", "create", "--name", "Lamp", "--points-required", 1, "--stock", 3)
        for i in range(8):
            self.add_member(f"m{i}@example.org")
            self.run_json("points", "adjust", "--user", f"m{i}@example.org", "--points", 10, "--reason", "gift")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(lambda i: self.run_any("redemptions", "create", "--user", f"m{i}@example.org", "--reward",
                                                         "Lamp", "--key", f"k{i}").returncode, range(8)))
        self.assertEqual(sorted(codes), [DONE] * 3 + [REFUSED] * 5)
        self.audit()

    def test_a_suspended_member_can_not_redeem(self):
        self.add_member()
        self.run_json("users", "suspend", "--user", "rosa@example.org")
        self.run_json("rewards", "create", "--name", "Pin", "--points-required", 1, "--stock", 1)
        self.refuse(REFUSED, "redemptions", "create", "--user", "rosa@example.org", "--reward", "Pin", "--key", "k",
                    says="suspended")

    def test_the_catalog_says_what_a_member_lacks(self):
        self.add_member()
        self.run_json("points", "adjust", "--user", "rosa@example.org", "--points", 30, "--reason", "gift")
        for name, price in (("Pin", 10), ("Mug", 50)):
            self.run_json("rewards", "create", "--name", name, "--points-required", price, "--stock", 1)
        rows = self.run_json("rewards", "list", "--user", "rosa@example.org")["data"]
        self.assertEqual([(row["name"], row["points_missing"]) for row in rows], [("Pin", 0), ("Mug", 20)])
        rows = self.run_json("rewards", "list", "--user", "rosa@example.org", "--affordable")["data"]
        self.assertEqual([row["name"] for row in rows], ["Pin"])

    def test_rules_are_published_two_days_ahead(self):
        self.add_member()
        rules = self.write("rules.json", '{"points_per_kwh": {"Renewable": 12.5, "Non-Renewable": 0.25}, "daily_cap": 90}')
        self.refuse(NOT_FOUND, "rules", "publish", "--rules", self.folder / "none.json", "--follows", 1,
                    "--effective-day", "2200-01-01", says="none.json can't be read: No such file")
        publish = ("rules", "publish", "--rules", rules, "--follows", 1, "--effective-day")
        self.refuse(INVALID, *publish, "2026-01-01", says="or later")
        published = self.run_json(*publish, "2200-01-01")
        self.assertEqual(published["points_per_kwh"], {"Non-Renewable": 0.25, "Renewable": 12.5})
        self.assertEqual(self.run_json(*publish, "2200-01-01")["rules_version"], 2)
        self.refuse(CONFLICT, *publish, "2200-01-02", says="other content")

    def test_a_programme_of_its_own_rules(self):
        rules = self.write("rules.json", '{"points_per_kwh": {"Renewable": 1}, "daily_cap": 20}')
        self.run_json("programme", "create", "--name", "Ours", "--time-zone", "Europe/Berlin", "--rules", rules)
        self.add_member()
        self.run_json(*RECORD, "--start", "2026-01-05T10:00:00Z", "--energy", "50")
        self.assertEqual(self.points(), 20)
        summary = self.run_json("programme", "summary")
        self.assertEqual((summary["members"], summary["points_outstanding"], summary["renewable_kwh"]), (1, 20, 50))


if __name__ == "__main__":
    unittest.main()
