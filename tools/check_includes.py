#!/usr/bin/env python3
"""Holds the includes of src and tests, and the dependencies src/CMakeLists.txt declares, to the map.

The map is the tables below. Change it when the code teaches better: here, in ARCHITECTURE.md and in
a decision record. Prints a line for each break and exits 1 when there is one.
"""

import re
import sys
from pathlib import Path

# What a domain folder may see of the committer: what a command is made of.
COMMAND = ["commit/command.h", "commit/workspace.h"]
DOMAIN = ["programme", "users", "meters", "earning", "points", "usage", "rewards", "redemptions"]

# Each folder of src, and what of src it may include beside itself: folders (without their
# subfolders), or single headers.
MAP = {
    "base":         [],
    "store":        ["base"],
    "store/memory": ["base", "store"],
    "store/sqlite": ["base", "store"],
    "store/mongo":  ["base", "store"],
    "store/layers": ["base", "store", "security"],
    "commit":       ["base", "store"],
    "programme":    ["base", "store", *COMMAND],
    "users":        ["base", "store", *COMMAND],
    "meters":       ["base", "store", *COMMAND, "programme", "users"],
    "earning":      ["base", "store", *COMMAND, "programme"],
    "points":       ["base", "store", *COMMAND, "users"],
    "usage":        ["base", "store", *COMMAND, "meters", "earning", "points", "users", "programme"],
    "rewards":      ["base", "store", *COMMAND],
    "redemptions":  ["base", "store", *COMMAND, "points", "rewards", "users"],
    "security":     ["base"],
    "access":       ["base", "store", "commit", "security", "users"],
    "importers":    ["base", "store", "commit", *DOMAIN],
    "operations":   ["base", "store", "commit", *DOMAIN, "access", "security"],
    "http":         ["base"],
    "forms":        ["base", "store", *DOMAIN, "access", "importers", "operations"],
    "api":          ["base", "store", "store/layers", "http", *DOMAIN, "forms", "importers", "operations", "access", "commit",
                     "security"],
    "cli":          ["base", "store", *DOMAIN, "forms", "access", "commit", "importers", "operations", "security"],
    "app":          ["base", "store", "store/memory", "store/sqlite", "store/mongo", "store/layers",
                     "commit", *DOMAIN, "security", "access", "importers", "operations", "http", "forms",
                     "api", "cli"],
}  # fmt: skip

# What a unit test beside its code (*_test.cpp) may include more: real stores, not mocks.
UNIT_TESTS_TOO = ["base", "store", "store/memory", "store/sqlite", "store/layers", "commit"]
TEST_SUPPORT = ["support", "mongo"]  # folders of tests/ made for it

# Everything under tests/ may include all of src but these.
TESTS_NEVER = ["app"]
# but for what fuzz targets read by: of app, the settings.
FUZZ = "tests/fuzz"
FUZZ_TOO = ["app/configuration.h", "app/store_address.h"]

# An independent model of the programme must not lean on what it is held against.
MODELS = "tests/simulation/model"  # files whose path begins so
MODELS_MAY = ["base"]  # and other model files

# Libraries that only some folders of src may see, by the beginning of what is included.
LIBRARIES = {
    "sqlite3.h":   ["store/sqlite"],
    "mongoc":      ["store/mongo"],
    "bson":        ["store/mongo"],
    "boost/beast": ["http"],
    "boost/asio":  ["http"],
    "expat.h":     ["importers"],
    "CLI/":        ["cli"],
    "toml++/":     ["app"],
    "sodium.h":    ["base", "security"],
    "utf8proc.h":  ["base"],
    "date/":       ["base"],
    "valijson":    ["api"],
}  # fmt: skip

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
FOLDER = re.compile(r"wattback_folder\(([^)]*)\)")
KEYWORDS = {"DEPENDS", "PRIVATE", "TEST_DEPENDS", "GENERATED"}


def folder_of(path):
    """The folder of src a path such as "points/ledger.h" lies in."""
    return path.rpartition("/")[0]


def is_allowed(included, may):
    return included in may or folder_of(included) in may


def includes_of(file):
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if match := INCLUDE.match(line):
            yield number, match[1] == '"', match[2]


def check_first(roots, file):
    """A source with a header of its own includes it first, so that it is compiled alone."""
    header = file.with_suffix(".h")
    if file.suffix != ".cpp" or not header.is_file():
        return
    for number, _, included in includes_of(file):
        if header not in [root / included for root in (*roots, file.parent)]:
            yield number, f"the first include is not its own header, {header.name}"
        return
    yield 1, f"does not include its own header, {header.name}"


def check_source(src, file):
    """A file of src: what it includes of ours, and of libraries."""
    relative = file.relative_to(src).as_posix()
    folder = folder_of(relative)
    if folder not in MAP:
        yield 1, f"the folder {folder or 'src'} is not on the map"
        return
    may = [folder, *MAP[folder]]
    if relative.endswith("_test.cpp"):
        may += [*UNIT_TESTS_TOO, *TEST_SUPPORT]
    roots = [src, src.parent / "tests"]
    for number, quoted, included in includes_of(file):
        if any((root / included).is_file() for root in roots):
            if not is_allowed(included, may):
                yield number, f"{folder} may not include {included}"
        elif quoted:
            yield number, f"there is no {included}; includes are written from src"
        for library, folders in LIBRARIES.items():
            if included.startswith(library) and folder not in folders:
                yield number, f"{folder} may not include {included}: only {', '.join(folders)} may"


def check_test(root, file):
    """A file of tests: anything of src but the wiring; a model, almost nothing."""
    path = file.relative_to(root).as_posix()
    is_model = path.startswith(MODELS)
    too = FUZZ_TOO if folder_of(path) == FUZZ else []
    for number, quoted, included in includes_of(file):
        if (root / "src" / included).is_file():
            if folder_of(included) in TESTS_NEVER and included not in too:
                yield number, f"nobody includes {included}"
            elif is_model and not is_allowed(included, MODELS_MAY):
                yield number, f"a model may not include {included}"
        elif quoted and is_model:
            places = [root, root / "tests", file.parent]
            targets = [(place / included).relative_to(root).as_posix() for place in places
                       if (place / included).is_file()]
            if not any(target.startswith(MODELS) for target in targets):
                yield number, f"a model may not include {included}"


def declared_dependencies(cmake):
    """(line, folder, keyword, dependency) for each dependency of ours."""
    text = re.sub(r"#[^\n]*", "", cmake.read_text(encoding="utf-8"))
    folders = {folder.replace("/", "_"): folder for folder in MAP}
    for call in FOLDER.finditer(text):
        line = text.count("\n", 0, call.start()) + 1
        folder, *words = call[1].split()
        keyword = ""
        for word in words:
            if word in KEYWORDS:
                keyword = word
            elif keyword != "GENERATED" and word in folders:
                yield line, folder, keyword, folders[word]


def check_declared(cmake):
    for line, folder, keyword, dependency in declared_dependencies(cmake):
        if folder not in MAP:
            yield line, f"the folder {folder} is not on the map"
            continue
        may = [*MAP[folder], *(UNIT_TESTS_TOO if keyword == "TEST_DEPENDS" else [])]
        if not any(allowed == dependency or folder_of(allowed) == dependency for allowed in may):
            yield line, f"{folder} may not depend on {dependency}"


def check_tree(root):
    """Every break, as "path:line: what"."""
    faults = []

    def report(file, found):
        path = file.relative_to(root).as_posix()
        faults.extend(f"{path}:{line}: {what}" for line, what in found)

    for file in sorted(path for path in (root / "src").rglob("*") if path.suffix in (".h", ".cpp")):
        report(file, check_source(root / "src", file))
        report(file, check_first([root / "src"], file))
    for file in sorted(path for path in (root / "tests").rglob("*") if path.suffix in (".h", ".cpp")):
        report(file, check_test(root, file))
        report(file, check_first([root / "tests"], file))
    cmake = root / "src" / "CMakeLists.txt"
    if cmake.is_file():
        report(cmake, check_declared(cmake))
    return faults


def main():
    faults = check_tree(Path(__file__).resolve().parent.parent)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
