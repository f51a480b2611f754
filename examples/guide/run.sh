#!/usr/bin/env bash
# Starts the guide with a PostgreSQL and a Redis server that end with it; installs those where they are missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=guide
source tests/support/scripts.sh

database_servers
cargo build --locked --package guide --bin guide --package server-tests --example with_servers
exec "$target/debug/examples/with_servers" "$target/debug/guide"
