// The REST API: user logins, errors, and the description of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { send } from '../lib/client.mjs';
import { startStack, until } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const logins = '/user-logins';
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/;

let made = 0;
const unique = () => `api-${process.pid}-${++made}`;
const fields = (more) => ({ customer: 'K2002', email: 'x@example.com', username: unique(),
  ...more });

// A problem as RFC 9457 wants it, with what ours always have.
function isProblem(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.type, 'application/problem+json');
  const problem = answer.json;
  assert.equal(problem.status, status);
  assert.equal(problem.code, code);
  assert.ok(problem.title && problem.detail);
  assert.match(problem.type, new RegExp(code));
  assert.match(problem.request_id, /^[0-9a-f]{32}$/);
  assert.equal(answer.headers['x-request-id'], problem.request_id);
  return problem;
}

// ---- creating and reading ----

test('F5, F17: a login created without values gets them from the system', own, async () => {
  const [{ n }] = stack.sql(`SELECT COUNT(*) AS n FROM users WHERE username = 'K2001'`);
  assert.equal(n, 0);
  const answer = await api('POST', logins, { customer: 'K2001', email: 'jonas@sommer.example' });
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.json.username, 'K2001');
  assert.equal(answer.json.customer, 'K2001');
  assert.equal(answer.json.status, 'active');
  assert.match(answer.json.created, rfc3339);
  assert.equal(answer.json.last_sign_in, null);
  const [row] = stack.sql(`SELECT password_hash, must_change FROM users
    WHERE username = 'K2001'`);
  assert.match(row.password_hash, /^\$argon2id\$/);
  assert.equal(row.must_change, 1);
  assert.doesNotMatch(answer.text, /password|argon2/);
  const browser = await stack.signedIn('acme', 'K2001');
  assert.equal((await browser.get('/acme/')).status, 200);
});

test('F5, F18: the password is never returned, wished or not', async () => {
  const password = 'wished-for-password-1';
  const wish = await api('POST', logins, fields({ password }));
  assert.equal(wish.status, 201);
  const read = await api('GET', `${logins}/${wish.json.username}`);
  for (const answer of [wish, read]) {
    assert.doesNotMatch(answer.text, /password|argon2|wished/);
  }
});

test('F17, F18: a wished name and password sign in', async () => {
  const password = 'wished-for-password-2';
  const { json } = await api('POST', logins, fields({ password, must_change: false }));
  const browser = stack.browser();
  const answer = await browser.signIn('acme', json.username, password);
  assert.equal(answer.status, 303);
  const read = await api('GET', `${logins}/${json.username}`);
  assert.match(read.json.last_sign_in, rfc3339);
});

test('F18: a password against the rules is named with its rule', async () => {
  const username = unique();
  const cases = [
    ['short', 'value_too_short'], ['x'.repeat(2000), 'value_too_long'],
    ['passwordpassword', 'password_common'], [`${username}${username}`, 'password_common'],
  ];
  for (const [password, code] of cases) {
    const answer = await api('POST', logins, fields({ username, password }));
    const problem = isProblem(answer, 422, 'invalid');
    assert.deepEqual(problem.errors.map((error) => [error.pointer, error.code]),
      [['#/password', code]], password.slice(0, 40));
    assert.ok(problem.errors[0].detail);
    assert.ok(!answer.text.includes(`"${password}"`));
  }
});

test('F16, F21: a login is read with its state, customer and dates, and nothing secret',
  async () => {
    const answer = await api('GET', `${logins}/anna`);
    assert.equal(answer.status, 200);
    assert.deepEqual(Object.keys(answer.json).sort(),
      ['created', 'customer', 'email', 'first_name', 'language', 'last_name', 'last_sign_in',
        'must_change', 'second_factor', 'status', 'username']);
    assert.equal(answer.json.username, 'anna');
    assert.equal(answer.json.customer, 'K2000');
    assert.equal(answer.json.status, 'active');
    isProblem(await api('GET', `${logins}/nobody`), 404, 'not_found');
  });

test('F16: the list goes on from page to page, each login once', async () => {
  for (let i = 0; i < 5; i++) {
    assert.equal((await api('POST', logins, fields())).status, 201);
  }
  const names = [];
  let next = '';
  for (let pages = 0; next !== null && pages < 50; pages++) {
    const { status, json } = await api('GET',
      `${logins}?limit=2${next && `&cursor=${encodeURIComponent(next)}`}`);
    assert.equal(status, 200);
    assert.ok(json.items.length <= 2);
    names.push(...json.items.map(({ username }) => username));
    next = json.next;
  }
  assert.equal(new Set(names).size, names.length);
  const all = (await api('GET', `${logins}?limit=200`)).json;
  assert.equal(all.next, null);
  for (const name of ['anna', 'bruno']) {
    assert.ok(names.includes(name) && all.items.some(({ username }) => username === name));
  }
  const some = (await api('GET', `${logins}?customer=K2000`)).json.items;
  assert.ok(some.length > 0 && some.every(({ customer }) => customer === 'K2000'));
});

test('F17: a name that is taken is a conflict, whatever its case', async () => {
  for (const username of ['anna', 'ANNA', 'Anna']) {
    isProblem(await api('POST', logins, fields({ username })), 409, 'login_exists');
  }
});

test('F17: a name that no address or link could hold is refused', async () => {
  const cases = [['a/b', 'value_characters'], ['a?b', 'value_characters'],
    ['a#b', 'value_characters'], ['a\\b', 'value_characters'], ['a\tb', 'value_characters'],
    ['a\u007fb', 'value_characters'], ['\u{1f600}'.repeat(51), 'value_too_long'],
    ['x'.repeat(65), 'value_too_long']];
  for (const [username, code] of cases) {
    const { errors } = isProblem(await api('POST', logins, fields({ username })), 422, 'invalid');
    assert.deepEqual(errors.map((one) => [one.pointer, one.code]), [['#/username', code]]);
  }
});

test('F17: a name that fits works in every call', async () => {
  for (const username of ['\u{1f600}'.repeat(50), 'ä b+c%20&d=e;f', '...', 'nina@sommer.example']) {
    assert.equal((await api('POST', logins, fields({ username }))).status, 201, username);
    const path = `${logins}/${encodeURIComponent(username)}`;
    assert.equal((await api('GET', path)).json.username, username);
    const minted = await api('POST', `${path}/session-token`);
    assert.equal(minted.status, 201, username);
    assert.equal(minted.json.login, username);
  }
});

test('F17: a customer number that is no username is none by default either', own, async () => {
  stack.sql(`UPDATE customer SET number = 'K/2002' WHERE tenant = 'acme' AND number = 'K2002'`);
  try {
    const body = { customer: 'K/2002', email: 'x@example.com' };
    const { errors } = isProblem(await api('POST', logins, body), 422, 'invalid');
    assert.deepEqual(errors.map(({ pointer, code }) => [pointer, code]),
      [['#/username', 'value_characters']]);
    const username = unique();
    assert.equal((await api('POST', logins, { ...body, username })).status, 201);
  } finally {
    stack.sql(`UPDATE customer SET number = 'K2002' WHERE tenant = 'acme' AND number = 'K/2002'`);
  }
});

test('F17: an unknown customer is named', async () => {
  const problem = isProblem(await api('POST', logins, fields({ customer: 'K404' })), 422,
    'invalid');
  assert.deepEqual(problem.errors.map(({ pointer, code }) => [pointer, code]),
    [['#/customer', 'unknown_customer']]);
});

test('F19, F20, F24: block and activate answer the login, which is active or blocked', async () => {
  const { username } = (await api('POST', logins, fields())).json;
  for (const [action, status] of [['block', 'blocked'], ['activate', 'active']]) {
    for (let twice = 0; twice < 2; twice++) {
      const answer = await api('POST', `${logins}/${username}/${action}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.json.status, status);
    }
  }
  isProblem(await api('POST', `${logins}/nobody/block`), 404, 'not_found');
});

test('a customer is read by number', async () => {
  const answer = await api('GET', '/customers/K2000');
  assert.equal(answer.status, 200);
  assert.equal(answer.json.number, 'K2000');
  assert.equal(answer.json.company_name, 'Bäckerei Sommer GmbH');
  isProblem(await api('GET', '/customers/K404'), 404, 'not_found');
});

// ---- errors ----

const without = (headers = {}, path = logins) => send(`${stack.base}/api/v1${path}`, { headers });

test('no key and a bad key are answered 401', async () => {
  const { api_key, public_key } = stack.tenant('acme');
  const bad = [undefined, '', 'Bearer', 'Bearer ', 'Bearer x', `Basic ${api_key}`,
    `Bearer ${api_key}x`, `Bearer ${api_key.slice(0, -1)}`,
    `Bearer ${public_key}x`,
    `Bearer ${api_key.toUpperCase()}`, `Bearer ${'A'.repeat(3000)}`];
  for (const value of bad) {
    const answer = await without(value === undefined ? {} : { Authorization: value });
    isProblem(answer, 401, 'api_key');
    assert.match(answer.headers['www-authenticate'], /^Bearer/, value);
  }
});

test('a session cookie is no API key', async () => {
  const browser = await stack.signedIn('acme', 'anna');
  isProblem(await browser.get('/api/v1/user-logins'), 401, 'api_key');
});

test('a key without the scope is answered 403', own, async () => {
  const [{ scopes }] = stack.sql(`SELECT scopes FROM api_key WHERE tenant = 'acme'`);
  try {
    stack.sql(`UPDATE api_key SET scopes = 'logins:read' WHERE tenant = 'acme'`);
    assert.equal((await api('GET', `${logins}/anna`)).status, 200);
    isProblem(await api('POST', logins, fields()), 403, 'api_scope');
    isProblem(await api('POST', `${logins}/anna/session-token`), 403, 'api_scope');
    isProblem(await api('GET', '/customers/K2000'), 403, 'api_scope');
  } finally {
    stack.sql(`UPDATE api_key SET scopes = '${scopes}' WHERE tenant = 'acme'`);
  }
});

test('a key that is revoked or too old is answered 401', own, async () => {
  for (const column of ['revoked', 'expires']) {
    try {
      stack.sql(`UPDATE api_key SET ${column} = 1000 WHERE tenant = 'acme'`);
      isProblem(await api('GET', logins), 401, 'api_key');
    } finally {
      stack.sql(`UPDATE api_key SET ${column} = 0 WHERE tenant = 'acme'`);
    }
  }
  assert.equal((await api('GET', logins)).status, 200);
});

test('an unknown field is 400 and pointed at', async () => {
  const problem = isProblem(await api('POST', logins, fields({ colour: 'red' })), 400, 'invalid');
  assert.deepEqual(problem.errors.map(({ pointer, code }) => [pointer, code]),
    [['#/colour', 'value_unknown']]);
  isProblem(await api('POST', `${logins}/anna/session-token`, { tenant: 'globex' }), 400,
    'invalid');
});

test('a query string is as strict as a body', async () => {
  const error = async (query, status, path = logins) =>
    isProblem(await api('GET', `${path}?${query}`), status, 'invalid')
      .errors.map(({ pointer, code }) => [pointer, code]);
  for (const query of ['customer=K2002&customer=K2002', 'customer=&customer=',
    'limit=1&customer=a&customer=b', 'cust%6fmer=1&customer=2']) {
    assert.deepEqual(await error(query, 400), [['#/customer', 'value_twice']], query);
  }
  assert.deepEqual(await error('x&x', 400), [['#/x', 'value_twice']]);
  assert.deepEqual(await error('customer=', 422), [['#/customer', 'value_missing']]);
  for (const query of ['customer=K2002%', 'customer=%ff',
    'customer=%00', '%zz']) {
    isProblem(await api('GET', `${logins}?${query}`), 400, 'malformed');
  }
  assert.deepEqual(await error('custommer=K2002', 400), [['#/custommer', 'value_unknown']]);
  assert.deepEqual(await error('customer=K2002', 400, '/customers/K2002'),
    [['#/customer', 'value_unknown']]);
  for (const limit of ['abc', '0', '-1', '201', '1.5', '5x', '99999999999999999999']) {
    assert.deepEqual(await error(`limit=${limit}`, 422), [['#/limit', 'value_number']], limit);
  }
  assert.deepEqual(await error(`customer=${'x'.repeat(65)}`, 422),
    [['#/customer', 'value_too_long']]);
  isProblem(await api('POST', `${logins}?customer=K2002`, fields()), 400, 'invalid');
  for (const query of ['', '&', 'limit=1', 'limit=200&customer=K2000']) {
    assert.equal((await api('GET', `${logins}?${query}`)).status, 200, query);
  }
  isProblem(await without({}, `${logins}?x`), 401, 'api_key');
});

test('a value of the wrong kind is 400, a wrong value 422', async () => {
  const error = async (body, status) => isProblem(await api('POST', logins, body), status,
    'invalid').errors.map(({ pointer, code }) => [pointer, code]);
  assert.deepEqual(await error(fields({ email: 7 }), 400), [['#/email', 'value_type']]);
  assert.deepEqual(await error(fields({ must_change: 'yes' }), 400),
    [['#/must_change', 'value_type']]);
  assert.deepEqual(await error(fields({ email: 'nobody' }), 422), [['#/email', 'value_email']]);
  assert.deepEqual(await error(fields({ username: 'ab' }), 422),
    [['#/username', 'value_too_short']]);
  assert.deepEqual(await error({ email: 'x@example.com' }, 422),
    [['#/customer', 'value_missing']]);
});

test('a body that is no JSON object is 400', async () => {
  const bad = ['{', '[]', '"x"', 'null', '{"a":1,"a":2}', `${'['.repeat(3000)}`, '{"email":"\\u0000"}', '{"a":1} x'];
  for (const body of bad) {
    isProblem(await api('POST', logins, body), 400, 'json_malformed');
  }
});

test('bytes that are no UTF-8 are 400', async () => {
  const answer = await send(`${stack.base}/api/v1${logins}`, {
    method: 'POST', body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    headers: { Authorization: `Bearer ${stack.tenant('acme').api_key}`,
      'Content-Type': 'application/json' },
  });
  isProblem(answer, 400, 'json_malformed');
});

test('another media type is 415, too much is 413', async () => {
  isProblem(await api('POST', logins, 'customer=K2000',
    { 'Content-Type': 'application/x-www-form-urlencoded' }), 415, 'media_type');
  isProblem(await api('POST', logins, '{}', { 'Content-Type': 'application/jsonx' }),
    415, 'media_type');
  isProblem(await api('POST', logins, JSON.stringify(fields({ email: 'x'.repeat(20_000) }))),
    413, 'too_large');
  const huge = await api('POST', logins, 'x'.repeat(2_000_000));
  assert.equal(huge.status, 413);
  assert.equal(huge.type, 'application/problem+json');
});

test('an unknown address is 404, a wrong method 405 with Allow', async () => {
  isProblem(await api('GET', '/nothing'), 404, 'not_found');
  isProblem(await api('GET', ''), 404, 'not_found');
  const wrong = await api('DELETE', logins);
  isProblem(wrong, 405, 'method');
  assert.equal(wrong.headers.allow, 'GET, HEAD, POST');
  const options = await api('OPTIONS', `${logins}/anna`);
  isProblem(options, 405, 'method');
  assert.equal(options.headers.allow, 'GET, HEAD, PATCH, DELETE');
});

test('F8: session-token refuses what it cannot do', async () => {
  const ask = (body, username = 'anna') => api('POST', `${logins}/${username}/session-token`, body);
  isProblem(await ask({ customer: 'K2002' }), 409, 'no_membership');
  isProblem(await ask({ to: '//evil.example' }), 422, 'invalid');
  isProblem(await ask({ to: 'https://evil.example' }), 422, 'invalid');
  isProblem(await ask({ language: 'Klingonisch' }), 422, 'invalid');
  isProblem(await ask({}, 'nobody'), 404, 'not_found');
  assert.equal((await ask(undefined)).status, 201);
  assert.equal((await ask({ customer: 'K2001', to: '/invoices' })).status, 201);
});

// ---- the description ----

test('F16: the OpenAPI document describes the areas', async () => {
  const answer = await without({}, '/openapi.json');
  assert.equal(answer.status, 200);
  assert.equal(answer.type, 'application/json');
  const document = answer.json;
  assert.equal(document.openapi, '3.1.0');
  const tags = Object.values(document.paths).flatMap((path) =>
    Object.values(path).flatMap((operation) => operation.tags));
  assert.ok(tags.includes('user-logins'));
  const ids = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId));
  assert.equal(new Set(ids).size, ids.length, 'operationId is unique');
  const refs = JSON.stringify(document).matchAll(/"\$ref":"#([^"]*)"/g);
  for (const [, path] of refs) {
    assert.ok(path.split('/').slice(1).reduce((node, name) => node?.[name], document), path);
  }
});

test('F16: the OpenAPI document names what a query string may say', async () => {
  const { paths } = (await without({}, '/openapi.json')).json;
  const query = ({ parameters }) => parameters.filter((one) => one.in === 'query')
    .map(({ name, required, schema }) => [name, required, schema.type, schema.maximum]);
  assert.deepEqual(query(paths['/api/v1/user-logins'].get), [['customer', false, 'string', undefined],
    ['limit', false, 'integer', 200], ['cursor', false, 'string', undefined]]);
  for (const path of Object.values(paths)) {
    assert.deepEqual(path.post ? query(path.post) : [], []);
    assert.ok(!path.get?.requestBody);
  }
});
