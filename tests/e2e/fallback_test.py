"""The static token: used exactly where docs/tokens.md allows it."""

import base64
import json
import subprocess
import time

import pytest

from support import secrets
from support.http_client import ask
from support.sandbox import LOOK_UP, MINT


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def mint_by_hand(sandbox, app: dict, installation: int) -> str:
    """A token that hubwarden has no part in."""
    claims = {"iat": int(time.time()) - 60, "exp": int(time.time()) + 300, "iss": app["id"]}
    text = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT"}, claims))
    signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", app["private_key_file"]], input=text.encode(),
                            capture_output=True, check=True, timeout=60)
    path = f"/app/installations/{installation}/access_tokens"
    answer = ask(sandbox.url, "POST", path, bearer=f"{text}.{base64url(signed.stdout)}", body={})
    assert answer.status == 201, answer.text
    return answer.body["token"]


@pytest.fixture
def static(broker, sandbox):
    """The fallback is configured for acme/widgets; hubwarden is not started yet."""
    app = sandbox.create_app("another", {"contents": "write"})
    token = mint_by_hand(sandbox, app, sandbox.install(app=app["id"]))
    secrets.tell("fallback-token", token)
    file = broker.private / "static-token"
    file.touch(mode=0o600)
    file.write_text(token + "\n")
    broker.configure(fallback={"token": f"file:{file}", "repositories": ["acme/widgets"]})
    return token


def lose_key(broker, sandbox):
    sandbox.forget_key()


def take_wrong_app_id(broker, sandbox):
    broker.configure(github={"app_id": 999})


def uninstall(broker, sandbox):
    sandbox.uninstall()


def suspend(broker, sandbox):
    sandbox.change_installation(suspended=True)


def have_no_app(broker, sandbox):
    broker.configure(github={"app_id": None, "private_key": None, "installation_id": None})


@pytest.mark.parametrize("trouble", [lose_key, take_wrong_app_id, uninstall, suspend, have_no_app])
def test_it_stands_in_where_the_app_cannot_work(broker, sandbox, static, trouble):
    trouble(broker, sandbox)
    broker.start()
    for uses in (1, 2):
        answer = broker.token_for("acme/widgets")
        assert answer.status == 200, answer.text
        assert (answer.body["token"], answer.body["source"]) == (static, "static")
        assert answer.fields["Cache-Control"] == "no-store"
        assert broker.metric("hubwarden_fallback_tokens_total") == uses
        assert [line["source"] for line in broker.wait_for_log("github.token_handed_out", uses)] == ["static"] * uses


PASSING = {
    "primary limit": {"kind": "primary_limit", "retry_after": 60},
    "secondary limit": {"kind": "secondary_limit"},
    "failed logins": {"kind": "failed_login_limit"},
    "server error": {"kind": "status", "status": 500},
    "unicorn": {"kind": "unicorn"},
    "cut": {"kind": "cut_body"},
    "late": {"kind": "latency", "latency": "4s"},
    "IP allow list": {"kind": "ip_allow_list"},
    "clock": {"kind": "status", "status": 401, "message": "'Expiration time' claim ('exp') is too far in the future"},
    "nonsense": {"kind": "status", "status": 418, "message": "I'm a teapot"},
}


def test_it_does_not_stand_in_for_trouble_of_another_kind(broker, sandbox, static):
    broker.configure(github={"request_timeout": "2s"}, limits={"request_timeout": "3s"})
    names = [f"{stage}-{number}" for stage in ("look-up", "mint") for number in range(len(PASSING))]
    broker.configure(fallback={"repositories": [f"acme/{name}" for name in names]})
    broker.start()
    for name in names:
        sandbox.control("POST", "/repositories", {"owner": "acme", "name": name})
        stage, _, number = name.rpartition("-")
        fault = list(PASSING.values())[int(number)]
        sandbox.break_next(route=LOOK_UP if stage == "look-up" else MINT, count=9, **fault)
        answer = broker.token_for(f"acme/{name}")
        assert answer.status == 500, (name, fault, answer.text)
        sandbox.heal()
    assert broker.metric("hubwarden_fallback_tokens_total") == 0


def test_it_does_not_stand_in_for_a_repository_that_the_app_was_not_given(broker, sandbox, static):
    sandbox.change_installation(repositories=["gadgets"])
    assert broker.start().token_for("acme/widgets").body["error"] == "app_not_installed"


def test_it_does_not_stand_in_for_a_permission_that_the_app_lacks(broker, static):
    answer = broker.start().token_for("acme/widgets", permissions="administration:read")
    assert answer.body["error"] == "permission_not_granted"


def test_it_stands_in_for_its_own_repositories_alone(broker, sandbox, static):
    sandbox.uninstall()
    broker.start()
    assert broker.token_for("acme/gadgets").body["error"] == "app_not_installed"
    answer = broker.token_as_admin(repo=["acme/widgets", "acme/gadgets"], permissions="contents:read")
    assert answer.body["error"] == "app_not_installed"
    assert broker.token_as_admin(permissions="contents:read").status == 500


def test_it_stands_in_for_writes_only_when_it_may(broker, sandbox, static):
    sandbox.uninstall()
    broker.start()
    assert broker.token_for("acme/widgets", permissions="contents:write").body["error"] == "app_not_installed"
    broker.configure(fallback={"allow_writes": True})
    broker.restart()
    assert broker.token_for("acme/widgets", permissions="contents:write").body["token"] == static


def test_it_never_serves_a_workspace_beyond_its_own(broker, sandbox, static):
    sandbox.uninstall()
    broker.start()
    bearer = broker.create_workspace("agent-7", ["acme/gadgets"], {"contents": "read"})
    answer = broker.token_of("agent-7", bearer, repo="acme/widgets")
    assert (answer.status, answer.body["error"]) == (403, "forbidden")


def test_the_apps_own_error_stays_when_github_refuses_the_fallback_too(broker, sandbox, static):
    sandbox.uninstall()
    sandbox.revoke(static)
    body = broker.start().token_for("acme/widgets").body
    assert (body["error"], body["fix"]) == ("app_not_installed", "operator")
    assert "fallback" in body["detail"]


def test_a_working_app_comes_first(broker, static):
    answer = broker.start().token_for("acme/widgets")
    assert answer.body["source"] == "app"
    assert answer.body["token"] != static
