#!/usr/bin/env python3
"""Two servers on one replica set: what one does the other sees, and what both sell is there once."""

import concurrent.futures
import contextlib
import statistics
import subprocess
import time
import unittest
import uuid

from bson import Int64
from bson.binary import Binary
from store_by_hand import HandTest  # noqa: I001
from wattback import SECONDS_MAX

CONNECTIONS = 32  # of each server
ROUNDS_MAX = 10  # for what happens almost always
FRESH_S = 1.0  # how late a server may show what another did to the catalog
HEARD_S = 0.3  # and mostly does, where it listens
CHANGES = 15
HELD_S, MEANWHILE_MIN = 4, 100  # what is held; were each of those who want it to meet it, others had some 30 answers
SECRET = "a long secret"


class TwoServersTest(HandTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.database.client.drop_database, self.database.name)
        self.servers = [self.another_server(), self.another_server()]
        self.admin = self.servers[0].sign_in()

    def add_members(self, count, points):
        members = []
        for number in range(count):
            email = f"member{number}@example.org"
            user = self.run_json("users", "create", "--email", email, "--name", f"Member {number}", "--password-file",
                                 self.write("secret", SECRET + "\n"))["user_id"]
            self.run_json("points", "adjust", "--user", email, "--points", points, "--reason", "welcome",
                          "--key", f"welcome-{number}")
            members.append((user, self.servers[number % 2].sign_in(email, SECRET)))
        return members

    def add_reward(self, name, points, stock):
        return self.run_json("rewards", "create", "--name", name, "--points-required", points,
                             "--stock", stock)["reward_id"]

    def redeem(self, server, session, reward, key):
        return server.ask("POST", "/api/v1/users/me/redemptions", {"reward_id": reward}, session, Idempotency_Key=key)

    def redeem_at_once(self, wanted):
        """Each (server, session, reward, key) at the same time as the others."""
        with concurrent.futures.ThreadPoolExecutor(2 * CONNECTIONS) as pool:
            return list(pool.map(lambda words: self.redeem(*words), wanted))

    def hold(self):
        self.assertTrue(self.run_json("audit")["ok"])

    def conflicts(self, server):
        """How often it was refused a commit because another had come first."""
        lines = server.ask("GET", "/metrics").body.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith("wattback_committer_conflicts_total"))

    def have_met(self):
        return sum(map(self.conflicts, self.servers)) > 0

    @contextlib.contextmanager
    def changing(self, reward):
        """Another changes it all the while, and then does not."""
        with self.database.client.start_session() as session:
            session.start_transaction()
            self.here.rewards.update_one({"name": reward}, {"$set": {"description": "Not yet."}}, session=session)
            try:
                yield
            finally:
                session.abort_transaction()

    def test_a_hot_reward_sells_exactly_its_stock(self):
        stock = 7
        members = self.add_members(8, points=1000)
        for number in range(ROUNDS_MAX):
            reward = self.add_reward(f"Kettle {number}", 10, stock)
            answers = self.redeem_at_once([(self.servers[n % 2], members[n % 8][1], reward, f"hot-{number}-{n}")
                                           for n in range(64)])
            told = sorted(answer.status for answer in answers)
            self.assertEqual(told.count(201), stock, [answer.body for answer in answers if answer.status >= 500])
            self.assertEqual(told.count(409), 64 - stock)
            self.assertEqual({answer.json()["code"] for answer in answers if answer.status == 409}, {"out_of_stock"})
            if self.have_met():
                break
        self.assertTrue(self.have_met(), "the servers never met")
        self.hold()

    def test_a_balance_is_spent_once(self):
        ((_, session),) = self.add_members(1, points=70)
        reward = self.add_reward("Bulb", 10, 1000)
        answers = self.redeem_at_once([(self.servers[n % 2], session, reward, f"once-{n}") for n in range(40)])
        self.assertEqual(sorted({answer.status for answer in answers}), [201, 409])
        self.assertEqual(sum(answer.status == 201 for answer in answers), 7)
        self.hold()

    def test_one_key_has_one_effect_whoever_is_asked(self):
        ((_, session),) = self.add_members(1, points=1000)
        reward = self.add_reward("Bulb", 10, 1000)
        answers = self.redeem_at_once([(self.servers[n % 2], session, reward, "the-same") for n in range(20)])
        self.assertEqual({answer.status for answer in answers}, {201})
        self.assertEqual(len({answer.json()["redemption_id"] for answer in answers}), 1)
        self.assertEqual(sum("Idempotency-Replayed" in answer.headers for answer in answers), 19)
        self.hold()

    def test_innocents_commit_while_a_hot_key_waits(self):
        members = self.add_members(8, points=10_000)
        hot, quiet = self.add_reward("Hot", 1, 100), self.add_reward("Quiet", 1, 100)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            with self.changing("Hot"):
                waiting = [pool.submit(self.redeem, self.servers[n], members[n][1], hot, f"hot-{n}") for n in (0, 1)]
                while not all(map(self.conflicts, self.servers)):
                    self.assertFalse(any(each.done() for each in waiting), "a commit did not mind another's")
                answers = self.redeem_at_once([(self.servers[n % 2], members[n][1], quiet, f"quiet-{n}")
                                               for n in range(2, 8)])
                self.assertEqual({answer.status for answer in answers}, {201})
                self.assertFalse(any(each.done() for each in waiting), "the hot ones did not wait")
            self.assertEqual([each.result().status for each in waiting], [201, 201])
        self.hold()

    def test_many_who_want_what_is_held_do_not_hold_up_the_others(self):
        server, members = self.servers[0], self.add_members(8, points=100_000)
        hot, quiet = self.add_reward("Hot", 1, 10_000), self.add_reward("Quiet", 1, 100_000)

        def redeem_on(number):
            until, answered = time.monotonic() + HELD_S, []
            while time.monotonic() < until:
                answered.append(self.redeem(server, members[number][1], quiet, f"quiet-{number}-{len(answered)}").status)
            return answered

        with concurrent.futures.ThreadPoolExecutor(2 * CONNECTIONS) as pool:
            with self.changing("Hot"):
                waiting = [pool.submit(self.redeem, server, members[n % 4][1], hot, f"hot-{n}") for n in range(CONNECTIONS)]
                while not self.conflicts(server):
                    self.assertFalse(any(each.done() for each in waiting), "a commit did not mind another's")
                answered = [status for answers in pool.map(redeem_on, range(4, 8)) for status in answers]
                self.assertEqual(set(answered), {201})
                self.assertGreater(len(answered), MEANWHILE_MIN)
            self.assertLessEqual({each.result().status for each in waiting}, {201, 503})
        self.hold()

    def test_under_load_from_both_conflicts_are_retried(self):
        members = self.add_members(8, points=10_000)
        hot, others = self.add_reward("Hot", 1, 10_000), [self.add_reward(f"Quiet {n}", 1, 10_000) for n in range(4)]
        wanted = [(self.servers[n // 2 % 2], members[n % 8][1], hot if n % 2 else others[n % 4], f"mixed-{n}")
                  for n in range(200)]
        answers = self.redeem_at_once(wanted)
        self.assertEqual({answer.status for answer in answers}, {201})
        self.assertTrue(self.have_met(), "the servers never met")
        self.hold()

    def test_a_session_ended_and_a_member_suspended_elsewhere(self):
        one, other = self.servers
        ((user, session),) = self.add_members(1, points=1)
        self.assertEqual(other.ask("GET", "/api/v1/me", bearer=session).status, 200)
        self.assertEqual(one.ask("DELETE", "/api/v1/me/sessions/current", bearer=session).status, 204)
        self.assertEqual(other.ask("GET", "/api/v1/me", bearer=session).status, 401)

        session = one.sign_in("member0@example.org", SECRET)
        self.assertEqual(other.ask("GET", "/api/v1/me", bearer=session).status, 200)
        etag = one.ask("GET", f"/api/v1/users/{user}", bearer=self.admin).headers["ETag"]
        suspended = one.ask("PATCH", f"/api/v1/users/{user}", {"status": "suspended"}, self.admin, If_Match=etag)
        self.assertEqual(suspended.status, 200, suspended.body)
        self.assertEqual(other.ask("GET", "/api/v1/me", bearer=session).status, 401)

    def test_the_catalog_is_fresh_at_once_by_the_change_stream(self):
        one, other = self.servers
        reward = self.add_reward("Kettle", 10, 5)

        def price():
            page = other.ask("GET", "/api/v1/rewards", bearer=self.admin).json()
            return page["data"][0]["points_required"], page["data"][0]["inventory"]

        def wait_for(expected):
            """Seconds until it is shown."""
            began = time.monotonic()
            while price() != expected:
                self.assertLess(time.monotonic() - began, FRESH_S, f"not {expected} yet")
            return time.monotonic() - began

        wait_for((10, 5))
        etag = one.ask("GET", f"/api/v1/rewards/{reward}", bearer=self.admin).headers["ETag"]
        lags = []
        for points in range(20, 20 + CHANGES):
            edited = one.ask("PATCH", f"/api/v1/rewards/{reward}", {"points_required": points}, self.admin,
                             If_Match=etag)
            self.assertEqual(edited.status, 200, edited.body)
            etag = edited.headers["ETag"]
            lags.append(wait_for((points, 5)))
        # Without a stream the server looks anew every 0.8 s, right after a change was seen most lately.
        self.assertLess(statistics.median(lags), HEARD_S, f"no change stream told of them: {lags}")
        moved = one.ask("POST", f"/api/v1/rewards/{reward}/stock-movements", {"delta": 3, "reason_code": "delivery"},
                        self.admin, Idempotency_Key=uuid.uuid4().hex)
        self.assertEqual(moved.status, 201, moved.body)
        wait_for((points, 8))


class ImportKeptWaiting(HandTest):
    """By the open transaction of another: that of a killed process stays so for a minute or more."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.database.client.drop_database, self.database.name)

    def expect_told(self, write, *arguments):
        """It says that it waits while what `write` writes is in no commit, and goes on then."""
        with self.database.client.start_session() as session, session.start_transaction():
            write(session)
            running = subprocess.Popen(self.command(*arguments), cwd=self.folder, env=self.environment(), text=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(running.stdout.close)
            self.addCleanup(running.stderr.close)
            told = running.stderr.readline()
            session.abort_transaction()
        said, complained = running.communicate(timeout=SECONDS_MAX)
        self.assertEqual(running.returncode, 0, told + said + complained)
        self.assertRegex(told, "^the import waits: another commit changes the same documents$")
        self.audit()

    def test_it_says_so(self):
        user = self.here.users
        member = self.add_member()["user_id"]
        file = self.write("a.csv", "start,duration,value\n2026-01-05T00:00:00Z,3600,1\n")
        self.expect_told(lambda session: user.update_one({"_id": Binary(uuid.UUID(member).bytes, 4)},
                                                         {"$inc": {"version": Int64(1)}}, session=session),
                         "usage", "import", file, "--user", "rosa@example.org", "--energy-type", "Renewable")
        self.assertEqual(self.points(), 10)
        self.expect_told(lambda session: user.update_one({"_id": Binary(uuid.UUID(member).bytes, 4)},
                                                         {"$inc": {"version": Int64(1)}}, session=session),
                         "users", "import", self.write("b.csv", "email,name\nrosa@example.org,Rosalia\n"))


if __name__ == "__main__":
    unittest.main()
