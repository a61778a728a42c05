// `pforte copy`: a state moves from one database to another without loss.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { lockIsFree, newDatabase, onPostgresql, sql, tables } from '../lib/database.mjs';
import { linkFor } from '../lib/sso.mjs';
import { build, sleep, startStack, until } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const dir = mkdtempSync(join(tmpdir(), 'pforte-copy-'));
after(() => rmSync(dir, { recursive: true }));

// A place for a copy, as sql() and tables() look at it: a state of its own.
let places = 0;
function place(kind) {
  const state = join(dir, String(places++));
  execFileSync('mkdir', [state]);
  const url = kind === 'postgresql' ? newDatabase() : `sqlite:${state}/copy.db`;
  writeFileSync(join(state, 'pforte.conf'), `database = "${url}"\n`);
  return { state, url };
}

const source = () => (onPostgresql ? stack.database : `sqlite:${stack.state}/pforte.db`);

function copy(from, to) {
  const { status, stdout, stderr } = spawnSync(join(build, 'pforte'), ['copy', '--from', from,
    '--to', to], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

// All rows of all tables, in one order whatever the database.
function everything(state) {
  return Object.fromEntries(tables(state).map((table) =>
    [table, sql(state, `SELECT * FROM ${table}`).map((row) => JSON.stringify(row,
      Object.keys(row).sort())).sort()]));
}

// What is hard to carry: big numbers, nulls, customers above customers, letters.
test('fill the database with what is hard to carry', own, async () => {
  await stack.signedIn('acme', 'anna');
  await stack.get(await linkFor(stack.tenant('acme'), 'bruno'));
  const columns = 'tenant, id, number, parent, company_name, first_name, last_name, email,' +
    ' language, street, postal_code, city, country, vat_id, created';
  // The younger one stands above the older one.
  stack.sql(`INSERT INTO customer (${columns}) VALUES
    ('acme', 'cus_000', 'Z1', NULL, 'ZoĂ« & \u{1f9c1} „Söhne“ ''x''', '', '', '', '', '', '', '', '', '', 1),
    ('acme', 'cus_001', 'Z2', NULL, '\t\n', '', '', '', '', '', '', '', '', '', 9223372036854775807);
    `.replace(/;\s*$/, ''));
  stack.sql("UPDATE customer SET parent = 'cus_001' WHERE id = 'cus_000'");
  const many = Array.from({ length: 1203 }, (_, i) => `('acme', 'k', 'jti-${i}', 1, ${i})`);
  stack.sql(`INSERT INTO sso_use (tenant, kid, jti, used, expires) VALUES ${many.join()}`);
});

// As the manual says: with the services stopped.
const jobs = (signal) => process.kill(stack.process(/pforte.* jobs$/).pid, signal);
test('the jobs stand still', own, async () => {
  await until('nobody to write', async () => {
    jobs('SIGSTOP');
    const free = lockIsFree(stack.state);
    if (!free) {
      jobs('SIGCONT');
      await sleep(50);
    }
    return free;
  });
});

for (const kinds of onPostgresql
  ? [['postgresql', 'sqlite', 'postgresql']] : [['sqlite', 'sqlite']]) {
  test(`a state goes ${kinds.join(' → ')} and is the same`, own, () => {
    let from = { state: stack.state, url: source() };
    const before = everything(stack.state);
    assert.ok(before.sso_use.length >= 1203 && before.customer.length > 5);
    for (const kind of kinds.slice(1)) {
      const to = place(kind);
      const { status, stdout, stderr } = copy(from.url, to.url);
      assert.equal(status, 0, stderr);
      const rows = Object.values(before).reduce((sum, list) => sum + list.length, 0);
      assert.match(stdout, new RegExp(`^${rows} rows, the same on both sides$`, 'm'));
      assert.deepEqual(everything(to.state), before);
      from = to;
    }
  });
}

test('nothing is copied over what is there', own, () => {
  const to = place('sqlite');
  assert.equal(copy(source(), to.url).status, 0);
  const before = everything(to.state);
  const again = copy(source(), to.url);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /table organisation of the other database is not empty/);
  assert.deepEqual(everything(to.state), before);
});

test('what is no database is said', own, () => {
  assert.equal(copy('sqlite:/nonexistent/x.db', place('sqlite').url).status, 1);
  assert.equal(copy(source(), 'oracle:x').status, 1);
  assert.equal(copy(source(), 'postgresql:///none?host=/nonexistent').status, 1);
  assert.equal(spawnSync(join(build, 'pforte'), ['copy', '--from', 'x']).status, 2);
});

test('the jobs go on', own, () => jobs('SIGCONT'));
