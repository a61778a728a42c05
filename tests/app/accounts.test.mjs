// One person, several accounts: the choice after sign-in, the change in the menu,
// pages of another account, and what becomes of sessions when rights change.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, links, visible } from '../lib/client.mjs';
import { linkFor } from '../lib/sso.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const acme = stack.tenant('acme');
const anna = stack.user('anna');
const HOME = 'K2000', SISTER = 'K2001';
const CONTRACT = 'VT-7KQ2-ZHXM', SISTERS = 'VT-2MMF-8E4J', BRUNOS = 'VT-6HSN-P3VD';

let made = 0;
async function login(customer, status = 'active') {
  const username = `person-${process.pid}-${++made}`;
  const password = 'copper-window-orchard-8';
  const answer = await stack.api('acme', 'POST', '/user-logins',
    { customer, email: `${username}@example.com`, username, password, must_change: false });
  assert.equal(answer.status, 201, answer.text);
  return { username, password, status };
}

async function customer(company_name) {
  const answer = await stack.api('acme', 'POST', '/customers', { company_name, email: 'x@example.com' });
  assert.equal(answer.status, 201, answer.text);
  return answer.json.number;
}

const idOf = (username) => stack.sql(`SELECT id FROM users WHERE username = '${username}'`)[0].id;
const membershipOf = (username, number) => stack.sql(`SELECT m.* FROM membership m
  JOIN customer c ON c.tenant = m.tenant AND c.id = m.customer
  WHERE m.user_id = '${idOf(username)}' AND c.number = '${number}'`)[0];

// Lets a user into one more account, with these permissions.
function join(username, number, { kind = 'guest', status = 'active', permissions = [] } = {}) {
  const id = `mem_test${process.pid}${++made}`;
  stack.sql(`INSERT INTO membership (tenant, id, pool, user_id, customer, kind, status, reach, home,
      email, email_key, first_name, last_name, invited_by, invited, expires, accepted, created,
      last_used, version)
    SELECT 'acme', '${id}', pool, id, (SELECT id FROM customer WHERE tenant = 'acme'
      AND number = '${number}'), '${kind}', '${status}', 'customer', 0, '', '', '', '', '', 0, 0, 1, 1, 0, 1
    FROM users WHERE username = '${username}'`);
  for (const permission of permissions) {
    stack.sql(`INSERT INTO membership_permission (tenant, membership, permission, given_by)
      VALUES ('acme', '${id}', '${permission}', '')`);
  }
  return id;
}

const sessionOf = (browser) => stack.inspect('pforte:session:acme', browser.jar.get('pf-acme'));
const shown = (page) => visible(/<div class="account">[\s\S]*?<(\/summary|form|\/div)/.exec(page.text)[0]);
const offered = (page) => forms(page.text).filter(({ hidden }) => hidden.customer)
  .map(({ hidden }) => hidden.customer);
const isChoice = (answer, next = '') => {
  assert.equal(answer.status, 303, answer.text);
  const { pathname, searchParams } = new URL(answer.location, stack.base);
  assert.equal(pathname, '/acme/accounts');
  assert.equal(searchParams.get('next') ?? '', next);
};

// ---- the choice ----

test('G1, G34, G35: who has several accounts chooses after the password, by name and number', async () => {
  const browser = stack.browser();
  const answer = await browser.signIn('acme', anna.username, anna.password);
  isChoice(answer);
  const page = await browser.follow(answer);
  assert.equal(page.status, 200);
  assert.match(page.title, /^Konto wählen/);
  assert.deepEqual(offered(page).sort(), [HOME, SISTER]);
  const words = visible(page.text);
  assert.match(words, /Bäckerei Sommer GmbH Kundennummer K2000 · Inhaber/);
  assert.match(words, /Sommer & Söhne KG Kundennummer K2001 · Gast/);
  assert.ok(!forms(page.text).some(({ method }) => method === 'get'), 'two need no search');

  const chosen = await browser.choose(page, SISTER);
  assert.equal(chosen.status, 303);
  assert.equal(chosen.location, '/acme/');
  const home = await browser.follow(chosen);
  assert.match(shown(home), /Sommer & Söhne KG.*K2001/);
  const again = await stack.signedIn('acme', 'anna');
  assert.match(visible((await again.get('/acme/accounts')).text), /K2001 · Gast · zuletzt benutzt \d/);
});

test('G36: who has one account is not asked, and finds no menu of others', async () => {
  const { username, password } = stack.user('bruno');
  const browser = stack.browser();
  const answer = await browser.signIn('acme', username, password);
  assert.equal(answer.location, '/acme/');
  const page = await browser.follow(answer);
  assert.match(shown(page), /Bruno Keller.*K2002/);
  assert.deepEqual(offered(page), []);
  assert.doesNotMatch(page.text, /<details class="switch"/);
  assert.equal((await browser.get('/acme/accounts')).location, '/acme/');
});

test('G36: memberships that are not active, and accounts of another tenant, do not count', own, async () => {
  const user = await login('K2002');
  for (const status of ['inactive', 'invited', 'rejected', 'pending']) {
    join(user.username, await customer(`Nicht ${status}`), { status });
  }
  const browser = stack.browser();
  assert.equal((await browser.signIn('acme', user.username, user.password)).location, '/acme/');
  for (const [number, tenant] of [['G100', 'globex'], ['K2000', 'acme'], ['K9999', 'acme']]) {
    const page = await browser.get('/acme/');
    const { hidden } = forms(page.text)[0];
    const answer = await browser.post('/acme/accounts', { ...hidden, customer: number });
    assert.equal(answer.status, 403, `${tenant} ${number}`);
    assert.match(shown(await browser.get('/acme/')), /K2002/);
  }
});

test('G34: before the choice nothing is open but the choice and the way out', own, async () => {
  const browser = stack.browser();
  await browser.signIn('acme', anna.username, anna.password);
  const token = sessionOf(browser);
  assert.equal(token.scope, 'choice');
  assert.equal(token.customer ?? '', '');
  assert.deepEqual(token.groups, []);
  for (const path of ['/', '/invoices', '/contracts', `/contracts/${CONTRACT}`, '/login']) {
    const answer = await browser.get(`/acme${path}`);
    isChoice(answer, ['/', '/login'].includes(path) ? '' : path);
    const program = await browser.get(`/acme${path}`, { headers: { Accept: 'application/json' } });
    assert.ok(path === '/login' || (program.status === 403 && program.json.code === 'account_choice'), path);
  }
  assert.equal((await browser.get('/acme/admin')).location, '/acme/admin/login');
  const page = await browser.get('/acme/accounts');
  assert.match(shown(page), /anna/);
  assert.equal((await browser.submit(page, {}, { action: /\/logout$/ })).status, 303);
  assert.match((await browser.get('/acme/accounts')).location, /^\/acme\/login/);
});

test('G34: the choice leads on to where the person wanted to go', async () => {
  const browser = stack.browser();
  const answer = await browser.signIn('acme', anna.username, anna.password, '/invoices?after=2026-01-01~RE1');
  const page = await browser.follow(answer);
  const chosen = await browser.choose(page, HOME);
  assert.equal(chosen.location, '/acme/invoices?after=2026-01-01~RE1');
  for (const next of ['//evil.example', 'https://evil.example/', '/a/../b', '/%0d']) {
    const other = stack.browser();
    await other.signIn('acme', anna.username, anna.password);
    const asked = await other.get(`/acme/accounts?next=${encodeURIComponent(next)}`);
    assert.equal((await other.choose(asked, HOME)).location, '/acme/', next);
  }
});

test('G34: a choice that is put off ends after ten minutes, without the rights of a session', own, async () => {
  const browser = stack.browser();
  await browser.signIn('acme', anna.username, anna.password);
  const [row] = stack.sql(`SELECT * FROM session WHERE user_id = '${idOf('anna')}'
    AND membership = '' AND ended = 0 ORDER BY created DESC, id LIMIT 1`);
  assert.equal(row.expires - row.created, 600);
  assert.equal(row.customer, '');
});

test('G34: a blocked user\'s choice is over, and a revoked account cannot be chosen any more', own, async () => {
  const user = await login('K2002');
  const [one, two] = [await customer('Eins'), await customer('Zwei')];
  join(user.username, one);
  const id = join(user.username, two);
  const browser = stack.browser();
  await browser.signIn('acme', user.username, user.password);
  const page = await browser.get('/acme/accounts');
  stack.sql(`UPDATE membership SET status = 'inactive' WHERE id = '${id}'`);
  assert.equal((await browser.choose(page, two)).status, 403);
  assert.deepEqual(offered(await browser.get('/acme/accounts')).sort(), ['K2002', one].sort());
  stack.sql(`UPDATE users SET status = 'blocked' WHERE username = '${user.username}'`);
  assert.match((await browser.get('/acme/accounts')).location, /^\/acme\/login/);
});

test('G34: SSO opens home or the account it names without a question; without a home it asks', own, async () => {
  const named = await stack.signedIn('acme', 'anna', { customer: SISTER });
  assert.match(shown(await named.get('/acme/')), /K2001/);
  const home = await stack.signedIn('acme', 'anna');
  assert.match(shown(await home.get('/acme/')), /K2000/);

  const user = await login('K2002');
  const other = await customer('Ohne Heim');
  join(user.username, other);
  stack.sql(`UPDATE membership SET home = 0 WHERE user_id = '${idOf(user.username)}'`);
  const browser = stack.browser();
  const answer = await browser.get(await linkFor(acme, user.username, { to: '/invoices' }));
  isChoice(answer, '/invoices');
  assert.deepEqual(offered(await browser.follow(answer)).sort(), ['K2002', other].sort());
});

test('G34, G35: with more than eight accounts one searches them, the last used first', own, async () => {
  const user = await login('K2002');
  const numbers = [];
  for (let i = 0; i < 60; i++) {
    numbers.push(await customer(`Mandant ${String(i).padStart(2, '0')} 100% & <b>_Söhne</b>`));
    join(user.username, numbers[i]);
  }
  const browser = stack.browser();
  await browser.signIn('acme', user.username, user.password);
  const all = await browser.get('/acme/accounts');
  assert.equal(offered(all).length, 50);
  assert.match(visible(all.text), /50 zuletzt benutzten/);
  assert.doesNotMatch(all.text, /<b>_S/);
  const find = async (text) => offered(await browser.get(`/acme/accounts?text=${encodeURIComponent(text)}`));
  assert.deepEqual(await find('MANDANT 59'), [numbers[59]]);
  assert.deepEqual(await find(numbers[58]), [numbers[58]]);
  assert.equal((await find('100% &')).length, 50);
  for (const text of ['1_0%', '%', 'nobody', '\\', "'"]) {
    assert.ok((await find(text)).length === (text === '%' ? 50 : 0), text);
  }
  assert.equal((await find('x'.repeat(3000))).length, 50, 'nobody searches by that');
  const nothing = await browser.get('/acme/accounts?text=nobody');
  assert.match(visible(nothing.text), /Ein solches Konto gibt es nicht/);
  const found = await browser.get('/acme/accounts?text=Mandant+59&next=/invoices');
  assert.equal((await browser.choose(found, numbers[59])).location, '/acme/invoices');
  const page = await browser.get('/acme/');
  assert.equal(offered(page).length, 8, 'the menu has eight, and a way to the others');
  assert.ok(links(page.text).includes('/acme/accounts'));
  const [, list] = (await browser.get('/acme/accounts')).text.split('<main');
  assert.equal(offered({ text: list })[0], numbers[59]);
});

test('G38: what somebody may not see of an account they do not find out by searching', own, async () => {
  const user = await login('K2002');
  const answer = await stack.api('acme', 'POST', '/customers', { company_name: 'Verschwiegen AG',
    email: 'geheim-4711@verborgen.example', city: 'Buxtehude' });
  assert.equal(answer.status, 201, answer.text);
  join(user.username, answer.json.number);
  const browser = await stack.signedIn('acme', user.username, { customer: 'K2002' });
  const find = async (text) => (await browser.get(`/acme/accounts?text=${text}`)).text.split('<main')[1].includes('Verschwiegen');
  assert.ok(await find('verschwiegen+ag'));
  for (const text of ['geheim', '4711@', 'verborgen.example', 'buxtehude']) {
    assert.ok(!await find(text), text);
  }
});

// ---- the change ----

test('G37: the menu at the top changes the account without a sign-in; the session is another one', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const before = browser.jar.get('pf-acme');
  const page = await browser.get('/acme/');
  assert.deepEqual(offered(page), [SISTER]);
  const answer = await browser.choose(page, SISTER);
  assert.equal(answer.status, 303);
  const cookie = answer.cookie('pf-acme').value;
  assert.notEqual(sessionOf(browser).sid, stack.inspect('pforte:session:acme', before).sid);
  assert.notEqual(cookie, before);
  assert.match(shown(await browser.get('/acme/')), /K2001/);
  const old = await stack.get('/acme/', { headers: { Cookie: `pf-acme=${before}` } });
  assert.match(old.location, /^\/acme\/login/, 'the old one has ended');

  const rows = stack.sql(`SELECT action, detail FROM audit WHERE actor = 'user:${idOf('anna')}'
    ORDER BY id DESC LIMIT 2`);
  assert.deepEqual(rows.map(({ action, detail }) => `${action} ${detail}`).sort(),
    ['session.ended replaced', 'session.started switch']);
});

test('G37: a change does not lengthen the sign-in, nor is it one', own, async () => {
  const user = await login('K2002');
  const other = await customer('Länger nicht');
  join(user.username, other);
  const browser = await stack.signedIn('acme', user.username);
  const rows = () => stack.sql(`SELECT * FROM session WHERE user_id = '${idOf(user.username)}'
    ORDER BY created, ended DESC`);
  const signIn = () => stack.sql(`SELECT last_sign_in FROM users WHERE username = '${user.username}'`)[0];
  stack.sql(`UPDATE session SET expires = expires - 1000 WHERE id = '${rows()[0].id}'`);
  stack.sql(`UPDATE users SET last_sign_in = 77 WHERE username = '${user.username}'`);
  await browser.choose(await browser.get('/acme/'), other);
  const [first, second] = rows();
  assert.equal(second.expires, first.expires);
  assert.equal(second.family, first.id);
  assert.equal(second.method, 'sso', 'how they signed in');
  assert.ok(first.ended > 0);
  assert.equal(signIn().last_sign_in, 77);
  assert.ok(membershipOf(user.username, other).last_used >= first.created);
});

test('G37: a doubled click changes once and leads to the same page', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const page = await browser.get('/acme/');
  const first = await browser.choose(page, SISTER);
  const cookie = browser.jar.get('pf-acme');
  const second = await browser.choose(page, SISTER);
  assert.deepEqual([second.status, second.location], [first.status, first.location]);
  assert.equal(browser.jar.get('pf-acme'), cookie);
  assert.match(shown(await browser.get('/acme/')), /K2001/);
});

test('G37: of changes at the same time, and of a sign-out beside, one is done', own, async () => {
  const user = await login('K2002');
  const numbers = [await customer('Zugleich 1'), await customer('Zugleich 2')];
  numbers.forEach((number) => join(user.username, number));
  const living = () => stack.sql(`SELECT id FROM session WHERE user_id = '${idOf(user.username)}' AND ended = 0`);
  for (const beside of [(browser, page) => browser.choose(page, numbers[1]),
    (browser, page) => browser.submit(page, {}, { action: /\/logout$/ })]) {
    const browser = await stack.signedIn('acme', user.username);
    const page = await browser.get('/acme/');
    const answers = await Promise.all([browser.choose(page, numbers[0]), beside(browser, page)]);
    assert.ok(answers.every(({ status }) => [303, 401].includes(status)));
    assert.ok(living().length <= 1, `${living().length} are left`);
    stack.sql(`UPDATE session SET ended = 1 WHERE user_id = '${idOf(user.username)}'`);
  }
});

test('G37: a change without or with a foreign token, from another site, or by GET, is refused', async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const page = await browser.get('/acme/');
  const { action, hidden } = forms(page.text).find((form) => form.hidden.customer === SISTER);
  const other = await stack.signedIn('acme', 'bruno');
  const foreign = forms((await other.get('/acme/')).text)[0].hidden.csrf;
  for (const csrf of ['', foreign]) {
    assert.equal((await browser.post(action, { ...hidden, csrf })).status, 403);
  }
  const there = await browser.post(action, hidden, { headers: { 'Sec-Fetch-Site': 'cross-site' } });
  assert.equal(there.status, 403);
  assert.equal((await browser.get(`${action}?customer=${SISTER}`)).status, 200);
  assert.match(shown(await browser.get('/acme/')), /K2000/);
});

test('G38: after a change each page is of the chosen account, with its rights alone', async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const mine = links((await browser.get('/acme/invoices')).text).filter((href) => /\/RE\d+$/.test(href));
  await browser.choose(await browser.get('/acme/'), SISTER);
  const theirs = links((await browser.get('/acme/invoices')).text).filter((href) => /\/RE\d+$/.test(href));
  assert.ok(mine.length > 0 && theirs.length > 0);
  assert.ok(!theirs.some((href) => mine.includes(href)));
  assert.equal((await browser.get(theirs[0])).status, 200);
  assert.equal((await browser.get(`${theirs[0]}.pdf`)).type, 'application/pdf');
  const program = { headers: { Accept: 'application/json' } };
  assert.equal((await browser.get(mine[0], program)).status, 404);
  assert.equal((await browser.get(`${mine[0]}.pdf`, program)).status, 404);
  assert.equal((await browser.get('/acme/contracts')).status, 403, 'a guest who may see invoices');
  assert.ok(!links((await browser.get('/acme/')).text).includes('/acme/contracts'));
});

test('G38: the token tells nginx of the chosen account, and its groups', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  assert.equal(sessionOf(browser).customer, HOME);
  await browser.choose(await browser.get('/acme/'), SISTER);
  const { customer: number, groups, scope } = sessionOf(browser);
  assert.deepEqual({ number, groups, scope }, { number: SISTER, groups: ['billing'], scope: 'portal' });
});

test('G38: a form of the account before does nothing and says so; there and back it works again', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const old = await browser.get('/acme/');
  const { hidden } = forms(old.text).find(({ action }) => /\/logout$/.test(action));
  assert.equal(hidden.account, HOME);
  await browser.choose(old, SISTER);
  const sent = (fields, headers = {}) => browser.post('/acme/leave', fields, { headers });
  const answer = await sent(hidden);
  assert.equal(answer.status, 409);
  assert.match(answer.title, /^Inzwischen wurde ein anderes Konto gewählt/);
  assert.match(shown(answer), /K2001/);
  assert.ok(links(answer.text).includes('/acme/'), 'a way on');
  assert.deepEqual(offered(answer), [HOME], 'and a way back');
  assert.equal((await sent(hidden, { Accept: 'application/json' })).json.code, 'account_changed');
  const { account, ...without } = hidden;
  assert.ok(account);
  assert.equal((await sent(without)).status, 403);
  assert.equal((await sent({ ...hidden, account: '' })).status, 409);

  await browser.choose(answer, HOME);
  assert.notEqual((await sent(hidden)).status, 409);
  assert.notEqual((await sent(hidden)).status, 403);
});

test('G38: signing out works from a page of the account before', async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const old = await browser.get('/acme/');
  await browser.choose(old, SISTER);
  const answer = await browser.submit(old, {}, { action: /\/logout$/ });
  assert.equal(answer.location, '/acme/login?signed-out=1');
});

test('G38: staff in a customer\'s name see that account alone', own, async () => {
  const office = await stack.office('acme');
  const asked = await office.get('/acme/admin/logins/anna/act');
  await office.submit(asked, { reason: 'somebody called' }, { action: /act$/ });
  const page = await office.get('/acme/');
  assert.match(shown(page), /K2000/);
  assert.deepEqual(offered(page), []);
  const { hidden } = forms(page.text)[0];
  assert.equal((await office.post('/acme/accounts', { ...hidden, customer: SISTER })).status, 403);
});

// ---- pages of another account ----

test('G38: a link into another account of mine asks, and after a yes it opens there', async () => {
  const guest = await stack.signedIn('acme', 'anna', { customer: SISTER });
  const [invoice] = links((await guest.get('/acme/invoices')).text).filter((href) => /\/RE\d+$/.test(href));
  for (const path of [invoice, `${invoice}.pdf`]) {
    const browser = await stack.signedIn('acme', 'anna');
    const answer = await browser.get(path);
    assert.equal(answer.status, 200);
    assert.match(answer.title, /^Das gehört zu einem anderen Konto/);
    assert.match(visible(answer.text), /Sommer & Söhne KG , Kundennummer K2001/);
    assert.match(shown(answer), /K2000/, 'nothing has changed yet');
    const { hidden, action } = forms(answer.text).find((form) => form.hidden.next);
    const chosen = await browser.post(action, hidden);
    assert.equal(chosen.location, path);
    assert.equal((await browser.follow(chosen)).status, 200);
    assert.match(shown(await browser.get('/acme/')), /K2001/);
  }
  const contract = await guest.get(`/acme/contracts/${CONTRACT}`);
  assert.match(contract.title, /^Das gehört zu einem anderen Konto/, 'though here she may see no contracts');
});

test('G38: what I may not see there either, or is nobody\'s, is not found as ever', own, async () => {
  const anna = await stack.signedIn('acme', 'anna');
  const plain = await anna.get('/acme/contracts/VT-0000-0000');
  assert.equal(plain.status, 404);
  const words = (page) => visible(page.text).replaceAll(/\b[0-9a-f]{32}\b/g, 'ID');
  for (const path of [`/contracts/${SISTERS}`, `/contracts/${BRUNOS}`, '/contracts/CT-4RTY-QQ21']) {
    const answer = await anna.get(`/acme${path}`);
    assert.equal(answer.status, 404, path);
    assert.equal(words(answer), words(plain), path);
  }
  const program = await anna.get(`/acme/contracts/${SISTERS}`, { headers: { Accept: 'application/json' } });
  assert.equal(program.json.code, 'not_found');
  const bruno = await stack.signedIn('acme', 'bruno');
  assert.equal((await bruno.get(`/acme/contracts/${CONTRACT}`)).status, 404);
});

// ---- rights that change ----

test('G38: a membership that is taken away ends what it opened, the person\'s other accounts stay', own, async () => {
  const user = await login('K2002');
  const other = await customer('Weg damit');
  const id = join(user.username, other, { permissions: ['billing.invoices.view'] });
  const here = await stack.signedIn('acme', user.username);
  const there = await stack.signedIn('acme', user.username, { customer: other });
  assert.match(shown(await there.get('/acme/')), /Weg damit/);
  stack.sql(`UPDATE membership SET status = 'inactive' WHERE id = '${id}'`);
  assert.match((await there.get('/acme/')).location, /^\/acme\/login/);
  const page = await here.get('/acme/');
  assert.equal(page.status, 200);
  assert.deepEqual(offered(page), []);
});
