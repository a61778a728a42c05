// Lists of the back office that are too long for one answer: CSV files from the
// background.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, links, visible } from '../lib/client.mjs';
import { startStack, until } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');
const MANY = 10_400;

const csv = (text) => text.trimEnd().split('\r\n').map((line) =>
  [...line.matchAll(/"((?:[^"]|"")*)"/g)].map(([, field]) => field.replaceAll('""', '"')));

// Invoices from X00001 on: each 50th is by post, each third one is late.
const fill = () => stack.sql(`INSERT INTO invoice (tenant, id, number, type, customer, contract, customer_number, recipient, language, date, due,
    period_from, period_to, currency, net, vat, gross, delivery_mode, status, created, seller, buyer)
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY})
  SELECT i.tenant, 'inv_x' || n.i, 'X' || substr(CAST(100000 + n.i AS TEXT), 2), i.type, i.customer, i.contract,
    i.customer_number, i.recipient, i.language, CASE WHEN n.i % 3 = 0 THEN '2031-01-01' ELSE '2031-01-02' END,
    CASE WHEN n.i % 3 = 0 THEN '2020-01-01' ELSE '2099-01-01' END, i.period_from, i.period_to,
    i.currency, i.net, i.vat, i.gross, CASE WHEN n.i % 50 = 0 THEN 'post' ELSE 'none' END, 'open', i.created, i.seller, i.buyer
  FROM n, invoice i WHERE i.tenant = 'acme' AND i.number = 'RE20001'`);

// Asks for the CSV of a list, and for the job where one is offered.
async function ask(path, browser = owner) {
  const page = await browser.get(`/acme/admin${path}`);
  assert.equal(page.status, 200, page.text.slice(0, 300));
  assert.equal(page.type, 'text/html');
  assert.match(visible(page.text), /Eine große CSV-Datei/);
  const answer = await browser.submit(page, {}, { action: /\/admin\/exports$/ });
  assert.equal(answer.status, 303, answer.text);
  assert.match(answer.location, /^\/acme\/admin\/exports\/job_\w+$/);
  return answer.location;
}

async function made(path) {
  await until('the file', async () => {
    const page = await owner.get(path);
    assert.equal(page.status, 200);
    return links(page.text).includes(`${path}/file`);
  }, 60_000);
  const answer = await owner.get(`${path}/file`);
  assert.equal(answer.status, 200);
  assert.equal(answer.type, 'text/csv');
  assert.match(answer.headers['content-disposition'], /attachment; filename="job_\w+\.csv"/);
  return csv(answer.text);
}

test('X3: a list of invoices of any length is one CSV file, in the order of the list', own, async () => {
  fill();
  const job = await ask('/invoices?format=csv&delivery_mode=none&from=2031-01-01&sort=-number');
  const [head, ...rows] = await made(job);
  assert.deepEqual(head.slice(0, 4), ['number', 'type', 'customer_name', 'customer']);
  const numbers = Array.from({ length: MANY }, (_, i) => i + 1).filter((n) => n % 50).map((n) => `X${`${n}`.padStart(5, '0')}`);
  assert.deepEqual(rows.map(([number]) => number), numbers.reverse(), 'each once, and none else');
  const one = Object.fromEntries(head.map((name, i) => [name, rows.at(-3)[i]]));
  const [invoice] = stack.sql("SELECT gross, currency, customer_number FROM invoice WHERE tenant = 'acme' AND number = 'X00003'");
  assert.equal(one.number, 'X00003');
  assert.equal(one.status, 'overdue', 'as on the page');
  assert.equal(one.customer, invoice.customer_number);
  assert.equal(Math.round(one.gross * 100), invoice.gross);
  const id = job.split('/').pop();
  assert.deepEqual(stack.sql(`SELECT action FROM audit WHERE object = '${id}' ORDER BY id`).map(({ action }) => action),
    ['export.requested', 'export.made']);
  const page = await owner.get(job);
  assert.match(visible(page.text), /Die Datei ist fertig/);
  assert.ok(links(page.text).includes('/acme/admin/invoices'));
});

test('F33, F34: filters that fit few of many invoices are a file as well', own, async () => {
  const direct = await owner.get('/acme/admin/invoices?format=csv&delivery_mode=post&from=2031-01-01');
  assert.equal(direct.type, 'text/csv', 'short ones are answered');
  assert.equal(csv(direct.text).length, 1 + MANY / 50);
  const wide = await owner.get('/acme/admin/invoices?format=csv&amount_from=many');
  assert.equal(wide.status, 422, 'no file of something else');
});

test('X3: other lists are files of any length, each row once', own, async () => {
  stack.sql(`INSERT INTO customer (tenant, id, number, company_name, first_name, last_name, email, language, street, postal_code,
      city, country, vat_id, created, search, search_name)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY})
    SELECT 'acme', 'cus_x' || n.i, 'X' || n.i, 'Firma, "Nr." ' || (n.i % 7), '', '', '', 'de',
      '', '', 'Ulm', 'DE', '', 1700000000, '', '' FROM n`);
  const [head, ...rows] = await made(await ask('/customers?format=csv&sort=company_name&city=ulm'));
  assert.deepEqual(head, ['number', 'company_name', 'name', 'email', 'city', 'created']);
  assert.equal(rows.length, MANY);
  assert.equal(new Set(rows.map(([number]) => number)).size, MANY);
  assert.ok(rows.every(([number, name, , , city]) => name === `Firma, "Nr." ${number.slice(1) % 7}` && city === 'Ulm'));
});

test('a file is its tenant\'s, for who may see the list, and not for API keys', own, async () => {
  const job = await ask('/invoices?format=csv&from=2031-01-01');
  await made(job);
  const gina = await stack.office('globex', 'owner');
  const theirs = job.replace('/acme/', '/globex/');
  assert.equal((await gina.get(theirs)).status, 404);
  assert.equal((await gina.get(`${theirs}/file`)).status, 404);
  assert.equal((await stack.browser().get(`${job}/file`)).status, 303);
  const id = job.split('/').pop();
  assert.equal((await stack.api('acme', 'GET', `/jobs/${id}/file`)).status, 404);
  assert.equal((await owner.get(`/acme/admin/invoices/zip/${id}`)).status, 404, 'a job of another kind');
  // who may see no callbacks gets no file of them
  const rita = await stack.office('acme', 'billing');
  const page = await rita.get('/acme/admin/customers?format=csv');
  const { hidden } = forms(page.text).find(({ action }) => /exports$/.test(action));
  assert.equal((await rita.get('/acme/admin/audit')).status, 403);
  assert.equal((await rita.post('/acme/admin/exports', { ...hidden, list: '/admin/audit', query: '' })).status, 403);
  assert.equal((await rita.post('/acme/admin/exports', { ...hidden, list: '/admin/nothing', query: '' })).status, 400);
  assert.equal((await rita.post('/acme/admin/exports', { ...hidden, query: '%zz' })).status, 400);
  assert.equal((await rita.post('/acme/admin/exports', { ...hidden, query: 'x'.repeat(4001) })).status, 400);
  stack.sql(`UPDATE job SET arguments = '{"list":"/admin/audit","asked":{}}' WHERE id = '${id}'`);
  assert.equal((await rita.get(job)).status, 404);
  assert.equal((await rita.get(`${job}/file`)).status, 404);
});

test('a form that is sent twice asks for one file', own, async () => {
  const page = await owner.get('/acme/admin/customers?format=csv');
  const { hidden } = forms(page.text).find(({ action }) => /exports$/.test(action));
  const answers = [await owner.post('/acme/admin/exports', hidden), await owner.post('/acme/admin/exports', hidden)];
  assert.deepEqual(answers.map(({ status }) => status), [303, 303]);
  assert.equal(answers[0].location, answers[1].location);
});
