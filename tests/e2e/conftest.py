"""Fixtures for all end-to-end tests: a home of its own for every test, the programs, servers that end with it."""

import os
import pathlib
import tempfile

import pytest

from support import programs
from support.credential_helper import Helper
from support.git_server import GitServer
from support.hubwarden_fake import FakeHubwarden


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
    """Nothing of the machine's own configuration reaches git or hubwarden."""
    runtime = home / "run"
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
def helper(credential_program, home, environment, hubwarden) -> Helper:
    return Helper(credential_program, home, environment, hubwarden.address)
