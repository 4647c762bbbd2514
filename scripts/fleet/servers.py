"""What a fleet consists of, on loopback: replicas of hubwarden, a Redis, a PostgreSQL and a GitHub, each ended by its pid."""

import contextlib
import http.client
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PATIENCE = 30  # seconds, for what takes one on an idle machine
# initdb and PostgreSQL refuse root; the package makes this user.
POSTGRES_USER = "postgres"


class Broken(Exception):
    """A figure that is not as promised, or a program that does not start."""


def promise(kept, what):
    if not kept:
        raise Broken(what)


def until(condition, what):
    """Milliseconds until the condition holds."""
    begin = time.monotonic()
    while not condition():
        promise(time.monotonic() < begin + PATIENCE, f"waited {PATIENCE} s in vain for {what}")
        time.sleep(0.005)
    return round(1000 * (time.monotonic() - begin))


def ask(port, method, path, bearer="", body=None):
    """The status and the body, as JSON where it is any."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(link):
        fields = {"User-Agent": "fleet", "Content-Type": "application/json", "Authorization": f"Bearer {bearer}"}
        link.request(method, path, None if body is None else json.dumps(body), fields)
        answer = link.getresponse()
        text = answer.read()
    return answer.status, json.loads(text) if text.startswith(b"{") else {}


def write(path, text):
    """For its owner's eyes."""
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """Runs until it is ended by its pid; the kernel ends it when this process dies without a chance to."""

    def __init__(self, name, command, log, *, text=None, environment=None, user=None):
        # In the root, which every user may enter.
        as_user = ["--reuid", user, "--regid", user, "--clear-groups"] if user else []
        self.name, self.log = name, log
        with open(log, "ab") as sink:
            self.process = subprocess.Popen(
                ["setpriv", *as_user, "--pdeathsig", "KILL", *map(str, command)], cwd="/", stdout=sink, stderr=sink,
                stdin=subprocess.DEVNULL if text is None else subprocess.PIPE,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C"} | (environment or {}))
        if text is not None:
            self.process.stdin.write(text.encode())
            self.process.stdin.close()

    def is_up(self, condition):
        if self.process.poll() is not None:
            sys.stderr.write("".join(f"{self.name}: {line}\n" for line in self.log.read_text().splitlines()[-20:]))
            raise Broken(f"{self.name} did not start")
        return condition()

    def end(self, number=signal.SIGTERM):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Servers:
    """All that runs, in folders of its own."""

    def __init__(self, programs, folder, stack):
        self.programs, self.folder, self.stack = programs, folder, stack
        self.admin_token = self.secret("admin-token")

    def secret(self, name):
        text = secrets.token_hex(32)
        write(self.folder / name, text)
        return text

    def start(self, name, command, is_up, **more):
        program = self.launch(name, command, **more)
        until(lambda: program.is_up(is_up), f"{name} to be ready")
        return program

    def launch(self, name, command, stop_by=signal.SIGTERM, **more):
        program = Program(name, command, self.folder / f"{name}.log", **more)
        # The latest first: hubwarden stops before what it asks.
        self.stack.callback(program.end, stop_by)
        return program

    def start_github(self):
        ready = self.folder / "github.json"
        self.start("github", [self.programs / "hubwarden-sandbox", "--seed-demo", "--data", self.folder / "github",
                              "--ready-file", ready], ready.exists)
        self.github = json.loads(ready.read_text())
        self.control_port = int(self.github["control_url"].rpartition(":")[2])

    def start_redis(self):
        """With the one user that hubwarden needs. What holds its password is read from standard input."""
        if not hasattr(self, "redis_port"):
            self.redis_port, self.redis_password = free_port(), self.secret("redis-password")
        settings = [f"port {self.redis_port}", "bind 127.0.0.1", 'save ""', f"dir {self.folder}", "user default off",
                    f"user hubwarden on >{self.redis_password} ~hubwarden:v1:* &hubwarden:v1:* +@all -@dangerous +role"]
        self.redis = self.start("redis", ["redis-server", "-"], lambda: answers(self.redis_port),
                                text="\n".join(settings) + "\n")

    def start_postgresql(self):
        tools = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        promise(tools, "PostgreSQL is not installed")
        user = POSTGRES_USER if os.geteuid() == 0 else None
        # Its user has to reach it, whoever may enter the folder of temporary files.
        place = pathlib.Path(self.stack.enter_context(
            tempfile.TemporaryDirectory(prefix="hubwarden-fleet-", dir="/tmp" if user else None)))
        password = write(place / "password", self.secret("records-password"))
        for path in (place, password) if user else ():
            shutil.chown(path, user)
        making = self.launch("initdb", [tools[-1] / "initdb", "--no-sync", "--username=hubwarden", "--pgdata", place / "data",
                                        "--encoding=UTF8", "--auth=scram-sha-256", f"--pwfile={password}"], user=user)
        promise(making.process.wait(2 * PATIENCE) == 0, "initdb failed:\n" + making.log.read_text())
        self.postgresql_port = free_port()
        # fsync: nothing here is to outlive a loss of power. SIGINT is its fast shutdown, which waits for nobody.
        self.start("postgresql", [tools[-1] / "postgres", "-D", place / "data", "-p", self.postgresql_port,
                                  "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"],
                   lambda: answers(self.postgresql_port), user=user, stop_by=signal.SIGINT)

    def start_replicas(self, count):
        """All at the same moment, and by this thread: the kernel would end them with another that ends."""
        launched = [self.launch_replica(number) for number in range(1, count + 1)]
        replicas = []
        for number, (program, ready) in enumerate(launched, 1):
            until(lambda: program.is_up(ready.exists), f"{program.name} to be ready")
            replicas.append(Replica(number, program, json.loads(ready.read_text())["ports"][0], self.admin_token))
        return replicas

    def launch_replica(self, number):
        name = f"hubwarden-{number}"
        ready = self.folder / f"{name}.json"
        secret = {name: f"file:{self.folder / name}" for name in ("admin-token", "redis-password", "records-password")}
        configuration = {
            "listen": {"tcp": ["127.0.0.1:0"]},
            "github": {name: self.github[name] for name in ("api_url", "client_id", "installation_id")}
            | {"private_key": f"file:{self.github['private_key_file']}"},
            "admin": {"token": secret["admin-token"]},
            "redis": {"url": f"redis://hubwarden@127.0.0.1:{self.redis_port}/0", "password": secret["redis-password"]},
            "records": {"url": f"postgresql://hubwarden@127.0.0.1:{self.postgresql_port}/postgres",
                        "password": secret["records-password"]},
        }
        # JSON is YAML.
        file = write(self.folder / f"{name}.yaml", json.dumps(configuration))
        return self.launch(name, [self.programs / "hubwarden", "serve", "--config", file, "--ready-file", ready]), ready

    def control(self, method, path, body=None):
        status, answer = ask(self.control_port, method, path, body=body)
        promise(status < 300, f"the sandbox answered {status} to {method} {path}")
        return answer

    @property
    def mints(self):
        return self.control("GET", "/counters")["totals"]["tokens_issued"]

    def make_repositories(self, count, name):
        """Scopes that nobody has asked for."""
        for number in range(count):
            self.control("POST", "/repositories", {"owner": "acme", "name": f"{name}-{number}", "files": {"README.md": ""}})
        return [f"acme/{name}-{number}" for number in range(count)]


class Replica:
    def __init__(self, number, program, port, admin_token):
        self.number, self.program, self.port, self.admin_token = number, program, port, admin_token

    def __str__(self):
        return f"replica {self.number}"

    def ask(self, method, path, bearer=None, body=None):
        return ask(self.port, method, path, bearer or self.admin_token, body)

    def token(self, repository):
        path = f"/admin/github-installation-token?repo={repository}&permissions=contents:read"
        status, answer = self.ask("GET", path)
        promise(status == 200, f"{self} answered {status} {answer} instead of a token")
        return answer["token"]
