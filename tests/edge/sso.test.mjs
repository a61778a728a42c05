// The locations where links from outside arrive.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { beforeEach, test } from 'node:test';

import { V4 } from 'paseto';

import { startEdge } from '../lib/edge.mjs';
import { claimsFor, flip, sign } from '../lib/sso.mjs';
import { merchantKey, newKey, now } from '../lib/state.mjs';

const { state, app, nginx, get, told, cookie } = await startEdge({
  http: 'limit_req_zone $uri zone=once:1m rate=1r/m;',
  more: (address) => `
    location ~ "^/acme/limited/sso" {
      pforte_sso on; limit_req zone=once; limit_req_log_level warn; fastcgi_pass ${address};
    }
    location /acme/in/ {
      pforte_sso on; fastcgi_pass ${address};
      if ($arg_if) { set $x 1; }
      location /acme/in/private/ { pforte required; fastcgi_pass ${address}; }
    }
    location /acme/all-denied { pforte off; deny all; }
    location ~ "^/acme/denied/sso" { pforte_sso on; deny all; fastcgi_pass ${address}; }
  `,
});

const [key, second, foreign] = [merchantKey('acme-1'), merchantKey('acme-2'), merchantKey('x')];
const paseto = merchantKey('acme-paseto');
const secret = randomBytes(32);
const hmac = { kid: 'acme-hmac', kty: 'oct', alg: 'HS256', k: secret.toString('base64url') };

state.record('acme', { sso_keys: [key.jwk, second.jwk, hmac,
  { kid: paseto.kid, paserk: `k4.public.${paseto.jwk.x}` }] });
state.record('globex', { sso_keys: [{ ...foreign.jwk, kid: 'acme-1' }] });

const html = { Accept: 'text/html' };
const json = { Accept: 'application/json' };
const form = 'application/x-www-form-urlencoded';

const jwt = (more = {}, { secret: private_ = key.secret, ...header } = {}) =>
  sign(claimsFor({ id: 'acme' }, 'anna', more), { key: private_, kid: key.kid, ...header });

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

// A JWT that no library would make.
function handmade(header, claims, signature) {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${signature(input)}`;
}

const asGet = (token) => get(`/acme/sso?token=${encodeURIComponent(token)}`, html);
const asPost = (token, more = {}) => get('/acme/sso', html,
  { method: 'POST', body: new URLSearchParams({ token, ...more }) });

beforeEach(() => app.reset());

// Refused with that status and word, on both ways in; the token goes nowhere.
async function refused(token, status, word, what = '') {
  const log = nginx.mark();
  for (const answer of [await asGet(token), await asPost(token)]) {
    const { params } = answer.json;
    assert.equal(answer.status, status, `${what}: ${params.PFORTE_REFUSED}`);
    assert.equal(params.PFORTE_REFUSED, word, what);
    assert.equal(params.PFORTE_HANDOFF, '', what);
    assert.equal(params.DOCUMENT_URI, '/_pforte/error', what);
    assert.equal(params.PFORTE_TENANT, 'acme');
    assert.equal(params.PFORTE_DENIED, 'page');
    assert.equal(params.PFORTE_STATUS_CODE, String(status));
    assert.equal(params.QUERY_STRING, '', what);
    assert.equal(answer.json.body, '', what);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers['referrer-policy'], 'no-referrer');
    if (token.length > 20) {
      assert.ok(!answer.text.includes(token.slice(-20)), what);
    }
  }
  const lines = log().split('\n').filter((line) => /link refused/.test(line));
  assert.equal(lines.length, 2, what);
  assert.match(lines[0], new RegExp(`\\[warn\\].*tenant "acme", ${word}:`));
  if (token.length > 20) {
    assert.ok(!log().includes(token.slice(-20)), `${what}: token in the log`);
  }
}

test('F9, F10: a good link of every kind reaches the application', async () => {
  const tokens = {
    'our own': state.sso('acme'),
    EdDSA: await jwt(),
    'EdDSA, second key': await jwt({}, { secret: second.secret, kid: second.kid }),
    HS256: await jwt({}, { secret, alg: 'HS256', kid: hmac.kid }),
    'HS256, no kid': await jwt({}, { secret, alg: 'HS256', kid: undefined }),
    'v4.public': await V4.sign(claimsForPaseto(), paseto.pair.privateKey,
      { footer: { kid: paseto.kid }, iat: false }),
    'aud in an array': await jwt({ aud: ['pforte:acme'] }),
    'all claims': await jwt({ nbf: now(), language: 'fr', to: '/invoices', customer: 'K1',
      email: 'a@b.example', name: 'Änne', unknown: { a: 1 } }),
    'a clock that is late': await jwt({ iat: now() - 320, exp: now() - 20 }),
    'a clock that is early': await jwt({ iat: now() + 20, exp: now() + 80 }),
  };
  for (const [what, token] of Object.entries(tokens)) {
    for (const answer of [await asGet(token), await asPost(token, { other: 'x' })]) {
      assert.equal(answer.status, 200, `${what}: ${answer.text}`);
      assert.equal(answer.json.params.PFORTE_HANDOFF, token, what);
      assert.equal(answer.json.params.PFORTE_REFUSED, '');
      assert.equal(answer.json.params.PFORTE_REQUEST_MASKED.includes(token), false, what);
    }
  }
});

function claimsForPaseto(more = {}) {
  const at = (seconds) => new Date(seconds * 1000).toISOString().replace(/\.\d+Z/, 'Z');
  return { aud: 'pforte:acme', sub: 'anna', jti: randomBytes(9).toString('hex'),
    iat: at(now()), exp: at(now() + 60), ...more };
}

test('F13: a link that is expired, early, too long-lived or incomplete is refused', async () => {
  const hour = 3600;
  const rows = [
    [{ iat: now() - 120, exp: now() - 60 }, 410, 'stale'],
    [{ exp: now() + hour }, 403, 'life'],
    [{ iat: now() + 120, exp: now() + 180 }, 403, 'early'],
    [{ nbf: now() + 120 }, 403, 'early'],
    [{ iat: now() + 10, exp: now() + 5 }, 403, 'life'],
    [{ jti: undefined }, 400, 'missing-claim'],
    [{ sub: undefined }, 400, 'missing-claim'],
    [{ exp: undefined }, 400, 'missing-claim'],
    [{ iat: undefined }, 400, 'missing-claim'],
    [{ aud: undefined }, 400, 'missing-claim'],
    [{ jti: 'x'.repeat(65) }, 400, 'bad-claim'],
    [{ jti: 7 }, 400, 'bad-claim'],
    [{ sub: 'a\nb' }, 400, 'bad-claim'],
    [{ exp: `${now() + 60}` }, 400, 'bad-claim'],
    [{ aud: 'pforte:globex' }, 403, 'audience'],
    [{ aud: ['pforte:acme', 'pforte:globex'] }, 403, 'audience'],
    [{ aud: 'acme' }, 403, 'audience'],
  ];
  for (const [claims, status, word] of rows) {
    await refused(signedBy(key, claims), status, word, JSON.stringify(claims));
  }
});

// jose checks what it signs; here nothing is checked.
function signedBy({ kid, pair }, more) {
  return handmade({ alg: 'EdDSA', kid }, claimsFor({ id: 'acme' }, 'anna', more),
    (input) => signature(pair.privateKey, input));
}

const { sign: ed25519 } = await import('node:crypto');
const signature = (private_, input) =>
  ed25519(null, Buffer.from(input), private_).toString('base64url');

test('F13, X1: forged links of every kind are refused', async () => {
  const claims = claimsFor({ id: 'acme' }, 'anna');
  const x = Buffer.from(key.jwk.x, 'base64url');
  const mac = (secret_) => (input) =>
    createHmac('sha256', secret_).update(input).digest('base64url');
  const rows = [
    ['alg none', handmade({ alg: 'none' }, claims, () => ''), 403, 'algorithm'],
    ['alg None', handmade({ alg: 'None', kid: key.kid }, claims, () => ''), 403, 'algorithm'],
    ['no alg', handmade({ kid: key.kid }, claims, () => 'AAAA'), 403, 'algorithm'],
    ['HS256 keyed with the public key, its kid',
      handmade({ alg: 'HS256', kid: key.kid }, claims, mac(x)), 403, 'algorithm'],
    ['HS256 keyed with the public key, the other kid',
      handmade({ alg: 'HS256', kid: hmac.kid }, claims, mac(x)), 403, 'forged'],
    ['HS256 keyed with the JWK',
      handmade({ alg: 'HS256', kid: hmac.kid }, claims, mac(JSON.stringify(key.jwk))),
      403, 'forged'],
    ['HS256 keyed with nothing',
      handmade({ alg: 'HS256', kid: hmac.kid }, claims, mac('')), 403, 'forged'],
    ['EdDSA with the kid of the HMAC key',
      handmade({ alg: 'EdDSA', kid: hmac.kid }, claims,
        (input) => signature(key.pair.privateKey, input)), 403, 'algorithm'],
    ['a key in the header', handmade({ alg: 'EdDSA', kid: key.kid, jwk: foreign.jwk }, claims,
      (input) => signature(foreign.pair.privateKey, input)), 403, 'forged'],
    ['another tenant\'s key', await jwt({}, { secret: foreign.secret }), 403, 'forged'],
    ['another tenant\'s key and kid',
      await jwt({}, { secret: foreign.secret, kid: 'x' }), 403, 'unknown-key'],
    ['no kid where two keys fit', await jwt({}, { kid: undefined }), 403, 'unknown-key'],
    ['an empty signature', handmade({ alg: 'EdDSA', kid: key.kid }, claims, () => ''),
      403, 'forged'],
    ['crit', handmade({ alg: 'EdDSA', kid: key.kid, crit: ['b64'] }, claims,
      (input) => signature(key.pair.privateKey, input)), 400, 'malformed'],
    ['our own, another ring', state.sso('acme', { key: newKey() }), 403, 'unknown-key'],
    ['our own, another tenant', state.sso('globex'), 403, 'forged'],
    ['a session token', state.session('acme'), 403, 'forged'],
    ['a self-service link', state.link('acme'), 403, 'forged'],
    ['v4.public of nobody we know', await V4.sign(claimsForPaseto(), foreign.pair.privateKey,
      { footer: { kid: paseto.kid }, iat: false }), 403, 'forged'],
    ['an empty token', '', 400, 'none'],
    ['text', 'hello', 400, 'malformed'],
    ['v3', 'v3.local.AAAA', 400, 'malformed'],
    ['too long', `v4.local.${'A'.repeat(5000)}`, 400, 'malformed'],
  ];
  for (const [what, token, status, word] of rows) {
    await refused(token, status, word, what);
  }
});

test('F13: no bit of a link can be changed', async () => {
  for (const token of [await jwt(), state.sso('acme')]) {
    for (let at = 0; at < token.length; at += 5) {
      if (/[A-Za-z0-9_-]/.test(token[at])) {
        const answer = await asGet(flip(token, at));
        assert.ok([400, 403, 410].includes(answer.status), `${at}: ${answer.status}`);
        assert.equal(answer.json.params.PFORTE_HANDOFF, '');
      }
    }
  }
});

test('a link without token, with two, or with one elsewhere', async () => {
  const token = state.sso('acme');
  for (const [path, word] of [['/acme/sso', 'none'], ['/acme/sso?', 'none'],
    ['/acme/sso?tok=x', 'none'], [`/acme/sso?TOKEN=${token}`, 'none'],
    [`/acme/sso?xtoken=${token}`, 'none'],
    [`/acme/sso?token=${token}&token=${token}`, 'malformed'],
    [`/acme/sso?token=${token}&%74oken=x`, 'malformed']]) {
    const seen = await told(path, html);
    assert.equal(seen.status, 400, path);
    assert.equal(seen.PFORTE_REFUSED, word, path);
    assert.equal(seen.PFORTE_HANDOFF, '');
  }
  const encoded = [...token].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('');
  assert.equal((await told(`/acme/sso?a=b&token=${encoded}&c`, html)).PFORTE_HANDOFF, token);
});

test('a form: its kind, its size, its field; and it goes on whole', async () => {
  const token = state.sso('acme');
  const post = (body, type = form) => get('/acme/sso', { ...html, 'Content-Type': type },
    { method: 'POST', body });
  const rows = [
    [`token=${token}`, form, 200],
    [`a=b&token=${token}&c=d`, `${form}; charset=utf-8`, 200],
    [`token=${token}`, 'Application/X-WWW-Form-Urlencoded', 200],
    [`token=${token}&pad=${'x'.repeat(15_000)}`, form, 200],
    [`token=${token}&pad=${'x'.repeat(16_384)}`, form, 413],
    [`token=${token}`, 'text/plain', 415],
    [`token=${token}`, 'multipart/form-data; boundary=x', 415],
    [`token=${token}`, `${form}x`, 415],
    [JSON.stringify({ token }), 'application/json', 415],
    [`token=${token}&token=${token}`, form, 400],
    ['', form, 400],
    ['a=b', form, 400],
    ['&&&=&=token&', form, 400],
  ];
  for (const [body, type, status] of rows) {
    const answer = await post(body, type);
    assert.equal(answer.status, status, `${type} ${body.slice(0, 30)}`);
    if (status === 200) {
      assert.equal(answer.json.body, body);
      assert.equal(answer.json.params.PFORTE_HANDOFF, token);
    } else {
      assert.equal(answer.json.params.PFORTE_HANDOFF, '');
    }
  }
});

test('a form in chunks, in pieces, and one that is too large in chunks', async () => {
  const token = state.sso('acme');
  const { request } = await import('node:http');
  const send = (parts) => new Promise((done, fail) => {
    const out = request(`${nginx.base}/acme/sso`,
      { method: 'POST', agent: false, headers: { 'Content-Type': form, ...html } }, (answer) => {
        let text = '';
        answer.on('data', (more) => { text += more; });
        answer.on('end', () => done({ status: answer.statusCode, json: JSON.parse(text) }));
      });
    out.on('error', fail);
    const next = () => (parts.length ? (out.write(parts.shift()), setTimeout(next, 20)) : out.end());
    next();
  });
  const good = await send(['tok', 'en=', token.slice(0, 40), token.slice(40), '&a=b']);
  assert.equal(good.status, 200);
  assert.equal(good.json.params.PFORTE_HANDOFF, token);
  assert.equal(good.json.body, `token=${token}&a=b`);
  const pad = 'x'.repeat(9_000);
  assert.equal((await send([`token=${token}&a=`, pad, pad])).status, 413);
  assert.equal((await send([`token=${token}&a=`, 'x'.repeat(12_000)])).status, 200);
});

test('programs get a problem, with its own code for each reason', async () => {
  const rows = [
    [await jwt({ iat: now() - 120, exp: now() - 60 }), 410, 'link_expired'],
    [await jwt({ aud: 'pforte:globex' }), 403, 'link_invalid'],
    ['x', 400, 'link_incomplete'],
  ];
  for (const [token, status, code] of rows) {
    const answer = await get(`/acme/sso?token=${token}`, json);
    assert.equal(answer.status, status);
    assert.equal(answer.type, 'application/problem+json');
    assert.equal(answer.json.code, code);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers['referrer-policy'], 'no-referrer');
  }
  const large = await get('/acme/sso', { ...json, 'Content-Type': form },
    { method: 'POST', body: 'x'.repeat(20_000) });
  assert.equal(large.json.code, 'too_large');
  const kind = await get('/acme/sso', json, { method: 'POST', body: 'x' });
  assert.equal(kind.json.code, 'media_type');
});

test('HEAD is answered as GET is; other methods are the application\'s', async () => {
  const token = state.sso('acme');
  assert.equal((await get(`/acme/sso?token=${token}`, html, { method: 'HEAD' })).status, 200);
  assert.equal(app.seen.at(-1).params.REQUEST_METHOD, 'HEAD');
  assert.equal((await get('/acme/sso?token=x', html, { method: 'HEAD' })).status, 400);
  const put = await told(`/acme/sso?token=${token}`, html, { method: 'PUT' });
  assert.equal(put.REQUEST_METHOD, 'PUT');
  assert.equal(put.PFORTE_HANDOFF, '');
});

test('a link tells the application who is signed in already', async () => {
  const session = state.session('acme');
  const seen = await told(`/acme/sso?token=${state.sso('acme')}`, cookie(session));
  assert.equal(seen.PFORTE_USER, 'usr_anna');
  assert.equal(seen.PFORTE_TOKEN, session);
  app.session = { status: 204, headers: { 'X-Pforte-Token': state.session('acme') } };
  const stale = await told('/acme/sso', cookie(state.session('acme', { age: 960 })),
    { method: 'POST', body: new URLSearchParams({ token: state.sso('acme') }) });
  assert.equal(stale.PFORTE_VERDICT, 'valid');
  assert.notEqual(stale.PFORTE_HANDOFF, '');
  assert.match(stale.body, /^token=v4/);
});

test('a refused link leaves a session alone', async () => {
  const session = state.session('acme');
  const answer = await get('/acme/sso?token=x', { ...html, ...cookie(session) });
  assert.equal(answer.status, 400);
  assert.equal(answer.headers['set-cookie'], undefined);
  assert.equal((await told('/acme/', cookie(session))).PFORTE_VERDICT, 'valid');
});

test('a self-service link stands in the path', async () => {
  const token = state.link('acme');
  const seen = await told(`/acme/s/${token}`, html);
  assert.equal(seen.status, 200);
  assert.equal(seen.PFORTE_HANDOFF, token);
  assert.equal(seen.PFORTE_REQUEST_MASKED, 'GET /acme/s/*** HTTP/1.1');
  const rows = [
    ['', 400, 'none'], ['hello', 400, 'malformed'], [state.link('globex'), 403, 'forged'],
    [state.sso('acme'), 403, 'forged'], [state.session('acme'), 403, 'forged'],
    [state.link('acme', { iat: now() - 7200, exp: now() - 3600 }), 410, 'stale'],
    [state.link('acme', { contract: undefined }), 400, 'missing-claim'],
    [state.link('acme', { key: newKey() }), 403, 'unknown-key'],
  ];
  for (const [other, status, word] of rows) {
    const log = nginx.mark();
    const answer = await told(`/acme/s/${other}`, html);
    assert.equal(answer.status, status, word);
    assert.equal(answer.PFORTE_REFUSED, word);
    assert.equal(answer.PFORTE_HANDOFF, '');
    assert.match(log(), new RegExp(`link refused with ${status}, tenant "acme", ${word}`));
    assert.ok(other.length < 20 || !log().includes(other.slice(-20)));
  }
  const post = await told(`/acme/s/${token}`, html, { method: 'POST', body: 'a=b' });
  assert.equal(post.PFORTE_HANDOFF, token);
  assert.equal(post.body, 'a=b');
});

test('B123: ?language= behind a self-service link is kept; what is unknown is not', async () => {
  const path = `/acme/s/${state.link('acme')}`;
  const seen = await told(`${path}?language=en`, { ...html, 'Accept-Language': 'fr' });
  assert.equal(seen.PFORTE_LANGUAGE, 'en');
  assert.notEqual(seen.PFORTE_HANDOFF, '');
  assert.equal(seen.answer.cookie('pforte-language').value, 'en');
  assert.equal(seen.PFORTE_REQUEST_MASKED.includes('v4.local'), false);
  const unknown = await told(`${path}?language=xx`, html);
  assert.equal(unknown.PFORTE_LANGUAGE, 'de');
  assert.equal(unknown.answer.cookie('pforte-language'), undefined);
});

test('a self-service link is named by its contract, also one that is expired', async () => {
  const subject = async (claims) => (await told(`/acme/s/${state.link('acme', claims)}`, html))
    .PFORTE_SUBJECT;
  assert.equal(await subject({}), 'contract/con_1');
  assert.equal(await subject({ iat: now() - 7200, exp: now() - 3600 }), 'contract/con_1');
  assert.equal(await subject({ key: newKey() }), '');
});

test('the request line for the log has no token', async () => {
  const token = state.sso('acme');
  const rows = [
    [`/acme/sso?token=${token}`, '/acme/sso?token=***'],
    [`/acme/sso?a=b&token=${token}&c=d`, '/acme/sso?a=b&token=***&c=d'],
    [`/acme/open?q=${token}`, '/acme/open?q=***'],
    [`/acme/open?Token=${token}`, '/acme/open?Token=***'],
    [`/acme/open?Token=abcdef`, '/acme/open?Token=***'],
    ['/acme/open?next=/sso/?token%3Dabcdef', '/acme/open?next=/sso/?token%3D***'],
    ['/acme/open?q=eyJhbGciOiJFZERTQSJ9.e30.x', '/acme/open?q=***'],
    ['/acme/open?q=monkeyJar', '/acme/open?q=monkeyJar'],
    ['/acme/open/reset/abcdef', '/acme/open/reset/***'],
    ['/acme/open/register/abcdef', '/acme/open/register/***'],
    ['/acme/open/s/x?a=b', '/acme/open/s/***?a=b'],
    ['/acme/open/invoices?tokens=7', '/acme/open/invoices?tokens=7'],
    [`/acme/open%2F${token}`, '/acme/open%2F***'],
    [`/acme/open?u=https%3a%2f%2fa.example%2fs%2f${token}&x=y`,
      '/acme/open?u=https%3a%2f%2fa.example%2fs%2f***&x=y'],
    [`/acme/open?u=%252Fsso%253Ftoken%253D${token}`, '/acme/open?u=%252Fsso%253Ftoken%253D***'],
    ['/acme/open?q=50%2DmonkeyJar%20eyJar', '/acme/open?q=50%2DmonkeyJar%20***'],
    ['/acme/open?q=DDeyJar', '/acme/open?q=DDeyJar'],
  ];
  for (const [path, masked] of rows) {
    const seen = await told(path, html);
    const line = seen.PFORTE_REQUEST_MASKED;
    assert.equal(line, `GET ${masked} HTTP/1.1`, path);
  }
  assert.match(nginx.accessLog, /"GET \/acme\/sso\?token=\*\*\* HTTP/);
  assert.doesNotMatch(nginx.accessLog, /\/acme\/(sso\?token=|s\/)[^* ]/);
});

test('a link that is spelled with an escaped slash works, and is masked as well', async () => {
  const token = state.link('acme');
  const seen = await told(`/acme/s%2F${token}`, html);
  assert.equal(seen.PFORTE_HANDOFF, token);
  assert.equal(seen.PFORTE_REQUEST_MASKED, 'GET /acme/s%2F*** HTTP/1.1');
  assert.ok(!nginx.accessLog.includes(token.slice(-20)));
});

test('a location inside one for links is gated like any other', async () => {
  const token = await jwt();
  assert.equal((await told(`/acme/in/?token=${token}`, html)).PFORTE_HANDOFF, token);
  assert.equal((await told(`/acme/in/?if=1&token=${token}`, html)).PFORTE_HANDOFF, token);
  for (const method of ['GET', 'DELETE', 'PUT']) {
    const answer = await get(`/acme/in/private/?token=${token}`, html, { method });
    assert.equal(answer.status, method === 'GET' ? 303 : 401, method);
  }
  assert.equal(app.seen.filter(({ params }) => /private/.test(params.DOCUMENT_URI)).length, 0);
});

test('F13: no way to the sign-in form takes a token along', async () => {
  const token = await jwt({ exp: now() + 30 });
  for (const path of [`/acme/sso/?token=${token}`, '/acme/x?next=/sso/?token%3Dabc', '/acme/reset/abc']) {
    const { headers } = await get(path, html);
    assert.equal(headers.location, '/acme/login', path);
  }
});

test('F13: what refuses a link before the gate looks at it logs no token either', async () => {
  const log = nginx.mark();
  const token = await jwt();
  for (const path of ['/acme/limited/sso', '/acme/limited/sso', '/acme/denied/sso', '/nobody/sso',
    '/acme/all-denied']) {
    await get(`${path}?token=${token}`, html);
  }
  const lines = log().split('\n').filter((line) => /request: "/.test(line));
  assert.ok(['limiting requests', 'access forbidden by rule', 'no such tenant']
    .every((what) => lines.some((line) => line.includes(what))), log());
  assert.doesNotMatch(log(), /eyJ/);
});
