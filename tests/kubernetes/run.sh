#!/usr/bin/env bash
# The manifest in deploy/kubernetes: Kubernetes' own schema accepts it, and its probes, asked as a kubelet asks them, see the quickstart
# start, hang, recover and end.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here/../.."
work=kubernetes
source tests/support/scripts.sh

python3 -c 'import ensurepip' 2>/dev/null || packages python3 python3-venv
python_packages "$here"
manifest="$PWD/deploy/kubernetes/service.yaml"

step "the schema of Kubernetes"
"$work/python/bin/kubernetes-validate" --strict "$manifest"

step "its probes"
cargo build --locked --package quickstart
"$work/python/bin/python" "$here/kubelet.py" "$manifest" docs/kubernetes.md "$target/debug/quickstart"
