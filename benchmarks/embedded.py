#!/usr/bin/env python3
"""How fast the product is on its embedded store, beside what SQLite and Beast alone give here.

Makes a programme of members who are signed in and have points to spend, then measures four things in
turn, each as the median of some rounds of the limit and of the product, one after the other:

  import       readings a second, of `wattback usage import` of one file of a month of hours a member
  redemptions  POST /users/me/redemptions, every request with a new key, the members in turn
  usage_post   POST /users/{user_id}/usage of one reading with a usage token, the members in turn
  catalog      GET /rewards by signed-in members

The load is wrk with 64 connections. The limits are sqlite_limit and beast_limit, on a copy of the same
store and with the bytes of the product's own answer. A request that is refused fails the whole.
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import random
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONNECTIONS = 64
REWARDS = 20
ROUNDS = 3
HOURS_A_MONTH = 720
FIRST_HOUR = datetime(2024, 1, 1, tzinfo=timezone.utc)
STOCK = 1_000_000_000
IMPORT_GUESS_PER_S = 30_000  # how long a file to make for a time
PASSWORD = "a password of the bench"
# Signing in costs what the operator says; here the least, since ten thousand do.
SETTINGS = {"WATTBACK_PASSWORD_MEMORY_KIB": "8", "WATTBACK_PASSWORD_OPERATIONS": "1"}
MIB = 1024  # in KiB


class Failed(Exception):
    """What to tell the reader."""


def tell(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def output_of(command, **more):
    finished = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **more)
    if finished.returncode != 0:
        raise Failed(f"{Path(command[0]).name} {command[1]}: {finished.stderr.strip() or finished.stdout.strip()}")
    return finished.stdout


class Client:
    """A connection for each thread that asks."""

    def __init__(self, port):
        self.port, self.own = port, threading.local()

    def ask(self, method, path, bearer=None, body=None):
        if not hasattr(self.own, "connection"):
            self.own.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        self.own.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.own.connection.getresponse()
        text = answer.read().decode()
        if not 200 <= answer.status < 300:
            raise Failed(f"{method} {path} answered {answer.status}: {text}")
        return json.loads(text) if text else None


class Server:
    """The product, serving a data folder."""

    def __init__(self, product, data):
        self.log = (data.parent / "server.log").open("w", encoding="utf-8")
        began = time.monotonic()
        self.process = product.start("serve", "--port", 0, "--json", data=data, stderr=self.log)
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"the server did not start: {Path(self.log.name).read_text(encoding='utf-8')}")
        self.port = int(re.search(r":(\d+)/", json.loads(line)["url"])[1])
        self.client = Client(self.port)
        self.client.ask("GET", "/readyz")
        self.start_ms = round(1000 * (time.monotonic() - began), 1)

    def rss_mib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return round(int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / MIB, 1)

    def end(self):
        self.process.terminate()
        self.process.communicate(timeout=60)
        self.log.close()


class Product:
    def __init__(self, program):
        self.program = program
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("WATTBACK_")}
        self.environment |= SETTINGS

    def command(self, words, data):
        return [str(word) for word in (self.program, *words, "--data-dir", data)]

    def run(self, *words, data):
        return json.loads(output_of(self.command([*words, "--json"], data), env=self.environment).splitlines()[-1])

    def start(self, *words, data, stderr):
        return subprocess.Popen(self.command(words, data), env=self.environment, stdout=subprocess.PIPE,
                                stderr=stderr, text=True)


def email_of(number):
    return f"member{number}@example.org"


def write_readings(path, members, first, hours):
    """A month or so of each of these members, one after the other."""
    starts = [(first + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:00:00Z") for hour in range(hours)]
    with path.open("w", encoding="utf-8") as file:
        file.write("user,start,duration,energy_consumed,energy_type\n")
        for member in members:
            file.writelines(f"{email_of(member)},{start},3600,0.5,Renewable\n" for start in starts)


class Programme:
    """A programme in use: members signed in, with points, a meter and a first reading each."""

    def __init__(self, product, folder, members, points):
        self.product, self.folder, self.members, self.points = product, folder, members, points
        self.data = folder / "data"
        self.sessions = folder / "sessions"
        self.secret = folder / "password"
        self.secret.write_text(PASSWORD + "\n", encoding="utf-8")
        self.make()

    def make(self):
        run, data = self.product.run, self.data
        run("programme", "create", "--name", "The bench", "--time-zone", "UTC", data=data)
        run("users", "create", "--email", "admin@example.org", "--name", "Administrator", "--role", "Admin",
            "--password-file", self.secret, data=data)
        run("users", "import", self.table("members", "email,name,opening_points", (
            f"{email_of(number)},Member {number},{self.points}" for number in range(self.members))), data=data)
        run("rewards", "import", self.table("rewards", "name,description,points_required,opening_stock", (
            f"Reward {cost},What {cost} points are worth,{cost},{STOCK}" for cost in range(1, REWARDS + 1))), data=data)
        readings = self.folder / "first.csv"
        write_readings(readings, range(self.members), FIRST_HOUR, 1)
        run("usage", "import", readings, data=data)
        server = Server(self.product, data)
        try:
            self.sign_all_in(server.client)
        finally:
            server.end()

    def table(self, name, header, lines):
        path = self.folder / f"{name}.csv"
        path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        return path

    def sign_all_in(self, client):
        def sign_in(email):
            return client.ask("POST", "/api/v1/sessions", body={"email": email, "password": PASSWORD})["token"]

        admin = sign_in("admin@example.org")

        def list_all(path):
            found, cursor = [], ""
            while cursor is not None:
                page = client.ask("GET", f"{path}?limit=200{cursor and '&cursor=' + cursor}", admin)
                found += page["data"]
                cursor = page["page"].get("next_cursor")
            return found

        def begin(user):
            client.ask("PUT", f"/api/v1/users/{user['user_id']}/password", admin, {"new_password": PASSWORD})
            return f"{user['user_id']} {sign_in(user['email'])}\n"

        users = [user for user in list_all("/api/v1/users") if user["role"] == "User"]
        random.Random(1).shuffle(users)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.sessions.write_text("".join(pool.map(begin, users)), encoding="utf-8")
        token = client.ask("POST", "/api/v1/tokens", admin, {"name": "The bench"})["token"]
        rewards = [reward["reward_id"] for reward in list_all("/api/v1/rewards")]
        self.environment = os.environ | {"REWARDS": " ".join(rewards), "USAGE_TOKEN": token}

    def copy(self, name):
        """A data folder of its own, as the programme stands."""
        copy = self.folder / name
        copy.mkdir()
        source = sqlite3.connect(self.data / "wattback.db")
        target = sqlite3.connect(copy / "wattback.db")
        target.execute("PRAGMA journal_mode = WAL")
        source.backup(target)
        target.close()
        source.close()
        return copy


class Load:
    """wrk against a port. Each run goes on with hours and keys where the last ended."""

    def __init__(self, programme):
        self.programme, self.rounds, self.hour = programme, 0, int(FIRST_HOUR.timestamp() / 3600) + 1

    def wrk(self, port, kind, seconds, *more):
        self.rounds += 1
        return output_of(["wrk", f"-c{CONNECTIONS}", "-t1", f"-d{seconds}s", "-s", HERE / "load.lua",
                          f"http://127.0.0.1:{port}/", "--", kind, self.programme.sessions, f"round{self.rounds}-",
                          self.hour, *more], env=self.programme.environment)

    def per_second(self, port, kind, seconds):
        told = json.loads(self.wrk(port, kind, seconds).splitlines()[-1])
        if kind == "usage":
            self.hour += told["requests"] // self.programme.members + 2
        if told["refused"] or told["broken"] or not told["requests"]:
            why = self.wrk(port, kind, 1, "explain")
            why = re.search(r"^answered .*", why, re.M)
            raise Failed(f"{kind}: of {told['requests']} requests {told['refused']} were refused and {told['broken']} "
                         f"broken off{'; one ' + why[0] if why else ''}")
        return told["requests"] / told["seconds"]


class Importing:
    """Months of members, one file a run, each of other members."""

    def __init__(self, programme):
        self.programme, self.next, self.months = programme, 0, 0
        self.data = programme.copy("import")

    def per_second(self, seconds):
        members = min(max(1, int(seconds * IMPORT_GUESS_PER_S / HOURS_A_MONTH)), self.programme.members)
        if self.next + members > self.programme.members:
            self.next, self.months = 0, self.months + 1
        path = self.programme.folder / "import.csv"
        write_readings(path, range(self.next, self.next + members),
                       FIRST_HOUR + timedelta(days=1, hours=self.months * HOURS_A_MONTH), HOURS_A_MONTH)
        self.next += members
        began = time.monotonic()
        told = self.programme.product.run("usage", "import", path, data=self.data)
        elapsed = time.monotonic() - began
        if told["accepted"] != members * HOURS_A_MONTH:
            raise Failed(f"import: {told}")
        return told["accepted"] / elapsed


def measure(name, seconds, limit, product):
    """Medians of rounds in which both take turns, after each was warmed up."""
    rounds = ROUNDS if seconds >= 2 * ROUNDS else 1
    product(1)
    limit(1)
    limits, products = [], []
    for _ in range(rounds):
        limits.append(limit(seconds // rounds))
        products.append(product(seconds // rounds))
    per_s, limit_per_s = statistics.median(products), statistics.median(limits)
    tell(f"{name}: {per_s:,.0f} a second of {limit_per_s:,.0f}")
    return {f"{name}_per_s": round(per_s), f"{name}_limit_per_s": round(limit_per_s),
            f"{name}_ratio": round(per_s / limit_per_s, 3)}


def save_answer(programme, port, path):
    """The bytes of the product's answer to a member's request for the catalog."""
    session = programme.sessions.read_text(encoding="utf-8").split()[1]
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        connection.sendall(f"GET /api/v1/rewards HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                           f"Authorization: Bearer {session}\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer or len(answer) < length:
            answer += connection.recv(1 << 16)
            head = answer.partition(b"\r\n\r\n")[0]
            found = re.search(rb"(?i)^content-length: (\d+)\r?$", head, re.M)
            length = len(head) + 4 + int(found[1]) if found else 1 << 20
    path.write_bytes(answer)


def measure_all(options, folder):
    tell(f"makes a programme of {options.members:,} members")
    product = Product(options.program)
    programme = Programme(product, folder, options.members, options.points)
    bare = programme.copy("limit") / "wattback.db"
    importing = Importing(programme)

    def sqlite(kind):
        return lambda seconds: float(output_of([options.limits / "sqlite_limit", kind, bare, seconds]))

    server = Server(product, programme.data)
    answer = folder / "catalog.http"
    beast = None
    try:
        figures = {"rss_mib": server.rss_mib(), "start_ms": server.start_ms}
        load = Load(programme)

        def over_http(kind):
            return lambda seconds: load.per_second(server.port, kind, seconds)

        figures |= measure("redemptions", options.seconds, sqlite("redemptions"), over_http("redemptions"))
        figures |= measure("usage_post", options.seconds, sqlite("usage"), over_http("usage"))
        save_answer(programme, server.port, answer)
        beast = subprocess.Popen([options.limits / "beast_limit", answer], stdout=subprocess.PIPE, text=True)
        beast_port = int(beast.stdout.readline())
        figures |= measure("catalog", options.seconds,
                           lambda seconds: load.per_second(beast_port, "catalog", seconds), over_http("catalog"))
        figures["rss_load_mib"] = server.rss_mib()
    finally:
        if beast:
            beast.kill()
            beast.communicate()
        server.end()
    figures |= measure("import", options.seconds, sqlite("import"), importing.per_second)
    audited = output_of(product.command(["audit"], programme.data)).strip()
    tell(f"audit: {audited}")
    return figures


def print_table(figures):
    print(f"{'':12} {'a second':>12} {'limit':>12} {'ratio':>8}")
    for name in ("import", "redemptions", "usage_post", "catalog"):
        print(f"{name:12} {figures[name + '_per_s']:12,} {figures[name + '_limit_per_s']:12,} "
              f"{figures[name + '_ratio']:8.2f}")
    print(f"\n{figures['rss_mib']} MiB after start, {figures['rss_load_mib']} MiB after the load; "
          f"ready {figures['start_ms']} ms after its start")


def main():
    parser = argparse.ArgumentParser(prog="bench embedded", description="How fast the product is beside its limits")
    parser.add_argument("--json", action="store_true", help="the figures as one object on the last line")
    parser.add_argument("--seconds", type=int, default=12, help="how long each figure is measured (12)")
    parser.add_argument("--members", type=int, default=10_000, help="of the programme (10,000)")
    parser.add_argument("--points", type=int, default=100_000_000, help="of each member to begin with (100,000,000)")
    parser.add_argument("--program", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--limits", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.seconds < 1 or options.members < 1:
        parser.error("seconds and members are 1 at least")
    options.folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    try:
        figures = measure_all(options, folder)
    except Failed as failed:
        tell(f"FAILED: {failed}")
        return 1
    finally:
        shutil.rmtree(folder)
    if options.json:
        print(json.dumps(figures))
    else:
        print_table(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
