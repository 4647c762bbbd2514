"""Many requests to one server and their answers, pipelined: a world of 100,000 is made in a minute, not in ten."""

import concurrent.futures
import dataclasses
import json
import socket
import sys

# The requests of a batch, and their answers, fit into the kernel's buffers: neither side waits for the other to read.
BATCH = 50
CONNECTIONS = 8
PATIENCE = 120.0  # seconds for one answer


@dataclasses.dataclass(frozen=True)
class Request:
    method: str
    path: str
    bearer: str = ""
    body: dict | None = None
    agent: str = ""  # GitHub refuses those who have no name

    def encoded(self) -> bytes:
        content = b"" if self.body is None else json.dumps(self.body).encode()
        head = [f"{self.method} {self.path} HTTP/1.1", "Host: localhost"]
        if self.bearer:
            head.append(f"Authorization: Bearer {self.bearer}")
        if self.agent:
            head.append(f"User-Agent: {self.agent}")
        if self.body is not None:
            head += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        return "\r\n".join([*head, "", ""]).encode() + content


def read_answer(stream) -> bytes:
    status_line = stream.readline()
    length = 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = stream.read(length)
    if not status_line.split(b" ")[1:2][0].startswith(b"2"):
        sys.exit(f"a request was answered {status_line.decode().strip()}: {body.decode(errors='replace')}")
    return body


class Link:
    """A connection on which one request is answered before the next is sent."""

    def __init__(self, port: int):
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.stream = self.connection.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def exchange(self, encoded: bytes) -> bytes:
        self.connection.sendall(encoded)
        return read_answer(self.stream)

    def close(self) -> None:
        self.stream.close()
        self.connection.close()


def converse(port: int, requests: list[Request], at_once: int) -> list[bytes]:
    answers = []
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as link, link.makefile("rb") as stream:
        for start in range(0, len(requests), at_once):
            batch = requests[start:start + at_once]
            link.sendall(b"".join(request.encoded() for request in batch))
            answers += [read_answer(stream) for _ in batch]
    return answers


def ask_all(port: int, requests: list[Request], at_once: int = BATCH) -> list[bytes]:
    """The bodies in the order of the requests; whatever is not a success ends the benchmark.

    `at_once` requests are sent before the first of their answers is awaited; 1 is what most clients do.
    """
    shares = [requests[first::CONNECTIONS] for first in range(min(CONNECTIONS, len(requests)))]
    answers: list[bytes] = [b""] * len(requests)
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        for first, share in enumerate(pool.map(lambda share: converse(port, share, at_once), shares)):
            answers[first::CONNECTIONS] = share
    return answers
