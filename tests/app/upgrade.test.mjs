// A database of the release before billing goes on: amounts, states and numbers stay, and the
// books that it has from then on agree.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { newDatabase, onPostgresql, sql } from '../lib/database.mjs';
import { build } from '../lib/stack.mjs';
import { newKey } from '../lib/state.mjs';

const BEFORE = 15; // the newest migration of that release
const migrations = join(import.meta.dirname, '../../fcgi_app/migrations');
const all = readdirSync(migrations).filter((name) => /^\d{4}_.*\.sql$/.test(name)).sort();

// A database as the release had it whose newest migration that is.
function database(newest) {
  const state = mkdtempSync(join(tmpdir(), 'pforte-upgrade-'));
  const url = onPostgresql ? newDatabase() : `sqlite:${state}/pforte.db`;
  writeFileSync(join(state, 'pforte.conf'), `database = "${url}"\nstate = "${state}"\nshare = "${join(build, 'share')}"\n`);
  writeFileSync(join(state, 'keyring'), `${newKey()}\n`, { mode: 0o640 });
  after(() => rmSync(state, { recursive: true }));
  const pforte = (...args) => spawnSync(join(build, 'pforte'), ['--config', join(state, 'pforte.conf'), ...args],
    { encoding: 'utf8' });
  // as a script, whatever the database
  const script = (text) => {
    const [command, ...args] = onPostgresql ? ['psql', '-qAtX', '-v', 'ON_ERROR_STOP=1', '-d', url, '-f', '-']
      : ['sqlite3', '-bail', url.slice('sqlite:'.length)];
    execFileSync(command, args, { input: text, encoding: 'utf8' });
  };
  script('CREATE TABLE schema_migration (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied BIGINT NOT NULL)');
  for (const name of all.slice(0, newest)) {
    const text = readFileSync(join(migrations, name), 'utf8');
    script(`BEGIN;\n${text}\nINSERT INTO schema_migration VALUES (${Number(name.slice(0, 4))}, '${name.slice(5, -4)}', 1);\nCOMMIT;`);
  }
  return { state, pforte, script };
}

const { state, pforte, script } = database(BEFORE);

test('the schema of the release before', () => {
  assert.equal(Number(sql(state, 'SELECT MAX(number) AS n FROM schema_migration')[0].n), BEFORE);
});

const row = (table, values) => `INSERT INTO ${table} (${Object.keys(values).join(', ')}) VALUES (${
  Object.values(values).map((v) => v === null ? 'NULL' : typeof v === 'number' ? v : `'${v}'`).join(', ')});`;

// id, number, type, contract, net, vat, status
const documents = [
  ['inv_open', 'RE00007', 'invoice', 'con_one', 10000, 1900, 'open'],
  ['inv_paid', 'RE20011', 'invoice', 'con_one', 5000, 950, 'paid'],
  ['inv_void', 'RE20012', 'invoice', 'con_one', 700, 133, 'cancelled'],
  ['inv_nothing', 'OLD/1', 'invoice', null, 0, 0, 'paid'],
  ['inv_credit', 'GS00123', 'credit_note', 'con_one', -2000, -380, 'open'],
  ['inv_back', 'GS00099', 'credit_note', null, -100, -19, 'paid'],
  ['inv_name', 'REAL-7', 'invoice', null, 100, 19, 'open'],
];

const contracts = [
  // status, start, end, next: as that release had them
  ['con_one', 'active', '2024-01-15', null, '2026-12-15'],
  ['con_end', 'cancelled', '2024-01-01', '2027-03-31', null],
  ['con_new', 'active', '2027-01-01', null, '2027-01-01'],
  ['con_draft', 'draft', '2027-01-01', null, null],
];

test('it has tenants, customers, contracts and documents', () => {
  const tenants = ['acme', 'globex'];
  const rows = [row('organisation', { id: 'org', name: 'Org', created: 1 }), row('user_pool', { id: 'pool', organisation: 'org' })];
  for (const tenant of tenants) {
    rows.push(row('tenant', { id: tenant, organisation: 'org', pool: 'pool', name: tenant, default_language: 'de',
      cookie_mode: 'lax', time_zone: 'Europe/Berlin', public_key: `k4.public.${tenant}`, address: 'A', revision: 1, created: 1 }));
  }
  rows.push(row('customer_number', { tenant: 'acme', prefix: 'C', digits: 6, next: 4711 }));
  rows.push(row('customer', { tenant: 'acme', id: 'cus_one', number: 'C004710', company_name: 'ÄRZTE & ÜBER ẞ', first_name: '',
    last_name: '', email: 'a@example.com', language: 'de', street: 'S', postal_code: '1', city: 'C', country: 'DE', vat_id: '',
    created: 1 }));
  for (const [id, status, start, end, next] of contracts) {
    rows.push(row('contract', { tenant: 'acme', id, ref: `VT-${id.slice(4).toUpperCase()}`, customer: 'cus_one', name: 'FIBRE ÖKO',
      status, currency: 'EUR', start_date: start, end_date: end, every: 1, unit: 'month', next_billing: next,
      delivery_mode: 'post', notice_days: 30, created: 1 }));
    rows.push(row('contract_item', { tenant: 'acme', contract: id, position: 1, description: 'Fibre', quantity: 1000000,
      unit_price: 31000000, vat_rate: 1900 }));
  }
  for (const [id, number, type, contract, net, vat, status] of documents) {
    rows.push(row('invoice', { tenant: 'acme', id, number, type, customer: 'cus_one', contract, customer_number: 'C004710',
      recipient: 'Müller', language: 'de', date: '2026-10-01', due: '2026-10-15', period_from: '2026-10-01',
      period_to: '2026-10-31', currency: 'EUR', net, vat, gross: net + vat, delivery_mode: 'post', status, created: 5 }));
    rows.push(row('invoice_line', { tenant: 'acme', invoice: id, position: 1, description: 'Fibre',
      quantity: Math.sign(net) * 1000000, unit_price: Math.abs(net) * 10000, vat_rate: 1900, net }));
  }
  script(rows.join('\n'));
});

test('F46, B127: the release of now migrates it; documents stay what they were', () => {
  const run = pforte('migrate');
  assert.equal(run.status, 0, run.stderr);
  assert.equal(Number(sql(state, 'SELECT MAX(number) AS n FROM schema_migration')[0].n), all.length);
  const settled = { open: 0, paid: 1, cancelled: 1 };
  const now = sql(state, 'SELECT id, number, type, contract, net, vat, gross, status, settled FROM invoice ORDER BY id');
  assert.deepEqual(now.map((r) => Object.values({ ...r, net: Number(r.net), vat: Number(r.vat), gross: Number(r.gross),
    settled: Number(r.settled) })),
  documents.toSorted(([a], [b]) => a < b ? -1 : 1).map(([id, number, type, contract, net, vat, status]) =>
    [id, number, type, contract, net, vat, net + vat, status, settled[status] ? net + vat : 0]));
  assert.equal(sql(state, 'SELECT * FROM invoice_line').length, documents.length);
  assert.equal(pforte('migrate').status, 0, 'and once more, for nothing');
});

test('B127: what is owed is what is open, and the books agree', () => {
  const run = pforte('ledger', 'verify');
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /^acme: all agrees: 7 documents, 2 payments, 3 settlements, 10 entries/m);
  const [{ owed }] = sql(state, "SELECT SUM(amount) AS owed FROM ledger_entry WHERE customer = 'cus_one'");
  assert.equal(Number(owed), 11900 - 2380 + 119);
  assert.deepEqual(sql(state, 'SELECT amount, settled, status FROM payment ORDER BY amount')
    .map(({ amount, settled, status }) => [Number(amount), Number(settled), status]), [[-119, -119, 'recorded'], [5950, 5950, 'recorded']]);
});

test('F50, F46: numbers go on behind those that were given out', () => {
  const next = Object.fromEntries(sql(state, "SELECT series, next FROM number_series WHERE tenant = 'acme' ORDER BY series")
    .map(({ series, next: n }) => [series, Number(n)]));
  assert.deepEqual(next, { credit_note: 124, customer: 4711, invoice: 20013 });
  assert.deepEqual(sql(state, "SELECT name, value FROM setting WHERE tenant = 'acme' ORDER BY name")
    .map(({ name, value }) => [name, value]), [['customer_digits', '6'], ['customer_prefix', 'C']]);
});

test('F46: contracts keep their next billing day and their notice', () => {
  assert.deepEqual(sql(state, `SELECT id, next_billing, billed_until, in_advance, notice, notice_unit, due_days FROM contract
    ORDER BY id`).map((r) => [r.id, r.next_billing, r.billed_until, Number(r.in_advance), Number(r.notice), r.notice_unit, r.due_days]),
  contracts.toSorted(([a], [b]) => a < b ? -1 : 1).map(([id, , , , next]) => [id, next, null, 1, 30, 'day', null]));
});

test('F34, F46: names from before are found, whatever letters they have, by the folding of now', () => {
  const run = pforte('jobs', '--once');
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(sql(state, "SELECT word FROM customer_word WHERE customer = 'cus_one' ORDER BY word").map(({ word }) => word)
    .toSorted(), ['&', 'ss', 'ärzte', 'über']);
  assert.deepEqual(sql(state, "SELECT search, search_name FROM customer WHERE id = 'cus_one'").map(Object.values),
    [['c004710 ärzte & über ss   a@example.com c', 'c004710 ärzte & über ss']]);
  assert.deepEqual(sql(state, 'SELECT search FROM contract ORDER BY id').map(({ search }) => search),
    contracts.toSorted(([a], [b]) => a < b ? -1 : 1).map(([id]) => `vt-${id.slice(4)} fibre öko`));
  for (const table of ['customer_unfolded', 'contract_unfolded']) {
    assert.deepEqual(sql(state, `SELECT * FROM ${table}`), [], 'once');
  }
});

test('F46, B127: what is cancelled already and billed beyond its end is left to people', () => {
  const old = database(35);
  const contract = (id, status, end, until) => row('contract', { tenant: 'acme', id, ref: `VT-${id}`, customer: 'cus_one', name: 'N',
    status, currency: 'EUR', start_date: '2024-01-01', end_date: end, every: 1, unit: 'month', billed_until: until,
    delivery_mode: 'post', notice_days: 30, created: 1 });
  old.script([row('organisation', { id: 'org', name: 'Org', created: 1 }), row('user_pool', { id: 'pool', organisation: 'org' }),
    row('tenant', { id: 'acme', organisation: 'org', pool: 'pool', name: 'acme', default_language: 'de', cookie_mode: 'lax',
      time_zone: 'Europe/Berlin', public_key: 'k4.public.acme', address: 'A', revision: 1, created: 1 }),
    row('customer', { tenant: 'acme', id: 'cus_one', number: 'C1', company_name: 'A', first_name: '', last_name: '',
      email: 'a@example.com', language: 'de', street: 'S', postal_code: '1', city: 'C', country: 'DE', vat_id: '', created: 1 }),
    contract('con_1', 'cancelled', '2027-03-31', '2027-12-31'), contract('con_2', 'cancelled', '2027-03-31', '2027-03-31'),
    contract('con_3', 'active', '2027-03-31', '2027-12-31'), contract('con_4', 'cancelled', '2027-03-31', null)].join('\n'));
  const run = old.pforte('migrate');
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(sql(old.state, 'SELECT back_by_hand, billed_until FROM contract ORDER BY id')
    .map((r) => [Number(r.back_by_hand), r.billed_until]), [[1, '2027-12-31'], [0, '2027-03-31'], [0, '2027-12-31'], [0, null]]);
});
