#!/usr/bin/env bash
# Each feature alone, none, and all of them: in the workspace, the features of all members are one, and a user may ask for any.
# Clippy also reports what is newer than the promised Rust (`incompatible_msrv`).
set -euo pipefail
cd "$(dirname "$0")/../.."

lint() { cargo clippy --package health-runtime --locked "$@" -- -D warnings; }

command -v python3 >/dev/null || { apt-get update; apt-get install --yes --no-install-recommends python3; }
python3 tests/features/rust_version.py
lint --all-targets
lint --no-default-features
for feature in $(sed --quiet '/^\[features\]/,/^$/s/^\([a-z0-9_-]*\) = .*/\1/p' health-runtime/Cargo.toml); do
    [ "$feature" = default ] || lint --no-default-features --features "$feature"
done
lint --all-features --all-targets
