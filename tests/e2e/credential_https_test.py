"""git-credential-hubwarden with a hubwarden on another machine."""

import ssl
import subprocess

import pytest

from support.credential_helper import erase_text
from support.hubwarden_fake import FakeHubwarden


@pytest.fixture
def authority(tmp_path):
    """A certificate authority and one certificate for `localhost`, made by openssl."""
    directory = tmp_path / "authority"
    directory.mkdir()

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)

    new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    openssl(*new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority")
    openssl(*new, "-keyout", "server.key", "-out", "server.pem", "-subj", "/CN=localhost", "-CA", "ca.pem", "-CAkey",
            "ca.key", "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE")
    hashed = directory / "hashed"
    hashed.mkdir()
    (hashed / "ca.pem").write_bytes((directory / "ca.pem").read_bytes())
    openssl("rehash", "hashed")
    return directory


@pytest.fixture
def https_hubwarden(authority):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority / "server.pem", authority / "server.key")
    with FakeHubwarden(tls=tls) as server:
        yield server


def test_a_remote_hubwarden_is_asked_over_verified_tls(helper, authority, https_hubwarden):
    for trust in (f"ca_file = {authority / 'ca.pem'}", f"ca_dir = {authority / 'hashed'}"):
        helper.configure(https_hubwarden.address, trust, "record = off")
        assert helper.token() == https_hubwarden.token


def test_a_report_goes_over_tls_too(helper, authority, https_hubwarden):
    helper.configure(https_hubwarden.address, f"ca_file = {authority / 'ca.pem'}")
    token = helper.token()
    assert helper.run("erase", erase_text(token)).returncode == 0
    assert https_hubwarden.rejected == [token]


def test_a_hubwarden_that_cannot_prove_its_name_learns_nothing(helper, authority, https_hubwarden):
    port = https_hubwarden.port
    trusted = f"ca_file = {authority / 'ca.pem'}"
    for address, trust, message in (
        (f"https://localhost:{port}", "ca_dir = /etc/ssl/certs", "certificate: "),
        (f"https://127.0.0.1:{port}", trusted, "IP address mismatch"),
    ):
        helper.configure(address, trust)
        done = helper.run()
        assert (done.returncode, done.stdout) == (1, "")
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
    assert https_hubwarden.asked == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_old_tls_is_refused(helper, authority):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1
    tls.maximum_version = ssl.TLSVersion.TLSv1_1
    tls.set_ciphers("ALL:@SECLEVEL=0")
    tls.load_cert_chain(authority / "server.pem", authority / "server.key")
    with FakeHubwarden(tls=tls) as server:
        helper.configure(server.address, f"ca_file = {authority / 'ca.pem'}")
        done = helper.run()
        assert (done.returncode, done.stdout) == (1, "")
        assert "TLS: " in done.stderr
        assert server.asked == []
