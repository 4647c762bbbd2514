"""The steady load: callers who ask for tokens as a workspace does, at one replica or another, as behind a load balancer."""

import concurrent.futures
import http.client
import random
import threading
import time

from support.broker import Broker

from chaos.outages import Outages
from chaos.tally import Tally

CALLERS = 12
EVERY = 0.12  # seconds: a hundred requests a second in all
# A repository more every few seconds, so that their tokens do not all end at the same time.
NEXT_AFTER = 1.5


class Callers:
    """They call from `with` to its end."""

    def __init__(self, fleet: list[Broker], workspace: tuple[str, str], repositories: list[str], tally: Tally,
                 outages: Outages, github: object, seed: str):
        self._fleet, self._workspace, self._repositories = fleet, workspace, repositories
        self._tally, self._outages, self._github, self._seed = tally, outages, github, seed
        self._begin = time.monotonic()
        self._stop = threading.Event()
        self._pool = concurrent.futures.ThreadPoolExecutor(CALLERS)
        self._calling: list[concurrent.futures.Future] = []

    def __enter__(self):
        self._calling = [self._pool.submit(self._work, number) for number in range(CALLERS)]
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._pool.shutdown()
        for each in self._calling:
            each.result()

    def _work(self, number: int) -> None:
        chance = random.Random(f"{self._seed}-{number}")
        due = time.monotonic() + chance.uniform(0, EVERY)
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            self._call(chance)
            due = max(due + EVERY, time.monotonic() - EVERY)  # who was held up does not make up for it

    def _call(self, chance: random.Random) -> None:
        known = 1 + int((time.monotonic() - self._begin) / NEXT_AFTER)
        repository = chance.choice(self._repositories[:known])
        latest_end = self._tally.latest_end(repository)
        first = chance.randrange(len(self._fleet))
        self._tally.add("token requests")
        for broker in self._fleet[first:] + self._fleet[:first]:
            begin = time.monotonic()
            try:
                answer = broker.token_of(*self._workspace, repo=repository)
            except (OSError, http.client.HTTPException) as cut:
                if self._outages.end_of_last(begin, time.monotonic(), broker) is None:
                    self._tally.fail("failed while a valid token exists", f"a living replica: {cut!r}")
                    return
                self._tally.add("repeated at the next replica")
                continue
            self._tally.note_longest("longest token request", time.monotonic() - begin)
            if answer.status != 200:
                self._note_how_long_github_is_back()
            self._tally.note_answer(repository, latest_end, answer)
            return
        self._tally.fail("failed while a valid token exists", "no replica answered")

    def _note_how_long_github_is_back(self) -> None:
        """Who has nothing to hand out fails while GitHub is away, and until a pause after that is over."""
        now = time.monotonic()
        end = self._outages.end_of_last(self._begin, now, self._github)
        self._tally.note_longest("longest failing after GitHub was back", now - (end or self._begin))
