"""Members and rewards of a campaign, and what can be done with them, by chance."""

import dataclasses
import datetime
import itertools
from collections import deque

from journal import Operation
from service import ADMIN, Broken

SECRET = "a member's secret"
PRICES = (7, 20, 45, 110)
FIRST_HOUR = datetime.datetime(2026, 3, 28, 12, tzinfo=datetime.UTC)  # over the change to summer time
HOURS = 60  # that a member has readings of
FIRST_AS_OF = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
AS_OFS = 40  # few enough that two are the same now and then
PLAIN_HOUR = 50  # from which on readings are sent without as_of
PLAIN_MWH = 1_234_567
BULK, BULK_MEMBERS = 30, 2  # readings, and of how many they are
EARNING = "Renewable"


@dataclasses.dataclass
class Member:
    name: str
    user_id: str
    token: str


@dataclasses.dataclass
class Reward:
    name: str
    reward_id: str
    price: int


def written(instant):
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def hour_written(hour):
    return written(FIRST_HOUR + datetime.timedelta(hours=hour))


PLAIN_FROM = hour_written(PLAIN_HOUR)


async def make(connection, path, token, body):
    answer = await connection.ask("POST", path, token, body)
    if answer is None or answer.status != 201:
        raise Broken(f"POST {path}: {answer and answer.body}")
    return answer.content


async def sign_in(connection, email=ADMIN["email"], password=ADMIN["password"]):
    return (await make(connection, "sessions", None, {"email": email, "password": password}))["token"]


class Population:
    """Some members and rewards that start with nothing, and the operations on them."""

    numbers = itertools.count(1)

    def __init__(self, admin, members, rewards):
        self.admin, self.members, self.rewards = admin, members, rewards
        self.pending = deque(maxlen=64)  # redemptions that may be cancelled or handed out: their answers
        self.recent = deque(maxlen=48)  # operations that may be sent again
        self.keys = itertools.count(1)
        self.emails = []  # of those who joined, or may have

    @classmethod
    async def found(cls, connection, admin, members=8, prices=PRICES):
        number = next(cls.numbers)
        made = []
        for name in (f"member-{number}-{each}" for each in range(members)):
            email = f"{name}@example.org"
            user = await make(connection, "users", admin, {"email": email, "name": name, "password": SECRET})
            made.append(Member(name, user["user_id"], await sign_in(connection, email, SECRET)))
        rewards = []
        for name, price in ((f"reward-{number}-{each}", price) for each, price in enumerate(prices)):
            reward = await make(connection, "rewards", admin, {"name": name, "points_required": price, "stock": 0})
            rewards.append(Reward(name, reward["reward_id"], price))
        return cls(admin, made, rewards)

    def learn(self, operation, answer):
        if operation.name == "redeem" and answer.done and not answer.replayed:
            self.pending.append(answer.content)

    def choose(self, chance):
        """A new operation, or one that was sent already."""
        if self.recent and chance.random() < 0.1:
            return chance.choice(self.recent)
        kinds = (self.redeem, self.cancel, self.fulfil, self.give, self.take, self.write_off, self.record,
                 self.record_many, self.move_stock, self.join,
                 self.look_at_points, self.look_at_stock)
        kind, = chance.choices(kinds, (32, 9, 4, 12, 5, 3, 18, 1, 8, 2, 3, 3))
        operation = kind(chance)
        if operation.name not in ("balance", "stock"):
            self.recent.append(operation)
        return operation

    # -- what a member does

    def redeem(self, chance):
        return self.redemption(chance.choice(self.members), chance.choice(self.rewards))

    def redemption(self, member, reward):
        key = f"r{next(self.keys)}"
        return Operation("redeem", f"redeem {member.name} {key}",
                         {"member": member.user_id, "reward": reward.reward_id, "points": reward.price},
                         ("POST", f"users/{member.user_id}/redemptions", member.token,
                          {"reward_id": reward.reward_id, "expected_points": reward.price}, key))

    def cancel(self, chance):
        return self.end(chance, "cancel") if self.pending else self.give(chance)

    def fulfil(self, chance):
        return self.end(chance, "fulfil") if self.pending else self.give(chance)

    def end(self, chance, name):
        place = chance.randrange(len(self.pending))
        redemption = self.pending[place]
        if chance.random() < 0.8:
            del self.pending[place]  # else there may be another who ends it
        identity, user = redemption["redemption_id"], redemption["user_id"]
        return Operation(name, f"{name} {identity}",
                         {"member": user, "reward": redemption["reward_id"], "redemption": identity,
                          "points": redemption["points_redeemed"]},
                         ("POST", f"users/{user}/redemptions/{identity}/{name}", self.admin, None, None))

    def look_at_points(self, chance):
        member = chance.choice(self.members)
        return Operation("balance", f"balance {next(self.keys)}", {"member": member.user_id},
                         ("GET", f"users/{member.user_id}/points", member.token, None, None))

    # -- what an administrator does

    def give(self, chance):
        return self.adjustment(chance.choice(self.members), chance.randint(1, 60))

    def take(self, chance):
        return self.adjustment(chance.choice(self.members), -chance.randint(1, 60))

    def adjustment(self, member, points):
        return self.change_points("adjust", "adjustments", member, points)

    def write_off(self, chance):
        return self.change_points("write_off", "write-offs", chance.choice(self.members), chance.randint(1, 10))

    def change_points(self, name, path, member, points):
        key = f"a{next(self.keys)}"
        return Operation(name, f"{name} {member.name} {key}", {"member": member.user_id, "points": points},
                         ("POST", f"users/{member.user_id}/points/{path}", self.admin,
                          {"points": points, "reason_code": "goodwill"}, key))

    def move_stock(self, chance):
        return self.movement(chance.choice(self.rewards), chance.choice((3, 4, 5, 6, 9, -1, -2)))

    def movement(self, reward, delta):
        key = f"m{next(self.keys)}"
        return Operation("move_stock", f"move_stock {reward.name} {key}",
                         {"reward": reward.reward_id, "delta": delta},
                         ("POST", f"rewards/{reward.reward_id}/stock-movements", self.admin,
                          {"delta": delta, "reason_code": "delivery"}, key))

    def join(self, _):
        email = f"{self.members[0].name}-{next(self.keys)}@example.org"
        self.emails.append(email)
        return Operation("join", f"join {email}", {"email": email},
                         ("POST", "users", self.admin, {"email": email, "name": "New"}, None))

    def look_at_stock(self, chance):
        reward = chance.choice(self.rewards)
        return Operation("stock", f"stock {next(self.keys)}", {"reward": reward.reward_id},
                         ("GET", f"rewards/{reward.reward_id}", self.admin, None, None))

    def record(self, chance):
        """A reading, or another value of one; of some hours without saying how new it is."""
        body, arguments = self.reading(chance, range(HOURS), self.members)
        if arguments["slot"][:20] >= PLAIN_FROM:
            arguments |= {"as_of": "", "mwh": PLAIN_MWH}  # always the same value
            body["energy_consumed"] = PLAIN_MWH / 1_000_000
            del body["as_of"]
        member, as_of, mwh = arguments["member"], arguments["as_of"], arguments["mwh"]
        return Operation("record", f"record {member} {arguments['slot']} {as_of} {mwh}", arguments,
                         ("POST", f"users/{member}/usage", self.admin, body, None))

    def record_many(self, chance):
        key = f"b{next(self.keys)}-{self.members[0].name}"
        lines = [self.reading(chance, range(PLAIN_HOUR), self.members[:BULK_MEMBERS]) for _ in range(BULK)]
        return Operation("bulk", f"bulk {key}", {"readings": [arguments for _, arguments in lines]},
                         ("POST", "usage:bulk", self.admin,
                          [body | {"user_id": arguments["member"]} for body, arguments in lines], key))

    def reading(self, chance, hours, members):
        """As it is sent, and as the judge knows it."""
        start = hour_written(chance.choice(hours))
        energy_type = chance.choice((EARNING, EARNING, "Non-Renewable"))
        as_of = written(FIRST_AS_OF + datetime.timedelta(minutes=chance.randrange(AS_OFS)))
        mwh = chance.choice((0, 100_000, chance.randint(10_000, 6_000_000)))
        return ({"meter": "roof", "start": start, "duration": 3600, "energy_consumed": mwh / 1_000_000,
                 "energy_type": energy_type, "as_of": as_of},
                {"member": chance.choice(members).user_id, "slot": f"{start} {energy_type}",
                 "earns": energy_type == EARNING, "as_of": as_of, "mwh": mwh})
