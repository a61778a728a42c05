// Everything that moves money, at once: a run, changes and ends of contracts, services,
// payments, ways back and corrections in an order that nobody chose, beside jobs of two
// hosts. Whatever comes first: each day and each service is billed once, each number is
// given once, books and trail agree, and what was answered is what is there.
//
//   AT_ONCE_ROUNDS  how many orders (default 4)
//   AT_ONCE_SEED    of the first one, to see it once more; the moments still differ
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { contractsSql } from '../lib/billing.mjs';
import { euro, newInvoice, random, verified } from '../lib/money.mjs';
import { build, sleep, startStack, until } from '../lib/stack.mjs';

const ROUNDS = Number(process.env.AT_ONCE_ROUNDS ?? 4);
const SEED = Number(process.env.AT_ONCE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const CONTRACTS = 6, CALLS = 60, CALLERS = 10;
const TODAY = new Date().toISOString().slice(0, 10);
const TO_BILL = ['2026-09-01', '2026-11-01']; // from, and the day of the runs

const stack = await startStack();
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const rows = (text) => stack.sql(text);

// mulberry32
let state = SEED;
const chance = () => {
  state = (state + 0x6D2B79F5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
const below = (n) => Math.floor(chance() * n);
const one = (list) => list[below(list.length)];

const other = !stack.skip && spawn(join(build, 'pforte'), ['--config', join(stack.state, 'pforte.conf'), 'jobs'], { stdio: 'ignore' });
after(() => other && other.kill('SIGTERM'));

// ---- one order ----

const met = new Map(); // "what status" → how often
const count = (what, status) => met.set(`${what} ${status}`, (met.get(`${what} ${status}`) ?? 0) + 1);

// A call whose sender tries again what had no answer, under the same key.
async function call(what, method, path, body, headers = {}) {
  const once = method === 'POST' ? { 'Idempotency-Key': randomUUID() } : {};
  for (let tries = 0; ; tries++) {
    const answer = await api(method, path, body, { ...once, ...headers });
    count(what, answer.status);
    if (answer.status !== 503 || tries === 9) {
      assert.ok([200, 201, 202, 204, 404, 409, 412, 422].includes(answer.status), `${what}: ${answer.status} ${answer.text}`);
      return answer;
    }
    await sleep(20 * 2 ** tries);
  }
}

const prices = ['0.01', '12.34', '60', '119.999999'];
const lines = () => [{ description: 'Back', unit_price: one(prices), vat_rate: one(['19', '7', '0']) }];

// What can happen, and how often it does.
const acts = [
  [2, async () => call('run', 'POST', '/invoice-runs', { date: TO_BILL[1] })],
  [6, async (set) => {
    const whose = one([{ invoice: one(documents(set)).number }, { customer: one(set.customers) }]);
    const amount = 1 + below(15000), external_id = `p-${random()}`;
    const answer = await call('payment', 'POST', '/payments', { ...whose, amount: euro(amount), external_id });
    set.paid.push({ external_id, amount, made: answer.status === 201, id: answer.json.id });
  }],
  [3, async (set) => {
    const which = one(set.paid.filter(({ made }) => made));
    return which && call('reversal', 'POST', `/payments/${which.id}/reverse`, {});
  }],
  [3, async (set) => {
    const which = one(set.paid.filter(({ made }) => made));
    return which && call('refund', 'POST', `/payments/${which.id}/refund`, { amount: euro(1 + below(5000)) });
  }],
  [2, async (set) => call('refund of a document', 'POST', `/invoices/${one(documents(set)).number}/refund`, { amount: euro(1 + below(500)) })],
  [3, async (set) => call('credit note', 'POST', '/credit-notes', { customer: one(set.customers), currency: 'EUR', reason: 'x', lines: lines() })],
  [4, async (set) => call('part', 'POST', `/invoices/${one(documents(set)).number}/correct`, { reason: 'x', lines: lines() })],
  [4, async (set) => {
    const { number } = one(documents(set)), rebill = chance() < 0.6;
    const { status } = await call('whole', 'POST', `/invoices/${number}/correct`, { reason: 'x', ...(rebill && { rebill }) });
    if (status === 201 && rebill) {
      set.rebilled.add(number);
    }
  }],
  [5, async (set) => call('service', 'POST', `/contracts/${one(set.refs)}/service-entries`,
    { description: 'Visit', quantity: '1', unit_price: one(prices), vat_rate: '19', performance_date: '2026-10-15' })],
  [3, async (set) => {
    const [service] = anyService(set);
    return service && call('service changed', 'PATCH', `/service-entries/${service.id}`, { quantity: String(1 + below(5)) }, { 'If-Match': '*' });
  }],
  [3, async (set) => {
    const [service] = anyService(set);
    return service && call('service removed', 'DELETE', `/service-entries/${service.id}`);
  }],
  [3, async (set) => call('contract changed', 'PATCH', `/contracts/${one(set.refs)}`, { name: `Name ${below(100)}`,
    items: [{ description: 'New', quantity: String(1 + below(3)), unit_price: one(prices), vat_rate: '19' }] }, { 'If-Match': '*' })],
  [2, async (set) => call('cancelled', 'POST', `/contracts/${one(set.refs)}/cancel`, one([{}, { end: TODAY }]))],
  [2, async (set) => call('cancel undone', 'POST', `/contracts/${one(set.refs)}/undo-cancel`)],
  [1, async () => call('reminders', 'POST', '/reminder-runs', { date: TODAY })],
];
const hat = acts.flatMap(([often, act]) => Array(often).fill(act));

const documents = (set) => rows(`SELECT i.number FROM invoice i JOIN customer c ON c.tenant = i.tenant AND c.id = i.customer
  WHERE i.tenant = 'acme' AND c.id LIKE 'cus_${set.mark}%'`);
const anyService = (set) => rows(`SELECT id FROM service_entry WHERE contract LIKE 'con_${set.mark}%' ORDER BY ${
  chance() < 0.5 ? 'id' : 'id DESC'} LIMIT 1`);

async function prepare() {
  const mark = `q${random()}`;
  rows(contractsSql('acme', mark, CONTRACTS, { next: TO_BILL[0], start: TO_BILL[0] }));
  const set = { mark, paid: [], rebilled: new Set(), refs: [], customers: [] };
  for (let i = 1; i <= CONTRACTS; i++) {
    set.refs.push(`VT-${mark}-${i}`);
    set.customers.push(`${mark}${i}`);
    newInvoice(stack, `${mark}${i}`, { lines: [[10000, 19], [333, 7]] });
  }
  return set;
}

async function inAnyOrder(set) {
  const callers = Array.from({ length: CALLERS }, async () => {
    for (let i = 0; i < CALLS / CALLERS; i++) {
      await sleep(below(30));
      await one(hat)(set);
    }
  });
  await Promise.all(callers);
}

const due = (set) => rows(`SELECT COUNT(*) AS n FROM contract WHERE id LIKE 'con_${set.mark}%' AND next_billing <= '${TO_BILL[1]}'`)[0].n;
const jobsAtRest = () => until('the jobs', () => rows(`SELECT COUNT(*) AS n FROM job WHERE tenant = 'acme'
  AND state IN ('queued', 'running') AND kind IN ('invoice_run', 'reminder_run', 'settle')`)[0].n === 0, 60_000);

async function billTheRest(set) {
  for (let tries = 0; tries < 5; tries++) {
    await jobsAtRest();
    await call('last run', 'POST', '/invoice-runs', { date: TO_BILL[1] });
    await jobsAtRest();
    if (due(set) === 0) {
      return;
    }
  }
  assert.fail('contracts stay due, whatever runs');
}

// ---- what has to hold ----

const days = (from, to) => {
  const list = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86400_000) {
    list.push(new Date(at).toISOString().slice(0, 10));
  }
  return list;
};

function eachDayOnce(set) {
  const standing = rows(`SELECT number, contract, billed_from AS "from", billed_to AS "to" FROM invoice
    WHERE contract LIKE 'con_${set.mark}%' AND type = 'invoice' AND billed_from <> ''`).filter(({ number }) => !set.rebilled.has(number));
  for (const { id, start, until: last } of rows(`SELECT id, start_date AS start, billed_until AS "until" FROM contract
    WHERE id LIKE 'con_${set.mark}%'`)) {
    const billed = standing.filter(({ contract }) => contract === id).flatMap(({ from, to }) => days(from, to)).sort();
    assert.deepEqual(billed, days(start, last ?? '2000-01-01'), `${id}: each day once`);
  }
}

function eachServiceOnce(set) {
  for (const { id, status, invoice } of rows(`SELECT id, status, invoice FROM service_entry WHERE contract LIKE 'con_${set.mark}%'`)) {
    const on = rows(`SELECT i.id, i.number FROM invoice_line l JOIN invoice i ON i.tenant = l.tenant AND i.id = l.invoice
      WHERE l.service = '${id}' AND i.type = 'invoice'`).filter(({ number }) => !set.rebilled.has(number));
    assert.deepEqual(on.map((row) => row.id), status === 'billed' ? [invoice] : [], `${id} is ${status}`);
  }
}

const SERIES = ['invoice', 'credit_note', 'correction'];
const nextNumber = (series) => rows(`SELECT next FROM number_series WHERE tenant = 'acme' AND series = '${series}'`)[0]?.next ?? 1;

function eachNumberOnce(first) {
  for (const [i, series] of SERIES.entries()) {
    const numbers = rows(`SELECT number FROM invoice WHERE tenant = 'acme' AND type = '${series}' AND number NOT LIKE 'X-%'`)
      .map(({ number }) => Number(/\d+$/.exec(number)[0])).filter((number) => number >= first[i]).sort((a, b) => a - b);
    assert.deepEqual(numbers, Array.from({ length: nextNumber(series) - first[i] }, (_, n) => first[i] + n), `${series} has no gap`);
  }
}

// Payments that were answered are there, once, and no others.
function asAnswered(set) {
  const there = rows(`SELECT external_id, amount FROM payment WHERE tenant = 'acme' AND customer LIKE 'cus_${set.mark}%'
    AND amount > 0 ORDER BY external_id`);
  const told = set.paid.filter((payment) => payment.made).map(({ external_id, amount }) => ({ external_id, amount }));
  assert.deepEqual(there, told.sort((a, b) => (a.external_id < b.external_id ? -1 : 1)));
}

// The balance, by a sum of our own: what was issued, less what was paid and not taken back.
async function balancesAgree(set) {
  for (const number of set.customers) {
    const [{ sum: issued }] = rows(`SELECT COALESCE(SUM(gross), 0) AS sum FROM invoice WHERE customer_number = '${number}'`);
    const [{ sum: paid }] = rows(`SELECT COALESCE(SUM(p.amount), 0) AS sum FROM payment p JOIN customer c
      ON c.tenant = p.tenant AND c.id = p.customer WHERE c.number = '${number}' AND p.status = 'recorded'`);
    const [{ sum: fees }] = rows(`SELECT COALESCE(SUM(l.amount), 0) AS sum FROM ledger_entry l JOIN customer c
      ON c.tenant = l.tenant AND c.id = l.customer WHERE c.number = '${number}' AND l.kind = 'fee'`);
    const [{ balance }] = (await api('GET', `/customers/${number}/balance`)).json.items.filter(({ scope }) => scope === 'customer');
    assert.equal(balance.amount, Number(issued) - Number(paid) + Number(fees), number);
  }
}

test(`F45, F46, B127, X11: whatever happens at once, in ${ROUNDS} orders, all is billed and booked once`, own, async () => {
  rows('UPDATE contract SET next_billing = NULL');
  const first = SERIES.map(nextNumber);
  for (let round = 0; round < ROUNDS; round++) {
    const seed = state;
    const set = await prepare();
    try {
      await inAnyOrder(set);
      await billTheRest(set);
      eachDayOnce(set);
      eachServiceOnce(set);
      eachNumberOnce(first);
      asAnswered(set);
      await balancesAgree(set);
      verified(stack);
    } catch (error) {
      error.message = `AT_ONCE_SEED=${seed} (order ${round + 1}): ${error.message}`;
      throw error;
    }
  }
  execFileSync(join(build, 'pforte'), ['--config', join(stack.state, 'pforte.conf'), 'audit', 'verify', '--tenant', 'acme']);
  console.log(`# ${[...met].sort().map(([what, n]) => `${what}: ${n}`).join(', ')}`);
});
