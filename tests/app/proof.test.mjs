// What changes keys, secrets and rights asks staff once more who they are, and
// loses nothing of what they typed.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { forms, unescapeHtml, visible } from '../lib/client.mjs';
import { filled, furnish, routes } from '../lib/routes.mjs';
import { sleep, startStack } from '../lib/stack.mjs';
import { totp } from '../lib/totp.mjs';

const dir = mkdtempSync(join(tmpdir(), 'pforte-proof-'));
const options = join(dir, 'options');
after(() => rmSync(dir, { recursive: true, force: true }));
writeFileSync(options, 'password_workers = 2\n'); // so that two may prove it at once
const stack = await startStack({ options });
const own = { skip: stack.skip };
const things = await furnish(stack);
const asks = routes.filter(({ proven }) => proven);

// As if so many seconds had passed since anybody proved anything.
const age = (seconds = 601) =>
  stack.sql(`UPDATE session SET proven = proven - ${seconds} WHERE scope = 'staff' AND proven > 0`);

const count = (table, where = '1 = 1') =>
  stack.sql(`SELECT COUNT(*) AS n FROM ${table} WHERE ${where}`)[0].n;
const keysNamed = (name) => count('api_key', `name = '${name}'`);

// A form of a new key, opened in time and sent too late.
async function lateKey(browser, name, more = {}) {
  stack.sql("UPDATE session SET proven = last_seen WHERE scope = 'staff'");
  const page = await browser.get('/acme/admin/api-keys/new');
  assert.equal(page.status, 200);
  age();
  return browser.submit(page, { name, 'customers:read': 'on', ...more }, { action: /api-keys$/ });
}

const confirm = (browser, page, fields) => browser.submit(page, fields, { action: /admin\/confirm$/ });

const isQuestion = (answer, what) => {
  assert.equal(answer.status, 403, `${what}: ${answer.text.slice(0, 300)}`);
  const form = forms(answer.text).find(({ action }) => /admin\/confirm$/.test(action));
  assert.ok(form, `${what} asks`);
  return form;
};

test('whoever signed in a while ago is asked before a form, and then gets there', own, async () => {
  const browser = await stack.office('acme', 'owner');
  assert.equal((await browser.get('/acme/admin/api-keys/new')).status, 200, 'signing in is a proof');
  age(590);
  assert.equal((await browser.get('/acme/admin/api-keys/new')).status, 200, 'for ten minutes');
  age(11);
  const sent = await browser.get('/acme/admin/api-keys/new');
  assert.equal(sent.status, 303);
  assert.equal(sent.location, '/acme/admin/confirm?next=%2Fadmin%2Fapi-keys%2Fnew');
  assert.equal((await browser.get('/acme/admin/api-keys')).status, 200, 'to look at them needs none');
  const page = await browser.get(sent.location);
  assert.match(page.text, /type="password"[^>]*autocomplete="current-password"/);
  assert.doesNotMatch(page.text, /one-time-code/, 'nobody is asked for a code that they do not have');
  const done = await confirm(browser, page, { password: stack.staff('acme', 'owner').password });
  assert.equal(done.status, 303);
  assert.equal(done.location, '/acme/admin/api-keys/new');
  assert.equal((await browser.get(done.location)).status, 200);
  for (const next of ['https://evil.example/', '//evil.example', '/invoices', '/adminx/..']) {
    age();
    const odd = await browser.get(`/acme/admin/confirm?next=${encodeURIComponent(next)}`);
    const led = await confirm(browser, odd, { password: stack.staff('acme', 'owner').password });
    assert.match(led.location, /^\/acme\/admin/, next);
  }
});

test('a form that comes too late has no effect, loses nothing, and is done when it is proved', own, async () => {
  const browser = await stack.office('acme', 'owner');
  const { password } = stack.staff('acme', 'owner');
  const name = 'Läden & "Söhne" <b>+%26=1</b> €😀';
  const late = await lateKey(browser, name, { networks: '192.0.2.0/24\r\n2001:db8::/32' });
  const question = isQuestion(late, 'the late form');
  assert.equal(count('api_key', "networks LIKE '192.0.2.0/24%'"), 0);
  assert.match(late.headers['cache-control'], /no-store/);

  const trail = count('audit', "action = 'staff.refused' AND detail = 'confirmation'");
  const wrong = await confirm(browser, late, { password: 'wrong-wrong-wrong' });
  assert.equal(wrong.status, 422);
  assert.doesNotMatch(wrong.text, /wrong-wrong/);
  assert.equal(count('audit', "action = 'staff.refused' AND detail = 'confirmation'"), trail + 1);
  const empty = await confirm(browser, wrong, { password: '' });
  assert.equal(empty.status, 422);
  assert.equal(count('api_key', "networks LIKE '192.0.2.0/24%'"), 0);
  const carried = forms(empty.text).find(({ action }) => /confirm$/.test(action)).hidden;
  assert.equal(carried.carried, question.hidden.carried, 'two failures later it is all there');

  const done = await confirm(browser, empty, { password });
  assert.equal(done.status, 200, done.text);
  assert.match(done.text, /pf_live_/);
  const [row] = stack.sql("SELECT name, networks FROM api_key WHERE networks LIKE '192.0.2.0/24%'");
  assert.deepEqual(row, { name, networks: '192.0.2.0/24 2001:db8::/32' });
  assert.equal(count('audit', "action = 'session.proven'") > 0, true);

  const again = await confirm(browser, empty, { password });
  assert.equal(again.status, 303, 'sent twice it has one effect');
  assert.equal(again.location, '/acme/admin/api-keys');
  assert.equal(count('api_key', "networks LIKE '192.0.2.0/24%'"), 1);
});

test('what was wrong with a form that waited is told after the proof', own, async () => {
  const browser = await stack.office('acme', 'owner');
  const late = await lateKey(browser, 'no network', { networks: 'everywhere' });
  isQuestion(late, 'a form with a mistake');
  const told = await confirm(browser, late, { password: stack.staff('acme', 'owner').password });
  assert.equal(told.status, 422);
  const form = forms(told.text).find(({ action }) => /api-keys$/.test(action));
  assert.match(form.body, /value="no network"/);
  assert.match(form.body, /everywhere/);
  const { hidden } = form;
  const done = await browser.post('/acme/admin/api-keys', { ...hidden, name: 'no network', 'customers:read': 'on' });
  assert.equal(done.status, 200, 'its id was not used up');
  assert.equal(keysNamed('no network'), 1);
});

test('every change of keys, secrets and rights asks', own, async () => {
  const browser = await stack.office('acme', 'operator');
  const { csrf, form_id } = forms((await browser.get('/acme/admin')).text)[0].hidden;
  age();
  const state = () => ['api_key', 'sso_key', 'jwks', 'callback_endpoint', 'staff', 'tenant', 'audit', 'form_use']
    .map((table) => [table, count(table)]);
  const before = state();
  for (const route of asks.filter(({ method }) => method === 'POST')) {
    const answer = await browser.post(`/acme${filled(route, things)}`, { csrf, form_id, some: 'thing' });
    const { hidden } = isQuestion(answer, route.name);
    assert.equal(hidden.to, unescapeHtml(filled(route, things)));
    assert.match(hidden.carried, /some=thing/);
  }
  for (const route of asks.filter(({ method }) => method === 'GET')) {
    assert.match((await browser.get(`/acme${filled(route, things)}`)).location, /confirm\?next=/, route.name);
  }
  assert.deepEqual(state(), before);
  // and these rights have no other way to a change
  for (const { name, right } of routes.filter(({ method, door, proven }) =>
    method === 'POST' && door === 'office' && !proven)) {
    assert.ok(!['keys.change', 'staff.change', 'tenants.create'].includes(right), `${name} does not ask`);
  }
});

test('who may not change them is not asked, and no stranger is', own, async () => {
  const rita = await stack.office('acme', 'read_only');
  const { csrf, form_id } = forms((await rita.get('/acme/admin')).text)[0].hidden;
  age();
  const refused = await rita.post('/acme/admin/api-keys', { csrf, form_id, name: 'x' });
  assert.equal(refused.status, 403);
  assert.doesNotMatch(refused.text, /admin\/confirm/);
  for (const browser of [stack.browser(), await stack.signedIn('acme', 'anna')]) {
    assert.match((await browser.get('/acme/admin/confirm')).location, /\/admin\/login/);
    assert.match((await browser.post('/acme/admin/confirm', { password: 'x' })).location, /\/admin\/login/);
  }
});

test('a confirmation carries only forms that wait for one, and is no way around their tokens', own, async () => {
  const browser = await stack.office('acme', 'operator');
  const { password } = stack.staff('acme', 'operator');
  const home = await browser.get('/acme/admin');
  const { csrf, form_id } = forms(home.text)[0].hidden;
  const send = (fields, headers = {}) => browser.post('/acme/admin/confirm', { csrf, password, ...fields }, { headers });
  const body = (more) => new URLSearchParams({ csrf, form_id, name: 'forged', 'customers:read': 'on', ...more }).toString();
  const key = { to: '/admin/api-keys', carried: body({}) };

  assert.equal((await send({ ...key, csrf: 'x' })).status, 403, 'no token of its own');
  assert.equal((await send(key, { 'Sec-Fetch-Site': 'cross-site' })).status, 403);
  assert.equal((await send({ ...key, carried: body({ csrf: 'x' }) })).status, 403, 'none of the form');
  assert.equal((await send({ ...key, carried: body({ form_id: 'x' }) })).status, 403, 'no id');
  assert.equal((await send({ ...key, carried: `${body({})}&name=twice` })).status, 400);
  assert.equal((await send({ ...key, carried: `${body({})}&x=${'y'.repeat(9000)}` })).status, 413,
    'the limit of the form holds');
  for (const to of ['/admin/logins/anna/block', '/admin/logout', '/logout', '/admin/confirm', '/admin/login',
    '/api/v1/api-keys', 'https://evil.example/admin/api-keys', '//admin/api-keys', '', '/admin/api-keys/new']) {
    const answer = await send({ to, carried: body({}) });
    assert.equal(answer.status, 400, to);
    assert.match(answer.headers['content-security-policy'], /base-uri 'none'; frame-ancestors 'none'/, `a page of the office: ${to}`);
  }
  assert.equal((await send({ to: undefined, carried: body({}) })).status, 400);
  assert.equal(keysNamed('forged'), 0);
  const stacked = new URLSearchParams({ csrf, password, ...key }).toString();
  assert.equal((await send({ to: '/admin/confirm', carried: stacked })).status, 400, 'none inside another');
  assert.equal(keysNamed('forged'), 0);
  assert.equal((await browser.get('/acme/admin')).status, 200, 'nobody was signed out');
});

test('guessing at the question costs the same time as at the sign-in, and counts together with it', own, async () => {
  const browser = await stack.office('acme', 'administrator');
  const { username, password } = stack.staff('acme', 'administrator');
  const page = await lateKey(browser, 'guessed');
  for (let i = 0; i < 3; i++) {
    assert.equal((await confirm(browser, page, { password: `wrong-wrong-${i}` })).status, 422);
  }
  const other = stack.browser();
  for (let i = 0; i < 2; i++) {
    await other.submit(await other.get('/acme/admin/login'), { username, password: 'wrong-wrong-wrong' },
      { action: /login$/ });
  }
  const [{ failures, retry_at }] = stack.sql(`SELECT failures, retry_at FROM staff s
    JOIN users u ON u.id = s.user_id WHERE u.username = '${username}' AND s.tenant = 'acme'`);
  assert.equal(failures, 5);
  assert.ok(retry_at > Date.now() / 1000, 'a pause began');
  assert.equal((await confirm(browser, page, { password })).status, 422, 'within the pause');
  assert.equal(keysNamed('guessed'), 0);
  await sleep(2500);
  const before = stack.sql(`SELECT s.last_sign_in FROM staff s JOIN users u ON u.id = s.user_id
    WHERE u.username = '${username}' AND s.tenant = 'acme'`);
  assert.equal((await confirm(browser, page, { password })).status, 200, 'after it');
  assert.equal(keysNamed('guessed'), 1);
  const [{ n }] = stack.sql(`SELECT failures AS n FROM staff s JOIN users u ON u.id = s.user_id
    WHERE u.username = '${username}' AND s.tenant = 'acme'`);
  assert.equal(n, 0);
  assert.deepEqual(stack.sql(`SELECT s.last_sign_in FROM staff s JOIN users u ON u.id = s.user_id
    WHERE u.username = '${username}' AND s.tenant = 'acme'`), before, 'it is no sign-in');
  const log = stack.log('app.log') + stack.log('access.log');
  assert.ok(!log.includes(password) && !/wrong-wrong/.test(log), 'no password in a log');
});

test('with a second factor the code is asked for as well, each once', own, async () => {
  const browser = await stack.office('acme', 'owner');
  const { username, password } = stack.staff('acme', 'owner');
  await browser.submit(await browser.get('/acme/admin/security'), {}, { action: /security$/ });
  const waiting = await browser.get('/acme/admin/security');
  const secret = new URL(unescapeHtml(waiting.text.match(/otpauth:[^"<]+/)[0])).searchParams.get('secret');
  const now = Date.now() / 1000;
  const confirmed = await browser.submit(waiting, { code: totp(secret, now) }, { action: /security\/confirm$/ });
  assert.equal(confirmed.status, 200);
  const [recovery] = [...confirmed.text.matchAll(/<li><code>([^<]+)/g)].map(([, code]) => code);
  try {
    const late = await lateKey(browser, 'with a code');
    assert.match(isQuestion(late, 'with a factor').body, /one-time-code/);
    assert.equal((await confirm(browser, late, { password })).status, 422, 'without');
    assert.equal((await confirm(browser, late, { password, code: totp(secret, now) })).status, 422, 'spent');
    const code = totp(secret, now + 30);
    assert.equal((await confirm(browser, late, { password: 'wrong-wrong-wrong', code })).status, 422);
    assert.equal((await confirm(browser, late, { password, code })).status, 200, 'a wrong password spends none');
    assert.equal(keysNamed('with a code'), 1);
    const next = await lateKey(browser, 'with a code again');
    assert.equal((await confirm(browser, next, { password, code })).status, 422, 'once');
    assert.equal((await confirm(browser, next, { password, code: recovery })).status, 200);
    assert.equal(keysNamed('with a code again'), 1);

    stack.sql(`UPDATE staff SET totp_step = 0 WHERE totp <> ''`);
    const twice = await lateKey(browser, 'sent twice at once');
    const answers = await Promise.all([1, 2].map(() =>
      confirm(browser, twice, { password, code: totp(secret) })));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 303], 'the code is spent, by the same person');
    assert.equal(keysNamed('sent twice at once'), 1);
  } finally {
    stack.sql(`UPDATE staff SET totp = '', failures = 0, retry_at = 0 WHERE tenant = 'acme' AND user_id IN
      (SELECT id FROM users WHERE username = '${username}')`);
  }
});

test('a secret that waits for its first code is shown to who has proved who they are', own, async () => {
  const browser = await stack.office('acme', 'support');
  await browser.submit(await browser.get('/acme/admin/security'), {}, { action: /security$/ });
  assert.match((await browser.get('/acme/admin/security')).text, /otpauth:/);
  age();
  const later = await browser.get('/acme/admin/security');
  assert.equal(later.status, 200);
  assert.doesNotMatch(later.text, /otpauth:|class="secret"/);
});

test('the proof is the session’s alone, and ends with a walk in a customer’s name', own, async () => {
  const one = await stack.office('acme', 'owner');
  age();
  const two = await stack.office('acme', 'owner');
  assert.equal((await two.get('/acme/admin/api-keys/new')).status, 200);
  assert.equal((await one.get('/acme/admin/api-keys/new')).status, 303);
  await two.submit(await two.get('/acme/admin/logins/anna/act'), { reason: 'a walk' }, { action: /act$/ });
  await two.submit(await two.get('/acme/'), {}, { action: /leave$/ });
  assert.equal((await two.get('/acme/admin')).status, 200);
  assert.equal((await two.get('/acme/admin/api-keys/new')).status, 303);
});

test('the question is asked in the language of the page', own, async () => {
  const browser = await stack.office('acme', 'owner');
  for (const [language, words] of [['de', /Bestätigen Sie/], ['en', /Confirm that it is you/], ['fr', /Confirmez/]]) {
    const page = await browser.get(`/acme/admin/confirm?language=${language}`);
    assert.equal(page.status, 200);
    assert.match(visible(page.text), words);
  }
});
