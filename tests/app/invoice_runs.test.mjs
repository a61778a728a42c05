// Invoice runs: what is billed when, once, without gaps; over the API and by schedules.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';

import { contractsSql, runSql, serviceSql } from '../lib/billing.mjs';
import { onPostgresql } from '../lib/database.mjs';
import { build, startStack, until } from '../lib/stack.mjs';

const stack = await startStack({ clock: true });
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const mark = () => randomBytes(4).toString('hex');
const id = (set, i = 1) => `con_${set}${10_000_000 + i}`;
const key = () => ({ 'Idempotency-Key': mark() });

// Demo contracts stay out of the way of every test.
if (stack.own) {
  stack.sql('UPDATE contract SET next_billing = NULL');
}

const start = async (date, more = {}, tenant = 'acme') => {
  const answer = await stack.api(tenant, 'POST', '/invoice-runs', { date, ...more }, key());
  assert.equal(answer.status, 202, answer.text);
  return answer.json;
};
const ended = (run, tenant = 'acme') => until(`the end of ${run}`, async () => {
  const answer = await stack.api(tenant, 'GET', `/invoice-runs/${run}`);
  assert.equal(answer.status, 200, answer.text);
  return ['done', 'failed'].includes(answer.json.status) && answer.json;
}, 60_000);
const run = async (date, more, tenant) => ended((await start(date, more, tenant)).id, tenant);
const dates = (contract) => stack.sql(`SELECT next_billing AS next, billed_until AS until, version FROM contract
  WHERE id = '${contract}'`)[0];
const invoices = (contract) => stack.sql(`SELECT * FROM invoice WHERE contract = '${contract}' ORDER BY number`);
const linesOf = (invoice) => stack.sql(`SELECT * FROM invoice_line WHERE invoice = '${invoice}' ORDER BY position`);
const status = (service) => stack.sql(`SELECT status, invoice FROM service_entry WHERE id = '${service}'`)[0];
const numbersAreGapless = (tenant, type = 'invoice') => {
  const numbers = stack.sql(`SELECT number FROM invoice WHERE tenant = '${tenant}' AND type = '${type}' AND run IS NOT NULL`)
    .map(({ number }) => Number(/\d+$/.exec(number)[0])).sort((a, b) => a - b);
  numbers.forEach((number, i) => assert.equal(number, numbers[0] + i, `the number after ${numbers[i - 1]}`));
  const [{ next }] = stack.sql(`SELECT next FROM number_series WHERE tenant = '${tenant}' AND series = '${type}'`);
  assert.equal(next, numbers.at(-1) + 1);
  return numbers.length;
};
const refused = (answer, code, name) => {
  assert.equal(answer.status, code, answer.text);
  assert.equal(answer.json.code, name);
};

test('F46: a run bills what is due, and the contract goes on to its next period', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 3, { next: '2026-11-01', delivery: 'email' }));
  const done = await run('2026-11-15');
  assert.equal(done.status, 'done');
  assert.deepEqual([done.progress, done.counts],
    [{ done: 3, total: 3 }, { contracts: 3, invoices: 3, failures: 0 }]);
  assert.deepEqual(done.sums, [{ currency: 'EUR', invoices: 3, net: { amount: 3750, currency: 'EUR' },
    vat: { amount: 714, currency: 'EUR' }, gross: { amount: 4464, currency: 'EUR' } }]);
  assert.deepEqual(done.failures, []);
  const one = done.invoices.find(({ contract }) => contract === `VT-${set}-1`);
  assert.match(one.number, /^RE\d{5}$/);
  assert.deepEqual([one.type, one.customer, one.period_from, one.period_to, one.due, one.gross],
    ['invoice', `${set}${7919 % 3 + 1}`, '2026-11-01', '2026-11-30', '2026-11-29', { amount: 1488, currency: 'EUR' }]);
  assert.deepEqual(one.lines.map(({ description, quantity, unit_price, vat_rate, net }) =>
    [description, quantity, unit_price, vat_rate, net.amount]),
  [['Item 1', '1', '10', '19', 1000], ['Item 2', '1', '2.5', '19', 250]]);
  assert.deepEqual(dates(id(set)), { next: '2026-12-01', until: '2026-11-30', version: 2 });
  const [row] = invoices(id(set));
  assert.deepEqual([row.date, row.run, row.status, row.delivery_mode, row.dispatch, row.language, row.settled],
    ['2026-11-15', done.id, 'open', 'email', 'waiting', 'de', 0]);
  assert.match(row.recipient, /^Company \d\nWeg \d\n12345 Köln$/);
  assert.equal(JSON.parse(row.buyer).city, 'Köln');
  const [seller] = stack.sql(`SELECT data FROM seller WHERE tenant = 'acme' AND name = '${row.seller}'`);
  assert.equal(JSON.parse(seller.data).brand, 'Acme Telekom');
  const [trail] = stack.sql(`SELECT action, detail, actor FROM audit WHERE object = '${row.id}'`);
  assert.deepEqual([trail.action, trail.detail], ['invoice.created', done.id]);
  assert.match(trail.actor, /^key:/);
});

test('F46: repeated, a run bills nothing twice', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 5));
  assert.equal((await run('2026-11-01')).counts.invoices, 5);
  const again = await run('2026-11-01');
  assert.deepEqual(again.counts, { contracts: 0, invoices: 0, failures: 0 });
  assert.deepEqual([again.invoices, again.sums], [[], []]);
  assert.equal(invoices(id(set, 3)).length, 1);
});

test('F46: what was missed is on one invoice, a line for each item and period', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 1, { next: '2026-08-31', start: '2026-08-31', items: 1 }));
  await run('2026-11-01');
  const [one, ...more] = invoices(id(set));
  assert.equal(more.length, 0);
  assert.deepEqual([one.period_from, one.period_to], ['2026-08-31', '2026-11-29']);
  assert.deepEqual(linesOf(one.id).map(({ description }) => description),
    ['Item 1, 31.08.2026 – 29.09.2026', 'Item 1, 30.09.2026 – 30.10.2026', 'Item 1, 31.10.2026 – 29.11.2026']);
  assert.deepEqual([one.net, one.vat, one.gross], [3000, 570, 3570]);
  assert.equal(dates(id(set)).next, '2026-11-30', 'the last day of months that have no 31st');
});

test('F32, F46: what is left of a period has the items of the period', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 1, { start: '2026-10-01', next: '2026-11-11' }));
  stack.sql(`UPDATE contract_item SET until = '2026-11-05' WHERE contract = '${id(set)}' AND position = 1;
    UPDATE contract_item SET since = '2026-11-05' WHERE contract = '${id(set)}' AND position = 2`);
  await run('2026-12-01');
  const [one] = invoices(id(set));
  assert.deepEqual(linesOf(one.id).map(({ description, net }) => [description, net]),
    [['Item 1, 11.11.2026 – 30.11.2026', 667], ['Item 2, 01.12.2026 – 31.12.2026', 250]]);
});

test('F46: the last period of a contract that ends is billed by its days, and none after it', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 1, { status: 'cancelled', end: '2026-11-10', items: 1 }));
  await run('2026-11-01');
  const [one] = invoices(id(set));
  assert.deepEqual([one.period_from, one.period_to, one.net], ['2026-11-01', '2026-11-10', 333]);
  const [line] = linesOf(one.id);
  assert.deepEqual([line.quantity, line.unit_price, line.net], [1_000_000, 3_330_000, 333]);
  assert.deepEqual(dates(id(set)), { next: null, until: '2026-11-10', version: 2 });
  await run('2027-01-01');
  assert.equal(invoices(id(set)).length, 1);
});

test('F46: in arrears a period is billed when it is over, also of a contract that has ended', own, async () => {
  const set = mark(), other = mark();
  stack.sql(contractsSql('acme', set, 1, { start: '2026-10-15', next: '2026-11-15', advance: 0, items: 1 }));
  stack.sql(contractsSql('acme', other, 1, { start: '2026-10-15', next: '2026-11-15', end: '2026-11-14', advance: 0,
    status: 'ended', items: 1 }));
  assert.equal((await run('2026-11-14')).counts.invoices, 0);
  assert.equal((await run('2026-11-15')).counts.invoices, 2);
  const [one] = invoices(id(set));
  assert.deepEqual([one.period_from, one.period_to], ['2026-10-15', '2026-11-14']);
  assert.equal(dates(id(set)).next, '2026-12-15');
  assert.equal(dates(id(other)).next, null);
  assert.equal((await run('2026-12-14')).counts.invoices, 0);
});

test('F39, F40: a service is billed when "bill from" is empty or has come, not before', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 1, { items: 1 }));
  stack.sql(serviceSql('acme', id(set), `srv_${set}a`, { performed: '2026-10-20' }));
  stack.sql(serviceSql('acme', id(set), `srv_${set}b`, { from: '2026-11-01', performed: '2026-10-02' }));
  stack.sql(serviceSql('acme', id(set), `srv_${set}c`, { from: '2026-11-02', performed: '2026-10-03' }));
  await run('2026-11-01');
  const [one] = invoices(id(set));
  assert.deepEqual(linesOf(one.id).map(({ description, service, performed }) => [description, service, performed]), [
    ['Item 1', null, null],
    [`Service srv_${set}b`, `srv_${set}b`, '2026-10-02'], [`Service srv_${set}a`, `srv_${set}a`, '2026-10-20']],
  'after the items, the oldest first');
  assert.deepEqual([one.period_from, one.period_to, one.net], ['2026-11-01', '2026-11-30', 2000]);
  assert.deepEqual(['a', 'b', 'c'].map((x) => status(`srv_${set}${x}`)),
    [{ status: 'billed', invoice: one.id }, { status: 'billed', invoice: one.id }, { status: 'open', invoice: null }]);
  await run('2026-12-01');
  const [, two] = invoices(id(set));
  assert.equal(status(`srv_${set}c`).invoice, two.id);
});

test('F41: a service whose date has come waits for the next run of its contract', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 1, { next: '2026-12-01', items: 1 }));
  stack.sql(serviceSql('acme', id(set), `srv_${set}`, { from: '2026-11-05', performed: '2026-11-05' }));
  assert.equal((await run('2026-11-10')).counts.invoices, 0);
  assert.equal(status(`srv_${set}`).status, 'open');
  await run('2026-12-01');
  assert.equal(status(`srv_${set}`).status, 'billed');
  assert.equal(invoices(id(set)).length, 1);
});

test('F42: a service of the future with an empty "bill from" is billed in the next due run', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 1, { items: 1 }));
  stack.sql(serviceSql('acme', id(set), `srv_${set}`, { performed: '2027-03-01' }));
  await run('2026-11-01');
  const [one] = invoices(id(set));
  assert.equal(status(`srv_${set}`).invoice, one.id);
  assert.deepEqual([one.period_from, one.period_to], ['2026-11-01', '2026-11-30'], 'it has a day of its own');
});

test('F40: what stays open when a contract has nothing more to come is billed by any run', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 3, { status: 'ended', next: null, start: '2026-01-01', items: 1 }));
  stack.sql(serviceSql('acme', id(set, 1), `srv_${set}a`));
  stack.sql(serviceSql('acme', id(set, 2), `srv_${set}b`, { from: '2026-11-20' }));
  const done = await run('2026-11-10');
  assert.deepEqual(done.counts, { contracts: 1, invoices: 1, failures: 0 });
  const [one] = invoices(id(set, 1));
  assert.deepEqual([one.period_from, one.period_to, one.net], ['2026-10-15', '2026-10-15', 500]);
  assert.equal((await run('2026-11-10')).counts.invoices, 0);
  assert.equal((await run('2026-11-20')).counts.invoices, 1);
});

test('F46: a negative sum is a credit note of its own series, nothing to bill no invoice, nothing to pay is paid', own,
  async () => {
    const set = mark(), none = mark(), zero = mark();
    stack.sql(contractsSql('acme', set, 1, { items: 1 }));
    stack.sql(serviceSql('acme', id(set), `srv_${set}`, { price: -30_000_000 }));
    stack.sql(contractsSql('acme', none, 1, { items: 0 }));
    stack.sql(contractsSql('acme', zero, 1, { items: 1 }));
    stack.sql(serviceSql('acme', id(zero), `srv_${zero}`, { price: -10_000_000 }));
    const { json: endpoint } = await api('POST', '/callbacks',
      { url: `https://merchant.example/${set}`, types: 'invoice.created credit_note.created' });
    const done = await run('2026-11-01');
    assert.deepEqual(done.counts, { contracts: 3, invoices: 2, failures: 0 });
    const [credit] = invoices(id(set));
    assert.deepEqual([credit.type, credit.net, credit.vat, credit.gross], ['credit_note', -2000, -380, -2380]);
    assert.match(credit.number, /^GS\d{5}$/);
    assert.deepEqual(invoices(id(none)), []);
    assert.equal(dates(id(none)).next, '2026-12-01');
    const [nothing] = invoices(id(zero));
    assert.deepEqual([nothing.type, nothing.gross, nothing.status], ['invoice', 0, 'paid']);
    numbersAreGapless('acme', 'credit_note');
    assert.deepEqual(stack.sql(`SELECT action, object FROM audit WHERE detail = '${done.id}' AND object LIKE 'inv_%'
      ORDER BY action`), [{ action: 'credit_note.created', object: credit.id }, { action: 'invoice.created', object: nothing.id }]);
    const events = stack.sql(`SELECT e.type, e.object FROM callback_event e JOIN callback_delivery d ON d.event = e.id
      WHERE d.endpoint = '${endpoint.id}' ORDER BY e.type`);
    assert.deepEqual(events.map(({ type, object }) => [type, object]),
      [['credit_note.created', credit.id], ['invoice.created', nothing.id]]);
    await api('DELETE', `/callbacks/${endpoint.id}`);
  });

test('F46: due days, language and currency are the contract\'s, the customer\'s, or the tenant\'s', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 2, { currency: 'JPY', items: 1 }));
  stack.sql(`UPDATE contract SET due_days = 30 WHERE id = '${id(set)}'`);
  stack.sql(`UPDATE customer SET language = 'fr' WHERE id = (SELECT customer FROM contract WHERE id = '${id(set)}')`);
  stack.sql(`UPDATE customer SET language = 'es' WHERE id = (SELECT customer FROM contract WHERE id = '${id(set, 2)}')`);
  const done = await run('2026-11-01');
  const [one] = invoices(id(set)), [two] = invoices(id(set, 2));
  assert.deepEqual([one.due, one.language, one.currency, one.net], ['2026-12-01', 'fr', 'JPY', 10]);
  assert.deepEqual([two.due, two.language], ['2026-11-15', 'de'], 'a language that the tenant does not speak');
  assert.equal(done.sums[0].currency, 'JPY');
});

test('F46: a contract that cannot be billed is named, and stops nothing', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 9));
  stack.sql(`UPDATE contract SET every = 0 WHERE id = '${id(set, 3)}'`);
  stack.sql(`UPDATE contract_item SET unit_price = 9000000000000000000, quantity = 9000000000000000000
    WHERE contract = '${id(set, 5)}' AND position = 1`);
  const before = stack.sql("SELECT next FROM number_series WHERE tenant = 'acme' AND series = 'invoice'")[0].next;
  const done = await run('2026-11-01');
  assert.equal(done.status, 'done');
  assert.deepEqual(done.counts, { contracts: 9, invoices: 7, failures: 2 });
  assert.deepEqual(done.failures.map(({ contract, reason }) => [contract, reason]).sort(),
    [[`VT-${set}-3`, 'no_recurrence'], [`VT-${set}-5`, 'amount_too_large']]);
  const after = stack.sql("SELECT next FROM number_series WHERE tenant = 'acme' AND series = 'invoice'")[0].next;
  assert.equal(after - before, 7);
  assert.equal(dates(id(set, 3)).next, '2026-11-01', 'it stays due');
  stack.sql(`UPDATE contract SET next_billing = NULL WHERE id IN ('${id(set, 3)}', '${id(set, 5)}')`);
});

test('F46: what the database refuses is tried contract by contract, and only that one is left out', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 8));
  const refuse = `NEW.contract = '${id(set, 4)}'`;
  if (onPostgresql) {
    stack.sql(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE check_violation; END'`);
    stack.sql(`CREATE TRIGGER refused BEFORE INSERT ON invoice FOR EACH ROW WHEN (${refuse}) EXECUTE FUNCTION refuse()`);
  } else {
    stack.sql(`CREATE TRIGGER refused BEFORE INSERT ON invoice WHEN ${refuse} BEGIN SELECT RAISE(ABORT, 'refused'); END`);
  }
  const done = await run('2026-11-01');
  stack.sql(onPostgresql ? 'DROP FUNCTION refuse CASCADE' : 'DROP TRIGGER refused');
  assert.deepEqual(done.counts, { contracts: 8, invoices: 7, failures: 1 });
  assert.deepEqual(done.failures.map(({ contract, reason }) => [contract, reason]), [[`VT-${set}-4`, 'not_written']]);
  numbersAreGapless('acme');
  const again = await run('2026-11-01');
  assert.deepEqual(again.invoices.map(({ contract }) => contract), [`VT-${set}-4`]);
});

test('F46: a number that stands in the database already is passed over', own, async () => {
  const set = mark();
  stack.sql(contractsSql('globex', set, 3));
  const [{ next }] = stack.sql(`SELECT COALESCE(MAX(next), 1) AS next FROM number_series
    WHERE tenant = 'globex' AND series = 'invoice'`);
  const taken = `RE${String(next + 1).padStart(5, '0')}`;
  const [{ id: other }] = stack.sql("SELECT id FROM invoice WHERE tenant = 'globex' ORDER BY number LIMIT 1");
  stack.sql(`UPDATE invoice SET number = '${taken}' WHERE tenant = 'globex' AND id = '${other}'`);
  const done = await run('2026-11-01', {}, 'globex');
  assert.deepEqual(done.counts, { contracts: 3, invoices: 3, failures: 0 });
  assert.deepEqual(done.invoices.map(({ number }) => Number(number.slice(2))), [next, next + 2, next + 3]);
});

test('F46: a dry run shows the same and changes nothing', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 4));
  stack.sql(serviceSql('acme', id(set, 2), `srv_${set}`));
  stack.sql(`UPDATE contract SET every = 0 WHERE id = '${id(set, 4)}'`);
  const state = () => stack.sql(`SELECT (SELECT COUNT(*) FROM invoice) AS invoices, (SELECT COUNT(*) FROM invoice_line) AS lines,
    (SELECT MAX(version) FROM contract WHERE id LIKE 'con_${set}%') AS version,
    (SELECT next FROM number_series WHERE tenant = 'acme' AND series = 'invoice') AS next,
    (SELECT COUNT(*) FROM service_entry WHERE status = 'open' AND id = 'srv_${set}') AS open`)[0];
  const before = state();
  const dry = await run('2026-11-01', { dry_run: true });
  assert.deepEqual(state(), before);
  const real = await run('2026-11-01');
  const bare = ({ number, ...rest }) => rest;
  assert.deepEqual([dry.dry_run, real.dry_run], [true, false]);
  assert.deepEqual(dry.counts, { contracts: 4, invoices: 3, failures: 1 });
  assert.deepEqual(dry.invoices.map(({ number }) => number), [null, null, null]);
  for (const what of ['sums', 'counts', 'failures']) {
    assert.deepEqual(dry[what], real[what], what);
  }
  assert.deepEqual(dry.invoices.map(bare), real.invoices.map(bare));
  stack.sql(`UPDATE contract SET next_billing = NULL WHERE id = '${id(set, 4)}'`);
});

test('F46: invoices and failures of a run come in parts', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 130, { items: 1 }));
  stack.sql(contractsSql('acme', `x${set}`, 105, { every: 0 }));
  const dry = await run('2026-11-01', { dry_run: true });
  stack.sql(`DELETE FROM contract_item WHERE contract LIKE 'con_x${set}%'`);
  const done = await run('2026-11-01');
  stack.sql(`UPDATE contract SET next_billing = NULL WHERE id LIKE 'con_x${set}%'`);
  for (const one of [dry, done]) {
    assert.deepEqual(one.counts, { contracts: 235, invoices: 130, failures: 105 });
    for (const [name, n] of [['invoices', 130], ['failures', 105]]) {
      assert.equal(one[name].length, 100);
      const rest = await api('GET', `/invoice-runs/${one.id}/${name}?cursor=${one[`${name}_next`]}`);
      assert.deepEqual([rest.status, rest.json.items.length, rest.json.next], [200, n - 100, null], rest.text);
      const all = [];
      for (let cursor = ''; cursor !== null;) {
        const { json } = await api('GET', `/invoice-runs/${one.id}/${name}?limit=40${cursor && `&cursor=${cursor}`}`);
        all.push(...json.items);
        cursor = json.next;
      }
      assert.deepEqual(all, [...one[name], ...rest.json.items]);
      assert.equal(new Set(all.map(({ contract }) => contract)).size, n);
    }
  }
});

test('F46: asked twice with one Idempotency-Key there is one run; without one, none', own, async () => {
  const headers = key(), body = { date: '2026-11-01', dry_run: true };
  const one = await api('POST', '/invoice-runs', body, headers);
  const two = await api('POST', '/invoice-runs', body, headers);
  assert.deepEqual([one.status, two.status, two.json.id], [202, 202, one.json.id]);
  assert.equal(one.headers.location, `/api/v1/invoice-runs/${one.json.id}`);
  refused(await api('POST', '/invoice-runs', body), 400, 'idempotency_missing');
  refused(await api('POST', '/invoice-runs', { date: '2026-11-02' }, headers), 422, 'idempotency_mismatch');
  await ended(one.json.id);
});

test('F46: a date is one, and at most 366 days from today', own, async () => {
  const cases = [[{}, 'value_missing'], [{ date: '2026-02-30' }, 'value_date'], [{ date: '2999-01-01' }, 'value_run_date'],
    [{ date: '2001-01-01', dry_run: true }, 'value_run_date']];
  for (const [body, code] of cases) {
    const answer = await api('POST', '/invoice-runs', body, key());
    refused(answer, 422, 'invalid');
    assert.deepEqual(answer.json.errors.map((error) => [error.pointer, error.code]), [['#/date', code]]);
  }
});

test('F46: a run of a date before the newest invoice warns that numbers will not ascend with dates', own, async () => {
  const [{ newest }] = stack.sql("SELECT MAX(date) AS newest FROM invoice WHERE tenant = 'acme' AND type = 'invoice'");
  const earlier = new Date(Date.parse(newest) - 86400_000).toISOString().slice(0, 10);
  for (const [date, warnings] of [[earlier, ['before_newest']], [newest, []]]) {
    const { status, json } = await api('POST', '/invoice-runs', { date, dry_run: true }, key());
    assert.equal(status, 202);
    assert.deepEqual(json.warnings, warnings, date);
    await ended(json.id);
    assert.deepEqual((await api('GET', `/invoice-runs/${json.id}`)).json.warnings, warnings, 'and it stays');
  }
});

test('F46: a tenant has one run at a time, and others theirs; nobody sees another\'s', own, async () => {
  const set = mark();
  let mine, yours;
  stack.sql(contractsSql('acme', set, 2));
  stack.sql(contractsSql('globex', set, 2));
  await stack.withoutJobs(async () => {
    mine = await start('2026-11-01');
    assert.equal(mine.status, 'queued');
    refused(await api('POST', '/invoice-runs', { date: '2026-11-01' }, key()), 409, 'invoice_run_under_way');
    await start('2026-11-01', { dry_run: true });
    yours = await start('2026-11-01', {}, 'globex');
  });
  assert.equal((await ended(mine.id)).counts.invoices, 2);
  assert.equal((await ended(yours.id, 'globex')).counts.invoices, 2);
  refused(await stack.api('globex', 'GET', `/invoice-runs/${mine.id}`), 404, 'not_found');
  refused(await stack.api('globex', 'GET', `/invoice-runs/${mine.id}/invoices`), 404, 'not_found');
  const { json: { items } } = await api('GET', '/invoice-runs?limit=200');
  assert.ok(items.some((one) => one.id === mine.id) && items.every((one) => one.id !== yours.id));
});

test('F46, X11: two hosts at work on several runs bill each contract once, and leave no gap', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 1500, { next: '2026-09-01', items: 1 }));
  const others = [1, 2].map(() => spawn(join(build, 'pforte'), ['--config', join(stack.state, 'pforte.conf'), 'jobs'],
    { stdio: 'ignore' }));
  // past the rule that a tenant has one run at a time, as a retry of a failed one would be
  const runs = ['2026-09-01', '2026-10-01', '2026-11-01'].map((date) => ({ date, run: `run_${mark()}` }));
  stack.sql(runs.map(({ date, run: name }) => runSql('acme', name, date)).join(''));
  for (const { run: name } of runs) {
    assert.equal((await ended(name)).status, 'done');
  }
  await Promise.all(others.map((child) => {
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    return gone;
  }));
  const [months] = stack.sql(`SELECT COUNT(*) AS n, COUNT(DISTINCT position || invoice) AS lines, SUM(net) AS net FROM invoice_line
    WHERE invoice IN (SELECT id FROM invoice WHERE contract LIKE 'con_${set}%')`);
  const last = await run('2026-11-01');
  const [total] = stack.sql(`SELECT COUNT(*) AS n, SUM(net) AS net FROM invoice_line
    WHERE invoice IN (SELECT id FROM invoice WHERE contract LIKE 'con_${set}%')`);
  assert.deepEqual([total.n, Number(total.net)], [4500, 4_500_000], `three months each; ${months.n} by the three runs`);
  assert.deepEqual(stack.sql(`SELECT DISTINCT next_billing AS next FROM contract WHERE id LIKE 'con_${set}%'`),
    [{ next: '2026-12-01' }]);
  assert.equal(last.status, 'done');
  numbersAreGapless('acme');
});

test('X11: endpoints that want it are told of each invoice, and of the end of the run', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 3, { items: 1 }));
  const { json: endpoint } = await api('POST', '/callbacks',
    { url: `https://merchant.example/${set}`, types: 'invoice.created invoice_run.finished' });
  const done = await run('2026-11-01');
  const events = stack.sql(`SELECT e.type, e.object FROM callback_event e JOIN callback_delivery d ON d.event = e.id
    WHERE d.endpoint = '${endpoint.id}' ORDER BY e.id`);
  assert.deepEqual(events.map(({ type }) => type),
    ['invoice.created', 'invoice.created', 'invoice.created', 'invoice_run.finished']);
  assert.equal(events[3].object, done.id);
  assert.equal(new Set(events.map(({ object }) => object)).size, 4);
  await api('DELETE', `/callbacks/${endpoint.id}`);
});

// ---- schedules; time moves from here on ----

const schedule = (more) => ({ unit: 'day', weekday: 1, day: 1, hour: 6, active: 1, next_at: stack.now() - 1, ...more });
const addSchedule = (more) => {
  const name = `sch_${mark()}`, s = schedule(more);
  stack.sql(`INSERT INTO invoice_schedule (tenant, id, unit, weekday, day, hour, active, next_at, version, created)
    VALUES ('acme', '${name}', '${s.unit}', ${s.weekday}, ${s.day}, ${s.hour}, ${s.active}, ${s.next_at}, 1, 0)`);
  return name;
};
const runsOf = (name) => stack.sql(`SELECT id, date, status FROM invoice_run WHERE created_by = 'schedule:${name}' ORDER BY id`);
const nextAt = (name) => stack.sql(`SELECT next_at FROM invoice_schedule WHERE id = '${name}'`)[0].next_at;
const berlin = (time) => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin', dateStyle: 'short', timeStyle: 'short' })
  .format(new Date(time * 1000));

test('F46, X11: a schedule starts one run a slot, also by several hosts and after days of standing still', own, async () => {
  let name;
  await stack.withoutJobs(async () => {
    name = addSchedule({ next_at: stack.now() - 5 * 86400 }); // five slots were missed
    const hosts = [1, 2, 3].map(() => spawn(join(build, 'pforte'),
      ['--config', join(stack.state, 'pforte.conf'), 'jobs', '--once'], { stdio: 'ignore' }));
    await Promise.all(hosts.map((child) => new Promise((done) => child.once('exit', done))));
  });
  await until('the run', () => runsOf(name).length === 1 && runsOf(name)[0].status === 'done');
  const slot = nextAt(name);
  assert.match(berlin(slot), / 06:00$/);
  assert.ok(slot > stack.now() && slot <= stack.now() + 86400);
  assert.equal(runsOf(name)[0].date, berlin(slot - 86400).slice(0, 10), 'of the day of the last slot');
  stack.moveTime(slot - stack.now() + 30);
  await until('the next slot', () => runsOf(name).length === 2, 60_000);
  assert.equal(runsOf(name)[1].date, berlin(slot).slice(0, 10));
  assert.equal(nextAt(name) > slot, true);
  stack.sql(`UPDATE invoice_schedule SET active = 0 WHERE id = '${name}'`);
});

test('F46: a dry run is forgotten after seven days, a run that billed never', own, async () => {
  const dry = await run('2026-11-01', { dry_run: true }), real = await run('2026-11-01');
  stack.moveTime(8 * 86400);
  await until('it to be forgotten', () => stack.sql(`SELECT id FROM invoice_run WHERE id = '${dry.id}'`).length === 0, 60_000);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM invoice_run_preview`)[0].n, 0);
  assert.equal(stack.sql(`SELECT id FROM invoice_run WHERE id = '${real.id}'`).length, 1);
});

const correct = (number, body) => api('POST', `/invoices/${number}/correct`, { reason: 'wrong', ...body }, key());

test('F46, B127: with rebill, days of services move no period: none is billed twice, and none left out', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 1, { next: '2026-10-01', items: 1 }) + serviceSql('acme', id(set), `srv_${set}`,
    { performed: '2026-10-05', from: '2026-11-01' }));
  await run('2026-10-01');
  await run('2026-11-01');
  const [october, november] = invoices(id(set));
  assert.deepEqual([november.period_from, november.billed_from, november.billed_to],
    ['2026-11-01', '2026-11-01', '2026-11-30']);
  assert.equal((await correct(november.number, { rebill: true })).status, 201);
  assert.deepEqual([dates(id(set)).next, dates(id(set)).until], ['2026-11-01', '2026-10-31']);
  await run('2026-11-01');
  const again = invoices(id(set)).at(-1);
  assert.deepEqual([again.type, again.net], ['invoice', november.net]);
  assert.equal(again.net, october.net + 500);
  assert.equal(status(`srv_${set}`).invoice, again.id);
});

test('F46, B127: with rebill, services alone are billed again, and no period with them', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 1, { next: '2026-11-01', items: 1 }));
  await run('2026-11-01');
  stack.sql(`UPDATE contract SET next_billing = NULL WHERE id = '${id(set)}'`); // billed to its end
  stack.sql(serviceSql('acme', id(set), `srv_${set}b`, { performed: '2027-01-05' }));
  await run('2026-12-01');
  const rest = invoices(id(set)).at(-1);
  assert.deepEqual([rest.period_from, rest.billed_from], ['2027-01-05', '']);
  const before = dates(id(set));
  assert.equal((await correct(rest.number, { rebill: true })).status, 201);
  assert.deepEqual(dates(id(set)), before);
  assert.equal(status(`srv_${set}b`).status, 'open');
});

// One invoice of a period and a service, and what the runs after it bill when it is corrected so.
const correctedSo = async (body) => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 1, { items: 1 }) + serviceSql('acme', id(set), `srv_${set}`));
  await run('2026-11-01');
  const [one] = invoices(id(set));
  assert.equal(one.net, 1500);
  const wrong = await correct(one.number, body);
  assert.equal(wrong.status, 201, wrong.text);
  const trail = stack.sql(`SELECT action, detail FROM audit WHERE object IN ('${id(set)}', 'srv_${set}')
    AND action LIKE '%.rebilled' ORDER BY action`).map(({ action, detail }) => [action, detail === one.number]);
  const [told] = stack.sql(`SELECT a.detail FROM audit a JOIN invoice i ON i.id = a.object
    WHERE i.corrects = '${one.id}' AND a.action = 'correction.created'`);
  await run('2026-11-02');
  await run('2026-12-01');
  await run('2026-12-02');
  const later = invoices(id(set)).filter(({ type, number }) => type === 'invoice' && number !== one.number);
  return { nets: later.map(({ net }) => net), trail, told: told.detail, by: status(`srv_${set}`).invoice,
    ids: [one, ...later].map(({ id: invoice }) => invoice) };
};

test('F46, B127: reopened services are billed again once; the period goes its own way', own, async () => {
  const { nets, trail, told, by, ids } = await correctedSo({ reopen_services: true });
  assert.deepEqual([nets, told], [[1500], 'reopen_services'], 'they wait for the next run of their contract (F41)');
  assert.deepEqual(trail, [['service_entry.rebilled', true]]);
  assert.equal(by, ids[1]);
});

test('F46, B127: services that are not reopened are never billed again, with their period or without', own, async () => {
  const period = await correctedSo({ rebill: true, reopen_services: false });
  assert.deepEqual([period.nets, period.told, period.by], [[1000, 1000], 'rebill', period.ids[0]]);
  assert.deepEqual(period.trail, [['contract.rebilled', true]]);
  const neither = await correctedSo({});
  assert.deepEqual([neither.nets, neither.told, neither.trail, neither.by], [[1000], '', [], neither.ids[0]]);
});

test('F46, B127: with rebill alone, the services go with their period', own, async () => {
  const { nets, trail, told, by, ids } = await correctedSo({ rebill: true });
  assert.deepEqual([nets, told, by], [[1500, 1000], 'rebill reopen_services', ids[1]]);
  assert.deepEqual(trail, [['contract.rebilled', true], ['service_entry.rebilled', true]]);
});

test('F46, B127: services of an earlier invoice are reopened though a later period is billed; of a part they are not',
  own, async () => {
    const set = mark();
    stack.sql(contractsSql('acme', set, 1, { next: '2026-10-01', items: 1 })
      + serviceSql('acme', id(set), `srv_${set}`, { performed: '2026-09-05' }));
    await run('2026-10-01');
    await run('2026-11-01');
    const [october] = invoices(id(set));
    refused(await correct(october.number, { rebill: true, reopen_services: true }), 409, 'rebill_later');
    const part = await correct(october.number, { reopen_services: true,
      lines: [{ description: 'x', unit_price: '1', vat_rate: '19' }] });
    assert.deepEqual(part.json.errors.map(({ pointer, code }) => [pointer, code]), [['#/reopen_services', 'rebill_part']]);
    assert.equal(status(`srv_${set}`).status, 'billed');
    assert.equal((await correct(october.number, { reopen_services: true })).status, 201);
    assert.equal(status(`srv_${set}`).status, 'open');
  });

test('F46, B127: a credit note of a run is taken back, and what it was made of is billed again', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 1, { items: 1 }) + serviceSql('acme', id(set), `srv_${set}`, { price: -30_000_000 }));
  await run('2026-11-01');
  const [note] = invoices(id(set));
  assert.equal(note.type, 'credit_note');
  assert.equal((await correct(note.number, { rebill: true })).status, 201);
  assert.deepEqual([dates(id(set)).next, status(`srv_${set}`).status], ['2026-11-01', 'open']);
  await run('2026-11-01');
  const made = invoices(id(set)).map(({ type, gross }) => [type, gross]);
  assert.deepEqual(made, [['credit_note', -2380], ['credit_note', -2380], ['correction', 2380]]);
});

test('F46, B127: a later period that was cancelled for good is not billed again with an earlier one', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 1, { next: '2026-10-01', items: 1 }));
  await run('2026-10-01');
  await run('2026-11-01');
  const [october, november] = invoices(id(set));
  assert.equal((await correct(november.number, {})).status, 201);
  refused(await correct(october.number, { rebill: true }), 409, 'rebill_later');
});

test('F46: what a contract has beyond all bounds is not read, and told', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 2, { items: 1 }) + `INSERT INTO service_entry (tenant, id, contract, description,
    quantity, unit_price, vat_rate, performance_date, status, version, created) WITH RECURSIVE n (i) AS (SELECT 1
    UNION ALL SELECT i + 1 FROM n WHERE i < 10001) SELECT 'acme', 'srv_${set}' || i, '${id(set)}', 'S', 1000000, 1000000, 1900,
    '2026-10-15', 'open', 1, 0 FROM n;`);
  const done = await run('2026-11-01');
  assert.deepEqual(done.failures.map(({ contract, reason }) => [contract, reason]), [[`VT-${set}-1`, 'too_many_lines']]);
  assert.equal(done.counts.invoices, 1);
  stack.sql(`DELETE FROM service_entry WHERE contract = '${id(set)}'`);
});

test('X4: what a key of test mode bills, credits or corrects is mailed to nobody', own, async () => {
  const made = await api('POST', '/api-keys', { name: 'T', scopes: ['invoices:read', 'invoices:write'], mode: 'test' });
  const tester = { Authorization: `Bearer ${made.json.key}`, ...key() };
  const set = mark();
  stack.sql(contractsSql('acme', set, 1, { items: 1, delivery: 'email' }));
  const started = await api('POST', '/invoice-runs', { date: '2026-11-01' }, tester);
  assert.equal(started.status, 202, started.text);
  await ended(started.json.id);
  const [one] = invoices(id(set));
  assert.deepEqual([one.dispatch, one.dispatch_reason], ['suppressed', 'a key of test mode']);
  const marks = stack.sql(`SELECT test FROM audit WHERE object = '${one.id}' AND action = 'invoice.created'`);
  assert.deepEqual(marks.map((mark) => mark.test), [1]);
  const note = await api('POST', '/credit-notes', { contract: `VT-${set}-1`, reason: 'x',
    lines: [{ description: 'x', unit_price: '1', vat_rate: '19' }] }, { ...tester, ...key() });
  assert.equal(note.status, 201, note.text);
  const wrong = await api('POST', `/invoices/${one.number}/correct`, { reason: 'x' }, { ...tester, ...key() });
  assert.equal(wrong.status, 201, wrong.text);
  assert.deepEqual(invoices(id(set)).map(({ dispatch }) => dispatch), ['suppressed', 'suppressed', 'suppressed']);
});
