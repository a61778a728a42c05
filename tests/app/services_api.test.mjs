// The REST API: services of contracts, one by one and many at once.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const suffix = randomBytes(4).toString('hex');
const CONTRACT = 'VT-7KQ2-ZHXM'; // of K2000
const OTHER = 'VT-2MMF-8E4J'; // of K2001
const entries = '/service-entries';
const of = (ref = CONTRACT) => `/contracts/${ref}/service-entries`;
const one = (id) => `${entries}/${id}`;

// The tenant's day, so many days from today.
const day = (days = 0) => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin' })
  .format(new Date(Date.now() + days * 86_400_000));
let made = 0;
const external = () => `x-${suffix}-${++made}`;
const fields = (more) => ({ description: `Visit ${++made}`, quantity: '1', unit_price: '80', vat_rate: '19',
  performance_date: day(), ...more });
const create = async (more, ref) => {
  const answer = await api('POST', of(ref), fields(more));
  assert.equal(answer.status, 201, answer.text);
  return answer;
};
const batch = (list, headers) => api('POST', `${entries}/batch`, { entries: list }, headers);
const line = (more) => ({ contract: CONTRACT, ...fields(more) });
const errors = (answer) => answer.json.errors.map(({ pointer, code }) => [pointer, code]);
const refused = (answer, status, code) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
};
const trail = (id) => stack.sql(`SELECT action, actor, before, after FROM audit WHERE object = '${id}' ORDER BY id`);
const bill = (id) => stack.sql(`UPDATE service_entry SET status = 'billed', version = version + 1,
  invoice = (SELECT id FROM invoice WHERE tenant = 'acme' AND number = 'RE20001') WHERE id = '${id}'`);

test('F37, F38, F39: a service is recorded on a contract, for a day that was or will be', async () => {
  const body = fields({ quantity: '1.5', unit_price: '89.333333', vat_rate: '7.5', performance_date: day(-40),
    bill_from: day(400), external_id: external() });
  const answer = await create(body);
  const { id, created, ...rest } = answer.json;
  assert.match(id, /^srv_/);
  assert.deepEqual(rest, { ...body, contract: CONTRACT, customer: 'K2000', currency: 'EUR', status: 'open', invoice: null,
    net: { amount: 13400, currency: 'EUR' }, warnings: [] });
  assert.ok(Math.abs(Date.parse(created) - Date.now()) < 60_000);
  assert.equal(answer.headers.location, `/api/v1${one(id)}`);
  const read = await api('GET', one(id));
  assert.deepEqual(read.json, answer.json);
  assert.equal(read.headers.etag, answer.headers.etag);
  const credit = await create({ unit_price: '-12.345', quantity: '3' });
  assert.deepEqual(credit.json.net, { amount: -3704, currency: 'EUR' }, 'half away from zero');
});

test('F42, F43, F44: bill from before, on and after the day, or empty: each says what to think of', async () => {
  const rows = [
    [day(), undefined, []],
    [day(-3), undefined, []],
    [day(1), undefined, ['future_without_bill_from']],
    [day(3000), undefined, ['future_without_bill_from']],
    [day(30), day(29), ['bill_from_before_performance']],
    [day(-30), day(-31), ['bill_from_before_performance']],
    [day(30), day(30), []],
    [day(30), day(31), []],
  ];
  for (const [performance_date, bill_from, warnings] of rows) {
    const { json } = await create({ performance_date, ...(bill_from && { bill_from }) });
    assert.deepEqual(json.warnings, warnings, `${performance_date} ${bill_from}`);
  }
});

test("F43: what is ahead is so by the tenant's clock", own, async () => {
  const zone = (name) => stack.sql(`UPDATE tenant SET time_zone = '${name}' WHERE id = 'globex'`);
  const ref = 'CT-4RTY-QQ21';
  const now = (timeZone) => new Intl.DateTimeFormat('sv-SE', { timeZone }).format(new Date());
  const [before] = stack.sql("SELECT time_zone FROM tenant WHERE id = 'globex'");
  // these are never on one day
  const [east, west] = ['Pacific/Kiritimati', 'Pacific/Pago_Pago'];
  for (const [name, warnings] of [[east, []], [west, ['future_without_bill_from']]]) {
    zone(name);
    const answer = await stack.api('globex', 'POST', of(ref), fields({ performance_date: now(east) }));
    assert.equal(answer.status, 201, answer.text);
    assert.deepEqual(answer.json.warnings, warnings, name);
  }
  zone(before.time_zone);
});

test('what is missing or wrong is named, and nothing is recorded', async () => {
  const id = external();
  const cases = [
    [{}, 422, ['description', 'quantity', 'unit_price', 'vat_rate', 'performance_date'].map((name) => [`#/${name}`, 'value_missing'])],
    [fields({ quantity: '0' }), 422, [['#/quantity', 'value_range']]],
    [fields({ quantity: '-1' }), 422, [['#/quantity', 'value_range']]],
    [fields({ quantity: '1000000.000001' }), 422, [['#/quantity', 'value_range']]],
    [fields({ quantity: '1.0000001' }), 422, [['#/quantity', 'value_decimal']]],
    [fields({ quantity: '1,5' }), 422, [['#/quantity', 'value_decimal']]],
    [fields({ quantity: 1 }), 400, [['#/quantity', 'value_type']]],
    [fields({ unit_price: '10000001' }), 422, [['#/unit_price', 'value_range']]],
    [fields({ vat_rate: '101' }), 422, [['#/vat_rate', 'value_range']]],
    [fields({ vat_rate: '-1' }), 422, [['#/vat_rate', 'value_range']]],
    [fields({ performance_date: '2026-02-30' }), 422, [['#/performance_date', 'value_date']]],
    [fields({ performance_date: day(3660), bill_from: day(-3660) }), 422,
      [['#/performance_date', 'value_day_far'], ['#/bill_from', 'value_day_far']]],
    [fields({ performance_date: '0001-01-01' }), 422, [['#/performance_date', 'value_day_far']]],
    [fields({ performance_date: '9999-12-31' }), 422, [['#/performance_date', 'value_day_far']]],
    [fields({ description: 'a\u0007b' }), 422, [['#/description', 'value_characters']]],
    [fields({ description: 'x'.repeat(501) }), 422, [['#/description', 'value_too_long']]],
    [fields({ external_id: 'x'.repeat(101) }), 422, [['#/external_id', 'value_too_long']]],
    [fields({ status: 'billed' }), 400, [['#/status', 'value_unknown']]],
  ];
  for (const [body, status, expected] of cases) {
    const sent = Object.keys(body).length ? { external_id: id, ...body } : body;
    const answer = await api('POST', of(), sent);
    refused(answer, status, 'invalid');
    assert.deepEqual(errors(answer), expected, JSON.stringify(body).slice(0, 90));
  }
  assert.deepEqual((await api('GET', `${entries}?external_id=${id}`)).json.items, []);
  refused(await api('POST', of('VT-0000-0000'), fields()), 404, 'not_found');
  refused(await api('POST', of('CT-4RTY-QQ21'), fields()), 404, 'not_found');
});

test('F37: a contract that has ended takes no new service', own, async () => {
  const set = (status, end) => stack.sql(`UPDATE contract SET status = '${status}', end_date = ${end ? `'${end}'` : 'NULL'}
    WHERE tenant = 'acme' AND ref = 'VT-6HSN-P3VD'`);
  const send = () => api('POST', of('VT-6HSN-P3VD'), fields());
  set('ended', day(-1));
  refused(await send(), 409, 'contract_ended');
  set('cancelled', day(-1));
  refused(await send(), 409, 'contract_ended');
  set('cancelled', day());
  assert.equal((await send()).status, 201, 'its last day is one of its days');
  set('active');
  assert.equal((await send()).status, 201);
});

test('an external id comes in once', async () => {
  const external_id = external();
  await create({ external_id });
  refused(await api('POST', of(), fields({ external_id })), 409, 'service_exists');
  refused(await api('POST', of(OTHER), fields({ external_id })), 409, 'service_exists');
  assert.equal((await stack.api('globex', 'POST', of('CT-4RTY-QQ21'), fields({ external_id }))).status, 201,
    'it is the tenant’s own');
});

// ---- changing ----

test('F45: what is open can be changed; each change has its row of the trail', own, async () => {
  const { json, headers } = await create({ bill_from: day(5) });
  refused(await api('PATCH', one(json.id), { quantity: '2' }), 428, 'precondition_missing');
  refused(await api('PATCH', one(json.id), { quantity: '2' }, { 'If-Match': '"0"' }), 412, 'precondition_failed');
  const changed = await api('PATCH', one(json.id), { quantity: '2', performance_date: day(9), bill_from: null },
    { 'If-Match': headers.etag });
  assert.equal(changed.status, 200, changed.text);
  assert.deepEqual(changed.json, { ...json, quantity: '2', performance_date: day(9), bill_from: null,
    net: { amount: 16000, currency: 'EUR' }, warnings: ['future_without_bill_from'] });
  refused(await api('PATCH', one(json.id), { quantity: '3' }, { 'If-Match': headers.etag }), 412, 'precondition_failed');
  for (const body of [{ quantity: '' }, { description: '' }]) {
    refused(await api('PATCH', one(json.id), body, { 'If-Match': '*' }), 422, 'invalid');
  }
  refused(await api('PATCH', one(json.id), { external_id: 'other' }, { 'If-Match': '*' }), 400, 'invalid');
  refused(await api('PATCH', one(json.id), { performance_date: '2099-01-01' }, { 'If-Match': '*' }), 422, 'invalid');
  const rows = trail(json.id);
  assert.deepEqual(rows.map(({ action }) => action), ['service_entry.created', 'service_entry.changed']);
  assert.deepEqual(JSON.parse(rows[1].before), { quantity: '1', performance_date: day(), bill_from: day(5) });
  assert.deepEqual(JSON.parse(rows[1].after), { quantity: '2', performance_date: day(9), bill_from: null });
});

test('F45: what was removed stays readable, is not billed, and cannot be changed', own, async () => {
  const { json, headers } = await create();
  refused(await api('DELETE', one(json.id), undefined, { 'If-Match': '"0"' }), 412, 'precondition_failed');
  assert.equal((await api('DELETE', one(json.id), undefined, { 'If-Match': headers.etag })).status, 204);
  const after = await api('GET', one(json.id));
  assert.deepEqual(after.json, { ...json, status: 'deleted' });
  refused(await api('PATCH', one(json.id), { quantity: '2' }, { 'If-Match': '*' }), 409, 'service_deleted');
  refused(await api('DELETE', one(json.id)), 409, 'service_deleted');
  const ids = async (query) => (await api('GET', `${of()}?limit=200${query}`)).json.items.map(({ id }) => id);
  assert.ok(!(await ids('')).includes(json.id));
  assert.ok((await ids('&status=deleted')).includes(json.id));
  const rows = trail(json.id);
  assert.deepEqual(rows.map(({ action }) => action), ['service_entry.created', 'service_entry.removed']);
  assert.equal(JSON.parse(rows[1].before).description, json.description);
  assert.equal(rows[1].after, '');
});

test('F45: what is billed cannot be changed or removed', own, async () => {
  const { json, headers } = await create();
  bill(json.id);
  refused(await api('PATCH', one(json.id), { quantity: '2' }, { 'If-Match': headers.etag }), 412, 'precondition_failed');
  refused(await api('PATCH', one(json.id), { quantity: '2' }, { 'If-Match': '*' }), 409, 'service_billed');
  refused(await api('DELETE', one(json.id)), 409, 'service_billed');
  const after = await api('GET', one(json.id));
  assert.deepEqual([after.json.status, after.json.invoice, after.json.quantity], ['billed', 'RE20001', '1']);
  assert.equal(trail(json.id).length, 1);
});

test('F45: of a run and a change at once, one is done: what is billed was not changed after', own, async () => {
  for (let i = 0; i < 8; i++) {
    const { json, headers } = await create();
    const { id } = json;
    const sent = api('PATCH', one(id), { quantity: '2' }, { 'If-Match': headers.etag });
    await setTimeout(i);
    stack.sql(`UPDATE service_entry SET status = 'billed', version = version + 1 WHERE id = '${id}'
      AND status = 'open' AND version = 1`);
    const change = await sent;
    const now = (await api('GET', one(id))).json;
    if (change.status === 200) {
      assert.deepEqual([now.status, now.quantity], ['open', '2']);
    } else {
      assert.ok([409, 412].includes(change.status), change.text);
      assert.deepEqual([now.status, now.quantity], ['billed', '1']);
    }
  }
});

test('F45: of many changes at once, one is done', async () => {
  const { json, headers } = await create();
  const all = await Promise.all([1, 2, 3, 4, 5].map((n) => n === 3
    ? api('DELETE', one(json.id), undefined, { 'If-Match': headers.etag })
    : api('PATCH', one(json.id), { quantity: `${n + 1}` }, { 'If-Match': headers.etag })));
  const statuses = all.map(({ status }) => status);
  assert.equal(statuses.filter((status) => status < 300).length, 1, String(statuses));
  assert.ok(statuses.every((status) => [200, 204, 412, 409].includes(status)), String(statuses));
});

// ---- lists ----

test('services are listed by day, narrowed, and leafed through', async () => {
  const ref = 'VT-3WPD-0L9R';
  const days = [3, -5, 40, 0, -5];
  const ids = [];
  for (const n of days) {
    ids.push((await create({ performance_date: day(n), ...(n === 40 && { bill_from: day(20) }) }, ref)).json.id);
  }
  const list = async (query, at = of(ref)) => (await api('GET', `${at}?limit=200&${query}`)).json.items
    .map(({ id }) => ids.indexOf(id));
  const order = await list('');
  assert.deepEqual(order.slice(2), [3, 0, 2]);
  assert.deepEqual(order.slice(0, 2).sort(), [1, 4]);
  assert.deepEqual(await list(`from=${day(0)}`), [3, 0, 2]);
  assert.deepEqual(await list(`from=${day(0)}&to=${day(3)}`), [3, 0]);
  assert.deepEqual(await list(`bill_from=${day(19)}&from=${day(0)}`), [3, 0], 'F40: not before its day to bill from');
  assert.deepEqual(await list(`bill_from=${day(20)}&from=${day(0)}`), [3, 0, 2]);
  assert.deepEqual(await list('status=billed'), []);
  assert.deepEqual(await list(`contract=${ref}&from=${day(0)}`, entries), [3, 0, 2]);
  assert.deepEqual((await list(`customer=K2000&from=${day(0)}`, entries)).filter((at) => at >= 0), [3, 0, 2]);
  assert.deepEqual((await list('customer=K2001', entries)).filter((at) => at >= 0), []);
  assert.deepEqual(await list('contract=VT-0000-0000', entries), []);
  const seen = [];
  let next = `${of(ref)}?limit=2`;
  while (next) {
    const { json } = await api('GET', next);
    seen.push(...json.items.map(({ id }) => ids.indexOf(id)));
    next = json.next && `${of(ref)}?limit=2&cursor=${json.next}`;
  }
  assert.deepEqual(seen, order);
  refused(await api('GET', of('VT-0000-0000')), 404, 'not_found');
  refused(await api('GET', `${of(ref)}?customer=K2000`), 400, 'invalid');
  refused(await api('GET', `${entries}?from=x`), 422, 'invalid');
});

// ---- many at once ----

test('F37: of many each is recorded or refused by itself', async () => {
  const list = [line(), line({ quantity: '0' }), line({ contract: OTHER, external_id: external() }), 7,
    line({ contract: 'VT-0000-0000' }), line({ performance_date: day(5) }), { contract: CONTRACT }, line({ tip: 1 })];
  const { status, json } = await batch(list);
  assert.equal(status, 200);
  assert.deepEqual([json.created, json.existing, json.refused], [3, 0, 5]);
  assert.deepEqual(json.results.map(({ result }) => result),
    ['created', 'refused', 'created', 'refused', 'refused', 'created', 'refused', 'refused']);
  assert.deepEqual(json.results.map((one) => one.errors.map(({ pointer, code }) => `${pointer} ${code}`).slice(0, 1)), [[],
    ['#/entries/1/quantity value_range'], [], ['#/entries/3 value_type'], ['#/entries/4/contract unknown_contract'], [],
    ['#/entries/6/description value_missing'], ['#/entries/7/tip value_unknown']]);
  assert.ok(json.results.every((one) => one.errors.every(({ detail }) => detail.length > 5)));
  assert.deepEqual(json.results[5].warnings, ['future_without_bill_from']);
  assert.equal(json.results[2].external_id, list[2].external_id);
  assert.deepEqual(json.results[3], { result: 'refused', external_id: null, id: null, status: null, differs: false,
    warnings: [], errors: json.results[3].errors });
  for (const at of [0, 2, 5]) {
    const { json: entry } = await api('GET', one(json.results[at].id));
    assert.equal(entry.description, list[at].description);
    assert.equal(entry.contract, list[at].contract);
  }
});

test('F37: sent again, or twice in one call, what has an external id is there once', own, async () => {
  const [a, b, c, d] = [external(), external(), external(), external()];
  const list = [line({ external_id: a }), line({ external_id: b }), line({ external_id: c })];
  const first = (await batch(list)).json;
  assert.deepEqual([first.created, first.existing, first.refused], [3, 0, 0]);
  const ids = first.results.map(({ id }) => id);
  await api('PATCH', one(ids[0]), { quantity: '9' }, { 'If-Match': '*' });
  await api('DELETE', one(ids[1]));
  bill(ids[2]);
  const again = (await batch([...list, line({ external_id: d }), line({ external_id: d }), line({ external_id: d, quantity: '0' })])).json;
  assert.deepEqual([again.created, again.existing, again.refused], [1, 4, 1]);
  assert.deepEqual(again.results.slice(0, 3).map(({ id, result, status, differs }) => [id, result, status, differs]),
    [[ids[0], 'existing', 'open', true], [ids[1], 'existing', 'deleted', false], [ids[2], 'existing', 'billed', false]]);
  assert.equal(again.results[4].id, again.results[3].id);
  assert.equal(again.results[4].differs, true, 'another description');
  assert.equal(trail(ids[0]).length, 2);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM service_entry WHERE external_id = '${d}'`)[0].n, 1);
});

test('F37: a line that is refused does not take the external id from the one below', async () => {
  const external_id = external();
  const { json } = await batch([line({ contract: 'VT-0000-0000', external_id }), line({ external_id })]);
  assert.deepEqual(json.results.map(({ result }) => result), ['refused', 'created']);
});

test('F37: the same entries at once, by several callers in several orders: each is there once', own, async () => {
  const hooks = await Promise.all([1, 2].map(async (i) => (await api('POST', '/callbacks',
    { url: `https://merchant.example/at-once-${i}`, types: 'service_entry.created' })).json.id));
  const list = Array.from({ length: 200 }, () => line({ external_id: external() }));
  const orders = [list, [...list].reverse(), [...list.slice(100), ...list.slice(0, 100)], list];
  const all = await Promise.all(orders.map((one) => batch(one)));
  assert.deepEqual(all.map(({ status }) => status), [200, 200, 200, 200], all.map(({ text }) => text.slice(0, 100)).join());
  assert.equal(all.reduce((sum, { json }) => sum + json.created, 0), 200);
  assert.equal(all.reduce((sum, { json }) => sum + json.existing, 0), 600);
  const ids = new Set(all.flatMap(({ json }) => json.results.map(({ id }) => id)));
  assert.equal(ids.size, 200);
  const these = `IN (SELECT id FROM service_entry WHERE external_id IN (${list.map((one) => `'${one.external_id}'`)}))`;
  const [there] = stack.sql(`SELECT (SELECT COUNT(*) FROM service_entry WHERE id ${these}) AS entries,
    (SELECT COUNT(*) FROM audit WHERE object ${these}) AS trail, (SELECT COUNT(*) FROM callback_event WHERE object ${these}) AS events,
    (SELECT COUNT(*) FROM callback_event e JOIN callback_delivery d ON d.tenant = e.tenant AND d.event = e.id
      WHERE e.object ${these} AND d.endpoint IN (${hooks.map((id) => `'${id}'`)})) AS deliveries`);
  assert.deepEqual({ ...there }, { entries: 200, trail: 200, events: 200, deliveries: 400 });
  await Promise.all(hooks.map((id) => api('DELETE', `/callbacks/${id}`)));
});

test('F37: a call takes up to a thousand, and an Idempotency-Key repeats its answer', async () => {
  refused(await batch([]), 422, 'invalid');
  refused(await api('POST', `${entries}/batch`, { entries: {} }), 400, 'invalid');
  const list = Array.from({ length: 1001 }, () => line({ external_id: external() }));
  const over = await batch(list);
  refused(over, 422, 'invalid');
  assert.deepEqual(errors(over), [['#/entries', 'value_too_many']]);
  list.pop();
  const key = { 'Idempotency-Key': `batch-${suffix}` };
  const answer = await batch(list, key);
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  assert.equal(answer.json.created, 1000);
  assert.deepEqual(answer.json.results.map(({ external_id }) => external_id), list.map((one) => one.external_id));
  const again = await batch(list, key);
  assert.deepEqual(again.json, answer.json);
});

// ---- callbacks ----

test('X5: a merchant’s server is told of each', own, async () => {
  const types = ['created', 'changed', 'removed'].map((word) => `service_entry.${word}`);
  const hook = (await api('POST', '/callbacks', { url: 'https://merchant.example/services', types: types.join(' ') })).json;
  const { json } = await create();
  await api('PATCH', one(json.id), { quantity: '4' }, { 'If-Match': '*' });
  await api('PATCH', one(json.id), { quantity: '4' }, { 'If-Match': '*' });
  await api('DELETE', one(json.id));
  const { results } = (await batch([line(), line({ quantity: '0' })])).json;
  const told = stack.sql(`SELECT e.type, e.object, e.seq FROM callback_event e JOIN callback_delivery d
    ON d.tenant = e.tenant AND d.event = e.id WHERE d.endpoint = '${hook.id}' ORDER BY e.id`);
  assert.deepEqual(told.map(({ type, object, seq }) => [type, object, seq]), [...types.map((type, i) => [type, json.id, i + 1]),
    ['service_entry.created', results[0].id, 1]]);
  await api('DELETE', `/callbacks/${hook.id}`);
});
