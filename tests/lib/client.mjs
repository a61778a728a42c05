// A small browser without a screen, over node:http: fetch() would overwrite
// Sec-Fetch-* and follow redirects by itself. Every request has a connection of
// its own.
import { request } from 'node:http';

import { check } from './openapi.mjs';

// One request. Options: method, headers, body (string, Buffer, URLSearchParams),
// timeout in ms, localAddress. A header with an array as value is sent as several lines.
export function send(url, options = {}) {
  const { method = 'GET', headers = {}, body, timeout = 30_000, localAddress } = options;
  const form = body instanceof URLSearchParams;
  const bytes = body === undefined ? undefined : Buffer.from(form ? String(body) : body);
  const sent = { ...headers };
  if (form && !hasHeader(sent, 'content-type')) {
    sent['Content-Type'] = 'application/x-www-form-urlencoded';
  }
  if (bytes && !hasHeader(sent, 'content-length')) {
    sent['Content-Length'] = bytes.length;
  }
  const { hostname, port, path } = split(url);
  const asked = { hostname, port, path, method, headers: sent, agent: false, timeout,
    localAddress };
  return new Promise((resolve, reject) => {
    const out = request(asked, (incoming) => {
      const parts = [];
      incoming.on('data', (part) => parts.push(part));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const answer = new Answer(url, incoming, Buffer.concat(parts));
        try {
          check(method, url, answer);
          resolve(answer);
        } catch (error) {
          reject(error);
        }
      });
    });
    out.on('timeout', () => out.destroy(new Error(`no answer within ${timeout} ms: ${url}`)));
    out.on('error', reject);
    out.end(bytes);
  });
}

// The path goes out as it is written: URL would tidy "/a/../b" up.
function split(url) {
  const at = url.indexOf('/', 'http://'.length);
  const { hostname, port } = new URL(url.slice(0, at));
  return { hostname, port, path: url.slice(at).replace(/#.*/, '') };
}

const hasHeader = (headers, name) =>
  Object.keys(headers).some((key) => key.toLowerCase() === name);

export class Answer {
  constructor(url, incoming, bytes) {
    this.url = url;
    this.status = incoming.statusCode;
    this.headers = incoming.headers;
    this.rawHeaders = incoming.rawHeaders;
    this.bytes = bytes;
  }

  get text() {
    return this.bytes.toString('utf8');
  }

  get json() {
    return JSON.parse(this.text);
  }

  get type() {
    return (this.headers['content-type'] ?? '').split(';')[0];
  }

  // How often a header stands in the answer.
  count(name) {
    return this.rawHeaders.filter(
      (text, i) => i % 2 === 0 && text.toLowerCase() === name.toLowerCase()).length;
  }

  // Set-Cookie lines, taken apart.
  get cookies() {
    return (this.headers['set-cookie'] ?? []).map(parseCookie);
  }

  cookie(name) {
    return this.cookies.find((cookie) => cookie.name === name);
  }

  // Where Location leads, as a path with query when it stays on the host.
  get location() {
    const text = this.headers.location;
    if (text === undefined) {
      return undefined;
    }
    const from = new URL(this.url);
    const to = new URL(text, from);
    return to.origin === from.origin ? to.pathname + to.search : to.href;
  }

  get title() {
    return unescapeHtml(this.text.match(/<title>([^<]*)<\/title>/)?.[1] ?? '');
  }

  get lang() {
    return this.text.match(/<html lang="([^"]*)"/)?.[1];
  }
}

export function parseCookie(line) {
  const [pair, ...rest] = line.split(/;\s*/);
  const attributes = {};
  for (const attribute of rest) {
    const [name, value = true] = attribute.split('=');
    attributes[name.toLowerCase()] = value;
  }
  const at = pair.indexOf('=');
  return { line, name: pair.slice(0, at), value: pair.slice(at + 1), attributes };
}

// Cookies of one host; honours Path, Max-Age and Secure.
export class Jar {
  constructor() {
    this.cookies = new Map();
  }

  take(answer) {
    for (const { name, value, attributes } of answer.cookies) {
      const key = `${name};${attributes.path ?? '/'}`;
      if (attributes['max-age'] !== undefined && Number(attributes['max-age']) <= 0) {
        this.cookies.delete(key);
      } else {
        this.cookies.set(key, { name, value, path: attributes.path ?? '/',
          secure: attributes.secure === true });
      }
    }
  }

  set(name, value) {
    this.cookies.set(`${name};/`, { name, value, path: '/', secure: false });
  }

  get(name) {
    return [...this.cookies.values()].find((cookie) => cookie.name === name)?.value;
  }

  header(url) {
    const { pathname, protocol } = new URL(url);
    const inside = (path) =>
      path === '/' || pathname === path || pathname.startsWith(path.replace(/\/?$/, '/'));
    return [...this.cookies.values()]
      .filter(({ path, secure }) => inside(path) && (!secure || protocol === 'https:'))
      .map(({ name, value }) => `${name}=${value}`).join('; ');
  }
}

export class Browser {
  constructor(base, headers = {}) {
    this.base = base;
    this.jar = new Jar();
    this.headers = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8', ...headers };
  }

  async send(path, options = {}) {
    const url = path.startsWith('/') ? this.base + path : path;
    const cookie = this.jar.header(url);
    const headers = { ...this.headers, ...(cookie && { Cookie: cookie }), ...options.headers };
    const answer = await send(url, { ...options, headers });
    this.jar.take(answer);
    return answer;
  }

  get(path, options) {
    return this.send(path, options);
  }

  post(path, fields, options = {}) {
    return this.send(path, { method: 'POST', body: new URLSearchParams(fields), ...options });
  }

  // Follows redirects as a browser does: 303 by GET.
  async follow(answer, options = {}) {
    for (let hops = 0; answer.headers.location && hops < 10; hops++) {
      answer = await this.get(answer.location, options);
    }
    return answer;
  }

  async go(path, options = {}) {
    return this.follow(await this.get(path, options), options);
  }

  // Sends a form of the page with its hidden fields and the given ones.
  submit(page, fields = {}, { action = /./, ...options } = {}) {
    const form = forms(page.text).find((one) => action.test(one.action));
    if (!form) {
      throw new Error(`no form for ${action} on ${page.url}: ${page.status} ${page.text}`);
    }
    return this.post(form.action, { ...form.hidden, ...fields }, options);
  }

  async signIn(tenant, username, password, next = '', options = {}) {
    const page = await this.get(`/${tenant}/login${next && `?next=${encodeURIComponent(next)}`}`);
    return this.submit(page, { username, password }, { action: /\/login$/, ...options });
  }

  // Chooses an account by its number: on the page of all, or in the menu.
  choose(page, number, options = {}) {
    const form = forms(page.text).find(({ hidden }) => hidden.customer === number);
    if (!form) {
      throw new Error(`${number} is not to be chosen on ${page.url}`);
    }
    return this.post(form.action, form.hidden, options);
  }

  async signOut(tenant) {
    const page = await this.get(`/${tenant}/`);
    return this.submit(page, {}, { action: /\/logout$/ });
  }
}

// The forms of a page with what is hidden in them.
export function forms(html) {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head, body]) => ({
    action: attribute(head, 'action'),
    method: attribute(head, 'method'),
    hidden: Object.fromEntries([...body.matchAll(/<input\b([^>]*)>/g)]
      .filter(([, input]) => attribute(input, 'type') === 'hidden')
      .map(([, input]) => [attribute(input, 'name'), attribute(input, 'value')])),
    body,
  }));
}

export const links = (html) =>
  [...html.matchAll(/<a\b([^>]*)>/g)].map(([, head]) => attribute(head, 'href'));

function attribute(head, name) {
  const found = head.match(new RegExp(`(?:^|\\s)${name}="([^"]*)"`));
  return found ? unescapeHtml(found[1]) : undefined;
}

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

export const unescapeHtml = (text) =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, number, name) => {
    if (hex || number) {
      return String.fromCodePoint(hex ? parseInt(hex, 16) : Number(number));
    }
    return entities[name] ?? whole;
  });

// What a person reads: text without tags, scripts and repeated blanks.
export const visible = (html) =>
  unescapeHtml(html.replace(/<(script|style|svg|head)\b[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim();
