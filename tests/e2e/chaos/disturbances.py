"""What happens to a fleet: each breaks something, waits, and puts it right again before it returns."""

import random
import signal
import time
from collections.abc import Callable

from support.broker import Broker
from support.postgres import Postgres
from support.redis_nodes import Cluster, Node, Watched
from support.sandbox import MINT, Sandbox
from support.waiting import until

from chaos.outages import Outages

Disturbances = list[tuple[str, Callable[[], None]]]

AWAY = 3.0  # seconds: longer than any deadline and any pause between attempts
# Long enough for tokens whose refresh fails from its beginning, a third of their life before the end, to come near it.
GITHUB_AWAY = 12.0
MANY = 1_000_000


def of_replicas(fleet: list[Broker], outages: Outages, chance: random.Random) -> Disturbances:
    def kill() -> None:
        broker = chance.choice(fleet)
        with outages.of(broker):
            broker.process.kill()
            time.sleep(chance.uniform(0, AWAY))
            broker.start()

    return [("replica killed and restarted", kill)] * 2


def of_records(postgres: Postgres, outages: Outages, moment: Callable[[], None]) -> Disturbances:
    """`moment` waits for one that is a bad one."""

    def restart() -> None:
        moment()
        with outages.of(postgres):
            postgres.stop()
            postgres.start()

    def hang() -> None:
        moment()
        with outages.of(postgres), postgres.standing_still():
            time.sleep(AWAY + 1)

    def cut() -> None:
        """It is there again at once."""
        moment()
        with outages.of(postgres):
            postgres.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    return [("PostgreSQL restarted", restart), ("PostgreSQL paused", hang), ("PostgreSQL's connections cut", cut)]


def of_github(sandbox: Sandbox, outages: Outages) -> Disturbances:
    def broken(kind: str, route: str, seconds: float, after: float = 0.0, **more) -> Callable[[], None]:
        """`after`: how much longer it is to be felt."""

        def disturb() -> None:
            with outages.of(sandbox):
                sandbox.break_next(kind, route, **more)
                time.sleep(seconds)
                sandbox.heal()
                time.sleep(after)

        return disturb

    return [("GitHub answers 503", broken("unicorn", "*", GITHUB_AWAY, count=MANY)),
            ("GitHub limits mints", broken("secondary_limit", MINT, AWAY, after=AWAY, count=MANY, retry_after=3)),
            ("GitHub's answers are lost", broken("lost_answer", MINT, 2 * AWAY, count=3))]


def pause(node: Node) -> None:
    node.signal(signal.SIGSTOP)
    time.sleep(AWAY)
    node.signal(signal.SIGCONT)


def of_sentinels(redis: Watched) -> Disturbances:
    def is_led_by_another(before: Node) -> bool:
        return redis.master_port() != before.port and redis.is_whole()

    def die() -> None:
        master, _ = redis.roles()
        master.kill()
        until(lambda: redis.master_port() != master.port, "the failover")
        time.sleep(1)
        master.start()
        until(redis.is_whole, "the dead one to follow", pause=0.2)

    def hang() -> None:
        """The sentinel gives its place to the other meanwhile."""
        master, _ = redis.roles()
        pause(master)
        until(redis.is_whole, "the stopped one to follow", pause=0.2)

    def fail_over() -> None:
        master, _ = redis.roles()
        redis.fail_over()
        until(lambda: is_led_by_another(master), "the failover", pause=0.2)

    def restart() -> None:
        """Sooner than the sentinel would notice."""
        master, _ = redis.roles()
        master.kill()
        master.start()
        until(redis.is_whole, "the other to follow again", pause=0.2)

    return [("Redis dead, failed over", die), ("Redis paused, failed over", hang), ("Redis told to fail over", fail_over),
            ("Redis restarted empty", restart), ("Redis emptied", lambda: redis.roles()[0].ask("FLUSHALL"))]


def tokens_of(node: Node) -> list[str]:
    return [key for key in node.ask("--scan").split() if key.endswith(":token")]


def of_cluster(redis: Cluster, chance: random.Random) -> Disturbances:
    def restart() -> None:
        node = chance.choice(redis.nodes)
        node.kill()
        time.sleep(AWAY)
        node.start()
        until(redis.is_whole, "the cluster to be one again", pause=0.2)

    def hang() -> None:
        pause(chance.choice(redis.nodes))
        until(redis.is_whole, "the cluster to be one again", pause=0.2)

    def move() -> None:
        """All slots of a node that hold tokens; each step long enough for requests to meet it."""
        source = max(redis.nodes, key=lambda node: len(tokens_of(node)))
        moving = redis.moving(tokens_of(source), source, chance.choice([node for node in redis.nodes if node != source]))
        moving.begin()
        time.sleep(1)
        moving.move()
        time.sleep(1)
        moving.finish()

    def empty() -> None:
        for node in redis.nodes:
            node.ask("FLUSHALL")

    return [("cluster node killed and restarted", restart), ("cluster node paused", hang), ("cluster slots moved", move),
            ("cluster slots moved", move), ("cluster emptied", empty)]
