#!/usr/bin/env python3
"""check_history passes what some order explains, and refuses what none does. The histories are made by hand."""

import json
import subprocess
import tempfile
import unittest

from history import CHECKER


def operation(name, start, end, outcome=None, **arguments):
    return {"process": 1, "operation": name, "arguments": arguments, "start": start, "end": end, "outcome": outcome}


def done(**told):
    return {"code": "done"} | told


def redeem(start, end, outcome=None, points=20):
    return operation("redeem", start, end, outcome, member="rosa", reward="kettle", points=points)


def give(points, start, end, outcome=None):
    return operation("adjust", start, end, outcome, member="rosa", points=points)


def stock(delta, start, end, outcome=None):
    return operation("move_stock", start, end, outcome, reward="kettle", delta=delta)


def record(mwh, as_of, start, end, outcome=None):
    return operation("record", start, end, outcome, member="rosa", slot="10:00", earns=True, mwh=mwh, as_of=as_of)


FUNDED = [give(30, 1, 2, done(balance=30)), stock(5, 1, 2, done())]
REFUSED, SOLD_OUT = {"code": "insufficient_points"}, {"code": "out_of_stock"}


class HistoryTest(unittest.TestCase):
    def check(self, history):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
            file.write("".join(json.dumps(line) + "\n" for line in history))
            file.flush()
            return subprocess.run([CHECKER, file.name], capture_output=True, text=True, check=False)

    def hold(self, *history):
        finished = self.check(history)
        self.assertEqual(finished.returncode, 0, finished.stdout + finished.stderr)

    def refuse(self, says, *history):
        finished = self.check(history)
        self.assertEqual(finished.returncode, 1, finished.stdout + finished.stderr)
        self.assertIn(f"no order explains the {says}", finished.stdout)

    def test_one_after_the_other(self):
        self.hold(*FUNDED, redeem(3, 4, done(balance=10)), redeem(5, 6, REFUSED))

    def test_at_once_in_either_order(self):
        self.hold(*FUNDED, redeem(3, 9, REFUSED), redeem(3, 9, done(balance=10)))

    def test_spent_twice(self):
        self.refuse("3 operations of member rosa", *FUNDED, redeem(3, 9, done()), redeem(3, 9, done()))

    def test_a_balance_of_the_past(self):
        self.refuse("3 operations of member rosa", *FUNDED, redeem(3, 4, done(balance=10)),
                    operation("balance", 5, 6, done(balance=30), member="rosa"))

    def test_a_reason_that_does_not_hold(self):
        self.refuse("2 operations of member rosa", *FUNDED, redeem(3, 4, REFUSED))
        self.refuse("2 operations of reward kettle", *FUNDED, redeem(3, 4, SOLD_OUT))

    def test_one_sold_twice(self):
        self.refuse("3 operations of reward kettle", give(99, 1, 2, done()), stock(1, 1, 2, done()),
                    redeem(3, 9, done()), redeem(3, 9, done()))

    def test_many_at_once_that_are_alike(self):
        """More of them than there is time to try in every order."""
        many = [stock(each, 10 + i, 90 + i, done()) for i in range(20) for each in (1, -1)]
        nested = [redeem(20 + i, 80 - i, done()) for i in range(5)]
        history = [give(100, 1, 2, done()), stock(50, 1, 2, done()), *many, *nested]
        self.hold(*history, operation("stock", 200, 201, done(inventory=45), reward="kettle"))
        self.refuse("47 operations of reward kettle", *history,
                    operation("stock", 200, 201, done(inventory=44), reward="kettle"))

    def test_a_refund_too_many(self):
        back = operation("cancel", 5, 6, done(balance=50), member="rosa", reward="kettle", points=20)
        self.refuse("3 operations of member rosa", *FUNDED, redeem(3, 4, done(balance=10)), back)

    def test_without_an_outcome_it_may_have_happened_or_not(self):
        for balance in (30, 10):
            self.hold(*FUNDED, redeem(3, None), operation("balance", 5, 6, done(balance=balance), member="rosa"))
        self.hold(*FUNDED, redeem(3, None), operation("balance", 5, 6, done(balance=30), member="rosa"),
                  operation("balance", 7, 8, done(balance=10), member="rosa"))

    def test_without_an_outcome_it_did_not_happen_twice_nor_before_it_was_sent(self):
        self.refuse("3 operations of member rosa", *FUNDED, redeem(3, None, points=10),
                    operation("balance", 5, 6, done(balance=10), member="rosa"))
        self.refuse("3 operations of member rosa", *FUNDED, redeem(7, None),
                    operation("balance", 5, 6, done(balance=10), member="rosa"))

    def test_readings_in_any_order(self):
        self.hold(record(1_000_000, "2", 1, 9, done(balance=10, owed=0)),
                  record(700_000, "1", 1, 9, done(balance=10)), record(500_000, "2", 10, 11, done(balance=5)))

    def test_points_owed(self):
        self.hold(record(5_000_000, "1", 1, 2, done(balance=50)), give(-20, 3, 4, done(balance=30)),
                  record(0, "2", 5, 6, done(balance=0, owed=20)), give(25, 7, 8, done(balance=5)))

    def test_a_restatement_that_lost_and_was_paid(self):
        self.refuse("2 operations of member rosa", record(1_000_000, "2", 1, 2, done(balance=10)),
                    record(9_000_000, "1", 3, 4, done(balance=90)))

    def test_no_history(self):
        finished = self.check([])
        self.assertEqual(finished.returncode, 1, finished.stdout)


if __name__ == "__main__":
    unittest.main()
