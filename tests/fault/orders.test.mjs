// Orders while the workers that take them are killed: whoever gets no answer sends the
// same once more, as browsers and programs do, and has ordered once.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { forms, visible } from '../lib/client.mjs';
import { sleep, startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const KILLS = Number(process.env.ORDER_KILLS ?? 15);
const TRIES = 60; // a worker that is killed at once comes back a second later

const { items: variants } = (await stack.api('acme', 'GET', '/plan-variants?limit=100')).json;
const variant = variants.find(({ external_id }) => external_id === 'GF1000-24').id;

// work(), so often, and each time a worker is killed in the middle of it.
async function killing(work) {
  for (let i = 0; i < KILLS; i++) {
    const done = work();
    await sleep(Math.random() * 40);
    const [one] = stack.workers('pages').sort(() => Math.random() - 0.5);
    if (one) {
      process.kill(one.pid, 'SIGKILL');
    }
    await done;
  }
}

// What is sent until somebody answers: how often, and the answer.
async function insisted(ask, good) {
  for (let tries = 1; tries <= TRIES; tries++) {
    const answer = await ask().catch(() => null);
    if (answer && good(answer)) {
      return { answer, tries };
    }
    assert.ok(!answer || answer.status === 503, answer && `${answer.status}: ${visible(answer.text)}`);
    await sleep(50);
  }
  assert.fail('nobody answers');
}

const count = (table, where = '1 = 1') => Number(stack.sql(`SELECT COUNT(*) AS n FROM ${table} WHERE ${where}`)[0].n);
const counts = () => Object.fromEntries(['orders', 'contract', 'customer', 'service_entry'].map((table) => [table, count(table)]));
const more = (before) => Object.fromEntries(Object.entries(counts()).map(([name, n]) => [name, n - before[name]]));

test('B106: what strangers order while workers die is ordered once each, with its mail', own, async (t) => {
  const before = counts(), people = [];
  let tries = 0;
  const one = async () => {
    const email = `${randomUUID()}@orders.example`;
    const browser = stack.browser();
    const { answer: page } = await insisted(() => browser.get(`/acme/order/${variant}?language=en`), ({ status }) => status === 200);
    const form = forms(page.text).find(({ action }) => action.includes('/order/'));
    const sent = { ...form.hidden, first_name: 'Rosa', last_name: 'Blum', email, street: 'Weg 1', postal_code: '20095',
      city: 'Hamburg', country: 'DE', step: 'order' };
    const done = await insisted(() => browser.post(form.action, sent), ({ status }) => status === 303);
    assert.match(done.answer.location, /\/done/);
    people.push(email);
    tries += done.tries;
  };
  await killing(() => Promise.all([one(), one(), one()])); // fewer than one network may send at once
  t.diagnostic(`${people.length} orders, ${KILLS} kills, sent ${tries} times`);
  const n = people.length;
  assert.deepEqual(more(before), { orders: n, contract: n, customer: n, service_entry: n }, 'the setup fee is a service');
  const mails = stack.sql(`SELECT recipient, COUNT(*) AS n FROM mail WHERE event = 'order_received' GROUP BY recipient`);
  assert.deepEqual(people.map((email) => [email, Number(mails.find(({ recipient }) => recipient === email)?.n)]),
    people.map((email) => [email, 1]));
  const twice = stack.sql(`SELECT object, COUNT(*) AS n FROM audit WHERE action = 'order.placed' GROUP BY object HAVING COUNT(*) > 1`);
  assert.deepEqual(twice, []);
});

test('B106, X3: what a program orders while workers die is ordered once for each key', own, async (t) => {
  const before = counts(), refs = [];
  let tries = 0;
  const one = async () => {
    const key = { 'Idempotency-Key': randomUUID() };
    const ask = () => stack.api('acme', 'POST', '/orders', { variant, customer: 'K2000' }, key);
    const done = await insisted(ask, ({ status }) => status === 201);
    const { answer: again } = await insisted(ask, ({ status }) => status === 201);
    assert.equal(again.json.contract, done.answer.json.contract);
    refs.push(again.json.contract);
    tries += done.tries;
  };
  await killing(() => Promise.all(Array.from({ length: 6 }, one)));
  t.diagnostic(`${refs.length} orders, ${KILLS} kills, sent ${tries} times`);
  const n = refs.length;
  assert.equal(new Set(refs).size, n);
  assert.deepEqual(more(before), { orders: n, contract: n, customer: 0, service_entry: n });
});
