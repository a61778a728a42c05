// Contracts in the back office: made, changed, cancelled by staff.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { forms, links, unescapeHtml, visible } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');
const api = (...args) => stack.api('acme', ...args);
const mark = randomBytes(3).toString('hex').toUpperCase();
let made = 0;
const reference = () => `OF-${mark}-${++made}`;

const at = (path) => `/acme/admin${path}`;
const get = async (path, status = 200, browser = owner) => {
  const answer = await browser.get(`${at(path)}${path.includes('?') ? '&' : '?'}language=en`);
  assert.equal(answer.status, status, `${path}: ${answer.text.slice(0, 300)}`);
  return answer;
};
const submit = async (page, path, fields, button = {}) =>
  owner.submit(page, { ...fields, ...button }, { action: new RegExp(`${path}$`) });
const fresh = '/customers/K2001/contracts/new';
const create = async (fields, page, button) => submit(page ?? await get(fresh), '/contracts', fields, button);
const change = async (ref, fields, page, button) =>
  submit(page ?? await get(`/contracts/${ref}/change`), '/change', fields, button);
const read = async (ref) => (await api('GET', `/contracts/${ref}`)).json;

// What the form holds, by the name of each control.
function typed(page) {
  const { body } = forms(page.text).find(({ action }) => /\/(contracts|change|cancel)$/.test(action));
  const values = {};
  for (const [, name, rest] of body.matchAll(/<input type="(?:text|number|date)" id="field-([\w.]+)"([^>]*)>/g)) {
    values[name] = unescapeHtml(rest.match(/ value="([^"]*)"/)?.[1] ?? '');
  }
  for (const [, name, inside] of body.matchAll(/<select id="field-([\w.]+)"[^>]*>([\s\S]*?)<\/select>/g)) {
    values[name] = inside.match(/value="([^"]*)" selected/)?.[1];
  }
  for (const [, name, rest] of body.matchAll(/<input type="checkbox" id="field-([\w.]+)"([^>]*)>/g)) {
    if (rest.includes(' checked')) {
      values[name] = 'on';
    }
  }
  return values;
}
const wrong = (page) => [...page.text.matchAll(/id="error-([\w.]+)"/g)].map(([, name]) => name);
const rows = (page) => [...page.text.matchAll(/id="field-items\.(\d+)\.description"/g)].length;
const holds = (page, fields) => {
  const found = typed(page);
  assert.deepEqual(found, { ...found, ...fields });
};

const items = (...list) => Object.assign({}, ...list.map(([description, quantity, price, vat], i) => ({
  [`items.${i}.description`]: description, [`items.${i}.quantity`]: quantity, [`items.${i}.unit_price`]: price,
  [`items.${i}.vat_rate`]: vat })));
const one = items(['Anschluss <b>', '1,5', '10.5', '19']);
const whole = { name: 'Glasfaser & Co.', plan: 'M', currency: 'EUR', start: '2026-01-31', delivery_mode: 'none', due_days: '30',
  in_advance: 'on', 'recurrence.every': '3', 'recurrence.unit': 'month', 'term.count': '24', 'term.unit': 'month',
  'renewal.count': '1', 'renewal.unit': 'year', 'notice.count': '4', 'notice.unit': 'week' };

test('F32, B113: staff make a contract for a customer, with its delivery mode; its page shows the reference', async () => {
  assert.ok(links((await get('/customers/K2001')).text).includes(at(fresh)), 'the customer leads there');
  const page = await get(fresh);
  assert.equal(rows(page), 5);
  holds(page, { status: 'active', currency: 'EUR', delivery_mode: 'email', in_advance: 'on', 'recurrence.every': '1' });
  const ref = reference();
  const answer = await create({ ref, status: 'active', ...whole, ...one });
  assert.equal(answer.location, at(`/contracts/${ref}`), answer.text);
  const { created, ...now } = await read(ref);
  assert.deepEqual(now, { ref, customer: 'K2001', name: whole.name, status: 'active', plan: 'M', currency: 'EUR',
    start: '2026-01-31', end: null, cancelled_on: null, change: null, recurrence: { every: 3, unit: 'month' }, in_advance: true,
    term: { count: 24, unit: 'month' }, renewal: { count: 1, unit: 'year' }, notice: { count: 4, unit: 'week' },
    due_days: 30, delivery_mode: 'none', billed_until: null, next_billing: '2026-01-31',
    items: [{ description: 'Anschluss <b>', quantity: '1.5', unit_price: '10.5', vat_rate: '19', since: null, until: null }] });
  const shown = await get(`/contracts/${ref}`);
  assert.match(visible(shown.text), new RegExp(`Reference ${ref}.*K2001.*Price of a period, net €15.75 Billed every 3 months`));
  assert.match(visible(shown.text), /First term 24 months Renewed for 1 year.*Notice period 4 weeks.*Delivery of invoices none/);
  assert.match(visible(shown.text), /Anschluss <b> .*1\.5 .*€10\.50 .*19%/);
  for (const path of ['/change', '/cancel']) {
    assert.ok(links(shown.text).includes(at(`/contracts/${ref}${path}`)), path);
  }
  assert.ok(!links(shown.text).includes(at(`/contracts/${ref}/remove`)), 'it is no draft');
  assert.ok(created);
  // without a reference one is made, without rhythm and terms the least
  const plain = await create({ name: 'A', status: 'draft', currency: 'EUR', start: '2026-02-01', delivery_mode: 'post',
    'recurrence.every': '1', 'recurrence.unit': 'week', 'term.unit': 'month', ...one });
  assert.match(plain.location, /\/contracts\/VT-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  const draft = await read(plain.location.split('/').pop());
  assert.deepEqual([draft.status, draft.in_advance, draft.term, draft.notice, draft.due_days], ['draft', false, null, null, null]);
});

test('more rows come without JavaScript, and lose nothing; empty rows are left out', async () => {
  const ref = reference();
  const some = { ref, status: 'active', ...whole, ...items(['A', '1', '1', '19'], ['', '', '', ''], ['C', '2', 'x', '7']) };
  const more = await create(some, undefined, { more: '1' });
  assert.equal(rows(more), 10);
  assert.deepEqual(wrong(more), []);
  assert.doesNotMatch(more.title, /Error/);
  holds(more, { ...whole, ref, 'items.1.description': 'C', 'items.1.unit_price': 'x', 'items.1.vat_rate': '7' });
  const again = await create(typed(more), more, { more: '1' });
  assert.equal(rows(again), 15);
  const bad = await create(typed(again), again);
  assert.equal(bad.status, 422);
  assert.deepEqual(wrong(bad), ['items.1.unit_price']);
  assert.equal(rows(bad), 15);
  const good = await create({ ...typed(bad), 'items.1.unit_price': '-0,5', 'items.14.description': 'Z',
    'items.14.quantity': '1', 'items.14.unit_price': '3', 'items.14.vat_rate': '0' }, bad);
  assert.equal(good.status, 303, good.text);
  assert.deepEqual((await read(ref)).items.map(({ description, unit_price: price }) => [description, price]),
    [['A', '1'], ['C', '-0.5'], ['Z', '3']]);
  // as many as the API takes
  const many = items(...Array.from({ length: 100 }, (_, i) => [`Nr. ${i}`, '1', '1', '19']));
  const full = await create({ ref: reference(), status: 'active', ...whole, ...many });
  assert.equal(full.status, 303, full.text.slice(0, 300));
  const form = await get(`/contracts/${full.location.split('/').pop()}/change`);
  assert.equal(rows(form), 100);
  assert.doesNotMatch(form.text, /name="more"/);
});

test('what is wrong stands at each field, and what was typed stays, in each language', async () => {
  const bad = { ref: 'a b', status: 'active', ...whole, name: '', currency: 'eur', 'term.count': '', due_days: '999',
    ...items(['A', '0', '1', '19'], ['', '1', '1', '200']) };
  const titles = new Set();
  for (const language of ['de', 'en', 'fr']) {
    const answer = await create(bad, await owner.get(`${at(fresh)}?language=${language}`));
    assert.equal(answer.status, 422);
    assert.match(answer.title, /^(Fehler|Error|Erreur)\s?: /);
    assert.deepEqual(wrong(answer), ['name', 'due_days', 'items.0.quantity', 'items.1.description', 'items.1.vat_rate']);
    for (const name of wrong(answer)) {
      assert.ok(answer.text.includes(`href="#field-${name}"`), `${name} is in the summary`);
    }
    holds(answer, bad);
    titles.add(visible(answer.text.match(/id="error-name"[\s\S]*?<\/p>/)[0]));
  }
  assert.equal(titles.size, 3);
  for (const [fields, name] of [[{ ref: 'a b' }, 'ref'], [{ currency: 'XXY' }, 'currency'], [{ start: '2026-02-30' }, 'start'],
    [{ 'recurrence.every': '' }, 'recurrence.every'], [{ 'recurrence.every': '0' }, 'recurrence.every'],
    [{ 'term.count': '' }, 'term.count'], [{ 'notice.unit': 'hour' }, 'notice.unit'], [{ delivery_mode: 'x' }, 'delivery_mode'],
    [{ 'items.0.description': '', 'items.0.quantity': '', 'items.0.unit_price': '', 'items.0.vat_rate': '' },
      'items.0.description']]) {
    const answer = await create({ status: 'active', ...whole, ...one, ...fields });
    assert.equal(answer.status, 422, JSON.stringify(fields));
    assert.deepEqual(wrong(answer), [name], JSON.stringify(fields));
  }
  const ref = reference();
  await create({ ref, status: 'active', ...whole, ...one });
  assert.deepEqual(wrong(await create({ ref, status: 'active', ...whole, ...one })), ['ref']);
  await get('/customers/K404/contracts/new', 404);
});

test('a form sent twice makes one contract', async () => {
  const page = await get(fresh);
  const ref = reference();
  const all = await Promise.all([1, 2, 3].map(() => create({ ref, status: 'active', ...whole, ...one }, page)));
  assert.deepEqual(all.map(({ status, location }) => [status, location]), Array(3).fill([303, at(`/contracts/${ref}`)]));
});

test('F32: a change shows what stands, is refused over what somebody saved meanwhile, and then done', async () => {
  const ref = reference();
  await create({ ref, status: 'active', ...whole, ...one });
  const page = await get(`/contracts/${ref}/change`);
  holds(page, { ...whole, ...one, 'items.0.quantity': '1.5' });
  await api('PATCH', `/contracts/${ref}`, { delivery_mode: 'post',
    items: [{ description: 'Von anderen', quantity: '2', unit_price: '1', vat_rate: '7' }] }, { 'If-Match': '*' });
  const late = await change(ref, { ...typed(page), name: 'Mein Name' }, page);
  assert.equal(late.status, 409);
  holds(late, { name: 'Mein Name', delivery_mode: 'none', 'items.0.description': 'Anschluss <b>' });
  assert.match(late.text, /id="saved-items\.0\.description">[\s\S]*?Von anderen/);
  assert.match(late.text, /id="saved-delivery_mode">[\s\S]*?post/);
  const done = await change(ref, { ...typed(late), delivery_mode: 'email', in_advance: '' }, late);
  assert.equal(done.location, at(`/contracts/${ref}`), done.text);
  const now = await read(ref);
  assert.deepEqual([now.name, now.delivery_mode, now.in_advance, now.items[0].description, now.next_billing],
    ['Mein Name', 'email', false, 'Anschluss <b>', '2026-04-30']);
});

test('what was billed cannot change, and the form says at which field', own, async () => {
  const ref = reference();
  await create({ ref, status: 'active', ...whole, ...one });
  stack.sql(`UPDATE contract SET billed_until = '2026-04-29' WHERE ref = '${ref}'`);
  const page = await get(`/contracts/${ref}/change`);
  const answer = await change(ref, { ...typed(page), start: '2026-02-01', 'recurrence.every': '1', currency: 'USD' }, page);
  assert.equal(answer.status, 422);
  assert.deepEqual(wrong(answer), ['currency', 'start', 'recurrence.every']);
});

test('a contract is cancelled after a look at what follows, and the cancellation undone', async () => {
  const ref = reference();
  await create({ ref, status: 'active', ...whole, ...one });
  const page = await get(`/contracts/${ref}/cancel`);
  const { json: preview } = await api('GET', `/contracts/${ref}/cancellation-preview`);
  holds(page, { date: preview.date, end: '' });
  assert.match(visible(page.text), /Last day .*Last day of notice for that end/);
  const cancel = (from, fields, button) => submit(from, '/cancel', { ...typed(from), ...fields }, button);
  const other = await cancel(page, { date: '2026-02-01' }, { show: '1' });
  assert.deepEqual(wrong(other), []);
  assert.match(visible(other.text), /Last day 30 Jan 2028 .*Periods until the end 8 .*€126\.00/);
  assert.equal((await read(ref)).status, 'active', 'nothing is done yet');
  assert.deepEqual(wrong(await cancel(page, { date: '2999-01-01' })), ['date']);
  assert.deepEqual(wrong(await cancel(page, { end: '2026-01-01' })), ['end']);
  assert.deepEqual(wrong(await cancel(page, { date: 'x' })), ['date']);
  const done = await cancel(page, {});
  assert.equal(done.location, at(`/contracts/${ref}`), done.text);
  const now = await read(ref);
  assert.deepEqual([now.status, now.end, now.cancelled_on], ['cancelled', preview.end, preview.date]);
  const shown = await get(`/contracts/${ref}`);
  assert.match(visible(shown.text), /Status cancelled .*Last day/);
  assert.ok(!links(shown.text).includes(at(`/contracts/${ref}/cancel`)));
  await get(`/contracts/${ref}/cancel`, 409);
  const back = await submit(shown, '/undo-cancel', {});
  assert.equal(back.location, at(`/contracts/${ref}`));
  assert.deepEqual([(await read(ref)).status, (await read(ref)).end], ['active', null]);
});

test('a draft is activated or discarded', async () => {
  const [kept, gone] = [reference(), reference()];
  for (const ref of [kept, gone]) {
    await create({ ref, status: 'draft', ...whole, ...one });
  }
  const done = await submit(await get(`/contracts/${kept}`), '/activate', {});
  assert.equal(done.location, at(`/contracts/${kept}`));
  assert.equal((await read(kept)).next_billing, '2026-01-31');
  await get(`/contracts/${kept}/remove`, 409);
  const removed = await submit(await get(`/contracts/${gone}/remove`), '/remove', {});
  assert.equal(removed.location, at('/contracts'));
  await get(`/contracts/${gone}`, 404);
});

test('the list finds by reference, name, customer, status and delivery mode', async () => {
  const ref = reference();
  await create({ ref, status: 'draft', ...whole, name: `Liste ${mark}`, delivery_mode: 'post', ...one });
  for (const query of [`ref=${ref}`, `name=liste ${mark.toLowerCase()}`, `customer=K2001&ref=${ref}`,
    `status=draft&ref=${ref}`, `delivery_mode=post&ref=${ref}`]) {
    const page = await get(`/contracts?${encodeURI(query)}`);
    assert.ok(links(page.text).includes(at(`/contracts/${ref}`)), query);
  }
  for (const query of [`delivery_mode=none&ref=${ref}`, `status=active&ref=${ref}`, `customer=K2002&ref=${ref}`]) {
    assert.ok(!links((await get(`/contracts?${query}`)).text).includes(at(`/contracts/${ref}`)), query);
  }
});

test('who may only look sees no way to change, and is refused', own, async () => {
  const reader = await stack.office('acme', 'read_only');
  const page = await get('/contracts/VT-7KQ2-ZHXM', 200, reader);
  assert.deepEqual(links(page.text).filter((link) => /VT-7KQ2-ZHXM\//.test(link)),
    ['/acme/admin/contracts/VT-7KQ2-ZHXM/services']);
  for (const path of ['/contracts/VT-7KQ2-ZHXM/change', '/contracts/VT-7KQ2-ZHXM/cancel', fresh]) {
    await get(path, 403, reader);
  }
});

test('the portal tells term, renewal, notice and the last day to cancel', own, async () => {
  const { json: preview } = await api('GET', '/contracts/VT-6HSN-P3VD/cancellation-preview');
  assert.ok(preview.end);
  const bruno = await stack.signedIn('acme', 'bruno');
  const open = visible((await bruno.get('/acme/contracts/VT-6HSN-P3VD?language=en')).text);
  assert.match(open, /Notice period 14 days/);
  assert.doesNotMatch(open, /Last day to cancel/, 'it can be cancelled on any day');
  await api('PATCH', '/contracts/VT-6HSN-P3VD', { term: { count: 12, unit: 'month' }, renewal: { count: 1, unit: 'month' } },
    { 'If-Match': '*' });
  const { json: now } = await api('GET', '/contracts/VT-6HSN-P3VD/cancellation-preview');
  const page = await bruno.get('/acme/contracts/VT-6HSN-P3VD?language=en');
  assert.match(visible(page.text), /Term 12 months then renewed each time for 1 month The term runs until/);
  assert.match(page.text, new RegExp(`Last day to cancel</dt>\\s*<dd><time datetime="${now.last_notice}">`));
});
