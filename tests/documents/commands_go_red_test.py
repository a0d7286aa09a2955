#!/usr/bin/env python3
"""commands_test.py finds what a document says that is not so, and what the reference leaves out."""

import json
import re
import unittest

import commands_test

SAYS_TOO_MUCH = {
    "`wattback users`": None,
    "`wattback users make`": "has no 'make'",
    "`wattback usrs list`": "has no 'usrs'",
    "`wattback users list --colour`": "has no --colour",
    "`wattback users list --cursor --colour`": None,  # a value
    "`wattback users list more`": "takes no 'more'",
    "`wattback GROUP --help`": None,
    "`wattback tokens create|list|revoke`": None,
    "`wattback tokens create|list|forget`": "has no 'forget'",
    "`users list --colour`": "has no --colour",
    "`migrate down`": "has no 'down'",
    "`--colour`": "no option --colour",
    "```console\n$ true | wattback users show --user a | grep --colour b\n```": None,
    "```console\n$ wattback users show \\\n>   --mail a\n```": "has no --mail",
    "```console\n$ A=$(wattback users show --mail a)\n```": "has no --mail",
    "    wattback migrate up        does it, --really\n": None,
    "    wattback migrate do        does it\n": "has no 'do'",
    "WATTBACK_DATA_DIR and WATTBACK_* are": None,
    "WATTBACK_FOLDER": "no variable WATTBACK_FOLDER",
    "```toml\nport = 80\n```": None,
    "```toml\nports = 80\n```": "no setting ports",
}


class CommandsGoRed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = commands_test.Tree(json.loads(commands_test.run("man", "--json")))
        cls.reference = commands_test.REFERENCE.read_text(encoding="utf-8")

    def test_what_a_document_says_and_is_not(self):
        for text, fault in SAYS_TOO_MUCH.items():
            found = list(commands_test.faults_of("a.md", text + "\n", self.tree))
            self.assertEqual(len(found), 0 if fault is None else 1, (text, found))
            self.assertIn(fault or "", "".join(found))

    def test_what_run_says(self):
        for text, count in (('"$wattback" users list', 0), ('"$wattback" users lst', 1), ("  try 'users lst'", 1),
                            ("  try 'users list'", 0)):
            self.assertEqual(len(list(commands_test.faults_of("run", text, self.tree))), count, text)

    def test_a_command_that_is_not_told(self):
        self.assertEqual(list(commands_test.untold(self.reference, self.tree)), [])
        for heading in re.findall(r"^#+ wattback .*", self.reference, re.MULTILINE):
            self.assertEqual(len(list(commands_test.untold(self.reference.replace(heading + "\n", "# x\n"), self.tree))), 1)

    def test_an_option_that_is_not_told(self):
        for line in re.findall(r"^- `-.*\n", self.reference, re.MULTILINE):
            self.assertIn("does not tell of wattback",
                          "".join(commands_test.untold(self.reference.replace(line, ""), self.tree)))

    def test_a_setting_that_is_not_told(self):
        for line in re.findall(r"^- `WATTBACK_.*\n", self.reference, re.MULTILINE):
            self.assertIn("WATTBACK_", "".join(commands_test.untold(self.reference.replace(line, ""), self.tree)))

    def test_a_tree_that_is_not_what_help_says(self):
        tree = commands_test.Tree(json.loads(commands_test.run("man", "--json")))
        self.assertEqual(list(commands_test.differences_from_help(tree, commands_test.run)), [])
        tree.commands["wattback users"]["verbs"].pop()
        tree.commands["wattback points explain"]["options"].pop()
        self.assertEqual(len(list(commands_test.differences_from_help(tree, commands_test.run))), 2)


if __name__ == "__main__":
    unittest.main()
