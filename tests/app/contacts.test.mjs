// Contacts and guests in the portal: the list, the forms, who may give what, and
// the pages of an invitation.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';

import { forms, links, unescapeHtml, visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { routes } from '../lib/routes.mjs';
import { startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack({ clock: true });
after(() => relay.stop());
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);

const someone = () => `${randomUUID().slice(0, 12)}@contacts.example`;
const dora = { first_name: 'Dora', last_name: 'Vogt' };
const made = async (path, body) => {
  const answer = await api('POST', path, body);
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
};
const account = async () => (await made('/customers', { company_name: 'Konto GmbH', email: 'k@contacts.example' })).number;
// Somebody with rights in the account, who is signed in there.
async function member(number, rights) {
  const one = await made(`/customers/${number}/members`, { email: someone(), ...dora, ...rights });
  return { ...one, number, browser: await stack.signedIn('acme', one.user, { customer: number }) };
}
const get = (number, id) => api('GET', `/customers/${number}/members/${id}`);
const linkTo = async (email, n = 1) => {
  const { text } = await until(`mail ${n} to ${email}`, () => relay.to(email)[n - 1]);
  return new URL(text.match(/https?:\/\/\S+\/invitation\/[\w-]{22}/)[0]).pathname;
};
const ticked = (names) => Object.fromEntries(names.map((name) => [name, 'on']));
const send = async (who, path, fields, action = path) => who.browser.submit(
  await who.browser.get(`/acme${path}`), fields, { action: new RegExp(`${action}$`) });
const invite = (who, fields) => send(who, '/contacts/invite', fields);
const idOf = (answer) => answer.location.match(/mem_\w+/)[0];
const boxes = (page) => Object.fromEntries([...page.text.matchAll(/<input type="checkbox"([^>]*)>/g)]
  .map(([, input]) => [input.match(/name="([^"]+)"/)[1], { checked: / checked/.test(input), locked: / disabled/.test(input) }]));
const rows = (page) => [...page.text.matchAll(/<tr>\s*<th scope="row"[\s\S]*?<\/tr>/g)].map(([row]) =>
  [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell]) => visible(cell)));

test('G9, G10, G11, G23, G24, G25, G26, G27, G28: the list has everybody with type, permissions and status, in three languages', own, async () => {
  const anna = await stack.signedIn('acme', 'anna');
  const words = {
    de: ['Aktiv', 'Inaktiv', 'Ausstehend', 'Einladung gesendet', 'Abgelehnt'],
    en: ['Active', 'Inactive', 'Pending', 'Invitation sent', 'Declined'],
    fr: ['Actif', 'Inactif', 'En attente', 'Invitation envoyée', 'Refusée'],
  };
  for (const [language, [active, inactive, pending, invited, declined]] of Object.entries(words)) {
    const page = await anna.get(`/acme/contacts?language=${language}`);
    assert.equal(page.status, 200);
    const found = Object.fromEntries(rows(page).map(([name, , , status]) => [name.replace(/ \S+@\S+$/, ''), status]));
    assert.deepEqual(found, { anna: active, 'Clara Sommer': active, 'Emil Sommer': inactive,
      'buchhaltung@kanzlei-vogt.example': pending, 'studio@licht.example': invited, 'bruno@keller.example': declined });
  }
  const types = rows(await anna.get('/acme/contacts?language=en')).map(([, type]) => type);
  assert.deepEqual(types, ['Owner', 'Contact', 'Contact', 'Guest', 'Guest', 'Guest']);
  const [, clara] = rows(await anna.get('/acme/contacts'));
  assert.deepEqual(clara, ['Clara Sommer clara@sommer.example', 'Contact', 'User', 'Active', '–']);
});

test('G23: the list is for those who may see it, and buttons for those who may change it', own, async () => {
  const number = await account();
  const viewer = await member(number, { permissions: ['security.members.view'] });
  const page = await viewer.browser.get('/acme/contacts');
  assert.equal(page.status, 200);
  assert.deepEqual(links(page.text).filter((href) => /contacts\/(new|invite)$/.test(href)), []);
  const one = await viewer.browser.get(`/acme/contacts/${viewer.id}`);
  assert.deepEqual(forms(one.text).filter(({ action }) => /contacts/.test(action)), []);
  for (const path of ['/contacts/new', '/contacts/invite', `/contacts/${viewer.id}/remove`]) {
    assert.equal((await viewer.browser.get(`/acme${path}`)).status, 403, path);
  }
  const stranger = await member(number, { permissions: ['billing.invoices.view'] });
  assert.equal((await stranger.browser.get('/acme/contacts')).status, 403);
  assert.ok(!links((await stranger.browser.get('/acme/')).text).includes('/acme/contacts'));
  assert.ok(links((await viewer.browser.get('/acme/')).text).includes('/acme/contacts'));
});

test('G2, G14: a contact is added by hand in the portal, in plain HTML', own, async () => {
  const number = await account();
  const owner = await member(number, { preset: 'owner' });
  const email = someone();
  const empty = await send(owner, '/contacts/new', {});
  assert.equal(empty.status, 422);
  assert.match(visible(empty.text), /E-Mail-Adresse/);
  const nothing = await send(owner, '/contacts/new', { email, ...dora });
  assert.equal(nothing.status, 422, 'no right was ticked');
  assert.match(nothing.text, new RegExp(`value="${email}"`), 'what was typed comes back');
  const answer = await send(owner, '/contacts/new', { email, ...dora, ...ticked(['billing.invoices.view']) });
  assert.equal(answer.status, 303, answer.text);
  const one = (await get(number, idOf(answer))).json;
  assert.deepEqual([one.kind, one.status, one.permissions], ['contact', 'active', ['billing.invoices.view']]);
  assert.match((await relay.mailTo(email)).text, /Dora Vogt/);
  assert.match(visible((await owner.browser.get(answer.location)).text), new RegExp(`E-Mail an ${email} ist unterwegs`));
});

test('F20, G14: whoever has an address that is no username can be blocked all the same', own, async () => {
  const owner = await member(await account(), { preset: 'owner' });
  const long = `${'x'.repeat(60)}@${['y', 'z'].map((c) => c.repeat(60)).join('.')}.example`;
  for (const email of [`a/b?c#${randomUUID().slice(0, 8)}@contacts.example`, long]) {
    const answer = await send(owner, '/contacts/new', { email, ...dora, ...ticked(['billing.invoices.view']) });
    assert.equal(answer.status, 303, answer.text);
    const { user } = (await get(owner.number, idOf(answer))).json;
    assert.match(user, /^\w{12}$/);
    assert.ok((await relay.mailTo(email)).text.includes(user), 'the mail tells the name');
    assert.equal((await api('POST', `/user-logins/${user}/session-token`, {})).status, 201);
    const office = await stack.office('acme', 'owner');
    assert.equal((await office.get(`/acme/admin/logins/${user}`)).status, 200);
    const blocked = await api('POST', `/user-logins/${user}/block`, {});
    assert.deepEqual([blocked.status, blocked.json.status], [200, 'blocked']);
  }
});

test('G16, G47: a preset ticks the boxes by a button, without JavaScript', own, async () => {
  const owner = await member(await account(), { preset: 'owner' });
  const page = await owner.browser.get('/acme/contacts/invite');
  assert.ok(Object.values(boxes(page)).every(({ checked }) => !checked));
  const [filler] = forms(page.text).filter(({ method }) => method === 'get');
  assert.match(filler.body, /<button[^>]*>Vorlage übernehmen/);
  for (const [preset, wanted] of [['accountant', /^billing.*view$|^other\.mails/], ['designer', /^provisioning|^support/]]) {
    const filled = boxes(await owner.browser.get(`${filler.action.replace(/#.*/, '')}?preset=${preset}`));
    for (const [name, { checked }] of Object.entries(filled)) {
      assert.equal(checked, wanted.test(name), `${preset}: ${name}`);
    }
  }
  const headings = [...page.text.matchAll(/<legend>([^<]*)/g)].map(([, text]) => unescapeHtml(text));
  assert.deepEqual(headings, ['Abrechnung', 'Support', 'Bereitstellung', 'Systemkonfiguration', 'Sicherheit', 'Sonstiges']);
});

test('a form that is sent twice has one effect', own, async () => {
  const owner = await member(await account(), { preset: 'owner' });
  const page = await owner.browser.get('/acme/contacts/invite');
  const fields = { email: someone(), ...ticked(['billing.invoices.view']) };
  const twice = await Promise.all([1, 2].map(() => owner.browser.submit(page, fields, { action: /invite$/ })));
  assert.deepEqual(twice.map(({ status }) => status), [303, 303]);
  assert.equal(twice[0].location, twice[1].location);
});

// ---- who may give what ----

test('G4: nobody gives what they lack, whatever the form says', own, async () => {
  const number = await account();
  const mine = ['security.members.view', 'security.members.change', 'billing.invoices.view'];
  const admin = await member(number, { permissions: mine });
  const page = await admin.browser.get('/acme/contacts/invite');
  for (const [name, { locked }] of Object.entries(boxes(page))) {
    assert.equal(locked, !mine.includes(name), name);
  }
  const names = [...(await api('GET', `/customers/${number}/members/${admin.id}`)).json.permissions];
  assert.deepEqual(names, ['billing.invoices.view', 'security.members.view', 'security.members.change']);
  const refused = await invite(admin, { email: someone(), ...ticked(['billing.contracts.view', 'billing.invoices.view']) });
  assert.equal(refused.status, 403);
  const owners = await invite(admin, { email: someone(), preset: 'owner' });
  assert.equal(owners.status, 403);
  const given = await invite(admin, { email: someone(), ...ticked(['billing.invoices.view']) });
  assert.equal(given.status, 303, given.text);
  assert.doesNotMatch(page.text, /value="owner"/, 'it is not offered either');
});

test('G4, G30: rights that one lacks stay as they are when others are changed', own, async () => {
  const number = await account();
  const admin = await member(number, { permissions: ['security.members.view', 'security.members.change', 'billing.invoices.view'] });
  const other = await member(number, { permissions: ['billing.contracts.view', 'support.help.view'] });
  const path = `/contacts/${other.id}`;
  const answer = await send(admin, path, ticked(['billing.invoices.view']));
  assert.equal(answer.status, 303, answer.text);
  assert.deepEqual((await get(number, other.id)).json.permissions,
    ['billing.invoices.view', 'billing.contracts.view', 'support.help.view']);
  // their own cannot grow either
  const self = await send(admin, `/contacts/${admin.id}`, ticked(['security.members.view', 'security.members.change',
    'billing.invoices.view', 'system.profile.change']));
  assert.equal(self.status, 403);
});

test('G30: permissions that somebody else changed meanwhile are shown, not overwritten', own, async () => {
  const number = await account();
  const owner = await member(number, { preset: 'owner' });
  const other = await member(number, { permissions: ['billing.invoices.view', 'billing.contracts.view'] });
  const page = await owner.browser.get(`/acme/contacts/${other.id}`);
  const taken = await api('PATCH', `/customers/${number}/members/${other.id}`, { permissions: ['support.help.view'] }, { 'If-Match': '*' });
  assert.equal(taken.status, 200, taken.text);
  const answer = await owner.browser.submit(page, ticked(['billing.invoices.view', 'billing.contracts.view']),
    { action: new RegExp(`${other.id}$`) });
  assert.equal(answer.status, 409);
  const shown = boxes(answer);
  assert.deepEqual(Object.keys(shown).filter((name) => shown[name].checked), ['support.help.view']);
  assert.deepEqual((await get(number, other.id)).json.permissions, ['support.help.view']);
});

test('G4: what somebody gave lasts as long as they have it, and passes on when they leave', own, async () => {
  const number = await account();
  const admin = await member(number, { preset: 'administrator' });
  const answer = await send(admin, '/contacts/new', { email: someone(), ...dora,
    ...ticked(['billing.invoices.view', 'billing.contracts.view']) });
  const id = idOf(answer);
  const rights = async () => (await get(number, id)).json.permissions;
  assert.deepEqual(await rights(), ['billing.invoices.view', 'billing.contracts.view']);
  const path = `/customers/${number}/members/${admin.id}`;
  const change = (permissions) => api('PATCH', path, { permissions }, { 'If-Match': '*' });
  await change(['security.members.change', 'billing.contracts.view']);
  assert.deepEqual(await rights(), ['billing.contracts.view'], 'what the giver lacks counts for nobody');
  assert.equal((await api('DELETE', path)).status, 204);
  assert.deepEqual(await rights(), ['billing.contracts.view'], 'what they had goes on, and nothing widens');
});

test('G4: nobody takes up again what they could not give', own, async () => {
  const number = await account();
  const owner = await member(number, { preset: 'owner' });
  const admin = await member(number, { permissions: ['security.members.view', 'security.members.change'] });
  const rights = { permissions: ['billing.invoices.view', 'billing.contracts.view'] };
  const clerk = await member(number, rights);
  const other = await member(await account(), { preset: 'owner' });
  const guest = await made(`/customers/${number}/invitations`, { email: other.email, ...rights });
  // a form without the button does it as well
  const act = async (who, { id }, action) => {
    const page = await who.browser.get(`/acme/contacts/${id}`);
    const all = forms(page.text);
    const shown = all.some((form) => form.action.endsWith(`/${action}`));
    const { status } = await who.browser.post(`/acme/contacts/${id}/${action}`,
      all.find((form) => form.action.includes(id)).hidden);
    return { status, shown };
  };
  const status = async ({ id }) => (await get(number, id)).json.status;
  for (const [who, over, again] of [[clerk, 'deactivate', 'reactivate'], [guest, 'withdraw', 'invite']]) {
    const asked = await owner.browser.get(`/acme/contacts/${who.id}/${over}`);
    assert.equal((await owner.browser.submit(asked, {}, { action: new RegExp(`${over}$`) })).status, 303);
    assert.deepEqual(await act(admin, who, again), { status: 403, shown: false }, again);
    assert.equal(await status(who), 'inactive');
    assert.deepEqual(await act(owner, who, again), { status: 303, shown: true });
  }
  assert.deepEqual([await status(clerk), await status(guest)], ['active', 'invited']);
});

test('only owners make owners, and touch them', own, async () => {
  const number = await account();
  const owner = await member(number, { preset: 'owner' });
  const admin = await member(number, { preset: 'administrator' });
  const page = await admin.browser.get(`/acme/contacts/${owner.id}`);
  assert.deepEqual(forms(page.text).filter(({ action }) => /contacts/.test(action)), []);
  const { hidden } = forms((await admin.browser.get(`/acme/contacts/${admin.id}`)).text).find(({ action }) => /contacts\/mem/.test(action) && !/#/.test(action));
  for (const action of ['remove', 'deactivate', '']) {
    const answer = await admin.browser.post(`/acme/contacts/${owner.id}${action && `/${action}`}`,
      { version: '1', ...hidden, form_id: randomUUID().replaceAll('-', '').slice(0, 22), 'billing.invoices.view': 'on' });
    assert.equal(answer.status, 403, `${action}: ${answer.text}`);
  }
  const promoted = await send(owner, `/contacts/${admin.id}?preset=owner`, {}, admin.id);
  assert.equal(promoted.status, 303, promoted.text);
  assert.equal((await get(number, admin.id)).json.kind, 'owner');
  const demoted = await send(admin, `/contacts/${owner.id}?preset=user`, ticked(['billing.invoices.view']), owner.id);
  assert.equal(demoted.status, 303, demoted.text);
  assert.equal((await get(number, owner.id)).json.kind, 'contact');
  const last = await send(admin, `/contacts/${admin.id}/remove`, {});
  assert.equal(last.status, 409);
});

test('two owners who remove each other at the same moment leave one', own, async () => {
  for (let round = 0; round < 4; round++) {
    const number = await account();
    const owners = [await member(number, { preset: 'owner' }), await member(number, { preset: 'owner' })];
    const pages = await Promise.all(owners.map((who, i) => who.browser.get(`/acme/contacts/${owners[1 - i].id}/remove`)));
    const answers = await Promise.all(owners.map((who, i) => who.browser.submit(pages[i], {}, { action: /remove$/ })));
    const done = answers.filter(({ status, location }) => status === 303 && /contacts/.test(location));
    assert.equal(done.length, 1, answers.map(({ status, location }) => `${status} ${location}`).join(', '));
    const { items } = (await api('GET', `/customers/${number}/members`)).json;
    assert.deepEqual(items.map(({ kind }) => kind), ['owner']);
  }
});

// ---- actions ----

test('G25, G26, G28, G48: withdraw, deactivate and remove are asked before; the rest is one button', own, async () => {
  const number = await account();
  const owner = await member(number, { preset: 'owner' });
  const answer = await invite(owner, { email: someone(), ...ticked(['billing.invoices.view']) });
  const id = idOf(answer);
  const status = async () => (await get(number, id)).json.status;
  const buttons = async () => {
    const page = await owner.browser.get(`/acme/contacts/${id}`);
    return { asked: links(page.text).filter((href) => href.includes(`${id}/`)).map((href) => href.split('/').pop()),
      direct: forms(page.text).map(({ action }) => action.split('/').pop()).filter((word) => /^\w+$/.test(word) && !/^mem_|logout|accounts/.test(word)) };
  };
  assert.equal(await status(), 'pending');
  assert.match(visible((await owner.browser.get(`/acme/contacts/${id}`)).text), /keinen Zugang.*trotzdem/);
  assert.deepEqual(await buttons(), { asked: ['withdraw', 'remove'], direct: ['invite'] });
  await send(owner, `/contacts/${id}`, {}, 'invite');
  assert.equal(await status(), 'invited');
  const before = await owner.browser.get(`/acme/contacts/${id}/withdraw`);
  assert.equal(before.status, 200);
  assert.equal(await status(), 'invited', 'asking changes nothing');
  await send(owner, `/contacts/${id}/withdraw`, {});
  assert.equal(await status(), 'inactive');
  assert.deepEqual(await buttons(), { asked: ['remove'], direct: ['invite'] });
  assert.equal((await owner.browser.get(`/acme/contacts/${id}/withdraw`)).status, 404);
  assert.equal((await owner.browser.get(`/acme/contacts/${id}/explode`)).status, 404);
  const gone = await send(owner, `/contacts/${id}/remove`, {});
  assert.equal(gone.location, '/acme/contacts');
  assert.equal((await owner.browser.get(`/acme/contacts/${id}`)).status, 404);
});

test('G3: a member of another account is not there', own, async () => {
  const [one, other] = [await member(await account(), { preset: 'owner' }), await member(await account(), { preset: 'owner' })];
  for (const path of ['', '/remove', '/deactivate']) {
    assert.equal((await one.browser.get(`/acme/contacts/${other.id}${path}`)).status, 404, path);
  }
  const { hidden } = forms((await one.browser.get(`/acme/contacts/${one.id}`)).text).at(-1);
  assert.equal((await one.browser.post(`/acme/contacts/${other.id}/remove`, hidden)).status, 404);
  assert.equal((await get(other.number, other.id)).json.status, 'active');
});

// ---- the invitation ----

// Somebody with an account of their own, who has read the mail about it.
async function person() {
  const one = await member(await account(), { preset: 'owner' });
  await linkTo(one.email);
  return one;
}

// A guest who was invited to an account by its owner.
async function invited(rights = ['billing.invoices.view']) {
  const number = await account();
  const owner = await member(number, { preset: 'owner' });
  const guest = await person();
  const answer = await invite(owner, { email: guest.email, ...ticked(rights) });
  assert.equal(answer.status, 303, answer.text);
  const id = idOf(answer);
  return { number, owner, guest, id, path: await linkTo(guest.email, 2), status: async () => (await get(number, id)).json.status };
}

test('G13, G31: whoever was invited from the portal sees account, inviter and rights, and accepts; the inviter hears of it', own, async () => {
  const { owner, guest, number, path, status } = await invited();
  const text = visible((await guest.browser.get(path)).text);
  for (const word of ['Dora Vogt', 'Konto GmbH', number, 'Rechnungen']) {
    assert.match(text, new RegExp(word));
  }
  const answer = await guest.browser.submit(await guest.browser.get(path), {}, { action: /accept$/ });
  assert.equal(answer.status, 200, answer.text);
  assert.match(visible(answer.text), new RegExp(number));
  assert.equal(await status(), 'active');
  const told = await until('the mail to the inviter', () => relay.to(owner.email).find(({ text: said }) => said.includes(guest.email)));
  assert.match(told.headers.subject, /angenommen/);
  const there = await stack.signedIn('acme', guest.user, { customer: number });
  assert.match(visible((await there.get('/acme/')).text), new RegExp(number));
});

test('G1, G5: a contact of one account is a guest of others, with one login', own, async () => {
  const home = await account();
  const dana = await member(home, { permissions: ['billing.invoices.view'] });
  await linkTo(dana.email);
  const numbers = [await account(), await account()];
  for (const [i, number] of numbers.entries()) {
    const owner = await member(number, { preset: 'owner' });
    await invite(owner, { email: dana.email, ...ticked(['billing.contracts.view']) });
    const path = await linkTo(dana.email, 2 + i);
    const answer = await dana.browser.submit(await dana.browser.get(path), {}, { action: /accept$/ });
    assert.equal(answer.status, 200, answer.text);
  }
  assert.equal((await dana.browser.get('/acme/invoices')).status, 200);
  for (const number of numbers) {
    const there = await stack.signedIn('acme', dana.user, { customer: number });
    assert.equal((await there.get('/acme/contracts')).status, 200);
    assert.equal((await there.get('/acme/invoices')).status, 403, 'what is theirs at home is not theirs here');
  }
});

test('G32: or declines, and the inviter hears of that', own, async () => {
  const { owner, guest, path, status } = await invited();
  const answer = await guest.browser.submit(await guest.browser.get(path), {}, { action: /decline$/ });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(await status(), 'rejected');
  const told = await until('the mail to the inviter', () => relay.to(owner.email).find(({ text }) => text.includes(guest.email)));
  assert.match(told.headers.subject, /abgelehnt/);
});

test('G33: looking changes nothing, and who is not signed in is asked to, with the way back', own, async () => {
  const { path, status, guest } = await invited();
  const stranger = stack.browser();
  for (let i = 0; i < 3; i++) {
    const page = await stranger.get(path);
    assert.equal(page.status, 200);
    assert.ok(!page.text.includes(guest.email), 'the address is not told');
    assert.deepEqual(forms(page.text).filter(({ action }) => /invitation/.test(action)), []);
    assert.ok(links(page.text).includes(`/acme/login?next=${path.replace('/acme', '')}`));
  }
  assert.equal((await stack.get(path, { method: 'HEAD' })).status, 200);
  assert.equal(await status(), 'invited');
  assert.equal((await stranger.post(`${path}/accept`, {})).status, 401);
  assert.equal(await status(), 'invited');
});

test('G33: somebody else who is signed in is named, offered to change, and cannot answer', own, async () => {
  const { path, status } = await invited();
  const bruno = await stack.signedIn('acme', 'bruno');
  const page = await bruno.get(path);
  assert.match(visible(page.text), /bruno.*angemeldet/);
  const actions = forms(page.text).map(({ action }) => action.split('/').pop());
  assert.ok(!actions.includes('accept') && !actions.includes('decline'));
  const { hidden } = forms(page.text).find(({ action }) => /leave$/.test(action));
  for (const word of ['accept', 'decline']) {
    const answer = await bruno.post(`${path}/${word}`, hidden);
    assert.equal(answer.status, 403, answer.text);
  }
  assert.equal(await status(), 'invited');
  const left = await bruno.submit(page, {}, { action: /leave$/ });
  assert.equal(left.location, `/acme/login?next=${path.replace('/acme', '')}`);
  assert.equal((await bruno.get('/acme/')).status, 303, 'bruno is signed out');
});

test('G33: an unverified e-mail accepts nothing', own, async () => {
  const { guest, path, number, id } = await invited();
  // a contact of somebody, with the same address, that nobody proved
  stack.sql(`UPDATE membership SET invited_by = 'mem_of_somebody' WHERE id = '${guest.id}'`);
  const page = await guest.browser.get(path);
  assert.match(visible(page.text), /nicht bestätigt/);
  const { hidden } = forms(page.text).find(({ action }) => /leave$/.test(action));
  assert.equal((await guest.browser.post(`${path}/accept`, hidden)).status, 403);
  assert.equal((await get(number, id)).json.status, 'invited');
  stack.sql(`UPDATE users SET email_verified = 1 WHERE email = '${guest.email}'`);
  const answer = await guest.browser.submit(await guest.browser.get(path), {}, { action: /accept$/ });
  assert.equal(answer.status, 200, answer.text);
});

test('G33: withdrawn, replaced and answered ones have words of their own; a wrong link tells nothing', own, async () => {
  const first = await invited();
  const says = async (who, path, status, words) => {
    const page = await who.get(`${path}?language=en`);
    assert.equal(page.status, status, page.text);
    assert.match(visible(page.text), words);
  };
  const stranger = stack.browser();
  await says(stranger, `/acme/invitation/${'A'.repeat(22)}`, 404, /no such invitation/);
  await send(first.owner, `/contacts/${first.id}`, {}, 'invite');
  await says(stranger, first.path, 410, /withdrawn/);
  const newest = await linkTo(first.guest.email, 3);
  await says(stranger, newest, 200, /invites you/);
  await send(first.owner, `/contacts/${first.id}/withdraw`, {});
  await says(stranger, newest, 410, /withdrawn/);
  const second = await invited();
  await second.guest.browser.submit(await second.guest.browser.get(second.path), {}, { action: /accept$/ });
  await says(stranger, second.path, 410, /already answered/);
  const third = await invited();
  await send(third.owner, `/contacts/${third.id}/remove`, {});
  await says(stranger, third.path, 410, /withdrawn/);
});

test('G31: an owner who is none any more makes no owner', own, async () => {
  const number = await account();
  const [owner, other] = [await member(number, { preset: 'owner' }), await member(number, { preset: 'owner' })];
  const guest = await person();
  const answer = await send(owner, '/contacts/invite?preset=owner', { email: guest.email }, 'invite');
  assert.equal(answer.status, 303, answer.text);
  const path = await linkTo(guest.email, 2);
  const page = await guest.browser.get(path);
  await send(other, `/contacts/${owner.id}?preset=user`, ticked(['billing.invoices.view']), owner.id);
  const refused = await guest.browser.submit(page, {}, { action: /accept$/ });
  assert.equal(refused.status, 410, refused.text);
  assert.equal((await get(number, idOf(answer))).json.status, 'invited');
});

test('an invitation is answered once, however often and fast', own, async () => {
  const { guest, path, number, id } = await invited();
  const page = await guest.browser.get(path);
  const fields = () => ({ form_id: randomUUID().replaceAll('-', '').slice(0, 22) });
  const answers = await Promise.all(['accept', 'decline', 'accept', 'decline'].map((word) =>
    guest.browser.submit(page, fields(), { action: new RegExp(`${word}$`) })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1, answers.map(({ status }) => status).join(' '));
  const trail = stack.sql(`SELECT action FROM audit WHERE object = '${id}' AND action IN
    ('membership.accepted', 'membership.rejected')`);
  assert.equal(trail.length, 1);
  assert.ok(['active', 'rejected'].includes((await get(number, id)).json.status));
});

test('G38: on behalf of a customer staff see the list and change nothing', own, async () => {
  const sam = await stack.office('acme', 'support');
  await sam.submit(await sam.get('/acme/admin/logins/anna/act'), { reason: 'Ticket 1' }, { action: /act$/ });
  const page = await sam.get('/acme/contacts/invite');
  assert.equal(page.status, 200);
  const answer = await sam.submit(page, { email: someone(), ...ticked(['billing.invoices.view']) }, { action: /invite$/ });
  assert.equal(answer.status, 403);
});

test('a member writes to no more than twenty strangers at once', own, async () => {
  const who = await member(await account(), { preset: 'owner' });
  const statuses = [];
  for (let i = 0; i < 21; i++) {
    statuses.push((await send(who, '/contacts/new', { email: someone(), ...dora, ...ticked(['billing.invoices.view']) })).status);
  }
  assert.deepEqual(statuses, [...Array(20).fill(303), 429]);
  const [{ n }] = stack.sql(`SELECT COUNT(*) AS n FROM membership m JOIN customer c
    ON c.tenant = m.tenant AND c.id = m.customer WHERE c.number = '${who.number}' AND m.kind = 'contact'`);
  assert.equal(n, 20, 'what was too many did not happen');
});

// Last: from here on nginx takes no session of the application's time.
test('G31, G33: whose accounts are all closed still signs in to answer an invitation, without its link, and nobody else opens it', own, async () => {
  const home = await account(), number = await account();
  const one = await made(`/customers/${home}/members`, { email: someone(), ...dora, preset: 'user' });
  const password = 'silver-window-garden-3';
  const browser = stack.browser();
  const chosen = await browser.submit(await browser.get(await linkTo(one.email)), { new_password: password }, { action: /password$/ });
  assert.equal(chosen.status, 303, chosen.text);
  assert.equal((await api('POST', `/customers/${home}/members/${one.id}/deactivate`)).status, 200);
  assert.equal((await browser.signIn('acme', one.user, password)).status, 403, 'no account, no invitation');
  const { id } = await made(`/customers/${number}/invitations`, { email: one.email, preset: 'accountant' });
  assert.equal((await api('POST', `/customers/${number}/members/${id}/resend`)).status, 200);
  const link = await linkTo(one.email, 2);
  const entered = await browser.signIn('acme', one.user, password);
  assert.equal(entered.location, '/acme/accounts');
  const page = await browser.get('/acme/accounts');
  const path = `/acme/invitation/${id}`;
  assert.match(visible(page.text), new RegExp(`Konto GmbH.*${number}`));
  assert.ok(links(page.text).includes(path));
  for (const path_ of ['/invoices', '/security', '/contacts']) {
    assert.notEqual((await browser.get(`/acme${path_}`)).status, 200, path_);
  }
  const stranger = await stack.signedIn('acme', 'anna');
  for (const [who, status] of [[stack.browser(), 404], [stranger, 404]]) {
    assert.equal((await who.get(path)).status, status);
  }
  const forged = await stranger.post(`${path}/accept`, forms((await stranger.get('/acme/')).text)[0].hidden);
  assert.equal(forged.status, 404, forged.text);
  const done = await browser.submit(await browser.get(path), {}, { action: /accept$/ });
  assert.equal(done.status, 200, done.text);
  assert.equal((await get(number, id)).json.status, 'active');
  assert.notEqual((await browser.get(link)).status, 200, 'the link of the mail opens nothing any more');
  assert.notEqual((await browser.get(path)).status, 200, 'it is answered once');
  const opened = await browser.submit(await browser.get('/acme/accounts'), { customer: number }, { action: /accounts$/ });
  assert.equal(opened.location, '/acme/');
  assert.equal((await browser.get('/acme/invoices')).status, 200);
});

test('G31: a sign-in by the link of an invitation leads straight back to it, with many accounts or none', own, async () => {
  const number = await account();
  const anna = stack.user('anna');
  const { id } = await made(`/customers/${number}/invitations`, { email: anna.email, preset: 'view_only' });
  const path = await linkTo(anna.email);
  const browser = stack.browser();
  assert.equal((await browser.signIn('acme', anna.username, anna.password, path.replace('/acme', ''))).location, path);
  assert.equal((await browser.submit(await browser.get(path), {}, { action: /decline$/ })).status, 200);
  assert.equal((await get(number, id)).json.status, 'rejected');
});

test('G33: an invitation ends after seven days, in words of its own, and is sent again', own, async () => {
  const number = await account();
  const one = await made(`/customers/${number}/invitations`, { email: 'bruno@keller.example', preset: 'user' });
  const path = await linkTo('bruno@keller.example');
  stack.moveTime(7 * 86_400 - 60);
  assert.equal((await stack.get(path)).status, 200);
  stack.moveTime(61);
  const page = await stack.get(`${path}?language=en`);
  assert.equal(page.status, 410);
  assert.match(visible(page.text), /expired/);
  const sent = await api('POST', `/customers/${number}/members/${one.id}/resend`);
  assert.equal(sent.json.status, 'invited');
  assert.ok(Date.parse(sent.json.expires) / 1000 > stack.now());
  assert.equal((await stack.get(await linkTo('bruno@keller.example', 2))).status, 200);
});

test('every route of contacts wants a permission of its own', () => {
  const rights = routes.filter(({ path, door }) => door === 'portal' && path.startsWith('/contacts'));
  assert.equal(rights.length, 9);
  for (const { name, method, right, path } of rights) {
    const sees = method === 'GET' && ['/contacts', '/contacts/{id}'].includes(path);
    assert.equal(right, `security.members.${sees ? 'view' : 'change'}`, name);
  }
});
