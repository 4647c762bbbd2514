"""A Redis of the benchmark's own, on the load's core, and what replicas send to it."""

import contextlib
import itertools
import pathlib
import signal
import socket
import subprocess

from harness.nginx import free_port
from harness.process import LOAD_CORE, Process, on_core


class Redis:
    def __init__(self, directory: pathlib.Path):
        self.port = free_port()
        command = [*on_core(LOAD_CORE), "redis-server", "--bind", "127.0.0.1", "--port", self.port, "--save", "",
                   "--dir", directory]
        self.process = Process(command, directory / "redis.log", self._answers)
        self.url = f"redis://127.0.0.1:{self.port}"

    def _answers(self) -> bool:
        with socket.socket() as link:
            return link.connect_ex(("127.0.0.1", self.port)) == 0

    def ask(self, *words: str) -> str:
        command = ["redis-cli", "-p", str(self.port), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    @contextlib.contextmanager
    def stopped(self):
        """It neither answers nor closes a connection."""
        self.process.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.process.send_signal(signal.SIGCONT)


class Monitor:
    """Counts the commands that replicas send; those which their scripts call inside Redis are not sent."""

    OWN = ('"ECHO"', '"SCAN"')  # of ask()

    def __init__(self, redis: Redis):
        self.redis, self.numbers = redis, itertools.count()
        self.process = subprocess.Popen(["redis-cli", "-p", str(redis.port), "MONITOR"], stdout=subprocess.PIPE, text=True,
                                        errors="replace")
        assert self.process.stdout.readline() == "OK\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def take(self) -> int:
        """How many since the last time."""
        mark = f"mark-{next(self.numbers)}"
        self.redis.ask("ECHO", mark)
        count = 0
        # A line is: time [database who] "COMMAND" "argument" …
        while f'"ECHO" "{mark}"' not in (line := self.process.stdout.readline()):
            assert line, "Redis goes on telling"
            who, _, command = line.partition("] ")
            count += not who.endswith(" lua") and not command.startswith(self.OWN)
        return count
