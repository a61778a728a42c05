// Self-service links that staff make: shown once, sent, listed without what they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, links, unescapeHtml, visible } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const REF = 'VT-3WPD-0L9R'; // of K2000
const at = `/acme/admin/contracts/${REF}/self-service`;
const owner = await stack.office('acme', 'owner');

const get = async (browser = owner, path = at) => browser.get(`${path}?language=en`);
const make = async (values, page) => owner.submit(page ?? await get(), values, { action: /self-service$/ });
const shown = (page) => unescapeHtml(page.text.match(/id="field-link" value="([^"]*)" readonly/)?.[1] ?? '');
const wrong = (page) => [...page.text.matchAll(/id="error-(\w+)"/g)].map(([, name]) => name);
const rows = () => stack.sql(`SELECT l.* FROM self_service_link l JOIN contract c ON c.tenant = l.tenant AND c.id = l.contract
  WHERE c.ref = '${REF}' ORDER BY l.created, l.jti`);
const revoked = async (browser = owner) => browser.submit(await get(browser), {}, { action: /revoke$/ });

test('B112, B113: from the contract to its self-service access, and a link that opens it', async () => {
  const contract = await owner.get(`/acme/admin/contracts/${REF}?language=en`);
  assert.ok(links(contract.text).includes(at), 'an action of the contract');
  const page = await get();
  assert.equal(page.status, 200);
  assert.match(visible(page.text), new RegExp(`Reference ${REF}.*Customer number K2000`));
  assert.match(page.text, /id="field-valid_minutes" name="valid_minutes" value="60"/, 'B110: the tenant\'s default');
  assert.equal(shown(page), '', 'nobody sees the links that are there');
  const before = Date.now();
  const made = await make({ valid_minutes: '5' }, page);
  assert.equal(made.status, 200, made.text);
  const url = shown(made);
  assert.match(url, /\/s\/v4\.local\./);
  assert.match(visible(made.text), /shown only now/);
  const browser = stack.browser();
  const opened = await browser.get(new URL(url).pathname);
  assert.equal(opened.location, `/acme/contracts/${REF}`);
  const again = await get();
  assert.ok(!again.text.includes(url.split('/').pop().slice(0, 60)), 'shown once');
  const line = visible(again.text).match(/Valid links.*/s)[0];
  assert.match(line, /olga/, 'by whom');
  assert.match(line, / 1 /, 'opened once');
  if (stack.own) {
    const row = rows().at(-1);
    assert.equal(row.expires - row.created, 300);
    assert.ok(Math.abs(row.created - before / 1000) < 30);
    assert.match(row.made_by, /^staff:/);
    assert.equal(row.opened, 1);
    const [told] = stack.sql(`SELECT * FROM audit WHERE request_id = '${made.headers['x-request-id']}'`);
    assert.deepEqual([told.action, told.object], ['link.minted', row.contract]);
    assert.ok(!JSON.stringify(stack.sql('SELECT * FROM self_service_link')).includes('v4.local'), 'X5: no token at rest');
  }
});

test('B112, B122: the link goes to the customer by mail, when that is wanted', own, async () => {
  const before = stack.sql("SELECT * FROM mail WHERE event = 'link_new'").length;
  const made = await make({ valid_minutes: '60', send_mail: 'on' });
  assert.equal(made.status, 200, made.text);
  const all = stack.sql("SELECT * FROM mail WHERE event = 'link_new' ORDER BY created, id");
  assert.equal(all.length, before + 1);
  const mail = all.at(-1);
  const [{ id, email }] = stack.sql("SELECT id, email FROM customer WHERE tenant = 'acme' AND number = 'K2000'");
  assert.deepEqual([mail.recipient, mail.customer], [email, id]);
  assert.match(mail.subject, new RegExp(REF));
  assert.match(visible(made.text), new RegExp(`It was also sent to ${email}`));
  const log = await owner.get(`/acme/admin/mails/${mail.id}?language=en`);
  assert.doesNotMatch(log.text, /v4\.local/, 'the log never shows it');
});

test('B110: the tenant says how long a link lives at most, here and for the API', own, async () => {
  const settings = async (values) => {
    const page = await owner.get('/acme/admin/settings/access?language=en');
    const { body } = forms(page.text).find(({ action }) => action.endsWith('/access'));
    const held = Object.fromEntries([...body.matchAll(/<input type="(?:text|number)" id="field-(\w+)"[^>]* value="([^"]*)"/g)]
      .map(([, name, value]) => [name, value]));
    return owner.submit(page, { ...held, ...values }, { action: /access$/ });
  };
  assert.equal((await settings({ link_minutes: '30', link_minutes_max: '120' })).status, 303);
  const api = (valid_minutes) => stack.api('acme', 'POST', `/contracts/${REF}/self-service-token`, { valid_minutes },
    { 'Accept-Language': 'en' });
  assert.equal((await api(120)).status, 201);
  const long = await api(121);
  assert.equal(long.status, 422);
  const [{ pointer, code, detail }] = long.json.errors;
  assert.deepEqual([pointer, code], ['#/valid_minutes', 'value_link_minutes']);
  assert.match(detail, /120 minutes/);
  for (const valid_minutes of ['121', '0', '', 'x', '1.5', '-1']) {
    const page = await make({ valid_minutes });
    assert.equal(page.status, 422, valid_minutes);
    assert.deepEqual(wrong(page), ['valid_minutes']);
    assert.ok(page.text.includes(`name="valid_minutes"${valid_minutes && ` value="${valid_minutes}"`}`), 'what was typed stays');
    assert.equal(shown(page), '');
  }
  const beyond = await settings({ link_minutes: '121' });
  assert.equal(beyond.status, 422);
  assert.deepEqual(wrong(beyond), ['link_minutes']);
  assert.equal((await settings({ link_minutes: '60', link_minutes_max: '10080' })).status, 303);
});

test('a form sent twice makes one link', own, async () => {
  const page = await get();
  const before = rows().length;
  await Promise.all([make({ valid_minutes: '9' }, page), make({ valid_minutes: '9' }, page), make({ valid_minutes: '9' }, page)]);
  assert.equal(rows().length, before + 1);
});

test('B109: all links of the contract are revoked by one button, with what they opened', own, async () => {
  const browser = stack.browser();
  await browser.go(new URL(shown(await make({ valid_minutes: '5' }))).pathname);
  assert.equal((await browser.get(`/acme/contracts/${REF}`)).status, 200);
  const answer = await revoked();
  assert.equal(answer.location, at);
  assert.equal((await browser.get(`/acme/contracts/${REF}`)).status, 303);
  const page = await owner.follow(answer);
  assert.match(visible(page.text), /Valid links|Gültige Links/);
  assert.ok(!forms(page.text).some(({ action }) => /revoke$/.test(action)), 'nothing is left to revoke');
  assert.match(visible((await get()).text), /were revoked: mails of invoices and reminders bring no personal link/);
  await make({ valid_minutes: '5' });
  const since = visible((await get()).text);
  assert.doesNotMatch(since, /were revoked/, 'until somebody makes one');
  assert.match(since, /Revoking ends all links of the contract/, 'and it says before what it does');
});

test('X1: only who may act for customers, and of one\'s own tenant', own, async () => {
  const reader = await stack.office('acme', 'read_only');
  assert.equal((await get(reader)).status, 403);
  assert.ok(!links((await reader.get(`/acme/admin/contracts/${REF}`)).text).includes(at));
  const { csrf, form_id } = forms((await reader.get('/acme/admin')).text)[0].hidden;
  for (const path of [at, `${at}/revoke`]) {
    assert.equal((await reader.post(path, { csrf, form_id, valid_minutes: '5' })).status, 403);
  }
  assert.equal((await get(owner, '/acme/admin/contracts/CT-4RTY-QQ21/self-service')).status, 404);
  const mine = forms((await get()).text)[0].hidden;
  for (const path of ['/acme/admin/contracts/CT-4RTY-QQ21/self-service', '/acme/admin/contracts/CT-4RTY-QQ21/self-service/revoke']) {
    assert.equal((await owner.post(path, { ...mine, valid_minutes: '5' })).status, 404);
  }
});
