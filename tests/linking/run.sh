#!/usr/bin/env bash
# The tests of linking in every release profile that decides what is linked; `cargo test` runs them in debug.
set -euo pipefail
cd "$(dirname "$0")/../.."

# What has no checks is built once, fast, and the same in every profile.
settings=(--locked --release)
for package in '"*"' health-runtime; do
    for setting in opt-level=0 codegen-units=16; do
        settings+=(--config "profile.release.package.$package.$setting")
    done
done

# linked PACKAGE SETTING...: the package's tests with these settings of the profile.
linked() {
    local package="$1" setting configs=()
    shift
    printf '\n-- %s: release %s\n' "$package" "$*"
    for setting in "$@"; do configs+=(--config "profile.release.$setting"); done
    cargo test --package "$package" --tests "${settings[@]}" "${configs[@]}"
}

linked linking
linked linking-cycle
linked linking codegen-units=1
linked linking codegen-units=256
linked linking 'lto="thin"'
linked linking 'lto="fat"'
linked linking 'lto="fat"' codegen-units=1
