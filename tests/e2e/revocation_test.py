"""The kill switch: what is revoked is refused by every replica, its tokens are taken back, and that stays so."""

import contextlib
import json
import threading
import time

import pytest

from support import secrets
from support.broker import Broker
from support.command_line import CommandLine
from support.http_client import with_query
from support.issuer import Issuer
from support.postgres import Postgres
from support.waiting import until

ROUTE = "/v1/proxy/github/rest"
TOKEN = "/v1/github-installation-token"
TAKE_BACK = "DELETE /installation/token"
AT_MOST = 1.0  # seconds until nobody succeeds any more

POLICY = """
version: 1
issuers:
  ci: {{url: "{url}", audience: hubwarden, jwks_file: {jwks_file}}}
rules:
  - name: builders
    who: {{issuer: ci, repository: acme/*}}
    repositories: ["{{repository}}"]
    may:
      - token: {{contents: read}}
      - operations: [read]
    session: {{agent: "{{repository}}"}}
"""


class Fleet:
    """Replicas with one PostgreSQL and one Redis, which can be started again."""

    def __init__(self, private, output, environment, sandbox, stack):
        self.private, self.output, self.environment, self.sandbox, self.stack = private, output, environment, sandbox, stack
        self.issuer = Issuer(private)
        self.policy = private / "policy.yaml"
        self.policy.write_text(POLICY.format(url=self.issuer.url, jwks_file=self.issuer.jwks_file))
        self.replicas: list[Broker] = []

    def start(self, name: str, **sections) -> Broker:
        folders = [folder / f"replica-{name}" for folder in (self.private, self.output)]
        for folder in folders:
            folder.mkdir(mode=0o700)
        made = Broker(*folders, self.environment, self.sandbox)
        made.configure(policy={"path": str(self.policy)}, **sections)
        self.replicas.append(self.stack.enter_context(made.start()))
        return made

    def session(self, repository: str = "acme/widgets") -> str:
        opened = self.replicas[0].ask("POST", "/v1/sessions", bearer=self.issuer.jwt(repository=repository))
        assert opened.status == 201, opened.text
        secrets.tell("session", opened.body["token"])
        return opened.body["token"]


@pytest.fixture
def fleet(private, output, environment, sandbox, redis):
    with Postgres(output) as postgres, contextlib.ExitStack() as stack:
        made = Fleet(private, output, environment, sandbox, stack)
        for name in ("one", "two", "three"):
            made.start(name, records={"path": None, "url": postgres.url},
                       redis={"url": redis.url, "password": redis.password})
        for each in made.replicas:
            until(lambda: each.metric("hubwarden_fleet_replicas") == 3, "the fleet to have met")
        yield made


@pytest.fixture
def alone(private, output, environment, sandbox):
    with contextlib.ExitStack() as stack:
        made = Fleet(private, output, environment, sandbox, stack)
        made.start("alone")
        yield made


@pytest.fixture
def command(alone, environment):
    return CommandLine(alone.replicas[0], environment)


def token(broker, session, repository="acme/widgets"):
    return broker.ask("GET", with_query(TOKEN, {"repo": repository}), bearer=session)


def operation(broker, session, repository="acme/widgets"):
    return broker.ask("POST", ROUTE, bearer=session, body={"repository": repository, "operation": "repos/get"})


class Load:
    """Callers of all kinds who ask without a pause; when each success and each refusal was asked for, and every token."""

    def __init__(self, fleet: Fleet):
        self.successes: list[float] = []
        self.refusals: list[float] = []
        self.tokens: set[str] = set()
        self._end = threading.Event()
        one = fleet.replicas[0]
        self.workspace = one.create_workspace("w-1", ["acme/widgets", "acme/gadgets"], {"contents": "read"})
        self.handle = one.issue_handle(repository="acme/gadgets", budget={"requests": 100_000})["proxy_handle"]
        sessions = [fleet.session(), fleet.session("acme/gadgets")]
        asks = []
        for replica in fleet.replicas:
            asks += [lambda r=replica: token(r, sessions[0]),
                     lambda r=replica: operation(r, sessions[1], "acme/gadgets"),
                     lambda r=replica: r.token_of("w-1", self.workspace),
                     lambda r=replica: r.token_for("acme/widgets", permissions="metadata:read"),
                     lambda r=replica: r.ask("POST", ROUTE, body={"proxy_handle": self.handle, "operation": "repos/get"})]
        self._threads = [threading.Thread(target=self._ask, args=(ask,)) for ask in asks]

    def _ask(self, ask) -> None:
        while not self._end.is_set():
            begun = time.monotonic()
            answer = ask()
            if answer.status == 200:
                self.successes.append(begun)
                if "token" in answer.body:
                    self.tokens.add(answer.body["token"])
            elif answer.status == 403:
                self.refusals.append(begun)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        for thread in self._threads:
            thread.join()


def refused_everywhere(fleet, load, session) -> None:
    for replica in fleet.replicas:
        for answer in (token(replica, session), operation(replica, session), replica.token_of("w-1", load.workspace),
                       replica.token_for("acme/widgets"),
                       replica.ask("POST", ROUTE, body={"proxy_handle": load.handle, "operation": "repos/get"})):
            assert (answer.status, answer.body["error"]) == (403, "forbidden"), answer.text
            assert "is stopped by an operator" in answer.body["message"]
            assert answer.body["fix"] == "operator"


def test_everything_is_stopped_on_all_replicas_within_a_second_and_stays_so(fleet, environment, sandbox, redis):
    session = fleet.session()
    with Load(fleet) as load:
        until(lambda: len(load.successes) > 300, "the load to run")
        pulled = time.monotonic()
        done = CommandLine(fleet.replicas[1], environment).run("revoke", "--all", "--reason", "an exercise")
        until(lambda: sum(begun > pulled + AT_MOST for begun in load.refusals) > 300, "the load to be refused")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    last = max(load.successes) - pulled
    print(f"the last request that succeeded was begun {1000 * last:.0f} ms after the command")
    assert last < AT_MOST
    # The same token may have been taken back by several replicas.
    assert load.tokens and sandbox.totals["tokens_revoked"] >= len(load.tokens)
    for each in load.tokens:
        assert sandbox.rest("GET", "/repos/acme/widgets", each).status == 401
    assert "3 of 3 replicas have taken back" in done.stdout and "not revoked" not in done.stdout
    refused_everywhere(fleet, load, session)

    mints = sandbox.mints
    for replica in fleet.replicas:
        replica.stop()
    redis.ask("FLUSHALL")
    for replica in fleet.replicas:
        replica.start()
    refused_everywhere(fleet, load, session)
    assert sandbox.mints == mints
    opened = fleet.replicas[2].ask("POST", "/v1/sessions", bearer=fleet.issuer.jwt(repository="acme/widgets"))
    assert (opened.status, opened.body["error"]) == (403, "forbidden")

    CommandLine(fleet.replicas[2], environment).output("revocations", "lift", done.stdout.split()[0])
    until(lambda: all(token(replica, session).status == 200 for replica in fleet.replicas), "the fleet to go on")
    assert not load.tokens & {token(replica, session).body["token"] for replica in fleet.replicas}


def test_a_repository_is_stopped_and_the_others_are_not(fleet, sandbox):
    widgets, gadgets = fleet.session(), fleet.session("acme/gadgets")
    stopped = {token(replica, widgets).body["token"] for replica in fleet.replicas}
    kept = {token(replica, gadgets, "acme/gadgets").body["token"] for replica in fleet.replicas}
    one = fleet.replicas[0]
    answer = one.ask("POST", "/admin/revocations", bearer=one.admin_token, body={"repository": "Acme/Widgets"})
    assert answer.status == 201, answer.text
    until(lambda: all(token(replica, widgets).status == 403 for replica in fleet.replicas), "all to know")
    for each in stopped:
        assert sandbox.rest("GET", "/repos/acme/widgets", each).status == 401
    for each in kept:
        assert sandbox.rest("GET", "/repos/acme/gadgets", each).status == 200
    assert {token(replica, gadgets, "acme/gadgets").body["token"] for replica in fleet.replicas} == kept
    # Under another name it is the same repository.
    sandbox.rename("acme/widgets", "gizmos")
    workspace = fleet.replicas[1].create_workspace("w-2", ["acme/gizmos"], {"contents": "read"})
    assert fleet.replicas[1].token_of("w-2", workspace).body["error"] == "forbidden"


def test_a_token_of_a_replica_that_is_gone_is_taken_back_by_those_that_are_left(fleet, sandbox, redis):
    widgets, gadgets = fleet.session(), fleet.session("acme/gadgets")
    one, two = fleet.replicas[:2]
    stopped, kept = token(one, widgets).body["token"], token(one, gadgets, "acme/gadgets").body["token"]
    one.process.kill()
    keys = redis.ask("KEYS", "hubwarden:v1:*:token").split()
    answer = two.ask("POST", "/admin/revocations", bearer=two.admin_token, body={"repository": "acme/widgets"})
    assert answer.status == 201, answer.text
    until(lambda: sandbox.rest("GET", "/repos/acme/widgets", stopped).status == 401, "the token to be taken back")
    assert 0 < len(redis.ask("KEYS", "hubwarden:v1:*:token").split()) < len(keys)
    assert sandbox.rest("GET", "/repos/acme/gadgets", kept).status == 200
    assert token(two, gadgets, "acme/gadgets").body["token"] == kept

    def told():
        return two.ask("GET", f"/admin/revocations/{answer.body['id']}", bearer=two.admin_token).body["replicas"]

    until(lambda: sum(each["tokens_revoked"] for each in told()) > 0, "it to be told")
    assert not any(each["left_over"] for each in told()), told()


def test_who_has_the_tokens_of_a_replica_that_is_gone_is_known_to_those_that_are_left(fleet, sandbox):
    widgets, gadgets = fleet.session(), fleet.session("acme/gadgets")
    one, two, three = fleet.replicas
    stopped, kept = token(one, widgets).body["token"], token(one, gadgets, "acme/gadgets").body["token"]
    # Somebody else has the same one, from a replica that did not give it to the agent.
    workspace = one.create_workspace("w-1", ["acme/widgets"], {"contents": "read"})
    until(lambda: three.token_of("w-1", workspace).body.get("token") == stopped, "the workspace to be known and to have it")
    until(lambda: one.metric("hubwarden_shared_holdings_total", outcome="noted") == 4, "two sessions and agents to be noted")
    one.process.kill()
    answer = two.ask("POST", "/admin/revocations", bearer=two.admin_token, body={"agent": "acme/widgets"})
    assert answer.status == 201, answer.text
    assert sandbox.rest("GET", "/repos/acme/widgets", stopped).status == 401
    assert sandbox.rest("GET", "/repos/acme/gadgets", kept).status == 200
    told = two.ask("GET", f"/admin/revocations/{answer.body['id']}", bearer=two.admin_token).body["replicas"]
    assert any(each["tokens_revoked"] == 1 for each in told) and not any(each["left_over"] for each in told), told

    def another():
        given = three.token_of("w-1", workspace).body["token"]
        return given != stopped and sandbox.rest("GET", "/repos/acme/widgets", given).status == 200

    until(another, "whoever else had it to have another")
    assert token(two, gadgets, "acme/gadgets").body["token"] == kept


def test_a_session_gives_itself_back_and_its_grants_end_everywhere(fleet, sandbox):
    session = fleet.session()
    grant = fleet.replicas[0].ask("POST", "/v1/grants", bearer=session,
                                  body={"repositories": ["acme/widgets"], "permissions": "contents:read"}).body
    secrets.tell("grant", grant["token"])
    given = token(fleet.replicas[1], grant["token"]).body["token"]
    assert fleet.replicas[2].ask("POST", f"/v1/grants/{grant['id']}:revoke", bearer=session).status == 204
    until(lambda: all(token(r, grant["token"]).status == 401 for r in fleet.replicas), "the grant to be over")
    until(lambda: sandbox.rest("GET", "/repos/acme/widgets", given).status == 401, "its token to be taken back")
    assert token(fleet.replicas[0], session).status == 200
    of_nobody = fleet.replicas[0].ask("POST", "/v1/sessions/0000000000000000:revoke", bearer=session)
    assert (of_nobody.status, of_nobody.body["error"]) == (401, "unauthenticated")


def test_an_agent_is_stopped_with_all_its_sessions_and_begins_no_other(command, alone, sandbox):
    (broker,) = alone.replicas
    one, other = alone.session(), alone.session("acme/gadgets")
    given = token(broker, one).body["token"]
    shown = command.output("revoke", "--agent", "acme/widgets", "--reason", "it is too curious")
    revocation = shown.split()[0]
    assert shown == (f"{revocation} revoked: agent acme/widgets\n"
                     "1 of 1 replicas have taken back 1 tokens\n")
    assert sandbox.rest("GET", "/repos/acme/widgets", given).status == 401
    refused = token(broker, one)
    assert (refused.status, refused.body["message"]) == (
        403, f'agent "acme/widgets" is stopped by an operator (revocation {revocation})')
    assert broker.ask("POST", "/v1/sessions", bearer=alone.issuer.jwt(repository="acme/widgets")).status == 403
    assert token(broker, other, "acme/gadgets").status == 200
    line = command.output("revocations", "list").strip()
    assert line.startswith(f"{revocation} agent acme/widgets since ") and line.endswith("by admin: it is too curious")
    told = json.loads(command.output("revocations", "show", revocation))
    assert [each["tokens_revoked"] for each in told["replicas"]] == [1]
    broker.restart()
    assert token(broker, one).status == 403
    command.environment["HUBWARDEN_URL"] = broker.address
    command.output("revocations", "lift", revocation)
    assert token(broker, one).status == 200


def test_what_github_does_not_take_back_is_told_and_tried_again(command, alone, sandbox):
    (broker,) = alone.replicas
    session = alone.session()
    given = token(broker, session).body["token"]
    sandbox.break_next("status", TAKE_BACK, status=503, count=1)
    done = command.run("revoke", "--repository", "acme/widgets")
    assert done.returncode == 1
    assert "1 of 1 replicas have taken back 0 tokens" in done.stdout
    fingerprint = broker.logged("github.token_handed_out")[-1]["fingerprint"]
    assert f"not revoked: {fingerprint} until " in done.stdout and "it is tried again" in done.stdout
    assert token(broker, session).status == 403
    until(lambda: sandbox.rest("GET", "/repos/acme/widgets", given).status == 401, "it to be taken back")


def test_an_app_is_stopped_by_its_name(command, alone, sandbox):
    (broker,) = alone.replicas
    session = alone.session()
    given = token(broker, session).body["token"]
    assert command.run("revoke", "--app", "nobody").returncode == 1
    command.output("revoke", "--app", str(sandbox.app))
    assert token(broker, session).status == 403
    assert sandbox.rest("GET", "/repos/acme/widgets", given).status == 401


def test_it_has_to_be_said_what(command):
    for wrong in (["revoke"], ["revoke", "--all", "--agent", "x"], ["revoke", "--reason", "x"]):
        assert command.run(*wrong).returncode == 2, wrong
    assert command.run("revocations", "lift", "0123456789abcdef").returncode == 1
