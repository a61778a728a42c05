// Sessions at the edge: the cookie, the states of its token, renewal.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { startEdge } from '../lib/edge.mjs';
import { newKey } from '../lib/state.mjs';

const { state, app, nginx, get, told, cookie } = await startEdge({
  more: (address) => `
    location ~ "/early(/|$)" {
      pforte required;
      if ($pforte_user = usr_anna) { set $early "$pforte_tenant $pforte_verdict"; }
      fastcgi_param EARLY $early;
      fastcgi_param PFORTE_VERDICT $pforte_verdict;
      fastcgi_param PFORTE_TOKEN $pforte_token;
      fastcgi_pass ${address};
    }
    location ~ "/moved(/|$)" { pforte required; rewrite ^ /acme/target last; }
    location ~ "/tried(/|$)" { pforte required; root /nowhere; try_files $uri /acme/target; }
    location ~ "/gone(/|$)" { pforte required; root /nowhere; }
    location ~ "/kept(/|$)" {
      pforte required; expires max; add_header Cache-Control public; empty_gif;
    }
    location ~ "/setting(/|$)" {
      pforte required;
      add_header Set-Cookie "pf-acme=; Path=/; Max-Age=0" always;
      fastcgi_pass ${address};
    }
  `,
});

const identity = ['PFORTE_USER', 'PFORTE_CUSTOMER', 'PFORTE_SCOPE', 'PFORTE_GROUPS',
  'PFORTE_TOKEN', 'PFORTE_SESSION_KEY', 'PFORTE_HANDOFF'];

const html = { Accept: 'text/html' };
const HALF = 460; // seconds: a little more than half of a token's life
const OVER = 960;

beforeEach(() => app.reset());

test('X12: a valid session tells the application who it is', async () => {
  const token = state.session('acme');
  const seen = await told('/acme/invoices?page=2', cookie(token));
  assert.equal(seen.status, 200);
  assert.equal(seen.PFORTE_TENANT, 'acme');
  assert.equal(seen.PFORTE_PREFIX, '/acme');
  assert.equal(seen.PFORTE_LANGUAGE, 'de');
  assert.equal(seen.PFORTE_VERDICT, 'valid');
  assert.equal(seen.PFORTE_TOKEN, token);
  assert.equal(seen.PFORTE_USER, 'usr_anna');
  assert.equal(seen.PFORTE_CUSTOMER, 'cus_2000');
  assert.equal(seen.PFORTE_SCOPE, 'portal');
  assert.equal(seen.PFORTE_GROUPS, 'billing support');
  assert.match(seen.PFORTE_SESSION_KEY, /^[0-9a-f]{64}$/);
  assert.equal(seen.PFORTE_REQUEST_MASKED, 'GET /acme/invoices?page=2 HTTP/1.1');
  for (const name of ['HANDOFF', 'DENIED', 'REFUSED', 'STATUS_CODE']) {
    assert.equal(seen[`PFORTE_${name}`], '', name);
  }
  assert.equal(app.asked.length, 0);
  assert.equal(seen.answer.headers['set-cookie'], undefined);
});

test('X12: nothing a client sends becomes an identity', async () => {
  const names = ['PFORTE_USER', 'PFORTE-USER', 'Pforte_User', 'X-Pforte-User', 'PFORTE_TENANT',
    'PFORTE-TENANT', 'PFORTE_TOKEN', 'X-Pforte-Token', 'PFORTE_SCOPE', 'PFORTE-HANDOFF'];
  const headers = Object.fromEntries(names.map((name) => [name, 'smuggled']));
  const query = names.map((name) => `${name}=smuggled`).join('&');
  const seen = await told(`/acme/open?${query}`, headers);
  for (const name of identity) {
    assert.equal(seen[name], '', name);
  }
  assert.equal(seen.PFORTE_TENANT, 'acme');
  assert.equal(seen.PFORTE_VERDICT, 'none');
  const carriers = Object.entries(seen).filter(([, value]) => value === 'smuggled');
  assert.ok(carriers.every(([name]) => name.startsWith('HTTP_')), String(carriers));
});

test('X1: a token of another tenant, of another purpose, of no key of ours is nobody', async () => {
  const tokens = {
    forged: state.session('globex'),
    'unknown-key': state.session('acme', { key: newKey() }),
    malformed: 'v4.local.AAAA',
  };
  const others = [state.sso('acme'), state.link('acme')];
  for (const [word, token] of Object.entries(tokens)) {
    const seen = await told('/acme/open', cookie(token));
    assert.equal(seen.PFORTE_VERDICT, word);
    for (const name of identity) {
      assert.equal(seen[name], '', `${word} ${name}`);
    }
  }
  for (const token of others) {
    assert.equal((await told('/acme/open', cookie(token))).PFORTE_VERDICT, 'forged');
    assert.equal((await get('/acme/', { ...html, ...cookie(token) })).status, 303);
  }
  assert.equal((await get('/globex/', { ...html, ...cookie(state.session('acme')) })).status, 303);
});

test('a session cookie with any bit changed is nobody', async () => {
  const token = state.session('acme');
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  for (let at = 9; at < token.length; at += 7) {
    if (token[at] === '.') {
      continue;
    }
    for (const bit of [1, 4, 32]) {
      const flipped = alphabet[alphabet.indexOf(token[at]) ^ bit];
      const seen = await told('/acme/open', cookie(token.slice(0, at) + flipped +
        token.slice(at + 1)));
      assert.notEqual(seen.PFORTE_VERDICT, 'valid', `character ${at}, bit ${bit}`);
      assert.equal(seen.PFORTE_USER, '');
    }
  }
});

test('claims that are no text for a header are refused', async () => {
  for (const user of ['a\nb', 'a\u007f', 'a b', 'x'.repeat(65), 7]) {
    const seen = await told('/acme/open', cookie(state.session('acme', { user })));
    assert.equal(seen.PFORTE_VERDICT, 'bad-claim', JSON.stringify(user));
    assert.equal(seen.PFORTE_USER, '');
  }
  for (const missing of ['sid', 'iat', 'exp', 'scope']) {
    const seen = await told('/acme/open', cookie(state.session('acme', { [missing]: undefined })));
    assert.equal(seen.PFORTE_VERDICT, 'missing-claim', missing);
  }
});

test('X1, X12: the same cookie twice is an attack: both are ignored', async () => {
  const token = state.session('acme');
  const other = state.session('acme', { user: 'usr_mallory' });
  const pairs = [
    `pf-acme=${token}; pf-acme=${other}`,
    `pf-acme=${token}; a=b; pf-acme=${token}`,
    `pf-acme=; pf-acme=${token}`,
    [`pf-acme=${token}`, `pf-acme=${other}`],
    [`a=b; pf-acme=${token}`, 'c=d', `pf-acme=${other}; e=f`],
  ];
  const log = nginx.mark();
  for (const Cookie of pairs) {
    const seen = await told('/acme/open', { Cookie });
    assert.equal(seen.PFORTE_VERDICT, 'duplicate', String(Cookie));
    assert.equal(seen.PFORTE_USER, '');
  }
  assert.match(log(), /\[info\].*session cookie occurs 2 times, tenant "acme"/);
  assert.doesNotMatch(log(), /v4\.local/);
});

test('only the exact name of the cookie counts', async () => {
  const token = state.session('acme');
  for (const Cookie of [`PF-ACME=${token}`, `pf-acme2=${token}`, `__Host-pf-acme=${token}`,
    `pfe-acme=${token}`, `a="; pf-acme=${token}`.replace('; ', ','), `xpf-acme=${token}`,
    `pf-globex=${token}`, `$Version=1,pf-acme=${token}`, `pf-acme ${token}`]) {
    const seen = await told('/acme/open', { Cookie });
    assert.notEqual(seen.PFORTE_VERDICT, 'valid', Cookie.slice(0, 20));
  }
  const many = { Cookie: ['a=1; b=2', `c=3; pf-acme=${token}; d=4`, 'PF-ACME=x; pf-acme2=y'] };
  assert.equal((await told('/acme/open', many)).PFORTE_VERDICT, 'valid');
});

test('F12: in embedded mode only the embedded cookie is a session', async () => {
  state.record('embed', { cookie_mode: 'embed', secure: true });
  const token = state.session('embed', { age: HALF });
  const lax = await told('/embed/open', { Cookie: `__Host-pf-embed=${token}` });
  assert.equal(lax.PFORTE_VERDICT, 'none');
  app.session = { status: 204, headers: { 'X-Pforte-Token': state.session('embed') } };
  const seen = await told('/embed/open', { Cookie: `__Host-pfe-embed=${token}` });
  assert.equal(seen.PFORTE_VERDICT, 'valid');
  const [set] = seen.answer.cookies;
  assert.equal(set.name, '__Host-pfe-embed');
  assert.deepEqual(set.attributes,
    { path: '/', secure: true, httponly: true, samesite: 'None', partitioned: true });
});

test('the contract cookie counts where there is no session cookie', async () => {
  const contract = state.session('acme', { scope: 'contract', user: undefined });
  const alone = await told('/acme/open', { Cookie: `pfc-acme=${contract}` });
  assert.equal(alone.PFORTE_VERDICT, 'valid');
  assert.equal(alone.PFORTE_SCOPE, 'contract');
  const both = await told('/acme/open',
    { Cookie: `pfc-acme=${contract}; pf-acme=${state.session('acme')}` });
  assert.equal(both.PFORTE_SCOPE, 'portal');
  const portal = await told('/acme/open', { Cookie: `pfc-acme=${state.session('acme')}` });
  assert.equal(portal.PFORTE_VERDICT, 'bad-claim');
});

const byLink = (claims) => state.session('acme',
  { scope: 'contract', user: '', groups: [], ...claims });

test('B116: a session cookie that is nobody\'s does not hide the contract cookie', async () => {
  const contract = byLink();
  const person = state.session('acme');
  const bad = {
    malformed: 'pf-acme=x', forged: `pf-acme=${state.session('globex')}`, empty: 'pf-acme=',
    'unknown-key': `pf-acme=${state.session('acme', { key: newKey() })}`,
    duplicate: `pf-acme=${person}; pf-acme=${person}`,
  };
  for (const [word, first] of Object.entries(bad)) {
    const seen = await told('/acme/', { Cookie: `${first}; pfc-acme=${contract}` });
    assert.equal(seen.status, 200, word);
    assert.equal(seen.PFORTE_TOKEN, contract, word);
    assert.equal(seen.PFORTE_SCOPE, 'contract', word);
    assert.equal(seen.PFORTE_VERDICT, 'valid', word);
    assert.equal(seen.PFORTE_USER, '', word);
  }
  // a second one that is nobody's either says nothing about the first
  for (const [word, first] of Object.entries(bad).filter(([one]) => one !== 'empty')) {
    const seen = await told('/acme/open', { Cookie: `${first}; pfc-acme=y` });
    assert.equal(seen.PFORTE_VERDICT, word);
    assert.equal(seen.PFORTE_TOKEN, '');
  }
  const twice = await told('/acme/open', { Cookie: `pfc-acme=${contract}; pfc-acme=${contract}` });
  assert.equal(twice.PFORTE_VERDICT, 'duplicate');
  assert.equal(app.asked.length, 0);
});

test('B116: nor does a session that the application calls dead', async () => {
  const contract = byLink();
  const Cookie = `pf-acme=${state.session('acme', { age: OVER })}; pfc-acme=${contract}`;
  const seen = await told('/acme/', { Cookie });
  assert.equal(seen.status, 200);
  assert.equal(seen.PFORTE_TOKEN, contract);
  assert.equal(seen.PFORTE_VERDICT, 'valid');
  assert.equal(app.asked.length, 1, 'a fresh token needs no question');
});

test('B116: of both sessions, one after the other, the application is asked', async () => {
  const person = state.session('acme', { age: OVER });
  const contract = byLink({ age: HALF });
  const Cookie = `pf-acme=${person}; pfc-acme=${contract}`;
  const dead = await told('/acme/open', { Cookie });
  assert.equal(dead.PFORTE_VERDICT, 'dead');
  assert.equal(dead.PFORTE_TOKEN, '');
  assert.deepEqual(app.asked.map(({ params }) => params.PFORTE_TOKEN), [person, contract]);

  const fresh = byLink({ customer: 'cus_renewed' });
  app.session = ({ params }) => params.PFORTE_TOKEN === contract
    ? { status: 204, headers: { 'X-Pforte-Token': fresh } } : { status: 401 };
  const seen = await told('/acme/', { Cookie }, { method: 'POST', body: 'a=b' });
  assert.equal(seen.PFORTE_TOKEN, fresh);
  assert.equal(seen.PFORTE_CUSTOMER, 'cus_renewed');
  assert.equal(seen.body, 'a=b');
  assert.deepEqual(seen.answer.cookies.map(({ name, value }) => [name, value]),
    [['pfc-acme', fresh]]);
});

test('B116: a living session comes before the contract cookie, also while nobody can say', async () => {
  const person = state.session('acme', { age: OVER });
  const Cookie = `pf-acme=${person}; pfc-acme=${byLink()}`;
  const fresh = state.session('acme');
  app.session = { status: 204, headers: { 'X-Pforte-Token': fresh } };
  const seen = await told('/acme/', { Cookie });
  assert.equal(seen.PFORTE_TOKEN, fresh);
  assert.equal(seen.PFORTE_SCOPE, 'portal');
  app.session = { status: 500 };
  assert.equal((await get('/acme/', { ...html, Cookie })).status, 503);
});

test('B124: the language is that of the session which counts', async () => {
  const person = state.session('acme', { age: OVER, language: 'en' });
  const Cookie = `pf-acme=${person}; pfc-acme=${byLink({ language: 'fr' })}`;
  assert.equal((await told('/acme/', { Cookie })).PFORTE_LANGUAGE, 'fr');
  assert.equal((await told('/acme/', { Cookie: `pf-acme=x; pfc-acme=${byLink({ language: 'fr' })}` }))
    .PFORTE_LANGUAGE, 'fr');
});

test('past half of its life a token is renewed, once a request', async () => {
  const [old, fresh] = [state.session('acme', { age: HALF }),
    state.session('acme', { user: 'usr_renewed' })];
  app.session = { status: 204, headers: { 'X-Pforte-Token': fresh } };
  const seen = await told('/acme/invoices', cookie(old));
  assert.equal(seen.status, 200);
  assert.equal(seen.PFORTE_TOKEN, fresh);
  assert.equal(seen.PFORTE_USER, 'usr_renewed');
  assert.equal(seen.PFORTE_VERDICT, 'valid');
  assert.equal(app.asked.length, 1);
  assert.equal(app.asked[0].params.PFORTE_TOKEN, old);
  assert.equal(app.asked[0].params.PFORTE_TENANT, 'acme');
  const [set] = seen.answer.cookies;
  assert.equal(set.line, `pf-acme=${fresh}; Path=/; HttpOnly; SameSite=Lax`);
});

test('the fresh token of staff is SameSite=Strict, as the one that it replaces', async () => {
  const fresh = state.session('acme', { scope: 'staff' });
  app.session = { status: 204, headers: { 'X-Pforte-Token': fresh } };
  for (const age of [HALF, OVER]) {
    const seen = await told('/acme/', cookie(state.session('acme', { age, scope: 'staff' })));
    assert.equal(seen.answer.cookies[0].line, `pf-acme=${fresh}; Path=/; HttpOnly; SameSite=Strict`);
  }
});

test('a stale token that the application calls alive goes on', async () => {
  const fresh = state.session('acme');
  app.session = { status: 204, headers: { 'X-Pforte-Token': fresh } };
  const seen = await told('/acme/', cookie(state.session('acme', { age: OVER })));
  assert.equal(seen.PFORTE_VERDICT, 'valid');
  assert.equal(seen.PFORTE_TOKEN, fresh);
  assert.equal(seen.answer.cookies[0].value, fresh);
});

test('no POST is lost to expiry: its body arrives, small, large and chunked', async () => {
  app.session = { status: 204, headers: { 'X-Pforte-Token': state.session('acme') } };
  for (const size of [1, 5_000, 600_000]) {
    const body = 'x'.repeat(size);
    const seen = await told('/acme/form', cookie(state.session('acme', { age: OVER })),
      { method: 'POST', body });
    assert.equal(seen.status, 200);
    assert.equal(seen.body.length, size);
    assert.equal(seen.PFORTE_VERDICT, 'valid');
  }
  assert.ok(app.asked.every(({ body }) => body.length === 0));
  assert.ok(app.asked.every(({ params }) => params.REQUEST_METHOD === 'GET'));
});

test('the fresh cookie comes with whatever answer follows', async () => {
  const fresh = state.session('acme');
  const headers = { ...html, ...cookie(state.session('acme', { age: HALF })) };
  app.session = { status: 204, headers: { 'X-Pforte-Token': fresh } };
  for (const path of ['/acme/file', '/acme/gone', '/acme/moved', '/acme/tried']) {
    app.asked = [];
    const answer = await get(path, headers);
    assert.equal(answer.cookie('pf-acme')?.value, fresh, path);
    assert.equal(answer.cookies.length, 1, path);
    assert.equal(app.asked.length, 1, path);
  }
  const head = await get('/acme/file', headers, { method: 'HEAD' });
  assert.equal(head.cookie('pf-acme')?.value, fresh);
  const since = { 'If-Modified-Since': head.headers['last-modified'] };
  const same = await get('/acme/file', { ...headers, ...since });
  assert.equal(same.status, 304);
  assert.equal(same.cookie('pf-acme')?.value, fresh);
});

test('X12: no cache keeps an answer that carries a fresh cookie', async () => {
  const policy = async (path, age) =>
    (await get(path, cookie(state.session('acme', { age })))).headers['cache-control'] ?? '';
  app.session = { status: 204, headers: { 'X-Pforte-Token': state.session('acme') } };
  for (const path of ['/acme/kept', '/acme/file']) {
    assert.match(await policy(path, HALF), /(^|, )no-store(,|$)/, path);
    assert.doesNotMatch(await policy(path, 0), /no-store/, path);
  }
  app.page = { headers: { 'Cache-Control': 'no-store' } };
  assert.equal(await policy('/acme/', HALF), 'no-store');
});

test('a cookie that the application sets or clears itself is left alone', async () => {
  app.session = { status: 204, headers: { 'X-Pforte-Token': state.session('acme') } };
  app.page = { headers: { 'Set-Cookie': ['pf-acme=; Path=/; Max-Age=0', 'pf-acme2=x'] } };
  const answer = await get('/acme/', cookie(state.session('acme', { age: HALF })));
  assert.deepEqual(answer.cookies.map(({ name, value }) => [name, value]),
    [['pf-acme', ''], ['pf-acme2', 'x']]);
});

test('a dead session is nobody, and its cookie is not renewed', async () => {
  for (const age of [HALF, OVER]) {
    const headers = cookie(state.session('acme', { age }));
    const seen = await told('/acme/open', headers);
    assert.equal(seen.PFORTE_VERDICT, 'dead');
    assert.equal(seen.PFORTE_USER, '');
    assert.equal(seen.PFORTE_TOKEN, '');
    assert.equal(seen.answer.headers['set-cookie'], undefined);
    assert.equal((await get('/acme/', { ...html, ...headers })).status, 303);
  }
});

test('an application that fails or hangs signs nobody out', async () => {
  const sick = [{ status: 500 }, 'hang', { status: 200, body: 'hello' }, { status: 403 },
    { status: 204, headers: { 'X-Pforte-Token': state.session('globex') } }];
  for (const session of sick) {
    app.session = session;
    const half = state.session('acme', { age: HALF });
    const seen = await told('/acme/', cookie(half));
    assert.equal(seen.status, 200, JSON.stringify(session));
    assert.equal(seen.PFORTE_TOKEN, half);
    assert.equal(seen.PFORTE_VERDICT, 'valid');
    const stale = cookie(state.session('acme', { age: OVER }));
    const page = await told('/acme/', { ...html, ...stale });
    assert.equal(page.status, 503, JSON.stringify(session));
    assert.equal(page.DOCUMENT_URI, '/_pforte/error');
    assert.equal(page.answer.headers['set-cookie'], undefined);
    assert.equal((await told('/acme/open', stale)).PFORTE_VERDICT, 'stale');
  }
  app.session = { status: 204 };
  assert.equal((await get('/acme/', { ...html,
    ...cookie(state.session('acme', { age: OVER })) })).status, 503);
});

test('without a session check the seal and the expiry decide alone', async () => {
  const headers = (age) => ({ ...html, ...cookie(state.session('acme', { age })) });
  assert.equal((await get('/acme/trust', headers(HALF))).status, 200);
  assert.equal((await get('/acme/trust', headers(OVER))).status, 303);
  assert.equal(app.asked.length, 0);
});

test('nobody reaches the look-up from outside', async () => {
  assert.equal((await get('/_pforte/session', cookie(state.session('acme')))).status, 404);
  assert.equal(app.asked.length, 0);
});

test('variables are there in the rewrite phase, and current after the look-up', async () => {
  const fresh = state.session('acme');
  const seen = await told('/acme/early', cookie(state.session('acme')));
  assert.equal(seen.EARLY, 'acme valid');
  app.session = { status: 204, headers: { 'X-Pforte-Token': fresh } };
  const stale = await told('/acme/early', cookie(state.session('acme', { age: OVER })));
  assert.equal(stale.EARLY, '');
  assert.equal(stale.PFORTE_VERDICT, 'valid');
  assert.equal(stale.PFORTE_TOKEN, fresh);
});

test('an internal redirect keeps tenant, prefix and session', async () => {
  for (const path of ['/acme/moved', '/acme/tried']) {
    const seen = await told(path, cookie(state.session('acme')));
    assert.equal(seen.DOCUMENT_URI, '/acme/target');
    assert.equal(seen.PFORTE_TENANT, 'acme');
    assert.equal(seen.PFORTE_PREFIX, '/acme');
    assert.equal(seen.PFORTE_VERDICT, 'valid');
  }
});

test('where pforte is off nobody is asked, but the variables tell', async () => {
  const seen = await told('/acme/off', cookie(state.session('acme', { age: HALF })));
  assert.equal(seen.PFORTE_VERDICT, 'valid');
  assert.equal(app.asked.length, 0);
  assert.equal((await get('/nobody/off')).status, 200);
});

test('the key of a session is its public name: the same for every token of it', async () => {
  const sid = 'A'.repeat(43);
  const keys = new Set();
  for (const claims of [{ sid }, { sid, user: 'usr_b' }, { sid, age: 100 }]) {
    keys.add((await told('/acme/', cookie(state.session('acme', claims)))).PFORTE_SESSION_KEY);
  }
  assert.equal(keys.size, 1);
  assert.doesNotMatch([...keys][0], /AAAA/i);
});
