#!/usr/bin/env bash
# Lets a real Prometheus scrape the quickstart: every series arrives, every query of the shipped rules finds something, and an
# alert comes when the data directory goes and ends when it is back.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here/../.."
work=prometheus
source tests/support/scripts.sh

step "tools"
missing=()
command -v promtool >/dev/null || missing+=(prometheus)
command -v curl >/dev/null || missing+=(curl)
# Debian's own, which sees Debian's packages.
python=/usr/bin/python3
"$python" -c 'import prometheus_client' 2>/dev/null || missing+=(python3 python3-prometheus-client)
packages "${missing[@]}"

step "rules"
rules="$PWD/deploy/prometheus"
promtool check config "$rules/prometheus.yml"
promtool test rules "$rules/rules_test.yml"

step "services"
cargo build --locked --package quickstart
in_a_home

touch quickstart.out
PORT=0 "$target/debug/quickstart" >quickstart.out 2>quickstart.log &
SERVICE="$(told quickstart.out 'http://[0-9.:]*' $!)"
# As a kubelet does it.
while true; do curl --silent --output /dev/null "$SERVICE/ready"; sleep 0.5; done &

# The shipped files, with shorter times.
sed "s|localhost:8080|${SERVICE#http://}|; s|_interval: .*|_interval: 1s|" "$rules/prometheus.yml" >prometheus.yml
for file in recording alerts; do
    sed 's|for: .*|for: 2s|' "$rules/$file.yml" >"$file.yml"
done
touch prometheus.log
prometheus --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address=127.0.0.1:0 2>prometheus.log &
PROMETHEUS="http://$(told prometheus.log 'msg="Listening on" address=[0-9.:]*' $! | sed 's/.*address=//')"
export SERVICE PROMETHEUS DATA="$home/quickstart-data"

step "formats"
curl --silent --fail "$SERVICE/metrics" | tee text.metrics | promtool check metrics
curl --silent --fail --header 'Accept: application/openmetrics-text; version=1.0.0' "$SERVICE/metrics" >open.metrics
"$python" "$here/formats.py" text.metrics open.metrics

step "scrapes, queries, and an alert"
"$python" "$here/scrapes.py"
