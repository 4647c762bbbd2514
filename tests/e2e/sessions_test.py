"""From a workload's JWT to a token and to an operation, as the policy has it."""

import json
import urllib.parse

import pytest
from support import secrets
from support.http_client import with_query
from support.issuer import Issuer

ROUTE = "/v1/proxy/github/rest"
TOKEN = "/v1/github-installation-token"

POLICY = """
version: 1
ceiling:
  permissions: {{contents: read, issues: write, metadata: read, pull_requests: read}}
issuers:
  ci: {{url: "{url}", audience: hubwarden, jwks_file: {jwks_file}}}
rules:
  - name: builders
    who: {{issuer: ci, repository: acme/*}}
    repositories: ["{{repository}}"]
    may:
      - token: {{contents: write}}
      - operations: [repos/get, create_issue]
        limits: {{requests: 3/h}}
    session: {{agent: "{{repository}}", tenant: acme}}
"""


class Workload:
    """Somebody with a session."""

    def __init__(self, broker, issuer, **claims):
        self.broker = broker
        self.opened = broker.ask("POST", "/v1/sessions", bearer=issuer.jwt(**claims))
        assert self.opened.status == 201, self.opened.text
        self.session = self.opened.body["token"]

    def token(self, repository: str, **query):
        return self.broker.ask("GET", with_query(TOKEN, {"repo": repository, **query}), bearer=self.session)

    def do(self, operation: str, repository: str, params: dict | None = None):
        body = {"repository": repository, "operation": operation, "params": params or {}}
        return self.broker.ask("POST", ROUTE, bearer=self.session, body=body)


@pytest.fixture
def issuer(private):
    return Issuer(private)


@pytest.fixture
def policy(private, issuer):
    file = private / "policy.yaml"
    file.write_text(POLICY.format(url=issuer.url, jwks_file=issuer.jwks_file))
    return file


@pytest.fixture
def guarded(broker, policy):
    broker.configure(policy={"path": str(policy)})
    return broker.start()


def test_a_workload_gets_the_token_that_a_rule_allows(guarded, issuer, sandbox):
    workload = Workload(guarded, issuer, repository="acme/widgets")
    answer = workload.token("acme/widgets")
    assert answer.status == 200, answer.text
    # The rule says write, the ceiling read.
    assert answer.body["permissions"] == {"contents": "read", "metadata": "read"}
    assert answer.body["repositories"] == ["acme/widgets"]
    assert workload.token("acme/widgets").body["token"] == answer.body["token"]
    refused = workload.token("acme/gadgets")
    assert (refused.status, refused.body["error"]) == (403, "forbidden")
    assert refused.body["message"] == "no rule for this caller is about acme/gadgets"
    refused = workload.token("acme/widgets", permissions="contents:write")
    assert refused.status == 403 and "builders" in refused.body["message"]


def test_a_workload_acts_without_a_token_within_its_limits(guarded, issuer):
    workload = Workload(guarded, issuer, repository="acme/widgets")
    assert workload.do("repos/get", "acme/widgets").body["full_name"] == "acme/widgets"
    assert workload.do("create_issue", "acme/widgets", {"title": "By a workload"}).status == 201
    refused = workload.do("issues/create", "acme/widgets", {"body": {"title": "x"}})
    assert (refused.status, refused.body["error"]) == (403, "operation_not_allowed")
    assert "builders" in refused.body["message"]
    assert workload.do("repos/get", "acme/gadgets").body["error"] == "forbidden"
    assert workload.do("repos/get", "acme/widgets").status == 200
    # Another session of the same agent has no more.
    spent = Workload(guarded, issuer, repository="acme/widgets").do("repos/get", "acme/widgets")
    assert (spent.status, spent.body["error"], spent.body["fix"]) == (429, "budget_exceeded", "wait")
    assert 0 < int(spent.fields["Retry-After"]) <= 3600
    assert Workload(guarded, issuer, repository="acme/gadgets").do("repos/get", "acme/gadgets").status == 200


def test_a_jwt_begins_one_session(guarded, issuer):
    jwt = issuer.jwt(repository="acme/widgets")
    assert guarded.ask("POST", "/v1/sessions", bearer=jwt).status == 201
    again = guarded.ask("POST", "/v1/sessions", bearer=jwt)
    assert (again.status, again.body["error"]) == (401, "unauthenticated")
    assert guarded.ask("GET", with_query(TOKEN, {"repo": "acme/widgets"}), bearer=jwt).status == 401


def test_clients_of_oauth_exchange_theirs(guarded, issuer):
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": issuer.jwt(repository="acme/widgets"),
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}
    answer = guarded.ask("POST", "/v1/token", body=urllib.parse.urlencode(form).encode(),
                         fields={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 200, answer.text
    secrets.tell("session", answer.body["access_token"])
    given = guarded.ask("GET", with_query(TOKEN, {"repo": "acme/widgets"}), bearer=answer.body["access_token"])
    assert given.status == 200


def test_a_session_outlives_a_restart_and_is_renewed(guarded, issuer):
    workload = Workload(guarded, issuer, repository="acme/widgets")
    guarded.restart()
    renewed = guarded.ask("POST", f"/v1/sessions/{workload.opened.body['id']}:renew", bearer=workload.session)
    assert renewed.status == 201 and renewed.body["id"] == workload.opened.body["id"]
    workload.session = renewed.body["token"]
    assert workload.token("acme/widgets").status == 200


def test_a_reload_takes_the_new_policy_and_keeps_the_old_one_for_a_bad_file(guarded, issuer, policy):
    workload = Workload(guarded, issuer, repository="acme/widgets")
    assert workload.token("acme/widgets").status == 200
    whole = policy.read_text()
    policy.write_text(whole.replace("who: {issuer: ci, repository: acme/*}", "who: {issuer: ci, repository: acme}"))
    assert guarded.reload()["event"] == "reloaded"
    refused = workload.token("acme/widgets")
    assert (refused.status, refused.body["message"]) == (403, "no rule is for this caller"), "cached or not"
    policy.write_text(whole.replace("repos/get", "repos/gte"))
    refused = guarded.reload()
    assert refused["event"] == "refused" and "policy.yaml:" in refused["problem"] and "repos/gte" in refused["problem"]
    assert workload.token("acme/widgets").status == 403, "as before"
    policy.write_text(whole)
    assert guarded.reload()["event"] == "reloaded"
    assert workload.token("acme/widgets").status == 200


def test_a_session_cuts_a_grant_for_somebody_who_needs_less(guarded, issuer):
    workload = Workload(guarded, issuer, repository="acme/widgets")
    wish = {"repositories": ["acme/widgets"], "operations": ["repos/get"], "budget": {"requests": 1}}
    made = guarded.ask("POST", "/v1/grants", bearer=workload.session, body=wish)
    assert made.status == 201, made.text
    helper = Workload.__new__(Workload)
    helper.broker, helper.session = guarded, made.body["token"]
    assert helper.do("create_issue", "acme/widgets", {"title": "x"}).body["error"] == "operation_not_allowed"
    assert helper.token("acme/widgets").status == 403
    guarded.restart()  # it is in nobody's memory
    assert helper.do("repos/get", "acme/widgets").status == 200
    spent = helper.do("repos/get", "acme/widgets")
    assert (spent.status, spent.body["error"]) == (429, "budget_exceeded")
    assert workload.do("repos/get", "acme/widgets").status == 200


def test_the_log_says_who_and_by_which_rule(guarded, issuer):
    workload = Workload(guarded, issuer, repository="acme/widgets")
    workload.do("create_issue", "acme/widgets", {"title": "Written down"})
    opened = guarded.wait_for_log("session.opened")[0]
    assert (opened["session"], opened["agent"], opened["tenant"]) == (workload.opened.body["id"], "acme/widgets", "acme")
    done = guarded.wait_for_log("operation.answered")[0]
    assert (done["caller"], done["rule"]) == (f"session {workload.opened.body['id']}", "builders")
    assert "eyJ" not in json.dumps(guarded.logged("session.opened", "operation.answered"))
