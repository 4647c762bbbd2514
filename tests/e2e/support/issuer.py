"""An issuer of workloads' JWTs, as a cluster or a CI service is one: a key, what it publishes, what it signs."""

import base64
import json
import pathlib
import subprocess
import time

from support import secrets


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _openssl(*arguments: str, given: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, timeout=60, check=True).stdout


class Issuer:
    def __init__(self, folder: pathlib.Path, url: str = "https://issuer.example.com"):
        self.url, self.key, self.jwks_file = url, folder / "issuer.pem", folder / "issuer.jwks"
        self.key.touch(mode=0o600)
        _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(self.key))
        self.jwks_file.write_text(json.dumps({"keys": [self._public()]}))
        self._made = 0

    def _public(self) -> dict:
        modulus = _openssl("rsa", "-in", str(self.key), "-modulus", "-noout").decode().strip().partition("=")[2]
        return {"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256", "n": _encoded(bytes.fromhex(modulus)), "e": "AQAB"}

    def jwt(self, lifetime: int = 600, **claims) -> str:
        """Each is another one, as those of platforms are."""
        self._made += 1
        now = int(time.time())
        body = {"iss": self.url, "aud": "hubwarden", "sub": "somebody", "iat": now, "exp": now + lifetime,
                "jti": str(self._made), **claims}
        head = {"alg": "RS256", "typ": "JWT", "kid": "1"}
        signed = ".".join(_encoded(json.dumps(part).encode()) for part in (head, body))
        jwt = signed + "." + _encoded(_openssl("dgst", "-sha256", "-sign", str(self.key), given=signed.encode()))
        secrets.tell("jwt", jwt)
        return jwt
