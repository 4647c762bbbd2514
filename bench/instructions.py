"""User instructions of hubwarden for one cached token request, counted by callgrind.

The difference of two runs that differ in nothing but the number of requests: what starting and warming cost cancels out.
Counts hardly depend on the machine or on what else it does, so this one is a test, too.
"""

import os

from harness.fleet import Fleet
from harness.report import Report

WORKSPACES = int(os.environ.get("WORKSPACES", 100))
FEW, MANY = 20, 1020  # requests of each workspace; so many that what differs from start to start is lost among them
BOUND = 10_000


def instructions(rounds: int) -> int:
    """All that the program executes until it has ended."""
    with Fleet(repositories=WORKSPACES, before=["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]) as fleet:
        requests = fleet.register(WORKSPACES)
        fleet.ask(requests)
        fleet.ask(requests * rounds, at_once=1)
        fleet.hubwarden.stop()
        log = (fleet.directory / "hubwarden.log").read_text()
    return int(log.split("Collected : ")[1].split()[0])


def main() -> None:
    per_request = (instructions(MANY) - instructions(FEW)) / (WORKSPACES * (MANY - FEW))
    report = Report()
    report.at_most("instructions", per_request, BOUND, digits=0)
    report.end()


main()
