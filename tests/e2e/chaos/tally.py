"""What came of a run: counted while it goes on, by many threads, and printed as a table at its end."""

import collections
import datetime
import threading
import time

from support.http_client import Answer

LIFETIME = 60.0  # seconds: of the tokens that are minted
FLOOR = LIFETIME / 30  # docs/tokens.md: less than that is never handed out
MARGIN = 1.0  # GitHub's ends are whole seconds, and answers travel
SHOWN = 10  # failures of a kind, the first ones

COUNTED = ("token requests", "repeated at the next replica", "failed while a valid token exists", "failed, no valid token",
           "below the floor", "mints", "most mints of a scope in a minute", "changes acknowledged", "changes unavailable",
           "changes without an answer", "changes refused", "revocations watched", "records lost",
           "revoked tokens that live again", "disturbances left out")


class Tally:
    def __init__(self):
        self._lock = threading.Lock()
        self._begin = time.monotonic()
        self._latest_ends: dict[str, float] = {}
        self.counts: collections.Counter[str] = collections.Counter(dict.fromkeys(COUNTED, 0))
        self.disturbances: collections.Counter[str] = collections.Counter()
        self.longest: collections.defaultdict[str, float] = collections.defaultdict(float)
        self.failures: list[str] = []

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._begin

    def add(self, what: str, count: int = 1) -> None:
        with self._lock:
            self.counts[what] += count

    def fail(self, what: str, how: str) -> None:
        with self._lock:
            self.counts[what] += 1
            if self.counts[what] <= SHOWN:
                self.failures.append(f"{self.elapsed:6.1f} s  {what}: {how}")

    def note_longest(self, what: str, seconds: float) -> None:
        with self._lock:
            self.longest[what] = max(self.longest[what], seconds)

    # Tokens

    def latest_end(self, scope: str) -> float:
        """Of all tokens that were handed out for it; to be asked before one asks for another."""
        with self._lock:
            return self._latest_ends.get(scope, 0.0)

    def forget_tokens(self) -> None:
        """Those of another fleet are none of this one's."""
        with self._lock:
            self._latest_ends.clear()

    def note_answer(self, scope: str, latest_end: float, answer: Answer) -> None:
        now = time.time()
        if answer.status != 200:
            held = max(0.0, latest_end - now)
            exists = held > FLOOR + MARGIN
            self.fail("failed while a valid token exists" if exists else "failed, no valid token",
                      f"{scope}: {answer.status} {answer.raw[:200]!r}; the longest had {held:.1f} s left")
            return
        end = datetime.datetime.fromisoformat(answer.body["expires_at"].replace("Z", "+00:00")).timestamp()
        with self._lock:
            self._latest_ends[scope] = max(self._latest_ends.get(scope, 0.0), end)
        if end - now < FLOOR - MARGIN:
            self.fail("below the floor", f"{scope}: {end - now:.2f} s left")

    def print(self) -> None:
        lines = [f"{name:<48} {self.counts[name]:>7}" for name in self.counts]
        lines += [f"{name:<48} {seconds:>7.3f} s" for name, seconds in self.longest.items()]
        lines += [f"disturbed: {kind:<37} {count:>7}" for kind, count in sorted(self.disturbances.items())]
        print("", *lines, *self.failures, sep="\n")
