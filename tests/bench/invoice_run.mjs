// Invoices a second of an invoice run, without mail and PDF, and what one costs in CPU
// time and memory:
//
//   node tests/bench/invoice_run.mjs [contracts …]     default: 1000 10000 100000
//
// Customers stand in the order of their contracts, as when both are made together; the
// last size is run once more with customers in quite another order, the worst for a run,
// as it walks by customer.
//
// PFORTE_POSTGRESQL: on that server (tests/lib/postgresql.mjs), else on SQLite.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { contractsSql, runSql } from '../lib/billing.mjs';
import { dropDatabase, newDatabase, onPostgresql, sql } from '../lib/database.mjs';
import { build } from '../lib/stack.mjs';
import { measured } from './command.mjs';

const sizes = process.argv.slice(2).map(Number);
const ORDERED = 1, SCATTERED = 7919; // contract i is of customer stride × i

async function bench(n, stride = ORDERED) {
  const state = mkdtempSync(join(tmpdir(), 'pforte-bench-'));
  const database = onPostgresql ? newDatabase() : undefined;
  try {
    execFileSync(join(build, 'pforte'), ['demo', '--state', state, '--base-url', 'http://127.0.0.1:1',
      '--share', join(build, 'share'), ...(database ? ['--database', database] : [])], { stdio: 'ignore' });
    sql(state, `DELETE FROM contract_item; UPDATE contract SET next_billing = NULL`);
    sql(state, contractsSql('acme', 'b', n, { stride }));
    if (onPostgresql) {
      sql(state, 'ANALYZE');
    }
    const idle = await measured(state, 'jobs', '--once');
    sql(state, runSql('acme', 'run_bench', '2026-11-01'));
    const run = await measured(state, 'jobs', '--once');
    const [{ n: invoices }] = sql(state, "SELECT COUNT(*) AS n FROM invoice WHERE run = 'run_bench'");
    if (invoices !== n) {
      throw new Error(`${invoices} invoices of ${n}`);
    }
    const seconds = run.seconds - idle.seconds;
    console.log(`${n} contracts${stride === SCATTERED ? ', scattered' : ''}: ${seconds.toFixed(2)} s, ${Math.round(n / seconds)} invoices/s,`
      + ` ${(1e6 * (run.cpu - idle.cpu) / n).toFixed(0)} µs CPU of the program each, ${run.memory.toFixed(0)} MB at most`);
  } finally {
    if (database) {
      dropDatabase(database);
    }
    rmSync(state, { recursive: true, force: true });
  }
}

const wanted = sizes.length > 0 ? sizes : [1000, 10_000, 100_000];
for (const n of wanted) {
  await bench(n);
}
await bench(wanted.at(-1), SCATTERED);
