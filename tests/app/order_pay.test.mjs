// How an order is paid: the ways on the order page, the mandate that is given by ordering, and
// the card that is asked for afterwards.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, test } from 'node:test';

import { links, unescapeHtml, visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { saveSettings } from '../lib/settings.mjs';
import { startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack();
after(() => relay.stop());
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');
const api = (...args) => stack.api('acme', ...args);
const { items: variants } = (await api('GET', '/plan-variants?limit=100')).json;
const VARIANT = variants.find(({ external_id }) => external_id === 'GF1000-24').id;
const IBAN = 'DE89370400440532013000';

const person = () => ({ first_name: 'Rosa', last_name: 'Blum', email: `rosa-${randomBytes(4).toString('hex')}@pay.example`,
  street: 'Weg 1', postal_code: '20095', city: 'Hamburg', country: 'DE' });
const debit = { pay: 'direct_debit', account_holder: 'Rosa Blum', iban: 'de89 3704 0044 0532 0130 00' };
const open = (browser) => browser.get(`/acme/order/${VARIANT}?language=en`);
const send = (browser, page, fields, step = 'order') => browser.submit(page, { ...fields, step }, { action: /\/order\/var_/ });
const summary = (page) => visible(page.text.match(/<section[^>]*id="summary">[\s\S]*?<\/section>/)[0]);
const ways = (page) => [...page.text.matchAll(/<input type="radio" id="pay-(\w+)" name="pay"[^>]*?( checked)?>/g)].map(([, kind, checked]) => kind + (checked ?? ''));
const customerOf = (email) => stack.sql(`SELECT id, number FROM customer WHERE tenant = 'acme' AND email = '${email}'`);
const methods = (email) => stack.sql(`SELECT m.* FROM payment_method m JOIN customer c ON c.tenant = m.tenant AND c.id = m.customer WHERE c.email = '${email}'`);
const attempts = (email) => stack.sql(`SELECT t.* FROM payment_attempt t JOIN customer c ON c.tenant = t.tenant AND c.id = t.customer WHERE c.email = '${email}'`);
const set = async (changes) => assert.equal((await saveSettings(owner, 'billing', changes)).status, 303);

// An order by card as far as the sandbox.
async function atSandbox(browser, fields) {
  const placed = await send(browser, await open(browser), { ...fields, pay: 'card' });
  assert.equal(placed.status, 303, visible(placed.text));
  assert.match(placed.location, /\/payment\/leave\?/);
  const leave = await browser.get(`${placed.location}&language=en`);
  const url = unescapeHtml(leave.text.match(/content="0; url=([^"]+)"/)[1]).replace(stack.base, '');
  return { placed, leave, sandbox: await browser.get(url) };
}
async function back(browser, sandbox, fields) {
  const { location } = await browser.submit(sandbox, fields, { action: /_sandbox/ });
  const answer = await browser.get(location);
  assert.equal(answer.status, 303, visible(answer.text));
  assert.match(answer.location, /\/order\/var_\w+\/done/);
  return { location, done: await browser.get(`${answer.location}&language=en`) };
}

test('B38: the page offers what the merchant takes, on account first', own, async () => {
  const page = await open(stack.browser());
  assert.deepEqual(ways(page), ['on_account checked', 'direct_debit', 'card']);
  assert.match(visible(page.text.match(/<section[^>]*order-pay[\s\S]*?<\/section>/)[0]), /^Payment In advance: monthly How do you want to pay\?/);
  assert.doesNotMatch(page.text, /By ordering you give this mandate/);
  stack.sql("INSERT INTO setting (tenant, name, value, changed) VALUES ('acme', 'on_account', '0', 0)");
  assert.deepEqual(ways(await open(stack.browser())), ['direct_debit checked', 'card']);
  await set({ on_account: 'on', card_provider: 'none' });
  assert.deepEqual(ways(await open(stack.browser())), ['on_account checked', 'direct_debit']);
  await set({ card_provider: 'sandbox' });
});

test('B38: ordered on account nothing is given and nobody is sent anywhere', own, async () => {
  const browser = stack.browser();
  const fields = person();
  const answer = await send(browser, await open(browser), fields);
  assert.match(answer.location, /\/done\?flow=/);
  assert.deepEqual([methods(fields.email), attempts(fields.email)], [[], []]);
  assert.equal((await send(stack.browser(), await open(stack.browser()), { ...person(), pay: 'on_account' })).status, 403, 'a form is its browser’s');
});

test('B38: a mandate is shown before the button, and given by ordering', own, async () => {
  const browser = stack.browser();
  const fields = { ...person(), ...debit };
  const unseen = await send(browser, await open(browser), fields);
  assert.equal(unseen.status, 409, 'it was not shown yet');
  assert.deepEqual(customerOf(fields.email), []);
  for (const words of ['By ordering you give this mandate', 'Creditor identifier: DE98ZZZ09999999999', 'IBAN: DE89 3704 0044 0532 0130 00', 'Account holder: Rosa Blum',
    'Address of the customer: Weg 1, 20095 Hamburg, DE', 'A refund must be claimed within eight weeks']) {
    assert.ok(summary(unseen).includes(words), `${words} in ${summary(unseen)}`);
  }
  const [, reference] = summary(unseen).match(/Mandate reference: (MD-[\dA-F]{4}-[\dA-F]{4}-[\dA-F]{4})/);
  const answer = await send(browser, unseen, fields);
  assert.equal(answer.status, 303, visible(answer.text));
  const again = await send(browser, unseen, fields);
  assert.equal(again.status, 303);
  const [row, ...others] = methods(fields.email);
  assert.deepEqual(others, []);
  assert.deepEqual([row.kind, row.status, row.last4, row.reference, row.holder, row.given_by], ['direct_debit', 'active', '3000', reference, 'Rosa Blum', 'nobody']);
  assert.ok(row.words.includes('IBAN: {iban}\n') && row.words.includes(reference) && row.url.endsWith(`/order/${VARIANT}`));
  const mail = await until('the debtor’s copy', () => relay.to(fields.email).find(({ headers }) => /mandate/.test(headers.subject)));
  assert.ok(mail.text.includes(reference) && mail.text.includes('DE… 3000') && !mail.raw.includes('370400440532'));
});

test('B38: another account than the one that was shown is shown once more', own, async () => {
  const browser = stack.browser();
  const fields = { ...person(), ...debit };
  const shown = await send(browser, await open(browser), fields, 'preview');
  assert.equal(shown.status, 200);
  for (const change of [{ iban: 'AT611904300234573201' }, { account_holder: 'Anna' }, { city: 'Bremen' }]) {
    const answer = await send(browser, shown, { ...fields, ...change });
    assert.equal(answer.status, 409, JSON.stringify(change));
  }
  for (const [change, control] of [[{ iban: 'DE00370400440532013000' }, 'iban'], [{ iban: '' }, 'iban'], [{ account_holder: '' }, 'account_holder'], [{ pay: 'bitcoin' }, null]]) {
    const answer = await send(browser, shown, { ...fields, ...change });
    assert.equal(answer.status, 422, JSON.stringify(change));
    assert.ok(!control || answer.text.includes(`href="#field-${control}"`), control);
  }
  assert.deepEqual(customerOf(fields.email), []);
  assert.equal((await send(browser, shown, fields)).status, 303);
});

test('B38: by card the order is placed, then the provider asks, then the page says both', own, async () => {
  const browser = stack.browser();
  const fields = person();
  const { leave, sandbox, placed } = await atSandbox(browser, fields);
  assert.match(visible(leave.text), /To the payment provider/);
  assert.equal(customerOf(fields.email).length, 1, 'the order stands');
  const { done } = await back(browser, sandbox, { card: 'visa', step: 'save' });
  assert.match(visible(done.text), /Thank you for your order.*Your card is there: you pay by it from now on.*VT-/);
  assert.deepEqual(methods(fields.email).map(({ kind, status, last4 }) => [kind, status, last4]), [['card', 'active', '4242']]);
  assert.match((await until('the mail of the card', () => relay.to(fields.email).find(({ headers }) => /by card/.test(headers.subject)))).text, /Visa … 4242/);
  assert.match((await browser.get(placed.location)).location, /\/done\?attempt=/, 'whoever goes back is not led there again');
});

test('B38: sent twice, or by going back, it is one order and one card', own, async () => {
  const browser = stack.browser();
  const fields = { ...person(), pay: 'card' };
  const page = await open(browser);
  const [first, second] = await Promise.all([send(browser, page, fields), send(browser, page, fields)]);
  assert.deepEqual([first.status, second.status], [303, 303]);
  assert.equal(attempts(fields.email).length, 1);
  const leave = await browser.get(first.location);
  const sandbox = await browser.get(unescapeHtml(leave.text.match(/content="0; url=([^"]+)"/)[1]).replace(stack.base, ''));
  await back(browser, sandbox, { card: 'visa', step: 'save' });
  assert.match((await send(browser, page, fields)).location, /\/done\?flow=/, 'the same page once more');
  assert.deepEqual([customerOf(fields.email).length, methods(fields.email).length], [1, 1]);
});

test('B38: who leaves the provider has ordered on account, and is told so', own, async () => {
  const browser = stack.browser();
  const fields = person();
  const { leave, sandbox } = await atSandbox(browser, fields);
  const without = await browser.get(`${unescapeHtml(leave.text.match(/href="([^"]+)">Go on without a card/)[1])}&language=en`);
  assert.match(visible(without.text), /We are waiting for your card.*Your order stands. Until a card is there you pay on account/);
  assert.ok(links(without.text).includes('/acme/payment'));
  const { done } = await back(browser, sandbox, { card: 'refused', step: 'save' });
  assert.match(visible(done.text), /Your bank declined the card.*Your order stands/);
  assert.deepEqual(methods(fields.email), []);
});

test('B38: where the merchant has a page that follows, it comes at once only when nothing waits', own, async () => {
  await saveSettings(owner, 'signup', { signup_success_url: 'https://shop.example/done' });
  const browser = stack.browser();
  const { sandbox } = await atSandbox(browser, person());
  const left = (await back(browser, sandbox, { step: 'cancel' })).done;
  assert.ok(!left.text.includes('http-equiv="refresh"') && links(left.text).some((url) => url.startsWith('https://shop.example/done')));
  const other = stack.browser();
  const paid = (await back(other, (await atSandbox(other, person())).sandbox, { card: 'visa', step: 'save' })).done;
  assert.match(paid.text, /http-equiv="refresh" content="0; url=https:\/\/shop\.example/);
  await saveSettings(owner, 'signup', { signup_success_url: '' });
});

test('B38: an account that is there pays as it does', own, async () => {
  const anna = await stack.signedIn('acme', 'anna', { customer: 'K2000' });
  await api('POST', '/customers/K2000/payment-method', { iban: IBAN, account_holder: 'Anna', mandate_reference: randomUUID().slice(0, 20), signed_on: '2026-01-15' });
  const page = await open(anna);
  assert.deepEqual(ways(page), []);
  assert.match(visible(page.text), /You pay as until now: Way of payment Direct debit \(SEPA\)/);
  const before = stack.sql("SELECT COUNT(*) AS n FROM payment_attempt")[0].n;
  assert.match((await send(anna, page, { pay: 'card' })).location, /\/done/);
  assert.equal(stack.sql("SELECT COUNT(*) AS n FROM payment_attempt")[0].n, before, 'whatever is sent');
});

test('B38: forms of the merchant’s own have the ways, and where the card is asked for', own, async () => {
  const { json: offer } = await api('GET', `/order-pages/${VARIANT}?language=en`);
  assert.deepEqual(offer.payment, [{ kind: 'on_account', label: 'On account, by transfer' }, { kind: 'card', label: 'Card' }]);
  const { shown } = (await api('POST', `/order-pages/${VARIANT}/preview`, {})).json;
  const order = (more) => api('POST', `/order-pages/${VARIANT}/orders`, { shown, customer: person(), ...more }, { 'Idempotency-Key': randomUUID() });
  const plain = await order({});
  assert.deepEqual([plain.status, plain.json.payment_url], [201, null], plain.text);
  const { status, json } = await order({ payment: 'card' });
  assert.equal(status, 201);
  const browser = stack.browser();
  const sandbox = await browser.get(json.payment_url.replace(stack.base, ''));
  assert.equal(sandbox.status, 200);
  const { location } = await browser.submit(sandbox, { card: 'visa', step: 'save' }, { action: /_sandbox/ });
  assert.match(visible((await browser.get(`${location}&language=en`)).text), /Your card is there/);
  assert.equal((await api('GET', `/customers/${json.customer}/payment-method`)).json.kind, 'card');
  assert.equal((await order({ payment: 'direct_debit' })).status, 422);
});

test('B38: forms of the merchant’s own that name no way order by one that is offered, or not at all', own, async () => {
  const { shown } = (await api('POST', `/order-pages/${VARIANT}/preview`, {})).json;
  const order = (more) => api('POST', `/order-pages/${VARIANT}/orders`, { shown, customer: person(), ...more }, { 'Idempotency-Key': randomUUID() });
  await set({ on_account: '' });
  const { json: offer } = await api('GET', `/order-pages/${VARIANT}`);
  assert.deepEqual(offer.payment.map(({ kind }) => kind), ['card']);
  const card = await order({});
  assert.equal(card.status, 201, card.text);
  assert.match(card.json.payment_url, /\/_sandbox\/pat_/);
  assert.equal((await order({ payment: 'on_account' })).status, 422);
  await set({ card_provider: 'none' });
  const none = await order({});
  assert.deepEqual([none.status, none.json.errors?.map(({ pointer, code }) => [pointer, code])], [422, [['#/payment', 'value_missing']]], none.text);
  await set({ on_account: 'on', card_provider: 'sandbox' });
  assert.equal((await order({})).json.payment_url, null);
});
