#!/usr/bin/env bash
# Starts the guide and what `deploy/alerting` configures, kills the guide's database, and waits for the mail that says so; starts it
# again, and waits for the mail that says that all is well.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here/../.."
work=alerting
source tests/support/scripts.sh

step "tools"
missing=()
command -v curl >/dev/null || missing+=(curl)
command -v prometheus >/dev/null || missing+=(prometheus)
command -v prometheus-alertmanager >/dev/null || missing+=(prometheus-alertmanager)
command -v prometheus-blackbox-exporter >/dev/null || missing+=(prometheus-blackbox-exporter)
# Debian's own, which sees Debian's packages.
python=/usr/bin/python3
"$python" -c 'import aiosmtpd' 2>/dev/null || missing+=(python3 python3-aiosmtpd)
packages "${missing[@]}"
database_servers

step "configuration"
deploy="$PWD/deploy"
promtool check config "$deploy/alerting/prometheus.yml"
amtool check-config "$deploy/alerting/alertmanager.yml"
prometheus-blackbox-exporter --config.check --config.file="$deploy/alerting/blackbox.yml"
promtool test rules "$deploy/alerting/probes_test.yml"

step "services"
cargo build --locked --package guide --bin guide --package server-tests --example with_servers
in_a_home
touch guide.log blackbox.log mails.log alertmanager.log prometheus.log

mkfifo commands
PORT=0 "$target/debug/examples/with_servers" "$target/debug/guide" <commands >guide.log 2>&1 &
exec 3>commands
SERVICE="$(told guide.log 'http://[0-9.:]*' $!)"
"$python" "$here/mails.py" >mails.log 2>&1 &
SMTP="$(told mails.log 'listening on [0-9.:]*' $! | sed 's/.* //')"

# The shipped files, with shorter times for what is asked from outside.
address() { told "$1" 'msg="Listening on" address=[0-9.:]*' "$2" | sed 's/.*address=//'; }
cp -r "$deploy/prometheus" "$deploy/alerting" .
sed --in-place 's|for: .*|for: 2s|' alerting/probes.yml
cd alerting
prometheus-blackbox-exporter --config.file=blackbox.yml --web.listen-address=127.0.0.1:0 2>../blackbox.log &
BLACKBOX="$(address ../blackbox.log $!)"
sed --in-place "s|localhost:25|$SMTP|; s|group_wait: .*|group_wait: 1s|; s|group_interval: .*|group_interval: 1s|" alertmanager.yml
prometheus-alertmanager --config.file=alertmanager.yml --storage.path=../alertmanager --cluster.listen-address= \
    --web.listen-address=127.0.0.1:0 2>../alertmanager.log &
ALERTMANAGER="$(address ../alertmanager.log $!)"
sed --in-place "s|localhost:8080|${SERVICE#http://}|; s|localhost:9115|$BLACKBOX|; s|localhost:9093|$ALERTMANAGER|
    s|_interval: .*|_interval: 1s|" prometheus.yml
prometheus --config.file=prometheus.yml --storage.tsdb.path=../data --web.listen-address=127.0.0.1:0 2>../prometheus.log &
PROMETHEUS="http://$(address ../prometheus.log $!)"
cd ..

# within SECONDS COMMAND...: repeats it until it succeeds.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || { echo "waited in vain: $*"; return 1; }
        sleep 0.2
    done
}
is_well() { curl --silent "$PROMETHEUS/api/v1/query?query=probe_success" | grep --quiet '"1"\]'; }
has_mail() { grep --quiet "$1" mails.log; }

step "the database dies, and heals"
within 60 is_well
started=$SECONDS
echo database >&3
within 60 has_mail '^to operators@example.org: \[firing\] guide$'
within 1 has_mail "^since .* UTC: guide at ${SERVICE#http://} is not ready$"
within 1 has_mail '^Failing checks: database orm services$'
echo "the mail came after $((SECONDS - started)) s"
echo database >&3
within 60 has_mail '^to operators@example.org: \[resolved\] guide$'
within 1 has_mail "^ended .* UTC: guide at ${SERVICE#http://} is not ready$"
cat mails.log
[ "$(grep --count '^to ' mails.log)" -eq 2 ]
# The password of both servers.
if grep hunter2 ./*.log; then exit 1; fi
