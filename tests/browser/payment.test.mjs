// Paying in Chromium: to the payment provider's page and back, from an order and from the
// portal, and a mandate that follows what is typed.
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
const variant = variants.find(({ external_id }) => external_id === 'GF1000-24').id;

async function open(t, path, options = {}) {
  const page = await openPage(t, chromium, { baseURL: stack.base, locale: 'en-GB', ...options }, { timeout: MS, expected: [] });
  await page.goto(path);
  return page;
}

async function fillIn(page) {
  const person = { first_name: 'Rosa', last_name: 'Blum', email: `rosa-${randomBytes(4).toString('hex')}@walk.example`, street: 'Weg 1',
    postal_code: '20095', city: 'Hamburg', country: 'DE' };
  for (const [name, value] of Object.entries(person)) {
    await page.locator(`[name=${name}]`).fill(value);
  }
}

const order = (page) => page.getByRole('button', { name: 'Order with obligation to pay' }).click();

// The policy of a page lets no form lead to another site: ours leads on by itself.
test('B38: an order by card goes to the provider, back, and to its thanks', own, async (t) => {
  const page = await open(t, `/acme/order/${variant}?language=en`);
  await fillIn(page);
  await page.getByLabel('Card', { exact: true }).check();
  await order(page);
  await page.waitForURL(/\/_sandbox\//);
  await picture(page, 'sandbox');
  assert.deepEqual(await axeFinds(page), []);
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.waitForURL(/\/done\?/);
  await page.getByText('Your card is there: you pay by it from now on.').waitFor();
  await picture(page, 'order-by-card');
  assert.deepEqual(await axeFinds(page), []);
});

test('B38: the mandate follows what is typed, and stands above the button', own, async (t) => {
  const page = await open(t, `/acme/order/${variant}?language=en`, { viewport: { width: 320, height: 800 } });
  const iban = page.getByLabel('IBAN');
  assert.equal(await iban.isVisible(), false, 'not asked for on account');
  await fillIn(page);
  await page.getByLabel('Direct debit (SEPA)').check();
  await page.getByLabel('Account holder').fill('Rosa Blum');
  await iban.fill('DE89370400440532013000');
  await page.locator('#summary', { hasText: 'IBAN: DE89 3704 0044 0532 0130 00' }).waitFor();
  await picture(page, 'order-by-debit');
  assert.deepEqual(await axeFinds(page), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than the screen');
  await order(page);
  await page.waitForURL(/\/done\?/);
});

test('B5: without JavaScript a member changes to a card and back', own, async (t) => {
  const page = await open(t, '/acme/login?language=en', { javaScriptEnabled: false, colorScheme: 'dark' });
  const { username, password } = stack.user('bruno');
  await page.locator('[name=username]').fill(username);
  await page.locator('[name=password]').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.goto('/acme/payment?language=en');
  await page.getByRole('link', { name: 'Pay by card' }).click();
  await page.getByLabel('Your password').fill(password);
  await page.getByRole('button', { name: 'Go to the payment provider' }).click();
  await page.waitForURL(/\/_sandbox\//);
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.waitForURL(/\/payment\?attempt=/);
  await page.getByText('Visa … 4242').waitFor();
  await picture(page, 'payment-card');
  await page.getByRole('link', { name: 'Pay on account' }).click();
  await page.getByLabel('Your password').fill(password);
  await page.getByRole('button', { name: 'Remove the card' }).click();
  await page.getByText('On account, by transfer').waitFor();
});
