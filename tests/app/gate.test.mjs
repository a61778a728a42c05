// What passes between nginx and the application: nothing a client can forge.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { forms, visible } from '../lib/client.mjs';
import { merchantPlace } from '../lib/place.mjs';
import { now } from '../lib/sso.mjs';
import { sleep, startStack } from '../lib/stack.mjs';

// A page of the merchant's own behind the gate, which never reaches the
// application.
const { extra } = merchantPlace((dir) => `
location ^~ /acme/own/ {
    pforte required;
    alias ${dir}/;
}
location ^~ /acme/billing/ {
    pforte required;
    pforte_require group=billing;
    alias ${dir}/;
}
location ^~ /acme/staff/ {
    pforte required;
    pforte_require scope=staff;
    alias ${dir}/;
}
`);
const stack = await startStack({ extra });
const own = { skip: stack.skip };
const assertion = 'pforte:session:acme';
const text = (seconds) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

// The session's token as it would be after some time.
function aged(browser, seconds) {
  const claims = stack.inspect(assertion, browser.jar.get('pf-acme'));
  const iat = now() - seconds;
  return stack.mint(assertion, { ...claims, iat: text(iat), exp: text(iat + 900) });
}

// ---- what clients send ----

test('X12: headers of a client never become what nginx found', async () => {
  const victim = await stack.signedIn('acme', 'anna');
  const token = victim.jar.get('pf-acme');
  const values = {
    TENANT: 'acme', PREFIX: '/acme', LANGUAGE: 'fr', VERDICT: 'valid', TOKEN: token,
    USER: 'anna', CUSTOMER: 'K2000', SCOPE: 'portal', GROUPS: 'billing',
    SESSION_KEY: 'x', HANDOFF: 'x', DENIED: 'problem', STATUS: '200', REFUSED: 'stale',
  };
  for (const [name, value] of Object.entries(values)) {
    const dashes = name.replace('_', '-');
    for (const header of [`PFORTE_${name}`, `PFORTE-${dashes}`, `Pforte-${dashes}`,
      `HTTP_PFORTE_${name}`, `X-Pforte-${dashes}`]) {
      const headers = { [header]: value };
      const answer = await stack.get('/acme/', { headers });
      assert.equal(answer.status, 303, header);
      const login = await stack.get('/acme/login', { headers });
      assert.equal(login.status, 200, header);
      assert.equal(login.lang, 'de', header);
      assert.doesNotMatch(login.text, /K2000/, header);
      const bruno = await (await stack.signedIn('acme', 'bruno')).get('/acme/', { headers });
      assert.match(visible(bruno.text), /K2002/, header);
      assert.equal(bruno.lang, 'de', header);
    }
  }
});

test('X12: nor do arguments, fields and cookies of those names', async () => {
  const victim = await stack.signedIn('acme', 'anna');
  const token = victim.jar.get('pf-acme');
  const answer = await stack.get(`/acme/?PFORTE_TOKEN=${token}&PFORTE_USER=anna`,
    { headers: { Cookie: `PFORTE_TOKEN=${token}; pf-ACME=${token}; __Host-pf-acme=${token}` } });
  assert.equal(answer.status, 303);
  assert.equal((await stack.get('/acme/',
    { headers: { Authorization: `Bearer ${token}` } })).status, 303);
});

test('X12: the internal locations are not there for clients', async () => {
  const browser = await stack.signedIn('acme', 'anna');
  for (const path of ['/_pforte/session', '/_pforte/error', '/acme/_pforte/session', '/_pforte/',
    '/%5fpforte/session', '//_pforte/session', '/_pforte/unavailable.html', '/acme/_pforte/error']) {
    for (const method of ['GET', 'POST', 'HEAD']) {
      const answer = await browser.send(path, { method });
      assert.ok([404, 405].includes(answer.status), `${method} ${path}: ${answer.status}`);
      assert.equal(answer.headers['x-pforte-token'], undefined);
    }
  }
});

test('X12: no answer shows what only nginx and the application should know', async () => {
  const browser = await stack.signedIn('acme', 'anna');
  for (const path of ['/acme/', '/acme/invoices', '/acme/none', '/acme/login']) {
    const { headers } = await browser.get(path);
    const names = Object.keys(headers).filter((name) => /pforte|powered|accel/.test(name));
    assert.deepEqual(names, [], path);
  }
});

// ---- bad cookies ----

test('X12: a cookie that is no token of ours is nobody\'s', async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const good = browser.jar.get('pf-acme');
  const bad = ['x', 'v4.local.', 'v4.local.AAAA', `${good}x`, good.slice(0, -1),
    good.replace('v4.local', 'v4.public'), good.replace('v4.local', 'v3.local'),
    good.slice(0, 60) + (good[60] === 'A' ? 'B' : 'A') + good.slice(61),
    good.split('.').slice(0, 3).join('.'), 'A'.repeat(6000)];
  for (const value of bad) {
    const answer = await stack.get('/acme/', { headers: { Cookie: `pf-acme=${value}` } });
    assert.equal(answer.status, 303, value.slice(0, 30));
  }
});

test('X12: a genuine token of a session that never was is nobody\'s', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const claims = stack.inspect(assertion, browser.jar.get('pf-acme'));
  const sid = Buffer.alloc(32, 7).toString('base64url');
  const status = async (more) => (await stack.get('/acme/', { headers: {
    Cookie: `pf-acme=${stack.mint(assertion, { ...claims, ...more })}` } })).status;
  assert.equal(await status({}), 200);
  assert.equal(await status({ sid }), 303);
  for (const more of [{ sid: 7 }, { sid: undefined }, { sid: 'x'.repeat(100) }, { exp: 'soon' },
    { exp: undefined }, { scope: '' }, { user: 'a\nb' }]) {
    assert.equal(await status(more), 303, JSON.stringify(more));
  }
});

// ---- renewal ----

test('a stale token of a living session is replaced, and the page is answered', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  browser.jar.set('pf-acme', aged(browser, 1000));
  const answer = await browser.get('/acme/invoices');
  assert.equal(answer.status, 200);
  const cookies = answer.cookies.filter(({ name }) => name === 'pf-acme');
  assert.equal(cookies.length, 1);
  assert.match(cookies[0].line, /^pf-acme=v4\.local\.[\w.-]+; Path=\/; HttpOnly; SameSite=Lax$/);
  const claims = stack.inspect(assertion, cookies[0].value);
  assert.ok(Date.parse(claims.exp) / 1000 > now() + 800);
  assert.deepEqual((await browser.get('/acme/invoices')).cookies, []);
});

test('past half of its life a token is replaced, before that not', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  for (const [age, renewed] of [[300, 0], [440, 0], [460, 1], [890, 1]]) {
    const Cookie = `pf-acme=${aged(browser, age)}`;
    const answer = await stack.get('/acme/', { headers: { Cookie } });
    assert.equal(answer.status, 200);
    assert.equal(answer.cookies.length, renewed, `after ${age} s`);
  }
});

test('a POST with a stale token is not lost', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const page = await browser.get('/acme/');
  browser.jar.set('pf-acme', aged(browser, 5000));
  const answer = await browser.submit(page, {}, { action: /logout$/ });
  assert.equal(answer.status, 303);
  assert.equal(answer.location, '/acme/login?signed-out=1');
  assert.equal(answer.cookies.length, 1, 'the end is not undone by a renewal');
  assert.equal(answer.cookies[0].attributes['max-age'], '0');
});

test('a stale token of an ended session is refused', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const token = aged(browser, 1000);
  const half = aged(browser, 600);
  await browser.signOut('acme');
  for (const value of [token, half]) {
    const answer = await stack.get('/acme/', { headers: { Cookie: `pf-acme=${value}` } });
    assert.equal(answer.status, 303);
    assert.equal(answer.cookie('pf-acme')?.value ?? '', '');
  }
});

test('no renewal outlives the end that it met on its way', own, async () => {
  const seen = { renewed: 0, refused: 0 };
  const both = () => seen.renewed > 0 && seen.refused > 0;
  for (let round = 0; round < 8 || (round < 40 && !both()); round++) {
    const browser = await stack.signedIn('acme', 'anna');
    const stale = aged(browser, 1000);
    const ask = (path, token) => stack.get(path, { headers: { Cookie: `pf-acme=${token}` } });
    const paths = ['/acme/', '/acme/own/page.html'];
    const asked = Array.from({ length: 12 }, (_, i) =>
      sleep((3 + round) * i).then(() => ask(paths[i % 2], stale))); // longer where ending takes longer
    await sleep(2 * round);
    await browser.signOut('acme');
    for (const answer of await Promise.all(asked)) {
      assert.ok([200, 303].includes(answer.status), String(answer.status));
      const fresh = answer.cookie('pf-acme')?.value;
      seen[fresh ? 'renewed' : 'refused']++;
      for (const path of fresh ? paths : []) {
        assert.equal((await ask(path, fresh)).status, 303, path);
      }
    }
  }
  assert.ok(both(), JSON.stringify(seen));
});

const sessions = () => stack.sql('SELECT id FROM session');

test('a session that idled out or reached its limit is over', own, async () => {
  for (const change of [`last_seen = ${now() - 1900}`, `expires = ${now() - 1}`]) {
    const known = sessions().map(({ id }) => id);
    const browser = await stack.signedIn('acme', 'anna');
    const [{ id }] = sessions().filter((one) => !known.includes(one.id));
    stack.sql(`UPDATE session SET ${change} WHERE id = '${id}'`);
    assert.equal((await browser.get('/acme/')).status, 303, change);
  }
});

test('a location that never reaches the application stays signed in', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const fresh = await browser.get('/acme/own/page.html');
  assert.equal(fresh.status, 200);
  assert.match(fresh.text, /a page of the merchant/);
  assert.deepEqual(fresh.cookies, []);
  browser.jar.set('pf-acme', aged(browser, 1000));
  const renewed = await browser.get('/acme/own/page.html');
  assert.equal(renewed.status, 200);
  assert.equal(renewed.cookies.length, 1);
  assert.deepEqual((await browser.get('/acme/own/page.html')).cookies, []);
  const stranger = await stack.get('/acme/own/page.html');
  assert.equal(stranger.status, 303);
  assert.match(stranger.location, /^\/acme\/login\?next=/);
});

test('X12: who signs out, or is blocked, is out of such locations at once', own, async () => {
  const leaves = [
    async (browser, page) => (await browser.post('/acme/logout', forms(page.text)[0].hidden)).status,
    async () => (await stack.api('acme', 'POST', '/user-logins/bruno/block', {})).status,
  ];
  for (const [leave, username, status] of [[leaves[0], 'anna', 303], [leaves[1], 'bruno', 200]]) {
    const browser = await stack.signedIn('acme', username);
    const page = await browser.get('/acme/');
    const headers = { Cookie: `pf-acme=${browser.jar.get('pf-acme')}` };
    const file = () => stack.get('/acme/own/page.html', { headers });
    for (let i = 0; i < 6; i++) {
      assert.equal((await file()).status, 200, username);
    }
    assert.equal(await leave(browser, page), status, username);
    for (let i = 0; i < 6; i++) {
      assert.equal((await file()).status, 303, username);
    }
  }
  assert.equal((await stack.api('acme', 'POST', '/user-logins/bruno/activate', {})).status, 200);
});

test('F10, F20, F22: another password, a sign-out by the merchant and the end of a login do the same', own, async () => {
  const username = `gate-${process.pid}`;
  assert.equal((await stack.api('acme', 'POST', '/user-logins', { customer: 'K2002', email: 'g@x.example',
    username, send_mail: false })).status, 201);
  const path = `/user-logins/${username}`;
  const leaves = [['PUT', '/password', { password: 'seven-blue-tulips-in-rain', send_mail: false }],
    ['DELETE', '/sessions'], ['DELETE', '?send_mail=false']];
  for (const [method, leaf, body] of leaves) {
    const browser = await stack.signedIn('acme', username);
    const headers = { Cookie: `pf-acme=${browser.jar.get('pf-acme')}` };
    const file = () => stack.get('/acme/own/page.html', { headers });
    for (let i = 0; i < 6; i++) {
      assert.equal((await file()).status, 200, leaf);
    }
    assert.ok((await stack.api('acme', method, path + leaf, body)).status < 300, leaf);
    for (let i = 0; i < 6; i++) {
      assert.equal((await file()).status, 303, leaf);
    }
  }
});

test('F14: a block ends the sessions at every tenant of the pool, and they stay ended', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const [{ id }] = stack.sql("SELECT id FROM users WHERE username = 'anna'");
  stack.sql(`INSERT INTO session (tenant, id, pool, user_id, membership, customer, contract, scope,
    method, version, created, last_seen, expires, ended, user_agent, remote_addr, link) SELECT 'globex', 'elsewhere', pool, user_id, membership, customer,
    contract, scope, method, version, created, last_seen, expires, 0, user_agent, remote_addr, link
    FROM session WHERE user_id = '${id}' AND ended = 0 LIMIT 1`);
  assert.equal((await stack.api('acme', 'POST', '/user-logins/anna/block', {})).status, 200);
  assert.equal((await stack.api('acme', 'POST', '/user-logins/anna/activate', {})).status, 200);
  assert.equal((await browser.get('/acme/')).status, 303);
  assert.deepEqual(stack.sql(`SELECT id FROM session WHERE user_id = '${id}' AND ended = 0`), []);
});

test('a database that somebody holds does not hold up pages', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  assert.equal((await browser.get('/acme/')).status, 200);
  stack.sql(`UPDATE session SET last_seen = ${now() - 120} WHERE ended = 0`);
  const lock = await stack.lock();
  try {
    for (let i = 0; i < 4; i++) {
      const began = Date.now();
      assert.equal((await browser.get('/acme/invoices')).status, 200);
      assert.ok(Date.now() - began < 2800, 'less than a lock is waited for');
    }
  } finally {
    await lock.release();
  }
});

test('coarse rules at the edge: group and scope', own, async () => {
  const anna = await stack.signedIn('acme', 'anna');
  assert.equal((await anna.get('/acme/billing/page.html')).status, 200);
  const staff = await anna.get('/acme/staff/page.html');
  assert.equal(staff.status, 403);
  assert.equal(staff.type, 'text/html');
  assert.doesNotMatch(staff.text, /a page of the merchant/);
  const problem = await anna.get('/acme/staff/page.html', { headers: { Accept: 'application/json' } });
  assert.equal(problem.status, 403);
  assert.equal(problem.type, 'application/problem+json');
});

test('X6: a right that went with its giver is gone at the edge, too, at once', own, async () => {
  const post = async (path, body) => {
    const answer = await stack.api('acme', 'POST', path, body);
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
  };
  const names = { first_name: 'Dora', last_name: 'Vogt' };
  const address = (who) => `${who}-${process.pid}@gate.example`;
  const { number } = await post('/customers', { company_name: 'Konto GmbH', email: address('konto') });
  const path = `/customers/${number}/members`;
  for (const [i, ends] of ['deactivated', 'changed', 'deleted'].entries()) {
    const giver = await post(path, { email: address(`giver-${i}`), ...names, preset: 'administrator' });
    const browser = await stack.signedIn('acme', giver.user);
    const form = await browser.get('/acme/contacts/new');
    const email = address(`clerk-${i}`);
    const added = await browser.submit(form, { email, ...names, 'billing.invoices.view': 'on' }, { action: /new$/ });
    assert.equal(added.status, 303, added.text);
    const clerk = await stack.signedIn('acme', email);
    const file = async (who) => (await who.get('/acme/billing/page.html')).status;
    for (let i = 0; i < 6; i++) {
      assert.deepEqual([await file(browser), await file(clerk)], [200, 200]);
    }
    if (ends === 'changed') {
      const { headers } = await stack.api('acme', 'GET', `${path}/${giver.id}`);
      const answer = await stack.api('acme', 'PATCH', `${path}/${giver.id}`,
        { permissions: ['security.members.change'] }, { 'If-Match': headers.etag });
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual([await file(browser), await file(clerk)], [403, 403]);
    } else if (ends === 'deleted') {
      assert.equal((await stack.api('acme', 'DELETE', `/user-logins/${giver.user}?send_mail=false`)).status, 204);
      assert.deepEqual([await file(browser), await file(clerk)], [303, 403]);
    } else {
      const answer = await stack.api('acme', 'POST', `${path}/${giver.id}/deactivate`);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual([await file(browser), await file(clerk)], [303, 200], 'what they gave goes on');
    }
  }
});

test('F18: a first password opens nothing at the edge either that is for people with an account', own, async () => {
  const username = `first-${process.pid}`, password = 'copper-window-orchard-8';
  assert.equal((await stack.api('acme', 'POST', '/user-logins', { customer: 'K2002', email: 'f@x.example',
    username, password, send_mail: false })).status, 201);
  const browser = stack.browser();
  assert.equal((await browser.signIn('acme', username, password)).status, 303);
  const file = async () => (await browser.get('/acme/billing/page.html')).status;
  const token = () => stack.inspect(assertion, browser.jar.get('pf-acme'));
  assert.equal(await file(), 403);
  assert.deepEqual([token().scope, token().customer, token().groups], ['choice', '', []]);
  const page = await browser.go('/acme/');
  const done = await browser.submit(page, { new_password: 'seven-blue-tulips-in-rain' }, { action: /first$/ });
  assert.equal(done.status, 303, done.text);
  assert.equal(await file(), 200);
  assert.deepEqual([token().scope, token().customer], ['portal', 'K2002']);
});

// ---- keys ----

// Before the ring turns: a worker that has not read a new key yet cannot learn it from a broken file.
test('a key ring that cannot be read changes nothing', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const file = join(stack.state, 'keyring');
  const good = readFileSync(file);
  try {
    writeFileSync(file, 'this is no key\n');
    await sleep(1100);
    assert.equal((await browser.get('/acme/')).status, 200);
    const other = await stack.signedIn('acme', 'bruno');
    assert.equal((await other.get('/acme/')).status, 200);
  } finally {
    writeFileSync(file, good);
  }
});

test('new keys in the ring: who is signed in stays so, and old links work', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const page = await browser.get('/acme/');
  const { session_token } = (await stack.api('acme', 'POST',
    '/user-logins/anna/session-token')).json;
  const login = stack.browser();
  const form = await login.get('/acme/login');
  const lines = () => readFileSync(join(stack.state, 'keyring'), 'utf8').split('\n')
    .filter((line) => line.startsWith('k4.local.'));
  const before = lines();
  for (let turn = 0; turn < 3; turn++) {
    stack.pforte('key', 'rotate');
    assert.equal((await browser.get('/acme/')).status, 200);
    const other = await stack.signedIn('acme', 'bruno');
    assert.equal((await other.get('/acme/')).status, 200);
  }
  assert.equal(lines().length, before.length + 3);
  assert.ok(!before.includes(lines()[0]), 'the new key seals');
  await sleep(1100);
  assert.equal((await browser.get('/acme/')).status, 200);
  assert.equal((await stack.get(`/acme/sso?token=${session_token}`)).status, 303);
  const { username, password } = stack.user('anna');
  assert.equal((await login.submit(form, { username, password })).status, 303, 'an open form');
  const signedOut = await browser.post('/acme/logout', forms(page.text)[0].hidden);
  assert.equal(signedOut.status, 303, 'an open page');
});

test('nginx hears of the end of a session when that is true, not when it is undone', own, async () => {
  const staff = await stack.office('acme');
  const page = async () => (await staff.get('/acme/staff/page.html')).status;
  assert.equal(await page(), 200);
  const { csrf, form_id } = forms((await staff.get('/acme/admin')).text)[0].hidden;
  const mend = stack.breakUpdates('form_use');
  try {
    assert.equal((await staff.post('/acme/admin/logout', { csrf, form_id })).status, 503);
  } finally {
    mend();
  }
  assert.equal(await page(), 200);
  assert.equal((await staff.post('/acme/admin/logout', { csrf, form_id })).status, 303);
  assert.notEqual(await page(), 200);
});
