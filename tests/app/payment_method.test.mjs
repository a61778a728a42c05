// How a customer pays: a mandate for direct debits, given in the portal or recorded by
// the API, and the way back to paying on account.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { forms, links, unescapeHtml, visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { sleep, startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack({ clock: true });
after(() => relay.stop());
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');

const IBAN = 'DE89370400440532013000';
const OTHER = 'AT611904300234573201';
const password = 'copper-window-orchard-8';

const facts = (page) => Object.fromEntries([...page.text.matchAll(/<dt>([^<]*)<\/dt>\s*<dd><bdi>([^<]*)<\/bdi>/g)]
  .map(([, label, text]) => [unescapeHtml(label), unescapeHtml(text)]));
const rows = (customer) => stack.sql(`SELECT m.* FROM payment_method m JOIN customer c ON c.tenant = m.tenant AND c.id = m.customer
  WHERE m.tenant = 'acme' AND c.number = '${customer}' ORDER BY m.given, m.id`);
const trail = () => stack.sql("SELECT actor, action, object, before, after FROM audit WHERE action LIKE 'payment_method.%' AND action <> 'payment_method.asked' ORDER BY id DESC LIMIT 1")[0];

// A customer, and its owner who has signed in.
async function somebody() {
  const email = `${randomUUID().slice(0, 12)}@payer.example`;
  const customer = await stack.api('acme', 'POST', '/customers', { company_name: 'Kranz & Söhne', email, street: 'Deichweg 4',
    postal_code: '26382', city: 'Wilhelmshaven', country: 'DE' });
  assert.equal(customer.status, 201, customer.text);
  const { number } = customer.json;
  const username = email.split('@')[0];
  const made = await stack.api('acme', 'POST', '/user-logins', { customer: number, email, username, password, must_change: false, send_mail: false });
  assert.equal(made.status, 201, made.text);
  const browser = stack.browser();
  assert.equal((await browser.signIn('acme', username, password)).status, 303);
  return { browser, number, email, username };
}

const form = ({ browser }, language = 'en') => browser.get(`/acme/payment/change?language=${language}`);
const typed = { account_holder: 'Kranz & Söhne GmbH', iban: 'de89 3704 0044 0532 0130 00', password };
const name = async (who, fields = {}, page = undefined) => who.browser.submit(page ?? await form(who), { ...typed, ...fields }, { action: /payment\/change$/ });
async function mandate(who, fields = {}, language = 'en') {
  const answer = await name(who, fields);
  assert.equal(answer.status, 303, visible(answer.text));
  return who.browser.get(`${answer.location}&language=${language}`);
}
const give = ({ browser }, page) => browser.submit(page, {}, { action: /payment\/mandate$/ });
async function given(who, fields = {}, language = 'en') {
  const answer = await give(who, await mandate(who, fields, language));
  assert.equal(answer.status, 303, visible(answer.text));
  return answer;
}
const remove = async (who, fields = { password }, page = undefined) =>
  who.browser.submit(page ?? await who.browser.get('/acme/payment/remove'), fields, { action: /payment\/remove$/ });
const method = (number) => stack.api('acme', 'GET', `/customers/${number}/payment-method`);
const record = (number, fields = {}, headers = {}) => stack.api('acme', 'POST', `/customers/${number}/payment-method`,
  { iban: IBAN, account_holder: 'Kranz', mandate_reference: randomUUID().slice(0, 20), signed_on: '2026-01-15', ...fields }, headers);

test('B69: without a method it is paid on account, on the overview and its page', async () => {
  const who = await somebody();
  const home = await who.browser.get('/acme/?language=en');
  assert.match(home.text, /<h2 id="payment">Payment<\/h2>/);
  const page = await who.browser.get('/acme/payment?language=en');
  assert.deepEqual(facts(page), { 'Way of payment': 'On account, by transfer' });
  assert.ok(links(page.text).includes('/acme/payment/change'));
  assert.ok(!links(page.text).includes('/acme/payment/remove'));
  assert.equal((await who.browser.get('/acme/payment/remove')).location, '/acme/payment', 'nothing to end');
  assert.deepEqual((await method(who.number)).json, { customer: who.number, kind: 'on_account', iban: null, account_holder: null,
    mandate_reference: null, creditor_id: null, signed_on: null, provider: null, brand: null, last4: null, valid_until: null, created: null });
});

test('B69: the mandate is shown in full before one button gives it', own, async () => {
  const who = await somebody();
  const page = await mandate(who);
  const text = visible(page.text);
  const [, reference] = text.match(/Mandate reference: (\S+)/);
  assert.match(reference, /^MD-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  for (const words of ['Creditor: Acme Telekom GmbH', 'Address of the creditor: Hafenstraße 12, 20457 Hamburg', 'Creditor identifier: DE98ZZZ09999999999',
    'Kind of payment: recurrent', 'IBAN: DE89 3704 0044 0532 0130 00', 'Account holder: Kranz & Söhne GmbH', 'Customer: Kranz & Söhne',
    'Address of the customer: Deichweg 4, 26382 Wilhelmshaven, DE', 'I authorise (A) Acme Telekom GmbH to send instructions to my bank',
    'A refund must be claimed within eight weeks']) {
    assert.ok(text.includes(words), `${words}\n${text}`);
  }
  const main = page.text.match(/<main[\s\S]*<\/main>/)[0];
  assert.equal(main.match(/<button/g).length, 1);
  assert.doesNotMatch(page.text, new RegExp(IBAN), 'nor is it in the form');
  assert.deepEqual(rows(who.number), [], 'a look gives nothing');

  const answer = await give(who, page);
  assert.equal(answer.status, 303, visible(answer.text));
  const [row] = rows(who.number);
  assert.deepEqual([row.kind, row.status, row.country, row.last4, row.holder, row.reference, row.creditor, row.language],
    ['direct_debit', 'active', 'DE', '3000', 'Kranz & Söhne GmbH', reference, 'DE98ZZZ09999999999', 'en']);
  assert.match(row.url, /\/acme\/payment\/mandate$/);
  assert.match(row.given_by, /^user:/);
  assert.notEqual(row.remote_addr, '');
  assert.ok(row.words.includes('IBAN: {iban}\n') && row.words.includes(reference));
  const receipt = await who.browser.get(`${answer.location}?language=de`);
  const shown = visible(receipt.text);
  assert.match(shown, /am .*2026.*\d\d:\d\d:\d\d.* erteilt/);
  assert.ok(shown.includes('IBAN: DE… 3000') && shown.includes('Kind of payment: recurrent'), `as it was given: ${shown}`);
  assert.match(receipt.text, /<div class="panel" lang="en">/);
  const there = facts(await who.browser.get('/acme/payment?language=en'));
  assert.deepEqual([there['Way of payment'], there.IBAN, there['Mandate reference']], ['Direct debit (SEPA)', 'DE… 3000', reference]);
});

test('B69: the IBAN stands sealed, and nowhere else', own, async () => {
  const who = await somebody();
  await given(who);
  const [row] = rows(who.number);
  assert.ok(row.iban.length > 60 && !row.iban.includes('3704'), 'sealed');
  for (const [table, column] of [['payment_method', 'words'], ['audit', 'after'], ['mail', 'subject']]) {
    assert.deepEqual(stack.sql(`SELECT 1 FROM ${table} WHERE ${column} LIKE '%370400440532%'`), [], table);
  }
  const { actor, action, object, before, after: now } = trail();
  assert.deepEqual([action, object, before], ['payment_method.set', row.id, '']);
  assert.match(actor, /^user:/);
  assert.equal(JSON.parse(now).words, row.words, 'the trail has the words');
  const page = await name(who, { iban: 'DE89370400440532013001' });
  assert.match(page.text, /value="DE89370400440532013001"/, 'what is typed comes back to who typed it');
});

test('B69: a mail brings the mandate to the account', own, async () => {
  const who = await somebody();
  await given(who, {}, 'de');
  const mail = await relay.mailTo(who.email);
  assert.equal(mail.headers.subject, 'Ihr SEPA-Lastschriftmandat');
  const [row] = rows(who.number);
  assert.ok(mail.text.includes(`Mandatsreferenz: ${row.reference}`) && mail.text.includes('IBAN: DE… 3000'), mail.text);
  assert.match(mail.text, /innerhalb von acht Wochen/);
  assert.ok(!mail.raw.includes('370400440532') && !mail.raw.includes('3704 0044'));
});

test('B69: what is no account in SEPA is refused at its field, before the password counts', own, async () => {
  const who = await somebody();
  for (const [fields, control] of [[{ iban: 'DE89370400440532013001' }, 'iban'], [{ iban: 'DE8937040044053201300' }, 'iban'],
    [{ iban: 'SA03 8000 0000 6080 1016 7519' }, 'iban'], [{ iban: '' }, 'iban'], [{ iban: 'x'.repeat(69) }, 'iban'], [{ account_holder: '' }, 'account_holder'],
    [{ account_holder: 'x'.repeat(71) }, 'account_holder'], [{ password: '' }, 'password'], [{ password: 'not-my-password-at-all' }, 'password']]) {
    const answer = await name(who, fields);
    assert.equal(`${answer.status} ${JSON.stringify(fields)}`, `422 ${JSON.stringify(fields)}`);
    assert.ok(answer.text.includes(`href="#field-${control}"`), `${JSON.stringify(fields)} at ${control}`);
    assert.doesNotMatch(answer.text, /not-my-password|copper-window/);
  }
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM audit WHERE action = 'session.refused' AND detail = 'proof'`)[0].n, 1);
  assert.deepEqual(rows(who.number), []);
});

test('B69: whoever guesses the password waits, as at the sign-in', own, async () => {
  const who = await somebody();
  const answers = [];
  for (let i = 0; i < 7; i++) {
    answers.push((await name(who, { password: 'not-my-password-at-all' })).status);
  }
  assert.deepEqual(answers, [422, 422, 422, 422, 422, 429, 429]);
  assert.equal((await name(who)).status, 429, 'the right one as well');
});

test('B69: sent twice it is one mandate, from one page or from two', own, async () => {
  const who = await somebody();
  const answer = await name(who);
  const [page, copy] = [await who.browser.get(answer.location), await who.browser.get(answer.location)];
  const [first, again, other] = [await give(who, page), await give(who, page), await give(who, copy)];
  assert.deepEqual([again.location, other.location], [first.location, first.location]);
  assert.equal(rows(who.number).length, 1);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM mail WHERE recipient = '${who.email}' AND event = 'mandate_given'`)[0].n, 1);
});

test('B69: another account takes the place of the one before, which is kept', own, async () => {
  const who = await somebody();
  const first = await given(who);
  const next = await mandate(who, { iban: OTHER });
  assert.match(visible(next.text), /It takes the place of the mandate until now/);
  assert.equal((await give(who, next)).status, 303);
  const [old, now] = rows(who.number);
  assert.deepEqual([old.status, now.status, now.last4], ['replaced', 'active', '3201']);
  assert.ok(Number(old.ended) > 0 && Number(now.ended) === 0);
  const { before, after: then } = trail();
  assert.deepEqual([before, then].map((text) => JSON.parse(text).last4), ['3000', '3201']);
  assert.match(visible((await who.browser.get(`${first.location}?language=en`)).text), /not used any more/);
});

test('B69: who begins twice and ends the later one gives nothing by the earlier one', own, async () => {
  const who = await somebody();
  const early = await mandate(who);
  await given(who, { iban: OTHER });
  const late = await give(who, early);
  assert.equal(late.location, '/acme/payment/change?over=1');
  assert.match(visible((await who.browser.get(`${late.location}&language=en`)).text), /No mandate was given/);
  assert.deepEqual(rows(who.number).map(({ last4 }) => last4), ['3201']);
});

test('B69: the mandate is the one that was shown: where the creditor is another by then, it is shown again', own, async () => {
  const who = await somebody();
  const page = await mandate(who);
  stack.sql("UPDATE setting SET value = 'Acme Netz GmbH' WHERE tenant = 'acme' AND name = 'seller_name'");
  const again = await give(who, page);
  assert.equal(again.status, 409);
  assert.match(visible(again.text), /Acme Netz GmbH/);
  assert.deepEqual(rows(who.number), []);
  assert.equal((await give(who, again)).status, 303, 'and can be given then');
  stack.sql("UPDATE setting SET value = 'Acme Telekom GmbH' WHERE tenant = 'acme' AND name = 'seller_name'");
});

test('B69: a page of another session gives nothing, nor an address that was made up', own, async () => {
  const who = await somebody();
  const { location } = await name(who);
  const over = '/acme/payment/change?over=1';
  const thief = await somebody();
  assert.equal((await thief.browser.get(location)).location, over);
  assert.equal((await who.browser.get('/acme/payment/mandate')).location, over);
  assert.equal((await who.browser.get(`${location}x`)).location, over);
  assert.equal((await who.browser.get(location)).status, 200);
  await who.browser.signOut('acme');
  assert.equal((await who.browser.signIn('acme', who.username, password)).status, 303);
  assert.equal((await who.browser.get(location)).location, over, 'nor of the one before');
  assert.deepEqual(rows(who.number), []);
});

test('B69: back to paying on account, with the password, told by mail', own, async () => {
  const who = await somebody();
  const receipt = await given(who);
  const [{ id, reference }] = rows(who.number);
  const page = await who.browser.get('/acme/payment/remove');
  assert.equal((await remove(who, {}, page)).status, 422);
  assert.equal((await remove(who, { password: 'not-my-password-at-all' })).status, 422);
  assert.equal(rows(who.number)[0].status, 'active');
  const [done, again] = [await remove(who, { password }, page), await remove(who, { password }, page)];
  assert.deepEqual([done.location, again.location], ['/acme/payment?saved=1', '/acme/payment'], 'there is nothing left to end');
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM mail WHERE recipient = '${who.email}' AND event = 'mandate_ended'`)[0].n, 1);
  const [row] = rows(who.number);
  assert.deepEqual([row.status, row.id], ['removed', id]);
  const { action, before, after: now } = trail();
  assert.deepEqual([action, JSON.parse(before).reference, now], ['payment_method.removed', reference, '']);
  assert.equal((await method(who.number)).json.kind, 'on_account');
  const mail = await until('its mail', () => relay.to(who.email).find((one) => /transfer/.test(one.headers.subject)));
  assert.ok(mail.text.includes(reference) && mail.text.includes(who.username), mail.text);
  assert.equal((await who.browser.get(receipt.location)).status, 200, 'the mandate can be looked at');
  assert.equal((await stack.api('acme', 'DELETE', `/customers/${who.number}`)).status, 409, 'and keeps its customer');
});

test('B69: who ends a mandate ends the one that was shown', own, async () => {
  const who = await somebody();
  await given(who);
  const page = await who.browser.get('/acme/payment/remove');
  await given(who, { iban: OTHER });
  const late = await remove(who, { password }, page);
  assert.equal(late.status, 409);
  assert.match(late.text, /AT… 3201/);
  assert.equal(rows(who.number).at(-1).status, 'active');
});

test('B69, X6: nobody else reads a mandate, and who may only look changes nothing', own, async () => {
  const who = await somebody();
  const { location } = await given(who);
  const other = await somebody();
  assert.equal((await other.browser.get(location)).status, 404);
  const guest = await stack.signedIn('acme', 'anna', { customer: 'K2001' });
  const [{ id }] = stack.sql(`SELECT m.id FROM membership m JOIN customer c ON c.tenant = m.tenant AND c.id = m.customer
    WHERE m.tenant = 'acme' AND c.number = 'K2001' AND m.kind = 'guest'`);
  stack.sql(`DELETE FROM membership_permission WHERE membership = '${id}'`);
  assert.equal((await guest.get('/acme/payment')).status, 403);
  stack.sql(`INSERT INTO membership_permission (tenant, membership, permission, given_by) VALUES ('acme', '${id}', 'billing.payment_method.view', '')`);
  const page = await guest.get('/acme/payment');
  assert.equal(page.status, 200);
  assert.ok(!links(page.text).some((href) => /payment\/(change|remove)/.test(href)));
  for (const path of ['change', 'mandate', 'remove']) {
    assert.equal((await guest.get(`/acme/payment/${path}`)).status, 403, path);
  }
});

test('B69: staff in a customer’s name see how is paid, and change nothing', own, async () => {
  const who = await somebody();
  await given(who);
  const sam = await stack.office('acme', 'support');
  await sam.submit(await sam.get(`/acme/admin/logins/${who.username}/act`), { reason: 'Ticket 4711' }, { action: /act$/ });
  const page = await sam.get('/acme/payment');
  assert.match(page.text, /DE… 3000/);
  assert.ok(!links(page.text).some((href) => /payment\/(change|remove)/.test(href)));
  const { hidden } = forms(page.text)[0];
  for (const path of ['change', 'remove']) {
    assert.equal((await sam.get(`/acme/payment/${path}`)).status, 403, path);
    assert.equal((await sam.post(`/acme/payment/${path}`, { ...hidden, ...typed })).status, 403, path);
  }
  assert.equal(rows(who.number)[0].status, 'active');
});

test('B69: direct debit is offered by whoever has a creditor identifier and wants it', own, async () => {
  const who = await somebody();
  const page = await owner.get('/acme/admin/settings/billing');
  const { action, hidden, body } = forms(page.text).find((one) => /settings\/billing$/.test(one.action));
  const values = Object.fromEntries([
    ...[...body.matchAll(/<input type="checkbox" id="field-(\w+)"[^>]* checked/g)].map(([, one]) => [one, 'on']),
    ...[...body.matchAll(/<input type="(?:text|number|email)" id="field-(\w+)"[^>]*? value="([^"]*)"/g)].map(([, one, value]) => [one, unescapeHtml(value)])]);
  const save = async (changes) => owner.post(action, Object.fromEntries(Object.entries({
    ...hidden, ...forms((await owner.get('/acme/admin/settings/billing')).text).find((one) => one.action === action).hidden, ...values, ...changes })
    .filter(([, value]) => value !== undefined)));
  assert.equal(values.creditor_id, 'DE98ZZZ09999999999');
  for (const wrong of ['DE97ZZZ09999999999', 'DE98ZZZ0999999999', 'x', '']) {
    const answer = await save({ creditor_id: wrong });
    assert.equal(answer.status, 422, wrong);
    assert.ok(answer.text.includes('href="#field-creditor_id"'), wrong);
  }
  assert.equal((await save({ creditor_id: 'de98 abc0 9999 9999 99' })).status, 303, 'typed with blanks');
  assert.match(visible((await mandate(who)).text), /Creditor identifier: DE98ABC09999999999/);
  await given(who);
  const open = await mandate(who, { iban: OTHER });
  assert.equal((await save({ direct_debit: undefined })).status, 303);
  const there = await who.browser.get('/acme/payment');
  assert.match(there.text, /DE… 3000/, 'who has a mandate keeps it');
  assert.ok(!links(there.text).includes('/acme/payment/change'));
  assert.equal((await form(who)).status, 409);
  assert.equal((await give(who, open)).status, 409);
  assert.equal((await record(who.number)).json.code, 'direct_debit_off');
  assert.equal((await remove(who)).status, 303, 'and ends it');
  assert.equal((await save({})).status, 303);
});

test('B69: a mandate given elsewhere is recorded by the API', async () => {
  const { number } = await somebody();
  const reference = randomUUID().slice(0, 20);
  const made = await record(number, { iban: 'AT61 1904 3002 3457 3201', mandate_reference: reference });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.headers.location, `/api/v1/customers/${number}/payment-method`);
  const { json } = await method(number);
  assert.deepEqual(json, made.json);
  assert.deepEqual({ ...json, created: 0 }, { customer: number, kind: 'direct_debit', iban: 'AT… 3201', account_holder: 'Kranz',
    mandate_reference: reference, creditor_id: 'DE98ZZZ09999999999', signed_on: '2026-01-15',
    provider: null, brand: null, last4: null, valid_until: null, created: 0 });
  const twice = await record(number, { mandate_reference: reference });
  assert.deepEqual([twice.status, twice.json.code], [409, 'mandate_exists']);
  const key = { 'Idempotency-Key': randomUUID() };
  const body = { mandate_reference: randomUUID().slice(0, 20) };
  const [one, same] = [await record(number, body, key), await record(number, body, key)];
  assert.deepEqual([one.status, same.status, same.text], [201, 201, one.text]);
  assert.equal((await stack.api('acme', 'DELETE', `/customers/${number}/payment-method`)).status, 204);
  assert.equal((await stack.api('acme', 'DELETE', `/customers/${number}/payment-method`)).status, 404);
  assert.equal((await method('K0')).status, 404);
  assert.equal((await record('K0')).status, 404);
});

test('B69: what the API cannot take is named', async () => {
  const { number } = await somebody();
  for (const [fields, pointer, code] of [[{ iban: 'DE00370400440532013000' }, 'iban', 'value_iban'], [{ iban: 'TR330006100519786457841326' }, 'iban', 'value_iban_sepa'],
    ...['a b', '/a', 'a/', 'a//b', 'ä', 'a_b'].map((wrong) => [{ mandate_reference: wrong }, 'mandate_reference', 'value_mandate']),
    [{ mandate_reference: 'x'.repeat(36) }, 'mandate_reference', 'value_too_long'], [{ signed_on: '2999-01-01' }, 'signed_on', 'date_future'],
    [{ signed_on: undefined }, 'signed_on', 'value_missing'], [{ account_holder: '' }, 'account_holder', 'value_missing']]) {
    const answer = await record(number, fields);
    assert.equal(answer.status, 422, JSON.stringify(fields));
    assert.deepEqual(answer.json.errors.map((one) => [one.pointer, one.code]), [[`#/${pointer}`, code]], JSON.stringify(fields));
  }
  assert.equal((await record(number, { mandate_reference: `+?/-:().,'aZ9${randomUUID().slice(0, 13)}` })).status, 201);
  assert.equal((await method(number)).json.kind, 'direct_debit');
});

test('B69: in the portal such a mandate says where it is from', own, async () => {
  const who = await somebody();
  await record(who.number, { iban: OTHER });
  const [{ id }] = rows(who.number);
  const page = await who.browser.get(`/acme/payment/mandates/${id}?language=en`);
  assert.match(visible(page.text), /has it from you in another way/);
  assert.equal(facts(page).IBAN, 'AT… 3201');
});

test('B69: staff who see invoices see how is paid, with every mandate', own, async () => {
  const who = await somebody();
  const path = `/acme/admin/customers/${who.number}`;
  assert.equal(facts(await owner.get(`${path}?language=en`))['Way of payment'], 'On account, by transfer');
  assert.match(visible((await owner.get(`${path}/payment-method?language=en`)).text), /has given no mandate/);
  await given(who);
  await given(who, { iban: OTHER });
  const page = await owner.get(`${path}?language=en`);
  assert.equal(facts(page).IBAN, 'AT… 3201');
  assert.ok(links(page.text).includes(`${path}/payment-method`));
  const all = visible((await owner.get(`${path}/payment-method?language=en`)).text);
  for (const { reference } of rows(who.number)) {
    assert.ok(all.includes(reference), reference);
  }
  assert.match(all, /AT… 3201[\s\S]*replaced[\s\S]*DE… 3000/);
  assert.ok(all.includes('I authorise (A) Acme Telekom GmbH') && all.includes(who.username));
  assert.match(visible((await owner.get(`${path}/timeline?language=en`)).text), /Another way of payment was chosen/);
});

test('B69: staff record a mandate that was given on paper, and the account gets a copy', own, async () => {
  const who = await somebody();
  const path = `/acme/admin/customers/${who.number}/payment-method`;
  assert.ok(links((await owner.get(path)).text).includes(`${path}/new`));
  const open = (browser = owner) => browser.get(`${path}/new?language=en`);
  const send = (fields, page, browser = owner) => browser.submit(page, fields, { action: /payment-method\/new$/ });
  const reference = randomUUID().slice(0, 20);
  const paper = { account_holder: 'Kranz & Söhne GmbH', iban: IBAN, mandate_reference: reference, signed_on: '2026-01-15' };
  for (const [wrong, control] of [[{ iban: 'DE1' }, 'iban'], [{ iban: '' }, 'iban'], [{ mandate_reference: '//' }, 'mandate_reference'],
    [{ mandate_reference: '' }, 'mandate_reference'], [{ signed_on: '2999-01-01' }, 'signed_on'], [{ signed_on: '' }, 'signed_on'], [{ account_holder: '' }, 'account_holder']]) {
    const answer = await send({ ...paper, ...wrong }, await open());
    assert.equal(answer.status, 422, control);
    assert.ok(answer.text.includes(`href="#field-${control}"`), control);
  }
  assert.deepEqual(rows(who.number), []);
  const page = await open();
  const first = await send(paper, page);
  assert.equal(first.status, 303, visible(first.text));
  assert.equal((await send(paper, page)).status, 303, 'sent twice');
  const [row, ...more] = rows(who.number);
  assert.deepEqual(more, []);
  assert.deepEqual([row.status, row.reference, row.signed_on, row.words], ['active', reference, '2026-01-15', '']);
  assert.match(row.given_by, /^staff:/);
  assert.match(trail().actor, /^staff:/);
  assert.equal(trail().action, 'payment_method.set');
  const mail = await until('its mail', () => relay.to(who.email).find((one) => /SEPA/.test(one.headers.subject)));
  assert.ok(mail.text.includes(reference) && mail.text.includes('DE… 3000'), mail.text);
  assert.ok(!mail.text.includes(IBAN), 'masked');
  // the reference of another, and a form of a state that is over
  const taken = await send({ ...paper, iban: OTHER }, await open());
  assert.equal(taken.status, 422);
  assert.ok(taken.text.includes('href="#field-mandate_reference"'));
  const late = await open();
  await stack.api('acme', 'DELETE', `/customers/${who.number}/payment-method`);
  assert.equal((await send({ ...paper, mandate_reference: randomUUID().slice(0, 20) }, late)).status, 409);
  assert.equal((await method(who.number)).json.kind, 'on_account');
  // who may not record payments has no form
  const sam = await stack.office('acme', 'support');
  assert.equal((await open(sam)).status, 403);
  assert.ok(!links((await sam.get(path)).text).includes(`${path}/new`));
  assert.equal((await owner.get('/acme/admin/customers/K0/payment-method/new')).status, 404);
});

test('B69: callbacks tell of each change, with a masked account', own, async () => {
  const { number } = await somebody();
  await stack.api('acme', 'POST', '/callbacks', { url: 'https://merchant.example/payer', types: 'payment_method.changed' });
  const count = () => Number(stack.sql("SELECT COUNT(*) AS n FROM callback_event WHERE tenant = 'acme' AND type = 'payment_method.changed'")[0].n);
  const before = count();
  await record(number);
  await stack.api('acme', 'DELETE', `/customers/${number}/payment-method`);
  assert.equal(count(), before + 2);
});

test('B69: one method is in use at most, whoever gives two at a time', own, async () => {
  const { number } = await somebody();
  const answers = await Promise.all(Array.from({ length: 6 }, () => record(number)));
  assert.deepEqual(answers.map(({ status }) => status), Array(6).fill(201), 'they wait for each other');
  assert.deepEqual(rows(number).map(({ status }) => status).sort(), ['active', ...Array(5).fill('replaced')]);
  const one = randomUUID().slice(0, 20);
  const same = await Promise.all(Array.from({ length: 4 }, () => record(number, { mandate_reference: one })));
  assert.deepEqual(same.map(({ status }) => status).sort(), [201, 409, 409, 409]);
});

test('B69: what was proved counts for a quarter of an hour', own, async () => {
  const who = await somebody();
  const { location } = await name(who);
  const page = await who.browser.get(location);
  stack.moveTime(16 * 60);
  assert.equal((await give(who, page)).location, '/acme/payment/change?over=1');
  assert.equal((await who.browser.get(location)).location, '/acme/payment/change?over=1');
  assert.deepEqual(rows(who.number), []);
});

// What cannot be opened stays as it is: another seal each time says that it was. The
// last one: nothing that an older key sealed opens any more.
test('B69: an account outlives the keys of the ring that sealed it', own, async () => {
  const { number } = await somebody();
  await record(number);
  const file = join(stack.state, 'keyring');
  for (let round = 0; round < 2; round++) {
    const before = rows(number)[0].iban;
    stack.pforte('key', 'rotate');
    await sleep(1100); // programs look at the ring once a second
    stack.moveTime(25 * 3600);
    await until('another seal', () => rows(number)[0].iban !== before);
    writeFileSync(`${file}.new`, `${readFileSync(file, 'utf8').split('\n')[0]}\n`);
    renameSync(`${file}.new`, file);
  }
});

test('B69: a mandate that nothing was collected by for 36 months lapses, and the trail and callbacks say so', own, async () => {
  const today = new Date(stack.now() * 1000).toISOString().slice(0, 10);
  const old = `${Number(today.slice(0, 4)) - 3}${today.slice(4)}`;
  const day = (date, n) => new Date(Date.parse(date) + n * 86_400_000).toISOString().slice(0, 10);
  const long = Date.parse(old) / 1000 - 3 * 86_400;
  const one = async (signed, recorded, collected) => {
    const { json: { number } } = await stack.api('acme', 'POST', '/customers', { company_name: 'Papier KG', email: 'papier@x.example' });
    await record(number, { signed_on: signed });
    if (collected) {
      const billed = await stack.api('acme', 'POST', '/contracts', { customer: number, name: 'A', currency: 'EUR', start: today,
        recurrence: { every: 1, unit: 'month' }, items: [{ description: 'A', quantity: '1', unit_price: '1', vat_rate: '19' }] });
      assert.equal(billed.status, 201, billed.text);
      const paid = await stack.api('acme', 'POST', '/payments', { customer: number, amount: { amount: 100, currency: 'EUR' }, method: 'direct_debit',
        date: collected }, { 'Idempotency-Key': randomUUID() });
      assert.equal(paid.status, 201, paid.text);
    }
    stack.sql(`UPDATE payment_method SET given = ${recorded} WHERE id = '${rows(number)[0].id}'`);
    return number;
  };
  const unused = await one(day(old, -2), long);
  const collectedLong = await one(day(old, -900), long, day(old, -2));
  const kept = [await one(day(old, 2), long), await one(day(old, -900), stack.now()), await one(day(old, -900), long, day(old, 2))];
  const events = () => stack.sql("SELECT object FROM callback_event WHERE tenant = 'acme' AND type = 'payment_method.changed'").map(({ object }) => object);
  await stack.api('acme', 'POST', '/callbacks', { url: 'https://merchant.example/lapse', types: 'payment_method.changed' });
  stack.moveTime(3700);
  for (const number of [unused, collectedLong]) {
    await until(`${number} to lapse`, () => rows(number)[0].status === 'lapsed');
    assert.equal((await method(number)).json.kind, 'on_account');
    const [{ id }] = rows(number);
    const [told] = stack.sql(`SELECT actor, action FROM audit WHERE object = '${id}' ORDER BY id DESC LIMIT 1`);
    assert.deepEqual([told.actor, told.action], ['jobs', 'payment_method.lapsed']);
    assert.ok(events().includes(id));
  }
  for (const number of kept) {
    assert.equal(rows(number)[0].status, 'active', number);
  }
});
