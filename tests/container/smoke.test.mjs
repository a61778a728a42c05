// Against a running Pforte that somebody else started: PFORTE_BASE_URL.
import assert from 'node:assert/strict';
import { test } from 'node:test';

const base = process.env.PFORTE_BASE_URL;
const skip = base ? false : 'PFORTE_BASE_URL is not set';
const get = (path) => fetch(base + path, { redirect: 'manual' });

test('/healthz answers 200', { skip }, async () => {
  assert.equal((await get('/healthz')).status, 200);
});

test('no answer names the version of nginx', { skip }, async () => {
  for (const path of ['/healthz', '/static/none', '/no-such-tenant/']) {
    const answer = await get(path);
    assert.doesNotMatch(answer.headers.get('server') ?? '', /\d/, path);
    assert.doesNotMatch(await answer.text(), /nginx\/\d/, path);
  }
});

test('an unknown tenant is 404', { skip }, async () => {
  assert.equal((await get('/no-such-tenant/')).status, 404);
});

test('an unknown static file is 404', { skip }, async () => {
  assert.equal((await get('/static/none/none.css')).status, 404);
});
