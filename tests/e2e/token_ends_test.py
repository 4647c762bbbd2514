"""A token whose rule has a ttl is revoked at GitHub when that is over, whoever is there to do it."""

import contextlib
import datetime

import pytest
from fallback_test import mint_by_hand
from ledger_test import events
from sessions_test import Workload
from support import secrets
from support.broker import Broker
from support.fleet import replica
from support.issuer import Issuer
from support.sandbox import Sandbox, hashed
from support.waiting import until

POLICY = """
version: 1
issuers:
  ci: {{url: "{url}", audience: hubwarden, jwks_file: {jwks_file}, repeat: true}}
rules:
  - name: brief
    who: {{issuer: ci, repository: acme/*}}
    repositories: ["{{repository}}"]
    may:
      - token: {{contents: read}}
        ttl: {ttl}
"""
# The shortest that a policy may have.
MINUTE = 60.0


@pytest.fixture
def issuer(private):
    return Issuer(private)


def policy(private, issuer, ttl: str) -> dict:
    file = private / "policy.yaml"
    file.write_text(POLICY.format(url=issuer.url, jwks_file=issuer.jwks_file, ttl=ttl))
    return {"path": str(file)}


def has_ended(sandbox: Sandbox, token: str) -> list[dict]:
    return [event for event in sandbox.events("token_revoked") if event["hashed_token"] == hashed(token)]


def remaining(answer) -> float:
    end = datetime.datetime.fromisoformat(answer.body["expires_at"])
    return (end - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def given(workload: Workload, repository: str, **query):
    answer = workload.token(repository, **query)
    assert answer.status == 200, answer.text
    return answer


def kill(broker: Broker) -> None:
    broker.keep_metrics()
    broker.process.kill()


def test_a_token_ends_with_its_ttl_though_the_replica_that_minted_it_is_dead(private, output, environment, sandbox, redis,
                                                                             issuer):
    rules = policy(private, issuer, "1m")
    with contextlib.ExitStack() as stack:
        one, two = (stack.enter_context(replica(name, private, output, environment, sandbox, redis, policy=rules))
                    for name in ("one", "two"))
        first = given(Workload(one, issuer, repository="acme/widgets"), "acme/widgets")
        workload = Workload(two, issuer, repository="acme/widgets")
        assert given(workload, "acme/widgets").body == first.body, "one mint for the fleet"
        assert 0 < remaining(first) <= MINUTE
        too_long = workload.token("acme/widgets", min_ttl="2m")
        assert (too_long.status, too_long.body["error"]) == (400, "invalid_request")
        assert too_long.body["message"] == 'rule "brief" ends its tokens after 1m: min_ttl cannot be more'
        own = given(Workload(two, issuer, repository="acme/gadgets"), "acme/gadgets")
        # What its replica has promised has to be known to the other by then.
        until(lambda: len(redis.ask("--scan", "--pattern", "*:promises").split()) == 1, "the promise in Redis")
        kill(one)
        repositories = "/installation/repositories"
        assert sandbox.rest("GET", repositories, own.body["token"]).status == 200
        until(lambda: remaining(own) < MINUTE / 4, "the tokens to age", patience=2 * MINUTE, pause=1)
        # Long before the end of the first there is another one.
        assert given(workload, "acme/widgets").body["token"] != first.body["token"]
        for token in (own.body["token"], first.body["token"]):
            assert not has_ended(sandbox, token)
            until(lambda: has_ended(sandbox, token), "the token's end", patience=2 * MINUTE)
            assert sandbox.rest("GET", repositories, token).status == 401
        assert remaining(own) <= 0
        assert given(workload, "acme/widgets").status == 200
        assert two.metric("hubwarden_token_ends_total", outcome="revoked") >= 2
        fingerprints = {event["fingerprint"] for event in until(lambda: events(two, "revocation"), "the ledger")}
        assert {line["fingerprint"] for line in two.logged("github.token_ended")} >= fingerprints


def test_alone_it_ends_them_when_it_stops(broker, private, issuer, sandbox):
    broker.configure(policy=policy(private, issuer, "15m"))
    broker.start()
    token = given(Workload(broker, issuer, repository="acme/widgets"), "acme/widgets").body["token"]
    assert not has_ended(sandbox, token)
    broker.restart()
    assert has_ended(sandbox, token)
    again = given(Workload(broker, issuer, repository="acme/widgets"), "acme/widgets").body["token"]
    assert again != token and not has_ended(sandbox, again)


def test_a_reload_ends_nothing(broker, private, issuer, sandbox):
    broker.configure(policy=policy(private, issuer, "15m"))
    broker.start()
    token = given(Workload(broker, issuer, repository="acme/widgets"), "acme/widgets").body["token"]
    # Another way to GitHub, with new caches.
    broker.configure(tokens={"floor": "30s"})
    assert broker.reload()["event"] == "reloaded"
    assert broker.reload()["event"] == "reloaded"
    assert not has_ended(sandbox, token)
    assert broker.stop() == 0
    assert has_ended(sandbox, token), "what was promised before is kept"


def test_no_static_token_stands_in(broker, private, issuer, sandbox):
    another = sandbox.create_app("another", {"contents": "read"})
    static = mint_by_hand(sandbox, another, sandbox.install(app=another["id"]))
    secrets.tell("fallback-token", static)
    file = private / "static"
    file.touch(mode=0o600)
    file.write_text(static)
    broker.configure(policy=policy(private, issuer, "15m"), fallback={"token": f"file:{file}", "repositories": ["acme/widgets"]})
    broker.start()
    workload = Workload(broker, issuer, repository="acme/widgets")
    sandbox.change_installation(suspended=True)
    assert broker.token_for("acme/widgets", permissions="contents:read").body["source"] == "static"
    refused = workload.token("acme/widgets")
    assert (refused.status, refused.body["error"]) == (500, "installation_suspended")
