// Billing from end to end, over the API: contracts, services, runs, payments, corrections,
// credit notes and reminders; after each step the books are recomputed.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { later, remind, set, today } from '../lib/debts.mjs';
import { random, verified } from '../lib/money.mjs';
import { startStack, until } from '../lib/stack.mjs';

const stack = await startStack({ clock: true });
const own = { skip: stack.skip };
const item = (price, vat = '19', quantity = '1') => ({ description: `At ${price}`, quantity, unit_price: price, vat_rate: vat });
const monthly = { every: 1, unit: 'month' };
// The first of this month and of others, and the last day of one.
const first = (months = 0) => {
  const [year, month] = today(stack).split('-').map(Number);
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10);
};
const last = (months = 0) => later(first(months + 1), -1);

// What one tenant does, in its currency.
class Books {
  constructor(tenant, currency) {
    Object.assign(this, { tenant, currency });
    this.before = new Set(stack.own ? this.rows('SELECT id FROM invoice').map(({ id }) => id) : []);
  }

  rows(select, where = 'TRUE', order = 'id') {
    return stack.sql(`${select} WHERE tenant = '${this.tenant}' AND ${where} ORDER BY ${order}`);
  }

  async api(method, path, body, status = 200) {
    const answer = await stack.api(this.tenant, method, path, body,
      method === 'POST' ? { 'Idempotency-Key': randomUUID() } : { 'If-Match': '*' });
    assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    return answer.json;
  }

  post(path, body, status = 201) {
    return this.api('POST', path, body, status);
  }

  money(amount) {
    return { amount, currency: this.currency };
  }

  async customer() {
    const { number } = await this.post('/customers',
      { company_name: 'Ganz & Söhne', email: 'w@example.com' });
    return number;
  }

  contract(customer, items, more = {}) {
    return this.post('/contracts', { customer, name: 'All of it', currency: this.currency, start: first(),
      recurrence: monthly, delivery_mode: 'none', due_days: 0, items, ...more });
  }

  service(ref, price, day, more = {}) {
    return this.post(`/contracts/${ref}/service-entries`,
      { description: `Work at ${price}`, quantity: '1', unit_price: price, vat_rate: '19', performance_date: day, ...more });
  }

  async run(more = {}) {
    const { id } = await this.post('/invoice-runs', { date: today(stack), ...more }, 202);
    const run = await until(`the end of ${id}`, async () => {
      const one = await this.api('GET', `/invoice-runs/${id}`);
      return ['done', 'failed'].includes(one.status) && one;
    }, 60_000);
    assert.equal(run.status, 'done');
    assert.equal(run.counts.failures, 0);
    await until('credit to settle what was issued', () => this.rows('SELECT id FROM job',
      "kind = 'settle_credits' AND state NOT IN ('done', 'failed')").length === 0, 60_000);
    return run;
  }

  // Documents of a contract, the oldest first.
  documents(ref) {
    return this.rows('SELECT * FROM invoice', `contract = (SELECT id FROM contract WHERE tenant = '${this.tenant}'
      AND ref = '${ref}')`, 'created, id');
  }

  correct(number, more = {}, status = 201) {
    return this.post(`/invoices/${number}/correct`, { reason: 'Wrong', ...more }, status);
  }

  pay(invoice, amount) {
    return this.post('/payments', { invoice, amount: this.money(amount) });
  }

  async owed(customer) {
    const { items } = await this.api('GET', `/customers/${customer}/balance`);
    const { balance, open, credit, fees } = items.find(({ scope }) => scope === 'customer');
    const entries = await this.api('GET', `/customers/${customer}/ledger`);
    assert.equal(entries.items[0].balance.amount, balance.amount, 'the ledger comes to the same');
    assert.equal(open.amount + fees.amount - credit.amount, balance.amount);
    return { open: open.amount, fees: fees.amount, credit: credit.amount };
  }

  // Of each series what this test was given: one after the other, and nothing twice.
  numbersAreGapless() {
    const made = [...this.rows('SELECT id, number, type FROM invoice').filter(({ id }) => !this.before.has(id)),
      ...this.rows("SELECT id, number, 'reminder' AS type FROM reminder")];
    const all = made.map(({ number }) => number.toUpperCase());
    assert.equal(new Set(all).size, all.length);
    const kinds = new Map();
    for (const { number, type } of made) {
      kinds.set(type, [...(kinds.get(type) ?? []), Number(/\d+$/.exec(number)[0])]);
    }
    for (const [kind, numbers] of kinds) {
      numbers.sort((a, b) => a - b);
      assert.deepEqual(numbers, numbers.map((_, i) => numbers[0] + i), kind);
      const [{ next }] = this.rows('SELECT next FROM number_series', `series = '${kind}'`, 'series');
      assert.equal(Number(next), numbers.at(-1) + 1, kind);
    }
    return [...kinds.keys()].sort();
  }
}

const agree = () => assert.match(verified(stack), /^globex: all agrees: \d+ documents/m);
const facts = ({ type, gross, settled, status, period_from: from, period_to: to }) =>
  [type, Number(gross), Number(settled), status, from, to];

test('X3, X11: the books of the demo agree', own, agree);

const books = [new Books('acme', 'EUR'), new Books('globex', 'GBP')];

for (const b of books) {
  const { tenant, currency } = b;
  const who = {};

  test(`F37, F39, F46: ${tenant} has contracts and services; a dry run shows them and writes nothing`, own, async () => {
    who.customer = await b.customer();
    who.plain = (await b.contract(who.customer, [item('10', '19', '2'), item('3.33', '7')])).ref;
    who.credit = (await b.contract(who.customer, [item('-5', '0')])).ref;
    who.arrears = (await b.contract(who.customer, [item('7.77')], { start: first(-2), in_advance: false })).ref;
    await b.service(who.plain, '1.01', today(stack, -70));
    await b.service(who.plain, '2.02', today(stack, 100)); // F42: at once, though it is yet to come
    who.waits = await b.service(who.plain, '4', today(stack), { bill_from: today(stack, 1) });
    const dry = await b.run({ dry_run: true });
    assert.equal(dry.counts.invoices, 3);
    // 23.33 + 3.03 at 19 and 7 %: 23.03 * 19 % = 4.38, 3.33 * 7 % = 0.23; 15.54 and 19 % of it; -5
    assert.deepEqual(dry.sums.map(({ net, gross }) => [net.amount, gross.amount]), [[2636 - 500 + 1554, 3097 - 500 + 1849]]);
    assert.deepEqual(b.documents(who.plain), []);
    agree();
  });

  test(`F38, F40, F41, F42, F46: ${tenant} bills them, each once`, own, async () => {
    const run = await b.run();
    assert.equal(run.counts.invoices, 3);
    assert.deepEqual(b.documents(who.arrears).map(facts), [['invoice', 1849, 500, 'open', first(-2), last(-1)]]);
    assert.deepEqual(b.documents(who.credit).map(facts), [['credit_note', -500, -500, 'paid', first(), last()]]);
    assert.deepEqual(b.documents(who.plain).map(facts), [['invoice', 3097, 0, 'open', first(), last()]],
      'services do not stretch the period');
    assert.equal((await b.run()).counts.invoices, 0);
    assert.equal((await b.api('GET', `/service-entries/${who.waits.id}`)).status, 'open');
    assert.deepEqual(await b.owed(who.customer), { open: 3097 + 1849 - 500, fees: 0, credit: 0 });
    agree();
  });

  test(`B127: ${tenant} is paid a part of one and too much of the other`, own, async () => {
    const [plain] = b.documents(who.plain);
    const [arrears] = b.documents(who.arrears);
    const part = await b.pay(plain.number, 1000);
    await b.pay(arrears.number, 1349 + 97); // 97 go on to the other one
    assert.deepEqual(facts(b.documents(who.plain)[0]).slice(2, 4), [1097, 'open']);
    assert.deepEqual(await b.owed(who.customer), { open: 2000, fees: 0, credit: 0 });
    await b.post(`/payments/${part.id}/reverse`, { reason: 'Returned' }, 200);
    assert.deepEqual(await b.owed(who.customer), { open: 3000, fees: 0, credit: 0 });
    agree();
  });

  test(`B127: ${tenant} corrects an invoice and bills it again: the same, and what has come since`, own, async () => {
    const [wrong] = b.documents(who.plain);
    const correction = await b.correct(wrong.number, { rebill: true });
    assert.match(correction.number, /^KO\d{5}$/);
    assert.equal(correction.gross.amount, -3097);
    let contract = await b.api('GET', `/contracts/${who.plain}`);
    assert.deepEqual([contract.billed_until, contract.next_billing], [null, first()]);
    assert.equal((await b.api('GET', `/contracts/${who.plain}/service-entries?status=open`)).items.length, 3);
    await b.correct(wrong.number, {}, 409);
    agree();
    assert.equal((await b.run()).counts.invoices, 1);
    const again = b.documents(who.plain).filter(({ type, status }) => type === 'invoice' && status !== 'cancelled');
    assert.deepEqual(again.map(facts).map(([, gross, , , ...days]) => [gross, ...days]), [[3097, first(), last()]]);
    contract = await b.api('GET', `/contracts/${who.plain}`);
    assert.deepEqual([contract.billed_until, contract.next_billing], [last(), first(1)]);
    assert.equal((await b.run()).counts.invoices, 0);
    agree();
  });

  test(`B127: ${tenant} bills services alone again, and no period with them`, own, async () => {
    const { ref } = await b.contract(who.customer, [item('1')], { start: first(-1), term: { count: 2, unit: 'month' } });
    await b.run();
    const ended = await b.api('GET', `/contracts/${ref}`);
    assert.deepEqual([ended.billed_until, ended.next_billing], [last(), null]);
    const { id } = await b.service(ref, '6', today(stack, -100));
    await b.run();
    const services = b.documents(ref).at(-1);
    assert.deepEqual(facts(services).slice(4), [today(stack, -100), today(stack, -100)]);
    await b.correct(services.number, { rebill: true });
    const now = await b.api('GET', `/contracts/${ref}`);
    assert.deepEqual([now.billed_until, now.next_billing], [last(), null], 'its periods stay billed');
    assert.equal((await b.api('GET', `/service-entries/${id}`)).status, 'open');
    assert.equal((await b.run()).counts.invoices, 1);
    assert.equal(Number(b.documents(ref).at(-1).net), 600);
    agree();
  });

  test(`B127: ${tenant} bills again only what was billed last`, own, async () => {
    const { ref } = await b.contract(who.customer, [item('9')], { start: first(-1) });
    await b.run({ date: first(-1) });
    await b.service(ref, '1', today(stack, -400));
    await b.run();
    const [one, two] = b.documents(ref);
    assert.deepEqual([one.period_from, two.period_from], [first(-1), first()]);
    assert.equal((await b.correct(one.number, { rebill: true }, 409)).code, 'rebill_later');
    await b.correct(two.number, { rebill: true });
    await b.correct(one.number, { rebill: true });
    await b.run();
    const again = b.documents(ref).at(-1);
    assert.deepEqual([Number(again.net), again.period_from, again.period_to], [1900, first(-1), last()]);
    agree();
  });

  test(`B127: ${tenant} gives a credit note, and corrects a part`, own, async () => {
    const note = await b.post('/credit-notes', { customer: who.customer, currency, reason: 'Goodwill',
      lines: [{ description: 'Back', unit_price: '3', vat_rate: '0' }] });
    assert.equal(note.gross.amount, -300);
    const open = b.documents(who.plain).findLast(({ type, status }) => type === 'invoice' && status !== 'cancelled');
    await b.correct(open.number, { lines: [{ description: 'Less', unit_price: '0.01', vat_rate: '7' }] });
    agree();
  });
}

test('B127, X3: the fee of a reminder is owed until the letter is withdrawn', own, async () => {
  for (const b of books) {
    const { tenant } = b;
    const customer = await b.customer();
    set(stack, { reminder1_fee: '2.5' }, tenant);
    const { ref } = await b.contract(customer, [item('100', '0')], { start: first() });
    await b.run();
    const [invoice] = b.documents(ref);
    stack.moveTime(8 * 86400);
    const { reminders } = await remind(stack, { date: today(stack) }, { tenant });
    const [letter] = reminders.filter((one) => one.customer === customer);
    assert.deepEqual([letter.open.amount, letter.fee.amount, letter.total.amount], [10000, 250, 10250]);
    assert.deepEqual(await b.owed(customer), { open: 10000, fees: 250, credit: 0 });
    agree();
    await b.pay(invoice.number, 10250);
    assert.deepEqual(await b.owed(customer), { open: 0, fees: 250, credit: 250 });
    agree();
    await b.post(`/reminders/${letter.number}/withdraw`, {}, 200);
    assert.deepEqual(await b.owed(customer), { open: 0, fees: 0, credit: 250 });
    const [entry] = (await b.api('GET', `/customers/${customer}/ledger`)).items;
    assert.deepEqual([entry.kind, entry.amount.amount, entry.date], ['fee', -250, today(stack)]);
    agree();
  }
});

test('F46, B127: numbers of all kinds are given out once, without gaps', own, () => {
  for (const b of books) {
    assert.deepEqual(b.numbersAreGapless(), ['correction', 'credit_note', 'invoice', 'reminder']);
  }
  agree();
});
