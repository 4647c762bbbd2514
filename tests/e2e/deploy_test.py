"""The parts of deploy/compose/ at work, on loopback and without containers: its nginx in front of two replicas with its
configuration, a Redis with its one user, a PostgreSQL, and the secrets that `prepare` makes."""

import contextlib
import json
import re
import ssl
import subprocess
import sys

import pytest
import yaml

from support import programs, secrets
from support.http_client import ask, with_query
from support.process import Process
from support.waiting import until

sys.path.insert(0, str(programs.ROOT / "scripts/fleet"))
import servers as fleet  # noqa: E402  (it is the demonstration's own)

COMPOSE = programs.ROOT / "deploy/compose"
REQUESTS = 100


class Compose:
    def __init__(self, sandbox, private, output, environment, stack):
        self.sandbox, self.output, self.environment, self.stack = sandbox, output, environment, stack
        self.secrets = private / "compose"
        self.secrets.mkdir()
        self.parts = fleet.Servers(programs.build_directory() / "bin", self.secrets, stack)
        # What it has made of the secrets stays as it is.
        self.parts.start_postgresql()
        subprocess.run([COMPOSE / "prepare", sandbox.key_file, "localhost", self.secrets], check=True, timeout=60)
        for name in ("admin-token", "redis-password", "records-password", "tls-key"):
            secrets.tell(name, (self.secrets / name).read_text().strip())
        self.redis_port = fleet.free_port()
        self.parts.start("redis", ["redis-server", "--port", self.redis_port, "--bind", "127.0.0.1", "--save", "",
                                   "--dir", self.secrets, "--aclfile", self.secrets / "redis-users"],
                         lambda: fleet.answers(self.redis_port))
        self.replicas = [self.start_replica(number) for number in (1, 2)]
        self.port = fleet.free_port()
        self.start_nginx()

    def start_replica(self, number) -> Process:
        text = (COMPOSE / "hubwarden.yaml").read_text().replace("/run/secrets", str(self.secrets))
        for there, here in {"redis:6379": f"127.0.0.1:{self.redis_port}", "0.0.0.0:8080": "127.0.0.1:0",
                            "postgresql:5432/hubwarden": f"127.0.0.1:{self.parts.postgresql_port}/postgres"}.items():
            assert there in text
            text = text.replace(there, here)
        configuration = yaml.safe_load(text)
        configuration["github"] |= {"client_id": self.sandbox.client_id, "api_url": self.sandbox.url}
        configuration["listen"]["trusted_proxies"] = ["127.0.0.1"]
        file, ready = self.secrets / f"hubwarden-{number}.yaml", self.secrets / f"hubwarden-{number}.ready"
        file.write_text(json.dumps(configuration))
        command = [programs.find("hubwarden"), "serve", "--config", file, "--i-know", "--ready-file", ready]
        started = Process(command, self.environment, self.output / f"hubwarden-{number}.log", ready)
        self.stack.callback(started.stop)
        return started

    def start_nginx(self):
        text = (COMPOSE / "nginx.conf").read_text().replace("/tmp/", f"{self.secrets}/")
        for number, replica in enumerate(self.replicas, 1):
            text = text.replace(f"hubwarden-{number}:8080", f"127.0.0.1:{replica.ready['ports'][0]}")
        text = text.replace("/run/secrets", str(self.secrets)).replace("listen 8443", f"listen 127.0.0.1:{self.port}")
        (self.secrets / "nginx.conf").write_text(text)
        self.parts.start("nginx", ["nginx", "-e", "stderr", "-c", self.secrets / "nginx.conf", "-g", "daemon off;"],
                         lambda: fleet.answers(self.port))

    def ask(self, path, **more):
        trusted = ssl.create_default_context(cafile=str(self.secrets / "tls-certificate"))
        answer = ask(f"https://localhost:{self.port}", "GET", path, tls=trusted, **more)
        if answer.status == 200 and b'"token":' in answer.raw:
            secrets.tell("token", answer.body["token"])
        return answer

    def token(self):
        query = {"repo": "acme/widgets", "permissions": "contents:read"}
        return self.ask(with_query("/admin/github-installation-token", query),
                        bearer=(self.secrets / "admin-token").read_text().strip())

    def redis(self, *words, user="hubwarden") -> str:
        login = {"REDISCLI_AUTH": (self.secrets / "redis-password").read_text().strip()} if user else {}
        named = ["--user", user] if user else []
        return subprocess.run(["redis-cli", "-p", str(self.redis_port), *named, *words], env=self.environment | login,
                              capture_output=True, text=True, timeout=30, check=False).stdout


@pytest.fixture
def compose(sandbox, private, output, environment):
    with contextlib.ExitStack() as stack:
        yield Compose(sandbox, private, output, environment, stack)


def test_its_parts_serve_as_one_through_nginx(compose, sandbox):
    answers = [compose.token() for _ in range(10)]
    assert {answer.status for answer in answers} == {200}, answers[0].text
    assert len({answer.body["token"] for answer in answers}) == sandbox.mints == 1
    assert answers[0].fields.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    assert compose.ask("/readyz").body["checks"]["redis"] == "ok"
    assert compose.ask("/metrics").status == 404


def test_a_workspace_is_made_as_the_guide_says(compose, private):
    done = subprocess.run(
        [programs.find("hubwarden"), "workspace", "create", "agent-7", "-r", "acme/widgets", "-p", "contents:write",
         "--token-file", private / "agent-7.token", "--url", f"https://localhost:{compose.port}", "--ca-file",
         compose.secrets / "tls-certificate", "--admin-token-file", compose.secrets / "admin-token"],
        env=compose.environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    token = (private / "agent-7.token").read_text().strip()
    secrets.tell("workspace-token", token)
    path = "/workspaces/agent-7/github-installation-token"
    # By whichever replica nginx asks: the other one hears of it.
    until(lambda: [compose.ask(path, bearer=token).status for _ in range(4)] == [200] * 4, "both to know the workspace")


def test_a_replica_that_dies_is_not_noticed(compose):
    assert compose.token().status == 200
    compose.replicas[0].kill()
    assert [compose.token().status for _ in range(REQUESTS)] == [200] * REQUESTS
    until(lambda: compose.ask("/readyz").status == 200, "the other to be asked")


def test_limits_count_the_caller_that_nginx_sees_and_not_the_one_that_is_claimed(compose):
    """Each claims to be somebody else; all of them are one."""
    statuses = [compose.ask("/workspaces/agent-7/github-installation-token", bearer="wrong",
                            fields={"X-Forwarded-For": f"192.0.2.{number}"}).status for number in range(140)]
    assert set(statuses) == {401, 429}


def test_redis_has_one_user_who_can_do_no_harm(compose):
    assert compose.token().status == 200
    assert "NOAUTH" in compose.redis("PING", user=None)
    assert compose.redis("PING") == "PONG\n"
    for words in (["FLUSHALL"], ["KEYS", "*"], ["CONFIG", "GET", "*"], ["SET", "other", "1"], ["PUBLISH", "other", "1"]):
        assert compose.redis(*words).startswith("NOPERM"), words
    assert re.findall(r"^hubwarden:v1:", compose.redis("--scan"), re.MULTILINE)
