// The REST API: keys, and what they open.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { send } from '../lib/client.mjs';
import { root, startStack } from '../lib/stack.mjs';

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

test('each scope that cannot be given is named', async () => {
  const small = await make({ scopes: ['keys:write', 'logins:read'] });
  const named = ({ json }) => json.errors.map(({ pointer, code, detail }) =>
    [pointer, code, detail.match(/[a-z]+:[a-z]+/)?.[0] ?? detail.match(/^\S+/)[0]]);
  const wide = await by(small.key, 'POST', keys,
    { name: 'x', scopes: ['sso:create', 'logins:read', 'audit:read'] }, { 'Accept-Language': 'en' });
  refused(wide, 403, 'scope_lacking');
  assert.deepEqual(named(wide).sort(), [['#/scopes', 'value_scope', 'audit:read'],
    ['#/scopes', 'value_scope', 'sso:create']]);
  const patched = await by(small.key, 'PATCH', `${keys}/${small.id}`, { scopes: ['keys:write', 'mails:read'] },
    { 'If-Match': '*' });
  refused(patched, 403, 'scope_lacking');
  assert.deepEqual(named(patched), [['#/scopes', 'value_scope', 'mails:read']]);
  const unknown = await api('POST', keys, { name: 'x', scopes: ['one', 'logins:read', 'two'] });
  refused(unknown, 422, 'invalid');
  assert.deepEqual(named(unknown).map(([, code, word]) => [code, word]),
    [['scope_unknown', 'one'], ['scope_unknown', 'two']]);
});

test('staff give a key only scopes that their role covers, each refused one named', own, async () => {
  const scopes = [...readFileSync(join(root, 'fcgi_app/tables/scopes.def'), 'utf8')
    .matchAll(/^SCOPE\("([^"]+)", "([^"]+)"\)/gm)].map(([, scope, permission]) => ({ scope, permission }));
  assert.ok(scopes.length > 10);
  const beyond = ['customers:write', 'contracts:write', 'invoices:write', 'payments:write', 'sso:create', 'links:write'];
  const admin = await stack.office('acme', 'administrator', { 'Accept-Language': 'en' });
  const page = await admin.get('/acme/admin/api-keys/new');
  for (const { scope } of scopes) {
    assert.equal(page.text.includes(`name="${scope}"`), !beyond.includes(scope), scope);
  }
  const owner = await stack.office('acme', 'owner');
  const all = await owner.get('/acme/admin/api-keys/new');
  assert.ok(scopes.every(({ scope }) => all.text.includes(`name="${scope}"`)));
  const submit = (browser, from, name, chosen) => browser.submit(from,
    { name, ...Object.fromEntries(chosen.map((scope) => [scope, 'on'])) }, { action: /api-keys$/ });
  const refusedForm = await submit(admin, page, 'beyond', ['logins:read', ...beyond]);
  assert.equal(refusedForm.status, 403);
  for (const scope of beyond) {
    assert.match(refusedForm.text, new RegExp(`${scope} is more than you may do yourself`));
  }
  assert.equal(stack.sql("SELECT COUNT(*) AS n FROM api_key WHERE name = 'beyond'")[0].n, 0);
  assert.equal((await submit(admin, refusedForm, 'within', ['logins:read'])).status, 200);

  // nor do they get the secret of a key that has more; taking it away they may
  assert.equal((await submit(owner, all, 'wide', ['sso:create'])).status, 200);
  const [{ id, secret_hash }] = stack.sql("SELECT id, secret_hash FROM api_key WHERE name = 'wide'");
  const rotated = await admin.submit(await admin.get(`/acme/admin/api-keys/${id}`), {}, { action: /rotate$/ });
  assert.equal(rotated.status, 403);
  assert.match(rotated.text, /can do more than you may/);
  assert.equal(stack.sql(`SELECT secret_hash FROM api_key WHERE id = '${id}'`)[0].secret_hash, secret_hash);
  assert.equal((await owner.submit(await owner.get(`/acme/admin/api-keys/${id}`), {}, { action: /rotate$/ })).status, 200);
  assert.equal((await admin.submit(await admin.get(`/acme/admin/api-keys/${id}`), {}, { action: /revoke$/ })).status, 303);
});

test('an end in the past is no key for ever, whichever second it was', own, async () => {
  const owner = await stack.office('acme', 'owner');
  for (const expires of ['1969-12-30', '1969-12-31', '1970-01-01', '2020-01-01']) {
    for (const zone of ['UTC', 'Europe/Berlin']) {
      stack.sql(`UPDATE tenant SET time_zone = '${zone}' WHERE id = 'acme'`);
      const answer = await owner.submit(await owner.get('/acme/admin/api-keys/new'),
        { name: 'long ago', 'logins:read': 'on', expires }, { action: /api-keys$/ });
      assert.equal(answer.status, 422, `${expires} ${zone}`);
    }
  }
  stack.sql("UPDATE tenant SET time_zone = 'Europe/Berlin' WHERE id = 'acme'");
  assert.equal(stack.sql("SELECT COUNT(*) AS n FROM api_key WHERE name = 'long ago'")[0].n, 0);
  assert.equal((await api('POST', keys, { name: 'x', scopes: ['logins:read'], expires: '1970-01-01T00:00:00Z' })).status, 422);
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

test('a call that was refused is no use of a key', own, async () => {
  const { key, id } = await make({ scopes: ['logins:read'] });
  const bound = await make({ networks: ['192.0.2.0/24'] });
  const used = (one) => stack.sql(`SELECT last_used FROM api_key WHERE id = '${one}'`)[0].last_used;
  assert.equal(await status(key, '/customers'), 403, 'its scope');
  assert.equal(await status(bound.key), 403, 'its network');
  assert.equal(await status(key.replace(/_[^_]{32}_/, `_${'x'.repeat(32)}_`)), 401, 'its secret');
  assert.deepEqual([used(id), used(bound.id)], [0, 0]);
  assert.equal(await status(key, '/user-logins?limit=x'), 422, 'what is wrong with the question');
  assert.notEqual(used(id), 0, 'is told to who may ask');
});

test('X8: a database that does not answer is 503, never "no valid key"', own, async () => {
  const { key } = await make();
  assert.equal(await status(key), 200);
  stack.sql('ALTER TABLE api_key RENAME TO api_key_away');
  try {
    for (const bearer of [key, stack.tenant('acme').api_key]) {
      const answer = await by(bearer, 'GET', '/user-logins');
      refused(answer, 503, 'unavailable');
    }
    refused(await by(key, 'PATCH', `${keys}/x`, { name: 'x' }, { 'If-Match': '*' }), 503, 'unavailable');
  } finally {
    stack.sql('ALTER TABLE api_key_away RENAME TO api_key');
  }
  assert.equal(await status(key), 200);
  // whoever waits for the write lock, and note each time that the key was used
  const { id } = await make();
  for (let round = 0; round < 3; round++) {
    stack.sql("UPDATE api_key SET last_used = 0");
    const lock = await stack.lock(`UPDATE api_key SET name = name WHERE id = '${id}';`);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 4 ? status(key)
      : by(key, 'PATCH', `${keys}/${id}`, { name: 'x' }, { 'If-Match': '*' }).then((one) => one.status))));
    await lock.release();
    assert.ok(answers.every((one) => [200, 403, 503].includes(one)), String(answers));
    assert.equal(answers.filter((one) => one === 200).length, 30, String(answers));
  }
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
