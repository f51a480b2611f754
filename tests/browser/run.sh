#!/usr/bin/env bash
# Opens the pages for people in a real browser: at the root of a service, nested under a path, and behind a proxy that strips
# a prefix. Everything that it installs from npm, and a picture of each page, is under the target directory.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here/../.."
work=browser
source tests/support/scripts.sh

step "tools"
# Where `chromium` is only a hint at another way of installing it, it cannot tell its version.
has_chromium() { chromium --version >/dev/null 2>&1; }
missing=()
command -v npm >/dev/null || missing+=(nodejs npm)
command -v nginx >/dev/null || missing+=(nginx-light)
packages "${missing[@]}"
has_chromium || packages chromium || true
node_modules "$here"
if has_chromium; then
    CHROMIUM="$(command -v chromium)"
    export CHROMIUM
else
    # Distributions without a package of it: the one that the driver is made for.
    export PLAYWRIGHT_BROWSERS_PATH="$work/browsers"
    "$work/node/node_modules/.bin/playwright-core" install --with-deps --no-shell chromium
fi

step "services"
cargo build --locked --package quickstart
cargo build --locked --package health-tests --example nested
in_a_home

PORT=0 "$target/debug/quickstart" >quickstart.out 2>quickstart.log &
ROOT="$(told quickstart.out 'http://[0-9.:]*' $!)"
"$target/debug/examples/nested" >nested.out 2>nested.log &
NESTED="$(told nested.out 'http://[0-9.:]*/ops' $!)"

# nginx takes no port 0, and another program may take a port that was free.
proxy() {
    local port
    for _ in 1 2 3 4 5; do
        port="$(node --eval 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')"
        sed "s|LISTEN|127.0.0.1:$port|; s|SERVICE|$ROOT|" "$here/nginx.conf" >nginx.conf
        nginx -p "$home" -c nginx.conf 2>nginx.log &
        if told nginx.log 'start worker process' $! >started; then
            PROXIED="http://127.0.0.1:$port/svc"
            return
        fi
    done
    return 1
}
proxy
export ROOT NESTED PROXIED PICTURES="$work/pictures" DATA="$home/quickstart-data"

rm -rf "$PICTURES"
mkdir "$PICTURES"
cp "$here"/*.mjs "$work/node/"
for test in docs status probes; do
    step "$test"
    node --test-reporter=spec "$work/node/$test.mjs"
done

# The README's picture.
[ -z "${UPDATE_EXPECT:-}" ] || cp "$PICTURES/status-failing-light.png" "$here/../../docs/status.png"
