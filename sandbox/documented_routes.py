#!/usr/bin/env python3
"""Writes the table of GitHub's REST routes for the sandbox, from the facts in data/github-rest/.

usage: documented_routes.py operations.csv permissions.csv output.cpp

It reads the facts on its own: nothing is shared with what the sandbox tests.
"""

import csv
import sys
from collections import defaultdict

# Answered by the newer operation on the same paths.
ALIASES = {"repos/compare-commits"}

# What everybody may read of a public repository. The rest (secrets, hooks, settings, alerts) stays closed.
PUBLIC = {
    "actions", "attestations", "checks", "contents", "deployments", "environments", "issues", "metadata", "pages",
    "pull_requests", "repository_advisories", "statuses",
}

# Families that are about GitHub itself or about what everybody sees, where no permission is documented.
OPEN_FAMILIES = {
    "", "advisories", "apps", "codes_of_conduct", "emojis", "events", "feeds", "gitignore", "licenses", "markdown", "meta",
    "networks", "octocat", "organizations", "orgs", "rate_limit", "repos", "repositories", "search", "users", "versions", "zen",
}

# The first success of these has no body, though its status allows one.
EMPTY = {
    "dependency-graph/fetch-sbom-report", "orgs/delete-attestations-bulk", "orgs/delete-attestations-by-id",
    "orgs/delete-attestations-by-subject-digest", "users/delete-attestations-bulk", "users/delete-attestations-by-id",
    "users/delete-attestations-by-subject-digest",
}
TEXTS = {"markdown/render", "markdown/render-raw", "meta/get-octocat", "meta/get-zen"}

# An operation called "list…" answers an array, but for these families, which wrap it in an object …
WRAPPED = {
    "actions", "agents", "agent-tasks", "checks", "codespaces", "copilot", "copilot-spaces", "dependabot", "hosted-compute",
    "private-registries",
}
# … and these operations.
OBJECTS = {
    "apps/list-installation-repos-for-authenticated-user", "apps/list-installations-for-authenticated-user",
    "apps/list-repos-accessible-to-installation", "orgs/list-app-installations", "orgs/list-artifact-deployment-records",
    "orgs/list-artifact-storage-records", "orgs/list-attestations", "orgs/list-attestations-bulk", "orgs/list-org-roles",
    "pulls/list-requested-reviewers", "repos/list-attestations", "repos/list-custom-deployment-rule-integrations",
    "repos/list-deployment-branch-policies", "repos/list-languages", "secret-scanning/list-org-pattern-configs",
    "users/list-attestations", "users/list-attestations-bulk",
}
# Arrays under other names.
LISTS = {
    "actions/get-pending-deployments-for-run", "actions/get-reviews-for-run", "actions/list-runner-applications-for-org",
    "actions/list-runner-applications-for-repo", "actions/review-pending-deployments-for-run",
    "api-insights/get-route-stats-by-actor", "api-insights/get-subject-stats", "api-insights/get-time-stats",
    "api-insights/get-time-stats-by-actor", "api-insights/get-time-stats-by-user", "api-insights/get-user-stats",
    "checks/list-annotations", "classroom/get-assignment-grades", "code-security/get-configurations-for-enterprise",
    "code-security/get-configurations-for-org", "code-security/get-default-configurations",
    "code-security/get-default-configurations-for-enterprise", "code-security/get-repositories-for-configuration",
    "code-security/get-repositories-for-enterprise-configuration", "codes-of-conduct/get-all-codes-of-conduct",
    "dependabot/list-alerts-for-enterprise", "dependabot/list-alerts-for-org", "dependabot/list-alerts-for-repo",
    "dependency-graph/diff-range", "enterprise-team-memberships/bulk-add", "enterprise-team-memberships/bulk-remove",
    "enterprise-team-organizations/bulk-add", "enterprise-team-organizations/get-assignments", "gitignore/get-all-templates",
    "interactions/get-pull-request-bypass-list-for-repo", "issues/add-issue-field-values", "issues/add-labels",
    "issues/remove-label", "issues/set-issue-field-values", "issues/set-labels", "licenses/get-all-commonly-used",
    "meta/get-all-versions", "migrations/get-commit-authors", "migrations/get-large-files",
    "orgs/custom-properties-for-repos-create-or-update-organization-definitions",
    "orgs/custom-properties-for-repos-get-organization-definitions",
    "orgs/custom-properties-for-repos-get-organization-values", "orgs/get-org-ruleset-history",
    "packages/get-all-package-versions-for-package-owned-by-authenticated-user",
    "packages/get-all-package-versions-for-package-owned-by-org", "packages/get-all-package-versions-for-package-owned-by-user",
    "repos/add-app-access-restrictions", "repos/add-status-check-contexts", "repos/add-team-access-restrictions",
    "repos/add-user-access-restrictions", "repos/custom-properties-for-repos-get-repository-values",
    "repos/get-all-status-check-contexts", "repos/get-apps-with-access-to-protected-branch", "repos/get-branch-rules",
    "repos/get-code-frequency-stats", "repos/get-commit-activity-stats", "repos/get-contributors-stats",
    "repos/get-org-rule-suites", "repos/get-org-rulesets", "repos/get-punch-card-stats", "repos/get-repo-rule-suites",
    "repos/get-repo-ruleset-history", "repos/get-repo-rulesets", "repos/get-teams-with-access-to-protected-branch",
    "repos/get-top-paths", "repos/get-top-referrers", "repos/get-users-with-access-to-protected-branch",
    "repos/remove-app-access-restrictions", "repos/remove-status-check-contexts", "repos/remove-team-access-restrictions",
    "repos/remove-user-access-restrictions", "repos/set-app-access-restrictions", "repos/set-status-check-contexts",
    "repos/set-team-access-restrictions", "repos/set-user-access-restrictions", "users/add-email-for-authenticated-user",
    "users/add-social-account-for-authenticated-user", "users/set-primary-email-visibility-for-authenticated-user",
}

HEAD = """// Made by sandbox/documented_routes.py from data/github-rest/.
#include "sandbox/documented_routes.h"

namespace hubwarden::sandbox {
namespace {

using enum http::Method;
using enum Caller;
using enum Form;

constexpr Route kDocumented[] = {
"""
TAIL = """};

}  // namespace

std::span<const Route> documented_routes() {
  return kDocumented;
}

}  // namespace hubwarden::sandbox
"""


def accepted(rows):
    """The header's text: `,` for and, `;` for or. The facts do not say which; what is known is said here."""
    levels = {row["permission"]: row["access"] for row in rows}
    each = [f"{name}={level}" for name, level in levels.items()]
    names = set(levels)
    if names == {"issues", "pull_requests"}:
        return "; ".join(sorted(each))
    if names == {"contents", "pull_requests"}:
        return "; ".join(sorted(each, reverse=True))
    # The pages of these say "at least one of the following permission sets".
    if names in ({"organization_administration", "organization_copilot_seat_management"},
                 {"administration", "private_repository_invitations"}):
        return "; ".join(sorted(each))
    if names == {"contents", "workflows"}:
        return f"contents={levels['contents']}; " + ",".join(sorted(each))
    return ",".join(sorted(each))


def is_for_apps(path):
    """An App calls these with its JWT."""
    family = path.split("/")[1]
    about_installations = path.endswith("/installation") and family in ("orgs", "repos", "users")
    return family in ("app", "marketplace_listing") or about_installations


def caller(operation, rows):
    path = operation["path"]
    family = path.split("/")[1]
    if is_for_apps(path):
        return "kApp"
    if operation["works_with_iat"] == "false":
        return "kNobody"
    reads = operation["method"] == "GET"
    if not rows:
        asks_who = operation["operationId"] == "search/code"
        is_open = family in OPEN_FAMILIES or path == "/user/{account_id}"
        return "kAnyone" if is_open and not asks_who and (reads or family == "markdown") else "kInstallation"
    names = {row["permission"] for row in rows}
    if reads and (names == {"metadata"} or (family == "repos" and names <= PUBLIC)):
        return "kAnyone"
    return "kInstallation"


def success(operation):
    statuses = operation["statuses"].split()
    good = [status for status in statuses if status.startswith("2")]
    return good[0] if good else "302"


def form(operation, status):
    name = operation["operationId"]
    family, verb = name.split("/")
    if status in ("204", "205", "302") or name in EMPTY:
        return "kNothing"
    if name in TEXTS:
        return "kText"
    listed = verb.startswith("list") and family not in WRAPPED and name not in OBJECTS
    return "kList" if listed or name in LISTS else "kObject"


def docs(operation, rows):
    page = f"/{operation['category']}/{operation['subcategory']}"
    return f"{page}#{rows[0]['slug']}" if rows else page


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main(operations, permissions, output):
    documented = defaultdict(list)
    for row in rows_of(permissions):
        documented[row["verb"], row["path"]].append(row)
    lines = []
    for operation in rows_of(operations):
        if operation["operationId"] in ALIASES:
            continue
        rows = documented[operation["method"], operation["path"]]
        status = success(operation)
        method = "k" + operation["method"].capitalize()
        texts = ", ".join(f'"{text}"' for text in (operation["path"], operation["operationId"]))
        lines.append(
            f"    {{{method}, {texts}, {caller(operation, rows)}, \"{accepted(rows)}\", \"{docs(operation, rows)}\", "
            f"{status}, {form(operation, status)}}},\n"
        )
    with open(output, "w", encoding="utf-8") as file:
        file.write(HEAD + "".join(lines) + TAIL)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
