#!/usr/bin/env bash
# Spelling of every text in the repository; the words that are meant are in typos.toml.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here/../.."
work=spelling
source tests/support/scripts.sh

python3 -c 'import ensurepip' 2>/dev/null || packages python3 python3-venv
python_packages "$here"
# A checker that notices nothing would prove nothing.
! "$work/python/bin/typos" --format brief - <<<"recie""ve" >/dev/null || { echo "the spell checker finds no mistake"; exit 1; }
"$work/python/bin/typos" --force-exclude
