"""./run as a new user meets it: the demo, the lines to paste, and Ctrl-C."""

import contextlib
import os
import re
import signal
import subprocess
import time

import pytest

from support.programs import ROOT, build_directory

DEMO_PATIENCE = 400  # seconds; the demo pushes for 82 s and starts five programs for each push
START_PATIENCE = 120
FLEET_PATIENCE = 200  # it takes a fifth of that on an idle machine


def environment(home):
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
    return kept | {"HOME": str(home), "HUBWARDEN_PRESET": build_directory().name, "HUBWARDEN_PORT": "0",
                   "HUBWARDEN_STATE": str(home / "state")}


@contextlib.contextmanager
def run(home, *arguments):
    """./run in a process group of its own, as a terminal would have it; ended as Ctrl-C ends it."""
    home.mkdir()
    with open(home / "output", "wb") as output:
        process = subprocess.Popen([ROOT / "run", *arguments], env=environment(home), stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        process.wait(30)


def output_of(home):
    return (home / "output").read_text()


def wait_for(home, text, process):
    deadline = time.monotonic() + START_PATIENCE
    while text not in output_of(home):
        assert process.poll() is None and time.monotonic() < deadline, output_of(home)
        time.sleep(0.05)


def members_of(group):
    """The processes of a process group that still live."""
    listed = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    rows = (line.split(None, 2) for line in listed.splitlines())
    return [row[2] for row in rows if int(row[0]) == group and not row[1].startswith("Z")]


def test_the_demo_works_and_works_beside_another(tmp_path):
    with run(tmp_path / "one", "--demo") as one, run(tmp_path / "two", "--demo") as two:
        for process, home in ((one, tmp_path / "one"), (two, tmp_path / "two")):
            assert process.wait(DEMO_PATIENCE) == 0, output_of(home)
            assert members_of(process.pid) == []
            summary = re.search(r"pushes: (\d+), mints: (\d+), expired tokens served: 0\n", output_of(home))
            assert summary, output_of(home)
            assert int(summary[1]) > 10
            assert int(summary[2]) > 4


def test_a_fleet_does_what_it_promises(tmp_path):
    home = tmp_path / "home"
    with run(home, "--fleet", "3") as process:
        assert process.wait(FLEET_PATIENCE) == 0, output_of(home)
        assert members_of(process.pid) == []
    told = output_of(home)
    for line in ("one cold scope: 3 replicas, 300 callers, mints: 1", "20 cold scopes: 3 replicas, 120 callers, mints: 20",
                 r"revoked on replica 1: refused by replica 2 after \d+ ms", r"replica 3 killed: \d{3,} requests, failed: 0",
                 r"Redis killed: \d{3,} requests, failed: 0", "Redis back, .*, mints: 1"):
        assert re.search(f"^{line}$", told, re.MULTILINE), told


@pytest.mark.parametrize("arguments, started", [((), "Paste this"), (("--demo",), "cloned"), (("--fleet", "2"), "are up")])
def test_ctrl_c_leaves_no_process_behind(tmp_path, arguments, started):
    home = tmp_path / "home"
    with run(home, *arguments) as process:
        wait_for(home, started, process)
        assert members_of(process.pid)
    assert process.returncode in (130, -signal.SIGINT)
    assert members_of(process.pid) == []


def test_the_lines_to_paste_clone_commit_and_push(tmp_path):
    home = tmp_path / "home"
    with run(home) as process:
        wait_for(home, "Ctrl-C stops both", process)
        text = output_of(home)
        lines = [line[2:] for line in text[text.index("Paste this"):].splitlines() if line.startswith("  ")]
        assert len(lines) == 5
        pasted = subprocess.run(["bash", "-euo", "pipefail", "-c", "\n".join(lines)], cwd=home,
                                env=environment(home), capture_output=True, text=True, check=False, timeout=60)
        assert pasted.returncode == 0, pasted.stderr
        assert "main -> main" in pasted.stderr


@pytest.mark.parametrize("arguments", [("--frobnicate",), ("--fleet",), ("--fleet", "0"), ("--fleet", "9"), ("--fleet", "x")])
def test_an_unknown_option_is_wrong_usage(tmp_path, arguments):
    with run(tmp_path / "home", *arguments) as process:
        assert process.wait(30) == 2
