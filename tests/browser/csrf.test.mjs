// Pages of others that send forms to the portal, frame it, or plant cookies: over
// https, in Chromium, from another site, a sibling host, a sandbox.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { launch } from '../lib/chromium.mjs';
import { sql } from '../lib/database.mjs';
import { freePort } from '../lib/ports.mjs';
import { tokenFor } from '../lib/sso.mjs';
import { build, startStack, until } from '../lib/stack.mjs';
import { selfSigned } from '../lib/tls.mjs';

// acme keeps its cookies to itself; globex lets www.merchant.test frame it, and has
// cookies for that. evil.acme.test is, to a browser, of the same site as acme.
const dir = mkdtempSync(join(tmpdir(), 'pforte-tls-'));
const { key, cert } = selfSigned(dir, 'portal.acme.test', 'portal.globex.test', 'evil.acme.test',
  'www.merchant.test', 'www.mallory.test');
const [port, theirPort] = [await freePort(), await freePort()];
const at = (host) => `https://${host}.test:${theirPort}`;
const [mallory, sibling, merchant] = ['www.mallory', 'evil.acme', 'www.merchant'].map(at);
const portals = { acme: `https://portal.acme.test:${port}`, globex: `https://portal.globex.test:${port}` };

const extra = join(dir, 'tls.conf');
writeFileSync(extra, `listen 127.0.0.1:${port} ssl;
  ssl_certificate ${cert};
  ssl_certificate_key ${key};`);

function prepare(state) {
  sql(state, `
    INSERT INTO tenant_host (tenant, host) VALUES ('acme', 'portal.acme.test');
    INSERT INTO tenant_host (tenant, host) VALUES ('globex', 'portal.globex.test');`);
  execFileSync(join(build, 'pforte'), ['--config', join(state, 'pforte.conf'), 'tenant', 'frame',
    '--tenant', 'globex', '--cookies', 'embed', '--ancestors', merchant], { encoding: 'utf8' });
}

const stack = await startStack({ prepare, extra, url: portals.acme });
after(() => rmSync(dir, { recursive: true, force: true }));

// A page of theirs is what its address says.
const theirs = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (asked, answer) => {
  const { searchParams } = new URL(asked.url, mallory);
  for (const cookie of searchParams.getAll('cookie')) {
    answer.appendHeader('Set-Cookie', cookie);
  }
  answer.setHeader('Content-Type', 'text/html; charset=utf-8');
  answer.end(`<!DOCTYPE html><title>Theirs</title>${searchParams.get('html') ?? ''}`);
});
await new Promise((done) => theirs.listen(theirPort, '127.0.0.1', done));
after(() => {
  theirs.closeAllConnections();
  theirs.close();
});

const chromium = await launch(['--host-resolver-rules=MAP *.test 127.0.0.1']);
after(() => chromium.close());

async function open(t) {
  const context = await chromium.newContext({ locale: 'de-DE', ignoreHTTPSErrors: true });
  context.setDefaultTimeout(30_000);
  t.after(() => context.close());
  return context.newPage();
}

const signIn = async (tenant, user) =>
  `${portals[tenant]}/sso?token=${encodeURIComponent(await tokenFor(stack.tenant(tenant), user))}`;

const quoted = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

const page = (site, html, cookies = []) => `${site}/?${new URLSearchParams(
  [['html', html], ...cookies.map((cookie) => ['cookie', cookie])])}`;

const fieldsOf = (fields) => Object.entries(fields)
  .map(([name, value]) => `<input type="hidden" name="${name}" value="${quoted(value)}">`).join('');

const form = (action, fields, target = '') => `<form method="post" action="${action}" target="${target}">
  ${fieldsOf(fields)}</form><script>document.forms[0].submit()</script>`;

// A form that goes into a frame of the portal, once that is there.
const formInto = (src, action, fields) => `<form method="post" action="${action}" target="there">${fieldsOf(fields)}</form>
  <iframe name="there" src="${src}" onload="this.onload = null; document.forms[0].submit()"></iframe>`;

const frame = (html, sandbox) => `<iframe srcdoc="${quoted(html)}" ${sandbox}></iframe>`;

// The status that a form gets which the page at the address sends to the path, as
// nginx tells it: a frame that may not show the answer does not.
async function sent(tab, address, path) {
  const log = stack.mark('access.log');
  await tab.goto(address).catch(() => {}); // the form may be faster
  const line = new RegExp(`"POST ${path} HTTP[^"]*" (\\d+)`);
  return Number((await until(`POST from ${address}`, () => log().match(line)))[1]);
}

// Whether the browser is signed in, in a window of its own.
async function isIn(tab, tenant) {
  const other = await tab.context().newPage();
  await other.goto(`${portals[tenant]}/`);
  const { pathname } = new URL(other.url());
  await other.close();
  return pathname === '/';
}

// All that a form of the page carries.
const hidden = async (tab, names = ['csrf', 'form_id', 'account']) => Object.fromEntries(await Promise.all(
  names.map(async (name) => [name, await tab.locator(`input[name=${name}]`).first().inputValue()])));

test('X12: forms of other pages are refused, though they know the form\'s own secret', async (t) => {
  const tab = await open(t);
  await tab.goto(await signIn('acme', 'anna'));
  const secrets = await hidden(tab);
  const action = `${portals.acme}/logout`;
  const html = form(action, secrets);
  const ways = {
    'another site': page(mallory, html),
    'a sibling host': page(sibling, html),
    'a frame in a sibling host': page(sibling, frame(html, '')),
    'a sandbox in another site': page(mallory, frame(html, 'sandbox="allow-scripts allow-forms allow-top-navigation"')),
    'a sandbox in a sibling host': page(sibling, frame(html, 'sandbox="allow-scripts allow-forms"')),
    'a sandbox that leads the whole window': page(sibling,
      frame(form(action, secrets, '_top'), 'sandbox="allow-scripts allow-forms allow-top-navigation"')),
    'a sandbox that opens a window': page(sibling,
      frame(form(action, secrets, '_blank'), 'sandbox="allow-scripts allow-forms allow-popups"')),
  };
  for (const [what, address] of Object.entries(ways)) {
    const status = await sent(tab, address, '/logout');
    assert.ok([401, 403].includes(status), `${what}: ${status}`);
    assert.ok(await isIn(tab, 'acme'), what);
  }
  await tab.goto(`${portals.acme}/`);
  await tab.locator('form[action$="/logout"] button').first().click();
  await until('signed out', async () => !await isIn(tab, 'acme'));
});

test('F12: nor is a form of the site that may frame the portal, with the cookie that comes along', async (t) => {
  const tab = await open(t);
  await tab.goto(page(merchant, `<iframe src="${quoted(await signIn('globex', 'carol'))}"></iframe>`));
  const [, inside] = tab.frames();
  await inside.waitForURL(`${portals.globex}/`);
  const secrets = await hidden(inside);
  const action = `${portals.globex}/logout`;
  for (const html of [frame(form(action, secrets), ''),
    frame(form(action, secrets), 'sandbox="allow-scripts allow-forms"'),
    formInto(`${portals.globex}/`, action, secrets)]) {
    const status = await sent(tab, page(merchant, html), '/logout');
    assert.ok([401, 403].includes(status), `${html}: ${status}`);
  }
  await tab.goto(page(merchant, `<iframe src="${portals.globex}/"></iframe>`));
  await tab.frames()[1].locator('form[action$="/logout"]').first().waitFor({ state: 'attached' });
});

test('X12: nobody is signed in by the form of another page, with a planted cookie or without', async (t) => {
  const own = await open(t); // mallory's own browser
  await own.goto(`${portals.acme}/login`);
  const secret = await hidden(own, ['form_token']);
  const [{ value }] = (await own.context().cookies(portals.acme)).filter(({ name }) => name === 'pforte-form');
  const { username, password } = stack.user('anna');
  const action = `${portals.acme}/login`;
  const html = form(action, { ...secret, username, password });
  const planted = [`pforte-form=${value}; Domain=acme.test; Path=/; Secure`];
  for (const address of [page(mallory, html), page(sibling, html), page(sibling, html, planted),
    page(sibling, frame(html, 'sandbox="allow-scripts allow-forms"'), planted)]) {
    const tab = await open(t); // which has no cookie that a planted one would only double
    assert.equal(await sent(tab, address, '/login'), 403, address);
    const names = (await tab.context().cookies(portals.acme)).map(({ name }) => name);
    assert.ok(!names.some((name) => name.startsWith('__Host-pf')), String(names));
    assert.ok(!await isIn(tab, 'acme'));
  }
});

test('X12: no sibling host plants a session: the browser drops it, and a bare name is none', async (t) => {
  const tab = await open(t);
  const own = await open(t);
  await own.goto(await signIn('acme', 'bruno'));
  const [{ value }] = (await own.context().cookies(portals.acme)).filter(({ name }) => name === '__Host-pf-acme');
  const domain = 'Domain=acme.test; Path=/; Secure';
  await tab.goto(page(sibling, 'planted', [`__Host-pf-acme=${value}; ${domain}`, `__host-pf-acme=${value}; ${domain}`,
    `__Host-pfc-acme=${value}; ${domain}`, `pf-acme=${value}; ${domain}`, `=__Host-pf-acme=${value}; ${domain}`,
    `__Host-pf-acme=${value}; Path=/; Secure`]));
  assert.ok((await tab.context().cookies(portals.acme)).some(({ name }) => name === 'pf-acme'), 'one was kept');
  assert.ok(!await isIn(tab, 'acme'));
  await tab.goto(await signIn('acme', 'anna'));
  assert.ok(await isIn(tab, 'acme'), 'and what was planted does not keep others out');
  const [session] = (await tab.context().cookies(portals.acme)).filter(({ name }) => name === '__Host-pf-acme');
  assert.notEqual(session.value, value);
});

test('F12: a frame within a frame, and one in a sandbox, shows the portal to no site that is not listed', async (t) => {
  const tab = await open(t);
  const inner = (src) => `<iframe src="${quoted(src)}"></iframe>`;
  const nested = page(merchant, inner(`${portals.globex}/login`));
  const rows = {
    'a site that is not listed': [page(mallory, inner(`${portals.globex}/login`)), false],
    'the listed site': [nested, true],
    'the listed site within another': [page(mallory, inner(nested)), false],
    'a sandbox of the listed site': [page(merchant,
      `<iframe sandbox="allow-forms" srcdoc="${quoted(inner(`${portals.globex}/login`))}"></iframe>`), false],
    'a portal without a list': [page(merchant, inner(`${portals.acme}/login`)), false],
    'a sibling host': [page(sibling, inner(`${portals.acme}/login`)), false],
  };
  for (const [what, [address, shown]] of Object.entries(rows)) {
    await tab.goto(address, { waitUntil: 'load' });
    const forms = await Promise.all(tab.frames().map((one) =>
      one.locator('form[action$="/login"]').count().catch(() => 0)));
    assert.equal(forms.some(Boolean), shown, what);
  }
});

// Somebody of the staff in a browser of their own; at globex the cookies are
// those of a portal in frames.
async function atWork(t, tenant) {
  const tab = await open(t);
  const { username, password } = stack.staff(tenant, 'owner');
  await tab.goto(`${portals[tenant]}/admin/login`);
  await tab.locator('input[name=username]').fill(username);
  await tab.locator('input[name=password]').fill(password);
  await tab.locator('form[action$="/admin/login"] button').click();
  await tab.waitForURL(`${portals[tenant]}/admin`);
  return tab;
}

for (const tenant of ['acme', 'globex']) {
  test(`a link of another site leads staff of ${tenant} in, by one page at most; its forms come without a cookie`, async (t) => {
    const tab = await atWork(t, tenant);
    const [cookie] = (await tab.context().cookies(portals[tenant])).filter(({ name }) => /^__Host-pfe?-/.test(name));
    assert.equal(cookie.sameSite, 'Strict');
    const target = `${portals[tenant]}/admin/staff`;
    for (const [site, pages] of [[mallory, 1], [merchant, 1], [sibling, tenant === 'acme' ? 0 : 1]]) {
      const shown = [];
      const note = (frame) => frame === tab.mainFrame() && shown.push(new URL(frame.url()).pathname);
      await tab.goto(page(site, `<a href="${target}">there</a>`));
      tab.on('framenavigated', note);
      await tab.locator('a').click();
      await tab.waitForURL(target);
      tab.off('framenavigated', note);
      assert.equal(await tab.locator('h1').count(), 1);
      assert.deepEqual(shown, [...Array(pages).fill('/admin/login'), '/admin/staff'], site);
    }
    const csrf = await hidden(tab, ['csrf']);
    const log = stack.mark('access.log');
    for (const [site, path] of [[mallory, '/admin/logout'], [merchant, '/admin/staff/nobody']]) {
      const status = await sent(tab, page(site, form(`${portals[tenant]}${path}`, csrf)), path);
      assert.ok(status < 200 || status > 299, `${path} of ${site}: ${status}`);
    }
    const lines = log().split('\n').filter((line) => /"POST /.test(line));
    assert.ok(lines.length >= 2);
    assert.ok(lines.every((line) => / none$/.test(line)), lines.join('\n'));
    const after = await tab.context().newPage(); // the last answer may still lead the tab on
    await after.goto(target);
    assert.equal(new URL(after.url()).pathname, '/admin/staff', 'still signed in');

    const stranger = await open(t);
    await stranger.goto(page(mallory, `<a href="${target}">there</a>`));
    await stranger.locator('a').click();
    await stranger.locator('input[name=password]').waitFor();
    assert.deepEqual(await hidden(stranger, ['next']), { next: '/admin/staff' });
  });
}
