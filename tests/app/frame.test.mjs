// The handoff inside another site's page: are cookies kept, and what if not.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, links, visible } from '../lib/client.mjs';
import { claimsFor, linkFor, now, sign } from '../lib/sso.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const acme = stack.tenant('acme');
const inFrame = { 'Sec-Fetch-Dest': 'iframe', 'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Site': 'cross-site' };
const own = { skip: stack.skip };

// A request of a frame whose cookies are all blocked.
const blocked = (path) => stack.get(path, { headers: inFrame });
const tokenOf = (path) => new URL(path, stack.base).searchParams.get('token');
const windowLink = (answer) => links(answer.text).find((href) => /\/sso\?token=/.test(href));

test('F12, X9: a frame is probed by one redirect, with no session before', async () => {
  const browser = stack.browser(inFrame);
  const first = await browser.get(await linkFor(acme, 'anna', { to: '/invoices' }));
  assert.equal(first.status, 303);
  assert.match(first.location, /^\/acme\/sso\?token=v4\.local\.[^&]+&c=1$/);
  assert.deepEqual(first.cookies.map(({ name }) => name), ['pforte-form']);
  assert.equal(first.headers['referrer-policy'], 'no-referrer');
  const second = await browser.get(first.location);
  assert.equal(second.status, 303);
  assert.equal(second.location, '/acme/invoices');
  assert.ok(second.cookie('pf-acme'));
  assert.equal((await browser.get(first.location)).status, 410, 'the probe was its one use');
});

test('X9: where nothing comes back there is a page, however often, and its link works once', async () => {
  const link = await linkFor(acme, 'anna', { to: '/invoices' });
  const { location } = await blocked(link);
  for (let i = 0; i < 3; i++) {
    const page = await blocked(location);
    assert.equal(page.status, 401);
    assert.equal(page.location, undefined);
    assert.deepEqual(page.cookies, []);
    assert.equal(page.headers['referrer-policy'], 'no-referrer');
    assert.match(page.text, /target="_blank" rel="noopener"/);
    assert.doesNotMatch(page.text, /<script/);
  }
  const tab = stack.browser();
  const opened = await tab.get(windowLink(await blocked(location)));
  assert.equal(opened.location, '/acme/invoices');
  assert.equal((await tab.follow(opened)).status, 200);
  assert.equal((await stack.get(location)).status, 410, 'once');
  assert.equal((await stack.get(link)).status, 410, 'the merchant\'s is used as well');
});

test('X9: a marker that somebody writes into an address signs nobody in, nor redirects', async () => {
  const answer = await blocked(`${await linkFor(acme, 'anna')}&c=1`);
  assert.equal(answer.status, 401);
  assert.deepEqual(answer.cookies, []);
  assert.equal((await blocked('/acme/sso?token=x&c=1')).status, 400);
});

test('X9: the window\'s link is for the same person, and dies 300 s after the merchant\'s began', own, async () => {
  const iat = now() - 20;
  const token = await sign(claimsFor(acme, 'anna', { iat, exp: iat + 60, to: '/contracts' }),
    { key: acme.sso_key, kid: acme.sso_key.kid });
  const { location } = await blocked(`/acme/sso?token=${token}`);
  const claims = stack.inspect('pforte:sso:acme', tokenOf(location));
  assert.equal(Date.parse(claims.exp) / 1000, iat + 300);
  assert.deepEqual([claims.sub, claims.to, claims.aud], ['anna', '/contracts', 'pforte:acme']);
  assert.equal((await stack.get(location.replace('acme', 'globex'))).status, 403);
  const [row] = stack.sql(`SELECT action, detail FROM audit WHERE action = 'sso.forwarded'
    ORDER BY id DESC LIMIT 1`);
  assert.equal(row.detail, 'probed');
  for (const name of ['app.log', 'access.log', 'nginx.log']) {
    assert.ok(!stack.log(name).includes(tokenOf(location)), name);
  }
});

test('X9: a language goes along, and the page is in it', async () => {
  const { location } = await blocked(`${await linkFor(acme, 'anna')}&language=fr`);
  const page = await blocked(location);
  assert.equal(page.lang, 'fr');
  assert.match(windowLink(page), /&language=fr$/);
  const english = links(page.text).find((href) => /[?&]language=en/.test(href));
  const other = await blocked(english);
  assert.deepEqual([other.status, other.lang], [401, 'en'], 'the choice keeps the offer');
  assert.equal(tokenOf(windowLink(other)), tokenOf(location));
  const claimed = await blocked((await blocked(await linkFor(acme, 'anna', { language: 'en' })))
    .location);
  assert.equal(claimed.lang, 'en');
});

test('X9: a form posted in a frame to the handoff ends there, too', async () => {
  const token = tokenOf(await linkFor(acme, 'anna'));
  const posted = await stack.get('/acme/sso', { method: 'POST',
    body: new URLSearchParams({ token }), headers: inFrame });
  assert.equal(posted.status, 303);
  const probe = await blocked(posted.location);
  assert.match(probe.location, /&c=1$/);
  assert.equal((await blocked(probe.location)).status, 401);
});

test('F12: who is signed in as somebody else is asked, in a frame as well', async () => {
  const known = await stack.signedIn('acme', 'bruno');
  const asked = await known.get(await linkFor(acme, 'anna'), { headers: inFrame });
  assert.equal(asked.status, 200);
  assert.match(visible(asked.text), /bruno.*anna/);
  assert.ok(forms(asked.text).some(({ hidden }) => hidden.confirm));
});

test('X9: a form whose cookie did not come into the frame offers the window', async () => {
  const answer = await stack.get('/acme/login', { method: 'POST',
    body: new URLSearchParams({ username: 'anna', password: 'x' }),
    headers: { ...inFrame, 'Sec-Fetch-Site': 'same-origin' } });
  assert.equal(answer.status, 403);
  assert.match(answer.text, /target="_blank" rel="noopener"/);
});

test('X9: of a tenant that lists no site, pages in a frame tell nobody anything', async () => {
  const { status, text, headers } = await blocked('/acme/login');
  assert.equal(status, 200);
  assert.doesNotMatch(text, /framed\.js|data-framed/);
  assert.doesNotMatch(headers['content-security-policy'], /script-src/);
  assert.match(headers['content-security-policy'], /frame-ancestors 'none'/);
});
