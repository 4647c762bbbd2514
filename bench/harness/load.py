"""Load from the other core, and what it costs the server."""

import dataclasses
import json
import pathlib
import subprocess
import sys

from harness.exchange import Request
from harness.process import LOAD_CORE, cpu_seconds, on_core

SCRIPT = pathlib.Path(__file__).with_name("requests.lua")
CONNECTIONS = 32


@dataclasses.dataclass(frozen=True)
class Cost:
    cpu_microseconds: float  # of the server, for one request
    requests_per_second: float
    p99_microseconds: float


def write_requests(requests: list[Request], file: pathlib.Path) -> None:
    lines = [f"{one.path} {one.bearer or '-'}" + (f" {json.dumps(one.body)}" if one.body else "") for one in requests]
    file.write_text("".join(line + "\n" for line in lines))


def measure(pid: int, port: int, requests: pathlib.Path, seconds: int, connections: int = CONNECTIONS) -> Cost:
    """`pid` is the server's process, `requests` a file of write_requests()."""
    command = [*on_core(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT),
               f"http://127.0.0.1:{port}", "--", str(requests)]
    before = cpu_seconds(pid)
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    used = cpu_seconds(pid) - before
    line = next(line for line in output.splitlines() if line.startswith("measured "))
    count, duration, p99, failures = map(int, line.split()[1:])
    if failures or not count:
        sys.exit(f"wrk saw {failures} failures in {count} requests:\n{output}")
    return Cost(used * 1e6 / count, count * 1e6 / duration, p99)
