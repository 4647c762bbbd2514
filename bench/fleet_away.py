"""p99 of a cached token while Redis is stopped (SIGSTOP: it neither answers nor closes a connection) against with Redis.

The two take turns; without begins at the moment of the stop, so what the replica needs to notice is in it.

    fleet-away-p99   median of the turns' ratios
"""

import os

from harness.load import Cost, measure, write_requests
from harness.report import Report, median
from harness.sharing import SharingFleet

WORKSPACES = int(os.environ.get("WORKSPACES", 1_000))
ROUNDS = int(os.environ.get("ROUNDS", 11))
SECONDS = int(os.environ.get("SECONDS_EACH", 3))


def main() -> None:
    with SharingFleet(repositories=WORKSPACES) as fleet:
        requests = fleet.register(WORKSPACES)
        fleet.ask(requests)
        file = fleet.directory / "requests"
        write_requests(requests, file)

        def served() -> Cost:
            return measure(fleet.hubwarden.pid, fleet.port, file, SECONDS)

        turns = []
        for _ in range(ROUNDS):
            fleet.wait_until_redis_is("ok")
            there = served()
            with fleet.redis.stopped():
                away = served()
                fleet.wait_until_redis_is("degraded")
            turns.append((away, there))
    report = Report()
    report.at_most("fleet-away-p99", median(away.p99_microseconds / there.p99_microseconds for away, there in turns), 1.2)
    for name, side in (("stopped", 0), ("there", 1)):
        report.note(f"Redis {name}: p99 {median(turn[side].p99_microseconds for turn in turns) / 1000:.2f} ms, "
                    f"{median(turn[side].requests_per_second for turn in turns):.0f} requests/s")
    report.end()


main()
