#!/usr/bin/env python3
"""The server as its operator runs it: starting, serving beside the command line, ending."""

import gzip
import json
import signal
import socket
import threading
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from server import ServerTest
from wattback import CONFLICT, INVALID, UNAVAILABLE


class ServeTest(ServerTest):
    def test_a_day_over_http(self):
        self.serve()
        admin = self.sign_in()
        member = self.ask("POST", "/api/v1/users", {"email": "rosa@example.org", "name": "Rosa",
                                                    "password": "rosa's secret"}, admin)
        self.assertEqual(member.status, 201, member.body)
        path = "/api/v1/users/" + member.json()["user_id"]
        token = self.ask("POST", "/api/v1/tokens", {"name": "gateway"}, admin).json()["token"]
        reading = {"start": "2026-06-01T10:00:00Z", "duration": 3600, "energy_consumed": 41.3,
                   "energy_type": "Renewable"}
        recorded = self.ask("POST", path + "/usage", reading, token)
        self.assertEqual((recorded.status, recorded.json()["points"]), (201, 413))
        reward = self.ask("POST", "/api/v1/rewards", {"name": "LED bulbs", "points_required": 400, "stock": 2}, admin)
        rosa = self.ask("POST", "/api/v1/sessions", {"email": "rosa@example.org",
                                                     "password": "rosa's secret"}).json()["token"]
        redeemed = self.ask("POST", "/api/v1/users/me/redemptions", {"reward_id": reward.json()["reward_id"]}, rosa,
                            Idempotency_Key="one")
        self.assertEqual((redeemed.status, redeemed.json()["total_points"]), (201, 13))
        code, out, err = self.end()
        self.assertEqual(code, 0, err)
        self.assertIn("stopped", out)
        self.audit()

    def test_the_command_line_beside_it(self):
        self.serve()
        admin = self.sign_in()
        self.run_json("rewards", "create", "--name", "Kettle", "--points-required", "50", "--stock", "1")
        listed = self.ask("GET", "/api/v1/rewards", bearer=admin).json()["data"]
        self.assertEqual([reward["name"] for reward in listed], ["Kettle"])

    def test_a_price_changed_beside_it_shows_within_a_second(self):
        self.run_json("rewards", "create", "--name", "Lamp", "--points-required", "5", "--stock", "3")
        self.serve()
        admin = self.sign_in()

        def price():
            return self.ask("GET", "/api/v1/rewards", bearer=admin).json()["data"][0]["points_required"]

        self.assertEqual([price(), price()], [5, 5])
        self.run_json("rewards", "edit", "--name", "Lamp", "--points-required", "7")
        changed, shown = time.monotonic(), price()
        while shown == 5 and time.monotonic() < changed + 20:  # a slow machine is no failure
            time.sleep(0.05)
            shown = price()
        self.assertEqual(shown, 7)

    def test_what_is_asked_of_the_store_is_counted(self):
        self.serve()
        self.sign_in()
        metrics = self.ask("GET", "/metrics").body
        self.assertIn('wattback_store_operations_total{operation="insert",collection="sessions"} 1\n', metrics)
        self.assertIn('wattback_store_documents_total{operation="get",collection="users"}', metrics)

    def test_each_request_is_a_line_of_the_log(self):
        self.serve()
        self.ask("GET", "/livez", X_Request_Id="my-own-name")
        self.ask("GET", "/nowhere?email=ada@example.org")
        _, _, err = self.end()
        # Of two threads, which write after they have answered.
        lines = sorted((json.loads(line) for line in err.splitlines()), key=lambda line: line["status"])
        self.assertEqual([(line["route"], line["status"]) for line in lines], [("/livez", 200), ("", 404)])
        self.assertEqual(lines[0]["request_id"], "my-own-name")
        self.assertNotIn("ada@example.org", err)

    def test_what_is_in_flight_is_answered_before_it_ends(self):
        self.serve()
        body = json.dumps({"email": "ada@example.org", "password": "a long secret"})
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as client:
            head = f"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" \
                   f"Content-Length: {len(body)}\r\n\r\n"
            client.sendall((head + body[:10]).encode())
            time.sleep(0.3)  # it is being read
            self.server.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            client.sendall(body[10:].encode())
            answer = client.recv(65536).decode()
        self.assertIn("201 Created", answer)
        self.assertIn("onnection: close", answer)
        self.server.communicate(timeout=30)
        self.assertEqual(self.server.returncode, 0)

    def test_imports_are_told_to_end_in_time_to_be_answered(self):
        self.serve()
        admin = self.sign_in()
        self.ask("POST", "/api/v1/users", {"email": "rosa@example.org", "name": "Rosa"}, admin)
        first = 1735689600  # 2025-01-01
        rows = gzip.compress(("start,duration,kwh,user,energy_type\n" + "".join(
            f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(first + 60 * i))},60,1,rosa@example.org,Renewable\n"
            for i in range(1_200_000))).encode(), 1)
        answers = []

        def upload(as_of):
            request = urllib.request.Request(f"{self.url}api/v1/imports?as_of={as_of}", data=rows, method="POST",
                                             headers={"Content-Type": "application/gzip", "Authorization": f"Bearer {admin}"})
            try:
                with urllib.request.urlopen(request, timeout=120) as answer:
                    answers.append((answer.status, answer.read()))
            except urllib.error.HTTPError as error:
                answers.append((error.code, error.read()))
            except OSError as error:
                answers.append((0, repr(error)))

        uploads = [threading.Thread(target=upload, args=(f"2026-06-0{day}T00:00:00Z",)) for day in (1, 2, 3)]
        for each in uploads:
            each.start()
        while not self.ask("GET", "/api/v1/imports", bearer=admin).json()["data"]:
            time.sleep(0.1)
        code, out, err = self.end()
        for each in uploads:
            each.join()
        self.assertEqual([status for status, _ in answers], [503] * 3, answers)
        self.assertEqual(code, 0, err)
        self.assertIn("stopped", out)
        self.assertEqual(err.count('"route":"/api/v1/imports"') - err.count('"method":"GET"'), 3, err)
        self.audit()

    def test_a_port_in_use_is_one_clear_line(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            finished = self.refuse(UNAVAILABLE, "serve", "--port", port, says=str(port))
        self.assertEqual(len(finished.stderr.splitlines()), 1, finished.stderr)

    def test_one_server_at_a_time_serves_a_store(self):
        self.serve()
        finished = self.refuse(CONFLICT, "serve", "--port", 0, says=f"is served already, by process {self.server.pid}")
        self.assertEqual(len(finished.stderr.splitlines()), 1, finished.stderr)
        self.audit()
        self.server.kill()
        self.server.wait()
        self.serve()

    def test_a_killed_server_leaves_nothing_in_shared_memory(self):
        self.serve()
        left = [path.name for path in Path("/dev/shm").iterdir() if path.name.endswith(f"-{self.server.pid}")]
        self.assertEqual(left, [])

    def test_another_address_than_loopback_is_refused_with_the_reason(self):
        self.refuse(INVALID, "serve", "--port", 0, "--address", "0.0.0.0", says="loopback")

    def test_many_at_once_redeem_what_there_is(self):
        self.serve()
        admin = self.sign_in()
        reward = self.ask("POST", "/api/v1/rewards", {"name": "Lamp", "points_required": 1, "stock": 5}, admin).json()
        self.ask("POST", "/api/v1/users/me/points/adjustments", {"points": 100, "reason_code": "gift"}, admin,
                 Idempotency_Key="gift")
        statuses = []

        def redeem(number):
            answer = self.ask("POST", "/api/v1/users/me/redemptions", {"reward_id": reward["reward_id"]}, admin,
                              Idempotency_Key=f"key-{number}")
            statuses.append(answer.status)

        threads = [threading.Thread(target=redeem, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(statuses), [201] * 5 + [409] * 7)


if __name__ == "__main__":
    unittest.main()
