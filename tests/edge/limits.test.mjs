// conf/limits.conf: how often somebody may ask.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

import { startEdge } from '../lib/edge.mjs';

const limits = fileURLToPath(new URL('../../conf/limits.conf', import.meta.url));
const { get } = await startEdge({
  http: `include ${limits};
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Real-IP;`,
});

const from = (address) => ({ 'X-Real-IP': address });

async function statuses(n, path, headers, options) {
  const found = [];
  for (let i = 0; i < n; i++) {
    found.push((await get(path, headers, options)).status);
  }
  return found;
}

const signIn = (address, n) =>
  statuses(n, '/acme/open/login', from(address), { method: 'POST', body: '' });

test('pages and sign-in forms have no limit', async () => {
  const asked = await statuses(40, '/acme/open', from('192.0.2.1'));
  assert.ok(asked.every((status) => status === 200));
  assert.ok((await statuses(20, '/acme/login', from('192.0.2.1'))).every((status) => status !== 429));
});

test('sign-ins: six at once, then 429, for this address only', async () => {
  const post = { method: 'POST', body: '' };
  const found = await statuses(8, '/acme/login', from('192.0.2.2'), post);
  assert.equal(found.filter((status) => status === 429).length, 2, String(found));
  assert.deepEqual(found.slice(-2), [429, 429]);
  assert.notEqual((await get('/acme/login', from('192.0.2.3'), post)).status, 429);
  assert.ok((await signIn('192.0.2.2', 3)).every((status) => status !== 429), 'another path');
});

test('passwords of staff, at the sign-in and at the question, share that limit', async () => {
  const post = { method: 'POST', body: '' };
  const paths = ['/acme/admin/login', '/admin/confirm', '/acme/login', '/acme/admin/confirm'];
  for (let i = 0; i < 6; i++) {
    await get(paths[i % 4], from('192.0.2.77'), post);
  }
  for (const path of paths) {
    assert.equal((await get(path, from('192.0.2.77'), post)).status, 429, path);
  }
  assert.notEqual((await get('/acme/admin/confirm', from('192.0.2.77'))).status, 429, 'to see it');
  assert.notEqual((await get('/acme/admin/confirmx', from('192.0.2.77'), post)).status, 429);
});

test('sign-ins: the addresses of one IPv6 network are one', async () => {
  const post = { method: 'POST', body: '' };
  for (let i = 0; i < 6; i++) {
    await get('/acme/login', from(`2001:db8:1:2:${i}::1`), post);
  }
  assert.equal((await get('/acme/login', from('2001:db8:1:2:ffff:1:2:3'), post)).status, 429);
  assert.notEqual((await get('/acme/login', from('2001:db8:1:3::1'), post)).status, 429);
  assert.notEqual((await get('/acme/login', from('2001:db8::1'), post)).status, 429);
});

test('accounts and new passwords cost as much, and count with sign-ins', async () => {
  const post = { method: 'POST', body: '' };
  const paths = ['login', 'reset/password', 'register/confirm', 'password/first', 'security/password', 'security/email',
    'security/factor', 'security/factor/off', 'invitation/abc/password', 'admin/security/password'].map((path) => `/acme/${path}`);
  for (let i = 0; i < 6; i++) {
    assert.notEqual((await get(paths[i], from('192.0.2.40'), post)).status, 429);
  }
  for (const path of paths) {
    assert.equal((await get(path, from('192.0.2.40'), post)).status, 429, path);
    assert.notEqual((await get(path, from('192.0.2.40'))).status, 429, 'the page');
  }
  assert.notEqual((await get('/acme/reset', from('192.0.2.40'), post)).status, 429, 'costs nothing');
});

test('an API key has one limit, from however many addresses it comes', async () => {
  const schemes = ['Bearer', 'bearer', 'BEARER', 'bEaReR'];
  const ask = (n, id, check = '012xyz') => Promise.all(Array.from({ length: n }, (_, i) =>
    get('/api/v1/tenant', { ...from(`198.51.${i}.1`), Authorization:
      `${schemes[i % 4]} pf_live_${id.repeat(12)}_${'s'.repeat(32)}_${check}` })));
  const refused = (await ask(180, 'a')).filter(({ status }) => status === 429).length;
  assert.ok(refused >= 40 && refused <= 79, `${refused} refused`);
  assert.ok((await ask(20, 'b')).every(({ status }) => status !== 429), 'another key');
  assert.ok((await ask(20, 'a', '012xyy')).every(({ status }) => status !== 429),
    'whoever knows its id alone');
});

test('new logins: twenty-one at once, then 429, and other calls go on', async () => {
  const logins = '/api/v1/user-logins';
  const post = { method: 'POST', body: '' };
  const found = await Promise.all(Array.from({ length: 40 },
    () => get(logins, from('192.0.2.5'), post)));
  const refused = found.filter(({ status }) => status === 429).length;
  assert.ok(refused >= 15 && refused <= 19, `${refused} refused`);
  assert.notEqual((await get(logins, from('192.0.2.5'))).status, 429, 'the list');
  assert.notEqual((await get(`${logins}/anna/block`, from('192.0.2.5'), post)).status, 429);
  assert.notEqual((await get(logins, from('192.0.2.6'), post)).status, 429, 'a neighbour');
});

test('links and the API have limits far above what people do', async () => {
  let address = 10;
  for (const [path, fine] of [['/acme/sso?token=x', 101], ['/api/v1/invoices', 101],
    ['/acme/s/x', 101]]) {
    const asked = [];
    address++;
    for (let i = 0; i < 4; i++) {
      asked.push(...await Promise.all(Array.from({ length: 100 },
        () => get(path, from(`192.0.2.${address}`)))));
    }
    const refused = asked.filter(({ status }) => status === 429).length;
    assert.ok(refused > 0 && refused <= 400 - fine, `${path}: ${refused} refused`);
  }
});
