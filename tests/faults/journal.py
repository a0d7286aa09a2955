"""What was sent, noted before it was, and what was answered, noted after. Nothing here is told by the program.

An operation is known by its key: attempts with one key ask for one effect. The key is the Idempotency-Key
where there is one; otherwise it says what is to be done ("cancel <id>").
"""

import dataclasses
import json
import time

# Operations whose repeat answers as the first time.
REPLAYED = ("redeem", "adjust", "write_off", "move_stock", "cancel")


@dataclasses.dataclass(frozen=True, eq=False)
class Operation:
    name: str
    key: str
    arguments: dict  # what the judge and the history know it by
    request: tuple  # method, path, token, body, Idempotency-Key or None


@dataclasses.dataclass(eq=False)
class Attempt:
    operation: Operation
    process: int
    start: int
    settles: bool = False  # sent to learn what became of those before
    end: int | None = None
    answer: object = None  # a definite one

    @property
    def done(self):
        return self.answer is not None and self.answer.done


class Journal:
    def __init__(self, path):
        self.path, self.file = path, path.open("w", encoding="utf-8", buffering=1)
        self.attempts = {}  # by key, in the order they were sent
        self.in_flight = set()
        self.acknowledged = self.refused = self.uncertain = 0
        self.server_faults = []

    def send(self, process, operation, settles=False):
        attempt = Attempt(operation, process, time.monotonic_ns(), settles)
        self.note(attempt, "sent", arguments=operation.arguments)
        self.attempts.setdefault(operation.key, []).append(attempt)
        self.in_flight.add(attempt)
        return attempt

    def answer(self, attempt, answer):
        """`answer` is None where there was none; one that leaves open what happened is as good as none."""
        self.in_flight.discard(attempt)
        if answer is None or answer.uncertain:
            self.uncertain += 1
            if answer is not None and answer.status == 500:
                self.server_faults.append(f"{attempt.operation.key}: {answer.body}")
            self.note(attempt, "no answer" if answer is None else answer.status)
            return
        attempt.end, attempt.answer = time.monotonic_ns(), answer
        self.acknowledged += answer.done
        self.refused += not answer.done
        self.note(attempt, answer.status, body=answer.content, replayed=answer.replayed)

    def note(self, attempt, what, **more):
        words = {"at": time.monotonic_ns(), "process": attempt.process, "operation": attempt.operation.name,
                 "key": attempt.operation.key, "what": what}
        self.file.write(json.dumps(words | more) + "\n")

    def close(self):
        self.file.close()

    def operations(self, *names):
        """Each operation of these names, with its attempts."""
        for attempts in self.attempts.values():
            if attempts[0].operation.name in names:
                yield attempts[0].operation, attempts

    def in_doubt(self):
        """What is to be settled: every operation that has an attempt nobody answered, and was not done."""
        return [attempts[0].operation for attempts in self.attempts.values()
                if attempts[0].operation.name not in ("balance", "stock") and in_doubt(attempts)]


def in_doubt(attempts):
    """An answer settles what became of an attempt without one only if it was asked for after the fault; what is sent
    again later, and stays without one, is in doubt anew."""
    if any(attempt.done for attempt in attempts):
        return False
    return next((attempt.answer is None for attempt in reversed(attempts) if attempt.answer is None or attempt.settles),
                False)


def told(attempts):
    """What the first answer that says it is done says; None while there is none."""
    return next((attempt.answer.content for attempt in attempts if attempt.done), None)
