#!/usr/bin/env bash
# The one test command. Installs what it needs where that is missing.
#
#     tests/run.sh fast        formatting, lints, and every test that needs nothing but Rust, a C compiler, procps and util-linux
#     tests/run.sh servers     the ready-made checks and the guide, against real servers
#     tests/run.sh programs    validators, Prometheus, mails, the commands of the documents, Kubernetes, a browser, HAProxy
#     tests/run.sh [all]       these, and what is needed before a release: packages, features, profiles, documentation
set -euo pipefail
cd "$(dirname "$0")/.."

wanted="${1-all}"
case "$wanted" in
    fast | servers | programs | all) ;;
    *)
        echo "usage: tests/run.sh [fast|servers|programs|all]" >&2
        exit 2
        ;;
esac

step() { printf '\n== %s\n' "$*"; }
is_wanted() { [ "$wanted" = all ] || [ "$wanted" = "$1" ]; }

step "system packages"
# A C compiler for the embedded SQLite, programs that limit and end processes, and a library that moves the wall clock of a process.
missing=()
command -v cc >/dev/null || missing+=(gcc libc6-dev)
# `kill` is a builtin of the shell as well: tests start the program.
type -P kill >/dev/null || missing+=(procps)
for program in prlimit setpriv taskset unshare; do
    command -v "$program" >/dev/null || { missing+=(util-linux) && break; }
done
if is_wanted programs; then
    [ -e "/usr/lib/$(uname -m)-linux-gnu/faketime/libfaketime.so.1" ] || missing+=(libfaketime)
fi
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update
    apt-get install --yes --no-install-recommends "${missing[@]}"
fi

if is_wanted fast; then
    step "formatting"
    cargo fmt --all -- --check

    step "lints"
    cargo clippy --workspace --all-targets --locked -- -D warnings

    step "tests"
    cargo test --workspace --locked
    # As users build it who ask for no feature: in the workspace, the features of all members are one.
    cargo test --package health-runtime --lib --locked
fi

if is_wanted all; then
    step "spelling"
    tests/spelling/run.sh

    step "each feature alone, none, and all"
    tests/features/run.sh

    step "the engine, on one processor"
    # Late perhaps, but never wrong.
    processor="$(sed -n 's/^Cpus_allowed_list:[[:space:]]*\([0-9]*\).*/\1/p' /proc/self/status)"
    taskset --cpu-list "$processor" cargo test --package health-tests --test engine --locked

    step "registration in the release profiles"
    tests/linking/run.sh

    step "what a direct call costs"
    tests/direct-call/run.sh
fi

if is_wanted servers; then
    step "the ready-made checks, against real servers"
    tests/servers/run.sh
fi

if is_wanted programs; then
    step "ten minutes of a service that only its own listener asks, in the background"
    cargo test --package health-tests --test blocked --locked --no-run
    cargo test --package health-tests --test blocked --locked -- --ignored >"${CARGO_TARGET_DIR:-target}/ten-minutes.log" 2>&1 &
    ten_minutes=$!

    step "tests that need a package or a right"
    cargo test --package quickstart --locked -- --ignored
    cargo test --package health-tests --test draining --locked -- --ignored

    step "the document, before validators and generators of others"
    tests/validators/run.sh

    step "the metrics, scraped by Prometheus"
    tests/prometheus/run.sh

    step "a mail when the database dies"
    tests/alerting/run.sh

    step "the commands of the documents"
    tests/commands/run.sh

    step "the manifest for Kubernetes"
    tests/kubernetes/run.sh

    step "the pages for people, in a browser"
    tests/browser/run.sh

    step "rolling restarts behind HAProxy"
    tests/haproxy/run.sh

    step "the end of the ten minutes"
    wait "$ten_minutes" || { cat "${CARGO_TARGET_DIR:-target}/ten-minutes.log"; exit 1; }
fi

if is_wanted all; then
    step "the licences and sources of dependencies"
    tests/dependencies/run.sh

    step "the packages, outside of the repository"
    tests/packages/run.sh

    step "the foreign types in the public API"
    tests/public-api/run.sh

    step "documentation"
    tests/documentation/run.sh
fi
