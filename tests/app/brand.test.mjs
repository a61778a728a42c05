// The style sheet of a tenant's colours, as browsers and strangers ask for it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { png } from '../lib/png.mjs';
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

// ---- the logo ----

const file = (name, bytes) => {
  const path = join(stack.state, name);
  writeFileSync(path, bytes);
  return path;
};
const logoOf = async (tenant = 'acme') =>
  /<img class="logo" src="([^"]+)" width="(\d+)" height="(\d+)" alt="([^"]*)"/.exec((await stack.get(`/${tenant}/login`)).text);

test('X10: a logo is drawn anew and smaller, stands on the pages, and may be kept for ever', own, async () => {
  assert.equal(await logoOf(), null);
  assert.match(brand('--logo', file('logo.png', png(1200, 300, [0xe2, 0, 0x1a, 0xff]))), /^logo: [0-9a-f]{16}$/m);
  const [, path, width, height, alt] = await logoOf();
  assert.deepEqual([width, height, alt], ['600', '150', 'Acme Telekom']);
  const answer = await stack.get(path);
  assert.equal(answer.status, 200);
  assert.equal(answer.type, 'image/png');
  assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.equal(answer.bytes.readUInt32BE(16), 600);
  assert.equal(await logoOf('globex'), null);
  assert.equal((await stack.get(path.replace('acme', 'globex'))).status, 404);

  brand('--logo', 'none');
  assert.equal(await logoOf(), null);
  assert.equal((await stack.get(path)).status, 200, 'older documents have it');
});

test('a file that is no picture, or too large a one, is refused and leaves what was', own, async () => {
  brand('--logo', file('logo.png', png(30, 10, [0, 0, 0, 0xff])));
  const [, path] = await logoOf();
  const whole = png(30, 10, [0, 0, 0, 0xff]);
  for (const [name, bytes, why] of [
    ['a.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>', /neither PNG nor JPEG/],
    ['b.png', whole.subarray(0, whole.length - 30), /damaged/],
    ['c.png', png(4001, 1, [0, 0, 0, 0xff]), /larger than/],
    ['d.png', Buffer.alloc(3 << 20, 0x89), /larger than/],
  ]) {
    assert.throws(() => brand('--logo', file(name, bytes)), why);
  }
  assert.throws(() => brand('--logo', join(stack.state, 'not-there.png')), /cannot be read/);
  assert.equal((await logoOf())[1], path);
});

test('X7: a change of the logo is in the trail', own, () => {
  brand('--logo', file('logo.png', png(30, 10, [0, 0xff, 0, 0xff])));
  brand('--logo', 'none');
  const [row] = stack.sql("SELECT before, after FROM audit WHERE action = 'tenant.logo' ORDER BY id DESC LIMIT 1");
  assert.match(JSON.parse(row.before).logo, /^[0-9a-f]{16}$/);
  assert.deepEqual(JSON.parse(row.after), { logo: '' });
});
