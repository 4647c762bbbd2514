"""hubwarden-sandbox as a test's GitHub, and its control port."""

import base64
import datetime
import hashlib
import pathlib
import urllib.parse

from support import programs, secrets
from support.http_client import Answer, ask
from support.process import Process

MINT = "POST /app/installations/{installation_id}/access_tokens"
LOOK_UP = "GET /repos/{owner}/{repo}/installation"


class Sandbox:
    """The demo's world: acme/widgets and acme/gadgets, and an App on both. `private` is for its keys."""

    def __init__(self, private: pathlib.Path, output: pathlib.Path, environment: dict[str, str], *options: str):
        data, ready_file = private / "sandbox", private / "sandbox.ready"
        command = [programs.find("hubwarden-sandbox"), "--seed-demo", "--verbose", "--data", data, "--ready-file", ready_file]
        self.process = Process([*command, *options], environment, output / "sandbox.log", ready_file)
        self.url: str = self.process.ready["web_url"]
        # Where archives and logs are, without credentials.
        self.files_host: str = self.process.ready["files_url"].removeprefix("http://")
        self.control_url: str = self.process.ready["control_url"]
        self.app: int = self.process.ready["app_id"]
        self.client_id: str = self.process.ready["client_id"]
        self.installation: int = self.process.ready["installation_id"]
        self.key_file = pathlib.Path(self.process.ready["private_key_file"])
        secrets.tell("app-key", self.key_file.read_bytes())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stop()

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def clone_url(self, repository: str) -> str:
        return f"{self.url}/{repository}.git"

    def control(self, method: str, path: str, body: dict | None = None):
        answer = ask(self.control_url, method, path, body={} if body is None and method != "GET" else body)
        assert answer.status < 300, f"{method} {path}: {answer.text}"
        return answer.body

    # The world

    def create_repository(self, repository: str) -> int:
        owner, name = repository.split("/")
        body = {"owner": owner, "name": name, "files": {"README.md": f"# {name}\n"}}
        return self.control("POST", "/repositories", body)["id"]

    def rename(self, repository: str, name: str) -> None:
        self.control("PATCH", f"/repositories/{repository}", {"name": name})

    def create_account(self, login: str) -> None:
        self.control("POST", "/accounts", {"login": login})

    def install(self, account: str = "acme", repositories: list[str] | None = None, app: int | None = None) -> int:
        """The new installation's id; on all repositories unless some are named."""
        selected = {"repositories": repositories} if repositories else {"repository_selection": "all"}
        body = {"app_id": app or self.app, "account": account, **selected}
        return self.control("POST", "/installations", body)["id"]

    def change_installation(self, **changes) -> None:
        self.control("PATCH", f"/installations/{self.installation}", changes)

    def uninstall(self) -> None:
        self.control("DELETE", f"/installations/{self.installation}")

    def create_app(self, slug: str, permissions: dict[str, str]) -> dict:
        app = self.control("POST", "/apps", {"slug": slug, "owner": "acme", "permissions": permissions})
        secrets.tell("app-key", app["private_key"])
        return app

    def forget_key(self) -> None:
        """The App's key is deleted, as an operator may on GitHub's settings page."""
        (app,) = [app for app in self.control("GET", "/state")["apps"] if app["id"] == self.app]
        new = self.control("POST", f"/apps/{self.app}/keys")
        secrets.tell("app-key", new["private_key"])
        for fingerprint in app["keys"]:
            self.control("DELETE", f"/apps/{self.app}/keys/{urlsafe(fingerprint)}")

    def revoke(self, token: str) -> None:
        self.control("POST", "/tokens/revoke", {"hashed_token": hashed(token)})

    # How it behaves

    def change_settings(self, **settings) -> None:
        self.control("PATCH", "/settings", settings)

    def break_next(self, kind: str, route: str, **more) -> None:
        """A fault for the next request of the route; `count`, `skip`, `latency`, `status`, … as docs/sandbox.md."""
        self.control("POST", "/faults", {"kind": kind, "route": route, **more})

    def heal(self) -> None:
        self.control("DELETE", "/faults")

    # What it saw

    @property
    def totals(self) -> dict[str, int]:
        return self.control("GET", "/counters")["totals"]

    def count(self, route: str) -> int:
        """Requests of a route, whatever they were answered."""
        return sum(self.control("GET", "/counters")["routes"].get(route, {}).values())

    @property
    def arrived(self) -> int:
        """Requests of all kinds since it was started."""
        return self.control("GET", "/requests?limit=0")["total"]

    @property
    def answered(self) -> int:
        """Requests of all kinds since the counters were reset."""
        totals = self.totals
        return sum(totals[f"{kind}_requests"] for kind in ("rest", "git", "file"))

    @property
    def mints(self) -> int:
        return self.totals["tokens_issued"]

    def events(self, kind: str) -> list[dict]:
        return [event for event in self.control("GET", "/events?limit=100000") if event["kind"] == kind]

    def expiry_of(self, token: str) -> datetime.datetime:
        (mint,) = [mint for mint in self.events("mint") if mint["hashed_token"] == hashed(token)]
        return datetime.datetime.fromisoformat(mint["expires_at"])

    def latest_expiry(self) -> datetime.datetime:
        return max(datetime.datetime.fromisoformat(mint["expires_at"]) for mint in self.events("mint"))

    def rest(self, method: str, path: str, token: str) -> Answer:
        return ask(self.url, method, path, bearer=token)


def hashed(token: str) -> str:
    return base64.b64encode(hashlib.sha256(token.encode()).digest()).decode()


def urlsafe(text: str) -> str:
    return urllib.parse.quote(text, safe="")
