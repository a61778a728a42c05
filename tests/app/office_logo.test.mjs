// The page on which staff choose a logo.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms } from '../lib/client.mjs';
import { parts } from '../lib/parts.mjs';
import { png } from '../lib/png.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const olga = await stack.office('acme', 'owner');
await olga.get('/acme/admin?language=en');
const page = '/acme/admin/logo';
const picture = (bytes) => ({ name: 'logo.png', bytes });

async function send(fields) {
  const { hidden } = forms((await olga.get(page)).text).find(({ action }) => action === page);
  return olga.post(page, {}, parts({ ...hidden, ...fields }));
}

const shown = async (path = '/acme/login') =>
  /<img class="logo" src="([^"]+)"/.exec((await stack.get(path)).text)?.[1];

test('B75, X10: staff send a logo, see it on the pages, the order page too, and take it away again', own, async () => {
  const sent = await send({ picture: picture(png(900, 300, [0x20, 0x60, 0xc0, 0xff])) });
  assert.equal(sent.status, 303, sent.text);
  const after = await olga.get(sent.headers.location);
  assert.match(after.text, /role="status"/);
  const path = await shown();
  assert.ok(after.text.includes(path));
  assert.equal((await stack.get(path)).bytes.readUInt32BE(16), 600);
  assert.equal(await shown('/globex/login'), undefined);
  const { items } = (await stack.api('acme', 'GET', '/plan-variants?limit=100')).json;
  assert.equal(await shown(`/acme/order/${items.find(({ self_service }) => self_service).id}`), path);

  assert.equal((await send({ remove: 'on' })).status, 303);
  assert.equal(await shown(), undefined);
});

test('B75, X10: what is no picture is refused with its reason, and nothing changes', own, async () => {
  const whole = png(300, 100, [1, 2, 3, 0xff]);
  await send({ picture: picture(whole) });
  const before = await shown();
  for (const [fields, why] of [
    [{}, /A value is required/],
    [{ picture: picture(Buffer.alloc(0)) }, /A value is required/],
    [{ picture: 'typed, no file' }, /A value is required/],
    [{ picture: picture(Buffer.from('<svg onload="alert(1)"/>')) }, /neither a PNG nor a JPEG/],
    [{ picture: picture(whole.subarray(0, 60)) }, /cannot be read/],
    [{ picture: picture(png(4001, 2, [1, 2, 3, 0xff])) }, /too large/],
  ]) {
    const answer = await send(fields);
    assert.equal(answer.status, 422, answer.text);
    assert.match(answer.text, why);
  }
  assert.equal((await send({ picture: picture(Buffer.alloc(2_200_000, 0x89)) })).status, 413);
  assert.equal(await shown(), before);
});

test('X10: whoever may not change settings gets no form', own, async () => {
  const sam = await stack.office('acme', 'support');
  assert.equal((await sam.get(page)).status, 403);
});
