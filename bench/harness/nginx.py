"""nginx that answers everything with one constant body, with one worker on the server's core."""

import pathlib
import socket
import time

from harness.process import SERVER_CORE, STARTS_WITHIN, Process, on_core

CONFIGURATION = """
daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 100000000; default_type application/json;
  client_body_temp_path {directory}/b; proxy_temp_path {directory}/p; fastcgi_temp_path {directory}/f;
  uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
  server {{
    listen 127.0.0.1:{port};
    location / {{ add_header Cache-Control no-store; return 200 '{body}'; }}
  }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def worker_of(nginx: Process) -> int:
    """It listens before it has one."""
    children = pathlib.Path(f"/proc/{nginx.pid}/task/{nginx.pid}/children")
    give_up = time.monotonic() + STARTS_WITHIN
    while not (workers := children.read_text().split()):
        assert time.monotonic() < give_up, "nginx has no worker"
        time.sleep(0.02)
    return int(workers[0])


class Nginx:
    def __init__(self, directory: pathlib.Path, body_size: int):
        self.port = free_port()
        configuration = directory / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(directory=directory, port=self.port, body="x" * body_size))
        command = [*on_core(SERVER_CORE), "nginx", "-e", directory / "nginx.log", "-p", directory, "-c", configuration]
        self.process = Process(command, directory / "nginx.output", self._answers)
        self.worker = worker_of(self.process)

    def _answers(self) -> bool:
        with socket.socket() as link:
            return link.connect_ex(("127.0.0.1", self.port)) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stop()
