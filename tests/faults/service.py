"""The program as its operator runs it: set up, served, killed, paused, audited. WATTBACK_PROGRAM names it."""

import json
import os
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS_MAX = 300
ADMIN = {"email": "ada@example.org", "password": "a long secret"}


class Broken(Exception):
    """What the campaign is out to find, in words."""


class Server:
    """One `wattback serve`, ready when it is made."""

    def __init__(self, process, log):
        self.process, self.log = process, log
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        if not found:
            self.kill()
            raise Broken(f"the server did not start: {line}{log.read_text(encoding='utf-8')[-2000:]}")
        self.port = int(found[1])

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def measure(self, metric):
        """What /metrics says of it."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=SECONDS_MAX) as said:
            return int(re.search(rf"^{metric} (\d+)$", said.read().decode(), re.MULTILINE)[1])

    def end(self):
        """As an operator ends it; what is in flight is answered."""
        self.process.terminate()
        code = self.process.wait(SECONDS_MAX)
        self.process.stdout.close()
        if code != 0:
            raise Broken(f"the server ended with {code}: {self.log.read_text(encoding='utf-8')[-2000:]}")

    @property
    def runs(self):
        return self.process.poll() is None


class Service:
    """A programme in a store of its own: a file in the folder, or the database that `store` names."""

    def __init__(self, folder, store=None):
        self.folder, self.store = Path(folder), store
        self.program = Path(os.environ["WATTBACK_PROGRAM"]).resolve()
        self.servers = []
        secret = self.folder / "secret"
        secret.write_text(ADMIN["password"] + "\n", encoding="utf-8")
        self.run("programme", "create", "--name", "Sunny Street", "--time-zone", "Europe/Lisbon")
        self.run("users", "create", "--email", ADMIN["email"], "--name", "Ada", "--role", "Admin",
                 "--password-file", secret)

    def environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WATTBACK_")}
        cheap = {"WATTBACK_PASSWORD_MEMORY_KIB": "8", "WATTBACK_PASSWORD_OPERATIONS": "1"}
        return kept | cheap | ({"WATTBACK_STORE": self.store} if self.store else {})

    def command(self, *words):
        folder = () if self.store else ("--data-dir", self.folder / "data")  # the flag would go before a store
        return [self.program, *map(str, words), *folder]

    def start(self, *words, **more):
        return subprocess.Popen(self.command(*words), text=True, cwd=self.folder, env=self.environment(),
                                stdout=subprocess.PIPE, **more)

    def run(self, *words):
        """What it says with --json."""
        process = self.start(*words, "--json", stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        try:
            said, complained = process.communicate(timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Broken(f"{' '.join(map(str, words))}: not done in {SECONDS_MAX} s") from None
        if process.returncode != 0:
            raise Broken(f"{' '.join(map(str, words))}: exit {process.returncode}: {said}{complained}")
        return json.loads(said.splitlines()[-1])

    def audit(self):
        report = self.run("audit")
        if not report["ok"] or report["checked"] == 0:
            raise Broken(f"the audit: {report}")
        return report["checked"]

    def serve(self):
        log = self.folder / f"log-{len(self.servers)}"  # in a pipe that nobody reads the server would get stuck
        with log.open("w", encoding="utf-8") as said:
            self.servers.append(Server(self.start("serve", "--port", "0", stderr=said), log))
        return self.servers[-1]

    def close(self):
        for server in self.servers:
            if server.runs:
                server.kill()
