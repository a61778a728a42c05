// Plan variants that change to another one after their first term: what the order page
// says of that, what is agreed, billed, ended by notice, and shown of it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';

import { visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack({ clock: true });
after(() => relay.stop());
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const good = async (method, path, body, status = 201, headers = {}) => {
  const answer = await api(method, path, body, headers);
  assert.equal(answer.status, status, answer.text);
  return answer.json;
};
const months = (date, n) => {
  const [year, month, day] = date.split('-').map(Number);
  const last = new Date(Date.UTC(year, month - 1 + n + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + n, Math.min(day, last))).toISOString().slice(0, 10);
};
const days = (date, n) => new Date(Date.parse(date) + n * 86_400_000).toISOString().slice(0, 10);
const named = (name) => ({ texts: ['de', 'en'].map((language) => ({ language, name })) });
const month = (count = 1) => ({ count, unit: 'month' });

const family = await good('POST', '/product-families', { name: 'F', currency: 'EUR', vat_rate: '19', ...named('F') });
const plan = async (name) => (await good('POST', '/plans', { family: family.id, name, ...named(name) })).id;
const [starter, regular] = [await plan('Starter'), await plan('Regular')];
const variant = (of, name, more) => good('POST', '/plan-variants', { plan: of, name, self_service: true, ...named(name), ...more });
// What follows needs no order page of its own; its trial and setup fee are for those who begin with it.
const later = await variant(regular, 'Quarterly', { price: '90', recurrence: { every: 3, unit: 'month' }, notice: month(), self_service: false,
  setup_fee: '50', trial: month() });
const first = await variant(starter, 'Taster', { price: '10', recurrence: { every: 1, unit: 'month' }, term: month(2), notice: { count: 14, unit: 'day' },
  after_first_term: 'change', next_variant: later.id, setup_fee: '5' });
const seats = await good('POST', '/components', { family: family.id, name: 'Seats', type: 'quantity', price: '2', self_service: true,
  recurrence: { every: 1, unit: 'month' }, ...named('Seats') });
const contractOf = (ref) => good('GET', `/contracts/${ref}`, undefined, 200);
const order = (customer, more) => good('POST', '/orders', { variant: first.id, customer, ...more });
const discounted = async (more) => {
  const { id } = await good('POST', '/discounts', { name: 'Half', kind: 'percent', percent: '50', ...named('Half'), ...more });
  const code = `HALF${randomBytes(3).toString('hex').toUpperCase()}`;
  await good('POST', '/coupons', { code, discount: id });
  return code;
};
const brief = ({ items }) => items.map(({ description, unit_price, quantity, since, until: end }) =>
  `${quantity} × ${description} ${unit_price} ${since ?? ''}..${end ?? ''}`);

test('B105, B106: the order page says price and term of the beginning, and what follows with its total', own, async () => {
  const browser = stack.browser();
  const page = await browser.get(`/acme/order/${first.id}?language=en`);
  assert.equal(page.status, 200);
  const summary = (of) => visible(of.text.match(/<section[^>]*id="summary">[\s\S]*?<\/section>/)[0]);
  assert.match(visible(page.text), /After 2 months: Quarterly, €107\.10 quarterly/);
  assert.match(summary(page), /Runs for 2 months at least Notice: 14 days before the end/);
  assert.match(summary(page), /From then on, monthly.*€11\.90/);
  assert.match(summary(page), /After 2 months: Quarterly, quarterly Quarterly €90\.00.*€107\.10 No minimum term Notice: 1 month before the end/);
  // components go on, for the length of the new period
  const more = await browser.submit(page, { [`component-${seats.id}`]: '3', step: 'preview' }, { action: /\/order\/var_/ });
  assert.match(summary(more), /After 2 months: Quarterly, quarterly Quarterly €90\.00 Seats 3 × €6\.00 €18\.00/);
  const sent = await browser.submit(more, { [`component-${seats.id}`]: '3', first_name: 'Rosa', last_name: 'Blum', email: 'rosa@change.example', street: 'Weg 1', postal_code: '20095',
    city: 'Hamburg', country: 'DE', step: 'order' }, { action: /\/order\/var_/ });
  assert.equal(sent.status, 303, visible(sent.text));
  const [, ref] = visible((await browser.get(sent.location)).text).match(/(VT-[0-9A-Z]{4}-[0-9A-Z]{4})/);
  const contract = await contractOf(ref);
  const day = months(contract.start, 2);
  assert.deepEqual(contract.change, { on: day, name: 'Quarterly', plan: 'Regular', recurrence: { every: 3, unit: 'month' }, in_advance: true,
    term: null, renewal: null, notice: month() });
  assert.deepEqual([contract.plan, contract.term, contract.renewal, contract.end], ['Starter', month(2), null, null], 'it goes on');
  assert.deepEqual(brief(contract), [`1 × Taster 10 ..${day}`, `3 × Seats 2 ..${day}`, `1 × Quarterly 90 ${day}..`, `3 × Seats 6 ${day}..`]);
  const { next } = JSON.parse(stack.sql(`SELECT price FROM orders WHERE contract = '${stack.sql(`SELECT id FROM contract WHERE ref = '${ref}'`)[0].id}'`)[0].price);
  assert.deepEqual([next.variant, next.recurring.net, next.recurring.gross], [later.id, 10800, 12852], 'kept as it was shown');
});

test('B105: what was shown is ordered: another price of what follows is shown first', own, async () => {
  const browser = stack.browser();
  const page = await browser.get(`/acme/order/${first.id}?language=en`);
  await good('PATCH', `/plan-variants/${later.id}`, { price: '91' }, 200, { 'If-Match': '*' });
  const sent = await browser.submit(page, { first_name: 'Rosa', last_name: 'Blum', email: 'rosa2@change.example', street: 'Weg 1', postal_code: '20095',
    city: 'Hamburg', country: 'DE', step: 'order' }, { action: /\/order\/var_/ });
  assert.equal(sent.status, 409);
  assert.match(visible(sent.text), /€91\.00/);
  await good('PATCH', `/plan-variants/${later.id}`, { price: '90' }, 200, { 'If-Match': '*' });
});

test('B92: there is an order page while what follows can be had, and only to one step', own, async () => {
  const status = async (id) => (await stack.browser().get(`/acme/order/${id}`)).status;
  await good('PATCH', `/plan-variants/${later.id}`, { status: 'archived' }, 200, { 'If-Match': '*' });
  assert.equal(await status(first.id), 404);
  assert.equal((await api('POST', '/orders', { variant: first.id, customer: 'K2001' })).status, 422);
  await good('PATCH', `/plan-variants/${later.id}`, { status: 'active' }, 200, { 'If-Match': '*' });
  assert.equal(await status(first.id), 200);
  const chain = await variant(starter, 'Chain', { price: '1', recurrence: { every: 1, unit: 'month' }, term: month(), after_first_term: 'change',
    next_variant: first.id });
  assert.equal(await status(chain.id), 404);
  const refused = await api('POST', '/orders', { variant: chain.id, customer: 'K2001' });
  assert.deepEqual([refused.status, refused.json.errors[0].pointer], [422, '#/variant']);
  // nor does it where a trial would end what follows: that is for those who begin with it
  const tried = await variant(regular, 'Tried', { price: '2', recurrence: { every: 1, unit: 'month' }, term: month(), trial: month(), trial_end: 'end',
    after_first_term: 'change', next_variant: later.id });
  const behind = await variant(starter, 'Behind', { price: '1', recurrence: { every: 1, unit: 'month' }, term: month(), after_first_term: 'change',
    next_variant: tried.id });
  assert.equal(await status(behind.id), 404);
  const chained = await api('POST', '/orders', { variant: behind.id, customer: 'K2001' });
  assert.deepEqual([chained.status, chained.json.errors?.[0].pointer], [422, '#/variant']);
  // what was ordered stays, that which follows as well
  await order('K2001');
  assert.equal((await api('DELETE', `/plan-variants/${later.id}`, undefined, { 'If-Match': '*' })).status, 409);
});

test('B105: a discount for some periods ends with the first term at the latest, one without goes on', own, async () => {
  const one = await contractOf((await order('K2001', { coupon: await discounted({ periods: 1 }) })).contract);
  const day = months(one.start, 2);
  assert.deepEqual(brief(one), [`1 × Taster 10 ..${day}`, `1 × Half -5 ..${months(one.start, 1)}`, `1 × Quarterly 90 ${day}..`]);
  const long = await contractOf((await order('K2001', { coupon: await discounted({ periods: 12 }) })).contract);
  assert.deepEqual(brief(long), [`1 × Taster 10 ..${day}`, `1 × Half -5 ..${day}`, `1 × Quarterly 90 ${day}..`]);
  const always = await contractOf((await order('K2001', { coupon: await discounted() })).contract);
  assert.deepEqual(brief(always), [`1 × Taster 10 ..${day}`, `1 × Half -5 ..${day}`, `1 × Quarterly 90 ${day}..`, `1 × Half -45 ${day}..`]);
});

test('B105: portal, office and API show what a contract becomes, and no call takes it away', own, async () => {
  const { contract: ref } = await order('K2000', { components: [{ component: seats.id, quantity: '2' }] });
  const anna = await stack.signedIn('acme', 'anna');
  const text = visible((await anna.get(`/acme/contracts/${ref}?language=en`)).text);
  assert.match(text, /Price €14\.00 monthly/);
  assert.match(text, /From [^:]* on: Quarterly Price €102\.00 quarterly plus VAT Notice period 1 month/);
  assert.equal(text.match(/Seats/g).length, 2, 'once now, once then');
  const owner = await stack.office('acme');
  const office = visible((await owner.get(`/acme/admin/contracts/${ref}?language=en`)).text);
  assert.match(office, /What it becomes Quarterly, €102\.00 net for 3 months, notice 1 month/);
  const before = await contractOf(ref);
  for (const wrong of [{ term: month(3) }, { term: null }, { renewal: month() }, { start: days(before.start, 1) }]) {
    const refused = await api('PATCH', `/contracts/${ref}`, wrong, { 'If-Match': '*' });
    assert.deepEqual([refused.status, refused.json.errors[0].pointer], [422, '#/term'], JSON.stringify(wrong));
  }
  const after = await good('PATCH', `/contracts/${ref}`, { name: 'Renamed', notice: month() }, 200, { 'If-Match': '*' });
  assert.deepEqual([after.change, after.items, after.next_billing], [before.change, before.items, before.next_billing]);
  await good('POST', `/contracts/${ref}/cancel`, {}, 200, { 'If-Match': '*' });
  const ended = await contractOf(ref);
  assert.equal(ended.end, days(ended.change.on, -1), 'by the end of the first term');
  assert.doesNotMatch(visible((await anna.get(`/acme/contracts/${ref}?language=en`)).text), /on: Quarterly/, 'it does not come to that');
  await good('POST', `/contracts/${ref}/undo-cancel`, {}, 200, { 'If-Match': '*' });
  assert.equal((await contractOf(ref)).end, null);
});

test('B105: what ends by itself after its change can be ended before it, in API, portal and office', own, async () => {
  const fixed = await variant(regular, 'Year', { price: '8', recurrence: { every: 1, unit: 'month' }, term: month(12), after_first_term: 'end' });
  const sample = await variant(starter, 'Sample', { price: '1', recurrence: { every: 1, unit: 'month' }, term: month(), notice: { count: 7, unit: 'day' },
    after_first_term: 'change', next_variant: fixed.id });
  const { contract: ref } = await order('K2000', { variant: sample.id });
  const made = await contractOf(ref);
  const [last, own] = [days(made.change.on, -1), days(months(made.change.on, 12), -1)];
  assert.equal(made.end, own);

  // too late for it, the year runs to its end
  const see = (date) => good('GET', `/contracts/${ref}/cancellation-preview?date=${date}`, undefined, 200);
  const late = await see(days(last, -6));
  assert.deepEqual([late.end, late.last_notice, late.ends_by_itself], [own, null, true]);
  const early = await see(made.start);
  assert.deepEqual([early.end, early.last_notice, early.ends_by_itself], [last, days(last, -7), false]);
  assert.deepEqual([early.still_billed.periods, early.still_billed.net.amount], [1, 100]);

  const anna = await stack.signedIn('acme', 'anna');
  const owner = await stack.office('acme');
  const page = await anna.get(`/acme/contracts/${ref}?language=en`);
  assert.match(page.text, new RegExp(`<time datetime="${days(last, -7)}">`));
  assert.match(page.text, new RegExp(`/contracts/${ref}/cancel"`), 'it is offered');
  assert.match(visible((await owner.get(`/acme/admin/contracts/${ref}?language=en`)).text), /Earliest end, by notice today \d.* Last day of notice for that end \d/);
  const asked = await anna.get(`/acme/contracts/${ref}/cancel?language=en`);
  assert.equal(asked.status, 200);
  assert.match(asked.text, new RegExp(`"${last}"`));
  await anna.submit(asked, {}, { action: /\/cancel$/ });
  assert.deepEqual([(await contractOf(ref)).status, (await contractOf(ref)).end], ['cancelled', last]);
  await good('POST', `/contracts/${ref}/undo-cancel`, {}, 200, { 'If-Match': '*' });
  assert.equal((await contractOf(ref)).end, own, 'as it was agreed');
  await good('POST', `/contracts/${ref}/cancel`, {}, 200, { 'If-Match': '*' });
  assert.equal((await contractOf(ref)).end, last);
});

// nobody is signed in from here on: sessions of the moved time open no door
const year = new Date().getUTCFullYear();
const newYearsEve = `${year}-12-31`;
const february = new Date(Date.UTC(year + 1, 2, 0)).toISOString().slice(0, 10);
const run = async (date) => {
  const { id } = await good('POST', '/invoice-runs', { date }, 202, { 'Idempotency-Key': date });
  await until(`the end of ${id}`, async () => (await good('GET', `/invoice-runs/${id}`, undefined, 200)).status === 'done', 60_000);
};
const lines = (ref) => stack.sql(`SELECT l.description, l.net, l.period_from, l.period_to FROM invoice_line l JOIN invoice i
  ON i.tenant = l.tenant AND i.id = l.invoice JOIN contract c ON c.tenant = i.tenant AND c.id = i.contract
  WHERE c.ref = '${ref}' AND i.type = 'invoice' ORDER BY l.period_from, l.position`)
  .map(({ description, net, period_from: from, period_to: to }) => `${description.split(',')[0]} ${net} ${from ?? ''} ${to ?? ''}`.trim());
const preview = (ref, query) => good('GET', `/contracts/${ref}/cancellation-preview?${query}`, undefined, 200);

test('B105: what begins on a last day of a month changes on the last of February, is billed and ended right', own, async () => {
  stack.moveTime((Date.parse(`${newYearsEve}T12:00:00Z`) - Date.now()) / 1000 | 0);
  const { contract: ref } = await order('K2002');
  const { change, start } = await contractOf(ref);
  assert.deepEqual([start, change.on], [newYearsEve, february]);

  const intime = await preview(ref, `date=${days(february, -15)}`);
  assert.deepEqual([intime.end, intime.last_notice], [days(february, -1), days(february, -15)]);
  assert.deepEqual([intime.still_billed.periods, intime.still_billed.net.amount], [2, 2000]);
  const late = await preview(ref, `date=${days(february, -14)}`);
  assert.equal(late.end, months(days(february, -14), 1), 'a month, as what follows has it');
  const part = (Date.parse(late.end) - Date.parse(february)) / 86_400_000 + 1;
  const whole = (Date.parse(months(february, 3)) - Date.parse(february)) / 86_400_000;
  assert.deepEqual([late.still_billed.periods, late.still_billed.net.amount], [3, 2000 + Math.round(9000 * part / whole)],
    'both months, and the days of a quarter');

  await run(newYearsEve);
  assert.equal((await contractOf(ref)).next_billing, `${year + 1}-01-31`);
  stack.moveTime((Date.parse(`${february}T12:00:00Z`) - Date.parse(`${newYearsEve}T12:00:00Z`)) / 1000);
  await run(february);
  const billed = await contractOf(ref);
  assert.deepEqual([billed.billed_until, billed.next_billing], [days(months(february, 3), -1), months(february, 3)]);
  assert.deepEqual(lines(ref).filter((line) => !/Setup|Einrichtung/.test(line)), [
    `Taster 1000 ${newYearsEve} ${year + 1}-01-30`,
    `Taster 1000 ${year + 1}-01-31 ${days(february, -1)}`,
    `Quarterly 9000 ${february} ${days(months(february, 3), -1)}`]);
  // in the time after, its own notice counts, and what is billed beyond is owed back
  const then = await preview(ref, `date=${february}`);
  assert.equal(then.end, months(february, 1));
  assert.equal(then.given_back.from, days(then.end, 1));
});
