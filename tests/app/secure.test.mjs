// What differs behind https: the names and attributes of cookies. One request
// is answered without nginx, by `pforte request`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { parseCookie } from '../lib/client.mjs';
import { build } from '../lib/stack.mjs';

const program = join(build, 'pforte');
const skip = existsSync(program) ? false : `there is no ${program}`;
const state = mkdtempSync(join(tmpdir(), 'pforte-test-'));
after(() => rmSync(state, { recursive: true }));

const pforte = (args, input) => execFileSync(program, args,
  { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
const configured = (...args) => ['--config', join(state, 'pforte.conf'), ...args];

if (!skip) {
  pforte(['demo', '--state', state, '--base-url', 'https://portal.example',
    '--share', join(build, 'share')]);
}

// Set-Cookie lines of an answer.
function cookies(path, headers = {}) {
  const lines = Object.entries({ 'Pforte-Tenant': 'acme', 'Pforte-Prefix': '/acme', ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const answer = pforte(configured('request'), `GET ${path} HTTP/1.1\r\n${lines}\r\n`);
  return [...answer.matchAll(/^Set-Cookie: (.*)$/gm)].map(([, line]) => parseCookie(line));
}

function sessionCookie(headers = {}) {
  const link = new URL(pforte(configured('sso-link', '--tenant', 'acme', '--user', 'anna')));
  assert.equal(link.origin, 'https://portal.example');
  const token = link.searchParams.get('token');
  return cookies(`/acme/sso?token=${token}`, { 'Pforte-Handoff': token, ...headers });
}

test('behind https the session cookie is __Host-, Secure, HttpOnly and Lax', { skip }, () => {
  const [{ line, ...cookie }, ...others] = sessionCookie();
  assert.deepEqual(others, []);
  assert.equal(cookie.name, '__Host-pf-acme');
  assert.match(line, /^__Host-pf-acme=v4\.local\.[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
});

// Cookies of a self-service link that is opened.
function linkCookies() {
  const link = pforte(configured('link', '--tenant', 'acme', '--contract', 'VT-6HSN-P3VD')).trim();
  assert.match(link, /^https:\/\/portal\.example\/acme\/s\/v4\.local\./);
  const token = link.split('/').pop();
  return cookies(`/acme/s/${token}`, { 'Pforte-Handoff': token });
}

test('behind https the cookie of a link is __Host-, Secure, HttpOnly and Lax', { skip }, () => {
  const [{ line }, ...others] = linkCookies();
  assert.deepEqual(others, []);
  assert.match(line,
    /^__Host-pfc-acme=v4\.local\.[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
});

test('behind https the form\'s cookie is Secure', { skip }, () => {
  const [{ line }, ...others] = cookies('/acme/login');
  assert.deepEqual(others, []);
  assert.match(line, /^pforte-form=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
});

test('who signs in loses the cookie of a link as it was set', { skip }, () => {
  const [{ value }] = linkCookies();
  const link = new URL(pforte(configured('sso-link', '--tenant', 'acme', '--user', 'anna')));
  const token = link.searchParams.get('token');
  const set = cookies(`/acme/sso?token=${token}`,
    { 'Pforte-Handoff': token, 'Pforte-Token': value });
  assert.deepEqual(set.map(({ name }) => name), ['__Host-pf-acme', '__Host-pfc-acme']);
  assert.equal(set[1].line,
    '__Host-pfc-acme=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax');
});

test('F11, F12: the cookie of a portal inside other pages is partitioned', { skip }, () => {
  const said = pforte(configured('tenant', 'frame', '--tenant', 'acme', '--cookies', 'embed',
    '--ancestors', 'https://www.acme.example, https://shop.acme.example:8443'));
  assert.equal(said,
    'cookies: embed\nframe ancestors: https://www.acme.example https://shop.acme.example:8443\n');
  const record = JSON.parse(readFileSync(join(state, 'edge/acme.json'), 'utf8'));
  assert.equal(record.cookie_mode, 'embed');
  assert.deepEqual(record.frame_ancestors,
    ['https://www.acme.example', 'https://shop.acme.example:8443']);
  const [{ line }, ...others] = sessionCookie({ Cookie: 'pforte-form-embedded=x' });
  assert.deepEqual(others, []);
  assert.match(line,
    /^__Host-pfe-acme=v4\.local\.[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=None; Partitioned$/);
});

test('F11: before sign-in the cookies of such a portal are partitioned, too', { skip }, () => {
  const [{ line }, ...others] = cookies('/acme/login');
  assert.deepEqual(others, []);
  assert.match(line,
    /^pforte-form-embedded=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=None; Partitioned$/);
  const [probe] = sessionCookie();
  assert.match(probe.line, /^pforte-form-embedded=/, 'no session before the probe');
});

// The end of a session as a browser's form asks for it.
test('X9: signing out clears the cookie with the attributes it was set with', { skip }, () => {
  const [{ value }] = sessionCookie({ Cookie: 'pforte-form-embedded=x' });
  const page = pforte(configured('request'),
    `GET /acme/ HTTP/1.1\r\nPforte-Tenant: acme\r\nPforte-Prefix: /acme\r\nPforte-Token: ${value}\r\n\r\n`);
  const csrf = page.match(/name="csrf" value="([^"]+)"/)[1];
  const body = `csrf=${encodeURIComponent(csrf)}`;
  const answer = pforte(configured('request'), 'POST /acme/logout HTTP/1.1\r\n' +
    'Pforte-Tenant: acme\r\nPforte-Prefix: /acme\r\n' +
    `Pforte-Token: ${value}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n${body}`);
  assert.match(answer, new RegExp('^Set-Cookie: __Host-pfe-acme=; Path=/; Max-Age=0; Secure; ' +
    'HttpOnly; SameSite=None; Partitioned$', 'm'));
});

test('F12: what is wrong with a frame ancestor is said, and nothing changes', { skip }, () => {
  const rows = { 'http://a.example': /begin with https/, 'https://*.a.example': /wildcard/,
    'https://a.example/': /path/, 'https://a.example:0': /port/, '*': /https/ };
  for (const [origin, why] of Object.entries(rows)) {
    assert.throws(() => execFileSync(program, configured('tenant', 'frame', '--tenant', 'acme',
      '--ancestors', origin), { stdio: 'pipe', encoding: 'utf8' }),
    ({ status, stderr }) => status === 1 && why.test(stderr), origin);
  }
  assert.match(pforte(configured('tenant', 'frame', '--tenant', 'acme')), /shop\.acme/);
});
