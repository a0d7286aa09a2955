#!/usr/bin/env python3
"""Every kind of command has a case in which the store forgets to say that it was committed.

The kinds are the structs of src that decide. A case is a step of the scenario below, right after its
store became forgetful, or what a test says in C++.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SCENARIO = ROOT / "tests/scenarios/an_unknown_commit_has_one_effect.scenario"
ACTIONS = ROOT / "tests/scenarios/runner"
KIND = re.compile(r"^struct (\w+) \{$((?:(?!^\};).)*\bdecide\(commit::Workspace&)", re.MULTILINE | re.DOTALL)

VERBS = {
    "earning::StartProgramme": "programme", "earning::PublishRules": "publish",
    "programme::EditProgramme": "edit programme", "users::CreateUser": "user", "users::EditUser": "edit user",
    "meters::CreateMeter": "meter", "meters::RelabelMeter": "relabel", "usage::RecordReadings": "read",
    "points::AdjustPoints": "grant", "points::WriteOffPoints": "write-off", "rewards::CreateReward": "reward",
    "rewards::EditReward": "edit reward", "rewards::MoveStock": "stock", "redemptions::Redeem": "redeem",
    "redemptions::CancelRedemption": "cancel", "redemptions::FulfilRedemption": "fulfil",
}  # fmt: skip
TESTS = {
    "src/access/unknown_commits_test.cpp": {
        "access::StartSession": "run(sign_in())", "access::EndSession": "run(EndSession{",
        "access::ChangePassword": "run(ChangePassword{", "access::CreateToken": "run(CreateToken{",
        "access::RevokeToken": "run(RevokeToken{"},
    "src/importers/unknown_commits_test.cpp": {
        "importers::StartImport": "TEST_F(UnknownCommits, OfBeginningAnImport)",
        "importers::RecordPiece": "TEST_F(UnknownCommits, OfAPieceOfAnImport)",
        "importers::FinishImport": "TEST_F(UnknownCommits, OfMarkingAnImportDone)",
        "importers::WithdrawImport": "TEST_F(UnknownCommits, OfMarkingAnImportWithdrawn)",
        "importers::TakeRow": "TEST_F(UnknownCommits, OfARowOfTheInitialLoad)",
        "usage::WithdrawReadings": "TEST_F(UnknownCommits, OfTakingReadingsBack)"},
}  # fmt: skip


def read(path):
    return path.read_text(encoding="utf-8")


def find_kinds():
    sources = [path for path in (ROOT / "src").rglob("*") if path.suffix in (".h", ".cpp")]
    return {f"{path.parent.name}::{match[1]}" for path in sources if not path.stem.endswith("_test")
            for match in KIND.finditer(read(path))}


def find_cases():
    """The kinds whose case stands there."""
    forgotten = re.findall(r"^store +forgetful\n(.*)$", read(SCENARIO), re.MULTILINE)
    actions = [read(path) for path in ACTIONS.glob("*_actions.cpp")]
    for kind, verb in VERBS.items():
        performed = any(f'actions["{verb}"]' in text and kind in text for text in actions)
        if performed and any(step == verb or step.startswith(verb + " ") for step in forgotten):
            yield kind
    for path, cases in TESTS.items():
        text = read(ROOT / path)
        yield from (kind for kind, case in cases.items() if case in text)


def main():
    kinds, cases = find_kinds(), set(find_cases())
    for kind in sorted(kinds - cases):
        print(f"no case of an unknown commit of {kind}: see {SCENARIO.name}")
    for kind in sorted(cases - kinds):
        print(f"a case of {kind}, which is no command")
    return 1 if kinds != cases or not kinds else 0


if __name__ == "__main__":
    sys.exit(main())
