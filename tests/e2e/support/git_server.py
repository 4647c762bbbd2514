"""Git over smart HTTP as GitHub serves it: the real `git http-backend` behind Basic authentication."""

import base64
import http.server
import os
import pathlib
import subprocess
import threading

from support.servers import Server


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._serve(b"")

    def do_POST(self):
        self._serve(self._body())

    def _body(self) -> bytes:
        if self.headers["Transfer-Encoding"] != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"]))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _serve(self, body: bytes):
        owner: GitServer = self.server.owner
        password = self._password()
        owner.note(password)
        if password not in owner.tokens:
            self._answer(401, {"WWW-Authenticate": 'Basic realm="GitHub"', "Content-Type": "text/plain"}, b"no\n")
            return
        self._answer(*self._run_backend(owner.root, body))

    def _password(self) -> str | None:
        kind, _, value = (self.headers["Authorization"] or "").partition(" ")
        return base64.b64decode(value).decode().partition(":")[2] if kind == "Basic" else None

    def _run_backend(self, root: pathlib.Path, body: bytes):
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers["Content-Type"] or "",
            "HTTP_CONTENT_ENCODING": self.headers["Content-Encoding"] or "",
            "GIT_PROTOCOL": self.headers["Git-Protocol"] or "",
            "REMOTE_USER": "x-access-token",
        }
        done = subprocess.run(["git", "http-backend"], env=environment, input=body, capture_output=True, check=True)
        head, _, payload = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        return int(headers.pop("Status", "200").split()[0]), headers, payload

    def _answer(self, status: int, headers: dict[str, str], payload: bytes):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_):
        pass


class GitServer(Server):
    """`tokens` are the passwords that open every repository; `refused` counts each one that did not."""

    def __init__(self, root: pathlib.Path):
        super().__init__(_Handler)
        self.root = root
        self.tokens: set[str] = set()
        self.refused: list[str | None] = []
        self.anonymous = threading.Semaphore(0)  # released for every request without a password
        root.mkdir()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, repository: str) -> str:
        return f"http://{self.host}/{repository}.git"

    def note(self, password: str | None) -> None:
        if password is None:
            self.anonymous.release()
        if password not in self.tokens:
            self.refused.append(password)

    def create(self, repository: str) -> None:
        """A repository with one commit on `main`."""
        bare = self.root / f"{repository}.git"
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.root), "GIT_CONFIG_NOSYSTEM": "1"}
        who = {f"GIT_{role}_{what}": "t@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

        def git(*arguments, **more):
            return subprocess.run(
                ["git", *arguments], env=environment | who, check=True, capture_output=True, text=True, **more
            ).stdout.strip()

        git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
        tree = git("-C", str(bare), "mktree", input="")
        commit = git("-C", str(bare), "commit-tree", "-m", "first", tree)
        git("-C", str(bare), "update-ref", "refs/heads/main", commit)
        git("-C", str(bare), "config", "http.receivepack", "true")
