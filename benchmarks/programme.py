"""The product as ./bench runs it: a programme in use, the load on its server, and a measure beside a limit.

A store is the words that name it on the command line: --data-dir PATH, or --store ADDRESS.
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
PASSWORD = "a password of the bench"
# Signing in costs what the operator says; here the least, since ten thousand do.
SETTINGS = {"WATTBACK_PASSWORD_MEMORY_KIB": "8", "WATTBACK_PASSWORD_OPERATIONS": "1"}
MIB = 1024  # in KiB
ENDS_MAX_S = 60
ANSWERS_MAX_S = 60


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
    """A server that says its URL on its first line."""

    def __init__(self, command, environment, log):
        self.log = log.open("w", encoding="utf-8")
        began = time.monotonic()
        self.process = subprocess.Popen([str(word) for word in command], env=environment, stdout=subprocess.PIPE,
                                        stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"the server did not start: {log.read_text(encoding='utf-8')}")
        self.port = int(re.search(r":(\d+)/", json.loads(line)["url"])[1])
        self.client = Client(self.port)
        self.client.ask("GET", "/readyz")
        self.start_ms = round(1000 * (time.monotonic() - began), 1)

    def rss_mib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return round(int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / MIB, 1)

    def end(self):
        self.process.terminate()
        try:
            self.process.communicate(timeout=ENDS_MAX_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise Failed(f"the server did not end within {ENDS_MAX_S} s") from None
        finally:
            self.log.close()


class Product:
    def __init__(self, program):
        self.program = program
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("WATTBACK_")}
        self.environment |= SETTINGS

    def run(self, *words, store):
        command = [self.program, *words, *store, "--json"]
        return json.loads(output_of(command, env=self.environment).splitlines()[-1])

    def serve(self, store, log):
        return Server([self.program, "serve", "--port", 0, "--json", *store], self.environment, log)

    def audit(self, store):
        tell(f"audit: {output_of([self.program, 'audit', *store], env=self.environment).strip()}")


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

    def __init__(self, product, folder, options, store):
        self.product, self.folder, self.members, self.store = product, folder, options.members, store
        self.points = options.points
        self.sessions = folder / "sessions"
        self.secret = folder / "password"
        self.secret.write_text(PASSWORD + "\n", encoding="utf-8")
        self.make(store)
        server = self.serve()
        try:
            self.sign_all_in(server.client)
        finally:
            server.end()

    def make(self, store):
        """The programme in this store; nobody is signed in yet."""
        run = self.product.run
        run("programme", "create", "--name", "The bench", "--time-zone", "UTC", store=store)
        run("users", "create", "--email", "admin@example.org", "--name", "Administrator", "--role", "Admin",
            "--password-file", self.secret, store=store)
        run("users", "import", self.table("members", "email,name,opening_points", (
            f"{email_of(number)},Member {number},{self.points}" for number in range(self.members))), store=store)
        run("rewards", "import", self.table("rewards", "name,description,points_required,opening_stock", (
            f"Reward {cost},What {cost} points are worth,{cost},{STOCK}"
            for cost in range(1, REWARDS + 1))), store=store)
        readings = self.folder / "first.csv"
        write_readings(readings, range(self.members), FIRST_HOUR, 1)
        run("usage", "import", readings, store=store)

    def serve(self):
        return self.product.serve(self.store, self.folder / "server.log")

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
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            self.sessions.write_text("".join(pool.map(begin, users)), encoding="utf-8")
        token = client.ask("POST", "/api/v1/tokens", admin, {"name": "The bench"})["token"]
        rewards = [reward["reward_id"] for reward in list_all("/api/v1/rewards")]
        self.environment = os.environ | {"REWARDS": " ".join(rewards), "USAGE_TOKEN": token}


class Load:
    """wrk against a port. Each run goes on with hours and keys where the last ended."""

    def __init__(self, programme):
        self.programme, self.rounds, self.hour = programme, 0, int(FIRST_HOUR.timestamp() / 3600) + 1

    def wrk(self, port, kind, seconds, connections, *more):
        self.rounds += 1
        return output_of(["wrk", f"-c{connections}", "-t1", f"-d{seconds}s", "--timeout", f"{ANSWERS_MAX_S}s",
                          "-s", HERE / "load.lua", f"http://127.0.0.1:{port}/", "--", kind, self.programme.sessions,
                          f"round{self.rounds}-", self.hour, *more], env=self.programme.environment)

    def run(self, port, kind, seconds, connections):
        """How many requests, and how many a second."""
        told = json.loads(self.wrk(port, kind, seconds, connections).splitlines()[-1])
        if kind == "usage":
            self.hour += told["requests"] // self.programme.members + 2
        if told["requests"] == 0 and seconds < ANSWERS_MAX_S:  # what the last run left undone was done first
            return self.run(port, kind, 2 * seconds, connections)
        if told["refused"] or told["broken"] or not told["requests"]:
            why = self.wrk(port, kind, 1, connections, "explain")
            why = re.search(r"^answered .*", why, re.M)
            raise Failed(f"{kind}: of {told['requests']} requests {told['refused']} were refused and {told['broken']} "
                         f"broken off{'; one ' + why[0] if why else ''}")
        return told["requests"], told["requests"] / told["seconds"]

    def per_second(self, port, kind, connections=CONNECTIONS):
        return lambda seconds: self.run(port, kind, seconds, connections)[1]


class Importing:
    """Months of members, one file a run, each of other members."""

    def __init__(self, programme, store, guess_per_s):
        self.programme, self.store, self.next, self.months = programme, store, 0, 0
        self.guess_per_s = guess_per_s  # how long a file to make for a time

    def per_second(self, seconds):
        members = min(max(1, int(seconds * self.guess_per_s / HOURS_A_MONTH)), self.programme.members)
        if self.next + members > self.programme.members:
            self.next, self.months = 0, self.months + 1
        path = self.programme.folder / "import.csv"
        write_readings(path, range(self.next, self.next + members),
                       FIRST_HOUR + timedelta(days=1, hours=self.months * HOURS_A_MONTH), HOURS_A_MONTH)
        self.next += members
        began = time.monotonic()
        told = self.programme.product.run("usage", "import", path, store=self.store)
        elapsed = time.monotonic() - began
        if told["accepted"] != members * HOURS_A_MONTH:
            raise Failed(f"import: {told}")
        return told["accepted"] / elapsed


def medians(seconds, *measured):
    """Of rounds in which all take turns, after each was warmed up, the product before its limit."""
    rounds = ROUNDS if seconds >= 2 * ROUNDS else 1
    for measure_one in reversed(measured):
        measure_one(1)
    taken = [[measure_one(seconds // rounds) for measure_one in measured] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*taken)]


def measure(name, seconds, limit, product):
    limit_per_s, per_s = medians(seconds, limit, product)
    tell(f"{name}: {per_s:,.0f} a second of {limit_per_s:,.0f}")
    return figures_of(name, per_s, limit_per_s)


def figures_of(name, per_s, limit_per_s):
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


def measure_catalog(load, port, options):
    """Beside Beast sending the same bytes."""
    answer = load.programme.folder / "catalog.http"
    save_answer(load.programme, port, answer)
    beast = subprocess.Popen([options.limits / "beast_limit", answer], stdout=subprocess.PIPE, text=True)
    try:
        beast_port = int(beast.stdout.readline())
        return measure("catalog", options.seconds, load.per_second(beast_port, "catalog"),
                       load.per_second(port, "catalog"))
    finally:
        beast.kill()
        beast.communicate()


def limit(options, name, kind, store):
    return lambda seconds: float(output_of([options.limits / name, kind, store, seconds]))


def print_rows(figures, names):
    print(f"{'':12} {'a second':>12} {'limit':>12} {'ratio':>8}")
    for name in names:
        print(f"{name:12} {figures[name + '_per_s']:12,} {figures[name + '_limit_per_s']:12,} "
              f"{figures[name + '_ratio']:8.2f}")


def print_table(figures):
    print_rows(figures, ("import", "redemptions", "usage_post", "catalog"))
    print(f"\n{figures['rss_mib']} MiB after start, {figures['rss_load_mib']} MiB after the load; "
          f"ready {figures['start_ms']} ms after its start")


def parser_of(name, description):
    parser = argparse.ArgumentParser(prog=f"bench {name}", description=description)
    parser.add_argument("--json", action="store_true", help="the figures as one object on the last line")
    parser.add_argument("--program", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--limits", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    return parser


def parse_measured(parser):
    """The options of a bench that measures for a time."""
    parser.add_argument("--seconds", type=int, default=12, help="how long each figure is measured (12)")
    parser.add_argument("--members", type=int, default=10_000, help="of the programme (10,000)")
    parser.add_argument("--points", type=int, default=100_000_000, help="of each member to begin with (100,000,000)")
    options = parser.parse_args()
    if options.seconds < 1 or options.members < 1:
        parser.error("seconds and members are 1 at least")
    return options


def run(options, measure_all, show):
    """Measures in a folder of its own, and says the figures; what the process exits with."""
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
        show(figures)
    return 0
