// An answer on its way while nginx reloads: docs/decisions/0008.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { startEdge } from '../lib/edge.mjs';

const buffers = readFileSync(new URL('../../conf/locations.conf', import.meta.url), 'utf8')
  .match(/^fastcgi_buffer.*$/gm).join('\n');
const { app, nginx, get } = await startEdge({ http: buffers });

test('a reload does not cut an answer that comes in pieces', async () => {
  const body = 'x'.repeat(100_000);
  app.page = { headers: { 'Content-Type': 'text/plain' }, body, pause: 60 };
  const [answer] = await Promise.all([get('/acme/open'), nginx.reload()]);
  assert.equal(answer.text.length, body.length);
  app.reset();
  assert.equal((await get('/acme/open')).status, 200, 'of the new worker');
});
