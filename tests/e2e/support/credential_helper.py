"""git-credential-hubwarden with its settings and token files in a test's home."""

import os
import pathlib
import subprocess
import sys

from support.hubwarden_fake import BEARER
from support.programs import ROOT

sys.path.append(str(ROOT / "tests" / "scan"))
import registry  # noqa: E402

ASK = "protocol=https\nhost=github.com\npath=acme/widgets.git\n\n"
MINUTES = 60


def refusal(code: str, **more):
    return {"error": code, "message": "because", "fix": "caller", **more}


def erase_text(token: str, username: str = "x-access-token") -> str:
    return ASK.rstrip("\n") + f"\nusername={username}\npassword={token}\n\n"


class Helper:
    """The program with its settings and token files in a test's home."""

    def __init__(self, program: pathlib.Path, home: pathlib.Path, environment: dict[str, str], address: str):
        self.program, self.home, self.environment = program, home, dict(environment)
        self.token_file = home / "token"
        self.token_file.write_text(BEARER + "\n")
        self.token_file.chmod(0o600)
        self.settings = home / "credential"
        self.configure(address)

    def configure(self, address: str, *lines: str) -> None:
        basic = [f"address = {address}", "workspace = agent-7", f"token_file = {self.token_file}"]
        self.settings.write_text("\n".join([*basic, *lines]) + "\n")

    @property
    def line(self) -> str:
        return f"{self.program} --config {self.settings}"

    def start(self, operation: str = "get", text: str = ASK) -> subprocess.Popen:
        process = subprocess.Popen(
            [self.program, "--config", self.settings, operation],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        process.stdin.write(text)
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, operation: str = "get", text: str | bytes = ASK) -> subprocess.CompletedProcess:
        data = text if isinstance(text, bytes) else text.encode()
        done = subprocess.run(
            [self.program, "--config", self.settings, operation],
            env=self.environment, input=data, capture_output=True, timeout=30, check=False,
        )
        self.keep_complaints(done.stderr)
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    def keep_complaints(self, text: bytes) -> None:
        """For the search for secrets in what tests wrote."""
        if output := os.environ.get("HUBWARDEN_TEST_OUTPUT"):
            registry.add("workspace-token", BEARER)
            with open(pathlib.Path(output) / "git-credential-hubwarden.stderr", "ab") as log:
                log.write(text)

    def token(self, text: str = ASK) -> str:
        done = self.run("get", text)
        assert done.returncode == 0, done.stderr
        return dict(line.split("=", 1) for line in done.stdout.splitlines() if line)["password"]

    def records(self) -> list[pathlib.Path]:
        return list((pathlib.Path(self.environment["XDG_RUNTIME_DIR"]) / "hubwarden").glob("credential-*"))

    def age_records(self, seconds: int) -> None:
        """Makes every record as old as if it had been written that long ago."""
        for record in self.records():
            lines = record.read_text().splitlines()
            moved = [_earlier(line, seconds) for line in lines]
            record.write_text("\n".join(moved) + "\n")


def _earlier(line: str, seconds: int) -> str:
    name, _, value = line.partition(" ")
    return f"{name} {int(value) - seconds}" if name in ("asked", "expires") else line
