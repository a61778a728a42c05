// Logins in the back office: what the API does to them, by staff and by forms.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';

import { forms, links, unescapeHtml, visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { startStack } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack();
const own = { skip: stack.skip };
after(() => relay.stop());

const owner = await stack.office('acme', 'owner', { 'Accept-Language': 'en' });
const api = (...args) => stack.api('acme', ...args);
const FIRST = 'seven-blue-tulips-in-rain';
const SECOND = 'nine-quiet-ferries-at-dawn';

const pageOf = (username, leaf = '') => `/acme/admin/logins/${encodeURIComponent(username)}${leaf}?language=en`;
const unique = () => `desk-${randomUUID().slice(0, 13)}`;
const user = (username) => stack.sql(`SELECT * FROM users WHERE username = '${username}'`)[0];
const mails = (username) => stack.sql(`SELECT m.* FROM mail m WHERE m.recipient LIKE '${username}%' ORDER BY m.id`);

async function make() {
  const username = unique();
  const answer = await api('POST', '/user-logins', { customer: 'K2002', email: `${username}@x.example`, username,
    password: FIRST, must_change: false, send_mail: false });
  assert.equal(answer.status, 201, answer.text);
  return username;
}

// Fills in the form whose address ends so, on that page.
const fill = async (path, fields, action, browser = owner) =>
  browser.submit(await browser.get(path), fields, { action });
const create = (fields) => fill('/acme/admin/new-login?language=en', fields, /admin\/logins$/);
const signIn = async (username, password) => {
  const browser = stack.browser();
  return { browser, answer: await browser.signIn('acme', username, password) };
};
const box = (page) => /<input type="checkbox" id="field-send_mail"[^>]*>/.exec(page.text)?.[0];

// ---- creating ----

test('F23, F17, F5, F6: staff create a login, and its mail has what signs in', own, async () => {
  const list = await owner.get('/acme/admin/logins?language=en');
  assert.ok(links(list.text).includes('/acme/admin/new-login'));
  const way = links((await owner.get('/acme/admin/customers/K2002')).text).find((href) => /new-login/.test(href));
  const page = await owner.get(`${way}&language=en`);
  assert.match(page.text, /value="K2002"/);
  assert.match(box(page), / checked/, 'F29: the mail goes out unless somebody takes the tick away');
  const username = unique();
  const answer = await owner.submit(page, { customer: 'K2002', email: `${username}@x.example`, username,
    first_name: 'Nora', last_name: 'Wind', send_mail: 'on' }, { action: /admin\/logins$/ });
  assert.equal(answer.status, 303, answer.text);
  assert.equal(answer.location, `/acme/admin/logins/${username}`);
  const mail = await relay.mailTo(`${username}@x.example`);
  const password = mail.text.match(/^Passwort: (\S+)$/m)[1];
  const { browser } = await signIn(username, password);
  assert.match((await browser.get('/acme/')).location, /password\/first/, 'F18: it has to be changed');
  const made = user(username);
  assert.deepEqual([made.first_name, made.last_name, made.must_change], ['Nora', 'Wind', 1]);
  const [row] = stack.sql(`SELECT * FROM audit WHERE object = '${made.id}' AND action = 'login.created'`);
  assert.match(row.actor, /^staff:/);
});

test('F23, F29: without a mail the password is shown once', own, async () => {
  const username = unique();
  const page = await owner.get('/acme/admin/new-login?language=en');
  const fields = { customer: 'K2002', email: `${username}@x.example`, username };
  const answer = await owner.submit(page, fields, { action: /admin\/logins$/ });
  assert.equal(answer.status, 200, answer.text);
  const password = visible(answer.text).match(/\b[0-9A-Za-z]{20}\b/)[0];
  assert.equal((await signIn(username, password)).answer.status, 303);
  const again = await owner.submit(page, fields, { action: /admin\/logins$/ });
  assert.equal(again.status, 303, 'sent twice it is made once, and shown no more');
  assert.equal(mails(username).length, 1);
  const shown = visible((await owner.get(pageOf(username))).text);
  assert.match(shown, /suppressed not wanted this time/, 'F30: the page says so');
});

test('F23, F18: what is wrong with a new login is said at its field', own, async () => {
  const username = unique();
  const good = { customer: 'K2002', email: `${username}@x.example`, username };
  for (const [wrong, text] of [[{ customer: 'K404' }, /There is no such customer/],
    [{ email: 'x' }, /This is not an e-mail address/], [{ username: 'anna' }, /This username is taken/],
    [{ username: 'a/b' }, /contains characters that are not allowed/],
    [{ password: 'short' }, /This is too short At least 15 characters/],
    [{ password: 'passwordpassword' }, /too easy to guess/], [{ customer: '' }, /Please fill this in/],
    [{ language: 'nl' }, /not one of the choices/]]) {
    const answer = await create({ ...good, ...wrong });
    assert.equal(answer.status, 422, JSON.stringify(wrong));
    assert.match(visible(answer.text), text);
    assert.ok(!answer.text.includes('passwordpassword'));
  }
  assert.equal(user(username), undefined);
});

// ---- the page of one ----

test('F23, F21: the page of a login shows status, dates, sessions, mails and accounts', own, async () => {
  const username = await make();
  await signIn(username, FIRST);
  await stack.signedIn('acme', username);
  const text = visible((await owner.get(pageOf(username))).text);
  assert.match(text, new RegExp(`Username ${username}`));
  assert.match(text, /Customer number K2002/);
  assert.match(text, /Status active/);
  assert.match(text, /Last sign-in /);
  assert.match(text, /Accounts .*K2002 .*owner active yes/);
  for (const method of ['sso', 'password']) {
    assert.match(text, new RegExp(`Sessions .*active ${method} 127\\.0\\.0\\.1`));
  }
  assert.match(text, /E-mails .*login created suppressed not wanted this time/);
  assert.doesNotMatch(text, /argon2/);
  for (const [language, word] of [['de', /Sitzungen/], ['fr', /pas souhaité cette fois/]]) {
    const page = await owner.get(`/acme/admin/logins/${username}?language=${language}`);
    assert.match(visible(page.text), word);
  }
});

// ---- block and activate ----

test('F23, F19, F20, F26, F27, F29: block and activate have a box for their mail', own, async () => {
  const username = await make();
  const { browser } = await signIn(username, FIRST);
  assert.match(box(await owner.get(pageOf(username))), / checked/);
  const blocked = await fill(pageOf(username), { send_mail: 'on' }, /block$/);
  assert.equal(blocked.location, `/acme/admin/logins/${username}`);
  assert.equal((await browser.get('/acme/')).status, 303, 'at once');
  assert.equal((await signIn(username, FIRST)).answer.status, 403);
  assert.match((await relay.mailTo(`${username}@x.example`)).headers.subject, /gesperrt/);
  assert.equal((await fill(pageOf(username), {}, /activate$/)).status, 303);
  assert.equal((await signIn(username, FIRST)).answer.status, 303);
  assert.deepEqual(mails(username).slice(1).map(({ event, state }) => [event, state === 'suppressed']),
    [['login_blocked', false], ['login_activated', true]]);
});

test('F23: staff end the sessions of a login, and the login stays', own, async () => {
  const username = await make();
  const { browser } = await signIn(username, FIRST);
  assert.equal((await fill(pageOf(username), {}, /sign-out$/)).status, 303);
  assert.equal((await browser.get('/acme/')).status, 303);
  assert.equal((await signIn(username, FIRST)).answer.status, 303);
});

// ---- data, password ----

test('F23, F28: staff change username, address and names', own, async () => {
  const username = await make();
  const name = unique();
  const page = await owner.get(pageOf(username, '/change'));
  assert.match(page.text, new RegExp(`value="${username}@x.example"`));
  const answer = await owner.submit(page, { username: name, email: `${username}@x.example`, first_name: 'Nora',
    last_name: 'Wind', language: 'fr', send_mail: 'on' }, { action: /change$/ });
  assert.equal(answer.location, `/acme/admin/logins/${name}`, answer.text);
  assert.match((await relay.mailTo(`${username}@x.example`)).text, new RegExp(name));
  const changed = user(name);
  assert.deepEqual([changed.first_name, changed.last_name, changed.language], ['Nora', 'Wind', 'fr']);
  const taken = await fill(pageOf(name, '/change'), { username: 'anna', email: 'x@x.example' }, /change$/);
  assert.equal(taken.status, 422);
  assert.match(visible(taken.text), /This username is taken/);
});

test('F23: who saves an old page is shown what somebody else saved', own, async () => {
  const username = await make();
  const page = await owner.get(pageOf(username, '/change'));
  await api('PATCH', `/user-logins/${username}`, { last_name: 'Sturm' }, { 'If-Match': '*' });
  const answer = await owner.submit(page, { username, email: `${username}@x.example`, last_name: 'Wind' },
    { action: /change$/ });
  assert.equal(answer.status, 409);
  assert.match(answer.text, /value="Sturm"/);
  assert.equal(user(username).last_name, 'Sturm');
  const saved = await owner.submit(answer, { username, email: `${username}@x.example`, last_name: 'Wind' },
    { action: /change$/ });
  assert.equal(saved.status, 303, saved.text);
  assert.equal(user(username).last_name, 'Wind');
});

test('F23, F22, F18: a password by staff has to be changed, whoever chose it', own, async () => {
  const username = await make();
  const { browser } = await signIn(username, FIRST);
  const chosen = await fill(pageOf(username, '/password'), { password: SECOND, send_mail: 'on' }, /password$/);
  assert.equal(chosen.status, 303, chosen.text);
  assert.equal((await browser.get('/acme/')).status, 303);
  const next = await signIn(username, SECOND);
  assert.match((await next.browser.get('/acme/')).location, /password\/first/);
  assert.ok(!(await relay.mailTo(`${username}@x.example`)).text.includes(SECOND));

  const shown = await fill(pageOf(username, '/password'), {}, /password$/);
  assert.equal(shown.status, 200);
  const made = visible(shown.text).match(/\b[0-9A-Za-z]{20}\b/)[0];
  assert.equal((await signIn(username, made)).answer.status, 303);
  const short = await fill(pageOf(username, '/password'), { password: 'short' }, /password$/);
  assert.equal(short.status, 422);
  assert.match(visible(short.text), /At least 15 characters/);
});

test('F18: the length of passwords is a setting of the tenant, ten at least', own, async () => {
  const page = () => owner.get('/acme/admin/settings/access?language=en');
  const values = { link_minutes: '60', link_minutes_max: '10080', session_idle: '30', session_absolute: '720', password_min: '10' };
  const save = async (more) => owner.submit(await page(), { ...values, ...more }, { action: /access$/ });
  const refused = await save({ password_min: '9' });
  assert.equal(refused.status, 422);
  assert.equal((await save({})).status, 303);
  try {
    const username = await make();
    assert.equal((await fill(pageOf(username, '/password'), { password: 'blue-tulip' }, /password$/)).status, 303);
  } finally {
    assert.equal((await save({ password_min: '15' })).status, 303);
  }
});

// ---- the end ----

test('F23, F28: deleting asks first, then ends everything', own, async () => {
  const username = await make();
  const { browser } = await signIn(username, FIRST);
  const page = await owner.get(pageOf(username, '/delete'));
  assert.match(visible(page.text), /This cannot be undone/);
  assert.match(box(page), / checked/);
  assert.ok(user(username), 'a look deletes nothing');
  const answer = await owner.submit(page, { send_mail: 'on' }, { action: /delete$/ });
  assert.equal(answer.location, '/acme/admin/logins', answer.text);
  assert.equal(user(username), undefined);
  assert.equal((await browser.get('/acme/')).status, 303);
  assert.equal((await owner.get(pageOf(username))).status, 404);
  assert.match((await relay.mailTo(`${username}@x.example`)).headers.subject, /gelöscht/);
  assert.equal((await owner.submit(page, {}, { action: /delete$/ })).status, 303, 'the second click does no harm');
});

// ---- who may ----

test('F23: a role without a right sees no way to it, and none works', own, async () => {
  const username = await make();
  const rita = await stack.office('acme', 'read_only', { 'Accept-Language': 'en' });
  const page = await rita.get(pageOf(username));
  assert.equal(page.status, 200);
  assert.ok(!links(page.text).some((href) => /\/(change|password|delete|act)$/.test(unescapeHtml(href))));
  assert.ok(!forms(page.text).some(({ action }) => /block$|sign-out$/.test(action)));
  assert.ok(!links((await rita.get('/acme/admin/logins')).text).includes('/acme/admin/new-login'));
  const { csrf, form_id } = forms((await rita.get('/acme/admin')).text).find(({ hidden }) => hidden.form_id).hidden;
  for (const path of ['/acme/admin/new-login', ...['/change', '/password', '/delete'].map((leaf) =>
    pageOf(username, leaf))]) {
    assert.equal((await rita.get(path)).status, 403, path);
  }
  for (const path of ['/acme/admin/logins', ...['/block', '/activate', '/sign-out', '/change', '/password',
    '/delete'].map((leaf) => `/acme/admin/logins/${username}${leaf}`)]) {
    assert.equal((await rita.post(path, { csrf, form_id })).status, 403, path);
  }
  assert.equal(user(username).status, 'active');
});

test('X1: staff of another tenant reach no login of this one', own, async () => {
  const username = await make();
  const gina = await stack.office('globex', 'owner');
  for (const leaf of ['', '/change', '/password', '/delete']) {
    assert.equal((await gina.get(`/globex/admin/logins/${username}${leaf}`)).status, 404, leaf);
  }
});
