// What must not be seen: tokens and keys in logs, in the printed configuration,
// in a core of a worker.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { startEdge } from '../lib/edge.mjs';
import { sanitized, startNginx, testConfiguration } from '../lib/nginx.mjs';
import { freePort } from '../lib/ports.mjs';
import { sign } from '../lib/sso.mjs';
import { until } from '../lib/stack.mjs';
import { now } from '../lib/state.mjs';

const shipped = fileURLToPath(new URL('../../conf/http.conf', import.meta.url));
const nobody = await freePort();

const { state, app, nginx, get, told, cookie } = await startEdge({
  http: `include ${shipped};
    upstream pforte_pages { server 127.0.0.1:${nobody}; }
    upstream pforte_passwords { server 127.0.0.1:${nobody}; }
    limit_req_zone $uri zone=once:1m rate=1r/m;
    access_log shipped.log pforte;`,
  more: (address) => `
    location ^~ /acme/proxied/ { proxy_pass http://127.0.0.1:${nobody}/; }
    location ^~ /acme/limited/ { limit_req zone=once; fastcgi_pass ${address}; }
    location ^~ /acme/closed/ { deny all; }
    location ^~ /acme/copied/ { mirror /acme/proxied/s/$arg_token; fastcgi_pass ${address}; }
    location ^~ /acme/broken/ { pforte optional; fastcgi_pass ${address}; }
    error_page 405 @away;
    error_page 400 /acme/proxied/away;
    location @away { proxy_pass http://127.0.0.1:${nobody}; }
  `,
});

const secret = randomBytes(32);
const jwt = await sign({ aud: 'pforte:acme', sub: 'anna', iat: now(), exp: now() + 60, jti: 'x' },
  { key: secret, alg: 'HS256', kid: 'h' });

// Each has a kind of its own, so that the log says which one leaked.
const secrets = {
  'our own': state.sso('acme'), 'a JWT': jwt, 'a link': state.link('acme'),
  'a code': randomBytes(24).toString('base64url'),
};
const places = (token) => [`/sso?token=${token}`, `/s/${token}`, `/reset/${token}`, `/register/${token}`,
  `/email/${token}`, `/invitation/${token}`, `/x?a=b&token=${token}`, `/x?next=/sso?token%3D${token}`,
  `/x?next=%2Finvitation%2F${token}`, `/x?language=de&next=%2freset%2f${token}`];

function assertNoSecret(text, what) {
  for (const [kind, token] of Object.entries(secrets)) {
    for (const piece of [token.slice(0, 30), token.slice(-20)]) {
      const at = text.indexOf(piece);
      assert.equal(at, -1, `${what}, ${kind}: ${text.slice(Math.max(0, at - 300), at + 60)}`);
    }
  }
}

test('F13: error lines of nginx name no token: not in request, referrer, upstream, subrequest',
  async () => {
    const log = nginx.mark();
    for (const token of Object.values(secrets)) {
      for (const place of places(token)) {
        const from = { Referer: `https://shop.example${place}`, Accept: 'text/html' };
        for (const way of ['/acme/proxied', '/acme/limited', '/acme/limited', '/acme/closed']) {
          await get(way + place, from);
          await get(`${way}/plain`, from);
        }
      }
      await get(`/acme/copied/?token=${token}`);
    }
    const lines = log();
    for (const part of [/limiting requests/, /access forbidden by rule/, /connect\(\) failed/,
      /referrer: "https:\/\/shop\.example\/s\/\*\*\*"/, /request: "GET \/acme\/closed\/plain HTTP\/1\.1"/,
      /upstream: "http:\/\/127\.0\.0\.1:\d+\/reset\/\*\*\*", host: "127/,
      /upstream: "http:\/\/127\.0\.0\.1:\d+\/x\?a=b&token=\*\*\*", host: "127/,
      /subrequest: "\/acme\/proxied\/s\/\*\*\*", upstream/]) {
      assert.match(lines, part);
    }
    assertNoSecret(lines, 'error.log');
  });

test('F13: the application gets a Referer as it was sent, and other lines are as ever', async () => {
  const from = `https://shop.example/s/${secrets['a code']}`;
  assert.equal((await told('/acme/open', { Referer: from })).HTTP_REFERER, from);
  const log = nginx.mark();
  await get('/acme/closed/a?b=c', { Referer: 'https://shop.example/d?e=f' });
  assert.match(log(), new RegExp('access forbidden by rule, client: 127\\.0\\.0\\.1, server: , ' +
    'request: "GET /acme/closed/a\\?b=c HTTP/1\\.1", host: "127\\.0\\.0\\.1:\\d+", ' +
    'referrer: "https://shop\\.example/d\\?e=f"\n'));
});

test('F13: a line that is too long for the log has no piece of a token', async () => {
  const log = nginx.mark();
  for (const length of [1700, 1900, 2040, 3900]) {
    const long = `v4.local.${'Q'.repeat(length)}`;
    await get(`/acme/closed/s/${long}`, { Referer: `https://shop.example/?token=${long}` });
    await get('/acme/closed/', { Referer: `https://shop.example/${'x'.repeat(length - 9)}/s/${long}` });
  }
  assert.match(log(), /request: "GET \/acme\/closed\/s\/\*\*\* HTTP/);
  assert.doesNotMatch(log(), /QQQQ/);
});

test('F13: what an application does wrong is told without a token', async () => {
  const log = nginx.mark();
  app.page = { headers: { 'Bad Header': 'x' } };
  for (const place of places(secrets['our own'])) {
    await get(`/acme/broken${place}`, { Referer: `http://a.example${place}` });
  }
  app.reset();
  assert.match(log(), /upstream/);
  assertNoSecret(log(), 'error.log');
});

test('F13: the shipped log format shows no token, no cookie, no referrer', async () => {
  const session = state.session('acme');
  for (const token of Object.values(secrets)) {
    for (const place of places(token)) {
      await get(`/acme${place}`, { Referer: `https://shop.example${place}`, ...cookie(session) });
      await get(`/acme${place}`, { 'User-Agent': token, Authorization: `Bearer ${token}` });
    }
  }
  const lines = readFileSync(join(nginx.dir, 'shipped.log'), 'utf8');
  assert.match(lines, /"GET \/acme\/sso\?token=\*\*\* HTTP\/1\.1" \d+ \d+ .* acme valid\n/);
  assertNoSecret(lines, 'shipped.log');
  assert.doesNotMatch(lines, new RegExp(session.slice(-20)));
  assertNoSecret(nginx.log, 'error.log');
});

// What nginx cannot read it answers by itself, before any module is asked.
function unreadable(token) {
  const head = (line, ...more) => [line, 'Host: h.example', ...more, '', ''].join('\r\n');
  return [
    head(`GET /acme/sso?token=${token} HTTP/1.1`, 'Bad\0Header: x'),
    head(`GET /acme/sso?token=${token} HTTP/9.1`),
    head(`GET /acme/sso?token=${token} HTTP/1.1`, `Referer: https://a.example/s/${token}\0`),
    head('GET /acme/ HTTP/1.1', `Cookie: pf-acme=${token}; ${'x'.repeat(9000)}`),
    head(`GET /acme/sso?token=${token}&${'x'.repeat(9000)} HTTP/1.1`),
    head(`GET /acme/sso?token=${token} HTTP/1.1`, 'Host: second'),
    head(`GET /acme/sso?token=${token} HTTP/1.1`, 'Content-Length: x'),
    `GET /acme/s/${token}\r\n`, `\x16\x03GET /acme/s/${token}\r\n\r\n`,
  ];
}

test('F13: of a request that nginx cannot read, lines from warn on say nothing', async () => {
  const log = nginx.mark();
  for (const token of Object.values(secrets)) {
    for (const text of unreadable(token)) {
      await new Promise((done, fail) => {
        const socket = connect(nginx.port, '127.0.0.1', () => socket.write(text, 'latin1'));
        socket.on('error', fail).on('close', done).resume();
      });
    }
  }
  assert.match(log(), /client sent invalid/, 'the requests were readable');
  const lines = log().split('\n').filter((line) => line && !/ \[info\] /.test(line));
  assertNoSecret(lines.join('\n'), 'error.log');
  assertNoSecret(readFileSync(join(nginx.dir, 'shipped.log'), 'utf8'), 'shipped.log');
});

test('F13: what we say while nginx logs such a request has no token either', async () => {
  const log = nginx.mark();
  await new Promise((done, fail) => {
    const socket = connect(nginx.port, '127.0.0.1', () => socket.write(
      `GET /acme/sso?token=${jwt} HTTP/1.1\r\nHost: a\r\nCookie: pf-acme=x; pf-acme=y\r\n` +
      'Content-Length: x\r\n\r\n'));
    socket.on('error', fail).on('close', done).resume();
  });
  const ours = log().split('\n').filter((line) => /pforte: session cookie occurs 2/.test(line));
  assert.equal(ours.length, 1, 'the log format asked for the verdict');
  assertNoSecret(ours[0], 'error.log');
});

test('nginx -T prints no key', () => {
  state.record('acme', { sso_keys: [{ kid: 'h', kty: 'oct', alg: 'HS256', k: secret.toString('base64url') }] });
  const { ok, text, dump } = testConfiguration({
    http: `pforte_state ${state.dir};`, server: 'location / { pforte required; }',
  }, '-T');
  assert.ok(ok, text);
  assert.match(dump, /pforte_state/);
  for (const key of [state.keys[0].slice(9), secret.toString('base64url')]) {
    assert.ok(!(dump + text).includes(key));
  }
});

// ---- core dumps ----

// Whatever a core of that process would hold: its memory, but for what is
// excluded from cores (dd) and what nobody can read.
function coreOf(pid) {
  const maps = readFileSync(`/proc/${pid}/smaps`, 'latin1').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const parts = [];
  for (const map of maps) {
    const [, from, to, rights] = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(map) ?? [];
    const flags = /^VmFlags: (.*)$/m.exec(map)?.[1].trim().split(' ') ?? [];
    if (!rights?.startsWith('rw') || flags.includes('dd')) {
      continue;
    }
    const bytes = Buffer.alloc(parseInt(to, 16) - parseInt(from, 16));
    const size = readSync(memory, bytes, 0, bytes.length, parseInt(from, 16));
    parts.push(bytes.subarray(0, size));
  }
  closeSync(memory);
  return parts;
}

test('X12: no memory of a worker that a core could hold has a key',
  { skip: process.getuid() !== 0 && 'only root may look' }, async () => {
    const hmac = { kid: 'h', kty: 'oct', alg: 'HS256', k: secret.toString('base64url') };
    state.record('acme', { sso_keys: [hmac], revision: 7 });
    await new Promise((done) => setTimeout(done, 1100));
    assert.equal((await told(`/acme/sso?token=${jwt}`)).PFORTE_HANDOFF, jwt);
    const session = state.session('acme');
    assert.equal((await told('/acme/', cookie(session))).PFORTE_VERDICT, 'valid');
    const key = Buffer.from(state.keys[0].slice(9), 'base64url');
    const [pid] = nginx.workers;
    const core = coreOf(pid);
    assert.ok(core.some((part) => part.includes('pforte_request_masked')), 'nothing was read');
    for (const [what, bytes] of Object.entries({
      'the session key': key, 'its text': state.keys[0].slice(9),
      'the merchant\'s secret': secret, 'its text ': hmac.k,
    })) {
      assert.ok(!core.some((part) => part.includes(bytes)), what);
    }
  });

// A worker that aborts: did it leave a core? What its end says is taken out of
// the log, where the harness would find it.
async function aborted(http) {
  const crash = await startNginx({ http, main: 'worker_rlimit_core 64m; working_directory /tmp;' });
  const { dir } = crash;
  writeFileSync(join(dir, 'nginx.conf'), readFileSync(join(dir, 'nginx.conf'), 'utf8')
    .replace('working_directory /tmp', `working_directory ${dir}`));
  await crash.reload();
  const [pid] = crash.workers;
  process.kill(pid, 'SIGABRT');
  const line = await until('the worker\'s end',
    () => /worker process \d+ exited on signal 6.*/.exec(crash.log)?.[0]);
  const core = readdirSync(dir).some((name) => /core/.test(name));
  writeFileSync(join(dir, 'error.log'), crash.log.replace(/^.*exited on signal 6.*\n/m, ''));
  return core || /core dumped/.test(line);
}

// Under ASan a worker writes no core by itself.
test('a worker with keys leaves no core, other nginx do', { skip: sanitized }, async (t) => {
  assert.equal(await aborted(`pforte_state ${state.dir};`), false);
  if (!await aborted('')) {
    t.diagnostic('this machine allows no cores at all: the control says nothing');
    assert.ok(existsSync('/proc/sys/kernel/core_pattern'));
  }
});

test('F13: what nginx refuses before any phase names no token on the way to its error page', async () => {
  const log = nginx.mark();
  for (const token of Object.values(secrets)) {
    for (const place of places(token)) {
      const Referer = `https://shop.example${place}`;
      assert.equal((await nginx.raw(`/acme${place}`, { Referer }, 'TRACE')).statusCode, 502);
      assert.equal((await nginx.raw(`/acme${place}`, { Referer, Host: 'a b' })).statusCode, 502);
    }
  }
  const lines = log().split('\n').filter((line) => line.includes('[error]'));
  for (const part of [/request: "TRACE \/acme\/s\/\*\*\* HTTP/, /request: "GET \/acme\/s\/\*\*\* HTTP/]) {
    assert.ok(lines.some((line) => part.test(line)), lines[0]);
  }
  assertNoSecret(lines.join('\n'), 'error.log');
});
