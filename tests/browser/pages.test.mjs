// Every page that tables/routes.def has, looked at in Chromium: in the light at
// 1280 pixels, in the dark at 320, from right to left, and with its forms refused.
// Each is opened once, and then dressed in another way.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { HtmlValidate, StaticConfigLoader } from 'html-validate';

import { OF_DRESS, axeFinds, dress, launch, picture, watch } from '../lib/chromium.mjs';
import { selfService } from '../lib/pages.mjs';
import { filled, furnish, routes } from '../lib/routes.mjs';
import { linkFor } from '../lib/sso.mjs';
import { root, startStack } from '../lib/stack.mjs';

const stack = await startStack();
const things = await furnish(stack);
const chromium = await launch();
after(() => chromium.close());
const validator = new HtmlValidate(new StaticConfigLoader(
  JSON.parse(readFileSync(new URL('../lib/htmlvalidate.json', import.meta.url)))));

// What answers GET and is no page.
const others = {
  '/invoices/{number}.pdf': 'a document',
  '/invoices/{number}.xml': 'a document',
  '/admin/invoices/{number}/pdf': 'a document',
  '/admin/invoices/{number}/xml': 'a document',
  '/admin/exports/{id}/file': 'a file',
  '/admin/invoices/zip/{id}/file': 'a file',
  '/reminders/{number}.pdf': 'a document',
  '/admin/reminders/{number}.pdf': 'a document',
  '/sso': 'leads on; its pages are in walk.test.mjs and frame.test.mjs',
  '/s/{token}': 'leads on, as well',
  '/login/code': 'has a way before it: its pages are in people.test.mjs',
  '/reset/{token}': 'the same',
  '/reset/password': 'the same',
  '/cancel/received': 'the same, in declarations.test.mjs',
  '/withdraw/received': 'the same',
  '/order/{variant}/done': 'the same, in orders.test.mjs',
  '/payment/mandate': 'the same, in payment_method.test.mjs',
  '/payment/leave': 'the same, in provider.test.mjs',
  '/payment/return/{id}': 'leads on',
  '/_sandbox/{id}': 'the same, in payment.test.mjs',
  '/register': 'the same',
  '/register/sent': 'the same',
  '/register/confirm': 'the same',
  '/register/done': 'the same',
  '/register/{token}': 'the same',
  '/email/{token}': 'the same',
  '/email/confirm': 'the same',
  '/api/v1/openapi.json': 'for programs',
  '/admin/style-sample.css': 'a style sheet',
  '/brand/{tenant}/{hash}.css': 'a style sheet',
  '/brand/{tenant}/{hash}.png': 'a picture',
  '/healthz': 'for programs',
  '/_pforte/staff': 'for nginx',
  '/_pforte/session': 'for nginx',
  '/_pforte/error': 'for nginx; the error page is below',
};

// Who opens a page behind a door.
const people = { public: 'stranger', portal: 'anna', contract: 'anna', person: 'anna', office: 'otto' };

// Others than the rest behind the same door.
const besides = { '/password/first': 'newcomer' };

const pages = routes.filter(({ method, door, path }) => method === 'GET' && door !== 'api' && !(path in others))
  .map((route) => ({ who: besides[route.path] ?? people[route.door], name: route.path, path: filled(route, things) }));
// Pages of the same routes that other people see, and those of no route.
const more = [
  { who: 'link', name: 'contract by a link', path: '/contracts/VT-7KQ2-ZHXM' },
  { who: 'rita', name: 'settings read only', path: '/admin/settings/general' },
  { who: 'rita', name: 'job read only', path: `/admin/jobs/${things.job}` },
  { who: 'otto', name: 'component of a family', path: `/admin/components/new?family=${things.values['/admin/product-families'].id}&type=metered` },
  { who: 'otto', name: 'variant of a plan', path: `/admin/plan-variants/new?plan=${things.values['/admin/plans'].id}` },
  { who: 'otto', name: 'plan of a family', path: `/admin/plans/new?family=${things.values['/admin/product-families'].id}` },
  { who: 'otto', name: 'price wrong', path: `/admin/plan-variants/${things.values['/admin/plan-variants'].id}?coupon=x` },
  { who: 'rita', name: 'component read only', path: `/admin/components/${things.values['/admin/components'].id}` },
  { who: 'otto', name: 'filtered list', path: '/admin/callback-log?state=queued&created_from=x' },
  { who: 'anna', name: 'not found', path: '/nothing' },
  { who: 'otto', name: 'office not found', path: '/admin/nothing' },
  ...['languages', 'frames', 'access'].map((tab) =>
    ({ who: 'otto', name: `settings ${tab}`, path: `/admin/settings/${tab}` })),
];

test('every route that is a page is looked at here', () => {
  const paths = routes.map(({ path }) => path);
  assert.deepEqual(Object.keys(others).filter((path) => !paths.includes(path)), [], 'not there any more');
  assert.deepEqual(pages.filter(({ who }) => !who), [], 'nobody is known to open these');
  assert.ok(pages.length > 40);
});

async function enter(page, who) {
  if (who === 'anna') {
    await page.goto(await linkFor(stack.tenant('acme'), 'anna'));
  } else if (who === 'link') {
    await page.goto(await selfService(stack, 'VT-7KQ2-ZHXM'));
  } else if (who === 'newcomer') {
    await page.goto('/acme/login');
    await page.locator('input[name=username]').fill(things.newcomer.username);
    await page.locator('input[name=password]').fill(things.newcomer.password);
    await page.locator('main button').click();
    await page.waitForURL('**/acme/password/first**');
  } else if (who !== 'stranger') {
    const { username, password } = stack.staff('acme', who === 'otto' ? 'operator' : 'read_only');
    await page.goto('/acme/admin/login');
    await page.locator('input[name=username]').fill(username);
    await page.locator('input[name=password]').fill(password);
    await page.locator('main button').click();
    await page.waitForURL('**/acme/admin');
  }
}

// Calls look(page, place, answer) on every page that is wanted, in a context a person.
async function everywhere(options, look, wanted = () => true) {
  for (const who of ['stranger', 'anna', 'newcomer', 'link', 'otto', 'rita']) {
    const places = [...pages, ...more].filter((one) => one.who === who && wanted(one));
    if (places.length === 0) {
      continue;
    }
    const context = await chromium.newContext({ baseURL: stack.base, locale: 'de-DE', ...options });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    const wrong = watch(page, stack.base, [403, 404, 409, 422]);
    await enter(page, who);
    for (const place of places) {
      const answer = await page.goto(`/acme${place.path}`);
      await look(page, place, answer);
    }
    await context.close();
    assert.deepEqual(wrong, [], `what the browser complained of to ${who}`);
  }
}

// By how much the page is wider than the window, or a table than its frame.
const tooWide = (page) => page.evaluate(() => Math.max(document.documentElement.scrollWidth - innerWidth,
  ...[...document.querySelectorAll('.panel-table')].map((frame) => frame.scrollWidth - frame.clientWidth)));

// What is wrong with the page as it stands, one line each.
async function finds(page, name, rules) {
  const found = (await axeFinds(page, rules)).map((text) => `${name}: ${text}`);
  const wide = await tooWide(page);
  return wide > 0 ? [...found, `${name}: ${wide} px wider than the window or its frame`] : found;
}

const picturesOf = /callback|customers|jobs|_components/;
const pictureOf = (page, prefix, { name }) => picturesOf.test(name)
  ? picture(page, `${prefix}${name.replace(/\W+/g, '-')}`) : undefined;

const large = { viewport: { width: 1280, height: 900 } };
const small = { viewport: { width: 320, height: 700 } };
const dark = { ...small, colorScheme: 'dark' };

// Forms with something to fill in; and where the first look saw none, which need not be
// opened again for them.
const fillable = (page) => page.locator('main form[method=post]:has(.field)');
const withoutForm = new Set();

test('X2, X10: axe and html-validate find nothing on any page, in the light, nor in the dark at 320 px, ' +
    'nor from right to left', async () => {
  const found = [];
  await everywhere(large, async (page, place, answer) => {
    const status = /not found/.test(place.name) ? 404 : /=x$/.test(place.path) ? 422 : 200;
    assert.equal(answer.status(), status, place.name);
    found.push(...await finds(page, place.name));
    const { results } = await validator.validateString(await answer.text());
    found.push(...results.flatMap(({ messages }) =>
      messages.map(({ line, ruleId, message }) => `${place.name}:${line}: ${ruleId}: ${message}`)));
    await pictureOf(page, 'page', place);
    if (await fillable(page).count() === 0) {
      withoutForm.add(place);
    }
    await dress(page, dark);
    found.push(...await finds(page, `${place.name}, dark`, OF_DRESS));
    await pictureOf(page, 'small', place);
    await page.evaluate(() => { document.documentElement.dir = 'rtl'; });
    const wide = await tooWide(page);
    if (wide > 0) {
      found.push(`${place.name}, from right to left: ${wide} px wider than the window or its frame`);
    }
    await dress(page, large);
  });
  assert.deepEqual(found, []);
});

// Forms in which nothing has to be filled in: they would have their effect.
const effective = ['', '/password', '/delete'].map((leaf) => `/admin/logins/{username}${leaf}`);

// Every form with something to fill in is sent with all of it empty.
test('X2, X10: nor where a form comes back, which says so in title and summary', async () => {
  const found = [];
  let refused = 0;
  await everywhere(small, async (page, place) => {
    const forms = fillable(page);
    if (await forms.count() === 0) {
      return;
    }
    for (const field of await forms.first().locator('input:visible:not([type=checkbox]):not([type=radio]):not([type=file]), textarea').all()) {
      await field.fill('');
    }
    await forms.first().locator('button').first().click();
    if (await page.locator('.summary').count() === 0) {
      return; // nothing of it had to be filled in
    }
    refused++;
    assert.match(await page.title(), /^Fehler: /, place.name);
    found.push(...await finds(page, `${place.name}, refused`));
    await dress(page, dark);
    found.push(...await finds(page, `${place.name}, refused, dark`, OF_DRESS));
    await dress(page, small);
  }, (place) => place.name !== '/_components' && !effective.includes(place.name) && !withoutForm.has(place));
  assert.ok(refused >= 10, `${refused} forms came back`);
  assert.deepEqual(found, []);
});

test('what is shown once is without fault, too', async (t) => {
  const context = await chromium.newContext({ baseURL: stack.base, locale: 'de-DE', viewport: { width: 320, height: 700 } });
  t.after(() => context.close());
  const page = await context.newPage();
  await enter(page, 'otto');
  await page.goto('/acme/admin/callbacks/new');
  await page.locator('#field-url').fill('https://merchant.example/once');
  await page.locator('main form button').click();
  assert.match(await page.locator('.secret').innerText(), /^whsec_/);
  assert.deepEqual(await finds(page, 'secret'), []);
  await page.locator('main .actions a').click();
  assert.match(page.url(), /\/admin\/callbacks\/cbe_/);
  await picture(page, 'endpoint-small');
});

// A page as it stands, and in the dark at 320 px; with what html-validate finds.
async function looked(page, name) {
  const found = await finds(page, name);
  await dress(page, dark);
  found.push(...await finds(page, `${name}, dark`, OF_DRESS));
  await dress(page, large);
  return found;
}

test('B44, X2, X10: nor on the page that leads to the merchant’s where an order is not possible', async (t) => {
  const variant = things.values['/order'].variant;
  const context = await chromium.newContext({ baseURL: stack.base, locale: 'de-DE', ...large });
  t.after(() => context.close());
  const page = await context.newPage();
  // without what leads on at once: there would be nothing to look at
  await page.route('**/order/*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace(/<meta http-equiv="refresh"[^>]*>/, '') });
  });
  await page.goto(`/acme/order/${variant}`);
  stack.sql(`INSERT INTO setting (tenant, name, value, changed) VALUES ('acme', 'signup_error_url', 'https://shop.example/sorry', 0)`);
  stack.sql(`UPDATE plan_variant SET self_service = 0 WHERE id = '${variant}'`);
  const sent = page.waitForResponse((one) => one.request().method() === 'POST');
  await page.locator('button[value=order]').click();
  assert.equal((await sent).status(), 404);
  await page.locator('a[href="https://shop.example/sorry?error=order_gone"]').waitFor();
  assert.deepEqual(await looked(page, 'order failed'), []);
  stack.sql(`UPDATE plan_variant SET self_service = 1 WHERE id = '${variant}'`);
  stack.sql("DELETE FROM setting WHERE tenant = 'acme' AND name = 'signup_error_url'");
});

test('B13, X2, X10: nor on previews, an earlier version in its form, or what embeds a page', async (t) => {
  const context = await chromium.newContext({ baseURL: stack.base, locale: 'de-DE', ...large });
  t.after(() => context.close());
  const page = await context.newPage();
  await enter(page, 'otto');
  const found = [];
  for (const path of ['settings/signup', 'settings/portal', 'page-texts/portal/fr', 'page-texts/signup/de']) {
    await page.goto(`/acme/admin/${path}`);
    const sent = page.waitForResponse((one) => one.request().method() === 'POST');
    await page.locator('button[value=preview]').click();
    const { results } = await validator.validateString(await (await sent).text());
    await page.locator('button[value=edit]').waitFor();
    found.push(...await looked(page, `preview of ${path}`));
    found.push(...results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${path}: ${ruleId}: ${message}`)));
    await page.locator('button[value=edit]').click();
    await page.locator('button[value=preview]').waitFor();
  }
  await page.goto('/acme/admin/settings/billing/versions');
  await page.locator('main table a').last().click();
  await page.locator('main a[href*="?version="]').first().click();
  found.push(...await looked(page, 'a version in its form'));
  await page.goto('/acme/admin/settings/portal');
  await page.locator('#embed-code').focus();
  await page.keyboard.press('Control+A');
  assert.match(await page.evaluate(() => document.activeElement.value.slice(document.activeElement.selectionStart,
    document.activeElement.selectionEnd)), /^<div data-pforte=.*<\/script>$/s, 'all of it is copied by the keyboard');
  found.push(...await looked(page, 'what embeds the portal'));
  assert.deepEqual(found, []);
});

test('X2, X10: nor where somebody else saved meanwhile: what was typed and what stands', async (t) => {
  for (const [colorScheme, width] of [['light', 1280], ['dark', 320]]) {
    const context = await chromium.newContext({ baseURL: stack.base, locale: 'de-DE', colorScheme, viewport: { width, height: 700 } });
    t.after(() => context.close());
    const page = await context.newPage();
    await enter(page, 'otto');
    await page.goto('/acme/admin/customers/K2002/change');
    const { json } = await stack.api('acme', 'PATCH', '/customers/K2002',
      { city: `Ort ${width}`, street: null, language: width > 320 ? 'fr' : 'de' }, { 'If-Match': '*' });
    assert.equal(json.city, `Ort ${width}`);
    await page.locator('#field-city').fill('Getippt');
    await page.locator('#field-street').fill('Weg 1');
    await page.locator('main form button').click();
    assert.match(await page.title(), /^Fehler: /);
    assert.equal(await page.locator('#field-city').inputValue(), 'Getippt');
    assert.equal(await page.locator('#saved-city bdi').innerText(), `Ort ${width}`);
    assert.equal(await page.locator('#saved-street bdi').innerText(), 'nichts');
    assert.deepEqual(await finds(page, 'conflict'), []);
    await picture(page, `conflict-${width}`);
    await page.locator('main form button').click();
    assert.match(page.url(), /\/admin\/customers\/K2002$/);
    assert.match(await page.locator('main').innerText(), /Getippt/);
  }
});

test('a printed page of the office has no menu and no buttons', async (t) => {
  const context = await chromium.newContext({ baseURL: stack.base, colorScheme: 'dark' });
  t.after(() => context.close());
  const page = await context.newPage();
  await enter(page, 'otto');
  for (const path of [`/callbacks/${things.endpoint}`, '/callback-log', `/jobs/${things.job}`]) {
    await page.goto(`/acme/admin${path}`);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('nav, button, .button, .skip, form')]
      .filter((one) => one.checkVisibility()).map((one) => one.outerHTML.slice(0, 60))), [], path);
    assert.ok(await tooWide(page) <= 0, path);
    await picture(page, `print${path.replace(/\W+/g, '-').slice(0, 20)}`);
    await page.emulateMedia({ media: 'screen' });
  }
});

// ---- the page of all parts ----

// Words of the style sheet that are a place or a turn of a part, not a part.
const turns = ['label', 'lines', 'facts-wide', 'long', 'logo'];

test('/_components has every part that the style sheet knows', async () => {
  const sheet = readFileSync(join(root, 'fcgi_app/static/portal.css'), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const words = new Set([...sheet.matchAll(/([^{}]+)\{/g)]
    .flatMap(([, selector]) => [...selector.matchAll(/\.([a-z][a-z-]*)/g)].map(([, word]) => word)));
  const { text, status } = await stack.get('/acme/_components');
  assert.equal(status, 200);
  const shown = new Set([...text.matchAll(/class="([^"]*)"/g)].flatMap(([, list]) => list.split(/\s+/)));
  assert.ok(words.size > 50);
  assert.deepEqual([...words].filter((word) => !shown.has(word) && !turns.includes(word)), []);
});
