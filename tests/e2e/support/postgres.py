"""A PostgreSQL of the test's own, on a Unix socket; what was committed is there after its restart."""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile

from support.waiting import until


def find(program: str) -> str:
    return str(next(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{program}")))


class Postgres:
    """Root starts it as nobody: PostgreSQL refuses root. Over TCP it speaks TLS alone and wants a password."""

    def __init__(self, output: pathlib.Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
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
        (self.data / "pg_hba.conf").write_text("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
        self.make_certificates()
        self.start()
        self.ask("CREATE DATABASE hubwarden", database="postgres")
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"postgresql:///hubwarden?host={self.directory}&port={self.port}&user=hubwarden"

    @property
    def tls_url(self) -> str:
        trust = f"sslmode=verify-full&sslrootcert={self.directory / 'ca.pem'}"
        return f"postgresql://hubwarden@localhost:{self.port}/hubwarden?{trust}&hostaddr=127.0.0.1"

    def make_certificates(self) -> None:
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=self.directory, check=True, capture_output=True)
        new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        openssl(*new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority")
        openssl(*new, "-keyout", "server.key", "-out", "server.pem", "-subj", "/CN=localhost", "-CA", "ca.pem", "-CAkey",
                "ca.key", "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE")
        key = self.directory / "server.key"
        owner = self.directory.stat()
        os.chown(key, owner.st_uid, owner.st_gid)
        key.chmod(0o600)

    def as_user(self, program: str, *arguments) -> list[str]:
        return ["setpriv", *self.user, "--pdeathsig", "KILL", find(program), *map(str, arguments)]

    def run(self, program: str, *arguments) -> str:
        done = subprocess.run(self.as_user(program, *arguments), cwd="/", capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        command = self.as_user("postgres", "-D", self.data, "-k", self.directory, "-p", self.port,
                               "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "ssl=on",
                               "-c", f"ssl_cert_file={self.directory / 'server.pem'}",
                               "-c", f"ssl_key_file={self.directory / 'server.key'}")
        with open(self.log, "ab") as sink:
            self.process = subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
        until(self._answers, "PostgreSQL to answer")

    def _answers(self) -> bool:
        command = [find("pg_isready"), "-q", "-h", str(self.directory), "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def stop(self) -> None:
        """At once, as in a crash."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    @contextlib.contextmanager
    def standing_still(self):
        """It neither answers nor refuses: all its processes are stopped, the one that makes new ones first."""
        main = self.process.pid
        self.process.send_signal(signal.SIGSTOP)
        stopped = [main, *map(int, pathlib.Path(f"/proc/{main}/task/{main}/children").read_text().split())]
        try:
            for pid in stopped[1:]:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in reversed(stopped):
                os.kill(pid, signal.SIGCONT)

    def ask(self, sql: str, database: str = "hubwarden") -> str:
        return self.run("psql", "-h", self.directory, "-p", self.port, "-U", "hubwarden", "-d", database, "-At", "-c", sql).strip()
