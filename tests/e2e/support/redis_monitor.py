"""What a Redis is asked, told by itself: every command that its clients send, in order."""

import itertools
import re
import subprocess

from support.redis import Redis

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')
_OWN = ("ECHO", "SCAN")  # what a test asks


class Monitor:
    """`redis-cli MONITOR`. What scripts call inside Redis was not sent, and is left out."""

    def __init__(self, redis: Redis):
        self._redis, self._numbers = redis, itertools.count()
        command = ["redis-cli", "-s", str(redis.socket), "MONITOR"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace")
        assert self._process.stdout.readline() == "OK\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def take(self) -> list[list[str]]:
        """The commands since the last time, each as its words."""
        mark = ["ECHO", f"mark-{next(self._numbers)}"]
        self._redis.ask(*mark)
        commands = []
        while (words := self._read()) != mark:
            if words and words[0] not in _OWN:
                commands.append(words)
        return commands

    def _read(self) -> list[str]:
        """Nothing for what a script called. A line is: time [database who] "COMMAND" "argument" …"""
        line = self._process.stdout.readline()
        assert line, "Redis goes on telling"
        who, _, command = line.partition("] ")
        return [] if who.endswith(" lua") else _WORD.findall(command)


def shape(words: list[str]) -> tuple[str, ...]:
    """A command without what differs each time: its name and its keys, of a script also what it does."""
    keys = int(words[2]) if words[0] in ("EVAL", "EVALSHA") else -1
    return tuple(words[:3 + keys])
