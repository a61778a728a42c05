// The module as a whole, in nginx: requests, answers of the application and of
// memcached, files of the state and lines of control that nobody would send.
//
//   FUZZ_SECONDS    how long: 60
//   FUZZ_SEED       where the dice begin; each run says its own
//
// What must hold: no worker dies and no sanitizer speaks (nginx.mjs looks at the
// log), nobody without a session gets behind the gate, no token of a link gets
// into nginx's log once its request was read, and in the end a session opens as
// ever.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startEdge } from '../lib/edge.mjs';
import { freePort } from '../lib/ports.mjs';
import { claimsFor, flip, sign } from '../lib/sso.mjs';
import { merchantKey } from '../lib/state.mjs';

const seconds = Number(process.env.FUZZ_SECONDS ?? 60);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const AT_ONCE = 8;
const SECRET = 'behind the gate';

// ---- dice (mulberry32)

let state32 = seed;
function random() {
  state32 = (state32 + 0x6d2b79f5) | 0;
  let t = Math.imul(state32 ^ (state32 >>> 15), 1 | state32);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const below = (n) => Math.floor(random() * n);
const one = (list) => list[below(list.length)];
const maybe = (p, value) => (random() < p ? value() : '');
const times = (n, make) => Array.from({ length: below(n + 1) }, make);
const noise = (n) => Buffer.from(Array.from({ length: below(n + 1) }, () => below(256)));
const text = (n) => noise(n).toString('latin1').replace(/[\r\n]/g, '.');

function mutate(bytes) {
  const out = Buffer.from(bytes);
  for (let i = below(4) + 1; i > 0 && out.length > 0; i--) {
    out[below(out.length)] = one([0, 10, 13, 32, 37, 38, 47, 59, 61, 255, below(256)]);
  }
  const cut = below(out.length + 1);
  return one([() => out, () => out.subarray(0, cut),
    () => Buffer.concat([out.subarray(0, cut), noise(40), out.subarray(cut)]),
    () => Buffer.concat([out, out.subarray(cut)])])();
}

// ---- who says what

const liarPort = await freePort();
const liar = createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (data) => {
    for (const [, key] of data.toString('latin1').matchAll(/get (\S+)\r\n/g)) {
      socket.write(memcachedSays(key));
    }
    if (random() < 0.02) {
      socket.destroy();
    }
  });
}).listen(liarPort, '127.0.0.1');
after(() => liar.close());

const places = ['open', 'always', 'seldom', 'trust', 'file', 'staff', 'any', 'if', 'off', ''];
const open = /\/(open|off|if|sso|s)\b/i; // to everybody, the last two to a link
const dir = mkdtempSync(join(tmpdir(), 'pforte-control-'));
const control = join(dir, 'control.sock');
const edge = await startEdge({
  workers: 2,
  http: `pforte_zone pforte:256k; pforte_memcached 127.0.0.1:${liarPort} timeout=5ms;
    log_format masked '$pforte_request_masked $pforte_verdict $pforte_user $pforte_groups';`,
  more: (address) => `
    access_log /dev/null masked;
    location ~ "/always(/|$)" {
      pforte required; pforte_session_check memcached app=/_pforte/session; fastcgi_pass ${address};
    }
    location ~ "/seldom(/|$)" {
      pforte required; pforte_session_check zone=1s memcached app=/_pforte/session;
      fastcgi_pass ${address};
    }
    location ~ "/staff(/|$)" {
      pforte required; pforte_require scope=staff group=x; fastcgi_pass ${address};
    }
    location ~ "/any(/|$)" { satisfy any; deny all; pforte required; fastcgi_pass ${address}; }
    location ~ "/if(/|$)" {
      if ($pforte_verdict != valid) { return 403; } pforte optional; fastcgi_pass ${address};
    }
    location = /status { pforte_status prometheus; }
    location = /probe { pforte off; return 204; }
  `,
  other: `server { listen unix:${control}; location / { pforte_control; } }`,
});

after(() => rmSync(dir, { recursive: true })); // when nginx is gone

const merchant = merchantKey('fuzz');
edge.state.setHosts({ 'acme.example': 'acme' });
edge.state.record('acme', { sso_keys: [merchant.jwk] });

// Few, as each costs a process; the dice make the rest of them.
const good = Array.from({ length: 8 }, (_, i) => edge.state.session('acme', { age: i * 50 }));
const stale = Array.from({ length: 4 }, () => edge.state.session('acme', { age: 2000 }));
const foreign = [edge.state.session('globex'), edge.state.sso('acme'), edge.state.link('acme')];
const links = [edge.state.sso('acme'), edge.state.link('acme'), ...await Promise.all(
  Array.from({ length: 4 }, () => sign(claimsFor({ id: 'acme' }, 'anna'),
    { key: merchant.secret, kid: 'fuzz' })))];
const copies = [];

function memcachedSays(key) {
  const hit = (bytes) => Buffer.concat([Buffer.from(`VALUE ${key} 0 ${bytes.length}\r\n`), bytes,
    Buffer.from('\r\nEND\r\n')]);
  return one([() => Buffer.from('END\r\n'), () => hit(noise(400)), () => hit(noise(3000)),
    () => mutate(hit(noise(100))), () => noise(100), () => Buffer.from('ERROR\r\n'),
    () => copies.length ? hit(one(copies)) : Buffer.from('END\r\n')])();
}

// The application: what a session check and a page may get.
function sessionSays() {
  return one([
    () => ({ status: 204, headers: {} }), () => ({ status: 401 }),
    () => ({ status: 204, headers: { 'X-Pforte-Token': one([...good, ...stale, ...foreign]) } }),
    () => ({ status: 204, headers: { 'X-Pforte-Token': text(200).replaceAll('\0', '') } }),
    () => ({ status: one([100, 200, 302, 404, 500, 503]), body: text(100) }),
  ])();
}
const pageSays = ({ params }) => ({
  status: one([200, 200, 200, 204, 303, 404, 500]),
  headers: {
    'Content-Type': 'text/plain',
    ...one([() => ({}), () => ({ 'X-Pforte-Spent': '1' }),
      () => ({ 'Set-Cookie': [`pf-acme=${text(20)}`, 'pforte-language=fr'] }),
      () => ({ 'Cache-Control': 'public' })])(),
  },
  body: params.DOCUMENT_URI === '/_pforte/error' ? 'refused' : SECRET,
});

// ---- requests

const token = () => one([
  () => one(good), () => one(stale), () => one(foreign), () => one(links),
  () => flip(one(good), 9 + below(100)), () => one(good).slice(0, below(200)),
  () => mutate(Buffer.from(one([...good, ...links]))).toString('latin1'), () => text(60),
  () => 'v4.local.' + 'A'.repeat(below(6000)),
])().replace(/[\r\n\0]/g, '');

const cookieName = () => one(['pf-acme', 'pf-acme', 'pf-acme', 'pfc-acme', 'pfe-acme', 'pf-globex',
  '__Host-pf-acme', 'PF-ACME', 'pf-acme ', ' pf-acme', '$Version', 'pforte-language', text(10)]);
const cookieLine = () => times(4, () => `${cookieName()}${one(['=', '=', '=', '', '=='])}${
  one([token, () => one(['de', 'en', 'xx', '"fr"']), () => text(10)])()}`)
  .join(one(['; ', ';', ', ', '&']));

const header = () => one([
  () => `Cookie: ${cookieLine()}`,
  () => `Accept-Language: ${one(['fr', 'de;q=0.1, en', '*', 'x-y;q=9,,', text(60)])}`,
  () => `Accept: ${one(['text/html', 'application/json', '*/*;q=0', text(40)])}`,
  () => `Sec-Fetch-Mode: ${one(['navigate', 'cors', text(5)])}`,
  () => `Sec-Fetch-Dest: ${one(['iframe', 'document', text(5)])}`,
  () => `Host: ${one(['acme.example', 'localhost', 'ACME.example:1', text(30)])}`,
  () => `Referer: http://x/?token=${token()}`,
  () => `X-Pforte-User: ${text(10)}`, () => `Authorization: Bearer ${token()}`,
  () => 'Expect: 100-continue', () => `${text(10)}: ${text(30)}`,
  () => 'Connection: close', () => 'Sec-Purpose: prefetch',
])();

const inside = () => one(['', '/', `/${text(8)}`, '/../x', '//', '/%2e%2e/', '/%00', '?language=fr',
  `?token=${token()}`, `?a=${text(9)}&language=xx`]);
const path = () => one([
  () => `/${one(['acme', 'acme', 'acme', 'globex', 'umbra', 'ACME', '..', text(8)])}/${
    one(places)}${inside()}`,
  () => `/acme/sso?${one(['token', 'Token', 'tok%65n', text(5)])}=${token()}${
    maybe(0.2, () => `&token=${token()}`)}`,
  () => `/acme/s/${token()}${inside()}`, () => '/status', () => '/_pforte/session', () => text(40),
  () => `/acme/${text(3000)}`,
])().replace(/[\s\0]/g, '+');

function request() {
  const method = one(['GET', 'GET', 'GET', 'HEAD', 'POST', 'POST', 'OPTIONS', 'PUT', text(5)]);
  const body = method === 'POST' || random() < 0.05
    ? Buffer.from(one([() => `token=${token()}`, () => `token=${token()}&token=x`,
      () => `a=${text(300)}`, () => text(20_000), () => ''])(), 'latin1') : undefined;
  const lines = [`${method} ${path()} HTTP/1.${one([1, 1, 1, 0])}`, 'Host: localhost',
    ...times(4, header)];
  if (body) {
    lines.push(`Content-Type: ${one(['application/x-www-form-urlencoded', 'text/plain', text(9)])}`);
    lines.push(random() < 0.9 ? `Content-Length: ${body.length}` : 'Transfer-Encoding: chunked');
  }
  const whole = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'),
    body ?? Buffer.alloc(0)]);
  return random() < 0.15 ? mutate(whole) : whole;
}

// One connection with one request or several behind each other; all it got.
function talk(bytes) {
  return new Promise((done) => {
    const parts = [];
    const socket = connect(edge.nginx.port, '127.0.0.1', () => socket.write(bytes));
    const timer = setTimeout(() => socket.destroy(), one([20, 100, 300]));
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      done(Buffer.concat(parts).toString('latin1'));
    });
  });
}

// Those of which the application may say that they live.
const keys = [...good, ...stale, foreign[0]];

async function conversation() {
  const bytes = Buffer.concat([request(), ...times(2, request)]);
  const said = await talk(bytes);
  const sent = bytes.toString('latin1');
  if (!open.test(sent.replaceAll(/%([0-9a-f]{2})/gi, (_, hex) =>
    String.fromCharCode(parseInt(hex, 16)))) && !keys.some((key) => sent.includes(key))) {
    assert.ok(!said.includes(SECRET), `got in with ${JSON.stringify(sent)}`);
  }
}

// ---- what changes meanwhile

// Breaks a file of the state; what it returns mends it.
function breakFile() {
  const name = one(['edge/acme.json', 'edge/globex.json', 'edge/hosts.json', 'keyring']);
  const whole = readFileSync(join(edge.state.dir, name));
  edge.state.write(name, mutate(whole));
  return () => edge.state.write(name, whole);
}

function tellControl() {
  const key = () => Array.from({ length: 64 }, () => one('0123456789abcdef')).join('');
  const body = times(30, () => one([() => `ended ${key()}`, () => `changed ${key()} ${below(9)}`,
    () => text(80)])()).join('\n');
  return new Promise((done) => {
    const socket = connect(control, () => socket.end(
      `POST / HTTP/1.1\r\nHost: c\r\nConnection: close\r\nContent-Length: ${
        Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`, 'latin1'));
    socket.on('error', done);
    socket.on('close', done);
    socket.resume();
  });
}

function assertNoLink(log) {
  assert.deepEqual(log.split('\n')
    // what nginx says while it still reads the request
    .filter((line) => !/client sent |while reading client (pipelined )?request (line|headers)/.test(line))
    .filter((line) => links.some((link) => line.includes(link))).slice(0, 5), []);
}

async function meddle(until) {
  for (let turn = 0; Date.now() < until; turn++) {
    await tellControl();
    if (turn % 4 === 0) {
      const mend = breakFile();
      await sleep(1100);
      mend();
    }
    if (turn % 40 === 39) {
      await sleep(1100); // not with a broken key ring
      await edge.nginx.reload();
      assertNoLink(await edge.nginx.takeLog());
      truncateSync(join(edge.nginx.dir, 'access.log'));
    }
    await sleep(50);
  }
}

test(`the module stands what is thrown at it (FUZZ_SEED=${seed})`, async (t) => {
  const until = Date.now() + seconds * 1000;
  let conversations = 0;
  edge.app.session = sessionSays;
  edge.app.page = pageSays;
  for (const session of good) {
    const { PFORTE_SESSION_KEY: key } = await edge.told('/acme/trust', edge.cookie(session))
      .catch(() => ({}));
    if (key) {
      copies.push(edge.state.copy(key));
    }
  }
  await Promise.all([meddle(until), ...Array.from({ length: AT_ONCE }, async () => {
    while (Date.now() < until) {
      await conversation();
      conversations++;
      edge.app.asked.length = 0;
      edge.app.seen.length = 0;
    }
  })]);
  t.diagnostic(`${conversations} conversations`);
  assert.ok(conversations > seconds * 10, 'it was a test at all');

  edge.app.reset();
  await sleep(2200); // for memcached's rest, and the last file
  assert.equal((await edge.get('/acme/trust', edge.cookie(edge.state.session('acme')))).status, 200);
  assertNoLink(edge.nginx.log);
});
