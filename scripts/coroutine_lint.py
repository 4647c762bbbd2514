#!/usr/bin/env python3
"""Checks how coroutines await: g++ 12 destroys some temporaries twice in an expression that holds `co_await`.

A statement with `co_await` has one of these forms and no other:

    co_await f(x);
    const auto y = co_await f(x);
    y = co_await f(x);
    co_return co_await f(x);

with no second `co_await`, no lambda, no braces and no `?:` anywhere in it. Default arguments, conditions, structured
bindings, arguments of other calls and braced initialisers are none of these forms. It does not stand in a lambda that
captures: the captures die with the lambda, before the coroutine goes on. `[](T& t) -> Task<> { … }(t)` is a function.

usage: coroutine_lint.py FILE...     prints "file:line: what is wrong" for each, exit 1 if there is any
"""

import re
import sys
from pathlib import Path

TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/|^[ \t]*\#(?:[^\n]*\\\n)*[^\n]*)
      | (?P<text>(?:u8|[uUL])?R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+')
      | (?P<word>[A-Za-z_]\w*|[0-9][\w.']*)
      | (?P<sign>::|->|\[\[|\]\]|.)""",
    re.S | re.X | re.M,
)
OPEN = {"(": ")", "[": "]", "{": "}"}
CLOSE = {close: opened for opened, close in OPEN.items()}
CONTROL = {"if", "while", "for", "switch"}
# What may stand between a function's parameters and its body.
AFTER_PARAMETERS = re.compile(r"[\w:<>*&,]+|->")


class Tokens:
    def __init__(self, code):
        self.texts = []
        self.lines = []
        line = 1
        for found in TOKEN.finditer(code):
            if found.lastgroup != "skip" and not found["skip"]:
                text = '""' if found["text"] else found[0]
                # Attributes open and close like what they are made of.
                for part in ("[", "[") if text == "[[" else ("]", "]") if text == "]]" else (text,):
                    self.texts.append(part)
                    self.lines.append(line)
            line += found[0].count("\n")
        self.match = self._brackets()

    def _brackets(self):
        match, stack = {}, []
        for i, text in enumerate(self.texts):
            if text in OPEN:
                stack.append(i)
            elif text in CLOSE and stack and self.texts[stack[-1]] == CLOSE[text]:
                match[i] = stack.pop()
                match[match[i]] = i
        return match

    def __getitem__(self, i):
        return self.texts[i] if 0 <= i < len(self.texts) else ""


def lambda_capture(tokens, brace):
    """The index of the `]` before a lambda's body, if the `{` at `brace` opens one: [..](..) -> T {, [..] {."""
    i = brace - 1
    while tokens[i] != ")" and tokens[i] != "]" and AFTER_PARAMETERS.fullmatch(tokens[i]):
        i -= 1
    if tokens[i] == ")" and i in tokens.match:
        i = tokens.match[i] - 1
        if tokens[i] == "noexcept":
            return lambda_capture(tokens, i)
        if tokens[i] == ">":  # template parameters
            depth = 0
            while i >= 0:
                depth += (tokens[i] == ">") - (tokens[i] == "<")
                i -= 1
                if depth == 0:
                    break
    return i if tokens[i] == "]" else None


def captures(tokens, brace):
    capture = lambda_capture(tokens, brace)
    return capture is not None and tokens[capture - 1] != "["


def is_block(tokens, brace):
    """Whether the `{` at `brace` opens statements, not a braced initialiser."""
    before = tokens[brace - 1]
    if before in (")", ";", "{", "}", ":", "else", "do", "try", "const", "noexcept", "override", "final", "mutable"):
        return True
    return lambda_capture(tokens, brace) is not None or is_function_body(tokens, brace)


def is_function_body(tokens, brace):
    """A body after a trailing return type: (..) -> T {."""
    i = brace - 1
    while AFTER_PARAMETERS.fullmatch(tokens[i]):
        if tokens[i] == "->":
            return tokens[i - 1] in (")", "const", "noexcept", "mutable", "]")
        i -= 1
    return False


def statement_start(tokens, at):
    """(index of the first token of the statement, index of the bracket it stands in, or None)."""
    i = at - 1
    while i >= 0:
        text = tokens[i]
        if text in (";",) or (text in CLOSE and i not in tokens.match):
            return i + 1, None
        if text == "}":
            # The end of the statement before, unless it is a braced value within this one.
            if is_block(tokens, tokens.match[i]):
                return i + 1, None
            i = tokens.match[i]
        elif text in CLOSE:
            i = tokens.match[i]
        elif text in OPEN:
            return i + 1, i
        i -= 1
    return 0, None


def skip_control(tokens, start, at):
    """Past `if (..)`, `else`, `case x:`: what governs the statement is not part of it."""
    while start < at:
        text = tokens[start]
        if text in CONTROL:
            paren = start + 2 if tokens[start + 1] == "constexpr" else start + 1
            if tokens[paren] != "(" or tokens.match.get(paren, at) >= at:
                return start
            start = tokens.match[paren] + 1
        elif text in ("else", "do"):
            start += 1
        elif text in ("case", "default", "public", "private", "protected"):
            while start < at and tokens[start] != ":":
                start += 1
            start += 1
        else:
            return start
    return start


def complaint(tokens, at):
    """What is wrong with the co_await at token `at`, or nothing."""
    enclosing = [i for i, j in tokens.match.items() if i < at < j]
    if any(tokens[i] == "{" and captures(tokens, i) for i in enclosing):
        return "co_await in a lambda that captures: make it a function with parameters"
    start, bracket = statement_start(tokens, at)
    if bracket is not None and not (tokens[bracket] == "{" and is_block(tokens, bracket)):
        if tokens[bracket] == "{":
            return "co_await in a braced initialiser: give its result a name first"
        if tokens[bracket] == "(" and tokens[bracket - 1] in CONTROL:
            return f"co_await in the head of `{tokens[bracket - 1]}`: give its result a name first"
        return "co_await inside another expression: give its result a name first"
    before = tokens.texts[skip_control(tokens, start, at):at]
    end = at
    while end < len(tokens.texts) and tokens[end] != ";":
        end = tokens.match.get(end, end) + 1 if tokens[end] in ("(", "[", "{") else end + 1
    after = tokens.texts[at + 1:end]
    if "co_await" in after:
        return "two co_await in one statement"
    if "?" in before + after:
        return "co_await and ?: in one statement"
    if before and before[-1] == "=" and before[-2:-1] == ["]"] and "auto" in before:
        return "co_await into a structured binding: give its result a name first"
    if "{" in after:
        return "co_await with braces or a lambda in its statement: make the argument before it"
    if before not in ([], ["co_return"]) and not (before[-1] == "=" and not {"(", "{"} & set(before)):
        return "co_await inside another expression: give its result a name first"
    return None


def lint(code):
    """(line, message) of each co_await that breaks the rule."""
    tokens = Tokens(code)
    for i, text in enumerate(tokens.texts):
        if text == "co_await":
            message = complaint(tokens, i)
            if message:
                yield tokens.lines[i], message


def main(paths):
    found = False
    for path in paths:
        for line, message in lint(Path(path).read_text()):
            print(f"{path}:{line}: {message}")
            found = True
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
