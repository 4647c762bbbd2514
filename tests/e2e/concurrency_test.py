"""Many callers at once: GitHub is asked once for each scope, however many ask hubwarden."""

import asyncio
import collections
import json

import pytest

from support import secrets
from support.http_client import with_query
from support.sandbox import LOOK_UP, MINT

CALLERS = 1000
# GitHub takes so long that nobody is answered before everybody has asked, also on a loaded machine.
SLOW = "3s"


async def ask_all(broker, paths: list[list[str]]) -> list[tuple[int, dict]]:
    """One connection for each list of paths, all of them open before the first request; the answers of all."""
    port = broker.process.ready["ports"][0]
    bearer = f"Authorization: Bearer {broker.admin_token}\r\n"
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in paths]

    async def ask_in_turn(connection, own: list[str]) -> list[tuple[int, dict]]:
        reader, writer = connection
        answers = []
        for path in own:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: hubwarden\r\n{bearer}\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(line for line in head.split("\r\n") if line.lower().startswith("content-length:"))
            body = await reader.readexactly(int(length.split(":")[1]))
            answers.append((int(head.split()[1]), json.loads(body)))
        writer.close()
        return answers

    gathered = await asyncio.gather(*map(ask_in_turn, connections, paths))
    return [answer for answers in gathered for answer in answers]


def ask(broker, paths: list[list[str]]) -> collections.Counter:
    """How often each token was given; all requests must have been answered with one."""
    answers = asyncio.run(asyncio.wait_for(ask_all(broker, paths), 120))
    given = collections.Counter()
    for status, body in answers:
        assert status == 200, body
        given[body["token"]] += 1
    for token in given:
        secrets.tell("token", token)
    return given


def path_of(repository: str) -> str:
    return with_query("/admin/github-installation-token", {"repo": repository, "permissions": "contents:read"})


def test_a_thousand_callers_of_a_cold_scope_make_one_look_up_and_one_mint(running, sandbox):
    for route in (LOOK_UP, MINT):
        sandbox.break_next("latency", route, latency=SLOW)
    given = ask(running, [[path_of("acme/widgets")]] * CALLERS)
    assert list(given.values()) == [CALLERS]
    assert (sandbox.count(LOOK_UP), sandbox.count(MINT), sandbox.mints) == (1, 1, 1)


def test_a_hundred_callers_of_each_of_a_hundred_scopes_make_a_hundred_mints(broker, sandbox):
    broker.configure(log={"level": "warning"})  # a line for each of ten thousand answers says nothing new
    broker.start()
    repositories = [f"acme/repository-{number}" for number in range(100)]
    for repository in repositories:
        sandbox.control("POST", "/repositories", {"owner": "acme", "name": repository.removeprefix("acme/")})
    sandbox.break_next("latency", MINT, latency="200ms", count=1000)
    # A caller asks for ten scopes one after the other, and each scope has ten callers at any time.
    paths = [[path_of(repositories[(caller + 10 * turn) % 100]) for turn in range(10)] for caller in range(CALLERS)]
    given = ask(broker, paths)
    assert list(given.values()) == [100] * 100
    assert (sandbox.count(LOOK_UP), sandbox.count(MINT), sandbox.mints) == (100, 100, 100)


def test_callers_who_give_up_do_not_fail_the_others(running, sandbox):
    sandbox.break_next("latency", MINT, latency=SLOW)

    async def some_leave():
        port = running.process.ready["ports"][0]
        request = (f"GET {path_of('acme/widgets')} HTTP/1.1\r\nHost: hubwarden\r\n"
                   f"Authorization: Bearer {running.admin_token}\r\n\r\n").encode()
        leaving = [await asyncio.open_connection("127.0.0.1", port) for _ in range(50)]
        leaving[0][1].write(request)  # the first caller of all is among them
        while sandbox.totals["faults_injected"] == 0:
            await asyncio.sleep(0.02)
        for _, writer in leaving[1:]:
            writer.write(request)
        staying = asyncio.create_task(ask_all(running, [[path_of("acme/widgets")]] * 50))
        for _, writer in leaving:
            writer.transport.abort()
        return await staying

    answers = asyncio.run(asyncio.wait_for(some_leave(), 60))
    tokens = {body.get("token") for status, body in answers if status == 200}
    for token in tokens:
        secrets.tell("token", token)
    assert len(answers) == 50 and len(tokens) == 1
    assert sandbox.mints == 1


@pytest.mark.parametrize("failure", [{"kind": "unicorn"}, {"kind": "secondary_limit", "retry_after": 60}],
                         ids=["transient", "rate limit"])
def test_callers_at_once_share_a_failure_too(running, sandbox, failure):
    sandbox.break_next(route=MINT, latency=SLOW, **failure)
    answers = asyncio.run(asyncio.wait_for(ask_all(running, [[path_of("acme/widgets")]] * 200), 60))
    assert {(status, body["error"]) for status, body in answers} <= {(500, "upstream_unavailable"), (500, "rate_limited")}
    assert sandbox.count(MINT) == 1
