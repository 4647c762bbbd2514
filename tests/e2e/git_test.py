"""git, its credential helper, hubwarden and GitHub's stand-in: the whole chain, with tokens that live for seconds."""

import datetime
import subprocess

import pytest

from support import secrets
from support.waiting import until

LIFE = 10  # seconds: the least at which hubwarden's thresholds are still apart by a loaded machine's hiccups


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def head_of(workspace, repository: str = "acme/widgets") -> str:
    return workspace.git("ls-remote", workspace.sandbox.clone_url(repository), "HEAD").stdout.split()[0]


def let_all_tokens_expire(sandbox) -> None:
    latest = sandbox.latest_expiry()
    until(lambda: now() > latest, "the tokens to expire")


def test_git_pushes_across_expiries_and_never_meets_an_expired_token(workspace, sandbox):
    sandbox.change_settings(token_lifetime=f"{LIFE}s")
    clone = workspace.clone()
    for form in ("classic", "stateless"):
        pushed = workspace.commit_and_push(clone)
        sandbox.change_settings(token_format=form)
        let_all_tokens_expire(sandbox)
        workspace.git("fetch", "--quiet", cwd=clone)
        assert head_of(workspace) == pushed
    workspace.commit_and_push(clone)
    assert len(fill(workspace, f"protocol=http\nhost={sandbox.host}\npath=acme/widgets.git\n\n")) > 400
    totals = sandbox.totals
    assert totals["git_requests_with_expired_token"] == 0
    assert totals["bad_credentials"] == 0
    assert sandbox.mints >= 3


def fill(workspace, text: str) -> str | None:
    """The password that git gets out of its helpers for this question."""
    done = subprocess.run(["git", "credential", "fill"], env=workspace.environment, input=text, text=True,
                          capture_output=True, timeout=60, check=False)
    password = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line).get("password")
    if password:
        secrets.tell("token", password)
    return password


def test_setting_git_up_again_changes_nothing_and_undoing_it_leaves_what_was_there(workspace, running):
    before = workspace.git_config.read_text()
    workspace.setup_git(running.address)
    assert workspace.git_config.read_text() == before
    workspace.hubwarden("setup-git", "--file", str(workspace.git_config), "--remove")
    left = workspace.git_config.read_text()
    assert "hubwarden" not in left
    assert "agent-7@example.com" in left


# Who gets nothing


def test_git_gets_a_password_for_its_own_repository(workspace, sandbox):
    assert fill(workspace, f"protocol=http\nhost={sandbox.host}\npath=acme/widgets.git\n\n").startswith("ghs_")


@pytest.mark.parametrize("text", [
    "protocol=http\nhost=evil.example\npath=acme/widgets.git\n\n",
    "protocol=https\nhost=github.com\npath=acme/widgets.git\n\n",
    "protocol=https\nhost={host}\npath=acme/widgets.git\n\n",
    "protocol=http\nhost={host}\npath=acme/../acme/widgets.git\n\n",
    "protocol=http\nhost={host}\npath=acme/widgets.git/../../x/y\n\n",
    "protocol=http\nhost={host}\npath=acme/widgets%2f..%2fgadgets\n\n",
    "protocol=http\nhost={host}\n\n",
], ids=["wrong host", "github itself", "wrong protocol", "path upwards", "path aside", "escaped path", "no path"])
def test_git_gets_no_password_and_hubwarden_no_question_for_what_is_not_ours(workspace, running, sandbox, text):
    assert fill(workspace, text.format(host=sandbox.host)) is None
    assert running.token_requests == 0


def test_git_gets_no_password_for_a_repository_that_is_not_the_workspaces(workspace, running, sandbox):
    for repository in ("acme/gadgets", "acme/no-such", "other/widgets"):
        done = workspace.git("ls-remote", sandbox.clone_url(repository), check=False)
        assert done.returncode != 0
        assert "forbidden" in done.stderr
    assert running.metric("hubwarden_token_requests_total", outcome="refused") == 3
    assert sandbox.mints == 0


def test_an_injected_host_in_a_url_gets_nothing(workspace, running, sandbox):
    done = workspace.git("ls-remote", f"http://evil.example%0ahost={sandbox.host}/acme/widgets.git", check=False)
    assert done.returncode != 0
    assert running.token_requests == 0


# Tokens that die early


def test_a_token_that_github_revoked_is_healed_by_gits_own_erase(workspace, running, sandbox):
    clone = workspace.clone()
    dead = fill(workspace, f"protocol=http\nhost={sandbox.host}\npath=acme/widgets.git\n\n")
    sandbox.revoke(dead)
    assert workspace.git("fetch", cwd=clone, check=False).returncode != 0
    # GitHub may not know a young token everywhere yet, so that hubwarden believes the refusal only after a while.
    until(lambda: workspace.git("fetch", "--quiet", cwd=clone, check=False).returncode == 0, "git to be healed")
    assert running.metric("hubwarden_token_rejections_total") >= 1
    assert [line["fingerprint"] for line in running.logged("github.token_forgotten")]
    assert sandbox.mints == 2
    workspace.commit_and_push(clone)


def test_a_report_of_a_good_token_changes_nothing(workspace, running, sandbox):
    clone = workspace.clone()
    token = fill(workspace, f"protocol=http\nhost={sandbox.host}\npath=acme/widgets.git\n\n")
    text = f"protocol=http\nhost={sandbox.host}\npath=acme/widgets.git\nusername=x-access-token\npassword={token}\n\n"
    subprocess.run(["git", "credential", "reject"], env=workspace.environment, input=text, text=True, check=True, timeout=60)
    assert running.metric("hubwarden_token_rejections_total") == 1
    workspace.git("fetch", "--quiet", cwd=clone)
    assert sandbox.mints == 1
    assert running.logged("github.token_forgotten") == []


# One question for all


def test_two_fetches_at_once_ask_hubwarden_once(workspace, running, sandbox):
    clones = [workspace.clone(name=name) for name in ("one", "two")]
    for record in workspace.records():
        record.unlink()
    before = running.token_requests
    # Both come to the helper at about the same time: GitHub's first answers are late, so they are given together.
    sandbox.break_next("latency", "*", path="/acme/widgets.git/info/refs", count=2, latency="500ms")
    fetches = [workspace.start_git("fetch", "--quiet", cwd=clone) for clone in clones]
    for fetch in fetches:
        _, err = fetch.communicate(timeout=60)
        assert fetch.returncode == 0, err
    assert running.token_requests - before == 1


# Without hubwarden


def second_helper(workspace, token: str) -> None:
    answer = workspace.private / "second-helper"
    answer.write_text(f"username=x-access-token\npassword={token}\n")
    key = f"credential.{workspace.sandbox.url}.helper"
    line = f"!f() {{ test \"$1\" = get && cat {answer}; }}; f"
    workspace.git("config", "--global", "--add", key, line)


def test_the_next_helper_answers_while_hubwarden_is_down(workspace, running):
    second_helper(workspace, running.token_for("acme/widgets").body["token"])
    running.stop()
    workspace.clone()


def test_the_next_helper_is_not_asked_while_hubwarden_answers(workspace, sandbox):
    second_helper(workspace, "nobody-asks-for-this")
    workspace.clone()
    assert sandbox.totals["bad_credentials"] == 0


def test_a_push_goes_on_without_hubwarden_while_the_last_token_lives(workspace, running, sandbox):
    clone = workspace.clone()
    running.stop()
    pushed = workspace.commit_and_push(clone)
    assert head_of(workspace) == pushed
    assert sandbox.mints == 1


def test_a_push_goes_on_when_hubwarden_was_killed_and_came_back(workspace, running, sandbox):
    workspace.setup_git(running.socket)
    clone = workspace.clone()
    running.process.kill()
    running.start()
    for record in workspace.records():
        record.unlink()
    pushed = workspace.commit_and_push(clone)
    assert head_of(workspace) == pushed
    assert sandbox.mints == 2


def test_git_says_in_one_line_why_there_is_no_password(workspace, sandbox, running):
    sandbox.uninstall()
    done = workspace.git("ls-remote", sandbox.clone_url("acme/widgets"), check=False)
    assert done.returncode != 0
    lines = [line for line in done.stderr.splitlines() if line.startswith("git-credential-hubwarden:")]
    assert len(lines) == 1
    assert "app_not_installed" in lines[0]
