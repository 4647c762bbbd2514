"""The rules of src/README.md, checked against every source file.

The tables of that page are the only place where levels and homes of headers are written down.
"""

import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAP = ROOT / "src" / "README.md"

MAX_LINES = 450  # more does not fit into a reader's head
CODE = {".h", ".cpp"}
TEXT = CODE | {".md", ".py", ".sh", ".cmake", ".txt", ".yml", ".yaml", ".json", ".js", ".mjs", ""}

# What means nothing to whoever did not write it.
PRIVATE = [
    (r"(?<![\w$})])/(?:root|work|Users)/", "a path of one machine"),
    (r"\b[Ii]ssue [A-Z]\b", "a private name of an issue"),
]
PRIVATE_ALLOWED = {Path("tests/structure/structure_test.py")}

# Asio's coroutine plumbing, as against its sockets, timers and descriptors.
PLUMBING = re.compile(
    r"boost/asio/(async_result|awaitable|co_spawn|detached|dispatch|executor_work_guard|io_context|post"
    r"|redirect_error|this_coro|use_awaitable|use_future|experimental/.*)\.hpp"
)


def table_rows(page, heading):
    """The rows of the table whose first cell of its header is `heading`, each a list of cells."""
    rows = []
    inside = False
    for line in page.splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells[0] == heading:
            inside = True
        elif inside and not cells[0].startswith("---"):
            rows.append(cells)
    return rows


def names(cell):
    """`a/`, `b.h` → ["a/", "b.h"]."""
    return re.findall(r"`([^`]+)`", cell)


class Rules:
    def __init__(self, page):
        self.level = {}
        self.beside = {}
        for level, folder, beside, _ in table_rows(page, "level"):
            name = names(folder)[0].rstrip("/")
            self.level[name] = int(level)
            self.beside[name] = {other.rstrip("/") for other in names(beside)}
        self.outside = {
            names(folder)[0].rstrip("/"): {other.rstrip("/") for other in names(may)}
            for folder, may, _ in table_rows(page, "folder")
        }
        self.homes = [(names(headers), names(files)) for headers, files, _ in table_rows(page, "header")]

    def may_include(self, folder, included):
        if folder == included or folder not in self.level:
            return True
        return self.level[included] < self.level[folder] or included in self.beside[folder]

    def may_include_header(self, place, header):
        """`place` is a path below src/, "http/client.h". True for headers that no row names."""
        folder = place.split("/")[0]
        if PLUMBING.fullmatch(header) and self.level.get(folder, 99) >= self.level["net"]:
            return True
        named = False
        for headers, files in self.homes:
            if any(header.startswith(start) for start in headers):
                named = True
                if any(place == home or (home.endswith("/") and place.startswith(home)) for home in files):
                    return True
        return not named


def tracked(*suffixes):
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )
    files = [Path(line) for line in listed.stdout.splitlines()]
    return [f for f in files if (ROOT / f).is_file() and (not suffixes or f.suffix in suffixes)]


def includes(text):
    """(line number, header, is_quoted) of each #include."""
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if found:
            yield number, found[2], found[1] == '"'


def without_comments_and_texts(text):
    """Comments and literals blanked; line numbers stay."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S
    )
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


class Structure(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rules = Rules(MAP.read_text())
        cls.code = {f: (ROOT / f).read_text() for f in tracked(*CODE)}

    def assert_none(self, complaints):
        self.assertFalse(complaints, "\n" + "\n".join(complaints))

    def test_every_folder_is_on_the_map(self):
        folders = {f.parts[1] for f in self.code if f.parts[0] == "src"}
        self.assertEqual(folders - set(self.rules.level), set())

    def test_includes_point_down(self):
        complaints = []
        for file, text in self.code.items():
            if file.parts[0] != "src":
                continue
            for line, header, quoted in includes(text):
                included = header.split("/")[0]
                if quoted and included in self.rules.level:
                    if not self.rules.may_include(file.parts[1], included):
                        complaints.append(f"{file}:{line}: {file.parts[1]}/ may not include {included}/")
        self.assert_none(complaints)

    def test_quoted_includes_name_a_folder_of_ours(self):
        complaints = []
        known = set(self.rules.level) | {"sandbox", "tests", "bench", "fuzz"}
        for file, text in self.code.items():
            for line, header, quoted in includes(text):
                if quoted and header.split("/")[0] not in known:
                    complaints.append(f'{file}:{line}: "{header}" does not begin with a folder of the map')
        self.assert_none(complaints)

    def test_product_code_includes_no_tests_and_no_sandbox(self):
        complaints = []
        for file, text in self.code.items():
            is_test = file.stem.endswith(("_test", "_fixture")) or file.parts[0] not in ("src", "sandbox")
            for line, header, quoted in includes(text):
                top = header.split("/")[0]
                if quoted and not is_test and top in ("tests", "bench", "fuzz"):
                    complaints.append(f"{file}:{line}: only tests include {top}/")
                if quoted and file.parts[0] == "src" and file.parts[1] != "apps" and top == "sandbox":
                    complaints.append(f"{file}:{line}: only apps/ includes sandbox/")
        self.assert_none(complaints)

    def test_folders_beside_src_include_only_what_they_may(self):
        complaints = []
        for file, text in self.code.items():
            allowed = self.rules.outside.get(file.parts[0])
            for line, header, quoted in includes(text) if allowed else ():
                included = header.split("/")[0]
                if quoted and included in self.rules.level and included not in allowed:
                    complaints.append(f"{file}:{line}: {file.parts[0]}/ may not include {included}/")
        self.assert_none(complaints)

    def test_libraries_stay_in_their_home(self):
        complaints = []
        for file, text in self.code.items():
            if file.parts[0] != "src" or file.stem.endswith(("_test", "_fixture")):
                continue
            place = "/".join(file.parts[1:])
            for line, header, quoted in includes(text):
                if not quoted and not self.rules.may_include_header(place, header):
                    complaints.append(f"{file}:{line}: <{header}> has another home: see src/README.md")
        self.assert_none(complaints)

    def test_spdlog_is_included_by_one_file_at_all(self):
        users = {str(f) for f, text in self.code.items() if any(h.startswith("spdlog") for _, h, _ in includes(text))}
        self.assertEqual(users, {"src/obs/stderr_log.cpp"})

    def test_files_are_short(self):
        self.assert_none(
            [f"{f}: {n} lines" for f, text in self.code.items() if (n := len(text.splitlines())) > MAX_LINES]
        )

    def test_headers_are_read_once(self):
        self.assert_none(
            [str(f) for f, text in self.code.items() if f.suffix == ".h" and not text.startswith("#pragma once\n")]
        )

    def test_libraries_do_not_print(self):
        complaints = []
        for file, text in self.code.items():
            is_test = file.stem.endswith(("_test", "_fixture"))
            if file.parts[0] == "src" and file.parts[1] != "apps" and not is_test:
                for number, line in enumerate(without_comments_and_texts(text).splitlines(), 1):
                    if re.search(r"std::(cout|cerr|clog)\b|\bf?printf\(", line) and file.name != "check.h":
                        complaints.append(f"{file}:{number}: libraries log events; only programs print")
        self.assert_none(complaints)

    def test_nothing_tells_how_it_was_made(self):
        complaints = []
        for file in tracked():
            if file.suffix not in TEXT or file in PRIVATE_ALLOWED:
                continue
            try:
                text = (ROOT / file).read_text()
            except UnicodeDecodeError:
                continue  # a corpus or a picture
            for pattern, what in PRIVATE:
                for found in re.finditer(pattern, text):
                    line = text.count("\n", 0, found.start()) + 1
                    complaints.append(f"{file}:{line}: {what}: {found[0]}")
        self.assert_none(complaints)


class RulesAreRead(unittest.TestCase):
    """That the checks above would find something."""

    PAGE = """
| level | folder | beside | holds |
|---|---|---|---|
| 0 | `base/` | | |
| 1 | `crypto/` | | |
| 2 | `net/` | | |
| 4 | `github/` | | |
| 4 | `tokens/` | `github/` | |

| folder | may include | why |
|---|---|---|
| `sandbox/` | `base/`, `net/` | |

| header | may be included by | why |
|---|---|---|
| `boost/asio/` | `net/` | |
| `spdlog/` | `obs/one.cpp` | |
"""

    def setUp(self):
        self.rules = Rules(self.PAGE)

    def test_levels(self):
        self.assertTrue(self.rules.may_include("tokens", "base"))
        self.assertTrue(self.rules.may_include("tokens", "github"))
        self.assertFalse(self.rules.may_include("github", "tokens"))
        self.assertFalse(self.rules.may_include("base", "crypto"))
        self.assertEqual(self.rules.outside, {"sandbox": {"base", "net"}})

    def test_homes(self):
        self.assertTrue(self.rules.may_include_header("net/a.h", "boost/asio/ip/tcp.hpp"))
        self.assertFalse(self.rules.may_include_header("github/a.h", "boost/asio/ip/tcp.hpp"))
        self.assertTrue(self.rules.may_include_header("github/a.h", "boost/asio/co_spawn.hpp"))
        self.assertFalse(self.rules.may_include_header("crypto/a.h", "boost/asio/co_spawn.hpp"))
        self.assertFalse(self.rules.may_include_header("obs/two.cpp", "spdlog/spdlog.h"))
        self.assertTrue(self.rules.may_include_header("obs/two.cpp", "vector"))

    def test_comments_and_texts_are_blanked(self):
        blank = without_comments_and_texts('a // std::cout\nb "std::cout" /* std::\ncout */ c R"x(std::cout)x" d')
        self.assertNotIn("cout", blank)
        self.assertEqual(blank.count("\n"), 2)


if __name__ == "__main__":
    unittest.main()
