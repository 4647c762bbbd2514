"""An agent asks, a person agrees, and the agent's retry is done once: with real programs, and with two replicas."""

import contextlib
import hashlib
import hmac
import http.server
import json
import subprocess

import pytest
from support import programs
from support.broker import Broker
from support.issuer import Issuer
from support.postgres import Postgres
from support.servers import Server
from support.waiting import until

ROUTE = "/v1/proxy/github/rest"
CREATE = "POST /repos/{owner}/{repo}/issues"
SECRET = "a secret of the webhook's receiver"

POLICY = """
version: 1
issuers:
  ci: {{url: "{ci.url}", audience: hubwarden, jwks_file: {ci.jwks_file}}}
  sso: {{url: "{sso.url}", audience: hubwarden, jwks_file: {sso.jwks_file}}}
operators:
  maintainers: {{issuer: sso, groups: [github-maintainers]}}
  board: {{issuer: sso, groups: [board]}}
rules:
  - name: reporters
    who: {{issuer: ci}}
    repositories: [acme/widgets]
    may:
      - operations: [create_issue]
        consent: {{from: [{asked}], ttl: 5m}}
"""


class Receiver(http.server.BaseHTTPRequestHandler):
    """What the webhook goes to."""

    def do_POST(self):  # noqa: N802  (http.server's own name)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.owner.received.append((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class World:
    """A policy that asks persons, agents of `ci`, persons of `sso`."""

    def __init__(self, private):
        for name in ("ci", "sso"):
            (private / name).mkdir(mode=0o700)
        self.ci = Issuer(private / "ci", "https://ci.example.com")
        self.sso = Issuer(private / "sso", "https://sso.example.com")
        self.policy = private / "policy.yaml"
        self.jwt_file = private / "ada.jwt"
        self.ask_of("maintainers")

    def ask_of(self, group: str) -> None:
        self.policy.write_text(POLICY.format(ci=self.ci, sso=self.sso, asked=group))

    def ada(self, groups=("github-maintainers",)) -> str:
        return self.sso.jwt(sub="ada", groups=list(groups))

    def ada_in_a_file(self) -> str:
        self.jwt_file.touch(mode=0o600)
        self.jwt_file.write_text(self.ada() + "\n")
        return str(self.jwt_file)


class Agent:
    def __init__(self, broker: Broker, world: World):
        opened = broker.ask("POST", "/v1/sessions", bearer=world.ci.jwt(sub="bot"))
        assert opened.status == 201, opened.text
        self.session = opened.body["token"]

    def report(self, broker: Broker, title: str, key: str | None = "key-1"):
        body = {"repository": "acme/widgets", "operation": "create_issue", "params": {"title": title}}
        fields = {"Idempotency-Key": key} if key else {}
        return broker.ask("POST", ROUTE, bearer=self.session, body=body, fields=fields)

    def ask(self, broker: Broker, title: str, key: str = "key-1") -> str:
        """The id of what has to be approved."""
        waiting = self.report(broker, title, key)
        assert waiting.status == 202, waiting.text
        assert waiting.fields["Location"] == f"/v1/approvals/{waiting.body['approval']['id']}"
        return waiting.body["approval"]["id"]


@pytest.fixture
def world(private):
    return World(private)


@pytest.fixture
def guarded(broker, world):
    broker.configure(policy={"path": str(world.policy)})
    return broker.start()


@pytest.fixture
def command(guarded, environment):
    """`hubwarden approvals …` as the operator, unless it is told otherwise; what it prints."""
    operator = environment | {"HUBWARDEN_URL": guarded.address,
                              "HUBWARDEN_ADMIN_TOKEN_FILE": str(guarded.private / "admin-token")}

    def run(*arguments: str, status: int = 0) -> str:
        done = subprocess.run([programs.find("hubwarden"), "approvals", *arguments], env=operator, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout if status == 0 else done.stderr
    return run


def decide(broker: Broker, approval: str, what: str, bearer: str, **body):
    return broker.ask("POST", f"/v1/approvals/{approval}:{what}", bearer=bearer, body=body or None)


def test_a_persons_yes_lets_the_retry_through_once(guarded, world, command, sandbox):
    agent = Agent(guarded, world)
    approval = agent.ask(guarded, "Widgets squeak")
    assert agent.ask(guarded, "Widgets squeak") == approval
    assert sandbox.count(CREATE) == 0 and sandbox.mints == 0
    assert command().startswith(f"{approval} create_issue acme/widgets for bot, pending until ")
    shown = command("show", approval, "--jwt-file", world.ada_in_a_file())
    assert 'rule reporters asks maintainers\n' in shown and 'params: {"title":"Widgets squeak"}' in shown
    said = command("approve", approval, "--reason", "they do", "--jwt-file", world.ada_in_a_file())
    assert f"{approval} create_issue acme/widgets for bot, approved by ada (sso) until " in said
    done = agent.report(guarded, "Widgets squeak")
    assert (done.status, done.body["title"]) == (201, "Widgets squeak")
    again = agent.report(guarded, "Widgets squeak")
    assert (again.status, again.body["number"]) == (201, done.body["number"])
    assert again.fields["Idempotent-Replayed"] == "true"
    assert sandbox.count(CREATE) == 1
    assert json.loads(command("show", approval, "--json"))["state"] == "used"
    assert command("list", "--state", "used").startswith(approval)
    assert command() == ""


def test_nobody_decides_twice_or_for_himself_or_what_is_not_his(guarded, world, command):
    agent = Agent(guarded, world)
    approval = agent.ask(guarded, "x")
    assert decide(guarded, approval, "approve", world.ada(["board"])).status == 404
    assert decide(guarded, approval, "approve", agent.session).status == 403
    assert decide(guarded, approval, "approve", world.ci.jwt(sub="bot")).status == 403
    assert decide(guarded, approval, "deny", world.ada(), reason="no squeaking").body["state"] == "denied"
    again = decide(guarded, approval, "approve", guarded.admin_token)
    assert (again.status, again.body["error"]) == (409, "conflict")
    assert "denied by ada (sso)" in command("approve", approval, status=1)
    refused = agent.report(guarded, "x")
    assert (refused.status, refused.body["error"]) == (403, "forbidden")
    assert "reporters" in refused.body["message"] and "no squeaking" in refused.body["message"]


def test_what_the_policy_says_by_now_counts(guarded, world, sandbox):
    agent = Agent(guarded, world)
    first, second = agent.ask(guarded, "1", "key-1"), agent.ask(guarded, "2", "key-2")
    assert decide(guarded, first, "approve", world.ada()).status == 200
    world.ask_of("board")
    guarded.reload()
    late = decide(guarded, second, "approve", world.ada(["github-maintainers", "board"]))
    assert late.status == 200, late.text
    assert agent.report(guarded, "1", "key-1").body["error"] == "forbidden", "the maintainers are not asked any more"
    assert agent.report(guarded, "2", "key-2").status == 201
    assert sandbox.count(CREATE) == 1


def test_questions_and_answers_outlive_a_restart(guarded, world, sandbox):
    agent = Agent(guarded, world)
    approval = agent.ask(guarded, "Widgets squeak")
    guarded.restart()
    assert decide(guarded, approval, "approve", world.ada()).status == 200
    guarded.restart()
    assert agent.report(guarded, "Widgets squeak").status == 201
    guarded.restart()
    used = agent.report(guarded, "Widgets squeak")
    assert (used.status, used.body["error"]) == (409, "conflict")
    assert sandbox.count(CREATE) == 1


def test_the_webhook_is_signed(broker, world, private):
    secret_file = private / "hook-secret"
    secret_file.touch(mode=0o600)
    secret_file.write_text(SECRET + "\n")
    with Server(Receiver) as receiver:
        receiver.received = []
        hook = {"url": f"http://127.0.0.1:{receiver.port}/hook", "secret": f"file:{secret_file}"}
        broker.configure(policy={"path": str(world.policy)}, approvals={"webhook": hook})
        broker.start()
        approval = Agent(broker, world).ask(broker, "Widgets squeak")
        assert decide(broker, approval, "approve", world.ada()).status == 200
        until(lambda: len(receiver.received) == 2, "both deliveries")
        for (fields, body), event in zip(receiver.received, ("approval.pending", "approval.approved"), strict=True):
            signed = fields["X-Hubwarden-Timestamp"].encode() + b"." + body
            wanted = "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
            assert hmac.compare_digest(fields["X-Hubwarden-Signature-256"], wanted)
            told = json.loads(body)
            assert (told["event"], told["approval"]["id"]) == (event, approval)
            assert "params" not in told["approval"]


def test_the_ledger_has_every_step(guarded, world, environment):
    agent = Agent(guarded, world)
    approval = agent.ask(guarded, "Widgets squeak")
    decide(guarded, approval, "approve", world.ada(), reason="they do")
    assert agent.report(guarded, "Widgets squeak").status == 201
    assert guarded.stop() == 0
    out = subprocess.run([programs.find("hubwarden"), "ledger", "export", "--config", guarded.config_file],
                         env=environment, text=True, capture_output=True, timeout=60, check=True).stdout
    events = [json.loads(line)["event"] for line in out.splitlines()]
    steps = [(event["kind"], event["actor"], event["about"]) for event in events
             if event.get("about", "").startswith("approval ")]
    assert steps == [("approval_asked", "workload", f"approval {approval} pending"),
                     ("approval_decided", "person", f"approval {approval} approved: they do"),
                     ("decision", "workload", f"approval {approval} used")]


def test_two_replicas_agree(private, output, environment, sandbox, world):
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(Postgres(output))
        replicas = []
        for name in ("a", "b"):
            folders = [folder / f"replica-{name}" for folder in (private, output)]
            for folder in folders:
                folder.mkdir(mode=0o700)
            made = Broker(*folders, environment, sandbox)
            made.configure(records={"path": None, "url": postgres.url}, policy={"path": str(world.policy)})
            replicas.append(stack.enter_context(made.start()))
        one, other = replicas
        agent = Agent(one, world)
        approval = agent.ask(one, "Widgets squeak")
        assert agent.ask(other, "Widgets squeak") == approval
        assert decide(other, approval, "approve", world.ada()).status == 200
        assert decide(one, approval, "deny", world.ada()).status == 409
        assert agent.report(one, "Widgets squeak").status == 201
        used = agent.report(other, "Widgets squeak")
        assert (used.status, used.body["error"]) == (409, "conflict")
        assert sandbox.count(CREATE) == 1
