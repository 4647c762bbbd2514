"""A PostgreSQL of the test's own, on a Unix socket; what was committed is there after its restart."""

import pathlib
import pwd
import os
import shutil
import signal
import subprocess
import tempfile

from support.waiting import until


def find(program: str) -> str:
    return str(next(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{program}")))


class Postgres:
    """Root starts it as nobody: PostgreSQL refuses root."""

    def __init__(self, output: pathlib.Path):
        # Not below a folder that is root's alone.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="hubwarden-postgres-", dir="/tmp"))
        self.data = self.directory / "data"
        self.log = output / "postgres.log"
        self.process: subprocess.Popen | None = None
        self.user = []
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.directory, nobody.pw_uid, nobody.pw_gid)
            self.user = ["--reuid", "nobody", "--regid", str(nobody.pw_gid), "--clear-groups"]

    def __enter__(self):
        self.run("initdb", "-D", self.data, "-U", "hubwarden", "--no-sync", "-E", "UTF8", "--locale", "C", "-A", "trust")
        self.start()
        self.ask("CREATE DATABASE hubwarden", database="postgres")
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"postgresql:///hubwarden?host={self.directory}&user=hubwarden"

    def as_user(self, program: str, *arguments) -> list[str]:
        return ["setpriv", *self.user, "--pdeathsig", "KILL", find(program), *map(str, arguments)]

    def run(self, program: str, *arguments) -> str:
        done = subprocess.run(self.as_user(program, *arguments), cwd="/", capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        command = self.as_user("postgres", "-D", self.data, "-k", self.directory, "-c", "listen_addresses=", "-c", "fsync=off")
        with open(self.log, "ab") as sink:
            self.process = subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
        until(self._answers, "PostgreSQL to answer")

    def _answers(self) -> bool:
        command = [find("pg_isready"), "-q", "-h", str(self.directory)]
        return subprocess.run(command, check=False).returncode == 0

    def stop(self) -> None:
        """At once, as in a crash."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def ask(self, sql: str, database: str = "hubwarden") -> str:
        return self.run("psql", "-h", self.directory, "-U", "hubwarden", "-d", database, "-At", "-c", sql).strip()
