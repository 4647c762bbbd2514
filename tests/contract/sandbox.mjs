// A running sandbox: its process, its control port, and requests to it.

import { spawn } from "node:child_process";
import { createSign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export class Sandbox {
  static async start(program) {
    const folder = mkdtempSync(join(tmpdir(), "hubwarden-contract-"));
    const child = spawn(program, ["--data", join(folder, "data"), "--seed-demo"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const [line] = await Promise.race([
      new Promise((resolve) => createInterface(child.stdout).once("line", (text) => resolve([text]))),
      ended.then((status) => {
        throw new Error(`${program} ended with status ${status}`);
      }),
    ]);
    return new Sandbox(child, ended, folder, JSON.parse(line));
  }

  constructor(child, ended, folder, ready) {
    this.child = child;
    this.ended = ended;
    this.folder = folder;
    this.ready = ready;
    this.key = readFileSync(ready.private_key_file);
  }

  async stop() {
    this.child.kill("SIGTERM");
    const status = await this.ended;
    rmSync(this.folder, { recursive: true });
    return status;
  }

  // The App's JWT; `claims` replace the usual ones.
  jwt(claims = {}, key = this.key) {
    const now = Math.floor(Date.now() / 1000);
    const payload = { iat: now - 60, exp: now + 540, iss: this.ready.app_id, ...claims };
    const text = [{ alg: "RS256", typ: "JWT" }, payload]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    return `${text}.${createSign("sha256").update(text).sign(key, "base64url")}`;
  }

  async control(method, path, body) {
    const answer = await request(this.ready.control_url, method, path, { "User-Agent": "contract" }, body);
    if (answer.status >= 300) throw new Error(`control ${method} ${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body);
  }

  request(method, path, headers, body) {
    return request(this.ready.api_url, method, path, headers, body);
  }
}

// Without a User-Agent unless one is given: node:http adds none.
export function request(base, method, path, headers, body) {
  const { hostname, port } = new URL(base);
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = http.request({ hostname, port, method, path, headers }, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("error", reject);
      answer.on("end", () =>
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces).toString() }),
      );
    });
    sent.on("error", reject);
    sent.end(text);
  });
}
