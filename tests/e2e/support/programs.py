"""Where the built programs are, and running them."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]


def build_directory() -> pathlib.Path:
    named = os.environ.get("HUBWARDEN_BUILD", "build/dev")
    return (ROOT / named).resolve()


def find(name: str) -> pathlib.Path:
    program = build_directory() / "bin" / name
    assert program.exists(), f"{program} is not built"
    return program


def git(*arguments: str, environment: dict[str, str], cwd=None, check: bool = True, timeout: float = 60):
    """Runs git to its end; its output is text, its error output too."""
    result = subprocess.run(
        ["git", *arguments], env=environment, cwd=cwd, timeout=timeout, capture_output=True, text=True, check=False
    )
    if check:
        assert result.returncode == 0, f"git {' '.join(arguments)}: {result.stderr}"
    return result
