// How long lists of invoices take, among a million of one tenant.
//
//   node tests/bench/invoices.mjs                                  on SQLite
//   node tests/lib/postgresql.mjs node tests/bench/invoices.mjs    on PostgreSQL
//
// Prints, for the first page of each question and for its last one, the median of the
// time until the whole answer is there, and the processor's time of application and
// database: of the round that took least of it, as all questions are asked in turns and
// what else the machine does only adds. Beside it, a call that reads one customer. ROWS=
// makes it another number, ROUNDS= and RUNS= the rounds and the times in each, ONLY= a
// pattern of the questions.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { onPostgresql } from '../lib/database.mjs';
import { startStack } from '../lib/stack.mjs';
import { asking, median } from './asking.mjs';

const ROWS = Number(process.env.ROWS ?? 1_000_000);
const ROUNDS = Number(process.env.ROUNDS ?? 5), RUNS = Number(process.env.RUNS ?? 20);
const ONLY = new RegExp(process.env.ONLY ?? '');
const CUSTOMERS = 20_000;
const GOAL_MS = 5;

const stack = await startStack();
const { one, spent, close } = asking(stack);

// ---- a million invoices, of five years: most are mailed, sent and paid ----

const series = (n) => `WITH RECURSIVE n (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${n})`;
const spread = (by, list) => `CASE ${Object.entries(list).map(([value, to]) => `WHEN ${by} < ${to} THEN '${value}'`).join(' ')} END`;

// Days since the first, as a date: both databases know no such function in common.
const dates = (first, days) => Array.from({ length: days }, (_, i) =>
  `(${i}, '${new Date(Date.parse(first) + i * 86_400_000).toISOString().slice(0, 10)}')`).join();

function seed() {
  const families = ['mueller', 'schmidt', 'weber', 'lindqvist', 'ostermann', 'zimmermann', 'kowalski', 'haddad'];
  const name = (i) => `${families[i % 8]}${i % 977} ${['handel', 'gmbh', 'bau', 'technik', 'verlag'][i % 5]}`;
  for (let from = 0; from < CUSTOMERS; from += 2000) {
    const all = Array.from({ length: 2000 }, (_, k) => from + k);
    stack.sql(`INSERT INTO customer (tenant, id, number, company_name, first_name, last_name, email, language, street,
      postal_code, city, country, vat_id, created, search, search_name) VALUES ${all.map((i) =>
    `('acme', 'cus_b${i}', 'B${100000 + i}', '${name(i)}', '', '', 'b@x.example', 'de', '', '', '', '', '', 1, '', 'b${100000 + i} ${name(i)}')`)}`);
    stack.sql(`INSERT INTO customer_word (tenant, customer, word) VALUES ${all.flatMap((i) =>
      name(i).split(' ').map((word) => `('acme', 'cus_b${i}', '${word}')`))}`);
    stack.sql(`INSERT INTO contract (tenant, id, ref, customer, name, status, currency, start_date, every, unit,
      delivery_mode, notice_days, created) VALUES ${all.map((i) => `('acme', 'con_b${i}', 'BV-${100000 + i}', 'cus_b${i}', 'x',
        'active', 'EUR', '2020-01-01', 1, 'month', 'email', 0, 1)`)}`);
  }
  const days = 1825, first = new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  stack.sql(`CREATE TABLE bench_day (i INTEGER PRIMARY KEY, day TEXT NOT NULL);
    INSERT INTO bench_day VALUES ${dates(first, days + 30)}`);
  // every tenth invoice is of one great customer
  const step = ROWS / 10;
  for (let from = 0; from < ROWS; from += step) {
    stack.sql(`INSERT INTO invoice (tenant, id, number, type, customer, contract, customer_number, recipient, language,
      date, due, period_from, period_to, currency, net, vat, gross, delivery_mode, status, created, run, dispatch,
      buyer) ${series(step)},
      m (i, c, a, b) AS (SELECT i + ${from}, CASE WHEN i % 10 = 0 THEN 0 ELSE (i * 7 + ${from}) % ${CUSTOMERS} END,
        (i * 7919 + ${from}) % 1000, (i * 104729 + ${from}) % 1000 FROM n),
      v AS (SELECT i, c, a, b, ${spread('a', { email: 850, none: 950, post: 1000 })} AS delivery,
        (i * 7927) % 500000 + 100 AS gross FROM m)
      SELECT 'acme', 'inv_b' || (10000000 + v.i), 'B' || (10000000 + v.i),
        ${spread('(b * 31 + a) % 1000', { invoice: 970, credit_note: 990, correction: 1000 })},
        'cus_b' || c, 'con_b' || c, 'B' || (100000 + c), 'A B' || c || ', Strasse 1, 12345 Ort', 'de',
        d.day, e.day, d.day, d.day, 'EUR', gross, 0, gross, delivery,
        CASE WHEN v.i > ${ROWS} * 98 / 100 AND b < 800 THEN 'open' ELSE ${spread('b', { open: 10, cancelled: 30, paid: 1000 })} END, 1,
        'run_b' || (v.i * ${days} / ${ROWS} / 30), CASE WHEN delivery <> 'email' OR a < 20 THEN 'none'
          ELSE ${spread('(v.i / 7) % 1000', { failed: 5, suppressed: 9, waiting: 10, sent: 1000 })} END,
        '{"name":"${'x'.repeat(80)}","street":"${'x'.repeat(60)}","city":"${'x'.repeat(40)}"}'
      FROM v JOIN bench_day d ON d.i = v.i * ${days} / ${ROWS} JOIN bench_day e ON e.i = v.i * ${days} / ${ROWS} + 14`);
  }
  stack.sql(onPostgresql ? 'VACUUM ANALYZE' : 'SELECT 1');
}

// ---- asking ----

const WARM = 12; // statements are planned for good at the sixth

async function ask(path, headers, times) {
  const all = [];
  for (let i = 0; i < times; i++) {
    const { ms, status, text } = await one(path, headers);
    assert.equal(status, 200, `${path}: ${text.slice(0, 300)}`);
    all.push(ms);
  }
  return median(all);
}

// One round of a page: what it took stays where it is the least so far.
async function measure(page, round) {
  await ask(page.path, page.headers, round ? 1 : WARM);
  const before = spent(), wall = await ask(page.path, page.headers, RUNS), cpu = (spent() - before) / RUNS;
  if (!(cpu >= page.cpu)) {
    Object.assign(page, { wall, cpu });
  }
}

const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
const questions = [
  {}, { sort: 'date' }, { sort: 'number' }, { sort: '-gross' }, { sort: 'gross' },
  { delivery_mode: 'email' }, { delivery_mode: 'none' }, { delivery_mode: 'post' },
  { status: 'open' }, { status: 'overdue' }, { status: 'paid' }, { status: 'cancelled' }, { status: 'open', sort: 'due' },
  { type: 'invoice' }, { type: 'credit_note' }, { type: 'correction' },
  { dispatch: 'none' }, { dispatch: 'waiting' }, { dispatch: 'sent' }, { dispatch: 'failed' },
  { from: day(400), to: day(370) }, { customer: 'B100000' }, { customer: 'B104711' }, { contract: 'BV-104711' },
  { amount_from: '100000', amount_to: '200000' }, { amount_from: '499900' }, { run: 'run_b12' },
  { delivery_mode: 'email', status: 'paid', from: day(700), to: day(400) },
  { delivery_mode: 'post', status: 'open', from: day(60) },
  { delivery_mode: 'none', status: 'cancelled', from: day(1500), to: day(1000) },
  { delivery_mode: 'post', type: 'correction', dispatch: 'sent' },
  { text: 'B1000471' }, { text: 'B104711' }, { text: 'mueller640' }, { text: 'ostermann31 handel' }, { text: 'BV-1047' },
  { status: 'overdue', delivery_mode: 'post' }, { customer: 'B100000', status: 'open' }, { amount_from: '400000', delivery_mode: 'post' },
];

// The row before the last page is the one at its place in the other direction.
async function lastPage(question, key) {
  const order = question.sort ?? (question.status === 'overdue' ? 'due' : question.run ? 'number'
    : question.amount_from ? '-gross' : '-date');
  const other = order.startsWith('-') ? order.slice(1) : `-${order}`;
  const asked = new URLSearchParams({ ...question, sort: other, limit: 50 });
  const { items } = JSON.parse((await one(`/api/v1/invoices?${asked}`, key)).text);
  const row = items.at(-1);
  if (!row) {
    return undefined;
  }
  const at = row[order.replace('-', '')];
  const amounts = Object.entries(question).filter(([name]) => /^amount/.test(name)) // as people write them
    .map(([name, value]) => [name, (value / 100).toFixed(2)]);
  return new URLSearchParams({ ...question, ...Object.fromEntries(amounts), sort: order, at: at.amount ?? at, at_key: row.number });
}

test(`lists of invoices among ${ROWS}`, async () => {
  console.time('seeded');
  seed();
  console.timeEnd('seeded');
  const browser = await stack.office('acme', 'owner');
  const cookie = { Cookie: browser.jar.header(`${stack.base}/acme/admin/invoices`) };
  const key = { Authorization: `Bearer ${stack.tenant('acme').api_key}` };
  const idle = { path: '/api/v1/customers/K2000', headers: key };
  const rows = [], pages = [idle];
  for (const question of questions.filter((one) => ONLY.test(new URLSearchParams(one)))) {
    const path = `/api/v1/invoices?${new URLSearchParams(question)}`, last = await lastPage(question, key);
    const row = { question, items: JSON.parse((await one(path, key)).text).items.length,
      ends: [{ path, headers: key }, ...(last ? [{ path: `/acme/admin/invoices?${last}`, headers: cookie }] : [])] };
    rows.push(row);
    pages.push(...row.ends);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const page of pages) {
      await measure(page, round);
    }
  }
  const cells = (page) => (page ? `${page.wall.toFixed(2)} | ${page.cpu.toFixed(2)}` : ' | ');
  console.log(`one customer: ${idle.wall.toFixed(2)} ms, ${idle.cpu.toFixed(2)} ms of processor`);
  console.log('| question | rows | first: ms | cpu ms | last: ms | cpu ms |\n|---|---|---|---|---|---|');
  for (const { question, items, ends: [first, last] } of rows) {
    console.log(`| ${new URLSearchParams(question) || 'all'} | ${items} | ${cells(first)} | ${cells(last)} |`);
  }
  console.log(`${pages.filter((page) => page.cpu > GOAL_MS).length} of ${pages.length} above ${GOAL_MS} ms`);
  close();
});
