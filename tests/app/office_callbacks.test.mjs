// Endpoints of callbacks in the back office: added, changed, switched on again,
// and what went there sent once more.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Webhook } from 'standardwebhooks';

import { forms, visible } from '../lib/client.mjs';
import { startStack, until } from '../lib/stack.mjs';
import { startTarget } from '../lib/target.mjs';

const dir = mkdtempSync(join(tmpdir(), 'pforte-office-'));
after(() => rmSync(dir, { recursive: true, force: true }));
writeFileSync(join(dir, 'options'), 'https_private_addresses = true\n');
const stack = await startStack({ options: join(dir, 'options') });
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');

const get = async (path, status = 200) => {
  const answer = await owner.get(`/acme/admin${path}${path.includes('?') ? '&' : '?'}language=en`);
  assert.equal(answer.status, status, `${path}: ${answer.text.slice(0, 300)}`);
  return answer;
};
const submit = async (path, fields, action) => owner.submit(await get(path), fields, { action });
const secretOf = (page) => page.text.match(/whsec_[A-Za-z0-9+/]{43}=/)?.[0];
const idOf = (url) => stack.sql(`SELECT id FROM callback_endpoint WHERE url = '${url}'
  AND tenant = 'acme' ORDER BY created DESC, id DESC LIMIT 1`)[0]?.id;
const endpoint = (id) => stack.sql(`SELECT * FROM callback_endpoint WHERE id = '${id}'`)[0];
const trail = (request) => stack.sql(`SELECT * FROM audit
  WHERE request_id = '${request.headers['x-request-id']}' ORDER BY id`);

async function add(url, fields = {}) {
  const page = await submit('/callbacks/new', { url, envelope: 'standard', ...fields }, /callbacks$/);
  assert.equal(page.status, 200, page.text);
  return { id: idOf(url), secret: secretOf(page), page };
}

test('P29, X10: an endpoint is added, with its secret shown once', own, async () => {
  const target = await startTarget();
  const wrong = await submit('/callbacks/new', { url: 'ftp://x', description: 'shop & <co>',
    contact: 'nobody', envelope: 'plenigo', 'login.blocked': 'on' }, /callbacks$/);
  assert.equal(wrong.status, 422);
  assert.match(wrong.title, /^Error: /);
  const kept = forms(wrong.text).find(({ action }) => /callbacks$/.test(action));
  assert.ok(kept);
  assert.match(wrong.text, /value="ftp:\/\/x"/);
  assert.match(wrong.text, /value="shop &amp; &lt;co&gt;"/);
  assert.match(wrong.text, /value="plenigo" selected/);
  assert.match(wrong.text, /name="login.blocked" checked/);
  assert.equal((wrong.text.match(/aria-invalid="true"/g)).length, 2, 'address and contact');
  assert.equal(idOf('ftp://x'), undefined);

  const made = await add(target.url, { description: 'shop', 'login.blocked': 'on', 'login.created': 'on' });
  assert.ok(made.secret);
  assert.equal(endpoint(made.id).types, ' login.created login.blocked ');
  const [row] = trail(made.page);
  assert.equal(row.action, 'callback.created');
  assert.equal(row.before, '');
  assert.equal(JSON.parse(row.after).url, target.url);
  assert.ok(!JSON.stringify(row).includes(made.secret));
  for (const path of ['/callbacks', `/callbacks/${made.id}`, `/callbacks/${made.id}/change`]) {
    assert.equal(secretOf(await get(path)), undefined, path);
  }
  await submit(`/callbacks/${made.id}`, {}, /\/test$/);
  const call = await target.call();
  assert.deepEqual(new Webhook(made.secret).verify(call.raw, call.headers), call.body);
});

test('P29, X10: an endpoint is changed; what is ticked is what it gets', own, async () => {
  const url = 'https://merchant.example/change';
  const { id } = await add(url, { description: 'old', contact: 'ops@merchant.example' });
  assert.equal(endpoint(id).types, ' * ', 'none ticked is all of them');
  const form = await get(`/callbacks/${id}/change`);
  assert.match(form.text, /value="old"/);
  const changed = await submit(`/callbacks/${id}/change`, { url, envelope: 'standard',
    description: '', contact: '', 'session.ended': 'on' }, /change$/);
  assert.equal(changed.location, `/acme/admin/callbacks/${id}`);
  const now = endpoint(id);
  assert.deepEqual([now.description, now.contact, now.types], ['', '', ' session.ended '],
    'what was emptied is empty');
  const [row] = trail(changed);
  assert.deepEqual(JSON.parse(row.before),
    { contact: 'ops@merchant.example', description: 'old', types: '*' });
  assert.deepEqual(JSON.parse(row.after), { contact: null, description: '', types: 'session.ended' });
  assert.match((await get(`/callbacks/${id}/change`)).text, /name="session.ended" checked/);
  stack.sql(`UPDATE callback_endpoint SET types = ' test ' WHERE id = '${id}'`);
  assert.match((await get(`/callbacks/${id}/change`)).text, /name="test" checked/, 'else saving would widen it');
  const wrong = await submit(`/callbacks/${id}/change`, { url: '', envelope: 'standard',
    description: 'typed', 'link.created': 'on' }, /change$/);
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /value="typed"/);
  assert.match(wrong.text, /name="link.created" checked/);
  assert.doesNotMatch(wrong.text, /name="session.ended" checked/);
  assert.equal(endpoint(id).url, url);
});

test('P29, X10: who saves an endpoint second loses nothing, and overwrites only what they were shown', own, async () => {
  const url = 'https://merchant.example/second';
  const { id } = await add(url, { description: 'old', test: 'on' });
  const mine = await get(`/callbacks/${id}/change`);
  const theirs = { description: 'theirs', types: 'login.created' };
  assert.equal((await stack.api('acme', 'PATCH', `/callbacks/${id}`, theirs, { 'If-Match': '*' })).status, 200);
  const state = endpoint(id);
  const fields = { url, envelope: 'standard', description: 'mine', test: 'on' };
  for (const more of [{}, { url: 'ftp://x' }]) {
    const late = await owner.submit(mine, { ...fields, ...more }, { action: /change$/ });
    assert.equal(late.status, 409);
    assert.match(late.text, /value="mine"/);
    assert.match(late.text, /name="test" checked/);
    assert.doesNotMatch(late.text, /name="login.created" checked/);
    assert.match(visible(late.text), /Saved meanwhile: theirs.*Saved meanwhile: login\.created/);
    assert.deepEqual(endpoint(id), state);
  }
  const late = await owner.submit(mine, fields, { action: /change$/ });
  assert.equal((await owner.submit(late, fields, { action: /change$/ })).status, 303);
  assert.deepEqual([endpoint(id).description, endpoint(id).types], ['mine', ' test ']);
  const same = await submit(`/callbacks/${id}/change`, fields, /change$/);
  assert.equal(same.status, 303);
  assert.deepEqual(trail(same), [], 'saved as it was, nothing changed');
});

test('P29, X7, X10: an endpoint is removed after a question, with its log', own, async () => {
  const { id } = await add('https://merchant.example/gone', { description: 'gone' });
  await submit(`/callbacks/${id}`, {}, /\/test$/);
  const question = await get(`/callbacks/${id}/remove`);
  assert.match(visible(question.text), /Remove this endpoint\?.*merchant\.example\/gone.*the log of it go with it/s);
  await submit(`/callbacks/${id}/change`, { url: 'https://merchant.example/gone', envelope: 'plenigo' }, /change$/);
  const late = await owner.submit(question, {}, { action: /remove$/ });
  assert.equal(late.status, 409, 'it is not what was asked about');
  assert.ok(endpoint(id));
  const gone = await owner.submit(late, {}, { action: /remove$/ });
  assert.equal(gone.location, '/acme/admin/callbacks');
  assert.equal(endpoint(id), undefined);
  assert.deepEqual(stack.sql(`SELECT event FROM callback_delivery WHERE endpoint = '${id}'`), []);
  const [row] = trail(gone);
  assert.deepEqual([row.action, row.object, row.after], ['callback.removed', id, '']);
  assert.equal((await owner.submit(late, {}, { action: /remove$/ })).location, '/acme/admin/callbacks', 'sent twice');
  await get(`/callbacks/${id}/remove`, 404);
});

test('P31, X10: a fresh secret is shown once, and for a day both sign', own, async () => {
  const target = await startTarget();
  const made = await add(target.url);
  const page = await get(`/callbacks/${made.id}`);
  const { hidden } = forms(page.text).find(({ action }) => /rotate$/.test(action));
  const send = () => owner.post(`/acme/admin/callbacks/${made.id}/rotate`, hidden);
  const [first, second] = [await send(), await send()];
  assert.equal(first.status, 200);
  assert.match(visible(first.text), /24/);
  assert.equal(second.status, 303, 'sent twice, it has one effect');
  assert.equal(second.location, `/acme/admin/callbacks/${made.id}`);
  const fresh = secretOf(first);
  assert.notEqual(fresh, made.secret);
  await submit(`/callbacks/${made.id}`, {}, /\/test$/);
  const call = await target.call();
  for (const secret of [fresh, made.secret]) {
    new Webhook(secret).verify(call.raw, call.headers);
  }
  const [row] = trail(first);
  assert.deepEqual([row.before, row.after], ['{"secret":"***"}', '{"secret":"***"}']);
});

test('P30, X10: switched off by itself, an endpoint is on again, and gets what it missed', own, async () => {
  const target = await startTarget();
  const { id } = await add(target.url);
  target.answer = (_, response) => response.writeHead(410).end('gone for good');
  await submit(`/callbacks/${id}`, {}, /\/test$/);
  await until('the end of it', () => endpoint(id).state === 'off');
  const page = await get(`/callbacks/${id}`);
  assert.match(visible(page.text), /Nobody took what was sent there/);
  assert.match(visible(page.text), /off.*gone/s);
  assert.doesNotMatch(page.text, /\/(test|replay)"/, 'nothing is sent to who is off');
  const [{ event }] = stack.sql(`SELECT event FROM callback_delivery WHERE endpoint = '${id}'`);
  const one = `/callback-log/${event}.${id}`;
  assert.doesNotMatch((await get(one)).text, /\/replay"/);
  const { hidden } = forms(page.text).find(({ action }) => /\/on$/.test(action));
  for (const path of [`/callbacks/${id}/test`, `/callbacks/${id}/replay`, one + '/replay']) {
    assert.equal((await owner.post(`/acme/admin${path}`, { ...hidden, since: '2020-01-01' })).status, 409, path);
  }
  target.answer = (_, response) => response.writeHead(204).end();
  const on = await owner.post(`/acme/admin/callbacks/${id}/on`, hidden);
  assert.equal(on.status, 303);
  assert.deepEqual([endpoint(id).state, endpoint(id).reason, endpoint(id).failing_since], ['on', '', 0]);
  assert.equal(JSON.parse(trail(on)[0].before).reason, 'gone');
  const empty = await submit(`/callbacks/${id}`, { since: '' }, /\/replay$/);
  assert.equal(empty.status, 422);
  const again = await submit(`/callbacks/${id}`, { since: '2020-01-01' }, /\/replay$/);
  assert.equal(again.status, 303);
  await until('what was missed', () => target.calls.length === 2);
  assert.equal(target.calls[0].headers['webhook-id'], target.calls[1].headers['webhook-id']);
  const off = await submit(`/callbacks/${id}`, {}, /\/off$/);
  assert.equal(off.status, 303);
  assert.equal(endpoint(id).reason, 'merchant');
  assert.doesNotMatch(visible((await get(`/callbacks/${id}`)).text), /Nobody took/);
});

test('P31, X10: the log has state, tries, last answer and next try; a delivery goes again', own, async () => {
  const target = await startTarget();
  target.answer = (_, response) => response.writeHead(500).end('<i>oops</i>');
  const { id } = await add(target.url);
  await submit(`/callbacks/${id}`, {}, /\/test$/);
  const [{ event }] = stack.sql(`SELECT event FROM callback_delivery WHERE endpoint = '${id}'`);
  const row = () => stack.sql(`SELECT * FROM callback_delivery WHERE endpoint = '${id}'`)[0];
  await until('the first try', () => {
    const { state, attempts } = row();
    return state === 'queued' && attempts === 1;
  });
  const list = visible((await get(`/callback-log?endpoint=${id}`)).text);
  assert.match(list, /test.*queued.*500/s);
  const year = new Date(row().next_at * 1000).getFullYear();
  const path = `/callback-log/${event}.${id}`;
  const page = await get(path);
  assert.match(visible(page.text), new RegExp(`Tries 1 .*Next try .*${year}`, 's'));
  assert.match(visible(page.text), /<i>oops<\/i>/);
  assert.match(visible((await get('/callback-attempts?type=test')).text), /<i>oops<\/i>/);
  target.answer = (_, response) => response.writeHead(204).end();
  const { hidden } = forms(page.text).find(({ action }) => /replay$/.test(action));
  const answers = await Promise.all([1, 2, 3].map(() => owner.post(`/acme/admin${path}/replay`, hidden)));
  assert.deepEqual(answers.map(({ status, location }) => [status, location]),
    Array(3).fill([303, `/acme/admin${path}`]));
  await until('it to arrive', () => row().state === 'delivered');
  const [told] = trail(answers.find((answer) => trail(answer).length));
  assert.deepEqual([told.action, told.object, told.detail], ['callback.replayed', id, event]);
  assert.match(visible((await get(path)).text), /delivered/);
});

test('X1: nothing of another tenant is seen or touched', own, async () => {
  const theirs = (await stack.api('globex', 'POST', '/callbacks', { url: 'https://globex.example/' })).json;
  const { event } = (await stack.api('globex', 'POST', `/callbacks/${theirs.id}/test`)).json;
  const { csrf, form_id } = forms((await get('')).text)[0].hidden;
  for (const path of [`/callbacks/${theirs.id}`, `/callbacks/${theirs.id}/change`, `/callbacks/${theirs.id}/remove`,
    `/callback-log/${event}.${theirs.id}`]) {
    await get(path, 404);
  }
  for (const path of ['change', 'remove', 'on', 'off', 'rotate', 'test', 'replay'].map((what) => `/callbacks/${theirs.id}/${what}`)
    .concat(`/callback-log/${event}.${theirs.id}/replay`)) {
    const answer = await owner.post(`/acme/admin${path}`,
      { csrf, form_id, version: '1', url: 'https://x.example/', envelope: 'standard', since: '2020-01-01' });
    assert.equal(answer.status, 404, path);
  }
  for (const path of ['/callbacks', '/callback-log', '/callback-attempts']) {
    assert.doesNotMatch((await get(path)).text, /globex\.example/);
  }
  assert.equal(endpoint(theirs.id).url, 'https://globex.example/');
  for (const id of ['x', 'a.b', '.', `.${theirs.id}`, `${event}.`]) {
    await get(`/callback-log/${encodeURIComponent(id)}`, 404);
  }
});
