"""Real mongods of a campaign's own: a replica set of one, or of three that are guarded; WATTBACK_MONGOD names the
program."""

import contextlib
import os
import shutil
import signal
import ssl
import sys
import time

from service import ROOT

sys.path.insert(0, str(ROOT / "tests" / "mongo"))
import guarded  # noqa: E402
import mongod  # noqa: E402

# What a killed server was writing stays closed to others until MongoDB ends its transaction (docs/mongodb.md):
# after a minute where it is not told otherwise, and a campaign of a thousand kills can't wait for that.
TRANSACTION_S = 5


def find_program():
    program = os.environ.get("WATTBACK_MONGOD", ROOT / "build" / "mongod" / "mongod")
    if not os.access(program, os.X_OK):
        raise SystemExit(f"there is no {program}; tools/setup.sh fetches it (install_mongod)")
    return program


class ReplicaSet:
    """With `make_proxy`, given the port, the set has its one member behind that proxy, and knows it by the proxy's
    port: whoever talks to the set talks by way of the proxy."""

    def __init__(self, transaction_s=TRANSACTION_S, make_proxy=None):
        program = find_program()
        self.folder, self.port = mongod.make_folder(), mongod.free_port()
        self.process = mongod.launch(program, self.folder, self.port, "--replSet", "tests", "--oplogSize", "256",
                                     "--setParameter", f"transactionLifetimeLimitSeconds={transaction_s}")
        self.proxy = make_proxy(self.port) if make_proxy else None
        self.known_by = self.proxy.port if self.proxy else self.port
        if not mongod.wait_until_ready(self.port, self.process, self.folder / "mongod.log", ports=[self.known_by]):
            self.end()
            raise SystemExit("mongod did not start")

    @property
    def address(self):
        return f"mongodb://127.0.0.1:{self.known_by}/?replicaSet=tests"

    def ask(self, command):
        return mongod.ask(self.port, command)

    def end(self):
        self.process.kill()
        self.process.wait()
        if self.proxy:
            self.proxy.end()
        shutil.rmtree(self.folder, ignore_errors=True)


class GuardedSet:
    """Three members that take certificates and passwords only. `settings` are those of the replica set."""

    PASSWORD = "s3cret.word"
    CACHE_GB = "0.25"
    CHANGE_MAX_S = 180  # until another is the primary, or one that was started again is a secondary

    def __init__(self, **settings):
        self.program, self.folder = find_program(), mongod.make_folder()
        guarded.make_certificates(self.folder)
        (self.folder / "key").write_text("a key that the members of the set share")
        (self.folder / "key").chmod(0o400)
        self.tls = ssl.create_default_context(cafile=self.folder / "ca.pem")
        self.ports, self.processes = [], {}
        try:
            for _ in range(3):
                port = mongod.free_port()
                (self.folder / str(port)).mkdir()
                self.ports.append(port)
                self.start(port)
            self.initiate(settings)
        except BaseException:
            self.end()
            raise

    def start(self, port):
        guard = ("--keyFile", "key", "--tlsCertificateKeyFile", "server.pem", "--tlsCAFile", "ca.pem")
        options = [word if word.startswith("--") else self.folder / word for word in guard]
        self.processes[port] = mongod.launch(
            self.program, self.folder / str(port), port, "--replSet", "tests", "--oplogSize", "64", "--tlsMode",
            "requireTLS", "--tlsAllowConnectionsWithoutCertificates", *options, cache_gb=self.CACHE_GB)

    def initiate(self, settings):
        first, log = self.ports[0], self.folder / str(self.ports[0]) / "mongod.log"
        self.wait(lambda: all(self.says(port) is not None for port in self.ports), "the members do not answer")
        if not mongod.wait_until_ready(first, self.processes[first], log, self.tls, self.ports, **settings):
            raise SystemExit("the replica set was not initiated")
        with mongod.connect(first, self.tls) as connection:
            self.run(connection, {"createUser": "root", "pwd": self.PASSWORD,
                                  "roles": [{"role": "root", "db": "admin"}]})
            guarded.sign_in(connection, "root", self.PASSWORD)
            self.run(connection, {"createUser": "ada", "pwd": self.PASSWORD,
                                  "roles": [{"role": "readWrite", "db": "programme"}]})
        self.wait_until_whole()

    @staticmethod
    def run(connection, command):
        answer = mongod.send(connection, command)
        if not mongod.is_done(answer):
            raise SystemExit(f"{command}: {answer}")
        return answer

    @property
    def address(self):
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return (f"mongodb://ada:{self.PASSWORD}@{hosts}/programme?authSource=admin&authMechanism=SCRAM-SHA-256"
                f"&replicaSet=tests&tls=true&tlsCAFile={self.folder}/ca.pem")

    def says(self, port):
        """Its hello; None while it does not answer."""
        try:
            return mongod.ask(port, {"hello": 1}, self.tls)
        except OSError:
            return None

    def is_in(self, port, state):
        return mongod.is_true(self.says(port) or b"", state)

    def find_primary(self):
        return next((port for port in self.ports if self.is_in(port, "isWritablePrimary")), None)

    def wait(self, condition, otherwise):
        until = time.monotonic() + self.CHANGE_MAX_S
        while not condition():
            if time.monotonic() > until:
                raise SystemExit(f"{otherwise} within {self.CHANGE_MAX_S} s")
            time.sleep(0.05)

    def wait_until_whole(self):
        """A primary, and two that could follow it."""
        def is_whole():
            return self.find_primary() and sum(self.is_in(port, "secondary") for port in self.ports) == 2
        self.wait(is_whole, "the set was not whole")

    @contextlib.contextmanager
    def connect(self, port):
        with mongod.connect(port, self.tls) as connection:
            guarded.sign_in(connection, "root", self.PASSWORD)
            yield connection

    def step_down(self, port, away_s, watch):
        """Whether it did; `watch` is told right before and right after."""
        with self.connect(port) as connection:
            watch.begin()
            answer = mongod.send(connection, {"replSetStepDown": away_s,
                                              "secondaryCatchUpPeriodSecs": min(away_s - 1, 9)})
            watch.end()
            return mongod.is_done(answer)

    def freeze(self, ports, seconds):
        """None of these becomes the primary meanwhile."""
        for port in ports:
            with self.connect(port) as connection:
                self.run(connection, {"replSetFreeze": seconds})

    def kill(self, port):
        self.processes[port].kill()
        self.processes[port].wait()

    def stand_still(self, port, seconds):
        self.processes[port].send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.processes[port].send_signal(signal.SIGCONT)

    def end(self):
        for process in self.processes.values():
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
