#!/usr/bin/env python3
"""A fleet at work, for ./run --fleet.

usage: scripts/fleet/demo.py REPLICAS FOLDER_OF_THE_PROGRAMS

Shows what a fleet is promised to do, a line each, and ends everything that it started. Exit status 1 when a figure is not
as promised.
"""

import concurrent.futures
import contextlib
import http.client
import itertools
import pathlib
import signal
import sys
import tempfile
import threading
import time

from servers import Broken, Servers, promise, until

CALLERS = 100  # of each replica, at once
SCOPES = 20
STEADY_CALLERS = 10
STEADY_REQUESTS = 500  # while something is away
REVOKED_WITHIN = 1000  # milliseconds
MINT = "POST /app/installations/{installation_id}/access_tokens"


def at_once(replicas, repositories, callers):
    """Every repository's token by as many callers of every replica, at the same moment; the tokens that they got."""
    asked = [(replica, repository) for _ in range(callers) for repository in repositories for replica in replicas]
    with concurrent.futures.ThreadPoolExecutor(len(asked)) as pool:
        return {pending.result() for pending in [pool.submit(replica.token, name) for replica, name in asked]}


def shows_one_mint(servers, replicas):
    # GitHub is slow, so that all of them have come before it answers.
    servers.control("POST", "/faults", {"kind": "latency", "route": MINT, "latency": "1s"})
    tokens = at_once(replicas, ["acme/widgets"], CALLERS)
    print(f"one cold scope: {len(replicas)} replicas, {CALLERS * len(replicas)} callers, mints: {servers.mints}")
    promise(servers.mints == 1 and len(tokens) == 1, "one scope costs one mint")


def shows_a_mint_for_each_scope(servers, replicas):
    before = servers.mints
    at_once(replicas, servers.make_repositories(SCOPES, "scope"), 2)
    minted = servers.mints - before
    print(f"{SCOPES} cold scopes: {len(replicas)} replicas, {2 * SCOPES * len(replicas)} callers, mints: {minted}")
    promise(minted == SCOPES, f"{SCOPES} scopes cost {SCOPES} mints")


def shows_revocation(replicas):
    first, others = replicas[0], replicas[1:] or replicas
    status, made = first.ask("POST", "/admin/workspaces", body={
        "id": "agent-7", "repositories": ["acme/widgets"], "permissions": {"contents": "read"}})
    promise(status == 201, f"a workspace is made: {status} {made}")

    def is_answered(replica, wanted):
        return replica.ask("GET", "/workspaces/agent-7/github-installation-token", made["token"])[0] == wanted

    for other in others:
        print(f"a workspace made on {first}: served by {other} after {until(lambda: is_answered(other, 200), 'it')} ms")
    status, _ = first.ask("DELETE", f"/admin/workspaces/agent-7/tokens/{made['token_id']}")
    promise(status == 204, f"a workspace's token is revoked: {status}")
    begin = time.monotonic()
    for other in others:
        until(lambda: is_answered(other, 401), "a revoked token to be refused")
        took = round(1000 * (time.monotonic() - begin))
        print(f"revoked on {first}: refused by {other} after {took} ms")
        promise(took <= REVOKED_WITHIN, f"it is refused within {REVOKED_WITHIN} ms")


class Callers:
    """Steady callers. Like a load balancer, they go to the next replica when one does not answer."""

    def __init__(self, replicas):
        self.replicas, self.stopping = replicas, threading.Event()
        self.served, self.failures = itertools.count(), []
        self.last = 0
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(STEADY_CALLERS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def run(self, number):
        while not self.stopping.wait(0.01):
            try:
                self.token(number)
                self.last = next(self.served)
            except (OSError, http.client.HTTPException, Broken) as error:
                self.failures.append(str(error))

    def token(self, number):
        for replica in self.replicas[number % len(self.replicas):] + self.replicas[:number % len(self.replicas)]:
            with contextlib.suppress(OSError, http.client.HTTPException):
                return replica.token("acme/widgets")
        raise Broken("no replica answers")

    def goes_on(self, what):
        """Waits for more requests."""
        begin = self.last
        until(lambda: self.last >= begin + STEADY_REQUESTS, "requests to be served")
        print(f"{what}: {self.last - begin} requests, failed: {len(self.failures)}")
        promise(not self.failures, f"no request fails: {self.failures[:3]}")


def shows_that_it_goes_on(servers, replicas):
    living = replicas[:-1] or replicas
    with Callers(replicas) as callers:
        if len(replicas) > 1:
            replicas[-1].program.end(signal.SIGKILL)
            callers.goes_on(f"{replicas[-1]} killed")
        servers.redis.end(signal.SIGKILL)
        at_once(living, servers.make_repositories(1, "without-redis"), 1)
        callers.goes_on("Redis killed")
        servers.start_redis()
        for replica in living:
            until(lambda: is_shared(servers, replica), f"{replica} to use Redis again")
    before = servers.mints
    at_once(living, servers.make_repositories(1, "with-redis"), CALLERS)
    minted = servers.mints - before
    print(f"Redis back, one cold scope: {len(living)} replicas, {CALLERS * len(living)} callers, mints: {minted}")
    promise(minted == 1, "one scope costs one mint")


numbers = itertools.count()


def is_shared(servers, replica):
    """A scope that nobody has asked for makes it try."""
    replica.token(servers.make_repositories(1, f"try-{next(numbers)}")[0])
    return replica.ask("GET", "/readyz")[1]["checks"]["redis"] == "ok"


def demonstrate(count, programs, stack):
    folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hubwarden-fleet-")))
    servers = Servers(programs, folder, stack)
    servers.start_github()
    servers.start_redis()
    servers.start_postgresql()
    replicas = servers.start_replicas(count)
    print(f"{count} replicas, Redis and PostgreSQL are up")
    shows_one_mint(servers, replicas)
    shows_a_mint_for_each_scope(servers, replicas)
    shows_revocation(replicas)
    shows_that_it_goes_on(servers, replicas)


def main(count, programs):
    sys.stdout.reconfigure(line_buffering=True)
    # Also where it was started with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.ExitStack() as stack:
        try:
            demonstrate(int(count), pathlib.Path(programs).resolve(), stack)
        except (Broken, OSError, http.client.HTTPException) as broken:
            print(f"run: not as promised: {broken}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
        finally:
            # Once more would leave something behind.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
