"""A program that runs while a test does: it ends with the test, and with the tests' own process whatever ended that."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess

from support.waiting import until

STOPS_WITHIN = 40.0  # seconds, more than the grace that any of them gives to what it still does


def tail(log: pathlib.Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])


class Process:
    """`log` gets its standard error; `ready_file` is JSON that it writes once it serves."""

    def __init__(self, arguments, environment: dict[str, str], log: pathlib.Path, ready_file: pathlib.Path):
        ready_file.unlink(missing_ok=True)
        self.log = log
        # The kernel ends it when this process dies without a chance to clean up.
        guarded = ["setpriv", "--pdeathsig", "KILL", *map(str, arguments)]
        with open(log, "ab") as sink:
            self.process = subprocess.Popen(guarded, env=environment, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=sink)
        try:
            until(lambda: ready_file.exists() or self.process.poll() is not None, f"{arguments[0]} to be ready")
            assert self.process.poll() is None, f"{arguments[0]} ended with {self.process.returncode}:\n{tail(log)}"
        except BaseException:
            self.kill()
            raise
        self.ready = json.loads(ready_file.read_text())

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_running(self) -> bool:
        return self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self) -> int:
        """Its exit status after SIGTERM."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        try:
            return self.process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop within {STOPS_WITHIN:g} s:\n{tail(self.log)}") from None

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
