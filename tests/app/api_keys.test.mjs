// The REST API: keys, and what they open.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { send } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const keys = '/api-keys';
const seconds = (n) => new Date(Date.now() + n * 1000).toISOString().replace(/\.\d+/, '');

const by = (key, method, path, body, headers) => send(`${stack.base}/api/v1${path}`, {
  method, body: body && JSON.stringify(body),
  headers: { Authorization: `Bearer ${key}`, ...(body && { 'Content-Type': 'application/json' }),
    ...headers } });
const status = async (key, path = '/user-logins') => (await by(key, 'GET', path)).status;
const refused = (answer, code, name) => {
  assert.equal(answer.status, code, answer.text);
  assert.equal(answer.json.code, name);
};
const errors = (answer) => answer.json.errors.map(({ pointer, code }) => [pointer, code]);

async function make(more) {
  const answer = await api('POST', keys, { name: 'Shop', scopes: ['logins:read'], ...more });
  assert.equal(answer.status, 201, answer.text);
  return { ...answer.json, etag: answer.headers.etag };
}

// What a scanner for leaked keys does (CRC-32, ISO 3309, in base62).
function checksum(text) {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) {
      crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
  }
  let n = (crc ^ 0xffffffff) >>> 0;
  const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let out = '';
  for (let i = 0; i < 6; i++) {
    out = letters[n % 62] + out;
    n = Math.floor(n / 62);
  }
  return out;
}

test('X1: a key is shown once, and only its hash is kept', own, async () => {
  const { key, id, etag, ...rest } = await make({ networks: ['192.0.2.0/24', '::/0', '0.0.0.0/0'] });
  assert.match(key, new RegExp(`^pf_live_${id}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$`));
  assert.equal(key.slice(-6), checksum(key.slice(0, -6)));
  assert.deepEqual(rest.scopes, ['logins:read']);
  assert.deepEqual(rest.networks, ['192.0.2.0/24', '::/0', '0.0.0.0/0']);
  assert.equal(rest.mode, 'live');
  assert.equal(rest.expires, null);
  const secret = key.split('_')[3];
  for (const path of [keys, `${keys}/${id}`]) {
    const answer = await api('GET', path);
    assert.equal(answer.status, 200);
    assert.ok(answer.text.includes(id) && !answer.text.includes(secret));
    assert.doesNotMatch(answer.text, /hash/);
  }
  assert.ok(!JSON.stringify(stack.sql('SELECT * FROM api_key')).includes(secret));
  assert.ok(!JSON.stringify(stack.sql('SELECT * FROM audit')).includes(secret));
  assert.equal(await status(key), 200);
  const logs = readdirSync(join(stack.state, 'log'));
  assert.ok(logs.length >= 2);
  for (const name of logs) {
    assert.ok(!stack.log(name).includes(secret), name);
  }
});

test('a mistyped key is refused, whichever part it is', async () => {
  const { key } = await make();
  const parts = [10, 25, key.length - 1];
  for (const at of parts) {
    const other = key.slice(0, at) + (key[at] === 'a' ? 'b' : 'a') + key.slice(at + 1);
    assert.equal(await status(other), 401);
    const fixed = other.slice(0, -6) + checksum(other.slice(0, -6));
    assert.equal(await status(fixed), at === key.length - 1 ? 200 : 401);
  }
  const test = key.replace('live', 'test');
  assert.equal(await status(test.slice(0, -6) + checksum(test.slice(0, -6))), 401);
});

test('a key gives no scope that it lacks, and none that is none', async () => {
  const small = await make({ scopes: ['keys:write', 'logins:read'] });
  refused(await by(small.key, 'POST', keys, { name: 'x', scopes: ['customers:read'] }), 403,
    'scope_lacking');
  assert.equal((await by(small.key, 'POST', keys, { name: 'x', scopes: ['logins:read'] })).status,
    201);
  for (const scope of ['customers', '*', '-', 'public', 'Logins:Read']) {
    const answer = await api('POST', keys, { name: 'x', scopes: ['logins:read', scope] });
    refused(answer, 422, 'invalid');
    assert.deepEqual(errors(answer), [['#/scopes', 'scope_unknown']], scope);
  }
  const big = await make({ scopes: ['customers:read', 'logins:read'] });
  for (const [method, path, body] of [['PATCH', '', { name: 'mine' }], ['POST', '/rotate', {}],
    ['DELETE', '']]) {
    const answer = await by(small.key, method, `${keys}/${big.id}${path}`, body,
      { 'If-Match': '*' });
    refused(answer, 403, 'scope_lacking');
  }
  refused(await by(small.key, 'PATCH', `${keys}/${small.id}`, { scopes: ['sso:create'] },
    { 'If-Match': '*' }), 403, 'scope_lacking');
});

test('X1: a key gives no mode, network or day that it lacks', own, async () => {
  const scopes = ['keys:write', 'logins:read'];
  const far = seconds(7200);
  const whole = await make({ scopes });
  const limits = [{ mode: 'test' }, { networks: ['127.0.0.0/8', '192.0.2.0/24'] },
    { expires: seconds(3600) }];
  const wider = [null, [{}, { networks: [] }, { networks: ['127.0.0.1', '126.0.0.0/7'] },
    { networks: ['::/0'] }], [{}, { expires: far }]];
  for (const [i, limit] of limits.entries()) {
    const lent = await make({ scopes, ...limit });
    for (const [method, path, body] of [['PATCH', '', { name: 'mine' }], ['POST', '/rotate', {}],
      ['DELETE', '']]) {
      refused(await by(lent.key, method, `${keys}/${whole.id}${path}`, body, { 'If-Match': '*' }),
        403, 'key_lacking');
    }
    for (const more of wider[i] ?? []) {
      refused(await by(lent.key, 'POST', keys, { name: 'x', scopes, ...more }), 403, 'key_lacking');
    }
    const child = await by(lent.key, 'POST', keys, { name: 'x', scopes, ...limit,
      ...(limit.networks && { networks: ['127.0.0.1', '192.0.2.128/25'] }) });
    assert.equal(child.status, 201, child.text);
    const self = `${keys}/${lent.id}`;
    for (const more of [limit.networks && { networks: [] }, limit.networks && { networks: ['::1'] },
      limit.expires && { expires: null }, limit.expires && { expires: far }].filter(Boolean)) {
      refused(await by(lent.key, 'PATCH', self, more, { 'If-Match': '*' }), 403, 'key_lacking');
    }
    assert.equal((await by(lent.key, 'POST', `${self}/rotate`)).status, 200);
  }
  assert.equal(await status(whole.key), 200);
});

test('a scope that is gone does not open a key to whoever has less', own, async () => {
  const small = await make({ scopes: ['keys:write', 'logins:read'] });
  const big = await make({ scopes: ['customers:read'] });
  stack.sql(`UPDATE api_key SET scopes = 'old:read customers:read' WHERE id = '${big.id}'`);
  refused(await by(small.key, 'POST', `${keys}/${big.id}/rotate`), 403, 'scope_lacking');
  stack.sql(`UPDATE api_key SET scopes = 'old:read logins:read' WHERE id = '${big.id}'`);
  assert.equal((await by(small.key, 'POST', `${keys}/${big.id}/rotate`)).status, 200);
});

test('what is wrong is named', async () => {
  const cases = [
    [{}, 422, [['#/name', 'value_missing'], ['#/scopes', 'value_missing']]],
    [{ name: 'x', scopes: [] }, 422, [['#/scopes', 'value_missing']]],
    [{ name: 'x', scopes: 'logins:read' }, 422, null],
    [{ name: 'x', scopes: [1] }, 400, [['#/scopes', 'value_type']]],
    [{ name: 'x', scopes: ['a b'] }, 422, [['#/scopes', 'value_characters']]],
    [{ name: 'x', scopes: Array(65).fill('logins:read') }, 422, [['#/scopes', 'value_too_many']]],
    [{ name: 'x'.repeat(101), scopes: ['logins:read'] }, 422, [['#/name', 'value_too_long']]],
    [{ name: 'x', scopes: ['logins:read'], mode: 'dry' }, 422, [['#/mode', 'value_choice']]],
    [{ name: 'x', scopes: ['logins:read'], expires: seconds(-5) }, 422, [['#/expires', 'value_past']]],
    [{ name: 'x', scopes: ['logins:read'], expires: 'soon' }, 422, [['#/expires', 'value_date']]],
    ...['x', '192.0.2.1/33', '192.0.2.1/24', '192.0.2.0/024', '192.0.2', '::1/129', '/8', '1.2.3.4/',
      '2001:db8::1/32', '192.0.2.0/24/8', `${'1'.repeat(60)}/8`].map((network) =>
      [{ name: 'x', scopes: ['logins:read'], networks: [network] }, 422,
        [['#/networks', 'value_network']]]),
  ];
  for (const [body, code, expected] of cases) {
    const answer = await api('POST', keys, body);
    if (expected) {
      refused(answer, code, 'invalid');
      assert.deepEqual(errors(answer), expected, JSON.stringify(body).slice(0, 100));
    }
  }
});

test('a key works from its networks only', async () => {
  const works = [['127.0.0.1'], ['127.0.0.0/8'], ['10.0.0.0/8', '127.0.0.1/32'], ['::ffff:127.0.0.1'],
    ['0.0.0.0/0']];
  for (const networks of works) {
    const { key } = await make({ networks });
    assert.equal(await status(key), 200, String(networks));
  }
  for (const networks of [['10.0.0.0/8'], ['127.0.0.2'], ['::/0'], ['::1']]) {
    const { key } = await make({ networks });
    refused(await by(key, 'GET', '/user-logins'), 403, 'api_address');
    refused(await by(key, 'GET', '/user-logins', undefined, { 'X-Forwarded-For': '10.0.0.1' }), 403,
      'api_address');
  }
});

test('a key ends when it expires, and when it is revoked', own, async () => {
  const { key, id } = await make({ expires: seconds(3600) });
  assert.equal(await status(key), 200);
  stack.sql(`UPDATE api_key SET expires = 1000 WHERE id = '${id}'`);
  assert.equal(await status(key), 401);
  const other = await make();
  assert.equal((await api('DELETE', `${keys}/${other.id}`)).status, 204);
  assert.equal(await status(other.key), 401);
  refused(await api('DELETE', `${keys}/${other.id}`), 404, 'not_found');
  refused(await api('GET', `${keys}/${other.id}`), 404, 'not_found');
});

test('after a rotation both secrets work until the time that was said', own, async () => {
  const { key, id, etag } = await make();
  const old_until = seconds(3600);
  const answer = await api('POST', `${keys}/${id}/rotate`, { old_until }, { 'If-Match': etag });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.old_until, old_until);
  assert.notEqual(answer.json.key, key);
  assert.equal(await status(key), 200);
  assert.equal(await status(answer.json.key), 200);
  stack.sql(`UPDATE api_key SET old_until = 1000 WHERE id = '${id}'`);
  assert.equal(await status(key), 401);
  assert.equal(await status(answer.json.key), 200);
  const at_once = await api('POST', `${keys}/${id}/rotate`);
  assert.equal(await status(answer.json.key), 401, 'without a time it ends at once');
  assert.equal(await status(at_once.json.key), 200);
  refused(await api('POST', `${keys}/${id}/rotate`, { old_until: seconds(-9) }), 422, 'invalid');
  refused(await api('POST', `${keys}/${id}/rotate`, { old_until: seconds(40 * 86400) }), 422,
    'invalid');
});

test('a change needs its version, and takes effect with the next call', async () => {
  const { key, id, etag } = await make();
  const path = `${keys}/${id}`;
  refused(await api('PATCH', path, { name: 'New' }), 428, 'precondition_missing');
  refused(await api('PATCH', path, { name: 'New' }, { 'If-Match': '"x"' }), 412,
    'precondition_failed');
  const answer = await api('PATCH', path, { name: 'New', scopes: ['customers:read'] },
    { 'If-Match': etag });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.name, 'New');
  assert.equal(await status(key), 403);
  assert.equal(await status(key, '/customers'), 200);
  const limited = await api('PATCH', path, { networks: ['10.0.0.0/8'], expires: seconds(60) },
    { 'If-Match': answer.headers.etag });
  assert.equal(limited.status, 200);
  assert.equal(await status(key, '/customers'), 403);
  const open = await api('PATCH', path, { networks: [], expires: null }, { 'If-Match': '*' });
  assert.deepEqual([open.json.networks, open.json.expires], [[], null]);
  assert.equal(await status(key, '/customers'), 200);
});

test('when a key was last used is known, coarsely', own, async () => {
  const { key, id } = await make();
  const read = async () => (await api('GET', `${keys}/${id}`)).json.last_used;
  assert.equal(await read(), null);
  await status(key);
  assert.ok(Math.abs(Date.parse(await read()) - Date.now()) < 60_000);
  const before = stack.sql(`SELECT last_used FROM api_key WHERE id = '${id}'`)[0].last_used - 200;
  stack.sql(`UPDATE api_key SET last_used = ${before} WHERE id = '${id}'`);
  await status(key);
  assert.equal(stack.sql(`SELECT last_used FROM api_key WHERE id = '${id}'`)[0].last_used, before);
});

test('a key of test mode marks its changes, sends no mail, and makes only its like', own,
  async () => {
    const { key } = await make({ mode: 'test',
      scopes: ['keys:write', 'logins:write', 'customers:write', 'logins:read'] });
    assert.match(key, /^pf_test_/);
    const login = await by(key, 'POST', '/user-logins',
      { customer: 'K2002', email: 'x@example.com', username: `test-${process.pid}` });
    assert.equal(login.status, 201, login.text);
    assert.equal(login.json.mail, 'suppressed');
    const child = await by(key, 'POST', keys, { name: 'x', scopes: ['logins:read'], mode: 'live' });
    assert.equal(child.json.mode, 'test');
    const rows = stack.sql(`SELECT test, action FROM audit
      WHERE actor = 'key:${key.split('_')[2]}'`);
    assert.ok(rows.length >= 2 && rows.every(({ test: marked }) => marked === 1),
      JSON.stringify(rows));
    const [{ n }] = stack.sql(`SELECT COUNT(*) AS n FROM audit WHERE test = 1
      AND actor NOT LIKE 'key:%'`);
    assert.equal(n, 0);
  });

test('a public key opens what is marked public, and nothing else', async () => {
  const { public_key } = stack.tenant('acme');
  assert.match(public_key, /^pf_public_/);
  const answer = await by(public_key, 'GET', '/tenant');
  assert.equal(answer.status, 200);
  assert.deepEqual(Object.keys(answer.json).sort(),
    ['default_language', 'id', 'languages', 'name', 'url']);
  assert.equal(answer.json.id, 'acme');
  assert.equal((await api('GET', '/tenant')).json.id, 'acme');
  refused(await by(public_key, 'GET', '/user-logins'), 403, 'api_public');
  refused(await by(public_key, 'POST', keys, { name: 'x', scopes: ['logins:read'] }), 403,
    'api_public');
  refused(await by(`${public_key}x`, 'GET', '/tenant'), 401, 'api_key');
});
