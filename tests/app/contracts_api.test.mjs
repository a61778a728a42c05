// The REST API: contracts.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { visible } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack({ clock: true });
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const contracts = '/contracts';
const any = { 'If-Match': '*' };
const mark = randomBytes(3).toString('hex').toUpperCase();

const item = { description: 'Anschluss', quantity: '2', unit_price: '10.005', vat_rate: '19', since: null, until: null };
const fields = (more) => ({ customer: 'K2001', name: 'Glasfaser', currency: 'EUR', start: '2026-01-31',
  recurrence: { every: 1, unit: 'month' }, delivery_mode: 'email', items: [item], ...more });
const create = async (more) => {
  const answer = await api('POST', contracts, fields(more));
  assert.equal(answer.status, 201, answer.text);
  return answer;
};
const made = async (more) => (await create(more)).json;
const at = (ref, path = '') => `${contracts}/${ref}${path}`;
const read = async (ref) => (await api('GET', at(ref))).json;
const patch = (ref, body, headers = any) => api('PATCH', at(ref), body, headers);
const errors = (answer) => answer.json.errors.map(({ pointer, code }) => [pointer, code]);
const refused = (answer, status, code) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
};
const wrong = (answer, expected, what) => {
  refused(answer, 422, 'invalid');
  assert.deepEqual(errors(answer), expected, what);
};

// Days, by the calendar of JavaScript.
const DAY = 86_400_000;
const plus = (date, days) => new Date(Date.parse(date) + days * DAY).toISOString().slice(0, 10);
const monthsOn = (date, n) => {
  const [y, m, d] = date.split('-').map(Number);
  const last = new Date(Date.UTC(y, m + n, 0)).getUTCDate();
  return new Date(Date.UTC(y, m - 1 + n, Math.min(d, last))).toISOString().slice(0, 10);
};
const dayIn = (zone, seconds) => new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(new Date(seconds * 1000));
const today = () => dayIn('Europe/Berlin', stack.skip ? Date.now() / 1000 : stack.now());

test('F32, B113: a contract is created with a reference code and a delivery mode, and read again', async () => {
  const answer = await create({ plan: 'Glasfaser 1000', in_advance: false, due_days: 0,
    term: { count: 24, unit: 'month' }, renewal: { count: 1, unit: 'month' }, notice: { count: 1, unit: 'month' },
    delivery_mode: 'none' });
  const { ref, created, ...rest } = answer.json;
  assert.match(ref, /^VT-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
  assert.deepEqual(rest, { customer: 'K2001', name: 'Glasfaser', status: 'active', plan: 'Glasfaser 1000',
    currency: 'EUR', start: '2026-01-31', end: null, cancelled_on: null, change: null, recurrence: { every: 1, unit: 'month' },
    in_advance: false, term: { count: 24, unit: 'month' }, renewal: { count: 1, unit: 'month' },
    notice: { count: 1, unit: 'month' }, due_days: 0, delivery_mode: 'none', items: [item], billed_until: null,
    next_billing: '2026-02-28' });
  assert.ok(Date.parse(created) > 0);
  assert.equal(answer.headers.location, `/api/v1/contracts/${ref}`);
  assert.match(answer.headers.etag, /^"[0-9a-f]{24}"$/);
  const again = await api('GET', at(ref));
  assert.deepEqual([again.json, again.headers.etag], [answer.json, answer.headers.etag]);
  const plain = await made({ delivery_mode: undefined });
  assert.deepEqual([plain.delivery_mode, plain.in_advance, plain.next_billing, plain.term, plain.notice,
    plain.due_days, plain.plan], ['email', true, '2026-01-31', null, null, null, null]);
  assert.equal((await made({ delivery_mode: 'post' })).delivery_mode, 'post');
});

test('B113: a reference that is given is kept, and is nobody else\'s', async () => {
  const ref = `AB.1-${mark}`;
  assert.equal((await made({ ref })).ref, ref);
  refused(await api('POST', contracts, fields({ ref })), 409, 'contract_exists');
  const all = await Promise.all(Array.from({ length: 12 }, () => api('POST', contracts, fields({ ref: `R-${mark}` }))));
  assert.deepEqual(all.map(({ status }) => status).sort(), [201, ...Array(11).fill(409)]);
  assert.equal(new Set((await Promise.all(Array.from({ length: 20 }, () => made()))).map((one) => one.ref)).size, 20);
});

test('what is missing or wrong is named, and nothing is made', async () => {
  const count = async () => (await api('GET', `${contracts}?limit=200`)).json.items.length;
  const before = await count();
  const items = (...list) => ({ items: list.map((more) => ({ ...item, ...more })) });
  for (const [body, expected] of [
    [{}, [['#/customer', 'value_missing'], ['#/name', 'value_missing'], ['#/currency', 'value_missing'],
      ['#/start', 'value_missing'], ['#/recurrence', 'value_missing'], ['#/items', 'value_missing']]],
    [fields({ customer: 'K404' }), [['#/customer', 'unknown_customer']]],
    [fields({ ref: 'a b' }), [['#/ref', 'value_reference']]],
    [fields({ ref: 'new' }), [['#/ref', 'value_reference']]],
    [fields({ currency: 'eur' }), [['#/currency', 'value_currency']]],
    [fields({ currency: 'XXY' }), [['#/currency', 'value_currency']]],
    [fields({ currency: 'EURO' }), [['#/currency', 'value_too_long']]],
    [fields({ start: '2026-02-30' }), [['#/start', 'value_date']]],
    [fields({ start: '9998-01-01' }), [['#/start', 'value_date']]],
    [fields({ recurrence: { every: 0, unit: 'month' } }), [['#/recurrence/every', 'value_number']]],
    [fields({ recurrence: { every: 1, unit: 'fortnight' } }), [['#/recurrence/unit', 'value_choice']]],
    [fields({ recurrence: { unit: 'month' } }), [['#/recurrence/every', 'value_missing']]],
    [fields({ term: { count: 0, unit: 'month' } }), [['#/term/count', 'value_number']]],
    [fields({ renewal: { count: 1, unit: 'month' } }), [['#/term', 'renewal_alone']]],
    [fields({ delivery_mode: 'pigeon' }), [['#/delivery_mode', 'value_choice']]],
    [fields({ due_days: 366 }), [['#/due_days', 'value_number']]],
    [fields({ status: 'ended' }), [['#/status', 'value_choice']]],
    [fields({ items: [] }), [['#/items', 'value_missing']]],
    [fields({ items: Array(101).fill(item) }), [['#/items', 'value_too_many']]],
    [fields(items({}, { quantity: '0' })), [['#/items/1/quantity', 'value_range']]],
    [fields(items({ quantity: '1.0000001' })), [['#/items/0/quantity', 'value_decimal']]],
    [fields(items({ unit_price: '10000000.01' })), [['#/items/0/unit_price', 'value_range']]],
    [fields(items({ vat_rate: '100.01' })), [['#/items/0/vat_rate', 'value_range']]],
    [fields(items({ description: ' ' })), [['#/items/0/description', 'value_missing']]],
    [fields(items({}, { since: '2026-03-01', until: '2026-03-01' })), [['#/items/1/until', 'value_misfit']]],
    [fields(items({ until: '2026-02-30' })), [['#/items/0/until', 'value_date']]],
    [fields(items({ quantity: '1000000', unit_price: '10000000' })), [['#/items', 'value_range']]],
  ]) {
    wrong(await api('POST', contracts, body), expected, JSON.stringify(body).slice(0, 90));
  }
  refused(await api('POST', contracts, fields({ next_billing: '2026-01-01' })), 400, 'invalid');
  refused(await api('POST', contracts, fields({ items: [{ ...item, price: '1' }] })), 400, 'invalid');
  assert.equal(await count(), before);
  assert.equal((await made({ items: Array(100).fill(item) })).items.length, 100);
});

// ---- changing ----

test('F32, B105: an item of some periods is billed in these alone, and so the preview says', own, async () => {
  const { ref } = await made({ start: '2031-01-31', term: { count: 6, unit: 'month' },
    items: [{ ...item, quantity: '1', unit_price: '10' }, { ...item, quantity: '1', unit_price: '-2', until: '2031-03-31' },
      { ...item, quantity: '1', unit_price: '5', since: '2031-04-01' }] });
  const { still_billed: rest } = (await api('GET', `${contracts}/${ref}/cancellation-preview?date=2031-02-01`)).json;
  // months from 31 January, 28 February, 31 March, 30 April, 31 May, 30 June
  assert.deepEqual(rest.net, { amount: 6000 - 2 * 200 + 3 * 500, currency: 'EUR' });
  // of what is left of a period, the items of the period: 19 of 30 days, from 31 March
  stack.sql(`UPDATE contract SET billed_until = '2031-04-10', next_billing = '2031-04-11' WHERE ref = '${ref}'`);
  const { still_billed: cut } = (await api('GET', `${contracts}/${ref}/cancellation-preview?date=2031-02-01`)).json;
  assert.deepEqual(cut, { from: '2031-04-11', to: '2031-07-30', periods: 4, net: { amount: 633 + 3 * 1500, currency: 'EUR' } });
});

test('F32: price and services are those of the period that runs', own, async () => {
  const changes = plus(today(), -5);
  const { ref } = await made({ customer: 'K2000', start: plus(today(), -10),
    items: [{ ...item, description: `Line ${mark}`, quantity: '1', unit_price: '10' },
      { ...item, description: `Old ${mark}`, quantity: '1', unit_price: '3', until: changes },
      { ...item, description: `New ${mark}`, quantity: '1', unit_price: '50', since: changes }] });
  const anna = await stack.signedIn('acme', 'anna');
  const office = await stack.office('acme');
  assert.match(visible((await anna.get(`/acme/contracts/${ref}?language=en`)).text), /€13\.00/);
  assert.match(visible((await office.get(`/acme/admin/contracts/${ref}?language=en`)).text), /€13\.00/);
  const { text } = await anna.get('/acme/services');
  assert.deepEqual(['Line', 'Old', 'New'].filter((word) => text.includes(`${word} ${mark}`)), ['Line', 'Old']);
});

test('F32: a change needs the version that was seen, and replaces the items as a whole', async () => {
  const { json, headers } = await create();
  const { ref } = json;
  refused(await patch(ref, { name: 'Neu' }, {}), 428, 'precondition_missing');
  refused(await patch(ref, { name: 'Neu' }, { 'If-Match': '"x"' }), 412, 'precondition_failed');
  const items = [{ ...item, description: 'Neu' }, { ...item, quantity: '0.5', unit_price: '-1' }];
  const changed = await patch(ref, { name: 'Neu', delivery_mode: 'none', items }, { 'If-Match': headers.etag });
  assert.equal(changed.status, 200, changed.text);
  assert.deepEqual(changed.json, { ...json, name: 'Neu', delivery_mode: 'none', items });
  assert.notEqual(changed.headers.etag, headers.etag);
  refused(await patch(ref, { name: 'X' }, { 'If-Match': headers.etag }), 412, 'precondition_failed');
  const same = await patch(ref, { name: 'Neu', items });
  assert.equal(same.headers.etag, changed.headers.etag, 'saved as it was, nothing changed');
  const terms = { term: { count: 1, unit: 'year' }, renewal: { count: 6, unit: 'month' }, notice: { count: 4, unit: 'week' },
    due_days: 30, plan: 'M' };
  assert.deepEqual((await patch(ref, terms)).json, { ...changed.json, ...terms });
  const none = { term: null, renewal: null, notice: null, due_days: null, plan: null };
  assert.deepEqual((await patch(ref, none)).json, changed.json);
  refused(await patch(ref, { items: null }), 400, 'invalid');
  wrong(await patch(ref, { items: [] }), [['#/items', 'value_missing']]);
  refused(await patch(ref, { ref: 'X' }), 400, 'invalid');
  refused(await patch(ref, { customer: 'K2000' }), 400, 'invalid');
  refused(await patch('VT-0000-0000', {}), 404, 'not_found');
});

test('F35: invoices keep the delivery mode under which they were issued', own, async () => {
  const modes = () => stack.sql(`SELECT i.delivery_mode, COUNT(*) AS n FROM invoice i JOIN contract c
    ON c.tenant = i.tenant AND c.id = i.contract WHERE c.ref = 'VT-2MMF-8E4J' GROUP BY i.delivery_mode`);
  const before = modes();
  assert.deepEqual(before.map(({ delivery_mode: mode }) => mode), ['email']);
  assert.equal((await patch('VT-2MMF-8E4J', { delivery_mode: 'post' })).json.delivery_mode, 'post');
  assert.deepEqual(modes(), before);
});

test('of many changes of one version one is made', async () => {
  const { json: { ref }, headers } = await create();
  const all = await Promise.all(Array.from({ length: 12 }, (_, i) =>
    patch(ref, { name: `N ${i}`, items: [{ ...item, description: `D ${i}` }] }, { 'If-Match': headers.etag })));
  assert.deepEqual(all.map(({ status }) => status).sort(), [200, ...Array(11).fill(412)]);
  const now = await read(ref);
  assert.equal(now.items[0].description, now.name.replace('N', 'D'));
});

test('before anything is billed all can change; afterwards what was billed stays right', own, async () => {
  const { ref } = await made();
  const moved = await patch(ref, { start: '2026-03-01', recurrence: { every: 3, unit: 'month' }, in_advance: false });
  assert.equal(moved.json.next_billing, '2026-06-01');
  wrong(await patch(ref, { currency: 'USD' }), [['#/currency', 'fixed_active']]);
  stack.sql(`UPDATE contract SET billed_until = '2026-05-31', next_billing = '2026-09-01' WHERE ref = '${ref}'`);
  wrong(await patch(ref, { start: '2026-03-02', recurrence: { every: 1, unit: 'month' }, in_advance: true }),
    [['#/start', 'fixed_billed'], ['#/recurrence', 'fixed_billed'], ['#/in_advance', 'fixed_billed']]);
  wrong(await patch(ref, { term: { count: 1, unit: 'month' } }), [['#/term', 'term_billed']]);
  const changed = await patch(ref, { name: 'B', items: [{ ...item, unit_price: '1' }], start: '2026-03-01' });
  assert.deepEqual([changed.status, changed.json.billed_until, changed.json.next_billing],
    [200, '2026-05-31', '2026-09-01']);
});

test('a term without renewal is the end of a contract', async () => {
  const one = await made({ start: '2026-01-31', term: { count: 13, unit: 'month' } });
  assert.equal(one.end, '2027-02-27');
  assert.equal((await patch(one.ref, { renewal: { count: 1, unit: 'month' } })).json.end, null);
  assert.equal((await patch(one.ref, { renewal: null, term: { count: 2, unit: 'year' } })).json.end, '2028-01-30');
});

// ---- its life ----

test('a draft is not billed until it is activated, and can be discarded', async () => {
  const draft = await made({ status: 'draft' });
  assert.deepEqual([draft.status, draft.next_billing], ['draft', null]);
  assert.equal((await patch(draft.ref, { currency: 'USD' })).json.currency, 'USD');
  refused(await api('POST', at(draft.ref, '/cancel')), 409, 'contract_status');
  refused(await api('GET', at(draft.ref, '/cancellation-preview')), 409, 'contract_status');
  const active = await api('POST', at(draft.ref, '/activate'));
  assert.deepEqual([active.status, active.json.status, active.json.next_billing], [200, 'active', '2026-01-31']);
  refused(await api('POST', at(draft.ref, '/activate')), 409, 'contract_status');
  refused(await api('DELETE', at(draft.ref)), 409, 'contract_status');
  const other = await made({ status: 'draft' });
  refused(await api('DELETE', at(other.ref), undefined, { 'If-Match': '"x"' }), 412, 'precondition_failed');
  assert.equal((await api('DELETE', at(other.ref))).status, 204);
  refused(await api('GET', at(other.ref)), 404, 'not_found');
});

test('a draft on which something hangs stays, and the answer says why', async () => {
  const { ref } = await made({ status: 'draft' });
  assert.equal((await api('POST', at(ref, '/self-service-token'), {})).status, 201);
  refused(await api('DELETE', at(ref)), 409, 'contract_in_use');
  assert.equal((await api('GET', at(ref))).json.status, 'draft');
});

test('a draft is not shown to its customer', own, async () => {
  const { ref } = await made({ customer: 'K2002', status: 'draft', name: 'Noch geheim' });
  const bruno = await stack.signedIn('acme', 'bruno');
  assert.equal((await bruno.get(`/acme/contracts/${ref}`)).status, 404);
  assert.ok(!(await bruno.get('/acme/contracts')).text.includes('Noch geheim'));
  await api('POST', at(ref, '/activate'));
  assert.equal((await bruno.get(`/acme/contracts/${ref}`)).status, 200);
});

test('the preview says the earliest end, the last day for it, and what is billed until then', async () => {
  const { ref } = await made({ start: '2026-01-01', term: { count: 12, unit: 'month' },
    renewal: { count: 3, unit: 'month' }, notice: { count: 1, unit: 'month' } });
  const preview = async (date) => (await api('GET', at(ref, `/cancellation-preview?date=${date}`))).json;
  assert.deepEqual(await preview('2026-11-30'), { date: '2026-11-30', end: '2026-12-31', last_notice: '2026-11-30',
    ends_by_itself: false, billed_until: null, still_billed: { from: '2026-01-01', to: '2026-12-31', periods: 12,
      net: { amount: 12 * 2001, currency: 'EUR' } }, given_back: null });
  const later = await preview('2026-12-01');
  assert.deepEqual([later.end, later.last_notice, later.still_billed.periods], ['2027-03-31', '2027-02-28', 15]);
  assert.equal((await preview('2020-05-05')).end, '2026-12-31', 'before the start it counts from there');
  const open = await made({ start: '2026-01-01', notice: { count: 14, unit: 'day' } });
  const days = (await api('GET', at(open.ref, '/cancellation-preview?date=2026-04-01'))).json;
  assert.deepEqual([days.end, days.last_notice, days.still_billed], ['2026-04-15', '2026-04-01',
    { from: '2026-01-01', to: '2026-04-15', periods: 4, net: { amount: 3 * 2001 + 1001, currency: 'EUR' } }],
    'half of April, half a cent rounded up');
  const now = (await api('GET', at(open.ref, '/cancellation-preview'))).json;
  assert.deepEqual([now.date, now.end], [today(), plus(today(), 14)]);
  const fixed = await made({ start: '2026-01-01', term: { count: 3, unit: 'year' } });
  const itself = (await api('GET', at(fixed.ref, '/cancellation-preview?date=2026-04-01'))).json;
  assert.deepEqual([itself.end, itself.last_notice, itself.ends_by_itself], ['2028-12-31', null, true]);
  wrong(await api('GET', at(ref, '/cancellation-preview?date=tomorrow')), [['#/date', 'value_date']]);
});

test('a contract is cancelled for its earliest end, and the cancellation undone', async () => {
  const start = monthsOn(today(), -7);
  const { ref, next_billing: next } = await made({ start, term: { count: 6, unit: 'month' },
    renewal: { count: 6, unit: 'month' }, notice: { count: 1, unit: 'month' } });
  const end = plus(monthsOn(start, 12), -1);
  const cancelled = await api('POST', at(ref, '/cancel'));
  assert.deepEqual([cancelled.status, cancelled.json.status, cancelled.json.end, cancelled.json.cancelled_on],
    [200, 'cancelled', end, today()]);
  refused(await api('POST', at(ref, '/cancel')), 409, 'contract_status');
  refused(await api('POST', at(ref, '/activate')), 409, 'contract_status');
  const back = await api('POST', at(ref, '/undo-cancel'));
  assert.deepEqual([back.json.status, back.json.end, back.json.cancelled_on, back.json.next_billing],
    ['active', null, null, next]);
  refused(await api('POST', at(ref, '/undo-cancel')), 409, 'contract_status');
  const all = await Promise.all(Array.from({ length: 8 }, () => api('POST', at(ref, '/cancel'))));
  assert.deepEqual(all.map(({ status }) => status).sort(), [200, ...Array(7).fill(409)], 'once');
});

test('notice of an earlier day counts from there; another end can be named', async () => {
  const { ref } = await made({ start: monthsOn(today(), -5), notice: { count: 30, unit: 'day' } });
  wrong(await api('POST', at(ref, '/cancel'), { date: plus(today(), 1) }), [['#/date', 'notice_future']]);
  wrong(await api('POST', at(ref, '/cancel'), { end: plus(today(), -1) }), [['#/end', 'end_early']]);
  const early = await api('POST', at(ref, '/cancel'), { date: plus(today(), -10) });
  assert.deepEqual([early.json.end, early.json.cancelled_on], [plus(today(), 20), plus(today(), -10)]);
  await api('POST', at(ref, '/undo-cancel'));
  assert.equal((await api('POST', at(ref, '/cancel'), { end: today() })).json.end, today());
  const fixed = await made({ start: monthsOn(today(), -5), term: { count: 2, unit: 'year' } });
  refused(await api('POST', at(fixed.ref, '/cancel')), 409, 'contract_ends_itself');
  assert.equal((await api('POST', at(fixed.ref, '/cancel'), { end: plus(today(), 9) })).json.end, plus(today(), 9));
  const again = await api('POST', at(fixed.ref, '/undo-cancel'));
  assert.equal(again.json.end, fixed.end, 'the end that it had by itself');
});

test('periods beyond the end are not billed', own, async () => {
  const start = monthsOn(today(), -2);
  const { ref } = await made({ start, notice: { count: 14, unit: 'day' } });
  stack.sql(`UPDATE contract SET billed_until = '${plus(monthsOn(start, 3), -1)}',
    next_billing = '${monthsOn(start, 3)}' WHERE ref = '${ref}'`);
  const cancelled = (await api('POST', at(ref, '/cancel'))).json;
  assert.deepEqual([cancelled.end, cancelled.next_billing], [plus(today(), 14), null]);
  assert.equal((await api('POST', at(ref, '/undo-cancel'))).json.next_billing, monthsOn(start, 3));
});

test('F46: a contract that cannot be ended is told in the trail, once in a day, and holds up nobody', own, async () => {
  const start = new Date((stack.now() - 90 * 86400) * 1000).toISOString().slice(0, 10);
  const all = [];
  for (let i = 0; i < 3; i++) {
    all.push(await made({ start, term: { count: 1, unit: 'month' }, in_advance: false }));
  }
  const refs = all.map(({ ref }) => `'${ref}'`).join();
  const rows = () => stack.sql(`SELECT id, status FROM contract WHERE tenant = 'acme' AND ref IN (${refs}) ORDER BY id`);
  const [bad, stop] = rows();
  // two that may not be ended both: the second one fails
  stack.sql(`UPDATE contract SET status = 'ended' WHERE id = '${stop.id}'`);
  stack.sql(`CREATE UNIQUE INDEX test_end_ix ON contract (tenant, start_date)
    WHERE status = 'ended' AND (id = '${bad.id}' OR id = '${stop.id}')`);
  stack.pforte('jobs', '--once');
  stack.pforte('jobs', '--once');
  assert.deepEqual(rows().map(({ status }) => status), [bad.status, 'ended', 'ended']);
  const actions = () => stack.sql(`SELECT action FROM audit WHERE object = '${bad.id}' ORDER BY id`).map(({ action }) => action);
  assert.deepEqual(actions(), ['contract.created', 'contract.not_ended']);
  stack.sql('DROP INDEX test_end_ix');
  stack.pforte('jobs', '--once');
  assert.deepEqual(rows().map(({ status }) => status), ['ended', 'ended', 'ended']);
  assert.deepEqual(actions(), ['contract.created', 'contract.not_ended', 'contract.ended']);
});

test('a contract is over at midnight of its tenant, by a job, and its last period is still billed', own, async () => {
  const zone = (name) => stack.sql(`UPDATE tenant SET time_zone = '${name}' WHERE id = 'acme'`);
  zone('Pacific/Kiritimati'); // 14 hours before UTC: there it is tomorrow for most of the day
  const there = dayIn('Pacific/Kiritimati', stack.now());
  const { ref } = await made({ start: monthsOn(there, -1), in_advance: false, notice: { count: 1, unit: 'day' } });
  const other = await made({ start: monthsOn(there, -1), term: { count: 1, unit: 'month' }, in_advance: false });
  const { json: { end, next_billing: next } } = await api('POST', at(ref, '/cancel'));
  assert.equal(end, plus(there, 1));
  const run = () => stack.pforte('jobs', '--once');
  run();
  assert.equal((await read(other.ref)).status, 'ended', 'ended with its term');
  assert.equal((await read(ref)).status, 'cancelled', 'its last day is not over');
  // to the last second of the last day, and over it
  const midnight = Date.parse(`${plus(end, 1)}T00:00:00+14:00`) / 1000;
  stack.moveTime(midnight - 60 - stack.now());
  run();
  assert.equal((await read(ref)).status, 'cancelled');
  stack.moveTime(120);
  run();
  assert.equal((await read(ref)).status, 'ended');
  assert.equal((await read(ref)).next_billing, next, 'what is in arrears is due');
  refused(await api('POST', at(ref, '/undo-cancel')), 409, 'contract_status');
  refused(await patch(ref, { name: 'X' }), 409, 'contract_status');
  const [{ id }] = stack.sql(`SELECT id FROM contract WHERE ref = '${ref}'`);
  const rows = stack.sql(`SELECT action, actor FROM audit WHERE object = '${id}' ORDER BY id`);
  assert.deepEqual(rows.map(({ action }) => action), ['contract.created', 'contract.cancelled', 'contract.ended']);
  assert.match(rows[2].actor, /^jobs$/);
  zone('Europe/Berlin');
});

test('each step leaves its audit row and its callback', own, async () => {
  const hook = await api('POST', '/callbacks', { url: 'https://merchant.example/contracts',
    types: 'contract.created contract.changed contract.cancelled contract.removed' });
  assert.equal(hook.status, 201, hook.text);
  const { ref } = await made({ status: 'draft' });
  await api('POST', at(ref, '/activate'));
  await patch(ref, { name: 'Neu', items: [{ ...item, quantity: '3' }] });
  await api('POST', at(ref, '/cancel'));
  await api('POST', at(ref, '/undo-cancel'));
  const draft = await made({ status: 'draft' });
  const [{ id }] = stack.sql(`SELECT id FROM contract WHERE ref = '${ref}'`);
  const [{ id: gone }] = stack.sql(`SELECT id FROM contract WHERE ref = '${draft.ref}'`);
  const { headers } = await api('DELETE', at(draft.ref));
  const trail = (object) => stack.sql(`SELECT * FROM audit WHERE object = '${object}' ORDER BY id`);
  const rows = trail(id);
  assert.deepEqual(rows.map(({ action }) => action), ['contract.created', 'contract.activated', 'contract.changed',
    'contract.cancelled', 'contract.cancellation_undone']);
  assert.deepEqual(JSON.parse(rows[2].before), { name: 'Glasfaser', items: [item] });
  assert.deepEqual(JSON.parse(rows[2].after), { name: 'Neu', items: [{ ...item, quantity: '3' }] });
  assert.match(rows[0].actor, /^key:\w{12}$/);
  const removed = trail(gone);
  assert.deepEqual(removed.map(({ action }) => action), ['contract.created', 'contract.removed']);
  assert.equal(removed[1].request_id, headers['x-request-id']);
  const told = stack.sql(`SELECT type FROM callback_event WHERE object IN ('${id}', '${gone}') ORDER BY id`);
  assert.deepEqual(told.map(({ type }) => type), ['contract.created', 'contract.changed', 'contract.changed',
    'contract.cancelled', 'contract.changed', 'contract.created', 'contract.removed']);
  await api('DELETE', `/callbacks/${hook.json.id}`);
});

// ---- the list ----

test('lists go on from page to page in each order; filters', async () => {
  const refs = Array.from({ length: 7 }, (_, i) => `L${mark}-${i}`);
  for (const ref of refs) {
    await made({ ref, name: `Liste ${mark} 100%`, delivery_mode: ref.endsWith('3') ? 'post' : 'none',
      customer: ref.endsWith('4') ? 'K2002' : 'K2001', status: ref.endsWith('5') ? 'draft' : 'active' });
  }
  const all = async (query) => {
    const found = [];
    for (let path = `${contracts}?${encodeURI(query)}&limit=3`; path;) {
      const { json, headers, status, text } = await api('GET', path);
      assert.equal(status, 200, text);
      found.push(...json.items);
      path = headers.link?.match(/^<\/api\/v1([^>]*)>/)?.[1];
    }
    return found;
  };
  const found = async (query) => (await all(query)).map(({ ref }) => ref).filter((ref) => ref.startsWith(`L${mark}`));
  const prefix = `ref=L${mark}-`;
  assert.deepEqual(await found(prefix), refs);
  assert.deepEqual(await found(`${prefix}&sort=-ref`), [...refs].reverse());
  assert.deepEqual(await found(`${prefix}&sort=created`), refs);
  assert.deepEqual(await found(`${prefix}&sort=-created`), [...refs].reverse());
  assert.deepEqual(await found(`${prefix}&delivery_mode=post`), [refs[3]]);
  assert.deepEqual(await found(`${prefix}&status=draft`), [refs[5]]);
  assert.deepEqual(await found(`${prefix}&customer=K2002`), [refs[4]]);
  assert.deepEqual(await found(`text=liste ${mark.toLowerCase()} 100%`), refs);
  assert.deepEqual(await found(`${prefix}&text=keller`), [refs[4]], 'the name of the customer');
  assert.deepEqual(await found(`${prefix}&text=nothing of it`), []);
  assert.deepEqual((await all(prefix))[0].items, [item]);
  wrong(await api('GET', `${contracts}?sort=name`), [['#/sort', 'value_choice']]);
});
