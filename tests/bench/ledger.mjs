// Pages of the ledger of a customer with a long history, and settling beside many credits:
//
//   node tests/bench/ledger.mjs [entries …]    default: 100 10000
//
// A figure that grows with the entries shows what reads all of them. PFORTE_POSTGRESQL: on
// that server (tests/lib/postgresql.mjs), else on SQLite.
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';

import { onPostgresql } from '../lib/database.mjs';
import { startStack } from '../lib/stack.mjs';

const sizes = process.argv.slice(2).map(Number);
const ROUNDS = 15;
const series = (n) => `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${n})`;

const customerSql = (who) => `INSERT INTO customer (tenant, id, number, company_name, first_name, last_name, email, language,
  street, postal_code, city, country, vat_id, created, version, search, portal_without)
  VALUES ('acme', 'cus_${who}', '${who}', '${who}', '', '', 'x@x.example', '', '', '', '', '', '', 0, 1, '${who}', '');`;

// n documents of 1.00, as they were written before, the newest last; sign -1: credit notes.
function documentsSql(who, n, sign, { settled }) {
  const id = `'inv_${who}' || (10000000 + i)`, date = `'2020-01-' || (10 + i % 10)`;
  return `INSERT INTO invoice (tenant, id, number, type, customer, customer_number, recipient, language, date, due, period_from,
    period_to, currency, net, vat, gross, settled, delivery_mode, status, created) ${series(n)} SELECT 'acme', ${id},
    '${who}-' || i, '${sign > 0 ? 'invoice' : 'credit_note'}', 'cus_${who}', '${who}', 'X', 'en', ${date}, ${date}, '', '', 'EUR',
    ${100 * sign}, 0, ${100 * sign}, ${settled ? 100 * sign : 0}, 'none', '${settled ? 'paid' : 'open'}', 1 FROM n;
    INSERT INTO ledger_entry (tenant, id, customer, currency, date, kind, amount, document, created, balance) ${series(n)}
    SELECT 'acme', ${id}, 'cus_${who}', 'EUR', ${date}, '${sign > 0 ? 'invoice' : 'credit_note'}', ${100 * sign}, ${id}, 1,
    ${sign} * 100 * i FROM n;`;
}

async function median(work) {
  const times = [];
  for (let i = 0; i < ROUNDS; i++) {
    const begun = performance.now();
    await work(i);
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1];
}

const stack = await startStack({ config: 'rate_api_key = 0\n' });
const call = async (method, path, body) => {
  const answer = await stack.api('acme', method, path, body, body ? { 'Idempotency-Key': randomUUID() } : {});
  if (answer.status >= 300) {
    throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  }
  return answer.json;
};
const euro = (amount) => ({ amount, currency: 'EUR' });
const pay = (who, amount) => call('POST', '/payments', { customer: who, amount: euro(amount), date: '2026-01-02', method: 'transfer' });
const note = (who) => call('POST', '/credit-notes', { customer: who, currency: 'EUR', reason: 'bench',
  lines: [{ description: 'x', quantity: '1', unit_price: '1.00', vat_rate: '0' }] });

for (const n of sizes.length > 0 ? sizes : [100, 10_000]) {
  test(`${n} entries and credits`, async () => {
    const [history, open, credits] = ['h', 'o', 'c'].map((kind) => `${kind}${n}`);
    stack.sql([history, open, credits].map(customerSql).join('')
      + documentsSql(history, n, 1, { settled: true }) + documentsSql(open, n, 1, { settled: false })
      + documentsSql(credits, n, -1, { settled: false }));
    if (onPostgresql) {
      stack.sql('ANALYZE');
    }
    const first = await median(() => call('GET', `/customers/${history}/ledger?limit=50`));
    let page = await call('GET', `/customers/${history}/ledger?limit=50`), cursor;
    for (let left = n; left > 100; left -= 50) {
      cursor = page.next;
      page = await call('GET', `/customers/${history}/ledger?limit=50&cursor=${encodeURIComponent(cursor)}`);
    }
    const last = await median(() => call('GET',
      `/customers/${history}/ledger?limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`));
    const paid = await median(() => pay(open, 100));
    const noted = await median(() => note(open));
    const kept = await median(() => note(credits));
    const balance = await median(() => call('GET', `/customers/${open}/balance`));
    console.log(`${n} entries: page first ${first.toFixed(1)} ms, last ${last.toFixed(1)} ms; among ${n} open invoices a payment `
      + `settles one in ${paid.toFixed(1)} ms, a credit note in ${noted.toFixed(1)} ms; one more credit beside ${n} in ${
        kept.toFixed(1)} ms; balance ${balance.toFixed(1)} ms`);
    const reversed = await median(async () => {
      const { id } = await pay(credits, 100);
      await call('POST', `/payments/${id}/reverse`, { date: '2026-01-03', reason: 'bench' });
    });
    console.log(`${n} credits: a payment and its reversal, after which they could settle, in ${reversed.toFixed(1)} ms`);
  });
}
