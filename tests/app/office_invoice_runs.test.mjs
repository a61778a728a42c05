// Invoice runs and their schedules in the back office.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { contractsSql } from '../lib/billing.mjs';
import { links, visible } from '../lib/client.mjs';
import { startStack, until } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');
const at = (path) => `/acme/admin${path}`;
const get = async (path, status = 200, browser = owner) => {
  const answer = await browser.get(`${at(path)}${path.includes('?') ? '&' : '?'}language=en`);
  assert.equal(answer.status, status, `${path}: ${answer.text.slice(0, 300)}`);
  return answer;
};
const mark = () => randomBytes(4).toString('hex');
const start = async (fields) => owner.submit(await get('/invoice-runs/new'), fields, { action: /invoice-runs$/ });
const path = (answer) => answer.location.replace('/acme/admin', '');
const refreshes = (page) => page.headers.refresh === '5';
const done = (run) => until('the end of the run', async () => {
  const page = await get(run);
  return !refreshes(page) && page;
});
const invoices = (set) => stack.sql(`SELECT number FROM invoice WHERE contract LIKE 'con_${set}%' ORDER BY number`);

if (stack.own) {
  stack.sql('UPDATE contract SET next_billing = NULL');
}

test('F46: a dry run shows what would be billed, and "Bill this now" bills it', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 60));
  stack.sql(contractsSql('acme', `y${set}`, 1, { currency: 'JPY', every: 0 }));
  assert.ok(links((await get('/invoice-runs')).text).includes(at('/invoice-runs/new')), 'the list leads there');
  assert.match((await get('/invoice-runs/new')).text, /name="dry_run"[^>]* checked/, 'the dry run comes first');
  const answer = await start({ date: '2026-11-01', dry_run: 'on' });
  assert.equal(answer.status, 303, answer.text);
  const page = await done(path(answer));
  const text = visible(page.text);
  assert.match(text, /Dry run of/);
  assert.match(text, /€750\.00/, 'the sum');
  const [{ later }] = stack.sql(`SELECT COUNT(*) AS later FROM invoice WHERE tenant = 'acme' AND type = 'invoice'
    AND date > '2026-11-01'`);
  assert.equal(/its numbers do not ascend with the dates/.test(text), Number(later) > 0, 'a later invoice is told');
  assert.match(text, new RegExp(`VT-y${set}-1`), 'a contract that cannot be billed');
  assert.match(text, /no recurrence/);
  assert.match(text, new RegExp(`VT-y${set}-1 Company 1 y${set}1 `), 'and whose it is');
  assert.match(text, new RegExp(`VT-${set}-\\d+ Company \\d+ ${set}\\d+ `), 'whose each contract is');
  assert.deepEqual(invoices(set), []);
  const next = links(page.text).find((link) => link.includes('invoices='));
  assert.match(visible((await owner.get(next)).text), new RegExp(`VT-${set}-1 `), 'the rest of what would be billed');

  const billed = await owner.submit(page, {}, { action: /bill$/ });
  assert.equal(billed.status, 303, billed.text);
  const after = await done(path(billed));
  assert.match(visible(after.text), /Invoice run of/);
  assert.doesNotMatch(after.text, /bill"/);
  assert.equal(invoices(set).length, 60);
  assert.ok(links(after.text).includes(at(`/invoices/${invoices(set)[0].number}`)), 'the list leads to each invoice');
  assert.match(visible(after.text), new RegExp(`VT-${set}-\\d+ Company \\d+ ${set}\\d+ `));
  stack.sql(`UPDATE contract SET next_billing = NULL WHERE id LIKE 'con_y${set}%'`);
});

test('F46: a dry run of a day on which nothing is due says so, and what to do', own, async () => {
  const text = visible((await done(path(await start({ date: '2026-11-01', dry_run: 'on' })))).text);
  assert.match(text, /No contract is due by this date\. Choose a later one/);
  assert.doesNotMatch(text, /Sums|Bill this now/);
});

test('F46: while a run is under way its page says how far it is, and another one is refused', own, async () => {
  const set = mark();
  stack.sql(contractsSql('acme', set, 3));
  let run;
  await stack.withoutJobs(async () => {
    const answer = await start({ date: '2026-11-01' });
    run = path(answer);
    const page = await get(run);
    assert.ok(refreshes(page), 'it is loaded again by itself');
    assert.match(visible(page.text), /0 of 0 contracts are done/);
    const second = await start({ date: '2026-11-02' });
    assert.equal(second.status, 409);
    assert.match(second.text, /An invoice run is under way|Ein Rechnungslauf ist im Gange/);
    assert.match(second.text, /value="2026-11-02"/, 'what was typed stays');
    const dry = await start({ date: '2026-11-01', dry_run: 'on' });
    assert.equal(dry.status, 303, 'a dry run goes at any time');
  });
  await done(run);
  assert.equal(invoices(set).length, 3);
});

test('F46: a date that is none, or too far ahead, comes back', own, async () => {
  for (const date of ['', 'x', '2026-02-30', '2999-01-01', '2001-01-01']) {
    const answer = await start({ date });
    assert.equal(answer.status, 422, date);
    assert.match(answer.text, /id="error-date"/);
  }
});

test('F46: a schedule is made, changed, and removed; nobody saves over what they have not seen', own, async () => {
  const all = () => stack.sql("SELECT * FROM invoice_schedule WHERE tenant = 'acme' ORDER BY created, id");
  const list = () => get('/invoice-schedules');
  const made = await owner.submit(await get('/invoice-schedules/new'),
    { unit: 'month', weekday: 'monday', day: '31', hour: '6', active: 'on' }, { action: /invoice-schedules$/ });
  assert.equal(made.status, 303, made.text);
  const [one] = all();
  assert.deepEqual([one.unit, one.weekday, one.day, one.hour, one.active, one.version], ['month', 1, 31, 6, 1, 1]);
  assert.ok(one.next_at > Date.now() / 1000 && one.next_at < Date.now() / 1000 + 32 * 86400);
  const page = `/invoice-schedules/${one.id}`;
  assert.ok(links((await list()).text).includes(at(page)));

  const change = async (fields, from) => owner.submit(from ?? await get(page), { unit: 'week', weekday: 'friday', day: '31',
    hour: '7', ...fields }, { action: new RegExp(`${one.id}$`) });
  const old = await get(page);
  assert.equal((await change({})).status, 303);
  assert.deepEqual([all()[0].unit, all()[0].weekday, all()[0].active, all()[0].version], ['week', 5, 0, 2]);
  assert.equal((await change({})).status, 303);
  assert.equal(all()[0].version, 2, 'the same again changes nothing');
  const late = await change({ hour: '9' }, old);
  assert.equal(late.status, 409);
  assert.match(late.text, /saved-hour/, 'what stands is beside what was typed');
  for (const [name, value] of [['hour', '24'], ['hour', ''], ['day', '0'], ['day', '32'], ['unit', 'year'], ['weekday', 'noday']]) {
    const answer = await change({ [name]: value });
    assert.equal(answer.status, 422, `${name} ${value}`);
    assert.match(answer.text, new RegExp(`id="error-${name}"`));
  }
  assert.equal((await change({ hour: '0' })).status, 303, 'midnight is an hour');
  const removed = await owner.submit(await get(`${page}/remove`), {}, { action: /remove$/ });
  assert.equal(removed.status, 303);
  assert.deepEqual(all(), []);
  await get(page, 404);
});

test('F46: who may only look sees runs, and starts none', own, async () => {
  const reader = await stack.office('acme', 'read_only');
  const page = await get('/invoice-runs', 200, reader);
  assert.ok(!links(page.text).includes(at('/invoice-runs/new')));
  const [{ id }] = stack.sql("SELECT id FROM invoice_run WHERE tenant = 'acme' AND dry_run = 1 AND invoices > 0 LIMIT 1");
  assert.doesNotMatch((await get(`/invoice-runs/${id}`, 200, reader)).text, /bill"/);
  for (const one of ['/invoice-runs/new', '/invoice-schedules/new']) {
    await get(one, 403, reader);
  }
  const globex = await stack.office('globex', 'owner');
  assert.equal((await globex.get(`/globex/admin/invoice-runs/${id}`)).status, 404, 'nor another tenant');
});
