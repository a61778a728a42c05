// Tenants and what the edge knows of them: hosts, records, keys, all followed
// while it runs.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startEdge } from '../lib/edge.mjs';
import { testConfiguration } from '../lib/nginx.mjs';
import { claimsFor, sign } from '../lib/sso.mjs';
import { merchantKey, newKey } from '../lib/state.mjs';

const { state, app, nginx, get, told, cookie } = await startEdge({
  http: 'map $host $mapped { fixed.example globex; bad.example "../acme"; default ""; }',
  more: (address) => `
    location ~ "/mapped(/|$)" {
      pforte optional; pforte_tenant $mapped; fastcgi_pass ${address};
    }
    location ~ "/single(/|$)" {
      pforte optional; pforte_tenant acme; fastcgi_pass ${address};
    }
    if ($uri ~ "/early-shop(/|$)") { set $early $pforte_language; }
    location ~ "shop(/|$)" { pforte required; pforte_tenant globex; fastcgi_pass ${address}; }
    location ~ "/via(/|$)" { pforte required; root /nowhere; try_files $uri /acme/shop; }
    location ~ "/back(/|$)" {
      pforte off; pforte_tenant globex; root /nowhere;
      set $tenant $pforte_tenant; try_files $uri /acme/home;
    }
    location ~ "/mono(/|$)" { pforte optional; pforte_language off; fastcgi_pass ${address}; }
  `,
});

const html = { Accept: 'text/html' };
const SECOND = 1150; // files are looked at once a second

state.setHosts({ 'kunden.acme.example': 'acme', 'lost.example': 'nowhere' });
await sleep(SECOND);

beforeEach(() => app.reset());

test('X1: a name that is no tenant is 404', async () => {
  for (const path of ['/', '/nobody/', '/nobody', '/ACME/', '/acme./', '/acme%00/', '/a/', '/api/x',
    '/static/x/', '/..%2facme/', '/edge%2facme/', `/${'a'.repeat(40)}/`, '/hosts/', '/x/acme/',
    '/nobody/sso?token=x', '/nobody/s/x', '/nobody/open']) {
    const answer = await nginx.raw(path, html);
    assert.ok([404, 400].includes(answer.statusCode), `${path} ${answer.statusCode}`);
  }
  const seen = await told('/nobody/open', html);
  assert.equal(seen.status, 404);
  assert.equal(seen.PFORTE_TENANT, '');
  assert.equal(seen.PFORTE_VERDICT, 'none');
});

test('X1: a host that is bound to a tenant knows no other', async () => {
  const at = (host, headers = {}) => ({ ...html, Host: host, ...headers });
  const own = await told('/open/invoices', at('kunden.acme.example'));
  assert.equal(own.PFORTE_TENANT, 'acme');
  assert.equal(own.PFORTE_PREFIX, '');
  const other = await told('/globex/open', at('kunden.acme.example'));
  assert.equal(other.PFORTE_TENANT, 'acme');
  assert.equal(other.PFORTE_PREFIX, '');
  const globex = { Cookie: `pf-globex=${state.session('globex')}` };
  assert.equal((await get('/globex/', at('kunden.acme.example', globex))).status, 303);
  assert.equal((await told('/open', at('KUNDEN.acme.example:8443'))).PFORTE_TENANT, 'acme');
  assert.equal((await told('/open', at('kunden.acme.example.'))).PFORTE_TENANT, 'acme');
  assert.equal((await get('/open', at('lost.example'))).status, 404);
  assert.equal((await told('/acme/open', at('other.example'))).PFORTE_TENANT, 'acme');
  const login = await get('/invoices?page=2', at('kunden.acme.example'));
  assert.equal(login.headers.location, '/login?next=/invoices?page%3D2');
});

test('pforte_tenant names the tenant, by text or variable', async () => {
  assert.equal((await told('/single', html)).PFORTE_TENANT, 'acme');
  assert.equal((await told('/single', html)).PFORTE_PREFIX, '');
  assert.equal((await told('/acme/single', html)).PFORTE_PREFIX, '/acme');
  assert.equal((await told('/globex/single', html)).PFORTE_PREFIX, '');
  assert.equal((await told('/mapped', { Host: 'fixed.example' })).PFORTE_TENANT, 'globex');
  assert.equal((await get('/mapped', { Host: 'bad.example' })).status, 404);
  assert.equal((await get('/acme/mapped')).status, 404);
});

test('X1: a location that names a tenant is open to that one only, whoever was found before', async () => {
  const [acme, globex] = ['acme', 'globex'].map((id) => cookie(state.session(id), id));
  for (const path of ['/acme/shop', '/acme/early-shop']) {
    assert.equal((await get(path, { ...html, ...acme })).status, 303, path);
    const seen = await told(path, { ...html, ...globex });
    assert.equal(seen.PFORTE_TENANT, 'globex', path);
    assert.equal(seen.PFORTE_USER, 'usr_anna', path);
  }
  assert.equal((await get('/acme/via', { ...html, ...acme })).status, 303);
  assert.equal((await get('/acme/back', { ...html, ...globex })).status, 303);
  assert.equal((await told('/acme/back', { ...html, ...acme })).PFORTE_TENANT, 'acme');
});

test('X2: the language: query, cookie, own, browser, tenant, in this order', async () => {
  const own = state.session('acme', { language: 'fr' });
  const all = { 'Accept-Language': 'en', Cookie: `pforte-language=fr; pf-acme=${own}` };
  const rows = [
    ['/acme/open?language=en', all, 'en'],
    ['/acme/open?language=EN-gb', all, 'en'],
    ['/acme/open?language=it', all, 'fr'],
    ['/acme/open', { ...all, Cookie: `pforte-language=en; pf-acme=${own}` }, 'en'],
    ['/acme/open', { ...all, Cookie: `pforte-language=xx; pf-acme=${own}` }, 'fr'],
    ['/acme/open', { ...all, Cookie: `pforte-language=en; pforte-language=de; pf-acme=${own}` }, 'fr'],
    ['/acme/open', { ...all, Cookie: `pf-acme=${own}` }, 'fr'],
    ['/acme/open', { 'Accept-Language': 'en' }, 'en'],
    ['/acme/open', { 'Accept-Language': 'it, fr;q=0.7, en;q=0.8' }, 'en'],
    ['/acme/open', { 'Accept-Language': 'it' }, 'de'],
    ['/acme/open', { 'Accept-Language': '\u00ff;;;q=9,,' }, 'de'],
    ['/acme/open', {}, 'de'],
    ['/acme/mono?language=en', all, 'de'],
  ];
  for (const [path, headers, language] of rows) {
    const seen = await told(path, headers);
    assert.equal(seen.PFORTE_LANGUAGE, language, `${path} ${JSON.stringify(headers)}`);
  }
});

test('X2: a language asked for by name is kept in a cookie for a year', async () => {
  const set = async (path, headers = html) =>
    (await get(path, headers)).cookies.map(({ line }) => line);
  assert.deepEqual(await set('/acme/open?language=fr'),
    ['pforte-language=fr; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax']);
  assert.deepEqual(await set('/acme/open?language=fr-CA'),
    ['pforte-language=fr; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax']);
  for (const path of ['/acme/open', '/acme/open?language=it', '/acme/open?language=%0d%0aX:y',
    '/acme/off?language=fr', '/acme/mono?language=fr', '/nobody/open?language=fr']) {
    assert.deepEqual(await set(path), [], path);
  }
  const denied = await get('/acme/?language=en', html);
  assert.equal(denied.status, 303);
  assert.equal(denied.cookie('pforte-language').value, 'en');
  const error = await get('/acme/sso?token=x&language=en', html);
  assert.equal(error.cookie('pforte-language').value, 'en');
  assert.equal(error.json.params.PFORTE_LANGUAGE, 'en');
});

test('a new tenant, a changed one and one that went are followed', async () => {
  assert.equal((await get('/initech/open')).status, 404);
  state.record('initech');
  await sleep(2 * SECOND);
  assert.equal((await told('/initech/open')).PFORTE_LANGUAGE, 'de');
  state.record('initech', { default_language: 'fr', login_path: '/hello' });
  await sleep(SECOND);
  assert.equal((await told('/initech/open')).PFORTE_LANGUAGE, 'fr');
  assert.equal((await get('/initech/', html)).headers.location, '/initech/hello?next=/');
  state.remove('edge/initech.json');
  await sleep(SECOND);
  assert.equal((await get('/initech/open')).status, 404);
});

test('a broken record keeps the last good one, with one line in the log', async () => {
  const broken = ['{', JSON.stringify({ ...state.records.globex, tenant: 'acme' }),
    'x'.repeat(300_000)];
  for (const text of broken) {
    const log = nginx.mark();
    state.write('edge/globex.json', text);
    for (let i = 0; i < 3; i++) {
      await sleep(SECOND / 2);
      assert.equal((await told('/globex/open')).PFORTE_TENANT, 'globex');
    }
    const lines = log().split('\n').filter((line) => /edge record/.test(line));
    assert.equal(lines.length, 1, `${text.slice(0, 40)}\n${lines.join('\n')}`);
    assert.match(lines[0], /\[error\].*edge\/globex\.json": .+; the last good one stays/);
  }
  state.record('globex', { default_language: 'en' });
  await sleep(SECOND);
  assert.equal((await told('/globex/open')).PFORTE_LANGUAGE, 'en');
});

test('a tenant whose first record is broken is away, not unknown, until it is mended', async () => {
  const log = nginx.mark();
  state.write('edge/umbrella.json', '{"tenant":"umbrella"}');
  for (let i = 0; i < 3; i++) {
    assert.equal((await get('/umbrella/open')).status, 503);
    await sleep(SECOND);
  }
  assert.equal(log().split('\n').filter((line) => /umbrella\.json/.test(line)).length, 1);
  state.record('umbrella');
  await sleep(SECOND);
  assert.equal((await told('/umbrella/open')).PFORTE_TENANT, 'umbrella');
});

test('a broken host index keeps the last good one', async () => {
  for (const text of ['{', '{"a.example":"../x"}', '{"a.example":"acme","a.example":"globex"}']) {
    const log = nginx.mark();
    state.write('edge/hosts.json', text);
    await sleep(SECOND);
    const seen = await told('/open', { Host: 'kunden.acme.example' });
    assert.equal(seen.PFORTE_TENANT, 'acme', text);
    assert.equal(log().split('\n').filter((line) => /host index/.test(line)).length, 1, text);
  }
  state.setHosts({ 'kunden.acme.example': 'acme' });
  await sleep(SECOND);
});

test('a roll of the session key signs nobody out, and needs no second', async () => {
  const [first] = state.keys;
  const old = state.session('acme');
  const next = newKey();
  state.setKeys([next, first]);
  const fresh = state.session('acme');
  assert.equal((await told('/acme/', cookie(fresh))).PFORTE_VERDICT, 'valid');
  assert.equal((await told('/acme/', cookie(old))).PFORTE_VERDICT, 'valid');
  state.setKeys([next]);
  await sleep(SECOND);
  assert.equal((await told('/acme/open', cookie(old))).PFORTE_VERDICT, 'unknown-key');
  assert.equal((await told('/acme/open', cookie(fresh))).PFORTE_VERDICT, 'valid');
});

test('a broken or missing key ring keeps the last good one', async () => {
  const token = state.session('acme');
  const [key] = state.keys;
  const log = nginx.mark();
  for (const text of ['', `${key}\n${key.slice(0, -4)}\n`]) {
    state.write('keyring', text);
    await sleep(SECOND);
    assert.equal((await told('/acme/', cookie(token))).PFORTE_VERDICT, 'valid');
  }
  state.remove('keyring');
  for (let i = 0; i < 3; i++) {
    await sleep(SECOND / 2);
    assert.equal((await told('/acme/', cookie(token))).PFORTE_VERDICT, 'valid');
  }
  assert.equal(log().split('\n').filter((line) => /key ring/.test(line)).length, 3, log());
  assert.ok(!log().includes(key.slice(9, -4)), 'the key is in the log');
  state.setKeys([key]);
});

test('a worker born while key ring and host index are broken has the last good ones', async () => {
  const token = state.session('acme');
  const [key] = state.keys;
  state.setHosts({ 'kunden.acme.example': 'acme' });
  await nginx.reload();
  assert.equal((await told('/acme/', cookie(token))).PFORTE_VERDICT, 'valid');
  state.write('keyring', 'no key\n');
  state.write('edge/hosts.json', '{');
  const [old] = nginx.workers;
  process.kill(old, 'SIGTERM');
  while (nginx.workers[0] === old) {
    await sleep(20);
  }
  assert.equal((await told('/acme/', cookie(token))).PFORTE_VERDICT, 'valid');
  const bound = { Host: 'kunden.acme.example', ...cookie(token) };
  assert.equal((await told('/', bound)).PFORTE_PREFIX, '');
  state.setKeys([key]);
  state.setHosts({});
  await sleep(SECOND);
});

test('a reload with a broken key ring or host index is refused, and changes nothing', async () => {
  const token = state.session('acme');
  const [key] = state.keys;
  const { workers } = nginx;
  const broken = { keyring: 'no key\n', 'edge/hosts.json': '{' };
  for (const [name, text] of Object.entries(broken)) {
    const log = nginx.mark();
    state.write(name, text);
    nginx.child.kill('SIGHUP');
    while (!/the last good one|line 1/.test(log())) {
      await sleep(20);
    }
    await sleep(SECOND);
    assert.deepEqual(nginx.workers, workers, log());
    assert.equal((await told('/acme/', cookie(token))).PFORTE_VERDICT, 'valid');
    assert.equal(testConfiguration({ http: `pforte_state ${state.dir};` }).ok, false, name);
    state.setKeys([key]);
    state.setHosts({});
  }
  await sleep(SECOND);
});

test('merchant keys come and go with the record', async () => {
  const [one, two] = [merchantKey('k1'), merchantKey('k2')];
  const link = async ({ secret, kid }) => {
    const token = await sign(claimsFor({ id: 'acme' }, 'anna'), { key: secret, kid });
    return (await get(`/acme/sso?token=${token}`, html)).status;
  };
  state.record('acme', { sso_keys: [one.jwk] });
  await sleep(SECOND);
  assert.equal(await link(one), 200);
  state.record('acme', { sso_keys: [one.jwk, two.jwk] });
  assert.equal(await link(two), 200, 'an unknown kid looks again at once');
  state.record('acme', { sso_keys: [two.jwk] });
  await sleep(SECOND);
  assert.equal(await link(one), 403);
  const past = Math.floor(Date.now() / 1000) - 1000;
  state.record('acme', { sso_keys: [{ ...two.jwk, not_after: past }] });
  await sleep(SECOND);
  assert.equal(await link(two), 403);
});

// Seconds that nginx has computed.
const computed = () => nginx.workers.reduce((sum, pid) => {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ').slice(11, 13);
  return sum + (Number(user) + Number(system)) / 100;
}, 0);

test('files of no use do not slow a flood of unknown names and keys', async () => {
  const forged = state.session('acme', { key: newKey() });
  const before = computed();
  for (let i = 0; i < 300; i++) {
    const answers = await Promise.all([get(`/nobody${i}/open`), get('/acme/open', cookie(forged))]);
    assert.deepEqual(answers.map(({ status }) => status), [404, 200]);
  }
  assert.ok(computed() - before < 4, `${computed() - before} s for 600 requests`);
});

test('an unreadable directory is a failure that is told once', { skip: process.getuid() === 0 },
  async () => {
    const log = nginx.mark();
    chmodSync(join(state.dir, 'edge'), 0);
    await sleep(2 * SECOND);
    assert.equal((await told('/acme/open')).PFORTE_TENANT, 'acme');
    chmodSync(join(state.dir, 'edge'), 0o755);
    assert.equal(log().split('\n').filter((line) => /cannot be looked at/.test(line)).length, 2);
  });

test('a file that may be read again is read again, though it did not change',
  { skip: process.getuid() === 0 }, async () => {
    const log = nginx.mark();
    const file = join(state.dir, 'edge/newcomer.json');
    state.record('newcomer');
    chmodSync(file, 0);
    assert.equal((await get('/newcomer/open')).status, 404);
    await sleep(SECOND);
    assert.equal((await get('/newcomer/open')).status, 404);
    chmodSync(file, 0o644);
    await sleep(SECOND);
    assert.equal((await told('/newcomer/open')).PFORTE_TENANT, 'newcomer');
    assert.equal(log().split('\n').filter((line) => /cannot be read/.test(line)).length, 1);
  });
