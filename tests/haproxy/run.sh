#!/usr/bin/env bash
# Restarts two instances behind HAProxy in turns, under load. Installs HAProxy where it is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v haproxy >/dev/null; then
    apt-get update
    apt-get install --yes --no-install-recommends haproxy
fi
cargo run --quiet --package health-tests --example rolling --locked -- "${1:-20}"
