// The style of hosted pages: what a merchant may choose, what becomes of it so that
// everything can be read, and the look at it before it is saved.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, unescapeHtml, visible } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');
const VARIANT = (await stack.api('acme', 'GET', '/plan-variants?limit=100')).json.items
  .find(({ external_id }) => external_id === 'GF1000-24').id;
const order = (browser = stack.browser()) => browser.get(`/acme/order/${VARIANT}?language=en`);

const colours = ['title', 'ground', 'head', 'head_text', 'content', 'discount', 'button', 'button_text', 'action',
  'action_text', 'border'];
const plain = { ...Object.fromEntries(colours.map((name) => [`style_${name}`, ''])), style_border_width: '1',
  style_border_radius: '10' };
const tab = () => owner.get('/acme/admin/settings/style?language=en');
const send = async (changes, from) => owner.submit(from ?? await tab(), { ...plain, ...changes }, { action: /settings\/style$/ });
async function save(changes) {
  const answer = await send(changes);
  assert.equal(answer.status, 303, visible(answer.text));
}
const sheetOf = (page) => /href="(\/brand\/[^"]+\.css)"/.exec(page.text)?.[1];
const wrong = (answer) => [...answer.text.matchAll(/id="error-(\w+)"/g)].map(([, name]) => name);
const faults = (page) => [...page.text.matchAll(/<li>([^<]*to 1 is too little[^<]*)<\/li>/g)].map(([, text]) => unescapeHtml(text));

// The variables of a rule of a sheet.
const variables = (text, selector, nth = 0) =>
  Object.fromEntries(text.split(`${selector}{`)[nth + 1].split('}')[0].split(';').map((one) => one.split(':')));
async function looks() {
  const { text } = await stack.get(sheetOf(await order()));
  return { light: variables(text, ':root'), dark: variables(text, ':root', 1), text };
}

// As WCAG 2.2 has it.
const luminance = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
  .map((s) => (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4))
  .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (one, other) => {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};

// What is read on what, and what has to be told from what.
const words = [...['text', 'muted', 'link', 'link-strong', 'bad', 'title'].flatMap((name) =>
  [[name, 'ground'], [`surface-${name}`, 'surface']]),
...['text', 'muted', 'link', 'bad'].map((name) => [`surface-${name}`, 'off-ground']),
['off', 'off-ground'], ['good', 'good-ground'], ['wait', 'wait-ground'], ['tag-bad', 'bad-ground'],
['discount', 'surface'], ['head-text', 'head-ground'], ['head-muted', 'head-ground'], ['on-accent', 'accent'],
['on-accent', 'accent-strong'], ['on-button', 'button'], ['on-button', 'button-strong'], ['on-action', 'action'],
['on-action', 'action-strong']];
const signs = [['control', 'ground'], ['focus', 'ground'], ['surface-control', 'surface'], ['surface-focus', 'surface'],
  ['accent', 'surface'], ['action', 'surface']];
function canBeRead(look, what) {
  for (const [list, least] of [[words, 4.5], [signs, 3]]) {
    for (const [name, ground] of list) {
      const is = contrast(look[`--${name}`], look[`--${ground}`]);
      assert.ok(is >= least, `${what}: --${name} ${look[`--${name}`]} on --${ground} ${look[`--${ground}`]}: ${is}`);
    }
  }
}

test('B77–B87: each colour of the tab is on the order page and in the portal, and not in the back office', own, async () => {
  const chosen = { title: '#7a1f4b', ground: '#fff8ee', head: '#113355', head_text: '#fefefe', content: '#fffdfa', discount: '#0a6b2d',
    button: '#e8e0d0', button_text: '#221100', action: '#b3261e', action_text: '#fffffe', border: '#c0a080' };
  await save(Object.fromEntries(Object.entries(chosen).map(([name, value]) => [`style_${name}`, value])));
  const page = await order();
  const path = sheetOf(page);
  assert.match(path, /^\/brand\/acme\/[0-9a-f]{16}\.css$/);
  assert.equal(sheetOf(await stack.get('/acme/login')), path);
  assert.equal(sheetOf(await (await stack.signedIn('acme', 'anna')).get('/acme/invoices')), path);
  assert.equal(sheetOf(await tab()), undefined, 'the office');
  assert.equal(sheetOf(await stack.get('/globex/login')), undefined, 'another tenant');
  const answer = await stack.get(path);
  assert.equal(answer.type, 'text/css');
  assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
  const { light, dark } = await looks();
  const shown = { title: 'title', ground: 'ground', head: 'head-ground', head_text: 'head-text', content: 'surface',
    discount: 'discount', button: 'button', button_text: 'on-button', action: 'action', action_text: 'on-action', border: 'line' };
  for (const name of colours) {
    assert.equal(light[`--${shown[name]}`], chosen[name], name);
  }
  assert.equal(light['--head'], '1');
  canBeRead(light, 'light');
  canBeRead(dark, 'dark');
  assert.ok(contrast(dark['--ground'], '#ffffff') > 7, 'what is light is dark there');
  assert.ok(contrast(dark['--surface'], '#ffffff') > 7);
  assert.equal(dark['--head-ground'], chosen.head, 'a strong colour stays');
  assert.deepEqual(faults(await tab()), [], 'nothing to warn of');
});

test('B88, B89: borders are as wide, and corners as round, as the merchant wants', own, async () => {
  await save({ style_border_width: '3', style_border_radius: '30' });
  const rounded = await looks();
  for (const look of [rounded.light, rounded.dark]) {
    assert.deepEqual(['--line-width', '--radius', '--radius-small'].map((name) => look[name]), ['3px', '30px', '22px']);
  }
  await save({ style_border_width: '0', style_border_radius: '0' });
  const square = (await looks()).light;
  assert.deepEqual([square['--line-width'], square['--radius'], square['--radius-small']], ['0px', '0px', '0px']);
  for (const [name, bad] of [['style_border_width', ['9', '-1', '1px', '', '1;}']], ['style_border_radius', ['33', '1.5', 'round', '']]]) {
    for (const value of bad) {
      const answer = await send({ [name]: value });
      assert.equal(answer.status, 422, `${name} ${value}`);
      assert.deepEqual(wrong(answer), [name], value);
    }
  }
});

test('B76, B90: what is no hexadecimal colour is refused at its field, and none of it gets into a sheet or a page', own, async () => {
  await save({ style_title: '#123456' });
  const before = await looks();
  for (const bad of ['red', '#fff', '123456', '#12345', '#12345g', 'rgb(1,2,3)', '#12345;', '}a{b:c', '"><b>x', 'url(/x)',
    '#1 2=34', '%231234']) {
    for (const step of ['', 'preview']) {
      const answer = await send({ style_title: bad, style_action: '#654321', step });
      assert.equal(answer.status, 422, bad);
      assert.deepEqual(wrong(answer), ['style_title'], bad);
      assert.ok(answer.text.includes('value="#654321"'), 'what was typed stays');
      assert.ok(!answer.text.includes('"><b>x'));
    }
  }
  assert.equal((await looks()).text, before.text, 'nothing was saved');
  assert.match(before.text, /^[-@a-z0-9#:;{}() .\n]*$/);
  const upper = await send({ style_title: '#ABCDEF' });
  assert.equal(upper.status, 303, 'in either case');
});

test('B90: the sheet that is tried is made of values alone, and is for staff', own, async () => {
  const get = (style, browser = owner) => browser.get(`/acme/admin/style-sample.css?style=${encodeURIComponent(style)}`);
  const good = await get('title=#7a1f4b border_width=2');
  assert.equal(good.status, 200);
  assert.equal(good.type, 'text/css');
  assert.equal(variables(good.text, '.sample-light')['--title'], '#7a1f4b');
  assert.equal(variables(good.text, '.sample-light')['--line-width'], '2px');
  canBeRead(variables(good.text, '.sample-dark'), 'dark');
  for (const bad of ['title=red', 'title=#7a1f4b;}', 'nothing=#7a1f4b', 'title', 'border_width=1px', 'border_width=', 'border_width=-1',
    'title=#7a1f4b\n', `title=${'#7a1f4b'.repeat(40)}`, 'TITLE=#7a1f4b', '=', ' ']) {
    assert.equal((await get(bad)).status, 404, bad);
  }
  assert.equal((await owner.get('/acme/admin/style-sample.css')).status, 404);
  assert.notEqual((await get('title=#7a1f4b', stack.browser())).status, 200);
});

// Colours that vanish on what they stand on, and grounds on which ours do.
const odd = {
  'all is white': Object.fromEntries(colours.map((name) => [`style_${name}`, '#ffffff'])),
  'all is black': Object.fromEntries(colours.map((name) => [`style_${name}`, '#000000'])),
  'all is grey': Object.fromEntries(colours.map((name) => [`style_${name}`, '#777777'])),
  'all is red': Object.fromEntries(colours.map((name) => [`style_${name}`, '#e2001a'])),
  'black pages with white sections': { style_ground: '#000000', style_content: '#ffffff', style_title: '#ffff00' },
  'white pages with black sections': { style_content: '#000000', style_action: '#111111', style_button: '#000000' },
  'only texts': { style_head_text: '#ffffff', style_button_text: '#ffffff', style_action_text: '#1b4f8f' },
};
for (const [what, style] of Object.entries(odd)) {
  test(`B90: whatever a merchant chooses can be read, in the light and in the dark: ${what}`, own, async () => {
    await save(style);
    const { light, dark } = await looks();
    canBeRead(light, 'light');
    canBeRead(dark, 'dark');
    assert.ok(contrast(dark['--ground'], '#ffffff') > 4.5, 'the page is dark there');
  });
}

test('B90: so it is of any colours at all', own, async () => {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647);
  for (let i = 0; i < 200; i++) {
    const style = colours.filter(() => random() % 4).map((name) => `${name}=#${(random() & 0xffffff).toString(16).padStart(6, '0')}`).join(' ');
    const { text } = await owner.get(`/acme/admin/style-sample.css?style=${encodeURIComponent(style)}`);
    canBeRead(variables(text, '.sample-light'), `light: ${style}`);
    canBeRead(variables(text, '.sample-dark'), `dark: ${style}`);
  }
});

test('B77–B87: what has too little contrast is told, with what pages show instead', own, async () => {
  await save({ style_title: '#ffff00', style_action: '#fefefe', style_action_text: '#ffffff' });
  const told = faults(await tab());
  assert.equal(told.length, 3, told.join('\n'));
  assert.match(told[0], /^Page title: a contrast of [\d.]+ to 1 is too little\. Pages show #[0-9a-f]{6} instead\.$/);
  const { light } = await looks();
  assert.ok(told[0].includes(light['--title']), `${told[0]} ${light['--title']}`);
  assert.match(told[1], /^Action buttons: /);
  assert.ok(told[1].includes(light['--action']));
});

test('B13: a look at what is not saved changes nothing, and leads on to saving it', own, async () => {
  await save({});
  assert.equal(sheetOf(await order()), undefined, 'without a style there is no sheet');
  const count = () => stack.sql("SELECT COUNT(*) AS n FROM audit WHERE action = 'settings.changed'")[0].n;
  const before = count();
  const seen = await send({ style_title: '#7a1f4b', style_border_radius: '0', step: 'preview' });
  assert.equal(seen.status, 200);
  assert.match(visible(seen.text), /Nothing is saved yet/);
  assert.match(seen.text, /value="#7a1f4b"/);
  const path = unescapeHtml(/href="(\/acme\/admin\/style-sample\.css[^"]*)"/.exec(seen.text)[1]);
  const sample = await owner.get(path);
  assert.equal(variables(sample.text, '.sample-light')['--title'], '#7a1f4b');
  assert.equal(variables(sample.text, '.sample-light')['--radius'], '0px');
  assert.equal(count(), before);
  assert.equal(sheetOf(await order()), undefined);
  const again = await send({ style_title: '#7a1f4c', step: 'preview' }, seen);
  assert.equal(again.status, 200, 'as often as one likes');
  const saved = await send({ style_title: '#7a1f4c' }, again);
  assert.equal(saved.location, '/acme/admin/settings/style?saved=1');
  assert.equal((await looks()).light['--title'], '#7a1f4c');
  assert.equal(count(), before + 1, 'one Save, one row');
  const [row] = stack.sql("SELECT object, before, after FROM audit WHERE action = 'settings.changed' ORDER BY id DESC LIMIT 1");
  assert.deepEqual([row.object, JSON.parse(row.before), JSON.parse(row.after)],
    ['style', { style_title: '' }, { style_title: '#7a1f4c' }]);
  const late = await send({ style_title: '#000000', step: 'preview' }, seen);
  assert.equal(late.status, 409, 'somebody saved meanwhile');
  assert.match(visible(late.text), /Saved meanwhile: #7a1f4c/);
});

test('who may look at the settings alone sees the style and its sample, and can try none', own, async () => {
  const reader = await stack.office('acme', 'read_only');
  const page = await reader.get('/acme/admin/settings/style?language=en');
  assert.equal(page.status, 200);
  assert.match(page.text, /sample-dark/);
  assert.doesNotMatch(page.text, /value="preview"|\/admin\/logo"/);
  const { hidden } = forms(page.text)[0];
  assert.equal((await reader.post('/acme/admin/settings/style', { ...hidden, ...plain, version: '1', step: 'preview' })).status, 403);
});
