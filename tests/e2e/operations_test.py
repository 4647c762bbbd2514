"""Operations on GitHub, from a handle to GitHub's answer, with the programs that users have."""

import concurrent.futures
import json

import pytest
from support.http_client import Answer

ROUTE = "/v1/proxy/github/rest"


class Caller:
    """The holder of a handle."""

    def __init__(self, broker, **wish):
        self.broker = broker
        self.issued = broker.issue_handle(**wish)

    def ask(self, operation: str, params: dict | None = None, at: str = ROUTE, **fields: str) -> Answer:
        body = {"proxy_handle": self.issued["proxy_handle"], "operation": operation, "params": params or {}}
        return self.broker.ask("POST", at, body=body, fields={name.replace("_", "-"): value for name, value in fields.items()})

    def spent(self) -> dict:
        return self.broker.handle(self.issued["id"]).body["spent"]


@pytest.fixture
def acting(broker):
    broker.configure(operations={"allow": ["read", "create_issue", "create_pull_request_comment", "create_check_run",
                                           "issues/create", "issues/create-comment"],
                                 "write_interval": "0s"})
    return broker.start()


def test_the_answer_is_githubs_and_the_token_stays_here(acting):
    answer = Caller(acting).ask("repository_metadata")
    assert (answer.status, answer.body["full_name"]) == (200, "acme/widgets")
    assert answer.fields["X-GitHub-Request-Id"] and answer.fields["X-RateLimit-Remaining"]
    assert answer.fields["Cache-Control"] == "no-store"
    assert "ghs_" not in answer.text + str(answer.fields)


def test_links_lead_from_page_to_page(acting):
    caller = Caller(acting, operations=["read", "create_issue"])
    for number in range(5):
        assert caller.ask("create_issue", {"title": f"Issue {number}"}).status == 201
    titles, at = [], ROUTE
    while at:
        answer = caller.ask("repository_issues", {"per_page": 2, "state": "all"}, at=at)
        assert answer.status == 200, answer.text
        titles += [issue["title"] for issue in answer.body]
        links = dict(reversed(link.split("; ")) for link in (answer.fields["Link"] or "").split(", ") if link)
        at = links.get('rel="next"', "").strip("<>")
    assert sorted(titles) == [f"Issue {number}" for number in range(5)]


def test_a_condition_makes_an_answer_cheap(acting):
    caller = Caller(acting)
    first = caller.ask("repository_metadata")
    again = caller.ask("repository_metadata", If_None_Match=first.fields["ETag"])
    assert (again.status, again.raw) == (304, b"")


def test_twins_under_one_key_are_one_write(acting):
    caller = Caller(acting, operations=["read", "create_issue"])
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: caller.ask("create_issue", {"title": "Once"}, Idempotency_Key="k-1"), range(8)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["number"] for answer in answers}) == 1
    assert [issue["title"] for issue in caller.ask("repository_issues").body] == ["Once"]
    other = caller.ask("create_issue", {"title": "Another"}, Idempotency_Key="k-1")
    assert (other.status, other.body["error"]) == (409, "conflict")


def test_a_lost_answer_is_not_sent_again_under_its_key(acting, sandbox):
    caller = Caller(acting, operations=["read", "create_issue"])
    caller.ask("repository_metadata")
    sandbox.break_next("lost_answer", "POST /repos/{owner}/{repo}/issues")
    first = caller.ask("create_issue", {"title": "Lost"}, Idempotency_Key="k-1")
    assert (first.status, first.body["error"]) == (503, "upstream_unavailable")
    again = caller.ask("create_issue", {"title": "Lost"}, Idempotency_Key="k-1")
    assert again.status == 503 and "not sent again" in again.body["message"]
    assert [issue["title"] for issue in caller.ask("repository_issues").body] == ["Lost"]


def test_what_is_spent_is_counted_and_kept(acting):
    caller = Caller(acting, budget={"requests": 2})
    size = len(caller.ask("repository_metadata").raw)
    assert caller.ask("repository_metadata").status == 200
    refused = caller.ask("repository_metadata")
    assert (refused.status, refused.body["error"], refused.body["fix"]) == (429, "budget_exceeded", "caller")
    assert caller.spent() == {"requests": 2, "bytes": 2 * size}
    acting.restart()
    assert caller.spent() == {"requests": 2, "bytes": 2 * size}
    assert caller.ask("repository_metadata").status == 429


def test_refusals_say_whose_they_are(acting, sandbox):
    caller = Caller(acting, operations=["read", "issues/create"])
    assert caller.ask("create_issue", {}).body["error"] == "invalid_request"
    nobody = acting.ask("POST", ROUTE, body={"proxy_handle": "hwh_" + "x" * 43, "operation": "repos/get"})
    assert (nobody.status, nobody.body["error"]) == (401, "unauthenticated")
    missing = caller.ask("issues/get", {"issue_number": 4711})
    assert (missing.status, missing.body["error"], missing.body["upstream_status"]) == (404, "not_found", 404)
    invalid = caller.ask("issues/create", {"body": {}})
    assert (invalid.status, invalid.body["error"], invalid.body["upstream_status"]) == (400, "invalid_request", 422)
    sandbox.break_next("secondary_limit", "GET /repos/{owner}/{repo}")
    limited = caller.ask("repos/get")
    assert (limited.status, limited.body["error"], limited.body["limit"]) == (429, "rate_limited", "secondary")
    assert int(limited.fields["Retry-After"]) >= 1


def test_an_archive_is_fetched_from_where_github_points_without_a_credential(broker, sandbox):
    broker.configure(operations={"redirect_hosts": [sandbox.files_host]})
    broker.start()
    answer = Caller(broker).ask("repos/download-tarball-archive", {"ref": "main"})
    assert answer.status == 200, answer.text
    assert answer.raw[:2] == b"\x1f\x8b"
    assert (sandbox.totals["file_requests"], sandbox.totals["file_requests_with_credentials"]) == (1, 0)


def test_a_host_that_is_not_configured_is_not_followed(acting, sandbox):
    answer = Caller(acting).ask("repos/download-tarball-archive", {"ref": "main"})
    assert (answer.status, answer.body["error"]) == (502, "upstream_protocol")
    assert sandbox.files_host in answer.body["message"]
    assert sandbox.totals["file_requests"] == 0


def test_a_renamed_repository_is_read_under_its_former_name(acting, sandbox):
    caller = Caller(acting)
    assert caller.ask("repository_metadata").status == 200
    sandbox.rename("acme/widgets", "gears")
    answer = caller.ask("repository_metadata")
    assert (answer.status, answer.body["full_name"]) == (200, "acme/gears")


def test_a_large_answer_is_streamed_and_counted(acting, sandbox):
    size = 64 << 20
    caller = Caller(acting, budget={"bytes": 2 * size})
    sandbox.break_next("large_body", "GET /repos/{owner}/{repo}/readme", bytes=size)
    answer = caller.ask("repos/get-readme")
    assert (answer.status, len(answer.raw)) == (200, size)
    assert caller.spent() == {"requests": 1, "bytes": size}


def test_a_revoked_handle_opens_nothing_any_more(acting):
    caller = Caller(acting)
    assert caller.ask("repository_metadata").status == 200
    assert acting.handle(caller.issued["id"], "DELETE").status == 204
    assert caller.ask("repository_metadata").status == 401


def test_unknown_operations_in_the_configuration_keep_it_from_starting(broker):
    broker.configure(operations={"allow": ["read", "issues/craete"]})
    ended = broker.try_to_start()
    assert ended.returncode == 3
    assert "issues/craete" in ended.stderr and "issues/create" in ended.stderr


def test_operations_are_counted_and_written_down(acting):
    caller = Caller(acting, operations=["read", "create_issue"])
    caller.ask("repository_metadata")
    caller.ask("create_issue", {"title": "Written down"})
    assert acting.metric("hubwarden_operations_total", access="read", outcome="done") == 1
    assert acting.metric("hubwarden_operations_total", access="write", outcome="done") == 1
    lines = acting.wait_for_log("operation.answered", 2)
    assert [(line["operation"], line["caller"], line["status"]) for line in lines] == [
        ("repository_metadata", f"handle {caller.issued['id']}", 200), ("create_issue", f"handle {caller.issued['id']}", 201)]
    assert "hwh_" not in json.dumps(lines)
