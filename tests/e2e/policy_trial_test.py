"""A policy on trial decides nothing, and says what it would have decided."""

import pytest
from ledger_test import events
from sessions_test import POLICY, Workload
from support.issuer import Issuer
from support.waiting import until

TRIAL = """
version: 1
issuers:
  ci: {{url: "{url}", audience: hubwarden, jwks_file: {jwks_file}}}
rules:
  - name: readers
    who: {{issuer: ci, repository: acme/*}}
    repositories: ["{{repository}}"]
    may:
      - operations: [repos/get, issues/get]
    session: {{agent: "{{repository}}", tenant: acme}}
"""


@pytest.fixture
def issuer(private):
    return Issuer(private)


@pytest.fixture
def policies(private, issuer):
    present, trial = private / "policy.yaml", private / "policy-to-be.yaml"
    present.write_text(POLICY.format(url=issuer.url, jwks_file=issuer.jwks_file))
    trial.write_text(TRIAL.format(url=issuer.url, jwks_file=issuer.jwks_file))
    return present, trial


@pytest.fixture
def trying(broker, policies):
    broker.configure(policy={"path": str(policies[0]), "trial": str(policies[1])})
    return broker.start()


def differences(broker, about: str, difference: str) -> float:
    return broker.metric("hubwarden_policy_trial_total", about=about, difference=difference)


def test_it_says_what_it_would_refuse_and_allow_and_changes_nothing(trying, issuer):
    workload = Workload(trying, issuer, repository="acme/widgets", sub="build-7")
    for _ in range(3):
        assert workload.token("acme/widgets").status == 200
    assert workload.do("repos/get", "acme/widgets").status == 200
    assert workload.do("create_issue", "acme/widgets", {"title": "By a workload"}).status == 201
    refused = workload.do("issues/get", "acme/widgets", {"issue_number": 1})
    assert (refused.status, refused.body["error"]) == (403, "operation_not_allowed")
    assert differences(trying, "session", "none") == 1
    assert differences(trying, "token", "would_refuse") == 3
    assert differences(trying, "operation", "none") == 1
    assert differences(trying, "operation", "would_refuse") == 1
    assert differences(trying, "operation", "would_allow") == 1
    lines = trying.wait_for_log("policy.trial_differs", count=3)
    told = [(line["difference"], line["asked"], line["rule"], line["trial_rule"], line["why"]) for line in lines]
    assert told == [("would_refuse", "token", "builders", "readers", "operation"),
                    ("would_refuse", "create_issue", "builders", "readers", "operation"),
                    ("would_allow", "issues/get", "builders", "readers", "allow")]
    until(lambda: len(events(trying, "policy_trial")) == 5, "the ledger")
    issue = [event for event in events(trying, "policy_trial") if event.get("operation") == "create_issue"][0]
    assert (issue["rule"], issue["about"]) == ("builders", "would_refuse: operation, rule readers")
    assert (issue["subject"], issue["repository"]) == ("build-7", "acme/widgets")


def test_it_is_read_as_strictly_as_the_one_in_force(trying, policies, issuer):
    _, trial = policies
    whole = trial.read_text()
    trial.write_text(whole.replace("repos/get", "repos/gte"))
    refused = trying.reload()
    assert refused["event"] == "refused" and "policy-to-be.yaml:" in refused["problem"]
    assert Workload(trying, issuer, repository="acme/widgets").token("acme/widgets").status == 200
    assert differences(trying, "token", "would_refuse") == 1, "the one before is still on trial"
    trial.write_text("mode: audit\n" + whole)
    assert "policy-to-be.yaml:1: a policy has no 'mode'" in trying.reload()["problem"]
    assert trying.stop() == 0
    done = trying.try_to_start()
    assert done.returncode == 3 and "policy.trial" in done.stderr


def test_swapping_the_two_puts_the_new_one_in_force(trying, policies, issuer, broker):
    present, trial = policies
    workload = Workload(trying, issuer, repository="acme/widgets")
    assert workload.token("acme/widgets").status == 200
    broker.configure(policy={"path": str(trial), "trial": None})
    assert trying.reload()["event"] == "reloaded"
    assert workload.token("acme/widgets").status == 403
    assert workload.do("issues/get", "acme/widgets", {"issue_number": 1}).status in (200, 404)
    assert present.exists()
