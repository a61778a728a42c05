// Look-ups of sessions in memcached, on the real one: what its copies say, several
// nodes, and what happens when one is gone, hangs or tells nonsense.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startEdge } from '../lib/edge.mjs';
import { startMemcached } from '../lib/memcached.mjs';
import { freePort } from '../lib/ports.mjs';
import { newKey, now } from '../lib/state.mjs';

const VALID = 2; // seconds
const LEFT_ALONE = 2000; // ms

const nodes = [await startMemcached(), await startMemcached()];

// A node that says what a test wants.
const liar = { answer: 'ERROR\r\n', asked: 0 };
const liarPort = await freePort();
const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (data) => {
    liar.asked++;
    const key = /^get (\S+)/.exec(data)[1];
    const answer = Buffer.from(liar.answer.replaceAll('KEY', key), 'latin1');
    if (liar.pieces) {
      socket.setNoDelay(true);
      answer.forEach((byte, i) => setTimeout(() => socket.write(Buffer.of(byte)), i / 20));
    } else {
      socket.write(answer);
    }
    if (liar.closes) {
      socket.end();
    }
  });
}).listen(liarPort, '127.0.0.1');
after(() => server.close());

const location = (name, check) => (address) => `
  location ~ "/${name}(/|$)" {
    pforte required; pforte_session_check ${check} app=/_pforte/session;
    fastcgi_pass ${address};
  }`;
const always = location('always', 'memcached');
const seldom = location('seldom', `zone=${VALID}s memcached`);
const status = 'location = /status { pforte_status prometheus; }';

const edge = await startEdge({
  // Longer than the usual 20 ms: a machine with other work must not look like a node
  // that fails.
  http: `pforte_zone pforte:1m;
    pforte_memcached ${nodes.map(({ name }) => name).join(' ')} timeout=200ms;`,
  more: (address) => always(address) + seldom(address) + status,
});
const lying = await startEdge({
  http: `pforte_zone pforte:1m; pforte_memcached 127.0.0.1:${liarPort} timeout=200ms;`,
  more: (address) => always(address) + status,
});

const html = { Accept: 'text/html' };

async function newSession(of, claims = {}) {
  const token = of.state.session('acme', claims);
  return { token, cookie: of.cookie(token),
    key: (await of.told('/acme/open', of.cookie(token))).PFORTE_SESSION_KEY };
}

// To all nodes: which one has the key is not the test's to know.
const store = (key, bytes) => Promise.all(nodes.map((node) => node.set(key, bytes)));

beforeEach(() => {
  for (const { app } of [edge, lying]) {
    app.reset();
    app.session = { status: 204, headers: {} };
  }
  Object.assign(liar, { answer: 'ERROR\r\n', asked: 0, pieces: false, closes: false });
});

test('X1: a living copy in memcached lets a session in, and the application is not asked', async () => {
  const { key, cookie } = await newSession(edge);
  await store(key, edge.state.copy(key));
  for (let i = 0; i < 10; i++) {
    assert.equal((await edge.get('/acme/always', cookie)).status, 200);
  }
  assert.equal(edge.app.asked.length, 0);
  assert.ok(await edge.metric('pforte_memcached_lookups_total{result="hit"}') >= 10);
  assert.ok(await edge.metric('pforte_check_seconds_count{by="memcached"}') >= 10);
});

test('the zone answers first, then memcached, then the application', async () => {
  const { key, cookie } = await newSession(edge);
  assert.equal((await edge.get('/acme/seldom', cookie)).status, 200);
  assert.equal(edge.app.asked.length, 1, 'nobody knew it');
  await store(key, edge.state.copy(key));
  const before = await edge.metric('pforte_memcached_lookups_total{result="hit"}');
  assert.equal((await edge.get('/acme/seldom', cookie)).status, 200);
  assert.equal(await edge.metric('pforte_memcached_lookups_total{result="hit"}'), before);
  await sleep(VALID * 1000 + 200);
  assert.equal((await edge.get('/acme/seldom', cookie)).status, 200);
  assert.equal(await edge.metric('pforte_memcached_lookups_total{result="hit"}'), before + 1);
  assert.equal(edge.app.asked.length, 1);
});

test('a tombstone ends the session, on the whole host', async () => {
  const { key, cookie } = await newSession(edge);
  await store(key, edge.state.copy(key, { ended: 1 }));
  assert.equal((await edge.get('/acme/always', { ...html, ...cookie })).status, 303);
  await store(key, edge.state.copy(key)); // an older copy, back from the dead
  assert.equal((await edge.get('/acme/always', { ...html, ...cookie })).status, 303);
  assert.equal(edge.app.asked.length, 0);
});

test('B116: behind a tombstone the contract cookie counts, and is looked up in its turn', async () => {
  const person = await newSession(edge);
  const token = edge.state.session('acme', { scope: 'contract', user: '', groups: [] });
  const key = (await edge.told('/acme/open', { Cookie: `pfc-acme=${token}` })).PFORTE_SESSION_KEY;
  const Cookie = `${person.cookie.Cookie}; pfc-acme=${token}`;
  await store(person.key, edge.state.copy(person.key, { ended: 1 }));
  await store(key, edge.state.copy(key));
  for (let i = 0; i < 2; i++) { // memcached says so first, then the zone knows
    const seen = await edge.told('/acme/always', { Cookie }, { method: 'POST', body: 'a=b' });
    assert.equal(seen.PFORTE_TOKEN, token);
    assert.equal(seen.PFORTE_SCOPE, 'contract');
    assert.equal(seen.body, 'a=b');
  }
  await store(key, edge.state.copy(key, { ended: 1 }));
  assert.equal((await edge.get('/acme/always', { ...html, Cookie })).status, 303);
  assert.equal(edge.app.asked.length, 0);
});

test('of a copy that does not say enough the application is asked', async () => {
  const cases = {
    'none': () => undefined,
    'of a newer version': (key) => edge.state.copy(key, { version: 2 }),
    'of an older version': (key) => edge.state.copy(key, { version: 0 }),
    'of a session that ran out': (key) => edge.state.copy(key, { expires: now() - 1 }),
    'older than a minute': (key) => edge.state.copy(key, { age: 62 }),
    'of another session': () => edge.state.copy('a'.repeat(64)),
    'sealed by a key that is not ours': (key) => edge.state.copy(key, { key: newKey() }),
    'no copy at all': () => Buffer.from('{"ended":0,"version":1,"expires":9999999999}'),
    'empty': () => Buffer.alloc(0),
    'too long': () => Buffer.alloc(5000, 1),
  };
  for (const [name, make] of Object.entries(cases)) {
    const { key, cookie } = await newSession(edge);
    const bytes = make(key);
    if (bytes) {
      await store(key, bytes);
    }
    edge.app.reset();
    edge.app.session = { status: 204, headers: {} };
    assert.equal((await edge.get('/acme/always', cookie)).status, 200, name);
    assert.equal(edge.app.asked.length, 1, name);
    edge.app.session = { status: 401 };
    assert.equal((await edge.get('/acme/always', { ...html, ...cookie })).status, 303, name);
  }
});

test('a token that is due goes to the application at once', async () => {
  const { key, cookie } = await newSession(edge, { age: 500 });
  await store(key, edge.state.copy(key));
  const fresh = edge.state.session('acme');
  edge.app.session = { status: 204, headers: { 'X-Pforte-Token': fresh } };
  edge.app.asked.length = 0;
  const seen = await edge.told('/acme/always', cookie);
  assert.equal(seen.PFORTE_TOKEN, fresh);
  assert.equal(edge.app.asked.length, 1);
});

test('a body waits while memcached is asked', async () => {
  const { key, cookie } = await newSession(edge);
  await store(key, edge.state.copy(key));
  const body = 'x'.repeat(3000);
  const seen = await edge.told('/acme/always', { ...cookie, 'Content-Type': 'text/plain' },
    { method: 'POST', body });
  assert.equal(seen.status, 200);
  assert.equal(seen.body, body);
});

test('connections are kept, and look-ups share them', async () => {
  const sessions = await Promise.all(Array.from({ length: 20 }, () => newSession(edge)));
  await Promise.all(sessions.map(({ key }) => store(key, edge.state.copy(key))));
  const count = async () => {
    const all = await Promise.all(nodes.map((node) => node.gets()));
    return { connections: all[0].connections + all[1].connections, gets: all[0].gets + all[1].gets,
      both: all.every(({ gets }) => gets > 0) };
  };
  const before = await count();
  for (let i = 0; i < 10; i++) {
    const answers = await Promise.all(
      sessions.map(({ cookie }) => edge.get('/acme/always', cookie)));
    assert.ok(answers.every(({ status: code }) => code === 200));
  }
  const after = await count();
  assert.equal(after.gets - before.gets, 200, 'each session at one node');
  assert.ok(after.both, 'both nodes have some');
  assert.ok(after.connections - before.connections <= 4, 'our own two, and the counting');
  assert.equal(edge.app.asked.length, 0);
});

test('over a reload no look-up is lost, and old workers leave', async () => {
  const { key, cookie } = await newSession(edge);
  await store(key, edge.state.copy(key));
  let go = true;
  const load = Array.from({ length: 8 }, async () => {
    while (go) {
      assert.equal((await edge.get('/acme/always', cookie)).status, 200);
    }
  });
  for (let i = 0; i < 3; i++) {
    await edge.nginx.reload();
  }
  go = false;
  await Promise.all(load);
});

test('a node that is gone or hangs costs its own keys a question, the others nothing', async () => {
  const sessions = await Promise.all(Array.from({ length: 12 }, () => newSession(edge)));
  await Promise.all(sessions.map(({ key }) => store(key, edge.state.copy(key))));
  for (const harm of ['hang', 'stop']) {
    await nodes[0][harm]();
    edge.app.asked.length = 0;
    for (let i = 0; i < 3; i++) {
      for (const { cookie } of sessions) {
        const began = performance.now();
        assert.equal((await edge.get('/acme/always', cookie)).status, 200, harm);
        assert.ok(performance.now() - began < 4000, `${harm}: nobody waits for long`);
      }
    }
    const asked = edge.app.asked.length;
    assert.ok(asked > 0 && asked < 36, `${harm}: ${asked} of 36`);
    assert.match(edge.nginx.log, /memcached "127\.0\.0\.1:\d+" is left alone/, harm);
    nodes[0].goOn();
    if (harm === 'stop') {
      await nodes[0].start();
    }
    await sleep(LEFT_ALONE + 100);
    await Promise.all(sessions.map(({ key }) => store(key, edge.state.copy(key))));
    edge.app.asked.length = 0;
    for (let i = 0; i < 2; i++) {
      for (const { cookie } of sessions) {
        assert.equal((await edge.get('/acme/always', cookie)).status, 200);
      }
    }
    assert.ok(edge.app.asked.length <= 1, `${harm}: it is asked again`);
  }
  assert.match(edge.nginx.log, /answers again/);
});

test('neither answers: nobody who was not seen within the minute', async () => {
  const [seen, unseen] = [await newSession(edge), await newSession(edge)];
  await store(seen.key, edge.state.copy(seen.key));
  assert.equal((await edge.get('/acme/seldom', seen.cookie)).status, 200);
  await sleep(VALID * 1000 + 200);
  await Promise.all(nodes.map((node) => node.stop()));
  edge.app.session = { status: 500 };
  assert.equal((await edge.get('/acme/seldom', seen.cookie)).status, 200);
  assert.equal((await edge.get('/acme/seldom', unseen.cookie)).status, 503);
  assert.equal((await edge.get('/acme/always', unseen.cookie)).status, 503);
  await Promise.all(nodes.map((node) => node.start()));
});

test('who sends nonsense in place of memcached is not believed', async () => {
  for (const answer of ['ERROR\r\n', 'VALUE other 0 2\r\nhi\r\nEND\r\n', 'VALUE KEY 0 99999\r\n',
    'VALUE KEY 0 2\r\nhi\r\nEND\r\nVALUE KEY 0 2\r\nhi\r\nEND\r\n', 'END\r\nEND\r\n',
    `VALUE KEY 0 64\r\n${'{"ended":0,"version":1,"expires":9999999999}'.padEnd(64)}\r\nEND\r\n`,
    `VALUE ${'x'.repeat(40_000)}`, '']) {
    const { cookie } = await newSession(lying);
    Object.assign(liar, { answer, asked: 0 });
    assert.equal((await lying.get('/acme/always', cookie)).status, 200, answer.slice(0, 40));
    assert.equal(lying.app.asked.length, 1, 'the application is asked');
    lying.app.asked.length = 0;
    liar.answer = 'END\r\n'; // well again: three failures in a row would be a rest
    assert.equal((await lying.get('/acme/always', cookie)).status, 200);
    lying.app.asked.length = 0;
  }
});

test('an answer may come in pieces, and the connection may end behind it', async () => {
  const { key, cookie } = await newSession(lying);
  const copy = lying.state.copy(key);
  liar.answer = `VALUE KEY 0 ${copy.length}\r\n${copy.toString('latin1')}\r\nEND\r\n`;
  lying.app.asked.length = 0;
  liar.pieces = true;
  assert.equal((await lying.get('/acme/always', cookie)).status, 200);
  Object.assign(liar, { pieces: false, closes: true });
  for (let i = 0; i < 4; i++) {
    assert.equal((await lying.get('/acme/always', cookie)).status, 200);
  }
  assert.equal(lying.app.asked.length, 0);
});
