// What has gone wrong in other gateways, tried on this one: one test for each
// pitfall, at the running edge; tests/app/pitfalls.test.mjs has those that need
// the application.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac, randomBytes, sign as ed25519 } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';

import { startEdge } from '../lib/edge.mjs';
import { build, testConfiguration } from '../lib/nginx.mjs';
import { claimsFor, sign } from '../lib/sso.mjs';
import { root, until } from '../lib/stack.mjs';
import { merchantKey, newKey } from '../lib/state.mjs';

const { state, app, nginx, get, told, cookie } = await startEdge();
const [key, foreign] = [merchantKey('acme-1'), merchantKey('foreign')];
const secret = randomBytes(32);
const hmac = { kid: 'acme-hmac', kty: 'oct', alg: 'HS256', k: secret.toString('base64url') };
state.record('acme', { sso_keys: [key.jwk, hmac] });

const html = { Accept: 'text/html' };
const part = (value) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const eddsa = ({ pair }) => (input) => ed25519(null, Buffer.from(input), pair.privateKey)
  .toString('base64url');
const mac = (bytes) => (input) => createHmac('sha256', bytes).update(input).digest('base64url');
const anna = () => claimsFor({ id: 'acme' }, 'anna');

function handmade(header, claims, signature) {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${signature(input)}`;
}

const handoff = (token) => told(`/acme/sso?token=${encodeURIComponent(token)}`, html);

async function refused(token, what, words = /algorithm|forged|unknown-key|malformed/) {
  const seen = await handoff(token);
  assert.ok([400, 403, 413].includes(seen.status), `${what}: ${seen.status}`);
  assert.equal(seen.PFORTE_HANDOFF, '', what);
  assert.match(seen.PFORTE_REFUSED, words, what);
}

const good = () => sign(anna(), { key: key.secret, kid: key.kid });

async function isOpenTo(token) {
  assert.equal((await handoff(token)).PFORTE_HANDOFF, token);
}

beforeEach(() => app.reset());

test('X12: pitfall alg none: no spelling of it, and a worker that saw one still checks', async () => {
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '', null, ['none'], 'HS0', 'EdDSA ', 7]) {
    for (const signature of [() => '', () => 'AA', eddsa(foreign)]) {
      await refused(handmade({ alg, kid: key.kid }, anna(), signature), JSON.stringify(alg));
    }
  }
  await refused(handmade({ alg: 'EdDSA', kid: key.kid }, anna(), eddsa(foreign)), 'forged, later');
  await isOpenTo(await good());
});

test('X12: pitfall alg confusion: the key says what it is for', async () => {
  const x = Buffer.from(key.jwk.x, 'base64url');
  const pem = key.pair.publicKey.export({ type: 'spki', format: 'pem' });
  for (const bytes of [x, pem, JSON.stringify(key.jwk), key.jwk.x, '', Buffer.alloc(32)]) {
    for (const kid of [key.kid, hmac.kid, undefined]) {
      for (const alg of ['HS256', 'HS384', 'HS512']) {
        await refused(handmade({ alg, kid }, anna(), mac(bytes)), `${alg} ${kid}`);
      }
    }
  }
  for (const alg of ['RS256', 'ES256', 'PS256', 'ES256K', 'Ed25519ph']) {
    await refused(handmade({ alg, kid: key.kid }, anna(), eddsa(key)), alg);
  }
  await refused(handmade({ alg: 'EdDSA', kid: hmac.kid }, anna(), eddsa(key)), 'EdDSA, HMAC key');
  await isOpenTo(await sign(anna(), { key: secret, alg: 'HS256', kid: hmac.kid }));
});

test('X12: pitfall timing compare: what is secret is compared in constant time', () => {
  for (const name of ['pf_jws.c', 'pf_paseto.c', 'pf_session_cache.c', 'pf_opened.c']) {
    const source = readFileSync(join(root, 'ngx_module', name), 'utf8');
    const plain = [...source.matchAll(/^.*[^_]memcmp\(.*$/gm)].map(([line]) => line)
      .filter((line) => !/prefix/.test(line));
    assert.deepEqual(plain, [], name);
  }
  assert.match(readFileSync(join(root, 'ngx_module/pf_jws.c'), 'utf8'), /sodium_memcmp\(mac, tag/);
  assert.match(readFileSync(join(root, 'ngx_module/pf_paseto.c'), 'utf8'), /sodium_memcmp\(mac,/);
});

test('X12: pitfall embedded keys: nothing in a header is a key, or a path to one', async () => {
  const evil = { ...foreign.jwk, kid: key.kid };
  const headers = [
    { jwk: evil }, { jku: 'http://127.0.0.1:1/jwks.json' }, { x5u: 'http://127.0.0.1:1/c.pem' },
    { x5c: ['AAAA'] }, { x5t: 'AAAA' }, { keys: [evil] }, { jwk: evil, crit: ['jwk'] },
  ];
  for (const header of headers) {
    await refused(handmade({ alg: 'EdDSA', kid: key.kid, ...header }, anna(), eddsa(foreign)),
      JSON.stringify(header));
  }
  const kids = ['../../../../dev/null', '/dev/null', 'keyring', '../keyring', '%00', 'a\u0000b',
    "' OR 1=1 --", '', 'x'.repeat(1000), 'acme-1\n', 'ACME-1', ['acme-1'], { kid: 'acme-1' }, 1];
  for (const kid of kids) {
    for (const [alg, signature] of [['HS256', mac('')], ['EdDSA', eddsa(foreign)]]) {
      await refused(handmade({ alg, kid }, anna(), signature), JSON.stringify(kid));
    }
    if (kid !== '') { // which is none, and then the only key of that algorithm counts
      await refused(handmade({ alg: 'EdDSA', kid }, anna(), eddsa(key)), JSON.stringify(kid));
    }
  }
});

test('X12: pitfall empty signature, blank secret, short key', async () => {
  const signatures = ['', '=', 'AA', part('\0'.repeat(64)), 'A'.repeat(85), 'A'.repeat(87)];
  for (const signature of signatures) {
    await refused(handmade({ alg: 'EdDSA', kid: key.kid }, anna(), () => signature), signature);
    await refused(handmade({ alg: 'HS256', kid: hmac.kid }, anna(), () => signature), signature);
  }
  const input = `${part({ alg: 'EdDSA', kid: key.kid })}.${part(anna())}`;
  await refused(input, 'no third part');
  // keys that are not to be used at all
  const ring = state.keys;
  for (const text of ['k4.local.', 'k4.local.AAAA', `k4.local.${'A'.repeat(42)}`, `${newKey()}AA`, 'hello']) {
    state.setKeys([text]);
    const { ok, text: said } = testConfiguration(
      { http: `pforte_state ${state.dir};`, server: 'pforte required;' });
    assert.equal(ok, false, text);
    assert.match(said, /key ring/);
    assert.ok(text.length < 12 || !said.includes(text), 'the key is in the message');
  }
  state.setKeys(ring);
});

test('X12: pitfall identity header smuggling: no header of a client is a parameter', async () => {
  const names = ['PFORTE_USER', 'PFORTE-USER', 'Pforte-User', 'X-Pforte-User', 'X_Pforte_User',
    'Http-Pforte-User', 'X-Forwarded-User', 'Remote-User', 'Proxy', 'Status', 'Document-Uri'];
  const headers = Object.fromEntries(names.map((name) => [name, 'usr_root']));
  for (const path of ['/acme/open', '/acme/off', '/acme/sso', '/acme/nothing']) {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const answer = await get(path, { ...html, ...headers }, { method });
      const seen = answer.status === 303 ? {} : answer.json.params;
      const taken = Object.entries(seen).filter(([name, value]) =>
        value === 'usr_root' && !name.startsWith('HTTP_'));
      assert.deepEqual(taken, [], `${method} ${path}`);
      assert.ok(!('HTTP_X_PFORTE_USER' in seen) || seen.HTTP_X_PFORTE_USER === '');
    }
  }
});

test('X12: pitfall path confusion in skip rules: nginx\'s own location decides', async () => {
  for (const path of ['/acme/x?/open', '/acme/x?a=/open', '/acme/x%3f/open%2f..', '/acme/x;/open/..',
    '/acme/open/..', '/acme/open/../', '/acme/x/open/../y', '/acme/open%2f%2e%2e%2fx', '/acme//open/../x',
    '/ACME/../acme/x', '/acme/openx', '/acme/x%00/open/..', '/acme/\\open/..\\x']) {
    const { statusCode } = await nginx.raw(path, { ...html, Host: 'KUNDEN.acme.EXAMPLE.' });
    assert.ok([303, 400, 401].includes(statusCode), `${path}: ${statusCode}`);
  }
  assert.ok(app.seen.every(({ params }) => params.DOCUMENT_URI === '/_pforte/error'));
});

test('X12: pitfall OPTIONS pre-flight bypass', async () => {
  for (const path of ['/acme/', '/acme/file', '/acme/trust']) {
    const { status } = await get(path, { Origin: 'https://shop.example', ...html,
      'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'x' }, { method: 'OPTIONS' });
    assert.equal(status, 401, path);
  }
});

test('X12: pitfall claims with CR, LF and NUL reach no header', async () => {
  const bad = ['a\r\nSet-Cookie: x=y', 'a\nb', 'a\rb', 'a\u0000b', '\u007f', '\u0085', 'x'.repeat(2000)];
  for (const text of bad) {
    for (const claim of text.includes('\0') ? [] : ['user', 'customer', 'sid', 'scope']) {
      const { answer, ...seen } = await told('/acme/open', cookie(state.session('acme', { [claim]: text })));
      assert.notEqual(seen.PFORTE_VERDICT, 'valid', JSON.stringify([claim, text.slice(0, 20)]));
      assert.equal(seen.PFORTE_USER, '');
      assert.equal(answer.headers['set-cookie'], undefined);
    }
    const token = handmade({ alg: 'EdDSA', kid: key.kid }, { ...anna(), sub: text }, eddsa(key));
    const seen = await handoff(token);
    assert.notEqual(seen.status, 200, JSON.stringify(text.slice(0, 20)));
    assert.equal(seen.PFORTE_HANDOFF, '');
  }
});

test('X12: pitfall cookie tossing, duplicates, prefix bypass', async () => {
  const [mine, other] = [state.session('acme'), state.session('acme', { user: 'usr_eve' })];
  const rows = [
    [`pf-acme=${other}; pf-acme=${mine}`, 'duplicate'], [`pf-acme=${mine}; a=b; pf-acme=${mine}`, 'duplicate'],
    [`PF-ACME=${other}`, 'none'], [`\u00a0pf-acme=${other}`, 'none'], [`\u2003pf-acme=${other}`, 'none'],
    [`__Host-pf-acme=${other}`, 'none'], [`$Version=1; $pf-acme=${other}`, 'none'], [`a=b, pf-acme=${other}`, 'none'],
    [`a="x; pf-acme=${other}"`, 'malformed'], [`pf-acme="${other}"`, 'malformed'],
    [`=pf-acme=${other}`, 'none'], [`pf-acme =${other}`, 'none'], [`xpf-acme=${other}`, 'none'],
    [`pf-acme[]=${other}`, 'none'], [`pf-acme%3d${other}`, 'none'],
  ];
  for (const [line, verdict] of rows) {
    const seen = await told('/acme/open', { Cookie: Buffer.from(line).toString('latin1') });
    assert.equal(seen.PFORTE_VERDICT, verdict, line.replace(/v4\S+/g, 'TOKEN'));
    assert.equal(seen.PFORTE_USER, '');
  }
  const ours = await told('/acme/open', { Cookie: `$Version=1; PF-ACME=${other}; pf-acme=${mine}` });
  assert.equal(ours.PFORTE_USER, 'usr_anna');
});

test('X12: pitfall cookie parse DoS: as many as nginx takes, at once', async () => {
  const token = state.session('acme');
  const many = [';'.repeat(7000), '=;'.repeat(3500), 'a=b; '.repeat(1400), 'pf-acme'.repeat(1000),
    'pf-acme=;'.repeat(800), '"'.repeat(7000), 'a=99999999; '.repeat(600)];
  const began = process.hrtime.bigint();
  for (const text of many) {
    const seen = await told('/acme/open', { Cookie: text });
    assert.notEqual(seen.PFORTE_VERDICT, 'valid');
    const beside = `${text.replace(/pf-acme/g, 'pf-b').slice(0, 6000)}; pf-acme=${token}`;
    assert.equal((await told('/acme/open', { Cookie: beside })).PFORTE_VERDICT, 'valid');
  }
  assert.ok(process.hrtime.bigint() - began < 20_000_000_000n);
  assert.equal((await get('/acme/', { ...html, Cookie: 'x'.repeat(9000) })).status, 400);
});

const payloads = join(process.env.PFORTE_VECTORS ?? join(root, '../shared/vectors'), 'redirects/payloads.txt');

test('X12: pitfall open redirect: no payload leads away',
  { skip: !existsSync(payloads) && 'the payloads are not here: PFORTE_VECTORS' }, async () => {
    const list = readFileSync(payloads, 'utf8').split('\n').filter(Boolean);
    assert.ok(list.length > 800, String(list.length));
    const within = /^\/acme\/login(\?next=\/[A-Za-z0-9._~/%&+-]*(\?[A-Za-z0-9._~%&+-]*)?)?$/;
    async function tried(path) {
      // what no client can send as a request line stays in another test
      const sent = path.replace(/[^\x21-\x7e]/g, encodeURIComponent);
      const { statusCode, headers } = await nginx.raw(sent, html);
      assert.ok([303, 400, 404, 200, 401].includes(statusCode), `${path}: ${statusCode}`);
      if (headers.location !== undefined) {
        assert.match(headers.location, within, path);
        const next = new URL(headers.location, 'http://h.example').searchParams.get('next');
        const target = new URL(next || '/', 'http://h.example');
        assert.equal(target.origin, 'http://h.example', path);
        assert.doesNotMatch(next ?? '', /^\/\/|\\|:/, path);
      }
    }
    for (let i = 0; i < list.length; i += 16) {
      await Promise.all(list.slice(i, i + 16).flatMap((payload) => [
        tried(`/acme/${payload}`), tried(`/acme${payload.startsWith('/') ? '' : '/'}${payload}`),
        tried(`/acme/x?next=${payload}`)]));
    }
  });

test('X12: pitfall JSON bombs and depth', async () => {
  const deep = (n) => `${'['.repeat(n)}${']'.repeat(n)}`;
  const wide = `{${Array.from({ length: 300 }, (_, i) => `"a${i}":${i}`).join(',')}}`;
  const claims = JSON.stringify(anna());
  const more = (text) => `${claims.slice(0, -1)},${text}}`;
  const texts = [deep(40), deep(700), wide, more(`"x":${deep(60)}`), more('"sub":"root"'), more('"exp":1e400'),
    more(`"exp":${'9'.repeat(400)}`), more('"jti":"a","jti":"b"'), '{"a":', 'null', '""', '[]', `${claims}x`,
    `\ufeff${claims}`, claims.replace('"anna"', '"\\ud800"')];
  const began = process.hrtime.bigint();
  for (const text of texts) {
    const token = handmade({ alg: 'EdDSA', kid: key.kid }, text, eddsa(key));
    const seen = await handoff(token);
    assert.ok([400, 403].includes(seen.status), `${text.slice(0, 40)} ${seen.status}`);
    const header = `${part(text)}.${part(claims)}`;
    await refused(`${header}.${eddsa(key)(header)}`, text.slice(0, 40));
  }
  assert.ok(process.hrtime.bigint() - began < 20_000_000_000n);
  const record = join(state.dir, 'edge/acme.json');
  const whole = readFileSync(record);
  const log = nginx.mark();
  writeFileSync(record, `{"tenant":${deep(100_000)}}`);
  await until('the line', async () => (await get('/acme/open')) && /edge record/.test(log()));
  await isOpenTo(await good());
  writeFileSync(record, whole);
});

test('X12: pitfalls regex DoS and decompression: the module has neither', async () => {
  const needs = execFileSync('readelf', ['-Wd', join(build, 'ngx_http_pforte_module.so')], { encoding: 'utf8' });
  assert.doesNotMatch(needs, /libpcre|libz|libbrotli|libzstd/);
  const symbols = execFileSync('nm', ['-D', '--undefined-only', join(build, 'ngx_http_pforte_module.so')],
    { encoding: 'utf8' });
  assert.doesNotMatch(symbols, /\b(regcomp|pcre\w*|ngx_regex\w*|inflate\w*|uncompress)\b/);
  for (const header of [{ zip: 'DEF' }, { zip: 'DEF', enc: 'A256GCM', alg: 'dir' }]) {
    await refused(handmade({ alg: 'EdDSA', kid: key.kid, ...header }, 'x\x9cKL\x06\0', eddsa(key)), JSON.stringify(header),
      /bad-claim|malformed|algorithm/);
  }
  await refused(`${part({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}..AAAA.AAAA.AAAA`, 'JWE');
});

const fixed = {
  'libsodium23': '1.0.18-1+deb12u1', 'libfcgi0ldbl': '2.4.2-2+deb12u1', 'memcached': '1.6.18-1+deb12u1',
  'nginx': '1.22.1-9+deb12u8',
};
const debian = spawnSync('dpkg', ['--version']).status === 0;

test('X12: pitfall dependency CVEs: what is installed has the fixes', { skip: !debian && 'no Debian' }, () => {
  for (const [name, version] of Object.entries(fixed)) {
    const { stdout, status } = spawnSync('dpkg-query', ['-W', '-f=${Version}', name], { encoding: 'utf8' });
    if (status === 0) {
      assert.equal(spawnSync('dpkg', ['--compare-versions', stdout, 'ge', version]).status, 0, `${name} ${stdout}`);
    }
  }
});
