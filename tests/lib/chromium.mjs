// Debian's Chromium, and axe in its pages.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import axe from 'axe-core';
import { chromium } from 'playwright-core';

import { build } from './stack.mjs';

export const screenshots = join(build, 'screenshots');

// Chromium heeds the last such list alone, so that Playwright's stands here once
// more. The first two are ours: for each of them every context starts a renderer
// for the address bar, which nobody sees, and a second of computing is gone.
const without = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup',
  'AvoidUnnecessaryBeforeUnloadCheckSync', 'BoundaryEventDispatchTracksNodeRemoval',
  'DestroyProfileOnBrowserClose', 'DialMediaRouteProvider', 'GlobalMediaControls', 'HttpsUpgrades',
  'LensOverlay', 'MediaRouter', 'PaintHolding', 'ThirdPartyStoragePartitioning', 'Translate',
  'AutoDeElevate', 'RenderDocument', 'OptimizationHints'];

export const launch = (more = []) => chromium.launch({
  executablePath: process.env.PFORTE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    `--disable-features=${without}`, ...more],
});

// The page as it stands in another dress: size of the window, colours. Looked at in
// several, a page costs half of what it costs to open it for each.
export async function dress(page, { viewport = { width: 1280, height: 720 }, ...colours } = {}) {
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', ...colours });
}

export function picture(page, name) {
  mkdirSync(screenshots, { recursive: true });
  return page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

// What another dress of a page can change.
export const OF_DRESS = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size'];

// What axe finds on the page, one line each; also what is only its advice. By some of
// its rules, or by all.
export async function axeFinds(page, rules = undefined) {
  if (!await page.evaluate(() => 'axe' in globalThis)) {
    await page.evaluate(axe.source);
  }
  const { violations } = await page.evaluate((only) => globalThis.axe.run(document,
    { resultTypes: ['violations'], ...(only && { runOnly: only }) }), rules);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target }) => `${id}: ${help}: ${target.join(' ')}`));
}

// What goes wrong in a page without anybody saying so: errors of the console,
// of scripts, of requests, and requests to other places. Answers that the test
// wants (an error page) are named by their status.
export function watch(page, base, expected = []) {
  const found = [];
  page.on('pageerror', (error) => found.push(`script: ${error.message}`));
  page.on('console', (message) => {
    const status = message.text().match(/the server responded with a status of (\d+)/)?.[1];
    if (message.type() === 'error' && !expected.includes(Number(status))) {
      found.push(`console: ${message.text()} (${message.location().url})`);
    }
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(base)) {
      found.push(`request to ${request.url()}`);
    }
  });
  page.on('requestfailed', (request) => {
    if (!request.failure()?.errorText.includes('ERR_ABORTED')) { // a download
      found.push(`request failed: ${request.url()} ${request.failure()?.errorText}`);
    }
  });
  return found;
}

// A page in a context of its own with those options; what goes wrong in it fails the
// test. Controls are waited for so many ms, on a busy machine.
export async function openPage(t, chromium, options, { timeout, expected }) {
  const context = await chromium.newContext(options);
  context.setDefaultTimeout(timeout);
  const page = await context.newPage();
  const wrong = watch(page, options.baseURL, expected);
  t.after(async () => {
    await context.close();
    assert.deepEqual(wrong, [], 'what the browser complained of');
  });
  return page;
}
