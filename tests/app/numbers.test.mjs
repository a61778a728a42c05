// Numbers of customers and documents: given out once, whoever asks and however
// their form changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, send, visible } from '../lib/client.mjs';
import { secondHost } from '../lib/host.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const owner = await stack.office('acme', 'owner');

let made = 0;
const fields = (more) => ({ company_name: `Nummern ${++made}`, email: 'n@numbers.example', ...more });
const create = async (more) => {
  const answer = await api('POST', '/customers', fields(more));
  assert.equal(answer.status, 201, answer.text);
  return answer.json.number;
};
const value = (number) => Number(number.replace(/^\D*/, ''));

const billing = async (language = 'en') => {
  const page = await owner.get(`/acme/admin/settings/billing?language=${language}`);
  assert.equal(page.status, 200);
  return page;
};
const held = (page) => {
  const { body } = forms(page.text).find(({ action }) => action.endsWith('/billing'));
  return Object.fromEntries([...body.matchAll(/<input\b[^>]*id="field-(\w+)"[^>]*>/g)]
    .map(([tag, name]) => [name, tag.match(/ value="([^"]*)"/)?.[1] ?? '']));
};
const save = async (values, language) => {
  const page = await billing(language);
  return owner.submit(page, { ...held(page), ...values }, { action: /billing$/ });
};
const saved = async (values) => {
  const answer = await save(values);
  assert.equal(answer.status, 303, `${JSON.stringify(values)}: ${visible(answer.text)}`);
};
const wrong = (page) => [...page.text.matchAll(/id="error-(\w+)"/g)].map(([, name]) => name).sort();

// ---- given and automatic numbers ----

test('F47, F50: on two hosts at once, given and automatic numbers never meet', own, async (t) => {
  const other = await secondHost(stack);
  const { api_key } = stack.tenant('acme');
  const post = (base, body) => send(`${base}/api/v1/customers`, { method: 'POST', body: JSON.stringify(body),
    headers: { Authorization: `Bearer ${api_key}`, 'Content-Type': 'application/json' } });
  const first = value(await create());
  // every third by hand: just where the counter comes along, and some of them twice
  const calls = Array.from({ length: 600 }, (_, i) =>
    (i % 3 ? {} : { number: `K${first + 1 + Math.floor(i * 0.9)}` }));
  calls.filter(({ number }) => number).forEach((call, i, all) => {
    call.number = all[i - i % 10 % 2].number;
  });
  const answers = [];
  let busy = 0;
  const client = async (base, own) => { // a share of its own, as one host may be the faster one
    for (const call of own) {
      let answer = await post(base, fields(call));
      // who is told "busy, nothing was done" asks again, as clients do
      for (let tries = 0; answer.status === 503 && tries < 10; tries++, busy++) {
        answer = await post(base, fields(call));
      }
      answers.push({ call, base, answer });
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, i) =>
    client(i % 2 ? other.base : stack.base, calls.filter((_call, at) => at % 16 === i))));
  assert.equal(answers.length, 600);
  t.diagnostic(`${busy} asked again after 503`);
  for (const { call, answer } of answers) {
    if (answer.status === 409) {
      assert.ok(call.number, 'an automatic number is never taken');
      assert.equal(answer.json.code, 'customer_exists');
    } else {
      assert.equal(answer.status, 201, answer.text);
      assert.ok(!call.number || answer.json.number === call.number);
    }
  }
  const numbers = answers.filter(({ answer }) => answer.status === 201).map(({ answer }) => answer.json.number);
  assert.equal(new Set(numbers).size, numbers.length, 'each is one customer\'s');
  assert.ok(answers.filter(({ answer }) => answer.status === 409).length >= 20, 'those given twice at least');
  for (const base of [stack.base, other.base]) {
    assert.ok(answers.filter((one) => one.base === base && one.answer.status === 201).length > 100, 'both hosts made some');
  }
  const rows = stack.sql(`SELECT number FROM customer WHERE tenant = 'acme' AND email = 'n@numbers.example'`);
  assert.ok(numbers.every((number) => rows.some((row) => row.number === number)));
  assert.equal(value(await create()) > Math.max(...numbers.map(value)), true, 'and it goes on beyond all of them');
});

test('F48, F49: a number that is given has the tenant\'s beginning and digits, or the answer names them', async () => {
  const next = value(await create()) + 1;
  assert.equal(await create({ number: `K${next}` }), `K${next}`);
  assert.equal(await create(), `K${next + 1}`, 'the series goes on after it');
  const texts = new Set();
  for (const language of ['de', 'en', 'fr']) {
    const answer = await api('POST', '/customers', fields({ number: 'X2000' }), { 'Accept-Language': language });
    assert.equal(answer.status, 422);
    const [error] = answer.json.errors;
    assert.deepEqual([error.pointer, error.code], ['#/number', 'value_number_format']);
    assert.match(error.detail, /K1234\b.*\b4\b/);
    texts.add(error.detail);
  }
  assert.equal(texts.size, 3);
  for (const number of ['K', 'K1', 'K999', 'K0100000', 'k2999', '2999', 'KK2999', 'K2999x', 'K-2999', 'K 2999',
    'G100', 'K٢٩٩٩', 'K2999.0', 'K+2999', 'K9999999999999', 'new']) {
    const answer = await api('POST', '/customers', fields({ number }));
    assert.equal(answer.status, 422, number);
    assert.deepEqual(answer.json.errors.map(({ pointer, code }) => [pointer, code]), [['#/number', 'value_number_format']], number);
  }
  const taken = await api('POST', '/customers', fields({ number: `K${next}` }));
  assert.deepEqual([taken.status, taken.json.code], [409, 'customer_exists']);
  const elsewhere = await stack.api('globex', 'POST', '/customers', fields({ number: 'K2999' }), { 'Accept-Language': 'en' });
  assert.match(elsewhere.json.errors[0].detail, /G123\b.*\b3\b/, 'another tenant has its own');
});

test('F49, F50: the form of the back office says the same, at the field', async () => {
  const send = async (number) => owner.submit(await owner.get('/acme/admin/customers/new?language=en'), fields({ number }),
    { action: /customers$/ });
  const bad = await send('X2000');
  assert.equal(bad.status, 422);
  assert.deepEqual(wrong(bad), ['number']);
  assert.match(visible(bad.text), /K1234: the same beginning, and at least 4 digits/);
  assert.match(bad.text, /id="field-number"[^>]* value="X2000"/);
  const taken = await send('K2000');
  assert.equal(taken.status, 422);
  assert.deepEqual(wrong(taken), ['number']);
  assert.match(visible(taken.text), /is taken/);
});

// ---- the form of numbers ----

test('F49, F50: whatever the form becomes, numbers are new', own, async () => {
  const next = value(await create());
  await saved({ customer_prefix: 'K2' });
  const long = await create();
  assert.equal(long, `K2${next + 1}`);
  // numbers of this form that read as some of the other one, a row of them
  const block = Array.from({ length: 300 }, (_, i) => i);
  stack.sql(`INSERT INTO customer (tenant, id, number, company_name, first_name, last_name, email, language, street,
      postal_code, city, country, vat_id, created)
    VALUES ${block.map((i) => `('acme', 'cus_block${i}', 'K${900000 + i}', 'B', '', '', 'b@b.example', '', '', '', '', '', '', 1)`).join()}`);
  stack.sql(`UPDATE number_series SET next = 900000 WHERE tenant = 'acme' AND series = 'customer'`);
  await saved({ customer_prefix: 'K' });
  const beyond = await create();
  assert.ok(value(beyond) >= 900300 && value(beyond) < 900900, beyond);
  assert.equal(await create(), `K${value(beyond) + 1}`);
  await saved({ customer_prefix: '', customer_digits: '12' });
  const plain = await create();
  assert.equal(plain, String(value(beyond) + 2).padStart(12, '0'));
  assert.equal(await create({ number: '000000999999' }), '000000999999');
  await saved({ customer_prefix: 'A-1.', customer_digits: '1' });
  assert.equal(await create(), 'A-1.1000000');
  await saved({ customer_prefix: 'K', customer_digits: '4' });
  assert.match(await create(), /^K100000\d$/);
});

test('F49: before a number stand letters, digits, points and hyphens', async () => {
  for (const customer_prefix of ['K ', 'K/', 'Kü', 'K_', 'K%', '=K']) {
    const answer = await save({ customer_prefix: `${customer_prefix}x` });
    assert.equal(answer.status, 422, customer_prefix);
    assert.deepEqual(wrong(answer), ['customer_prefix']);
    assert.match(visible(answer.text), /Use letters, digits, points and hyphens/);
  }
  for (const field of ['invoice_prefix', 'credit_note_prefix', 'correction_prefix', 'reminder_prefix']) {
    assert.deepEqual(wrong(await save({ [field]: 'a b' })), [field]);
  }
  for (const [customer_digits, language] of [['0', 'de'], ['13', 'en'], ['x', 'fr']]) {
    assert.deepEqual(wrong(await save({ customer_digits }, language)), ['customer_digits']);
  }
  assert.equal(held(await billing()).customer_prefix, 'K', 'nothing was saved');
});

test('B127: numbers of two kinds of documents can never be the same', own, async () => {
  const standing = { invoice_prefix: 'RE', credit_note_prefix: 'GS', correction_prefix: 'KO', reminder_prefix: 'MA' };
  const both = ['credit_note_prefix', 'invoice_prefix'];
  for (const [invoice, credit] of [['RE', 'RE'], ['RE', 'RE1'], ['R12', 'R'], ['', ''], ['', '20'], ['re', 'RE'],
    ['RE', 'Re0'], ['26', '']]) {
    const answer = await save({ ...standing, invoice_prefix: invoice, credit_note_prefix: credit });
    assert.equal(answer.status, 422, `${invoice} ${credit}`);
    assert.deepEqual(wrong(answer), both, `${invoice} ${credit}`);
    assert.match(visible(answer.text), /Two numbers could be the same/);
  }
  // one that only looks like it; as long as no number was given out, there is no past
  stack.sql("DELETE FROM number_series WHERE tenant = 'acme' AND series <> 'customer'");
  for (const [invoice, credit] of [['R', 'RE'], ['RE1', 'RE2'], ['RE', 'RE1-'], ['2026-', '2027-'], ['', 'GS'], ['R', 'RE']]) {
    await saved({ ...standing, invoice_prefix: invoice, credit_note_prefix: credit });
  }
  await saved(standing);
});

test('B127: a number that was given out comes never again, with whatever beginning', own, async () => {
  const used = (series) => stack.sql(`INSERT INTO number_series (tenant, series, next) VALUES ('acme', '${series}', 8)
    ON CONFLICT (tenant, series) DO UPDATE SET next = 8`);
  ['invoice', 'credit_note'].forEach(used);
  await saved({ invoice_prefix: 'RE' });
  await saved({ invoice_prefix: 'RG-' });
  const kept = () => stack.sql("SELECT series, prefix FROM number_prefix WHERE tenant = 'acme' ORDER BY series, prefix");
  assert.ok(kept().some(({ series, prefix }) => series === 'invoice' && prefix === 'RE'));
  for (const values of [{ credit_note_prefix: 'RE' }, { credit_note_prefix: 'RE1' }, { invoice_prefix: 'RE26' }]) {
    const answer = await save(values);
    assert.equal(answer.status, 422, JSON.stringify(values));
    assert.deepEqual(wrong(answer), Object.keys(values));
    assert.match(visible(answer.text), /begins with RE, of another kind or from before/);
  }
  await saved({ invoice_prefix: 'RE26-' });
  await saved({ invoice_prefix: 'RE' }); // its own again: the series has gone on
  const [told] = stack.sql("SELECT * FROM audit WHERE tenant = 'acme' AND action = 'settings.changed' ORDER BY id DESC LIMIT 1");
  assert.deepEqual([JSON.parse(told.before), JSON.parse(told.after)], [{ invoice_prefix: 'RE26-' }, { invoice_prefix: 'RE' }]);
});
