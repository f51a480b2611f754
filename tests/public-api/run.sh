#!/usr/bin/env bash
# Compares the foreign types in the public API with the list beside this script: a breaking release of their crates is one of ours.
# With UPDATE_EXPECT=1, writes the list.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here/../.."
work=public-api
source tests/support/scripts.sh

command -v python3 >/dev/null || packages python3
RUSTDOC="$PWD/tests/support/rustdoc.sh" cargo rustdoc --locked --package health-runtime --all-features --lib -- \
    -Z unstable-options --output-format json
python3 "$here/foreign_types.py" "$target/doc/health_runtime.json" >"$work/foreign-types.txt"
if [ -n "${UPDATE_EXPECT-}" ]; then
    cp "$work/foreign-types.txt" "$here/foreign-types.txt"
else
    diff --unified "$here/foreign-types.txt" "$work/foreign-types.txt"
fi
