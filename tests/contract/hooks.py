"""What schemathesis is told beyond schemathesis.toml: what is there to ask for, who asks when that ends
the asking session, what files look like, and which refusals the contract states in words only.

WATTBACK_RUN names the JSON file that properties_test.py writes, with the server's `url`, the caller's
`token`, a `leaver` with the same rights, `ids` and `own_ids` (seeded.py), and where `answers` are counted.
"""

import atexit
import gzip
import hashlib
import json
import os
import re
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

import schemathesis
from hypothesis import strategies
from schemathesis.openapi.checks import RejectedPositiveData

RUN = json.loads(Path(os.environ["WATTBACK_RUN"]).read_text(encoding="utf-8"))
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ETAG = re.compile(r'"[0-9]+\.[0-9]+"')
EXAMPLE_KEY = "5f3a8f0e-6f0b-4b83-9a51-0d0f2c7a9e11"
EXAMPLE_CURSOR = "AaINeMMWf36WOi24"
EXAMPLE_EMAIL = "rosa@example.org"

# What a schema can't say, and the contract says in words: of valid data, 400 with these alone is right.
BEYOND_SCHEMAS = [re.compile(pattern) for pattern in (
    "^must not hold control characters( but the ends of lines)?$",  # text
    "^has a broken escape, or what is no text$",  # the same in a query
    "^must not begin or end with a blank$",
    "^must not be longer than [0-9]+ bytes$",
    "^must be a whole number, without a fraction or an exponent$",  # 5.0 is an integer to a schema
    "^more decimal places than can be kept$",  # rates
    "^not a decimal number$",  # exponents of three digits
    "^'.*' is no time zone such as Europe/Lisbon$",
    "^is not one of this list and its filters$",  # cursors
    "^needs user_id, to know whose balance$",
    "^must be from `from` on(, 366 days in all at most)?$",
    "^is not the password$",  # the current one, to change it
    "^must be in the future$",  # a token's expiry
    "^must be [0-9-]+ or later$",  # when rules become effective
    "^is before the year 2000$",  # readings
    "^is in the future$",
    "^the interval ends in the future$",
    "^must be a whole second$",
    "^must be a whole number of seconds after start$",
    "^meter '.*' has (a reading|readings) .*; this one ",
    "says none that is known; say whether all of it is Renewable or Non-Renewable$",  # files
    "names none; say whose readings they are$",
)]


def name_of(operation):
    return operation.definition.raw["operationId"]


def send(method, path, body=None, token=""):
    """The header fields and the JSON of the answer, both empty where it is a refusal."""
    request = urllib.request.Request(RUN["url"] + path, method=method,
                                     data=None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.headers, json.loads(answer.read())
    except urllib.error.HTTPError:
        return {}, {}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Bodies that are files come from `files` alone: schemathesis takes no text as their example."""
    for path in raw_schema["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and operation.get("x-body") == "streamed":
                for media in operation["requestBody"]["content"].values():
                    media.pop("example", None)


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = name_of(case.operation)
    name_what_is_there(case, RUN["own_ids"].get(operation, {}))
    if (case.query or {}).get("cursor") == EXAMPLE_CURSOR:
        del case.query["cursor"]
    content = hashlib.sha256(f"{case.formatted_path} {case.body}".encode("utf-8", "replace")).hexdigest()
    if case.headers.get("Idempotency-Key") == EXAMPLE_KEY:
        case.headers["Idempotency-Key"] = content
    if operation == "create_user" and isinstance(case.body, dict) and case.body.get("email") == EXAMPLE_EMAIL:
        case.body["email"] = f"{content[:20]}@example.org"
    if ETAG.fullmatch(str(case.headers.get("If-Match"))):
        seen, _ = send("GET", case.formatted_path, token=RUN["token"])
        case.headers["If-Match"] = seen.get("ETag", case.headers["If-Match"])
    if operation in ("create_session", "change_password", "end_session"):
        ask_as_leaver(case, operation)


def name_what_is_there(case, own):
    """Ids of the right form become those of things that are there, but for one in sixteen."""
    ids = RUN["ids"] | own
    for values in (case.path_parameters, case.query, case.body):
        if isinstance(values, dict):
            for name in ids.keys() & values.keys():
                text = str(values[name])
                is_id = UUID.fullmatch(text) and (name in own or not text.endswith("0"))
                if is_id or text == "me" and name in own:
                    values[name] = ids[name]


def ask_as_leaver(case, operation):
    leaver = RUN["leaver"]
    if operation == "create_session":
        # A body may be made from one that became the leaver's before. Wrong passwords would lock it out.
        if isinstance(case.body, dict) and case.body.get("email") in (EXAMPLE_EMAIL, leaver["email"]):
            case.body.update(leaver)
        return
    if case.headers.get("Authorization") == f"Bearer {RUN['token']}":
        _, signed_in = send("POST", "/api/v1/sessions", leaver)
        case.headers["Authorization"] = f"Bearer {signed_in['token']}"
    if isinstance(case.body, dict) and isinstance(case.body.get("current_password"), str):
        case.body["current_password"] = leaver["password"]


answers = defaultdict(Counter)


@schemathesis.hook
def after_call(context, case, response):
    operation = name_of(case.operation)
    answers[operation][response.status_code] += 1
    if operation == "change_password" and response.status_code == 204:
        RUN["leaver"]["password"] = case.body["new_password"]


# Narrower than the formats of the same names: times to the millisecond, addresses without quotes.
schemathesis.openapi.format("date-time", strategies.builds(
    "{:%Y-%m-%dT%H:%M:%S}.{:03}{}".format, strategies.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)),
    strategies.integers(0, 999), strategies.sampled_from(["Z", "+01:00", "-09:30"])))
schemathesis.openapi.format("email", strategies.from_regex(r"[a-z0-9.]{1,20}@[a-z]{1,10}\.example", fullmatch=True))


def files(*kinds_of_lines, first="", pack=bytes):
    """Files of up to three lines, each of one of these kinds."""
    lines = strategies.lists(strategies.sampled_from(kinds_of_lines), max_size=3)
    hours = strategies.integers(0, 23)
    return strategies.builds(lambda kinds, hour: pack("".join(
        [first] + [line.format(hour=hour, **RUN["ids"]) for line in kinds]).encode()), lines, hours)


LINE = '{{"user_id": "{user_id}", "meter": "bulk", "start": "2026-06-10T{hour:02}:00:00Z", "duration": 3600, ' \
       '"energy_consumed": 1.5, "energy_type": "Renewable"}}\n'
ROW = "2026-06-10T{hour:02}:00:00Z,3600,1.5,Renewable,rosa@example.org\n"
HEADING = "start,duration,kwh,energy_type,user\n"
schemathesis.openapi.media_type("application/x-ndjson", files(LINE, LINE.replace("user_id", "nobody", 1), "\n"))
schemathesis.openapi.media_type("text/csv", files(ROW, ROW.replace("1.5", "much"), first=HEADING))
schemathesis.openapi.media_type("application/gzip", files(ROW, first=HEADING, pack=gzip.compress))
schemathesis.openapi.media_type("application/atom+xml", strategies.just(
    Path(RUN["green_button"]).read_bytes()))


@atexit.register
def tell_answers():
    Path(RUN["answers"]).write_text(json.dumps(answers), encoding="utf-8")


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether it is one: not a 400 for what the contract refuses in words."""
    if not isinstance(failure, RejectedPositiveData) or response.status_code != 400:
        return True
    errors = response.json().get("errors", [])
    return not errors or not all(any(pattern.search(error["detail"]) for pattern in BEYOND_SCHEMAS)
                                 for error in errors)
