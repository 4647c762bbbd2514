"""Asking a server over TCP, TLS or a Unix socket, one connection for each request."""

import dataclasses
import http.client
import json
import socket
import ssl
import urllib.parse

TIMEOUT = 60.0  # seconds, longer than any route's own deadline


@dataclasses.dataclass
class Answer:
    status: int
    fields: http.client.HTTPMessage
    raw: bytes

    @property
    def text(self) -> str:
        return self.raw.decode()

    @property
    def body(self):
        return json.loads(self.raw)


class _OnUnixSocket(http.client.HTTPConnection):
    def __init__(self, path: str):
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def connection(address: str, tls: ssl.SSLContext | None = None) -> http.client.HTTPConnection:
    """`address` is http://…, https://… or unix:/path."""
    if address.startswith("unix:"):
        return _OnUnixSocket(address.removeprefix("unix:"))
    url = urllib.parse.urlsplit(address)
    if url.scheme == "https":
        return http.client.HTTPSConnection(url.hostname, url.port, timeout=TIMEOUT, context=tls)
    return http.client.HTTPConnection(url.hostname, url.port, timeout=TIMEOUT)


def ask(address: str, method: str, path: str, *, bearer: str | None = None, body=None, fields=None, tls=None) -> Answer:
    """`body` is sent as JSON, bytes as they are."""
    headers = {"User-Agent": "hubwarden-tests"} | dict(fields or {})  # GitHub refuses those who have no name
    if bearer is not None:
        headers["Authorization"] = f"Bearer {bearer}"
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    link = connection(address, tls)
    try:
        link.request(method, path, body=body, headers=headers)
        response = link.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        link.close()


def with_query(path: str, query: dict) -> str:
    return path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else "")
