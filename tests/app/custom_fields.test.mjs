// Custom fields: made in the settings, filled in the office and by the API, shown
// and changed in the portal as each field's right says.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, unescapeHtml, visible } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');
const anna = await stack.signedIn('acme', 'anna');
const list = '/acme/admin/custom-fields';

const field = (name) => stack.sql(`SELECT * FROM custom_field WHERE tenant = 'acme' AND name = '${name}'`)[0];
const make = async (fields) => owner.submit(await owner.get(`${list}/new`),
  { record: 'customer', type: 'text', portal: 'none', place: '9', ...fields }, { action: /custom-fields$/ });
async function made(fields) {
  const answer = await make(fields);
  assert.equal(answer.status, 303, visible(answer.text));
  return field(fields.name).id;
}
const change = async (name, fields) => owner.submit(await owner.get(`${list}/${field(name).id}`), fields,
  { action: new RegExp(`${field(name).id}$`) });
const values = async (path) => Object.fromEntries((await stack.api('acme', 'GET', `${path}/custom-fields`)).json.values
  .map(({ name, value }) => [name, value]));
const set = (path, name, value, headers = { 'If-Match': '*' }) => stack.api('acme', 'PATCH', `${path}/custom-fields`,
  { values: [{ name, value }] }, headers);
// What a form of fields has, by their labels, and what it answers.
function controls(page) {
  return Object.fromEntries([...page.text.matchAll(/<label for="field-(cf_\w+)">([^<]*?)\s*</g)]
    .map(([, id, label]) => [unescapeHtml(label), id]));
}
const facts = (page) => Object.fromEntries([...page.text.matchAll(/<dt>([^<]*)<\/dt>\s*<dd><bdi>([^<]*)<\/bdi>/g)]
  .map(([, label, text]) => [unescapeHtml(label), unescapeHtml(text)]));

test('B73, B74: a field is made in the settings, with its name, kind, labels and right', own, async () => {
  const id = await made({ name: 'debtor', type: 'number', 'label.de': 'Debitor', 'label.fr': 'Débiteur', place: '1', portal: 'read' });
  const row = field('debtor');
  assert.deepEqual([row.record, row.type, row.portal, Number(row.place)], ['customer', 'number', 'read', 1]);
  assert.match((await owner.get(list)).text, new RegExp(`${id}"[^>]*>\\s*<bdi[^>]*>debtor`));
  const [trail] = stack.sql("SELECT actor, action, object, after FROM audit WHERE action = 'custom_field.created' ORDER BY id DESC LIMIT 1");
  assert.match(trail.actor, /^staff:/);
  assert.equal(trail.object, id);
  assert.equal(JSON.parse(trail.after).name, 'debtor');
});

test('B73: what cannot be a field is refused at its control', own, async () => {
  for (const [wrong, control] of [[{ name: 'debtor' }, 'name'], [{ name: '' }, 'name'], [{ name: 'a b' }, 'name'],
    [{ name: 'x', type: 'choice' }, 'choices'], [{ name: 'x', choices: 'A' }, 'choices'],
    [{ name: 'x', type: 'choice', choices: 'A\r\nA' }, 'choices'], [{ name: 'x', type: 'choice', choices: 'A|B' }, 'choices'],
    [{ name: 'x', type: 'money' }, 'type'], [{ name: 'x', portal: 'all' }, 'portal'], [{ name: 'x', record: 'invoice' }, 'record'],
    [{ name: 'x', place: '0' }, 'place'], [{ name: 'x', 'label.de': 'x'.repeat(101) }, 'label.de']]) {
    const answer = await make(wrong);
    assert.equal(`${answer.status} ${JSON.stringify(wrong)}`, `422 ${JSON.stringify(wrong)}`);
    assert.ok(answer.text.includes(`href="#field-${control}"`), `${JSON.stringify(wrong)} at ${control}`);
  }
  assert.equal(field('x'), undefined);
  // the same name may stand for customers and for contracts
  await made({ name: 'debtor2', record: 'contract' });
});

test('B73, B74: the API makes, changes and removes fields by the same rules, and tells one state from another', own, async () => {
  const api = (...args) => stack.api('acme', ...args);
  const texts = [{ language: 'de', label: 'Filiale' }, { language: 'fr', label: 'Succursale' }];
  const sent = { record: 'contract', name: 'branch', type: 'choice', portal: 'read', place: 3, choices: 'Nord\nSüd', texts };
  const key = { 'Idempotency-Key': 'field-once' };
  const first = await api('POST', '/custom-fields', sent, key);
  assert.equal(first.status, 201, first.text);
  const { id, created, ...shown } = first.json;
  assert.deepEqual(shown, sent);
  assert.equal(first.headers.location, `/api/v1/custom-fields/${id}`);
  assert.equal((await api('POST', '/custom-fields', sent, key)).json.id, id, 'sent twice it is one');
  const { json: { items } } = await api('GET', '/custom-fields?record=contract&name=branch');
  assert.deepEqual(items.map((one) => [one.id, one.texts]), [[id, texts]]);
  for (const [wrong, pointer] of [[{ name: 'branch' }, '#/name'], [{ name: 'a b' }, '#/name'], [{ choices: '' }, '#/choices'], [{ type: 'text' }, '#/choices'],
    [{ choices: 'A\nA' }, '#/choices'], [{ place: 0 }, '#/place'], [{ record: 'invoice' }, '#/record'],
    [{ texts: [{ language: 'it', label: 'x' }] }, '#/texts/0/language'], [{ texts: [texts[0], texts[0]] }, '#/texts/1/language']]) {
    const answer = await api('POST', '/custom-fields', { ...sent, name: 'other', ...wrong });
    assert.ok([400, 422].includes(answer.status), JSON.stringify(wrong));
    assert.deepEqual(answer.json.errors.map((one) => one.pointer), [pointer], JSON.stringify(wrong));
  }
  const path = `/custom-fields/${id}`;
  const { headers: { etag } } = await api('GET', path);
  const changed = await api('PATCH', path, { choices: 'Nord\nOst', texts: [texts[1]] }, { 'If-Match': etag });
  assert.equal(changed.status, 200, changed.text);
  assert.deepEqual([changed.json.choices, changed.json.texts, changed.json.portal], ['Nord\nOst', [texts[1]], 'read']);
  assert.equal((await api('PATCH', path, { place: 4 }, { 'If-Match': etag })).status, 412);
  assert.equal((await api('PATCH', path, { place: 4 })).status, 428);
  assert.equal((await api('PATCH', path, { choices: null }, { 'If-Match': '*' })).status, 422, 'a choice has choices');
  assert.equal((await api('PATCH', path, { type: 'text' }, { 'If-Match': '*' })).status, 400, 'which stays as it is');
  assert.equal((await stack.api('globex', 'GET', path)).status, 404);
  assert.equal((await stack.api('globex', 'DELETE', path, undefined, { 'If-Match': '*' })).status, 404);
  assert.equal((await set('/contracts/VT-6HSN-P3VD', 'branch', 'Ost')).status, 200);
  assert.equal((await api('DELETE', path, undefined, { 'If-Match': '*' })).status, 204);
  assert.equal((await api('GET', path)).status, 404);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM custom_value WHERE field = '${id}'`)[0].n | 0, 0);
});

test('B74: each kind takes what it is, by API and office, and nothing else', own, async () => {
  await made({ name: 'since', type: 'date' });
  await made({ name: 'tier', type: 'choice', choices: 'Gold\r\nSilber' });
  await made({ name: 'memo' });
  for (const [name, good, bad] of [['debtor', ['12', '-12.5', '0'], ['x', '1.2.3', '1e3', '']], ['since', ['2026-02-28'], ['2026-02-30', '28.02.2026']],
    ['tier', ['Gold', 'Silber'], ['Bronze', 'gold', 'Gold|Silber']], ['memo', ['ä', 'x'.repeat(500)], ['x'.repeat(501), 'a\u0007']]]) {
    for (const value of good) {
      const answer = await set('/customers/K2002', name, value);
      assert.equal(answer.status, 200, `${name} ${value}: ${answer.text}`);
      assert.equal((await values('/customers/K2002'))[name], value);
    }
    for (const value of bad.filter(Boolean)) {
      const answer = await set('/customers/K2002', name, value);
      assert.ok([400, 422].includes(answer.status), `${name} ${value}`);
      assert.deepEqual(answer.json.errors.map(({ pointer }) => pointer), ['#/values/0/value']);
    }
    assert.equal((await values('/customers/K2002'))[name], good.at(-1));
    assert.equal((await set('/customers/K2002', name, null)).status, 200);
    assert.equal((await values('/customers/K2002'))[name], null);
  }
  for (const wrong of [[{ name: 'nothing', value: '1' }], [{ name: 'memo', value: 'a' }, { name: 'memo', value: 'b' }],
    [{ name: 'location', value: 'of a contract' }]]) {
    const answer = await stack.api('acme', 'PATCH', '/customers/K2002/custom-fields', { values: wrong }, { 'If-Match': '*' });
    assert.equal(answer.status, 422);
    assert.match(answer.json.errors[0].pointer, /^#\/values\/\d\/name$/);
  }
  const page = await owner.get('/acme/admin/customers/K2002/additional?language=de');
  const ids = controls(page);
  const sent = { [ids.Debitor]: '1,5', [ids.since]: '2026-03-01', [ids.tier]: 'Gold' };
  assert.equal((await owner.submit(page, { ...sent, [ids.tier]: 'Blei' }, { action: /additional$/ })).status, 422);
  assert.equal((await owner.submit(page, sent, { action: /additional$/ })).status, 303);
  const { debtor, since, tier } = await values('/customers/K2002');
  assert.deepEqual([debtor, since, tier], ['1.5', '2026-03-01', 'Gold']);
  const shown = facts(await owner.get('/acme/admin/customers/K2002?language=de'));
  assert.deepEqual([shown.Debitor, shown.tier, shown.memo], ['1,5', 'Gold', '–']);
});

test('B74: a change names the state that it is of, and leaves its row in the trail and the timeline', own, async () => {
  const { headers } = await stack.api('acme', 'GET', '/customers/K2001/custom-fields');
  assert.equal((await set('/customers/K2001', 'memo', 'eins', { 'If-Match': headers.etag })).status, 200);
  assert.equal((await set('/customers/K2001', 'memo', 'zwei', { 'If-Match': headers.etag })).status, 412);
  assert.equal((await set('/customers/K2001', 'memo', 'zwei', {})).status, 428);
  const page = await owner.get('/acme/admin/customers/K2001/additional');
  assert.equal((await set('/customers/K2001', 'memo', 'drei')).status, 200);
  const late = await owner.submit(page, { [field('memo').id]: 'vier' }, { action: /additional$/ });
  assert.equal(late.status, 409);
  assert.match(visible(late.text), /drei/);
  assert.equal((await values('/customers/K2001')).memo, 'drei');
  const [row] = stack.sql("SELECT actor, customer, before, after FROM audit WHERE action = 'custom_values.changed' ORDER BY id DESC LIMIT 1");
  assert.match(row.actor, /^key:/);
  assert.deepEqual([row.before, row.after].map(JSON.parse), [{ memo: 'eins' }, { memo: 'drei' }]);
  assert.match(visible((await owner.get('/acme/admin/customers/K2001/timeline?language=en')).text), /Additional data were changed/);
});

test('B74, P29: a change by API, office or portal is told as one of the customer or contract, and only a change', own, async () => {
  const hook = await stack.api('acme', 'POST', '/callbacks', { url: 'https://hook.example/', types: 'customer.changed contract.changed' });
  assert.equal(hook.status, 201, hook.text);
  const told = () => stack.sql("SELECT type, object FROM callback_event WHERE tenant = 'acme' ORDER BY created, id")
    .map(({ type, object }) => `${type} ${object}`);
  const id = (sql) => stack.sql(sql)[0].id;
  const [customer, other] = ['K2000', 'K2001'].map((number) =>
    id(`SELECT id FROM customer WHERE tenant = 'acme' AND number = '${number}'`));
  const contract = id("SELECT id FROM contract WHERE tenant = 'acme' AND ref = 'VT-6HSN-P3VD'");
  const expected = [];
  const tells = (of, why) => assert.deepEqual(told().sort(), [...expected, ...(of ? [of] : [])].sort(), why) ?? (of && expected.push(of));

  assert.equal((await set('/customers/K2001', 'memo', 'told')).status, 200);
  tells(`customer.changed ${other}`, 'by the API');
  assert.equal((await set('/customers/K2001', 'memo', 'told')).status, 200);
  tells(null, 'the same again is no change');
  assert.equal((await set('/contracts/VT-6HSN-P3VD', 'location', 'Flur')).status, 200);
  tells(`contract.changed ${contract}`, 'of a contract');
  const page = await owner.get('/acme/admin/customers/K2001/additional');
  assert.equal((await owner.submit(page, { [field('memo').id]: 'office' }, { action: /additional$/ })).status, 303);
  tells(`customer.changed ${other}`, 'by staff');
  const form = await anna.get('/acme/additional/change');
  assert.equal((await anna.submit(form, { [field('cost_center').id]: '4710' }, { action: /change$/ })).status, 303);
  tells(`customer.changed ${customer}`, 'by a member');
  assert.equal((await set('/customers/K2000', 'cost_center', '4711')).status, 200);
  assert.equal((await stack.api('acme', 'DELETE', `/callbacks/${hook.json.id}`)).status, 204);
});

test('B73, B74: the portal shows what its right lets see, and changes what it lets change', own, async () => {
  const page = await anna.get('/acme/additional?language=de');
  const shown = facts(page);
  assert.equal(shown['Ihr Ansprechpartner'], 'Nora Petersen');
  assert.equal(shown.Kostenstelle, '4711');
  assert.ok(!('Bonität' in shown) && !/Bonität/.test((await anna.get('/acme/?language=de')).text), 'not what is none of theirs');
  const form = await anna.get('/acme/additional/change?language=de');
  const ids = controls(form);
  assert.deepEqual(Object.keys(ids), ['Kostenstelle']);
  const sent = await anna.submit(form, { [ids.Kostenstelle]: '4712', [field('adviser').id]: 'Ich', [field('rating').id]: 'C' },
    { action: /change$/ });
  assert.equal(sent.status, 303);
  const now = await values('/customers/K2000');
  assert.deepEqual([now.cost_center, now.adviser, now.rating], ['4712', 'Nora Petersen', 'A'], 'what is read only stays');
  const [row] = stack.sql("SELECT actor FROM audit WHERE action = 'custom_values.changed' ORDER BY id DESC LIMIT 1");
  assert.match(row.actor, /^user:/);
  assert.match((await anna.get('/acme/?language=de')).text, /4712/, 'on the overview, too');
});

test('B74: a right that is taken away counts for a form that is open', own, async () => {
  const form = await anna.get('/acme/additional/change');
  assert.equal((await change('cost_center', { portal: 'read', place: '2' })).status, 303);
  await anna.submit(form, { [field('cost_center').id]: '0' }, { action: /change$/ });
  assert.equal((await values('/customers/K2000')).cost_center, '4712');
  assert.doesNotMatch((await anna.get('/acme/additional')).text, /additional\/change/);
  assert.equal((await change('cost_center', { portal: 'none', place: '2' })).status, 303);
  assert.doesNotMatch((await anna.get('/acme/additional')).text, /4712/);
  assert.equal((await change('cost_center', { portal: 'write', place: '2' })).status, 303);
});

test('B74: a contract’s fields stand on its page, and belong to its account alone', own, async () => {
  const path = '/acme/contracts/VT-7KQ2-ZHXM';
  const page = await anna.get(`${path}?language=en`);
  const shown = facts(page);
  assert.deepEqual([shown['Installed on'], shown['Room of the line']], ['14 March 2025', 'Backstube, links']);
  const form = await anna.get(`${path}/additional?language=en`);
  const ids = controls(form);
  assert.deepEqual(Object.keys(ids), ['Room of the line']);
  assert.equal((await anna.submit(form, { [ids['Room of the line']]: 'Keller' }, { action: /additional$/ })).status, 303);
  assert.equal((await values('/contracts/VT-7KQ2-ZHXM')).location, 'Keller');
  const bruno = await stack.signedIn('acme', 'bruno');
  assert.equal((await bruno.get(`${path}/additional`)).status, 404);
  assert.equal((await stack.api('globex', 'GET', '/contracts/VT-7KQ2-ZHXM/custom-fields')).status, 404);
  assert.equal((await stack.api('globex', 'GET', '/customers/K2000/custom-fields')).status, 404);
});

test('B73, B66: a tenant without fields has no such section until it wants one', own, async () => {
  const carol = await stack.signedIn('globex', 'carol');
  const home = await carol.get('/globex/');
  assert.doesNotMatch(home.text, /additional/);
  assert.equal((await carol.get('/globex/additional')).status, 403);
});

test('B74: a field that is removed takes what stands in it along, and so does a customer', own, async () => {
  const count = (id) => Number(stack.sql(`SELECT COUNT(*) AS n FROM custom_value WHERE field = '${id}'`)[0].n);
  const id = await made({ name: 'short_lived', 'label.de': 'Kurz' });
  assert.equal((await set('/customers/K2001', 'short_lived', 'x')).status, 200);
  assert.equal(count(id), 1);
  const ask = await owner.get(`${list}/${id}/remove?language=en`);
  assert.match(visible(ask.text), /removed from every record/);
  assert.equal((await owner.submit(ask, {}, { action: /remove$/ })).status, 303);
  assert.equal(count(id), 0);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM translation WHERE object = '${id}'`)[0].n | 0, 0);
  assert.equal((await owner.get(`${list}/${id}`)).status, 404);
  const { json: { number } } = await stack.api('acme', 'POST', '/customers', { company_name: 'Kurz KG', email: 'kurz@x.example' });
  assert.equal((await set(`/customers/${number}`, 'memo', 'bleibt nicht')).status, 200);
  assert.equal((await stack.api('acme', 'DELETE', `/customers/${number}`)).status, 204);
  assert.equal(stack.sql("SELECT COUNT(*) AS n FROM custom_value WHERE value = 'bleibt nicht'")[0].n | 0, 0);
});

test('B67, B74: labels are the tenant’s own words, never translated, and fall back to its language', own, async () => {
  await made({ name: 'odd', 'label.de': 'Invoices', portal: 'write', place: '8' });
  for (const language of ['de', 'fr']) {
    const page = await anna.get(`/acme/additional/change?language=${language}`);
    assert.ok('Invoices' in controls(page), language);
    assert.ok(forms(page.text).some(({ action }) => /change$/.test(action)));
  }
  assert.equal((await change('odd', { portal: 'write', place: '8', 'label.de': '', 'label.fr': 'Impair' })).status, 303);
  assert.ok('odd' in controls(await anna.get('/acme/additional/change?language=de')), 'at last its name');
  assert.ok('Impair' in controls(await anna.get('/acme/additional/change?language=fr')));
});

test('B73: fifty fields of each kind, and not one more', own, async () => {
  const fill = `INSERT INTO custom_field (tenant, id, record, name, type, choices, portal, place, version, created)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) SELECT 'acme', 'cf_full' || i, 'contract', 'full' || i, 'text', '', 'none', 9, 1, 0
    FROM n WHERE i <= 50 - (SELECT COUNT(*) FROM custom_field WHERE tenant = 'acme' AND record = 'contract')`;
  stack.sql(fill);
  const answer = await make({ name: 'one-more', record: 'contract' });
  assert.equal(answer.status, 422);
  assert.match(visible(answer.text), /At most 50 are allowed/);
  await made({ name: 'of-customers' });
});
