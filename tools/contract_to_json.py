#!/usr/bin/env python3
"""Writes the contract, api/openapi.yaml, as JSON on one line, its keys in the file's order.

  tools/contract_to_json.py INPUT OUTPUT

Refused, with the line: what JSON cannot hold, what YAML 1.1 and 1.2 read differently (a date, `no`,
0o17: to be quoted), a key given twice, and a $ref that leads nowhere.
"""

import json
import re
import sys
from pathlib import Path

import yaml

# The only spellings of a plain word that are no text.
PLAIN = {
    "tag:yaml.org,2002:null": re.compile(r"null"),
    "tag:yaml.org,2002:bool": re.compile(r"true|false"),
    "tag:yaml.org,2002:int": re.compile(r"-?(0|[1-9][0-9]*)"),
    "tag:yaml.org,2002:float": re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][+-]?[0-9]+)?"),
    "tag:yaml.org,2002:str": re.compile(r".*", re.DOTALL),
}

# What YAML 1.2 takes for a number where PyYAML, of YAML 1.1, sees a text.
OTHERWISE_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")


class Refused(Exception):
    pass


def refuse(node, what):
    raise Refused(f"line {node.start_mark.line + 1}: {what}")


def value_of(node):
    """The JSON value of a node of YAML."""
    if isinstance(node, yaml.SequenceNode):
        return [value_of(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return members_of(node)
    spelling = PLAIN.get(node.tag)
    is_text = node.tag.endswith(":str")
    is_number_elsewhere = is_text and not node.style and OTHERWISE_NUMBER.fullmatch(node.value)
    if spelling is None or not spelling.fullmatch(node.value) or is_number_elsewhere:
        refuse(node, f"{node.value} is not plainly text, a number, true, false or null; quote it")
    return node.value if is_text else json.loads(node.value)


def members_of(node):
    members = {}
    for key_node, value_node in node.value:
        key = value_of(key_node)
        if not isinstance(key, str):
            refuse(key_node, f"the key {key} is no text; quote it")
        if key in members:
            refuse(key_node, f"the key {key} is there already")
        members[key] = value_of(value_node)
    return members


def leads_somewhere(document, reference):
    if not reference.startswith("#/"):
        return False
    place = document
    for word in reference[2:].split("/"):
        word = word.replace("~1", "/").replace("~0", "~")
        if not isinstance(place, dict) or word not in place:
            return False
        place = place[word]
    return True


def check_references(document, value):
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and not leads_somewhere(document, reference):
            raise Refused(f"the $ref {reference} leads nowhere")
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            check_references(document, item)


def to_json(text):
    document = value_of(yaml.compose(text, Loader=yaml.CSafeLoader))
    check_references(document, document)
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def main():
    source, output = map(Path, sys.argv[1:])
    try:
        text = to_json(source.read_text(encoding="utf-8"))
    except (Refused, yaml.YAMLError) as refusal:
        print(f"{source}: {refusal}", file=sys.stderr)
        return 1
    output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
