"""Fixtures for all end-to-end tests: a home of its own for every test, the programs, servers that end with it."""

import os
import pathlib
import re
import shutil

import pytest

from support import programs
from support.broker import Broker, Workspace
from support.git_server import GitServer
from support.hubwarden_fake import FakeHubwarden
from support.sandbox import Sandbox


@pytest.fixture
def home(tmp_path: pathlib.Path) -> pathlib.Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def environment(home: pathlib.Path) -> dict[str, str]:
    """Nothing of the machine's own configuration reaches git or hubwarden."""
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


@pytest.fixture
def credential_program() -> pathlib.Path:
    return programs.find("git-credential-hubwarden")


@pytest.fixture
def hubwarden(tmp_path: pathlib.Path):
    with FakeHubwarden.on_unix_socket(tmp_path / "hubwarden.sock") as server:
        yield server


@pytest.fixture
def git_server(tmp_path: pathlib.Path):
    with GitServer(tmp_path / "repositories") as server:
        yield server


@pytest.fixture
def output(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> pathlib.Path:
    """What the scan for secrets searches: logs, records, metric pages. Kept by ./test, under the test's name."""
    kept = os.environ.get("HUBWARDEN_TEST_OUTPUT")
    if not kept:
        folder = tmp_path / "output"
    else:
        name = re.sub(r"[^A-Za-z0-9_.-]+", "_", f"{request.path.stem}-{request.node.name}")
        folder = pathlib.Path(kept, "e2e", name[:120])
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def private(tmp_path: pathlib.Path) -> pathlib.Path:
    """Where secrets are on purpose."""
    folder = tmp_path / "private"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def sandbox(private, output, environment):
    with Sandbox(private, output, environment) as running:
        yield running


@pytest.fixture
def broker(private, output, environment, sandbox):
    """Not started yet, so that a test may configure it first."""
    with Broker(private, output, environment, sandbox) as made:
        yield made


@pytest.fixture
def running(broker) -> Broker:
    return broker.start()


@pytest.fixture
def workspace(running, sandbox, home, environment, output):
    """agent-7, with contents:write on acme/widgets."""
    made = Workspace(running, sandbox, home, environment, ["acme/widgets"])
    yield made
    (output / "workspace-files.txt").write_text(made.list_files())
