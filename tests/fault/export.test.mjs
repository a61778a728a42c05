// A long list of the back office, whose writers are killed again and again: the
// file has each row once.
//
//   RUN_KILLS  how often a process is killed (6), if there is work for so many
//   ROWS       how many rows the file has (200,000)
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { killAtWork } from '../lib/killing.mjs';
import { startStack } from '../lib/stack.mjs';

const KILLS = Number(process.env.RUN_KILLS ?? 6);
const ROWS = Number(process.env.ROWS ?? 200_000);
const stack = await startStack();
const own = { skip: stack.skip, timeout: 90_000 + KILLS * 4000 };

test(`X3, X11: ${KILLS} kills of whoever writes a list: each row is in it once`, own, async (t) => {
  stack.sql(`INSERT INTO customer (tenant, id, number, company_name, first_name, last_name, email, language, street,
      postal_code, city, country, vat_id, created, search, search_name)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
    SELECT 'acme', 'cus_x' || (1000000 + n.i), 'X' || (1000000 + n.i), 'Firma ' || (n.i % 7), '', '', '', 'de', '', '', 'Ulm', 'DE', '',
      1700000000, '', '' FROM n`);
  const owner = await stack.office('acme', 'owner');
  let killed = 0, atWork = 0, path = '';
  await stack.withoutJobs(async () => {
    const page = await owner.get('/acme/admin/customers?format=csv&city=ulm');
    const asked = await owner.submit(page, {}, { action: /\/admin\/exports$/ });
    assert.equal(asked.status, 303, asked.text);
    path = asked.location;
    ({ killed, atWork } = await killAtWork(stack, path.split('/').pop(), KILLS));
  });
  const file = await owner.get(`${path}/file`);
  assert.equal(file.status, 200, file.text.slice(0, 300));
  const [head, ...rows] = file.text.trimEnd().split('\r\n').map((line) => line.split(',')[0].slice(1, -1));
  t.diagnostic(`${killed} kills, ${atWork} of them with the list in their hands; ${rows.length} rows`);
  assert.equal(head, 'number');
  assert.deepEqual(rows, Array.from({ length: ROWS }, (_, i) => `X${1_000_001 + i}`), 'as they were made');
  assert.ok(KILLS < 3 || atWork > 1, 'hardly anybody was killed at work');
});
