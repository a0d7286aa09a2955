#!/usr/bin/env python3
"""The live server held to the contract by schemathesis, once for each kind of caller."""

import json
import subprocess
import sys
import unittest
from pathlib import Path

from contract import CONTRACT, read_operations
from seeded import SeededServerTest
from wattback import EXAMPLES

HERE = Path(__file__).resolve().parent
SCHEMATHESIS = Path(sys.executable).parent / "st"


class Held(SeededServerTest):
    def setUp(self):
        super().setUp()
        self.serve()
        self.seed()

    def hold(self, caller, token, leaver="", stranger=""):
        """Every check on every operation that the caller may call, and each is answered 2xx at least once.
        The leaver is a user with the same rights whose sessions may end; the stranger has a token too, and
        may see nothing of the caller's own."""
        operations = [name for name, callers in read_operations().items()
                      if caller in callers or caller == "admin" and "anyone" in callers]
        answers = self.folder / "answers.json"
        run = {"url": self.url.rstrip("/"), "token": token, "leaver": self.credentials(leaver), "ids": self.ids,
               "own_ids": self.own_ids, "answers": str(answers), "green_button": str(EXAMPLES / "green-button.xml")}
        tokens = {"caller": token} | ({"stranger": stranger} if stranger else {})
        status = self.ask_all(operations, run, self.write_settings(tokens))
        answered = json.loads(answers.read_text(encoding="utf-8"))
        never = [name for name in operations if not any(code.startswith("2") for code in answered.get(name, {}))]
        self.assertEqual(status, 0, "see above")
        self.assertEqual(never, [], "never answered 2xx")
        self.assertEqual(self.end()[0], 0)
        self.audit()

    def write_settings(self, tokens):
        """schemathesis.toml with who asks; of several none may see what is another's."""
        users = [{"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}
                 for name, token in tokens.items()]
        path = self.write("users.json", json.dumps({"auth": users}))
        settings = (HERE / "schemathesis.toml").read_text(encoding="utf-8")
        settings += f'\n[auth.wfc]\npath = "{path}"\nuser = "caller"\n'
        if len(tokens) > 1:
            settings += f"peers = {json.dumps(list(tokens))}\n"
        return self.write("schemathesis.toml", settings)

    def ask_all(self, operations, run, settings):
        chosen = [word for name in operations for word in ("--include-operation-id", name)]
        environment = self.environment() | {
            "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "hooks",
            "WATTBACK_RUN": str(self.write("run.json", json.dumps(run)))}
        return subprocess.run([SCHEMATHESIS, "--config-file", settings, "run", CONTRACT, "--url", self.url, *chosen],
                              cwd=self.folder, env=environment, check=False).returncode


class Administrator(Held):
    def test_every_operation(self):
        self.hold("admin", self.sign_in(), leaver="manager")


class Member(Held):
    def test_every_operation(self):
        self.run_json("programme", "set", "--self-reporting", "true")
        self.hold("member", self.sign_in(**self.credentials("rosa")), leaver="leaver",
                  stranger=self.sign_in(**self.credentials("other")))


class UsageToken(Held):
    def test_every_operation(self):
        self.hold("usage_token", self.make("tokens", {"name": "gateway"})["token"])


if __name__ == "__main__":
    unittest.main()
