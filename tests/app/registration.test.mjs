// Accounts that people open for themselves.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';

import { forms, links, visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack({ clock: true });
const own = { skip: stack.skip };
after(() => relay.stop());

const password = 'copper-window-orchard-8';

// The tenant's setting, as the back office saves it.
async function allow(on) {
  const olga = await stack.office('acme', 'owner');
  const page = await olga.get('/acme/admin/settings/access');
  const form = forms(page.text).find(({ action }) => /settings\/access$/.test(action));
  const values = Object.fromEntries([...form.body.matchAll(/<input type="number"[^>]*name="(\w+)" value="([^"]*)"/g)]
    .map(([, name, value]) => [name, value]));
  const answer = await olga.post(form.action, { ...form.hidden, ...values, ...on && { registration: 'on' } });
  assert.equal(answer.status, 303, answer.text);
}

if (stack.own) {
  await allow(true);
}

const someone = () => {
  const id = randomUUID().slice(0, 8);
  return { company_name: '', first_name: 'Nora', last_name: `Neu-${id}`, email: `nora-${id}@register.example` };
};

async function ask(person, browser = stack.browser()) {
  const answer = await browser.submit(await browser.get('/acme/register'), person, { action: /register$/ });
  return answer;
}

async function linkOf(email) {
  const mail = await relay.mailTo(email);
  const [url] = mail.text.match(/https?:\S+\/register\/\S+/);
  assert.ok(url.startsWith(`${stack.base}/acme/register/`));
  return new URL(url).pathname;
}

const send = (browser, page, words = password) => browser.submit(page, { new_password: words, repeat_password: words },
  { action: /register\/confirm$/ });
const confirm = async (path, browser = stack.browser(), words = password) => send(browser, await browser.go(path), words);

const atRest = () => until('all to be done and sent', () =>
  stack.sql('SELECT COUNT(*) AS n FROM asked')[0].n === 0 &&
  stack.sql(`SELECT COUNT(*) AS n FROM mail WHERE state IN ('queued', 'leased') AND event LIKE 'registration%'`)[0].n === 0);
const userOf = (email) => stack.sql(`SELECT * FROM users WHERE email = '${email}'`)[0];
const count = (table) => stack.sql(`SELECT COUNT(*) AS n FROM ${table}`)[0].n;

test('G8: somebody without an account opens one free of charge, and signs in to it as its owner', own, async () => {
  const person = { ...someone(), company_name: 'Neu & Söhne' };
  const login = await stack.get('/acme/login');
  assert.ok(links(login.text).includes('/acme/register'));
  const asked = await ask(person);
  assert.equal(asked.status, 303, asked.text);
  assert.equal(asked.location, '/acme/register/sent');
  const path = await linkOf(person.email);
  assert.equal(userOf(person.email), undefined, 'nothing is made before the address is confirmed');
  const browser = stack.browser();
  const done = await browser.follow(await confirm(path, browser));
  assert.equal(done.status, 200, done.text);
  const user = userOf(person.email);
  assert.match(visible(done.text), new RegExp(user.username));
  assert.ok(user.email_verified > 0);
  assert.deepEqual([user.first_name, user.last_name, user.status, user.must_change], ['Nora', person.last_name, 'active', 0]);
  const answer = await browser.signIn('acme', user.username, password);
  assert.equal(answer.status, 303, answer.text);
  const home = visible((await browser.get('/acme/')).text);
  assert.match(home, new RegExp(`Neu & Söhne.*${user.username}`));
  const [membership] = stack.sql(`SELECT kind, home, status FROM membership WHERE user_id = '${user.id}'`);
  assert.deepEqual(membership, { kind: 'owner', home: 1, status: 'active' });
  const { json } = await stack.api('acme', 'GET', `/customers/${user.username}`);
  assert.deepEqual([json.company_name, json.first_name, json.email], ['Neu & Söhne', 'Nora', person.email]);
});

test('G8: where the tenant does not allow it there is no such page; it is off by default', own, async () => {
  assert.equal((await stack.get('/globex/register')).status, 404);
  const person = someone();
  await ask(person);
  const path = await linkOf(person.email);
  const waiting = stack.browser();
  const page = await waiting.go(path);
  await allow(false);
  for (const one of ['register', 'register/sent', path.slice('/acme/'.length)]) {
    assert.equal((await stack.get(`/acme/${one}`)).status, 404, one);
  }
  assert.ok(!links((await stack.get('/acme/login')).text).includes('/acme/register'));
  assert.equal((await send(waiting, page)).status, 404);
  assert.equal(userOf(person.email), undefined);
  await allow(true);
  assert.equal((await send(waiting, page)).status, 303);
});

test('G7, G8: an address that has a login gets the same answer, and a mail that says so', own, async () => {
  const known = stack.user('bruno').email;
  const bare = (answer) => ({ status: answer.status, location: answer.location, length: answer.bytes.length,
    names: answer.rawHeaders.filter((_, i) => i % 2 === 0) });
  const strange = someone();
  const first = bare(await ask(strange));
  assert.deepEqual(bare(await ask({ ...someone(), email: known.toUpperCase() })), first);
  const mail = await relay.mailTo(known.toUpperCase());
  assert.doesNotMatch(mail.text, /\/register\//);
  assert.match(mail.text, new RegExp(`${stack.base}/acme/`));
  const before = count('customer');
  await atRest();
  assert.equal(count('customer'), before);
});

test('G8: two who confirm addresses at the same time get two numbers; one who does it twice gets one', own, async () => {
  const people = [someone(), someone()];
  for (const person of people) {
    await ask(person);
  }
  const paths = await Promise.all(people.map(({ email }) => linkOf(email)));
  const ways = await Promise.all([...paths, paths[0]].map(async (path) => {
    const browser = stack.browser();
    return { browser, page: await browser.go(path) };
  }));
  const answers = await Promise.all(ways.map(({ browser, page }) => send(browser, page)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 303, 410]);
  const names = people.map(({ email }) => userOf(email).username);
  assert.notEqual(names[0], names[1]);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM users WHERE email = '${people[0].email}'`)[0].n, 1);
});

test('G8: the address gets a login meanwhile: then no second one is made', own, async () => {
  const person = someone();
  await ask(person);
  const path = await linkOf(person.email);
  const made = await stack.api('acme', 'POST', '/user-logins',
    { customer: 'K2002', email: person.email, username: `meanwhile-${randomUUID().slice(0, 8)}`, send_mail: false });
  assert.equal(made.status, 201, made.text);
  const before = count('customer');
  assert.equal((await confirm(path)).status, 410);
  assert.equal(count('customer'), before);
});

test('G8: a number that is somebody\'s username already is passed on with more to it', own, async () => {
  const [{ next }] = stack.sql(`SELECT next FROM number_series WHERE tenant = 'acme' AND series = 'customer'`);
  const prefix = 'K';
  const made = await stack.api('acme', 'POST', '/user-logins', { customer: 'K2002',
    email: 'squatter@register.example', username: `${prefix}${next}`, send_mail: false });
  assert.equal(made.status, 201, made.text);
  const person = someone();
  await ask(person);
  assert.equal((await confirm(await linkOf(person.email))).status, 303);
  assert.match(userOf(person.email).username, new RegExp(`^${prefix}${next}-\\w{4}$`));
});

test('X5, G8: opening the link makes nothing, newest replaces older, and it ends after a day', own, async () => {
  const person = someone();
  await ask(person);
  const first = await linkOf(person.email);
  assert.equal((await stack.get(first, { method: 'HEAD' })).status, 204);
  for (let i = 0; i < 3; i++) {
    assert.equal((await stack.browser().go(first)).status, 200);
  }
  assert.equal(userOf(person.email), undefined);
  stack.moveTime(61);
  await ask(person);
  await atRest();
  assert.equal((await stack.get(first)).status, 410);
  const second = new URL(relay.to(person.email).at(-1).text.match(/https?:\S+\/register\/\S+/)[0]).pathname;
  stack.moveTime(24 * 3600 + 1);
  assert.equal((await stack.get(second)).status, 410);
  assert.equal((await stack.get(`/acme/register/${'A'.repeat(22)}`)).status, 410);
});

test('G8: what is typed is checked, and the password neither shown nor stored as it is', own, async () => {
  const good = someone();
  for (const [name, value] of [['first_name', ''], ['last_name', ''], ['email', 'no address'], ['email', ''],
    ['first_name', 'x'.repeat(101)]]) {
    const answer = await ask({ ...good, [name]: value });
    assert.equal(answer.status, 422, name);
    assert.match(answer.text, new RegExp(`id="error-${name}"`));
    assert.match(answer.text, name === 'last_name' ? /value="Nora"/ : new RegExp(good.last_name));
  }
  await ask(good);
  await atRest();
  const rows = ['asked', 'one_time_token', 'audit'].flatMap((table) =>
    stack.sql(`SELECT * FROM ${table} ORDER BY id DESC LIMIT 20`));
  assert.ok(!JSON.stringify(rows).includes(good.last_name), 'nothing of it is readable before it is confirmed');
  const browser = stack.browser();
  const page = await browser.go(await linkOf(good.email));
  for (const [name, value] of [['new_password', 'short'], ['repeat_password', 'something-else-entirely'], ['new_password', ''],
    ['new_password', 'passwordpassword']]) {
    const answer = await browser.submit(page, { new_password: password, repeat_password: password, [name]: value },
      { action: /confirm$/ });
    assert.equal(answer.status, 422, `${name} ${value}`);
    assert.match(answer.text, new RegExp(`id="error-${name}"`));
    assert.ok(!answer.text.includes(password));
    assert.match(answer.text, new RegExp(good.last_name));
  }
  assert.equal(userOf(good.email), undefined);
  assert.equal((await send(browser, page)).status, 303);
});

test('G8: whoever types somebody else\'s address knows no password of the account that its owner opens', own, async () => {
  const person = someone();
  const theirs = 'amber-keyboard-glacier-7';
  await ask(person);
  await atRest();
  stack.moveTime(61);
  // a stranger asks once more, with a password of theirs: that mail is the newest
  const answer = await ask({ ...person, first_name: 'Mallory', new_password: theirs, repeat_password: theirs });
  assert.equal(answer.status, 303);
  await atRest();
  const newest = new URL(relay.to(person.email).at(-1).text.match(/https?:\S+\/register\/\S+/)[0]).pathname;
  assert.equal((await confirm(newest)).status, 303);
  const { username } = userOf(person.email);
  assert.equal((await stack.browser().signIn('acme', username, theirs)).status, 422);
  assert.equal((await stack.browser().signIn('acme', username, password)).status, 303);
});

test('G8: an address gets a few mails and then one in a quarter of an hour', own, async () => {
  const person = someone();
  for (let i = 0; i < 7; i++) {
    assert.equal((await ask(person)).status, 303);
    stack.moveTime(61);
  }
  await atRest();
  assert.equal(relay.to(person.email).length, 5);
  stack.moveTime(15 * 60);
  await ask({ ...person, email: person.email.toUpperCase() });
  await atRest();
  assert.equal(relay.to(person.email.toUpperCase()).length + relay.to(person.email).length, 6);
});

test('G8: asked twice within a minute it sends one mail', own, async () => {
  const person = someone();
  await ask(person);
  await ask(person);
  await atRest();
  assert.equal(relay.to(person.email).length, 1);
});

test('G7, G8: invitations to the address become the person\'s once it is confirmed', own, async () => {
  const person = someone();
  const [{ id: customer }] = stack.sql(`SELECT id FROM customer WHERE tenant = 'acme' AND number = 'K2001'`);
  const put = (id, key, tenant = 'acme') => stack.sql(`INSERT INTO membership (tenant, id, pool, user_id, customer, kind,
    status, reach, home, email, email_key, first_name, last_name, invited_by, invited, expires, accepted, created,
    last_used, version) VALUES ('${tenant}', '${id}', 'acme-pool', NULL, '${customer}', 'guest', 'pending', 'customer',
    0, '${key}', '${key}', '', '', '', 0, 0, 0, 0, 0, 1)`);
  put('mem_theirs', person.email);
  put('mem_other', `other-${person.email}`);
  await ask(person);
  assert.equal((await confirm(await linkOf(person.email))).status, 303);
  const owner = (id) => stack.sql(`SELECT user_id FROM membership WHERE id = '${id}'`)[0].user_id;
  assert.equal(owner('mem_theirs'), userOf(person.email).id);
  assert.equal(owner('mem_other'), null);
});

const words = {
  de: [/Ein Konto eröffnen/, /Sehen Sie in Ihre E-Mails/, /Konto eröffnen/, /Ihr Konto ist eröffnet/],
  en: [/Open an account/, /Look into your mail/, /Open the account/, /Your account is open/],
  fr: [/Ouvrir un compte/, /Consultez vos e-mails/, /Ouvrir le compte/, /Votre compte est ouvert/],
};

for (const [language, [opening, sent, question, done]] of Object.entries(words)) {
  test(`G8: the whole way in ${language}, and the mail and the account are in it`, own, async () => {
    const person = someone();
    const browser = stack.browser({ 'Accept-Language': language });
    assert.match(visible((await browser.get('/acme/register')).text), opening);
    assert.match(visible((await browser.follow(await ask(person, browser))).text), sent);
    const mail = await relay.mailTo(person.email);
    assert.equal(mail.headers['content-language'], language);
    const page = await browser.go(await linkOf(person.email));
    assert.match(visible(page.text), question);
    const last = await browser.follow(await send(browser, page));
    assert.match(visible(last.text), done);
    const [{ language: kept }] = stack.sql(`SELECT language FROM customer WHERE email = '${person.email}'`);
    assert.equal(kept, language);
  });
}

test('G7, G8: who was wanted before they had an account gets the invitations when it is open, and is shown them', own, async () => {
  const person = someone();
  const wanted = [];
  for (const company_name of ['Dachdecker Voss', 'Café Central', 'Weingut Hell']) {
    const { json: { number } } = await stack.api('acme', 'POST', '/customers', { company_name, email: 'c@register.example' });
    const { json } = await stack.api('acme', 'POST', `/customers/${number}/invitations`, { email: person.email, preset: 'accountant' });
    assert.equal(json.status, 'pending');
    wanted.push({ number, id: json.id, company_name });
  }
  assert.equal((await ask(person)).status, 303);
  const browser = stack.browser();
  const confirmed = await confirm(await linkOf(person.email), browser);
  const done = await browser.go(confirmed.location);
  assert.match(visible(done.text), /auch zu anderen Konten eingeladen/);
  const mails = await until('the invitations', () => {
    const found = relay.to(person.email).filter(({ text }) => /\/invitation\//.test(text));
    return found.length === 3 && found;
  });
  assert.deepEqual(mails.map(({ text }) => text.match(/Kundennummer (K\d+)/)[1]).sort(), wanted.map(({ number }) => number).sort());
  const entered = await browser.signIn('acme', userOf(person.email).username, password);
  assert.equal(entered.location, '/acme/accounts');
  const page = await browser.get('/acme/accounts');
  for (const { id, number, company_name } of wanted) {
    assert.ok(links(page.text).includes(`/acme/invitation/${id}`), company_name);
    assert.match(visible(page.text), new RegExp(`${company_name} Kundennummer ${number}`));
    assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM audit WHERE object = '${id}' AND action = 'membership.invited'`)[0].n, 1);
  }
  await browser.submit(await browser.get(`/acme/invitation/${wanted[0].id}`), {}, { action: /accept$/ });
  const mail = mails.find(({ text }) => text.includes(`Kundennummer ${wanted[1].number}`));
  const link = new URL(mail.text.match(/https?:\S+\/invitation\/\S+/)[0]).pathname;
  assert.equal((await browser.submit(await browser.get(link), {}, { action: /accept$/ })).status, 200, 'by the link of the mail, too');
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM membership WHERE user_id = '${userOf(person.email).id}' AND status = 'active'`)[0].n, 3);
});
