// Idempotency-Key: a POST of the API has its effect once, however often it is
// sent and whatever happens meanwhile.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { sleep, startStack, until } from '../lib/stack.mjs';

const stack = await startStack({ clock: true });
const own = { skip: stack.skip };
const DAY = 24 * 3600;

const post = (path, body, key, tenant = 'acme', headers = {}) =>
  stack.api(tenant, 'POST', path, body, { 'Idempotency-Key': key, ...headers });
let made = 0;
const customer = (more) => ({ company_name: `Einmal ${++made}`, email: 'x@example.com', ...more });
const replayed = ({ headers }) => headers['idempotency-replayed'] === 'true';
const count = (name) => stack.sql(`SELECT COUNT(*) AS n FROM customer
  WHERE company_name = '${name}'`)[0].n;
const refused = (answer, status, code) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
};

test('sent again, it gets the first answer and has no second effect', own, async () => {
  const key = randomUUID();
  const body = customer();
  const first = await post('/customers', body, key);
  assert.equal(first.status, 201, first.text);
  assert.ok(!replayed(first));
  const second = await post('/customers', body, key);
  assert.ok(replayed(second));
  assert.equal(second.status, 201);
  assert.deepEqual(second.json, first.json);
  assert.equal(second.headers.location, first.headers.location);
  assert.equal(second.headers.etag, first.headers.etag);
  assert.notEqual(second.headers['x-request-id'], first.headers['x-request-id']);
  assert.equal(count(body.company_name), 1);
  const changes = stack.sql(`SELECT COUNT(*) AS n FROM audit a JOIN customer c
    ON c.tenant = a.tenant AND c.id = a.object WHERE c.company_name = '${body.company_name}'`);
  assert.equal(changes[0].n, 1);
});

test('an answer that cannot be kept was no answer: nothing of it is told', own, async () => {
  const key = randomUUID();
  const body = customer();
  const mend = stack.breakUpdates('idempotency');
  try {
    const answer = await post('/customers', body, key);
    refused(answer, 503, 'unavailable');
    assert.equal(answer.headers.location, undefined);
    assert.equal(answer.headers.etag, undefined);
    assert.equal(count(body.company_name), 0);
  } finally {
    mend();
  }
  assert.equal((await post('/customers', body, key)).status, 201);
});

test('without a key it happens each time', own, async () => {
  const body = customer();
  for (let i = 0; i < 2; i++) {
    assert.equal((await stack.api('acme', 'POST', '/customers', body)).status, 201);
  }
  assert.equal(count(body.company_name), 2);
});

test('the key belongs to one request: another body or query is refused', own, async () => {
  const key = randomUUID();
  const body = customer();
  assert.equal((await post('/customers', body, key)).status, 201);
  const other = customer();
  refused(await post('/customers', other, key), 422, 'idempotency_mismatch');
  refused(await post('/customers?language=fr', body, key), 422, 'idempotency_mismatch');
  assert.equal(count(other.company_name), 0);
});

test('it belongs to one call, one API key and one tenant', own, async () => {
  const key = randomUUID();
  const body = customer();
  assert.equal((await post('/customers', body, key)).status, 201);
  const calls = [
    post('/audit/exports', {}, key),
    post('/customers', body, key, 'globex'),
  ];
  const made = await post('/api-keys', { name: 'other', scopes: ['customers:write'] }, key);
  calls.push(post('/customers', body, key, 'acme', { Authorization: `Bearer ${made.json.key}` }));
  for (const answer of [made, ...await Promise.all(calls)]) {
    assert.equal(answer.status, 201, answer.text);
    assert.ok(!replayed(answer));
  }
});

test('two addresses of one route are two requests', own, async () => {
  const key = randomUUID();
  assert.equal((await post('/user-logins/anna/session-token', {}, key)).status, 201);
  refused(await post('/user-logins/bruno/session-token', {}, key), 422, 'idempotency_mismatch');
});

test('an error keeps nothing', own, async () => {
  const key = randomUUID();
  const body = customer({ country: 'de' });
  refused(await post('/customers', body, key), 422, 'invalid');
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM idempotency WHERE name = '${key}'`)[0].n, 0);
  const right = await post('/customers', { ...body, country: 'DE' }, key);
  assert.equal(right.status, 201);
  assert.ok(!replayed(right));
});

test('a key that cannot be one is refused', own, async () => {
  for (const key of ['', 'a b', 'x'.repeat(256), 'é', 'a\tb']) {
    refused(await post('/customers', customer(), key), 400, 'idempotency_key');
  }
  assert.equal((await post('/customers', customer(), `!${'~'.repeat(254)}`)).status, 201);
});

test('what was shown once is shown again to its own caller, and sealed at rest', own, async () => {
  const key = randomUUID();
  const body = { name: 'sealed', scopes: ['jobs:read'] };
  const first = await post('/api-keys', body, key);
  const second = await post('/api-keys', body, key);
  assert.equal(second.json.key, first.json.key);
  const [row] = stack.sql(`SELECT * FROM idempotency WHERE name = '${key}'`);
  assert.ok(!JSON.stringify(row).includes(first.json.key.split('_')[3]));
});

test('50 at once: one effect, one answer for all', own, async () => {
  const key = randomUUID();
  const body = customer();
  const send = () => post('/customers', body, key);
  const answers = await Promise.all(Array.from({ length: 50 }, send));
  // who was told to come again may come again
  const late = await Promise.all(answers.filter(({ status }) => status === 503).map(send));
  const all = [...answers.filter(({ status }) => status !== 503), ...late];
  assert.deepEqual([...new Set(all.map(({ status }) => status))], [201]);
  assert.equal(all.filter((answer) => !replayed(answer)).length, 1);
  assert.equal(new Set(all.map(({ json }) => json.number)).size, 1);
  assert.equal(count(body.company_name), 1);
});

test('a mail of the first effect is sent once', own, async () => {
  const key = randomUUID();
  const username = `once-${key.slice(0, 8)}`;
  const body = { customer: 'K2002', email: `${username}@example.com`, username };
  const [first, second] = [await post('/user-logins', body, key),
    await post('/user-logins', body, key)];
  assert.equal(first.status, 201);
  assert.ok(replayed(second));
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM mail
    WHERE recipient = '${username}@example.com'`)[0].n, 1);
});

test('workers killed in the middle: sent until it is answered, done once', own, async (t) => {
  const KILLS = 25;
  const names = [];
  let kills = 0, repeats = 0;
  const killer = async () => {
    while (kills < KILLS || repeats === 0) {
      await sleep(80);
      const [one] = stack.workers('pages');
      try {
        process.kill(one.pid, 'SIGKILL');
        kills++;
      } catch {
        // it has just gone by itself, or the next one is not there yet
      }
    }
  };
  const one = async () => {
    const key = randomUUID();
    const body = customer();
    names.push(body.company_name);
    for (let first = true; ; first = false) {
      repeats += first ? 0 : 1;
      const answer = await post('/customers', body, key).catch(() => ({ status: 0 }));
      if (answer.status === 201) {
        return;
      }
      assert.ok([0, 429, 503].includes(answer.status), answer.text);
      await sleep(answer.status === 429 ? 1000 : 50);
    }
  };
  let killing = true;
  const sender = async () => {
    while (killing) {
      await one();
      await sleep(20);
    }
  };
  const senders = Array.from({ length: 4 }, sender);
  await killer();
  killing = false;
  await Promise.all(senders);
  t.diagnostic(`${kills} workers killed, ${names.length} customers, ${repeats} sent again`);
  for (const name of names) {
    assert.equal(count(name), 1, name);
  }
});

test('after a day it is forgotten', own, async () => {
  const key = randomUUID();
  const body = customer();
  assert.equal((await post('/customers', body, key)).status, 201);
  stack.sql(`INSERT INTO idempotency
      (tenant, api_key, route, name, fingerprint, status, answer, created)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
    SELECT 'acme', 'k', '/r', 'old' || i, '', 201, '', 1000 + i FROM n`);
  stack.moveTime(DAY + 700);
  await until('the job', () => stack.sql(`SELECT COUNT(*) AS n FROM idempotency
    WHERE name = '${key}' OR name LIKE 'old%'`)[0].n === 0, 20_000);
  assert.ok(!replayed(await post('/customers', body, key)));
  assert.equal(count(body.company_name), 2);
});

test('X8: a header that has one value and comes twice is 400, and nothing is done', async () => {
  const once = customer();
  const authorization = `Bearer ${stack.tenant('acme').api_key}`;
  const [one, two] = [randomUUID(), randomUUID()];
  for (const key of [[one, two], [one, one], `${one}, ${two}`, `${one},${two}`]) {
    const answer = await post('/customers', once, key);
    refused(answer, 400, 'header_twice');
    assert.match(answer.json.detail, /Idempotency-Key/);
  }
  const { json, headers } = await post('/customers', customer(), randomUUID());
  const path = `/customers/${json.number}`;
  const twice = [
    ['GET', { Authorization: [authorization, authorization] }],
    ['GET', { Authorization: [authorization, 'Bearer x'] }],
    ['GET', { Authorization: `${authorization}, ${authorization}` }],
    ['PATCH', { 'If-Match': [headers.etag, headers.etag] }],
    ['PATCH', { 'If-Match': ['"x"', headers.etag] }],
  ];
  for (const [method, more] of twice) {
    const answer = await stack.api('acme', method, path, method === 'PATCH' ? { city: 'Doppelt' } : undefined, more);
    assert.equal(answer.status, 400, `${method} ${JSON.stringify(Object.keys(more))}: ${answer.text}`);
    assert.equal(answer.type, 'application/problem+json');
    assert.ok(['header_twice', 'malformed'].includes(answer.json.code), answer.json.code);
  }
  const list = await stack.api('acme', 'PATCH', path, { city: 'Liste' }, { 'If-Match': `"x", ${headers.etag}` });
  assert.equal(list.status, 200, 'a list of tags is one value');
  assert.equal(list.json.city, 'Liste');
  if (stack.own) {
    assert.equal(count(once.company_name), 0);
  }
});
