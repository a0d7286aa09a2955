#!/usr/bin/env python3
"""The documents and the command line say the same of commands, options and settings.

  commands_test.py             WATTBACK_PROGRAM names the program
  commands_test.py --write     makes docs/commands.md anew

What there is stands in docs/commands.md, which is what the program prints, and --help tells the same of each
command. What README.md, docs/, the page of the server, ./run and what is unreleased in CHANGELOG.md say of
commands, options, variables and keys is there. CONTRIBUTING.md and ARCHITECTURE.md are held to it as well.
"""

import html
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
REFERENCE = ROOT / "docs/commands.md"
# What configures tests, which is named in guides for who changes the code.
VARIABLES_OF_TESTS = {"WATTBACK_DOSE", "WATTBACK_MACHINES", "WATTBACK_PROGRAM", "WATTBACK_SEED", "WATTBACK_TEST_MONGO"}
# What is told of other programs than this one.
OTHER_PROGRAMS = re.compile(r"man wattback$|--(dose|seed|seconds|file-mib|kills|rounds|pauses|disks|faults|cuts|failures|stretches)\b|--store mongo$|--json @-$")
COMMAND = re.compile(r'(?<![\w./-])(?<!man )(?<!-x )(?:wattback|"\$wattback"|build/release/src/wattback)(?=[ \n]|$)(.*)')
TRIED = re.compile(r"^\s*try (['\"])(.*)\1$", re.MULTILINE)  # what ./run says to try
PLACEHOLDER = re.compile(r"[A-Z_]+$|\$\w+$")
REST = "[options]"  # whichever the command takes
END = re.compile(r"^(\||;|&|&&|\|\||<|>|2>|\)|#).*")


class Tree:
    def __init__(self, manual):
        self.commands = {command["command"]: command for command in manual["commands"]}
        self.variables = {setting["variable"] for setting in manual["settings"]}
        self.keys = {setting["name"] for setting in manual["settings"]} - {""}
        self.options = {name for command in self.commands for name in self.names(command)}

    def names(self, command):
        """Each name of an option the command takes, and whether it wants a value."""
        options = [*self.commands[command]["options"], *self.commands[command]["inherited"]]
        return {name: bool(option["value"]) for option in options for name in option["names"]}

    def fault_of(self, words):
        """What is wrong with the words behind the program's name, or None."""
        command, arguments, words = "wattback", 0, [word for word in words if word != REST]
        while words:
            word = words.pop(0)
            if word.startswith("-") and word != "-":
                name, equals, _ = word.partition("=")
                if name not in self.names(command):
                    return f"{command} has no {name}"
                if self.names(command)[name] and not equals and words:
                    words.pop(0)
            elif self.commands[command]["verbs"]:
                if PLACEHOLDER.match(word):
                    return None
                if word not in self.commands[command]["verbs"]:
                    return f"{command} has no '{word}'"
                command += " " + word
            else:
                arguments += 1
                if arguments > len(self.commands[command]["arguments"]):
                    return f"{command} takes no '{word}'"
        return None


def words_of(text):
    """The words of one command as a shell cuts them, up to what belongs to another."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|;&<>()")
    lexer.whitespace_split, lexer.commenters = True, "#"
    words = []
    try:
        for word in lexer:
            if END.match(word):
                return words
            words.append(word)
    except ValueError:  # a quote that ends on another line
        pass
    return words


def commands_of(code, explained):
    """The words of each command in a piece of code; where explained, what follows two blanks is prose."""
    code = re.sub(r"\\\n(> )?\s*", " ", code)
    for found in [*COMMAND.findall(code), *(text for _, text in TRIED.findall(code))]:
        text = re.split(r"\s{3,}", found.lstrip())[0] if explained else found
        # `tokens create|list|revoke` are three commands.
        choice = re.search(r"(?<=\s)[a-z-]+(\|[a-z-]+)+", text)
        for word in choice[0].split("|") if choice else [""]:
            yield words_of(text.replace(choice[0], word) if choice else text)


def code_of(text):
    """(code, whether its lines may be explained beside it) of a document: its blocks, and its words in backticks."""
    blocks = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
    for block in blocks.findall(text):
        yield block, False
    text = blocks.sub("", text)
    indented = re.compile(r"^ {4}.*\n", re.MULTILINE)
    yield "".join(indented.findall(text)), True
    for span in re.findall(r"`([^`\n]+(?:\n[^`\n]+)?)`", indented.sub("", text)):
        yield " ".join(span.split()), False


def faults_of(name, text, tree):
    """What a document says that is not so."""
    is_text = name != "run"
    for code, explained in code_of(text) if is_text else [(text, False)]:
        for words in commands_of(code, explained):
            if fault := tree.fault_of(words):
                yield f"{name}: `wattback {' '.join(words)}`: {fault}"
        first = code.split(" ")[0].partition("=")[0]
        if not is_text or OTHER_PROGRAMS.match(code):
            continue
        if first in tree.commands["wattback"]["verbs"] and (fault := tree.fault_of(words_of(code))):
            yield f"{name}: `{code}`: {fault}"
        if re.match(r"--[a-z]", first) and first not in tree.options:
            yield f"{name}: there is no option {first}"
    for variable in set(re.findall(r"\bWATTBACK_[A-Z_]*[A-Z]\b", text)) - tree.variables:
        if variable not in VARIABLES_OF_TESTS:
            yield f"{name}: there is no variable {variable}"
    for block in re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for key in set(tomllib.loads(block)) - tree.keys:
            yield f"{name}: there is no setting {key}"


def untold(text, tree):
    """What there is, and the reference does not say."""
    sections = dict(re.findall(r"^#+ (wattback[a-z -]*)\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL))
    for command in tree.commands:
        if command not in sections:
            yield f"{REFERENCE.name} does not tell of {command}"
            continue
        for option in [*tree.commands[command]["options"], *tree.commands[command]["arguments"]]:
            if not re.search(rf"^- `{', '.join(option['names'])}[ `]", sections[command], re.MULTILINE):
                yield f"{REFERENCE.name} does not tell of {command} {option['names'][-1]}"
    for variable in tree.variables:
        if f"`{variable}`" not in text:
            yield f"{REFERENCE.name} does not tell of {variable}"
    for key in tree.keys:
        if f"Key: {key}." not in text:
            yield f"{REFERENCE.name} does not tell of the key {key}"


def differences_from_help(tree, run):
    """Where --help, which CLI11 writes, says otherwise than what was read from its tree."""
    for name, command in tree.commands.items():
        shown = run(*name.split()[1:], "--help")
        told = set(re.findall(r"^  (?:\[Option Group: .*\]|)\s*(-[-\w,]+)", shown, re.MULTILINE))
        options = {"-h,--help", *(",".join(option["names"]) for option in command["options"])}
        verbs = set(re.findall(r"^  (\S+)", shown.partition("\nSubcommands:\n")[2], re.MULTILINE))
        if told != options or verbs != set(command["verbs"]):
            yield f"{name} --help: {sorted(told ^ options)} {sorted(verbs ^ set(command['verbs']))}"


def text_of_page(page):
    """A page of HTML as the other documents are written."""
    page = re.sub(r"<pre>(.*?)</pre>", r"\n```\n\1\n```\n", page, flags=re.DOTALL)
    page = re.sub(r"<code>(.*?)</code>", r"`\1`", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def documents():
    """(name, text) of all that is held to the command line."""
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "ARCHITECTURE.md", ROOT / "run",
                 *sorted((ROOT / "docs").rglob("*.md"))]:
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    yield "api/home.html", text_of_page((ROOT / "api/home.html").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    yield "CHANGELOG.md", re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", changes, re.MULTILINE | re.DOTALL)[1]


def run(*arguments):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WATTBACK_")}
    return subprocess.run([Path(os.environ["WATTBACK_PROGRAM"]).resolve(), *arguments], env=kept, capture_output=True,
                          text=True, check=True, timeout=120).stdout


def main(arguments):
    printed = run("man", "--format", "markdown")
    if arguments == ["--write"]:
        REFERENCE.write_text(printed, encoding="utf-8")
    reference = REFERENCE.read_text(encoding="utf-8")
    tree = Tree(json.loads(run("man", "--json")))
    faults = [] if reference == printed else [f"{REFERENCE.name} is not what the program prints; {__file__} --write"]
    faults += [*untold(reference, tree), *differences_from_help(tree, run)]
    commands = 0
    for name, text in documents():
        commands += sum(1 for code, explained in code_of(text) for _ in commands_of(code, explained))
        faults += faults_of(name, text, tree)
    print("\n".join(faults))
    print(f"{len(tree.commands)} commands, told of {commands} times; {len(faults)} faults")
    return 0 if commands > 100 and len(tree.commands) > 50 and not faults else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
