"""What callers of the token routes are told when a mint or a look-up fails, for each failure of docs/github-facts.md."""

import dataclasses
import pathlib
import tempfile

import pytest

from support import programs
from support.broker import Broker
from support.sandbox import LOOK_UP, MINT, Sandbox
from support.waiting import until

TIMEOUT = 2  # seconds that GitHub has here for an answer; a route has one more


@dataclasses.dataclass
class World:
    sandbox: Sandbox
    broker: Broker
    repositories: int = 0

    def new_repository(self) -> str:
        """With a scope of its own: what is remembered of other failures does not touch it."""
        self.repositories += 1
        name = f"acme/repository-{self.repositories}"
        self.sandbox.control("POST", "/repositories", {"owner": "acme", "name": name.removeprefix("acme/")})
        return name


@pytest.fixture(scope="module")
def processes():
    with tempfile.TemporaryDirectory(prefix="e2e_") as directory:
        folder = pathlib.Path(directory)
        for name in ("home", "private"):
            folder.joinpath(name).mkdir(mode=0o700)
        output = programs.output_folder("failures_test", folder)
        where = (folder / "private", output, programs.clean_environment(folder / "home"))
        with Sandbox(*where) as sandbox, Broker(*where, sandbox) as broker:
            broker.configure(github={"request_timeout": f"{TIMEOUT}s"}, limits={"request_timeout": f"{TIMEOUT + 1}s"})
            broker.start()
            yield World(sandbox, broker)


@pytest.fixture
def world(processes):
    sandbox = processes.sandbox
    arrived = sandbox.arrived
    yield processes
    # The answer of one that was given up would count for the next test.
    until(lambda: sandbox.answered == sandbox.arrived - arrived, "the last answer")
    sandbox.control("POST", "/reset", {"settings": True})


# GitHub's messages, by the sections of the facts page

EXPIRED = (
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
)
TOO_FAR = "'Expiration time' claim ('exp') is too far in the future"
ISSUED = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
ISSUER = "'Issuer' claim ('iss') must be an Integer"
UNDECODABLE = "A JSON web token could not be decoded"
SUSPENDED = "This installation has been suspended"
NO_REPOSITORY = (
    "There is at least one repository that does not exist or is not accessible to the parent installation."
)
NO_PERMISSION = "The permissions requested are not granted to this installation."
NO_LEVEL = "The level of access for permissions requested are not granted to this installation."


def status(number: int, message: str, **more) -> dict:
    return {"kind": "status", "status": number, "message": message, **more}


def told(error: str, fix: str, says: str = "", http: int = 500, **fields) -> dict:
    """What the caller sees: `says` stands in the message, `fields` beside it."""
    return {"error": error, "fix": fix, "says": says, "http": http, **fields}


JWT_FAILURES = {
    "the clock is behind": (status(401, EXPIRED, count=2), told("upstream_auth", "operator", "clock")),
    "the clock is ahead": (status(401, TOO_FAR, count=2), told("upstream_auth", "operator", "clock")),
    "issued in the future": (status(401, ISSUED, count=2), told("upstream_auth", "operator", "clock")),
    "wrong issuer": (status(401, ISSUER), told("upstream_auth", "operator", "App id")),
    "wrong key": (status(401, UNDECODABLE), told("upstream_auth", "operator", "private key")),
    "bad credentials": (status(401, "Bad credentials"), told("upstream_auth", "operator")),
}

EVERYWHERE = {
    "suspended": (status(403, SUSPENDED), told("installation_suspended", "operator", "suspended")),
    "IP allow list": ({"kind": "ip_allow_list"}, told("forbidden", "operator", "IP allow list")),
    "some other 403": (status(403, "No."), told("forbidden", "operator")),
    "not found": (status(404, "Not Found"), told("app_not_installed", "operator")),
    "primary limit": (
        {"kind": "primary_limit", "retry_after": 50},
        told("rate_limited", "wait", limit="primary", upstream_status=403, at_most=50),
    ),
    "secondary limit": (
        {"kind": "secondary_limit", "retry_after": 37},
        told("rate_limited", "wait", limit="secondary", upstream_status=403, at_most=37),
    ),
    "secondary limit as 429": (
        status(429, "You have exceeded a secondary rate limit.", retry_after=21),
        told("rate_limited", "wait", limit="secondary", upstream_status=429, at_most=21),
    ),
    "secondary limit that names no time": (
        status(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."),
        told("rate_limited", "wait", limit="secondary", at_most=60),
    ),
    "abuse detection": (
        status(403, "You have triggered an abuse detection mechanism. Please wait."),
        told("rate_limited", "wait", limit="secondary", at_most=60),
    ),
    "failed logins": ({"kind": "failed_login_limit"}, told("rate_limited", "wait", at_most=60)),
    "server error": (status(500, "Server Error"), told("upstream_unavailable", "wait", upstream_status=500)),
    "bad gateway": (status(502, "Server Error"), told("upstream_unavailable", "wait", upstream_status=502)),
    "maintenance": (
        status(503, "Down for maintenance", retry_after=12),
        told("upstream_unavailable", "wait", upstream_status=503, at_most=12),
    ),
    "unicorn": ({"kind": "unicorn"}, told("upstream_unavailable", "wait", upstream_status=503)),
    "blocked": (status(451, "Repository access blocked"), told("blocked", "github", upstream_status=451)),
    "unheard of": (status(418, "I'm a teapot"), told("upstream_protocol", "github", upstream_status=418)),
    "cut": ({"kind": "cut_body", "count": 9}, told("upstream_protocol", "github")),
}

MINT_FAILURES = {
    "malformed": (status(400, "Problems parsing JSON"), told("upstream_protocol", "github", upstream_status=400)),
    "no object": (status(400, "Body should be a JSON object"), told("upstream_protocol", "github")),
    "repository not there": (status(422, NO_REPOSITORY), told("app_not_installed", "operator", "repository")),
    "permission not there": (status(422, NO_PERMISSION), told("permission_not_granted", "operator", "contents:read")),
    "level not there": (status(422, NO_LEVEL), told("permission_not_granted", "operator", "contents:read")),
    "some other 422": (status(422, "Validation Failed"), told("upstream_protocol", "github", upstream_status=422)),
    "late": ({"kind": "latency", "latency": f"{TIMEOUT + 2}s"}, told("upstream_timeout", "wait")),
    "answer lost": ({"kind": "lost_answer"}, told("upstream_unavailable", "wait", upstream_status=502)),
}


LOOK_UP_FAILURES = {
    "late": ({"kind": "latency", "latency": f"{TIMEOUT + 2}s"}, told("upstream_timeout", "wait", deadline="the route's")),
}


def check(answer, expected: dict, fault: dict) -> None:
    body = answer.body
    assert (answer.status, body["error"], body["fix"]) == (expected["http"], expected["error"], expected["fix"]), body
    assert expected["says"] in body["message"]
    assert body["request_id"] == answer.fields["X-Request-Id"]
    assert answer.fields["Cache-Control"] == "no-store"
    for name in ("limit", "upstream_status"):
        if name in expected:
            assert body[name] == expected[name]
    if fault["kind"] == "status":
        assert body["upstream_status"] == fault["status"]
        assert body["detail"] == fault["message"]
    # A caller's own deadline says nothing about when to ask again.
    if "deadline" in expected:
        return
    # When it makes sense to ask again, for machines twice.
    assert 1 <= body["retry_after"] <= expected.get("at_most", 30)
    assert answer.fields["Retry-After"] == str(body["retry_after"])
    if "at_most" in expected:
        assert body["retry_after"] >= expected["at_most"] - 5


@pytest.mark.parametrize("fault, expected", (rows := JWT_FAILURES | EVERYWHERE | MINT_FAILURES).values(), ids=rows.keys())
def test_a_mint_that_fails_is_told_with_its_code(world, fault, expected):
    repository = world.new_repository()
    world.sandbox.break_next(route=MINT, **fault)
    check(world.broker.token_for(repository), expected, fault)


@pytest.mark.parametrize("fault, expected", (rows := JWT_FAILURES | EVERYWHERE | LOOK_UP_FAILURES).values(), ids=rows.keys())
def test_a_look_up_that_fails_is_told_with_its_code(world, fault, expected):
    repository = world.new_repository()
    tried = world.broker.metric("hubwarden_mint_seconds_count") + world.broker.metric("hubwarden_mint_failures_total")
    world.sandbox.break_next(route=LOOK_UP, **fault)
    check(world.broker.token_for(repository), expected, fault)
    now = world.broker.metric("hubwarden_mint_seconds_count") + world.broker.metric("hubwarden_mint_failures_total")
    assert now == tried


@pytest.mark.parametrize("route", [MINT, LOOK_UP], ids=["mint", "look-up"])
def test_a_failure_is_shared_by_all_who_ask_until_its_time_is_over(world, route):
    repository = world.new_repository()
    world.sandbox.break_next("secondary_limit", route, retry_after=37)
    first = world.broker.token_for(repository).body
    asked = world.sandbox.count(route)
    for _ in range(5):
        body = world.broker.token_for(repository).body
        assert (body["error"], body["message"]) == (first["error"], first["message"])
        assert body["retry_after"] <= first["retry_after"]
    assert world.sandbox.count(route) == asked


@pytest.mark.parametrize("route", [MINT, LOOK_UP], ids=["mint", "look-up"])
def test_trouble_that_passes_is_over_within_seconds(world, route):
    repository = world.new_repository()
    world.sandbox.break_next("unicorn", route)
    assert world.broker.token_for(repository).status == 500
    until(lambda: world.broker.token_for(repository).status == 200, "the next attempt")
    assert world.sandbox.count(route) == 2


def test_a_github_that_is_not_there_is_unavailable(broker, sandbox):
    broker.start()
    sandbox.process.kill()
    body = broker.token_for("acme/widgets").body
    assert (body["error"], body["fix"]) == ("upstream_unavailable", "wait")
    assert "upstream_status" not in body


# Clocks


@pytest.mark.parametrize("skew", ["-20m", "-90s", "90s", "20m"])
def test_a_clock_that_is_wrong_is_put_right_by_githubs_date(running, sandbox, skew):
    sandbox.change_settings(clock_skew=skew)
    answer = running.token_for("acme/widgets")
    assert answer.status == 200, answer.text
    assert running.token_for("acme/gadgets").status == 200
    # At most one request went out with the wrong time.
    assert sandbox.control("GET", "/counters")["routes"][LOOK_UP].get("401", 0) <= 1
    assert sandbox.control("GET", "/counters")["routes"][MINT] == {"201": 2}


# The same from the world's own state, not from a fault


def test_a_key_that_was_deleted_at_github(broker, sandbox):
    sandbox.forget_key()
    answer = broker.start().token_for("acme/widgets")
    assert (answer.status, answer.body["error"]) == (500, "upstream_auth")
    assert answer.body["detail"] == UNDECODABLE


def test_an_app_id_that_belongs_to_another_key(broker):
    broker.configure(github={"app_id": 999})
    assert broker.start().token_for("acme/widgets").body["error"] == "upstream_auth"


def test_a_client_id_works_in_the_app_ids_place(broker, sandbox):
    sandbox.change_settings(quoted_issuer="refuse")
    broker.configure(github={"app_id": None, "client_id": sandbox.client_id})
    assert broker.start().token_for("acme/widgets").status == 200


def test_an_app_id_works_where_a_quoted_one_is_refused(broker, sandbox):
    sandbox.change_settings(quoted_issuer="refuse")
    assert broker.start().token_for("acme/widgets").status == 200


@pytest.mark.parametrize("permissions", ["administration:read", "no_such_permission:read"])
def test_a_permission_that_the_installation_lacks(running, permissions):
    answer = running.token_for("acme/widgets", permissions=permissions)
    assert (answer.status, answer.body["error"]) == (500, "permission_not_granted")
    assert permissions in answer.body["message"]


def test_a_level_that_the_installation_lacks(running, sandbox):
    sandbox.change_installation(permissions={"contents": "read"})
    assert running.token_for("acme/widgets", permissions="contents:write").body["error"] == "permission_not_granted"


def test_a_repository_that_the_installation_was_not_given(running, sandbox):
    sandbox.change_installation(repositories=["gadgets"])
    assert running.token_for("acme/widgets").body["error"] == "app_not_installed"
    assert running.token_for("acme/gadgets").status == 200


def test_one_bad_repository_fails_the_whole_mint(running, sandbox):
    assert running.token_for("acme/widgets").status == 200
    answer = running.token_as_admin(repo=["acme/widgets", "acme/no-such"], permissions="contents:read")
    assert answer.body["error"] == "app_not_installed"


def test_an_installation_that_another_app_owns(running, sandbox):
    other = sandbox.create_app("another", {"contents": "read"})
    installation = sandbox.install(app=other["id"])
    answer = running.token_as_admin(installation=installation, permissions="contents:read")
    assert (answer.status, answer.body["error"]) == (500, "app_not_installed")


# What is the caller's own doing


@pytest.mark.parametrize("query", [
    {"repo": "acme"},
    {"repo": "acme/.."},
    {"repo": "acme/widgets/x"},
    {"repo": "acme/wid gets"},
    {"repo": ["acme/widgets", "globex/gadgets"]},
    {"repo": "acme/widgets", "permissions": ""},
    {"repo": "acme/widgets", "permissions": "contents"},
    {"repo": "acme/widgets", "permissions": "contents:everything"},
    {"repo": "acme/widgets", "min_ttl": "56m"},
    {"repo": "acme/widgets", "min_ttl": "20"},
    {"repo": "acme/widgets", "installation": "1"},
    {"installation": "0"},
    {"installation": "x"},
    {"repository": "acme/widgets"},
])
def test_a_question_that_makes_no_sense_is_the_callers(world, query):
    asked = world.sandbox.totals["rest_requests"]
    answer = world.broker.token_as_admin(**query)
    assert (answer.status, answer.body["error"], answer.body["fix"]) == (400, "invalid_request", "caller")
    assert "retry_after" not in answer.body
    assert world.sandbox.totals["rest_requests"] == asked


def test_a_caller_who_is_nobody_is_unauthenticated(world):
    broker = world.broker
    bearer = broker.create_workspace("someone", ["acme/widgets"], {"contents": "read"})
    broker.create_workspace("another", ["acme/widgets"], {"contents": "read"})
    admin, own = "/admin/github-installation-token", "/workspaces/someone/github-installation-token"
    for path, presented in [
        (admin, None), (admin, ""), (admin, "x"), (admin, broker.admin_token[:-1]), (admin, bearer),
        (own, None), (own, broker.admin_token), (own, bearer[:-1] + ("A" if bearer[-1] != "A" else "B")),
        ("/workspaces/another/github-installation-token", bearer),
        ("/workspaces/nobody/github-installation-token", bearer),
    ]:
        answer = broker.ask("GET", path, bearer=presented)
        assert (answer.status, answer.body["error"]) == (401, "unauthenticated"), path
        assert "WWW-Authenticate" in answer.fields
    for fields in [{"Cookie": f"token={bearer}"}, {"Origin": broker.address}, {"Referer": broker.address},
                   {"X-Forwarded-For": "127.0.0.1"}, {"Authorization": f"Basic {bearer}"}]:
        assert broker.ask("GET", own, fields=fields).status == 401
    assert broker.token_of("someone", bearer).status == 200


def test_a_workspace_that_asks_for_more_than_it_has_is_forbidden(world):
    bearer = world.broker.create_workspace("reader", ["acme/widgets"], {"contents": "read"})
    for query in [{"repo": "acme/gadgets"}, {"permissions": "contents:write"}, {"permissions": "issues:read"},
                  {"installation": world.sandbox.installation}]:
        answer = world.broker.token_of("reader", bearer, **query)
        assert (answer.status, answer.body["error"], answer.body["fix"]) == (403, "forbidden", "caller"), query
    answer = world.broker.token_of("reader", bearer)
    assert answer.body["permissions"] == {"contents": "read", "metadata": "read"}
    assert answer.body["repositories"] == ["acme/widgets"]


def test_without_an_app_nothing_is_configured(broker):
    broker.configure(github={key: None for key in ("app_id", "private_key", "installation_id")})
    broker.start()
    answer = broker.token_for("acme/widgets")
    assert (answer.status, answer.body["error"], answer.body["fix"]) == (404, "not_configured", "operator")


def test_a_host_that_has_no_app_is_not_configured(world):
    answer = world.broker.token_for("acme/widgets", host="github.example.com")
    assert (answer.status, answer.body["error"]) == (404, "not_configured")
