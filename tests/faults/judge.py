"""Says what is wrong with the books, in words. It knows the rules itself and shares no code with the program.

`keeps_its_rules` looks at the books alone, `keeps_its_word` holds them to a journal.
"""

import collections
import datetime
import itertools
import zoneinfo

from journal import told
from population import EARNING

ZONE = zoneinfo.ZoneInfo("Europe/Lisbon")
POINTS_PER_KWH, MWH_PER_KWH = 10, 1_000_000

# Where an effect stands: of whom, in which list, under which name. An id in an answer is in that list once.
Place = collections.namedtuple("Place", "owner list identity")
PLACES = {
    "redeem": Place("member", "redemptions", "redemption_id"),
    "adjust": Place("member", "adjustments", "adjustment_id"),
    "write_off": Place("member", "adjustments", "adjustment_id"),
    "move_stock": Place("reward", "movements", "movement_id"),
}

# Why an operation may be refused; that the reason held is for check_history to say.
REASONS = {
    "redeem": ("insufficient_points", "out_of_stock"),
    "adjust": ("insufficient_points",),
    "write_off": ("limit_exceeded",),
    "move_stock": ("out_of_stock",),
    "cancel": ("conflict",),
    "fulfil": ("conflict",),
    "join": ("already_exists",),
}
ENDS = {"cancel": "cancelled", "fulfil": "fulfilled"}


def earned(mwh):
    return mwh * POINTS_PER_KWH // MWH_PER_KWH


def in_mwh(reading):
    return round(reading["energy_consumed"] * MWH_PER_KWH)


def read_time(text):
    return datetime.datetime.fromisoformat(text)


# -- the books alone


def keeps_its_rules(books):
    faults = []
    for user, page in books.members.items():
        faults += [f"member {user}: {fault}" for check in (check_statement, check_causes, check_usage)
                   for fault in check(page)]
    for reward, page in books.rewards.items():
        faults += [f"reward {reward}: {fault}" for fault in check_stock(page)]
    return faults


def check_statement(page):
    balance = owed = 0
    for number, entry in enumerate(reversed(page["statement"]), 1):
        balance, owed = balance + entry["points"], owed + entry["owed"]
        if entry["seq"] != number:
            yield f"entry {entry['seq']} stands where {number} belongs"
        if entry["balance"] != balance or balance < 0 or owed < 0 or balance and owed:
            yield f"entry {entry['seq']} leaves {entry['balance']}; its sums are {balance} points and {owed} owed"
    points = page["points"]
    if (points["total_points"], points["points_owed"], points["entries"]) != (balance, owed, len(page["statement"])):
        yield f"{points} is not the sum of its entries: {balance} points, {owed} owed"


def moved(entry):
    return entry["points"] - entry["owed"]


def check_causes(page):
    """Each redemption was paid once and each cancelled one given back once; each adjustment moved points once."""
    entries = collections.defaultdict(list)
    for entry in page["statement"]:
        entries[entry["kind"], entry["cause"]].append(entry)
    expected = {}
    for each in page["redemptions"]:
        expected["redeemed", each["redemption_id"]] = -each["points_redeemed"]
        if each["status"] == "cancelled":
            expected["refunded", each["redemption_id"]] = each["points_redeemed"]
    for each in page["adjustments"]:
        expected["adjusted", each["adjustment_id"]] = each["points"]
    for (kind, cause), points in expected.items():
        if [moved(entry) for entry in entries.get((kind, cause), [])] != [points]:
            yield f"{kind} {cause} should be one entry of {points}: {entries.get((kind, cause), [])}"
    for (kind, cause), found in entries.items():
        if kind not in ("earned", "restated") and (kind, cause) not in expected:
            yield f"nothing explains {kind} {cause}: {found}"
    for each in page["adjustments"]:
        if [each["seq"]] != [entry["seq"] for entry in entries.get(("adjusted", each["adjustment_id"]), [])]:
            yield f"adjustment {each['adjustment_id']} does not stand at {each['seq']}"


def check_usage(page):
    paid = sum(moved(entry) for entry in page["statement"] if entry["kind"] in ("earned", "restated"))
    due = earned(sum(in_mwh(each) for each in page["usage"] if each["energy_type"] == EARNING))
    if paid != due:
        yield f"its readings earn {due} points; {paid} were paid"
    if sum(each["points_earned"] for each in page["usage"]) != due:
        yield f"its readings say {sum(each['points_earned'] for each in page['usage'])} points; they earn {due}"
    days = collections.defaultdict(lambda: [0, 0, 0])
    for each in page["usage"]:
        day = read_time(each["date"]).astimezone(ZONE).date().isoformat()
        days[day][each["energy_type"] != EARNING] += in_mwh(each)
        days[day][2] += 1
        if each["day"] != day:
            yield f"the reading {each['usage_id']} is of {day}, not {each['day']}"
    listed = {each["day"]: [round(each["renewable"] * MWH_PER_KWH), round(each["non_renewable"] * MWH_PER_KWH),
                            each["readings"]] for each in page["days"]}
    if listed != dict(days):
        yield f"its days are {dict(days)}; listed are {listed}"
    if sum(each["points_earned"] for each in page["days"]) != due:
        yield f"its days earn {due} points; listed are {sum(each['points_earned'] for each in page['days'])}"


def check_stock(page):
    stocked = sum(each["delta"] for each in page["movements"])
    taken = sum(each["status"] != "cancelled" for each in page["redemptions"])
    if page["reward"]["inventory"] != stocked - taken or stocked < taken:
        yield f"{stocked} were put in stock and {taken} taken; {page['reward']['inventory']} are left"


# -- the books and the journal


def keeps_its_word(books, journal):
    """Where nothing is in doubt, everything in the books is acknowledged."""
    doubted = journal.in_doubt()
    of_books = (check_effects, check_endings, check_readings, check_joined)
    return [*check_answers(journal), *check_refusals(journal), *check_both_lists(books),
            *(fault for check in of_books for fault in check(books, journal, doubted))]


def check_answers(journal):
    """One effect a key: it is made anew once, and every repeat tells the same of it."""
    for operation, attempts in journal.operations("bulk"):
        rejected = [line for attempt in attempts if attempt.done for line in attempt.answer.content
                    if line.get("outcome") == "rejected"]
        if rejected:
            yield f"{operation.key}: {rejected}"
    for operation, attempts in journal.operations(*PLACES, "cancel"):
        done = [attempt.answer for attempt in attempts if attempt.done]
        if operation.name != "cancel" and sum(not answer.replayed for answer in done) > 1:
            yield f"{operation.key} was done anew more than once: {[answer.body for answer in done]}"
        if len({answer.body for answer in done}) > 1:
            yield f"{operation.key} is answered differently: {[answer.body for answer in done]}"


def check_refusals(journal):
    yield from (f"the server's own fault: {fault}" for fault in journal.server_faults)
    for attempts in journal.attempts.values():
        operation = attempts[0].operation
        for answer in (attempt.answer for attempt in attempts if attempt.answer and not attempt.done):
            if answer.code not in REASONS.get(operation.name, ()):
                yield f"{operation.key} was refused: {answer.body}"


def pages_of(books, owner):
    return books.members if owner == "member" else books.rewards


def check_effects(books, journal, doubted):
    acknowledged, open_ones = collections.defaultdict(dict), collections.Counter()
    for operation, attempts in journal.operations(*PLACES):
        place = PLACES[operation.name]
        where = place.owner, operation.arguments[place.owner], place.list
        if answer := told(attempts):
            acknowledged[where][answer[place.identity]] = operation.key
    for operation in doubted:
        if place := PLACES.get(operation.name):
            open_ones[place.owner, operation.arguments[place.owner], place.list] += 1
    for place in set(PLACES.values()):
        for identity, page in pages_of(books, place.owner).items():
            where = place.owner, identity, place.list
            yield from compare(acknowledged[where], [each[place.identity] for each in page[place.list]],
                               open_ones[where], f"{place.owner} {identity}: {place.list}")


def compare(acknowledged, listed, open_ones, where):
    for identity, count in collections.Counter(listed).items():
        if count != 1:
            yield f"{where}: {identity} is there {count} times"
    for identity in acknowledged.keys() - set(listed):
        yield f"{where}: {acknowledged[identity]} was acknowledged as {identity} and is not there"
    strange = set(listed) - acknowledged.keys()
    if len(strange) > open_ones:
        yield f"{where}: {len(strange)} that nobody was told of, {open_ones} in doubt: {sorted(strange)}"


def check_endings(books, journal, doubted):
    """A redemption is as it was told to be, for good; where an ending is in doubt, it may have it."""
    known, possible = {}, collections.defaultdict(set)
    for operation, attempts in journal.operations(*ENDS):
        identity = operation.arguments["redemption"]
        if operation in doubted:
            possible[identity].add(ENDS[operation.name])
        for end in {end_told(operation, attempt) for attempt in attempts if attempt.answer}:
            if known.setdefault(identity, end) != end:
                yield f"redemption {identity} was told to be {known[identity]}, and {end}"
    for page in books.members.values():
        for each in page["redemptions"]:
            identity = each["redemption_id"]
            allowed = {known[identity]} if identity in known else {"pending"} | possible[identity]
            if each["status"] not in allowed:
                yield f"redemption {identity} is {each['status']}; told was {' or '.join(sorted(allowed))}"


def end_told(operation, attempt):
    """Whoever is refused is told that the other came first."""
    return ENDS[operation.name] if attempt.done else next(end for name, end in ENDS.items() if name != operation.name)


def newness(reading):
    as_of, mwh = reading
    return as_of, -mwh


def check_readings(books, journal, doubted):
    """Of the values of a reading the newest as_of stands, the smaller of two as new."""
    applied, possible = collections.defaultdict(list), collections.defaultdict(list)
    for operation, attempts in journal.operations("record", "bulk"):
        for slot, value in readings_of(operation):
            if told(attempts):
                applied[slot].append(value)
            elif operation in doubted:
                possible[slot].append(value)
    standing = collections.defaultdict(list)
    for user, page in books.members.items():
        for each in page["usage"]:
            standing[user, f"{each['date']} {each['energy_type']}"].append((each["as_of"], in_mwh(each)))
    for slot in applied.keys() | standing.keys():
        newest = [max(applied[slot], key=newness)] if applied[slot] else []
        allowed = newest + [value for value in possible[slot] if not newest or newness(value) > newness(newest[0])]
        found = standing[slot]
        if len(found) != 1 or not any(is_value(found[0], value) for value in allowed):
            yield f"the reading {slot} is {found}; it should be {' or '.join(map(str, allowed)) or 'none'}"


def readings_of(operation):
    """Of whom and when, and the value with its as_of."""
    for each in operation.arguments.get("readings", [operation.arguments]):
        yield (each["member"], each["slot"]), (each["as_of"], each["mwh"])


def is_value(found, value):
    """A reading that was sent without as_of has the moment it came in."""
    return found == value or value[0] == "" and found[1] == value[1]


def check_joined(books, journal, doubted):
    """A repeat is refused, because the first was done; so somebody is there once anyone was answered."""
    for operation, attempts in journal.operations("join"):
        email, answer = operation.arguments["email"], told(attempts)
        found = books.joined[email]
        if answer and found != [answer["user_id"]]:
            yield f"{email} joined as {answer['user_id']}; the list has {found}"
        if not answer and len(found) != 1 and not (found == [] and operation in doubted):
            yield f"{email} is there {len(found)} times"


def check_both_lists(books):
    """A redemption of a member of these is in the list of its reward, and none else."""
    of_members, of_rewards = ({each["redemption_id"]: each["status"] for page in pages.values()
                               for each in page["redemptions"]} for pages in (books.members, books.rewards))
    for identity, status in of_members.items() ^ of_rewards.items():
        yield f"redemption {identity}, {status}, is not the same in the lists of its member and its reward"


# -- what became of those without an answer


def settlement(before, journal, asked):
    """How many of `asked` were applied and how many not, going by the books from before they were settled, and
    where the answers that settled them say otherwise."""
    applied, absent, faults = 0, 0, []
    listed = {each[place.identity] for place in set(PLACES.values()) for page in pages_of(before, place.owner).values()
              for each in page[place.list]}
    status = {each["redemption_id"]: each["status"] for page in before.members.values()
              for each in page["redemptions"]}
    standing = {(user, f"{each['date']} {each['energy_type']}", each["as_of"], in_mwh(each))
                for user, page in before.members.items() for each in page["usage"]}
    for operation in asked:
        attempts = journal.attempts[operation.key]
        answer = next((each.answer for each in reversed(attempts) if each.settles and each.answer is not None), None)
        if answer is None:
            faults.append(f"{operation.key} was not answered, however often it was asked")
        elif place := PLACES.get(operation.name):
            there = answer.done and answer.content[place.identity] in listed
            if answer.done and there != answer.replayed:
                faults.append(f"{operation.key} {'was there' if there else 'was not there'}; its answer, replayed: "
                              f"{answer.replayed}")
            applied, absent = applied + there, absent + (not there)
        elif operation.name == "join":
            there = before.joined[operation.arguments["email"]] != []
            if there == answer.done:
                faults.append(f"{operation.key} {'was there' if there else 'was not there'}; it is answered "
                              f"{answer.code}")
            applied, absent = applied + there, absent + (not there)
        elif operation.name in ("cancel", "fulfil"):
            there = answer.done and status.get(operation.arguments["redemption"]) != "pending"
            applied, absent = applied + there, absent + (not there)
        elif operation.name == "bulk":  # of which some may have been applied
            there = answer.done and answer.content[-1]["summary"]["repeated"]
            applied, absent = applied + there, absent + (not there)
        elif answer.done and operation.arguments["as_of"]:  # a plain one can't be told from a repeat
            (slot, value), = readings_of(operation)
            there = (*slot, *value) in standing
            anew = answer.content["outcome"] in ("accepted", "restated")
            if there and anew:
                faults.append(f"{operation.key}: the value stood already: {answer.body}")
            applied, absent = applied + there, absent + anew  # of one that is superseded nobody knows
    return applied, absent, faults


def first(faults, count=10):
    faults = list(faults)
    return list(itertools.islice(faults, count)) + ([f"and {len(faults) - count} more"] if len(faults) > count else [])
