// What a member may do: the membership's rights, as far as their giver has
// them, without what account and tenant leave out. Every page of the portal is
// asked for with each right missing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { filled, furnish, routes } from '../lib/routes.mjs';
import { startStack } from '../lib/stack.mjs';

const permissions = [...readFileSync(
  fileURLToPath(new URL('../../fcgi_app/tables/permissions.def', import.meta.url)), 'utf8')
  .matchAll(/^PERMISSION\(([\w.]+), ([\w ]+),\s+(\w+),/gm)]
  .map(([, name, features, who]) => ({ name, features: features.split(' '), who }));
const allFeatures = [...new Set(permissions.flatMap(({ features }) => features))];
const given = permissions.filter(({ who }) => who !== 'OWNERS').map(({ name }) => name);
// Pages whose right is asked for; a link of its own opens what is there.
const guarded = routes.filter(({ door, right }) =>
  ['portal', 'contract'].includes(door) && right !== '-');

const stack = await startStack();
const own = { skip: stack.skip };
const furnished = stack.own ? await furnish(stack) : {};
const guest = await stack.signedIn('acme', 'anna', { customer: 'K2001' });
const [{ id: membership }] = stack.own ? stack.sql(`SELECT m.id FROM membership m
  JOIN customer c ON c.tenant = m.tenant AND c.id = m.customer
  WHERE m.tenant = 'acme' AND c.number = 'K2001' AND m.kind = 'guest'`) : [{}];

function give(id, names, giver = '') {
  stack.sql(`DELETE FROM membership_permission WHERE membership = '${id}'`);
  for (const name of names) {
    stack.sql(`INSERT INTO membership_permission (tenant, membership, permission, given_by)
      VALUES ('acme', '${id}', '${name}', '${giver}')`);
  }
}

// The check-boxes of the settings, all but those that are left out.
function features(without) {
  return { section_account: '1', section_documents: '2', section_contract: '3', section_customer: '4', section_additional: '5', section_payment: '6',
    ...Object.fromEntries(allFeatures.filter((name) => !without.includes(name))
      .map((name) => [`portal_${name}`, 'on'])) };
}

async function ask(session, route) {
  const path = `/acme${filled(route, furnished)}`;
  const answer = await session.send(path, { method: route.method, headers: { Accept: 'application/json' } });
  if (/json/.test(answer.headers['content-type'])) {
    return answer.json.code;
  }
  // what is another account's of the same person asks whether to change to it
  return /<main[\s\S]*action="\/acme\/accounts"/.test(answer.text) ? 'forbidden' : answer.status;
}

test('X6: the tables of permissions, presets and routes fit together', own, () => {
  assert.ok(guarded.length > 5);
  for (const { right, name } of guarded) {
    assert.ok(permissions.some((row) => row.name === right), `${name} wants ${right}`);
  }
  for (const { name } of permissions) {
    const asked = guarded.some(({ right }) => right === name);
    assert.ok(asked || name.endsWith('.change'), `no page asks for ${name}`);
  }
});

test('X6, G16: without its right no page opens to a guest, with it alone it does', own, async () => {
  for (const route of guarded) {
    give(membership, given.filter((name) => name !== route.right));
    assert.equal(await ask(guest, route), 'forbidden', `${route.name} without ${route.right}`);
    give(membership, [route.right]);
    assert.notEqual(await ask(guest, route), 'forbidden', `${route.name} with ${route.right} alone`);
  }
});

test('X6: what somebody gave lasts as long as they have it', own, async () => {
  const [{ pool, customer }] = stack.sql(
    `SELECT pool, customer FROM membership WHERE id = '${membership}'`);
  const [{ id: bruno }] = stack.sql(`SELECT id FROM users WHERE username = 'bruno'`);
  const add = (id, user, kind) => stack.sql(`INSERT INTO membership (tenant, id, pool, user_id,
      customer, kind, status, reach, home, email, email_key, first_name, last_name, invited_by,
      invited, expires, accepted, created, last_used, version)
    VALUES ('acme', '${id}', '${pool}', '${user}', '${customer}', '${kind}', 'active', 'customer',
      0, '', '', '', '', '', 0, 0, 1, 1, 0, 1)`);
  const invoices = async () => (await guest.get('/acme/invoices')).status;

  add('mem_giver', bruno, 'contact');
  give('mem_giver', ['billing.invoices.view']);
  give(membership, ['billing.invoices.view'], 'mem_giver');
  assert.equal(await invoices(), 200, 'the giver has it');
  give('mem_giver', []);
  assert.equal(await invoices(), 403, 'the giver has it no more');
  give('mem_giver', ['billing.invoices.view'], 'mem_nobody');
  assert.equal(await invoices(), 403, 'nobody gave it to the giver');
  give('mem_giver', ['billing.invoices.view'], membership);
  assert.equal(await invoices(), 403, 'two who gave it to each other have nothing');
  stack.sql(`UPDATE membership SET kind = 'owner' WHERE id = 'mem_giver'`);
  assert.equal(await invoices(), 200, 'owners have everything');
  stack.sql(`DELETE FROM membership_permission WHERE membership = 'mem_giver'`);
  stack.sql(`DELETE FROM membership WHERE id = 'mem_giver'`);
});

test('X6: a feature that the tenant leaves out is nobody\'s, and comes back', own, async () => {
  const owner = await stack.signedIn('acme', 'anna');
  const staff = await stack.office('acme');
  const status = async () => (await owner.get('/acme/invoices')).status;

  assert.equal(await status(), 200);
  const save = async (fields) => {
    const answer = await staff.submit(await staff.get('/acme/admin/settings/portal'), fields,
      { action: /settings\/portal$/ });
    assert.equal(answer.status, 303, answer.text);
  };
  await save(features(['invoices']));
  assert.equal(await status(), 403);
  const home = await owner.get('/acme/');
  assert.doesNotMatch(home.text, /href="\/acme\/invoices"/, 'nor in the menu');
  assert.equal(stack.sql(`SELECT portal_without FROM tenant WHERE id = 'acme'`)[0].portal_without,
    'invoices');
  await save(features([]));
  assert.equal(await status(), 200);
});

test('X6: staff leave features out for one account, in the office and by the API', own, async () => {
  const owner = await stack.signedIn('acme', 'bruno');
  const staff = await stack.office('acme');
  const path = '/acme/admin/customers/K2002/portal';
  const status = async () => (await owner.get('/acme/invoices')).status;
  const save = async (names) => staff.submit(await staff.get(path),
    Object.fromEntries(names.map((name) => [name, 'on'])), { action: /K2002\/portal$/ });
  const all = allFeatures;
  const shown = async () => (await stack.api('acme', 'GET', '/customers/K2002')).json.portal_without;

  assert.equal((await save(all.filter((name) => name !== 'invoices'))).status, 303);
  assert.deepEqual(await shown(), ['invoices']);
  assert.equal(await status(), 403);
  const [row] = stack.sql(`SELECT before, after FROM audit WHERE action = 'customer.changed'
    ORDER BY id DESC LIMIT 1`);
  assert.deepEqual([row.before, row.after].map((text) => JSON.parse(text).portal_without), [[], ['invoices']]);
  assert.equal((await save(all)).status, 303);
  assert.equal(await status(), 200);

  const change = async (portal_without) => {
    const { headers } = await stack.api('acme', 'GET', '/customers/K2002');
    return stack.api('acme', 'PATCH', '/customers/K2002', { portal_without }, { 'If-Match': headers.etag });
  };
  const bad = await change(['invoices', 'everything']);
  assert.equal(bad.status, 422);
  assert.equal(bad.json.errors[0].pointer, '#/portal_without');
  assert.equal((await change(['invoices'])).status, 200);
  assert.equal(await status(), 403);
  assert.equal((await change([])).status, 200);
  assert.equal(await status(), 200);
});

test('X6: a feature that an account leaves out is none of its members\'', own, async () => {
  const owner = await stack.signedIn('acme', 'bruno');
  const other = await stack.signedIn('acme', 'anna');
  for (const [name, feature] of permissions.flatMap(({ name, features }) => features.map((one) => [name, one]))) {
    stack.sql(`UPDATE customer SET portal_without = '${feature}' WHERE number = 'K2002'`);
    for (const route of guarded.filter(({ right }) => right === name)) {
      assert.equal(await ask(owner, route), 'forbidden', `${route.name} without ${feature}`);
      assert.notEqual(await ask(other, route), 'forbidden', `${route.name} of another account`);
    }
  }
  stack.sql(`UPDATE customer SET portal_without = '' WHERE number = 'K2002'`);
});
