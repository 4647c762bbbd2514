"""The threshold table of docs/tokens.md, row by row, on tokens that live for seconds."""

import datetime

import pytest

from support.sandbox import MINT
from support.waiting import until

# Of so short a life the thresholds are a third, a sixth and a thirtieth.
LIFE = 12.0
REFRESH_AHEAD, REFRESH_BEFORE_USE, FLOOR = LIFE / 3, LIFE / 6, LIFE / 30
# "expires_at" has no fractions, and two programs look at their clocks one after the other.
MARGIN = 0.3
# hubwarden counts a life from the mint's answer, which comes late on a busy machine: thresholds shrink with it.
SHRUNK = 0.8


@pytest.fixture
def lazy(broker, sandbox):
    """Refreshes only what is asked for, so that a test meets old tokens."""
    sandbox.change_settings(token_lifetime=f"{LIFE:g}s")
    broker.configure(tokens={"keep_warm": "1ms"})
    return broker.start()


def remaining(answer) -> float:
    end = datetime.datetime.fromisoformat(answer.body["expires_at"])
    return (end - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def ask(broker, **query):
    answer = broker.token_for("acme/widgets", **query)
    assert answer.status == 200, answer.text
    return answer


def let_age(answer, left: float) -> None:
    until(lambda: remaining(answer) < min(left - MARGIN, left * SHRUNK), f"the token to have {left:g} s left")


def test_a_fresh_token_is_given_again(lazy, sandbox):
    first = ask(lazy).body["token"]
    assert {ask(lazy).body["token"] for _ in range(20)} == {first}
    assert sandbox.mints == 1


def test_an_older_token_is_given_at_once_and_refreshed_behind_the_callers_back(lazy, sandbox):
    first = ask(lazy)
    sandbox.break_next("latency", MINT, latency="500ms")
    let_age(first, REFRESH_AHEAD)
    asked = sandbox.count(MINT)
    assert ask(lazy).body["token"] == first.body["token"]
    assert sandbox.count(MINT) == asked
    until(lambda: sandbox.mints == 2, "the refresh in the background")
    second = until(lambda: ask(lazy).body["token"] != first.body["token"] and ask(lazy), "the new token")
    assert remaining(second) > REFRESH_AHEAD
    assert sandbox.mints == 2


def test_an_old_token_is_refreshed_first(lazy, sandbox):
    first = ask(lazy)
    let_age(first, REFRESH_BEFORE_USE)
    assert ask(lazy).body["token"] != first.body["token"]
    assert sandbox.mints == 2


def test_an_old_token_is_given_while_trouble_passes_and_never_below_the_floor(lazy, sandbox):
    first = ask(lazy)
    let_age(first, REFRESH_BEFORE_USE)
    sandbox.break_next("unicorn", MINT, count=1000)
    stale = ask(lazy)
    assert stale.body["token"] == first.body["token"]
    assert lazy.metric("hubwarden_stale_tokens_total") >= 1
    assert lazy.metric("hubwarden_token_requests_total", outcome="stale") >= 1
    assert lazy.wait_for_log("github.token_served_stale")

    def refused():
        before = remaining(first)
        answer = lazy.token_for("acme/widgets")
        assert answer.status != 200 or before > FLOOR - MARGIN
        return answer.status == 500 and answer

    body = until(refused, "the floor").body
    assert (body["error"], body["fix"]) == ("upstream_unavailable", "wait")
    assert remaining(first) > 0
    sandbox.heal()
    # The pauses between attempts have grown meanwhile.
    until(lambda: lazy.token_for("acme/widgets").status == 200, "GitHub to be asked again")


def test_an_old_token_is_not_given_when_github_said_no(lazy, sandbox):
    first = ask(lazy)
    let_age(first, REFRESH_BEFORE_USE)
    sandbox.change_installation(suspended=True)
    answer = lazy.token_for("acme/widgets")
    assert (answer.status, answer.body["error"]) == (500, "installation_suspended")


def test_a_wish_for_more_life_refreshes_until_it_holds(lazy, sandbox):
    first = ask(lazy)
    assert ask(lazy, min_ttl=f"{LIFE / 2:g}s").body["token"] == first.body["token"]
    let_age(first, LIFE / 6 * 5)
    assert ask(lazy).body["token"] == first.body["token"]
    second = ask(lazy, min_ttl=f"{LIFE / 6 * 5:g}s")
    assert second.body["token"] != first.body["token"]
    assert sandbox.mints == 2
    # More than any token has is as much as a new one has.
    assert ask(lazy, min_ttl="55m").body["token"] in (second.body["token"], ask(lazy).body["token"])
    assert sandbox.mints <= 3


def test_a_token_in_use_is_refreshed_before_anybody_asks(broker, sandbox):
    sandbox.change_settings(token_lifetime=f"{LIFE:g}s")
    broker.start()
    first = ask(broker)
    until(lambda: sandbox.mints == 2, "the refresh")
    assert remaining(first) > REFRESH_BEFORE_USE
    second = until(lambda: ask(broker).body["token"] != first.body["token"] and ask(broker), "the new token")
    assert remaining(second) > REFRESH_AHEAD
    assert sandbox.mints == 2
