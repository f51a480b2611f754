#!/usr/bin/env bash
# Runs every command that the README and the documents show, in their order, and compares what is printed. A script of the tests is
# not run once more.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=commands
source tests/support/scripts.sh

missing=()
for program in curl jq python3; do
    command -v "$program" >/dev/null || missing+=("$program")
done
packages "${missing[@]}"
database_servers
# Before anything waits for it.
cargo build --locked
cargo build --locked --package guide --bin guide --package server-tests --example with_servers
for document in README.md docs/*.md; do
    python3 tests/commands/run.py "$document"
done
