"""Several Redis servers that belong together, on ports of loopback: with sentinels, or as a cluster."""

import contextlib
import pathlib
import secrets as random_secrets
import socket
import subprocess

from support import secrets
from support.waiting import until

# What docs/fleet.md tells operators to allow.
RULES = ["~hubwarden:*", "&hubwarden:*", "+@read", "+@write", "+@scripting", "+@pubsub", "+@connection", "-@dangerous",
         "+role", "+cluster|slots"]


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        links = [stack.enter_context(socket.socket()) for _ in range(count)]
        for link in links:
            link.bind(("127.0.0.1", 0))
        return [link.getsockname()[1] for link in links]


def new_password(private: pathlib.Path) -> str:
    """Also in a file that a configuration may name."""
    password = random_secrets.token_hex(16)
    secrets.tell("redis-password", password)
    (private / "redis-password").write_text(password + "\n")
    return password


class Node:
    """`settings` as on redis-server's command line; `file`: what stands in its configuration file."""

    def __init__(self, name: str, private: pathlib.Path, output: pathlib.Path, port: int, settings: list[str],
                 file: str = ""):
        self.directory, self.port = private / f"redis-{name}", port
        self.directory.mkdir()
        command = ["setpriv", "--pdeathsig", "KILL", "redis-server"]
        if file:
            (self.directory / "conf").write_text(file)
            command.append(str(self.directory / "conf"))
        command += ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.directory), *settings]
        with open(output / f"redis-{name}.log", "ab") as sink:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
        until(self._answers, f"Redis {name} to answer")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def _answers(self) -> bool:
        with socket.socket() as link:
            return link.connect_ex(("127.0.0.1", self.port)) == 0

    def ask(self, *words: str) -> str:
        command = ["redis-cli", "-p", str(self.port), *words]
        return subprocess.run(command, capture_output=True, timeout=60, check=True).stdout.decode(errors="replace")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Watched:
    """A master and its replica with one sentinel."""

    def __init__(self, stack: contextlib.ExitStack, private: pathlib.Path, output: pathlib.Path):
        user = ["--user", "hubwarden", "on", f">{new_password(private)}", *RULES]
        one, two, three = free_ports(3)
        common = ["--repl-diskless-sync-delay", "0", *user]
        self.master = stack.enter_context(Node("master", private, output, one, common))
        self.replica = stack.enter_context(
            Node("replica", private, output, two, ["--replicaof", f"127.0.0.1 {one}", *common]))
        until(lambda: "master_link_status:up" in self.replica.ask("INFO", "replication"), "the replica to follow")
        rules = f"sentinel monitor main 127.0.0.1 {one} 1\nsentinel down-after-milliseconds main 500\n"
        self.sentinel = stack.enter_context(Node("sentinel", private, output, three, ["--sentinel"], rules))
        until(lambda: "slaves=1" in self.sentinel.ask("INFO", "sentinel"), "the sentinel to know the replica")
        self.url = f"redis+sentinel://hubwarden@127.0.0.1:{three}/main"

    def master_port(self) -> int:
        return int(self.sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main").split()[1])


class Cluster:
    """Three masters, made as operators make them."""

    def __init__(self, stack: contextlib.ExitStack, private: pathlib.Path, output: pathlib.Path):
        user = ["--user", "hubwarden", "on", f">{new_password(private)}", *RULES]
        ports, buses = free_ports(3), free_ports(3)
        self.nodes = [
            stack.enter_context(Node(f"node-{i}", private, output, ports[i], [
                "--cluster-enabled", "yes", "--cluster-port", str(buses[i]), "--cluster-node-timeout", "1000",
                "--cluster-require-full-coverage", "no", *user])) for i in range(3)]
        for i, (first, last) in enumerate(((0, 5460), (5461, 10922), (10923, 16383))):
            self.nodes[i].ask("CLUSTER", "SET-CONFIG-EPOCH", str(i + 1))
            self.nodes[i].ask("CLUSTER", "ADDSLOTSRANGE", str(first), str(last))
            self.nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", str(ports[i]), str(buses[i]))
        until(lambda: all(self._is_whole(node) for node in self.nodes), "the cluster to be one")
        self.url = f"redis+cluster://hubwarden@127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}"

    @staticmethod
    def _is_whole(node: Node) -> bool:
        info = node.ask("CLUSTER", "INFO")
        return "cluster_state:ok" in info and "cluster_slots_assigned:16384" in info

    def keys(self) -> list[list[str]]:
        return [node.ask("--scan").split() for node in self.nodes]
