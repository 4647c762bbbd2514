"""What a fleet costs its Redis: nothing for a cached token, a few commands for a mint. Redis counts them itself."""

import contextlib
import itertools
import statistics

import pytest

from support.fleet import replica
from support.redis import Redis
from support.redis_monitor import Monitor, shape
from support.waiting import until

HITS = 300  # of each replica
MINTS = 20
MOST_FOR_A_MINT = 8
MOST_FOR_WHAT_ANOTHER_MINTED = 4
AT_REST = 12  # commands: some seconds of two replicas
numbers = itertools.count()


@pytest.fixture
def pair(private, output, environment, sandbox, redis):
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(replica(name, private, output, environment, sandbox, redis)) for name in ("one", "two")]
        for each in made:
            assert each.token_for("acme/widgets").status == 200
        until(lambda: not locks(redis), "the first mint to be over")
        yield made


def locks(redis: Redis) -> list[str]:
    return redis.ask("--scan", "--pattern", "hubwarden:*:lock").split()


@pytest.fixture
def monitor(redis, pair):
    with Monitor(redis) as telling:
        yield telling


@pytest.fixture
def at_rest(monitor) -> set[tuple[str, ...]]:
    """The shapes of what replicas send when nobody asks them for anything."""
    heard = []
    until(lambda: heard.extend(monitor.take()) or len(heard) >= AT_REST, "replicas at rest to be heard", pause=0.2)
    return {shape(words) for words in heard}


def beyond(at_rest: set[tuple[str, ...]], sent: list[list[str]]) -> list[list[str]]:
    return [words for words in sent if shape(words) not in at_rest]


def test_a_cached_token_costs_redis_nothing(pair, at_rest, monitor):
    monitor.take()
    for _ in range(HITS):
        assert all(each.token_for("acme/widgets").status == 200 for each in pair)
    sent = monitor.take()
    assert beyond(at_rest, sent) == []
    assert len(sent) < HITS, "what they send at rest does not come with each request"


def cold_scope(sandbox) -> str:
    repository = f"acme/repository-{next(numbers)}"
    sandbox.create_repository(repository)
    return repository


def test_a_mint_costs_redis_a_few_commands_and_finding_its_token_fewer(pair, redis, sandbox, at_rest, monitor):
    """In the middle of some: where a busy machine keeps Redis waiting, a lease is renewed or a token minted once more."""
    before, minting, finding = sandbox.mints, [], []
    for _ in range(MINTS):
        repository = cold_scope(sandbox)
        for replica_asked, counts in zip(pair, (minting, finding)):
            monitor.take()
            assert replica_asked.token_for(repository).status == 200
            until(lambda: not locks(redis), "the mint to be over")
            counts.append(len(beyond(at_rest, monitor.take())))
    assert sandbox.mints >= before + MINTS
    assert 0 < statistics.median(minting) <= MOST_FOR_A_MINT, minting
    assert 0 < statistics.median(finding) <= MOST_FOR_WHAT_ANOTHER_MINTED, finding
