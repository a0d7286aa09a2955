"""What a mongod needs that takes certificates and passwords only, and how to sign in to it."""

import base64
import hashlib
import hmac
import struct
import subprocess

import mongod


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def make_certificates(folder):
    """ca.pem, and server.pem and client.pem that it signed, each with its key."""
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca")
    for name in ("server", "client"):
        openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                "-subj", f"/O={name}/CN={name}")
        (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
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
