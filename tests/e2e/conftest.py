"""Fixtures for all end-to-end tests: a home of its own for every test, the programs, servers that end with it."""

import pathlib
import shutil
import tempfile

import pytest

from support import programs
from support.broker import Broker, Workspace
from support.credential_helper import Helper
from support.git_server import GitServer
from support.hubwarden_fake import FakeHubwarden
from support.redis import Redis
from support.sandbox import Sandbox


@pytest.fixture
def tmp_path():
    """Gone with its test, where pytest's own keeps the last three: there are tokens in it."""
    with tempfile.TemporaryDirectory(prefix="e2e_") as directory:
        yield pathlib.Path(directory)


@pytest.fixture
def home(tmp_path: pathlib.Path) -> pathlib.Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def environment(home: pathlib.Path) -> dict[str, str]:
    return programs.clean_environment(home)


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
def helper(credential_program, home, environment, hubwarden) -> Helper:
    return Helper(credential_program, home, environment, hubwarden.address)


@pytest.fixture
def output(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> pathlib.Path:
    """What the scan for secrets searches: logs, records, metric pages. Kept by ./test, under the test's name."""
    return programs.output_folder(f"{request.path.stem}-{request.node.name}", tmp_path)


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
def redis(private, output):
    with Redis(private, output) as running:
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
    # All that git and setup-git wrote is searched, too; the record and the workspace's own token are secrets on purpose.
    shutil.copytree(home, output / "home", symlinks=True, ignore=shutil.ignore_patterns("private", "runtime", "hooks"))
