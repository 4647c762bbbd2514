"""Reports of tokens that GitHub refused: believed only when GitHub says the same, and only of a caller's own tokens."""

import pytest

PATH = "/admin/github-installation-token/rejected"


def report(broker, token, bearer=None, path: str = PATH):
    return broker.ask("POST", path, bearer=bearer or broker.admin_token, body={"token": token})


def workspace_path(name: str) -> str:
    return f"/workspaces/{name}/github-installation-token/rejected"


def test_a_dead_token_is_replaced(running, sandbox):
    dead = running.token_for("acme/widgets").body["token"]
    sandbox.revoke(dead)
    assert running.token_for("acme/widgets").body["token"] == dead
    assert report(running, dead).status == 204
    assert running.token_for("acme/widgets").body["token"] != dead
    assert sandbox.mints == 2


def test_a_token_that_github_takes_stays(running, sandbox):
    token = running.token_for("acme/widgets").body["token"]
    assert report(running, token).status == 204
    assert running.token_for("acme/widgets").body["token"] == token


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_token_that_has_not_reached_all_of_github_yet_stays(running, sandbox, status):
    sandbox.change_settings(replication_lag="2s", replication_lag_status=status)
    token = running.token_for("acme/widgets").body["token"]
    report(running, token)
    assert running.logged("github.token_forgotten") == []
    assert running.token_for("acme/widgets").body["token"] == token
    assert sandbox.mints == 1


def test_a_report_of_trouble_at_github_changes_nothing(running, sandbox):
    token = running.token_for("acme/widgets").body["token"]
    sandbox.break_next("unicorn", "GET /rate_limit", count=9)
    answer = report(running, token)
    assert (answer.status, answer.body["error"]) == (503, "upstream_unavailable")
    assert running.token_for("acme/widgets").body["token"] == token


def test_what_is_no_token_of_ours_is_never_sent_to_github(running, sandbox):
    running.token_for("acme/widgets")
    asked = sandbox.totals["rest_requests"]
    for foreign in ("ghs_" + "x" * 36, "a", "x" * 8192):
        assert report(running, foreign).status == 204
    assert sandbox.totals["rest_requests"] == asked
    assert sandbox.totals["bad_credentials"] == 0


def test_a_workspace_cannot_end_a_token_that_is_not_its_own(running, sandbox):
    bearer = running.create_workspace("agent-7", ["acme/gadgets"], {"contents": "read"})
    token = running.token_for("acme/widgets").body["token"]
    sandbox.revoke(token)
    asked = sandbox.totals["rest_requests"]
    assert report(running, token, bearer, workspace_path("agent-7")).status == 204
    assert sandbox.totals["rest_requests"] == asked
    assert running.token_for("acme/widgets").body["token"] == token


def test_a_workspace_ends_a_dead_token_of_its_own(running, sandbox):
    bearer = running.create_workspace("agent-7", ["acme/widgets"], {"contents": "read"})
    token = running.token_of("agent-7", bearer).body["token"]
    sandbox.revoke(token)
    assert report(running, token, bearer, workspace_path("agent-7")).status == 204
    assert running.token_of("agent-7", bearer).body["token"] != token


def test_reports_are_limited_for_each_caller(running):
    bearer = running.create_workspace("agent-7", ["acme/widgets"], {"contents": "read"})
    answers = [report(running, "x", bearer, workspace_path("agent-7")) for _ in range(12)]
    assert [answer.status for answer in answers[:10]] == [204] * 10
    last = answers[-1]
    assert (last.status, last.body["error"], last.body["limit"]) == (429, "rate_limited", "caller")
    assert int(last.fields["Retry-After"]) >= 1
    assert report(running, "x").status == 204


@pytest.mark.parametrize("body, status", [
    (b"", 400), (b"{}", 400), (b'{"token": 7}', 400), (b'{"token": ""}', 400), (b'{"token": "x", "y": 1}', 400),
    (b'{"token": "' + b"x" * 8193 + b'"}', 400), (b'{"token": "' + b"x" * 2_000_000 + b'"}', 413),
])
def test_a_report_that_makes_no_sense_is_the_callers(running, body, status):
    assert running.ask("POST", PATH, bearer=running.admin_token, body=body,
                       fields={"Content-Type": "application/json"}).status == status


def test_a_report_of_nobody_is_unauthenticated(running):
    for bearer in ("x", running.create_workspace("agent-7", ["acme/widgets"], {"contents": "read"})):
        assert report(running, "x", bearer).status == 401
