#!/usr/bin/env bash
# serves.sh PROGRAM FOLDER: whether the program answers as the README says, on its port, and ends cleanly. Its log goes to the folder.
set -euo pipefail

ip link set lo up 2>/dev/null || true
"$1" >"$2/log" 2>&1 &
trap 'kill $! 2>/dev/null || true' EXIT
answer="$(curl --silent --show-error --fail --retry 50 --retry-delay 1 --retry-connrefused --retry-max-time 30 http://127.0.0.1:8080/ready)" \
    || { cat "$2/log"; exit 1; }
echo "$answer"
[[ "$answer" == *'"status":"healthy"'*'"db":{"status":"ok"'* ]]
for path in /health /startup /status /docs /openapi.json /metrics; do
    curl --silent --show-error --fail --location --output /dev/null "http://127.0.0.1:8080$path"
done
kill -INT $!
wait $!
