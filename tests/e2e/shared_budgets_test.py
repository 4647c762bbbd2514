"""Budgets of handles that a fleet shares on a real Redis, which may go."""

import pytest

from operations_test import Caller
from support.broker import Broker
from support.redis import Redis
from support.waiting import until

KEYS = ("leases", "spent")


@pytest.fixture
def acting(broker, redis) -> Broker:
    broker.configure(redis={"url": redis.url}, operations={"allow": ["read", "create_issue"], "write_interval": "0s"})
    return broker.start()


@pytest.fixture
def neighbour(acting, private, output, environment, sandbox, redis):
    """Another replica of the fleet, with records of its own."""
    folders = [folder / "neighbour" for folder in (private, output)]
    for folder in folders:
        folder.mkdir(mode=0o700)
    with Broker(*folders, environment, sandbox) as other:
        other.configure(redis={"url": redis.url})
        yield other.start()


def keys(redis: Redis) -> list[str]:
    return [key for key in redis.ask("--scan").split() if key.endswith(KEYS)]


def leases(broker: Broker, where: str) -> float:
    return broker.metric("hubwarden_budget_leases_total", **{"from": where})


def test_a_budget_lies_in_redis_and_holds(acting, redis):
    caller = Caller(acting, budget={"requests": 3})
    answers = [caller.ask("repository_metadata") for _ in range(3)]
    assert {answer.status for answer in answers} == {200}, [answer.text for answer in answers]
    refused = caller.ask("repository_metadata")
    assert (refused.status, refused.body["error"], refused.body["fix"]) == (429, "budget_exceeded", "caller")
    size = sum(len(answer.raw) for answer in answers)
    until(lambda: caller.spent() == {"requests": 3, "bytes": size}, "what was set aside and not used to come back")
    (spent,) = keys(redis)
    assert spent.startswith("hubwarden:v1:{") and caller.issued["id"] not in spent
    assert 0 < int(redis.ask("PTTL", spent)) <= 2 * 3600 * 1000
    assert "acme" not in redis.ask("HGETALL", spent)
    assert (leases(acting, "fleet"), leases(acting, "share")) == (3, 0)


def test_what_is_spent_is_in_the_records_too(acting, redis):
    caller = Caller(acting, budget={"requests": 3})
    assert caller.ask("repository_metadata").status == 200
    before = until(lambda: (spent := caller.spent())["bytes"] < 64 * 1024 and spent, "the call to be settled")
    assert acting.stop() == 0
    redis.kill()
    redis.start()
    acting.start()
    assert caller.spent() == before
    assert [caller.ask("repository_metadata").status for _ in range(3)] == [200, 200, 429]


def test_without_redis_a_replica_has_its_share(acting, neighbour, redis):
    until(lambda: acting.metric("hubwarden_fleet_replicas") == 2, "the replicas to see each other")
    caller = Caller(acting, budget={"requests": 11})
    assert caller.ask("repository_metadata").status == 200
    redis.kill()
    statuses = [caller.ask("repository_metadata").status for _ in range(6)]
    assert statuses == [200] * 5 + [429], "a half of what was left"
    refused = caller.ask("repository_metadata")
    assert (refused.body["error"], refused.body["fix"]) == ("budget_exceeded", "wait")
    assert caller.spent()["requests"] == 6
    assert leases(acting, "share") == 5

    redis.start()
    until(lambda: caller.ask("repository_metadata").status == 200, "the rest to be had again")
    statuses = [caller.ask("repository_metadata").status for _ in range(5)]
    assert statuses == [200] * 4 + [429], "what the Redis that forgot was told counts"
    assert caller.spent()["requests"] == 11
