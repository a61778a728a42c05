// What differs behind https: the names and attributes of cookies. One request
// is answered without nginx, by `pforte request`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
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

function sessionCookie() {
  const link = new URL(pforte(configured('sso-link', '--tenant', 'acme', '--user', 'anna')));
  assert.equal(link.origin, 'https://portal.example');
  const token = link.searchParams.get('token');
  return cookies(`/acme/sso?token=${token}`, { 'Pforte-Handoff': token });
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
  execFileSync('sqlite3', [join(state, 'pforte.db'),
    `UPDATE tenant SET cookie_mode = 'embed' WHERE id = 'acme'`]);
  const [{ line }, ...others] = sessionCookie();
  assert.deepEqual(others, []);
  assert.match(line,
    /^__Host-pfe-acme=v4\.local\.[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=None; Partitioned$/);
});
