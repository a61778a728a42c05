// How a tenant's portal is dressed: its colour, and its direction of writing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { axeFinds, dress, launch, picture, watch } from '../lib/chromium.mjs';
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
  const context = await chromium.newContext({ baseURL: stack.base, locale: 'de-DE', ...more });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const wrong = watch(page, stack.base, [422]);
  t.after(async () => {
    await context.close();
    assert.deepEqual(wrong, [], 'what the browser complained of');
  });
  return page;
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
