#!/usr/bin/env python3
"""The program on a guarded server that a mongodb+srv:// address names, as Atlas gives them, looked up in a DNS of the
test's own.

That takes a network and a file system of its own, in which port 53 is free and the DNS is this one.
"""

import fcntl
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

import dns.message
import dns.rrset

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path += [str(ROOT / "tests" / "cli"), str(ROOT / "tests" / "faults")]
from guarded import IN_ADDRESS, NODE, PASSWORD, WithAGuardedServer  # noqa: E402
from server import ServerTest  # noqa: E402
from small_disk import go_apart  # noqa: E402
from wattback import UNAVAILABLE, StoreTest  # noqa: E402

CLUSTER, OTHER_DOMAIN = "cluster.wattback.test", "cluster.elsewhere.test"
DNS_PORT = 53


class Dns:
    """Answers what its records say, each a list by name and type, and that there is none for anything else."""

    def __init__(self, records):
        self.records, self.asked = records, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", DNS_PORT))
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self):
        while True:
            packet, whom = self.socket.recvfrom(4096)
            answer = dns.message.make_response(dns.message.from_wire(packet))
            question = answer.question[0]
            asked = (question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype))
            self.asked.append(asked)
            if texts := self.records.get(asked):
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", asked[1], *texts))
            self.socket.sendto(answer.to_wire(), whom)


def raise_loopback():
    SIOCSIFFLAGS, IFF_UP = 0x8914, 1  # netdevice(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def ask_only_here():
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as resolver:
        resolver.write("nameserver 127.0.0.1\noptions timeout:1 attempts:2\n")
        resolver.flush()
        subprocess.run(["mount", "--bind", resolver.name, "/etc/resolv.conf"], check=True)


class Cluster(WithAGuardedServer, ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        node = [f"0 0 {cls.guarded.port} {NODE}."]
        cls.dns = Dns({(f"_mongodb._tcp.{CLUSTER}", "SRV"): node, (f"_mongodb._tcp.{OTHER_DOMAIN}", "SRV"): node,
                       (CLUSTER, "TXT"): ['"authSource=admin&replicaSet=tests"'], (NODE, "A"): ["127.0.0.1"]})  # fmt: skip

    def setUp(self):
        StoreTest.setUp(self)
        self.name_cluster(CLUSTER)

    def name_cluster(self, cluster, options=None):
        """TLS, the set's name and the database of the users are not among the options."""
        options = self.guarded.options() if options is None else options
        address = f"mongodb+srv://ada:{IN_ADDRESS}@{cluster}/programme?{options}"
        self.named = {"WATTBACK_STORE_FILE": str(self.write("address", address + "\n"))}

    def environment(self):
        return super().environment() | self.named

    def test_a_programme_lives_there(self):
        super().setUp()
        self.add_member()
        self.serve()
        users = self.ask("GET", "/api/v1/users?email=rosa@example.org", bearer=self.sign_in()).json()["data"]
        self.assertEqual([user["email"] for user in users], ["rosa@example.org"])
        self.audit()
        self.assertIn((CLUSTER, "TXT"), self.dns.asked)

    def test_only_the_systems_authorities_are_believed_where_none_is_named(self):
        self.name_cluster(CLUSTER, "serverSelectionTimeoutMS=2000")
        self.refuse_quietly("certificate verify failed")

    def test_a_node_of_another_domain(self):
        """Who could write to the DNS might lead the program anywhere."""
        self.name_cluster(OTHER_DOMAIN)
        self.refuse_quietly(f'Invalid host "{NODE}"')

    def test_a_name_that_is_not_there(self):
        self.name_cluster("away.wattback.test")
        self.refuse_quietly("_mongodb._tcp.away.wattback.test")

    def refuse_quietly(self, says):
        finished = self.refuse(UNAVAILABLE, "users", "list", says=says)
        self.assertNotIn(PASSWORD, finished.stderr)
        self.assertNotIn(IN_ADDRESS, finished.stderr)


if __name__ == "__main__":
    go_apart(__file__, "--net")
    raise_loopback()
    ask_only_here()
    unittest.main()
