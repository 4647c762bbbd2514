"""kill -9 under load: the ledger stays whole, and no write was acknowledged that is not in it."""

import concurrent.futures
import http.client
import json
import os
import random
import subprocess
import threading
import time

from support import programs
from support.issuer import Issuer

KILLS = int(os.environ.get("HUBWARDEN_TEST_KILLS", 30))
WRITERS = 4
LONGEST_LIFE = 0.4  # seconds under load before the next kill
ROUTE = "/v1/proxy/github/rest"

POLICY = """
version: 1
issuers:
  ci: {{url: "{url}", audience: hubwarden, jwks_file: {jwks_file}}}
rules:
  - name: writers
    who: {{issuer: ci}}
    repositories: [acme/*]
    may:
      - operations: [issues/update]
    session: {{ttl: 1h}}
"""


class Writer:
    """Writes until its server is gone, and remembers what it was told had been done."""

    def __init__(self):
        self.acknowledged: list[str] = []

    def work(self, broker, session: str, stop: threading.Event) -> None:
        while not stop.is_set():
            body = {"repository": "acme/widgets", "operation": "issues/update",
                    "params": {"issue_number": 1, "body": {"title": f"Title {len(self.acknowledged)}"}}}
            try:
                answer = broker.ask("POST", ROUTE, bearer=session, body=body)
            except (OSError, http.client.HTTPException):
                return  # killed before the answer
            if answer.status == 200:
                self.acknowledged.append(answer.fields["X-Request-Id"])


def ledger(broker, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([programs.find("hubwarden"), "ledger", *arguments, "--config", str(broker.config_file)],
                          env=broker.environment, cwd=broker.private, text=True, capture_output=True, timeout=120,
                          check=False)


def test_no_acknowledged_write_lacks_its_event(broker, private, sandbox):
    issuer = Issuer(private)
    file = private / "policy.yaml"
    file.write_text(POLICY.format(url=issuer.url, jwks_file=issuer.jwks_file))
    broker.configure(policy={"path": str(file)}, ledger={"required": True},
                     operations={"allow": ["read", "create_issue"], "write_interval": "0s"})
    broker.start()
    opened = broker.ask("POST", "/v1/sessions", bearer=issuer.jwt(lifetime=7200))
    assert opened.status == 201, opened.text
    handle = broker.issue_handle(operations=["create_issue"])["proxy_handle"]
    first = broker.ask("POST", ROUTE, body={"proxy_handle": handle, "operation": "create_issue", "params": {"title": "One"}})
    assert first.status == 201, first.text
    seed = int(os.environ.get("HUBWARDEN_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"HUBWARDEN_TEST_SEED={seed}")
    moments = random.Random(seed)
    writers = [Writer() for _ in range(WRITERS)]
    for _ in range(KILLS):
        stop = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
            working = [pool.submit(writer.work, broker, opened.body["token"], stop) for writer in writers]
            time.sleep(moments.uniform(0.05, LONGEST_LIFE))
            broker.process.kill()
            stop.set()
            for each in working:
                each.result()
        broker.start()
    whole = ledger(broker, "verify")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    events = [json.loads(line)["event"] for line in ledger(broker, "export").stdout.splitlines()]
    told = {event["request_id"] for event in events if event["kind"] == "decision" and event["outcome"] == "ok"}
    acknowledged = [request for writer in writers for request in writer.acknowledged]
    assert len(acknowledged) > KILLS, "there was load"
    assert not set(acknowledged) - told
