"""A program under measurement: started on one core, read through /proc, ended with the benchmark."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("HUBWARDEN_BUILD", ROOT / "build" / "release"))
SERVER_CORE, LOAD_CORE = 0, 1

# Seconds; a program under valgrind on a busy machine starts in some ten of them.
STARTS_WITHIN, STOPS_WITHIN = 60.0, 60.0


def program(name: str) -> str:
    return str(BUILD / "bin" / name)


def on_core(core: int) -> list[str]:
    return ["taskset", "-c", str(core)]


class Process:
    """`is_ready` is asked until it says something true; its answer is kept as `ready`."""

    def __init__(self, command: list[str], log: pathlib.Path, is_ready, environment: dict[str, str] | None = None):
        # The kernel ends it when the benchmark dies without a chance to clean up.
        guarded = ["setpriv", "--pdeathsig", "KILL", *map(str, command)]
        with open(log, "ab") as sink:
            self.process = subprocess.Popen(guarded, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink,
                                            env={**os.environ, **(environment or {})})
        self.pid = self.process.pid
        give_up = time.monotonic() + STARTS_WITHIN
        while not (ready := is_ready()):
            if self.process.poll() is not None or time.monotonic() > give_up:
                self.stop()
                sys.exit(f"{command} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)
        self.ready = ready

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def json_file(path: pathlib.Path):
    """For Process: the content of a ready-file, which is there as a whole or not at all."""
    return lambda: json.loads(path.read_text()) if path.exists() else None


def cpu_seconds(pid: int) -> float:
    """User and system time of all its threads. Source: proc(5), /proc/PID/stat, fields 14 and 15."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kb(pid: int) -> int:
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1])
