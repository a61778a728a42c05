// Staff in the back office, in Chromium: desktop, 320 pixels, dark; without
// JavaScript throughout.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { axeFinds, dress, launch, OF_DRESS, openPage, picture } from '../lib/chromium.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const chromium = await launch();
after(() => chromium.close());
const otto = stack.staff('acme', 'operator');

const looks = {
  'office': { viewport: { width: 1280, height: 900 } },
  'office-320': { viewport: { width: 320, height: 700 } },
  'office-dark': { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
};

// One of each kind: pages.test.mjs looks at all of them.
const pages = ['', '/customers?number=K', '/customers/K2000', '/contracts/VT-7KQ2-ZHXM/change',
  '/invoices?status=open&from=2020-01-01', '/invoices/RE20001', '/api-keys/new', '/settings/general',
  '/staff/sam', '/mail-templates/login_created/de', '/audit', '/security'];

async function open(t, options, expected = []) {
  return openPage(t, chromium, { baseURL: stack.base, locale: 'de-DE', ...options }, { timeout: 30_000, expected });
}

async function signIn(page) {
  await page.goto('/acme/admin/customers');
  assert.match(page.url(), /\/acme\/admin\/login\?next=/);
  await page.getByLabel('Benutzername').fill(otto.username);
  await page.getByLabel('Passwort').fill(otto.password);
  await page.getByRole('button', { name: 'Anmelden' }).click();
  assert.match(page.url(), /\/acme\/admin\/customers$/);
}

const overflow = (page) => page.evaluate(() =>
  document.documentElement.scrollWidth - document.documentElement.clientWidth);

test('X10: pages of the back office fit and are accessible, at 1280 and 320 pixels, and in the dark', async (t) => {
  const page = await open(t, looks.office);
  await signIn(page);
  for (const path of pages) {
    await page.goto(`/acme/admin${path}`);
    for (const [name, look] of Object.entries(looks)) {
      await dress(page, look);
      await picture(page, `${name}${path.replace(/\W+/g, '-')}`);
      assert.equal(await overflow(page), 0, `${path} is wider than the window: ${name}`);
      assert.deepEqual(await axeFinds(page, name === 'office' ? undefined : OF_DRESS), [], `${path}: ${name}`);
    }
  }
});

test('X10: find a customer, open the portal in their name, and come back', async (t) => {
  const page = await open(t, { javaScriptEnabled: false }, [422]);
  await signIn(page);
  await page.getByText('Filter', { exact: true }).click();
  await page.getByLabel('Firma').fill('sommer');
  await page.getByRole('button', { name: 'Anwenden' }).click();
  assert.match(page.url(), /company_name=sommer/);
  assert.equal(await page.locator('tbody tr').count(), 2);
  await page.getByRole('link', { name: 'Kundennummer' }).click();
  assert.match(page.url(), /sort=number/);
  assert.match(page.url(), /company_name=sommer/, 'the filter stays');
  await page.getByRole('link', { name: 'K2000' }).click();
  await page.locator('a[href$="/admin/logins/anna"]').click();
  await page.getByRole('link', { name: 'Das Portal als dieser Kunde öffnen' }).click();
  await page.getByRole('button', { name: 'Portal öffnen' }).click();
  assert.match(await page.title(), /^Fehler: /);
  await page.getByLabel(/Warum/).fill('Ticket 4711');
  await page.getByRole('button', { name: 'Portal öffnen' }).click();
  assert.match(await page.locator('aside').innerText(), /otto.*anna/);
  await picture(page, 'office-behalf');
  await page.getByRole('link', { name: 'Rechnungen', exact: true }).click();
  assert.match(await page.locator('aside').innerText(), /otto.*anna/, 'on every page');
  await page.getByRole('button', { name: 'Zurück zur Verwaltung' }).click();
  assert.match(page.url(), /\/acme\/admin\/customers\/K2000$/);
});

test('a wrong setting is said at its field, and the focus is on the summary', async (t) => {
  const page = await open(t, {}, [422]);
  await signIn(page);
  await page.goto('/acme/admin/settings/general');
  await page.getByLabel('Zeitzone').fill('Mond');
  await page.getByRole('button', { name: 'Speichern' }).click();
  await page.locator('.notice-bad.summary:focus').waitFor();
  assert.equal(await page.getByLabel('Zeitzone').inputValue(), 'Mond');
  await page.getByRole('link', { name: /Zeitzone/ }).click();
  await page.locator('[name=time_zone]:focus').waitFor();
  assert.deepEqual(await axeFinds(page), []);
});

for (const [name, options] of Object.entries(looks)) {
  test(`F31: words of a mail are written, looked at, refused and saved: ${name}`, async (t) => {
    const page = await open(t, { ...options, javaScriptEnabled: false }, [422]);
    const words = '/acme/admin/mail-templates/login_created/fr';
    await signIn(page);
    await page.goto('/acme/admin/mail-templates');
    await page.getByRole('link', { name: 'Français' }).first().click();
    await page.getByLabel('Betreff').fill('Bonjour {CustomerName}');
    await page.getByLabel('Dasselbe als HTML').fill('<p>Compte <b>{Username}</b></p>');
    await page.getByLabel('Text', { exact: true }).fill('Compte {Nom}');
    await page.getByRole('button', { name: 'Speichern' }).click();
    assert.match(await page.title(), /^Fehler: /);
    assert.match(await page.locator('#error-text').innerText(), /\{Nom\}/);
    assert.equal(await page.getByLabel('Text', { exact: true }).inputValue(), 'Compte {Nom}');
    assert.equal(await overflow(page), 0);
    await picture(page, `${name}-mail-refused`);
    await page.getByLabel('Text', { exact: true }).fill('Compte {Username}');
    await page.getByRole('button', { name: 'Vorschau' }).click();
    assert.equal(await page.locator('.mail-text').innerText(), 'Compte K2000');
    assert.equal(await page.frameLocator('iframe.mail-html').locator('b').innerText(), 'K2000');
    assert.equal(await overflow(page), 0);
    await picture(page, `${name}-mail-preview`);
    await page.getByRole('button', { name: 'Speichern' }).click();
    assert.equal(new URL(page.url()).pathname, words);
    assert.equal(await page.getByLabel('Betreff').inputValue(), 'Bonjour {CustomerName}');
    await page.getByRole('button', { name: 'Zurück zu unseren Worten' }).click();
    assert.match(await page.getByLabel('Betreff').inputValue(), /\{TenantName\}/);
  });
}
