#!/usr/bin/env bash
# Licences, sources and bans of the dependencies of both packages, with all features, by deny.toml. Advisories need the network of a
# developer: RELEASING.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=dependencies
source tests/support/scripts.sh

version=0.20.2
if [ "$("$work/bin/cargo-deny" --version 2>/dev/null)" != "cargo-deny $version" ]; then
    # Not optimized: it builds in a fraction of the time, and has little to do.
    cargo install cargo-deny --version "$version" --locked --debug --no-default-features --root "$work" --target-dir "$work/build"
    rm -rf "$work/build"
fi
"$work/bin/cargo-deny" --manifest-path health-runtime/Cargo.toml --all-features --locked check bans licenses sources
