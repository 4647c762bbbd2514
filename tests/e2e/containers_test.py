"""What deploy/container/ is for, with the kernel's own means and without a container engine: users that nobody knows,
homes that cannot be written to, root that is dropped, and a socket that is for one user."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from support import programs, secrets
from support.waiting import until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="takes other users' places, which root alone may")

ENTRYPOINT = programs.ROOT / "deploy/container/entrypoint.sh"
AGENT, STRANGER = 54321, 54322  # no passwd entry has them
SHOW = "id -u; id -g; grep -E '^(Groups|CapEff|CapBnd|NoNewPrivs):' /proc/self/status | tr -s '\\t ' ' '"


def as_user(uid: int, *command) -> list[str]:
    return ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups", *map(str, command)]


class Container:
    """A directory that any user reaches, with the programs, a home and a token in it."""

    def __init__(self, root: pathlib.Path, broker, sandbox, environment):
        self.sandbox = sandbox
        self.bin, self.home, self.tmp, self.work = (root / name for name in ("bin", "home", "tmp", "work"))
        for folder in (self.bin, self.home, self.tmp, self.work):
            folder.mkdir()
        for name in ("hubwarden", "git-credential-hubwarden", "git-credential-hubwarden-https"):
            shutil.copy(programs.find(name), self.bin)
        shutil.copy(ENTRYPOINT, self.bin)
        for folder in (self.tmp, self.work):
            folder.chmod(0o1777)
        os.chown(self.home, AGENT, AGENT)
        private = root / "private"
        private.mkdir()
        private.chmod(0o711)
        self.token_file = private / "hubwarden-token"
        token = broker.create_workspace("agent-7", ["acme/widgets"], {"contents": "write"})
        secrets.tell("workspace-token", token)
        self.token_file.write_text(token + "\n")
        self.give_token(AGENT, AGENT, 0o400)
        self.environment = {
            "PATH": f"{self.bin}:{environment['PATH']}", "HOME": str(self.home), "TMPDIR": str(self.tmp), "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "HUBWARDEN_ADDRESS": broker.address,
            "HUBWARDEN_WORKSPACE": "agent-7", "HUBWARDEN_WORKSPACE_TOKEN_FILE": str(self.token_file),
            "HUBWARDEN_GIT_HOSTS": sandbox.url,
        }

    def give_token(self, uid: int, gid: int, mode: int) -> None:
        os.chown(self.token_file, uid, gid)
        self.token_file.chmod(mode)

    def run(self, *command: str, uid: int = AGENT, **variables: str) -> subprocess.CompletedProcess:
        start = [] if uid == 0 else as_user(uid)
        return subprocess.run([*start, str(self.bin / "entrypoint.sh"), *command], env=self.environment | variables,
                              cwd=self.work, text=True, capture_output=True, timeout=60, check=False)

    def read_only_home(self) -> None:
        os.chown(self.home, 0, 0)
        self.home.chmod(0o755)

    def clone(self) -> list[str]:
        script = ("git clone -q \"$1\" widgets && cd widgets && "
                  "git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x && git push -q && echo pushed")
        return ["sh", "-c", script, "sh", self.sandbox.clone_url("acme/widgets")]


@pytest.fixture
def shared(output):
    """Below /tmp itself, which every user reaches; TMPDIR may be root's alone."""
    with tempfile.TemporaryDirectory(prefix="e2e_", dir="/tmp") as directory:
        folder = pathlib.Path(directory)
        folder.chmod(0o711)
        yield folder
        # The helper's records are secrets on purpose.
        shutil.copytree(folder / "home", output / "home", ignore=shutil.ignore_patterns(".cache"))


@pytest.fixture
def container(running, sandbox, environment, shared) -> Container:
    return Container(shared, running, sandbox, environment)


def test_a_user_without_a_name_clones_and_pushes(container):
    done = container.run(*container.clone())
    assert (done.returncode, done.stdout) == (0, "pushed\n"), done.stderr
    assert (container.home / ".gitconfig").exists()
    assert list(container.tmp.iterdir()) == []


def test_a_home_that_cannot_be_written_to_will_do_and_its_configuration_is_kept(container):
    (container.home / ".gitconfig").write_text("[user]\n\tname = The User\n[alias]\n\thello = !echo hello\n")
    (container.home / ".config/git").mkdir(parents=True)
    (container.home / ".config/git/config").write_text("[alias]\n\tthere = !echo there\n")
    container.read_only_home()
    before = (container.home / ".gitconfig").read_text()
    done = container.run(*container.clone())
    assert (done.returncode, done.stdout) == (0, "pushed\n"), done.stderr
    show = "git config user.name; git hello; git there; git config --global alias.new status; git config alias.new"
    done = container.run("sh", "-c", show)
    assert done.stdout.splitlines() == ["The User", "hello", "there", "status"]
    assert (container.home / ".gitconfig").read_text() == before
    for folder in container.tmp.iterdir():
        assert (folder.stat().st_mode & 0o777, folder.stat().st_uid) == (0o700, AGENT)


def test_without_any_home_it_works_too(container):
    for home in ("", "/nonexistent", "/"):
        done = container.run("git", "ls-remote", "--quiet", container.sandbox.clone_url("acme/widgets"), "HEAD", HOME=home)
        assert done.returncode == 0, done.stderr


def test_what_the_users_git_asked_before_is_still_asked(container):
    key = f"credential.{container.sandbox.url}.helper"
    config = container.home / ".gitconfig"
    subprocess.run(["git", "config", "--file", config, key, "cache"], check=True)
    os.chown(config, AGENT, AGENT)
    for _ in range(2):
        done = container.run("git", "config", "--get-all", key)
        assert done.stdout.splitlines()[0] == ""
        assert "git-credential-hubwarden" in done.stdout.splitlines()[1]
        assert done.stdout.splitlines()[2:] == ["cache"]


def test_root_is_dropped_with_all_that_it_could(container):
    done = container.run("sh", "-c", SHOW, uid=0, RUN_AS=f"{AGENT}:{AGENT}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        str(AGENT), str(AGENT), "Groups: ", "CapEff: 0000000000000000", "CapBnd: 0000000000000000", "NoNewPrivs: 1"]
    done = container.run(*container.clone(), uid=0, RUN_AS=str(AGENT))
    assert (done.returncode, done.stdout) == (0, "pushed\n"), done.stderr
    done = container.run("sh", "-c", 'echo "$HOME"', uid=0, RUN_AS=str(AGENT), HOME="/root")
    assert done.stdout == "/\n"


def test_the_commands_end_is_its_own_and_wrong_usage_is_told(container):
    assert container.run("sh", "-c", "git config --list | wc -l", HUBWARDEN_ADDRESS="").stdout == "0\n"
    assert container.run("sh", "-c", "exit 7").returncode == 7
    assert container.run("sh", "-c", "kill -TERM $$").returncode == -15
    assert container.run().returncode == 2
    assert container.run("true", HUBWARDEN_WORKSPACE="").returncode == 2
    assert container.run("true", uid=0, RUN_AS="agent").returncode == 2


def test_a_token_of_roots_may_be_a_groups_and_no_one_elses(container):
    ask = ["git", "ls-remote", "--quiet", container.sandbox.clone_url("acme/widgets"), "HEAD"]
    for owner, mode, status in [(0, 0o440, 0), (0, 0o640, 0), (0, 0o444, 128), (0, 0o660, 128), (AGENT, 0o440, 128),
                                (AGENT, 0o400, 0)]:
        container.give_token(owner, AGENT, mode)
        assert container.run(*ask).returncode == status, (owner, oct(mode))


# A sidecar's socket


@pytest.fixture
def socket(broker, shared) -> pathlib.Path:
    folder = shared / "socket"
    folder.mkdir()
    folder.chmod(0o755)
    path = folder / "hubwarden.sock"
    broker.configure(listen={"unix": [str(path)], "unix_mode": "0666", "unix_allowed_uids": [AGENT]})
    return path


def test_a_sidecars_socket_answers_its_agents_user_alone(broker, sandbox, environment, shared, socket):
    container = Container(shared, broker.start(), sandbox, environment)
    refused = "hubwarden_http_unix_connections_refused_total"
    address = f"unix:{socket}"
    done = container.run(*container.clone(), HUBWARDEN_ADDRESS=address)
    assert (done.returncode, done.stdout) == (0, "pushed\n"), done.stderr
    assert broker.metric(refused) == 0

    # With the very same token, in a file of its own.
    container.give_token(STRANGER, STRANGER, 0o400)
    ask = ["git", "ls-remote", "--quiet", sandbox.clone_url("acme/widgets"), "HEAD"]
    done = container.run(*ask, uid=STRANGER, HUBWARDEN_ADDRESS=address, HOME="/nonexistent")
    assert done.returncode == 128
    until(lambda: broker.metric(refused) >= 1, "the refusal to be counted")
    # Root is a user like any other.
    curl = ["curl", "-sS", "--unix-socket", str(socket), "http://localhost/healthz"]
    assert subprocess.run(curl, capture_output=True, check=False).returncode != 0
    assert subprocess.run(as_user(AGENT, *curl), capture_output=True, check=False).returncode == 0


def test_the_sidecars_example_is_a_valid_configuration(environment, tmp_path):
    example = programs.ROOT / "deploy/container/sidecar/hubwarden.yaml"
    text = example.read_text().replace("/run/secrets", str(tmp_path))
    key = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, check=True).stdout
    secrets.tell("app-key", key)
    secrets.tell("admin-token", "0123456789abcdef" * 4)
    for name, content in {"app-key": key, "admin-token": b"0123456789abcdef" * 4}.items():
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "hubwarden.yaml").write_text(text)
    done = subprocess.run([programs.find("hubwarden"), "config", "check", "--config", tmp_path / "hubwarden.yaml"],
                          env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
