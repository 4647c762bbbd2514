// Writes query-parameters.csv and path-parameters.csv from GitHub's OpenAPI description.
// usage: npm ci --prefix tests/contract && node data/github-rest/extract_parameters.mjs [--check]
// With --check it writes nothing and exits 1 if a file is not what it would write; 77 if the package is missing.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = dirname(fileURLToPath(import.meta.url));
const packages = createRequire(join(FOLDER, "../../tests/contract/package.json"));
const document = read("@octokit/openapi/generated/api.github.com.json");

function read(module) {
  try {
    return packages(module);
  } catch {
    console.error("there is no @octokit/openapi: npm ci --prefix tests/contract installs it");
    return process.exit(77);
  }
}

const resolve = (node) =>
  node?.$ref ? node.$ref.slice(2).split("/").reduce((inner, key) => inner[key], document) : node;

// "integer", or "integer|string" where either will do.
function typeOf(schema) {
  return schema.oneOf ? schema.oneOf.map((one) => one.type).join("|") : schema.type;
}

// The values that the parameter takes; of a list, those that its items take.
function valuesOf(schema) {
  const schemas = [schema, ...(schema.oneOf ?? [])].flatMap((one) => [one, resolve(one.items) ?? {}]);
  const values = schemas.find((one) => one.enum)?.enum ?? [];
  return values.filter((value) => value !== null).join("|");
}

// GitHub says in the operation's description which parameters at the end of a path may be left out.
function mayBeOmitted(operation, name) {
  const said = [`If you omit the \`${name}\` parameter`, `If you omit \`:${name}\``, `without providing a \`:${name}\``];
  return said.some((text) => (operation.description ?? "").includes(text));
}

function* parameters(place) {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const operation of Object.values(methods).filter((one) => one.operationId)) {
      const found = [...(methods.parameters ?? []), ...(operation.parameters ?? [])].map(resolve);
      const names = place === "path" ? [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]) : undefined;
      const wanted = found.filter((one) => one.in === place);
      if (names) wanted.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
      for (const parameter of wanted) yield { operation, parameter, schema: resolve(parameter.schema) };
    }
  }
}

function table(header, rows) {
  const byOperation = [...rows].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)); // stable: the order within stays
  return [header, ...byOperation].map((row) => `${row.join(",")}\n`).join("");
}

function queryParameters() {
  const rows = [...parameters("query")].map(({ operation, parameter, schema }) => [
    operation.operationId,
    parameter.name,
    typeOf(schema),
    parameter.required === true,
    valuesOf(schema),
    schema.minimum ?? "",
    schema.maximum ?? "",
  ]);
  return table(["operationId", "name", "type", "required", "values", "minimum", "maximum"], rows);
}

function pathParameters() {
  const rows = [...parameters("path")].map(({ operation, parameter, schema }) => [
    operation.operationId,
    parameter.name,
    typeOf(schema),
    valuesOf(schema),
    parameter["x-multi-segment"] === true,
    mayBeOmitted(operation, parameter.name),
  ]);
  return table(["operationId", "name", "type", "values", "spans_segments", "may_be_omitted"], rows);
}

const check = process.argv[2] === "--check";
for (const [name, text] of [["query-parameters.csv", queryParameters()], ["path-parameters.csv", pathParameters()]]) {
  const file = join(FOLDER, name);
  if (!check) {
    writeFileSync(file, text);
  } else if (readFileSync(file, "utf8") !== text) {
    console.error(`${name} is not what GitHub's description says: run data/github-rest/extract_parameters.mjs`);
    process.exitCode = 1;
  }
}
