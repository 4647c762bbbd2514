"""Replicas that share their records in a real PostgreSQL: what one is told, all know; and PostgreSQL may go."""

import concurrent.futures
import contextlib
import os
import time

import pytest

from support import secrets
from support.broker import Broker
from support.postgres import Postgres
from support.redis import Redis
from support.waiting import until

AT_MOST = 1.0  # seconds until all replicas know


@pytest.fixture
def postgres(output):
    with Postgres(output) as running:
        yield running


@pytest.fixture
def start(private, output, environment, sandbox, postgres):
    """Starts a replica."""
    with contextlib.ExitStack() as stack:
        def replica(name: str, **sections) -> Broker:
            folders = [folder / f"replica-{name}" for folder in (private, output)]
            for folder in folders:
                folder.mkdir(mode=0o700)
            made = Broker(*folders, environment, sandbox)
            made.configure(records={"path": None, "url": postgres.url}, **sections)
            return stack.enter_context(made.start())
        yield replica


@pytest.fixture
def two(start):
    return start("a"), start("b")


def create(broker: Broker, name: str) -> str:
    token = broker.create_workspace(name, ["acme/widgets"], {"contents": "read"})
    secrets.tell("workspace-token", token)
    return token


def status(broker: Broker, name: str, bearer: str) -> int:
    return broker.token_of(name, bearer, repo="acme/widgets").status


def becomes(broker: Broker, name: str, bearer: str, wanted: int) -> float:
    """How long that took."""
    begin = time.monotonic()
    until(lambda: status(broker, name, bearer) == wanted, f"{wanted} for {name}")
    return time.monotonic() - begin


def revoke(broker: Broker, name: str, token: str) -> int:
    return broker.ask("DELETE", f"/admin/workspaces/{name}/tokens/{token}", bearer=broker.admin_token).status


def token_ids(broker: Broker, name: str) -> list[str]:
    return [token["id"] for token in broker.ask("GET", f"/admin/workspaces/{name}", bearer=broker.admin_token).body["tokens"]]


def records_of(broker: Broker) -> str:
    ready = broker.ask("GET", "/readyz")
    assert ready.status == 200, ready.text
    return ready.body["checks"]["records"]


def test_a_workspace_of_one_replica_is_one_of_all(two):
    a, b = two
    for number in range(5):
        name = f"agent-{number}"
        bearer = create(a, name)
        assert status(a, name, bearer) == 200, "the replica that made it knows it at once"
        assert becomes(b, name, bearer, 200) < AT_MOST
        [token] = token_ids(b, name)
        assert revoke(b, name, token) == 204
        assert status(b, name, bearer) == 401
        assert becomes(a, name, bearer, 401) < AT_MOST


def perform(broker: Broker, handle: dict) -> int:
    body = {"proxy_handle": handle["proxy_handle"], "operation": "repository_metadata", "params": {}}
    return broker.ask("POST", "/v1/proxy/github/rest", body=body).status


def test_a_handle_that_one_replica_revokes_is_refused_by_all(two):
    a, b = two
    handle = a.issue_handle()
    assert perform(a, handle) == 200
    until(lambda: perform(b, handle) == 200, "the handle to be known")
    assert b.handle(handle["id"], "DELETE").status == 204
    assert perform(b, handle) == 401
    begin = time.monotonic()
    until(lambda: perform(a, handle) == 401, "the handle to be refused")
    assert time.monotonic() - begin < AT_MOST


def test_a_handle_has_one_budget_on_all_replicas(start, private, output):
    """What is spent lies in Redis first."""
    with Redis(private, output) as redis:
        both = a, b = start("a", redis={"url": redis.url}), start("b", redis={"url": redis.url})
        handle = a.issue_handle(budget={"requests": 5})
        until(lambda: perform(b, handle) == 200, "the handle to be known")
        assert [perform(each, handle) for each in (a, a, b, a)] == [200] * 4
        assert [perform(each, handle) for each in both] == [429] * 2
        for broker in both:
            until(lambda broker=broker: broker.handle(handle["id"]).body["spent"]["requests"] == 5, "all to be noted")


def test_a_replica_that_starts_later_knows_all(start):
    bearer = create(start("a"), "agent-7")
    assert status(start("b"), "agent-7", bearer) == 200


@pytest.fixture
def threads():
    """To be named before `start`: a process ends with the thread that has started it."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        yield pool


def test_replicas_that_start_at_once_migrate_once(threads, start, postgres):
    assert [records_of(broker) for broker in threads.map(start, "abcd")] == ["ok"] * 4
    assert postgres.ask("SELECT count(*) FROM hubwarden.about") == "1"


def test_postgresql_is_restarted_and_nobody_notices(two, postgres):
    a, b = two
    bearer = create(a, "agent-7")
    postgres.stop()
    assert status(a, "agent-7", bearer) == 200
    postgres.start()
    other = create(b, "agent-8")
    assert becomes(a, "agent-8", other, 200) < AT_MOST


def test_without_postgresql_what_is_known_stays(two, postgres):
    a, b = two
    bearer, revoked = create(a, "agent-7"), create(a, "agent-8")
    assert becomes(b, "agent-7", bearer, 200) < AT_MOST
    assert revoke(a, "agent-8", token_ids(a, "agent-8")[0]) == 204
    assert becomes(b, "agent-8", revoked, 401) < AT_MOST
    postgres.stop()
    for broker in two:
        until(lambda broker=broker: records_of(broker) == "degraded", "the loss to be noticed")
        assert status(broker, "agent-7", bearer) == 200
        assert status(broker, "agent-8", revoked) == 401
        refused = broker.ask("DELETE", "/admin/workspaces/agent-7", bearer=broker.admin_token)
        assert (refused.status, refused.body["error"]) == (503, "unavailable"), refused.text
    postgres.start()
    for broker in two:
        until(lambda broker=broker: records_of(broker) == "ok", "the records to be back")
        broker.wait_for_log("records.away")
        broker.wait_for_log("records.back")
    assert a.ask("DELETE", "/admin/workspaces/agent-7", bearer=a.admin_token).status == 204
    assert becomes(b, "agent-7", bearer, 401) < AT_MOST


def test_without_postgresql_it_does_not_start(private, output, environment, sandbox, postgres):
    postgres.stop()
    broker = Broker(private, output, environment, sandbox)
    broker.configure(records={"path": None, "url": postgres.url})
    done = broker.try_to_start()
    postgres.start()
    assert done.returncode == 1
    assert f"records {postgres.directory}" in done.stderr


def test_over_tls_with_a_password(broker, postgres):
    password = "open sesame, " + os.urandom(8).hex()
    secrets.tell("records-password", password)
    postgres.ask(f"ALTER ROLE hubwarden PASSWORD '{password}'")
    file = broker.private / "records-password"
    file.touch(mode=0o600)
    file.write_text("not it\n")
    broker.configure(records={"path": None, "url": postgres.tls_url, "password": f"file:{file}"})
    assert "password authentication failed" in broker.try_to_start().stderr
    file.write_text(password + "\n")
    broker.start()
    bearer = create(broker, "agent-7")
    assert status(broker, "agent-7", bearer) == 200
    encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_port > 0"
    assert postgres.ask(encrypted) == "t"
    assert broker.logged("server.hardened")
    broker.reload()
    assert not broker.logged("server.needs_restart"), "the same password, read again"


def test_a_server_that_cannot_show_who_it_is_is_not_told_the_password(broker, postgres):
    file = broker.private / "records-password"
    file.touch(mode=0o600)
    file.write_text("open sesame\n")
    elsewhere = postgres.tls_url.replace("localhost", "db.example.com")
    broker.configure(records={"path": None, "url": elsewhere, "password": f"file:{file}"})
    assert "does not match host name" in broker.try_to_start().stderr


def test_a_password_in_the_url_is_refused_and_not_shown(broker):
    broker.configure(records={"path": None, "url": "postgresql://hw:hush-hush@db/hw"})
    done = broker.try_to_start("config", "check", "--config", str(broker.config_file))
    assert done.returncode == 3
    assert "records.password" in done.stderr and "hush" not in done.stdout + done.stderr
