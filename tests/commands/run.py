"""Runs the commands in the `console` blocks of a document, and compares what is printed.

In what is shown, `...` stands for anything, and every time and every fraction for any other. White space does not count.
"""

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path.cwd()
HOME = tempfile.TemporaryDirectory()
# Those that serve until they are stopped. The quickstart keeps its data where it is started.
GUIDE = f"{ROOT}/examples/guide/run.sh"
SERVERS = {
    "cargo run": f"cargo run --locked --manifest-path {ROOT}/Cargo.toml",
    "examples/guide/run.sh": GUIDE,
    "OWN_PORT=9090 ALLOW_BLOCKING=1 examples/guide/run.sh": f"ALLOW_BLOCKING=1 {GUIDE}",
}


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


PORT = free_port()
OWN_PORT = free_port()


def steps(text):
    """Each command with what it prints."""
    for block in re.findall(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = step.partition("\n")
            yield command, output


def normal(text):
    text = text.replace(PORT, "8080")
    text = re.sub(r"^(content-length|date): .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>", text)
    text = re.sub(r"\d+\.\d+", "<fraction>", text)
    return re.sub(r"\s", "", text)


def is_as_shown(shown, printed):
    pattern = ".*".join(re.escape(part) for part in normal(shown).split("..."))
    return re.fullmatch(pattern, normal(printed)) is not None


def serve(command, shown):
    """Starts a server, and waits until it says where it listens."""
    process = subprocess.Popen(
        SERVERS[command],
        shell=True,
        cwd=HOME.name,
        # Only the guide reads the second one.
        env={**os.environ, "PORT": PORT, "OWN_PORT": OWN_PORT},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    printed = ""
    timer = threading.Timer(120, os.killpg, [process.pid, signal.SIGKILL])
    timer.start()
    for line in process.stdout:
        printed += line
        if f":{PORT}" in line:
            break
    else:
        raise AssertionError(f"{command} ended, or did not listen for two minutes:\n{printed}")
    timer.cancel()
    assert not shown or is_as_shown(shown, printed), f"{command} printed:\n{printed}"
    # A server that cannot write its log stops.
    threading.Thread(target=process.stdout.read, daemon=True).start()
    return process


def run(command, shown):
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command.replace(":8080", f":{PORT}").replace(":9090", f":{OWN_PORT}")],
        cwd=HOME.name,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}"
    assert is_as_shown(shown, done.stdout), f"{command} printed:\n{done.stdout}\ninstead of:\n{shown}"


def end(server):
    if server:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(timeout=60)


def main(document):
    server = None
    try:
        for command, shown in steps(pathlib.Path(document).read_text()):
            print(f"{document}: {command}", flush=True)
            if command in SERVERS:
                # On the same port.
                end(server)
                server = serve(command, shown)
            elif command.endswith("run.sh"):
                # A part of the tests, which runs by itself.
                lines = pathlib.Path("tests/run.sh").read_text().splitlines()
                assert command in map(str.strip, lines), command
            else:
                run(command, shown)
    finally:
        end(server)


main(*sys.argv[1:])
