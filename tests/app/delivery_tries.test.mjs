// Documents and reminders that cannot be sent: tried again and again, and failed
// for good in the end, for everybody to see.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { visible } from '../lib/client.mjs';
import { debtor, lettersTo, remind, today } from '../lib/debts.mjs';
import { startRelay } from '../lib/relay.mjs';
import { startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack({ clock: true });
after(() => relay.stop());
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const key = () => ({ 'Idempotency-Key': randomUUID() });
const MINUTE = 60, HOUR = 3600;
const WAITS = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR];

const rowOf = (table, number) => stack.sql(`SELECT * FROM ${table} WHERE tenant = 'acme' AND number = '${number}'`)[0];
const set = (table, number, changes) => stack.sql(`UPDATE ${table} SET ${changes} WHERE tenant = 'acme' AND number = '${number}'`);
const waiting = (table) => `dispatch = 'waiting', dispatch_until = 0, dispatch_tries = 0,
  dispatch_error = '', mail = ${table === 'invoice' ? 'NULL' : "''"}`;
const told = (type, id) => stack.sql(`SELECT id FROM callback_event WHERE type = '${type}' AND object = '${id}'`).length;
const trail = (action, id) => stack.sql(`SELECT actor, detail FROM audit WHERE action = '${action}' AND object = '${id}'`);

// In the place of the document's file stands a folder from now on: nobody can write
// it. Returns what takes that away.
function spoil(table, number) {
  const { pdf } = rowOf(table, number);
  const path = join(stack.state, 'documents', 'acme', `${pdf}.pdf`);
  assert.match(pdf, /^[0-9a-f]{64}$/);
  rmSync(path);
  mkdirSync(path);
  return () => rmSync(path, { recursive: true });
}

// Documents of somebody of their own, drawn already.
async function documents(n) {
  const who = debtor(stack, { invoices: Array.from({ length: n }, (_, i) => ({ ago: -10 - i })) });
  const numbers = who.invoices.map(({ number }) => number);
  for (const number of numbers) {
    assert.equal((await api('GET', `/invoices/${number}/pdf`)).status, 200);
  }
  return { ...who, numbers };
}

const tried = (table, number, tries) => until(`try ${tries} of ${number}`, () => {
  const now = rowOf(table, number);
  return now.dispatch_tries === tries && (now.dispatch_error || now.dispatch !== 'waiting') && now;
});

// All of its tries in vain, one after the other; the row after the last.
async function tryInVain(table, number, each = () => {}) {
  for (const [i, wait] of WAITS.entries()) {
    const before = stack.now();
    const now = await tried(table, number, i + 1);
    assert.deepEqual([now.dispatch, now.dispatch_error], ['waiting', 'file']);
    assert.ok(now.dispatch_until >= before + wait - 30 && now.dispatch_until <= stack.now() + wait,
      `after try ${i + 1} it waits ${wait} s, not ${now.dispatch_until - before}`);
    await each(now);
    set(table, number, "dispatch_until = 0, dispatch_error = ''");
  }
  return until(`the end of ${number}`, () => {
    const now = rowOf(table, number);
    return now.dispatch === 'failed' && now;
  });
}

async function hook(types) {
  const { json } = await api('POST', '/callbacks', { url: 'https://shop.example/hook', types });
  return () => api('DELETE', `/callbacks/${json.id}`);
}

test('F32, X4: what cannot be made is tried again, later and later, holds up nothing else, and fails for good', own, async () => {
  const unhook = await hook('invoice.delivery_failed');
  const { numbers: [bad, good], email } = await documents(2);
  const mend = spoil('invoice', bad);
  set('invoice', bad, waiting('invoice'));
  await tried('invoice', bad, 1);
  set('invoice', good, waiting('invoice'));
  await until('the other one', () => rowOf('invoice', good).dispatch === 'sent');
  assert.equal(relay.to(email).length, 1);
  const owner = await stack.office('acme', 'owner');
  const failed = await tryInVain('invoice', bad, async ({ dispatch_tries: tries, dispatch_until: next, id }) => {
    const { json } = await api('GET', `/invoices/${bad}`);
    assert.deepEqual([json.dispatch, json.dispatch_tries, json.dispatch_error], ['waiting', tries, 'file']);
    assert.equal(Date.parse(json.dispatch_next) / 1000, next);
    assert.deepEqual([trail('invoice.not_sent', id).length, told('invoice.delivery_failed', id)], [0, 0]);
    if (tries === 1) {
      const page = visible((await owner.get(`/acme/admin/invoices/${bad}?language=en`)).text);
      assert.match(page, /Its file could not be made/);
      assert.match(page, /Next try to send it/);
    }
  });
  assert.equal(failed.dispatch_tries, 6);
  assert.deepEqual([trail('invoice.not_sent', failed.id), told('invoice.delivery_failed', failed.id)],
    [[{ actor: 'system', detail: 'file' }], 1], 'told once');
  const { json } = await api('GET', `/invoices/${bad}`);
  assert.deepEqual([json.dispatch, json.dispatch_tries, json.dispatch_error, json.dispatch_next],
    ['failed', 6, 'file', null]);
  const listed = (await api('GET', `/invoices?dispatch=failed&text=${bad}`)).json.items;
  assert.deepEqual(listed.map(({ number, dispatch_error: error }) => [number, error]), [[bad, 'file']]);
  const list = await owner.get(`/acme/admin/invoices?dispatch=failed&text=${bad}&language=en`);
  assert.match(visible(list.text), new RegExp(`${bad}[^]*failed`));
  mend();
  assert.equal((await api('POST', `/invoices/${bad}/send`, {}, key())).status, 200);
  await until('it to be sent', () => rowOf('invoice', bad).dispatch === 'sent');
  assert.deepEqual((({ dispatch_error: error, dispatch_reason: reason }) => [error, reason])(rowOf('invoice', bad)), ['', '']);
  await unhook();
});

test('F32: credit notes and corrections are told of by their own names', own, async () => {
  for (const type of ['credit_note', 'correction']) {
    const unhook = await hook(`${type}.delivery_failed`);
    const { numbers: [number], invoices: [{ id }] } = await documents(1);
    stack.sql(`UPDATE customer SET email = '' WHERE id = (SELECT customer FROM invoice WHERE id = '${id}')`);
    set('invoice', number, `type = '${type}', ${waiting('invoice')}`);
    await until(`${type} to fail`, () => rowOf('invoice', number).dispatch === 'failed');
    assert.equal(rowOf('invoice', number).dispatch_error, 'no_address', 'another try would not help');
    assert.equal(told(`${type}.delivery_failed`, id), 1);
    await unhook();
  }
});

test('B127, X4: the same of a reminder', own, async () => {
  const unhook = await hook('reminder.delivery_failed');
  const who = debtor(stack, { mode: 'none' });
  const [{ number }] = lettersTo(await remind(stack, { date: today(stack) }), who);
  assert.equal((await api('GET', `/reminders/${number}/pdf`)).status, 200);
  const mend = spoil('reminder', number);
  set('reminder', number, waiting('reminder'));
  const failed = await tryInVain('reminder', number, async ({ dispatch_tries: tries }) => {
    const { json } = await api('GET', `/reminders/${number}`);
    assert.deepEqual([json.dispatch, json.dispatch_tries, json.dispatch_error], ['waiting', tries, 'file']);
  });
  assert.deepEqual([trail('reminder.not_sent', failed.id), told('reminder.delivery_failed', failed.id)],
    [[{ actor: 'system', detail: 'file' }], 1]);
  const { items } = (await api('GET', `/reminders?dispatch=failed&customer=${who.number}`)).json;
  assert.deepEqual(items.map((one) => [one.number, one.dispatch_error]), [[number, 'file']]);
  const owner = await stack.office('acme', 'owner');
  const page = visible((await owner.get(`/acme/admin/reminders/${number}?language=en`)).text);
  assert.match(page, /Its file could not be made/);
  mend();
  assert.equal((await api('POST', `/reminders/${number}/resend`, {}, key())).status, 200);
  const sent = await until('it to be sent', () => {
    const now = rowOf('reminder', number);
    return now.dispatch === 'sent' && now;
  });
  assert.deepEqual([sent.dispatch_tries, sent.dispatch_error], [1, '']);
  await unhook();
});

test('X4: what nobody came back from counts as a try, and what the relay refuses has failed as well', own, async () => {
  const { numbers: [lost, refused], email } = await documents(2);
  set('invoice', lost, waiting('invoice').replace('tries = 0', 'tries = 6'));
  await until(`${lost} to fail`, () => rowOf('invoice', lost).dispatch === 'failed');
  assert.equal(rowOf('invoice', lost).dispatch_error, 'interrupted');
  assert.equal(relay.to(email).length, 0);
  relay.refuse = { rcpt: 550 };
  set('invoice', refused, waiting('invoice'));
  const failed = await until(`${refused} to fail`, () => {
    const now = rowOf('invoice', refused);
    return now.dispatch === 'failed' && now;
  });
  relay.refuse = {};
  assert.equal(failed.dispatch_error, 'refused');
  assert.deepEqual(trail('invoice.not_sent', failed.id), [{ actor: 'system', detail: failed.mail }]);
});

// ---- all that failed, once more ----

const count = (table) => Number(stack.sql(`SELECT COUNT(*) AS n FROM ${table} WHERE tenant = 'acme'
  AND dispatch = 'failed'${table === 'reminder' ? ' AND withdrawn = 0' : ''}`)[0].n);

test('F33, X4: the first page says how many failed and leads to them; all of them go again by one button, once', own, async () => {
  const { numbers, email } = await documents(3);
  const { numbers: [lost] } = await documents(1);
  stack.sql(`UPDATE customer SET email = '' WHERE id = (SELECT customer FROM invoice WHERE number = '${lost}')`);
  const who = debtor(stack, { mode: 'none' });
  const [{ number: letter }] = lettersTo(await remind(stack, { date: today(stack) }), who);
  stack.sql("UPDATE invoice SET dispatch = 'none' WHERE dispatch = 'failed'");
  const owner = await stack.office('acme', 'owner');
  assert.doesNotMatch((await owner.get('/acme/admin?language=en')).text, /could not be delivered|deliveries\/again/);
  for (const number of [...numbers, lost]) {
    set('invoice', number, "dispatch = 'failed', dispatch_tries = 6, dispatch_error = 'file', dispatch_reason = 'x', mail = NULL");
  }
  set('reminder', letter, "dispatch = 'failed', dispatch_tries = 6, dispatch_error = 'file'");
  const home = await owner.get('/acme/admin?language=en');
  assert.match(visible(home.text), /Documents that could not be delivered: 4/);
  assert.match(visible(home.text), /Reminders that could not be delivered: 1/);
  for (const [path, found] of [['invoices', [...numbers, lost]], ['reminders', [letter]]]) {
    assert.ok(home.text.includes(`href="/acme/admin/${path}?dispatch=failed"`), path);
    const list = (await owner.get(`/acme/admin/${path}?dispatch=failed`)).text;
    assert.ok(found.every((number) => list.includes(number)), path);
  }
  assert.match((await owner.get('/acme/admin/invoices?dispatch=failed')).text, /action="\/acme\/admin\/deliveries\/again"/);
  assert.doesNotMatch((await owner.get('/acme/admin/invoices')).text, /deliveries\/again/);
  const [first, second] = [await owner.submit(home, {}, { action: /again$/ }), await owner.submit(home, {}, { action: /again$/ })];
  assert.equal(first.status, 303, first.text);
  assert.equal(second.location, first.location, 'the second click starts nothing');
  const id = first.location.split('/').pop();
  await until('the job', async () => (await api('GET', `/jobs/${id}`)).json.state === 'done');
  const { json } = await api('GET', `/jobs/${id}`);
  assert.deepEqual([json.kind, json.done, json.total], ['deliveries_again', 5, 5]);
  assert.match(visible((await owner.get(`/acme/admin/deliveries/${id}?language=en`)).text), /waits to be sent now/);
  for (const number of numbers) {
    await until(`${number} to be sent`, () => rowOf('invoice', number).dispatch === 'sent');
    assert.equal(trail('invoice.resent', rowOf('invoice', number).id).length, 1);
  }
  assert.equal(relay.to(email).length, 3);
  await until('the letter', () => rowOf('reminder', letter).dispatch === 'sent');
  assert.equal(trail('reminder.resent', rowOf('reminder', letter).id).length, 1);
  await until('the one without an address', () => rowOf('invoice', lost).dispatch === 'failed');
  assert.deepEqual([count('invoice'), count('reminder')], [1, 0]);
  assert.equal(stack.sql(`SELECT id FROM audit WHERE action = 'deliveries.again' AND object = '${id}'`).length, 1);
});

test('X4: by the API all that failed goes again, or what a run wrote; once, and by no run that is none', own, async () => {
  const { numbers: [mine, theirs] } = await documents(2);
  const who = debtor(stack, { mode: 'none' });
  const run = await remind(stack, { date: today(stack) });
  const [{ number: letter }] = lettersTo(run, who);
  const failed = "dispatch = 'failed', dispatch_tries = 6, dispatch_error = 'file'";
  stack.sql("UPDATE invoice SET dispatch = 'none' WHERE dispatch = 'failed'");
  set('invoice', mine, `${failed}, mail = NULL, run = 'run_mine'`);
  set('invoice', theirs, `${failed}, mail = NULL`);
  set('reminder', letter, failed);
  stack.sql(`INSERT INTO invoice_run (tenant, id, date, dry_run, status, origin, job, contracts, invoices, failures, created,
    created_by, finished) VALUES ('acme', 'run_mine', '2026-01-01', 0, 'done', 'api', '', 1, 1, 0, 0, 'x', 1),
    ('globex', 'run_theirs', '2026-01-01', 0, 'done', 'api', '', 1, 1, 0, 0, 'x', 1)`);
  const again = (body, key = randomUUID()) => api('POST', '/deliveries/again', body, { 'Idempotency-Key': key });
  const states = () => [rowOf('invoice', mine), rowOf('invoice', theirs), rowOf('reminder', letter)].map(({ dispatch }) => dispatch === 'failed');
  const over = (answer) => until('the job', async () => {
    assert.equal(answer.status, 202, answer.text);
    assert.equal(answer.headers.location, `/api/v1/jobs/${answer.json.id}`);
    const { json } = await api('GET', `/jobs/${answer.json.id}`);
    return json.state === 'done' && json.done;
  });
  for (const none of ['run_theirs', 'nobody']) {
    const refused = await again({ run: none });
    assert.deepEqual([refused.status, refused.json.code], [422, 'unknown_run'], none);
  }
  assert.equal(await over(await again({ run: run.id })), 1);
  assert.deepEqual(states(), [true, true, false]);
  const key = randomUUID();
  const first = await again({ run: 'run_mine' }, key);
  assert.equal(await over(first), 1);
  assert.equal((await again({ run: 'run_mine' }, key)).json.id, first.json.id, 'the same key starts nothing');
  assert.deepEqual(states(), [false, true, false]);
  assert.equal(await over(await again({})), 1);
  assert.deepEqual(states(), [false, false, false]);
  assert.deepEqual(stack.sql(`SELECT detail, actor FROM audit WHERE action = 'deliveries.again' AND object = '${first.json.id}'`)
    .map(({ detail, actor }) => [detail, actor.slice(0, 4)]), [['run_mine', 'key:']]);
});

test('X4: a key of test mode asks in vain: what failed stays failed, and can be sent later', own, async () => {
  const { numbers: [number] } = await documents(1);
  set('invoice', number, "dispatch = 'failed', dispatch_tries = 6, dispatch_error = 'file', mail = NULL");
  const made = await api('POST', '/api-keys', { name: 'Trying', scopes: ['invoices:write'], mode: 'test' });
  const { status, json: { id } } = await api('POST', '/deliveries/again', {},
    { Authorization: `Bearer ${made.json.key}`, ...key() });
  assert.equal(status, 202);
  const { done } = await until('the job', async () => {
    const { json } = await api('GET', `/jobs/${id}`);
    return json.state === 'done' && json;
  });
  assert.equal(done, 0);
  const { dispatch, dispatch_tries: tries } = rowOf('invoice', number);
  assert.deepEqual([dispatch, tries], ['failed', 6]);
});

test('X4: many go again in steps, each once; a job of others has no such page', own, async () => {
  const { numbers, id: customer } = await documents(1);
  const columns = stack.sql("SELECT * FROM invoice WHERE tenant = 'acme' LIMIT 1").flatMap(Object.keys).join();
  const copies = Array.from({ length: 450 }, (_, i) => `INSERT INTO invoice (${columns}) SELECT ${columns
    .replace(/\bid\b/, `'inv_again${String(i).padStart(3, '0')}'`).replace(/\bnumber\b/, `'AGAIN${i}'`)
    .replace(/\bdispatch\b/, "'failed'")} FROM invoice WHERE number = '${numbers[0]}';`);
  stack.sql(`UPDATE customer SET email = '' WHERE id = '${customer}'; ${copies.join('\n')}`);
  const owner = await stack.office('acme', 'owner');
  const asked = await owner.submit(await owner.get('/acme/admin'), {}, { action: /again$/ });
  const id = asked.location.split('/').pop();
  const done = await until('the job', async () => {
    const { json } = await api('GET', `/jobs/${id}`);
    return json.state === 'done' && json;
  });
  assert.equal(done.done, done.total);
  assert.equal(stack.sql("SELECT id FROM audit WHERE action = 'invoice.resent' AND object LIKE 'inv_again%'").length, 450);
  await until('all of them to fail once more', () => Number(stack.sql(
    "SELECT COUNT(*) AS n FROM invoice WHERE id LIKE 'inv_again%' AND dispatch = 'failed' AND dispatch_error = 'no_address'")[0].n) === 450, 60_000);
  assert.equal((await owner.get('/acme/admin/deliveries/job_none')).status, 404);
  const globex = await stack.office('globex', 'owner');
  assert.equal((await globex.get(`/globex/admin/deliveries/${id}`)).status, 404);
});

// ---- files that are not there, and their names ----

test('F36: a file that cannot be made just now is 409 with when to ask again, and a page that asks by itself', own, async () => {
  const { numbers: [number] } = await documents(1);
  const mend = spoil('invoice', number);
  const asked = await api('GET', `/invoices/${number}/pdf`);
  assert.deepEqual([asked.status, asked.json.code, asked.headers['retry-after']], [409, 'document_waiting', '60']);
  const owner = await stack.office('acme', 'owner');
  const page = await owner.get(`/acme/admin/invoices/${number}/pdf?language=en`);
  assert.deepEqual([page.status, page.headers.refresh], [409, '60']);
  assert.match(visible(page.text), /not ready yet/);
  mend();
  assert.equal((await api('GET', `/invoices/${number}/pdf`)).status, 200);
});

test('F56: a number that a merchant made up does no harm as the name of a file', own, async () => {
  const { invoices: [{ id }] } = await documents(1);
  const hostile = '.."; x\\Ä%';
  stack.sql(`UPDATE invoice SET number = '${hostile}' WHERE id = '${id}'`);
  const { status, headers } = await api('GET', `/invoices/${encodeURIComponent(hostile)}/pdf`);
  assert.equal(status, 200);
  assert.equal(headers['content-disposition'],
    'attachment; filename="_.__ x____.pdf"; filename*=UTF-8\'\'_.__%20x_%C3%84_.pdf');
  stack.sql(`UPDATE invoice SET number = 'H${id.slice(4)}' WHERE id = '${id}'`);
});
