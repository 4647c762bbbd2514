// Calls every route of the sandbox, well and badly, and holds each answer against GitHub's OpenAPI description.
// usage: node contract.mjs <hubwarden-sandbox>
// Exit status: 0 no violation and no route left out, 1 otherwise.

import { cases } from "./cases.mjs";
import { Description } from "./openapi.mjs";
import { Sandbox } from "./sandbox.mjs";

// GitHub answers these to no App, so there is no success to show.
const ONLY_REFUSED = new Set(["users/get-authenticated"]);

class Contract {
  constructor(sandbox, description) {
    this.sandbox = sandbox;
    this.description = description;
    this.answers = 0;
    this.violations = [];
    this.succeeded = new Set();
    this.refused = new Set();
  }

  // One request of an operation. `expect` is the status; `message` what its body must say. With `form` only the kind of
  // answer is judged, not what it holds.
  async call(operation, expect, { path, auth, headers = {}, body, message, anonymousAgent = false, form = false }) {
    const { method } = this.description.operations.get(operation) ?? { method: "get" };
    const sent = { ...(anonymousAgent ? {} : { "User-Agent": "contract" }), ...headers };
    if (auth) sent.Authorization = auth;
    const answer = await this.sandbox.request(method.toUpperCase(), path, sent, body);
    const where = `${operation} ${method.toUpperCase()} ${path} → ${answer.status}`;
    const judge = form ? "faultsOfForm" : "faults";
    const faults = this.description[judge](operation, answer.status, answer.headers["content-type"], answer.body);
    if (answer.status !== expect) faults.push(`expected ${expect}: ${answer.body.slice(0, 200)}`);
    const isJson = answer.headers["content-type"]?.startsWith("application/json");
    const parsed = answer.body && isJson ? JSON.parse(answer.body) : undefined;
    if (message && parsed?.message !== message) faults.push(`message: ${parsed?.message}`);
    if (!answer.headers["x-github-request-id"] || !answer.headers.date) faults.push("a header is missing");
    this.answers += 1;
    this.violations.push(...faults.map((fault) => `${where}: ${fault}`));
    (answer.status < 400 ? this.succeeded : this.refused).add(operation);
    return { status: answer.status, headers: answer.headers, body: parsed };
  }

  check(claim, holds) {
    if (!holds) this.violations.push(`does not hold: ${claim}`);
  }

  checkCoverage(routes) {
    for (const { operation, method, path, behaves } of routes) {
      const described = this.description.operations.get(operation);
      if (described?.path !== path || described.method !== method.toLowerCase()) {
        this.violations.push(`${operation} is not ${method} ${path} at GitHub`);
      }
      if (!behaves) continue;
      if (!this.succeeded.has(operation) && !ONLY_REFUSED.has(operation)) this.violations.push(`${operation}: no success`);
      if (!this.refused.has(operation)) this.violations.push(`${operation}: no refusal`);
    }
  }
}

const program = process.argv[2];
if (!program) {
  console.error("usage: node contract.mjs <hubwarden-sandbox>");
  process.exit(2);
}
const description = new Description();
const sandbox = await Sandbox.start(program);
const contract = new Contract(sandbox, description);
let routes = [];
let status;
try {
  routes = await sandbox.control("GET", "/routes");
  for (const run of cases) await run(contract, sandbox);
  contract.checkCoverage(routes);
} finally {
  status = await sandbox.stop();
}
contract.check("the sandbox ends with status 0", status === 0);
for (const violation of contract.violations) console.error(violation);
const behaving = routes.filter((route) => route.behaves).length;
console.log(`${contract.answers} answers of ${routes.length} routes, of which ${behaving} behave, ${contract.violations.length} violations`);
process.exit(contract.violations.length === 0 ? 0 : 1);
