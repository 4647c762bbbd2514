"""Replicas: hubwardens with the same App and the same Redis, each with folders of its own."""

import pathlib

from support.broker import Broker
from support.redis import Redis
from support.redis_nodes import Cluster, Watched
from support.sandbox import Sandbox


def replica(name: str, private: pathlib.Path, output: pathlib.Path, environment: dict[str, str], sandbox: Sandbox,
            redis: Redis | Watched | Cluster, **sections) -> Broker:
    """Started, with further `sections` of the configuration."""
    folders = [folder / f"replica-{name}" for folder in (private, output)]
    for folder in folders:
        folder.mkdir(mode=0o700)
    made = Broker(*folders, environment, sandbox)
    made.configure(redis={"url": redis.url, "password": redis.password}, **sections)
    return made.start()
