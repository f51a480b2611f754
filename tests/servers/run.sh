#!/usr/bin/env bash
# The ready-made checks against real servers; installs those where they are missing. Prints the table of faults.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=servers
source tests/support/scripts.sh

database_servers
command -v haproxy >/dev/null || packages haproxy

cargo test --package server-tests --locked --test faults -- --ignored --exact table::all_cells_hold --nocapture
cargo test --package server-tests --locked --tests -- --ignored --skip :: --test-threads 1

cargo test --package guide --locked -- --ignored --test-threads 1
