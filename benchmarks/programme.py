"""The product as ./bench runs it, and a programme in use.

A store is the words that name it on the command line: --data-dir PATH, or --store ADDRESS.
"""

import concurrent.futures
import http.client
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import namedtuple
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONNECTIONS = 64
MANY_CONNECTIONS = 256
REWARDS = 20
FIRST_HOUR = datetime(2024, 1, 1, tzinfo=timezone.utc)
STOCK = 1_000_000_000
PASSWORD = "a password of the bench"
# Signing in costs what the operator says; here the least, since ten thousand do.
SETTINGS = {"WATTBACK_PASSWORD_MEMORY_KIB": "8", "WATTBACK_PASSWORD_OPERATIONS": "1"}
MIB = 1024  # in KiB
ENDS_MAX_S = 60
ANSWERS_MAX_S = 60
IDLE_MAX_S = 30
LOOKS_S = 0.01


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
            self.own.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWERS_MAX_S)
        elif time.monotonic() - self.own.asked > IDLE_MAX_S:
            self.own.connection.close()  # the server does so after a minute; asking opens it anew
        self.own.asked = time.monotonic()
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        self.own.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.own.connection.getresponse()
        text = answer.read().decode()
        if not 200 <= answer.status < 300:
            raise Failed(f"{method} {path} answered {answer.status}: {text}")
        return json.loads(text) if text else None


def memory_mib(process, which):
    """What it has (VmRSS) or had at most (VmHWM: proc(5)); 0 when it is gone."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return 0
    found = re.search(rf"{which}:\s+(\d+) kB", status)
    return round(int(found[1]) / MIB, 1) if found else 0


class Server:
    """A server that says its URL on its first line. It ends with the block it is made for."""

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
        return memory_mib(self.process, "VmRSS")

    def peak_rss_mib(self):
        return memory_mib(self.process, "VmHWM")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.communicate(timeout=ENDS_MAX_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise Failed(f"the server did not end within {ENDS_MAX_S} s") from None
        finally:
            self.log.close()


Audit = namedtuple("Audit", "documents seconds peak_mib")


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
        """How many documents hold what the programme promises, in how many seconds, with what memory at most."""
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            began = time.monotonic()
            process = subprocess.Popen([self.program, "audit", *store, "--json"], env=self.environment, stdout=output,
                                       stderr=subprocess.STDOUT)
            peak_mib = 0
            while process.poll() is None:
                peak_mib = max(peak_mib, memory_mib(process, "VmHWM"))
                time.sleep(LOOKS_S)
            seconds = time.monotonic() - began
            output.seek(0)
            lines = output.read().splitlines()
        if process.returncode != 0:
            raise Failed(f"audit: {' '.join(lines[-3:])}")
        documents = json.loads(lines[-1])["checked"]
        tell(f"audit: {documents:,} documents hold, in {seconds:.1f} s with {peak_mib} MiB")
        return Audit(documents, seconds, peak_mib)


def copy_of(data, name):
    """A data folder of its own, as the programme stands."""
    copy = data.parent / name
    copy.mkdir()
    source = sqlite3.connect(data / "wattback.db")
    target = sqlite3.connect(copy / "wattback.db")
    target.execute("PRAGMA journal_mode = WAL")
    source.backup(target)
    target.close()
    source.close()
    return copy


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
    """A programme in use: members with points, a meter and a first reading each, all or `signed_in` of them signed in.
    """

    def __init__(self, product, folder, options, store, rewards=REWARDS, signed_in=None):
        self.product, self.folder, self.members, self.store = product, folder, options.members, store
        self.points, self.rewards = options.points, rewards
        self.signed_in = range(self.members) if signed_in is None else signed_in
        folder.mkdir(exist_ok=True)
        self.sessions = folder / "sessions"
        self.secret = folder / "password"
        self.secret.write_text(PASSWORD + "\n", encoding="utf-8")
        self.make(store)
        with self.serve() as server:
            self.sign_all_in(server.client)

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
            for cost in range(1, self.rewards + 1))), store=store)
        readings = self.folder / "first.csv"
        write_readings(readings, range(self.members), FIRST_HOUR, 1)
        run("usage", "import", readings, store=store)

    def serve(self, log="server.log"):
        return self.product.serve(self.store, self.folder / log)

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

        wanted = set(map(email_of, self.signed_in))
        users = [user for user in list_all("/api/v1/users") if user["email"] in wanted]
        random.Random(1).shuffle(users)
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            self.sessions.write_text("".join(pool.map(begin, users)), encoding="utf-8")
        token = client.ask("POST", "/api/v1/tokens", admin, {"name": "The bench"})["token"]
        rewards = [reward["reward_id"] for reward in list_all("/api/v1/rewards")]
        self.environment = os.environ | {"REWARDS": " ".join(rewards), "USAGE_TOKEN": token}
