// Contacts and guests of customers in the back office, and the access list.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';

import { forms, links, visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { startStack } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack();
after(() => relay.stop());
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const olga = await stack.office('acme', 'owner', { 'Accept-Language': 'en' });

const someone = () => `${randomUUID().slice(0, 12)}@office.example`;
const dora = { first_name: 'Dora', last_name: 'Vogt' };
const right = { 'billing.invoices.view': 'on' };
const get = async (path, browser = olga) => {
  const answer = await browser.get(`/acme/admin${path}`);
  assert.equal(answer.status, 200, `${path}: ${answer.text.slice(0, 200)}`);
  return answer;
};
const send = async (path, fields, action = path) => olga.submit(await get(path), fields, { action: new RegExp(`${action}$`) });
// The table under a heading: columns, and the cells of each row.
function section(page, title) {
  const found = page.text.match(new RegExp(`<h2>${title}</h2>[\\s\\S]*?</section>`))?.[0];
  const cells = (row, tag) => [...row.matchAll(new RegExp(`<${tag}\\b[^>]*>([\\s\\S]*?)</${tag}>`, 'g'))].map(([, cell]) => visible(cell));
  return found && {
    columns: cells(found.match(/<thead>[\s\S]*<\/thead>/)?.[0] ?? '', 'th'),
    rows: [...found.matchAll(/<tr>\s*<th scope="row"[\s\S]*?<\/tr>/g)].map(([row]) => [...cells(row, 'th'), ...cells(row, 'td')]),
    links: links(found),
  };
}
const account = async () => {
  const answer = await api('POST', '/customers', { company_name: 'Büro GmbH', email: 'k@office.example' });
  return answer.json.number;
};
const members = async (number) => (await api('GET', `/customers/${number}/members`)).json.items;

test('G41, G42, G43, G44, G45, G46: a customer\'s page lists contacts and guests', own, async () => {
  const { columns, rows, links: to } = section(await get('/customers/K2000'), 'Contacts');
  assert.deepEqual(columns, ['Name', 'Account type', 'Account id', 'User id', 'Created', 'Status']);
  const found = Object.fromEntries(rows.map(([name, kind, id, user, created, status]) => [name, [kind, id, /^usr_/.test(user), created !== '–', status]]));
  assert.deepEqual(found, {
    anna: ['owner', 'K2000', true, true, 'active'],
    'Clara Sommer': ['contact', 'K2000', true, true, 'active'],
    'Emil Sommer': ['contact', 'K2000', true, true, 'inactive'],
    'buchhaltung@kanzlei-vogt.example': ['guest', 'K2000', false, true, 'pending'],
    'studio@licht.example': ['guest', 'K2000', false, true, 'invited'],
    'bruno@keller.example': ['guest', 'K2000', false, true, 'rejected'],
  });
  const clara = await olga.get(to.find((href) => /members\/mem_/.test(href)));
  assert.equal(clara.status, 200);
});

test('G41: all contacts and guests are a list that is narrowed and sorted', own, async () => {
  const names = async (query) => [...(await get(`/members?${query}`)).text.matchAll(/<th scope="row"[^>]*>([\s\S]*?)<\/th>/g)].map(([, cell]) => visible(cell));
  assert.deepEqual(await names('customer=K2000&status=pending'), ['buchhaltung@kanzlei-vogt.example']);
  assert.deepEqual(await names('kind=contact&sort=name&customer=K2000'), ['Clara Sommer', 'Emil Sommer']);
  assert.deepEqual(await names('name=clara'), ['Clara Sommer']);
  assert.deepEqual(await names('email=CLARA%40sommer'), ['Clara Sommer']);
});

test('G39, G40: the access list stands where somebody has access to other accounts, and nowhere else', own, async () => {
  for (const path of ['/customers/K2000', '/logins/anna']) {
    const list = section(await get(path), 'Access list');
    assert.deepEqual(list.columns, ['Account id', 'Account', 'Username', 'Own account', 'Account type', 'Created', 'Status']);
    assert.deepEqual(list.rows.map(([id, name, user, home, kind, , status]) => [id, name, user, home, kind, status]),
      [['K2001', 'Sommer & Söhne KG', 'anna', 'K2000', 'guest', 'active']], path);
  }
  for (const path of ['/customers/K2002', '/logins/bruno', '/customers/K2001']) {
    assert.equal(section(await get(path), 'Access list'), undefined, path);
  }
});

test('G12, G14: staff add a contact to a customer, with any right but the owners\' own', own, async () => {
  const number = await account();
  const email = someone();
  const page = await get(`/customers/${number}/members/new`);
  assert.ok(!/ disabled/.test(page.text), 'staff may give everything');
  assert.match(page.text, /value="owner"/);
  const answer = await send(`/customers/${number}/members/new`, { email, ...dora, ...right });
  assert.equal(answer.status, 303, answer.text);
  const [one] = await members(number);
  assert.deepEqual([one.kind, one.status, one.user, one.permissions], ['contact', 'active', email, ['billing.invoices.view']]);
  assert.match((await relay.mailTo(email)).text, /Acme Telekom hat Sie zum Konto Büro GmbH/);
  assert.match(answer.location, new RegExp(`/acme/admin/members/${one.id}`));
  assert.ok(links((await get(`/customers/${number}`)).text).includes(`/acme/admin/customers/${number}/members/new`));
});

test('G12, G15: staff invite a guest, and see that the person needs an account', own, async () => {
  const number = await account();
  const email = someone();
  const answer = await send(`/customers/${number}/members/invite`, { email, ...right });
  assert.equal(answer.status, 303, answer.text);
  const page = await olga.get(answer.location);
  assert.match(visible(page.text), /has a login here/);
  const sent = await olga.submit(page, {}, { action: /\/invite$/ });
  assert.equal(sent.status, 303, sent.text);
  assert.equal((await members(number))[0].status, 'invited');
  assert.match((await relay.mailTo(email)).text, /\/acme\/invitation\/[\w-]{22}/);
});

test('G28, G30, G48: staff change, deactivate, reactivate and remove', own, async () => {
  const number = await account();
  await send(`/customers/${number}/members/new`, { email: someone(), ...dora, ...right });
  const [{ id, user }] = await members(number);
  const guest = await stack.signedIn('acme', user);
  const state = async () => (await members(number)).map(({ status, permissions }) => [status, ...permissions])[0];
  await send(`/members/${id}`, { 'billing.contracts.view': 'on' }, id);
  assert.deepEqual(await state(), ['active', 'billing.contracts.view']);
  assert.equal((await guest.get('/acme/invoices')).status, 403);
  await send(`/members/${id}/deactivate`, {});
  assert.deepEqual(await state(), ['inactive', 'billing.contracts.view']);
  assert.equal((await guest.get('/acme/contracts')).status, 303, 'signed out');
  await send(`/members/${id}`, {}, 'reactivate');
  assert.equal((await state())[0], 'active');
  const gone = await send(`/members/${id}/remove`, {});
  assert.equal(gone.location, `/acme/admin/customers/${number}`);
  assert.deepEqual(await members(number), []);
  assert.equal((await olga.get(`/acme/admin/members/${id}`)).status, 404);
});

test('the last owner stays in the back office, too', own, async () => {
  const number = await account();
  await send(`/customers/${number}/members/new?preset=owner`, { email: someone(), ...dora }, 'new');
  const [{ id, kind }] = await members(number);
  assert.equal(kind, 'owner');
  const answer = await send(`/members/${id}/remove`, {});
  assert.equal(answer.status, 409, answer.text);
  const changed = await send(`/members/${id}?preset=user`, {}, id);
  assert.equal(changed.status, 409);
  assert.match(visible(changed.text), /needs an owner/);
});

test('roles: who may see contacts, and who may change them', own, async () => {
  const [{ id }] = (await members('K2000')).filter(({ kind }) => kind === 'contact');
  for (const [role, sees, changes] of [['support', true, true], ['administrator', true, true],
    ['billing', true, false], ['read_only', true, false]]) {
    const browser = await stack.office('acme', role);
    assert.equal((await browser.get('/acme/admin/members')).status, sees ? 200 : 403, role);
    const page = await browser.get(`/acme/admin/members/${id}`);
    assert.equal(forms(page.text).some(({ action }) => action.includes(id)), changes, role);
    assert.equal((await browser.get('/acme/admin/customers/K2000/members/new')).status, changes ? 200 : 403, role);
    const customer = await browser.get('/acme/admin/customers/K2000');
    assert.equal(links(customer.text).includes('/acme/admin/customers/K2000/members/invite'), changes, role);
    assert.ok(section(customer, 'Kontakte'), role);
  }
});

test('X1: contacts of one tenant are not there for staff of another', own, async () => {
  const [{ id }] = await members('K2000');
  const gina = await stack.office('globex', 'owner');
  for (const path of [`/members/${id}`, `/members/${id}/remove`, '/customers/K2000/members/new']) {
    assert.equal((await gina.get(`/globex/admin${path}`)).status, 404, path);
  }
  assert.doesNotMatch((await gina.get('/globex/admin/members')).text, /Sommer|K200\d/);
});
