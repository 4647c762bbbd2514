"""hubwarden's own command line against a running hubwarden: what it prints, where, and its exit status."""

import json
import stat
import subprocess

import pytest

from support import programs, secrets
from support.command_line import CommandLine
from support.hubwarden_fake import BEARER, FakeHubwarden


@pytest.fixture
def command(running, environment) -> CommandLine:
    return CommandLine(running, environment)


CREATE = ("workspace", "create", "agent-7", "--repository", "acme/widgets", "--permission", "contents:read")


def test_a_workspace_is_created_listed_rotated_revoked_and_deleted(command, running):
    first = command.output(*CREATE).strip()
    secrets.tell("workspace-token", first)
    assert running.token_of("agent-7", first).status == 200
    assert command.output("workspace", "list") == "agent-7 acme/widgets contents:read\n"

    (token,) = json.loads(command.output("workspace", "show", "agent-7"))["tokens"]
    second = json.loads(command.output("workspace", "rotate", "agent-7", "--json"))["token"]
    secrets.tell("workspace-token", second)
    assert command.output("workspace", "revoke", "agent-7", str(token["id"])) == ""
    assert running.token_of("agent-7", first).status == 401
    assert running.token_of("agent-7", second).status == 200

    assert command.output("workspace", "delete", "agent-7") == ""
    assert command.output("workspace", "list") == ""
    assert running.token_of("agent-7", second).status == 401


def test_a_token_file_is_for_its_owner_alone_and_nothing_is_printed(command, private):
    file = private / "token"
    file.write_text("an old one")
    file.chmod(0o644)
    assert command.output(*CREATE, "--token-file", str(file)) == ""
    secrets.tell("workspace-token", file.read_text().strip())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().startswith("hww_")


def test_a_handle_is_created_listed_shown_and_revoked(command, running):
    made = json.loads(command.output("handle", "create", "acme/widgets", "-o", "read", "--operation", "create_issue",
                                     "--expires-in", "2h", "--requests", "7", "--bytes", "1000", "--concurrent", "2",
                                     "--priority", "background", "--json"))
    secrets.tell("proxy-handle", made["proxy_handle"])
    assert made["budget"] == {"concurrent": 2, "requests": 7, "bytes": 1000}
    line = f"{made['id']} acme/widgets read,create_issue"
    assert command.output("handle", "list") == f"{line} until {made['expires_at']}\n"
    shown = json.loads(command.output("handle", "show", made["id"]))
    assert shown == {name: value for name, value in made.items() if name != "proxy_handle"}

    assert command.output("handle", "revoke", made["id"]) == ""
    assert command.output("handle", "list").startswith(f"{line} revoked ")
    assert command.run("handle", "revoke", "0123456789abcdef").returncode == 1


def test_a_handle_goes_to_stdout_alone_or_to_a_file_of_its_owner(command, private):
    printed = command.output("handle", "create", "acme/widgets").strip()
    secrets.tell("proxy-handle", printed)
    assert printed.startswith("hwh_")
    file = private / "handle"
    assert command.output("handle", "create", "acme/widgets", "--handle-file", str(file)) == ""
    written = file.read_text().strip()
    secrets.tell("proxy-handle", written)
    assert (written.startswith("hwh_"), stat.S_IMODE(file.stat().st_mode)) == (True, 0o600)


def test_all_workspaces_are_listed_however_many(command, running):
    names = [f"agent-{number:03}" for number in range(130)]
    for name in names:
        running.create_workspace(name, ["acme/widgets"], {"contents": "read"})
    listed = [json.loads(line)["id"] for line in command.output("workspace", "list", "--json").splitlines()]
    assert listed == names


def test_tokens_are_printed_for_operators_and_for_workspaces(command, running, private):
    bearer = running.create_workspace("agent-7", ["acme/widgets"], {"contents": "read"})
    as_admin = command.output("token", "--repo", "acme/gadgets", "--permissions", "contents:read").strip()
    as_workspace = command.output("token", "--workspace", "agent-7", HUBWARDEN_WORKSPACE_TOKEN=bearer).strip()
    assert as_admin.startswith("ghs_") and as_workspace.startswith("ghs_") and as_admin != as_workspace
    for token in (as_admin, as_workspace):
        secrets.tell("token", token)


@pytest.mark.parametrize("arguments, status, says", [
    ((), 2, ""),
    (("frobnicate",), 2, ""),
    (("workspace", "create", "agent-7"), 2, "--repository"),
    (("workspace", "show", "nobody"), 1, "not_found"),
    ((*CREATE[:-1], "contents:everything"), 1, "invalid_request"),
    (("token", "--repo", "acme/no-such", "--permissions", "contents:read"), 1, "app_not_installed"),
    (("workspace", "list", "--url", "http://127.0.0.1:1"), 4, ""),
    (("config", "check", "--config", "/no/such/file.yaml"), 3, "/no/such/file.yaml"),
    (("catalogue", "show", "issues/craete"), 1, "did you mean issues/create?"),
    (("catalogue", "show", "GET", "/repos/acme/widgets/"), 1, "/repos/acme/widgets/"),
    (("catalogue", "list", "--permission", "contnts"), 2, "contnts"),
    (("catalogue", "list", "--read", "--write"), 2, ""),
    (("policy", "check", "/no/such/file.yaml"), 3, "/no/such/file.yaml: does not exist"),
    (("policy", "explain", "policy.yaml", "--issuer", "a", "-o", "issues/create", "-p", "issues:write", "-r", "a/b"), 2,
     "--operation excludes --permissions"),
])
def test_trouble_is_told_on_standard_error_and_by_the_exit_status(command, arguments, status, says):
    done = command.run(*arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr != "" and says in done.stderr


def test_a_wrong_admin_token_is_told_and_not_repeated(command):
    done = command.run("workspace", "list", HUBWARDEN_ADMIN_TOKEN="wrong-0123456789")
    assert (done.returncode, "unauthenticated" in done.stderr) == (1, True)
    assert "wrong-0123456789" not in done.stderr


def test_it_says_its_version(command):
    assert command.output("--version").strip()[0].isdigit()


def test_an_operators_token_that_is_rotated_while_hubwarden_is_asked_is_read_again(environment, private):
    file = private / "token"
    file.touch(mode=0o600)
    file.write_text("hwt_the_one_before\n")
    with FakeHubwarden() as server:
        server.gate.clear()
        command = [programs.find("hubwarden"), "token", "--workspace", "agent-7", "--repo", "acme/widgets",
                   "--workspace-token-file", str(file), "--url", server.address]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert server.arrived.acquire(timeout=30)
        file.write_text(BEARER + "\n")
        server.gate.set()
        assert process.communicate(timeout=30) == (server.token + "\n", "")
        assert [asked.bearer for asked in server.asked] == ["hwt_the_one_before", BEARER]
