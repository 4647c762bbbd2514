"""Several Redis servers that belong together, on ports of loopback: with sentinels, or as a cluster."""

import contextlib
import pathlib
import secrets as random_secrets
import signal
import socket
import subprocess

from support import secrets
from support.waiting import until

# What docs/fleet.md tells operators to allow.
RULES = ["~hubwarden:*", "&hubwarden:*", "+@read", "+@write", "+@scripting", "+@pubsub", "+@connection", "-@dangerous", "+time",
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
        self.name, self.log = name, output / f"redis-{name}.log"
        self.command = ["setpriv", "--pdeathsig", "KILL", "redis-server"]
        if file:
            (self.directory / "conf").write_text(file)
            self.command.append(str(self.directory / "conf"))
        self.command += ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.directory), *settings]
        self.process: subprocess.Popen | None = None
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def start(self) -> None:
        with open(self.log, "ab") as sink:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
        until(self._answers, f"Redis {self.name} to answer")

    def _answers(self) -> bool:
        with socket.socket() as link:
            return link.connect_ex(("127.0.0.1", self.port)) == 0

    def ask(self, *words: str) -> str:
        command = ["redis-cli", "-p", str(self.port), *words]
        return subprocess.run(command, capture_output=True, timeout=60, check=True).stdout.decode(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Watched:
    """A master and its replica with one sentinel."""

    def __init__(self, stack: contextlib.ExitStack, private: pathlib.Path, output: pathlib.Path):
        user = ["--user", "hubwarden", "on", f">{new_password(private)}", *RULES]
        self.password = f"file:{private / 'redis-password'}"
        one, two, three = free_ports(3)
        common = ["--repl-diskless-sync-delay", "0", *user]
        self.master = stack.enter_context(Node("master", private, output, one, common))
        # Whichever of them is started again later is a master at first, and empty: what it is, the sentinel has to say.
        self.replica = stack.enter_context(Node("replica", private, output, two, common))
        self.replica.ask("REPLICAOF", "127.0.0.1", str(one))
        until(lambda: self.follows(self.replica), "the replica to follow")
        # It fails over once in twice the timeout.
        rules = (f"sentinel monitor main 127.0.0.1 {one} 1\nsentinel down-after-milliseconds main 500\n"
                 "sentinel failover-timeout main 2000\n")
        self.sentinel = stack.enter_context(Node("sentinel", private, output, three, ["--sentinel"], rules))
        until(lambda: "slaves=1" in self.sentinel.ask("INFO", "sentinel"), "the sentinel to know the replica")
        self.url = f"redis+sentinel://hubwarden@127.0.0.1:{three}/main"

    def master_port(self) -> int:
        return int(self.sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main").split()[1])

    @staticmethod
    def follows(node: Node) -> bool:
        return "master_link_status:up" in node.ask("INFO", "replication")

    def roles(self) -> tuple[Node, Node]:
        """The master, as the sentinel knows it, and the other."""
        first = self.master_port() == self.master.port
        return (self.master, self.replica) if first else (self.replica, self.master)

    def is_whole(self) -> bool:
        master, other = self.roles()
        return "role:master" in master.ask("INFO", "replication") and self.follows(other)

    def fail_over(self) -> None:
        """As operators do it; the sentinel may still be busy with the last one."""
        until(lambda: self.sentinel.ask("SENTINEL", "FAILOVER", "main").strip() == "OK", "the sentinel to begin", pause=0.2)


class Cluster:
    """Three masters, made as operators make them."""

    def __init__(self, stack: contextlib.ExitStack, private: pathlib.Path, output: pathlib.Path):
        user = ["--user", "hubwarden", "on", f">{new_password(private)}", *RULES]
        self.password = f"file:{private / 'redis-password'}"
        ports, buses = free_ports(3), free_ports(3)
        self.nodes = [
            stack.enter_context(Node(f"node-{i}", private, output, ports[i], [
                "--cluster-enabled", "yes", "--cluster-port", str(buses[i]), "--cluster-node-timeout", "1000",
                "--cluster-require-full-coverage", "no", *user])) for i in range(3)]
        for i, (first, last) in enumerate(((0, 5460), (5461, 10922), (10923, 16383))):
            self.nodes[i].ask("CLUSTER", "SET-CONFIG-EPOCH", str(i + 1))
            self.nodes[i].ask("CLUSTER", "ADDSLOTSRANGE", str(first), str(last))
            self.nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", str(ports[i]), str(buses[i]))
        until(self.is_whole, "the cluster to be one")
        self.url = f"redis+cluster://hubwarden@127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}"

    def is_whole(self) -> bool:
        infos = [node.ask("CLUSTER", "INFO") for node in self.nodes]
        return all("cluster_state:ok" in info and "cluster_slots_ok:16384" in info for info in infos)

    def keys(self) -> list[list[str]]:
        return [node.ask("--scan").split() for node in self.nodes]

    def moving(self, keys: list[str], source: Node, target: Node) -> "Moving":
        slots = {source.ask("CLUSTER", "KEYSLOT", key).strip() for key in keys}
        return Moving(self, sorted(slots), source, target)


class Moving:
    """Slots on their way from one node to another, as `redis-cli --cluster reshard` takes them: begun, moved, and done."""

    def __init__(self, cluster: Cluster, slots: list[str], source: Node, target: Node):
        self.slots, self.source, self.target = slots, source, target
        self.others = [node for node in cluster.nodes if node not in (source, target)]

    def begin(self) -> None:
        for slot in self.slots:
            self.target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", self.source.ask("CLUSTER", "MYID").strip())
            self.source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", self.target.ask("CLUSTER", "MYID").strip())

    def move(self) -> None:
        for slot in self.slots:
            while lying := self.source.ask("CLUSTER", "GETKEYSINSLOT", slot, "10").split():
                self.source.ask("MIGRATE", "127.0.0.1", str(self.target.port), "", "0", "1000", "KEYS", *lying)

    def finish(self) -> None:
        owner = self.target.ask("CLUSTER", "MYID").strip()
        for slot in self.slots:
            for node in (self.target, self.source, *self.others):
                node.ask("CLUSTER", "SETSLOT", slot, "NODE", owner)
