// Callbacks: merchants' servers are told what happened, signed, again and again
// until they take it, and nowhere that is not theirs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Webhook } from 'standardwebhooks';

import { startRelay } from '../lib/relay.mjs';
import { build, sleep, startStack, until } from '../lib/stack.mjs';
import { startTarget } from '../lib/target.mjs';

const dir = mkdtempSync(join(tmpdir(), 'pforte-callbacks-'));
after(() => rmSync(dir, { recursive: true, force: true }));
const options = join(dir, 'options');
writeFileSync(options, 'https_private_addresses = true\n');
const relay = await startRelay();
after(() => relay.stop());
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack({ options });
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const patch = (hook, body) => api('PATCH', hook.path, body, { 'If-Match': '*' });

let made = 0;
const login = (more) => api('POST', '/user-logins', { customer: 'K2002', email: 'x@example.com',
  username: `cb-${process.pid}-${++made}`, send_mail: false, ...more });

async function endpoint(url, more = {}, tenant = 'acme') {
  const answer = await stack.api(tenant, 'POST', '/callbacks', { url, ...more });
  assert.equal(answer.status, 201, answer.text);
  return { ...answer.json, path: `/callbacks/${answer.json.id}` };
}

const remove = async ({ path }) => assert.equal((await api('DELETE', path)).status, 204);
const sendTest = async ({ path }) => {
  const answer = await api('POST', `${path}/test`);
  assert.equal(answer.status, 201, answer.text);
  return answer.json.event;
};
const log = async (query) => (await api('GET', `/callbacks/logs?${query}`)).json.items;
const attempts = (event, n) => until(`${n} attempts of ${event}`, async () => {
  const items = await log(`event=${event}`);
  return items.length >= n && items.reverse();
});
const delivery = (event) => stack.sql(`SELECT * FROM callback_delivery
  WHERE event = '${event}'`)[0];
// Time goes by: what waits is due.
const due = () => stack.sql(`UPDATE callback_delivery SET next_at = 0 WHERE state = 'queued'`);

// ---- what arrives ----

test('P29, P31: an event arrives once, signed so that the public client takes it', own, async () => {
  const target = await startTarget();
  const hook = await endpoint(target.url, { description: 'shop' });
  assert.match(hook.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const answer = await login();
  const { headers, raw, body, method } = await target.call();
  assert.equal(method, 'POST');
  assert.deepEqual(new Webhook(hook.secret).verify(raw, headers), body);
  assert.throws(() => new Webhook(hook.secret).verify(`${raw} `, headers));
  assert.equal(body.type, 'login.created');
  assert.equal(body.data.username, answer.json.username);
  assert.equal(body.data.customer, 'K2002');
  assert.equal(body.seq, 1);
  assert.ok(Math.abs(Date.parse(body.timestamp) - Date.now()) < 60_000);
  assert.equal(headers['x-request-id'], answer.headers['x-request-id']);
  const [entry] = await attempts(headers['webhook-id'], 1);
  assert.equal(entry.status, 204);
  assert.equal(entry.success, true);
  assert.equal(entry.endpoint, hook.id);
  assert.equal(entry.url, target.url);
  assert.equal(entry.number, 1);
  assert.equal(entry.state, 'delivered');
  assert.deepEqual((await api('GET', `/callbacks/logs/${entry.id}`)).json, entry);
  assert.equal(target.calls.length, 1);
  await remove(hook);
});

test('P29: what happens to a customer is told, in its order', own, async () => {
  const target = await startTarget();
  const hook = await endpoint(target.url,
    { types: 'customer.created customer.changed customer.removed' });
  const number = `K72${process.pid}`;
  const path = `/customers/${number}`;
  await api('POST', '/customers', { number, company_name: 'Ruf', email: 'r@example.com',
    parent: 'K2000' });
  await api('PATCH', path, { city: 'Bonn' }, { 'If-Match': '*' });
  assert.equal((await api('DELETE', path)).status, 204);
  await until('three calls', () => target.calls.length === 3);
  const told = target.calls.map(({ body }) => body).sort((a, b) => a.seq - b.seq);
  assert.deepEqual(told.map(({ seq, type, data }) => [seq, type, data.number, data.city]), [
    [1, 'customer.created', number, ''], [2, 'customer.changed', number, 'Bonn'],
    [3, 'customer.removed', number, 'Bonn']]);
  assert.ok(told.every(({ data }) => data.parent === 'K2000'));
  const [change] = stack.sql(`SELECT before, after FROM audit WHERE action = 'customer.changed'
    AND object = '${told[0].object}'`);
  assert.deepEqual([JSON.parse(change.before), JSON.parse(change.after)],
    [{ city: '' }, { city: 'Bonn' }]);
  await remove(hook);
});

test('P31: the secret is shown once, and stored sealed, as the events are', own, async () => {
  const target = await startTarget();
  const hook = await endpoint(target.url);
  const { json } = await login();
  await target.call();
  for (const path of ['/callbacks', hook.path]) {
    assert.doesNotMatch((await api('GET', path)).text, /whsec|secret/);
  }
  const rows = JSON.stringify(stack.sql('SELECT * FROM callback_endpoint')) +
    JSON.stringify(stack.sql('SELECT * FROM callback_event'));
  assert.ok(!rows.includes(hook.secret) && !rows.includes(json.username));
  for (const name of ['pforte.log', 'jobs.log']) {
    try {
      assert.ok(!stack.log(name).includes(hook.secret));
    } catch (error) {
      assert.equal(error.code, 'ENOENT');
    }
  }
  await remove(hook);
});

test('P31: while a secret takes the place of another both sign', own, async () => {
  const target = await startTarget();
  const hook = await endpoint(target.url);
  const { json: rotated } = await api('POST', `${hook.path}/rotate-secret`);
  assert.notEqual(rotated.secret, hook.secret);
  await sendTest(hook);
  const { headers, raw } = await target.call();
  assert.equal(headers['webhook-signature'].split(' ').length, 2);
  for (const secret of [hook.secret, rotated.secret]) {
    new Webhook(secret).verify(raw, headers);
  }
  stack.sql(`UPDATE callback_endpoint SET old_until = 1 WHERE id = '${hook.id}'`);
  const event = await sendTest(hook);
  const later = await target.call((call) => call.headers['webhook-id'] === event);
  new Webhook(rotated.secret).verify(later.raw, later.headers);
  assert.throws(() => new Webhook(hook.secret).verify(later.raw, later.headers));
  await remove(hook);
});

test('P29: an endpoint gets the types it wants, of its tenant, in its envelope', own, async () => {
  const [some, plenigo, others] = await Promise.all([1, 2, 3].map(startTarget));
  const hooks = [
    await endpoint(some.url, { types: 'login.blocked login.activated' }),
    await endpoint(plenigo.url, { envelope: 'plenigo' }),
  ];
  const foreign = await endpoint(others.url, {}, 'globex');
  const { json: { username } } = await login();
  for (const action of ['block', 'activate', 'block']) {
    await api('POST', `/user-logins/${username}/${action}`);
  }
  await until('all of them', () => some.calls.length === 3 && plenigo.calls.length === 4);
  assert.deepEqual(some.calls.map(({ body }) => [body.type, body.seq])
    .sort(([, a], [, b]) => a - b),
  [['login.blocked', 2], ['login.activated', 3], ['login.blocked', 4]]);
  const first = plenigo.calls.find(({ body }) => body.entityVersion === 1).body;
  assert.deepEqual(Object.keys(first).sort(),
    ['callbackType', 'entity', 'entityId', 'entityType', 'entityVersion']);
  assert.equal(first.entityType, 'LOGIN');
  assert.equal(first.callbackType, 'CREATION');
  assert.equal(first.entity.username, username);
  assert.equal(others.calls.length, 0);
  assert.equal((await api('GET', foreign.path)).status, 404);
  assert.equal((await api('DELETE', foreign.path)).status, 404);
  for (const hook of hooks) {
    await remove(hook);
  }
  await stack.api('globex', 'DELETE', foreign.path);
});

// ---- targets that fail ----

test('P30: a failure is tried again with the same id, and the log has each try', own, async () => {
  const target = await startTarget();
  const token = 'secretsecretsecretsecretsecret1234';
  target.answer = (_, response) => response.writeHead(500).end(`no: ${token} `.padEnd(9000, 'x y '));
  const hook = await endpoint(target.url);
  const event = await sendTest(hook);
  const pauses = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400];
  for (const [i, pause] of pauses.entries()) {
    const tried = await attempts(event, i + 1);
    const { next_at: next, state } = await until('the next try', () => {
      const row = delivery(event);
      return row.state === 'queued' && row.attempts === i + 1 && row;
    });
    const wait = next - Date.parse(tried[i].at) / 1000;
    assert.ok(wait >= pause - 1 && wait <= pause * 1.1 + 2, `${wait} s after ${i + 1} tries`);
    assert.equal(state, 'queued');
    due();
  }
  const tried = await attempts(event, 10);
  await until('the end', () => delivery(event).state === 'failed');
  assert.deepEqual(tried.map(({ number }) => number), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.ok(tried.every(({ status, error, success }) =>
    status === 500 && error === 'the answer is 500' && !success));
  assert.ok(tried[0].answer.length <= 4096 && !tried[0].answer.includes(token));
  assert.equal(new Set(target.calls.map(({ headers }) => headers['webhook-id'])).size, 1);
  assert.equal(new Set(target.calls.map(({ raw }) => raw)).size, 1);
  await remove(hook);
});

test('P30: a try can be sent again, and all since a time', own, async () => {
  const target = await startTarget();
  target.answer = (_, response) => response.writeHead(500).end();
  const hook = await endpoint(target.url);
  const events = [await sendTest(hook), await sendTest(hook)];
  const [entry] = await attempts(events[0], 1);
  await attempts(events[1], 1);
  target.answer = (_, response) => response.writeHead(200).end();
  const one = await api('POST', `/callbacks/logs/${entry.id}/replay`);
  assert.equal(one.status, 200, one.text);
  await until('it to be delivered', () => delivery(events[0]).state === 'delivered');
  const all = await api('POST', `${hook.path}/replay`, { since: '2020-01-01T00:00:00Z' });
  assert.deepEqual(all.json, { replayed: 1 });
  await until('the other', () => delivery(events[1]).state === 'delivered');
  const again = await api('POST', `${hook.path}/replay`,
    { since: '2020-01-01T00:00:00Z', failed_only: false });
  assert.deepEqual(again.json, { replayed: 2 });
  await until('both again', () => target.calls.length === 6);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM audit WHERE action = 'callback.replayed'`)[0].n, 3);
  await remove(hook);
});

test('P30: 429 with Retry-After waits as told, an hour at most', own, async () => {
  const target = await startTarget();
  const hook = await endpoint(target.url);
  for (const [said, wait] of [['120', 120], ['999999999999', 3600], ['0', 5], ['soon', 5]]) {
    target.answer = (_, response) => response.writeHead(429, { 'Retry-After': said }).end();
    const event = await sendTest(hook);
    const [{ at }] = await attempts(event, 1);
    const next = delivery(event).next_at - Date.parse(at) / 1000;
    assert.ok(next >= wait && next <= wait * 1.1 + 2, `${said}: ${next} s`);
  }
  await remove(hook);
});

test('P31: a redirect is a failure, and nobody goes there', own, async () => {
  const [target, elsewhere] = [await startTarget(), await startTarget()];
  target.answer = (_, response) => response.writeHead(307, { Location: elsewhere.url }).end();
  const hook = await endpoint(target.url);
  const [entry] = await attempts(await sendTest(hook), 1);
  assert.equal(entry.error, 'the answer is 307');
  assert.equal(elsewhere.calls.length, 0);
  await remove(hook);
});

test('P30: 410 switches the endpoint off at once, with a mail', own, async () => {
  const target = await startTarget();
  target.answer = (_, response) => response.writeHead(410).end();
  const hook = await endpoint(target.url, { contact: 'gone@merchant.example' });
  await sendTest(hook);
  const off = await until('it to be off', async () => {
    const { json } = await api('GET', hook.path);
    return json.state === 'off' && json;
  });
  assert.equal(off.reason, 'gone');
  const mail = await relay.mailTo('gone@merchant.example');
  assert.ok(mail.text.includes(target.url));
  assert.equal((await api('POST', `${hook.path}/test`)).status, 409);
  const on = await patch(hook, { state: 'on' });
  assert.equal(on.json.state, 'on');
  assert.equal(on.json.reason, '');
  await remove(hook);
});

test('P30: 75 hours of failures switch it off, with a mail; a success begins anew', own, async () => {
  const target = await startTarget();
  target.answer = (_, response) => response.writeHead(503).end();
  const hook = await endpoint(target.url, { contact: 'dead@merchant.example' });
  const since = () => stack.sql(`SELECT failing_since AS n FROM callback_endpoint
    WHERE id = '${hook.id}'`)[0].n;
  const long = (hours) => stack.sql(`UPDATE callback_endpoint
    SET failing_since = failing_since - ${hours * 3600} WHERE id = '${hook.id}'`);
  await attempts(await sendTest(hook), 1);
  assert.ok(since() > 0);
  long(74);
  await attempts(await sendTest(hook), 1);
  assert.equal((await api('GET', hook.path)).json.state, 'on');
  target.answer = (_, response) => response.writeHead(200).end();
  await attempts(await sendTest(hook), 1);
  assert.equal(since(), 0);
  target.answer = (_, response) => response.writeHead(503).end();
  await attempts(await sendTest(hook), 1);
  long(76);
  const last = await sendTest(hook);
  await attempts(last, 1);
  const { json } = await api('GET', hook.path);
  assert.equal(json.state, 'off');
  assert.equal(json.reason, 'failing');
  assert.ok((await relay.mailTo('dead@merchant.example')).text.includes(target.url));
  assert.equal(delivery(last).state, 'off');
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM audit WHERE action = 'callback.off'
    AND object = '${hook.id}'`)[0].n, 1);
  await remove(hook);
});

test('P30: one target that hangs does not hold up 200 deliveries to another', own, async () => {
  const [hung, good] = [await startTarget(), await startTarget()];
  hung.answer = () => {};
  const hooks = [await endpoint(hung.url), await endpoint(good.url)];
  for (let i = 0; i < 10; i++) {
    await sendTest(hooks[0]);
  }
  await hung.call();
  for (let i = 0; i < 200; i++) {
    await sendTest(hooks[1]);
  }
  await until('200 deliveries', () => good.calls.length >= 200, 14_000);
  assert.ok(hung.calls.length <= 4, `${hung.calls.length} at once to one endpoint`);
  for (const hook of hooks) {
    await remove(hook);
  }
});

// ---- addresses that nobody may reach ----

const refused = [
  'http://merchant.example/', 'https://merchant.example:8443/', 'https://merchant.example:80/',
  'https://user@merchant.example/', 'https://merchant.example/#x', 'ftp://merchant.example/',
  'file:///etc/passwd', 'gopher://127.0.0.1/', 'javascript:alert(1)', 'merchant.example', '//x/',
  ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.0.0.1', '0177.0.0.1',
    '017700000001', '0', '0.0.0.0', '127.0.0.1.', '10.0.0.1', '10.1', '0xa000001', '172.16.0.1',
    '172.31.255.254', '192.168.1.1', '192.168.257', '169.254.169.254', '0xa9fea9fe', '2852039166',
    '0251.0376.0251.0376', '100.64.0.1', '100.127.255.254', '192.0.0.1', '198.18.0.1', '224.0.0.1',
    '239.255.255.255', '240.0.0.1', '255.255.255.255', '[::]', '[::1]', '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::7f00:1]', '[64:ff9b::169.254.169.254]',
    '[2002:7f00:1::]', '[2001::1]', '[fc00::1]', '[fd00:ec2::254]', '[fe80::1]', '[ff02::1]',
    '[2001:db8::1]', '127%2e0.0.1', '%31%32%37.0.0.1', '１２７.0.0.1',
  ].map((host) => `https://${host}/hook`),
];

test('P31: addresses outside of the public Internet are refused, however they are spelled', own,
  async () => {
    const strict = await startStack();
    const post = (url) => strict.api('acme', 'POST', '/callbacks', { url });
    for (const url of refused) {
      const answer = await post(url);
      assert.equal(answer.status, 422, `${url}: ${answer.text}`);
      assert.equal(answer.json.errors[0].code, 'value_target', url);
    }
    assert.equal(strict.sql('SELECT COUNT(*) AS n FROM callback_endpoint')[0].n, 0);
    // A name that stands for this machine is found out when the socket is made.
    const answer = await post('https://localhost/hook');
    assert.equal(answer.status, 201, answer.text);
    await strict.api('acme', 'POST', `/callbacks/${answer.json.id}/test`);
    const entry = await until('the attempt', async () =>
      (await strict.api('acme', 'GET', '/callbacks/logs')).json.items[0]);
    assert.match(entry.error, /not one of the public Internet/);
    assert.equal(entry.status, 0);
    // A target that was taken while anything was: looked at again before it is called.
    const target = await startTarget();
    strict.sql(`UPDATE callback_endpoint SET url = '${target.url}'`);
    await strict.api('acme', 'POST', `/callbacks/${answer.json.id}/test`);
    await until('the attempt', async () =>
      (await strict.api('acme', 'GET', '/callbacks/logs')).json.items
        .some(({ error }) => /may go to/.test(error)));
    assert.equal(target.calls.length, 0);
  });

// ---- input, scopes ----

test('P29: what is no endpoint is told, and changes nothing', own, async () => {
  const count = () => stack.sql('SELECT COUNT(*) AS n FROM callback_endpoint')[0].n;
  const before = count();
  const url = 'https://merchant.example/';
  for (const [body, status, code] of [
    [{}, 422, 'value_missing'], [{ url: 1 }, 400, 'value_type'],
    [{ url, types: 'login.created  test' }, 422, 'value_choice'],
    [{ url, types: 'nothing' }, 422, 'value_choice'],
    [{ url, envelope: 'xml' }, 422, 'value_choice'], [{ url, contact: 'x' }, 422, 'value_email'],
    [{ url, secret: 'whsec_x' }, 400, 'value_unknown'], [{ url, state: 'off' }, 400, 'value_unknown'],
    [{ url: `https://a/${'x'.repeat(600)}` }, 422, 'value_too_long'],
  ]) {
    const answer = await api('POST', '/callbacks', body);
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.json.errors[0].code, code, answer.text);
  }
  assert.equal((await api('POST', '/callbacks', `{"url":"${'x'.repeat(9000)}"}`)).status, 413);
  for (const path of ['/callbacks/cbe_x', '/callbacks/logs/cba_x']) {
    assert.equal((await api('GET', path)).status, 404);
  }
  assert.equal((await api('POST', '/callbacks/cbe_x/test')).status, 404);
  assert.equal(count(), before);
});

test('P31: reading, writing and sending again have a scope each', own, async () => {
  const hook = await endpoint('https://merchant.example/', { types: 'test' });
  const calls = [
    ['callbacks:read', 'GET', '/callbacks'], ['callbacks:read', 'GET', hook.path],
    ['callbacks:read', 'GET', '/callbacks/logs'], ['callbacks:read', 'GET', '/callbacks/logs/cba_x'],
    ['callbacks:write', 'PATCH', hook.path, { description: 'x' }, { 'If-Match': '*' }],
    ['callbacks:write', 'POST', '/callbacks', { url: 'https://merchant.example/' }],
    ['callbacks:write', 'POST', `${hook.path}/rotate-secret`],
    ['callbacks:replay', 'POST', `${hook.path}/test`],
    ['callbacks:replay', 'POST', `${hook.path}/replay`, { since: '2026-01-01T00:00:00Z' }],
    ['callbacks:replay', 'POST', '/callbacks/logs/cba_x/replay'],
    ['callbacks:write', 'DELETE', '/callbacks/cbe_x'],
  ];
  const [{ scopes }] = stack.sql(`SELECT scopes FROM api_key WHERE tenant = 'acme'`);
  const set = (words) => stack.sql(`UPDATE api_key SET scopes = '${words}' WHERE tenant = 'acme'`);
  for (const scope of ['callbacks:read', 'callbacks:write', 'callbacks:replay']) {
    set(scope);
    for (const [wants, ...call] of calls) {
      const { status, json, text } = await api(...call);
      const refusal = status === 403 && json.code === 'api_scope';
      assert.equal(refusal, wants !== scope, `${call.join(' ')} with ${scope}: ${status} ${text}`);
    }
  }
  set(scopes);
  await remove(hook);
});

test('P31: an endpoint changes only for who has seen its state', own, async () => {
  const hook = await endpoint('https://merchant.example/', { types: 'test' });
  assert.equal((await api('PATCH', hook.path, { description: 'a' })).status, 428);
  const { headers: { etag } } = await api('GET', hook.path);
  const first = await api('PATCH', hook.path, { description: 'a' }, { 'If-Match': etag });
  assert.equal(first.status, 200);
  assert.notEqual(first.headers.etag, etag);
  const late = await api('PATCH', hook.path, { description: 'b' }, { 'If-Match': etag });
  assert.equal(late.status, 412);
  assert.equal((await api('DELETE', hook.path, undefined, { 'If-Match': etag })).status, 412);
  assert.equal((await api('GET', hook.path)).json.description, 'a');
  assert.equal((await patch(hook, { contact: 'x@example.com' })).json.contact, 'x@example.com');
  assert.equal((await patch(hook, { contact: null })).json.contact, null);
  assert.equal((await patch(hook, { description: '' })).json.description, '');
  await remove(hook);
});

test('P31: every change has its audit row, without the secret', own, async () => {
  const hook = await endpoint('https://merchant.example/', { types: 'test' });
  await patch(hook, { description: 'shop' });
  const { json: { secret } } = await api('POST', `${hook.path}/rotate-secret`);
  await api('POST', `${hook.path}/test`);
  await patch(hook, { state: 'off' });
  await remove(hook);
  const rows = stack.sql(`SELECT * FROM audit WHERE object = '${hook.id}' ORDER BY id`);
  assert.deepEqual(rows.map(({ action }) => action).filter((action) => action !== 'callback.off'),
    ['created', 'changed', 'rotated', 'tested', 'changed', 'removed'].map((what) => `callback.${what}`));
  assert.ok(rows.every(({ tenant, actor }) => tenant === 'acme' && actor));
  const change = ({ before, after }) => [before, after].map((text) => text && JSON.parse(text));
  assert.equal(change(rows[0])[1].url, 'https://merchant.example/');
  assert.deepEqual(change(rows[1]), [{ description: '' }, { description: 'shop' }]);
  assert.deepEqual(change(rows[2]), [{ secret: '***' }, { secret: '***' }]);
  assert.equal(change(rows.at(-1))[0].url, 'https://merchant.example/');
  assert.ok(!JSON.stringify(rows).includes(hook.secret) && !JSON.stringify(rows).includes(secret));
});

// ---- processes that die ----

test('P30: two senders, killed again and again: each event arrives, with one id', own, async () => {
  const target = await startTarget();
  const hook = await endpoint(target.url, { types: 'link.created' });
  const conf = join(stack.state, 'pforte.conf');
  const [{ ref }] = stack.sql(`SELECT ref FROM contract WHERE tenant = 'acme' ORDER BY ref LIMIT 1`);
  const events = Number(process.env.PFORTE_EVENTS ?? 300);
  let over = false;
  const killing = (async () => {
    while (!over) {
      const child = spawn(join(build, 'pforte'), ['--config', conf, 'jobs'], { stdio: 'ignore' });
      const ended = once(child, 'exit');
      await sleep(700);
      child.kill('SIGKILL');
      await ended;
      // a minute goes by for what it had in its hands
      stack.sql(`UPDATE callback_delivery SET lease_until = 0
        WHERE state = 'leased' AND lease_owner LIKE '%:${child.pid}:%'`);
    }
  })();
  for (let i = 0; i < events; i++) {
    const answer = await api('POST', `/contracts/${ref}/self-service-token`, {});
    assert.equal(answer.status, 201, answer.text);
    assert.ok(!answer.json.token.includes('whsec'));
  }
  await until('all to be delivered', () => stack.sql(`SELECT COUNT(*) AS n FROM callback_delivery
    WHERE endpoint = '${hook.id}' AND state = 'delivered'`)[0].n === events, 180_000);
  over = true;
  await killing;
  const ids = new Set(target.calls.map(({ headers }) => headers['webhook-id']));
  assert.equal(ids.size, events);
  assert.deepEqual([...ids].sort(), stack.sql(`SELECT id FROM callback_event
    WHERE type = 'link.created'`).map(({ id }) => id).sort());
  await remove(hook);
});

test('P31: a secret outlives the keys of the ring that sealed it', own, async () => {
  const target = await startTarget();
  const hook = await endpoint(target.url);
  const column = () => stack.sql(`SELECT secret FROM callback_endpoint WHERE id = '${hook.id}'`)[0].secret;
  const ring = () => readFileSync(join(stack.state, 'keyring'), 'utf8').split('\n')
    .filter((line) => line.startsWith('k4.local.'));
  const [first, before] = [ring()[0], column()];
  while (ring().includes(first)) {
    stack.pforte('key', 'rotate');
    stack.pforte('jobs', '--once');
  }
  assert.notEqual(column(), before);
  await sleep(1500); // whoever runs looks at the ring once a second
  const event = await sendTest(hook);
  const { raw, headers } = await target.call((call) => call.headers['webhook-id'] === event);
  new Webhook(hook.secret).verify(raw, headers);
  await remove(hook);
});
