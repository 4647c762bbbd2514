#!/usr/bin/env python3
"""The list of secrets that tests have issued, so that the scan finds those without a shape of their own.

A line is `<what> <base64 of the value>`; a line is added in one write, so that tests may run beside each other.

    registry.add("workspace-token", token)                     # in Python
    registry.py add workspace-token <FILE                      # elsewhere: the value comes on standard input
"""

import base64
import binascii
import os
import pathlib
import re
import sys

NAME = "secrets.txt"


def default_path():
    """Nothing outside of ./test and ctest."""
    folder = os.environ.get("HUBWARDEN_TEST_OUTPUT")
    return os.path.join(folder, NAME) if folder else None


def add(what, secret, path=None):
    path = path or default_path()
    if path is None or not secret:
        return
    if not re.fullmatch(r"[a-z0-9-]+", what):
        raise ValueError(f"not a name for a kind of secret: {what!r}")
    raw = secret.encode() if isinstance(secret, str) else bytes(secret)
    line = f"{what} {base64.b64encode(raw).decode()}\n".encode()
    os.makedirs(os.path.dirname(path), exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


def read(path):
    """[(what, bytes)]; nothing when there is no such file. A line that is none is a ValueError with its number."""
    file = pathlib.Path(path)
    if not file.exists():
        return []
    entries = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        what, _, encoded = line.partition(" ")
        try:
            secret = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            secret = b""
        if not what or not secret:
            raise ValueError(f"{path}:{number}: not '<what> <base64>'")
        entries.append((what, secret))
    return entries


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "add":
        sys.exit(f"usage: {sys.argv[0]} add <what>   (the value on standard input)")
    add(sys.argv[2], sys.stdin.buffer.read().rstrip(b"\n"))
