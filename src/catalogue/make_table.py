#!/usr/bin/env python3
"""Makes the catalogue's table, operations.inc, permissions.inc and routes.inc, from the facts in data/github-rest/.

usage: src/catalogue/make_table.py [--check]

With --check it writes nothing and exits 1 if a file is not what it would write. Operations and routes are lists of
macro calls in which rows are named, not numbered: a change of one operation changes its own lines and little else.
"""

import csv
import re
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "data" / "github-rest"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
UPLOADS = "https://uploads.github.com"

# Two templates that no path can tell apart: whatever fits the first fits the second, which GitHub documents.
ALIASES = {"repos/compare-commits": "repos/compare-commits-with-basehead"}

# What GitHub counts apart from the rest. Source: docs/github-facts.md, rate limits, and the description of GET /rate_limit.
RESOURCES = {
    "search/code": "CodeSearch",
    "apps/create-from-manifest": "IntegrationManifest",
    "dependency-graph/create-repository-snapshot": "DependencySnapshots",
    "dependency-graph/export-sbom": "DependencySbom",
    "dependency-graph/fetch-sbom-report": "DependencySbom",
    "dependency-graph/generate-sbom-report": "DependencySbom",
    "code-scanning/upload-sarif": "CodeScanningUpload",
    "code-scanning/create-autofix": "CodeScanningAutofix",
    "actions/create-registration-token-for-org": "ActionsRunnerRegistration",
    "actions/create-registration-token-for-repo": "ActionsRunnerRegistration",
    "actions/generate-runner-jitconfig-for-org": "ActionsRunnerRegistration",
    "actions/generate-runner-jitconfig-for-repo": "ActionsRunnerRegistration",
}


def rows(name):
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# --- Permissions -------------------------------------------------------------------------------------------------------


# Several permissions of one operation are needed together, unless they are one of these: any one will do. Where GitHub
# says so: data/github-rest/README.md.
ANY_ONE_OF = [
    {"issues", "pull_requests"},
    {"contents", "pull_requests"},
    {"administration", "private_repository_invitations"},
    {"organization_administration", "organization_copilot_seat_management"},
]
# The second is needed only for files below .github/workflows.
SECOND_FOR_SOME = ["contents", "workflows"]

# The word for it in paths, where that is not the permission's name.
WORDS = {"pull_requests": "pulls", "organization_copilot_seat_management": "copilot"}


def sets_of(path, needed):
    """The alternatives, each a dict from permission to level."""
    if set(needed) in ANY_ONE_OF:
        return sorted(({name: needed[name]} for name in needed), key=lambda one: place_in(path, *one))
    if sorted(needed) == SECOND_FOR_SOME:
        first = SECOND_FOR_SOME[0]
        return [{first: needed[first]}, needed]
    return [needed]


def place_in(path, permission):
    """Sorts the permission that names the path's resource first: pull_requests on /pulls/, issues anywhere else."""
    word = WORDS.get(permission, permission.replace("_", "-"))
    segments = path.split("/")
    return (segments.index(word) if word in segments else len(segments), permission)


def text_of(sets):
    return "; ".join(",".join(f"{name}={one[name]}" for name in sorted(one)) for one in sets)


# --- Parameters: the grammar is in parameter.h -------------------------------------------------------------------------


def parameter_text(row):
    types = row["type"].split("|")
    kind = next(one for one in ("array", "string", "boolean", "integer") if one in types)
    text = row["name"]
    if kind != "string":
        text += ":" + kind
    text += "/" * (row.get("spans_segments") == "true")
    text += "?" * (row.get("may_be_omitted") == "true")
    # In a path all have to be given but those that may be left out.
    text += "!" * (row.get("required", "true") == "true" and row.get("may_be_omitted") != "true")
    if row["values"]:
        text += "=" + row["values"]
    if row.get("minimum") or row.get("maximum"):
        text += f"[{row['minimum']}..{row['maximum']}]"
    assert re.fullmatch(r"[A-Za-z0-9_-]+(:[a-z]+)?/?\??!?(=[A-Za-z0-9_.+|-]+)?(\[\d*\.\.\d*\])?", text), text
    return text


def parameter_texts(name):
    found = defaultdict(list)
    for row in rows(name):
        found[row["operationId"]].append(row)
    return found


# --- Operations --------------------------------------------------------------------------------------------------------


def camel(text):
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text))


class Operation:
    def __init__(self, row, needed, path_rows, query_rows):
        self.id, self.method, self.path, self.category = row["operationId"], row["method"], row["path"], row["category"]
        self.name = "k" + camel(self.id)
        self.path_rows = path_rows
        self.sets = sets_of(self.path, needed) if needed else []
        self.path_text = " ".join(map(parameter_text, path_rows))
        self.query_text = " ".join(map(parameter_text, query_rows))
        self.flags = self.flags_of(row)
        self.resource = "k" + RESOURCES.get(self.id, "Search" if self.path.startswith("/search/") else "Core")
        templated = re.findall(r"\{([^}]+)\}", self.path)
        assert templated == [one["name"] for one in path_rows], self.id
        assert row["server"] in ("", UPLOADS), self.id

    def flags_of(self, row):
        levels = {level for one in self.sets for level in one.values()}
        flags = {
            "kRead": self.method == "GET" and levels <= {"read"},
            "kInstallationToken": row["works_with_iat"] == "true",
            "kBody": row["has_request_body"] == "true",
            "kDeprecated": row["deprecated"] == "true",
            "kUploadHost": row["server"] == UPLOADS,
        }
        return " | ".join(name for name, is_set in flags.items() if is_set) or "0"

    def line(self):
        texts = [self.path, self.category, text_of(self.sets), self.path_text, self.query_text]
        quoted = ", ".join(f'"{text}"' for text in texts)
        return f'OPERATION({self.name}, "{self.id}", k{self.method.capitalize()}, {self.flags}, {self.resource}, {quoted})'


def operations():
    needed = defaultdict(dict)
    for row in rows("permissions.csv"):
        levels = needed[row["verb"], row["path"]]
        assert row["permission"] not in levels, row
        levels[row["permission"]] = row["access"]
    paths, queries = parameter_texts("path-parameters.csv"), parameter_texts("query-parameters.csv")
    found = []
    for row in rows("operations.csv"):
        key = row["method"], row["path"]
        found.append(Operation(row, needed.pop(key, {}), paths[row["operationId"]], queries[row["operationId"]]))
    assert not needed, f"permissions of unknown operations: {list(needed)}"
    assert len({one.name for one in found}) == len(found)
    return sorted(found, key=lambda one: one.id)


# --- Routes: a trie over the segments of the paths ---------------------------------------------------------------------


# Kinds of nodes that stand for a parameter, in the order in which they are tried.
PARAMETERS = {"kSegment": "X", "kSegments": "Xs"}


class Node:
    """`segment` is the text of a literal, or the kind of a parameter."""

    def __init__(self, segment, name):
        self.segment, self.name = segment, name
        self.children = {}
        self.operations = {}

    def child(self, segment):
        if segment not in self.children:
            self.children[segment] = Node(segment, self.name + (PARAMETERS.get(segment) or camel(segment)))
        return self.children[segment]

    def ordered(self):
        """Literals in the order of their bytes, then the parameters: in this order they are tried."""
        return sorted(self.children.values(), key=lambda one: (one.segment in PARAMETERS, one.segment))

    def line(self):
        children = self.ordered()
        kind, text = (self.segment, "") if self.segment in PARAMETERS else ("kLiteral", self.segment)
        first = children[0].name if children else "kNoRoute"
        literals = sum(one.segment not in PARAMETERS for one in children)
        ends = ", ".join(self.operations.get(method, "kNoOperation") for method in METHODS)
        return f'ROUTE({self.name}, {kind}, "{text}", {first}, {literals}, {len(children) - literals}, {ends})'


def segments_of(operation):
    """Each segment of the path with the parameter that it is, if it is one."""
    parameters = iter(operation.path_rows)
    for segment in operation.path.split("/")[1:]:
        if segment.startswith("{"):
            assert segment.endswith("}") and segment.count("{") == 1, operation.id
            parameter = next(parameters)
            yield "kSegments" if parameter["spans_segments"] == "true" else "kSegment", parameter
        elif segment:
            yield segment, None


def routes(found):
    root = Node("", "kRoute")
    for operation in found:
        if operation.id in ALIASES:
            continue
        node = root
        for segment, parameter in segments_of(operation):
            if parameter and parameter["may_be_omitted"] == "true":
                node.operations.setdefault(operation.method, operation.name)
            node = node.child(segment)
        assert node.operations.setdefault(operation.method, operation.name) == operation.name, operation.id
    return root


def breadth_first(root):
    """Siblings stand together."""
    queue = [root]
    for node in queue:
        queue.extend(node.ordered())
    assert len({node.name for node in queue}) == len(queue)
    return queue


# --- Files -------------------------------------------------------------------------------------------------------------


def permission_names():
    """Those that an App can have."""
    return sorted(row["key"] for row in rows("app-permission-keys.csv"))


def file_text(what, lines):
    return f"// {what} Made by make_table.py from data/github-rest/; not edited by hand.\n" + "\n".join(lines) + "\n"


def main():
    found = operations()
    texts = {
        "operations.inc": file_text("GitHub's REST operations, ordered by id.", [one.line() for one in found]),
        "permissions.inc": file_text("The permissions of Apps, sorted.", [f'"{name}",' for name in permission_names()]),
        "routes.inc": file_text("The trie of their paths.", [one.line() for one in breadth_first(routes(found))]),
    }
    stale = False
    for name, text in texts.items():
        file = HERE / name
        if sys.argv[1:] != ["--check"]:
            file.write_text(text, encoding="utf-8")
        elif not file.is_file() or file.read_text(encoding="utf-8") != text:
            print(f"src/catalogue/{name} is not what the facts say: run src/catalogue/make_table.py", file=sys.stderr)
            stale = True
    sys.exit(stale)


main()
