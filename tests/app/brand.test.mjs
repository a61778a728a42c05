// The style sheet of a tenant's colours, as browsers and strangers ask for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const brand = (...args) => stack.pforte('tenant', 'brand', '--tenant', 'acme', ...args);
const sheetOf = async (tenant = 'acme') =>
  /href="(\/brand\/[^"]+)"/.exec((await stack.get(`/${tenant}/login`)).text)?.[1];

test('X10: a tenant without a colour of its own has no sheet', own, async () => {
  assert.match(brand('--accent', 'none'), /the portal's own/);
  assert.equal(await sheetOf(), undefined);
  assert.equal((await stack.get(`/brand/acme/${'0'.repeat(16)}.css`)).status, 404);
});

test('X10: the sheet may be kept for ever by its name, an older name never', own, async () => {
  assert.match(brand('--accent', '#E2001A'), /^accent: #e2001a\ncontrast: \d\.\d\d on light/);
  const path = await sheetOf();
  assert.match(path, /^\/brand\/acme\/[0-9a-f]{16}\.css$/);
  const answer = await stack.get(path);
  assert.equal(answer.status, 200);
  assert.equal(answer.type, 'text/css');
  assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.deepEqual(answer.cookies, []);
  assert.match(answer.text, /--accent:#e2001a;.*--on-accent:#ffffff;/);

  brand('--accent', '#ffff00');
  const later = await sheetOf();
  assert.notEqual(later, path);
  const older = await stack.get(path);
  assert.equal(older.text, (await stack.get(later)).text);
  assert.equal(older.headers['cache-control'], 'no-store');
  assert.match(brand(), /below 4\.5, links are a shade that can be read/);
});

test('X1: a tenant\'s colour is nobody else\'s', own, async () => {
  brand('--accent', '#e2001a');
  assert.equal(await sheetOf('globex'), undefined);
  const name = (await sheetOf()).split('/').at(-1);
  assert.equal((await stack.get(`/brand/globex/${name}`)).status, 404);
  for (const path of ['/brand/nobody/0000000000000000.css', '/brand/acme/x.css']) {
    assert.equal((await stack.get(path)).status, 404, path);
  }
});

test('what is no colour is refused, and leaves what was', own, async () => {
  brand('--accent', '#e2001a');
  for (const bad of ['red', '#fff', '#12345g', 'e2001a', '#e2001a;}', '']) {
    assert.throws(() => brand('--accent', bad), bad);
  }
  assert.match(brand(), /#e2001a/);
});

test('X7: a change of the colour is in the trail, with what was before', own, () => {
  brand('--accent', 'none');
  brand('--accent', '#123456');
  const [row] = stack.sql("SELECT before, after FROM audit WHERE action = 'tenant.brand' ORDER BY id DESC LIMIT 1");
  assert.deepEqual({ before: JSON.parse(row.before), after: JSON.parse(row.after) },
    { before: { accent: '' }, after: { accent: '#123456' } });
});
