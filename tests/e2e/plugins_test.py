"""Plugins and boot environments: the installed example in a running hubwarden."""

import pathlib
import subprocess
import time

import pytest

from support import programs, secrets
from support.http_client import with_query
from support.sandbox import MINT

READ = {"contents": "read"}
TOKEN = "tok_0123456789abcdefghij"


@pytest.fixture
def installed(tmp_path) -> pathlib.Path:
    """As `cmake --install` puts it; its header and its source come along."""
    command = ["cmake", "--install", programs.build_directory(), "--component", "plugins", "--prefix", tmp_path / "usr"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    for name in ("plugin.h", "env_file.c"):
        assert list((tmp_path / "usr").rglob(name)), name
    [plugin] = (tmp_path / "usr").rglob("env_file.so")
    return plugin


@pytest.fixture
def team(broker, private, installed):
    """The example is configured, hubwarden is not started yet; the folder of its files."""
    (private / "team.env").write_text("TEAM=red\nNPM_TOKEN=npm_of_the_team\n")
    options = {"file": str(private / "team.env"), "token_file": str(private / "token")}
    entry = {"name": "team", "path": str(installed), "options": options, "hosts": ["ghe.example.com"]}
    broker.configure(plugins=[entry], env={"url": "https://hubwarden.example.com"})
    return private


def boot(broker, workspace="agent-7", bearer=None):
    return broker.ask("POST", f"/admin/workspaces/{workspace}/env", bearer=bearer or broker.admin_token)


def test_a_workspace_boots_with_what_the_plugin_adds(broker, team):
    broker.start()
    credential = broker.create_workspace("agent-7", ["acme/widgets"], READ)
    answer = boot(broker)
    assert answer.body == {"env": {"HUBWARDEN_URL": "https://hubwarden.example.com", "HUBWARDEN_WORKSPACE": "agent-7",
                                   "NPM_TOKEN": "npm_of_the_team", "TEAM": "red"}}
    assert answer.fields["Cache-Control"] == "no-store"
    assert boot(broker, "agent-8").status == 404
    assert boot(broker, bearer=credential).status == 401
    assert broker.metric("hubwarden_environments_total", outcome="given") == 1
    log = broker.log.read_text()
    assert "npm_of_the_team" not in log and credential not in log


def test_a_token_is_in_it_only_when_that_is_configured(broker, team):
    broker.start()
    broker.create_workspace("agent-7", ["acme/widgets"], READ)
    assert not {"GH_TOKEN", "GITHUB_TOKEN"} & boot(broker).body["env"].keys()
    broker.configure(env={"inject_token": True})
    assert broker.reload()["event"] == "reloaded"
    env = boot(broker).body["env"]
    secrets.tell("token", env["GH_TOKEN"])
    assert env["GH_TOKEN"] == env["GITHUB_TOKEN"] and env["GH_TOKEN"].startswith("ghs_")
    assert env["GH_TOKEN"] not in broker.log.read_text()


def test_a_failing_provider_is_named_and_nothing_is_given(broker, team, sandbox):
    broker.configure(env={"inject_token": True})
    broker.start()
    broker.create_workspace("agent-7", ["acme/widgets"], READ)
    sandbox.break_next(route=MINT, count=9, kind="status", status=500)
    answer = boot(broker)
    assert (answer.status, answer.body["error"]) == (503, "upstream_unavailable")
    assert answer.body["message"].startswith("provider 'github-app': ")
    broker.configure(env={"inject_token": False})
    broker.reload()
    (team / "team.env").unlink()
    answer = boot(broker)
    assert (answer.status, answer.body["error"], answer.body["fix"]) == (503, "unavailable", "operator")
    assert answer.body["message"] == "provider 'team': cannot read its file: No such file or directory"
    assert [line["workspace"] for line in broker.wait_for_log("admin.environment_failed", 2)] == ["agent-7"] * 2


def test_its_tokens_serve_hosts_without_an_app(broker, team):
    secrets.tell("plugin-token", TOKEN)
    (team / "token").write_text(f"{TOKEN}\n{int(time.time()) + 3600}\n")
    broker.start()
    bearer = broker.create_workspace("agent-7", ["acme/widgets"], READ)

    def token(**query):
        return broker.ask("GET", with_query("/workspaces/agent-7/github-installation-token", query), bearer=bearer)

    given = token(host="ghe.example.com")
    assert (given.status, given.body["token"], given.body["source"]) == (200, TOKEN, "plugin")
    assert token().body["source"] == "app", "where there is an App, it is asked"
    assert token(host="elsewhere.example.com").body["error"] == "not_configured"
    assert token(host="ghe.example.com", repo="acme/gadgets").status == 403, "more than the workspace has"
    (team / "token").write_text(f"{TOKEN}\n{int(time.time()) + 30}\n")
    assert (late := token(host="ghe.example.com")).status == 500, "too close to its end"
    assert "shorter than was asked for" in late.body["message"]


def test_hubwarden_does_not_start_with_a_plugin_that_is_none(broker, team):
    entry = dict(broker.config["plugins"][0])
    for path, why in ((team / "team.env", "cannot be loaded"), (team / "none.so", "No such file")):
        broker.configure(plugins=[entry | {"path": str(path)}])
        done = broker.try_to_start()
        assert done.returncode == 3, done.stderr
        assert "plugin 'team'" in done.stderr and why in done.stderr
    broker.configure(plugins=[entry | {"options": {"flie": "x"}}])
    assert "unknown option flie" in broker.try_to_start().stderr


def test_other_plugins_need_a_restart(broker, team):
    broker.start()
    broker.create_workspace("agent-7", ["acme/widgets"], READ)
    broker.configure(plugins=[])
    broker.reload()
    assert "plugins" in broker.wait_for_log("server.needs_restart")[0]["for"]
    assert boot(broker).body["env"]["TEAM"] == "red"
    broker.restart()
    assert "TEAM" not in boot(broker).body["env"]


HANGING = """
#include <hubwarden/plugin.h>
#include <unistd.h>
static int environment(void *self, const hubwarden_workspace *workspace, hubwarden_environment *environment,
                       hubwarden_error *error) {
  (void)self, (void)workspace, (void)environment, (void)error;
  for (;;) pause();
  return HUBWARDEN_FAILED;
}
static const hubwarden_plugin plugin = {HUBWARDEN_PLUGIN_ABI, sizeof plugin, NULL, NULL, environment, NULL};
const hubwarden_plugin *hubwarden_plugin_entry(uint32_t host_abi) { (void)host_abi; return &plugin; }
"""


def test_a_plugin_that_hangs_holds_up_neither_callers_nor_the_end(broker, private, installed):
    (private / "hanging.c").write_text(HANGING)
    include = installed.parents[3] / "include"
    if not include.is_dir():  # lib/<triplet>/hubwarden/plugins
        include = installed.parents[4] / "include"
    plugin = private / "hanging.so"
    command = ["cc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-I", include, "-o", plugin, private / "hanging.c"]
    subprocess.run(command, check=True, timeout=60)
    broker.configure(plugins=[{"name": "hanging", "path": str(plugin)}], env={"url": "https://hubwarden.example.com"},
                     limits={"request_timeout": "1s"})
    broker.start()
    broker.create_workspace("agent-7", ["acme/widgets"], READ)
    answer = boot(broker)
    assert (answer.status, answer.body["message"]) == (504, "provider 'hanging': no answer in time")
    assert broker.token_for("acme/widgets").status == 200
    assert broker.stop() == 0
    assert broker.logged("plugin.does_not_return")
