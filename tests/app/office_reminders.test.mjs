// Reminders in the back office: runs, letters, and invoices that are left alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, links, unescapeHtml, visible } from '../lib/client.mjs';
import { debtor, later, lettersTo, remind, today } from '../lib/debts.mjs';
import { startStack, until } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'billing');
const get = (path) => owner.get(`/acme/admin${path}${path.includes('?') ? '&' : '?'}language=en`);
const state = (number) => stack.sql(`SELECT * FROM reminder WHERE number = '${number}'`)[0];
const level = ({ id }) => stack.sql(`SELECT reminder_level AS level FROM invoice WHERE id = '${id}'`)[0].level;
const trail = (action, object) => stack.sql(`SELECT actor, after FROM audit WHERE action = '${action}'
  AND object = '${object}'`);

// The page that a form led to, once the run on it is done.
const ended = (answer) => until('the run', async () => {
  const page = await owner.get(`${answer.location}?language=en`);
  return /Status done/.test(visible(page.text)) && page;
});

async function letterTo(who) {
  return lettersTo(await remind(stack, { date: today(stack) }), who)[0];
}

test('B127: a run is shown first, and sent by a second click: once', own, async () => {
  const who = debtor(stack, { mode: 'none' });
  const form = await get('/reminder-runs/new');
  assert.match(form.text, new RegExp(`value="${today(stack)}"`));
  const asked = await owner.submit(form, { date: today(stack) }, { action: /reminder-runs$/ });
  assert.equal(asked.status, 303, asked.text);
  const dry = await ended(asked);
  assert.match(visible(dry.text), new RegExp(`Dry run yes.*${who.number} Debtor ${who.number} ${who.ref} 1 ${who.invoices[0].number} €119\\.00`, 's'));
  assert.equal(level(who.invoices[0]), 0, 'nothing is sent yet');
  const { action, hidden } = forms(dry.text).find((one) => /send$/.test(one.action));
  const clicks = await Promise.all([1, 2, 3].map(() => owner.post(action, hidden)));
  assert.equal(new Set(clicks.map(({ location }) => location)).size, 1);
  const real = await ended(clicks[0]);
  assert.match(visible(real.text), new RegExp(`Dry run no.*MA\\d+ .*${who.number}`, 's'));
  assert.equal(level(who.invoices[0]), 1);
  assert.doesNotMatch(real.text, /\/send"/);
  assert.match(visible((await get('/reminder-runs')).text), /office.*done/s);
});

test('B127: the page of a run of many letters comes in parts, which lead on to each other', own, async () => {
  const who = debtor(stack, { mode: 'none' });
  const dry = await remind(stack, { date: today(stack), dry_run: true });
  const wrote = await remind(stack, { date: today(stack) });
  const numbered = (i) => `MB${String(i).padStart(3, '0')}`; // after all that the runs wrote
  stack.sql(Array.from({ length: 60 }, (_, i) => `INSERT INTO reminder_preview (tenant, run, position, letter)
    SELECT tenant, run, ${1000 + i}, '{"number":"","customer_number":"K${i}X","customer":"K${i}X","open":1,"fee":0,"currency":"EUR",
      "level":1,"dispatch":"none","invoices":[]}' FROM reminder_preview WHERE run = '${dry.id}' AND position = 1;
    INSERT INTO reminder (tenant, id, number, run, customer, contract, customer_number, customer_name, recipient, seller,
      language, date, target, level, levels, currency, open, fee, total, delivery_mode, dispatch, created)
    SELECT tenant, id || '${i}', '${numbered(i)}', run, customer, contract, customer_number, customer_name, recipient, seller,
      language, date, target, level, levels, currency, open, fee, total, delivery_mode, dispatch, created
    FROM reminder WHERE run = '${wrote.id}' AND customer_number = '${who.number}' AND number NOT LIKE 'MB%';`).join('\n'));
  for (const [run, of] of [[dry, (i) => `K${i}X`], [wrote, numbered]]) {
    const first = await get(`/reminder-runs/${run.id}`);
    const all = [first];
    for (let next; all.length < 9 && (next = /href="([^"]*)" rel="next"/.exec(all.at(-1).text)?.[1]); ) {
      all.push(await owner.get(unescapeHtml(next)));
      assert.ok(links(all.at(-1).text).includes(`/acme/admin/reminder-runs/${run.id}`), 'and back to the first');
    }
    const shown = all.map(({ text }) => [...text.matchAll(/<th scope="row"[^>]*><a[^>]*><bdi[^>]*>([^<]*)/g)].map(([, name]) => name));
    assert.ok(all.length > 1 && shown.every((rows, i) => rows.length === 50 || i === all.length - 1), `parts: ${shown.map(({ length }) => length)}`);
    assert.equal(new Set(shown.flat()).size, shown.flat().length, 'nothing twice');
    assert.deepEqual(Array.from({ length: 60 }, (_, i) => of(i)).filter((name) => !shown.flat().includes(name)), [], 'all of them');
  }
  stack.sql(`DELETE FROM reminder WHERE number LIKE 'MB%'`);
});

test('B127: a run of a day to come is only looked at; a wrong date shows the form again', own, async () => {
  debtor(stack, { mode: 'none' });
  const form = await get('/reminder-runs/new');
  const wrong = await owner.submit(form, { date: 'soon' }, { action: /reminder-runs$/ });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /value="soon"|aria-invalid/);
  const ahead = await ended(await owner.submit(await get('/reminder-runs/new'), { date: today(stack, 9) },
    { action: /reminder-runs$/ }));
  assert.doesNotMatch(ahead.text, /\/send"/);
  const { hidden } = forms((await get('/reminder-runs/new')).text).find(({ action }) => /reminder-runs$/.test(action));
  const forced = await owner.post(`${new URL(ahead.url).pathname}/send`, hidden);
  assert.equal(forced.status, 409);
});

test('B127: the list narrows by customer, level and dispatch; a letter shows its invoices and its PDF', own, async () => {
  const who = debtor(stack, { mode: 'post', invoices: [{ ago: 20 }, { ago: 10, gross: 500 }] });
  const letter = await letterTo(who);
  for (const filter of [`customer=${who.number}`, `contract=${who.ref}`, `level=1&dispatch=to_print&customer=${who.number}`]) {
    assert.match((await get(`/reminders?${filter}`)).text, new RegExp(`/acme/admin/reminders/${letter.number}"`), filter);
  }
  assert.doesNotMatch((await get(`/reminders?customer=${who.number}&level=2`)).text, new RegExp(letter.number));
  const page = await get(`/reminders/${letter.number}`);
  assert.match(visible(page.text), new RegExp(`${who.invoices[0].number}.*${who.invoices[1].number}`, 's'));
  const pdf = await owner.get(`/acme/admin/reminders/${letter.number}.pdf`);
  assert.deepEqual([pdf.status, pdf.type], [200, 'application/pdf']);
  assert.equal((await get('/reminders/MA99999')).status, 404);
  const gina = await stack.office('globex', 'owner');
  assert.equal((await gina.get(`/globex/admin/reminders/${letter.number}`)).status, 404);
});

test('B127: printed, sent again and withdrawn by a click, each with its row of the trail', own, async () => {
  const who = debtor(stack, { mode: 'post' });
  const { number } = await letterTo(who);
  const path = `/reminders/${number}`;
  const press = async (page, action) => {
    const answer = await owner.submit(await get(page), {}, { action });
    assert.equal(answer.status, 303, answer.text);
  };
  await press(path, /printed$/);
  assert.equal(state(number).dispatch, 'printed');
  await press(path, /resend$/);
  await until('its mail', () => state(number).mail !== '');
  assert.match((await get(path)).text, new RegExp(`/acme/admin/mails/${state(number).mail}"`));
  const asked = visible((await get(`${path}/withdraw`)).text);
  assert.ok(asked.includes(who.number) && asked.includes(who.ref), 'people are told numbers, not ids');
  await press(`${path}/withdraw`, /withdraw$/);
  assert.ok(state(number).withdrawn > 0);
  assert.equal(level(who.invoices[0]), 0);
  assert.doesNotMatch((await get(path)).text, /\/(?:resend|printed|withdraw)"/);
  for (const action of ['reminder.printed', 'reminder.resent', 'reminder.withdrawn']) {
    const rows = trail(action, state(number).id);
    assert.equal(rows.length, 1, action);
    assert.match(rows[0].actor, /^staff:/);
  }
});

test('B127: an invoice is left alone until a day; nobody saves over what they have not seen', own, async () => {
  const who = debtor(stack, { mode: 'none' });
  const [{ number }] = who.invoices;
  const path = `/invoices/${number}/reminders`;
  const [page, other] = [await get(path), await get(path)];
  const save = (from, day) => owner.submit(from, { reminder_block: day }, { action: /reminders$/ });
  const day = today(stack, 5);
  assert.equal((await save(page, day)).status, 303);
  assert.match((await get(path)).text, new RegExp(`value="${day}"`));
  const late = await save(other, later(day, 1));
  assert.equal(late.status, 409);
  assert.match(late.text, new RegExp(`value="${later(day, 1)}"`), 'what was typed is there');
  const wrong = await save(await get(path), 'soon');
  assert.equal(wrong.status, 422);
  assert.equal(await letterTo(who), undefined);
  assert.equal((await save(await get(path), '')).status, 303);
  const letter = await letterTo(who);
  assert.match((await get(path)).text, new RegExp(`/acme/admin/reminders/${letter.number}"`));
});

test('X1: who may only look has no buttons, and cannot do it by address', own, async () => {
  const who = debtor(stack, { mode: 'post' });
  const { number } = await letterTo(who);
  const rita = await stack.office('acme', 'read_only');
  const page = await rita.get(`/acme/admin/reminders/${number}`);
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.text, /\/(?:resend|printed|withdraw)"/);
  const { hidden } = forms(page.text)[0];
  for (const path of [`/reminders/${number}/resend`, `/reminders/${number}/withdraw`, '/reminder-runs',
    `/invoices/${who.invoices[0].number}/reminders`]) {
    assert.equal((await rita.post(`/acme/admin${path}`, { ...hidden, date: today(stack) })).status, 403, path);
  }
});

test('B127: levels, days and fees are settings, with a comma as people write it', own, async () => {
  const settings = async (fields) => {
    const admin = await stack.office('acme', 'administrator');
    const page = await admin.get('/acme/admin/settings/reminders?language=en');
    const form = forms(page.text).find(({ action }) => /reminders$/.test(action));
    return { page, answer: await admin.post(form.action, { ...form.hidden, reminders_hour: '8', reminder_levels: '3',
      ...Object.fromEntries([1, 2, 3, 4].flatMap((n) => [[`reminder${n}_days`, '10'], [`reminder${n}_fee`, '0'],
        [`reminder${n}_target`, '7']])), ...fields }) };
  };
  const { page, answer } = await settings({ reminder1_fee: '2,50' });
  assert.match(visible(page.text), /Level 1: days until it is sent/);
  assert.equal(answer.status, 303, answer.text);
  const again = await settings({ reminder1_fee: '2,50', reminder2_days: '0' });
  assert.match(again.page.text, /value="2\.5"/);
  assert.equal(again.answer.status, 422, 'a level on the day of the one before');
  const who = debtor(stack, { mode: 'none', invoices: [{ ago: 10 }] });
  assert.equal((await letterTo(who)).fee.amount, 250);
});
