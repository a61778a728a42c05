// The back office: who gets in, and how far.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { forms, unescapeHtml, visible } from '../lib/client.mjs';
import { filled as pathOf, furnish, routes as all } from '../lib/routes.mjs';
import { linkFor } from '../lib/sso.mjs';
import { build, root, startStack } from '../lib/stack.mjs';
import { totp } from '../lib/totp.mjs';

const stack = await startStack();
const own = { skip: stack.skip };

const signIn = async (browser, fields, tenant = 'acme') =>
  browser.submit(await browser.get(`/${tenant}/admin/login`), fields, { action: /admin\/login$/ });

// Every route of the back office, and where each is.
const routes = all.filter(({ door }) => door === 'office');
const things = await furnish(stack);
// A sheet is of the style that it is asked for.
const filled = (route) => `${pathOf(route, things)}${route.path === '/admin/style-sample.css' ? '?style=title=%237a1f4b' : ''}`;

// The roles of tables/roles.def with their words.
const roles = Object.fromEntries([...readFileSync(join(root, 'fcgi_app/tables/roles.def'), 'utf8')
  .matchAll(/^ROLE\((\w+), "[^"]*",\s*((?:"[^"]*"\s*)+)\)/gm)]
  .map(([, name, words]) => [name, words.match(/[a-z_.*]+/g)]));

const allows = (role, right) => right === '-' || roles[role].some((word) =>
  word === right || (word.endsWith('*') && right.startsWith(word.slice(0, -1))));

const ask = (browser, { method, path }, form = {}) => method === 'GET' ? browser.get(path)
  : browser.post(path, form);

test('X10: nobody but staff sees a page of the back office', own, async () => {
  assert.ok(routes.length > 30, 'pforte routes lists the back office');
  const stranger = stack.browser();
  const anna = await stack.signedIn('acme', 'anna');
  for (const route of routes) {
    for (const browser of [stranger, anna]) {
      const answer = await ask(browser, { ...route, path: `/acme${filled(route)}` });
      assert.equal(answer.status, 303, `${route.method} ${route.path}`);
      assert.match(answer.location, /^\/acme\/admin\/login/, route.path);
    }
  }
  const program = await stack.get('/acme/admin/customers', { headers: { Accept: 'application/json' } });
  assert.equal(program.status, 401);
  assert.equal(program.type, 'application/problem+json');
});

test('X1: every route of the back office refuses each role without its permission', own, async () => {
  for (const role of Object.keys(roles)) {
    const browser = await stack.office('acme', role);
    const home = await browser.get('/acme/admin');
    const { csrf, form_id } = forms(home.text)[0].hidden;
    let refused = 0;
    for (const route of routes.filter((one) => !allows(role, one.right))) {
      const answer = await ask(browser, { ...route, path: `/acme${filled(route)}` }, { csrf, form_id });
      assert.equal(answer.status, 403, `${role}: ${route.method} ${route.path}`);
      refused++;
    }
    for (const route of routes.filter((one) => one.method === 'GET' && allows(role, one.right))) {
      const answer = await browser.get(`/acme${filled(route)}`);
      assert.equal(answer.status, 200, `${role}: ${route.path}: ${answer.text.slice(0, 400)}`);
    }
    assert.ok(refused > 0 || role === 'operator', role);
  }
});

test('X10: the menu has the groups a role may open, and beside a page what is in its group', own, async () => {
  const rows = [...readFileSync(join(root, 'fcgi_app/tables/office_areas.def'), 'utf8')
    .matchAll(/^OFFICE_AREA\("([^"]*)", "([^"]*)", "([^"]*)", "([^"]*)"\)/gm)]
    .map(([, path, right, label, group]) => ({ path, right, label, group }));
  assert.ok(rows.length > 10);
  const links = ({ text }, which) => [...(text.match(new RegExp(`<nav class="nav${which}"[^>]*>([\\s\\S]*?)</nav>`))?.[1] ?? '')
    .matchAll(/href="\/acme([^"]*)"( aria-current="(?:page|true)")?[^>]*>([^<]*)</g)]
    .map(([, path, current, label]) => ({ path, label, current: Boolean(current) }));
  for (const role of Object.keys(roles)) {
    const browser = await stack.office('acme', role);
    const open = rows.filter(({ right }) => allows(role, right));
    for (const { path, group } of open) {
      const page = await browser.get(`/acme${path}?language=en`);
      assert.equal(page.status, 200, `${role}: ${path}`);
      const first = open.filter((one, i) => open.findIndex((other) => other.group === one.group) === i);
      assert.deepEqual(links(page, ' width'), first.map((one) =>
        ({ path: one.path, label: one.group, current: one.group === group })), `${role}: ${path}`);
      const beside = open.filter((one) => one.group === group);
      assert.deepEqual(links(page, ' beside width'), beside.length === 1 ? [] : beside.map((one) =>
        ({ path: one.path, label: one.label, current: one.path === path })), `${role}: ${path}`);
    }
  }
});

test('X1: staff of another tenant find nothing of this one', own, async () => {
  const gina = await stack.office('globex');
  const cookie = `pf-acme=${gina.jar.get('pf-globex')}`;
  const secrets = /\bK200\d|Sommer|Keller|\bVT-\w{4}|\bRE2000\d|\b(?:anna|bruno)\b/;
  for (const route of routes.filter(({ method }) => method === 'GET')) {
    const stolen = await stack.get(`/acme${filled(route)}`, { headers: { Cookie: cookie } });
    assert.equal(stolen.status, 303, route.path);
    const beside = await gina.get(`/globex${filled(route)}`);
    assert.ok([200, 403, 404].includes(beside.status), `${route.path}: ${beside.status}`);
    // the address itself may name what was asked for
    const shown = beside.text.replaceAll(/(?:href|action)="[^"]*"/g, '');
    assert.doesNotMatch(visible(shown), secrets, route.path);
  }
  const home = await gina.get('/globex/admin');
  const { csrf, form_id } = forms(home.text)[0].hidden;
  const block = await gina.post('/globex/admin/logins/anna/block', { csrf, form_id });
  assert.equal(block.status, 404);
});

test('a customer’s password and SSO open no back office', own, async () => {
  const { username, password } = stack.user('anna');
  const browser = stack.browser();
  assert.equal((await signIn(browser, { username, password })).status, 422);
  await browser.get(await linkFor(stack.tenant('acme'), 'anna'));
  assert.equal((await browser.get('/acme/admin')).status, 303);
  const sso = await browser.get(await linkFor(stack.tenant('acme'), 'olga'));
  assert.notEqual(sso.status, 303, 'staff without an account have no portal');
});

test('staff sign in, see who they are, and sign out', own, async () => {
  const browser = stack.browser();
  const denied = await browser.get('/acme/admin/customers?number=K2000');
  const { username, password } = stack.staff('acme', 'support');
  const form = await browser.get(denied.location);
  const answer = await browser.submit(form, { username, password }, { action: /admin\/login$/ });
  assert.equal(answer.location, '/acme/admin/customers');
  const cookie = answer.cookie('pf-acme');
  assert.equal(cookie.attributes.httponly, true);
  assert.equal(cookie.attributes.samesite, 'Strict');
  const page = await browser.get('/acme/admin');
  assert.match(visible(page.text), /sam/);
  assert.match(page.headers['content-security-policy'], /frame-ancestors 'none'/);
  const out = await browser.submit(page, {}, { action: /admin\/logout$/ });
  assert.equal(out.status, 303);
  assert.equal((await browser.get('/acme/admin')).status, 303);
  browser.jar.set('pf-acme', cookie.value);
  assert.equal((await browser.get('/acme/admin')).status, 303, 'the old token is dead');
});

test('a link from another site meets one page of ours, which brings the cookie along, and no loop', own, async () => {
  const browser = await stack.office('acme', 'owner');
  const elsewhere = { headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Dest': 'document', Accept: 'text/html' } };
  const refused = await stack.get('/acme/admin/staff', elsewhere);
  assert.equal(refused.status, 303);
  const between = await stack.get(refused.location, elsewhere);
  assert.equal(between.status, 200);
  const url = unescapeHtml(between.text.match(/http-equiv="refresh" content="0; url=([^"]+)"/)[1]);
  assert.ok(between.text.includes(`href="${url.replaceAll('&', '&amp;')}"`), 'and a link for who has no refresh');
  assert.ok(!between.headers['set-cookie']);
  const there = await browser.get(url);
  assert.equal(there.status, 303);
  assert.equal(there.location, '/acme/admin/staff');
  for (const site of ['cross-site', 'same-origin']) {
    const form = await stack.get(url, { headers: { ...elsewhere.headers, 'Sec-Fetch-Site': site } });
    assert.match(form.text, /name="password"/, 'who is not signed in, signs in; whatever the browser says');
    assert.match(form.text, /name="next" value="\/admin\/staff"/);
  }
  for (const site of ['same-origin', 'same-site', 'none']) {
    const form = await stack.get('/acme/admin/login', { headers: { ...elsewhere.headers, 'Sec-Fetch-Site': site } });
    assert.match(form.text, /name="password"/, site);
  }
});

test('in a customer’s name the cookie is the portal’s again, and back it is strict', own, async () => {
  const sam = await stack.office('acme', 'support');
  const into = await sam.submit(await sam.get('/acme/admin/logins/anna/act'), { reason: 'a walk' }, { action: /act$/ });
  assert.equal(into.cookies.length, 1, 'set once, not cleared after');
  assert.equal(into.cookie('pf-acme').attributes.samesite, 'Lax');
  const back = await sam.submit(await sam.get('/acme/'), {}, { action: /leave$/ });
  assert.equal(back.cookies.length, 1);
  assert.equal(back.cookie('pf-acme').attributes.samesite, 'Strict');
  const out = await sam.submit(await sam.get('/acme/admin'), {}, { action: /logout$/ });
  assert.equal(out.cookie('pf-acme').attributes.samesite, 'Strict');
  assert.equal(out.cookie('pf-acme').attributes['max-age'], '0');
});

test('sessions of staff idle out after 15 minutes and end after 8 hours', own, async () => {
  // one that goes on under another name ends when the first one would have
  const limits = `SELECT MAX(expires - created) AS life, MIN(idle) AS least, MAX(idle) AS most
    FROM session WHERE scope = 'staff'`;
  const [{ life, least, most }] = stack.sql(limits);
  assert.deepEqual([life, least, most].map(Number), [8 * 3600, 900, 900]);
  const back = async (column, seconds) => {
    const browser = await stack.office('acme', 'billing');
    stack.sql(`UPDATE session SET ${column} = ${column} - ${seconds} WHERE scope = 'staff'`);
    return (await browser.get('/acme/admin')).status;
  };
  assert.equal(await back('last_seen', 800), 200);
  assert.equal(await back('last_seen', 901), 303);
  assert.equal(await back('expires', 8 * 3600 - 60), 200);
  assert.equal(await back('expires', 8 * 3600 + 1), 303);
});

test('the wrong password costs time after five of them, whatever the name', own, async () => {
  const browser = stack.browser();
  const wrong = async () => {
    const known = await signIn(browser, { username: 'rita', password: 'wrong-wrong-wrong' });
    const unknown = await signIn(browser, { username: 'nobody-here', password: 'wrong-wrong-wrong' });
    assert.equal(known.status, 422);
    assert.equal(visible(known.text).replace('rita', ''),
      visible(unknown.text).replace('nobody-here', ''));
  };
  const rita = () => stack.sql(`SELECT failures, retry_at
    FROM staff s JOIN users u ON u.id = s.user_id WHERE u.username = 'rita'`)[0];
  const pauseUntil = (at) => stack.sql(`UPDATE staff SET retry_at = ${at}
    WHERE user_id = (SELECT id FROM users WHERE username = 'rita')`);
  for (let i = 0; i < 5; i++) {
    await wrong();
  }
  const { failures, retry_at: end } = rita();
  assert.equal(failures, 5);
  const wait = end - Date.now() / 1000;
  assert.ok(end > 0 && wait <= 2, `pause of ${wait} s`);
  pauseUntil(Math.floor(Date.now() / 1000) + 1000); // as long as this test needs
  await wrong();
  const { username, password } = stack.staff('acme', 'read_only');
  assert.equal((await signIn(browser, { username, password })).status, 422, 'within the pause');
  assert.equal(rita().failures, 5, 'what is tried within a pause counts for nothing');
  pauseUntil(Math.floor(Date.now() / 1000) - 1);
  assert.equal((await signIn(browser, { username, password })).status, 303, 'after it');
  const refused = stack.sql("SELECT detail FROM audit WHERE action = 'staff.refused'");
  assert.ok(refused.length >= 11);
  assert.doesNotMatch(JSON.stringify(refused), /wrong-wrong/);
});

test('a second factor: required, enrolled, used once each, recovered', own, async (t) => {
  t.after(() => stack.sql("UPDATE setting SET value = '0' WHERE tenant = 'acme' AND name = 'staff_totp'"));
  const owner = await stack.office('acme', 'owner');
  const settings = await owner.get('/acme/admin/settings/access');
  const saved = await owner.submit(settings, {
    link_minutes: '60', link_minutes_max: '10080', session_idle: '30', session_absolute: '720', password_min: '15',
    staff_totp: 'on',
  }, { action: /settings\/access$/ });
  assert.equal(saved.status, 303);

  const browser = await stack.office('acme', 'administrator');
  const away = await browser.get('/acme/admin/customers');
  assert.equal(away.location, '/acme/admin/security');
  assert.equal((await browser.submit(await browser.get('/acme/admin/security'), {},
    { action: /security$/ })).status, 303);
  const page = await browser.get('/acme/admin/security');
  const uri = new URL(unescapeHtml(page.text.match(/otpauth:[^"<]+/)[0]));
  const secret = uri.searchParams.get('secret');
  assert.match(secret, /^[A-Z2-7]{32}$/);
  const [{ totp_new }] = stack.sql("SELECT totp_new FROM staff WHERE totp_new <> ''");
  assert.ok(!totp_new.includes(secret), 'it is sealed');
  const wrong = await browser.submit(page, { code: '000000' }, { action: /confirm$/ });
  assert.equal(wrong.status, 422);
  const code = totp(secret); // the one of now, also if the next begins meanwhile
  const done = await browser.submit(await browser.get('/acme/admin/security'), { code }, { action: /confirm$/ });
  assert.equal(done.status, 200, done.text);
  const codes = [...done.text.matchAll(/<li><code>([^<]+)/g)].map(([, code]) => code);
  assert.equal(codes.length, 10);
  assert.equal((await browser.get('/acme/admin/customers')).status, 200);

  const { username, password } = stack.staff('acme', 'administrator');
  const again = stack.browser();
  assert.equal((await signIn(again, { username, password })).status, 422, 'without a code');
  assert.equal((await signIn(again, { username, password, code })).status, 422,
    'the code that confirmed it is spent');
  const next = totp(secret, Date.now() / 1000 + 30);
  assert.equal((await signIn(again, { username, password, code: next })).status, 303);
  assert.equal((await signIn(stack.browser(), { username, password, code: next })).status, 422);
  assert.equal((await signIn(stack.browser(), { username, password, code: codes[0] })).status, 303);
  assert.equal((await signIn(stack.browser(), { username, password, code: codes[0] })).status, 422);

  const reset = await owner.get('/acme/admin/security');
  assert.equal(reset.status, 200);
});

test('the command line lets the first one in', own, async () => {
  const password = stack.pforte('staff', 'add', '--tenant', 'globex', '--username', 'first',
    '--email', 'first@globex.example', '--role', 'owner', '--password', 'made').trim();
  assert.ok(password.length >= 15);
  assert.equal((await signIn(stack.browser(), { username: 'first', password }, 'globex')).status, 303);
  const other = stack.pforte('staff', 'reset', '--tenant', 'globex', '--username', 'first',
    '--password', 'made').trim();
  assert.equal((await signIn(stack.browser(), { username: 'first', password }, 'globex')).status, 422);
  assert.equal((await signIn(stack.browser(), { username: 'first', password: other }, 'globex')).status, 303);
  const bad = (...args) => assert.throws(() => execFileSync(join(build, 'pforte'),
    ['--config', join(stack.state, 'pforte.conf'), 'staff', ...args],
    { input: 'short\n', stdio: ['pipe', 'ignore', 'ignore'] }));
  bad('add', '--tenant', 'globex', '--username', 'x', '--email', 'a@b.example');
  bad('add', '--tenant', 'nowhere', '--username', 'someone', '--email', 'a@b.example', '--password', 'made');
  bad('add', '--tenant', 'globex', '--username', 'someone', '--email', 'a@b.example', '--role', 'king', '--password', 'made');
  bad('add', '--tenant', 'globex', '--username', 'first', '--email', 'a@b.example', '--password', 'made');
});

test('colleagues: added, changed, blocked at once; nobody gives more than they have', own, async () => {
  const owner = await stack.office('acme', 'owner');
  const add = async (fields) => owner.submit(await owner.get('/acme/admin/staff/new'), fields,
    { action: /admin\/staff$/ });
  assert.equal((await add({ username: 'nora', email: 'x', role: 'support' })).status, 422);
  assert.equal((await add({ username: 'nora', email: 'nora@acme.example', role: 'operator' })).status,
    422, 'an owner makes no operator');
  const made = await add({ username: 'nora', email: 'nora@acme.example', role: 'support' });
  const password = made.text.match(/class="secret"><bdi>([^<]+)/)[1];
  const nora = stack.browser();
  assert.equal((await signIn(nora, { username: 'nora', password })).status, 303);
  assert.equal((await nora.get('/acme/admin/customers')).status, 200);
  assert.equal((await add({ username: 'nora', email: 'nora@acme.example', role: 'support' })).status, 422);
  const change = async (name, fields) => owner.submit(await owner.get(`/acme/admin/staff/${name}`), fields,
    { action: new RegExp(`${name}$`) });
  assert.equal((await change('nora', { role: 'billing', status: 'active' })).status, 303);
  const { csrf, form_id } = forms((await nora.get('/acme/admin')).text)[0].hidden;
  assert.equal((await nora.post('/acme/admin/logins/anna/block', { csrf, form_id })).status, 403,
    'her old rights are gone with the next request');
  assert.equal((await change('nora', { role: 'billing', status: 'blocked' })).status, 303);
  assert.equal((await nora.get('/acme/admin')).status, 303);
  assert.equal((await signIn(stack.browser(), { username: 'nora', password })).status, 422);
  const page = await owner.get('/acme/admin/staff/otto');
  assert.equal(forms(page.text).filter(({ action }) => /otto/.test(action)).length, 0,
    'an owner changes no operator');
  const audit = stack.sql("SELECT action, detail FROM audit WHERE action LIKE 'staff.%' AND object IN (SELECT s.id FROM staff s JOIN users u ON u.id = s.user_id WHERE u.username = 'nora')");
  assert.deepEqual(audit.map(({ action }) => action).filter((a) => a !== 'staff.refused'),
    ['staff.added', 'staff.changed', 'staff.changed']);
});

test('a form of before undoes no block', own, async () => {
  const owner = await stack.office('acme', 'owner', { 'Accept-Language': 'en' });
  const page = () => owner.get('/acme/admin/staff/rita');
  const save = (opened, fields) => owner.submit(opened, fields, { action: /rita$/ });
  const rita = () => stack.sql(`SELECT role, status FROM staff
    WHERE tenant = 'acme' AND user_id = (SELECT id FROM users WHERE username = 'rita')`)[0];
  const opened = await page();
  assert.equal((await save(await page(), { role: 'read_only', status: 'blocked' })).status, 303);
  const late = await save(opened, { role: 'billing', status: 'active' });
  assert.equal(late.status, 409);
  assert.match(visible(late.text), /Saved meanwhile: blocked/i);
  const { hidden } = forms(opened.text).find(({ action }) => /rita$/.test(action));
  const bare = await owner.post('/acme/admin/staff/rita',
    { csrf: hidden.csrf, form_id: hidden.form_id, role: 'billing', status: 'active' });
  assert.equal(bare.status, 409, 'nor one that names no state');
  assert.deepEqual(rita(), { role: 'read_only', status: 'blocked' });
  assert.equal((await save(late, { role: 'read_only', status: 'active' })).status, 303);
  assert.deepEqual(rita(), { role: 'read_only', status: 'active' });
});

test('staff choose a password of their own', own, async () => {
  const browser = await stack.office('acme', 'billing');
  const { username, password } = stack.staff('acme', 'billing');
  const change = async (old_password, new_password) => browser.submit(
    await browser.get('/acme/admin/security/password'), { old_password, new_password }, { action: /password$/ });
  for (const [old, fresh] of [['wrong-wrong-wrong', 'new-blue-curtain-44'], [password, 'short'],
    [password, 'passwordpassword'], [password, '']]) {
    const answer = await change(old, fresh);
    assert.equal(answer.status, 422, fresh);
    assert.doesNotMatch(answer.text, /new-blue-curtain|seven-green/);
  }
  const elsewhere = await stack.office('acme', 'billing');
  assert.equal((await change(password, 'new-blue-curtain-44')).status, 303);
  assert.equal((await elsewhere.get('/acme/admin')).status, 303, 'the other session has ended');
  assert.equal((await browser.get('/acme/admin')).status, 200, 'this one goes on');
  assert.equal((await signIn(stack.browser(), { username, password })).status, 422);
  assert.equal((await signIn(stack.browser(), { username, password: 'new-blue-curtain-44' })).status, 303);
});

test('whoever took staff\'s session over guesses the password no faster than at the sign-in', own, async () => {
  const browser = await stack.office('acme', 'read_only');
  const { username } = stack.staff('acme', 'read_only');
  const failures = () => stack.sql(`SELECT s.failures, s.retry_at FROM staff s JOIN users u ON u.id = s.user_id
    WHERE u.username = '${username}' AND s.tenant = 'acme'`)[0];
  const page = await browser.get('/acme/admin/security/password');
  for (let i = 0; i < 8; i++) {
    const answer = await browser.submit(page, { old_password: `not-the-password-${i}`, new_password: 'new-blue-curtain-45' },
      { action: /password$/ });
    assert.equal(answer.status, 422);
  }
  assert.ok(failures().failures >= 5, 'each is counted');
  assert.ok(failures().retry_at > Date.now() / 1000 - 60, 'and after some there is a pause');
  stack.sql(`UPDATE staff SET failures = 0, retry_at = 0 WHERE tenant = 'acme'`);
});

test('a reset ends the sessions of whoever lost password or phone', own, async () => {
  const rita = await stack.office('acme', 'read_only');
  assert.equal((await rita.get('/acme/admin')).status, 200);
  const owner = await stack.office('acme', 'owner');
  const answer = await owner.submit(await owner.get('/acme/admin/staff/rita'), {}, { action: /reset$/ });
  const password = answer.text.match(/class="secret"><bdi>([^<]+)/)[1];
  assert.equal((await rita.get('/acme/admin')).status, 303);
  const { username, password: old } = stack.staff('acme', 'read_only');
  assert.equal((await signIn(stack.browser(), { username, password: old })).status, 422);
  assert.equal((await signIn(stack.browser(), { username, password })).status, 303);
});

test('what cannot be seen in a name is told beside its field, with what was typed', own, async () => {
  const owner = await stack.office('acme', 'owner', { 'Accept-Language': 'en' });
  const page = await owner.get('/acme/admin/staff/new');
  const answer = await owner.submit(page, { username: 'ad\u202enim', email: 'a@x.example', role: 'support' },
    { action: /staff$/ });
  assert.equal(answer.status, 422);
  assert.match(visible(answer.text), /U\+202E changes how text looks/);
  assert.match(answer.text, /value="a@x\.example"/);
  assert.equal(stack.sql("SELECT COUNT(*) AS n FROM users WHERE email = 'a@x.example'")[0].n, 0);
});

test('the last owner stays', own, async () => {
  const gina = await stack.office('globex');
  stack.sql("UPDATE staff SET status = 'blocked' WHERE tenant = 'globex' AND user_id IN (SELECT id FROM users WHERE username = 'first')");
  const page = await gina.get('/globex/admin/staff/gina');
  const answer = await gina.submit(page, { role: 'support', status: 'active' }, { action: /gina$/ });
  assert.equal(answer.status, 409);
  assert.equal((await gina.get('/globex/admin/staff')).status, 200);
});

test('forms of others change nothing: no token, no id, another site', own, async () => {
  const owner = await stack.office('acme', 'owner');
  const { csrf, form_id } = forms((await owner.get('/acme/admin')).text)[0].hidden;
  const post = (fields, headers = {}) => owner.post('/acme/admin/hosts', { host: 'x.example', ...fields }, { headers });
  assert.equal((await post({ form_id })).status, 403);
  assert.equal((await post({ csrf })).status, 403);
  assert.equal((await post({ csrf, form_id: 'short' })).status, 403);
  assert.equal((await post({ csrf, form_id }, { 'Sec-Fetch-Site': 'cross-site' })).status, 403);
  assert.equal((await post({ csrf, form_id }, { Origin: 'https://evil.example' })).status, 403);
  assert.deepEqual(stack.sql("SELECT host FROM tenant_host WHERE host = 'x.example'"), []);
  assert.equal((await post({ csrf, form_id, host: 'x'.repeat(9000) })).status, 413);
});
