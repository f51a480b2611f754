"""Asks the probes of a manifest as a kubelet does, while the quickstart starts, hangs, recovers and ends."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import yaml

# A kubelet gives up after this many seconds unless the probe sets another limit.
DEFAULT_TIMEOUT = 1

manifest, guide, program = sys.argv[1:]
with open(manifest) as file:
    pod = next(yaml.safe_load_all(file))["spec"]["template"]["spec"]
container = pod["containers"][0]
with open(guide) as file:
    shown = yaml.safe_load(re.search(r"```yaml\n(.*?)```", file.read(), re.DOTALL)[1])
assert shown == {name: container.get(name, pod.get(name)) for name in shown}, "the guide shows another manifest"


class Service:
    """The quickstart in a directory of its own."""

    def __init__(self, home):
        self.data = os.path.join(home, "quickstart-data")
        self.process = subprocess.Popen(
            [program], cwd=home, env={**os.environ, "PORT": "0"}, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.url = self.process.stdout.readline().split()[1].removesuffix("/health")

    def probe(self, kind, limit=None):
        """The status code, or None if no answer came in time."""
        probe = container[kind]
        limit = limit or probe.get("timeoutSeconds", DEFAULT_TIMEOUT)
        try:
            with urllib.request.urlopen(self.url + probe["httpGet"]["path"], timeout=limit) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except TimeoutError:
            return None

    def until(self, kind, code):
        """Asks until the code is this one, for as many periods as the kubelet would wait."""
        probe = container[kind]
        end = time.monotonic() + probe["periodSeconds"] * probe["failureThreshold"]
        while (found := self.probe(kind)) != code:
            assert time.monotonic() < end, f"{kind} answers {found}"
            time.sleep(0.1)


with tempfile.TemporaryDirectory() as home:
    service = Service(home)
    try:
        service.until("startupProbe", 200)
        service.until("livenessProbe", 200)
        service.until("readinessProbe", 200)
        print("running: all probes answer 200")

        # The check writes to a pipe that nobody reads: it hangs.
        pipe = os.path.join(service.data, "probe")
        os.mkfifo(pipe)
        time.sleep(1.1)  # a result is reused for 1 s
        assert service.probe("readinessProbe", DEFAULT_TIMEOUT) is None, "the default limit is long enough"
        assert service.probe("readinessProbe") == 503, "no report in time"
        assert service.probe("livenessProbe") == 200, "a hung dependency would restart the pod"
        print("a check hangs: readiness 503 within timeoutSeconds, liveness 200; with the default of 1 s no answer")

        # A reader lets all writers go on.
        os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(pipe)
        service.until("readinessProbe", 200)
        print("the check recovers: readiness 200")

        start = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        while (found := service.probe("readinessProbe")) != 503:
            assert time.monotonic() < start + 1, f"draining, but readiness answers {found}"
        assert service.probe("livenessProbe") == 200
        code = service.process.wait(pod["terminationGracePeriodSeconds"])
        took = time.monotonic() - start
        assert code == 0 and took > 4, f"exit code {code} after {took:.1f} s"
        print(f"SIGTERM: readiness 503 and liveness 200 at once, the end after {took:.1f} s")
    finally:
        service.process.kill()
