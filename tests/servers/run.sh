#!/usr/bin/env bash
# The ready-made checks against real servers; installs those where they are missing. Prints the table of faults.
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=()
compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null || missing+=(postgresql)
command -v redis-server >/dev/null || missing+=(redis-server)
command -v haproxy >/dev/null || missing+=(haproxy)
command -v setpriv >/dev/null || missing+=(util-linux)
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update
    apt-get install --yes --no-install-recommends "${missing[@]}"
fi

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
