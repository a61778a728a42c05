// Payments: what they settle, what is left, and how they go back.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { euro, invoiceRow, moving, newCustomer, newInvoice, random, verified, wrongBooks } from '../lib/money.mjs';
import { onPostgresql } from '../lib/database.mjs';
import { startStack, until } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const move = moving(stack);
const pay = async (body, status = 201) => {
  const answer = await move('/payments', body);
  assert.equal(answer.status, status, answer.text);
  return answer.json;
};
const errors = (json) => json.errors.map(({ pointer, code }) => [pointer, code]);
const state = (...numbers) => numbers.map((number) => {
  const { settled, status } = invoiceRow(stack, number);
  return [settled, status];
});
const balance = async (customer) => (await api('GET', `/customers/${customer}/balance`)).json.items;
const owed = async (customer) => (await balance(customer)).filter(({ scope }) => scope === 'customer')
  .map((row) => [row.open.amount, row.credit.amount, row.balance.amount]);
const today = new Date().toISOString().slice(0, 10);
const later = (days) => new Date(Date.now() + days * 86400_000).toISOString().slice(0, 10);

test('B127: a payment of an invoice settles it, and its customer owes nothing', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  assert.deepEqual(await owed(customer), [[11900, 0, 11900]]);
  const answer = await move('/payments', { invoice: one.number, amount: euro(11900), date: '2026-01-10',
    method: 'card', reference: 'RF18', external_id: `e-${random()}` });
  assert.equal(answer.status, 201, answer.text);
  const { id, created, external_id: external, ...rest } = answer.json;
  assert.deepEqual(rest, { customer, contract: null, invoice: one.number, amount: euro(11900), credit: euro(0),
    refunded: euro(0), refunds: null, date: '2026-01-10', method: 'card', reference: 'RF18', status: 'recorded', reversed: null, reason: null,
    settlements: [{ invoice: one.number, amount: euro(11900) }] });
  assert.match(external, /^e-/);
  assert.ok(Date.parse(created) > Date.now() - 60_000);
  assert.equal(answer.headers.location, `/api/v1/payments/${id}`);
  assert.deepEqual((await api('GET', `/payments/${id}`)).json, answer.json);
  assert.deepEqual(state(one.number), [[11900, 'paid']]);
  assert.deepEqual(await owed(customer), [[0, 0, 0]]);
  verified(stack);
});

test('B127: without an invoice, what is due longest is settled first; the rest of a part payment stays open', own, async () => {
  const customer = await newCustomer(stack);
  const newer = newInvoice(stack, customer, { due: '2026-03-01' });
  const older = newInvoice(stack, customer, { due: '2026-02-01' });
  const made = await pay({ customer, amount: euro(15000) });
  assert.deepEqual([made.date, made.method], [today, 'transfer']);
  assert.deepEqual(made.settlements, [{ invoice: older.number, amount: euro(11900) },
    { invoice: newer.number, amount: euro(3100) }]);
  assert.deepEqual(state(older.number, newer.number), [[11900, 'paid'], [3100, 'open']]);
  const named = await pay({ invoice: newer.number, amount: euro(100) });
  assert.deepEqual(named.settlements, [{ invoice: newer.number, amount: euro(100) }]);
  assert.deepEqual(await owed(customer), [[8700, 0, 8700]]);
  verified(stack);
});

test('B127: an overpayment goes on to other invoices, and what is left is credit that settles what is issued later', own, async () => {
  const customer = await newCustomer(stack);
  const named = newInvoice(stack, customer, { due: '2026-03-01' });
  const other = newInvoice(stack, customer, { due: '2026-02-01', lines: [[1000, 19]] });
  const made = await pay({ invoice: named.number, amount: euro(20000) });
  assert.deepEqual(state(named.number, other.number), [[11900, 'paid'], [1190, 'paid']]);
  assert.deepEqual(made.credit, euro(20000 - 11900 - 1190));
  assert.deepEqual(await owed(customer), [[0, 6910, -6910]]);
  verified(stack);
});

test('B127: only of the same currency; each currency has a balance of its own', own, async () => {
  const customer = await newCustomer(stack);
  const franc = newInvoice(stack, customer, { currency: 'CHF' });
  const one = newInvoice(stack, customer);
  const cases = [
    [{ invoice: one.number, amount: { amount: 100, currency: 'CHF' } }, [['#/amount/currency', 'other_currency']]],
    [{ customer, amount: { amount: 100, currency: 'USD' } }, [['#/amount/currency', 'other_currency']]],
    ...['eur', 'ZZZ', 'DEM', 'E', 'EURO'].flatMap((currency) => [{ customer }, { invoice: one.number }].map((whose) =>
      [{ ...whose, amount: { amount: 100, currency } }, [['#/amount/currency', 'value_currency']]])),
  ];
  for (const [body, expected] of cases) {
    assert.deepEqual(errors(await pay(body, 422)), expected);
  }
  await pay({ customer, amount: { amount: 20000, currency: 'CHF' } });
  assert.deepEqual(state(franc.number, one.number), [[11900, 'paid'], [0, 'open']]);
  assert.deepEqual((await balance(customer)).map(({ scope, balance: { amount, currency } }) => [scope, amount, currency]),
    [['customer', -8100, 'CHF'], ['customer', 11900, 'EUR'], ['contract', -8100, 'CHF'], ['contract', 11900, 'EUR']]);
  verified(stack);
});

test('B127: what is wrong is named at its place, and nothing is recorded', own, async () => {
  const customer = await newCustomer(stack);
  const stranger = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const note = (await move('/credit-notes', { customer: stranger, currency: 'EUR', reason: 'x',
    lines: [{ description: 'x', unit_price: '1', vat_rate: '19' }] })).json.number;
  const count = () => stack.sql("SELECT COUNT(*) AS n FROM payment WHERE tenant = 'acme'")[0].n;
  const before = count();
  const cases = [
    [{}, 422, [['#/amount', 'value_missing']]],
    [{ amount: euro(1) }, 422, [['#/customer', 'payee_missing']]],
    [{ customer: 'K-none', amount: euro(1) }, 422, [['#/customer', 'unknown_customer']]],
    [{ contract: 'VT-none', amount: euro(1) }, 422, [['#/contract', 'unknown_contract']]],
    [{ invoice: 'RE-none', amount: euro(1) }, 422, [['#/invoice', 'unknown_invoice']]],
    [{ invoice: one.number, amount: euro(0) }, 422, [['#/amount', 'amount_positive']]],
    [{ invoice: one.number, amount: euro(-5) }, 422, [['#/amount', 'amount_positive']]],
    [{ invoice: one.number, amount: euro(1e12 + 1) }, 422, [['#/amount', 'value_range']]],
    [{ invoice: one.number, amount: euro(1), date: later(2) }, 422, [['#/date', 'date_future']]],
    [{ invoice: one.number, amount: euro(1), date: '2026-02-30' }, 422, [['#/date', 'value_date']]],
    [{ invoice: one.number, amount: euro(1), method: 'shells' }, 422, [['#/method', 'value_choice']]],
    [{ invoice: one.number, amount: euro(1), customer: stranger }, 422, [['#/invoice', 'not_of_customer']]],
    [{ invoice: one.number, amount: euro(1), contract: 'VT-7KQ2-ZHXM' }, 422,
      [['#/contract', 'not_of_customer'], ['#/invoice', 'not_of_customer']]],
    [{ customer, contract: 'VT-7KQ2-ZHXM', amount: euro(1) }, 422, [['#/contract', 'not_of_customer']]],
    [{ invoice: note, amount: euro(1) }, 422, [['#/invoice', 'not_payable']]],
    [{ invoice: one.number, amount: '1.00' }, 400, [['#/amount', 'value_type']]],
    [{ invoice: one.number, amount: { amount: 1.5, currency: 'EUR' } }, 400, [['#/amount', 'value_type']]],
    [{ invoice: one.number, amount: euro(1), status: 'reversed' }, 400, [['#/status', 'value_unknown']]],
  ];
  for (const [body, status, expected] of cases) {
    const json = await pay(body, status);
    assert.deepEqual(errors(json), expected, JSON.stringify(body));
  }
  const bare = await api('POST', '/payments', { invoice: one.number, amount: euro(1) });
  assert.deepEqual([bare.status, bare.json.code], [400, 'idempotency_missing']);
  assert.equal(count(), before);
  verified(stack);
});

test('B127: a payment comes in once: by its key, and by its external id', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const body = { invoice: one.number, amount: euro(1000), external_id: `bank-${random()}` };
  const key = { 'Idempotency-Key': randomUUID() };
  const first = await move('/payments', body, key);
  const second = await move('/payments', body, key);
  assert.equal(second.headers['idempotency-replayed'], 'true');
  assert.deepEqual(second.json, first.json);
  assert.equal((await pay(body, 409)).code, 'payment_exists');
  assert.deepEqual(state(one.number), [[1000, 'open']]);
  assert.equal((await stack.api('globex', 'GET', `/payments/${first.json.id}`)).status, 404);
  verified(stack);
});

test('B127: a debit that comes back opens what it had settled; it comes back once', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const two = newInvoice(stack, customer, { due: '2026-02-15' });
  const { id } = await pay({ customer, amount: euro(20000), method: 'direct_debit', date: '2026-02-20' });
  const bad = await api('POST', `/payments/${id}/reverse`, { date: '2026-02-19' });
  assert.deepEqual(errors(bad.json), [['#/date', 'date_before']]);
  assert.deepEqual(errors((await api('POST', `/payments/${id}/reverse`, { date: later(2) })).json), [['#/date', 'date_future']]);
  const gone = await api('POST', `/payments/${id}/reverse`, { date: '2026-03-01', reason: 'no funds' });
  assert.equal(gone.status, 200, gone.text);
  assert.deepEqual([gone.json.status, gone.json.reversed, gone.json.reason, gone.json.settlements, gone.json.credit],
    ['reversed', '2026-03-01', 'no funds', [], euro(0)]);
  assert.deepEqual(state(one.number, two.number), [[0, 'open'], [0, 'open']]);
  const again = await api('POST', `/payments/${id}/reverse`, {});
  assert.deepEqual([again.status, again.json.code], [409, 'payment_reversed']);
  assert.deepEqual(await owed(customer), [[23800, 0, 23800]]);
  const entries = (await api('GET', `/customers/${customer}/ledger`)).json.items;
  assert.deepEqual(entries.map(({ kind, amount, balance: after_ }) => [kind, amount.amount, after_.amount]),
    [['reversal', 20000, 23800], ['payment', -20000, 3800], ['invoice', 11900, 23800], ['invoice', 11900, 11900]]);
  verified(stack);
});

// All of a customer's ledger, oldest first, by pages.
async function pages(customer, limit) {
  const rows = [];
  for (let next = ''; next !== null;) {
    const { json, status, text } = await api('GET', `/customers/${customer}/ledger?limit=${limit}${next && `&cursor=${next}`}`);
    assert.equal(status, 200, text);
    assert.ok(json.items.length <= limit);
    rows.push(...json.items);
    next = json.next === null ? null : encodeURIComponent(json.next);
  }
  return rows.reverse();
}

test('B127: each entry of the ledger has the balance after it, on each page, whatever comes at once and dated back', own, async () => {
  const customer = await newCustomer(stack);
  newInvoice(stack, customer, { lines: [[10000, 0]] }); // as another release writes it, without a balance
  newInvoice(stack, customer, { lines: [[1000, 0]], currency: 'USD' });
  const days = ['2026-02-07', '2026-02-01', '2026-02-05', '2026-02-03', '2026-02-03', '2026-02-09', '2026-02-02', '2026-02-08'];
  const made = await Promise.all(days.map((date, i) => pay({ customer, amount: euro(i + 1), date })));
  await pay({ customer, amount: { amount: 77, currency: 'USD' }, date: '2026-02-04' });
  await Promise.all(made.slice(0, 3).map(({ id }) => move(`/payments/${id}/reverse`, { date: '2026-02-08' })));
  const rows = await pages(customer, 3);
  assert.equal(rows.length, 14);
  assert.deepEqual(rows.map(({ date }) => date), rows.map(({ date }) => date).sort());
  const sums = { EUR: 0, USD: 0 };
  assert.deepEqual(rows.map(({ amount: { amount, currency } }) => [currency, sums[currency] += amount]),
    rows.map(({ balance: { amount, currency } }) => [currency, amount]));
  assert.deepEqual(sums, { EUR: 10000 - 4 - 5 - 6 - 7 - 8, USD: 1000 - 77 });
  assert.deepEqual(await pages(customer, 50), rows);
  assert.equal(stack.sql(`SELECT e.id FROM ledger_entry e JOIN customer c ON c.tenant = e.tenant AND c.id = e.customer
    WHERE c.number = '${customer}' AND balance IS NULL`).length, 0);
  assert.deepEqual((await api('GET', `/customers/${customer}/ledger?limit=3&cursor=${encodeURIComponent('nothing')}`)).status, 400);
  verified(stack);
});

test('B127: credit of another payment settles what a returned debit has opened', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const { id } = await pay({ invoice: one.number, amount: euro(11900) });
  await pay({ customer, amount: euro(5000) });
  await api('POST', `/payments/${id}/reverse`, {});
  assert.deepEqual(state(one.number), [[5000, 'open']]);
  assert.deepEqual(await owed(customer), [[6900, 0, 6900]]);
  verified(stack);
});

test('B127: payments at once never settle more than there is', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const answers = await Promise.all(Array.from({ length: 8 }, () =>
    move('/payments', { invoice: one.number, amount: euro(3000) })));
  const made = answers.filter(({ status }) => status === 201);
  for (const { status } of answers) {
    assert.ok([201, 503].includes(status), String(status));
  }
  assert.ok(made.length >= 4, `${made.length} were recorded`);
  assert.deepEqual(state(one.number), [[11900, 'paid']]);
  assert.equal((await owed(customer))[0][2], 11900 - 3000 * made.length);
  verified(stack);
});

test('B127: payments, a reversal and a correction at once leave books that agree', own, async () => {
  for (let round = 0; round < 4; round++) {
    const customer = await newCustomer(stack);
    const one = newInvoice(stack, customer);
    const { id } = await pay({ invoice: one.number, amount: euro(4000) });
    const calls = await Promise.all([
      move('/payments', { invoice: one.number, amount: euro(11900) }),
      move(`/invoices/${one.number}/correct`, { reason: 'race' }),
      api('POST', `/payments/${id}/reverse`, {}),
      move(`/invoices/${one.number}/correct`, { reason: 'race', lines: [{ description: 'x', unit_price: '60', vat_rate: '19' }] }),
    ]);
    for (const { status, text } of calls) {
      assert.ok([200, 201, 409, 422, 503].includes(status), text);
    }
    const { settled, gross } = invoiceRow(stack, one.number);
    assert.ok(settled >= 0 && settled <= gross);
    const [{ n }] = stack.sql(`SELECT -COALESCE(SUM(gross), 0) AS n FROM invoice WHERE tenant = 'acme' AND corrects = '${one.id}'`);
    assert.ok(Number(n) <= gross, `${n} of ${gross} were taken back`);
    verified(stack);
  }
});

test('B127: the list is narrowed and has pages; the newest come first', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const ids = [];
  for (const date of ['2026-01-03', '2026-01-05', '2026-01-04']) {
    ids.push((await pay({ invoice: one.number, amount: euro(10), date, method: 'cash' })).id);
  }
  const list = async (query) => (await api('GET', `/payments?customer=${customer}${query}`)).json;
  assert.deepEqual((await list('')).items.map(({ id }) => id), [ids[1], ids[2], ids[0]]);
  const page = await list('&limit=2');
  assert.deepEqual(page.items.map(({ id }) => id), [ids[1], ids[2]]);
  assert.deepEqual((await list(`&limit=2&cursor=${page.next}`)).items.map(({ id }) => id), [ids[0]]);
  assert.equal((await list('&from=2026-01-04&to=2026-01-04')).items.length, 1);
  assert.equal((await list('&method=card')).items.length, 0);
  assert.equal((await list('&status=recorded')).items.length, 3);
  assert.equal((await api('GET', `/payments?invoice=${one.number}`)).json.items.length, 3);
});

test('B127: credit settles what a run has issued, by the job', own, async () => {
  const customer = await newCustomer(stack);
  newInvoice(stack, customer, { lines: [[1, 0]] });
  await pay({ customer, amount: euro(5001) });
  const next = newInvoice(stack, customer);
  // what ledger_settle_later() writes
  stack.sql(`INSERT INTO job (tenant, id, kind, arguments, state, attempts, next_at, lease_until, lease_owner, position,
    done, total, result, last_error, created_by, request_id, created, finished) VALUES ('acme', 'job_${random()}',
    'settle_credits', '{}', 'queued', 0, 0, 0, '', '', 0, 0, '', '', 'system:test', '', 1, 0)`);
  await until('the job to settle it', () => invoiceRow(stack, next.number).settled === 5000);
  verified(stack);
});

test('B127: an account that cannot be settled is told in the trail and holds up nobody', own, async () => {
  const numbers = [];
  for (let i = 0; i < 3; i++) {
    const customer = await newCustomer(stack);
    newInvoice(stack, customer, { lines: [[1, 0]] });
    await pay({ customer, amount: euro(1001) });
    numbers.push([customer, newInvoice(stack, customer).number]);
  }
  const bad = stack.sql(`SELECT id FROM customer WHERE tenant = 'acme' AND number IN (${numbers.map(([c]) => `'${c}'`)}) ORDER BY id`)[0].id;
  stack.sql(`CREATE UNIQUE INDEX test_settle_ix ON invoice (tenant, customer, type) WHERE settled > 0 AND customer = '${bad}'`);
  const ask = () => {
    const id = `job_${random()}`;
    stack.sql(`INSERT INTO job (tenant, id, kind, arguments, state, attempts, next_at, lease_until, lease_owner, position,
      done, total, result, last_error, created_by, request_id, created, finished) VALUES ('acme', '${id}',
      'settle_credits', '{}', 'queued', 0, 0, 0, '', '', 0, 0, '', '', 'system:test', '', 1, 0)`);
    return until('the job to end', () => stack.sql(`SELECT id FROM job WHERE id = '${id}' AND state = 'done'`).length === 1);
  };
  await ask();
  const settled = () => stack.sql(`SELECT customer, settled FROM invoice WHERE tenant = 'acme'
    AND number IN (${numbers.map(([, n]) => `'${n}'`)}) ORDER BY customer`).map(({ settled: s }) => Number(s));
  assert.deepEqual(settled(), [0, 1000, 1000]);
  const actions = () => stack.sql(`SELECT action FROM audit WHERE object = '${bad}' AND action LIKE 'credit.%' ORDER BY id`)
    .map(({ action }) => action);
  assert.deepEqual(actions(), ['credit.not_settled']);
  verified(stack);
  stack.sql('DROP INDEX test_settle_ix');
  await ask();
  assert.deepEqual(settled(), [1000, 1000, 1000]);
  assert.deepEqual(actions(), ['credit.not_settled', 'credit.settled']);
  verified(stack);
});

// A sequence keeps what a transaction that was undone took from it: the second
// settlement is refused once.
test('B127: a step of that job that is tried once more passes nobody over', {
  skip: stack.skip || (!onPostgresql && 'SQLite refuses no transaction that has begun to write'),
}, async () => {
  const numbers = [];
  for (let i = 0; i < 4; i++) {
    const customer = await newCustomer(stack);
    newInvoice(stack, customer, { lines: [[1, 0]] });
    await pay({ customer, amount: euro(1001) });
    numbers.push(newInvoice(stack, customer).number);
  }
  stack.sql('CREATE SEQUENCE tried');
  stack.sql(`CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
    IF nextval(''tried'') = 2 THEN RAISE serialization_failure; END IF; RETURN NEW; END'`);
  stack.sql('CREATE TRIGGER conflicts BEFORE INSERT ON settlement FOR EACH ROW EXECUTE FUNCTION conflict()');
  const job = `job_${random()}`;
  stack.sql(`INSERT INTO job (tenant, id, kind, arguments, state, attempts, next_at, lease_until, lease_owner, position,
    done, total, result, last_error, created_by, request_id, created, finished) VALUES ('acme', '${job}',
    'settle_credits', '{}', 'queued', 0, 0, 0, '', '', 0, 0, '', '', 'system:test', '', 1, 0)`);
  await until('the job', () => stack.sql(`SELECT state FROM job WHERE id = '${job}'`)[0].state === 'done');
  const tries = stack.sql('SELECT last_value AS n FROM tried')[0].n;
  stack.sql('DROP FUNCTION conflict CASCADE');
  stack.sql('DROP SEQUENCE tried');
  assert.ok(Number(tries) > 4, 'one of them was tried twice');
  assert.deepEqual(numbers.map((number) => Number(invoiceRow(stack, number).settled)), [1000, 1000, 1000, 1000]);
  assert.equal(Number(stack.sql(`SELECT done FROM job WHERE id = '${job}'`)[0].done), 4);
});

const refund = async (of, body, status = 201) => {
  const answer = await move(`/${of}/refund`, body);
  assert.equal(answer.status, status, answer.text);
  return answer.json;
};
const reverse = async (id) => {
  const { status, json } = await api('POST', `/payments/${id}/reverse`, {});
  return status === 200 ? json.status : json.code;
};
const credited = async (id) => {
  const { credit, refunded, status } = (await api('GET', `/payments/${id}`)).json;
  return [credit.amount, refunded.amount, status];
};

test('B127: what is left of a payment is paid back, in parts and as a whole, and is in ledger, trail and callbacks', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  await api('POST', '/callbacks', { url: 'https://merchant.example/hook', types: 'payment.refunded' });
  const { id } = await pay({ invoice: one.number, amount: euro(20000), date: '2026-01-10' });
  const key = { 'Idempotency-Key': randomUUID() };
  const body = { amount: euro(3000), date: '2026-01-12', method: 'cash', reference: 'sorry' };
  const answer = await move(`/payments/${id}/refund`, body, key);
  assert.equal(answer.status, 201, answer.text);
  const { id: out, created, ...rest } = answer.json;
  assert.ok(Date.parse(created) > Date.now() - 60_000);
  assert.deepEqual(rest, { customer, contract: null, invoice: null, amount: euro(-3000), credit: euro(0), refunded: euro(0),
    refunds: id, date: '2026-01-12', method: 'cash', reference: 'sorry', external_id: null, status: 'recorded',
    reversed: null, reason: null, settlements: [] });
  assert.equal(answer.headers.location, `/api/v1/payments/${out}`);
  assert.equal((await move(`/payments/${id}/refund`, body, key)).headers['idempotency-replayed'], 'true');
  assert.deepEqual(await credited(id), [5100, 3000, 'recorded']);
  const { id: last, amount, method } = await refund(`payments/${id}`, {});
  assert.deepEqual([amount, method], [euro(-5100), 'transfer']);
  assert.deepEqual(await credited(id), [0, 8100, 'recorded']);
  assert.deepEqual(await owed(customer), [[0, 0, 0]]);
  assert.deepEqual(state(one.number), [[11900, 'paid']]);
  const entries = (await api('GET', `/customers/${customer}/ledger`)).json.items;
  assert.deepEqual(entries.filter(({ kind }) => kind === 'refund').map(({ payment, amount: a }) => [payment, a.amount]),
    [[last, 5100], [out, 3000]]);
  const trail = stack.sql(`SELECT action, after FROM audit WHERE tenant = 'acme' AND object = '${out}'`);
  assert.equal(trail.length, 1);
  assert.equal(trail[0].action, 'payment.refunded');
  assert.equal(JSON.parse(trail[0].after).refunds, id);
  const told = stack.sql(`SELECT type FROM callback_event WHERE tenant = 'acme' AND object = '${out}'`);
  assert.deepEqual(told.map(({ type }) => type), ['payment.refunded']);
  verified(stack);
});

test('B127: never more is paid back than is left, and what is wrong is named', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const { id } = await pay({ invoice: one.number, amount: euro(12000), date: '2026-01-10' });
  const cases = [
    [{ amount: euro(101) }, [['#/amount', 'refund_beyond']]],
    [{ amount: euro(0) }, [['#/amount', 'amount_positive']]],
    [{ amount: euro(-1) }, [['#/amount', 'amount_positive']]],
    [{ amount: { amount: 1, currency: 'CHF' } }, [['#/amount/currency', 'other_currency']]],
    [{ amount: { amount: 1, currency: 'ZZZ' } }, [['#/amount/currency', 'value_currency']]],
    [{ date: '2026-01-09' }, [['#/date', 'date_before']]],
    [{ date: later(2) }, [['#/date', 'date_future']]],
    [{ reference: 'x'.repeat(141) }, [['#/reference', 'value_too_long']]],
  ];
  for (const [body, expected] of cases) {
    assert.deepEqual(errors(await refund(`payments/${id}`, body, 422)), expected, JSON.stringify(body));
  }
  assert.match((await refund(`payments/${id}`, { amount: euro(101) }, 422)).errors[0].detail, /1\.00/);
  const bare = await api('POST', `/payments/${id}/refund`, {});
  assert.deepEqual([bare.status, bare.json.code], [400, 'idempotency_missing']);
  assert.equal((await refund('payments/pay_none', {}, 404)).code, 'not_found');
  assert.equal((await refund('invoices/RE-none', {}, 404)).code, 'not_found');
  assert.equal((await refund(`invoices/${one.number}`, {}, 409)).code, 'not_refundable');
  const theirs = await stack.api('globex', 'POST', `/payments/${id}/refund`, {}, { 'Idempotency-Key': randomUUID() });
  assert.equal(theirs.status, 404);
  assert.deepEqual(await credited(id), [100, 0, 'recorded']);
  const out = await refund(`payments/${id}`, { amount: euro(100) });
  assert.equal((await refund(`payments/${id}`, {}, 409)).code, 'refund_nothing');
  assert.equal((await refund(`payments/${out.id}`, {}, 409)).code, 'refund_nothing', 'what went out is not left');
  const gone = await pay({ customer, amount: euro(7) });
  assert.equal(await reverse(gone.id), 'reversed');
  assert.equal((await refund(`payments/${gone.id}`, {}, 409)).code, 'payment_reversed');
  verified(stack);
});

test('B127: paid back at once, by refunds and by what is settled meanwhile, it is never more than there was', own, async () => {
  const customer = await newCustomer(stack);
  newInvoice(stack, customer, { lines: [[1, 0]] });
  const { id } = await pay({ customer, amount: euro(8101) });
  const parts = await Promise.all(Array.from({ length: 8 }, () => move(`/payments/${id}/refund`, { amount: euro(3000) })));
  const made = parts.filter(({ status }) => status === 201).length;
  for (const { status, text } of parts) {
    assert.ok([201, 422, 503].includes(status), text);
  }
  assert.ok(made >= 1 && made <= 2, `${made} were made`);
  assert.deepEqual(await credited(id), [8100 - 3000 * made, 3000 * made, 'recorded']);
  const wholes = await Promise.all(Array.from({ length: 5 }, () => move(`/payments/${id}/refund`, {})));
  assert.equal(wholes.filter(({ status }) => status === 201).length, 1, wholes.map(({ text }) => text).join('\n'));
  assert.deepEqual(await credited(id), [0, 8100, 'recorded']);
  for (let round = 0; round < 4; round++) {
    const { id: cent } = await pay({ customer, amount: euro(1) });
    const { id: next } = await pay({ customer, amount: euro(5000) });
    const open = newInvoice(stack, customer, { lines: [[4000, 0]] });
    // to reverse the cent settles by all credit that there is
    const [out, back] = await Promise.all([
      move(`/payments/${next}/refund`, {}),
      api('POST', `/payments/${next}/reverse`, {}),
      api('POST', `/payments/${cent}/reverse`, {}),
      move(`/payments/${next}/refund`, { amount: euro(2000) }),
    ]);
    assert.ok([201, 409, 503].includes(out.status), out.text);
    assert.ok([200, 409, 503].includes(back.status), back.text);
    assert.ok(out.status !== 201 || back.status !== 200, 'both paid back and reversed');
    const { settled, gross } = invoiceRow(stack, open.number);
    assert.ok(settled >= 0 && settled <= gross);
    verified(stack);
  }
});

test('B127: a refund that came back is left again; what it was paid back of is reversed after it', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const { id } = await pay({ invoice: one.number, amount: euro(15000) });
  const out = await refund(`payments/${id}`, { amount: euro(3000) });
  assert.equal(await reverse(id), 'payment_refunded');
  assert.deepEqual(state(one.number), [[11900, 'paid']], 'nothing was done');
  const two = newInvoice(stack, customer, { lines: [[3050, 0]] });
  assert.equal(await reverse(out.id), 'reversed');
  assert.deepEqual(state(two.number), [[3050, 'paid']], 'it settles what is open');
  assert.deepEqual(await credited(id), [50, 0, 'recorded']);
  assert.equal(await reverse(out.id), 'payment_reversed');
  verified(stack);
  assert.equal(await reverse(id), 'reversed');
  assert.deepEqual(state(one.number, two.number), [[0, 'open'], [0, 'open']]);
  assert.deepEqual(await owed(customer), [[14950, 0, 14950]]);
  verified(stack);
});

test('B127: what is left of a credit note or correction is paid back; whose money it was is not reversed before it', own, async () => {
  const customer = await newCustomer(stack);
  const note = (await move('/credit-notes', { customer, currency: 'EUR', reason: 'x',
    lines: [{ description: 'x', unit_price: '10', vat_rate: '19' }] })).json.number;
  assert.deepEqual(errors(await refund(`invoices/${note}`, { date: '2026-01-01' }, 422)), [['#/date', 'date_before_document']]);
  assert.deepEqual(errors(await refund(`invoices/${note}`, { amount: euro(1191) }, 422)), [['#/amount', 'refund_beyond']]);
  const part = await refund(`invoices/${note}`, { amount: euro(190) });
  assert.deepEqual([part.invoice, part.refunds, part.amount, part.settlements],
    [note, null, euro(-190), [{ invoice: note, amount: euro(-190) }]]);
  const answers = await Promise.all(Array.from({ length: 5 }, () => move(`/invoices/${note}/refund`, {})));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1, answers.map(({ text }) => text).join('\n'));
  assert.deepEqual(state(note), [[-1190, 'paid']]);
  assert.equal((await refund(`invoices/${note}`, {}, 409)).code, 'refund_nothing');
  verified(stack);
  const one = newInvoice(stack, customer);
  const { id } = await pay({ invoice: one.number, amount: euro(11900) });
  const correction = (await move(`/invoices/${one.number}/correct`, { reason: 'x' })).json.number;
  const out = await refund(`invoices/${correction}`, {});
  assert.deepEqual(await owed(customer), [[0, 0, 0]]);
  assert.equal(await reverse(id), 'payment_refunded');
  verified(stack);
  assert.equal(await reverse(out.id), 'reversed');
  assert.deepEqual(state(correction), [[0, 'open']]);
  assert.equal(await reverse(id), 'reversed');
  assert.deepEqual(state(one.number, correction), [[11900, 'cancelled'], [-11900, 'paid']]);
  assert.deepEqual(await owed(customer), [[0, 0, 0]]);
  verified(stack);
});

test('B127: what does not agree is found and named', own, async () => {
  const customer = await newCustomer(stack);
  const one = newInvoice(stack, customer);
  const change = (sql, back, pattern) => {
    stack.sql(sql);
    const { status, stdout } = wrongBooks(stack);
    stack.sql(back);
    assert.equal(status, 1, stdout);
    assert.match(stdout, pattern);
  };
  const where = `WHERE tenant = 'acme' AND id = '${one.id}'`;
  change(`UPDATE invoice SET settled = 1 ${where}`, `UPDATE invoice SET settled = 0 ${where}`, /WRONG: settled of a document \(inv/);
  change(`UPDATE ledger_entry SET amount = 1 ${where}`, `UPDATE ledger_entry SET amount = 11900 ${where}`,
    /WRONG: balance of a customer in EUR/);
  const paid = await pay({ customer, amount: euro(1), date: '2026-03-01' }); // reckons
  change("UPDATE ledger_entry SET balance = 7 WHERE tenant = 'acme' AND id = '" + paid.id + "'",
    "UPDATE ledger_entry SET balance = 11899 WHERE tenant = 'acme' AND id = '" + paid.id + "'",
    /WRONG: balance after an entry in EUR \(pay/);
  change(`UPDATE invoice SET status = 'paid' ${where}`, `UPDATE invoice SET status = 'open' ${where}`,
    /WRONG: status of a document, paid/);
  const { id } = await pay({ customer: await newCustomer(stack).then(async (who) => {
    newInvoice(stack, who, { lines: [[1, 0]] });
    return who;
  }), amount: euro(101) });
  const out = await refund(`payments/${id}`, { amount: euro(40) });
  const of = (payment) => `WHERE tenant = 'acme' AND id = '${payment}'`;
  change(`UPDATE payment SET settled = 1 ${of(id)}`, `UPDATE payment SET settled = 41 ${of(id)}`,
    new RegExp(`WRONG: settled of a payment \\(${id}`));
  change(`UPDATE payment SET settled = 0 ${of(out.id)}`, `UPDATE payment SET settled = -40 ${of(out.id)}`,
    new RegExp(`WRONG: settled of a payment \\(${out.id}`));
  change(`UPDATE payment SET refunds = 'pay_none' ${of(out.id)}`, `UPDATE payment SET refunds = '${id}' ${of(out.id)}`,
    new RegExp(`WRONG: payment that is paid back \\(${out.id}`));
  verified(stack);
});
