"""hubwarden as its callers meet it (docs/http-api.md), scripted: what it hands out, what it was asked."""

import dataclasses
import datetime
import http.server
import json
import threading
import urllib.parse

from support.servers import Server

BEARER = "hwt_0123456789abcdefghijklmnopqrstuvwxyzABCDEF"


@dataclasses.dataclass
class Asked:
    method: str
    path: str
    query: dict[str, list[str]]
    bearer: str | None
    body: dict | None


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._serve(None)

    def do_POST(self):
        self._serve(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _serve(self, body):
        owner: FakeHubwarden = self.server.owner
        url = urllib.parse.urlsplit(self.path)
        bearer = (self.headers["Authorization"] or "").removeprefix("Bearer ")
        asked = Asked(self.command, url.path, urllib.parse.parse_qs(url.query), bearer, body)
        status, headers, answer = owner.serve(asked)
        payload = answer if isinstance(answer, bytes) else b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204 and "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_):
        pass


class FakeHubwarden(Server):
    def __init__(self, socket_path=None, tls=None):
        super().__init__(_Handler, socket_path, tls)
        self.address = f"unix:{socket_path}" if socket_path else ""
        self.workspace = "agent-7"
        self.life = datetime.timedelta(hours=1)
        self.token = "ghs_" + "a1B2" * 9
        self.refusals: list[tuple[int, dict, object]] = []  # status, headers, body: served first, one each
        self.asked: list[Asked] = []
        self.rejected: list[str] = []
        self.gate = threading.Event()  # answers wait until it is set
        self.gate.set()
        self.arrived = threading.Semaphore(0)  # released once for every request
        self._lock = threading.Lock()

    @classmethod
    def on_unix_socket(cls, path):
        return cls(socket_path=path)

    def start(self) -> None:
        super().start()
        if self.port:
            scheme = "https" if self._tls else "http"
            host = "localhost" if self._tls else "127.0.0.1"
            self.address = f"{scheme}://{host}:{self.port}"

    def token_requests(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.method == "GET"]

    def serve(self, asked: Asked):
        with self._lock:
            self.asked.append(asked)
        self.arrived.release()
        assert self.gate.wait(30)
        base = f"/workspaces/{self.workspace}/github-installation-token"
        with self._lock:
            if asked.bearer != BEARER:
                return 401, {}, {"error": "unauthenticated", "message": "unknown token", "fix": "caller"}
            if asked.method == "POST" and asked.path == base + "/rejected":
                return self._reject(asked.body["token"])
            if asked.method != "GET" or asked.path != base:
                return 404, {}, {"error": "not_found", "message": "no such route", "fix": "caller"}
            if self.refusals:
                return self.refusals.pop(0)
            expires = datetime.datetime.now(datetime.timezone.utc) + self.life
            return 200, {}, {
                "token": self.token,
                "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "permissions": {"contents": "write"},
                "repositories": asked.query["repo"],
                "source": "app",
            }

    def _reject(self, token: str):
        self.rejected.append(token)
        if token == self.token:
            self.token = token[:-4] + f"{len(self.rejected):04}"
        return 204, {}, None
