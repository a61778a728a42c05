// The portal inside a merchant's page: two sites over https, in Chromium.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { axeFinds, launch, picture } from '../lib/chromium.mjs';
import { sql } from '../lib/database.mjs';
import { freePort } from '../lib/ports.mjs';
import { tokenFor } from '../lib/sso.mjs';
import { build, startStack, until } from '../lib/stack.mjs';
import { selfSigned } from '../lib/tls.mjs';

const dir = mkdtempSync(join(tmpdir(), 'pforte-tls-'));
const { key, cert } = selfSigned(dir, 'portal.acme.test', 'konto.merchant.test',
  'www.merchant.test', 'www.mallory.test');
const [port, shopPort] = [await freePort(), await freePort()];
const merchant = `https://www.merchant.test:${shopPort}`;
const mallory = `https://www.mallory.test:${shopPort}`;
const portal = `https://portal.acme.test:${port}`;

// The same server block also speaks TLS, on a host that is acme's alone.
const extra = join(dir, 'tls.conf');
writeFileSync(extra, `listen 127.0.0.1:${port} ssl;
  ssl_certificate ${cert};
  ssl_certificate_key ${key};
  location = /away { pforte optional; proxy_pass http://127.0.0.1:1; }`);

const pforte = (state, ...args) => execFileSync(join(build, 'pforte'),
  ['--config', join(state, 'pforte.conf'), ...args], { encoding: 'utf8' });

function prepare(state) {
  sql(state, `
    INSERT INTO tenant_host (tenant, host) VALUES ('acme', 'portal.acme.test');
    INSERT INTO tenant_host (tenant, host) VALUES ('globex', 'konto.merchant.test');`);
  pforte(state, 'tenant', 'frame', '--tenant', 'acme', '--cookies', 'embed',
    '--ancestors', merchant);
  pforte(state, 'tenant', 'frame', '--tenant', 'globex', '--ancestors', merchant);
}

const stack = await startStack({ prepare, extra, url: portal });
after(() => rmSync(dir, { recursive: true, force: true }));
const acme = stack.tenant('acme');
const [{ id: variant }] = (await stack.api('acme', 'GET', '/plan-variants?external_id=GF1000-24')).json.items;
const order = `${portal}/order/${variant}?language=en`;

const shop = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (asked, answer) => {
  const { searchParams } = new URL(asked.url, merchant);
  const [src, width] = [searchParams.get('src') ?? '', searchParams.get('width') ?? 900];
  if (asked.url === '/three') {
    answer.setHeader('Content-Type', 'text/html');
    answer.end(`<!DOCTYPE html><div data-pforte="http://["><a href="/there">There</a></div>
      <div data-pforte="https://other.merchant.test/"><a href="/other">Other</a></div>
      <div data-pforte="${portal}/login" data-title="Konto"><a href="/login">In</a></div><script src="${portal}/embed.js"></script>`);
    return;
  }
  const shown = searchParams.get('shown')?.replaceAll('&', '&amp;');
  answer.setHeader('Content-Type', 'text/html; charset=utf-8');
  if (shown) {
    answer.end(`<!DOCTYPE html><html lang="de"><meta name="viewport" content="width=device-width"><title>Shop</title><h1>Shop</h1>
      <div data-pforte="${shown}"><a href="${shown}">Hier bestellen</a></div><p>Darunter</p>
      <script src="${portal}/embed.js" async></script>`);
    return;
  }
  answer.end(`<!DOCTYPE html><html lang="de"><title>Shop</title><h1>Shop</h1>
    <iframe title="Portal" width="${width}" height="700" style="border: 0" src="${src.replaceAll('&', '&amp;')}"></iframe>`);
});
await new Promise((done) => shop.listen(shopPort, '127.0.0.1', done));
after(() => shop.close());

// Contexts are incognito ones: cookies of other sites are blocked, if they are not
// partitioned.
const chromium = await launch(['--host-resolver-rules=MAP *.test 127.0.0.1']);
after(() => chromium.close());

async function open(t, options = {}) {
  const context = await chromium.newContext({ locale: 'de-DE', ignoreHTTPSErrors: true, ...options });
  context.setDefaultTimeout(30_000);
  t.after(() => context.close());
  const page = await context.newPage();
  page.visited = [];
  page.complaints = [];
  page.on('response', (answer) => {
    if (answer.frame() !== page.mainFrame() && answer.request().isNavigationRequest()) {
      page.visited.push(`${answer.status()} ${answer.url().replace(/token=[^&]*/, 'token=…').replace(portal, '')}`);
    }
  });
  page.on('console', (message) => page.complaints.push(message.text()));
  return page;
}

const signIn = async (sub = 'anna', more = {}) =>
  `${portal}/sso?token=${encodeURIComponent(await tokenFor(acme, sub, more))}`;

// The page of that site with the address in a frame, which is given.
async function framed(page, src, site = merchant, width = 900) {
  await page.goto(`${site}/?width=${width}&src=${encodeURIComponent(src)}`);
  const frame = page.frames()[1];
  await frame.waitForLoadState();
  return frame;
}

const path = (frame) => frame.url().replace(portal, '');
const text = (frame) => frame.locator('main').innerText();

function ask(url, headers) {
  const { host, pathname, search } = new URL(url);
  const options = { host: '127.0.0.1', port, path: pathname + search, rejectUnauthorized: false,
    headers: { ...headers, host } };
  return new Promise((done, fail) => {
    request(options, async (answer) => {
      const { 'set-cookie': set, ...kept } = answer.headers;
      const parts = await answer.toArray();
      done({ status: answer.statusCode, headers: kept, body: Buffer.concat(parts) });
    }).on('error', fail).end();
  });
}

// A window that is only opening has none yet.
function frameOf(asked) {
  try {
    return asked.frame();
  } catch {
    return null;
  }
}

// No cookie of the portal is kept, or sent, where blocks(frame): as in a browser
// that keeps none, partitioned or not.
async function withoutCookies(context, blocks) {
  await context.route(`${portal}/**`, async (route) => {
    if (!blocks(frameOf(route.request()))) {
      await route.continue();
      return;
    }
    const { cookie, ...headers } = await route.request().allHeaders();
    await route.fulfill(await ask(route.request().url(), headers));
  });
}

test('F11, F12, X9: in a frame of a listed site a link signs in, and it lasts', async (t) => {
  const page = await open(t);
  let frame = await framed(page, await signIn());
  assert.equal(path(frame), '/');
  assert.match(await text(frame), /K2000/);
  assert.deepEqual(page.visited,
    ['303 /sso?token=…', '303 /sso?token=…&c=1', '200 /']);
  await picture(page, 'frame-dashboard');

  await frame.locator('header nav').getByRole('link', { name: 'Rechnungen' }).click();
  await frame.waitForURL(`${portal}/invoices`);
  await frame.locator('main table tbody a').first().click();
  await frame.waitForURL(`${portal}/invoices/*`);
  await frame.getByRole('link', { name: 'Français' }).click();
  await frame.locator('html[lang=fr]').waitFor();
  await frame.evaluate(() => location.reload());
  await frame.locator('html[lang=fr]').waitFor();
  frame = await framed(page, `${portal}/contracts`);
  assert.match(await frame.locator('h1').innerText(), /Contrats/, 'the language stays, too');

  const cookies = await page.context().cookies(portal);
  assert.deepEqual(cookies.map(({ name }) => name).sort(),
    ['__Host-pfe-acme', 'pforte-form-embedded', 'pforte-language-embedded']);
  for (const { sameSite, secure } of cookies) {
    assert.deepEqual([sameSite, secure], ['None', true]);
  }
});

test('F11: in a frame forms work: signing out, the password, signing in', async (t) => {
  const page = await open(t);
  const frame = await framed(page, await signIn());
  await frame.getByRole('button', { name: 'Abmelden' }).click();
  await frame.waitForURL(`${portal}/login?signed-out=1`);
  const names = (await page.context().cookies(portal)).map(({ name }) => name);
  assert.ok(!names.includes('__Host-pfe-acme'), 'the partitioned cookie is cleared');
  const anna = stack.user('anna');
  await frame.locator('input[name=username]').fill(anna.username);
  await frame.locator('input[name=password]').fill(anna.password);
  await frame.locator('main button').click();
  await frame.waitForURL(`${portal}/accounts`);
  await frame.locator('main form', { hasText: 'K2000' }).getByRole('button').click();
  await frame.waitForURL(`${portal}/`);
  assert.match(await text(frame), /K2000/);
  await frame.evaluate(() => location.reload());
  await frame.waitForLoadState();
  assert.match(await text(frame), /K2000/);
});

test('F12: who has kept a cookie is not probed again', async (t) => {
  const page = await open(t);
  await framed(page, await signIn());
  page.visited.length = 0;
  await framed(page, await signIn());
  assert.deepEqual(page.visited, ['303 /sso?token=…', '200 /']);
});

test('F12, X9: where cookies are blocked, one probe, then a window of its own that is signed in', async (t) => {
  const page = await open(t);
  const sessions = () => stack.sql('SELECT COUNT(*) AS n FROM session')[0].n;
  const before = sessions();
  await withoutCookies(page.context(), (frame) => frame?.parentFrame());
  const frame = await framed(page, await signIn('anna', { to: '/invoices' }));
  assert.deepEqual(page.visited, ['303 /sso?token=…', '401 /sso?token=…&c=1']);
  assert.match(await frame.locator('h1').innerText(), /eigenem Fenster/);
  assert.deepEqual(await axeFinds(frame), []);
  await picture(page, 'frame-window');

  const link = frame.getByRole('link', { name: 'In neuem Fenster öffnen' });
  assert.equal(await link.getAttribute('rel'), 'noopener');
  const [tab] = await Promise.all([page.context().waitForEvent('page'), link.click()]);
  await tab.waitForURL(`${portal}/invoices`);
  assert.equal(await tab.locator('h1').innerText(), 'Rechnungen');
  assert.equal(await tab.evaluate(() => document.referrer), '');
  await tab.reload();
  assert.equal(await tab.locator('h1').innerText(), 'Rechnungen');

  const [again] = await Promise.all([page.context().waitForEvent('page'), link.click()]);
  await again.getByText('Dieser Link wurde bereits verwendet').first().waitFor();
  assert.equal(sessions(), before + 1, 'where it cannot be kept, no session is started');
});

test('F12: a page that is not in a frame says that cookies are blocked', async (t) => {
  const page = await open(t);
  const answers = [];
  page.on('response', (answer) => answers.push(answer.status()));
  await withoutCookies(page.context(), () => true);
  await page.goto(await signIn());
  assert.match(await page.locator('h1').innerText(), /keine Cookies/);
  assert.equal(answers.filter((status) => status === 303).length, 1);
  assert.deepEqual(await axeFinds(page), []);
});

test('F12: an embedded portal works in its own tab, too', async (t) => {
  const page = await open(t);
  await page.goto(await signIn());
  assert.equal(page.url(), `${portal}/`);
  await page.reload();
  assert.match(await text(page), /K2000/);
});

test('F12: a site that is not listed frames nothing, no error page either', async (t) => {
  const page = await open(t);
  for (const src of [await signIn(), `${portal}/login`, `${portal}/`, `${portal}/sso?token=x`,
    `${portal}/nothing`, `${portal}/away`]) {
    page.complaints.length = 0;
    const frame = await framed(page, src, mallory);
    await until('the refusal', () => /frame-ancestors/.test(page.complaints.join('\n')));
    assert.ok(!frame.url().startsWith(portal), src);
  }
});

test('F12: in a frame of a listed site error pages are seen', async (t) => {
  const page = await open(t);
  for (const [src, words] of [['/sso?token=x', /unvollständig|funktioniert nicht/],
    ['/', /nicht angemeldet/], ['/away', /Einen Moment bitte/]]) {
    const frame = await framed(page, portal + src);
    assert.match(await text(frame), words, src);
  }
});

// ---- the snippet ----

// The shop's page with the snippet, and the frame that it made.
async function shown(page, address, site = merchant) {
  await page.goto(`${site}/?shown=${encodeURIComponent(address)}`);
  const element = await page.locator('[data-pforte] iframe').elementHandle();
  return { element, frame: await element.contentFrame() };
}

// The frame has no scroll bar, and nothing below what is in it.
const fits = ({ element, frame }) => until('the frame to fit', async () => {
  const outside = (await element.boundingBox()).height;
  const inside = await frame.evaluate(() => ({ whole: document.documentElement.getBoundingClientRect().height,
    scrolls: document.documentElement.scrollHeight > innerHeight }));
  return !inside.scrolls && Math.abs(outside - inside.whole) <= 1 && outside;
});

for (const [name, options] of [['900 px', { viewport: { width: 900, height: 700 } }],
  ['320 px', { viewport: { width: 320, height: 640 } }]]) {
  test(`X9, B96: a shop's page has the order page inside, as tall as it is, and a stranger orders there, ${name}`, async (t) => {
    const page = await open(t, { ...options, locale: 'en-GB' });
    const order_page = await shown(page, order), { element, frame } = order_page;
    assert.equal(await element.getAttribute('title'), 'Hier bestellen');
    await frame.getByRole('button', { name: 'Order with obligation to pay' }).waitFor();
    const tall = await fits(order_page);
    await picture(page, `embedded-order-${name.replace(' ', '-')}`);
    assert.deepEqual(await axeFinds(frame), []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'no scrolling sideways');
    await frame.getByLabel('Fixed IP address').fill('2');
    await frame.locator('#summary', { hasText: '2 × €4.50' }).waitFor();
    const person = { 'First name': 'Rosa', 'Last name': 'Blum', 'E-mail': `rosa-${Date.now()}@frame.example`,
      'Street': 'Weg 1', 'Postal code': '20095', 'Town': 'Hamburg' };
    for (const [label, value] of Object.entries(person)) {
      await frame.getByLabel(label).fill(value);
    }
    for (const box of await frame.locator('input[name^=term-]').all()) {
      await box.check();
    }
    await frame.getByRole('button', { name: 'Order with obligation to pay' }).click();
    await frame.waitForURL('**/done?**');
    assert.match(await text(frame), /VT-[0-9A-Z]{4}-[0-9A-Z]{4}/);
    assert.ok(await fits(order_page) < tall, 'what is shorter takes less');
    await until('its top to be seen', async () => (await element.boundingBox()).y >= -1);
  });
}

// Tells a height to the page around it, as nobody may whom the snippet does not show.
const liar = '<script>parent.postMessage({ pforte: "height", height: 9999 }, "*")</script>';

test('X9: the snippet hears its own frame alone, and in it pages of the portal alone', async (t) => {
  const page = await open(t);
  const own = await shown(page, `${portal}/login`), before = await fits(own);
  const heard = () => page.evaluate(() => new Promise((done) => { addEventListener('message', done, { once: true }); }));
  // another frame of the portal, which is not the snippet's
  const told = heard();
  await page.evaluate((src) => { document.body.append(Object.assign(document.createElement('iframe'), { src, width: 300 })); },
    order);
  await told;
  assert.equal(await fits(own), before);
  // the snippet's frame, with a page of somebody else
  const lied = heard();
  await page.route(`${mallory}/liar`, (route) => route.fulfill({ contentType: 'text/html', body: liar }));
  await own.element.evaluate((element, src) => { element.src = src; }, `${mallory}/liar`);
  await lied;
  await until('the first height', async () => (await own.element.boundingBox()).height === 640);
});

test('X9: an error page, which tells nothing, is seen at the top of a frame of the usual height', async (t) => {
  const page = await open(t, { viewport: { width: 900, height: 700 } });
  const own = await shown(page, order);
  await fits(own);
  await own.frame.getByRole('button', { name: 'Order with obligation to pay' }).scrollIntoViewIfNeeded();
  await own.element.evaluate((element, src) => { element.src = src; }, `${portal}/away`);
  await until('the usual height', async () => (await own.element.boundingBox()).height === 640);
  assert.match(await text(own.frame), /One moment|Einen Moment/);
  assert.ok((await own.element.boundingBox()).y >= -1, 'its top is seen');
});

test('X9: what is no address stays a link, and what stands beside it is shown', async (t) => {
  const page = await open(t);
  await page.goto(`${merchant}/three`);
  await page.locator('iframe[title="Konto"]').waitFor();
  assert.deepEqual(await page.locator('a').allInnerTexts(), ['There', 'Other']);
});

test('X9: by the snippet a link signs in, and pages of the portal are as tall as they are', async (t) => {
  const page = await open(t);
  const dashboard = await shown(page, await signIn());
  await dashboard.frame.waitForURL(`${portal}/`);
  await fits(dashboard);
  await dashboard.frame.locator('header nav').getByRole('link', { name: 'Rechnungen' }).click();
  await dashboard.frame.waitForURL(`${portal}/invoices`);
  await fits(dashboard);
});

test('X9: without JavaScript the link that stands in the snippet is followed', async (t) => {
  const page = await open(t, { javaScriptEnabled: false });
  await page.goto(`${merchant}/?shown=${encodeURIComponent(order)}`);
  await page.getByRole('link', { name: 'Hier bestellen' }).click();
  await page.getByRole('button', { name: 'Order with obligation to pay' }).waitFor();
});

test('a listed site\'s own form orders by the public key, and no other site reads or orders anything', async (t) => {
  const page = await open(t);
  const call = ([base, key]) => {
    const ask = async (path, body, more) => {
      try {
        const answer = await fetch(`${base}${path}?language=en`, { method: 'POST', body: JSON.stringify(body),
          headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', ...more } });
        return { status: answer.status, ...await answer.json() };
      } catch (error) {
        return { status: 0, error: error.message };
      }
    };
    return (async () => {
      const { shown = 'x' } = await ask('/preview', {});
      const customer = { first_name: 'Rosa', last_name: 'Blum', email: 'rosa@fetch.example', street: 'Weg 1',
        postal_code: '20095', city: 'Hamburg', country: 'DE' };
      return ask('/orders', { shown, customer }, { 'Idempotency-Key': crypto.randomUUID() });
    })();
  };
  const orders = () => Number(stack.sql("SELECT COUNT(*) AS n FROM orders WHERE tenant = 'acme'")[0].n);
  const own = [`${portal}/api/v1/order-pages/${variant}`, acme.public_key], before = orders();
  await page.goto(`${mallory}/`);
  assert.equal((await page.evaluate(call, own)).status, 0);
  assert.equal(orders(), before);
  await page.goto(`${merchant}/`);
  const { status, contract } = await page.evaluate(call, own);
  assert.equal(status, 201);
  assert.match(contract, /^VT-/);
  assert.equal(orders(), before + 1);
});

test('X9: the snippet is a script for anybody\'s pages, and brings nothing along', async () => {
  const { status, headers } = await ask(`${portal}/embed.js`, {});
  assert.equal(status, 200);
  assert.match(headers['content-type'], /javascript/);
  assert.deepEqual([headers['x-content-type-options'], headers['cross-origin-resource-policy'], headers['cache-control']],
    ['nosniff', 'cross-origin', 'max-age=3600']);
  assert.equal((await stack.get('/embed.js', { method: 'POST' })).status, 405);
});

test('X9: pages that are not in a frame have no script of frames, and no other policy', async () => {
  for (const [headers, has] of [[{}, false], [{ 'Sec-Fetch-Dest': 'document' }, false], [{ 'Sec-Fetch-Dest': 'iframe' }, true]]) {
    const { headers: got, body } = await ask(`${portal}/login`, headers);
    assert.equal(body.includes('framed.js'), has);
    assert.equal(got['content-security-policy'].includes('script-src'), has);
  }
  const inFrame = { 'Sec-Fetch-Dest': 'iframe' };
  const { status, headers, body } = await ask(`${portal}/admin/login`, inFrame);
  assert.equal(status, 200);
  assert.doesNotMatch(body + headers['content-security-policy'], /framed\.js|script-src/, 'the back office');
});

test('F11: under the merchant\'s own domain the usual cookie serves in a frame', async (t) => {
  const page = await open(t);
  const globex = stack.tenant('globex');
  const own = `https://konto.merchant.test:${port}`;
  const user = globex.users[0].username;
  const frame = await framed(page,
    `${own}/sso?token=${encodeURIComponent(await tokenFor(globex, user))}`);
  assert.equal(frame.url(), `${own}/`);
  const cookies = await page.context().cookies(own);
  assert.equal(cookies.find(({ name }) => name === '__Host-pf-globex')?.sameSite, 'Lax');
});

for (const [name, options] of [['320 px', { viewport: { width: 320, height: 640 } }],
  ['dark', { colorScheme: 'dark' }], ['fr', { locale: 'fr' }], ['en', { locale: 'en' }]]) {
  test(`X9: the page that offers a window, ${name}`, async (t) => {
    const page = await open(t, options);
    const answer = await page.goto(`${await signIn()}&c=1`);
    assert.equal(answer.status(), 401);
    await looksGood(page, `window-alone-${name}`);
    const frame = await framed(page, `${await signIn()}&c=1`, merchant, options.viewport?.width);
    assert.equal(await frame.locator('main a[target=_blank]').count(), 1);
    await looksGood(frame, `window-framed-${name}`, page);
  });
}

async function looksGood(place, name, page = place) {
  await picture(page, name);
  assert.deepEqual(await axeFinds(place), []);
  assert.ok(await place.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
}
