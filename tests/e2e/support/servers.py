"""HTTP servers that live as long as a `with` block, on a free port of loopback or on a Unix socket."""

import http.server
import os
import pathlib
import socket
import socketserver
import threading


class _Threaded(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)  # HTTPServer's own looks its name up
        self.server_name, self.server_port = "localhost", 0


class _OnUnixSocket(_Threaded):
    address_family = socket.AF_UNIX

    def get_request(self):
        connection, _ = super().get_request()
        return connection, ("unix", 0)


class Server:
    """`handler` is a BaseHTTPRequestHandler class; it finds this object as `self.server.owner`."""

    def __init__(self, handler, socket_path: pathlib.Path | None = None, tls=None):
        self._handler, self._socket_path, self._tls = handler, socket_path, tls
        self._server = None
        self.port = 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self) -> None:
        if self._socket_path:
            self._server = _OnUnixSocket(str(self._socket_path), self._handler)
        else:
            self._server = _Threaded(("127.0.0.1", self.port), self._handler)
            self.port = self._server.server_address[1]
        if self._tls:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self._server.owner = self
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        if self._socket_path and self._socket_path.exists():
            os.unlink(self._socket_path)
