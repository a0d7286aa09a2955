"""A mongod that takes certificates and passwords only, as its users have it, and how to sign in to it."""

import base64
import hashlib
import hmac
import os
import shutil
import ssl
import struct
import subprocess
import time

import mongod

PASSWORD, IN_ADDRESS = "s3cret/word", "s3cret%2Fword"


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


NODE = "node.cluster.wattback.test"  # a name of the server's, where a DNS has it


def make_certificates(folder):
    """ca.pem, and server.pem and client.pem that it signed, each with its key."""
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca")
    for name in ("server", "client"):
        openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                "-subj", f"/O={name}/CN={name}")
        (folder / "names").write_text(f"subjectAltName=IP:127.0.0.1,DNS:{NODE}\n")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", f"{name}.crt", "-extfile", "names")
        (folder / f"{name}.pem").write_text((folder / f"{name}.crt").read_text() + (folder / f"{name}.key").read_text())


def sign_in(connection, user, password):
    """SCRAM-SHA-256 (RFC 7677), believing the server."""

    def payload_of(answer):
        start = answer.index(b"\x05payload\0") + len(b"\x05payload\0")
        return answer[start + 5:start + 5 + struct.unpack("<i", answer[start:start + 4])[0]].decode()

    first = f"n={user},r=a-number-used-once"
    answer = payload_of(mongod.send(connection, {"saslStart": 1, "mechanism": "SCRAM-SHA-256",
                                                 "payload": f"n,,{first}".encode(),
                                                 "options": {"skipEmptyExchange": True}}))
    nonce, salt, rounds = (part[2:] for part in answer.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    key = hmac.digest(salted, b"Client Key", "sha256")
    last = f"c=biws,r={nonce}"
    signature = hmac.digest(hashlib.sha256(key).digest(), f"{first},{answer},{last}".encode(), "sha256")
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature))).decode()
    done = mongod.send(connection, {"saslContinue": 1, "conversationId": 1, "payload": f"{last},p={proof}".encode()})
    assert mongod.is_done(done), done


class Server:
    """A mongod of its own, in a folder that goes with it."""

    def __init__(self, *options, ready=lambda port: mongod.ask(port, {"hello": 1}), prepare=lambda folder: None):
        self.folder = mongod.make_folder()
        prepare(self.folder)
        self.port = mongod.free_port()
        options = [str(option).replace("FOLDER", str(self.folder)) for option in options]
        self.process = mongod.launch(os.environ["WATTBACK_MONGOD"], self.folder, self.port, *options)
        until = time.monotonic() + mongod.READY_MAX_S
        while True:
            try:
                ready(self.port)
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def end(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Guarded:
    """A replica set that takes certificates and passwords only, with one user of one database."""

    def __init__(self):
        self.tls = None
        self.server = Server("--replSet", "tests", "--keyFile", "FOLDER/key", "--tlsMode", "requireTLS",
                             "--tlsCertificateKeyFile", "FOLDER/server.pem", "--tlsCAFile", "FOLDER/ca.pem",
                             prepare=self.prepare, ready=self.wait)
        self.folder, self.port = self.server.folder, self.server.port
        try:
            self.create_users()
        except Exception:
            self.server.end()
            raise

    def create_users(self):
        with mongod.connect(self.port, self.tls) as connection:
            self.create_user(connection, "root", {"role": "root", "db": "admin"})
            sign_in(connection, "root", PASSWORD)
            for user, role in (("ada", "readWrite"), ("eve", "read")):
                self.create_user(connection, user, {"role": role, "db": "programme"})
            made = mongod.send(connection, {"createRole": "writesUsers", "roles": [{"role": "read", "db": "programme"}],
                                            "privileges": [{"resource": {"db": "programme", "collection": "users"},
                                                            "actions": ["insert", "update", "remove"]}]})
            assert mongod.is_done(made), made
            self.create_user(connection, "ivo", {"role": "writesUsers", "db": "admin"})
            made = mongod.send(connection, {"createUser": "CN=client,O=client", "$db": "$external",
                                            "roles": [{"role": "readWrite", "db": "programme"}]})
            assert mongod.is_done(made), made

    def run(self, command):
        """By the one who may do everything."""
        with mongod.connect(self.port, self.tls) as connection:
            sign_in(connection, "root", PASSWORD)
            done = mongod.send(connection, command)
            assert mongod.is_done(done), done

    @staticmethod
    def create_user(connection, name, role):
        made = mongod.send(connection, {"createUser": name, "pwd": PASSWORD, "roles": [role]})
        assert mongod.is_done(made), made

    def prepare(self, folder):
        make_certificates(folder)
        (folder / "key").write_text("a key that the members of the set share")
        (folder / "key").chmod(0o400)
        self.tls = ssl.create_default_context(cafile=folder / "ca.pem")
        self.tls.load_cert_chain(folder / "client.pem")

    def wait(self, port):
        mongod.ask(port, {"hello": 1}, self.tls)
        mongod.initiate(port, self.tls)
        while not mongod.is_true(mongod.ask(port, {"hello": 1}, self.tls), "isWritablePrimary"):
            time.sleep(0.05)

    def address(self, password=IN_ADDRESS, database="programme", user="ada", set_name="tests", host="127.0.0.1", **files):
        options = f"authSource=admin&authMechanism=SCRAM-SHA-256&replicaSet={set_name}&tls=true&{self.options(**files)}"
        return f"mongodb://{user}:{password}@{host}:{self.port}/{database}?{options}"

    def options(self, ca="ca.pem", certificate="client.pem"):
        """Of any address of it."""
        files = f"tlsCAFile={self.folder}/{ca}" + (f"&tlsCertificateKeyFile={self.folder}/{certificate}" if certificate else "")
        return f"{files}&serverSelectionTimeoutMS=2000"


class WithAGuardedServer:
    @classmethod
    def setUpClass(cls):
        cls.guarded = Guarded()
        cls.addClassCleanup(cls.guarded.server.end)
