#!/usr/bin/env python3
"""A replica set of one real mongod for the tests, in a folder of its own, gone when they are.

    mongod.py start PROGRAM ADDRESS_FILE    starts it and writes its address, once it takes writes
    mongod.py stop ADDRESS_FILE             ends it

It is also ended when the process that called `start` (ctest, or a shell) is gone: a guard watches it.
"""

import ctypes
import os
import random
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PORTS = range(21000, 29000)  # below those the system gives to who connects
READY_MAX_S = 60
CACHE_GB = "0.5"
GUARD_LOOKS_S = 0.5


def encode(document):
    """BSON (bsonspec.org) of texts, bytes, truths, whole numbers, documents and lists."""
    body = b""
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for name, value in items:
        key = str(name).encode() + b"\0"
        if isinstance(value, str):
            text = value.encode() + b"\0"
            body += b"\x02" + key + struct.pack("<i", len(text)) + text
        elif isinstance(value, bytes):
            body += b"\x05" + key + struct.pack("<i", len(value)) + b"\0" + value
        elif isinstance(value, bool):
            body += b"\x08" + key + (b"\1" if value else b"\0")
        elif isinstance(value, int):
            body += b"\x10" + key + struct.pack("<i", value)
        else:
            body += (b"\x03" if isinstance(value, dict) else b"\x04") + key + encode(value)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def connect(port, tls=None):
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    return tls.wrap_socket(connection, server_hostname="127.0.0.1") if tls else connection


def send(connection, command):
    """The raw BSON of the answer to a command, on `admin` unless it has a `$db`: OP_MSG, without a driver."""
    message = struct.pack("<i", 0) + b"\0" + encode({**command, "$db": command.get("$db", "admin")})
    connection.sendall(struct.pack("<iiii", len(message) + 16, 1, 0, 2013) + message)
    answer = b""
    while len(answer) < 4 or len(answer) < struct.unpack("<i", answer[:4])[0]:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError("mongod closed the connection")
        answer += part
    return answer


def ask(port, command, tls=None):
    with connect(port, tls) as connection:
        return send(connection, command)


def is_true(answer, name):
    return b"\x08" + name.encode() + b"\0\x01" in answer


def double_at(answer, name):
    field = b"\x01" + name.encode() + b"\0"
    return struct.unpack_from("<d", answer, answer.index(field) + len(field))[0]


def is_done(answer):
    return b"\x01ok\0" + struct.pack("<d", 1) in answer


def free_port():
    for port in random.sample(PORTS, len(PORTS)):  # two that look at once hardly find the same
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SystemExit("mongod: no free port")


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def make_folder():
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="wattback-mongod-", dir=memory if os.access(memory, os.W_OK) else None))


def end_with_parent():
    PR_SET_PDEATHSIG = 1  # prctl(2)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def launch(program, folder, port, *options, cache_gb=CACHE_GB):
    (folder / "data").mkdir(exist_ok=True)
    return subprocess.Popen(
        [program, "--dbpath", folder / "data", "--port", str(port), "--bind_ip", "127.0.0.1",
         "--unixSocketPrefix", folder, "--wiredTigerCacheSizeGB", cache_gb,
         "--setParameter", "enableTestCommands=1",
         "--setParameter", "diagnosticDataCollectionEnabled=false",
         "--logpath", folder / "mongod.log", *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=end_with_parent)  # fmt: skip


def initiate(port, tls=None, ports=None, **settings):
    """The set is of those that answer at `ports`, its own if none are given."""
    members = [{"_id": number, "host": f"127.0.0.1:{each}"} for number, each in enumerate(ports or [port])]
    configuration = {"_id": "tests", "members": members, "settings": settings}
    return is_done(ask(port, {"replSetInitiate": configuration}, tls))


def wait_until_ready(port, mongod, log, tls=None, ports=None, **settings):
    initiated = False
    until = time.monotonic() + READY_MAX_S
    while time.monotonic() < until and mongod.poll() is None:
        try:
            initiated = initiated or initiate(port, tls, ports, **settings)
            if is_true(ask(port, {"hello": 1}, tls), "isWritablePrimary"):
                return True
        except OSError:
            pass
        time.sleep(0.05)
    if log.is_file():
        sys.stderr.write("".join(log.read_text(errors="replace").splitlines(True)[-20:]))
    return False


def let_go_of_streams():
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def guard(program, address_file, watched, report):
    """Keeps mongod until it is told to end, or who started it is gone."""
    folder = make_folder()
    ending = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ending.append(True))
    port = free_port()
    mongod = launch(program, folder, port, "--replSet", "tests", "--oplogSize", "256")
    try:
        if wait_until_ready(port, mongod, folder / "mongod.log"):
            address_file.parent.mkdir(parents=True, exist_ok=True)
            address_file.write_text(f"mongodb://127.0.0.1:{port}/?replicaSet=tests\n{os.getpid()}\n")
            let_go_of_streams()  # who reads them waits for their end
            os.write(report, b"ready")
            os.close(report)
            while not ending and is_alive(watched) and mongod.poll() is None:
                time.sleep(GUARD_LOOKS_S)
    finally:
        mongod.kill()
        mongod.wait()
        shutil.rmtree(folder, ignore_errors=True)
        address_file.unlink(missing_ok=True)


def start(program, address_file):
    if not os.access(program, os.X_OK):
        print(f"there is no {program}; tools/setup.sh installs it", file=sys.stderr)
        return 1
    stop(address_file)
    watched = os.getppid()
    ready, report = os.pipe()
    if os.fork() == 0:
        os.setsid()
        os.close(ready)
        try:
            guard(program, address_file, watched, report)
        finally:
            os._exit(0)
    os.close(report)
    select.select([ready], [], [], READY_MAX_S + 10)
    if os.read(ready, 5) != b"ready":
        print("mongod did not start", file=sys.stderr)
        return 1
    return 0


def stop(address_file):
    if not address_file.is_file():
        return 0
    pid = int(address_file.read_text().splitlines()[1])
    if is_alive(pid):
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + READY_MAX_S
    while address_file.is_file() and is_alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    address_file.unlink(missing_ok=True)
    return 0


def main(words):
    if len(words) == 3 and words[0] == "start":
        return start(words[1], Path(words[2]))
    if len(words) == 2 and words[0] == "stop":
        return stop(Path(words[1]))
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
