// A clock that is put back, as a virtual machine's when it learns the time: what
// was found out before must not count for as long as the clock takes to catch up.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { startEdge } from '../lib/edge.mjs';

const dir = mkdtempSync(join(tmpdir(), 'pforte-clock-'));
const clock = join(dir, 'seconds');
const put = (seconds) => writeFileSync(clock, `${seconds}`);

put(0);
const { state, app, get, cookie } = await startEdge({
  clock,
  http: 'pforte_zone pforte:1m;',
  more: (address) => `
    location ~ "/seen(/|$)" {
      pforte required; pforte_session_check zone=5s app=/_pforte/session;
      fastcgi_pass ${address};
    }
  `,
});
after(() => rmSync(dir, { recursive: true })); // when nginx is gone

const html = { Accept: 'text/html' };

test('a session that was seen alive in the future is asked about', async () => {
  const [often, once] = [1, 2].map(() => cookie(state.session('acme', { age: 200 })));
  app.session = { status: 204, headers: {} };
  for (const headers of [often, often, once]) {
    assert.equal((await get('/acme/seen', headers)).status, 200);
  }
  assert.equal(app.asked.length, 2, 'not in the present');
  put(-100);
  app.session = { status: 401 };
  for (const headers of [often, once]) {
    assert.equal((await get('/acme/seen', { ...html, ...headers })).status, 303);
  }
  put(0);
});

test('a tenant that was not there in the future is looked for', async () => {
  assert.equal((await get('/initech/open', html)).status, 404);
  state.record('initech');
  assert.equal((await get('/initech/open', html)).status, 404, 'a moment later nobody looks');
  put(-100);
  assert.equal((await get('/initech/open', html)).status, 200);
  put(0);
});
