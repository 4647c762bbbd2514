"""An operation on GitHub through hubwarden against the same call without it.

GitHub is the sandbox for tokens and, for what is measured, an nginx in front of it on the load's core that answers one
repository's document, and a gigabyte, as quickly as anything can.

    operation-added   milliseconds that hubwarden adds to repository_metadata, median: each call is made straight to GitHub,
                      through nginx and through hubwarden in turn, by a caller on hubwarden's core
    operation-rate    calls in a second, of nginx's as a proxy (keep-alive upstream) on the same core
    operation-memory  MiB that hubwarden grows by while a gigabyte streams through it
"""

import json
import os
import pathlib
import socket
import statistics
import subprocess
import time

from harness.exchange import Link, Request
from harness.fleet import Fleet, repository
from harness.load import measure, write_requests
from harness.nginx import free_port, worker_of
from harness.process import LOAD_CORE, SERVER_CORE, Process, on_core
from harness.report import Report, median

ROUNDS = int(os.environ.get("ROUNDS", 7))
SECONDS = int(os.environ.get("SECONDS_EACH", 2))
CALLS = int(os.environ.get("CALLS", 2000))
GIGABYTE = 1 << 30
ROUTE = "/v1/proxy/github/rest"

# A text of nginx's configuration has at most 4 KB; a repository's document some 6. The limits are far away: they are not what is measured.
DOCUMENT = json.dumps({"id": 1, "full_name": repository(0), "description": "x" * 3800})
LIMITS = "add_header X-RateLimit-Limit 1000000000; add_header X-RateLimit-Remaining 999999999; " \
         "add_header X-RateLimit-Reset 4000000000; add_header X-RateLimit-Resource core;"

FRONT = """
user root; daemon off; worker_processes 1; pid {directory}/{name}.pid; error_log {directory}/{name}.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 100000000; default_type application/json;
  client_body_temp_path {directory}/b; proxy_temp_path {directory}/p; fastcgi_temp_path {directory}/f;
  uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
  upstream behind {{ server {behind}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port};
    {locations}
    location / {{ proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


class Front:
    """An nginx with one worker on a core: what it does not answer itself goes to `behind`."""

    def __init__(self, directory: pathlib.Path, name: str, core: int, behind: str, locations: str = ""):
        self.port = free_port()
        file = directory / f"{name}.conf"
        file.write_text(FRONT.format(directory=directory, name=name, port=self.port, behind=behind, locations=locations))
        self.process = Process([*on_core(core), "nginx", "-e", directory / f"{name}.log", "-p", directory, "-c", file],
                               directory / f"{name}.output", self._answers)
        self.worker = worker_of(self.process)

    def _answers(self) -> bool:
        with socket.socket() as link:
            return link.connect_ex(("127.0.0.1", self.port)) == 0


class ActingFleet(Fleet):
    """A fleet whose GitHub answers quickly."""

    def _start_hubwarden(self, before, settings):
        large = self.directory / "large"
        with open(large, "wb") as file:
            file.truncate(GIGABYTE)
        path = f"/repos/{repository(0)}"
        sandbox = self.sandbox.ready["api_url"].removeprefix("http://")
        self.github = Front(self.directory, "github", LOAD_CORE, sandbox.split("/")[0],
                            f"location = {path} {{ {LIMITS} return 200 '{DOCUMENT}'; }} "
                            f"location = {path}/readme {{ {LIMITS} alias {large}; }}")
        self.processes.append(self.github.process)
        self.proxy = Front(self.directory, "proxy", SERVER_CORE, f"127.0.0.1:{self.github.port}")
        self.processes.append(self.proxy.process)
        api = f"http://127.0.0.1:{self.github.port}" + sandbox[len(sandbox.split("/")[0]):]
        super()._start_hubwarden(before, settings | {"github": {"api_url": api}})

    def handle(self) -> str:
        wish = {"repository": repository(0), "budget": {"concurrent": 100, "requests": 1_000_000, "bytes": 1 << 40}}
        return json.loads(self.ask([Request("POST", "/admin/handles", self.admin_token, wish)])[0])["proxy_handle"]


class Caller:
    """Asks for the same thing again and again on one connection."""

    def __init__(self, port: int, request: Request):
        self.request = request.encoded()
        self.link = Link(port)

    def milliseconds(self) -> float:
        begun = time.perf_counter()
        self.link.exchange(self.request)
        return (time.perf_counter() - begun) * 1000

    def close(self) -> None:
        self.link.close()


def added(core: int, direct: tuple[int, Request], *ways: tuple[int, Request]) -> list[float]:
    """What each of the ways takes longer than the direct one, in milliseconds, for a caller on that core; medians of pairs."""
    anywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    callers = [Caller(*way) for way in (direct, *ways)]
    turns = [[caller.milliseconds() for caller in callers] for _ in range(CALLS)]
    for caller in callers:
        caller.close()
    os.sched_setaffinity(0, anywhere)
    return [statistics.median(turn[way] - turn[0] for turn in turns) for way in range(1, len(callers))]


def peak_kb(pid: int) -> int:
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1])


def stream(fleet: ActingFleet, order: dict) -> float:
    """MiB that the most resident memory grows by while a gigabyte goes through."""
    before = peak_kb(fleet.hubwarden.pid)
    order = json.dumps(order).encode()
    command = ["curl", "-sS", "--fail", "-o", "/dev/null", "-w", "%{size_download}", "-H", "Content-Type: application/json",
               "--data-binary", "@-", f"http://127.0.0.1:{fleet.port}{ROUTE}"]
    done = subprocess.run([*on_core(LOAD_CORE), *command], input=order, capture_output=True, check=True)
    assert int(done.stdout) == GIGABYTE, done.stdout
    return (peak_kb(fleet.hubwarden.pid) - before) / 1024


def main() -> None:
    report = Report()
    with ActingFleet(repositories=1) as fleet:
        handle = fleet.handle()
        order = {"proxy_handle": handle, "operation": "repository_metadata"}
        through = Request("POST", ROUTE, body=order)
        direct = Request("GET", f"/repos/{repository(0)}", "none")
        fleet.ask([through] * 20, at_once=1)
        ways = (fleet.github.port, direct), (fleet.proxy.port, direct), (fleet.port, through)
        beside = [added(SERVER_CORE, *ways) for _ in range(ROUNDS)]
        report.at_most("operation-added", median(hubwarden for _, hubwarden in beside), 0.25, digits=3)
        report.note(f"nginx as a proxy adds {median(nginx for nginx, _ in beside):.3f} ms")
        # Its direct calls never leave the core, its others cross over and back twice: dear on virtual machines.
        across = [added(LOAD_CORE, *ways) for _ in range(ROUNDS)]
        report.note(f"for a caller on GitHub's core: hubwarden {median(hubwarden for _, hubwarden in across):.3f} ms, "
                    f"nginx {median(nginx for nginx, _ in across):.3f} ms")

        posts, gets = fleet.directory / "posts", fleet.directory / "gets"
        write_requests([through], posts)
        write_requests([direct], gets)
        turns = [(measure(fleet.hubwarden.pid, fleet.port, posts, SECONDS),
                  measure(fleet.proxy.worker, fleet.proxy.port, gets, SECONDS)) for _ in range(ROUNDS)]
        report.at_least("operation-rate", median(a.requests_per_second / b.requests_per_second for a, b in turns), 0.5)
        for name, side in (("hubwarden", 0), ("nginx", 1)):
            costs = [turn[side] for turn in turns]
            report.note(f"{name}: {median(cost.cpu_microseconds for cost in costs):.1f} us of CPU for a call, "
                        f"{median(cost.requests_per_second for cost in costs):.0f} calls/s")
        report.at_most("operation-memory", stream(fleet, order | {"operation": "repos/get-readme"}), 32, digits=1)
    report.end()


main()
