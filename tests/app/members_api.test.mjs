// The REST API: contacts and guests of an account, and their invitations.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { links, visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { linkFor } from '../lib/sso.mjs';
import { root, startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack();
after(() => relay.stop());
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);

const someone = () => `${randomUUID().slice(0, 12)}@members.example`;
const names = { first_name: 'Dora', last_name: 'Vogt' };
const made = async (path, body, status = 201) => {
  const answer = await api('POST', path, body);
  assert.equal(answer.status, status, answer.text);
  return answer.json;
};
const contact = (number, more) => made(`/customers/${number}/members`,
  { email: someone(), ...names, preset: 'view_only', ...more });
const invite = (number, more) => made(`/customers/${number}/invitations`,
  { email: someone(), preset: 'accountant', ...more });
const member = (number, { id }) => `/customers/${number}/members/${id}`;
const act = (number, one, action) => api('POST', `${member(number, one)}/${action}`);
const refused = (answer, status, code) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
};
// A customer of its own, so that tests do not meet.
const account = async () => (await made('/customers', { company_name: 'Konto GmbH', email: 'k@members.example' })).number;
// The path of the link in the n-th mail to an address.
const linkTo = async (email, n = 1) => {
  const { text } = await until(`mail ${n} to ${email}`, () => relay.to(email)[n - 1]);
  return new URL(text.match(/https?:\/\/\S+\/invitation\/[\w-]{22}/)[0]).pathname;
};
// Somebody with a login and an account of their own, who has read the mail of it.
const person = async () => {
  const home = await account();
  const one = await contact(home, { preset: 'owner' });
  await linkTo(one.email);
  return { home, ...one };
};
const signedIn = (one, claims) => stack.signedIn('acme', one.user, claims);
const handedOff = async (one, customer) => (await stack.get(await linkFor(stack.tenant('acme'), one.user, { customer }))).status;
const accept = async (browser, path, word = 'accept') => browser.submit(
  await browser.get(path), {}, { action: new RegExp(`${word}$`) });

test('G2, G3, G4, G10, G14: a contact is added by hand, belongs to the account and has only what it was given', own, async () => {
  const number = await account();
  const email = someone();
  const answer = await api('POST', `/customers/${number}/members`,
    { kind: 'contact', email, ...names, permissions: ['billing.invoices.view'] });
  assert.equal(answer.status, 201, answer.text);
  const { id, created, invited, ...rest } = answer.json;
  assert.match(id, /^mem_/);
  assert.ok(Math.abs(Date.parse(created) - Date.now()) < 60_000 && invited);
  assert.deepEqual(rest, { customer: number, kind: 'contact', status: 'active', user: email, email, ...names,
    permissions: ['billing.invoices.view'], preset: null, expires: null, last_sign_in: null });
  assert.equal(answer.headers.location, `/api/v1/customers/${number}/members/${id}`);
  const read = await api('GET', member(number, answer.json));
  assert.deepEqual(read.json, answer.json);
  assert.equal(read.headers.etag, answer.headers.etag);
  assert.deepEqual((await api('GET', `/customers/${number}/members`)).json.items, [answer.json]);
  // the person's login is one of this account
  assert.equal((await api('GET', `/user-logins/${email}`)).json.customer, number);
  const browser = await stack.signedIn('acme', email);
  assert.match(visible((await browser.get('/acme/')).text), new RegExp(number));
  assert.equal((await browser.get('/acme/invoices')).status, 200);
  assert.equal((await browser.get('/acme/contracts')).status, 403);
  assert.equal((await browser.get('/acme/contacts')).status, 403);
});

test('G14: the person chooses a password by the link of the mail, once; looking changes nothing', own, async () => {
  const number = await account();
  const { email, user } = await contact(number);
  const path = await linkTo(email);
  const browser = stack.browser();
  for (let i = 0; i < 3; i++) {
    const page = await browser.get(path);
    assert.equal(page.status, 200);
    assert.match(visible(page.text), new RegExp(`Konto GmbH.*${number}.*${user}`));
  }
  const weak = await browser.submit(await browser.get(path), { new_password: 'short' }, { action: /password$/ });
  assert.equal(weak.status, 422);
  const done = await browser.submit(await browser.get(path), { new_password: 'violet-harbour-ladder-5' }, { action: /password$/ });
  assert.equal(done.status, 303, done.text);
  assert.equal((await stack.browser().signIn('acme', user, 'violet-harbour-ladder-5')).status, 303);
  assert.equal((await browser.get(path)).status, 410);
  const [{ email_verified }] = stack.sql(`SELECT email_verified FROM users WHERE email = '${email}'`);
  assert.ok(Number(email_verified) > 0, 'the link proved the address');
});

test('G6, G11, G15, G25, G31, G49: somebody with a login is invited by mail, and accepts', own, async () => {
  const [number, guest] = [await account(), await person()];
  const one = await invite(number, { email: guest.email });
  assert.deepEqual([one.kind, one.status, one.user], ['guest', 'invited', null]);
  assert.deepEqual(one.permissions, ['billing.invoices.view', 'billing.account.view',
    'billing.payment_method.view', 'billing.contracts.view', 'other.mails.view']);
  assert.equal(one.preset, 'accountant');
  assert.equal((Date.parse(one.expires) - Date.parse(one.invited)) / 86_400_000, 7);
  const path = await linkTo(guest.email, 2);
  const browser = await signedIn(guest);
  assert.equal(await handedOff(guest, number), 403);
  const answer = await accept(browser, path);
  assert.equal(answer.status, 200, answer.text);
  const now = (await api('GET', member(number, one))).json;
  assert.deepEqual([now.status, now.user, now.expires], ['active', guest.user, null]);
  const there = await signedIn(guest, { customer: number });
  assert.equal((await there.get('/acme/invoices')).status, 200);
  assert.equal((await there.get('/acme/contacts')).status, 403);
  assert.equal((await browser.get(path)).status, 410, 'it was answered');
  // the words of the mail are the merchant's to change
  const words = await api('PUT', '/settings/mail-templates/invitation/de',
    { subject: 'Komm zu {AccountName}', text: '{InviterName}: {InvitationUrl}' });
  assert.equal(words.status, 200, words.text);
  const other = await invite(number);
  await act(number, other, 'resend');
  assert.equal((await relay.mailTo(other.email)).headers.subject, 'Komm zu Konto GmbH');
  await api('DELETE', '/settings/mail-templates/invitation/de');
});

test('G7, G24: an address without an account is pending, gets no mail by itself, and then the way to an account', own, async () => {
  const number = await account();
  const one = await invite(number);
  assert.deepEqual([one.status, one.user, one.invited, one.expires], ['pending', null, null, null]);
  assert.deepEqual(stack.sql(`SELECT id FROM mail WHERE recipient = '${one.email}'`), []);
  const sent = (await act(number, one, 'resend')).json;
  assert.equal(sent.status, 'invited');
  // a stranger reads the same words, whether the address has a login or not
  const known = await person();
  await invite(number, { email: known.email });
  const words = async (path) => visible((await stack.get(path)).text).replace(/\d{1,2}:\d\d/, '');
  assert.equal(await words(await linkTo(one.email)), await words(await linkTo(known.email, 2)));
});

test('G26, G32: it is declined, and sent again', own, async () => {
  const [number, guest] = [await account(), await person()];
  const one = await invite(number, { email: guest.email });
  const browser = await signedIn(guest);
  assert.equal((await accept(browser, await linkTo(guest.email, 2), 'decline')).status, 200);
  assert.equal((await api('GET', member(number, one))).json.status, 'rejected');
  assert.equal(await handedOff(guest, number), 403);
  assert.equal((await act(number, one, 'resend')).json.status, 'invited');
  assert.equal((await accept(browser, await linkTo(guest.email, 3))).status, 200);
  assert.equal(await handedOff(guest, number), 303);
});

// ---- the moves ----

const table = [...readFileSync(join(root, 'fcgi_app/tables/membership_moves.def'), 'utf8')
  .matchAll(/^MOVE\((\w+), (\w+), (\w+)\)/gm)].map(([, action, from, to]) => ({ action, from, to }));
const calls = { invite: 'resend', withdraw: 'withdraw', deactivate: 'deactivate', reactivate: 'reactivate' };
const states = ['pending', 'invited', 'rejected', 'active', 'inactive'];

// A membership in that state; of a guest who once accepted, or of one who never did.
async function inState(number, status, accepted) {
  const { id } = await invite(number);
  const user = accepted ? (await contact(number)).user : undefined;
  const known = user && stack.sql(`SELECT id FROM users WHERE username = '${user}'`)[0].id;
  if (known) {
    stack.sql(`DELETE FROM membership_permission WHERE membership IN
      (SELECT id FROM membership WHERE user_id = '${known}')`);
    stack.sql(`DELETE FROM membership WHERE user_id = '${known}'`);
  }
  stack.sql(`UPDATE membership SET status = '${status}', accepted = ${accepted ? 1 : 0},
    user_id = ${known ? `'${known}'` : 'NULL'} WHERE id = '${id}'`);
  return id;
}

test('G24, G25, G26, G27, G28, G29: every action in every status is legal or refused, as the table has it', own, async () => {
  assert.equal(table.length, 10);
  const number = await account();
  for (const status of states) {
    for (const accepted of status === 'active' ? [true] : [false, true]) {
      for (const action of Object.keys(calls)) {
        const id = await inState(number, status, accepted);
        const move = table.find((row) => row.action === action && row.from === status);
        // inactive is also an invitation that was withdrawn: nothing to take up again
        const legal = move && !(action === 'reactivate' && !accepted);
        const answer = await act(number, { id }, calls[action]);
        const what = `${action} in ${status}, ${accepted ? 'once' : 'never'} accepted: ${answer.text}`;
        assert.equal(answer.status, legal ? 200 : 409, what);
        const now = (await api('GET', member(number, { id }))).json.status;
        assert.equal(now, legal ? move.to : status, what);
        assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM audit WHERE object = '${id}'
          AND action <> 'membership.created'`)[0].n, legal ? 1 : 0, what);
      }
    }
  }
});

test('G29: accept and reject are legal in the status invited alone', own, async () => {
  const guest = await person();
  const browser = await signedIn(guest);
  const known = stack.sql(`SELECT id FROM users WHERE username = '${guest.user}'`)[0].id;
  let n = 1;
  for (const status of states.filter((one) => one !== 'invited')) {
    for (const word of ['accept', 'decline']) {
      const number = await account();
      const one = await invite(number, { email: guest.email });
      const page = await browser.get(await linkTo(guest.email, ++n));
      stack.sql(`UPDATE membership SET status = '${status}', accepted = 1,
        user_id = ${status === 'active' ? `'${known}'` : 'NULL'} WHERE id = '${one.id}'`);
      const answer = await browser.submit(page, {}, { action: new RegExp(`${word}$`) });
      assert.equal(answer.status, 410, `${word} in ${status}: ${answer.text}`);
      assert.equal((await api('GET', member(number, one))).json.status, status);
    }
  }
});

// ---- rights ----

test('G16, G30, G47: permissions are changed as a whole, by names or a preset, and at once', own, async () => {
  const number = await account();
  const one = await contact(number);
  const path = member(number, one);
  const browser = await stack.signedIn('acme', one.user);
  assert.equal((await browser.get('/acme/contracts')).status, 200);
  refused(await api('PATCH', path, { preset: 'accountant' }), 428, 'precondition_missing');
  const { etag } = (await api('GET', path)).headers;
  const changed = await api('PATCH', path, { permissions: ['billing.invoices.view'] }, { 'If-Match': etag });
  assert.equal(changed.status, 200, changed.text);
  assert.deepEqual(changed.json.permissions, ['billing.invoices.view']);
  assert.equal((await browser.get('/acme/contracts')).status, 403);
  assert.equal((await browser.get('/acme/invoices')).status, 200);
  refused(await api('PATCH', path, { preset: 'user' }, { 'If-Match': etag }), 412, 'precondition_failed');
  for (const preset of ['owner', 'administrator', 'user', 'view_only', 'accountant', 'designer']) {
    const made = await contact(await account(), { preset });
    assert.equal(made.preset, preset);
    assert.equal(made.permissions.includes('security.owners.change'), preset === 'owner');
  }
});

test('G17, G18, G19, G20, G21, G22: each group has permissions that can be given one by one', own, async () => {
  const number = await account();
  const one = await contact(number);
  const all = (await api('PATCH', member(number, one), { preset: 'administrator' }, { 'If-Match': '*' })).json.permissions;
  const groups = new Set(all.map((name) => name.split('.')[0]));
  assert.deepEqual([...groups], ['billing', 'support', 'provisioning', 'system', 'security', 'other']);
  for (const name of all) {
    const answer = await api('PATCH', member(number, one), { permissions: [name] }, { 'If-Match': '*' });
    assert.deepEqual(answer.json.permissions, [name]);
  }
  for (const [preset, named] of [['accountant', /^(billing|other\.mails)/], ['designer', /^(provisioning|support)/], ['view_only', /view$/]]) {
    const { permissions } = (await api('PATCH', member(number, one), { preset }, { 'If-Match': '*' })).json;
    assert.ok(permissions.length > 0 && permissions.every((name) => named.test(name)), `${preset}: ${permissions}`);
  }
});

test('G4: what is only for owners is never given, nothing is no choice, and unknown names are refused', own, async () => {
  const number = await account();
  const ask = (body) => api('POST', `/customers/${number}/invitations`, { email: someone(), ...body });
  refused(await ask({ permissions: ['security.owners.change'] }), 422, 'right_never');
  refused(await ask({ permissions: [] }), 422, 'rights_missing');
  refused(await ask({}), 422, 'rights_missing');
  refused(await ask({ permissions: ['billing.everything'] }), 422, 'invalid');
  refused(await ask({ preset: 'emperor' }), 422, 'invalid');
  refused(await ask({ email: 'nobody', preset: 'user' }), 422, 'invalid');
  refused(await ask({ preset: 'user', reach: 'subtree' }), 400, 'invalid');
  refused(await api('POST', '/customers/K404/invitations', { email: someone(), preset: 'user' }), 404, 'not_found');
  assert.deepEqual((await api('GET', `/customers/${number}/members`)).json.items, []);
});

test('G1, G6: who has a login is not added by hand, and nobody is twice in the list', own, async () => {
  const [number, guest] = [await account(), await person()];
  refused(await api('POST', `/customers/${number}/members`, { email: guest.email.toUpperCase(), ...names, preset: 'user' }),
    409, 'member_has_login');
  const one = await invite(number, { email: guest.email });
  refused(await api('POST', `/customers/${number}/invitations`, { email: guest.email, preset: 'user' }), 409, 'member_exists');
  assert.equal((await api('DELETE', member(number, one))).status, 204);
  await invite(number, { email: guest.email });
});

test('the last owner stays, whoever asks', own, async () => {
  const number = await account();
  const first = await contact(number, { preset: 'owner' });
  assert.equal(first.kind, 'owner');
  refused(await api('DELETE', member(number, first)), 409, 'member_last_owner');
  refused(await act(number, first, 'deactivate'), 409, 'member_last_owner');
  refused(await api('PATCH', member(number, first), { preset: 'user' }, { 'If-Match': '*' }), 409, 'member_last_owner');
  const second = await contact(number, { preset: 'owner' });
  // both at once: one of them remains
  const answers = await Promise.all([first, second].map((one) => api('DELETE', member(number, one))));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 409]);
  const { items } = (await api('GET', `/customers/${number}/members`)).json;
  assert.deepEqual(items.map(({ kind, status }) => [kind, status]), [['owner', 'active']]);
});

test('G28: who is deactivated is signed out of this account, and comes back', own, async () => {
  const number = await account();
  const one = await contact(number);
  const browser = await stack.signedIn('acme', one.user);
  assert.equal((await browser.get('/acme/')).status, 200);
  assert.equal((await act(number, one, 'deactivate')).json.status, 'inactive');
  assert.equal((await browser.get('/acme/')).status, 303);
  assert.equal((await stack.get(await linkFor(stack.tenant('acme'), one.user))).status, 403);
  assert.equal((await act(number, one, 'reactivate')).json.status, 'active');
  await stack.signedIn('acme', one.user);
});

test('G48: removing a guest ends the membership only', own, async () => {
  const [number, guest] = [await account(), await person()];
  const one = await invite(number, { email: guest.email });
  const home = await signedIn(guest, { customer: guest.home });
  await accept(home, await linkTo(guest.email, 2));
  const there = await signedIn(guest, { customer: number });
  assert.equal((await there.get('/acme/')).status, 200);
  assert.equal((await api('DELETE', member(number, one))).status, 204);
  assert.equal((await there.get('/acme/')).status, 303, 'the session there has ended');
  assert.match(visible((await home.get('/acme/')).text), new RegExp(guest.home), 'the one at home goes on');
  assert.equal((await api('GET', `/user-logins/${guest.user}`)).json.status, 'active');
  refused(await api('GET', member(number, one)), 404, 'not_found');
});

test('G48: a contact who was removed can be added again, with a password of their own choice', own, async () => {
  const number = await account();
  const one = await contact(number);
  assert.equal((await api('DELETE', member(number, one))).status, 204);
  const again = await contact(number, { email: one.email, first_name: 'Theodora' });
  assert.deepEqual([again.user, again.status, again.first_name], [one.user, 'active', 'Theodora']);
  assert.notEqual(again.id, one.id);
  assert.match(await linkTo(one.email, 2), /\/invitation\//);
});

test('G14, G48: whoever was in control of a contact that was removed is not in control of the next one', own, async () => {
  const office = someone();
  const { number } = await made('/customers', { company_name: 'Alt GmbH', email: office });
  const one = await contact(number);
  await linkTo(one.email);
  // the account's address is sent a reset of each of its logins
  const thief = stack.browser();
  await thief.submit(await thief.get('/acme/reset'), { username: number }, { action: /reset$/ });
  const path = new URL((await relay.mailTo(office)).text.match(/https?:\S+\/reset\/\S+/)[0]).pathname;
  const { location } = await thief.get(path);
  assert.equal((await thief.get(location)).status, 200);
  const id = () => stack.sql(`SELECT id, totp FROM users WHERE email = '${one.email}'`)[0].id;
  const before = id();
  stack.sql(`UPDATE users SET totp = 'of somebody else', email_verified = 1 WHERE id = '${before}'`);
  assert.equal((await api('DELETE', member(number, one))).status, 204);
  const next = await contact(await account(), { email: one.email });
  assert.notEqual(id(), before);
  for (const open of [path, location]) {
    assert.equal((await thief.go(open)).status, 410, open);
  }
  const [{ totp, email_verified }] = stack.sql(`SELECT totp, email_verified FROM users WHERE id = '${id()}'`);
  assert.deepEqual([totp, Number(email_verified)], ['', 0]);
  const trail = stack.sql(`SELECT detail FROM audit WHERE action = 'login.removed' AND object = '${before}'`);
  assert.equal(trail.length, 1);
  const browser = stack.browser();
  await browser.submit(await browser.get(await linkTo(one.email, 2)), { new_password: 'violet-harbour-ladder-5' }, { action: /password$/ });
  assert.equal((await stack.browser().signIn('acme', next.user, 'violet-harbour-ladder-5')).status, 303);
});

test('G14: a login that the merchant blocked is not opened by being added as a contact', own, async () => {
  const number = await account();
  const one = await contact(number);
  assert.equal((await api('POST', `/user-logins/${one.user}/block`)).status, 200);
  assert.equal((await api('DELETE', member(number, one))).status, 204);
  refused(await api('POST', `/customers/${await account()}/members`, { email: one.email, ...names, preset: 'user' }),
    409, 'member_has_login');
  assert.equal(stack.sql(`SELECT status FROM users WHERE email = '${one.email}'`)[0].status, 'blocked');
});

test('G14: a link that went to a wrong address is void once the address was corrected', own, async () => {
  const number = await account();
  const one = await contact(number);
  const path = await linkTo(one.email);
  const stranger = stack.browser();
  const page = await stranger.get(path);
  assert.equal(page.status, 200);
  const right = someone();
  const answer = await api('PATCH', `/user-logins/${one.user}`, { email: right }, { 'If-Match': '*' });
  assert.equal(answer.status, 200, answer.text);
  assert.equal((await stranger.get(path)).status, 410);
  assert.equal((await stranger.submit(page, { new_password: 'violet-harbour-ladder-5' }, { action: /password$/ })).status, 410);
  const [user] = stack.sql(`SELECT password_hash, email_verified FROM users WHERE email = '${right}'`);
  assert.deepEqual([user.password_hash, Number(user.email_verified)], ['', 0]);
});

test('a member is there under the account that it belongs to, and at the tenant', own, async () => {
  const [mine, other] = [await account(), await account()];
  const one = await contact(mine);
  for (const path of [member(other, one), member('K2000', one), `/customers/${mine}/members/mem_x`]) {
    refused(await api('GET', path), 404, 'not_found');
    refused(await api('DELETE', path), 404, 'not_found');
    refused(await api('POST', `${path}/deactivate`), 404, 'not_found');
  }
  refused(await stack.api('globex', 'GET', member(mine, one)), 404, 'not_found');
});

test('lists are paged, and show no account of anybody else', own, async () => {
  const number = await account();
  const all = [];
  for (let i = 0; i < 5; i++) {
    all.push((await contact(number)).id);
  }
  const first = (await api('GET', `/customers/${number}/members?limit=3`)).json;
  const rest = (await api('GET', `/customers/${number}/members?limit=3&cursor=${first.next}`)).json;
  assert.deepEqual([...first.items, ...rest.items].map(({ id }) => id), all);
  assert.equal(rest.next, null);
});

test('a key of test mode sends no mail, and a key without the scope changes nothing', own, async () => {
  const number = await account();
  const key = async (fields) => (await made('/api-keys', { name: 'M', ...fields })).key;
  const as = (bearer, method, path, body) => api(method, path, body, { Authorization: `Bearer ${bearer}` });
  const tester = await key({ scopes: ['members:write', 'members:read'], mode: 'test' });
  const answer = await as(tester, 'POST', `/customers/${number}/members`, { email: someone(), ...names, preset: 'user' });
  assert.equal(answer.status, 201, answer.text);
  assert.equal(stack.sql(`SELECT state FROM mail WHERE recipient = '${answer.json.email}'`)[0].state, 'suppressed');
  const reader = await key({ scopes: ['members:read'] });
  refused(await as(reader, 'POST', `/customers/${number}/invitations`, { email: someone(), preset: 'user' }), 403, 'api_scope');
  assert.equal((await as(reader, 'GET', `/customers/${number}/members`)).status, 200);
});

test('neither trail nor log nor answers tell a secret of an invitation', own, async () => {
  const number = await account();
  const one = await contact(number);
  const secret = (await linkTo(one.email)).split('/').pop();
  const browser = stack.browser();
  await browser.get(`/acme/invitation/${secret}`);
  await browser.get(`/acme/login?next=/invitation/${secret}`);
  const page = await browser.get(`/acme/login?next=/invitation/${secret}`);
  for (const href of links(page.text).filter((one) => one.includes('language='))) {
    await browser.get(href);
  }
  for (const name of ['access.log', 'nginx.log', 'app.log']) {
    assert.ok(!stack.log(name).includes(secret), name);
  }
  assert.ok(!JSON.stringify(stack.sql('SELECT * FROM audit')).includes(secret));
  assert.ok(!JSON.stringify(stack.sql('SELECT * FROM one_time_token')).includes(secret));
  assert.ok(!(await api('GET', `/mails?recipient=${one.email}`)).text.includes(secret));
});
