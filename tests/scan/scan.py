#!/usr/bin/env python3
"""Searches files for secrets and names the place of each, never its value.

usage: scan.py [--registry FILE] [--allowed FILE] [--least-files N] FOLDER...

Found are values of a known shape (tokens, JWTs, private keys, bearers) and every value of the registry, which tests
write with registry.py: plain, percent-encoded, in hexadecimal, in base64 and base64url at any alignment, and two of
these in each other; inside gzip and zlib too.

Exit status: 0 nothing found, 1 something found, 2 wrong usage.
"""

import argparse
import binascii
import fnmatch
import os
import pathlib
import re
import stat
import sys
import urllib.parse
import zlib

import ahocorasick

import registry

# What is decoded is decoded once more: a token in a Basic credential in an URL, but no further.
MAX_DEPTH = 2
# A file is read in pieces so that a large log needs no large memory; they overlap by more than any secret is long.
PIECE = 8 << 20
OVERLAP = 64 << 10
MAX_UNPACKED = 64 << 20
# Shorter ones would be found in innocent text.
LEAST_REGISTERED = 8

SHAPES = [
    ("GitHub token", re.compile(rb"gh[opsur]_[A-Za-z0-9._-]{36,}")),
    ("GitHub fine-grained token", re.compile(rb"github_pat_[A-Za-z0-9_]{40,}")),
    ("workspace token", re.compile(rb"hww_[A-Za-z0-9_-]{40,}")),
    ("proxy handle", re.compile(rb"hwh_[A-Za-z0-9_-]{40,}")),
    ("JWT", re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,}")),
    ("private key", re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\s|\\[nr])*[A-Za-z0-9+/=]{16,}")),
    # A word of a sentence has no digits and no capitals behind its first letter; a credential has.
    ("bearer", re.compile(rb"(?i:bearer|authorization)[ :=\"']+(?:(?i:bearer) +)?"
                          rb"(?=[A-Za-z0-9._~+/-]*[A-Za-z0-9._~+/-][0-9A-Z])[A-Za-z0-9._~+/-]{20,}")),
]
BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_-](?:[A-Za-z0-9+/_-]|\r?\n[ \t]?|\\n){19,}")
HEX_RUN = re.compile(rb"(?:[0-9a-fA-F]{2}){16,}")
NOT_BASE64 = re.compile(rb"\\n|[^A-Za-z0-9+/]")
URLSAFE = bytes.maketrans(b"-_", b"+/")


class Needles:
    """The values of the registry, in the forms in which a line of a file may hold them."""

    def __init__(self, registered):
        # Tests run into thousands of secrets: all are looked for in one pass.
        self.automaton = ahocorasick.Automaton()
        for what, secret in registered:
            for part in [secret, *secret.split(b"\n")]:
                part = part.strip()
                # A key in PEM is found by any line of it, but for those that every key has.
                if len(part) >= LEAST_REGISTERED and not part.startswith(b"-----"):
                    # The automaton takes text; in Latin-1 a character is a byte.
                    self.automaton.add_word(part.decode("latin-1"), (what, len(part)))
        self.automaton.make_automaton()

    def find(self, data):
        if not len(self.automaton):
            return
        for last, (what, length) in self.automaton.iter(data.decode("latin-1")):
            yield what, last + 1 - length


def find_plain(data, needles):
    for what, shape in SHAPES:
        for match in shape.finditer(data):
            yield what, match.start()
    yield from needles.find(data)


def decoded_base64(run):
    """What the run stands for, read from each of the four places in which a group of it may begin."""
    clean = NOT_BASE64.sub(b"", run.translate(URLSAFE))
    for shift in range(4):
        groups = (len(clean) - shift) // 4 * 4
        tail = clean[shift + groups:]
        if len(tail) == 1:
            tail = b""
        yield binascii.a2b_base64(clean[shift:shift + groups] + tail + b"=" * (-len(tail) % 4))


def decoded(data):
    """(form, offset, bytes) of everything in `data` that may be an encoding of something else."""
    if b"%" in data:
        # Offsets shift with every escape, so that a whole line is named.
        offset = 0
        for line in data.splitlines(keepends=True):
            if b"%" in line:
                yield "percent-encoded", offset, urllib.parse.unquote_to_bytes(line)
            offset += len(line)
    for match in BASE64_RUN.finditer(data):
        for plain in decoded_base64(match.group()):
            yield "base64", match.start(), plain
    for match in HEX_RUN.finditer(data):
        yield "hexadecimal", match.start(), bytes.fromhex(match.group().decode())


def find(data, needles, depth=0, form="plain"):
    """(what, form, offset) of every secret; of an encoded one, where its encoded run begins."""
    for what, offset in find_plain(data, needles):
        yield what, form, offset
    if depth == MAX_DEPTH:
        return
    for inner_form, offset, plain in decoded(data):
        name = inner_form if form == "plain" else f"{inner_form} in {form}"
        for what, found_form, _ in find(plain, needles, depth + 1, name):
            yield what, found_form, offset


def unpacked(head, path):
    """The content of a gzip or zlib file (git's loose objects are such), or nothing."""
    wbits = {b"\x1f\x8b": 31, b"\x78\x01": 15, b"\x78\x9c": 15, b"\x78\xda": 15}.get(head[:2])
    if wbits is None:
        return b""
    try:
        return zlib.decompressobj(wbits).decompress(path.read_bytes(), MAX_UNPACKED)
    except zlib.error:
        return b""


def find_in_file(path, needles):
    seen = set()
    with open(path, "rb") as file:
        start, piece = 0, file.read(PIECE)
        for what, form, offset in find(unpacked(piece, path), needles):
            seen.add((what, f"{form}, compressed", offset))
        while piece:
            for what, form, offset in find(piece, needles):
                seen.add((what, form, start + offset))
            more = file.read(PIECE)
            start, piece = start + max(0, len(piece) - OVERLAP), piece[-OVERLAP:] + more if more else b""
    return sorted(seen, key=lambda found: found[2])


class Allowed:
    """Where a secret is meant to be: lines of `pattern  # reason`, patterns relative to the folder."""

    def __init__(self, lines):
        self.patterns = []
        for line in lines:
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            pattern, mark, reason = line.partition("#")
            if not mark or not reason.strip():
                raise ValueError(f"no reason for '{pattern.strip()}'")
            self.patterns.append(pattern.strip())

    def has(self, relative):
        return any(fnmatch.fnmatchcase(relative, pattern) for pattern in self.patterns)


def is_private(path, folder):
    """Nobody but its owner can read it, by its own mode or by that of a folder below `folder` on the way to it."""
    while path != folder:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) == 0:
            return True
        path = path.parent
    return False


def files_below(folder):
    for parent, _, names in os.walk(folder):
        for name in names:
            path = pathlib.Path(parent, name)
            if path.is_file() and not path.is_symlink():
                yield path


def scan(folders, needles, allowed):
    """(complaints, number of files searched)"""
    complaints, searched = [], 0
    for folder in map(pathlib.Path, folders):
        for path in sorted(files_below(folder)):
            relative = path.relative_to(folder).as_posix()
            if allowed.has(relative):
                if not is_private(path, folder):
                    complaints.append(f"{path}: holds secrets by design, and others may read it")
                continue
            searched += 1
            for what, form, offset in find_in_file(path, needles):
                complaints.append(f"{path}: offset {offset}: {what} ({form})")
    return complaints, searched


def main(arguments):
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--registry")
    parser.add_argument("--allowed")
    parser.add_argument("--least-files", type=int, default=0)
    parser.add_argument("folders", nargs="+")
    options = parser.parse_args(arguments)
    try:
        registered = registry.read(options.registry) if options.registry else []
        lines = pathlib.Path(options.allowed).read_text().splitlines() if options.allowed else []
        allowed = Allowed(lines)
    except ValueError as error:
        print(f"scan.py: {error}", file=sys.stderr)
        return 2
    complaints, searched = scan(options.folders, Needles(registered), allowed)
    for complaint in complaints:
        print(complaint)
    print(f"{searched} files, {len(registered)} registered secrets, {len(complaints)} found")
    if searched < options.least_files:
        print(f"expected at least {options.least_files} files: did the tests write elsewhere?")
        return 1
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
