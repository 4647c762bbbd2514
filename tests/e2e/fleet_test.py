"""Several replicas that share a real Redis: GitHub is asked once, whichever is asked, and Redis may go."""

import concurrent.futures
import contextlib
import itertools
import signal

import pytest

from support.broker import Broker
from support.fleet import replica
from support.sandbox import MINT
from support.waiting import until

REPLICAS = 4
CALLERS = 100  # of each
numbers = itertools.count()


@pytest.fixture
def fleet(private, output, environment, sandbox, redis):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(replica(name, private, output, environment, sandbox, redis))
               for name in map(str, range(REPLICAS))]


def ask_at_once(fleet: list[Broker], repository: str = "acme/widgets") -> set[str]:
    """The tokens that many callers of all replicas are given."""
    with concurrent.futures.ThreadPoolExecutor(REPLICAS * CALLERS) as pool:
        answers = [pool.submit(each.token_for, repository) for each in fleet for _ in range(CALLERS)]
        assert all(answer.result().status == 200 for answer in answers), [answer.result().text for answer in answers]
        return {answer.result().body["token"] for answer in answers}


def test_a_cold_scope_costs_the_fleet_one_mint(fleet, sandbox):
    sandbox.break_next("latency", MINT, latency="2s")
    assert len(ask_at_once(fleet)) == 1
    assert sandbox.mints == 1


def test_a_replica_that_comes_later_finds_the_token(fleet, sandbox):
    first, *others = fleet
    token = first.token_for("acme/widgets").body["token"]
    for other in others:
        assert other.token_for("acme/widgets").body["token"] == token
    assert sandbox.mints == 1


def test_redis_shows_no_token_and_no_name(fleet, redis):
    token = fleet[0].token_for("acme/widgets").body["token"]
    names = redis.ask("--scan").split()
    assert names and all(name.startswith("hubwarden:v1:{") for name in names)
    lying = "".join(names) + "".join(redis.ask("--no-raw", "GET", name) for name in names)
    for readable in (token, "ghs_", "acme", "widgets", "contents"):
        assert readable not in lying
    # None is for ever; a lease may have been given back meanwhile, and is -2.
    assert all(int(redis.ask("PTTL", name)) != -1 for name in names)


def redis_of(broker: Broker) -> str:
    ready = broker.ask("GET", "/readyz")
    assert ready.status == 200 and ready.body["ready"], "without Redis requests are served all the same"
    return ready.body["checks"]["redis"]


def use_redis(broker: Broker, sandbox) -> None:
    """A scope that nobody has asked for."""
    repository = f"acme/repository-{next(numbers)}"
    sandbox.create_repository(repository)
    assert broker.token_for(repository).status == 200


def comes_back(broker: Broker, sandbox) -> None:
    until(lambda: use_redis(broker, sandbox) or redis_of(broker) == "ok", "Redis to be used again")


def test_without_redis_each_replica_goes_on_alone(fleet, redis, sandbox):
    first = fleet[0]
    token = first.token_for("acme/widgets").body["token"]
    redis.kill()
    assert first.token_for("acme/widgets").body["token"] == token
    assert all(each.token_for("acme/gadgets").status == 200 for each in fleet)
    assert sandbox.mints == 1 + REPLICAS
    assert redis_of(first) == "degraded"
    redis.start()
    comes_back(first, sandbox)


def test_a_redis_that_hangs_fails_nobody(fleet, redis, sandbox):
    first = fleet[0]
    assert first.token_for("acme/widgets").status == 200
    redis.signal(signal.SIGSTOP)
    assert len(ask_at_once(fleet[:1], "acme/gadgets")) == 1
    redis.signal(signal.SIGCONT)
    comes_back(first, sandbox)
