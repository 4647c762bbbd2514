"""The harness on pages of its own: what fails must fail, and nothing may be left behind."""

import os
import pathlib
import textwrap
import time
import unittest
import unittest.mock

import fixtures
import page as pages
import run_page


def page_of(text):
    return pages.parse("docs/page.md", textwrap.dedent(text))


def outcome_of(text):
    return run_page.run(page_of(text))


class APageThatDoesWhatItSays(unittest.TestCase):
    def test_runs_its_blocks_in_order_and_in_one_shell(self):
        outcome = outcome_of("""
            ```sh
            name=world; cd "$HOME"; echo one >file
            ```
            ```sh
            echo "hello $name, $(cat file)"
            ```
            ```output
            hello world, one
            ```
            """)
        self.assertEqual((outcome.ran, outcome.complaint), (2, None))

    def test_does_not_run_other_blocks(self):
        outcome = outcome_of("""
            ```console
            $ false
            ```
            ```text
            exit 3
            ```
            ```sh
            true
            ```
            """)
        self.assertEqual((outcome.ran, outcome.complaint), (1, None))

    def test_has_a_home_of_its_own(self):
        outcome = outcome_of("""
            ```sh
            test "$HOME" != "%s"; test -z "$(ls -A "$HOME")"; test -z "$(ls -A)"; git config --list --show-origin
            ```
            ```output
            ```
            """ % os.path.expanduser("~"))
        self.assertIsNone(outcome.complaint)


class APageThatDoesNot(unittest.TestCase):
    def complaint(self, text):
        complaint = outcome_of(text).complaint
        self.assertIsNotNone(complaint)
        return complaint

    def test_fails_at_the_block_that_fails_and_goes_no_further(self):
        complaint = self.complaint("""
            ```sh
            echo fine
            ```
            ```sh
            echo trouble >&2; (exit 3)
            ```
            ```sh
            echo never >"$HOME/never"
            ```
            """)
        self.assertIn("docs/page.md:5: ended with status 3", complaint)
        self.assertIn("trouble", complaint)

    def test_fails_for_an_unset_variable_and_inside_a_pipe(self):
        self.assertIn("unbound", self.complaint("```sh\necho $NOT_SET_ANYWHERE\n```\n"))
        self.assertIn("status 1", self.complaint("```sh\nfalse | cat\n```\n"))

    def test_fails_when_a_block_ends_the_shell_with_success(self):
        self.assertIn(":2: ended with status 0", self.complaint("\n```sh\nexit 0\n```\n```sh\ntrue\n```\n"))

    def test_fails_when_the_output_is_another(self):
        self.assertIn("| two", self.complaint("```sh\necho one\n```\n```output\ntwo\n```\n"))

    def test_fails_when_its_time_is_over(self):
        self.assertIn("not done after 1 s", self.complaint("<!-- test: timeout 1 -->\n```sh\nsleep 60\n```\n"))

    def test_fails_for_a_fixture_that_does_not_exist(self):
        with self.assertRaises(fixtures.CannotStart):
            outcome_of("<!-- test: moon -->\n```sh\ntrue\n```\n")

    def test_fails_when_it_is_malformed(self):
        for text in ("```sh\ntrue\n", "```output\nx\n```\n", "```text\nx\n```\n```output\nx\n```\n"):
            with self.assertRaises(pages.Malformed):
                page_of(text)

    def test_makes_the_program_fail(self):
        bad = pathlib.Path(self.enterContext(tempfile_folder()), "bad.md")
        bad.write_text("```sh\nfalse\n```\n")
        self.assertEqual(run_page.main([str(bad)]), 1)
        bad.write_text("```sh\ntrue\n```\n")
        self.assertEqual(run_page.main([str(bad)]), 0)


class NothingIsLeftBehind(unittest.TestCase):
    def test_by_a_program_that_a_page_started_and_forgot(self):
        folder = pathlib.Path(self.enterContext(tempfile_folder()))
        outcome = outcome_of(f"""
            ```sh
            sleep 300 & echo $! >{folder}/pid
            ```
            """)
        self.assertIsNone(outcome.complaint)
        pid = (folder / "pid").read_text().strip()
        deadline = time.monotonic() + 5
        while is_running(pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertFalse(is_running(pid))


FAKE_SANDBOX = """#!/usr/bin/env python3
import json, pathlib, signal, sys
data, ready = pathlib.Path(sys.argv[sys.argv.index("--data") + 1]), sys.argv[sys.argv.index("--ready-file") + 1]
data.mkdir()
(data / "app.pem").write_text("the key of an App that does not exist")
pathlib.Path(ready).write_text(json.dumps({
    "api_url": "http://127.0.0.1:1", "web_url": "http://127.0.0.1:1", "control_url": "http://127.0.0.1:2",
    "app_id": 12, "installation_id": 7, "private_key_file": str(data / "app.pem")}))
signal.sigwait([signal.SIGTERM])
"""
FAKE_HUBWARDEN = """#!/usr/bin/env python3
import http.server, json, os, pathlib, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{self.path} for App {os.environ['GITHUB_APP_ID']}\\n".encode())
host, port = os.environ["HUBWARDEN_LISTEN_TCP"].split(":")
server = http.server.HTTPServer((host, int(port)), Handler)
pathlib.Path(sys.argv[sys.argv.index("--ready-file") + 1]).write_text(json.dumps({"ports": [server.server_port]}))
server.serve_forever()
"""


class TheSandboxFixture(unittest.TestCase):
    PAGE = """
        <!-- test: sandbox -->
        ```sh
        curl -sS "$HUBWARDEN_URL/hello"; test "${#HUBWARDEN_ADMIN_TOKEN}" = 64; echo "$SANDBOX_URL $SANDBOX_CONTROL_URL"
        ```
        ```output
        /hello for App 12
        http://127.0.0.1:1 http://127.0.0.1:2
        ```
        """

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile_folder()))
        self.enterContext(unittest.mock.patch.dict(os.environ, {
            "HUBWARDEN_BUILD": str(self.folder / "build"), "HUBWARDEN_TEST_OUTPUT": str(self.folder / "output")}))

    def install(self, **programs):
        (self.folder / "build/bin").mkdir(parents=True)
        for name, text in programs.items():
            path = self.folder / "build/bin" / name.replace("_", "-")
            path.write_text(text)
            path.chmod(0o755)

    def test_gives_a_page_both_programs(self):
        self.install(hubwarden_sandbox=FAKE_SANDBOX, hubwarden=FAKE_HUBWARDEN)
        self.assertIsNone(outcome_of(self.PAGE).complaint)

    def test_keeps_what_the_scan_needs(self):
        self.install(hubwarden_sandbox=FAKE_SANDBOX, hubwarden=FAKE_HUBWARDEN)
        outcome_of(self.PAGE)
        kinds = [what for what, _ in fixtures.registry.read(self.folder / "output/secrets.txt")]
        self.assertEqual(kinds, ["app-key", "admin-token", "webhooks-secret"])
        kept = sorted(path.name.split("-", 2)[-1] for path in (self.folder / "output/docs").iterdir())
        self.assertEqual(kept, ["hubwarden.log", "metrics.txt", "sandbox.log"])

    def test_says_why_a_program_did_not_start(self):
        self.install(hubwarden_sandbox=FAKE_SANDBOX, hubwarden="#!/bin/sh\necho the disk is full; exit 3\n")
        with self.assertRaisesRegex(fixtures.CannotStart, "ended with status 3:\nthe disk is full"):
            outcome_of(self.PAGE)


class ExpectedOutput(unittest.TestCase):
    CASES = [
        ("a\nb\n", "a\nb\n", True),
        ("a\n", "a   \n\n", True),
        ("a\n", "b\n", False),
        ("a\n", "a\nb\n", False),
        ("a\nb\n", "a\n", False),
        ("minted …s ago\n", "minted 3s ago\n", True),
        ("minted …s ago\n", "minted 3m ago\n", False),
        ("…\nlast\n", "one\ntwo\nlast\n", True),
        ("…\nlast\n", "last\n", True),
        ("first\n…\n", "first\n", True),
        ("first\n…\nlast\n", "first\nlast one\n", False),
        ("a.c\n", "abc\n", False),
        ("", "", True),
        ("", "x\n", False),
    ]

    def test_may_leave_out_what_changes(self):
        for expected, actual, fits in self.CASES:
            with self.subTest(expected=expected, actual=actual):
                self.assertEqual(pages.differs(expected, actual) is None, fits)


def is_running(pid):
    """A zombie that its new parent has not collected yet is not running."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def tempfile_folder():
    # Below the repository, because a page's transcript is named by its path in it.
    import tempfile
    folder = run_page.ROOT / "build"
    folder.mkdir(exist_ok=True)
    return tempfile.TemporaryDirectory(dir=folder)


if __name__ == "__main__":
    unittest.main()
