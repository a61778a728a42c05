// The forgotten password: from the form over the mail to the next sign-in.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { forms, visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { build, startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack({ clock: true });
const own = { skip: stack.skip };
after(() => relay.stop());

const password = 'copper-window-orchard-8';
const fresh = 'violet-tractor-museum-12';

// A customer with an address, and logins of it: { number, email, logins }.
async function account(names = 1, customer = {}) {
  const id = randomUUID().slice(0, 8);
  const email = `office-${id}@reset.example`;
  const made = await stack.api('acme', 'POST', '/customers', { company_name: `Firma ${id}`, email, ...customer });
  assert.equal(made.status, 201, made.text);
  const { number } = made.json;
  const logins = [];
  for (let i = 0; i < names; i++) {
    const login = { username: `reset-${id}-${i}`, email: `login-${id}-${i}@reset.example` };
    const answer = await stack.api('acme', 'POST', '/user-logins',
      { customer: number, ...login, password, must_change: false, send_mail: false });
    assert.equal(answer.status, 201, answer.text);
    logins.push(login);
  }
  return { number, email: customer.email ?? email, logins };
}

async function ask(typed, browser = stack.browser()) {
  const answer = await browser.submit(await browser.get('/acme/reset'), { username: typed }, { action: /reset$/ });
  assert.equal(answer.status, 303, answer.text);
  assert.equal(answer.location, '/acme/reset/code?sent=1');
  return answer;
}

// Everything that was asked for is done, and its mail sent.
const atRest = () => until('nothing to be asked for or sent any more', () =>
  stack.sql('SELECT COUNT(*) AS n FROM asked')[0].n === 0 &&
  stack.sql(`SELECT COUNT(*) AS n FROM mail WHERE state IN ('queued', 'leased')
    AND event IN ('password_reset', 'login_password_changed')`)[0].n === 0, 60_000);

// What a mail offers: [{ username, path, code }].
const offers = (mail) => [...mail.text.matchAll(
  /Benutzername: (\S+)\n(\S+)\nCode: (\d{4} \d{4})/g)].map(([, username, url, code]) => {
  assert.ok(url.startsWith(`${stack.base}/acme/reset/`), url);
  return { username, path: new URL(url).pathname, code };
});

const mailed = async (address) => offers(await relay.mailTo(address));

// From a link to the new password.
async function choose(path, browser = stack.browser(), words = fresh) {
  const hop = await browser.get(path);
  assert.equal(hop.status, 303, hop.text);
  const page = await browser.get(hop.location);
  assert.equal(page.status, 200, page.text);
  return browser.submit(page, { new_password: words, repeat_password: words }, { action: /reset\/password$/ });
}

const signIn = async (username, words) =>
  (await stack.browser().signIn('acme', username, words)).status === 303;

test('F51: by username a link comes to the address on file, and opens the way to a new password', own, async () => {
  const { logins: [{ username, email }] } = await account();
  await ask(username.toUpperCase());
  const mail = await relay.mailTo(email);
  assert.deepEqual(mail.to, [email]);
  const [offer, ...more] = offers(mail);
  assert.equal(offer.username, username);
  assert.deepEqual(more, []);
  assert.match(mail.html, new RegExp(`<a href="${stack.base}${offer.path}">`));
  const done = await choose(offer.path);
  assert.equal(done.status, 303, done.text);
  assert.equal(done.location, '/acme/reset/done');
  assert.equal(await signIn(username, fresh), true);
  assert.equal(await signIn(username, password), false);
});

test('F51: an e-mail address does as well, and each login that has it is named in one mail', own, async () => {
  const { number, logins: [one] } = await account();
  const twin = { username: `${one.username}-twin`, email: one.email };
  await stack.api('acme', 'POST', '/user-logins', { customer: number, ...twin, password, send_mail: false });
  await ask(one.email.toUpperCase());
  await atRest();
  assert.equal(relay.to(one.email).length, 1);
  assert.deepEqual((await mailed(one.email)).map(({ username }) => username), [one.username, twin.username]);
});

test('F52, F55: by customer number one mail goes to the account\'s address and names each login with its link', own, async () => {
  const { number, email, logins } = await account(3);
  await ask(number);
  await atRest();
  const mails = relay.to(email);
  assert.equal(mails.length, 1);
  const found = offers(mails[0]);
  assert.deepEqual(found.map(({ username }) => username), logins.map(({ username }) => username));
  assert.equal(new Set(found.map(({ path }) => path)).size, 3);
  assert.deepEqual(logins.map((login) => relay.to(login.email).length), [0, 0, 0]);
  assert.equal((await choose(found[1].path)).status, 303);
  assert.deepEqual(await Promise.all(logins.map(({ username }) => signIn(username, fresh))), [false, true, false]);
});

test('F52: a number in small letters is the same; a username that is a number leads to both addresses on file', own, async () => {
  const { number, email } = await account(0);
  const person = `person-${number.toLowerCase()}@reset.example`;
  const made = await stack.api('acme', 'POST', '/user-logins', { customer: number, email: person, send_mail: false });
  assert.equal(made.json.username, number);
  await ask(number.toLowerCase());
  const [[toAccount], [toPerson]] = [await mailed(email), await mailed(person)];
  assert.equal(toAccount.path, toPerson.path, 'the same link, so that none replaces the other');
});

test('F53, F55: an address that a member gave the account is no way to the logins of others', own, async () => {
  const { number, email, logins: [owner] } = await account();
  const mine = `contact-${randomUUID().slice(0, 8)}@reset.example`;
  const added = await stack.api('acme', 'POST', `/customers/${number}/members`,
    { kind: 'contact', email: mine, first_name: 'Ina', last_name: 'Innen', preset: 'administrator' });
  assert.equal(added.status, 201, added.text);
  const [link] = (await relay.mailTo(mine)).text.match(/https?:\S+\/invitation\/\S+/);
  const browser = stack.browser();
  const first = await browser.get(new URL(link).pathname);
  assert.equal((await browser.submit(first, { new_password: fresh, repeat_password: fresh }, { action: /password$/ })).status, 303);
  const [{ username }] = stack.sql(`SELECT username FROM users WHERE email = '${mine}'`);
  assert.equal((await browser.signIn('acme', username, fresh)).status, 303);
  const put = async (address) => browser.submit(await browser.get('/acme/profile/change'),
    { company_name: 'Firma', email: address }, { action: /profile\/change$/ });
  assert.equal((await put(mine)).status, 303);
  await ask(number);
  await atRest();
  const named = (address) => relay.to(address).flatMap((mail) => offers(mail).map((offer) => offer.username));
  assert.deepEqual(named(mine), [username], 'their own login alone');
  assert.deepEqual(named(owner.email), [owner.username]);
  assert.deepEqual(named(email), []);
  const { headers: { etag } } = await stack.api('acme', 'GET', `/customers/${number}`);
  const byMerchant = await stack.api('acme', 'PATCH', `/customers/${number}`, { email: `new-${email}` }, { 'If-Match': etag });
  assert.equal(byMerchant.status, 200, byMerchant.text);
  stack.moveTime(61);
  await ask(number);
  await atRest();
  assert.deepEqual(named(`new-${email}`).sort(), [owner.username, username].sort(), 'the merchant\'s word counts');
});

test('F53: nothing goes to an address that is on nobody\'s file', own, async () => {
  const stranger = `${randomUUID()}@elsewhere.example`;
  const { logins: [{ username, email }] } = await account();
  for (const typed of [stranger, `${username},${stranger}`, `${email} ${stranger}`,
    `${email},${stranger}`, `${stranger}%0a${email}`]) {
    await ask(typed);
  }
  const browser = stack.browser();
  const page = await browser.get('/acme/reset');
  assert.equal((await browser.submit(page, { username: `${username}\n${stranger}` }, { action: /reset$/ })).status, 422);
  for (const body of [`username=${username}&email=${stranger}`, `username=${username}&to=${stranger}`]) {
    const { form_token } = forms(page.text)[0].hidden;
    await browser.post('/acme/reset', `form_token=${form_token}&${body}`);
  }
  await atRest();
  assert.deepEqual(relay.mails.filter(({ to }) => to.some((one) => /elsewhere/.test(one))), []);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM mail WHERE recipient LIKE '%elsewhere%'`)[0].n, 0);
  assert.equal(relay.to(email).length, 1);
});

test('F53: the link leads to the portal\'s own address, whatever Host the browser names', own, async () => {
  const { logins: [{ username, email }] } = await account();
  const browser = stack.browser({ Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' });
  await browser.submit(await browser.get('/acme/reset'), { username }, { action: /reset$/ });
  const mail = await relay.mailTo(email);
  assert.doesNotMatch(mail.raw, /evil/);
  assert.equal(offers(mail).length, 1);
});

test('F20, F54: a blocked login gets the same answer and no mail; a link from before opens nothing', own, async () => {
  const { number, email, logins: [one, two] } = await account(2);
  await ask(one.username);
  const [{ path }] = await mailed(one.email);
  const browser = stack.browser();
  const form = await browser.get((await browser.get(path)).location);
  assert.equal((await stack.api('acme', 'POST', `/user-logins/${one.username}/block`, { send_mail: false })).status, 200);
  const late = await browser.submit(form, { new_password: fresh, repeat_password: fresh }, { action: /password$/ });
  assert.equal(late.status, 410);
  stack.moveTime(61);
  await ask(one.username);
  await ask(number);
  await atRest();
  assert.equal(relay.to(one.email).length, 1);
  assert.deepEqual((await mailed(email)).map(({ username }) => username), [two.username]);
  await stack.api('acme', 'POST', `/user-logins/${one.username}/activate`);
  assert.equal(await signIn(one.username, fresh), false);
});

test('X5, F54: a new password or address, and a block, void the links of every tenant of the pool', own, async () => {
  const [{ pool }] = stack.sql("SELECT pool FROM tenant WHERE id = 'globex'");
  // globex signs in the same people, for a while
  stack.sql("UPDATE tenant SET pool = 'acme-pool' WHERE id = 'globex'");
  const linkAt = async (tenant, { username, email }) => {
    const browser = stack.browser();
    const sent = relay.to(email).length;
    await browser.submit(await browser.get(`/${tenant}/reset`), { username }, { action: /reset$/ });
    await until(`the mail of ${tenant}`, () => relay.to(email).length > sent);
    return new URL(relay.to(email).at(-1).text.match(/https?:\S+\/reset\/\S+/)[0]).pathname;
  };
  const guest = ({ username }) => stack.sql(`INSERT INTO membership (tenant, id, pool, user_id, customer, kind, status,
    reach, home, email, email_key, first_name, last_name, invited_by, invited, expires, accepted, created, last_used, version)
    SELECT 'globex', 'mem_${randomUUID().slice(0, 8)}', 'acme-pool', u.id, c.id, 'guest', 'active', 'customer', 0, '', '', '',
    '', '', 0, 0, 1, 1, 0, 1 FROM users u, customer c WHERE u.username = '${username}' AND c.tenant = 'globex' AND c.number = 'G100'`);
  const acts = {
    'a reset': async (one) => assert.equal((await choose(await linkAt('acme', one))).status, 303),
    'a block': async ({ username }) => {
      assert.equal((await stack.api('acme', 'POST', `/user-logins/${username}/block`, { send_mail: false })).status, 200);
      assert.equal((await stack.api('acme', 'POST', `/user-logins/${username}/activate`, { send_mail: false })).status, 200);
    },
    'another address': async ({ username, email }) => {
      const browser = stack.browser();
      await browser.signIn('acme', username, password);
      await browser.submit(await browser.get('/acme/security/email'), { email: `new-${email}`, password }, { action: /email$/ });
      const [link] = (await relay.mailTo(`new-${email}`)).text.match(/https?:\S+\/email\/\S+/);
      const page = await browser.go(new URL(link).pathname);
      assert.equal((await browser.submit(page, {}, { action: /email\/confirm$/ })).status, 303);
    },
  };
  try {
    for (const [what, act] of Object.entries(acts)) {
      const { logins: [one] } = await account();
      guest(one);
      const path = await linkAt('globex', one);
      assert.equal((await stack.get(path)).status, 303, what);
      await act(one);
      assert.equal((await stack.get(path)).status, 410, what);
    }
  } finally {
    stack.sql(`DELETE FROM membership WHERE tenant = 'globex' AND pool = 'acme-pool';
      UPDATE tenant SET pool = '${pool}' WHERE id = 'globex'`);
  }
});

// ---- the answer ----

const bare = (answer) => ({
  status: answer.status, text: answer.text.replace(/[0-9a-f]{32,}/g, (id) => '0'.repeat(id.length)),
  length: answer.bytes.length, location: answer.location,
  names: answer.rawHeaders.filter((_, i) => i % 2 === 0),
});

test('F54: known, unknown, blocked: the same status, headers and bytes, also of the page that follows', own, async () => {
  const { number, email, logins: [one, blocked] } = await account(2);
  await stack.api('acme', 'POST', `/user-logins/${blocked.username}/block`);
  const see = async (typed) => {
    const browser = stack.browser();
    const answer = await ask(typed, browser);
    return [bare(answer), bare(await browser.get(answer.location))];
  };
  const known = await see(one.username);
  for (const typed of [`no-${randomUUID()}`, blocked.username, one.email, email, number, 'K999999', 'x', '%', "' OR 1=1 --",
    'ä'.repeat(250)]) {
    assert.deepEqual(await see(typed), known, typed);
  }
  assert.deepEqual(await see(one.username), known, 'and when it comes again at once');
});

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

test('F54: 1,000 tries each of known and unknown names take the same time', own, async (t) => {
  const browser = stack.browser();
  const page = await browser.get('/acme/reset');
  const { form_token } = forms(page.text)[0].hidden;
  const names = Array.from({ length: 20 }, (_, i) => i % 2 ? `nobody-${i}-xxxxxxxx` : undefined);
  const { logins } = await account(10);
  logins.forEach(({ username }, i) => { names[2 * i] = username; });
  let difference;
  // a machine that is busy elsewhere may spoil one run, not three
  for (let run = 0; run < 3; run++) {
    const times = [[], []];
    let first;
    for (let i = 0; i < 2000; i++) {
      if (i % 20 === 0) {
        stack.moveTime(1000); // all limits are as if nobody had asked
      }
      // which of two comes first is chance, so that no worker has one kind alone
      const at = i % 2 ? 1 - first : first = Number(Math.random() < 0.5);
      const from = process.hrtime.bigint();
      const answer = await browser.post('/acme/reset', { form_token, username: names[i % 20 - i % 2 + at] });
      times[at].push(Number(process.hrtime.bigint() - from) / 1e6);
      assert.equal(answer.status, 303, answer.text);
    }
    difference = Math.abs(median(times[0]) - median(times[1]));
    t.diagnostic(`medians ${times.map((list) => median(list).toFixed(3)).join(' and ')} ms`);
    if (difference < 1) {
      break;
    }
  }
  assert.ok(difference < 1, `the medians differ by ${difference} ms`);
  await atRest();
});

test('F54: the code page tells nothing either', own, async () => {
  const { logins: [{ username }] } = await account();
  const see = async (typed) => {
    const browser = stack.browser();
    const answer = await browser.submit(await browser.get('/acme/reset/code'), { username: typed, code: '12345678' },
      { action: /code$/ });
    assert.equal(answer.status, 422);
    return bare({ ...answer, bytes: answer.bytes, text: answer.text.replaceAll(typed, 'NAME'), rawHeaders: answer.rawHeaders });
  };
  const known = await see(username);
  const unknown = await see('x'.repeat(username.length));
  assert.deepEqual(unknown, known);
});

test('F54: asked again within a minute it sends one mail, after it another', own, async () => {
  const { logins: [{ username, email }] } = await account();
  await ask(username);
  await ask(` ${username} `);
  await atRest();
  assert.equal(relay.to(email).length, 1);
  stack.moveTime(61);
  await ask(username);
  await atRest();
  assert.equal(relay.to(email).length, 2);
});

test('F54: for one name there are a few mails and then one in a quarter of an hour; the last link stays good', own, async () => {
  const { logins: [{ username, email }] } = await account();
  for (const typed of [username, ` ${username} `, username.toUpperCase(), username, username, username, username]) {
    await ask(typed);
    await atRest();
    stack.moveTime(61);
  }
  assert.equal(relay.to(email).length, 5);
  const [{ path }] = offers(relay.to(email).at(-1));
  assert.equal((await choose(path)).status, 303);
  stack.moveTime(15 * 60);
  await ask(username);
  await atRest();
  assert.equal(offers(relay.to(email).at(-1)).length, 1);
  assert.notEqual(offers(relay.to(email).at(-1))[0].path, path);
});

test('F54: one network asks so often and no more, whoever it asks for', own, async () => {
  stack.moveTime(600);
  const browser = stack.browser();
  const page = await browser.get('/acme/reset');
  const many = async () => browser.submit(page, { username: randomUUID() }, { action: /reset$/ });
  let answer;
  let n = 0;
  do {
    answer = await many();
    n++;
  } while (answer.status === 303 && n < 100);
  assert.equal(answer.status, 429);
  assert.ok(answer.headers['retry-after']);
  assert.ok(n > 20 && n < 50, `${n}`);
  const { logins: [{ username }] } = await account();
  assert.equal((await browser.submit(page, { username }, { action: /reset$/ })).status, 429);
  stack.moveTime(600);
  assert.equal((await many()).status, 303);
});

// ---- the link and the code ----

test('X5: opening the link uses nothing up: not by GET, HEAD, prefetch, or a scanner', own, async () => {
  const { logins: [{ username, email }] } = await account();
  await ask(username);
  const [{ path }] = await mailed(email);
  assert.equal((await stack.get(path, { method: 'HEAD' })).status, 204);
  assert.equal((await stack.get(path, { headers: { 'Sec-Purpose': 'prefetch' } })).status, 503);
  for (let i = 0; i < 5; i++) {
    const browser = stack.browser();
    const hop = await browser.get(path);
    assert.equal(hop.status, 303);
    assert.doesNotMatch(hop.location, new RegExp(path.split('/').pop()), 'the address is clean');
    assert.equal((await browser.get(hop.location)).status, 200);
    assert.match((await browser.get(hop.location)).text, new RegExp(username));
  }
  assert.equal((await choose(path)).status, 303);
});

test('X5: what the link leads to is good in that browser alone, and for a quarter of an hour', own, async () => {
  const { logins: [{ username, email }] } = await account();
  await ask(username);
  const [{ path }] = await mailed(email);
  const browser = stack.browser();
  const { location } = await browser.get(path);
  assert.equal((await stack.browser().get(location)).status, 410);
  const other = stack.browser();
  await other.get('/acme/reset');
  assert.equal((await other.get(location)).status, 410);
  stack.moveTime(15 * 60 + 1);
  assert.equal((await browser.get(location)).status, 410);
  assert.equal((await choose(path)).status, 303, 'the link itself is good for longer');
});

test('X5: used, replaced, expired, unknown: a page that says so and leads to a new one', own, async () => {
  const { logins: [{ username, email }] } = await account();
  await ask(username);
  const [used] = await mailed(email);
  assert.equal((await choose(used.path)).status, 303);
  stack.moveTime(61);
  await ask(username);
  await atRest();
  const [replaced] = offers(relay.to(email).at(-1));
  stack.moveTime(61);
  await ask(username);
  await atRest();
  const [newest] = offers(relay.to(email).at(-1));
  const over = async (path, what) => {
    const answer = await stack.get(path);
    assert.equal(answer.status, 410, what);
    assert.match(answer.text, /href="\/acme\/reset"/, what);
    assert.deepEqual(answer.cookies, [], what);
  };
  await over(used.path, 'used');
  await over(replaced.path, 'replaced');
  await over(`/acme/reset/${'A'.repeat(22)}`, 'unknown');
  await over(`/acme/reset/${'A'.repeat(2000)}`, 'long');
  await over('/acme/reset/%00', 'odd').catch(() => {}); // nginx refuses it by itself
  await over(newest.path.replace('/acme/', '/globex/').replace('globex', 'acme').replace(/.$/, (c) => c === 'A' ? 'B' : 'A'), 'another');
  assert.equal((await stack.get(newest.path.replace('acme', 'globex'))).status, 410, 'of another tenant');
  stack.moveTime(30 * 60 + 1);
  await over(newest.path, 'expired');
});

test('X5: two who use one link at the same time set one password', own, async () => {
  const { logins: [{ username, email }] } = await account();
  await ask(username);
  const [{ path }] = await mailed(email);
  const words = ['first-of-two-passwords-1', 'second-of-two-passwords-2'];
  const pages = await Promise.all(words.map(async () => {
    const browser = stack.browser();
    return { browser, page: await browser.get((await browser.get(path)).location) };
  }));
  const answers = await Promise.all(pages.map(({ browser, page }, i) => browser.submit(page,
    { new_password: words[i], repeat_password: words[i] }, { action: /password$/ })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 410]);
  assert.equal(await signIn(username, words[answers.findIndex(({ status }) => status === 303)]), true);
});

test('F51: the code opens the same way, with or without a blank; after five wrong ones only the link does', own, async () => {
  const { number, logins: [{ username, email }] } = await account();
  await ask(username);
  const [{ code, path }] = await mailed(email);
  const type = async (typed, digits) => {
    const browser = stack.browser();
    const answer = await browser.submit(await browser.get('/acme/reset/code'), { username: typed, code: digits },
      { action: /code$/ });
    return { browser, answer };
  };
  for (const [typed, digits] of [[username, code], [email, code.replace(' ', '')], [number, code]]) {
    const { browser, answer } = await type(typed, digits);
    assert.equal(answer.status, 303, typed);
    const page = await browser.get(answer.location);
    assert.match(page.text, new RegExp(username));
  }
  const wrong = code.replace(/\d/, (digit) => (Number(digit) + 1) % 10);
  for (let i = 0; i < 5; i++) {
    assert.equal((await type(username, wrong)).answer.status, 422);
  }
  const { answer } = await type(username, code);
  assert.equal(answer.status, 422);
  assert.match(answer.text, /class="field-hint"/);
  assert.equal((await choose(path)).status, 303);
});

// ---- what follows ----

test('F51: a new password ends every session, tells the person, and stands in the trail', own, async () => {
  const { logins: [{ username, email }] } = await account();
  const sessions = [];
  for (let i = 0; i < 2; i++) {
    const browser = stack.browser();
    await browser.signIn('acme', username, password);
    assert.equal((await browser.get('/acme/')).status, 200);
    sessions.push(browser);
  }
  await ask(username);
  const [{ path }] = await mailed(email);
  const done = await choose(path);
  for (const browser of sessions) {
    assert.equal((await browser.get('/acme/')).status, 303);
  }
  assert.equal(done.cookie('pf-acme'), undefined, 'nobody is signed in by it');
  await atRest();
  const notice = relay.to(email).at(-1);
  assert.equal(notice.headers.subject, 'Ihr Passwort für Acme Telekom wurde geändert');
  assert.match(notice.text, new RegExp(username));
  assert.doesNotMatch(notice.text, new RegExp(fresh));
  const [{ id }] = stack.sql(`SELECT id FROM users WHERE username = '${username}'`);
  const trail = stack.sql(`SELECT action, actor, before, after FROM audit WHERE object = '${id}' ORDER BY id`);
  assert.deepEqual(trail.map(({ action }) => action).filter((action) => /reset|password|sessions/.test(action)),
    ['reset.sent', 'login.password_changed', 'sessions.ended']);
  const change = trail.find(({ action }) => action === 'login.password_changed');
  assert.equal(change.actor, `user:${id}`);
  assert.doesNotMatch(change.before + change.after, /argon2/);
});

test('F51: passwords that are too short, common, or typed differently come back to the form', own, async () => {
  const { logins: [{ username, email }] } = await account();
  await ask(username);
  const [{ path }] = await mailed(email);
  const browser = stack.browser();
  const page = await browser.get((await browser.get(path)).location);
  const rows = [['short', 'short'], ['passwordpassword', 'passwordpassword'], [fresh, `${fresh}x`], ['', ''],
    [`${username}1`, `${username}1`]];
  for (const [new_password, repeat_password] of rows) {
    const answer = await browser.submit(page, { new_password, repeat_password }, { action: /password$/ });
    assert.equal(answer.status, 422, new_password);
    assert.match(answer.text, /role="alert"/);
    if (new_password) {
      assert.doesNotMatch(answer.text, new RegExp(`value="${new_password}"`));
    }
  }
  assert.equal((await browser.submit(page, { new_password: fresh, repeat_password: fresh }, { action: /password$/ })).status, 303);
});

test('F54: neither names nor links nor codes stand in a log, a table or the trail', own, async () => {
  const { logins: [{ username, email }] } = await account();
  const marks = ['access.log', 'error.log'].filter((name) => {
    try {
      return stack.log(name) !== undefined;
    } catch {
      return false;
    }
  });
  await ask(username);
  const [{ path, code }] = await mailed(email);
  await choose(path);
  await atRest();
  const secret = path.split('/').pop();
  const table = (name) => stack.sql(`SELECT * FROM ${name} ORDER BY id DESC LIMIT 50`);
  const stored = JSON.stringify(['one_time_token', 'mail', 'audit', 'asked', 'rate'].flatMap(table));
  assert.match(stored, new RegExp(email), 'the mail\'s row is there');
  for (const text of [secret, code, code.replace(' ', '')]) {
    assert.ok(!stored.includes(text), text);
  }
  assert.deepEqual(table('audit').filter((row) => /reset/.test(row.action) && JSON.stringify(row).includes(username)), []);
  for (const name of marks) {
    assert.ok(!stack.log(name).includes(code));
  }
});

test('F31: the mail is in the language of the person, else of the account, else of the page', own, async () => {
  const french = await account(1, { language: 'fr' });
  await ask(french.number);
  assert.equal((await relay.mailTo(french.email)).headers['content-language'], 'fr');
  const { logins: [{ username, email }] } = await account();
  const browser = stack.browser({ 'Accept-Language': 'en' });
  await browser.submit(await browser.get('/acme/reset'), { username }, { action: /reset$/ });
  const mail = await relay.mailTo(email);
  assert.equal(mail.headers['content-language'], 'en');
  assert.match(mail.text, /^Hello,\n/);
});

test('X5: several hosts that do the work at once send one mail for each', own, async () => {
  stack.moveTime(600);
  const { logins } = await account(12);
  for (const { username } of logins) {
    await ask(username);
  }
  const hosts = Array.from({ length: 3 }, () => once(spawn(join(build, 'pforte'),
    ['--config', join(stack.state, 'pforte.conf'), 'jobs', '--once'], { stdio: 'ignore' }), 'exit'));
  assert.deepEqual((await Promise.all(hosts)).map(([code]) => code), [0, 0, 0]);
  await atRest();
  assert.deepEqual(logins.map(({ email }) => relay.to(email).length), logins.map(() => 1));
  for (const { email } of logins) {
    const [{ path }] = await mailed(email);
    assert.equal((await stack.get(path)).status, 303);
  }
});

// ---- with plain HTTP, in three languages ----

const words = {
  de: [/Passwort vergessen\?/, /Wenn wir diesen Namen kennen/, /Neues Passwort/, /Ihr Passwort ist geändert/],
  en: [/Forgot your password\?/, /If we know this name/, /New password/, /Your password is changed/],
  fr: [/Mot de passe oublié/, /Si nous connaissons ce nom/, /Nouveau mot de passe/, /Votre mot de passe est modifié/],
};

for (const [language, [asked, sent, choosing, changed]] of Object.entries(words)) {
  test(`F51, F52, X5: the whole way by plain HTTP in ${language}`, own, async () => {
    const { number, email, logins: [{ username }] } = await account();
    const browser = stack.browser({ 'Accept-Language': language });
    const login = await browser.get('/acme/login');
    assert.match(login.text, /href="\/acme\/reset"/);
    const page = await browser.get('/acme/reset');
    assert.match(visible(page.text), asked);
    const after = await browser.follow(await browser.submit(page, { username: number }, { action: /reset$/ }));
    assert.match(visible(after.text), sent);
    const url = (await relay.mailTo(email)).text.match(/https?:\S+\/reset\/\S+/)[0];
    const form = await browser.go(new URL(url).pathname);
    assert.match(visible(form.text), choosing);
    const done = await browser.follow(await browser.submit(form,
      { new_password: fresh, repeat_password: fresh }, { action: /password$/ }));
    assert.match(visible(done.text), changed);
    assert.equal(done.lang, language);
    assert.equal(await signIn(username, fresh), true);
  });
}
