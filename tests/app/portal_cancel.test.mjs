// A member cancels a contract in the portal: what it leads to, its receipt, and how
// it is taken back; and a tenant that does not want that.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, links, visible } from '../lib/client.mjs';
import { selfService } from '../lib/pages.mjs';
import { startStack, until } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const anna = await stack.signedIn('acme', 'anna');
const owner = await stack.office('acme', 'owner');
const REF = 'VT-7KQ2-ZHXM';

const contract = async (ref = REF) => (await stack.api('acme', 'GET', `/contracts/${ref}`)).json;
const preview = async (ref = REF) => (await stack.api('acme', 'GET', `/contracts/${ref}/cancellation-preview`)).json;
const page = (person, below = '', ref = REF) => person.get(`/acme/contracts/${ref}${below}${below.includes('?') ? '&' : '?'}language=en`);
const cancel = async (person, form, fields = {}) => person.submit(form ?? await page(person, '/cancel'), fields, { action: /\/cancel$/ });
const undo = async (person, form, ref = REF) => person.submit(form ?? await page(person, '', ref), {}, { action: /undo-cancel$/ });
const declarations = async () => (await stack.api('acme', 'GET', `/declarations?contract=${REF}`)).json.items;
const times = (text) => [...text.matchAll(/<time datetime="([^"]*)"/g)].map(([, date]) => date);

async function allow(on) {
  const settings = await owner.get('/acme/admin/settings/portal');
  const form = forms(settings.text).find(({ action }) => /settings\/portal$/.test(action));
  const values = Object.fromEntries([
    ...[...form.body.matchAll(/<input type="checkbox" id="field-(\w+)"[^>]* checked/g)].map(([, name]) => [name, 'on']),
    ...[...form.body.matchAll(/<input type="number" id="field-(\w+)"[^>]*? value="([^"]*)"/g)].map(([, name, value]) => [name, value])]);
  delete values.portal_cancel;
  const answer = await owner.post(form.action, { ...form.hidden, ...values, ...on ? { portal_cancel: 'on' } : {} });
  assert.equal(answer.status, 303, visible(answer.text));
}

test('B65: the page says when the contract ends, and until when one can cancel for that', own, async () => {
  assert.ok(links((await page(anna)).text).includes(`/acme/contracts/${REF}/cancel`));
  const shown = await page(anna, '/cancel');
  const { end, last_notice, date } = await preview();
  assert.deepEqual(times(shown.text), [date, end, last_notice]);
  assert.equal((await contract()).status, 'active', 'a look changes nothing');
});

test('B65: it is done at once, with a receipt of day and time on a page and by mail', own, async () => {
  const { end } = await preview();
  const form = await page(anna, '/cancel');
  const [answer, again] = [await cancel(anna, form), await cancel(anna, form)];
  assert.equal(answer.status, 303, visible(answer.text));
  assert.equal(again.location, answer.location, 'the second click is the same');
  const after = await contract();
  assert.deepEqual([after.status, after.end], ['cancelled', end]);
  const receipt = await anna.get(`${answer.location}?language=en`);
  const text = visible(receipt.text);
  assert.match(text, /received your cancellation on .*\d{4}, \d{1,2}:\d\d:\d\d/);
  assert.ok(text.includes(REF) && text.includes('K2000'), text);
  const [one, ...more] = await declarations();
  assert.deepEqual(more, []);
  assert.deepEqual([one.status, one.end_wanted, one.contract, one.email], ['done', end, REF, 'anna@sommer.example']);
  const mails = stack.sql("SELECT recipient FROM mail WHERE tenant = 'acme' AND event = 'cancellation_received'");
  assert.deepEqual(mails, [{ recipient: 'anna@sommer.example' }]);
  const actors = stack.sql(`SELECT action, actor FROM audit WHERE action IN ('contract.cancelled', 'declaration.received', 'declaration.changed')
    AND actor LIKE 'user:%'`).map(({ action }) => action);
  assert.deepEqual(actors.sort(), ['contract.cancelled', 'declaration.changed', 'declaration.received']);
  assert.equal((await page(anna, '/cancel')).status, 409, 'it is cancelled already');
  const bruno = await stack.signedIn('acme', 'bruno');
  assert.equal((await bruno.get(answer.location)).status, 404, 'nobody else reads it');
  assert.equal((await anna.get(answer.location.replace(REF, 'VT-3WPD-0L9R'))).status, 404, 'nor under another contract');
});

test('B65: until the last day it is taken back', own, async () => {
  const shown = await page(anna);
  assert.ok(!links(shown.text).includes(`/acme/contracts/${REF}/cancel`));
  const [back, again] = [await undo(anna, shown), await undo(anna, shown)];
  assert.equal(back.status, 303, visible(back.text));
  assert.equal(again.location, back.location);
  const after = await contract();
  assert.deepEqual([after.status, after.end], ['active', null]);
  assert.doesNotMatch((await page(anna)).text, /undo-cancel/);
});

test('B65: what the merchant cancelled, or is over, no member takes back', own, async () => {
  const [key] = [await stack.api('acme', 'POST', `/contracts/${REF}/cancel`, {})];
  assert.equal(key.status, 200, key.text);
  const shown = await page(anna);
  assert.doesNotMatch(shown.text, /undo-cancel/);
  const form = forms((await page(anna, '/additional')).text).find(({ action }) => /additional$/.test(action));
  const { version, ...hidden } = form.hidden;
  assert.ok(version);
  assert.equal((await anna.post(`/acme/contracts/${REF}/undo-cancel`, hidden)).status, 409);
  assert.equal((await contract()).status, 'cancelled');
  assert.equal((await stack.api('acme', 'POST', `/contracts/${REF}/undo-cancel`, {})).status, 200);

  assert.equal((await cancel(anna)).status, 303);
  const open = await page(anna);
  assert.match(open.text, /undo-cancel/);
  const { end } = await contract();
  stack.sql(`UPDATE contract SET end_date = '2026-01-01' WHERE ref = '${REF}'`);
  assert.equal((await undo(anna, open)).status, 409, 'the last day is over');
  assert.doesNotMatch((await page(anna)).text, /undo-cancel/);
  stack.sql(`UPDATE contract SET end_date = '${end}', status = 'cancelled' WHERE ref = '${REF}'`);
  assert.equal((await undo(anna)).status, 303);
});

test('B65: the day that was read is the day on which it ends, or the form comes back', own, async () => {
  const form = await page(anna, '/cancel');
  const late = await cancel(anna, form, { end: '2031-01-31' });
  assert.equal(late.status, 409);
  assert.equal((await contract()).status, 'active');
  const stale = await page(anna, '/cancel');
  const { headers } = await stack.api('acme', 'GET', `/contracts/${REF}`);
  assert.equal((await stack.api('acme', 'PATCH', `/contracts/${REF}`, { name: 'Anders' }, { 'If-Match': headers.etag })).status, 200);
  assert.equal((await cancel(anna, stale)).status, 409, 'the contract is not as it was read');
  assert.equal((await contract()).status, 'active');
});

test('B65, X6: without the setting there is no button, and the call is refused', own, async () => {
  const form = await page(anna, '/cancel');
  assert.equal(form.status, 200);
  await allow(false);
  const shown = await page(anna);
  assert.ok(!links(shown.text).some((href) => /\/contracts\/[^/]+\/cancel$|\/cancel\?contract/.test(href)));
  assert.equal((await page(anna, '/cancel')).status, 403);
  assert.equal((await cancel(anna, form)).status, 403, 'the form that was open');
  const program = await anna.post(`/acme/contracts/${REF}/cancel`, {}, { headers: { Accept: 'application/json' } });
  assert.deepEqual([program.status, program.json.code], [403, 'forbidden']);
  assert.equal((await contract()).status, 'active');
  const visitor = stack.browser();
  const byLink = await visitor.go(await selfService(stack, REF));
  assert.ok(byLink.text.includes(REF), visible(byLink.text));
  assert.ok(!links(byLink.text).some((href) => /cancel\?contract/.test(href)), 'nor for who comes by a link');
  assert.ok(links(shown.text).includes('/acme/cancel'), 'what the law asks for stays');
  await allow(true);
  assert.ok(links((await page(visitor)).text).some((href) => href === `/acme/cancel?contract=${REF}`));
  assert.equal((await page(anna, '/cancel')).status, 200);
});

test('B65: a contract that ends by itself, or has ended, is not cancelled', own, async () => {
  const { json: { ref } } = await stack.api('acme', 'POST', '/contracts', { customer: 'K2000', name: 'Befristet', currency: 'EUR',
    start: '2026-11-01', recurrence: { every: 1, unit: 'month' }, term: { count: 12, unit: 'month' },
    items: [{ description: 'Anschluss', quantity: '1', unit_price: '10', vat_rate: '19' }] });
  await until('the contract', async () => (await contract(ref)).status === 'active');
  assert.ok(!links((await page(anna, '', ref)).text).includes(`/acme/contracts/${ref}/cancel`));
  assert.equal((await page(anna, '/cancel', ref)).status, 409);
});
