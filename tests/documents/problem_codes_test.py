#!/usr/bin/env python3
"""The table of error codes in docs/api.md has each code of the contract once, and no other."""

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent


def main():
    contract = yaml.safe_load((ROOT / "api/openapi.yaml").read_text(encoding="utf-8"))
    codes = contract["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    document = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| [45]\d\d \| `([a-z_]+)` \|", document, re.MULTILINE)
    for code in sorted(set(codes) - set(told)):
        print(f"docs/api.md does not tell of {code}")
    for code in sorted(set(told) - set(codes)):
        print(f"docs/api.md tells of {code}, which the contract does not know")
    return 0 if codes and sorted(told) == sorted(codes) else 1


if __name__ == "__main__":
    sys.exit(main())
