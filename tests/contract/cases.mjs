// What is asked of the sandbox. Each case takes the contract (which judges the answers) and the sandbox.

const bearer = (token) => `Bearer ${token}`;

async function mint(contract, sandbox, body) {
  const { body: minted } = await contract.call("apps/create-installation-access-token", 201, {
    path: `/app/installations/${sandbox.ready.installation_id}/access_tokens`,
    auth: bearer(sandbox.jwt()),
    body,
  });
  return minted;
}

async function everyRouteRefusesBadForm(contract, sandbox) {
  const examples = {
    owner: "acme",
    repo: "widgets",
    org: "acme",
    username: "acme",
    path: "README.md",
    issue_number: 1,
    installation_id: sandbox.ready.installation_id,
    delivery_id: 1,
  };
  for (const { operation, path } of await sandbox.control("GET", "/routes")) {
    const filled = path.replace(/\{(\w+)\}/g, (_, name) => examples[name]);
    await contract.call(operation, 403, { path: filled, anonymousAgent: true });
    await contract.call(operation, 400, { path: filled, headers: { "X-GitHub-Api-Version": "2001-01-01" } });
  }
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
  github,
  apps,
  listsInPages,
  badAppTokens,
  mints,
  suspension,
  contents,
  issues,
  repositories,
  faults,
  deliveries,
  removal,
];
