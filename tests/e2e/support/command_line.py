"""hubwarden's own command line, as an operator of a running hubwarden has it."""

import subprocess

from support import programs
from support.broker import Broker


class CommandLine:
    def __init__(self, broker: Broker, environment: dict[str, str]):
        self.environment = environment | {
            "HUBWARDEN_URL": broker.address, "HUBWARDEN_ADMIN_TOKEN_FILE": str(broker.private / "admin-token"),
        }

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
        return subprocess.run([programs.find("hubwarden"), *arguments], env=self.environment | variables, text=True,
                              capture_output=True, timeout=60, check=False)

    def output(self, *arguments: str, **variables: str) -> str:
        done = self.run(*arguments, **variables)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout
