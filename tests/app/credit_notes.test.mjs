// Credit notes, and corrections of invoices.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { euro, invoiceRow, moving, newCustomer, newInvoice, random, verified } from '../lib/money.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const move = moving(stack);
const good = async (path, body, status = 201) => {
  const answer = await move(path, body);
  assert.equal(answer.status, status, answer.text);
  return answer.json;
};
const correct = (number, body, status) => good(`/invoices/${number}/correct`, { reason: 'Wrong', ...body }, status);
const line = (price, rate = '19', more = {}) => ({ description: 'Back', unit_price: price, vat_rate: rate, ...more });
const errors = (json) => json.errors.map(({ pointer, code }) => [pointer, code]);
const owed = async (customer) => (await api('GET', `/customers/${customer}/balance`)).json.items
  .filter(({ scope }) => scope === 'customer').map((row) => [row.open.amount, row.credit.amount]);
// The text of the PDF that the API answers, with plain spaces.
const paperOf = async (number) => {
  const answer = await api('GET', `/invoices/${number}/pdf`);
  assert.deepEqual([answer.status, answer.type], [200, 'application/pdf'], answer.text.slice(0, 200));
  return execFileSync('pdftotext', ['-layout', '-', '-'], { input: answer.bytes, encoding: 'utf8' })
    .replace(/[\u00a0\u202f]/g, ' ');
};
const state = (number) => {
  const { settled, status } = invoiceRow(stack, number);
  return [settled, status];
};

test('B127: a credit note has a number of its own, negative amounts, and settles what is open', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const note = await good('/credit-notes', { customer, currency: 'EUR', reason: 'Goodwill',
    lines: [line('40'), line('10.50', '7', { quantity: '2' })] });
  const { number, date, due, lines, ...rest } = note;
  assert.match(number, /^GS\d{5}$/);
  assert.equal(date, due);
  // 40 + 7.60, 21 + 1.47
  assert.deepEqual(rest, { type: 'credit_note', customer, contract: null, corrects: null, net: euro(-6100),
    vat: euro(-907), gross: euro(-7007), open_amount: euro(0), delivery_mode: 'email', status: 'paid', reason: 'Goodwill' });
  assert.deepEqual(lines.map(({ quantity, unit_price: price, net }) => [quantity, price, net.amount]),
    [['-1', '40', -4000], ['-2', '10.5', -2100]]);
  assert.deepEqual(state(one.number), [7007, 'open']);
  assert.deepEqual(await owed(customer), [[11900 - 7007, 0]]);
  verified(stack);
});

test('B127: what a credit note does not settle stays as credit; numbers have no gaps', own, async () => {
  const customer = await newCustomer(stack);
  const numbers = [];
  for (let i = 0; i < 3; i++) {
    const note = await good('/credit-notes', { customer, currency: 'EUR', reason: 'x', lines: [line('1', '0')] });
    assert.deepEqual([note.status, note.open_amount], ['open', euro(-100)]);
    numbers.push(Number(note.number.slice(2)));
    await good('/credit-notes', { customer, currency: 'EUR', reason: 'x', lines: [] }, 422);
  }
  assert.deepEqual(numbers.map((n) => n - numbers[0]), [0, 1, 2]);
  assert.deepEqual(await owed(customer), [[0, 300]]);
  verified(stack);
});

test('B127: a credit note names what is wrong with it', own, async () => {
  const customer = await newCustomer(stack);
  const whole = { customer, currency: 'EUR', reason: 'x', lines: [line('1')] };
  const cases = [
    [{ ...whole, customer: undefined }, [['#/customer', 'value_missing']]],
    [{ ...whole, customer: 'K-none' }, [['#/customer', 'unknown_customer']]],
    [{ ...whole, currency: undefined }, [['#/currency', 'value_missing']]],
    ...['eur', 'EU1', 'ZZZ', 'DEM', 'XAU'].map((currency) =>
      [{ ...whole, currency }, [['#/currency', 'value_currency']]]),
    [{ ...whole, currency: 'EURO' }, [['#/currency', 'value_too_long']]],
    [{ ...whole, contract: 'VT-none' }, [['#/contract', 'unknown_contract']]],
    [{ ...whole, contract: 'VT-7KQ2-ZHXM' }, [['#/contract', 'not_of_customer']]],
    [{ ...whole, customer: undefined, contract: 'VT-7KQ2-ZHXM', currency: 'GBP' }, [['#/currency', 'other_currency']]],
    [{ ...whole, customer: undefined, contract: 'VT-7KQ2-ZHXM', currency: 'ZZZ' }, [['#/currency', 'value_currency']]],
    [{ ...whole, reason: '' }, [['#/reason', 'value_missing']]],
    [{ ...whole, lines: [line('0')] }, [['#/lines/0/unit_price', 'value_range']]],
    [{ ...whole, lines: [line('-1')] }, [['#/lines/0/unit_price', 'value_range']]],
    [{ ...whole, lines: [line('0.001')] }, [['#/lines', 'amount_positive']]],
    [{ ...whole, lines: [line('1', '101')] }, [['#/lines/0/vat_rate', 'value_range']]],
    [{ ...whole, lines: [line('100000000', '19', { quantity: '1000000' })] }, [['#/lines', 'value_range']]],
    [{ ...whole, lines: Array.from({ length: 101 }, () => line('1')) }, [['#/lines', 'value_too_many']]],
  ];
  for (const [body, expected] of cases) {
    assert.deepEqual(errors(await good('/credit-notes', body, 422)), expected, JSON.stringify(body).slice(0, 200));
  }
  const bare = await api('POST', '/credit-notes', whole);
  assert.deepEqual([bare.status, bare.json.code], [400, 'idempotency_missing']);
  verified(stack);
});

test('B127: a correction of the whole cancels the invoice; it can be corrected no further', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer, { lines: [[10000, 19], [333, 7]] });
  const done = await correct(one.number);
  assert.match(done.number, /^KO\d{5}$/);
  assert.deepEqual([done.type, done.corrects, done.gross, done.status, done.reason],
    ['correction', one.number, euro(-one.gross), 'paid', 'Wrong']);
  assert.deepEqual(done.lines.map(({ quantity, net }) => [quantity, net.amount]), [['-1', -10000], ['-1', -333]]);
  assert.deepEqual(state(one.number), [one.gross, 'cancelled']);
  assert.deepEqual(await owed(customer), [[0, 0]]);
  assert.equal((await correct(one.number, {}, 409)).code, 'invoice_void');
  assert.equal((await correct(done.number, {}, 409)).code, 'not_correctable');
  assert.equal((await correct('RE-none', {}, 404)).code, 'not_found');
  verified(stack);
});

test('B127, F35: a correction keeps recipient and delivery mode of its invoice', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  await api('PATCH', `/customers/${customer}`, { company_name: 'Later GmbH' }, { 'If-Match': '*' });
  const done = invoiceRow(stack, (await correct(one.number)).number);
  assert.deepEqual([done.recipient, done.delivery_mode, done.language], ['R', 'post', 'de']);
  verified(stack);
});

test('B127: corrections take back at most what is left, of each VAT rate', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer, { lines: [[10000, 19], [1000, 7]] });
  const beyond = [['#/lines', 'correction_beyond']];
  assert.deepEqual(errors(await correct(one.number, { lines: [line('100.01')] }, 422)), beyond);
  assert.deepEqual(errors(await correct(one.number, { lines: [line('10.01', '7')] }, 422)), beyond);
  assert.deepEqual(errors(await correct(one.number, { lines: [line('1', '20')] }, 422)), beyond);
  await correct(one.number, { lines: [line('60')] });
  assert.deepEqual(state(one.number), [7140, 'open']);
  assert.deepEqual(errors(await correct(one.number, { lines: [line('40.01')] }, 422)), beyond);
  await good(`/invoices/${one.number}/correct`, { reason: 'x', lines: [] }, 422);
  await correct(one.number, { lines: [line('40'), line('10', '7')] });
  assert.deepEqual(state(one.number), [one.gross, 'cancelled']);
  verified(stack);
});

test('B127: several corrections come to the cent of the invoice, VAT too', own, async () => {
  const customer = await newCustomer(stack);
  for (const net of [101, 107, 333, 999]) {
    const one = newInvoice(stack, customer, { lines: [[net, 19]] });
    for (let i = 0; i < 3; i++) {
      await correct(one.number, { lines: [line('0.03')] });
    }
    await correct(one.number);
    const [sum] = stack.sql(`SELECT SUM(net) AS net, SUM(vat) AS vat, SUM(gross) AS gross FROM invoice
      WHERE tenant = 'acme' AND corrects = '${one.id}'`);
    assert.deepEqual([sum.net, sum.vat, sum.gross].map(Number), [-net, net - one.gross, -one.gross]);
    assert.deepEqual(state(one.number), [one.gross, 'cancelled']);
  }
  verified(stack);
});

test('B127: credit notes and corrections are reckoned in the digits of their currency, down to the paper', own, async () => {
  const customer = await newCustomer(stack);
  const none = [['#/lines', 'amount_positive']];
  // currency, its digits, an invoice's net, part of it, what is nothing, too much; net, VAT and gross of
  // the part, and how the papers say them, and the gross of the rest
  const cases = [
    ['KWD', 3, 1234, '0.004', '0.0004', '1.231', [-4, -1, -5], ['-0,004', '-0,001', '-0,005', '-1,463']],
    ['JPY', 0, 1234, '4', '0.4', '1231', [-4, -1, -5], ['-4', '-1', '-5', '-1.463']],
  ];
  for (const [currency, digits, net, part, nothing, beyond, sums, said] of cases) {
    const one = newInvoice(stack, customer, { currency, digits, lines: [[net, 19]] });
    assert.equal(one.gross, 1468);
    const amounts = ({ net: a, vat: b, gross: c }) => [a, b, c].map(({ amount, currency: in_ }) => {
      assert.equal(in_, currency);
      return amount;
    });
    assert.deepEqual(errors(await correct(one.number, { lines: [line(nothing)] }, 422)), none, currency);
    const first = await correct(one.number, { lines: [line(part)] });
    assert.deepEqual(amounts(first), sums);
    assert.deepEqual(errors(await correct(one.number, { lines: [line(beyond)] }, 422)), [['#/lines', 'correction_beyond']]);
    const rest = await correct(one.number);
    assert.deepEqual(amounts(rest), [4 - net, 1 - 234, 5 - 1468]);
    assert.deepEqual(state(one.number), [1468, 'cancelled']);
    const papers = [await paperOf(first.number), await paperOf(rest.number)];
    const symbol = currency === 'JPY' ? '(¥|JPY)' : currency;
    said.forEach((amount, i) => assert.match(papers[i < 3 ? 0 : 1],
      new RegExp(`[-−]${amount.slice(1).replace('.', '\\.')}\\s*${symbol}`), papers[i < 3 ? 0 : 1]));
    assert.deepEqual(errors(await good('/credit-notes', { customer, currency, reason: 'x', lines: [line(nothing)] }, 422)), none);
    const note = await good('/credit-notes', { customer, currency, reason: 'x', lines: [line(part, '0')] });
    assert.equal(note.gross.amount, -4);
    assert.match(await paperOf(note.number), new RegExp(`[-−]?${said[0].slice(1)}\\s*${symbol}`));
  }
  const most = newInvoice(stack, customer, { currency: 'JPY', digits: 0 });
  // 10^12 yen are as many minor units, the most that there can be
  assert.deepEqual(errors(await correct(most.number, { lines: [line('100000000', '19', { quantity: '10000' })] }, 422)),
    [['#/lines', 'correction_beyond']]);
  assert.deepEqual(errors(await correct(most.number, { lines: [line('100000000', '19', { quantity: '10001' })] }, 422)),
    [['#/lines', 'value_range']]);
  verified(stack);
});

test('B127: a correction of what is paid is credit, and settles other invoices', own, async () => {
  const customer = await newCustomer(stack);
  const paid = newInvoice(stack, customer);
  await good('/payments', { invoice: paid.number, amount: euro(11900) });
  const other = newInvoice(stack, customer, { lines: [[5000, 19]] });
  const done = await correct(paid.number);
  assert.deepEqual([done.status, done.open_amount], ['open', euro(5950 - 11900)]);
  assert.deepEqual(state(other.number), [5950, 'paid']);
  assert.deepEqual(state(paid.number), [11900, 'cancelled']);
  assert.deepEqual(await owed(customer), [[0, 5950]]);
  verified(stack);
});

const noteOf = (customer, more = {}) =>
  good('/credit-notes', { customer, currency: 'EUR', reason: 'Goodwill', lines: [line('100')], ...more });

test('B127: a wrong credit note is taken back by a correction; what is left of it settles that', own, async () => {
  const customer = await newCustomer(stack);
  const older = await noteOf(customer, { lines: [line('5', '0')] });
  const note = await noteOf(customer);
  const done = await correct(note.number);
  assert.match(done.number, /^KO\d{5}$/);
  assert.deepEqual([done.type, done.corrects, done.net, done.vat, done.gross, done.open_amount, done.status],
    ['correction', note.number, euro(10000), euro(1900), euro(11900), euro(0), 'paid']);
  assert.deepEqual(done.lines.map(({ quantity, unit_price: price }) => [quantity, price]), [['1', '100']]);
  assert.deepEqual(state(note.number), [-11900, 'paid']);
  assert.deepEqual([state(older.number), await owed(customer)], [[0, 'open'], [[0, 500]]]);
  assert.equal((await correct(note.number, {}, 409)).code, 'invoice_void');
  assert.equal((await correct(done.number, {}, 409)).code, 'not_correctable');
  verified(stack);
});

test('B127: of a credit note that has settled something, the rest of its correction is open, and paid as an invoice', own,
  async () => {
    const customer = await newCustomer(stack);
    const one = newInvoice(stack, customer, { lines: [[6000, 19]] });
    const note = await noteOf(customer);
    assert.deepEqual(state(one.number), [7140, 'paid']);
    const done = await correct(note.number);
    const days = Number(stack.sql(`SELECT value FROM setting WHERE tenant = 'acme' AND name = 'due_days'`)[0]?.value ?? 14);
    assert.deepEqual([done.open_amount, done.status, done.due],
      [euro(7140), 'open', new Date(Date.parse(done.date) + days * 86_400_000).toISOString().slice(0, 10)]);
    assert.deepEqual(state(one.number), [7140, 'paid'], 'what it settled stays settled');
    assert.deepEqual(await owed(customer), [[7140, 0]]);
    await good('/payments', { invoice: done.number, amount: euro(7140) });
    assert.deepEqual(state(done.number), [11900, 'paid']);
    const paper = (await paperOf(done.number)).replace(/\s+/g, ' ');
    const german = (day) => day.split('-').reverse().join('.');
    assert.match(paper, new RegExp(`Zur Gutschrift ${note.number} vom ${german(note.date)}\\.`));
    assert.match(paper, new RegExp(`Den Rest zahlen Sie bitte bis zum ${german(done.due)}\\.`));
    assert.match(paper, /(?<![-−])119,00 €/);
    verified(stack);
  });

test('B127: what is owed of a credit note again is due by the days of its contract', own, async () => {
  const [contract] = stack.sql(`SELECT c.id, c.ref, c.due_days, u.number FROM contract c JOIN customer u
    ON u.tenant = c.tenant AND u.id = c.customer WHERE c.tenant = 'acme' AND c.ref = 'VT-7KQ2-ZHXM'`);
  const days = (n) => stack.sql(`UPDATE contract SET due_days = ${n ?? 'NULL'} WHERE id = '${contract.id}'`);
  days(3);
  const note = await good('/credit-notes', { customer: contract.number, contract: contract.ref, currency: 'EUR', reason: 'x',
    lines: [line('100')] });
  const done = await correct(note.number);
  days(contract.due_days);
  assert.equal(Date.parse(done.due) - Date.parse(done.date), 3 * 86_400_000);
});

test('B127: a credit note that was paid back is owed again; the refund that comes back settles that', own, async () => {
  const customer = await newCustomer(stack);
  const note = await noteOf(customer);
  const out = await good(`/invoices/${note.number}/refund`, {});
  const done = await correct(note.number);
  assert.deepEqual([done.open_amount, await owed(customer)], [euro(11900), [[11900, 0]]]);
  const back = await api('POST', `/payments/${out.id}/reverse`, {});
  assert.equal(back.status, 200, back.text);
  assert.deepEqual([state(note.number), state(done.number)], [[-11900, 'paid'], [11900, 'paid']]);
  assert.deepEqual(await owed(customer), [[0, 0]]);
  verified(stack);
});

test('B127: a refund of a credit note comes back when its correction is paid: it is credit again', own, async () => {
  const customer = await newCustomer(stack);
  const note = await noteOf(customer);
  const out = await good(`/invoices/${note.number}/refund`, {});
  const done = await correct(note.number);
  await good('/payments', { invoice: done.number, amount: euro(11900) });
  const back = await api('POST', `/payments/${out.id}/reverse`, {});
  assert.equal(back.status, 200, back.text);
  assert.deepEqual([state(note.number), await owed(customer)], [[0, 'open'], [[0, 11900]]]);
  verified(stack);
});

test('B127: parts of a credit note are taken back, never more than it has, to the cent of it', own, async () => {
  const customer = await newCustomer(stack);
  const beyond = [['#/lines', 'correction_beyond']];
  const note = await noteOf(customer, { lines: [line('1.01'), line('10', '7')] });
  assert.deepEqual(errors(await correct(note.number, { lines: [line('1.02')] }, 422)), beyond);
  assert.deepEqual(errors(await correct(note.number, { lines: [line('1', '20')] }, 422)), beyond);
  for (let i = 0; i < 3; i++) {
    await correct(note.number, { lines: [line('0.03')] });
  }
  assert.deepEqual(errors(await correct(note.number, { rebill: true, lines: [line('0.01')] }, 422)), [['#/rebill', 'rebill_part']]);
  await correct(note.number);
  const [sum] = stack.sql(`SELECT SUM(c.net) AS net, SUM(c.vat) AS vat FROM invoice c JOIN invoice n ON n.id = c.corrects
    WHERE n.number = '${note.number}'`);
  assert.deepEqual([Number(sum.net), Number(sum.vat)], [-note.net.amount, -note.vat.amount]);
  assert.deepEqual(await owed(customer), [[0, 0]]);
  verified(stack);
});

test('B127: a credit note is taken back once, though two do it at once', own, async () => {
  const customer = await newCustomer(stack);
  const note = await noteOf(customer);
  const answers = await Promise.all(Array.from({ length: 5 }, () =>
    move(`/invoices/${note.number}/correct`, { reason: 'race' })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409], answers.map(({ text }) => text).join('\n'));
  assert.deepEqual(await owed(customer), [[0, 0]]);
  verified(stack);
});

test('B127: when the payment of a corrected invoice goes back, its correction comes home', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const { id } = await good('/payments', { invoice: one.number, amount: euro(11900) });
  const two = newInvoice(stack, customer, { lines: [[8000, 19]] });
  await correct(one.number); // settles two
  assert.deepEqual(state(two.number), [9520, 'paid']);
  const gone = await api('POST', `/payments/${id}/reverse`, {});
  assert.equal(gone.status, 200, gone.text);
  assert.deepEqual(state(one.number), [11900, 'cancelled']);
  assert.deepEqual(state(two.number), [0, 'open']);
  assert.deepEqual(await owed(customer), [[9520, 0]]);
  verified(stack);
});

test('B127: credit settles an invoice that is issued later', own, async () => {
  const customer = await newCustomer(stack);
  await good('/credit-notes', { customer, currency: 'EUR', reason: 'x', lines: [line('50', '0')] });
  const one = newInvoice(stack, customer);
  await good('/payments', { customer, amount: euro(1) });
  assert.deepEqual(state(one.number), [1, 'open'], 'not by a payment of somebody else');
  const { id } = await good('/payments', { customer, amount: euro(2) });
  await api('POST', `/payments/${id}/reverse`, {});
  assert.deepEqual(state(one.number), [5001, 'open']);
  verified(stack);
});

test('B127: with rebill, services and the period of what is cancelled are billed again', own, async () => {
  const [contract] = stack.sql(`SELECT c.id, c.ref, u.number FROM contract c JOIN customer u
    ON u.tenant = c.tenant AND u.id = c.customer WHERE c.tenant = 'acme' AND c.ref = 'VT-7KQ2-ZHXM'`);
  const service = `sve_${random()}`;
  const one = newInvoice(stack, contract.number, { contract: contract.id, period: ['2031-01-01', '2031-01-31'], service,
    lines: [[100, 19], [10000, 19]] });
  stack.sql(`UPDATE contract SET billed_until = '2031-02-28', next_billing = '2031-03-01' WHERE id = '${contract.id}'`);
  stack.sql(`INSERT INTO service_entry (tenant, id, contract, description, quantity, unit_price, vat_rate,
    performance_date, status, invoice, version, created) VALUES ('acme', '${service}', '${contract.id}', 'S', 1000000,
    1000000, 1900, '2026-01-01', 'billed', '${one.id}', 1, 1)`);
  const before = stack.sql(`SELECT * FROM contract WHERE id = '${contract.id}'`)[0];
  assert.deepEqual(errors(await correct(one.number, { rebill: true, lines: [line('1')] }, 422)), [['#/rebill', 'rebill_part']]);
  const later = newInvoice(stack, contract.number, { contract: contract.id, period: ['2031-02-01', '2031-02-28'] });
  assert.equal((await correct(one.number, { rebill: true }, 409)).code, 'rebill_later');
  assert.equal(invoiceRow(stack, one.number).status, 'open', 'nothing was done');
  await correct(later.number, { rebill: true });
  await correct(one.number, { rebill: true });
  const now = stack.sql(`SELECT * FROM contract WHERE id = '${contract.id}'`)[0];
  assert.deepEqual([now.billed_until, now.next_billing, now.version], ['2030-12-31', '2031-01-01', before.version + 2]);
  const trail = (object) => stack.sql(`SELECT actor, action, detail, before, after FROM audit WHERE tenant = 'acme'
    AND object = '${object}' ORDER BY id`).slice(-2).filter(({ action }) => /rebilled/.test(action)).map(
    ({ actor, before: was, after: is, ...row }) => ({ ...row, by: actor.split(':')[0], was: JSON.parse(was), is: JSON.parse(is) }));
  assert.deepEqual(trail(contract.id), [
    { action: 'contract.rebilled', detail: later.number, by: 'key', was: { billed_until: '2031-02-28', next_billing: '2031-03-01' },
      is: { billed_until: '2031-01-31', next_billing: '2031-02-01' } },
    { action: 'contract.rebilled', detail: one.number, by: 'key', was: { billed_until: '2031-01-31', next_billing: '2031-02-01' },
      is: { billed_until: '2030-12-31', next_billing: '2031-01-01' } }]);
  assert.deepEqual(trail(service), [{ action: 'service_entry.rebilled', detail: one.number, by: 'key',
    was: { status: 'billed', invoice: one.number }, is: { status: 'open', invoice: null } }]);
  const [entry] = stack.sql(`SELECT status, invoice, version FROM service_entry WHERE id = '${service}'`);
  assert.deepEqual(entry, { status: 'open', invoice: null, version: 2 });
  verified(stack);
});

test('B127: an invoice of another tenant is corrected by nobody', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const answer = await stack.api('globex', 'POST', `/invoices/${one.number}/correct`, { reason: 'x' },
    { 'Idempotency-Key': randomUUID() });
  assert.equal(answer.status, 404);
  assert.deepEqual(state(one.number), [0, 'open']);
  verified(stack);
});

test('B127: who comes by a link learns no number of what is not of the contract', own, async () => {
  const [contract] = stack.sql(`SELECT c.id, u.number FROM contract c JOIN customer u
    ON u.tenant = c.tenant AND u.id = c.customer WHERE c.tenant = 'acme' AND c.ref = 'VT-7KQ2-ZHXM'`);
  const one = newInvoice(stack, contract.number, { contract: contract.id, due: '2020-01-01' });
  const note = await good('/credit-notes', { customer: contract.number, currency: 'EUR', reason: 'x', lines: [line('1')] });
  assert.deepEqual(state(one.number), [119, 'open']);
  const { url } = await good('/contracts/VT-7KQ2-ZHXM/self-service-token', {});
  const browser = stack.browser();
  await browser.go(url.slice(stack.base.length));
  const page = await browser.go(`/acme/invoices/${one.number}?language=en`);
  assert.match(page.text, /<dt>Credit/);
  assert.ok(!page.text.includes(note.number));
});

test('B127: two corrections of the whole at once: one is made', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const answers = await Promise.all(Array.from({ length: 5 }, () =>
    move(`/invoices/${one.number}/correct`, { reason: 'race' })));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1, answers.map(({ text }) => text).join('\n'));
  assert.deepEqual(state(one.number), [11900, 'cancelled']);
  verified(stack);
});
