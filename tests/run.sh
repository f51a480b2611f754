#!/usr/bin/env bash
# The one test command: formatting, lints, and every kind of test. Installs what it needs where that is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

step "system packages"
# A C compiler for the embedded SQLite, and a library that moves the wall clock of a process.
missing=()
command -v cc >/dev/null || missing+=(gcc libc6-dev)
[ -e "/usr/lib/$(uname -m)-linux-gnu/faketime/libfaketime.so.1" ] || missing+=(libfaketime)
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update
    apt-get install --yes --no-install-recommends "${missing[@]}"
fi

step "formatting"
cargo fmt --all -- --check

step "lints"
cargo clippy --workspace --all-targets --locked -- -D warnings
# As users build it who ask for no feature: in the workspace, the features of all members are one.
cargo clippy --package health-runtime --all-targets --locked -- -D warnings

step "tests"
cargo test --workspace --locked
cargo test --package health-runtime --lib --locked

step "packages"
cargo package --package health-macros --package health-runtime --allow-dirty --locked

step "the engine, on one processor"
# Late perhaps, but never wrong.
taskset --cpu-list 0 cargo test --package health-tests --test engine --locked

step "registration in the release profiles"
tests/linking/run.sh

step "what a direct call costs"
tests/direct-call/run.sh

step "tests that need a package or a right"
cargo test --package quickstart --locked -- --ignored
cargo test --package health-tests --test draining --locked -- --ignored

step "the ready-made checks, against real servers"
tests/servers/run.sh

step "the document, before validators and generators of others"
tests/validators/run.sh

step "the metrics, scraped by Prometheus"
tests/prometheus/run.sh

step "a mail when the database dies"
tests/alerting/run.sh

step "the commands of the documents"
tests/commands/run.sh

step "the pages for people, in a browser"
tests/browser/run.sh

step "rolling restarts behind HAProxy"
tests/haproxy/run.sh

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
