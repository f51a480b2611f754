#!/usr/bin/env bash
# The one test command: formatting, lints, and every kind of test. Installs what it needs where that is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

step "system packages"
# A C compiler and linker for the embedded SQLite.
if ! command -v cc >/dev/null; then
    apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev
fi

step "formatting"
cargo fmt --all -- --check

step "lints"
cargo clippy --workspace --all-targets --locked -- -D warnings

step "tests"
cargo test --workspace --locked

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
