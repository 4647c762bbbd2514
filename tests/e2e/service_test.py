"""hubwarden as a service: its health, its records, its signals, its listeners, its configuration."""

import hashlib
import re
import signal
import socket
import stat
import subprocess
import threading

import pytest

from support import secrets
from support.http_client import ask
from support.sandbox import MINT
from support.waiting import until

READ = {"contents": "read"}


# Health


def test_it_says_that_it_is_alive_and_ready(running):
    assert running.ask("GET", "/healthz").body == {"alive": True}
    answer = running.ask("GET", "/readyz")
    assert (answer.status, answer.body["ready"]) == (200, True)
    assert set(answer.body["checks"].values()) == {"ok"}


def test_its_metrics_are_prometheus_text_without_names_of_anybody(running):
    bearer = running.create_workspace("secret-project", ["acme/widgets"], READ)
    assert running.token_of("secret-project", bearer).status == 200
    answer = running.ask("GET", "/metrics")
    assert answer.fields["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    for line in lines:
        assert re.fullmatch(r'# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)*\})? [0-9.eE+-]+|\w+(\{.*\})? (\+Inf|NaN)', line), line
    assert running.metric("hubwarden_mints_total") == 1
    for name in ("secret-project", "widgets"):
        assert name not in answer.text


def test_every_answer_carries_the_requests_id(running):
    assert running.ask("GET", "/healthz", fields={"X-Request-Id": "my-own-1"}).fields["X-Request-Id"] == "my-own-1"
    for foolish in ("x" * 500, "a b", "ü"):
        fields = {"X-Request-Id": foolish.encode().decode("latin-1")}
        assert running.ask("GET", "/nowhere", fields=fields).fields["X-Request-Id"] != foolish


# What a browser that comes here is told


OF_ERRORS = "default-src 'none'; frame-ancestors 'none'"


def test_nothing_is_taken_for_what_it_is_not_and_errors_show_nothing_else(running):
    paths = {"/healthz": 200, "/metrics": 200, "/": 404, "/admin/github-installation-token": 401, "/admin/workspaces": 401}
    for path, status in paths.items():
        answer = running.ask("GET", path)
        assert (answer.status, answer.fields["X-Content-Type-Options"]) == (status, "nosniff")
        assert answer.fields["Content-Security-Policy"] == (OF_ERRORS if status >= 400 else None)
        assert answer.fields["Strict-Transport-Security"] is None, "only TLS may promise TLS"
    assert running.token_for("acme/widgets").fields["X-Content-Type-Options"] == "nosniff"


def test_nobody_keeps_an_answer_with_a_secret_or_an_error(running):
    body = {"id": "agent-7", "repositories": ["acme/widgets"], "permissions": READ}
    created = running.ask("POST", "/admin/workspaces", bearer=running.admin_token, body=body)
    of_workspace = "/admin/workspaces/agent-7"
    answers = [
        created,
        running.ask("POST", f"{of_workspace}/tokens", bearer=running.admin_token),
        running.ask("POST", f"{of_workspace}/env", bearer=running.admin_token),
        running.token_of("agent-7", created.body["token"]),
        running.token_of("agent-7", created.body["token"]),
        running.token_for("acme/widgets"),
        running.token_of("agent-7", "wrong"),
        running.ask("GET", "/nowhere"),
        running.ask("DELETE", "/healthz"),
    ]
    assert [answer.status for answer in answers] == [201, 201, 200, 200, 200, 200, 401, 404, 405]
    assert {answer.fields["Cache-Control"] for answer in answers} == {"no-store"}


# Records


def test_workspaces_survive_a_restart(running):
    bearer = running.create_workspace("agent-7", ["acme/widgets"], READ)
    running.create_workspace("agent-8", ["acme/widgets"], READ)
    assert running.ask("DELETE", "/admin/workspaces/agent-8", bearer=running.admin_token).status == 204
    running.restart()
    assert running.token_of("agent-7", bearer).status == 200
    listed = running.ask("GET", "/admin/workspaces", bearer=running.admin_token).body
    assert [workspace["id"] for workspace in listed["workspaces"]] == ["agent-7"]
    assert bearer not in str(listed)


def test_what_was_acknowledged_survives_kill_9(running):
    bearers = {}
    for round_ in range(3):
        for number in range(5):
            name = f"agent-{round_}-{number}"
            bearers[name] = running.create_workspace(name, ["acme/widgets"], READ)
        path = f"/admin/workspaces/agent-{round_}-0"
        token = running.ask("GET", path, bearer=running.admin_token).body["tokens"][0]["id"]
        second = running.ask("POST", f"{path}/tokens", bearer=running.admin_token).body["token"]
        assert running.ask("DELETE", f"{path}/tokens/{token}", bearer=running.admin_token).status == 204
        running.process.kill()
        running.start()
        assert running.token_of(f"agent-{round_}-0", bearers[f"agent-{round_}-0"]).status == 401
        bearers[f"agent-{round_}-0"] = second
        for name, bearer in bearers.items():
            assert running.token_of(name, bearer).status == 200, name


def test_a_revoked_token_is_dead_at_once(running):
    bearer = running.create_workspace("agent-7", ["acme/widgets"], READ)
    assert running.token_of("agent-7", bearer).status == 200
    token = running.ask("GET", "/admin/workspaces/agent-7", bearer=running.admin_token).body["tokens"][0]["id"]
    path = f"/admin/workspaces/agent-7/tokens/{token}"
    assert running.ask("DELETE", path, bearer=running.admin_token).status == 204
    assert running.token_of("agent-7", bearer).status == 401


def test_its_records_are_for_its_own_eyes(running):
    running.create_workspace("agent-7", ["acme/widgets"], READ)
    assert stat.S_IMODE(running.records.stat().st_mode) == 0o600


# SIGHUP


def test_a_reload_takes_a_new_admin_token_and_keeps_the_tokens_of_github(running, sandbox):
    old = running.admin_token
    token = running.token_for("acme/widgets").body["token"]
    new = running.new_admin_token()
    assert running.ask("GET", "/admin/workspaces", bearer=new).status == 401
    assert running.reload()["event"] == "reloaded"
    assert running.ask("GET", "/admin/workspaces", bearer=old).status == 401
    assert running.token_for("acme/widgets").body["token"] == token
    assert sandbox.mints == 1


@pytest.mark.parametrize("spoil, named", [
    (lambda broker: broker.configure(tokens={"refresh_ahaed": "5m"}), "refresh_ahead"),
    (lambda broker: broker.config_file.write_text("tokens: [\n"), "hubwarden.yaml:"),
    (lambda broker: broker.config_file.unlink(), "hubwarden.yaml"),
    (lambda broker: (broker.private / "admin-token").unlink(), "admin-token"),
    (lambda broker: broker.configure(github={"private_key": f"file:{broker.config_file}"}), "private key"),
], ids=["unknown key", "no YAML", "no file", "no secret", "no key"])
def test_a_reload_of_a_bad_file_keeps_what_there_was_and_says_so(running, sandbox, spoil, named):
    token = running.token_for("acme/widgets").body["token"]
    spoil(running)
    event = running.reload()
    assert (event["event"], event["severity"]) == ("refused", "error")
    assert named in event["problem"]
    assert running.token_for("acme/widgets").body["token"] == token
    assert sandbox.mints == 1


def test_a_reload_takes_a_new_app(running, sandbox):
    assert running.token_for("acme/widgets").status == 200
    other = sandbox.create_app("another", {"contents": "read"})
    sandbox.uninstall()
    sandbox.install(app=other["id"])
    running.configure(github={"app_id": other["id"], "private_key": f"file:{other['private_key_file']}"})
    assert running.reload()["event"] == "reloaded"
    token = running.token_for("acme/widgets").body["token"]
    assert sandbox.rest("GET", "/repos/acme/widgets", token).status == 200
    assert sandbox.mints == 2


# SIGTERM


def test_a_stop_finishes_what_runs_and_refuses_what_comes(running, sandbox):
    sandbox.break_next("latency", MINT, latency="2s")
    answers = []
    caller = threading.Thread(target=lambda: answers.append(running.token_for("acme/widgets")))
    caller.start()
    until(lambda: sandbox.totals["faults_injected"] == 1, "the mint to be under way")
    address = running.address
    running.process.signal(signal.SIGTERM)

    def is_closed() -> bool:
        try:
            return ask(address, "GET", "/healthz").status == 503
        except OSError:
            return True

    until(is_closed, "the listener to close")
    assert running.process.wait() == 0
    caller.join()
    assert answers[0].status == 200
    assert running.wait_for_log("server.stopped")[-1]["requests_cut"] == 0


def test_a_stop_while_nothing_runs_is_quick_and_silent(running):
    idle = socket.create_connection(("127.0.0.1", running.process.ready["ports"][0]))
    assert running.stop() == 0
    assert idle.recv(1) == b""
    idle.close()


# Listeners


def test_it_serves_on_a_unix_socket_also_after_kill_9(running):
    path = running.private / "hw.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert running.ask("GET", "/healthz", address=running.socket).status == 200
    running.process.kill()
    assert path.exists()
    running.start()
    bearer = running.create_workspace("agent-7", ["acme/widgets"], READ)
    answer = running.ask("GET", "/workspaces/agent-7/github-installation-token", bearer=bearer, address=running.socket)
    assert answer.status == 200
    running.stop()
    assert not path.exists()


def test_without_an_admin_token_the_admin_routes_stay_closed_and_the_log_says_so(broker):
    broker.configure(admin=None)
    broker.start()
    for bearer in (None, "", "x", broker.admin_token):
        answer = broker.ask("GET", "/admin/github-installation-token", bearer=bearer)
        assert (answer.status, answer.body["error"]) == (401, "unauthenticated")
        assert broker.ask("POST", "/admin/workspaces", bearer=bearer, body={}).status == 401
    (line,) = broker.wait_for_log("server.no_admin_token")
    assert line["severity"] == "warning"


def test_a_port_that_is_taken_is_said(broker):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        broker.configure(listen={"tcp": [address]})
        done = broker.try_to_start()
    assert done.returncode == 1
    assert str(taken and address.split(":")[1]) in done.stderr


# Hostile requests


@pytest.mark.parametrize("request_, status", [
    (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    (b"POST /admin/workspaces HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"GET /healthz HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n", 400),
    (b"GET /healthz HTTP/1.1\r\nHost: x\r\nName : y\r\n\r\n", 400),
    (b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n", 400),
    (b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: " + b"y" * 40_000 + b"\r\n\r\n", 431),
    (b"GET /healthz HTTP/9.1\r\nHost: x\r\n\r\n", 505),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
])
def test_a_malformed_request_is_refused_and_its_connection_closed(running, request_, status):
    with socket.create_connection(("127.0.0.1", running.process.ready["ports"][0]), timeout=30) as link:
        link.sendall(request_)
        link.shutdown(socket.SHUT_WR)
        received = b""
        while piece := link.recv(65536):
            received += piece
    assert received == b"" or received.startswith(f"HTTP/1.1 {status} ".encode()), received[:200]
    assert running.ask("GET", "/healthz").status == 200


@pytest.mark.parametrize("body, fields, status, error", [
    (b"", {}, 400, "invalid_request"),
    (b"{", {}, 400, "invalid_request"),
    (b"[]", {}, 400, "invalid_request"),
    (b'{"id": "a", "repositories": [], "permissions": {"contents": "read"}}', {}, 400, "invalid_request"),
    (b'{"id": "a", "repositories": ["acme/widgets"], "permissions": {}}', {}, 400, "invalid_request"),
    (b'{"id": "a/b", "repositories": ["acme/widgets"], "permissions": {"contents": "read"}}', {}, 400, "invalid_request"),
    (b'{"id": "a", "repositories": ["acme/.."], "permissions": {"contents": "read"}}', {}, 400, "invalid_request"),
    (b'{"id": "a", "repositories": ["acme/widgets"], "permissions": {"contents": "all"}}', {}, 400, "invalid_request"),
    (b'{"id": "a", "repo": ["acme/widgets"], "permissions": {"contents": "read"}}', {}, 400, "invalid_request"),
    (b"[" * 100_000, {}, 400, "invalid_request"),
    (b'{"id": "' + b"a" * 2_000_000 + b'"}', {}, 413, "too_large"),
    (b"id=a", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
])
def test_a_bad_body_is_told_with_its_code_and_changes_nothing(running, body, fields, status, error):
    fields = {"Content-Type": "application/json"} | fields
    answer = running.ask("POST", "/admin/workspaces", bearer=running.admin_token, body=body, fields=fields)
    assert (answer.status, answer.body["error"]) == (status, error)
    assert running.ask("GET", "/admin/workspaces", bearer=running.admin_token).body["workspaces"] == []


# Configuration


def test_a_wrong_configuration_is_told_with_lines_and_the_nearest_keys(broker):
    broker.config_file.write_text(
        "listen:\n"
        "  tpc: ['127.0.0.1:0']\n"
        "tokens:\n"
        "  floor: 60\n"
        "admin:\n"
        "  token: in-the-clear-0123456789abcdef\n"
    )
    for arguments in ((), ("config", "check", "--config", str(broker.config_file))):
        done = broker.try_to_start(*arguments)
        assert done.returncode == 3
        lines = done.stderr.splitlines()
        assert len(lines) == 3
        for number, words in ((2, ("listen.tpc", "'tcp'")), (4, ("tokens.floor", "60")), (6, ("admin.token", "file:"))):
            assert any(f"hubwarden.yaml:{number}" in line and all(word in line for word in words) for line in lines), lines
        assert "in-the-clear" not in done.stderr


def test_the_operators_routes_are_not_served_in_the_clear_where_others_can_reach_them(broker):
    broker.configure(listen={"tcp": ["0.0.0.0:0"]})
    broker.write_config()
    done = broker.try_to_start()
    assert done.returncode == 3
    assert "0.0.0.0" in done.stderr and "--i-know" in done.stderr
    # Without an operator there is nothing of his to protect; the operator who knows may have it so.
    broker.configure(admin={"token": None})
    assert broker.start().ask("GET", "/healthz").status == 200


def openssl(*arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60).stdout


WRONG_KEYS = {
    "no PEM": (lambda: b"hello\n", "is not PEM"),
    "empty": (lambda: b"\n", "is empty"),
    "short": (lambda: openssl("genrsa", "1024"), "2048"),
    "another kind": (lambda: openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout"), "elliptic-curve"),
    "encrypted": (lambda: openssl("genrsa", "-aes128", "-passout", "pass:x", "2048"), "passphrase"),
    "cut": (lambda: openssl("genrsa", "2048")[:900], "private key"),
}


@pytest.mark.parametrize("make, says", WRONG_KEYS.values(), ids=WRONG_KEYS.keys())
def test_a_wrong_key_is_refused_by_the_check_that_failed(broker, make, says):
    file = broker.private / "wrong.pem"
    key = make()
    secrets.tell("app-key", key)
    file.write_bytes(key)
    file.chmod(0o600)
    broker.configure(github={"private_key": f"file:{file}"})
    done = broker.try_to_start()
    assert done.returncode == 3
    assert says in done.stderr
    for line in key.decode().splitlines():
        assert len(line) < 20 or line not in done.stderr


def test_the_public_key_in_the_private_ones_place_is_named(broker):
    file = broker.private / "public.pem"
    source = broker.config["github"]["private_key"].removeprefix("file:")
    file.write_bytes(openssl("rsa", "-in", source, "-pubout"))
    file.chmod(0o600)
    broker.configure(github={"private_key": f"file:{file}"})
    done = broker.try_to_start()
    assert (done.returncode, "is a public key" in done.stderr) == (3, True)


def test_a_key_that_others_may_read_works_with_a_warning(broker, sandbox):
    sandbox.key_file.chmod(0o644)
    broker.start()
    assert broker.token_for("acme/widgets").status == 200
    (line,) = broker.wait_for_log("config.warning")
    assert line["severity"] == "warning"
    assert str(sandbox.key_file) in line["problem"] and "chmod 600" in line["problem"]


# The log


def test_a_token_that_is_handed_out_is_one_line_with_its_fingerprint_and_never_itself(broker):
    broker.configure(log={"format": "text"})
    broker.start()
    token = broker.token_for("acme/widgets").body["token"]

    def written():
        return [line for line in broker.log.read_text().splitlines() if " token_handed_out " in line]

    (line,) = until(written, "the line")
    assert line.startswith("[github] ")
    fingerprint = hashlib.sha256(token.encode()).hexdigest()[:12]
    for part in ("caller=@admin", "fingerprint=", fingerprint, "acme/widgets contents:read", "expires_at=", "remaining=", "stale=false"):
        assert part in line
    assert token not in broker.log.read_text()
