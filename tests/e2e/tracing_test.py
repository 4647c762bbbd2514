"""W3C Trace Context: a request's trace in hubwarden's log and in what hubwarden asks GitHub for it."""

import concurrent.futures
import re

import pytest

from support.http_client import with_query
from support.sandbox import LOOK_UP, MINT
from support.waiting import until

TRACE, OTHER = "0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736"
CALLERS_SPAN = "b7ad6b7169203331"


def ask(broker, traceparent: str | None = None):
    path = with_query("/admin/github-installation-token", {"repo": "acme/widgets", "permissions": "contents:read"})
    fields = {} if traceparent is None else {"traceparent": traceparent}
    return broker.ask("GET", path, bearer=broker.admin_token, fields=fields)


def told(sandbox) -> list[tuple[str, str | None]]:
    """Route and traceparent of each request that GitHub got."""
    return [(event["route"], event.get("traceparent")) for event in sandbox.events("request")]


def test_it_goes_to_github_under_hubwardens_own_ids_and_stands_in_the_log(running, sandbox):
    answer = ask(running, f"00-{TRACE}-{CALLERS_SPAN}-01")
    assert answer.status == 200, answer.text
    requests = told(sandbox)
    assert [route for route, _ in requests] == [LOOK_UP, MINT]
    spans = [re.fullmatch(rf"00-{TRACE}-([0-9a-f]{{16}})-01", traceparent)[1] for _, traceparent in requests]
    assert len({CALLERS_SPAN, "0" * 16, *spans}) == 4
    (line,) = running.wait_for_log("github.token_handed_out")
    assert (line["trace_id"], line["request_id"]) == (TRACE, answer.fields["X-Request-Id"])

    assert ask(running, f"00-{OTHER}-{CALLERS_SPAN}-00").body["token"] == answer.body["token"]
    assert told(sandbox) == requests, "the token was at hand"
    assert running.wait_for_log("github.token_handed_out", 2)[1]["trace_id"] == OTHER


def test_the_callers_flags_are_kept(running, sandbox):
    assert ask(running, f"00-{TRACE}-{CALLERS_SPAN}-00").status == 200
    assert {traceparent[-3:] for _, traceparent in told(sandbox)} == {"-00"}


def test_a_failure_names_it_too(running, sandbox):
    sandbox.break_next("unicorn", MINT, count=100)
    assert ask(running, f"00-{TRACE}-{CALLERS_SPAN}-01").status == 500
    assert running.wait_for_log("github.token_refused")[0]["trace_id"] == TRACE


def test_a_reported_tokens_check_belongs_to_the_report(running, sandbox):
    token = ask(running).body["token"]
    before = len(told(sandbox))
    sandbox.revoke(token)
    path = "/admin/github-installation-token/rejected"
    fields = {"traceparent": f"00-{TRACE}-{CALLERS_SPAN}-01"}
    answer = running.ask("POST", path, bearer=running.admin_token, body={"token": token}, fields=fields)
    assert answer.status == 204, answer.text
    checks = told(sandbox)[before:]
    assert checks and all(route == "GET /rate_limit" and TRACE in traceparent for route, traceparent in checks)


def test_what_operators_do_is_found_by_it(running):
    body = {"id": "agent-7", "repositories": ["acme/widgets"], "permissions": {"contents": "read"}}
    fields = {"traceparent": f"00-{TRACE}-{CALLERS_SPAN}-01"}
    answer = running.ask("POST", "/admin/workspaces", bearer=running.admin_token, body=body, fields=fields)
    assert answer.status == 201
    assert running.wait_for_log("admin.workspace_changed")[0]["trace_id"] == TRACE


@pytest.mark.parametrize("traceparent", [
    None,
    "",
    f"00-{TRACE}-{CALLERS_SPAN}",
    f"00-{TRACE.upper()}-{CALLERS_SPAN}-01",
    f"00-{'0' * 32}-{CALLERS_SPAN}-01",
    f"00-{TRACE}-{CALLERS_SPAN}-01-more",
    f"ff-{TRACE}-{CALLERS_SPAN}-01",
    f"00-{TRACE}-{CALLERS_SPAN}-01,00-{TRACE}-{CALLERS_SPAN}-01",
], ids=["none", "empty", "cut", "upper case", "zeros", "too long", "no version", "two in one"])
def test_one_that_is_none_is_ignored(running, sandbox, traceparent):
    assert ask(running, traceparent).status == 200
    assert [traceparent for _, traceparent in told(sandbox)] == [None, None]
    assert "trace_id" not in running.wait_for_log("github.token_handed_out")[0]


def test_a_later_version_is_passed_on_as_ours(running, sandbox):
    assert ask(running, f"cc-{TRACE}-{CALLERS_SPAN}-01-what-the-future-will-be").status == 200
    assert all(re.fullmatch(rf"00-{TRACE}-[0-9a-f]{{16}}-01", traceparent) for _, traceparent in told(sandbox))


def test_callers_who_share_a_mint_share_the_first_ones_trace(running, sandbox):
    sandbox.break_next("latency", LOOK_UP, latency="1s")
    traces = [f"{number:032x}" for number in range(1, 9)]
    with concurrent.futures.ThreadPoolExecutor(len(traces)) as threads:
        answers = list(threads.map(lambda trace: ask(running, f"00-{trace}-{CALLERS_SPAN}-01"), traces))
    assert {answer.status for answer in answers} == {200}
    requests = told(sandbox)
    assert [route for route, _ in requests] == [LOOK_UP, MINT]
    assert all(traceparent[3:35] in traces for _, traceparent in requests)


def test_a_renewal_ahead_of_time_belongs_to_nobody(broker, sandbox):
    sandbox.change_settings(token_lifetime="12s")
    broker.start()
    assert ask(broker, f"00-{TRACE}-{CALLERS_SPAN}-01").status == 200
    until(lambda: sandbox.count(MINT) >= 2, "the renewal")
    assert [traceparent for route, traceparent in told(sandbox) if route == MINT][1] is None
