"""Where the built programs are, what they run in, and where they write."""

import os
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]


def build_directory() -> pathlib.Path:
    named = os.environ.get("HUBWARDEN_BUILD", "build/dev")
    return (ROOT / named).resolve()


def find(name: str) -> pathlib.Path:
    program = build_directory() / "bin" / name
    assert program.exists(), f"{program} is not built"
    return program


def clean_environment(home: pathlib.Path) -> dict[str, str]:
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


def output_folder(name: str, otherwise: pathlib.Path) -> pathlib.Path:
    """A new folder for what the scan for secrets searches: where ./test keeps it, else in the folder `otherwise`."""
    kept = os.environ.get("HUBWARDEN_TEST_OUTPUT")
    folder = pathlib.Path(kept, "e2e", re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:120]) if kept else otherwise / "output"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def git(*arguments: str, environment: dict[str, str], cwd=None, check: bool = True, timeout: float = 60):
    """Runs git to its end; its output is text, its error output too."""
    result = subprocess.run(
        ["git", *arguments], env=environment, cwd=cwd, timeout=timeout, capture_output=True, text=True, check=False
    )
    if check:
        assert result.returncode == 0, f"git {' '.join(arguments)}: {result.stderr}"
    return result
