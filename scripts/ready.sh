#!/bin/sh
# Makes a clone ready and runs something in it: `sh scripts/ready.sh check|test|demo|screens|build`.
# A fresh clone needs nothing but a shell, Node 20 or newer with npm, and curl or apt: each step runs only when needed.
set -eu
cd "$(dirname "$0")/.."
stamp=node_modules/.beacon-installed

say() { printf '%s\n' "$*" >&2; }
fail() { say "beacon: $*"; exit 1; }

lock_sum() { cksum <package-lock.json; }

install() {
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(lock_sum)" ] && return
  # What npm itself installed after the last change of the lock file is as good.
  if [ ! -f "$stamp" ] && [ node_modules/.package-lock.json -nt package-lock.json ]; then
    lock_sum >"$stamp"
    return
  fi
  command -v npm >/dev/null || fail 'npm is needed: install Node 20 or newer.'
  say 'Installing dependencies …'
  # No dependency needs its install script, and newer npm refuses them anyway. A lock file that was written against a
  # mirror may lack the optional packages of other platforms; then `npm ci` refuses, and `npm install` still keeps to it.
  flags='--ignore-scripts --no-audit --no-fund --loglevel=error'
  # shellcheck disable=SC2086 # several words on purpose
  npm ci $flags >/dev/null 2>&1 || npm install --no-save $flags >&2
  lock_sum >"$stamp"
}

use_own_node() {
  PATH="$PWD/node_modules/.bin:$PATH"
  export PATH
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 15) ? 0 : 1)' ||
    fail "Node 22.15 or newer is needed, and this is $(node --version). Install one, or run \`npm install\` on Linux, which brings one."
}

build() {
  newer=$(find src tsconfig.json tsconfig.build.json package.json -newer dist/.built 2>/dev/null | head -n 1) || newer=
  [ -f dist/.built ] && [ -z "$newer" ] && return
  say 'Building …'
  mkdir -p dist
  # Taken before the build: what changes meanwhile is newer than the stamp.
  : >dist/.building
  tsc -p tsconfig.build.json >&2
  mv dist/.building dist/.built
}

find_broker() {
  [ -n "${BEACON_NATS_SERVER:-}" ] && return
  found=$(node bin/beacon.js setup -o json) || exit 1
  BEACON_NATS_SERVER=$(printf '%s' "$found" | node -p 'JSON.parse(require("node:fs").readFileSync(0, "utf8")).path')
  export BEACON_NATS_SERVER
}

install
use_own_node
case "${1:-}" in
  build)
    build
    ;;
  test)
    shift
    build
    find_broker
    exec vitest run "$@"
    ;;
  check)
    say 'Types …'
    tsc --noEmit
    say 'Lint and format …'
    biome check --error-on-warnings .
    say 'Unused code …'
    knip
    build
    find_broker
    say 'Tests …'
    exec vitest run
    ;;
  demo)
    build
    find_broker
    exec node scripts/demo.ts
    ;;
  screens)
    build
    find_broker
    exec node scripts/screens.ts
    ;;
  *)
    fail 'usage: sh scripts/ready.sh check|test|demo|screens|build'
    ;;
esac
