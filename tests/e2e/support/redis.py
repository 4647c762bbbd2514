"""A Redis of the test's own, on a Unix socket; it keeps nothing when it ends."""

import pathlib
import signal
import socket
import subprocess

from support.waiting import until


class Redis:
    password = None

    def __init__(self, private: pathlib.Path, output: pathlib.Path):
        self.directory = private / "redis"
        self.directory.mkdir()
        self.socket = self.directory / "socket"
        self.log = output / "redis.log"
        self.process: subprocess.Popen | None = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        command = ["setpriv", "--pdeathsig", "KILL", "redis-server", "--port", "0", "--unixsocket", str(self.socket),
                   "--save", "", "--dir", str(self.directory)]
        with open(self.log, "ab") as sink:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
        until(self._answers, "Redis to answer")

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as link:
            return link.connect_ex(str(self.socket)) == 0

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def ask(self, *words: str) -> str:
        command = ["redis-cli", "-s", str(self.socket), *words]
        return subprocess.run(command, capture_output=True, timeout=60, check=True).stdout.decode(errors="replace")
