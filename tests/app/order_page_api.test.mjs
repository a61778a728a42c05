// An order page as forms of the merchant's own have it: by a public key, in pages of the
// sites that the merchant has listed.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';

import { visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { saveSettings, saveWords } from '../lib/settings.mjs';
import { startStack } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const SITE = 'https://www.merchant.example';
const stack = await startStack();
after(() => relay.stop());
const own = { skip: stack.skip };
const acme = stack.tenant('acme');

const owner = await stack.office('acme');
await saveWords(owner, 'signup', 'en', { term1: 'I accept the {tac}.', term2: 'You may withdraw.' });
await saveSettings(owner, 'signup', { signup_term1: 'required' });

const { items: variants } = (await stack.api('acme', 'GET', '/plan-variants?limit=100')).json;
const { items: all } = (await stack.api('acme', 'GET', '/components?limit=100')).json;
const idOf = (name) => all.find((one) => one.name === name).id;
const page = `/order-pages/${variants.find(({ external_id }) => external_id === 'GF1000-24').id}`;

const ask = (method, path, body, headers = {}, key = acme.public_key) => stack.api('acme', method, path, body,
  { Authorization: `Bearer ${key}`, ...headers });
const preview = (body, headers) => ask('POST', `${page}/preview?language=en`, body, headers);
const order = (body, key = randomUUID(), headers = {}) => ask('POST', `${page}/orders?language=en`, body, { 'Idempotency-Key': key, ...headers });
const person = () => ({ first_name: 'Rosa', last_name: 'Blum', email: `rosa-${randomUUID().slice(0, 8)}@orders.example`,
  street: 'Weg 1', postal_code: '20095', city: 'Hamburg', country: 'DE' });
const count = (table) => Number(stack.sql(`SELECT COUNT(*) AS n FROM ${table} WHERE tenant = 'acme'`)[0].n);
const wrong = ({ json }) => json.errors.map(({ pointer }) => pointer).sort();

// What is to be ticked, as the page says.
async function offer() {
  const { status, json, text } = await ask('GET', `${page}?language=en`);
  assert.equal(status, 200, text);
  return { ...json, accepted: json.terms.filter(({ required }) => required).map(({ position }) => ({ position })) };
}

test('B96, B97, B100, B102: what the page shows, in the reader\'s language, with what may be ordered and what is told', async () => {
  const shown = await offer();
  assert.equal(shown.name, 'Fibre 1000, 24 months');
  assert.deepEqual(shown.recurrence, { every: 1, unit: 'month' });
  assert.deepEqual(shown.term, { count: 24, unit: 'month' });
  assert.equal(shown.price, '50.34');
  const named = Object.fromEntries(shown.components.map((one) => [one.name, one]));
  assert.deepEqual([named['Fixed IP address'].orderable, named['Fixed IP address'].type, named['Fixed IP address'].price], [true, 'quantity', '4.5']);
  assert.deepEqual(named.Extensions.steps.map(({ up_to }) => up_to), ['5', '20', null]);
  assert.equal(named['Minutes to mobiles'].orderable, false);
  assert.deepEqual(shown.customer.filter(({ required }) => required).map(({ name }) => name),
    ['first_name', 'last_name', 'email', 'street', 'postal_code', 'city', 'country']);
  assert.deepEqual(shown.terms.map(({ words, required }) => [words, required]),
    [['I accept the terms and conditions.', true], ['You may withdraw.', false]]);
  assert.doesNotMatch(JSON.stringify(shown), /Filialnetz|Nebenstellen|external_id|version/, 'nothing that only staff see');
});

test('B92: of a variant that nobody may order there is nothing, as of one that is not there', async () => {
  const closed = variants.find(({ self_service }) => !self_service).id;
  for (const id of [closed, 'var_nothing', all[0].id]) {
    assert.equal((await ask('GET', `/order-pages/${id}`)).status, 404, id);
    assert.equal((await ask('POST', `/order-pages/${id}/preview`, {})).status, 404, id);
    assert.equal((await ask('POST', `/order-pages/${id}/orders`, { shown: 'x', customer: person() },
      { 'Idempotency-Key': randomUUID() })).status, 404, id);
  }
  assert.equal((await ask('GET', page, undefined, {}, stack.tenant('globex').public_key)).status, 404);
});

test('B100, B105: a wish is priced by the server, and what is wrong with it is named', async () => {
  const { status, json, text } = await preview({ components: [{ component: idOf('Feste IP-Adresse'), quantity: '2' }] });
  assert.equal(status, 200, text);
  assert.deepEqual(json.price.recurring.lines.map(({ description, quantity }) => [description, quantity]),
    [['Fibre 1000, 24 months', '1'], ['Fixed IP address', '2']]);
  assert.match(json.shown, /^[0-9a-f]{32}$/);
  const metered = await preview({ components: [{ component: idOf('Minuten ins Mobilnetz') }] });
  assert.equal(metered.status, 422);
  assert.deepEqual(wrong(metered), ['#/components/0/component']);
  assert.equal((await preview({ price: '1' })).status, 400, 'nobody says a price');
});

test('B106, B107, X11: an order is one, by what was shown, with its proof and its mail', own, async () => {
  const { accepted, terms } = await offer();
  const components = [{ component: idOf('Feste IP-Adresse'), quantity: '2' }];
  const { json: { shown } } = await preview({ components });
  const customer = person(), key = randomUUID(), url = `${SITE}/buy`;
  const answer = await order({ components, shown, customer, accepted, url }, key);
  assert.equal(answer.status, 201, answer.text);
  assert.deepEqual(Object.keys(answer.json).sort(), ['contract', 'customer', 'gross', 'id', 'net', 'payment_url', 'placed']);
  const again = await order({ components, shown, customer, accepted, url }, key);
  assert.deepEqual(again.json, answer.json);
  const { json: contract } = await stack.api('acme', 'GET', `/contracts/${answer.json.contract}`);
  assert.ok(contract.items.some(({ description, quantity }) => description === 'Fixed IP address' && quantity === '2'));
  const { json: proof } = await stack.api('acme', 'GET', `/orders/${answer.json.id}`);
  assert.deepEqual([proof.url, proof.language, proof.placed_by], [url, 'en', 'key:public']);
  assert.deepEqual(proof.terms.map(({ position, words }) => [position, words]), terms.map(({ position, words }) => [position, words]));
  const { json: made } = await stack.api('acme', 'GET', `/customers/${answer.json.customer}`);
  assert.deepEqual([made.email, made.city, made.language], [customer.email, 'Hamburg', 'en']);
  const mail = await relay.mailTo(customer.email);
  assert.match(mail.text, new RegExp(answer.json.contract));
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM orders WHERE id = '${answer.json.id}'`)[0].n, 1);
});

test('B30, B107: nothing is ordered without what is required, or by another summary', own, async () => {
  const { accepted } = await offer();
  const { json: { shown } } = await preview({});
  const before = [count('orders'), count('customer'), count('contract')];
  const lacking = await order({ shown, customer: { first_name: 'Rosa', email: 'nothing' }, accepted });
  assert.equal(lacking.status, 422);
  assert.ok(wrong(lacking).includes('#/customer/email'), lacking.text);
  const short = await order({ shown, customer: { first_name: 'Rosa', email: 'rosa@orders.example' }, accepted });
  assert.deepEqual(wrong(short), ['city', 'country', 'last_name', 'postal_code', 'street'].map((name) => `#/customer/${name}`));
  const unticked = await order({ shown, customer: person() });
  assert.deepEqual([unticked.status, wrong(unticked)], [422, ['#/accepted']]);
  const changed = await order({ shown, customer: person(), accepted, components: [{ component: idOf('Feste IP-Adresse') }] });
  assert.deepEqual([changed.status, changed.json.code], [409, 'order_changed']);
  const coupon = await order({ shown, customer: person(), accepted, coupon: 'NO-SUCH-CODE' });
  assert.deepEqual([coupon.status, wrong(coupon)], [422, ['#/coupon']]);
  const keyless = await ask('POST', `${page}/orders`, { shown, customer: person(), accepted });
  assert.deepEqual([keyless.status, keyless.json.code], [400, 'idempotency_missing']);
  assert.deepEqual([count('orders'), count('customer'), count('contract')], before);
});

test('a public key works in pages of listed sites alone, and browsers let these read the answer', own, async () => {
  const refused = await ask('GET', page, undefined, { Origin: SITE });
  assert.deepEqual([refused.status, refused.json.code], [403, 'api_origin']);
  assert.equal(refused.headers['access-control-allow-origin'], undefined);
  stack.pforte('tenant', 'frame', '--tenant', 'acme', '--ancestors', SITE);
  const allowed = await ask('GET', page, undefined, { Origin: SITE });
  assert.equal(allowed.status, 200);
  assert.equal(allowed.headers['access-control-allow-origin'], SITE);
  assert.match(allowed.headers.vary, /Origin/);
  for (const origin of ['https://www.mallory.example', 'null', `${SITE}.mallory.example`, SITE.toUpperCase()]) {
    const other = await order({ shown: 'x', customer: person() }, randomUUID(), { Origin: origin });
    assert.deepEqual([other.status, other.json.code], [403, 'api_origin'], origin);
    assert.equal(other.headers['access-control-allow-origin'], undefined);
  }
  const wrongs = await preview({ components: 'x' }, { Origin: SITE });
  assert.equal(wrongs.status, 400);
  assert.equal(wrongs.headers['access-control-allow-origin'], SITE, 'a page can read what is wrong');
  const secret = await ask('GET', '/customers', undefined, { Origin: SITE }, acme.api_key);
  assert.equal(secret.status, 200);
  assert.equal(secret.headers['access-control-allow-origin'], undefined, 'a secret key is for servers');
});

test('browsers may ask before they ask, for what a public key opens alone', async () => {
  const preflight = (path, method = 'POST', headers = {}) => stack.get(`/api/v1${path}`, { method: 'OPTIONS',
    headers: { Origin: SITE, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': 'authorization,content-type', ...headers } });
  for (const [path, method] of [[page, 'GET'], [`${page}/preview`, 'POST'], [`${page}/orders`, 'POST'], ['/tenant', 'GET']]) {
    const { status, headers } = await preflight(path, method);
    assert.equal(status, 204, path);
    assert.equal(headers['access-control-allow-origin'], SITE);
    assert.equal(headers['access-control-allow-methods'], method);
    assert.match(headers['access-control-allow-headers'], /Authorization.*Content-Type.*Idempotency-Key/);
    assert.equal(headers['access-control-allow-credentials'], undefined);
  }
  for (const path of ['/customers', '/orders', '/contracts']) {
    const { status, headers } = await preflight(path);
    assert.equal(status, 405, path);
    assert.equal(headers['access-control-allow-origin'], undefined);
  }
  assert.equal((await stack.get(`/api/v1${page}`, { method: 'OPTIONS' })).status, 405, 'who is no browser');
});

test('codes of coupons are tried so often and no oftener', own, async () => {
  let last;
  for (let i = 0; i < 40 && last?.status !== 429; i++) {
    last = await preview({ coupon: `GUESS-${i}` });
  }
  assert.equal(last.status, 429);
  assert.ok(Number(last.headers['retry-after']) > 0, visible(last.text));
});
