"""A journal as a history for check_history: JSON lines of process, operation, arguments, start, end, outcome."""

import json
import os
import subprocess

from journal import REPLAYED, in_doubt
from service import ROOT, Broken

CHECKER = ROOT / "build" / "go" / "check_history"
TOLD = {"total_points": "balance", "points_owed": "owed", "inventory": "inventory"}
READS = ("balance", "stock")


def line(attempts, start, end, answer):
    operation = attempts[0].operation
    outcome = None
    if answer is not None:
        said = answer.content if answer.done else {}
        said = {} if isinstance(said, list) else said
        outcome = {"code": answer.code} | {short: said[name] for name, short in TOLD.items() if name in said}
    return {"process": attempts[0].process, "operation": operation.name, "arguments": operation.arguments,
            "start": start, "end": end, "outcome": outcome}


def lines_of(attempts):
    """One line an effect, and one a refusal. What answers anew each time has a line each time."""
    name = attempts[0].operation.name
    for attempt in attempts:
        if attempt.answer is not None and not (attempt.done and name in REPLAYED):
            yield line([attempt], attempt.start, attempt.end, attempt.answer)
    done = [attempt for attempt in attempts if attempt.done]
    unanswered = [attempt for attempt in attempts if attempt.answer is None]
    if name in REPLAYED and done:
        anew = [attempt for attempt in done if not attempt.answer.replayed and name != "cancel"]
        first = anew[0] if anew else min(done, key=lambda attempt: attempt.end)
        start = first.start if anew else min(attempt.start for attempt in attempts)
        yield line(attempts, start, first.end, first.answer)
    elif in_doubt(attempts) or name == "record" and unanswered and not done:
        yield line(attempts, min(attempt.start for attempt in attempts), None, None)
    elif name == "record" and unanswered:
        yield from of_a_repeated_reading(unanswered, done)


def of_a_repeated_reading(unanswered, done):
    """It came to pass by the end of a repeat, whose answer may tell of a later moment; after one it changes nothing."""
    start, end = min(attempt.start for attempt in unanswered), min(attempt.end for attempt in done)
    if start < end:
        yield line(unanswered, start, end, None) | {"outcome": {"code": "done"}}


def write(journal, path):
    """Without the balances of members who are sent bulks: of the many lines of one nobody is told what each left,
    and there are too many orders to try."""
    of_bulks = {each["member"] for operation, _ in journal.operations("bulk")
                for each in operation.arguments["readings"]}
    with path.open("w", encoding="utf-8") as file:
        for attempts in journal.attempts.values():
            operation = attempts[0].operation
            if operation.name in READS and attempts[0].answer is None or operation.name in ("bulk", "join"):
                continue
            for each in lines_of(attempts):
                if each["arguments"].get("member") in of_bulks:
                    each["arguments"] = each["arguments"] | {"member": ""}
                file.write(json.dumps(each) + "\n")


def check(path):
    """Raises what no order explains."""
    if not os.access(CHECKER, os.X_OK):
        raise SystemExit(f"there is no {CHECKER}; tools/setup.sh builds it (install_history_checker)")
    finished = subprocess.run([CHECKER, path], capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise Broken(finished.stdout + finished.stderr)
    return finished.stdout.strip()
