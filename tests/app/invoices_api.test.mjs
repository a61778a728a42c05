// The REST API: invoices, and the filters of their list.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const api = (path, tenant = 'acme') => stack.api(tenant, 'GET', path);

const ok = async (path, tenant) => {
  const answer = await api(path, tenant);
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return answer.json;
};
const refused = (answer, status, code) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
};

const query = (filters) => new URLSearchParams(filters).toString();

// All of a list, page by page.
async function all(filters, limit = 200, tenant = 'acme') {
  const items = [];
  let cursor;
  for (let i = 0; i < 200; i++) {
    const page = await ok(`/invoices?${query({ ...filters, limit, ...(cursor ? { cursor } : {}) })}`, tenant);
    assert.ok(page.items.length <= limit);
    items.push(...page.items);
    cursor = page.next;
    if (!cursor) {
      return items;
    }
  }
  throw new Error('the list does not end');
}

// ---- the invoices of a tenant of its own, and what a filter is, in JavaScript ----

const values = {
  delivery_mode: ['email', 'none', 'post'],
  dispatch: ['none', 'waiting', 'sent', 'failed', 'suppressed'],
  status: ['open', 'paid', 'cancelled'],
  type: ['invoice', 'credit_note', 'correction'],
};
const customers = [
  { id: 'cus_g1', number: 'G-100', name: 'Größe & Söhne' }, { id: 'cus_g2', number: 'G-200', name: 'Anna Maria Berg' },
  { id: 'cus_g3', number: 'X-1', name: 'Annaberg Werke' }];
const contracts = ['GV-AAAA', 'GV-AABB', 'GV-CCCC'];
const DAY = 86_400_000;
const day = (n) => new Date(Date.now() + n * DAY).toISOString().slice(0, 10);

// Pseudo-random, the same each time.
let seed = 20;
const random = (n) => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return Math.floor(seed / 65536) % n;
};
const pick = (list) => list[random(list.length)];
const quote = (value) => (value === null ? 'NULL' : typeof value === 'number' ? value : `'${value.replaceAll("'", "''")}'`);
const insert = (table, rows) => stack.sql(`INSERT INTO ${table} (${Object.keys(rows[0]).join()}) VALUES
  ${rows.map((row) => `(${Object.values(row).map(quote).join()})`).join(',\n')}`);

function seedInvoices(count) {
  for (const one of customers) {
    insert('customer', [{ tenant: 'globex', id: one.id, number: one.number, company_name: one.name, first_name: '',
      last_name: '', email: 'g@x.example', language: 'en', street: '', postal_code: '', city: '', country: '', vat_id: '', created: 1,
      search: '', search_name: `${one.number} ${one.name}`.toLowerCase().replaceAll('ß', 'ss') }]);
    insert('customer_word', one.name.toLowerCase().replaceAll('ß', 'ss').split(' ')
      .map((word) => ({ tenant: 'globex', customer: one.id, word })));
  }
  insert('contract', contracts.map((ref, i) => ({ tenant: 'globex', id: `con_g${i}`, ref, customer: customers[i].id,
    name: ref, status: 'active', currency: 'GBP', start_date: '2020-01-01', every: 1, unit: 'month',
    delivery_mode: 'email', notice_days: 0, created: 1 })));
  const rows = Array.from({ length: count }, (_, i) => {
    const at = random(3), gross = (random(200) - 40) * 100;
    const date = day(-random(120));
    return { tenant: 'globex', id: `inv_g${String(i).padStart(5, '0')}`, number: `GX${i % 7}-${String(i * 37 % 1000).padStart(3, '0')}-${i}`,
      type: pick(values.type), customer: customers[at].id, contract: random(4) ? `con_g${at}` : null,
      customer_number: customers[at].number, recipient: 'x', language: 'en', date, due: day((Date.parse(date) - Date.now()) / DAY + 1 + random(60)),
      period_from: date, period_to: date, currency: 'GBP', net: gross, vat: 0, gross,
      delivery_mode: pick(values.delivery_mode), status: pick(values.status), created: 1,
      run: random(5) ? null : `run_g${random(2)}`, dispatch: pick(values.dispatch) };
  });
  insert('invoice', rows);
  return rows;
}

const words = (text) => text.toLowerCase().replaceAll('ß', 'ss').split(/\s+/);
const meant = (row, text) => {
  const begins = (value) => value && (value.startsWith(text) || value.startsWith(text.toUpperCase()));
  const { number, name } = customers.find(({ id }) => id === row.customer) ?? { number: row.customer_number, name: row.name };
  const ref = row.contract && (contracts[row.contract.slice(-1)]);
  return begins(row.number) || begins(number) || begins(ref) ||
    words(text).every((word) => words(`${number} ${name}`).some((other) => other.startsWith(word)));
};

const today = () => new Intl.DateTimeFormat('sv', { timeZone: stack.sql("SELECT time_zone FROM tenant WHERE id = 'globex'")[0].time_zone }).format();

const holds = {
  status: (row, value, now) => (value === 'overdue' ? row.status === 'open' && row.gross > 0 && row.due < now : row.status === value),
  from: (row, value) => row.date >= value,
  to: (row, value) => row.date <= value,
  amount_from: (row, value) => row.gross >= Number(value),
  amount_to: (row, value) => row.gross <= Number(value),
  customer: (row, value) => row.customer_number === value,
  contract: (row, value) => row.contract !== null && contracts[row.contract.slice(-1)] === value,
  text: meant,
};
const plain = (rows, filters, now) => rows.filter((row) => Object.entries(filters).every(([name, value]) =>
  (holds[name] ? holds[name](row, value, now) : row[name] === value)));

const filters = [
  ...Object.entries(values).flatMap(([name, list]) => list.map((value) => [name, value])),
  ['status', 'overdue'], ['from', day(-40)], ['to', day(-70)], ['amount_from', '5000'], ['amount_to', '-100'],
  ['customer', 'G-200'], ['customer', 'nobody'], ['contract', 'GV-AABB'], ['run', 'run_g0'],
  ['text', 'anna'], ['text', 'anna maria'], ['text', 'SÖHNE grös'], ['text', 'g-1'], ['text', 'gv-aa'],
  ['text', 'GX3-1'], ['text', 'nothing at all'],
];

let rows;
const numbers = (list) => list.map(({ number }) => number).sort();

test('F33, F34: every pair of filters gives what both of them leave', own, async () => {
  ['settlement', 'ledger_entry', 'payment', 'invoice_line'].forEach((table) =>
    stack.sql(`DELETE FROM ${table} WHERE tenant = 'globex'`));
  stack.sql("DELETE FROM invoice WHERE tenant = 'globex'");
  rows = seedInvoices(900);
  const now = today();
  let pairs = 0;
  for (let i = 0; i < filters.length; i++) {
    for (let j = i; j < filters.length; j++) {
      const [a, b] = [filters[i], filters[j]];
      if (i !== j && a[0] === b[0]) {
        continue;
      }
      const asked = Object.fromEntries([a, b]);
      const found = await all(asked, 200, 'globex');
      assert.deepEqual(numbers(found), numbers(plain(rows, asked, now)), JSON.stringify(asked));
      pairs++;
    }
  }
  assert.ok(pairs > 300, `${pairs} pairs`);
});

test('F33, F34: many filters at once give what all of them leave', own, async () => {
  const now = today();
  let some = 0;
  for (let i = 0; i < 150; i++) {
    const asked = {};
    for (let k = 0; k < 3 + random(4); k++) {
      const [name, value] = pick(filters);
      asked[name] = value;
    }
    const found = await all(asked, 200, 'globex');
    assert.deepEqual(numbers(found), numbers(plain(rows, asked, now)), JSON.stringify(asked));
    some += found.length > 0;
  }
  assert.ok(some > 10, `${some} had any`);
});

test('X8: pages of any size hold every row once, in every order that the filters have', own, async () => {
  const orders = { date: ['date', 'number'], number: ['number'], gross: ['gross', 'number'], due: ['due', 'number'] };
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const by = (columns) => (a, b) => columns.map((name) => compare(a[name], b[name])).find(Boolean) ?? 0;
  const cases = [[{}, ['date', 'number', 'gross']], [{ status: 'open' }, ['date', 'number', 'gross', 'due']],
    [{ status: 'overdue' }, ['due']], [{ delivery_mode: 'post' }, ['date', 'number', 'gross']],
    [{ dispatch: 'sent', type: 'invoice' }, ['date', 'number', 'gross']], [{ amount_from: '1000' }, ['gross']],
    [{ customer: 'G-200' }, ['date']], [{ contract: 'GV-CCCC' }, ['date']], [{ run: 'run_g1' }, ['number']],
    [{ text: 'anna' }, ['date']], [{ text: 'gv', status: 'paid' }, ['date']], [{ from: day(-50), to: day(-10) }, ['date', 'number', 'gross']]];
  const now = today();
  for (const [asked, sorts] of cases) {
    for (const name of Object.keys(orders)) {
      for (const down of [true, false]) {
        const sort = `${down ? '-' : ''}${name}`;
        if (!sorts.includes(name)) {
          const answer = await api(`/invoices?${query({ ...asked, sort })}`, 'globex');
          refused(answer, 422, 'invalid');
          assert.deepEqual(answer.json.errors.map(({ pointer, code }) => [pointer, code]), [['#/sort', 'value_order']]);
          continue;
        }
        const wanted = plain(rows, asked, now).sort(by(orders[name]));
        for (const limit of [7, 50]) {
          const found = await all({ ...asked, sort }, limit, 'globex');
          assert.deepEqual(found.map(({ number }) => number),
            (down ? [...wanted].reverse() : wanted).map(({ number }) => number), `${JSON.stringify(asked)} ${sort} ${limit}`);
        }
      }
    }
  }
});

test('F33, F34: where enough fits, a page is full', own, async () => {
  for (const asked of [{}, { delivery_mode: 'email' }, { status: 'paid' }, { type: 'invoice', dispatch: 'none' }, { status: 'open', sort: 'due' }, { text: 'anna' }]) {
    assert.equal((await ok(`/invoices?${query({ ...asked, limit: 50 })}`, 'globex')).items.length, 50, JSON.stringify(asked));
  }
});

test('F34: what hardly any row fits is found over several pages, none of which looks at too much', own, async () => {
  const few = Array.from({ length: 6000 }, (_, i) => ({ ...rows[0], id: `inv_h${i}`, number: `H${String(i).padStart(5, '0')}`,
    date: '2021-05-05', due: '2021-06-01', customer: 'cus_g3', customer_number: 'X-1', contract: null, run: null,
    gross: 100, net: 100, status: 'paid', delivery_mode: i === 20 || i === 5000 ? 'post' : 'email', dispatch: 'sent', type: 'invoice' }));
  for (let i = 0; i < few.length; i += 500) {
    insert('invoice', few.slice(i, i + 500));
  }
  const asked = { customer: 'X-1', delivery_mode: 'post', to: '2021-12-31' };
  assert.deepEqual((await all(asked, 50, 'globex')).map(({ number }) => number), ['H05000', 'H00020']);
  const first = await ok(`/invoices?${query(asked)}`, 'globex');
  assert.deepEqual([first.items.length, typeof first.next], [1, 'string'], 'a page may be shorter');
  assert.deepEqual((await all({ text: 'annab', delivery_mode: 'post', to: '2021-12-31', sort: 'date' }, 50, 'globex'))
    .map(({ number }) => number), ['H00020', 'H05000']);
  assert.deepEqual(numbers(await all({ text: 'anna', delivery_mode: 'post' }, 50, 'globex')),
    numbers(plain([...rows, ...few], { text: 'anna', delivery_mode: 'post' })));
  refused(await api('/invoices?text=H0', 'globex'), 422, 'invalid');
  assert.equal((await api('/invoices?text=H0', 'globex')).json.errors[0].code, 'value_wide');
  assert.deepEqual(numbers(await all({ text: 'h0001' }, 50, 'globex')), Array.from({ length: 10 }, (_, i) => `H0001${i}`));
});

// Invoices of one day, of several days and of none; of very many of one customer as well.
test('F33, F34: what a text means of many customers and contracts is one list, in its order', own, async () => {
  const many = [];
  for (let i = 0; i < 60; i++) {
    const [customer, contract] = [`cus_m${i}`, `con_m${i}`], number = `MM-${100 + i}`;
    stack.sql(`INSERT INTO customer (tenant, id, number, company_name, first_name, last_name, email, language, street,
      postal_code, city, country, vat_id, created, search, search_name) VALUES ('globex', '${customer}', '${number}', 'M', '', '',
      '', 'de', '', '', '', '', '', 1, '', '${number.toLowerCase()} m');
      INSERT INTO contract (tenant, id, ref, customer, name, status, currency, start_date, every, unit, delivery_mode,
      notice_days, created) VALUES ('globex', '${contract}', 'MV-${100 + i}', '${customer}', 'x', 'active', 'EUR', '2020-01-01', 1,
      'month', 'email', 0, 1)`);
    for (let k = 0; k < (i === 33 ? 300 : i % 7); k++) {
      many.push({ ...rows[0], id: `inv_m${i}x${k}`, number: `Y${String((i * 7919 + k * 104729) % 1000003).padStart(7, '0')}`,
        date: day(-400 - random(20)), due: day(-380), customer, customer_number: number, contract: k % 3 ? contract : null,
        run: null, type: 'invoice', status: 'paid' });
    }
  }
  for (let i = 0; i < many.length; i += 500) {
    insert('invoice', many.slice(i, i + 500));
  }
  const key = ({ date, number }) => `${date} ${number}`;
  for (const [text, wanted] of [['mm-1', many], ['mv-1', many.filter(({ contract }) => contract)],
    ['mm-14', many.filter((row) => row.customer_number.startsWith('MM-14'))],
    ['mm-100', many.filter((row) => row.customer_number === 'MM-100')]]) {
    const sorted = wanted.map(key).sort();
    for (const limit of [7, 20, 50, 200]) {
      assert.deepEqual((await all({ text, sort: 'date' }, limit, 'globex')).map(key), sorted, `${text} ${limit}`);
      assert.deepEqual((await all({ text, sort: '-date' }, limit, 'globex')).map(key), sorted.toReversed(), `${text} ${limit}`);
    }
    const [from, to] = [day(-415), day(-405)];
    assert.deepEqual((await all({ text, sort: 'date', from, to }, 50, 'globex')).map(key),
      wanted.filter(({ date }) => date >= from && date <= to).map(key).sort(), `${text} of some days`);
  }
});

test('what is overdue is told by the day of the tenant', own, async () => {
  const zones = ['Pacific/Kiritimati', 'Pacific/Pago_Pago']; // 25 hours apart
  const here = (timeZone) => new Intl.DateTimeFormat('sv', { timeZone }).format();
  const before = stack.sql("SELECT time_zone FROM tenant WHERE id = 'globex'")[0].time_zone;
  const due = here(zones[1]); // yesterday, or the day before, in the first zone
  stack.sql(`UPDATE invoice SET due = '${due}', status = 'open' WHERE tenant = 'globex' AND number = 'H00001'`);
  for (const [zone, late] of [[zones[0], true], [zones[1], false]]) {
    stack.sql(`UPDATE tenant SET time_zone = '${zone}' WHERE id = 'globex'`);
    const found = await all({ status: 'overdue', type: 'invoice' }, 200, 'globex');
    assert.equal(found.some(({ number }) => number === 'H00001'), late, zone);
    assert.ok(found.every((one) => one.overdue && one.status === 'open'));
    assert.equal((await ok('/invoices/H00001', 'globex')).overdue, late);
  }
  stack.sql(`UPDATE tenant SET time_zone = '${before}' WHERE id = 'globex'`);
});

// ---- the resource ----

test('X8: an invoice has its lines, taxes, recipient and contract', async () => {
  const { items: [{ number }] } = await ok('/invoices?contract=VT-7KQ2-ZHXM&limit=1');
  const one = await ok(`/invoices/${number}`);
  const { items: [row] } = await ok(`/invoices?text=${number}`);
  assert.deepEqual(Object.fromEntries(Object.keys(row).map((name) => [name, one[name]])), row, 'as in the list');
  assert.deepEqual([one.customer, one.contract, one.type, one.corrects, one.note], ['K2000', 'VT-7KQ2-ZHXM', 'invoice', null, null]);
  assert.equal(one.net.amount, one.lines.reduce((sum, { net }) => sum + net.amount, 0));
  assert.equal(one.vat.amount, one.taxes.reduce((sum, { vat }) => sum + vat.amount, 0));
  assert.equal(one.gross.amount, one.net.amount + one.vat.amount);
  assert.match(one.lines[0].quantity, /^\d+(\.\d+)?$/);
  assert.equal(one.lines[0].vat_rate, '19');
  assert.equal(one.buyer.name.length > 0, true);
  refused(await api('/invoices/none'), 404, 'not_found');
});

test('X8: what is paid or void leaves nothing open; settled parts are taken off', own, async () => {
  const { items: [{ number, gross }] } = await ok('/invoices?status=open&type=invoice&limit=1');
  stack.sql(`UPDATE invoice SET settled = 100 WHERE tenant = 'acme' AND number = '${number}'`);
  assert.equal((await ok(`/invoices/${number}`)).open_amount.amount, gross.amount - 100);
  stack.sql(`UPDATE invoice SET settled = 0 WHERE tenant = 'acme' AND number = '${number}'`);
  for (const one of await all({ status: 'paid' })) {
    assert.deepEqual([one.open_amount.amount, one.overdue], [0, false]);
  }
});

test('F36: invoices that are not e-mailed have their document like others', async () => {
  for (const mode of ['none', 'post', 'email']) {
    const [one] = await all({ delivery_mode: mode });
    if (!one) {
      continue;
    }
    const answer = await api(`/invoices/${one.number}/pdf`);
    assert.equal(answer.status, 200, mode);
    assert.equal(answer.headers['content-type'], 'application/pdf');
    assert.match(answer.headers['content-disposition'], new RegExp(`filename="${one.number}\\.pdf"`));
    assert.ok(answer.text.startsWith('%PDF-'), mode);
  }
  refused(await api('/invoices/none/pdf'), 404, 'not_found');
});

test('X8: what cannot be asked is refused by name, and scopes are kept apart', async () => {
  for (const [asked, pointer, code, status] of [
    [{ status: 'late' }, 'status', 'value_choice', 422], [{ from: '2026-02-30' }, 'from', 'value_date', 422],
    [{ amount_from: '1.5' }, 'amount_from', 'value_number', 422], [{ colour: 'red' }, 'colour', 'value_unknown', 400],
    [{ sort: 'colour' }, 'sort', 'value_choice', 422], [{ text: '' }, 'text', 'value_missing', 422],
    [{ cursor: 'x' }, 'cursor', 'value_cursor', 400]]) {
    const answer = await api(`/invoices?${query(asked)}`);
    assert.deepEqual([answer.status, ...answer.json.errors.map((one) => [one.pointer.replace('#/', ''), one.code]).flat()],
      [status, pointer, code]);
  }
  const name = `reader-${randomBytes(4).toString('hex')}`;
  const key = (await stack.api('acme', 'POST', '/api-keys', { name, scopes: ['customers:read'] })).json;
  const answer = await stack.api('acme', 'GET', '/invoices', undefined, { Authorization: `Bearer ${key.key}` });
  assert.equal(answer.status, 403);
  await stack.api('acme', 'DELETE', `/api-keys/${key.id}`);
});
