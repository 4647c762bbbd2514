#!/usr/bin/env python3
"""Runs the commands of pages as a reader would: in order, in one shell, in a home of their own.

usage: run_page.py PAGE...

Programs come from HUBWARDEN_BUILD (build/dev when unset). What was printed is kept below HUBWARDEN_TEST_OUTPUT, if
that is set. Exit status: 0 every block did what its page says, 1 one did not, 2 wrong usage.
"""

import contextlib
import dataclasses
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile

import fixtures
import page as pages

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ("hubwarden", "hubwarden-sandbox", "git-credential-hubwarden")
# A page's commands get this long to end when their time is over.
GRACE = 5  # seconds


@dataclasses.dataclass
class Outcome:
    """What became of a page: how many blocks ran, and the complaint of the one that did not do as it says."""
    ran: int
    complaint: str | None = None
    output: str = ""


def build_folder():
    return pathlib.Path(os.environ.get("HUBWARDEN_BUILD") or ROOT / "build/dev").resolve()


def environment(folder):
    """Nothing of the machine's own settings but where programs are."""
    build = build_folder()
    programs = [build / "bin", ROOT / "deploy/container", *(build / "src/apps" / name for name in PROGRAMS)]
    return {
        "PATH": os.pathsep.join([*map(str, programs), os.environ.get("PATH", os.defpath)]),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "XDG_RUNTIME_DIR": str(folder / "runtime"),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }


def driver(page, folder):
    """A script that sources one block after the other in the same shell, each with its output in a file."""
    lines = ["set -euo pipefail"]
    for number, block in enumerate(page.commands):
        source = folder / f"block-{number}.sh"
        source.write_text(block.text, encoding="utf-8")
        lines.append(f"printf '%s\\n' {number} >>{shlex.quote(str(folder / 'begun'))}")
        lines.append(f"source {shlex.quote(str(source))} >{shlex.quote(str(folder / f'output-{number}'))} 2>&1")
    lines.append(f"printf 'end\\n' >>{shlex.quote(str(folder / 'begun'))}")
    script = folder / "page.sh"
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return script


def end_group(process):
    """Ends whatever the page has started and left running: the group is its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run_script(script, work, variables, timeout):
    """The shell's status, or nothing when its time was over."""
    process = subprocess.Popen(["bash", str(script)], cwd=work, env=variables, stdin=subprocess.DEVNULL,
                               start_new_session=True)
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        return None
    finally:
        end_group(process)


def judge(page, folder, status):
    """Compares what was printed, block by block, up to the one where the shell ended."""
    begun = (folder / "begun").read_text().split() if (folder / "begun").exists() else []
    everything = []
    for number, block in enumerate(page.commands):
        if str(number) not in begun:
            break
        printed = (folder / f"output-{number}").read_text(encoding="utf-8", errors="replace")
        everything.append(f"$ block at line {block.line}\n{printed}")
        where = f"{page.path}:{block.line}: "
        is_last = begun[-1] == str(number)
        if is_last and status is None:
            return Outcome(number, f"{where}not done after {page.timeout} s; it printed\n"
                           + pages.indented(printed.splitlines()), "".join(everything))
        if is_last:
            return Outcome(number, f"{where}ended with status {status}; it printed\n"
                           + pages.indented(printed.splitlines()), "".join(everything))
        wrong = pages.differs(block.expected, printed) if block.expected is not None else None
        if wrong:
            return Outcome(number, where + wrong, "".join(everything))
    if status != 0:
        return Outcome(len(page.commands), f"{page.path}: the shell ended with status {status}", "".join(everything))
    return Outcome(len(page.commands), None, "".join(everything))


def run(page):
    if not page.commands:
        return Outcome(0)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="docs-")))
        for name in ("home", "tmp", "runtime", "work"):
            (folder / name).mkdir(mode=0o700)
        variables = environment(folder)
        for name in page.fixtures:
            variables |= stack.enter_context(fixtures.start(name, folder, variables))
        status = run_script(driver(page, folder), folder / "work", variables, page.timeout)
        return judge(page, folder, status)


def keep(page, outcome):
    """The transcript, where the scan for secrets looks at it."""
    if not (output := os.environ.get("HUBWARDEN_TEST_OUTPUT")):
        return
    folder = pathlib.Path(output, "docs")
    folder.mkdir(parents=True, exist_ok=True)
    name = page.path.resolve().relative_to(ROOT).as_posix().replace("/", "-")
    (folder / f"{name}.log").write_text(outcome.output, encoding="utf-8")


def main(paths):
    if not paths:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    failed = 0
    for path in paths:
        try:
            page = pages.read(path)
            outcome = run(page)
        except (pages.Malformed, fixtures.CannotStart) as error:
            print(f"{error}")
            failed += 1
            continue
        keep(page, outcome)
        print(f"{path}: {outcome.ran} of {len(page.commands)} blocks ran")
        if outcome.complaint:
            print(outcome.complaint)
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
