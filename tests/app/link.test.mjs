// Self-service links: one contract, without a sign-in, for a limited time.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { forms, links, visible } from '../lib/client.mjs';
import { portalPages } from '../lib/pages.mjs';
import { merchantPlace } from '../lib/place.mjs';
import { sqliteOnly } from '../lib/database.mjs';
import { linkFor, now } from '../lib/sso.mjs';
import { build, sleep, startStack } from '../lib/stack.mjs';

// Places behind the gate that never reach the application.
const { extra } = merchantPlace((dir) => `
location ^~ /acme/any/ { pforte required; alias ${dir}/; }
location ^~ /acme/billing/ {
    pforte required;
    pforte_require group=billing;
    alias ${dir}/;
}
location ^~ /acme/people/ {
    pforte required;
    pforte_require scope=portal;
    alias ${dir}/;
}
`);

const stack = await startStack({ extra });
const own = { skip: stack.skip };
const acme = stack.tenant('acme');

const CONTRACT = 'VT-7KQ2-ZHXM'; // of K2000, anna's
const SISTER = 'VT-3WPD-0L9R'; // of K2000, too
const GUESTS = 'VT-2MMF-8E4J'; // of K2001, where anna is a guest without contracts
const BRUNOS = 'VT-6HSN-P3VD'; // of K2002
const page = (ref) => `/acme/contracts/${ref}`;

const mint = (ref = CONTRACT, body = {}) =>
  stack.api('acme', 'POST', `/contracts/${ref}/self-service-token`, body);
const revoke = (ref) => stack.api('acme', 'DELETE', `/contracts/${ref}/self-service-token`);

// The path of a fresh link.
async function link(ref = CONTRACT, body = {}) {
  const answer = await mint(ref, body);
  assert.equal(answer.status, 201, answer.text);
  return new URL(answer.json.url).pathname;
}

// A browser in which a link to the contract was opened.
async function opened(ref = CONTRACT, headers = {}) {
  const browser = stack.browser(headers);
  const answer = await browser.get(await link(ref));
  assert.equal(answer.status, 303, answer.text);
  assert.equal(answer.location, page(ref));
  return browser;
}

const sessions = (where = '1 = 1') =>
  stack.sql(`SELECT * FROM session WHERE scope = 'contract' AND ${where} ORDER BY created`);
// What came since.
function newSessions() {
  const known = sessions().map(({ id }) => id);
  return () => sessions().filter(({ id }) => !known.includes(id));
}
const contractId = (ref) => stack.sql(`SELECT id FROM contract WHERE ref = '${ref}'`)[0].id;
const lastAudit = () => stack.sql('SELECT * FROM audit ORDER BY id DESC LIMIT 1')[0];

// An error page with a way to sign in; no cookie of a session.
function isRefusal(answer, status, title) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.type, 'text/html');
  assert.equal(answer.cookie('pfc-acme'), undefined);
  assert.match(answer.text, /href="\/acme\/login["?]/);
  assert.match(visible(answer.text), title);
}

// ---- what it opens ----

test('B109, B113, B115, B116: a link opens its contract, without a sign-in', async () => {
  const path = await link();
  const browser = stack.browser();
  const answer = await browser.get(path);
  assert.equal(answer.status, 303);
  assert.equal(answer.location, page(CONTRACT), 'no token in the address');
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.headers['referrer-policy'], 'no-referrer');
  assert.equal(answer.cookies.length, 1);
  assert.match(answer.cookies[0].line,
    /^pfc-acme=v4\.local\.[\w-]+\.[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/);
  const shown = await browser.follow(answer);
  assert.equal(shown.status, 200);
  assert.match(visible(shown.text), new RegExp(CONTRACT));
  assert.match(visible(shown.text), /K2000/);
  assert.doesNotMatch(shown.text, new RegExp(`${SISTER}|type="password"`));
  assert.equal(shown.headers['referrer-policy'], 'no-referrer');
});

test('B116: the invoices of the contract open, as pages and as PDF', async () => {
  const browser = await opened();
  const shown = await browser.get(page(CONTRACT));
  const all = links(shown.text).filter((href) => /\/invoices\//.test(href));
  const [document] = all.filter((href) => /\.pdf$/.test(href));
  const [invoice] = all.filter((href) => !/\.pdf$/.test(href));
  const pdf = await browser.get(document);
  assert.equal(pdf.status, 200);
  assert.equal(pdf.type, 'application/pdf');
  const one = await browser.get(invoice);
  assert.equal(one.status, 200);
  assert.ok(links(one.text).includes(page(CONTRACT)), 'a way back');
  const older = links(shown.text).find((href) => /\?after=/.test(href));
  const rest = await browser.get(older);
  assert.equal(rest.status, 200);
  assert.notEqual(links(rest.text).find((href) => /\/invoices\//.test(href)), undefined);
  assert.ok(links(rest.text).includes(page(CONTRACT)), 'back to the newest');
});

test('B116: another contract or invoice, of the customer or not, is not there', async () => {
  const browser = await opened();
  const anna = await stack.signedIn('acme', 'anna');
  const bruno = await stack.signedIn('acme', 'bruno');
  const theirs = links((await anna.get(page(SISTER))).text)
    .concat(links((await bruno.get('/acme/invoices')).text))
    .filter((href) => /\/invoices\/\w+(\.pdf)?$/.test(href));
  assert.ok(theirs.length > 10);
  for (const path of [page(SISTER), page(GUESTS), page(BRUNOS), page('CT-4RTY-QQ21'),
    page('VT-0000-0000'), ...theirs]) {
    const answer = await browser.get(path);
    assert.equal(answer.status, 404, path);
    assert.doesNotMatch(visible(answer.text), /Kassen|Webspace|Keller/);
  }
});

test('B116: every other route refuses whoever came by a link', own, async () => {
  const browser = await opened();
  const { csrf } = forms((await browser.get(page(CONTRACT))).text)[0].hidden;
  const { invoices } = await portalPages(await stack.signedIn('acme', 'anna'), 'acme');
  const values = { '{ref}': CONTRACT, '{number}': invoices[0].split('/').pop() };
  const rows = execFileSync(join(build, 'pforte'), ['routes'], { encoding: 'utf8' }).trim()
    .split('\n').map((line) => line.split(/\s+/));
  const open = rows.filter(([, , door]) => door === 'contract').map(([method, path]) =>
    `${method} ${path}`);
  assert.deepEqual(open.sort(), ['GET /contracts/{ref}', 'GET /invoices/{number}',
    'GET /invoices/{number}.pdf', 'GET /invoices/{number}.xml', 'GET /reminders/{number}.pdf']);
  let walked = 0;
  for (const [method, pattern] of rows.filter(([, , door]) => ['portal', 'person'].includes(door))) {
    const path = `/acme${pattern.replace(/\{\w+\}/g, (name) => values[name] ?? 'x')}`;
    const ask = (options) => method === 'GET' ? browser.get(path, options)
      : browser.post(path, { csrf }, options);
    const answer = await ask({});
    isRefusal(answer, 403, /Ihr Link öffnet das nicht/);
    assert.ok(links(answer.text).includes(page(CONTRACT)), `${path}: a way back`);
    const program = await ask({ headers: { Accept: 'application/json' } });
    assert.equal(program.json.code, 'link_scope', path);
    walked++;
  }
  assert.ok(walked >= 3);
  for (const [method, pattern] of rows.filter(([, , door]) => door === 'api')) {
    const path = pattern.replace(/\{\w+\}/g, 'x');
    assert.equal((await browser.send(path, { method })).status, 401, path);
  }
});

test('B116: the menu has nothing that does not open', async () => {
  const browser = await opened();
  const shown = await browser.get(page(CONTRACT));
  for (const href of links(shown.text).filter((one) => one.startsWith('/acme/'))) {
    assert.equal((await browser.get(href)).status, 200, href);
  }
  assert.doesNotMatch(shown.text, /aria-label="Hauptmenü"/);
});

test('B116: at the gate a link has no groups and is no person', own, async () => {
  const browser = await opened();
  const token = stack.inspect('pforte:session:acme', browser.jar.get('pfc-acme'));
  assert.equal(token.scope, 'contract');
  assert.equal(token.user, '');
  assert.deepEqual(token.groups, []);
  assert.equal(token.customer, 'K2000');
  const status = async (path) => (await browser.get(path)).status;
  assert.equal(await status('/acme/any/page.html'), 200);
  assert.equal(await status('/acme/billing/page.html'), 403);
  assert.equal(await status('/acme/people/page.html'), 403);
});

test('B116, X1: a link of one tenant opens nothing at another, nor as another token', async () => {
  const path = await link();
  const token = path.split('/').pop();
  assert.equal((await stack.get(`/globex/s/${token}`)).status, 403);
  assert.equal((await stack.get(`/acme/sso?token=${token}`)).status, 403);
  const cookies = `pf-acme=${token}; pfc-acme=${token}`;
  assert.equal((await stack.get(page(CONTRACT), { headers: { Cookie: cookies } })).status, 303);
  const { json } = await stack.api('acme', 'POST', '/user-logins/anna/session-token');
  isRefusal(await stack.get(`/acme/s/${json.session_token}`), 403, /funktioniert nicht/);
  const browser = await opened();
  const session = browser.jar.get('pfc-acme');
  isRefusal(await stack.get(`/acme/s/${session}`), 403, /funktioniert nicht/);
  const asPerson = await stack.get('/acme/', { headers: { Cookie: `pf-acme=${session}` } });
  assert.equal(asPerson.status, 403, 'whatever its cookie is called');
});

test('the application opens the token by itself', own, async () => {
  const token = (await link()).split('/').pop();
  const ask = (headers) => execFileSync(join(build, 'pforte'),
    ['--config', join(stack.state, 'pforte.conf'), 'request'],
    { input: `GET /acme/s/${token} HTTP/1.1\r\nPforte-Tenant: acme\r\nPforte-Prefix: /acme\r\n${headers}\r\n`,
      encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
  assert.match(ask(''), /^Status: 400/, 'nginx handed nothing over');
  assert.match(ask('Pforte-Handoff: v4.local.AAAA\r\n'), /^Status: 40[03]/);
  assert.match(ask(`Pforte-Handoff: ${token}\r\n`), /^Status: 303/);
});

// ---- for how long ----

test('B110: 60 minutes by default, 1 to 10080 on request', async () => {
  const minutes = async (body) => {
    const before = now();
    const answer = await mint(CONTRACT, body);
    assert.equal(answer.status, 201, answer.text);
    const expiry = Date.parse(answer.json.expiry) / 1000;
    return Math.round((expiry - before) / 60);
  };
  assert.equal(await minutes({}), 60);
  assert.equal(await minutes(undefined), 60);
  for (const valid_minutes of [1, 61, 10080]) {
    assert.equal(await minutes({ valid_minutes }), valid_minutes);
  }
  for (const valid_minutes of [0, -1, 10081, 1e9]) {
    const answer = await mint(CONTRACT, { valid_minutes });
    assert.equal(answer.status, 422, `${valid_minutes}`);
    assert.equal(answer.json.errors[0].pointer, '#/valid_minutes');
    assert.equal(answer.json.errors[0].code, 'value_number');
  }
  for (const body of [{ valid_minutes: '60' }, { valid_minutes: 1.5 }, { minutes: 5 }]) {
    assert.equal((await mint(CONTRACT, body)).status, 400, JSON.stringify(body));
  }
});

test('B110: an expired link says so, opens nothing, and shows a way on', own, async () => {
  const claims = stack.inspect('pforte:link:acme', (await link()).split('/').pop());
  const text = (seconds) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  const old = stack.mint('pforte:link:acme',
    { ...claims, iat: text(now() - 3600), exp: text(now() - 60) });
  const answer = await stack.get(`/acme/s/${old}`);
  isRefusal(answer, 410, /abgelaufen/);
  assert.match(visible(answer.text), /neuen Link/);
  const { action, object, detail } = lastAudit();
  assert.deepEqual([action, object, detail],
    ['link.refused', contractId(CONTRACT), 'link_expired']);
});

test('B109: what a link opened ends with it', own, async () => {
  const fresh = newSessions();
  const browser = stack.browser();
  const before = now();
  await browser.get(await link(CONTRACT, { valid_minutes: 1 }));
  const [row] = fresh();
  assert.ok(row.expires >= before + 60 && row.expires <= now() + 60 + 30, 'and its leeway');
  const token = stack.inspect('pforte:session:acme', browser.jar.get('pfc-acme'));
  assert.ok(Date.parse(token.exp) / 1000 <= row.expires);
  const long = stack.browser();
  await long.get(await link(CONTRACT, { valid_minutes: 10080 }));
  const [other] = sessions().slice(-1);
  assert.equal(other.expires - other.created, 12 * 3600, 'no longer than any session');
});

// ---- how often ----

test('B125: neither HEAD nor a prefetch opens anything', own, async () => {
  const path = await link();
  const before = sessions().length;
  const head = await stack.get(path, { method: 'HEAD' });
  assert.equal(head.status, 204);
  assert.deepEqual(head.cookies, []);
  for (const headers of [{ 'Sec-Purpose': 'prefetch' }, { 'Sec-Purpose': 'prefetch;prerender' },
    { Purpose: 'prefetch' }]) {
    const answer = await stack.get(path, { headers });
    assert.equal(answer.status, 503);
    assert.deepEqual(answer.cookies, []);
  }
  assert.equal(sessions().length, before);
});

test('B125: scanners use nothing up: a link opens in every browser, again and again', async () => {
  const path = await link();
  for (let i = 0; i < 3; i++) {
    const scanner = await stack.get(path, { headers: { 'User-Agent': 'LinkScanner/1.0' } });
    assert.equal(scanner.status, 303);
  }
  for (let i = 0; i < 2; i++) {
    assert.equal((await stack.browser().go(path)).status, 200);
  }
});

test('B125: the same browser again goes on with the session that it has', own, async () => {
  const path = await link();
  const browser = stack.browser();
  await browser.get(path);
  const before = sessions().length;
  const cookie = browser.jar.get('pfc-acme');
  for (let i = 0; i < 3; i++) {
    const answer = await browser.get(path);
    assert.equal(answer.location, page(CONTRACT));
  }
  assert.equal(sessions().length, before);
  assert.equal(browser.jar.get('pfc-acme'), cookie);
});

test('another link in the same browser takes the place of the first', own, async () => {
  const browser = await opened();
  const cookie = browser.jar.get('pfc-acme');
  const answer = await browser.get(await link(SISTER));
  assert.equal(answer.location, page(SISTER));
  assert.equal((await browser.get(page(SISTER))).status, 200);
  assert.equal((await browser.get(page(CONTRACT))).status, 404);
  const dead = await stack.get(page(CONTRACT), { headers: { Cookie: `pfc-acme=${cookie}` } });
  assert.equal(dead.status, 303, 'the first session has ended');
});

// ---- who is there already ----

test('who signs in where a link did not lead goes on to there', async () => {
  const browser = await opened();
  const refused = await browser.get('/acme/invoices');
  const login = await browser.get(links(refused.text).find((href) => /\/login/.test(href)));
  const { username, password } = stack.user('bruno');
  const answer = await browser.submit(login, { username, password }, { action: /\/login$/ });
  assert.equal(answer.location, '/acme/invoices');
  assert.equal((await browser.follow(answer)).status, 200);
});

test('who is signed in is asked; "stay" changes nothing', async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const cookie = browser.jar.get('pf-acme');
  const asked = await browser.get(await link(BRUNOS));
  assert.equal(asked.status, 200);
  assert.match(visible(asked.text), /anna/);
  assert.match(visible(asked.text), new RegExp(BRUNOS));
  assert.equal(browser.jar.get('pf-acme'), cookie);
  assert.equal(browser.jar.get('pfc-acme'), undefined);
  assert.ok(links(asked.text).includes('/acme/'));
  assert.match(visible((await browser.get('/acme/')).text), /K2000/);
});

test('who is signed in is asked; "open" ends the session and opens the contract', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const cookie = browser.jar.get('pf-acme');
  const asked = await browser.get(await link(BRUNOS));
  const answer = await browser.submit(asked, {}, { action: /\/s\// });
  assert.equal(answer.status, 303);
  assert.equal(answer.location, page(BRUNOS));
  assert.equal(browser.jar.get('pf-acme'), undefined, 'its cookie is cleared');
  assert.match(visible((await browser.follow(answer)).text), /K2002/);
  assert.equal((await browser.get('/acme/')).status, 403);
  const dead = await stack.get('/acme/', { headers: { Cookie: `pf-acme=${cookie}` } });
  assert.equal(dead.status, 303);
});

test('the answer cannot be forged from another session', async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const other = await stack.signedIn('acme', 'anna');
  const { csrf } = forms((await other.get('/acme/')).text)[0].hidden;
  const path = await link(BRUNOS);
  for (const fields of [{}, { csrf }, { csrf: '' }]) {
    const answer = await browser.post(path, fields);
    assert.equal(answer.location, path, 'asked again');
    assert.equal((await browser.get('/acme/')).status, 200);
    assert.equal(browser.jar.get('pfc-acme'), undefined);
  }
});

test('whose contract it is goes on with their own session', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const before = sessions().length;
  const answer = await browser.get(await link());
  assert.equal(answer.location, page(CONTRACT));
  assert.equal(answer.cookie('pfc-acme'), undefined);
  assert.equal(sessions().length, before);
  assert.equal((await browser.get('/acme/invoices')).status, 200);
  const guest = await stack.signedIn('acme', 'anna', { customer: 'K2001' });
  const asked = await guest.get(await link(GUESTS));
  assert.equal(asked.status, 200, 'a guest who may not see contracts is asked');
  assert.ok(forms(asked.text).some(({ action }) => /\/s\//.test(action)));
});

test('signing in takes the place of what a link opened', own, async () => {
  const { username, password } = stack.user('bruno');
  const ways = {
    password: async (browser) => browser.signIn('acme', username, password),
    sso: async (browser) => browser.get(await linkFor(acme, 'bruno')),
  };
  for (const [way, signIn] of Object.entries(ways)) {
    const browser = await opened(CONTRACT);
    const cookie = browser.jar.get('pfc-acme');
    const answer = await signIn(browser);
    assert.equal(answer.status, 303, way);
    assert.equal(answer.location, '/acme/', way);
    assert.equal(answer.cookie('pfc-acme').attributes['max-age'], '0', way);
    assert.match(visible((await browser.get('/acme/')).text), /K2002/, way);
    const dead = await stack.get(page(CONTRACT), { headers: { Cookie: `pfc-acme=${cookie}` } });
    assert.equal(dead.status, 303, way);
  }
});

test('a session that has ended does not hide what a link opened', own, async () => {
  const browser = await opened();
  const person = await stack.signedIn('acme', 'anna');
  const token = person.jar.get('pf-acme');
  browser.jar.set('pf-acme', token);
  assert.match(visible((await browser.get('/acme/')).text), /K2000/, 'it lives: it counts');
  stack.sql(`UPDATE session SET last_seen = 1000 WHERE scope = 'portal'`); // idled out, untold
  const fresh = await opened();
  fresh.jar.set('pf-acme', (await stack.signedIn('acme', 'bruno')).jar.get('pf-acme'));
  stack.sql(`UPDATE session SET ended = 1000 WHERE scope = 'portal' AND ended = 0`);
  assert.equal((await fresh.get(page(CONTRACT))).status, 200, 'only the application knows');
  const told = await opened();
  const bruno = await stack.signedIn('acme', 'bruno');
  told.jar.set('pf-acme', bruno.jar.get('pf-acme'));
  await bruno.signOut('acme');
  assert.equal((await told.get(page(CONTRACT))).status, 200, 'nginx has been told');
  for (const junk of ['x', '', 'v4.local.AAAA']) {
    const other = await opened();
    other.jar.set('pf-acme', junk);
    assert.equal((await other.get(page(CONTRACT))).status, 200, junk);
  }
});

test('signing out ends the session and clears its cookie', own, async () => {
  const browser = await opened();
  const token = browser.jar.get('pfc-acme');
  const shown = await browser.get(page(CONTRACT));
  const forged = await browser.post('/acme/logout', { csrf: 'x' });
  assert.equal(forged.status, 403);
  const out = await browser.submit(shown, {}, { action: /\/logout$/ });
  assert.equal(out.status, 303);
  assert.deepEqual(out.cookies.map(({ line }) => line),
    ['pfc-acme=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax']);
  const dead = await stack.get(page(CONTRACT), { headers: { Cookie: `pfc-acme=${token}` } });
  assert.equal(dead.status, 303);
});

// ---- revoking ----

test('revoking ends the links of a contract and what they opened, at once', own, async () => {
  const ref = 'VT-9BXA-51TC';
  const path = await link(ref);
  const [one, two] = [stack.browser(), stack.browser()];
  await one.go(path);
  await two.go(path);
  const sister = await opened(SISTER);
  const anna = await stack.signedIn('acme', 'anna');
  assert.equal((await one.get('/acme/any/page.html')).status, 200);

  assert.equal((await revoke(ref)).status, 204);
  for (const browser of [one, two]) {
    assert.equal((await browser.get('/acme/any/page.html')).status, 303, 'nginx knows');
    assert.equal((await browser.get(page(ref))).status, 303);
  }
  assert.equal(lastAudit().action, 'links.revoked');
  assert.deepEqual(JSON.parse(lastAudit().before), { links: 1, sessions: 2 });
  assert.match(lastAudit().actor, /^key:/);
  isRefusal(await stack.get(path), 410, /zurückgezogen/);
  const { action, actor, object, detail } = lastAudit();
  assert.deepEqual([action, object, detail], ['link.refused', contractId(ref), 'link_revoked']);
  assert.match(actor, /^link:/);

  assert.equal((await sister.get(page(SISTER))).status, 200, 'other contracts go on');
  assert.equal((await anna.get(page(ref))).status, 200, 'and people');
  assert.equal((await stack.browser().go(await link(ref))).status, 200, 'a new link works');
  assert.equal((await revoke(ref)).status, 204);
  assert.equal((await revoke(ref)).status, 204, 'nothing left to revoke');
});

// Where nobody waits for a lock, the two are one after the other, as below.
test('a link that is revoked while it is being followed opens nothing',
  { skip: stack.skip || sqliteOnly }, async () => {
  const path = await link(SISTER);
  const before = sessions().length;
  const lock = await stack.lock(`UPDATE self_service_link SET revoked = 1
    WHERE contract = '${contractId(SISTER)}';`);
  const following = stack.get(path);
  await sleep(300); // it has seen the link as it was, and waits for the lock
  await lock.commit();
  isRefusal(await following, 410, /zurückgezogen/);
  assert.equal(sessions().length, before);
});

test('nothing that a link opened outlives its end, however close they were', own, async () => {
  const seen = { opened: 0, refused: 0 };
  for (let round = 0; round < 8; round++) {
    const path = await link(SISTER);
    const browsers = Array.from({ length: 12 }, () => stack.browser());
    const following = browsers.map((browser, i) => sleep(2 * i).then(() => browser.get(path)));
    await sleep(3 * round);
    assert.equal((await revoke(SISTER)).status, 204);
    for (const [i, { status }] of (await Promise.all(following)).entries()) {
      assert.ok([303, 410].includes(status), String(status));
      seen[status === 303 ? 'opened' : 'refused']++;
      assert.equal((await browsers[i].get(page(SISTER))).status, 303);
      assert.equal((await browsers[i].get('/acme/any/page.html')).status, 303, 'nor at nginx');
    }
  }
  assert.ok(seen.opened && seen.refused, JSON.stringify(seen));
  assert.deepEqual(stack.sql(`SELECT s.created FROM session s
    JOIN self_service_link l ON l.tenant = s.tenant AND l.jti = s.link
    WHERE s.ended = 0 AND l.revoked <> 0`), []);
});

test('a genuine link that nobody made opens nothing', own, async () => {
  const claims = stack.inspect('pforte:link:acme', (await link()).split('/').pop());
  const forged = [{ jti: 'x' }, { contract: contractId(BRUNOS) },
    { contract: contractId('CT-4RTY-QQ21') }, { contract: 'con_x' }];
  for (const change of forged) {
    const token = stack.mint('pforte:link:acme', { ...claims, ...change });
    isRefusal(await stack.get(`/acme/s/${token}`), 410, /zurückgezogen/);
  }
});

test('what links opened is forgotten a day after its last use; people are not', own, async () => {
  const first = newSessions();
  const one = await opened();
  const [old] = first();
  const second = newSessions();
  await opened();
  const [young] = second();
  await stack.signedIn('acme', 'anna');
  const day = now() - 86500;
  stack.sql(`UPDATE session SET last_seen = ${day} WHERE id = '${old.id}' OR scope = 'portal'`);
  stack.pforte('jobs', '--once');
  const left = sessions().map(({ id }) => id);
  assert.ok(!left.includes(old.id));
  assert.ok(left.includes(young.id));
  assert.notEqual(stack.sql(`SELECT COUNT(*) AS n FROM session WHERE last_seen = ${day}`)[0].n, 0);
  assert.equal((await one.get(page(CONTRACT))).status, 303);
});

// ---- languages ----

test('B123: ?language= behind the link selects the language, and is remembered', async () => {
  const browser = stack.browser({ 'Accept-Language': 'de' });
  const answer = await browser.get(`${await link()}?language=en`);
  assert.equal(answer.location, page(CONTRACT));
  assert.equal(answer.cookie('pforte-language').value, 'en');
  assert.equal((await browser.follow(answer)).lang, 'en');
  assert.equal((await browser.get(page(CONTRACT))).lang, 'en');
});

test('B124: otherwise it is the customer\'s language, then the tenant\'s', own, async () => {
  const lang = async (suffix, headers = {}) => {
    const browser = stack.browser(headers);
    return (await browser.go(`${await link()}${suffix}`)).lang;
  };
  const speaks = (language) =>
    stack.sql(`UPDATE customer SET language = '${language}' WHERE number = 'K2000'`);
  const unknown = ['', '?language=xx', '?language=', '?language=es', '?language=%22%3E'];
  try {
    speaks('fr');
    for (const suffix of unknown) {
      assert.equal(await lang(suffix), 'fr', suffix);
      assert.equal(await lang(suffix, { 'Accept-Language': 'en' }), 'fr', suffix);
    }
    assert.equal(await lang('?language=en'), 'en');
    for (const language of ['', 'xx']) {
      speaks(language);
      for (const suffix of unknown) {
        assert.equal(await lang(suffix), 'de', `${language} ${suffix}`);
      }
      assert.equal(await lang('', { 'Accept-Language': 'fr' }), 'fr', 'a browser\'s wish');
    }
  } finally {
    speaks('');
  }
});

// ---- the API ----

test('B114: the answer has token, expiry, purpose and a ready address', async () => {
  const answer = await stack.api('acme', 'POST', `/contracts/${CONTRACT}/self-service-token`,
    {}, { Host: 'evil.example' });
  assert.equal(answer.status, 201, answer.text);
  const { token, expiry, purpose, url, ...rest } = answer.json;
  assert.deepEqual(rest, {});
  assert.match(token, /^v4\.local\.[\w-]+\.[\w-]+$/);
  assert.match(expiry, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/);
  assert.equal(purpose, 'customer_portal');
  assert.equal(url, `${stack.base}/acme/s/${token}`, 'from the configuration, not from Host');
});

test('B114, X1: another tenant\'s contract is not there', async () => {
  for (const [tenant, ref] of [['globex', CONTRACT], ['acme', 'CT-4RTY-QQ21'], ['acme', 'x']]) {
    for (const method of ['POST', 'DELETE']) {
      const answer = await stack.api(tenant, method, `/contracts/${ref}/self-service-token`);
      assert.equal(answer.status, 404, `${tenant} ${method} ${ref}`);
      assert.equal(answer.json.code, 'not_found');
    }
  }
  const get = await stack.api('acme', 'GET', `/contracts/${CONTRACT}/self-service-token`);
  assert.equal(get.status, 405, 'no GET creates anything');
  assert.deepEqual(get.headers.allow.split(', ').sort(), ['DELETE', 'POST']);
});

test('B114: a key needs the scope, and is told in the tenant\'s language', own, async () => {
  const [{ scopes }] = stack.sql(`SELECT scopes FROM api_key WHERE tenant = 'acme'`);
  const set = (words) => stack.sql(`UPDATE api_key SET scopes = '${words}' WHERE tenant = 'acme'`);
  try {
    set(scopes.replace('links:write', ''));
    for (const answer of [await mint(), await revoke(CONTRACT)]) {
      assert.equal(answer.status, 403);
      assert.equal(answer.json.code, 'api_scope');
    }
    set('links:write');
    assert.equal((await mint()).status, 201);
  } finally {
    set(scopes);
  }
  const titles = {};
  for (const language of ['de', 'en', 'fr']) {
    const answer = await stack.api('acme', 'POST', `/contracts/${CONTRACT}/self-service-token`,
      { valid_minutes: 0 }, { 'Accept-Language': language });
    titles[answer.json.errors[0].detail] = language;
  }
  assert.equal(Object.keys(titles).length, 3);
});

test('the trail says who made a link, who opened it', own, async () => {
  const path = await link();
  const made = lastAudit();
  assert.equal(made.action, 'link.minted');
  assert.equal(made.object, contractId(CONTRACT));
  assert.match(made.actor, /^key:/);
  await stack.get(path);
  const row = lastAudit();
  assert.equal(row.action, 'session.started');
  assert.equal(row.actor, `link:${made.detail}`);
  assert.equal(row.customer, made.customer);
  assert.equal(row.remote_addr, '127.0.0.1');
});

test('the command line makes links, too', own, async () => {
  const url = stack.pforte('link', '--tenant', 'acme', '--contract', CONTRACT, '--minutes', '5')
    .trim();
  const claims = stack.inspect('pforte:link:acme', url.split('/').pop());
  assert.equal(Date.parse(claims.exp) - Date.parse(claims.iat), 300_000);
  assert.equal((await stack.browser().go(url)).status, 200);
  for (const args of [[], ['--tenant', 'acme'], ['--tenant', 'x', '--contract', CONTRACT],
    ['--tenant', 'globex', '--contract', CONTRACT],
    ['--tenant', 'acme', '--contract', CONTRACT, '--minutes', '0'],
    ['--tenant', 'acme', '--contract', CONTRACT, '--minutes', '5x'],
    ['--tenant', 'acme', '--contract', CONTRACT, '--minutes', '10081']]) {
    assert.throws(() => execFileSync(join(build, 'pforte'),
      ['--config', join(stack.state, 'pforte.conf'), 'link', ...args], { stdio: 'ignore' }));
  }
});

// The last test: it looks at all that was said until now.
test('no log has a token of a link', own, async () => {
  const path = await link();
  const token = path.split('/').pop();
  await stack.get(path);
  await stack.get(`${path.slice(0, -4)}AAAA`);
  await stack.get(`/globex/s/${token}`);
  await revoke(CONTRACT);
  await stack.get(path);
  const part = token.slice(20, 60);
  for (const name of ['app.log', 'access.log', 'nginx.log']) {
    assert.ok(existsSync(join(stack.state, 'log', name)));
    assert.doesNotMatch(stack.log(name), new RegExp(part), name);
  }
  assert.match(stack.log('access.log'), /GET \/acme\/s\/\*\*\* HTTP/);
  assert.doesNotMatch(stack.log('access.log'), /\/s\/v4/);
});
