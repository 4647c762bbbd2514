"""git-credential-hubwarden by itself and under the real git."""

import os
import pathlib
import signal
import ssl
import stat
import subprocess
import time

import pytest

from support.hubwarden_fake import BEARER, FakeHubwarden
from support.programs import git

ASK = "protocol=https\nhost=github.com\npath=acme/widgets.git\n\n"
MINUTES = 60


class Helper:
    """The program with its settings and token files in a test's home."""

    def __init__(self, program: pathlib.Path, home: pathlib.Path, environment: dict[str, str], address: str):
        self.program, self.home, self.environment = program, home, dict(environment)
        self.token_file = home / "token"
        self.token_file.write_text(BEARER + "\n")
        self.token_file.chmod(0o600)
        self.settings = home / "credential"
        self.configure(address)

    def configure(self, address: str, *lines: str) -> None:
        basic = [f"address = {address}", "workspace = agent-7", f"token_file = {self.token_file}"]
        self.settings.write_text("\n".join([*basic, *lines]) + "\n")

    @property
    def line(self) -> str:
        return f"{self.program} --config {self.settings}"

    def start(self, operation: str = "get", text: str = ASK) -> subprocess.Popen:
        process = subprocess.Popen(
            [self.program, "--config", self.settings, operation],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        process.stdin.write(text)
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, operation: str = "get", text: str | bytes = ASK) -> subprocess.CompletedProcess:
        data = text if isinstance(text, bytes) else text.encode()
        done = subprocess.run(
            [self.program, "--config", self.settings, operation],
            env=self.environment, input=data, capture_output=True, timeout=30, check=False,
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    def token(self, text: str = ASK) -> str:
        done = self.run("get", text)
        assert done.returncode == 0, done.stderr
        return dict(line.split("=", 1) for line in done.stdout.splitlines() if line)["password"]

    def records(self) -> list[pathlib.Path]:
        return list((pathlib.Path(self.environment["XDG_RUNTIME_DIR"]) / "hubwarden").glob("credential-*"))

    def age_records(self, seconds: int) -> None:
        """Makes every record as old as if it had been written that long ago."""
        for record in self.records():
            lines = record.read_text().splitlines()
            moved = [_earlier(line, seconds) for line in lines]
            record.write_text("\n".join(moved) + "\n")


def _earlier(line: str, seconds: int) -> str:
    name, _, value = line.partition(" ")
    return f"{name} {int(value) - seconds}" if name in ("asked", "expires") else line


@pytest.fixture
def helper(credential_program, home, environment, hubwarden) -> Helper:
    return Helper(credential_program, home, environment, hubwarden.address)


# Answers


def test_a_get_is_answered_in_gits_words(helper, hubwarden):
    done = helper.run()
    assert done.returncode == 0
    assert done.stderr == ""
    lines = done.stdout.split("\n")
    assert lines[:2] == ["username=x-access-token", f"password={hubwarden.token}"]
    name, _, expiry = lines[2].partition("=")
    assert name == "password_expiry_utc"
    assert 3590 <= int(expiry) - time.time() <= 3601
    assert lines[3:] == ["", ""]
    (asked,) = hubwarden.asked
    assert (asked.path, asked.query) == (
        "/workspaces/agent-7/github-installation-token",
        {"repo": ["acme/widgets"]},
    )


def test_a_get_over_loopback_tcp_is_answered(helper):
    with FakeHubwarden() as server:
        helper.configure(server.address)
        assert helper.token() == server.token


def test_git_lfs_paths_are_answered_for_their_repository(helper, hubwarden):
    text = "protocol=https\nhost=github.com\npath=acme/widgets.git/info/lfs\n\n"
    assert helper.token(text) == hubwarden.token
    assert hubwarden.asked[0].query == {"repo": ["acme/widgets"]}


def test_long_tokens_pass_whole(helper, hubwarden):
    hubwarden.token = "ghs_" + "eyJhbGciOiJFUzI1NiJ9." * 24 + "x" * 12
    assert helper.token() == hubwarden.token


def test_the_bearer_may_come_from_the_environment(helper, hubwarden):
    helper.token_file.unlink()
    helper.environment["HUBWARDEN_WORKSPACE_TOKEN"] = BEARER
    assert helper.token() == hubwarden.token


@pytest.mark.parametrize("operation", ["store", "capability", "frobnicate"])
def test_other_operations_are_read_and_left_alone(helper, hubwarden, operation):
    done = helper.run(operation, ASK + "x" * 100_000)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert hubwarden.asked == []


# Silence


HOSTILE = {
    "another host": "protocol=https\nhost=gitlab.com\npath=acme/widgets.git\n\n",
    "plain http": "protocol=http\nhost=github.com\npath=acme/widgets.git\n\n",
    "another port": "protocol=https\nhost=github.com:8443\npath=acme/widgets.git\n\n",
    "a look-alike": "protocol=https\nhost=github.com.evil.example\npath=acme/widgets.git\n\n",
    "no host": "protocol=https\npath=acme/widgets.git\n\n",
    "an empty host": "protocol=https\nhost=\npath=acme/widgets.git\n\n",
    "no protocol": "host=github.com\npath=acme/widgets.git\n\n",
    "an injected host": "protocol=https\nhost=evil.example\nhost=github.com\npath=acme/widgets.git\n\n",
    "an injected path": "protocol=https\nhost=github.com\npath=acme/widgets\npath=acme/secrets\n\n",
    "a carriage return": "protocol=https\nhost=evil.example\rhost=github.com\npath=acme/widgets.git\n\n",
    "windows lines": "protocol=https\r\nhost=github.com\r\npath=acme/widgets.git\r\n\r\n",
    "a nul": "protocol=https\nhost=github.com\npath=acme/widgets\0.git\n\n",
    "a url": "url=https://github.com/acme/widgets.git\n\n",
    "a url on top": "protocol=https\nhost=github.com\npath=acme/widgets\nurl=https://github.com/a/b\n\n",
    "a path upwards": "protocol=https\nhost=github.com\npath=acme/../widgets.git\n\n",
    "a path of three": "protocol=https\nhost=github.com\npath=acme/widgets/tree\n\n",
    "a query": "protocol=https\nhost=github.com\npath=acme/widgets.git?x=y\n\n",
    "another user": "protocol=https\nhost=github.com\npath=acme/widgets.git\nusername=octocat\n\n",
    "nothing": "",
    "noise": "GET / HTTP/1.1\r\n\r\n",
    "a megabyte": "x=" + "y" * (1 << 20),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("operation", ["get", "erase"])
def test_what_is_not_ours_gets_nothing(helper, hubwarden, operation, text):
    done = helper.run(operation, text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert hubwarden.asked == []


def test_a_get_without_a_path_says_what_to_set(helper, hubwarden):
    done = helper.run("get", "protocol=https\nhost=github.com\n\n")
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "credential.https://github.com.useHttpPath true" in done.stderr
    assert hubwarden.asked == []


def test_only_the_named_repositories_are_answered(helper, hubwarden):
    helper.configure(hubwarden.address, "repository = acme/gadgets")
    assert helper.run().stdout == ""
    assert helper.token(ASK.replace("widgets", "gadgets")) == hubwarden.token


# Refusals and absence


def refusal(code: str, **more):
    return {"error": code, "message": "because", "fix": "caller", **more}


def test_a_refusal_is_one_line_and_nothing_else(helper, hubwarden):
    hubwarden.refusals = [(404, {}, refusal("app_not_installed", message="the App is not\x1b[2J there", fix="operator"))]
    done = helper.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    for part in ("acme/widgets", "app_not_installed", "the App is not[2J there", "operator"):
        assert part in done.stderr
    assert len(hubwarden.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}, b"<html>hello</html>"),
        (200, {}, {"token": "a\nhost=evil.example"}),
        (200, {}, {"token": ""}),
        (200, {"Content-Length": "100000000"}, b"x"),
        (200, {"Content-Length": "500"}, b'{"token":"ghs_cut"'),
        (302, {"Location": "https://evil.example/"}, b""),
        (200, {"Content-Length": "2", "Transfer-Encoding": "chunked"}, b"{}"),
    ],
    ids=["html", "injected line", "empty token", "endless", "cut", "redirect", "two lengths"],
)
def test_an_answer_that_is_not_hubwardens_gets_nothing(helper, hubwarden, answer):
    hubwarden.refusals = [answer] * 20
    done = helper.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert len(hubwarden.asked) == 1


def test_a_short_wait_that_hubwarden_asks_for_is_waited(helper, hubwarden):
    hubwarden.refusals = [(503, {"Retry-After": "1"}, refusal("unavailable", fix="wait"))]
    begin = time.monotonic()
    assert helper.token() == hubwarden.token
    assert time.monotonic() - begin >= 1


def test_a_long_wait_that_hubwarden_asks_for_is_left_to_git(helper, hubwarden):
    hubwarden.refusals = [(500, {}, refusal("rate_limited", fix="wait", retry_after=37))]
    done = helper.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert "again in 37 s" in done.stderr
    assert len(hubwarden.asked) == 1


def test_a_hubwarden_that_comes_up_late_is_waited_for(helper, hubwarden):
    hubwarden.stop()
    process = helper.start()
    assert process.poll() is None
    hubwarden.start()
    out, err = process.communicate(timeout=20)
    assert f"password={hubwarden.token}" in out, err


def test_a_token_bridges_an_absence_while_it_lives(helper, hubwarden):
    token = helper.token()
    helper.age_records(58 * MINUTES)
    hubwarden.stop()
    assert helper.token() == token
    helper.age_records(2 * MINUTES)
    done = helper.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "Connection refused" in done.stderr or "No such file" in done.stderr


def test_a_workspace_that_was_revoked_is_bridged_by_nothing(helper, hubwarden):
    helper.token()
    helper.age_records(2 * MINUTES)
    helper.token_file.write_text("hwt_revoked\n")
    for _ in range(2):
        done = helper.run()
        assert (done.returncode, done.stdout) == (1, "")
        assert "unauthenticated" in done.stderr


# The local record


def test_the_second_call_within_a_minute_asks_nobody(helper, hubwarden):
    assert helper.token() == helper.token()
    assert len(hubwarden.asked) == 1
    helper.age_records(61)
    helper.token()
    assert len(hubwarden.asked) == 2


def test_a_record_answers_for_its_own_repository_alone(helper, hubwarden):
    helper.token()
    helper.token(ASK.replace("widgets", "gadgets"))
    assert [asked.query["repo"] for asked in hubwarden.asked] == [["acme/widgets"], ["acme/gadgets"]]


def test_the_record_is_for_this_user_alone(helper):
    helper.token()
    (record,) = helper.records()
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert stat.S_IMODE(record.parent.stat().st_mode) == 0o700


def test_a_record_behind_a_link_is_refused(helper, hubwarden, tmp_path):
    helper.token()
    (record,) = helper.records()
    planted = tmp_path / "planted"
    planted.write_text(record.read_text().replace(hubwarden.token, "ghs_planted"))
    planted.chmod(0o600)
    record.unlink()
    record.symlink_to(planted)
    done = helper.run()
    assert f"password={hubwarden.token}\n" in done.stdout
    assert "symbolic link" in done.stderr
    assert "ghs_planted" in planted.read_text()


def test_a_record_that_others_may_read_is_refused(helper, hubwarden):
    helper.token()
    (record,) = helper.records()
    record.chmod(0o640)
    done = helper.run()
    assert f"password={hubwarden.token}\n" in done.stdout
    assert "others may read" in done.stderr
    assert len(hubwarden.asked) == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_record_of_another_user_is_refused(helper, hubwarden):
    helper.token()
    (record,) = helper.records()
    record.write_text(record.read_text().replace(hubwarden.token, "ghs_planted"))
    os.chown(record, 12345, 12345)
    done = helper.run()
    assert f"password={hubwarden.token}\n" in done.stdout
    assert "another user" in done.stderr


@pytest.mark.parametrize("text", ["", "garbage", "\0" * 100_000, "hubwarden-credential-record 1\ntoken x\n"])
def test_a_broken_record_is_replaced(helper, hubwarden, text):
    helper.token()
    (record,) = helper.records()
    record.write_text(text)
    assert helper.token() == hubwarden.token
    assert hubwarden.token in record.read_text()


def test_concurrent_gets_make_one_request(helper, hubwarden):
    hubwarden.gate.clear()
    processes = [helper.start() for _ in range(12)]
    assert hubwarden.arrived.acquire(timeout=10)
    hubwarden.gate.set()
    for process in processes:
        out, err = process.communicate(timeout=20)
        assert f"password={hubwarden.token}\n" in out, err
    assert len(hubwarden.asked) == 1


def test_a_process_that_dies_while_it_asks_holds_up_nobody(helper, hubwarden):
    hubwarden.gate.clear()
    first = helper.start()
    assert hubwarden.arrived.acquire(timeout=10)
    second = helper.start()
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert hubwarden.arrived.acquire(timeout=10)
    hubwarden.gate.set()
    out, err = second.communicate(timeout=20)
    assert f"password={hubwarden.token}\n" in out, err


def test_neither_bearer_nor_token_stands_on_a_command_line(helper, hubwarden):
    hubwarden.gate.clear()
    process = helper.start()
    assert hubwarden.arrived.acquire(timeout=10)
    seen = b""
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            seen += entry.read_bytes()
        except OSError:
            continue
    hubwarden.gate.set()
    process.communicate(timeout=20)
    assert str(helper.settings).encode() in seen
    assert BEARER.encode() not in seen
    assert hubwarden.token.encode() not in seen


# Erase


def erase_text(token: str, username: str = "x-access-token") -> str:
    return ASK.rstrip("\n") + f"\nusername={username}\npassword={token}\n\n"


def test_an_erase_forgets_and_reports_that_very_token(helper, hubwarden):
    token = helper.token()
    done = helper.run("erase", erase_text(token))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert hubwarden.rejected == [token]
    assert helper.token() == hubwarden.token != token


def test_an_erase_of_another_token_leaves_the_record(helper, hubwarden):
    helper.token()
    helper.run("erase", erase_text("ghs_older"))
    helper.token()
    assert len(hubwarden.token_requests()) == 1


def test_an_erase_of_another_helpers_password_tells_nobody(helper, hubwarden):
    helper.run("erase", erase_text("hunter2", username="octocat"))
    helper.run("erase", ASK.rstrip("\n") + "\npassword=hunter2\n\n")
    helper.run("erase", ASK)
    assert hubwarden.asked == []


# Configuration


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("hots = github.com", 'credential:4: unknown key "hots"; did you mean "host"?'),
        ("token = " + BEARER, "credential:4: unknown key"),
        ("host = http://github.com", "credential:4: address"),
        ("workspace = other", "credential:4: workspace stands twice"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(helper, hubwarden, line, message):
    helper.configure(hubwarden.address, line)
    done = helper.run()
    assert (done.returncode, done.stdout) == (3, "")
    assert message in done.stderr
    assert BEARER not in done.stderr


def test_a_token_file_that_others_may_read_is_refused(helper, hubwarden):
    helper.token_file.chmod(0o644)
    done = helper.run()
    assert (done.returncode, done.stdout) == (3, "")
    assert "chmod 600" in done.stderr
    assert hubwarden.asked == []


def test_settings_that_others_may_write_are_refused(helper, hubwarden):
    helper.settings.chmod(0o666)
    done = helper.run()
    assert (done.returncode, done.stdout) == (3, "")
    assert hubwarden.asked == []


def test_a_wrong_call_explains_the_right_one(helper):
    for arguments in ([], ["get", "store"], ["--token", BEARER, "get"], ["--config"]):
        done = subprocess.run(
            [helper.program, *arguments], env=helper.environment, input="", capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert "usage:" in done.stderr


# https


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


# Under the real git


class Workspace:
    """A home whose git asks hubwarden for the test's git server."""

    def __init__(self, helper: Helper, hubwarden: FakeHubwarden, git_server):
        self.helper, self.server, self.environment = helper, git_server, helper.environment
        self.key = f"credential.http://{git_server.host}"
        helper.configure(hubwarden.address, f"host = http://{git_server.host}")
        self.git("config", "--global", f"{self.key}.useHttpPath", "true")
        self.git("config", "--global", "--add", f"{self.key}.helper", helper.line)

    def git(self, *arguments, cwd=None, check=True):
        return git(*arguments, environment=self.environment, cwd=cwd, check=check)

    def start(self, *arguments, cwd=None) -> subprocess.Popen:
        return subprocess.Popen(
            ["git", *arguments], env=self.environment, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def clone(self, repository: str = "acme/widgets", name: str = "clone") -> pathlib.Path:
        target = self.helper.home / name
        self.git("clone", "--quiet", self.server.url(repository), str(target))
        return target

    def second_helper(self, token: str) -> None:
        answer = f"!f() {{ test \"$1\" = get && echo username=second && echo password={token}; }}; f"
        self.git("config", "--global", "--add", f"{self.key}.helper", answer)


@pytest.fixture
def workspace(helper, hubwarden, git_server) -> Workspace:
    git_server.create("acme/widgets")
    git_server.tokens = {hubwarden.token}
    return Workspace(helper, hubwarden, git_server)


def test_git_clones_commits_and_pushes(workspace, hubwarden):
    clone = workspace.clone()
    workspace.git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "x", cwd=clone)
    workspace.git("push", "--quiet", "origin", "main", cwd=clone)
    assert workspace.git("rev-parse", "HEAD", "origin/main", cwd=clone).stdout.split()[0]
    assert len(hubwarden.asked) == 1


def test_git_goes_on_to_the_next_helper_when_hubwarden_is_down(workspace, hubwarden, git_server):
    hubwarden.stop()
    git_server.tokens = {"from-the-second"}
    workspace.second_helper("from-the-second")
    workspace.clone()


def test_git_goes_on_to_the_next_helper_when_hubwarden_refuses(workspace, hubwarden, git_server):
    hubwarden.refusals = [(403, {}, refusal("forbidden"))]
    git_server.tokens = {"from-the-second"}
    workspace.second_helper("from-the-second")
    workspace.clone()


def test_git_asks_hubwarden_before_the_helpers_behind_it(workspace):
    workspace.second_helper("from-the-second")
    workspace.clone()
    assert "from-the-second" not in workspace.server.refused


def test_an_erase_after_a_revoked_token_heals_the_next_call(workspace, hubwarden, git_server):
    clone = workspace.clone()
    dead = hubwarden.token
    git_server.tokens = set()
    failed = workspace.git("fetch", cwd=clone, check=False)
    assert failed.returncode != 0
    assert hubwarden.rejected == [dead]
    git_server.tokens = {hubwarden.token}
    assert hubwarden.token != dead
    workspace.git("fetch", cwd=clone)


def test_two_fetches_at_once_make_one_request(workspace, hubwarden, git_server):
    clones = [workspace.clone(name=name) for name in ("one", "two")]
    workspace.helper.age_records(2 * MINUTES)
    hubwarden.asked.clear()
    while git_server.anonymous.acquire(blocking=False):
        pass
    hubwarden.gate.clear()
    fetches = [workspace.start("fetch", cwd=clone) for clone in clones]
    # Both have been refused without a password, so that both ask for one.
    assert all(git_server.anonymous.acquire(timeout=20) for _ in fetches)
    hubwarden.gate.set()
    for fetch in fetches:
        _, err = fetch.communicate(timeout=30)
        assert fetch.returncode == 0, err
    assert len(hubwarden.asked) == 1


def test_git_gives_nothing_for_an_injected_host(workspace, hubwarden):
    """A newline in a URL, as a submodule's may hold: git refuses it, and so would we."""
    evil = f"http://evil.example%0ahost={workspace.server.host}/acme/widgets.git"
    assert workspace.git("ls-remote", evil, check=False).returncode != 0
    assert hubwarden.asked == []


def test_git_without_the_path_is_told_to_set_it(workspace):
    workspace.git("config", "--global", f"{workspace.key}.useHttpPath", "false")
    done = workspace.git("ls-remote", workspace.server.url("acme/widgets"), check=False)
    assert done.returncode != 0
    assert "useHttpPath true" in done.stderr
