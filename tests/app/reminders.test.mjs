// Reminders: who is reminded of what, when, by which letter, and once.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { unescapeHtml, visible } from '../lib/client.mjs';
import { debtor, later, lettersTo, remind, set, today } from '../lib/debts.mjs';
import { startRelay } from '../lib/relay.mjs';
import { build, startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack({ clock: true });
after(() => relay.stop());
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const key = () => ({ 'Idempotency-Key': randomUUID() });
const level = ({ id }) => stack.sql(`SELECT reminder_level AS level FROM invoice WHERE id = '${id}'`)[0].level;
const euro = (amount) => ({ amount, currency: 'EUR' });
const numbers = (letter) => letter.invoices.map(({ number }) => number);

function pdfText(pdf) {
  return execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf, encoding: 'utf8' });
}

const pdfOf = (number) => api('GET', `/reminders/${number}/pdf`);

test('B127: one letter a contract, with all that is overdue; what is not due, paid or in its first days is left out',
  own, async () => {
    const who = debtor(stack, { invoices: [{ ago: 40 }, { ago: 8, gross: 5000, settled: 2000 }, { ago: 3 },
      { ago: -5 }, { ago: 30, status: 'paid', settled: 11900 }, { ago: 30, type: 'credit_note', gross: -700 }] });
    const run = await remind(stack, { date: today(stack) });
    const [letter, ...more] = lettersTo(run, who);
    assert.deepEqual(more, []);
    assert.equal(letter.contract, who.ref);
    assert.deepEqual(numbers(letter), [who.invoices[0].number, who.invoices[1].number]);
    assert.deepEqual([letter.level, letter.date, letter.target], [1, today(stack), today(stack, 7)]);
    assert.deepEqual([letter.open, letter.fee, letter.total], [euro(14900), euro(0), euro(14900)]);
    assert.match(letter.number, /^MA\d{5}$/);
    assert.deepEqual(who.invoices.map(level), [1, 1, 0, 0, 0, 0]);
    const { json } = await api('GET', `/reminders/${letter.number}`);
    assert.deepEqual(json.invoices, letter.invoices);
    const list = await api('GET', `/reminders?customer=${who.number}&level=1`);
    assert.deepEqual(list.json.items.map(({ number }) => number), [letter.number]);
    assert.equal((await stack.api('globex', 'GET', `/reminders/${letter.number}`)).status, 404);
    assert.equal((await stack.api('globex', 'GET', `/reminder-runs/${run.id}`)).status, 404);
  });

test('B127: levels follow each other by the days of the settings, with their fees; after the last there is nothing',
  own, async () => {
    set(stack, { reminder2_fee: '2.5', reminder3_fee: '5', reminder3_target: 10 });
    const who = debtor(stack, { invoices: [{ ago: 100 }] });
    const [{ due }] = who.invoices;
    const at = async (days) => lettersTo(await remind(stack, { date: later(due, days) }), who)
      .map(({ level: l, fee, total, target }) => [l, fee.amount, total.amount, target]);
    assert.deepEqual(await at(6), []);
    assert.deepEqual(await at(7), [[1, 0, 11900, later(due, 14)]]);
    assert.deepEqual(await at(20), [], '14 days after the first');
    assert.deepEqual(await at(21), [[2, 250, 12150, later(due, 28)]]);
    assert.deepEqual(await at(34), []);
    assert.deepEqual(await at(36), [[3, 500, 12400, later(due, 46)]]);
    assert.deepEqual(await at(90), [], 'there are three levels');
    set(stack, { reminder_levels: 0 });
    debtor(stack, { invoices: [{ ago: 100 }] });
    assert.deepEqual((await remind(stack, { date: today(stack) })).reminders, [], 'none with no levels');
    set(stack, { reminder_levels: 3, reminder2_fee: 0, reminder3_fee: 0 });
  });

test('B127: a level waits until the day has passed that the one before asked to pay by', own, async () => {
  set(stack, { reminder1_target: 30 });
  const who = debtor(stack, { invoices: [{ ago: 60 }] });
  const [{ due }] = who.invoices;
  const at = async (days) => lettersTo(await remind(stack, { date: later(due, days) }), who).map(({ level: l }) => l);
  assert.deepEqual([await at(7), await at(37), await at(38)], [[1], [], [2]]);
  set(stack, { reminder1_target: 7 });
});

test('B127: what was reminded of before stands in the letter, and is raised only when its days are over', own, async () => {
  const who = debtor(stack, { invoices: [{ ago: 30 }, { ago: 12 }] });
  const [old, fresh] = who.invoices;
  const first = lettersTo(await remind(stack, { date: later(old.due, 7) }), who)[0];
  assert.deepEqual(numbers(first), [old.number]);
  const second = lettersTo(await remind(stack, { date: later(fresh.due, 2) }), who);
  assert.deepEqual(second, [], 'day 20 of the first, day 2 of the second');
  const third = lettersTo(await remind(stack, { date: later(fresh.due, 9) }), who)[0];
  assert.deepEqual(third.invoices.map((i) => [i.number, i.level_before, i.level]),
    [[old.number, 1, 2], [fresh.number, 0, 1]]);
  assert.equal(third.level, 2);
  assert.equal(third.open.amount, 23800);
});

test('X11: the same day again does nothing more, nor do four runs at once', own, async () => {
  const many = Array.from({ length: 8 }, () => debtor(stack));
  const runs = await Promise.all(Array.from({ length: 4 }, () => remind(stack, { date: today(stack) })));
  for (const who of many) {
    assert.equal(runs.flatMap((run) => lettersTo(run, who)).length, 1, who.number);
  }
  assert.deepEqual((await remind(stack, { date: today(stack) })).reminders, []);
  const all = stack.sql(`SELECT number FROM reminder WHERE tenant = 'acme' ORDER BY number`)
    .map(({ number }) => Number(number.slice(2)));
  assert.deepEqual(all, all.map((_, i) => i + 1), 'the numbers have no gaps');
});

test('X11: a dry run says what would be sent, and writes nothing', own, async () => {
  const who = debtor(stack, { invoices: [{ ago: 10 }, { ago: 2 }] });
  const state = () => stack.sql(`SELECT (SELECT COUNT(*) FROM reminder) AS letters, (SELECT COUNT(*) FROM mail WHERE recipient = '${who.email}') AS mails,
    (SELECT COUNT(*) FROM audit WHERE action = 'reminder.created') AS audit,
    (SELECT SUM(reminder_level) FROM invoice) AS levels,
    (SELECT MAX(next) FROM number_series WHERE series = 'reminder') AS next`)[0];
  const before = state();
  const dry = await remind(stack, { date: today(stack), dry_run: true });
  const [letter] = lettersTo(dry, who);
  assert.deepEqual([letter.number, letter.level, letter.total.amount], [null, 1, 11900]);
  const ahead = await remind(stack, { date: today(stack, 6), dry_run: true });
  assert.equal(lettersTo(ahead, who)[0].invoices.length, 2, 'it looks ahead');
  assert.deepEqual(state(), before);
  assert.equal(dry.reminders_written, dry.reminders.length);
  const [real] = lettersTo(await remind(stack, { date: today(stack) }), who);
  assert.deepEqual({ ...real, number: null, created: 0 }, { ...letter, created: 0 });
});

test('B127: without a contract the customer is reminded; each currency has a letter', own, async () => {
  const who = debtor(stack, { contract: false, invoices: [{ ago: 10 }, { ago: 20 }, { ago: 10, currency: 'CHF' }] });
  const letters = lettersTo(await remind(stack, { date: today(stack) }), who);
  assert.deepEqual(letters.map(({ contract, total, invoices }) => [contract, total.currency, invoices.length]).sort(),
    [[null, 'CHF', 1], [null, 'EUR', 2]]);
});

test('B127: an invoice that is left alone until a day is not in a letter until then', own, async () => {
  const who = debtor(stack, { invoices: [{ ago: 30 }, { ago: 30 }] });
  const path = `/invoices/${who.invoices[0].number}/reminder-block`;
  const day = later(who.invoices[0].due, 10);
  const put = await api('PUT', path, { reminder_block: day });
  assert.deepEqual([put.status, put.json.reminder_block], [200, day], put.text);
  const letter = lettersTo(await remind(stack, { date: day }), who)[0];
  assert.deepEqual(numbers(letter), [who.invoices[1].number]);
  const next = lettersTo(await remind(stack, { date: later(day, 1) }), who)[0];
  assert.deepEqual(next.invoices.map((i) => [i.number, i.level]), [[who.invoices[0].number, 1], [who.invoices[1].number, 1]]);
  assert.equal((await api('PUT', path, { reminder_block: null })).json.reminder_block, null);
  assert.equal((await api('PUT', path, { reminder_block: 'soon' })).status, 422);
  assert.equal((await stack.api('globex', 'PUT', path, {})).status, 404);
  const rows = stack.sql(`SELECT actor, after FROM audit WHERE action = 'invoice.reminder_block'
    AND object = '${who.invoices[0].id}' ORDER BY id`);
  assert.equal(rows.length, 2);
  assert.deepEqual(JSON.parse(rows[0].after), { reminder_block: day });
});

test('X11: what is paid while the run is under way is not reminded of', own, async () => {
  let who, run, paying;
  for (let tries = 0; tries < 8; tries++) {
    who = debtor(stack, { invoices: [{ ago: 50 }, { ago: 40 }] });
    await stack.withoutJobs(async () => {
      run = remind(stack, { date: today(stack) });
      await until('the run to wait', () => stack.sql(`SELECT id FROM job WHERE kind = 'reminder_run' AND state = 'queued'`)[0]);
      paying = await stack.lock(`UPDATE invoice SET status = 'paid', settled = gross WHERE id = '${who.invoices[0].id}';`);
    });
    await new Promise((done) => { setTimeout(done, 1000); }); // the run is at it
    await paying.commit();
    run = await run;
    if (stack.sql(`SELECT status FROM invoice WHERE id = '${who.invoices[0].id}'`)[0].status === 'paid') {
      break; // on PostgreSQL it may be the payment that has to begin again
    }
  }
  const [letter] = lettersTo(run, who);
  assert.deepEqual(numbers(letter), [who.invoices[1].number]);
  assert.equal(letter.total.amount, 11900);
  assert.equal(level(who.invoices[0]), 0);
});

test('X11: only today or before, and only with a key of its own', own, async () => {
  const body = { date: today(stack) };
  const none = await api('POST', '/reminder-runs', body);
  assert.deepEqual([none.status, none.json.code], [400, 'idempotency_missing']);
  const future = await api('POST', '/reminder-runs', { date: today(stack, 1) }, key());
  assert.deepEqual([future.status, future.json.errors[0].code], [422, 'value_future']);
  for (const wrong of [{}, { date: 'soon' }, { ...body, other: 1 }]) {
    assert.ok([400, 422].includes((await api('POST', '/reminder-runs', wrong, key())).status));
  }
  const same = key();
  const [one, two] = await Promise.all([1, 2].map(() => api('POST', '/reminder-runs', body, same)));
  assert.equal(one.json.id, two.json.id);
  await until('its end', async () => (await api('GET', `/reminder-runs/${one.json.id}`)).json.status === 'done');
  const runs = await api('GET', '/reminder-runs?limit=1');
  assert.equal(runs.json.items.length, 1);
  assert.ok(runs.json.next);
});

// ---- how it goes out ----

test('B119, B122, B123, X3: by e-mail with the PDF and a personal link that opens the contract', own, async () => {
  const who = debtor(stack, { language: 'de', invoices: [{ ago: 10 }] });
  const [letter] = lettersTo(await remind(stack, { date: today(stack) }), who);
  assert.equal(letter.dispatch, 'waiting');
  const mail = await relay.mailTo(who.email);
  assert.match(mail.headers.subject, new RegExp(`Zahlungserinnerung ${letter.number}`));
  assert.match(mail.text, new RegExp(`${who.invoices[0].number}.*119,00`));
  assert.match(mail.raw, new RegExp(`filename\\*=UTF-8''${letter.number}\\.pdf`));
  const pdf = Buffer.from(mail.raw.split(`${letter.number}.pdf`).at(-1).split('\r\n\r\n')[1], 'base64');
  assert.match(pdfText(pdf), /Zahlungserinnerung/);
  const [url] = mail.text.match(/https?:\/\/\S+\/s\/\S+/);
  assert.ok(!mail.headers.subject.includes('/s/'));
  const row = stack.sql(`SELECT subject, state FROM mail WHERE recipient = '${who.email}'`);
  assert.equal(row.length, 1);
  for (const suffix of ['', '?language=en']) { // twice: it is not used up
    const browser = stack.browser();
    const page = await browser.go(new URL(url).pathname + suffix);
    assert.equal(page.status, 200, page.text);
    assert.match(page.text, new RegExp(who.ref));
    assert.match(page.text, suffix ? /<html lang="en"/ : /<html lang="de"/);
  }
  const shown = await until('it to be sent', async () => {
    const { json } = await api('GET', `/reminders/${letter.number}`);
    return json.dispatch === 'sent' && json;
  });
  assert.equal(shown.version, undefined);
  assert.equal(stack.sql(`SELECT id FROM audit WHERE action = 'reminder.sent'
    AND object = (SELECT id FROM reminder WHERE number = '${letter.number}')`).length, 1);
});

test('B109, B119: a reminder of a contract whose links were revoked brings no link', own, async () => {
  const who = debtor(stack, { language: 'de', invoices: [{ ago: 10 }] });
  assert.equal((await api('DELETE', `/contracts/${who.ref}/self-service-token`)).status, 204);
  const [letter] = lettersTo(await remind(stack, { date: today(stack) }), who);
  const mail = await relay.mailTo(who.email);
  assert.match(mail.headers.subject, new RegExp(letter.number));
  assert.doesNotMatch(mail.text, /\/s\/v4/);
  assert.equal(Number(stack.sql(`SELECT COUNT(*) AS n FROM self_service_link l JOIN contract c ON c.tenant = l.tenant
    AND c.id = l.contract WHERE c.ref = '${who.ref}'`)[0].n), 0);
});

test('B121: a merchant\'s own words, with the link anywhere in the text and never in the subject', own, async () => {
  const words = { subject: 'Bitte zahlen {SelfServicePortalUrl}', text: 'A {SelfServicePortalUrl}?language=fr B {ReminderTotal} C' };
  assert.equal((await api('PUT', '/settings/mail-templates/reminder_mail/en', words)).status, 200);
  const who = debtor(stack);
  await remind(stack, { date: today(stack) });
  const mail = await relay.mailTo(who.email);
  assert.match(mail.text, /^A https?:\/\/\S+\/s\/\S+\?language=fr B €119\.00 C/);
  assert.match(mail.headers.subject, /^Bitte zahlen https?:\/\/[^?]*\/$/);
  assert.doesNotMatch(mail.headers.subject, /\/s\//);
  await api('DELETE', '/settings/mail-templates/reminder_mail/en');
});

test('B119: by post it waits to be printed, with none it stays in the portal, without an address it has failed', own,
  async () => {
    const people = { post: debtor(stack, { mode: 'post' }), none: debtor(stack, { mode: 'none' }),
      lost: debtor(stack, { email: '' }) };
    const run = await remind(stack, { date: today(stack) });
    const of = (name) => lettersTo(run, people[name])[0];
    assert.deepEqual(Object.keys(people).map((name) => of(name).dispatch), ['to_print', 'none', 'failed']);
    const printed = await api('POST', `/reminders/${of('post').number}/printed`);
    assert.deepEqual([printed.status, printed.json.dispatch], [200, 'printed']);
    const again = await api('POST', `/reminders/${of('post').number}/printed`);
    assert.deepEqual([again.status, again.json.code], [409, 'reminder_state']);
    const sent = await api('POST', `/reminders/${of('none').number}/resend`);
    assert.equal(sent.json.dispatch, 'waiting');
    await relay.mailTo(people.none.email);
    await until('it to be sent', async () => (await api('GET', `/reminders/${of('none').number}`)).json.dispatch === 'sent');
  });

test('X1: a run of a key of test mode sends no mail', own, async () => {
  const who = debtor(stack);
  const made = await api('POST', '/api-keys', { name: 'T', scopes: ['invoices:read', 'invoices:write'], mode: 'test' });
  const run = await remind(stack, { date: today(stack) }, { headers: { Authorization: `Bearer ${made.json.key}` } });
  const [{ number, dispatch }] = lettersTo(run, who);
  assert.equal(dispatch, 'suppressed');
  const again = await api('POST', `/reminders/${number}/resend`, {}, { Authorization: `Bearer ${made.json.key}` });
  assert.deepEqual([again.status, again.json.dispatch], [200, 'suppressed'], again.text);
  assert.deepEqual(relay.to(who.email), []);
});

test('X3: the PDF says number, customer, level, invoices, fee, sum and day, the same bytes each time', own, async () => {
  set(stack, { reminder1_fee: '1.5' });
  const words = { de: ['Zahlungserinnerung', 'Mahngebühr', '134,50 €'], en: ['Friendly reminder', 'Reminder fee', '€134.50'],
    fr: ['Rappel amical', 'Frais de rappel', '134,50 €'] };
  for (const [language, [title, fee, total]] of Object.entries(words)) {
    const who = debtor(stack, { language, mode: 'none', invoices: [{ ago: 10 }, { ago: 9, gross: 1400 }] });
    const [letter] = lettersTo(await remind(stack, { date: today(stack) }), who);
    const [one, again] = [await pdfOf(letter.number), await pdfOf(letter.number)];
    assert.equal(one.type, 'application/pdf');
    assert.match(one.headers['content-disposition'], new RegExp(`${letter.number}\\.pdf`));
    assert.ok(one.bytes.equals(again.bytes));
    const text = pdfText(one.bytes).replace(/[\u00a0\u202f]/g, ' ');
    for (const part of [title, letter.number, who.number, who.ref, fee, total, 'Acme Telekom',
      ...who.invoices.map(({ number }) => number)]) {
      assert.ok(text.includes(part), `${language}: ${part} in\n${text}`);
    }
  }
  set(stack, { reminder1_fee: 0 });
});

// ---- the portal ----

test('B72, B127, B116: customer and link see their own reminders alone', own, async () => {
  const [{ id }] = stack.sql(`SELECT id FROM customer WHERE tenant = 'acme' AND number = 'K2000'`);
  const [{ id: contract }] = stack.sql(`SELECT id FROM contract WHERE ref = 'VT-7KQ2-ZHXM'`);
  const other = debtor(stack, { mode: 'none' });
  const mine = debtor(stack, { mode: 'none' });
  stack.sql(`UPDATE invoice SET customer = '${id}', contract = '${contract}' WHERE id = '${mine.invoices[0].id}'`);
  const run = await remind(stack, { date: today(stack) });
  const foreign = lettersTo(run, other)[0];
  const letter = run.reminders.find(({ invoices }) => invoices.some(({ number }) => number === mine.invoices[0].number));
  assert.equal(letter.customer, 'K2000');
  const anna = await stack.signedIn('acme', 'anna');
  const path = `/acme/reminders/${letter.number}.pdf`;
  assert.equal((await anna.get(path)).status, 200);
  assert.equal((await anna.get(`/acme/reminders/${foreign.number}.pdf`)).status, 404);
  const page = await anna.get(`/acme/invoices/${mine.invoices[0].number}?language=en`);
  assert.match(page.text, new RegExp(`href="${path}"`));
  const opened = async (ref) => {
    const made = await api('POST', `/contracts/${ref}/self-service-token`, {});
    const browser = stack.browser();
    await browser.go(new URL(made.json.url).pathname);
    return browser;
  };
  assert.equal((await (await opened('VT-7KQ2-ZHXM')).get(path)).status, 200);
  assert.equal((await (await opened('VT-3WPD-0L9R')).get(path)).status, 404, 'of another contract');
  // beside invoices and credit notes: on the overview, the documents and a page of their own
  const lists = ['/', '/reminders', '/contracts/VT-7KQ2-ZHXM'];
  for (const at of lists) {
    const list = await anna.get(`/acme${at}?language=en`);
    assert.ok(list.text.includes(`href="${path}"`), at);
    assert.match(visible(list.text), new RegExp(`${letter.number} Friendly reminder`), at);
    assert.ok(!list.text.includes(foreign.number), `${at}: nobody else's`);
  }
  assert.match((await anna.get('/acme/invoices')).text, /href="\/acme\/reminders"/);
  assert.ok((await (await opened('VT-7KQ2-ZHXM')).get('/acme/contracts/VT-7KQ2-ZHXM')).text.includes(path), 'by a link, too');
  assert.notEqual((await (await opened('VT-7KQ2-ZHXM')).get('/acme/reminders')).status, 200, 'and no list of all');
  const gone = await api('POST', `/reminders/${letter.number}/withdraw`);
  assert.equal(gone.status, 200, gone.text);
  assert.equal((await anna.get(path)).status, 404, 'withdrawn');
  for (const at of lists) {
    assert.ok(!(await anna.get(`/acme${at}`)).text.includes(letter.number), `${at}: withdrawn`);
  }
});

test('B72: a list of many reminders goes on', own, async () => {
  const [{ id }] = stack.sql("SELECT id FROM customer WHERE tenant = 'acme' AND number = 'K2002'");
  const [{ run }] = stack.sql("SELECT id AS run FROM reminder_run WHERE tenant = 'acme' ORDER BY id LIMIT 1");
  stack.sql(`INSERT INTO reminder (tenant, id, number, run, customer, customer_number, customer_name, recipient, seller, language, date, target,
      level, levels, currency, open, fee, total, delivery_mode, dispatch, created)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 26)
    SELECT 'acme', 'rem_00' || (100 + i), 'M-LIST-' || (100 + i), '${run}', '${id}', 'K2002', 'x', 'x', '{}', 'de', '2026-01-01', '2026-01-15', 1, 1, 'EUR',
      1000, 0, 1000, 'none', 'none', 0 FROM n`);
  const bruno = await stack.signedIn('acme', 'bruno');
  const first = await bruno.get('/acme/reminders');
  assert.equal(first.status, 200);
  const rows = (page) => [...page.text.matchAll(/reminders\/M-LIST-(\d+)\.pdf/g)].map(([, number]) => Number(number));
  const [, next] = first.text.match(/href="([^"]*before=[^"]*)"/);
  const older = await bruno.get(unescapeHtml(next));
  const all = [...rows(first), ...rows(older)];
  assert.deepEqual(all, Array.from({ length: 26 }, (_, i) => 126 - i), 'each once, newest first');
  assert.match(older.text, /href="\/acme\/reminders"/);
  assert.equal((await bruno.get("/acme/reminders?before='")).status, 200);
});

// ---- what becomes of it ----

test('B127: withdrawn, its invoices are where they were, as far as no later letter raised them', own, async () => {
  const who = debtor(stack, { mode: 'none', invoices: [{ ago: 40 }] });
  const [{ due, id }] = who.invoices;
  const first = lettersTo(await remind(stack, { date: later(due, 7) }), who)[0];
  const second = lettersTo(await remind(stack, { date: later(due, 30) }), who)[0];
  assert.equal(level({ id }), 2);
  const withdraw = ({ number }) => api('POST', `/reminders/${number}/withdraw`);
  assert.equal((await withdraw(first)).status, 200);
  assert.equal(level({ id }), 2, 'the second one stands');
  const done = await withdraw(second);
  assert.ok(done.json.withdrawn);
  assert.equal(level({ id }), 1);
  assert.equal((await withdraw(second)).status, 409);
  assert.equal((await api('POST', `/reminders/${second.number}/resend`)).status, 409);
  const [again] = lettersTo(await remind(stack, { date: later(due, 31) }), who);
  assert.equal(again.level, 2, 'it can be reminded of once more');
});

test('F4: merchants are told of each reminder, and each has its row of the trail', own, async () => {
  const hook = await api('POST', '/callbacks', { url: 'https://shop.example/hook', types: 'reminder.created' });
  const who = debtor(stack, { mode: 'none' });
  const [letter] = lettersTo(await remind(stack, { date: today(stack) }), who);
  const [{ id }] = stack.sql(`SELECT id FROM reminder WHERE number = '${letter.number}'`);
  assert.equal(stack.sql(`SELECT e.id FROM callback_event e JOIN callback_delivery d ON d.event = e.id
    WHERE e.type = 'reminder.created' AND e.object = '${id}' AND d.endpoint = '${hook.json.id}'`).length, 1);
  const [row, ...more] = stack.sql(`SELECT * FROM audit WHERE action = 'reminder.created' AND object = '${id}'`);
  assert.deepEqual(more, []);
  assert.match(row.actor, /^key:/);
  assert.equal(JSON.parse(row.after).number, letter.number);
  await api('DELETE', `/callbacks/${hook.json.id}`);
});

// ---- by itself ----

test('X11: the daily run begins at its hour in the tenant\'s zone, once a day, whichever host is first', own, async () => {
  const hour = () => Number(new Intl.DateTimeFormat('de-DE', { timeZone: 'Europe/Berlin', hour: 'numeric', hourCycle: 'h23' })
    .format(stack.now() * 1000).match(/\d+/)[0]);
  const runs = () => stack.sql(`SELECT date FROM reminder_run WHERE origin = 'schedule' ORDER BY date`)
    .map(({ date }) => date);
  const hosts = Array.from({ length: 2 }, () => {
    const child = spawn(join(build, 'pforte'), ['--config', join(stack.state, 'pforte.conf'), 'jobs'], { stdio: 'ignore' });
    return { child, ended: once(child, 'exit') };
  });
  try {
    stack.moveTime((24 - hour()) * 3600); // after midnight
    const who = debtor(stack, { mode: 'none' });
    set(stack, { reminders_automatic: 1, reminders_hour: 8 });
    stack.moveTime(6 * 3600);
    await new Promise((done) => { setTimeout(done, 2500); });
    assert.ok(hour() < 8);
    assert.deepEqual(runs(), [], 'too early');
    const days = [];
    for (let day = 0; day < 3; day++) {
      stack.moveTime((day === 0 ? 8 - hour() : 24) * 3600);
      days.push(today(stack));
      await until('the run of the day', () => runs().includes(days[day]));
      stack.moveTime(3600);
      stack.moveTime(-3600);
    }
    assert.deepEqual(runs(), days);
    await until('its letter', () => level(who.invoices[0]) === 1);
    const list = await api('GET', '/reminder-runs?limit=3');
    assert.ok(list.json.items.every(({ origin }) => origin === 'schedule'));
  } finally {
    set(stack, { reminders_automatic: 0 });
    hosts.forEach(({ child }) => child.kill('SIGTERM'));
    await Promise.all(hosts.map(({ ended }) => ended));
  }
});
