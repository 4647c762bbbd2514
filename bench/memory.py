"""Resident memory of hubwarden with 100,000 cached scopes, one repository each, in MiB.

The bound is for GitHub's classic tokens of 40 characters; the stateless ones of about 520 are printed beside.
"""

import os

from harness.fleet import Fleet
from harness.process import resident_kb
from harness.report import Report

SCOPES = int(os.environ.get("SCOPES", 100_000))
BOUND = 150


def main() -> None:
    report = Report()
    for token_format in ("classic", "stateless"):
        # A cache with room to spare: a shard that chance fills early would evict.
        with Fleet(repositories=SCOPES, token_format=token_format, settings={"tokens": {"max_entries": SCOPES * 6 // 5}}) as fleet:
            before = resident_kb(fleet.hubwarden.pid)
            fleet.ask(fleet.operators_requests(SCOPES))
            after = resident_kb(fleet.hubwarden.pid)
        if token_format == "classic":
            report.at_most("memory", after / 1024, BOUND, digits=1)
        report.note(f"{token_format}: {after / 1024:.1f} MiB; {before / 1024:.1f} MiB before the first, {(after - before) * 1024 / SCOPES:.0f} bytes for each")
    report.end()


main()
