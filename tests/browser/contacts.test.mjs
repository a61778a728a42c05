// An accountant is invited to an account, accepts, opens it, changes back and is
// removed: in Chromium, in three languages, and by plain HTTP.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';

import { visible } from '../lib/client.mjs';
import { axeFinds, launch, openPage, picture } from '../lib/chromium.mjs';
import { startRelay } from '../lib/relay.mjs';
import { linkFor } from '../lib/sso.mjs';
import { startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack();
const chromium = await launch();
after(async () => {
  await chromium.close();
  await relay.stop();
});
const password = 'granite-meadow-window-7';

// Somebody with an account and a password of their own.
async function accountant() {
  const username = `vogt-${randomUUID().slice(0, 8)}`;
  const email = `${username}@kanzlei.example`;
  const { json: { number } } = await stack.api('acme', 'POST', '/customers', { company_name: 'Kanzlei Vogt', email });
  const answer = await stack.api('acme', 'POST', '/user-logins',
    { customer: number, email, username, password, must_change: false });
  assert.equal(answer.status, 201, answer.text);
  await relay.mailTo(email);
  return { username, email, number };
}

const linkTo = async (email, n) => {
  const { text, headers } = await until(`mail ${n} to ${email}`, () => relay.to(email)[n - 1]);
  return { path: new URL(text.match(/https?:\/\/\S+\/invitation\/[\w-]{22}/)[0]).pathname, subject: headers.subject };
};

async function open(t, options, expected = []) {
  return openPage(t, chromium, { baseURL: stack.base, ...options }, { timeout: 10_000, expected });
}

const heading = (page) => page.locator('h1').innerText();
const fine = async (page, name) => {
  assert.deepEqual(await axeFinds(page), [], name);
  await picture(page, `contacts-${name}`);
};

const words = {
  de: { contacts: 'Kontakte', invite: 'Per E-Mail einladen', use: 'Vorlage übernehmen', preset: 'Buchhaltung', send: 'Einladung senden',
    sent: 'Einladung gesendet', invitation: 'Einladung', signIn: 'Anmelden', accept: 'Annehmen', accepted: 'Einladung angenommen',
    open: 'Dieses Konto öffnen', invoices: 'Rechnungen', active: 'Aktiv', remove: 'Entfernen', mail: /lädt Sie zu .* ein/ },
  en: { contacts: 'Contacts', invite: 'Invite by e-mail', use: 'Use preset', preset: 'Accountant', send: 'Send the invitation',
    sent: 'Invitation sent', invitation: 'Invitation', signIn: 'Sign in', accept: 'Accept', accepted: 'Invitation accepted',
    open: 'Open this account', invoices: 'Invoices', active: 'Active', remove: 'Remove', mail: /invites you to/ },
  fr: { contacts: 'Contacts', invite: 'Inviter par e-mail', use: 'Utiliser le modèle', preset: 'Comptable', send: 'Envoyer l’invitation',
    sent: 'Invitation envoyée', invitation: 'Invitation', signIn: 'Se connecter', accept: 'Accepter', accepted: 'Invitation acceptée',
    open: 'Ouvrir ce compte', invoices: 'Factures', active: 'Actif', remove: 'Supprimer', mail: /vous invite chez/ },
};

async function walk(t, language, options, name) {
  const word = words[language];
  const guest = await accountant();
  const anna = await open(t, { locale: language, ...options });
  await anna.goto(`${await linkFor(stack.tenant('acme'), 'anna')}&language=${language}`);

  // anna invites
  await anna.locator('header nav').getByRole('link', { name: word.contacts, exact: true }).click();
  await fine(anna, `${name}-list`);
  await anna.getByRole('link', { name: word.invite }).click();
  await anna.locator('#field-preset').selectOption({ value: 'accountant' });
  await anna.getByRole('button', { name: word.use }).click();
  assert.ok(await anna.locator('input[name="billing.invoices.view"]').isChecked());
  assert.ok(!await anna.locator('input[name="security.members.change"]').isChecked());
  await anna.locator('#field-email').fill(guest.email);
  await fine(anna, `${name}-form`);
  await anna.getByRole('button', { name: word.send }).click();
  assert.equal(await heading(anna), guest.email);
  assert.match(await anna.locator('main').innerText(), new RegExp(word.sent));
  await fine(anna, `${name}-member`);
  const member = anna.url().replace(/\?.*/, '');

  // the guest opens the mail's link, signs in, accepts
  const { path, subject } = await linkTo(guest.email, 2);
  assert.match(subject, word.mail);
  const page = await open(t, { locale: language, ...options });
  await page.goto(`${path}?language=${language}`);
  assert.equal(await heading(page), word.invitation);
  assert.match(await page.locator('main').innerText(), /Bäckerei Sommer GmbH.*K2000/);
  await fine(page, `${name}-invitation`);
  await page.locator('main').getByRole('link', { name: word.signIn }).click();
  await page.locator('input[name=username]').fill(guest.username);
  await page.locator('input[name=password]').fill(password);
  await page.locator('main button').click();
  assert.equal(new URL(page.url()).pathname, path);
  await fine(page, `${name}-answer`);
  await page.getByRole('button', { name: word.accept }).click();
  assert.equal(await heading(page), word.accepted);
  await fine(page, `${name}-accepted`);

  // chooses the account, sees what was given and nothing else
  await page.getByRole('button', { name: word.open }).click();
  await page.locator('header nav').getByRole('link', { name: word.invoices, exact: true }).click();
  assert.equal(await heading(page), word.invoices);
  assert.match(await page.locator('header').innerText(), /K2000/);
  assert.equal(await page.locator('header nav').getByRole('link', { name: word.contacts, exact: true }).count(), 0);

  // and back by the menu at the top
  await page.locator('header summary').click();
  await page.locator('header').getByRole('button', { name: new RegExp(guest.number) }).click();
  assert.match(await page.locator('header').innerText(), new RegExp(guest.number));
  await page.locator('header summary').click();
  await page.locator('header').getByRole('button', { name: /K2000/ }).click();
  assert.match(await page.locator('header').innerText(), /K2000/);

  // anna takes it back, at once
  await anna.goto(member);
  assert.match(await anna.locator('main').innerText(), new RegExp(word.active));
  await anna.getByRole('link', { name: word.remove, exact: true }).click();
  await fine(anna, `${name}-ask`);
  await anna.getByRole('button', { name: word.remove, exact: true }).click();
  assert.equal(await heading(anna), word.contacts);
  assert.ok(!(await anna.locator('main').innerText()).includes(guest.email));
  await page.goto('/acme/invoices');
  assert.match(page.url(), /\/acme\/login/);
}

test('G15, G31, G34, G37, G48, X2: invite, accept, choose, switch, remove, in German', async (t) => {
  await walk(t, 'de', {}, 'de');
});

test('G15, G31, G34, G37, G48, X2: the same in English, on a phone', async (t) => {
  await walk(t, 'en', { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }, 'en');
});

test('G15, G31, G34, G37, G48, X2: the same in French, in the dark', async (t) => {
  await walk(t, 'fr', { colorScheme: 'dark' }, 'fr');
});

test('G14: a contact chooses a password by the link of the mail, in Chromium', async (t) => {
  const email = `dora-${randomUUID().slice(0, 8)}@sommer.example`;
  const anna = await open(t, { locale: 'de-DE', javaScriptEnabled: false });
  await anna.goto(await linkFor(stack.tenant('acme'), 'anna'));
  await anna.goto('/acme/contacts/new?preset=user');
  await anna.locator('#field-first_name').fill('Dora');
  await anna.locator('#field-last_name').fill('Vogt');
  await anna.locator('#field-email').fill(email);
  await anna.locator('main form[method=post] button').click();
  assert.equal(await heading(anna), 'Dora Vogt');
  const page = await open(t, { locale: 'de-DE', viewport: { width: 320, height: 700 } }, [422]);
  const { path } = await linkTo(email, 1);
  await page.goto(path);
  await page.locator('#field-new_password').fill('short');
  await page.locator('main button').click();
  assert.match(await page.title(), /^Fehler/);
  await fine(page, 'password');
  await page.locator('#field-new_password').fill(password);
  await page.locator('main button').click();
  assert.match(page.url(), /\/acme\/login/);
  await page.locator('input[name=username]').fill(email);
  await page.locator('input[name=password]').fill(password);
  await page.locator('main button').click();
  assert.match(await page.locator('header').innerText(), /K2000/);
});

test('G15, G31, G34, G37, G48: the same walk with plain HTTP', async () => {
  const guest = await accountant();
  const anna = await stack.signedIn('acme', 'anna');
  const sent = await anna.submit(await anna.get('/acme/contacts/invite'),
    { email: guest.email, 'billing.invoices.view': 'on' }, { action: /invite$/ });
  assert.equal(sent.status, 303, sent.text);
  const { path } = await linkTo(guest.email, 2);
  const browser = stack.browser();
  const login = await browser.go(`/acme/login?next=${path.replace('/acme', '')}`);
  const back = await browser.submit(login, { username: guest.username, password }, { action: /login$/ });
  assert.equal(back.location, path);
  const done = await browser.submit(await browser.get(path), {}, { action: /accept$/ });
  assert.equal(done.status, 200, done.text);
  const chosen = await browser.submit(await browser.get('/acme/accounts'), { customer: 'K2000', account: 'K2000' }, { action: /accounts$/ });
  assert.ok(chosen.status < 400, chosen.text);
  const at = await browser.get('/acme/invoices');
  assert.equal(at.status, 200);
  assert.match(visible(at.text), /K2000/);
  const gone = await anna.submit(await anna.get(`${sent.location.replace(/\?.*/, '')}/remove`), {}, { action: /remove$/ });
  assert.equal(gone.location, '/acme/contacts');
  assert.equal((await browser.get('/acme/invoices')).status, 303);
});
