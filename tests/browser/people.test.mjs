// People who forgot a password, look after their login, or open an account, in
// Chromium.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';

import { HtmlValidate, StaticConfigLoader } from 'html-validate';

import { axeFinds, dress, launch, openPage, picture } from '../lib/chromium.mjs';
import { forms } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { startStack } from '../lib/stack.mjs';
import { totp } from '../lib/totp.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack();
const own = { skip: stack.skip };
const chromium = await launch();
after(() => Promise.all([chromium.close(), relay.stop()]));
const validator = new HtmlValidate(new StaticConfigLoader(
  JSON.parse(readFileSync(new URL('../lib/htmlvalidate.json', import.meta.url)))));

const password = 'copper-window-orchard-8';
const fresh = 'violet-tractor-museum-12';

async function account() {
  const id = randomUUID().slice(0, 8);
  const email = `office-${id}@people.example`;
  const { json: { number } } = await stack.api('acme', 'POST', '/customers', { company_name: `Firma ${id}`, email });
  const username = `person-${id}`;
  const made = await stack.api('acme', 'POST', '/user-logins',
    { customer: number, email: `${username}@people.example`, username, password, must_change: false, send_mail: false });
  assert.equal(made.status, 201, made.text);
  return { number, email, username };
}

async function open(t, options, expected = []) {
  return openPage(t, chromium, { baseURL: stack.base, ...options }, { timeout: 10_000, expected });
}

// The page as it stands is without fault: in the light, in the dark at 320
// pixels, and from right to left.
async function isGood(page, name) {
  const found = await axeFinds(page);
  const { results } = await validator.validateString(await page.content());
  found.push(...results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId}: ${message}`))
    .filter((line) => !/^(void-style|attr-case|doctype-style|no-trailing-whitespace|attribute-boolean-style|attribute-empty-style|no-inline-style):/.test(line)));
  const size = page.viewportSize();
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await page.setViewportSize({ width: 320, height: 700 });
  await page.emulateMedia({ colorScheme: 'dark' });
  found.push(...(await axeFinds(page)).map((line) => `dark: ${line}`));
  if (await wide() > 0) {
    found.push('wider than a small window');
  }
  await page.evaluate(() => { document.documentElement.dir = 'rtl'; });
  if (await wide() > 0) {
    found.push('wider than a small window, from right to left');
  }
  await page.evaluate(() => { document.documentElement.dir = 'ltr'; });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(size);
  assert.deepEqual(found, [], name);
  await picture(page, name);
}

// A camera reads the code off a small dark phone's screen, and it is the link.
async function isRead(page) {
  await dress(page, { viewport: { width: 320, height: 700 }, colorScheme: 'dark' });
  const read = execFileSync('zbarimg', ['--raw', '--quiet', '-'],
    { input: await page.locator('svg.qr').screenshot(), encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
  assert.equal(read.trim(), await page.locator('main a[href^="otpauth:"]').getAttribute('href'));
  await dress(page);
}

const path = (page) => new URL(page.url()).pathname;
const heading = (page) => page.locator('h1').innerText();
const press = (page) => page.locator('main form button').first().click();
const linkOf = async (email, kind) =>
  (await relay.mailTo(email)).text.match(new RegExp(`https?:\\S+/${kind}/\\S+`))[0];

const words = {
  de: { forgot: 'Passwort vergessen?', code: 'Code aus der E-Mail', choose: 'Neues Passwort', done: 'Ihr Passwort ist geändert', over: 'Dieser Link gilt nicht mehr' },
  en: { forgot: 'Forgot your password?', code: 'Code from the e-mail', choose: 'New password', done: 'Your password is changed', over: 'This link does not work any more' },
  fr: { forgot: 'Mot de passe oublié\u00a0?', code: 'Code reçu par e-mail', choose: 'Nouveau mot de passe', done: 'Votre mot de passe est modifié', over: 'Ce lien ne fonctionne plus' },
};

async function choosePassword(page) {
  await page.locator('input[name=new_password]').fill(fresh);
  await page.locator('input[name=repeat_password]').fill(fresh);
  await press(page);
}

for (const [language, said] of Object.entries(words)) {
  test(`F51, F52, F53, X5: a forgotten password in ${language}, by number and link`, own, async (t) => {
    const { number, email, username } = await account();
    const page = await open(t, { locale: language }, [410, 422]);
    await page.goto('/acme/login');
    await page.locator('main').getByRole('link', { name: said.forgot }).click();
    assert.equal(await heading(page), said.forgot);
    await isGood(page, `reset-${language}`);
    await page.locator('input[name=username]').fill(number);
    await press(page);
    assert.equal(path(page), '/acme/reset/code');
    assert.equal(await page.locator('[role=status]').count(), 1);
    await isGood(page, `reset-sent-${language}`);
    const link = await linkOf(email, 'reset');
    await page.goto(link);
    assert.equal(path(page), '/acme/reset/password');
    assert.equal(await heading(page), said.choose);
    await page.reload();
    await page.locator('input[name=new_password]').fill('short');
    await press(page);
    assert.ok(await page.locator('.field-error').count() >= 1);
    await isGood(page, `reset-password-${language}`);
    await choosePassword(page);
    assert.equal(path(page), '/acme/reset/done');
    assert.equal(await heading(page), said.done);
    await page.goto(link);
    assert.equal(await heading(page), said.over);
    await isGood(page, `reset-over-${language}`);
    await page.goto('/acme/login');
    await page.locator('input[name=username]').fill(username);
    await page.locator('input[name=password]').fill(fresh);
    await press(page);
    assert.equal(path(page), '/acme/');
  });

  test(`F51: the same in ${language} by username and code, without JavaScript, on a small phone`, own, async (t) => {
    const { username } = await account();
    const page = await open(t, { locale: language, javaScriptEnabled: false, viewport: { width: 320, height: 640 } }, [422]);
    await page.goto('/acme/reset');
    await page.locator('input[name=username]').fill(username);
    await press(page);
    const mail = await relay.mailTo(`${username}@people.example`);
    await page.locator('input[name=username]').fill(username);
    await page.locator('input[name=code]').fill('00000000');
    await press(page);
    assert.equal(await heading(page), said.code);
    await page.locator('input[name=code]').fill(mail.text.match(/(\d{4} \d{4})/)[1]);
    await press(page);
    assert.equal(await heading(page), said.choose);
    await choosePassword(page);
    assert.equal(await heading(page), said.done);
  });
}

test('a person adds a second factor, signs in with it, and looks at sessions and sign-ins', own, async (t) => {
  const { username } = await account();
  const page = await open(t, { locale: 'de-DE' }, [422]);
  const enter = async () => {
    await page.goto('/acme/login');
    await page.locator('input[name=username]').fill(username);
    await page.locator('input[name=password]').fill(password);
    await press(page);
  };
  await enter();
  await page.locator('header nav').getByRole('link', { name: 'Sicherheit' }).click();
  assert.match(await page.locator('main table').first().innerText(), /Chrom(e|ium) unter Linux/);
  await isGood(page, 'security');
  await page.getByRole('link', { name: 'Authenticator-App hinzufügen' }).click();
  await isGood(page, 'security-factor');
  await page.locator('input[name=password]').fill(password);
  await press(page);
  const secret = await page.locator('.secret').first().innerText();
  await isGood(page, 'security-factor-waiting');
  await isRead(page);
  await page.locator('input[name=code]').fill(totp(secret, Date.now() / 1000 - 30));
  await press(page);
  assert.equal(await page.locator('.codes li').count(), 10);
  await isGood(page, 'security-codes');
  const code = await page.locator('.codes code').first().innerText();
  await page.locator('main .actions a').click();
  await page.locator('header').getByRole('button', { name: 'Abmelden' }).click();
  await enter();
  assert.equal(path(page), '/acme/login/code');
  await page.locator('input[name=code]').fill('000000');
  await press(page);
  await isGood(page, 'login-code');
  await page.locator('input[name=code]').fill(code);
  await press(page);
  assert.equal(path(page), '/acme/');
  await page.goto('/acme/security');
  await isGood(page, 'security-with-factor');
  await page.goto('/acme/security/factor');
  await isGood(page, 'security-factor-there');
});

test('a person changes the e-mail address', own, async (t) => {
  const { username } = await account();
  const page = await open(t, { locale: 'fr-FR' }, [410]);
  await page.goto('/acme/login?next=/security/email');
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(password);
  await press(page);
  assert.equal(path(page), '/acme/security/email');
  await page.locator('input[name=email]').fill(`new-${username}@people.example`);
  await page.locator('input[name=password]').fill(password);
  await press(page);
  await isGood(page, 'email-sent');
  const link = await linkOf(`new-${username}@people.example`, 'email');
  await page.goto(link);
  await isGood(page, 'email-confirm');
  await press(page);
  assert.equal(await heading(page), 'Votre adresse e-mail est modifiée');
  await isGood(page, 'email-done');
  await page.goto(link);
  await isGood(page, 'email-over');
});

test('G8: somebody opens an account', own, async (t) => {
  const olga = await stack.office('acme', 'owner');
  const { hidden } = forms((await olga.get('/acme/admin/settings/access')).text).find(({ action }) => /access$/.test(action));
  const saved = await olga.post('/acme/admin/settings/access', { ...hidden, link_minutes: '60', link_minutes_max: '10080', session_idle: '30',
    session_absolute: '720', password_min: '15', registration: 'on' });
  assert.equal(saved.status, 303, saved.text);
  const page = await open(t, { locale: 'en-GB' }, [410, 422]);
  const email = `nora-${randomUUID().slice(0, 8)}@people.example`;
  await page.goto('/acme/login');
  await page.locator('main').getByRole('link', { name: 'Open an account' }).click();
  await isGood(page, 'register');
  await press(page);
  await isGood(page, 'register-refused');
  for (const [name, value] of Object.entries({ first_name: 'Nora', last_name: 'Neu', email })) {
    await page.locator(`input[name=${name}]`).fill(value);
  }
  await press(page);
  assert.equal(await heading(page), 'Look into your mail');
  await isGood(page, 'register-sent');
  const link = await linkOf(email, 'register');
  await page.goto(link);
  await isGood(page, 'register-confirm');
  for (const name of ['new_password', 'repeat_password']) {
    await page.locator(`input[name=${name}]`).fill(fresh);
  }
  await press(page);
  assert.equal(await heading(page), 'Your account is open');
  await isGood(page, 'register-done');
  const username = (await page.locator('main').innerText()).match(/username is (\S+)\./)[1];
  await page.goto(link);
  await isGood(page, 'register-over');
  await page.goto('/acme/login');
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(fresh);
  await press(page);
  assert.match(await page.locator('main').innerText(), /Nora Neu|Overview/);
});
