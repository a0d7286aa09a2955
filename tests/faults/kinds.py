"""Of each kind of command a request that asks for one, or where none does a command line, and how to see whether it
came to pass.

A kind has the name of its struct in src. What a request does in several commits has a case for each.
"""

import asyncio
import dataclasses
import datetime
import itertools
import json
import time
import urllib.parse

from service import Broken
from wire import Answer, Connection

SECRET, NEW_SECRET = "a member's secret", "another secret of a member"
PATIENCE_S = 15  # for what is asked when nothing is disturbed any more
PRICE = 20
ENERGY, PAID = 2, 20  # kWh of a reading, and its points
FIRST_HOUR = datetime.datetime(2026, 6, 2, 10, tzinfo=datetime.UTC)
SESSIONS_MAX = 20  # of a user; one more ends the oldest

KINDS = {}  # by name, and in which way where there are several: coroutines that make a case
COMMAND_MAX_S = 240  # an operator's work goes on trying for 100 s, and a bulk has several commits


@dataclasses.dataclass
class Case:
    """A request that is to have one effect: `look` gives `done` once it has had it."""

    request: tuple  # what Connection.ask takes, or the words of a command
    look: object  # a coroutine
    done: object
    statuses: tuple = (201,)  # of the answer that it is done
    repeated: int | None = 200  # of the same request after that; None: it would be another one
    same: bool = False  # a repeat answers as the first, and says that it is one
    commit: int = 0  # which of the request's commits is the kind's
    by: object = None  # who is asked in place of the server: a CommandLine
    says: dict = dataclasses.field(default_factory=dict)  # members of the first answer, if none was 503 before


def kind(name):
    def keep(make):
        KINDS[name] = make
        return make
    return keep


def of_commits(make, *names):
    """The kinds of a request's commits, in their order."""
    for number, name in enumerate(names):
        KINDS[name] = lambda programme, number=number: make(programme, number)


class CommandLine:
    """In place of a server the program itself, on one database: a command is answered by how it ends."""

    STATUSES = {0: 200, 3: 404, 5: 409, 6: 503}  # of others 500

    def __init__(self, service, database=None):
        self.service, self.database = service, database or database_in(service.store)
        self.environment = service.environment()
        self.environment["WATTBACK_STORE"] = service.store.replace(database_in(service.store), self.database)

    async def ask(self, *words):
        process = await asyncio.create_subprocess_exec(
            *self.service.command(*words, "--json"), env=self.environment, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
        try:
            said, _ = await asyncio.wait_for(process.communicate(), COMMAND_MAX_S)
        except TimeoutError:
            process.kill()
            await process.wait()
            return None
        return Answer(self.STATUSES.get(process.returncode, 500), False, said.decode())


def database_in(address):
    return urllib.parse.urlsplit(address).path[1:]


async def ask_patiently(by, *request):
    """It may take a moment until the last disturbance is over."""
    until = time.monotonic() + PATIENCE_S
    while True:
        answer = await by.ask(*request)
        if answer is not None and answer.status != 503:
            return answer
        if time.monotonic() > until:
            raise Broken(f"{request[:2]}: {answer and answer.body}, when nothing is disturbed any more")
        await asyncio.sleep(0.05)


class Programme:
    """What its administrator does over HTTP, where nothing is disturbed."""

    numbers = itertools.count(1)

    def __init__(self, port, admin, service):
        self.connection, self.admin, self.service = Connection(port, COMMAND_MAX_S), admin, service

    def name(self, what):
        return f"{what}-{next(self.numbers)}"

    async def ask(self, *request):
        return await ask_patiently(self.connection, *request)

    async def make(self, path, body, key=None, token=None):
        answer = await self.ask("POST", path, token or self.admin, body, key)
        if not answer.done:
            raise Broken(f"POST {path}: {answer.body}")
        return answer.content

    async def get(self, path, token=None):
        answer = await self.ask("GET", path, token or self.admin)
        if answer.status != 200:
            raise Broken(f"GET {path}: {answer.body}")
        return answer.content

    async def list(self, path, token=None):
        """Of so few that they are on one page, or that what is looked for is among the newest."""
        page = await self.get(f"{path}{'&' if '?' in path else '?'}limit=200", token)
        return page["data"]

    async def edition(self, path):
        return (await self.ask("GET", path, self.admin)).edition

    # -- what cases begin with

    async def member(self, points=0):
        email = self.name("member") + "@example.org"
        user = (await self.make("users", {"email": email, "name": "Rosa", "password": SECRET}))["user_id"]
        if points:
            await self.make(f"users/{user}/points/adjustments", {"points": points, "reason_code": "welcome"}, "welcome")
        return user

    async def member_signed_in(self):
        """Who it is, and the token of a session."""
        user = await self.member()
        return user, await self.sign_in(await self.email(user))

    async def email(self, user):
        return (await self.get(f"users/{user}"))["email"]

    async def sign_in(self, email, device="first"):
        return (await self.make("sessions", {"email": email, "password": SECRET, "device": device}))["token"]

    async def reward(self, stock=3):
        reward = {"name": self.name("reward"), "points_required": PRICE, "stock": stock}
        return (await self.make("rewards", reward))["reward_id"]

    async def redemption(self, user, reward):
        return (await self.make(f"users/{user}/redemptions", {"reward_id": reward}, self.name("key")))["redemption_id"]

    async def meter(self, user):
        return (await self.make(f"users/{user}/meters", {"label": "roof"}))["meter_id"]

    # -- what is looked at

    async def balance(self, user):
        return (await self.get(f"users/{user}/points"))["total_points"]

    async def inventory(self, reward):
        return (await self.get(f"rewards/{reward}"))["inventory"]

    async def count(self, path, token=None):
        return len(await self.list(path, token))


def reading(hour=0, energy=ENERGY, **more):
    start = FIRST_HOUR + datetime.timedelta(hours=hour)
    return {"meter": "roof", "start": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "duration": 3600,
            "energy_consumed": energy, "energy_type": "Renewable"} | more


# -- programme and rules


async def start_of(programme, commit):
    """On a database where there is nothing yet: first the version of its schema is noted, then the programme begun."""
    command_line = CommandLine(programme.service, programme.name(database_in(programme.service.store)))

    async def look():
        shown, rules = [await ask_patiently(command_line, *words)
                        for words in (("programme", "show"), ("rules", "list"))]
        if (shown.status, rules.status) != (200, 200):
            return shown.status, rules.status
        versions = [each["rules_version"] for each in rules.content["data"]]
        return shown.content["name"], shown.content["edition"], versions
    words = ("programme", "create", "--name", "Riverside", "--time-zone", "Europe/Lisbon")
    return Case(words, look, ("Riverside", 1, [1]), statuses=(200,), repeated=409, commit=commit, by=command_line)


of_commits(start_of, "earning::StartProgramme, of a new store", "earning::StartProgramme")


@kind("earning::PublishRules")
async def publish_rules(programme):
    version = (await programme.get("programme"))["rules_version"]
    day = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=400)).date().isoformat()
    body = {"follows": version, "effective_day": day, "points_per_kwh": {"Renewable": 10 + version / 1000}}

    async def look():
        return (await programme.get("programme"))["rules_version"], await programme.count("earning-rules")
    return Case(("POST", "earning-rules", programme.admin, body), look, (version + 1, version + 1), repeated=201)


@kind("programme::EditProgramme")
async def edit_programme(programme):
    before, name = await programme.get("programme"), programme.name("Sunny Street")

    async def look():
        now = await programme.get("programme")
        return now["name"], now["edition"]
    return Case(("PATCH", "programme", programme.admin, {"name": name}, None, await programme.edition("programme")),
                look, (name, before["edition"] + 1), statuses=(200,))


# -- users and who they are


@kind("users::CreateUser")
async def create_user(programme):
    email = programme.name("new") + "@example.org"
    return Case(("POST", "users", programme.admin, {"email": email, "name": "New"}),
                lambda: programme.count(f"users?email={email}"), 1, repeated=409)


@kind("users::EditUser")
async def edit_user(programme):
    user = await programme.member()

    async def look():
        now = await programme.get(f"users/{user}")
        return now["name"], now["edition"]
    return Case(("PATCH", f"users/{user}", programme.admin, {"name": "Ada"}, None,
                 await programme.edition(f"users/{user}")), look, ("Ada", 2), statuses=(200,))


@kind("access::StartSession")
async def start_session(programme):
    user, token = await programme.member_signed_in()
    body = {"email": await programme.email(user), "password": SECRET, "device": "second"}
    return Case(("POST", "sessions", None, body), lambda: programme.count("me/sessions", token), 2, repeated=None)


@kind("access::StartSession, which ends the oldest")
async def start_one_more_session(programme):
    user, _ = await programme.member_signed_in()
    email = await programme.email(user)
    for _ in range(SESSIONS_MAX - 1):
        token = await programme.sign_in(email, "others")

    async def look():
        devices = [session["device"] for session in await programme.list("me/sessions", token)]
        return [devices.count(device) for device in ("first", "others", "last")]
    return Case(("POST", "sessions", None, {"email": email, "password": SECRET, "device": "last"}), look,
                [0, SESSIONS_MAX - 1, 1], repeated=None)


@kind("access::EndSession")
async def end_session(programme):
    user, token = await programme.member_signed_in()
    session = (await programme.list("me/sessions", token))[0]["session_id"]
    other = await programme.sign_in(await programme.email(user))
    return Case(("DELETE", f"me/sessions/{session}", other), lambda: programme.count("me/sessions", other), 1,
                statuses=(204,), repeated=204)


@kind("access::ChangePassword")
async def change_password(programme):
    user, token = await programme.member_signed_in()
    email = await programme.email(user)

    async def look():
        """Whether the session holds, and who may sign in."""
        with_new = {"email": email, "password": NEW_SECRET}
        return ((await programme.ask("GET", "me", token)).status,
                (await programme.ask("POST", "sessions", None, with_new)).status)
    body = {"current_password": SECRET, "new_password": NEW_SECRET}
    return Case(("PUT", "me/password", token, body), look, (401, 201), statuses=(204,), repeated=401)


@kind("access::CreateToken")
async def create_token(programme):
    name = programme.name("hub")

    async def look():
        return [token["name"] for token in await programme.list("tokens")].count(name)
    return Case(("POST", "tokens", programme.admin, {"name": name}), look, 1, repeated=None)


@kind("access::RevokeToken")
async def revoke_token(programme):
    token = (await programme.make("tokens", {"name": programme.name("hub")}))["token_id"]

    async def look():
        return (await programme.get(f"tokens/{token}"))["revoked_at"] is not None
    return Case(("DELETE", f"tokens/{token}", programme.admin), look, True, statuses=(204,), repeated=204)


# -- meters and readings


@kind("meters::CreateMeter")
async def create_meter(programme):
    user = await programme.member()
    return Case(("POST", f"users/{user}/meters", programme.admin, {"label": "attic"}),
                lambda: programme.count(f"users/{user}/meters"), 1, repeated=201)


@kind("meters::RelabelMeter")
async def relabel_meter(programme):
    user = await programme.member()
    meter = await programme.meter(user)

    async def look():
        return [meter["label"] for meter in await programme.list(f"users/{user}/meters")]
    return Case(("PATCH", f"users/{user}/meters/{meter}", programme.admin, {"label": "south"}), look, ["south"],
                statuses=(200,))


@kind("usage::RecordReadings")
async def record_reading(programme):
    user = await programme.member()

    async def look():
        return await programme.balance(user), await programme.count(f"users/{user}/usage")
    return Case(("POST", f"users/{user}/usage", programme.admin, reading()), look, (PAID, 1),
                says={"outcome": "accepted", "points": PAID})


@kind("usage::RecordReadings, of a correction")
async def correct_reading(programme):
    user = await programme.member()
    await programme.make(f"users/{user}/usage", reading())

    async def look():
        return (await programme.balance(user),
                [each["energy_consumed"] for each in await programme.list(f"users/{user}/usage")])
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=60)  # later than the one that stands
    corrected = reading(energy=2 * ENERGY, as_of=soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return Case(("POST", f"users/{user}/usage", programme.admin, corrected), look, (2 * PAID, [2 * ENERGY]),
                statuses=(200,), says={"outcome": "restated", "points": PAID})


async def import_of(programme, commit):
    """Three readings of a day: the import is begun, they are taken in, and it is done."""
    user = await programme.member()
    lines = [reading(hour, user_id=user) for hour in range(3)]

    async def look():
        imports = [each["status"] for each in await programme.list("imports") if each["user_id"] == user]
        return await programme.balance(user), await programme.count(f"users/{user}/usage"), imports
    return Case(("POST", f"imports?user_id={user}", programme.admin, lines), look, (3 * PAID, 3, ["done"]),
                commit=commit)


async def bulk_of(programme, commit):
    """The same for two members."""
    users = [await programme.member() for _ in range(2)]
    lines = [reading(0, user_id=user) for user in users]

    async def look():
        return [(await programme.balance(user), await programme.count(f"users/{user}/usage")) for user in users]
    return Case(("POST", "usage:bulk", programme.admin, lines, programme.name("bulk")), look, [(PAID, 1), (PAID, 1)],
                statuses=(200,), commit=commit)


of_commits(import_of, "importers::StartImport", "importers::RecordPiece", "importers::FinishImport")
of_commits(bulk_of, "importers::StartImport, of a bulk", "importers::RecordPiece, of a bulk")


async def withdrawal_of(programme, commit):
    user = await programme.member()
    made = await programme.make(f"imports?user_id={user}", [reading(hour, user_id=user) for hour in range(3)])

    async def look():
        status = (await programme.get(f"imports/{made['import_id']}"))["status"]
        energies = [each["energy_consumed"] for each in await programme.list(f"users/{user}/usage")]
        return await programme.balance(user), status, sum(energies), len(energies)
    return Case(("POST", f"imports/{made['import_id']}/withdraw", programme.admin, {"reason_code": "wrong-file"}), look,
                (0, "withdrawn", 0, 3), statuses=(200,), commit=commit, says={"restated": 3, "points": -3 * PAID})


of_commits(withdrawal_of, "importers::WithdrawImport", "usage::WithdrawReadings")


# -- the initial load


def row_in(programme, row):
    """The name of a file of one row."""
    path = programme.service.folder / f"{programme.name('row')}.ndjson"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    return path


@kind("importers::TakeRow")
async def take_user(programme):
    email = programme.name("loaded") + "@example.org"

    async def look():
        users = [user["user_id"] for user in await programme.list(f"users?email={email}")]
        return [(await programme.balance(user), await programme.count(f"users/{user}/points/adjustments"))
                for user in users]
    file = row_in(programme, {"email": email, "name": "Rosa", "opening_points": 50})
    return Case(("users", "import", file), look, [(50, 1)], statuses=(200,), by=CommandLine(programme.service))


@kind("importers::TakeRow, of a reward")
async def take_reward(programme):
    name = programme.name("loaded lamp")

    async def look():
        rewards = [each for each in await programme.list("rewards") if each["name"] == name]
        return [(each["inventory"], await programme.count(f"rewards/{each['reward_id']}/stock-movements"))
                for each in rewards]
    file = row_in(programme, {"name": name, "points_required": PRICE, "opening_stock": 5})
    return Case(("rewards", "import", file), look, [(5, 1)], statuses=(200,), by=CommandLine(programme.service))


# -- points, rewards, redemptions


@kind("points::AdjustPoints")
async def adjust_points(programme):
    user = await programme.member()

    async def look():
        return await programme.balance(user), await programme.count(f"users/{user}/points/adjustments")
    return Case(("POST", f"users/{user}/points/adjustments", programme.admin,
                 {"points": 50, "reason_code": "goodwill"}, programme.name("key")), look, (50, 1), repeated=201,
                same=True)


@kind("points::WriteOffPoints")
async def write_off_points(programme):
    """Of one who spent what was earned by mistake."""
    user, reward = await programme.member(), await programme.reward()
    await programme.make(f"users/{user}/usage", reading(as_of="2026-06-03T06:00:00Z"))
    await programme.redemption(user, reward)
    await programme.make(f"users/{user}/usage", reading(energy=0, as_of="2026-06-04T06:00:00Z"))

    async def look():
        owed = (await programme.get(f"users/{user}/points"))["points_owed"]
        return owed, await programme.count(f"users/{user}/points/adjustments")
    return Case(("POST", f"users/{user}/points/write-offs", programme.admin,
                 {"points": PAID, "reason_code": "meter-fault"}, programme.name("key")), look, (0, 1), repeated=201,
                same=True)


@kind("rewards::CreateReward")
async def create_reward(programme):
    name = programme.name("lamp")

    async def look():
        return [each["inventory"] for each in await programme.list("rewards") if each["name"] == name]
    return Case(("POST", "rewards", programme.admin, {"name": name, "points_required": PRICE, "stock": 5}), look, [5],
                repeated=409)


@kind("rewards::EditReward")
async def edit_reward(programme):
    reward = await programme.reward()

    async def look():
        now = await programme.get(f"rewards/{reward}")
        return now["points_required"], now["edition"]
    return Case(("PATCH", f"rewards/{reward}", programme.admin, {"points_required": 25}, None,
                 await programme.edition(f"rewards/{reward}")), look, (25, 2), statuses=(200,))


@kind("rewards::MoveStock")
async def move_stock(programme):
    reward = await programme.reward()

    async def look():
        return await programme.inventory(reward), await programme.count(f"rewards/{reward}/stock-movements")
    return Case(("POST", f"rewards/{reward}/stock-movements", programme.admin,
                 {"delta": 4, "reason_code": "delivery"}, programme.name("key")), look, (7, 2), repeated=201, same=True)


@kind("redemptions::Redeem")
async def redeem(programme):
    user, reward = await programme.member(points=50), await programme.reward()

    async def look():
        return (await programme.balance(user), await programme.inventory(reward),
                await programme.count(f"users/{user}/redemptions"))
    return Case(("POST", f"users/{user}/redemptions", programme.admin, {"reward_id": reward}, programme.name("key")),
                look, (50 - PRICE, 2, 1), repeated=201, same=True)


async def ending_of(programme, word, balance, inventory, status):
    user, reward = await programme.member(points=50), await programme.reward()
    redemption = await programme.redemption(user, reward)

    async def look():
        now = (await programme.get(f"users/{user}/redemptions/{redemption}"))["status"]
        entries = (await programme.get(f"users/{user}/points"))["entries"]
        return await programme.balance(user), await programme.inventory(reward), now, entries
    return Case(("POST", f"users/{user}/redemptions/{redemption}/{word}", programme.admin), look,
                (balance, inventory, status, 3 if word == "cancel" else 2), statuses=(200,))


@kind("redemptions::CancelRedemption")
async def cancel_redemption(programme):
    return await ending_of(programme, "cancel", 50, 3, "cancelled")


@kind("redemptions::FulfilRedemption")
async def fulfil_redemption(programme):
    return await ending_of(programme, "fulfil", 50 - PRICE, 2, "fulfilled")
