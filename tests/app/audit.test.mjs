// The audit trail: every change is in it, and nobody changes it unseen.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { forms, unescapeHtml } from '../lib/client.mjs';
import { debtor, remind, today } from '../lib/debts.mjs';
import { startRelay } from '../lib/relay.mjs';
import { furnish, invitationOf, routes } from '../lib/routes.mjs';
import { parts } from '../lib/parts.mjs';
import { png } from '../lib/png.mjs';
import { linkFor } from '../lib/sso.mjs';
import { build, startStack, until } from '../lib/stack.mjs';
import { totp } from '../lib/totp.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack({ clock: true });
after(() => relay.stop());
const own = { skip: stack.skip };
const things = await furnish(stack);
const anna = await stack.signedIn('acme', 'anna');
const owner = await stack.office('acme', 'operator');
const api = (...args) => stack.api('acme', ...args);
const conf = () => join(stack.state, 'pforte.conf');

const verify = (...args) => spawnSync(join(build, 'pforte'),
  ['--config', conf(), 'audit', 'verify', ...args], { encoding: 'utf8' });

const unsealed = (tenant) => stack.sql(`SELECT COUNT(*) AS n FROM audit
  WHERE tenant = '${tenant}' AND seq = 0`)[0].n;

// Time goes on, so that what was written just now is sealed.
async function sealed(tenant = 'acme', ms = 30_000) {
  await until(`${tenant} to be sealed`, () => {
    stack.moveTime(12);
    return unsealed(tenant) === 0;
  }, ms);
}

function isWhole(...args) {
  const { status, stdout, stderr } = verify(...args);
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

function isBroken(pattern, what) {
  const { status, stdout } = verify('--tenant', 'acme');
  assert.equal(status, 1, `${what}: ${stdout}`);
  assert.match(stdout, /^acme: BROKEN: /m, what);
  assert.match(stdout, pattern, what);
}

const seqOf = (n) => stack.sql(`SELECT * FROM audit WHERE tenant = 'acme' AND seq = ${n}`)[0];
const quoted = (value) => typeof value === 'number' ? `${value}` : `'${value}'`;

function put(row) {
  const names = Object.keys(row);
  stack.sql(`INSERT INTO audit (${names}) VALUES (${names.map((name) => quoted(row[name]))})`);
}

// ---- every change ----

// One call for each route that changes something; each must have an effect. It
// gives the answer whose request left the row, and what the row must have:
//   actor    whose it is: /^key:/ for the API, /^staff:/ for the back office
//   change   'created', 'changed' or 'removed': values before, after, or both;
//            none where no record changes: somebody comes, goes, asks or sends
const sso = async (browser, username) => {
  const token = new URL(await linkFor(stack.tenant('acme'), username), stack.base).searchParams.get('token');
  const answer = await browser.post('/acme/sso', { token });
  assert.equal(answer.status, 303, answer.text);
  return browser.get(answer.location);
};

// Billed by no run beside the test.
const aService = { bill_from: new Date(Date.now() + 300 * 86_400_000).toISOString().slice(0, 10), description: 'Trail', quantity: '1', unit_price: '80', vat_rate: '19', performance_date: '2026-11-24' };
const service = async () => (await api('POST', '/contracts/VT-7KQ2-ZHXM/service-entries', aService)).json.id;

// A form of the back office on `page`, by the end of its address.
const form = (page, action, fields = {}) => async () => owner.submit(
  await owner.get(`/acme/admin${page}`), fields, { action: new RegExp(`${action}$`) });
const endpoint = `/callbacks/${things.endpoint}`;
const ofKey = (call, change) => ({ call, change, actor: /^key:/ });
const ofStaff = (call, change) => ({ call, change, actor: /^staff:/ });
const log = () => stack.sql(`SELECT id FROM callback_attempt WHERE endpoint = '${things.endpoint}'
  ORDER BY id LIMIT 1`)[0]?.id;
const failJob = () => stack.sql(`UPDATE job SET state = 'failed' WHERE id = '${things.job}'`);
const key = async () => (await api('POST', '/api-keys', { name: 'K', scopes: ['jobs:read'] })).json.id;
const words = '/mail-templates/login_created/en';
const mail = async () => (await api('POST', `/settings${words}/test`, { to: 'trail@x.example' })).json.id;
// The form of the words, by one of its buttons.
const wordsForm = (more) => async () => {
  const page = await owner.get(`/acme/admin${words}`);
  const { action, hidden } = forms(page.text).find((one) => one.action.endsWith(words));
  return owner.post(action + more, { ...hidden, subject: 'S', text: 'T', to: 'trail@x.example' });
};
const FIRST = 'seven-blue-tulips-in-rain';
const login = async (more) => {
  const username = `trail-${randomUUID().slice(0, 8)}`;
  const { status, text } = await api('POST', '/user-logins', { customer: 'K2002', email: 'y@example.com', username,
    password: FIRST, must_change: false, ...more });
  assert.equal(status, 201, text);
  return username;
};
let secret;

// A person with a login of their own, and the way from a link of their mail.
const person = { username: 'trail-own', email: 'own@trail.example', password: 'copper-window-orchard-8' };
const signedIn = async () => {
  const browser = stack.browser();
  const answer = await browser.signIn('acme', person.username, person.password);
  assert.equal(answer.status, 303, answer.text);
  return browser;
};
const ofPerson = (page, action, fields = {}, change = undefined) => ({ actor: /^user:/, change, call: async () => {
  const browser = await signedIn();
  return browser.submit(await browser.get(`/acme${page}`), fields, { action });
} });
const ofNobody = (call, change) => ({ call, change, actor: /^nobody$/ });
const strange = (page, action, fields) => async () => {
  const browser = stack.browser();
  return browser.submit(await browser.get(`/acme${page}`), fields, { action });
};
const mailed = async (address, pattern) => (await relay.mailTo(address)).text.match(pattern);
const followed = async (address, kind, action, fields) => {
  const [url] = await mailed(address, new RegExp(`https?:\\S+/${kind}/\\S+`));
  const browser = stack.browser();
  return browser.submit(await browser.go(new URL(url).pathname), fields, { action });
};
// A member of K2001: a contact, or the invitation of bruno; and one who is signed
// in to answer it.
let n = 0;
const someone = () => `trail-${++n}@x.example`;
const dora = { first_name: 'Dora', last_name: 'Vogt' };
const newMember = async (path, body) => {
  const answer = await api('POST', `/customers/K2001/${path}`, { preset: 'view_only', ...body });
  assert.equal(answer.status, 201, answer.text);
  return answer.json.id;
};
const aContact = () => newMember('members', { email: someone(), ...dora });
const aMember = async () => `/customers/K2001/members/${await aContact()}`;
const aGuest = async (status) => {
  const id = await newMember('invitations', { email: someone() });
  return status === 'pending' ? id : (await api('POST', `/customers/K2001/members/${id}/resend`)).json.id;
};
const answered = (word, who = 'bruno') => async () => {
  stack.sql("DELETE FROM membership_permission WHERE membership IN (SELECT id FROM membership WHERE email = 'bruno@keller.example')");
  stack.sql("DELETE FROM membership WHERE email = 'bruno@keller.example'");
  const path = invitationOf(stack, await newMember('invitations', { email: 'bruno@keller.example' }));
  const browser = await stack.signedIn('acme', who);
  return browser.submit(await browser.get(path), {}, { action: new RegExp(`${word}$`) });
};
// A form of the portal that anna sends.
const portal = (page, action, fields = {}) => async () => {
  const browser = await stack.signedIn('acme', 'anna');
  return browser.submit(await browser.get(`/acme${page}`), fields, { action: new RegExp(`${action}$`) });
};
// The form of a bank account, which leads to the mandate.
const account = async (browser = undefined) => {
  const anna = browser ?? await stack.signedIn('acme', 'anna');
  return anna.submit(await anna.get('/acme/payment/change'), { account_holder: 'Anna Sommer', iban: 'DE89370400440532013000',
    password: stack.user('anna').password }, { action: /payment\/change$/ });
};
// The same of a card, which leads to the sandbox's page and back.
const atSandbox = async () => {
  const anna = await stack.signedIn('acme', 'anna');
  const asked = await anna.submit(await anna.get('/acme/payment/card'), { password: stack.user('anna').password }, { action: /card$/ });
  const [, url] = (await anna.get(asked.location)).text.match(/content="0; url=([^"]+)"/);
  return { anna, asked, page: await anna.get(unescapeHtml(url).replace(stack.base, '')) };
};
const webhook = async () => {
  await atSandbox();
  const [{ id: attempt }] = stack.sql("SELECT id FROM payment_attempt WHERE state = 'open' ORDER BY created DESC, id DESC LIMIT 1");
  const secret = readFileSync(join(stack.state, 'pforte.conf'), 'utf8').match(/^sandbox_provider = "(.*)"/m)[1];
  const body = JSON.stringify({ attempt, state: 'approved', card: { token: 'sbx_trail', brand: 'Visa', last4: '4242', valid_until: '2031-05' } });
  const [event, at] = [`evt_${randomUUID()}`, Math.floor(Date.now() / 1000)];
  const mac = createHmac('sha256', createHmac('sha256', secret).update('acme').digest()).update(`${event}.${at}.${body}`).digest('base64');
  return stack.get('/api/webhooks/sandbox/acme', { method: 'POST', body,
    headers: { 'webhook-id': event, 'webhook-timestamp': `${at}`, 'webhook-signature': `v1,${mac}` } });
};
const ofUser = (call, change) => ({ call, change, actor: /^user:/ });
const right = { 'billing.invoices.view': 'on' };

// Fills the first text of a form of custom fields, whose names are ids.
const additional = (path) => async () => {
  const person = path.includes('/admin/') ? owner : await stack.signedIn('acme', 'anna');
  const page = await person.get(path);
  const [, id] = page.text.match(/<input type="text" id="field-(cf_\w+)"/);
  return person.submit(page, { [id]: `Trail ${randomUUID()}` }, { action: /additional(\/change)?$/ });
};
const customField = async (name = 'trail') => stack.sql(`SELECT id FROM custom_field WHERE tenant = 'acme' AND name = '${name}'`)[0].id;

// What moves money, and something to move it for.
const once = (path, body) => api('POST', path, body, { 'Idempotency-Key': randomUUID() });
const cent = { amount: 1, currency: 'EUR' };
const payment = async () => (await once('/payments', { customer: 'K2000', amount: cent })).json.id;
// Money that nothing is open for, and a credit note: in a currency of their own.
const left = async () => (await once('/payments', { customer: 'K2001', amount: { amount: 5, currency: 'NOK' } })).json.id;
const credit = async () => (await once('/credit-notes', { customer: 'K2001', currency: 'NOK', reason: 'x',
  lines: [{ description: 'x', unit_price: '1', vat_rate: '19' }] })).json.number;
const openInvoice = () => stack.sql(`SELECT number FROM invoice WHERE tenant = 'acme' AND type = 'invoice'
  AND status <> 'cancelled' AND EXISTS (SELECT 1 FROM invoice_line l WHERE l.tenant = invoice.tenant
    AND l.invoice = invoice.id AND l.vat_rate = 1900) ORDER BY gross DESC LIMIT 1`)[0].number;
// The number of a reminder that was written just now.
const letter = async (mode = 'none') => {
  const who = debtor(stack, { mode });
  await remind(stack, { date: today(stack) }); // or one before that is still under way
  return until('the letter', async () => (await api('GET', `/reminders?customer=${who.number}`)).json.items[0]?.number);
};
// Until its mail is queued, which has a row of its own.
const queued = async (answer) => {
  await until('its mail', () => stack.sql("SELECT id FROM reminder WHERE dispatch = 'waiting' AND mail = ''").length === 0);
  return answer;
};

const trailKey = () => `/api-keys/${stack.sql("SELECT id FROM api_key WHERE name = 'trail'")[0].id}`;
const draft = (ref) => ({ ref, customer: 'K2002', name: 'A', currency: 'EUR', start: '2026-01-01', status: 'draft',
  recurrence: { every: 1, unit: 'month' }, items: [{ description: 'A', quantity: '1', unit_price: '1', vat_rate: '19' }] });
const contractForm = { name: 'A', currency: 'EUR', start: '2026-01-01', delivery_mode: 'email', in_advance: 'on',
  'recurrence.every': '1', 'recurrence.unit': 'month', 'term.unit': 'month', 'renewal.unit': 'month', 'notice.unit': 'month',
  'items.0.description': 'A', 'items.0.quantity': '1', 'items.0.unit_price': '1', 'items.0.vat_rate': '19' };

// The catalogue: a kind each, by the segment of its address.
const family = (await api('POST', '/product-families', { name: 'T', currency: 'EUR', vat_rate: '19' })).json.id;
const plan = (await api('POST', '/plans', { family, name: 'T' })).json.id;
const discount = (await api('POST', '/discounts', { name: 'T', kind: 'percent', percent: '5' })).json.id;
const kinds = {
  'product-families': () => ({ name: 'T', currency: 'EUR', vat_rate: '19' }),
  plans: () => ({ name: 'T', family }),
  'plan-variants': () => ({ name: 'T', plan, price: '1', recurrence: { every: 1, unit: 'month' } }),
  components: () => ({ name: 'T', family, type: 'quantity', price: '1' }),
  discounts: () => ({ name: 'T', kind: 'percent', percent: '5' }),
  coupons: () => ({ code: randomUUID().slice(0, 13), discount }),
};
const monthly = { 'recurrence.every': '1', 'recurrence.unit': 'month', 'trial.unit': 'month', 'term.unit': 'month',
  'renewal.unit': 'month', 'notice.unit': 'month' };
const productForms = {
  'product-families': [{ name: 'T', currency: 'EUR', vat_rate: '19' }],
  plans: [{ name: 'T' }, `?family=${family}`],
  'plan-variants': [{ name: 'T', price: '1', trial_end: 'continue', after_first_term: 'renew', ...monthly }, `?plan=${plan}`],
  components: [{ name: 'T', price: '1', price_model: 'simple', ...monthly }, `?family=${family}&type=quantity`],
  discounts: [{ name: 'T', kind: 'percent', percent: '5', applies_to: 'recurring' }],
  coupons: [{ code: randomUUID().slice(0, 13), discount }],
};
const product = async (segment) => (await api('POST', `/${segment}`, kinds[segment]())).json.id;
const products = { api: Object.fromEntries(Object.keys(kinds).flatMap((segment) => [
  [`POST /api/v1/${segment}`, ofKey(() => api('POST', `/${segment}`, kinds[segment]()), 'created')],
  [`PATCH /api/v1/${segment}/{id}`, ofKey(async () => api('PATCH', `/${segment}/${await product(segment)}`,
    { status: 'archived' }, { 'If-Match': '*' }), 'changed')],
  [`DELETE /api/v1/${segment}/{id}`, ofKey(async () => api('DELETE', `/${segment}/${await product(segment)}`), 'removed')],
]).concat([['POST /api/v1/coupons/{id}/uses', ofKey(async () => api('POST', `/coupons/${await product('coupons')}/uses`,
  { customer: 'K2000' }))], ['POST /api/v1/orders', ofKey(async () => api('POST', '/orders',
  { variant: await product('plan-variants'), customer: 'K2000' }))],
['POST /api/v1/order-pages/{variant}/orders', ofKey(async () => {
  const { items: [{ id }] } = (await api('GET', '/plan-variants?external_id=GF1000-24')).json;
  const { shown } = (await api('POST', `/order-pages/${id}/preview`, {})).json;
  return api('POST', `/order-pages/${id}/orders`, { shown, customer: { first_name: 'Rosa', last_name: 'Blum',
    email: 'rosa@trail.example', street: 'Weg 1', postal_code: '20095', city: 'Hamburg', country: 'DE' } },
  { 'Idempotency-Key': randomUUID() });
})]])),
  office: Object.fromEntries(Object.keys(kinds).flatMap((segment) => {
    const record = (act, fields) => ofStaff(async () => {
      const path = `/${segment}/${await product(segment)}`;
      return form(/change|remove/.test(act) ? `${path}/${act}` : path, `${path}/${act}`, fields)();
    }, act === 'remove' ? 'removed' : 'changed');
    const [fields, query = ''] = productForms[segment];
    return [
      [`POST /admin/${segment}`, ofStaff(form(`/${segment}/new${query}`, segment, fields), 'created')],
      [`POST /admin/${segment}/{id}/change`, record('change', { ...fields, external_id: 'trail', limit_total: '7', periods: '2' })],
      [`POST /admin/${segment}/{id}/archive`, record('archive')],
      [`POST /admin/${segment}/{id}/remove`, record('remove')],
      [`POST /admin/${segment}/{id}/activate`, ofStaff(async () => {
        const path = `/${segment}/${await product(segment)}`;
        await api('PATCH', path, { status: 'archived' }, { 'If-Match': '*' });
        return form(path, `${path}/activate`)();
      }, 'changed')],
    ];
  })) };

const declared = async () => (await api('GET', '/declarations?limit=1')).json.items[0].id;

const changes = {
  'POST /login': { actor: /^user:/, call: async () => {
    const { username, password } = stack.user('anna');
    return stack.browser().signIn('acme', username, password);
  } },
  'POST /accounts': { actor: /^user:/, call: async () => {
    const browser = await stack.signedIn('acme', 'anna');
    return browser.choose(await browser.get('/acme/'), 'K2001');
  } },
  'POST /logout': { actor: /^user:/, call: () => anna.signOut('acme') },
  // answers with the address of the GET that signs in
  'POST /sso': { actor: /^user:/, call: () => sso(stack.browser(), 'bruno') },
  'POST /reset': ofNobody(async () => {
    const made = await api('POST', '/user-logins', { ...person, customer: 'K2002', must_change: false, send_mail: false });
    assert.equal(made.status, 201, made.text);
    return strange('/reset', /reset$/, { username: person.username })();
  }),
  'POST /cancel': ofNobody(strange('/cancel', /cancel$/, { notice: 'ordinary', name: 'Rosa Blum', contract: 'x', email: 'rosa@trail.example' })),
  'POST /withdraw': ofNobody(strange('/withdraw', /withdraw$/, { name: 'Rosa Blum', contract: 'x', email: 'rosa@trail.example' })),
  'POST /order/{variant}': { actor: /^nobody$/, change: 'created', call: async () => {
    const { items } = (await api('GET', '/plan-variants?limit=200')).json;
    return strange(`/order/${items.find(({ external_id }) => external_id === 'GF1000-24').id}`, /order\/var_/, { step: 'order',
      first_name: 'Rosa', last_name: 'Blum', email: 'rosa@trail.example', street: 'Weg 1', postal_code: '1', city: 'Ulm', country: 'DE' })();
  } },
  'POST /reset/code': ofNobody(async () => {
    const [, code] = await mailed(person.email, /Code: (\d{4} \d{4})/);
    return strange('/reset/code', /code$/, { username: person.username, code })();
  }),
  'POST /reset/password': { actor: /^user:/, change: 'changed', call: () => {
    person.password = 'violet-tractor-museum-12';
    return followed(person.email, 'reset', /reset\/password$/,
      { new_password: person.password, repeat_password: person.password });
  } },
  'POST /security/password': ofPerson('/security/password', /password$/, { old_password: 'violet-tractor-museum-12',
    new_password: 'orange-harbour-fiddle-9', repeat_password: 'orange-harbour-fiddle-9' }, 'changed'),
  'POST /security/email': { actor: /^user:/, call: async () => {
    person.password = 'orange-harbour-fiddle-9';
    return ofPerson('/security/email', /email$/, { email: 'other@trail.example', password: person.password }).call();
  } },
  'POST /email/confirm': { actor: /^user:/, change: 'changed', call: () =>
    followed('other@trail.example', 'email', /confirm$/, {}) },
  'POST /security/sessions/end': { actor: /^user:/, call: async () => {
    person.password = 'orange-harbour-fiddle-9';
    await signedIn();
    return ofPerson('/security', /sessions\/end$/).call();
  } },
  'POST /security/sessions/{id}/end': ofPerson('/security', /sessions\/[0-9a-f]+\/end$/),
  'POST /security/factor': ofPerson('/security/factor', /factor$/, { password: 'orange-harbour-fiddle-9' }, 'changed'),
  'POST /security/factor/cancel': { actor: /^user:/, change: 'changed', call: async () => {
    const browser = await signedIn();
    const factor = () => browser.get('/acme/security/factor');
    await browser.submit(await factor(), { password: person.password }, { action: /factor$/ });
    return browser.submit(await factor(), {}, { action: /cancel$/ });
  } },
  'POST /security/factor/confirm': { actor: /^user:/, change: 'changed', call: async () => {
    const browser = await signedIn();
    await browser.submit(await browser.get('/acme/security/factor'), { password: person.password }, { action: /factor$/ });
    const page = await browser.get('/acme/security/factor');
    person.secret = new URL(unescapeHtml(page.text.match(/otpauth:[^"<]+/)[0])).searchParams.get('secret');
    return browser.submit(page, { code: totp(person.secret, stack.now()) }, { action: /confirm$/ });
  } },
  'POST /login/code': { actor: /^user:/, call: async () => {
    stack.moveTime(30);
    person.browser = await signedIn();
    const page = await person.browser.get((await person.browser.signIn('acme', person.username, person.password)).location);
    return person.browser.submit(page, { code: totp(person.secret, stack.now()) }, { action: /login\/code$/ });
  } },
  'POST /security/factor/off': { actor: /^user:/, change: 'changed', call: async () => {
    const { hidden } = forms((await person.browser.get('/acme/security/factor')).text).find(({ action }) => /factor$/.test(action));
    return person.browser.post('/acme/security/factor/off', { ...hidden, password: person.password });
  } },
  'POST /register': ofNobody(async () => {
    const page = await owner.get('/acme/admin/settings/access');
    const { hidden } = forms(page.text).find(({ action }) => /access$/.test(action));
    const saved = await owner.post('/acme/admin/settings/access', { ...hidden, link_minutes: '60', link_minutes_max: '10080', session_idle: '30',
      session_absolute: '720', password_min: '15', registration: 'on' });
    assert.equal(saved.status, 303, saved.text);
    return strange('/register', /register$/, { first_name: 'Nora', last_name: 'Neu', email: 'nora@trail.example' })();
  }),
  'POST /register/confirm': ofNobody(() => followed('nora@trail.example', 'register', /confirm$/,
    { new_password: person.password, repeat_password: person.password }), 'created'),
  'POST /link/{ticket}': ofNobody(async () =>
    strange(`/link/${things.values['/link'].ticket}`, /\/link\//, {})(), 'created'),
  'POST /admin/contracts/{ref}/self-service': ofStaff(form('/contracts/VT-6HSN-P3VD/self-service', 'self-service',
    { valid_minutes: '5' }), 'created'),
  'POST /admin/contracts/{ref}/self-service/revoke': ofStaff(form('/contracts/VT-6HSN-P3VD/self-service', 'revoke'), 'removed'),
  'POST /s/{token}': { actor: /^link:/, call: async () => {
    const bruno = await stack.signedIn('acme', 'bruno');
    const { json } = await api('POST', '/contracts/VT-7KQ2-ZHXM/self-service-token');
    return bruno.submit(await bruno.get(new URL(json.url).pathname), {}, { action: /\/s\// });
  } },
  'POST /profile/change': { actor: /^user:/, change: 'changed', call: async () => {
    const bruno = await stack.signedIn('acme', 'bruno');
    return bruno.submit(await bruno.get('/acme/profile/change'), { first_name: 'Bruno', last_name: 'Keller',
      email: 'bruno@keller.example', city: 'Halle' }, { action: /change$/ });
  } },
  // how the account pays
  'POST /payment/change': ofUser(() => account()),
  'POST /payment/mandate': ofUser(async () => {
    const browser = await stack.signedIn('acme', 'anna');
    return browser.submit(await browser.get((await account(browser)).location), {}, { action: /payment\/mandate$/ });
  }, 'changed'),
  'POST /payment/remove': ofUser(() => portal('/payment/remove', 'payment/remove', { password: stack.user('anna').password })(), 'removed'),
  'POST /admin/customers/{number}/payment-method/new': ofStaff(form('/customers/K2001/payment-method/new', 'new',
    { iban: 'DE89370400440532013000', account_holder: 'Bruno', mandate_reference: 'TRAIL-0', signed_on: '2026-01-15' }), 'created'),
  'POST /payment/card': ofUser(async () => (await atSandbox()).asked),
  'POST /_sandbox/{id}': ofNobody(async () => {
    const { page } = await atSandbox();
    const stranger = stack.browser();
    return stranger.submit(await stranger.get(new URL(page.url).pathname + new URL(page.url).search), { card: 'refused', step: 'save' }, { action: /_sandbox/ });
  }),
  'POST /api/webhooks/{provider}/{tenant}': { call: webhook, change: 'created', actor: /^provider:sandbox$/ },
  'POST /api/v1/customers/{number}/payment-method': ofKey(() => api('POST', '/customers/K2002/payment-method',
    { iban: 'AT611904300234573201', account_holder: 'Bruno', mandate_reference: 'TRAIL-1', signed_on: '2026-01-15' }), 'created'),
  'DELETE /api/v1/customers/{number}/payment-method': ofKey(() => api('DELETE', '/customers/K2002/payment-method'), 'removed'),
  // cancelling in the portal
  'POST /contracts/{ref}/cancel': ofUser(portal('/contracts/VT-3WPD-0L9R/cancel', 'cancel'), 'changed'),
  'POST /contracts/{ref}/undo-cancel': ofUser(portal('/contracts/VT-3WPD-0L9R', 'undo-cancel'), 'changed'),
  // custom fields
  'POST /additional/change': ofUser(additional('/acme/additional/change'), 'changed'),
  'POST /contracts/{ref}/additional': ofUser(additional('/acme/contracts/VT-7KQ2-ZHXM/additional'), 'changed'),
  'POST /admin/customers/{number}/additional': ofStaff(additional('/acme/admin/customers/K2001/additional'), 'changed'),
  'POST /admin/contracts/{ref}/additional': ofStaff(additional('/acme/admin/contracts/VT-7KQ2-ZHXM/additional'), 'changed'),
  'POST /admin/custom-fields': ofStaff(form('/custom-fields/new', 'custom-fields', { record: 'customer', name: 'trail',
    type: 'text', portal: 'none', place: '9' }), 'created'),
  'POST /admin/custom-fields/{id}': ofStaff(async () => form(`/custom-fields/${await customField()}`, await customField(),
    { portal: 'read', place: '8' })(), 'changed'),
  'POST /admin/custom-fields/{id}/remove': ofStaff(async () => form(`/custom-fields/${await customField()}/remove`, 'remove')(),
    'removed'),
  'POST /api/v1/custom-fields': ofKey(() => api('POST', '/custom-fields', { record: 'customer', name: 'trail2', type: 'text', portal: 'none',
    place: 9 }), 'created'),
  'PATCH /api/v1/custom-fields/{id}': ofKey(async () => api('PATCH', `/custom-fields/${await customField('trail2')}`, { place: 8 },
    { 'If-Match': '*' }), 'changed'),
  'DELETE /api/v1/custom-fields/{id}': ofKey(async () => api('DELETE', `/custom-fields/${await customField('trail2')}`), 'removed'),
  'PATCH /api/v1/customers/{number}/custom-fields': ofKey(() => api('PATCH', '/customers/K2002/custom-fields',
    { values: [{ name: 'adviser', value: 'Trail' }] }, { 'If-Match': '*' }), 'changed'),
  'PATCH /api/v1/contracts/{ref}/custom-fields': ofKey(() => api('PATCH', '/contracts/VT-6HSN-P3VD/custom-fields',
    { values: [{ name: 'installed', value: '2026-01-01' }] }, { 'If-Match': '*' }), 'changed'),
  // reminders
  'POST /api/v1/reminder-runs': ofKey(() => once('/reminder-runs', { date: today(stack) })),
  'POST /api/v1/reminders/{number}/resend': ofKey(async () => queued(await api('POST', `/reminders/${await letter()}/resend`)), 'changed'),
  'POST /api/v1/reminders/{number}/printed': ofKey(async () => api('POST', `/reminders/${await letter('post')}/printed`), 'changed'),
  'POST /api/v1/reminders/{number}/withdraw': ofKey(async () => api('POST', `/reminders/${await letter()}/withdraw`), 'changed'),
  'PUT /api/v1/invoices/{number}/reminder-block': ofKey(() => api('PUT', '/invoices/RE20001/reminder-block',
    { reminder_block: '2040-01-01' }), 'changed'),
  'POST /admin/invoices/{number}/reminders': ofStaff(form('/invoices/RE20001/reminders', 'reminders',
    { reminder_block: '2041-01-01' }), 'changed'),
  'POST /admin/reminders/{number}/resend': ofStaff(async () => queued(await form(`/reminders/${await letter()}`, 'resend')()), 'changed'),
  'POST /admin/reminders/{number}/printed': ofStaff(async () => form(`/reminders/${await letter('post')}`, 'printed')(), 'changed'),
  'POST /admin/reminders/{number}/withdraw': ofStaff(async () => form(`/reminders/${await letter()}/withdraw`, 'withdraw')(),
    'changed'),
  'POST /admin/reminder-runs': ofStaff(async () => form('/reminder-runs/new', 'reminder-runs', { date: today(stack) })()),
  'POST /admin/reminder-runs/{id}/send': ofStaff(async () => {
    debtor(stack, { mode: 'none' });
    const dry = await remind(stack, { date: today(stack), dry_run: true });
    return form(`/reminder-runs/${dry.id}`, 'send')();
  }),
  'POST /leave': { actor: /^staff:/, call: async () => {
    const sam = await stack.office('acme', 'support');
    await sam.submit(await sam.get('/acme/admin/logins/bruno/act'), { reason: 'Ticket 4711' }, { action: /act$/ });
    return sam.submit(await sam.get('/acme/'), {}, { action: /leave$/ });
  } },

  'POST /password/first': { actor: /^user:/, change: 'changed', call: async () => {
    const username = await login({ must_change: true });
    const browser = stack.browser();
    await browser.signIn('acme', username, FIRST);
    return browser.submit(await browser.go('/acme/'), { new_password: 'nine-quiet-ferries-at-dawn' },
      { action: /first$/ });
  } },
  // contacts and guests
  'POST /contacts/new': ofUser(portal('/contacts/new', 'new', { email: 'trail@x.example', ...dora, ...right }), 'created'),
  'POST /contacts/invite': ofUser(portal('/contacts/invite', 'invite', { email: 'guest@x.example', ...right }), 'created'),
  'POST /contacts/{id}': ofUser(portal(`/contacts/${things.member}`, things.member, right), 'changed'),
  'POST /contacts/{id}/{action}': ofUser(portal(`/contacts/${things.member}/deactivate`, 'deactivate'), 'changed'),
  'POST /invitation/{token}/accept': ofUser(answered('accept'), 'changed'),
  'POST /invitation/{token}/decline': ofUser(answered('decline'), 'changed'),
  'POST /invitation/{token}/leave': ofUser(answered('leave', 'anna')),
  'POST /invitation/{token}/password': ofUser(async () => {
    const path = invitationOf(stack, await aContact());
    const browser = stack.browser();
    return browser.submit(await browser.get(path), { new_password: 'silver-window-garden-3' }, { action: /password$/ });
  }),
  'POST /admin/customers/{number}/members/new': ofStaff(form('/customers/K2001/members/new', 'new',
    { email: 'office@x.example', ...dora, ...right }), 'created'),
  'POST /admin/customers/{number}/members/invite': ofStaff(form('/customers/K2001/members/invite', 'invite',
    { email: 'office-guest@x.example', ...right }), 'created'),
  'POST /admin/members/{id}': ofStaff(form(`/members/${things.member}`, things.member, { 'billing.contracts.view': 'on' }), 'changed'),
  'POST /admin/members/{id}/{action}': ofStaff(form(`/members/${things.member}`, 'reactivate'), 'changed'),
  'POST /api/v1/customers/{number}/members': ofKey(() => api('POST', '/customers/K2001/members',
    { email: someone(), ...dora, preset: 'user' }), 'created'),
  'POST /api/v1/customers/{number}/invitations': ofKey(() => api('POST', '/customers/K2001/invitations',
    { email: someone(), preset: 'user' }), 'created'),
  'PATCH /api/v1/customers/{number}/members/{id}': ofKey(async () => api('PATCH', await aMember(),
    { preset: 'designer' }, { 'If-Match': '*' }), 'changed'),
  'DELETE /api/v1/customers/{number}/members/{id}': ofKey(async () => api('DELETE', await aMember()), 'removed'),
  'POST /api/v1/customers/{number}/members/{id}/resend': ofKey(async () =>
    api('POST', `/customers/K2001/members/${await aGuest('pending')}/resend`), 'changed'),
  'POST /api/v1/customers/{number}/members/{id}/withdraw': ofKey(async () =>
    api('POST', `/customers/K2001/members/${await aGuest()}/withdraw`), 'changed'),
  'POST /api/v1/customers/{number}/members/{id}/deactivate': ofKey(async () =>
    api('POST', `${await aMember()}/deactivate`), 'changed'),
  'POST /api/v1/customers/{number}/members/{id}/reactivate': ofKey(async () => {
    const path = await aMember();
    await api('POST', `${path}/deactivate`);
    return api('POST', `${path}/reactivate`);
  }, 'changed'),

  // the back office
  'POST /admin/login': ofStaff(async () => {
    const { username, password } = stack.staff('acme', 'support');
    const browser = stack.browser();
    return browser.submit(await browser.get('/acme/admin/login'), { username, password }, { action: /login$/ });
  }),
  'POST /admin/logout': ofStaff(async () => {
    const browser = await stack.office('acme', 'support');
    return browser.submit(await browser.get('/acme/admin'), {}, { action: /logout$/ });
  }),
  'POST /admin/confirm': ofStaff(async () => {
    stack.sql("UPDATE session SET proven = 0 WHERE scope = 'staff'");
    return owner.submit(await owner.get('/acme/admin/confirm'),
      { password: stack.staff('acme', 'operator').password }, { action: /confirm$/ });
  }),
  'POST /admin/security': ofStaff(form('/security', 'security'), 'changed'),
  'POST /admin/security/confirm': ofStaff(async () => {
    const page = await owner.get('/acme/admin/security');
    secret = new URL(unescapeHtml(page.text.match(/otpauth:[^"<]+/)[0])).searchParams.get('secret');
    return owner.submit(page, { code: totp(secret, stack.now()) }, { action: /confirm$/ });
  }, 'changed'),
  'POST /admin/security/password': ofStaff(form('/security/password', 'password', {
    old_password: stack.staff('acme', 'operator').password, new_password: 'new-blue-curtain-44' }), 'changed'),
  'POST /admin/customers': ofStaff(form('/customers/new', 'customers',
    { number: 'K7300001', company_name: 'Trail', email: 't@x.example' }), 'created'),
  'POST /admin/customers/{number}/change': ofStaff(form('/customers/K7300001/change', 'change',
    { company_name: 'Trail', email: 't@x.example', city: 'Bonn' }), 'changed'),
  'POST /admin/customers/{number}/portal': ofStaff(form('/customers/K7300001/portal', 'portal',
    { invoices: 'on' }), 'changed'),
  'POST /admin/customers/{number}/remove': ofStaff(form('/customers/K7300001/remove', 'remove'), 'removed'),
  ...products.office,
  'POST /admin/services': ofStaff(form('/services/new', 'services', { contract: 'VT-7KQ2-ZHXM', ...aService }), 'created'),
  'POST /admin/services/{id}/change': ofStaff(form(`/services/${things.service}/change`, 'change',
    { ...aService, quantity: '3' }), 'changed'),
  'POST /admin/services/{id}/remove': ofStaff(form(`/services/${things.service}/remove`, 'remove'), 'removed'),
  'POST /admin/services/import': ofStaff(form('/services/import', 'import', { step: 'import',
    text: 'contract;description;quantity;unit_price;vat_rate;performance_date\nVT-7KQ2-ZHXM;Trail;1;2;19;2026-11-24' }), 'created'),
  'POST /admin/customers/{number}/credit-note': ofStaff(form('/customers/K2001/credit-note', 'credit-note',
    { currency: 'EUR', reason: 'x', 'lines.0.description': 'x', 'lines.0.unit_price': '1', 'lines.0.vat_rate': '19' }), 'created'),
  'POST /admin/invoices/{number}/payment': ofStaff(async () => form(`/invoices/${openInvoice()}/payment`, 'payment',
    { amount: '1,00' })(), 'created'),
  'POST /admin/invoices/{number}/correct': ofStaff(async () => form(`/invoices/${openInvoice()}/correct`, 'correct',
    { reason: 'x', extent: 'part', 'lines.0.description': 'x', 'lines.0.unit_price': '1', 'lines.0.vat_rate': '19' })(), 'created'),
  'POST /admin/payments': ofStaff(form('/payments/new', 'payments',
    { customer: 'K2000', currency: 'EUR', amount: '1' }), 'created'),
  'POST /admin/payments/{id}/reverse': ofStaff(async () => form(`/payments/${await payment()}/reverse`, 'reverse',
    { reason: 'x' })(), 'changed'),
  'POST /admin/payments/{id}/refund': ofStaff(async () => {
    await credit(); // so that they are billed in that currency
    return form(`/payments/${await left()}/refund`, 'refund', { amount: '0,05' })();
  }, 'created'),
  'POST /admin/invoices/{number}/refund': ofStaff(async () => form(`/invoices/${await credit()}/refund`, 'refund',
    { amount: '1,00' })(), 'created'),
  'POST /admin/logins': ofStaff(form('/new-login', 'logins',
    { customer: 'K2002', email: 'y@example.com', username: 'trail-desk' }), 'created'),
  'POST /admin/logins/{username}/change': ofStaff(form('/logins/trail-desk/change', 'change',
    { username: 'trail-desk', email: 'z@example.com' }), 'changed'),
  'POST /admin/logins/{username}/password': ofStaff(form('/logins/trail-desk/password', 'password'), 'changed'),
  'POST /admin/logins/{username}/sign-out': ofStaff(form('/logins/trail-desk', 'sign-out')),
  'POST /admin/logins/{username}/factor': ofStaff(async () => {
    stack.sql("UPDATE users SET totp = 'lost' WHERE username = 'trail-desk'");
    return form('/logins/trail-desk/factor', 'factor')();
  }, 'changed'),
  'POST /admin/logins/{username}/delete': ofStaff(form('/logins/trail-desk/delete', 'delete'), 'removed'),
  'POST /admin/logins/{username}/block': ofStaff(form('/logins/bruno', 'block'), 'changed'),
  'POST /admin/logins/{username}/activate': ofStaff(form('/logins/bruno', 'activate'), 'changed'),
  'POST /admin/logins/{username}/act': ofStaff(async () => {
    const sam = await stack.office('acme', 'support');
    return sam.submit(await sam.get('/acme/admin/logins/anna/act'), { reason: 'Ticket 4712' }, { action: /act$/ });
  }),
  'POST /admin/api-keys': ofStaff(form('/api-keys/new', 'api-keys',
    { name: 'trail', 'customers:read': 'on' }), 'created'),
  'POST /admin/api-keys/{id}/rotate': ofStaff(() => form(trailKey(), 'rotate')(), 'changed'),
  'POST /admin/api-keys/{id}/revoke': ofStaff(() => form(trailKey(), 'revoke')(), 'removed'),
  'POST /admin/sso-keys': ofStaff(form('/sso-keys/new', 'sso-keys', {
    kid: 'trail', material: 'k4.public.HrnbuFgBH6aUNgzDRjuTJ5V0eoJgZ0SDoYKqwA6v2uU' }), 'created'),
  'POST /admin/sso-keys/{kid}/retire': ofStaff(form('/sso-keys/trail', 'retire'), 'changed'),
  'POST /admin/jwks': ofStaff(form('/jwks', 'jwks', { url: 'https://idp.example/jwks' }), 'created'),
  'POST /admin/callbacks': ofStaff(form('/callbacks/new', 'callbacks',
    { url: 'https://merchant.example/new', envelope: 'standard' }), 'created'),
  'POST /admin/callbacks/{id}/change': ofStaff(form(`${endpoint}/change`, 'change',
    { url: 'https://merchant.example/other', envelope: 'standard', test: 'on' }), 'changed'),
  'POST /admin/callbacks/{id}/remove': ofStaff(async () => {
    const id = (await api('POST', '/callbacks', { url: 'https://merchant.example/4' })).json.id;
    return form(`/callbacks/${id}/remove`, 'remove')();
  }, 'removed'),
  'POST /admin/callbacks/{id}/off': ofStaff(form(endpoint, 'off'), 'changed'),
  'POST /admin/callbacks/{id}/on': ofStaff(form(endpoint, '/on'), 'changed'),
  'POST /admin/callbacks/{id}/rotate': ofStaff(form(endpoint, 'rotate'), 'changed'),
  'POST /admin/callbacks/{id}/test': ofStaff(form(endpoint, 'test')),
  'POST /admin/callbacks/{id}/replay': ofStaff(form(endpoint, 'replay', { since: '2020-01-01' })),
  'POST /admin/callback-log/{id}/replay': ofStaff(async () => {
    const at = `/callback-log/${things.delivery}`;
    const page = await until('the delivery to be at rest', async () => {
      const answer = await owner.get(`/acme/admin${at}`);
      return /replay"/.test(answer.text) && answer;
    });
    return owner.submit(page, {}, { action: /replay$/ });
  }),
  'POST /admin/invoice-runs': ofStaff(form('/invoice-runs/new', 'invoice-runs', { date: '2026-11-01', dry_run: 'on' }),
    'created'),
  'POST /admin/invoice-runs/{id}/bill': ofStaff(async () => {
    const page = await until('what a dry run has shown', async () => {
      const answer = await owner.get(`/acme/admin/invoice-runs/${things.run}`);
      return /bill"/.test(answer.text) && answer;
    });
    return owner.submit(page, {}, { action: /bill$/ });
  }, 'created'),
  'POST /admin/invoice-schedules': ofStaff(form('/invoice-schedules/new', 'invoice-schedules',
    { unit: 'day', weekday: 'monday', day: '1', hour: '6', active: 'on' }), 'created'),
  'POST /admin/invoice-schedules/{id}': ofStaff(form(`/invoice-schedules/${things.schedule}`, things.schedule,
    { unit: 'week', weekday: 'friday', day: '1', hour: '7' }), 'changed'),
  'POST /admin/invoice-schedules/{id}/remove': ofStaff(form(`/invoice-schedules/${things.schedule}/remove`, 'remove'),
    'removed'),
  'POST /admin/jobs/{id}/retry': ofStaff(() => {
    failJob();
    return form(`/jobs/${things.job}`, 'retry')();
  }, 'changed'),
  'POST /admin/exports': ofStaff(async () => {
    const { hidden } = forms((await owner.get('/acme/admin/invoices/zip')).text).find(({ action }) => /zip$/.test(action));
    return owner.post('/acme/admin/exports', { ...hidden, list: '/admin/customers', query: '' });
  }),
  'POST /admin/invoices/zip': ofStaff(form('/invoices/zip', 'zip', { from: '2000-01-01', to: '2099-01-01' })),
  'POST /admin/deliveries/again': ofStaff(() => {
    stack.sql("UPDATE invoice SET dispatch = 'failed' WHERE tenant = 'acme' AND number = 'RE20003'");
    return form('', 'again')();
  }),
  'POST /admin/invoices/{number}/send': ofStaff(form('/invoices/RE20002/send', 'send', { to: 'trail@x.example' })),
  'POST /admin/mails/{id}/retry': ofStaff(async () => form(`/mails/${await mail()}`, 'retry')()),
  'POST /admin/mail-templates/{event}/{language}': ofStaff(wordsForm(''), 'created'),
  'POST /admin/mail-templates/{event}/{language}/test': ofStaff(wordsForm('/test')),
  'POST /admin/mail-templates/{event}/{language}/reset': ofStaff(form(words, 'reset'), 'removed'),
  'POST /admin/logo': ofStaff(async () => {
    const { action, hidden } = forms((await owner.get('/acme/admin/logo')).text).find((one) => one.action.endsWith('/logo'));
    return owner.post(action, {}, parts({ ...hidden, picture: { name: 'a.png', bytes: png(9, 9, [0, 0, 0, 255]) } }));
  }, 'changed'),
  'POST /admin/settings/{tab}': ofStaff(form('/settings/general', 'general',
    { name: 'Acme Trail', address: '', time_zone: 'Europe/Berlin', accent: '', audience: 'consumers' }), 'changed'),
  'POST /admin/page-texts/{page}/{language}': ofStaff(form('/page-texts/signup/en', 'signup/en', { title: 'Trail' }), 'created'),
  'POST /admin/hosts': ofStaff(form('/hosts', 'hosts', { host: 'trail.example' }), 'created'),
  'POST /admin/hosts/remove': ofStaff(form('/hosts', 'remove', { host: 'trail.example' }), 'removed'),
  'POST /admin/staff': ofStaff(form('/staff/new', 'staff',
    { username: 'trail', email: 'trail@acme.example', role: 'support' }), 'created'),
  'POST /admin/staff/{username}': ofStaff(form('/staff/trail', 'trail',
    { role: 'billing', status: 'active' }), 'changed'),
  'POST /admin/staff/{username}/reset': ofStaff(form('/staff/trail', 'reset'), 'changed'),
  'POST /admin/tenants': { ...ofStaff(form('/tenants', 'tenants', { id: 'trail', name: 'Trail',
    languages: 'en', username: 'tom', email: 'tom@trail.example' }), 'created'), tenant: 'trail' },
  'POST /admin/customers/{number}/contracts': ofStaff(form('/customers/K2002/contracts/new', 'contracts',
    { ...contractForm, ref: 'VT-audit-3', status: 'draft' }), 'created'),
  'POST /admin/contracts/{ref}/change': ofStaff(form('/contracts/VT-audit-3/change', 'change',
    { ...contractForm, name: 'B' }), 'changed'),
  'POST /admin/declarations/{id}/change': { actor: /^staff:/, change: 'changed', call: async () =>
    form(`/declarations/${await declared()}/change`, 'change', { contract: '', note: 'called', status: 'open' })() },
  'PATCH /api/v1/declarations/{id}': ofKey(async () =>
    api('PATCH', `/declarations/${await declared()}`, { status: 'done' }, { 'If-Match': '*' }), 'changed'),
  'POST /admin/contracts/{ref}/activate': ofStaff(form('/contracts/VT-audit-3', 'activate'), 'changed'),
  'POST /admin/contracts/{ref}/cancel': ofStaff(form('/contracts/VT-audit-3/cancel', 'cancel'), 'changed'),
  'POST /admin/contracts/{ref}/undo-cancel': ofStaff(form('/contracts/VT-audit-3', 'undo-cancel'), 'changed'),
  'POST /admin/contracts/{ref}/remove': ofStaff(async () => {
    await api('POST', '/contracts', draft('VT-audit-4'));
    return form('/contracts/VT-audit-4/remove', 'remove')();
  }, 'removed'),

  // the API
  'POST /api/v1/api-keys': ofKey(() => api('POST', '/api-keys', { name: 'K', scopes: ['jobs:read'] }), 'created'),
  'PATCH /api/v1/api-keys/{id}': ofKey(async () => api('PATCH', `/api-keys/${await key()}`, { name: 'L' },
    { 'If-Match': '*' }), 'changed'),
  'POST /api/v1/api-keys/{id}/rotate': ofKey(async () => api('POST', `/api-keys/${await key()}/rotate`, {}),
    'changed'),
  'DELETE /api/v1/api-keys/{id}': ofKey(async () => api('DELETE', `/api-keys/${await key()}`), 'removed'),
  'POST /api/v1/customers': ofKey(() => api('POST', '/customers',
    { number: 'K7300002', company_name: 'Audit GmbH', email: 'a@example.com' }), 'created'),
  'POST /api/v1/invoice-runs': ofKey(() => api('POST', '/invoice-runs', { date: '2026-11-01', dry_run: true },
    { 'Idempotency-Key': randomUUID() }), 'created'),
  'PATCH /api/v1/customers/{number}': ofKey(() => api('PATCH', '/customers/K7300002', { city: 'Bonn' },
    { 'If-Match': '*' }), 'changed'),
  'DELETE /api/v1/customers/{number}': ofKey(() => api('DELETE', '/customers/K7300002'), 'removed'),
  'POST /api/v1/contracts/{ref}/service-entries': ofKey(() => api('POST', '/contracts/VT-7KQ2-ZHXM/service-entries',
    aService), 'created'),
  'POST /api/v1/service-entries/batch': ofKey(() => api('POST', '/service-entries/batch',
    { entries: [{ contract: 'VT-7KQ2-ZHXM', ...aService }] }), 'created'),
  'PATCH /api/v1/service-entries/{id}': ofKey(async () => api('PATCH', `/service-entries/${await service()}`, { quantity: '2' },
    { 'If-Match': '*' }), 'changed'),
  'DELETE /api/v1/service-entries/{id}': ofKey(async () => api('DELETE', `/service-entries/${await service()}`), 'removed'),
  'POST /api/v1/payments': ofKey(() => once('/payments', { customer: 'K2000', amount: cent }), 'created'),
  'POST /api/v1/payments/{id}/reverse': ofKey(async () => api('POST', `/payments/${await payment()}/reverse`, {}), 'changed'),
  'POST /api/v1/payments/{id}/refund': ofKey(async () => {
    await credit();
    return once(`/payments/${await left()}/refund`, {});
  }, 'created'),
  'POST /api/v1/invoices/{number}/refund': ofKey(async () => once(`/invoices/${await credit()}/refund`, {}), 'created'),
  'POST /api/v1/credit-notes': ofKey(() => once('/credit-notes', { customer: 'K2000', currency: 'EUR', reason: 'x',
    lines: [{ description: 'x', unit_price: '1', vat_rate: '19' }] }), 'created'),
  'POST /api/v1/invoices/{number}/correct': ofKey(() => once(`/invoices/${openInvoice()}/correct`, { reason: 'x',
    lines: [{ description: 'x', unit_price: '1', vat_rate: '19' }] }), 'created'),
  'POST /api/v1/user-logins': ofKey(() => api('POST', '/user-logins',
    { customer: 'K2002', email: 'y@example.com', username: `audit-${randomUUID().slice(0, 8)}` }), 'created'),
  'PATCH /api/v1/user-logins/{username}': ofKey(async () => api('PATCH', `/user-logins/${await login()}`,
    { last_name: 'Wind' }, { 'If-Match': '*' }), 'changed'),
  'DELETE /api/v1/user-logins/{username}': ofKey(async () => api('DELETE', `/user-logins/${await login()}`), 'removed'),
  'PUT /api/v1/user-logins/{username}/password': ofKey(async () => api('PUT', `/user-logins/${await login()}/password`,
    {}), 'changed'),
  'DELETE /api/v1/user-logins/{username}/second-factor': ofKey(async () => {
    const username = await login();
    stack.sql(`UPDATE users SET totp = 'lost' WHERE username = '${username}'`);
    return api('DELETE', `/user-logins/${username}/second-factor`);
  }, 'changed'),
  'DELETE /api/v1/user-logins/{username}/sessions': ofKey(async () =>
    api('DELETE', `/user-logins/${await login()}/sessions`)),
  'POST /api/v1/user-logins/{username}/block': ofKey(() => api('POST', '/user-logins/anna/block'), 'changed'),
  'POST /api/v1/user-logins/{username}/activate': ofKey(() => api('POST', '/user-logins/anna/activate'), 'changed'),
  'POST /api/v1/user-logins/{username}/session-token': ofKey(() =>
    api('POST', '/user-logins/anna/session-token')),
  ...products.api,
  'POST /api/v1/contracts': ofKey(() => api('POST', '/contracts', draft('VT-audit-1')), 'created'),
  'PATCH /api/v1/contracts/{ref}': ofKey(() => api('PATCH', '/contracts/VT-audit-1', { name: 'B' }, { 'If-Match': '*' }),
    'changed'),
  'POST /api/v1/contracts/{ref}/activate': ofKey(() => api('POST', '/contracts/VT-audit-1/activate'), 'changed'),
  'POST /api/v1/contracts/{ref}/cancel': ofKey(() => api('POST', '/contracts/VT-audit-1/cancel'), 'changed'),
  'POST /api/v1/contracts/{ref}/undo-cancel': ofKey(() => api('POST', '/contracts/VT-audit-1/undo-cancel'), 'changed'),
  'DELETE /api/v1/contracts/{ref}': ofKey(async () => {
    await api('POST', '/contracts', draft('VT-audit-2'));
    return api('DELETE', '/contracts/VT-audit-2');
  }, 'removed'),
  'POST /api/v1/contracts/{ref}/self-service-token': ofKey(() =>
    api('POST', '/contracts/VT-6HSN-P3VD/self-service-token'), 'created'),
  'DELETE /api/v1/contracts/{ref}/self-service-token': ofKey(() =>
    api('DELETE', '/contracts/VT-6HSN-P3VD/self-service-token'), 'removed'),
  'POST /api/v1/deliveries/again': ofKey(() => once('/deliveries/again', {})),
  'POST /api/v1/audit/exports': ofKey(() => api('POST', '/audit/exports')),
  'POST /api/v1/jobs/{id}/retry': ofKey(() => {
    failJob();
    return api('POST', `/jobs/${things.job}/retry`);
  }, 'changed'),
  'PUT /api/v1/settings/mail-templates/{event}/{language}': ofKey(() =>
    api('PUT', `/settings${words}`, { subject: 'S', text: 'T' }), 'created'),
  'DELETE /api/v1/settings/mail-templates/{event}/{language}': ofKey(() => api('DELETE', `/settings${words}`), 'removed'),
  'POST /api/v1/settings/mail-templates/{event}/{language}/test': ofKey(() =>
    api('POST', `/settings${words}/test`, { to: 'trail@x.example' })),
  'POST /api/v1/invoices/{number}/send': ofKey(() => api('POST', '/invoices/RE20001/send', { to: 'trail@x.example' })),
  'POST /api/v1/mails/{id}/resend': ofKey(async () => api('POST', `/mails/${await mail()}/resend`)),
  'POST /api/v1/callbacks': ofKey(() => api('POST', '/callbacks', { url: 'https://merchant.example/3' }), 'created'),
  'POST /api/v1/callbacks/logs/{id}/replay': ofKey(async () =>
    api('POST', `/callbacks/logs/${await until('an attempt', log)}/replay`)),
  'PATCH /api/v1/callbacks/{id}': ofKey(() => api('PATCH', endpoint, { description: 'trail' }, { 'If-Match': '*' }), 'changed'),
  'POST /api/v1/callbacks/{id}/rotate-secret': ofKey(() => api('POST', `${endpoint}/rotate-secret`), 'changed'),
  'POST /api/v1/callbacks/{id}/test': ofKey(() => api('POST', `${endpoint}/test`)),
  'POST /api/v1/callbacks/{id}/replay': ofKey(() =>
    api('POST', `${endpoint}/replay`, { since: '2020-01-01T00:00:00Z' })),
  'DELETE /api/v1/callbacks/{id}': ofKey(() => api('DELETE', endpoint), 'removed'),
};

test('X7: every route that changes something leaves a row: who, from where, and what changed', own, async () => {
  // a preview changes nothing
  const names = routes.filter(({ method, name }) => method !== 'GET' && !name.endsWith('/preview')).map(({ name }) => name);
  assert.deepEqual(names.filter((name) => !(name in changes)), [], 'routes without a call in this test');
  assert.deepEqual(Object.keys(changes).filter((name) => !names.includes(name)), []);
  for (const [name, { call, actor, change, tenant = 'acme' }] of Object.entries(changes)) {
    const answer = await call();
    assert.ok(answer.status < 400, `${name}: ${answer.status} ${answer.text}`);
    const id = answer.headers['x-request-id'];
    assert.match(id, /^[0-9a-f]{32}$/, name);
    const rows = stack.sql(`SELECT * FROM audit WHERE request_id = '${id}'`);
    assert.ok(rows.length > 0, `${name} left no row`);
    assert.ok(rows.some((row) => row.tenant === tenant && actor.test(row.actor) &&
      row.remote_addr === '127.0.0.1'),
      `${name}: ${JSON.stringify(rows)}`);
    for (const row of rows) {
      // a job that was asked for, and was quick, comes from nowhere
      assert.ok(['127.0.0.1', ''].includes(row.remote_addr), name);
      assert.ok(row.actor !== 'nobody' || actor.test('nobody'), name);
      for (const text of [row.before, row.after].filter(Boolean)) {
        assert.ok(Object.keys(JSON.parse(text)).length > 0, name);
        assert.doesNotMatch(text, /whsec_|pf_live_|\$argon2|k4\.(local|secret)/, `${name} tells a secret`);
      }
    }
    const has = (before, after) => rows.some((row) => (row.before !== '') === before && (row.after !== '') === after);
    assert.ok({ undefined: true, created: has(false, true), changed: has(true, true), removed: has(true, false) }[change],
      `${name} does not tell what it ${change}: ${JSON.stringify(rows)}`);
  }
  // their rows come with their ends
  await until('the jobs', () => stack.sql("SELECT id FROM job WHERE state IN ('queued', 'leased')").length === 0);
});

// ---- the chain ----

test('X7: the trail is sealed in order, and proven', own, async () => {
  for (let i = 0; i < 12; i++) {
    await api('POST', '/user-logins/anna/session-token');
  }
  await sealed();
  const said = isWhole();
  assert.match(said, /^key: k4\.public\.[\w-]{43}$/m);
  assert.match(said, /^acme: (\d+) rows are whole, the last is [0-9a-f]{64}; 0 not sealed yet$/m);
  assert.match(said, /^globex: /m);
  const rows = stack.sql(`SELECT seq, prev, hash FROM audit WHERE tenant = 'acme' ORDER BY seq`);
  rows.forEach(({ seq, prev }, i) => {
    assert.equal(seq, i + 1);
    assert.equal(prev, i ? rows[i - 1].hash : '');
  });
  const mode = spawnSync('stat', ['-c', '%a', join(stack.state, 'audit.key')],
    { encoding: 'utf8' }).stdout.trim();
  assert.equal(mode, '600');
});

test('X7: a row changed in any column is named', own, async () => {
  await sealed();
  const row = seqOf(5);
  for (const [column, value] of Object.entries(row)) {
    if (column === 'tenant') {
      continue; // another tenant's: as if it were deleted here, below
    }
    const other = typeof value === 'number' ? value + 1000 : `${value}x`;
    stack.sql(`UPDATE audit SET ${column} = ${quoted(other)} WHERE tenant = 'acme' AND seq = 5`);
    isBroken(column === 'seq' ? /row 5 is missing/ : /row 5, aud_\w+, was changed/, column);
    stack.sql(`UPDATE audit SET ${column} = ${quoted(value)}
      WHERE tenant = 'acme' AND seq = ${column === 'seq' ? other : 5}`);
  }
  isWhole('--tenant', 'acme');
  stack.sql(`UPDATE audit SET tenant = 'globex', seq = 100000 WHERE tenant = 'acme' AND seq = 5`);
  isBroken(/row 5 is missing; the next is 6/, 'tenant');
  stack.sql(`UPDATE audit SET tenant = 'acme', seq = 5 WHERE tenant = 'globex' AND seq = 100000`);
  isWhole();
});

test('X7: a row deleted, inserted, or swapped with another is named', own, async () => {
  await sealed();
  const [first, row, last] = [seqOf(1), seqOf(4),
    stack.sql(`SELECT * FROM audit WHERE tenant = 'acme' ORDER BY seq DESC LIMIT 1`)[0]];
  for (const [gone, pattern] of [[first, /row 1 is missing/], [row, /row 4 is missing/],
    [last, new RegExp(`row ${last.seq} is missing: the trail was signed up to ${last.seq}`)]]) {
    stack.sql(`DELETE FROM audit WHERE tenant = 'acme' AND id = '${gone.id}'`);
    isBroken(pattern, `without ${gone.seq}`);
    put(gone);
    isWhole('--tenant', 'acme');
  }

  put({ ...last, id: 'aud_forged', seq: last.seq + 1, prev: last.hash });
  isBroken(new RegExp(`row ${last.seq + 1}, aud_forged, stands behind`), 'inserted at the end');
  stack.sql(`DELETE FROM audit WHERE id = 'aud_forged'`);

  const swap = (a, b) => stack.sql(`UPDATE audit SET seq = 900000 WHERE tenant = 'acme'
      AND seq = ${a}; UPDATE audit SET seq = ${a} WHERE tenant = 'acme' AND seq = ${b};
    UPDATE audit SET seq = ${b} WHERE tenant = 'acme' AND seq = 900000`);
  swap(4, 7);
  isBroken(/row 4, aud_\w+, was changed/, 'swapped');
  swap(4, 7);
  isWhole('--tenant', 'acme');

  // in the middle there is no place: all behind it would move
  stack.sql(`UPDATE audit SET seq = seq + 500000 WHERE tenant = 'acme' AND seq >= 4`);
  stack.sql(`UPDATE audit SET seq = seq - 499999 WHERE tenant = 'acme' AND seq >= 500000`);
  put({ ...row, id: 'aud_between', seq: 4 });
  isBroken(/row 4, aud_between, was changed/, 'inserted');
  stack.sql(`DELETE FROM audit WHERE id = 'aud_between'`);
  stack.sql(`UPDATE audit SET seq = seq + 500000 WHERE tenant = 'acme' AND seq >= 5`);
  stack.sql(`UPDATE audit SET seq = seq - 500001 WHERE tenant = 'acme' AND seq >= 500000`);
  isWhole('--tenant', 'acme');
});

test('X7: an end that somebody else signed, or nobody, is named', own, async () => {
  await sealed();
  const [head] = stack.sql(`SELECT * FROM audit_head WHERE tenant = 'acme'
    ORDER BY seq DESC LIMIT 1`);
  const [other] = stack.sql(`SELECT signature FROM audit_head WHERE tenant = 'globex'`);
  const where = `WHERE tenant = 'acme' AND day = '${head.day}'`;
  for (const [signature, pattern] of [[other.signature, /is not by this key/],
    ['', /ends unsigned/], ['x', /is not by this key/]]) {
    stack.sql(`UPDATE audit_head SET signature = '${signature}' ${where}`);
    isBroken(pattern, signature);
  }
  stack.sql(`UPDATE audit_head SET signature = '${head.signature}', hash = '${'0'.repeat(64)}'
    ${where}`);
  isBroken(/is not the one that was signed/, 'hash');
  stack.sql(`UPDATE audit_head SET hash = '${head.hash}' ${where}`);
  isWhole('--tenant', 'acme');
  const foreign = 'k4.public.HrnbuFgBH6aUNgzDRjuTJ5V0eoJgZ0SDoYKqwA6v2uU';
  const { status, stdout } = verify('--tenant', 'acme', '--key', foreign);
  assert.equal(status, 1);
  assert.match(stdout, /is not by this key/);
});

test('X7: a row that is committed late takes the next place', own, async () => {
  await sealed();
  stack.sql(`INSERT INTO audit (tenant, id, at, actor, customer, action, object, detail,
    remote_addr, request_id) VALUES ('acme', 'aud_00late', 1000, 'system', '', 'late', '', '',
    '', '')`);
  await sealed();
  isWhole();
});

test('X7: 10,000 rows are sealed while four write', own, async () => {
  stack.sql(`INSERT INTO audit (tenant, id, at, actor, customer, action, object, detail,
      remote_addr, request_id)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    SELECT 'acme', 'aud_many' || (10000000 + i), 1700000000 + i, 'system', '', 'many',
      'thing' || i, '', '', '' FROM n`);
  let writing = true, written = 0;
  const write = async () => {
    while (writing) {
      const answer = await api('POST', '/user-logins/anna/session-token');
      assert.ok([201, 429].includes(answer.status), answer.text);
      written += answer.status === 201;
    }
  };
  const writers = [write(), write(), write(), write()];
  stack.moveTime(12);
  await until('the 10,000', () => stack.sql(`SELECT COUNT(*) AS n FROM audit
    WHERE action = 'many' AND seq = 0`)[0].n === 0, 60_000);
  writing = false;
  await Promise.all(writers);
  assert.ok(written >= 4, `${written} written`);
  await sealed();
  isWhole();
});

// ---- reading ----

test('X7: GET /audit filters and pages', own, async () => {
  const username = `audit-${randomUUID().slice(0, 8)}`;
  const made = await api('POST', '/user-logins',
    { customer: 'K2002', email: 'x@example.com', username });
  assert.equal(made.status, 201);
  await api('POST', `/user-logins/${username}/block`);
  const [{ id }] = stack.sql(`SELECT id FROM users WHERE username = '${username}'`);
  const list = async (query) => {
    const answer = await api('GET', `/audit?${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  const { items } = await list(`object=${id}`);
  assert.equal(items.length, 3);
  assert.equal(items[2].action, 'login.created');
  const created = items[2];
  const blocked = items.find(({ action }) => action === 'login.blocked');
  assert.equal(created.account, 'K2002');
  assert.equal(created.actor_kind, 'key');
  assert.match(created.actor, /^key:/);
  assert.equal(created.request_id, made.headers['x-request-id']);
  assert.equal(created.ip, '127.0.0.1');
  assert.deepEqual([blocked.before, blocked.after], [{ status: 'active' }, { status: 'blocked' }]);
  assert.equal(blocked.on_behalf_of, null);

  assert.ok((await list('account=K2002&action=login.created')).items
    .every((item) => item.account === 'K2002' && item.action === 'login.created'));
  assert.equal((await list('account=K9999')).items.length, 0);
  assert.ok((await list(`actor=${encodeURIComponent(created.actor)}`)).items.length > 1);
  const from = encodeURIComponent(created.time);
  assert.ok((await list(`object=${id}&from=${from}`)).items.length === 3);
  assert.equal((await list(`object=${id}&to=${from}`)).items.length, 0);

  const all = [];
  let cursor = '';
  do {
    const page = await list(`action=sso.minted&limit=5${cursor && `&cursor=${cursor}`}`);
    assert.ok(page.items.length <= 5);
    all.push(...page.items.map((item) => item.id));
    cursor = page.next;
  } while (cursor && all.length < 50);
  assert.ok(all.length > 5);
  assert.deepEqual(all, [...new Set(all)].sort().reverse());
});

test('GET /audit refuses what it does not know, and shows nothing of others', own, async () => {
  for (const [query, status] of [['nonsense=1', 400], ['from=yesterday', 422], ['limit=0', 422],
    ['limit=201', 422], ['actor=a&actor=b', 400]]) {
    assert.equal((await api('GET', `/audit?${query}`)).status, status, query);
  }
  const [{ id }] = stack.sql(`SELECT object AS id FROM audit WHERE tenant = 'acme'
    AND action = 'login.created' LIMIT 1`);
  assert.equal((await stack.api('globex', 'GET', `/audit?object=${id}`)).json.items.length, 0);
});
