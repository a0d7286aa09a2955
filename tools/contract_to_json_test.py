#!/usr/bin/env python3
"""The contract becomes JSON as it is written, or not at all."""

import json
import sys
import unittest
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent))
import contract_to_json


class ContractToJsonTest(unittest.TestCase):
    def test_what_json_holds_stays_as_it_is(self):
        for text, expected in [
            ("b: 1\na: [x, 'no', \"2026-06-01\", true, null, -0.5]",
             '{"b":1,"a":["x","no","2026-06-01",true,null,-0.5]}'),
            ("'200': { x: '010', y: '1e3' }", '{"200":{"x":"010","y":"1e3"}}'),
            ("a: |\n  é\n  \"b\"\n", '{"a":"é\\n\\"b\\"\\n"}'),
            ("a: { b: 1 }\nc: { $ref: '#/a' }\n'd/~': 1\ne: { $ref: '#/d~1~0' }",
             '{"a":{"b":1},"c":{"$ref":"#/a"},"d/~":1,"e":{"$ref":"#/d~1~0"}}'),
            ("max: 9223372036854775807", '{"max":9223372036854775807}'),
        ]:
            with self.subTest(text=text):
                self.assertEqual(contract_to_json.to_json(text), expected)

    def test_what_is_not_plain_is_refused(self):
        refusals = (contract_to_json.Refused, yaml.YAMLError)
        for text in ["a: 2026-06-01", "a: 2026-06-01T10:00:00Z", "a: no", "a: On", "a: True", "a: ~",
                     "a:", "a: 0o17", "a: 017", "a: 0x1F", "a: 1e3", "a: 1_000", "a: +1", "a: 12:30",
                     "a: .inf", "a: .nan", "a: 1.", "a: !!binary aGk=", "a: !!int 'x'", "200: x",
                     "true: x", "? [a]\n: x", "<<: {a: 1}", "a: 1\na: 2", "a: {$ref: '#/b'}",
                     "a: {$ref: 'b'}", "a: [1\n"]:
            with self.subTest(text=text), self.assertRaises(refusals):
                contract_to_json.to_json(text)

    def test_the_line_is_named(self):
        with self.assertRaisesRegex(contract_to_json.Refused, "^line 3: no is not plainly"):
            contract_to_json.to_json("a: 1\nb:\n  c: no\n")
        with self.assertRaisesRegex(contract_to_json.Refused, "^line 2: the key a is there already"):
            contract_to_json.to_json("a: 1\na: 2\n")

    def test_the_contract_itself_is_read(self):
        text = (Path(__file__).resolve().parent.parent / "api" / "openapi.yaml").read_text(encoding="utf-8")
        self.assertEqual(list(json.loads(contract_to_json.to_json(text)))[0], "openapi")


if __name__ == "__main__":
    unittest.main()
