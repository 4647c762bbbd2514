"""What hubwarden adds to the mint of a cold scope, in a fleet and alone.

Three callers of GitHub take turns, each time with a repository that none has asked for: one that makes the two calls of
such a mint itself (where is the App installed? a token, please), a replica with Redis, and a hubwarden without. All
callers are on hubwarden's core, GitHub and Redis on the other, and their connections are open.

    fleet-mint-added   milliseconds that the replica with Redis takes longer than the caller that asks by itself, median
                       of pairs
"""

import base64
import json
import os
import pathlib
import subprocess
import time

from harness.exchange import Link, Request
from harness.fleet import PERMISSIONS, port_of, repository
from harness.process import SERVER_CORE, on_core
from harness.report import Report, median
from harness.sharing import SharingFleet

MINTS = int(os.environ.get("MINTS", 500))
BOUND = 5.0


def app_jwt(app: int, key: pathlib.Path) -> str:
    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).decode().rstrip("=")

    now = int(time.time())
    claims = {"iss": app, "iat": now - 60, "exp": now + 500}
    signed = ".".join(part(json.dumps(each).encode()) for each in ({"alg": "RS256", "typ": "JWT"}, claims))
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=signed.encode(), check=True,
                               capture_output=True).stdout
    return f"{signed}.{part(signature)}"


class Direct:
    """Asks GitHub as hubwarden does."""

    def __init__(self, fleet: SharingFleet):
        github = fleet.sandbox.ready
        host, _, self.base = github["api_url"].removeprefix("http://").partition("/")
        self.base = f"/{self.base}" if self.base else ""
        self.link = Link(int(host.rpartition(":")[2]))
        self.jwt = app_jwt(github["app_id"], pathlib.Path(github["private_key_file"]))

    def ask(self, method: str, path: str, body: dict | None = None) -> dict:
        return json.loads(self.link.exchange(Request(method, self.base + path, self.jwt, body, "bench").encoded()))

    def mint(self, name: str) -> None:
        installation = self.ask("GET", f"/repos/{name}/installation")["id"]
        wish = {"repositories": [name.partition("/")[2]], "permissions": PERMISSIONS}
        self.ask("POST", f"/app/installations/{installation}/access_tokens", wish)


class Through:
    """Asks a hubwarden as its operator."""

    def __init__(self, port: int, requests: dict[str, Request]):
        self.link, self.requests = Link(port), requests

    def mint(self, name: str) -> None:
        self.link.exchange(self.requests[name].encoded())


def milliseconds(caller, name: str) -> float:
    begun = time.perf_counter()
    caller.mint(name)
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    os.sched_setaffinity(0, {SERVER_CORE})
    report = Report()
    with SharingFleet(repositories=3 * (MINTS + 1)) as fleet:
        alone = fleet.serve("alone", on_core(SERVER_CORE), {})
        names = [repository(number) for number in range(3 * (MINTS + 1))]
        requests = dict(zip(names, fleet.operators_requests(len(names))))
        callers = [Direct(fleet), *(Through(port_of(each), requests) for each in (fleet.hubwarden, alone))]
        turns = []
        for turn in range(MINTS + 1):
            took = [0.0] * 3
            for place in range(3):
                who = (turn + place) % 3  # what one leaves behind to be done is in the way of each of the others in turn
                took[who] = milliseconds(callers[who], names[3 * turn + place])
            turns.append(took)
        assert fleet.mints() == len(names), "each was a mint"
    direct, sharing, by_itself = zip(*turns[1:])  # the first one signs the App's JWT and connects
    report.at_most("fleet-mint-added", median(ours - theirs for ours, theirs in zip(sharing, direct)), BOUND)
    report.note(f"without Redis: {median(ours - theirs for ours, theirs in zip(by_itself, direct)):.2f} ms; "
                f"of it is Redis: {median(ours - theirs for ours, theirs in zip(sharing, by_itself)):.2f} ms")
    report.note(f"the sandbox's own two calls: {median(direct):.2f} ms, with Redis {median(sharing):.2f} ms, "
                f"without {median(by_itself):.2f} ms")
    report.end()


main()
