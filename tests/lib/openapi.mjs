// Holds every answer of the REST API against the document that the same server
// gives of it: status, media type, headers and body. startStack() calls
// describe(); send() of client.mjs then calls check() for each answer.
import assert from 'node:assert/strict';

import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const root = '/api/v1';
const documents = new Map(); // by base address
const ours = ['etag', 'link', 'location', 'idempotency-replayed'];

// Nothing is answered that is not described, although clients are told to
// expect more one day.
function close(schema) {
  if (Array.isArray(schema)) {
    schema.forEach(close);
  } else if (schema && typeof schema === 'object') {
    Object.values(schema).forEach(close);
    if (schema.properties && typeof schema.type === 'string') {
      schema.additionalProperties ??= false;
    }
  }
  return schema;
}

class Document {
  constructor(document) {
    this.document = document;
    this.ajv = new Ajv({ strict: true, strictTypes: false, allowUnionTypes: true });
    addFormats(this.ajv);
    this.compiled = new Map();
    this.paths = Object.keys(document.paths).map((path) => ({
      path,
      names: path.split('{').length,
      pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    })).sort((a, b) => a.names - b.names);
  }

  resolve(node) {
    return node?.$ref
      ? node.$ref.slice(2).split('/').reduce((at, name) => at[name], this.document) : node;
  }

  // A schema with what it refers to in its place.
  whole(schema) {
    return JSON.parse(JSON.stringify(schema), (key, value) =>
      (value?.$ref ? this.whole(this.resolve(value)) : value));
  }

  validator(schema) {
    const key = JSON.stringify(schema);
    if (!this.compiled.has(key)) {
      this.compiled.set(key, this.ajv.compile(close(this.whole(schema))));
    }
    return this.compiled.get(key);
  }

  operation(method, path) {
    const found = this.paths.find(({ pattern }) => pattern.test(path));
    return found && this.document.paths[found.path][method === 'HEAD' ? 'get' : method.toLowerCase()];
  }

  // What a call may be answered; where there is no such call, only problems.
  response(method, path, status) {
    const all = this.operation(method, path)?.responses;
    const problem = this.document.components.responses.Problem;
    return this.resolve(all ? all[status] ?? (status >= 400 && all.default)
      : status >= 400 && problem);
  }

  check(method, path, answer) {
    const call = `${method} ${path}: ${answer.status}`;
    const response = this.response(method, path, answer.status);
    assert.ok(response, `${call} is not described`);
    assert.match(answer.headers['x-request-id'] ?? '', /^[A-Za-z0-9._-]{1,64}$/, call);
    for (const name of ours.filter((one) => answer.headers[one] !== undefined)) {
      assert.ok(Object.keys(response.headers ?? {}).some((one) => one.toLowerCase() === name),
        `${call}: header ${name} is not described`);
    }
    if (!response.content) {
      assert.equal(answer.bytes.length, 0, `${call} has a body`);
      return;
    }
    const content = response.content[answer.type];
    assert.ok(content, `${call}: ${answer.type} is not described: ${answer.text.slice(0, 200)}`);
    if (method !== 'HEAD') {
      const valid = this.validator(content.schema);
      const body = /json$/.test(answer.type) ? answer.json : answer.text;
      assert.ok(valid(body), `${call}: ${JSON.stringify(valid.errors)}\n${answer.text}`);
    }
  }
}

export function describe(base, document) {
  documents.set(base, new Document(document));
}

// Of addresses below /api/v1 of a server that was described. What browsers ask before
// they ask is the Fetch Standard's, and no call of ours.
export function check(method, url, answer) {
  const at = url.indexOf('/', 'http://'.length);
  const document = documents.get(url.slice(0, at));
  const path = url.slice(at).replace(/[?#].*/s, '');
  if (document && path.startsWith(`${root}/`) && path !== `${root}/openapi.json` && !(method === 'OPTIONS' && answer.status === 204)) {
    document.check(method, path, answer);
  }
}
