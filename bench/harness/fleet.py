"""hubwarden with the sandbox as its GitHub and a fleet of workspaces, each with a repository and so a scope of its own."""

import json
import pathlib
import secrets
import shutil
import subprocess
import tempfile

from harness.exchange import Request, ask_all
from harness.process import SERVER_CORE, Process, json_file, on_core, program

ADMIN = "/admin/github-installation-token"
PERMISSIONS = {"contents": "write"}


def port_of(hubwarden: Process) -> int:
    return hubwarden.ready["ports"][0]


def repository(number: int) -> str:
    return f"acme/repository-{number:06}"


class Fleet:
    """`before` stands before hubwarden's own command line; `settings` are sections of its configuration."""

    sandbox_before: list[str] = []  # before the sandbox's

    def __init__(self, repositories: int = 0, token_format: str = "classic", before: list[str] | None = None,
                 settings: dict | None = None, tls: bool = False):
        # In memory where that is at hand: the records' disk is not what is measured.
        place = pathlib.Path("/dev/shm")
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="hubwarden-bench.", dir=place if place.is_dir() else None))
        self.processes: list[Process] = []
        self.admin_token = secrets.token_urlsafe(32)
        try:
            self._start_sandbox(repositories, token_format)
            listen = {"tls": self._make_certificate()} if tls else {}
            self._start_hubwarden(before or on_core(SERVER_CORE), {"listen": listen} | (settings or {}))
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _make_certificate(self) -> dict[str, str]:
        key, certificate = self.directory / "key.pem", self.directory / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                        "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        return {"certificate": str(certificate), "key": str(key)}

    def _start_sandbox(self, repositories: int, token_format: str) -> None:
        ready_file = self.directory / "sandbox.json"
        command = [*self.sandbox_before, program("hubwarden-sandbox"), "--seed-demo", "--data", self.directory / "github",
                   "--token-format", token_format, "--ready-file", ready_file]
        self.sandbox = Process(command, self.directory / "sandbox.log", json_file(ready_file))
        self.processes.append(self.sandbox)
        ask_all(self.sandbox.ready["control_port"],
                [Request("POST", "/repositories", body=dict(zip(("owner", "name"), repository(number).split("/"))))
                 for number in range(repositories)])

    def _start_hubwarden(self, before: list[str], settings: dict) -> None:
        self.hubwarden = self.serve("hubwarden", before, settings)

    def serve(self, name: str, before: list[str], settings: dict) -> Process:
        """A hubwarden with records, configuration and log of that name."""
        github = self.sandbox.ready
        config = {
            "listen": {"tcp": ["127.0.0.1:0"]},
            "github": {"api_url": github["api_url"], "app_id": github["app_id"],
                       "private_key": f"file:{github['private_key_file']}"},
            "admin": {"token": "env:ADMIN_TOKEN"},
            "records": {"path": str(self.directory / f"{name}.db")},
            "log": {"level": "warning"},
            "limits": {"threads": 1},
        }
        for section, keys in settings.items():
            config[section] = config.get(section, {}) | keys
        config_file, ready_file = self.directory / f"{name}.yaml", self.directory / f"{name}.json"
        config_file.write_text(json.dumps(config))  # JSON is YAML
        command = [*before, program("hubwarden"), "serve", "--config", config_file, "--ready-file", ready_file]
        made = Process(command, self.directory / f"{name}.log", json_file(ready_file), {"ADMIN_TOKEN": self.admin_token})
        self.processes.append(made)
        return made

    @property
    def port(self) -> int:
        return port_of(self.hubwarden)

    def ask(self, requests: list[Request], **how) -> list[bytes]:
        return ask_all(self.port, requests, **how)

    def register(self, count: int, replica: Process | None = None) -> list[Request]:
        """The token request of each of `count` new workspaces."""
        answers = ask_all(port_of(replica or self.hubwarden), [
            Request("POST", "/admin/workspaces", self.admin_token,
                    {"id": f"agent-{number:06}", "repositories": [repository(number)], "permissions": PERMISSIONS})
            for number in range(count)
        ])
        created = [json.loads(answer) for answer in answers]
        return [Request("GET", f"/workspaces/{made['id']}/github-installation-token", made["token"]) for made in created]

    def operators_requests(self, count: int) -> list[Request]:
        """The operator's requests for `count` scopes, without a workspace for each."""
        permissions = ",".join(f"{name}:{level}" for name, level in PERMISSIONS.items())
        return [Request("GET", f"{ADMIN}?repo={repository(number)}&permissions={permissions}", self.admin_token)
                for number in range(count)]
