"""Eight replicas with a thousand callers each at one moment, whatever becomes of the one that mints."""

import concurrent.futures
import contextlib
import datetime

import pytest

from support import secrets
from support.broker import Broker
from support.crowd import Crowd, ask_at_once
from support.fleet import replica
from support.redis import Redis
from support.sandbox import MINT
from support.waiting import until

REPLICAS = 8
CALLERS = 1000
SCOPES = 100
# A crowd that comes from one address.
UNLIMITED = {"requests_per_address": 0, "requests_per_workspace": 0, "failures_per_address": 0,
             "connections_per_address": 2 * CALLERS, "threads": 1}


@pytest.fixture
def fleet(private, output, environment, sandbox, redis):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(replica(name, private, output, environment, sandbox, redis, limits=UNLIMITED,
                                           log={"level": "warning"}))
               for name in map(str, range(REPLICAS))]


def crowd_at(fleet: list[Broker], repository: str = "acme/widgets", callers: int = CALLERS, more: str = "") -> Crowd:
    path = f"/admin/github-installation-token?repo={repository}&permissions=contents:read{more}"
    crowd = ask_at_once([(each.address, each.admin_token) for each in fleet], callers, path)
    for token in crowd.tokens:
        secrets.tell("token", token)
    assert crowd.statuses == {200: len(fleet) * callers}
    return crowd


def remaining(end: datetime.datetime) -> float:
    return (end - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def test_a_cold_scope_costs_one_mint_and_so_does_its_refresh(fleet, sandbox):
    sandbox.change_settings(token_lifetime="60s")
    sandbox.break_next("latency", MINT, latency="1s")
    assert len(crowd_at(fleet).tokens) == 1
    assert sandbox.mints == 1
    # They want more of it than is left: all of them have to wait for the refresh.
    until(lambda: remaining(sandbox.latest_expiry()) < 49, "the token to age")
    assert len(crowd_at(fleet, more="&min_ttl=50s").tokens) == 1
    assert sandbox.mints == 2


def lock_in(redis: Redis) -> str:
    return next((name for name in redis.ask("--scan").split() if name.endswith(":lock")), "")


def test_a_holder_that_dies_before_its_mint_fails_nobody(fleet, sandbox, redis):
    """Its lease lies there, and nothing else of it."""
    first, *others = fleet
    sandbox.break_next("latency", MINT, latency="2s")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(first.token_for, "acme/widgets")
        name = until(lambda: lock_in(redis), "the first mint to be under way")
        assert answer.result().status == 200
    until(lambda: not lock_in(redis), "the lease to be given back")
    first.process.kill()  # it would put its token there again
    redis.ask("FLUSHALL")
    redis.ask("SET", name, "of the dead", "PX", "3000")
    assert len(crowd_at(others).tokens) == 1
    assert sandbox.mints == 2


def test_a_holder_that_dies_in_its_mint_fails_nobody(fleet, sandbox, redis):
    first, *others = fleet
    sandbox.break_next("latency", MINT, latency="3s")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        doomed = pool.submit(first.token_for, "acme/widgets")
        until(lambda: lock_in(redis), "the first mint to be under way")
        crowd = pool.submit(crowd_at, others)
        first.process.kill()
        assert doomed.exception() is not None
        assert len(crowd.result().tokens) == 1
    assert sandbox.mints <= 2, "one of the living, and maybe the dead one's"


def test_a_holder_that_dies_after_its_mint_fails_nobody(fleet, sandbox):
    first, *others = fleet
    token = first.token_for("acme/widgets").body["token"]
    first.process.kill()
    tokens = crowd_at(others).tokens
    assert len(tokens) == 1
    assert sandbox.mints == (1 if tokens == {token} else 2), "it may have died before the others had the token"


def test_a_hundred_scopes_cost_a_hundred_mints(fleet, sandbox):
    for number in range(SCOPES):
        sandbox.create_repository(f"acme/repository-{number}")
    with concurrent.futures.ThreadPoolExecutor(SCOPES) as pool:
        crowds = list(pool.map(lambda number: crowd_at(fleet, f"acme/repository-{number}", CALLERS // SCOPES),
                               range(SCOPES)))
    assert [len(crowd.tokens) for crowd in crowds] == [1] * SCOPES
    assert len(set().union(*(crowd.tokens for crowd in crowds))) == SCOPES
    assert sandbox.mints == SCOPES
