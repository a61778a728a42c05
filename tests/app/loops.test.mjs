// Ways that must end: no redirect goes round in circles, whatever cookie a browser
// brings; and a link is used once, whatever nginx has forgotten.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Browser, send } from '../lib/client.mjs';
import { environment } from '../lib/nginx.mjs';
import { merchantPlace } from '../lib/place.mjs';
import { freePort } from '../lib/ports.mjs';
import { flip, handoff, linkFor, now, tokenFor } from '../lib/sso.mjs';
import { startStack, until } from '../lib/stack.mjs';

const { dir: scratch, extra } = merchantPlace((dir) => `
location ^~ /acme/own/ { pforte required; alias ${dir}/; }
location ^~ /acme/staff/ { pforte required; pforte_require scope=staff; alias ${dir}/; }
location ^~ /acme/always/ { pforte required; pforte_denied redirect; alias ${dir}/; }
location ^~ /acme/trust/ { pforte required; pforte_session_check off; alias ${dir}/; }
`);
const stack = await startStack({ extra });
const own = { skip: stack.skip };
const assertion = 'pforte:session:acme';
const time = (seconds) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

const paths = ['/acme/', '/acme/login', '/acme/login?next=/login', '/acme/login?next=/login?next%3D/login',
  '/acme/invoices?language=fr&page=2', '/acme/own/page.html', '/acme/staff/page.html', '/acme/always/page.html',
  '/acme/trust/page.html', '/acme/sso', '/acme/sso?token=x', '/acme', '/acme/nothing', '/nobody/'];
const askers = {
  navigation: { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
  frame: { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' },
  fetch: { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' },
  old: {},
};

// The end of the way that begins there. Nothing is met twice with the same
// cookies, and three hops are more than anybody needs.
async function followed(browser, path, headers) {
  const met = new Set();
  let answer = await browser.get(path, { headers });
  while (answer.headers.location) {
    const place = `${answer.url} ${browser.jar.header(answer.url)}`;
    assert.ok(!met.has(place), `a circle: ${[...met].join('\n')}`);
    met.add(place);
    assert.ok(met.size <= 3, `no end: ${[...met].join('\n')}`);
    assert.ok(answer.location.startsWith('/'), answer.location);
    answer = await browser.get(answer.location, { headers });
  }
  return answer;
}

async function cookies() {
  const token = (await stack.signedIn('acme', 'anna')).jar.get('pf-acme');
  const claims = stack.inspect(assertion, token);
  const mint = (more) => stack.mint(assertion, { ...claims, ...more });
  const ended = await stack.signedIn('acme', 'bruno');
  const dead = ended.jar.get('pf-acme');
  await ended.signOut('acme');
  return {
    none: [], 'no token': ['pf-acme=x'], empty: ['pf-acme='], forged: [`pf-acme=${flip(token, 40)}`],
    'of a session that ended': [`pf-acme=${dead}`],
    'of a session that never was': [`pf-acme=${mint({ sid: 'A'.repeat(43) })}`],
    'of another version': [`pf-acme=${mint({ version: 99 })}`],
    'of an older version': [`pf-acme=${mint({ version: 0 })}`],
    'of nobody': [`pf-acme=${mint({ user: 'usr_none', customer: 'cus_none' })}`],
    'of staff, that is none': [`pf-acme=${mint({ scope: 'staff' })}`],
    'of a contract': [`pf-acme=${mint({ scope: 'contract' })}`],
    'from the future': [`pf-acme=${mint({ iat: time(now() + 900), exp: time(now() + 1800) })}`],
    stale: [`pf-acme=${mint({ iat: time(now() - 2000), exp: time(now() - 1000) })}`],
    'stale, of one that ended': [`pf-acme=${stack.mint(assertion, { ...stack.inspect(assertion, dead),
      iat: time(now() - 2000), exp: time(now() - 1000) })}`],
    twice: [`pf-acme=${token}`, `pf-acme=${token}`],
    good: [`pf-acme=${token}`],
    'good, and a form\'s': [`pf-acme=${token}`, 'pforte-form=x'],
    'for a contract': [`pfc-acme=${token}`],
  };
}

async function everyWay(kinds, check) {
  for (const [kind, pairs] of Object.entries(kinds)) {
    for (const path of paths) {
      for (const [who, headers] of Object.entries(askers)) {
        const browser = stack.browser();
        pairs.forEach((pair, i) => {
          const [name, value] = pair.split('=');
          browser.jar.cookies.set(`${name};/;${i}`, { name, value, path: '/', secure: false });
        });
        check(await followed(browser, path, headers), `${kind}, ${path}, ${who}`, kind, path);
      }
    }
  }
}

test('X12: no redirect loop, whatever cookie, page and asker', own, async () => {
  await everyWay(await cookies(), (answer, what, kind, path) => {
    assert.ok(answer.status < 500 || /stale/.test(kind), `${what}: ${answer.status}`);
    if (kind === 'good' && path.startsWith('/acme/staff/')) {
      assert.equal(answer.status, 403, what);
    }
    if (kind === 'good' && path === '/acme/own/page.html') {
      assert.equal(answer.status, 200, what);
    }
  });
});

test('X12: no redirect loop while the application is away', own, async () => {
  const kinds = await cookies();
  const some = Object.fromEntries(Object.entries(kinds)
    .filter(([kind]) => /none|stale$|ended|twice|^good$/.test(kind)));
  const sockets = ['pages.sock', 'passwords.sock'].map((name) => join(stack.state, 'run', name));
  for (const path of sockets) {
    renameSync(path, `${path}.away`);
    writeFileSync(path, '');
  }
  try {
    await everyWay(some, (answer, what) => assert.ok([200, 400, 401, 403, 404, 503].includes(answer.status),
      `${what}: ${answer.status}`));
  } finally {
    sockets.forEach((path) => renameSync(`${path}.away`, path));
  }
});

test('a way to the form keeps port, query and language', own, async () => {
  const browser = stack.browser();
  const user = stack.user('bruno');
  const page = await browser.go('/acme/invoices?language=fr&status=open');
  assert.equal(page.lang, 'fr');
  assert.equal(new URL(page.url).port, new URL(stack.base).port);
  const answer = await browser.submit(page, { username: user.username, password: user.password },
    { action: /\/login$/ });
  assert.equal(answer.location, '/acme/invoices?language=fr&status=open');
  const there = await browser.follow(answer);
  assert.equal(there.status, 200);
  assert.equal(there.lang, 'fr');
});

// ---- a second nginx, with a zone of its own, before the same application ----

async function secondNginx() {
  const port = await freePort();
  const dir = mkdtempSync(join(scratch, 'host-'));
  mkdirSync(join(dir, 'tmp'));
  const conf = readFileSync(join(stack.state, 'nginx.conf'), 'utf8')
    .replaceAll(new URL(stack.base).host, `127.0.0.1:${port}`)
    .replaceAll(`${stack.state}/run/nginx.pid`, `${dir}/nginx.pid`)
    .replaceAll(`${stack.state}/log/`, `${dir}/`).replaceAll(`${stack.state}/tmp/`, `${dir}/tmp/`)
    .replaceAll(`${stack.state}/control.sock`, `${dir}/control.sock`);
  writeFileSync(join(dir, 'nginx.conf'), conf);
  const base = `http://127.0.0.1:${port}`;
  let child;
  const host = {
    base, dir,
    async start() {
      child = spawn('nginx', ['-c', join(dir, 'nginx.conf'), '-e', join(dir, 'nginx.log')],
        { env: environment(), stdio: 'inherit' });
      await until('the second nginx', () => send(`${base}/healthz`).then(() => true, () => false));
    },
    async stop() {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
    },
  };
  await host.start();
  after(() => host.stop());
  return host;
}

test('F13, X12: a link is used once: at two hosts, and after nginx forgot everything', own, async () => {
  const acme = stack.tenant('acme');
  const other = await secondNginx();
  const at = (base, path) => send(base + path);
  const link = await linkFor(acme, 'anna');
  assert.equal((await at(other.base, link)).status, 303);
  assert.equal((await at(stack.base, link)).status, 410);
  assert.equal((await at(other.base, link)).status, 410);
  await other.stop();
  await other.start();
  assert.equal((await at(other.base, link)).status, 410);
  // all at once, at both
  const token = await tokenFor(acme, 'anna');
  const answers = await Promise.all(Array.from({ length: 16 }, (_, i) =>
    at(i % 2 ? stack.base : other.base, handoff(acme, token))));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, ...Array(15).fill(410)]);
});

test('X12: a session is one at both hosts: in at one, in at the other; out at one, out at the other',
  own, async () => {
    const other = await secondNginx();
    const browser = await stack.signedIn('acme', 'anna');
    const there = new Browser(other.base);
    there.jar = browser.jar;
    assert.equal((await there.get('/acme/invoices')).status, 200);
    const copy = browser.jar.get('pf-acme');
    await browser.signOut('acme');
    there.jar.set('pf-acme', copy);
    assert.equal((await there.get('/acme/invoices')).status, 303);
  });
