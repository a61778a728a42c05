// An invoice run whose process is killed at any moment, over and over: no contract is
// billed twice or left out, no number is missing, each service is billed once, and the
// sums are those of the contracts.
//
//   RUN_KILLS   how often (default 8)
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { contractsSql, runSql, serviceSql } from '../lib/billing.mjs';
import { dropDatabase, newDatabase, onPostgresql, sql as query } from '../lib/database.mjs';
import { build, sleep } from '../lib/stack.mjs';

const KILLS = Number(process.env.RUN_KILLS ?? 8);
// so many that the run does not end before the last kill
const CONTRACTS = Math.max(6000, KILLS * 900);
const SERVICES = 300;

const state = mkdtempSync(join(tmpdir(), 'pforte-kill-'));
const database = onPostgresql ? newDatabase() : undefined;
after(() => {
  if (database) {
    dropDatabase(database);
  }
  rmSync(state, { recursive: true, force: true });
});
execFileSync(join(build, 'pforte'), ['demo', '--state', state, '--base-url', 'http://127.0.0.1:1',
  '--share', join(build, 'share'), ...(database ? ['--database', database] : [])], { stdio: 'ignore' });
const sql = (text) => query(state, text);
const job = () => sql("SELECT state, done, total, attempts FROM job WHERE id = 'job_run_kill'")[0];
// Nobody waits for a dead holder's minute; and more tries than one has are asked for.
const release = () => sql(`UPDATE job SET lease_until = 0, next_at = 0, attempts = 0,
  state = CASE state WHEN 'done' THEN 'done' ELSE 'queued' END WHERE id = 'job_run_kill'`);

function prepare() {
  sql('UPDATE contract SET next_billing = NULL');
  sql(contractsSql('acme', 'k', CONTRACTS, { next: '2026-10-01', start: '2026-10-01' }));
  let services = '';
  for (let i = 1; i <= SERVICES; i++) {
    services += serviceSql('acme', `con_k${10_000_000 + i * Math.floor(CONTRACTS / SERVICES)}`, `srv_k${i}`);
  }
  sql(services);
  sql(runSql('acme', 'run_kill', '2026-11-01'));
}

const start = () => spawn(join(build, 'pforte'), ['--config', join(state, 'pforte.conf'), 'jobs'], { stdio: 'ignore' });

// Kills the process some time after it began to work; where it died meanwhile is chance.
async function killedOne() {
  const child = start();
  const gone = new Promise((done) => child.once('exit', (code, signal) => done(signal)));
  const before = job().done;
  for (let i = 0; i < 200 && job().done === before && job().state !== 'done'; i++) {
    await sleep(5);
  }
  await sleep(Math.random() * 40);
  child.kill('SIGKILL');
  assert.equal(await gone, 'SIGKILL');
  release();
  return job().done;
}

test(`F46, X11: killed ${KILLS} times, an invoice run bills each contract once and leaves no gap`, async () => {
  prepare();
  let kills = 0, within = 0;
  while (kills < KILLS) {
    const done = await killedOne();
    kills++;
    within += done < CONTRACTS;
  }
  execFileSync(join(build, 'pforte'), ['--config', join(state, 'pforte.conf'), 'jobs', '--once'], { stdio: 'ignore' });
  const end = job();
  assert.deepEqual([end.state, end.done, end.total], ['done', CONTRACTS, CONTRACTS]);

  const [run] = sql("SELECT status, contracts, invoices, failures FROM invoice_run WHERE id = 'run_kill'");
  assert.deepEqual(run, { status: 'done', contracts: CONTRACTS, invoices: CONTRACTS, failures: 0 });
  // October and November of each, on one invoice
  const [once] = sql(`SELECT COUNT(*) AS n, COUNT(DISTINCT contract) AS contracts, MIN(period_to) AS "first",
    MAX(period_to) AS "last"
    FROM invoice WHERE run = 'run_kill'`);
  assert.deepEqual([once.n, once.contracts, once.first, once.last], [CONTRACTS, CONTRACTS, '2026-11-30', '2026-11-30']);
  const [numbers] = sql(`SELECT COUNT(DISTINCT n) AS n, MIN(n) AS "first", MAX(n) AS "last" FROM
    (SELECT CAST(substr(number, 3) AS BIGINT) AS n FROM invoice WHERE run = 'run_kill') d`);
  assert.deepEqual([numbers.n, numbers.last - numbers.first + 1], [CONTRACTS, CONTRACTS], 'numbers have no gap');
  assert.equal(sql("SELECT next FROM number_series WHERE tenant = 'acme' AND series = 'invoice'")[0].next, numbers.last + 1);

  const [lines] = sql(`SELECT COUNT(*) AS n, SUM(net) AS net FROM invoice_line WHERE invoice IN
    (SELECT id FROM invoice WHERE run = 'run_kill')`);
  assert.deepEqual([lines.n, Number(lines.net)], [CONTRACTS * 4 + SERVICES, CONTRACTS * 2500 + SERVICES * 500]);
  assert.deepEqual(sql("SELECT DISTINCT next_billing AS next, billed_until AS until FROM contract WHERE id LIKE 'con_k%'"),
    [{ next: '2026-12-01', until: '2026-11-30' }]);
  const [services] = sql(`SELECT COUNT(*) AS n, COUNT(DISTINCT s.id) AS services FROM service_entry s
    JOIN invoice_line l ON l.tenant = s.tenant AND l.service = s.id AND l.invoice = s.invoice WHERE s.status = 'billed'`);
  assert.deepEqual([services.n, services.services], [SERVICES, SERVICES]);

  const [sums] = sql("SELECT invoices, net, vat, gross FROM invoice_run_sum WHERE run = 'run_kill'");
  const [own] = sql("SELECT COUNT(*) AS invoices, SUM(net) AS net, SUM(vat) AS vat, SUM(gross) AS gross FROM invoice WHERE run = 'run_kill'");
  assert.deepEqual(sums, own, 'the run has the sums of its invoices');
  const [trail] = sql("SELECT COUNT(*) AS n, COUNT(DISTINCT object) AS objects FROM audit WHERE action = 'invoice.created' AND detail = 'run_kill'");
  assert.deepEqual([trail.n, trail.objects], [CONTRACTS, CONTRACTS]);
  assert.equal(sql("SELECT COUNT(*) AS n FROM audit WHERE action = 'invoice_run.finished' AND object = 'run_kill'")[0].n, 1);
  console.log(`# ${kills} kills, ${within} of them before the end of ${CONTRACTS} contracts`);
});
