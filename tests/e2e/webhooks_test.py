"""GitHub tells what has changed: by webhook, and in its list of deliveries when a webhook got lost."""

import secrets as random_secrets

import pytest

from support import secrets
from support.sandbox import LOOK_UP
from support.waiting import until


@pytest.fixture
def secret(private) -> str:
    text = random_secrets.token_hex(32)
    secrets.tell("webhook-secret", text)
    file = private / "webhook-secret"
    file.touch(mode=0o600)
    file.write_text(text + "\n")
    return text


@pytest.fixture
def told(broker, sandbox, private, secret):
    """A hubwarden that takes webhooks, and the App's webhook that goes there."""
    broker.configure(webhooks={"secret": f"file:{private / 'webhook-secret'}"})
    broker.start()
    sandbox.control("PATCH", f"/apps/{sandbox.app}/hook", {"url": f"{broker.address}/webhooks/github", "secret": secret})
    return broker


def installation(sandbox, action: str, **more) -> dict:
    return {"action": action, "installation": {"id": sandbox.installation, "app_id": sandbox.app,
                                               "account": {"login": "acme"}}, **more}


def deliver(sandbox, event: str, payload: dict, **more) -> dict:
    return sandbox.control("POST", f"/apps/{sandbox.app}/deliveries", {"event": event, "payload": payload, **more})


def test_a_suspended_installation_that_is_back_works_at_once(told, sandbox):
    first = told.token_for("acme/widgets").body["token"]
    sandbox.change_installation(suspended=True)
    assert deliver(sandbox, "installation", installation(sandbox, "suspend"))["status_code"] == 200
    assert told.token_for("acme/widgets").body["error"] == "installation_suspended"
    sandbox.change_installation(suspended=False)
    # Without the news it would be believed for half a minute.
    assert told.token_for("acme/widgets").body["error"] == "installation_suspended"
    deliver(sandbox, "installation", installation(sandbox, "unsuspend"))
    assert told.token_for("acme/widgets").body["token"] != first


def test_an_app_that_is_installed_is_found_at_once(told, sandbox):
    sandbox.uninstall()
    assert told.token_for("acme/widgets").body["error"] == "app_not_installed"
    sandbox.installation = sandbox.install("acme")
    assert told.token_for("acme/widgets").body["error"] == "app_not_installed"
    deliver(sandbox, "installation", installation(sandbox, "created"))
    assert told.token_for("acme/widgets").status == 200


def test_new_permissions_count_from_the_moment_they_are_accepted(told, sandbox):
    state = sandbox.control("GET", "/state")
    (present,) = [one["permissions"] for one in state["installations"] if one["id"] == sandbox.installation]
    fewer = {name: level for name, level in present.items() if name != "issues"}
    sandbox.change_installation(permissions=fewer)
    kept = told.token_for("acme/widgets").body["token"]
    assert told.token_for("acme/widgets", permissions="issues:write").body["error"] == "permission_not_granted"
    sandbox.change_installation(permissions={**fewer, "issues": "write"})
    deliver(sandbox, "installation", installation(sandbox, "new_permissions_accepted"))
    assert told.token_for("acme/widgets", permissions="issues:write").status == 200
    assert told.token_for("acme/widgets").body["token"] == kept


def test_a_renamed_repository_is_looked_up_anew_and_no_other_is(told, sandbox):
    widgets, gadgets = (told.token_for(name).body["token"] for name in ("acme/widgets", "acme/gadgets"))
    looked_up = sandbox.count(LOOK_UP)
    number = next(one["id"] for one in sandbox.control("GET", "/state")["repositories"]
                  if one["full_name"] == "acme/widgets")
    sandbox.rename("acme/widgets", "gizmos")
    deliver(sandbox, "repository", {"action": "renamed", "repository": {"id": number, "full_name": "acme/gizmos"},
                                    "changes": {"repository": {"name": {"from": "widgets"}}}})
    answer = told.token_for("acme/gizmos")
    assert answer.body["repositories"] == ["acme/gizmos"] and answer.body["token"] != widgets
    assert told.token_for("acme/gadgets").body["token"] == gadgets
    assert sandbox.count(LOOK_UP) == looked_up + 1


def test_what_is_not_signed_changes_nothing(told, sandbox, secret):
    token = told.token_for("acme/widgets").body["token"]
    sandbox.control("PATCH", f"/apps/{sandbox.app}/hook",
                    {"url": f"{told.address}/webhooks/github", "secret": "a guess"})
    assert deliver(sandbox, "installation", installation(sandbox, "deleted"))["status_code"] == 401
    assert told.token_for("acme/widgets").body["token"] == token
    assert told.metric("hubwarden_webhooks_total", outcome="refused") == 1


def test_a_secret_is_replaced_without_a_gap(told, sandbox, private, secret):
    new = random_secrets.token_hex(32)
    secrets.tell("webhook-secret", new)
    file = private / "webhook-secret.new"
    file.touch(mode=0o600)
    file.write_text(new)
    told.configure(webhooks={"secret": [f"file:{file}", f"file:{private / 'webhook-secret'}"]})
    assert told.reload()["event"] == "reloaded"
    url = f"{told.address}/webhooks/github"
    for text in (secret, new):
        sandbox.control("PATCH", f"/apps/{sandbox.app}/hook", {"url": url, "secret": text})
        assert deliver(sandbox, "ping", {"zen": "Keep it logically awesome."})["status_code"] == 202


def test_without_a_secret_there_is_no_such_route(running):
    assert "webhook" not in running.log.read_text()
    answer = running.ask("POST", "/webhooks/github", body={})
    assert (answer.status, answer.body["error"]) == (404, "not_configured")


def test_a_delivery_that_got_lost_is_asked_for(broker, sandbox):
    broker.configure(webhooks={"poll_deliveries": "1s"})
    broker.start()
    first = broker.token_for("acme/widgets").body["token"]
    deliver(sandbox, "installation", installation(sandbox, "suspend"), status_code=502)
    until(lambda: broker.metric("hubwarden_webhooks_total", outcome="handled") == 1, "the lost delivery", patience=30)
    assert broker.token_for("acme/widgets").body["token"] != first
    before = broker.metric("hubwarden_webhook_polls_total", outcome="complete")
    until(lambda: broker.metric("hubwarden_webhook_polls_total", outcome="complete") > before + 1, "another look",
          patience=30)
    assert broker.metric("hubwarden_webhooks_total", outcome="handled") == 1
    assert sandbox.count("GET /app/hook/deliveries/{delivery_id}") == 1
