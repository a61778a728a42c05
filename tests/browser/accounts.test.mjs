// One person with several accounts, in Chromium: choose, change in the menu, go on
// in an old tab, follow a link into the other account.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { axeFinds, launch, openPage, picture } from '../lib/chromium.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const chromium = await launch();
after(() => chromium.close());
const anna = stack.user('anna');

const languages = {
  de: { choose: 'Konto wählen', invoices: 'Rechnungen', signOut: 'Abmelden', changed: /^Inzwischen wurde/,
    elsewhere: 'Das gehört zu einem anderen Konto', open: /wechseln und öffnen/, all: 'Alle Konten' },
  en: { choose: 'Choose an account', invoices: 'Invoices', signOut: 'Sign out', changed: /^Another account was/,
    elsewhere: 'This belongs to another account', open: /^Change to .* and open it/, all: 'All accounts' },
  fr: { choose: 'Choisir un compte', invoices: 'Factures', signOut: 'Se déconnecter', changed: /^Un autre compte/,
    elsewhere: 'Ceci appartient à un autre compte', open: /^Passer à .* et l’ouvrir/, all: 'Tous les comptes' },
};

async function open(t, locale, options) {
  return openPage(t, chromium, { baseURL: stack.base, locale, ...options }, { timeout: 10_000, expected: [409] });
}

const path = (page) => new URL(page.url()).pathname;
const heading = (page) => page.locator('h1').innerText();
const account = (page) => page.locator('header .account');
const narrow = async (page, where) => {
  assert.deepEqual(await axeFinds(page), [], where);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${where}: ${wide} px too wide`);
};

async function signIn(page, words) {
  await page.goto('/acme/login');
  await page.locator('input[name=username]').fill(anna.username);
  await page.locator('input[name=password]').fill(anna.password);
  await page.locator('main button').click();
  assert.equal(await heading(page), words.choose);
}

async function walk(t, page, lang) {
  const words = languages[lang];
  await signIn(page, words);
  await narrow(page, 'the choice');
  await picture(page, `accounts-${lang}-choice`);
  await page.getByRole('button', { name: 'K2000' }).click();
  assert.equal(path(page), '/acme/');
  assert.match(await account(page).innerText(), /K2000/);

  // a second tab changes the account, in the menu
  const other = await page.context().newPage();
  await other.goto('/acme/invoices');
  await other.locator('header summary').click();
  await narrow(other, 'the menu');
  await picture(other, `accounts-${lang}-menu`);
  assert.ok(await other.getByRole('link', { name: words.all }).isVisible());
  await other.locator('header').getByRole('button', { name: 'K2001' }).click();
  await other.waitForURL('**/acme/');
  assert.match(await account(other).innerText(), /K2001/);
  await other.locator('header nav').getByRole('link', { name: words.invoices }).click();
  const invoice = await other.locator('main tbody a').first().innerText();

  // a form of the first tab, which shows K2000 as before, does nothing
  assert.match(await account(page).innerText(), /K2000/);
  await page.locator('header form[action$="/logout"]').evaluate((form) => {
    form.action = form.action.replace('logout', 'leave'); // any form that is of an account
  });
  await page.getByRole('button', { name: words.signOut }).click();
  assert.match(await heading(page), words.changed);
  assert.match(await account(page).innerText(), /K2001/);
  await narrow(page, 'account changed');
  await picture(page, `accounts-${lang}-changed`);
  await page.locator('header summary').click();
  await page.locator('header').getByRole('button', { name: 'K2000' }).click();
  assert.match(await account(page).innerText(), /K2000/);

  // an address of the other account
  await page.goto(`/acme/invoices/${invoice}`);
  assert.equal(await heading(page), words.elsewhere);
  await narrow(page, 'elsewhere');
  await picture(page, `accounts-${lang}-elsewhere`);
  await page.getByRole('button', { name: words.open }).click();
  assert.equal(path(page), `/acme/invoices/${invoice}`);
  assert.match(await account(page).innerText(), /K2001/);

  await page.getByRole('button', { name: words.signOut }).click();
  assert.equal(path(page), '/acme/login');
  await other.goto('/acme/invoices');
  assert.equal(path(other), '/acme/login');
}

for (const [lang, locale] of [['de', 'de-DE'], ['en', 'en-GB'], ['fr', 'fr-FR']]) {
  test(`G1, G34, G35, G37, G38: choose, change, an old tab, a link into the other account: ${lang}`, async (t) => {
    await walk(t, await open(t, locale), lang);
  });
}

test('G34, G37, G38: the same at 320 pixels, in the dark', async (t) => {
  await walk(t, await open(t, 'de-DE', { viewport: { width: 320, height: 640 }, colorScheme: 'dark',
    isMobile: true, hasTouch: true }), 'de');
});

test('G34, G37: the same by the keyboard alone, without JavaScript', async (t) => {
  const page = await open(t, 'de-DE', { javaScriptEnabled: false });
  await signIn(page, languages.de);
  await page.getByRole('button', { name: 'K2000' }).focus();
  await Promise.all([page.waitForURL('**/acme/'), page.keyboard.press('Enter')]);
  await page.locator('header summary').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await Promise.all([page.waitForResponse((answer) => answer.status() === 303), page.keyboard.press('Enter')]);
  await page.waitForLoadState();
  assert.match(await account(page).innerText(), /K2001/);
});
