"""Workloads with sessions: an issuer whose keys lie in a file, a policy that lets each have tokens for its repository."""

import base64
import json
import pathlib
import subprocess
import time

from harness.exchange import Request
from harness.fleet import PERMISSIONS, repository

URL = "https://issuer.example.com"
POLICY = """
version: 1
issuers:
  ci: {{url: "{url}", audience: hubwarden, jwks_file: {jwks_file}}}
rules:
  - name: builders
    who: {{issuer: ci, repository: acme/*}}
    repositories: ["{{repository}}"]
    may: [{{token: {permissions}}}]
    session: {{ttl: 1h}}
"""


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Workloads:
    def __init__(self, folder: pathlib.Path):
        self.key, jwks = folder / "issuer.pem", folder / "issuer.jwks"
        self._openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(self.key))
        modulus = self._openssl("rsa", "-in", str(self.key), "-modulus", "-noout").decode().strip().partition("=")[2]
        jwks.write_text(json.dumps({"keys": [{"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256", "e": "AQAB",
                                              "n": _encoded(bytes.fromhex(modulus))}]}))
        self.policy = folder / "policy.yaml"
        self.policy.write_text(POLICY.format(url=URL, jwks_file=jwks, permissions=json.dumps(PERMISSIONS)))

    @staticmethod
    def _openssl(*arguments: str, given: bytes = b"") -> bytes:
        return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout

    def _jwt(self, number: int) -> str:
        now = int(time.time())
        claims = {"iss": URL, "aud": "hubwarden", "sub": f"build-{number}", "iat": now, "exp": now + 3600,
                  "repository": repository(number), "ref": "refs/heads/main", "run_id": str(number)}
        head = {"alg": "RS256", "typ": "JWT", "kid": "1"}
        signed = ".".join(_encoded(json.dumps(part).encode()) for part in (head, claims))
        return signed + "." + _encoded(self._openssl("dgst", "-sha256", "-sign", str(self.key), given=signed.encode()))

    def requests(self, fleet, count: int) -> list[Request]:
        """The token request of each of `count` new sessions."""
        answers = fleet.ask([Request("POST", "/v1/sessions", self._jwt(number)) for number in range(count)])
        return [Request("GET", f"/v1/github-installation-token?repo={repository(number)}", json.loads(answer)["token"])
                for number, answer in enumerate(answers)]
