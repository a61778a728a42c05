// What the API does to user logins: passwords, blocks, changes, their end, the
// mails and callbacks of each, and what it means for who is signed in.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';

import { visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { linkFor } from '../lib/sso.mjs';
import { startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack();
const own = { skip: stack.skip };
after(() => relay.stop());

const api = (...args) => stack.api('acme', ...args);
const path = (username, leaf = '') => `/user-logins/${encodeURIComponent(username)}${leaf}`;
const FIRST = 'seven-blue-tulips-in-rain';
const SECOND = 'nine-quiet-ferries-at-dawn';

// A login of K2002, who may sign in by the password FIRST.
async function make(more = {}, tenant = 'acme') {
  const username = `act-${randomUUID().slice(0, 13)}`;
  const body = { customer: tenant === 'acme' ? 'K2002' : 'G100', email: `${username}@x.example`,
    username, password: FIRST, must_change: false, send_mail: false, ...more };
  const answer = await stack.api(tenant, 'POST', '/user-logins', body);
  assert.equal(answer.status, 201, answer.text);
  return body;
}

const signIn = async (username, password) => {
  const browser = stack.browser();
  const answer = await browser.signIn('acme', username, password);
  return { browser, status: answer.status, location: answer.location };
};
const opens = async (browser, page = '/acme/invoices') => (await browser.get(page)).status === 200;
const mailRows = (username) => stack.sql(`SELECT m.* FROM mail m WHERE m.recipient
  LIKE '${username}%' ORDER BY m.id`);
const audits = (answer) => stack.sql(`SELECT * FROM audit
  WHERE request_id = '${answer.headers['x-request-id']}' ORDER BY id`);

function isProblem(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
  return (answer.json.errors ?? []).map((one) => [one.pointer, one.code]);
}

// ---- passwords ----

test('F22: a new password opens, the old one does not, and who was signed in is out', own, async () => {
  const { username } = await make();
  const { browser } = await signIn(username, FIRST);
  assert.ok(await opens(browser));
  const answer = await api('PUT', path(username, '/password'), { password: SECOND, must_change: false });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.mail, 'sent');
  assert.equal(answer.json.must_change, false);
  assert.doesNotMatch(answer.text, /ferries|argon2/);
  assert.equal((await browser.get('/acme/invoices')).status, 303, 'at once on this host');
  assert.equal((await signIn(username, FIRST)).status, 422);
  assert.equal((await signIn(username, SECOND)).status, 303);
  const [row] = audits(answer).filter(({ action }) => action === 'login.password_changed');
  assert.equal(JSON.parse(row.after).password_hash, '***');
  assert.equal(row.actor.slice(0, 4), 'key:');
});

test('F22, F28: the mail about a chosen password does not tell it', own, async () => {
  const { username, email } = await make();
  await api('PUT', path(username, '/password'), { password: SECOND });
  const mail = await relay.mailTo(email);
  assert.equal(mail.headers.subject, 'Ihr Passwort für Acme Telekom wurde geändert');
  assert.match(mail.text, new RegExp(`Benutzername: ${username}`));
  assert.ok(!mail.raw.includes('ferries') && !mail.text.includes(SECOND));
});

test('F22: without a password one is made, and only the mail tells it', own, async () => {
  const { username, email } = await make();
  const answer = await api('PUT', path(username, '/password'), {});
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.must_change, true);
  const mail = await relay.mailTo(email);
  const password = mail.text.match(/^Passwort: ([0-9A-Za-z]{20})$/m)?.[1];
  assert.ok(password, mail.text);
  assert.ok(!answer.text.includes(password));
  assert.equal((await signIn(username, password)).status, 303);
  const none = await api('PUT', path(username, '/password'), { send_mail: false });
  assert.deepEqual(isProblem(none, 422, 'invalid'), [['#/password', 'value_missing']]);
  assert.equal((await signIn(username, password)).status, 303, 'nothing was changed');
});

test('F18, F22: the rules for passwords hold, with the length that the tenant sets', own, async () => {
  const { username } = await make();
  const put = (password) => api('PUT', path(username, '/password'), { password, send_mail: false });
  const wrong = async (password, code) =>
    assert.deepEqual(isProblem(await put(password), 422, 'invalid'), [['#/password', code]], password);
  await wrong('fourteen-chars', 'value_too_short');
  await wrong('x'.repeat(257), 'value_too_long');
  await wrong('Acme Telekom 1234', 'password_common');
  await wrong(`${username}1234`, 'password_common');
  await wrong('1234567890123456', 'password_common');
  await wrong('aaaaaaaaaaaaaaaa', 'password_common');
  try {
    stack.sql(`INSERT INTO setting (tenant, name, value, changed) VALUES ('acme', 'password_min', '10', 0)`);
    await wrong('nine-char', 'value_too_short');
    assert.equal((await put('blue-tulip')).status, 200);
    stack.sql(`UPDATE setting SET value = '3' WHERE tenant = 'acme' AND name = 'password_min'`);
    const answer = await put('tulip-7');
    assert.deepEqual(isProblem(answer, 422, 'invalid'), [['#/password', 'value_too_short']]);
    assert.match(answer.json.errors[0].detail, /8/);
  } finally {
    stack.sql(`DELETE FROM setting WHERE tenant = 'acme' AND name = 'password_min'`);
  }
});

test('F18: only a key with that scope makes a password that need not be changed', own, async () => {
  const { username } = await make();
  const key = async (scopes) => (await api('POST', '/api-keys', { name: 'F18', scopes })).json.key;
  const as = (bearer) => ({ Authorization: `Bearer ${bearer}` });
  const without = as(await key(['logins:read', 'logins:write']));
  const wish = { password: SECOND, must_change: false, send_mail: false };
  isProblem(await api('PUT', path(username, '/password'), wish, without), 403, 'api_scope');
  isProblem(await api('POST', '/user-logins', { customer: 'K2002', email: 'x@x.example', ...wish },
    without), 403, 'api_scope');
  assert.equal((await signIn(username, FIRST)).status, 303, 'nothing was changed');
  const set = await api('PUT', path(username, '/password'), { ...wish, must_change: true }, without);
  assert.equal(set.json.must_change, true);
  const with_ = as(await key(['logins:read', 'logins:write', 'logins:passwords']));
  assert.equal((await api('PUT', path(username, '/password'), wish, with_)).json.must_change, false);
});

// ---- a first password ----

test('F18: whoever signs in by a first password opens nothing but the form for another', own, async () => {
  const { username, email } = await make({ must_change: true });
  const { browser } = await signIn(username, FIRST);
  const other = (await signIn(username, FIRST)).browser;
  for (const page of ['/acme/', '/acme/invoices', '/acme/contracts/VT-6HSN-P3VD']) {
    const answer = await browser.get(page);
    assert.equal(answer.status, 303, page);
    assert.match(answer.location, /^\/acme\/password\/first(\?|$)/);
  }
  const program = await browser.get('/acme/invoices', { headers: { Accept: 'application/json' } });
  assert.equal(program.status, 403);
  assert.equal(program.json.code, 'password_first');

  const declare = async () => browser.submit(await browser.get('/acme/withdraw'), { name: 'Anna', contract: 'mine', email },
    { action: /withdraw$/ });
  const declared = () => stack.sql(`SELECT id FROM declaration WHERE email = '${email}'`).length;
  const refused = await declare();
  assert.equal(refused.status, 403, refused.text);
  assert.equal(declared(), 0, 'nor a form that is for anybody');
  const reset = await browser.submit(await browser.get('/acme/reset'), { username: 'nobody' }, { action: /reset$/ });
  assert.equal(reset.status, 303, 'but the way in');

  const page = await browser.go('/acme/invoices');
  assert.match(visible(page.text), new RegExp(username));
  const send = (fields) => browser.submit(page, fields, { action: /password\/first$/ });
  for (const [password, text] of [['short', /Mindestens 15 Zeichen/], ['', /./], [FIRST, /bereits/],
    [`${username}-123`, /leicht zu erraten/]]) {
    const answer = await send({ new_password: password });
    assert.equal(answer.status, 422, password);
    assert.match(visible(answer.text), text);
    assert.ok(!answer.text.includes(`value="${password || '?'}"`));
  }
  const done = await send({ new_password: SECOND });
  assert.equal(done.status, 303);
  assert.equal(done.location, '/acme/invoices', 'on to where they were going');
  assert.ok(await opens(browser));
  assert.equal((await declare()).status, 303);
  assert.equal(declared(), 1);
  assert.match((await other.get('/acme/')).location, /^\/acme\/login/, 'the others have ended');
  assert.equal((await signIn(username, FIRST)).status, 422);
  const again = await signIn(username, SECOND);
  assert.ok(await opens(again.browser));
  assert.match((await relay.mailTo(email)).headers.subject, /Passwort .* geändert/);
  // sent twice it does no harm, and who has no first password is not asked
  assert.equal((await send({ new_password: 'third-green-umbrella-9' })).location, '/acme/');
  assert.equal((await signIn(username, SECOND)).status, 303);
  assert.equal((await browser.get('/acme/password/first')).location, '/acme/');
});

test('F18: signing out stays open to who has a first password', own, async () => {
  const { username } = await make({ must_change: true });
  const { browser } = await signIn(username, FIRST);
  const page = await browser.go('/acme/');
  assert.equal((await browser.submit(page, {}, { action: /logout$/ })).location, '/acme/login?signed-out=1');
});

test('F9, F18: a merchant\'s link asks for no new password: none was typed', own, async () => {
  const { username } = await make({ must_change: true });
  assert.ok(await opens(await stack.signedIn('acme', username)));
  assert.match((await signIn(username, FIRST)).location, /^\/acme\//);
  const [{ must_change }] = stack.sql(`SELECT must_change FROM users WHERE username = '${username}'`);
  assert.equal(must_change, 1, 'it waits for the day on which the password is used');
});

// ---- block and activate ----

test('F19, F20, F26, F27: block and activate send their mails', own, async () => {
  const { username, email } = await make();
  assert.equal((await api('POST', path(username, '/block'))).json.mail, 'sent');
  const blocked = await relay.mailTo(email);
  assert.equal(blocked.headers.subject, 'Ihr Zugang zu Acme Telekom wurde gesperrt');
  assert.match(blocked.text, /^Guten Tag /);
  const answer = await api('POST', path(username, '/activate'), {});
  assert.equal(answer.json.mail, 'sent');
  assert.equal(answer.json.status, 'active');
  const mails = await until('the second mail', () => {
    const own = relay.mails.filter(({ to }) => to.includes(email));
    return own.length === 2 && own;
  });
  assert.match(mails[1].text, /Wir haben die Sperre Ihres Zugangs zu unserem Kundenportal aufgehoben/);
  assert.deepEqual(mailRows(username).map(({ event }) => event),
    ['login_created', 'login_blocked', 'login_activated']);
});

test('F20: a blocked login gets in by nothing, and its open session ends at once', own, async () => {
  const { username } = await make();
  const { browser } = await signIn(username, FIRST);
  const minted = (await api('POST', path(username, '/session-token'))).json.login_url;
  const signed = await linkFor(stack.tenant('acme'), username);
  stack.sql(`INSERT INTO one_time_token (tenant, id, purpose, subject, hash, code, tries, data, created, expires,
    used, revoked) SELECT 'acme', 'one_${username}', 'reset', id, 'h-${username}', '', 0, '', 1, 99999999999, 0, 0
    FROM users WHERE username = '${username}'`);
  const answer = await api('POST', path(username, '/block'), { send_mail: false });
  assert.equal(answer.json.status, 'blocked');
  assert.equal((await browser.get('/acme/')).status, 303);
  assert.equal((await signIn(username, FIRST)).status, 403);
  for (const link of [minted, signed]) {
    assert.equal((await stack.browser().get(link)).status, 403, 'F14: on redeem');
  }
  isProblem(await api('POST', path(username, '/session-token')), 409, 'login_blocked');
  const [row] = audits(answer).filter(({ action }) => action === 'login.blocked');
  assert.deepEqual([JSON.parse(row.before), JSON.parse(row.after)],
    [{ status: 'active' }, { status: 'blocked' }]);
  // what a mail would have reset is void
  assert.ok(stack.sql(`SELECT revoked FROM one_time_token WHERE id = 'one_${username}'`)[0].revoked > 0);
});

test('F19, F20: what is so already is done again without a mail or a row', own, async () => {
  const { username } = await make();
  const answer = await api('POST', path(username, '/activate'));
  assert.equal(answer.status, 200);
  assert.equal(answer.json.mail, null);
  assert.deepEqual(audits(answer), []);
  assert.equal(mailRows(username).length, 1);
});

// ---- data ----

test('F28: a changed username tells both names, and opens from then on', own, async () => {
  const { username, email } = await make();
  const before = await api('GET', path(username));
  const name = `new-${randomUUID().slice(0, 12)}`;
  const answer = await api('PATCH', path(username), { username: name, first_name: 'Nora', last_name: 'Wind',
    language: 'en' }, { 'If-Match': before.headers.etag });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual([answer.json.username, answer.json.first_name, answer.json.last_name, answer.json.language,
    answer.json.mail], [name, 'Nora', 'Wind', 'en', 'sent']);
  assert.notEqual(answer.headers.etag, before.headers.etag);
  const mail = await relay.mailTo(email);
  assert.match(mail.text, new RegExp(`Bisheriger Benutzername: ${username}\\nNeuer Benutzername: ${name}`));
  assert.equal((await signIn(username, FIRST)).status, 422);
  assert.equal((await signIn(name, FIRST)).status, 303);
  assert.equal((await api('GET', path(username))).status, 404);
  const [row] = audits(answer).filter(({ action }) => action === 'login.changed');
  assert.equal(JSON.parse(row.before).username, username);
  assert.equal(JSON.parse(row.after).username, name);
  const empty = await api('PATCH', path(name), { first_name: null, language: null }, { 'If-Match': '*' });
  assert.deepEqual([empty.json.first_name, empty.json.language, empty.json.last_name], [null, null, 'Wind']);
  assert.equal(empty.json.mail, null, 'no mail for that');
});

test('F28: the address before hears that there is another', own, async () => {
  const { username, email } = await make();
  const next = `other-${email}`;
  const answer = await api('PATCH', path(username), { email: next }, { 'If-Match': '*' });
  assert.equal(answer.json.email, next);
  const mail = await relay.mailTo(email);
  assert.equal(mail.headers.subject, 'Ihre E-Mail-Adresse bei Acme Telekom wurde geändert');
  assert.ok(!mail.raw.includes(next));
});

test('F28: a change names its version, a free name and a language that is spoken', own, async () => {
  const { username } = await make();
  isProblem(await api('PATCH', path(username), { last_name: 'X' }), 428, 'precondition_missing');
  isProblem(await api('PATCH', path(username), { last_name: 'X' }, { 'If-Match': '"old"' }), 412,
    'precondition_failed');
  const change = (body) => api('PATCH', path(username), body, { 'If-Match': '*' });
  isProblem(await change({ username: 'ANNA' }), 409, 'login_exists');
  assert.deepEqual(isProblem(await change({ username: 'a/b' }), 422, 'invalid'),
    [['#/username', 'value_characters']]);
  assert.deepEqual(isProblem(await change({ language: 'nl' }), 422, 'invalid'), [['#/language', 'value_choice']]);
  assert.deepEqual(isProblem(await change({ email: 'x' }), 422, 'invalid'), [['#/email', 'value_email']]);
  assert.deepEqual(isProblem(await change({ status: 'blocked' }), 400, 'invalid'),
    [['#/status', 'value_unknown']]);
  isProblem(await api('PATCH', path('nobody'), {}, { 'If-Match': '*' }), 404, 'not_found');
  isProblem(await stack.api('globex', 'PATCH', path(username), {}, { 'If-Match': '*' }), 404, 'not_found');
});

// ---- the end ----

test('F14, F28: a deleted login gets in by nothing, and its name is free again', own, async () => {
  const { username, email } = await make();
  const { browser } = await signIn(username, FIRST);
  const minted = (await api('POST', path(username, '/session-token'))).json.login_url;
  const signed = await linkFor(stack.tenant('acme'), username);
  const answer = await api('DELETE', path(username));
  assert.equal(answer.status, 204, answer.text);
  assert.equal((await browser.get('/acme/')).status, 303);
  assert.equal((await signIn(username, FIRST)).status, 422);
  for (const link of [minted, signed]) {
    assert.equal((await stack.browser().get(link)).status, 403);
  }
  isProblem(await api('POST', path(username, '/session-token')), 404, 'not_found');
  isProblem(await api('DELETE', path(username)), 404, 'not_found');
  assert.equal((await relay.mailTo(email)).headers.subject, 'Ihr Zugang zu Acme Telekom wurde gelöscht');
  const [row] = audits(answer).filter(({ action }) => action === 'login.removed');
  assert.equal(JSON.parse(row.before).username, username);
  assert.equal(row.after, '');
  const again = await api('POST', '/user-logins', { customer: 'K2002', email, username, send_mail: false });
  assert.equal(again.status, 201);
});

test('F28: a delete may say of which version, and in its address whether a mail goes out', own, async () => {
  const { username } = await make();
  isProblem(await api('DELETE', path(username), undefined, { 'If-Match': '"old"' }), 412, 'precondition_failed');
  isProblem(await api('DELETE', `${path(username)}?colour=red`), 400, 'invalid');
  const { etag } = (await api('GET', path(username))).headers;
  const answer = await api('DELETE', `${path(username)}?send_mail=false`, undefined, { 'If-Match': etag });
  assert.equal(answer.status, 204, answer.text);
  const last = mailRows(username).at(-1);
  assert.deepEqual([last.event, last.state], ['login_deleted', 'suppressed']);
});

// A user of acme, with a guest membership at another customer of acme.
function guestOf(username, tenant, number, pool = 'acme-pool') {
  stack.sql(`INSERT INTO membership (tenant, id, pool, user_id, customer, kind, status, reach, home, email,
    email_key, first_name, last_name, invited_by, invited, expires, accepted, created, last_used, version)
    SELECT '${tenant}', 'mem_${randomUUID().slice(0, 8)}', '${pool}', u.id, c.id, 'guest', 'active', 'customer', 0,
    '', '', '', '', '', 0, 0, 1, 1, 0, 1 FROM users u, customer c
    WHERE u.username = '${username}' AND c.tenant = '${tenant}' AND c.number = '${number}'`);
}

test('G48: the end of a login ends what it was a guest of at this tenant', own, async () => {
  const { username } = await make();
  guestOf(username, 'acme', 'K2001');
  const [{ id }] = stack.sql(`SELECT id FROM users WHERE username = '${username}'`);
  const guest = await stack.signedIn('acme', username, { customer: 'K2001' });
  assert.ok(await opens(guest, '/acme/'));
  assert.equal((await api('DELETE', path(username))).status, 204);
  assert.equal((await guest.get('/acme/')).status, 303);
  for (const table of ['membership', 'user_recovery']) {
    assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM ${table} WHERE user_id = '${id}'`)[0].n, 0, table);
  }
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM users WHERE id = '${id}'`)[0].n, 0);
});

test('G48: a member at another tenant of the pool stays there, and only there', own, async () => {
  const { username } = await make();
  const [{ id }] = stack.sql(`SELECT id FROM users WHERE username = '${username}'`);
  // globex signs in the same people, for a while
  const [{ pool }] = stack.sql("SELECT pool FROM tenant WHERE id = 'globex'");
  stack.sql("UPDATE tenant SET pool = 'acme-pool' WHERE id = 'globex'");
  try {
    guestOf(username, 'globex', 'G100');
    const there = await stack.signedIn('globex', username);
    const here = await stack.signedIn('acme', username);
    assert.equal((await api('DELETE', path(username))).status, 204);
    assert.equal((await here.get('/acme/')).status, 303);
    assert.equal((await stack.browser().get(await linkFor(stack.tenant('acme'), username))).status, 403);
    assert.equal((await there.get('/globex/')).status, 200);
    assert.equal(stack.sql(`SELECT tenant FROM membership WHERE user_id = '${id}'`)[0].tenant, 'globex');
    isProblem(await api('GET', path(username)), 404, 'not_found');
  } finally {
    stack.sql(`DELETE FROM membership WHERE tenant = 'globex' AND pool = 'acme-pool';
      UPDATE tenant SET pool = '${pool}' WHERE id = 'globex'`);
  }
});

test('G48: what somebody gave to others ends with their login', own, async () => {
  const { username } = await make();
  const guest = await make();
  const [giver] = stack.sql(`SELECT m.id FROM membership m JOIN users u ON u.id = m.user_id
    WHERE u.username = '${username}'`);
  stack.sql(`UPDATE membership SET kind = 'guest' WHERE user_id = (SELECT id FROM users
    WHERE username = '${guest.username}')`);
  stack.sql(`INSERT INTO membership_permission (tenant, membership, permission, given_by)
    SELECT 'acme', m.id, 'billing.contracts.view', '${giver.id}' FROM membership m JOIN users u ON u.id = m.user_id
    WHERE u.username = '${guest.username}'`);
  const browser = await stack.signedIn('acme', guest.username);
  assert.ok(await opens(browser, '/acme/contracts'));
  assert.equal((await api('DELETE', path(username))).status, 204);
  assert.equal((await browser.get('/acme/contracts')).status, 403);
});

// ---- back-channel logout ----

test('F10: the merchant\'s server signs somebody out everywhere, and nobody else', own, async () => {
  const { username } = await make();
  const browsers = [(await signIn(username, FIRST)).browser, await stack.signedIn('acme', username)];
  const anna = await stack.signedIn('acme', 'anna');
  const answer = await api('DELETE', path(username, '/sessions'));
  assert.equal(answer.status, 204, answer.text);
  for (const browser of browsers) {
    assert.equal((await browser.get('/acme/')).status, 303);
  }
  assert.ok(await opens(anna));
  const [row] = audits(answer).filter(({ action }) => action === 'sessions.ended');
  assert.equal(row.detail, 'signed out by the merchant');
  assert.equal((await api('DELETE', path(username, '/sessions'))).status, 204, 'whether any was there or not');
  assert.equal((await signIn(username, FIRST)).status, 303, 'the login itself is as it was');
  isProblem(await api('DELETE', path('nobody', '/sessions')), 404, 'not_found');
  isProblem(await stack.api('globex', 'DELETE', path(username, '/sessions')), 404, 'not_found');
});

test('F10: staff who look in the customer\'s name are not signed out with the customer', own, async () => {
  const sam = await stack.office('acme', 'support');
  await sam.submit(await sam.get('/acme/admin/logins/bruno/act'), { reason: 'Ticket 4711' }, { action: /act$/ });
  assert.ok(await opens(sam, '/acme/'));
  assert.equal((await api('DELETE', path('bruno', '/sessions'))).status, 204);
  assert.ok(await opens(sam, '/acme/'));
});

// ---- mails, sent or not ----

test('F29, F30: every action can leave out its mail, and the log says so', own, async () => {
  const { username } = await make();
  const off = { send_mail: false };
  const acts = [
    ['login_blocked', () => api('POST', path(username, '/block'), off)],
    ['login_activated', () => api('POST', path(username, '/activate'), off)],
    ['login_password_changed', () => api('PUT', path(username, '/password'), { password: SECOND, ...off })],
    ['login_username_changed', () => api('PATCH', path(username), { username: `${username}x`, ...off },
      { 'If-Match': '*' })],
    ['login_email_changed', () => api('PATCH', path(`${username}x`), { email: `${username}+2@x.example`, ...off },
      { 'If-Match': '*' })],
    ['login_deleted', () => api('DELETE', `${path(`${username}x`)}?send_mail=false`)],
  ];
  for (const [event, act] of acts) {
    const answer = await act();
    assert.ok(answer.status < 300, answer.text);
    assert.ok(answer.status === 204 || answer.json.mail === 'suppressed', event);
    const row = mailRows(username).at(-1);
    assert.deepEqual([row.event, row.state, row.subject, row.body, row.last_error],
      [event, 'suppressed', '', '', 'not wanted this time']);
    const shown = (await api('GET', `/mails/${row.id}`)).json;
    assert.deepEqual([shown.state, shown.reason, shown.sent], ['suppressed', 'not wanted this time', null]);
  }
  assert.ok(!relay.mails.some(({ to }) => to?.some((one) => one.startsWith(username))));
});

test('F30: a key of test mode sends nothing, and the log says why', own, async () => {
  const { username } = await make();
  const { key } = (await api('POST', '/api-keys', { name: 't', mode: 'test',
    scopes: ['logins:read', 'logins:write'] })).json;
  const answer = await api('POST', path(username, '/block'), {}, { Authorization: `Bearer ${key}` });
  assert.equal(answer.json.mail, 'suppressed');
  assert.equal(mailRows(username).at(-1).last_error, 'a key of test mode');
});

test('F31: each mail about a login exists in each language, in words of the merchant too', own, async () => {
  const events = ['created', 'blocked', 'activated', 'password_changed', 'password_new', 'username_changed',
    'email_changed', 'deleted'].map((name) => `login_${name}`);
  const subjects = new Set();
  for (const event of events) {
    for (const language of ['de', 'en', 'fr']) {
      const { status, json } = await api('GET', `/settings/mail-templates/${event}/${language}`);
      assert.equal(status, 200, event);
      assert.ok(json.text.length > 100 && json.html.includes('<p>'), event);
      subjects.add(`${language} ${json.subject}`);
    }
  }
  assert.equal(subjects.size, events.length * 3, 'no two are the same');
  const words = { subject: 'Zu: {Username}', text: 'Gesperrt: {CustomerName}' };
  assert.equal((await api('PUT', '/settings/mail-templates/login_blocked/de', words)).status, 200);
  try {
    const { username, email } = await make();
    await api('POST', path(username, '/block'));
    assert.equal((await relay.mailTo(email)).headers.subject, `Zu: ${username}`);
  } finally {
    await api('DELETE', '/settings/mail-templates/login_blocked/de');
  }
});

// ---- callbacks ----

test('F17, F22, F28: merchants\' servers are told of each change of a login', own, async () => {
  const hook = (await api('POST', '/callbacks', { url: 'https://merchant.example/hook' })).json;
  const { username } = await make();
  await signIn(username, FIRST);
  await api('PUT', path(username, '/password'), { password: SECOND, send_mail: false });
  await api('PATCH', path(username), { last_name: 'Wind' }, { 'If-Match': '*' });
  await signIn(username, SECOND);
  await stack.signedIn('acme', username);
  await api('DELETE', path(username, '/sessions'));
  await api('POST', path(username, '/block'), { send_mail: false });
  await api('POST', path(username, '/activate'), { send_mail: false });
  await api('DELETE', `${path(username)}?send_mail=false`);
  const types = stack.sql(`SELECT e.type FROM callback_event e JOIN callback_delivery d ON d.tenant = e.tenant
    AND d.event = e.id WHERE d.endpoint = '${hook.id}' ORDER BY e.id`).map(({ type }) => type);
  assert.equal((await api('DELETE', `/callbacks/${hook.id}`)).status, 204);
  assert.deepEqual(types.filter((type) => type.startsWith('login.')), ['login.created',
    'login.password_changed', 'login.changed', 'login.blocked', 'login.activated', 'login.removed']);
  assert.ok(types.filter((type) => type === 'session.ended').length >= 1);
});
