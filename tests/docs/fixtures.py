"""What a page may ask for in its front comment: programs that run while its commands do.

    sandbox    hubwarden-sandbox with its demo world, and a hubwarden that has its App and allows reads and
               create_issue. The page's shell gets
               HUBWARDEN_URL, HUBWARDEN_ADMIN_TOKEN, HUBWARDEN_WEBHOOKS_SECRET, SANDBOX_URL (GitHub's side) and
               SANDBOX_CONTROL_URL.
    consent    the same, with a policy: agents of the issuer `ci` may create issues in acme/widgets with the consent
               of `maintainers`, who are persons of the issuer `sso`. Besides: AGENT_JWT_FILE and ADA_JWT_FILE.
    ledger     in the page's folder ledger.jsonl, the ledger of two runs, and public-key, which verifies it.
    sources    HUBWARDEN_SOURCES, this repository, and HUBWARDEN_PLUGINS, the folder of the built example plugins.
"""

import contextlib
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "scan"), str(TESTS / "e2e")]
import registry  # noqa: E402  (it is the scan's own)
from support.issuer import Issuer  # noqa: E402

# Both programs are up within a fraction of a second; a loaded machine gets much more.
PATIENCE = 30  # seconds
PAUSE = 0.02


CONSENT_POLICY = """
version: 1
issuers:
  ci: {{url: "{ci.url}", audience: hubwarden, jwks_file: {ci.jwks_file}}}
  sso: {{url: "{sso.url}", audience: hubwarden, jwks_file: {sso.jwks_file}}}
operators:
  maintainers: {{issuer: sso, groups: [github-maintainers]}}
rules:
  - name: reporters
    who: {{issuer: ci}}
    repositories: [acme/widgets]
    may:
      - operations: [create_issue]
        consent: {{from: [maintainers], ttl: 5m}}
"""


class CannotStart(Exception):
    """A fixture that does not exist, or did not come up."""


@contextlib.contextmanager
def start(name, folder, variables):
    """Runs the fixture and gives the environment variables that it adds."""
    if name not in KNOWN:
        raise CannotStart(f"no fixture '{name}'; there are: {', '.join(sorted(KNOWN))}")
    with KNOWN[name](pathlib.Path(folder), variables) as added:
        yield added


def output_folder(folder):
    """Where logs are kept for the scan; the page's own folder outside of ./test."""
    output = os.environ.get("HUBWARDEN_TEST_OUTPUT")
    kept = pathlib.Path(output, "docs") if output else folder
    kept.mkdir(parents=True, exist_ok=True)
    return kept


@contextlib.contextmanager
def program(arguments, variables, log):
    """Runs until the block ends: SIGTERM, and SIGKILL for what does not go. Its output goes to `log`."""
    with open(log, "ab") as sink:
        try:
            process = subprocess.Popen(arguments, env=variables, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink,
                                       cwd=variables["HOME"], start_new_session=True)
        except OSError as error:
            raise CannotStart(f"{arguments[0]}: {error.strerror}; is it built?") from error
    try:
        yield process
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)


def wait_until(is_up, process, what, log):
    """Until `is_up` gives something. A program that has ended, or takes too long, cannot start."""
    deadline = time.monotonic() + PATIENCE
    while not (result := is_up()):
        if process.poll() is not None:
            raise CannotStart(f"{what} ended with status {process.returncode}:\n{tail(log)}")
        if time.monotonic() > deadline:
            raise CannotStart(f"{what} is not ready after {PATIENCE} s:\n{tail(log)}")
        time.sleep(PAUSE)
    return result


def tail(log):
    return "\n".join(pathlib.Path(log).read_text(errors="replace").splitlines()[-20:])


def read(path):
    """What stands in the file, nothing while it is not there."""
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


def fetch(url):
    """The page, or nothing: a server that a page's commands have ended has none."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.read()
    except OSError:
        return b""


@contextlib.contextmanager
def sandbox(folder, variables, prepare=lambda private: {}):
    """`prepare` gives further settings of hubwarden's."""
    output = output_folder(folder)
    private = folder / "private"
    private.mkdir(mode=0o700)
    variables = variables | prepare(private)
    github_log = output / f"{folder.name}-sandbox.log"
    ready_file = private / "ready.json"
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(program(
            ["hubwarden-sandbox", "--seed-demo", "--data", str(private / "sandbox"), "--ready-file", str(ready_file)],
            variables, github_log))
        github = json.loads(wait_until(lambda: read(ready_file), process, "hubwarden-sandbox", github_log))
        registry.add("app-key", pathlib.Path(github["private_key_file"]).read_bytes())
        url, known = stack.enter_context(hubwarden(github, private, variables, output))
        yield known | {"HUBWARDEN_URL": url, "SANDBOX_URL": github["web_url"],
                       "SANDBOX_CONTROL_URL": github["control_url"]}
        (output / f"{folder.name}-metrics.txt").write_bytes(fetch(f"{url}/metrics"))


@contextlib.contextmanager
def hubwarden(github, private, variables, output):
    ready_file = private / "hubwarden-ready.json"
    known = {"HUBWARDEN_ADMIN_TOKEN": secrets.token_hex(32), "HUBWARDEN_WEBHOOKS_SECRET": secrets.token_hex(32)}
    for name, secret in known.items():
        registry.add(name.removeprefix("HUBWARDEN_").lower().replace("_", "-"), secret)
    log = output / f"{private.parent.name}-hubwarden.log"
    settings = {
        "GITHUB_API_URL": github["api_url"],
        "GITHUB_APP_ID": str(github["app_id"]),
        "GITHUB_APP_PRIVATE_KEY_FILE": github["private_key_file"],
        "GITHUB_APP_INSTALLATION_ID": str(github["installation_id"]),
        "HUBWARDEN_LISTEN_TCP": "127.0.0.1:0",
        "HUBWARDEN_RECORDS_PATH": str(private / "records.db"),
        "HUBWARDEN_OPERATIONS_ALLOW": "read,create_issue",
    }
    command = ["hubwarden", "serve", "--ready-file", str(ready_file)]
    with program(command, variables | settings | known, log) as process:
        ready = json.loads(wait_until(lambda: read(ready_file), process, "hubwarden", log))
        yield f"http://127.0.0.1:{ready['ports'][0]}", known


@contextlib.contextmanager
def consent(folder, variables):
    jwts = {"AGENT_JWT_FILE": folder / "private/agent.jwt", "ADA_JWT_FILE": folder / "private/ada.jwt"}

    def prepare(private):
        issuers = {}
        for name in ("ci", "sso"):
            (private / name).mkdir(mode=0o700)
            issuers[name] = Issuer(private / name, f"https://{name}.example.com")
        policy = private / "policy.yaml"
        policy.write_text(CONSENT_POLICY.format(**issuers))
        for file in jwts.values():
            file.touch(mode=0o600)
        jwts["AGENT_JWT_FILE"].write_text(issuers["ci"].jwt(sub="report-bot") + "\n")
        jwts["ADA_JWT_FILE"].write_text(issuers["sso"].jwt(sub="ada", groups=["github-maintainers"]) + "\n")
        return {"HUBWARDEN_POLICY_PATH": str(policy)}

    with sandbox(folder, variables, prepare) as known:
        yield known | {name: str(file) for name, file in jwts.items()}


@contextlib.contextmanager
def sources(_folder, _variables):
    root = pathlib.Path(__file__).resolve().parents[2]
    build = pathlib.Path(os.environ.get("HUBWARDEN_BUILD") or root / "build/dev").resolve()
    yield {"HUBWARDEN_SOURCES": str(root), "HUBWARDEN_PLUGINS": str(build / "plugins")}


@contextlib.contextmanager
def ledger(folder, _variables):
    example = pathlib.Path(__file__).resolve().parents[2] / "src" / "ledger" / "example"
    shutil.copytree(example, folder / "work", dirs_exist_ok=True)
    yield {}


KNOWN = {"sandbox": sandbox, "consent": consent, "ledger": ledger, "sources": sources}
