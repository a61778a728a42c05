// People's walks through the portal, in Chromium.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';

import { axeFinds, dress, launch, openPage, picture } from '../lib/chromium.mjs';
import { selfService } from '../lib/pages.mjs';
import { linkFor } from '../lib/sso.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const chromium = await launch();
after(() => chromium.close());
const acme = stack.tenant('acme');
const anna = stack.user('anna');
const bruno = stack.user('bruno');

// A page in a fresh context, watched; options are those of a context.
async function open(t, options = {}, expected = []) {
  return openPage(t, chromium, { baseURL: stack.base, locale: 'de-DE', ...options }, { timeout: 30_000, expected });
}

async function enter(page, username = 'anna', claims = {}) {
  const answer = await page.goto(await linkFor(acme, username, claims));
  assert.equal(answer.status(), 200);
}

const path = (page) => new URL(page.url()).pathname + new URL(page.url()).search;
const heading = (page) => page.locator('h1').innerText();
const menu = (page) => page.locator('header nav');

// ---- the way ----

// From the merchant's link to the next sign-in; words are those of the page.
async function walk(page, name) {
  await enter(page);
  assert.equal(path(page), '/acme/');
  assert.match(await page.locator('main').innerText(), /K2000/);
  await picture(page, `${name}-dashboard`);

  await menu(page).getByRole('link', { name: 'Rechnungen' }).click();
  assert.equal(await heading(page), 'Rechnungen');
  await picture(page, `${name}-invoices`);
  const first = page.locator('main table tbody tr').first();
  const number = await first.locator('a').first().innerText();
  await first.locator('a').first().click();
  assert.match(await heading(page), new RegExp(number));
  await picture(page, `${name}-invoice`);

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: /PDF/ }).click(),
  ]);
  assert.equal(download.suggestedFilename(), `${number}.pdf`);
  const bytes = readFileSync(await download.path());
  assert.equal(bytes.subarray(0, 5).toString(), '%PDF-');

  await menu(page).getByRole('link', { name: 'Verträge' }).click();
  await page.getByRole('link', { name: 'Glasfaser Filiale Mühlenweg' }).click();
  assert.match(await page.locator('main').innerText(), /VT-7KQ2-ZHXM/);
  await picture(page, `${name}-contract`);

  await page.getByRole('link', { name: 'Français' }).click();
  assert.equal(await page.locator('html').getAttribute('lang'), 'fr');
  assert.equal(await heading(page), 'Glasfaser Filiale Mühlenweg');
  await menu(page).getByRole('link', { name: 'Factures' }).click();
  assert.equal(await heading(page), 'Factures', 'the language stays');

  await page.getByRole('button', { name: 'Se déconnecter' }).click();
  assert.equal(path(page), '/acme/login?signed-out=1');
  await picture(page, `${name}-signed-out`);
  await page.goto('/acme/invoices');
  assert.match(path(page), /^\/acme\/login\?next=/);
  await page.locator('input[name=username]').fill(anna.username);
  await page.locator('input[name=password]').fill(anna.password);
  await page.locator('main button').click();
  assert.equal(await heading(page), 'Choisir un compte');
  await page.getByRole('button', { name: 'K2000' }).click();
  assert.equal(path(page), '/acme/invoices');
  assert.equal(await heading(page), 'Factures');
}

test('F2, F3, F7, F9, F10: from the merchant\'s link through the portal and back', async (t) => {
  await walk(await open(t), 'walk');
});

test('F2, F3, F7: the same without JavaScript', async (t) => {
  await walk(await open(t, { javaScriptEnabled: false }), 'plain');
});

test('F2, F3, F7: the same on a phone', async (t) => {
  await walk(await open(t, { viewport: { width: 360, height: 740 }, isMobile: true,
    hasTouch: true, deviceScaleFactor: 2 }), 'phone');
});

test('F13: a used link leads to the sign-in form', async (t) => {
  const page = await open(t, {}, [410]);
  const link = await linkFor(acme, 'anna');
  await page.goto(link);
  await page.context().clearCookies();
  const answer = await page.goto(link);
  assert.equal(answer.status(), 410);
  await picture(page, 'link-used');
  await page.getByRole('link', { name: 'Anmelden' }).click();
  assert.equal(path(page), '/acme/login');
});

test('F13: the back button does not sign in again, and harms nothing', async (t) => {
  const page = await open(t, {}, [410]);
  await enter(page);
  await page.goto('/acme/invoices');
  await page.goBack();
  assert.equal(path(page), '/acme/');
  assert.equal(await page.locator('main h1').count(), 1);
});

test('F13: who is signed in is asked before somebody else is', async (t) => {
  const page = await open(t);
  await enter(page, 'bruno');
  await enter(page, 'anna');
  assert.match(await page.locator('main').innerText(), /bruno[\s\S]*anna/);
  await picture(page, 'confirm');
  await page.locator('main a').click();
  assert.match(await page.locator('main').innerText(), /K2002/);
  await enter(page, 'anna');
  await page.locator('main button').click();
  assert.match(await page.locator('main').innerText(), /K2000/);
});

test('F10: a link on the merchant\'s own site signs in by one click', async (t) => {
  const page = await open(t);
  const merchant = 'http://localhost:1/';
  await page.route(`${merchant}**`, async (route) => route.fulfill({ contentType: 'text/html',
    body: `<!DOCTYPE html><title>x</title><a href="${stack.base}${await linkFor(acme, 'anna')}">Go</a>` }));
  page.removeAllListeners('request');
  await page.goto(merchant);
  await page.getByRole('link', { name: 'Go' }).click();
  assert.equal(path(page), '/acme/');
  assert.match(await page.locator('main').innerText(), /K2000/);
  await page.reload();
  assert.match(await page.locator('main').innerText(), /K2000/);
});

test('F7: a form on the merchant\'s own site signs in by POST', async (t) => {
  const page = await open(t);
  const { searchParams } = new URL(await linkFor(acme, 'anna'), stack.base);
  await page.route('http://localhost:1/**', (route) => route.fulfill({ contentType: 'text/html',
    body: `<!DOCTYPE html><title>x</title><form method="post" action="${stack.base}/acme/sso">
      <input type="hidden" name="token" value="${searchParams.get('token')}">
      <button>Go</button></form>` }));
  page.removeAllListeners('request');
  await page.goto('http://localhost:1/');
  await page.getByRole('button', { name: 'Go' }).click();
  await page.waitForURL(`${stack.base}/acme/`);
  await page.reload();
  assert.match(await page.locator('main').innerText(), /K2000/);
});

// ---- a self-service link ----

test('B109, B116, B125: from a link in a mail to an invoice, on a small phone', async (t) => {
  const page = await open(t, { viewport: { width: 320, height: 640 } }, [403, 410]);
  const link = await selfService(stack, 'VT-7KQ2-ZHXM');
  await page.goto(`${link}?language=en`);
  assert.equal(path(page), '/acme/contracts/VT-7KQ2-ZHXM');
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  assert.equal(await menu(page).count(), 0);
  await picture(page, 'link-contract');
  await page.locator('main table tbody th a').first().click();
  assert.match(path(page), /^\/acme\/invoices\//);
  await picture(page, 'link-invoice');
  await page.locator('main').getByRole('link', { name: 'To the contract' }).click();
  await page.reload();
  await page.goto(link);
  assert.equal(path(page), '/acme/contracts/VT-7KQ2-ZHXM', 'the link once more');
  await page.goto('/acme/');
  assert.equal(await heading(page), 'Your link does not open this');
  await picture(page, 'link-refused');
  await page.locator('main').getByRole('link', { name: 'To the contract' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  assert.equal(path(page), '/acme/login?signed-out=1');
  await page.goto('/acme/contracts/VT-7KQ2-ZHXM');
  assert.match(path(page), /^\/acme\/login/);
});

test('B116: who is signed in is asked before a link opens', async (t) => {
  const page = await open(t, { viewport: { width: 320, height: 640 } });
  await enter(page, 'bruno');
  await page.goto(await selfService(stack, 'VT-7KQ2-ZHXM'));
  await picture(page, 'link-confirm');
  await page.getByRole('link', { name: /bruno/ }).click();
  assert.match(await page.locator('main').innerText(), /K2002/);
  await page.goBack();
  await page.getByRole('button', { name: /VT-7KQ2-ZHXM/ }).click();
  assert.equal(path(page), '/acme/contracts/VT-7KQ2-ZHXM');
});

// ---- every page ----

// Pages to look at closely: who opens them, where they are.
const places = [
  ['', '/acme/login'], ['', '/acme/login?signed-out=1'], ['', '/acme/sso?token=x'],
  ['anna', '/acme/'], ['anna', '/acme/invoices'], ['anna', null], ['anna', '/acme/contracts'],
  ['anna', '/acme/contracts/VT-7KQ2-ZHXM'], ['anna', '/acme/contracts/VT-9BXA-51TC'],
  ['anna', '/acme/nothing'],
  ['link', '/acme/contracts/VT-7KQ2-ZHXM'], ['link', null], ['link', '/acme/invoices'],
];
const lists = { anna: '/acme/invoices', link: '/acme/contracts/VT-7KQ2-ZHXM' };

// Calls look(page, name) on every place, in a context for each person.
async function everywhere(t, options, look) {
  for (const person of ['', 'anna', 'link']) {
    const page = await open(t, options, [400, 403, 404, 422]);
    if (person === 'link') {
      await page.goto(await selfService(stack, 'VT-7KQ2-ZHXM'));
    } else if (person) {
      await enter(page, person);
    }
    for (const [, place] of places.filter(([who]) => who === person)) {
      if (place) {
        await page.goto(place);
      } else {
        await page.goto(lists[person]);
        await page.locator('main table tbody th a').first().click();
      }
      await look(page, `${person} ${place ?? 'invoice'}`);
    }
    if (!person) {
      await page.goto('/acme/login');
      await page.locator('input[name=username]').fill('nobody');
      await page.locator('input[name=password]').fill('wrong');
      await page.locator('main button').click();
      await look(page, 'login refused');
    } else if (person === 'anna') {
      await enter(page, 'bruno');
      await look(page, 'confirm');
      await page.goto(await selfService(stack, 'VT-6HSN-P3VD'));
      await look(page, 'confirm a link');
    }
  }
}

for (const language of ['de', 'en', 'fr']) {
  test(`X2: axe finds nothing on any page in ${language}`, async (t) => {
    const found = [];
    await everywhere(t, { locale: language }, async (page, name) => {
      assert.equal(await page.locator('html').getAttribute('lang'), language, name);
      found.push(...(await axeFinds(page)).map((text) => `${name}: ${text}`));
    });
    assert.deepEqual(found, []);
  });
}

test('axe finds nothing in the dark, nor on a phone', async (t) => {
  const found = [];
  await everywhere(t, {}, async (page, name) => {
    for (const look of [{ colorScheme: 'dark' }, { viewport: { width: 320, height: 640 } },
      { forcedColors: 'active' }]) {
      await dress(page, look);
      found.push(...(await axeFinds(page)).map((text) => `${JSON.stringify(look)}: ${name}: ${text}`));
    }
  });
  assert.deepEqual(found, []);
});

// WCAG 1.4.10 and 1.4.12: nothing scrolls sideways on 320 px (which is 1280 px
// at 400 %), nor when a person spreads the text.
test('no page is wider than 320 px, with the text spread or not', async (t) => {
  const found = [];
  await everywhere(t, { viewport: { width: 320, height: 640 } }, async (page, name) => {
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    const plain = await wide();
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
        word-spacing: .16em !important; } p { margin-bottom: 2em !important; }`);
      document.adoptedStyleSheets = [sheet];
    });
    const spread = await wide();
    if (plain > 0 || spread > 0) {
      found.push(`${name}: ${plain} px too wide, with its text spread ${spread} px`);
    }
  });
  assert.deepEqual(found, []);
});

test('the dark and the light dress are both there', async (t) => {
  const ground = async (colorScheme) => {
    const page = await open(t, { colorScheme });
    await enter(page);
    await picture(page, `dashboard-${colorScheme}`);
    const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const [r, g, b] = colour.match(/[\d.]+/g).map(Number);
    return (r + g + b) / 3;
  };
  assert.ok(await ground('light') > 200);
  assert.ok(await ground('dark') < 60);
});

test('a printed page has no menu, no buttons and no dark', async (t) => {
  const page = await open(t, { colorScheme: 'dark' });
  await enter(page);
  for (const place of ['/acme/', '/acme/invoices', '/acme/contracts/VT-7KQ2-ZHXM']) {
    await page.goto(place);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const shown = await page.evaluate(() => [...document.querySelectorAll('nav, button, .skip')]
      .filter((one) => one.checkVisibility()).map((one) => one.outerHTML.slice(0, 60)));
    assert.deepEqual(shown, [], place);
    const paper = await page.pdf({ format: 'A4' });
    assert.equal(paper.subarray(0, 5).toString(), '%PDF-');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await page.emulateMedia({ media: 'screen' });
  }
  await page.emulateMedia({ media: 'print' });
  await picture(page, 'print');
});

// ---- keys ----

const focused = (page) => page.evaluate(() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  return {
    tag: one.tagName.toLowerCase(), id: one.id, name: one.getAttribute('name'),
    href: one.getAttribute('href'), text: one.textContent.trim().slice(0, 40),
    seen: box.width > 1 && box.height > 1 && box.top >= -1 && box.left >= -1,
    marked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0,
  };
});

test('the keyboard signs in, and the skip link leads to the content', async (t) => {
  const page = await open(t);
  await page.goto('/acme/login');
  await page.keyboard.press('Tab');
  const skip = await focused(page);
  assert.equal(skip.href, '#main');
  assert.ok(skip.seen, 'the skip link shows when it has the focus');
  await page.keyboard.press('Enter');
  assert.equal((await focused(page)).id, 'main');
  await page.keyboard.press('Tab');
  assert.equal((await focused(page)).name, 'username');
  await page.keyboard.type(bruno.username);
  await page.keyboard.press('Tab');
  assert.equal((await focused(page)).name, 'password');
  await page.keyboard.type(bruno.password);
  await page.keyboard.press('Tab');
  assert.equal((await focused(page)).tag, 'button');
  await Promise.all([page.waitForURL('**/acme/'), page.keyboard.press('Enter')]);
  assert.match(await page.locator('main').innerText(), /K2002/);
});

test('the Tab key reaches every link and button, in order, and one sees where', async (t) => {
  const page = await open(t);
  await enter(page);
  for (const place of ['/acme/', '/acme/invoices', '/acme/contracts/VT-7KQ2-ZHXM']) {
    await page.goto(place);
    const wanted = await page.evaluate(() => [...document.querySelectorAll(
      'a[href], button, input:not([type=hidden]), select, summary')]
      .filter((one) => one.checkVisibility() || one.matches('.skip')).map((one) => one.textContent.trim().slice(0, 40)));
    const reached = [];
    for (let i = 0; i < wanted.length; i++) {
      await page.keyboard.press('Tab');
      const one = await focused(page);
      assert.ok(one.marked, `${place}: no mark on "${one.text}"`);
      assert.ok(one.seen, `${place}: "${one.text}" is out of sight`);
      reached.push(one.text);
    }
    assert.deepEqual(reached, wanted, place);
  }
});

test('a form that was refused has the focus on what is wrong', async (t) => {
  const page = await open(t, {}, [422]);
  await page.goto('/acme/login');
  await page.locator('main button').click();
  const summary = page.locator('.summary');
  assert.ok(await summary.isVisible());
  await summary.and(page.locator(':focus')).waitFor();
  await summary.locator('a').first().click();
  assert.equal((await focused(page)).name, 'username');
  assert.match(await page.title(), /^Fehler: /);
  await picture(page, 'login-refused');
});

test('targets are large enough for a thumb', async (t) => {
  const page = await open(t, { viewport: { width: 360, height: 740 }, isMobile: true });
  await enter(page);
  for (const place of ['/acme/', '/acme/invoices', '/acme/contracts']) {
    await page.goto(place);
    const small = await page.evaluate(() => [...document.querySelectorAll(
      'header a, header button, nav a, .button, .download')]
      .filter((one) => one.checkVisibility() && !one.matches('.skip'))
      .map((one) => ({ text: one.textContent.trim(), ...one.getBoundingClientRect().toJSON() }))
      .filter(({ width, height }) => width < 24 || height < 24)
      .map(({ text, width, height }) => `${text}: ${width} × ${height}`));
    assert.deepEqual(small, [], place);
  }
});
