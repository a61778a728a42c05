// What merchants set of self-service, row by row: the public key, the validity of links,
// and what customers are asked for.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { forms, visible } from '../lib/client.mjs';
import { saveSettings } from '../lib/settings.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner', { 'Accept-Language': 'en' });
const VARIANT = (await stack.api('acme', 'GET', '/plan-variants?limit=100')).json.items
  .find(({ external_id }) => external_id === 'GF1000-24').id;
const open = (browser = stack.browser()) => browser.get(`/acme/order/${VARIANT}?language=en`);
const wrong = (answer) => [...answer.text.matchAll(/id="error-([\w-]+)"/g)].map(([, name]) => name);
const asked = (page) => [...page.text.matchAll(/id="field-(\w+)"/g)].map(([, name]) => name);

test('B14: the tab General shows the public API key, which no form changes', own, async () => {
  const page = await owner.get('/acme/admin/settings/general');
  const key = stack.tenant('acme').public_key;
  assert.match(visible(page.text), new RegExp(`Public API key ${key}`));
  assert.doesNotMatch(page.text, new RegExp(`value="${key}"`));
  const reader = await stack.office('acme', 'read_only');
  assert.ok((await reader.get('/acme/admin/settings/general')).text.includes(key));
  assert.ok(!(await owner.get('/acme/admin/settings/style')).text.includes(key));
  const gina = await stack.office('globex', 'owner');
  assert.ok(!(await gina.get('/globex/admin/settings/general')).text.includes(key));
});

test('B15: the public key names the tenant for orders, and reads nothing of customers', own, async () => {
  const by = { Authorization: `Bearer ${stack.tenant('acme').public_key}` };
  assert.equal((await stack.api('acme', 'GET', `/order-pages/${VARIANT}`, undefined, by)).status, 200);
  for (const path of ['/customers', '/contracts', '/invoices', '/audit', '/plan-variants', '/orders', '/jobs']) {
    const { status } = await stack.api('acme', 'GET', path, undefined, by);
    assert.ok(status === 401 || status === 403, `${path}: ${status}`);
  }
});

test('B16, B17, B18: links are valid as long as the setting says, from a minute to seven days', own, async () => {
  const expiry = async () => (Date.parse((await stack.api('acme', 'POST', '/contracts/VT-7KQ2-ZHXM/self-service-token', {})).json.expiry)
    - Date.now()) / 60_000;
  for (const minutes of [1, 45, 10080]) {
    assert.equal((await saveSettings(owner, 'access', { link_minutes: `${minutes}` })).status, 303);
    const lives = await expiry();
    assert.ok(lives > minutes - 0.5 && lives <= minutes + 0.1, `${minutes}: ${lives}`);
  }
  for (const bad of ['0', '-1', '10081', '', '1.5', 'soon']) {
    const answer = await saveSettings(owner, 'access', { link_minutes: bad });
    assert.deepEqual([answer.status, wrong(answer)], [422, ['link_minutes']], bad);
  }
  assert.equal((await saveSettings(owner, 'access', { link_minutes: '60' })).status, 303);
});

// The setting, its controls, what is typed there, and what else has to be asked for while
// it is hidden or optional.
const policies = [
  ['B20', 'signup_company', { company_name: 'Blum GmbH' }, { signup_name: 'required' }],
  ['B21', 'signup_name', { first_name: 'Rosa', last_name: 'Blum' }, { signup_company: 'required' }],
  ['B23', 'signup_address', { street: 'Weg 1', postal_code: '20095', city: 'Hamburg', country: 'DE' }],
  ['B24', 'signup_address_extra', { address_extra: 'c/o Blum' }],
  ['B25', 'signup_phone', { phone: '+49 40 1' }],
  ['B26', 'signup_vat_id', { vat_id: 'DE123456789' }],
  ['B27', 'signup_delivery', { delivery_mode: 'post' }],
  ['B28', 'signup_birth_date', { birth_date: '1990-01-31' }],
];
const everything = () => Object.assign({ email: `rosa-${randomBytes(4).toString('hex')}@self.example` },
  ...policies.map(([, , typed]) => typed));
const usual = { signup_company: 'optional', signup_name: 'required', signup_email: 'required', signup_address: 'required',
  signup_address_extra: 'optional', signup_phone: 'optional', signup_vat_id: 'optional', signup_delivery: 'hidden',
  signup_birth_date: 'hidden' };

for (const [row, setting, typed, besides] of policies) {
  const controls = Object.keys(typed);
  test(`B19–B29: ${row}, ${setting} is optional, required or hidden, and the server holds to it`, own, async () => {
    const policy = async (choice) => assert.equal((await saveSettings(owner, 'signup', { ...usual, ...besides, [setting]: choice })).status, 303);
    const place = async (fields) => {
      const browser = stack.browser();
      const page = await open(browser);
      return { page, answer: await browser.submit(page, { ...fields, step: 'order' }, { action: /\/order\/var_/ }) };
    };
    const without = () => Object.fromEntries(Object.entries(everything()).filter(([name]) => !controls.includes(name)));
    const customer = (fields) => stack.sql(`SELECT * FROM customer WHERE tenant = 'acme' AND email = '${fields.email}'`)[0];

    await policy('required');
    const required = await place(without());
    assert.equal(required.answer.status, 422);
    assert.deepEqual(wrong(required.answer), controls);

    await policy('optional');
    const optional = await place(without());
    assert.deepEqual(controls.filter((name) => !asked(optional.page).includes(name)), [], 'it is asked for');
    assert.equal(optional.answer.status, 303, visible(optional.answer.text));

    await policy('hidden');
    const fields = everything();
    const hidden = await place(fields);
    assert.deepEqual(controls.filter((name) => asked(hidden.page).includes(name)), [], 'it is not asked for');
    assert.equal(hidden.answer.status, 303, visible(hidden.answer.text));
    const kept = customer(fields);
    for (const name of controls.filter((one) => one in kept)) {
      assert.notEqual(kept[name], typed[name], `${name} is not taken`);
    }
    assert.equal((await saveSettings(owner, 'signup', usual)).status, 303);
  });
}

test('B22, B30: an e-mail address is always required', own, async () => {
  for (const choice of ['optional', 'hidden']) {
    assert.deepEqual(wrong(await saveSettings(owner, 'signup', { signup_email: choice })), ['signup_email']);
  }
  const browser = stack.browser();
  const { email, ...rest } = everything();
  const answer = await browser.submit(await open(browser), { ...rest, step: 'order' }, { action: /\/order\/var_/ });
  assert.ok(email);
  assert.deepEqual(wrong(answer), ['email']);
});

test('B2, B3, B4, B5, B7, B8: the portal has services, billing data, payment, invoices and credit notes', own, async () => {
  const anna = await stack.signedIn('acme', 'anna');
  for (const [path, what] of [['/services', /services/i], ['/profile', /account data/i], ['/payment', /payment/i], ['/invoices', /invoices/i]]) {
    const page = await anna.get(`/acme${path}?language=en`);
    assert.equal(page.status, 200, path);
    assert.match(visible(page.text), what);
  }
  const [customer] = (await anna.get('/acme/?language=en')).text.match(/K\d{4,}/);
  const [, invoice] = (await anna.get('/acme/invoices?language=en')).text.match(/href="\/acme\/invoices\/(RE\d+)"/);
  const note = await stack.api('acme', 'POST', '/credit-notes', { customer, currency: 'EUR', reason: 'Goodwill',
    lines: [{ description: 'Goodwill', quantity: '1', unit_price: '1.00', vat_rate: '19' }] }, { 'Idempotency-Key': randomBytes(8).toString('hex') });
  assert.ok(note.status < 300, note.text);
  for (const number of [invoice, note.json.number]) {
    const pdf = await anna.get(`/acme/invoices/${number}.pdf`);
    assert.equal(pdf.status, 200, number);
    assert.match(pdf.headers['content-type'], /^application\/pdf/);
  }
  assert.match(visible((await anna.get('/acme/invoices?language=en')).text), new RegExp(`${note.json.number} Credit note`));
  const change = await anna.get('/acme/profile/change?language=en');
  assert.ok(forms(change.text).some(({ action }) => action.endsWith('/profile/change')));
});
