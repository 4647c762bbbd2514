"""What one replica learns, the others know: refusals, limits, where repositories are, and what GitHub has told."""

import contextlib
import secrets as random_secrets
import signal
import subprocess

import pytest

from support import secrets
from support.fleet import replica
from support.sandbox import LOOK_UP, MINT
from support.waiting import until


@pytest.fixture
def webhook_secret(private) -> str:
    text = random_secrets.token_hex(32)
    secrets.tell("webhook-secret", text)
    (private / "webhook-secret").write_text(text + "\n")
    return text


@pytest.fixture
def pair(private, output, environment, sandbox, redis, webhook_secret):
    """Two replicas. GitHub's webhooks go to the first."""
    with contextlib.ExitStack() as stack:
        one, two = (stack.enter_context(replica(name, private, output, environment, sandbox, redis,
                                                webhooks={"secret": f"file:{private / 'webhook-secret'}"}))
                    for name in ("one", "two"))
        sandbox.control("PATCH", f"/apps/{sandbox.app}/hook",
                        {"url": f"{one.address}/webhooks/github", "secret": webhook_secret})
        yield one, two


def deliver(sandbox, action: str) -> None:
    payload = {"action": action, "installation": {"id": sandbox.installation, "app_id": sandbox.app,
                                                  "account": {"login": "acme"}}}
    answer = sandbox.control("POST", f"/apps/{sandbox.app}/deliveries", {"event": "installation", "payload": payload})
    assert answer["status_code"] == 200


def test_a_repository_is_looked_up_once(pair, sandbox):
    for each in pair:
        assert each.token_for("acme/widgets").status == 200
        assert each.token_for("acme/widgets", permissions="issues:read").status == 200
    assert sandbox.count(LOOK_UP) == 1
    assert sandbox.mints == 2


def test_a_refusal_of_one_replica_is_the_others_too(pair, sandbox):
    one, two = pair
    answers = [each.token_for("acme/widgets", permissions="no_such_thing:write") for each in (one, two)]
    assert {answer.status for answer in answers} == {500}
    assert {answer.body["error"] for answer in answers} == {"permission_not_granted"}
    assert answers[1].body["retry_after"] <= 30
    assert sandbox.count(MINT) == 1


def test_a_limit_that_one_replica_meets_keeps_the_other_from_asking(pair, sandbox):
    one, two = pair
    sandbox.break_next("secondary_limit", MINT)
    first = one.token_for("acme/widgets")
    assert first.body["error"] == "rate_limited", first.text
    second = two.token_for("acme/widgets")
    assert second.body["error"] == "rate_limited"
    assert 0 < second.body["retry_after"] <= first.body["retry_after"]
    assert sandbox.count(MINT) == 1


def test_what_github_tells_one_replica_the_other_knows(pair, sandbox):
    one, two = pair
    before = {each.token_for("acme/widgets").body["token"] for each in pair}
    assert len(before) == 1
    deliver(sandbox, "suspend")
    until(lambda: two.token_for("acme/widgets").body["token"] not in before, "the other to have heard")


def test_what_github_told_while_redis_was_away_is_known_when_it_is_back(pair, sandbox, redis):
    one, two = pair
    before = {each.token_for("acme/widgets").body["token"] for each in pair}
    redis.signal(signal.SIGSTOP)
    deliver(sandbox, "suspend")
    assert two.token_for("acme/widgets").body["token"] in before
    redis.signal(signal.SIGCONT)
    until(lambda: two.token_for("acme/widgets").body["token"] not in before, "the other to have heard")


def test_nothing_that_is_said_or_saved_can_be_read(pair, sandbox, redis):
    """Everything that Redis is asked, and all that it would keep on a disk."""
    one, two = pair
    with subprocess.Popen(["redis-cli", "-s", str(redis.socket), "MONITOR"], stdout=subprocess.PIPE) as monitor:
        assert monitor.stdout.readline() == b"OK\n"
        tokens = {each.token_for(name).body["token"] for each in pair for name in ("acme/widgets", "acme/gadgets")}
        one.token_for("acme/widgets", permissions="no_such_thing:write")
        one.token_for("acme/nowhere")
        deliver(sandbox, "suspend")
        until(lambda: two.token_for("acme/widgets").body["token"] not in tokens, "the other to have heard")
        redis.ask("SAVE")
        monitor.kill()
        said = monitor.stdout.read()
    saved = (redis.directory / "dump.rdb").read_bytes()
    assert said.count(b"hubwarden:v1:") > 10 and b"hubwarden:v1:" in saved
    for readable in [*tokens, "ghs_", "acme", "widgets", "gadgets", "nowhere", "contents", "no_such_thing", "github"]:
        assert readable.encode() not in said and readable.encode() not in saved, readable
