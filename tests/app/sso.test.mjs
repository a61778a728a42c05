// Links from a merchant: signed by jose and paseto, or minted by the API.
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';

import { UnsecuredJWT } from 'jose';
import { V4 } from 'paseto';

import { forms, visible } from '../lib/client.mjs';
import { sql } from '../lib/database.mjs';
import { claimsFor, flip, handoff, linkFor, now, sign, tokenFor } from '../lib/sso.mjs';
import { startStack } from '../lib/stack.mjs';

const paserk = generateKeyPairSync('ed25519');
const secret = Buffer.from('an HMAC secret of the merchant, long enough');

// Two more keys for acme, which no API registers yet.
function moreKeys(state) {
  const raw = paserk.publicKey.export({ format: 'jwk' }).x;
  const keys = [
    { kid: 'acme-paseto', paserk: `k4.public.${raw}` },
    { kid: 'acme-hmac', kty: 'oct', alg: 'HS256', k: secret.toString('base64url') },
    { kid: 'acme-old', kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', x: old.x, not_after: 1000 },
  ];
  for (const { not_after = 0, ...key } of keys) {
    sql(state, `INSERT INTO sso_key VALUES ('acme', '${key.kid}', '${JSON.stringify(key)}', 0,
       ${not_after}, 1)`);
  }
}
const old = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });

const stack = await startStack({ prepare: moreKeys });
const own = { skip: stack.skip };
const acme = stack.tenant('acme');
const globex = stack.tenant('globex');

const open = (token, options) => stack.get(handoff(acme, token), options);
const mintByApi = (username = 'anna', body = {}) =>
  stack.api('acme', 'POST', `/user-logins/${username}/session-token`, body);

// A page with a way to sign in, and nobody is signed in.
function isRefusal(answer, status) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.type, 'text/html');
  assert.equal(answer.cookie('pf-acme'), undefined);
  assert.match(answer.text, /href="\/acme\/login"/);
}

// ---- what works ----

test('F7, F9, F10: a link signed by the merchant opens the dashboard, no password', async () => {
  const browser = stack.browser();
  const answer = await browser.get(await linkFor(acme, 'anna'));
  assert.equal(answer.status, 303);
  assert.equal(answer.location, '/acme/');
  assert.equal(answer.cookies.length, 1);
  assert.match(answer.cookies[0].line,
    /^pf-acme=v4\.local\.[\w-]+\.[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/);
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.headers['referrer-policy'], 'no-referrer');
  const page = await browser.follow(answer);
  assert.equal(page.status, 200);
  assert.match(visible(page.text), /K2000/);
  assert.doesNotMatch(page.text, /type="password"/);
});

test('F8, F9: a token minted by the API signs in through its login_url', async () => {
  const answer = await mintByApi();
  assert.equal(answer.status, 201, answer.text);
  const browser = stack.browser();
  const page = await browser.go(answer.json.login_url);
  assert.equal(page.status, 200);
  assert.match(visible(page.text), /K2000/);
});

test('F15: the answer has token, times, login and a ready address', async () => {
  const before = now();
  const { status, json } = await mintByApi('anna', { to: '/invoices', language: 'fr' });
  assert.equal(status, 201);
  assert.deepEqual(Object.keys(json).sort(),
    ['created', 'expires', 'login', 'login_url', 'session_token']);
  assert.equal(json.login, 'anna');
  assert.match(json.session_token, /^v4\.local\./);
  const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/;
  assert.match(json.created, rfc3339);
  assert.match(json.expires, rfc3339);
  const created = Date.parse(json.created) / 1000;
  assert.ok(created >= before && created <= now() + 1);
  assert.equal(Date.parse(json.expires) / 1000 - created, 60);
  const url = new URL(json.login_url);
  assert.equal(url.origin, new URL(stack.base).origin);
  assert.equal(url.pathname, '/acme/sso');
  assert.equal(url.searchParams.get('token'), json.session_token);
  const browser = stack.browser();
  const signedIn = await browser.get(json.login_url);
  assert.equal(signedIn.location, '/acme/invoices');
  assert.equal((await browser.follow(signedIn)).lang, 'fr');
});

test('F7: HS256 with the merchant\'s registered secret', own, async () => {
  const token = await sign(claimsFor(acme, 'anna'), { key: secret, alg: 'HS256',
    kid: 'acme-hmac' });
  assert.equal((await open(token)).status, 303);
});

test('F7: PASETO v4.public, its times as RFC 3339', own, async () => {
  const text = (seconds) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  const claims = claimsFor(acme, 'anna');
  const token = await V4.sign({ ...claims, iat: text(claims.iat), exp: text(claims.exp) },
    paserk.privateKey, { footer: { kid: 'acme-paseto' }, iat: false });
  assert.equal((await open(token)).status, 303);
});

test('F7: without kid the only key of its algorithm counts', own, async () => {
  const token = await sign(claimsFor(acme, 'anna'), { key: acme.sso_key });
  assert.equal((await open(token)).status, 303);
});

test('F7: a name that is only spelled alike is somebody else at the merchant\'s, and nobody here', own, async () => {
  for (const sub of ['ANNA', 'Anna', '\uff41nna', 'an\u200bna', 'anna\u00ad', 'anna ', '\u0430nna']) {
    for (const more of [{}, { customer: 'K2000' }]) {
      isRefusal(await open(await tokenFor(acme, sub, more)), 403);
    }
  }
  // whoever types it is anna
  const { password } = stack.user('anna');
  assert.equal((await stack.browser().signIn('acme', 'ANNA', password)).status, 303);
});

test('F7: the claim "to" chooses the page, and only inside the portal', async () => {
  const where = async (to) => (await open(await tokenFor(acme, 'anna', { to }))).location;
  assert.equal(await where('/invoices'), '/acme/invoices');
  assert.equal(await where('/contracts/VT-7KQ2-ZHXM'), '/acme/contracts/VT-7KQ2-ZHXM');
  for (const to of ['//evil.example', 'https://evil.example', '/../globex/', '/%2e%2e/x', '']) {
    assert.equal(await where(to), '/acme/', to);
  }
});

test('F7: the claim "customer" opens that account of the user, no other', async () => {
  const guest = await stack.signedIn('acme', 'anna', { customer: 'K2001' });
  assert.match(visible((await guest.get('/acme/')).text), /K2001/);
  for (const customer of ['K2002', 'K9999', 'G100']) {
    isRefusal(await open(await tokenFor(acme, 'anna', { customer })), 403);
  }
});

test('F7: the claim "language" is the language of the portal', async () => {
  const browser = await stack.signedIn('acme', 'anna', { language: 'fr' });
  assert.equal((await browser.get('/acme/')).lang, 'fr');
});

test('F7: a link posted by the merchant\'s page ends in the portal all the same', async () => {
  const browser = stack.browser({ 'Sec-Fetch-Site': 'cross-site', Origin: 'https://m.example' });
  const token = await tokenFor(acme, 'anna', { to: '/contracts' });
  const answer = await browser.post('/acme/sso', { token });
  assert.equal(answer.status, 303);
  assert.deepEqual(answer.cookies, [], 'a cross-site answer sets no cookie');
  assert.match(answer.location, /^\/acme\/sso\?token=/);
  const next = await browser.get(answer.location);
  assert.equal(next.status, 303);
  assert.equal(next.location, '/acme/contracts');
  assert.equal((await browser.follow(next)).status, 200);
  const again = await browser.post('/acme/sso', { token });
  assert.equal(again.status, 410);
});

// ---- used, expired ----

test('F13: a second use is answered 410, with a way to sign in', async () => {
  const token = await tokenFor(acme, 'anna');
  assert.equal((await open(token)).status, 303);
  isRefusal(await open(token), 410);
  const program = await open(token, { headers: { Accept: 'application/json' } });
  assert.equal(program.status, 410);
  assert.equal(program.type, 'application/problem+json');
  assert.equal(program.json.code, 'link_used');
});

test('F13: a used link does not harm the session that it opened', async () => {
  const browser = stack.browser();
  const link = await linkFor(acme, 'anna');
  await browser.go(link);
  const again = await browser.get(link);
  assert.equal(again.status, 410);
  assert.deepEqual(again.cookies, []);
  assert.equal((await browser.get('/acme/')).status, 200);
});

test('F13: of 200 uses at once exactly one signs in', async () => {
  const token = await tokenFor(acme, 'anna');
  const answers = await Promise.all(Array.from({ length: 200 }, () => open(token)));
  const count = (status) => answers.filter((answer) => answer.status === status).length;
  assert.equal(count(303), 1);
  assert.equal(count(410), 199);
  assert.equal(answers.filter((answer) => answer.cookie('pf-acme')).length, 1);
});

test('F13: of 20 posts at once exactly one goes on', async () => {
  const token = await tokenFor(acme, 'anna');
  const answers = await Promise.all(Array.from({ length: 20 },
    () => stack.browser().post('/acme/sso', { token })));
  assert.equal(answers.filter(({ status }) => status === 303).length, 1);
  assert.equal(answers.filter(({ status }) => status === 410).length, 19);
});

test('F13: an expired link is answered 410', async () => {
  const token = await tokenFor(acme, 'anna', { iat: now() - 200, exp: now() - 100 });
  isRefusal(await open(token), 410);
});

test('F13: the clocks of both sides may differ by some seconds', async () => {
  const late = await tokenFor(acme, 'anna', { iat: now() - 70, exp: now() - 10 });
  assert.equal((await open(late)).status, 303);
  const early = await tokenFor(acme, 'anna', { iat: now() + 10, exp: now() + 70 });
  assert.equal((await open(early)).status, 303);
});

test('F13: HEAD and prefetch consume nothing', async () => {
  const token = await tokenFor(acme, 'anna');
  const looks = [
    { method: 'HEAD' }, { headers: { 'Sec-Purpose': 'prefetch' } },
    { headers: { 'Sec-Purpose': 'prefetch;prerender' } }, { headers: { Purpose: 'prefetch' } },
  ];
  for (const look of looks) {
    const answer = await open(token, look);
    assert.notEqual(answer.status, 303, JSON.stringify(look));
    assert.deepEqual(answer.cookies, [], JSON.stringify(look));
  }
  assert.equal((await open(token)).status, 303);
});

test('F13: use, reuse and expiry are in the audit trail', own, async () => {
  const id = (username) => stack.sql(`SELECT id FROM users WHERE username = '${username}'`)[0].id;
  const rows = () => stack.sql(`SELECT action, actor, object, detail, remote_addr, request_id
    FROM audit WHERE tenant = 'acme' ORDER BY id`);
  const before = rows().length;
  const token = await tokenFor(acme, 'anna');
  await open(token);
  await open(token);
  await open(await tokenFor(acme, 'anna', { iat: now() - 200, exp: now() - 100 }));
  await open(await tokenFor(acme, 'nobody-here'));
  const found = rows().slice(before);
  assert.deepEqual(found.map(({ action, detail }) => [action, detail]), [
    ['session.started', 'sso'],
    ['sso.refused', 'link_used'],
    ['sso.refused', 'link_expired'],
    ['sso.refused', 'no_account'],
  ]);
  assert.equal(found[0].actor, `user:${id('anna')}`);
  assert.equal(found[1].object, 'anna');
  assert.equal(found[2].object, 'anna');
  assert.ok(found.every((row) => row.remote_addr === '127.0.0.1'));
  assert.ok(found.every((row) => /^[0-9a-f]{32}$/.test(row.request_id)));
  const minted = await mintByApi();
  assert.equal(minted.status, 201);
  const [last] = rows().slice(-1);
  assert.equal(last.action, 'sso.minted');
  assert.equal(last.object, id('anna'));
  assert.match(last.actor, /^key:/);
});

// ---- somebody else is signed in ----

test('F13: another user is asked first; "stay" changes nothing', async () => {
  const browser = await stack.signedIn('acme', 'bruno');
  const cookie = browser.jar.get('pf-acme');
  const page = await browser.get(await linkFor(acme, 'anna'));
  assert.equal(page.status, 200);
  assert.match(visible(page.text), /bruno/);
  assert.match(visible(page.text), /anna/);
  assert.equal(browser.jar.get('pf-acme'), cookie);
  const stay = await browser.get('/acme/');
  assert.match(visible(stay.text), /K2002/);
  assert.match(page.text, /href="\/acme\/"/);
});

test('F13: another user is asked first; "continue" changes the session', async () => {
  const browser = await stack.signedIn('acme', 'bruno');
  const cookie = browser.jar.get('pf-acme');
  const page = await browser.get(await linkFor(acme, 'anna', { to: '/contracts' }));
  const answer = await browser.submit(page, {}, { action: /\/sso$/ });
  assert.equal(answer.status, 303);
  assert.equal(answer.location, '/acme/contracts');
  assert.match(visible((await browser.follow(answer)).text), /K2000/);
  const dead = await stack.get('/acme/', { headers: { Cookie: `pf-acme=${cookie}` } });
  assert.equal(dead.status, 303);
  const twice = await browser.submit(page, {}, { action: /\/sso$/ });
  assert.notEqual(twice.status, 303);
  assert.equal((await browser.get('/acme/')).status, 200);
});

test('F13: the confirmation cannot be forged from another session', async () => {
  const browser = await stack.signedIn('acme', 'bruno');
  const { csrf } = forms((await (await stack.signedIn('acme', 'bruno')).get('/acme/')).text)[0]
    .hidden;
  for (const fields of [{}, { csrf }]) {
    const token = await tokenFor(acme, 'anna');
    const answer = await browser.post('/acme/sso', { token, confirm: 'yes', ...fields });
    const page = await browser.follow(answer);
    assert.match(visible(page.text), /bruno/, 'still asked');
    assert.match(visible((await browser.get('/acme/')).text), /K2002/);
  }
});

test('F13: what a link is exchanged for lives no longer than a link may', own, async () => {
  const ends = (token) => Date.parse(stack.inspect('pforte:sso:acme', token).exp) / 1000;
  const iat = now() - 20;
  const posted = await stack.browser().post('/acme/sso',
    { token: await tokenFor(acme, 'anna', { iat, exp: iat + 50 }) });
  const handle = new URL(posted.location, stack.base).searchParams.get('token');
  assert.equal(ends(handle), iat + 50);
  const again = await stack.browser().post('/acme/sso', { token: handle });
  assert.equal(ends(new URL(again.location, stack.base).searchParams.get('token')), iat + 50);

  const browser = await stack.signedIn('acme', 'bruno');
  const page = await browser.get(await linkFor(acme, 'anna', { iat, exp: iat + 50 }));
  const { token } = forms(page.text).find(({ action }) => /\/sso$/.test(action)).hidden;
  assert.equal(ends(token), iat + 300);
});

test('F13: the same user is not asked', async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const answer = await browser.get(await linkFor(acme, 'anna', { to: '/invoices' }));
  assert.equal(answer.status, 303);
  assert.equal((await browser.follow(answer)).status, 200);
});

// ---- blocked ----

test('F14, F20: a blocked login gets no token, no entry, and its sessions end', async () => {
  const username = `blocked-${process.pid}`;
  const password = 'copper-window-orchard-8';
  const made = await stack.api('acme', 'POST', '/user-logins',
    { customer: 'K2002', email: 'b@example.com', username, password, must_change: false });
  assert.equal(made.status, 201, made.text);
  const browser = await stack.signedIn('acme', username);
  const token = (await mintByApi(username)).json.session_token;

  const blocked = await stack.api('acme', 'POST', `/user-logins/${username}/block`);
  assert.equal(blocked.status, 200);
  assert.equal(blocked.json.status, 'blocked');
  assert.equal((await browser.get('/acme/')).status, 303, 'the open session ends at once');
  const refusedMint = await mintByApi(username);
  assert.equal(refusedMint.status, 409);
  assert.equal(refusedMint.json.code, 'login_blocked');
  assert.equal((await open(token)).status, 403, 'a token from before');
  assert.equal((await open(await tokenFor(acme, username))).status, 403);
  const byPassword = await stack.browser().signIn('acme', username, password);
  assert.equal(byPassword.status, 403);
  assert.equal(byPassword.cookie('pf-acme'), undefined);

  const active = await stack.api('acme', 'POST', `/user-logins/${username}/activate`);
  assert.equal(active.json.status, 'active');
  assert.equal((await open(await tokenFor(acme, username))).status, 303);
  assert.equal((await browser.get('/acme/')).status, 303, 'what ended stays ended');
});

test('F14: a login that never was is refused', async () => {
  isRefusal(await open(await tokenFor(acme, 'nobody')), 403);
  assert.equal((await mintByApi('nobody')).status, 404);
});

// ---- forged ----

const publicPem = createPublicKey(createPrivateKey({ key: acme.sso_key, format: 'jwk' }))
  .export({ type: 'spki', format: 'pem' });
const kid = acme.sso_key.kid;
const good = (more) => tokenFor(acme, 'anna', more);
const parts = (token) => token.split('.');
const header = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const stranger = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });

const forgeries = {
  'alg none': async () => new UnsecuredJWT(claimsFor(acme, 'anna')).encode(),
  'alg none with a signature': async () => {
    const [, body, signature] = parts(await good());
    return `${header({ alg: 'none', kid })}.${body}.${signature}`;
  },
  'HS256 keyed with the public key as PEM': () =>
    sign(claimsFor(acme, 'anna'), { key: Buffer.from(publicPem), alg: 'HS256', kid }),
  'HS256 keyed with the public key\'s bytes': () =>
    sign(claimsFor(acme, 'anna'),
      { key: Buffer.from(acme.sso_key.x, 'base64url'), alg: 'HS256', kid }),
  'the key of another tenant': () =>
    sign(claimsFor(acme, 'anna'), { key: globex.sso_key, kid: globex.sso_key.kid }),
  'the key of another tenant under our kid': () =>
    sign(claimsFor(acme, 'anna'), { key: globex.sso_key, kid }),
  'made for another tenant': () =>
    sign(claimsFor(globex, 'anna'), { key: acme.sso_key, kid }),
  'a key that travels in the header': () =>
    sign(claimsFor(acme, 'anna'), { key: stranger,
      jwk: { kty: 'OKP', crv: 'Ed25519', x: stranger.x } }),
  'a key that is too old': () =>
    sign(claimsFor(acme, 'anna'), { key: old, kid: 'acme-old' }),
  'exp an hour away': () => good({ exp: now() + 3600 }),
  'no jti': () => good({ jti: undefined }),
  'no exp': () => good({ exp: undefined }),
  'no iat': () => good({ iat: undefined }),
  'no sub': () => good({ sub: undefined }),
  'no aud': () => good({ aud: undefined }),
  'not valid yet': () => good({ nbf: now() + 120 }),
  'iat in the future': () => good({ iat: now() + 120, exp: now() + 180 }),
  'exp as text': () => good({ exp: String(now() + 60) }),
  'a sub of 300 characters': () => good({ sub: 'x'.repeat(300) }),
  'a sub with a line break': () => good({ sub: 'anna\nHost: x' }),
  'aud as a list of several': () => good({ aud: ['pforte:acme', 'pforte:globex'] }),
  'crit that nobody knows': () =>
    sign(claimsFor(acme, 'anna'), { key: acme.sso_key, kid, crit: ['b64'], b64: true }),
  'one bit of the signature': async () => { const t = await good(); return flip(t, t.length - 1); },
  'one bit of the payload': async () => { const t = await good(); return flip(t, t.indexOf('.') + 9); },
  'one bit of the header': async () => flip(await good(), 5),
  'cut short': async () => (await good()).slice(0, -1),
  'something appended': async () => `${await good()}A`,
  'a part too many': async () => `${await good()}.AAAA`,
  'no token at all': () => '',
  'a word': () => 'token',
  'a session token': async () => (await stack.signedIn('acme', 'anna')).jar.get('pf-acme'),
  '8 kB of letters': () => 'A'.repeat(7000),
};

for (const [name, make] of Object.entries(forgeries)) {
  test(`F7, F13: refused: ${name}`, async () => {
    const token = await make();
    const log = stack.own && stack.mark('app.log');
    const answer = await open(token);
    assert.ok([400, 403, 410, 414].includes(answer.status), `${answer.status} ${answer.text}`);
    assert.equal(answer.cookie('pf-acme'), undefined);
    assert.equal(answer.location, undefined);
    if (answer.status !== 414) {
      assert.match(answer.text, /href="\/acme\/login"/);
    }
    const post = await stack.browser().post('/acme/sso', { token });
    assert.ok(post.status >= 400 && post.status < 500, `POST: ${post.status}`);
    if (stack.own) {
      assert.doesNotMatch(log(), / (GET|POST) \S+ \/sso /, 'it came as far as the application');
      assert.ok(!token || token.length < 20 || !log().includes(token));
    }
  });
}

test('F13: two tokens in one address are refused', async () => {
  const answer = await stack.get(`${await linkFor(acme, 'anna')}&token=${await good()}`);
  assert.ok([400, 403].includes(answer.status), String(answer.status));
  assert.equal(answer.cookie('pf-acme'), undefined);
});

test('F7: no token of a link is in a log', own, async () => {
  const token = await good();
  await open(token);
  await open(token);
  await stack.browser().post('/acme/sso', { token });
  const { session_token } = (await mintByApi()).json;
  await open(session_token);
  for (const name of ['app.log', 'access.log', 'nginx.log']) {
    for (const text of [token, parts(token)[2], session_token]) {
      assert.ok(!stack.log(name).includes(text), name);
    }
  }
});
