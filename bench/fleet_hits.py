"""Cached tokens from one replica and from two that share a Redis.

All of them are on one core, and the load is on the other. So two replicas cannot be faster than one; that together they
are as fast shows that a hit costs no replica more for being in a fleet. What has nothing to share grows with its cores.

    fleet-hits-1   requests per second of one replica against nginx with a constant body of that size, in turns
    fleet-hits-2   requests per second of two replicas together against one of them alone
"""

import concurrent.futures
import os

from harness.exchange import ask_all
from harness.fleet import port_of
from harness.load import CONNECTIONS, Cost, measure, write_requests
from harness.nginx import Nginx
from harness.report import Report, median
from harness.sharing import SharingFleet

WORKSPACES = int(os.environ.get("WORKSPACES", 10_000))
ROUNDS = int(os.environ.get("ROUNDS", 7))
SECONDS = int(os.environ.get("SECONDS_EACH", 2))


class Asked:
    """A replica, and the file of the requests for it: workspaces are known only where they were made."""

    def __init__(self, fleet: SharingFleet, number: int):
        self.replica = fleet.replicas[number]
        self.file = fleet.directory / f"requests-{number}"
        requests = fleet.register(WORKSPACES, self.replica)
        self.size = max(len(answer) for answer in ask_all(port_of(self.replica), requests))
        write_requests(requests, self.file)

    def measure(self, connections: int = CONNECTIONS) -> Cost:
        return measure(self.replica.pid, port_of(self.replica), self.file, SECONDS, connections)


def together(asked: list[Asked]) -> list[Cost]:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        return list(pool.map(lambda one: one.measure(CONNECTIONS // len(asked)), asked))


def rate(costs: list[Cost]) -> float:
    return sum(cost.requests_per_second for cost in costs)


def cpu(costs: list[Cost]) -> float:
    """Microseconds for a request, whichever replica it went to."""
    return sum(cost.cpu_microseconds * cost.requests_per_second for cost in costs) / rate(costs)


def main() -> None:
    with SharingFleet(replicas=2, repositories=WORKSPACES) as fleet:
        asked = [Asked(fleet, 0), Asked(fleet, 1)]
        assert fleet.mints() == WORKSPACES, "the second replica has the tokens of the first"
        with Nginx(fleet.directory, asked[0].size) as nginx:
            turns = [([measure(nginx.worker, nginx.port, asked[0].file, SECONDS)], together(asked[:1]), together(asked))
                     for _ in range(ROUNDS)]
    report = Report()
    report.at_least("fleet-hits-1", median(rate(one) / rate(theirs) for theirs, one, _ in turns), 0.9)
    report.at_least("fleet-hits-2", median(rate(two) / rate(one) for _, one, two in turns), 0.9)
    for name, side in (("nginx", 0), ("1 replica", 1), ("2 replicas", 2)):
        report.note(f"{name}: {median(rate(turn[side]) for turn in turns):.0f} requests/s, "
                    f"{median(cpu(turn[side]) for turn in turns):.1f} us of CPU for each")
    report.end()


main()
