// The order page in Chromium: the summary follows what is typed, and is what is ordered.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';

import { axeFinds, launch, openPage, picture } from '../lib/chromium.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const chromium = await launch();
after(() => chromium.close());

const MS = 60_000; // what a page may take on a busy machine
const { items: variants } = (await stack.api('acme', 'GET', '/plan-variants?limit=100')).json;
const { items: components } = (await stack.api('acme', 'GET', '/components?limit=100')).json;
const variant = variants.find(({ external_id }) => external_id === 'GF1000-24').id;
const control = (name) => `[name="component-${components.find((one) => one.name === name).id}"]`;

async function open(t, options = {}, expected = []) {
  const page = await openPage(t, chromium, { baseURL: stack.base, locale: 'en-GB', ...options }, { timeout: MS, expected });
  await page.goto(`/acme/order/${variant}?language=en`);
  return page;
}

const summary = (page, words) => page.locator('#summary', { hasText: words });
const shown = (page) => page.locator('input[name=shown]').getAttribute('value');

test('B100, B105: the summary follows each key, and the focus stays where it is', own, async (t) => {
  const page = await open(t);
  const before = await shown(page), ip = page.locator(control('Feste IP-Adresse'));
  let loads = 0;
  page.on('load', () => loads++);
  await ip.pressSequentially('12');
  await summary(page, '12 × €4.50').waitFor();
  assert.notEqual(await shown(page), before, 'it is this summary that is ordered by');
  assert.equal(await ip.evaluate((one) => one === document.activeElement && one.selectionStart), 2);
  await page.locator(control('Router, Miete')).check();
  await summary(page, 'Rented router').waitFor();
  await picture(page, 'order-live');
  assert.deepEqual(await axeFinds(page), []);
  await page.locator(control('Router, Miete')).uncheck();
  await page.locator('#summary:not(:has-text("Rented router"))').waitFor();
  assert.equal(loads, 0);
});

test('B100, B105: what is wrong stands at its control until it is right', own, async (t) => {
  const page = await open(t, {}, [422]);
  const ip = page.locator(control('Feste IP-Adresse'));
  const error = page.locator('.field', { has: ip }).locator('.field-error');
  await ip.fill('two');
  await error.waitFor();
  assert.equal(await ip.getAttribute('aria-invalid'), 'true');
  assert.equal(await ip.inputValue(), 'two');
  await ip.fill('2');
  await summary(page, '2 × €4.50').waitFor();
  assert.equal(await error.count(), 0);
  assert.equal(await ip.getAttribute('aria-invalid'), null);
});

test('B105: where the server is away the page says that the summary is old, and goes on when it is back', own, async (t) => {
  const page = await open(t, {}, [503]);
  const ip = page.locator(control('Feste IP-Adresse')), stale = page.locator('#summary-stale');
  assert.equal(await stale.isVisible(), false);
  await page.route('**/order/**', (route) => route.fulfill({ status: 503, body: 'away' }));
  await ip.fill('3');
  await stale.waitFor();
  assert.deepEqual(await axeFinds(page), []);
  await page.unroute('**/order/**');
  await ip.fill('4');
  await summary(page, '4 × €4.50').waitFor();
  assert.equal(await stale.isVisible(), false);
});

test('B100, B105, B106, B107: the summary that was shown is ordered by, at once', own, async (t) => {
  const page = await open(t);
  await page.locator(control('Feste IP-Adresse')).fill('2');
  await summary(page, '2 × €4.50').waitFor();
  const person = { 'First name': 'Rosa', 'Last name': 'Blum', 'E-mail': `rosa-${randomBytes(4).toString('hex')}@orders.example`,
    'Street': 'Weg 1', 'Postal code': '20095', 'Town': 'Hamburg' };
  for (const [label, value] of Object.entries(person)) {
    await page.getByLabel(label).fill(value);
  }
  for (const box of await page.locator('input[name^=term-]').all()) {
    await box.check();
  }
  await page.getByRole('button', { name: 'Order with obligation to pay' }).click();
  await page.waitForURL('**/done?**');
  const [, ref] = (await page.locator('main').innerText()).match(/(VT-[0-9A-Z]{4}-[0-9A-Z]{4})/);
  const { json } = await stack.api('acme', 'GET', `/contracts/${ref}`);
  assert.ok(json.items.some(({ description, quantity }) => description === 'Fixed IP address' && quantity === '2'), JSON.stringify(json.items));
});

test('B105: nothing of the page needs a script', own, async (t) => {
  const page = await open(t, { javaScriptEnabled: false });
  await page.locator(control('Feste IP-Adresse')).fill('2');
  await page.getByRole('button', { name: 'Update the summary' }).click();
  await summary(page, '2 × €4.50').waitFor();
});
