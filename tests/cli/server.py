"""A programme with an administrator, and its server on a free port, for each test."""

import json
import re
import signal
import subprocess
import urllib.error
import urllib.request

from wattback import StoreTest


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class ServerTest(StoreTest):
    def setUp(self):
        super().setUp()
        self.run_json("programme", "create", "--name", "Sunny Street", "--time-zone", "Europe/Lisbon")
        self.run_json("users", "create", "--email", "ada@example.org", "--name", "Ada", "--role", "Admin",
                      "--password-file", self.write("password", "a long secret\n"))

    def serve(self, *arguments):
        self.log = self.folder / "log"  # in a pipe that nobody reads the server would get stuck
        with self.log.open("w", encoding="utf-8") as log:
            self.server = subprocess.Popen(self.command("serve", "--port", "0", *arguments), cwd=self.folder,
                                           env=self.environment(), stdout=subprocess.PIPE, stderr=log, text=True)
        self.addCleanup(self.leave)
        line = self.server.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        self.assertTrue(found, line + self.log.read_text(encoding="utf-8"))
        self.url, self.port = found[0], int(found[1])

    def leave(self):
        if self.server.poll() is None:
            self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def ask(self, method, path, body=None, bearer=None, **headers):
        request = urllib.request.Request(self.url + path.lstrip("/"), method=method,
                                         data=None if body is None else json.dumps(body).encode())
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if bearer:
            request.add_header("Authorization", f"Bearer {bearer}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read().decode())

    def sign_in(self, email="ada@example.org", password="a long secret"):
        answer = self.ask("POST", "/api/v1/sessions", {"email": email, "password": password})
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json()["token"]

    def end(self):
        self.server.send_signal(signal.SIGTERM)
        out, _ = self.server.communicate(timeout=30)
        return self.server.returncode, out, self.log.read_text(encoding="utf-8")
