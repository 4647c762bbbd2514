// GitHub's OpenAPI description as a judge of single answers.

import { createRequire } from "node:module";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const DOCUMENT = "openapi";

// Statuses that any operation may answer; the description lists them only here and there.
// https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
const GENERAL = {
  301: "basic-error",
  307: "basic-error",
  400: "basic-error",
  401: "basic-error",
  403: "basic-error",
  404: "basic-error",
  422: "validation-error",
  429: "basic-error",
  500: "basic-error",
  502: "basic-error",
};

// Where the description contradicts itself, what it says elsewhere about the same thing.
function correct(document) {
  // The list of installations wants each account to be a user and an enterprise at once (allOf); one installation by
  // itself is described as either (anyOf), which is what its own example shows.
  const list = document.paths["/app/installations"].get.responses[200].content["application/json"].schema;
  list.items = reference("installation");
  // Errors carry their status, which basic-error says and validation-error forgets.
  const { properties } = document.components.schemas["validation-error"];
  properties.status ??= document.components.schemas["basic-error"].properties.status;
  return document;
}

export class Description {
  constructor() {
    const document = correct(createRequire(import.meta.url)("@octokit/openapi/generated/api.github.com.json"));
    this.document = document;
    this.operations = new Map();
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (operation.operationId) this.operations.set(operation.operationId, { path, method, ...operation });
      }
    }
    this.ajv = new Ajv({ strict: false, allErrors: true, logger: false });
    addFormats(this.ajv);
    this.ajv.addSchema({ $id: DOCUMENT, components: { schemas: toJsonSchema(document.components.schemas) } });
    this.compiled = new Map();
  }

  // What is wrong with this answer of this operation: a list of sentences.
  faults(operationId, status, contentType, body) {
    const operation = this.operations.get(operationId);
    if (!operation) return [`GitHub has no operation ${operationId}`];
    const described = operation.responses[status];
    if (!described && !GENERAL[status]) return [`status ${status} is not described`];
    const content = described ? this.resolve(described).content : undefined;
    if (described && !content) return body === "" ? [] : [`a ${status} of this operation has no body`];
    if (!contentType?.startsWith("application/json")) return [`content type ${contentType}`];
    const schema = content ? content["application/json"].schema : reference(GENERAL[status]);
    const value = JSON.parse(body);
    return [...this.invalid(schema, value), ...this.unknown(schema, value, "")];
  }

  // The same for an answer that is empty but for its kind: an object, an array, a text or nothing. Refusals are those
  // that every operation may give.
  faultsOfForm(operationId, status, contentType, body) {
    if (status >= 400) return this.invalid(reference(GENERAL[status]), JSON.parse(body));
    const described = this.resolve(this.operations.get(operationId)?.responses[status]);
    if (!described) return [`status ${status} is not described`];
    if (!described.content) return body === "" ? [] : [`a ${status} of this operation has no body`];
    const [type] = Object.keys(described.content);
    if (!type.endsWith("json") && !type.endsWith("object")) return contentType?.startsWith(type) ? [] : [`content type ${contentType}`];
    const isList = this.parts(described.content[type].schema).some((part) => part.type === "array");
    return Array.isArray(JSON.parse(body)) === isList ? [] : [`this operation answers ${isList ? "a list" : "an object"}`];
  }

  invalid(schema, value) {
    // Most errors have the same one.
    const key = JSON.stringify(schema);
    if (!this.compiled.has(key)) this.compiled.set(key, this.ajv.compile(toJsonSchema(schema)));
    const validate = this.compiled.get(key);
    if (validate(value)) return [];
    return validate.errors.map((error) => `${error.instancePath || "/"} ${error.message}`);
  }

  resolve(node) {
    while (node?.$ref) {
      node = node.$ref
        .slice(2)
        .split("/")
        .reduce((at, part) => at[part.replaceAll("~1", "/").replaceAll("~0", "~")], this.document);
    }
    return node;
  }

  // Fields that GitHub's description does not know: wishful thinking, since JSON Schema alone lets them pass.
  unknown(schema, value, at) {
    if (value === null || typeof value !== "object") return [];
    const parts = this.parts(schema);
    if (Array.isArray(value)) {
      const items = parts.map((part) => part.items).filter(Boolean);
      return value.flatMap((item, index) => this.unknown({ anyOf: items }, item, `${at}/${index}`));
    }
    return Object.entries(value).flatMap(([name, field]) => {
      const known = parts.map((part) => part.properties?.[name]).filter(Boolean);
      const open = parts.map((part) => part.additionalProperties).filter(Boolean);
      if (known.length > 0) return this.unknown({ anyOf: known }, field, `${at}/${name}`);
      return open.length > 0 ? [] : [`${at}/${name} is no field of GitHub's`];
    });
  }

  // All schemas that may describe a value, references and alternatives followed.
  parts(schema) {
    const node = this.resolve(schema);
    const deeper = [...(node.allOf ?? []), ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
    return [node, ...deeper.flatMap((part) => this.parts(part))];
  }
}

function reference(name) {
  return { $ref: `#/components/schemas/${name}` };
}

// OpenAPI 3.0's dialect differs in `nullable`; references point into the document. One of several is read as any of
// them: the description's alternatives overlap (every error also fits what a broken rule answers).
function toJsonSchema(node) {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (node === null || typeof node !== "object") return node;
  if (typeof node.$ref === "string") return { $ref: `${DOCUMENT}${node.$ref}` };
  const { nullable, example, discriminator, oneOf, ...rest } = node;
  if (oneOf) rest.anyOf = [...(rest.anyOf ?? []), ...oneOf];
  const converted = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, toJsonSchema(value)]));
  return nullable === true ? { anyOf: [converted, { type: "null" }] } : converted;
}
