#!/usr/bin/env bash
# A direct call of an annotated function costs nothing: the compiler finds it to be, instruction for instruction, the call of the
# same function without the attribute, keeps one of the two, and gives it both names.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=direct-call
source tests/support/scripts.sh

assembly="$work/direct-call.s"
# What is built already is not written once more.
cargo clean --quiet --locked --package direct-call
cargo rustc --locked --package direct-call --lib --config 'profile.dev.package.direct-call.opt-level=3' \
    --config 'profile.dev.package.direct-call.codegen-units=1' -- --emit "asm=$assembly"

# same A B: whether one of them is another name of the other.
same() {
    grep --quiet --extended-regexp "^\S*($1\S* = \S*$2|$2\S* = \S*$1)" "$assembly"
}

same call_plain call_annotated || { echo "a call of an annotated function is not what it was without the attribute"; exit 1; }
# A comparison that notices nothing would prove nothing.
! same call_plain call_instrumented || { echo "a wrapped function is taken for a plain one"; exit 1; }
echo "the same instructions: call_plain and call_annotated; others: call_instrumented"
