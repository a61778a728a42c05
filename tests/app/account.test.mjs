// Pages about the account: its data, services, e-mails, and whom to ask.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { visible } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const anna = await stack.signedIn('acme', 'anna');
const save = async (fields, from) => anna.submit(from ?? await anna.get('/acme/profile/change'),
  fields, { action: /profile\/change$/ });
const customer = (number = 'K2000') => stack.sql(
  `SELECT * FROM customer WHERE tenant = 'acme' AND number = '${number}'`)[0];
const data = () => {
  const { company_name, first_name, last_name, email, language, street, postal_code, city, country,
    vat_id } = customer();
  return { company_name, first_name, last_name, email, language, street, postal_code, city, country,
    vat_id };
};

test('an account\'s data are shown and changed, and the old address is told', own, async () => {
  const before = data();
  const shown = await anna.get('/acme/profile');
  assert.match(visible(shown.text), /K2000/);
  assert.match(visible(shown.text), /Mühlenweg 4/);

  const answer = await save({ ...before, street: 'Neuer Wall 1', email: 'neu@sommer.example' });
  assert.equal(answer.status, 303, answer.text);
  assert.equal(answer.location, '/acme/profile?saved=1');
  assert.deepEqual(data(), { ...before, street: 'Neuer Wall 1', email: 'neu@sommer.example' });
  const [mail] = stack.sql(`SELECT recipient, subject FROM mail WHERE event = 'account_changed'
    ORDER BY id DESC LIMIT 1`);
  assert.equal(mail.recipient, before.email);
  assert.match(mail.subject, /K2000/);
  const [row] = stack.sql(`SELECT actor, before, after FROM audit
    WHERE action = 'customer.changed' ORDER BY id DESC LIMIT 1`);
  assert.match(row.actor, /^user:/);
  assert.equal(JSON.parse(row.before).street, before.street);
  assert.equal(JSON.parse(row.after).street, 'Neuer Wall 1');
  assert.equal((await save(before)).status, 303);
});

test('the same data once more are no news', own, async () => {
  const { version } = customer();
  const [{ n }] = stack.sql(`SELECT COUNT(*) AS n FROM mail`);
  assert.equal((await save(data())).status, 303);
  assert.equal(customer().version, version);
  assert.equal(stack.sql('SELECT COUNT(*) AS n FROM mail')[0].n, n);
});

test('what is wrong is said at the field, and what was typed stays', own, async () => {
  const before = data();
  const answer = await save({ ...before, email: 'nobody', country: 'Germany', city: 'Kiel' });
  assert.equal(answer.status, 422);
  assert.match(answer.text, /value="Kiel"/);
  assert.match(answer.text, /id="error-email"/);
  assert.match(answer.text, /id="error-country"/);
  assert.deepEqual(data(), before);
});

test('a form of an earlier state overwrites nothing', own, async () => {
  const before = data();
  const page = await anna.get('/acme/profile/change');
  assert.equal((await save({ ...before, city: 'Bremen' })).status, 303);
  const late = await save({ ...before, city: 'Kiel' }, page);
  assert.equal(late.status, 409);
  assert.match(late.text, /value="Kiel"/);
  assert.match(visible(late.text), /Bremen/);
  assert.equal(data().city, 'Bremen');
  assert.equal((await save(before)).status, 303);
});

test('nothing else of a customer is changed by a form', own, async () => {
  const { number, parent, portal_without } = customer();
  const more = { number: 'K1', parent: 'K2001', portal_without: 'invoices', tenant: 'globex', id: 'cus_x' };
  assert.equal((await save({ ...data(), ...more })).status, 303);
  assert.deepEqual([customer().number, customer().parent, customer().portal_without],
    [number, parent, portal_without]);
});

test('services are what runs today, with their contracts', own, async () => {
  const page = await anna.get('/acme/services');
  const text = visible(page.text);
  assert.match(text, /Glasfaser 1000, Anschluss/);
  assert.match(page.text, /href="\/acme\/contracts\/VT-7KQ2-ZHXM"/);
  stack.sql(`UPDATE contract SET start_date = '2999-01-01' WHERE ref = 'VT-7KQ2-ZHXM'`);
  assert.doesNotMatch(visible((await anna.get('/acme/services')).text), /Glasfaser 1000/);
  stack.sql(`UPDATE contract SET start_date = '2024-01-01', end_date = '2024-12-31'
    WHERE ref = 'VT-7KQ2-ZHXM'`);
  assert.doesNotMatch(visible((await anna.get('/acme/services')).text), /Glasfaser 1000/);
  stack.sql(`UPDATE contract SET end_date = NULL WHERE ref = 'VT-7KQ2-ZHXM'`);
});

test('mails to the account are listed in parts, never what they say', own, async () => {
  const { id } = customer();
  const mail = (i, subject, state) => stack.sql(`INSERT INTO mail (tenant, id, customer, user_id,
      event, recipient, language, subject, body, state, attempts, next_at, lease_owner, lease_until,
      last_error, request_id, created, sent)
    VALUES ('acme', 'maa_${String(i).padStart(3, '0')}', '${id}', '', 'login_created', 'a@x.example',
      'de', '${subject}', '', '${state}', 1, 0, '', 0, '', '', ${1700000000 + i}, 1)`);
  for (let i = 0; i < 25; i++) {
    mail(i, `Nr. ${i} von 25`, 'sent');
  }
  mail(999, 'Still', 'suppressed');
  const first = await anna.get('/acme/mails');
  assert.match(visible(first.text), /Nr\. 24 von 25/);
  assert.doesNotMatch(visible(first.text), /Nr\. 0 von 25|Still/);
  const [, next] = first.text.match(/href="([^"]*before=[^"]*)"/);
  assert.match(visible((await anna.get(next)).text), /Nr\. 0 von 25/);
  const bruno = await stack.signedIn('acme', 'bruno');
  assert.doesNotMatch(visible((await bruno.get('/acme/mails')).text), /von 25/);
});

test('G38: whoever may not see an account\'s members sees no mails to them either', own, async () => {
  const post = async (path, body) => {
    const answer = await stack.api('acme', 'POST', path, body);
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
  };
  const { number } = await post('/customers', { company_name: 'Konto GmbH', email: 'Konto@mails.example' });
  const add = (name, permissions) => post(`/customers/${number}/members`,
    { email: `${name}@mails.example`, first_name: 'Dora', last_name: name, permissions });
  const clerk = await add('clerk', ['other.mails.view']);
  const admin = await add('admin', ['other.mails.view', 'security.members.view']);
  await add('third', ['billing.invoices.view']);
  await post(`/customers/${number}/invitations`, { email: 'bruno@keller.example', preset: 'user' });
  await post('/user-logins', { customer: number, email: 'konto@mails.example', username: `mails-${process.pid}` });
  const seen = async ({ user }) => {
    const browser = await stack.signedIn('acme', user, { customer: number });
    const { text } = await browser.get('/acme/mails');
    return ['clerk@', 'admin@', 'third@', 'bruno@', 'konto@'].filter((name) => text.includes(name));
  };
  assert.deepEqual(await seen(clerk), ['clerk@', 'konto@']);
  assert.deepEqual(await seen(admin), ['clerk@', 'admin@', 'third@', 'bruno@', 'konto@']);
});

test('the merchant says whom to ask', own, async () => {
  const staff = await stack.office('acme');
  const set = async (fields) => staff.submit(await staff.get('/acme/admin/settings/support'), fields,
    { action: /settings\/support$/ });
  const bad = await set({ support_url: 'javascript:alert(1)' });
  assert.equal(bad.status, 422);
  assert.match(bad.text, /id="error-support_url"/);
  assert.equal((await set({ support_text: 'Mo–Fr 8–18 Uhr', support_email: 'hilfe@acme.example',
    support_phone: '+49 (40) 123-45', support_url: 'https://help.acme.example/start' })).status, 303);
  const page = await anna.get('/acme/support');
  assert.match(visible(page.text), /Mo–Fr 8–18 Uhr/);
  assert.match(page.text, /href="tel:\+494012345"/);
  assert.match(page.text, /href="mailto:hilfe@acme\.example"/);
  assert.match(page.text, /href="https:\/\/help\.acme\.example\/start"/);
});
