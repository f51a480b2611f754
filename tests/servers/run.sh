#!/usr/bin/env bash
# The ready-made checks against real servers; installs those where they are missing. Prints the table of faults.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=servers
source tests/support/scripts.sh

database_servers
command -v haproxy >/dev/null || packages haproxy

# In the workspace, the features of all members are one; a user may ask for a single check.
for file in health-runtime/src/checks/*.rs; do
    feature=$(basename "$file" .rs)
    case $feature in mod | network | redis_replication) continue ;; esac
    cargo clippy --package health-runtime --features "$feature" --locked -- -D warnings
done
for feature in sea_orm_2_postgres sea_orm_2_sqlite; do
    cargo clippy --package health-runtime --features "$feature" --locked -- -D warnings
done

cargo test --package server-tests --locked --test faults -- --ignored --exact table::all_cells_hold --nocapture
cargo test --package server-tests --locked --tests -- --ignored --skip :: --test-threads 1

cargo test --package guide --locked -- --ignored --test-threads 1
