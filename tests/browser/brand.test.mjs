// How a tenant's portal is dressed: its colour, and its direction of writing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { axeFinds, dress, launch, openPage, picture } from '../lib/chromium.mjs';
import { sql } from '../lib/database.mjs';
import { linkFor } from '../lib/sso.mjs';
import { build, startStack } from '../lib/stack.mjs';

// The shipped files, and a catalogue of a language that runs from right to left.
const share = mkdtempSync(join(tmpdir(), 'pforte-share-'));
after(() => rmSync(share, { recursive: true }));
for (const name of ['templates', 'static', 'conf']) {
  symlinkSync(join(build, 'share', name), join(share, name));
}
mkdirSync(join(share, 'po'));
for (const language of ['de', 'fr']) {
  symlinkSync(join(build, `share/po/${language}.mo`), join(share, `po/${language}.mo`));
}
execFileSync('msgfmt', ['-o', join(share, 'po/ar.mo'),
  fileURLToPath(new URL('../data/ar.po', import.meta.url))]);
const options = join(share, 'options.conf');
writeFileSync(options, `share = "${share}"\n`);

const stack = await startStack({
  options,
  prepare: (state) => sql(state, `
     INSERT INTO tenant_language (tenant, position, language) VALUES ('acme', 9, 'ar');
     UPDATE tenant SET revision = revision + 1 WHERE id = 'acme';`),
});
const chromium = await launch();
after(() => chromium.close());

async function open(t, more = {}) {
  return openPage(t, chromium, { baseURL: stack.base, locale: 'de-DE', ...more }, { timeout: 30_000, expected: [422] });
}

const brand = (accent) => stack.pforte('tenant', 'brand', '--tenant', 'acme', '--accent', accent);

const places = ['/acme/', '/acme/invoices', '/acme/contracts/VT-7KQ2-ZHXM'];

// Yellow and white vanish on light pages, black and navy on dark ones, grey is
// between all chairs.
for (const accent of ['#ffff00', '#ffffff', '#000000', '#000080', '#777777', '#e2001a']) {
  test(`whatever colour a merchant chooses, its portal can be read: ${accent}`, async (t) => {
    brand(accent);
    const page = await open(t);
    const canBeRead = async (what, look) => {
      for (const colorScheme of ['light', 'dark']) {
        await dress(page, { colorScheme });
        assert.deepEqual(await axeFinds(page), [], `${what}, ${colorScheme}`);
        await look?.(colorScheme);
      }
    };
    await page.goto('/acme/login');
    await canBeRead('login');
    await page.goto(await linkFor(stack.tenant('acme'), 'anna'));
    for (const place of places) {
      await page.goto(place);
      await canBeRead(place);
    }
    await page.locator('main a').first().hover();
    await canBeRead('under the mouse', (colorScheme) =>
      picture(page, `brand-${accent.slice(1)}-${colorScheme}`));
  });
}

test('the colour is on every page of that tenant at once, and on no other\'s', async (t) => {
  const page = await open(t);
  const ground = async (path) => {
    await page.goto(path);
    return page.locator('main button').evaluate((one) => getComputedStyle(one).backgroundColor);
  };
  const usual = await ground('/globex/login');
  brand('#e2001a');
  assert.equal(await ground('/acme/login'), 'rgb(226, 0, 26)');
  assert.equal(await ground('/globex/login'), usual);
  brand('#00662b');
  assert.equal(await ground('/acme/login'), 'rgb(0, 102, 43)');
  brand('none');
  assert.equal(await ground('/acme/login'), usual);
});

// ---- the style of hosted pages ----

const styles = {
  warm: 'title=#7a1f4b ground=#fff4e3 head=#113355 head_text=#ffffff content=#fffdf9 discount=#0a6b2d button=#e8e0d0 button_text=#221100 '
    + 'action=#c8501e action_text=#ffffff border=#d8b98a border_width=2 border_radius=18',
  night: 'title=#ffd24a ground=#0c0f1a head=#26304f head_text=#ffffff content=#161b2e discount=#7ee0a1 button=#26304f button_text=#ffffff '
    + 'action=#ffd24a action_text=#111111 border=#3a4670 border_radius=0',
  mixed: 'ground=#000000 content=#ffffff title=#ffff00 head=#ffff00 head_text=#ffffff action=#ffffff button=#777777 border_width=0',
  contrary: 'ground=#ffffff content=#202020 title=#eeeeee head_text=#303030 discount=#333333 button_text=#808080 border=#777777',
};
const styled = (style) => sql(stack.state, `UPDATE tenant SET style = '${style}' WHERE id = 'acme'`);

for (const [name, style] of Object.entries(styles)) {
  test(`B77–B90: hosted pages can be read in any style, in the light, in the dark and at 320 px: ${name}`, async (t) => {
    styled(style);
    t.after(() => styled(''));
    const { items } = (await stack.api('acme', 'GET', '/plan-variants?limit=100')).json;
    const page = await open(t);
    const look = async (path, act) => {
      await page.goto(path);
      await act?.();
      const as = path.split('?')[0].replace('/acme', '').replace(/var_.*/, 'page').replaceAll('/', '-') || '-home';
      for (const [what, dressed] of [['light', {}], ['dark', { colorScheme: 'dark' }],
        ['320', { viewport: { width: 320, height: 640 } }]]) {
        await dress(page, dressed);
        assert.deepEqual(await axeFinds(page), [], `${path}, ${what}`);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path}, ${what}`);
        await picture(page, `style-${name}${as}-${what}`);
      }
    };
    await look('/acme/login');
    await look(`/acme/order/${items.find(({ external_id }) => external_id === 'GF1000-24').id}?language=en`,
      () => page.locator('button[value="order"]').click());
    await page.goto(await linkFor(stack.tenant('acme'), 'anna'));
    for (const place of ['/acme/', '/acme/invoices', '/acme/contracts/VT-7KQ2-ZHXM', '/acme/profile']) {
      await look(place);
    }
    await page.locator('main a').first().hover();
    assert.deepEqual(await axeFinds(page, ['color-contrast']), [], 'under the mouse');
  });
}

test('B13, B77–B89: the tab shows what pages would look like, in the light and the dark, before it is saved', async (t) => {
  const page = await open(t);
  const { username, password } = stack.staff('acme', 'owner');
  await page.goto('/acme/admin/login?language=en');
  await page.fill('[name="username"]', username);
  await page.fill('[name="password"]', password);
  await page.locator('main button').click();
  await page.goto('/acme/admin/settings/style');
  await page.fill('[name="style_ground"]', '#fff4e3');
  await page.fill('[name="style_head"]', '#113355');
  await page.fill('[name="style_title"]', '#ffe0b0');
  await page.fill('[name="style_border_radius"]', '0');
  await page.locator('button[value="preview"]').click();
  const of = (selector, property) => page.locator(selector).evaluate((one, name) => getComputedStyle(one)[name], property);
  assert.equal(await of('.sample-light', 'backgroundColor'), 'rgb(255, 244, 227)');
  assert.equal(await of('.sample-light h2', 'backgroundColor'), 'rgb(17, 51, 85)');
  assert.equal(await of('.sample-light .panel', 'borderTopLeftRadius'), '0px');
  assert.notEqual(await of('.sample-dark', 'backgroundColor'), 'rgb(255, 244, 227)');
  assert.match(await page.locator('main').innerText(), /Page title: a contrast of 1\.\d+ to 1 is too little\. Pages show #/);
  assert.equal(await of('body', 'backgroundColor'), 'rgb(244, 246, 248)', 'the office itself is as it was');
  for (const [what, dressed] of [['light', {}], ['dark', { colorScheme: 'dark' }],
    ['320', { viewport: { width: 320, height: 640 } }]]) {
    await dress(page, dressed);
    assert.deepEqual(await axeFinds(page), [], what);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), what);
    await picture(page, `style-tab-${what}`);
  }
});

// ---- from right to left ----

test('X2: a language that runs from right to left has its pages turned round', async (t) => {
  const page = await open(t, { locale: 'ar' });
  await page.goto('/acme/login');
  const html = page.locator('html');
  assert.equal(await html.getAttribute('lang'), 'ar');
  assert.equal(await html.getAttribute('dir'), 'rtl');
  assert.equal(await page.locator('h1').innerText(), 'تسجيل الدخول');
  await page.locator('main button').click();
  assert.deepEqual(await axeFinds(page), []);
  await picture(page, 'rtl-login-refused');

  await page.goto(await linkFor(stack.tenant('acme'), 'anna'));
  for (const place of places) {
    await page.goto(place);
    assert.deepEqual(await axeFinds(page), [], place);
    const middle = await page.evaluate(() => {
      const at = (one) => {
        const { left, right } = document.querySelector(one).getBoundingClientRect();
        return (left + right) / 2;
      };
      return { brand: at('.brand'), account: at('.account'), width: innerWidth,
        wide: document.documentElement.scrollWidth };
    });
    assert.ok(middle.brand > middle.width / 2, `${place}: the name stands on the right`);
    assert.ok(middle.account < middle.width / 2, `${place}: the account on the left`);
    assert.ok(middle.wide <= middle.width, `${place}: nothing sticks out`);
    await picture(page, `rtl${place.replaceAll('/', '-')}`);
  }
});

test('X2: numbers, names and amounts keep their own direction among words from right to left',
  async (t) => {
    const page = await open(t, { locale: 'ar' });
    await page.goto(await linkFor(stack.tenant('acme'), 'anna'));
    await page.goto('/acme/invoices');
    // A number that was turned round would begin with its digits.
    const order = await page.locator('main tbody th bdi').first().evaluate((one) => {
      const range = document.createRange();
      const left = (i) => {
        range.setStart(one.firstChild, i);
        range.setEnd(one.firstChild, i + 1);
        return range.getBoundingClientRect().left;
      };
      return [...one.textContent].every((_, i) => i === 0 || left(i) > left(i - 1));
    });
    assert.ok(order);
  });

test('X2: 320 px are enough from right to left, too', async (t) => {
  const page = await open(t, { locale: 'ar', viewport: { width: 320, height: 640 } });
  await page.goto(await linkFor(stack.tenant('acme'), 'anna'));
  for (const place of places) {
    await page.goto(place);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), place);
  }
  await picture(page, 'rtl-small');
});
