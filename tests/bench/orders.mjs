// What the order page and orders cost:
//
//   node tests/bench/orders.mjs                                  on SQLite
//   node tests/lib/postgresql.mjs node tests/bench/orders.mjs    on PostgreSQL
//
// - the page of a variant with 200 components of which 100 are wished for, and its summary
//   asked for anew (the button, or the script): median of the whole answer, processor's
//   time of application and database, bytes;
// - orders of a merchant's server, 16 at once, ORDERS= (3000) of them: a second, and
//   whether each made one contract.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { forms } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';
import { asking, median } from './asking.mjs';

const ORDERS = Number(process.env.ORDERS ?? 3000), AT_ONCE = 16, RUNS = 200, COMPONENTS = 200, WISHED = 100;
const ROUNDS = 5;

const stack = await startStack();
const { one, spent, close } = asking(stack, { connections: AT_ONCE });
const key = { Authorization: `Bearer ${stack.tenant('acme').api_key}`, 'Content-Type': 'application/json' };

async function make(path, body) {
  const answer = await stack.api('acme', 'POST', path, body);
  assert.equal(answer.status, 201, answer.text);
  return answer.json.id;
}

async function catalogue() {
  const texts = (name) => [{ language: 'de', name }];
  const family = await make('/product-families', { name: 'F', currency: 'EUR', vat_rate: '19', texts: texts('F') });
  const plan = await make('/plans', { family, name: 'P', texts: texts('P') });
  const variant = await make('/plan-variants', { plan, name: 'V', price: '10', recurrence: { every: 1, unit: 'month' },
    self_service: true, texts: texts('V') });
  const components = [];
  for (let i = 0; i < COMPONENTS; i++) {
    components.push(await make('/components', { family, name: `C${i}`, type: 'quantity', price: '1.23', self_service: true,
      texts: texts(`Komponente ${i}`) }));
  }
  return { variant, components };
}

// The round that took least, as what else the machine does only adds.
async function measured(name, ask) {
  let best = { cpu: Infinity };
  for (let round = 0; round < ROUNDS; round++) {
    const before = spent(), times = [];
    let bytes;
    for (let i = 0; i < RUNS / ROUNDS; i++) {
      const { ms, status, text } = await ask();
      assert.equal(status, 200, text.slice(0, 300));
      times.push(ms);
      bytes = text;
    }
    const cpu = (spent() - before) / times.length;
    best = cpu < best.cpu ? { cpu, wall: median(times), bytes } : best;
  }
  console.log(`${name}: ${best.wall.toFixed(1)} ms, ${best.cpu.toFixed(1)} ms of processor, `
    + `${best.bytes.length} bytes (gzip ${gzipSync(best.bytes).length})`);
}

async function pages({ variant, components }) {
  const path = `/acme/order/${variant}`, browser = stack.browser();
  const page = await browser.get(`${path}?language=de`);
  const { hidden } = forms(page.text).find(({ action }) => action.includes('/order/'));
  const wish = Object.fromEntries(components.slice(0, WISHED).map((id) => [`component-${id}`, '2']));
  const body = new URLSearchParams({ ...hidden, ...wish, step: 'preview' }).toString();
  const headers = { Cookie: browser.jar.header(`${stack.base}${path}`), Origin: stack.base, 'Sec-Fetch-Site': 'same-origin' };
  await measured(`page, ${COMPONENTS} components`, () => one(path, headers));
  await measured(`summary, ${WISHED} of ${COMPONENTS} components`, () => one(path,
    { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' }, { method: 'POST', body }));
  await measured(`preview by the API, ${WISHED} of ${COMPONENTS} components`, () => one(`/api/v1/plan-variants/${variant}/preview`, key,
    { method: 'POST', body: JSON.stringify({ components: components.slice(0, WISHED).map((component) => ({ component, quantity: '2' })) }) }));
}

async function orders({ variant, components }) {
  const count = () => stack.sql(`SELECT (SELECT COUNT(*) FROM orders) AS orders, (SELECT COUNT(*) FROM contract) AS contracts,
    (SELECT COUNT(*) FROM contract_item) AS items`)[0];
  const body = JSON.stringify({ variant, customer: 'K2000', components: components.slice(0, 2).map((component) => ({ component })),
    terms: [{ words: 'Es gelten die AGB.', required: true }] });
  const before = count(), cpu = spent(), began = performance.now();
  let left = ORDERS;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) {
      const answer = await one('/api/v1/orders', key, { method: 'POST', body });
      assert.equal(answer.status, 201, answer.text);
    }
  }));
  const seconds = (performance.now() - began) / 1000, after = count();
  console.log(`${ORDERS} orders, ${AT_ONCE} at once: ${(ORDERS / seconds).toFixed(0)} a second, `
    + `${((spent() - cpu) / ORDERS).toFixed(2)} ms of processor each`);
  assert.deepEqual([after.orders - before.orders, after.contracts - before.contracts, after.items - before.items],
    [ORDERS, ORDERS, 3 * ORDERS]);
}

test('orders', async () => {
  const made = await catalogue();
  await pages(made);
  await orders(made);
  close();
});
