"""A page of the documentation: its blocks, what its front comment asks for, and the paths that it names.

    <!-- test: sandbox, timeout 300 -->     what the harness starts before, and how long the page may take

A block fenced as ```sh is run; the ```output block that follows it says what it prints. Every other block is not run.
"""

import dataclasses
import pathlib
import re

FENCE = re.compile(r"^(?P<indent> {0,3})(?P<ticks>`{3,})(?P<language>[\w+-]*)[^`]*$")
FRONT = re.compile(r"\s*<!--\s*test:\s*(?P<wishes>[^>]*?)\s*-->")
DEFAULT_TIMEOUT = 120  # seconds


class Malformed(Exception):
    """The page cannot be what its author meant."""


@dataclasses.dataclass
class Block:
    language: str
    line: int  # of the fence, from 1
    text: str
    expected: str | None = None  # of an sh block: what its output block says


@dataclasses.dataclass
class Page:
    path: pathlib.Path
    fixtures: list[str]
    timeout: int
    commands: list[Block]


def blocks(text, name):
    """Every fenced block, in order."""
    found, fence, lines, start = [], None, [], 0
    for number, line in enumerate(text.splitlines(), 1):
        if fence is None:
            if match := FENCE.match(line):
                fence, lines, start = match, [], number
        elif line.strip() == fence["ticks"]:
            found.append(Block(fence["language"], start, "".join(f"{each}\n" for each in lines)))
            fence = None
        else:
            lines.append(line.removeprefix(fence["indent"]))
    if fence is not None:
        raise Malformed(f"{name}:{start}: the block is never closed")
    return found


def commands(text, name):
    """The blocks to run, each with the output that it is expected to have."""
    found, previous = [], None
    for block in blocks(text, name):
        if block.language == "sh":
            found.append(block)
        elif block.language == "output":
            if previous is None or previous.language != "sh":
                raise Malformed(f"{name}:{block.line}: an output block that follows no sh block")
            previous.expected = block.text
        previous = block
    return found


def parse(path, text):
    fixtures, timeout = [], DEFAULT_TIMEOUT
    front = FRONT.match(text)
    for wish in filter(None, map(str.strip, front["wishes"].split(","))) if front else ():
        if match := re.fullmatch(r"timeout (\d+)", wish):
            timeout = int(match[1])
        else:
            fixtures.append(wish)
    return Page(pathlib.Path(path), fixtures, timeout, commands(text, path))


def read(path):
    return parse(path, pathlib.Path(path).read_text(encoding="utf-8"))


def differs(expected, actual):
    """Nothing when the output is as expected, else what is missing or too much.

    `…` in a line stands for anything within it, a line of nothing but `…` for any number of lines. Blanks at the end
    of a line and empty lines at the end do not count.
    """
    wanted = [line.rstrip() for line in expected.rstrip().splitlines()]
    got = [line.rstrip() for line in actual.rstrip().splitlines()]
    pattern = ""
    for line in wanted:
        if line.strip() == "…":
            pattern += r"(?:[^\n]*\n)*"
        else:
            pattern += "[^\n]*".join(map(re.escape, line.split("…"))) + "\n"
    if re.fullmatch(pattern, "".join(f"{line}\n" for line in got)):
        return None
    return "expected\n" + indented(wanted) + "but got\n" + indented(got)


def indented(lines):
    return "".join(f"  | {line}\n" for line in lines)
