"""Handles: issued, listed and revoked by the operator, and what is left of them after a restart and a crash."""

import contextlib
import sqlite3

from support.waiting import until


def without_secret(handle: dict) -> dict:
    return {name: value for name, value in handle.items() if name != "proxy_handle"}


def listed(broker) -> dict[str, dict]:
    answer = broker.ask("GET", "/admin/handles", bearer=broker.admin_token)
    assert answer.status == 200, answer.text
    return {handle["id"]: handle for handle in answer.body["handles"]}


def test_a_handle_is_issued_listed_and_revoked(running):
    handle = running.issue_handle(operations=["create_issue", "read"], expires_in="2h", budget={"requests": 7},
                                  priority="background")
    assert handle["proxy_handle"].startswith("hwh_")
    assert (handle["operations"], handle["priority"]) == (["read", "create_issue"], "background")
    assert handle["budget"] == {"concurrent": 8, "requests": 7, "bytes": 25 << 20}
    shown = running.handle(handle["id"])
    assert (shown.status, shown.body) == (200, without_secret(handle))
    assert listed(running) == {handle["id"]: shown.body}

    assert running.handle(handle["id"], "DELETE").status == 204
    assert running.handle(handle["id"]).body["revoked_at"]
    changes = [line["change"] for line in running.wait_for_log("admin.handle_changed", 2)]
    assert changes == ["issued", "revoked"]


def test_a_handle_opens_no_route_of_others(running):
    handle = running.issue_handle()["proxy_handle"]
    for method, path in (("GET", "/admin/handles"), ("POST", "/admin/handles"), ("GET", "/admin/workspaces"),
                         ("GET", "/admin/github-installation-token")):
        answer = running.ask(method, path, bearer=handle)
        assert (answer.status, answer.body["error"]) == (401, "unauthenticated"), path


def test_nobody_keeps_an_answer_about_handles(running):
    issued = running.ask("POST", "/admin/handles", bearer=running.admin_token, body={"repository": "acme/widgets"})
    answers = [issued, running.handle(issued.body["id"]), running.ask("GET", "/admin/handles", bearer=running.admin_token)]
    assert [answer.status for answer in answers] == [201, 200, 200]
    assert {answer.fields["Cache-Control"] for answer in answers} == {"no-store"}


def test_what_was_revoked_stays_so_across_a_restart(running):
    kept, revoked = running.issue_handle(), running.issue_handle()
    assert running.handle(revoked["id"], "DELETE").status == 204
    before = listed(running)
    running.restart()
    assert listed(running) == before
    assert "revoked_at" not in before[kept["id"]]
    assert "revoked_at" in before[revoked["id"]]


def test_what_was_acknowledged_survives_kill_9(running):
    expected: dict[str, dict] = {}
    for _ in range(3):
        issued = [running.issue_handle() for _ in range(5)]
        expected |= {handle["id"]: without_secret(handle) for handle in issued}
        revoked = issued[0]["id"]
        assert running.handle(revoked, "DELETE").status == 204
        expected[revoked] = running.handle(revoked).body
        running.process.kill()
        running.start()
        assert listed(running) == expected


def test_an_operation_that_is_gone_is_told_and_its_handle_opens_nothing(running):
    handle = running.issue_handle()
    assert running.stop() == 0
    with contextlib.closing(sqlite3.connect(running.records)) as records, records:
        records.execute("UPDATE handles SET operations = 'read,conjure_issue'")
    running.start()
    (line,) = running.wait_for_log("handle.opens_nothing")
    assert line["id"] == handle["id"]
    assert running.handle(handle["id"]).body["operations"] == ["read", "conjure_issue"]


def test_a_handle_is_forgotten_a_day_after_its_end(running):
    old, living = running.issue_handle(), running.issue_handle()
    assert running.stop() == 0
    with contextlib.closing(sqlite3.connect(running.records)) as records, records:
        records.execute("UPDATE handles SET expires_at = expires_at - 26 * 3600 * 1000000 WHERE id = ?", (old["id"],))
    running.start()
    assert running.handle(old["id"]).status == 200
    until(lambda: running.handle(old["id"]).status == 404, "the handle to be forgotten")
    assert set(listed(running)) == {living["id"]}
