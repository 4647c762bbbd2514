"""Many callers at one moment, each with a connection of its own that is open before the first of them asks."""

import asyncio
import json
import urllib.parse
from collections import Counter


class Crowd:
    """What came of them: how many had which status, and every token that was given."""

    def __init__(self):
        self.statuses: Counter[int] = Counter()
        self.tokens: set[str] = set()

    def note(self, status: int, body: bytes) -> None:
        self.statuses[status] += 1
        if status == 200:
            self.tokens.add(json.loads(body)["token"])


def ask_at_once(addresses: list[tuple[str, str]], callers: int, path: str, patience: float = 120) -> Crowd:
    """`callers` for each address and its bearer."""
    return asyncio.run(asyncio.wait_for(_ask(addresses, callers, path), patience))


async def _ask(addresses: list[tuple[str, str]], callers: int, path: str) -> Crowd:
    connecting = asyncio.Semaphore(100)  # a listen queue's worth
    links = await asyncio.gather(*[_connect(address, connecting) for address, _ in addresses for _ in range(callers)])
    bearers = [bearer for _, bearer in addresses for _ in range(callers)]
    crowd = Crowd()
    await asyncio.gather(*[_call(*link, path, bearer, crowd) for link, bearer in zip(links, bearers)])
    return crowd


async def _connect(address: str, connecting: asyncio.Semaphore):
    url = urllib.parse.urlsplit(address)
    async with connecting:
        return await asyncio.open_connection(url.hostname, url.port)


async def _call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, bearer: str,
                crowd: Crowd) -> None:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {bearer}\r\n"
                 "Connection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    crowd.note(int(head.split(b" ", 2)[1]), body)
    writer.close()
