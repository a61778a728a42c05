// What has gone wrong in other gateways, tried on this one: one test for each
// pitfall, at the running edge, or with the whole of Pforte behind it.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac, randomBytes, sign as ed25519 } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';

import { forms, visible } from '../lib/client.mjs';
import { startEdge } from '../lib/edge.mjs';
import { build, testConfiguration } from '../lib/nginx.mjs';
import { claimsFor, flip, linkFor, sign, tokenFor } from '../lib/sso.mjs';
import { root, startStack, until } from '../lib/stack.mjs';
import { merchantKey, newKey, now } from '../lib/state.mjs';

const { state, app, nginx, get, told, cookie } = await startEdge();
const [key, foreign] = [merchantKey('acme-1'), merchantKey('foreign')];
const secret = randomBytes(32);
const hmac = { kid: 'acme-hmac', kty: 'oct', alg: 'HS256', k: secret.toString('base64url') };
state.record('acme', { sso_keys: [key.jwk, hmac] });

const stack = await startStack();
const own = { skip: stack.skip };
const acme = stack.tenant('acme');

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
  for (const k of ['', 'AA', randomBytes(31).toString('base64url'), '!']) {
    const { status, stdout } = spawnSync(join(build, 'pforte'), ['token', 'inspect', '--key',
      JSON.stringify({ ...hmac, k }), handmade({ alg: 'HS256', kid: hmac.kid }, anna(), mac(''))]);
    assert.notEqual(status, 0, k);
    assert.equal(String(stdout), '');
  }
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
  assert.ok(process.hrtime.bigint() - began < 3_000_000_000n);
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

test('X12: pitfall login CSRF: nobody is signed in over somebody else unasked', own, async () => {
  const bruno = await stack.signedIn('acme', 'bruno');
  const before = bruno.jar.get('pf-acme');
  const page = await bruno.get(await linkFor(acme, 'anna'));
  assert.match(visible(page.text), /bruno/);
  assert.equal(bruno.jar.get('pf-acme'), before);
  const posted = await bruno.follow(await bruno.post('/acme/sso', { token: await tokenFor(acme, 'anna') },
    { headers: { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' } }));
  assert.notEqual(posted.status, 303);
  assert.equal(bruno.jar.get('pf-acme'), before);
  assert.match(visible((await bruno.get('/acme/')).text), /K2002/);
});

test('X12: pitfall session fixation: who signs in has a session that nobody knew', own, async () => {
  const attacker = await stack.signedIn('acme', 'bruno');
  const planted = attacker.jar.get('pf-acme');
  const user = stack.user('anna');
  const victim = stack.browser();
  victim.jar.set('pf-acme', planted);
  const page = await victim.follow(await victim.get(await linkFor(acme, 'anna')));
  await victim.submit(page, {}, { action: /\/sso$/ });
  assert.match(visible((await victim.get('/acme/')).text), /K2000/);
  const sid = (token) => stack.inspect('pforte:session:acme', token).sid;
  assert.notEqual(sid(victim.jar.get('pf-acme')), sid(planted));
  assert.equal((await attacker.get('/acme/')).status, 303, 'the planted session ended');
  const other = stack.browser();
  other.jar.set('pf-acme', 'v4.local.planted');
  await other.signIn('acme', user.username, user.password);
  assert.notEqual(other.jar.get('pf-acme'), 'v4.local.planted');
});

test('X12, F13: pitfall replay of SSO links: once, however many try at once', own, async () => {
  const link = await linkFor(acme, 'anna');
  const answers = await Promise.all(Array.from({ length: 12 }, () => stack.get(link)));
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [303, ...Array(11).fill(410)]);
  assert.equal((await stack.get(link)).status, 410);
});

test('X12, F13: pitfall token in URL: it is gone with the first answer', own, async () => {
  const link = await linkFor(acme, 'anna', { to: '/invoices' });
  const token = new URL(link, stack.base).searchParams.get('token');
  const answer = await stack.get(link);
  assert.equal(answer.headers.location, '/acme/invoices');
  assert.equal(answer.headers['referrer-policy'], 'no-referrer');
  assert.match(answer.headers['cache-control'], /no-store/);
  for (const again of [answer, await stack.get(link), await stack.get(`${link}x`),
    await stack.get(link.replace('acme', 'globex')), await stack.get(link.replace('acme', 'nobody')),
    await stack.get(link.replace('/sso', '/none')), await stack.get(link, { method: 'PUT' })]) {
    assert.ok(!(again.text + again.rawHeaders.join('\n')).includes(token.slice(-30)), again.url);
    assert.ok(again.headers['referrer-policy'] === 'no-referrer' || again.status === 303, again.url);
  }
});

test('X12: pitfall logging secrets', own, async () => {
  const used = await tokenFor(acme, 'anna');
  const browser = stack.browser();
  for (const path of [`/acme/sso?token=${used}`, `/acme/sso?token=${used}`, `/acme/s/${used}`, `/x?token=${used}`]) {
    await browser.get(path, { headers: { Referer: `${stack.base}${path}` } });
  }
  const session = browser.jar.get('pf-acme');
  await browser.get('/acme/');
  const keys = readFileSync(join(stack.state, 'keyring'), 'utf8').split('\n').filter((line) => /^k4/.test(line));
  const secrets = [used.slice(-30), session.slice(-30), acme.api_key.slice(-20), acme.sso_key.d,
    ...keys.map((line) => line.slice(9)), stack.user('anna').password];
  for (const name of readdirSync(join(stack.state, 'log'))) {
    const text = stack.log(name);
    secrets.forEach((one, i) => assert.ok(!text.includes(one), `${name}: secret ${i}`));
  }
});

test('X12: pitfall key handling: keys are files, for two programs alone', own, () => {
  for (const name of ['keyring', 'edge/acme.json']) {
    assert.equal(statSync(join(stack.state, name)).mode & 0o007, 0, name);
  }
  const conf = readFileSync(join(stack.state, 'nginx.conf'), 'utf8');
  assert.doesNotMatch(conf, /k4\.|"d"|"k"/);
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
  assert.ok(process.hrtime.bigint() - began < 3_000_000_000n);
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
  if (stack.own) {
    for (const name of ['pages.sock', 'passwords.sock']) {
      assert.equal(statSync(join(stack.state, 'run', name)).mode & 0o777, 0o660, name);
    }
  }
});

// All of what a command says, up to a word at the end of a line.
const ask = (text, last) => new Promise((done, fail) => {
  let said = Buffer.alloc(0);
  const socket = connect(stack.memcachedSocket, () => socket.write(text));
  socket.on('data', (more) => {
    said = Buffer.concat([said, more]);
    if (last.test(said.toString('latin1'))) {
      socket.destroy();
      done(said);
    }
  });
  socket.on('error', fail);
});

async function copies() {
  const dump = (await ask('lru_crawler metadump all\r\n', /END\r\n$/)).toString();
  return [...dump.matchAll(/key=(\S+)/g)].map(([, name]) => decodeURIComponent(name));
}

async function value(name) {
  const said = await ask(`get ${name}\r\n`, /END\r\n$/);
  const head = said.indexOf('\r\n');
  return said.subarray(head + 2, said.length - 7);
}

const put = (name, bytes) => ask(Buffer.concat([Buffer.from(`set ${name} 0 60 ${bytes.length}\r\n`), bytes,
  Buffer.from('\r\n')]), /STORED\r\n/);

test('X12: pitfall memcached trust: what lies there forges, moves and opens nothing', own, async () => {
  const known = await copies();
  const [one, two] = [await stack.signedIn('acme', 'anna'), await stack.signedIn('acme', 'bruno')];
  await one.get('/acme/');
  await two.get('/acme/');
  const fresh = (await copies()).filter((name) => !known.includes(name));
  assert.ok(fresh.length >= 2, `${fresh}`);
  assert.ok(fresh.every((name) => /^[\w:.-]+$/.test(name)), 'names without a space or line end');
  const values = await Promise.all(fresh.map(value));
  for (const session of [one, two]) {
    const { sid } = stack.inspect('pforte:session:acme', session.jar.get('pf-acme'));
    assert.ok(fresh.every((name) => !name.includes(sid)), 'no name shows a session');
    assert.ok(values.every((bytes) => !bytes.includes(sid) && !bytes.includes('anna')), 'no value is to be read');
  }
  const whose = async () => [/K2000/.test(visible((await one.get('/acme/')).text)),
    /K2002/.test(visible((await two.get('/acme/')).text))];
  const garbage = [(at) => values[(at + 1) % values.length], () => Buffer.alloc(0), () => Buffer.from('{}'),
    () => randomBytes(300), (at) => Buffer.from(flip(values[at].toString('latin1'), 20), 'latin1'),
    () => Buffer.alloc(200_000, 'x'), (at) => values[at].subarray(0, -1)];
  for (const make of garbage) {
    for (const at of fresh.keys()) {
      await put(fresh[at], make(at));
    }
    assert.deepEqual(await whose(), [true, true], String(make));
  }
  // an old copy of a living session, put back after its end
  await one.signOut('acme');
  for (const at of fresh.keys()) {
    await put(fresh[at], values[at]);
  }
  const token = stack.browser();
  token.jar = one.jar;
  assert.notEqual((await token.get('/acme/')).status, 200);
  assert.equal((await two.get('/acme/')).status, 200);
  assert.ok(forms((await two.get('/acme/')).text).length > 0);
});
