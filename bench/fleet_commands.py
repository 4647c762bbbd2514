"""Commands that replicas send to Redis: for a cached token, and for the mint of a cold scope.

Counted by Redis itself (MONITOR), less what replicas at rest send each second. A script is one command, whatever it calls
inside Redis. The counts do not depend on the machine; tests/e2e/fleet_commands_test.py looks at each command.

    fleet-commands-hit    for a cached token, to the thousandth
    fleet-commands-mint   for a mint: where the repository is, whether there is a token, the lease, the token, the release
"""

import os
import time

from harness.exchange import Link, Request, ask_all
from harness.fleet import port_of
from harness.process import Process
from harness.redis import Monitor
from harness.report import Report
from harness.sharing import SharingFleet

HITS = int(os.environ.get("HITS", 20_000))
MINTS = int(os.environ.get("MINTS", 200))
AT_REST = 5.0  # seconds


class Count:
    """Beyond what the replicas would have sent anyway."""

    def __init__(self, monitor: Monitor):
        self.monitor = monitor
        self.rate = 0.0
        self.taken_at = time.monotonic()
        self.monitor.take()

    def rest(self) -> None:
        self.take()
        time.sleep(AT_REST)
        begun = self.taken_at
        self.rate = self.take() / (self.taken_at - begun)

    def take(self) -> float:
        begun, self.taken_at = self.taken_at, time.monotonic()
        return self.monitor.take() - self.rate * (self.taken_at - begun)


def wait_for_releases(fleet: SharingFleet) -> None:
    """Callers have their tokens before the other replicas are told."""
    while "hubwarden" in fleet.redis.ask("--scan", "--pattern", "*:lock"):
        time.sleep(0.02)


def one_after_the_other(replica: Process, requests: list[Request]) -> None:
    """A crowd of mints may be too much for a busy machine: it goes on without Redis then, and sends less."""
    with Link(port_of(replica)) as link:
        for request in requests:
            link.exchange(request.encoded())


def main() -> None:
    report = Report()
    with SharingFleet(replicas=2, repositories=MINTS + 1) as fleet, Monitor(fleet.redis) as monitor:
        warming, *requests = fleet.operators_requests(MINTS + 1)
        for replica in fleet.replicas:
            ask_all(port_of(replica), [warming])
        wait_for_releases(fleet)
        count = Count(monitor)
        count.rest()
        for replica in fleet.replicas:
            ask_all(port_of(replica), [warming] * (HITS // 2))
        hits = count.take()
        one_after_the_other(fleet.replicas[0], requests)
        wait_for_releases(fleet)
        mints = count.take()
        assert fleet.mints() == MINTS + 1, "each was a mint"
        one_after_the_other(fleet.replicas[1], requests)
        found = count.take()
        late = fleet.mints() - MINTS - 1
    report.at_most("fleet-commands-hit", max(0.0, round(hits / HITS, 3)), 0, digits=3)
    report.at_most("fleet-commands-mint", mints / MINTS, 8)
    report.note(f"{found / MINTS:.2f} for a scope that the other replica has minted ({late} of {MINTS} were minted anew); "
                f"{count.rate:.1f} in a second of {len(fleet.replicas)} replicas at rest")
    report.end()


main()
