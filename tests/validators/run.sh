#!/usr/bin/env bash
# Holds the quickstart and its OpenAPI document, and one of the framework's own, against validators and client generators
# that are not ours, while the quickstart is well and while a check fails. Everything that it installs or generates is under
# the target directory.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here/../.."
work=validators
source tests/support/scripts.sh

step "tools"
missing=()
command -v curl >/dev/null || missing+=(curl)
command -v npm >/dev/null || missing+=(nodejs npm)
python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3 python3-venv)
packages "${missing[@]}"
python_packages "$here"
node_modules "$here"
export PATH="$work/python/bin:$work/node/node_modules/.bin:$PATH"
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

step "quickstart"
cargo build --locked --package quickstart
home="$(mktemp -d)"
cd "$home"
PORT=0 "$target/debug/quickstart" >out 2>log &
trap 'kill $! 2>/dev/null || true; rm -rf "$home"' EXIT
url="$(told out 'http://[0-9.:]*' $!)" || { cat log; exit 1; }
curl --silent --show-error --fail --retry 5 --output "$work/openapi.json" "$url/openapi.json"

cd "$work"
step "openapi-spec-validator"
openapi-spec-validator openapi.json "$here/../openapi.json"

step "redocly, recommended rules"
redocly lint --extends=recommended openapi.json "$here/../openapi.json"

step "openapi-typescript, compiled under strict"
openapi-typescript openapi.json --output node/api.d.ts
cp "$here/ready.ts" "$here/tsconfig.json" node/
tsc --project node

step "openapi-python-client, checked by mypy"
openapi-python-client generate --path openapi.json --meta none --output-path health_client --overwrite
cp "$here/ready.py" .
mypy --config-file "$here/mypy.ini" ready.py

# ask WHAT: both clients say so.
ask() {
    for client in "node node/ready.js" "python3 ready.py"; do
        answer="$($client "$url")"
        echo "$client: $answer"
        [ "$answer" = "$1" ]
    done
}

token="Authorization: Bearer quickstart"

step "a service that is well"
ask "200 healthy ok none"
schemathesis run "$url/openapi.json" --header "$token" --checks all --seed 1

step "a service that is degraded"
for _ in 1 2 3 4 5 6; do
    curl --silent --show-error --fail --output order --request POST --header "$token" "$url/orders"
done
until curl --silent "$url/ready" | grep --quiet '"status":"degraded"'; do sleep 0.1; done
ask "200 degraded ok none"

step "a service of which a check fails"
mv "$home/quickstart-data" "$home/away"
until [ "$(curl --silent --output /dev/null --write-out '%{http_code}' "$url/ready")" = 503 ]; do sleep 0.1; done
ask "503 unhealthy error failed"
# Every 5xx is a defect to that one check, and 503 is what this service has to say.
schemathesis run "$url/openapi.json" --header "$token" --checks all --exclude-checks not_a_server_error --seed 1
