// Money in the back office and on the customer's pages: payments, reversals,
// corrections, credit notes, and what somebody owes.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { links, unescapeHtml, visible } from '../lib/client.mjs';
import { invoiceRow, newCustomer, newInvoice, random, verified } from '../lib/money.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');
const at = (path) => `/acme/admin${path}`;
const get = async (path, status = 200, browser = owner) => {
  const answer = await browser.get(`${at(path)}${path.includes('?') ? '&' : '?'}language=en`);
  assert.equal(answer.status, status, `${path}: ${answer.text.slice(0, 300)}`);
  return answer;
};
const form = async (path, fields, action = path) => owner.submit(await get(path), fields,
  { action: new RegExp(`${action}$`) });
const value = (page, name) => unescapeHtml(page.text.match(new RegExp(`name="${name}"[^>]* value="([^"]*)"`))?.[1] ?? '');
const wrong = (page) => [...page.text.matchAll(/id="error-([\w.]+)"/g)].map(([, name]) => name);
const row = (i, description, price) => ({ [`lines.${i}.description`]: description, [`lines.${i}.unit_price`]: price,
  [`lines.${i}.vat_rate`]: '19' });
const state = ({ number }) => {
  const { settled, status } = invoiceRow(stack, number);
  return [settled, status];
};
const led = (answer) => {
  assert.equal(answer.status, 303, answer.text?.slice(0, 2000));
  return answer.location.replace('/acme/admin', '').split('?')[0];
};

test('B127: from an invoice, a payment form with what is open in it', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer, { lines: [[123456, 19]] });
  const path = `/invoices/${one.number}/payment`;
  const page = await get(path);
  assert.equal(value(page, 'amount'), '1469.13');
  assert.equal(value(page, 'date'), new Date().toISOString().slice(0, 10));
  const bad = await form(path, { amount: '12,345', reference: 'kept' });
  assert.equal(bad.status, 422);
  assert.deepEqual(wrong(bad), ['amount']);
  assert.equal(value(bad, 'amount'), '12,345', 'what was typed stays');
  assert.equal(value(bad, 'reference'), 'kept');
  assert.deepEqual(wrong(await form(path, { amount: '0' })), ['amount']);
  assert.deepEqual(wrong(await form(path, { amount: '1', date: '2999-01-01' })), ['date']);
  const paid = led(await form(path, { amount: '469,13', method: 'cash' }));
  assert.match(paid, /^\/payments\/pay_/);
  assert.match(visible((await get(paid)).text), /€469\.13|469\.13/);
  assert.deepEqual(state(one), [46913, 'open']);
  assert.equal(value(await get(path), 'amount'), '1000.00');
  verified(stack);
});

test('B127: a payment of a customer, and its reversal', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const bad = await form('/payments/new', { customer: 'K-none', amount: '1' }, '/payments');
  assert.deepEqual(wrong(bad), ['customer']);
  assert.deepEqual(wrong(await form('/payments/new', { customer, amount: '1' }, '/payments')), ['currency']);
  for (const currency of ['eur', 'ZZZ', 'USD']) { // no currency; none that the customer is billed in
    const refused = await form('/payments/new', { customer, currency, amount: '1', reference: 'kept' }, '/payments');
    assert.deepEqual([refused.status, wrong(refused), value(refused, 'currency'), value(refused, 'reference')],
      [422, ['currency'], currency, 'kept']);
  }
  const page = await get(`/payments/new?customer=${customer}`);
  assert.equal(value(page, 'customer'), customer);
  const paid = led(await owner.submit(page, { customer, currency: 'EUR', amount: '200' }, { action: /\/payments$/ }));
  assert.deepEqual(state(one), [11900, 'paid']);
  const shown = await get(paid);
  assert.ok(links(shown.text).includes(at(`/invoices/${one.number}`)));
  assert.ok(links(shown.text).includes(at(`${paid}/reverse`)));
  assert.deepEqual(wrong(await form(`${paid}/reverse`, {})), ['reason']);
  const stale = await get(`${paid}/reverse`);
  assert.equal(led(await form(`${paid}/reverse`, { reason: 'came back' })), paid);
  assert.deepEqual(state(one), [0, 'open']);
  const late = await owner.submit(stale, { reason: 'again' }, { action: /reverse$/ });
  assert.equal(late.status, 409);
  assert.ok(!links((await get(paid)).text).includes(at(`${paid}/reverse`)));
  verified(stack);
});

test('B127: what is left of a payment is paid back from its page', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const paid = led(await form(`/invoices/${one.number}/payment`, { amount: '219,00' }));
  const path = `${paid}/refund`;
  assert.ok(links((await get(paid)).text).includes(at(path)));
  const page = await get(path);
  assert.equal(value(page, 'amount'), '100.00');
  assert.equal(value(page, 'date'), new Date().toISOString().slice(0, 10));
  const refused = [[{ amount: '100,01' }, ['amount']], [{ amount: '0' }, ['amount']], [{ amount: '' }, ['amount']],
    [{ amount: '1', date: '2999-01-01' }, ['date']], [{ amount: '1,234', date: '2020-01-01' }, ['amount', 'date']]];
  for (const [fields, names] of refused) {
    const bad = await form(path, { ...fields, reference: 'kept' });
    assert.deepEqual([bad.status, wrong(bad), value(bad, 'amount'), value(bad, 'reference')],
      [422, names, fields.amount, 'kept'], JSON.stringify(fields));
  }
  assert.match(visible((await form(path, { amount: '100,01' })).text), /At most 100\.00/);
  const stale = await get(path);
  const out = led(await form(path, { amount: '40', method: 'cash', reference: 'too much' }));
  assert.match(out, /^\/payments\/pay_/);
  const gone = await get(out);
  assert.match(visible(gone.text), /-€40\.00|−€40\.00/);
  assert.ok(links(gone.text).includes(at(paid)), 'it leads to what is paid back');
  const shown = await get(paid);
  assert.ok(links(shown.text).includes(at(out)), 'and that to it');
  assert.ok(!links(shown.text).includes(at(`${paid}/reverse`)));
  const blocked = await form(`${paid}/reverse`, { reason: 'kept' });
  assert.deepEqual([blocked.status, value(blocked, 'reason')], [409, 'kept']);
  assert.match(visible(blocked.text), /Reverse what was paid back first/);
  led(await form(path, { amount: '60,00' }));
  const late = await owner.submit(stale, { amount: '1' }, { action: /refund$/ });
  assert.equal(late.status, 409);
  assert.match(visible(late.text), /Nothing is left to pay back/);
  await get(path, 409);
  assert.ok(!links((await get(paid)).text).includes(at(path)));
  assert.equal(led(await form(`${out}/reverse`, { reason: 'came back' })), out);
  assert.equal(value(await get(path), 'amount'), '40.00');
  verified(stack);
});

test('B127: what is left of a credit note is paid back from its page', own, async () => {
  const customer = await newCustomer(stack);
  const note = led(await form(`/customers/${customer}/credit-note`, { currency: 'JPY', reason: 'Goodwill',
    ...row(0, 'Outage', '1000') }));
  const path = `${note}/refund`;
  assert.ok(links((await get(note)).text).includes(at(path)));
  assert.equal(value(await get(path), 'amount'), '1190');
  assert.deepEqual(wrong(await form(path, { amount: '0,5' })), ['amount']);
  const out = led(await form(path, { amount: '190' }));
  assert.ok(visible((await get(out)).text).includes(note.split('/').pop()));
  assert.equal(value(await get(path), 'amount'), '1000');
  led(await form(path, { amount: '1000' }));
  assert.ok(!links((await get(note)).text).includes(at(path)));
  await get(path, 409);
  const one = newInvoice(stack, customer);
  assert.ok(!links((await get(`/invoices/${one.number}`)).text).includes(at(`/invoices/${one.number}/refund`)));
  await get(`/invoices/${one.number}/refund`, 409);
  await get('/invoices/RE-none/refund', 404);
  await get('/payments/pay_none/refund', 404);
  verified(stack);
});

test('F33: the page of an invoice says once how it stands, and each price in its currency', own, async () => {
  const customer = await newCustomer(stack);
  const cases = [[{ due: '2020-01-01' }, 'Overdue', '€100.00'], [{ due: '2999-01-01', currency: 'JPY', digits: 0 }, 'Open', 'JP¥10,000'],
    [{ due: '2999-01-01', currency: 'KWD', digits: 3 }, 'Open', 'KWD 10.000']];
  for (const [more, status, price] of cases) {
    const one = newInvoice(stack, customer, more);
    const page = await get(`/invoices/${one.number}`);
    const main = page.text.match(/<main[\s\S]*<\/main>/)[0];
    assert.equal(visible(main).match(new RegExp(`\\b${status}\\b`, 'gi')).length, 1, visible(main));
    const cells = [...main.match(/<tbody>([\s\S]*?)<\/tbody>/)[1].matchAll(/<t[dh][^>]*>([\s\S]*?)<\/t[dh]>/g)]
      .map(([, cell]) => visible(cell).replace(/[\u00a0\u202f]/g, ' ').trim());
    assert.equal(cells.filter((cell) => cell === price).length, 2, `unit price and net: ${cells}`);
  }
});

test('B127: an invoice is corrected in part, and as a whole', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const path = `/invoices/${one.number}/correct`;
  assert.match(visible((await get(path)).text), /100\.00 net at 19%/);
  const part = { reason: 'Too much', extent: 'part' };
  assert.deepEqual(wrong(await form(path, { ...part, extent: 'half' })), ['extent']);
  assert.deepEqual(wrong(await form(path, part)), ['lines.0.description']);
  const line = { ...part, ...row(0, 'Discount', '20,00'), ...row(3, 'Late', '10,00') };
  assert.deepEqual(wrong(await form(path, { ...line, 'lines.0.unit_price': '90,01' })), ['lines.0.description']);
  assert.deepEqual(wrong(await form(path, { ...line, rebill: 'on' })), ['rebill']);
  assert.deepEqual(wrong(await form(path, { ...line, reopen_services: 'on' })), ['reopen_services']);
  const made = led(await form(path, line));
  assert.match(made, /^\/invoices\/KO\d{5}$/);
  assert.deepEqual(state(one), [3570, 'open']);
  const stale = await get(path);
  led(await form(path, { reason: 'Wrong customer', extent: 'whole' }));
  assert.deepEqual(state(one), [11900, 'cancelled']);
  const late = await owner.submit(stale, { reason: 'x', extent: 'whole' }, { action: /correct$/ });
  assert.equal(late.status, 409);
  await get(`${made}/correct`, 409);
  await get(`${made}/payment`, 422);
  verified(stack);
});

test('B127: a credit note is taken back from its page, once', own, async () => {
  const customer = await newCustomer(stack);
  const note = led(await form(`/customers/${customer}/credit-note`, { currency: 'EUR', reason: 'x', ...row(0, 'Outage', '100') }));
  const path = `${note}/correct`;
  assert.ok(links((await get(note)).text).includes(at(path)));
  const page = visible((await get(path)).text);
  assert.match(page, /Take a credit note back/);
  assert.match(page, /Left of it: [-−]€100\.00 net at 19%/);
  const part = led(await form(path, { reason: 'x', extent: 'part', ...row(0, 'Too much', '40') }));
  assert.match(part, /^\/invoices\/KO\d{5}$/);
  const rest = led(await form(path, { reason: 'x', extent: 'whole' }));
  assert.match(visible((await get(rest)).text), /€71\.40/);
  assert.ok(links((await get(note)).text).includes(at(rest)), 'its page leads to what took it back');
  assert.ok(!links((await get(note)).text).includes(at(path)));
  assert.equal((await form(path, { reason: 'x', extent: 'whole' })).status, 409);
  await get(`${rest}/correct`, 409);
  verified(stack);
});

test('B127: the boxes of the form say whether the period and the services of an invoice are billed again', own, async () => {
  const [contract] = stack.sql(`SELECT c.id, u.number FROM contract c JOIN customer u
    ON u.tenant = c.tenant AND u.id = c.customer WHERE c.tenant = 'acme' AND c.ref = 'VT-7KQ2-ZHXM'`);
  for (const [boxes, status, moved] of [[{ rebill: 'on' }, 'billed', true], [{ reopen_services: 'on' }, 'open', false]]) {
    const service = `sve_${random()}`;
    const one = newInvoice(stack, contract.number, { contract: contract.id, service, period: ['2031-01-01', '2031-01-31'] });
    stack.sql(`UPDATE contract SET billed_until = '2031-01-31', next_billing = '2031-02-01' WHERE id = '${contract.id}';
      INSERT INTO service_entry (tenant, id, contract, description, quantity, unit_price, vat_rate, performance_date,
      status, invoice, version, created) VALUES ('acme', '${service}', '${contract.id}', 'S', 1000000, 1000000, 1900,
      '2026-01-01', 'billed', '${one.id}', 1, 1);`);
    led(await form(`/invoices/${one.number}/correct`, { reason: 'x', extent: 'whole', ...boxes }));
    assert.equal(stack.sql(`SELECT status FROM service_entry WHERE id = '${service}'`)[0].status, status);
    assert.equal(stack.sql(`SELECT next_billing AS day FROM contract WHERE id = '${contract.id}'`)[0].day,
      moved ? '2031-01-01' : '2031-02-01');
  }
  verified(stack);
});

test('B127: a credit note of a customer', own, async () => {
  const customer = await newCustomer(stack);
  const path = `/customers/${customer}/credit-note`;
  assert.deepEqual(wrong(await form(path, { 'lines.0.quantity': '' })).sort(), ['currency', 'lines.0.description', 'reason']);
  const refused = await form(path, { currency: 'ZZZ', reason: 'Goodwill', ...row(0, 'Outage', '10') });
  assert.deepEqual([refused.status, wrong(refused), value(refused, 'currency')], [422, ['currency'], 'ZZZ']);
  assert.match(visible(refused.text), /not a currency/);
  const made = led(await form(path, { currency: 'EUR', reason: 'Goodwill', ...row(0, 'Outage', '10') }));
  assert.match(made, /^\/invoices\/GS\d{5}$/);
  assert.match(visible((await get(`/customers/${customer}/ledger`)).text), /-€11\.90|−€11\.90/);
  verified(stack);
});

test('B127: a credit note of several items, the empty rows left out, more rows without losing any', own, async () => {
  const customer = await newCustomer(stack);
  const path = `/customers/${customer}/credit-note`;
  const typed = { currency: 'EUR', reason: 'Two outages', ...row(0, 'Outage in May', '10'), ...row(2, 'Outage in June', '20,50') };
  const more = await form(path, { ...typed, more: '1' });
  assert.deepEqual([more.status, wrong(more), value(more, 'reason')], [422, [], 'Two outages']);
  assert.doesNotMatch(more.text, /<title>Error/);
  assert.deepEqual([0, 1, 2].map((i) => value(more, `lines.${i}.description`)), ['Outage in May', 'Outage in June', '']);
  assert.ok(more.text.includes('name="lines.9.description"'), 'ten rows');
  const bad = await form(path, { ...typed, 'lines.2.unit_price': 'x' });
  assert.deepEqual([bad.status, wrong(bad), value(bad, 'lines.1.unit_price')], [422, ['lines.1.unit_price'], 'x']);
  const made = led(await form(path, { ...typed, 'lines.2.quantity': '2' }));
  const { id, gross } = stack.sql(`SELECT id, gross FROM invoice WHERE tenant = 'acme' AND number = '${made.split('/').pop()}'`)[0];
  assert.equal(gross, -6069);
  assert.deepEqual(stack.sql(`SELECT description, net FROM invoice_line WHERE tenant = 'acme' AND invoice = '${id}' ORDER BY position`)
    .map(({ description, net }) => [description, net]), [['Outage in May', -1000], ['Outage in June', -4100]]);
  verified(stack);
});

test('B71, B127: the ledger has each entry with the balance after it, and the same as a file', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  led(await form(`/invoices/${one.number}/payment`, { amount: '19,00' }));
  const page = await get(`/customers/${customer}/ledger`);
  assert.match(visible(page.text), /€119\.00[\s\S]*€119\.00/);
  const file = await owner.get(at(`/customers/${customer}/ledger?format=csv`));
  assert.match(file.headers['content-type'], /^text\/csv/);
  const rows = file.text.trim().split('\r\n').map((row) => row.replaceAll('"', '').split(','));
  assert.deepEqual(rows[0], ['date', 'reference', 'kind', 'contract', 'note', 'amount', 'currency', 'balance', 'currency']);
  assert.deepEqual(rows.slice(1).map((row) => [row[2], row[5], row[7]]),
    [['payment', '-19.00', '100.00'], ['invoice', '119.00', '119.00']]);
  await get('/customers/K-none/ledger', 404);
});

test('B127: who may not move money sees it, and is offered nothing', own, async () => {
  const rita = await stack.office('acme', 'read_only');
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const paid = led(await form(`/invoices/${one.number}/payment`, { amount: '200' }));
  const note = led(await form(`/customers/${customer}/credit-note`, { currency: 'CHF', reason: 'x', ...row(0, 'x', '1') }));
  for (const path of ['/payments', note, paid, `/customers/${customer}/ledger`]) {
    const page = await get(path, 200, rita);
    assert.doesNotMatch(page.text, /payments\/new|reverse"|refund"|credit-note"/, path);
  }
  for (const path of ['/payments/new', `${paid}/reverse`, `${paid}/refund`, `${note}/refund`, `/invoices/${one.number}/payment`,
    `/invoices/${one.number}/correct`, `/customers/${customer}/credit-note`]) {
    await get(path, 403, rita);
  }
});

test('B71, B127: the customer sees what is open, of all and of each invoice, and what was paid', own, async () => {
  const anna = await stack.signedIn('acme', 'anna');
  const one = newInvoice(stack, 'K2000');
  led(await form(`/invoices/${one.number}/payment`, { amount: '19,00' }));
  const [{ open }] = stack.sql(`SELECT SUM(gross - settled) AS open FROM invoice i JOIN customer c
    ON c.tenant = i.tenant AND c.id = i.customer WHERE i.tenant = 'acme' AND c.number = 'K2000' AND i.status = 'open'`);
  const text = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' }).format(Number(open) / 100);
  for (const path of ['/acme/?language=en', '/acme/account?language=en']) {
    const page = visible((await anna.get(path)).text);
    assert.ok(page.includes(text), `${path}: ${text}`);
  }
  // a sum for each currency, and never one of both; the same of what is left
  newInvoice(stack, 'K2000', { lines: [[1000, 0]], currency: 'USD' });
  led(await form('/customers/K2000/credit-note', { currency: 'CHF', reason: 'x', ...row(0, 'x', '7') }));
  for (const path of ['/acme/?language=en', '/acme/account?language=en']) {
    const page = visible((await anna.get(path)).text);
    assert.ok(page.includes(`${text} + US$10.00`), `${path}: ${text} and US$10.00 in ${page}`);
    assert.match(page, /Credit\s+CHF\s8\.33/, path);
  }
  const page = visible((await anna.get(`/acme/invoices/${one.number}?language=en`)).text);
  assert.match(page, /Payments/);
  assert.match(page, /€19\.00/);
  assert.match(page, /Open amount\s+€100\.00/);
  verified(stack);
});
