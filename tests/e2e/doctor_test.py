"""`hubwarden doctor` against the real hubwarden and the sandbox: every link broken on purpose, and named."""

import json
import subprocess

import pytest

from support import programs
from support.sandbox import LOOK_UP, MINT

EXPIRED = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
EXIT_STATUS = {name: 10 + place for place, name in enumerate([
    "helper", "git-config", "git-path", "settings", "workspace-token", "hubwarden", "identity", "grant", "github",
    "app-key", "clock", "installation", "permissions", "mint", "git",
])}


class World:
    def __init__(self, workspace, output):
        self.workspace, self.broker, self.sandbox = workspace, workspace.broker, workspace.sandbox
        self.settings = workspace.home / ".config/hubwarden/credential"
        self.key = f"credential.{self.sandbox.url}"
        self.helper = workspace.git("config", "--global", "--get-all", f"{self.key}.helper").stdout.splitlines()[-1]
        self.output = output

    def doctor(self, *arguments: str, cwd=None) -> subprocess.CompletedProcess:
        done = subprocess.run([programs.find("hubwarden"), "doctor", *arguments], env=self.workspace.environment, text=True,
                              cwd=cwd or self.workspace.home, capture_output=True, timeout=120, check=False)
        with open(self.output / "doctor.txt", "a") as kept:
            kept.write(done.stdout + done.stderr)
        return done

    def config(self, *arguments: str) -> None:
        self.workspace.git("config", "--global", *arguments)

    def set_helpers(self, *helpers: str) -> None:
        self.config("--unset-all", f"{self.key}.helper")
        for helper in helpers:
            self.config("--add", f"{self.key}.helper", helper)

    def add_setting(self, line: str) -> None:
        with open(self.settings, "a") as settings:
            settings.write(line + "\n")

    def change_setting(self, key: str, value: str) -> None:
        lines = [line for line in self.settings.read_text().splitlines() if not line.startswith(f"{key} =")]
        self.settings.write_text("\n".join([*lines, f"{key} = {value}"]) + "\n")

    def restart_with(self, **github) -> None:
        self.broker.configure(github=github)
        self.broker.restart()
        self.change_setting("address", self.broker.address)

    def break_for_good(self, kind: str, route: str, **more) -> None:
        self.sandbox.break_next(kind, route, count=50, **more)

    def swap_token(self) -> None:
        other = self.broker.create_workspace("another", ["acme/widgets"], {"contents": "read"})
        self.workspace.token_file.write_text(other + "\n")


@pytest.fixture
def world(workspace, output) -> World:
    return World(workspace, output)


# name: (how it is broken, the link, a part of its cause, arguments)
BROKEN = {
    "the helper's program is gone": (
        lambda w: w.set_helpers("", "/nowhere/git-credential-hubwarden --config " + str(w.settings)),
        "helper", "/nowhere/git-credential-hubwarden"),
    "git is gone": (
        lambda w: w.workspace.environment.update(PATH="/nowhere"), "helper", "git does not run"),
    "git does not know the helper": (lambda w: w.set_helpers(), "git-config", "nobody else"),
    "a later file empties the chain": (
        lambda w: w.workspace.environment.update(
            GIT_CONFIG_COUNT="2", GIT_CONFIG_KEY_0="credential.helper", GIT_CONFIG_VALUE_0="",
            GIT_CONFIG_KEY_1="credential.helper", GIT_CONFIG_VALUE_1="cache"),
        "git-config", '"cache" (command line:)'),
    "another helper is asked first": (
        lambda w: w.set_helpers("store", w.helper), "git-config", '"store"'),
    "git keeps the path to itself": (
        lambda w: w.config(f"{w.key}.useHttpPath", "false"), "git-path", "which repository"),
    "a setting that does not exist": (
        lambda w: w.add_setting("adress = x"), "settings", 'did you mean "address"?'),
    "the settings are gone": (lambda w: w.settings.unlink(), "settings", "No such file"),
    "the settings leave the repository out": (
        lambda w: w.add_setting("repository = acme/gadgets"), "settings", "acme/widgets", "--repo", "acme/widgets"),
    "others may read the token": (
        lambda w: w.workspace.token_file.chmod(0o644), "workspace-token", "others may read it"),
    "the token's file is gone": (
        lambda w: w.workspace.token_file.unlink(), "workspace-token", "No such file"),
    "hubwarden is down": (lambda w: w.broker.process.kill(), "hubwarden", "refused"),
    "another server is at its address": (
        lambda w: w.change_setting("address", w.sandbox.url), "hubwarden", "not hubwarden"),
    "another workspace's token": (lambda w: w.swap_token(), "identity", "unauthenticated"),
    "a repository that is not the workspace's": (
        lambda w: None, "grant", "not about", "--repo", "acme/gadgets"),
    "GitHub is down": (lambda w: w.sandbox.process.kill(), "github", "upstream_unavailable"),
    "GitHub has had enough": (
        lambda w: w.break_for_good("secondary_limit", "GET /app", retry_after=50), "github", "rate_limited"),
    "GitHub's answer to the look-up is broken": (
        lambda w: w.break_for_good("unicorn", LOOK_UP), "github", "upstream_unavailable"),
    "the App's key was deleted": (lambda w: w.sandbox.forget_key(), "app-key", "upstream_auth"),
    "the App's id is another's": (lambda w: w.restart_with(app_id=999), "app-key", "upstream_auth"),
    "there is no App": (
        lambda w: w.restart_with(app_id=None, private_key=None, installation_id=None), "app-key", "not_configured"),
    "GitHub blames the clock": (
        lambda w: w.break_for_good("status", "GET /app", status=401, message=EXPIRED), "clock", "clock"),
    "this machine's clock is behind": (
        lambda w: w.sandbox.change_settings(clock_skew="20m"), "clock", "behind GitHub's"),
    "this machine's clock is ahead": (
        lambda w: w.sandbox.change_settings(clock_skew="-20m"), "clock", "ahead of GitHub's"),
    "the App was uninstalled": (lambda w: w.sandbox.uninstall(), "installation", "app_not_installed"),
    "the installation is suspended": (
        lambda w: w.sandbox.change_installation(suspended=True), "installation", "suspended"),
    "the installation was not given the repository": (
        lambda w: w.sandbox.change_installation(repositories=["gadgets"]), "installation", "app_not_installed"),
    "the installation may only read": (
        lambda w: w.sandbox.change_installation(permissions={"contents": "read"}), "permissions", "contents:write"),
    "GitHub mints nothing": (lambda w: w.break_for_good("unicorn", MINT), "mint", "upstream_unavailable"),
    "git goes elsewhere": (
        lambda w: w.config("url.http://127.0.0.1:1/.insteadOf", w.sandbox.url + "/"), "git", "127.0.0.1"),
    "git's side of GitHub is down": (
        lambda w: w.break_for_good("status", "GET /{owner}/{repo}.git/info/refs", status=500, message="x"),
        "git", "500"),
}


@pytest.mark.parametrize("how, link, cause, arguments", [(*row[:3], row[3:]) for row in BROKEN.values()], ids=BROKEN.keys())
def test_the_broken_link_is_named(world, how, link, cause, arguments):
    how(world)
    told = world.doctor(*arguments)
    assert told.returncode == EXIT_STATUS[link], told.stdout
    assert told.stderr == ""
    (broken,) = [line for line in told.stdout.splitlines() if line.startswith("  BROKEN")]
    assert broken.split()[1] == link
    assert cause in broken
    assert told.stdout.count("remedy: ") == 1

    told = world.doctor("--json", *arguments)
    assert told.returncode == EXIT_STATUS[link]
    body = json.loads(told.stdout)
    assert body["ok"] is False
    assert (body["broken"]["link"], body["broken"]["exit_status"]) == (link, EXIT_STATUS[link])
    assert cause in body["broken"]["cause"] and body["broken"]["remedy"]
    states = [each["state"] for each in body["links"]]
    place = list(EXIT_STATUS).index(link)
    assert states == ["ok"] * place + ["broken"] + ["unknown"] * (len(states) - place - 1)
    assert [each["link"] for each in body["links"]] == list(EXIT_STATUS)


def test_every_link_is_broken_once_above():
    assert {row[1] for row in BROKEN.values()} == set(EXIT_STATUS)


def test_nothing_is_broken_when_all_is_well(world):
    told = world.doctor()
    assert (told.returncode, told.stderr) == (0, ""), told.stdout
    assert told.stdout.splitlines()[0] == (
        f"acme/widgets on {world.sandbox.url}, as workspace agent-7, by hubwarden at {world.broker.address}")
    assert [line.split() for line in told.stdout.splitlines()[1:]] == [["ok", name] for name in EXIT_STATUS]
    body = json.loads(world.doctor("--json").stdout)
    assert (body["ok"], body["broken"], body["repository"]) == (True, None, "acme/widgets")
    # As many requests with a token as git made: the diagnosis itself uses none.
    assert world.sandbox.mints == 1


def test_it_is_about_the_repository_around_it(world):
    clone = world.workspace.clone()
    body = json.loads(world.doctor("--json", cwd=clone).stdout)
    assert (body["ok"], body["repository"], body["host"]) == (True, "acme/widgets", world.sandbox.url)
    world.workspace.git("remote", "set-url", "origin", world.sandbox.clone_url("acme/gadgets"), cwd=clone)
    assert world.doctor(cwd=clone).returncode == EXIT_STATUS["grant"]


@pytest.mark.parametrize("named", ["hubwarden", "!git-credential-hubwarden"])
def test_a_helper_that_git_finds_on_the_path_is_found(world, named):
    world.set_helpers("", f"{named} --config '{world.settings}'")
    told = world.doctor()
    assert told.returncode == EXIT_STATUS["helper"] and "git-credential-hubwarden is not there" in told.stdout
    world.workspace.environment["PATH"] += f":{programs.find('git-credential-hubwarden').parent}"
    told = world.doctor()
    assert told.returncode == 0, told.stdout


def test_a_name_that_git_lengthens_is_not_found_by_its_short_form(world):
    world.set_helpers("", f"git-credential-hubwarden --config '{world.settings}'")
    world.workspace.environment["PATH"] += f":{programs.find('git-credential-hubwarden').parent}"
    told = world.doctor()
    assert told.returncode == EXIT_STATUS["helper"]
    assert "git-credential-git-credential-hubwarden is not there" in told.stdout


def test_what_works_and_is_worth_a_look_is_a_note(world):
    world.set_helpers("", world.helper, f"store --file={world.workspace.private / 'kept'}")
    told = world.doctor()
    assert told.returncode == 0, told.stdout
    assert "note: git also tells \"store\" the tokens" in told.stdout


def test_options_that_make_no_sense_are_wrong_usage(world):
    for arguments in (["--repo", "acme"], ["--host", "http://github.com"], ["--repo"]):
        told = world.doctor(*arguments)
        assert (told.returncode, told.stdout) == (2, "") and told.stderr


def test_a_workspace_may_not_ask_without_end(world):
    answers = [world.broker.ask("GET", "/workspaces/agent-7/diagnosis", bearer=world.workspace.token_file.read_text().strip())
               for _ in range(11)]
    assert [answer.status for answer in answers] == [200] * 10 + [429]
    assert "token\":" not in answers[0].text
