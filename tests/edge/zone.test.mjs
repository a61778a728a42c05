// The shared zone: sessions seen alive, ended and changed ones, single-use
// tokens; what pforte_control takes and pforte_status tells.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startEdge } from '../lib/edge.mjs';
import { claimsFor, sign } from '../lib/sso.mjs';
import { merchantKey } from '../lib/state.mjs';

const VALID = 2; // seconds
const dir = mkdtempSync(join(tmpdir(), 'pforte-control-'));
const control = join(dir, 'control.sock');

const { state, app, nginx, get, told, cookie, metric } = await startEdge({
  workers: 2,
  http: 'pforte_zone pforte:1m;',
  more: (address) => `
    location ~ "/seen(/|$)" {
      pforte required; pforte_session_check zone=${VALID}s app=/_pforte/session;
      fastcgi_pass ${address};
    }
    location ~ "/local(/|$)" {
      pforte required; pforte_session_check zone=${VALID}s; fastcgi_pass ${address};
    }
    location ~ "/perhaps(/|$)" {
      pforte optional; pforte_session_check zone=${VALID}s app=/_pforte/session;
      fastcgi_pass ${address};
    }
    location ~ "/told(/|$)" {
      pforte required; pforte_session_check app=/_pforte/session; fastcgi_pass ${address};
    }
    location = /status { pforte_status prometheus; }
    location = /control { pforte_control; client_body_buffer_size 128k; }
  `,
  other: `server {
    listen unix:${control};
    location / { pforte_control; }
    location = /bodiless { mirror /; mirror_request_body off; proxy_pass http://unix:${control}:/; }
  }`,
});
after(() => rmSync(dir, { recursive: true })); // when nginx is gone

const html = { Accept: 'text/html' };

// What the application says on the control socket: the status.
const tell = (body, method = 'POST', path = '/') => new Promise((done, fail) => {
  request({ socketPath: control, path, method, headers: { Host: 'control' } },
    (answer) => done(answer.resume().statusCode)).on('error', fail).end(body);
});

const alive = (token) => ({ status: 204, headers: token ? { 'X-Pforte-Token': token } : {} });
const key = async (token) => (await told('/acme/open', cookie(token))).PFORTE_SESSION_KEY;

beforeEach(() => app.reset());

test('a session is asked about once in a while, whichever worker it meets', async () => {
  const token = state.session('acme');
  app.session = alive(state.session('acme'));
  for (let i = 0; i < 20; i++) {
    const seen = await told('/acme/seen', cookie(token));
    assert.equal(seen.status, 200);
    assert.equal(seen.PFORTE_TOKEN, token, 'a young token stays');
    assert.deepEqual(seen.answer.cookies, []);
  }
  assert.equal(app.asked.length, 1);
  await sleep(VALID * 1000 + 200);
  assert.equal((await get('/acme/seen', cookie(token))).status, 200);
  assert.equal(app.asked.length, 2);
});

test('what the application calls dead is dead on all workers, unasked', async () => {
  const token = state.session('acme');
  for (let i = 0; i < 10; i++) {
    assert.equal((await get('/acme/seen', { ...html, ...cookie(token) })).status, 303);
  }
  assert.equal(app.asked.length, 1);
});

test('an end that the application tells counts at once', async () => {
  const token = state.session('acme');
  app.session = alive();
  assert.equal((await get('/acme/seen', cookie(token))).status, 200);
  assert.equal((await get('/acme/local', cookie(token))).status, 200);
  assert.equal(await tell(`ended ${await key(token)}\n`), 204);
  for (let i = 0; i < 10; i++) {
    assert.equal((await get('/acme/seen', { ...html, ...cookie(token) })).status, 303);
    assert.equal((await get('/acme/told', { ...html, ...cookie(token) })).status, 303);
    assert.equal((await get('/acme/local', { ...html, ...cookie(token) })).status, 303);
  }
  assert.equal(app.asked.length, 1);
  await nginx.reload();
  assert.equal((await get('/acme/seen', { ...html, ...cookie(token) })).status, 303, 'over a reload');
  assert.equal(app.asked.length, 1);
});

test('what workers remember of a session counts until they are told otherwise', async () => {
  const claims = { sid: 'B'.repeat(43) };
  const [old, fresh] = [1, 2].map((version) => state.session('acme', { ...claims, version }));
  const other = state.session('acme');
  app.session = alive();
  const all = async (token, status) => {
    for (let i = 0; i < 20; i++) {
      assert.equal((await get('/acme/seen', { ...html, ...cookie(token) })).status, status);
    }
  };
  const askedWith = (token) => app.asked.filter(({ params }) => params.PFORTE_TOKEN === token).length;
  await all(old, 200);
  await all(other, 200);
  assert.ok(askedWith(old) < 10, 'it is remembered');
  app.session = alive(fresh);
  assert.equal(await tell(`changed ${await key(old)} 2`), 204);
  await all(old, 200);
  assert.ok(askedWith(old) > 20, 'each request with the old token gets the new one');
  await all(fresh, 200);
  assert.ok(askedWith(fresh) < 10);
  assert.equal(await tell(`ended ${await key(fresh)}`), 204);
  await all(fresh, 303);
  await all(old, 303);
  await all(other, 200);
});

test('an end stands against an answer that was on its way', async () => {
  const token = state.session('acme');
  const name = await key(token);
  app.session = 'hang';
  const slow = get('/acme/seen', { ...html, ...cookie(token) });
  await sleep(200);
  assert.equal(await tell(`ended ${name}\n`), 204);
  await slow;
  app.session = alive();
  assert.equal((await get('/acme/seen', { ...html, ...cookie(token) })).status, 303);
});

test('a newer version has the token renewed at once, an older one changes nothing', async () => {
  const claims = { sid: 'A'.repeat(43) };
  const [one, two] = [1, 2].map((version) => state.session('acme', { ...claims, version }));
  const name = await key(one);
  app.session = alive();
  assert.equal((await get('/acme/seen', cookie(one))).status, 200);
  assert.equal(await tell(`changed ${name} 2`), 204);
  app.session = alive(two);
  const seen = await told('/acme/seen', cookie(one));
  assert.equal(seen.PFORTE_TOKEN, two);
  assert.equal(seen.answer.cookies.length, 1);
  assert.equal(app.asked.length, 2);
  assert.equal((await get('/acme/seen', cookie(two))).status, 200);
  assert.equal(await tell(`changed ${name} 1`), 204);
  assert.equal((await get('/acme/seen', cookie(two))).status, 200);
  assert.equal(app.asked.length, 2);
});

test('nobody answers: whoever was seen within the minute goes on, nobody else', async () => {
  const [known, unknown] = [state.session('acme'), state.session('acme')];
  app.session = alive();
  assert.equal((await get('/acme/seen', cookie(known))).status, 200);
  await sleep(VALID * 1000 + 200);
  app.session = { status: 500 };
  assert.equal((await get('/acme/seen', cookie(known))).status, 200);
  assert.equal((await get('/acme/seen', cookie(unknown))).status, 503);
});

test('nobody answers: a page that is open to all still learns whose token it was', async () => {
  const token = state.session('acme');
  app.session = { status: 500 };
  const seen = await told('/acme/perhaps', cookie(token));
  assert.equal(seen.PFORTE_VERDICT, 'stale');
  assert.equal(seen.PFORTE_USER, '');
  assert.equal(seen.PFORTE_TOKEN, token);
});

test('B116: a session that was told to have ended does not hide the contract cookie', async () => {
  const [person, contract] = [state.session('acme'),
    state.session('acme', { scope: 'contract', user: '', groups: [] })];
  app.session = alive();
  const Cookie = `pf-acme=${person}; pfc-acme=${contract}`;
  assert.equal((await told('/acme/seen', { Cookie })).PFORTE_SCOPE, 'portal');
  assert.equal(await tell(`ended ${await key(person)}\n`), 204);
  for (const path of ['/acme/seen', '/acme/local', '/acme/told']) {
    const seen = await told(path, { Cookie });
    assert.equal(seen.PFORTE_TOKEN, contract, path);
    assert.equal(seen.PFORTE_SCOPE, 'contract', path);
  }
  const name = (await told('/acme/open', { Cookie: `pfc-acme=${contract}` })).PFORTE_SESSION_KEY;
  assert.equal(await tell(`ended ${name}\n`), 204);
  for (const path of ['/acme/seen', '/acme/local', '/acme/told']) {
    assert.equal((await get(path, { ...html, Cookie })).status, 303, path);
  }
});

test('the control socket takes what it knows, from the socket', async () => {
  const name = 'a'.repeat(64);
  assert.equal(await tell(''), 204);
  assert.equal(await tell(`ended ${name}\nchanged ${name} 12\n`), 204);
  for (const body of ['x', 'ended', `ended ${name.slice(1)}`, `ended ${name.slice(1)}g`,
    `ended ${name} `, `changed ${name}`, `changed ${name} `, `changed ${name} -1`,
    `changed ${name} x`, `changed ${name} 99999999999999999999`, `\nended ${name}`]) {
    assert.equal(await tell(body), 400, body);
  }
  assert.equal(await tell('x'.repeat(70_000)), 413);
  assert.equal(await tell(undefined, 'GET'), 405);
  assert.equal((await get('/control', {}, { method: 'POST', body: `ended ${name}` })).status, 403);
});

test('a subrequest without a body tells the zone nothing, and takes no worker along', async () => {
  const workers = nginx.workers;
  for (let i = 0; i < 4; i++) {
    assert.equal(await tell(`ended ${'b'.repeat(64)}\n`, 'POST', '/bodiless'), 204);
  }
  assert.deepEqual(nginx.workers, workers);
});

test('F13: a token that was used is known at the edge, others are not', async () => {
  const merchant = merchantKey('m');
  state.record('acme', { sso_keys: [merchant.jwk] });
  await sleep(1150);
  const jwt = (more) => sign(claimsFor({ id: 'acme' }, 'anna', more),
    { key: merchant.secret, kid: 'm' });
  const [token, other] = [await jwt(), await jwt()];
  const open = (one) => get(`/acme/sso?token=${one}`, html);
  app.page = { status: 303, headers: { Location: '/acme/' } };
  assert.equal((await open(token)).status, 303, 'not used yet');
  app.page = { status: 303, headers: { Location: '/acme/', 'X-Pforte-Spent': '1' } };
  const done = await open(token);
  assert.equal(done.status, 303);
  assert.equal(done.headers['x-pforte-spent'], undefined);
  app.reset();
  const refused = await metric('pforte_handoffs_total{result="refused"}');
  const repeated = await metric('pforte_handoffs_total{result="repeated"}');
  for (let i = 0; i < 5; i++) {
    const again = await open(token);
    assert.equal(again.status, 410);
    assert.equal(again.json.params.PFORTE_REFUSED, 'used');
    assert.equal(again.json.params.PFORTE_HANDOFF, '');
  }
  assert.equal(await metric('pforte_handoffs_total{result="refused"}'), refused);
  assert.equal(await metric('pforte_handoffs_total{result="repeated"}'), repeated + 5);
  const problem = await get(`/acme/sso?token=${token}`, { Accept: 'application/json' });
  assert.equal(problem.status, 410);
  assert.equal(problem.json.code, 'link_used');
  assert.ok(app.seen.every(({ params }) => params.DOCUMENT_URI === '/_pforte/error'));
  assert.equal((await open(other)).status, 200);
  const own = state.sso('acme', { jti: 'the same' });
  const foreign = state.sso('globex', { jti: 'the same' });
  app.page = { status: 303, headers: { Location: '/acme/', 'X-Pforte-Spent': '1' } };
  assert.equal((await open(own)).status, 303);
  assert.equal((await get(`/globex/sso?token=${foreign}`, html)).status, 303, 'X1: another tenant');
  assert.equal((await open(own)).status, 410);
  assert.equal(app.seen.at(-1).params.PFORTE_REFUSED, 'used');
});

test('a full zone forgets the oldest and goes on', async () => {
  const name = (i) => i.toString(16).padStart(32, '0').padEnd(64, '0');
  for (let from = 0; from < 12_000; from += 800) {
    const lines = Array.from({ length: 800 }, (_, i) => `ended ${name(from + i)}`);
    assert.equal(await tell(lines.join('\n')), 204);
  }
  assert.ok(await metric('pforte_zone_evictions_total') > 1000);
  const entries = await metric('pforte_zone_entries');
  assert.ok(entries > 5000 && entries < 12_000, `${entries} entries in a megabyte`);
  assert.ok(await metric('pforte_zone_used_bytes') <= 1 << 20);
});

test('the metrics count', async () => {
  const before = await metric('pforte_sessions_total{verdict="valid"}');
  app.session = alive();
  const token = state.session('acme');
  await get('/acme/seen', cookie(token));
  await get('/acme/seen', cookie(token));
  await get('/acme/seen', html);
  const { text, headers } = await get('/status');
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4');
  assert.equal(await metric('pforte_sessions_total{verdict="valid"}'), before + 2);
  for (const name of ['pforte_zone_lookups_total{result="hit"}', 'pforte_denied_total',
    'pforte_app_checks_total{result="alive"}', 'pforte_app_checks_total{result="failed"}',
    'pforte_handoffs_total{result="repeated"}', 'pforte_files_total{result="read"}']) {
    assert.ok(await metric(name) > 0, name);
  }
  const waited = text.match(/^pforte_check_seconds_bucket\{by="app".*/gm)
    .map((line) => Number(line.split(' ')[1]));
  assert.ok(waited.every((n, i) => i === 0 || n >= waited[i - 1]), 'each bucket has the smaller ones');
  assert.equal(waited.at(-1), await metric('pforte_check_seconds_count{by="app"}'));
  assert.ok(await metric('pforte_check_seconds_sum{by="app"}') >= 1, 'one was waited for in vain');
  for (const line of text.trim().split('\n')) {
    assert.match(line, /^# TYPE pforte_\w+ (counter|gauge|histogram)$|^pforte_\w+(\{\w+="\w+"(,le="(\d\.\d{3}|\+Inf)")?\})? \d+(\.\d{3})?$/);
  }
  assert.equal((await get('/status', {}, { method: 'POST', body: '' })).status, 405);
  assert.equal((await get('/status', {}, { method: 'HEAD' })).text, '');
});
