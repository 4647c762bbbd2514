"""The real hubwarden: started with a configuration of the test's, asked as operators and workspaces ask it."""

import json
import pathlib
import re
import secrets as random_secrets
import signal
import subprocess

from support import programs, secrets
from support.http_client import Answer, ask, with_query
from support.process import Process
from support.sandbox import Sandbox
from support.waiting import until

TOKEN = "github-installation-token"


class Broker:
    """`private` holds what it reads its secrets from, `output` its log, records and metric pages for the scan."""

    def __init__(self, private: pathlib.Path, output: pathlib.Path, environment: dict[str, str], sandbox: Sandbox):
        self.private, self.output, self.environment = private, output, dict(environment)
        self.log, self.records = output / "hubwarden.log", output / "records.db"
        self.config_file = private / "hubwarden.yaml"
        self.admin_token = self.new_admin_token()
        self.process: Process | None = None
        self.tls = None
        self._pages = 0
        self.config = {
            "listen": {"tcp": ["127.0.0.1:0"], "unix": [str(private / "hw.sock")]},
            "github": {
                "api_url": sandbox.url,
                "app_id": sandbox.app,
                "private_key": f"file:{sandbox.key_file}",
                "installation_id": sandbox.installation,
            },
            "admin": {"token": f"file:{private / 'admin-token'}"},
            "records": {"path": str(self.records)},
            "log": {"level": "debug", "format": "json"},
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process is not None and self.process.is_running():
            self.keep_metrics()
            self.process.stop()

    # Running it

    def configure(self, **sections) -> None:
        """Changes keys of the configuration: configure(tokens={"floor": "10s"}); None takes one away."""
        for section, keys in sections.items():
            merged = self.config.get(section, {}) | keys if isinstance(keys, dict) else keys
            if isinstance(merged, dict):
                merged = {key: value for key, value in merged.items() if value is not None}
            self.config[section] = merged
        self.write_config()

    def write_config(self) -> None:
        # JSON is YAML; a section to a line, so that problems have a line to name.
        lines = [f"{section}: {json.dumps(keys)}" for section, keys in self.config.items() if keys]
        self.config_file.write_text("\n".join(lines) + "\n")

    def start(self, *before: str) -> "Broker":
        """`before` is a command that runs the one behind it, like setpriv."""
        self.write_config()
        command = [*before, programs.find("hubwarden"), "serve", "--config", self.config_file]
        ready_file = self.private / "hubwarden.ready"
        self.process = Process([*command, "--ready-file", ready_file], self.environment, self.log, ready_file)
        return self

    def try_to_start(self, *arguments: str) -> subprocess.CompletedProcess:
        """For a configuration that is refused; what it says goes to the log, too."""
        command = [programs.find("hubwarden"), *(arguments or ["serve", "--config", str(self.config_file)])]
        done = subprocess.run(command, env=self.environment, cwd=self.private, stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=60, check=False)
        with open(self.log, "a") as log:
            log.write(done.stdout + done.stderr)
        return done

    def stop(self) -> int:
        self.keep_metrics()
        return self.process.stop()

    def restart(self) -> None:
        assert self.stop() == 0
        self.start()

    def new_admin_token(self) -> str:
        token = random_secrets.token_hex(32)
        secrets.tell("admin-token", token)
        file = self.private / "admin-token"
        file.touch(mode=0o600)
        file.write_text(token + "\n")
        self.admin_token = token
        return token

    def reload(self) -> dict:
        """SIGHUP, and the event by which the log answers it."""
        before = len(self.logged("config.reloaded", "config.refused"))
        self.process.signal(signal.SIGHUP)
        return until(lambda: self.logged("config.reloaded", "config.refused")[before:], "the reload")[0]

    # Where it is

    @property
    def address(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.process.ready['ports'][0]}"

    @property
    def socket(self) -> str:
        return f"unix:{self.private / 'hw.sock'}"

    # Asking it

    def ask(self, method: str, path: str, *, address: str | None = None, **more) -> Answer:
        answer = ask(address or self.address, method, path, tls=self.tls, **more)
        if answer.status in (200, 201) and b'"token":' in answer.raw:
            secrets.tell("token", answer.body["token"])
        if answer.status == 201 and b'"proxy_handle":' in answer.raw:
            secrets.tell("proxy-handle", answer.body["proxy_handle"])
        return answer

    def token_as_admin(self, **query) -> Answer:
        return self.ask("GET", with_query(f"/admin/{TOKEN}", query), bearer=self.admin_token)

    def token_for(self, repository: str, **query) -> Answer:
        """As the operator, with contents:read unless `permissions` says otherwise."""
        return self.token_as_admin(**{"repo": repository, "permissions": "contents:read", **query})

    def create_workspace(self, name: str, repositories: list[str], permissions: dict[str, str]) -> str:
        body = {"id": name, "repositories": repositories, "permissions": permissions}
        answer = self.ask("POST", "/admin/workspaces", bearer=self.admin_token, body=body)
        assert answer.status == 201, answer.text
        return answer.body["token"]

    def issue_handle(self, **wish) -> dict:
        """All that hubwarden says of a new handle for acme/widgets, the handle itself (`proxy_handle`) included."""
        answer = self.ask("POST", "/admin/handles", bearer=self.admin_token, body={"repository": "acme/widgets", **wish})
        assert answer.status == 201, answer.text
        return answer.body

    def handle(self, handle_id: str, method: str = "GET") -> Answer:
        return self.ask(method, f"/admin/handles/{handle_id}", bearer=self.admin_token)

    def token_of(self, workspace: str, bearer: str, **query) -> Answer:
        return self.ask("GET", with_query(f"/workspaces/{workspace}/{TOKEN}", query), bearer=bearer)

    # Looking at it

    def metric(self, name: str, **labels: str) -> float:
        """The sum over all series of the name that have these labels."""
        total = 0.0
        for line in self.ask("GET", "/metrics").text.splitlines():
            series, _, value = line.rpartition(" ")
            if re.split(r"[{ ]", series, maxsplit=1)[0] != name:
                continue
            if all(f'{label}="{wanted}"' in series for label, wanted in labels.items()):
                total += float(value)
        return total

    @property
    def token_requests(self) -> int:
        return int(self.metric("hubwarden_token_requests_total"))

    def keep_metrics(self) -> None:
        self._pages += 1
        (self.output / f"metrics-{self._pages}.txt").write_bytes(self.ask("GET", "/metrics").raw)

    def logged(self, *events: str) -> list[dict]:
        """The log's lines of these events so far. A line's writer comes after the answer that it is about."""
        whole = self.log.read_text().rpartition("\n")[0].splitlines()
        found = [json.loads(line) for line in whole if line.startswith("{")]
        names = {(event.partition(".")[0], event.partition(".")[2]) for event in events}
        return [line for line in found if (line.get("component"), line["event"]) in names]

    def wait_for_log(self, event: str, count: int = 1) -> list[dict]:
        """The lines of an event once there are so many."""
        return until(lambda: len(found := self.logged(event)) >= count and found, f"{event} in the log")


class Workspace:
    """A workspace's home, set up with the programs that operators and agents use: its git asks the broker."""

    def __init__(self, broker: Broker, sandbox: Sandbox, home: pathlib.Path, environment: dict[str, str],
                 repositories: list[str], address: str | None = None):
        self.broker, self.sandbox, self.home = broker, sandbox, home
        self.private = home / "private"
        self.private.mkdir(mode=0o700)
        self.token_file = self.private / "workspace-token"
        self.git_config = home / "gitconfig"
        self.environment = environment | {"GIT_CONFIG_GLOBAL": str(self.git_config)}
        admin = self.environment | {"HUBWARDEN_ADMIN_TOKEN_FILE": str(broker.private / "admin-token")}
        named = [argument for repository in repositories for argument in ("--repository", repository)]
        self.hubwarden("workspace", "create", "agent-7", *named, "--permission", "contents:write", "--url", broker.address,
                       "--token-file", str(self.token_file), environment=admin)
        secrets.tell("workspace-token", self.token_file.read_text().strip())
        programs.git("config", "--global", "user.name", "agent-7", environment=self.environment)
        programs.git("config", "--global", "user.email", "agent-7@example.com", environment=self.environment)
        self.setup_git(address or broker.address)

    def setup_git(self, address: str) -> None:
        self.hubwarden("setup-git", "--file", str(self.git_config), "--address", address, "--workspace", "agent-7",
                       "--token-file", str(self.token_file), "--host", self.sandbox.url)

    def hubwarden(self, *arguments: str, environment: dict[str, str] | None = None) -> str:
        done = subprocess.run([programs.find("hubwarden"), *arguments], env=environment or self.environment, text=True,
                              capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def git(self, *arguments: str, cwd=None, check: bool = True, **more):
        return programs.git(*arguments, environment=self.environment, cwd=cwd or self.home, check=check, **more)

    def start_git(self, *arguments: str, cwd) -> subprocess.Popen:
        return subprocess.Popen(["git", *arguments], env=self.environment, cwd=cwd, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def clone(self, repository: str = "acme/widgets", name: str = "widgets") -> pathlib.Path:
        self.git("clone", "--quiet", self.sandbox.clone_url(repository), name)
        return self.home / name

    def commit_and_push(self, clone: pathlib.Path) -> str:
        """The commit that the sandbox has afterwards."""
        self.git("commit", "--quiet", "--allow-empty", "-m", "work", cwd=clone)
        self.git("push", "--quiet", "origin", "HEAD", cwd=clone)
        return self.git("rev-parse", "HEAD", cwd=clone).stdout.strip()

    def records(self) -> list[pathlib.Path]:
        return sorted(pathlib.Path(self.environment["XDG_RUNTIME_DIR"], "hubwarden").glob("credential-*"))

    def list_files(self) -> str:
        """Names, modes and sizes, never contents."""
        lines = []
        for path in sorted(self.home.rglob("*")):
            if ".git" not in path.parts:
                status = path.lstat()
                lines.append(f"{status.st_mode:o} {status.st_size} {path.relative_to(self.home)}")
        return "\n".join(lines) + "\n"
