#!/usr/bin/env python3
"""How the contract is written: spectral by api/spectral.yaml, whose every rule of our own is seen to bite."""

import copy
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml
from contract import CONTRACT, ROOT, read_contract

RULES = ROOT / "api" / "spectral.yaml"
SPECTRAL = ROOT / "build" / "contract" / "node_modules" / "@stoplight" / "spectral-cli" / "dist" / "index.js"
NODE = ROOT / "build" / "contract" / "bin" / "node"


def lint(path):
    """The names of the rules broken, and all that is said of it."""
    finished = subprocess.run([NODE, SPECTRAL, "lint", path, "--ruleset", RULES, "--fail-severity", "warn",
                               "--format", "json", "--quiet"], capture_output=True, text=True, check=False)
    findings = json.loads(finished.stdout or "[]")
    if (finished.returncode != 0) != bool(findings):
        raise AssertionError(finished.stdout + finished.stderr)
    return {finding["code"] for finding in findings}, "\n".join(
        f"line {finding['range']['start']['line'] + 1}: {finding['code']}: {finding['message']}" for finding in findings)


def break_each_rule(contract):
    paths, schemas = contract["paths"], contract["components"]["schemas"]
    users, user = paths["/api/v1/users"], paths["/api/v1/users/{user_id}"]
    del users["get"]["summary"]
    users["get"]["operationId"] = "usersList"
    users["get"]["tags"] = ["users", "meta"]
    users["get"]["x-callers"] = ["everyone"]
    del users["get"]["responses"]["500"]
    del users["get"]["responses"]["401"]
    del user["get"]["responses"]["404"]
    del users["post"]["responses"]["413"]
    del users["post"]["responses"]["201"]["headers"]["Location"]
    del paths["/livez"]["get"]["responses"]["200"]
    paths["/livez"]["get"]["responses"]["200"] = {"description": "All is well."}
    users["post"]["responses"]["400"] = {
        "description": "No problem.", "headers": users["post"]["responses"]["201"]["headers"],
        "content": {"application/json": {"schema": {"type": "object"}, "example": {}}}}
    del users["post"]["requestBody"]["content"]["application/json"]["example"]
    del users["get"]["parameters"][0]["description"]
    del users["get"]["parameters"][0]["schema"]["maxLength"]
    schemas["Page"]["properties"]["nextCursor"] = {"type": "string"}
    del schemas["Page"]["additionalProperties"]


class LintTest(unittest.TestCase):
    def test_the_contract(self):
        _, said = lint(CONTRACT)
        self.assertEqual(said, "")

    def test_each_rule_of_our_own_bites(self):
        contract = copy.deepcopy(read_contract())
        break_each_rule(contract)
        own = {name for name, rule in yaml.safe_load(RULES.read_text(encoding="utf-8"))["rules"].items()
               if isinstance(rule, dict)}
        with tempfile.TemporaryDirectory() as folder:
            broken = Path(folder) / "broken.json"
            broken.write_text(json.dumps(contract), encoding="utf-8")
            rules, said = lint(broken)
        self.assertEqual(own - rules, set(), said)


if __name__ == "__main__":
    unittest.main()
