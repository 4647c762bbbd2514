"""The lines that a benchmark prints, and its exit status."""

import statistics
import sys

median = statistics.median


class Report:
    def __init__(self):
        self._short = False

    def at_most(self, name: str, value: float, bound: float, digits: int = 2) -> None:
        self._line(name, value, bound, value <= bound, digits)

    def at_least(self, name: str, value: float, bound: float, digits: int = 2) -> None:
        self._line(name, value, bound, value >= bound, digits)

    def note(self, text: str) -> None:
        """What stands behind the line above, for whoever reads along: not on standard output."""
        print(f"  {text}", file=sys.stderr, flush=True)

    def _line(self, name: str, value: float, bound: float, holds: bool, digits: int) -> None:
        self._short = self._short or not holds
        print(f"{name} ratio={value:.{digits}f} bound={bound:g} {'ok' if holds else 'short'}", flush=True)

    def end(self) -> None:
        sys.exit(1 if self._short else 0)
