// The REST API as a whole: every call of the table against keys that may not,
// against the ids of another tenant, and its description.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { send } from '../lib/client.mjs';
import { build, root, startStack, until } from '../lib/stack.mjs';

// What a limit (conf/limits.conf, tests/edge/limits.test.mjs) answers.
const extra = join(mkdtempSync(join(tmpdir(), 'pforte-api-')), 'much.conf');
writeFileSync(extra, `location = /api/v1/much {
  pforte off;
  error_page 429 /_pforte/too_many.json;
  return 429;
}
`);
const stack = await startStack({ extra });
after(() => rmSync(join(extra, '..'), { recursive: true }));
const own = { skip: stack.skip };
const acme = (...args) => stack.api('acme', ...args);

// What belongs to acme and must not show at globex.
// Of acme alone: invoices from RE20060 on are of other tenants.
const secrets = /K200\d|Sommer|Keller|VT-\w{4}|RE200[0-5]\d|anna|bruno/;

const by = (key, [method, path], body, headers) => send(`${stack.base}/api/v1${path}`, {
  method, body: body && JSON.stringify(body),
  headers: { ...(key && { Authorization: `Bearer ${key}` }),
    ...(body && { 'Content-Type': 'application/json' }),
    ...(method === 'PATCH' && { 'If-Match': '*' }), ...headers } });
const refused = (answer, status, code, what) => {
  assert.equal(answer.status, status, `${what}: ${answer.text}`);
  assert.equal(answer.json.code, code, what);
};

const routes = own.skip ? [] : spawnSync(join(build, 'pforte'), ['routes'], { encoding: 'utf8' })
  .stdout.split('\n').map((line) => line.split(/\s+/)).filter(([, , door]) => door === 'api')
  .map(([method, path, , , scope]) => ({ method, path: path.replace('/api/v1', ''), scope }));

const aService = { description: 'Visit', quantity: '1', unit_price: '80', vat_rate: '19', performance_date: '2026-11-24' };

const aFamily = { name: 'A', currency: 'EUR', vat_rate: '19' };
const aField = { record: 'contract', name: 'api_made', type: 'text', portal: 'none', place: 9 };
const aDiscount = { name: 'A', kind: 'percent', percent: '10' };

// One of each kind of the catalogue and an order, by the part of the path that names it.
async function products() {
  const made = async (path, body) => {
    const answer = await acme('POST', path, body);
    assert.equal(answer.status, 201, answer.text);
    return answer.json.id;
  };
  const family = await made('/product-families', aFamily);
  const plan = await made('/plans', { family, name: 'A' });
  const discount = await made('/discounts', aDiscount);
  const variant = await made('/plan-variants', { ...bodies['POST /plan-variants'], plan });
  return {
    '/product-families/{id}': family,
    '/plans/{id}': plan,
    '/plan-variants/{id}': variant,
    '/orders/{id}': await made('/orders', { variant, customer: 'K2000' }),
    '/components/{id}': await made('/components', { ...bodies['POST /components'], family }),
    '/discounts/{id}': discount,
    '/coupons/{id}': await made('/coupons', { code: randomUUID().slice(0, 13), discount }),
  };
}

// A body that each call takes, where it needs one.
const bodies = {
  'POST /api-keys': { name: 'K', scopes: ['jobs:read'] },
  'PATCH /api-keys/{id}': { name: 'L' },
  'POST /customers': { company_name: 'A', email: 'a@example.com' },
  'PATCH /customers/{number}': { city: 'Bonn' },
  'POST /customers/{number}/payment-method': { iban: 'DE89370400440532013000', account_holder: 'A',
    mandate_reference: 'API-1', signed_on: '2026-01-15' },
  'POST /custom-fields': aField,
  'PATCH /custom-fields/{id}': { portal: 'read' },
  'PATCH /customers/{number}/custom-fields': { values: [{ name: 'cost_center', value: '1' }] },
  'PATCH /contracts/{ref}/custom-fields': { values: [{ name: 'location', value: 'Keller' }] },
  'POST /customers/{number}/members': { email: 'x1@members.example', first_name: 'A', last_name: 'B', preset: 'user' },
  'POST /customers/{number}/invitations': { email: 'x1@guests.example', preset: 'user' },
  'PATCH /customers/{number}/members/{id}': { preset: 'designer' },
  'POST /contracts/{ref}/service-entries': aService,
  'POST /service-entries/batch': { entries: [{ contract: 'VT-7KQ2-ZHXM', ...aService }] },
  'PATCH /service-entries/{id}': { quantity: '2' },
  'PATCH /declarations/{id}': { note: 'x' },
  'POST /user-logins': { customer: 'K2001', email: 'a@example.com', username: 'x-y-z' },
  'POST /contracts': { customer: 'K2001', name: 'A', currency: 'EUR', start: '2026-01-01', status: 'draft',
    recurrence: { every: 1, unit: 'month' }, items: [{ description: 'A', quantity: '1', unit_price: '1', vat_rate: '19' }] },
  'PATCH /contracts/{ref}': { name: 'B' },
  'POST /product-families': aFamily,
  'PATCH /product-families/{id}': { name: 'B' },
  'POST /plans': { family: 'fam_x', name: 'A' },
  'PATCH /plans/{id}': { name: 'B' },
  'POST /plan-variants': { plan: 'pln_x', name: 'A', price: '1', recurrence: { every: 1, unit: 'month' } },
  'PATCH /plan-variants/{id}': { name: 'B' },
  'POST /plan-variants/{id}/preview': {},
  'POST /components': { family: 'fam_x', name: 'A', type: 'quantity', price: '1' },
  'PATCH /components/{id}': { name: 'B' },
  'POST /discounts': aDiscount,
  'PATCH /discounts/{id}': { name: 'B' },
  'POST /coupons': { code: 'X100', discount: 'dsc_x' },
  'PATCH /coupons/{id}': { limit_total: 5 },
  'POST /coupons/{id}/uses': { customer: 'K2000' },
  'POST /orders': { variant: 'var_x', customer: 'K2000' },
  'POST /order-pages/{variant}/preview': {},
  'POST /order-pages/{variant}/orders': { shown: 'x', customer: { email: 'x1@x.example' } },
  'POST /invoice-runs': { date: '2026-11-01', dry_run: true },
  'POST /payments': { customer: 'K2000', amount: { amount: 1, currency: 'EUR' } },
  'POST /payments/{id}/refund': {},
  'POST /invoices/{number}/refund': {},
  'POST /credit-notes': { customer: 'K2000', currency: 'EUR', reason: 'x',
    lines: [{ description: 'x', unit_price: '1', vat_rate: '19' }] },
  'POST /invoices/{number}/correct': { reason: 'x' },
  'POST /callbacks': { url: 'https://shop.example/hook' },
  'PATCH /callbacks/{id}': { description: 'x' },
  'POST /reminder-runs': { date: '2020-01-01' },
  'PUT /invoices/{number}/reminder-block': { reminder_block: null },
  'POST /callbacks/{id}/replay': { since: '2026-01-01T00:00:00Z' },
};
// What calls want that move money.
const once = () => ({ 'Idempotency-Key': randomUUID() });
const bodyOf = ({ method, path }) => bodies[`${method} ${path}`];

// A path with the names in it replaced, by one or several ids.
const named = (path, ids) => [ids].flat().reduce((at, id) => at.replace(/\{\w+\}/, id), path);

// What no call of the API makes: a consumer does.
async function declared() {
  const browser = stack.browser();
  const { status } = await browser.submit(await browser.get('/acme/withdraw'),
    { name: 'Rosa Blum', contract: 'x', email: 'rosa@x.example' }, { action: /withdraw$/ });
  assert.equal(status, 303);
  return (await acme('GET', '/declarations?limit=1')).json.items[0].id;
}

// Things of acme, by the part of the path that names them.
async function things() {
  const made = async (path, body) => {
    const answer = await acme('POST', path, body, once());
    assert.equal(answer.status, 201, answer.text);
    return answer.json.id;
  };
  const callback = await made('/callbacks', bodies['POST /callbacks']);
  stack.sql(`INSERT INTO callback_event (tenant, id, type, object, seq, payload, request_id, created)
    VALUES ('acme', 'evt_x1', 'test', '', 1, '', '', 0)`);
  stack.sql(`INSERT INTO callback_delivery (tenant, event, endpoint, state, attempts, next_at,
    lease_until, lease_owner) VALUES ('acme', 'evt_x1', '${callback}', 'failed', 1, 0, 0, '')`);
  stack.sql(`INSERT INTO callback_attempt (tenant, id, event, endpoint, url, number, at, ms, status,
    error, answer) VALUES ('acme', 'log_x1', 'evt_x1', '${callback}', '', 1, 0, 1, 500, 'x', '')`);
  const run = await acme('POST', '/invoice-runs', bodies['POST /invoice-runs'], { 'Idempotency-Key': 'x1' });
  assert.equal(run.status, 202, run.text);
  const reminders = await acme('POST', '/reminder-runs', { date: new Date().toISOString().slice(0, 10) },
    { 'Idempotency-Key': 'reminders' });
  await until('the reminders', async () => (await acme('GET', `/reminder-runs/${reminders.json.id}`)).json.status === 'done');
  return {
    '/invoice-runs/{id}': run.json.id,
    '/reminder-runs/{id}': reminders.json.id,
    '/reminders/{number}': (await acme('GET', '/reminders')).json.items[0].number,
    '/api-keys/{id}': await made('/api-keys', bodies['POST /api-keys']),
    '/customers/{number}': 'K2000',
    '/custom-fields/{id}': await made('/custom-fields', { ...aField, name: 'api_one' }),
    '/customers/{number}/members/{id}': ['K2000', await made('/customers/K2000/members',
      bodies['POST /customers/{number}/members'])],
    '/invoices/{number}': 'RE20001',
    '/user-logins/{username}': 'anna',
    '/contracts/{ref}': 'VT-7KQ2-ZHXM',
    ...await products(),
    '/order-pages/{variant}': (await acme('GET', '/plan-variants?external_id=GF1000-24')).json.items[0].id,
    '/service-entries/{id}': await made('/contracts/VT-7KQ2-ZHXM/service-entries', aService),
    '/declarations/{id}': await declared(),
    '/invoices/{number}': 'RE20001',
    '/payments/{id}': await made('/payments', bodies['POST /payments']),
    '/jobs/{id}': await made('/audit/exports', {}),
    '/callbacks/{id}': callback,
    '/callbacks/logs/{id}': 'log_x1',
    '/mails/{id}': await made('/settings/mail-templates/login_created/en/test', { to: 'x1@x.example' }),
  };
}

test('X1: no call answers without a key, with a broken one, or one that lacks the scope', own,
  async () => {
    assert.ok(routes.length > 30);
    const weak = (await acme('POST', '/api-keys', { name: 'weak', scopes: ['jobs:read'] })).json.key;
    const other = (await acme('POST', '/api-keys', { name: 'x', scopes: ['audit:read'] })).json.key;
    for (const route of routes) {
      const what = `${route.method} ${route.path}`;
      const call = [route.method, route.path.replace(/\{\w+\}/g, 'K2000')];
      for (const key of [undefined, 'x', weak.slice(0, -1), `${weak}x`, weak.replace('live', 'test')]) {
        refused(await by(key, call, bodyOf(route)), 401, 'api_key', what);
      }
      if (route.scope !== 'public') {
        const key = route.scope === 'jobs:read' ? other : weak;
        refused(await by(key, call, bodyOf(route)), 403, 'api_scope', what);
      }
    }
  });

test('X1: a public key opens what every visitor may know, and nothing else', own, async () => {
  const [{ public_key: key }] = stack.sql(`SELECT public_key FROM tenant WHERE id = 'acme'`);
  assert.match(key, /^pf_public_/);
  for (const route of routes) {
    const call = [route.method, route.path.replace(/\{\w+\}/g, 'K2000')];
    const answer = await by(key, call, bodyOf(route));
    if (route.scope === 'public') {
      assert.ok(route.path.includes('{') ? ![401, 403].includes(answer.status) : answer.status === 200, answer.text);
    } else {
      refused(answer, 403, 'api_public', `${route.method} ${route.path}`);
    }
  }
});

test('X1: with the ids of another tenant, every call answers 404 and changes nothing', own,
  async () => {
    const ids = await things();
    for (const path of Object.keys(ids)) {
      const answer = await acme('GET', named(path, ids[path]));
      assert.equal(answer.status, 200, `${path} is there: ${answer.text}`);
    }
    const before = JSON.stringify((await acme('GET', '/customers/K2000')).json);
    let walked = 0;
    // the words of mails are each tenant's own: tests/app/mail_templates.test.mjs
    for (const route of routes.filter(({ path }) => path.includes('{') && !path.startsWith('/settings/'))) {
      const prefix = Object.keys(ids).filter((one) => `${route.path}/`.startsWith(`${one}/`))
        .sort((a, b) => b.length - a.length)[0];
      assert.ok(prefix, `a thing of acme for ${route.path}`);
      const path = named(route.path, ids[prefix]);
      const answer = await stack.api('globex', route.method, path, bodyOf(route),
        route.method === 'PATCH' ? { 'If-Match': '*' } : route.method === 'POST' ? once() : {});
      const links = route.path.endsWith('/self-service-token') && route.method === 'DELETE';
      if (links) { // revoking all there are, and there are none, is done at once
        assert.ok([204, 404].includes(answer.status), answer.text);
      } else {
        refused(answer, 404, 'not_found', `${route.method} ${path}`);
      }
      assert.doesNotMatch(answer.text, secrets);
      walked++;
    }
    assert.ok(walked > 18, `${walked} calls`);
    assert.equal(JSON.stringify((await acme('GET', '/customers/K2000')).json), before);
    assert.equal((await acme('GET', `/api-keys/${ids['/api-keys/{id}']}`)).status, 200);
    assert.equal((await acme('GET', `/callbacks/${ids['/callbacks/{id}']}`)).status, 200);
    assert.equal((await acme('GET', '/user-logins/anna')).json.status, 'active');
  });

test('X1: no list shows anything of another tenant', own, async () => {
  await until('rows of acme', async () => (await acme('GET', '/audit')).json.items.length > 5);
  const lists = routes.filter(({ method, path }) => method === 'GET' && !path.includes('{'));
  assert.ok(lists.length > 6);
  for (const { path } of lists) {
    const answer = await stack.api('globex', 'GET', `${path}${path === '/tenant' ? '' : '?limit=200'}`);
    assert.equal(answer.status, 200, answer.text);
    assert.doesNotMatch(answer.text, secrets, path);
  }
});

test('every call with a body refuses what is no such body, precisely', own, async () => {
  const posts = routes.filter(({ method }) => ['POST', 'PATCH'].includes(method));
  const type = { 'Content-Type': 'application/json' };
  for (const { method, path } of posts) {
    const call = path.replace(/\{\w+\}/g, 'nothing');
    const ask = (body, headers = type) => acme(method, call, body, { 'If-Match': '*', ...headers });
    const what = `${method} ${path}`;
    refused(await ask('{"nonsense":1}'), 400, 'invalid', what);
    refused(await ask('{"a":1,"a":1}'), 400, 'json_malformed', what);
    refused(await ask('{'), 400, 'json_malformed', what);
    refused(await ask('[]'), 400, 'json_malformed', what);
    refused(await ask(Buffer.from('7b2261223a22ff227d', 'hex').toString('latin1')
      .replace('ÿ', '\ud800')), 400, 'invalid', what);
    refused(await ask(`${'['.repeat(200)}${']'.repeat(200)}`), 400, 'json_malformed', what);
    refused(await ask('a=1', { 'Content-Type': 'text/plain' }), 415, 'media_type', what);
    refused(await ask(`{"a":"${'x'.repeat(path.endsWith('/batch') ? 1_050_000 : 300_000)}"}`), 413, 'too_large', what);
  }
});

test('a name that no call has in its query is refused, and one that comes twice', own, async () => {
  for (const { method, path } of routes.filter((route) => route.method === 'GET')) {
    const call = path.replace(/\{\w+\}/g, 'nothing');
    for (const query of ['nonsense=1', 'language=de&language=fr']) {
      const answer = await acme(method, `${call}?${query}`);
      refused(answer, 400, 'invalid', `${path}?${query}`);
      assert.equal(answer.json.errors[0].pointer, `#/${query.split('=')[0]}`);
    }
  }
});

// One request as it is written, and the answer's status, headers and body.
function raw(text) {
  const { hostname, port } = new URL(stack.base);
  return new Promise((resolve, reject) => {
    const socket = connect(port, hostname, () => socket.write(text));
    let got = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (part) => { got += part; });
    socket.on('error', reject);
    socket.on('end', () => {
      const [head, body] = got.split('\r\n\r\n');
      const [line, ...lines] = head.split('\r\n');
      resolve({ status: Number(line.split(' ')[1]), body, headers: Object.fromEntries(
        lines.map((one) => [one.split(': ')[0].toLowerCase(), one.split(': ').slice(1).join(': ')])) });
    });
  });
}

test('what nginx refuses by itself is a problem like any other', own, async () => {
  const host = 'Host: x\r\nConnection: close\r\n';
  const id = 'X-Request-Id: mine-1.2_3\r\n';
  const path = '/api/v1/customers';
  const cases = [
    [`GET ${path} HTTP/1.1\r\n${id}Connection: close\r\n\r\n`, 400, 'malformed'],
    [`GET ${path} HTTP/1.1\r\n${host}${id}Content-Length: x\r\n\r\n`, 400, 'malformed'],
    [`GET ${path} HTTP/1.1\r\n${host}${id}X-Long: ${'x'.repeat(40_000)}\r\n\r\n`, 431, 'too_large'],
    [`GET ${path}?${'x'.repeat(40_000)} HTTP/1.1\r\n${host}${id}\r\n`, 414, 'too_large'],
    [`POST ${path} HTTP/1.1\r\n${host}${id}Content-Length: 99000000\r\n\r\n`, 413, 'too_large'],
    [`TRACE ${path} HTTP/1.1\r\n${host}${id}\r\n`, 405, 'method'],
  ];
  const members = ['code', 'detail', 'request_id', 'status', 'title', 'type'];
  for (const [text, status, code] of cases) {
    const answer = await raw(text);
    const what = `${text.slice(0, 60)} ${JSON.stringify(answer)}`;
    assert.equal(answer.status, status, what);
    assert.equal(answer.headers['content-type'], 'application/problem+json', what);
    const problem = JSON.parse(answer.body);
    assert.deepEqual(Object.keys(problem).sort(), members, what);
    assert.deepEqual([problem.status, problem.code], [status, code], what);
    assert.equal(problem.type, `urn:pforte:problem:${code}`);
    assert.equal(answer.headers['x-request-id'], problem.request_id);
    assert.match(problem.request_id, /^(mine-1\.2_3|[0-9a-f]{32})$/, what);
  }
});

test('a request keeps the id that it came with, where that can stand in a log', own, async () => {
  const ask = async (sent) => {
    const answer = await acme('GET', '/customers/nobody', undefined, { 'X-Request-Id': sent });
    assert.equal(answer.json.request_id, answer.headers['x-request-id']);
    return answer.json.request_id;
  };
  for (const sent of ['shop-42', 'A.b_c-1', 'x'.repeat(64)]) {
    assert.equal(await ask(sent), sent);
    await until('both logs', () => ['app.log', 'access.log'].every((name) =>
      stack.log(name).includes(` ${sent} `) || stack.log(name).includes(sent)));
  }
  for (const sent of ['', 'a b', 'x'.repeat(65), 'a"b', 'ü', '{}', '../x']) {
    assert.match(await ask(sent), /^[0-9a-f]{32}$/, sent);
  }
  const made = await acme('POST', '/customers', bodies['POST /customers'],
    { 'X-Request-Id': 'made-by-shop' });
  assert.equal(made.status, 201);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM audit WHERE request_id = 'made-by-shop'`)[0].n, 1);
});

test('so do those that nginx answers or sends elsewhere by itself', own, async () => {
  const id = { 'X-Request-Id': 'shop-43' };
  const staff = await send(`${stack.base}/acme/admin`, { headers: { Accept: 'text/html', ...id } });
  assert.equal(staff.headers['x-request-id'], 'shop-43', String(staff.status));
  const job = (await acme('POST', '/audit/exports', {})).json.id;
  await until('the file', async () => (await acme('GET', `/jobs/${job}`)).json.state === 'done');
  const file = await acme('GET', `/jobs/${job}/file`, undefined, id);
  assert.equal(file.status, 200, file.text);
  assert.equal(file.headers['x-request-id'], 'shop-43');
});

test('too many: a problem that says how long to wait', own, async () => {
  const answer = await acme('GET', '/much');
  refused(answer, 429, 'too_many', 'much');
  assert.equal(answer.type, 'application/problem+json');
  assert.equal(answer.headers['retry-after'], '5');
  assert.match(answer.headers.ratelimit, /^"key";r=0;t=5$/);
  assert.match(answer.headers['ratelimit-policy'], /^"key";q=50;w=1$/);
  assert.equal(answer.json.request_id, answer.headers['x-request-id']);
});

test('the description has no fault that a linter of OpenAPI finds', own, async () => {
  const file = join(stack.state, 'openapi.json');
  writeFileSync(file, (await stack.get('/api/v1/openapi.json')).text);
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/spectral'),
    ['lint', '--ruleset', join(root, '.spectral.yaml'), '--fail-severity', 'hint',
      '--format', 'text', file], { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /No results with a severity of 'hint' or higher found/);
});

test('the description has every call of the table, and no other', own, async () => {
  const { paths } = (await stack.get('/api/v1/openapi.json')).json;
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  assert.deepEqual(described.sort(),
    routes.map(({ method, path }) => `${method} /api/v1${path}`).sort());
});

test('of a change and a removal of one version, at once, one is done', own, async () => {
  const kinds = {
    '/customers': [{ company_name: 'Twice', email: 'x@example.com' }, { city: 'Bern' }, 'number'],
    '/api-keys': [{ name: 'Twice', scopes: ['logins:read'] }, { name: 'Other' }, 'id'],
    '/callbacks': [{ url: 'https://example.com/twice' }, { description: 'Other' }, 'id'],
  };
  for (const [path, [body, change, id]] of Object.entries(kinds)) {
    for (let i = 0; i < 12; i++) {
      const made = await acme('POST', path, body);
      assert.equal(made.status, 201, made.text);
      const one = `${path}/${made.json[id]}`;
      const version = { 'If-Match': made.headers.etag };
      const done = await Promise.all([acme('PATCH', one, change, version),
        acme('DELETE', one, undefined, version)]);
      const statuses = done.map(({ status }) => status);
      assert.equal(statuses.filter((status) => status < 300).length, 1, `${one}: ${statuses}`);
      assert.ok(statuses.some((status) => status === 412 || status === 404), String(statuses));
    }
  }
});

// A call that changes a record for each such route: what it sends first, and
// what names the record.
const changes = {
  'PATCH /customers/{number}/members/{id}': { preset: 'user' },
  'PATCH /user-logins/{username}': { first_name: 'Same', last_name: 'Person', language: 'fr', email: 'same@example.com',
    send_mail: false },
  'PATCH /api-keys/{id}': { name: 'Same', scopes: ['logins:read', 'jobs:read'], networks: ['10.0.0.0/8'] },
  'PATCH /customers/{number}': { city: 'Bern', email: 'same@example.com', vat_id: 'CH1', parent: 'K2000' },
  'PATCH /custom-fields/{id}': { choices: 'A\nB', portal: 'read', place: 8, texts: [{ language: 'de', label: 'Same' }] },
  'PATCH /customers/{number}/custom-fields': { values: [{ name: 'cost_center', value: 'Same' }] },
  'PATCH /contracts/{ref}/custom-fields': { values: [{ name: 'installed', value: '2026-02-01' }, { name: 'location', value: null }] },
  'PATCH /declarations/{id}': { note: 'Same\nas before', status: 'done', contract: 'VT-7KQ2-ZHXM' },
  'PATCH /service-entries/{id}': { description: 'Same', quantity: '1.5', unit_price: '-3', vat_rate: '7', performance_date: '2026-10-01',
    bill_from: '2026-12-01' },
  'PATCH /contracts/{ref}': { name: 'Same', term: { count: 1, unit: 'year' }, due_days: 7, start: '2026-02-01',
    items: [{ description: 'Same', quantity: '1.5', unit_price: '0.01', vat_rate: '7' }] },
  'PATCH /product-families/{id}': { name: 'Same', external_id: 'x', vat_rate: '7', texts: [{ language: 'de', name: 'Same' }] },
  'PATCH /plans/{id}': { name: 'Same', status: 'archived' },
  'PATCH /plan-variants/{id}': { name: 'Same', vat_rate: '7', term: { count: 1, unit: 'year' }, renewal: { count: 1, unit: 'month' },
    self_service: true, setup_fee: '5' },
  'PATCH /components/{id}': { name: 'Same', price_model: 'scale', price: '0', steps: [{ up_to: '5', price: '2' }, { up_to: null, price: '1' }] },
  'PATCH /discounts/{id}': { name: 'Same', kind: 'amount', percent: null, amount: { amount: 5, currency: 'EUR' } },
  'PATCH /coupons/{id}': { valid_from: '2026-01-01', valid_until: '2030-01-01', limit_total: 7 },
  'PATCH /callbacks/{id}': { description: 'Same', url: 'https://example.com/same', types: 'login.created test',
    contact: 'same@example.com', state: 'on' },
  'PUT /invoices/{number}/reminder-block': { reminder_block: '2040-01-01' },
  'PUT /settings/mail-templates/{event}/{language}': { subject: 'Same', text: 'Same\nas before', html: '<p>Same</p>' },
};

test('X7: a change that changes nothing leaves version, trail and callbacks as they are', own, async () => {
  // a password is never known to be the same
  const kinds = routes.filter(({ method, path }) => ['PATCH', 'PUT'].includes(method) && !path.endsWith('/password'));
  assert.deepEqual(kinds.map(({ method, path }) => `${method} ${path}`).sort(), Object.keys(changes).sort());
  const made = async (path, body, id) => (await acme('POST', path, body)).json[id];
  const ids = {
    '/api-keys/{id}': await made('/api-keys', bodies['POST /api-keys'], 'id'),
    '/customers/{number}': await made('/customers', bodies['POST /customers'], 'number'),
    '/user-logins/{username}': await made('/user-logins', { customer: 'K2002', email: 'x@example.com',
      username: `same-${process.pid}`, send_mail: false }, 'username'),
    '/customers/{number}/members/{id}': `K2002/members/${await made('/customers/K2002/members',
      { email: `same-${process.pid}@example.com`, first_name: 'S', last_name: 'P', preset: 'view_only' }, 'id')}`,
    '/contracts/{ref}': await made('/contracts', bodies['POST /contracts'], 'ref'),
    // to none that something is sent to: to switch on one that fails is a change
    '/callbacks/{id}': await made('/callbacks', { ...bodies['POST /callbacks'], types: 'test' }, 'id'),
    ...await products(),
    '/service-entries/{id}': await made('/contracts/VT-7KQ2-ZHXM/service-entries', aService, 'id'),
    '/declarations/{id}': await declared(),
    '/invoices/{number}/reminder-block': 'RE20001/reminder-block',
    '/custom-fields/{id}': await made('/custom-fields', { ...aField, name: 'api_same', type: 'choice', choices: 'A' }, 'id'),
    '/customers/{number}/custom-fields': 'K2002/custom-fields',
    '/contracts/{ref}/custom-fields': 'VT-3WPD-0L9R/custom-fields',
  };
  const others = { '/customers/{number}/members/{id}': { preset: 'designer' },
    '/customers/{number}/custom-fields': { values: [{ name: 'cost_center', value: 'other' }] },
    '/contracts/{ref}/custom-fields': { values: [{ name: 'location', value: 'other' }] },
    '/invoices/{number}/reminder-block': { reminder_block: null }, '/coupons/{id}': { valid_from: '2026-01-02' } };
  const counts = () => stack.sql(`SELECT (SELECT COUNT(*) FROM audit WHERE tenant = 'acme') AS trail,
    (SELECT COUNT(*) FROM callback_event WHERE tenant = 'acme') AS events`)[0];
  for (const { method, path } of kinds) {
    const at = path.replace('{event}/{language}', 'login_created/fr').replace(/\{\w+\}.*/, ids[path]);
    const send = (body) => acme(method, at, body, { 'If-Match': '*' });
    const body = changes[`${method} ${path}`];
    const first = await send(body);
    assert.equal(first.status, 200, first.text);
    const before = counts();
    for (const again of [body, ...method === 'PATCH' ? [{}, Object.fromEntries([Object.entries(body)[0]])] : []]) {
      const second = await send(again);
      assert.equal(second.status, 200, second.text);
      // whether a mail went out is no part of the record
      assert.deepEqual({ ...second.json, mail: 0 }, { ...first.json, mail: 0 }, at);
      assert.equal(second.headers.etag, first.headers.etag, at);
    }
    assert.deepEqual(counts(), before, at);
    const [[name, value]] = Object.entries(body);
    const other = await send({ ...body, [name]: `${value} other`, ...others[path] });
    assert.equal(other.status, 200, other.text);
    assert.equal(counts().trail, before.trail + 1, `${at}: and what changes something leaves its row`);
    assert.ok(!other.headers.etag || other.headers.etag !== first.headers.etag, at);
  }
  await acme('DELETE', '/settings/mail-templates/login_created/fr');
});

test('a change may leave out what must be filled, and cannot empty it', own, async () => {
  const { json: { number } } = await acme('POST', '/customers', bodies['POST /customers']);
  const { json: { id: key } } = await acme('POST', '/api-keys', bodies['POST /api-keys']);
  const { json: { id: hook } } = await acme('POST', '/callbacks', bodies['POST /callbacks']);
  for (const [path, names] of [[`/customers/${number}`, ['email']], [`/api-keys/${key}`, ['name']],
    [`/callbacks/${hook}`, ['url', 'types', 'envelope', 'state']]]) {
    const before = await acme('GET', path);
    for (const name of names) {
      const answer = await acme('PATCH', path, { [name]: '' }, { 'If-Match': '*' });
      refused(answer, 422, 'invalid', `${path} ${name}`);
      assert.deepEqual(answer.json.errors.map(({ pointer, code }) => [pointer, code]), [[`#/${name}`, 'value_missing']]);
    }
    assert.equal((await acme('GET', path)).headers.etag, before.headers.etag);
  }
  assert.equal((await acme('PATCH', `/api-keys/${key}`, { scopes: [] }, { 'If-Match': '*' })).status, 422);
});

test('X8: until 1970 there is nothing in any list', async () => {
  const bounds = { '/customers': 'created_before', '/audit': 'to', '/mails': 'to', '/callbacks/logs': 'to' };
  for (const [path, bound] of Object.entries(bounds)) {
    for (const time of ['1970-01-01T00:00:00Z', '1970-01-01T01:00:00%2B01:00', '1969-12-31T23:59:59Z']) {
      const { status, json, text } = await stack.api('acme', 'GET', `${path}?${bound}=${time}`);
      assert.equal(status, 200, text);
      assert.deepEqual(json.items, [], `${path} ${time}`);
    }
    const future = await stack.api('acme', 'GET', `${path}?${bound}=2100-01-01T00:00:00Z`);
    assert.ok(future.json.items.length > 0 || path !== '/customers', path);
  }
});
