"""Malformed, ambiguous and smuggling-shaped requests (RFC 9112, RFC 9110), slow and greedy clients.

Each is refused or served as the RFC says. Whatever is refused ends its connection: what follows on it is never taken for
a request. Meanwhile other clients are served, and memory stays bounded.
"""

import contextlib
import os
import pathlib
import re
import resource
import shutil
import socket
import tempfile

import pytest

from support import programs
from support.broker import Broker
from support.sandbox import Sandbox
from support.waiting import until

PATIENCE = 20  # seconds for an answer
HEAD = b"Host: hubwarden\r\n"
# Stands behind or inside a case's bytes. Whoever answers it has been smuggled into.
SMUGGLED = b"GET /healthz?smuggled HTTP/1.1\r\nHost: hubwarden\r\n\r\n"


def get(target: bytes = b"/healthz", fields: bytes = b"", version: bytes = b"HTTP/1.1", host: bytes = HEAD) -> bytes:
    return b"GET " + target + b" " + version + b"\r\n" + host + fields + b"\r\n"


def post(fields: bytes, body: bytes = b"", version: bytes = b"HTTP/1.1") -> bytes:
    return b"POST /admin/workspaces " + version + b"\r\n" + HEAD + b"Content-Type: application/json\r\n" + fields + b"\r\n" + body


def chunked(body: bytes, fields: bytes = b"") -> bytes:
    return post(b"Transfer-Encoding: chunked\r\n" + fields, body)


# name: (bytes, status of the only answer). Each connection has to be closed afterwards.
REFUSED = {
    # 3: the request line
    "no version": (b"GET /healthz\r\n" + HEAD + b"\r\n", 400),
    "no target": (b"GET  HTTP/1.1\r\n" + HEAD + b"\r\n", 400),
    "two blanks before the version": (b"GET /healthz  HTTP/1.1\r\n" + HEAD + b"\r\n", 400),
    "a tab for a blank": (b"GET\t/healthz\tHTTP/1.1\r\n" + HEAD + b"\r\n", 400),
    "a blank in front": (b" GET /healthz HTTP/1.1\r\n" + HEAD + b"\r\n", 400),
    "a blank in the target": (get(b"/heal thz"), 400),
    "a method that is no token": (b"G(T /healthz HTTP/1.1\r\n" + HEAD + b"\r\n", 400),
    "HTTP/0.9": (b"GET /healthz\r\n\r\n", 400),
    "HTTP/2.0": (get(version=b"HTTP/2.0"), 505),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/1.10": (get(version=b"HTTP/1.10"), 400),
    "http/1.1": (get(version=b"http/1.1"), 400),
    "HTTP/1.1 and a blank": (get(version=b"HTTP/1.1 "), 400),
    "a TLS handshake": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\n" * 8, 400),
    "NUL in the target": (get(b"/healthz\0"), 400),
    "a byte above 127 in the target": (get("/é".encode()), 400),
    "a quote in the target": (get(b'/"'), 400),
    "a backslash in the target": (get(b"/..\\healthz"), 400),
    "a fragment": (get(b"/healthz#x"), 400),
    "a broken escape": (get(b"/healthz%2"), 400),
    "an escape of no digits": (get(b"/healthz%zz"), 400),
    "a relative target": (get(b"healthz"), 400),
    "a target of another scheme": (get(b"ftp://hubwarden/healthz"), 400),
    "an absolute target of another host": (get(b"http://other/healthz"), 400),
    "user information in the target": (get(b"http://me@hubwarden/healthz"), 400),
    "a star without OPTIONS": (get(b"*"), 400),
    "CONNECT": (b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", 501),
    "a target of 9,000 bytes": (get(b"/" + b"a" * 9000), 414),
    "a request line without end": (b"GET /" + b"a" * 20_000, 414),
    # 2.2: line ends
    "bare LF everywhere": (b"GET /healthz HTTP/1.1\nHost: hubwarden\n\n", 400),
    "bare LF in the fields": (b"GET /healthz HTTP/1.1\r\nHost: hubwarden\nX: y\r\n\r\n", 400),
    "bare LF at the end": (b"GET /healthz HTTP/1.1\r\nHost: hubwarden\r\n\n", 400),
    "bare CR in a value": (get(fields=b"X: a\rb\r\n"), 400),
    "bare CR in the request line": (b"GET /healthz\r HTTP/1.1\r\n" + HEAD + b"\r\n", 400),
    "CR CR LF": (b"GET /healthz HTTP/1.1\r\r\n" + HEAD + b"\r\n", 400),
    # 5: fields
    "a folded field": (get(fields=b"X: a\r\n b\r\n"), 400),
    "a folded field by a tab": (get(fields=b"X: a\r\n\tTransfer-Encoding: chunked\r\n"), 400),
    "a blank line's blank": (b"GET /healthz HTTP/1.1\r\n \r\n" + HEAD + b"\r\n", 400),
    "a blank before the colon": (get(fields=b"X : y\r\n"), 400),
    "a blank before the colon of a length": (post(b"Content-Length : 4\r\n", b"{}{}"), 400),
    "a field without a colon": (get(fields=b"Transfer-Encoding chunked\r\n"), 400),
    "a field without a name": (get(fields=b": y\r\n"), 400),
    "a name that is no token": (get(fields=b"X[]: y\r\n"), 400),
    "a name of other bytes": (get(fields=b"Transf\xc3\xa9r: y\r\n"), 400),
    "NUL in a value": (get(fields=b"X: a\0b\r\n"), 400),
    "NUL in a name": (get(fields=b"X\0: b\r\n"), 400),
    "DEL in a value": (get(fields=b"X: a\x7f\r\n"), 400),
    "101 fields": (get(fields=b"X: y\r\n" * 101), 431),
    "a head of 33 KiB": (get(fields=b"X: " + b"y" * 33_000 + b"\r\n"), 431),
    "a name without end": (get(fields=b"X" * 40_000), 431),
    # 3.2: Host
    "no Host": (get(host=b""), 400),
    "two Hosts": (get(fields=HEAD), 400),
    "two different Hosts": (get(fields=b"Host: other\r\n"), 400),
    "a Host with a path": (get(host=b"Host: hubwarden/x\r\n"), 400),
    "a Host with user information": (get(host=b"Host: me@hubwarden\r\n"), 400),
    "a Host of two": (get(host=b"Host: hubwarden, other\r\n"), 400),
    "an empty Host": (get(host=b"Host:\r\n"), 400),
    "a Host with a long port": (get(host=b"Host: hubwarden:123456\r\n"), 400),
    # 6: how long the body is
    "both lengths": (post(b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), 400),
    "both lengths the other way": (post(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"), 400),
    "two lengths": (post(b"Content-Length: 2\r\nContent-Length: 3\r\n", b"{}"), 400),
    "the same length twice": (post(b"Content-Length: 2\r\nContent-Length: 2\r\n", b"{}"), 400),
    "a list of lengths": (post(b"Content-Length: 2, 2\r\n", b"{}"), 400),
    "a signed length": (post(b"Content-Length: +2\r\n", b"{}"), 400),
    "a negative length": (post(b"Content-Length: -2\r\n", b"{}"), 400),
    "a hexadecimal length": (post(b"Content-Length: 0x2\r\n", b"{}"), 400),
    "a length with a fraction": (post(b"Content-Length: 2.0\r\n", b"{}"), 400),
    "an empty length": (post(b"Content-Length:\r\n", b"{}"), 400),
    "a length of other digits": (post("Content-Length: ２\r\n".encode(), b"{}"), 400),
    "a length beyond 64 bits": (post(b"Content-Length: 99999999999999999999\r\n", b"{}"), 413),
    "two transfer codings": (post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"), 501),
    "chunked not last": (post(b"Transfer-Encoding: chunked, gzip\r\n", b"0\r\n\r\n"), 400),
    "chunked twice": (post(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"), 400),
    "two fields for the coding": (post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"0\r\n\r\n"), 400),
    "identity": (post(b"Transfer-Encoding: identity\r\n", b"0\r\n\r\n"), 400),
    "xchunked": (post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), 400),
    "a vertical tab before chunked": (post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"), 400),
    "quoted chunked": (post(b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n"), 400),
    "a coding in HTTP/1.0": (post(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"HTTP/1.0"), 400),
    "an unknown expectation": (post(b"Expect: 200-maybe\r\nContent-Length: 2\r\n", b"{}"), 417),
    # 7.1: chunks; the operator's route reads its body and finds them
    "a chunk size of no digits": (chunked(b"\r\n{}\r\n0\r\n\r\n"), 400),
    "a chunk size with a sign": (chunked(b"+2\r\n{}\r\n0\r\n\r\n"), 400),
    "a chunk size with 0x": (chunked(b"0x2\r\n{}\r\n0\r\n\r\n"), 400),
    "a blank before a chunk size": (chunked(b" 2\r\n{}\r\n0\r\n\r\n"), 400),
    "a chunk size beyond 64 bits": (chunked(b"10000000000000000\r\n{}\r\n0\r\n\r\n"), 400),
    "a chunk size that ends in LF": (chunked(b"2\n{}\r\n0\r\n\r\n"), 400),
    "a chunk longer than its size": (chunked(b"2\r\n{}{}\r\n0\r\n\r\n"), 400),
    "a chunk shorter than its size": (chunked(b"5\r\n{}\r\n0\r\n\r\n"), 400),
    "a chunk that ends in LF": (chunked(b"2\r\n{}\n0\r\n\r\n"), 400),
    "NUL in a chunk extension": (chunked(b"2;a=\0\r\n{}\r\n0\r\n\r\n"), 400),
    "LF in a chunk extension": (chunked(b"2;a\nb\r\n{}\r\n0\r\n\r\n"), 400),
    "a chunk extension without end": (chunked(b"2;" + b"a" * 10_000), 400),
    "a trailer without a colon": (chunked(b"2\r\n{}\r\n0\r\nX\r\n\r\n"), 400),
    "a trailer without end": (chunked(b"2\r\n{}\r\n0\r\nX: " + b"y" * 10_000), 400),
}

# name: (bytes, statuses of all answers). The connection may go on.
SERVED = {
    "plain": (get(), [200]),
    "HTTP/1.0 without Host": (b"GET /healthz HTTP/1.0\r\n\r\n", [200]),
    "one empty line in front": (b"\r\n" + get(), [200]),
    "an absolute target": (get(b"http://hubwarden/healthz"), [200]),
    "an absolute target with its port": (get(b"http://hubwarden:80/healthz"), [200]),
    "an absolute target in capitals": (get(b"HTTP://HUBWARDEN/healthz"), [200]),
    "no blank after the colon": (get(host=b"Host:hubwarden\r\n"), [200]),
    "blanks and tabs around a value": (get(host=b"Host: \t hubwarden \t\r\n"), [200]),
    "names in capitals": (get(host=b"HOST: hubwarden\r\n"), [200]),
    "an empty value": (get(fields=b"X:\r\n"), [200]),
    "bytes above 127 in a value": (get(fields="X: é\r\n".encode()), [200]),
    "a hundred fields": (get(fields=b"X: y\r\n" * 99), [200]),
    "two at once": (get() + get(), [200, 200]),
    "two at once, the first unknown": (get(b"/nowhere") + get(), [404, 200]),
    "a length with zeros in front": (post(b"Content-Length: 0002\r\n", b"{}") + get(), [401, 200]),
    "a body that nobody asked for": (b"GET /healthz HTTP/1.1\r\n" + HEAD + b"Content-Length: 50\r\n\r\n" + SMUGGLED[:50] +
                                     get(), [200, 200]),
    "chunks": (chunked(b"1;a=b\r\n{\r\n1;c=\"d;e\"\r\n}\r\n000\r\nX: y\r\n\r\n") + get(), [401, 200]),
    "chunked in capitals": (post(b"Transfer-Encoding: CHUNKED\r\n", b"2\r\n{}\r\n0\r\n\r\n") + get(), [401, 200]),
    "a method that is not known": (b"BREW /healthz HTTP/1.1\r\n" + HEAD + b"\r\n" + SMUGGLED, [501]),
    "OPTIONS *": (b"OPTIONS * HTTP/1.1\r\n" + HEAD + b"\r\n" + get(), [404, 200]),
    "the last one closes": (get(fields=b"Connection: close\r\n") + SMUGGLED, [200]),
    "close among others": (get(fields=b"Connection: x, CLOSE ,y\r\n") + SMUGGLED, [200]),
    "HTTP/1.0 that keeps alive": (b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get(), [200, 200]),
    "an upgrade that is not taken": (get(fields=b"Connection: upgrade\r\nUpgrade: h2c\r\n") + get(), [200, 200]),
}


@pytest.fixture(scope="module")
def limits():
    """Ten thousand connections need more descriptors than most shells give."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


@pytest.fixture(scope="module")
def start():
    """Starts a hubwarden with limits of the test's: hundreds of cases share one, those about numbers have their own."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="torture_"))
    (folder / "home").mkdir()
    environment = programs.clean_environment(folder / "home")
    output = programs.output_folder("torture_test", folder)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        private = folder / "sandbox"
        private.mkdir(mode=0o700)
        sandbox = stack.enter_context(Sandbox(private, output, environment))

        def started(name: str, **limits) -> Broker:
            own = folder / name
            own.mkdir(mode=0o700)
            kept = output / name
            kept.mkdir(exist_ok=True)
            broker = stack.enter_context(Broker(own, kept, environment, sandbox))
            broker.configure(limits=limits, log={"level": "warning"})
            return broker.start()

        yield started


@pytest.fixture(scope="module")
def server(start) -> Broker:
    return start("shared", failures_per_address=0)


def connect(broker) -> socket.socket:
    link = socket.create_connection(("127.0.0.1", broker.process.ready["ports"][0]), timeout=PATIENCE)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


def send(link: socket.socket, data: bytes) -> None:
    # Whoever refuses early may close before all of it was sent.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        link.sendall(data)


def receive_until_closed(link: socket.socket) -> bytes:
    received = b""
    while True:
        try:
            piece = link.recv(1 << 16)
        except ConnectionResetError:
            return received
        if not piece:
            return received
        received += piece


def beginning_of_answer(link: socket.socket, data: bytes) -> bytes:
    """Nothing from a connection that was closed."""
    send(link, data)
    with contextlib.suppress(ConnectionResetError):
        return link.recv(12)
    return b""


def statuses(answers: bytes) -> list[int]:
    """Of complete answers alone: each has a length."""
    found = []
    while answers:
        head, separator, rest = answers.partition(b"\r\n\r\n")
        assert separator, answers
        found.append(int(re.match(rb"HTTP/1\.1 (\d{3}) ", head)[1]))
        length = int(re.search(rb"(?i)\r\ncontent-length: (\d+)", head)[1])
        assert len(rest) >= length, answers
        answers = rest[length:]
    return found


def exchange(broker, data: bytes, end_sending: bool) -> list[int]:
    with connect(broker) as link:
        send(link, data)
        if end_sending:
            link.shutdown(socket.SHUT_WR)
        return statuses(receive_until_closed(link))


def is_served(broker) -> bool:
    return exchange(broker, get(fields=b"Connection: close\r\n"), False) == [200]


def authenticated(data: bytes, broker) -> bytes:
    """Bodies are read behind the gate."""
    return data.replace(b"\r\nHost: ", f"\r\nAuthorization: Bearer {broker.admin_token}\r\nHost: ".encode(), 1)


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_and_ends_the_connection(server, name):
    data, status = REFUSED[name]
    if b"Transfer-Encoding: chunked\r\n\r\n" in data:
        data = authenticated(data, server)
    # Not at its end, nobody shuts down: the server closes by itself.
    assert exchange(server, data + SMUGGLED, end_sending=False) == [status]
    assert is_served(server)


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_byte_by_byte_as_well(server, name):
    data, status = REFUSED[name]
    if len(data) > 2000:
        pytest.skip("too long for single bytes")
    if b"Transfer-Encoding: chunked\r\n\r\n" in data:
        data = authenticated(data, server)
    with connect(server) as link:
        for at in range(len(data)):
            send(link, data[at:at + 1])
        send(link, SMUGGLED)
        assert statuses(receive_until_closed(link)) == [status]


@pytest.mark.parametrize("name", SERVED)
def test_is_served(server, name):
    data, expected = SERVED[name]
    assert exchange(server, data, end_sending=True) == expected


def test_a_request_that_never_ends_is_cut_and_harms_nobody(server):
    with connect(server) as link:
        send(link, b"GET /healthz HTTP/1.1\r\nHost: hub")
        assert is_served(server)
        link.shutdown(socket.SHUT_WR)
        assert receive_until_closed(link) == b""


def resident_bytes(broker) -> int:
    with open(f"/proc/{broker.process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


SLOW = 10_000


def test_ten_thousand_slow_clients_take_little_and_harm_nobody(start, limits):
    """Each has sent half a request. They are cut when the time for a head is over; the others never wait for them."""
    if limits < SLOW + 1000:
        pytest.skip(f"no more than {limits} descriptors here")
    broker = start("slow", connections=SLOW + 1000, connections_per_address=0, header_timeout="20s")
    before = resident_bytes(broker)
    with contextlib.ExitStack() as stack:
        links = []
        for _ in range(SLOW):
            link = stack.enter_context(connect(broker))
            link.sendall(b"GET /healthz HTTP/1.1\r\nHost: hubwarden\r\nX-Slow: ")
            links.append(link)
        for link in links[::10]:
            link.sendall(b"a")
        assert all(is_served(broker) for _ in range(20))
        used = resident_bytes(broker) - before
        assert used / SLOW < 64 * 1024, f"{used / SLOW:.0f} bytes for each connection"
        until(lambda: broker.metric("hubwarden_http_connections_timed_out_total") >= SLOW, "the slow ones' end", 60)
    assert is_served(broker)


def test_one_address_can_not_take_all_connections(start):
    broker = start("few", connections=100, connections_per_address=10)
    with contextlib.ExitStack() as stack:
        links = [stack.enter_context(connect(broker)) for _ in range(12)]
        # Each loop takes connections by itself, so which of them are too many is not said.
        beginnings = [beginning_of_answer(link, get()) for link in links]
        assert sorted(beginnings) == [b""] * 2 + [b"HTTP/1.1 200"] * 10
        # A Unix socket has no address, so it is always open to its users.
        assert broker.ask("GET", "/healthz", address=broker.socket).status == 200
    until(lambda: is_served(broker), "a place")
