#!/usr/bin/env bash
# Every C++ file of src, tests and benchmarks is as clang-format lays it out; with --fix it makes it so.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(--dry-run -Werror)
[ "${1:-}" = --fix ] && mode=(-i)
git ls-files -z --cached --others --exclude-standard -- 'src/*.h' 'src/*.cpp' 'tests/*.h' 'tests/*.cpp' 'benchmarks/*.cpp' |
  xargs -0 --no-run-if-empty clang-format-22 "${mode[@]}"
