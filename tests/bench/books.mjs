// What a reminder run takes among many overdue invoices, and `pforte ledger verify`
// after it:
//
//   node tests/bench/books.mjs [overdue invoices …]    default: 10000 100000
//
// Four paid invoices stand beside each overdue one, so that 100,000 overdue ones are among
// 500,000 documents and 900,000 entries of the ledger. PFORTE_POSTGRESQL: on that server
// (tests/lib/postgresql.mjs), else on SQLite.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { contractsSql } from '../lib/billing.mjs';
import { dropDatabase, newDatabase, onPostgresql, sql } from '../lib/database.mjs';
import { build } from '../lib/stack.mjs';
import { measured } from './command.mjs';

const sizes = process.argv.slice(2).map(Number);
const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);

const series = (n) => `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${n})`;

// Set k of as many invoices, one of each contract: paid ones have their payment.
function invoicesSql(n, k, { due, paid }) {
  const id = `'inv_k${k}x' || (10000000 + i)`, pay = `'pay_k${k}x' || (10000000 + i)`;
  const customer = `'cus_b' || (10000000 + (i * 7919) % N + 1)`, contract = "'con_b' || (10000000 + i)";
  const entry = (name, kind, amount, column, value) => `INSERT INTO ledger_entry (tenant, id, customer, contract, currency, date,
    kind, amount, ${column}, created) ${series(n)} SELECT 'acme', ${name}, ${customer}, ${contract}, 'EUR', '${due}', '${kind}',
    ${amount}, ${value}, 1 FROM n;`;
  return `INSERT INTO invoice (tenant, id, number, type, customer, contract, customer_number, recipient, language, date, due,
    period_from, period_to, currency, net, vat, gross, settled, delivery_mode, status, created) ${series(n)}
    SELECT 'acme', ${id}, 'K${k}-' || i, 'invoice', ${customer}, ${contract}, 'b' || i, 'X', 'en', '${due}', '${due}', '', '', 'EUR',
    1000, 0, 1000, ${paid ? 1000 : 0}, 'none', '${paid ? 'paid' : 'open'}', 1 FROM n;
    INSERT INTO invoice_line (tenant, invoice, position, description, quantity, unit_price, vat_rate, net) ${series(n)}
    SELECT 'acme', ${id}, 1, 'Line', 1000000, 10000000, 0, 1000 FROM n;
    ${entry(id, 'invoice', 1000, 'document', id)}
    ${paid ? `INSERT INTO payment (tenant, id, customer, contract, invoice, currency, amount, settled, date, method, reference,
    status, created) ${series(n)} SELECT 'acme', ${pay}, ${customer}, ${contract}, ${id}, 'EUR', 1000, 1000, '${due}',
    'transfer', '', 'recorded', 1 FROM n;
    INSERT INTO settlement (tenant, id, payment, invoice, amount, created) ${series(n)}
    SELECT 'acme', 'set_k${k}x' || i, ${pay}, ${id}, 1000, 1 FROM n;
    ${entry(pay, 'payment', -1000, 'payment', pay)}` : ''}`.replaceAll('% N', `% ${n}`);
}

async function bench(n) {
  const state = mkdtempSync(join(tmpdir(), 'pforte-bench-'));
  const database = onPostgresql ? newDatabase() : undefined;
  try {
    execFileSync(join(build, 'pforte'), ['demo', '--state', state, '--base-url', 'http://127.0.0.1:1',
      '--share', join(build, 'share'), ...(database ? ['--database', database] : [])], { stdio: 'ignore' });
    sql(state, contractsSql('acme', 'b', n, { next: null, start: '2020-01-01', items: 0 }));
    sql(state, invoicesSql(n, 0, { due: day(30) }));
    for (let k = 1; k <= 4; k++) {
      sql(state, invoicesSql(n, k, { due: day(30 + 30 * k), paid: true }));
    }
    if (onPostgresql) {
      sql(state, 'VACUUM ANALYZE');
    }
    await measured(state, 'jobs', '--once');
    sql(state, `INSERT INTO job (tenant, id, kind, arguments, state, attempts, next_at, lease_until, lease_owner, position,
      done, total, result, last_error, created_by, request_id, created, finished)
      VALUES ('acme', 'job_bench', 'reminder_run', '{"run":"rrn_bench"}', 'queued', 0, 0, 0, '', '', 0, 0, '', '', 'system', '', 0, 0);
      INSERT INTO reminder_run (tenant, id, date, dry_run, origin, test, job, reminders, created, created_by)
      VALUES ('acme', 'rrn_bench', '${day(0)}', 0, 'api', 0, 'job_bench', 0, 0, 'system')`);
    const run = await measured(state, 'jobs', '--once');
    const [{ n: letters }] = sql(state, "SELECT COUNT(*) AS n FROM reminder WHERE run = 'rrn_bench'");
    if (letters < n) {
      throw new Error(`${letters} letters for ${n} contracts: ${JSON.stringify(sql(state, "SELECT * FROM job WHERE id = 'job_bench'"))}`);
    }
    console.log(`${letters} letters: ${run.seconds.toFixed(1)} s, ${Math.round(letters / run.seconds)}/s, `
      + `${(1e6 * run.cpu / letters).toFixed(0)} µs CPU of the program each, ${run.memory.toFixed(0)} MB at most`);
    const verify = await measured(state, 'ledger', 'verify', '--tenant', 'acme');
    console.log(`${verify.out.trim()}: ${verify.seconds.toFixed(1)} s, ${verify.cpu.toFixed(1)} s CPU of the program, `
      + `${verify.memory.toFixed(0)} MB at most`);
  } finally {
    if (database) {
      dropDatabase(database);
    }
    rmSync(state, { recursive: true, force: true });
  }
}

for (const n of sizes.length > 0 ? sizes : [10_000, 100_000]) {
  await bench(n);
}
