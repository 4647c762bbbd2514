"""What happened stands in the ledger, by whom and by which rule, and `hubwarden ledger` reads it."""

import json
import subprocess

import pytest
from support import programs
from support.issuer import Issuer
from support.waiting import until
from sessions_test import POLICY, Workload


def ledger(broker, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([programs.find("hubwarden"), "ledger", *arguments, "--config", str(broker.config_file)],
                          env=broker.environment, cwd=broker.private, text=True, capture_output=True, timeout=60, check=False)


def events(broker, kind: str) -> list[dict]:
    return of_kind(ledger(broker, "export").stdout, kind)


def of_kind(lines: str, kind: str) -> list[dict]:
    found = [json.loads(line)["event"] for line in lines.splitlines()]
    return [event for event in found if event["kind"] == kind]


@pytest.fixture
def issuer(private):
    return Issuer(private)


@pytest.fixture
def recording(broker, private, issuer):
    file = private / "policy.yaml"
    file.write_text(POLICY.format(url=issuer.url, jwks_file=issuer.jwks_file))
    broker.configure(policy={"path": str(file)})
    return broker.start()


def test_it_says_who_had_which_token_by_which_rule(recording, issuer):
    workload = Workload(recording, issuer, repository="acme/widgets", sub="build-7")
    given = workload.token("acme/widgets")
    assert given.status == 200
    delivered = until(lambda: events(recording, "token_delivered"), "the delivery in the ledger")[0]
    assert (delivered["actor"], delivered["subject"], delivered["rule"]) == ("workload", "build-7", "builders")
    assert (delivered["repository"], delivered["agent"]) == ("acme/widgets", "acme/widgets")
    assert delivered["session"] == workload.opened.body["id"]
    minted = events(recording, "mint")[0]
    assert minted["fingerprint"] == delivered["fingerprint"] and minted["actor"] == "hubwarden"
    had = ledger(recording, "who-had", delivered["fingerprint"])
    assert had.returncode == 0 and "build-7" in had.stdout
    assert given.body["token"] not in ledger(recording, "export").stdout


def test_it_holds_what_was_done_and_what_was_refused(recording, issuer):
    workload = Workload(recording, issuer, repository="acme/widgets")
    assert workload.do("create_issue", "acme/widgets", {"title": "Recorded"}).status == 201
    assert workload.do("issues/create", "acme/widgets").status == 403
    assert workload.token("acme/gadgets").status == 403
    handle = recording.issue_handle()
    recording.handle(handle["id"], "DELETE")
    recording.create_workspace("agent-7", ["acme/widgets"], {"contents": "read"})
    recording.reload()
    until(lambda: events(recording, "configuration_changed"), "the reload in the ledger")
    done = events(recording, "operation")[0]
    assert (done["operation"], done["outcome"], done["rule"]) == ("create_issue", "ok", "builders")
    assert done["github_request_id"] and done["duration_us"] > 0
    refused = events(recording, "decision")
    assert [line["outcome"] for line in refused] == ["operation_not_allowed", "forbidden"]
    assert refused[0]["operation"] == "issues/create" and "builders" in refused[0]["about"]
    assert events(recording, "handle_issued")[0]["handle"] == events(recording, "revocation")[0]["handle"] == handle["id"]
    assert events(recording, "workspace_changed")[0]["workspace"] == "agent-7"


def test_it_is_whole_across_restarts_and_shows_a_missing_record(recording, issuer):
    Workload(recording, issuer, repository="acme/widgets")
    recording.restart()
    Workload(recording, issuer, repository="acme/widgets")
    until(lambda: len(events(recording, "session_opened")) == 2, "both sessions in the ledger")
    whole = ledger(recording, "verify")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    lines = ledger(recording, "export").stdout.splitlines(keepends=True)
    cut = recording.private / "cut.jsonl"
    cut.write_text("".join(line for line in lines if "session_opened" not in line))
    broken = ledger(recording, "verify", "--file", str(cut))
    assert broken.returncode == 1 and "removed" in broken.stdout + broken.stderr


def test_a_write_waits_for_its_event_where_it_is_required(recording, issuer):
    recording.stop()
    file = recording.private / "ledger.jsonl"
    recording.configure(ledger={"required": True, "records": False, "file": str(file)})
    recording.start()
    workload = Workload(recording, issuer, repository="acme/widgets")
    assert workload.do("create_issue", "acme/widgets", {"title": "Written down first"}).status == 201
    assert of_kind(file.read_text(), "decision"), "before the answer"
    until(lambda: of_kind(file.read_text(), "operation"), "the operation in the ledger")
