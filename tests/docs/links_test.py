"""Every page that is named exists: links within pages, and docs/….md in comments, messages and scripts."""

import pathlib
import re
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where a page may be named. Built things and other people's packages are not ours.
SEARCHED = ("src", "sandbox", "tests", "bench", "fuzz", "cmake", "scripts", "docs", "deploy", "include", ".ci")
SUFFIXES = {".h", ".cpp", ".py", ".sh", ".txt", ".cmake", ".md", ".mjs", ".js", ".yaml", ".yml", ""}
SKIPPED = {"node_modules", "__pycache__", "build"}

# Its citations name pages of other repositories.
CITES_OTHERS = ROOT / "docs/github-facts.md"

MENTION = re.compile(r"\bdocs/[A-Za-z0-9_/-]+(?:\.[a-z]+)?")
# docs/tokens.md, "After a failure": the heading is part of the reference. A comment may break before it.
HEADING_MENTION = re.compile(r'\b(docs/[a-z0-9_/-]+\.md),\s*(?://\s*)?\\?"([^"\\]+)\\?"')
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$", re.MULTILINE)
FENCED = re.compile(r"^ {0,3}(`{3,})[^`]*?^ {0,3}\1\s*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")


def pages():
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.md")]
    return sorted(path for path in found if not SKIPPED & set(path.relative_to(ROOT).parts))


def sources():
    tops = [ROOT / name for name in ("CMakeLists.txt", "run", "test", "README.md", "CONTRIBUTING.md", "NOTICE")]
    below = [path for name in SEARCHED for path in (ROOT / name).rglob("*")]
    for path in sorted([*tops, *below]):
        if path.is_file() and path.suffix in SUFFIXES and not SKIPPED & set(path.relative_to(ROOT).parts):
            yield path


def headings(text):
    """The headings as they read, markup removed."""
    return [re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in HEADING.findall(FENCED.sub("", text))]


def anchor(heading):
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(text):
    found, seen = set(), {}
    for name in map(anchor, headings(text)):
        count = seen.get(name, 0)
        seen[name] = count + 1
        found.add(f"{name}-{count}" if count else name)
    return found


def wrong_link(page, target):
    """What is wrong with a link of a page, or nothing. Links to elsewhere are not followed."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None
    path, _, fragment = target.partition("#")
    named = (page.parent / urllib.parse.unquote(path)).resolve() if path else page
    if not named.is_relative_to(ROOT):
        return "leads out of the repository"
    if not named.exists():
        return "leads to nothing"
    if fragment and named.suffix == ".md" and fragment not in anchors(named.read_text(encoding="utf-8")):
        return "names a heading that its page does not have"
    return None


def links(text):
    """(line, target) of each link outside of code."""
    bare = FENCED.sub(lambda match: "\n" * match.group().count("\n"), text)
    for match in LINK.finditer(CODE.sub(lambda match: " " * len(match.group()), bare)):
        yield bare.count("\n", 0, match.start()) + 1, match[1] or match[2]


class Pages(unittest.TestCase):
    def test_link_to_what_exists(self):
        wrong = []
        for page in pages():
            for line, target in links(page.read_text(encoding="utf-8")):
                if complaint := wrong_link(page, target):
                    wrong.append(f"{page.relative_to(ROOT)}:{line}: {target} {complaint}")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_are_all_reached_from_the_index(self):
        index = ROOT / "docs/README.md"
        reached, waiting = set(), [index]
        while waiting:
            page = waiting.pop()
            if page in reached:
                continue
            reached.add(page)
            for _, target in links(page.read_text(encoding="utf-8")):
                path = (page.parent / target.partition("#")[0]).resolve()
                if path.suffix == ".md" and path.exists() and ROOT / "docs" in path.parents:
                    waiting.append(path)
        lost = sorted(str(page.relative_to(ROOT)) for page in set((ROOT / "docs").rglob("*.md")) - reached)
        self.assertEqual(lost, [])


class Mentions(unittest.TestCase):
    def test_name_a_page_that_exists(self):
        wrong = []
        for path in sources():
            if path in (pathlib.Path(__file__), CITES_OTHERS):
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            for match in MENTION.finditer(text):
                # "docs/page.md" is the name of pages that the harness makes up.
                if match.group() != "docs/page.md" and not (ROOT / match.group().rstrip("/")).exists():
                    line = text.count("\n", 0, match.start()) + 1
                    wrong.append(f"{path.relative_to(ROOT)}:{line}: {match.group()} does not exist")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_name_a_heading_that_the_page_has(self):
        wrong = []
        for path in sources():
            if path == pathlib.Path(__file__):
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            for match in HEADING_MENTION.finditer(text):
                page = ROOT / match[1]
                heading = re.sub(r"\s+(?://|#)?\s*", " ", match[2])
                if page.exists() and heading not in headings(page.read_text(encoding="utf-8")):
                    line = text.count("\n", 0, match.start()) + 1
                    wrong.append(f'{path.relative_to(ROOT)}:{line}: {match[1]} has no "{heading}"')
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))


class TheTestItself(unittest.TestCase):
    PAGE = "# A page\n\n## What `it` does, and why\n\n## Twice\n\n## Twice\n\n```text\n## not one\n```\n"

    def test_knows_headings_and_their_anchors(self):
        self.assertEqual(headings(self.PAGE), ["A page", "What it does, and why", "Twice", "Twice"])
        self.assertEqual(anchors(self.PAGE), {"a-page", "what-it-does-and-why", "twice", "twice-1"})

    def test_sees_links_but_not_in_code(self):
        text = "see [a](b.md#c), ![d](e.png)\n`[no](no.md)`\n```text\n[no](no.md)\n```\n[f](<no>)[g](h.md \"title\")\n"
        self.assertEqual(list(links(text)), [(1, "b.md#c"), (1, "e.png"), (6, "<no>"), (6, "h.md")])

    def test_complains_of_a_link_that_leads_nowhere(self):
        page = ROOT / "docs/README.md"
        self.assertIsNone(wrong_link(page, "https://example.com/nothing"))
        self.assertIsNone(wrong_link(page, "../LICENSE"))
        self.assertIsNotNone(wrong_link(page, "nothing.md"))
        self.assertIsNotNone(wrong_link(page, "../../elsewhere"))
        self.assertIsNotNone(wrong_link(page, "README.md#no-such-heading"))


if __name__ == "__main__":
    unittest.main()
