"""Replicas of hubwarden that share a Redis."""

import json
import time

from harness.exchange import Link, Request
from harness.fleet import Fleet, port_of
from harness.process import LOAD_CORE, Process, on_core
from harness.redis import Redis

PATIENCE = 60.0  # seconds for a replica to see what Redis does


class SharingFleet(Fleet):
    """All replicas are on the server's core, GitHub and Redis on the load's. The first is `hubwarden`."""

    sandbox_before = on_core(LOAD_CORE)

    def __init__(self, replicas: int = 1, **more):
        self.count = replicas
        super().__init__(**more)

    def _start_hubwarden(self, before, settings):
        self.redis = Redis(self.directory)
        self.processes.append(self.redis.process)
        sharing = settings | {"redis": {"url": self.redis.url}}
        self.replicas = [self.serve(f"replica-{number}", before, sharing) for number in range(self.count)]
        self.hubwarden = self.replicas[0]
        for replica in self.replicas:
            self.wait_until_redis_is("ok", replica)

    def wait_until_redis_is(self, what: str, replica: Process | None = None) -> None:
        """As the replica says of itself."""
        give_up = time.monotonic() + PATIENCE
        with Link(port_of(replica or self.hubwarden)) as link:
            ready = Request("GET", "/readyz").encoded()
            while json.loads(link.exchange(ready))["checks"]["redis"] != what:
                assert time.monotonic() < give_up, f"Redis is not {what}"
                time.sleep(0.05)

    def mints(self) -> int:
        with Link(self.sandbox.ready["control_port"]) as link:
            return json.loads(link.exchange(Request("GET", "/counters").encoded()))["totals"]["tokens_issued"]
