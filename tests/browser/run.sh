#!/usr/bin/env bash
# Opens the pages for people in a real browser: of the quickstart, of the same behind a real proxy, and of a service that nests
# them. Everything that it installs or makes is under the target directory.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here/../.."
work=browser
source tests/support/scripts.sh

step "tools"
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v curl >/dev/null || missing+=(curl)
command -v nginx >/dev/null || missing+=(nginx-light)
command -v npm >/dev/null || missing+=(nodejs npm)
packages "${missing[@]}"
node_modules "$here"
mkdir -p "$work/pictures"

step "services"
cargo build --locked --package quickstart
cargo build --locked --package health-tests --example nested
home="$(mktemp -d)"
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$home"' EXIT

cd "$home"
PORT=0 "$target/debug/quickstart" >quickstart.out 2>quickstart.log &
"$target/debug/examples/nested" >nested.out 2>nested.log &
root="$(address quickstart.out 'http://[0-9.:]*')" || { cat quickstart.log; exit 1; }
nested="$(address nested.out 'http://[0-9.:]*/ops')" || { cat nested.log; exit 1; }

# A port that was free a moment ago.
proxy="127.0.0.1:$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')"
sed "s|@LISTEN@|$proxy|; s|@SERVICE@|$root|" "$here/nginx.conf" >nginx.conf
nginx -p "$home" -c nginx.conf -e stderr 2>nginx.log &
prefix="http://$proxy/behind/a/prefix"
curl --silent --show-error --fail --retry 20 --retry-delay 1 --retry-connrefused --output health "$prefix/health"

step "pages"
cp "$here/pages.test.mjs" "$work/node/"
ROOT="$root" PREFIX="$prefix" NESTED="$nested" DATA_DIR="$home/quickstart-data" PICTURES="$work/pictures" \
    CHROMIUM="$(command -v chromium)" node --test --test-reporter=spec "$work/node/pages.test.mjs"
