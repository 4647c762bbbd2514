"""kill -9 under load: whatever was acknowledged is there afterwards, and whatever was revoked stays so."""

import concurrent.futures
import http.client
import os
import random
import threading
import time

KILLS = 100
WRITERS = 4
LONGEST_LIFE = 0.25  # seconds under load before the next kill


class Writer:
    """Changes workspaces of its own until its server is gone, and remembers what it was told and what is open."""

    def __init__(self, number: int, seed: int):
        self.number, self.random = number, random.Random(f"{seed}-{number}")
        self.made = 0
        self.live: dict[str, dict[str, str]] = {}  # workspace → token id → token
        self.dead: list[tuple[str, str]] = []  # workspace, token
        # A change that was asked for and not answered may have happened, or not.
        self.in_doubt: set[str] = set()

    def work(self, broker, stop: threading.Event) -> None:
        while not stop.is_set():
            name = self.random.choice(list(self.live)) if self.live else None
            change = self.random.choice([self.create, self.create, self.rotate, self.revoke, self.delete])
            try:
                if change == self.create or name is None or name in self.in_doubt:
                    self.create(broker)
                else:
                    change(broker, name)
            except (OSError, http.client.HTTPException):
                return  # killed before the answer

    def ask(self, broker, workspace: str, method: str, path: str, status: int, **more):
        self.in_doubt.add(workspace)
        answer = broker.ask(method, path, bearer=broker.admin_token, **more)
        assert answer.status == status, answer.text
        self.in_doubt.discard(workspace)
        return answer

    def create(self, broker, *_) -> None:
        self.made += 1
        name = f"agent-{self.number}-{self.made}"
        body = {"id": name, "repositories": ["acme/widgets"], "permissions": {"contents": "write"}}
        answer = self.ask(broker, name, "POST", "/admin/workspaces", 201, body=body)
        self.live[name] = {answer.body["token_id"]: answer.body["token"]}

    def rotate(self, broker, name: str) -> None:
        if len(self.live[name]) > 5:
            return
        answer = self.ask(broker, name, "POST", f"/admin/workspaces/{name}/tokens", 201)
        self.live[name][answer.body["token_id"]] = answer.body["token"]

    def revoke(self, broker, name: str) -> None:
        if not self.live[name]:
            return
        token = self.random.choice(list(self.live[name]))
        self.ask(broker, name, "DELETE", f"/admin/workspaces/{name}/tokens/{token}", 204)
        self.dead.append((name, self.live[name].pop(token)))

    def delete(self, broker, name: str) -> None:
        self.ask(broker, name, "DELETE", f"/admin/workspaces/{name}", 204)
        self.dead += [(name, token) for token in self.live.pop(name).values()]

    def check(self, broker, sample: int) -> None:
        """The last ones of each kind: those before them were looked at after earlier kills."""
        certain = [(name, tokens) for name, tokens in self.live.items() if name not in self.in_doubt]
        for name, tokens in certain[-sample:]:
            for token in tokens.values():
                assert self.opens(broker, name, token), f"{name} lost a token that it was given"
        for name, token in self.dead[-sample:]:
            assert not self.opens(broker, name, token), f"a token of {name} that was revoked lives again"
        # What is in doubt is settled by now, one way or the other; it is left alone from here.
        for name in self.in_doubt:
            self.live.pop(name, None)

    @staticmethod
    def opens(broker, name: str, token: str) -> bool:
        # A wrong report is refused for what it says (404, 204 …), a wrong credential with 401, and neither asks GitHub.
        answer = broker.ask("POST", f"/workspaces/{name}/github-installation-token/rejected", bearer=token,
                            body={"token": "ghs_none"})
        return answer.status != 401


def test_whatever_was_acknowledged_survives_a_hundred_kills(broker):
    seed = int(os.environ.get("HUBWARDEN_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"HUBWARDEN_TEST_SEED={seed}")
    moments = random.Random(seed)
    writers = [Writer(number, seed) for number in range(WRITERS)]
    broker.configure(limits={"failures_per_address": 0, "shutdown_grace": "1s"}, log={"level": "warning"})
    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        for _ in range(KILLS):
            broker.start()
            stop = threading.Event()
            running = [pool.submit(writer.work, broker, stop) for writer in writers]
            time.sleep(moments.uniform(0, LONGEST_LIFE))  # the moment itself is what is tested
            broker.process.kill()
            stop.set()
            for each in running:
                each.result()
            broker.start()
            for writer in writers:
                writer.check(broker, sample=5)
            broker.process.kill()
        broker.start()
        for writer in writers:
            writer.check(broker, sample=10_000)
    assert sum(writer.made for writer in writers) > KILLS
