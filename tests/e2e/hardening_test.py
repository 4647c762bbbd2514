"""What hubwarden gives up, seen from outside: dumps, privileges, system calls, old TLS."""

import errno
import os
import pathlib
import platform
import resource
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile

import pytest

from support import programs, secrets
from support.process import Process
from support.waiting import until

READ = {"contents": "read"}
NOBODY = 54323  # no passwd entry has it


def status_of(task: pathlib.Path) -> dict[str, str]:
    lines = (task / "status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


# What it gives up


def test_every_thread_is_without_new_privileges_and_behind_the_filter(running):
    tasks = list(pathlib.Path("/proc", str(running.process.pid), "task").iterdir())
    assert len(tasks) > 2
    for task in tasks:
        status = status_of(task)
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2"), status["Name"]
    [line] = running.wait_for_log("server.hardened")
    assert (line["no_new_privs"], line["seccomp"], line["starts_programs"]) == (True, True, False)


def test_no_core_is_dumped_whatever_the_limit_was(broker):
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    broker.start("prlimit", f"--core={'unlimited' if hard == resource.RLIM_INFINITY else hard}")
    limits = pathlib.Path("/proc", str(broker.process.pid), "limits").read_text()
    [core] = [line.split() for line in limits.splitlines() if line.startswith("Max core file size")]
    assert core[4:6] == ["0", "0"]
    broker.process.signal(signal.SIGABRT)
    ended = os.waitid(os.P_PID, broker.process.pid, os.WEXITED | os.WNOWAIT)
    assert (ended.si_code, ended.si_status) == (os.CLD_KILLED, signal.SIGABRT), "CLD_DUMPED would be a core"
    broker.process.wait()


@pytest.fixture
def open_folder():
    """One that every user reaches."""
    with tempfile.TemporaryDirectory(prefix="e2e_", dir="/tmp") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        yield folder


def test_another_process_of_its_own_user_cannot_look_into_it(environment, output, open_folder):
    root = open_folder
    (root / "hubwarden.yaml").write_text(f"listen: {{tcp: ['127.0.0.1:0']}}\nrecords: {{path: {root / 'r.db'}}}\n")
    program = shutil.copy(programs.find("hubwarden"), root)
    as_user = []
    if os.geteuid() == 0:
        as_user = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
        os.chown(root, NOBODY, NOBODY)
    command = [*as_user, program, "serve", "--config", root / "hubwarden.yaml", "--ready-file", root / "ready"]
    serving = Process(command, environment, output / "hubwarden.log", root / "ready")
    try:
        for name in ("environ", "mem", "maps"):
            look = subprocess.run([*as_user, "cat", f"/proc/{serving.pid}/{name}"], capture_output=True, text=True,
                                  check=False, timeout=30)
            assert "Permission denied" in look.stderr, name
    finally:
        assert serving.stop() == 0


# An x86-64 or AArch64 filter for ERRNO(EPERM) of seccomp(2) and prctl(PR_SET_SECCOMP): a container that allows neither.
FORBIDDING = """
import ctypes, os, struct, sys
seccomp = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, seccomp), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
code = b"".join(struct.pack("HBBI", *step) for step in steps)
held = ctypes.create_string_buffer(code)
program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(held))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="knows the numbers of these alone")
def test_it_serves_where_no_filter_is_allowed_and_warns_once(broker):
    broker.start(sys.executable, "-c", FORBIDDING)
    assert broker.token_for("acme/widgets").status == 200
    [line] = broker.wait_for_log("server.not_hardened")
    assert (line["severity"], line["no_new_privs"], line["seccomp"]) == ("warning", True, False)
    assert line["problem"].startswith("seccomp: ")
    assert broker.logged("server.hardened") == []


# Plugins

PROGRAM = r"""
#include <errno.h>
#include <hubwarden/plugin.h>
#include <sched.h>
#include <stdio.h>

static void set(hubwarden_environment *environment, const char *name, const char *value) {
  environment->set(environment, hubwarden_text_of(name), hubwarden_text_of(value));
}

static int environment(void *self, const hubwarden_workspace *workspace, hubwarden_environment *environment,
                       hubwarden_error *error) {
  (void)self, (void)workspace, (void)error;
  char text[200] = "";
  FILE *program = popen("grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t\\n'", "r");
  if (program == NULL) return HUBWARDEN_FAILED;
  if (fgets(text, sizeof text, program) == NULL) text[0] = '\0';
  if (pclose(program) != 0) return HUBWARDEN_FAILED;
  set(environment, "PROGRAM", text);
  snprintf(text, sizeof text, "%d", unshare(CLONE_NEWUSER) == 0 ? 0 : errno);
  set(environment, "UNSHARE", text);
  return HUBWARDEN_OK;
}
static const hubwarden_plugin plugin = {HUBWARDEN_PLUGIN_ABI, sizeof plugin, NULL, NULL, environment, NULL};
const hubwarden_plugin *hubwarden_plugin_entry(uint32_t host_abi) { (void)host_abi; return &plugin; }
"""


def test_a_plugin_may_start_a_program_which_inherits_what_was_given_up(broker, private):
    source, plugin = private / "program.c", private / "program.so"
    source.write_text("#define _GNU_SOURCE\n" + PROGRAM)
    subprocess.run(["cc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-I", programs.ROOT / "include", "-o", plugin,
                    source], check=True, timeout=60)
    broker.configure(plugins=[{"name": "program", "path": str(plugin)}], env={"url": "https://hubwarden.example.com"})
    broker.start()
    broker.create_workspace("agent-7", ["acme/widgets"], READ)
    answer = broker.ask("POST", "/admin/workspaces/agent-7/env", bearer=broker.admin_token)
    assert answer.status == 200, answer.text
    assert answer.body["env"]["PROGRAM"] == "NoNewPrivs:1Seccomp:2"
    assert answer.body["env"]["UNSHARE"] == str(errno.EPERM), "the plugin itself is behind the filter, too"
    assert broker.wait_for_log("server.hardened")[0]["starts_programs"] is True


# The programs of workspaces


def test_the_helper_dumps_nothing_and_wins_no_privilege(helper):
    with subprocess.Popen([helper.program, "--config", helper.settings, "get"], env=helper.environment,
                          stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as waiting:
        task = pathlib.Path("/proc", str(waiting.pid))
        until(lambda: status_of(task)["NoNewPrivs"] == "1", "the helper to give it up before it reads")
        [core] = [line.split() for line in (task / "limits").read_text().splitlines() if "core file" in line]
        assert core[4:6] == ["0", "0"]
        waiting.stdin.close()


def test_exec_leaves_its_command_as_it_was_itself(workspace):
    clone = workspace.clone()
    show = "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status; grep 'core file' /proc/self/limits"
    expected = subprocess.run(["sh", "-c", show], capture_output=True, text=True, check=True, timeout=30).stdout
    for more in ([], ["--token-file"]):
        seen = subprocess.run([programs.find("hubwarden"), "exec", *more, "--", "sh", "-c", show], cwd=clone, text=True,
                              env=workspace.environment, capture_output=True, timeout=60, check=False)
        assert seen.returncode == 0, seen.stderr
        assert seen.stdout == expected, more


# TLS


@pytest.fixture
def encrypted(broker):
    """With an RSA key, which most of the old suites need."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "tls.key", "-out", "tls.crt",
         "-subj", "/CN=hubwarden", "-addext", "subjectAltName=IP:127.0.0.1"],
        cwd=broker.private, check=True, capture_output=True, timeout=60)
    secrets.tell("tls-key", (broker.private / "tls.key").read_bytes())
    (broker.private / "tls.key").chmod(0o600)
    broker.configure(listen={"tls": {"certificate": str(broker.private / "tls.crt"), "key": str(broker.private / "tls.key")}})
    broker.tls = ssl.create_default_context(cadata=(broker.private / "tls.crt").read_text())
    return broker.start()


def s_client(broker, *arguments: str, line: str = "Q\n") -> str:
    """All that it says. Nothing is below its own level, so that it is the server who refuses."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{broker.process.ready['ports'][0]}", *arguments]
    done = subprocess.run(command, input=line, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_tls_before_1_2_is_refused(encrypted, version):
    said = s_client(encrypted, version, "-cipher", "ALL:@SECLEVEL=0")
    assert "alert protocol version" in said and "Cipher is (NONE)" in said


WEAK = ["AES128-GCM-SHA256", "AES256-SHA256", "AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384",
        "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-CHACHA20-POLY1305", "CAMELLIA128-SHA", "ECDHE-RSA-NULL-SHA", "NULL-SHA256",
        "AECDH-AES128-SHA", "ADH-AES128-GCM-SHA256", "PSK-AES128-GCM-SHA256"]


def test_suites_without_forward_secrecy_encryption_or_authentication_are_refused(encrypted):
    for suite in WEAK:
        more = ["-psk", "00"] if suite.startswith("PSK") else []
        said = s_client(encrypted, "-tls1_2", "-cipher", f"{suite}:@SECLEVEL=0", *more)
        assert "alert handshake failure" in said and "Cipher is (NONE)" in said, suite


def test_suites_with_them_are_taken(encrypted):
    for suite in ("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"):
        assert f"Cipher is {suite}" in s_client(encrypted, "-tls1_2", "-cipher", suite)
    assert "New, TLSv1.3, Cipher is TLS_" in s_client(encrypted, "-tls1_3")


def test_a_client_cannot_renegotiate(encrypted):
    said = s_client(encrypted, "-tls1_2", line="R\n")
    assert "RENEGOTIATING" in said and "no renegotiation" in said
