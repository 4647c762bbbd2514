// A running hubwarden whose GitHub is a sandbox.

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { request } from "./sandbox.mjs";

const PATIENCE = 30_000; // milliseconds

// For the search of everything that tests write (tests/scan).
export function tellSecret(what, secret) {
  const folder = process.env.HUBWARDEN_TEST_OUTPUT;
  if (folder) appendFileSync(join(folder, "secrets.txt"), `${what} ${Buffer.from(secret).toString("base64")}\n`, { mode: 0o600 });
}

export class Hubwarden {
  static async start(program, sandbox, settings = {}) {
    const folder = mkdtempSync(join(tmpdir(), "hubwarden-contract-"));
    const adminToken = randomBytes(32).toString("hex");
    tellSecret("admin-token", adminToken);
    const log = openSync(join(folder, "log"), "a");
    const ready = join(folder, "ready.json");
    const child = spawn(program, ["serve", "--ready-file", ready], {
      cwd: folder,
      stdio: ["ignore", log, log],
      env: {
        PATH: process.env.PATH,
        GITHUB_API_URL: sandbox.ready.api_url,
        GITHUB_APP_ID: String(sandbox.ready.app_id),
        GITHUB_APP_PRIVATE_KEY_FILE: sandbox.ready.private_key_file,
        HUBWARDEN_LISTEN_TCP: "127.0.0.1:0",
        HUBWARDEN_LOG_LEVEL: "debug",
        HUBWARDEN_RECORDS_PATH: join(folder, "records.db"),
        HUBWARDEN_ADMIN_TOKEN: adminToken,
        ...settings,
      },
    });
    const made = new Hubwarden(child, folder, adminToken);
    const patience = Date.now() + PATIENCE;
    while (!existsSync(ready)) {
      if (child.exitCode !== null || Date.now() > patience) {
        const log = made.log();
        child.kill("SIGKILL");
        rmSync(folder, { recursive: true });
        throw new Error(`hubwarden does not start:\n${log}`);
      }
      await pause(20);
    }
    made.url = `http://127.0.0.1:${JSON.parse(readFileSync(ready)).ports[0]}`;
    return made;
  }

  constructor(child, folder, adminToken) {
    this.child = child;
    this.ended = new Promise((resolve) => child.once("exit", resolve));
    this.folder = folder;
    this.adminToken = adminToken;
  }

  request(method, path, headers, body) {
    return request(this.url, method, path, headers, body);
  }

  // The token that the operator is given for a repository.
  async token(repository) {
    const answer = await this.request("GET", `/admin/github-installation-token?repo=${repository}&permissions=contents:read`, {
      Authorization: `Bearer ${this.adminToken}`,
    });
    if (answer.status !== 200) throw new Error(`a token for ${repository}: ${answer.status} ${answer.body}`);
    const { token } = JSON.parse(answer.body);
    tellSecret("token", token);
    return token;
  }

  log() {
    return readFileSync(join(this.folder, "log"), "utf8");
  }

  async stop() {
    this.child.kill("SIGTERM");
    const status = await this.ended;
    rmSync(this.folder, { recursive: true });
    return status;
  }
}
