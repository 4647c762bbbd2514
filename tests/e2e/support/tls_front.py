"""A TLS listener in front of a plain server, with a certificate of a test's own authority."""

import dataclasses
import pathlib
import socket
import socketserver
import ssl
import subprocess
import threading
import urllib.parse


@dataclasses.dataclass
class Authority:
    ca_file: pathlib.Path
    certificate: pathlib.Path
    key: pathlib.Path


def make_authority(directory: pathlib.Path, names: str) -> Authority:
    """`names` as openssl has them: "DNS:localhost,IP:127.0.0.1"."""
    directory.mkdir()

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)

    new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    openssl(*new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority")
    openssl(*new, "-keyout", "server.key", "-out", "server.pem", "-subj", "/CN=server", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-addext", f"subjectAltName={names}", "-addext", "basicConstraints=critical,CA:FALSE")
    return Authority(directory / "ca.pem", directory / "server.pem", directory / "server.key")


class _Relay(socketserver.BaseRequestHandler):
    def handle(self):
        with socket.create_connection(self.server.behind) as behind:
            back = threading.Thread(target=_pour, args=(behind, self.request), daemon=True)
            back.start()
            _pour(self.request, behind)
            back.join()


def _pour(source: socket.socket, sink: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def get_request(self):
        connection, address = super().get_request()
        # The handshake is the connection's own thread's.
        return self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, *_):
        pass  # a client that went away


class TlsFront:
    def __init__(self, url: str, authority: Authority):
        self.ca_file = authority.ca_file
        there = urllib.parse.urlsplit(url)
        self._server = _Server(("127.0.0.1", 0), _Relay)
        self._server.behind = (there.hostname, there.port)
        self._server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._server.tls.load_cert_chain(authority.certificate, authority.key)
        self._server.tls.set_alpn_protocols(["http/1.1"])
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
