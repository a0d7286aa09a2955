"""All that the server says of members and rewards, read page by page when nothing else goes on."""

import asyncio

from service import Broken
from wire import Connection

PAGE = 200
READERS = 8


class Books:
    def __init__(self):
        self.members = {}  # by user_id: a name of a list to its items
        self.rewards = {}  # by reward_id
        self.joined = {}  # by email: the ids of who has it


async def get(connection, path, token):
    answer = await connection.ask("GET", path, token)
    if answer is None or answer.status != 200:
        raise Broken(f"GET {path}: {answer and answer.body}")
    return answer.content


async def get_list(connection, path, token):
    items, cursor, first = [], "", f"{path}{'&' if '?' in path else '?'}limit={PAGE}"
    while True:
        page = await get(connection, first + cursor, token)
        items += page["data"]
        if not page["page"]["has_more"]:
            return items
        cursor = f"&cursor={page['page']['next_cursor']}"


async def read_member(connection, user, token):
    lists = {"statement": "points/statement?include_zero=true", "redemptions": "redemptions",
             "adjustments": "points/adjustments", "usage": "usage", "days": "usage/daily"}  # fmt: skip
    read = {name: await get_list(connection, f"users/{user}/{path}", token) for name, path in lists.items()}
    return read | {"points": await get(connection, f"users/{user}/points", token)}


async def read_reward(connection, reward, token):
    return {"reward": await get(connection, f"rewards/{reward}", token),
            "movements": await get_list(connection, f"rewards/{reward}/stock-movements", token),
            "redemptions": await get_list(connection, f"rewards/{reward}/redemptions", token)}


async def read_joined(connection, email, token):
    return [user["user_id"] for user in await get_list(connection, f"users?email={email}", token)]


async def read(port, population):
    books = Books()
    waiting = [(books.members, read_member, member.user_id) for member in population.members]
    waiting += [(books.rewards, read_reward, reward.reward_id) for reward in population.rewards]

    waiting += [(books.joined, read_joined, email) for email in population.emails]

    async def work(connection):
        while waiting:
            place, reader, identity = waiting.pop()
            place[identity] = await reader(connection, identity, population.admin)
        connection.close()

    await asyncio.gather(*(work(Connection(port)) for _ in range(READERS)))
    return books
