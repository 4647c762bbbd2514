// Sends every payload of @octokit/webhooks-examples to a running hubwarden, signed well and badly, and then checks that
// what the relevant ones touch was forgotten.
// usage: node webhooks.mjs <hubwarden-sandbox> <hubwarden>
// Exit status: 0 everything as it should be, 1 otherwise.

import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Hubwarden, tellSecret } from "./hubwarden.mjs";
import { Sandbox } from "./sandbox.mjs";

const HOSTS = ["api.github.com", "ghes-31", "ghes-32", "ghes-33", "ghes-34", "ghes-35"];
const OURS = new Set(["installation", "installation_repositories", "installation_target", "repository"]);
// Promised by hubwarden; GitHub itself waits for ten.
const MOST_SECONDS = 1;

const violations = [];
const check = (claim, holds) => {
  if (!holds) violations.push(`does not hold: ${claim}`);
};

function examples() {
  const require = createRequire(import.meta.url);
  return HOSTS.flatMap((host) =>
    require(`@octokit/webhooks-examples/${host}/index.json`).flatMap(({ name, examples }) =>
      examples.map((payload) => ({ host, event: name, payload })),
    ),
  );
}

class Webhooks {
  constructor(hubwarden, secret, app) {
    this.hubwarden = hubwarden;
    this.secret = secret;
    this.app = app;
    this.slowest = 0;
  }

  async send(event, payload, { secret = this.secret, guid = randomUUID(), text = JSON.stringify(payload) } = {}) {
    const began = performance.now();
    const answer = await this.hubwarden.request("POST", "/webhooks/github", {
      "Content-Type": "application/json",
      "User-Agent": "GitHub-Hookshot/test",
      "X-GitHub-Delivery": guid,
      "X-GitHub-Event": event,
      "X-GitHub-Hook-Installation-Target-ID": String(this.app),
      "X-GitHub-Hook-Installation-Target-Type": "integration",
      "X-Hub-Signature-256": `sha256=${createHmac("sha256", secret).update(text).digest("hex")}`,
    }, text);
    this.slowest = Math.max(this.slowest, (performance.now() - began) / 1000);
    return answer;
  }
}

async function everyExample(webhooks) {
  const all = examples();
  for (const { host, event, payload } of all) {
    const where = `${host} ${event} ${payload.action ?? ""}`;
    const badly = await webhooks.send(event, payload, { secret: "another" });
    check(`${where}: a bad signature is answered 401, not ${badly.status}`, badly.status === 401);
    const well = await webhooks.send(event, payload);
    check(`${where}: answered ${well.status} ${well.body}`, well.status === 200 || well.status === 202);
    if (!OURS.has(event)) check(`${where}: is ignored`, JSON.parse(well.body).outcome === "ignored");
  }
  check("there are hundreds of examples", all.length > 300);
  check(`the slowest answer took ${webhooks.slowest} s`, webhooks.slowest < MOST_SECONDS);
  return all.length;
}

// One example of each action of ours, its ids and names put in place of the example's.
async function whatTheyTouch(webhooks, sandbox, hubwarden) {
  const { installation_id: id, app_id: app } = sandbox.ready;
  const first = await hubwarden.token("acme/widgets");
  const { body: found } = await sandbox.request("GET", "/repos/acme/widgets", {
    "User-Agent": "contract",
    Authorization: `Bearer ${first}`,
  });
  const repository = { ...JSON.parse(found) };
  const touching = new Map();
  for (const { event, payload } of examples()) {
    if (event === "installation" && payload.action === "new_permissions_accepted") continue;
    if (event === "repository" && ["edited", "archived", "unarchived"].includes(payload.action)) continue;
    if (OURS.has(event)) touching.set(`${event} ${payload.action}`, { event, payload });
  }
  check("there are examples of a dozen actions", touching.size >= 12);
  for (const [name, { event, payload }] of touching) {
    const before = await hubwarden.token("acme/widgets");
    check(`${name}: the token is cached before`, (await hubwarden.token("acme/widgets")) === before);
    const other = await hubwarden.token("acme/gadgets");
    const installation = { ...payload.installation, id, app_id: app, account: { login: "acme" } };
    const sent = event === "repository"
      ? { ...payload, installation: { id }, repository: { ...payload.repository, id: repository.id, full_name: repository.full_name } }
      : { ...payload, installation };
    const { status, body } = await webhooks.send(event, sent);
    check(`${name}: is handled: ${body}`, status === 200 && JSON.parse(body).outcome === "handled");
    check(`${name}: the token was forgotten`, (await hubwarden.token("acme/widgets")) !== before);
    const keeps = event === "repository";
    check(`${name}: ${keeps ? "leaves" : "forgets"} another repository's`, ((await hubwarden.token("acme/gadgets")) === other) === keeps);
  }
  const held = await hubwarden.token("acme/widgets");
  await webhooks.send("installation", { action: "new_permissions_accepted", installation: { id, app_id: app, account: { login: "acme" } } });
  check("new permissions leave tokens of named permissions", (await hubwarden.token("acme/widgets")) === held);
}

async function bounds(webhooks) {
  const large = (bytes) => `{"padding":"${"x".repeat(bytes)}"}`;
  check("3 MiB are taken", (await webhooks.send("push", null, { text: large(3 << 20) })).status === 202);
  check("3 MiB of ours are read", (await webhooks.send("installation", null, { text: large(3 << 20) })).status === 400);
  check("26 MiB are not", (await webhooks.send("push", null, { text: large(26 << 20) })).status === 413);
  const guid = randomUUID();
  const payload = { action: "suspend", installation: { id: 1, app_id: webhooks.app, account: { login: "acme" } } };
  const outcomes = [];
  for (let i = 0; i < 2; i += 1) outcomes.push(JSON.parse((await webhooks.send("installation", payload, { guid })).body).outcome);
  check(`a delivery is acted upon once: ${outcomes}`, outcomes.join() === "handled,duplicate");
}

async function isHealthy(hubwarden) {
  const ready = await hubwarden.request("GET", "/readyz", {});
  check("the server is ready", ready.status === 200 && JSON.parse(ready.body).ready === true);
  const { body: page } = await hubwarden.request("GET", "/metrics", {});
  const series = page.split("\n").filter((line) => line.startsWith("hubwarden_webhooks_total{"));
  check(`${series.length} series of webhooks: as many as there are labels`, series.length === 25);
  check("no handler failed", /hubwarden_http_handler_failures_total 0/.test(page));
  return page;
}

const [sandboxProgram, hubwardenProgram] = process.argv.slice(2);
if (!hubwardenProgram) {
  console.error("usage: node webhooks.mjs <hubwarden-sandbox> <hubwarden>");
  process.exit(2);
}
const secret = randomBytes(32).toString("hex");
const output = process.env.HUBWARDEN_TEST_OUTPUT;
tellSecret("webhook-secret", secret);
const sandbox = await Sandbox.start(sandboxProgram);
let count = 0;
const statuses = [];
try {
  const hubwarden = await Hubwarden.start(hubwardenProgram, sandbox, {
    HUBWARDEN_WEBHOOKS_SECRET: secret,
    // 726 badly signed ones from one address are what the limit is for.
    HUBWARDEN_LIMITS_FAILURES_PER_ADDRESS: "0",
  });
  try {
    const webhooks = new Webhooks(hubwarden, secret, sandbox.ready.app_id);
    count = await everyExample(webhooks);
    await whatTheyTouch(webhooks, sandbox, hubwarden);
    await bounds(webhooks);
    const page = await isHealthy(hubwarden);
    if (output) {
      mkdirSync(join(output, "contract"), { recursive: true });
      writeFileSync(join(output, "contract", "webhooks-metrics.txt"), page);
      writeFileSync(join(output, "contract", "webhooks-hubwarden.log"), hubwarden.log());
    }
    check("the log does not hold the secret", !hubwarden.log().includes(secret));
  } finally {
    statuses.push(await hubwarden.stop());
  }
} finally {
  statuses.push(await sandbox.stop());
}
check(`the programs end with status 0: ${statuses}`, statuses.every((status) => status === 0));
for (const violation of violations) console.error(violation);
console.log(`${count} examples, ${violations.length} violations`);
process.exit(violations.length === 0 ? 0 : 1);
