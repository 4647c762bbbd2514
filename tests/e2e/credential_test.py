"""git-credential-hubwarden by itself, asked as git asks it."""

import os
import pathlib
import signal
import stat
import subprocess
import time

import pytest

from support.credential_helper import ASK, MINUTES, erase_text, refusal
from support.hubwarden_fake import BEARER, FakeHubwarden

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
        {"repo": ["acme/widgets"], "host": ["github.com"]},
    )


def test_a_get_over_loopback_tcp_is_answered(helper):
    with FakeHubwarden() as server:
        helper.configure(server.address)
        assert helper.token() == server.token


def test_git_lfs_paths_are_answered_for_their_repository(helper, hubwarden):
    text = "protocol=https\nhost=github.com\npath=acme/widgets.git/info/lfs\n\n"
    assert helper.token(text) == hubwarden.token
    assert hubwarden.asked[0].query["repo"] == ["acme/widgets"]


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


def test_a_workspace_token_that_is_rotated_while_hubwarden_is_asked_is_read_again(helper, hubwarden):
    helper.token_file.write_text("hwt_the_one_before\n")
    hubwarden.gate.clear()
    process = helper.start()
    assert hubwarden.arrived.acquire(timeout=30)
    helper.token_file.write_text(BEARER + "\n")
    hubwarden.gate.set()
    assert hubwarden.token in process.communicate(timeout=30)[0]
    assert [asked.bearer for asked in hubwarden.asked] == ["hwt_the_one_before", BEARER]


def test_a_workspace_token_that_is_refused_and_did_not_change_is_not_sent_again(helper, hubwarden):
    helper.token_file.write_text("hwt_unknown\n")
    done = helper.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert "unauthenticated" in done.stderr
    assert len(hubwarden.asked) == 1
