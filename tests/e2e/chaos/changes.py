"""The records' load: workspaces are made, their tokens rotated and revoked, each time through another replica."""

import concurrent.futures
import http.client
import random
import threading
import time

from support import secrets
from support.broker import Broker
from support.http_client import Answer

from chaos.outages import Outages
from chaos.tally import Tally

EVERY = 0.4  # seconds
PAUSE = 0.02  # seconds between two looks at whether a token is refused
PATIENCE = 20.0  # seconds until a token that is not refused is given up
TOKENS = 5  # of a workspace
WATCHERS = 9


class Changes:
    """Remembers what was acknowledged: `live` tokens open, `dead` ones do not. What was not answered may be either, and
    is left alone from there."""

    def __init__(self, tally: Tally, outages: Outages, records: object, seed: str):
        self._tally, self._outages, self._records = tally, outages, records
        self._random = random.Random(seed)
        self._made = 0
        self._stop = threading.Event()
        self._has_revoked = threading.Event()
        self.fleet: list[Broker] = []
        self.live: dict[str, dict[str, str]] = {}  # workspace → token id → token
        self.dead: list[tuple[str, str]] = []  # workspace, token

    def __enter__(self):
        self._stop.clear()
        self._pool = concurrent.futures.ThreadPoolExecutor(1 + WATCHERS)
        self._watching: list[concurrent.futures.Future] = []
        self._working = self._pool.submit(self._work)
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._working.result()
        for each in self._watching:
            each.result()
        self._pool.shutdown()

    def wait_for_revocation(self) -> None:
        """Until the next one has just been acknowledged: what happens now may keep it from the other replicas."""
        self._has_revoked.clear()
        self._has_revoked.wait(PATIENCE)

    def _work(self) -> None:
        while not self._stop.wait(EVERY):
            change = self._random.choice([self._create, self._rotate, self._revoke]) if self.live else self._create
            try:
                change(self._random.choice(self.fleet))
            except (OSError, http.client.HTTPException):
                self._tally.add("changes without an answer")

    def _ask(self, broker: Broker, method: str, path: str, **more) -> Answer | None:
        """The answer of a change that was made."""
        answer = broker.ask(method, path, bearer=broker.admin_token, **more)
        if answer.status in (201, 204):
            self._tally.add("changes acknowledged")
            return answer
        if answer.status == 503:
            self._tally.add("changes unavailable")
        else:
            self._tally.fail("changes refused", f"{method} {path}: {answer.status} {answer.text[:200]}")
        return None

    def _create(self, broker: Broker) -> None:
        self._made += 1
        name = f"agent-{self._made}"
        body = {"id": name, "repositories": ["acme/widgets"], "permissions": {"contents": "read"}}
        if answer := self._ask(broker, "POST", "/admin/workspaces", body=body):
            self.live[name] = {}
            self._keep(name, answer)

    def _rotate(self, broker: Broker) -> None:
        name = self._random.choice(list(self.live))
        if len(self.live[name]) == TOKENS:
            self._create(broker)
        elif answer := self._ask(broker, "POST", f"/admin/workspaces/{name}/tokens"):
            self._keep(name, answer)

    def _keep(self, name: str, answer: Answer) -> None:
        secrets.tell("workspace-token", answer.body["token"])
        self.live[name][answer.body["token_id"]] = answer.body["token"]

    def _revoke(self, broker: Broker) -> None:
        name = self._random.choice(list(self.live))
        if not self.live[name]:
            return self._create(broker)
        token_id = self._random.choice(list(self.live[name]))
        token = self.live[name].pop(token_id)  # from here it may be either
        if self._ask(broker, "DELETE", f"/admin/workspaces/{name}/tokens/{token_id}"):
            acknowledged = time.monotonic()
            self._has_revoked.set()
            self.dead.append((name, token))
            self._watching += [self._pool.submit(self._watch, each, name, token, acknowledged) for each in self.fleet]

    def _watch(self, broker: Broker, name: str, token: str, acknowledged: float) -> None:
        """How long it opened, from the acknowledgement or from the end of what had cut the replica off."""
        opened = acknowledged
        while time.monotonic() < acknowledged + PATIENCE:
            asked = time.monotonic()
            try:
                if not opens(broker, name, token):
                    break
                opened = asked
            except (OSError, http.client.HTTPException):
                pass  # it is away, and begins anew with what the records say
            time.sleep(PAUSE)
        since = self._outages.end_of_last(acknowledged, opened, self._records, broker)
        late = opened - (acknowledged if since is None else since)
        self._tally.add("revocations watched")
        self._tally.note_longest("longest until revoked", late)
        if opened > acknowledged:
            self._tally.note_longest("longest until revoked, disturbances included", opened - acknowledged)

    def count_wrong(self, patience: float = 3.0) -> tuple[int, int]:
        """How many tokens, times the replicas, are lost or live again; what was just changed has some time to arrive."""
        begin = time.monotonic()
        live = [(name, token) for name, tokens in self.live.items() for token in tokens.values()]
        while True:
            lost = sum(not opens(broker, *each) for broker in self.fleet for each in live)
            revived = sum(opens(broker, *each) for broker in self.fleet for each in self.dead)
            if lost + revived == 0 or time.monotonic() > begin + patience:
                return lost, revived


def opens(broker: Broker, name: str, token: str) -> bool:
    # A report of nothing is refused for what it says, a wrong credential with 401; neither asks GitHub.
    answer = broker.ask("POST", f"/workspaces/{name}/github-installation-token/rejected", bearer=token,
                        body={"token": "ghs_none"})
    return answer.status != 401
