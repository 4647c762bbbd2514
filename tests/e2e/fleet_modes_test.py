"""Replicas that share a Redis behind sentinels, or a cluster of them, as an ACL user of few rights."""

import contextlib

import pytest

from support.broker import Broker
from support.fleet import replica
from support.redis_nodes import Cluster, Watched
from support.waiting import until

REPOSITORIES = 30


@pytest.fixture
def stack(private, output, sandbox):  # what it holds uses them to its end
    with contextlib.ExitStack() as stack:
        yield stack


def fleet_of(stack, private, output, environment, sandbox, redis) -> list[Broker]:
    fleet = [stack.enter_context(replica(name, private, output, environment, sandbox, redis)) for name in ("one", "other")]
    for broker in fleet:
        until(lambda broker=broker: broker.logged("redis.connected"), "Redis to be connected")
    for broker in fleet:  # by the journal, whose scripts need more than keys
        until(lambda broker=broker: broker.metric("hubwarden_fleet_replicas") == 2, "the replicas to count each other")
    return fleet


def state(broker: Broker) -> str:
    ready = broker.ask("GET", "/readyz")
    assert ready.status == 200 and ready.body["ready"]
    return ready.body["checks"]["redis"]


def is_shared(fleet: list[Broker], sandbox, repository: str) -> bool:
    """Whether both replicas hand out the same token for a repository that nobody has asked for."""
    sandbox.create_repository(repository)
    tokens = {broker.token_for(repository).body["token"] for broker in fleet}
    return len(tokens) == 1


def test_a_failover_fails_nobody_and_sharing_goes_on(stack, private, output, environment, sandbox):
    redis = Watched(stack, private, output)
    fleet = fleet_of(stack, private, output, environment, sandbox, redis)
    numbers = iter(range(10_000))
    assert is_shared(fleet, sandbox, "acme/before")
    assert redis.master.ask("PUBSUB", "NUMSUB", "hubwarden:v1:news").split()[1] == "2"
    redis.master.kill()

    def is_shared_again() -> bool:
        is_known = redis.master_port() == redis.replica.port
        return is_shared(fleet, sandbox, f"acme/during-{next(numbers)}") and is_known

    until(is_shared_again, "the new master to be used", pause=0.1)
    until(lambda: all(state(broker) == "ok" for broker in fleet), "both to be well again")
    heard = lambda: redis.replica.ask("PUBSUB", "NUMSUB", "hubwarden:v1:news").split()[1] == "2"
    until(heard, "both to listen at the new master")
    assert redis.replica.ask("--scan").split()


def test_a_cluster_shares_all_scopes_and_loses_a_node(stack, private, output, environment, sandbox):
    redis = Cluster(stack, private, output)
    fleet = fleet_of(stack, private, output, environment, sandbox, redis)
    for number in range(REPOSITORIES):
        assert is_shared(fleet, sandbox, f"acme/repository-{number}")
    assert sandbox.mints == REPOSITORIES
    assert all(redis.keys()), "every node has some"
    redis.nodes[0].kill()
    shared = sum(is_shared(fleet, sandbox, f"acme/later-{number}") for number in range(REPOSITORIES))
    assert 0 < shared < REPOSITORIES, "those in the slots of the nodes that live"
    assert "degraded" in {state(broker) for broker in fleet}
