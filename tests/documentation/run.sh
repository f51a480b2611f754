#!/usr/bin/env bash
# The documentation of the workspace, and that of the packages as the documentation host builds it: with all features, each item showing
# the feature that it needs.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=documentation
source tests/support/scripts.sh

RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
RUSTDOC="$PWD/tests/support/rustdoc.sh" RUSTDOCFLAGS="-D warnings --cfg docsrs" cargo doc --package health-macros --package health-runtime \
    --all-features --no-deps --locked
for page in testing/index.html checks/tcp/index.html struct.MetricsLayer.html; do
    grep --quiet 'Available on <strong>crate feature' "$target/doc/health_runtime/$page" || { echo "no badge on $page"; exit 1; }
done
