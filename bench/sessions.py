"""A cached token for a session, which the policy allows anew at each request, against the same for a workspace; and what
the ledger costs: the same requests of workspaces with it and without.

One server core, wrk on the other; the sides take turns, and each number is a median of the turns' ratios.
"""

import os
import pathlib
import shutil
import tempfile

from harness.fleet import Fleet, port_of
from harness.load import measure, write_requests
from harness.process import SERVER_CORE, on_core
from harness.report import Report, median
from harness.workloads import Workloads

CALLERS = int(os.environ.get("CALLERS", 300))
ROUNDS = int(os.environ.get("ROUNDS", 7))
SECONDS = int(os.environ.get("SECONDS_EACH", 2))


def main() -> None:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hubwarden-bench."))
    try:
        workloads = Workloads(folder)
        with Fleet(repositories=CALLERS, settings={"policy": {"path": str(workloads.policy)}}) as fleet:
            silent = fleet.serve("silent", on_core(SERVER_CORE), {"ledger": {"records": False}})
            sides = {"session": (fleet.hubwarden, workloads.requests(fleet, CALLERS)),
                     "workspace": (fleet.hubwarden, fleet.register(CALLERS)),
                     "silent": (silent, fleet.register(CALLERS, silent))}
            files = {}
            for name, (server, requests) in sides.items():
                files[name] = fleet.directory / f"requests-{name}"
                write_requests(requests, files[name])
            turns = []
            for _ in range(ROUNDS):
                turns.append({name: measure(server.pid, port_of(server), files[name], SECONDS)
                              for name, (server, _) in sides.items()})
    finally:
        shutil.rmtree(folder)
    report = Report()

    def compare(name: str, side: str, other: str, bound: float) -> None:
        report.at_least(name, median(turn[side].requests_per_second / turn[other].requests_per_second for turn in turns),
                        bound)

    compare("session-rate", "session", "workspace", 0.85)
    compare("ledger-rate", "workspace", "silent", 0.9)
    for name in turns[0]:
        report.note(f"{name}: {median(turn[name].cpu_microseconds for turn in turns):.1f} us of CPU for a request, "
                    f"{median(turn[name].requests_per_second for turn in turns):.0f} requests/s")
    report.end()


main()
