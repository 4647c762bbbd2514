"""hubwarden's own TLS: what it serves over it and what not, and certificates that are renewed while it runs."""

import contextlib
import socket
import ssl
import subprocess

import pytest

from support import secrets


def make_certificate(directory, name: str) -> None:
    """A certificate for 127.0.0.1 that is its own authority, and its key, as tls.crt and tls.key."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", "tls.key", "-out", "tls.crt", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"],
        cwd=directory, check=True, capture_output=True, timeout=60,
    )
    secrets.tell("tls-key", (directory / "tls.key").read_bytes())


def trusting(certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=certificate.read_text())


def presented(broker) -> str:
    return ssl.get_server_certificate(("127.0.0.1", broker.process.ready["ports"][0]))


@pytest.fixture
def encrypted(broker):
    make_certificate(broker.private, "first")
    broker.configure(listen={"tls": {"certificate": str(broker.private / "tls.crt"), "key": str(broker.private / "tls.key")}})
    broker.tls = trusting(broker.private / "tls.crt")
    return broker.start()


def test_it_serves_over_tls_and_nothing_in_the_clear(encrypted):
    assert encrypted.token_for("acme/widgets").status == 200
    with socket.create_connection(("127.0.0.1", encrypted.process.ready["ports"][0]), timeout=30) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert b"alive" not in plain.recv(1000)


def test_over_tls_every_answer_asks_for_tls_from_then_on(encrypted):
    answers = [encrypted.ask("GET", "/healthz"), encrypted.ask("GET", "/nowhere"), encrypted.token_for("acme/widgets")]
    assert [answer.status for answer in answers] == [200, 404, 200]
    assert {answer.fields["Strict-Transport-Security"] for answer in answers} == {"max-age=31536000"}
    assert {answer.fields["X-Content-Type-Options"] for answer in answers} == {"nosniff"}
    socket_answer = encrypted.ask("GET", "/healthz", address=encrypted.socket)
    assert socket_answer.fields["Strict-Transport-Security"] is None


def test_its_own_command_line_verifies_its_certificate(encrypted):
    environment = encrypted.environment | {"HUBWARDEN_ADMIN_TOKEN_FILE": str(encrypted.private / "admin-token")}
    encrypted.environment = environment
    command = ["workspace", "list", "--url", encrypted.address]
    trusted = encrypted.try_to_start(*command, "--ca-file", str(encrypted.private / "tls.crt"))
    assert (trusted.returncode, trusted.stdout) == (0, "")
    assert encrypted.try_to_start(*command).returncode == 4


def test_a_reload_presents_the_new_certificate_and_cuts_no_connection(encrypted):
    first = presented(encrypted)
    with socket.create_connection(("127.0.0.1", encrypted.process.ready["ports"][0]), timeout=30) as raw:
        with encrypted.tls.wrap_socket(raw, server_hostname="127.0.0.1") as open_already:
            make_certificate(encrypted.private, "second")
            assert encrypted.reload()["event"] == "reloaded"
            open_already.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"alive" in open_already.recv(1000)
    assert presented(encrypted) != first
    encrypted.tls = trusting(encrypted.private / "tls.crt")
    assert encrypted.ask("GET", "/healthz").status == 200


def test_a_reload_of_a_broken_certificate_keeps_the_old_one(encrypted):
    first = presented(encrypted)
    (encrypted.private / "tls.crt").write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    event = encrypted.reload()
    assert (event["event"], "tls.crt" in event["problem"]) == ("refused", True)
    assert presented(encrypted) == first
    assert encrypted.token_for("acme/widgets").status == 200
