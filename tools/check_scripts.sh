#!/usr/bin/env bash
# What shellcheck says of every shell script.
set -euo pipefail
cd "$(dirname "$0")/.."
git grep -lzI --untracked -E '^#!/usr/bin/env bash' | xargs -0 shellcheck -x
