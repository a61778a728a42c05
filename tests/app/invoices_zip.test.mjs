// Many documents in one file.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { forms, visible } from '../lib/client.mjs';
import { issuer } from '../lib/documents.mjs';
import { startStack, until } from '../lib/stack.mjs';

const stack = await startStack({ clock: true });
const own = { skip: stack.skip };
const issue = issuer(stack);
const owner = await stack.office('acme', 'owner');
const form = '/acme/admin/invoices/zip';

function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) {
      crc = crc & 1 ? crc >>> 1 ^ 0xedb88320 : crc >>> 1;
    }
  }
  return ~crc >>> 0;
}

// The files in a ZIP by its directory: each entry must be where that says, with
// the same header, and whole.
function unzip(bytes) {
  const end = bytes.length - 22;
  assert.equal(bytes.readUInt32LE(end), 0x06054b50);
  const n = bytes.readUInt16LE(end + 10);
  const size = bytes.readUInt32LE(end + 12);
  let at = bytes.readUInt32LE(end + 16);
  assert.equal(at + size, end);
  const files = {};
  for (let i = 0; i < n; i++) {
    assert.equal(bytes.readUInt32LE(at), 0x02014b50);
    const length = bytes.readUInt16LE(at + 28);
    const name = bytes.subarray(at + 46, at + 46 + length).toString();
    const local = bytes.readUInt32LE(at + 42);
    assert.equal(bytes.readUInt32LE(local), 0x04034b50);
    assert.ok(bytes.subarray(local + 4, local + 30).equals(bytes.subarray(at + 6, at + 32)), name);
    const stored = bytes.readUInt32LE(at + 24);
    const data = bytes.subarray(local + 30 + length, local + 30 + length + stored);
    assert.equal(crc32(data), bytes.readUInt32LE(at + 16), `${name}: CRC-32`);
    assert.ok(!(name in files), `${name} twice`);
    files[name] = data;
    at += 46 + length;
  }
  assert.equal(at, end);
  return files;
}

// What the job of a progress page made.
async function made(path, browser = owner) {
  const page = await until('the file', async () => {
    const now = await browser.get(path);
    assert.equal(now.status, 200);
    return now.text.includes(`${path}/file`) && now;
  }, 60_000);
  assert.match(visible(page.text), /ZIP herunterladen/);
  const answer = await browser.get(`${path}/file`);
  assert.equal(answer.status, 200);
  assert.equal(answer.type, 'application/zip');
  assert.match(answer.headers['content-disposition'], /attachment; filename="job_\w+\.zip"/);
  return unzip(answer.bytes);
}

// The form with its fields, some of them several times.
async function ask(pairs, browser = owner) {
  const page = await browser.get(form);
  const { hidden } = forms(page.text).find(({ action }) => action === form);
  const body = new URLSearchParams([...Object.entries(hidden), ...pairs]).toString();
  return browser.send(form, { method: 'POST', body,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
}

test('X3: documents that are picked, each once, with a table of them', own, async () => {
  const numbers = [issue([['A', 1, 10]]), issue([['B', -1, 5]], { type: 'credit_note' }), issue([['C', 1, 20]])];
  const answer = await ask([...numbers, numbers[0]].map((number) => ['pick', number]));
  assert.equal(answer.status, 303, answer.text);
  const files = await made(answer.location);
  assert.deepEqual(Object.keys(files), [...numbers.map((number) => `${number}.pdf`), 'invoices.csv']);
  for (const number of numbers) {
    const { bytes } = await owner.get(`/acme/admin/invoices/${number}/pdf`);
    assert.ok(files[`${number}.pdf`].equals(bytes), 'as it is everywhere');
  }
  const [head, ...rows] = files['invoices.csv'].toString().trimEnd().split('\r\n');
  assert.match(head, /^"number","type","customer_number","date"/);
  assert.equal(rows.length, 3);
  assert.match(rows[1], new RegExp(`^"${numbers[1]}","credit_note","K2000","2026-11-01".*"-5.00","-0.95","-5.95","EUR"`));
  const job = answer.location.split('/').pop();
  const trail = stack.sql(`SELECT action FROM audit WHERE object = '${job}' ORDER BY id`).map(({ action }) => action);
  assert.deepEqual(trail, ['export.requested', 'export.made']);
});

test('X3: documents of some days, over several steps, of one kind and customer', own, async () => {
  const numbers = Array.from({ length: 45 }, (_, i) => issue([['A', 1, i + 1]], { date: '2031-05-02', due: '2031-05-03' }));
  issue([['A', 1, 1]], { date: '2031-05-03', due: '2031-05-03' });
  issue([['A', -1, 1]], { date: '2031-05-02', type: 'credit_note' });
  const answer = await ask([['from', '2031-05-02'], ['to', '2031-05-02'], ['type', 'invoice'], ['customer', 'K2000']]);
  assert.equal(answer.status, 303, answer.text);
  const files = await made(answer.location);
  assert.deepEqual(Object.keys(files).sort(), [...numbers.map((number) => `${number}.pdf`), 'invoices.csv'].sort());
});

test('X3: of every kind, unless one is chosen', own, async () => {
  const numbers = [issue([['A', 1, 1]], { date: '2031-06-02', due: '2031-06-02' }),
    issue([['A', -1, 1]], { date: '2031-06-02', type: 'credit_note' })];
  const { location } = await ask([['from', '2031-06-01'], ['to', '2031-06-30'], ['type', 'all']]);
  assert.deepEqual(Object.keys(await made(location)).sort(), [...numbers.map((number) => `${number}.pdf`), 'invoices.csv'].sort());
});

test('X3: what is missing or wrong is told, and what was typed stays', own, async () => {
  const bad = await ask([['from', '2031-05-02']]);
  assert.equal(bad.status, 422);
  assert.match(bad.text, /value="2031-05-02"/);
  const none = await ask([['from', '1999-01-01'], ['to', '1999-01-02']]);
  assert.equal(none.status, 422);
  assert.match(visible(none.text), /Es gibt kein solches Dokument/);
  assert.equal((await ask([['pick', 'NONE-1']])).status, 422);
  assert.equal((await ask(Array.from({ length: 501 }, (_, i) => ['pick', `N${i}`]))).status, 422);
  assert.equal((await ask([['from', '2031-05-02'], ['from', '2031-05-02']])).status, 400, 'nothing else may stand twice');
});

test('X3: the file is its tenant\'s, for who may see invoices, for a week', own, async () => {
  const number = issue([['A', 1, 10]]);
  const { location } = await ask([['pick', number]]);
  await made(location);
  const gina = await stack.office('globex', 'owner');
  const theirs = location.replace('/acme/', '/globex/');
  assert.equal((await gina.get(theirs)).status, 404);
  assert.equal((await gina.get(`${theirs}/file`)).status, 404);
  const support = await stack.office('acme', 'support');
  const may = (await support.get('/acme/admin/invoices')).status === 200;
  assert.equal((await support.get(`${location}/file`)).status, may ? 200 : 403);
  const other = (await stack.api('acme', 'POST', '/audit/exports', {})).json.id;
  assert.equal((await owner.get(`${form}/${other}`)).status, 404, 'a job of another kind');
  assert.equal((await stack.browser().get(`${location}/file`)).status, 303);
  const result = JSON.parse(stack.sql(`SELECT result FROM job WHERE id = '${location.split('/').pop()}'`)[0].result);
  const file = join(stack.state, 'exports', 'acme', result.file);
  assert.ok(existsSync(file));
  stack.moveTime(8 * 86400);
  await until('the file to be removed', () => {
    stack.moveTime(3600);
    return !existsSync(file);
  });
});
