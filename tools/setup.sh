#!/usr/bin/env bash
# Installs what the project needs, from Debian 12's own packages, when it is missing.
#   tools/setup.sh SET...     sets: build, test, coverage
# Sourced by the front doors (run, test), which also use what stands at the end.

# set  package  why
packages='
build     ca-certificates             to fetch packages over TLS
build     g++                         compiles what is shipped
build     cmake                       describes the build
build     ninja-build                 runs the build
build     pkg-config                  finds libraries for the build
build     ccache                      keeps what was compiled, so that it is compiled once
build     mold                        links fast
build     python3                     runs the checks and tools of the project
build     python3-yaml                reads the contract of the server
build     libfmt-dev                  formats text
build     libhowardhinnant-date-dev   knows time zones
build     tzdata                      the time zones of the world
build     libsqlite3-dev              the embedded store
build     curl                        asks the server, in what ./run and the documents show
build     sqlite3                     to open the embedded store by hand
build     libsodium-dev               SHA-256, passwords, randomness
build     libutf8proc-dev             compares text as people do
build     libexpat1-dev               reads Green Button files (XML)
build     zlib1g-dev                  unpacks .gz
build     libcli11-dev                reads the command line
build     libtomlplusplus-dev         reads the configuration file
build     libboost1.81-dev            headers of Boost
build     libboost-json1.81-dev       reads and writes JSON
build     libvalijson-dev             judges JSON by the schemas of the contract
build     libgtest-dev                the tests are part of the build
build     libgmock-dev                the same
test      clang-22                    the second compiler, with sanitizers
test      libclang-rt-22-dev          the sanitizers themselves
test      clang-tidy-22               checks the code
test      clang-format-22             checks its form
test      shellcheck                  checks the scripts
coverage  llvm-22                     counts the lines and branches that ran
'

say() { printf '%s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

# install_packages SET...: says what it installs and why; silent and quick when all is there.
install_packages() {
  local sets=" $* " missing=() set package why installed
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p') || {
    say 'setup: this is no Debian system (no dpkg-query); install by hand what tools/setup.sh lists'
    return 1
  }
  while read -r set package why; do
    if [[ -n $set && $sets == *" $set "* && $'\n'$installed$'\n' != *$'\n'"$package"$'\n'* ]]; then
      [ ${#missing[@]} -gt 0 ] || say 'setup: to be installed'
      missing+=("$package")
      say "$(printf '  %-27s %s' "$package" "$why")"
    fi
  done <<<"$packages"
  [ ${#missing[@]} -gt 0 ] || return 0

  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    say "setup: needs root or sudo for: apt-get install ${missing[*]}"
    return 1
  fi
  local quiet=(-qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0) log
  log=$(mktemp)
  if as_root apt-get update "${quiet[@]}" >"$log" 2>&1 &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${quiet[@]}" \
      "${missing[@]}" >>"$log" 2>&1 </dev/null; then
    rm -f "$log"
    say "setup: installed ${#missing[@]} packages"
  else
    cat "$log" >&2
    rm -f "$log"
    say "setup: could not install ${missing[*]}"
    return 1
  fi
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  set -euo pipefail
  [ $# -gt 0 ] || { say "usage: ${0##*/} SET...   (build, test, coverage)"; exit 2; }
  install_packages "$@"
  exit
fi

# For the front doors.

export CCACHE_NOHASHDIR=1 # what was compiled for one build folder serves another,
export CCACHE_BASEDIR=$PWD # and for one checkout another
# shellcheck disable=SC2034  # used where this is sourced
jobs=$(nproc)

# build_preset PRESET TARGET...: progress on a terminal, else only what goes wrong.
build_preset() {
  local preset=$1 quiet=(--quiet)
  shift
  if [ -t 1 ] && [ "${CI:-}" != true ]; then
    quiet=()
  fi
  cmake --preset "$preset" --log-level=WARNING >/dev/null &&
    cmake --build "build/$preset" --parallel "$jobs" --target "$@" -- "${quiet[@]}"
}
