// What people do about their own login: password, sessions, second factor.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { forms, links, unescapeHtml, visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { linkFor } from '../lib/sso.mjs';
import { sleep, startStack, until } from '../lib/stack.mjs';
import { totp } from '../lib/totp.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack({ clock: true });
const own = { skip: stack.skip };
after(() => relay.stop());

const password = 'copper-window-orchard-8';
const fresh = 'violet-tractor-museum-12';

async function login(customer = 'K2002') {
  const username = `own-${randomUUID().slice(0, 12)}`;
  const email = `${username}@security.example`;
  const made = await stack.api('acme', 'POST', '/user-logins',
    { customer, email, username, password, must_change: false, send_mail: false });
  assert.equal(made.status, 201, made.text);
  const [{ id }] = stack.sql(`SELECT id FROM users WHERE username = '${username}'`);
  return { username, email, id };
}

async function signedIn({ username }, words = password, headers = {}) {
  const browser = stack.browser(headers);
  const answer = await browser.signIn('acme', username, words);
  assert.equal(answer.status, 303, answer.text);
  return browser;
}

const alive = async (browser) => (await browser.get('/acme/')).status === 200;
const post = async (browser, page, action, fields = {}) =>
  browser.submit(await browser.get(`/acme${page}`), fields, { action });
const trail = ({ id }) => stack.sql(`SELECT action, actor, before, after FROM audit WHERE object = '${id}' ORDER BY id`);

// ---- who ----

test('staff in a customer\'s name see and change none of it', own, async () => {
  const sam = await stack.office('acme', 'support');
  await sam.submit(await sam.get('/acme/admin/logins/bruno/act'), { reason: 'Ticket 4711' }, { action: /act$/ });
  const home = await sam.get('/acme/');
  assert.ok(!links(home.text).includes('/acme/security'));
  for (const path of ['/security', '/security/password', '/security/factor']) {
    assert.equal((await sam.get(`/acme${path}`)).status, 403, path);
  }
  const { hidden } = forms(home.text)[0];
  for (const path of ['password', 'factor', 'factor/confirm', 'factor/off', 'factor/cancel', 'sessions/end']) {
    assert.equal((await sam.post(`/acme/security/${path}`, hidden)).status, 403, path);
  }
});

test('everybody else who is signed in finds it in the menu, guests too; a link does not', own, async () => {
  const guest = await stack.signedIn('acme', 'anna', { customer: 'K2001' });
  assert.ok(links((await guest.get('/acme/')).text).includes('/acme/security'));
  assert.equal((await guest.get('/acme/security')).status, 200);
  const { json } = await stack.api('acme', 'POST', '/contracts/VT-7KQ2-ZHXM/self-service-token');
  const visitor = stack.browser();
  const page = await visitor.go(new URL(json.url).pathname);
  assert.ok(!links(page.text).includes('/acme/security'));
  assert.equal((await visitor.get('/acme/security')).status, 403);
});

// ---- the password ----

const change = (browser, old_password, new_password = fresh, repeat_password = new_password) =>
  post(browser, '/security/password', /password$/, { old_password, new_password, repeat_password });

test('X5: another password needs the old one, ends the other sessions, and is told by mail', own, async () => {
  const one = await login();
  const [here, there, elsewhere] = [await signedIn(one), await signedIn(one), await signedIn(one)];
  assert.equal((await change(here, 'not-my-password-at-all')).status, 422);
  assert.equal(await alive(there), true);
  const answer = await change(here, password);
  assert.equal(answer.status, 303, answer.text);
  assert.deepEqual([await alive(here), await alive(there), await alive(elsewhere)], [true, false, false]);
  const mail = await relay.mailTo(one.email);
  assert.equal(mail.headers.subject, 'Ihr Passwort für Acme Telekom wurde geändert');
  assert.ok(!mail.raw.includes(fresh));
  const old = await stack.browser().signIn('acme', one.username, password);
  assert.equal(old.status, 422);
  await signedIn(one, fresh);
  const changed = trail(one).find(({ action }) => action === 'login.password_changed');
  assert.equal(changed.actor, `user:${one.id}`);
  assert.doesNotMatch(changed.before + changed.after, /argon2/);
});

test('a session that was taken over does not guess the password faster than the sign-in does', own, async () => {
  const one = await login();
  const [taken, mine] = [await signedIn(one), await signedIn(one)];
  const guesses = [
    () => change(taken, 'not-my-password-at-all'),
    () => post(taken, '/security/factor', /factor$/, { password: 'not-my-password-at-all' }),
    () => post(taken, '/security/email', /email$/, { email: 'other@security.example', password: 'not-my-password-at-all' }),
  ];
  const answers = [];
  for (let i = 0; i < 8; i++) {
    answers.push((await guesses[i % 3]()).status);
  }
  assert.deepEqual(answers, [422, 422, 422, 422, 422, 429, 429, 429]);
  const waits = await change(taken, password);
  assert.equal(waits.status, 429, 'the right one waits as well');
  assert.ok(Number(waits.headers['retry-after']) > 0);
  assert.equal(trail(one).filter(({ action }) => action === 'session.refused').length, 5, 'its owner sees the tries');
  assert.equal((await change(mine, password)).status, 303, 'on a device of their own its owner does not wait');
});

test('who is signing in while the password changes does not get in by the one before', own, async () => {
  const one = await login();
  const browser = stack.browser();
  const page = await browser.get('/acme/login');
  const lock = await stack.lock(`UPDATE users SET password_hash = (SELECT password_hash FROM users
    WHERE username = 'anna'), version = version + 1 WHERE id = '${one.id}';`);
  const answer = browser.submit(page, { username: one.username, password }, { action: /login$/ });
  await sleep(500);
  await lock.commit();
  assert.notEqual((await answer).status, 303);
  assert.equal(await alive(browser), false);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM session WHERE user_id = '${one.id}' AND ended = 0`)[0].n, 0);
});

test('X5: a new password of one\'s own makes a link of a reset void', own, async () => {
  const one = await login();
  const stranger = stack.browser();
  await stranger.submit(await stranger.get('/acme/reset'), { username: one.username }, { action: /reset$/ });
  const path = new URL((await relay.mailTo(one.email)).text.match(/https?:\S+\/reset\/\S+/)[0]).pathname;
  assert.equal((await stranger.get(path)).status, 303);
  assert.equal((await change(await signedIn(one), password)).status, 303);
  assert.equal((await stranger.get(path)).status, 410);
});

test('a new password keeps the rules, and is never shown again', own, async () => {
  const one = await login();
  const here = await signedIn(one);
  for (const [words, again] of [['short', 'short'], [fresh, `${fresh}x`], ['', ''], ['passwordpassword', 'passwordpassword']]) {
    const answer = await change(here, password, words, again);
    assert.equal(answer.status, 422, words);
    assert.doesNotMatch(answer.text, /type="password"[^>]*value=/);
  }
  await signedIn(one);
});

// ---- the address ----

const linkIn = (mail) => new URL(mail.text.match(/https?:\S+\/email\/\S+/)[0]).pathname;

test('X5: another e-mail address counts once its link\'s form is sent, and is told to the old one', own, async () => {
  const one = await login();
  const email = `new-${one.email}`;
  const here = await signedIn(one);
  const ask = (fields) => post(here, '/security/email', /email$/, { email, password, ...fields });
  for (const wrong of [{ password: 'wrong' }, { email: 'no address' }, { email: '' }]) {
    assert.equal((await ask(wrong)).status, 422, JSON.stringify(wrong));
  }
  assert.equal((await ask({})).status, 303);
  const path = linkIn(await relay.mailTo(email));
  const address = () => stack.sql(`SELECT email, email_verified FROM users WHERE id = '${one.id}'`)[0];
  assert.equal((await stack.get(path, { method: 'HEAD' })).status, 204);
  const stranger = stack.browser();
  const page = await stranger.go(path);
  assert.match(visible(page.text), new RegExp(`${one.username}.*${email}`));
  assert.deepEqual(address(), { email: one.email, email_verified: 0 }, 'opening it changes nothing');
  const reset = stack.browser();
  await reset.submit(await reset.get('/acme/reset'), { username: one.username }, { action: /reset$/ });
  const old = new URL((await relay.mailTo(one.email)).text.match(/https?:\S+\/reset\/\S+/)[0]).pathname;
  assert.equal((await stranger.submit(page, {}, { action: /confirm$/ })).location, '/acme/email/done');
  assert.equal(address().email, email);
  assert.ok(address().email_verified > 0);
  assert.equal((await reset.get(old)).status, 410, 'what was sent to the old one is void');
  await until('the old address to be told', () => relay.to(one.email).find(({ headers }) =>
    headers.subject === 'Ihre E-Mail-Adresse bei Acme Telekom wurde geändert'));
  assert.equal((await stack.get(path)).status, 410);
  const other = stack.browser();
  assert.equal((await other.submit(await other.get('/acme/reset'), { username: email }, { action: /reset$/ })).status, 303);
  await until('the new address to work', () => relay.to(email).length === 2);
  assert.ok(trail(one).some(({ action, actor }) => action === 'login.email_changed' && actor === `user:${one.id}`));
});

test('X5, G7: the new address may be one that their own account has invited', own, async () => {
  const one = await login();
  const email = `invited-${one.email}`;
  const asked = await stack.api('acme', 'POST', '/customers/K2002/invitations', { email, preset: 'user' });
  assert.equal(asked.json.status, 'pending', asked.text);
  await post(await signedIn(one), '/security/email', /email$/, { email, password });
  const browser = stack.browser();
  const page = await browser.go(linkIn(await relay.mailTo(email)));
  assert.equal((await browser.submit(page, {}, { action: /confirm$/ })).location, '/acme/email/done');
  assert.equal(stack.sql(`SELECT email FROM users WHERE id = '${one.id}'`)[0].email, email);
  assert.equal(stack.sql(`SELECT user_id FROM membership WHERE id = '${asked.json.id}'`)[0].user_id, null);
});

test('X5: an address that was asked for with the old password cannot be confirmed after another one', own, async () => {
  const one = await login();
  const here = await signedIn(one);
  const email = `thief-${one.email}`;
  await post(here, '/security/email', /email$/, { email, password });
  const path = linkIn(await relay.mailTo(email));
  const thief = stack.browser();
  const page = await thief.go(path);
  assert.equal((await change(here, password)).status, 303);
  assert.equal((await thief.submit(page, {}, { action: /confirm$/ })).status, 410);
  assert.equal(stack.sql(`SELECT email FROM users WHERE id = '${one.id}'`)[0].email, one.email);
});

// ---- sessions ----

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
const safari = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';

test('one sees where one is signed in, and ends one or all others', own, async () => {
  const one = await login();
  const here = await signedIn(one, password, { 'User-Agent': firefox, 'Accept-Language': 'en' });
  const phone = await signedIn(one, password, { 'User-Agent': safari });
  const third = await signedIn(one, password, { 'User-Agent': '<b>nothing known</b>' });
  const page = await here.get('/acme/security');
  const text = visible(page.text);
  assert.match(text, /Firefox on Linux \(this one\)/);
  assert.match(text, /Safari on iPhone/);
  assert.match(text, /Unknown device/);
  assert.match(text, /127\.0\.0\.1/);
  const ends = forms(page.text).filter(({ action }) => /sessions\/[0-9a-f]+\/end$/.test(action));
  assert.equal(ends.length, 3);
  const row = page.text.split('<tr>').find((part) => /iPhone/.test(part));
  const { action, hidden } = forms(row)[0];
  assert.equal((await here.post(action, hidden)).status, 303);
  assert.deepEqual([await alive(here), await alive(phone), await alive(third)], [true, false, true]);
  assert.equal((await post(here, '/security', /sessions\/end$/)).status, 303);
  assert.deepEqual([await alive(here), await alive(third)], [true, false]);
  const last = await here.get('/acme/security');
  assert.equal(forms(last.text).some(({ action: to }) => /sessions\/end$/.test(to)), false);
  const mine = forms(last.text).find(({ action: to }) => /sessions\/[0-9a-f]+\/end$/.test(to));
  assert.equal((await here.post(mine.action, mine.hidden)).location, '/acme/login?signed-out=1');
  assert.equal(await alive(here), false);
});

test('nobody ends the session of somebody else, of this tenant or another', own, async () => {
  const [one, other] = [await login(), await login()];
  const mine = await signedIn(one);
  const theirs = await signedIn(other);
  const carol = await stack.signedIn('globex', 'carol');
  for (const [browser, tenant] of [[theirs, 'acme'], [carol, 'globex']]) {
    const page = await browser.get(`/${tenant}/security`);
    const key = forms(page.text).map(({ action }) => action.match(/sessions\/([0-9a-f]+)\/end$/)?.[1]).find(Boolean);
    const { hidden } = forms((await mine.get('/acme/security')).text).find(({ action }) => /\/end$/.test(action));
    assert.equal((await mine.post(`/acme/security/sessions/${key}/end`, hidden)).status, 303);
    assert.equal((await browser.get(`/${tenant}/`)).status, 200);
  }
  const page = visible((await mine.get('/acme/security')).text);
  assert.ok(!page.includes(other.username));
});

test('sign-ins are listed with time, way and address, and so are those that were refused', own, async () => {
  const one = await login();
  assert.equal((await stack.browser().signIn('acme', one.username, 'wrong-wrong-wrong-1')).status, 422);
  const byLink = stack.browser({ 'Accept-Language': 'en' });
  assert.equal((await byLink.get(await linkFor(stack.tenant('acme'), one.username))).status, 303);
  await signedIn(one);
  const text = visible((await byLink.get('/acme/security')).text);
  const history = text.slice(text.lastIndexOf('Sign-ins'));
  assert.match(history, /Signed in By password 127\.0\.0\.1.*Signed in By a link of the website 127\.0\.0\.1.*Refused 127\.0\.0\.1/);
});

// ---- the second factor ----

async function addFactor(browser, words = password) {
  const begun = await post(browser, '/security/factor', /factor$/, { password: words });
  assert.equal(begun.status, 303, begun.text);
  const page = await browser.get('/acme/security/factor');
  const uri = new URL(unescapeHtml(page.text.match(/otpauth:[^"<]+/)[0]));
  const secret = uri.searchParams.get('secret');
  assert.equal(uri.searchParams.get('issuer'), 'Acme Telekom');
  const done = await browser.submit(page, { code: totp(secret, stack.now()) }, { action: /confirm$/ });
  assert.equal(done.status, 200, done.text);
  const codes = [...done.text.matchAll(/<code>([0-9a-z]{6}-[0-9a-z]{6})<\/code>/g)].map(([, code]) => code);
  assert.equal(codes.length, 10);
  return { secret, codes };
}

// From the password to the page of the code.
async function halfway({ username }, words = password, next = '') {
  const browser = stack.browser();
  const answer = await browser.signIn('acme', username, words, next);
  assert.equal(answer.status, 303, answer.text);
  assert.match(answer.location, /^\/acme\/login\/code\?flow=/);
  assert.equal(answer.cookie('pf-acme'), undefined, 'no session yet');
  return { browser, page: await browser.get(answer.location) };
}

const enter = ({ browser, page }, code) => browser.submit(page, { code }, { action: /login\/code$/ });

test('a merchant\'s link needs no second factor of ours', own, async () => {
  const one = await login();
  await addFactor(await signedIn(one));
  await halfway(one);
  const answer = await stack.browser().get(await linkFor(stack.tenant('acme'), one.username));
  assert.equal(answer.location, '/acme/');
});

test('a second factor is added with the password and a code, and asked for at sign-in', own, async () => {
  const one = await login();
  const here = await signedIn(one);
  assert.equal((await post(here, '/security/factor', /factor$/, { password: 'wrong' })).status, 422);
  const { secret, codes } = await addFactor(here);
  stack.moveTime(30);
  const way = await halfway(one, password, '/security');
  assert.equal((await enter(way, '000000')).status, 422);
  const code = totp(secret, stack.now());
  const answer = await enter(way, code);
  assert.equal(answer.status, 303, answer.text);
  assert.equal(answer.location, '/acme/security', 'to where they were going');
  const again = await halfway(one);
  assert.equal((await enter(again, code)).status, 422, 'a code opens once');
  const rescued = await enter(again, codes[3].toUpperCase());
  assert.equal(rescued.status, 303);
  assert.equal((await enter(await halfway(one), codes[3])).status, 422, 'so does a recovery code');
  assert.deepEqual(trail(one).map(({ action }) => action).filter((action) => /factor|recovery|refused/.test(action)),
    ['session.refused', 'login.factor_begun', 'login.factor_added', 'session.refused', 'session.refused',
      'login.recovery_used', 'session.refused']);
  assert.ok(trail(one).every((row) => !JSON.stringify(row).includes(secret)));
});

test('staff and the API take it away for who has lost it: behind the password once more, in the trail, told by mail', own, async () => {
  const path = ({ username }) => `/acme/admin/logins/${username}`;
  const [one, two, three] = [await login(), await login(), await login()];
  const [, , person] = await Promise.all([one, two, three].map(async (who) => {
    const browser = await signedIn(who);
    await addFactor(browser);
    return browser;
  }));
  const olga = await stack.office('acme', 'owner');
  assert.ok(links((await olga.get(path(one))).text).includes(`${path(one)}/factor`));
  stack.sql("UPDATE session SET proven = 0 WHERE scope = 'staff'");
  assert.match((await olga.get(`${path(one)}/factor`)).location, /\/admin\/confirm/);
  const asked = await olga.submit(await olga.get('/acme/admin/confirm'),
    { password: stack.staff('acme', 'owner').password }, { action: /confirm$/ });
  assert.equal(asked.status, 303, asked.text);
  const done = await olga.submit(await olga.get(`${path(one)}/factor`), {}, { action: /factor$/ });
  assert.equal(done.location, path(one));
  assert.ok(!links((await olga.get(path(one))).text).includes(`${path(one)}/factor`), 'there is none any more');
  assert.equal((await stack.api('acme', 'DELETE', `/user-logins/${two.username}/second-factor`)).status, 204);
  assert.equal((await stack.api('acme', 'DELETE', `/user-logins/${two.username}/second-factor`)).status, 204, 'nothing happens twice');
  const { hidden } = forms((await person.get('/acme/security/factor')).text).find(({ action }) => /factor$/.test(action));
  assert.equal((await person.post('/acme/security/factor/off', { ...hidden, password })).status, 303);
  for (const [who, actor] of [[one, /^staff:/], [two, /^key:/], [three, /^user:/]]) {
    assert.equal((await stack.browser().signIn('acme', who.username, password)).location, '/acme/', 'the password alone');
    const rows = trail(who).filter(({ action }) => action === 'login.factor_removed');
    assert.equal(rows.length, 1);
    assert.match(rows[0].actor, actor);
    assert.match((await relay.mailTo(who.email)).headers.subject, /zweiter Faktor/);
    assert.equal(relay.to(who.email).length, 1);
  }
  assert.equal((await stack.api('acme', 'GET', `/user-logins/${one.username}`)).json.second_factor, false);
  const rita = await stack.office('acme', 'read_only');
  assert.equal((await rita.get(`${path(three)}/factor`)).status, 403);
});

test('what follows the password is bound to the browser, to the password, and to time', own, async () => {
  const one = await login();
  const here = await signedIn(one);
  const { secret } = await addFactor(here);
  stack.moveTime(60);
  const way = await halfway(one);
  const { flow } = forms(way.page.text).find(({ action }) => /login\/code$/.test(action)).hidden;
  const other = stack.browser();
  const { form_token } = forms((await other.get('/acme/login')).text)[0].hidden;
  const stolen = await other.post('/acme/login/code', { form_token, flow, code: totp(secret, stack.now()) });
  assert.equal(stolen.location, '/acme/login?ended=1');
  assert.equal((await change(here, password)).status, 303);
  assert.equal((await enter(way, totp(secret, stack.now()))).location, '/acme/login?ended=1');
  const late = await halfway(one, fresh);
  stack.moveTime(15 * 60 + 1);
  assert.equal((await enter(late, totp(secret, stack.now()))).location, '/acme/login?ended=1');
});

test('guessing the second factor is slowed down, and one who waits gets in', own, async () => {
  const one = await login();
  const { secret } = await addFactor(await signedIn(one));
  stack.moveTime(60);
  const way = await halfway(one);
  const answers = [];
  for (let i = 0; i < 8; i++) {
    answers.push((await enter(way, String(100000 + i))).status);
  }
  assert.deepEqual(answers, [422, 422, 422, 422, 422, 429, 429, 429]);
  assert.equal((await enter(way, totp(secret, stack.now()))).status, 429);
  stack.moveTime(31);
  assert.equal((await enter(way, totp(secret, stack.now()))).status, 303);
});

test('a second factor that waits is of the session in which the password was typed', own, async () => {
  const one = await login();
  const [mine, taken] = [await signedIn(one), await signedIn(one)];
  assert.equal((await post(mine, '/security/factor', /factor$/, { password })).status, 303);
  const page = await mine.get('/acme/security/factor');
  const secret = new URL(unescapeHtml(page.text.match(/otpauth:[^"<]+/)[0])).searchParams.get('secret');
  const seen = await taken.get('/acme/security/factor');
  assert.equal(seen.status, 200);
  assert.ok(!seen.text.includes(secret));
  const { hidden } = forms(seen.text).find(({ action }) => /factor$/.test(action));
  const tried = await taken.post('/acme/security/factor/confirm', { ...hidden, code: totp(secret, stack.now()) });
  assert.equal(tried.status, 422);
  assert.equal(stack.sql(`SELECT totp FROM users WHERE id = '${one.id}'`)[0].totp, '');
  assert.equal((await mine.submit(page, { code: totp(secret, stack.now()) }, { action: /confirm$/ })).status, 200);
});

test('known devices, of which who knows the password has many, do not make more tries at the second factor', own, async () => {
  const one = await login();
  const devices = [];
  for (let i = 0; i < 3; i++) {
    devices.push(await signedIn(one));
  }
  await addFactor(devices[0]);
  const answers = [];
  for (const browser of devices) {
    await browser.signOut('acme');
    const { location } = await browser.signIn('acme', one.username, password);
    for (let i = 0; i < 3; i++) {
      answers.push((await browser.submit(await browser.get(location), { code: String(200000 + i) },
        { action: /login\/code$/ })).status);
    }
  }
  assert.deepEqual(answers, [422, 422, 422, 422, 422, 429, 429, 429, 429]);
});

test('a new password does not take the second factor away', own, async () => {
  const one = await login();
  const { secret } = await addFactor(await signedIn(one));
  stack.moveTime(60);
  const stranger = stack.browser();
  await stranger.submit(await stranger.get('/acme/reset'), { username: one.username }, { action: /reset$/ });
  const path = new URL((await relay.mailTo(one.email)).text.match(/https?:\S+\/reset\/\S+/)[0]).pathname;
  const page = await stranger.go(path);
  assert.equal((await stranger.submit(page, { new_password: fresh, repeat_password: fresh }, { action: /password$/ })).status, 303);
  assert.equal((await enter(await halfway(one, fresh), totp(secret, stack.now()))).status, 303);
});

test('the second factor goes with the password; a secret that waits can be forgotten', own, async () => {
  const one = await login();
  const here = await signedIn(one);
  await addFactor(here);
  const off = async (words) => {
    const page = await here.get('/acme/security/factor');
    const { hidden } = forms(page.text).find(({ action }) => /factor$/.test(action));
    return here.post('/acme/security/factor/off', { ...hidden, password: words });
  };
  assert.equal((await off('wrong')).status, 422);
  assert.equal((await off(password)).status, 303);
  await signedIn(one);
  await post(here, '/security/factor', /factor$/, { password });
  assert.match((await here.get('/acme/security/factor')).text, /otpauth:/);
  assert.equal((await post(here, '/security/factor', /cancel$/)).status, 303);
  assert.doesNotMatch((await here.get('/acme/security/factor')).text, /otpauth:/);
  assert.equal((await post(here, '/security/factor', /factor$/, { password })).status, 303);
  const wrong = await post(here, '/security/factor', /confirm$/, { code: '123456' });
  assert.equal(wrong.status, 422);
  await signedIn(one);
});

test('all of it ends sessions on this host at once', own, async () => {
  const one = await login();
  const [here, there] = [await signedIn(one), await signedIn(one)];
  assert.equal(await alive(there), true);
  await post(here, '/security', /sessions\/end$/);
  await until('the other to be out', async () => !await alive(there), 100);
});

// the last one: nothing that an older key sealed opens any more
test('the second factor outlives the key that sealed it, for whoever signs in between', own, async () => {
  const one = await login();
  const { secret } = await addFactor(await signedIn(one));
  stack.pforte('key', 'rotate');
  await sleep(1100); // programs look at the ring once a second
  stack.moveTime(30);
  assert.equal((await enter(await halfway(one), totp(secret, stack.now()))).status, 303);
  const file = join(stack.state, 'keyring');
  writeFileSync(`${file}.new`, `${readFileSync(file, 'utf8').split('\n')[0]}\n`);
  renameSync(`${file}.new`, file);
  await sleep(1100);
  stack.moveTime(30);
  assert.equal((await enter(await halfway(one), totp(secret, stack.now()))).status, 303);
});

test('one person has a few mails sent to addresses of their choice, and then one in a quarter of an hour', own, async () => {
  const one = await login();
  const here = await signedIn(one);
  const answers = [];
  for (let i = 0; i < 7; i++) {
    answers.push((await post(here, '/security/email', /email$/, { email: `bombed-${i}-${one.email}`, password })).status);
  }
  assert.deepEqual(answers, [303, 303, 303, 303, 303, 429, 429]);
  const rows = () => stack.sql(`SELECT COUNT(*) AS n FROM mail WHERE recipient LIKE 'bombed-%-${one.email}'`)[0].n;
  assert.equal(rows(), 5);
  stack.moveTime(15 * 60);
  const late = await signedIn(one);
  assert.equal((await post(late, '/security/email', /email$/, { email: `bombed-9-${one.email}`, password })).status, 303);
  assert.equal(rows(), 6);
});
