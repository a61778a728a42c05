// Paying by card: to a payment provider and back, and what its webhook tells, in every
// order. The provider is the sandbox, which the stack plays itself.
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { links, unescapeHtml, visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { saveSettings } from '../lib/settings.mjs';
import { startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack({ clock: true });
after(() => relay.stop());
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');
const password = 'copper-window-orchard-8';

const rows = (number) => stack.sql(`SELECT m.* FROM payment_method m JOIN customer c ON c.tenant = m.tenant AND c.id = m.customer
  WHERE m.tenant = 'acme' AND c.number = '${number}' ORDER BY m.given, m.id`);
const attempts = (number) => stack.sql(`SELECT t.* FROM payment_attempt t JOIN customer c ON c.tenant = t.tenant AND c.id = t.customer
  WHERE t.tenant = 'acme' AND c.number = '${number}' ORDER BY t.created, t.id`);
const stateOf = (id) => stack.sql(`SELECT state FROM payment_attempt WHERE id = '${id}'`)[0].state;
const forgotten = (id) => Number(stack.sql(`SELECT COUNT(*) AS n FROM job WHERE kind = 'card_forget' AND arguments LIKE '%"${id}"%'`)[0].n);
const facts = (page) => Object.fromEntries([...page.text.matchAll(/<dt>([^<]*)<\/dt>\s*<dd><bdi>([^<]*)<\/bdi>/g)]
  .map(([, label, text]) => [unescapeHtml(label), unescapeHtml(text)]));
const notice = (page) => visible(page.text.match(/<div class="notice"[\s\S]*?<\/div>/)?.[0] ?? '');

async function somebody() {
  const email = `${randomUUID().slice(0, 12)}@cards.example`;
  const customer = await stack.api('acme', 'POST', '/customers', { company_name: 'Kranz & Söhne', email, street: 'Deichweg 4',
    postal_code: '26382', city: 'Wilhelmshaven', country: 'DE' });
  const { number } = customer.json;
  const username = email.split('@')[0];
  const made = await stack.api('acme', 'POST', '/user-logins', { customer: number, email, username, password, must_change: false, send_mail: false });
  assert.equal(made.status, 201, made.text);
  const browser = stack.browser();
  assert.equal((await browser.signIn('acme', username, password)).status, 303);
  return { browser, number, email, username };
}

// To the sandbox's page: the attempt, where it leads, and the page.
async function begun({ browser }) {
  const asked = await browser.submit(await browser.get('/acme/payment/card?language=en'), { password }, { action: /payment\/card$/ });
  assert.equal(asked.status, 303, visible(asked.text));
  const leave = await browser.get(`${asked.location}&language=en`);
  const [, url] = leave.text.match(/http-equiv="refresh" content="0; url=([^"]+)"/);
  const path = unescapeHtml(url).replace(stack.base, '');
  const sandbox = await browser.get(path);
  assert.equal(sandbox.status, 200, sandbox.text);
  return { id: path.match(/_sandbox\/(pat_\w+)/)[1], asked, leave, path, sandbox };
}
// What the sandbox answers: the way back.
async function chosen(who, { sandbox }, card = 'visa', step = 'save') {
  const answer = await who.browser.submit(sandbox, { card, step }, { action: /_sandbox/ });
  assert.equal(answer.status, 303, visible(answer.text));
  return answer.location;
}
async function returned(who, location) {
  const answer = await who.browser.get(location);
  assert.equal(answer.status, 303, visible(answer.text));
  return who.browser.get(`${answer.location}&language=en`);
}
const ended = (id) => until('the webhook', () => !['open', 'pending'].includes(stateOf(id)));

// A webhook of our own, signed as the sandbox does (Standard Webhooks 1.0).
const secret = stack.own ? readFileSync(join(stack.state, 'pforte.conf'), 'utf8').match(/^sandbox_provider = "(.*)"/m)[1] : '';
const keyOf = (tenant) => createHmac('sha256', secret).update(tenant).digest();
const card = (more) => ({ token: `sbx_${randomUUID()}`, brand: 'Visa', last4: '4242', valid_until: '2031-05', ...more });
function tell(attempt, { state = 'approved', event = `evt_${randomUUID()}`, at = stack.now(), key = keyOf('acme'), tenant = 'acme',
  body = JSON.stringify({ attempt, state, card: card() }), signature, provider = 'sandbox' } = {}) {
  const mac = createHmac('sha256', key).update(`${event}.${at}.${body}`).digest('base64');
  return stack.get(`/api/webhooks/${provider}/${tenant}`, { method: 'POST', body,
    headers: { 'Content-Type': 'application/json', 'webhook-id': event, 'webhook-timestamp': String(at), 'webhook-signature': signature ?? `v1,${mac}` } });
}

test('B5, B69: a card is named at the provider, and what is kept of it is no number', own, async () => {
  const who = await somebody();
  const way = await begun(who);
  assert.match(visible(way.leave.text), /Go on without a card/);
  const page = await returned(who, await chosen(who, way));
  assert.equal(notice(page), 'Your card is there: you pay by it from now on.');
  const there = facts(page);
  assert.deepEqual([there['Way of payment'], there.Card], ['Card', 'Visa … 4242']);
  await until('the webhook as well', () => stack.sql(`SELECT COUNT(*) AS n FROM provider_event WHERE id LIKE 'evt_${way.id}%'`)[0].n > 0);
  const [row, ...others] = rows(who.number);
  assert.deepEqual(others, [], 'both told of it, and it is one');
  assert.deepEqual([row.kind, row.status, row.provider, row.brand, row.last4, row.holder, row.iban], ['card', 'active', 'sandbox', 'Visa', '4242', '', '']);
  assert.ok(row.token.length > 60 && !row.token.includes('sbx_'), 'the provider’s name for it is sealed');
  assert.match(row.valid_until, /^20\d\d-\d\d$/);
  const { json } = await stack.api('acme', 'GET', `/customers/${who.number}/payment-method`);
  assert.deepEqual([json.kind, json.brand, json.last4, json.valid_until, json.provider, json.iban, json.account_holder],
    ['card', 'Visa', '4242', row.valid_until, 'sandbox', null, null]);
  const mail = await relay.mailTo(who.email);
  assert.match(mail.headers.subject, /is paid by card from now on/);
  assert.ok(mail.text.includes('Visa … 4242'), mail.text);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM mail WHERE recipient = '${who.email}' AND event = 'card_added'`)[0].n, 1);
  const trail = stack.sql(`SELECT actor, action FROM audit WHERE object IN ('${way.id}', '${row.id}') AND action <> 'sandbox.chosen' ORDER BY id`);
  assert.deepEqual(trail.map(({ action }) => action), ['payment_attempt.begun', 'payment_method.set', 'payment_attempt.approved']);
  assert.match(trail[0].actor, /^user:/);
  assert.equal(trail[1].actor, 'provider:sandbox');
});

test('B5: whoever names a card proves by the password that it is them, and guesses no faster', own, async () => {
  const who = await somebody();
  const page = await who.browser.get('/acme/payment/card');
  const answers = [];
  for (let i = 0; i < 6; i++) {
    answers.push((await who.browser.submit(page, { password: 'not-my-password-at-all' }, { action: /card$/ })).status);
  }
  assert.deepEqual(answers, [422, 422, 422, 422, 422, 429]);
  assert.deepEqual(attempts(who.number), []);
});

test('B5: the webhook comes first, then the browser', own, async () => {
  const who = await somebody();
  const way = await begun(who);
  const location = await chosen(who, way);
  await ended(way.id);
  assert.equal(rows(who.number).length, 1);
  assert.match(notice(await returned(who, location)), /Your card is there/);
  assert.equal(rows(who.number).length, 1);
});

test('B5: the browser comes first and twice, the webhook late', own, async () => {
  const who = await somebody();
  await stack.withoutJobs(async () => {
    const way = await begun(who);
    const location = await chosen(who, way);
    assert.match(notice(await returned(who, location)), /Your card is there/);
    assert.match(notice(await returned(who, location)), /Your card is there/);
    assert.equal((await tell(way.id)).status, 204);
    assert.equal((await tell(way.id)).status, 204);
  });
  assert.equal(rows(who.number).length, 1);
});

test('B5: browsers and webhooks at once make one card', own, async () => {
  const who = await somebody();
  const way = await begun(who);
  const location = await chosen(who, way);
  const answers = await Promise.all([...Array.from({ length: 3 }, () => who.browser.get(location)), ...Array.from({ length: 3 }, () => tell(way.id))]);
  assert.deepEqual(answers.map(({ status }) => status), [303, 303, 303, 204, 204, 204]);
  assert.equal(rows(who.number).length, 1);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM mail WHERE recipient = '${who.email}' AND event = 'card_added'`)[0].n, 1);
});

test('B5: a bank that confirms later is waited for, and the page says so', own, async () => {
  const who = await somebody();
  let way;
  await stack.withoutJobs(async () => {
    way = await begun(who);
    const location = await chosen(who, way, 'slow');
    assert.match(notice(await returned(who, location)), /We are waiting for your bank.*You get an e-mail once it has, or if it declines it/);
    assert.deepEqual(rows(who.number), []);
  });
  await ended(way.id);
  assert.deepEqual(rows(who.number).map(({ brand, last4 }) => `${brand} ${last4}`), ['Mastercard 5555']);
  assert.match((await relay.mailTo(who.email)).text, /Mastercard … 5555/);
});

test('B5: whoever was told to wait for a bank is told by mail if there is no card after all', own, async () => {
  const mails = (who) => relay.to(who.email).filter(({ headers }) => /is not used/.test(headers.subject));
  const told = async (after, words, state) => {
    const who = await somebody();
    const { id } = await begun(who);
    assert.equal((await tell(id, { state: 'pending' })).status, 204);
    await after(who, id);
    const answers = await Promise.all([tell(id, { state }), tell(id, { state })]);
    assert.deepEqual(answers.map(({ status }) => status), [204, 204]);
    const [mail] = await until('the mail', () => mails(who).length > 0 && mails(who));
    assert.ok(mail.headers.subject.includes(who.number));
    assert.match(mail.text, words);
    assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM mail WHERE recipient = '${who.email}' AND event LIKE 'card_%'`)[0].n, 1);
    return who;
  };
  await told(() => {}, /Your bank declined the card/, 'declined');
  await told((who, id) => stack.sql(`UPDATE payment_attempt SET expires = 1 WHERE id = '${id}'`), /told us of no card in time/, 'approved');
  const other = await told((who) => stack.api('acme', 'POST', `/customers/${who.number}/payment-method`,
    { iban: 'DE89370400440532013000', account_holder: 'Kranz', mandate_reference: randomUUID().slice(0, 20), signed_on: '2026-01-15' }),
  /Another way of payment was chosen meanwhile/, 'approved');
  assert.deepEqual(rows(other.number).map(({ kind }) => kind), ['direct_debit']);
  const seen = await somebody();
  assert.equal((await tell((await begun(seen)).id, { state: 'declined' })).status, 204);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM mail WHERE recipient = '${seen.email}' AND event = 'card_refused'`)[0].n, 0, 'the page has told it');
});

test('B5: declined, left, or never come back: nothing is changed, and each is said as it is', own, async () => {
  const who = await somebody();
  const refused = await begun(who);
  assert.match(notice(await returned(who, await chosen(who, refused, 'refused'))), /Your bank declined the card/);
  const declined = await begun(who);
  assert.match(notice(await returned(who, await chosen(who, declined, 'visa', 'decline'))), /declined/);
  const left = await begun(who);
  assert.match(notice(await returned(who, await chosen(who, left, 'visa', 'cancel'))), /You left the payment provider/);
  const gone = await begun(who);
  const waiting = await who.browser.get(unescapeHtml(gone.leave.text.match(/href="([^"]+)">Go on without a card/)[1]));
  assert.match(notice(waiting), /We are waiting for your card/);
  assert.ok(links(waiting.text).some((url) => url.includes('/payment/leave')), 'one can still go there');
  assert.deepEqual(rows(who.number), []);
  for (const way of [refused, declined, left]) {
    await ended(way.id);
  }
  assert.equal(attempts(who.number).length, 4);
  assert.deepEqual([refused, declined, left, gone].map(({ id }) => stateOf(id)), ['declined', 'declined', 'cancelled', 'open']);
});

test('B5: whoever goes back and approves after all has ended that attempt: the provider forgets the card', own, async () => {
  const who = await somebody();
  const way = await begun(who);
  await chosen(who, way, 'visa', 'cancel');
  await ended(way.id);
  const location = await chosen(who, way, 'visa');
  assert.match(notice(await returned(who, location)), /You left the payment provider/);
  assert.deepEqual(rows(who.number), []);
  await until('its job', () => stack.sql(`SELECT COUNT(*) AS n FROM job WHERE kind = 'card_forget' AND state = 'done' AND arguments LIKE '%${way.id}%'`)[0].n > 0);
});

test('B5: a second card of the same attempt is forgotten, the one that is paid by is not', own, async () => {
  const who = await somebody();
  const { id } = await begun(who);
  const sent = (token) => tell(id, { body: JSON.stringify({ attempt: id, state: 'approved', card: card({ token }) }) });
  const first = `sbx_${randomUUID()}`;
  for (const token of [first, first]) {
    assert.equal((await sent(token)).status, 204);
  }
  assert.equal(forgotten(id), 0, 'told twice of the same');
  assert.equal((await sent(`sbx_${randomUUID()}`)).status, 204);
  assert.equal(forgotten(id), 1);
  assert.deepEqual(rows(who.number).map(({ status, token }) => [status, token !== '']), [['active', true]]);
});

test('B5: approved and left at once: there is the card, or the provider forgets it', own, async () => {
  const who = await somebody();
  const { id } = await begun(who);
  const ids = Array.from({ length: 8 }, (_, i) => `${id}_${i}`);
  for (const one of ids) {
    stack.sql(`INSERT INTO payment_attempt SELECT tenant, '${one}', provider, customer, user_id, orders, next, language, before, state, method,
      created, created_by, expires, ended FROM payment_attempt WHERE id = '${id}'`);
  }
  for (const one of ids) {
    const answers = await Promise.all([tell(one, { state: 'cancelled' }), tell(one), tell(one, { state: 'cancelled' })]);
    assert.deepEqual(answers.map(({ status }) => status), [204, 204, 204]);
    const [{ method }] = stack.sql(`SELECT method FROM payment_attempt WHERE id = '${one}'`);
    assert.equal(forgotten(one), method ? 0 : 1, stateOf(one));
  }
});

test('B5: the same form sent twice is one attempt, until that is over', own, async () => {
  const who = await somebody();
  const page = await who.browser.get('/acme/payment/card');
  const send = () => who.browser.submit(page, { password }, { action: /payment\/card$/ });
  const answers = await Promise.all([send(), send(), send()]);
  assert.deepEqual(answers.map(({ status }) => status), [303, 303, 303]);
  const [{ id }, ...others] = attempts(who.number);
  assert.deepEqual(others, []);
  assert.match((await who.browser.get(answers[2].location)).text, new RegExp(`_sandbox/${id}`));
  assert.equal((await tell(id, { state: 'declined' })).status, 204);
  assert.match((await who.browser.get((await send()).location)).text, /_sandbox\/pat_/, 'whoever goes back can try another card');
  assert.equal(attempts(who.number).length, 2);
});

test('B5: what is not signed by the provider changes nothing', own, async () => {
  const who = await somebody();
  const way = await begun(who);
  const forged = { key: Buffer.alloc(32) };
  for (const [answer, status] of [[await tell(way.id, forged), 401], [await tell(way.id, { signature: '' }), 401], [await tell(way.id, { signature: 'v1,AAAA v2,' }), 401],
    [await tell(way.id, { at: stack.now() - 301 }), 410], [await tell(way.id, { at: stack.now() + 301 }), 410], [await tell(way.id, { key: keyOf('globex') }), 401],
    [await tell(way.id, { tenant: 'globex', key: keyOf('globex') }), 404], [await tell(way.id, { tenant: 'nobody' }), 404], [await tell(way.id, { provider: 'stripe' }), 404],
    [await tell('pat_unknown'), 404], [await tell(way.id, { body: '{' }), 400], [await tell(way.id, { body: JSON.stringify({ attempt: way.id, state: 'paid' }) }), 400],
    [await tell(way.id, { body: `{"attempt":"${way.id}","state":"approved","state":"declined"}` }), 400], [await tell(way.id, { body: 'x'.repeat(70_000) }), 413],
    [await stack.get('/api/webhooks/sandbox/acme'), 405]]) {
    assert.equal(answer.status, status, answer.text);
  }
  const location = await chosen(who, { sandbox: (await begun(who)).sandbox }, 'refused');
  for (const [from, to] of [['state=declined', 'state=approved'], ['card=refused', 'card=visa'], [/signature=v1/, 'signature=v2'], [/&at=\d+/, '&at=1'], [/pat_\w+/, way.id]]) {
    const url = location.replace(from, to);
    assert.notEqual(url, location);
    assert.equal((await who.browser.get(url)).status, 401, url);
  }
  assert.equal((await who.browser.get(location.replace('/acme/', '/globex/'))).status, 404);
  assert.equal((await who.browser.get(`${location}&note=4242+4242-4242+4242`)).status, 422, 'nor a number of a card');
  assert.equal((await stack.browser().get(way.path.replace(/signature=[^&]*/, 'signature=v1'))).status, 404, 'nor is the sandbox asked');
  for (const at of ['9223372036854775807', '-9223372036854775808', `1${'0'.repeat(30)}`]) {
    assert.equal((await stack.browser().get(way.path.replace(/at=\d+/, `at=${at}`))).status, 404, at);
  }
  assert.equal(stateOf(way.id), 'open');
  assert.deepEqual(rows(who.number), []);
});

test('B5: a number of a card is refused, wherever it stands', own, async () => {
  const who = await somebody();
  const { id } = await begun(who);
  const sent = (more, wide = {}) => tell(id, { body: JSON.stringify({ attempt: id, state: 'approved', card: card(more), ...wide }) });
  for (const answer of [await sent({ number: '4242424242424242' }), await sent({ token: '4242 4242 4242 4242' }), await sent({}, { raw: { pan: [4242424242424242] } }),
    await sent({ last4: '42424' }), await sent({ last4: 'abcd' }), await sent({ brand: '' }), await sent({ brand: 'x'.repeat(31) }), await sent({ valid_until: '2031-13' }),
    await sent({ valid_until: '05/31' }), await sent({ token: 'x'.repeat(201) }), await sent({ brand: 'Ω' }), await sent({ token: undefined })]) {
    assert.equal(answer.status, 422, answer.text);
    assert.equal(answer.json.code, 'provider_number');
  }
  assert.deepEqual(rows(who.number), []);
  assert.equal((await sent({ holder: 'Anna Kranz' })).status, 204);
  assert.doesNotMatch(JSON.stringify([rows(who.number), attempts(who.number)]), /Anna|4242424242/);
});

test('B5: an event is taken once, whatever it says the second time', own, async () => {
  const who = await somebody();
  const way = await begun(who);
  const event = `evt_${randomUUID()}`;
  assert.equal((await tell(way.id, { event, state: 'pending' })).status, 204);
  assert.equal((await tell(way.id, { event })).status, 204);
  assert.equal(stateOf(way.id), 'pending');
  assert.equal((await tell(way.id)).status, 204);
  assert.equal(stateOf(way.id), 'approved');
  assert.equal((await tell(way.id, { state: 'declined' })).status, 204);
  assert.equal(stateOf(way.id), 'approved', 'what has ended stays so');
});

test('B5: an attempt that is too old is over, and so is a way back', own, async () => {
  const who = await somebody();
  const way = await begun(who);
  await stack.withoutJobs(async () => {
    const location = await chosen(who, way);
    stack.sql(`UPDATE payment_attempt SET expires = 1 WHERE id = '${way.id}'`);
    assert.match(notice(await returned(who, location)), /told us of no card in time/);
  });
  assert.equal(stateOf(way.id), 'late');
  assert.deepEqual(rows(who.number), []);
});

test('B5: a card that comes after another way was chosen is not used', own, async () => {
  const who = await somebody();
  const way = await begun(who);
  const mandate = await stack.api('acme', 'POST', `/customers/${who.number}/payment-method`,
    { iban: 'DE89370400440532013000', account_holder: 'Kranz', mandate_reference: randomUUID().slice(0, 20), signed_on: '2026-01-15' });
  assert.equal(mandate.status, 201, mandate.text);
  assert.match(notice(await returned(who, await chosen(who, way))), /Another way of payment was chosen meanwhile/);
  assert.deepEqual(rows(who.number).map(({ kind, status }) => [kind, status]), [['direct_debit', 'active']]);
});

test('B5: another card takes the place of the first, which the provider forgets', own, async () => {
  const who = await somebody();
  for (const name of ['visa', 'old']) {
    await returned(who, await chosen(who, await begun(who), name));
  }
  assert.deepEqual(rows(who.number).map(({ last4, status }) => [last4, status]), [['4242', 'replaced'], ['1111', 'active']]);
  await until('it is forgotten', () => rows(who.number)[0].token === '');
  assert.notEqual(rows(who.number)[1].token, '');
  const page = await who.browser.get('/acme/payment?language=en');
  assert.match(visible(page.text), /Your card is valid until .* Please add another one before/);
  stack.sql(`UPDATE payment_method SET valid_until = '2020-01' WHERE tenant = 'acme' AND id = '${rows(who.number)[1].id}'`);
  assert.match(visible((await who.browser.get('/acme/payment?language=en')).text), /Your card was valid until January 31, 2020|31 January 2020/);
});

test('B5: a card is removed with the password, told by mail, and stays away', own, async () => {
  const who = await somebody();
  const way = await begun(who);
  const location = await chosen(who, way);
  await returned(who, location);
  const page = await who.browser.get('/acme/payment/remove?language=en');
  assert.match(visible(page.text), /The payment provider forgets the card/);
  assert.equal((await who.browser.submit(page, { password: 'not-my-password-at-all' }, { action: /remove$/ })).status, 422);
  assert.equal((await who.browser.submit(page, { password }, { action: /remove$/ })).location, '/acme/payment?saved=1');
  const mail = await until('its mail', () => relay.to(who.email).find((one) => /transfer/.test(one.headers.subject)));
  assert.ok(mail.text.includes('Visa … 4242') && mail.text.includes(who.username), mail.text);
  await until('it is forgotten', () => rows(who.number)[0].token === '');
  assert.equal((await tell(way.id)).status, 204);
  await who.browser.get(location);
  assert.deepEqual(rows(who.number).map(({ status }) => status), ['removed']);
  assert.equal((await stack.api('acme', 'GET', `/customers/${who.number}/payment-method`)).json.kind, 'on_account');
});

test('B5: programs take a card away, too', own, async () => {
  const who = await somebody();
  await returned(who, await chosen(who, await begun(who)));
  assert.equal((await stack.api('acme', 'DELETE', `/customers/${who.number}/payment-method`)).status, 204);
  await until('it is forgotten', () => rows(who.number)[0].token === '');
});

test('B5: in another browser the way back says how it went, and nothing else', own, async () => {
  const who = await somebody();
  const location = await chosen(who, await begun(who));
  const stranger = await stack.browser().get(`${location}&language=en`);
  assert.equal(stranger.status, 200);
  assert.match(visible(stranger.text), /Your card is there/);
  assert.ok(!stranger.text.includes(who.number) && !stranger.text.includes('4242'), stranger.text);
  const other = await somebody();
  const foreign = await other.browser.get(unescapeHtml(location));
  assert.equal(foreign.status, 200);
  assert.equal((await stack.browser().get((await begun(who)).asked.location)).status, 403, 'nor is anybody else led there');
});

test('B5: who may not change how is paid names no card; nor does anybody where none is taken', own, async () => {
  const who = await somebody();
  const page = await who.browser.get('/acme/payment/card');
  assert.equal((await saveSettings(owner, 'billing', { card_provider: 'none' })).status, 303);
  assert.ok(!links((await who.browser.get('/acme/payment')).text).includes('/acme/payment/card'));
  assert.equal((await who.browser.get('/acme/payment/card')).status, 409);
  assert.equal((await who.browser.submit(page, { password }, { action: /card$/ })).status, 409);
  await saveSettings(owner, 'billing', { card_provider: 'sandbox' });
  assert.equal((await who.browser.get('/acme/payment/card')).status, 200);
});

test('B5: a token outlives the keys of the ring, and attempts are forgotten', own, async () => {
  const who = await somebody();
  const way = await begun(who);
  await returned(who, await chosen(who, way));
  const [{ token }] = rows(who.number);
  stack.moveTime(25 * 3600);
  await until('another seal', () => rows(who.number)[0].token !== token);
  stack.moveTime(31 * 86400);
  await until('no attempt', () => attempts(who.number).length === 0);
  assert.equal(rows(who.number)[0].status, 'active');
});
