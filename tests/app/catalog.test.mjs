// The catalogue by the API: families, plans, variants, components, discounts and
// coupons, and what orders of them cost.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const acme = (...args) => stack.api('acme', ...args);
const suffix = () => randomBytes(4).toString('hex');

async function call(method, path, body, headers) {
  const answer = await acme(method, path, body, headers);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.text ? answer.json : null;
}
async function refused(method, path, body, pointer, code, status = 422) {
  const answer = await acme(method, path, body, method === 'PATCH' ? { 'If-Match': '*' } : {});
  assert.equal(answer.status, status, `${path} ${JSON.stringify(body)}: ${answer.text}`);
  if (pointer) {
    assert.ok(answer.json.errors.some((one) => one.pointer === `#${pointer}` && one.code === code),
      `${pointer} ${code}: ${answer.text}`);
  } else {
    assert.equal(answer.json.code, code, answer.text);
  }
}
const change = (path, body) => call('PATCH', path, body, { 'If-Match': '*' });

const month = { every: 1, unit: 'month' };
const named = (name) => [{ language: 'de', name }];

// A family with a plan and a variant, everything of it with a name.
async function shop(more = {}) {
  const name = `Shop ${suffix()}`;
  const family = await call('POST', '/product-families', { name, currency: 'EUR', vat_rate: '19', texts: named(name),
    ...more.family });
  const plan = await call('POST', '/plans', { family: family.id, name, texts: named('Tarif'), ...more.plan });
  const variant = await call('POST', '/plan-variants', { plan: plan.id, name: 'monatlich', price: '10',
    recurrence: month, self_service: true, texts: named('Tarif, monatlich'), ...more.variant });
  return { family, plan, variant };
}
const component = (family, more) => call('POST', '/components', { family: family.id, name: `C ${suffix()}`,
  type: 'quantity', price: '5', ...more });
const price = (variant, body = {}) => call('POST', `/plan-variants/${variant.id}/preview`, body);

test('B104: family, plan, variant, component, discount and coupon are made, read, changed and removed', async () => {
  const { family, plan, variant } = await shop({ family: { external_id: 'SKU-1' } });
  const part = await component(family);
  const discount = await call('POST', '/discounts', { name: 'Start', kind: 'percent', percent: '12.5', periods: 3 });
  const coupon = await call('POST', '/coupons', { code: `a ${suffix()}`, discount: discount.id, plans: [plan.id] });
  assert.deepEqual([family.external_id, family.vat_rate, family.status, family.version], ['SKU-1', '19', 'active', undefined]);
  assert.equal(plan.family, family.id);
  assert.deepEqual([variant.plan, variant.family, variant.currency, variant.price, variant.in_advance, variant.trial, variant.term],
    [plan.id, family.id, 'EUR', '10', true, null, null]);
  assert.deepEqual([part.price_model, part.recurrence, part.steps, part.vat_rate], ['simple', month, null, null]);
  assert.deepEqual([discount.percent, discount.amount, discount.applies_to, discount.periods], ['12.5', null, 'recurring', 3]);
  assert.deepEqual([coupon.plans, coupon.used, coupon.limit_total], [[plan.id], 0, null]);
  for (const [path, body] of [[`/coupons/${coupon.id}`, { limit_total: 5 }], [`/discounts/${discount.id}`, { percent: '10' }],
    [`/components/${part.id}`, { price: '6' }], [`/plan-variants/${variant.id}`, { price: '11' }],
    [`/plans/${plan.id}`, { name: 'B' }], [`/product-families/${family.id}`, { vat_rate: '7' }]]) {
    const before = await acme('GET', path);
    assert.ok(before.headers.etag, path);
    const after = await acme('PATCH', path, body, { 'If-Match': before.headers.etag });
    assert.equal(after.status, 200, after.text);
    assert.deepEqual({ ...before.json, ...body }, after.json, path);
    const late = await acme('PATCH', path, body, { 'If-Match': before.headers.etag });
    assert.equal(late.status, 412, late.text);
    assert.equal((await acme('GET', `${path}x`)).status, 404);
    const { items } = await call('GET', `${path.replace(/\/[^/]+$/, '')}?limit=200`);
    assert.ok(items.some(({ id }) => path.endsWith(id)), path);
  }
  // from the leaves to the root, and not before
  await refused('DELETE', `/product-families/${family.id}`, undefined, null, 'catalog_in_use', 409);
  await refused('DELETE', `/plans/${plan.id}`, undefined, null, 'catalog_in_use', 409);
  await refused('DELETE', `/discounts/${discount.id}`, undefined, null, 'catalog_in_use', 409);
  for (const path of [`/coupons/${coupon.id}`, `/discounts/${discount.id}`, `/components/${part.id}`,
    `/plan-variants/${variant.id}`, `/plans/${plan.id}`, `/product-families/${family.id}`]) {
    await call('DELETE', path);
    assert.equal((await acme('GET', path)).status, 404, path);
  }
});

test('B104: another tenant sees nothing of it, and cannot use it', async () => {
  const { family, plan, variant } = await shop();
  const globex = (...args) => stack.api('globex', ...args);
  for (const path of [`/product-families/${family.id}`, `/plans/${plan.id}`, `/plan-variants/${variant.id}`]) {
    assert.equal((await globex('GET', path)).status, 404, path);
    assert.equal((await globex('DELETE', path)).status, 404, path);
  }
  const answer = await globex('POST', '/plans', { family: family.id, name: 'x' });
  assert.equal(answer.status, 422, answer.text);
  assert.equal(answer.json.errors[0].code, 'unknown_product');
});

test('B104: a variant has terms that go together', async () => {
  const { plan, variant } = await shop();
  const one = (more) => ({ plan: plan.id, name: 'x', price: '1', recurrence: month, ...more });
  const year = { count: 1, unit: 'year' };
  await refused('POST', '/plan-variants', one({ renewal: year }), '/renewal', 'value_misfit');
  await refused('POST', '/plan-variants', one({ term: year }), '/renewal', 'value_missing');
  await refused('POST', '/plan-variants', one({ after_first_term: 'end' }), '/after_first_term', 'value_misfit');
  await refused('POST', '/plan-variants', one({ term: year, after_first_term: 'end', renewal: year }), '/renewal', 'value_misfit');
  await refused('POST', '/plan-variants', one({ term: year, after_first_term: 'change' }), '/next_variant', 'value_missing');
  await refused('POST', '/plan-variants', one({ next_variant: variant.id }), '/next_variant', 'value_misfit');
  await refused('POST', '/plan-variants', one({ trial_end: 'end' }), '/trial_end', 'value_misfit');
  await refused('POST', '/plan-variants', one({ price: '-1' }), '/price', 'value_range');
  await refused('POST', '/plan-variants', one({ recurrence: { every: 0, unit: 'month' } }), '/recurrence/every', 'value_number');
  await refused('POST', '/plan-variants', one({ plan: 'pln_x' }), '/plan', 'unknown_product');
  const other = await shop();
  await refused('POST', '/plan-variants', one({ term: year, after_first_term: 'change', next_variant: other.variant.id }),
    '/next_variant', 'value_misfit');
  const changes = await call('POST', '/plan-variants', one({ term: year, after_first_term: 'change', next_variant: variant.id,
    notice: { count: 14, unit: 'day' }, trial: { count: 30, unit: 'day' }, trial_end: 'end', setup_fee: '49.9', in_advance: false }));
  assert.deepEqual([changes.term, changes.renewal, changes.next_variant, changes.trial, changes.notice, changes.setup_fee],
    [year, null, variant.id, { count: 30, unit: 'day' }, { count: 14, unit: 'day' }, '49.9']);
  await refused('DELETE', `/plan-variants/${variant.id}`, undefined, null, 'catalog_in_use', 409);
  await refused('PATCH', `/plan-variants/${changes.id}`, { next_variant: changes.id }, '/next_variant', 'value_misfit');
  const back = await change(`/plan-variants/${changes.id}`, { term: null, after_first_term: 'renew', next_variant: null });
  assert.deepEqual([back.term, back.next_variant], [null, null]);
});

test('B98, B99: sign-up is for quantities and switches, price information for what is metered', async () => {
  const { family } = await shop();
  const one = (more) => ({ family: family.id, name: 'x', type: 'quantity', price: '1', ...more });
  assert.equal((await component(family, { self_service: true })).self_service, true);
  assert.equal((await component(family, { type: 'on_off', self_service: true })).self_service, true);
  const metered = await component(family, { type: 'metered', price_information: true });
  assert.equal(metered.price_information, true);
  await refused('POST', '/components', one({ type: 'metered', self_service: true }), '/self_service', 'value_misfit');
  await refused('POST', '/components', one({ price_information: true }), '/price_information', 'value_misfit');
  await refused('POST', '/components', one({ type: 'on_off', price_information: true }), '/price_information', 'value_misfit');
  await refused('PATCH', `/components/${metered.id}`, { type: 'quantity' }, '/price_information', 'value_misfit');
  const switched = await change(`/components/${metered.id}`, { type: 'quantity', price_information: false, self_service: true });
  assert.deepEqual([switched.type, switched.self_service], ['quantity', true]);
});

test('B104: a price is simple, or has steps that follow each other', async () => {
  const { family } = await shop();
  const one = (more) => ({ family: family.id, name: 'x', type: 'quantity', ...more });
  const steps = [{ up_to: '10', price: '5' }, { up_to: null, price: '4.5' }];
  await refused('POST', '/components', one({ price_model: 'scale' }), '/steps', 'value_missing');
  await refused('POST', '/components', one({ price: '1', steps }), '/steps', 'value_misfit');
  await refused('POST', '/components', one({ price_model: 'scale', price: '1', steps }), '/price', 'value_misfit');
  await refused('POST', '/components', one({ type: 'on_off', price_model: 'scale', steps }), '/price_model', 'value_misfit');
  for (const bad of [[{ up_to: '10', price: '5' }], [{ up_to: '10', price: '5' }, { up_to: '10', price: '4' }, { price: '3' }],
    [{ price: '5' }, { price: '4' }]]) {
    await refused('POST', '/components', one({ price_model: 'interval', steps: bad }), '/steps', 'value_steps');
  }
  await refused('POST', '/components', one({ price_model: 'scale', steps: [{ up_to: 'x', price: '1' }] }), '/steps/0/up_to', 'value_decimal');
  await refused('POST', '/components', one({ price_model: 'scale', steps: Array(21).fill({ price: '1' }) }), '/steps', 'value_too_many');
  const made = await call('POST', '/components', one({ price_model: 'interval', steps }));
  assert.deepEqual(made.steps, steps);
  const simple = await change(`/components/${made.id}`, { price_model: 'simple', steps: null, price: '2' });
  assert.deepEqual([simple.steps, simple.price], [null, '2']);
});

test('B41: texts by language fall back to the tenant\'s', async () => {
  const { family, plan, variant } = await shop({ variant: { texts: [{ language: 'de', name: 'Glasfaser', description: 'Zwei\nZeilen' },
    { language: 'en', name: 'Fibre' }] } });
  assert.deepEqual(variant.texts, [{ language: 'de', name: 'Glasfaser', description: 'Zwei\nZeilen' },
    { language: 'en', name: 'Fibre', description: null }]);
  const words = async (language) => (await price(variant, { language })).recurring.lines[0].description;
  assert.deepEqual([await words('de'), await words('en'), await words('fr')], ['Glasfaser', 'Fibre', 'Glasfaser']);
  await refused('PATCH', `/plans/${plan.id}`, { texts: [{ language: 'pl', name: 'x' }] }, '/texts/0/language', 'value_choice');
  await refused('PATCH', `/plans/${plan.id}`, { texts: [...named('a'), ...named('b')] }, '/texts/1/language', 'value_double');
  await refused('PATCH', `/plans/${plan.id}`, { texts: [{ name: 'x' }] }, '/texts/0/language', 'value_missing');
  await refused('PATCH', `/plans/${plan.id}`, { texts: named('x'.repeat(201)) }, '/texts/0/name', 'value_too_long');
  const none = await change(`/product-families/${family.id}`, { texts: null });
  assert.deepEqual([none.texts, none.complete], [[], false]);
});

test('B91: a variant has an order page when it is released and all of it has a name', async () => {
  const { family, plan, variant } = await shop();
  const orderable = async () => (await call('GET', `/plan-variants/${variant.id}`)).orderable;
  assert.equal(await orderable(), true);
  for (const [path, off, on] of [
    [`/plan-variants/${variant.id}`, { self_service: false }, { self_service: true }],
    [`/plan-variants/${variant.id}`, { status: 'archived' }, { status: 'active' }],
    [`/plan-variants/${variant.id}`, { texts: [{ language: 'en', name: 'Only English' }] }, { texts: named('x') }],
    [`/plans/${plan.id}`, { status: 'archived' }, { status: 'active' }],
    [`/plans/${plan.id}`, { texts: null }, { texts: named('x') }],
    [`/product-families/${family.id}`, { status: 'archived' }, { status: 'active' }],
    [`/product-families/${family.id}`, { texts: null }, { texts: named('x') }]]) {
    await change(path, off);
    assert.equal(await orderable(), false, `${path} ${JSON.stringify(off)}`);
    await change(path, on);
    assert.equal(await orderable(), true, path);
  }
  const part = await component(family, { self_service: true });
  assert.equal(await orderable(), false, 'a component that is shown has no name yet');
  assert.equal((await call('GET', `/product-families/${family.id}`)).complete, false);
  await change(`/components/${part.id}`, { self_service: false });
  assert.equal(await orderable(), true, 'one that is not shown needs none');
});

// ---- prices ----

// The same rules in exact numbers, counted otherwise: BigInt, from the texts.
const scaled = (text, digits = 6) => {
  const [whole, part = ''] = text.split('.');
  return BigInt(whole + part.padEnd(digits, '0'));
};
const half = (n, d) => (2n * n + d) / (2n * d); // of what is not negative
const cents = (quantity, unit) => half(quantity * unit, 10n ** 10n);
function stepped(model, steps, quantity) {
  let from = 0n, sum = 0n;
  for (const { up_to, price: unit } of steps) {
    const end = up_to ? scaled(up_to) : null;
    if (model === 'scale' && (end === null || quantity <= end)) {
      return cents(quantity, scaled(unit));
    }
    if (model === 'interval' && quantity > from) {
      sum += cents((end === null || quantity <= end ? quantity : end) - from, scaled(unit));
      from = end ?? quantity;
    }
  }
  return sum;
}

test('B104: prices match a second calculation, and make a contract that costs the same', async () => {
  const { family, variant } = await shop({ variant: { price: '19.99', setup_fee: '49', vat_rate: '7' } });
  const random = (n) => Math.floor(Math.random() * n);
  const parts = [];
  for (const model of ['scale', 'interval', 'scale', 'interval', 'simple']) {
    let end = 0;
    const n = 1 + random(5);
    const steps = Array.from({ length: n }, (_, i) => ({ up_to: i + 1 === n ? null : `${end += 1 + random(30)}`,
      price: `${random(20)}.${String(random(10000)).padStart(4, '0')}` }));
    parts.push({ model, steps, of: await component(family, model === 'simple' ? { price: '0.335' }
      : { price_model: model, steps, price: '0' }) });
  }
  for (let round = 0; round < 40; round++) {
    const chosen = parts.map((part) => ({ ...part, quantity: `${random(80)}${['', '.5', '.333333'][random(3)]}` }));
    const answer = await price(variant, { components: chosen.map(({ of, quantity }) => ({ component: of.id, quantity })) });
    const net = chosen.map(({ model, steps, quantity }) => model === 'simple' ? cents(scaled(quantity), 335000n)
      : stepped(model, steps, scaled(quantity))).reduce((a, b) => a + b, 0n);
    assert.equal(BigInt(answer.recurring.net.amount), net + 1999n, JSON.stringify(chosen));
    assert.equal(BigInt(answer.recurring.vat.amount), half(net * 1900n, 10000n) + half(1999n * 700n, 10000n));
    assert.equal(answer.recurring.gross.amount, answer.recurring.net.amount + answer.recurring.vat.amount);
    assert.equal(answer.one_off.gross.amount, 4900 + 343);
    assert.equal(answer.now.net.amount, answer.recurring.net.amount + 4900);
    if (round === 0) {
      const items = answer.recurring.lines.map(({ description, quantity, unit_price, vat_rate }) => ({ description, quantity, unit_price, vat_rate }));
      const contract = await call('POST', '/contracts', { customer: 'K2001', name: 'Aus dem Katalog', currency: answer.currency,
        start: '2026-01-01', recurrence: variant.recurrence, in_advance: variant.in_advance, status: 'draft', items });
      const sum = contract.items.map((item) => cents(scaled(item.quantity), scaled(item.unit_price))).reduce((a, b) => a + b, 0n);
      assert.equal(sum, net + 1999n);
    }
  }
});

test('B104: a switch is on or off, and what is metered is not ordered', async () => {
  const { family, variant } = await shop();
  const other = await shop();
  const at = `/plan-variants/${variant.id}/preview`;
  const onoff = await component(family, { type: 'on_off', price: '3' });
  const metered = await component(family, { type: 'metered' });
  const strange = await component(other.family);
  const archived = await component(family, { status: 'archived' });
  const weekly = await component(family, { recurrence: { every: 1, unit: 'week' } });
  const yearly = await component(family, { price: '120', recurrence: { every: 1, unit: 'year' } });
  const order = (...list) => ({ components: list.map(([of, quantity]) => ({ component: of.id, ...quantity && { quantity } })) });
  assert.equal((await call('POST', at, order([onoff]))).recurring.net.amount, 1300);
  assert.equal((await call('POST', at, order([onoff, '0']))).recurring.net.amount, 1000);
  assert.equal((await call('POST', at, order([yearly, '2']))).recurring.net.amount, 3000);
  await refused('POST', at, order([onoff, '2']), '/components/0/quantity', 'value_misfit');
  await refused('POST', at, order([onoff], [metered, '1']), '/components/1/component', 'value_misfit');
  await refused('POST', at, order([strange]), '/components/0/component', 'unknown_product');
  await refused('POST', at, order([archived]), '/components/0/component', 'unknown_product');
  await refused('POST', at, order([{ id: 'cmp_x' }]), '/components/0/component', 'unknown_product');
  await refused('POST', at, order([onoff], [onoff]), '/components/1/component', 'value_double');
  await refused('POST', at, order([weekly]), '/components/0/component', 'value_periods');
  await refused('POST', at, order([yearly, '-1']), '/components/0/quantity', 'value_range');
  await refused('POST', at, order(...Array(201).fill([onoff])), '/components', 'value_too_many');
});

test('B104: an order of 200 components is priced in one go', async () => {
  const { family, variant } = await shop();
  const parts = [];
  for (let i = 0; i < 200; i++) {
    parts.push(await component(family, { price: '0.01' }));
  }
  const body = { components: parts.map(({ id }) => ({ component: id, quantity: '10' })) };
  assert.equal((await price(variant, body)).recurring.net.amount, 1000 + 200 * 10);
});

// ---- coupons ----

async function coupon(more = {}, off = { kind: 'percent', percent: '10' }) {
  const discount = await call('POST', '/discounts', { name: 'Rabatt', texts: named('10 % Willkommen'), ...off });
  return call('POST', '/coupons', { code: `C${suffix()}`, discount: discount.id, ...more });
}

test('B104: a code is compared by its capital letters and digits', async () => {
  const { variant } = await shop();
  const word = suffix();
  const one = await coupon({ code: `neu-${word} 10` });
  assert.equal(one.code, `NEU${word}10`.toUpperCase());
  const again = await acme('POST', '/coupons', { code: `NEU ${word} 1-0`, discount: one.discount });
  assert.equal(again.status, 409, again.text);
  assert.equal(again.json.code, 'coupon_exists');
  for (const code of ['ab', '- -', 'Ä1000', 'x'.repeat(33)]) {
    await refused('POST', '/coupons', { code, discount: one.discount }, '/code', 'value_coupon');
  }
  const answer = await price(variant, { coupon: `n e u ${word}-10` });
  assert.deepEqual(answer.coupon, { code: one.code, id: one.id, error: null });
  assert.equal(answer.recurring.net.amount, 900);
  assert.deepEqual(answer.recurring.lines.map(({ kind, net }) => [kind, net.amount]), [['plan', 1000], ['discount', -100]]);
  assert.equal(answer.recurring.lines[1].description, '10 % Willkommen');
  const none = await price(variant, { coupon: 'no such code' });
  assert.deepEqual([none.coupon, none.recurring.net.amount], [{ code: 'NOSUCHCODE', id: null, error: 'coupon_unknown' }, 1000]);
  assert.deepEqual((await call('GET', `/coupons?code=neu-${word}%2010`)).items.map(({ id }) => id), [one.id]);
});

test('B104: a coupon is valid on its days, for its plans, in its currency, while it is not archived', async () => {
  const { plan, variant } = await shop();
  const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);
  const why = async (more, off) => (await price(variant, { coupon: (await coupon(more, off)).code })).coupon.error;
  const other = await shop();
  assert.equal(await why({ valid_from: day(-2), valid_until: day(2), plans: [plan.id] }), null);
  assert.equal(await why({ valid_from: day(2) }), 'coupon_over');
  assert.equal(await why({ valid_until: day(-2) }), 'coupon_over');
  assert.equal(await why({ status: 'archived' }), 'coupon_over');
  assert.equal(await why({ plans: [other.plan.id] }), 'coupon_plan');
  assert.equal(await why({}, { kind: 'amount', amount: { amount: 500, currency: 'CHF' } }), 'coupon_plan');
  assert.equal(await why({}, { kind: 'amount', amount: { amount: 500, currency: 'EUR' } }), null);
  assert.equal(await why({}, { kind: 'percent', percent: '5', status: 'archived' }), 'coupon_plan');
  const { discount } = await coupon();
  await refused('POST', '/coupons', { code: suffix(), discount, valid_from: day(2), valid_until: day(1) }, '/valid_until', 'value_misfit');
  await refused('POST', '/coupons', { code: suffix(), discount, plans: ['pln_x'] }, '/plans', 'unknown_product');
  await refused('POST', '/coupons', { code: suffix(), discount: 'dsc_x' }, '/discount', 'unknown_product');
});

test('B104: a discount is percent or an amount, for some periods or all', async () => {
  const { variant } = await shop({ variant: { setup_fee: '20' } });
  const of = async (off) => price(variant, { coupon: (await coupon({}, off)).code });
  const sums = ({ recurring, later, one_off }) => [recurring, later, one_off].map(({ net }) => net.amount);
  const euro = (amount) => ({ amount, currency: 'EUR' });
  assert.deepEqual(sums(await of({ kind: 'percent', percent: '25', periods: 3 })), [750, 1000, 2000]);
  assert.deepEqual(sums(await of({ kind: 'percent', percent: '25', applies_to: 'all' })), [750, 750, 1500]);
  assert.deepEqual(sums(await of({ kind: 'percent', percent: '100', applies_to: 'one_off' })), [1000, 1000, 0]);
  assert.deepEqual(sums(await of({ kind: 'amount', amount: euro(250), periods: 1 })), [750, 1000, 2000]);
  assert.deepEqual(sums(await of({ kind: 'amount', amount: euro(99999), applies_to: 'one_off' })), [1000, 1000, 0]);
  for (const [body, pointer, code] of [
    [{ kind: 'percent' }, '/percent', 'value_missing'], [{ kind: 'amount' }, '/amount', 'value_missing'],
    [{ kind: 'percent', percent: '101' }, '/percent', 'value_range'],
    [{ kind: 'amount', amount: euro(-5) }, '/amount', 'value_decimal'],
    [{ kind: 'amount', amount: { amount: 5, currency: 'XXY' } }, '/amount', 'value_currency'],
    [{ kind: 'percent', percent: '5', amount: euro(5) }, '/amount', 'value_misfit'],
    [{ kind: 'amount', amount: euro(5), applies_to: 'all' }, '/applies_to', 'value_misfit'],
    [{ kind: 'percent', percent: '5', applies_to: 'one_off', periods: 2 }, '/periods', 'value_misfit']]) {
    await refused('POST', '/discounts', { name: 'x', ...body }, pointer, code);
  }
});

const customer = async () => (await call('POST', '/customers', { company_name: `K ${suffix()}`, email: 'k@example.com' })).number;
const use = (one, who) => acme('POST', `/coupons/${one.id}/uses`, { customer: who });

test('B104: limits hold, in total and for each customer, however many ask at once', async () => {
  const { variant } = await shop();
  const total = await coupon({ limit_total: 3 });
  const who = await Promise.all(Array.from({ length: 8 }, customer));
  const answers = await Promise.all(who.map((number) => use(total, number)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 201, 422, 422, 422, 422, 422]);
  assert.ok(answers.filter(({ status }) => status === 422).every(({ json }) => json.code === 'coupon_used_up'));
  assert.equal((await call('GET', `/coupons/${total.id}`)).used, 3);
  assert.equal((await price(variant, { coupon: total.code })).coupon.error, 'coupon_used_up');
  await refused('PATCH', `/coupons/${total.id}`, { limit_total: 2 }, '/limit_total', 'value_misfit');
  assert.equal((await change(`/coupons/${total.id}`, { limit_total: 4 })).limit_total, 4);
  assert.equal((await use(total, who[0])).status, 201);
  const each = await coupon({ limit_customer: 2 });
  const same = await Promise.all(Array.from({ length: 6 }, () => use(each, who[0])));
  assert.deepEqual(same.map(({ status }) => status).sort(), [201, 201, 422, 422, 422, 422]);
  assert.equal(same.find(({ status }) => status === 422).json.code, 'coupon_used');
  assert.equal((await price(variant, { coupon: each.code, customer: who[0] })).coupon.error, 'coupon_used');
  assert.equal((await price(variant, { coupon: each.code, customer: who[1] })).coupon.error, null);
  // who was refused has taken nothing away
  assert.equal((await call('GET', `/coupons/${each.id}`)).used, 2);
  await refused('DELETE', `/coupons/${each.id}`, undefined, null, 'catalog_in_use', 409);
  assert.equal((await change(`/coupons/${each.id}`, { status: 'archived' })).status, 'archived');
  assert.equal((await use(each, who[2])).json.code, 'coupon_over');
  assert.equal((await use(each, 'K999999')).json.errors[0].code, 'unknown_customer');
});

test('B104: the currency of a family stays once anything has a price in it', async () => {
  const family = await call('POST', '/product-families', { name: 'Leer', currency: 'EUR', vat_rate: '19' });
  assert.equal((await change(`/product-families/${family.id}`, { currency: 'CHF' })).currency, 'CHF');
  await component(family);
  await refused('PATCH', `/product-families/${family.id}`, { currency: 'EUR' }, '/currency', 'value_misfit');
  await refused('POST', '/product-families', { name: 'x', currency: 'XXY', vat_rate: '19' }, '/currency', 'value_currency');
});

test('B104: lists are narrowed by what things belong to, and leafed through', async () => {
  const { family, plan } = await shop();
  for (let i = 0; i < 4; i++) {
    await call('POST', '/plans', { family: family.id, name: `P${i}`, status: i ? 'active' : 'archived' });
  }
  const first = await call('GET', `/plans?family=${family.id}&limit=3`);
  assert.equal(first.items.length, 3);
  assert.equal(first.items[0].id, plan.id);
  assert.deepEqual(first.items[0].texts.map(({ name }) => name), ['Tarif']);
  const rest = await call('GET', `/plans?family=${family.id}&limit=3&cursor=${encodeURIComponent(first.next)}`);
  assert.deepEqual([rest.items.length, rest.next], [2, null]);
  assert.equal((await call('GET', `/plans?family=${family.id}&status=archived`)).items.length, 1);
});

test('B104: what was ordered once is archived, not removed', own, async () => {
  const { family, variant } = await shop();
  const part = await component(family);
  stack.sql(`UPDATE plan_variant SET used = 1 WHERE id = '${variant.id}'`);
  stack.sql(`UPDATE component SET used = 1 WHERE id = '${part.id}'`);
  for (const path of [`/plan-variants/${variant.id}`, `/components/${part.id}`]) {
    await refused('DELETE', path, undefined, null, 'catalog_in_use', 409);
    assert.equal((await change(path, { status: 'archived' })).status, 'archived');
  }
});

test('B104: the demo sells something, and it has an order page', own, async () => {
  const { items } = await call('GET', '/plan-variants?external_id=GF1000-24');
  assert.deepEqual(items.map(({ orderable, price: net }) => [orderable, net]), [[true, '50.34']]);
  const answer = await price(items[0], { coupon: 'willkommen 20' });
  assert.deepEqual([answer.recurring.net.amount, answer.later.net.amount, answer.now.net.amount], [4027, 5034, 4027 + 4198]);
  const globex = await stack.api('globex', 'GET', '/plan-variants');
  assert.deepEqual(globex.json.items.map(({ currency, orderable }) => [currency, orderable]), [['GBP', true]]);
});

test('B91: staff see lists of the catalogue, and which variants have an order page', own, async () => {
  const owner = await stack.office('acme', 'owner');
  for (const [segment, words] of [['product-families', 'Internet'], ['plans', 'Glasfaser 1000'], ['plan-variants', 'Filialnetz'],
    ['components', 'Nebenstellen'], ['discounts', 'Ohne Einrichtung'], ['coupons', 'MESSE2026']]) {
    const page = await owner.get(`/acme/admin/${segment}?${segment === 'coupons' ? 'code' : 'name'}=${encodeURIComponent(words)}`);
    assert.equal(page.status, 200, segment);
    assert.ok(page.text.includes(words), `${segment}: ${words}`);
  }
  const filtered = await owner.get('/acme/admin/components?type=metered&name=n');
  assert.ok(filtered.text.includes('Minuten ins Mobilnetz') && !filtered.text.includes('Nebenstellen'));
});
