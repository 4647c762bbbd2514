"""`hubwarden exec`: a fresh token in a command's environment alone, and in a file that stays fresh."""

import contextlib
import json
import pathlib
import signal
import subprocess

import pytest

from support import programs, secrets
from support.broker import Workspace
from support.tls_front import TlsFront, make_authority
from support.waiting import until

TOKEN = "GH_ENTERPRISE_TOKEN"  # the sandbox is not github.com
SHOW = ["sh", "-c", f'printf %s "${TOKEN}"']


class Exec:
    def __init__(self, workspace: Workspace, output: pathlib.Path):
        self.workspace, self.environment = workspace, workspace.environment
        self.kept = output / "exec.stderr"

    def command(self, *arguments: str) -> list[str]:
        return [str(programs.find("hubwarden")), "exec", *arguments]

    def run(self, *arguments: str, cwd=None, **variables: str) -> subprocess.CompletedProcess:
        done = subprocess.run(self.command(*arguments), env=self.environment | variables, text=True, capture_output=True,
                              cwd=cwd or self.workspace.home, timeout=60, check=False)
        with open(self.kept, "a") as kept:
            kept.write(done.stderr)
        return done

    def token(self, *arguments: str, **more) -> str:
        done = self.run(*arguments, "--", *SHOW, **more)
        assert (done.returncode, done.stderr) == (0, "")
        secrets.tell("token", done.stdout)
        return done.stdout

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(self.command(*arguments), env=self.environment, text=True, cwd=self.workspace.home,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(self.kept, "a"))

    def left_files(self) -> list[pathlib.Path]:
        return list(pathlib.Path(self.environment["XDG_RUNTIME_DIR"]).glob("hubwarden-exec-*"))


@pytest.fixture
def both(running, sandbox, home, environment) -> Workspace:
    return Workspace(running, sandbox, home, environment, ["acme/widgets", "acme/gadgets"])


@pytest.fixture
def exec_(both, output) -> Exec:
    made = Exec(both, output)
    yield made
    assert made.left_files() == []


MODES = pytest.mark.parametrize("mode", [[], ["--token-file"]], ids=["environment", "file"])


def test_the_token_is_for_the_repository_around_it(exec_, both, sandbox):
    clone = both.clone()
    token = exec_.token(cwd=clone)
    assert sandbox.rest("GET", "/repos/acme/widgets", token).status == 200
    assert sandbox.rest("GET", "/repos/acme/gadgets", token).status == 404
    inside = clone / "a" / "b"
    inside.mkdir(parents=True)
    assert exec_.token(cwd=inside) == token
    named = exec_.token("--repo", "acme/gadgets", cwd=clone)
    assert sandbox.rest("GET", "/repos/acme/gadgets", named).status == 200
    assert sandbox.rest("GET", "/repos/acme/widgets", named).status == 404


def test_it_stands_where_the_hosts_programs_look_and_nowhere_else(exec_, sandbox):
    done = exec_.run("--repo", "acme/widgets", "--env", "NPM_TOKEN", "--", "env", "-0", GH_TOKEN="the user's own")
    variables = dict(entry.split("=", 1) for entry in done.stdout.split("\0") if entry)
    token = variables[TOKEN]
    secrets.tell("token", token)
    assert {name for name, value in variables.items() if value == token} == {TOKEN, "GITHUB_ENTERPRISE_TOKEN", "NPM_TOKEN"}
    assert variables["GH_HOST"] == sandbox.host
    assert variables["GH_REPO"] == f"{sandbox.host}/acme/widgets"
    assert variables["GH_TOKEN"] == "the user's own"
    assert done.stderr == ""


@MODES
def test_the_commands_exit_status_output_and_end_are_its_own(exec_, mode):
    def run(script):
        return exec_.run("--repo", "acme/widgets", *mode, "--", "sh", "-c", script)
    done = run("echo out; echo err >&2; exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")
    assert run("exit 0").returncode == 0
    assert run("kill -TERM $$").returncode == -signal.SIGTERM
    assert run("kill -KILL $$").returncode == -signal.SIGKILL


@MODES
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1])
def test_signals_reach_the_command(exec_, mode, number):
    name = signal.Signals(number).name.removeprefix("SIG")
    script = f"trap 'echo caught; exit 3' {name}; echo ready; while :; do read -t 0.05 x </dev/zero; done"
    process = exec_.start("--repo", "acme/widgets", *mode, "--", "bash", "-c", script)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    assert process.communicate(timeout=30)[0] == "caught\n"
    assert process.returncode == 3


@MODES
def test_no_command_line_shows_the_token(exec_, mode):
    process = exec_.start("--repo", "acme/widgets", *mode, "--", "sh", "-c", f'printf "%s\\n" "${TOKEN}"; read x; true')
    token = process.stdout.readline().strip()
    secrets.tell("token", token)
    lines = command_lines()
    assert any(b"read x" in line for line in lines)
    assert not any(token.encode() in line for line in lines)
    process.communicate("\n", timeout=30)
    assert process.returncode == 0


def command_lines() -> list[bytes]:
    lines = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(path.read_bytes())
    return lines


# The file


WATCH = """
while [ ! -e stop ]; do
  code=$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $(cat "$HUBWARDEN_TOKEN_FILE")" "$ASK")
  echo "$code $(sha256sum <"$HUBWARDEN_TOKEN_FILE")" >>seen
done
stat -c '%a' "$HUBWARDEN_TOKEN_FILE" "${HUBWARDEN_TOKEN_FILE%/*}" >modes
"""


def seen(home: pathlib.Path) -> list[str]:
    file = home / "seen"
    return file.read_text().splitlines() if file.exists() else []


def test_the_file_holds_a_living_token_for_as_long_as_the_command_runs(exec_, both, sandbox):
    sandbox.change_settings(token_lifetime="6s")
    exec_.environment["ASK"] = f"{sandbox.url}/repos/acme/widgets"
    process = exec_.start("--repo", "acme/widgets", "--token-file", "--", "bash", "-c", WATCH)
    until(lambda: len(set(seen(both.home))) >= 4, "four tokens")
    (both.home / "stop").touch()
    assert process.wait(30) == 0
    assert {line.split()[0] for line in seen(both.home)} == {"200"}
    assert (both.home / "modes").read_text() == "600\n700\n"
    assert exec_.left_files() == []


def test_a_workspace_token_that_was_rotated_meanwhile_is_read_again(exec_, both, sandbox, running):
    sandbox.change_settings(token_lifetime="4s")
    exec_.environment["ASK"] = f"{sandbox.url}/repos/acme/widgets"
    process = exec_.start("--repo", "acme/widgets", "--token-file", "--", "bash", "-c", WATCH)
    until(lambda: seen(both.home), "the first token")
    admin = both.environment | {"HUBWARDEN_ADMIN_TOKEN_FILE": str(running.private / "admin-token")}
    shown = json.loads(both.hubwarden("workspace", "show", "agent-7", "--url", running.address, environment=admin))
    both.hubwarden("workspace", "rotate", "agent-7", "--url", running.address, "--token-file", str(both.token_file),
                   environment=admin)
    secrets.tell("workspace-token", both.token_file.read_text().strip())
    both.hubwarden("workspace", "revoke", "agent-7", str(shown["tokens"][0]["id"]), "--url", running.address,
                   environment=admin)
    before = len(set(seen(both.home)))
    until(lambda: len(set(seen(both.home))) >= before + 2, "tokens for the new credential")
    (both.home / "stop").touch()
    assert process.wait(30) == 0
    assert {line.split()[0] for line in seen(both.home)} == {"200"}


def test_a_dead_token_does_not_stay_in_the_file(exec_, both, sandbox, running):
    sandbox.change_settings(token_lifetime="3s")
    wait = 'while [ -e "$HUBWARDEN_TOKEN_FILE" ]; do read -t 0.05 x </dev/zero; done; echo gone'
    process = exec_.start("--repo", "acme/widgets", "--token-file", "--", "bash", "-c", f"echo on; {wait}")
    assert process.stdout.readline() == "on\n"
    running.process.kill()
    assert process.communicate(timeout=30)[0] == "gone\n"
    assert exec_.kept.read_text().count("no new token yet") == 1


# What does not work


@MODES
def test_what_cannot_run_is_told_as_env_tells_it(exec_, both, mode):
    def run(*command):
        return exec_.run("--repo", "acme/widgets", *mode, "--", *command)
    assert run("/nowhere/command").returncode == 127
    assert run("no-such-command-anywhere").returncode == 127
    (both.home / "file").write_text("")
    assert run(str(both.home / "file")).returncode == 126
    assert run("/nowhere/command").stderr.startswith("hubwarden exec: /nowhere/command: ")


def test_without_a_token_nothing_runs(exec_, both, running):
    def run(*arguments):
        return exec_.run(*arguments, "--", "touch", "ran")
    assert run("--repo", "acme/secret").returncode == 125
    assert "not about acme/secret" in run("--repo", "acme/secret").stderr
    assert run().returncode == 2
    assert run("--repo", "acme").returncode == 2
    assert run("--repo", "acme/widgets", "--env", "A=B").returncode == 2
    assert exec_.run("--repo", "acme/widgets").returncode == 2
    both.token_file.chmod(0o644)
    assert run("--repo", "acme/widgets").returncode == 125
    both.token_file.chmod(0o600)
    running.process.kill()
    assert run("--repo", "acme/widgets").returncode == 125
    assert not (both.home / "ran").exists()


# The real gh


@pytest.fixture
def front(private, sandbox):
    """gh speaks https alone, and asks an Enterprise Server below /api/v3."""
    authority = make_authority(private / "authority", "IP:127.0.0.1")
    with TlsFront(sandbox.url, authority) as made:
        yield made


@MODES
def test_gh_works_with_it(broker, sandbox, home, environment, output, front, mode):
    broker.configure(github={"api_url": f"{front.url}/api/v3", "ca_file": str(front.ca_file)})
    workspace = Workspace(broker.start(), sandbox, home, environment, ["acme/widgets"])
    workspace.hubwarden("setup-git", "--file", str(workspace.git_config), "--address", broker.address, "--workspace",
                        "agent-7", "--token-file", str(workspace.token_file), "--host", front.url)
    made = Exec(workspace, output)
    made.environment = made.environment | {
        "SSL_CERT_FILE": str(front.ca_file), "GH_CONFIG_DIR": str(home / "gh"), "GH_NO_UPDATE_NOTIFIER": "1"}

    def gh(*arguments):
        return made.run("--repo", "acme/widgets", *mode, "--", "gh", *arguments)
    done = gh("api", "repos/{owner}/{repo}", "--jq", ".full_name")
    assert (done.returncode, done.stdout) == (0, "acme/widgets\n"), done.stderr
    refused = gh("api", "repos/acme/gadgets")
    assert refused.returncode == 1 and "404" in refused.stderr
    # gh keeps nothing of it.
    assert not list((home / "gh").rglob("hosts.yml"))
    assert made.run("--repo", "acme/widgets", "--", "true").returncode == 0
    assert subprocess.run(["gh", "api", "user"], env=made.environment, capture_output=True, check=False).returncode != 0
