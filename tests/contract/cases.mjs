// What is asked of the sandbox. Each case takes the contract (which judges the answers) and the sandbox.

import { request } from "./sandbox.mjs";

const bearer = (token) => `Bearer ${token}`;

async function mint(contract, sandbox, body) {
  const { body: minted } = await contract.call("apps/create-installation-access-token", 201, {
    path: `/app/installations/${sandbox.ready.installation_id}/access_tokens`,
    auth: bearer(sandbox.jwt()),
    body,
  });
  return minted;
}

const examples = {
  owner: "acme",
  repo: "widgets",
  template_owner: "acme",
  template_repo: "widgets",
  org: "acme",
  enterprise: "acme",
  username: "acme",
  path: "README.md",
};

// The path of a template, with something in place of each parameter.
function filled(path, sandbox) {
  return path.replace(/\{([\w-]+)\}/g, (_, name) => examples[name] ?? (name === "installation_id" ? sandbox.ready.installation_id : 1));
}

async function everyRouteRefusesBadForm(contract, sandbox) {
  for (const { operation, path, behaves } of await sandbox.control("GET", "/routes")) {
    const sent = { path: filled(path, sandbox), form: !behaves };
    await contract.call(operation, 403, { ...sent, anonymousAgent: true });
    await contract.call(operation, 400, { ...sent, headers: { "X-GitHub-Api-Version": "2001-01-01" } });
  }
}

// Routes that do not behave answer their documented success with as little as its form allows.
async function everyOtherRouteAnswersInItsForm(contract, sandbox) {
  const routes = await sandbox.control("GET", "/routes");
  const permissions = {};
  for (const [, name, level] of routes.flatMap((route) => [...route.accepted_permissions.matchAll(/(\w+)=(\w+)/g)])) {
    const levels = ["read", "write", "admin"];
    if (levels.indexOf(level) > levels.indexOf(permissions[name] ?? "")) permissions[name] = level;
  }
  const app = await sandbox.control("POST", "/apps", { slug: "everything", owner: "acme", permissions });
  const { id } = await sandbox.control("POST", "/installations", { app_id: app.id, account: "acme" });
  const jwt = bearer(sandbox.jwt({ iss: app.id }, app.private_key));
  const { body } = await contract.call("apps/create-installation-access-token", 201, {
    path: `/app/installations/${id}/access_tokens`,
    auth: jwt,
    form: true, // the description leaves out some permissions that other operations ask for
  });
  for (const { operation, path, behaves, caller, success } of routes) {
    if (behaves) continue;
    const sent = { path: filled(path, sandbox), form: true };
    if (caller === "nobody") {
      await contract.call(operation, 403, { ...sent, auth: bearer(body.token) });
    } else {
      await contract.call(operation, success, { ...sent, auth: caller === "app" ? jwt : bearer(body.token) });
    }
  }
  await sandbox.control("DELETE", `/apps/${app.id}`);
}

async function github(contract, sandbox) {
  const { token } = await mint(contract, sandbox, undefined);
  await contract.call("meta/root", 200, { path: "/" });
  await contract.call("meta/get", 200, { path: "/meta" });
  await contract.call("rate-limit/get", 200, { path: "/rate_limit", auth: bearer(token) });
  await contract.call("users/get-authenticated", 401, { path: "/user", message: "Requires authentication" });
  await contract.call("users/get-authenticated", 403, {
    path: "/user",
    auth: bearer(token),
    message: "Resource not accessible by integration",
  });
}

async function apps(contract, sandbox) {
  const id = sandbox.ready.installation_id;
  const auth = bearer(sandbox.jwt());
  await contract.call("apps/get-authenticated", 200, { path: "/app", auth });
  await contract.call("apps/get-authenticated", 200, {
    path: "/app",
    auth: bearer(sandbox.jwt({ iss: sandbox.ready.client_id })),
  });
  await contract.call("apps/get-installation", 200, { path: `/app/installations/${id}`, auth });
  await contract.call("apps/get-installation", 404, { path: "/app/installations/1", auth });
  await contract.call("apps/get-org-installation", 200, { path: "/orgs/acme/installation", auth });
  await contract.call("apps/get-org-installation", 404, { path: "/orgs/nobody/installation", auth });
  await contract.call("apps/get-user-installation", 200, { path: "/users/acme/installation", auth });
  await contract.call("apps/get-repo-installation", 200, { path: "/repos/acme/widgets/installation", auth });
  await contract.call("apps/get-repo-installation", 404, { path: "/repos/acme/none/installation", auth });
}

async function listsInPages(contract, sandbox) {
  const auth = bearer(sandbox.jwt());
  for (const login of ["one", "two"]) {
    await sandbox.control("POST", "/accounts", { login, type: "User" });
    await sandbox.control("POST", "/installations", { app_id: sandbox.ready.app_id, account: login });
  }
  const first = await contract.call("apps/list-installations", 200, { path: "/app/installations?per_page=2", auth });
  contract.check("the first page links to the next and the last", /page=2>; rel="next".*rel="last"/.test(first.headers.link));
  const last = await contract.call("apps/list-installations", 200, { path: "/app/installations?per_page=2&page=2", auth });
  contract.check("three installations stand on two pages", first.body.length === 2 && last.body.length === 1);
  await contract.call("apps/list-installations", 401, { path: "/app/installations" });

  const { token } = await mint(contract, sandbox, undefined);
  const repositories = await contract.call("apps/list-repos-accessible-to-installation", 200, {
    path: "/installation/repositories?per_page=1",
    auth: bearer(token),
  });
  contract.check("repositories link on", /rel="next"/.test(repositories.headers.link));
  await contract.call("apps/list-repos-accessible-to-installation", 304, {
    path: "/installation/repositories?per_page=1",
    auth: bearer(token),
    headers: { "If-None-Match": repositories.headers.etag },
  });
  await contract.call("apps/list-repos-accessible-to-installation", 401, { path: "/installation/repositories" });
  await contract.call("apps/list-repos-accessible-to-installation", 403, { path: "/installation/repositories", auth });
}

async function badAppTokens(contract, sandbox) {
  const now = Math.floor(Date.now() / 1000);
  const undecodable = "A JSON web token could not be decoded";
  const expired =
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  const future = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  const refused = [
    [undefined, undecodable],
    [`token ${sandbox.jwt()}`, undecodable],
    [bearer("a.b.c"), undecodable],
    [bearer(sandbox.jwt({ iss: 1 })), undecodable],
    [bearer(sandbox.jwt({ iss: "nobody" })), "'Issuer' claim ('iss') must be an Integer"],
    [bearer(sandbox.jwt({ exp: now - 10 })), expired],
    [bearer(sandbox.jwt({ exp: now + 60.5 })), expired],
    [bearer(sandbox.jwt({ exp: now + 700 })), "'Expiration time' claim ('exp') is too far in the future"],
    [bearer(sandbox.jwt({ iat: now + 60 })), future],
    [bearer("nonsense"), "Bad credentials"],
  ];
  for (const [auth, message] of refused) {
    await contract.call("apps/get-authenticated", 401, { path: "/app", auth, message });
  }
}

async function mints(contract, sandbox) {
  const id = sandbox.ready.installation_id;
  const path = `/app/installations/${id}/access_tokens`;
  const auth = bearer(sandbox.jwt());
  const whole = await mint(contract, sandbox, { permissions: {}, repositories: [] });
  contract.check("empty narrowing mints everything", whole.permissions.contents === "write" && !whole.repositories);
  const narrow = await mint(contract, sandbox, { repositories: ["widgets"], permissions: { contents: "read" } });
  contract.check("metadata is added", narrow.permissions.metadata === "read");
  contract.check("narrowed repositories are told", narrow.repositories.length === 1);
  await mint(contract, sandbox, { repository_ids: [narrow.repositories[0].id] });

  const refused = [
    [400, "{", "Problems parsing JSON"],
    [400, "[]", "Body should be a JSON object"],
    [400, { permissions: "all" }, "Problems parsing JSON"],
    [422, { permissions: { nonsense: "read" } }, "The permissions requested are not granted to this installation."],
    [
      422,
      { permissions: { metadata: "write" } },
      "The level of access for permissions requested are not granted to this installation.",
    ],
    [
      422,
      { repositories: ["none"] },
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    ],
    [422, { repositories: "widgets" }],
    [422, { repository_ids: Array.from({ length: 501 }, (_, i) => i + 1) }],
  ];
  for (const [status, body, message] of refused) {
    await contract.call("apps/create-installation-access-token", status, { path, auth, body, message });
  }
  await contract.call("apps/create-installation-access-token", 404, { path: "/app/installations/1/access_tokens", auth });
  await contract.call("apps/create-installation-access-token", 401, { path });

  const stateless = await contract.call("apps/create-installation-access-token", 201, {
    path,
    auth,
    headers: { "X-GitHub-Stateless-S2S-Token": "enabled" },
  });
  const { token } = stateless.body;
  contract.check("a stateless token is long and has two dots", token.length > 500 && token.split(".").length === 3);
  await contract.call("repos/get", 200, { path: "/repos/acme/widgets", auth: `token ${token}` });
  await contract.call("apps/revoke-installation-access-token", 204, { path: "/installation/token", auth: bearer(token) });
  await contract.call("apps/revoke-installation-access-token", 401, {
    path: "/installation/token",
    auth: bearer(token),
    message: "Bad credentials",
  });
}

async function suspension(contract, sandbox) {
  const id = sandbox.ready.installation_id;
  const auth = bearer(sandbox.jwt());
  const { token } = await mint(contract, sandbox, undefined);
  await contract.call("apps/suspend-installation", 204, { path: `/app/installations/${id}/suspended`, auth });
  await contract.call("apps/get-installation", 200, { path: `/app/installations/${id}`, auth });
  const message = "This installation has been suspended";
  await contract.call("apps/create-installation-access-token", 403, {
    path: `/app/installations/${id}/access_tokens`,
    auth,
    message,
  });
  await contract.call("repos/get", 403, { path: "/repos/acme/widgets", auth: bearer(token), message });
  await contract.call("apps/unsuspend-installation", 204, { path: `/app/installations/${id}/suspended`, auth });
  await contract.call("repos/get", 200, { path: "/repos/acme/widgets", auth: bearer(token) });
}

async function contents(contract, sandbox) {
  const { token } = await mint(contract, sandbox, { permissions: { contents: "write" } });
  const reader = (await mint(contract, sandbox, { permissions: { contents: "read" } })).token;
  const none = (await mint(contract, sandbox, { permissions: { metadata: "read" } })).token;
  const auth = bearer(token);
  const base = "/repos/acme/widgets/contents";
  await contract.call("repos/get-content", 200, { path: `${base}/README.md`, auth });
  await contract.call("repos/get-content", 404, { path: `${base}/missing`, auth });
  await contract.call("repos/get-content", 404, { path: `${base}/README.md?ref=missing`, auth });
  await contract.call("repos/get-content", 403, { path: `${base}/README.md`, auth: bearer(none) });

  const content = Buffer.from("one\n").toString("base64");
  const put = (expect, path, body, more = {}) =>
    contract.call("repos/create-or-update-file-contents", expect, { path: `${base}/${path}`, auth, body, ...more });
  const created = await put(201, "notes/a%20file.txt", { message: "Add", content });
  await contract.call("repos/get-content", 200, { path: `${base}/notes`, auth });
  await contract.call("repos/get-content", 200, { path: base, auth });
  const { sha } = created.body.content;
  await put(200, "notes/a%20file.txt", { message: "Change", content: Buffer.from("two\n").toString("base64"), sha });
  await put(409, "notes/a%20file.txt", { message: "Change", content, sha });
  await put(422, "notes/a%20file.txt", { message: "Change", content });
  await put(422, "notes/other", { content });
  await put(404, "notes/other", { message: "Add", content, branch: "missing" });
  await put(403, "notes/other", { message: "Add", content }, { auth: bearer(reader) });
  await put(403, ".github/workflows/x.yml", { message: "Add", content });
}

async function issues(contract, sandbox) {
  const { token } = await mint(contract, sandbox, { permissions: { issues: "write" } });
  const none = (await mint(contract, sandbox, { permissions: { contents: "read" } })).token;
  const auth = bearer(token);
  const base = "/repos/acme/widgets/issues";
  for (const title of ["One", "Two"]) {
    await contract.call("issues/create", 201, { path: base, auth, body: { title, body: "Text", labels: ["bug"] } });
  }
  await contract.call("issues/create", 422, { path: base, auth, body: {} });
  await contract.call("issues/create", 400, { path: base, auth, body: "{" });
  await contract.call("issues/create", 401, { path: base, body: { title: "One" } });
  await contract.call("issues/create", 403, { path: base, auth: bearer(none), body: { title: "One" } });
  const list = await contract.call("issues/list-for-repo", 200, { path: `${base}?per_page=1`, auth });
  contract.check("lists of issues link by number", /repositories\/\d+\/issues\?.*rel="next"/.test(list.headers.link));
  await contract.call("issues/list-for-repo", 403, { path: base, auth: bearer(none) });
  await contract.call("issues/list-for-repo", 422, { path: `${base}?state=nonsense`, auth });
  await contract.call("issues/get", 200, { path: `${base}/1`, auth });
  await contract.call("issues/get", 404, { path: `${base}/99`, auth });
  await contract.call("issues/create-comment", 201, { path: `${base}/1/comments`, auth, body: { body: "Text" } });
  await contract.call("issues/create-comment", 422, { path: `${base}/1/comments`, auth, body: {} });
  await contract.call("issues/list-comments", 200, { path: `${base}/1/comments`, auth });
  await contract.call("issues/list-comments", 404, { path: `${base}/99/comments`, auth });

  const update = (expect, body) => contract.call("issues/update", expect, { path: `${base}/1`, auth, body });
  const closed = await update(200, { state: "closed", state_reason: "not_planned", labels: ["bug", "ui"] });
  contract.check("a closed issue says why", closed.body.state_reason === "not_planned" && closed.body.closed_at);
  const open = await contract.call("issues/list-for-repo", 200, { path: base, auth });
  contract.check("closed issues are not listed", open.body.length === 1);
  const reopened = await update(200, { state: "open", title: "New", body: null });
  contract.check("an issue opens again", reopened.body.state === "open" && reopened.body.title === "New");
  await update(422, { state: "ajar" });
  await update(422, { title: " " });
  await contract.call("issues/update", 404, { path: `${base}/99`, auth, body: {} });
}

async function pulls(contract, sandbox) {
  const { token } = await mint(contract, sandbox, { permissions: { pull_requests: "write" } });
  const none = (await mint(contract, sandbox, { permissions: { issues: "read" } })).token;
  const auth = bearer(token);
  const base = "/repos/acme/gadgets/pulls";
  const seeded = await sandbox.control("POST", "/repositories/acme/gadgets/pulls", {
    title: "Polish",
    body: "Shinier",
    head: "polish/all",
    files: { "README.md": "# Gadgets\n\nShiny.\n", "guide/a file.txt": "one\ntwo\n" },
  });
  await sandbox.control("POST", "/repositories/acme/gadgets/pulls", { head: "other", files: { x: "x" } });
  const one = await contract.call("pulls/get", 200, { path: `${base}/${seeded.number}`, auth });
  contract.check("a pull request counts its changes", one.body.changed_files === 2 && one.body.commits === 2);
  const list = await contract.call("pulls/list", 200, { path: `${base}?per_page=1`, auth });
  contract.check("lists of pull requests link by number", /repositories\/\d+\/pulls\?.*rel="next"/.test(list.headers.link));
  const files = await contract.call("pulls/list-files", 200, { path: `${base}/${seeded.number}/files`, auth });
  contract.check("files have patches", files.body[0].patch.startsWith("@@ ") && files.body[1].status === "added");
  await contract.call("pulls/list-files", 404, { path: `${base}/99/files`, auth });
  await contract.call("pulls/get", 404, { path: `${base}/99`, auth });
  await contract.call("pulls/list", 422, { path: `${base}?state=nonsense`, auth });
  await contract.call("pulls/list", 403, { path: base, auth: bearer(none) });
  await contract.call("pulls/list-files", 403, { path: `${base}/1/files`, auth: bearer(none) });

  const create = (expect, body, message) => contract.call("pulls/create", expect, { path: base, auth, body, message });
  await create(422, { title: "Again", head: "polish/all", base: "main" }, "Validation Failed");
  await create(422, { title: "Nothing", head: "main", base: "main" }, "Validation Failed");
  await create(422, { title: "Nothing", head: "missing", base: "main" }, "Validation Failed");
  await create(422, { title: "Nothing", head: "other", base: "missing" }, "Validation Failed");
  await create(422, { head: "other", base: "main" }, "Validation Failed");
  await create(422, { title: "Nothing" }, 'Invalid request.\n\n"head", "base" weren\'t supplied.');
  await create(400, "{");
  const stacked = await create(201, { title: "Stacked", head: "acme:polish/all", base: "other", draft: true });
  contract.check("a new pull request is open", stacked.body.state === "open" && stacked.body.draft);

  const issue = await contract.call("issues/get", 200, { path: `/repos/acme/gadgets/issues/${seeded.number}`, auth: bearer(none) });
  contract.check("a pull request is an issue", issue.body.pull_request.url.endsWith(`/pulls/${seeded.number}`));
  const comments = `/repos/acme/gadgets/issues/${seeded.number}/comments`;
  await contract.call("issues/create-comment", 201, { path: comments, auth, body: { body: "Nice" } });
  await contract.call("issues/list-comments", 200, { path: comments, auth });
}

async function checks(contract, sandbox) {
  const { token } = await mint(contract, sandbox, { permissions: { checks: "write" } });
  const reader = (await mint(contract, sandbox, { permissions: { checks: "read" } })).token;
  const auth = bearer(token);
  const base = "/repos/acme/gadgets/check-runs";
  const { number } = await sandbox.control("POST", "/repositories/acme/gadgets/pulls", { head: "checked", files: { c: "c" } });
  const writer = (await mint(contract, sandbox, { permissions: { pull_requests: "read" } })).token;
  const pull = await contract.call("pulls/get", 200, { path: `/repos/acme/gadgets/pulls/${number}`, auth: bearer(writer) });
  const head_sha = pull.body.head.sha;
  const create = (expect, body, message) => contract.call("checks/create", expect, { path: base, auth, body, message });
  const queued = await create(201, { name: "lint", head_sha });
  contract.check("a check run waits at first", queued.body.status === "queued" && queued.body.conclusion === null);
  const output = { title: "Done", summary: "All is well", text: "*", annotations: [] };
  const done = await create(201, { name: "test", head_sha, conclusion: "success", completed_at: "2026-11-22T10:00:00Z", output });
  contract.check("a conclusion completes", done.body.status === "completed");
  await create(422, { head_sha }, 'Invalid request.\n\n"name" wasn\'t supplied.');
  await create(422, { name: "lint" }, 'Invalid request.\n\n"head_sha" wasn\'t supplied.');
  await create(422, { name: "lint", head_sha: "0".repeat(40) }, `No commit found for SHA: ${"0".repeat(40)}`);
  await create(422, { name: "lint", head_sha: "main" });
  await create(422, { name: "lint", head_sha, conclusion: "splendid" });
  await create(422, { name: "lint", head_sha, status: "completed" });
  await create(422, { name: "lint", head_sha, started_at: "yesterday" });
  await create(422, { name: "lint", head_sha, output: { title: "No summary" } });
  await create(400, "{");
  await contract.call("checks/create", 403, { path: base, auth: bearer(reader), body: { name: "lint", head_sha } });
  await contract.call("checks/get", 200, { path: `${base}/${queued.body.id}`, auth });
  await contract.call("checks/get", 404, { path: `${base}/1`, auth });
  const update = (expect, body) => contract.call("checks/update", expect, { path: `${base}/${queued.body.id}`, auth, body });
  const failed = await update(200, { status: "completed", conclusion: "failure" });
  contract.check("an update completes", failed.body.conclusion === "failure" && failed.body.completed_at);
  await update(422, { conclusion: "splendid" });
  for (const ref of [head_sha, "checked", "heads/checked"]) {
    const list = await contract.call("checks/list-for-ref", 200, { path: `/repos/acme/gadgets/commits/${ref}/check-runs?per_page=1`, auth });
    contract.check("both check runs are of the commit", list.body.total_count === 2 && /rel="next"/.test(list.headers.link));
  }
  await contract.call("checks/list-for-ref", 422, { path: "/repos/acme/gadgets/commits/missing/check-runs", auth });
}

async function labels(contract, sandbox) {
  const { token } = await mint(contract, sandbox, { permissions: { issues: "write" } });
  const none = (await mint(contract, sandbox, { permissions: { contents: "read" } })).token;
  const auth = bearer(token);
  const path = "/repos/acme/widgets/issues/2/labels";
  await contract.call("issues/add-labels", 200, { path, auth, body: { labels: ["bug", "ui"] } });
  await contract.call("issues/add-labels", 422, { path, auth, body: {} });
  await contract.call("issues/add-labels", 403, { path, auth: bearer(none), body: { labels: ["bug"] } });
  await contract.call("issues/list-labels-on-issue", 200, { path: `${path}?per_page=1`, auth });
  await contract.call("issues/list-labels-on-issue", 404, { path: "/repos/acme/widgets/issues/99/labels", auth });
  await contract.call("issues/remove-label", 200, { path: `${path}/ui`, auth });
  await contract.call("issues/remove-label", 404, { path: `${path}/ui`, auth, message: "Label does not exist" });
  await contract.call("issues/set-labels", 200, { path, auth, body: { labels: ["new"] } });
  await contract.call("issues/set-labels", 404, { path: "/repos/acme/widgets/issues/99/labels", auth, body: { labels: [] } });
  await contract.call("issues/remove-all-labels", 204, { path, auth });
  await contract.call("issues/remove-all-labels", 404, { path: "/repos/acme/widgets/issues/99/labels", auth });

  const found = await contract.call("search/issues-and-pull-requests", 200, { path: "/search/issues?q=repo:acme/widgets+is:issue&per_page=1", auth });
  contract.check("both issues are found", found.body.total_count === 2 && /rel="next"/.test(found.headers.link));
  contract.check("searches have a limit of their own", found.headers["x-ratelimit-resource"] === "search");
  await contract.call("search/issues-and-pull-requests", 422, { path: "/search/issues", auth });
}

async function branchesAndCommits(contract, sandbox) {
  const { token } = await mint(contract, sandbox, { permissions: { contents: "read" } });
  const none = (await mint(contract, sandbox, { permissions: { issues: "read" } })).token;
  const auth = bearer(token);
  const base = "/repos/acme/gadgets";
  const list = await contract.call("repos/list-branches", 200, { path: `${base}/branches?per_page=1`, auth });
  contract.check("branches link on", /rel="next"/.test(list.headers.link));
  await contract.call("repos/list-branches", 403, { path: `${base}/branches`, auth: bearer(none) });
  const branch = await contract.call("repos/get-branch", 200, { path: `${base}/branches/polish/all`, auth });
  await contract.call("repos/get-branch", 404, { path: `${base}/branches/missing`, auth, message: "Branch not found" });
  for (const ref of ["main", "heads/polish/all", branch.body.commit.sha]) {
    await contract.call("repos/get-commit", 200, { path: `${base}/commits/${ref}`, auth });
  }
  await contract.call("repos/get-commit", 422, { path: `${base}/commits/missing`, auth });
}

// Where a redirect leads, asked with nothing but the address.
async function follow(contract, sandbox, operation, path, auth, headers = {}) {
  const answer = await contract.call(operation, 302, { path, auth, headers });
  const { location } = answer.headers;
  contract.check(`${operation} leads to another origin`, location.startsWith(`${sandbox.ready.files_url}/`));
  const { pathname, search } = new URL(location);
  const file = await request(sandbox.ready.files_url, "GET", pathname + search, {});
  contract.check(`${operation} leads to something`, file.status === 200 && file.body.length > 0);
}

async function redirects(contract, sandbox) {
  const { token } = await mint(contract, sandbox, { permissions: { contents: "read" } });
  const none = bearer((await mint(contract, sandbox, { permissions: { issues: "read" } })).token);
  const auth = bearer(token);
  const base = "/repos/acme/gadgets";
  for (const [operation, kind] of [
    ["repos/download-tarball-archive", "tarball"],
    ["repos/download-zipball-archive", "zipball"],
  ]) {
    await follow(contract, sandbox, operation, `${base}/${kind}/heads/polish/all`, auth);
    await contract.call(operation, 404, { path: `${base}/${kind}/missing`, auth });
    await contract.call(operation, 403, { path: `${base}/${kind}/main`, auth: none });
  }
  const asset = `${base}/releases/assets/7`;
  await contract.call("repos/get-release-asset", 200, { path: asset, auth });
  await follow(contract, sandbox, "repos/get-release-asset", asset, auth, { Accept: "application/octet-stream" });
  await contract.call("repos/get-release-asset", 403, { path: asset, auth: none });

  const { installation_id } = sandbox.ready;
  const demo = (await sandbox.control("GET", "/state")).installations.find((one) => one.id === installation_id);
  const { permissions } = demo;
  await sandbox.control("PATCH", `/installations/${installation_id}`, { permissions: { ...permissions, actions: "read" } });
  const reader = bearer((await mint(contract, sandbox, { permissions: { actions: "read" } })).token);
  for (const [operation, path] of [
    ["actions/download-artifact", `${base}/actions/artifacts/7/zip`],
    ["actions/download-job-logs-for-workflow-run", `${base}/actions/jobs/7/logs`],
    ["actions/download-workflow-run-attempt-logs", `${base}/actions/runs/7/attempts/1/logs`],
    ["actions/download-workflow-run-logs", `${base}/actions/runs/7/logs`],
  ]) {
    await follow(contract, sandbox, operation, path, reader);
    await contract.call(operation, 403, { path, auth: none });
  }
  await sandbox.control("PATCH", `/installations/${installation_id}`, { permissions });
  const { totals } = await sandbox.control("GET", "/counters");
  contract.check("no credential went there", totals.file_requests === 7 && totals.file_requests_with_credentials === 0);
}

async function repositories(contract, sandbox) {
  const { token } = await mint(contract, sandbox, { repositories: ["gadgets"] });
  const auth = bearer(token);
  await contract.call("repos/get", 200, { path: "/repos/acme/gadgets", auth });
  await contract.call("repos/get", 404, { path: "/repos/acme/widgets", auth });
  await contract.call("repos/get", 404, { path: "/repos/acme/gadgets/", auth });
  await sandbox.control("PATCH", "/repositories/acme/gadgets", { name: "gizmos" });
  const moved = await contract.call("repos/get", 301, { path: "/repos/acme/gadgets", auth });
  const { pathname } = new URL(moved.headers.location);
  contract.check("the new place is told by number", /^\/repositories\/\d+$/.test(pathname));
  await contract.call("repos/get", 200, { path: pathname, auth });
  await contract.call("issues/create", 307, { path: "/repos/acme/gadgets/issues", auth, body: { title: "One" } });
  await contract.call("apps/get-repo-installation", 301, {
    path: "/repos/acme/gadgets/installation",
    auth: bearer(sandbox.jwt()),
  });
  await sandbox.control("POST", "/repositories", { owner: "acme", name: "open", private: false, files: { "a.txt": "a" } });
  await contract.call("repos/get", 200, { path: "/repos/acme/open" });
  await contract.call("repos/get-content", 200, { path: "/repos/acme/open/contents/a.txt" });
  await contract.call("issues/list-for-repo", 200, { path: "/repos/acme/open/issues" });
}

async function faults(contract, sandbox) {
  const { token } = await mint(contract, sandbox, undefined);
  const get = (expect, message) =>
    contract.call("repos/get", expect, { path: "/repos/acme/widgets", auth: bearer(token), message });
  await sandbox.control("POST", "/faults", { kind: "status", status: 502 });
  await get(502, "Server Error");
  await sandbox.control("POST", "/faults", { kind: "secondary_limit", route: "GET /repos/*", retry_after: 1 });
  const limited = await get(403);
  contract.check("a secondary limit says when to come back", limited.headers["retry-after"] === "1");
  await sandbox.control("POST", "/faults", { kind: "primary_limit" });
  const spent = await get(403, `API rate limit exceeded for installation ID ${sandbox.ready.installation_id}.`);
  contract.check("a primary limit leaves nothing", spent.headers["x-ratelimit-remaining"] === "0");
  await sandbox.control("POST", "/faults", { kind: "failed_login_limit" });
  await get(403, "Maximum number of login attempts exceeded. Please try again later.");
  await get(200);
}

async function limits(contract, sandbox) {
  const { token } = await mint(contract, sandbox, undefined);
  const auth = bearer(token);
  const get = (expect) => contract.call("repos/get", expect, { path: "/repos/acme/widgets", auth });
  const search = (expect) => contract.call("search/issues-and-pull-requests", expect, { path: "/search/issues?q=x", auth });
  const left = (resource, remaining) =>
    sandbox.control("PATCH", `/installations/${sandbox.ready.installation_id}/rate_limits`, { resource, remaining, reset_in: "1h" });
  const totals = async () => (await sandbox.control("GET", "/counters")).totals;
  await sandbox.control("POST", "/reset", {});
  await left("search", 1);
  await search(200);
  await search(403);
  await get(200);
  contract.check("a search too many is counted", (await totals()).requests_after_primary_limit === 1);
  await sandbox.control("POST", "/reset", {});

  // Four at the same time, of which the limit lets in two.
  await sandbox.control("PATCH", "/settings", { secondary_concurrency: 2, limit_status: 429 });
  await sandbox.control("POST", "/faults", { kind: "latency", latency: "300ms", count: 4 });
  const answers = await Promise.all(
    [1, 2, 3, 4].map(() => sandbox.request("GET", "/repos/acme/widgets", { "User-Agent": "contract", Authorization: auth })),
  );
  const statuses = answers.map(({ status }) => status).sort();
  contract.check(`two of four are locked out: ${statuses}`, statuses.join() === "200,200,429,429");
  const locked = await contract.call("repos/get", 429, { path: "/repos/acme/widgets", auth, form: true });
  contract.check("it says when to come back", Number(locked.headers["retry-after"]) > 50);
  contract.check("who does not wait is counted", (await totals()).requests_during_secondary_limit === 1);
  await sandbox.control("POST", "/reset", { settings: true });
  await get(200);
}

async function deliveries(contract, sandbox) {
  const app = sandbox.ready.app_id;
  const auth = bearer(sandbox.jwt());
  const path = "/app/hook/deliveries";
  await contract.call("apps/list-webhook-deliveries", 200, { path, auth });
  const add = (event, payload, status_code) =>
    sandbox.control("POST", `/apps/${app}/deliveries`, { event, payload, status_code });
  const installation = { id: sandbox.ready.installation_id, app_id: app };
  for (const action of ["suspend", "unsuspend", "deleted"]) await add("installation", { action, installation }, 502);
  await add("push", { ref: "refs/heads/main", repository: { id: 7 } }, 200);
  const { id } = await add("ping", { zen: "Speak like a human." }, 0);

  const all = await contract.call("apps/list-webhook-deliveries", 200, { path, auth });
  contract.check("five deliveries, the newest first", all.body.length === 5 && all.body[0].id === id);
  const failed = await contract.call("apps/list-webhook-deliveries", 200, { path: `${path}?status=failure&per_page=3`, auth });
  contract.check("failures alone", failed.body.length === 3 && failed.body.every((one) => one.status_code !== 200));
  const next = new URL(/<([^>]+)>; rel="next"/.exec(failed.headers.link)[1]);
  contract.check("the next page is told by a cursor", next.searchParams.has("cursor"));
  const rest = await contract.call("apps/list-webhook-deliveries", 200, { path: next.pathname + next.search, auth });
  contract.check("the last page links no further", rest.body.length === 1 && !rest.headers.link);
  await contract.call("apps/list-webhook-deliveries", 400, { path: `${path}?cursor=nonsense`, auth });
  await contract.call("apps/list-webhook-deliveries", 422, { path: `${path}?status=nonsense`, auth });
  await contract.call("apps/list-webhook-deliveries", 401, { path });

  const one = await contract.call("apps/get-webhook-delivery", 200, { path: `${path}/${rest.body[0].id}`, auth });
  contract.check("a delivery has its payload", one.body.request.payload.action === "suspend");
  await contract.call("apps/get-webhook-delivery", 404, { path: `${path}/1`, auth });
  await contract.call("apps/get-webhook-delivery", 401, { path: `${path}/${id}` });
}

async function removal(contract, sandbox) {
  const id = sandbox.ready.installation_id;
  const auth = bearer(sandbox.jwt());
  const { token } = await mint(contract, sandbox, undefined);
  await contract.call("apps/suspend-installation", 404, { path: "/app/installations/1/suspended", auth });
  await contract.call("apps/unsuspend-installation", 404, { path: "/app/installations/1/suspended", auth });
  await contract.call("apps/delete-installation", 204, { path: `/app/installations/${id}`, auth });
  await contract.call("apps/delete-installation", 404, { path: `/app/installations/${id}`, auth });
  await contract.call("repos/get", 401, { path: "/repos/acme/widgets", auth: bearer(token), message: "Bad credentials" });
}

export const cases = [
  everyRouteRefusesBadForm,
  everyOtherRouteAnswersInItsForm,
  github,
  apps,
  listsInPages,
  badAppTokens,
  mints,
  suspension,
  contents,
  issues,
  pulls,
  checks,
  labels,
  branchesAndCommits,
  redirects,
  repositories,
  faults,
  limits,
  deliveries,
  removal,
];
