"""A cached token for one of 10,000 workspaces against nginx answering a constant body of the same size.

Both servers are on one core, wrk on the other; they take turns, and each number is a median of the turns' ratios.
"""

import os

from harness.fleet import Fleet
from harness.load import measure, write_requests
from harness.nginx import Nginx
from harness.report import Report, median

WORKSPACES = int(os.environ.get("WORKSPACES", 10_000))
ROUNDS = int(os.environ.get("ROUNDS", 7))
SECONDS = int(os.environ.get("SECONDS_EACH", 2))


def main() -> None:
    with Fleet(repositories=WORKSPACES) as fleet:
        requests = fleet.register(WORKSPACES)
        size = max(len(answer) for answer in fleet.ask(requests))
        file = fleet.directory / "requests"
        write_requests(requests, file)
        with Nginx(fleet.directory, size) as nginx:
            turns = []
            for _ in range(ROUNDS):
                theirs = measure(nginx.worker, nginx.port, file, SECONDS)
                ours = measure(fleet.hubwarden.pid, fleet.port, file, SECONDS)
                turns.append((ours, theirs))
    report = Report()
    report.at_most("token-cpu", median(a.cpu_microseconds / b.cpu_microseconds for a, b in turns), 1.2)
    report.at_least("token-rate", median(a.requests_per_second / b.requests_per_second for a, b in turns), 0.9)
    report.at_most("token-p99", median(a.p99_microseconds / b.p99_microseconds for a, b in turns), 1.5)
    for name, side in (("hubwarden", 0), ("nginx", 1)):
        costs = [turn[side] for turn in turns]
        report.note(f"{name}: {median(cost.cpu_microseconds for cost in costs):.1f} us of CPU for a request, "
                    f"{median(cost.requests_per_second for cost in costs):.0f} requests/s, "
                    f"p99 {median(cost.p99_microseconds for cost in costs) / 1000:.2f} ms")
    report.end()


main()
