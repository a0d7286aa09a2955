#!/usr/bin/env python3
"""The judge sees what is missing, doubled or altered: it is done to a store by hand, behind the program's back."""

import asyncio
import contextlib
import random
import shutil
import sqlite3
import tempfile
import time
import unittest
import uuid
from pathlib import Path

import books
import judge
from journal import Attempt, Journal, Operation, in_doubt, told
from load import Load
from population import Population, sign_in
from service import Service
from wire import Answer, Connection

LOAD_MAX_S = 60
KINDS = {*judge.PLACES, *judge.ENDS, "record", "bulk", "join"} - {"write_off"}  # few owe anything


class JudgeTest(unittest.TestCase):
    """One programme under load for a while; each test alters a copy of its store."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="wattback-faults-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.service = Service(cls.folder)
        cls.addClassCleanup(cls.service.close)
        cls.journal = Journal(cls.folder / "journal.jsonl")
        cls.addClassCleanup(cls.journal.close)
        cls.population = None
        for copy in ("early", "whole"):
            asyncio.run(cls.load())
            shutil.copytree(cls.folder / "data", cls.folder / copy)

    @classmethod
    async def load(cls):
        server = cls.service.serve()
        if cls.population is None:
            connection = Connection(server.port)
            cls.population = await Population.found(connection, await sign_in(connection))
            connection.close()
        load = Load([server.port], cls.population, cls.journal, random.Random(7))
        before, until = set(cls.journal.attempts), time.monotonic() + LOAD_MAX_S
        while not cls.kinds_done(before) >= KINDS and time.monotonic() < until:
            await asyncio.sleep(0.2)
        await load.stop()
        server.end()

    @classmethod
    def kinds_done(cls, before):
        """Of operations that are not among those from before."""
        return {attempts[0].operation.name for key, attempts in cls.journal.attempts.items()
                if key not in before and told(attempts)}

    def setUp(self):
        self.data = self.folder / "data"
        self.restore("whole")

    def restore(self, copy):
        shutil.rmtree(self.data)
        shutil.copytree(self.folder / copy, self.data)

    def read(self):
        server = self.service.serve()
        try:
            return asyncio.run(books.read(server.port, self.population))
        finally:
            server.kill()

    def faults(self):
        read = self.read()
        return judge.keeps_its_rules(read) + judge.keeps_its_word(read, self.journal)

    def execute(self, statement, *values):
        """It must alter one row."""
        with contextlib.closing(sqlite3.connect(self.data / "wattback.db")) as store, store:
            self.assertEqual(store.execute(statement, values).rowcount, 1)

    def expect(self, *says):
        faults = "\n".join(self.faults())
        for words in says:
            self.assertIn(words, faults)

    def acknowledged(self, *names):
        """One of them that was acknowledged: its operation and what it was told."""
        return next((operation, told(attempts)) for operation, attempts in self.journal.operations(*names)
                    if told(attempts))

    def a_pending_redemption(self):
        ended = {operation.arguments["redemption"] for operation, _ in self.journal.operations("cancel", "fulfil")}
        return next((operation, answer) for operation, attempts in self.journal.operations("redeem")
                    if (answer := told(attempts)) and answer["redemption_id"] not in ended)

    def test_nothing_is_wrong_where_nothing_was_done(self):
        self.assertEqual(self.faults(), [])
        self.assertEqual(self.journal.in_doubt(), [])

    def test_a_lost_redemption(self):
        operation, answer = self.a_pending_redemption()
        self.execute("DELETE FROM redemptions WHERE redemption_id = ?", uuid.UUID(answer["redemption_id"]).bytes)
        self.expect(f"{operation.key} was acknowledged as {answer['redemption_id']} and is not there",
                    "nothing explains redeemed", "are left")

    def test_an_adjustment_paid_twice(self):
        _, answer = self.acknowledged("adjust")
        self.execute("""INSERT INTO points_ledger
            SELECT user_id, (SELECT max(seq) + 1 FROM points_ledger AS last WHERE last.user_id = one.user_id),
              kind, points, owed, balance, carry, cause, day, day_renewable, day_non_renewable, day_award,
              day_award_change, rules_version, reason_code, actor, created_at, hash
            FROM points_ledger AS one WHERE cause = ?""", uuid.UUID(answer["adjustment_id"]).bytes)
        self.expect(f"adjusted {answer['adjustment_id']} should be one entry", "is not the sum of its entries")

    def test_points_out_of_nothing(self):
        member = self.population.members[0]
        self.execute("UPDATE users SET total_points = total_points + 1 WHERE user_id = ?",
                     uuid.UUID(member.user_id).bytes)
        self.expect(member.user_id, "is not the sum of its entries")

    def test_a_lost_delivery(self):
        operation, answer = self.acknowledged("move_stock")
        self.execute("DELETE FROM stock_movements WHERE movement_id = ?", uuid.UUID(answer["movement_id"]).bytes)
        self.expect(f"{operation.key} was acknowledged as {answer['movement_id']} and is not there", "are left")

    def test_a_reading_put_back(self):
        operation, answer = self.acknowledged("record")
        self.execute("UPDATE energy_usage SET energy_consumed = energy_consumed + 1 WHERE usage_id = ?",
                     uuid.UUID(answer["usage_id"]).bytes)
        self.expect(f"the reading {(operation.arguments['member'], operation.arguments['slot'])} is", "its days are")

    def test_a_cancelled_redemption_that_is_pending_again(self):
        _, answer = self.acknowledged("cancel")
        self.execute("UPDATE redemptions SET status = 'pending' WHERE redemption_id = ?",
                     uuid.UUID(answer["redemption_id"]).bytes)
        self.expect(f"redemption {answer['redemption_id']} is pending; told was cancelled",
                    f"nothing explains refunded {answer['redemption_id']}")

    def test_a_store_of_an_earlier_moment(self):
        """As if what was acknowledged had never reached the disk. In itself it is whole."""
        self.restore("early")
        read = self.read()
        self.assertEqual(judge.keeps_its_rules(read), [])
        faults = "\n".join(judge.keeps_its_word(read, self.journal))
        for words in ("and is not there", "told was", "it should be", "joined as"):
            self.assertIn(words, faults)

    def another_journal(self, attempts):
        journal = Journal(self.folder / "another.jsonl")
        self.addCleanup(journal.close)
        journal.attempts = attempts
        return journal

    def test_an_effect_that_nobody_asked_for(self):
        """The journal without one of the operations, which is then in the books alone."""
        operation, answer = self.acknowledged("redeem")
        journal = self.another_journal({key: attempts for key, attempts in self.journal.attempts.items()
                                        if key != operation.key})
        self.assertIn(f"1 that nobody was told of, 0 in doubt: ['{answer['redemption_id']}']",
                      "\n".join(judge.keeps_its_word(self.read(), journal)))

    def test_what_was_refused_and_yet_done(self):
        operation, answer = self.acknowledged("adjust")
        refused = Attempt(operation, 1, 1, end=2, answer=Answer(409, False, '{"code": "insufficient_points"}'))
        journal = self.another_journal(self.journal.attempts | {operation.key: [refused]})
        self.assertIn(f"1 that nobody was told of, 0 in doubt: ['{answer['adjustment_id']}']",
                      "\n".join(judge.keeps_its_word(self.read(), journal)))

    def test_answers_that_no_client_should_see(self):
        operation, _ = self.acknowledged("redeem")
        done = self.journal.attempts[operation.key]
        strange = Attempt(operation, 1, 1, end=2, answer=Answer(404, False, '{"code": "not_found"}'))
        anew = Attempt(operation, 1, 1, end=2, answer=Answer(201, False, '{"redemption_id": "another"}'))
        failed = Attempt(operation, 1, 1)
        journal = self.another_journal({operation.key: [*done, strange, anew]})
        journal.answer(failed, Answer(500, False, '{"code": "internal"}'))
        faults = "\n".join([*judge.check_answers(journal), *judge.check_refusals(journal)])
        for words in ("was done anew more than once", "is answered differently", 'was refused: {"code": "not_found"}',
                      "the server's own fault"):
            self.assertIn(words, faults)


class InDoubtTest(unittest.TestCase):
    def is_in_doubt(self, *attempts):
        """Of one operation: each is its answer's status or None, and what settles begins with a plus."""
        operation = Operation("adjust", "k", {}, ())
        return in_doubt([Attempt(operation, 1, number, settles=str(each).startswith("+"),
                                 answer=None if str(each).endswith("None") else Answer(int(each), False, "{}"))
                         for number, each in enumerate(attempts)])

    def test_what_has_no_answer_is_in_doubt_until_it_is_settled(self):
        for doubtful in [("None",), ("None", "+None"), ("409", "None"), ("None", "409"), ("None", "+409", "None"),
                         ("None", "+409", "None", "409"), ("None", "+409", "None", "+None")]:
            self.assertTrue(self.is_in_doubt(*doubtful), doubtful)
        for settled in [("201",), ("409",), ("None", "201"), ("None", "+409"), ("None", "+409", "409"),
                        ("None", "+409", "None", "+409"), ("None", "+409", "None", "201")]:
            self.assertFalse(self.is_in_doubt(*settled), settled)


if __name__ == "__main__":
    unittest.main()
