"""git-credential-hubwarden under the real git: chains of helpers, dead tokens, fetches at once."""

import pathlib
import subprocess

import pytest

from support.credential_helper import MINUTES, Helper, refusal
from support.hubwarden_fake import FakeHubwarden
from support.programs import git


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
