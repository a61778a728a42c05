// Reminder runs whose processes are killed again and again: nobody is reminded
// twice of the same, and nobody is forgotten.
//
//   RUN_KILLS    how often a process is killed (6)
//   RUN_DEBTORS  how many have something overdue (800)
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { today } from '../lib/debts.mjs';
import { killAtWork } from '../lib/killing.mjs';
import { startStack } from '../lib/stack.mjs';

const KILLS = Number(process.env.RUN_KILLS ?? 6);
const DEBTORS = Number(process.env.RUN_DEBTORS ?? 800);
const stack = await startStack();
const own = { skip: stack.skip };

// Each with a contract and two invoices, one of which is overdue for long.
function fill() {
  const n = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${DEBTORS})`;
  const id = '(100000 + i)';
  stack.sql(`
    INSERT INTO customer (tenant, id, number, company_name, first_name, last_name, email, language, street,
      postal_code, city, country, vat_id, created) ${n} SELECT 'globex', 'cus_k' || ${id}, 'KILL' || ${id},
      'Killed ' || i, '', '', 'k' || i || '@kill.example', 'en', 'Road 1', '20457', 'Hamburg', 'DE', '', 1 FROM n;
    INSERT INTO contract (tenant, id, ref, customer, name, status, currency, start_date, every, unit, delivery_mode,
      notice_days, created) ${n} SELECT 'globex', 'con_k' || ${id}, 'KILL-' || ${id}, 'cus_k' || ${id}, 'Fibre', 'active',
      'EUR', '2020-01-01', 1, 'month', 'none', 30, 1 FROM n;
    ${[40, 10].map((ago, at) => `INSERT INTO invoice (tenant, id, number, type, customer, contract, customer_number,
      recipient, language, date, due, period_from, period_to, currency, net, vat, gross, delivery_mode, status, created)
      ${n} SELECT 'globex', 'inv_k${at}' || ${id}, 'KILL${at}' || ${id}, 'invoice', 'cus_k' || ${id}, 'con_k' || ${id},
      'KILL' || ${id}, 'X', 'en', '${today(stack, -ago - 14)}', '${today(stack, -ago)}', '', '', 'EUR', 1000, 0, 1000,
      'none', 'open', 1 FROM n;`).join('\n')}`);
}

const count = (what) => Number(stack.sql(`SELECT COUNT(*) AS n FROM ${what}`)[0].n);

test(`X11: ${KILLS} kills of whoever is at it: each contract has its one letter, and the numbers have no gap`,
  { ...own, timeout: 60_000 + KILLS * 4000 }, async (t) => {
    fill();
    const before = count("reminder WHERE tenant = 'globex'");
    let killed = 0, atWork = 0;
    await stack.withoutJobs(async () => {
      const asked = await stack.api('globex', 'POST', '/reminder-runs', { date: today(stack) }, { 'Idempotency-Key': 'kill' });
      assert.equal(asked.status, 202, asked.text);
      const [{ job }] = stack.sql(`SELECT job FROM reminder_run WHERE id = '${asked.json.id}'`);
      // once more from the start: there is nothing left to do
      ({ killed, atWork } = await killAtWork(stack, job, KILLS, () => stack.sql(`UPDATE job
        SET state = 'queued', attempts = 0, next_at = 0, finished = 0, position = '' WHERE id = '${job}'`)));
    });
    const letters = stack.sql(`SELECT contract, number, total FROM reminder WHERE tenant = 'globex' ORDER BY number`);
    const ours = letters.filter(({ contract }) => contract?.startsWith('con_k'));
    const audits = count("audit WHERE tenant = 'globex' AND action = 'reminder.created'");
    const numbers = letters.map(({ number }) => Number(number.slice(2)));
    t.diagnostic(`${killed} kills, ${atWork} of them with the run in their hands; ${ours.length} letters for ${DEBTORS} ` +
      `contracts, ${ours.length - new Set(ours.map(({ contract }) => contract)).size} doubled, ${audits} rows of the audit`);
    assert.equal(before, 0);
    assert.equal(ours.length, DEBTORS);
    assert.equal(new Set(ours.map(({ contract }) => contract)).size, DEBTORS);
    assert.ok(ours.every(({ total }) => Number(total) === 2000), 'each about both invoices');
    assert.deepEqual(numbers, numbers.map((_, i) => i + 1));
    assert.equal(audits, letters.length);
    assert.equal(count("invoice WHERE tenant = 'globex' AND id LIKE 'inv_k%' AND reminder_level = 1"), 2 * DEBTORS);
    assert.equal(count(`reminder_invoice x JOIN reminder r ON r.tenant = x.tenant AND r.id = x.reminder
      WHERE r.contract LIKE 'con_k%'`), 2 * DEBTORS);
    const [{ reminders }] = stack.sql(`SELECT reminders FROM reminder_run WHERE tenant = 'globex'`);
    assert.equal(Number(reminders), letters.length);
    assert.ok(KILLS < 6 || atWork > 0, 'nobody was killed at work');
  });
