"""Resident kB of hubwarden for each idle TLS connection that has had a request answered."""

import os
import subprocess

from harness.fleet import Fleet
from harness.process import BUILD
from harness.report import Report

CONNECTIONS = int(os.environ.get("CONNECTIONS", 10_000))
BOUND = 20


def main() -> None:
    limits = {"connections": 2 * CONNECTIONS, "connections_per_address": 0, "idle_timeout": "10m"}
    with Fleet(tls=True, settings={"limits": limits}) as fleet:
        command = [BUILD / "bench/http/bench_http_idle_tls", "--port", fleet.port, "--process", fleet.hubwarden.pid,
                   "--connections", CONNECTIONS]
        line = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout
    report = Report()
    report.at_most("tls-idle", float(line.split("per_connection_kb=")[1]), BOUND, digits=1)
    report.end()


main()
