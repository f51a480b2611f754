"""Asks Prometheus for everything that the quickstart serves, and breaks the quickstart for an alert."""

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

SERVICE, PROMETHEUS, DATA = (os.environ[name] for name in ("SERVICE", "PROMETHEUS", "DATA"))

NAMES = set(
    """
    build_info
    event_loop_blocked_workers event_loop_lag_seconds event_loop_stalls_total
    health_check_duration_seconds_bucket health_check_duration_seconds_count health_check_duration_seconds_sum
    health_check_last_duration_seconds health_check_last_success_timestamp_seconds health_check_observation_age_seconds
    health_check_runs_total health_check_stale_after_seconds health_check_state health_check_transitions_total
    health_report_state
    http_errors_total http_requests_total http_requests_in_flight
    http_request_duration_seconds_bucket http_request_duration_seconds_count http_request_duration_seconds_sum
    process_cpu_seconds_total process_max_fds process_open_fds process_resident_memory_bytes
    process_start_time_seconds process_threads process_virtual_memory_bytes
    tokio_alive_tasks tokio_global_queue_depth tokio_workers
    """.split()
)


def service(path, method="GET", **headers):
    request = urllib.request.Request(SERVICE + path, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


def prometheus(path, **query):
    with urllib.request.urlopen(f"{PROMETHEUS}/api/v1/{path}?{urllib.parse.urlencode(query)}") as answer:
        return json.load(answer)["data"]


def until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.2)
    print(what)


def firing(name):
    alerts = prometheus("alerts")["alerts"]
    return any(alert["labels"]["alertname"] == name and alert["state"] == "firing" for alert in alerts)


def normal(labels):
    """`le` is a number, which the two formats write differently."""
    return tuple(sorted((key, str(float(value)) if key == "le" else value) for key, value in labels.items()))


def served():
    families = text_string_to_metric_families(service("/metrics"))
    return {normal({"__name__": sample.name, **sample.labels}) for family in families for sample in family.samples}


def scraped():
    series = prometheus("series", **{"match[]": '{job="service"}'})
    return {normal({key: value for key, value in labels.items() if key not in ("job", "instance")}) for labels in series}


until("the target is up", lambda: any(target["health"] == "up" for target in prometheus("targets")["activeTargets"]))
for _ in range(20):
    service("/orders")
    service("/orders", Authorization="Bearer quickstart")
    service("/nothing/here")
    time.sleep(0.1)

wanted = served()
names = {dict(series)["__name__"] for series in wanted}
assert names == NAMES, names ^ NAMES
until(f"all of {len(wanted)} series are there", lambda: wanted <= scraped())

rules = [rule for group in prometheus("rules")["groups"] for rule in group["rules"]]
assert len(rules) == 17, rules
for rule in rules:
    if "saturation_" in rule["query"]:
        # The quickstart has no limit on its requests.
        continue
    # Without the comparison that makes an alert of it.
    query = rule["query"]
    for comparison in (" == ", " > "):
        query = query.rsplit(comparison, 1)[0] if rule["type"] == "alerting" else query
    until(f"{rule['name']} finds a series", lambda: prometheus("query", query=query)["result"])
    assert rule["health"] in ("ok", "unknown"), rule

until("no alert fires", lambda: not prometheus("alerts")["alerts"])
os.rename(DATA, DATA + ".away")
until("ServiceNotReady fires", lambda: firing("ServiceNotReady"))
until("CheckFailing fires", lambda: firing("CheckFailing"))
os.rename(DATA + ".away", DATA)
until("ServiceNotReady is resolved", lambda: not firing("ServiceNotReady"))
until("CheckFailing is resolved", lambda: not firing("CheckFailing"))

[dropped] = prometheus("targets")["activeTargets"]
assert not dropped["lastError"], dropped["lastError"]
