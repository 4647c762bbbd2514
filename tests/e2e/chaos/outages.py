"""What was away from when to when, by the monotonic clock: a run's disturbances, for those who judge what they saw."""

import contextlib
import threading
import time


class Outages:
    """Of GitHub, of the records, and of each replica; named by the objects themselves."""

    def __init__(self):
        self._lock = threading.Lock()
        self._of: dict[object, list[list[float]]] = {}  # begin and end; one that lasts ends in the future

    @contextlib.contextmanager
    def of(self, what: object):
        interval = [time.monotonic(), float("inf")]
        with self._lock:
            self._of.setdefault(what, []).append(interval)
        try:
            yield
        finally:
            interval[1] = time.monotonic()

    def end_of_last(self, begin: float, end: float, *concerned: object) -> float | None:
        """When the last outage that overlaps this time was over, at most its `end`; None: there was none."""
        with self._lock:
            ends = [until for what in concerned for since, until in self._of.get(what, ()) if since <= end and until >= begin]
        return min(max(ends), end) if ends else None
