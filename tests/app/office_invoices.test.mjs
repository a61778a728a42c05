// The back office: the list of invoices with its filters, orders and pages, its CSV,
// and the page of one invoice.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, links, unescapeHtml, visible } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');
const list = '/acme/admin/invoices';

const get = async (path, status = 200, browser = owner) => {
  const answer = await browser.get(path);
  assert.equal(answer.status, status, `${path}: ${answer.text.slice(0, 300)}`);
  return answer;
};
const numbers = (page) => [...page.text.matchAll(/<th scope="row">([\s\S]*?)<\/th>/g)].map(([, cell]) => visible(cell).trim());
const query = (filters) => new URLSearchParams(filters).toString();
const next = (page) => links(page.text).find((href) => /[?&]at_key=/.test(href) && !/[?&]language=/.test(href));

async function all(filters) {
  const found = [];
  for (let path = `${list}?${query(filters)}`; path;) {
    const page = await get(path);
    found.push(...numbers(page));
    path = next(page);
  }
  return found;
}

const api = async (filters) => {
  const items = [];
  for (let cursor; ;) {
    const { json } = await stack.api('acme', 'GET', `/invoices?${query({ ...filters, limit: 200, ...(cursor && { cursor }) })}`);
    items.push(...json.items.map(({ number }) => number));
    cursor = json.next;
    if (!cursor) {
      return items;
    }
  }
};

test('F33, F34: the back office narrows by the same filters as the API, all of them together', async () => {
  for (const filters of [{}, { delivery_mode: 'email' }, { delivery_mode: 'none' }, { delivery_mode: 'post' },
    { status: 'overdue' }, { status: 'paid', type: 'invoice' }, { type: 'credit_note' }, { dispatch: 'none', status: 'open' },
    { customer: 'K2001' }, { contract: 'VT-7KQ2-ZHXM', delivery_mode: 'email' }, { text: 'sommer' }, { text: 'RE2000' },
    { delivery_mode: 'email', status: 'paid', from: '2025-01-01', to: '2025-12-31' }]) {
    assert.deepEqual(await all(filters), await api(filters), JSON.stringify(filters));
  }
  assert.deepEqual(await all({ amount_from: '80,00', amount_to: '82.00' }), await api({ amount_from: 8000, amount_to: 8200 }),
    'amounts as people write them');
});

test('F34: each filter is a chip that can be taken away by itself; the form keeps what was chosen', async () => {
  const page = await get(`${list}?status=paid&delivery_mode=email&from=2025-01-01&sort=number`);
  const chips = [...page.text.matchAll(/<a class="chip" href="([^"]*)">([\s\S]*?)<\/a>/g)]
    .map(([, href, text]) => [unescapeHtml(href), visible(text)]);
  assert.equal(chips.length, 3);
  for (const [href, text] of chips) {
    const asked = new URL(href, stack.base).searchParams;
    assert.equal([...asked.keys()].filter((name) => name !== 'sort').length, 2, href);
    assert.equal(asked.get('sort'), 'number', 'the order stays');
    assert.match(text, /Filter entfernen/);
    await get(href);
  }
  assert.ok(chips.some(([, text]) => /01\.01\.2025/.test(text)), 'dates as people write them');
  const form = forms(page.text).find(({ method }) => method === 'get');
  assert.match(form.body, /<option value="paid" selected>/);
  assert.match(form.body, /name="from"[^>]*value="2025-01-01"/);
  assert.equal(form.hidden.sort, 'number');
  assert.equal((await get(list)).text.includes('class="chips"'), false);
});

test('X10: columns are links where the filters have that order, and say which one it is', async () => {
  const sorts = (page) => [...page.text.match(/<thead>([\s\S]*?)<\/thead>/)[1].matchAll(/href="[^"]*[?&;]sort=([-\w]+)/g)].map(([, name]) => name);
  assert.deepEqual(sorts(await get(list)), ['number', 'date', 'gross']);
  assert.deepEqual(sorts(await get(`${list}?status=open`)), ['number', 'date', 'due', 'gross']);
  assert.deepEqual(sorts(await get(`${list}?status=overdue`)), ['-due']);
  assert.deepEqual(sorts(await get(`${list}?customer=K2000`)), ['date']);
  assert.deepEqual(sorts(await get(`${list}?sort=gross`)), ['number', 'date', '-gross']);
  assert.match((await get(list)).text, /<th scope="col" aria-sort="descending">/);
  assert.deepEqual(numbers(await get(`${list}?customer=K2000&sort=gross`)), numbers(await get(`${list}?customer=K2000`)),
    'another order is left out');
});

test('F34: what is no filter is said at its field and hurts nothing', async () => {
  for (const asked of ['status=late', 'from=yesterday', 'amount_from=lots', 'type=x']) {
    const page = await get(`${list}?${asked}`, 422);
    assert.match(page.text, new RegExp(`id="error-${asked.split('=')[0]}"`));
    assert.match(page.text, /<details class="panel filters" open>/);
  }
  for (const asked of ['at=x&at_key=y', 'at=x', 'at_key=x', 'sort=colour', 'sort=-', 'status=', 'x=1', 'text=%25', "text='", 'at=9&at_key=%22&sort=gross']) {
    await get(`${list}?${asked}`);
  }
});

const csv = (text) => text.trimEnd().split('\r\n').map((line) =>
  [...line.matchAll(/"((?:[^"]|"")*)"/g)].map(([, field]) => field.replaceAll('""', '"')));

test('F34: CSV has what the filters leave', async () => {
  for (const filters of [{}, { delivery_mode: 'none' }, { status: 'overdue' }, { text: 'sommer' }]) {
    const page = await get(`${list}?${query(filters)}`);
    const href = links(page.text).find((one) => /format=csv/.test(one));
    const answer = await get(href);
    assert.equal(answer.type, 'text/csv');
    const [head, ...rows] = csv(answer.text);
    assert.deepEqual(head, ['number', 'type', 'customer_name', 'customer', 'contract_ref', 'date', 'due', 'status', 'delivery_mode', 'dispatch', 'run', 'gross', 'currency']);
    assert.deepEqual(rows.map(([number]) => number), await api(filters));
    assert.ok(rows.every((row) => row.length === head.length && /^\d{4}-\d\d-\d\d$/.test(row[5]) && /^-?\d+\.\d\d$/.test(row[11])));
  }
});

test('F36: the page of an invoice has lines, sums, recipient, its document and the ways on', async () => {
  const { json: { items: [{ number }] } } = await stack.api('acme', 'GET', '/invoices?contract=VT-7KQ2-ZHXM&limit=1');
  const { json: one } = await stack.api('acme', 'GET', `/invoices/${number}`);
  const page = await get(`${list}/${number}`);
  const text = visible(page.text);
  for (const line of one.lines) {
    assert.ok(text.includes(line.description), line.description);
  }
  for (const line of one.recipient.split('\n')) {
    assert.ok(text.includes(line), line);
  }
  const hrefs = links(page.text);
  for (const path of ['/acme/admin/customers/K2000', '/acme/admin/contracts/VT-7KQ2-ZHXM', `${list}/${number}/pdf`, list]) {
    assert.ok(hrefs.includes(path), path);
  }
  const document = await get(`${list}/${number}/pdf`);
  assert.equal(document.type, 'application/pdf');
  assert.ok(document.text.startsWith('%PDF-'));
  await get(`${list}/none`, 404);
  await get(`${list}/none/pdf`, 404);
});

test('F38: what corrects an invoice is named on its page, and the other way round', own, async () => {
  const [{ id, number }] = stack.sql("SELECT id, number FROM invoice WHERE tenant = 'acme' AND type = 'invoice' ORDER BY number LIMIT 1");
  stack.sql(`INSERT INTO invoice (tenant, id, number, type, customer, contract, customer_number, recipient, language, date, due,
    period_from, period_to, currency, net, vat, gross, delivery_mode, status, created, corrects, note)
    SELECT tenant, 'inv_c1', 'KR-1', 'correction', customer, contract, customer_number, recipient, language, date, due,
    period_from, period_to, currency, -net, -vat, -gross, delivery_mode, 'paid', created, id, 'Falscher <Preis>'
    FROM invoice WHERE tenant = 'acme' AND id = '${id}'`);
  assert.ok(links((await get(`${list}/${number}`)).text).includes(`${list}/KR-1`));
  const page = await get(`${list}/KR-1`);
  assert.ok(links(page.text).includes(`${list}/${number}`));
  assert.ok(page.text.includes('Falscher &lt;Preis&gt;'));
  assert.match(page.title, /^Korrektur\s+KR-1/);
  const { json } = await stack.api('acme', 'GET', '/invoices/KR-1');
  assert.deepEqual([json.corrects, json.note, json.type], [number, 'Falscher <Preis>', 'correction']);
  stack.sql("DELETE FROM invoice WHERE tenant = 'acme' AND id = 'inv_c1'");
});

test('X10: who may not see invoices sees none; another tenant’s are not there', async () => {
  const globex = await stack.office('globex', 'owner');
  await get('/globex/admin/invoices/RE20001', 404, globex);
  await get('/globex/admin/invoices/RE20001/pdf', 404, globex);
  assert.deepEqual(numbers(await get('/globex/admin/invoices?text=RE20001', 200, globex)), []);
  assert.deepEqual(numbers(await get('/globex/admin/invoices?customer=K2000', 200, globex)), []);
});
